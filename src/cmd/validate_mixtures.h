/* validate_mixtures.h - are mixtures recognised? Sums of two measured curves against predictions and standards */
#ifndef CUXAS_CMD_VALIDATE_MIXTURES_H
#define CUXAS_CMD_VALIDATE_MIXTURES_H
#include "match/mixture.h"
#include "cmd/validate_run.h"

#include <stdio.h>

/* What became of the mixtures among one set of candidates. */
typedef struct {
  const char *among;      /* "model", "simulated", "standards" */
  bool        is_omitted; /* one component was taken from the candidates: no sum can be right */
  size_t      n_mixture;
  size_t      best[3];    /* the sum of smallest BIC has 0, 1, 2 of the components */
  size_t      claim[2];   /* without a rival: a wrong sum, the right one */
  size_t      several[2]; /* fit equally well: without the right one, with it */
  size_t      n_one;      /* no mixture is asked for */
  size_t      common[2];  /* something is in all that fit equally well: something wrong among it, or not */
  double share_error; /* summed over the right ones of smallest BIC: |share of the first component - VALIDATE_MIXED| */
  size_t n_covered;   /* of these, how many have VALIDATE_MIXED within the interval of that share */
} validate_mixture_line;

/* Mixtures among measured curves, nothing absent. */
typedef struct {
  char   name[32];                /* "0.80": share of the first compound; "CuO_PFY": the curve mixed, by all shares */
  size_t n_mixture, n_both;       /* tried; the sum of smallest BIC has both */
  size_t n_claim, n_wrong, n_one; /* without a rival: right, wrong; no mixture is asked for */
  double error;                   /* summed over n_both: |share of the first component - share| */
  size_t n_covered;               /* of these the share lies within its interval */
  size_t n_limit; /* one of the two alone is told, and from which share on the other would have been seen */
  size_t n_below; /* of these the other's share is below that */
} validate_share_line;

#define VALIDATE_MIXED 0.6 /* share of the first compound */
enum { VALIDATE_N_SHARE = 5, VALIDATE_MAX_OTHER = 16 };
enum { VALIDATE_MIXTURE_MAX_LINE = 2 * (CUXAS_VALIDATION_MAX_SOURCE + 1) };

typedef struct {
  size_t                n_line;
  validate_mixture_line line[VALIDATE_MIXTURE_MAX_LINE];
  validate_share_line   share[VALIDATE_N_SHARE];
  size_t                n_other;
  validate_share_line   other[VALIDATE_MAX_OTHER]; /* (n_other) its standards are other measurements of its compound */
} validate_mixtures;

/* validate_mixtures_run() - every pair of compounds with a measured curve
 *
 * The mixture is 60 % of the first and 40 % of the second of edge step 1 (levels of the last 5 eV that all curves have and of the first 5
 * points both have), each moved by its own calibration, broadened as by another instrument, with noise; sums of up to
 * two are looked for among the sources' compounds and the measured curves, then without the first component, then
 * without the second. Other shares are tried among the measured curves alone.
 * Returns  CUXAS_OK; as cuxas_mixture_library(). */
cuxas_status validate_mixtures_run(const validate_run *run, validate_mixtures *ret_mixtures, cuxas_error *err);

/* validate_mixtures_write() - as a table */
void validate_mixtures_write(const validate_mixtures *mixtures, FILE *out);

#endif
