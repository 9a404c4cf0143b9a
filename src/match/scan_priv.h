/* scan_priv.h - the scan of many curves (scan.c) and what it says of a search in each (scan_bound.c) */
#ifndef CUXAS_MATCH_SCAN_PRIV_H
#define CUXAS_MATCH_SCAN_PRIV_H
#include "base/clones.h"
#include "match/scan.h"
#include "match/search.h"
#include "match/compare.h"

/* Products and sums stay apart, so that all of them give the same bits; what is inlined is
 * compiled for the oldest processor. */
#define CUXAS_SCAN_CLONES CUXAS_CLONES("avx512f", "avx2", "default")

static inline double larger(double a, double b) /* without fmax()'s care for NaN, which is a call */
{
  return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
  return a < b ? a : b;
}

#define CUXAS_SCAN_BEYOND_TIES 1.000001 /* of misfits */
#define CUXAS_SCAN_LEAST_MISFIT 1e-12   /* as cuxas_score_of_correlation() has it */
enum { N_COLUMN = 64, N_FRACTION = 20, FRACTION_ROOM = 24 /* whole registers */, CUXAS_SCAN_POINTS = 24 };

/* The curve's points by their distance in steps from its first point: `low` ... low + n_read - 1 are read, a fraction t behind
 * each; n_extended, from first - 1, are broadened and interpolated to give them. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  cuxas_search_plan             plan;
  cuxas_grid                    grid; /* of the curves */
  size_t                        n_channel;
  bool                          is_regular[CUXAS_SCAN_MAX_TRIAL]; /* a whole number of steps from the first trial */
  size_t                        offset[CUXAS_SCAN_MAX_TRIAL];     /* of its first point in what is read */
  size_t                        at[CUXAS_SCAN_MAX_TRIAL];         /* the trial of an offset */
  bool                          is_even; /* all are regular, and the curve's own points are read: n_trial offsets */
  ptrdiff_t                     low;
  size_t                        n_read, n_offset, n_extended, n_half;
  double                        t, smm;
  double                       *tap;    /* (n_width, 2 n_half + 4) broadening and interpolation together */
  double                       *tail;   /* (n_extended) of a curve below its first point, in parts of that */
  float                        *linear; /* (N_LINEAR, n_energy): g, n_0, n_1 */
  float                        *square; /* (2, n_energy): A, C */
  double                        inverse[3];
  double                        part, stretch; /* f, how much the filter may stretch */
  double most_step, most_inside, most_end[2];  /* the largest A; |C| inside, at the first and last point */
  /* what the priors take from the score; factors of misfits: */
  double penalty[CUXAS_SEARCH_MAX_WIDTH][CUXAS_SCAN_MAX_TRIAL];
  double trial_factor[CUXAS_SEARCH_MAX_WIDTH][CUXAS_SCAN_MAX_TRIAL];
  double hole_factor[FRACTION_ROOM], fraction[FRACTION_ROOM]; /* infinite behind the last one that is tried */
  size_t n_fraction;                                          /* tried: N_FRACTION + 1, or 1 of one that is fixed */
  double near_weight[4][CUXAS_SCAN_POINTS],
      far_weight[4][CUXAS_SCAN_POINTS];         /* of whole steps, at points between two */
  double *product, *nuisance[CUXAS_N_NUISANCE]; /* (n_energy) g, n */
  double *weight;                               /* (n_energy) of whitening */
  double  norm;
  bool    only_places;                                             /* as cuxas_scan_manner */
  double  needed;                                                  /* of a score without what the model's errors take */
  double  metric;                                                  /* what the model's errors take from every score */
  float  *scaled;                                                  /* (n_energy) the measurement from 0 to 1 */
  double  magnitude_product, magnitude_nuisance[CUXAS_N_NUISANCE]; /* |g|, |n| */
} cuxas_scan_job;

/* What a search may find in one curve, by width; scores without what the model's errors take. */
typedef struct {
  double         least[CUXAS_SEARCH_MAX_WIDTH]; /* is found at least at a whole step; -infinity: nothing is known */
  double         most[CUXAS_SEARCH_MAX_WIDTH];  /* and at most between steps; heights apart */
  double         upper[CUXAS_SEARCH_MAX_WIDTH]; /* the same with the heights */
  cuxas_foreseen best;                          /* best of the whole steps */
  double         best_value;                    /* heights apart */
} cuxas_prospect;

/* How far rounding may have taken the curves' products at any shift, by column. */
typedef struct {
  double curve[N_COLUMN], square[N_COLUMN],
      product[N_COLUMN];                /* x itself; before offset and slope have taken their part */
  double u[CUXAS_N_NUISANCE][N_COLUMN]; /* u_k */
} cuxas_scan_rounding;

/* Rows of N_COLUMN numbers, one a curve. */
typedef struct {
  double             *extended[2]; /* (n_extended) of both channels */
  double             *wide;        /* (n_read) as read */
  float              *x[2];        /* (n_read) as read, less its mean */
  float              *step[2];     /* (n_read) x_i - x_i-1 */
  float              *product;     /* (n_read) */
  float              *linear[2];   /* (N_LINEAR, n_trial) by channel */
  float              *square[3];   /* (n_trial) of channels 0 0, 0 1, 1 1 */
  double             *whole[3];    /* (n_trial) the same less what offset and slope take, */
  double             *off_square;  /* (n_trial)   and how far that may be off */
  double             *lower;       /* (n_trial) least misfits that there may be */
  float              *all;
  double             *all_wide;
  double              size[2][N_COLUMN];      /* root of the sum of squares of x, of */
  double              step_size[2][N_COLUMN]; /*   step; */
  double              end[2][2][N_COLUMN];    /* the largest x that may be the first or the last of a shift */
  double              change[2][N_COLUMN];    /* no more than |x_i+1 - x_i|, whitened, at any shift */
  cuxas_scan_rounding rounding;
  cuxas_prospect      prospect[N_COLUMN];
} cuxas_scan_block;

/* Products of one curve at one place, and how far they may be off. */
typedef struct {
  double s00, s01, s11, s0m, s1m, off_square, off_product;
  double u[2][CUXAS_N_NUISANCE]; /* by channel */
} cuxas_scan_products;

/* cuxas_scan_products_at() - of a column at a trial of the present width */
cuxas_scan_products cuxas_scan_products_at(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t k, size_t column);

/* cuxas_scan_place_points() - fills near_weight and far_weight */
void cuxas_scan_place_points(cuxas_scan_job *j);

/* Scores are compared as misfits exp(-2 score / N) = (1 - r^2) exp(2 penalty / N), which need no logarithm. */
double cuxas_scan_misfit(double r_square);
double cuxas_scan_score(const cuxas_scan_job *j, double misfit);

/* cuxas_scan_misfits() - of a place, by fraction, its shift and width apart: the least that there may be (sign 1), must be (-1), or
 * about what it is (0); infinite behind the last fraction */
void cuxas_scan_misfits(const cuxas_scan_job *j, const cuxas_scan_products *p, double sign,
                        double ret_misfit[FRACTION_ROOM]);

/* cuxas_scan_judge_width() - what a search of the present width may find in a column
 *
 *   least   it finds at least, heights apart
 *   places  the trials that are left */
void cuxas_scan_judge_width(const cuxas_scan_job *j, cuxas_scan_block *b, size_t i_width, size_t column, double least,
                            const cuxas_places *places);

/* cuxas_scan_judge() - of all widths: those that cannot be the best lose their places */
void cuxas_scan_judge(const cuxas_scan_job *j, const cuxas_prospect *of, cuxas_places *places,
                      cuxas_foreseen *ret_foreseen);

#endif
