/* Tests of tables as beamlines write them: what the columns are called, where the data begin, and what is refused rather
 * than guessed. All files are made up: an edge at 931 eV, 60 points of 0.75 eV. */
#include "reading.h"

enum { N_POINT = 60, ROOM = 16000 };

static double energy_of(int i)
{
  return 921.0 + 0.75 * i;
}

static double mu_of(double energy_eV)
{
  return 0.08 + 0.5 / (1 + exp(931 - energy_eV)) + 2 / (1 + pow((energy_eV - 931.2) / 0.6, 2));
}

/* What a cell of a made-up row holds. */
typedef enum { ENERGY, NEAR, OTHER_ENERGY, MU, I0, IT, INDEX, ONE, ANGLE } cell;

static double value_of(cell what, int i)
{
  const double mu = mu_of(energy_of(i));
  switch (what) {
  case ENERGY: return energy_of(i);
  case NEAR: return energy_of(i) + 0.01;
  case OTHER_ENERGY: return energy_of(i) - 26;
  case MU: return mu;
  case I0: return 5000;
  case IT: return 5000 * exp(-mu);
  case INDEX: return i + 1;
  case ONE: return 1;
  case ANGLE: return 13 - 0.01 * i;
  }
  return 0;
}

/* Header, then rows of these cells, then a tail; into text. */
static const char *make_text(char text[ROOM], const char *header, const char *separator, const cell *cells,
                             size_t n_cell, const char *tail)
{
  size_t n = (size_t)snprintf(text, ROOM, "%s", header);
  for (int i = 0; i < N_POINT; i++)
    for (size_t k = 0; k < n_cell; k++)
      n += (size_t)snprintf(text + n, ROOM - n, "%.10g%s", value_of(cells[k], i), k + 1 < n_cell ? separator : "\n");
  snprintf(text + n, ROOM - n, "%s", tail);
  return text;
}

#define CELLS(...) (const cell[]){__VA_ARGS__}, sizeof(const cell[]){__VA_ARGS__} / sizeof(cell)

/* Is the curve the made-up one, its energies and mu those of the columns meant? */
static void check_curve(const reading *result)
{
  if (result->status != CUXAS_OK) printf("    %s\n", result->err.message);
  CHECK_STATUS(result->status, CUXAS_OK);
  if (result->status != CUXAS_OK) return;
  CHECK(result->spectrum->n_point == N_POINT);
  for (size_t i = 0; i < result->spectrum->n_point; i++) {
    CHECK_NEAR(result->spectrum->energy_eV[i], energy_of((int)i), 1e-6);
    CHECK_NEAR(result->spectrum->mu[i], mu_of(energy_of((int)i)), 1e-5);
  }
}

