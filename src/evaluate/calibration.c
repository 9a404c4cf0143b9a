/* calibration.c - are p-values, E-values and support what they claim? Queries whose answer is known
 *
 * Contents: 1. one query  2. its contenders  3. all of them  4. sums - text - JSON - figure */
#include "evaluate/calibration.h"
#include "spectrum/preprocess_steps.h"
#include "base/json.h"
#include "base/text.h"
#include "match/hits.h"
#include "match/query.h"
#include "match/library.h"

#include "base/elements.h"
#include "base/memory.h"
#include "cuxas/catalog.h"
#include "base/random.h"
#include "cuxas/preprocess.h"
#include "match/significance.h"
#include "evaluate/support.h"
#include "spectrum/curve.h"
#include "write/figure.h"
#include "write/text.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CHANCE_LEVEL[CUXAS_CHANCE_LEVELS]            = {0.01, 0.1, 1.0, 10.0};
static const double RELIABILITY_EDGE[CUXAS_RELIABILITY_BINS + 1] = {0.0, 0.05, 0.15, 0.3, 0.5, 0.75, 1.0 + 1e-9};

cuxas_query_range cuxas_query_range_realistic(void)
{
  return (cuxas_query_range){{0.003, 0.03}, {0.4, 1.2}, {-2.0, 2.0}, {-0.05, 0.1}, {0.0, 0.3}, {0.0, 0.2}};
}

typedef struct {
  const cuxas_calibration_library *library;
  const cuxas_query_range         *range;
  const cuxas_compare_settings    *settings;
  const cuxas_background          *background;
  uint64_t                         seed;
  const size_t                    *first;    /* (n_compound) the first curve of the same formula */
  const cuxas_element_set         *elements; /* (n_compound) */
} job;

/* What one query tells. */
typedef struct {
  double  rank, n_rival;             /* of the right compound, among compounds; how many others there are */
  double  known_rank, n_known_rival; /* the same among those of its elements */
  double  mae, spearman, p_right, null_p;
  size_t  n_chance[CUXAS_CHANCE_LEVELS];
  size_t  n_in_bin[CUXAS_RELIABILITY_BINS], n_right_in_bin[CUXAS_RELIABILITY_BINS];
  double  support_in_bin[CUXAS_RELIABILITY_BINS];
  bool    can, is_covered;
  double  group;
  double *p;        /* (n_compound) best first; owned by the job */
  bool   *is_right; /* (n_compound) */
} answer;

/* A candidate against the query. */
typedef struct {
  size_t           i_compound;
  double           score;
  cuxas_comparison comparison;
} entrant;

/* 1. one query */

static double draw(const double range[2], uint64_t *random)
{
  return range[0] + (range[1] - range[0]) * random_uniform(random);
}

static bool is_right(const job *all, size_t i_query, size_t i_compound)
{
  return all->first[i_query] == all->first[i_compound];
}

static void sort_out(const cuxas_calibration_library *library, size_t *ret_first, cuxas_element_set *ret_elements)
{
  for (size_t i = 0; i < library->n_compound; i++) {
    ret_first[i] = 0;
    while (strcmp(library->formula[ret_first[i]], library->formula[i]) != 0) ret_first[i]++;
    cuxas_formula_elements(library->formula[i], &ret_elements[i]);
  }
}

