/* Tests of SPEC files: which scan, which labels, and what is refused. */
#include "reading.h"

#define FILE_HEAD "#F cu_edge\n#E 1700000000\n#D Sat Nov 18\n#O0 energy  gap\n\n"
#define SCAN_5                                                                                                         \
  "#S 5  ascan  energy 930 932 2 1\n#D now\n#N 4\n#L Energy  Seconds  I zero  TEY\n"                                   \
  "930 1 2 1\n931 1 2 3\n932 1 2 2\n"
#define SCAN_6                                                                                                         \
  "\n#S 6 ascan energy 930 932\n#N 3\n#L Energy  TEY  TFY\n@A 1 2 3\\\n 4 5 6\n930 0.5 7\n#C Sat aborted\n931 1.5 7\n" \
  "932 1 7\n"
#define SCAN_5_AGAIN "\n#S 5 ascan  energy\n#N 2\n#L energy\tTEY\n930 0.5\n931 1.5\n932 1\n"
#define EMPTY_SCAN "\n#S 7 ascan energy\n#N 2\n#L energy  TEY\n"

static const double MU[] = {0.5, 1.5, 1.0};

static void test_scans_by_number_and_label(void)
{
  static const struct {
    const char *scan, *i0, *told;
  } ASKED[] = {{"6", NULL, "6 ascan energy 930 932"},
               {"5", "I zero", "5 ascan  energy 930 932 2 1"},
               {"5.1", "3", "5 ascan"},
               {"5.2", NULL, "5.2 ascan"},
               {"ascan energy 930 932", NULL, "6 ascan"}};
  for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
    reading result =
        read_words(FILE_HEAD SCAN_5 SCAN_6 SCAN_5_AGAIN EMPTY_SCAN,
                   &(cuxas_measured_options){.scan = ASKED[i].scan, .signal_column = "TEY", .i0_column = ASKED[i].i0});
    check_points(&result, MU, 3);
    if (result.status == CUXAS_OK) {
      CHECK_TEXT(result.info->format, "spec");
      CHECK_CONTAINS(result.info->scan, ASKED[i].told);
      CHECK_TEXT(result.info->detection_mode, "TEY");
      CHECK(result.info->n_scan_in_file == 3); /* a scan without data is none */
      check_described(&result, "(3 in the file)");
    }
    end_reading(&result);
  }
}

static void test_a_single_scan_needs_no_number(void)
{
  reading result = read_words(FILE_HEAD SCAN_6, &(cuxas_measured_options){.signal_column = "TEY"});
  check_points(&result, MU, 3);
  end_reading(&result);
}

static void test_roles_are_never_guessed(void)
{
  check_refused(
      FILE_HEAD SCAN_5, NULL, CUXAS_EFORMAT,
      "scan 5: say which label is the signal with --signal (and --i0); labels: 'Energy', 'Seconds', 'I zero'");
  check_refused("#S 1 ascan\n#N 2\n#L mono pos  TEY\n930 1\n931 2\n", &(cuxas_measured_options){.signal_column = "TEY"},
                CUXAS_EFORMAT, "--energy-column; labels: 'mono pos', 'TEY'");
  reading result = read_words("#S 1 ascan\n#N 2\n#L mono pos  TEY\n930 0.5\n931 1.5\n932 1\n",
                              &(cuxas_measured_options){.signal_column = "TEY", .energy_column = "mono pos"});
  check_points(&result, MU, 3);
  end_reading(&result);
}

static void test_an_aborted_last_line_is_a_warning(void)
{
  reading result = read_words("#S 1 ascan\n#N 2\n#L energy  TEY\n930 0.5\n931 1.5\n932 1.0\n933\n",
                              &(cuxas_measured_options){.signal_column = "TEY"});
  check_points(&result, MU, 3);
  CHECK_CONTAINS(result.info->warnings.text[0], "line 7, the last of scan 1, is cut off");
  end_reading(&result);
}

static void test_malformed_files_are_refused(void)
{
  const cuxas_measured_options tey = {.signal_column = "TEY"};
  check_refused(FILE_HEAD SCAN_5 SCAN_6, &tey, CUXAS_EFORMAT, "2 scans, choose with --scan: 5 'ascan");
  check_refused(FILE_HEAD SCAN_5 SCAN_6, &(cuxas_measured_options){.scan = "9"}, CUXAS_EFORMAT, "'9': no such one");
  check_refused(FILE_HEAD EMPTY_SCAN, &tey, CUXAS_EFORMAT, "no scan with data");
  check_refused("#S 1 a\n930 1\n931 2\n#S 2 b\n#L energy  TEY\n930 1\n931 2\n",
                &(cuxas_measured_options){.signal_column = "TEY", .scan = "1"}, CUXAS_EFORMAT, "no line #L");
  check_refused("#S 1 a\n#L energy  energy_rbv  TEY\n930 930.4 1\n931 931.4 2\n932 932.4 1\n", &tey, CUXAS_EFORMAT,
                "2 columns could be the energy, 'energy' and 'energy_rbv'");
  check_refused("#S 1 a\n#L energy  TEY\n930 1\n931 2 3\n932 1\n", &tey, CUXAS_EFORMAT, "scan:4: 3 numbers for the 2");
  check_refused("#S 1 a\n#L energy  TEY\n930 1\n931\n932 1\n", &tey, CUXAS_EFORMAT, "scan:4: 1 numbers for the 2");
  check_refused("#S 1 a\n#L energy  TEY\n930 1\n931 x\n932 1\n", &tey, CUXAS_EFORMAT, "scan:4: column 2 'TEY': 'x'");
  check_refused("#S 1 a\n#L energy  TEY\n930 1\n931 nan\n932 1\n", &tey, CUXAS_ERANGE, "scan:4");
  check_refused("#S 1 a\n#L energy\n930\n931\n", &tey, CUXAS_EFORMAT, "1 labels");
  check_refused("#S 1 a\n#L energy  TEY\n930 1\n931 2\n", &(cuxas_measured_options){.signal_column = "TFY"},
                CUXAS_EFORMAT, "no column has this name");
}

int main(void)
{
  RUN(test_scans_by_number_and_label);
  RUN(test_a_single_scan_needs_no_number);
  RUN(test_roles_are_never_guessed);
  RUN(test_an_aborted_last_line_is_a_warning);
  RUN(test_malformed_files_are_refused);
  return CHECK_REPORT();
}
