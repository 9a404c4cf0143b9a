/* atom.c - free atoms: configurations, their self-consistency, and what that is made of
 *
 * Contents: fixed points - local exchange and correlation - exact exchange - the atom: configuration,
 * self-consistency, result */
#include "simulate/atom_priv.h"

#include "base/memory.h"
#include "base/elements.h"
#include "simulate/dirac_priv.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_coupling.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

/* --------------------------------------------------- fixed points --------------------------------------------------- */

enum { DEPTH = 6 };

struct cuxas_mixer {
  size_t  n_value, n_held, next;
  double  share;
  double *value, *residual; /* (DEPTH, n_value) each, a ring */
};

cuxas_mixer *cuxas_mixer_new(size_t n_value, double share)
{
  cuxas_mixer *mixer = cuxas_new(NULL, 1, sizeof *mixer);
  if (mixer == NULL) return NULL;
  mixer->n_value  = n_value;
  mixer->share    = share;
  mixer->value    = cuxas_new(NULL, DEPTH, n_value * sizeof *mixer->value);
  mixer->residual = cuxas_new(NULL, DEPTH, n_value * sizeof *mixer->residual);
  if (mixer->value == NULL || mixer->residual == NULL) {
    cuxas_mixer_free(mixer);
    return NULL;
  }
  return mixer;
}

void cuxas_mixer_damp(cuxas_mixer *mixer, double share)
{
  mixer->share = share;
  cuxas_mixer_forget(mixer);
}

void cuxas_mixer_forget(cuxas_mixer *mixer)
{
  mixer->n_held = mixer->next = 0;
}

void cuxas_mixer_offset(cuxas_mixer *mixer, const double *residual)
{
  for (size_t i = 0; i < mixer->n_held; i++)
    for (size_t k = 0; k < mixer->n_value; k++) mixer->residual[i * mixer->n_value + k] += residual[k];
}

void cuxas_mixer_free(cuxas_mixer *mixer)
{
  if (mixer == NULL) return;
  free(mixer->value);
  free(mixer->residual);
  free(mixer);
}

/* Symmetric positive semi-definite n x n system by elimination, its diagonal raised by 1e-10 of its trace against
 * residuals that are nearly parallel. */
static void solve_small(double a[DEPTH][DEPTH], double *io_b, size_t n)
{
  double trace = 0.0;
  for (size_t i = 0; i < n; i++) trace += a[i][i];
  for (size_t i = 0; i < n; i++) a[i][i] += 1e-10 * trace + 1e-300;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++) {
      const double f = a[j][i] / a[i][i];
      for (size_t k = i; k < n; k++) a[j][k] -= f * a[i][k];
      io_b[j] -= f * io_b[i];
    }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++) io_b[i] -= a[i][k] * io_b[k];
    io_b[i] /= a[i][i];
  }
}

/* Of all affine combinations of the held inputs, the one whose (linearised) residual is smallest, plus a share of it. */
void cuxas_mixer_step(cuxas_mixer *mixer, double *io_value, const double *residual)
{
  const size_t n = mixer->n_value, n_old            = mixer->n_held;
  double       product[DEPTH][DEPTH], weight[DEPTH] = {0.0};

  for (size_t i = 0; i < n_old; i++) {
    const double *f_i = mixer->residual + i * n;
    for (size_t j = 0; j <= i; j++) {
      const double *f_j = mixer->residual + j * n;
      double        sum = 0.0;
      for (size_t k = 0; k < n; k++) sum += (residual[k] - f_i[k]) * (residual[k] - f_j[k]);
      product[i][j] = product[j][i] = sum;
    }
    for (size_t k = 0; k < n; k++) weight[i] += (residual[k] - f_i[k]) * residual[k];
  }
  solve_small(product, weight, n_old);

  double *held_value = mixer->value + mixer->next * n, *held_residual = mixer->residual + mixer->next * n;
  for (size_t k = 0; k < n; k++) {
    double best_value = io_value[k], best_residual = residual[k];
    for (size_t i = 0; i < n_old; i++) {
      best_value -= weight[i] * (io_value[k] - mixer->value[i * n + k]);
      best_residual -= weight[i] * (residual[k] - mixer->residual[i * n + k]);
    }
    held_value[k]    = io_value[k]; /* replaces the oldest, which no later k needs */
    held_residual[k] = residual[k];
    io_value[k]      = best_value + mixer->share * best_residual;
  }
  mixer->next   = (mixer->next + 1) % DEPTH;
  mixer->n_held = n_old < DEPTH ? n_old + 1 : DEPTH;
}