static void test_columns_of_beamlines_are_found(void)
{
  static const struct {
    const char *what, *header, *separator;
    cell        cells[5];
    size_t      n_cell;
    const char *energy_name, *signal_name;
  } FILES[] = {
      {"fixed width, blanks inside names",
       "# Column Headings:\n#Mono Energy *    Scaler time *    I0               TEY\n",
       "   ",
       {ENERGY, ONE, I0, MU},
       4,
       "Mono Energy *",
       "TEY"},
      {"another line of words above",
       "# I0-a: 1.3/1.5  TEY-a: 2.2/7.2\n# Energy  preset time  I0-a  TEY-a\n",
       " ",
       {ENERGY, ONE, I0, MU},
       4,
       "Energy",
       "TEY-a"},
      {"names above their numbers",
       "   Energy    I0    Total yield\n",
       "      ",
       {ENERGY, I0, MU},
       3,
       "Energy",
       "Total yield"},
      {"quoted process variables",
       "#(1)\t\"Event-ID\"\t\"BL:Energy\"\t\"mono:Energy:fbk\"\t\"mcs:TEY\"\t\"mcs:I0\"\n",
       ", ",
       {ONE, ENERGY, NEAR, MU, I0},
       5,
       "BL:Energy",
       "mcs:TEY"},
      {"numbered list", "# 1: energy\n# 2: i0\n# 3: tey\n", " ", {ENERGY, I0, MU}, 3, "energy", "tey"},
      {"columns in words",
       "# Column 1 = Energy\n# Column 2 = I0\n# Column 3 = TEY\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "Energy",
       "TEY"},
      {"numbers before names", "# 1:energy 2:i0 3:tey\n", " ", {ENERGY, I0, MU}, 3, "energy", "tey"},
      {"FIO",
       "!\n%c\nscan of 3 samples\n%p\nENERGY = 921.0\n%d\n Col 1 ENERGY DOUBLE\n Col 2 I0 DOUBLE\n Col 3 TEY FLOAT\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "ENERGY",
       "TEY"},
      {"mda2ascii",
       "# Column Descriptions:\n#    1  [   Index      ]\n#    2  [1-D Positioner 1]  b:E, Mono Energy, TABLE, eV, "
       "b:E_RBV, , eV\n#    3  [1-D Detector   1]  b:s1, I0, counts\n#    4  [1-D Detector   2]  b:tey, TEY, \n"
       "\n# 1-D Scan Values\n",
       "\t",
       {INDEX, ENERGY, I0, MU},
       4,
       "Mono Energy (eV)",
       "TEY"},
      {"SRS",
       " &SRS\n SRSRUN=12345,SRSDAT=20200101,\n SRSTLE='sample, 3 of 4',\n &END\nenergy\tI0\ttey\n",
       "\t",
       {ENERGY, I0, MU},
       3,
       "energy",
       "tey"},
      {"SSRL",
       "  Data Collector 2.0\n  PTS:  60  COLS:  3\n Weights:\n  0.0  1.0  1.0\n Offsets:\n  0.0  0.0  3.0\n Data:\n"
       "Achieved Energy\nI0\nTEY\n\n",
       "  ",
       {ENERGY, I0, MU},
       3,
       "Achieved Energy",
       "TEY"},
      {"numbers of channels behind names",
       "# energy time 2 3 tey\n",
       " ",
       {ENERGY, ONE, ONE, I0, MU},
       5,
       "energy",
       "tey"},
      {"a comment in a comment", "# Element: Cu\n# # energy  i0  tey\n", " ", {ENERGY, I0, MU}, 3, "energy", "tey"},
      {"numbered behind a control sign",
       "#D today\n#C 1_Energy (eV) 2_i0 3_tey\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "Energy (eV)",
       "tey"},
      {"letters for names",
       "; Mono Energy drive val (E.VAL)\t = 9509.0\n; column labels:\n; P1 = {Energy} --> E.VAL\n; D1 = {I0} --> a\n"
       "; D2 = {TEY}  --> b\n;-----\n;  P1 D1 D2\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "Energy",
       "TEY"},
      {"a unit and a variable behind the name",
       "# Column.1: Energy eV || E.VAL\n# Column.2: I0 counts || a:b\n# Column.3: TEY counts || c:d\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "Energy eV",
       "TEY counts"},
      {"settings above",
       "Mono : SI(111) D= 3.13551\nSample: foil a\nEnergy I0 TEY\n",
       " ",
       {ENERGY, I0, MU},
       3,
       "Energy",
       "TEY"},
      {"XDAC",
       "XDAC V1.4  Datafile V1\nE0= 933.00\nSRB= -20 -5 10\nOffsets= 103.00 58.00 0.00\nGains= 8.00 9.00 7.00\n"
       "sample A\n-----------\n   Energy   I0   Ifp\n",
       "  ",
       {ENERGY, I0, MU},
       3,
       "Energy",
       "Ifp"},
      {"rows that R numbers", "\"energy\" \"i0\" \"tey\"\n", " ", {INDEX, ENERGY, I0, MU}, 4, "energy", "tey"},
      {"a unit between commas", "Energy, eV,Intensity\n", ",", {ENERGY, MU}, 2, "Energy", "Intensity"},
      {"headings behind a title", "# Column Headings: Energy I0 TEY\n", " ", {ENERGY, I0, MU}, 3, "Energy", "TEY"},
      {"names in single quotes",
       "'Energy [eV]'\t'Sample'\t'Mesh [pA]'\n",
       "\t",
       {ENERGY, MU, I0},
       3,
       "Energy [eV]",
       "Sample"},
      {"names with semicolons above blanks", "# Columns: Energy; I0; TEY\n", " ", {ENERGY, I0, MU}, 3, "Energy", "TEY"},
      {"SPEC's labels in a table", "#L Energy  I0  TEY\n", " ", {ENERGY, I0, MU}, 3, "Energy", "TEY"},
  };
  char text[ROOM];
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    const int before = check_n_failure;
    reading   result =
        read_words(make_text(text, FILES[i].header, FILES[i].separator, FILES[i].cells, FILES[i].n_cell, ""), NULL);
    check_curve(&result);
    for (size_t k = 0; result.info != NULL && k < result.info->n_column; k++) {
      if (result.info->column[k].role == CUXAS_COLUMN_ENERGY)
        CHECK_TEXT(result.info->column[k].name, FILES[i].energy_name);
      if (result.info->column[k].role == CUXAS_COLUMN_SIGNAL)
        CHECK_TEXT(result.info->column[k].name, FILES[i].signal_name);
    }
    if (check_n_failure > before) printf("    in %s\n", FILES[i].what);
    end_reading(&result);
  }
}

