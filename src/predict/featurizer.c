/* featurizer.c - the featurizers behind one interface, and several of them as one
 *
 * Contents: 1. the interface  2. joined */
#include "base/json.h"
#include "base/memory.h"
#include "predict/featurizer_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. the interface --------------------------------------------------------------------------------------- */

/* Every implementation there is. */
static const cuxas_featurizer_ops *const IMPLEMENTATIONS[] = {
    &cuxas_featurizer_symfun_ops,
    &cuxas_featurizer_m3gnet_ops,
    &cuxas_featurizer_graphnet_ops,
    &cuxas_featurizer_joined_ops,
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

cuxas_status cuxas_featurizer_run(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, const size_t *sites,
                                  size_t n_site, float *ret_features, cuxas_error *err)
{
  const size_t length = cuxas_featurizer_length(featurizer);
  size_t      *list   = NULL;
  float       *work   = NULL; /* the caller's memory is written only once all is well */

  if (sites == NULL) n_site = crystal->n_site;
  cuxas_status status = list_sites(crystal, sites, n_site, &list, err);
  if (status != CUXAS_OK) return status;
  if ((work = cuxas_new(err, n_site, length * sizeof *work)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = featurizer->ops->run(featurizer->state, crystal, list, n_site, work, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_site * length; i++) {
    if (!isfinite(work[i])) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "featurizer %s: feature %zu of site %zu is not finite",
                          featurizer->ops->name, i % length, list[i / length]);
      goto done;
    }
  }
  memcpy(ret_features, work, n_site * length * sizeof *work);
done:
  free(work);
  free(list);
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
  const joined *state  = any;
  const size_t  length = length_of(state);
  cuxas_status  status = CUXAS_OK;
  float        *part   = cuxas_new(err, n_site, length * sizeof *part);
  if (part == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0, first = 0; i < state->n_part && status == CUXAS_OK; i++) {
    const size_t n = cuxas_featurizer_length(state->part[i]);
    status         = cuxas_featurizer_run(state->part[i], crystal, sites, n_site, part, err);
    for (size_t j = 0; j < n_site && status == CUXAS_OK; j++)
      memcpy(ret_features + j * length + first, part + j * n, n * sizeof *part);
    first += n;
  }
  free(part);
  return status;
}

const cuxas_featurizer_ops cuxas_featurizer_joined_ops = {
    .name = "joined", .new = new_joined, .free = free_joined, .length = length_of, .run = run};
