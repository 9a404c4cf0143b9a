/* significance.c - how often an unrelated compound would agree as well
 *
 * Contents: 1. the background  2. its scores, p and E */
#include "match/candidate.h"
#include "match/hits.h"
#include "match/significance.h"
#include "spectrum/preprocess_steps.h"
#include "match/library.h"
#include "match/scan.h"
#include "base/json.h"
#include "base/memory.h"
#include "predict/modelfile.h"
#include "spectrum/curve.h"
#include "cuxas/preprocess.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ==== 1. the background ==== */

#define FORMAT "cuxas-background/1"

void cuxas_background_free(cuxas_background *background)
{
  if (background == NULL) return;
  free(background->formula);
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) free(background->mu[i]);
  free(background);
}

static cuxas_status allocate(size_t n_spectrum, cuxas_grid grid, const bool has_channel[CUXAS_N_CHANNEL],
                             cuxas_background **ret_background, cuxas_error *err)
{
  cuxas_background *background = cuxas_new(err, 1, sizeof *background);
  bool              is_there   = background != NULL;
  if (is_there) {
    background->grid       = grid;
    background->n_spectrum = n_spectrum;
    background->formula    = cuxas_new(err, n_spectrum, sizeof *background->formula);
    is_there               = background->formula != NULL && n_spectrum <= SIZE_MAX / (grid.n_energy * sizeof(double));
  }
  for (int i = 0; i < CUXAS_N_CHANNEL && is_there; i++)
    if (has_channel[i]) {
      background->mu[i] = cuxas_new(err, n_spectrum, grid.n_energy * sizeof *background->mu[i]);
      is_there          = background->mu[i] != NULL;
    }
  if (!is_there) {
    cuxas_background_free(background);
    return cuxas_no_memory(err);
  }
  *ret_background = background;
  return CUXAS_OK;
}

cuxas_curve cuxas_background_curve(const cuxas_background *background, size_t i_spectrum,
                                   const cuxas_compare_settings *compare)
{
  const double *mu[CUXAS_N_CHANNEL] = {NULL};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    if (background->mu[i] != NULL) mu[i] = background->mu[i] + i_spectrum * background->grid.n_energy;
  return cuxas_channels_pair(background->grid, mu, compare, true);
}

/* -- prediction -- */

/* Row i_row of the background; rounded to float32, as a file keeps it. What is not CUXAS_OK: this candidate gives none. */
static cuxas_status predict_one(const cuxas_candidate *candidate, const cuxas_model *model,
                                cuxas_background *background, size_t i_row)
{
  cuxas_crystal    *crystal    = NULL;
  cuxas_prediction *prediction = NULL;
  cuxas_error       reason     = {0};
  const size_t      n_energy   = model->grid.n_energy;
  cuxas_status      status     = candidate->kind == CUXAS_CANDIDATE_STRUCTURE
                                     ? cuxas_candidate_read(candidate, &crystal, &reason)
                                     : CUXAS_EUNSUPPORTED;
  if (status == CUXAS_OK) status = cuxas_predict_crystal(model, crystal, &prediction, &reason);
  if (status == CUXAS_OK) {
    cuxas_crystal_formula(crystal, background->formula[i_row]);
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      for (size_t i = 0; background->mu[channel] != NULL && i < n_energy; i++)
        background->mu[channel][i_row * n_energy + i] = (double)(float)prediction->mu[channel][i];
  }
  cuxas_prediction_free(prediction);
  cuxas_crystal_free(crystal);
  return status;
}

/* Rows that were predicted move to the front, in order. */
static void close_gaps(cuxas_background *background, const bool *is_good)
{
  const size_t n_energy = background->grid.n_energy;
  size_t       n_good   = 0;
  for (size_t i = 0; i < background->n_spectrum; i++) {
    if (!is_good[i]) continue;
    memmove(background->formula[n_good], background->formula[i], sizeof background->formula[i]);
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      if (background->mu[channel] != NULL)
        memmove(background->mu[channel] + n_good * n_energy, background->mu[channel] + i * n_energy,
                n_energy * sizeof(double));
    n_good++;
  }
  background->n_spectrum = n_good;
}