/* ------------------------------------------ local exchange and correlation ------------------------------------------ */

#define EXCHANGE 0.61088705771210 /* (9 pi / 4)^(1/3) / pi: exchange potential times radius per electron */

static double electron_radius_bohr(double density)
{
  return cbrt(3.0 / (4.0 * PI * density));
}

cuxas_xc cuxas_xc_barth_hedin(double density)
{
  const double C = 0.0252, R = 30.0; /* 0.0504 rydberg */

  if (!(density > 0.0)) return (cuxas_xc){0.0, 0.0};
  const double rs = electron_radius_bohr(density);
  const double z  = rs / R;
  const double f  = z < 1e3 ? (1.0 + z * z * z) * log1p(1.0 / z) + 0.5 * z - z * z - 1.0 / 3.0 : 0.75 / z;
  return (cuxas_xc){-0.75 * EXCHANGE / rs - C * f, -EXCHANGE / rs - C * log1p(1.0 / z)};
}

cuxas_xc cuxas_xc_vosko(double density, double light_speed)
{
  const double A = 0.0310907, X0 = -0.10498, B = 3.72744, C = 12.9352;

  if (!(density > 0.0)) return (cuxas_xc){0.0, 0.0};
  const double rs = electron_radius_bohr(density), x = sqrt(rs);
  const double q = sqrt(4.0 * C - B * B), at_x = x * x + B * x + C, at_x0 = X0 * X0 + B * X0 + C;
  const double angle = atan(q / (2.0 * x + B));
  const double correlation =
      A * (log(x * x / at_x) + 2.0 * B / q * angle -
           B * X0 / at_x0 * (log((x - X0) * (x - X0) / at_x) + 2.0 * (B + 2.0 * X0) / q * angle));
  const double slope = A / 3.0 * (C * (x - X0) - B * X0 * x) / ((x - X0) * at_x); /* (rs / 3) d correlation / d rs */

  /* beta: Fermi momentum over mc. Below 0.01 the closed form loses its digits: series instead. */
  const double beta = cbrt(3.0 * PI * PI * density) / light_speed, root = sqrt(1.0 + beta * beta);
  double ratio, ratio_slope; /* of the exchange energy to the non-relativistic one, and beta / 4 d ratio / d beta */
  if (beta < 0.01) {
    ratio       = 1.0 - 2.0 / 3.0 * beta * beta;
    ratio_slope = -beta * beta / 3.0;
  } else {
    const double b2 = beta * beta, g = (beta * root - asinh(beta)) / b2;
    ratio       = 1.0 - 1.5 * g * g;
    ratio_slope = -0.75 * g * (2.0 * beta / root - 2.0 * g);
  }
  const double exchange = -0.75 * EXCHANGE / rs;
  return (cuxas_xc){exchange * ratio + correlation, 4.0 / 3.0 * exchange * (ratio + ratio_slope) + correlation - slope};
}

/* ----------------------------------------------------- the atom ----------------------------------------------------- */

enum { N = CUXAS_FINE_POINTS, MAX_ORBITAL = 40, MAX_ITERATION = 200, BOUND = 4 };
#define ROUGH 0.03     /* residual of r V below which exact exchange replaces the local density of the first steps */
#define CONVERGED 1e-6 /* the same when all is done, bohr hartree */

/* Everything one self-consistent calculation works on. */
typedef struct {
  int                 atomic_number;
  cuxas_atom_settings settings;
  double              r[N];
  size_t              n_orbital;
  cuxas_fine_orbital *orbital;      /* (n_orbital) */
  double              shell[N];     /* 4 pi r^2 density */
  double              hartree[N];   /* potential of the electrons */
  double              exchange[N];  /* exchange(-correlation) potential */
  double              potential[N]; /* what the orbitals see */
  double              response[N];  /* r times (new potential - potential) */
  double              total_energy_hartree;
} scf;

/* -------------------------------------------------- configuration -------------------------------------------------- */

