#include "check.h"
#include "crystal_text.h"

#include "crystal/crystal_priv.h"

static cuxas_crystal *make(size_t n_site, const int *atomic_numbers, double edge_A)
{
  cuxas_crystal *crystal = cuxas_crystal_new(n_site);
  for (int k = 0; k < 3; k++) crystal->lattice_A[k][k] = edge_A;
  for (size_t i = 0; i < n_site; i++) {
    crystal->atomic_number[i] = atomic_numbers[i];
    crystal->fractional[i][0] = (double)i / (double)n_site;
  }
  return crystal;
}

static void check_formula(size_t n_site, const int *atomic_numbers, const char *expected)
{
  cuxas_crystal *crystal = make(n_site, atomic_numbers, 10.0);
  char           formula[CUXAS_FORMULA_SIZE];
  cuxas_crystal_formula(crystal, formula);
  CHECK_TEXT(formula, expected);
  cuxas_crystal_free(crystal);
}

static void test_formula_is_reduced_and_ordered_by_electronegativity(void)
{
  check_formula(4, (int[]){8, 29, 8, 29}, "CuO");
  check_formula(4, (int[]){16, 16, 29, 26}, "FeCuS2");
  check_formula(8, (int[]){8, 8, 8, 8, 29, 29, 38, 38}, "SrCuO2");
  check_formula(3, (int[]){29, 29, 29}, "Cu");
  check_formula(2, (int[]){35, 58}, "CeBr");
  check_formula(0, NULL, "");
}

static void test_formula_too_long_is_cut_and_terminated(void)
{
  const size_t   n_site  = 118 * 59;
  cuxas_crystal *crystal = cuxas_crystal_new(n_site);
  size_t         i_site  = 0;
  for (int z = 1; z <= 118 && i_site < n_site; z++)
    for (int i = 0; i < z && i_site < n_site; i++) crystal->atomic_number[i_site++] = z;
  while (i_site < n_site) crystal->atomic_number[i_site++] = 118;
  char formula[CUXAS_FORMULA_SIZE];
  memset(formula, 'x', sizeof formula);
  cuxas_crystal_formula(crystal, formula);
  CHECK(strlen(formula) == CUXAS_FORMULA_SIZE - 1);
  cuxas_crystal_free(crystal);
}

static void test_volume_count_and_cartesian(void)
{
  cuxas_crystal *crystal   = make(3, (int[]){29, 8, 29}, 4.0);
  crystal->lattice_A[1][0] = 1.5; /* skewing keeps the volume */
  double position_A[3];
  CHECK_NEAR(cuxas_crystal_volume_A3(crystal), 64.0, 1e-12);
  CHECK(cuxas_crystal_count(crystal, 29) == 2 && cuxas_crystal_count(crystal, 8) == 1);
  CHECK(cuxas_crystal_count(crystal, 26) == 0);
  cuxas_crystal_cartesian_A(crystal, (double[]){0.5, 2.0, -0.25}, position_A);
  CHECK_NEAR(position_A[0], 5.0, 1e-12);
  CHECK_NEAR(position_A[1], 8.0, 1e-12);
  CHECK_NEAR(position_A[2], -1.0, 1e-12);
  crystal->lattice_A[0][0] = -4.0;
  CHECK_NEAR(cuxas_crystal_volume_A3(crystal), 64.0, 1e-12);
  cuxas_crystal_free(crystal);
  cuxas_crystal_free(NULL);
}

static void test_inverse_matrix(void)
{
  const double m[3][3]    = {{2.0, 0.3, -1.0}, {0.5, 3.0, 0.2}, {-0.7, 0.1, 4.0}},
               flat[3][3] = {{1, 2, 3}, {2, 4, 6}, {0, 0, 1}};
  double inverse[3][3];
  CHECK(cuxas_matrix_invert(m, inverse));
  for (int i = 0; i < 3; i++) {
    double row[3];
    cuxas_row_times_matrix(m[i], inverse, row);
    for (int j = 0; j < 3; j++) CHECK_NEAR(row[j], i == j, 1e-14);
  }
  CHECK(!cuxas_matrix_invert(flat, inverse));
}

