/* Contents: POSCAR, extended XYZ, JSON */
#include "check.h"
#include "crystal_text.h"

#include <dirent.h>

/* ---- POSCAR ---- */

/* Tenorite's cell is not needed here: a small orthorhombic CuO with sites that tell the axes apart. */
#define POSCAR_CELL "4.0 0 0\n0 5.0 0\n0 0 6.0\n"
#define POSCAR_SITES "0 0 0\n0.5 0.5 0.5\n0.5 0 0.25\n"

static void check_reads_poscar(const char *text)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".vasp", text, &crystal, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  if (crystal == NULL) return;
  CHECK(crystal->n_site == 3);
  CHECK(crystal->atomic_number[0] == 29 && crystal->atomic_number[1] == 29 && crystal->atomic_number[2] == 8);
  const double expected[3][3] = {{4, 0, 0}, {0, 5, 0}, {0, 0, 6}},
               sites[3][3]    = {{0, 0, 0}, {0.5, 0.5, 0.5}, {0.5, 0, 0.25}};
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) {
      CHECK_NEAR(crystal->lattice_A[i][k], expected[i][k], 1e-12);
      CHECK_NEAR(crystal->fractional[i][k], sites[i][k], 1e-12);
    }
  cuxas_crystal_free(crystal);
}

static void check_fails(const char *suffix, const char *text, cuxas_status status, const char *message)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(suffix, text, &crystal, &err), status);
  CHECK_CONTAINS(err.message, message);
  CHECK(crystal == NULL);
}

static void check_fails_poscar(const char *text, cuxas_status status, const char *message)
{
  check_fails(".vasp", text, status, message);
}

static void test_vasp5(void)
{
  check_reads_poscar("comment\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar(
      "comment\r\n1.0\r\n4.0 0 0\r\n0 5.0 0\r\n0 0 6.0\r\nCu O\r\n2 1\r\ndirect\r\n0 0 0\r\n.5 .5 .5\r\n5d-1 0 "
      "0.25\r\n");
  check_reads_poscar("comment\n1.0 ! scale\n" POSCAR_CELL
                     " Cu_pv O/4f2c1a ! species\n 2 1 # counts\nDirect\n0 0 0 Cu\n0.5 0.5 0.5 Cu\n0.5 0 0.25 O");
}

static void test_an_element_may_come_twice(void)
{
  check_reads_poscar("c\n1.0\n" POSCAR_CELL "Cu Cu O\n1 1 1\nDirect\n" POSCAR_SITES);
}

static void test_vasp4_takes_symbols_from_the_comment(void)
{
  check_reads_poscar("Cu O\n1.0\n" POSCAR_CELL "2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar("Cu2 O1\n1.0\n" POSCAR_CELL "2 1\nDirect\n" POSCAR_SITES);
  const char *unfit[] = {"copper oxide", "", "Cu", "Cu O S", "Cu3 O1", "Cu Xx"};
  for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
    char text[300];
    snprintf(text, sizeof text, "%s\n1.0\n" POSCAR_CELL "2 1\nDirect\n" POSCAR_SITES, unfit[i]);
    check_fails_poscar(text, CUXAS_EFORMAT,
                       ":6: no line of element symbols (VASP 4), none behind the positions, and the comment in line 1 "
                       "does not name 2");
  }
}

