#include "check.h"
#include "base/memory.h"
#include "simulate/multiple_scattering_priv.h"
#include "simulate/cluster.h"
#include "base/units.h"
#include "base/complex_pair.h"

#include <cblas.h>
#include <omp.h>

enum { MAX_ATOM = 160 };

static const double PI = 3.14159265358979323846;

/* ---- clusters --------------------------------------------------------------------------------------------------- */

typedef struct {
  cuxas_cluster      cluster;
  cuxas_cluster_atom atom[MAX_ATOM];
  int                number[4];
} small;

static void add_atom(small *s, double x, double y, double z, size_t potential)
{
  cuxas_cluster_atom *atom = &s->atom[s->cluster.n_atom++];
  *atom                    = (cuxas_cluster_atom){
                         .position_A = {x, y, z}, .distance_A = sqrt(x * x + y * y + z * z), .atomic_number = 29, .potential = potential};
  s->cluster.atom = s->atom;
  if (potential >= s->cluster.n_potential) s->cluster.n_potential = potential + 1;
  s->cluster.atomic_number = s->number;
}

static void make_trimer(small *s)
{
  *s = (small){0};
  add_atom(s, 0, 0, 0, 0);
  add_atom(s, 1.1, -0.7, 1.3, 1);
  add_atom(s, -1.6, 0.9, 1.2, 2);
}

/* A distorted octahedron of one kind and, further out, a cube of another: 4 mm m symmetry, 16 operations. */
static void make_cage(small *s)
{
  *s = (small){0};
  add_atom(s, 0, 0, 0, 0);
  for (int sign = -1; sign <= 1; sign += 2) {
    add_atom(s, 1.9 * sign, 0, 0, 1);
    add_atom(s, 0, 1.9 * sign, 0, 1);
  }
  for (int sign = -1; sign <= 1; sign += 2) add_atom(s, 0, 0, 2.3 * sign, 1);
  for (int i = 0; i < 8; i++) add_atom(s, i & 1 ? 1.7 : -1.7, i & 2 ? 1.7 : -1.7, i & 4 ? 2.1 : -2.1, 2);
}

static void turn_cluster(small *s)
{
  const double c = cos(0.7), d = sin(0.7), rotation[3][3] = {{c, -d * c, d * d}, {d, c * c, -d * c}, {0, d, c}};
  for (size_t i = 0; i < s->cluster.n_atom; i++) {
    double *r = s->atom[i].position_A, turned[3];
    for (int k = 0; k < 3; k++) turned[k] = rotation[k][0] * r[0] + rotation[k][1] * r[1] + rotation[k][2] * r[2];
    memcpy(r, turned, sizeof turned);
  }
}

/* Two energies, phase shifts of a size that scatters strongly. */
typedef struct {
  cuxas_photoelectron electron;
  double complex      energy[2], wave_number[2], phase_shift[2][4][CUXAS_N_L];
} waves;

static void make_waves(waves *w, size_t n_potential)
{
  *w = (waves){.wave_number = {0.9 + 0.02 * I, 2.1 + 0.04 * I}};
  for (size_t e = 0; e < 2; e++)
    for (size_t p = 0; p < n_potential; p++)
      for (size_t l = 0; l < CUXAS_N_L; l++)
        w->phase_shift[e][p][l] = (1.3 - 0.6 * (double)l + 0.25 * (double)p + 0.4 * (double)e) / (l == 3 ? 8 : 1) +
                                  0.01 * I * (double)(l + 1);
  w->electron = (cuxas_photoelectron){2, n_potential, w->energy, w->wave_number, w->phase_shift[0][0]};
  if (n_potential == 4) return;
  double complex *const all = (double complex *)w->phase_shift;
  for (size_t p = 0; p < n_potential; p++) /* rows are as wide as the number of potentials */
    memmove(all + (n_potential + p) * CUXAS_N_L, w->phase_shift[1][p], sizeof w->phase_shift[1][p]);
}

static const bool ALL[CUXAS_N_L] = {1, 1, 1, 1};

