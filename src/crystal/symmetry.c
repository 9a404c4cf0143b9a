/* symmetry.c - symmetry by spglib: orbits of sites and space groups, so that equal sites are predicted and simulated once; and a
 * crystal as CIF, with the operations of its space group
 *
 * Contents
 *   1. Orbits and space groups
 *   2. Symmetry in the crystal's own cell, at the space group's own origin
 *   3. Symmetrising
 *   4. The file
 *   5. Are two crystals the same? */
#include "cuxas/crystal.h"

#include "base/elements.h"
#include "base/memory.h"
#include "base/text.h"
#include "crystal/crystal_priv.h"
#include "crystal/crystal_write.h"
#include "crystal/neighbor.h"
#include "crystal/same_crystal.h"
#include "crystal/spacegroup_priv.h"

#include <limits.h>
#include <math.h>
#include <spglib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. Orbits and space groups ---- */

/* A. Togo, K. Shinohara, I. Tanaka, Sci. Technol. Adv. Mater. Meth. 4, 2384822 (2024). */

/* Threads: the only state that spglib 2 keeps between calls is an error code, which every call stores and only
 * spg_get_error_code() reads (checked in the stores of Debian's 2.0.2). Nobody here asks for it: failure shows in the
 * results, so calls from several threads need no lock, and a lock would cost much, since spglib takes up to 80 ms for a
 * cubic crystal. */

void cuxas_orbits_free(cuxas_orbits *orbits)
{
  if (orbits == NULL) return;
  free(orbits->first_site);
  free(orbits->multiplicity);
  free(orbits->orbit_of);
  free(orbits);
}

static cuxas_orbits *new_orbits(size_t n_site, size_t n_absorber)
{
  cuxas_orbits *orbits = cuxas_new(NULL, 1, sizeof *orbits);
  if (orbits == NULL) return NULL;
  orbits->n_site       = n_site;
  orbits->first_site   = cuxas_new(NULL, n_absorber, sizeof *orbits->first_site);
  orbits->multiplicity = cuxas_new(NULL, n_absorber, sizeof *orbits->multiplicity);
  orbits->orbit_of     = cuxas_new(NULL, n_site, sizeof *orbits->orbit_of);
  if (orbits->first_site != NULL && orbits->multiplicity != NULL && orbits->orbit_of != NULL) return orbits;
  cuxas_orbits_free(orbits);
  return NULL;
}

/* spglib wants columns as cell vectors and a right-handed cell: a left-handed one is described with -a. */
static SpglibDataset *call_spglib(const cuxas_crystal *crystal, double (*position)[3], double symprec_A)
{
  const double sign_a = cuxas_matrix_determinant(crystal->lattice_A) < 0.0 ? -1.0 : 1.0;
  double       columns[3][3];

  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) columns[k][i] = (i == 0 ? sign_a : 1.0) * crystal->lattice_A[i][k];
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++)
    for (int k = 0; k < 3; k++) {
      const double x      = (k == 0 ? sign_a : 1.0) * crystal->fractional[i_site][k];
      position[i_site][k] = x - floor(x);
    }
  return spg_get_dataset(columns, position, crystal->atomic_number, (int)crystal->n_site, symprec_A);
}

int cuxas_symmetry_find_space_group(const cuxas_crystal *crystal, double symprec_A,
                                    char ret_symbol[CUXAS_SPACE_GROUP_SIZE])
{
  int number           = 0;
  double(*position)[3] = cuxas_new(NULL, crystal->n_site, sizeof *position);
  ret_symbol[0]        = '\0';
  if (position != NULL && crystal->n_site <= INT_MAX) {
    SpglibDataset *dataset = call_spglib(crystal, position, symprec_A);
    if (dataset != NULL) {
      number = dataset->spacegroup_number;
      snprintf(ret_symbol, CUXAS_SPACE_GROUP_SIZE, "%s", dataset->international_symbol);
      spg_free_dataset(dataset);
    }
  }
  free(position);
  return number;
}