static void add_subshell(scf *atom, int n, int l, double electrons)
{
  const double low_capacity = 2.0 * l, high_capacity = 2.0 * l + 2.0;
  double       low = fmin(electrons, low_capacity);
  if (atom->settings.is_j_averaged && atom->settings.exchange == CUXAS_ATOM_LDA)
    low = electrons * low_capacity / (low_capacity + high_capacity);
  if (low > 0.0) {
    cuxas_fine_orbital *orbital = &atom->orbital[atom->n_orbital++];
    orbital->n                  = n;
    orbital->kappa              = l;
    orbital->occupation         = low;
  }
  if (electrons - low > 0.0) {
    cuxas_fine_orbital *orbital = &atom->orbital[atom->n_orbital++];
    orbital->n                  = n;
    orbital->kappa              = -l - 1;
    orbital->occupation         = electrons - low;
  }
}

/* Valence electrons by l, as atom_priv.h says. */
static void choose_valence(int atomic_number, bool is_in_solid, int ret_valence[4])
{
  enum {
    CARBON     = 6,
    MAGNESIUM  = 12,
    CALCIUM    = 20,
    CHROMIUM   = 24,
    COPPER     = 29,
    ZINC       = 30,
    CERIUM     = 58,
    GADOLINIUM = 64,
    LUTETIUM   = 71
  };
  const cuxas_element *element    = cuxas_element_find(atomic_number);
  const int            electron[] = {element->n_s, element->n_p, element->n_d, element->n_f};
  memcpy(ret_valence, electron, sizeof electron);
  if (!is_in_solid) return;
  const bool is_metal = atomic_number >= CALCIUM && atomic_number <= ZINC && atomic_number != COPPER;
  if (atomic_number == CHROMIUM) {
    ret_valence[2]--;
    ret_valence[1]++;
  } else if (is_metal || atomic_number == CARBON || atomic_number == MAGNESIUM) {
    ret_valence[0]--;
    ret_valence[1]++;
  } else if (atomic_number > CERIUM && atomic_number < LUTETIUM && atomic_number != GADOLINIUM) {
    ret_valence[3]--;
    ret_valence[2]++;
  }
}

/* Noble-gas core of the period before, and valence electrons: electrons[n][l]. */
static void fill(scf *atom)
{
  static const int CLOSED[7][4] = {{0}, {1}, {2, 2}, {3, 3}, {4, 4, 3}, {5, 5, 4}, {6, 6, 5, 4}}; /* largest n by l */
  const int        period       = cuxas_element_find(atom->atomic_number)->period;
  const int        valence_n[4] = {period, period, period - 1, period - 2};
  int              valence[4];
  choose_valence(atom->atomic_number, atom->settings.is_in_solid, valence);

  for (int n = 1; n <= 7; n++)
    for (int l = 0; l < 4 && l < n; l++) {
      double electrons = n <= CLOSED[period - 1][l] ? 4.0 * l + 2.0 : 0.0;
      if (n == valence_n[l]) electrons += valence[l];
      if (electrons > 0.0) add_subshell(atom, n, l, electrons);
    }
}

static cuxas_status make_hole(scf *atom, cuxas_error *err)
{
  const cuxas_atom_settings *settings = &atom->settings;
  if (settings->hole_n == 0) return CUXAS_OK;
  for (size_t a = 0; a < atom->n_orbital; a++) {
    cuxas_fine_orbital *orbital = &atom->orbital[a];
    if (orbital->n != settings->hole_n || orbital->kappa != settings->hole_kappa || orbital->occupation < 1.0) continue;
    orbital->occupation -= 1.0;
    if (orbital->occupation == 0.0) {
      memmove(orbital, orbital + 1, (atom->n_orbital - a - 1) * sizeof *orbital);
      atom->n_orbital--;
    }
    return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_ERANGE, "Z = %d: no electron with n = %d, kappa = %d to take out", atom->atomic_number,
                    settings->hole_n, settings->hole_kappa);
}

/* ------------------------------------------------ self-consistency ------------------------------------------------- */

/* Thomas-Fermi atom: effective charge by the fit of R. Latter, Phys. Rev. 99, 510 (1955), never below 1. */
static void guess_potential(scf *atom)
{
  const double z = atom->atomic_number;
  for (size_t i = 0; i < N; i++) {
    const double x = atom->r[i] * cbrt(128.0 * z / (9.0 * PI * PI)), s = sqrt(x);
    const double screened = z / (1.0 + 0.02747 * s + 1.243 * x - 0.1486 * x * s + 0.2302 * x * x +
                                 0.007298 * x * x * s + 0.006944 * x * x * x);
    atom->potential[i]    = -fmax(screened, 1.0) / atom->r[i];
  }
}

