/* polarised.c - the channels of the l that light reaches best, and the spin-polarised d level of an open shell
 *
 * Contents: combinations of m - occupations - potentials and echoes - parts */
#include "base/memory.h"
#include "base/units.h"
#include "simulate/edge_priv.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_M = 2 * CUXAS_L_MAX + 1 };

#define PI 3.14159265358979323846
#define BASIS_EV 5.0 /* above the Fermi level: states that say which combinations of m are channels */
#define HOLE_EV 3.0  /* above the Fermi level: the d band's empty part */

/* Copper's U - J in oxides: 6 to 7 eV from constrained density functionals and spectra of CuO. V. I. Anisimov, J. Zaanen, O.
 * K. Andersen, Phys. Rev. B 44, 943 (1991), doi:10.1103/PhysRevB.44.943: U 7.5, J 0.98 eV. */
#define U_EV 6.5

/* ---- combinations of m ------------------------------------------------------------------------------------------ */

typedef struct {
  const cuxas_surroundings *surroundings;
  const cuxas_muffin_tin   *muffin_tin;
  const cuxas_self_energy  *self_energy;
  const cuxas_energy_mesh  *mesh;
  double complex           *turn; /* (n_energy) exp(2 i delta) of the absorber's waves of l, from the Fermi level on */
  double complex           *nested; /* (n_energy) 2 k times the integrals over the sphere of i P H exp(i delta) */
  double complex           *norm;   /* (n_energy) and of P^2 exp(2 i delta) */
} setting;

static cuxas_status set_waves(setting *s, int kappa, cuxas_error *err)
{
  cuxas_status       status = CUXAS_OK;
  cuxas_wave_sphere *sphere = cuxas_new(err, 1, sizeof *sphere);
  s->turn                   = cuxas_new(err, s->mesh->n_energy, sizeof *s->turn);
  s->nested                 = cuxas_new(err, s->mesh->n_energy, sizeof *s->nested);
  s->norm                   = cuxas_new(err, s->mesh->n_energy, sizeof *s->norm);
  if (sphere == NULL || s->turn == NULL || s->nested == NULL || s->norm == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&s->muffin_tin->scatterer[0], sphere, err)) != CUXAS_OK) goto done;
#pragma omp parallel for schedule(dynamic)
  for (size_t e = s->mesh->i_fermi; e < s->mesh->n_energy; e++) {
    const double complex energy = s->mesh->energy_hartree[e];
    const double complex k      = cuxas_free_wave_number(energy - s->muffin_tin->interstitial_hartree);
    double complex       regular[CUXAS_WAVE_STEPS + 1], outgoing[CUXAS_WAVE_STEPS + 1], nested = 0.0, norm = 0.0;
    cuxas_wave_field     field;
    cuxas_wave_field_set(sphere, energy, NULL, &field);
    const double complex turn = cuxas_absorption_waves(&field, kappa, k, regular, outgoing);
    for (size_t i = 0; i <= sphere->n_step; i++) {
      const double weight = CUXAS_WAVE_STEP * sphere->r[2 * i] * (i < sphere->n_step ? 1.0 : 0.5);
      nested += weight * regular[i] * outgoing[i];
      norm += weight * regular[i] * regular[i];
    }
    s->turn[e]   = turn * turn;
    s->nested[e] = 2.0 * k * I * nested;
    s->norm[e]   = 2.0 * k * turn * turn * norm;
  }
done:
  free(sphere);
  return status;
}

static void free_waves(setting *s)
{
  free(s->turn);
  free(s->nested);
  free(s->norm);
  s->turn = s->nested = s->norm = NULL;
}

