/* Mixtures of what a library holds. */
#include "cuxas/mixture.h"

#include "base/memory.h"
#include "match/library_priv.h"

#include <stdlib.h>
#include <string.h>

static const cuxas_hit *find_hit(const cuxas_hits *hits, const char *label)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].label, label) == 0) return &hits->hit[i];
  return NULL;
}

static bool is_component(const cuxas_slot *slot, cuxas_mixture_kind kind)
{
  if (slot->fate != CUXAS_FATE_HIT) return false;
  return kind == CUXAS_MIXTURE_OF_PREDICTIONS ? slot->curve.is_prediction : slot->curve.is_measured;
}

/* One shift for all candidates of the match is one for all components. */
static void take_common_shift(const cuxas_hits *hits, const cuxas_library *library, cuxas_compare_settings *compare)
{
  compare->shift_mode = CUXAS_SHIFT_FIT;
  for (size_t i = 0; i < library->n_slot; i++) {
    const cuxas_hit *hit = is_component(&library->slot[i], CUXAS_MIXTURE_OF_PREDICTIONS)
                               ? find_hit(hits, library->slot[i].hit.label)
                               : NULL;
    if (hit == NULL) continue;
    compare->shift_mode     = CUXAS_SHIFT_FIXED;
    compare->fixed_shift_eV = hit->comparison.shift_eV;
    return;
  }
}

cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_library *library, const cuxas_hits *hits,
                                   const cuxas_mixture_settings *settings, const char *opt_omit,
                                   cuxas_mixture **ret_mixture, cuxas_error *err)
{
  cuxas_mixture_settings   used        = *settings;
  size_t                   n_candidate = 0;
  cuxas_mixture_candidate *candidate   = cuxas_new_array(library->n_slot, sizeof *candidate);

  *ret_mixture = NULL;
  if (candidate == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory to mix %zu candidates", library->n_slot);
  for (size_t i = 0; i < library->n_slot; i++) {
    const cuxas_slot *slot = &library->slot[i];
    if (!is_component(slot, settings->kind)) continue;
    const cuxas_hit *hit = find_hit(hits, slot->hit.label);
    if (hit == NULL || hit->is_query || (opt_omit != NULL && strcmp(slot->hit.name, opt_omit) == 0)) continue;
    candidate[n_candidate++] = (cuxas_mixture_candidate){
        slot->hit.name, {slot->curve.grid, slot->curve.mu[0], slot->curve.mu[1], slot->curve.is_prediction}};
  }
  if (used.compare.shift_mode == CUXAS_SHIFT_COMMON) take_common_shift(hits, library, &used.compare);
  const cuxas_status status =
      n_candidate > 0 ? cuxas_mixture_new(query, candidate, n_candidate, &used, ret_mixture, err) : CUXAS_OK;
  free(candidate);
  return status;
}
