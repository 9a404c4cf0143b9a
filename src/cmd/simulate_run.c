/* Sites simulated in parallel: a thread takes the next site, and what is finished is handed on in the order of the
 * sites, so that outputs are the same bytes whatever the number of threads. Inside a site there is one thread, unless
 * there is only one site.
 *
 *   signals
 *   turns   the next site
 *   order   what is finished
 *   all */
#include "cmd/simulate_run.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/outputs.h"
#include "cmd/sites.h"
#include "base/elements.h"
#include "cuxas/records.h"
#include "records/simulations.h"
#include "cuxas/status.h"
#include "write/text.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- signals ---------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_signal; /* the only way that a signal handler can tell */

static void ask_to_stop(int number)
{
  static const char MESSAGE[] = "\nfinishing the sites under way; once more to end at once\n";
  stop_signal                 = number;
  if (write(STDERR_FILENO, MESSAGE, sizeof MESSAGE - 1) < 0) stop_signal = number;
}

static void catch_signals(void)
{
  struct sigaction action = {.sa_handler = ask_to_stop};
  sigemptyset(&action.sa_mask);
  action.sa_flags = (int)SA_RESETHAND; /* the second time it ends the program */
  stop_signal     = 0;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
}

static void leave_signals(void)
{
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
}

/* ---- turns ------------------------------------------------------------------------------------------------------ */

typedef struct {
  const simulate_run *run;
  double              start_s, memory_left;
  size_t              i_next;  /* task that nobody has taken up */
  size_t              i_taken; /* task whose result is to be handed on next */
  size_t              n_finished;
  simulate_result    *result;      /* (n_task) */
  bool               *is_finished; /* (n_task) */
  bool                has_failed;
  cuxas_error         failure; /* of has_failed */
  simulate_summary   *summary;
  cuxas_progress_bar  bar;
} run_state;