static cuxas_status check_size(const cuxas_background *background, const char *where, cuxas_error *err)
{
  if (background->n_spectrum >= CUXAS_BACKGROUND_MIN) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s: %zu predicted spectra are too few for a background, %d are needed", where,
                    background->n_spectrum, CUXAS_BACKGROUND_MIN);
}

cuxas_status cuxas_background_predict(const cuxas_catalog *catalog, const cuxas_model *model, int n_thread,
                                      const cuxas_watch *opt_watch, cuxas_background **ret_background, cuxas_error *err)
{
  bool              has_channel[CUXAS_N_CHANNEL];
  cuxas_background *background  = NULL;
  const size_t      n_candidate = catalog->n_candidate;
  size_t            n_done      = 0;
  bool              no_memory   = false;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) has_channel[i] = cuxas_model_has_channel(model, (cuxas_channel)i);

  *ret_background      = NULL;
  bool        *is_good = cuxas_new(err, n_candidate, sizeof *is_good);
  cuxas_status status =
      is_good != NULL ? allocate(n_candidate, model->grid, has_channel, &background, err) : cuxas_no_memory(err);
  if (status != CUXAS_OK) goto done;
#pragma omp parallel for schedule(dynamic) num_threads(n_thread) reduction(|| : no_memory)
  for (size_t i = 0; i < n_candidate; i++) {
    if (no_memory) continue; /* without one of them all p-values would be others */
    const cuxas_status one = predict_one(&catalog->candidate[i], model, background, i);
    is_good[i]             = one == CUXAS_OK;
    no_memory              = one == CUXAS_ENOMEM;
#pragma omp critical(cuxas_background_progress)
    {
      n_done++;
      cuxas_watch_tell(opt_watch, n_done, n_candidate);
    }
  }
  if (no_memory) {
    status = cuxas_no_memory(err);
    goto done;
  }
  close_gaps(background, is_good);
  memcpy(background->model_sha256, model->sha256, sizeof background->model_sha256);
  if ((status = check_size(background, model->name, err)) != CUXAS_OK) goto done;
  *ret_background = background;
  background      = NULL;
done:
  free(is_good);
  cuxas_background_free(background);
  return status;
}

/* -- file -- */

static cuxas_status fill_formulas(const cJSON *array, const char *path, cuxas_background *background, cuxas_error *err)
{
  const cJSON *entry;
  size_t       i = 0;
  cJSON_ArrayForEach(entry, array)
  {
    if (!cJSON_IsString(entry) || strlen(entry->valuestring) >= sizeof background->formula[i])
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: formula %zu is no text or too long", path, i + 1);
    strcpy(background->formula[i++], entry->valuestring);
  }
  return CUXAS_OK;
}

