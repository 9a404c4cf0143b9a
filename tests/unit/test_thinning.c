#include "check.h"
#include "base/memory.h"
#include "copper.h"

static void test_fewer_energies_give_the_same_scattering(void)
{
  static const _Bool      WANTED[CUXAS_N_L] = {1, 0, 1, 0};
  copper                  c;
  cuxas_photoelectron    *electron = NULL;
  cuxas_scattering_effort all_effort;
  cuxas_surroundings     *thin = NULL;
  double                  most = 0.0, largest = 0.0;
  make_copper(&c, 4.0);
  double complex *all = cuxas_new(NULL, c.mesh->n_energy, CUXAS_N_L * sizeof *all);
  CHECK_STATUS(cuxas_photoelectron_new(c.muffin_tin, c.mesh, c.self_energy, &electron, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_scattering_run(c.scattering, electron, WANTED, all, &all_effort, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_surroundings_new(c.scattering, c.muffin_tin, c.self_energy, c.mesh, WANTED, &thin, NULL),
               CUXAS_OK);
  for (size_t i = 0; i < c.mesh->n_energy; i++)
    for (size_t l = 0; l < CUXAS_N_L; l++) {
      const size_t         at   = i * CUXAS_N_L + l;
      const double complex here = cuxas_echo_mean(&thin->echo[i], (int)l);
      if (i < c.mesh->i_fermi || !WANTED[l]) CHECK(here == 0.0);
      if (i < c.mesh->i_fermi) continue;
      most    = fmax(most, cabs(here - all[at]));
      largest = fmax(largest, cabs(all[at]));
    }
  CHECK(largest > 0.3);
  CHECK_NEAR(most, 0.0, 0.01);
  CHECK(thin->effort.n_iteration < 2 * all_effort.n_iteration / 3);
  free(all);
  cuxas_surroundings_free(thin);
  cuxas_photoelectron_free(electron);
  free_copper(&c);
}

/* The absorber's own potential changes: its surroundings need not be asked again. */
static void test_another_absorber_needs_no_new_scattering(void)
{
  static const bool   WANTED[CUXAS_N_L] = {1, 0, 1, 0};
  copper              c;
  cuxas_echo         *closed = NULL;
  cuxas_surroundings *before = NULL, *anew = NULL;
  double              most = 0.0, changed = 0.0;
  make_copper(&c, 4.0);
  CHECK_STATUS(cuxas_surroundings_new(c.scattering, c.muffin_tin, c.self_energy, c.mesh, WANTED, &before, NULL),
               CUXAS_OK);
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    c.muffin_tin->scatterer[0].total_hartree[k] -= 0.1 * exp(-cuxas_radial_r(k));
  CHECK_STATUS(cuxas_surroundings_echo(before, c.muffin_tin, c.self_energy, &closed, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_surroundings_new(c.scattering, c.muffin_tin, c.self_energy, c.mesh, WANTED, &anew, NULL),
               CUXAS_OK);
  for (size_t i = c.mesh->i_fermi; i < c.mesh->n_energy; i++) {
    const double complex there = cuxas_echo_mean(&anew->echo[i], 2);
    most                       = fmax(most, cabs(cuxas_echo_mean(&closed[i], 2) - there));
    changed                    = fmax(changed, cabs(cuxas_echo_mean(&before->echo[i], 2) - there));
  }
  printf("    closed within %.5f of scattered anew, which moves g by %.3f\n", most, changed);
  CHECK(changed > 0.01);
  CHECK(most < 0.002);
  free(closed);
  cuxas_surroundings_free(before);
  cuxas_surroundings_free(anew);
  free_copper(&c);
}

int main(void)
{
  openblas_set_num_threads(1);
  RUN(test_fewer_energies_give_the_same_scattering);
  RUN(test_another_absorber_needs_no_new_scattering);
  return CHECK_REPORT();
}
