/* compare.h - one measured curve against one predicted curve: scale, energy shift, agreement, edge onsets
 *
 * Everything happens on the comparison grid: the points of the model's 0.2 eV lattice that the measured range covers and
 * that every shift in the window leaves covered by the prediction, so that all candidates are judged on the same points. */
#ifndef CUXAS_COMPARE_H
#define CUXAS_COMPARE_H
#include "cuxas/spectrum.h"

#include <stdbool.h>

typedef enum {
  CUXAS_SCALE_MINMAX,        /* both curves to min 0, max 1 over the comparison range: the published convention */
  CUXAS_SCALE_EDGE_STEP,     /* both to pre-edge level 0 and post-edge mean 1 */
  CUXAS_SCALE_LEAST_SQUARES, /* measured min-max; predicted by the gain >= 0 and offset that fit it best */
} cuxas_scale;

typedef enum {
  CUXAS_SHIFT_FIT,    /* each candidate its own best shift */
  CUXAS_SHIFT_FIXED,  /* fixed_shift_eV for all */
  CUXAS_SHIFT_COMMON, /* one shift for all candidates: the median of their own best ones */
} cuxas_shift_mode;

typedef enum {
  CUXAS_CRITERION_CORRELATION, /* maximise Pearson r of the values plus Pearson r of the first derivatives */
  CUXAS_CRITERION_MAE,         /* minimise the MAE; known to have false optima */
} cuxas_criterion;

typedef struct {
  cuxas_scale      scale;
  cuxas_shift_mode shift_mode;
  cuxas_criterion  criterion;
  double fixed_shift_eV;  /* CUXAS_SHIFT_FIXED: added to the predicted energies, eV */
  double center_shift_eV; /* middle of the search window, eV */
  double window_eV;       /* half width of the search window, eV, >= 0 */
  double fwhm_eV;         /* Gaussian on the prediction before comparison, eV, >= 0; 0: none */
  bool   fit_hole;        /* fit the core-hole fraction; needs both channels */
  double hole_fraction;   /* not fitted: weight of the no-hole channel, 0 ... 1 */
} cuxas_compare_settings;

/* cuxas_compare_defaults() - min-max, fitted shift by correlation in -2.5 +- 6 eV, 1 eV broadening, no hole */
cuxas_compare_settings cuxas_compare_defaults(void);

/* Where an edge is looked for. */
typedef struct {
  char   name[8];
  double splitting_eV; /* of this edge above the first, eV; 0 for the first */
} cuxas_edge_window;

enum { CUXAS_COMPARE_MAX_EDGE = 4 };

typedef struct {
  bool   found;
  double energy_eV;  /* refined by a parabola through three points, eV */
  double on_grid_eV; /* the grid point of the steepest rise, eV */
} cuxas_onset;

/* A measured curve made ready: smoothed, on the comparison grid, with its onsets. */
typedef struct {
  cuxas_grid  grid;     /* subset of the model's lattice */
  double     *mu;       /* (n_energy) as given by preprocess.h, not scaled */
  size_t      n_edge;
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  cuxas_onset onset[CUXAS_COMPARE_MAX_EDGE];
} cuxas_query;

/* cuxas_query_new() - prepares a measured curve
 *
 *   grid, mu   the preprocessed measurement on points of the model's lattice
 *   lattice    the model's combined grid; the comparison grid is its intersection with the measured one and with the range
 *              that predictions cover at every shift of the window
 *   edge       (n_edge) edges in rising energy
 *   settings   window and fixed shift matter here
 *   ret_query  the caller frees it with cuxas_query_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 50 points (10 eV) left, or the first edge is not in the range; CUXAS_ENUMERIC
 *          a flat curve; CUXAS_ENOMEM. */
cuxas_status cuxas_query_new(cuxas_grid grid, const double *mu, cuxas_grid lattice, const cuxas_edge_window *edge,
                             size_t n_edge, const cuxas_compare_settings *settings, cuxas_query **ret_query,
                             cuxas_error *err);

/* cuxas_query_free() - accepts NULL */
void cuxas_query_free(cuxas_query *query);

/* A prediction (or a standard) as the comparison sees it. Below the grid it falls to 0, above it stays at its last value
 * when `extend` is set (predictions); a measured standard is compared only where it has data. */
typedef struct {
  cuxas_grid    grid;
  const double *no_hole;       /* (n_energy) */
  const double *screened_hole; /* (n_energy) or NULL */
  bool          extend;
} cuxas_curve;

typedef struct {
  double mae;           /* mean |difference| of the scaled curves */
  double spearman;      /* rank correlation, ties averaged */
  double pearson;
  double shift_eV;      /* added to the predicted energies; positive: moved up */
  bool   shift_at_limit;
  double hole_fraction; /* weight of the no-hole channel that was used */
  size_t n_compared;    /* grid points compared */
  cuxas_onset predicted_onset[CUXAS_COMPARE_MAX_EDGE]; /* before the shift */
} cuxas_comparison;

/* cuxas_compare() - best agreement of a curve with the query
 *
 *   opt_shifted  (query->grid.n_energy) the shifted, broadened, scaled curve on the query's grid, NaN where it has no data;
 *                may be NULL
 *   opt_measured (query->grid.n_energy) the measured curve, scaled the same way; may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a curve that overlaps the query in fewer than 50 points at every shift; CUXAS_ENUMERIC flat or
 *          non-finite curve; CUXAS_ENOMEM.
 * The shift is the global optimum of the criterion over the window: every lattice shift is tried, then the best is refined
 * between its neighbours. Ties go to the shift nearest the window's centre. */
cuxas_status cuxas_compare(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                           cuxas_comparison *ret_comparison, double *opt_shifted, double *opt_measured,
                           cuxas_error *err);

#endif
