/* featurizer.c - the featurizers behind one interface, several of them as one, and the smallest of all
 *
 * Contents: 1. the interface  2. joined  3. copper's d shell */
#include "base/json.h"
#include "base/memory.h"
#include "crystal/oxidation.h"
#include "predict/featurizer_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. the interface --------------------------------------------------------------------------------------- */

/* Every implementation there is. */
static const cuxas_featurizer_ops *const IMPLEMENTATIONS[] = {
    &cuxas_featurizer_symfun_ops, &cuxas_featurizer_m3gnet_ops,  &cuxas_featurizer_graphnet_ops,
    &cuxas_featurizer_joined_ops, &cuxas_featurizer_d_shell_ops,
};
enum { N_IMPLEMENTATION = sizeof IMPLEMENTATIONS / sizeof IMPLEMENTATIONS[0] };

struct cuxas_featurizer {
  const cuxas_featurizer_ops *ops;
  void                       *state;
};

static cuxas_status find_implementation(const cJSON *description, const cuxas_featurizer_ops **ret_ops,
                                        cuxas_error *err)
{
  const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(description, "name"));
  if (name == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "featurizer: its description has no \"name\"");
  for (size_t i = 0; i < N_IMPLEMENTATION; i++) {
    if (strcmp(IMPLEMENTATIONS[i]->name, name) == 0) {
      *ret_ops = IMPLEMENTATIONS[i];
      return CUXAS_OK;
    }
  }
  return cuxas_fail(err, CUXAS_EFORMAT, "featurizer: no implementation is called \"%s\"", name);
}

cuxas_status cuxas_featurizer_new(const cJSON *description, const cuxas_tensors *tensors,
                                  cuxas_featurizer **ret_featurizer, cuxas_error *err)
{
  *ret_featurizer                    = NULL;
  const cuxas_featurizer_ops *ops    = NULL;
  cuxas_status                status = find_implementation(description, &ops, err);
  if (status != CUXAS_OK) return status;

  cuxas_featurizer *featurizer = cuxas_new(err, 1, sizeof *featurizer);
  if (featurizer == NULL) return CUXAS_ENOMEM;
  featurizer->ops = ops;
  if ((status = ops->new (description, tensors, &featurizer->state, err)) != CUXAS_OK) {
    free(featurizer);
    return status;
  }
  *ret_featurizer = featurizer;
  return CUXAS_OK;
}

void cuxas_featurizer_free(cuxas_featurizer *featurizer)
{
  if (featurizer == NULL) return;
  featurizer->ops->free(featurizer->state);
  free(featurizer);
}

size_t cuxas_featurizer_length(const cuxas_featurizer *featurizer)
{
  return featurizer->ops->length(featurizer->state);
}

void cuxas_featurizer_weights(const cuxas_featurizer *featurizer, float *ret_weight)
{
  const size_t length = cuxas_featurizer_length(featurizer);
  for (size_t i = 0; i < length; i++) ret_weight[i] = 1.0f;
  if (featurizer->ops->weights != NULL) featurizer->ops->weights(featurizer->state, ret_weight);
}

/* The sites wanted, as an array of their own: a NULL becomes all sites. */
static cuxas_status list_sites(const cuxas_crystal *crystal, const size_t *opt_sites, size_t n_site, size_t **ret_sites,
                               cuxas_error *err)
{
  size_t *list = cuxas_new(err, n_site, sizeof *list);
  if (list == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_site; i++) {
    list[i] = opt_sites != NULL ? opt_sites[i] : i;
    if (list[i] >= crystal->n_site) {
      free(list);
      return cuxas_fail(err, CUXAS_ERANGE, "featurizer: site %zu asked for, the crystal has %zu", opt_sites[i],
                        crystal->n_site);
    }
  }
  *ret_sites = list;
  return CUXAS_OK;
}

