/* background.h - predicted spectra of many compounds that have nothing to do with a query: what chance agreement looks like
 *
 * A background belongs to one model and is the same for every question that is asked of it, whatever candidates are
 * searched. `cuxas-refdb background` makes it from a folder of structures; the file has the container of model files
 * (cuxas-model(5)) with a head {"format": "cuxas-background/1", ...}. */
#ifndef CUXAS_BACKGROUND_H
#define CUXAS_BACKGROUND_H
#include "cuxas/catalog.h"
#include "cuxas/match.h"
#include "cuxas/model.h"

enum { CUXAS_BACKGROUND_MIN = 50 }; /* with fewer spectra a tail cannot be told from a bulk (our choice) */

typedef struct {
  char       model_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the model that predicted them */
  cuxas_grid grid;                                /* the model's combined one */
  size_t     n_spectrum;
  char (*formula)[CUXAS_FORMULA_SIZE]; /* (n_spectrum) of cuxas_crystal_formula() */
  double *mu[CUXAS_N_CHANNEL];         /* (n_spectrum, n_energy), float32 values; NULL: channel not in the model */
} cuxas_background;

/* cuxas_background_predict() - the spectra of all structures of a catalog that can be predicted
 *
 *   n_thread        >= 1; the result does not depend on it
 *   progress        may be NULL
 *   ret_background  the caller frees it with cuxas_background_free()
 *
 * Spectra among the candidates, and structures that cannot be read or predicted, are left out. One formula may occur
 * several times.
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_BACKGROUND_MIN are left; CUXAS_ENOMEM. */
cuxas_status cuxas_background_predict(const cuxas_catalog *catalog, const cuxas_model *model, int n_thread,
                                      cuxas_progress *progress, void *user, cuxas_background **ret_background,
                                      cuxas_error *err);

/* cuxas_background_read() - a background from its file
 *
 *   model           whose predictions they must be
 *   ret_background  the caller frees it with cuxas_background_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT damaged, of another kind, or of another model than `model`; CUXAS_ENOMEM. */
cuxas_status cuxas_background_read(const char *path, const cuxas_model *model, cuxas_background **ret_background,
                                   cuxas_error *err);

/* cuxas_background_write() - the same spectra give the same bytes; CUXAS_EIO, CUXAS_EEXIST, CUXAS_ENOMEM */
cuxas_status cuxas_background_write(const cuxas_background *background, const char *path, bool overwrite,
                                    cuxas_error *err);

/* cuxas_background_curve() - one spectrum as the comparison sees a prediction; borrowed */
cuxas_curve cuxas_background_curve(const cuxas_background *background, size_t i_spectrum);

/* cuxas_background_free() - accepts NULL */
void cuxas_background_free(cuxas_background *background);

#endif
