/* support.c - which candidates cannot be told apart, and what stands behind one of them
 *
 * Contents: 1. sites and spread of a hit  2. support and groups */
#include "match/detail.h"
#include "predict/head.h"
#include "match/library.h"
#include "base/memory.h"
#include "match/candidate.h"
#include "match/search.h"
#include "match/query.h"
#include "predict/model_parts.h"
#include "match/support.h"
#include "match/whiten.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. sites and spread of a hit ==== */

/* How a curve of the model's grid comes to stand beside the measurement. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_model            *model;
  const cuxas_compare_settings *settings;
  const cuxas_comparison       *comparison; /* of the hit: shift and core-hole fraction */
} passage;

/* Broadened, mixed and shifted, not yet scaled. `mu` by channel: a channel that is NULL, or that the comparison did not
 * use, is left out, as cuxas_match_catalog() does. */
static cuxas_status pass(const passage *way, double *const mu[CUXAS_N_CHANNEL], double *ret_mu, cuxas_error *err)
{
  const cuxas_grid target   = way->query->grid;
  const double     shift_eV = way->comparison->shift_eV, fraction = way->comparison->hole_fraction;
  const double *first = mu[CUXAS_CHANNEL_NO_HOLE] != NULL ? mu[CUXAS_CHANNEL_NO_HOLE] : mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const cuxas_curve curve = {
      way->model->grid, first,
      mu[CUXAS_CHANNEL_NO_HOLE] != NULL && fraction < 1.0 ? mu[CUXAS_CHANNEL_SCREENED_HOLE] : NULL, true};
  cuxas_resampled *resampled = NULL;

  const cuxas_status status =
      cuxas_resampled_new(&curve, way->comparison->fwhm_eV, target, shift_eV, shift_eV, &resampled, err);
  if (status != CUXAS_OK) return status;
  double *screened = NULL;
  if (resampled->n_channel == 2 && (screened = cuxas_new_array(target.n_energy, sizeof *screened)) == NULL) {
    cuxas_resampled_free(resampled);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  }
  const cuxas_span all = {0, target.n_energy};
  cuxas_resampled_read(resampled, 0, target, all, shift_eV, ret_mu);
  if (screened != NULL) {
    cuxas_resampled_read(resampled, 1, target, all, shift_eV, screened);
    for (size_t i = 0; i < target.n_energy; i++) ret_mu[i] = fraction * ret_mu[i] + (1.0 - fraction) * screened[i];
  }
  free(screened);
  cuxas_resampled_free(resampled);
  return CUXAS_OK;
}

/* The line that the comparison scaled the structure's curve by, found from that curve itself. */
static cuxas_status find_scale(const passage *way, const double *structure, cuxas_line *ret_line, cuxas_error *err)
{
  const cuxas_query *query = way->query;
  const cuxas_span   all   = {0, query->grid.n_energy};
  cuxas_line         line;

  double *measured = cuxas_new_array(query->grid.n_energy, sizeof *measured);
  if (measured == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  bool is_scaled = cuxas_scale_measured(way->settings->scale, query, all, query->mu, &line);
  if (is_scaled) {
    cuxas_scale_apply(line, query->mu, query->grid.n_energy, measured);
    is_scaled = cuxas_scale_predicted(way->settings->scale, query, all, measured, structure, ret_line);
  }
  free(measured);
  return is_scaled ? CUXAS_OK : cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
}

/* The combined spectrum of one site in one channel; false: the model has no such channel. */
static bool assemble_site(const cuxas_model *model, const cuxas_site_prediction *site, cuxas_channel channel,
                          double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  if (!cuxas_model_has_channel(model, channel)) return false;
  for (size_t i_edge = 0; i_edge < model->n_edge; i_edge++)
    edge_mu[i_edge] = site->mu[cuxas_model_find_head(model, i_edge, channel) - model->head];
  cuxas_predict_assemble(model, edge_mu, ret_mu);
  return true;
}

static cuxas_status fill_site(const passage *way, const cuxas_prediction *prediction, size_t i_site, cuxas_line line,
                              cuxas_detail_site *ret_site, cuxas_error *err)
{
  const cuxas_site_prediction *site                     = &prediction->site[i_site];
  const size_t                 n_energy                 = way->model->grid.n_energy;
  double                      *channel[CUXAS_N_CHANNEL] = {NULL};
  cuxas_status                 status                   = CUXAS_OK;

  ret_site->site_index   = site->site_index;
  ret_site->multiplicity = site->multiplicity;
  ret_site->weight       = (double)site->multiplicity / (double)prediction->n_absorber;
  ret_site->domain       = site->domain;
  ret_site->mu           = cuxas_new_array(way->query->grid.n_energy, sizeof *ret_site->mu);
  double *work           = cuxas_new_array(n_energy, CUXAS_N_CHANNEL * sizeof *work);
  if (ret_site->mu == NULL || work == NULL) {
    free(work);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the spectrum of a site");
  }
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    double *row = work + (size_t)i * n_energy;
    if (assemble_site(way->model, site, (cuxas_channel)i, row)) channel[i] = row;
  }
  if ((status = pass(way, channel, ret_site->mu, err)) == CUXAS_OK)
    cuxas_scale_apply(line, ret_site->mu, way->query->grid.n_energy, ret_site->mu);
  free(work);
  return status;
}

