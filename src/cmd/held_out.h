/* held_out.h - spectra of a cross-validation as a comparison sees them: all edges in one, no core hole */
#ifndef CUXAS_CMD_HELD_OUT_H
#define CUXAS_CMD_HELD_OUT_H
#include "predict/error_profile.h"
#include "cmd/training.h"
#include "cuxas/model.h"
#include "cuxas/records.h"

typedef struct {
  size_t  n_row;             /* records with every edge */
  size_t *i_record;          /* (n_row) */
  size_t *fold;              /* (n_row) part in which it was held out */
  double *truth, *predicted; /* (n_row, n_energy of the model's combined grid) */
} cuxas_held_out;

/* cuxas_held_out_new() - of all records that have every edge without a core hole; n_row is 0 where that was not learnt
 *
 *   model         its edges and their weights
 *   ret_held_out  the caller frees it with cuxas_held_out_free()
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_held_out_new(const cuxas_training *training, const cuxas_crossval *crossval,
                                const cuxas_model *model, cuxas_held_out **ret_held_out, cuxas_error *err);

/* cuxas_held_out_gather() - sites of one structure become one row: their mean, weighted by how many equivalent ones the cell has;
 * i_record and fold are those of the first
 *
 *   records  those of the training
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_held_out_gather(const cuxas_records *records, const cuxas_model *model, cuxas_held_out *held_out,
                                   cuxas_error *err);

/* cuxas_held_out_learn() - the profile of their errors; opt_use as in error_profile.h */
cuxas_status cuxas_held_out_learn(const cuxas_held_out *held_out, const cuxas_model *model, const bool *opt_use,
                                  cuxas_error_profile **ret_profile, cuxas_error *err);

/* cuxas_held_out_assemble() - edge spectra of one row as one spectrum
 *
 *   rows    (n_edge) arrays of n_energy of that edge a row
 *   work    as many numbers as all edges have points */
void cuxas_held_out_assemble(const cuxas_model *model, float *const rows[], size_t i_row, double *work, double *ret_mu);

/* cuxas_held_out_free() - accepts NULL */
void cuxas_held_out_free(cuxas_held_out *held_out);

/* -- spectra of the same sites by two programs: those of one are asked about, those of the other are candidates -- */

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
