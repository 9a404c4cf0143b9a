#include "check.h"
#include "crystal_text.h"

#include <cjson/cJSON.h>
#include <dirent.h>

#define CUBIC "_cell_length_a 4.2696\n_cell_length_b 4.2696\n_cell_length_c 4.2696\n" RIGHT
#define RIGHT "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
#define ATOMS "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"

static cuxas_crystal *read_good(const char *text)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".cif", text, &crystal, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return crystal;
}

static void check_fails(const char *text, cuxas_status status, const char *message)
{
  cuxas_error    err     = {0};
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".cif", text, &crystal, &err), status);
  CHECK_CONTAINS(err.message, message);
  CHECK(crystal == NULL);
}

/* Number of sites, and the distance from the first copper to the nearest atom of an element. */
static void check_crystal(const char *text, size_t n_site, int neighbor, double expected_A)
{
  cuxas_crystal *crystal = read_good(text);
  if (crystal == NULL) {
    printf("    for:\n%s", text);
    return;
  }
  size_t i_copper = 0;
  while (i_copper + 1 < crystal->n_site && crystal->atomic_number[i_copper] != 29) i_copper++;
  CHECK_NEAR((double)crystal->n_site, (double)n_site, 0);
  CHECK_NEAR(nearest_A(crystal, i_copper, neighbor), expected_A, 1e-3);
  if (crystal->n_site != n_site) printf("    for:\n%s", text);
  cuxas_crystal_free(crystal);
}

/* ---- syntax ---- */

static void test_syntax_as_found_in_the_wild(void)
{
  const char    *text    = "#\\#CIF_1.1\n"
                           "data_cuprite # comment behind\n"
                           "_publ_author_name 'O'Neill, D.' _journal_year 2001\n"
                           "_publ_section_title\n"
                           ";\n Cuprite: loop_ _cell_length_a data_none 'unclosed\n"
                           ";\n"
                           "_CELL_LENGTH_A 4.2696(2)\n_Cell_Length_B\n   4.2696(10)\n_cell.length_c '4.2696'\n"
                           "_cell_angle_alpha 90.\n_cell_angle_beta \"90\"\n_cell_angle_gamma\n;\n90\n;\n"
                           "loop_ _symmetry_equiv_pos_site_id _symmetry_equiv_pos_as_xyz\n"
                           "1 x,y,z 2 '1/2+X, 1/2+Y, Z' 3 \"x+.5,y,z+0.5\"\n4 ' x , y + 1/2 , +z+1/2 '\n"
                           "loop_\n_atom_site_type_symbol _atom_site_label _atom_site_fract_x\n\t_atom_site_fract_y\n"
                           "_atom_site_fract_z _atom_site_occupancy\n"
                           "Cu1+ 'Cu a' 0.25 0.25(0) 0.25 1.0(1) # first\n"
                           "\n"
                           "O2- O1 0.\n0 .0 ?\n"
                           "O2- O2 0.50000(3) 5e-1 0.5 .\n";
  cuxas_crystal *crystal = read_good(text);
  if (crystal == NULL) return;
  CHECK(crystal->n_site == 12);
  CHECK(crystal->atomic_number[0] == 29 && crystal->atomic_number[4] == 8 && crystal->atomic_number[8] == 8);
  CHECK_NEAR(nearest_A(crystal, 0, 8), 4.2696 * sqrt(3.0) / 4.0, 1e-9);
  cuxas_crystal_free(crystal);
}

static void test_first_block_with_atoms_is_the_crystal(void)
{
  check_crystal("data_global\n_journal_year 2001\ndata_one\n" CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n"
                "data_two\n" CUBIC ATOMS "Fe1 0 0 0\n_broken",
                2, 8, 4.2696 * sqrt(0.75));
  check_fails("data_a\n_cell_length_a 4\ndata_b\n_journal_year 2001\n", CUXAS_EUNSUPPORTED,
              "no atom sites in any data block");
}

static void test_site_order_is_atom_then_operation(void)
{
  cuxas_crystal *crystal = read_good("data_x\n" CUBIC "loop_\n_space_group_symop_operation_xyz\n-x,-y,-z\nx,y,z\n" ATOMS
                                     "O1 0.1 0.2 0.3\nCu1 0 0 0\nCu2 0.5 0.5 0.4\n");
  if (crystal == NULL) return;
  const int    z[5]    = {8, 8, 29, 29, 29};
  const double x[5][3] = {{-0.1, -0.2, -0.3}, {0.1, 0.2, 0.3}, {0, 0, 0}, {-0.5, -0.5, -0.4}, {0.5, 0.5, 0.4}};
  CHECK(crystal->n_site == 5);
  for (size_t i = 0; i < 5 && i < crystal->n_site; i++) {
    CHECK(crystal->atomic_number[i] == z[i]);
    for (int k = 0; k < 3; k++) CHECK_NEAR(crystal->fractional[i][k], x[i][k], 1e-12);
  }
  cuxas_crystal_free(crystal);
}

static void test_syntax_errors_name_their_line(void)
{
  check_fails("data_x\n_cell_length_a 'four\n" ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT, ":2: quote ' is never closed");
  check_fails("data_x\n_title\n;\nnever closed\n", CUXAS_EFORMAT, ":3: text field (';') is never closed");
  check_fails("data_x\n_cell_length_a\n_cell_length_b 4\n", CUXAS_EFORMAT, ":2: _cell_length_a has no value");
  check_fails("data_x\n_cell_length_a 4 5\n", CUXAS_EFORMAT, ":2: value '5' belongs to no tag");
  check_fails("data_x\n" ATOMS "Cu1 0 0 0\nO1 0.5 0.5\n", CUXAS_EFORMAT,
              ":2: loop_ has 7 values, not a multiple of its 4 tags");
  check_fails("data_x\nloop_\n1 2 3\n", CUXAS_EFORMAT, ":2: loop_ without tags");
  check_fails("data_x\n_cell_length_a 4\n_cell.length_A 5\n", CUXAS_EFORMAT,
              ":3: _cell_length_a stands twice in the data block");
  check_fails("data_x\nsave_frame\n_a 1\n", CUXAS_EFORMAT, ":2: save frame is never closed");
}

