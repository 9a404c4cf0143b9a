#include "base/memory.h"
#include "simulate/scattering_matrix_priv.h"

#include <f77blas.h>
#include <math.h>
#include <stdlib.h>

/* 1 - t G0, column by column, and t G0 from the absorber's waves as right-hand sides. */
static void fill(const cuxas_scattering *s, const double complex *t, const float complex *propagator, size_t n_row,
                 double complex *ret_matrix, double complex *ret_source)
{
  for (size_t j = 0; j < s->n_atom; j++)
    for (size_t i = 0; i < s->n_atom; i++) {
      const cuxas_pair     pair = s->bonds->pair[i * s->n_atom + j];
      const float complex *g    = propagator + (size_t)pair.i_vector * CUXAS_N_LM * CUXAS_N_LM;
      for (size_t c = 0; c < CUXAS_N_LM; c++)
        for (size_t r = 0; r < CUXAS_N_LM; r++) {
          double complex value = 0.0;
          if (i != j)
            value = t[s->potential[i] * CUXAS_N_L + (size_t)sqrt((double)r)] *
                    (pair.is_reversed ? g[c * CUXAS_N_LM + r] : g[r * CUXAS_N_LM + c]);
          const size_t row = i * CUXAS_N_LM + r, column = j * CUXAS_N_LM + c;
          ret_matrix[column * n_row + row] = (row == column ? 1.0 : 0.0) - value;
          if (j == 0) ret_source[c * n_row + row] = value;
        }
    }
}

/* g_l = sum_m G0 (1 - t G0)^-1 t G0 */
static void sum_up(const cuxas_scattering *s, const float complex *propagator, const double complex *solution,
                   double complex ret_g[CUXAS_N_L])
{
  const size_t n_row = s->n_atom * CUXAS_N_LM;
  for (int l = 0; l <= CUXAS_L_MAX; l++) {
    ret_g[l] = 0.0;
    for (size_t m = (size_t)(l * l); m < (size_t)((l + 1) * (l + 1)); m++)
      for (size_t j = 1; j < s->n_atom; j++) {
        const cuxas_pair     pair = s->bonds->pair[j];
        const float complex *g    = propagator + (size_t)pair.i_vector * CUXAS_N_LM * CUXAS_N_LM;
        for (size_t c = 0; c < CUXAS_N_LM; c++)
          ret_g[l] += (pair.is_reversed ? g[c * CUXAS_N_LM + m] : g[m * CUXAS_N_LM + c]) *
                      solution[m * n_row + j * CUXAS_N_LM + c];
      }
    ret_g[l] /= 2.0 * l + 1.0;
  }
}

cuxas_status cuxas_scattering_direct(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     size_t i_energy, double complex ret_g[CUXAS_N_L], cuxas_error *err)
{
  const cuxas_scattering *s      = scattering;
  const size_t            n_row  = s->n_atom * CUXAS_N_LM;
  cuxas_status            status = CUXAS_OK;
  double complex         *t      = cuxas_new_array(s->n_potential, CUXAS_N_L * sizeof *t);
  double complex         *matrix = cuxas_new_array(n_row, n_row * sizeof *matrix);
  double complex         *source = cuxas_new_array(n_row, CUXAS_N_LM * sizeof *source);
  float complex *propagator      = cuxas_new_array(s->bonds->n_vector, CUXAS_N_LM * CUXAS_N_LM * sizeof *propagator);
  blasint       *pivot           = cuxas_new_array(n_row, sizeof *pivot);
  if (t == NULL || matrix == NULL || source == NULL || propagator == NULL || pivot == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory for %zu atoms", s->n_atom);
    goto done;
  }
  for (size_t p = 0; p < s->n_potential * CUXAS_N_L; p++) {
    const double complex delta = electron->phase_shift[i_energy * electron->n_scatterer * CUXAS_N_L + p];
    t[p]                       = cexp(I * delta) * csin(delta);
  }
  cuxas_bonds_propagate(s->bonds, electron->wave_number[i_energy], propagator);
  fill(s, t, propagator, n_row, matrix, source);
  blasint n = (blasint)n_row, n_right = CUXAS_N_LM, info = 0;
  BLASFUNC(zgesv)(&n, &n_right, (double *)matrix, &n, pivot, (double *)source, &n, &info);
  sum_up(s, propagator, source, ret_g);
  for (int l = 0; l <= CUXAS_L_MAX; l++)
    if (info != 0 || !isfinite(creal(ret_g[l])) || !isfinite(cimag(ret_g[l])))
      status = cuxas_fail(err, CUXAS_ENUMERIC, "multiple scattering: no finite solution at energy %zu", i_energy);
done:
  free(t);
  free(matrix);
  free(source);
  free(propagator);
  free(pivot);
  return status;
}
