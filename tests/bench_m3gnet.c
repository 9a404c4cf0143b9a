/* How fast is the M3GNet featurizer? bench_m3gnet [--model FILE]; without one, random weights of the published size.
 *
 * Per structure: processor time of one thread (so that other work on the machine matters less), the best of several
 * rounds; and wall time of two threads, each with structures of its own. "of peak" compares the floating-point operations
 * in linear maps alone with what one large sgemm reaches in the same program. The plain program is the one that the unit
 * tests compare with: double precision, one bond at a time, double loop over pairs of bonds. */
#include "m3gnet_oracle.h"

#include "predict/featurizer.h"
#include "base/memory.h"
#include "cuxas/model.h"
#include "crystal/neighbor.h"

#include <cblas.h>
#include <omp.h>
#include <time.h>

static double seconds(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* measure_peak() - operations per second of a large sgemm, one thread */
static double measure_peak(void)
{
  enum { N = 1024 };
  float *a = cuxas_new(NULL, 3 * N * N, sizeof *a), *b = a + N * N, *c = b + N * N;
  double best = 0.0;
  for (int i = 0; i < 2 * N * N; i++) a[i] = (float)(i % 13) / 13.0f;
  for (int i = 0; i < 10; i++) {
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1.0f, a, N, b, N, 0.0f, c, N);
    best = fmax(best, 2.0 * N * N * N / (seconds(CLOCK_THREAD_CPUTIME_ID) - start));
  }
  free(a);
  return best;
}

/* count_operations() - multiplications and additions in the linear maps of one structure */
static double count_operations(const m3gnet_size *s, size_t n_atom, size_t n_bond)
{
  const double v = (double)s->node_width, e = (double)s->bond_width, h = (double)s->hidden_width;
  const double q = (double)(s->n_radial * s->n_angular), n_block = (double)s->n_block;
  const double per_bond =
      2 * q * e + q * (e + v) + (2 * e * h + 2 * h * h + 2 * h * e) + (2 * e * h + 2 * h * h + 2 * h * v);
  const double per_atom = v * q + 8 * v * h;
  return 2.0 * ((double)n_bond * (n_block * per_bond + q * e) + (double)n_atom * n_block * per_atom);
}

static double run_once(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, float *feature)
{
  cuxas_error  err;
  const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
  if (cuxas_featurizer_run(featurizer, crystal, NULL, 0, feature, &err) != CUXAS_OK) {
    fprintf(stderr, "bench_m3gnet: %s\n", err.message);
    exit(1);
  }
  return seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

/* time_one_thread() - seconds per structure, the best of some runs */
static double time_one_thread(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal)
{
  float *feature = cuxas_new(NULL, crystal->n_site * cuxas_featurizer_length(featurizer), sizeof *feature);
  double best = INFINITY, sum = 0.0;
  while (sum < 0.2) {
    const double time = run_once(featurizer, crystal, feature);
    best              = fmin(best, time);
    sum += time;
  }
  free(feature);
  return best;
}

/* time_two_threads() - seconds of wall time per structure when two threads work on structures */
static double time_two_threads(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, double guess_s)
{
  const int    n_structure = 2 + 2 * (int)(0.1 / guess_s);
  const double start       = seconds(CLOCK_MONOTONIC);
#pragma omp parallel for num_threads(2)
  for (int k = 0; k < n_structure; k++) {
    float *feature = cuxas_new(NULL, crystal->n_site * cuxas_featurizer_length(featurizer), sizeof *feature);
    run_once(featurizer, crystal, feature);
    free(feature);
  }
  return (seconds(CLOCK_MONOTONIC) - start) / n_structure;
}

static double time_plain_program(const m3gnet_size *size, const cuxas_tensors *tensors, const cuxas_crystal *crystal)
{
  double      *feature = cuxas_new(NULL, crystal->n_site * size->node_width, sizeof *feature);
  const double start   = seconds(CLOCK_THREAD_CPUTIME_ID);
  oracle_run(size, tensors, crystal, feature);
  const double time = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
  free(feature);
  return time;
}

static size_t number(const cJSON *description, const char *member)
{
  return (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(description, member));
}

/* read_size() - of a model's network, if it is one of this kind */
static m3gnet_size read_size(const cuxas_model *model)
{
  const cJSON *d    = cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer");
  const char  *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(d, "name"));
  if (name == NULL || strcmp(name, "m3gnet") != 0) {
    fprintf(stderr, "bench_m3gnet: the model's featurizer is %s\n", name != NULL ? name : "unknown");
    exit(1);
  }
  return (m3gnet_size){cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(d, "cutoff_A")),
                       cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(d, "three_body_cutoff_A")),
                       number(d, "n_radial"),
                       number(d, "n_angular"),
                       number(d, "n_block"),
                       number(d, "node_width"),
                       number(d, "bond_width"),
                       number(d, "hidden_width"),
                       0};
}

