/* simulated_file.h - simulated spectra of whole compounds as small tables, one compound a file
 *
 * What cuxas_library_simulated() makes of site records, ready to be compared: the mean over the absorber sites, edges
 * summed by their weights, on the model's combined grid. Reference data of this kind are a hundredth of the records' size.
 *
 *     # CuO, simulated: mean over the Cu sites of L3 + 0.4854 L2, each normalised to its edge step
 *     # code FEFF10
 *     # formula CuO
 *     # edges Cu L3 L2
 *     # source ...
 *     # input sha256 ...
 *     energy_eV,no_hole,screened_hole
 *     925.0,0.00012,0.00013
 *
 * A column that is not known is left out. The file's stem is the candidate's name. */
#ifndef CUXAS_SIMULATED_FILE_H
#define CUXAS_SIMULATED_FILE_H
#include "cuxas/library.h"

#include <stdio.h>

enum { CUXAS_SIMULATED_CODE_SIZE = 32 };

/* Where simulated spectra come from. */
typedef struct {
  const char *code;   /* "FEFF10"; one line */
  const char *source; /* a sentence; one line; NULL: nothing is said */
  const char *sha256; /* of the records */
} cuxas_simulated_origin;

/* cuxas_simulated_write() - candidate i of a library as such a table, to 5 decimals
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED the candidate is one that matches skip: the reason. */
cuxas_status cuxas_simulated_write(const cuxas_library *library, size_t i, const cuxas_simulated_origin *origin,
                                   FILE *out, cuxas_error *err);

/* cuxas_simulated_read() - a library of such tables
 *
 *   catalog      its spectra are read, structures are passed over
 *   model        its element, edges and lattice; must outlive the library; its networks are not used
 *   ret_code     what the first table says made it
 *   ret_library  the caller frees it with cuxas_library_free()
 *
 * A table of another step than the model's is put on the model's lattice within its range.
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file:line: reason") no such table; CUXAS_EUNSUPPORTED of another element or
 *          other edges than the model's; CUXAS_ERANGE no spectra in the catalog; CUXAS_ENOMEM. */
cuxas_status cuxas_simulated_read(const cuxas_catalog *catalog, const cuxas_model *model,
                                  char ret_code[CUXAS_SIMULATED_CODE_SIZE], cuxas_library **ret_library,
                                  cuxas_error *err);

#endif
