/* common.c - what all programs share: messages, progress, threads, where the bundled data lie, and where results go */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "cmd/common.h"
#include "report/overview.h"
#include "base/memory.h"
#include "crystal/folder.h"
#include "cmd/outputs.h"
#include "write/figure.h"

#include <omp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int cuxas_program_threads(long n_thread)
{
  if (n_thread > 0) omp_set_num_threads((int)n_thread);
  return omp_get_max_threads();
}

/* OpenBLAS takes a buffer for every thread that multiplies, and tries for ever where there is no room for one. */
extern void *blas_memory_alloc(int purpose);
extern void  blas_memory_free(void *buffer);

/* Is there room for the buffers of so many threads (128 MB each, OpenBLAS's 32 << 22 bytes), their stacks and heaps? */
static bool has_room(int n_thread)
{
  const size_t MB = (size_t)1 << 20, n = 136 * MB + (size_t)(n_thread - 1) * 208 * MB;
  void        *room = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, n);
  return true;
}

cuxas_status cuxas_program_limit_threads(char **argv, cuxas_error *err)
{
  enum { MAX_BUFFER = 64 };
  static const char *const LIMIT = "OMP_THREAD_LIMIT"; /* of all that follows, whatever asks for more */
  struct rlimit            space;
  char                     number[16];
  void                    *buffer[MAX_BUFFER];
  int                      n = 0;

  if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return CUXAS_OK;
  while (n < MAX_BUFFER && n < omp_get_max_threads() && has_room(n + 1)) n++;
  if (n == 0) return cuxas_fail_at(err, cuxas_no_memory(err), "address space is limited (ulimit -v)");
  snprintf(number, sizeof number, "%d", n);
  if (getenv(LIMIT) == NULL && setenv(LIMIT, number, 1) == 0 && setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0)
    execv("/proc/self/exe", argv); /* once more, also without OpenBLAS's own threads, which take buffers too */
  if (n < omp_get_max_threads()) omp_set_num_threads(n);
  for (int i = 0; i < n; i++) buffer[i] = blas_memory_alloc(0);
  for (int i = 0; i < n; i++) blas_memory_free(buffer[i]); /* kept by OpenBLAS for its next calls */
  return CUXAS_OK;
}

int cuxas_print_error(const char *program, const cuxas_error *err)
{
  fflush(stdout);
  fprintf(stderr, "%s: %s\n", program, err->message);
  return CUXAS_EXIT_FAILED;
}

static void print_note(const char *program, const char *format, va_list arguments)
{
  fflush(stdout);
  fprintf(stderr, "%s: ", program);
  vfprintf(stderr, format, arguments);
  putc('\n', stderr);
}

void cuxas_print_note(const char *program, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  print_note(program, format, arguments);
  va_end(arguments);
}

void cuxas_print_unless_quiet(const cuxas_options *options, const char *program, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  if (!cuxas_options_flag(options, "quiet")) print_note(program, format, arguments);
  va_end(arguments);
}

void cuxas_print_warnings(const char *program, const char *path, const cuxas_warnings *warnings)
{
  for (size_t i = 0; i < warnings->n_warning; i++)
    cuxas_print_note(program, "warning: %s: %s", path, warnings->text[i]);
}

static double now_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

cuxas_progress_bar cuxas_progress_start(const char *label, bool is_quiet)
{
  const double start_s = now_s();
  return (cuxas_progress_bar){label, !is_quiet, isatty(STDERR_FILENO) != 0, start_s, start_s};
}

void cuxas_progress_show(size_t n_done, size_t n_total, void *user)
{
  enum { N_CELL = 30, NEXT_MS = 100, FIRST_MS = 500, LINE_MS = 60000 };
  cuxas_progress_bar *bar = user;

  if (!bar->is_shown || n_total == 0) return;
  const double time_s = now_s();
  if (1e3 * (time_s - bar->start_s) < FIRST_MS || 1e3 * (time_s - bar->last_s) < (bar->is_terminal ? NEXT_MS : LINE_MS))
    return;
  bar->last_s           = time_s;
  const double part     = (double)n_done / (double)n_total;
  const double left_s   = part > 0.0 ? (time_s - bar->start_s) * (1.0 - part) / part : 0.0;
  const int    n_filled = (int)(part * N_CELL);
  if (!bar->is_terminal) {
    fprintf(stderr, "%s: %zu of %zu after %.0f min, about %.0f min left\n", bar->label, n_done, n_total,
            (time_s - bar->start_s) / 60.0, left_s / 60.0);
    return;
  }
  fprintf(stderr, "\r%s [%.*s%*s] %zu of %zu, %.0f s left\033[K", bar->label, n_filled,
          "##############################", N_CELL - n_filled, "", n_done, n_total, left_s);
  fflush(stderr);
}

void cuxas_progress_follow(const char *what, size_t n_done, size_t n_total, void *user)
{
  cuxas_progress_bar *bar = user;
  if (strcmp(bar->label, what) != 0) {
    bar->label   = what;
    bar->start_s = bar->last_s = now_s();
  }
  cuxas_progress_show(n_done, n_total, bar);
}