static void test_faults_beside_the_crystal_are_warned_of(void)
{
#define GOOD CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" ATOMS "Cu1 0 0 0\n"
  static const struct {
    const char *text, *warning;
  } cases[] = {
      {"data_x\n_diffrn_x 1\n_diffrn_x 2\n" GOOD, "line 3: _diffrn_x stands twice (first in line 2; not used)"},
      {"data_x\n_cell_length_a 4.2696\n" GOOD, "_cell_length_a stands twice (first in line 2; with the same value)"},
      {"data_x\n_publ_name John Smith\n" GOOD, "line 2: value 'Smith' belongs to no tag (not used)"},
      {"data_x\n_publ_name 'John Smith\n" GOOD, "line 2: a quote is never closed (not used)"},
      {"data_x\n_publ_name\n" GOOD, "line 2: _publ_name has no value (not used)"},
      {"data_x\nloop_\n_a _b\n1 2 3\n" GOOD, "line 2: a loop has 3 values, not a multiple of its 2 tags (not used)"},
      {"data_x\n" GOOD "loop_\n_atom_site_moment.label\n_atom_site_moment.x\n", ""},
      {"data_x\nloop_\n_a _b\nloop_\n_c 1\n" GOOD, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_crystal *crystal = read_good(cases[i].text);
    if (crystal == NULL) continue;
    CHECK(crystal->n_site == 1);
    CHECK(crystal->warnings.n_warning == (cases[i].warning[0] != '\0'));
    if (crystal->warnings.n_warning > 0) CHECK_CONTAINS(crystal->warnings.text[0], cases[i].warning);
    cuxas_crystal_free(crystal);
  }
}

static void test_blocks_of_question_marks_are_passed_over(void)
{
  check_crystal("data_a\n" CUBIC ATOMS "? ? ? ?\ndata_b\n" CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 2, 8,
                4.2696 * sqrt(0.75));
  check_fails("data_a\n" CUBIC ATOMS "? ? ? ?\n", CUXAS_EUNSUPPORTED, "no atom sites in any data block");
}

/* ---- cell and atoms ---- */

static void test_bad_cells(void)
{
  check_fails("data_x\n" ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT, "data block 'x' has atoms but no _cell_length_a");
  check_fails("data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c ?\n" RIGHT ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT,
              "no _cell_length_c");
  check_fails("data_x\n_cell_length_a 0\n_cell_length_b 4\n_cell_length_c 4\n" RIGHT ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT,
              ":2: _cell_length_a is 0");
  check_fails("data_x\n_cell_length_a four\n" ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT,
              ":2: _cell_length_a is not a number: 'four'");
  check_fails("data_x\n_cell_length_a nan\n" ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT, ":2: _cell_length_a is not finite");
  check_fails("data_x\n_cell_length_a 1e300\n" ATOMS "Cu 0 0 0\n", CUXAS_EFORMAT, ":2: _cell_length_a is too large");
  check_fails(
      "data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 60\n_cell_angle_beta 60\n"
      "_cell_angle_gamma 120\n" ATOMS "Cu 0 0 0\n",
      CUXAS_EFORMAT, ":7: the cell angles 60, 60, 120 make no volume");
  check_fails("data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 180\n",
              CUXAS_EUNSUPPORTED, "no atom sites");
  check_fails("data_x\n_cell_length_a .3\n_cell_length_b .3\n_cell_length_c .3\n" RIGHT ATOMS "Cu 0 0 0\n",
              CUXAS_EFORMAT, "the cell has no volume (0.027 A^3)");
}

#define OCCUPIED                                                                                                       \
  "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
#define F_CUBIC CUBIC "_symmetry_space_group_name_H-M 'F m -3 m'\n"

/* The crystal, and all that was doubtful, one sentence behind the other */
static cuxas_crystal *read_warned(const char *text, char ret_warnings[2000])
{
  cuxas_crystal *crystal = read_good(text);
  ret_warnings[0]        = '\0';
  for (size_t i = 0; crystal != NULL && i < crystal->warnings.n_warning; i++) {
    const size_t n = strlen(ret_warnings);
    snprintf(ret_warnings + n, 2000 - n, "%s; ", crystal->warnings.text[i]);
  }
  return crystal;
}

/* Number of copper atoms and of sites, and what the warnings are to contain; "": no warning */
static void check_warned(const char *text, size_t n_copper, size_t n_site, const char *warning)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned(text, warnings);
  if (crystal == NULL) return;
  CHECK_NEAR((double)cuxas_crystal_count(crystal, 29), (double)n_copper, 0);
  CHECK_NEAR((double)crystal->n_site, (double)n_site, 0);
  CHECK(crystal->occupancy == NULL);
  if (warning[0] == '\0')
    CHECK_TEXT(warnings, "");
  else
    CHECK_CONTAINS(warnings, warning);
  cuxas_crystal_free(crystal);
}

static void test_occupancies_near_0_and_1_are_taken_for_it_with_a_warning(void)
{
  check_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 0.995(4)\n", 4, 4,
               "1 occupancy within 5 % of 0 or 1 taken for it (line 15: Cu1 has 0.995)");
  check_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 1.02\nO1 .25 .25 .25 0.03\n", 4, 4, "2 occupancies within 5 %");
  check_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 1\nZn1 0 0 0 0.01\n", 4, 4, "Zn1 has 0.01");
  check_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 1.0000\nCu2 .5 .5 .5 0.9995\n", 8, 8, "");
  check_fails("data_x\n" CUBIC OCCUPIED "Cu1 0 0 0 1.5\n", CUXAS_EFORMAT,
              ":14: site Cu1 has occupancy 1.5, more than 1");
  check_fails("data_x\n" CUBIC OCCUPIED "Cu1 0 0 0 -0.5\n", CUXAS_EFORMAT,
              ":14: site Cu1 has occupancy -0.5, less than 0");
}

static void test_hydrogen_without_a_place_is_left_out_and_said(void)
{
  check_warned("data_x\n" F_CUBIC ATOMS "Cu1 0 0 0\nH1 ? ? ?\nH2 . . .\n", 4, 4,
               "2 hydrogen sites without coordinates left out (H1)");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 0\nO1 ? ? ?\n", CUXAS_EFORMAT, "site O1: a coordinate is unknown");
}

static void test_operations_that_stop_short_of_the_space_group_are_said(void)
{
  check_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'F m -3 m'\n"
               "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n" ATOMS "Cu1 0 0 0\n",
               1, 1, "1 symmetry operation is listed, but space group 'F m -3 m' has 192: the listed ones are used");
}

/* Half the zinc blende cations copper, half zinc: 2 of 4 in a cell, in 6 ways. */
static void test_mixed_sites_are_dealt_in_the_right_shares(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'F -4 3 m'\n" OCCUPIED
                                       "Cu1 0 0 0 0.5\nZn1 0 0 0 .5\nS1 .25 .25 .25 1\n",
                                       warnings);
  if (crystal == NULL) return;
  size_t n = 0, n_on_first = 0;
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next, n++) {
    CHECK(cuxas_crystal_count(one, 16) == 4 && cuxas_crystal_count(one, 29) == 2 && cuxas_crystal_count(one, 30) == 2);
    n_on_first += one->fractional[0][0] + one->fractional[0][1] + one->fractional[0][2] < 0.1; /* copper stands first */
    for (const cuxas_crystal *other = crystal; other != one; other = other->next)
      CHECK(memcmp(one->fractional, other->fractional, one->n_site * sizeof *one->fractional) != 0);
  }
  CHECK(n == 6 && n_on_first == 3);
  CHECK_CONTAINS(warnings,
                 "8 sites of the cell are partly occupied; all 6 ordered arrangements of the cell are averaged");
  cuxas_crystal_free(crystal);
}