static void check_warned(const reading *result, const char *part)
{
  bool has = false;
  for (size_t i = 0; result->info != NULL && i < result->info->warnings.n_warning; i++)
    has |= strstr(result->info->warnings.text[i], part) != NULL;
  CHECK(has);
  if (!has) printf("    no warning '%s'\n", part);
}

static void test_transmitted_flux_is_no_absorption(void)
{
  char    text[ROOM];
  reading result = read_words(make_text(text, "energy i0 itrans\n", " ", CELLS(ENERGY, I0, IT), ""), NULL);
  check_curve(&result);
  check_warned(&result, "ln(i0/itrans)");
  CHECK(result.info != NULL && result.info->is_logarithm);
  end_reading(&result);

  result = read_words(make_text(text, "energy i0 ir it iff\n", " ", CELLS(ENERGY, I0, I0, IT, MU), ""),
                      &(cuxas_measured_options){.signal_column = "it"});
  check_curve(&result); /* i0 goes without saying */
  end_reading(&result);
  result = read_words(make_text(text, "energy i0 i1\n", " ", CELLS(ENERGY, I0, IT), ""),
                      &(cuxas_measured_options){.signal_column = "i1", .i0_column = "i0", .transmission = true});
  check_curve(&result);
  end_reading(&result);

  check_refused(make_text(text, "energy i0 ir it iff\n", " ", CELLS(ENERGY, I0, I0, IT, MU), ""), NULL, CUXAS_EFORMAT,
                "2 columns could be the signal; 'it' is a transmitted flux");
  check_refused(make_text(text, "energy,it\n", ",", CELLS(ENERGY, IT), ""), NULL, CUXAS_EFORMAT,
                "is a transmitted flux");
  check_refused(make_text(text, "energy,it\n", ",", CELLS(ENERGY, IT), ""),
                &(cuxas_measured_options){.signal_column = "it"}, CUXAS_EFORMAT, "is a transmitted flux");
  check_refused(make_text(text, "energy i0 i1\n", " ", CELLS(ENERGY, I0, IT), ""), NULL, CUXAS_EFORMAT,
                "a transmitted flux or a yield");
  check_refused(make_text(text, "energy,It/I0\n", ",", CELLS(ENERGY, IT), ""), NULL, CUXAS_EFORMAT, "a transmittance");
  check_refused("energy i0 it\n930 5 1\n931 5 0\n932 5 1\n", NULL, CUXAS_ERANGE, "scan:3: column 3 'it': '0' is no");
}

static void test_units_of_other_things_are_no_energies(void)
{
  char text[ROOM];
  check_refused(
      make_text(text, "# XDI/1.0\n# Column.1: x mm\n# Column.2: mutrans\n# ---\n", " ", CELLS(ENERGY, MU), ""), NULL,
      CUXAS_EUNSUPPORTED, "the unit of column 1 'x mm' is mm");
  check_refused(make_text(text, "wavelength (nm),mu\n", ",", CELLS(ENERGY, MU), ""), NULL, CUXAS_EUNSUPPORTED, "is nm");
  check_refused(make_text(text, "Energy (J),mu\n", ",", CELLS(ENERGY, MU), ""), NULL, CUXAS_EUNSUPPORTED, "is J");
  check_refused(make_text(text, "Energy,mu\nmeV,-\n", ",", CELLS(ENERGY, MU), ""), NULL, CUXAS_EUNSUPPORTED, "is meV");
  check_refused(make_text(text, "# Energy TEY\n# mm counts\n", " ", CELLS(ENERGY, MU), ""), NULL, CUXAS_EUNSUPPORTED,
                "is mm");
  check_refused(make_text(text, "position_mm,mu\n", ",", CELLS(ENERGY, MU), ""),
                &(cuxas_measured_options){.energy_column = "1"}, CUXAS_EUNSUPPORTED, "is mm");
  check_refused(make_text(text, "theta,mu\n", ",", CELLS(ANGLE, MU), ""), NULL, CUXAS_EFORMAT, "angles instead");
  check_refused("Energy,mu\n1.50e-16,1\n1.51e-16,2\n1.52e-16,1\n", NULL, CUXAS_ERANGE, "neither eV nor keV");
  check_refused(
      make_text(text,
                "  9809     KEK-PF  BL9A\n  Block      Init-Eng   final-Eng     Step/eV\n    1  8600. 8900.  10.\n"
                "    2  8900. 9000.   5.\n   Angle(c)  Angle(o)    time/s       1\n     Mode  0  0  1\n",
                "  ", CELLS(ANGLE, ANGLE, ONE, I0), ""),
      NULL, CUXAS_EFORMAT, "angles instead of energies");
}

