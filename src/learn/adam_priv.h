/* adam_priv.h - Adam with decoupled weight decay: the one optimiser of all networks here
 *
 * D. P. Kingma and J. Ba, ICLR 2015, arXiv:1412.6980; I. Loshchilov and F. Hutter, ICLR 2019, arXiv:1711.05101. */
#ifndef CUXAS_ADAM_PRIV_H
#define CUXAS_ADAM_PRIV_H
#include "predict/dense.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  size_t n;
  size_t n_step;         /* made so far */
  float *first, *second; /* (n) running means of the gradient and of its square */
  bool  *is_weight;      /* (n) those decay; all false at first */
} cuxas_adam;

/* cuxas_adam_begin() - for n parameters; false: no memory. End with cuxas_adam_end() in any case */
bool cuxas_adam_begin(cuxas_adam *adam, size_t n);

/* cuxas_adam_end() - accepts a zeroed one */
void cuxas_adam_end(cuxas_adam *adam);

/* cuxas_adam_mark() - the weights of a dense network whose parameters begin at `first`; its biases do not decay */
void cuxas_adam_mark(cuxas_adam *adam, const cuxas_dense *net, size_t first);

/* cuxas_adam_step() - one step
 *
 *   gradient   (n)
 *   cut        the gradient is multiplied by this
 *   rate       > 0; each step takes rate * decay of every weight
 *   parameter  (n) changed */
void cuxas_adam_step(cuxas_adam *adam, const float *gradient, float cut, double rate, double decay, float *parameter);

#endif