static cuxas_status run_checked(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, const size_t *sites,
                                size_t n_site, cuxas_featurizer_shared *io_shared, float *ret_features,
                                cuxas_error *err)
{
  const cuxas_featurizer_ops *ops    = featurizer->ops;
  const size_t                length = cuxas_featurizer_length(featurizer);
  size_t                     *list   = NULL;
  float                      *work   = NULL; /* the caller's memory is written only once all is well */

  if (sites == NULL) n_site = crystal->n_site;
  cuxas_status status = list_sites(crystal, sites, n_site, &list, err);
  if (status != CUXAS_OK) return status;
  if ((work = cuxas_new(err, n_site, length * sizeof *work)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  status = ops->run_sharing != NULL ? ops->run_sharing(featurizer->state, crystal, list, n_site, io_shared, work, err)
                                    : ops->run(featurizer->state, crystal, list, n_site, work, err);
  if (status != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_site * length; i++) {
    if (!isfinite(work[i])) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "featurizer %s: feature %zu of site %zu is not finite", ops->name,
                          i % length, list[i / length]);
      goto done;
    }
  }
  memcpy(ret_features, work, n_site * length * sizeof *work);
done:
  free(work);
  free(list);
  return status;
}

static void end_sharing(cuxas_featurizer_shared *shared)
{
  if (shared->found != NULL) shared->free(shared->found);
}

cuxas_status cuxas_featurizer_run(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, const size_t *sites,
                                  size_t n_site, float *ret_features, cuxas_error *err)
{
  cuxas_featurizer_shared shared = {NULL, NULL};
  const cuxas_status      status = run_checked(featurizer, crystal, sites, n_site, &shared, ret_features, err);
  end_sharing(&shared);
  return status;
}

/* ---- 2. joined ---------------------------------------------------------------------------------------------- */

/* Several featurizers as one: their vectors, one behind the other
 *
 * Description: {"name": "joined", "parts": [description, ...]}. All parts take their tensors from the same set. */

enum { MAX_PART = 8 };

typedef struct {
  size_t            n_part;
  cuxas_featurizer *part[MAX_PART];
} joined;

static void free_joined(void *any)
{
  joined *state = any;
  if (state == NULL) return;
  for (size_t i = 0; i < state->n_part; i++) cuxas_featurizer_free(state->part[i]);
  free(state);
}

static cuxas_status new_joined(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                               cuxas_error *err)
{
  const cJSON *parts, *part;
  joined      *state  = NULL;
  cuxas_status status = cuxas_json_array(description, "parts", &parts, "featurizer joined", err);
  if (status != CUXAS_OK) return status;
  if (cJSON_GetArraySize(parts) < 1 || cJSON_GetArraySize(parts) > MAX_PART)
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer joined: \"parts\" holds %d, 1 to %d can be",
                      cJSON_GetArraySize(parts), MAX_PART);
  if ((state = cuxas_new(err, 1, sizeof *state)) == NULL) return CUXAS_ENOMEM;
  cJSON_ArrayForEach(part, parts)
  {
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, "name"));
    if (name != NULL && strcmp(name, "joined") == 0) /* a file could nest them without end */
      status = cuxas_fail(err, CUXAS_EFORMAT, "featurizer joined: a part may not itself be joined");
    else
      status = cuxas_featurizer_new(part, tensors, &state->part[state->n_part], err);
    if (status != CUXAS_OK) break;
    state->n_part++;
  }
  if (status == CUXAS_OK)
    *ret_state = state;
  else
    free_joined(state);
  return status;
}

static size_t length_of(const void *any)
{
  const joined *state  = any;
  size_t        length = 0;
  for (size_t i = 0; i < state->n_part; i++) length += cuxas_featurizer_length(state->part[i]);
  return length;
}

