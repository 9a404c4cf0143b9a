/* Surroundings of copper: of one structure, and by the votes of many. */
#include "check.h"
#include "cuxas/crystal.h"
#include "match/answer.h"
#include "match/hits.h"

#include <math.h>
#include <stdio.h>

static cuxas_site_surroundings surroundings_of(const char *name)
{
  char                    path[256];
  cuxas_crystal          *crystal = NULL;
  cuxas_orbits           *orbits  = NULL;
  cuxas_site_surroundings of      = {0};
  snprintf(path, sizeof path, "refdb/%s.cif", name);
  CHECK_STATUS(cuxas_crystal_read(path, &crystal, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, 29, CUXAS_SYMPREC_A, &orbits, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_surroundings_find(crystal, orbits->first_site, orbits->multiplicity, orbits->n_orbit, &of, NULL),
               CUXAS_OK);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  return of;
}

static void test_cuprite_is_two_fold_cu_i_in_oxygen(void)
{
  const cuxas_site_surroundings of = surroundings_of("structures/Cu2O");
  CHECK(of.is_known);
  CHECK_NEAR(of.state[1], 1.0, 1e-12);
  CHECK_NEAR(of.coordination[2], 1.0, 1e-12);
  CHECK_NEAR(of.ligand[CUXAS_LIGANDS_OXIDE], 1.0, 1e-12);
  CHECK_NEAR(of.distance_A, 1.85, 0.02);
}

static void test_copper_next_to_sulfur_counts_as_cu_i_whatever_its_formal_state(void)
{
  const cuxas_site_surroundings of = surroundings_of("structures/CuS");
  CHECK_NEAR(of.state[1], 1.0, 1e-12);
  CHECK_NEAR(of.coordination[3], 1.0 / 3.0, 1e-12);
  CHECK_NEAR(of.coordination[4], 2.0 / 3.0, 1e-12);
}

static void test_metal_is_cu_0_and_tenorite_cu_ii(void)
{
  CHECK_NEAR(surroundings_of("structures/Cu").state[0], 1.0, 1e-12);
  CHECK_NEAR(surroundings_of("structures/Cu").coordination[12], 1.0, 1e-12);
  CHECK_NEAR(surroundings_of("structures/CuO").state[2], 1.0, 1e-12);
}

/* Cu(I) in two-fold oxide with score a, Cu(II) in four-fold oxide with score b. */
static cuxas_surroundings two_votes(double a, double b, double onset_eV, cuxas_axis axis)
{
  const cuxas_site_surroundings one    = {.is_known     = true,
                                          .state        = {0, 1, 0},
                                          .coordination = {[2] = 1},
                                          .ligand       = {[CUXAS_LIGANDS_OXIDE] = 1},
                                          .distance_A   = 1.85};
  const cuxas_site_surroundings two    = {.is_known     = true,
                                          .state        = {0, 0, 1},
                                          .coordination = {[4] = 1},
                                          .ligand       = {[CUXAS_LIGANDS_OXIDE] = 1},
                                          .distance_A   = 1.95};
  const cuxas_site_surroundings unsaid = {.is_known = false};
  const cuxas_surroundings_vote vote[] = {{a, &one}, {b, &two}, {1e3, &unsaid}, {NAN, &one}};
  cuxas_surroundings            result;
  CHECK_STATUS(cuxas_surroundings_weigh(vote, 4, NAN, onset_eV, axis, &result, NULL), CUXAS_OK);
  return result;
}

static void test_equal_scores_without_an_onset_decide_nothing(void)
{
  const cuxas_surroundings result = two_votes(10.0, 10.0, NAN, CUXAS_AXIS_ABSORPTION);
  CHECK(result.n_candidate == 2);
  CHECK_NEAR(result.effective, 2.0, 1e-12);
  CHECK_NEAR(result.state[1], 0.5, 1e-12);
  CHECK_NEAR(result.coordination[4], 0.5, 1e-12);
  CHECK_NEAR(result.ligand[CUXAS_LIGANDS_OXIDE], 1.0, 1e-12);
  CHECK_NEAR(result.distance_A, 1.90, 1e-12);
  CHECK_NEAR(result.distance_sd_A, 0.05, 1e-12);
}

static void test_scores_are_tempered(void)
{
  const cuxas_surroundings result =
      two_votes(CUXAS_SURROUNDINGS_TEMPERATURE * log(3.0), 0.0, NAN, CUXAS_AXIS_ABSORPTION);
  CHECK_NEAR(result.state[1], 0.75, 1e-12);
}

static void test_low_onset_speaks_for_cu_ii_unless_the_axis_is_unknown(void)
{
  CHECK(two_votes(10.0, 10.0, 930.6, CUXAS_AXIS_ABSORPTION).state[2] > 0.9);
  CHECK(two_votes(10.0, 10.0, 933.3, CUXAS_AXIS_ABSORPTION).state[1] > 0.9);
  CHECK_NEAR(two_votes(10.0, 10.0, 930.6, CUXAS_AXIS_UNKNOWN).state[2], 0.5, 1e-12);
}

static void test_energy_losses_read_lower(void)
{
  const double onset_eV = 932.5; /* Cu2O in EELS, or the metal in absorption */
  CHECK(cuxas_state_onset_likelihood(1, onset_eV, CUXAS_AXIS_EELS) >
        cuxas_state_onset_likelihood(2, onset_eV, CUXAS_AXIS_EELS));
  CHECK(cuxas_state_onset_likelihood(0, onset_eV, CUXAS_AXIS_ABSORPTION) >
        2.0 * cuxas_state_onset_likelihood(1, onset_eV, CUXAS_AXIS_ABSORPTION));
}

static void test_onset_likelihoods_are_densities(void)
{
  for (int state = 0; state < CUXAS_N_STATE; state++) {
    double sum = 0.0;
    for (int i = -3000; i <= 3000; i++)
      sum += 0.01 * cuxas_state_onset_likelihood(state, 932.0 + 0.01 * i, CUXAS_AXIS_ABSORPTION);
    CHECK_NEAR(sum, 1.0, 1e-3);
  }
}

static void test_no_votes_know_nothing(void)
{
  cuxas_surroundings result;
  CHECK_STATUS(cuxas_surroundings_weigh(NULL, 0, NAN, 931.0, CUXAS_AXIS_ABSORPTION, &result, NULL), CUXAS_OK);
  CHECK(result.n_candidate == 0 && isnan(result.distance_A));
}

int main(void)
{
  RUN(test_cuprite_is_two_fold_cu_i_in_oxygen);
  RUN(test_copper_next_to_sulfur_counts_as_cu_i_whatever_its_formal_state);
  RUN(test_metal_is_cu_0_and_tenorite_cu_ii);
  RUN(test_equal_scores_without_an_onset_decide_nothing);
  RUN(test_scores_are_tempered);
  RUN(test_low_onset_speaks_for_cu_ii_unless_the_axis_is_unknown);
  RUN(test_energy_losses_read_lower);
  RUN(test_onset_likelihoods_are_densities);
  RUN(test_no_votes_know_nothing);
  return CHECK_REPORT();
}
