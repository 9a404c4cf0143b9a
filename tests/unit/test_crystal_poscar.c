#include "check.h"
#include "crystal_text.h"

#include <dirent.h>

/* Tenorite's cell is not needed here: a small orthorhombic CuO with sites that tell the axes apart. */
#define CELL "4.0 0 0\n0 5.0 0\n0 0 6.0\n"
#define SITES "0 0 0\n0.5 0.5 0.5\n0.5 0 0.25\n"

static void check_reads(const char *text)
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

static void check_fails(const char *text, cuxas_status status, const char *message)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".vasp", text, &crystal, &err), status);
  CHECK_CONTAINS(err.message, message);
  CHECK(crystal == NULL);
}

static void test_vasp5(void)
{
  check_reads("comment\n1.0\n" CELL "Cu O\n2 1\nDirect\n" SITES);
  check_reads("comment\r\n1.0\r\n4.0 0 0\r\n0 5.0 0\r\n0 0 6.0\r\nCu O\r\n2 1\r\ndirect\r\n0 0 0\r\n.5 .5 .5\r\n5d-1 0 "
              "0.25\r\n");
  check_reads("comment\n1.0 ! scale\n" CELL
              " Cu_pv O/4f2c1a ! species\n 2 1 # counts\nDirect\n0 0 0 Cu\n0.5 0.5 0.5 Cu\n0.5 0 0.25 O");
}

static void test_an_element_may_come_twice(void)
{
  check_reads("c\n1.0\n" CELL "Cu Cu O\n1 1 1\nDirect\n" SITES);
}

static void test_vasp4_takes_symbols_from_the_comment(void)
{
  check_reads("Cu O\n1.0\n" CELL "2 1\nDirect\n" SITES);
  check_reads("Cu2 O1\n1.0\n" CELL "2 1\nDirect\n" SITES);
  const char *unfit[] = {"copper oxide", "", "Cu", "Cu O S", "Cu3 O1", "Cu Xx"};
  for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
    char text[300];
    snprintf(text, sizeof text, "%s\n1.0\n" CELL "2 1\nDirect\n" SITES, unfit[i]);
    check_fails(text, CUXAS_EFORMAT,
                ":6: no line of element symbols (VASP 4), and the comment in line 1 does not name 2");
  }
}

static void test_scale_factors(void)
{
  check_reads("c\n2.0\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nDirect\n" SITES);
  check_reads("c\n-120\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nDirect\n" SITES);
  check_reads("c\n4 5 6\n1 0 0\n0 1 0\n0 0 1\nCu O\n2 1\nDirect\n" SITES);
  check_fails("c\n0\n" CELL "Cu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT, ":2: the scale factor is 0");
  check_fails("c\n1 -1 1\n" CELL "Cu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT, ":2: the scale factor is -1");
  check_fails("c\n1 1\n" CELL "Cu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT, ":2: one or three scale factors");
  check_fails("c\nnan\n" CELL "Cu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT, ":2: the scale factor is not finite");
}

static void test_cartesian_positions_are_scaled(void)
{
  check_reads("c\n1.0\n" CELL "Cu O\n2 1\nCartesian\n0 0 0\n2 2.5 3\n2 0 1.5\n");
  check_reads("c\n2.0\n2 0 0\n0 2.5 0\n0 0 3\nCu O\n2 1\nKarthesian\n0 0 0\n1 1.25 1.5\n1 0 0.75\n");
  check_reads("c\n4 5 6\n1 0 0\n0 1 0\n0 0 1\nCu O\n2 1\ncart\n0 0 0\n.5 .5 .5\n.5 0 .25\n");
}

static void test_selective_dynamics_and_velocities(void)
{
  check_reads("c\n1.0\n" CELL
              "Cu O\n2 1\nSelective dynamics\nDirect\n0 0 0 T T F\n0.5 0.5 0.5 F F F\n0.5 0 0.25 T T T\n\n"
              "0.1 0.2 0.3\n0 0 0\n0 0 0\n");
}

static void test_malformed_files(void)
{
  check_fails("c\n1.0\n" CELL "Cu Xx\n2 1\nDirect\n" SITES, CUXAS_EUNSUPPORTED, ":6: unknown element 'Xx'");
  check_fails("c\n1.0\n" CELL "Cu O\n2\nDirect\n" SITES, CUXAS_EFORMAT, ":7: 2 elements but 1 numbers of atoms");
  check_fails("c\n1.0\n" CELL "Cu O\n2 x\nDirect\n" SITES, CUXAS_EFORMAT, ":7: a number of atoms is 'x'");
  check_fails("c\n1.0\n" CELL "Cu O\n2 -1\nDirect\n" SITES, CUXAS_EFORMAT, ":7: a number of atoms is '-1'");
  check_fails("c\n1.0\n" CELL "Cu O\n2 99999999999999999999\nDirect\n" SITES, CUXAS_EFORMAT, ":7: a number of atoms");
  check_fails("c\n1.0\n" CELL "Cu O\n2 4000000000000\nDirect\n" SITES, CUXAS_EUNSUPPORTED,
              ":7: more than 100000 atoms");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nWhatever\n" SITES, CUXAS_EFORMAT, ":8: expected 'Direct' or 'Cartesian'");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", CUXAS_EFORMAT,
              ":10: the file ends before an atom's");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5\n0 0 0.5\n", CUXAS_EFORMAT,
              ":10: an atom's position needs three");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 abc\n0 0 0.5\n", CUXAS_EFORMAT,
              ":10: an atom's position is not a number: 'abc'");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 nan\n0 0 0.5\n", CUXAS_EFORMAT,
              ":10: an atom's position is not finite");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0.5 0.5 1e30\n0 0 0.5\n", CUXAS_EFORMAT,
              ":10: an atom's position is too large");
  check_fails("c\n1.0\n4 0 0\n0 5 0\n4 5 0\nCu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT, ":5: the cell has no volume");
  check_fails("c\n1.0\n4 0 0\n0 5\n0 0 6\nCu O\n2 1\nDirect\n" SITES, CUXAS_EFORMAT,
              ":4: a cell vector needs three numbers");
  check_fails("c\n", CUXAS_EFORMAT, ":1: the file ends before the scale factor");
  check_fails("c\n1.0\n" CELL, CUXAS_EFORMAT, ":5: the file ends before the elements");
  check_fails("c\n1.0\n" CELL "Cu O\n2 1\nDirect\n0 0 0\n0 0 0.01\n0 0 0.5\n", CUXAS_EUNSUPPORTED,
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

int main(void)
{
  RUN(test_vasp5);
  RUN(test_an_element_may_come_twice);
  RUN(test_vasp4_takes_symbols_from_the_comment);
  RUN(test_scale_factors);
  RUN(test_cartesian_positions_are_scaled);
  RUN(test_selective_dynamics_and_velocities);
  RUN(test_malformed_files);
  RUN(test_all_materials_project_files_read);
  return CHECK_REPORT();
}
