/* test_shortlist.c - simulations found by the crystal they belong to, and the ranking that they decide */
#include "check.h"
#include "match/library.h"
#include "crystal/same_crystal.h"
#include "match/shortlist.h"
#include "edge_model.h"
#include "synthetic.h"

#include <stdint.h>
#include <unistd.h>

enum { N = 372, MAX_PATH = 256, N_STRUCTURE = 4 };

static char              FOLDER[] = "/tmp/cuxas-test-shortlist-XXXXXX";
static const char *const EDGES[]  = {"L3", "L2"};

static const char *path_of(const char *name)
{
  static char path[4][MAX_PATH];
  static int  i = 0;
  i             = (i + 1) % 4;
  snprintf(path[i], sizeof path[i], "%s/%s", FOLDER, name);
  return path[i];
}

/* ---- crystals --------------------------------------------------------------------------------------------------- */

static cuxas_crystal *pair_of(double a_A, const int atomic_number[2])
{
  cuxas_crystal *crystal = cuxas_crystal_new(2);
  for (int i = 0; i < 3; i++) {
    crystal->lattice_A[i][i]  = a_A;
    crystal->fractional[1][i] = 0.5;
  }
  for (int i = 0; i < 2; i++) crystal->atomic_number[i] = atomic_number[i];
  return crystal;
}

static void test_crystals_are_the_same_in_any_order_modulo_the_cell_and_turned(void)
{
  cuxas_crystal *a = pair_of(3.0, (const int[]){29, 8}), *b = pair_of(3.0004, (const int[]){8, 29});
  size_t         site[2] = {9, 9};
  for (int i = 0; i < 3; i++) { /* moved so that copper is at the corner of the next cell */
    b->fractional[0][i] = -0.5;
    b->fractional[1][i] = 1.0;
  }
  CHECK(cuxas_same_crystal(a, b, site));
  CHECK(site[0] == 1 && site[1] == 0);
  b->fractional[0][2] += 0.001; /* 0.003 A */
  site[0] = 9;
  CHECK(!cuxas_same_crystal(a, b, site));
  CHECK(site[0] == 9);
  b->fractional[0][2] -= 0.001;
  b->lattice_A[1][1] += 0.01;
  CHECK(!cuxas_same_crystal(a, b, site));
  b->lattice_A[1][1] -= 0.01;
  for (int i = 0; i < 3;
       i++) { /* turned by 30 degrees: to where a file that states lengths and angles alone may put it */
    const double x = b->lattice_A[i][0], y = b->lattice_A[i][1];
    b->lattice_A[i][0] = 0.5 * sqrt(3.0) * x - 0.5 * y;
    b->lattice_A[i][1] = 0.5 * x + 0.5 * sqrt(3.0) * y;
  }
  CHECK(cuxas_same_crystal(a, b, site));
  b->lattice_A[1][2] += 0.01; /* another angle */
  CHECK(!cuxas_same_crystal(a, b, site));
  b->lattice_A[1][2] -= 0.01;
  b->atomic_number[0] = 16;
  CHECK(!cuxas_same_crystal(a, b, site));
  cuxas_crystal_free(a);
  cuxas_crystal_free(b);
}

/* ---- invented simulations --------------------------------------------------------------------------------------- */

/* CsCl type; edge_eV and white_line of what is "simulated" for it: the query is 932.0, 1.2. */
static const struct {
  const char *name, *element;
  int         z;
  double      a_A, edge_eV, white_line;
} STRUCTURE[N_STRUCTURE] = {
    {"CuZn", "Zn", 30, 2.95, 934.0, 3.0},
    {"CuPd", "Pd", 46, 2.99, 934.0, 1.2}, /* the query's but for a shift */
    {"CuS", "S", 16, 2.90, 934.5, 0.3},
    {"CuBe", "Be", 4, 2.70, 934.2, 2.0},
};