static cuxas_status check_head(const cJSON *head, const char *path, const cuxas_model *model,
                               const cJSON **ret_formulas, cuxas_error *err)
{
  const char  *format = NULL, *sha256 = NULL;
  cuxas_status status;
  if ((status = cuxas_json_string(head, "format", &format, path, err)) != CUXAS_OK ||
      (status = cuxas_json_string(head, "model_sha256", &sha256, path, err)) != CUXAS_OK ||
      (status = cuxas_json_array(head, "formulas", ret_formulas, path, err)) != CUXAS_OK)
    return status;
  if (strcmp(format, FORMAT) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: its format is %.40s, not " FORMAT, path, format);
  if (strcmp(sha256, model->sha256) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT,
                      "%s: predicted by another model (sha256 %.12s, not %.12s): make it anew with cuxas-refdb "
                      "background",
                      path, sha256, model->sha256);
  return CUXAS_OK;
}

cuxas_status cuxas_background_read(const char *path, const cuxas_model *model, cuxas_background **ret_background,
                                   cuxas_error *err)
{
  cJSON            *head       = NULL;
  const cJSON      *formulas   = NULL;
  cuxas_tensors    *tensors    = NULL;
  cuxas_background *background = NULL;
  const float      *value[CUXAS_N_CHANNEL];
  bool              has_channel[CUXAS_N_CHANNEL];
  char              sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status      status;

  *ret_background = NULL;
  if ((status = cuxas_modelfile_read(path, &head, &tensors, sha256, err)) != CUXAS_OK) return status;
  if ((status = check_head(head, path, model, &formulas, err)) != CUXAS_OK) goto done;
  const size_t shape[2] = {(size_t)cJSON_GetArraySize(formulas), model->grid.n_energy};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    has_channel[i] = cuxas_model_has_channel(model, (cuxas_channel)i);
    if (has_channel[i] && (status = cuxas_tensors_get(tensors, cuxas_channel_name((cuxas_channel)i), 2, shape,
                                                      &value[i], err)) != CUXAS_OK)
      goto done;
  }
  if ((status = allocate(shape[0], model->grid, has_channel, &background, err)) != CUXAS_OK ||
      (status = fill_formulas(formulas, path, background, err)) != CUXAS_OK)
    goto done;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    for (size_t k = 0; has_channel[i] && k < shape[0] * shape[1]; k++) background->mu[i][k] = (double)value[i][k];
  memcpy(background->model_sha256, model->sha256, sizeof background->model_sha256);
  if (check_size(background, path, err) != CUXAS_OK) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: only %zu spectra", path, background->n_spectrum);
    goto done;
  }
  *ret_background = background;
  background      = NULL;
done:
  cuxas_background_free(background);
  cuxas_tensors_free(tensors);
  cJSON_Delete(head);
  return status;
}

static cuxas_status add_channel(const cuxas_background *background, int channel, cuxas_tensors *tensors,
                                cuxas_error *err)
{
  const size_t shape[2] = {background->n_spectrum, background->grid.n_energy}, n_value = shape[0] * shape[1];
  float       *value = cuxas_new(err, n_value, sizeof *value);
  if (value == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_value; i++) value[i] = (float)background->mu[channel][i];
  const cuxas_status status =
      cuxas_tensors_add(tensors, cuxas_channel_name((cuxas_channel)channel), 2, shape, value, err);
  free(value);
  return status;
}

cuxas_status cuxas_background_write(const cuxas_background *background, const char *path, bool overwrite,
                                    cuxas_error *err)
{
  cJSON         *head     = cJSON_CreateObject();
  cuxas_tensors *tensors  = cuxas_tensors_new();
  cJSON         *formulas = NULL;
  cuxas_status   status   = CUXAS_OK;

  if (tensors == NULL || cuxas_json_add(head, "format", cJSON_CreateString(FORMAT)) == NULL ||
      cuxas_json_add(head, "model_sha256", cJSON_CreateString(background->model_sha256)) == NULL ||
      (formulas = cuxas_json_add(head, "formulas", cJSON_CreateArray())) == NULL)
    status = cuxas_no_memory(err);
  for (size_t i = 0; i < background->n_spectrum && status == CUXAS_OK; i++)
    if (!cuxas_json_add(formulas, NULL, cJSON_CreateString(background->formula[i]))) status = cuxas_no_memory(err);
  for (int i = 0; i < CUXAS_N_CHANNEL && status == CUXAS_OK; i++)
    if (background->mu[i] != NULL) status = add_channel(background, i, tensors, err);
  if (status == CUXAS_OK) status = cuxas_modelfile_write(path, overwrite, head, tensors, err);
  cuxas_tensors_free(tensors);
  cJSON_Delete(head);
  return status;
}

/* "folder/name.background" of "folder/name.cuxas"; NULL: no memory. */
static char *name_beside(const char *model_path)
{
  static const char SUFFIX[] = ".background";
  const char       *slash = strrchr(model_path, '/'), *dot = strrchr(model_path, '.');
  const size_t n_stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - model_path) : strlen(model_path);
  char        *path   = cuxas_new(NULL, n_stem + sizeof SUFFIX, 1);
  if (path != NULL) {
    memcpy(path, model_path, n_stem);
    memcpy(path + n_stem, SUFFIX, sizeof SUFFIX);
  }
  return path;
}