/* Names that say what is neither absorption nor what it is formed from. */
static void test_what_is_no_absorption_is_refused(void)
{
  static const struct {
    const char *names, *reason;
  } FILES[] = {
      {"energy,ln(It/I0)\n", "falls where absorption rises"},
      {"energy,log(T)\n", "falls where absorption rises"},
      {"energy,I0/It\n", "is no logarithm"},
      {"energy,I0/TEY\n", "falls where absorption rises"},
      {"energy,polarisation\n", "no column looks like the signal"},
      {"energy,XMCD\n", "no column looks like the signal"},
      {"energy,dmu/dE\n", "no column looks like the signal"},
      {"energy,Atten Length (microns)\n", "no column looks like"},
      {"energy,%T\n", "is a transmittance"},
      {"energy,T\n", "no column looks like the signal"},
      {"energy,LH-LV\n", "'LH-LV' is no absorption by its name"},
      {"energy,mu+ - mu-\n", "'mu+ - mu-' is no absorption"},
      {"energy,A - B\n", "'A - B' is no absorption"},
      {"energy,before-after\n", "is no absorption by its name"},
      {"energy,XNLD\n", "is no absorption by its name"},
      {"energy,asymmetry\n", "is no absorption by its name"},
      {"energy,CD\n", "is no absorption by its name"},
      {"energy,second derivative\n", "is no absorption by its name"},
      {"energy,TFY_std\n", "is no absorption by its name"},
      {"energy,theory\n", "is no absorption by its name"},
      {"energy,f1\n", "is no absorption by its name"},
      {"energy,phase shift\n", "is no absorption by its name"},
      {"energy,EXAFS chi\n", "is no absorption by its name"},
      {"energy,-TEY\n", "with --invert its negative"},
  };
  char text[ROOM];
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
    check_refused(make_text(text, FILES[i].names, ",", CELLS(ENERGY, IT), ""), NULL, CUXAS_EFORMAT, FILES[i].reason);
  reading result = read_words(make_text(text, "energy,-ln(It/I0)\n", ",", CELLS(ENERGY, MU), ""), NULL);
  check_curve(&result);
  end_reading(&result);
  static const char *const TAKEN[] = {"energy,ln(I0/It)\n", "energy,CuO-annealed\n", "energy,e-yield\n",
                                      "energy,TEY - 2nd sample\n", "energy,1/PFY\n"};
  for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++) {
    result = read_words(make_text(text, TAKEN[i], ",", CELLS(ENERGY, MU), ""), NULL);
    check_curve(&result);
    end_reading(&result);
  }
}

/* A yield or what went through the sample: the name does not say. What is divided already is not divided again. */
static void test_detectors_beside_a_flux_are_asked_about(void)
{
  static const char *const ASKED[]   = {"energy,I0,detector\n", "energy,Izero,I (photodiode)\n", "energy,I0,diode\n"};
  static const char *const DIVIDED[] = {"energy,I0,TEY/I0\n", "energy,I0,norm\n", "energy,I0,mu\n",
                                        "energy,I0,ln(I0/I1)\n"};
  char                     text[ROOM];
  for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
    check_refused(make_text(text, ASKED[i], ",", CELLS(ENERGY, I0, IT), ""), NULL, CUXAS_EFORMAT,
                  "with --transmission");
    reading result = read_words(text, &(cuxas_measured_options){.transmission = true});
    check_curve(&result);
    end_reading(&result);
  }
  for (size_t i = 0; i < sizeof DIVIDED / sizeof *DIVIDED; i++) {
    reading result = read_words(make_text(text, DIVIDED[i], ",", CELLS(ENERGY, I0, MU), ""), NULL);
    check_curve(&result);
    for (size_t k = 0; result.info != NULL && k < result.info->warnings.n_warning; k++)
      CHECK(strstr(result.info->warnings.text[k], "looks like the incoming flux") == NULL);
    end_reading(&result);
  }
}

