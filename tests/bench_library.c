/* How do time and memory of a search grow with the number of candidates? bench_library [--plot FILE] [--keep] [N...]
 *
 * Run from the top of the repository after `make`; `make bench` does, with 1000 and 10000 (SIZES=...); 100000 and 1000000 take minutes,
 * and 5.7 kB of disk for each: --keep leaves their libraries in build/bench, to be used by the next run. Every figure is processor time on
 * one thread, beside that of the plain way in the same run:
 *   folder    build/bin/cuxas-match on the bundled candidates: predicted (--no-cache), and known to the cache
 *   before    the same by another program, $CUXAS_BENCH_BEFORE, where it is given (make bench BEFORE=COMMIT), with its own data
 *   batch     many scans against the bundled candidates in one run, beside as many runs
 *   sites     the sites of the bundled candidates grouped by their distances, beside spglib
 *   scan      a search of one curve, plain, and with what the scan of all leaves of it (match/scan.h)
 *   library   build/bin/cuxas-match on libraries of N predictions, mixtures of the bundled background's, beside all compared in
 *             full (--full all: up to 10,000, for more what these took for each); peak memory
 * --plot draws library as FILE.svg: time and memory against N, and all in full. */
#define _DEFAULT_SOURCE /* wait4 */
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "cost.h"
#include "crystal/neighbor.h"
#include "cuxas.h"
#include "match/scan.h"
#include "match/session.h"
#include "match/significance.h"
#include "match/store.h"

#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "build/bin/cuxas-match"
#define MODEL "refdb/models/cu-l23.cuxas"
#define BACKGROUND "refdb/models/cu-l23.background"
#define MEASURED "examples/01-match/Cu2O.csv"
#define CACHE "build/bench/cache"
#define FOLDER "refdb/candidates"
enum { MAX_SIZE = 16, BLOCK = 1000, N_SCANNED = 2000, N_BATCH = 20, MAX_PLAIN = 10000 };

typedef struct {
  size_t n;
  double cpu_s, peak_MiB, plain_s;
} point;

static _Noreturn void stop(const char *what)
{
  fprintf(stderr, "bench_library: %s\n", what);
  exit(1);
}

static void must(cuxas_status status, const cuxas_error *err)
{
  if (status != CUXAS_OK) stop(err->message);
}

/* Runs a program on words, the last NULL; exit 3, candidates left out, is fine. */
static point run(const char *program, const char *const *word)
{
  const run_cost cost = run_program(program, word);
  if (cost.code != 0 && cost.code != 3) stop(program);
  return (point){0, cost.cpu_s, cost.peak_MiB, 0.0};
}

/* Seconds that the other program takes for the bundled candidates, 0: none is given. */
static double measure_folder(void)
{
  static const char *const COLD[]  = {PROGRAM, "-q", "-t", "1", "--no-cache", "--simulate", "0", MEASURED, NULL};
  static const char *const WARM[]  = {PROGRAM, "-q", "-t", "1", "--cache", CACHE, "--simulate", "0", MEASURED, NULL};
  static const char *const OTHER[] = {PROGRAM, "-q", "-t", "1", MEASURED, FOLDER, NULL};
  const char              *before  = getenv("CUXAS_BENCH_BEFORE");
  const point              cold    = run(PROGRAM, COLD);
  run(PROGRAM, WARM);
  const point warm = run(PROGRAM, WARM);
  printf("folder    bundled candidates: predicted %.2f s, known to the cache %.2f s (%.2f of it), %.0f MiB\n",
         cold.cpu_s, warm.cpu_s, warm.cpu_s / cold.cpu_s, cold.peak_MiB);
  if (before == NULL) return 0.0;
  const point other = run(before, OTHER);
  printf("before    %s: %.2f s; now %.2f of it predicted, %.2f known\n", before, other.cpu_s, cold.cpu_s / other.cpu_s,
         warm.cpu_s / other.cpu_s);
  return other.cpu_s;
}