/* Eigenvectors of the states' weight just above the Fermi level: as good as symmetry's, where there is any. */
static cuxas_status find_channels(const setting *s, int l, double vector[MAX_M][MAX_M], cuxas_error *err)
{
  const size_t               n = (size_t)(2 * l + 1), at = (size_t)(l * l);
  gsl_matrix                *a = gsl_matrix_calloc(n, n), *v = gsl_matrix_alloc(n, n);
  gsl_vector                *value  = gsl_vector_alloc(n);
  gsl_eigen_symmv_workspace *space  = gsl_eigen_symmv_alloc(n);
  cuxas_status               status = CUXAS_OK;
  if (a == NULL || v == NULL || value == NULL || space == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t e = s->mesh->i_fermi; e + 1 < s->mesh->n_spectrum; e++) {
    const cuxas_echo *echo = &s->surroundings->echo[e];
    const double      here = creal(s->mesh->energy_hartree[e]);
    const double      step = creal(s->mesh->energy_hartree[e + 1]) - here;
    if (here - s->mesh->fermi_hartree > BASIS_EV / CUXAS_HARTREE_EV) break;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        const double complex g = 0.5 * (echo->at[at + i][at + j] + echo->at[at + j][at + i]);
        gsl_matrix_set(a, i, j, gsl_matrix_get(a, i, j) + step * cimag(g * s->turn[e]));
      }
  }
  gsl_eigen_symmv(a, value, v, space);
  gsl_eigen_symmv_sort(value, v, GSL_EIGEN_SORT_VAL_ASC);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) vector[j][i] = gsl_matrix_get(v, i, j);
done:
  gsl_matrix_free(a);
  gsl_matrix_free(v);
  gsl_vector_free(value);
  gsl_eigen_symmv_free(space);
  return status;
}

static void project(const setting *s, int l, const double *vector, double complex *ret_g)
{
  const size_t n = (size_t)(2 * l + 1), at = (size_t)(l * l);
  for (size_t e = 0; e < s->mesh->n_energy; e++) {
    ret_g[e] = 0.0;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) ret_g[e] += vector[i] * vector[j] * s->surroundings->echo[e].at[at + i][at + j];
  }
}

/* ---- occupations ------------------------------------------------------------------------------------------------ */

/* Of one channel in the sphere: empty states of one spin up to an energy. */
static double count(const setting *s, const double complex *g, double until_eV, double complex *f)
{
  double below[CUXAS_EDGE_BELOW], last = 0.0, at_last = 0.0, sum = 0.0;
  cuxas_edge_below(s->mesh, below);
  for (size_t e = 0; e < s->mesh->n_energy; e++) f[e] = s->nested[e] + s->norm[e] * g[e];
  for (size_t i = 0; i < CUXAS_EDGE_BELOW + s->mesh->n_spectrum - s->mesh->i_fermi; i++) {
    const double omega =
        i < CUXAS_EDGE_BELOW ? below[i] : creal(s->mesh->energy_hartree[s->mesh->i_fermi + i - CUXAS_EDGE_BELOW]);
    if (omega - s->mesh->fermi_hartree > until_eV / CUXAS_HARTREE_EV) break;
    const double mu = cuxas_edge_fermi_cut_at(s->mesh, f, omega, s->mesh->half_width_hartree) / PI;
    if (i > 0) sum += 0.5 * (mu + at_last) * (omega - last);
    last    = omega;
    at_last = mu;
  }
  return sum;
}

/* ---- potentials and echoes -------------------------------------------------------------------------------------- */

static cuxas_muffin_tin *shifted(const cuxas_muffin_tin *from, double shift_hartree)
{
  cuxas_muffin_tin *to = cuxas_new(NULL, 1, sizeof *to);
  if (to == NULL) return NULL;
  *to             = *from;
  to->n_scatterer = 1;
  to->scatterer   = cuxas_new(NULL, 1, sizeof *to->scatterer);
  if (to->scatterer == NULL) {
    free(to);
    return NULL;
  }
  to->scatterer[0] = from->scatterer[0];
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) to->scatterer[0].total_hartree[k] += shift_hartree;
  return to;
}

/* t of the wave that the surroundings were solved with. */
static cuxas_status find_old_t(const setting *s, int l, double complex *ret_t, cuxas_error *err)
{
  cuxas_muffin_tin     alone    = *s->muffin_tin;
  cuxas_photoelectron *electron = NULL;
  alone.n_scatterer             = 1;
  const cuxas_status status     = cuxas_photoelectron_new(&alone, s->mesh, s->self_energy, &electron, err);
  for (size_t e = 0; status == CUXAS_OK && e < s->mesh->n_energy; e++) {
    const double complex delta = electron->phase_shift[e * CUXAS_N_L + (size_t)l];
    ret_t[e]                   = cexp(I * delta) * csin(delta);
  }
  cuxas_photoelectron_free(electron);
  return status;
}

