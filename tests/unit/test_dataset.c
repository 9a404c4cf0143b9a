#include "check.h"
#include "records/dataset.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "records_make.h"

static const char       PATH[] = "test_dataset.tmp.jsonl";
static const cuxas_grid GRID[] = {{925.0, 0.2, 312}, {945.0, 0.2, 312}};

/* ---- records: what is read ---- */

static void test_record_is_read(void)
{
  cuxas_records *records = NULL;
  cuxas_error    err     = {0};
  const char    *other = "{\"id\":\"two\"," MADE_CELL ",\"L3\":" MADE_CURVE "}"; /* and the first once more: the same */
  CHECK_STATUS(read_lines(PATH, (const char *[]){MADE_RECORD, "", other, MADE_RECORD}, 4, &records, &err), CUXAS_OK);
  CHECK(records->n_record == 2 && records->n_unconverged == 0 && records->n_not_finite == 0);
  const cuxas_record *record = &records->record[0];
  CHECK_TEXT(record->id, "one");
  CHECK_TEXT(record->formula, "CuO");
  CHECK(record->site == 1 && record->crystal->n_site == 2 && record->crystal->atomic_number[1] == 29);
  CHECK_NEAR(record->crystal->lattice_A[2][2], 3.0, 0.0);
  CHECK(record->curve[0][0].n_point == 6 && record->curve[0][1].n_point == 0 && record->curve[1][0].n_point == 0);
  CHECK_NEAR(record->curve[0][0].energy_eV[2], 935.0, 0.0);
  CHECK_NEAR(record->curve[0][0].mu[2], 1.5, 0.0);
  CHECK_NEAR(record->curve[0][0].core_hole_width_eV, 0.6, 0.0);
  cuxas_records_free(records);
}

static void test_unconverged_records_are_counted_and_left_out(void)
{
  cuxas_records *records = NULL;
  const char    *bad = "{\"id\":\"two\"," MADE_CELL ",\"L3\":{\"energy\":[930,932,935,940],\"mu\":[0.1,0.5,1.5,1.0],"
                       "\"edge_step\":1,\"core_hole_width\":0.6,\"scf_converged\":false}}";
  CHECK_STATUS(read_lines(PATH, (const char *[]){MADE_RECORD, bad}, 2, &records, NULL), CUXAS_OK);
  CHECK(records->n_record == 1 && records->n_unconverged == 1);
  cuxas_records_free(records);
}

static void test_numbers_that_are_not_finite_are_counted_and_left_out(void)
{
  cuxas_records *records = NULL;
  const char    *null = "{\"id\":\"two\"," MADE_CELL ",\"L3\":{\"energy\":[930,932,935,940],\"mu\":[0.1,null,1.5,1.0],"
                        "\"edge_step\":1,\"core_hole_width\":0.6}}";
  const char *huge = "{\"id\":\"three\"," MADE_CELL ",\"L3\":{\"energy\":[930,932,935,940],\"mu\":[0.1,1e999,1.5,1.0],"
                     "\"edge_step\":1,\"core_hole_width\":0.6}}";
  CHECK_STATUS(read_lines(PATH, (const char *[]){MADE_RECORD, null, huge}, 3, &records, NULL), CUXAS_OK);
  CHECK(records->n_record == 1 && records->n_not_finite == 2);
  cuxas_records_free(records);
  CHECK_STATUS(read_lines(PATH, (const char *[]){null}, 1, &records, NULL), CUXAS_EFORMAT); /* nothing is left */
}

static void test_further_curves_may_fail_alone(void)
{
  cuxas_records *records = NULL;
  const char    *half    = "{\"id\":\"two\"," MADE_CELL ",\"L3\":" MADE_CURVE
                     ",\"L2\":{\"energy\":[950,952,955,960],\"mu\":[0.1,null,1.5,1.0],\"edge_step\":1,"
                     "\"core_hole_width\":1.2}}";
  CHECK_STATUS(read_lines(PATH, &half, 1, &records, NULL), CUXAS_OK);
  CHECK(records->n_record == 1 && records->n_curve_dropped == 1);
  CHECK(records->record[0].curve[1][0].n_point == 0);
  cuxas_records_free(records);
}

/* ---- records: what is refused, each by name ---- */

static void check_refused(const char *line, const char *reason)
{
  cuxas_records *records = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_lines(PATH, (const char *[]){MADE_RECORD, line}, 2, &records, &err), CUXAS_EFORMAT);
  CHECK(records == NULL);
  CHECK_CONTAINS(err.message, "test_dataset.tmp.jsonl:2: ");
  CHECK_CONTAINS(err.message, reason);
}

static void test_malformed_records_are_refused(void)
{
  check_refused("{\"id\":", "not JSON");
  check_refused("[1]", "not a JSON object");
  check_refused("{" MADE_CELL ",\"L3\":" MADE_CURVE "}", "\"id\" is missing");
  check_refused("{\"id\":\"x\"," MADE_CELL "}", "\"L3\" is missing");
  check_refused("{\"id\":\"x\"," MADE_CELL ",\"L3\":7}", "\"L3\" is not an object");
  check_refused("{\"id\":\"x\",\"site\":1,\"L3\":" MADE_CURVE "}", "\"lattice\" is missing");
}