/* residual 0: as it is by default */
static void run_to(double residual, const small *s, const waves *w, const bool is_wanted[CUXAS_N_L],
                   double complex ret_g[2][CUXAS_N_L], cuxas_scattering_effort *opt_effort)
{
  cuxas_scattering *scattering = NULL;
  cuxas_error       err        = {.message = ""};
  CHECK_STATUS(cuxas_scattering_new(&s->cluster, &scattering, &err), CUXAS_OK);
  scattering->residual = residual;
  CHECK_STATUS(cuxas_scattering_run(scattering, &w->electron, is_wanted, ret_g[0], opt_effort, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_scattering_free(scattering);
}

static void run(const small *s, const waves *w, const bool is_wanted[CUXAS_N_L], double complex ret_g[2][CUXAS_N_L],
                cuxas_scattering_effort *opt_effort)
{
  run_to(0.0, s, w, is_wanted, ret_g, opt_effort);
}

static void run_direct(const small *s, const waves *w, double complex ret_g[2][CUXAS_N_L])
{
  cuxas_scattering *scattering = NULL;
  CHECK_STATUS(cuxas_scattering_new(&s->cluster, &scattering, NULL), CUXAS_OK);
  for (size_t e = 0; e < 2; e++) {
    cuxas_echo echo;
    CHECK_STATUS(cuxas_scattering_direct(scattering, &w->electron, e, &echo, NULL), CUXAS_OK);
    for (int l = 0; l < CUXAS_N_L; l++) ret_g[e][l] = cuxas_echo_mean(&echo, l);
  }
  cuxas_scattering_free(scattering);
}

static double difference(double complex a[2][CUXAS_N_L], double complex b[2][CUXAS_N_L])
{
  double most = 0.0;
  for (size_t e = 0; e < 2; e++)
    for (size_t l = 0; l < CUXAS_N_L; l++) most = fmax(most, cabs(a[e][l] - b[e][l]));
  return most;
}

/* ---- another way to the propagator ------------------------------------------------------------------------------ */

/* j_l by its power series, h_l by its closed form, sum_k (i / 2x)^k (l + k)! / k! (l - k)!. */
static double complex bessel(int l, double complex x)
{
  double complex sum = 0.0, term = 1.0;
  for (int k = 1; k <= l; k++) term *= x / (2.0 * k + 1.0);
  for (int k = 0; k < 40; k++) {
    sum += term;
    term *= -x * x / (2.0 * (k + 1.0) * (2.0 * (l + k + 1.0) + 1.0));
  }
  return sum;
}

static double complex hankel(int l, double complex x)
{
  double complex sum = 0.0, term = 1.0;
  for (int k = 0; k <= l; k++) {
    sum += term;
    term *= I / (2.0 * x) * (l + k + 1.0) * (double)(l - k) / (k + 1.0);
  }
  return cpow(-I, l + 1.0) * cexp(I * x) / x * sum;
}

/* The wave leaving the origin is projected on the harmonics of a small sphere about R. */
static void project_propagator(const double vector[3], double complex k, double complex ret_g[CUXAS_N_LM][CUXAS_N_LM])
{
  enum { N_Z = 400, N_PHI = 24 };
  const double radius = 0.7;
  memset(ret_g, 0, sizeof(double complex[CUXAS_N_LM][CUXAS_N_LM]));
  for (int i_z = 0; i_z < N_Z; i_z++)
    for (int i_phi = 0; i_phi < N_PHI; i_phi++) {
      const double angle = (i_z + 0.5) * PI / N_Z, phi = 2.0 * PI * i_phi / N_PHI;
      const double direction[3] = {sin(angle) * cos(phi), sin(angle) * sin(phi), cos(angle)};
      const double weight       = sin(angle) * PI / N_Z * 2.0 * PI / N_PHI;
      double       here[CUXAS_N_LM], there[CUXAS_N_LM], place[3], r = 0.0;
      for (int n = 0; n < 3; n++) {
        place[n] = vector[n] + radius * direction[n];
        r += place[n] * place[n];
      }
      r = sqrt(r);
      for (int n = 0; n < 3; n++) place[n] /= r;
      cuxas_harmonics(CUXAS_L_MAX, direction, here);
      cuxas_harmonics(CUXAS_L_MAX, place, there);
      for (int l = 0; l <= CUXAS_L_MAX; l++) {
        const double complex h = I * hankel(l, k * r) * weight;
        for (int j = l * l; j < (l + 1) * (l + 1); j++)
          for (int i = 0; i < CUXAS_N_LM; i++) ret_g[i][j] += here[i] * there[j] * h;
      }
    }
  for (int l = 0; l <= CUXAS_L_MAX; l++)
    for (int i = l * l; i < (l + 1) * (l + 1); i++)
      for (int j = 0; j < CUXAS_N_LM; j++) ret_g[i][j] /= bessel(l, k * radius);
}

static void test_harmonics_are_orthonormal(void)
{
  double sum[CUXAS_N_LM_BOND][CUXAS_N_LM_BOND] = {{0}}, most = 0.0;
  for (int i = 0; i < 400; i++)
    for (int j = 0; j < 20; j++) {
      const double angle = (i + 0.5) * PI / 400, phi = 2.0 * PI * j / 20, weight = sin(angle) * PI / 400 * PI / 10;
      const double direction[3] = {sin(angle) * cos(phi), sin(angle) * sin(phi), cos(angle)};
      double       y[CUXAS_N_LM_BOND];
      cuxas_harmonics(CUXAS_HARMONICS_MAX_L, direction, y);
      for (int a = 0; a < CUXAS_N_LM_BOND; a++)
        for (int b = 0; b < CUXAS_N_LM_BOND; b++) sum[a][b] += weight * y[a] * y[b];
    }
  for (int a = 0; a < CUXAS_N_LM_BOND; a++)
    for (int b = 0; b < CUXAS_N_LM_BOND; b++) most = fmax(most, fabs(sum[a][b] - (a == b)));
  CHECK_NEAR(most, 0.0, 1e-4);
}

static void test_propagator_is_the_expansion_of_an_outgoing_wave(void)
{
  static const double complex WAVE_NUMBER[] = {0.8, 1.1 + 0.3 * I, 2.4 + 0.05 * I};
  small                       s;
  cuxas_bonds                *bonds = NULL;
  make_trimer(&s);
  CHECK_STATUS(cuxas_bonds_new(&s.cluster, &bonds, NULL), CUXAS_OK);
  CHECK(bonds->n_vector == 3);
  float *g = cuxas_new(NULL, bonds->n_vector, CUXAS_PROPAGATOR * sizeof *g);
  for (size_t k = 0; k < 3; k++) {
    cuxas_bonds_propagate(bonds, WAVE_NUMBER[k], CUXAS_N_LM, g);
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 3; j++) {
        double complex   expected[CUXAS_N_LM][CUXAS_N_LM];
        double           vector[3], most = 0.0;
        const cuxas_pair pair = bonds->pair[i * 3 + j];
        if (i == j) continue;
        for (int n = 0; n < 3; n++) vector[n] = (s.atom[i].position_A[n] - s.atom[j].position_A[n]) / CUXAS_BOHR_A;
        project_propagator(vector, WAVE_NUMBER[k], expected);
        for (size_t a = 0; a < CUXAS_N_LM; a++)
          for (size_t b = 0; b < CUXAS_N_LM; b++) {
            const double complex got = cuxas_propagator_at(g, pair, a, b);
            most                     = fmax(most, cabs(got - expected[a][b]) / fmax(1.0, cabs(expected[a][b])));
          }
        CHECK_NEAR(most, 0.0, 2e-3);
      }
  }
  free(g);
  cuxas_bonds_free(bonds);
}

/* Self-consistency cuts clusters so small that kinds of atoms are left outside: more potentials than atoms. */
static void test_potentials_without_an_atom_change_nothing(void)
{
  small          s = {0};
  waves          w;
  double complex g[2][CUXAS_N_L], expected[2][CUXAS_N_L];
  add_atom(&s, 0.0, 0.0, 0.0, 0);
  add_atom(&s, 1.9, 0.3, -0.4, 1);
  make_waves(&w, 2);
  run(&s, &w, ALL, expected, NULL);
  s.cluster.n_potential = 4;
  make_waves(&w, 4);
  run(&s, &w, ALL, g, NULL);
  CHECK_NEAR(difference(g, expected), 0.0, 1e-12);
}

static void test_equal_bonds_are_computed_once(void)
{
  small        s     = {0};
  cuxas_bonds *bonds = NULL;
  for (int i = 0; i < 27; i++) add_atom(&s, 2.0 * (i % 3), 2.0 * (i / 3 % 3), 2.0 * (i / 9), 0);
  CHECK_STATUS(cuxas_bonds_new(&s.cluster, &bonds, NULL), CUXAS_OK);
  CHECK(bonds->n_vector == (5 * 5 * 5 - 1) / 2);
  CHECK(bonds->n_length == 9); /* 1 2 3 4 5 6 8 9 12 of 3 x 3 x 3 sums of squares of 0, 1, 2 */
  cuxas_bonds_free(bonds);
  add_atom(&s, 2.0, 2.1, 2.0, 0);
  CHECK_STATUS(cuxas_bonds_new(&s.cluster, &bonds, NULL), CUXAS_ERANGE);
}

/* ---- multiple scattering ---------------------------------------------------------------------------------------- */

/* Plain elimination with pivots; the solution replaces the right-hand side. */
static void eliminate(size_t n, double complex *a, double complex *b)
{
  for (size_t k = 0; k < n; k++) {
    size_t best = k;
    for (size_t i = k + 1; i < n; i++)
      if (cabs(a[i * n + k]) > cabs(a[best * n + k])) best = i;
    for (size_t j = 0; j < n; j++) {
      const double complex swap = a[k * n + j];
      a[k * n + j]              = a[best * n + j];
      a[best * n + j]           = swap;
    }
    const double complex swap = b[k];
    b[k]                      = b[best];
    b[best]                   = swap;
    for (size_t i = 0; i < n; i++) {
      if (i == k) continue;
      const double complex factor = a[i * n + k] / a[k * n + k];
      for (size_t j = k; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (size_t k = 0; k < n; k++) b[k] /= a[k * n + k];
}

static void test_trimer_is_the_inverse_of_projected_propagators(void)
{
  enum { N = 3 * CUXAS_N_LM };
  static double complex g0[3][3][CUXAS_N_LM][CUXAS_N_LM], matrix[N * N], column[N];
  small                 s;
  waves                 w;
  double complex        g[2][CUXAS_N_L];
  make_trimer(&s);
  make_waves(&w, 3);
  run(&s, &w, ALL, g, NULL);
  for (size_t e = 0; e < 2; e++) {
    double complex expected[CUXAS_N_L] = {0};
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 3; j++) {
        double vector[3];
        for (int n = 0; n < 3; n++) vector[n] = (s.atom[i].position_A[n] - s.atom[j].position_A[n]) / CUXAS_BOHR_A;
        if (i != j) project_propagator(vector, w.wave_number[e], g0[i][j]);
      }
    for (size_t source = 0; source < CUXAS_N_LM; source++) { /* (1 - G0 t) G = G0, one column of G */
      for (size_t row = 0; row < N; row++) {
        const size_t i = row / CUXAS_N_LM, a = row % CUXAS_N_LM;
        for (size_t c = 0; c < N; c++) {
          const size_t         j = c / CUXAS_N_LM, b = c % CUXAS_N_LM;
          const double complex delta = w.electron.phase_shift[(e * 3 + j) * CUXAS_N_L + (size_t)sqrt((double)b)];
          matrix[row * N + c]        = (row == c) - (i == j ? 0.0 : g0[i][j][a][b] * cexp(I * delta) * csin(delta));
        }
        column[row] = i == 0 ? 0.0 : g0[i][0][a][source];
      }
      eliminate(N, matrix, column);
      const size_t l = (size_t)sqrt((double)source);
      expected[l] += column[source] / (2.0 * (double)l + 1.0);
    }
    for (size_t l = 0; l < CUXAS_N_L; l++) {
      CHECK(cabs(expected[l]) > 1e-3);
      CHECK_NEAR(cabs(g[e][l] - expected[l]), 0.0, 2e-4 * fmax(1.0, cabs(expected[l])));
    }
  }
}

static void test_symmetry_of_the_site_is_found_and_changes_nothing(void)
{
  small                   s;
  waves                   w;
  double complex          g[2][CUXAS_N_L], direct[2][CUXAS_N_L];
  cuxas_scattering_effort effort;
  make_cage(&s);
  make_waves(&w, 3);
  run(&s, &w, ALL, g, &effort);
  CHECK(effort.n_operation == 16 && effort.n_orbit == 4 && effort.n_direct == 0 && effort.n_iteration > 4);
  run_direct(&s, &w, direct);
  CHECK_NEAR(difference(g, direct), 0.0, 4e-4);
  CHECK(cabs(g[0][2]) > 0.01);
  s.atom[14].position_A[0] += 0.01; /* no symmetry any more, and nearly the same g */
  s.atom[14].distance_A = sqrt(2.0 * 1.7 * 1.7 + 2.1 * 2.1 + 2.0 * 1.7 * 0.01 + 0.01 * 0.01);
  run(&s, &w, ALL, direct, &effort);
  CHECK(effort.n_operation == 1 && effort.n_orbit == s.cluster.n_atom);
  CHECK_NEAR(difference(g, direct), 0.0, 0.02);
  CHECK(difference(g, direct) > 1e-5);
}

static void test_turning_the_cluster_changes_nothing(void)
{
  small          s;
  waves          w;
  double complex before[2][CUXAS_N_L], after[2][CUXAS_N_L];
  make_cage(&s);
  add_atom(&s, 2.1, 1.3, -3.1, 1);
  add_atom(&s, -3.6, 0.4, 2.2, 2);
  make_waves(&w, 3);
  run(&s, &w, ALL, before, NULL);
  turn_cluster(&s);
  run(&s, &w, ALL, after, NULL);
  CHECK_NEAR(difference(before, after), 0.0, 2e-5);
}

static void test_wanted_l_alone_are_the_same(void)
{
  static const bool SOME[CUXAS_N_L] = {1, 0, 1, 0};
  small             s;
  waves             w;
  double complex    all[2][CUXAS_N_L], some[2][CUXAS_N_L];
  make_cage(&s);
  make_waves(&w, 3);
  run(&s, &w, ALL, all, NULL);
  run(&s, &w, SOME, some, NULL);
  for (size_t e = 0; e < 2; e++)
    for (size_t l = 0; l < CUXAS_N_L; l++) CHECK_NEAR(cabs(some[e][l] - (l % 2 == 0 ? all[e][l] : 0.0)), 0.0, 1e-6);
}

static double largest(double complex g[2][CUXAS_N_L])
{
  double complex none[2][CUXAS_N_L] = {{0.0}};
  return difference(g, none);
}

static void test_a_looser_residual_is_cheaper_and_off_by_about_its_square(void)
{
  static const double     RESIDUAL[] = {1e-3, 0.01, 0.03, 0.1};
  small                   s;
  waves                   w;
  double complex          exact[2][CUXAS_N_L], g[2][CUXAS_N_L];
  cuxas_scattering_effort effort, before = {.n_iteration = SIZE_MAX};
  make_cage(&s);
  for (int i = 0; i < 12; i++) add_atom(&s, 4.1 * cos(0.5 * i), 4.1 * sin(0.5 * i), 0.05 * i, (size_t)(1 + i % 2));
  make_waves(&w, 3);
  run_direct(&s, &w, exact);
  for (size_t i = 0; i < 4; i++) {
    run_to(RESIDUAL[i], &s, &w, ALL, g, &effort);
    const double off = difference(exact, g) / largest(exact);
    printf("    %g: %zu products, off by %.1e\n", RESIDUAL[i], effort.n_iteration, off);
    CHECK(off < 2e-4 + 2.0 * RESIDUAL[i] * RESIDUAL[i]);
    CHECK(effort.n_iteration < before.n_iteration && effort.n_direct == 0);
    before = effort;
  }
}

static void test_threads_change_no_bit(void)
{
  small          s;
  waves          w;
  double complex one[2][CUXAS_N_L], two[2][CUXAS_N_L];
  make_cage(&s);
  make_waves(&w, 3);
  omp_set_num_threads(1);
  run(&s, &w, ALL, one, NULL);
  omp_set_num_threads(2);
  run(&s, &w, ALL, two, NULL);
  CHECK(memcmp(one, two, sizeof one) == 0);
}

/* Energies of two chains. */
static void test_energies_begin_with_what_others_have_found(void)
{
  enum { N_ENERGY = 14 };
  static double complex   g[4][N_ENERGY][CUXAS_N_L], k[N_ENERGY], energy[N_ENERGY], shift[N_ENERGY][3][CUXAS_N_L];
  cuxas_photoelectron     electron = {N_ENERGY, 3, energy, k, shift[0][0]};
  cuxas_scattering_effort effort[4];
  double                  off = 0.0, most = 0.0;
  small                   s;
  make_cage(&s);
  for (int i = 0; i < 12; i++) add_atom(&s, 4.1 * cos(0.5 * i), 4.1 * sin(0.5 * i), 0.05 * i, (size_t)(1 + i % 2));
  for (size_t e = 0; e < N_ENERGY; e++) {
    k[e] = 0.9 + 0.015 * (double)e + 0.015 * I;
    for (size_t p = 0; p < 3; p++)
      for (size_t l = 0; l < CUXAS_N_L; l++) /* that of p passes through 0, where the root of t changes its sign */
        shift[e][p][l] = (l == 1 ? 0.1 : l == 3 ? 0.05 : 0.9) - 0.02 * (double)e + 0.1 * (double)p + 0.01 * I;
  }
  for (size_t i = 0; i < 3; i++) { /* alone; in chains; and in chains of two threads, the second time around */
    cuxas_scattering *scattering = NULL;
    CHECK_STATUS(cuxas_scattering_new(&s.cluster, &scattering, NULL), CUXAS_OK);
    scattering->residual   = 0.01;
    scattering->is_chained = i > 0;
    omp_set_num_threads(i < 2 ? 1 : 2);
    CHECK_STATUS(cuxas_scattering_run(scattering, &electron, ALL, g[i][0], &effort[i], NULL), CUXAS_OK);
    if (i == 2) CHECK_STATUS(cuxas_scattering_run(scattering, &electron, ALL, g[3][0], &effort[3], NULL), CUXAS_OK);
    cuxas_scattering_free(scattering);
  }
  CHECK(memcmp(g[1], g[2], sizeof g[1]) == 0 && effort[1].n_iteration == effort[2].n_iteration);
  CHECK(effort[1].n_iteration < effort[0].n_iteration * 4 / 5 && effort[3].n_iteration == N_ENERGY);
  printf("    %zu products, in chains %zu, once more %zu\n", effort[0].n_iteration, effort[1].n_iteration,
         effort[3].n_iteration);
  for (size_t e = 0; e < N_ENERGY; e++)
    for (size_t l = 0; l < CUXAS_N_L; l++) {
      most = fmax(most, cabs(g[0][e][l]));
      for (size_t i = 1; i < 4; i++) off = fmax(off, cabs(g[i][e][l] - g[0][e][l]));
    }
  printf("    off by %.1e of %.1f\n", off, most);
  CHECK(off < 1e-3 * most);
}

static void test_one_atom_scatters_nothing_back(void)
{
  small          s = {0};
  waves          w;
  double complex g[2][CUXAS_N_L] = {{1.0}};
  add_atom(&s, 0, 0, 0, 0);
  make_waves(&w, 1);
  run(&s, &w, ALL, g, NULL);
  for (size_t e = 0; e < 2; e++)
    for (size_t l = 0; l < CUXAS_N_L; l++) CHECK_NEAR(cabs(g[e][l]), 0.0, 0.0);
}

static void test_foreign_phase_shifts_are_refused(void)
{
  small             s;
  waves             w;
  double complex    g[2][CUXAS_N_L];
  cuxas_scattering *scattering = NULL;
  cuxas_error       err;
  make_trimer(&s);
  make_waves(&w, 2);
  CHECK_STATUS(cuxas_scattering_new(&s.cluster, &scattering, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_scattering_run(scattering, &w.electron, ALL, g[0], NULL, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "2 potentials, the cluster has 3");
  make_waves(&w, 3);
  w.phase_shift[0][1][0] = NAN;
  CHECK_STATUS(cuxas_scattering_run(scattering, &w.electron, ALL, g[0], NULL, &err), CUXAS_ENUMERIC);
  cuxas_scattering_free(scattering);
}

/* ---- FEFF's Green function -------------------------------------------------------------------------------------- */

enum { N_ENERGY = 82, N_ALL = 100 }; /* on the real axis above the contour's start; of FEFF's mesh */

typedef struct {
  double complex energy[N_ALL], wave_number[N_ALL], trace[N_ALL], phase_shift[N_ALL * 4 * CUXAS_N_L];
} feff;

static FILE *open_feff(const char *folder, const char *name)
{
  char name_of[64];
  snprintf(name_of, sizeof name_of, "feff10/debug/%s/%s", folder, name);
  char *path = shared_data(name_of);
  FILE *in   = path != NULL ? fopen(path, "r") : NULL;
  free(path);
  return in;
}

/* Atoms of FEFF's input inside its radius of full multiple scattering. */
static void read_feff_atoms(FILE *in, small *s)
{
  char   line[256];
  double radius_A = 0.0, x, y, z;
  size_t potential;
  *s = (small){0};
  while (fgets(line, sizeof line, in) != NULL && strncmp(line, "ATOMS", 5) != 0)
    if (strncmp(line, "FMS", 3) == 0) radius_A = strtod(line + 3, NULL);
  while (fgets(line, sizeof line, in) != NULL)
    if (sscanf(line, "%lf %lf %lf %zu", &x, &y, &z, &potential) == 4 && sqrt(x * x + y * y + z * z) < radius_A)
      add_atom(s, x, y, z, potential);
}

/* Momenta (in units of sqrt(eV), p^2 / 2 = E) and phase shifts of one potential. */
static void read_feff_phases(FILE *in, size_t potential, size_t n_potential, feff *f)
{
  char line[512];
  while (fgets(line, sizeof line, in) != NULL && strstr(line, "unique pot") == NULL) continue;
  for (size_t e = 0; e < N_ALL; e++) {
    double energy, p_real, p_imag, delta[12];
    CHECK(fgets(line, sizeof line, in) != NULL);
    CHECK(fscanf(in, "%*d %lf %*f %*f %lf %lf", &energy, &p_real, &p_imag) == 3);
    for (int i = 0; i < 12; i++) CHECK(fscanf(in, "%lf", &delta[i]) == 1);
    CHECK(fgets(line, sizeof line, in) != NULL);
    f->wave_number[e] = CMPLX(p_real, p_imag) / sqrt(CUXAS_HARTREE_EV);
    for (size_t l = 0; l < CUXAS_N_L; l++)
      f->phase_shift[(e * n_potential + potential) * CUXAS_N_L + l] = CMPLX(delta[2 * l], delta[2 * l + 1]);
  }
}

/* FEFF's trace is the sum of exp(2 i delta_l) g_l for s and d waves, weighted by squares of matrix elements that it does
 * not print: complex, slowly varying, nearly all d. With weights linear in energy little may be left over. */
static void compare_with_feff(const char *folder, size_t first, double limit)
{
  static feff           f;
  static small          s;
  static double complex g[N_ALL][CUXAS_N_L];
  double complex        normal[16] = {0}, weight[4] = {0};
  double                left_over = 0.0, all = 0.0;
  cuxas_scattering     *scattering        = NULL;
  static const bool     WANTED[CUXAS_N_L] = {1, 0, 1, 0};
  FILE                 *in                = open_feff(folder, "feff.inp");
  if (in == NULL) SKIP("no FEFF output");
  read_feff_atoms(in, &s);
  fclose(in);
  for (size_t p = 0; p < s.cluster.n_potential; p++) {
    char name[32];
    snprintf(name, sizeof name, "phase0%zu.dat", p);
    if ((in = open_feff(folder, name)) == NULL) SKIP("no FEFF phase shifts");
    read_feff_phases(in, p, s.cluster.n_potential, &f);
    fclose(in);
  }
  if ((in = open_feff(folder, "gtr.dat")) == NULL) SKIP("no FEFF trace");
  for (size_t e = 0; e < N_ALL; e++) {
    double real, imag;
    CHECK(fscanf(in, "%*f %*f %lf %lf", &real, &imag) == 2);
    f.trace[e] = CMPLX(real, imag);
  }
  fclose(in);

  const cuxas_photoelectron electron = {N_ENERGY, s.cluster.n_potential, f.energy, f.wave_number, f.phase_shift};
  CHECK_STATUS(cuxas_scattering_new(&s.cluster, &scattering, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_scattering_run(scattering, &electron, WANTED, g[0], NULL, NULL), CUXAS_OK);
  cuxas_scattering_free(scattering);
  for (int pass = 0; pass < 2; pass++) { /* least squares, then what it leaves over */
    for (size_t e = first; e < N_ENERGY; e++) {
      double complex part[4], rest = f.trace[e];
      for (size_t n = 0; n < 4; n++) {
        const size_t l = n < 2 ? 0 : 2;
        part[n]        = cexp(2.0 * I * f.phase_shift[e * s.cluster.n_potential * CUXAS_N_L + l]) * g[e][l];
        if (n % 2 == 1) part[n] *= (double)e / N_ENERGY;
      }
      for (size_t i = 0; i < 4; i++) {
        rest -= pass * weight[i] * part[i];
        if (pass == 1) continue;
        for (size_t j = 0; j < 4; j++) normal[i * 4 + j] += conj(part[i]) * part[j];
        weight[i] += conj(part[i]) * f.trace[e];
      }
      *(pass == 0 ? &all : &left_over) += creal(rest * conj(rest));
    }
    if (pass == 0) eliminate(4, normal, weight);
  }
  CHECK_NEAR(sqrt(left_over / all), 0.0, limit);
  CHECK_NEAR(cabs(weight[2]), 1.0, 0.1); /* d waves at the Fermi level */
}

static void test_copper_has_feffs_trace(void)
{
  compare_with_feff("Cu_noscf", 10, 0.04);
}

static void test_copper_oxide_has_feffs_trace(void)
{
  compare_with_feff("CuO_noscf", 10, 0.02);
}

int main(void)
{
  openblas_set_num_threads(1);
  RUN(test_harmonics_are_orthonormal);
  RUN(test_propagator_is_the_expansion_of_an_outgoing_wave);
  RUN(test_potentials_without_an_atom_change_nothing);
  RUN(test_equal_bonds_are_computed_once);
  RUN(test_trimer_is_the_inverse_of_projected_propagators);
  RUN(test_symmetry_of_the_site_is_found_and_changes_nothing);
  RUN(test_turning_the_cluster_changes_nothing);
  RUN(test_wanted_l_alone_are_the_same);
  RUN(test_a_looser_residual_is_cheaper_and_off_by_about_its_square);
  RUN(test_threads_change_no_bit);
  RUN(test_energies_begin_with_what_others_have_found);
  RUN(test_one_atom_scatters_nothing_back);
  RUN(test_foreign_phase_shifts_are_refused);
  RUN(test_copper_has_feffs_trace);
  RUN(test_copper_oxide_has_feffs_trace);
  return CHECK_REPORT();
}