static cuxas_status make_query(const job *all, size_t i_query, uint64_t *random, cuxas_query **ret_query,
                               cuxas_error *err)
{
  const cuxas_model        *model    = all->library->model;
  const cuxas_query_range  *range    = all->range;
  cuxas_preprocess_settings how_read = cuxas_preprocess_defaults();
  cuxas_spectrum           *scan     = NULL;
  cuxas_prepared           *prepared = NULL;
  cuxas_edge_window         edge[CUXAS_COMPARE_MAX_EDGE];
  const double              log_noise[2] = {log(range->noise[0]), log(range->noise[1])};
  cuxas_degradation         how          = {0};
  const double              step_eV      = 0.75 * model->grid.step_eV;

  how.noise                      = exp(draw(log_noise, random));
  how.fwhm_eV                    = draw(range->fwhm_eV, random);
  how.shift_eV                   = draw(range->shift_eV, random);
  how.slope                      = draw(range->slope, random);
  how.saturation                 = draw(range->saturation, random);
  how.pedestal                   = draw(range->pedestal, random);
  how_read.beyond_lattice        = true;
  const cuxas_edge_layout layout = cuxas_query_layout(model, edge);
  cuxas_status status = cuxas_degrade(model->grid, all->library->truth + i_query * model->grid.n_energy, &how,
                                      (cuxas_scan_range){model->grid.start_eV, cuxas_grid_end_eV(model->grid), step_eV},
                                      random, &scan, err);
  if (status == CUXAS_OK)
    status = cuxas_preprocess_measured(scan, all->library->formula[i_query], model->grid, &how_read, &prepared, err);
  if (status == CUXAS_OK)
    status = cuxas_query_new(prepared->grid, prepared->mu, &layout, all->settings, ret_query, err);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(scan);
  return status;
}

/* As cuxas_hits_rank() does. */
static int by_score(const void *left, const void *right)
{
  const entrant *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  if (a->comparison.mae != b->comparison.mae) return a->comparison.mae < b->comparison.mae ? -1 : 1;
  return (a->i_compound > b->i_compound) - (a->i_compound < b->i_compound);
}

static cuxas_curve curve_of(const job *all, const double *rows, size_t i_compound)
{
  const cuxas_grid grid = all->library->model->grid;
  return (cuxas_curve){grid, rows + i_compound * grid.n_energy, NULL, true};
}

/* count_rivals() - compounds that come before the right one, and its ranks, from the curves in their order */
static cuxas_status count_rivals(const job *all, size_t i_query, const entrant *field, answer *ret_answer,
                                 cuxas_error *err)
{
  const size_t n       = all->library->n_compound;
  bool        *is_seen = cuxas_new(err, n, sizeof *is_seen); /* by first curve */
  if (is_seen == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    const size_t first = all->first[field[i].i_compound];
    if (is_seen[first]) continue;
    is_seen[first]      = true;
    const bool is_known = memcmp(&all->elements[first], &all->elements[i_query], sizeof *all->elements) == 0;
    if (first == all->first[i_query]) {
      ret_answer->rank       = ret_answer->n_rival + 1.0;
      ret_answer->known_rank = ret_answer->n_known_rival + 1.0;
    } else {
      ret_answer->n_rival += 1.0;
      ret_answer->n_known_rival += is_known ? 1.0 : 0.0;
    }
  }
  free(is_seen);
  return CUXAS_OK;
}

/* 2. its contenders */

static cuxas_status count_support(const double *support, const answer *one, size_t n, answer *ret_answer,
                                  cuxas_error *err)
{
  bool *is_in = cuxas_new(err, n, sizeof *is_in);
  if (is_in == NULL) return CUXAS_ENOMEM;
  ret_answer->group = (double)cuxas_support_group(support, n, CUXAS_SUPPORT_LEVEL, is_in);
  for (size_t i = 0; i < n; i++) {
    int bin = 0;
    while (support[i] >= RELIABILITY_EDGE[bin + 1]) bin++;
    ret_answer->n_in_bin[bin]++;
    ret_answer->n_right_in_bin[bin] += one->is_right[i];
    ret_answer->support_in_bin[bin] += support[i];
    ret_answer->can        = ret_answer->can || one->is_right[i];
    ret_answer->is_covered = ret_answer->is_covered || (one->is_right[i] && is_in[i]);
  }
  free(is_in);
  return CUXAS_OK;
}