/* Between two spectra of the background, with some disorder. */
static void mix(const cuxas_model *model, const cuxas_background *from, uint64_t *random, cuxas_known *ret_known)
{
  const size_t n = from->n_spectrum, i = (size_t)(random_uniform(random) * (double)n),
               k         = (size_t)(random_uniform(random) * (double)n);
  const double      part = random_uniform(random), size = 0.1 * random_uniform(random);
  cuxas_prediction *prediction = cuxas_new(NULL, 1, sizeof *prediction);
  *ret_known = (cuxas_known){.prediction = prediction, .n_distinct = 1, .surroundings = {.distance_A = NAN}};
  ret_known->elements.has[model->absorber] = true;
  memcpy(prediction->formula, from->formula[i], sizeof prediction->formula);
  prediction->n_absorber     = 1;
  prediction->grid           = model->grid;
  prediction->symmetry_found = true;
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) {
    if (!cuxas_model_has_channel(model, (cuxas_channel)c)) continue;
    const double *left = from->mu[c] + i * from->grid.n_energy, *right = from->mu[c] + k * from->grid.n_energy;
    double        wave = 0.0;
    prediction->mu[c]  = cuxas_new(NULL, model->grid.n_energy, sizeof(double));
    for (size_t e = 0; e < model->grid.n_energy; e++) {
      if (e % 8 == 0) wave = size * (random_uniform(random) - 0.5);
      prediction->mu[c][e] = (1.0 + wave) * (part * left[e] + (1.0 - part) * right[e]);
    }
  }
}

static void make_library(const char *path, const cuxas_model *model, const cuxas_background *from, size_t n)
{
  static char    CONTENT[] = "Cu\n1.0\n3 0 0\n0 3 0\n0 0 3\nCu\n1\nDirect\n0 0 0\n";
  cuxas_archive *archive   = NULL;
  cuxas_error    err       = {0};
  uint64_t       random    = 1;
  unlink(path);
  must(cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, &err), &err);
  for (size_t i = 0; i < n; i++) {
    char            name[32], sha256[CUXAS_SHA256_HEX_SIZE];
    cuxas_known     known;
    cuxas_candidate candidate = {
        .path = name, .label = name, .name = name, .content = CONTENT, .n_content = strlen(CONTENT)};
    snprintf(name, sizeof name, "mixed-%08zu", i);
    cuxas_hash_memory(name, strlen(name), sha256);
    if (i % BLOCK == 0) must(cuxas_archive_begin(archive, &err), &err);
    mix(model, from, &random, &known);
    must(cuxas_archive_add(archive, sha256, &known, &err), &err);
    must(cuxas_archive_add_structure(archive, &candidate, sha256, &err), &err);
    cuxas_known_clear(&known);
    if (i % BLOCK == BLOCK - 1 || i + 1 == n) must(cuxas_archive_commit(archive, &err), &err);
  }
  must(cuxas_archive_say(archive, "state", "complete", &err), &err);
  cuxas_archive_close(archive);
}

static point measure_library(const cuxas_model *model, const cuxas_background *from, size_t n, bool keeps,
                             double *io_plain_each_s)
{
  char        path[64];
  const char *word[]  = {PROGRAM,      "-q", "-t",     "1",  "--no-cache", "--no-standards",
                         "--simulate", "0",  MEASURED, path, NULL};
  const char *plain[] = {PROGRAM,  "-q",  "-t",     "1",  "--no-cache", "--no-standards", "--simulate", "0",
                         "--full", "all", MEASURED, path, NULL};
  snprintf(path, sizeof path, "build/bench/%zu.cuxaslib", n);
  if (!keeps || access(path, F_OK) != 0) make_library(path, model, from, n);
  point all = run(PROGRAM, word);
  all.n     = n;
  if (n <= MAX_PLAIN || *io_plain_each_s == 0.0) *io_plain_each_s = run(PROGRAM, plain).cpu_s / (double)n;
  all.plain_s = *io_plain_each_s * (double)n;
  printf("library   %8zu predictions: %8.2f s, %.3f ms each, %.2f of all in full, %.0f MiB\n", n, all.cpu_s,
         1e3 * all.cpu_s / (double)n, all.cpu_s / all.plain_s, all.peak_MiB);
  fflush(stdout);
  if (!keeps) unlink(path);
  return all;
}

static void measure_batch(double before_s)
{
  const char *word[N_BATCH + 16] = {PROGRAM, "-q", "-t", "1", "--no-cache", "--simulate", "0"}, *alone[16];
  char        path[N_BATCH][64];
  size_t      n = 7;
  memcpy(alone, word, 7 * sizeof *word);
  mkdir("build/bench/scans", 0755);
  for (size_t i = 0; i < N_BATCH; i++) {
    snprintf(path[i], sizeof path[i], "build/bench/scans/%zu.csv", i);
    unlink(path[i]);
    if (symlink("../../../" MEASURED, path[i]) != 0) stop(path[i]);
    word[n++] = path[i];
  }
  static const char *const MORE[] = {"--library", FOLDER, "-o", "build/bench/reports", "--force"};
  for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) word[n++] = alone[7 + i] = MORE[i];
  word[n]         = NULL;
  alone[12]       = path[0];
  alone[13]       = NULL;
  const point one = run(PROGRAM, alone), all = run(PROGRAM, word);
  printf("batch     %d scans: %.2f s, %.2f of %d runs", N_BATCH, all.cpu_s, all.cpu_s / (N_BATCH * one.cpu_s), N_BATCH);
  if (before_s > 0.0) printf(", %.3f of so many by the other program", all.cpu_s / (N_BATCH * before_s));
  putchar('\n');
}

