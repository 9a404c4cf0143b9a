/* loss_figure.h - how the losses of networks fell, epoch by epoch, as a figure
 *
 * One line for each network: solid what was learnt from, dashed what was held out; both axes start where the data do, losses on
 * a logarithmic axis (powers of ten). */
#ifndef CUXAS_LOSS_FIGURE_H
#define CUXAS_LOSS_FIGURE_H
#include "write/figure.h"

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