/* Curves as they were compared, best first; measured (n_energy) too. */
static cuxas_status read_curves(const job *all, const cuxas_query *query, const entrant *field, size_t n,
                                double *measured, double *shifted, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    const cuxas_curve      curve = curve_of(all, all->library->candidate, field[i].i_compound);
    cuxas_compare_settings found = *all->settings; /* only the curve is wanted: nothing to fit again */
    cuxas_comparison       again;
    found.shift_mode     = CUXAS_SHIFT_FIXED;
    found.fixed_shift_eV = field[i].comparison.shift_eV;
    found.fwhm_eV        = field[i].comparison.fwhm_eV;
    found.fit_fwhm       = false;
    status = cuxas_compare(query, &curve, &found, &again, shifted + i * query->grid.n_energy, measured, err);
  }
  return status;
}

/* Of candidates that are no predictions: by replicates. */
static cuxas_status run_replicates(const job *all, const cuxas_query *query, size_t i_query, const entrant *field,
                                   size_t n_entrant, answer *ret_answer, cuxas_error *err)
{
  const size_t    n_energy = query->grid.n_energy;
  const size_t    n        = n_entrant < CUXAS_SUPPORT_CONTENDERS ? n_entrant : CUXAS_SUPPORT_CONTENDERS;
  cuxas_contender contender[CUXAS_SUPPORT_CONTENDERS];
  double          support[CUXAS_SUPPORT_CONTENDERS];
  double         *rows = cuxas_new(err, n_energy, (n + 1) * sizeof *rows);
  if (rows == NULL) return CUXAS_ENOMEM;

  double      *measured = rows + n * n_energy;
  cuxas_status status   = read_curves(all, query, field, n, measured, rows, err);
  for (size_t i = 0; i < n; i++) contender[i] = (cuxas_contender){rows + i * n_energy, field[i].score};
  if (status == CUXAS_OK)
    status = cuxas_support(query->grid, measured, contender, n,
                           (cuxas_replicates){CUXAS_SUPPORT_REPLICATES, all->seed + i_query}, support, err);
  if (status == CUXAS_OK) status = count_support(support, ret_answer, n, ret_answer, err);
  free(rows);
  return status;
}

/* Of predictions: by their p-values. */
static cuxas_status run_shares(size_t n, answer *ret_answer, cuxas_error *err)
{
  double *support = cuxas_new(err, n, sizeof *support);
  if (support == NULL) return CUXAS_ENOMEM;
  cuxas_support_from_p(ret_answer->p, n, support);
  const cuxas_status status = count_support(support, ret_answer, n, ret_answer, err);
  free(support);
  return status;
}

/* 3. all of them */