static double clock_s(clockid_t which)
{
  struct timespec now;
  clock_gettime(which, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double now_s(void)
{
  return clock_s(CLOCK_MONOTONIC);
}

/* is_out_of_time() - would the next task go beyond the limit? Its estimate is scaled as the finished ones went */
static bool is_out_of_time(const run_state *state)
{
  const simulate_summary *done  = state->summary;
  const double            scale = done->planned_core_s > 0.0 ? done->seconds / done->planned_core_s : 1.0;
  const double            end_s = now_s() - state->start_s + scale * state->run->task[state->i_next].core_s;
  return end_s > state->run->time_limit_s;
}

/* take_turn() - the next task and its spectra; false: there is none, or no time for it */
static bool take_turn(run_state *state, size_t *ret_i, cuxas_simulated_kind kind[SIMULATE_MAX_KIND])
{
  const simulate_run *run = state->run;
  if (state->has_failed || state->i_next == run->n_task) return false;
  if (stop_signal != 0) {
    state->summary->end = SIMULATE_STOPPED_BY_SIGNAL;
    return false;
  }
  if (state->summary->end != SIMULATE_FINISHED || is_out_of_time(state)) {
    state->summary->end = SIMULATE_STOPPED_BY_TIME;
    return false;
  }
  *ret_i                       = state->i_next++;
  state->result[*ret_i].n_kind = run->ask(*ret_i, kind, run->user);
  return true;
}

static void simulate(const run_state *state, cuxas_simulator *simulator, size_t i, const cuxas_simulated_kind *kind)
{
  const simulate_task *task      = &state->run->task[i];
  simulate_result     *result    = &state->result[i];
  const clockid_t      processor = omp_in_parallel() ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID;
  const double         from_s = now_s(), from_core_s = clock_s(processor);
  if (task->n_byte > state->memory_left)
    result->reason.status = cuxas_fail(&result->reason, CUXAS_ERANGE,
                                       "site %zu: its cluster needs about %.1f GB of memory, %.1f GB are left",
                                       task->site, 1e-9 * task->n_byte, 1e-9 * state->memory_left);
  else
    result->reason.status = cuxas_simulate_site(simulator, task->crystal, task->site, kind, result->n_kind,
                                                &result->simulation, &result->reason);
  result->seconds = now_s() - from_s;
  result->core_s  = clock_s(processor) - from_core_s;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

/* hand_on() - all results that are next */
static void hand_on(run_state *state)
{
  const simulate_run *run = state->run;
  while (state->i_taken < run->n_task && state->is_finished[state->i_taken] && !state->has_failed) {
    const size_t     i      = state->i_taken++;
    simulate_result *result = &state->result[i];
    state->has_failed       = run->take(i, result, run->user, &state->failure) != CUXAS_OK;
    cuxas_simulation_free(result->simulation);
    result->simulation = NULL;
    state->summary->n_done++;
  }
}

static void finish(run_state *state, size_t i)
{
  const simulate_result *result = &state->result[i];
  state->is_finished[i]         = true;
  state->n_finished++;
  if (result->simulation != NULL) {
    state->summary->seconds += result->seconds;
    state->summary->core_s += result->core_s;
    state->summary->planned_core_s += state->run->task[i].core_s;
  }
  hand_on(state);
  cuxas_progress_show(state->n_finished, state->run->n_task, &state->bar);
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

/* work() - what each thread does */
static void work(run_state *state)
{
  cuxas_simulator     *simulator = NULL;
  cuxas_simulated_kind kind[SIMULATE_MAX_KIND];
  cuxas_error          failure = {.message = ""};
  size_t               i       = 0;
  bool                 has_turn;
  const cuxas_status   status = cuxas_simulator_new(state->run->settings, &simulator, &failure);
  if (status != CUXAS_OK) {
#pragma omp critical(simulate_turn)
    {
      state->has_failed = true;
      state->failure    = failure;
    }
    return;
  }
  for (;;) {
#pragma omp critical(simulate_turn)
    has_turn = take_turn(state, &i, kind);
    if (!has_turn) break;
    if (state->result[i].n_kind > 0) simulate(state, simulator, i, kind);
#pragma omp critical(simulate_turn)
    finish(state, i);
  }
  cuxas_simulator_free(simulator);
}

/* count_threads() - as many as there are, but no more than tasks, and than memory for the largest that fits at all */
static int count_threads(const run_state *state)
{
  double n_byte = 1.0;
  for (size_t i = 0; i < state->run->n_task; i++) {
    const double needed = state->run->task[i].n_byte;
    if (needed <= state->memory_left) n_byte = fmax(n_byte, needed);
  }
  const double n_fit = fmax(1.0, floor(state->memory_left / n_byte));
  const int    n_max = omp_get_max_threads();
  const int    n     = n_fit < n_max ? (int)n_fit : n_max;
  return state->run->n_task < (size_t)n ? (int)state->run->n_task : n;
}

cuxas_status simulate_tasks(const simulate_run *run, simulate_summary *ret_summary, cuxas_error *err)
{
  run_state    state  = {.run = run, .start_s = now_s(), .memory_left = cuxas_memory_left(), .summary = ret_summary};
  cuxas_status status = CUXAS_OK;
  *ret_summary        = (simulate_summary){0};
  state.result        = cuxas_new(err, run->n_task, sizeof *state.result);
  state.is_finished   = cuxas_new(err, run->n_task, sizeof *state.is_finished);
  if (state.result == NULL || state.is_finished == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  state.bar = cuxas_progress_start(run->label, run->is_quiet);
  catch_signals();
  const int n_thread = count_threads(&state);
  if (n_thread < 2) {
    work(&state);
  } else {
#pragma omp parallel num_threads(n_thread)
    work(&state);
  }
  leave_signals();
  cuxas_progress_end(&state.bar);
  if (state.has_failed) {
    *err   = state.failure;
    status = state.failure.status;
  }
  for (size_t i = 0; i < run->n_task; i++) cuxas_simulation_free(state.result[i].simulation);
done:
  free(state.result);
  free(state.is_finished);
  return status;
}

/* ---- what cuxas-simulate writes: a table for each site, its figures, the record --------------------------------- */

const cuxas_option CUXAS_SIMULATE_OPTIONS[] = {
    {"radius", 0, OPT_REAL, "A", "9", "1:20", "Calculation", "cluster that scatters, angstrom", 0},
    {"quick", 0, OPT_FLAG, NULL, NULL, NULL, "Calculation",
     "as --radius 7 --max-atoms 105 --fermi-radius 0 --residual 0 --level 0, which the bundled models have learnt "
     "from, for half "
     "of the time; any of these options goes before; --theory feff means them, too",
     0},
    {"max-atoms", 0, OPT_INTEGER, "N", "250", "0:2000", CUXAS_EXPERT,
     "most atoms that scatter, in whole shells; 0: as many as the radius holds", 0},
    {"scf-radius", 0, OPT_REAL, "A", "4.6", "0:6.5", CUXAS_EXPERT,
     "clusters for self-consistent potentials, angstrom; 0: overlapped atoms", 0},
    {"scf-atoms", 0, OPT_INTEGER, "N", "45", "0:400", CUXAS_EXPERT,
     "most atoms in them, in whole shells; 0: as many as the radius holds", 0},
    {"fermi-radius", 0, OPT_REAL, "A", "6.5", "0:6.5", CUXAS_EXPERT,
     "clusters, with all their atoms, that tell the final Fermi level, angstrom; 0: those of --scf-radius", 0},
    {"residual", 0, OPT_REAL, "SHARE", "0.03", "0:0.1", CUXAS_EXPERT,
     "how much of the absorber's waves multiple scattering may leave unanswered; the error is about its square; 0: "
     "0.003",
     0},
    {"theory", 0, OPT_CHOICE, "NAME", "cuxas", "feff|cuxas", CUXAS_EXPERT,
     "what FEFF10 computes, or with a spin and an orbital of its own for the hole in the d shell of Cu(II)", 0},
    {"level", 0, OPT_REAL, "SHARE", "0.5", "0:1", CUXAS_EXPERT,
     "with --theory cuxas: how far the level between the spheres goes from FEFF's rule, 0, to the mean of the "
     "potential "
     "there, 1",
     0},
    {"spinless-fermi", 0, OPT_FLAG, NULL, NULL, NULL, CUXAS_EXPERT,
     "with --theory cuxas: leave the Fermi level of Cu(II) where spheres without spin have it, above many a hole of "
     "its d shell",
     0},
    {"width", 0, OPT_REAL, "EV", NULL, "0.01:200", CUXAS_EXPERT,
     "full width of the core hole, eV, instead of the tabulated one", 0},
    {"step", 0, OPT_REAL, "EV", "0.2", "0.01:5", CUXAS_EXPERT, "steps of energy just above the edge, eV; wider beyond",
     0},
    {0}};

/* Does --quick decide, and not the command line? */
static bool is_quick(const cuxas_options *options, const char *name)
{
  return (cuxas_options_flag(options, "quick") || cuxas_options_is(options, "theory", "feff")) &&
         !cuxas_options_is_given(options, name);
}

static double real_or_quick(const cuxas_options *options, const char *name, double quick)
{
  return is_quick(options, name) ? quick : cuxas_options_real(options, name);
}

cuxas_simulate_settings simulate_settings(const cuxas_options *options)
{
  const cuxas_simulate_settings *quick    = &CUXAS_SIMULATE_QUICK;
  cuxas_simulate_settings        settings = CUXAS_SIMULATE_DEFAULTS;
  settings.radius_A                       = real_or_quick(options, "radius", quick->radius_A);
  settings.max_atom =
      is_quick(options, "max-atoms") ? quick->max_atom : (size_t)cuxas_options_integer(options, "max-atoms");
  settings.edge_step_eV        = cuxas_options_real(options, "step");
  settings.scf_radius_A        = cuxas_options_real(options, "scf-radius");
  settings.scf_max_atom        = (size_t)cuxas_options_integer(options, "scf-atoms");
  settings.fermi_radius_A      = real_or_quick(options, "fermi-radius", quick->fermi_radius_A);
  settings.residual            = real_or_quick(options, "residual", quick->residual);
  settings.level_share         = real_or_quick(options, "level", quick->level_share);
  settings.has_polarised_fermi = !cuxas_options_flag(options, "spinless-fermi");
  settings.theory              = cuxas_options_is(options, "theory", "feff") ? CUXAS_THEORY_FEFF : CUXAS_THEORY_CUXAS;
  if (cuxas_options_is_set(options, "width")) settings.width_eV = cuxas_options_real(options, "width");
  return settings;
}

cuxas_status simulate_outputs_look(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err)
{
  outputs->options = options;
  outputs->dataset = cuxas_options_text(options, "dataset");
  if (outputs->dataset == NULL) return CUXAS_OK;
  return cuxas_record_file_read(outputs->dataset, &outputs->records, err);
}

cuxas_status simulate_outputs_begin(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  const char  *csv    = cuxas_options_text(options, "csv");
  outputs->folder     = cuxas_options_text(options, "out-dir");
  if ((status = simulate_outputs_look(outputs, options, err)) != CUXAS_OK) return status;
  if (csv == NULL && outputs->folder == NULL && outputs->dataset == NULL) csv = "-";
  if (outputs->folder != NULL && mkdir(outputs->folder, 0777) != 0 && errno != EEXIST)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot make this folder: %s", outputs->folder, strerror(errno));
  if (csv == NULL) return CUXAS_OK;
  status           = cuxas_outputs_open(options, csv, &outputs->csv, err);
  outputs->has_csv = status == CUXAS_OK;
  if (outputs->has_csv) fputs("name,site,edge,energy_eV,mu,mu0\n", outputs->csv.stream);
  return status;
}

size_t simulate_outputs_missing(simulate_outputs *outputs, const cuxas_record_site *site,
                                const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulated_kind *ret_missing)
{
  size_t n = 0;
  if (outputs->records != NULL) cuxas_record_file_refresh(outputs->records, NULL); /* a failure shows when adding */
  for (size_t i = 0; i < n_kind; i++) {
    const bool is_known = outputs->records != NULL && !outputs->has_csv && outputs->folder == NULL &&
                          cuxas_record_file_has(outputs->records, site->id, site->site, kind[i].edge, kind[i].channel);
    if (!is_known) ret_missing[n++] = kind[i];
  }
  return n;
}

static void put_csv(FILE *out, const cuxas_record_site *site, const cuxas_simulated_edge *edge)
{
  for (size_t i = 0; i < edge->n_point; i++) {
    cuxas_text_put_csv(out, site->id);
    fprintf(out, ",%zu,%s%s,%.4f,%.6f,%.6f\n", site->site, edge->edge, cuxas_channel_suffix(edge->channel),
            edge->energy_eV[i], edge->mu[i], edge->mu0[i]);
  }
}

static cuxas_status write_xdi(const simulate_outputs *outputs, const cuxas_record_site *site,
                              const cuxas_simulated_edge *edge, const char *code, cuxas_error *err)
{
  char         name[CUXAS_RECORD_ID_SIZE + 64], formula[CUXAS_FORMULA_SIZE];
  cuxas_output output;
  snprintf(name, sizeof name, "%s-site-%zu-%s%s", site->id, site->site, edge->edge,
           cuxas_channel_suffix(edge->channel));
  for (char *c = name; *c != '\0'; c++)
    if (*c == '/') *c = '_';
  char        *path   = cuxas_path_join(outputs->folder, name, "xdi");
  cuxas_status status = path == NULL ? cuxas_fail_at(err, cuxas_no_memory(err), name)
                                     : cuxas_outputs_open(outputs->options, path, &output, err);
  free(path);
  if (status != CUXAS_OK) return status;
  cuxas_crystal_formula(site->crystal, formula);
  const cuxas_element *element = cuxas_element_find(site->crystal->atomic_number[site->site]);
  FILE                *out     = output.stream;
  fprintf(out, "# XDI/1.0 CuXAS/%s\n# Element.symbol: %s\n# Element.edge: %s\n", cuxas_version(), element->symbol,
          edge->edge);
  fprintf(out, "# Column.1: energy eV\n# Column.2: mu\n# Column.3: mu0\n# Sample.name: %s\n", site->id);
  fprintf(out, "# Sample.stoichiometry: %s\n# CuXAS.site: %zu\n# CuXAS.code: %s\n", formula, site->site, code);
  fprintf(out, "# CuXAS.channel: %s\n# CuXAS.core_hole_width_eV: %g\n# CuXAS.edge_step: %.6g\n",
          cuxas_channel_name(edge->channel), edge->width_eV, edge->edge_step);
  fputs("# ///\n# Simulated, not measured; 1 is the atomic background 50 eV above the edge.\n# ---\n# energy mu mu0\n",
        out);
  for (size_t i = 0; i < edge->n_point; i++)
    fprintf(out, "%12.4f  %12.6f  %12.6f\n", edge->energy_eV[i], edge->mu[i], edge->mu0[i]);
  return cuxas_output_commit(&output, err);
}

cuxas_status simulate_outputs_put(simulate_outputs *outputs, const cuxas_record_site *site,
                                  const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < simulation->n_edge && status == CUXAS_OK; i++) {
    const cuxas_simulated_edge *edge = &simulation->edge[i];
    const char                 *code = cuxas_simulator_code(simulator, edge->channel);
    if (outputs->has_csv) put_csv(outputs->csv.stream, site, edge);
    if (outputs->folder != NULL) status = write_xdi(outputs, site, edge, code, err);
  }
  if (status == CUXAS_OK && outputs->records != NULL)
    status = cuxas_simulation_put(simulation, simulator, site, outputs->records, err);
  if (status == CUXAS_OK && outputs->records != NULL)
    status = cuxas_record_file_append(outputs->records, &outputs->n_repaired, err);
  return status;
}

cuxas_status simulate_outputs_end(simulate_outputs *outputs, cuxas_error *err)
{
  if (!outputs->has_csv) return CUXAS_OK;
  outputs->has_csv = false;
  return cuxas_output_commit(&outputs->csv, err);
}

void simulate_outputs_free(simulate_outputs *outputs)
{
  if (outputs->has_csv) cuxas_output_discard(&outputs->csv);
  cuxas_record_file_free(outputs->records);
}