cuxas_status cuxas_background_find(const cuxas_background_place *place, const cuxas_model *model, int n_thread,
                                   const cuxas_watch *opt_watch, cuxas_background **ret_background, cuxas_error *err)
{
  cuxas_catalog    *catalog = NULL;
  cuxas_error       reason  = {0};
  const char *const path[]  = {place->opt_candidates};
  char             *beside  = name_beside(place->model_path);
  cuxas_status      status  = beside != NULL ? CUXAS_OK : CUXAS_ENOMEM;

  *ret_background = NULL;
  if (status == CUXAS_OK && access(beside, F_OK) == 0)
    status = cuxas_background_read(beside, model, ret_background, &reason);
  free(beside);
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (*ret_background != NULL || place->opt_candidates == NULL) return CUXAS_OK;
  if ((status = cuxas_catalog_list(path, 1, false, &catalog, &reason)) == CUXAS_OK)
    status = cuxas_background_predict(catalog, model, n_thread, opt_watch, ret_background, &reason);
  cuxas_catalog_free(catalog);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

/* ==== 2. its scores, p and E ==== */

#define LEAST_DISTANCE 1e-6
enum { MIN_TAIL = 10 };

/* -- the background's scores -- */

typedef struct {
  double score;
  size_t i_spectrum;
} scored;

/* Best first; equal scores by place, so that sorting is deterministic. */
static int by_score(const void *left, const void *right)
{
  const scored *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return (a->i_spectrum > b->i_spectrum) - (a->i_spectrum < b->i_spectrum);
}

void cuxas_null_free(cuxas_null *null)
{
  if (null == NULL) return;
  free(null->score);
  free(null->i_spectrum);
  free(null);
}

/* Copies what could be compared, best first. */
static cuxas_status take_scores(scored *all, size_t n_all, cuxas_null *null, cuxas_error *err)
{
  size_t n = 0;
  for (size_t i = 0; i < n_all; i++)
    if (!isnan(all[i].score)) all[n++] = all[i];
  if (n < CUXAS_BACKGROUND_MIN)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra of the background can be compared, %d are needed", n,
                      CUXAS_BACKGROUND_MIN);
  qsort(all, n, sizeof *all, by_score);
  null->n_score    = n;
  null->score      = cuxas_new(err, n, sizeof *null->score);
  null->i_spectrum = cuxas_new(err, n, sizeof *null->i_spectrum);
  if (null->score == NULL || null->i_spectrum == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    null->score[i]      = all[i].score;
    null->i_spectrum[i] = all[i].i_spectrum;
  }
  return CUXAS_OK;
}

/* Those of the background whose scores are not known yet are compared: as predictions are, which no saturation is fitted to. */
static cuxas_status compare_others(const cuxas_query *query, const cuxas_background *background,
                                   const cuxas_compare_settings *settings, int n_thread, scored *all, cuxas_error *err)
{
  cuxas_status   status  = CUXAS_OK;
  size_t         n       = 0;
  scored       **others  = cuxas_new(err, background->n_spectrum, sizeof *others);
  cuxas_curve   *scanned = cuxas_new(err, background->n_spectrum, sizeof *scanned);
  cuxas_scanned *places  = cuxas_new(err, background->n_spectrum, sizeof *places);
  if (others == NULL || scanned == NULL || places == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < background->n_spectrum; i++) {
    if (!isnan(all[i].score)) continue;
    others[n]    = &all[i];
    scanned[n++] = cuxas_background_curve(background, i, settings);
  }
  const bool is_scanned = cuxas_scan_pays(query, settings, n);
  if (is_scanned && (status = cuxas_scan(query, settings, scanned, n, (cuxas_scan_manner){n_thread, true, -INFINITY},
                                         places, err)) != CUXAS_OK)
    goto done;
  bool no_memory = false;
#pragma omp parallel for schedule(dynamic) num_threads(n_thread) reduction(|| : no_memory)
  for (size_t i = 0; i < n; i++) {
    cuxas_compare_settings mine   = *settings;
    cuxas_comparison       found  = {0};
    cuxas_error            reason = {0};
    mine.score_alone              = true;
    mine.fit_saturation           = false;
    mine.opt_places               = is_scanned ? &places[i].places : NULL;
    const cuxas_status compared   = cuxas_compare(query, &scanned[i], &mine, &found, NULL, NULL, &reason);
    if (compared == CUXAS_OK) others[i]->score = found.score;
    no_memory = no_memory || compared == CUXAS_ENOMEM;
  }
  if (no_memory) status = cuxas_no_memory(err);
done:
  free(places);
  free(scanned);
  free(others);
  return status;
}

