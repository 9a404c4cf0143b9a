/* Contents: 1. priors  2. what a choice is worth  3. the choice  4. the table
 *
 * The constants of the score were chosen on the measured curves that they are judged by. Here, for every compound asked
 * for, they are chosen anew from a grid by the other compounds alone: by the mean logarithm of the probability, in
 * proportion to exp(score), that the right structure has among the compounds' structures. The priors of shift and
 * core-hole fraction (mean and spread) are learnt from the compounds that are neither asked for nor judged. What comes out
 * is what the score is worth for a compound that nobody has looked at. */
#include "cmd/common.h"
#include "match/library.h"
#include "base/memory.h"
#include "cmd/validate_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LENGTH_EV[] = {0.5, 1.0, 2.0}, THEORY[] = {0.15, 0.3, 0.6}, HEIGHT[] = {0.0, 2.0};
enum { N_LENGTH = 3, N_THEORY = 3, N_HEIGHT = 2, N_CHOICE = N_LENGTH * N_THEORY * N_HEIGHT };

#define LEAST_SHIFT_SD_EV 0.3 /* spreads of few values may come out too small by chance */
#define LEAST_HOLE_SD 0.05
enum { LEAST_OTHERS = 3 };

static cuxas_score_model make_choice(int i_choice)
{
  cuxas_score_model score = cuxas_score_model_defaults();
  score.error_length_eV   = LENGTH_EV[i_choice % N_LENGTH];
  score.theory_error      = THEORY[i_choice / N_LENGTH % N_THEORY];
  score.n_height          = HEIGHT[i_choice / (N_LENGTH * N_THEORY)];
  return score;
}

/* One source of candidates. */
typedef struct {
  const validate_run    *run;
  const validate_source *source;
  size_t                 n_asked; /* compounds with a curve */
  size_t                *asked;   /* (n_asked) */
} inquiry;

/* 1. priors */

static cuxas_prior find_prior(const double *value, size_t n, double least_sd)
{
  double mean = 0.0, square = 0.0;
  for (size_t i = 0; i < n; i++) mean += value[i] / (double)n;
  for (size_t i = 0; i < n; i++) square += (value[i] - mean) * (value[i] - mean) / (double)(n - 1);
  return (cuxas_prior){mean, sqrt(square + least_sd * least_sd)};
}