static void test_more_arrangements_than_a_cell_allows_are_drawn(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal =
      read_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 0.5\nNi1 0 0 0 0.3\nZn1 0 0 0 0.2\n", warnings);
  size_t n = 0;
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next, n++)
    CHECK(one->n_site >= 16 && 2 * cuxas_crystal_count(one, 29) == one->n_site);
  CHECK(n == 4);
  CHECK_CONTAINS(warnings, "4 random arrangements in 2 x 2 x 1 cells are averaged (seed 1)");
  cuxas_crystal_free(crystal);
}

static void test_vacancies_are_dealt_in_the_right_shares(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 0.75(2)\nO1 .5 .5 .5 1\n", warnings);
  if (crystal == NULL) return;
  CHECK(4 * cuxas_crystal_count(crystal, 29) == 3 * cuxas_crystal_count(crystal, 8));
  CHECK_CONTAINS(warnings, "4 sites of the cell are partly occupied");
  cuxas_crystal_free(crystal);
}

/* Either of two positions 0.85 A apart: each place holds one atom, no two are closer than they may be. */
static void test_split_positions_hold_one_atom(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" OCCUPIED
                                       "Cu1 0.4 .5 .5 0.5\nCu2 0.6 .5 .5 0.5\nO1 0 0 0 1\n",
                                       warnings);
  if (crystal == NULL) return;
  const size_t n_oxygen = cuxas_crystal_count(crystal, 8);
  CHECK(cuxas_crystal_count(crystal, 29) == n_oxygen && crystal->n_site == 2 * n_oxygen);
  cuxas_crystal_free(crystal);
}

static void test_disorder_is_settled_the_same_way_every_time(void)
{
  const char *text = "data_x\n" F_CUBIC OCCUPIED "Cu1 0 0 0 0.6\nNi1 0 0 0 0.4\n";
  char                                  warnings[2000];
  cuxas_crystal                        *a = read_warned(text, warnings), *b = read_warned(text, warnings);
  CHECK(a != NULL && b != NULL && a->n_site == b->n_site);
  for (size_t i = 0; a != NULL && b != NULL && i < a->n_site; i++)
    CHECK(a->atomic_number[i] == b->atomic_number[i] &&
          memcmp(a->fractional[i], b->fractional[i], sizeof *a->fractional) == 0);
  cuxas_crystal_free(a);
  cuxas_crystal_free(b);
}

#define GROUPED                                                                                                        \
  "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"        \
  "_atom_site_disorder_assembly\n_atom_site_disorder_group\n"

/* Oxygen around chlorine in two orientations, too far apart for distances to show which exclude one another. */
static void test_groups_of_an_assembly_are_alternatives(void)
{
  static const char *const ASSEMBLY[] = {"A", "."};
  for (int i = 0; i < 2; i++) {
    char text[2000], warnings[2000];
    snprintf(text, sizeof text,
             "data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" GROUPED "Cu1 0 0 0 1 . .\nCl1 .5 .5 .5 1 . .\n"
             "O1 .84 .5 .5 .5 %s 1\nO2 .16 .5 .5 .5 %s 1\nO3 .5 .84 .5 .5 %s 2\nO4 .5 .16 .5 .5 %s 2\n",
             ASSEMBLY[i], ASSEMBLY[i], ASSEMBLY[i], ASSEMBLY[i]);
    cuxas_crystal *crystal = read_warned(text, warnings);
    if (crystal == NULL) continue;
    for (const cuxas_crystal *one = crystal; one != NULL; one = one->next) {
      unsigned in_cell[8] = {0}; /* bits: +x, -x, +y, -y, of cells repeated twice along each axis */
      for (size_t k = 0; k < one->n_site; k++) {
        size_t cell = 0;
        for (int axis = 0; axis < 3; axis++) cell = 2 * cell + (one->fractional[k][axis] >= 0.5);
        for (unsigned axis = 0; axis < 2; axis++) {
          const double within = fmod(2.0 * one->fractional[k][axis], 1.0);
          if (fabs(within - 0.84) < 1e-6) in_cell[cell] |= 1u << 2 * axis;
          if (fabs(within - 0.16) < 1e-6) in_cell[cell] |= 2u << 2 * axis;
        }
      }
      for (int cell = 0; cell < 8; cell++) CHECK(in_cell[cell] == 3 || in_cell[cell] == 12);
      CHECK(one->n_site == 32);
    }
    CHECK_CONTAINS(warnings, "4 random arrangements in 2 x 2 x 2 cells are averaged (seed 1)");
    cuxas_crystal_free(crystal);
  }
}

/* A molecule on an inversion centre in two orientations: what is made by both operations keeps them together. */
static void test_groups_on_a_special_position_keep_their_images(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P -1'\n" GROUPED
                                       "Cu1 0 0 0 1 . .\nCl1 .5 .5 .5 0.5 A 1\nO1 .84 .5 .5 .5 A 1\n"
                                       "Br1 .5 .5 .5 .5 A 2\nF1 .5 .84 .5 .5 A 2\n",
                                       warnings);
  if (crystal == NULL) return;
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next) {
    const size_t n_chlorine = cuxas_crystal_count(one, 17), n_bromine = cuxas_crystal_count(one, 35);
    CHECK(n_chlorine + n_bromine == cuxas_crystal_count(one, 29));
    CHECK(cuxas_crystal_count(one, 8) == 2 * n_chlorine && cuxas_crystal_count(one, 9) == 2 * n_bromine);
  }
  cuxas_crystal_free(crystal);
}

/* PART -1: about a centre of symmetry, of whose images one is there. */
static void test_a_negative_group_excludes_its_own_image(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P -1'\n" GROUPED
                                       "Cu1 0 0 0 1 . .\nO1 .55 .5 .5 .5 . -1\nC1 .84 .5 .5 .5 . -1\n",
                                       warnings);
  if (crystal == NULL) return;
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next)
    CHECK(cuxas_crystal_count(one, 8) == cuxas_crystal_count(one, 29) &&
          cuxas_crystal_count(one, 6) == cuxas_crystal_count(one, 29));
  cuxas_crystal_free(crystal);
}

