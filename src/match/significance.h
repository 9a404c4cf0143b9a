/* significance.h - predicted spectra of many compounds that have nothing to do with a query: what chance agreement looks like
 *
 * A background belongs to one model and is the same for every question that is asked of it, whatever candidates are
 * searched. `cuxas-refdb background` makes it from a folder of structures; the file has the container of model files
 * (cuxas-model(5)) with a head {"format": "cuxas-background/1", ...}. */
#ifndef CUXAS_SIGNIFICANCE_H
#define CUXAS_SIGNIFICANCE_H
#include "cuxas/catalog.h"
#include "match/library.h"
#include "cuxas/match.h"
#include "cuxas/model.h"
#include "cuxas/measured.h"
#include "cuxas/status.h"

enum { CUXAS_BACKGROUND_MIN = 50 }; /* with fewer spectra a tail cannot be told from a bulk (our choice) */

typedef struct {
  char       model_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the model that predicted them */
  cuxas_grid grid;                                /* the model's combined one */
  size_t     n_spectrum;
  char (*formula)[CUXAS_FORMULA_SIZE]; /* (n_spectrum) of cuxas_crystal_formula() */
  double *mu[CUXAS_N_CHANNEL];         /* (n_spectrum, n_energy), float32 values; NULL: channel not in the model */
} cuxas_background;

/* cuxas_background_predict() - the spectra of all structures of a catalog that can be predicted
 *
 *   n_thread        >= 1; the result does not depend on it
 *   opt_watch       may be NULL
 *   ret_background  the caller frees it with cuxas_background_free()
 *
 * Spectra among the candidates, and structures that cannot be read or predicted, are left out. One formula may occur
 * several times.
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_BACKGROUND_MIN are left; CUXAS_ENOMEM. */
cuxas_status cuxas_background_predict(const cuxas_catalog *catalog, const cuxas_model *model, int n_thread,
                                      const cuxas_watch *opt_watch, cuxas_background **ret_background,
                                      cuxas_error *err);

/* cuxas_background_read() - a background from its file
 *
 *   model           whose predictions they must be
 *   ret_background  the caller frees it with cuxas_background_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT damaged, of another kind, or of another model than `model`; CUXAS_ENOMEM. */
cuxas_status cuxas_background_read(const char *path, const cuxas_model *model, cuxas_background **ret_background,
                                   cuxas_error *err);

/* Where a background may come from. */
typedef struct {
  const char *model_path;     /* the file beside it is tried first: "models/x.background" of "models/x.cuxas" */
  const char *opt_candidates; /* folder of structures that are predicted where no file of this model is there */
} cuxas_background_place;

/* cuxas_background_find() - the background that goes with a model
 *
 *   ret_background  NULL where none can be had; the caller frees it
 *
 * Returns  CUXAS_OK, also without one; CUXAS_ENOMEM. */
cuxas_status cuxas_background_find(const cuxas_background_place *place, const cuxas_model *model, int n_thread,
                                   const cuxas_watch *opt_watch, cuxas_background **ret_background, cuxas_error *err);

/* cuxas_background_write() - the same spectra give the same bytes; CUXAS_EIO, CUXAS_EEXIST, CUXAS_ENOMEM */
cuxas_status cuxas_background_write(const cuxas_background *background, const char *path, bool overwrite,
                                    cuxas_error *err);

/* cuxas_background_curve() - one spectrum as the comparison sees a prediction; borrowed */
cuxas_curve cuxas_background_curve(const cuxas_background *background, size_t i_spectrum,
                                   const cuxas_compare_settings *compare);

/* cuxas_background_free() - accepts NULL */
void cuxas_background_free(cuxas_background *background);

/* -- how often would an unrelated compound agree with this measurement as well as a candidate does?
 *
 *   score    S of compare.h: what ranks, with no upper end
 *   p-value  part of unrelated compounds whose predicted spectrum scores S or more against this very measurement,
 *            compared in the same way; from a fixed background, so it does not depend on the candidates
 *   E-value  p times the number of structures searched: how many of them would score as well by chance
 *
 * The idea is that of sequence search (S. Karlin and S. F. Altschul, Proc. Natl. Acad. Sci. USA 87, 2264 (1990)). Why the
 * tail is exponential here: the part of a population that lies within a distance r of a point falls as r^d, with d the
 * population's local dimension (E. Levina and P. J. Bickel, NIPS 17 (2004)), and S is, but for the priors, minus the
 * logarithm of a distance times a number.
 *
 *   bulk     p = (m + 1) / (n + 1), m of the n background scores being S or more
 *   tail     beyond the (k + 1)-th largest score u, k = CUXAS_SIGNIFICANCE_TAIL n:
 *            p = (k + 1) / (n + 1) (1 + (S - u) / T)^-k,   T = sum over the k largest scores of (score - u):
 *            the chance that one more exponential excess is that large, its unknown rate estimated from k others
 *            (F distribution with 2 and 2 k degrees of freedom); for large k it is exp(-k (S - u) / T), Hill's
 *            estimate (B. M. Hill, Ann. Statist. 3, 1163 (1975))
 *
 * Background spectra of the candidate's own formula are left out: they are not unrelated to it. -- */

