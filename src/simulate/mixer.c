#include "simulate/mixer_priv.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 6 };

struct cuxas_mixer {
  size_t  n_value, n_held, next;
  double  share;
  double *value, *residual; /* (DEPTH, n_value) each, a ring */
};

cuxas_mixer *cuxas_mixer_new(size_t n_value, double share)
{
  cuxas_mixer *mixer = cuxas_new_array(1, sizeof *mixer);
  if (mixer == NULL) return NULL;
  mixer->n_value  = n_value;
  mixer->share    = share;
  mixer->value    = cuxas_new_array(DEPTH, n_value * sizeof *mixer->value);
  mixer->residual = cuxas_new_array(DEPTH, n_value * sizeof *mixer->residual);
  if (mixer->value == NULL || mixer->residual == NULL) {
    cuxas_mixer_free(mixer);
    return NULL;
  }
  return mixer;
}

void cuxas_mixer_forget(cuxas_mixer *mixer)
{
  mixer->n_held = mixer->next = 0;
}

void cuxas_mixer_free(cuxas_mixer *mixer)
{
  if (mixer == NULL) return;
  free(mixer->value);
  free(mixer->residual);
  free(mixer);
}

/* Symmetric positive semi-definite n x n system by elimination, its diagonal raised by 1e-10 of its trace against
 * residuals that are nearly parallel. */
static void solve_small(double a[DEPTH][DEPTH], double *io_b, size_t n)
{
  double trace = 0.0;
  for (size_t i = 0; i < n; i++) trace += a[i][i];
  for (size_t i = 0; i < n; i++) a[i][i] += 1e-10 * trace + 1e-300;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++) {
      const double f = a[j][i] / a[i][i];
      for (size_t k = i; k < n; k++) a[j][k] -= f * a[i][k];
      io_b[j] -= f * io_b[i];
    }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++) io_b[i] -= a[i][k] * io_b[k];
    io_b[i] /= a[i][i];
  }
}

/* Of all affine combinations of the held inputs, the one whose (linearised) residual is smallest, plus a share of it. */
void cuxas_mixer_step(cuxas_mixer *mixer, double *io_value, const double *residual)
{
  const size_t n = mixer->n_value, n_old            = mixer->n_held;
  double       product[DEPTH][DEPTH], weight[DEPTH] = {0.0};

  for (size_t i = 0; i < n_old; i++) {
    const double *f_i = mixer->residual + i * n;
    for (size_t j = 0; j <= i; j++) {
      const double *f_j = mixer->residual + j * n;
      double        sum = 0.0;
      for (size_t k = 0; k < n; k++) sum += (residual[k] - f_i[k]) * (residual[k] - f_j[k]);
      product[i][j] = product[j][i] = sum;
    }
    for (size_t k = 0; k < n; k++) weight[i] += (residual[k] - f_i[k]) * residual[k];
  }
  solve_small(product, weight, n_old);

  double *held_value = mixer->value + mixer->next * n, *held_residual = mixer->residual + mixer->next * n;
  for (size_t k = 0; k < n; k++) {
    double best_value = io_value[k], best_residual = residual[k];
    for (size_t i = 0; i < n_old; i++) {
      best_value -= weight[i] * (io_value[k] - mixer->value[i * n + k]);
      best_residual -= weight[i] * (residual[k] - mixer->residual[i * n + k]);
    }
    held_value[k]    = io_value[k]; /* replaces the oldest, which no later k needs */
    held_residual[k] = residual[k];
    io_value[k]      = best_value + mixer->share * best_residual;
  }
  mixer->next   = (mixer->next + 1) % DEPTH;
  mixer->n_held = n_old < DEPTH ? n_old + 1 : DEPTH;
}