static void write_structures(void)
{
  for (int i = 0; i < N_STRUCTURE; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s.vasp", STRUCTURE[i].name);
    FILE *out = fopen(path_of(name), "w");
    if (out == NULL) abort();
    fprintf(out, "test\n1.0\n%g 0 0\n0 %g 0\n0 0 %g\nCu %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", STRUCTURE[i].a_A,
            STRUCTURE[i].a_A, STRUCTURE[i].a_A, STRUCTURE[i].element);
    fclose(out);
  }
}

static void put_curve(FILE *out, const char *key, double edge_eV, double white_line)
{
  fprintf(
      out,
      ",\"%s\":{\"edge_step\":0.006,\"core_hole_width\":0.6,\"scf_converged\":true,\"code\":\"invented\",\"energy\":[",
      key);
  for (int i = 0; i < 160; i++) fprintf(out, "%s%.1f", i > 0 ? "," : "", edge_eV - 5.0 + 0.5 * i);
  fprintf(out, "],\"mu\":[");
  for (int i = 0; i < 160; i++) {
    const double x = (-5.0 + 0.5 * i) / 0.8;
    fprintf(out, "%s%.6f", i > 0 ? "," : "", 0.5 + atan(x) / 3.14159265 + white_line / (1.0 + (x - 1.0) * (x - 1.0)));
  }
  fprintf(out, "]}");
}

/* Records of all structures, by other names and with their atoms in another order; with a core hole for the first
 * n_screened of them; with a projected one for the first n_projected, and then no white line without hole. */
static const char *write_projected(const char *file, int n_screened, int n_projected)
{
  const char *path = path_of(file);
  FILE       *out  = fopen(path, "w");
  if (out == NULL) abort();
  for (int i = 0; i < N_STRUCTURE; i++) {
    fprintf(out,
            "{\"id\":\"record%d\",\"site\":1,\"lattice\":[[%g,0,0],[0,%g,0],[0,0,%g]],\"species\":[\"%s\",\"Cu\"],"
            "\"frac\":[[0.5,0.5,0.5],[0,0,0]]",
            i, STRUCTURE[i].a_A, STRUCTURE[i].a_A, STRUCTURE[i].a_A, STRUCTURE[i].element);
    put_curve(out, "L3", STRUCTURE[i].edge_eV, n_projected > 0 ? 0.0 : STRUCTURE[i].white_line);
    put_curve(out, "L2", STRUCTURE[i].edge_eV + 20.0, n_projected > 0 ? 0.0 : STRUCTURE[i].white_line);
    if (i < n_projected) {
      put_curve(out, "L3_projected", STRUCTURE[i].edge_eV, STRUCTURE[i].white_line);
      put_curve(out, "L2_projected", STRUCTURE[i].edge_eV + 20.0, STRUCTURE[i].white_line);
    }
    if (i < n_screened) {
      put_curve(out, "L3_screened", STRUCTURE[i].edge_eV, 0.1);
      put_curve(out, "L2_screened", STRUCTURE[i].edge_eV + 20.0, 0.1);
    }
    fprintf(out, "}\n");
  }
  fclose(out);
  return path;
}

static const char *write_records(const char *file, int n_screened)
{
  return write_projected(file, n_screened, 0);
}

