/* sources.c - what a command line names, opened: the model, candidates
 *
 * Apart from match_sources.c, so that a program which only predicts holds nothing that matches.
 *
 * Contents: 1. options of the model  2. files  3. candidates */
#include "cmd/sources.h"

#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/match_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. options of the model */

const cuxas_option CUXAS_MODEL_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Prediction", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, CUXAS_EXPERT,
     "folder of the bundled data; default: $CUXAS_DATA, else what was installed with the program", OPT_SHAPES_RUN},
    {0}};

const cuxas_option CUXAS_BLIND_MODEL_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", CUXAS_BUNDLED_PREFIX CUXAS_DATA_BLIND, NULL, "Prediction",
     "model file; the default has not learnt from the validation compounds", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, CUXAS_EXPERT,
     "folder of the bundled data; default: $CUXAS_DATA, else what was installed with the program", OPT_SHAPES_RUN},
    {0}};

/* 2. files */

static bool is_bundled(const char *argument)
{
  return strncmp(argument, CUXAS_BUNDLED_PREFIX, strlen(CUXAS_BUNDLED_PREFIX)) == 0;
}

/* A bundled structure or spectrum by its name alone: "CuO" is structures/CuO.cif; or by folder and name, "spectra/CuO". */
static cuxas_status find_by_name(const char *name, cuxas_bundled_kind kind, const char *data, char **ret_path,
                                 cuxas_error *err)
{
  static const char *const FOLDERS[] = {CUXAS_DATA_SPECTRA, CUXAS_DATA_STRUCTURES, CUXAS_DATA_CANDIDATES,
                                        CUXAS_DATA_SPECTRA};
  const char              *slash = strchr(name, '/'), *stem = slash != NULL ? slash + 1 : name;
  const size_t             n_folder = slash != NULL ? (size_t)(slash - name) : 0;
  cuxas_status             status   = CUXAS_OK;
  size_t                   first = kind == CUXAS_BUNDLED_SPECTRUM ? 0 : 1, end = kind == CUXAS_BUNDLED_SPECTRUM ? 1 : 4;
  if (n_folder > 0) first = 0, end = 4;
  for (size_t i = first; i < end && status == CUXAS_OK && *ret_path == NULL; i++) {
    char          *folder  = NULL;
    cuxas_catalog *catalog = NULL;
    if (n_folder > 0 && (strlen(FOLDERS[i]) != n_folder || strncmp(FOLDERS[i], name, n_folder) != 0)) continue;
    if (cuxas_data_path(data, FOLDERS[i], &folder, NULL) == CUXAS_OK &&
        cuxas_catalog_list((const char *const[]){folder}, 1, false, &catalog, NULL) == CUXAS_OK)
      for (size_t j = 0; j < catalog->n_candidate && *ret_path == NULL && status == CUXAS_OK; j++) {
        if (strcmp(catalog->candidate[j].name, stem) != 0) continue;
        *ret_path = cuxas_copy_text(err, catalog->candidate[j].path);
        if (*ret_path == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, name);
      }
    cuxas_catalog_free(catalog);
    free(folder);
  }
  return status;
}

/* A bundled model, "cu-l23" or "models/cu-l23", or what lies beside it, "mp" or "models/mp", a library of its predictions, by the name alone;
 * *ret_path stays NULL where there is none. */
static cuxas_status find_model(const char *name, const char *suffix, const char *data, char **ret_path,
                               cuxas_error *err)
{
  const size_t n_folder = sizeof "models/" - 1;
  if (strncmp(name, "models/", n_folder) == 0) name += n_folder;
  char *path = cuxas_print_text(err, "models/%s.%s", name, suffix);
  if (path == NULL) return CUXAS_ENOMEM;
  cuxas_error        unused;
  const cuxas_status status = cuxas_data_path(data, path, ret_path, &unused);
  if (status != CUXAS_OK) *ret_path = NULL;
  free(path);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

/* Is there a folder of bundled data at all? Then a name that is not there is told otherwise. */
static bool has_data(const char *data)
{
  char       *path = NULL;
  cuxas_error unused;
  const bool  there = cuxas_data_path(data, CUXAS_DATA_STRUCTURES, &path, &unused) == CUXAS_OK;
  free(path);
  return there;
}

cuxas_status cuxas_source_path(const char *opt_data, const char *argument, cuxas_bundled_kind kind, char **ret_path,
                               cuxas_error *err)
{
  if (!is_bundled(argument)) {
    *ret_path = cuxas_copy_text(err, argument);
    return *ret_path != NULL ? CUXAS_OK : cuxas_fail_at(err, cuxas_no_memory(err), argument);
  }
  const char  *name   = argument + strlen(CUXAS_BUNDLED_PREFIX);
  cuxas_error  reason = {0};
  cuxas_status status = cuxas_data_path(opt_data, name, ret_path, &reason);
  if (status == CUXAS_OK) return CUXAS_OK;
  *ret_path           = NULL;
  cuxas_status search = find_by_name(name, kind, opt_data, ret_path, err);
  if (search == CUXAS_OK && *ret_path == NULL) search = find_model(name, "cuxas", opt_data, ret_path, err);
  if (search == CUXAS_OK && *ret_path == NULL) search = find_model(name, "cuxaslib", opt_data, ret_path, err);
  if (search != CUXAS_OK || *ret_path != NULL) return search;
  if (has_data(opt_data))
    return cuxas_fail(err, status, "%s: no file, %s, model or library of the bundled data is called so", argument,
                      kind == CUXAS_BUNDLED_SPECTRUM ? "spectrum" : "structure, spectrum");
  return cuxas_fail(err, status, CUXAS_BUNDLED_PREFIX "%s", reason.message);
}

cuxas_status cuxas_source_model_path(const cuxas_options *options, char **ret_path, cuxas_error *err)
{
  const char *given = cuxas_options_text(options, "model"), *data = cuxas_options_text(options, "data");
  if (given == NULL) return cuxas_data_path(data, CUXAS_DATA_MODEL, ret_path, err);
  return cuxas_source_path(data, given, CUXAS_BUNDLED_STRUCTURE, ret_path, err);
}

cuxas_status cuxas_source_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err)
{
  char *path          = NULL;
  *ret_model          = NULL;
  cuxas_status status = cuxas_source_model_path(options, &path, err);
  if (status == CUXAS_OK) status = cuxas_model_read(path, ret_model, err);
  free(path);
  return status;
}

