#include "check.h"
#include "box.h"
#include "base/units.h"
#include "simulate/cluster.h"

static const double CUBE[3][3] = {{4.0, 0, 0}, {0, 4.0, 0}, {0, 0, 4.0}};
static const double SKEW[3][3] = {{4.6, 0.3, 0}, {1.9, 5.1, 0.2}, {-1.0, 0.5, 5.4}};

/* Face-centred cubic copper with an edge of 4 A: shells of 12, 6, 24, 12 ... atoms at 4 / sqrt 2, 4, ... */
static void make_copper(box *b)
{
  static const double SITE[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
  make_box(b, CUBE, 4);
  memcpy(b->fractional, SITE, sizeof SITE);
}

static cuxas_cluster *make_cluster(const box *b, size_t i_site, double radius_A, size_t max_atom)
{
  cuxas_cluster *cluster = NULL;
  cuxas_error    err     = {.message = ""};
  CHECK_STATUS(cuxas_cluster_new(&b->crystal, i_site, radius_A, max_atom, &cluster, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return cluster;
}

/* Largest difference between two clusters atom by atom; kinds must agree. */
static double difference(const cuxas_cluster *a, const cuxas_cluster *b)
{
  double most = 0.0;
  CHECK(a->n_atom == b->n_atom && a->n_potential == b->n_potential);
  if (a->n_atom != b->n_atom) return INFINITY;
  for (size_t i = 0; i < a->n_atom; i++) {
    CHECK(a->atom[i].atomic_number == b->atom[i].atomic_number && a->atom[i].potential == b->atom[i].potential);
    for (int k = 0; k < 3; k++) most = fmax(most, fabs(a->atom[i].position_A[k] - b->atom[i].position_A[k]));
  }
  return most;
}

static void test_shells_of_copper_are_complete(void)
{
  static box          b;
  static const size_t ATOMS[] = {1, 13, 19, 43, 55};
  make_copper(&b);
  cuxas_cluster *cluster = make_cluster(&b, 2, 5.7, 0);
  CHECK(cluster->n_atom == ATOMS[4]);
  CHECK_NEAR(cluster->atom[0].distance_A, 0.0, 0.0);
  for (size_t i = 1; i < cluster->n_atom; i++) {
    const cuxas_cluster_atom *atom = &cluster->atom[i];
    CHECK(atom->distance_A >= cluster->atom[i - 1].distance_A - 1e-9 && atom->potential == 1);
    CHECK_NEAR(sqrt(dot(atom->position_A, atom->position_A)), atom->distance_A, 1e-12);
  }
  cuxas_cluster_free(cluster);
  for (size_t limit = 1; limit < 60; limit++) { /* a limit leaves out whole shells */
    size_t expected = 1;
    cluster         = make_cluster(&b, 0, 5.7, limit);
    for (size_t i = 0; i < 5; i++)
      if (ATOMS[i] <= limit) expected = ATOMS[i];
    CHECK(cluster->n_atom == expected);
    cuxas_cluster_free(cluster);
  }
}

static void test_potentials_are_numbered_by_element(void)
{
  static const int NUMBER[] = {57, 29, 8, 8, 16};
  static box       b;
  make_packed_box(&b, SKEW, 5, NUMBER, 1.4, 3);
  cuxas_cluster *cluster = make_cluster(&b, 1, 8.0, 0);
  CHECK(cluster->n_potential == 5); /* the absorber, then O, S, Cu, La */
  static const int EXPECTED[] = {29, 8, 16, 29, 57};
  for (size_t i = 0; i < 5; i++) CHECK(cluster->atomic_number[i] == EXPECTED[i]);
  for (size_t i = 0; i < cluster->n_atom; i++) {
    CHECK(cluster->atomic_number[cluster->atom[i].potential] == cluster->atom[i].atomic_number);
    CHECK((cluster->atom[i].potential == 0) == (i == 0));
  }
  cuxas_cluster_free(cluster);
}

static void test_order_of_sites_and_choice_of_cell_change_nothing(void)
{
  static const int NUMBER[] = {57, 29, 8, 8, 16}, TIMES[3] = {2, 1, 3};
  static box       b, reversed, super;
  make_packed_box(&b, SKEW, 5, NUMBER, 1.4, 3);
  reversed                       = b;
  reversed.crystal.atomic_number = reversed.number;
  reversed.crystal.fractional    = reversed.fractional;
  for (size_t i = 0; i < 5; i++) {
    reversed.number[i] = b.number[4 - i];
    for (int k = 0; k < 3; k++) reversed.fractional[i][k] = b.fractional[4 - i][k] + (double)i;
  }
  make_supercell(&super, &b, TIMES);
  cuxas_cluster *plain = make_cluster(&b, 1, 9.0, 80), *other = make_cluster(&reversed, 3, 9.0, 80);
  CHECK(plain->n_atom > 60);
  CHECK_NEAR(difference(plain, other), 0.0, 1e-9);
  cuxas_cluster_free(other);
  other = make_cluster(&super, 5 * 4 + 1, 9.0, 80);
  CHECK_NEAR(difference(plain, other), 0.0, 1e-9);
  cuxas_cluster_free(other);
  cuxas_cluster_free(plain);
}

/* Distance of the second atom's potential from the first's, bohr: hydrogen 1 A from oxygen; a third atom somewhere. */
static double overlap_distance(double x_A, double y_A, int atomic_number)
{
  cuxas_cluster_atom atom[3] = {
      {.atomic_number = 8},
      {.position_A = {1.0, 0.0, 0.0}, .distance_A = 1.0, .atomic_number = 1, .potential = 1},
      {.position_A = {x_A, y_A, 0.0}, .distance_A = hypot(x_A, y_A), .atomic_number = atomic_number, .potential = 2}};
  cuxas_cluster cluster = {.n_atom = 3, .atom = atom, .n_potential = 3};
  cuxas_cluster_move_hydrogen(&cluster);
  CHECK_NEAR(atom[1].position_A[0], 1.0, 0.0); /* scattering does not see it */
  CHECK_NEAR(atom[0].moved_A[0], 0.0, 0.0);
  CHECK_NEAR(atom[1].moved_A[1], 0.0, 0.0);
  return cuxas_cluster_distance_bohr(&cluster, 0, 1);
}

static void test_hydrogen_stands_farther_off_where_potentials_overlap(void)
{
  const double bond = 1.0 / CUXAS_BOHR_A;
  CHECK_NEAR(overlap_distance(-9.0, 0.0, 29), bond + 4.0 / (bond * bond), 1e-9);
  CHECK_NEAR(overlap_distance(-1.5, 0.0, 6), bond + 0.95 * 0.5 * bond, 1e-9); /* not beyond oxygen's next bond */
  CHECK_NEAR(overlap_distance(2.6, 0.0, 8), bond + 0.95 * 0.3 * bond, 1e-9);  /* half way to the next oxygen */
  CHECK_NEAR(overlap_distance(-0.4, 1.0, 1), bond + 4.0 / (bond * bond), 1e-9);
  CHECK_NEAR(overlap_distance(0.1, 0.9, 8), bond, 1e-9); /* no bond is shortened */
}

static void test_broken_bounds_are_refused(void)
{
  static box     b;
  cuxas_cluster *cluster = NULL;
  cuxas_error    err;
  make_copper(&b);
  CHECK_STATUS(cuxas_cluster_new(&b.crystal, 4, 5.0, 0, &cluster, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "site 4");
  CHECK_STATUS(cuxas_cluster_new(&b.crystal, 0, 0.0, 0, &cluster, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_cluster_new(&b.crystal, 0, NAN, 0, &cluster, &err), CUXAS_ERANGE);
  b.fractional[1][0] = 0.05; /* 0.2 A from the first site */
  b.fractional[1][1] = b.fractional[1][2] = 0.0;
  CHECK_STATUS(cuxas_cluster_new(&b.crystal, 0, 5.0, 0, &cluster, &err), CUXAS_ERANGE);
  CHECK(cluster == NULL);
  cuxas_cluster_free(NULL);
}

int main(void)
{
  RUN(test_shells_of_copper_are_complete);
  RUN(test_potentials_are_numbered_by_element);
  RUN(test_order_of_sites_and_choice_of_cell_change_nothing);
  RUN(test_hydrogen_stands_farther_off_where_potentials_overlap);
  RUN(test_broken_bounds_are_refused);
  return CHECK_REPORT();
}