static void test_vasp4_takes_symbols_from_a_formula_or_from_behind_the_positions(void)
{
#define LABELLED(a, b, c) "0 0 0 " a "\n0.5 0.5 0.5 " b "\n0.5 0 0.25 " c "\n"
  check_reads_poscar("Cu2O\n1.0\n" POSCAR_CELL "2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar("Cu2O1 by hand\n1.0\n" POSCAR_CELL "2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar("x\n1.0\n" POSCAR_CELL "2 1\nDirect\n" LABELLED("Cu", "Cu", "O"));
  check_reads_poscar("Fe S\n1.0\n" POSCAR_CELL "2 1\nS\nDirect\n" LABELLED("T T F Cu", "F F F Cu1", "T T T O"));
  check_fails_poscar("x\n1.0\n" POSCAR_CELL "2 1\nDirect\n" LABELLED("Cu", "O", "O"), CUXAS_EFORMAT,
                     "none behind the positions");
  check_fails_poscar("Cu4O2\n1.0\n" POSCAR_CELL "2 2\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     "does not name 2 elements");
}

static void test_scale_factors(void)
{
  check_reads_poscar("c\n2.0\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar("c\n-120\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nDirect\n" POSCAR_SITES);
  check_reads_poscar("c\n4 5 6\n1 0 0\n0 1 0\n0 0 1\nCu O\n2 1\nDirect\n" POSCAR_SITES);
  check_fails_poscar("c\n0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":2: the scale factor is 0");
  check_fails_poscar("c\n1 -1 1\n" POSCAR_CELL "Cu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":2: the scale factor is -1");
  check_fails_poscar("c\n1 1\n" POSCAR_CELL "Cu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":2: one or three scale factors");
  check_fails_poscar("c\nnan\n" POSCAR_CELL "Cu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":2: the scale factor is not finite");
}

static void test_cartesian_positions_are_scaled(void)
{
  check_reads_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nCartesian\n0 0 0\n2 2.5 3\n2 0 1.5\n");
  check_reads_poscar("c\n2.0\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nKarthesian\n0 0 0\n1 1.25 1.5\n1 0 0.75\n");
  check_reads_poscar("c\n4 5 6\n1 0 0\n0 1 0\n0 0 1\nCu O\n2 1\ncart\n0 0 0\n.5 .5 .5\n.5 0 .25\n");
}

static void test_selective_dynamics_and_velocities(void)
{
  check_reads_poscar("c\n1.0\n" POSCAR_CELL
                     "Cu O\n2 1\nSelective dynamics\nDirect\n0 0 0 T T F\n0.5 0.5 0.5 F F F\n0.5 0 0.25 T T T\n\n"
                     "0.1 0.2 0.3\n0 0 0\n0 0 0\n");
}

static void test_poscar_malformed_files(void)
{
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu Xx\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EUNSUPPORTED,
                     ":6: unknown element 'Xx'");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":7: 2 elements but 1 numbers of atoms");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 x\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":7: a number of atoms is 'x'");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 -1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":7: a number of atoms is '-1'");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 99999999999999999999\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":7: a number of atoms");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 2000000000\nDirect\n" POSCAR_SITES, CUXAS_EUNSUPPORTED,
                     ":7: more than 20000 atoms");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nWhatever\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":8: expected 'Direct' or 'Cartesian'");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", CUXAS_EFORMAT,
                     ":10: the file ends before an atom's");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5\n0 0 0.5\n", CUXAS_EFORMAT,
                     ":10: an atom's position needs three");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 abc\n0 0 0.5\n", CUXAS_EFORMAT,
                     ":10: an atom's position is not a number: 'abc'");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 nan\n0 0 0.5\n", CUXAS_EFORMAT,
                     ":10: an atom's position is not finite");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 1e30\n0 0 0.5\n", CUXAS_EFORMAT,
                     ":10: an atom's position is too large");
  check_fails_poscar("c\n1.0\n4 0 0\n0 5 0\n4 5 0\nCu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":5: the cell has no volume");
  check_fails_poscar("c\n1.0\n4 0 0\n0 5\n0 0 6\nCu O\n2 1\nDirect\n" POSCAR_SITES, CUXAS_EFORMAT,
                     ":4: a cell vector needs three numbers");
  check_fails_poscar("c\n", CUXAS_EFORMAT, ":1: the file ends before the scale factor");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL, CUXAS_EFORMAT, ":5: the file ends before the elements");
  check_fails_poscar("c\n1.0\n" POSCAR_CELL "Cu O\n2 1\nDirect\n0 0 0\n0 0 0.01\n0 0 0.5\n", CUXAS_EUNSUPPORTED,
                     "atoms 1 (Cu) and 2 (Cu) are only 0.060 A");
}