/* Electron spectrometers say what their energies are in the preamble. */
static void test_preambles_of_photoemission_are_refused(void)
{
  static const char *const PREAMBLES[][2] = {
      {"# Region: Cu 2p\n# Energy Axis: Binding Energy\n# energy counts\n",
       "scan:2: the energies are binding energies"},
      {"# Energy Axis: Kinetic\n# energy counts\n", "scan:1: the energies are kinetic energies"},
      {"[Region 1]\nEnergy Scale=Binding\n[Data 1]\n", "scan:2: the energies are binding energies"},
      {"Dimension 1 name=Kinetic Energy [eV]\n[Data 1]\n", "scan:1: the energies are kinetic energies"}};
  char text[ROOM];
  for (size_t i = 0; i < sizeof PREAMBLES / sizeof *PREAMBLES; i++)
    check_refused(make_text(text, PREAMBLES[i][0], " ", CELLS(ENERGY, MU), ""), NULL, CUXAS_EUNSUPPORTED,
                  PREAMBLES[i][1]);
  reading result = read_words(
      make_text(text, "# Energy Axis: Photon Energy\n# Energy scale: keV\n# energy mu\n", " ", CELLS(ENERGY, MU), ""),
      NULL);
  CHECK_STATUS(result.status, CUXAS_OK);
  end_reading(&result);
}

/* Points or commas between thousands: read where that is beyond doubt, else the line is told. */
static void test_thousands_are_read_or_told(void)
{
  char    text[ROOM], *end = text;
  reading result;
  end += sprintf(end, "Energie;TEY\n");
  for (int i = 0; i < 30; i++) end += sprintf(end, "%d,25;1.%03d,5\n", 930 + i, i);
  result = read_words(text, NULL);
  CHECK_STATUS(result.status, CUXAS_OK);
  if (result.status == CUXAS_OK) {
    CHECK_NEAR(result.spectrum->energy_eV[3], 933.25, 1e-9);
    CHECK_NEAR(result.spectrum->mu[3], 1003.5, 1e-9);
  }
  end_reading(&result);
  check_refused("Energy;TEY\n925.0;1,034\n925.2;1,035\n925.4;1,036\n", NULL, CUXAS_EFORMAT,
                "scan:2: '1,034' has a comma, and other numbers of the line have a point");
  check_refused("Energy,TEY\n925.0,\"1,034\"\n925.2,\"1,035\"\n", NULL, CUXAS_EFORMAT, "scan:2: '1,034' has a comma");
  check_refused("Energy;TEY\n925,0;1 034,5\n925,2;1 035,5\n", NULL, CUXAS_EFORMAT,
                "scan:2: '1 034,5' has something between thousands");
}

static void test_energies_lost_are_eels_and_negative_currents_are_told(void)
{
  char    text[ROOM], *end = text;
  reading result = read_words(make_text(text, "Energy loss (eV),Counts\n", ",", CELLS(ENERGY, MU), ""), NULL);
  CHECK_STATUS(result.status, CUXAS_OK);
  if (result.status == CUXAS_OK) CHECK_TEXT(result.info->detection_mode, "EELS");
  end_reading(&result);
  end += sprintf(end, "energy,TEY\n");
  for (int i = 0; i < 30; i++) end += sprintf(end, "%d,-%d\n", 930 + i, 3 + i % 4);
  result = read_words(text, NULL);
  check_warned(&result, "the signal is negative everywhere: --invert");
  end_reading(&result);
}

/* Numbers like energies under a name that says otherwise. */
static void test_energies_of_other_things_are_refused(void)
{
  static const char *const NAMES[] = {"Binding Energy (eV),counts\n",
                                      "Kinetic Energy,counts\n",
                                      "Emission energy (eV),counts\n",
                                      "channel,counts\n",
                                      "Pixel,Intensity\n",
                                      "Raman shift,mu\n",
                                      "wavelength,mu\n"};
  char                     text[ROOM];
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    check_refused(make_text(text, NAMES[i], ",", CELLS(ENERGY, MU), ""), NULL, CUXAS_EFORMAT,
                  "its name says that it is something else");
}

/* "folder/i0" is no quotient where other variables lie in that folder; "TEY/I0" is one. */
static void test_folders_of_variables_are_no_quotients(void)
{
  char    text[ROOM];
  reading result =
      read_words(make_text(text, "\"M1/energy\"\t\"soft/i0\"\t\"soft/tey\"\n", "\t", CELLS(ENERGY, I0, MU), ""), NULL);
  check_curve(&result);
  check_warned(&result, "'soft/i0' looks like the incoming flux");
  end_reading(&result);
  result = read_words(make_text(text, "energy TEY/time TEY/I0\n", " ", CELLS(ENERGY, I0, MU), ""), NULL);
  check_curve(&result);
  end_reading(&result);
}

