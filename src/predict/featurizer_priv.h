/* featurizer_priv.h - what an implementation of a featurizer provides; featurizer.c lists them all
 *
 * An implementation is one file with one exported constant. To add one: write the file, declare its operations here,
 * add them to the table in featurizer.c and the module to the Makefile. */
#ifndef CUXAS_FEATURIZER_PRIV_H
#define CUXAS_FEATURIZER_PRIV_H
#include "predict/featurizer.h"

/* What one part of a joined featurizer has found of a crystal and its sites, for the next. */
typedef struct {
  void *found; /* NULL: nothing yet */
  void (*free)(void *found);
} cuxas_featurizer_shared;

typedef struct {
  const char *name; /* member "name" of the description */

  /* new() - the state of a featurizer, as cuxas_featurizer_new(); *ret_state is freed with free() below */
  cuxas_status (*new)(const cJSON *description, const cuxas_tensors *tensors, void **ret_state, cuxas_error *err);

  /* free() - accepts NULL */
  void (*free)(void *state);

  /* length() - numbers per site, > 0 */
  size_t (*length)(const void *state);

  /* weights() - as cuxas_featurizer_weights(); NULL: all are 1 */
  void (*weights)(const void *state, float *ret_weight);

  /* run() - as cuxas_featurizer_run(), with sites never NULL and all inside the crystal; ret_features is zero on entry
   * and may be left half-written on failure; that values are finite is checked by the caller */
  cuxas_status (*run)(const void *state, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                      float *ret_features, cuxas_error *err);

  /* run_sharing() - instead of run(), of featurizers that are parts of another: one after the other runs with the same io_shared for
   * the same crystal and sites */
  cuxas_status (*run_sharing)(const void *state, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                              cuxas_featurizer_shared *io_shared, float *ret_features, cuxas_error *err);
} cuxas_featurizer_ops;

extern const cuxas_featurizer_ops cuxas_featurizer_symfun_ops;   /* symfun.c */
extern const cuxas_featurizer_ops cuxas_featurizer_m3gnet_ops;   /* m3gnet.c */
extern const cuxas_featurizer_ops cuxas_featurizer_graphnet_ops; /* graphnet.c */
extern const cuxas_featurizer_ops cuxas_featurizer_joined_ops;   /* featurizer.c, as the next */
extern const cuxas_featurizer_ops cuxas_featurizer_d_shell_ops;

#endif
