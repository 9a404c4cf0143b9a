#include "match/candidate_priv.h"

#include "cuxas/measured.h"
#include "base/memory.h"
#include "predict/model_parts.h"
#include "cuxas/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

cuxas_status cuxas_hit_warn(cuxas_hit *hit, cuxas_error *err, const char *format, ...)
{
  char   text[CUXAS_WARNING_SIZE];
  size_t i_free = 0;
  while (i_free < CUXAS_HIT_MAX_WARNING && hit->warning[i_free] != NULL) i_free++;
  if (i_free == CUXAS_HIT_MAX_WARNING) return CUXAS_OK;

  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  hit->warning[i_free] = cuxas_copy_string(i_free + 1 < CUXAS_HIT_MAX_WARNING ? text : "there were more warnings");
  return hit->warning[i_free] != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for a warning");
}

static cuxas_status warn_list(cuxas_hit *hit, const cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < warnings->n_warning && status == CUXAS_OK; i++)
    status = cuxas_hit_warn(hit, err, "%s", warnings->text[i]);
  return status;
}

/* Takes the structure spectra out of the prediction. A model with one channel, whichever, is compared as it is. */
static void take_curve(cuxas_prediction *prediction, cuxas_candidate_curve *ret_curve)
{
  const int first = prediction->mu[CUXAS_CHANNEL_NO_HOLE] != NULL ? CUXAS_CHANNEL_NO_HOLE : CUXAS_CHANNEL_SCREENED_HOLE;
  double   *no_hole  = prediction->mu[first];
  double   *screened = first == CUXAS_CHANNEL_NO_HOLE ? prediction->mu[CUXAS_CHANNEL_SCREENED_HOLE] : NULL;
  *ret_curve         = (cuxas_candidate_curve){
              .grid = prediction->grid, .mu = {no_hole, screened}, .is_prediction = true, .is_by_model = true};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) prediction->mu[i] = NULL;
}

size_t cuxas_parts_bytes(const cuxas_parts *parts, const cuxas_model *model)
{
  size_t n_number = 0;
  if (parts == NULL) return 0;
  for (size_t i = 0; i < model->n_head; i++) n_number += 2 * model->edge[model->head[i].i_edge].grid.n_energy;
  return sizeof *parts + parts->prediction->n_site * n_number * sizeof(double) +
         2 * model->grid.n_energy * sizeof(double) + parts->crystal->n_site * (sizeof(int) + 3 * sizeof(double));
}

void cuxas_parts_free(cuxas_parts *parts)
{
  if (parts == NULL) return;
  cuxas_prediction_free(parts->prediction);
  cuxas_crystal_free(parts->crystal);
  free(parts);
}

/* Takes crystal and prediction over, before the curve is taken out of it. */
static cuxas_status take_parts(cuxas_crystal **crystal, cuxas_prediction **prediction, cuxas_parts **ret_parts,
                               cuxas_error *err)
{
  cuxas_parts *parts = cuxas_new_array(1, sizeof *parts);
  if (parts == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a prediction");
  *parts = (cuxas_parts){*crystal, *prediction, {NULL}};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) parts->mu[i] = parts->prediction->mu[i];
  *crystal    = NULL;
  *prediction = NULL;
  *ret_parts  = parts;
  return CUXAS_OK;
}