static void test_labels_that_contradict_their_fields_are_told(void)
{
  static const char FIELDS[] = "# XDI/1.0\n# Column.1: energy eV\n# Column.2: i0\n# Column.3: mufluor\n# ---\n";
  char              text[ROOM], head[400];
  snprintf(head, sizeof head, "%s# energy mufluor i0\n", FIELDS);
  reading result = read_words(make_text(text, head, " ", CELLS(ENERGY, I0, MU), ""), NULL);
  check_curve(&result);
  check_warned(&result, "line 6 has the names in another order than the fields Column.N");
  end_reading(&result);
  snprintf(head, sizeof head, "%s# energy i0 mufluor\n", FIELDS);
  result = read_words(make_text(text, head, " ", CELLS(ENERGY, I0, MU), ""), NULL);
  CHECK(result.info != NULL && result.info->warnings.n_warning > 0 &&
        strstr(result.info->warnings.text[0], "another order") == NULL);
  end_reading(&result);
}

static void test_two_names_are_not_one(void)
{
  char text[ROOM];
  check_refused(make_text(text, "Energy I0 TEY TFY\n", " ", CELLS(ENERGY, I0, MU), ""), NULL, CUXAS_EFORMAT,
                "line 1 names 4 columns, but rows have 3: the names are not used");
}

static void test_two_energies_are_asked_about(void)
{
  char text[ROOM];
  check_refused(make_text(text, "#Energy,Ch0(SC),,Real eV,Ch0/I0\n", ",", CELLS(OTHER_ENERGY, I0, ONE, ENERGY, MU), ""),
                &(cuxas_measured_options){.signal_column = "Ch0/I0"}, CUXAS_EFORMAT,
                "2 columns could be the energy, 'Energy' and 'Real eV'");
  reading result = read_words(
      make_text(text, "#Energy,Ch0(SC),,Real eV,Ch0/I0\n", ",", CELLS(OTHER_ENERGY, I0, ONE, ENERGY, MU), ""),
      &(cuxas_measured_options){.signal_column = "Ch0/I0", .energy_column = "Real eV"});
  check_curve(&result);
  end_reading(&result);
  result = read_words(make_text(text, "energy mono_eV tey\n", " ", CELLS(ENERGY, NEAR, MU), ""), NULL);
  check_curve(&result);
  check_warned(&result, "both are energies");
  end_reading(&result);
}

static void test_scans_in_one_table_are_told_apart(void)
{
  static char one[ROOM], two[2 * ROOM + 40], three[3 * ROOM + 40];
  reading     result;
  make_text(one, "", " ", CELLS(ENERGY, MU), "");
  snprintf(two, sizeof two, "energy tey\n%s# again\nenergy tey\n%s", one, one);
  snprintf(three, sizeof three, "energy tey\n%s%s%s", one, one, one);
  result = read_words(two, NULL);
  check_warned(&result, "2 scans in one table?");
  CHECK(result.info != NULL && result.info->n_point == 2 * N_POINT);
  end_reading(&result);
  for (int i = 1; i <= 3; i++) {
    result = read_words(three, &(cuxas_measured_options){.scan = i == 1 ? "1" : i == 2 ? "2" : "3"});
    check_curve(&result);
    end_reading(&result);
  }
  result = read_words("energy tey\n930 1\n931 2\n932 3\n933 4\n932 5\n931 6\n930 7\n",
                      &(cuxas_measured_options){.scan = "2"}); /* there and back */
  CHECK(result.spectrum != NULL && result.spectrum->n_point == 3 && result.spectrum->mu[0] == 5);
  end_reading(&result);
  check_refused(three, &(cuxas_measured_options){.scan = "4"}, CUXAS_EFORMAT, "holds scans 1 to 3");
  check_refused(make_text(one, "energy tey\n", " ", CELLS(ENERGY, MU), ""), &(cuxas_measured_options){.scan = "1"},
                CUXAS_EFORMAT, "holds one spectrum");
}

static void test_tails_of_aborted_scans_are_left_out(void)
{
  static const char *const TAILS[] = {"0.0,nan\n0.0,nan\n", "0,0\n0,0\n0,0\n", "966.5,nan\n", "nan,nan\n,\n",
                                      "966,\n966.75,\n"};
  char                     text[ROOM];
  for (size_t i = 0; i < sizeof TAILS / sizeof *TAILS; i++) {
    reading result = read_words(make_text(text, "energy,tey\n", ",", CELLS(ENERGY, MU), TAILS[i]), NULL);
    check_curve(&result);
    check_warned(&result, "from line 62 on hold no values");
    end_reading(&result);
  }
  check_refused(make_text(text, "energy,tey\n", ",", CELLS(ENERGY, MU), "966.5,nan\n967,1\n"), NULL, CUXAS_ERANGE,
                "scan:62: column 2 'tey': 'nan' is not");
}