/* Learnt from all compounds but i and j. */
static cuxas_status set_priors(const inquiry *all, size_t i, size_t j, cuxas_compare_settings *compare,
                               cuxas_error *err)
{
  const validate_fit *own   = all->source->table[CUXAS_MANNER_ASKED].own;
  double             *value = cuxas_new_array(all->n_asked, 2 * sizeof *value);
  size_t              n     = 0;
  if (value == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for priors");
  double *hole = value + all->n_asked;
  for (size_t k = 0; k < all->n_asked; k++) {
    const size_t other = all->asked[k];
    if (other == i || other == j || !own[other].is_known) continue;
    value[n]  = own[other].shift_eV;
    hole[n++] = own[other].hole_fraction;
  }
  if (n >= LEAST_OTHERS) {
    compare->shift_prior = find_prior(value, n, LEAST_SHIFT_SD_EV);
    compare->hole_prior  = find_prior(hole, n, LEAST_HOLE_SD);
  }
  free(value);
  return CUXAS_OK;
}

/* 2. what a choice is worth */

/* What one question gave. */
typedef struct {
  size_t rank;   /* of the right structure among the compounds' */
  double chance; /* logarithm of its part of sum exp(score) */
} outcome;

static cuxas_status ask(const inquiry *all, size_t i, const cuxas_compare_settings *compare, outcome *ret_outcome,
                        cuxas_error *err)
{
  const char  *right = all->run->compounds.compound[i].structure;
  cuxas_hits  *hits  = NULL;
  double       sum = 0.0, own = -INFINITY;
  cuxas_status status =
      validate_ask(all->run, all->run->question[i].query, all->source->compounds, compare, 0, &hits, err);
  if (status != CUXAS_OK) return status;
  *ret_outcome = (outcome){hits->n_hit + 1, -INFINITY};
  for (size_t k = 0; k < hits->n_hit; k++) {
    const cuxas_hit *hit = &hits->hit[k];
    sum += exp(hit->comparison.score - hits->hit[0].comparison.score);
    if (strcmp(hit->name, right) != 0) continue;
    own          = hit->comparison.score - hits->hit[0].comparison.score;
    *ret_outcome = (outcome){hit->rank, NAN};
  }
  ret_outcome->chance = own - log(sum);
  cuxas_hits_free(hits);
  return CUXAS_OK;
}

/* 3. the choice */

/* The choice that the other compounds like best. */
static cuxas_status choose(const inquiry *all, size_t i, int *ret_choice, cuxas_error *err)
{
  double       best   = -INFINITY;
  cuxas_status status = CUXAS_OK;
  *ret_choice         = 0;
  for (int choice = 0; choice < N_CHOICE && status == CUXAS_OK; choice++) {
    double sum = 0.0;
    for (size_t k = 0; k < all->n_asked && status == CUXAS_OK; k++) {
      const size_t           other   = all->asked[k];
      cuxas_compare_settings compare = validate_settings(all->run, all->source, CUXAS_MANNER_ASKED, other);
      outcome                one     = {0};
      if (other == i) continue;
      compare.score = make_choice(choice);
      if ((status = set_priors(all, i, other, &compare, err)) == CUXAS_OK)
        status = ask(all, other, &compare, &one, err);
      sum += one.chance;
    }
    if (sum <= best) continue;
    best        = sum;
    *ret_choice = choice;
  }
  return status;
}

/* 4. the table */

typedef struct {
  size_t n_first, n_top3;
  double reciprocal;
} found;

static void count(const outcome *one, found *sum)
{
  sum->n_first += one->rank == 1;
  sum->n_top3 += one->rank <= 3;
  sum->reciprocal += 1.0 / (double)one->rank;
}

static void write_found(const char *name, const found *sum, size_t n, FILE *out)
{
  fprintf(out, "%-34s %5zu %6zu %8.3f\n", name, sum->n_first, sum->n_top3, sum->reciprocal / (double)n);
}

static cuxas_status run_source(const inquiry *all, FILE *out, cuxas_error *err)
{
  found              chosen = {0}, usual = {0};
  cuxas_status       status = CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("nested", cuxas_options_flag(all->run->options, "quiet"));

  fprintf(out, "\nNested choice, %-18s rank  usual  length  theory  heights  shift prior     hole prior\n",
          all->source->name);
  for (size_t k = 0; k < all->n_asked && status == CUXAS_OK; k++) {
    const size_t           i       = all->asked[k];
    cuxas_compare_settings compare = validate_settings(all->run, all->source, CUXAS_MANNER_ASKED, i);
    outcome                before = {0}, after = {0};
    int                    choice;
    cuxas_progress_show(k + 1, all->n_asked, &bar);
    if ((status = ask(all, i, &compare, &before, err)) != CUXAS_OK ||
        (status = choose(all, i, &choice, err)) != CUXAS_OK ||
        (status = set_priors(all, i, i, &compare, err)) != CUXAS_OK)
      break;
    compare.score = make_choice(choice);
    if ((status = ask(all, i, &compare, &after, err)) != CUXAS_OK) break;
    count(&before, &usual);
    count(&after, &chosen);
    fprintf(out, "  %-32s %4zu  %5zu  %6.1f  %6.2f  %7.0f  %+.2f +- %.2f  %.2f +- %.2f\n",
            all->run->compounds.compound[i].name, after.rank, before.rank, compare.score.error_length_eV,
            compare.score.theory_error, compare.score.n_height, compare.shift_prior.mean, compare.shift_prior.sd,
            compare.hole_prior.mean, compare.hole_prior.sd);
  }
  cuxas_progress_end(&bar);
  if (status != CUXAS_OK) return status;
  fprintf(out, "%-34s first  top 3   1/rank\n", "");
  write_found("  chosen by the other compounds", &chosen, all->n_asked, out);
  write_found("  usual constants, learnt means", &usual, all->n_asked, out);
  return CUXAS_OK;
}

cuxas_status validate_nested(const validate_run *run, FILE *out, cuxas_error *err)
{
  const size_t n      = run->compounds.n_compound;
  cuxas_status status = CUXAS_OK;
  inquiry      all    = {.run = run, .asked = cuxas_new_array(n, sizeof *all.asked)};
  if (all.asked == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu compounds", n);
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    all.source  = &run->source[k];
    all.n_asked = 0;
    for (size_t i = 0; i < n; i++)
      if (all.source->table[CUXAS_MANNER_ASKED].row[i].reason[0] == '\0') all.asked[all.n_asked++] = i;
    if (all.n_asked > LEAST_OTHERS) status = run_source(&all, out, err);
  }
  free(all.asked);
  return status;
}
