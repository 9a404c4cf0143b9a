/* test_simulated_file.c - tables of simulated compounds: written, read again, and refused when they are something else */
#include "check.h"
#include "match/simulated.h"
#include "edge_model.h"
#include "match/candidate.h"
#include "records_make.h"
#include "crystal/oxidation.h"

#include <math.h>
#include <string.h>

static const cuxas_simulated_origin ORIGIN = {"FEFF10", "made for this test", "0123abcd"};
static const char                   PATH[] = "test_simulated_one.csv";

/* A compound with both channels, "one"; the caller frees both. */
static void make_library(const cuxas_model *model, cuxas_records **ret_records, cuxas_library **ret_library)
{
  static const char *const LINE[] = {"{\"id\":\"one\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE
                                     ",\"L3_screened\":" MADE_CURVE ",\"L2_screened\":" MADE_CURVE "}"};
  cuxas_error              err;
  CHECK_STATUS(read_lines("test_simulated.jsonl", LINE, 1, ret_records, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulated(*ret_records, model, ret_library, &err), CUXAS_OK);
}

static void write_table(const cuxas_library *library)
{
  cuxas_error err;
  FILE       *out = fopen(PATH, "w");
  CHECK_STATUS(cuxas_simulated_write(library, 0, &ORIGIN, out, &err), CUXAS_OK);
  fclose(out);
}

static cuxas_status read_table(const cuxas_model *model, char code[CUXAS_SIMULATED_CODE_SIZE],
                               cuxas_library **ret_library, cuxas_error *err)
{
  const char    *path = PATH;
  cuxas_catalog *catalog;
  cuxas_status   status = cuxas_catalog_list(&path, 1, false, &catalog, err);
  *ret_library          = NULL;
  if (status == CUXAS_OK) {
    status = cuxas_simulated_read(catalog, model, code, ret_library, err);
    cuxas_catalog_free(catalog);
  }
  remove(PATH);
  return status;
}

/* Curves of one level: the mean of two arrangements lies between them. */
static void test_arrangements_of_a_crystal_are_one_compound(void)
{
  static const char *const LINE[] = {"{\"id\":\"one~1of2\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE "}",
                                     "{\"id\":\"one~2of2\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE "}",
                                     "{\"id\":\"one~2ofx\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE "}"};
  cuxas_model             *model  = make_edge_model();
  cuxas_records           *records;
  cuxas_library           *library;
  cuxas_error              err;
  CHECK_STATUS(read_lines("test_arrangements.jsonl", LINE, 3, &records, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulated(records, model, &library, &err), CUXAS_OK);
  CHECK(cuxas_library_n_candidate(library) == 2);
  CHECK_TEXT(cuxas_library_name(library, 0), "one");
  CHECK_TEXT(cuxas_library_name(library, 1), "one~2ofx");
  CHECK_CONTAINS(library->slot[0].hit.warning[0], "the mean over arrangements");
  for (size_t i = 0; i < model->grid.n_energy; i++)
    CHECK(fabs(library->slot[0].curve.mu[0][i] - library->slot[1].curve.mu[0][i]) < 1e-12);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
}