static void test_all_materials_project_files_read(void)
{
  char *marker = shared_data("structures/mp/mp-1005792.vasp");
  if (marker == NULL) SKIP("no shared data");
  *strrchr(marker, '/') = '\0';
  DIR           *folder = opendir(marker);
  struct dirent *file;
  size_t         n_read = 0, n_copper = 0;
  while (folder != NULL && (file = readdir(folder)) != NULL) {
    if (file->d_name[0] == '.') continue;
    char           path[1024];
    cuxas_crystal *crystal = NULL;
    cuxas_error    err     = {0};
    snprintf(path, sizeof path, "%s/%s", marker, file->d_name);
    CHECK_STATUS(cuxas_crystal_read(path, &crystal, &err), CUXAS_OK);
    CHECK_TEXT(err.message, "");
    if (crystal != NULL) {
      n_read++;
      n_copper += cuxas_crystal_count(crystal, 29) > 0;
    }
    cuxas_crystal_free(crystal);
  }
  if (folder != NULL) closedir(folder);
  CHECK(n_read >= 2697 && n_copper == n_read);
  free(marker);
}

/* ---- Extended XYZ ---- */

#define XYZ_LATTICE "Lattice=\"4 0 0 1 5 0 0 0 6\""
#define XYZ_ATOMS "Cu 0 0 0\nO 2.5 2.5 3\n"

static void check_reads_xyz(const char *text)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".xyz", text, &crystal, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  if (crystal == NULL) return;
  CHECK(crystal->n_site == 2 && crystal->atomic_number[0] == 29 && crystal->atomic_number[1] == 8);
  CHECK_NEAR(crystal->lattice_A[1][0], 1.0, 0); /* rows are the cell vectors */
  CHECK_NEAR(crystal->lattice_A[0][1], 0.0, 0);
  for (int k = 0; k < 3; k++) {
    CHECK_NEAR(crystal->fractional[0][k], 0.0, 1e-12);
    CHECK_NEAR(crystal->fractional[1][k], 0.5, 1e-12);
  }
  cuxas_crystal_free(crystal);
}

static void check_fails_xyz(const char *text, cuxas_status status, const char *message)
{
  check_fails(".xyz", text, status, message);
}

static void test_xyz_usual_forms(void)
{
  check_reads_xyz("2\n" XYZ_LATTICE " Properties=species:S:1:pos:R:3\n" XYZ_ATOMS);
  check_reads_xyz("2\n" XYZ_LATTICE "\n" XYZ_ATOMS);
  check_reads_xyz(" 2 \ncomment energy=-1.5 " XYZ_LATTICE " pbc=\"T T T\" name='a b'\n" XYZ_ATOMS);
  check_reads_xyz("2\nlattice='4 0 0 1 5 0 0 0 6' properties=species:S:1:pos:R:3\n" XYZ_ATOMS);
}

static void test_columns_in_any_order(void)
{
  check_reads_xyz("2\n" XYZ_LATTICE
                  " Properties=id:I:1:pos:R:3:forces:R:3:species:S:1\n1 0 0 0 9 9 9 Cu\n2 2.5 2.5 3 9 9 9 O\n");
  check_reads_xyz("2\n" XYZ_LATTICE " Properties=Z:I:1:pos:R:3\n29 0 0 0\n8 2.5 2.5 3\n");
}

static void test_the_last_frame_counts_and_that_is_said(void)
{
  cuxas_crystal *crystal = NULL;
  check_reads_xyz("2\n" XYZ_LATTICE "\nFe 0 0 0\nS 1 1 1\n2\n" XYZ_LATTICE "\n" XYZ_ATOMS);
  check_reads_xyz("1\n" XYZ_LATTICE "\nFe 0 0 0\n\n2\n" XYZ_LATTICE "\n" XYZ_ATOMS "\n\n");
  CHECK_STATUS(read_text(".xyz", "1\n" XYZ_LATTICE "\nFe 0 0 0\n2\n" XYZ_LATTICE "\n" XYZ_ATOMS, &crystal, NULL),
               CUXAS_OK);
  if (crystal != NULL) CHECK_TEXT(crystal->warnings.text[0], "the last of 2 frames is taken");
  cuxas_crystal_free(crystal);
  check_reads_xyz("2\n" XYZ_LATTICE "\n" XYZ_ATOMS "2\ncut off\nFe 0 0 0\n"); /* no whole frame */
}