static void test_decimal_commas_between_commas_are_refused(void)
{
  check_refused("energy,mu\n915,0,0,1175\n915,1,0,1176\n915,2,0,1177\n", NULL, CUXAS_EFORMAT,
                "names 2 columns, but rows have 4 whole numbers: decimal commas");
  check_refused("915,0,0,1175\n915,1,0,1176\n915,2,0,1177\n915,3,0,1178\n", NULL, CUXAS_EFORMAT, "decimal commas");
  check_refused("Energie, Absorption\n915, 0,1175\n915,25, 0,1176\n915,5, 0,1177\n", NULL, CUXAS_EFORMAT,
                "decimal commas");
}

static void test_a_name_never_goes_to_another_column(void)
{
  char text[ROOM];
  check_refused(make_text(text, "energy,mu\n", ",", CELLS(ENERGY, I0, MU), ""), NULL, CUXAS_EFORMAT,
                "line 1 names 2 columns, but rows have 3: the names are not used");
  check_refused(make_text(text, "energy,i0,mu,ring\n", ",", CELLS(ENERGY, I0, MU), ""), NULL, CUXAS_EFORMAT,
                "line 1 names 4 columns, but rows have 3");
}

static void test_names_of_two_lines_are_joined(void)
{
  static const struct {
    const char *header, *separator, *energy, *signal;
  } FILES[] = {
      {"Mono      Beam      Total\nEnergy    Monitor   Yield\n", " ", "Mono Energy", "Total Yield"},
      {"Mono\tBeam\tTotal\nEnergy\tMonitor\tYield\n", "\t", "Mono Energy", "Total Yield"},
      {"# Photon    Ring      TEY\n# Energy    current   current\n# eV        mA        A\n", " ", "Photon Energy (eV)",
       "TEY current"},
      {"# sample measured yesterday\n# energy i0 tey\n", " ", "energy", "tey"}, /* words below no word */
      {"# energy i0 tey\n# energy i0 tey\n", " ", "energy", "tey"},             /* one header twice */
  };
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    char text[ROOM];
    make_text(text, FILES[i].header, FILES[i].separator, CELLS(ENERGY, I0, MU), "");
    reading result = read_memory("scan", text, strlen(text), NULL);
    check_curve(&result);
    if (result.info != NULL) {
      CHECK_TEXT(result.info->column[0].name, FILES[i].energy);
      CHECK_TEXT(result.info->column[2].name, FILES[i].signal);
      CHECK(result.info->column[2].role == CUXAS_COLUMN_SIGNAL);
    }
    end_reading(&result);
  }
}

static void test_an_empty_cell_between_blanks_moves_no_column(void)
{
  check_refused("energy tey i0 ring\n930 1 5 200\n931 5 200\n932 2 5 200\n933 2 5 200\n", NULL, CUXAS_EFORMAT,
                "scan:3: fewer than the 4 columns of other rows");
}

static void test_numbers_of_a_preamble_are_told(void)
{
  char    text[ROOM];
  reading result =
      read_words(make_text(text, "Block E n\n1 900 5\n2 950 5\nenergy i0 tey\n", " ", CELLS(ENERGY, I0, MU), ""), NULL);
  check_curve(&result);
  check_warned(&result, "2 rows of numbers from line 2 on belong to the preamble: data begin in line 5");
  end_reading(&result);
}

static void test_a_broken_row_ends_no_preamble(void)
{
  char text[ROOM];
  snprintf(text, sizeof text, "energy,tey\n919.5,0.1\n920.0,0.1\n920.25,word\n");
  char rows[ROOM];
  make_text(rows, "", ",", CELLS(ENERGY, MU), "");
  char whole[2 * ROOM];
  snprintf(whole, sizeof whole, "%s%s", text, rows);
  check_refused(whole, NULL, CUXAS_EFORMAT, "scan:4: column 2 'tey': 'word' is not a number");
}

static void test_names_that_touch_are_cut_where_columns_are(void)
{
  char   text[ROOM];
  size_t n = (size_t)snprintf(text, sizeof text, "#Mono Energy   Scaler presettI0            TEY\n");
  for (int i = 0; i < N_POINT; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%13.3f%14.3f%14.1f%14.7f\n", energy_of(i), 1.0, 5000.0,
                          mu_of(energy_of(i)));
  reading result = read_words(text, NULL);
  check_curve(&result);
  if (result.info != NULL) CHECK_TEXT(result.info->column[1].name, "Scaler presett");
  end_reading(&result);
}

