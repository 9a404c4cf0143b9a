/* Tests of measured.h: how files of all sorts are understood, and what is refused. */
#include "cuxas/measured.h"
#include "base/text.h"
#include "spectrum/formats.h"
#include "cuxas/preprocess.h"

#include "check.h"

typedef struct {
  cuxas_status         status;
  cuxas_error          err;
  cuxas_spectrum      *spectrum;
  cuxas_measured_info *info;
} reading;

static reading read_bytes(const char *bytes, const cuxas_measured_options *options)
{
  reading    result = {0};
  cuxas_text text;
  result.status = cuxas_text_from_memory("scan.csv", bytes, strlen(bytes), &text, &result.err);
  if (result.status == CUXAS_OK)
    result.status = cuxas_measured_parse(&text, options, &result.spectrum, &result.info, &result.err);
  cuxas_text_free(&text);
  return result;
}

static void end_reading(reading *result)
{
  cuxas_spectrum_free(result->spectrum);
  cuxas_measured_info_free(result->info);
}

static size_t column_of(const reading *result, cuxas_column_role role)
{
  for (size_t i = 0; i < result->info->n_column; i++)
    if (result->info->column[i].role == role) return i + 1;
  return 0;
}

/* Reads and checks the three points 930, 931, 932 eV with mu 0.5, 1.5, 1.0; returns with the reading still open. */
static reading check_three_points(const char *bytes, const cuxas_measured_options *options)
{
  static const double ENERGY_EV[3] = {930, 931, 932}, MU[3] = {0.5, 1.5, 1.0};
  reading             result = read_bytes(bytes, options);
  if (result.status != CUXAS_OK) printf("    %s\n", result.err.message);
  CHECK(result.status == CUXAS_OK);
  if (result.status == CUXAS_OK) {
    CHECK(result.spectrum->n_point == 3 && result.info->n_point == 3);
    for (size_t i = 0; i < result.spectrum->n_point && i < 3; i++) {
      CHECK_NEAR(result.spectrum->energy_eV[i], ENERGY_EV[i], 1e-9);
      CHECK_NEAR(result.spectrum->mu[i], MU[i], 1e-12);
    }
  }
  return result;
}

