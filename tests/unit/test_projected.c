#include "check.h"
#include "base/memory.h"
#include "base/units.h"
#include "copper.h"

#include <omp.h>

enum { MAX_POINT = 300 };

static const bool WANTED[CUXAS_N_L] = {true, false, true, false};

typedef struct {
  copper              c;
  cuxas_surroundings *surroundings;
  double              hole_hartree[CUXAS_RADIAL_POINTS];
  cuxas_d_level      *parts;
  cuxas_projection    projection;
  size_t              n_point;
  double              before[MAX_POINT], change[MAX_POINT];
} edge;

/* L3 of copper, with a hole whose field is a Yukawa's. */
static void make_edge(edge *e, double strength, double k_max_per_A)
{
  *e = (edge){0};
  make_copper(&e->c, k_max_per_A);
  CHECK_STATUS(cuxas_surroundings_new(e->c.scattering, e->c.muffin_tin, e->c.self_energy, e->c.mesh, WANTED,
                                      &e->surroundings, NULL),
               CUXAS_OK);
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    e->hole_hartree[k] = -strength * exp(-1.5 * cuxas_radial_r(k)) / (0.2 + cuxas_radial_r(k));
  CHECK_STATUS(cuxas_d_level_new(e->surroundings, e->c.muffin_tin, e->c.self_energy,
                                 cuxas_atom_orbital(e->c.atom, 2, -2), false, &e->parts, NULL),
               CUXAS_OK);
  e->projection = (cuxas_projection){e->c.mesh,       e->parts, cuxas_atom_orbital(e->c.atom, 2, -2),
                                     e->hole_hartree, 933.0,    e->c.mesh->half_width_hartree};
  e->n_point    = CUXAS_EDGE_BELOW + e->c.mesh->n_spectrum - e->c.mesh->i_fermi;
  CHECK_STATUS(cuxas_projected_change(&e->projection, e->before, e->change, NULL), CUXAS_OK);
}

static void free_edge(edge *e)
{
  cuxas_d_level_free(e->parts);
  cuxas_surroundings_free(e->surroundings);
  free_copper(&e->c);
}

static double energy_of(const edge *e, size_t i)
{
  double below[CUXAS_EDGE_BELOW];
  cuxas_edge_below(e->c.mesh, below);
  return i < CUXAS_EDGE_BELOW ? below[i] : creal(e->c.mesh->energy_hartree[e->c.mesh->i_fermi + i - CUXAS_EDGE_BELOW]);
}

static double integral(const edge *e, const double *y)
{
  double sum = 0.0;
  for (size_t i = 0; i + 1 < e->n_point; i++) sum += 0.5 * (y[i] + y[i + 1]) * (energy_of(e, i + 1) - energy_of(e, i));
  return sum;
}

/* The Green function of the states above the Fermi level, on the hole's radii, has the absorption that the edge has. */
static void test_without_field_it_is_the_absorption(void)
{
  static double complex f[MAX_POINT];
  static edge           e;
  cuxas_absorption     *absorption = NULL;
  double                worst = 0.0, most = 0.0;
  make_edge(&e, 0.0, 4.0);
  e.projection.core = cuxas_atom_orbital(e.c.atom, 2, 1); /* L2 reaches one d wave alone */
  cuxas_d_level_free(e.parts);
  CHECK_STATUS(
      cuxas_d_level_new(e.surroundings, e.c.muffin_tin, e.c.self_energy, e.projection.core, false, &e.parts, NULL),
      CUXAS_OK);
  e.projection.parts = e.parts;
  CHECK_STATUS(cuxas_projected_change(&e.projection, e.before, e.change, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_absorption_new(e.c.muffin_tin, e.c.mesh, e.projection.core, 933.0, false, &absorption, NULL),
               CUXAS_OK);
  e.c.mesh->n_cut = e.c.mesh->n_energy; /* as far up as for the hole */
  for (size_t i = 0; i < e.c.mesh->n_energy; i++)
    f[i] = absorption->atomic[i * CUXAS_N_L + 2] +
           absorption->scattering[i * CUXAS_N_L + 2] * cuxas_echo_mean(&e.surroundings->echo[i], 2);
  for (size_t i = 0; i < e.n_point; i++) {
    const double mu = cuxas_edge_fermi_cut_at(e.c.mesh, f, energy_of(&e, i), e.c.mesh->half_width_hartree);
    most            = fmax(most, mu);
    worst           = fmax(worst, fabs(e.before[i] - mu));
    CHECK(e.change[i] == 0.0);
  }
  printf("    within %.4f of the white line\n", worst / most);
  CHECK(worst < 0.005 * most);
  cuxas_absorption_free(absorption);
  free_edge(&e);
}

/* Poles move and share weight anew, but states stay: what a 3d orbital has of its weight above the Fermi level. */
static void test_the_d_weight_above_the_fermi_level_is_conserved(void)
{
  static edge          e;
  static cuxas_orbital d;
  static double        size[MAX_POINT];
  make_edge(&e, 0.5, 4.0);
  d       = *cuxas_atom_orbital(e.c.atom, 3, -3);
  d.kappa = -2; /* looked at through 2p3/2's transitions, which multiply by r */
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) d.large[i] /= cuxas_radial_r(i);
  e.projection.core = &d;
  CHECK_STATUS(cuxas_projected_change(&e.projection, e.before, e.change, NULL), CUXAS_OK);
  for (size_t i = 0; i < e.n_point; i++) size[i] = fabs(e.change[i]);
  const double all = integral(&e, e.before);
  printf("    weight changes by %.4f, moved are %.2f\n", integral(&e, e.change) / all, integral(&e, size) / all);
  CHECK(integral(&e, size) > 0.2 * all);
  CHECK(fabs(integral(&e, e.change)) < 0.02 * all);
  free_edge(&e);
}

