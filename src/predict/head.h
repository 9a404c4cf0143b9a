/* head.h - the steps of a prediction: what one head (networks, kernel machine, or both) says about some sites, and how far
 * they are from the training set
 *
 *   mean = (1 - kernel_part) mean of the networks + kernel_part kernel machine
 *
 * Its uncertainty has two parts: the networks' deviations from their mean, and the kernel machine's standard deviation,
 * both scaled by their part of the mean and by the head's spread_factor, which is chosen so that 90 % of held-out points
 * are within 1.645 sigma. */
#ifndef CUXAS_PREDICT_HEAD_H
#define CUXAS_PREDICT_HEAD_H
#include "cuxas/predict.h"
#include "predict/model_parts.h"

typedef struct {
  size_t n_member, n_site, n_energy;
  float *mean;         /* (n_site, n_energy) */
  float *deviation;    /* (n_member, n_site, n_energy), sum over members is 0; NULL: fewer than two networks */
  float *kernel_sigma; /* (n_site, n_energy); NULL: no kernel machine */
} cuxas_head_output;

/* Sites to predict. */
typedef struct {
  const float *feature; /* (n_site, n_feature) */
  size_t       n_site;
  cuxas_kernel_near *
      *opt_near; /* their distances from the rows of kernel machines, kept from head to head; NULL: not kept */
} cuxas_head_sites;

/* cuxas_head_run() - end with cuxas_head_output_free()
 *
 *   opt_base  head of the same edge without a core hole, for a kernel that is relative to it
 *   grid      of the head's edge
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC an output is not finite; CUXAS_ERANGE; CUXAS_ENOMEM. */
cuxas_status cuxas_head_run(const cuxas_head *head, const cuxas_head *opt_base, cuxas_grid grid,
                            const cuxas_head_sites *sites, cuxas_head_output *ret_output, cuxas_error *err);

void cuxas_head_output_free(cuxas_head_output *output);

/* cuxas_head_sigma() - standard deviation at one site and energy; 0 when nothing is known of it */
double cuxas_head_sigma(const cuxas_head_output *output, size_t i_site, size_t i_energy);

/* -- how far a feature vector is from known ones -- */

enum { CUXAS_DOMAIN_MAX_K = 1000 };

/* cuxas_domain_distance() - mean over the k nearest of n known vectors of the root mean square difference of their
 * features; known (n, n_feature), feature (n_feature), 1 <= k <= CUXAS_DOMAIN_MAX_K; opt_absolute (n) the sums of absolute differences,
 * where these are known: the result does not depend on them, but few others are then looked at */
double cuxas_domain_distance(const float *known, size_t n, size_t n_feature, size_t k, const float *feature,
                             const double *opt_absolute);

/* -- the first two steps, for a model -- */

/* cuxas_predict_features() - reduced features of some sites, as the networks see them
 *
 *   sites        (n_site) site indices
 *   ret_feature  (n_site, n_feature) */
cuxas_status cuxas_predict_features(const cuxas_model *model, const cuxas_crystal *crystal, const size_t *sites,
                                    size_t n_site, float *ret_feature, cuxas_error *err);

/* cuxas_predict_domain() - distance of one feature vector from the training set */
cuxas_domain cuxas_predict_domain(const cuxas_model *model, const float *feature);

/* -- edge spectra to one structure spectrum -- */

/* cuxas_predict_assemble() - one structure spectrum from edge spectra; also used for simulated spectra
 *
 *   model      its edges and combined grid
 *   edge_mu    (n_edge) pointers to (n_energy of that edge)
 *   ret_mu     (model->grid.n_energy) */
void cuxas_predict_assemble(const cuxas_model *model, const double *const *edge_mu, double *ret_mu);

#endif