/* crystallographic_orbits, not equivalent_atoms: the latter knows only operations that map the given cell onto itself,
 * and so splits the orbits of a supercell whose shape is less symmetric than the crystal */
static bool ask_spglib(const cuxas_crystal *crystal, double (*position)[3], double symprec_A, size_t *ret_class)
{
  if (crystal->n_site > INT_MAX) return false;
  SpglibDataset *dataset  = call_spglib(crystal, position, symprec_A);
  const bool     is_found = dataset != NULL && (size_t)dataset->n_atoms == crystal->n_site;
  for (size_t i = 0; is_found && i < crystal->n_site; i++) ret_class[i] = (size_t)dataset->crystallographic_orbits[i];
  if (dataset != NULL) spg_free_dataset(dataset);
  return is_found;
}

cuxas_status cuxas_symmetry_find_orbits(const cuxas_crystal *crystal, int absorber, double symprec_A,
                                        cuxas_orbits **ret_orbits, cuxas_error *err)
{
  const size_t  n_site = crystal->n_site, n_absorber = cuxas_crystal_count(crystal, absorber);
  cuxas_status  status   = CUXAS_OK;
  cuxas_orbits *orbits   = NULL;
  size_t       *orbit_at = NULL, *class_of = NULL; /* (n_site) orbit that a class has been given; class of each site */
  double(*position)[3] = NULL;

  *ret_orbits = NULL;
  if (n_absorber == 0) {
    const cuxas_element *element = cuxas_element_find(absorber);
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no %s atom in the crystal", element != NULL ? element->symbol : "such");
  }
  orbits   = new_orbits(n_site, n_absorber);
  orbit_at = cuxas_new(err, n_site, sizeof *orbit_at);
  class_of = cuxas_new(err, n_site, sizeof *class_of);
  position = cuxas_new(err, n_site, sizeof *position);
  if (orbits == NULL || orbit_at == NULL || class_of == NULL || position == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }

  /* a single absorber is its own orbit: nothing to ask, and spglib takes much of the time of a prediction */
  orbits->found =
      n_absorber > 1 && (cuxas_neighbors_tell_orbits(crystal, absorber, symprec_A, class_of) ||
                         (n_site <= CUXAS_SYMMETRY_MOST_SITES && ask_spglib(crystal, position, symprec_A, class_of)));
  for (size_t i = 0; !orbits->found && i < n_site; i++) class_of[i] = i;
  if (n_absorber == 1) orbits->found = true;

  for (size_t i_site = 0; i_site < n_site; i_site++) orbit_at[i_site] = SIZE_MAX;
  for (size_t i_site = 0; i_site < n_site; i_site++) {
    orbits->orbit_of[i_site] = SIZE_MAX;
    if (crystal->atomic_number[i_site] != absorber) continue;
    const size_t i_class = class_of[i_site];
    if (orbit_at[i_class] == SIZE_MAX) {
      orbit_at[i_class]                     = orbits->n_orbit;
      orbits->first_site[orbits->n_orbit++] = i_site;
    }
    orbits->orbit_of[i_site] = orbit_at[i_class];
    orbits->multiplicity[orbit_at[i_class]]++;
  }
  *ret_orbits = orbits;
  orbits      = NULL;
done:
  free(position);
  free(orbit_at);
  free(class_of);
  cuxas_orbits_free(orbits);
  return status;
}

