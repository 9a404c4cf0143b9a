/* compare.h - one measured curve against one predicted curve: scale, energy shift, agreement, edge onsets
 *
 * Everything happens on the comparison grid, the same points for every prediction: those of the model's 0.2 eV lattice
 * (continued beyond its ends) that lie in the measured range and between
 *   lattice start + c        c the middle of the shift window: deeper in the pre-edge there is nothing left to compare
 *   lattice end   + c - w    w its half width: what predictions still reach at the lowest shift.
 * Below its first point a prediction is continued by its exponential tail, which is why the lower bound needs no - w: a
 * curve measured from 929 eV on keeps all its points. */
#ifndef CUXAS_COMPARE_H
#define CUXAS_COMPARE_H
#include "cuxas/preprocess.h"
#include "cuxas/spectrum.h"

#include <stdbool.h>

typedef struct cuxas_error_profile cuxas_error_profile; /* of a model: how far held-out predictions were off */

enum { CUXAS_COMPARE_MIN_POINTS = 50 }; /* 10 eV: with fewer points a correlation means little (our choice) */

typedef enum {
  CUXAS_SCALE_MINMAX,        /* both curves to min 0, max 1 over the comparison range: the published convention */
  CUXAS_SCALE_EDGE_STEP,     /* both to pre-edge mean 0 and post-edge mean 1, see cuxas_query */
  CUXAS_SCALE_LEAST_SQUARES, /* measured min-max; predicted by the gain >= 0 and offset that fit it best */
  CUXAS_SCALE_AREA,          /* both to pre-edge mean 0 and mean 1 over the comparison range: equal areas */
} cuxas_scale;

typedef enum {
  CUXAS_SHIFT_FIT,    /* each candidate its own best shift */
  CUXAS_SHIFT_FIXED,  /* fixed_shift_eV for all */
  CUXAS_SHIFT_COMMON, /* one shift for all candidates: the median of their own best ones (match.h); one curve: as FIT */
} cuxas_shift_mode;

typedef enum {
  CUXAS_CRITERION_SCORE, /* maximise the score (below) over shift, core-hole fraction and width together */
  CUXAS_CRITERION_MAE,   /* minimise the MAE over shift and fraction: as published, known to have false optima */
} cuxas_criterion;

/* What is known of a parameter before it is fitted: a normal distribution. */
typedef struct {
  double mean;
  double sd; /* > 0; INFINITY: nothing is known */
} cuxas_prior;

#define CUXAS_PRIOR_SHIFT_SD_EV 1.3 /* spread of the shifts that FEFF needs for the compounds of refdb/compounds.csv */
#define CUXAS_PRIOR_STANDARD_SD_EV 0.5 /* between two beamlines (0 ... 0.7 eV) */
#define CUXAS_PRIOR_LOSS_EV (-0.9)     /* by which energy losses read lower than photon energies, */
#define CUXAS_PRIOR_LOSS_SD_EV 1.0     /* and the spread of that, in quadrature to the others (match.h) */
/* of ln (1 + s): three measurements of CuO differ by 0.07 to 0.1; other compounds need 0.5 and more */
#define CUXAS_PRIOR_SATURATION_SD 0.1
#define CUXAS_PRIOR_SECOND_EDGE_SD 0.1 /* of the logarithm of the later edge's factor */
#define CUXAS_SATURATION_GAIN 3.0      /* ln of 20 independent numbers: what two more parameters must gain (BIC) */
#define CUXAS_PRIOR_HOLE 0.8           /* of the core-hole fraction, the same compounds: 0.5 ... 1 */
#define CUXAS_PRIOR_HOLE_SD 0.2

/* The constants of the score, see cuxas_compare(). cuxas-validate --nested judges them where they were not chosen. */
typedef struct {
  double error_length_eV; /* errors this far apart are correlated by 1/e, > 0 */
  double
      theory_error; /* of simulations, in units of the first edge's step, > 0: what a model's own errors stand beside */
  double slope_variance; /* of a slope at 40 eV above the first energy, beside the variance 1 of the errors, > 0 */
  double n_independent;  /* independent numbers that a spectrum holds, > 0 */
  double n_height;       /* numbers that its heights are; 0: the heights are no part of the score */
  double width_sd;       /* spread of the logarithm of the width: resolution of instruments, > 0 */
} cuxas_score_model;

/* cuxas_score_model_defaults() - 1 eV, 0.6, 0.3, 20, 2, 0.2: round numbers of our choice (FEFF10's own spectra leave 0.05 to 0.25
 * edge steps rms of a measured curve, up to 0.8 at single points; less than 0.6 lets shifts wander) */
cuxas_score_model cuxas_score_model_defaults(void);

