/* match_sources.c - what a match stands on beside model and candidates, opened: the background, known simulations and
 * predictions
 *
 * Contents: 1. the background  2. simulations  3. predictions */
#include "cmd/sources.h"

#include "base/memory.h"
#include "cmd/common.h"
#include "cuxas/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. the background */

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

/* Of the file beside the model; *ret_background stays NULL where there is none of this model. */
static cuxas_status read_beside(const cuxas_options *options, const cuxas_model *model,
                                cuxas_background **ret_background, cuxas_error *err)
{
  const char  *given   = cuxas_options_text(options, "model");
  char        *bundled = NULL, *path = NULL;
  cuxas_error  reason = {0};
  cuxas_status status = CUXAS_OK;

  if (given == NULL) status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_MODEL, &bundled, err);
  if (status == CUXAS_OK && (path = name_beside(given != NULL ? given : bundled)) == NULL)
    status = cuxas_no_memory(err);
  if (status == CUXAS_OK && access(path, F_OK) == 0 &&
      cuxas_background_read(path, model, ret_background, &reason) == CUXAS_ENOMEM)
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message);
  free(path);
  free(bundled);
  return status;
}

/* From the bundled candidates, where they are at hand and hold enough of the model's element. */
static cuxas_status predict_bundled(const cuxas_options *options, const cuxas_model *model,
                                    cuxas_background **ret_background, cuxas_error *err)
{
  cuxas_catalog     *catalog = NULL;
  char              *folder  = NULL;
  cuxas_error        reason  = {0};
  cuxas_progress_bar bar     = cuxas_progress_start("background", cuxas_options_flag(options, "quiet"));
  cuxas_status status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_CANDIDATES, &folder, &reason);
  const char *const path[] = {folder};

  if (status == CUXAS_OK) status = cuxas_catalog_list(path, 1, false, &catalog, &reason);
  if (status == CUXAS_OK)
    status = cuxas_background_predict(catalog, model, cuxas_program_threads(cuxas_options_integer(options, "threads")),
                                      cuxas_progress_show, &bar, ret_background, &reason);
  cuxas_progress_end(&bar);
  cuxas_catalog_free(catalog);
  free(folder);
  return status == CUXAS_ENOMEM ? cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message) : CUXAS_OK;
}

cuxas_status cuxas_source_background(const cuxas_options *options, const cuxas_model *model,
                                     cuxas_background **ret_background, cuxas_error *err)
{
  const char *given = cuxas_options_text(options, "background");

  *ret_background = NULL;
  if (given != NULL && strcmp(given, "none") == 0) return CUXAS_OK;
  if (given != NULL) return cuxas_background_read(given, model, ret_background, err);
  const cuxas_status status = read_beside(options, model, ret_background, err);
  if (status != CUXAS_OK || *ret_background != NULL) return status;
  return predict_bundled(options, model, ret_background, err);
}

/* 2. simulations */

/* Of the model's element and edges, "simulations/Cu-L3-L2.jsonl.gz"; data without such a file are no failure. */
static cuxas_status read_bundled(const cuxas_options *options, const cuxas_model *model, cuxas_simulations *simulations,
                                 cuxas_error *err)
{
  char         name[64];
  char        *path   = NULL;
  cuxas_error  reason = {.status = CUXAS_OK};
  int          n      = snprintf(name, sizeof name, "simulations/%s", model->element);
  cuxas_status status;
  for (size_t i = 0; i < model->n_edge; i++)
    n += snprintf(name + n, sizeof name - (size_t)n, "-%s", model->edge[i].name);
  snprintf(name + n, sizeof name - (size_t)n, ".jsonl.gz");
  if ((status = cuxas_data_path(cuxas_options_text(options, "data"), name, &path, &reason)) == CUXAS_OK)
    status = cuxas_simulations_read(simulations, path, err);
  else if (status == CUXAS_ENOMEM)
    cuxas_fail(err, status, "%s", reason.message);
  else
    status = CUXAS_OK;
  free(path);
  return status;
}