cuxas_status cuxas_symmetry_find_classes(const cuxas_crystal *crystal, double symprec_A, size_t *ret_first,
                                         cuxas_error *err)
{
  const size_t n_site  = crystal->n_site;
  size_t      *first   = cuxas_new(err, n_site, sizeof *first); /* of each class */
  double(*position)[3] = cuxas_new(err, n_site, sizeof *position);
  cuxas_status status  = CUXAS_OK;
  if (first == NULL || position == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  const bool is_found = n_site > 1 && ask_spglib(crystal, position, symprec_A, ret_first);
  for (size_t i = 0; i < n_site; i++) first[i] = SIZE_MAX;
  for (size_t i = 0; i < n_site; i++) {
    size_t *known = &first[is_found ? ret_first[i] : i];
    if (*known == SIZE_MAX) *known = i;
    ret_first[i] = *known;
  }
done:
  free(position);
  free(first);
  return status;
}

typedef struct {
  double lattice_A[3][3]; /* right-handed, as any cell of a CIF: a left-handed crystal is described with -a, -x */
  size_t n_operation;
  cuxas_operation *operation;
  int              number;         /* International Tables */
  char             symbol[16];     /* "" unless the cell is the standard one, for which alone it would be right */
  size_t          *representative; /* (n_site) first site of the orbit */
  double (*fractional)[3];         /* (n_site) positions from the new origin */
} own_symmetry;

static void own_symmetry_end(own_symmetry *symmetry)
{
  free(symmetry->operation);
  free(symmetry->representative);
  free(symmetry->fractional);
}

/* ---- 2. Symmetry in the crystal's own cell, at the space group's own origin ---- */

static bool is_unit_matrix(const double matrix[3][3])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (fabs(matrix[i][j] - (i == j)) > 1e-6) return false;
  return true;
}

/* Operations of an unreduced cell may read "x+2y+z", which few readers of CIFs understand. */
static bool has_plain_operations(const SpglibDataset *dataset)
{
  for (int i_operation = 0; i_operation < dataset->n_operations; i_operation++)
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        if (abs(dataset->rotations[i_operation][i][j]) > 1) return false;
  return true;
}

/* spglib's standard coordinates are P x + p: from the origin -P^-1 p, operations are the tabulated ones but for P. */
static bool find_origin(const SpglibDataset *dataset, double ret_origin[3])
{
  double inverse[3][3];
  if (!cuxas_matrix_invert(dataset->transformation_matrix, inverse)) return false;
  for (int i = 0; i < 3; i++)
    ret_origin[i] = -(inverse[i][0] * dataset->origin_shift[0] + inverse[i][1] * dataset->origin_shift[1] +
                      inverse[i][2] * dataset->origin_shift[2]);
  return true;
}

/* spglib's translations carry the noise of the positions; those of a group in its own origin are fractions with a small
 * denominator, or, in supercells, a larger one. Fractions up to twelfths are at least 0.0076 apart. */
static double clean_translation(double translation)
{
  translation -= floor(translation);
  for (int q = 1; q <= 48; q++) {
    const double p = round(translation * q);
    if (fabs(translation - p / q) < (q <= 12 ? 3e-3 : 1e-4)) return p >= q ? 0.0 : p / q;
  }
  return translation;
}

static void take_operations(const SpglibDataset *dataset, const double origin[3], own_symmetry *symmetry)
{
  for (size_t i = 0; i < symmetry->n_operation; i++) {
    cuxas_operation *operation = &symmetry->operation[i];
    memcpy(operation->rotation, dataset->rotations[i], sizeof operation->rotation);
    for (int k = 0; k < 3; k++) { /* W (x' + o) + w = x'' + o */
      double translation = dataset->translations[i][k] - origin[k];
      for (int l = 0; l < 3; l++) translation += operation->rotation[k][l] * origin[l];
      operation->translation[k] = clean_translation(translation);
    }
  }
}

