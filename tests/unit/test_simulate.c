#include "check.h"
#include "box.h"
#include "cuxas/simulate.h"

#include <omp.h>

/* Face-centred cubic copper, 3.615 A; small clusters and wide steps keep this fast. */
static void make_copper(box *b)
{
  static const double CUBE[3][3] = {{3.615, 0, 0}, {0, 3.615, 0}, {0, 0, 3.615}};
  static const double SITE[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
  make_box(b, CUBE, 4);
  memcpy(b->fractional, SITE, sizeof SITE);
}

static const cuxas_simulate_settings *small_settings(void)
{
  static cuxas_simulate_settings settings;
  settings              = CUXAS_SIMULATE_QUICK;
  settings.radius_A     = 3.0;
  settings.edge_step_eV = 2.0;
  settings.k_step_per_A = 0.25;
  settings.scf_radius_A = 0.0;
  return &settings;
}

static cuxas_simulation *simulate(const box *b, size_t site, const cuxas_simulated_kind *kind, size_t n_kind)
{
  cuxas_simulator  *simulator  = NULL;
  cuxas_simulation *simulation = NULL;
  cuxas_error       err        = {.message = ""};
  CHECK_STATUS(cuxas_simulator_new(small_settings(), &simulator, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulate_site(simulator, &b->crystal, site, kind, n_kind, &simulation, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK_CONTAINS(cuxas_simulator_code(simulator, kind->channel), "cuxas-simulate ");
  cuxas_simulator_free(simulator);
  return simulation;
}

static double difference(const cuxas_simulated_edge *a, const cuxas_simulated_edge *b)
{
  double most = 0.0;
  if (a->n_point != b->n_point) return INFINITY;
  for (size_t i = 0; i < a->n_point; i++)
    most = fmax(most, fmax(fabs(a->mu[i] - b->mu[i]), fabs(a->energy_eV[i] - b->energy_eV[i])));
  return most;
}

static void test_edges_of_copper_are_where_they_belong(void)
{
  static const cuxas_simulated_kind KIND[]      = {{.edge = "L3"}, {.edge = "L2"}, {.edge = "K"}};
  static const double               ENERGY_EV[] = {932.7, 952.3, 8979.0}, WIDTH_EV[] = {0.596, 1.162, 1.73};
  static box                        b;
  make_copper(&b);
  cuxas_simulation *simulation = simulate(&b, 0, KIND, 3);
  CHECK(simulation->n_edge == 3 && simulation->n_atom == 13 && simulation->n_operation == 48);
  for (size_t i = 0; i < 3; i++) {
    const cuxas_simulated_edge *edge = &simulation->edge[i];
    CHECK_TEXT(edge->edge, KIND[i].edge);
    CHECK_NEAR(edge->edge_eV, ENERGY_EV[i], i < 2 ? 5.0 : 20.0);
    CHECK_NEAR(edge->width_eV, WIDTH_EV[i], 0.01);
    CHECK(edge->energy_eV[0] < edge->edge_eV - 2.0 && edge->energy_eV[edge->n_point - 1] > edge->edge_eV + 50.0);
    for (size_t k = 1; k < edge->n_point; k++) CHECK(edge->energy_eV[k] > edge->energy_eV[k - 1]);
    CHECK(edge->mu[0] < 0.3);
    CHECK_NEAR(edge->mu[edge->n_point - 1], 1.0, 0.2);
  }
  CHECK_NEAR(simulation->edge[0].edge_step / simulation->edge[1].edge_step, 2.06, 0.08); /* FEFF: 2.06 */
  cuxas_simulation_free(simulation);
}

static void test_equivalent_sites_cells_and_threads_change_nothing(void)
{
  static const cuxas_simulated_kind KIND[]   = {{.edge = "L3"}};
  static const int                  TIMES[3] = {2, 1, 2};
  static box                        b, turned, super;
  make_copper(&b);
  turned                       = b;
  turned.crystal.atomic_number = turned.number;
  turned.crystal.fractional    = turned.fractional;
  turn_box(&turned);
  make_supercell(&super, &b, TIMES);
  omp_set_num_threads(1);
  cuxas_simulation *plain = simulate(&b, 0, KIND, 1), *other = simulate(&b, 3, KIND, 1);
  CHECK_NEAR(difference(&plain->edge[0], &other->edge[0]), 0.0, 1e-4);
  cuxas_simulation_free(other);
  other = simulate(&turned, 0, KIND, 1);
  CHECK_NEAR(difference(&plain->edge[0], &other->edge[0]), 0.0, 1e-4);
  cuxas_simulation_free(other);
  other = simulate(&super, 9, KIND, 1);
  CHECK_NEAR(difference(&plain->edge[0], &other->edge[0]), 0.0, 1e-4);
  cuxas_simulation_free(other);
  omp_set_num_threads(2);
  other = simulate(&b, 0, KIND, 1);
  CHECK(difference(&plain->edge[0], &other->edge[0]) == 0.0);
  cuxas_simulation_free(other);
  cuxas_simulation_free(plain);
}

/* In CuF2 the empty spin's level lies in a narrow band above the Fermi level, where that of the free d wave is as well: a
 * potential that moves it, and the core hole that pulls it back, must find both at one energy. No spectrum may be negative,
 * and the exciton takes up the white line. */
static void test_a_hole_that_is_projected_keeps_the_white_line_of_an_open_shell(void)
{
  static const cuxas_simulated_kind KIND[]    = {{"L3", CUXAS_CHANNEL_NO_HOLE}, {"L3", CUXAS_CHANNEL_PROJECTED_HOLE}};
  cuxas_simulate_settings           settings  = *small_settings();
  cuxas_simulator                  *simulator = NULL;
  cuxas_simulation                 *fluoride  = NULL;
  cuxas_crystal                    *crystal   = NULL;
  cuxas_error                       err       = {.message = ""};
  double                            most[2] = {0.0, 0.0}, least[2] = {0.0, 0.0};
  size_t                            site = 0;
  CHECK_STATUS(cuxas_crystal_read("refdb/candidates/CuF2.cif", &crystal, &err), CUXAS_OK);
  while (crystal->atomic_number[site] != 29) site++;
  settings.theory       = CUXAS_THEORY_CUXAS;
  settings.level_share  = 0.0;
  settings.edge_step_eV = 0.2;
  settings.k_step_per_A = CUXAS_SIMULATE_QUICK.k_step_per_A;
  settings.scf_radius_A = 3.0;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulate_site(simulator, crystal, site, KIND, 2, &fluoride, &err), CUXAS_OK);
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < fluoride->edge[k].n_point; i++) {
      most[k]  = fmax(most[k], fluoride->edge[k].mu[i]);
      least[k] = fmin(least[k], fluoride->edge[k].mu[i]);
    }
  printf("    white line %.1f without hole, %.1f with; least %.3f, %.3f\n", most[0], most[1], least[0], least[1]);
  CHECK(most[0] > 5.0);
  CHECK(most[1] > 0.9 * most[0]);
  CHECK(least[0] > -0.01 && least[1] > -0.01);
  cuxas_simulation_free(fluoride);
  cuxas_simulator_free(simulator);
  cuxas_crystal_free(crystal);
}

/* L3 without a hole of a structure whose lattice is stretched, and its highest point. */
static double simulate_white_line(const char *structure, double stretch, cuxas_theory theory, bool has_polarised_fermi,
                                  cuxas_simulation **ret_simulation)
{
  static const cuxas_simulated_kind L3        = {"L3", CUXAS_CHANNEL_NO_HOLE};
  cuxas_simulate_settings           settings  = CUXAS_SIMULATE_QUICK;
  cuxas_simulator                  *simulator = NULL;
  cuxas_crystal                    *crystal   = NULL;
  double                            most      = 0.0;
  size_t                            site      = 0;
  CHECK_STATUS(cuxas_crystal_read(structure, &crystal, NULL), CUXAS_OK);
  while (crystal->atomic_number[site] != 29) site++;
  for (size_t i = 0; i < 9; i++) crystal->lattice_A[i / 3][i % 3] *= stretch;
  settings.theory = theory, settings.has_polarised_fermi = has_polarised_fermi;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulate_site(simulator, crystal, site, &L3, 1, ret_simulation, NULL), CUXAS_OK);
  for (size_t i = 0; i < (*ret_simulation)->edge[0].n_point; i++) most = fmax(most, (*ret_simulation)->edge[0].mu[i]);
  cuxas_simulator_free(simulator);
  cuxas_crystal_free(crystal);
  return most;
}

/* Without spin the band of the hole lies below the Fermi level in CuBr2, though no copper there is without its hole. */
static void test_a_polarised_fermi_level_brings_back_a_white_line_and_leaves_what_has_one(void)
{
  static const char *const COPPER_II[] = {"refdb/candidates/CuBr2.cif", "refdb/candidates/KCuF3.cif"};
  for (size_t i = 0; i < 2; i++) {
    cuxas_simulation *as_is = NULL, *polarised = NULL;
    const double      before = simulate_white_line(COPPER_II[i], 1.0, CUXAS_THEORY_CUXAS, false, &as_is);
    const double      after  = simulate_white_line(COPPER_II[i], 1.0, CUXAS_THEORY_CUXAS, true, &polarised);
    printf("    %s: %.1f, %.1f\n", COPPER_II[i], before, after);
    CHECK(i == 0 ? before < 2.0 : before > 5.0);
    CHECK(after > 5.0);
    if (i == 1) CHECK_NEAR(difference(&as_is->edge[0], &polarised->edge[0]), 0.0, 0.0);
    if (i == 0) CHECK(polarised->fermi_eV < as_is->fermi_eV - 0.1);
    cuxas_simulation_free(as_is);
    cuxas_simulation_free(polarised);
  }
}

/* It is looked for in steps of 0.25 eV; a lattice that is stretched by so little moves it by tenths of one. */
static void test_a_polarised_fermi_level_moves_smoothly_with_the_lattice(void)
{
  enum { N = 5 };
  double most[N], fermi_eV[N];
  for (size_t i = 0; i < N; i++) {
    cuxas_simulation *simulation = NULL;
    most[i]     = simulate_white_line("refdb/candidates/CuBr2.cif", 0.994 + 0.003 * (double)i, CUXAS_THEORY_CUXAS, true,
                                      &simulation);
    fermi_eV[i] = simulation->fermi_eV;
    printf("    %.3f eV, white line %.2f\n", fermi_eV[i], most[i]);
    cuxas_simulation_free(simulation);
  }
  for (size_t i = 1; i + 1 < N; i++) {
    CHECK_NEAR(fermi_eV[i], 0.5 * (fermi_eV[i - 1] + fermi_eV[i + 1]), 0.03);
    CHECK_NEAR(most[i], 0.5 * (most[i - 1] + most[i + 1]), 0.5);
  }
}

static void test_a_polarised_fermi_level_is_none_of_closed_shells_and_feff(void)
{
  static const struct {
    const char  *structure;
    cuxas_theory theory;
  } WITHOUT[] = {{"refdb/structures/Cu2O.cif", CUXAS_THEORY_CUXAS}, {"refdb/candidates/CuBr2.cif", CUXAS_THEORY_FEFF}};
  for (size_t i = 0; i < 2; i++) {
    cuxas_simulation *as_is = NULL, *polarised = NULL;
    simulate_white_line(WITHOUT[i].structure, 1.0, WITHOUT[i].theory, false, &as_is);
    simulate_white_line(WITHOUT[i].structure, 1.0, WITHOUT[i].theory, true, &polarised);
    CHECK_NEAR(difference(&as_is->edge[0], &polarised->edge[0]), 0.0, 0.0);
    cuxas_simulation_free(as_is);
    cuxas_simulation_free(polarised);
  }
}

/* Nb in MgO: while its d electrons come and go, 4p falls below a border that was drawn for free atoms, and the d shell is
 * filled instead. From a lower border on it stays what it is. */
static void test_a_shell_that_falls_below_the_border_is_taken_in(void)
{
  static const double     FACE[3][3] = {{4.25, 4.25, 0}, {0, 4.25, 4.25}, {4.25, 0, 4.25}};
  static const int        CATION[]   = {29, 12, 12, 12, 12, 12, 12, 41};
  cuxas_simulate_settings settings   = *small_settings();
  cuxas_simulator        *simulator  = NULL;
  cuxas_simulation       *oxide      = NULL;
  static box              b;
  cuxas_error             err = {.message = ""};
  make_box(&b, FACE, 16);
  for (size_t i = 0; i < 16; i++) {
    b.number[i] = i < 8 ? CATION[i] : 8;
    for (size_t k = 0; k < 3; k++) b.fractional[i][k] = 0.5 * (double)(i >> k & 1) + (i < 8 ? 0.0 : 0.25);
  }
  settings.scf_radius_A        = CUXAS_SIMULATE_QUICK.scf_radius_A;
  settings.has_polarised_fermi = false;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 0, &(cuxas_simulated_kind){.edge = "L3"}, 1, &oxide, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  if (oxide != NULL) CHECK_CONTAINS(oxide->scf, "converged in ");
  cuxas_simulation_free(oxide);
  cuxas_simulator_free(simulator);
}

/* Photon energies hang on the Fermi level, and that on atoms that small clusters lack. */
static void test_a_larger_cluster_for_the_fermi_level_moves_a_spectrum_to_where_larger_clusters_have_it(void)
{
  static const double SCF_A[] = {4.6, 4.6, 6.5}, FERMI_A[] = {0.0, 6.5, 0.0};
  double              fermi_eV[3];
  for (size_t i = 0; i < 3; i++) {
    cuxas_simulate_settings settings   = *small_settings();
    cuxas_simulator        *simulator  = NULL;
    cuxas_simulation       *simulation = NULL;
    cuxas_crystal          *crystal    = NULL;
    settings.scf_radius_A = SCF_A[i], settings.scf_max_atom = i < 2 ? 45 : 0, settings.fermi_radius_A = FERMI_A[i];
    CHECK_STATUS(cuxas_crystal_read("refdb/structures/CuBe.cif", &crystal, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, NULL), CUXAS_OK);
    CHECK((strstr(cuxas_simulator_code(simulator, CUXAS_CHANNEL_NO_HOLE), "Fermi level of 6.5 A") != NULL) == (i == 1));
    CHECK_STATUS(
        cuxas_simulate_site(simulator, crystal, 0, &(cuxas_simulated_kind){.edge = "L3"}, 1, &simulation, NULL),
        CUXAS_OK);
    fermi_eV[i] = simulation->fermi_eV;
    cuxas_simulation_free(simulation);
    cuxas_simulator_free(simulator);
    cuxas_crystal_free(crystal);
  }
  printf("    %.2f eV, %.2f eV, %.2f eV\n", fermi_eV[0], fermi_eV[1], fermi_eV[2]);
  CHECK(fabs(fermi_eV[1] - fermi_eV[2]) < 0.5 * fabs(fermi_eV[0] - fermi_eV[2]));
}

/* The same to a few thousandths of the edge step, and said so. */
static void test_a_looser_residual_hardly_changes_a_spectrum(void)
{
  static const double RESIDUAL[] = {0.0, 0.03};
  static box          b;
  cuxas_simulation   *simulation[2];
  make_copper(&b);
  for (size_t i = 0; i < 2; i++) {
    cuxas_simulate_settings settings  = *small_settings();
    cuxas_simulator        *simulator = NULL;
    settings.radius_A                 = 6.0;
    settings.residual                 = RESIDUAL[i];
    CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, NULL), CUXAS_OK);
    CHECK((strstr(cuxas_simulator_code(simulator, CUXAS_CHANNEL_NO_HOLE), "105 atoms, residual 0.03, ") != NULL) ==
          (i == 1));
    CHECK_STATUS(
        cuxas_simulate_site(simulator, &b.crystal, 0, &(cuxas_simulated_kind){.edge = "L3"}, 1, &simulation[i], NULL),
        CUXAS_OK);
    cuxas_simulator_free(simulator);
  }
  const double most = difference(&simulation[0]->edge[0], &simulation[1]->edge[0]);
  printf("    by %.1e\n", most);
  CHECK(most > 0.0 && most < 5e-3);
  for (size_t i = 0; i < 2; i++) cuxas_simulation_free(simulation[i]);
}