static cuxas_status solve_orbitals(scf *atom, double light_speed, cuxas_error *err)
{
  memset(atom->shell, 0, sizeof atom->shell);
  for (size_t a = 0; a < atom->n_orbital; a++) {
    cuxas_fine_orbital *orbital = &atom->orbital[a];
    const cuxas_status  status =
        cuxas_dirac_bound(atom->potential, atom->r, atom->atomic_number, light_speed, orbital, err);
    if (status != CUXAS_OK) return status;
    for (size_t i = 0; i < orbital->n_point; i++)
      atom->shell[i] +=
          orbital->occupation * (orbital->large[i] * orbital->large[i] + orbital->small[i] * orbital->small[i]);
  }
  return CUXAS_OK;
}

static cuxas_status local_exchange(scf *atom, double light_speed, double *ret_energy_hartree)
{
  double integrand[N];
  for (size_t i = 0; i < N; i++) {
    const cuxas_xc xc = cuxas_xc_vosko(atom->shell[i] / (4.0 * PI * atom->r[i] * atom->r[i]), light_speed);
    atom->exchange[i] = xc.potential_hartree;
    integrand[i]      = atom->shell[i] * xc.energy_hartree;
  }
  *ret_energy_hartree = cuxas_fine_integrate(integrand, atom->r, 1.0);
  return CUXAS_OK;
}

/* Potentials of the density just found, the total energy, and how far the potential is from what went in. */
static cuxas_status respond(scf *atom, bool is_exact, double light_speed, double *ret_residual, cuxas_error *err)
{
  double       exchange_energy, integrand[N];
  cuxas_status status;

  cuxas_fine_multipole(atom->shell, N, 0, atom->hartree);
  status = is_exact
               ? cuxas_exchange_exact(atom->orbital, atom->n_orbital, atom->r, atom->exchange, &exchange_energy, err)
               : local_exchange(atom, light_speed, &exchange_energy);
  if (status != CUXAS_OK) return status;

  atom->total_energy_hartree = exchange_energy;
  for (size_t a = 0; a < atom->n_orbital; a++)
    atom->total_energy_hartree += atom->orbital[a].occupation * atom->orbital[a].energy_hartree;
  *ret_residual = 0.0;
  for (size_t i = 0; i < N; i++) {
    const double nucleus = -atom->atomic_number / atom->r[i];
    const double fresh   = nucleus + atom->hartree[i] + atom->exchange[i];
    integrand[i]         = atom->shell[i] * (nucleus + 0.5 * atom->hartree[i] - atom->potential[i]);
    atom->response[i]    = atom->r[i] * (fresh - atom->potential[i]);
    *ret_residual        = fmax(*ret_residual, fabs(atom->response[i]));
  }
  atom->total_energy_hartree += cuxas_fine_integrate(integrand, atom->r, 1.0);
  return CUXAS_OK;
}

static cuxas_status iterate(scf *atom, cuxas_mixer *mixer, cuxas_error *err)
{
  const double light_speed = atom->settings.light_speed > 0.0 ? atom->settings.light_speed : CUXAS_LIGHT_SPEED;
  bool         is_exact    = false;
  double       residual    = INFINITY, scaled[N];

  guess_potential(atom);
  for (int iteration = 0; iteration < MAX_ITERATION; iteration++) {
    cuxas_status status = solve_orbitals(atom, light_speed, err);
    if (status == CUXAS_OK) status = respond(atom, is_exact, light_speed, &residual, err);
    if (status != CUXAS_OK) return status;
    if (residual < CONVERGED && is_exact == (atom->settings.exchange == CUXAS_ATOM_EXACT)) return CUXAS_OK;
    if (residual < ROUGH && !is_exact && atom->settings.exchange == CUXAS_ATOM_EXACT) {
      is_exact = true;
      cuxas_mixer_forget(mixer);
      continue; /* the same orbitals once more, now with exact exchange */
    }
    for (size_t i = 0; i < N; i++) scaled[i] = atom->r[i] * atom->potential[i];
    cuxas_mixer_step(mixer, scaled, atom->response);
    for (size_t i = 0; i < N; i++) {
      atom->potential[i] = scaled[i] / atom->r[i];
      if (iteration < BOUND) atom->potential[i] = fmin(atom->potential[i], -1.0 / atom->r[i]); /* keeps states bound */
    }
    if (iteration + 1 == BOUND) cuxas_mixer_forget(mixer);
  }
  return cuxas_fail(err, CUXAS_ENUMERIC, "Z = %d: the free atom is not self-consistent after %d steps (residual %.1e)",
                    atom->atomic_number, MAX_ITERATION, residual);
}