static void test_every_layout_gives_the_same_points(void)
{
  static const struct {
    const char     *bytes;
    cuxas_delimiter delimiter;
    size_t          header_line, energy, signal;
  } FILES[] = {
      {"Energy (eV),Intensity\n930,0.5\n931,1.5\n932,1.0\n", CUXAS_DELIMITER_COMMA, 1, 1, 2},
      {"Energy (eV), Intensity\r\n930, 0.5\r\n931, 1.5\r\n932, 1.0\r\n", CUXAS_DELIMITER_COMMA, 1, 1, 2},
      {"\"Energy, eV\",\"Intensity\"\n\"930\",\"0.5\"\n\"931\",\"1.5\"\n\"932\",\"1\"\n", CUXAS_DELIMITER_COMMA, 1, 1,
       2},
      {"Energy\tmu\n930\t0.5\n931\t1.5\n932\t1.0", CUXAS_DELIMITER_TAB, 1, 1, 2},
      {"Energy;Norm\n930;0.5\n931;1.5\n932;1.0\n", CUXAS_DELIMITER_SEMICOLON, 1, 1, 2},
      {"energy;norm\n930,0;0,5\n931,0;1,5\n932,0;1,0\n", CUXAS_DELIMITER_SEMICOLON, 1, 1, 2},
      {"930,0 0,5\n931,0 1,5\n932,0 1,0\n", CUXAS_DELIMITER_BLANK, 0, 1, 2},
      {"930 0.5\n931 1.5\n932 1.0\n", CUXAS_DELIMITER_BLANK, 0, 1, 2},
      {"  9.30D+02   5.0E-01\n  9.31D+02   1.5E+00\n\n  9.32D+02   1.0E+00\n\n\n", CUXAS_DELIMITER_BLANK, 0, 1, 2},
      {"# scan of 2 samples\n# mu energy\n0.5 930\n1.5 931\n1.0 932\n", CUXAS_DELIMITER_BLANK, 2, 2, 1},
      {"Photon energy (eV)   Intensity (arb. units)\n930 0.5\n931 1.5\n932 1\n", CUXAS_DELIMITER_BLANK, 1, 1, 2},
      {"Energy\tSignal\neV\ta.u.\n930\t0.5\n931\t1.5\n932\t1.0\n", CUXAS_DELIMITER_TAB, 1, 1, 2},
      {"Beamline 6.3.1, June\nsample: Cu2O\n\nEnergy,TEY\n930,0.5\n931,1.5\n932,1\n", CUXAS_DELIMITER_COMMA, 4, 1, 2},
      {"# Column.1: energy eV\n# Column.2: mutrans\n#------\n930 0.5\n931 1.5\n932 1\n", CUXAS_DELIMITER_BLANK, 1, 1,
       2},
      {"energy,mu\n\"930,0\",\"0,5\"\n\"931,0\",\"1,5\"\n\"932,0\",\"1,0\"\n", CUXAS_DELIMITER_COMMA, 1, 1, 2},
      {"0.5,930\n1.5,931\n1,932\n", CUXAS_DELIMITER_COMMA, 0, 2, 1},
      {"time,mu,energy,sigma\n1,0.5,930,0.1\n2,1.5,931,0.1\n3,1,932,0.1\n", CUXAS_DELIMITER_COMMA, 1, 3, 2},
      {"Energy (eV),Intensity,,\n930,0.5,,spacing\n931,1.5,,0.01\n932,1,,\n,,,\n", CUXAS_DELIMITER_COMMA, 1, 1, 2},
      {"what,ever\n930,0.5\n931,1.5\n932,1\n", CUXAS_DELIMITER_COMMA, 1, 1, 2},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    const int before = check_n_failure;
    reading   result = check_three_points(FILES[i].bytes, NULL);
    if (result.status == CUXAS_OK) {
      CHECK(result.info->delimiter == FILES[i].delimiter);
      CHECK(result.info->header_line == FILES[i].header_line);
      CHECK(column_of(&result, CUXAS_COLUMN_ENERGY) == FILES[i].energy);
      CHECK(column_of(&result, CUXAS_COLUMN_SIGNAL) == FILES[i].signal);
    }
    if (check_n_failure > before) printf("    in layout %zu\n", i);
    end_reading(&result);
  }
}

static void test_decimal_commas_are_reported(void)
{
  reading result = check_three_points("E;mu\n930,0;0,5\n931,0;1,5\n932,0;1,0\n", NULL);
  CHECK(result.info != NULL && result.info->has_decimal_comma);
  end_reading(&result);
  result = check_three_points("E;mu\n930.0;0.5\n931.0;1.5\n932.0;1.0\n", NULL);
  CHECK(result.info != NULL && !result.info->has_decimal_comma);
  end_reading(&result);
}

static void test_units_come_from_header_or_numbers(void)
{
  static const struct {
    const char       *bytes;
    cuxas_energy_unit unit;
    bool              from_header;
    size_t            n_warning;
  } FILES[] = {
      {"Energy (eV),mu\n930,0.5\n931,1.5\n932,1\n", CUXAS_UNIT_EV, true, 0},
      {"Energy [keV],mu\n0.930,0.5\n0.931,1.5\n0.932,1\n", CUXAS_UNIT_KEV, true, 0},
      {"Energy,mu\n0.930,0.5\n0.931,1.5\n0.932,1\n", CUXAS_UNIT_KEV, false, 0},
      {"Energy,mu\n930,0.5\n931,1.5\n932,1\n", CUXAS_UNIT_EV, false, 0},
      {"Energy (eV),mu\n0.930,0.5\n0.931,1.5\n0.932,1\n", CUXAS_UNIT_KEV, false, 1}, /* the header is wrong */
      {"Energy (keV),mu\n930,0.5\n931,1.5\n932,1\n", CUXAS_UNIT_EV, false, 1},
      {"Energy,mu\nkeV,-\n0.930,0.5\n0.931,1.5\n0.932,1\n", CUXAS_UNIT_KEV, true, 0}, /* a line of units */
  };
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    reading result = check_three_points(FILES[i].bytes, NULL);
    CHECK(result.info != NULL && result.info->unit == FILES[i].unit);
    CHECK(result.info != NULL && result.info->unit_from_header == FILES[i].from_header);
    CHECK(result.info != NULL && result.info->warnings.n_warning == FILES[i].n_warning);
    end_reading(&result);
  }
}

