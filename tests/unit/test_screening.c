#include "simulate/edge_priv.h"
#include "simulate/photoelectron_priv.h"
#include "base/units.h"
#include "simulate/valence_priv.h"
#include "check.h"
#include "records/dataset.h"
#include "cuxas/records.h"
#include "cuxas/simulate.h"
#include "free_atoms.h"

#include <gsl/gsl_integration.h>
#include <omp.h>

#define PI 3.14159265358979323846

/* ---- copper in rock salt's structure with oxygen, overlapped atoms: enough for a response -------------------------- */

typedef struct {
  cuxas_crystal    *crystal;
  cuxas_cluster    *cluster;
  cuxas_muffin_tin *muffin_tin;
  atoms             free_atom;
} fixture;

static void make_fixture(fixture *f)
{
  double      share[MAX_POTENTIAL];
  cuxas_error err = {.message = ""};
  *f              = (fixture){.crystal = rock_salt(29, 8, 4.2)};
  CHECK_STATUS(cuxas_cluster_new(f->crystal, 0, 10.0, 0, &f->cluster, &err), CUXAS_OK);
  cuxas_muffin_tin_shares(f->crystal, f->cluster, share);
  CHECK(make_atoms(f->cluster, &f->free_atom));
  CHECK_STATUS(cuxas_muffin_tin_new(f->cluster, f->free_atom.atom, share, &f->muffin_tin, &err), CUXAS_OK);
}

static void clear_fixture(fixture *f)
{
  cuxas_muffin_tin_free(f->muffin_tin);
  free_atoms(&f->free_atom);
  cuxas_cluster_free(f->cluster);
  cuxas_crystal_free(f->crystal);
}