static cuxas_status refine(scf *atom, cuxas_error *err)
{
  const cuxas_fock fock = {.atomic_number = atom->atomic_number,
                           .light_speed =
                               atom->settings.light_speed > 0.0 ? atom->settings.light_speed : CUXAS_LIGHT_SPEED,
                           .r         = atom->r,
                           .potential = atom->potential,
                           .exchange  = atom->exchange,
                           .n_orbital = atom->n_orbital,
                           .orbital   = atom->orbital,
                           .shell     = atom->shell,
                           .hartree   = atom->hartree};
  return cuxas_fock_valence(&fock, err);
}

/* ------------------------------------------------------ result ----------------------------------------------------- */

static cuxas_status export_atom(const scf *work, cuxas_atom **ret_atom, cuxas_error *err)
{
  cuxas_atom *atom = cuxas_new(err, 1, sizeof *atom);
  if (atom != NULL) atom->orbital = cuxas_new(err, work->n_orbital, sizeof *atom->orbital);
  if (atom == NULL || atom->orbital == NULL) {
    cuxas_atom_free(atom);
    return cuxas_no_memory(err);
  }
  atom->atomic_number        = work->atomic_number;
  atom->is_in_solid          = work->settings.is_in_solid;
  atom->has_own_exchange     = work->settings.has_own_exchange;
  atom->n_orbital            = work->n_orbital;
  atom->total_energy_hartree = work->total_energy_hartree;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    const size_t j           = CUXAS_FINE_INSIDE + CUXAS_FINE_REFINE * i;
    atom->density[i]         = work->shell[j] / (4.0 * PI * work->r[j] * work->r[j]);
    atom->coulomb_hartree[i] = work->hartree[j] - work->atomic_number / work->r[j];
    for (size_t a = 0; a < work->n_orbital; a++) {
      atom->orbital[a].large[i] = work->orbital[a].large[j];
      atom->orbital[a].small[i] = work->orbital[a].small[j];
    }
  }
  for (size_t a = 0; a < work->n_orbital; a++) {
    atom->orbital[a].n              = work->orbital[a].n;
    atom->orbital[a].kappa          = work->orbital[a].kappa;
    atom->orbital[a].occupation     = work->orbital[a].occupation;
    atom->orbital[a].energy_hartree = work->orbital[a].energy_hartree;
  }
  *ret_atom = atom;
  return CUXAS_OK;
}

cuxas_status cuxas_atom_new(int atomic_number, const cuxas_atom_settings *settings, cuxas_atom **ret_atom,
                            cuxas_error *err)
{
  cuxas_status status;

  *ret_atom = NULL;
  if (atomic_number < 1 || atomic_number > CUXAS_ATOM_MAX_Z)
    return cuxas_fail(err, CUXAS_ERANGE, "no free atom with Z = %d: 1 to %d", atomic_number, CUXAS_ATOM_MAX_Z);
  scf         *work  = cuxas_new(err, 1, sizeof *work);
  cuxas_mixer *mixer = cuxas_mixer_new(N, 0.4);
  if (work != NULL) work->orbital = cuxas_new(err, MAX_ORBITAL, sizeof *work->orbital);
  if (work == NULL || work->orbital == NULL || mixer == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  work->atomic_number = atomic_number;
  work->settings      = *settings;
  cuxas_fine_radii(work->r);
  fill(work);
  if ((status = make_hole(work, err)) != CUXAS_OK) goto done;
  if ((status = iterate(work, mixer, err)) != CUXAS_OK ||
      (settings->has_own_exchange && work->n_orbital > 1 && (status = refine(work, err)) != CUXAS_OK))
    goto done;
  status = export_atom(work, ret_atom, err);
done:
  if (work != NULL) free(work->orbital);
  free(work);
  cuxas_mixer_free(mixer);
  return status;
}

const cuxas_orbital *cuxas_atom_orbital(const cuxas_atom *atom, int n, int kappa)
{
  for (size_t a = 0; a < atom->n_orbital; a++)
    if (atom->orbital[a].n == n && atom->orbital[a].kappa == kappa) return &atom->orbital[a];
  return NULL;
}

void cuxas_atom_free(cuxas_atom *atom)
{
  if (atom != NULL) free(atom->orbital);
  free(atom);
}