/* Cu(II) among oxygen, moved by 2 eV: what the curve has at E stands at E + 2; unmoved for a table. */
static void test_sites_are_moved_by_their_state(void)
{
  static const char *const LINE[] = {"{\"id\":\"one\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE "}"};
  const double             weight = 1.0;
  const size_t             n_step = 10; /* of 0.2 eV */
  cuxas_model             *model  = make_edge_model();
  cuxas_records           *records;
  cuxas_candidate_curve    at_place, moved;
  cuxas_error              err;
  CHECK_STATUS(read_lines("test_moved.jsonl", LINE, 1, &records, &err), CUXAS_OK);
  const cuxas_record *record             = &records->record[0];
  model->edge[1].weight                  = 0.0; /* whose tail begins where its grid does */
  model->site_shift_eV[CUXAS_SHELL_HOLE] = (double)n_step * model->grid.step_eV;
  CHECK_STATUS(cuxas_simulated_curve(model, &record, &weight, 1, false, &at_place, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulated_curve(model, &record, &weight, 1, true, &moved, &err), CUXAS_OK);
  const size_t n    = model->edge[0].grid.n_energy; /* of the first edge alone: before the second begins */
  double       most = 0.0;
  for (size_t i = 0; i + n_step < n / 4; i++) {
    CHECK_NEAR(moved.mu[0][i + n_step], at_place.mu[0][i], 1e-9);
    most = fmax(most, fabs(moved.mu[0][i] - at_place.mu[0][i]));
  }
  CHECK(most > 1e-6);
  cuxas_candidate_curve_clear(&at_place);
  cuxas_candidate_curve_clear(&moved);
  cuxas_records_free(records);
  cuxas_model_free(model);
}

static void test_the_hole_that_is_mixed_is_projected_where_it_can_be(void)
{
  const double        none[2] = {1.0, 1.0}, screened[2] = {2.0, 2.0}, projected[2] = {3.0, 3.0};
  const double *const all[CUXAS_N_CHANNEL] = {none, screened, projected}, *const two[CUXAS_N_CHANNEL] = {none,
                                                                                                         screened};
  const double *const    one[CUXAS_N_CHANNEL] = {NULL, screened};
  cuxas_compare_settings fits = cuxas_compare_defaults(), fixed = cuxas_compare_defaults();
  const cuxas_grid       grid = {0.0, 1.0, 2};
  fits.fit_hole               = true;
  fixed.fit_hole              = false;
  fixed.hole_fraction         = 1.0;
  CHECK(cuxas_channels_pair(grid, all, &fits, true).no_hole == projected);
  CHECK(cuxas_channels_pair(grid, all, &fits, true).screened_hole == screened);
  CHECK(cuxas_channels_pair(grid, all, &fixed, true).no_hole == none);
  CHECK(cuxas_channels_pair(grid, two, &fits, true).no_hole == none);
  CHECK(cuxas_channels_pair(grid, one, &fits, true).no_hole == screened);
  CHECK(cuxas_channels_pair(grid, one, &fits, true).screened_hole == NULL);
}

static void test_what_is_written_is_read_again(void)
{
  cuxas_model   *model = make_edge_model();
  cuxas_records *records;
  cuxas_library *library, *again;
  cuxas_error    err;
  char           code[CUXAS_SIMULATED_CODE_SIZE];
  make_library(model, &records, &library);
  CHECK(cuxas_library_n_candidate(library) == 1);
  CHECK_TEXT(cuxas_library_name(library, 0), "one");
  write_table(library);
  CHECK_STATUS(read_table(model, code, &again, &err), CUXAS_OK);
  CHECK_TEXT(code, "FEFF10");
  CHECK_TEXT(cuxas_library_name(again, 0), "test_simulated_one");
  CHECK_TEXT(again->slot[0].hit.formula, library->slot[0].hit.formula);
  const cuxas_candidate_curve *curve = &again->slot[0].curve, *before = &library->slot[0].curve;
  CHECK(curve->grid.n_energy == before->grid.n_energy && curve->is_prediction);
  CHECK_NEAR(curve->grid.start_eV, 925.0, 1e-9);
  double worst = 0.0;
  for (int c = 0; c < CUXAS_N_CHANNEL; c++)
    for (size_t i = 0; i < curve->grid.n_energy && curve->mu[c] != NULL && before->mu[c] != NULL; i++)
      worst = fmax(worst, fabs(curve->mu[c][i] - before->mu[c][i]));
  CHECK(worst > 0.0 && worst < 0.6e-5); /* five decimals */
  cuxas_library_free(again);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
}

static void write_text(const char *text)
{
  FILE *out = fopen(PATH, "w");
  fputs(text, out);
  fclose(out);
}

static void test_another_step_is_interpolated(void)
{
  cuxas_model   *model = make_edge_model();
  cuxas_library *library;
  cuxas_error    err;
  char           code[CUXAS_SIMULATED_CODE_SIZE];
  write_text("# edges Cu L3 L2\nenergy_eV,no_hole\n930.1,0\n930.6,1\n931.1,2\n931.6,3\n");
  CHECK_STATUS(read_table(model, code, &library, &err), CUXAS_OK);
  CHECK_TEXT(code, "simulated");
  const cuxas_candidate_curve *curve = &library->slot[0].curve;
  CHECK_NEAR(curve->grid.start_eV, 930.2, 1e-9);
  CHECK(curve->grid.n_energy == 8 && curve->mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL);
  CHECK_NEAR(curve->mu[CUXAS_CHANNEL_NO_HOLE][3], 1.4, 1e-9); /* a straight line stays one */
  cuxas_library_free(library);
  cuxas_model_free(model);
}

static void test_what_is_no_such_table_is_refused(void)
{
  static const struct {
    const char  *text;
    cuxas_status status;
    const char  *message;
  } CASE[] = {
      {"energy_eV,no_hole\n930,0\n931,1\n932,2\n", CUXAS_EFORMAT, "no line \"# edges\""},
      {"# edges Fe L3 L2\nenergy_eV,no_hole\n700,0\n701,1\n702,2\n", CUXAS_EUNSUPPORTED, "edges Fe L3 L2"},
      {"# edges Cu L3 L2\nenergy_eV,mu\n930,0\n931,1\n932,2\n", CUXAS_EFORMAT, ":2: columns"},
      {"# edges Cu L3 L2\n", CUXAS_EFORMAT, ":2: columns"},
      {"# edges Cu L3 L2\nenergy_eV,no_hole\n930,0\n931,x\n932,2\n", CUXAS_EFORMAT, ":4: 2 finite"},
      {"# edges Cu L3 L2\nenergy_eV,no_hole\n930,0\n931\n932,2\n", CUXAS_EFORMAT, ":4: 2 finite"},
      {"# edges Cu L3 L2\nenergy_eV,no_hole\n930,0\n931,1\n", CUXAS_EFORMAT, "fewer than 3"},
      {"# edges Cu L3 L2\nenergy_eV,no_hole\n30,0\n931,1\n932,nan\n", CUXAS_EFORMAT, ":5: 2 finite"},
  };
  cuxas_model *model = make_edge_model();
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_library *library;
    cuxas_error    err;
    char           code[CUXAS_SIMULATED_CODE_SIZE];
    write_text(CASE[i].text);
    CHECK_STATUS(read_table(model, code, &library, &err), CASE[i].status);
    CHECK(strstr(err.message, CASE[i].message) != NULL);
    CHECK(library == NULL);
  }
  cuxas_model_free(model);
}

