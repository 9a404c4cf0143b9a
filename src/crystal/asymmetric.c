#include "crystal/asymmetric_priv.h"

#include "crystal/crystal_priv.h"
#include "base/memory.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SAME_SITE_A 0.1 /* symmetry images this close are one atom: its coordinates were rounded */

/* The step from one point to the nearest image of another; returns its length, angstrom. */
static double nearest_step(const double from[3], const double to[3], const double lattice_A[3][3], double ret_step[3])
{
  double vector_A[3];
  for (int k = 0; k < 3; k++) {
    ret_step[k] = to[k] - from[k];
    ret_step[k] -= round(ret_step[k]);
  }
  cuxas_row_times_matrix(ret_step, lattice_A, vector_A);
  return sqrt(vector_A[0] * vector_A[0] + vector_A[1] * vector_A[1] + vector_A[2] * vector_A[2]);
}

void cuxas_asymmetric_move_to_special(const cuxas_operation *operations, size_t n_operation,
                                      const double lattice_A[3][3], double position[3])
{
  double sum[3] = {0.0, 0.0, 0.0}, step[3], image[3];
  size_t n_same = 0;
  for (size_t i = 0; i < n_operation; i++) {
    cuxas_operation_apply(&operations[i], position, image);
    if (nearest_step(position, image, lattice_A, step) >= SAME_SITE_A) continue;
    for (int k = 0; k < 3; k++) sum[k] += step[k];
    n_same++;
  }
  if (n_same > 1)
    for (int k = 0; k < 3; k++) position[k] += sum[k] / (double)n_same;
}

typedef struct {
  size_t n_site, n_room;
  int   *atomic_number;
  double (*fractional)[3];
  size_t *atom; /* the atom of the asymmetric unit that the site comes from */
} site_list;

static void site_list_free(site_list *list)
{
  free(list->atomic_number);
  free(list->fractional);
  free(list->atom);
}

static bool site_list_add(site_list *list, int atomic_number, const double fractional[3], size_t i_atom)
{
  if (list->n_site == list->n_room) {
    const size_t n_room = list->n_room > 0 ? 2 * list->n_room : 64;
    void        *grown;
    if ((grown = cuxas_grow_array(list->atomic_number, n_room, sizeof *list->atomic_number)) == NULL) return false;
    list->atomic_number = grown;
    if ((grown = cuxas_grow_array(list->fractional, n_room, sizeof *list->fractional)) == NULL) return false;
    list->fractional = grown;
    if ((grown = cuxas_grow_array(list->atom, n_room, sizeof *list->atom)) == NULL) return false;
    list->atom   = grown;
    list->n_room = n_room;
  }
  list->atomic_number[list->n_site] = atomic_number;
  memcpy(list->fractional[list->n_site], fractional, sizeof list->fractional[0]);
  list->atom[list->n_site++] = i_atom;
  return true;
}

/* A site among those of other atoms that has the same position: orbits are equal or have nothing in common, so looking
 * for one member is enough. SIZE_MAX: none. */
static size_t find_same_site(const site_list *list, const double position[3], const double lattice_A[3][3])
{
  double step[3];
  for (size_t i = 0; i < list->n_site; i++)
    if (nearest_step(list->fractional[i], position, lattice_A, step) < SAME_SITE_A) return i;
  return SIZE_MAX;
}

