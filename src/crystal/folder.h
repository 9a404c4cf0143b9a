/* folder.h - which files of a folder are candidates (cuxas/catalog.h), for those who mean to write among them */
#ifndef CUXAS_CRYSTAL_FOLDER_H
#define CUXAS_CRYSTAL_FOLDER_H
#include <stdbool.h>

/* cuxas_folder_gives() - whether a regular file that is there would be taken for a candidate from its folder: by its suffix, or by
 * what it holds. One that cannot be read is not.
 *
 *   or_spectrum  spectra count, too; false: structures alone */
bool cuxas_folder_gives(const char *path, bool or_spectrum);

#endif