static void test_fully_occupied_groups_share(void)
{
  char           warnings[2000];
  cuxas_crystal *crystal = read_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" GROUPED
                                       "Cu1 0 0 0 1 . .\nO1 .84 .5 .5 1 A 1\nO2 .5 .84 .5 1 A 2\n",
                                       warnings);
  if (crystal == NULL) return;
  CHECK(cuxas_crystal_count(crystal, 8) == cuxas_crystal_count(crystal, 29));
  CHECK_CONTAINS(warnings, "2 atoms of disorder groups that exclude one another are listed as fully occupied");
  cuxas_crystal_free(crystal);
}

static void test_disorder_that_cannot_be_resolved_is_refused(void)
{
  check_fails("data_x\n" CUBIC OCCUPIED "Cu1 .5 .5 .5 0.7\nCu2 0.55 .5 .5 0.7\n", CUXAS_EUNSUPPORTED,
              "disorder that cannot be resolved: partly occupied Cu overlaps with others that are occupied 1.40");
}

/* Amplitudes of a modulation are enough, also where no superspace group is listed. */
static void test_modulations_without_their_group_are_refused(void)
{
  check_fails("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\nloop_\n"
              "_atom_site_displace_Fourier_atom_site_label\n_atom_site_displace_Fourier_axis\nCu1 x\n" ATOMS
              "Cu1 0 0 0\n",
              CUXAS_EUNSUPPORTED, "modulated structure");
  check_fails("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\nloop_\n_atom_site_occ_Fourier_atom_site_label\n"
              "Cu1\n" ATOMS "Cu1 0 0 0\n",
              CUXAS_EUNSUPPORTED, "modulated structure");
  check_fails("data_x\n" CUBIC "_magnetic_space_group_standard_number '1.3'\n" ATOMS "Cu1 0 0 0\n", CUXAS_EUNSUPPORTED,
              "a magnetic space group by name alone");
}

static void test_names_of_different_groups_are_told(void)
{
  check_warned("data_x\n" CUBIC "_symmetry_space_group_name_Hall 'P 1'\n_symmetry_space_group_name_H-M 'P -1'\n" ATOMS
               "Cu1 .1 0 0\n",
               1, 1, "'P 1' and 'P -1' are different space groups: the first is taken");
  check_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P -1'\n_symmetry_Int_Tables_number 1\n" ATOMS
               "Cu1 .1 .1 .1\n",
               2, 2, "'P -1' is not space group number 1: the name is taken");
}

/* Cuprite by its old name: both origins give six atoms, one of them Cu4 O2. */
static void test_the_formula_decides_between_origins(void)
{
  check_warned("data_x\n_chemical_formula_sum 'Cu2 O'\n" CUBIC "_symmetry_space_group_name_H-M 'P n 3 m'\n" ATOMS
               "Cu1 .25 .25 .25\nO1 0 0 0\n",
               4, 6, "");
  check_warned("data_x\n_chemical_formula_sum 'Cu2 O'\n" CUBIC "_symmetry_space_group_name_H-M 'P n 3 m'\n" ATOMS
               "Cu1 0 0 0\nO1 .25 .25 .25\n",
               4, 6, "");
}

static void test_groups_under_one_symbol_are_their_heavy_atom(void)
{
#define TYPED                                                                                                          \
  "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
  check_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" TYPED "Cu1 Cu 0 0 0\nW1 H2O .5 .5 .5\n", 1, 2,
               "of site W1, 'H2O', only O has a place: hydrogen is left out");
  check_warned("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P 1'\n" TYPED "Cu1 CU 0 0 0\nO1 OH .5 .5 .5\n", 1, 2,
               "of site O1, 'OH', only O has a place: hydrogen is left out");
}

static void test_composition_is_compared_with_the_formula(void)
{
#define SUM(formula, z) "_chemical_formula_sum '" formula "'\n_cell_formula_units_Z " z "\n"
  check_warned("data_x\n" SUM("Cu2 O", "2") CUBIC ATOMS "Cu1 .25 .25 .25\nO1 0 0 0\n", 1, 2,
               "no symmetry given, taken as P 1; the cell holds O1 Cu1, which is not _chemical_formula_sum (Cu2 O)");
  check_warned("data_x\n" SUM("Cu O", "4") F_CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 4, 8, "");
  check_warned("data_x\n" SUM("Cu O", "8") F_CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 4, 8,
               "the cell holds 4 units of Cu O, _cell_formula_units_Z is 8");
  check_warned("data_x\n" SUM("Cu4 O4", "4") F_CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 4, 8,
               ""); /* the cell's formula */
  check_warned("data_x\n" SUM("Cu H2 O", "4") F_CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 4, 8,
               "hydrogen of the formula (Cu H2 O) is not among the atoms");
  check_warned("data_x\n" SUM("?", "?") F_CUBIC ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 4, 8, "");
}