#define CUXAS_SIGNIFICANCE_TAIL 0.1 /* part of the background that makes the tail (our choice) */

/* The background's scores against one query. */
typedef struct {
  const cuxas_background *background; /* borrowed */
  size_t                  n_score;
  double                 *score;      /* (n_score) descending */
  size_t                 *i_spectrum; /* (n_score) whose; those that could not be compared are left out */
} cuxas_null;

/* cuxas_null_new() - compares the whole background with a query
 *
 *   settings  as for the candidates, predictions: saturation is fitted to neither; CUXAS_SHIFT_COMMON is not possible here: give the
 *             shift found as a fixed one
 *   opt_score (n_spectrum) what is known of them already, NaN: not known; NULL: nothing
 *   ret_null  the caller frees it with cuxas_null_free(); the background must outlive it
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE another grid than the query's step, CUXAS_SHIFT_COMMON, or fewer than
 *          CUXAS_BACKGROUND_MIN spectra that can be compared; CUXAS_ENOMEM. */
cuxas_status cuxas_null_new(const cuxas_query *query, const cuxas_background *background,
                            const cuxas_compare_settings *settings, int n_thread, const double *opt_score,
                            cuxas_null **ret_null, cuxas_error *err);

/* cuxas_null_free() - accepts NULL */
void cuxas_null_free(cuxas_null *null);

/* cuxas_null_p_value() - p of a score
 *
 *   formula  of the candidate: background spectra of this formula do not count; "" : all count
 *
 * Returns  0 < p <= 1; NaN for a score that is NaN. */
double cuxas_null_p_value(const cuxas_null *null, double score, const char *formula);

/* cuxas_significance_fill() - p-value and E-value of all structures among the hits
 *
 *   settings     as matched; a common shift is taken from the hits
 *   opt_library  that was matched here with these settings: spectra that the background shares with it are not compared again, which
 *                changes no digit
 *
 * Spectra among the candidates get none: a measured standard agrees better than any prediction, related or not.
 * Returns  as cuxas_null_new(). */
cuxas_status cuxas_significance_fill(const cuxas_query *query, const cuxas_background *background,
                                     const cuxas_compare_settings *settings, int n_thread,
                                     const cuxas_library *opt_library, cuxas_hits *hits, cuxas_error *err);

/* -- what speaks against a measurement before anything is ranked, computed from the measurement itself -- */

/* Preprocessing warns of coarse steps, gaps, a missing pre-edge and curves that end below their beginning; here is what needs
 * the edges, the model, or spectra of other compounds to be seen. Limits are our choice. */

#define CUXAS_DOUBT_RANGE_EV 30.0    /* compared over less than this: too short for two edges */
#define CUXAS_DOUBT_AXIS_EV 4.0      /* first onset further than this from where predictions expect it */
#define CUXAS_DOUBT_SPLITTING_EV 1.0 /* distance of two onsets off by more than this */
#define CUXAS_DOUBT_SIGNAL 30.0      /* range of the signal over its noise below this */
#define CUXAS_DOUBT_STEP_PART 0.65   /* ratio of the edges' steps below this part of the expected one */

/* cuxas_noise() - standard deviation of a scan's independent noise
 *
 *   1.4826 / sqrt(6) times the median magnitude of second differences, over triples of points whose two steps differ by
 *   less than a tenth of the larger; 0 when there are fewer than 10 such triples
 *
 *   spectrum  ascending energies */
cuxas_status cuxas_noise(const cuxas_spectrum *spectrum, double *ret_noise, cuxas_error *err);

/* cuxas_step_ratio() - how far the curve rises over the second edge, in units of its rise over the first
 *
 * The levels are means: of what lies 3 eV and more below the first onset, of 5 to 2 eV below the second, and of 12 to 22 eV behind
 * it. The two edges' steps are as their occupations, about 2 to 1; saturation and self-absorption flatten what is high, and
 * the second step stands on the first: the ratio falls, of a curve m by (1 + s) m / (1 + s m) with s = 1 to about half.
 *
 *   onset  (2) as cuxas_onset_find() gives them
 *
 * Returns  NaN where an onset was not found, the curve begins less than 4 eV below the first or ends less than 15 eV behind the
 *          second, or the first step is not positive. */
double cuxas_step_ratio(cuxas_grid grid, const double *mu, const cuxas_onset *onset);

/* cuxas_doubt() - adds what there is to doubt
 *
 *   spectrum        as read, in any order
 *   query, compare  made ready, and how it will be compared
 *   model           expected ratio of the steps
 *   opt_background  NULL: the energy axis cannot be judged
 *   warnings        added to
 *
 * Warns of   less than CUXAS_DOUBT_RANGE_EV compared; a later edge that is not there or that the scan does not reach; an energy
 *            axis that is off, or stretched; too small a second step; too much noise.
 * Returns    CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_doubt(const cuxas_spectrum *spectrum, const cuxas_query *query,
                         const cuxas_compare_settings *compare, const cuxas_model *model,
                         const cuxas_background *opt_background, cuxas_warnings *warnings, cuxas_error *err);

#endif
