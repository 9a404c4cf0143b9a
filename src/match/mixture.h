/* mixture.h - a measurement as a sum of few candidates: non-negative weights, as many components as the data ask for
 *
 *   measured(E) = offset + slope E + sum over i of w_i f_i(E - d_i),   w_i >= 0
 *
 * The f_i are predictions of edge step 1, broadened, each mixed of its two core-hole channels, or measured standards.
 * What is left over is taken for an error of the covariance that ranks single candidates too (compare.h, score); with
 * R^2 the part of the measurement that the sum explains in that metric,
 *
 *   S   = -10 ln(1 - R^2) - penalties of the shifts and of the core-hole fractions
 *   BIC = -2 S + p ln 20 + 2 ln(n choose k)
 *
 * for k of n candidates with p weights, shifts and fractions: the criterion of G. Schwarz (Ann. Statist. 6, 461 (1978))
 * for the 20 independent numbers that a spectrum holds, with a price for having chosen (J. Chen and Z. Chen, Biometrika
 * 95, 759 (2008)).
 *
 *   shifts       d_i = mean + c + h_i: a calibration c of this measurement, common to all, and a part h_i of its own
 *                for each component, both normally distributed. FEFF needs -1.5 eV for Cu2O and -3.9 eV for CuO: one
 *                shift fits no sum of both.
 *   search       sets grow by one candidate; the CUXAS_MIXTURE_BEAM best of every size go on. Every candidate is tried
 *                at every shift of the window, and the sets that go on are settled: shifts and fractions of all
 *                components in turn.
 *   weights      non-negative least squares
 *   rivals       other sums whose BIC is less than CUXAS_MIXTURE_DECIDE above the smallest (R. E. Kass and A. E.
 *                Raftery, J. Am. Stat. Assoc. 90, 773 (1995): more than 10 is very strong evidence). Sums that contain
 *                the chosen one are no rivals.
 *   intervals    of 90 %, by 1000 draws around the chosen sum, linear in weights, shifts and fractions (Laplace): S is as
 *                curved as its 20 independent numbers make it, with Student's t for errors whose size is learnt from what is left
 *                over, and the error of every component's edge step: CUXAS_MIXTURE_STEP_ERROR, and for a standard that was
 *                measured elsewhere (is_elsewhere) what another detection mode does: with saturation s a curve of edge step 1
 *                reads (1 + s) f / (1 + s f), which changes a white line of height h by the factor (1 + s h) / (1 + s) beside
 *                the step, and so the weight that is read off it; s = CUXAS_MIXTURE_SATURATION is one standard deviation
 *   limits       of the chosen sum of standards: so much of another standard, put into this very measurement, would be asked for
 *                by a BIC lower by CUXAS_MIXTURE_DECIDE
 *
 * Several standards of one compound (names that begin with the same formula) stand for each other: a sum has one of them at
 * most, and sums of the same compounds are no rivals.
 *
 * A share is a weight over the sum of weights: a share of the spectrum's edge step, not an atomic fraction. Saturation,
 * different probing depths and errors of the predictions change it without bound. */
#ifndef CUXAS_MIXTURE_H
#define CUXAS_MIXTURE_H
#include "cuxas/compare.h"
#include "match/library.h"

#include <stdint.h>

#define CUXAS_MIXTURE_DECIDE 10.0
#define CUXAS_MIXTURE_STANDARD_WINDOW_EV 1.5 /* half width, of standards: three times the spread of calibrations */
enum {
  CUXAS_MIXTURE_MAX       = 6,
  CUXAS_MIXTURE_BEAM      = 24,
  CUXAS_MIXTURE_MAX_RIVAL = 24, /* that are kept; there may be more */
  CUXAS_MIXTURE_DRAWS     = 1000,
  CUXAS_MIXTURE_MAX_LIMIT = 24,
  CUXAS_MIXTURE_NAME_SIZE = 80
};
#define CUXAS_MIXTURE_STEP_ERROR 0.05 /* of an edge step, relative: levels behind an edge are not flat */
#define CUXAS_MIXTURE_SATURATION 0.15 /* a round number: pairs of three measurements of CuO differ by 0.13 to 0.49 */

typedef enum { CUXAS_MIXTURE_OF_PREDICTIONS, CUXAS_MIXTURE_OF_STANDARDS } cuxas_mixture_kind;

typedef enum {
  CUXAS_MIXTURE_ONE, /* one candidate is chosen, or is a rival of the chosen sum: the data do not ask for a mixture */
  CUXAS_MIXTURE_SEVERAL, /* a sum is asked for, but several do equally well */
  CUXAS_MIXTURE_FOUND,   /* one sum, without a rival */
} cuxas_mixture_verdict;

/* What may be a component. */
typedef struct {
  const char *name;
  cuxas_curve curve;
  char        formula[CUXAS_FORMULA_SIZE]; /* of the compound, where a standard's name tells it; "": not known */
  bool        is_elsewhere;                /* a standard of another instrument or detection mode than the query's */
} cuxas_mixture_candidate;

typedef struct {
  cuxas_mixture_kind     kind;
  cuxas_compare_settings compare;      /* window or fixed shift, broadening, core-hole fraction */
  double                 common_sd_eV; /* of the shift: what all components share; INFINITY: nothing is known */
  double                 own_sd_eV;    /* what each has for itself */
  size_t                 n_max;        /* components, 1 ... CUXAS_MIXTURE_MAX */
  uint64_t               seed;         /* of the draws */
  int                    n_thread;     /* >= 1; the result does not depend on it */
  bool                   wants_limits; /* of standards: what would have been seen */
  size_t                 n_own;        /* the first sources hold standards measured as the query; others elsewhere */
  const cuxas_composition_filter *opt_filter; /* borrowed: standards whose names tell other elements are left out */
} cuxas_mixture_settings;