typedef struct {
  const char        *opt_data;
  cuxas_bundled_kind kind;
} bundled_place;

static cuxas_status translate(const char *given, void *user, char **ret_path, cuxas_error *err)
{
  const bundled_place *place = user;
  return is_bundled(given) ? cuxas_source_path(place->opt_data, given, place->kind, ret_path, err) : CUXAS_OK;
}

static const char *data_option(const cuxas_options *options)
{
  return cuxas_options_has(options, "data") ? cuxas_options_text(options, "data") : NULL;
}

cuxas_status cuxas_source_translate(cuxas_options *options, cuxas_error *err)
{
  bundled_place place = {data_option(options), CUXAS_BUNDLED_STRUCTURE};
  return cuxas_options_translate(options, translate, &place, err);
}

cuxas_status cuxas_source_translate_arguments(cuxas_options *options, size_t n_argument, cuxas_bundled_kind kind,
                                              cuxas_error *err)
{
  bundled_place place = {data_option(options), kind};
  return cuxas_options_translate_arguments(options, n_argument, translate, &place, err);
}

/* 3. candidates */

/* The folder of the data is what lies before the name in a resolved path, or, of what was found by its name alone, before
 * a folder and a file; the path is cut there. */
static cuxas_status relabel(cuxas_catalog *catalog, const char *argument, char *path, cuxas_error *err)
{
  const char  *name   = argument + strlen(CUXAS_BUNDLED_PREFIX);
  const size_t n_path = strlen(path), n_name = strlen(name);
  if (n_name < n_path && strcmp(path + n_path - n_name, name) == 0) {
    path[n_path - n_name - 1] = '\0';
  } else {
    for (int i = 0; i < 2; i++)
      if (strrchr(path, '/') != NULL) *strrchr(path, '/') = '\0';
  }
  return cuxas_catalog_relabel(catalog, path, CUXAS_BUNDLED_PREFIX, err);
}

cuxas_status cuxas_source_find(const char *opt_data, bool is_recursive, const char *const *argument, size_t n_argument,
                               cuxas_catalog **ret_catalog, cuxas_error *err)
{
  static const char *const DEFAULT[] = {CUXAS_BUNDLED_PREFIX CUXAS_DATA_STRUCTURES,
                                        CUXAS_BUNDLED_PREFIX CUXAS_DATA_CANDIDATES};
  cuxas_status             status    = CUXAS_OK;

  if (n_argument == 0) {
    argument   = DEFAULT;
    n_argument = sizeof DEFAULT / sizeof *DEFAULT;
  }
  *ret_catalog = NULL;
  char **path  = cuxas_new(err, n_argument, sizeof *path);
  if (path == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_argument && status == CUXAS_OK; i++)
    status = cuxas_source_path(opt_data, argument[i], CUXAS_BUNDLED_STRUCTURE, &path[i], err);
  if (status == CUXAS_OK)
    status = cuxas_catalog_list((const char *const *)path, n_argument, is_recursive, ret_catalog, err);
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

const cuxas_option CUXAS_DISORDER_OPTIONS[] = {
    {"arrangements", 0, OPT_INTEGER, "N", "4", "1:100", CUXAS_EXPERT,
     "arrangements of a disordered structure that are drawn and averaged, where its cell allows too many to take all; "
     "more are not simulated",
     0},
    {"disorder-seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", CUXAS_EXPERT,
     "another seed draws other arrangements: how much does the answer hang on them?", 0},
    {0}};

void cuxas_source_draw(const cuxas_options *options, cuxas_catalog *catalog)
{
  if (!cuxas_options_has(options, "arrangements")) return;
  const cuxas_drawing how = {(size_t)cuxas_options_integer(options, "arrangements"),
                             (uint64_t)cuxas_options_integer(options, "disorder-seed")};
  for (size_t i = 0; i < catalog->n_candidate; i++) catalog->candidate[i].drawing = how;
}

cuxas_status cuxas_source_candidates(const cuxas_options *options, const char *const *argument, size_t n_argument,
                                     cuxas_catalog **ret_catalog, cuxas_error *err)
{
  const cuxas_status status =
      cuxas_source_find(cuxas_options_text(options, "data"), cuxas_options_flag(options, "recursive"), argument,
                        n_argument, ret_catalog, err);
  if (status == CUXAS_OK) cuxas_source_draw(options, *ret_catalog);
  return status;
}