static cuxas_simulations *open_simulations(const char *path, bool wants_screened)
{
  cuxas_error                   err         = {.message = ""};
  const cuxas_simulate_settings how         = cuxas_simulations_settings();
  cuxas_simulations            *simulations = NULL;
  CHECK_STATUS(cuxas_simulations_new(29, EDGES, 2, wants_screened, &how, &simulations, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_read(simulations, path, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return simulations;
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

static void test_records_belong_to_crystals_not_to_names(void)
{
  cuxas_simulations  *simulations = open_simulations(write_records("find.jsonl", 0), false);
  cuxas_crystal      *crystal     = pair_of(STRUCTURE[1].a_A, (const int[]){29, STRUCTURE[1].z});
  cuxas_orbits       *orbits      = NULL;
  const cuxas_record *record[1]   = {NULL};
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, 29, CUXAS_SYMPREC_A, &orbits, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_find(simulations, "whatever", crystal, orbits, record, NULL), CUXAS_OK);
  CHECK(record[0] != NULL);
  if (record[0] != NULL) {
    CHECK_TEXT(record[0]->id, "record1");
    CHECK_TEXT(record[0]->code, "invented");
  }
  CHECK(cuxas_simulations_n_computed(simulations) == 0);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  cuxas_simulations_free(simulations);
}

static cuxas_crystal *copper(double edge_A)
{
  cuxas_crystal *crystal = cuxas_crystal_new(1);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) crystal->lattice_A[i][j] = i == j ? 0.0 : 0.5 * edge_A;
  crystal->atomic_number[0] = 29;
  return crystal;
}

/* A quick and coarse calculation, kept in `path`. */
static cuxas_simulations *open_coarse(const char *path)
{
  cuxas_simulate_settings how         = CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulations      *simulations = NULL;
  how.radius_A                        = 3.0;
  how.scf_radius_A                    = 0.0;
  how.edge_step_eV                    = 2.0;
  CHECK_STATUS(cuxas_simulations_new(29, EDGES, 1, false, &how, &simulations, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_keep(simulations, path, NULL), CUXAS_OK);
  return simulations;
}

static const cuxas_record *find_copper(cuxas_simulations *simulations, double edge_A)
{
  cuxas_crystal      *crystal = copper(edge_A);
  cuxas_orbits       *orbits  = NULL;
  const cuxas_record *record  = NULL;
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, 29, CUXAS_SYMPREC_A, &orbits, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_find(simulations, "Cu", crystal, orbits, &record, NULL), CUXAS_OK);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  return record;
}

static bool is_same_curve(const cuxas_record *a, const cuxas_record *b)
{
  const cuxas_record_curve *x = &a->curve[0][0], *y = &b->curve[0][0];
  if (x->n_point != y->n_point || x->n_point == 0) return false;
  return memcmp(x->energy_eV, y->energy_eV, x->n_point * sizeof *x->energy_eV) == 0 &&
         memcmp(x->mu, y->mu, x->n_point * sizeof *x->mu) == 0;
}

static void test_what_was_computed_is_kept_and_found_again_bit_for_bit(void)
{
  const char         *plain = path_of("kept.jsonl"), *packed = path_of("kept.jsonl.gz");
  cuxas_simulations  *first = open_coarse(plain), *zipped = open_coarse(packed);
  const cuxas_record *small = find_copper(first, 3.61), *large = find_copper(first, 3.70);
  const cuxas_record *same = find_copper(zipped, 3.61);
  CHECK(cuxas_simulations_n_computed(first) == 2);
  CHECK(find_copper(first, 3.61) == small); /* not computed a second time */
  CHECK(cuxas_simulations_n_computed(first) == 2);

  cuxas_simulations  *again = open_coarse(plain), *unzipped = open_coarse(packed);
  const cuxas_record *read_small = find_copper(again, 3.61), *read_large = find_copper(again, 3.70);
  const cuxas_record *read_same = find_copper(unzipped, 3.61);
  CHECK(cuxas_simulations_n_computed(again) == 0 && cuxas_simulations_n_computed(unzipped) == 0);
  CHECK_TEXT(read_small->id, "Cu");
  CHECK_TEXT(read_large->id, "Cu-2"); /* another crystal of that name */
  CHECK(is_same_curve(small, read_small) && is_same_curve(large, read_large) && is_same_curve(same, read_same));
  CHECK(is_same_curve(same, small) && !is_same_curve(small, large));
  CHECK_CONTAINS(read_small->code, "cuxas-simulate");
  cuxas_simulations_free(first);
  cuxas_simulations_free(again);
  cuxas_simulations_free(zipped);
  cuxas_simulations_free(unzipped);
}

static void test_damaged_files_are_refused_by_name_and_reason(void)
{
  static const struct {
    const char *text, *reason;
  } BAD[]                           = {{"{\"id\":\"a\"}\n", "site"},
                                       {"no json\n", "not JSON"},
                                       {"{\"id\":\"a\",\"site\":0,\"lattice\":[],\"species\":[\"Cu\"],\"frac\":[[0,0,0]]}\n", "missing"},
                                       {"\x1f\x8b\x08 nothing that expands", "gzip"}};
  const cuxas_simulate_settings how = cuxas_simulations_settings();
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    const char        *path        = path_of("bad.jsonl");
    cuxas_simulations *simulations = NULL;
    cuxas_error        err         = {.message = ""};
    FILE              *out         = fopen(path, "w");
    fputs(BAD[i].text, out);
    fclose(out);
    CHECK_STATUS(cuxas_simulations_new(29, EDGES, 2, false, &how, &simulations, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_simulations_read(simulations, path, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, "bad.jsonl");
    CHECK_CONTAINS(err.message, BAD[i].reason);
    cuxas_simulations_free(simulations);
  }
}

static void test_a_file_that_was_noted_and_changes_before_it_is_read_is_told(void)
{
  const cuxas_simulate_settings how         = cuxas_simulations_settings();
  const char                   *path        = write_records("noted.jsonl", 2);
  cuxas_simulations            *simulations = NULL;
  cuxas_error                   err         = {.message = ""};
  CHECK_STATUS(cuxas_simulations_new(29, EDGES, 2, true, &how, &simulations, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_note(simulations, path, &err), CUXAS_OK);
  write_records("noted.jsonl", 1);
  CHECK_STATUS(cuxas_simulations_load(simulations, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "noted.jsonl: changed while it was read: run the match again");
  cuxas_simulations_free(simulations);
}

/* ---- ranking ---------------------------------------------------------------------------------------------------- */

typedef struct {
  cuxas_model     *model;
  cuxas_query     *query;
  cuxas_hits      *hits;
  cuxas_shortlist *shortlist;
} stages;

static stages run_with(const char *records, size_t n_wanted, bool fit_hole, bool wants_screened, int n_thread)
{
  static const cuxas_edge_window EDGE[2]  = {{"L3", 0.0}, {"L2", 20.0}};
  const cuxas_grid               grid     = {925.0, 0.2, N};
  const char                    *folder   = FOLDER;
  cuxas_match_settings           settings = {.compare = cuxas_compare_defaults(), .n_thread = n_thread, .n_keep = 10};
  stages                         run      = {.model = make_edge_model()};
  cuxas_catalog                 *catalog  = NULL;
  cuxas_error                    err      = {.message = ""};
  double                         mu[N];
  settings.compare.fit_hole = fit_hole;
  synthetic_curve(grid, 932.0, 1.2, 1.6, mu);
  CHECK_STATUS(
      cuxas_query_new(grid, mu, &(cuxas_edge_layout){run.model->grid, EDGE, 2}, &settings.compare, &run.query, &err),
      CUXAS_OK);
  CHECK_STATUS(cuxas_catalog_list(&folder, 1, false, &catalog, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_match_catalog(run.query, catalog, run.model, &settings, NULL, &run.hits, &err), CUXAS_OK);
  cuxas_simulations *simulations = open_simulations(records, wants_screened);
  CHECK_STATUS(cuxas_shortlist_simulate(run.query, run.hits,
                                        &(cuxas_second_stage){run.model, simulations, n_wanted, NULL, NULL}, &settings,
                                        NULL, &run.shortlist, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(cuxas_simulations_n_computed(simulations) == 0);
  cuxas_simulations_free(simulations);
  cuxas_catalog_free(catalog);
  return run;
}

/* By default, with a file that is noted alone and what is kept from one process to the next. */
static cuxas_shortlist *run_stored(stages *run, const char *records, const char *cache, bool changes)
{
  const cuxas_simulate_settings how      = cuxas_simulations_settings();
  cuxas_match_settings          settings = {.compare = cuxas_compare_defaults(), .n_thread = 1, .n_keep = 10};
  cuxas_simulations            *simulations;
  cuxas_store                  *store;
  cuxas_shortlist              *shortlist = NULL;
  CHECK_STATUS(cuxas_simulations_new(29, EDGES, 2, true, &how, &simulations, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_note(simulations, records, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_open(run->model, &store, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_add_cache(store, cache, (size_t)1 << 30, NULL), CUXAS_OK);
  if (changes) unlink(records);
  settings.compare.fit_hole = true;
  CHECK_STATUS(
      cuxas_shortlist_simulate(run->query, run->hits,
                               &(cuxas_second_stage){run->model, simulations, CUXAS_SIMULATE_AUTO, NULL, store},
                               &settings, NULL, &shortlist, NULL),
      CUXAS_OK);
  cuxas_store_close(store);
  cuxas_simulations_free(simulations);
  return shortlist;
}

static stages run_stages(const char *records, size_t n_wanted, bool fit_hole, int n_thread)
{
  return run_with(records, n_wanted, fit_hole, fit_hole, n_thread);
}

static void end_stages(stages *run)
{
  cuxas_shortlist_free(run->shortlist);
  cuxas_hits_free(run->hits);
  cuxas_query_free(run->query);
  cuxas_model_free(run->model);
}

static void test_what_the_store_knows_is_the_same_and_nothing_is_read_for_it(void)
{
  const char      *records = write_records("stored.jsonl", 2), *cache = path_of("stored");
  stages           run   = run_stages(records, 0, true, 1);
  cuxas_shortlist *first = run_stored(&run, records, cache, false), *second = run_stored(&run, records, cache, true);
  CHECK(first->hits->n_hit > 0 && first->hits->n_hit == second->hits->n_hit);
  for (size_t i = 0; i < first->hits->n_hit; i++) {
    const cuxas_hit *a = &first->hits->hit[i], *b = &second->hits->hit[i];
    CHECK_TEXT(a->name, b->name);
    CHECK_TEXT(a->sha256, b->sha256);
    CHECK_TEXT(a->formula, b->formula);
    CHECK(a->comparison.score == b->comparison.score && a->n_absorber == b->n_absorber);
    CHECK(memcmp(a->shifted, b->shifted, a->comparison.n_compared * sizeof *a->shifted) == 0);
  }
  cuxas_shortlist_free(first);
  cuxas_shortlist_free(second);
  end_stages(&run);
}

static void test_the_simulated_curve_decides(void)
{
  stages                 run       = run_stages(write_records("all.jsonl", 0), SIZE_MAX, false, 1);
  const cuxas_shortlist *shortlist = run.shortlist;
  CHECK(cuxas_shortlist_leads(shortlist));
  CHECK(shortlist->n_wanted == N_STRUCTURE && shortlist->hits->n_hit == N_STRUCTURE);
  CHECK_TEXT(shortlist->hits->hit[0].name, "CuPd");
  CHECK(shortlist->hits->hit[0].comparison.mae < 0.03);
  CHECK_NEAR(shortlist->hits->hit[0].comparison.shift_eV, -2.0, 0.3);
  CHECK(shortlist->hits->hit[0].shifted != NULL && shortlist->candidate[0].predicted != NULL);
  CHECK(isnan(shortlist->limit) && !shortlist->candidate[0].is_doubtful); /* the model says no held-out errors */
  for (size_t i = 0; i < shortlist->hits->n_hit; i++) {
    const cuxas_hit *hit = &shortlist->hits->hit[i], *predicted = &run.hits->hit[hit->rank_predicted - 1];
    CHECK_TEXT(hit->label, predicted->label);
    CHECK_TEXT(hit->sha256, predicted->sha256);
    CHECK(hit->rank == i + 1 && hit->n_absorber == 1 && hit->n_distinct == 1);
    CHECK(shortlist->candidate[i].error > 0.0 && shortlist->candidate[i].error < 2.0);
    CHECK_TEXT(shortlist->candidate[i].code, "invented");
  }
  end_stages(&run);
}

static void test_by_default_all_that_are_known_have_their_say_and_nothing_is_asked_twice(void)
{
  stages all       = run_stages(write_records("all.jsonl", 0), SIZE_MAX, false, 1);
  stages by_itself = run_stages(write_records("all.jsonl", 0), CUXAS_SIMULATE_AUTO, false, 1);
  CHECK(by_itself.shortlist->hits->n_hit == N_STRUCTURE);
  for (size_t i = 0; i < by_itself.shortlist->hits->n_hit; i++) {
    const cuxas_hit *one = &all.shortlist->hits->hit[i], *other = &by_itself.shortlist->hits->hit[i];
    CHECK_TEXT(other->label, one->label);
    CHECK(other->comparison.score == one->comparison.score && other->n_absorber == one->n_absorber);
    CHECK_TEXT(by_itself.shortlist->candidate[i].code, all.shortlist->candidate[i].code);
    CHECK(isnan(by_itself.shortlist->candidate[i].error)); /* only its curve was looked up */
  }
  end_stages(&all);
  end_stages(&by_itself);
}

static void test_only_the_best_by_prediction_are_simulated(void)
{
  stages run = run_stages(write_records("some.jsonl", 0), 2, false, 1);
  CHECK(run.shortlist->n_wanted == 2 && run.shortlist->hits->n_hit == 2);
  CHECK(run.shortlist->hits->hit[0].rank_predicted + run.shortlist->hits->hit[1].rank_predicted == 3);
  end_stages(&run);
}

static void test_all_are_compared_with_the_same_channels(void)
{
  stages some = run_stages(write_records("one.jsonl", 1), SIZE_MAX, false, 1);
  CHECK(some.shortlist->n_without_hole == 0); /* nobody asked for it */
  end_stages(&some);
  stages both = run_stages(write_records("both.jsonl", N_STRUCTURE), SIZE_MAX, true, 1);
  CHECK(both.shortlist->n_without_hole == 0 && both.shortlist->compare.fit_hole);
  bool is_mixed = false;
  for (size_t i = 0; i < both.shortlist->hits->n_hit; i++)
    is_mixed = is_mixed || both.shortlist->hits->hit[i].comparison.hole_fraction < 1.0;
  CHECK(is_mixed);
  end_stages(&both);

  stages one = run_with(write_records("one.jsonl", 1), SIZE_MAX, true, false, 1); /* asked for, but one alone has it */
  CHECK(one.shortlist->n_without_hole == N_STRUCTURE - 1 && !one.shortlist->compare.fit_hole);
  for (size_t i = 0; i < one.shortlist->hits->n_hit; i++)
    CHECK_NEAR(one.shortlist->hits->hit[i].comparison.hole_fraction, 1.0, 0.0);
  CHECK_TEXT(one.shortlist->hits->hit[0].name, "CuPd");
  end_stages(&one);
}

static void test_a_projected_hole_is_mixed_with_the_screened_one_where_all_have_it(void)
{
  stages all = run_stages(write_projected("projected.jsonl", N_STRUCTURE, N_STRUCTURE), SIZE_MAX, true, 1);
  CHECK(all.shortlist->is_projected);
  CHECK(all.shortlist->hits->hit[0].comparison.mae < 0.03);
  end_stages(&all);
  stages some = run_stages(write_projected("most.jsonl", N_STRUCTURE, N_STRUCTURE - 1), SIZE_MAX, true, 1);
  CHECK(!some.shortlist->is_projected);
  CHECK(some.shortlist->hits->hit[0].comparison.mae > 0.03); /* without a hole they have no white line here */
  end_stages(&some);
  stages none = run_stages(write_projected("unasked.jsonl", N_STRUCTURE, N_STRUCTURE), SIZE_MAX, false, 1);
  CHECK(!none.shortlist->is_projected); /* no core hole was asked for */
  CHECK(none.shortlist->hits->hit[0].comparison.mae > 0.03);
  end_stages(&none);
}

static void test_results_do_not_depend_on_threads(void)
{
  const char *records = write_records("threads.jsonl", N_STRUCTURE);
  stages      one = run_stages(records, SIZE_MAX, true, 1), two = run_stages(records, SIZE_MAX, true, 2);
  for (size_t i = 0; i < one.shortlist->hits->n_hit && i < two.shortlist->hits->n_hit; i++) {
    const cuxas_comparison *a = &one.shortlist->hits->hit[i].comparison, *b = &two.shortlist->hits->hit[i].comparison;
    CHECK_TEXT(one.shortlist->hits->hit[i].name, two.shortlist->hits->hit[i].name);
    CHECK(a->score == b->score && a->mae == b->mae && a->shift_eV == b->shift_eV);
    CHECK(one.shortlist->candidate[i].error == two.shortlist->candidate[i].error);
  }
  end_stages(&one);
  end_stages(&two);
}

static void test_a_library_of_simulations_ranks_as_the_shortlist(void)
{
  stages                     run      = run_stages(write_records("library.jsonl", 0), SIZE_MAX, false, 1);
  cuxas_simulations         *known    = open_simulations(path_of("library.jsonl"), false);
  cuxas_catalog             *catalog  = NULL;
  cuxas_library             *library  = NULL;
  cuxas_hits                *hits     = NULL;
  const char                *folder   = FOLDER;
  const cuxas_match_settings settings = {.compare = run.shortlist->compare, .n_thread = 1};
  CHECK_STATUS(cuxas_catalog_list(&folder, 1, false, &catalog, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulate(catalog, run.model, known, NULL, &library, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_match_library(run.query, library, &settings, &hits, NULL), CUXAS_OK);
  CHECK(hits->n_hit == run.shortlist->hits->n_hit);
  for (size_t i = 0; i < hits->n_hit && i < run.shortlist->hits->n_hit; i++) {
    CHECK_TEXT(hits->hit[i].label, run.shortlist->hits->hit[i].label);
    CHECK(hits->hit[i].comparison.score == run.shortlist->hits->hit[i].comparison.score);
  }
  cuxas_hits_free(hits);
  cuxas_library_free(library);
  cuxas_catalog_free(catalog);
  cuxas_simulations_free(known);
  end_stages(&run);
}

/* CuBe is not among what is known: it is estimated, found cheap and simulated; what was computed is known from then on. */
static void test_by_default_the_few_best_that_are_not_known_are_simulated(void)
{
  stages                  run         = run_stages(write_records("all.jsonl", 0), 1, false, 1);
  cuxas_match_settings    settings    = {.compare = run.shortlist->compare, .n_thread = 1, .n_keep = 10};
  cuxas_simulate_settings how         = CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulations      *simulations = NULL;
  char                    command[3 * MAX_PATH];
  how.radius_A     = 3.0;
  how.scf_radius_A = 0.0;
  how.edge_step_eV = 2.0;
  snprintf(command, sizeof command, "head -n 3 %s/all.jsonl >%s/three.jsonl", FOLDER, FOLDER);
  CHECK(system(command) == 0);
  CHECK_STATUS(cuxas_simulations_new(29, EDGES, 2, false, &how, &simulations, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulations_read(simulations, path_of("three.jsonl"), NULL), CUXAS_OK);
  for (int i = 0; i < 2; i++) {
    cuxas_shortlist *shortlist = NULL;
    CHECK_STATUS(
        cuxas_shortlist_simulate(run.query, run.hits,
                                 &(cuxas_second_stage){run.model, simulations, CUXAS_SIMULATE_AUTO, NULL, NULL},
                                 &settings, NULL, &shortlist, NULL),
        CUXAS_OK);
    CHECK(shortlist->hits->n_hit == N_STRUCTURE && shortlist->n_wanted == N_STRUCTURE);
    CHECK(cuxas_simulations_n_computed(simulations) == 1);
    cuxas_shortlist_free(shortlist);
  }
  cuxas_simulations_free(simulations);
  end_stages(&run);
}

static void test_what_cannot_be_simulated_is_skipped_with_its_reason(void)
{
  stages                     run   = run_stages(write_records("skipped.jsonl", 0), 1, false, 1);
  cuxas_simulations         *known = open_simulations(path_of("skipped.jsonl"), false);
  char                       path[3][MAX_PATH];
  const char                *one[]    = {path[0], path[1], path[2]};
  cuxas_catalog             *catalog  = NULL;
  cuxas_library             *library  = NULL;
  cuxas_hits                *hits     = NULL;
  const cuxas_match_settings settings = {.compare = run.shortlist->compare, .n_thread = 1};
  snprintf(path[0], MAX_PATH, "%s", path_of("spectrum.csv"));
  snprintf(path[1], MAX_PATH, "%s", path_of("broken.vasp"));
  snprintf(path[2], MAX_PATH, "%s", path_of("CuZn.vasp"));
  for (int i = 0; i < 2; i++) {
    FILE *out = fopen(path[i], "w");
    if (out == NULL) abort();
    for (int k = 0; k < 100; k++) fprintf(out, i == 0 ? "%d,1\n" : "no %d numbers\n", 900 + k);
    fclose(out);
  }
  CHECK_STATUS(cuxas_catalog_list(one, 3, false, &catalog, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulate(catalog, run.model, known, NULL, &library, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_match_library(run.query, library, &settings, &hits, NULL), CUXAS_OK);
  CHECK(hits->n_hit == 1 && hits->n_skipped == 2);
  if (hits->n_skipped == 2) {
    CHECK_CONTAINS(hits->skipped[0].reason, "broken.vasp");
    CHECK_TEXT(hits->skipped[1].reason, "a spectrum, which is not simulated");
  }
  cuxas_hits_free(hits);
  cuxas_library_free(library);
  cuxas_catalog_free(catalog);
  cuxas_simulations_free(known);
  for (int i = 0; i < 2; i++) unlink(path[i]);
  end_stages(&run);
}

static void test_the_limit_is_what_the_model_file_says(void)
{
  cuxas_model *model = make_edge_model();
  cJSON       *head  = model->head_json;
  CHECK(isnan(cuxas_shortlist_limit(model)));
  cJSON_AddItemToObject(
      head, "metrics",
      cJSON_Parse("{\"errors\":[{\"edge\":\"L2\",\"channel\":\"no-hole\",\"rows\":\"all\",\"predictor\":"
                  "\"model\",\"p90\":0.9},{\"edge\":\"L3\",\"channel\":\"no-hole\",\"rows\":\"all\","
                  "\"predictor\":\"mean spectrum\",\"p90\":0.8},{\"edge\":\"L3\",\"channel\":\"no-hole\","
                  "\"rows\":\"all\",\"predictor\":\"model\",\"p90\":0.125}]}"));
  CHECK_NEAR(cuxas_shortlist_limit(model), 0.125, 0.0);
  cuxas_model_free(model);
}

int main(void)
{
  if (mkdtemp(FOLDER) == NULL) abort();
  write_structures();
  RUN(test_crystals_are_the_same_in_any_order_modulo_the_cell_and_turned);
  RUN(test_records_belong_to_crystals_not_to_names);
  RUN(test_what_was_computed_is_kept_and_found_again_bit_for_bit);
  RUN(test_damaged_files_are_refused_by_name_and_reason);
  RUN(test_a_file_that_was_noted_and_changes_before_it_is_read_is_told);
  RUN(test_the_simulated_curve_decides);
  RUN(test_what_the_store_knows_is_the_same_and_nothing_is_read_for_it);
  RUN(test_by_default_all_that_are_known_have_their_say_and_nothing_is_asked_twice);
  RUN(test_only_the_best_by_prediction_are_simulated);
  RUN(test_all_are_compared_with_the_same_channels);
  RUN(test_a_projected_hole_is_mixed_with_the_screened_one_where_all_have_it);
  RUN(test_results_do_not_depend_on_threads);
  RUN(test_a_library_of_simulations_ranks_as_the_shortlist);
  RUN(test_by_default_the_few_best_that_are_not_known_are_simulated);
  RUN(test_what_cannot_be_simulated_is_skipped_with_its_reason);
  RUN(test_the_limit_is_what_the_model_file_says);
  char command[MAX_PATH];
  snprintf(command, sizeof command, "rm -r %s", FOLDER);
  if (system(command) != 0) abort();
  return CHECK_REPORT();
}