typedef struct {
  cuxas_scale                scale;
  cuxas_shift_mode           shift_mode;
  cuxas_criterion            criterion;
  double                     fixed_shift_eV;  /* CUXAS_SHIFT_FIXED: added to the predicted energies, eV */
  double                     center_shift_eV; /* middle of the search window, eV */
  double                     window_eV;       /* half width of the search window, eV, >= 0 */
  double                     fwhm_eV;         /* Gaussian on the prediction before comparison, eV, >= 0; 0: none */
  bool                       fit_fwhm;        /* with CUXAS_CRITERION_SCORE: the width is fitted around fwhm_eV */
  bool                       fit_hole;        /* fit the core-hole fraction; needs both channels */
  double                     hole_fraction;   /* not fitted: weight of the no-hole channel, 0 ... 1 */
  cuxas_prior                shift_prior;     /* of the shift, eV; part of the score */
  cuxas_prior                standard_prior;  /* of the shift of a measured standard, eV */
  cuxas_prior                hole_prior;      /* of the core-hole fraction */
  cuxas_score_model          score;
  const cuxas_error_profile *opt_errors; /* of the model that predicts, borrowed; NULL: theory's errors alone */
  bool fit_saturation; /* also how far the measurement is flattened beside the curve, see cuxas_compare() */
  bool
      score_alone; /* nothing else of a comparison is wanted: Spearman is 0, no onset is found, which takes half the time */
  const struct cuxas_places
      *opt_places; /* where this one curve may agree best (match/scan.h), borrowed; NULL: anywhere */
} cuxas_compare_settings;

/* cuxas_compare_defaults() - min-max, fitted shift by score in -2.5 +- 6 eV, 1 eV broadening as a start, no hole,
 * no model's errors */
cuxas_compare_settings cuxas_compare_defaults(void);

#define CUXAS_COMPARE_MAX_EV 100.0 /* largest |shift|, window and broadening, eV (our choice: beyond it is a mistake) */

enum { CUXAS_COMPARE_MAX_EDGE = 4 };

/* Points first ... first + n_point - 1 of a query. */
typedef struct {
  size_t first;
  size_t n_point;
} cuxas_span;

/* A measured curve made ready: on the comparison grid, with its onsets. */
typedef struct {
  cuxas_grid        grid;
  double           *mu; /* (n_energy) as given by preprocess.h, not scaled */
  size_t            n_edge;
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  cuxas_onset       onset[CUXAS_COMPARE_MAX_EDGE];
  cuxas_span        pre_edge; /* points 2 eV and more below the first onset; at least the 5 lowest */
  cuxas_span post_edge;       /* the last 5 eV, starting at least 10 eV above the last onset found; at least 5 points */
} cuxas_query;

/* The energies of a model. */
typedef struct {
  cuxas_grid               lattice; /* its combined grid */
  const cuxas_edge_window *edge;    /* (n_edge) in rising energy, the first with splitting 0 */
  size_t                   n_edge;  /* 1 ... CUXAS_COMPARE_MAX_EDGE */
} cuxas_edge_layout;

/* cuxas_query_new() - prepares a measured curve
 *
 *   grid, mu   the preprocessed measurement on points of the model's lattice, which may be continued on both sides
 *   settings   shift window or fixed shift: they decide the comparison grid (top of this page)
 *   ret_query  the caller frees it with cuxas_query_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_COMPARE_MIN_POINTS left, points off the lattice, settings out of
 *          range, or the first edge is not in the range; CUXAS_ENUMERIC a flat curve or a value that is not finite;
 *          CUXAS_ENOMEM.
 * Onsets are those of the whole measured curve, also where it reaches beyond the comparison grid. A later edge that the
 * scan does not reach has found = false. */
cuxas_status cuxas_query_new(cuxas_grid grid, const double *mu, const cuxas_edge_layout *layout,
                             const cuxas_compare_settings *settings, cuxas_query **ret_query, cuxas_error *err);

/* cuxas_query_free() - accepts NULL */
void cuxas_query_free(cuxas_query *query);

/* A prediction (or a standard) as the comparison sees it. Below its grid a prediction falls to 0 as predict.h says,
 * above it stays at its last value (`extend`); a standard is compared only where it has data. */
typedef struct {
  cuxas_grid    grid;          /* with the query's step; its points need not be those of the lattice */
  const double *no_hole;       /* (n_energy); or with a projected hole, where that is what the next is mixed with */
  const double *screened_hole; /* (n_energy) or NULL: then the no-hole channel alone, fraction 1 */
  bool          extend;
} cuxas_curve;

