/* independent.h - spectra of the same sites by two programs: those of one are asked about, those of the other are candidates */
#ifndef CUXAS_CMD_INDEPENDENT_H
#define CUXAS_CMD_INDEPENDENT_H
#include "cuxas/model.h"
#include "cuxas/records.h"

typedef struct {
  size_t         n_row, n_asked;
  const char   **formula;   /* (n_row) of `records` */
  double        *truth;     /* (n_asked, n_energy of the model's combined grid), no core hole */
  double        *candidate; /* (n_row, n_energy) the first n_asked are of the same sites as truth */
  cuxas_records *records;   /* of all files */
} cuxas_independent;

/* cuxas_independent_read() - first the sites whose id and number are in both, then the other candidates; where an edge was not
 * simulated it follows from the first edge as dataset.h says
 *
 *   path             (n_path) files of records that are asked about
 *   candidates       file of records of the other program
 *   model            its element, edges and grids
 *   ret_independent  the caller frees it with cuxas_independent_free()
 *
 * Returns  CUXAS_OK, also with no rows; as cuxas_records_read() and cuxas_dataset_new(). */
cuxas_status cuxas_independent_read(const char *const *path, size_t n_path, const char *candidates,
                                    const cuxas_model *model, cuxas_independent **ret_independent, cuxas_error *err);

/* cuxas_independent_free() - accepts NULL */
void cuxas_independent_free(cuxas_independent *independent);

#endif