static cuxas_status run_query(const job *all, size_t i_query, answer *ret_answer, cuxas_error *err)
{
  const size_t           n        = all->library->n_compound;
  uint64_t               random   = all->seed;
  cuxas_query           *query    = NULL;
  cuxas_null             null     = {.background = all->background, .n_score = n};
  entrant               *field    = cuxas_new(err, n, sizeof *field);
  cuxas_status           status   = CUXAS_OK;
  cuxas_compare_settings settings = *all->settings;

  if (all->library->opt_errors != NULL) settings.opt_errors = all->library->opt_errors[i_query];
  for (size_t i = 0; i <= i_query; i++) random_next(&random); /* a stream of its own, from one number each */
  random          = random_next(&random);
  null.score      = cuxas_new(err, n, sizeof *null.score);
  null.i_spectrum = cuxas_new(err, n, sizeof *null.i_spectrum);
  if (field == NULL || null.score == NULL || null.i_spectrum == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = make_query(all, i_query, &random, &query, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n; i++) {
    const cuxas_curve curve = curve_of(all, all->library->candidate, i);
    field[i].i_compound     = i;
    if ((status = cuxas_compare(query, &curve, &settings, &field[i].comparison, NULL, NULL, err)) != CUXAS_OK)
      goto done;
    field[i].score = field[i].comparison.score;
  }
  size_t i_stranger = (size_t)(random_uniform(&random) * (double)n);
  while (is_right(all, i_query, i_stranger)) i_stranger = (i_stranger + 1) % n;
  const double stranger_score = field[i_stranger].score;
  qsort(field, n, sizeof *field, by_score);
  for (size_t i = 0; i < n; i++) { /* the candidates are their own background: compared already */
    null.score[i]      = field[i].score;
    null.i_spectrum[i] = field[i].i_compound;
  }
  ret_answer->null_p = cuxas_null_p_value(&null, stranger_score, all->library->formula[i_stranger]);
  if ((status = count_rivals(all, i_query, field, ret_answer, err)) != CUXAS_OK) goto done;
  bool has_right = false;
  for (size_t i = 0; i < n; i++) {
    const double p          = cuxas_null_p_value(&null, field[i].score, all->library->formula[field[i].i_compound]);
    ret_answer->p[i]        = p;
    ret_answer->is_right[i] = is_right(all, i_query, field[i].i_compound);
    if (!ret_answer->is_right[i]) {
      for (int k = 0; k < CUXAS_CHANCE_LEVELS; k++) ret_answer->n_chance[k] += p * (double)n <= CHANCE_LEVEL[k];
    } else if (!has_right) {
      has_right            = true;
      ret_answer->p_right  = p;
      ret_answer->mae      = field[i].comparison.mae;
      ret_answer->spearman = field[i].comparison.spearman;
    }
  }
  status = all->library->opt_errors != NULL ? run_shares(n, ret_answer, err)
                                            : run_replicates(all, query, i_query, field, n, ret_answer, err);
done:
  free(null.score);
  free(null.i_spectrum);
  cuxas_query_free(query);
  free(field);
  return status;
}

/* 4. sums */

static double median_of(const answer *answers, size_t n, size_t offset, double *work)
{
  for (size_t i = 0; i < n; i++) memcpy(&work[i], (const char *)&answers[i] + offset, sizeof work[i]);
  gsl_sort(work, 1, n);
  return gsl_stats_median_from_sorted_data(work, 1, n);
}

static cuxas_retrieval retrieve(const answer *answers, size_t n, bool is_known, double *work)
{
  const size_t    offset = is_known ? offsetof(answer, known_rank) : offsetof(answer, rank);
  cuxas_retrieval all    = {.median_rank = median_of(answers, n, offset, work)};
  for (size_t i = 0; i < n; i++) {
    const double rank = is_known ? answers[i].known_rank : answers[i].rank;
    all.n_first += rank <= 1.0;
    all.n_first3 += rank <= 3.0;
    all.n_first10 += rank <= 10.0;
    all.mean_rivals += (is_known ? answers[i].n_known_rival : answers[i].n_rival) / (double)n;
  }
  return all;
}

static void sum_up(const answer *answers, size_t n, cuxas_calibration *calibration)
{
  double *work                 = calibration->null_p; /* filled last */
  calibration->n_query         = n;
  calibration->median_mae      = median_of(answers, n, offsetof(answer, mae), work);
  calibration->median_spearman = median_of(answers, n, offsetof(answer, spearman), work);
  calibration->median_p_right  = median_of(answers, n, offsetof(answer, p_right), work);
  calibration->whole           = retrieve(answers, n, false, work);
  calibration->known           = retrieve(answers, n, true, work);
  calibration->median_group    = median_of(answers, n, offsetof(answer, group), work);
  for (int k = 0; k < CUXAS_RELIABILITY_BINS; k++)
    calibration->reliability[k] = (cuxas_reliability){.low = RELIABILITY_EDGE[k], .high = RELIABILITY_EDGE[k + 1]};
  for (size_t i = 0; i < n; i++) {
    const answer *one = &answers[i];
    calibration->n_can += one->can;
    calibration->n_covered += one->is_covered;
    for (int k = 0; k < CUXAS_CHANCE_LEVELS; k++) {
      calibration->chance_level[k] = CHANCE_LEVEL[k];
      calibration->n_by_chance[k] += (double)one->n_chance[k] / (double)n;
    }
    for (int k = 0; k < CUXAS_RELIABILITY_BINS; k++) {
      cuxas_reliability *bin = &calibration->reliability[k];
      bin->n += one->n_in_bin[k];
      bin->mean_support += one->support_in_bin[k];
      bin->part_right += (double)one->n_right_in_bin[k];
    }
  }
  for (int k = 0; k < CUXAS_RELIABILITY_BINS; k++) {
    cuxas_reliability *bin = &calibration->reliability[k];
    bin->mean_support /= (double)bin->n; /* NaN: no candidate had such support */
    bin->part_right /= (double)bin->n;
  }
  for (size_t i = 0; i < n; i++) calibration->null_p[i] = answers[i].null_p;
  calibration->null_significance = cuxas_uniformity(calibration->null_p, n, &calibration->null_distance);
}

/* Mean logarithm of the support of the right compounds, were the density's numbers these. */
static double rate_density(const answer *answers, size_t n_query, size_t n, double scale, double power)
{
  double sum = 0.0;
  for (size_t i = 0; i < n_query; i++) {
    double right = 0.0, every = 0.0;
    for (size_t k = 0; k < n; k++) {
      const double density = cuxas_support_density(answers[i].p[k], scale, power);
      every += density;
      if (answers[i].is_right[k]) right += density;
    }
    sum += log(right / every);
  }
  return sum / (double)n_query;
}

/* The most likely numbers of support.h's density, on a grid of two digits. */
static void find_density(const answer *answers, size_t n_query, size_t n, cuxas_calibration *calibration)
{
  double best = -INFINITY;
  for (int i = 0; i <= 20; i++)
    for (int k = 0; k <= 20; k++) {
      const double scale = 0.005 * pow(10.0, 0.1 * i), power = 1.0 + 0.1 * pow(10.0, 0.1 * k); /* to 0.5 and 11 */
      const double value = rate_density(answers, n_query, n, scale, power);
      if (value <= best) continue;
      best                       = value;
      calibration->support_scale = scale;
      calibration->support_power = power;
    }
}

/* The candidates as a background of their own. */
static cuxas_status make_background(const cuxas_calibration_library *library, cuxas_background *background,
                                    cuxas_error *err)
{
  const size_t n_value   = library->n_compound * library->model->grid.n_energy;
  background->grid       = library->model->grid;
  background->n_spectrum = library->n_compound;
  background->formula    = cuxas_new(err, library->n_compound, sizeof *background->formula);
  background->mu[0]      = cuxas_new(err, n_value, sizeof *background->mu[0]);
  if (background->formula == NULL || background->mu[0] == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < library->n_compound; i++)
    snprintf(background->formula[i], sizeof background->formula[i], "%s", library->formula[i]);
  memcpy(background->mu[0], library->candidate, n_value * sizeof *background->mu[0]);
  return CUXAS_OK;
}

cuxas_status cuxas_calibrate(const cuxas_calibration_library *library, const cuxas_calibration_plan *plan,
                             const cuxas_watch *opt_watch, cuxas_calibration **ret_calibration, cuxas_error *err)
{
  cuxas_compare_settings around_0    = plan->compare;
  cuxas_background      *background  = NULL;
  cuxas_calibration     *calibration = NULL;
  size_t                 n_done      = 0;
  cuxas_status           status      = CUXAS_OK;

  *ret_calibration          = NULL;
  around_0.center_shift_eV  = 0.0;
  around_0.shift_prior.mean = 0.0;
  around_0.shift_mode       = CUXAS_SHIFT_FIT;
  around_0.fit_hole         = false;
  around_0.hole_fraction    = 1.0;
  const size_t n_query      = plan->n_query < library->n_compound ? plan->n_query : library->n_compound;
  if (library->n_compound < CUXAS_BACKGROUND_MIN || n_query == 0)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu compounds are too few to calibrate with, %d are needed",
                      library->n_compound, CUXAS_BACKGROUND_MIN);
  answer      *answers     = cuxas_new(err, n_query, sizeof *answers);
  cuxas_error *reason      = cuxas_new(err, n_query, sizeof *reason);
  double      *p           = cuxas_new(err, n_query, library->n_compound * sizeof *p);
  bool        *is_right_of = cuxas_new(err, n_query, library->n_compound * sizeof *is_right_of);
  background               = cuxas_new(err, 1, sizeof *background);
  calibration              = cuxas_new(err, 1, sizeof *calibration);
  if (calibration != NULL) calibration->null_p = cuxas_new(err, n_query, sizeof *calibration->null_p);
  size_t            *first    = cuxas_new(err, library->n_compound, sizeof *first);
  cuxas_element_set *elements = cuxas_new(err, library->n_compound, sizeof *elements);
  if (answers == NULL || reason == NULL || p == NULL || is_right_of == NULL || background == NULL ||
      calibration == NULL || calibration->null_p == NULL || first == NULL || elements == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = make_background(library, background, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_query; i++) {
    answers[i].p        = p + i * library->n_compound;
    answers[i].is_right = is_right_of + i * library->n_compound;
  }
  sort_out(library, first, elements);
  const job all = {library, &plan->range, &around_0, background, plan->seed, first, elements};
#pragma omp parallel for schedule(dynamic) num_threads(plan->n_thread)
  for (size_t i = 0; i < n_query; i++) {
    run_query(&all, plan->opt_asked != NULL ? plan->opt_asked[i] : i, &answers[i], &reason[i]);
#pragma omp critical(cuxas_calibration_progress)
    {
      n_done++;
      cuxas_watch_tell(opt_watch, n_done, n_query);
    }
  }
  for (size_t i = 0; i < n_query && status == CUXAS_OK; i++)
    if (reason[i].status != CUXAS_OK) status = cuxas_fail(err, reason[i].status, "%s", reason[i].message);
  if (status != CUXAS_OK) goto done;
  sum_up(answers, n_query, calibration);
  calibration->support_scale = calibration->support_power = NAN;
  if (library->opt_errors != NULL) find_density(answers, n_query, library->n_compound, calibration);
  *ret_calibration = calibration;
  calibration      = NULL;
done:
  free(answers);
  free(reason);
  free(p);
  free(is_right_of);
  free(first);
  free(elements);
  cuxas_background_free(background);
  cuxas_calibration_free(calibration);
  return status;
}

void cuxas_calibration_free(cuxas_calibration *calibration)
{
  if (calibration == NULL) return;
  free(calibration->null_p);
  free(calibration);
}

/* ==== text ==== */

static double percent(size_t part, size_t whole)
{
  return whole > 0 ? 100.0 * (double)part / (double)whole : (double)NAN;
}

static void write_retrieval(const char *label, const cuxas_retrieval *found, size_t n_query, FILE *out)
{
  fprintf(out, "  %-20s first %zu of %zu (%.1f %%), in the first three %zu (%.1f %%), ten %zu (%.1f %%)\n", label,
          found->n_first, n_query, percent(found->n_first, n_query), found->n_first3, percent(found->n_first3, n_query),
          found->n_first10, percent(found->n_first10, n_query));
  fprintf(out, "  %-20s of %.1f others on average; median rank %.0f\n", "", found->mean_rivals, found->median_rank);
}

void cuxas_calibration_write_text(const cuxas_calibration *calibration, const char *name, FILE *out)
{
  const cuxas_locale       locale = cuxas_locale_begin();
  const cuxas_calibration *c      = calibration;
  fprintf(out, "%s\n", name);
  write_retrieval("right compound", &c->whole, c->n_query, out);
  write_retrieval("with its elements", &c->known, c->n_query, out);
  fprintf(out, "  its agreement        median MAE %.3f, Spearman %.3f, p %.2g\n", c->median_mae, c->median_spearman,
          c->median_p_right);
  fprintf(out, "  p of an unrelated    Kolmogorov D %.3f, significance %.2g (small: not uniform)\n", c->null_distance,
          c->null_significance);
  fprintf(out, "  unrelated with E <= ");
  for (int i = 0; i < CUXAS_CHANCE_LEVELS; i++)
    fprintf(out, "%s%g: %.3g on average", i > 0 ? ", " : "", c->chance_level[i], c->n_by_chance[i]);
  fprintf(out,
          "\n  groups               hold a right compound for %zu of %zu (%.1f %%; %zu had one among the contenders), "
          "median size %.0f\n",
          c->n_covered, c->n_query, percent(c->n_covered, c->n_query), c->n_can, c->median_group);
  if (!isnan(c->support_scale))
    fprintf(out, "  most likely density  (1 + p / %.2g)^-%.2g of the right compound's p\n", c->support_scale,
            c->support_power);
  fprintf(out, "  support              candidates  mean support  right\n");
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin = &c->reliability[i];
    fprintf(out, "    %.2f to %.2f       %10zu", bin->low, bin->high, bin->n);
    if (bin->n > 0)
      fprintf(out, "         %.3f  %.3f\n", bin->mean_support, bin->part_right);
    else
      fprintf(out, "             -      -\n");
  }
  cuxas_locale_end(locale);
}