/* P 1: what remains when spglib finds nothing that can be written. */
static void take_nothing(own_symmetry *symmetry, size_t n_site)
{
  symmetry->n_operation  = 1;
  symmetry->operation[0] = (cuxas_operation){.rotation = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  symmetry->number       = 1;
  strcpy(symmetry->symbol, "P 1");
  for (size_t i = 0; i < n_site; i++) symmetry->representative[i] = i;
}

static cuxas_status find_symmetry(const cuxas_crystal *crystal, own_symmetry *symmetry, cuxas_error *err)
{
  const double   sign_a = cuxas_matrix_determinant(crystal->lattice_A) < 0.0 ? -1.0 : 1.0;
  const size_t   n_site = crystal->n_site;
  double         columns[3][3], origin[3] = {0.0, 0.0, 0.0};
  SpglibDataset *dataset = NULL;

  symmetry->representative = cuxas_new(err, n_site, sizeof *symmetry->representative);
  symmetry->fractional     = cuxas_new(err, n_site, sizeof *symmetry->fractional);
  if (symmetry->representative == NULL || symmetry->fractional == NULL) goto no_memory;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      columns[k][i] = symmetry->lattice_A[i][k] = (i == 0 ? sign_a : 1.0) * crystal->lattice_A[i][k];
  for (size_t i = 0; i < n_site; i++) {
    memcpy(symmetry->fractional[i], crystal->fractional[i], sizeof symmetry->fractional[i]);
    symmetry->fractional[i][0] *= sign_a;
    for (int k = 0; k < 3; k++) symmetry->fractional[i][k] -= floor(symmetry->fractional[i][k]);
  }

  dataset = spg_get_dataset(columns, symmetry->fractional, crystal->atomic_number, (int)n_site, CUXAS_SYMPREC_A);
  if (dataset != NULL &&
      ((size_t)dataset->n_atoms != n_site || !has_plain_operations(dataset) || !find_origin(dataset, origin))) {
    spg_free_dataset(dataset);
    dataset = NULL;
  }
  symmetry->n_operation = dataset != NULL ? (size_t)dataset->n_operations : 1;
  symmetry->operation   = cuxas_new(err, symmetry->n_operation, sizeof *symmetry->operation);
  if (symmetry->operation == NULL) goto no_memory;
  if (dataset == NULL) {
    take_nothing(symmetry, n_site);
    return CUXAS_OK;
  }

  take_operations(dataset, origin, symmetry);
  symmetry->number = dataset->spacegroup_number;
  if (is_unit_matrix(dataset->transformation_matrix)) {
    const SpglibSpacegroupType type = spg_get_spacegroup_type(dataset->hall_number);
    const char *name = strrchr(type.international, '=') != NULL ? type.international_full : type.international;
    size_t      n    = 0;
    for (; *name != '\0' && n + 1 < sizeof symmetry->symbol; name++)
      if (*name != '_') symmetry->symbol[n++] = *name;
    if (type.choice[0] != '\0' && strchr("12HR", type.choice[0]) != NULL)
      snprintf(symmetry->symbol + n, sizeof symmetry->symbol - n, " :%c", type.choice[0]);
  }
  for (size_t i = 0; i < n_site; i++) {
    symmetry->representative[i] = (size_t)dataset->equivalent_atoms[i];
    for (int k = 0; k < 3; k++) symmetry->fractional[i][k] -= origin[k];
  }
  spg_free_dataset(dataset);
  return CUXAS_OK;

no_memory:
  if (dataset != NULL) spg_free_dataset(dataset);
  return cuxas_no_memory(err);
}

/* ---- 3. Symmetrising ---- */

/* Cell lengths (angstrom) and angles (degrees) of the mean metric tensor over all operations. */
static void symmetrise_cell(const own_symmetry *symmetry, double ret_cell[6])
{
  double metric[3][3] = {{0.0}}, mean[3][3] = {{0.0}};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++) metric[i][j] += symmetry->lattice_A[i][k] * symmetry->lattice_A[j][k];
  for (size_t i_operation = 0; i_operation < symmetry->n_operation; i_operation++) {
    const int(*rotation)[3] = symmetry->operation[i_operation].rotation;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        for (int k = 0; k < 3; k++)
          for (int l = 0; l < 3; l++)
            mean[i][j] += rotation[k][i] * metric[k][l] * rotation[l][j] / (double)symmetry->n_operation;
  }
  for (int k = 0; k < 3; k++) ret_cell[k] = sqrt(mean[k][k]);
  for (int k = 0; k < 3; k++) {
    const int i = (k + 1) % 3, j = (k + 2) % 3;
    ret_cell[3 + k] = acos(mean[i][j] / (ret_cell[i] * ret_cell[j])) * 180.0 / acos(-1.0);
  }
}

