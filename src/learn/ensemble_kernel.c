/* The kernel machines of an ensemble: one per edge and channel, those with a core hole relative to those without. */
#include "base/memory.h"
#include "learn/ensemble_priv.h"

#include <stdlib.h>
#include <string.h>

/* What one machine learns from. */
typedef struct {
  size_t  n_row, n_feature, n_energy;
  size_t *group;   /* (n_row) */
  float  *feature; /* (n_row, n_feature) */
  float  *z;       /* (n_row, n_energy) */
} material;

static void free_material(material *m)
{
  free(m->group);
  free(m->feature);
  free(m->z);
}

/* find_rows() - of the ensemble's rows those with a target, and with one without a core hole where that is the base */
static cuxas_status find_rows(const cuxas_ensemble_rows *rows, size_t i_edge, cuxas_channel channel, bool is_relative,
                              const cuxas_ensemble *ensemble, size_t **ret_row, size_t *ret_n_row, cuxas_error *err)
{
  const bool *known = rows->dataset->known[i_edge][channel];
  const bool *base  = rows->dataset->known[i_edge][CUXAS_CHANNEL_NO_HOLE];
  size_t     *row   = cuxas_new_array(ensemble->n_row, sizeof *row);
  size_t      n     = 0;
  if (row == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel machine");
  for (size_t i = 0; i < ensemble->n_row; i++)
    if (known[rows->row[i]] && (!is_relative || base[rows->row[i]])) row[n++] = i;
  *ret_row   = row;
  *ret_n_row = n;
  return n > 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "no spectrum to learn from");
}

/* fill_z() - one row: the logarithm of its spectrum, or of its ratio to the one without a core hole, moved down by the
 * row's shift. work (2 n_energy) is scratch */
static void fill_z(const float *target, const float *opt_base, size_t n_energy, double n_step, float *work,
                   float *ret_z)
{
  float *mine = work, *base = work + n_energy;
  cuxas_kernel_move(target, n_energy, -n_step, mine);
  if (opt_base != NULL) cuxas_kernel_move(opt_base, n_energy, -n_step, base);
  for (size_t j = 0; j < n_energy; j++)
    ret_z[j] = cuxas_kernel_log(mine[j]) - (opt_base != NULL ? cuxas_kernel_log(base[j]) : 0.0f);
}

/* mean_origin_eV() - of the rows learnt from */
static double mean_origin_eV(const cuxas_ensemble_rows *rows, size_t n_row)
{
  double sum = 0.0;
  for (size_t i = 0; i < n_row; i++) sum += rows->dataset->origin_eV[rows->row[i]];
  return sum / (double)n_row;
}

static cuxas_status new_material(const cuxas_ensemble_rows *rows, const cuxas_ensemble *ensemble, size_t i_edge,
                                 cuxas_channel channel, bool is_relative, const size_t *mine, size_t n_mine,
                                 material *ret_material, cuxas_error *err)
{
  const cuxas_grid grid     = rows->dataset->grid[i_edge];
  const size_t     n_energy = grid.n_energy, n_feature = ensemble->reduction->n_feature;
  const bool       has_shift = ensemble->kernel_is_aligned && !is_relative;
  const float     *target    = rows->dataset->target[i_edge][channel];
  const float     *base      = rows->dataset->target[i_edge][CUXAS_CHANNEL_NO_HOLE];
  const double     origin_eV = mean_origin_eV(rows, ensemble->n_row);
  material         m         = {n_mine, n_feature, n_energy + (has_shift ? 1 : 0), NULL, NULL, NULL};
  float           *work      = cuxas_new_array(n_energy, 2 * sizeof *work);
  m.group                    = cuxas_new_array(n_mine, sizeof *m.group);
  m.feature                  = cuxas_new_array(n_mine, n_feature * sizeof *m.feature);
  m.z                        = cuxas_new_array(n_mine, m.n_energy * sizeof *m.z);
  *ret_material              = m;
  if (work == NULL || m.group == NULL || m.feature == NULL || m.z == NULL) {
    free(work);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel machine of %zu rows", n_mine);
  }
  for (size_t i = 0; i < n_mine; i++) {
    const size_t row      = rows->row[mine[i]];
    const double shift_eV = ensemble->kernel_is_aligned ? rows->dataset->origin_eV[row] - origin_eV : 0.0;
    m.group[i]            = rows->groups->group_of[row];
    memcpy(m.feature + i * n_feature, ensemble->feature + mine[i] * n_feature, n_feature * sizeof *m.feature);
    fill_z(target + row * n_energy, is_relative ? base + row * n_energy : NULL, n_energy, shift_eV / grid.step_eV, work,
           m.z + i * m.n_energy);
    if (has_shift) m.z[i * m.n_energy + n_energy] = (float)shift_eV;
  }
  free(work);
  return CUXAS_OK;
}

static cuxas_status fit_one(const cuxas_ensemble_rows *rows, const cuxas_ensemble_settings *settings, size_t i_edge,
                            cuxas_channel channel, cuxas_ensemble *ensemble, cuxas_error *err)
{
  const bool         is_relative = channel != CUXAS_CHANNEL_NO_HOLE && settings->channel[CUXAS_CHANNEL_NO_HOLE];
  size_t             n_row;
  material           m = {0};
  cuxas_kernel_shape shape;
  size_t           **row    = &ensemble->kernel_row[i_edge][channel];
  cuxas_status       status = find_rows(rows, i_edge, channel, is_relative, ensemble, row, &n_row, err);
  if (status == CUXAS_OK) status = new_material(rows, ensemble, i_edge, channel, is_relative, *row, n_row, &m, err);
  if (status == CUXAS_OK)
    status =
        cuxas_kernel_choose(settings->kernel, m.feature, n_row, m.n_feature, m.z, m.n_energy, m.group, &shape, err);
  if (status == CUXAS_OK)
    status = cuxas_kernel_fit(shape, m.feature, n_row, m.n_feature, m.z, m.n_energy, &ensemble->kernel[i_edge][channel],
                              err);
  free_material(&m);
  return status;
}

cuxas_status cuxas_ensemble_fit_kernels(const cuxas_ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                        cuxas_ensemble *ensemble, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i_edge = 0; i_edge < ensemble->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      if (settings->channel[channel]) status = fit_one(rows, settings, i_edge, (cuxas_channel)channel, ensemble, err);
  return status;
}
