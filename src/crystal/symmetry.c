/* symmetry.c - orbits of sites and space groups of crystals, by spglib: equal sites are predicted and simulated once */
#include "cuxas/crystal.h"
#include "base/memory.h"
#include "base/elements.h"
#include "crystal/crystal_priv.h"
#include "crystal/neighbor.h"

#include <limits.h>
#include <math.h>
#include <spglib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