static void test_options_name_columns(void)
{
  static const char *const            MANY   = "Energy (eV),a,b,flux\n930,1,7,2\n931,3,7,2\n932,2,7,2\n";
  static const cuxas_measured_options SAME[] = {
      {.signal_column = "a", .i0_column = "flux"},
      {.signal_column = "2", .i0_column = "4"},
      {.energy_column = "energy", .signal_column = "A", .i0_column = "FLUX"}, /* bracket and case do not matter */
      {.energy_column = "Energy (eV)", .signal_column = "a", .i0_column = "4"},
  };
  for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
    reading result = check_three_points(MANY, &SAME[i]);
    CHECK(result.info != NULL && column_of(&result, CUXAS_COLUMN_I0) == 4);
    end_reading(&result);
  }
  const cuxas_measured_options i0_of_three = {.i0_column = "3"};
  reading                      result      = check_three_points("930 1 2\n931 3 2\n932 2 2\n", &i0_of_three);
  end_reading(&result);
}

static void test_invert_changes_the_sign_after_division(void)
{
  const cuxas_measured_options options = {.i0_column = "i0", .invert = true};
  reading                      result  = check_three_points("energy,it,i0\n930,-1,2\n931,-3,2\n932,-2,2\n", &options);
  CHECK(result.info != NULL && result.info->is_inverted);
  end_reading(&result);
}

static void test_i0_is_never_divided_by_unasked(void)
{
  reading result = check_three_points("energy,tey,i0\n930,0.5,2\n931,1.5,2\n932,1,2\n", NULL);
  CHECK(result.info != NULL && result.info->warnings.n_warning == 1);
  if (result.info != NULL) CHECK_CONTAINS(result.info->warnings.text[0], "--i0 3");
  end_reading(&result);
}

static void test_names_over_the_wrong_columns_are_refused(void)
{
  char text[4096] = "TEY,energy\n";
  for (int i = 0; i < 60; i++)
    sprintf(text + strlen(text), "%.1f,%d\n", 925 + 0.5 * i, 700 + (i * 37) % 61); /* energies under "TEY" */
  reading result = read_bytes(text, NULL);
  CHECK(result.status == CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "column 2 'energy' goes to and fro, column 1 'TEY' rises like energies");
  end_reading(&result);
  result = read_bytes(text, &(cuxas_measured_options){.energy_column = "1", .signal_column = "2"});
  CHECK(result.status == CUXAS_OK);
  end_reading(&result);
}

static void test_ambiguous_or_unknown_columns_are_refused(void)
{
  static const struct {
    const char            *bytes;
    cuxas_measured_options options;
    const char            *reason;
  } FILES[] = {
      {"energy,norm,flat\n930,1,2\n931,2,3\n932,3,4\n", {0}, "2 columns could be the signal"},
      {"930,1,2\n931,2,3\n932,3,4\n", {0}, "2 columns could be the signal"},
      {"energy,energy (eV),mu\n930,930,1\n931,931,2\n", {0}, "2 columns could be the energy"},
      {"energy,time\n930,1\n931,2\n", {0}, "no column looks like the signal"},
      {"1,0.5\n2,1.5\n30,1\n", {0}, "no column looks like energies"},
      {"energy,mu\n930,1\n931,2\n", {.signal_column = "nu"}, "no column has this name"},
      {"energy,mu\n930,1\n931,2\n", {.signal_column = "3"}, "there is no such column"},
      {"energy,mu\n930,1\n931,2\n", {.signal_column = "0"}, "there is no such column"},
      {"energy,mu,mu\n930,1,1\n931,2,2\n", {.signal_column = "mu"}, "several columns have this name"},
      {"energy,mu\n930,1\n931,2\n", {.energy_column = "1", .signal_column = "1"}, "both energy and signal"},
      {"energy,mu\n930,1\n931,2\n", {.i0_column = "1", .signal_column = "2"}, "cannot be I0 as well"},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    reading result = read_bytes(FILES[i].bytes, &FILES[i].options);
    CHECK(result.status == CUXAS_EFORMAT);
    CHECK_CONTAINS(result.err.message, FILES[i].reason);
    CHECK_CONTAINS(result.err.message, "scan.csv: ");
    CHECK_CONTAINS(result.err.message, "--energy-column, --signal, --i0");
    CHECK(result.spectrum == NULL && result.info == NULL);
    end_reading(&result);
  }
  reading result = read_bytes(FILES[0].bytes, NULL);
  CHECK_CONTAINS(result.err.message, "1 'energy', 2 'norm', 3 'flat'");
  end_reading(&result);
}