static void test_descending_energies_are_refused(void)
{
  cuxas_model   *model = make_edge_model();
  cuxas_library *library;
  cuxas_error    err;
  char           code[CUXAS_SIMULATED_CODE_SIZE];
  write_text("# edges Cu L3 L2\nenergy_eV,no_hole\n932,0\n931,1\n930,2\n");
  CHECK(read_table(model, code, &library, &err) != CUXAS_OK);
  cuxas_model_free(model);
}

static void test_a_catalog_of_structures_has_no_spectra(void)
{
  cuxas_model    *model = make_edge_model();
  cuxas_candidate only  = {.kind = CUXAS_CANDIDATE_STRUCTURE};
  cuxas_catalog   none  = {1, &only};
  cuxas_library  *library;
  cuxas_error     err;
  char            code[CUXAS_SIMULATED_CODE_SIZE];
  CHECK_STATUS(cuxas_simulated_read(&none, model, code, &library, &err), CUXAS_ERANGE);
  CHECK(library == NULL);
  cuxas_model_free(model);
}

static void test_a_compound_that_is_skipped_is_not_written(void)
{
  static const char *const LINE[] = {"{\"id\":\"half\"," MADE_CELL ",\"L3\":" MADE_CURVE "}"};
  cuxas_model             *model  = make_edge_model();
  cuxas_records           *records;
  cuxas_library           *library;
  cuxas_error              err;
  CHECK_STATUS(read_lines("test_simulated.jsonl", LINE, 1, &records, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulated(records, model, &library, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulated_write(library, 0, &ORIGIN, stdout, &err), CUXAS_EUNSUPPORTED);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
}

int main(void)
{
  RUN(test_arrangements_of_a_crystal_are_one_compound);
  RUN(test_sites_are_moved_by_their_state);
  RUN(test_the_hole_that_is_mixed_is_projected_where_it_can_be);
  RUN(test_what_is_written_is_read_again);
  RUN(test_another_step_is_interpolated);
  RUN(test_what_is_no_such_table_is_refused);
  RUN(test_descending_energies_are_refused);
  RUN(test_a_catalog_of_structures_has_no_spectra);
  RUN(test_a_compound_that_is_skipped_is_not_written);
  return CHECK_REPORT();
}
