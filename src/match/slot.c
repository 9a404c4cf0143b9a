#include "match/slot_priv.h"

#include "base/memory.h"
#include "match/hits_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cuxas_slot_give_up(cuxas_slot *slot, cuxas_fate fate, const char *reason)
{
  slot->fate   = fate;
  slot->reason = cuxas_copy_string(reason);
  if (slot->reason == NULL) slot->out_of_memory = true;
  cuxas_candidate_curve_clear(&slot->curve);
}

/* Messages of readers begin with the path; the report names the candidate by its label. */
void cuxas_slot_skip(cuxas_slot *slot, const char *message)
{
  const char  *path = slot->hit.path, *label = slot->hit.label;
  const size_t n_path = strlen(path);
  if (strcmp(path, label) == 0 || strncmp(message, path, n_path) != 0) {
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, message);
    return;
  }
  char reason[sizeof((cuxas_error *)NULL)->message];
  snprintf(reason, sizeof reason, "%s%s", label, message + n_path);
  cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, reason);
}

void cuxas_slot_load(const cuxas_candidate *candidate, const cuxas_model *model, const cuxas_match_settings *settings,
                     bool wants_parts, cuxas_slot *slot)
{
  char        left_out[CUXAS_COMPOSITION_REASON_SIZE];
  cuxas_error reason = {.status = CUXAS_OK};

  slot->hit.path  = cuxas_copy_string(candidate->path);
  slot->hit.label = cuxas_copy_string(candidate->label);
  slot->hit.name  = cuxas_copy_string(candidate->name);
  if (slot->hit.path == NULL || slot->hit.label == NULL || slot->hit.name == NULL) {
    slot->out_of_memory = true;
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "no memory");
    return;
  }
  if (cuxas_candidate_load(candidate, model, settings, &slot->hit, &slot->curve, left_out,
                           wants_parts ? &slot->parts : NULL, &reason) != CUXAS_OK)
    cuxas_slot_skip(slot, reason.message);
  else if (left_out[0] != '\0' && !settings->unconstrained)
    cuxas_slot_give_up(slot, CUXAS_FATE_FILTERED, left_out);
  if (left_out[0] != '\0' && settings->unconstrained && (slot->left_out = cuxas_copy_string(left_out)) == NULL)
    slot->out_of_memory = true;
  slot->hit.parts = slot->parts;
}

static bool copy_text(const char *text, char **ret_copy)
{
  *ret_copy = cuxas_copy_string(text);
  return text == NULL || *ret_copy != NULL;
}

static bool copy_curve(const cuxas_candidate_curve *curve, cuxas_candidate_curve *ret_copy)
{
  const size_t n_energy = curve->grid.n_energy;

  *ret_copy = *curve;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) ret_copy->mu[i] = NULL;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    if (curve->mu[i] == NULL) continue;
    if ((ret_copy->mu[i] = cuxas_new_array(n_energy, sizeof *ret_copy->mu[i])) == NULL) return false;
    memcpy(ret_copy->mu[i], curve->mu[i], n_energy * sizeof *ret_copy->mu[i]);
  }
  return true;
}

void cuxas_slot_copy(const cuxas_slot *loaded, cuxas_slot *slot)
{
  *slot          = *loaded;
  slot->parts    = NULL;
  bool is_copied = copy_text(loaded->hit.path, &slot->hit.path);
  is_copied      = copy_text(loaded->hit.label, &slot->hit.label) && is_copied;
  is_copied      = copy_text(loaded->hit.name, &slot->hit.name) && is_copied;
  is_copied      = copy_text(loaded->reason, &slot->reason) && is_copied;
  is_copied      = copy_text(loaded->left_out, &slot->left_out) && is_copied;
  is_copied      = copy_curve(&loaded->curve, &slot->curve) && is_copied;
  for (int i = 0; i < CUXAS_HIT_MAX_WARNING; i++)
    is_copied = copy_text(loaded->hit.warning[i], &slot->hit.warning[i]) && is_copied;
  slot->out_of_memory = loaded->out_of_memory || !is_copied;
}

void cuxas_slot_clear(cuxas_slot *slot)
{
  cuxas_hit_clear(&slot->hit);
  cuxas_candidate_curve_clear(&slot->curve);
  cuxas_parts_free(slot->parts);
  free(slot->reason);
  free(slot->left_out);
  *slot = (cuxas_slot){0};
}
