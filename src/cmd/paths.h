/* paths.h - file names made of folders, stems and suffixes */
#ifndef CUXAS_CMD_PATHS_H
#define CUXAS_CMD_PATHS_H
#include "cuxas/status.h"

/* cuxas_path_join() - FOLDER/NAME.SUFFIX, with one slash; opt_suffix without its dot, NULL: none
 *
 * Returns  the path, which the caller frees; NULL: no memory. */
char *cuxas_path_join(const char *folder, const char *name, const char *opt_suffix);

/* cuxas_path_stem() - the last part of a path without its last suffix, "structures/CuO.cif" -> "CuO"
 *
 * Returns  the stem, which the caller frees; NULL: no memory. */
char *cuxas_path_stem(const char *path);

/* cuxas_path_make_folder() - makes a folder and those above it; one that exists is fine
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be made; CUXAS_EEXIST something else has its name; CUXAS_ENOMEM. */
cuxas_status cuxas_path_make_folder(const char *folder, cuxas_error *err);

#endif