static cuxas_screening *respond(const fixture *f, double below_fermi_eV)
{
  cuxas_screening *screening = NULL;
  cuxas_error      err       = {.message = ""};
  CHECK_STATUS(cuxas_screening_new(f->cluster, f->muffin_tin,
                                   f->muffin_tin->fermi_hartree - below_fermi_eV / CUXAS_HARTREE_EV, &screening, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return screening;
}

static const cuxas_orbital *core_of(const fixture *f)
{
  return cuxas_atom_orbital(f->free_atom.atom[0], 2, -2); /* 2p3/2: L3 */
}

static size_t index_of(double r_bohr)
{
  size_t k = 0;
  while (cuxas_radial_r(k) < r_bohr) k++;
  return k;
}

/* ---- limits ----------------------------------------------------------------------------------------------------- */

static void test_without_valence_electrons_the_hole_stays_bare(void)
{
  fixture         f;
  cuxas_core_hole hole;
  make_fixture(&f);
  cuxas_screening *screening = respond(&f, 1e-4);
  CHECK_STATUS(cuxas_screening_solve(screening, core_of(&f), &hole, NULL), CUXAS_OK);
  for (size_t k = 0; k < index_of(f.muffin_tin->scatterer[0].muffin_tin_radius_bohr); k++)
    CHECK_NEAR(hole.screened_hartree[k] / hole.bare_hartree[k], 1.0, 2e-3);
  CHECK_NEAR(hole.charge, 0.0, 1e-3);
  cuxas_screening_free(screening);
  clear_fixture(&f);
}

static void test_the_bare_hole_is_a_missing_electron(void)
{
  fixture         f;
  cuxas_core_hole hole;
  double          inverse_r[CUXAS_RADIAL_POINTS];
  make_fixture(&f);
  const cuxas_orbital *core      = core_of(&f);
  cuxas_screening     *screening = respond(&f, 40.0);
  CHECK_STATUS(cuxas_screening_solve(screening, core, &hole, NULL), CUXAS_OK);
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    inverse_r[k] = (core->large[k] * core->large[k] + core->small[k] * core->small[k]) / cuxas_radial_r(k);
  CHECK_NEAR(hole.bare_hartree[0], -cuxas_radial_integrate(inverse_r, CUXAS_RADIAL_POINTS, 1.0), 1e-3);
  for (double r = 1.5; r < 10.0; r += 1.0)
    CHECK_NEAR(hole.bare_hartree[index_of(r)] * cuxas_radial_r(index_of(r)), -1.0, 1e-3);
  cuxas_screening_free(screening);
  clear_fixture(&f);
}

static void test_about_one_electron_comes_to_the_hole(void)
{
  fixture         f;
  cuxas_core_hole hole;
  make_fixture(&f);
  cuxas_screening *screening = respond(&f, 40.0);
  const size_t     norman    = index_of(f.muffin_tin->scatterer[0].norman_radius_bohr);
  CHECK_STATUS(cuxas_screening_solve(screening, core_of(&f), &hole, NULL), CUXAS_OK);
  CHECK_NEAR(hole.charge, 1.0, 0.15);
  CHECK(hole.screened_hartree[0] < -2.0 && hole.screened_hartree[0] > 0.8 * hole.bare_hartree[0]);
  CHECK_NEAR(hole.screened_hartree[norman], 0.0, 0.06);
  CHECK(hole.bare_hartree[norman] < -0.3);
  cuxas_screening_free(screening);
  clear_fixture(&f);
}

/* ---- first order ------------------------------------------------------------------------------------------------ */

/* 4 pi r^2 density of a lone sphere's electrons from 40 eV below the Fermi level on, by the Green function itself. */
static void count_shell(const fixture *f, double *ret_shell)
{
  enum { N = 32 };
  static cuxas_wave_sphere       sphere;
  static double complex          green[CUXAS_N_L][CUXAS_VALENCE_POINTS];
  static const double complex    NONE[CUXAS_N_L];
  static double                  table[CUXAS_VALENCE_POINTS];
  double complex                 energy[N], weight[N];
  gsl_integration_glfixed_table *rule     = gsl_integration_glfixed_table_alloc(N);
  cuxas_photoelectron           *electron = NULL;
  const double                   half = 20.0 / CUXAS_HARTREE_EV, middle = f->muffin_tin->fermi_hartree - half;
  for (size_t e = 0; e < N; e++) {
    double angle, w;
    gsl_integration_glfixed_point(0.0, PI, e, &angle, &w, rule);
    energy[e] = middle - half * cexp(-I * angle); /* half a circle: another way than the module's */
    weight[e] = w * I * half * cexp(-I * angle);
  }
  gsl_integration_glfixed_table_free(rule);
  const cuxas_energy_mesh mesh = {.n_energy = N, .energy_hartree = energy};
  CHECK_STATUS(cuxas_wave_sphere_set(&f->muffin_tin->scatterer[0], &sphere, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_photoelectron_new(f->muffin_tin, &mesh, NULL, &electron, NULL), CUXAS_OK);
  memset(table, 0, sizeof table);
  for (size_t e = 0; e < N; e++) {
    cuxas_valence_green(&sphere, energy[e], electron->wave_number[e],
                        electron->phase_shift + e * electron->n_scatterer * CUXAS_N_L, NONE, green);
    for (size_t l = 0; l < CUXAS_N_L; l++)
      for (size_t i = 0; i < cuxas_valence_points(&sphere); i++) table[i] -= cimag(weight[e] * green[l][i]) / PI;
  }
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) ret_shell[k] = cuxas_valence_at(&sphere, table, cuxas_radial_r(k));
  cuxas_photoelectron_free(electron);
}

static void test_the_response_is_the_derivative_of_the_density(void)
{
  static double change[CUXAS_RADIAL_POINTS], linear[CUXAS_RADIAL_POINTS], more[CUXAS_RADIAL_POINTS],
      less[CUXAS_RADIAL_POINTS];
  const double small = 1e-3;
  fixture      f;
  double       largest = 0.0;
  make_fixture(&f);
  f.cluster->n_atom          = 1; /* nothing scatters back: the density of one sphere is exact */
  cuxas_screening *screening = respond(&f, 40.0);
  cuxas_scatterer *absorber  = &f.muffin_tin->scatterer[0];
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) change[k] = exp(-4.0 * cuxas_radial_r(k) * cuxas_radial_r(k));
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) absorber->total_hartree[k] += small * change[k];
  count_shell(&f, more);
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) absorber->total_hartree[k] -= 2.0 * small * change[k];
  count_shell(&f, less);
  cuxas_screening_respond(screening, change, linear);
  for (size_t k = 0; k < index_of(3.0); k++) largest = fmax(largest, fabs(linear[k]));
  CHECK(largest > 0.01);
  for (size_t k = 60; k < index_of(3.0); k += 5)
    CHECK_NEAR(linear[k], (more[k] - less[k]) / (2.0 * small), 0.01 * largest);
  cuxas_screening_free(screening);
  clear_fixture(&f);
}

/* ---- the same always, and what is refused ------------------------------------------------------------------------ */

static void test_threads_change_nothing(void)
{
  fixture         f;
  cuxas_core_hole one, two;
  make_fixture(&f);
  omp_set_num_threads(1);
  cuxas_screening *screening = respond(&f, 40.0);
  CHECK_STATUS(cuxas_screening_solve(screening, core_of(&f), &one, NULL), CUXAS_OK);
  cuxas_screening_free(screening);
  omp_set_num_threads(2);
  screening = respond(&f, 40.0);
  CHECK_STATUS(cuxas_screening_solve(screening, core_of(&f), &two, NULL), CUXAS_OK);
  CHECK(memcmp(&one, &two, sizeof one) == 0);
  cuxas_screening_free(screening);
  clear_fixture(&f);
}

