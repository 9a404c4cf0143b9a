#include "cmd/paths.h"

#include "base/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *cuxas_path_join(const char *folder, const char *name, const char *opt_suffix)
{
  const char  *suffix   = opt_suffix != NULL ? opt_suffix : "";
  const size_t n_folder = strlen(folder), n_byte = n_folder + strlen(name) + strlen(suffix) + 3;
  const bool   has_slash = n_folder > 0 && folder[n_folder - 1] == '/';
  char        *path      = cuxas_new_array(n_byte, 1);
  if (path != NULL)
    snprintf(path, n_byte, "%s%s%s%s%s", folder, has_slash ? "" : "/", name, opt_suffix != NULL ? "." : "", suffix);
  return path;
}

char *cuxas_path_stem(const char *path)
{
  const char *slash = strrchr(path, '/');
  char       *stem  = cuxas_copy_string(slash != NULL ? slash + 1 : path);
  char       *dot   = stem != NULL ? strrchr(stem, '.') : NULL;
  if (dot != NULL && dot != stem) *dot = '\0';
  return stem;
}

cuxas_status cuxas_path_make_folder(const char *folder, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *path   = cuxas_copy_string(folder);
  if (path == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", folder);
  for (char *end = path; status == CUXAS_OK && end != NULL;) {
    end += strspn(end, "/");
    end = strchr(end, '/');
    if (end != NULL) *end = '\0';
    if (*path != '\0' && mkdir(path, 0777) != 0 && errno != EEXIST)
      status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", path, strerror(errno));
    if (end != NULL) *end = '/';
  }
  free(path);
  struct stat about;
  if (status == CUXAS_OK && (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode)))
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: is no folder", folder);
  return status;
}