static void test_bad_cells_name_file_and_line(void)
{
  static const struct {
    const char  *bytes;
    cuxas_status status;
    const char  *message;
  } FILES[] = {
      {"energy,mu\n930,1\n931,nan\n", CUXAS_ERANGE, "scan.csv:3: column 2 'mu': 'nan' is not a finite number"},
      {"energy,mu\n930,1\ninf,1\n", CUXAS_ERANGE, "scan.csv:3: column 1 'energy': 'inf' is not a finite number"},
      {"energy,mu\n930,1\n931,1e999\n", CUXAS_ERANGE, "'1e999' is not a finite number"},
      {"energy,mu\n930,1\n931,two\n932,3\n", CUXAS_EFORMAT, "scan.csv:3: column 2 'mu': 'two' is not a number"},
      {"energy,mu\n930,1\n931,\n932,3\n", CUXAS_EFORMAT, "scan.csv:3: column 2 'mu': '' is not a number"},
      {"energy,mu\n930,1\n931\n932,3\n", CUXAS_EFORMAT, "scan.csv:3: column 2"},
      {"energy,mu\n-2,1\n-1,2\n0,3\n", CUXAS_ERANGE, "scan.csv:2: column 1 'energy': '-2' is not a photon energy"},
      {"energy mu\n930 1\n931 ******\n932 2\n", CUXAS_EFORMAT, "scan.csv:3:"},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    reading result = read_bytes(FILES[i].bytes, NULL);
    CHECK(result.status == FILES[i].status);
    CHECK_CONTAINS(result.err.message, FILES[i].message);
    end_reading(&result);
  }
  const cuxas_measured_options with_i0 = {.i0_column = "i0"};
  reading                      result  = read_bytes("energy,mu,i0\n930,1,5\n931,1,0\n932,1,5\n", &with_i0);
  CHECK(result.status == CUXAS_ERANGE);
  CHECK_CONTAINS(result.err.message, "scan.csv:3: column 3 'i0': '0' is no I0");
  end_reading(&result);
}

static void test_bad_cells_elsewhere_do_not_matter(void)
{
  reading result = check_three_points("energy,mu,chi\n930,0.5,nan\n931,1.5,***\n932,1,\n", NULL);
  end_reading(&result);
}

static void test_what_is_no_table_is_refused(void)
{
  static const char *const BYTES[] = {"", "\n\n", "energy,mu\n", "hello world\n", "1\n2\n3\n", "# 930 1\n# 931 2\n"};
  for (size_t i = 0; i < sizeof BYTES / sizeof BYTES[0]; i++) {
    reading result = read_bytes(BYTES[i], NULL);
    CHECK(result.status == CUXAS_EFORMAT);
    CHECK_CONTAINS(result.err.message, "scan.csv: no table of numbers");
    end_reading(&result);
  }
  reading result = read_bytes("energy,mu\n930,1\n", NULL);
  CHECK(result.status == CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "fewer than two points");
  end_reading(&result);
}

static void test_a_line_of_too_many_cells_is_refused(void)
{
  char bytes[4200] = "930,1\n931,";
  memset(bytes + strlen(bytes), ',', 4000);
  reading result = read_bytes(bytes, NULL);
  CHECK(result.status == CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "scan.csv:2: more than 1000 columns");
  end_reading(&result);
}