/* A named group with two origins and no formula: both give a crystal, and that is said. */
static void test_origins_that_give_other_crystals_are_told(void)
{
  static const struct {
    const char *text;
    int         z; /* of the element with more sites */
    const char *warning;
  } cases[] = {
      /* MgCu2 at origin 1: at origin 2 it would be Mg2Cu with Mg atoms 2.5 A apart */
      {"data_x\n_cell_length_a 7.03\n_cell_length_b 7.03\n_cell_length_c 7.03\n" RIGHT
       "_symmetry_space_group_name_H-M 'F d -3 m'\n" ATOMS "Mg1 0 0 0\nCu1 0.625 0.625 0.625\n",
       29, "holds Mg8 Cu16 with origin choice 1, which is taken, and Mg16 Cu8"},
      /* Cu2O: all distances alike, charges balance at origin 1 only */
      {"data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P n -3 m'\n" ATOMS "Cu1 0.25 0.25 0.25\nO1 0 0 0\n", 29,
       "holds O2 Cu4 with origin choice 1, which is taken, and O4 Cu2"},
      {"data_x\n" CUBIC "_symmetry_space_group_name_H-M 'P n -3 m'\n" ATOMS "Cu1 0 0 0\nO1 0.25 0.25 0.25\n", 29,
       "holds O2 Cu4 with origin choice 2, which is taken, and O4 Cu2"},
      {"data_x\n_chemical_formula_sum 'Cu2 O'\n" CUBIC "_symmetry_space_group_name_H-M 'P n -3 m'\n" ATOMS
       "Cu1 0 0 0\nO1 0.25 0.25 0.25\n",
       29, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_crystal *crystal = read_good(cases[i].text);
    size_t         n_found = 0;
    if (crystal == NULL) continue;
    for (size_t k = 0; k < crystal->n_site; k++) n_found += crystal->atomic_number[k] == cases[i].z;
    CHECK(3 * n_found == 2 * crystal->n_site);
    CHECK(crystal->warnings.n_warning == (cases[i].warning[0] != '\0'));
    if (crystal->warnings.n_warning > 0) CHECK_CONTAINS(crystal->warnings.text[0], cases[i].warning);
    cuxas_crystal_free(crystal);
  }
}

static void test_what_no_crystal_has_is_told(void)
{
  static const char *const cases[][2] = {
      {"data_x\n" CUBIC ATOMS "Cu1 0 0 0\nO1A 0.45 0 0\nO1B 0.45 0.15 0\n", "are only 0.64 A apart"},
      {"data_x\n_cell_length_a 9\n_cell_length_b 9\n_cell_length_c 9\n" RIGHT ATOMS "Cu1 0 0 0\n",
       "1 of 1 copper atoms (the first is atom 1) have no neighbour"},
      {"data_x\n" CUBIC "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n"
       "_atom_site_fract_z\nZn1 Cu 0 0 0\nCU1 Cu 0.5 0.5 0.5\n",
       "site 'Zn1' is of type Cu, which is taken"},
      {"data_x\n" CUBIC ATOMS "Cu1 0 0 0\nC1 0.45 0 0\nH1 0.70 0 0\n", ""}, /* 1.07 A */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_crystal *crystal = read_good(cases[i][0]);
    if (crystal == NULL) continue;
    bool is_told = cases[i][1][0] == '\0';
    for (size_t k = 0; k < crystal->warnings.n_warning; k++) {
      if (cases[i][1][0] == '\0')
        is_told = is_told && strstr(crystal->warnings.text[k], "apart") == NULL;
      else
        is_told = is_told || strstr(crystal->warnings.text[k], cases[i][1]) != NULL;
    }
    CHECK(is_told);
    cuxas_crystal_free(crystal);
  }
}

static void test_labels_are_read_by_the_formula(void)
{
#define P1 "_symmetry_space_group_name_H-M 'P 1'\n"
  check_warned("data_x\n_chemical_formula_sum 'C Cu H O'\n" CUBIC P1 ATOMS
               "CU1 0 0 0\nCO1 .5 0 0\nHO1 0 .5 0\nO1 0 0 .5\n",
               1, 4, "");
  cuxas_crystal *crystal = read_good("data_x\n_chemical_formula_sum 'C Cu H O'\n" CUBIC P1 ATOMS
                                     "CU1 0 0 0\nCO1 .5 0 0\nHO1 0 .5 0\nO1 0 0 .5\n");
  if (crystal != NULL) CHECK(crystal->atomic_number[1] == 6 && crystal->atomic_number[2] == 1);
  cuxas_crystal_free(crystal);
  check_warned("data_x\n_chemical_formula_sum 'Co Cu'\n" CUBIC P1 ATOMS "CU1 0 0 0\nCO1 .5 0 0\n", 1, 2, "");
  check_warned("data_x\n" CUBIC P1 ATOMS "CU1 0 0 0\nCO1 .5 0 0\n", 1, 2, "CO1 is taken for Co");
  check_fails("data_x\n" CUBIC P1 ATOMS "Cu1 0 0 0\nWat1 .5 0 0\n", CUXAS_EUNSUPPORTED, "unknown element 'Wat1'");
}

static void test_mixed_sites_are_refused(void)
{
  check_fails("data_x\n" CUBIC "_space_group_IT_number 221\n" ATOMS "Cu1 0 0 0\nZn1 0 0 0\n", CUXAS_EUNSUPPORTED,
              ":15: mixed site: Zn1 and Cu1 (line 14) share a position");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 0\nZn1 1 0 0\n", CUXAS_EUNSUPPORTED,
              "atoms 1 (Cu) and 2 (Zn) are only 0.000 A");
}

static void test_bad_atoms(void)
{
  check_fails("data_x\n" CUBIC ATOMS "Xx1 0 0 0\n", CUXAS_EUNSUPPORTED, ":13: site Xx1: unknown element 'Xx1'");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 ?\n", CUXAS_EFORMAT, ":13: site Cu1: a coordinate is unknown");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 0,5\n", CUXAS_EFORMAT, ":13: a coordinate is not a number: '0,5'");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 NaN\n", CUXAS_EFORMAT, ":13: a coordinate is not finite: 'NaN'");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 1e9\n", CUXAS_EFORMAT, ":13: a coordinate is too large: '1e9'");
  check_fails("data_x\n" CUBIC "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\nCu1 0 0\n",
              CUXAS_EFORMAT, ":10: atom sites without coordinates");
  check_fails("data_x\n" CUBIC "loop_\n_atom_site_label\nCu1\n", CUXAS_EFORMAT, ":9: atom sites without coordinates");
  check_fails("data_x\n" CUBIC "loop_\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n0 0 0\n",
              CUXAS_EFORMAT, ":9: atom sites without element");
  check_fails("data_x\n" CUBIC "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
              "_atom_site_attached_hydrogens\nO1 0 0 0 2\n",
              CUXAS_EUNSUPPORTED, ":14: site O1 has 2 attached hydrogen atoms without coordinates");
  check_fails("data_x\n" CUBIC ATOMS "Cu1 0 0 0\nCu2 0.1 0 0\n", CUXAS_EUNSUPPORTED,
              "atoms 1 (Cu) and 2 (Cu) are only 0.427 A");
}

static void test_cartesian_and_dummy_atoms(void)
{
  check_crystal("data_x\n" CUBIC "loop_\n_atom_site_label\n_atom_site_Cartn_x\n_atom_site_Cartn_y\n_atom_site_Cartn_z\n"
                "_atom_site_calc_flag\nCu1 0 0 0 d\nO1 2.1348 0 0 .\nZ1 0 0 0 dum\n",
                2, 8, 2.1348);
}

static void test_deuterium_is_hydrogen(void)
{
  check_crystal("data_x\n" CUBIC ATOMS "Cu1 0 0 0\nD1 .5 .5 .5\n", 2, 1, 4.2696 * sqrt(0.75));
}

/* ---- symmetry ---- */

static void test_bad_operations(void)
{
  const char *wrong[] = {"x,y",    "x,y,z,x", "x,y,q",     "x,y,z+", "x y,z,x",
                         "2x,y,z", "x,x,z",   "x,y,z+1/0", "0,0,0",  "x,,z"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char text[1000];
    snprintf(text, sizeof text, "data_x\n" CUBIC "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n'%s'\n" ATOMS "Cu1 0 0 0\n",
             wrong[i]);
    check_fails(text, CUXAS_EFORMAT, ":11: not a symmetry operation: '");
  }
  check_fails("data_x\n" CUBIC "_symmetry_equiv_pos_as_xyz '-x,-y,-z'\n" ATOMS "Cu1 0 0 0\n", CUXAS_EFORMAT,
              ":8: the symmetry operations lack the identity");
  check_fails("data_x\n_cell_length_a 4\n_cell_length_b 5\n_cell_length_c 4\n" RIGHT
              "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-y,x,z\n" ATOMS "Cu1 0 0 0\n",
              CUXAS_EFORMAT, ":11: symmetry operation '-y,x,z' does not fit the cell");
}