/* g of a channel by itself when the absorber's wave in it is another: g / (1 + (t_old - t_new) g). The new one is the very
 * wave that absorbs, spin and orbit coupled: near the level of the free d wave, which a potential may move above the
 * Fermi level, the wave's own resonance and what g says of it cancel, and they do so only if both are at one energy. */
static void move(const setting *s, const double complex *t_old, const double complex *turn, const double complex *g,
                 double complex *ret_g)
{
  for (size_t e = 0; e < s->mesh->n_energy; e++)
    ret_g[e] = e < s->mesh->i_fermi ? 0.0 : g[e] / (1.0 + (t_old[e] - (turn[e] - 1.0) / (2.0 * I)) * g[e]);
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

static cuxas_status add_part(const setting *s, cuxas_d_level *parts, size_t i_potential, const double complex *g,
                             cuxas_error *err)
{
  cuxas_d_part *part = &parts->part[parts->n_part++];
  *part              = (cuxas_d_part){i_potential, cuxas_new(err, s->mesh->n_energy, sizeof *part->g)};
  if (part->g == NULL) return CUXAS_ENOMEM;
  memcpy(part->g, g, s->mesh->n_energy * sizeof *g);
  return CUXAS_OK;
}

/* Two potentials: the empty spin of the open channel, and all other d states. */
static cuxas_status set_potentials(const setting *s, double open_eV, double other_eV, cuxas_d_level *parts,
                                   cuxas_error *err)
{
  for (size_t p = 1; p < parts->n_potential; p++) cuxas_muffin_tin_free(parts->potential[p]);
  parts->n_potential  = 3;
  parts->potential[1] = shifted(s->muffin_tin, open_eV / CUXAS_HARTREE_EV);
  parts->potential[2] = shifted(s->muffin_tin, other_eV / CUXAS_HARTREE_EV);
  return parts->potential[1] != NULL && parts->potential[2] != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

/* What a pass needs in both potentials. */
typedef struct {
  setting         in[2]; /* of the open channel's empty spin, and of all other d states */
  double complex *t_old; /* (n_energy) */
  double complex *g, *f; /* (n_energy) */
} pass;

static void free_pass(pass *p)
{
  for (int i = 0; i < 2; i++) free_waves(&p->in[i]);
  free(p->t_old);
  free(p->g);
  free(p->f);
}

/* Both potentials, and the waves in them. */
static cuxas_status set_pass(const setting *s, double open_eV, double other_eV, cuxas_d_level *parts, pass *p,
                             cuxas_error *err)
{
  cuxas_status status = set_potentials(s, open_eV, other_eV, parts, err);
  for (size_t i = 0; i < 2 && status == CUXAS_OK; i++) {
    free_waves(&p->in[i]);
    p->in[i]            = *s;
    p->in[i].muffin_tin = parts->potential[i + 1];
    status              = set_waves(&p->in[i], parts->kappa, err);
  }
  return status;
}

/* U (1/2 - n), n from one pass that starts with one hole in the open channel of one spin and the others full. A second
 * pass would have to move the Fermi level, which all atoms decide on; it stays. */
static cuxas_status polarise(const setting *s, size_t i_open, const double complex *g, cuxas_d_level *parts,
                             cuxas_error *err)
{
  const size_t n_energy = s->mesh->n_energy, n = (size_t)(2 * parts->l + 1);
  double       hole = 0.0, others = 0.0;
  pass         p      = {.t_old = cuxas_new(err, n_energy, sizeof *p.t_old),
                         .g     = cuxas_new(err, n_energy, sizeof *p.g),
                         .f     = cuxas_new(err, n_energy, sizeof *p.f)};
  cuxas_status status = CUXAS_OK;
  if (p.t_old == NULL || p.g == NULL || p.f == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = find_old_t(s, parts->l, p.t_old, err)) != CUXAS_OK ||
      (status = set_pass(s, 0.5 * U_EV, -0.5 * U_EV, parts, &p, err)) != CUXAS_OK)
    goto done;
  for (size_t c = 0; c < n; c++) {
    const setting *in = &p.in[c == i_open ? 0 : 1];
    move(s, p.t_old, in->turn, g + c * n_energy, p.g);
    const double here = count(in, p.g, HOLE_EV + 0.5 * U_EV, p.f);
    *(c == i_open ? &hole : &others) += here / (c == i_open ? 1.0 : (double)(n - 1));
  }
  if ((status = set_pass(s, U_EV * (hole - 0.5), U_EV * (others - 0.5), parts, &p, err)) != CUXAS_OK) goto done;
  move(s, p.t_old, p.in[0].turn, g + i_open * n_energy, p.g);
  parts->hole = count(&p.in[0], p.g, HOLE_EV + 0.5 * U_EV, p.f);
  for (size_t spin = 0; spin < 2; spin++)
    for (size_t c = 0; c < n && status == CUXAS_OK; c++) {
      const size_t i = spin == 0 && c == i_open ? 0 : 1;
      move(s, p.t_old, p.in[i].turn, g + c * n_energy, p.g);
      status = add_part(s, parts, i + 1, p.g, err);
    }
done:
  free_pass(&p);
  return status;
}

/* The l that light reaches best, and the stronger transition into it. */
static void choose_final(const cuxas_orbital *core, cuxas_d_level *ret)
{
  cuxas_final_state final[3];
  double            largest = 0.0;
  const int         n_final = cuxas_absorption_finals(core->kappa, final);
  for (int i = 0; i < n_final; i++)
    if (final[i].l > ret->l) ret->l = final[i].l;
  for (int i = 0; i < n_final; i++) {
    if (final[i].l != ret->l) continue;
    ret->weight += final[i].weight;
    if (final[i].weight > largest) ret->kappa = final[i].kappa;
    largest = fmax(largest, final[i].weight);
  }
}

cuxas_status cuxas_d_level_new(const cuxas_surroundings *surroundings, const cuxas_muffin_tin *muffin_tin,
                               const cuxas_self_energy *self_energy, const cuxas_orbital *core, bool has_hole,
                               cuxas_d_level **ret_parts, cuxas_error *err)
{
  setting s = {
      .surroundings = surroundings, .muffin_tin = muffin_tin, .self_energy = self_energy, .mesh = surroundings->mesh};
  double          vector[MAX_M][MAX_M], most = -HUGE_VAL;
  size_t          i_open = 0;
  double complex *g = NULL, *f = NULL;
  cuxas_status    status;
  cuxas_d_level  *parts = cuxas_new(err, 1, sizeof *parts);
  *ret_parts            = NULL;
  if (parts == NULL) return CUXAS_ENOMEM;
  choose_final(core, parts);
  const size_t n      = (size_t)(2 * parts->l + 1);
  parts->potential[0] = (cuxas_muffin_tin *)muffin_tin;
  parts->n_potential  = 1;
  if ((status = set_waves(&s, parts->kappa, err)) != CUXAS_OK ||
      (status = find_channels(&s, parts->l, vector, err)) != CUXAS_OK)
    goto done;
  g = cuxas_new(err, n, s.mesh->n_energy * sizeof *g);
  f = cuxas_new(err, s.mesh->n_energy, sizeof *f);
  if (g == NULL || f == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t c = 0; c < n; c++) {
    project(&s, parts->l, vector[c], g + c * s.mesh->n_energy);
    const double hole = count(&s, g + c * s.mesh->n_energy, HOLE_EV, f);
    if (hole > most) i_open = c;
    most = fmax(most, hole);
  }
  parts->is_polarised = has_hole && parts->l == 2;
  if (parts->is_polarised)
    status = polarise(&s, i_open, g, parts, err);
  else
    for (size_t c = 0; c < n && status == CUXAS_OK; c++) status = add_part(&s, parts, 0, g + c * s.mesh->n_energy, err);
  if (status != CUXAS_OK) goto done;
  *ret_parts = parts;
  parts      = NULL;
done:
  free(g);
  free(f);
  free_waves(&s);
  cuxas_d_level_free(parts);
  return status;
}

void cuxas_d_level_free(cuxas_d_level *parts)
{
  if (parts == NULL) return;
  for (size_t i = 0; i < parts->n_part; i++) free(parts->part[i].g);
  for (size_t i = 1; i < parts->n_potential; i++) cuxas_muffin_tin_free(parts->potential[i]);
  free(parts);
}