cuxas_status cuxas_null_new(const cuxas_query *query, const cuxas_background *background,
                            const cuxas_compare_settings *settings, int n_thread, const double *opt_score,
                            cuxas_null **ret_null, cuxas_error *err)
{
  const size_t n_spectrum = background->n_spectrum;
  cuxas_status status     = CUXAS_ENOMEM;

  *ret_null = NULL;
  if (settings->shift_mode == CUXAS_SHIFT_COMMON)
    return cuxas_fail(err, CUXAS_ERANGE, "a background has no common shift of its own");
  cuxas_null *null = cuxas_new(err, 1, sizeof *null);
  scored     *all  = cuxas_new(err, n_spectrum, sizeof *all);
  if (null == NULL || all == NULL) goto done;
  null->background = background;
  for (size_t i = 0; i < n_spectrum; i++) all[i] = (scored){opt_score != NULL ? opt_score[i] : (double)NAN, i};
  if ((status = compare_others(query, background, settings, n_thread, all, err)) != CUXAS_OK ||
      (status = take_scores(all, n_spectrum, null, err)) != CUXAS_OK)
    goto done;
  *ret_null = null;
  null      = NULL;
done:
  free(all);
  cuxas_null_free(null);
  return status;
}

/* -- what candidates have scored already -- */

enum { MAX_SHARED = 4096 }; /* candidates: beside more, the background is a small part of the work */

static bool is_spectrum(const cuxas_background *background, size_t i_spectrum, const cuxas_candidate_curve *curve)
{
  const size_t n_energy = background->grid.n_energy;
  bool         is_same  = curve->is_by_model && curve->grid.n_energy == n_energy;
  for (int i = 0; i < CUXAS_N_CHANNEL && is_same; i++)
    is_same = (curve->mu[i] == NULL) == (background->mu[i] == NULL) &&
              (curve->mu[i] == NULL ||
               memcmp(curve->mu[i], background->mu[i] + i_spectrum * n_energy, n_energy * sizeof *curve->mu[i]) == 0);
  return is_same;
}

/* Bundled candidates are the background once more, bit for bit and mostly in its order; the scores of all other spectra are NaN. */
static cuxas_status take_compared(const cuxas_background *background, const cuxas_library *library,
                                  const cuxas_hits *hits, double *ret_score, cuxas_error *err)
{
  const size_t       n = background->n_spectrum;
  size_t             k = 0;
  cuxas_hit_index    index;
  const cuxas_status status = cuxas_hit_index_make(hits, &index, err);
  for (size_t i = 0; i < n; i++) ret_score[i] = NAN;
  for (size_t i = 0; i < library->n_slot && library->n_slot <= MAX_SHARED && status == CUXAS_OK; i++) {
    size_t n_seen = 0;
    for (; n_seen < n && !is_spectrum(background, k, &library->slot[i].curve); n_seen++) k = (k + 1) % n;
    if (n_seen == n) continue;
    const cuxas_hit *hit = cuxas_hit_index_find(&index, library->slot[i].hit.label);
    if (hit != NULL && !hit->is_foreseen) ret_score[k] = hit->comparison.score;
  }
  cuxas_hit_index_clear(&index);
  return status;
}

/* -- p and E -- */

static bool counts(const cuxas_null *null, size_t i, const char *formula)
{
  return *formula == '\0' || strcmp(null->background->formula[null->i_spectrum[i]], formula) != 0;
}