typedef struct {
  size_t i_candidate;
  char   name[CUXAS_MIXTURE_NAME_SIZE];
  double weight;
  double share, share_low, share_high; /* the interval: of the chosen sum, else the share itself */
  double shift_eV, hole_fraction;
  bool   is_common; /* of the chosen sum: all rivals have it, too */
} cuxas_mixture_component;

/* A sum of candidates. */
typedef struct {
  size_t                  n_component;
  cuxas_mixture_component component[CUXAS_MIXTURE_MAX]; /* by falling weight */
  double                  score, bic;
  double                  mae, pearson; /* measured scaled to 0 ... 1 against the sum */
} cuxas_mixture_fit;

/* What would have been seen. */
typedef struct {
  char   name[CUXAS_MIXTURE_NAME_SIZE];
  double share; /* from this share on; 1: not even half */
} cuxas_mixture_limit;

typedef struct cuxas_mixture {
  cuxas_mixture_kind    kind;
  cuxas_mixture_verdict verdict;
  bool                  is_answer;   /* as the next three by cuxas_mixture_judge() */
  bool                  is_possible; /* no answer, but a sum, hardly worse by BIC, leaves far less than */
  size_t                i_possible;  /* any single standard: which of the fits */
  double                single_mae;  /* the least that a single standard leaves */
  size_t                n_candidate;
  size_t                n_fit; /* best sums of 1, 2, ... components, as far as there are any */
  cuxas_mixture_fit     fit[CUXAS_MIXTURE_MAX];
  size_t                i_chosen; /* the one of smallest BIC */
  size_t                n_rival;  /* by rising BIC; some may be among the fits */
  cuxas_mixture_fit     rival[CUXAS_MIXTURE_MAX_RIVAL];
  bool                  has_more; /* rivals than these */
  size_t                n_limit;
  cuxas_mixture_limit   limit[CUXAS_MIXTURE_MAX_LIMIT]; /* of standards: compounds that the chosen sum lacks */
  size_t                n_left_out;                     /* candidates that are too short, or have no edge step */
  char       shortest[CUXAS_MIXTURE_NAME_SIZE];         /* the standard at whose end the range is cut; "": it is not */
  cuxas_grid grid;     /* compared: the query's, for standards the part that all of them cover */
  double    *measured; /* (grid.n_energy) scaled to 0 ... 1 */
  double    *sum;      /* (grid.n_energy) the chosen sum, with offset and slope */
  double    *rest;     /* (grid.n_energy) measured less the sum */
  double    *part;     /* (n_component of the chosen, grid.n_energy) w_i f_i */
} cuxas_mixture;

/* cuxas_mixture_settings_for() - how predictions or standards are mixed
 *
 *   compare  of the match
 *
 * Predictions: CUXAS_PRIOR_STANDARD_SD_EV of the shift's spread is calibration, the rest is each component's own.
 * Standards: not broadened, shifts around 0; half of the variance between two calibrations is this measurement's, half
 * the standard's. */
cuxas_mixture_settings cuxas_mixture_settings_for(cuxas_mixture_kind kind, const cuxas_compare_settings *compare,
                                                  size_t n_max, uint64_t seed, int n_thread);

/* cuxas_mixture_new() - the best sums of some candidates
 *
 *   candidate    (n_candidate) predictions, or standards; of these, what would make the common range shorter than 30 eV
 *                is left out
 *   ret_mixture  the caller frees it with cuxas_mixture_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no candidates, n_max, or candidates and query do not meet; CUXAS_ENUMERIC a flat
 * measurement, or nothing goes with it; CUXAS_ENOMEM. */
cuxas_status cuxas_mixture_new(const cuxas_query *query, const cuxas_mixture_candidate *candidate, size_t n_candidate,
                               const cuxas_mixture_settings *settings, cuxas_mixture **ret_mixture, cuxas_error *err);

/* A library and its ranking. */
typedef struct {
  const cuxas_library *library;
  const cuxas_hits    *hits; /* of this library and the query */
} cuxas_mixture_source;

/* cuxas_mixture_library() - the same for the structures, or the measured spectra, of libraries
 *
 *   source    (n_source) at least one. One shift for all hits of the first (CUXAS_SHIFT_COMMON) is the mixture's, too; a
 *             standard that is the measurement itself (is_query) is no component
 *   opt_omit  name of a candidate that is left out; NULL: none
 *
 * *ret_mixture is NULL where the libraries have no such candidate. */
cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_mixture_source *source, size_t n_source,
                                   const cuxas_mixture_settings *settings, const char *opt_omit,
                                   cuxas_mixture **ret_mixture, cuxas_error *err);

/* cuxas_mixture_judge() - is a mixture of standards the answer?
 *
 *   hits           candidates, whose surroundings tell the states of compounds
 *   opt_standards  measured spectra compared one by one; NULL: none
 *
 * A sum without a rival is the answer only where one compound could not look like it: what no single spectrum, whatever its
 * elements, comes near; of copper in two states, between which no compound of one state lies; or what is left over is as
 * little as of the very spectra. Where several sums do equally well, and no single one, all of them must be of two states. A
 * single one that comes near only where the energy axis is moved by 1 eV more or less than for the sum is none: windows of
 * energy losses are that wide. */
void cuxas_mixture_judge(cuxas_mixture *mixture, const cuxas_hits *hits, const cuxas_hits *opt_standards);

/* cuxas_mixture_free() - accepts NULL */
void cuxas_mixture_free(cuxas_mixture *mixture);

#endif
