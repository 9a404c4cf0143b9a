/* candidates.c - the candidates that a command line names: files, folders, parts of the bundled data, or by default the bundled library */
#include "cmd/candidates.h"

#include "cmd/common.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

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

cuxas_status cuxas_candidates_list(const cuxas_options *options, const char *const *argument, size_t n_argument,
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
