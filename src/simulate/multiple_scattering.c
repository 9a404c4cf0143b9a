/* multiple_scattering.c - what comes back to the absorber, at every energy
 *
 * Contents: energies one by one - as few energies as smoothness allows */
#include "simulate/multiple_scattering_priv.h"
#include "base/memory.h"
#include "base/units.h"

#include <f77blas.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ==== energies one by one ========================================================================================= */

/* ---- geometry --------------------------------------------------------------------------------------------------- */

static cuxas_status fill_turns(cuxas_scattering *s, cuxas_error *err)
{
  const size_t n_operation = s->symmetry->n_operation;
  if ((s->turn = cuxas_new(err, n_operation, sizeof *s->turn)) == NULL) return CUXAS_ENOMEM;
  for (size_t o = 0; o < n_operation; o++) {
    double             turn[CUXAS_N_LM][CUXAS_N_LM];
    const cuxas_status status = cuxas_harmonics_turn((const double(*)[3])s->symmetry->operation[o], turn, err);
    if (status != CUXAS_OK) return status;
    for (int i = 0; i < CUXAS_N_LM; i++)
      for (int j = 0; j < CUXAS_N_LM; j++) s->turn[o][i][j] = (float)turn[i][j];
  }
  return CUXAS_OK;
}

cuxas_status cuxas_scattering_new(const cuxas_cluster *cluster, cuxas_scattering **ret_scattering, cuxas_error *err)
{
  cuxas_status      status;
  cuxas_scattering *s = cuxas_new(err, 1, sizeof *s);
  *ret_scattering     = NULL;
  if (s != NULL) {
    s->potential = cuxas_new(err, cluster->n_atom, sizeof *s->potential);
    s->memory    = cuxas_new(err, 1, sizeof *s->memory);
  }
  if (s == NULL || s->potential == NULL || s->memory == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  s->n_atom      = cluster->n_atom;
  s->n_potential = cluster->n_potential;
  for (size_t i = 0; i < s->n_atom; i++) s->potential[i] = cluster->atom[i].potential;
  if ((status = cuxas_bonds_new(cluster, &s->bonds, err)) != CUXAS_OK ||
      (status = cuxas_site_symmetry_find(cluster, &s->symmetry, err)) != CUXAS_OK ||
      (status = fill_turns(s, err)) != CUXAS_OK)
    goto done;
  *ret_scattering = s;
  s               = NULL;
done:
  cuxas_scattering_free(s);
  return status;
}

bool cuxas_scattering_has_inversion(const cuxas_scattering *scattering)
{
  for (size_t o = 0; o < scattering->symmetry->n_operation; o++) {
    const double(*m)[3] = (const double(*)[3])scattering->symmetry->operation[o];
    if (m[0][0] + m[1][1] + m[2][2] < -2.999) return true;
  }
  return false;
}

void cuxas_scattering_free(cuxas_scattering *scattering)
{
  if (scattering == NULL) return;
  free(scattering->potential);
  if (scattering->memory != NULL) free(scattering->memory->field);
  free(scattering->memory);
  free(scattering->turn);
  cuxas_bonds_free(scattering->bonds);
  cuxas_site_symmetry_free(scattering->symmetry);
  free(scattering);
}

/* ---- energies --------------------------------------------------------------------------------------------------- */

double complex cuxas_echo_mean(const cuxas_echo *echo, int l)
{
  double complex sum = 0.0;
  for (int m = l * l; m < (l + 1) * (l + 1); m++) sum += echo->at[m][m];
  return sum / (2.0 * l + 1.0);
}

static bool is_finite(const cuxas_echo *echo)
{
  for (int m = 0; m < CUXAS_N_LM; m++)
    for (int n = 0; n < CUXAS_N_LM; n++)
      if (!isfinite(creal(echo->at[m][n])) || !isfinite(cimag(echo->at[m][n]))) return false;
  return true;
}

bool cuxas_echo_replace(const cuxas_echo *echo, const double complex *t_old, const double complex *t_new,
                        cuxas_echo *ret_echo)
{
  double complex matrix[CUXAS_N_LM][CUXAS_N_LM]; /* its transpose, as Fortran reads it: 1 + g (t_old - t_new) */
  blasint        n = CUXAS_N_LM, info = 0, pivot[CUXAS_N_LM];
  for (int i = 0; i < CUXAS_N_LM; i++)
    for (int j = 0; j < CUXAS_N_LM; j++) {
      matrix[j][i]       = (i == j ? 1.0 : 0.0) + echo->at[i][j] * (t_old[j] - t_new[j]);
      ret_echo->at[j][i] = echo->at[i][j];
    }
  BLASFUNC(zgesv)(&n, &n, (double *)matrix, &n, pivot, (double *)ret_echo->at, &n, &info);
  return info == 0 && is_finite(ret_echo);
}

/* ---- chains of energies ----------------------------------------------------------------------------------------- */

/* Energies of a chain are solved one after another from its end, where iterations are few, towards the Fermi level and the real axis.
 * Chains are what threads share: the same ones however many. */
enum { CHAIN = 12 };
#define LIKE_RAD 3.0 /* waves across the cluster may differ by so much in phase for one to be a start for the other */

typedef struct {
  const cuxas_photoelectron *electron;
  size_t                     first, end; /* its energies, without the end */
  bool                       is_known;   /* a former run has left fields */
} chain;

/* Room for the fields of all energies; those of a former run stay. */
static bool make_memory(const cuxas_scattering *s, size_t n_energy, size_t n_column, bool *ret_is_known)
{
  cuxas_scattering_memory *memory = s->memory;
  *ret_is_known                   = memory->n_energy == n_energy && memory->n_column == n_column;
  if (*ret_is_known || !s->is_chained) return true;
  free(memory->field);
  memory->n_energy = n_energy;
  memory->n_column = n_column;
  memory->field    = cuxas_new(NULL, n_energy, s->n_atom * CUXAS_N_LM * n_column * sizeof *memory->field);
  if (memory->field == NULL) memory->n_energy = 0;
  return memory->field != NULL;
}

static void find_fields(const cuxas_scattering *s, const chain *c, size_t i_energy, cuxas_krylov_fields *ret)
{
  const size_t          most   = sizeof ret->known / sizeof *ret->known;
  const size_t          length = s->n_atom * CUXAS_N_LM * s->memory->n_column;
  const double          across = s->bonds->n_length > 0 ? s->bonds->length_bohr[s->bonds->n_length - 1] : 0.0;
  const double complex *k      = c->electron->wave_number;
  ret->own                     = s->memory->field + i_energy * length;
  ret->n_known                 = 0;
  if (c->is_known) ret->known[ret->n_known++] = ret->own;
  for (size_t j = i_energy + 1; j < c->end && ret->n_known < most; j++) {
    if (!(cabs(k[j] - k[i_energy]) * across < LIKE_RAD)) break;
    ret->known[ret->n_known++] = s->memory->field + j * length;
  }
}

/* One energy. */
static cuxas_status solve(const chain *c, size_t i_energy, cuxas_scattering_matrix *matrix, cuxas_krylov *krylov,
                          cuxas_echo *ret_echo, cuxas_scattering_effort *ret_effort, cuxas_error *err)
{
  const bool          is_chained = matrix->scattering->is_chained;
  cuxas_krylov_fields fields;
  bool                is_direct = false;
  if (is_chained) find_fields(matrix->scattering, c, i_energy, &fields);
  cuxas_scattering_matrix_fill(matrix, c->electron, i_energy);
  const bool success =
      cuxas_krylov_solve(krylov, matrix, is_chained ? &fields : NULL, ret_echo, &ret_effort->n_iteration, &is_direct);
  ret_effort->n_direct = is_direct;
  if (success && is_finite(ret_echo)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ENUMERIC, "multiple scattering: no finite solution at energy %zu", i_energy);
}

cuxas_status cuxas_scattering_echoes(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     const bool is_wanted[CUXAS_N_L], cuxas_echo *ret_echo,
                                     cuxas_scattering_effort *opt_effort, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  const size_t n_energy = electron->n_energy, length = scattering->is_chained ? CHAIN : 1;
  size_t       failed = n_energy, n_iteration = 0, n_direct = 0, n_column = 0; /* the first energy that failed counts */
  bool         is_known = false;
  for (size_t l = 0; l < CUXAS_N_L; l++) n_column += is_wanted[l] ? 2 * l + 1 : 0;
  if (electron->n_scatterer != scattering->n_potential)
    return cuxas_fail(err, CUXAS_ERANGE, "multiple scattering: %zu potentials, the cluster has %zu",
                      electron->n_scatterer, scattering->n_potential);
  if (!make_memory(scattering, n_energy, n_column, &is_known)) return cuxas_no_memory(err);
#pragma omp parallel reduction(+ : n_iteration, n_direct)
  {
    cuxas_scattering_matrix *matrix = cuxas_scattering_matrix_new(scattering, is_wanted);
    cuxas_krylov            *krylov = cuxas_krylov_new(scattering->n_atom * CUXAS_N_LM, is_wanted);
#pragma omp for schedule(dynamic)
    for (size_t i_chain = 0; i_chain < (n_energy + length - 1) / length; i_chain++) {
      const size_t end = n_energy - i_chain * length;
      const chain  c   = {electron, end > length ? end - length : 0, end, is_known};
      for (size_t i = end; i-- > c.first;) {
        cuxas_error             own    = {.message = ""};
        cuxas_scattering_effort effort = {0};
        const cuxas_status      result = matrix == NULL || krylov == NULL
                                             ? cuxas_no_memory(&own)
                                             : solve(&c, i, matrix, krylov, &ret_echo[i], &effort, &own);
        n_iteration += effort.n_iteration;
        n_direct += effort.n_direct;
#pragma omp critical(cuxas_scattering_failed)
        if (result != CUXAS_OK && i < failed) {
          failed = i;
          status = cuxas_fail(err, result, "%s", own.message);
        }
      }
    }
    cuxas_scattering_matrix_free(matrix);
    cuxas_krylov_free(krylov);
  }
  if (opt_effort != NULL)
    *opt_effort = (cuxas_scattering_effort){scattering->symmetry->n_operation, scattering->symmetry->n_orbit,
                                            n_iteration, n_direct};
  return status;
}

cuxas_status cuxas_scattering_run(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                  const bool is_wanted[CUXAS_N_L], double complex *ret_g,
                                  cuxas_scattering_effort *opt_effort, cuxas_error *err)
{
  cuxas_echo *echo = cuxas_new(err, electron->n_energy, sizeof *echo);
  if (echo == NULL) return CUXAS_ENOMEM;
  const cuxas_status status = cuxas_scattering_echoes(scattering, electron, is_wanted, echo, opt_effort, err);
  for (size_t i = 0; i < electron->n_energy && status == CUXAS_OK; i++)
    for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[i * CUXAS_N_L + (size_t)l] = cuxas_echo_mean(&echo[i], l);
  free(echo);
  return status;
}

/* ==== as few energies as smoothness allows ======================================================================== */

#define STEP_WIDTH 0.5 /* steps at the Fermi level, in core hole's widths: half the width is the distance to the axis */
#define STEP_GROWTH 0.07 /* and how they grow with the energy above it, */
#define WIDEST_EV 2.3    /* up to here: waves from 5 A and back turn by 0.8 rad between two such points at 60 eV */
#define VERTICAL_STEP 2  /* of the points above the Fermi level every second is taken */

static double next_above(double above, double half_width)
{
  const double first = STEP_WIDTH * 2.0 * half_width;
  return above + fmin(first + STEP_GROWTH * above, fmax(first, WIDEST_EV / CUXAS_HARTREE_EV));
}

/* From the Fermi level in growing steps to the mesh's end, stretched to meet it; then upwards. */
static cuxas_status make_thin_mesh(const cuxas_energy_mesh *mesh, cuxas_energy_mesh *ret_thin, cuxas_error *err)
{
  const double end     = creal(mesh->energy_hartree[mesh->n_spectrum - 1]) - mesh->fermi_hartree;
  const double width   = mesh->half_width_hartree;
  size_t       n_step  = 0;
  double       reached = 0.0;
  for (; reached < end * (1.0 - 1e-9); n_step++) reached = next_above(reached, width);
  *ret_thin =
      (cuxas_energy_mesh){.n_spectrum         = n_step + 1,
                          .fermi_hartree      = mesh->fermi_hartree,
                          .half_width_hartree = width,
                          .energy_hartree     = cuxas_new(err, n_step + 1 + mesh->n_energy, sizeof(double complex))};
  if (ret_thin->energy_hartree == NULL) return cuxas_no_memory(err);
  double above = 0.0;
  for (size_t i = 0; i <= n_step; i++, above = next_above(above, width))
    ret_thin->energy_hartree[i] = mesh->fermi_hartree + (n_step > 0 ? above * end / reached : 0.0) + I * width;
  ret_thin->n_energy = ret_thin->n_spectrum;
  for (size_t i = mesh->n_spectrum; i < mesh->n_energy; i++)
    if (i == mesh->n_spectrum || (mesh->n_energy - 1 - i) % VERTICAL_STEP == 0)
      ret_thin->energy_hartree[ret_thin->n_energy++] = mesh->energy_hartree[i];
  return CUXAS_OK;
}

/* The variable in which G is smooth: along the axis the energy, upwards the logarithm of the height. */
static double position(const cuxas_energy_mesh *mesh, size_t i)
{
  return i < mesh->n_spectrum ? creal(mesh->energy_hartree[i]) : log(cimag(mesh->energy_hartree[i]));
}

/* Lagrange's cubic through the four nodes around x, of those from first to end; fewer nodes, lower degree. */
static void interpolate(const cuxas_energy_mesh *thin, const cuxas_echo *echo, size_t first, size_t end, double x,
                        cuxas_echo *ret_echo)
{
  const size_t n = end - first < 4 ? end - first : 4;
  while (first + n < end && position(thin, first + n / 2) <= x) first++;
  memset(ret_echo, 0, sizeof *ret_echo);
  for (size_t a = first; a < first + n; a++) {
    double weight = 1.0;
    for (size_t b = first; b < first + n; b++)
      if (b != a) weight *= (x - position(thin, b)) / (position(thin, a) - position(thin, b));
    for (size_t i = 0; i < CUXAS_N_LM; i++)
      for (size_t j = 0; j < CUXAS_N_LM; j++) ret_echo->at[i][j] += weight * echo[a].at[i][j];
  }
}

/* From the thin mesh to all energies that the spectrum needs. */
static cuxas_echo *spread(const cuxas_energy_mesh *thin, const cuxas_echo *echo, const cuxas_energy_mesh *mesh)
{
  cuxas_echo *all = cuxas_new(NULL, mesh->n_energy, sizeof *all);
  if (all == NULL) return NULL;
  for (size_t i = mesh->i_fermi; i < mesh->n_energy; i++)
    if (i >= mesh->n_spectrum)
      interpolate(thin, echo, thin->n_spectrum, thin->n_energy, position(mesh, i), &all[i]);
    else
      interpolate(thin, echo, 0, thin->n_spectrum, position(mesh, i), &all[i]);
  return all;
}

cuxas_status cuxas_surroundings_new(const cuxas_scattering *scattering, const cuxas_muffin_tin *muffin_tin,
                                    const cuxas_self_energy *self_energy, const cuxas_energy_mesh *mesh,
                                    const bool is_wanted[CUXAS_N_L], cuxas_surroundings **ret_surroundings,
                                    cuxas_error *err)
{
  cuxas_status        status;
  cuxas_surroundings *s = cuxas_new(err, 1, sizeof *s);
  *ret_surroundings     = NULL;
  if (s == NULL) return CUXAS_ENOMEM;
  s->mesh = mesh;
  if ((status = make_thin_mesh(mesh, &s->thin, err)) != CUXAS_OK ||
      (status = cuxas_photoelectron_new(muffin_tin, &s->thin, self_energy, &s->electron, err)) != CUXAS_OK)
    goto done;
  if ((s->thin_echo = cuxas_new(err, s->thin.n_energy, sizeof *s->thin_echo)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = cuxas_scattering_echoes(scattering, s->electron, is_wanted, s->thin_echo, &s->effort, err)) != CUXAS_OK)
    goto done;
  if ((s->echo = spread(&s->thin, s->thin_echo, mesh)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  *ret_surroundings = s;
  s                 = NULL;
done:
  cuxas_surroundings_free(s);
  return status;
}

void cuxas_surroundings_free(cuxas_surroundings *surroundings)
{
  if (surroundings == NULL) return;
  free(surroundings->thin.energy_hartree);
  cuxas_photoelectron_free(surroundings->electron);
  free(surroundings->thin_echo);
  free(surroundings->echo);
  free(surroundings);
}

static void set_t(const double complex *phase_shift, double complex ret_t[CUXAS_N_LM])
{
  for (int l = 0, i = 0; l <= CUXAS_L_MAX; l++)
    for (; i < (l + 1) * (l + 1); i++) ret_t[i] = cexp(I * phase_shift[l]) * csin(phase_shift[l]);
}

cuxas_status cuxas_surroundings_echo(const cuxas_surroundings *surroundings, const cuxas_muffin_tin *muffin_tin,
                                     const cuxas_self_energy *self_energy, cuxas_echo **ret_echo, cuxas_error *err)
{
  const cuxas_surroundings *s        = surroundings;
  cuxas_muffin_tin          alone    = *muffin_tin;
  cuxas_photoelectron      *electron = NULL;
  cuxas_echo               *thin     = cuxas_new(err, s->thin.n_energy, sizeof *thin);
  cuxas_status              status   = CUXAS_OK;
  *ret_echo                          = NULL;
  alone.n_scatterer                  = 1;
  if (thin == NULL) return CUXAS_ENOMEM;
  if ((status = cuxas_photoelectron_new(&alone, &s->thin, self_energy, &electron, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < s->thin.n_energy; i++) {
    double complex t_old[CUXAS_N_LM], t_new[CUXAS_N_LM];
    set_t(s->electron->phase_shift + i * s->electron->n_scatterer * CUXAS_N_L, t_old);
    set_t(electron->phase_shift + i * CUXAS_N_L, t_new);
    if (cuxas_echo_replace(&s->thin_echo[i], t_old, t_new, &thin[i])) continue;
    status = cuxas_fail(err, CUXAS_ENUMERIC, "multiple scattering: no finite solution at energy %zu", i);
    goto done;
  }
  if ((*ret_echo = spread(&s->thin, thin, s->mesh)) == NULL) status = cuxas_no_memory(err);
done:
  cuxas_photoelectron_free(electron);
  free(thin);
  return status;
}