/* A site moved onto the symmetry elements it (almost) lies on, inside the cell. */
static void symmetrise_site(const own_symmetry *symmetry, size_t i_site, double ret_fractional[3])
{
  memcpy(ret_fractional, symmetry->fractional[i_site], 3 * sizeof *ret_fractional);
  cuxas_asymmetric_move_to_special(symmetry->operation, symmetry->n_operation, symmetry->lattice_A, ret_fractional);
  for (int k = 0; k < 3; k++) {
    ret_fractional[k] -= floor(ret_fractional[k]);
    if (ret_fractional[k] > 1.0 - 5e-9) ret_fractional[k] = 0.0; /* would print as 1.00000000 */
  }
}

/* ---- 4. The file ---- */

static void write_comment(const char *comment, FILE *out)
{
  while (comment != NULL && *comment != '\0') {
    const size_t n_byte = strcspn(comment, "\n");
    fprintf(out, "# %.*s\n", (int)n_byte, comment);
    comment += n_byte + (comment[n_byte] == '\n');
  }
}

static void write_block_name(const char *name, FILE *out)
{
  fputs("data_", out);
  for (; *name != '\0'; name++) putc(*name > ' ' && *name < 127 ? *name : '_', out);
  putc('\n', out);
}

/* "Cu4 O4" */
static void write_formula_sum(const cuxas_crystal *crystal, FILE *out)
{
  const char *gap = "";
  fputs("_chemical_formula_sum '", out);
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const size_t n_atom = cuxas_crystal_count(crystal, z);
    if (n_atom == 0) continue;
    fprintf(out, "%s%s%zu", gap, cuxas_element_find(z)->symbol, n_atom);
    gap = " ";
  }
  fputs("'\n", out);
}

cuxas_status cuxas_crystal_write_cif(const cuxas_crystal *crystal, const char *name, const char *comment, FILE *out,
                                     cuxas_error *err)
{
  const cuxas_locale locale   = cuxas_locale_begin();
  own_symmetry       symmetry = {0};
  double             cell[6];
  cuxas_status       status = find_symmetry(crystal, &symmetry, err);
  if (status != CUXAS_OK) goto done;
  symmetrise_cell(&symmetry, cell);

  write_comment(comment, out);
  write_block_name(name, out);
  write_formula_sum(crystal, out);
  fprintf(out, "_cell_length_a %.6f\n_cell_length_b %.6f\n_cell_length_c %.6f\n", cell[0], cell[1], cell[2]);
  fprintf(out, "_cell_angle_alpha %.6f\n_cell_angle_beta %.6f\n_cell_angle_gamma %.6f\n", cell[3], cell[4], cell[5]);
  fprintf(out, "_space_group_IT_number %d\n", symmetry.number);
  if (symmetry.symbol[0] != '\0') fprintf(out, "_space_group_name_H-M_alt '%s'\n", symmetry.symbol);
  fputs("loop_\n_space_group_symop_operation_xyz\n", out);
  for (size_t i = 0; i < symmetry.n_operation; i++) {
    char text[CUXAS_OPERATION_LENGTH];
    cuxas_operation_write(&symmetry.operation[i], text);
    fprintf(out, "'%s'\n", text);
  }
  fputs("loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n",
        out);
  size_t n_written[CUXAS_N_ELEMENT + 1] = {0};
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++) {
    if (symmetry.representative[i_site] != i_site) continue;
    const int   z      = crystal->atomic_number[i_site];
    const char *symbol = cuxas_element_find(z)->symbol;
    double      x[3];
    symmetrise_site(&symmetry, i_site, x);
    fprintf(out, "%s%zu %s %.8f %.8f %.8f\n", symbol, ++n_written[z], symbol, x[0], x[1], x[2]);
  }
  if (ferror(out)) status = cuxas_fail(err, CUXAS_EIO, "cannot write the CIF '%s'", name);
