/* sources.c - what a command line names, opened: the model, candidates, standards
 *
 * Apart from match_sources.c, so that a program which only predicts holds nothing that matches.
 *
 * Contents: 1. the model  2. candidates */
#include "cmd/sources.h"

#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/match_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. the model */

const cuxas_option CUXAS_MODEL_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Prediction", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, CUXAS_EXPERT,
     "folder of the bundled data; default: $CUXAS_DATA, else what was installed with the program", OPT_SHAPES_RUN},
    {0}};

cuxas_status cuxas_source_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err)
{
  const char  *given  = cuxas_options_text(options, "model");
  char        *path   = NULL;
  cuxas_status status = CUXAS_OK;

  *ret_model = NULL;
  if (given == NULL) status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_MODEL, &path, err);
  if (status == CUXAS_OK) status = cuxas_model_read(given != NULL ? given : path, ret_model, err);
  free(path);
  return status;
}

/* 2. candidates */

static bool is_bundled(const char *argument)
{
  return strncmp(argument, CUXAS_BUNDLED_PREFIX, strlen(CUXAS_BUNDLED_PREFIX)) == 0;
}

static cuxas_status resolve(const char *argument, const char *data, char **ret_path, cuxas_error *err)
{
  if (is_bundled(argument)) return cuxas_data_path(data, argument + strlen(CUXAS_BUNDLED_PREFIX), ret_path, err);
  *ret_path = cuxas_copy_string(argument);
  return *ret_path != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", argument);
}

/* The folder of the data is what lies before the name in a resolved path, which is cut here. */
static cuxas_status relabel(cuxas_catalog *catalog, const char *argument, char *path, cuxas_error *err)
{
  const char *name                      = argument + strlen(CUXAS_BUNDLED_PREFIX);
  path[strlen(path) - strlen(name) - 1] = '\0';
  return cuxas_catalog_relabel(catalog, path, CUXAS_BUNDLED_PREFIX, err);
}

cuxas_status cuxas_source_candidates(const cuxas_options *options, const char *const *argument, size_t n_argument,
                                     cuxas_catalog **ret_catalog, cuxas_error *err)
{
  static const char *const DEFAULT[] = {CUXAS_BUNDLED_PREFIX CUXAS_DATA_STRUCTURES,
                                        CUXAS_BUNDLED_PREFIX CUXAS_DATA_CANDIDATES};
  const char              *data      = cuxas_options_text(options, "data");
  cuxas_status             status    = CUXAS_OK;

  if (n_argument == 0) {
    argument   = DEFAULT;
    n_argument = sizeof DEFAULT / sizeof *DEFAULT;
  }
  *ret_catalog = NULL;
  char **path  = cuxas_new_array(n_argument, sizeof *path);
  if (path == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu candidates", n_argument);
  for (size_t i = 0; i < n_argument && status == CUXAS_OK; i++) status = resolve(argument[i], data, &path[i], err);
  if (status == CUXAS_OK)
    status = cuxas_catalog_list((const char *const *)path, n_argument, cuxas_options_flag(options, "recursive"),
                                ret_catalog, err);
  for (size_t i = 0; i < n_argument && status == CUXAS_OK; i++)
    if (is_bundled(argument[i])) status = relabel(*ret_catalog, argument[i], path[i], err);
  if (status != CUXAS_OK) {
    cuxas_catalog_free(*ret_catalog);
    *ret_catalog = NULL;
  }
  for (size_t i = 0; i < n_argument; i++) free(path[i]);
  free(path);
  return status;
}

cuxas_status cuxas_source_standards(const cuxas_options *options, cuxas_catalog **ret_standards, cuxas_error *err)
{
  static const char *const BUNDLED[] = {CUXAS_BUNDLED_PREFIX CUXAS_DATA_SPECTRA};
  cuxas_error              reason    = {.status = CUXAS_OK};
  *ret_standards                     = NULL;
  if (cuxas_options_flag(options, "standards")) return cuxas_source_candidates(options, BUNDLED, 1, ret_standards, err);
  if (cuxas_options_flag(options, "no-standards")) return CUXAS_OK;
  const cuxas_status status = cuxas_source_candidates(options, BUNDLED, 1, ret_standards, &reason);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK; /* where none are installed, none have a say */
}