/* To first order the change is linear in the field, and an attraction lowers the edge. */
static void test_attraction_pulls_the_edge_down(void)
{
  static edge weak, weaker;
  double      sum[2] = {0.0, 0.0};
  make_edge(&weak, 0.02, 4.0);
  make_edge(&weaker, 0.01, 4.0);
  for (size_t i = 0; i < weak.n_point; i++) {
    CHECK_NEAR(weak.change[i], 2.0 * weaker.change[i], 0.02 * weak.before[CUXAS_EDGE_BELOW + 10]);
    if (i < CUXAS_EDGE_BELOW) sum[0] += weak.change[i];
    sum[1] += weak.change[i];
  }
  CHECK(sum[0] > 0.0);
  free_edge(&weak);
  free_edge(&weaker);
}

/* A core hole that lives half as long broadens the same spectrum. */
static void test_a_broader_edge_has_the_same_weight(void)
{
  static edge   e;
  static double broad[MAX_POINT];
  double        most[2] = {0.0, 0.0};
  make_edge(&e, 0.5, 4.0);
  e.projection.half_width_hartree *= 2.0;
  CHECK_STATUS(cuxas_projected_change(&e.projection, NULL, broad, NULL), CUXAS_OK);
  CHECK_NEAR(integral(&e, broad) / integral(&e, e.before), integral(&e, e.change) / integral(&e, e.before), 0.02);
  for (size_t i = 0; i < e.n_point; i++) {
    most[0] = fmax(most[0], e.change[i]);
    most[1] = fmax(most[1], broad[i]);
  }
  CHECK(most[1] < 0.8 * most[0]);
  free_edge(&e);
}

/* A full d shell is not split: the channels' potential is the one given, and their mean is the g that it was. */
static void test_a_closed_shell_stays_whole(void)
{
  static edge e;
  make_edge(&e, 0.5, 4.0);
  CHECK(!e.parts->is_polarised && e.parts->n_part == 5 && e.parts->n_potential == 1 && e.parts->l == 2);
  CHECK(e.parts->potential[0] == e.c.muffin_tin);
  for (size_t i = e.c.mesh->i_fermi; i < e.c.mesh->n_energy; i++) {
    double complex mean = 0.0;
    for (size_t c = 0; c < e.parts->n_part; c++) mean += e.parts->part[c].g[i] / 5.0;
    CHECK_NEAR(cabs(mean - cuxas_echo_mean(&e.surroundings->echo[i], 2)), 0.0, 1e-9);
  }
  free_edge(&e);
}

/* An open one is: one state of one spin up, the nine others down; K edges have no d states to split. */
static void test_an_open_shell_has_one_empty_state(void)
{
  static edge    e;
  cuxas_d_level *open = NULL, *p_states = NULL;
  size_t         n_up = 0, n_down = 0;
  make_edge(&e, 0.5, 4.0);
  CHECK_STATUS(cuxas_d_level_new(e.surroundings, e.c.muffin_tin, e.c.self_energy, e.projection.core, true, &open, NULL),
               CUXAS_OK);
  CHECK(open->is_polarised && open->n_part == 10 && open->n_potential == 3);
  const double as_is = e.c.muffin_tin->scatterer[0].total_hartree[100];
  CHECK(open->potential[1]->scatterer[0].total_hartree[100] > open->potential[2]->scatterer[0].total_hartree[100]);
  CHECK(open->potential[2]->scatterer[0].total_hartree[100] < as_is);
  for (size_t i = 0; i < open->n_part; i++) {
    n_up += open->part[i].i_potential == 1;
    n_down += open->part[i].i_potential == 2;
  }
  CHECK(n_up == 1 && n_down == 9);
  CHECK_STATUS(cuxas_d_level_new(e.surroundings, e.c.muffin_tin, e.c.self_energy, cuxas_atom_orbital(e.c.atom, 1, -1),
                                 true, &p_states, NULL),
               CUXAS_OK);
  CHECK(!p_states->is_polarised && p_states->n_potential == 1);
  cuxas_d_level_free(open);
  cuxas_d_level_free(p_states);
  free_edge(&e);
}

static void test_threads_change_no_bit(void)
{
  static edge   e;
  static double again[MAX_POINT];
  omp_set_num_threads(1);
  make_edge(&e, 0.5, 4.0);
  omp_set_num_threads(2);
  CHECK_STATUS(cuxas_projected_change(&e.projection, NULL, again, NULL), CUXAS_OK);
  CHECK(memcmp(again, e.change, e.n_point * sizeof *again) == 0);
  free_edge(&e);
}

int main(void)
{
  openblas_set_num_threads(1);
  RUN(test_without_field_it_is_the_absorption);
  RUN(test_the_d_weight_above_the_fermi_level_is_conserved);
  RUN(test_attraction_pulls_the_edge_down);
  RUN(test_a_broader_edge_has_the_same_weight);
  RUN(test_a_closed_shell_stays_whole);
  RUN(test_an_open_shell_has_one_empty_state);
  RUN(test_threads_change_no_bit);
  return CHECK_REPORT();
}