typedef struct {
  double      score;    /* log likelihood above that of a featureless curve, see cuxas_compare(); large is good */
  double      mae;      /* mean |difference| of the scaled curves */
  double      spearman; /* rank correlation, ties averaged */
  double      pearson;
  double      shift_eV;       /* added to the predicted energies; positive: moved up */
  bool        shift_at_limit; /* found within half a step of the window's border: there may be a better one outside */
  double      hole_fraction;  /* weight of the no-hole channel that was used */
  double      fwhm_eV;        /* broadening that was used */
  bool        is_flattened;   /* the next are fitted; else 0, 0, 1, 0, 1 */
  double      saturation, saturation_sd;   /* s; below 0: the curve is the flatter one */
  double      second_edge, second_edge_sd; /* factor of the later edge */
  double      white_line;                  /* what s makes of the curve's highest value above its pre-edge, a factor */
  size_t      n_compared; /* grid points compared: all of the query's for a prediction, the overlap for a standard */
  cuxas_onset predicted_onset[CUXAS_COMPARE_MAX_EDGE]; /* of the broadened curve, before the shift */
} cuxas_comparison;

/* cuxas_compare() - best agreement of a curve with the query
 *
 *   opt_shifted  (query->grid.n_energy) the shifted, broadened, scaled curve on the query's grid, NaN where it has no
 *                data; may be NULL
 *   opt_measured (query->grid.n_energy) the measured curve, scaled the same way; may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE settings out of range, another step, or a curve that overlaps the query in fewer than
 *          CUXAS_COMPARE_MIN_POINTS at every shift; CUXAS_ENUMERIC flat or non-finite curve; CUXAS_ENOMEM.
 *
 * Shift          the global optimum of the criterion over the window: every whole step from the centre and both borders
 *                are tried, then the best is refined between its neighbours on the interpolated curve (cubic). Equal
 *                values go to the shift nearest the centre. A standard is tried only at shifts where at least 60 % of
 *                its largest overlap remains: a short overlap always agrees.
 * Score          a prediction is never right: what is left of the measurement m after g p (g >= 0 the best gain, p the
 *                shifted, mixed, broadened prediction) is taken for an error of covariance s^2 D K D + s^2 (c + v x x'),
 *                    K(E, E') = exp(-|E - E'| / error_length),   D(E)^2 = 1 + (rms(E - onset) / theory_error)^2,
 *                    x = (E - first energy) / 40 eV,   v = slope_variance,   c beyond bounds:
 *                errors of neighbouring energies go together (a Markov chain, which makes derivatives count as much as
 *                values), they are larger where held-out predictions were off by more (opt_errors, from the measured onset
 *                of the first edge; none: D = 1), a pedestal costs nothing and a slope little. With r the correlation of p
 *                and m in the metric of the inverse covariance and N = n_independent,
 *                    score = -N/2 ln(1 - r^2) - N/2 B - 1/2 sum ((parameter - mean) / sd)^2 - n_height ln(M / 0.25)
 *                over the fitted ones of shift, core-hole fraction and logarithm of the width: ln likelihood of N
 *                independent numbers with s at its most likely value, above that of a featureless curve with theory's errors.
 *                B = ln(|m|^2 / |m|^2 where D = 1) + 2 mean(ln D), the same for all predictions of a model, 0 without
 *                opt_errors, makes predictions and simulated spectra comparable.
 *                M is the MAE on the min-max scale, whatever the scale asked for: what r cannot see are the heights above
 *                the pedestal, two numbers more (white line and edge step), with Laplacian errors. It is added to what
 *                was found, not part of the search. The score
 *                depends on this candidate alone, so scores of different libraries can be compared. A generalised
 *                least-squares fit: A. C. Aitken, Proc. R. Soc. Edinb. 55, 42 (1936); errors of models as a random process:
 *                M. C. Kennedy and A. O'Hagan, J. R. Stat. Soc. B 63, 425 (2001). The constants are our choice (cuxas(7)).
 *                By MAE the score is that of the shift and fraction which this finds.
 * Saturation     with fit_saturation, by score alone: a measured curve of another detection mode is flatter or steeper. Of m,
 *                the curve from its pre-edge 0 to its post-edge 1, is read
 *                    (1 + s) m / (1 + s m),
 *                and what lies above the level 1.5 eV before the last edge is multiplied there by f (fluorescence is not
 *                emitted alike behind both: A. J. Achkar et al., Phys. Rev. B 83, 081106 (2011)). s, f and the shift are fitted anew, up to 0.6 eV
 *                away, with normal priors of ln (1 + s) and ln f around 0, of which the score loses their parts. s > 0: the
 *                measurement is the flatter one. Where the score gains less than CUXAS_SATURATION_GAIN both stay at none. The
 *                figures and the curve given back are those of the flattened curve.
 * Hole fraction  fitted together with the shift: 0, 0.05 ... 1 are tried at every whole step and the best is refined. Equal
 *                values go to the larger fraction. */
cuxas_status cuxas_compare(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                           cuxas_comparison *ret_comparison, double *opt_shifted, double *opt_measured,
                           cuxas_error *err);

#endif