/* mu: the structure's spectra by channel. */
static cuxas_status fill(const passage *way, const cuxas_prediction *prediction, double *const mu[CUXAS_N_CHANNEL],
                         cuxas_detail *detail, cuxas_error *err)
{
  const size_t n_energy = way->query->grid.n_energy;
  cuxas_line   line;
  cuxas_status status;

  detail->site      = cuxas_new_array(prediction->n_site, sizeof *detail->site);
  double *structure = cuxas_new_array(n_energy, sizeof *structure);
  if (detail->site == NULL || structure == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu sites", prediction->n_site);
    goto done;
  }
  detail->n_site = prediction->n_site;
  if ((status = pass(way, mu, structure, err)) != CUXAS_OK ||
      (status = find_scale(way, structure, &line, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0; i < prediction->n_site; i++)
    if ((status = fill_site(way, prediction, i, line, &detail->site[i], err)) != CUXAS_OK) goto done;

  if (prediction->sigma[CUXAS_CHANNEL_NO_HOLE] == NULL && prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE] == NULL)
    goto done;
  if ((detail->sigma = cuxas_new_array(n_energy, sizeof *detail->sigma)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble's spread");
    goto done;
  }
  if ((status = pass(way, prediction->sigma, detail->sigma, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_energy; i++) detail->sigma[i] = fabs(line.gain * detail->sigma[i]);
done:
  free(structure);
  return status;
}

cuxas_status cuxas_detail_new(const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *settings, const cuxas_hit *hit, cuxas_detail **ret_detail,
                              cuxas_error *err)
{
  const passage     way        = {query, model, settings, &hit->comparison};
  cuxas_crystal    *crystal    = NULL;
  cuxas_prediction *prediction = NULL;
  cuxas_detail     *detail     = NULL;
  char              sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status      status = CUXAS_OK;

  *ret_detail = NULL;
  if ((detail = cuxas_new_array(1, sizeof *detail)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the parts of a prediction");
  if (hit->parts != NULL) {
    if ((status = fill(&way, hit->parts->prediction, hit->parts->mu, detail, err)) != CUXAS_OK) goto done;
  } else if (hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
    if ((status = cuxas_candidate_hash(&candidate, sha256, err)) != CUXAS_OK) goto done;
    if (strcmp(sha256, hit->sha256) != 0) {
      status = cuxas_fail(err, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
      goto done;
    }
    if ((status = cuxas_candidate_read(&candidate, &crystal, err)) != CUXAS_OK ||
        (status = cuxas_predict_crystal(model, crystal, &prediction, err)) != CUXAS_OK ||
        (status = fill(&way, prediction, prediction->mu, detail, err)) != CUXAS_OK)
      goto done;
  }
  *ret_detail = detail;
  detail      = NULL;
done:
  cuxas_detail_free(detail);
  cuxas_prediction_free(prediction);
  cuxas_crystal_free(crystal);
  return status;
}

void cuxas_detail_free(cuxas_detail *detail)
{
  if (detail == NULL) return;
  for (size_t i = 0; i < detail->n_site; i++) free(detail->site[i].mu);
  free(detail->site);
  free(detail->sigma);
  free(detail);
}

/* ==== 2. support and groups ==== */

enum { MIN_POINT = 10 };

/* -- one replicate -- */

typedef struct {
  size_t          n_energy, block;
  double          n_independent;
  cuxas_whitening whitening;
  double         *measured;                         /* (n_energy) whitened, as are all of: */
  double         *curve;                            /* (n_contender, n_energy) */
  double         *moved;                            /* (n_energy) one contender's in this replicate */
  double         *error;                            /* (n_energy) not whitened: what it was moved by */
  double         *weight;                           /* (n_energy) how often a point was drawn */
  double inverse[3], own[CUXAS_N_NUISANCE], square; /* products of the points drawn: offset and slope, measured curve */
} replicate;

/* sum of w_i a_i b_i */
static double weigh(const double *weight, const double *a, const double *b, size_t n)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++) sum += weight[i] * a[i] * b[i];
  return sum;
}

/* Products of a whitened curve with offset and slope. */
static void weigh_nuisance(const replicate *work, const double *curve, double ret_u[CUXAS_N_NUISANCE])
{
  for (size_t i = 0; i < CUXAS_N_NUISANCE; i++)
    ret_u[i] = weigh(work->weight, curve, work->whitening.nuisance[i], work->n_energy);
}

/* What the weights decide for all contenders alike. */
static void take_weights(replicate *work)
{
  double *const *u = work->whitening.nuisance;
  const size_t   n = work->n_energy;
  cuxas_whitening_invert(work->whitening.slope_variance, weigh(work->weight, u[0], u[0], n),
                         weigh(work->weight, u[0], u[1], n), weigh(work->weight, u[1], u[1], n), work->inverse);
  weigh_nuisance(work, work->measured, work->own);
  work->square =
      weigh(work->weight, work->measured, work->measured, n) - cuxas_whitened_rest(work->inverse, work->own, work->own);
}

/* The ranking score of the points drawn, without priors. */
static double score_of(const replicate *work, const double *curve)
{
  double u[CUXAS_N_NUISANCE];
  weigh_nuisance(work, curve, u);
  const size_t n        = work->n_energy;
  const double variance = weigh(work->weight, curve, curve, n) - cuxas_whitened_rest(work->inverse, u, u);
  const double covariance =
      weigh(work->weight, curve, work->measured, n) - cuxas_whitened_rest(work->inverse, u, work->own);
  const double norm = variance > 0.0 && work->square > 0.0 ? sqrt(variance * work->square) : 0.0;
  const double r    = norm > 0.0 && covariance > 0.0 ? covariance / norm : 0.0;
  return cuxas_score_of_correlation(work->n_independent, r * r);
}

static void draw_blocks(replicate *work, uint64_t *random)
{
  const size_t n_start = work->n_energy - work->block + 1;
  memset(work->weight, 0, work->n_energy * sizeof *work->weight);
  for (size_t n_drawn = 0; n_drawn < work->n_energy; n_drawn += work->block) {
    const size_t start = (size_t)(random_uniform(random) * (double)n_start);
    for (size_t i = 0; i < work->block; i++) work->weight[start + i] += 1.0;
  }
  take_weights(work);
}

static const double *move_curve(const replicate *work, const double *curve, const double *opt_sigma, uint64_t *random)
{
  if (opt_sigma == NULL) return curve;
  double left = 0.0, right = random_normal(random);
  for (size_t i = 0; i < work->n_energy; i++) {
    const size_t inside = i % work->block;
    if (inside == 0) {
      left  = right;
      right = random_normal(random);
    }
    const double part = (double)inside / (double)work->block;
    work->error[i]    = CUXAS_SUPPORT_SPREAD * opt_sigma[i] * ((1.0 - part) * left + part * right);
  }
  cuxas_whiten(&work->whitening, work->error, work->moved);
  for (size_t i = 0; i < work->n_energy; i++) work->moved[i] += curve[i];
  return work->moved;
}

/* Standard deviation of a score that rests on N independent numbers: of N / 2 ln(their mean square). */
static double sampling_error(double n_independent)
{
  return sqrt(0.5 * n_independent);
}

/* Scores (n_contender) of one replicate. */
static void find_scores(replicate *work, const cuxas_contender *contender, size_t n_contender, uint64_t *random,
                        double *ret_score)
{
  draw_blocks(work, random);
  for (size_t i = 0; i < n_contender; i++) {
    const double *curve = move_curve(work, work->curve + i * work->n_energy, contender[i].opt_sigma, random);
    ret_score[i]        = score_of(work, curve) + sampling_error(work->n_independent) * random_normal(random);
  }
}

/* -- all of them -- */

static void begin(replicate *work, const double *measured, const cuxas_contender *contender, size_t n_contender)
{
  cuxas_whitening_aim(&work->whitening, (cuxas_span){0, work->n_energy}, work->error);
  cuxas_whiten(&work->whitening, measured, work->measured);
  for (size_t i = 0; i < n_contender; i++)
    cuxas_whiten(&work->whitening, contender[i].curve, work->curve + i * work->n_energy);
}

/* Part of the replicates that each contender wins; score (n_replicate, n_contender) is centred on what ranks. */
static void count_wins(const cuxas_contender *contender, size_t n_contender, size_t n_replicate, double *score,
                       double *ret_support)
{
  for (size_t i = 0; i < n_contender; i++) {
    double mean = 0.0;
    for (size_t k = 0; k < n_replicate; k++) mean += score[k * n_contender + i] / (double)n_replicate;
    for (size_t k = 0; k < n_replicate; k++) score[k * n_contender + i] += contender[i].score - mean;
    ret_support[i] = 0.0;
  }
  for (size_t k = 0; k < n_replicate; k++) {
    size_t winner = 0;
    for (size_t i = 1; i < n_contender; i++)
      if (score[k * n_contender + i] > score[k * n_contender + winner]) winner = i;
    ret_support[winner] += 1.0 / (double)n_replicate;
  }
}

cuxas_status cuxas_support(cuxas_grid grid, const double *measured, const cuxas_contender *contender,
                           size_t n_contender, size_t n_replicate, uint64_t seed, double *ret_support, cuxas_error *err)
{
  const size_t n_energy = grid.n_energy;
  uint64_t     random   = seed;

  if (n_contender == 0 || n_replicate == 0 || n_energy < MIN_POINT)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu candidates, %zu points and %zu replicates: nothing to compare",
                      n_contender, n_energy, n_replicate);
  const cuxas_compare_settings theory        = cuxas_compare_defaults();
  const cuxas_query            bare          = {.grid = grid};
  const double                 n_independent = theory.score.n_independent;
  replicate                    work          = {
                                  .n_energy = n_energy, .block = (size_t)ceil((double)n_energy / n_independent), .n_independent = n_independent};
  double *rows  = cuxas_new_array(n_energy, (4 + CUXAS_WHITENING_ROWS) * sizeof *rows);
  work.curve    = cuxas_new_array(n_contender, n_energy * sizeof *work.curve);
  double *score = cuxas_new_array(n_replicate, n_contender * sizeof *score);
  if (rows == NULL || work.curve == NULL || score == NULL) {
    free(rows);
    free(work.curve);
    free(score);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a bootstrap of %zu points", n_energy);
  }
  double **row[4] = {&work.measured, &work.moved, &work.error, &work.weight};
  for (size_t i = 0; i < 4; i++) *row[i] = rows + i * n_energy;
  work.whitening = cuxas_whitening_begin(&bare, &theory, rows + 4 * n_energy);
  begin(&work, measured, contender, n_contender);
  for (size_t k = 0; k < n_replicate; k++) find_scores(&work, contender, n_contender, &random, score + k * n_contender);
  count_wins(contender, n_contender, n_replicate, score, ret_support);
  free(rows);
  free(work.curve);
  free(score);
  return CUXAS_OK;
}

/* -- by p-values -- */

double cuxas_support_density(double p_value, double scale, double power)
{
  const double integral = scale / (power - 1.0) * (1.0 - pow(1.0 + 1.0 / scale, 1.0 - power));
  return pow(1.0 + p_value / scale, -power) / integral;
}

void cuxas_support_from_p(const double *p_value, size_t n, double *ret_support)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    ret_support[i] =
        CUXAS_SUPPORT_FAILURE +
        (1.0 - CUXAS_SUPPORT_FAILURE) * cuxas_support_density(p_value[i], CUXAS_SUPPORT_P, CUXAS_SUPPORT_POWER);
    if (!isnan(ret_support[i])) sum += ret_support[i];
  }
  for (size_t i = 0; i < n; i++) ret_support[i] /= sum;
}

size_t cuxas_support_group(const double *support, size_t n, double level, bool *ret_is_in)
{
  double held = 0.0;
  size_t n_in = 0;
  for (size_t i = 0; i < n; i++) ret_is_in[i] = false;
  while (n_in < n && held < level - 1e-9) {
    size_t next = n;
    for (size_t i = 0; i < n; i++)
      if (!ret_is_in[i] && !isnan(support[i]) && (next == n || support[i] > support[next])) next = i;
    if (next == n) return n_in;
    ret_is_in[next] = true;
    held += support[next];
    n_in++;
  }
  return n_in;
}

/* -- hits -- */

static bool is_whole(const double *curve, size_t n_energy)
{
  for (size_t i = 0; i < n_energy; i++)
    if (!isfinite(curve[i])) return false;
  return true;
}

typedef struct {
  size_t          n_contender;
  size_t          i_hit[CUXAS_SUPPORT_CONTENDERS];
  cuxas_contender contender[CUXAS_SUPPORT_CONTENDERS];
  cuxas_detail   *detail[CUXAS_SUPPORT_CONTENDERS];
} field;

static cuxas_status find_spreads(const cuxas_query *query, const cuxas_model *opt_model,
                                 const cuxas_compare_settings *settings, int n_thread, const cuxas_hits *hits,
                                 field *runners, cuxas_error *err)
{
  cuxas_error reason[CUXAS_SUPPORT_CONTENDERS] = {{.status = CUXAS_OK}};
  if (opt_model == NULL) return CUXAS_OK;
#pragma omp parallel for schedule(dynamic) num_threads(n_thread)
  for (size_t i = 0; i < runners->n_contender; i++)
    cuxas_detail_new(query, opt_model, settings, &hits->hit[runners->i_hit[i]], &runners->detail[i], &reason[i]);
  for (size_t i = 0; i < runners->n_contender; i++) {
    if (reason[i].status != CUXAS_OK) return cuxas_fail(err, reason[i].status, "%s", reason[i].message);
    runners->contender[i].opt_sigma = runners->detail[i]->sigma;
  }
  return CUXAS_OK;
}

static cuxas_status scale_measured(const cuxas_query *query, cuxas_scale scale, double *ret_mu, cuxas_error *err)
{
  const cuxas_span all = {0, query->grid.n_energy};
  cuxas_line       line;
  if (!cuxas_scale_measured(scale, query, all, query->mu, &line))
    return cuxas_fail(err, CUXAS_ENUMERIC, "the measured curve cannot be scaled");
  cuxas_scale_apply(line, query->mu, all.n_point, ret_mu);
  return CUXAS_OK;
}

static bool has_p_values(const cuxas_hits *hits)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (!isnan(hits->hit[i].p_value)) return true;
  return false;
}

static cuxas_status fill_by_p(cuxas_hits *hits, cuxas_error *err)
{
  const size_t n       = hits->n_hit;
  double      *p_value = cuxas_new_array(n, 2 * sizeof *p_value);
  bool        *is_in   = cuxas_new_array(n, sizeof *is_in);
  if (p_value == NULL || is_in == NULL) {
    free(p_value);
    free(is_in);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the support of %zu candidates", n);
  }
  double *support = p_value + n;
  for (size_t i = 0; i < n; i++) p_value[i] = hits->hit[i].p_value;
  cuxas_support_from_p(p_value, n, support);
  cuxas_support_group(support, n, CUXAS_SUPPORT_LEVEL, is_in);
  for (size_t i = 0; i < n; i++) {
    hits->hit[i].support     = support[i];
    hits->hit[i].is_in_group = is_in[i];
  }
  free(p_value);
  free(is_in);
  return CUXAS_OK;
}

cuxas_status cuxas_support_fill(const cuxas_query *query, const cuxas_model *opt_model,
                                const cuxas_compare_settings *settings, uint64_t seed, int n_thread, cuxas_hits *hits,
                                cuxas_error *err)
{
  field        runners = {0};
  double       support[CUXAS_SUPPORT_CONTENDERS];
  bool         is_in[CUXAS_SUPPORT_CONTENDERS];
  cuxas_status status;

  if (has_p_values(hits)) return fill_by_p(hits, err);
  for (size_t i = 0; i < hits->n_hit && runners.n_contender < CUXAS_SUPPORT_CONTENDERS; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    if (hit->shifted == NULL || !is_whole(hit->shifted, query->grid.n_energy)) continue;
    runners.i_hit[runners.n_contender]             = i;
    runners.contender[runners.n_contender].score   = hit->comparison.score;
    runners.contender[runners.n_contender++].curve = hit->shifted;
  }
  if (runners.n_contender == 0) return CUXAS_OK;
  double *measured = cuxas_new_array(query->grid.n_energy, sizeof *measured);
  if (measured == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  if ((status = scale_measured(query, settings->scale, measured, err)) == CUXAS_OK &&
      (status = find_spreads(query, opt_model, settings, n_thread, hits, &runners, err)) == CUXAS_OK &&
      (status = cuxas_support(query->grid, measured, runners.contender, runners.n_contender, CUXAS_SUPPORT_REPLICATES,
                              seed, support, err)) == CUXAS_OK) {
    cuxas_support_group(support, runners.n_contender, CUXAS_SUPPORT_LEVEL, is_in);
    for (size_t i = 0; i < runners.n_contender; i++) {
      hits->hit[runners.i_hit[i]].support     = support[i];
      hits->hit[runners.i_hit[i]].is_in_group = is_in[i];
    }
  }
  for (size_t i = 0; i < runners.n_contender; i++) cuxas_detail_free(runners.detail[i]);
  free(measured);
  return status;
}