static void test_footers_and_remarks_are_skipped_and_counted(void)
{
  reading result =
      check_three_points("energy,mu,note\n930,0.5,a\n,,only a note\n931,1.5,b\n932,1,\nend of scan\n,,\n\n", NULL);
  CHECK(result.info != NULL && result.info->n_skipped == 3 && result.info->first_skipped_line == 3);
  end_reading(&result);
}

static void test_negative_counts_are_accepted(void)
{
  reading result = read_bytes("energy loss (eV),counts\n930,-5\n931,-2\n932,10\n", NULL);
  CHECK(result.status == CUXAS_OK);
  if (result.spectrum != NULL) CHECK_NEAR(result.spectrum->mu[0], -5, 0);
  end_reading(&result);
}

static void test_order_steps_and_duplicates_are_reported(void)
{
  reading result = read_bytes("932 1\n931 2\n930.5 2\n930 1\n", NULL);
  CHECK(result.info != NULL && result.info->order == CUXAS_ORDER_DESCENDING);
  end_reading(&result);

  result = read_bytes("energy mu\n930 0.5\n932 1\n931 2\n931 2.5\n931.0000000001 3\n940 1\n", NULL);
  CHECK(result.info != NULL);
  if (result.info != NULL) {
    CHECK(result.info->order == CUXAS_ORDER_UNSORTED);
    CHECK(result.info->n_duplicate == 2);
    CHECK_NEAR(result.info->min_eV, 930, 0);
    CHECK_NEAR(result.info->max_eV, 940, 0);
    CHECK_NEAR(result.info->min_step_eV, 1, 1e-6);
    CHECK_NEAR(result.info->median_step_eV, 1, 1e-6);
    CHECK_NEAR(result.info->max_step_eV, 8, 1e-6);
    CHECK_NEAR(result.spectrum->energy_eV[1], 932, 0); /* as in the file */
  }
  end_reading(&result);
}

static void test_feff_output_is_recognised(void)
{
  reading result = check_three_points("# Cu   FEFF 10.0.0\n#  xsedge+ 50, used to normalize mu  6.7E-03\n"
                                      "#  omega    e    k    mu    mu0     chi     @#\n"
                                      "  930.0  -2.0  -1.1  5.0E-01  0.1  -1.0E-03\n"
                                      "  931.0  -1.0   0.0  1.5E+00  0.1  -1.0E-03\n"
                                      "  932.0   0.0   0.3  1.0E+00  0.1  -1.0E-03\n",
                                      NULL);
  CHECK(result.info != NULL && result.info->is_feff);
  CHECK(result.info != NULL && result.info->n_comment == 3);
  end_reading(&result);
}

static void test_description_says_what_was_found(void)
{
  reading result = read_bytes("\xef\xbb\xbf"
                              "Energy (keV);TEY;I0\n0.932;1;5\n0.931;2;5\n0.931;3;5\n0.930;1;5\nend\n",
                              NULL);
  CHECK(result.info != NULL);
  if (result.info != NULL) {
    char *text = cuxas_measured_describe(result.info);
    CHECK_CONTAINS(text, "scan.csv");
    CHECK_CONTAINS(text, "semicolon-separated, byte-order mark");
    CHECK_CONTAINS(text, "in keV (from the header), 930.00 to 932.00 eV, descending");
    CHECK_CONTAINS(text, "4, 1 with an energy that occurred before; 1 lines without numbers skipped");
    CHECK_CONTAINS(text, "warning     column 3 'I0' looks like");
    free(text);
  }
  end_reading(&result);
}