static void test_molecules_stand_in_a_box_that_no_radius_leaves(void)
{
  static const char *const HEAD[] = {"", "Lattice=\"4 0 0 0 5 0 0 0 6\" pbc=\"F F F\""};
  for (size_t i = 0; i < 2; i++) {
    cuxas_crystal *crystal = NULL;
    char           text[256];
    double         a_A[3], b_A[3];
    snprintf(text, sizeof text, "2\n%s\nCu 1 2 3\nO 1 2 4.9\n", HEAD[i]);
    CHECK_STATUS(read_text(".xyz", text, &crystal, NULL), CUXAS_OK);
    CHECK(crystal != NULL && crystal->is_molecule);
    if (crystal == NULL) continue;
    cuxas_crystal_cartesian_A(crystal, crystal->fractional[0], a_A);
    cuxas_crystal_cartesian_A(crystal, crystal->fractional[1], b_A);
    CHECK_NEAR(b_A[0] - a_A[0], 0.0, 1e-9);
    CHECK_NEAR(b_A[2] - a_A[2], 1.9, 1e-9);
    CHECK(crystal->lattice_A[0][0] > 40.0 && crystal->lattice_A[2][2] > 40.0);
    cuxas_crystal_free(crystal);
  }
}

static void test_slabs_are_no_crystals(void)
{
  check_fails_xyz("2\n" XYZ_LATTICE " pbc=\"T T F\"\n" XYZ_ATOMS, CUXAS_EUNSUPPORTED,
                  ":2: not periodic in all three directions");
}

static void test_xyz_malformed_files(void)
{
  check_fails_xyz("2\nLattice=\"4 0 0 1 5 0 0 0\"\n" XYZ_ATOMS, CUXAS_EFORMAT, ":2: Lattice has 8 numbers, 9 needed");
  check_fails_xyz("2\nLattice=\"4 0 0 1 5 0 0 0 6 7\"\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: Lattice has more than 9 numbers");
  check_fails_xyz("2\nLattice=\"4 0 0 1 5 0 0 0 six\"\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: a cell vector is not a number: 'six'");
  check_fails_xyz("2\nLattice=\"4 0 0 1 5 0 0 0 nan\"\n" XYZ_ATOMS, CUXAS_EFORMAT, ":2: a cell vector is not finite");
  check_fails_xyz("2\nLattice=\"4 0 0 8 0 0 0 0 6\"\n" XYZ_ATOMS, CUXAS_EFORMAT, ":2: the cell has no volume");
  check_fails_xyz("2\nLattice=\"4 0 0 1 5 0 0 0 6\n" XYZ_ATOMS, CUXAS_EFORMAT, ":2: Lattice=\"...\" never ends");
  check_fails_xyz("3\n" XYZ_LATTICE "\n" XYZ_ATOMS, CUXAS_EFORMAT, ":4: the file ends after 2 of 3 atoms");
  check_fails_xyz("999999999\n" XYZ_LATTICE "\n" XYZ_ATOMS, CUXAS_EUNSUPPORTED, ":1: more than 20000 atoms");
  check_fails_xyz("0\n" XYZ_LATTICE "\n" XYZ_ATOMS, CUXAS_EFORMAT, ":1: expected the number of atoms, got '0'");
  check_fails_xyz("2\n" XYZ_LATTICE "\nCu 0 0 0\nO 2.5 2.5\n", CUXAS_EFORMAT, ":4: 3 columns, 4 needed");
  check_fails_xyz("2\n" XYZ_LATTICE "\nCu 0 0 0\nO 2.5 2.5 inf\n", CUXAS_EFORMAT,
                  ":4: a coordinate is not finite: 'inf'");
  check_fails_xyz("2\n" XYZ_LATTICE "\nCu 0 0 0\nO 2.5 2.5 1e7\n", CUXAS_EFORMAT,
                  ":4: a coordinate is too large: '1e7'");
  check_fails_xyz("2\n" XYZ_LATTICE "\nCu 0 0 0\nXx 2.5 2.5 3\n", CUXAS_EUNSUPPORTED, ":4: unknown element 'Xx'");
  check_fails_xyz("2\n" XYZ_LATTICE " Properties=Z:I:1:pos:R:3\n29 0 0 0\n119 1 1 1\n", CUXAS_EUNSUPPORTED,
                  ":4: unknown element '119'");
  check_fails_xyz("2\n" XYZ_LATTICE " Properties=species:S:1\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: Properties names no column pos:R:3");
  check_fails_xyz("2\n" XYZ_LATTICE " Properties=pos:R:3\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: Properties names no column species:S:1");
  check_fails_xyz("2\n" XYZ_LATTICE " Properties=species:S\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: Properties is not name:type:columns");
  check_fails_xyz("2\n" XYZ_LATTICE " Properties=species:S:x:pos:R:3\n" XYZ_ATOMS, CUXAS_EFORMAT,
                  ":2: Properties is not name:type");
}

