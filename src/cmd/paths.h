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

#endif