static cuxas_status add_images(const char *path, const cuxas_unit_atom *atoms, size_t i_atom, const double position[3],
                               const cuxas_operation *operations, size_t n_operation, const double lattice_A[3][3],
                               site_list *list, cuxas_error *err)
{
  const size_t i_first = list->n_site;
  double       image[3], step[3];
  for (size_t i = 0; i < n_operation; i++) {
    bool is_new = true;
    cuxas_operation_apply(&operations[i], position, image);
    for (size_t j = i_first; is_new && j < list->n_site; j++)
      is_new = nearest_step(list->fractional[j], image, lattice_A, step) >= SAME_SITE_A;
    if (!is_new) continue;
    if (list->n_site == CUXAS_CRYSTAL_MAX_SITES)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d atoms in the cell", path, CUXAS_CRYSTAL_MAX_SITES);
    if (!site_list_add(list, atoms[i_atom].atomic_number, image, i_atom))
      return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for the sites", path);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_asymmetric_expand(const char *path, const cuxas_unit_atom *atoms, size_t n_atom,
                                     const cuxas_operation *operations, size_t n_operation,
                                     const double lattice_A[3][3], cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cuxas_status   status  = CUXAS_OK;
  site_list      list    = {0};
  cuxas_crystal *crystal = NULL;

  for (size_t i_atom = 0; i_atom < n_atom; i_atom++) {
    double position[3];
    memcpy(position, atoms[i_atom].fractional, sizeof position);
    if (n_operation > 1) { /* in P 1 a doubled atom is left to the check of distances */
      cuxas_asymmetric_move_to_special(operations, n_operation, lattice_A, position);
      const size_t same = find_same_site(&list, position, lattice_A);
      if (same != SIZE_MAX) {
        const cuxas_unit_atom *other = &atoms[list.atom[same]];
        if (other->atomic_number == atoms[i_atom].atomic_number) continue;
        status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: mixed site: %.40s and %.40s (line %zu) share a position",
                            path, atoms[i_atom].i_line, atoms[i_atom].label, other->label, other->i_line);
        goto done;
      }
    }
    status = add_images(path, atoms, i_atom, position, operations, n_operation, lattice_A, &list, err);
    if (status != CUXAS_OK) goto done;
  }

  if ((crystal = cuxas_crystal_new(list.n_site)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu sites", path, list.n_site);
    goto done;
  }
  memcpy(crystal->lattice_A, lattice_A, sizeof crystal->lattice_A);
  if (list.n_site > 0) {
    memcpy(crystal->atomic_number, list.atomic_number, list.n_site * sizeof *list.atomic_number);
    memcpy(crystal->fractional, list.fractional, list.n_site * sizeof *list.fractional);
  }
  *ret_crystal = crystal;
done:
  site_list_free(&list);
  return status;
}

cuxas_status cuxas_asymmetric_expand_named(const char *path, const cuxas_unit_atom *atoms, size_t n_atom,
                                           const int *hall, size_t n_hall, const double lattice_A[3][3],
                                           cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cuxas_crystal *best         = NULL;
  bool           best_is_sane = false, best_is_second = false;
  cuxas_status   status      = CUXAS_OK;
  cuxas_error    first_error = {0};

  for (size_t i = 0; i < n_hall; i++) {
    cuxas_operation operations[CUXAS_MAX_OPERATIONS];
    const size_t    n_operation = cuxas_spacegroup_operations(hall[i], operations);
    cuxas_crystal  *crystal     = NULL;
    cuxas_error     error       = {0};
    status = cuxas_asymmetric_expand(path, atoms, n_atom, operations, n_operation, lattice_A, &crystal, &error);
    if (status == CUXAS_ENOMEM) {
      cuxas_crystal_free(best);
      return cuxas_fail(err, status, "%s", error.message);
    }
    if (status != CUXAS_OK) {
      if (first_error.status == CUXAS_OK) first_error = error;
      continue;
    }
    const bool is_sane   = cuxas_crystal_check(crystal, path, NULL) == CUXAS_OK;
    const bool is_second = cuxas_spacegroup_has_second_origin(hall[i]);
    bool       is_better = best == NULL;
    if (best != NULL && is_sane != best_is_sane)
      is_better = is_sane;
    else if (best != NULL && crystal->n_site != best->n_site)
      is_better = crystal->n_site < best->n_site;
    else if (best != NULL)
      is_better = is_second && !best_is_second;
    if (is_better) {
      cuxas_crystal_free(best);
      best           = crystal;
      best_is_sane   = is_sane;
      best_is_second = is_second;
    } else {
      cuxas_crystal_free(crystal);
    }
  }
  if (best == NULL) return cuxas_fail(err, first_error.status, "%s", first_error.message);
  *ret_crystal = best;
  return CUXAS_OK;
}