/* ---- JSON ---- */

#define JSON_LATTICE "\"lattice\":{\"matrix\":[[4,0,0],[0,5,0],[1,0,6]]}"
#define JSON_SPECIES(element, occu) "\"species\":[{\"element\":\"" element "\",\"occu\":" occu "}]"
#define JSON_SITES                                                                                                     \
  "\"sites\":[{" JSON_SPECIES("Cu", "1") ",\"abc\":[0,0,0],\"xyz\":[9,9,9],\"label\":\"Cu\"},"                         \
                                         "{" JSON_SPECIES("O", "1.0") ",\"xyz\":[2.5,2.5,3]}]"

static void check_two_sites_json(const char *text)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_text(".json", text, &crystal, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  if (crystal == NULL) return;
  CHECK(crystal->n_site == 2 && crystal->atomic_number[0] == 29 && crystal->atomic_number[1] == 8);
  CHECK_NEAR(crystal->lattice_A[2][0], 1.0, 0);
  CHECK_NEAR(crystal->fractional[0][0], 0.0, 0); /* abc goes before xyz */
  for (int k = 0; k < 3; k++) CHECK_NEAR(crystal->fractional[1][k], 0.5, 1e-12);
  cuxas_crystal_free(crystal);
}

static void test_structure_of_pymatgen(void)
{
  check_two_sites_json("{\"@class\":\"Structure\",\"charge\":null," JSON_LATTICE "," JSON_SITES "}");
}

static void test_document_of_the_materials_project(void)
{
  check_two_sites_json("{\"material_id\":\"mp-1\",\"nsites\":2,\"structure\":{" JSON_LATTICE "," JSON_SITES "}}");
}

static void test_lists_of_one(void)
{
  check_two_sites_json("[{" JSON_LATTICE "," JSON_SITES "}]");
  check_two_sites_json("\xef\xbb\xbf\r\n {\"meta\":{},\"data\":[{\"structure\":{" JSON_LATTICE "," JSON_SITES "}}]}\n");
}

static void check_refused_json(const char *text, cuxas_status status, const char *reason)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_text(".json", text, &crystal, &err), status);
  CHECK(crystal == NULL);
  if (strstr(err.message, reason) == NULL) CHECK_TEXT(err.message, reason);
  cuxas_crystal_free(crystal);
}

static void test_partial_occupancy_in_json(void)
{
#define JSON_ONE(species) "{" JSON_LATTICE ",\"sites\":[{\"species\":[" species "],\"abc\":[0,0,0]}]}"
#define JSON_SHARE(element, occu) "{\"element\":\"" element "\",\"occu\":" occu "}"
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".json", JSON_ONE(JSON_SHARE("Cu", "1") "," JSON_SHARE("Ag", "0")), &crystal, NULL), CUXAS_OK);
  if (crystal != NULL) CHECK(crystal->n_site == 1 && crystal->warnings.n_warning == 0);
  cuxas_crystal_free(crystal);
  CHECK_STATUS(read_text(".json", JSON_ONE(JSON_SHARE("Cu", "0.98") "," JSON_SHARE("Ag", "0.02")), &crystal, NULL),
               CUXAS_OK);
  if (crystal != NULL) CHECK(crystal->n_site == 1);
  if (crystal != NULL) CHECK_TEXT(crystal->warnings.text[0], "2 occupancies within 5 % of 0 or 1 taken for it");
  cuxas_crystal_free(crystal);
  CHECK_STATUS(read_text(".json", JSON_ONE(JSON_SHARE("Cu", "0.5") "," JSON_SHARE("Ag", "0.5")), &crystal, NULL),
               CUXAS_OK);
  if (crystal != NULL) CHECK(2 * cuxas_crystal_count(crystal, 29) == crystal->n_site && crystal->n_site >= 16);
  if (crystal != NULL) CHECK_CONTAINS(crystal->warnings.text[0], "disordered: 2 sites of the cell");
  cuxas_crystal_free(crystal);
}

