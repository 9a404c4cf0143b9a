/* Radial symmetry functions of the absorber's surroundings: sums over neighbours of a Gaussian in the distance times a
 * smooth cutoff (Behler, J. Chem. Phys. 134, 074106 (2011)), weighted by 1 and by the atomic number (Gastegger et al.,
 * J. Chem. Phys. 148, 241709 (2018)). */
#include "featurizer_priv.h"

#include "cuxas/memory.h"
#include "cuxas/neighbor.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  double cutoff_A;
  size_t n_radial;
} symfun;

static void free_symfun(void *state)
{
  free(state);
}

static cuxas_status new_symfun(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                               cuxas_error *err)
{
  (void)tensors;
  const cJSON *cutoff   = cJSON_GetObjectItemCaseSensitive(description, "cutoff_A");
  const cJSON *n_radial = cJSON_GetObjectItemCaseSensitive(description, "n_radial");
  if (!cJSON_IsNumber(cutoff) || !(cutoff->valuedouble > 0.0 && cutoff->valuedouble <= 20.0))
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer symfun: \"cutoff_A\" is not a number in 0...20");
  if (!cJSON_IsNumber(n_radial) || !(n_radial->valuedouble >= 2.0 && n_radial->valuedouble <= 256.0))
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer symfun: \"n_radial\" is not a number in 2...256");
  symfun *state = cuxas_new_array(1, sizeof *state);
  if (state == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "featurizer symfun: no memory");
  state->cutoff_A = cutoff->valuedouble;
  state->n_radial = (size_t)n_radial->valuedouble;
  *ret_state      = state;
  return CUXAS_OK;
}

static size_t length_of(const void *state)
{
  return 2 * ((const symfun *)state)->n_radial;
}

static cuxas_status run(const void *state, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                        float *ret_features, cuxas_error *err)
{
  const symfun      *f         = state;
  cuxas_neighbors   *neighbors = NULL;
  const double       pi = acos(-1.0), width_A = f->cutoff_A / (double)f->n_radial;
  const cuxas_status status = cuxas_neighbors_find(crystal, sites, n_site, f->cutoff_A, &neighbors, err);
  if (status != CUXAS_OK) return status;
  for (size_t i_site = 0; i_site < n_site; i_site++) {
    float *feature = ret_features + i_site * length_of(f);
    for (size_t i_radial = 0; i_radial < f->n_radial; i_radial++) {
      double sum[2] = {0.0, 0.0};
      for (size_t i = neighbors->first[i_site]; i < neighbors->first[i_site + 1]; i++) {
        const cuxas_bond *bond = &neighbors->bond[i];
        const double      x    = (bond->distance_A - width_A * (double)(i_radial + 1)) / width_A;
        const double      g    = 0.5 * exp(-0.5 * x * x) * (1.0 + cos(pi * fmin(bond->distance_A / f->cutoff_A, 1.0)));
        sum[0] += g;
        sum[1] += g * crystal->atomic_number[bond->target];
      }
      feature[i_radial]               = (float)sum[0];
      feature[f->n_radial + i_radial] = (float)(sum[1] / 29.0);
    }
  }
  cuxas_neighbors_free(neighbors);
  return CUXAS_OK;
}

const cuxas_featurizer_ops cuxas_featurizer_symfun_ops = {
    .name = "symfun", .new = new_symfun, .free = free_symfun, .length = length_of, .run = run};