void cuxas_progress_end(cuxas_progress_bar *bar)
{
  if (bar->is_shown && bar->is_terminal && bar->last_s > bar->start_s) fputs("\r\033[K", stderr);
  bar->is_shown = false;
}

struct cuxas_clock_line {
  char            label[200];
  bool            is_terminal, is_over; /* is_over: under the lock */
  pthread_t       thread;
  pthread_mutex_t lock;
  pthread_cond_t  over;
};

/* tick() - a line, then a wait, until it is over */
static void *tick(void *user)
{
  enum { TERMINAL_MS = 200, LINE_MS = 60000 };
  cuxas_clock_line *line    = user;
  const double      start_s = now_s();
  struct timespec   next;
  clock_gettime(CLOCK_REALTIME, &next);
  pthread_mutex_lock(&line->lock);
  while (!line->is_over) {
    const long step_ms = line->is_terminal ? TERMINAL_MS : LINE_MS;
    next.tv_sec += (next.tv_nsec / 1000000 + step_ms) / 1000;
    next.tv_nsec = (next.tv_nsec / 1000000 + step_ms) % 1000 * 1000000;
    while (!line->is_over && pthread_cond_timedwait(&line->over, &line->lock, &next) == 0) {
    }
    if (line->is_over) break;
    fprintf(stderr, line->is_terminal ? "\r%s, %.0f s\033[K" : "%s, %.0f s\n", line->label, now_s() - start_s);
    fflush(stderr);
  }
  pthread_mutex_unlock(&line->lock);
  if (line->is_terminal) fputs("\r\033[K", stderr);
  return NULL;
}

cuxas_clock_line *cuxas_clock_line_start(const char *label)
{
  cuxas_clock_line *line = cuxas_new(NULL, 1, sizeof *line);
  if (line == NULL) return NULL;
  snprintf(line->label, sizeof line->label, "%s", label);
  line->is_terminal = isatty(STDERR_FILENO) != 0;
  pthread_mutex_init(&line->lock, NULL);
  pthread_cond_init(&line->over, NULL);
  if (pthread_create(&line->thread, NULL, tick, line) == 0) return line;
  pthread_cond_destroy(&line->over);
  pthread_mutex_destroy(&line->lock);
  free(line);
  return NULL;
}

void cuxas_clock_line_end(cuxas_clock_line *line)
{
  if (line == NULL) return;
  pthread_mutex_lock(&line->lock);
  line->is_over = true;
  pthread_cond_signal(&line->over);
  pthread_mutex_unlock(&line->lock);
  pthread_join(line->thread, NULL);
  pthread_cond_destroy(&line->over);
  pthread_mutex_destroy(&line->lock);
  free(line);
}

bool cuxas_terminal_is_rich(void)
{
  static const char *const NAME[]   = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char              *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");

  if (!isatty(STDOUT_FILENO) || (no_color != NULL && *no_color != '\0') || terminal == NULL ||
      strcmp(terminal, "dumb") == 0)
    return false;
  for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++) {
    const char *value = getenv(NAME[i]);
    if (value == NULL || *value == '\0') continue;
    return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL || strstr(value, "UTF8") != NULL;
  }
  return false;
}

/* ---- where results go (outputs.h): files of every program ------------------------------------------------------- */

/* Does the folder hold the file, at whatever depth? */
static bool is_below(const char *folder, const char *path)
{
  char        *outer = realpath(folder, NULL), *inner = realpath(path, NULL);
  const size_t n = outer != NULL ? strlen(outer) : 0;
  const bool   is =
      outer != NULL && inner != NULL && strncmp(outer, inner, n) == 0 && (inner[n] == '/' || outer[n - 1] == '/');
  free(outer);
  free(inner);
  return is;
}

