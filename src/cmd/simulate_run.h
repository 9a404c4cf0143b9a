/* simulate_run.h - many sites simulated by several threads, each site by one; results in the order of the sites */
#ifndef CUXAS_CMD_SIMULATE_RUN_H
#define CUXAS_CMD_SIMULATE_RUN_H
#include "cuxas/simulate.h"
#include "cuxas/output.h"
#include "records/record_file.h"
#include "cmd/options.h"

enum { SIMULATE_MAX_KIND = 2 * CUXAS_N_CHANNEL }; /* two edges */

/* One site. */
typedef struct {
  const cuxas_crystal *crystal;
  size_t               site;
  double               core_s, n_byte; /* estimates, sites.h */
} simulate_task;

/* What became of it. */
typedef struct {
  size_t            n_kind;          /* asked for; 0: there was nothing to do */
  cuxas_simulation *simulation;      /* NULL: nothing to do, or it could not be simulated */
  double            seconds, core_s; /* on the clock; of processors */
  cuxas_error       reason;          /* status CUXAS_OK: it could */
} simulate_result;

typedef struct {
  const char                    *program, *label; /* of messages and progress */
  const cuxas_simulate_settings *settings;
  size_t                         n_task;
  const simulate_task           *task;         /* (n_task) */
  double                         time_limit_s; /* INFINITY: none */
  bool                           is_quiet;
  /* ask: which spectra of a task are wanted; asked when its turn comes, by one thread at a time; fills ret_kind, returns
   * how many. take: called in the order of the tasks, by one thread at a time; a status other than CUXAS_OK ends the
   * run. */
  size_t (*ask)(size_t i_task, cuxas_simulated_kind ret_kind[SIMULATE_MAX_KIND], void *user);
  cuxas_status (*take)(size_t i_task, const simulate_result *result, void *user, cuxas_error *err);
  void *user;
} simulate_run;

/* What stopped a run before its end. */
typedef enum { SIMULATE_FINISHED, SIMULATE_STOPPED_BY_SIGNAL, SIMULATE_STOPPED_BY_TIME } simulate_end;

typedef struct {
  simulate_end end;
  size_t       n_done;                          /* tasks taken */
  double       seconds, core_s, planned_core_s; /* what the simulated ones took, and were estimated to take */
} simulate_summary;

/* simulate_tasks() - all of them, or as many as time and signals allow
 *
 * SIGTERM and SIGINT let the sites under way be finished, and start no further; the second one ends the program. A site
 * is not started when it is not likely to end within the time limit, judged by the estimates and by how the finished
 * ones kept to theirs. A site whose estimated memory is not there fails with CUXAS_ERANGE; the others get so many threads
 * as there is memory for.
 *
 * Returns  CUXAS_OK; as take(); CUXAS_ENOMEM. */
cuxas_status simulate_tasks(const simulate_run *run, simulate_summary *ret_summary, cuxas_error *err);

/* -- where the spectra of cuxas-simulate go, and the options that shape them -- */

/* Options that simulate_settings() reads. */
extern const cuxas_option CUXAS_SIMULATE_OPTIONS[];

/* simulate_settings() - the library's settings from these options */
cuxas_simulate_settings simulate_settings(const cuxas_options *options);

typedef struct {
  const cuxas_options *options;
  bool                 has_csv;
  cuxas_output         csv;
  const char          *folder;     /* of XDI files; NULL: not asked for */
  const char          *dataset;    /* NULL: not asked for */
  cuxas_record_file   *records;    /* owned */
  size_t               n_repaired; /* bytes of a line that was cut off in the dataset, now removed */
} simulate_outputs;

/* simulate_outputs_begin() - opens what the options ask for; of nothing asked for: CSV on standard output */
cuxas_status simulate_outputs_begin(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err);

/* simulate_outputs_look() - reads the dataset, opens nothing: what is missing can be told */
cuxas_status simulate_outputs_look(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err);

/* simulate_outputs_missing() - which spectra of a site are still to be simulated: all, but for a dataset alone those that it
 * does not hold, whoever has added them
 *
 *   ret_missing  (n_kind), the first of them filled
 *
 * Returns  how many. */
size_t simulate_outputs_missing(simulate_outputs *outputs, const cuxas_record_site *site,
                                const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulated_kind *ret_missing);

/* simulate_outputs_put() - the spectra of one site, everywhere; the dataset is then complete on disk
*/
cuxas_status simulate_outputs_put(simulate_outputs *outputs, const cuxas_record_site *site,
                                  const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  cuxas_error *err);

/* simulate_outputs_end() - completes the CSV file */
cuxas_status simulate_outputs_end(simulate_outputs *outputs, cuxas_error *err);

/* simulate_outputs_free() - discards what was not completed; accepts a zeroed struct */
void simulate_outputs_free(simulate_outputs *outputs);

#endif
