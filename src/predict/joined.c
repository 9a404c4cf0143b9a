/* Several featurizers as one: their vectors, one behind the other
 *
 * Description: {"name": "joined", "parts": [description, ...]}. All parts take their tensors from the same set. */
#include "predict/featurizer_priv.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

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
  if ((state = cuxas_new_array(1, sizeof *state)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "featurizer joined: no memory");
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
  float        *part   = cuxas_new_array(n_site, length * sizeof *part);
  if (part == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "featurizer joined: no memory for %zu sites", n_site);
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