/* ==== JSON ==== */

static void put_retrieval(cuxas_json_builder *builder, cJSON *object, const cuxas_retrieval *found)
{
  cuxas_json_put_count(builder, object, "n_first", found->n_first);
  cuxas_json_put_count(builder, object, "n_first3", found->n_first3);
  cuxas_json_put_count(builder, object, "n_first10", found->n_first10);
  cuxas_json_put_number(builder, object, "median_rank", found->median_rank);
  cuxas_json_put_number(builder, object, "mean_rivals", found->mean_rivals);
}

cJSON *cuxas_calibration_json(const cuxas_calibration *calibration, const char *name)
{
  const cuxas_calibration *c       = calibration;
  cuxas_json_builder       builder = {false};
  cJSON                   *root    = cJSON_CreateObject();

  cuxas_json_put_text(&builder, root, "candidates", name);
  cuxas_json_put_count(&builder, root, "n_queries", c->n_query);
  put_retrieval(&builder, root, &c->whole);
  put_retrieval(&builder, cuxas_json_put_object(&builder, root, "elements_known"), &c->known);
  cuxas_json_put_number(&builder, root, "median_mae", c->median_mae);
  cuxas_json_put_number(&builder, root, "median_spearman", c->median_spearman);
  cuxas_json_put_number(&builder, root, "median_p_right", c->median_p_right);
  cJSON *null = cuxas_json_put_object(&builder, root, "null");
  cuxas_json_put_number(&builder, null, "kolmogorov_distance", c->null_distance);
  cuxas_json_put_number(&builder, null, "significance", c->null_significance);
  cuxas_json_put_numbers(&builder, null, "p_values", c->null_p, c->n_query);
  cJSON *chance = cuxas_json_put_array(&builder, root, "unrelated_by_chance");
  for (int i = 0; i < CUXAS_CHANCE_LEVELS; i++) {
    cJSON *level = cuxas_json_put_object(&builder, chance, NULL);
    cuxas_json_put_number(&builder, level, "e_value", c->chance_level[i]);
    cuxas_json_put_number(&builder, level, "mean_number", c->n_by_chance[i]);
  }
  cJSON *groups = cuxas_json_put_object(&builder, root, "groups");
  cuxas_json_put_count(&builder, groups, "n_with_right", c->n_covered);
  cuxas_json_put_count(&builder, groups, "n_right_among_contenders", c->n_can);
  cuxas_json_put_number(&builder, groups, "median_size", c->median_group);
  cuxas_json_put_number(&builder, groups, "density_scale", c->support_scale);
  cuxas_json_put_number(&builder, groups, "density_power", c->support_power);
  cJSON *reliability = cuxas_json_put_array(&builder, root, "reliability");
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin   = &c->reliability[i];
    cJSON                   *entry = cuxas_json_put_object(&builder, reliability, NULL);
    cuxas_json_put_numbers(&builder, entry, "support", (const double[]){bin->low, fmin(bin->high, 1.0)}, 2);
    cuxas_json_put_count(&builder, entry, "n_candidates", bin->n);
    cuxas_json_put_number(&builder, entry, "mean_support", bin->mean_support);
    cuxas_json_put_number(&builder, entry, "part_right", bin->part_right);
  }
  return cuxas_json_finish(&builder, root);
}