#define OPTIMADE(names, species)                                                                                       \
  "\"attributes\":{\"lattice_vectors\":[[4,0,0],[0,5,0],[1,0,6]],\"cartesian_site_positions\":[[0,0,0],[2.5,2.5,3]],"  \
  "\"species_at_sites\":[" names "],\"species\":[" species "],\"dimension_types\":[1,1,1]}"
#define OPTIMADE_KIND(name, symbols, shares)                                                                           \
  "{\"name\":\"" name "\",\"chemical_symbols\":[" symbols "],\"concentration\":[" shares "]}"
#define OPTIMADE_OXYGEN OPTIMADE_KIND("O", "\"O\"", "1.0")

static void test_answers_of_optimade(void)
{
  cuxas_crystal *crystal = NULL;
  check_two_sites_json("{\"data\":[{\"id\":\"x/1\"," OPTIMADE(
      "\"Cu\",\"O\"", OPTIMADE_KIND("Cu", "\"Cu\"", "1.0") "," OPTIMADE_OXYGEN) "}],\"meta\":{}}");
  check_two_sites_json(
      "{\"data\":{" OPTIMADE("\"Cu1\",\"O\"", OPTIMADE_OXYGEN "," OPTIMADE_KIND("Cu1", "\"Cu\"", "1")) "}}");
  CHECK_STATUS(
      read_text(".json",
                "{" OPTIMADE("\"m\",\"O\"", OPTIMADE_OXYGEN "," OPTIMADE_KIND("m", "\"Cu\",\"vacancy\"", ".5,.5")) "}",
                &crystal, NULL),
      CUXAS_EFORMAT); /* ".5" is no JSON */
  CHECK_STATUS(read_text(".json",
                         "{" OPTIMADE("\"m\",\"O\"",
                                      OPTIMADE_OXYGEN "," OPTIMADE_KIND("m", "\"Cu\",\"vacancy\"", "0.5,0.5")) "}",
                         &crystal, NULL),
               CUXAS_OK);
  if (crystal != NULL) CHECK(2 * cuxas_crystal_count(crystal, 29) == cuxas_crystal_count(crystal, 8));
  cuxas_crystal_free(crystal);
  check_refused_json("{" OPTIMADE("\"Cu\"", "") "}", CUXAS_EFORMAT,
                     "1 species_at_sites, but 2 cartesian_site_positions");
}

static void test_documents_of_jarvis(void)
{
#define JARVIS(elements, coords, cartesian)                                                                            \
  "{\"jid\":\"J-1\",\"atoms\":{\"lattice_mat\":[[4,0,0],[0,5,0],[1,0,6]],\"elements\":[" elements                      \
  "],\"coords\":[" coords "],\"cartesian\":" cartesian "}}"
  check_two_sites_json(JARVIS("\"Cu\",\"O\"", "[0,0,0],[0.5,0.5,0.5]", "false"));
  check_two_sites_json(JARVIS("\"Cu\",\"O\"", "[0,0,0],[2.5,2.5,3]", "true"));
  check_refused_json(JARVIS("\"Cu\"", "[0,0,0],[0.5,0.5,0.5]", "false"), CUXAS_EFORMAT, "1 elements, but 2 coords");
}

static void test_structures_under_names(void)
{
  check_two_sites_json("{\"one\":{" JSON_LATTICE "," JSON_SITES "},\"note\":\"x\"}");
  check_refused_json("{\"one\":{" JSON_LATTICE "," JSON_SITES "},\"two\":{" JSON_LATTICE "," JSON_SITES "}}",
                     CUXAS_EUNSUPPORTED, "holds 2 structures");
}