static void test_unknown_or_unfitting_space_groups(void)
{
  check_fails("data_x\n" CUBIC "_space_group_name_H-M_alt 'P q'\n" ATOMS "Cu1 0 0 0\n", CUXAS_EFORMAT,
              ":8: unknown space group 'P q', and no operations are listed");
  check_fails("data_x\n" CUBIC "_space_group_IT_number 231\n" ATOMS "Cu1 0 0 0\n", CUXAS_EFORMAT,
              ":8: space group number is '231'");
  check_fails("data_x\n_cell_length_a 4\n_cell_length_b 5\n_cell_length_c 4\n" RIGHT
              "_space_group_IT_number 225\n" ATOMS "Cu1 0 0 0\n",
              CUXAS_EFORMAT, ":8: space group '225' does not fit the cell");
}

static void test_operations_that_are_no_group_are_refused(void)
{
#define HEXAGONAL                                                                                                      \
  "_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 19\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"                 \
  "_cell_angle_gamma 120\nloop_\n_symmetry_equiv_pos_as_xyz\n"
  check_fails("data_x\n" HEXAGONAL "x,y,z\n-x+y,-x,z+1/3\n" ATOMS "Cu1 0 0 0\n", CUXAS_EFORMAT,
              ":9: the symmetry operations are no group: '-y,x-y,z+2/3' follows from them and is not listed");
  check_crystal("data_x\n" HEXAGONAL "x,y,z\n-x+y,-x,z+1/3\n-y,x-y,z+.67\n" ATOMS "Cu1 0.1 0 0\n", 3, 29, 4.0);
  check_fails("data_x\n" CUBIC "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\nx+1/2,y+1/2,z\nx+1/2,y,z+1/2\n" ATOMS
              "Cu1 0 0 0\n",
              CUXAS_EFORMAT, "are no group: 'x,y+1/2,z+1/2'");
}

/* The place parts of a magnetic group: four operations times two centrings make the 8 atoms of tenorite. */
static void test_magnetic_groups_give_their_atoms(void)
{
#define TENORITE_CELL                                                                                                  \
  "_cell_length_a 4.6837\n_cell_length_b 3.4226\n_cell_length_c 5.1288\n_cell_angle_alpha 90\n"                        \
  "_cell_angle_beta 99.54\n_cell_angle_gamma 90\n"
#define MAGNETIC                                                                                                       \
  "loop_\n_space_group_symop_magn_operation.id\n_space_group_symop_magn_operation.xyz\n1 x,y,z,+1\n2 -x,-y,-z,+1\n"    \
  "3 -x,y,-z+1/2,-1\n4 x,-y,z+1/2,-1\n"
  check_crystal("data_x\n" TENORITE_CELL MAGNETIC
                "loop_\n_space_group_symop_magn_centering.id\n_space_group_symop_magn_centering.xyz\n1 x,y,z,+1\n"
                "2 x+1/2,y+1/2,z,-1\n" ATOMS "Cu1 .25 .25 0\nO1 0 .4184 .25\n",
                8, 8, 1.951);
  check_crystal("data_x\n" TENORITE_CELL MAGNETIC ATOMS "Cu1 .25 .25 0\nO1 0 .4184 .25\n", 6, 8, 1.951);
  check_fails("data_x\n_space_group_magn.name_BNS 'C 2/c'\n" CUBIC ATOMS "Cu1 0 0 0\n", CUXAS_EUNSUPPORTED,
              ":2: a magnetic space group by name alone");
}

static void test_modulated_structures_are_refused(void)
{
  check_fails("data_x\n_cell_modulation_dimension 1\n" CUBIC ATOMS "Cu1 0 0 0\n", CUXAS_EUNSUPPORTED,
              ":2: modulated structure (superspace symmetry)");
  check_fails("data_x\n" CUBIC "loop_\n_space_group_symop_ssg_operation_algebraic\nx1,x2,x3,x4\n" ATOMS "Cu1 0 0 0\n",
              CUXAS_EUNSUPPORTED, "modulated structure");
  check_crystal("data_x\n_cell_modulation_dimension 0\n" CUBIC ATOMS "Cu1 0 0 0\n", 1, 29, 4.2696);
}

static void test_no_symmetry_means_p1(void)
{
  check_crystal("data_x\n" CUBIC ATOMS "Cu1 0 0 0\n", 1, 29, 4.2696);
}

static void test_atoms_listed_with_their_images_come_once(void)
{
  check_crystal("data_x\n" CUBIC "_space_group_IT_number 225\n" ATOMS
                "Cu1 0 0 0\nCu2 0 .5 .5\nCu3 .5 .5 0\nO1 .5 .5 .5\n",
                8, 8, 2.1348);
}

/* Cuprite is 6 atoms whichever way its group is named, and from whichever origin its atoms are given. */
static void test_cuprite_by_name_and_by_either_origin(void)
{
  const char  *names[] = {"_space_group_IT_number 224",
                          "_symmetry_Int_Tables_number 224",
                          "_symmetry_space_group_name_H-M 'P n -3 m'",
                          "_space_group_name_H-M_alt 'P n -3 m'",
                          "_symmetry_space_group_name_H-M Pn-3m",
                          "_symmetry_space_group_name_H-M 'P n 3 m'",
                          "_symmetry_space_group_name_H-M 'P 42/n -3 2/m'",
                          "_symmetry_space_group_name_H-M 'P 4(2)/n -3 2/m'",
                          "_symmetry_space_group_name_H-M P_n_-3_m\n_symmetry_Int_Tables_number 224"};
  const char  *origin1 = ATOMS "Cu1 .25 .25 .25\nO1 0 0 0\n", *origin2 = ATOMS "Cu1 0 0 0\nO1 0.25 0.25 0.25\n";
  const double bond_A = 4.2696 * sqrt(3.0) / 4.0;
  char         text[1000];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(text, sizeof text, "data_x\n" CUBIC "%s\n%s", names[i], origin1);
    check_crystal(text, 6, 8, bond_A);
    snprintf(text, sizeof text, "data_x\n" CUBIC "%s\n%s", names[i], origin2);
    check_crystal(text, 6, 8, bond_A);
  }
  const char *first[]  = {"_symmetry_space_group_name_H-M 'P n -3 m :1'", "_symmetry_space_group_name_H-M 'P n -3 m S'",
                          "_symmetry_space_group_name_Hall 'P 4n 2 3 -1n'"};
  const char *second[] = {"_symmetry_space_group_name_H-M 'P n -3 m :2'", "_symmetry_space_group_name_H-M 'P n -3 m Z'",
                          "_space_group_name_Hall '-P 4bc 2bc 3'"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(text, sizeof text, "data_x\n" CUBIC "%s\n%s", first[i], origin1);
    check_crystal(text, 6, 8, bond_A);
    snprintf(text, sizeof text, "data_x\n" CUBIC "%s\n%s", second[i], origin2);
    check_crystal(text, 6, 8, bond_A);
  }
}