static double cpu_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure_sites(const cuxas_model *model)
{
  static const char *const PATH = FOLDER;
  cuxas_catalog           *catalog;
  cuxas_error              err       = {0};
  double                   took_s[2] = {0.0};
  size_t                   n = 0, n_told = 0;
  must(cuxas_catalog_list(&PATH, 1, false, &catalog, &err), &err);
  for (size_t i = 0; i < catalog->n_candidate; i++) {
    cuxas_crystal *crystal;
    if (cuxas_candidate_read(&catalog->candidate[i], &crystal, &err) != CUXAS_OK) continue;
    size_t *class_of = cuxas_new(NULL, crystal->n_site, sizeof *class_of);
    if (cuxas_crystal_count(crystal, model->absorber) > 1) {
      const double start = cpu_s();
      n_told += cuxas_neighbors_tell_orbits(crystal, model->absorber, CUXAS_SYMPREC_A, class_of);
      const double middle = cpu_s();
      must(cuxas_symmetry_find_classes(crystal, CUXAS_SYMPREC_A, class_of, &err), &err);
      took_s[0] += middle - start;
      took_s[1] += cpu_s() - middle;
      n++;
    }
    free(class_of);
    cuxas_crystal_free(crystal);
  }
  printf("sites     %zu of %zu structures told by distances, %.2f ms each; spglib %.2f ms: %.2f of it\n", n_told, n,
         1e3 * took_s[0] / (double)n, 1e3 * took_s[1] / (double)n, took_s[0] / took_s[1]);
  cuxas_catalog_free(catalog);
}

static void measure_scan(const cuxas_model *model, const cuxas_background *from)
{
  const cuxas_measured_options how      = {0};
  cuxas_match_settings         settings = cuxas_match_settings_for(model);
  cuxas_measurement            measured;
  cuxas_error                  err    = {0};
  cuxas_curve                 *curve  = cuxas_new(NULL, N_SCANNED, sizeof *curve);
  cuxas_scanned               *places = cuxas_new(NULL, N_SCANNED, sizeof *places);
  double                       took_s[2];
  must(cuxas_measurement_read(MEASURED, &how, &measured, &err), &err);
  must(cuxas_measurement_prepare(&measured, MEASURED, model, &settings, &err), &err);
  for (size_t i = 0; i < N_SCANNED; i++)
    curve[i] = cuxas_background_curve(from, i % from->n_spectrum, &settings.compare);
  double start = cpu_s();
  must(cuxas_scan(measured.query, &settings.compare, curve, N_SCANNED, (cuxas_scan_manner){1, true, -INFINITY}, places,
                  &err),
       &err);
  const double scan_s = cpu_s() - start;
  for (int k = 0; k < 2; k++) {
    start = cpu_s();
    for (size_t i = 0; i < N_SCANNED; i++) {
      cuxas_compare_settings one = settings.compare;
      cuxas_found            found;
      one.opt_places = k == 1 ? &places[i].places : NULL;
      must(cuxas_search(measured.query, &curve[i], &one, &found, &err), &err);
    }
    took_s[k] = cpu_s() - start;
  }
  printf("scan      %.3f ms a curve and %.3f ms for what it leaves; the plain search %.3f ms: %.2f of it\n",
         1e3 * scan_s / N_SCANNED, 1e3 * took_s[1] / N_SCANNED, 1e3 * took_s[0] / N_SCANNED,
         (scan_s + took_s[1]) / took_s[0]);
  cuxas_measurement_clear(&measured);
  free(curve);
  free(places);
}

/* -- the picture: both axes logarithmic -- */

enum {
  LEFT         = 64,
  RIGHT        = 500,
  TOP          = 40,
  BOTTOM       = 400,
  FIRST_DECADE = 3,
  LAST_DECADE  = 6,
  LOW_DECADE   = -1,
  HIGH_DECADE  = 4
};