static void test_what_makes_no_sense_is_refused(void)
{
  fixture          f;
  cuxas_screening *screening = NULL;
  cuxas_error      err;
  make_fixture(&f);
  CHECK_STATUS(cuxas_screening_new(f.cluster, f.muffin_tin, f.muffin_tin->fermi_hartree, &screening, &err),
               CUXAS_ERANGE);
  CHECK_STATUS(cuxas_screening_new(f.cluster, f.muffin_tin, NAN, &screening, &err), CUXAS_ERANGE);
  f.muffin_tin->scatterer[0].norman_radius_bohr = 0.0;
  CHECK_STATUS(cuxas_screening_new(f.cluster, f.muffin_tin, -2.0, &screening, &err), CUXAS_ERANGE);
  CHECK(screening == NULL);
  cuxas_screening_free(NULL);
  clear_fixture(&f);
}

/* ---- against FEFF ----------------------------------------------------------------------------------------------- */

/* Mean absolute difference of both channels from FEFF's, and of FEFF's channels from each other. */
static void compare(cuxas_simulator *simulator, const cuxas_record *record, double limit)
{
  static const cuxas_simulated_kind KIND[2] = {{"L3", CUXAS_CHANNEL_NO_HOLE}, {"L3", CUXAS_CHANNEL_SCREENED_HOLE}};
  const cuxas_grid                  grid    = {925.0, 0.2, 312};
  double                            ours[2][312], feff[2][312], mae[2] = {0.0, 0.0}, apart = 0.0;
  cuxas_simulation                 *simulation = NULL;
  CHECK_STATUS(cuxas_simulate_site(simulator, record->crystal, record->site, KIND, 2, &simulation, NULL), CUXAS_OK);
  for (int c = 0; simulation != NULL && c < 2; c++) {
    const cuxas_simulated_edge *edge = &simulation->edge[c];
    const cuxas_record_curve curve   = {edge->n_point, edge->energy_eV, edge->mu, edge->edge_step, edge->width_eV, NAN};
    CHECK(edge->channel == KIND[c].channel);
    CHECK_STATUS(cuxas_dataset_resample(&curve, grid, ours[c], NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_dataset_resample(&record->curve[0][c], grid, feff[c], NULL), CUXAS_OK);
    for (int i = 0; i < 312; i++) mae[c] += fabs(ours[c][i] - feff[c][i]) / 312;
    CHECK_NEAR(edge->edge_step / simulation->edge[0].edge_step,
               record->curve[0][c].edge_step / record->curve[0][0].edge_step, 0.06);
  }
  for (int i = 0; simulation != NULL && i < 312; i++) apart += fabs(feff[0][i] - feff[1][i]) / 312;
  printf("    %s: without hole %.4f, screened %.4f from FEFF, whose channels are %.4f apart\n", record->id, mae[0],
         mae[1], apart);
  CHECK(mae[1] < limit && mae[1] < 0.6 * apart);
  cuxas_simulation_free(simulation);
}

static void test_the_screened_spectrum_is_that_of_feff(void)
{
  const char      *edge      = "L3";
  cuxas_records   *records   = NULL;
  cuxas_simulator *simulator = NULL;
  char            *path      = shared_data("feff10/literature.jsonl");
  if (path == NULL) SKIP("no simulated spectra in the shared data");
  const char *const file = path;
  CHECK_STATUS(cuxas_records_read(&file, 1, 29, &edge, 1, &records, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_simulator_new(&CUXAS_SIMULATE_QUICK, &simulator, NULL), CUXAS_OK);
  for (size_t i = 0; records != NULL && i < records->n_record; i++) {
    if (strcmp(records->record[i].id, "Cu2O") == 0) compare(simulator, &records->record[i], 0.025);
    if (strcmp(records->record[i].id, "Cu") == 0) compare(simulator, &records->record[i], 0.04);
  }
  cuxas_simulator_free(simulator);
  cuxas_records_free(records);
  free(path);
}

int main(void)
{
  RUN(test_without_valence_electrons_the_hole_stays_bare);
  RUN(test_the_bare_hole_is_a_missing_electron);
  RUN(test_about_one_electron_comes_to_the_hole);
  RUN(test_the_response_is_the_derivative_of_the_density);
  RUN(test_threads_change_nothing);
  RUN(test_what_makes_no_sense_is_refused);
  RUN(test_the_screened_spectrum_is_that_of_feff);
  return CHECK_REPORT();
}