typedef struct {
  cuxas_crystal *crystal;
  size_t         n_bond;
  double         one_s, two_s; /* best so far, per structure */
} bench_case;

static bench_case make_case(const m3gnet_size *size, const size_t n_cell[3])
{
  bench_case       bench     = {.crystal = make_oxide(n_cell, 1), .one_s = INFINITY, .two_s = INFINITY};
  cuxas_neighbors *neighbors = NULL;
  if (cuxas_neighbors_find(bench.crystal, NULL, 0, size->cutoff_A, &neighbors, NULL) != CUXAS_OK) exit(1);
  bench.n_bond = neighbors->first[bench.crystal->n_site];
  cuxas_neighbors_free(neighbors);
  return bench;
}

static void print_case(const bench_case *bench, const m3gnet_size *size, double peak)
{
  const double n_atom = (double)bench->crystal->n_site, n_bond = (double)bench->n_bond;
  const double speed = count_operations(size, bench->crystal->n_site, bench->n_bond) / bench->one_s;
  printf("%6.0f %7.0f %10.0f %9.1f %9.2f %9.1f %8.0f %% %12.0f", n_atom, n_bond, n_atom / bench->one_s,
         1e6 * bench->one_s / n_atom, 1e6 * bench->one_s / n_bond, 1e-9 * speed, 100.0 * speed / peak,
         n_atom / bench->two_s);
}

int main(int argc, char **argv)
{
  static const size_t CELLS[][3] = {{1, 1, 1}, {2, 1, 1}, {5, 1, 1}, {3, 2, 2}, {5, 5, 1}, {5, 5, 2}, {5, 5, 4}};
  enum { N_CASE = sizeof CELLS / sizeof CELLS[0], N_ROUND = 5, N_PLAIN = 4 };
  bench_case        bench[N_CASE];
  cuxas_error       err;
  cuxas_model      *model      = NULL;
  m3gnet_size       size       = M3GNET_PUBLISHED;
  cuxas_tensors    *made       = NULL;
  cuxas_featurizer *featurizer = NULL;

  openblas_set_num_threads(1);
  if (argc == 3 && strcmp(argv[1], "--model") == 0) {
    if (cuxas_model_read(argv[2], &model, &err) != CUXAS_OK) {
      fprintf(stderr, "bench_m3gnet: %s\n", err.message);
      return 1;
    }
    size = read_size(model);
  } else if (argc == 1) {
    cJSON *description = make_description(&size);
    made               = make_tensors(&size, 1);
    if (cuxas_featurizer_new(description, made, &featurizer, &err) != CUXAS_OK) return 1;
    cJSON_Delete(description);
  } else {
    fprintf(stderr, "usage: bench_m3gnet [--model FILE]\n");
    return 2;
  }
  const cuxas_featurizer *run = model != NULL ? model->featurizer : featurizer;

  double peak = 0.0;
  for (size_t i = 0; i < N_CASE; i++) bench[i] = make_case(&size, CELLS[i]);
  for (int i_round = 0; i_round < N_ROUND; i_round++) { /* so that a disturbance does not hit one case alone */
    peak = fmax(peak, measure_peak());
    for (size_t i = 0; i < N_CASE; i++) {
      bench[i].one_s = fmin(bench[i].one_s, time_one_thread(run, bench[i].crystal));
      bench[i].two_s = fmin(bench[i].two_s, time_two_threads(run, bench[i].crystal, bench[i].one_s));
    }
  }
  printf("M3GNet featurizer, %zu blocks, widths %zu/%zu/%zu; sgemm peak of one thread %.1f GFlop/s\n", size.n_block,
         size.node_width, size.bond_width, size.hidden_width, 1e-9 * peak);
  printf("%6s %7s %10s %9s %9s %9s %10s %12s %11s\n", "atoms", "bonds", "atoms/s", "us/atom", "us/bond", "GFlop/s",
         "of peak", "2 thr. at/s", "plain loop");
  for (size_t i = 0; i < N_CASE; i++) {
    print_case(&bench[i], &size, peak);
    if (i < N_PLAIN)
      printf(" %8.0f x",
             time_plain_program(&size, model != NULL ? model->tensors : made, bench[i].crystal) / bench[i].one_s);
    printf("\n");
    fflush(stdout);
    cuxas_crystal_free(bench[i].crystal);
  }
  cuxas_featurizer_free(featurizer);
  cuxas_tensors_free(made);
  cuxas_model_free(model);
  return 0;
}
