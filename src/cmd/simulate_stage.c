#include "cmd/simulate_stage.h"

#include "cmd/common.h"
#include "match/support.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const cuxas_option CUXAS_STAGE_OPTIONS[] = {
    {"simulate", 0, OPT_CHOICE, "N", "0", "all|0:1000000", "Simulation",
     "simulate the N best structures from first principles and decide by that; 0: do not", 0},
    {"simulations", 0, OPT_PATH, "FILE", NULL, NULL, "Simulation",
     "training records of sites that need not be simulated again, beside the bundled ones; what is simulated is "
     "added; none: simulate everything, keep nothing",
     0},
    {0}};

size_t cuxas_stage_count(const cuxas_options *options)
{
  return cuxas_options_is(options, "simulate", "all") ? SIZE_MAX : (size_t)cuxas_options_real(options, "simulate");
}

size_t cuxas_stage_keep(const cuxas_options *options, size_t n_keep)
{
  const size_t n = cuxas_stage_count(options);
  return n > n_keep ? n : n_keep;
}

/* Of the model's element and edges, "simulations/Cu-L3-L2.jsonl.gz"; data without such a file are no failure. */
static cuxas_status read_bundled(const cuxas_options *options, const cuxas_model *model, cuxas_simulations *simulations,
                                 cuxas_error *err)
{
  char         name[64];
  char        *path   = NULL;
  cuxas_error  reason = {.status = CUXAS_OK};
  int          n      = snprintf(name, sizeof name, "simulations/%s", model->element);
  cuxas_status status;
  for (size_t i = 0; i < model->n_edge; i++)
    n += snprintf(name + n, sizeof name - (size_t)n, "-%s", model->edge[i].name);
  snprintf(name + n, sizeof name - (size_t)n, ".jsonl.gz");
  if ((status = cuxas_data_path(cuxas_options_text(options, "data"), name, &path, &reason)) == CUXAS_OK)
    status = cuxas_simulations_read(simulations, path, err);
  else if (status == CUXAS_ENOMEM)
    cuxas_fail(err, status, "%s", reason.message);
  else
    status = CUXAS_OK;
  free(path);
  return status;
}

cuxas_status cuxas_stage_open(const cuxas_options *options, const cuxas_model *model,
                              cuxas_simulations **ret_simulations, cuxas_error *err)
{
  const char                   *path = cuxas_options_text(options, "simulations");
  const bool                    none = path != NULL && strcmp(path, "none") == 0;
  const cuxas_simulate_settings how  = cuxas_simulations_settings();
  const char                   *edge_name[CUXAS_MODEL_MAX_EDGE];
  cuxas_status                  status;

  *ret_simulations = NULL;
  if (cuxas_stage_count(options) == 0) return CUXAS_OK;
  for (size_t i = 0; i < model->n_edge; i++) edge_name[i] = model->edge[i].name;
  cuxas_simulations *simulations = NULL;
  const bool         wants_hole = cuxas_options_is(options, "hole", "fit") || cuxas_options_real(options, "hole") < 1.0;
  if ((status = cuxas_simulations_new(model->absorber, edge_name, model->n_edge, wants_hole, &how, &simulations,
                                      err)) == CUXAS_OK &&
      path != NULL && !none)
    status = cuxas_simulations_keep(simulations, path, err);
  if (status == CUXAS_OK && !none) status = read_bundled(options, model, simulations, err);
  if (status == CUXAS_OK)
    *ret_simulations = simulations;
  else
    cuxas_simulations_free(simulations);
  return status;
}

cuxas_status cuxas_stage_run(const cuxas_options *options, const cuxas_query *query, const cuxas_hits *hits,
                             const cuxas_model *model, const cuxas_match_settings *settings,
                             cuxas_simulations *opt_simulations, cuxas_shortlist **ret_shortlist, cuxas_error *err)
{
  cuxas_match_settings same      = *settings;
  cuxas_shortlist     *shortlist = NULL;

  *ret_shortlist = NULL;
  if (opt_simulations == NULL) return CUXAS_OK;
  same.n_keep            = CUXAS_SUPPORT_CONTENDERS;
  cuxas_progress_bar bar = cuxas_progress_start("simulating", cuxas_options_flag(options, "quiet"));
  cuxas_status status = cuxas_shortlist_simulate(query, hits, cuxas_stage_count(options), model, &same, opt_simulations,
                                                 cuxas_progress_show, &bar, &shortlist, err);
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK)
    status = cuxas_support_fill(query, NULL, &shortlist->compare, (uint64_t)cuxas_options_integer(options, "seed"),
                                same.n_thread, shortlist->hits, err);
  if (status == CUXAS_OK)
    *ret_shortlist = shortlist;
  else
    cuxas_shortlist_free(shortlist);
  return status;
}
