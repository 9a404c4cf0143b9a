/* model_parts.h - what a model is made of, and how one is made and kept: for those who train, import and describe models */
#ifndef CUXAS_PREDICT_MODEL_PARTS_H
#define CUXAS_PREDICT_MODEL_PARTS_H
#include "cuxas/model.h"
#include "predict/dense.h"
#include "predict/error_profile.h"
#include "predict/featurizer.h"
#include "predict/kernel.h"
#include "predict/tensors.h"

#include <cjson/cJSON.h>

/* What predicts one edge and channel: networks, a kernel machine, or both; the members of an ensemble differ in seed and
 * data sample. */
struct cuxas_head {
  size_t        i_edge;
  cuxas_channel channel;
  size_t        n_member;           /* may be 0 when there is a kernel machine */
  cuxas_dense **member;             /* (n_member) */
  cuxas_kernel *kernel;             /* NULL: none */
  bool          kernel_has_domain;  /* its rows are those of the domain, in their order */
  bool          kernel_is_relative; /* its z is added to that of the same edge without a core hole */
  bool   kernel_is_aligned; /* its last output is the energy by which the spectrum of the others is moved up, eV */
  double kernel_part;       /* of the mean, 0 ... 1: 0 without a kernel machine, 1 without networks */
  double spread_factor;     /* what sigma is multiplied by, so that it tells the size of held-out errors; 1: unknown */
};

/* cuxas_site_shifts() - by how much the simulated spectra of sites of a crystal are moved, eV
 *
 *   shift_eV      (CUXAS_N_SHELL) by what cuxas_shell_find() says of it
 *   site          (n_site) indices
 *   ret_shift_eV  (n_site)
 *
 * Returns  as cuxas_shell_find(). */
cuxas_status cuxas_site_shifts(const double shift_eV[CUXAS_N_SHELL], const cuxas_crystal *crystal, const size_t *site,
                               size_t n_site, double *ret_shift_eV, cuxas_error *err);

/* cuxas_model_new() - a model from its head and tensors, as if read from a file
 *
 *   head_json  the head without the "tensors" index; taken over, also on failure
 *   tensors    taken over, also on failure
 *
 * Returns  as cuxas_model_read(). */
cuxas_status cuxas_model_new(cJSON *head_json, cuxas_tensors *tensors, cuxas_model **ret_model, cuxas_error *err);

/* cuxas_model_write() - writes the file through a temporary one that is renamed; same model, same bytes
 *
 *   overwrite  false: an existing file is an error, CUXAS_EEXIST */
cuxas_status cuxas_model_write(const cuxas_model *model, const char *path, bool overwrite, cuxas_error *err);

/* cuxas_model_set_errors() - how far held-out predictions were off, kept in the file from now on; for a model without
 *
 *   profile  copied; in steps of the model's grid
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_model_set_errors(cuxas_model *model, const cuxas_error_profile *profile, cuxas_error *err);

/* cuxas_head_free() - of what a head points to */
void cuxas_head_free(cuxas_head *head);

#endif