static void test_missing_file_is_an_io_error(void)
{
  cuxas_spectrum *spectrum = NULL;
  cuxas_error     err;
  CHECK_STATUS(cuxas_measured_read("no/such/file.csv", NULL, &spectrum, NULL, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "no/such/file.csv: cannot open");
}

/* -- the digitised curves of the literature, as they are -- */

static void test_literature_curves_load_as_they_are(void)
{
  static const struct {
    const char        *name;
    size_t             n_point, n_column;
    double             min_eV, max_eV;
    cuxas_energy_order order;
    bool               has_bom;
  } CURVES[] = {
      {"Cu", 1585, 2, 920.0, 999.2, CUXAS_ORDER_ASCENDING, false},
      {"Cu2O", 7760, 5, 913.7958, 999.3774, CUXAS_ORDER_UNSORTED, false},
      {"CuO", 10805, 4, 914.0176, 999.6035, CUXAS_ORDER_UNSORTED, false},
      {"Cu2S", 819, 2, 929.0, 969.9, CUXAS_ORDER_ASCENDING, false},
      {"CuS", 811, 2, 929.0, 969.5, CUXAS_ORDER_ASCENDING, false},
      {"CuFeS2", 819, 2, 929.0, 969.9, CUXAS_ORDER_ASCENDING, false},
      {"LaCuOS", 5461, 2, 925.4, 980.0, CUXAS_ORDER_ASCENDING, false},
      {"LaCuOSe", 5492, 2, 925.09, 980.0, CUXAS_ORDER_ASCENDING, false},
      {"LaCuOTe", 5460, 2, 925.41, 980.0, CUXAS_ORDER_ASCENDING, false},
      {"ZrCuSiAs", 963, 2, 921.8, 973.0, CUXAS_ORDER_ASCENDING, true},
      {"ZrCuSiP", 4549, 2, 923.2, 973.0, CUXAS_ORDER_ASCENDING, false},
  };
  const cuxas_grid lattice = {925.0, 0.2, 412};
  for (size_t i = 0; i < sizeof CURVES / sizeof CURVES[0]; i++) {
    char name[64];
    snprintf(name, sizeof name, "literature/%s.csv", CURVES[i].name);
    char *path = shared_data(name);
    if (path == NULL) SKIP("no shared data");

    reading result = {0};
    CHECK_STATUS(cuxas_measured_read(path, NULL, &result.spectrum, &result.info, &result.err), CUXAS_OK);
    if (result.info != NULL) {
      CHECK(result.info->n_point == CURVES[i].n_point && result.info->n_skipped == 0);
      CHECK(result.info->n_column == CURVES[i].n_column);
      CHECK(result.info->unit == CUXAS_UNIT_EV && result.info->unit_from_header);
      CHECK(result.info->order == CURVES[i].order);
      CHECK(result.info->has_bom == CURVES[i].has_bom);
      CHECK_NEAR(result.info->min_eV, CURVES[i].min_eV, 1e-3);
      CHECK_NEAR(result.info->max_eV, CURVES[i].max_eV, 1e-3);
      CHECK(result.info->pedestal_fraction > 0 && result.info->pedestal_fraction < 0.72);

      cuxas_prepared *prepared = NULL;
      CHECK_STATUS(cuxas_preprocess_measured(result.spectrum, path, lattice, NULL, &prepared, &result.err), CUXAS_OK);
      if (prepared != NULL) {
        CHECK(prepared->grid.start_eV >= CURVES[i].min_eV - 1e-6 && prepared->grid.start_eV >= 925.0 - 1e-9);
        CHECK(cuxas_grid_end_eV(prepared->grid) <= CURVES[i].max_eV + 1e-3);
      }
      cuxas_prepared_free(prepared);
    }
    end_reading(&result);
    free(path);
  }
}

int main(void)
{
  RUN(test_every_layout_gives_the_same_points);
  RUN(test_decimal_commas_are_reported);
  RUN(test_units_come_from_header_or_numbers);
  RUN(test_options_name_columns);
  RUN(test_invert_changes_the_sign_after_division);
  RUN(test_i0_is_never_divided_by_unasked);
  RUN(test_names_over_the_wrong_columns_are_refused);
  RUN(test_ambiguous_or_unknown_columns_are_refused);
  RUN(test_bad_cells_name_file_and_line);
  RUN(test_bad_cells_elsewhere_do_not_matter);
  RUN(test_what_is_no_table_is_refused);
  RUN(test_a_line_of_too_many_cells_is_refused);
  RUN(test_footers_and_remarks_are_skipped_and_counted);
  RUN(test_negative_counts_are_accepted);
  RUN(test_order_steps_and_duplicates_are_reported);
  RUN(test_feff_output_is_recognised);
  RUN(test_description_says_what_was_found);
  RUN(test_missing_file_is_an_io_error);
  RUN(test_literature_curves_load_as_they_are);
  return CHECK_REPORT();
}
