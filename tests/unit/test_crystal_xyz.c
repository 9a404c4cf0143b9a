#include "check.h"
#include "crystal_text.h"

#define LATTICE "Lattice=\"4 0 0 1 5 0 0 0 6\""
#define ATOMS "Cu 0 0 0\nO 2.5 2.5 3\n"

static void check_reads(const char *text)
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

static void check_fails(const char *text, cuxas_status status, const char *message)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".xyz", text, &crystal, &err), status);
  CHECK_CONTAINS(err.message, message);
  CHECK(crystal == NULL);
}

static void test_usual_forms(void)
{
  check_reads("2\n" LATTICE " Properties=species:S:1:pos:R:3\n" ATOMS);
  check_reads("2\n" LATTICE "\n" ATOMS);
  check_reads(" 2 \ncomment energy=-1.5 " LATTICE " pbc=\"T T T\" name='a b'\n" ATOMS);
  check_reads("2\nlattice='4 0 0 1 5 0 0 0 6' properties=species:S:1:pos:R:3\n" ATOMS);
}

static void test_columns_in_any_order(void)
{
  check_reads("2\n" LATTICE
              " Properties=id:I:1:pos:R:3:forces:R:3:species:S:1\n1 0 0 0 9 9 9 Cu\n2 2.5 2.5 3 9 9 9 O\n");
  check_reads("2\n" LATTICE " Properties=Z:I:1:pos:R:3\n29 0 0 0\n8 2.5 2.5 3\n");
}

static void test_only_the_first_frame_counts(void)
{
  check_reads("2\n" LATTICE "\n" ATOMS "2\n" LATTICE "\nFe 0 0 0\nS broken\n");
}

static void test_molecules_and_slabs_are_no_crystals(void)
{
  check_fails("2\nwater\n" ATOMS, CUXAS_EUNSUPPORTED, ":2: no Lattice=");
  check_fails("2\n" LATTICE " pbc=\"T T F\"\n" ATOMS, CUXAS_EUNSUPPORTED, ":2: not periodic in all three directions");
}

static void test_malformed_files(void)
{
  check_fails("2\nLattice=\"4 0 0 1 5 0 0 0\"\n" ATOMS, CUXAS_EFORMAT, ":2: Lattice has 8 numbers, 9 needed");
  check_fails("2\nLattice=\"4 0 0 1 5 0 0 0 6 7\"\n" ATOMS, CUXAS_EFORMAT, ":2: Lattice has more than 9 numbers");
  check_fails("2\nLattice=\"4 0 0 1 5 0 0 0 six\"\n" ATOMS, CUXAS_EFORMAT, ":2: a cell vector is not a number: 'six'");
  check_fails("2\nLattice=\"4 0 0 1 5 0 0 0 nan\"\n" ATOMS, CUXAS_EFORMAT, ":2: a cell vector is not finite");
  check_fails("2\nLattice=\"4 0 0 8 0 0 0 0 6\"\n" ATOMS, CUXAS_EFORMAT, ":2: the cell has no volume");
  check_fails("2\nLattice=\"4 0 0 1 5 0 0 0 6\n" ATOMS, CUXAS_EUNSUPPORTED,
              ":2: no Lattice="); /* the quote never ends */
  check_fails("3\n" LATTICE "\n" ATOMS, CUXAS_EFORMAT, ":4: the file ends after 2 of 3 atoms");
  check_fails("999999999\n" LATTICE "\n" ATOMS, CUXAS_EUNSUPPORTED, ":1: more than 100000 atoms");
  check_fails("0\n" LATTICE "\n" ATOMS, CUXAS_EFORMAT, ":1: expected the number of atoms, got '0'");
  check_fails("2\n" LATTICE "\nCu 0 0 0\nO 2.5 2.5\n", CUXAS_EFORMAT, ":4: 3 columns, 4 needed");
  check_fails("2\n" LATTICE "\nCu 0 0 0\nO 2.5 2.5 inf\n", CUXAS_EFORMAT, ":4: a coordinate is not finite: 'inf'");
  check_fails("2\n" LATTICE "\nCu 0 0 0\nO 2.5 2.5 1e7\n", CUXAS_EFORMAT, ":4: a coordinate is too large: '1e7'");
  check_fails("2\n" LATTICE "\nCu 0 0 0\nXx 2.5 2.5 3\n", CUXAS_EUNSUPPORTED, ":4: unknown element 'Xx'");
  check_fails("2\n" LATTICE " Properties=Z:I:1:pos:R:3\n29 0 0 0\n119 1 1 1\n", CUXAS_EUNSUPPORTED,
              ":4: unknown element '119'");
  check_fails("2\n" LATTICE " Properties=species:S:1\n" ATOMS, CUXAS_EFORMAT, ":2: Properties names no column pos:R:3");
  check_fails("2\n" LATTICE " Properties=pos:R:3\n" ATOMS, CUXAS_EFORMAT, ":2: Properties names no column species:S:1");
  check_fails("2\n" LATTICE " Properties=species:S\n" ATOMS, CUXAS_EFORMAT, ":2: Properties is not name:type:columns");
  check_fails("2\n" LATTICE " Properties=species:S:x:pos:R:3\n" ATOMS, CUXAS_EFORMAT,
              ":2: Properties is not name:type");
}

int main(void)
{
  RUN(test_usual_forms);
  RUN(test_columns_in_any_order);
  RUN(test_only_the_first_frame_counts);
  RUN(test_molecules_and_slabs_are_no_crystals);
  RUN(test_malformed_files);
  return CHECK_REPORT();
}
