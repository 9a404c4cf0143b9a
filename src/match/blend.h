/* blend.h - candidates and a measurement in the metric in which sums are compared, and the best sums
 *
 * A blend is a set of candidates, each with its shift and core-hole fraction. Its score is S of mixture.h. */
#ifndef CUXAS_MATCH_BLEND_H
#define CUXAS_MATCH_BLEND_H
#include "match/mixture.h"
#include "match/search.h"
#include "match/compare.h"
#include <stddef.h>

typedef struct {
  size_t i_candidate;
  double shift_eV, hole_fraction, weight;
} cuxas_blend_part;

typedef struct {
  size_t           n;
  cuxas_blend_part part[CUXAS_MIXTURE_MAX];
  double           score;    /* -INFINITY: a part has no weight, so that this is a smaller blend */
  double           r_square; /* part of the measurement that it explains */
} cuxas_blend;

typedef struct {
  const cuxas_mixture_settings *settings;
  size_t                        n_candidate;
  cuxas_resampled             **resampled;  /* (n_candidate) NULL: left out */
  size_t                       *compound;   /* (n_candidate) equal ones are measurements of one compound */
  double                       *step_error; /* (n_candidate) sd of ln of the edge step */
  size_t                        n_left_out; /* candidates that are too short, or have no edge step */
  size_t                        i_shortest; /* the candidate that ends the range; n_candidate: the measurement does */
  cuxas_grid                    grid;       /* compared */
  bool                          is_fixed;   /* one shift is given */
  double                        low_eV, high_eV; /* shifts allowed */
  cuxas_whitening               whitening;
  double                       *nuisance; /* (CUXAS_WHITENING_ROWS, grid.n_energy) of the whitening: theory's errors */
  double                       *measured; /* (grid.n_energy) 0 ... 1 */
  double                       *whitened; /* (grid.n_energy) row of the target */
  cuxas_whitened                target;   /* the measurement, whitened */
  double                        target_square; /* product with itself */
} cuxas_mixing;

/* cuxas_mixing_new() - curves broadened and ready to be read at every shift of the window
 *
 *   ret_mixing  the caller frees it with cuxas_mixing_free(); settings must outlive it, candidates need not
 *
 * Returns  as cuxas_mixture_new(). */
cuxas_status cuxas_mixing_new(const cuxas_query *query, const cuxas_mixture_candidate *candidate, size_t n_candidate,
                              const cuxas_mixture_settings *settings, cuxas_mixing **ret_mixing, cuxas_error *err);

/* cuxas_mixing_free() - accepts NULL */
void cuxas_mixing_free(cuxas_mixing *mixing);

/* cuxas_mixing_fits_hole() - has the candidate two channels whose weight is fitted? */
bool cuxas_mixing_fits_hole(const cuxas_mixing *mixing, size_t i_candidate);

/* cuxas_mixing_n_fitted() - weights, shifts and fractions of a blend that are fitted */
size_t cuxas_mixing_n_fitted(const cuxas_mixing *mixing, const cuxas_blend *blend);

/* cuxas_mixing_read() - the curve of a part at its shift and fraction, without its weight; ret_mu, work (n_energy) */
void cuxas_mixing_read(const cuxas_mixing *mixing, const cuxas_blend_part *part, double *ret_mu, double *work);

/* cuxas_mixing_score() - S from R^2 and what the priors say of shifts and fractions */
double cuxas_mixing_score(const cuxas_mixing *mixing, const cuxas_blend *blend, double r_square);

/* cuxas_blend_has() - is the candidate one of the parts? */
bool cuxas_blend_has(const cuxas_blend *blend, size_t i_candidate);

/* cuxas_blend_contains() - are all parts of `part` parts of `whole`? */
bool cuxas_blend_contains(const cuxas_blend *whole, const cuxas_blend *part);

/* cuxas_blend_is_alike() - are these the same compounds? */
bool cuxas_blend_is_alike(const cuxas_mixing *mixing, const cuxas_blend *a, const cuxas_blend *b);

/* cuxas_blend_settle() - the best shifts, fractions and weights of the given candidates; score -INFINITY: one has no weight */
cuxas_status cuxas_blend_settle(const cuxas_mixing *mixing, cuxas_blend *io, cuxas_error *err);

/* cuxas_blend_search() - the best blends of 1 ... settings->n_max candidates, at most one of each compound
 *
 *   ret_blend    (*ret_n_blend) by size, then by falling score, at most CUXAS_MIXTURE_BEAM of each size; the caller
 *                frees it
 *   ret_n_blend  0: nothing goes with the measurement
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_blend_search(const cuxas_mixing *mixing, cuxas_blend **ret_blend, size_t *ret_n_blend,
                                cuxas_error *err);

/* -- non-negative least squares for few unknowns -- */

enum { CUXAS_NNLS_MAX = 6 };

/* cuxas_nnls() - the non-negative x that minimises |A x - b|^2, from A'A and A'b (C. L. Lawson and R. J. Hanson,
 * Solving Least Squares Problems, 1974, chapter 23)
 *
 *   gram    (n, n) A'A, positive semidefinite
 *   inner   (n) A'b
 *   ret_x   (n)
 *   n       1 ... CUXAS_NNLS_MAX
 *
 * Columns that depend on others get 0. */
void cuxas_nnls(const double *gram, const double *inner, size_t n, double *ret_x);

#endif
