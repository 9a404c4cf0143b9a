/* Tests of XDI files: fields, warnings, and what is refused. */
#include "reading.h"
#include "spectrum/formats.h"

#define DATA "930.0 0.5 1\n931.0 1.5 1\n932.0 1.0 1\n"
static const double MU[] = {0.5, 1.5, 1.0};

static void test_fields_are_read(void)
{
  reading result =
      read_words("# XDI/1.0 GSE/1.0\n# Column.1: energy eV\n# Column.2: mutrans\n# Column.3: i0\n"
                 "# element.SYMBOL : Fe\n# Element.symbol: Cu\n# Element.edge: L3\n# Scan.mode: TEY, drain\n"
                 "# ///\n# Element.symbol: not a field here\n#---\n# energy mutrans i0\n" DATA,
                 NULL);
  check_points(&result, MU, 3);
  CHECK_TEXT(result.info->format, "xdi");
  CHECK_TEXT(result.info->element, "Cu"); /* the last one counts; names have no case; comments are no fields */
  CHECK_TEXT(result.info->edge, "L3");
  CHECK_TEXT(result.info->detection_mode, "TEY, drain");
  CHECK(result.info->unit_from_header);
  check_described(&result, "format      xdi");
  check_described(&result, "absorber    Cu L3");
  end_reading(&result);
}

static void test_detection_is_what_the_user_says_then_the_file_then_the_signal(void)
{
  const cuxas_measured_options pfy = {.detection = "PFY"}, tey = {.detection = "TEY"};
  const char *const            words = "# XDI/1.0\n# Detector.mode: Total electron yield\n# Column.1: energy eV\n"
                                       "# Column.2: tfy\n# ---\n930 0.5\n931 1.5\n932 1.0\n";
  const char *const            plain = "energy,tfy\n930,0.5\n931,1.5\n932,1.0\n";
  reading file = read_words(words, NULL), same = read_words(words, &tey), other = read_words(words, &pfy),
          signal = read_words(plain, NULL), user = read_words(plain, &tey),
          flux =
              read_words("energy,sample\n930,0.5\n931,0.6\n932,0.4\n", &(cuxas_measured_options){.transmission = true});
  CHECK_TEXT(file.info->detection_mode, "Total electron yield");
  CHECK_TEXT(same.info->detection_mode, "TEY");
  CHECK_TEXT(other.info->detection_mode, "PFY");
  CHECK(same.info->warnings.n_warning == file.info->warnings.n_warning);
  CHECK(other.info->warnings.n_warning == file.info->warnings.n_warning + 1); /* the file says otherwise */
  CHECK_TEXT(signal.info->detection_mode, "TFY");
  CHECK_TEXT(user.info->detection_mode, "TEY");
  CHECK_TEXT(flux.info->detection_mode, "transmission");
  end_reading(&file);
  end_reading(&same);
  end_reading(&other);
  end_reading(&signal);
  end_reading(&user);
  end_reading(&flux);
}

static void test_units_of_columns_count(void)
{
  reading result = read_words("# XDI/1.0\n# Element.symbol: Cu\n# Element.edge: L3\n# Column.1: energy keV\n"
                              "# Column.2: mufluor\n# ---\n0.930 0.5\n0.931 1.5\n0.932 1.0\n",
                              NULL);
  check_points(&result, MU, 3);
  CHECK_TEXT(result.info->detection_mode, "fluorescence"); /* from the signal's name */
  end_reading(&result);
}

static void test_missing_required_fields_are_warnings(void)
{
  reading result = read_words("# XDI/1.0\n# ---\n# energy mu x\n" DATA, NULL);
  check_points(&result, MU, 3);
  CHECK(result.info->warnings.n_warning == 2);
  CHECK_CONTAINS(result.info->warnings.text[0], "Element.symbol");
  CHECK_CONTAINS(result.info->warnings.text[1], "Element.edge");
  end_reading(&result);
}

static void test_another_absorber_is_a_warning(void)
{
  static const char *const EDGES[] = {"L3", "L2"};
  static const struct {
    const char *element, *edge;
    size_t      n_warning;
  } FILES[] = {{"Cu", "L3", 0}, {"cu", "l2", 0}, {"Cu", "L", 0}, {"Cu", "L2,3", 0},
               {"Ni", "L3", 1}, {"Cu", "K", 1},  {"Ni", "K", 2}};
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    char text[300];
    snprintf(text, sizeof text, "# XDI/1.0\n# Element.symbol: %s\n# Element.edge: %s\n# ---\n# energy mu x\n" DATA,
             FILES[i].element, FILES[i].edge);
    reading result = read_words(text, NULL);
    check_points(&result, MU, 3);
    cuxas_measured_expect(result.info, "Cu", EDGES, 2);
    CHECK(result.info->warnings.n_warning == FILES[i].n_warning);
    end_reading(&result);
  }
}

static void test_malformed_files_are_refused(void)
{
  check_refused("# XDI/2.0\n# ---\n" DATA, NULL, CUXAS_EUNSUPPORTED, "scan:1: XDI version '2.0'");
  check_refused("# XDI/1.0\n# Element.symbol: Cu\n" DATA, NULL, CUXAS_EFORMAT, "without its end");
  check_refused("# XDI/1.0\n# Column.1: angle degrees\n# Column.2: mu\n# ---\n13 1\n14 2\n", NULL, CUXAS_EUNSUPPORTED,
                "angles");
  check_refused("# XDI/1.0\n# ---\n# energy mu x\n930 1 1\n931 ? 1\n", NULL, CUXAS_EFORMAT, "scan:5: column 2");
  check_refused("# XDI/1.0\n# ---\n", NULL, CUXAS_EFORMAT, "no table");
  check_refused("# XDI/1.0", NULL, CUXAS_EFORMAT, "without its end");
  check_refused("# XDI/1.0\n# ---\n# energy mu x\n" DATA, &(cuxas_measured_options){.scan = "2"}, CUXAS_EFORMAT,
                "holds one spectrum");
  check_refused("# XDI/1.0\n# ---\n# energy mu x\n" DATA, &(cuxas_measured_options){.dataset = "/a"}, CUXAS_EFORMAT,
                "--dataset is for HDF5");
}

int main(void)
{
  RUN(test_fields_are_read);
  RUN(test_detection_is_what_the_user_says_then_the_file_then_the_signal);
  RUN(test_units_of_columns_count);
  RUN(test_missing_required_fields_are_warnings);
  RUN(test_another_absorber_is_a_warning);
  RUN(test_malformed_files_are_refused);
  return CHECK_REPORT();
}
