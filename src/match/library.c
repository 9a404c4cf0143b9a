#include "match/library_priv.h"

#include "base/memory.h"

#include <stdlib.h>

void cuxas_library_free(cuxas_library *library)
{
  if (library == NULL) return;
  for (size_t i = 0; library->slot != NULL && i < library->n_slot; i++) cuxas_slot_clear(&library->slot[i]);
  free(library->slot);
  free(library);
}

static void load_all(cuxas_library *library, const cuxas_catalog *catalog, const cuxas_match_settings *settings,
                     size_t max_byte, cuxas_progress *progress, void *user)
{
  size_t n_done = 0, n_byte = 0;
#pragma omp        parallel for schedule(dynamic) num_threads(settings->n_thread)
  for (size_t i = 0; i < library->n_slot; i++) {
           cuxas_slot *slot = &library->slot[i];
           size_t      n_kept;
#pragma omp atomic read
    n_kept = n_byte;
    cuxas_slot_load(&catalog->candidate[i], library->model, settings, n_kept < max_byte, slot);
    n_kept = cuxas_parts_bytes(slot->parts, library->model);
#pragma omp atomic
    n_byte += n_kept;
#pragma omp critical(cuxas_match_progress)
    {
      n_done++;
      if (progress != NULL) progress(n_done, library->n_slot, user);
    }
  }
}

cuxas_status cuxas_library_begin(const cuxas_catalog *catalog, const cuxas_model *model, cuxas_library **ret_library,
                                 cuxas_error *err)
{
  if (catalog->n_candidate == 0) return cuxas_fail(err, CUXAS_ERANGE, "no candidates");
  cuxas_library *library = cuxas_new_array(1, sizeof *library);
  if (library != NULL) library->slot = cuxas_new_array(catalog->n_candidate, sizeof *library->slot);
  if (library == NULL || library->slot == NULL) {
    cuxas_library_free(library);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a library of %zu candidates", catalog->n_candidate);
  }
  library->model  = model;
  library->n_slot = catalog->n_candidate;
  *ret_library    = library;
  return CUXAS_OK;
}

cuxas_status cuxas_library_predict_parts(const cuxas_catalog *catalog, const cuxas_model *model,
                                         const cuxas_match_settings *settings, size_t max_byte,
                                         cuxas_progress *progress, void *user, cuxas_library **ret_library,
                                         cuxas_error *err)
{
  *ret_library = NULL;
  if (settings->n_thread < 1)
    return cuxas_fail(err, CUXAS_ERANGE, "%d threads: at least one is needed", settings->n_thread);
  cuxas_library     *library = NULL;
  const cuxas_status status  = cuxas_library_begin(catalog, model, &library, err);
  if (status != CUXAS_OK) return status;
  load_all(library, catalog, settings, max_byte, progress, user);
  for (size_t i = 0; i < library->n_slot; i++) {
    if (!library->slot[i].out_of_memory) continue;
    cuxas_library_free(library);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a library of %zu candidates", catalog->n_candidate);
  }
  *ret_library = library;
  return CUXAS_OK;
}

cuxas_status cuxas_library_predict(const cuxas_catalog *catalog, const cuxas_model *model,
                                   const cuxas_match_settings *settings, cuxas_progress *progress, void *user,
                                   cuxas_library **ret_library, cuxas_error *err)
{
  return cuxas_library_predict_parts(catalog, model, settings, 0, progress, user, ret_library, err);
}

size_t cuxas_library_n_candidate(const cuxas_library *library)
{
  return library->n_slot;
}

const char *cuxas_library_name(const cuxas_library *library, size_t i)
{
  return library->slot[i].hit.name;
}

cuxas_status cuxas_match_library(const cuxas_query *query, const cuxas_library *library,
                                 const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {.model = library->model, .n_candidate = library->n_slot, .loaded = library->slot};
  return cuxas_match_slots(query, &source, settings, NULL, NULL, ret_hits, err);
}

cuxas_status cuxas_match_library_all(const cuxas_query *query, const cuxas_library *library,
                                     const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {
      .model = library->model, .n_candidate = library->n_slot, .loaded = library->slot, .takes_all = true};
  return cuxas_match_slots(query, &source, settings, NULL, NULL, ret_hits, err);
}