static void test_structures_that_are_refused(void)
{
#define JSON_WITH_SITE(site) "{" JSON_LATTICE ",\"sites\":[" site "]}"
#define JSON_WITH_ROWS(rows) "{\"lattice\":{\"matrix\":" rows "}," JSON_SITES "}"
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "2") ",\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "more than 1");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "\"1\"") ",\"abc\":[0,0,0]}"), CUXAS_EFORMAT,
                     "occu is not a number");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Qq", "1") ",\"abc\":[0,0,0]}"), CUXAS_EUNSUPPORTED,
                     "unknown element 'Qq'");
  check_refused_json(JSON_WITH_SITE("{\"species\":[],\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "no species");
  check_refused_json(JSON_WITH_SITE("{\"species\":[{}],\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "has no element");
  check_refused_json(JSON_WITH_SITE("{\"species\":7,\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "no species");
  check_refused_json(JSON_WITH_SITE("7"), CUXAS_EFORMAT, "site 1 has no species");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "1") "}"), CUXAS_EFORMAT, "no coordinates");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "1") ",\"abc\":[0,0]}"), CUXAS_EFORMAT,
                     "abc of site 1 is not a list");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "1") ",\"abc\":[0,\"x\",0]}"), CUXAS_EFORMAT,
                     "something else than numbers");
  check_refused_json(JSON_WITH_SITE("{" JSON_SPECIES("Cu", "1") ",\"xyz\":[0,1e999,0]}"), CUXAS_EFORMAT, "too large");
  check_refused_json(JSON_WITH_SITE(""), CUXAS_EUNSUPPORTED, "no atoms");
  check_refused_json(JSON_WITH_ROWS("[[1,0,0],[0,1,0]]"), CUXAS_EFORMAT, "no matrix of three rows");
  check_refused_json(JSON_WITH_ROWS("null"), CUXAS_EFORMAT, "no matrix of three rows");
  check_refused_json(JSON_WITH_ROWS("[[1,0,0],[0,1,0],[1,1]]"), CUXAS_EFORMAT, "a row of the lattice matrix");
  check_refused_json(JSON_WITH_ROWS("[[1,0,0],[0,1,0],[1,1,0]]"), CUXAS_EFORMAT, "no volume");
}

/* What is wrong inside valid JSON is told with its line. */
static void test_faults_in_json_have_their_line(void)
{
#define PMG(species, abc)                                                                                              \
  "{\"lattice\": {\"matrix\": [[4,0,0],[0,4,0],[0,0,4]]},\n\"note\": \"a \\\"{\\\" \",\n\"sites\": [\n{\"species\": "  \
  "[" species "],\n\"abc\": " abc "}]}"
  check_fails(".json", PMG("{\"element\":\"Cu\",\"occu\":1}", "[0,0]"), CUXAS_EFORMAT,
              ".json:5: abc of site 1 is not a list of three numbers");
  check_fails(".json", PMG("{\"element\":\"Xx\",\"occu\":1}", "[0,0,0]"), CUXAS_EUNSUPPORTED,
              ".json:4: site 1: unknown element 'Xx'");
  check_fails(".json", PMG("{\"element\":\"Cu\",\"occu\":\"1\"}", "[0,0,0]"), CUXAS_EFORMAT,
              ".json:4: site 1: occu is not a number");
#define OPT(positions, names, periodic)                                                                                \
  "{\"data\": {\"attributes\": {\n\"lattice_vectors\": "                                                               \
  "[[4,0,0],[0,4,0],[0,0,4]],\n\"cartesian_site_positions\": " positions ",\n\"species_at_sites\": " names             \
  ",\n\"species\": [{\"name\":\"a\",\"chemical_symbols\":[\"Cu\"]}],\n"                                                \
  "\"dimension_types\": " periodic "}}}"
  check_fails(".json", OPT("[[0,0,0],[1,1,1]]", "[\"a\"]", "[1,1,1]"), CUXAS_EFORMAT,
              ".json:3: 1 species_at_sites, but 2 cartesian_site_positions");
  check_fails(".json", OPT("[[0,0,0]]", "[\"b\"]", "[1,1,1]"), CUXAS_EFORMAT,
              ".json:4: site 1: 'b' is not among the species");
  check_fails(".json", OPT("[[0,0,0]]", "[\"a\"]", "[1,1,\n0]"), CUXAS_EUNSUPPORTED, ".json:7: not periodic");
  check_fails(
      ".json",
      "{\"atoms\":\n{\"lattice_mat\":[[4,0,0],[0,4,0],\n[0,null,4]],\"elements\":[\"Cu\"],\"coords\":[[0,0,0]]}}",
      CUXAS_EFORMAT, ".json:3: a row of the lattice matrix holds something else than numbers");
}