static void test_every_energy_twice_is_told(void)
{
  char   text[ROOM];
  size_t n = (size_t)snprintf(text, sizeof text, "energy tey\n");
  for (int i = 0; i < N_POINT; i++)
    for (int k = 1; k < 3; k++)
      n += (size_t)snprintf(text + n, sizeof text - n, "%.2f %.5f\n", energy_of(i), k * mu_of(energy_of(i)));
  reading result = read_words(text, NULL);
  check_warned(&result, "60 of 120 points repeat an energy");
  end_reading(&result);
}

static void test_names_are_utf8_whatever_the_bytes(void)
{
  reading result = read_words("Energie (eV);Z\xe4hlrate\x1b\n930;0.5\n931;1.5\n932;1.0\n", NULL);
  CHECK_TEXT(result.info->column[1].name, "Z\xc3\xa4hlrate?");
  end_reading(&result);
  result = read_words("Energie (eV);Z\xc3\xa4hlrate\n930;0.5\n931;1.5\n932;1.0\n", NULL);
  CHECK_TEXT(result.info->column[1].name, "Z\xc3\xa4hlrate");
  end_reading(&result);
}

static void test_other_files_are_called_by_their_name(void)
{
  static const struct {
    const char *bytes;
    size_t      n_byte;
    const char *what;
  } FILES[] = {
      {"PK\3\4\24\0\0\0", 8, "a workbook or archive (zip)"},
      {"%PDF-1.4\n", 9, "a PDF document"},
      {"\211PNG\r\n\032\n\0\0", 10, "an image (PNG)"},
      {"\377\330\377\340\0\20", 6, "an image (JPEG)"},
      {"II*\0\10\0\0\0", 8, "an image (TIFF)"},
      {"\320\317\021\340\241\261\032\341\0", 9, "an old office document"},
      {"\?\246ff\0\0\0\1", 8, "an EPICS scan (.mda)"},
      {"SQLite format 3\0\0", 17, "an SQLite database"},
      {"<?xml version=\"1.0\"?>\n", 22, "XML"},
      {"<!DOCTYPE html>\n", 16, "a web page"},
      {"{\"energy\":[930,931]}\n", 21, "JSON of a kind that is not read"},
      {"data_x\n_cell_length_a 4.2\n", 26, "a crystal structure"},
      {"   4.270   4.270   4.270\n   90.00  90.00  90.00   SPGR = 224 Pn-3m\n  6 0\n 1 Cu 0 0 0\n", 84,
       "a crystal structure (.cssr)"},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    reading result = read_memory("scan", FILES[i].bytes, FILES[i].n_byte, NULL);
    CHECK_STATUS(result.status, CUXAS_EFORMAT);
    CHECK_CONTAINS(result.err.message, FILES[i].what);
    end_reading(&result);
  }
}

int main(void)
{
  RUN(test_columns_of_beamlines_are_found);
  RUN(test_transmitted_flux_is_no_absorption);
  RUN(test_units_of_other_things_are_no_energies);
  RUN(test_what_is_no_absorption_is_refused);
  RUN(test_detectors_beside_a_flux_are_asked_about);
  RUN(test_preambles_of_photoemission_are_refused);
  RUN(test_thousands_are_read_or_told);
  RUN(test_energies_lost_are_eels_and_negative_currents_are_told);
  RUN(test_energies_of_other_things_are_refused);
  RUN(test_folders_of_variables_are_no_quotients);
  RUN(test_labels_that_contradict_their_fields_are_told);
  RUN(test_two_names_are_not_one);
  RUN(test_two_energies_are_asked_about);
  RUN(test_scans_in_one_table_are_told_apart);
  RUN(test_tails_of_aborted_scans_are_left_out);
  RUN(test_decimal_commas_between_commas_are_refused);
  RUN(test_a_name_never_goes_to_another_column);
  RUN(test_names_of_two_lines_are_joined);
  RUN(test_an_empty_cell_between_blanks_moves_no_column);
  RUN(test_numbers_of_a_preamble_are_told);
  RUN(test_a_broken_row_ends_no_preamble);
  RUN(test_names_that_touch_are_cut_where_columns_are);
  RUN(test_every_energy_twice_is_told);
  RUN(test_names_are_utf8_whatever_the_bytes);
  RUN(test_other_files_are_called_by_their_name);
  return CHECK_REPORT();
}
