/* Tests of EMSA/MAS files: both kinds of data, keywords as programs write them, and what is refused. */
#include "reading.h"

#define HEAD "#FORMAT      : EMSA/MAS Spectral Data File\n#VERSION     : 1.0\n#TITLE       : made by hand\n"
#define Y "#XUNITS      : eV\n#DATATYPE    : Y\n#XPERCHAN    : 1.0\n#OFFSET      : 930.0\n"
static const double MU[] = {0.5, 1.5, 1.0};

static void test_values_on_a_scale(void)
{
  reading result = read_words(HEAD "#NPOINTS     : 3.\n#NCOLUMNS    : 2.\n" Y "#SIGNALTYPE  : ELS\n#YLABEL: counts\n"
                                   "#SPECTRUM    : Spectral Data Starts Here\n0.5, 1.5,\n1.0,\n#ENDOFDATA   :\n",
                              NULL);
  check_points(&result, MU, 3);
  CHECK_TEXT(result.info->format, "msa");
  CHECK_TEXT(result.info->detection_mode, "EELS");
  CHECK_TEXT(result.info->column[1].name, "counts");
  CHECK(result.info->warnings.n_warning == 0);
  check_described(&result, "format      msa");
  check_described(&result, "detection   EELS");
  end_reading(&result);
}

static void test_pairs_of_energy_and_value(void)
{
  reading result = read_words(HEAD "#NPOINTS : 3\n#XUNITS : keV\n#DATATYPE : XY\n#SPECTRUM :\n"
                                   "0.930, 0.5\n0.931, 1.5\n0.932 1.0\n#ENDOFDATA :\n",
                              NULL);
  check_points(&result, MU, 3);
  CHECK(result.info->unit == CUXAS_UNIT_KEV && result.info->unit_from_header);
  end_reading(&result);
}

static void test_tabs_padding_case_and_units_in_keywords(void)
{
  reading result = read_words("#format\t:\tEMSA/MAS Spectral Data File\r\n#NPoints\t: 3\r\n  #XUNITS      \t: eV\r\n"
                              "#DataType    : Y\r\n#XPERCHAN  -eV : 1\r\n# OFFSET -eV\t: 9.30E+02\r\n"
                              "##SOMETHING  : else\r\n#SPECTRUM:\r\n0.5\t1.5\r\n1.0\r\n",
                              NULL);
  check_points(&result, MU, 3);
  end_reading(&result);
}

static void test_points_around_the_zero_loss_are_left_out(void)
{
  reading result =
      read_words(HEAD "#NPOINTS: 933\n#XUNITS: eV\n#DATATYPE: Y\n#XPERCHAN: 1\n#OFFSET: -2\n#SPECTRUM:\n", NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT); /* no numbers at all */
  end_reading(&result);
  result = read_words(HEAD "#NPOINTS: 5\n#XUNITS: eV\n#DATATYPE: Y\n#XPERCHAN: 465\n#OFFSET: -465\n#SPECTRUM:\n"
                           "9 9 1 2 3\n",
                      NULL);
  CHECK_STATUS(result.status, CUXAS_OK);
  CHECK(result.info != NULL && result.info->n_point == 3);
  CHECK_NEAR(result.spectrum->energy_eV[0], 465, 1e-9);
  CHECK_NEAR(result.spectrum->mu[0], 1, 1e-9);
  CHECK_CONTAINS(result.info->warnings.text[0], "2 points");
  end_reading(&result);
}

static void test_doubts_are_warnings(void)
{
  reading result = read_words(HEAD "#NPOINTS: 3\n" Y "#CHOFFSET: 4\n#SPECTRUM:\n0.5 1.5 1.0 0 0\n", NULL);
  check_points(&result, MU, 3);
  CHECK(result.info->warnings.n_warning == 2); /* CHOFFSET; more values than NPOINTS */
  end_reading(&result);
}

static void test_emitted_spectra_are_refused(void)
{
  check_refused("#FORMAT : EMSA/MAS Spectral Data File\n#NPOINTS : 3\n#XUNITS : keV\n#DATATYPE : Y\n#OFFSET : 0.93\n"
                "#XPERCHAN : 0.001\n#SIGNALTYPE : EDS\n#SPECTRUM :\n1, 2, 3,\n",
                NULL, CUXAS_EUNSUPPORTED, "#SIGNALTYPE EDS: a spectrum of what the sample sends out, no absorption");
}

static void test_malformed_files_are_refused(void)
{
  static const struct {
    const char  *text;
    cuxas_status status;
    const char  *part;
  } FILES[] = {
      {HEAD "#NPOINTS: 3\n" Y, CUXAS_EFORMAT, "no line #SPECTRUM"},
      {HEAD "#NPOINTS: 4\n" Y "#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "#NPOINTS says 4, but there are 3"},
      {HEAD Y "#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "#NPOINTS is missing"},
      {HEAD "#NPOINTS: many\n" Y "#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "scan:4: NPOINTS: 'many'"},
      {HEAD "#NPOINTS: 1e300\n" Y "#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "#NPOINTS"},
      {HEAD "#NPOINTS: -3\n" Y "#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "#NPOINTS"},
      {HEAD "#NPOINTS: 3\n" Y "#SPECTRUM:\n1 two 3\n", CUXAS_EFORMAT, "scan:10: 'two' is not a number"},
      {HEAD "#NPOINTS: 3\n" Y "#SPECTRUM:\n1 nan 3\n", CUXAS_ERANGE, "point 2"},
      {HEAD "#NPOINTS: 3\n#XUNITS: nm\n#DATATYPE: Y\n#SPECTRUM:\n1 2 3\n", CUXAS_EUNSUPPORTED, "neither eV nor keV"},
      {HEAD "#NPOINTS: 3\n#XUNITS: eV\n#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "no #DATATYPE"},
      {HEAD "#NPOINTS: 3\n#XUNITS: eV\n#DATATYPE: Y\n#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT, "#OFFSET"},
      {HEAD "#NPOINTS: 3\n#XUNITS: eV\n#DATATYPE: Y\n#XPERCHAN: 0\n#OFFSET: 9\n#SPECTRUM:\n1 2 3\n", CUXAS_EFORMAT,
       "#XPERCHAN"},
      {HEAD "#NPOINTS: 2\n#XUNITS: eV\n#DATATYPE: XY\n#SPECTRUM:\n930 1 931\n", CUXAS_EFORMAT, "odd count"},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
    check_refused(FILES[i].text, NULL, FILES[i].status, FILES[i].part);
}

int main(void)
{
  RUN(test_values_on_a_scale);
  RUN(test_pairs_of_energy_and_value);
  RUN(test_tabs_padding_case_and_units_in_keywords);
  RUN(test_points_around_the_zero_loss_are_left_out);
  RUN(test_doubts_are_warnings);
  RUN(test_emitted_spectra_are_refused);
  RUN(test_malformed_files_are_refused);
  return CHECK_REPORT();
}