/* ==== figure ==== */

#define PAGE_WIDTH_PT 640.0
#define PAGE_HEIGHT_PT 330.0

typedef struct {
  const cuxas_calibration *const *calibration;
  const char *const              *name;
  size_t                          n;
} drawing;

static const cuxas_line_style IDEAL_LINE = {CUXAS_LINE_DOTTED, 1.0, {0.3, 0.3, 0.3}};

/* The empirical distribution as steps. */
static void draw_p_values(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_calibration *c,
                          cuxas_line_style line)
{
  double x = 0.0, y = 0.0;
  for (size_t i = 0; i < c->n_query; i++) {
    cuxas_panel_line(canvas, panel, x, y, c->null_p[i], y, line);
    x = c->null_p[i];
    cuxas_panel_line(canvas, panel, x, y, x, (double)(i + 1) / (double)c->n_query, line);
    y = (double)(i + 1) / (double)c->n_query;
  }
  cuxas_panel_line(canvas, panel, x, y, 1.0, y, line);
}

/* Lines between bins, and bars of one standard error of a proportion. */
static void draw_reliability(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_calibration *c,
                             cuxas_line_style line)
{
  double x = NAN, y = NAN;
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin = &c->reliability[i];
    if (bin->n == 0) continue;
    const double error = sqrt(bin->part_right * (1.0 - bin->part_right) / (double)bin->n);
    cuxas_panel_line(canvas, panel, x, y, bin->mean_support, bin->part_right, line);
    x = bin->mean_support;
    y = bin->part_right;
    cuxas_panel_line(canvas, panel, x, fmax(0.0, y - error), x, fmin(1.0, y + error), line);
  }
}

