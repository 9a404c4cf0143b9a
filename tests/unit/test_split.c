#include "check.h"
#include "cuxas/memory.h"
#include "cuxas/split.h"
#include "records_make.h"

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
  return CHECK_REPORT();
}