static double place_x(double n)
{
  return LEFT + (RIGHT - LEFT) * (log10(n) - FIRST_DECADE) / (LAST_DECADE - FIRST_DECADE);
}

static double place_y(double value)
{
  return BOTTOM - (BOTTOM - TOP) * (log10(value) - LOW_DECADE) / (HIGH_DECADE - LOW_DECADE);
}

static void draw_axes(FILE *out)
{
  for (int d = FIRST_DECADE; d <= LAST_DECADE; d++) {
    const double x = place_x(pow(10.0, d));
    fprintf(out, "<path d='M%.1f %d V%d' stroke='#ccc'/>", x, TOP, BOTTOM);
    fprintf(out, "<text x='%.1f' y='%d' text-anchor='middle'>%.0f</text>\n", x, BOTTOM + 18, pow(10.0, d));
  }
  for (int d = LOW_DECADE; d <= HIGH_DECADE; d++) {
    const double y = place_y(pow(10.0, d));
    fprintf(out, "<path d='M%d %.1f H%d' stroke='#ccc'/>", LEFT, y, RIGHT);
    fprintf(out, "<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n", LEFT - 8, y + 4.0, pow(10.0, d));
  }
  fprintf(out, "<text x='%d' y='%d' text-anchor='middle'>predictions searched</text>\n", (LEFT + RIGHT) / 2,
          BOTTOM + 40);
}

/* One of a point's numbers against N, as a line with marks. */
static void draw_line(FILE *out, const point *all, size_t n, size_t offset, const char *colour, const char *name)
{
  double x = 0.0, y = 0.0;
  fprintf(out, "<g fill='%s' stroke='%s'>", colour, colour);
  for (size_t i = 0; i < n; i++) {
    double       value;
    const double before[2] = {x, y};
    memcpy(&value, (const char *)&all[i] + offset, sizeof value);
    x = place_x((double)all[i].n);
    y = place_y(value);
    fprintf(out, "<circle cx='%.1f' cy='%.1f' r='3'/>", x, y);
    if (i > 0) fprintf(out, "<path d='M%.1f %.1f L%.1f %.1f'/>", before[0], before[1], x, y);
  }
  fprintf(out, "<text x='%.1f' y='%.1f' stroke='none'>%s</text></g>\n", x + 8.0, y + 4.0, name);
}

static void draw(const char *path, const point *all, size_t n)
{
  FILE *out = fopen(path, "w");
  if (out == NULL) stop(path);
  fputs("<svg xmlns='http://www.w3.org/2000/svg' width='660' height='460' font-size='12' font-family='sans-serif'>\n"
        "<rect width='660' height='460' fill='white'/>\n"
        "<text x='64' y='24'>cuxas-match, one scan, one core: processor seconds and memory</text>\n",
        out);
  draw_axes(out);
  draw_line(out, all, n, offsetof(point, plain_s), "#888", "s, all in full");
  draw_line(out, all, n, offsetof(point, cpu_s), "#000", "s, the best 1000 in full");
  draw_line(out, all, n, offsetof(point, peak_MiB), "#c00", "MiB at most");
  fputs("</svg>\n", out);
  if (fclose(out) != 0) stop(path);
}

int main(int argc, char **argv)
{
  static const size_t USUAL[] = {1000, 10000};
  const char         *plot    = NULL;
  bool                keeps   = false;
  size_t              size[MAX_SIZE], n = 0;
  double              plain_each_s = 0.0;
  cuxas_error         err          = {0};
  cuxas_model        *model;
  cuxas_background   *background;
  point               all[MAX_SIZE];
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--plot") == 0 && i + 1 < argc)
      plot = argv[++i];
    else if (strcmp(argv[i], "--keep") == 0)
      keeps = true;
    else if (n < MAX_SIZE)
      size[n++] = (size_t)strtoul(argv[i], NULL, 10);
  if (n == 0) {
    memcpy(size, USUAL, sizeof USUAL);
    n = sizeof USUAL / sizeof *USUAL;
  }
  must(cuxas_model_read(MODEL, &model, &err), &err);
  must(cuxas_background_read(BACKGROUND, model, &background, &err), &err);
  measure_batch(measure_folder());
  measure_sites(model);
  measure_scan(model, background);
  for (size_t i = 0; i < n; i++) all[i] = measure_library(model, background, size[i], keeps, &plain_each_s);
  if (plot != NULL) draw(plot, all, n);
  cuxas_background_free(background);
  cuxas_model_free(model);
  return 0;
}