static void draw_all(cuxas_canvas *canvas, const void *user)
{
  const drawing         *d          = user;
  const cuxas_panel      panel[2]   = {{58.0, 40.0, 240.0, 240.0, 0.0, 1.0, 0.0, 1.0},
                                       {378.0, 40.0, 240.0, 240.0, 0.0, 1.0, 0.0, 1.0}};
  const char *const      x_label[2] = {"p-value of an unrelated compound", "support"};
  const char *const      y_label[2] = {"part of the queries", "part that was right"};
  const cuxas_text_style words      = {9.0, false, CUXAS_ALIGN_LEFT, 280.0, CUXAS_BLACK};

  for (int k = 0; k < 2; k++) {
    cuxas_panel_x_axis(canvas, &panel[k], x_label[k], true);
    cuxas_panel_y_axis(canvas, &panel[k], y_label[k]);
    cuxas_panel_line(canvas, &panel[k], 0.0, 0.0, 1.0, 1.0, IDEAL_LINE);
  }
  for (size_t i = 0; i < d->n; i++) {
    const cuxas_line_style line   = {i % 2 == 1 ? CUXAS_LINE_DASHED : CUXAS_LINE_SOLID, 1.3, cuxas_palette(i)};
    const cuxas_panel      sample = {58.0 + 320.0 * (double)i, 14.0, 20.0, 1.0, 0.0, 1.0, 0.0, 1.0};
    cuxas_panel_line(canvas, &sample, 0.0, 0.5, 1.0, 0.5, line);
    cuxas_canvas_text(canvas, sample.left_pt + 26.0, 18.0, words, d->name[i]);
    draw_p_values(canvas, &panel[0], d->calibration[i], line);
    draw_reliability(canvas, &panel[1], d->calibration[i], line);
  }
  for (int k = 0; k < 2; k++) cuxas_panel_frame(canvas, &panel[k]);
}

cuxas_status cuxas_calibration_write_figure(const cuxas_calibration *const *calibration, const char *const *name,
                                            size_t n, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const drawing      content = {calibration, name, n};
  const cuxas_figure figure  = {"Calibration of p-values and support", PAGE_WIDTH_PT, PAGE_HEIGHT_PT, draw_all,
                                &content};
  return cuxas_figure_write(&figure, format, out, err);
}
