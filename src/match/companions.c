/* companions.c - what a session stands on beside model and candidates: measured spectra, the background, known simulations; what is
 * found where */
#include "match/session.h"
#include "match/query.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/output.h"
#include "match/significance.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cuxas_status list_standards(const char *data_folder, cuxas_catalog **ret_standards, cuxas_error *err)
{
  char             *folder = cuxas_path_join(data_folder, "spectra", NULL);
  const char *const path[] = {folder};
  if (folder == NULL) return cuxas_no_memory(err);
  cuxas_status status = cuxas_catalog_list(path, 1, false, ret_standards, err);
  if (status == CUXAS_OK) status = cuxas_catalog_relabel(*ret_standards, data_folder, CUXAS_BUNDLED_PREFIX, err);
  free(folder);
  return status;
}

static cuxas_status open_bundled_standards(const cuxas_companion_source *from, cuxas_catalog **ret_standards,
                                           cuxas_error *err)
{
  cuxas_error  reason = {0};
  cuxas_status status =
      from->opt_folder != NULL
          ? list_standards(from->opt_folder, ret_standards, &reason)
          : cuxas_fail(&reason, CUXAS_EIO, "spectra: no folder of bundled data was found (--data DIR or $CUXAS_DATA)");
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status == CUXAS_OK || !from->needs_standards) return CUXAS_OK; /* where none are installed, none have a say */
  return cuxas_fail(err, status, CUXAS_BUNDLED_PREFIX "%s", reason.message);
}

static cuxas_status open_background(const cuxas_model *model, const cuxas_match_settings *settings,
                                    const cuxas_companion_source *from, const cuxas_watch *opt_watch,
                                    cuxas_background **ret_background, cuxas_error *err)
{
  const bool   has_folder = from->opt_folder != NULL;
  char        *candidates = NULL, *bundled = NULL;
  cuxas_status status = CUXAS_OK;
  if (from->opt_background != NULL) return cuxas_background_read(from->opt_background, model, ret_background, err);
  if (!has_folder && from->opt_model_path == NULL) return CUXAS_OK;
  if (has_folder) {
    candidates = cuxas_path_join(from->opt_folder, "candidates", NULL);
    bundled    = cuxas_path_join(from->opt_folder, "models/cu-l23", "cuxas");
    if (candidates == NULL || bundled == NULL) status = cuxas_no_memory(err);
  }
  const cuxas_background_place place = {from->opt_model_path != NULL ? from->opt_model_path : bundled, candidates};
  if (status == CUXAS_OK)
    status = cuxas_background_find(&place, model, settings->n_thread, opt_watch, ret_background, err);
  free(bundled);
  free(candidates);
  return status;
}

#define MAX_KEPT_BYTE ((off_t)64 << 20) /* more simulations are not read again */

