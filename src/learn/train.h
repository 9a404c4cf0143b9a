/* train.h - fits dense networks to examples: Adam on mini-batches, cosine schedule, early stopping, ensembles
 *
 * Loss: mean over examples and energies of the squared or the absolute difference of prediction and target (rounded at
 * the bottom so that it has a derivative: sqrt(d^2 + e^2) - e, e = CUXAS_LOSS_ROUNDING), with decoupled weight decay on the weights (not the
 * biases): D. P. Kingma and J. Ba, ICLR 2015, arXiv:1412.6980; I. Loshchilov and F. Hutter, ICLR 2019,
 * arXiv:1711.05101. The rate falls as half a cosine from its start to zero (arXiv:1608.03983), or stays. All numbers come from
 * the seed: the same examples and settings give the same bytes, however many threads run. */
#ifndef CUXAS_TRAIN_H
#define CUXAS_TRAIN_H
#include "predict/dense.h"
#include "write/figure.h"

#include <stdbool.h>

typedef enum { CUXAS_LOSS_SQUARE, CUXAS_LOSS_ABSOLUTE } cuxas_loss;

typedef enum { CUXAS_SCHEDULE_COSINE, CUXAS_SCHEDULE_CONSTANT } cuxas_schedule; /* of the rate */

#define CUXAS_LOSS_ROUNDING                                                                                            \
  0.02 /* in units of the target: about the size of errors that no longer matter (our choice) */

typedef struct {
  size_t           n_hidden;
  const size_t    *hidden; /* (n_hidden) widths of the hidden layers */
  cuxas_activation output;
  cuxas_loss       loss;
  size_t           n_epoch; /* passes through the examples, > 0 */
  size_t           n_batch; /* examples a step, > 0 */
  double           rate;    /* of Adam at the start, > 0 */
  cuxas_schedule   schedule;
  double           weight_decay; /* >= 0; each step takes rate * weight_decay of every weight */
  double           noise;        /* standard deviation of normal noise added to the inputs at each step, >= 0 */
  size_t           patience;     /* epochs without a lower validation loss after which training stops; 0: never stops */
  uint64_t         seed;
  const char
      *opt_checkpoint; /* folder where finished networks are kept and looked for (checkpoint_priv.h); NULL: none */
} cuxas_train_settings;

/* Examples; rows of known false are left out. */
typedef struct {
  size_t       n_row;
  size_t       n_input, n_output;
  const float *input;       /* (n_row, n_input) */
  const float *target;      /* (n_row, n_output) */
  const bool  *opt_known;   /* (n_row) NULL: all */
  const float *opt_weight;  /* (n_row, n_output) of every value in the loss, >= 0: 0 where it is not known; NULL: 1 */
  const bool  *opt_is_held; /* (n_row) true: not learnt from, but watched for early stopping; NULL: none */
} cuxas_examples;

/* What a training was like. */
typedef struct {
  size_t n_epoch;         /* passes made */
  size_t best_epoch;      /* the pass whose parameters were kept: the last one when no row was held */
  double loss;            /* of the learnt rows, last pass, while it ran */
  double validation_loss; /* of the held rows after the best pass; 0 when none was held */
  double validation_mae;  /* mean absolute error there */
  float *curve;           /* (n_epoch, 2) loss and validation loss of every pass; end with cuxas_train_result_free() */
} cuxas_train_result;

/* cuxas_train_result_free() - of what it points to */
void cuxas_train_result_free(cuxas_train_result *result);

/* Called after every epoch; returning false stops the training, which then keeps what is best so far. */
typedef bool (*cuxas_train_progress)(size_t i_epoch, double loss, double validation_loss, void *user);

/* cuxas_train_network() - one network
 *
 *   opt_progress  may be NULL
 *   ret_net       the caller frees it with cuxas_dense_free()
 *   opt_result    may be NULL; otherwise end with cuxas_train_result_free()
 *
 * Training starts at the mean of the targets: the biases of the last layer give it, its weights are a tenth of He's.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no row to learn from or a setting out of range; CUXAS_ENUMERIC the loss is no longer
 *          finite; CUXAS_EIO a checkpoint cannot be written; CUXAS_ENOMEM.
 * A network that a checkpoint holds, trained on the same examples with the same settings, is not trained again. */
cuxas_status cuxas_train_network(const cuxas_examples *examples, const cuxas_train_settings *settings,
                                 cuxas_train_progress opt_progress, void *user, cuxas_dense **ret_net,
                                 cuxas_train_result *opt_result, cuxas_error *err);

/* -- how the losses of networks fell, epoch by epoch, as a figure -- */

/* One line for each network: solid what was learnt from, dashed what was held out; both axes start where the data do, losses on
 * a logarithmic axis (powers of ten). */

typedef struct {
  const char  *label; /* of the head, "L3 no-hole"; networks of one label have one colour */
  size_t       n_epoch;
  const float *curve; /* (n_epoch, 2) loss and validation loss; a validation loss of 0 throughout: none was held */
} cuxas_loss_curve;

typedef struct {
  const char             *title;
  size_t                  n_curve;
  const cuxas_loss_curve *curve; /* (n_curve) */
} cuxas_loss_curves;

/* cuxas_loss_figure() - a figure of these curves, which must outlive it */
cuxas_figure cuxas_loss_figure(const cuxas_loss_curves *curves);

#endif