static void test_spinel_by_either_origin(void)
{
#define SPINEL "data_x\n_cell_length_a 9.478\n_cell_length_b 9.478\n_cell_length_c 9.478\n" RIGHT
  const double bond_A = 9.478 * sqrt(3.0) * (0.2591 - 0.125); /* tetrahedral copper to sulfur */
  check_crystal(SPINEL "_symmetry_space_group_name_H-M 'F d -3 m'\n" ATOMS
                       "Cu1 .125 .125 .125\nCo1 .5 .5 .5\nS1 .2591 .2591 .2591\n",
                56, 16, bond_A);
  check_crystal(SPINEL "_symmetry_space_group_name_H-M 'F d 3 m'\n" ATOMS
                       "Cu1 0 0 0\nCo1 .625 .625 .625\nS1 .3841 .3841 .3841\n",
                56, 16, 9.478 * sqrt(3.0) * (0.3841 - 0.25));
#undef SPINEL
}

static void test_rhombohedral_group_on_hexagonal_and_on_rhombohedral_axes(void)
{
#define SYMBOL "_symmetry_space_group_name_H-M "
  const char *names[] = {SYMBOL "'R -3 m'", SYMBOL "R-3m", "_space_group_IT_number 166", SYMBOL "'R -3 2/m'"};
  char        text[1000];
  for (size_t i = 0; i <= 4; i++) { /* delafossite CuFeO2; the last name says which axes */
    snprintf(text, sizeof text,
             "data_x\n_cell_length_a 3.035\n_cell_length_b 3.035\n_cell_length_c 17.166\n_cell_angle_alpha 90\n"
             "_cell_angle_beta 90\n_cell_angle_gamma 120\n%s\n" ATOMS "Cu1 0 0 0\nFe1 0 0 .5\nO1 0 0 .1066\n",
             i < 4 ? names[i] : SYMBOL "'R -3 m :H'");
    check_crystal(text, 12, 8, 0.1066 * 17.166);
    snprintf(
        text, sizeof text,
        "data_x\n_cell_length_a 5.98469\n_cell_length_b 5.98469\n_cell_length_c 5.98469\n_cell_angle_alpha 29.3755\n"
        "_cell_angle_beta 29.3755\n_cell_angle_gamma 29.3755\n%s\n" ATOMS
        "Cu1 0 0 0\nFe1 .5 .5 .5\nO1 .1066 .1066 .1066\n",
        i < 4 ? names[i] : SYMBOL "'R -3 m R'");
    check_crystal(text, 4, 8, 0.1066 * 17.166);
  }
#undef SYMBOL
}

static void test_monoclinic_symbols_in_every_spelling(void)
{
#define TENORITE                                                                                                       \
  "_cell_length_a 4.6837\n_cell_length_b 3.4226\n_cell_length_c 5.1288\n_cell_angle_alpha 90\n_cell_angle_beta "       \
  "99.54\n_cell_angle_gamma 90\n"
#define UNIQUE_C                                                                                                       \
  "_cell_length_a 5.1288\n_cell_length_b 4.6837\n_cell_length_c 3.4226\n_cell_angle_alpha 90\n_cell_angle_beta "       \
  "90\n_cell_angle_gamma 99.54\n"
  const char *names[] = {"_space_group_IT_number 15",
                         "_symmetry_space_group_name_H-M 'C 1 2/c 1'",
                         "_symmetry_space_group_name_H-M 'C 2/c'",
                         "_symmetry_space_group_name_H-M C2/c",
                         "_symmetry_space_group_name_Hall '-C 2yc'",
                         "_symmetry_space_group_name_H-M c_1_2/c_1"};
  char        text[1000];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(text, sizeof text, "data_x\n" TENORITE "%s\n" ATOMS "Cu1 .25 .25 0\nO1 0 .4184 .25\n", names[i]);
    check_crystal(text, 8, 8, 1.951);
  }
  /* the same crystal with the unique axis named c: a -> b, b -> c, c -> a turns C 1 2/c 1 into A 1 1 2/a */
  check_crystal("data_x\n" UNIQUE_C "_symmetry_space_group_name_H-M 'A 1 1 2/a'\n" ATOMS
                "Cu1 0 .25 .25\nO1 .25 0 .4184\n",
                8, 8, 1.951);
  check_crystal("data_x\n" UNIQUE_C "_space_group_IT_number 15\n" ATOMS "Cu1 0 .25 .25\nO1 .25 0 .4184\n", 8, 8, 1.951);
  /* P 21/n is a setting of P 21/c: one atom in general position makes four (1.977 A in P 21/c) */
  check_crystal("data_x\n" TENORITE "_symmetry_space_group_name_H-M 'P 21/n'\n" ATOMS "Cu1 .1 .2 .3\n", 4, 29, 2.3248);
#undef TENORITE
#undef UNIQUE_C
}

static void test_old_names_of_space_groups(void)
{
  check_crystal("data_x\n" CUBIC "_symmetry_space_group_name_H-M 'F m 3 m'\n" ATOMS "Cu1 0 0 0\nO1 .5 .5 .5\n", 8, 8,
                2.1348);
  /* La2CuO4 is C m c a of old, C m c e of today */
  const char *names[] = {"'C m c a'", "Cmce"};
  for (size_t i = 0; i < 2; i++) {
    char text[1000];
    snprintf(text, sizeof text,
             "data_x\n_cell_length_a 5.352\n_cell_length_b 13.148\n_cell_length_c 5.400\n" RIGHT
             "_symmetry_space_group_name_H-M %s\n" ATOMS
             "Cu1 0 0 0\nLa1 0 .3615 .0070\nO1 .25 -.0075 .25\nO2 0 .1828 -.0360\n",
             names[i]);
    check_crystal(text, 28, 8, 1.903);
  }
}

static void test_rounded_special_positions_make_no_doubles(void)
{
  const char *thirds[][2] = {{"0.333333", "0.666667"}, {"0.3333", "0.6667"}, {"0.333", "0.667"}, {"0.33", "0.67"}};
  for (size_t i = 0; i < 4; i++) { /* covellite */
    char text[1500];
    snprintf(text, sizeof text,
             "data_x\n_cell_length_a 3.7938\n_cell_length_b 3.7938\n_cell_length_c 16.341\n_cell_angle_alpha "
             "90\n_cell_angle_beta 90\n"
             "_cell_angle_gamma 120\n_symmetry_space_group_name_H-M 'P 63/m m c'\n" ATOMS
             "Cu1 %s %s .75\nCu2 %s %s .10733\nS1 %s %s .25\nS2 0 0 .0634\n",
             thirds[i][0], thirds[i][1], thirds[i][0], thirds[i][1], thirds[i][0], thirds[i][1]);
    check_crystal(text, 12, 16, 3.7938 / sqrt(3.0));
  }
}