static void test_close_atoms_are_found_across_boundaries(void)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = make(2, (int[]){29, 8}, 5.0);
  CHECK_STATUS(cuxas_crystal_check(crystal, "x.cif", NULL, &err), CUXAS_OK);
  memcpy(crystal->fractional, (double[2][3]){{0.01, 0.99, 3.02}, {0.97, 0.02, -0.97}}, sizeof(double[2][3]));
  CHECK_STATUS(cuxas_crystal_check(crystal, "x.cif", NULL, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "x.cif: atoms 1 (Cu) and 2 (O) are only 0.255 A apart");
  crystal->fractional[1][2] = -0.8;
  CHECK_STATUS(cuxas_crystal_check(crystal, "x.cif", NULL, &err), CUXAS_OK);
  cuxas_crystal_free(crystal);
}

/* Against trying all pairs: one random gas of atoms after another, some with a close pair, some without. */
static void test_distance_check_agrees_with_all_pairs(void)
{
  unsigned long seed          = 12345;
  int           n_close_cells = 0;
  for (int i_cell = 0; i_cell < 200; i_cell++) {
    cuxas_crystal *crystal = cuxas_crystal_new(12);
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < 3; k++) {
        seed                     = (seed * 1103515245ul + 12345ul) & 0x7fffffff;
        crystal->lattice_A[i][k] = (i == k ? 5.0 : 0.0) + 2.0 * ((double)seed / 0x7fffffff - 0.5);
      }
    for (size_t i = 0; i < 12; i++) {
      crystal->atomic_number[i] = 29;
      for (int k = 0; k < 3; k++) {
        seed                      = (seed * 1103515245ul + 12345ul) & 0x7fffffff;
        crystal->fractional[i][k] = 4.0 * ((double)seed / 0x7fffffff) - 2.0;
      }
    }
    bool is_close = false;
    for (size_t i = 0; i < 12; i++)
      for (size_t j = i; j < 12; j++) is_close = is_close || distance_A(crystal, i, j) < 0.5;
    n_close_cells += is_close;
    CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, NULL), is_close ? CUXAS_EUNSUPPORTED : CUXAS_OK);
    cuxas_crystal_free(crystal);
  }
  CHECK(n_close_cells > 20 && n_close_cells < 180);
}

static void test_own_image_too_close(void)
{
  cuxas_error    err       = {0};
  cuxas_crystal *crystal   = make(1, (int[]){29}, 5.0);
  crystal->lattice_A[0][0] = 0.4;
  CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "atoms 1 (Cu) and 1 (Cu) are only 0.400 A apart");
  crystal->lattice_A[0][0] = 0.012; /* 0.3 A^3, and thinner than any bond */
  CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "flat");
  cuxas_crystal_free(crystal);
}

static void test_impossible_crystals(void)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = make(1, (int[]){29}, 0.4);
  CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "no volume");
  cuxas_crystal_free(crystal);
  crystal = make(0, NULL, 4.0);
  CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "no atoms");
  cuxas_crystal_free(crystal);
  crystal = make(CUXAS_CRYSTAL_MAX_SITES + 1, (int[CUXAS_CRYSTAL_MAX_SITES + 1]){0}, 4.0);
  CHECK_STATUS(cuxas_crystal_check(crystal, "x", NULL, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "more than 20000 atoms");
  cuxas_crystal_free(crystal);
}

static const char *const CIF =
    "data_Cu\n_cell_length_a 3.6\n_cell_length_b 3.6\n_cell_length_c 3.6\n_cell_angle_alpha 90\n"
    "_cell_angle_beta 90\n_cell_angle_gamma 90\n_symmetry_Int_Tables_number 225\nloop_\n"
    "_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nCu1 0 0 0\n";
static const char *const POSCAR = "copper\n1.0\n0 1.8 1.8\n1.8 0 1.8\n1.8 1.8 0\nCu\n1\nDirect\n0 0 0\n";
static const char *const XYZ =
    "1\nLattice=\"0 1.8 1.8 1.8 0 1.8 1.8 1.8 0\" Properties=species:S:1:pos:R:3\nCu 0 0 0\n";

