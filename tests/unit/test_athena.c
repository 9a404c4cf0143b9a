/* Tests of Athena projects: groups, Perl's quotes, and what is refused. */
#include "reading.h"

#define TITLE "# Athena project file -- Demeter version 0.9.26\n# This file created at 2023\n\n"
#define GROUP(LABEL, MORE, X, Y)                                                                                       \
  "$old_group = 'abcd';\n@args = ('annotation','','bkg_z','Cu','fft_edge','l3','label'," LABEL MORE ");\n"             \
  "@x = (" X ");\n@y = (" Y ");\n[record]   # create object\n\n"
#define X "'930.0','931.0','932.0'"
#define Y "'0.5','1.5','1'"
#define FIRST GROUP("'it\\'s (one), \\\\ more'", "", X, Y)
#define SECOND GROUP("\"CuO\"", ",'datatype','xanes'", "930, 931 ,932", "0.5,1.5,1")
#define END "@journal = ('x');\n\n1;\n"

static const double MU[] = {0.5, 1.5, 1.0};

static void test_groups_by_number_and_label(void)
{
  static const struct {
    const char *scan, *told;
  } ASKED[] = {{"1", "1 it's (one), \\ more"}, {"2", "2 CuO"}, {"cuo", "2 CuO"}, {"it's (one), \\ more", "1 it's"}};
  for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
    reading result = read_words(TITLE FIRST SECOND END, &(cuxas_measured_options){.scan = ASKED[i].scan});
    check_points(&result, MU, 3);
    if (result.status == CUXAS_OK) {
      CHECK_TEXT(result.info->format, "athena");
      CHECK_CONTAINS(result.info->scan, ASKED[i].told);
      CHECK_TEXT(result.info->element, "Cu");
      CHECK_TEXT(result.info->edge, "L3");
      CHECK(result.info->n_scan_in_file == 2);
      check_described(&result, "format      athena");
    }
    end_reading(&result);
  }
}

static void test_athenas_energy_shift_is_applied(void)
{
  reading result = read_words(TITLE GROUP("'a'", ",'bkg_eshift','-0.5'", "'930.5','931.5','932.5'", Y) END, NULL);
  check_points(&result, MU, 3);
  CHECK_CONTAINS(result.info->warnings.text[0], "shifted by -0.5 eV");
  end_reading(&result);
}

static void test_i0_is_a_column(void)
{
  reading result = read_words(TITLE "@x = (" X ");\n@y = ('1','3','2');\n@i0 = ('2','2','2');\n[record]\n",
                              &(cuxas_measured_options){.i0_column = "i0"});
  check_points(&result, MU, 3);
  end_reading(&result);
}

/* A project written as JSON: texts or numbers, strings that contradict nothing, groups without data beside them. */
static void test_projects_in_json(void)
{
#define JSON_GROUP(label, more)                                                                                        \
  "{\"args\": {\"label\": \"" label "\", \"bkg_z\": \"Cu\", \"fft_edge\": \"l3\"" more                                 \
  "},\n\"x\": [\"930.0\", \"931.0\", 932],\n"                                                                          \
  "\"y\": [\"0.5\", 1.5, \"1\"]}"
#define JSON_TITLE "{\"_____header1\": \"# Athena project file -- Demeter version 0.9.26\",\n\"journal\": [\"x\"],\n"
  reading result = read_words(JSON_TITLE "\"abcde\": " JSON_GROUP("a", "") "}\n", NULL);
  check_points(&result, MU, 3);
  if (result.info != NULL) {
    CHECK_TEXT(result.info->element, "Cu");
    CHECK_CONTAINS(result.info->scan, "1 a");
  }
  end_reading(&result);
  check_refused(JSON_TITLE "\"a\": " JSON_GROUP("a", "") ",\n\"b\": " JSON_GROUP("b", "") "}\n", NULL, CUXAS_EFORMAT,
                "2 groups, choose with --scan: 1 'a', 2 'b'");
  check_refused(JSON_TITLE "\"a\": {\"x\": [1, 2}", NULL, CUXAS_EFORMAT, "an Athena project in damaged JSON");
}

static void test_malformed_files_are_refused(void)
{
  check_refused(TITLE FIRST SECOND END, NULL, CUXAS_EFORMAT, "2 groups, choose with --scan: 1 'it's (one)");
  check_refused(TITLE FIRST SECOND END, &(cuxas_measured_options){.scan = "3"}, CUXAS_EFORMAT, "no such one");
  check_refused(TITLE SECOND SECOND END, &(cuxas_measured_options){.scan = "CuO"}, CUXAS_EFORMAT, "give the number");
  check_refused(TITLE END, NULL, CUXAS_EFORMAT, "no group with data");
  check_refused(TITLE "@args = ('label','a');\n@x = (" X ");\n@y = (" Y ");\n", NULL, CUXAS_EFORMAT,
                "without its end [record]");
  check_refused(TITLE "@x = (" X ");\n@y = ('0.5','1.5','1'\n[record]\n", NULL, CUXAS_EFORMAT,
                "scan:5: a list without");
  check_refused(TITLE "@x = (" X ");\n@y = ('0.5','1.5\n[record]\n", NULL, CUXAS_EFORMAT, "scan:5: a list without");
  check_refused(TITLE "@x = (" X ");\n@y = (0.5\n[record]\n", NULL, CUXAS_EFORMAT, "scan:5: a list without");
  check_refused(TITLE GROUP("'a'", "", X, "'0.5','x','1'"), NULL, CUXAS_EFORMAT, "item 2, 'x', is not a number");
  check_refused(TITLE GROUP("'a'", "", X, "'0.5','1'"), NULL, CUXAS_EFORMAT, "3 energies, but 2 values");
  check_refused(TITLE GROUP("'a'", "", X, "'0.5','inf','1'"), NULL, CUXAS_ERANGE, "point 2");
  check_refused(TITLE GROUP("'a'", ",'datatype','chi'", X, Y), NULL, CUXAS_EUNSUPPORTED, "chi(k)");
  check_refused(TITLE GROUP("'a'", ",'is_diff','1'", X, Y), NULL, CUXAS_EUNSUPPORTED, "a difference of two spectra");
  check_refused(TITLE GROUP("'a'", ",'datatype','diff'", X, Y), NULL, CUXAS_EUNSUPPORTED,
                "a difference of two spectra");
  check_refused(TITLE GROUP("'a'", ",'datatype','detector'", X, Y), NULL, CUXAS_EUNSUPPORTED, "a detector's counts");
  check_refused(TITLE GROUP("'a'", ",'bkg_eshift','x'", X, Y), NULL, CUXAS_EFORMAT, "bkg_eshift");
  check_refused(TITLE GROUP("'a'", "", "", ""), NULL, CUXAS_EFORMAT, "scan");
}

int main(void)
{
  RUN(test_groups_by_number_and_label);
  RUN(test_athenas_energy_shift_is_applied);
  RUN(test_i0_is_a_column);
  RUN(test_projects_in_json);
  RUN(test_malformed_files_are_refused);
  return CHECK_REPORT();
}
