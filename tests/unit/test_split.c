#include "check.h"
#include "base/memory.h"
#include "base/hash.h"
#include "records/split.h"
#include "records_make.h"

#include <cjson/cJSON.h>

static const char PATH[] = "test_split.tmp.jsonl", TABLE[] = "test_split.tmp.csv";

static cuxas_records *synthetic(size_t n)
{
  static const char *const EDGES[] = {"L3", "L2"};
  cuxas_records           *records = NULL;
  const char              *path    = PATH;
  write_synthetic(PATH, n);
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, EDGES, 2, &records, NULL), CUXAS_OK);
  remove(PATH);
  return records;
}

static void test_groups_are_compositions(void)
{
  cuxas_records *records = synthetic(40);
  cuxas_groups  *groups  = NULL;
  CHECK_STATUS(cuxas_groups_new(records, NULL, &groups, NULL), CUXAS_OK);
  CHECK(groups->n_group == SYNTHETIC_N_ELEMENT && groups->n_row == 40);
  for (size_t i = 0; i < 40; i++) CHECK_TEXT(groups->name[groups->group_of[i]], records->record[i].formula);
  cuxas_groups_free(groups);
  cuxas_records_free(records);
}

static void test_families_join_compositions(void)
{
  cuxas_records *records = synthetic(20);
  cuxas_groups  *groups  = NULL;
  write_lines(TABLE,
              (const char *[]){"name,\"formula\",family", "a,CuO,\"chalcogenide, binary\"",
                               "b,CuS,\"chalcogenide, binary\"", "c,Cu2O,other"},
              4);
  CHECK_STATUS(cuxas_groups_new(records, TABLE, &groups, NULL), CUXAS_OK);
  CHECK(groups->n_group == SYNTHETIC_N_ELEMENT - 1);
  CHECK(groups->group_of[0] == groups->group_of[1] && groups->group_of[0] != groups->group_of[2]);
  CHECK_TEXT(groups->name[groups->group_of[0]], "chalcogenide, binary");
  cuxas_groups_free(groups);
  cuxas_records_free(records);
  remove(TABLE);
}

