/* validate_shortlist.c - does a ranking by simulation find what the ranking by prediction missed? */
#include "cmd/common.h"
#include "match/library.h"
#include "base/memory.h"
#include "cmd/sources.h"
#include "cmd/validate_run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The hits of a set, in their order; they stay the property of `hits`. */
static size_t list_among(const validate_run *run, const cuxas_hits *hits, const cuxas_hit *right,
                         const char *const *structure, cuxas_among among, cuxas_hit *ret_hit)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (cuxas_identification_is_among(&hits->hit[i], right, structure, run->compounds.n_compound, among))
      ret_hit[n++] = hits->hit[i];
  return n;
}

static size_t place_of(const cuxas_hits *hits, const char *name)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].name, name) == 0) return i + 1;
  return 0;
}

/* Adds what is found for compound i within a set. */
static cuxas_status count(validate_run *run, size_t i, const cuxas_hits *set, const cuxas_compare_settings *compare,
                          cuxas_identified *identified, cuxas_error *err)
{
  cuxas_match_settings settings = run->choice.match;
  settings.compare              = *compare;
  settings.n_keep               = 0;
  const char        *name       = run->compounds.compound[i].structure;
  cuxas_shortlist   *shortlist  = NULL;
  const cuxas_status status =
      cuxas_shortlist_simulate(run->question[i].query, set, cuxas_match_options_n_simulate(run->options), run->model,
                               &settings, run->simulations, NULL, NULL, &shortlist, err);
  if (status != CUXAS_OK) return status;
  const size_t place = place_of(shortlist->hits, name);
  cuxas_identification_count(identified, place > 0 ? place : place_of(set, name), set->n_hit);
  cuxas_shortlist_free(shortlist);
  return CUXAS_OK;
}

/* Question i, within every set. */
static cuxas_status ask(validate_run *run, size_t i, const char *const *structure, cuxas_identification *line,
                        cuxas_error *err)
{
  const validate_source       *source  = &run->source[CUXAS_VALIDATION_MODEL];
  const cuxas_compare_settings compare = validate_settings(run, source, CUXAS_MANNER_ASKED, i);
  cuxas_hits                  *hits    = NULL;
  const cuxas_library         *library = source->all != NULL ? source->all : source->compounds;
  cuxas_status                 status  = validate_ask(run, run->question[i].query, library, &compare, 0, &hits, err);
  if (status != CUXAS_OK) return status;
  cuxas_hit   *hit   = cuxas_new_array(hits->n_hit, sizeof *hit);
  const size_t place = place_of(hits, run->compounds.compound[i].structure);
  if (hit == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a ranking");
  for (int among = 0; among < CUXAS_N_AMONG && status == CUXAS_OK && place > 0; among++) {
    cuxas_hits set = {.hit = hit};
    set.n_hit      = list_among(run, hits, &hits->hit[place - 1], structure, (cuxas_among)among, hit);
    status         = count(run, i, &set, &compare, &line->of[among], err);
  }
  free(hit);
  cuxas_hits_free(hits);
  return status;
}

cuxas_status validate_shortlist(validate_run *run, const char *const *structure, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound, n_best = cuxas_match_options_n_simulate(run->options);
  cuxas_status status = CUXAS_OK;
  if (n_best == 0 || n_best == SIZE_MAX) return CUXAS_OK;
  cuxas_identification *line = &run->line[run->n_line++];
  snprintf(run->shortlist_name, sizeof run->shortlist_name, "best %zu", n_best);
  *line                  = (cuxas_identification){run->shortlist_name, "minmax", CUXAS_MEASURE_SCORE, {{0}}};
  cuxas_progress_bar bar = cuxas_progress_start("simulating", cuxas_options_flag(run->options, "quiet"));
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_progress_show(i, n, &bar);
    if (run->source[CUXAS_VALIDATION_MODEL].table[CUXAS_MANNER_ASKED].row[i].reason[0] == '\0')
      status = ask(run, i, structure, line, err);
  }
  cuxas_progress_end(&bar);
  return status;
}