static cuxas_status load_structure(const cuxas_candidate *candidate, const cuxas_model *model,
                                   const cuxas_match_settings *settings, cuxas_hit *hit,
                                   cuxas_candidate_curve *ret_curve, char *ret_left_out, cuxas_parts **opt_parts,
                                   cuxas_error *err)
{
  cuxas_status      status;
  cuxas_crystal    *crystal    = NULL;
  cuxas_prediction *prediction = NULL;

  if ((status = cuxas_candidate_read(candidate, &crystal, err)) != CUXAS_OK) return status;
  if (!cuxas_composition_passes(&settings->filter, crystal, ret_left_out) && !settings->unconstrained) goto done;
  if ((status = cuxas_predict_crystal(model, crystal, &prediction, err)) != CUXAS_OK) goto done;

  cuxas_crystal_formula(crystal, hit->formula);
  hit->n_absorber = prediction->n_absorber;
  if ((status = warn_list(hit, &crystal->warnings, err)) != CUXAS_OK) goto done;
  hit->n_distinct = prediction->n_site;
  hit->domain     = prediction->domain;
  if (hit->domain.outside && (status = cuxas_hit_warn(hit, err, "outside the training domain (distance %.2f)",
                                                      hit->domain.distance)) != CUXAS_OK)
    goto done;
  if (!prediction->symmetry_found &&
      (status = cuxas_hit_warn(hit, err, "no symmetry found: each of %zu sites was predicted for itself",
                               hit->n_absorber)) != CUXAS_OK)
    goto done;
  cuxas_prediction *source = prediction;
  if (opt_parts != NULL && (status = take_parts(&crystal, &prediction, opt_parts, err)) != CUXAS_OK) goto done;
  take_curve(source, ret_curve);
done:
  cuxas_prediction_free(prediction);
  cuxas_crystal_free(crystal);
  return status;
}

/* A standard keeps what it has beyond the lattice: it may be shifted. */
static cuxas_status load_spectrum(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_preprocess_settings *opt_preprocess, cuxas_hit *hit,
                                  cuxas_candidate_curve *ret_curve, cuxas_error *err)
{
  cuxas_status              status;
  cuxas_spectrum           *spectrum   = NULL;
  cuxas_measured_info      *info       = NULL;
  cuxas_prepared           *prepared   = NULL;
  cuxas_preprocess_settings preprocess = opt_preprocess != NULL ? *opt_preprocess : cuxas_preprocess_defaults();
  preprocess.crop_min_eV               = -INFINITY;
  preprocess.crop_max_eV               = INFINITY;
  preprocess.beyond_lattice            = true;

  hit->domain = (cuxas_domain){NAN, false};
  if ((status = cuxas_measured_read(candidate->path, NULL, &spectrum, &info, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_preprocess_measured(spectrum, candidate->path, model->grid, &preprocess, &prepared, err)) !=
      CUXAS_OK)
    goto done;
  if ((status = warn_list(hit, &info->warnings, err)) != CUXAS_OK) goto done;
  if ((status = warn_list(hit, &prepared->warnings, err)) != CUXAS_OK) goto done;
  *ret_curve   = (cuxas_candidate_curve){.grid = prepared->grid, .mu = {prepared->mu}, .is_measured = !info->is_feff};
  prepared->mu = NULL;
done:
  cuxas_prepared_free(prepared);
  cuxas_measured_info_free(info);
  cuxas_spectrum_free(spectrum);
  return status;
}

cuxas_status cuxas_candidate_load(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_match_settings *settings, cuxas_hit *hit,
                                  cuxas_candidate_curve *ret_curve, char ret_left_out[CUXAS_COMPOSITION_REASON_SIZE],
                                  cuxas_parts **opt_parts, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  ret_left_out[0]     = '\0';
  *ret_curve          = (cuxas_candidate_curve){0};
  hit->kind           = candidate->kind;
  switch (candidate->kind) {
  case CUXAS_CANDIDATE_STRUCTURE:
    status = load_structure(candidate, model, settings, hit, ret_curve, ret_left_out, opt_parts, err);
    break;
  case CUXAS_CANDIDATE_SPECTRUM:
    status = load_spectrum(candidate, model, settings->opt_preprocess, hit, ret_curve, err);
    break;
  }
  if (status == CUXAS_OK && (ret_left_out[0] == '\0' || settings->unconstrained))
    status = cuxas_candidate_hash(candidate, hit->sha256, err);
  return status;
}

void cuxas_candidate_curve_clear(cuxas_candidate_curve *curve)
{
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) free(curve->mu[i]);
  *curve = (cuxas_candidate_curve){0};
}