/* A file for every theory and kernel of BLAS, whose sums differ in the last digits; one that cannot be had is none. */
static cuxas_status keep_in_cache(const cuxas_model *model, const char *folder, cuxas_simulations *simulations,
                                  cuxas_error *err)
{
  char         name[CUXAS_SIMULATIONS_NAME_SIZE + 64], edges[CUXAS_SIMULATIONS_NAME_SIZE];
  char         sha256[CUXAS_SHA256_HEX_SIZE], *path;
  const char  *code = cuxas_simulations_code(simulations);
  cuxas_error  reason;
  cuxas_status status;
  struct stat  about;
  cuxas_simulations_name(model, edges);
  cuxas_hash_memory(code, strlen(code), sha256);
  snprintf(name, sizeof name, "%.*s-%.32s-%.12s", (int)strcspn(edges, "."), edges, openblas_get_corename(), sha256);
  if ((path = cuxas_path_join(folder, name, "jsonl")) == NULL) return cuxas_no_memory(err);
  char *slash = strrchr(path, '/');
  *slash      = '\0';
  status      = cuxas_make_folder(path, &reason);
  *slash      = '/';
  if (status == CUXAS_OK && (stat(path, &about) != 0 || about.st_size <= MAX_KEPT_BYTE))
    status = cuxas_simulations_keep(simulations, path, &reason);
  free(path);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

static cuxas_status open_simulations(const cuxas_model *model, const cuxas_match_settings *settings,
                                     const cuxas_companion_source *from, cuxas_simulations **ret_simulations,
                                     cuxas_error *err)
{
  char         name[CUXAS_SIMULATIONS_NAME_SIZE];
  char        *path   = NULL;
  cuxas_status status = CUXAS_OK;
  if (settings->n_simulate == 0) return CUXAS_OK;
  status = cuxas_simulations_for(model, cuxas_compare_mixes(&settings->compare), ret_simulations, err);
  if (status != CUXAS_OK || from->knows_none) return status;
  if (from->opt_simulations != NULL)
    status = cuxas_simulations_keep(*ret_simulations, from->opt_simulations, err);
  else if (from->opt_cache != NULL)
    status = keep_in_cache(model, from->opt_cache, *ret_simulations, err);
  if (status != CUXAS_OK || from->opt_folder == NULL) return status;
  cuxas_simulations_name(model, name);
  if ((path = cuxas_path_join(from->opt_folder, name, NULL)) == NULL) return cuxas_no_memory(err);
  if (access(path, F_OK) == 0) status = cuxas_simulations_note(*ret_simulations, path, err);
  free(path);
  return status;
}

cuxas_status cuxas_companions_open(const cuxas_model *model, const cuxas_match_settings *settings,
                                   const cuxas_companion_source *from, const cuxas_watch *opt_watch,
                                   cuxas_companions *ret_companions, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  *ret_companions     = (cuxas_companions){0};
  if (from->with & CUXAS_WITH_STANDARDS) status = open_bundled_standards(from, &ret_companions->standards, err);
  if (status == CUXAS_OK && from->with & CUXAS_WITH_BACKGROUND)
    status = open_background(model, settings, from, opt_watch, &ret_companions->background, err);
  if (status == CUXAS_OK && from->with & CUXAS_WITH_SIMULATIONS)
    status = open_simulations(model, settings, from, &ret_companions->simulations, err);
  return status;
}

void cuxas_companions_clear(cuxas_companions *companions)
{
  cuxas_catalog_free(companions->standards);
  cuxas_background_free(companions->background);
  cuxas_simulations_free(companions->simulations);
  *companions = (cuxas_companions){0};
}

/* The energy axis of a session. Compares a scan, which is taken over, with its compound's spectrum. */
static cuxas_status compare_with(cuxas_measurement *scan, const char *path, const char *spectrum,
                                 const cuxas_model *model, const cuxas_match_settings *settings,
                                 cuxas_comparison *ret_found, cuxas_error *err)
{
  cuxas_match_settings alone   = *settings;
  cuxas_session       *session = NULL;
  cuxas_result        *result  = NULL;
  alone.n_mixture = alone.n_simulate = 0;
  cuxas_status status                = cuxas_session_new(model, &spectrum, 1, &alone, &session, err);
  if (status == CUXAS_OK) status = cuxas_session_identify_measurement(session, path, scan, &result, err);
  if (status == CUXAS_OK && (result->hits->n_hit != 1 || result->hits->hit[0].kind != CUXAS_CANDIDATE_SPECTRUM))
    status = cuxas_fail(err, CUXAS_ERANGE, "%s: no measured spectrum that could be compared", spectrum);
  if (status == CUXAS_OK) *ret_found = result->hits->hit[0].comparison;
  cuxas_result_free(result);
  cuxas_session_free(session);
  return status;
}

cuxas_status cuxas_axis_calibrate(const cuxas_model *model, const cuxas_match_settings *settings, const char *scan,
                                  const char *spectrum, double *ret_shift_eV, cuxas_error *err)
{
  const cuxas_measured_options how         = {.near_eV = CUXAS_MEASUREMENT_NEAR_EV};
  cuxas_measurement            measurement = {.sha256 = ""};
  cuxas_comparison             found;
  cuxas_status                 status = cuxas_measurement_read(scan, &how, &measurement, err);
  if (status == CUXAS_OK) status = compare_with(&measurement, scan, spectrum, model, settings, &found, err);
  cuxas_measurement_clear(&measurement);
  if (status != CUXAS_OK) return status;
  if (found.score < CUXAS_ANSWER_STANDARD_SCORE || found.shift_at_limit) {
    char *compound = cuxas_path_stem(spectrum);
    status = cuxas_fail(err, CUXAS_ERANGE, "calibration: %s does not look like %s (MAE %.3f, shift %+.2f eV)", scan,
                        compound != NULL ? compound : spectrum, found.mae, found.shift_eV);
    free(compound);
    return status;
  }
  *ret_shift_eV = -found.shift_eV;
  return CUXAS_OK;
}
