#include "learn/adam_priv.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const double MOMENTUM = 0.9, SQUARE_MOMENTUM = 0.999, TINY = 1e-8; /* Adam's usual constants */

bool cuxas_adam_begin(cuxas_adam *adam, size_t n)
{
  *adam = (cuxas_adam){.n         = n,
                       .first     = cuxas_new_array(n, sizeof *adam->first),
                       .second    = cuxas_new_array(n, sizeof *adam->second),
                       .is_weight = cuxas_new_array(n, sizeof *adam->is_weight)};
  return adam->first != NULL && adam->second != NULL && adam->is_weight != NULL;
}

void cuxas_adam_end(cuxas_adam *adam)
{
  free(adam->first);
  free(adam->second);
  free(adam->is_weight);
  *adam = (cuxas_adam){0};
}

void cuxas_adam_mark(cuxas_adam *adam, const cuxas_dense *net, size_t first)
{
  bool *next = adam->is_weight + first;
  for (size_t l = 0; l < net->n_layer; l++) {
    for (size_t i = 0; i < net->width[l] * net->width[l + 1]; i++) *next++ = true;
    next += net->width[l + 1];
  }
}

void cuxas_adam_step(cuxas_adam *adam, const float *gradient, float cut, double rate, double decay, float *parameter)
{
  adam->n_step++;
  const float keep_first = (float)MOMENTUM, keep_second = (float)SQUARE_MOMENTUM, tiny = (float)TINY;
  const float first_bias  = (float)(1.0 / (1.0 - pow(MOMENTUM, (double)adam->n_step)));
  const float second_bias = (float)(1.0 / (1.0 - pow(SQUARE_MOMENTUM, (double)adam->n_step)));
  const float length = (float)rate, shrink = (float)(1.0 - rate * decay);
  for (size_t i = 0; i < adam->n; i++) {
    const float g   = cut * gradient[i];
    adam->first[i]  = keep_first * adam->first[i] + (1.0f - keep_first) * g;
    adam->second[i] = keep_second * adam->second[i] + (1.0f - keep_second) * g * g;
    if (adam->is_weight[i]) parameter[i] *= shrink;
    parameter[i] -= length * first_bias * adam->first[i] / (sqrtf(second_bias * adam->second[i]) + tiny);
  }
}