static cuxas_status run(const void *any, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                        float *ret_features, cuxas_error *err)
{
  const joined           *state  = any;
  const size_t            length = length_of(state);
  cuxas_status            status = CUXAS_OK;
  float                  *part   = cuxas_new(err, n_site, length * sizeof *part);
  cuxas_featurizer_shared shared = {NULL, NULL};
  if (part == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0, first = 0; i < state->n_part && status == CUXAS_OK; i++) {
    const size_t n = cuxas_featurizer_length(state->part[i]);
    status         = run_checked(state->part[i], crystal, sites, n_site, &shared, part, err);
    for (size_t j = 0; j < n_site && status == CUXAS_OK; j++)
      memcpy(ret_features + j * length + first, part + j * n, n * sizeof *part);
    first += n;
  }
  end_sharing(&shared);
  free(part);
  return status;
}

static void weigh_parts(const void *any, float *ret_weight)
{
  const joined *state = any;
  for (size_t i = 0; i < state->n_part; i++) {
    cuxas_featurizer_weights(state->part[i], ret_weight);
    ret_weight += cuxas_featurizer_length(state->part[i]);
  }
}

const cuxas_featurizer_ops cuxas_featurizer_joined_ops = {
    .name = "joined", .new = new_joined, .free = free_joined, .length = length_of, .weights = weigh_parts, .run = run};

/* ---- 3. copper's d shell ------------------------------------------------------------------------------------- */

/* Three features: 1 for copper among metal atoms, 1 for a closed d shell, 1 for one with a hole (cuxas_shell_find()); 0 otherwise and for
 * all other elements. Theory treats a hole apart, and sites are moved by their state before they are learnt, so that spectra
 * jump where features of the surroundings do not.
 *
 * Description: {"name": "d-shell", "weight": W}, 0.001 <= W <= 1000: a hole counts as W features, the others as half as many: they
 * say how energies lie alone. No tensors. */

#define LEAST_WEIGHT 0.001
#define MOST_WEIGHT 1000.0

enum { N_D_SHELL = 3 };

typedef struct {
  double weight;
} d_shell;

static void free_d_shell(void *any)
{
  free(any);
}

static cuxas_status new_d_shell(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                                cuxas_error *err)
{
  double weight = 0.0;
  (void)tensors;
  const cuxas_status status =
      cuxas_json_number(description, "weight", LEAST_WEIGHT, MOST_WEIGHT, &weight, "featurizer d-shell", err);
  if (status != CUXAS_OK) return status;
  d_shell *state = cuxas_new(err, 1, sizeof *state);
  if (state == NULL) return CUXAS_ENOMEM;
  state->weight = weight;
  *ret_state    = state;
  return CUXAS_OK;
}

static size_t length_of_d_shell(const void *any)
{
  (void)any;
  return N_D_SHELL;
}

static void weigh_d_shell(const void *any, float *ret_weight)
{
  const float weight = (float)((const d_shell *)any)->weight;
  ret_weight[0] = ret_weight[1] = 0.5f * weight;
  ret_weight[2]                 = weight;
}

static cuxas_status run_d_shell(const void *any, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                                float *ret_features, cuxas_error *err)
{
  static const cuxas_shell OF[N_D_SHELL] = {CUXAS_SHELL_METAL, CUXAS_SHELL_CLOSED, CUXAS_SHELL_HOLE};
  cuxas_shell             *shell         = cuxas_new(err, n_site, sizeof *shell);
  (void)any;
  if (shell == NULL) return CUXAS_ENOMEM;
  const cuxas_status status = cuxas_shell_find(crystal, sites, n_site, shell, err);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++)
    for (size_t k = 0; k < N_D_SHELL; k++) ret_features[i * N_D_SHELL + k] = shell[i] == OF[k] ? 1.0f : 0.0f;
  free(shell);
  return status;
}

const cuxas_featurizer_ops cuxas_featurizer_d_shell_ops = {.name    = "d-shell",
                                                           .new     = new_d_shell,
                                                           .free    = free_d_shell,
                                                           .length  = length_of_d_shell,
                                                           .weights = weigh_d_shell,
                                                           .run     = run_d_shell};
