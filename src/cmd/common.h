/* common.h - what all programs share: messages, exit codes, threads, progress, and where the bundled data lie */
#ifndef CUXAS_CMD_COMMON_H
#define CUXAS_CMD_COMMON_H
#include "cuxas/output.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  CUXAS_EXIT_DONE    = 0,
  CUXAS_EXIT_FAILED  = 1,
  CUXAS_EXIT_USAGE   = 2,
  CUXAS_EXIT_SKIPPED = 3,
  CUXAS_EXIT_STOPPED = 4
};

/* cuxas_program_threads() - sets the OpenMP threads; 0 means as many as OMP_NUM_THREADS or the machine has
 *
 * Returns  the number in effect, >= 1. */
int cuxas_program_threads(long n_thread);

/* cuxas_program_limit_threads() - where address space is limited, no more threads than OpenBLAS has room for; to be called before
 * any work, since the program may begin anew
 *
 *   argv  of main()
 *
 * Results do not depend on the number of threads.
 * Returns  CUXAS_OK; CUXAS_ENOMEM there is no room for one. */
cuxas_status cuxas_program_limit_threads(char **argv, cuxas_error *err);

/* cuxas_print_error() - "program: message" on stderr; returns CUXAS_EXIT_FAILED */
int cuxas_print_error(const char *program, const cuxas_error *err);

/* cuxas_print_note() - a line on stderr that is no error */
void cuxas_print_note(const char *program, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

/* cuxas_print_unless_quiet() - the same of a command with --quiet, unless it is given */
void cuxas_print_unless_quiet(const cuxas_options *options, const char *program, const char *format, ...)
    CUXAS_PRINTF_LIKE(3, 4);

/* cuxas_print_warnings() - "program: warning: path: ..." on stderr, a line each */
void cuxas_print_warnings(const char *program, const char *path, const cuxas_warnings *warnings);

/* A line on stderr that shows how far the work is: on a terminal, when work takes over half a second, one line that
 * changes; in a file or pipe a new line every minute. */
typedef struct {
  const char *label; /* "predicting" */
  bool        is_shown, is_terminal;
  double      start_s, last_s;
} cuxas_progress_bar;

/* cuxas_progress_start(); cuxas_progress_show(), a callback with the bar as `user`; cuxas_progress_end() clears the
 * line */
cuxas_progress_bar cuxas_progress_start(const char *label, bool is_quiet);
void               cuxas_progress_show(size_t n_done, size_t n_total, void *bar);
void               cuxas_progress_end(cuxas_progress_bar *bar);

/* cuxas_progress_follow() - the same for work of several steps, a callback as match.h has them: another `what` is a line of its own */
void cuxas_progress_follow(const char *what, size_t n_done, size_t n_total, void *bar);

/* Work that cannot say how far it is: on a terminal a line with the seconds so far, which a thread of its own renews; in a
 * file or pipe a new line every minute. */
typedef struct cuxas_clock_line cuxas_clock_line;

/* cuxas_clock_line_start() - NULL where there is no memory or no thread for it: nothing is shown; label is copied
 * cuxas_clock_line_end() - clears the line; accepts NULL */
cuxas_clock_line *cuxas_clock_line_start(const char *label);
void              cuxas_clock_line_end(cuxas_clock_line *line);

/* cuxas_terminal_is_rich() - true when stdout is a terminal that shows UTF-8 and colours ($NO_COLOR asks for none) */
bool cuxas_terminal_is_rich(void);

#define CUXAS_DATA_MODEL "models/cu-l23.cuxas"
#define CUXAS_DATA_BLIND "models/cu-l23-blind.cuxas" /* has not learnt from the compounds of compounds.csv */
#define CUXAS_DATA_CANDIDATES "candidates"
#define CUXAS_DATA_STRUCTURES "structures"
#define CUXAS_DATA_SPECTRA "spectra"
#define CUXAS_DATA_SIMULATED "simulated"
#define CUXAS_DATA_COMPOUNDS "compounds.csv"

#endif
