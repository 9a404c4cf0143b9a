/* prediction_file.h - predicted spectra and site features in files, one structure after the other
 *
 * The writers hold one structure at a time: a folder of any size needs no more memory than its largest member. */
#ifndef CUXAS_PREDICTION_FILE_H
#define CUXAS_PREDICTION_FILE_H
#include "cuxas/predict.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define CUXAS_PREDICTION_SCHEMA "cuxas-prediction/1"

/* cuxas_prediction_mix() - a quantity at a core-hole fraction: fraction * no_hole + (1 - fraction) * screened_hole
 *
 *   no_hole, screened_hole  (n_energy); one may be NULL, then the other is taken whatever the fraction
 *   ret_mu                  (n_energy) */
void cuxas_prediction_mix(const double *no_hole, const double *screened_hole, double fraction, size_t n_energy,
                          double *ret_mu);

/* -- CSV: name,energy_eV,mu,sigma; sigma is empty for a model of one network -- */

/* cuxas_prediction_csv_begin(), cuxas_prediction_csv_add() - header, then the rows of one structure
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
void         cuxas_prediction_csv_begin(FILE *out);
cuxas_status cuxas_prediction_csv_add(FILE *out, const char *name, const cuxas_prediction *prediction, double fraction,
                                      cuxas_error *err);

/* -- XDI 1.0: one structure per file, for Larch, Athena and cuxas-match itself -- */

/* cuxas_prediction_write_xdi() - energy, mu and, from an ensemble, sigma, with the fields that XDI requires
 *
 *   name   of the structure, for Sample.name
 *   model  with at least one edge; Element.edge is its first
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_prediction_write_xdi(FILE *out, const char *name, const cuxas_prediction *prediction,
                                        const cuxas_model *model, double fraction, cuxas_error *err);

/* -- JSON: schema cuxas-prediction/1 (cuxas-prediction(5)) -- */

typedef struct {
  FILE              *out;
  const cuxas_model *model;
  double             fraction; /* core-hole fraction of all spectra */
  size_t             n_written;
} cuxas_prediction_json;

/* cuxas_prediction_json_begin() - head of the document: schema, tool, model, settings
 * cuxas_prediction_json_add()   - one structure
 * cuxas_prediction_json_end()   - list of skipped files {path, reason}, end of the document
 *
 *   settings  object: every option that shapes the result
 *   skipped   array of objects
 *
 * Each returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_prediction_json_begin(cuxas_prediction_json *writer, FILE *out, const char *program,
                                         const cuxas_model *model, const cJSON *settings, double fraction,
                                         cuxas_error *err);
cuxas_status cuxas_prediction_json_add(cuxas_prediction_json *writer, const char *name, const char *path,
                                       const cuxas_prediction *prediction, cuxas_error *err);
cuxas_status cuxas_prediction_json_end(cuxas_prediction_json *writer, const cJSON *skipped, cuxas_error *err);

/* -- site features -- */

typedef enum { CUXAS_FEATURES_CSV, CUXAS_FEATURES_NPY } cuxas_features_format;

/* CSV: name,site_index,element,f0,f1,... with 9 significant digits. NPY: float32 (n_site, n_feature), version 1.0,
 * little-endian, sites of all structures in order. Every atom of the cell has a row, in file order. */
typedef struct {
  FILE                 *out;
  cuxas_features_format format;
  size_t                n_feature;
  size_t                n_row; /* written so far */
} cuxas_features_file;

/* cuxas_features_begin(); cuxas_features_add(); cuxas_features_end() - the last completes the header of an NPY file, for
 * which the stream must be seekable
 *
 *   feature  (crystal->n_site, n_feature) row-major
 *
 * end returns  CUXAS_OK; CUXAS_EIO the stream cannot seek. */
void         cuxas_features_begin(cuxas_features_file *file, FILE *out, cuxas_features_format format, size_t n_feature);
void         cuxas_features_add(cuxas_features_file *file, const char *name, const cuxas_crystal *crystal,
                                const float *feature);
cuxas_status cuxas_features_end(cuxas_features_file *file, cuxas_error *err);

#endif