static void check_doubt(const char *suffix, const char *text, const char *doubt)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(suffix, text, &crystal, &err), CUXAS_OK);
  if (crystal == NULL) return;
  CHECK(crystal->warnings.n_warning == 1);
  CHECK_CONTAINS(crystal->warnings.text[0], doubt);
  cuxas_crystal_free(crystal);
}

/* What a format allows beside its atoms, and what would make another structure of them. */
static void test_what_contradicts_the_atoms_is_told(void)
{
  check_doubt(".vasp", "c\n1.0\n" POSCAR_CELL "Cu O\n1 1\nDirect\n0 0 0 O\n.5 .5 .5 Cu\n",
              "line 9 is marked O, but by the order of the symbols it is Cu");
  check_doubt(".vasp", "c\n1.0\n" POSCAR_CELL "Cu\n1\nDirect configuration= 1\n0 0 0\nDirect configuration= 2\n0 0 0\n",
              "the first of several configurations is taken; the next begins in line 10");
  check_doubt(".vasp", "Cu2 O1\n1.0\n" POSCAR_CELL "O Cu\n2 1\nDirect\n0 0 0\n.5 .5 .5\n.5 0 0\n",
              "line 1 says Cu2 O1, the atoms are O2 Cu1 by lines 6 and 7");
  check_doubt(".vasp", "c\n100.0\n" POSCAR_CELL "Cu\n1\nDirect\n0 0 0\n", "is the cell in another unit");
  check_doubt(".xyz", "2\nc\nCu 0 0 0\nO 0 0 1.9\nVEC1 6 0 0\n", "line 5 and what follows is no whole frame");
  check_doubt(".xyz", "2\nc\nCu 0 0 0\nO 0 0 1.9\n2\nd\nCu 0 0 0\n", "line 5 and what follows is no whole frame");
  check_doubt(".xyz", "2\npositions in Bohr\nCu 0 0 0\nO 0 0 1.9\n", "the comment speaks of bohr");
}

static void test_text_that_is_refused(void)
{
  check_refused_json("{\n\"lattice\": {\n", CUXAS_EFORMAT, ":2: not valid JSON");
  check_refused_json("{" JSON_LATTICE "," JSON_SITES "} {}", CUXAS_EFORMAT, "not valid JSON");
  check_refused_json("{" JSON_LATTICE ",\"sites\":[NaN]}", CUXAS_EFORMAT, "not valid JSON");
  check_refused_json("{}", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused_json("[]", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused_json("{\"lattice\":1,\"sites\":2}", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused_json("[{" JSON_LATTICE "," JSON_SITES "},{}]", CUXAS_EUNSUPPORTED, "holds 2 structures");
  char *deep = calloc(100001, 1);
  memset(deep, '[', 100000);
  check_refused_json(deep, CUXAS_EFORMAT, "not valid JSON");
  free(deep);
}

int main(void)
{
  RUN(test_vasp5);
  RUN(test_an_element_may_come_twice);
  RUN(test_vasp4_takes_symbols_from_the_comment);
  RUN(test_vasp4_takes_symbols_from_a_formula_or_from_behind_the_positions);
  RUN(test_scale_factors);
  RUN(test_cartesian_positions_are_scaled);
  RUN(test_selective_dynamics_and_velocities);
  RUN(test_poscar_malformed_files);
  RUN(test_all_materials_project_files_read);
  RUN(test_xyz_usual_forms);
  RUN(test_columns_in_any_order);
  RUN(test_the_last_frame_counts_and_that_is_said);
  RUN(test_molecules_stand_in_a_box_that_no_radius_leaves);
  RUN(test_slabs_are_no_crystals);
  RUN(test_xyz_malformed_files);
  RUN(test_structure_of_pymatgen);
  RUN(test_document_of_the_materials_project);
  RUN(test_lists_of_one);
  RUN(test_partial_occupancy_in_json);
  RUN(test_answers_of_optimade);
  RUN(test_documents_of_jarvis);
  RUN(test_structures_under_names);
  RUN(test_structures_that_are_refused);
  RUN(test_faults_in_json_have_their_line);
  RUN(test_what_contradicts_the_atoms_is_told);
  RUN(test_text_that_is_refused);
  return CHECK_REPORT();
}