done:
  cuxas_locale_end(locale);
  own_symmetry_end(&symmetry);
  return status;
}

/* ---- 5. Are two crystals the same? ---- */

/* By the lengths of the cell vectors and of the lines between their ends, which no rotation changes. */
static bool has_same_cell(const cuxas_crystal *a, const cuxas_crystal *b)
{
  static const double LINE[][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, -1, 0}, {0, 1, -1}, {-1, 0, 1}};
  for (size_t i = 0; i < sizeof LINE / sizeof *LINE; i++) {
    double of_a[3], of_b[3];
    cuxas_crystal_cartesian_A(a, LINE[i], of_a);
    cuxas_crystal_cartesian_A(b, LINE[i], of_b);
    if (fabs(hypot(hypot(of_a[0], of_a[1]), of_a[2]) - hypot(hypot(of_b[0], of_b[1]), of_b[2])) > CUXAS_SAME_CRYSTAL_A)
      return false;
  }
  return true;
}

static bool is_same_place(const cuxas_crystal *a, const double left[3], const double right[3])
{
  double difference[3], difference_A[3];
  for (int j = 0; j < 3; j++) {
    difference[j] = left[j] - right[j];
    difference[j] -= round(difference[j]);
  }
  cuxas_crystal_cartesian_A(a, difference, difference_A);
  return hypot(hypot(difference_A[0], difference_A[1]), difference_A[2]) <= CUXAS_SAME_CRYSTAL_A;
}

/* The site of b where an atom of a is, whose origin is `origin` of b's. Atoms keep their distance, so that no two of a are near the
 * same one of b. */
static size_t find_site(const cuxas_crystal *a, size_t i, const cuxas_crystal *b, const double origin[3])
{
  double place[3];
  for (int j = 0; j < 3; j++) place[j] = a->fractional[i][j] + origin[j];
  for (size_t n = 0; n < b->n_site; n++) {
    const size_t k = (i + n) % b->n_site; /* files mostly agree on the order */
    if (a->atomic_number[i] == b->atomic_number[k] && is_same_place(a, place, b->fractional[k])) return k;
  }
  return SIZE_MAX;
}

static bool has_same_sites(const cuxas_crystal *a, const cuxas_crystal *b, const double origin[3])
{
  for (size_t i = 0; i < a->n_site; i++)
    if (find_site(a, i, b, origin) == SIZE_MAX) return false;
  return true;
}

static size_t count_element(const cuxas_crystal *crystal, int atomic_number)
{
  size_t n = 0;
  for (size_t i = 0; i < crystal->n_site; i++) n += crystal->atomic_number[i] == atomic_number;
  return n;
}

bool cuxas_same_crystal(const cuxas_crystal *a, const cuxas_crystal *b, size_t *ret_site)
{
  double origin[3] = {0.0, 0.0, 0.0};
  size_t rare = 0, n_rare = SIZE_MAX; /* an atom of a, of which there are few */
  if (a->n_site != b->n_site || !has_same_cell(a, b)) return false;
  for (size_t i = 0; i < a->n_site; i++) {
    const size_t n = count_element(a, a->atomic_number[i]);
    if (n != count_element(b, a->atomic_number[i])) return false;
    if (n >= n_rare) continue;
    rare   = i;
    n_rare = n;
  }
  bool is_same = has_same_sites(a, b, origin);
  for (size_t k = 0; k < b->n_site && !is_same; k++) { /* it is one of b's */
    if (b->atomic_number[k] != a->atomic_number[rare]) continue;
    for (int j = 0; j < 3; j++) origin[j] = b->fractional[k][j] - a->fractional[rare][j];
    is_same = has_same_sites(a, b, origin);
  }
  for (size_t i = 0; is_same && i < a->n_site; i++) ret_site[i] = find_site(a, i, b, origin);
  return is_same;
}