/* ---- real files ---- */

static void check_folder(const char *name, size_t n_expected)
{
  char *path = shared_data(name);
  if (path == NULL) SKIP("no shared data");
  DIR           *folder = opendir(path);
  struct dirent *file;
  size_t         n_read = 0;
  while (folder != NULL && (file = readdir(folder)) != NULL) {
    if (strstr(file->d_name, ".cif") == NULL) continue;
    char           full[1024];
    cuxas_crystal *crystal = NULL;
    cuxas_error    err     = {0};
    snprintf(full, sizeof full, "%s/%s", path, file->d_name);
    CHECK_STATUS(cuxas_crystal_read(full, &crystal, &err), CUXAS_OK);
    CHECK_TEXT(err.message, "");
    if (crystal != NULL) n_read += cuxas_crystal_count(crystal, 29) > 0;
    cuxas_crystal_free(crystal);
  }
  if (folder != NULL) closedir(folder);
  CHECK(n_read >= n_expected);
  free(path);
}

static void test_all_literature_files_read(void)
{
  check_folder("structures/literature", 15);
}

static void test_all_made_files_read(void)
{
  check_folder("structures/made", 730);
}

static char *read_whole(const char *path)
{
  FILE *in   = fopen(path, "rb");
  char *text = calloc(1, 1 << 22);
  if (in == NULL || text == NULL || fread(text, 1, (1 << 22) - 1, in) == 0) abort();
  fclose(in);
  return text;
}

static void test_lattice_and_sites_are_those_of_the_reference_reader(void)
{
  char *golden = shared_data("m3gnet/golden");
  if (golden == NULL) SKIP("no shared data");
  DIR           *folder = opendir(golden);
  struct dirent *file;
  int            n_compared = 0;
  while (folder != NULL && (file = readdir(folder)) != NULL) {
    if (strstr(file->d_name, ".json") == NULL) continue;
    char path[1024], name[300];
    snprintf(path, sizeof path, "%s/%s", golden, file->d_name);
    char  *text = read_whole(path);
    cJSON *root = cJSON_Parse(text);
    free(text);
    cuxas_crystal *crystal = NULL;
    for (int i = 0; i < 2 && crystal == NULL; i++) {
      snprintf(name, sizeof name, "structures/%s/%s", i == 0 ? "literature" : "made",
               cJSON_GetObjectItem(root, "cif")->valuestring);
      char *cif = shared_data(name);
      if (cif != NULL) CHECK_STATUS(cuxas_crystal_read(cif, &crystal, NULL), CUXAS_OK);
      free(cif);
    }
    if (crystal != NULL) {
      const cJSON *lattice = cJSON_GetObjectItem(root, "lattice"), *sites = cJSON_GetObjectItem(root, "frac_coords");
      CHECK((size_t)cJSON_GetArraySize(sites) == crystal->n_site);
      for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
          CHECK_NEAR(crystal->lattice_A[i][k], cJSON_GetArrayItem(cJSON_GetArrayItem(lattice, i), k)->valuedouble,
                     1e-7);
      for (size_t i = 0; i < crystal->n_site; i++)
        for (int k = 0; k < 3; k++) {
          const double difference =
              crystal->fractional[i][k] - cJSON_GetArrayItem(cJSON_GetArrayItem(sites, (int)i), k)->valuedouble;
          CHECK_NEAR(difference, round(difference), 1e-7);
        }
      n_compared++;
    }
    cuxas_crystal_free(crystal);
    cJSON_Delete(root);
  }
  if (folder != NULL) closedir(folder);
  CHECK(n_compared > 60);
  free(golden);
}

int main(void)
{
  RUN(test_syntax_as_found_in_the_wild);
  RUN(test_first_block_with_atoms_is_the_crystal);
  RUN(test_site_order_is_atom_then_operation);
  RUN(test_syntax_errors_name_their_line);
  RUN(test_bad_cells);
  RUN(test_occupancies_near_0_and_1_are_taken_for_it_with_a_warning);
  RUN(test_mixed_sites_are_dealt_in_the_right_shares);
  RUN(test_more_arrangements_than_a_cell_allows_are_drawn);
  RUN(test_vacancies_are_dealt_in_the_right_shares);
  RUN(test_split_positions_hold_one_atom);
  RUN(test_hydrogen_without_a_place_is_left_out_and_said);
  RUN(test_operations_that_stop_short_of_the_space_group_are_said);
  RUN(test_disorder_is_settled_the_same_way_every_time);
  RUN(test_groups_of_an_assembly_are_alternatives);
  RUN(test_groups_on_a_special_position_keep_their_images);
  RUN(test_a_negative_group_excludes_its_own_image);
  RUN(test_fully_occupied_groups_share);
  RUN(test_disorder_that_cannot_be_resolved_is_refused);
  RUN(test_modulations_without_their_group_are_refused);
  RUN(test_names_of_different_groups_are_told);
  RUN(test_the_formula_decides_between_origins);
  RUN(test_groups_under_one_symbol_are_their_heavy_atom);
  RUN(test_composition_is_compared_with_the_formula);
  RUN(test_origins_that_give_other_crystals_are_told);
  RUN(test_what_no_crystal_has_is_told);
  RUN(test_labels_are_read_by_the_formula);
  RUN(test_faults_beside_the_crystal_are_warned_of);
  RUN(test_blocks_of_question_marks_are_passed_over);
  RUN(test_operations_that_are_no_group_are_refused);
  RUN(test_magnetic_groups_give_their_atoms);
  RUN(test_modulated_structures_are_refused);
  RUN(test_mixed_sites_are_refused);
  RUN(test_bad_atoms);
  RUN(test_cartesian_and_dummy_atoms);
  RUN(test_deuterium_is_hydrogen);
  RUN(test_bad_operations);
  RUN(test_unknown_or_unfitting_space_groups);
  RUN(test_no_symmetry_means_p1);
  RUN(test_atoms_listed_with_their_images_come_once);
  RUN(test_cuprite_by_name_and_by_either_origin);
  RUN(test_spinel_by_either_origin);
  RUN(test_rhombohedral_group_on_hexagonal_and_on_rhombohedral_axes);
  RUN(test_monoclinic_symbols_in_every_spelling);
  RUN(test_old_names_of_space_groups);
  RUN(test_rounded_special_positions_make_no_doubles);
  RUN(test_all_literature_files_read);
  RUN(test_all_made_files_read);
  RUN(test_lattice_and_sites_are_those_of_the_reference_reader);
  return CHECK_REPORT();
}