cuxas_status cuxas_outputs_protect(const cuxas_options *options, const char *path, cuxas_error *err)
{
  const bool  is_match = cuxas_options_has(options, "standards"); /* the others take structures alone from a folder */
  struct stat output, read;
  const char *input;
  if (stat(path, &output) != 0 || !S_ISREG(output.st_mode)) return CUXAS_OK;
  for (size_t i = 0; (input = cuxas_options_input(options, i)) != NULL; i++) {
    if (stat(input, &read) != 0) continue;
    if (S_ISDIR(read.st_mode) ? is_below(input, path) && cuxas_folder_gives(path, is_match)
                              : read.st_dev == output.st_dev && read.st_ino == output.st_ino)
      return cuxas_fail(err, CUXAS_EEXIST, "%s: is read, and would be overwritten: choose another name", path);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_outputs_may(const cuxas_options *options, const char *path, cuxas_error *err)
{
  const cuxas_status status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err);
  return status != CUXAS_OK ? status : cuxas_outputs_protect(options, path, err);
}

cuxas_status cuxas_outputs_open(const cuxas_options *options, const char *path, cuxas_output *output, cuxas_error *err)
{
  const cuxas_status status = cuxas_outputs_protect(options, path, err);
  return status != CUXAS_OK ? status : cuxas_output_open(output, path, cuxas_options_flag(options, "force"), err);
}

cuxas_status cuxas_outputs_check(const cuxas_options *options, const cuxas_output_row *table, bool *opt_is_taken,
                                 cuxas_error *err)
{
  bool is_taken = false;
  for (const cuxas_output_row *row = table; row->option != NULL; row++) {
    const char         *path = cuxas_options_text(options, row->option);
    cuxas_figure_format format;
    cuxas_status        status = CUXAS_OK;
    if (path == NULL) continue;
    if (strcmp(path, "-") == 0) {
      if (is_taken) cuxas_options_usage_error(options, "only one output can be standard output");
      is_taken = true;
    }
    if (row->figure != NULL) status = cuxas_figure_find_format(path, &format, err);
    if (status == CUXAS_OK) status = cuxas_outputs_may(options, path, err);
    if (status != CUXAS_OK) return status;
  }
  if (opt_is_taken != NULL) *opt_is_taken = is_taken;
  return CUXAS_OK;
}

/* A figure whose format is settled, as what a writer writes. */
typedef struct {
  cuxas_figure_writer *write;
  cuxas_figure_format  format;
  const void          *what;
} settled_figure;

static cuxas_status write_settled(const void *what, FILE *out, cuxas_error *err)
{
  const settled_figure *figure = what;
  return figure->write(figure->what, figure->format, out, err);
}

static cuxas_status write_row(const cuxas_output_row *row, const char *path, bool overwrite, const void *what,
                              cuxas_error *err)
{
  settled_figure figure = {.write = row->figure, .what = what};
  if (row->figure == NULL) return cuxas_output_write(path, overwrite, row->write, what, err);
  const cuxas_status status = cuxas_figure_find_format(path, &figure.format, err);
  return status != CUXAS_OK ? status : cuxas_output_write(path, overwrite, write_settled, &figure, err);
}

cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_output_row *table, const void *what,
                                 cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (const cuxas_output_row *row = table; row->option != NULL && status == CUXAS_OK; row++) {
    const char *path = cuxas_options_text(options, row->option);
    if (path != NULL && (row->write != NULL || row->figure != NULL))
      status = write_row(row, path, cuxas_options_flag(options, "force"), what, err);
  }
  return status;
}

/* ---- reports of matches ------------------------------------------------------------------------------------------ */

const cuxas_output_row CUXAS_REPORT_OUTPUTS[] = {{"json", cuxas_report_write_json, NULL},
                                                 {"csv", cuxas_report_write_csv, NULL},
                                                 {"spectra", cuxas_report_write_spectra, NULL},
                                                 {"figure", NULL, cuxas_report_write_figure},
                                                 {"nexus", cuxas_report_write_nexus, NULL},
                                                 {"html", cuxas_report_write_html, NULL},
                                                 {"markdown", cuxas_report_write_markdown, NULL},
                                                 {"overview", cuxas_report_write_overview, NULL},
                                                 {0}};

cuxas_status cuxas_outputs_write_folder(const char *folder, const char *stem, bool overwrite,
                                        const cuxas_report *report, cuxas_error *err)
{
  static const char *const WANTED[] = {"json", "csv", "html"};
  cuxas_status             status   = CUXAS_OK;

  for (size_t k = 0; k < sizeof WANTED / sizeof *WANTED && status == CUXAS_OK; k++) {
    const cuxas_output_row *row  = CUXAS_REPORT_OUTPUTS;
    char                   *path = cuxas_path_join(folder, stem, WANTED[k]);
    while (strcmp(row->option, WANTED[k]) != 0) row++;
    status =
        path != NULL ? write_row(row, path, overwrite, report, err) : cuxas_fail_at(err, cuxas_no_memory(err), folder);
    free(path);
  }
  return status;
}

void cuxas_outputs_refuse(const cuxas_options *options, const char *beside, const char *why)
{
  for (const cuxas_output_row *row = CUXAS_REPORT_OUTPUTS; row->option != NULL; row++)
    if (cuxas_options_is_set(options, row->option))
      cuxas_options_usage_error(options, "--%s and --%s do not go together: %s", row->option, beside, why);
}

cuxas_status cuxas_outputs_show(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  const bool wants_plot =
      cuxas_options_is_given(options, "plot") ? cuxas_options_flag(options, "plot") : isatty(STDOUT_FILENO);

  cuxas_report shown        = *report;
  shown.n_row               = (size_t)cuxas_options_integer(options, "top");
  const cuxas_status status = cuxas_report_write_text(&shown, stdout, err);
  if (status != CUXAS_OK) return status;
  return wants_plot
             ? cuxas_report_plot(report, cuxas_terminal_is_rich() ? CUXAS_PLOT_BRAILLE : CUXAS_PLOT_ASCII, stdout, err)
             : CUXAS_OK;
}