cuxas_status cuxas_source_simulations(const cuxas_options *options, const cuxas_model *model,
                                      cuxas_simulations **ret_simulations, cuxas_error *err)
{
  const char                   *path = cuxas_options_text(options, "simulations");
  const bool                    none = path != NULL && strcmp(path, "none") == 0;
  const cuxas_simulate_settings how  = cuxas_simulations_settings();
  const char                   *edge_name[CUXAS_MODEL_MAX_EDGE];
  cuxas_status                  status;

  *ret_simulations = NULL;
  if (cuxas_options_is(options, "simulate", "0")) return CUXAS_OK;
  for (size_t i = 0; i < model->n_edge; i++) edge_name[i] = model->edge[i].name;
  cuxas_simulations *simulations = NULL;
  const bool         wants_hole = cuxas_options_is(options, "hole", "fit") || cuxas_options_real(options, "hole") < 1.0;
  if ((status = cuxas_simulations_new(model->absorber, edge_name, model->n_edge, wants_hole, &how, &simulations,
                                      err)) == CUXAS_OK &&
      path != NULL && !none)
    status = cuxas_simulations_keep(simulations, path, err);
  if (status == CUXAS_OK && !none) status = read_bundled(options, model, simulations, err);
  if (status == CUXAS_OK)
    *ret_simulations = simulations;
  else
    cuxas_simulations_free(simulations);
  return status;
}

/* 3. predictions */

#define MAX_CACHE_BYTE ((size_t)512 << 20)

const cuxas_option CUXAS_CACHE_OPTIONS[] = {
    {"cache", 0, OPT_PATH, "DIR", NULL, NULL, "Running",
     "folder where predictions are kept for the next time; default: $XDG_CACHE_HOME/cuxas or ~/.cache/cuxas",
     OPT_SHAPES_RUN},
    {"no-cache", 0, OPT_FLAG, NULL, NULL, NULL, "Running", "keep no predictions, look for none", OPT_SHAPES_RUN},
    {0}};

/* *ret_folder stays NULL where no place is known. */
static cuxas_status find_cache(const cuxas_options *options, char **ret_folder, cuxas_error *err)
{
  const char *given = cuxas_options_text(options, "cache"), *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  *ret_folder = NULL;
  if (given != NULL)
    *ret_folder = cuxas_copy_text(err, given);
  else if (base != NULL && base[0] == '/')
    *ret_folder = cuxas_path_join(base, "cuxas", NULL);
  else if (home != NULL && home[0] == '/')
    *ret_folder = cuxas_path_join(home, ".cache/cuxas", NULL);
  else
    return CUXAS_OK;
  return *ret_folder != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

/* A cache that was not asked for and cannot be had is none. */
static cuxas_status add_cache(const cuxas_options *options, cuxas_store *store, cuxas_error *err)
{
  char        *folder = NULL, *path = NULL;
  const bool   is_given = cuxas_options_text(options, "cache") != NULL;
  cuxas_error  reason   = {0};
  cuxas_status status   = CUXAS_OK;
  if (cuxas_options_flag(options, "no-cache")) return CUXAS_OK;
  if ((status = find_cache(options, &folder, err)) != CUXAS_OK || folder == NULL) return status;
  if ((path = cuxas_path_join(folder, "predictions", "cuxaslib")) == NULL)
    status = cuxas_no_memory(err);
  else if ((status = cuxas_make_folder(folder, &reason)) == CUXAS_OK)
    status = cuxas_store_add_cache(store, path, MAX_CACHE_BYTE, &reason);
  if (status != CUXAS_OK && status != CUXAS_ENOMEM && !is_given)
    status = CUXAS_OK;
  else if (status != CUXAS_OK)
    cuxas_fail(err, status, "%s", reason.message);
  free(path);
  free(folder);
  return status;
}

cuxas_status cuxas_source_store(const cuxas_options *options, const cuxas_model *model, const cuxas_catalog *catalog,
                                cuxas_store **ret_store, cuxas_error *err)
{
  cuxas_status status = cuxas_store_open(model, ret_store, err);
  if (status == CUXAS_OK) status = cuxas_store_add_libraries(*ret_store, catalog, err);
  return status == CUXAS_OK ? add_cache(options, *ret_store, err) : status;
}