static void test_content_decides_the_format_whatever_the_suffix(void)
{
  const char *suffixes[] = {".cif", ".vasp", ".xyz", ".txt", ""};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    const struct {
      const char *text;
      size_t      n_site;
    } files[] = {{CIF, 4}, {POSCAR, 1}, {XYZ, 1}};
    for (size_t j = 0; j < 3; j++) {
      cuxas_crystal *crystal = NULL;
      CHECK_STATUS(read_text(suffixes[i], files[j].text, &crystal, NULL), CUXAS_OK);
      CHECK(crystal != NULL && crystal->n_site == files[j].n_site);
      if (crystal != NULL) CHECK_NEAR(nearest_A(crystal, 0, 29), 3.6 / sqrt(2.0), 1e-9);
      cuxas_crystal_free(crystal);
    }
  }
}

static void test_suffix_decides_when_the_content_does_not(void)
{
  const struct {
    const char *suffix, *message;
  } cases[] = {
      {".cif", "no tag"}, {".vasp", "scale factor"}, {".xyz", "number of atoms"}, {".txt", "neither CIF nor POSCAR"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_error    err     = {0};
    cuxas_crystal *crystal = NULL;
    CHECK(read_text(cases[i].suffix, "hello\nworld\n", &crystal, &err) != CUXAS_OK);
    CHECK_CONTAINS(err.message, cases[i].message);
    CHECK(crystal == NULL);
  }
}

static void test_formats_that_are_not_read_are_named(void)
{
  static const struct {
    const char *suffix, *text, *what;
  } cases[] = {
      {".dat", "TITL x\nCELL 0.71 4 4 4 90 90 90\nSFAC Cu\nCu1 1 0 0 0 11 .05\nEND\n", "(SHELX .res/.ins)"},
      {".res", "REM nothing else\n", "(SHELX .res/.ins)"},
      {".dat", "REMARK x\nCRYST1 4.0 4.0 4.0 90 90 90\nHETATM 1 CU A\nEND\n", "(PDB)"},
      {".dat", "4.0 4.0 4.0\n90 90 90 SPGR = 1 P 1\n1 0\n0 x\n1 Cu 0 0 0\n", "(CSSR)"},
      {".dat", "x\n y\n\n 2 1 0 0 0 0 0 0 0 0999 V2000\n 0 0 0 Cu\n", "(MDL molfile)"},
      {".dat", "CRYSTAL\nPRIMVEC\n4 0 0\n0 4 0\n0 0 4\nPRIMCOORD\n1 1\n29 0 0 0\n", "(XCrySDen)"},
      {".zip", "PK\3\4 and so on", "an archive or workbook (zip)"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_error    err     = {0};
    cuxas_crystal *crystal = NULL;
    CHECK_STATUS(read_text(cases[i].suffix, cases[i].text, &crystal, &err), CUXAS_EUNSUPPORTED);
    CHECK_CONTAINS(err.message, cases[i].what);
  }
}

static void test_files_that_are_no_structure(void)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(cuxas_crystal_read("/nonexistent/x.cif", &crystal, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "/nonexistent/x.cif");
  CHECK_STATUS(read_text(".dat", "", &crystal, &err), CUXAS_EUNSUPPORTED);
  CHECK_STATUS(read_text(".csv", "energy,mu\n925.0,0.1\n925.2,0.2\n", &crystal, &err), CUXAS_EUNSUPPORTED);
  CHECK(crystal == NULL);
}

int main(void)
{
  RUN(test_formula_is_reduced_and_ordered_by_electronegativity);
  RUN(test_formula_too_long_is_cut_and_terminated);
  RUN(test_volume_count_and_cartesian);
  RUN(test_inverse_matrix);
  RUN(test_close_atoms_are_found_across_boundaries);
  RUN(test_distance_check_agrees_with_all_pairs);
  RUN(test_own_image_too_close);
  RUN(test_impossible_crystals);
  RUN(test_content_decides_the_format_whatever_the_suffix);
  RUN(test_suffix_decides_when_the_content_does_not);
  RUN(test_formats_that_are_not_read_are_named);
  RUN(test_files_that_are_no_structure);
  return CHECK_REPORT();
}