double cuxas_null_p_value(const cuxas_null *null, double score, const char *formula)
{
  size_t n = 0, n_above = 0;
  if (isnan(score)) return NAN;
  for (size_t i = 0; i < null->n_score; i++)
    if (counts(null, i, formula)) {
      n++;
      n_above += null->score[i] >= score;
    }
  const size_t wanted = (size_t)(CUXAS_SIGNIFICANCE_TAIL * (double)n), n_tail = wanted > MIN_TAIL ? wanted : MIN_TAIL;
  if (n_above > n_tail || n <= n_tail) return (double)(n_above + 1) / (double)(n + 1);

  double sum = 0.0, threshold = 0.0;
  size_t n_seen = 0;
  for (size_t i = 0; i < null->n_score && n_seen <= n_tail; i++) {
    if (!counts(null, i, formula)) continue;
    if (n_seen < n_tail) sum += null->score[i];
    threshold = null->score[i];
    n_seen++;
  }
  sum -= (double)n_tail * threshold;
  const double part = (double)(n_tail + 1) / (double)(n + 1);
  if (!(sum > 0.0)) return part; /* all of the tail is one score */
  return part * pow(1.0 + (score - threshold) / sum, -(double)n_tail);
}

cuxas_status cuxas_significance_fill(const cuxas_query *query, const cuxas_background *background,
                                     const cuxas_compare_settings *settings, int n_thread,
                                     const cuxas_library *opt_library, cuxas_hits *hits, cuxas_error *err)
{
  cuxas_compare_settings same        = *settings;
  cuxas_null            *null        = NULL;
  double                *score       = NULL;
  size_t                 n_structure = 0;
  cuxas_status           status      = CUXAS_OK;

  for (size_t i = 0; i < hits->n_hit; i++) {
    if (hits->hit[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    if (n_structure++ == 0 && settings->shift_mode == CUXAS_SHIFT_COMMON) {
      same.shift_mode     = CUXAS_SHIFT_FIXED;
      same.fixed_shift_eV = hits->hit[i].comparison.shift_eV;
    }
  }
  if (n_structure == 0) return CUXAS_OK;
  if (opt_library != NULL && (score = cuxas_new(err, background->n_spectrum, sizeof *score)) == NULL)
    return CUXAS_ENOMEM;
  if (score != NULL) status = take_compared(background, opt_library, hits, score, err);
  if (status == CUXAS_OK) status = cuxas_null_new(query, background, &same, n_thread, score, &null, err);
  for (size_t i = 0; i < hits->n_hit && status == CUXAS_OK; i++) {
    cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    hit->p_value = cuxas_null_p_value(null, hit->comparison.score, hit->formula);
    hit->e_value = hit->p_value * (double)n_structure;
  }
  free(score);
  cuxas_null_free(null);
  return status;
}

/* ---- what speaks against a measurement before anything is ranked ------------------------------------------------ */

/* 1. noise */

cuxas_status cuxas_noise(const cuxas_spectrum *spectrum, double *ret_noise, cuxas_error *err)
{
  enum { MIN_TRIPLE = 10 };
  const double *energy = spectrum->energy_eV, *mu = spectrum->mu;
  size_t        n      = 0;
  double       *second = cuxas_new(err, spectrum->n_point, sizeof *second);
  if (second == NULL) return CUXAS_ENOMEM;
  for (size_t i = 1; i + 1 < spectrum->n_point; i++) {
    const double left = energy[i] - energy[i - 1], right = energy[i + 1] - energy[i];
    if (fabs(left - right) < 0.1 * fmax(left, right)) second[n++] = fabs(mu[i - 1] - 2.0 * mu[i] + mu[i + 1]);
  }
  gsl_sort(second, 1, n);
  *ret_noise = n < MIN_TRIPLE ? 0.0 : 1.4826 / sqrt(6.0) * gsl_stats_median_from_sorted_data(second, 1, n);
  free(second);
  return CUXAS_OK;
}

/* 2. steps */

/* Mean of the curve from one energy to another; NaN: no point. */
static double mean_between(cuxas_grid grid, const double *mu, double from_eV, double to_eV)
{
  double sum = 0.0;
  size_t n   = 0;
  for (size_t i = 0; i < grid.n_energy; i++) {
    const double energy_eV = cuxas_grid_energy_eV(grid, i);
    if (energy_eV < from_eV || energy_eV > to_eV) continue;
    sum += mu[i];
    n++;
  }
  return n > 0 ? sum / (double)n : (double)NAN;
}

double cuxas_step_ratio(cuxas_grid grid, const double *mu, const cuxas_onset *onset)
{
  if (!onset[0].found || !onset[1].found) return NAN;
  const double first_eV = onset[0].energy_eV, second_eV = onset[1].energy_eV;
  if (grid.start_eV > first_eV - 4.0 || cuxas_grid_end_eV(grid) < second_eV + 15.0) return NAN;
  const double before  = mean_between(grid, mu, grid.start_eV, first_eV - 3.0);
  const double between = mean_between(grid, mu, second_eV - 5.0, second_eV - 2.0);
  const double behind  = mean_between(grid, mu, second_eV + 12.0, second_eV + 22.0);
  return between > before ? (behind - between) / (between - before) : (double)NAN;
}

/* 3. range and edges */

static void doubt_range(const cuxas_query *query, cuxas_warnings *warnings)
{
  const double end_eV = cuxas_grid_end_eV(query->grid), covered_eV = end_eV - query->grid.start_eV;
  if (covered_eV < CUXAS_DOUBT_RANGE_EV)
    cuxas_warn(warnings, "short scan: compared over %.1f eV only, where two edges need %.0f eV or more", covered_eV,
               CUXAS_DOUBT_RANGE_EV);
  for (size_t i = 1; i < query->n_edge; i++) {
    const double expected_eV = query->onset[0].energy_eV + query->edge[i].splitting_eV;
    if (query->onset[i].found) {
      const double off_eV = query->onset[i].energy_eV - expected_eV;
      if (fabs(off_eV) > CUXAS_DOUBT_SPLITTING_EV)
        cuxas_warn(warnings, "the %s onset lies %.1f eV %s where it should: is the energy axis stretched?",
                   query->edge[i].name, fabs(off_eV), off_eV > 0.0 ? "above" : "below");
    } else if (end_eV < expected_eV + 3.0) {
      cuxas_warn(warnings, "no %s edge: the scan ends at %.1f eV, it would begin near %.1f eV", query->edge[i].name,
                 end_eV, expected_eV);
    } else {
      cuxas_warn(warnings, "no %s edge found near %.1f eV, although the scan goes there", query->edge[i].name,
                 expected_eV);
    }
  }
}

static cuxas_status doubt_noise(const cuxas_spectrum *spectrum, cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_spectrum *sorted = NULL;
  double          noise  = 0.0, low, high;
  cuxas_status    status = cuxas_preprocess_sort(spectrum, &sorted, NULL, err);
  if (status == CUXAS_OK) status = cuxas_noise(sorted, &noise, err);
  if (status == CUXAS_OK) {
    gsl_stats_minmax(&low, &high, sorted->mu, 1, sorted->n_point);
    if (noise > 0.0 && (high - low) / noise < CUXAS_DOUBT_SIGNAL)
      cuxas_warn(warnings, "noisy scan: its range is %.0f times the noise of a point; smoothing and merged scans help",
                 (high - low) / noise);
  }
  cuxas_spectrum_free(sorted);
  return status;
}

static void doubt_saturation(const cuxas_query *query, const cuxas_model *model, cuxas_warnings *warnings)
{
  if (query->n_edge < 2 || model->n_edge < 2) return;
  const double expected = model->edge[1].weight / model->edge[0].weight;
  cuxas_onset  onset[2] = {query->onset[0], query->onset[1]};
  if (!onset[1].found) /* saturation may have hidden it: then by where it should be */
    onset[1] = (cuxas_onset){onset[0].found, onset[0].energy_eV + query->edge[1].splitting_eV, NAN};
  const double ratio = cuxas_step_ratio(query->grid, query->mu, onset);
  if (ratio < CUXAS_DOUBT_STEP_PART * expected) /* false for NaN */
    cuxas_warn(
        warnings,
        "saturation or self-absorption suspected: the %s step is %.2f of the %s step, %.2f is expected (or too steep "
        "a background was subtracted)",
        query->edge[1].name, ratio, query->edge[0].name, expected);
}

/* 4. against the background */

/* Onset of the first edge of every background spectrum, as the comparison would see it. */
static cuxas_status read_background(const cuxas_background *background, const cuxas_query *query,
                                    const cuxas_compare_settings *settings, double *ret_onset_eV, cuxas_error *err)
{
  const size_t n_energy = background->grid.n_energy;
  cuxas_status status   = CUXAS_OK;
  double      *broad    = cuxas_new(err, n_energy, sizeof *broad);
  if (broad == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < background->n_spectrum && status == CUXAS_OK; i++) {
    cuxas_onset       onset = {false, NAN, NAN};
    const cuxas_curve curve = cuxas_background_curve(background, i, settings);
    if ((status = cuxas_broaden(background->grid, curve.no_hole, settings->fwhm_eV, broad, err)) == CUXAS_OK)
      status = cuxas_onset_find(background->grid, broad, 0.0, query->edge, 1, &onset, err);
    ret_onset_eV[i] = onset.found ? onset.energy_eV : (double)NAN;
  }
  free(broad);
  return status;
}

/* Sorts the numbers among the values to the front; returns how many. */
static size_t sort_numbers(double *value, size_t n)
{
  size_t n_number = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(value[i])) value[n_number++] = value[i];
  gsl_sort(value, 1, n_number);
  return n_number;
}

static void doubt_axis(const cuxas_query *query, const cuxas_compare_settings *compare, const double *onset_eV,
                       size_t n, cuxas_warnings *warnings)
{
  const bool   is_fixed    = compare->shift_mode == CUXAS_SHIFT_FIXED;
  const double shift_eV    = is_fixed ? compare->fixed_shift_eV : compare->center_shift_eV;
  const double expected_eV = gsl_stats_median_from_sorted_data(onset_eV, 1, n) + shift_eV;
  const double off_eV      = query->onset[0].energy_eV - expected_eV;
  if (fabs(off_eV) > CUXAS_DOUBT_AXIS_EV)
    cuxas_warn(warnings,
               "the %s onset at %.1f eV lies %.1f eV %s where most compounds have it: is the energy axis off?",
               query->edge[0].name, query->onset[0].energy_eV, fabs(off_eV), off_eV > 0.0 ? "above" : "below");
}

static cuxas_status doubt_by_background(const cuxas_query *query, const cuxas_compare_settings *compare,
                                        const cuxas_background *background, cuxas_warnings *warnings, cuxas_error *err)
{
  const size_t n        = background->n_spectrum;
  double      *onset_eV = cuxas_new(err, n, sizeof *onset_eV);
  if (onset_eV == NULL) return CUXAS_ENOMEM;
  const cuxas_status status = read_background(background, query, compare, onset_eV, err);
  if (status == CUXAS_OK) {
    const size_t n_onset = sort_numbers(onset_eV, n);
    if (n_onset >= CUXAS_BACKGROUND_MIN) doubt_axis(query, compare, onset_eV, n_onset, warnings);
  }
  free(onset_eV);
  return status;
}

/* 5. all of it */

cuxas_status cuxas_doubt(const cuxas_spectrum *spectrum, const cuxas_query *query,
                         const cuxas_compare_settings *compare, const cuxas_model *model,
                         const cuxas_background *opt_background, cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  doubt_range(query, warnings);
  doubt_saturation(query, model, warnings);
  if (opt_background != NULL) status = doubt_by_background(query, compare, opt_background, warnings, err);
  if (status == CUXAS_OK) status = doubt_noise(spectrum, warnings, err);
  return status;
}
