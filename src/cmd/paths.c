/* paths.c - file names made of folders, stems and suffixes */
#include "cmd/paths.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
