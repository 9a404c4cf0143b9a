/* model.h - a trained model: featurizer, reduction, networks per edge and channel, training statistics; and its file
 *
 * The file is one self-describing block: magic, version, JSON head, float32 tensors, SHA-256 (cuxas-model(5)). Element,
 * edges and grids are fields of it, so the same code serves another element or edge with another file. */
#ifndef CUXAS_MODEL_H
#define CUXAS_MODEL_H
#include "cuxas/spectrum.h"

#include <stdbool.h>

enum { CUXAS_MODEL_MAX_EDGE = 4, CUXAS_EDGE_NAME_SIZE = 8 };

/* The state of the core level in the simulations a network learnt from. */
typedef enum {
  CUXAS_CHANNEL_NO_HOLE,
  CUXAS_CHANNEL_SCREENED_HOLE,  /* its field, screened in linear response, is part of the absorber's potential */
  CUXAS_CHANNEL_PROJECTED_HOLE, /* the same field may only mix states above the Fermi level */
  CUXAS_N_CHANNEL
} cuxas_channel;

/* cuxas_channel_name() - "no-hole", "screened-hole", "projected-hole"; static storage */
const char *cuxas_channel_name(cuxas_channel channel);

/* cuxas_channel_suffix() - what follows an edge in the names of records and spectra: "", "_screened", "_projected" */
const char *cuxas_channel_suffix(cuxas_channel channel);

typedef struct {
  char       name[CUXAS_EDGE_NAME_SIZE]; /* "L3" */
  cuxas_grid grid;                       /* of the network's outputs */
  double     weight;                     /* of this edge in the combined spectrum: its edge step, L3 = 1 */
} cuxas_edge;

/* What a model is made of, in src/predict: what makes numbers of a site, what predicts an edge of them, arrays, errors. */
typedef struct cuxas_featurizer    cuxas_featurizer;
typedef struct cuxas_head          cuxas_head;
typedef struct cuxas_tensors       cuxas_tensors;
typedef struct cuxas_error_profile cuxas_error_profile;

enum { CUXAS_N_SHELL = 4 }; /* states of copper that theory places differently: unknown, metal, Cu(I), Cu(II) */

typedef struct {
  char      *name;       /* e.g. "cu-l23-symfun" */
  char       element[4]; /* absorber, "Cu" */
  int        absorber;   /* its atomic number */
  size_t     n_edge;     /* 0: the file holds a featurizer alone */
  cuxas_edge edge[CUXAS_MODEL_MAX_EDGE];
  cuxas_grid grid;     /* of the combined spectrum: from the first edge's start to the last edge's end */
  double     shift_eV; /* energy the predictions are typically moved by to meet a measurement, eV */
  double
      site_shift_eV[CUXAS_N_SHELL]; /* by which simulated sites were moved before it learnt, by the state of copper */
  double fwhm_eV; /* Gaussian that predictions are broadened by before comparison unless told otherwise, eV */

  cuxas_tensors    *tensors; /* everything numeric, also what the featurizer points to */
  cuxas_featurizer *featurizer;
  size_t            n_raw;            /* numbers per site from the featurizer */
  size_t            n_feature;        /* numbers per site into the networks */
  const float      *reduction_mean;   /* (n_raw); NULL: no reduction */
  const float      *reduction_matrix; /* (n_feature, n_raw): feature = matrix (raw - mean) */
  size_t            n_head;
  cuxas_head       *head; /* (n_head) */

  size_t       n_domain;         /* training sites kept for the distance; 0: none */
  const float *domain_feature;   /* (n_domain, n_feature) */
  size_t       domain_k;         /* distance = mean distance to the k nearest training sites */
  double       domain_threshold; /* larger distances are flagged */

  cuxas_error_profile *errors; /* how far held-out predictions were off; NULL: not known */

  size_t        n_training;                    /* site spectra the networks were trained on */
  struct cJSON *head_json;                     /* the whole head as it stands in the file */
  char          sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file; "" for a model that was never in one */
} cuxas_model;

/* cuxas_model_read() - reads and validates a model file
 *
 *   path       the file
 *   ret_model  the caller frees it with cuxas_model_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT wrong magic, version, head, shape, size or checksum, or a value that is not
 *          finite; CUXAS_ENOMEM. */
cuxas_status cuxas_model_read(const char *path, cuxas_model **ret_model, cuxas_error *err);

/* cuxas_model_free() - accepts NULL */
void cuxas_model_free(cuxas_model *model);

/* cuxas_model_find_head() - the head of an edge and channel; NULL when the model has none */
const cuxas_head *cuxas_model_find_head(const cuxas_model *model, size_t i_edge, cuxas_channel channel);

/* cuxas_model_has_channel() - true when every edge has a head of that channel */
bool cuxas_model_has_channel(const cuxas_model *model, cuxas_channel channel);

#endif
