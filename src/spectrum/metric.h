/* metric.h - how alike are two curves? Three plain numbers
 *
 * Both curves are (n_point) values on the same energies. Nothing here allocates or keeps a pointer. A correlation with
 * a flat curve is 0/0: NaN. */
#ifndef CUXAS_METRIC_H
#define CUXAS_METRIC_H
#include <stddef.h>

/* cuxas_metric_mae() - mean |a - b|, in the unit of the curves; n_point >= 1 */
double cuxas_metric_mae(const double *a, const double *b, size_t n_point);

/* cuxas_metric_pearson() - linear correlation, -1 ... 1; n_point >= 2 */
double cuxas_metric_pearson(const double *a, const double *b, size_t n_point);

/* cuxas_metric_spearman() - rank correlation, -1 ... 1: Pearson's of the ranks, equal values sharing their mean rank
 *
 *   n_point  >= 2
 *   work     (2 n_point) scratch, overwritten */
double cuxas_metric_spearman(const double *a, const double *b, size_t n_point, double *work);

#endif