static void test_no_group_is_divided(void)
{
  cuxas_records *records = synthetic(50);
  cuxas_groups  *groups  = NULL;
  size_t         fold[50], count[5] = {0};
  CHECK_STATUS(cuxas_groups_new(records, NULL, &groups, NULL), CUXAS_OK);
  for (uint64_t seed = 0; seed < 5; seed++) {
    CHECK_STATUS(cuxas_split_folds(groups, 5, seed, fold, NULL), CUXAS_OK);
    for (size_t i = 0; i < 50; i++) {
      CHECK(fold[i] < 5);
      for (size_t j = 0; j < i; j++)
        if (groups->group_of[i] == groups->group_of[j]) CHECK(fold[i] == fold[j]);
    }
  }
  for (size_t i = 0; i < 50; i++) count[fold[i]]++;
  for (size_t k = 0; k < 5; k++) CHECK(count[k] == 10); /* equal groups, equal parts */
  CHECK_STATUS(cuxas_split_folds(groups, 11, 1, fold, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_split_folds(groups, 0, 1, fold, NULL), CUXAS_ERANGE);
  cuxas_groups_free(groups);
  cuxas_records_free(records);
}

static void test_parts_depend_on_seed_and_names_alone(void)
{
  cuxas_records *records = synthetic(50);
  cuxas_groups  *groups = NULL, *turned = NULL;
  size_t         fold[50], again[50], other[50], back[50];
  CHECK_STATUS(cuxas_groups_new(records, NULL, &groups, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_folds(groups, 5, 1, fold, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_folds(groups, 5, 1, again, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_folds(groups, 5, 2, other, NULL), CUXAS_OK);
  CHECK(memcmp(fold, again, sizeof fold) == 0 && memcmp(fold, other, sizeof fold) != 0);
  for (size_t i = 0; i < 25; i++) { /* the records in reverse order */
    const cuxas_record saved = records->record[i];
    records->record[i]       = records->record[49 - i];
    records->record[49 - i]  = saved;
  }
  CHECK_STATUS(cuxas_groups_new(records, NULL, &turned, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_folds(turned, 5, 1, back, NULL), CUXAS_OK);
  for (size_t i = 0; i < 50; i++) CHECK(back[i] == fold[49 - i]);
  cuxas_groups_free(groups);
  cuxas_groups_free(turned);
  cuxas_records_free(records);
}

static void test_validation_part_divides_no_group(void)
{
  cuxas_records *records = synthetic(50);
  cuxas_groups  *groups  = NULL;
  size_t         row[50], n_held = 0;
  bool           is_held[50];
  for (size_t i = 0; i < 50; i++) row[i] = i;
  CHECK_STATUS(cuxas_groups_new(records, NULL, &groups, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_validation(groups, row, 50, 0.2, 3, is_held, NULL), CUXAS_OK);
  for (size_t i = 0; i < 50; i++) {
    n_held += is_held[i];
    for (size_t j = 0; j < i; j++)
      if (groups->group_of[i] == groups->group_of[j]) CHECK(is_held[i] == is_held[j]);
  }
  CHECK(n_held == 10);
  CHECK_STATUS(cuxas_split_validation(groups, row, 50, 0.0, 3, is_held, NULL), CUXAS_OK);
  for (size_t i = 0; i < 50; i++) CHECK(!is_held[i]);
  CHECK_STATUS(cuxas_split_validation(groups, row, 50, 0.9, 3, is_held, NULL), CUXAS_OK);
  n_held = 0;
  for (size_t i = 0; i < 50; i++) n_held += is_held[i];
  CHECK(n_held == 45); /* something is left to learn from */
  for (size_t i = 0; i < 5; i++) row[i] = 10 * i;
  CHECK_STATUS(cuxas_split_validation(groups, row, 5, 0.2, 3, is_held, NULL), CUXAS_ERANGE); /* one group alone */
  cuxas_groups_free(groups);
  cuxas_records_free(records);
}

static void test_validation_compounds_are_refused(void)
{
  cuxas_records *records = synthetic(20);
  cuxas_error    err     = {0};
  write_lines(TABLE, (const char *[]){"name,formula", "tenorite,Cu4(O2)2"}, 2); /* however it is written */
  CHECK_STATUS(cuxas_split_refuse(records, 20, TABLE, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "record r0 is CuO");
  CHECK_STATUS(cuxas_split_refuse(records, 0, TABLE, &err), CUXAS_OK);
  write_lines(TABLE, (const char *[]){"name,formula", "cuprite,Cu2O"}, 2);
  CHECK_STATUS(cuxas_split_refuse(records, 20, TABLE, &err), CUXAS_OK);
  remove(TABLE);
  cuxas_records_free(records);
}

static void test_malformed_tables(void)
{
  cuxas_records *records = synthetic(3);
  cuxas_error    err     = {0};
  static const struct {
    const char *line[2], *reason;
  } CASES[] = {
      {{"name,composition", "a,CuO"}, "test_split.tmp.csv:1: no column \"formula\""},
      {{"name,formula", "a"}, "test_split.tmp.csv:2: too few columns"},
      {{"name,formula", "a,Qq2"}, "not a formula"},
      {{"name,formula", "a,Cu(O"}, "not a formula"},
      {{"name,formula", "a,Cu)O"}, "not a formula"},
      {{"name,formula", "a,cuO"}, "not a formula"},
      {{"name,formula", "a,Cu99999O"}, "not a formula"},
      {{"name,formula", "a,"}, "not a formula"},
      {{"name,formula", "a,((((((((((Cu))))))))))"}, "not a formula"},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    write_lines(TABLE, CASES[i].line, 2);
    CHECK_STATUS(cuxas_split_refuse(records, 3, TABLE, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASES[i].reason);
  }
  remove(TABLE);
  CHECK_STATUS(cuxas_split_refuse(records, 3, TABLE, &err), CUXAS_EIO);
  cuxas_groups *groups = NULL;
  write_lines(TABLE, (const char *[]){"name,formula", "a,CuO"}, 2);
  CHECK_STATUS(cuxas_groups_new(records, TABLE, &groups, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "family");
  remove(TABLE);
  cuxas_records_free(records);
}

static void test_no_validation_compound_is_among_the_simulations(void)
{
  static const char *const EDGES[] = {"L3"};
  cuxas_records           *records = NULL;
  cuxas_error              err     = {0};
  char *path = shared_data("feff10/train.jsonl"), *literature = shared_data("feff10/literature.jsonl");
  if (path == NULL || literature == NULL) {
    free(path);
    free(literature);
    SKIP("no training records");
  }
  CHECK_STATUS(cuxas_records_read((const char *const *)&path, 1, 29, EDGES, 1, &records, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_split_refuse(records, records->n_record, "refdb/models/exclude.csv", &err), CUXAS_OK);
  cuxas_records_free(records);
  CHECK_STATUS(cuxas_records_read((const char *const *)&literature, 1, 29, EDGES, 1, &records, NULL), CUXAS_OK);
  for (size_t i = 0; i < records->n_record; i++) { /* each of them alone would be found */
    const cuxas_records one = {.n_record = 1, .record = &records->record[i]};
    CHECK_STATUS(cuxas_split_refuse(&one, 1, "refdb/models/exclude.csv", &err), CUXAS_EUNSUPPORTED);
  }
  cuxas_records_free(records);
  free(path);
  free(literature);
}

/* ---- families, and the file of a split ---- */

/* CsCl- and NaCl-like compounds, a supercell of one of them, and one without symmetry */
static cuxas_records *prototypes(void)
{
  static const char *const LINE[] = {
#define CURVE "\"L3\":{\"edge_step\":0.006,\"core_hole_width\":0.6,\"energy\":[930,940,950,960],\"mu\":[0.1,1,1,1]}}"
#define CSCL(id, element, a)                                                                                           \
  "{\"id\":\"" id "\",\"site\":0,\"lattice\":[[" a ",0,0],[0," a ",0],[0,0," a "]],\"species\":[\"Cu\",\"" element     \
  "\"],\"frac\":[[0,0,0],[0.5,0.5,0.5]]," CURVE
      CSCL("one", "Zn", "2.95"),
      CSCL("two", "Be", "2.70"),
      "{\"id\":\"rocksalt\",\"site\":0,\"lattice\":[[0,2.2,2.2],[2.2,0,2.2],[2.2,2.2,0]],\"species\":[\"Cu\",\"Cl\"],"
      "\"frac\":[[0,0,0],[0.5,0.5,0.5]]," CURVE,
      "{\"id\":\"skew\",\"site\":0,\"lattice\":[[3.1,0,0],[0.4,3.9,0],[0.7,0.5,4.6]],\"species\":[\"Cu\",\"Zn\",\"Al\"]"
      ","
      "\"frac\":[[0,0,0],[0.5,0.45,0.4],[0.2,0.8,0.7]]," CURVE,
      "{\"id\":\"skew2\",\"site\":0,\"lattice\":[[3.3,0,0],[0.4,4.0,0],[0.7,0.5,4.6]],\"species\":[\"Cu\",\"Ni\","
      "\"Al\"],"
      "\"frac\":[[0,0,0],[0.5,0.45,0.4],[0.2,0.8,0.7]]," CURVE,
      CSCL("stretched", "Cl", "2.95"),
  };
  cuxas_records *records = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_lines(PATH, LINE, sizeof LINE / sizeof LINE[0], &records, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return records;
}

static void test_isostructural_records_are_one_family(void)
{
  cuxas_records *records  = prototypes();
  cuxas_groups  *families = NULL;
  CHECK_STATUS(cuxas_families_new(records, NULL, &families, NULL), CUXAS_OK);
  const size_t *of = families->group_of;
  CHECK(of[0] == of[1]);                   /* CuZn and CuBe, both CsCl-like */
  CHECK(of[2] == of[0] && of[5] == of[0]); /* CuCl, rock salt, through CuCl, CsCl-like */
  CHECK(of[3] != of[0] && of[4] != of[3]); /* without symmetry nothing is alike */
  CHECK(families->n_group == 3 && families->opt_fold == NULL);
  CHECK_TEXT(families->name[of[0]], "BeCu");
  cuxas_groups_free(families);

  write_lines(TABLE, (const char *[]){"id,source,heldout", "skew,x,CuO", "other,x,CuO", "skew2,x,CuO"}, 4);
  CHECK_STATUS(cuxas_families_new(records, TABLE, &families, NULL), CUXAS_OK);
  CHECK(families->group_of[3] == families->group_of[4] && families->n_group == 2);
  cuxas_groups_free(families);
  write_lines(TABLE, (const char *[]){"id,source", "skew,x"}, 2);
  CHECK_STATUS(cuxas_families_new(records, TABLE, &families, NULL), CUXAS_EFORMAT);
  remove(TABLE);
  cuxas_records_free(records);
}

static void test_a_split_survives_its_file(void)
{
  cuxas_records *records  = prototypes();
  cuxas_groups  *families = NULL, *back = NULL;
  const size_t   fold[6] = {1, 1, 1, 0, 2, 1};
  size_t         again[6];
  bool           is_held[6];
  CHECK_STATUS(cuxas_families_new(records, NULL, &families, NULL), CUXAS_OK);
  FILE *out = fopen(TABLE, "w");
  CHECK_STATUS(cuxas_split_write(records, families, fold, out, NULL), CUXAS_OK);
  fclose(out);
  CHECK_STATUS(cuxas_split_read(TABLE, records, 6, &back, NULL), CUXAS_OK);
  CHECK(back->n_fold == 3 && back->n_group == 3);
  CHECK_STATUS(cuxas_split_folds(back, 3, 99, again, NULL), CUXAS_OK); /* whatever the seed */
  for (size_t i = 0; i < 6; i++) {
    CHECK(again[i] == fold[i]);
    CHECK_TEXT(back->name[back->group_of[i]], families->name[families->group_of[i]]);
  }
  CHECK_STATUS(cuxas_split_folds(back, 5, 99, again, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_split_validation(back, (const size_t[]){0, 1, 2, 3, 4, 5}, 6, 0.3, 1, is_held, NULL), CUXAS_OK);
  CHECK(is_held[0] == is_held[1] && is_held[0] == is_held[5]);
  cuxas_groups_free(families);
  cuxas_groups_free(back);
  remove(TABLE);
  cuxas_records_free(records);
}

static void test_parts_have_numbers_up_to_999(void)
{
  static const char *HEAD    = "id,site,formula,family,fold";
  cuxas_records     *records = prototypes();
  cuxas_groups      *back    = NULL;
  cuxas_error        err     = {0};
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,0", "two,0,BeCu,b,999"}, 3);
  CHECK_STATUS(cuxas_split_read(TABLE, records, 2, &back, &err), CUXAS_OK);
  CHECK(back != NULL && back->n_fold == 1000);
  cuxas_groups_free(back);
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,0", "two,0,BeCu,b,1000"}, 3);
  CHECK_STATUS(cuxas_split_read(TABLE, records, 2, &back, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, ":3: site and fold should be whole numbers, folds below 1000");
  remove(TABLE);
  cuxas_records_free(records);
}

static void test_a_split_with_a_leak_is_refused(void)
{
  static const char  EXCLUDE[] = "test_split.tmp.exclude.csv";
  static const char *HEAD      = "id,site,formula,family,fold";
  cuxas_records     *records   = prototypes();
  cuxas_groups      *back      = NULL;
  cuxas_error        err       = {0};
  write_lines(EXCLUDE, (const char *[]){"formula", "BeCu"}, 2);
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,0", "two,0,BeCu,a,1"}, 3);
  CHECK_STATUS(cuxas_split_check(TABLE, EXCLUDE, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "family a is divided");
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,0", "two,0,ZnCu,b,0"}, 3);
  CHECK_STATUS(cuxas_split_check(TABLE, EXCLUDE, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "in two families");
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,0", "two,0,BeCu,a,0"}, 3);
  CHECK_STATUS(cuxas_split_check(TABLE, EXCLUDE, &err), CUXAS_EUNSUPPORTED);
  CHECK_STATUS(cuxas_split_read(TABLE, records, 6, &back, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "not in it");
  CHECK_STATUS(cuxas_split_read(TABLE, records, 2, &back, &err), CUXAS_OK); /* the others are a test */
  CHECK(back->n_fold == 1 && back->group_of[0] == back->group_of[1] && back->group_of[2] != back->group_of[0]);
  cuxas_groups_free(back);
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a"}, 2);
  CHECK_STATUS(cuxas_split_check(TABLE, EXCLUDE, &err), CUXAS_EFORMAT);
  write_lines(TABLE, (const char *[]){HEAD, "one,0,ZnCu,a,-1"}, 2);
  CHECK_STATUS(cuxas_split_check(TABLE, EXCLUDE, &err), CUXAS_EFORMAT);
  remove(TABLE);
  remove(EXCLUDE);
  cuxas_records_free(records);
}

/* ---- what is bundled ---- */

/* read_json() - the caller deletes it */
static cJSON *read_json(const char *path)
{
  FILE  *in     = fopen(path, "rb");
  char  *text   = cuxas_new(NULL, 1 << 24, 1);
  size_t n_byte = in != NULL && text != NULL ? fread(text, 1, (1 << 24) - 1, in) : 0;
  cJSON *object = n_byte > 0 ? cJSON_Parse(text) : NULL;
  if (in != NULL) fclose(in);
  free(text);
  return object;
}

static void test_the_bundled_split_and_model_have_no_leak(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(cuxas_split_check("refdb/models/split.csv", "refdb/models/exclude.csv", &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");

  char   sha256[CUXAS_SHA256_HEX_SIZE];
  cJSON *log = read_json("refdb/models/cu-l23-blind.json"), *entry;
  CHECK_STATUS(cuxas_hash_file("refdb/models/split.csv", sha256, NULL), CUXAS_OK);
  const cJSON *records  = cJSON_GetObjectItemCaseSensitive(log, "records");
  const cJSON *training = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(log, "head"), "training");
  const char  *used     = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(training, "split_sha256"));
  CHECK(used != NULL && strcmp(used, sha256) == 0); /* the model was judged by this split */

  const int     n_record = cJSON_GetArraySize(records); /* what it learnt from */
  cuxas_records learnt   = {.n_record = (size_t)n_record,
                            .record   = cuxas_new(NULL, (size_t)n_record, sizeof(cuxas_record))};
  size_t        i        = 0;
  CHECK(n_record > 100 && learnt.record != NULL);
  cJSON_ArrayForEach(entry, records)
  {
    const char *id      = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "id"));
    const char *formula = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "formula"));
    snprintf(learnt.record[i].id, sizeof learnt.record[i].id, "%s", id != NULL ? id : "");
    snprintf(learnt.record[i].formula, sizeof learnt.record[i].formula, "%s", formula != NULL ? formula : "");
    learnt.record[i++].site = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "site"));
  }
  cuxas_groups *groups = NULL;
  CHECK_STATUS(cuxas_split_refuse(&learnt, learnt.n_record, "refdb/models/exclude.csv", &err), CUXAS_OK);
  CHECK_STATUS(cuxas_split_read("refdb/models/split.csv", &learnt, learnt.n_record, &groups, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_groups_free(groups);
  free(learnt.record);
  cJSON_Delete(log);
}

int main(void)
{
  RUN(test_groups_are_compositions);
  RUN(test_families_join_compositions);
  RUN(test_no_group_is_divided);
  RUN(test_parts_depend_on_seed_and_names_alone);
  RUN(test_validation_part_divides_no_group);
  RUN(test_validation_compounds_are_refused);
  RUN(test_malformed_tables);
  RUN(test_no_validation_compound_is_among_the_simulations);
  RUN(test_isostructural_records_are_one_family);
  RUN(test_a_split_survives_its_file);
  RUN(test_parts_have_numbers_up_to_999);
  RUN(test_a_split_with_a_leak_is_refused);
  RUN(test_the_bundled_split_and_model_have_no_leak);
  return CHECK_REPORT();
}