static void test_malformed_curves_are_refused(void)
{
#define WITH_CURVE(energy, mu, rest)                                                                                   \
  "{\"id\":\"x\"," MADE_CELL ",\"L3\":{\"energy\":" energy ",\"mu\":" mu "," rest "}}"
#define FINE "\"edge_step\":1,\"core_hole_width\":0.6"
  check_refused(WITH_CURVE("[1,2,3]", "[1,2,3]", FINE), "3 energies");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3]", FINE), "not an array of 4 numbers");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3,4,5]", FINE), "not an array of 4 numbers");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,\"a\",3,4]", FINE), "not an array of 4 numbers");
  check_refused(WITH_CURVE("[1,3,2,9]", "[1,2,3,4]", FINE), "do not rise at point 2");
  check_refused(WITH_CURVE("[1,2,2,9]", "[1,2,3,4]", FINE), "do not rise at point 2");
  check_refused(WITH_CURVE("[1,2,3,4]", "[1,2,3,4]", FINE), "span 3 eV");
  check_refused(WITH_CURVE("[1,2,3,9e9]", "[1,2,3,4]", FINE), "span");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3,4]", "\"core_hole_width\":0.6"), "edge_step");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3,4]", "\"edge_step\":0,\"core_hole_width\":0.6"), "edge_step");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3,4]", "\"edge_step\":1,\"core_hole_width\":-1"), "core_hole_width");
  check_refused(WITH_CURVE("[1,2,3,9]", "[1,2,3,4]", FINE ",\"scf_converged\":\"yes\""), "scf_converged");
}

static void test_malformed_structures_are_refused(void)
{
#define WITH_CELL(lattice, species, frac, site)                                                                        \
  "{\"id\":\"x\",\"lattice\":" lattice ",\"species\":" species ",\"frac\":" frac ",\"site\":" site                     \
  ",\"L3\":" MADE_CURVE "}"
#define CUBE "[[3,0,0],[0,3,0],[0,0,3]]"
  check_refused(WITH_CELL("[[3,0,0],[0,3,0]]", "[\"Cu\"]", "[[0,0,0]]", "0"), "lattice");
  check_refused(WITH_CELL("[[3,0,0],[0,3,0],[3,3,0]]", "[\"Cu\"]", "[[0,0,0]]", "0"), "no volume");
  check_refused(WITH_CELL("[[3,0,0],[0,3,0],[0,0,null]]", "[\"Cu\"]", "[[0,0,0]]", "0"), "lattice");
  check_refused(WITH_CELL(CUBE, "[\"Cu\",\"O\"]", "[[0,0,0]]", "0"), "2 species and 1 positions");
  check_refused(WITH_CELL(CUBE, "[]", "[]", "0"), "0 species");
  check_refused(WITH_CELL(CUBE, "[\"Qq\"]", "[[0,0,0]]", "0"), "\"species\" 0");
  check_refused(WITH_CELL(CUBE, "[\"Cu\"]", "[[0,0]]", "0"), "frac");
  check_refused(WITH_CELL(CUBE, "[\"Cu\"]", "[[0,0,null]]", "0"), "frac");
  check_refused(WITH_CELL(CUBE, "[\"Cu\"]", "[[0,0,0]]", "1"), "\"site\"");
  check_refused(WITH_CELL(CUBE, "[\"Cu\"]", "[[0,0,0]]", "-1"), "\"site\"");
  check_refused(WITH_CELL(CUBE, "[\"O\"]", "[[0,0,0]]", "0"), "is O, not the absorber Cu");
}

static void test_unreadable_file(void)
{
  cuxas_records *records = NULL;
  const char    *path = "no such file", *edge = "L3", *long_name = "an edge's name";
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, &edge, 1, &records, NULL), CUXAS_EIO);
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, &long_name, 1, &records, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, &edge, 0, &records, NULL), CUXAS_ERANGE);
}

/* ---- targets ---- */

static void test_resampling_keeps_points_tail_and_end(void)
{
  double             energy[] = {930, 932, 935, 940, 950, 990}, mu[] = {0.1, 0.5, 1.5, 1.0, 1.1, 0.9}, y[401];
  cuxas_record_curve curve = {6, energy, mu, 1.0, 0.6, NAN};
  CHECK_STATUS(cuxas_dataset_resample(&curve, (cuxas_grid){920.0, 0.2, 401}, y, NULL), CUXAS_OK);
  CHECK_NEAR(y[50], 0.1, 1e-12);
  CHECK_NEAR(y[60], 0.5, 1e-9);
  CHECK_NEAR(y[75], 1.5, 1e-9);
  CHECK_NEAR(y[40], 0.1 * exp(-2.0 / CUXAS_TAIL_EV), 1e-12);
  CHECK_NEAR(y[0], 0.1 * exp(-10.0 / CUXAS_TAIL_EV), 1e-12);
  CHECK_NEAR(y[400], 0.9, 1e-12);                                                   /* 1000 eV, behind the end */
  for (int i = 75; i < 100; i++) CHECK(y[i] <= 1.5 + 1e-12 && y[i] >= 1.0 - 1e-12); /* no overshoot */
}

