/* candidates.h - the candidates that a command line names: files, folders, parts of the bundled data, or by default the
 * bundled library */
#ifndef CUXAS_CMD_CANDIDATES_H
#define CUXAS_CMD_CANDIDATES_H
#include "cuxas/catalog.h"
#include "cmd/options.h"

/* What begins like this lies in the folder of the bundled data, wherever that is: "refdb:structures". In reports it
 * stands for that folder, so that they can be replayed where it lies elsewhere. */
#define CUXAS_BUNDLED_PREFIX "refdb:"

/* cuxas_candidates_list() - the catalog behind the arguments; --recursive and --data count
 *
 *   argument  (n_argument) paths, or CUXAS_BUNDLED_PREFIX and a path in the bundled data; none: the bundled library and
 *             the bundled validation compounds
 *
 * Returns  as cuxas_catalog_list() and cuxas_data_path(). */
cuxas_status cuxas_candidates_list(const cuxas_options *options, const char *const *argument, size_t n_argument,
                                   cuxas_catalog **ret_catalog, cuxas_error *err);

#endif