static void test_what_cannot_be_simulated_is_refused(void)
{
  static const cuxas_simulated_kind BAD[] = {{.edge = "M5"}}, L3[] = {{.edge = "L3"}};
  static box                        b;
  cuxas_simulator                  *simulator  = NULL;
  cuxas_simulation                 *simulation = NULL;
  cuxas_error                       err;
  cuxas_simulate_settings           settings = *small_settings();
  make_copper(&b);
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 0, BAD, 1, &simulation, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "M5");
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 4, L3, 1, &simulation, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 0, L3, 0, &simulation, &err), CUXAS_ERANGE);
  b.number[0] = 99;
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 1, L3, 1, &simulation, &err), CUXAS_EUNSUPPORTED);
  b.number[0]        = 29;
  b.fractional[1][1] = b.fractional[1][2] = 0.02; /* 0.1 A apart */
  CHECK_STATUS(cuxas_simulate_site(simulator, &b.crystal, 0, L3, 1, &simulation, &err), CUXAS_ERANGE);
  CHECK(simulation == NULL);
  cuxas_simulator_free(simulator);
  settings.fermi_radius_A = 7.0;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_ERANGE);
  settings.fermi_radius_A = 0.0;
  settings.residual       = 0.2;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_ERANGE);
  settings.residual = 0.0;
  settings.radius_A = 0.0;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, &err), CUXAS_ERANGE);
  cuxas_simulator_free(NULL);
  cuxas_simulation_free(NULL);
}

int main(void)
{
  RUN(test_edges_of_copper_are_where_they_belong);
  RUN(test_equivalent_sites_cells_and_threads_change_nothing);
  RUN(test_a_hole_that_is_projected_keeps_the_white_line_of_an_open_shell);
  RUN(test_a_polarised_fermi_level_brings_back_a_white_line_and_leaves_what_has_one);
  RUN(test_a_polarised_fermi_level_moves_smoothly_with_the_lattice);
  RUN(test_a_polarised_fermi_level_is_none_of_closed_shells_and_feff);
  RUN(test_a_shell_that_falls_below_the_border_is_taken_in);
  RUN(test_a_larger_cluster_for_the_fermi_level_moves_a_spectrum_to_where_larger_clusters_have_it);
  RUN(test_a_looser_residual_hardly_changes_a_spectrum);
  RUN(test_what_cannot_be_simulated_is_refused);
  return CHECK_REPORT();
}