static void test_second_edge_follows_from_the_first(void)
{
  static const char *const EDGES[] = {"L3", "L2"};
  cuxas_records           *records = NULL;
  cuxas_dataset           *dataset = NULL;
  const char              *path    = PATH;
  write_synthetic(PATH, 30);
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, EDGES, 2, &records, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_dataset_new(records, GRID, &dataset, NULL), CUXAS_OK);
  const cuxas_doublet *doublet = &dataset->doublet[1];
  CHECK(doublet->n_record == 10);
  CHECK_NEAR(doublet->splitting_eV, 20.0, 1e-9);
  CHECK_NEAR(doublet->width_eV, 0.6, 1e-9);
  CHECK_NEAR(doublet->weight, 0.5, 1e-9);
  CHECK(doublet->mae < 0.02);
  for (size_t i = 0; i < 30; i++) {
    CHECK(dataset->known[0][0][i] && dataset->known[1][0][i] && !dataset->known[0][1][i]);
    CHECK(dataset->simulated[0][0][i] && dataset->simulated[1][0][i] == (i % 3 == 0));
  }
  cuxas_dataset_free(dataset);
  cuxas_records_free(records);
  remove(PATH);
}

static void test_broadening_is_a_lorentzian(void)
{
  /* an arctangent step of width g broadened by w is an arctangent step of width g + w */
  enum { N = 3000 };
  double *energy = cuxas_new(NULL, N, sizeof *energy), *mu = cuxas_new(NULL, N, sizeof *mu), y[200], one = 1.0;
  for (int i = 0; i < N; i++) {
    energy[i] = 900.0 + 0.1 * i;
    mu[i]     = 0.5 + atan((energy[i] - 1000.0) / 0.5) / 3.14159265358979;
  }
  const cuxas_record_curve curve = {N, energy, mu, 1.0, 1.0, NAN};
  const cuxas_doublet doublet    = {.n_record = 1, .splitting_eV = 20.0, .width_eV = 1.0, .n_ratio = 1, .ratio = &one};
  const cuxas_grid    grid       = {1010.0, 0.1, 200};
  CHECK_STATUS(cuxas_doublet_apply(&doublet, &curve, grid, y, NULL), CUXAS_OK);
  for (size_t i = 0; i < 200; i++)
    CHECK_NEAR(y[i], 0.5 + atan((cuxas_grid_energy_eV(grid, i) - 1020.0) / 1.0) / 3.14159265358979, 3e-3);
  free(energy);
  free(mu);
}

static void test_curve_of_another_edge_is_refused(void)
{
  cuxas_records *records = NULL;
  cuxas_dataset *dataset = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_lines(PATH, (const char *[]){MADE_RECORD}, 1, &records, NULL), CUXAS_OK);
  const cuxas_grid far[] = {{7100.0, 0.2, 312}, {7200.0, 0.2, 312}};
  CHECK_STATUS(cuxas_dataset_new(records, far, &dataset, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "one: its L3 curve");
  cuxas_records_free(records);
}

static void test_made_edges_of_the_simulations_are_good(void)
{
  static const char *const EDGES[] = {"L3", "L2"};
  cuxas_records           *records = NULL;
  cuxas_dataset           *dataset = NULL;
  char                    *path    = shared_data("feff10/train.jsonl");
  if (path == NULL) SKIP("no training records");
  CHECK_STATUS(cuxas_records_read((const char *const *)&path, 1, 29, EDGES, 2, &records, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_dataset_new(records, GRID, &dataset, NULL), CUXAS_OK);
  CHECK(dataset->doublet[1].n_record >= 50);
  CHECK_NEAR(dataset->doublet[1].splitting_eV, 19.97, 0.02);
  CHECK_NEAR(dataset->doublet[1].width_eV, 1.162 - 0.596, 1e-6);
  CHECK_NEAR(1.0 / dataset->doublet[1].weight, 2.06, 0.01);
  CHECK(dataset->doublet[1].mae <= 0.01);
  cuxas_dataset_free(dataset);
  cuxas_records_free(records);
  free(path);
}

int main(void)
{
  RUN(test_record_is_read);
  RUN(test_unconverged_records_are_counted_and_left_out);
  RUN(test_numbers_that_are_not_finite_are_counted_and_left_out);
  RUN(test_further_curves_may_fail_alone);
  RUN(test_malformed_records_are_refused);
  RUN(test_malformed_curves_are_refused);
  RUN(test_malformed_structures_are_refused);
  RUN(test_unreadable_file);
  RUN(test_resampling_keeps_points_tail_and_end);
  RUN(test_second_edge_follows_from_the_first);
  RUN(test_broadening_is_a_lorentzian);
  RUN(test_curve_of_another_edge_is_refused);
  RUN(test_made_edges_of_the_simulations_are_good);
  return CHECK_REPORT();
}
