/* edge.c - from Green functions at complex energies to the spectrum of one edge
 *
 * Contents: spectrum - widths of core holes - absorption */
#include "simulate/edge_priv.h"
#include "base/memory.h"
#include "base/units.h"
#include "simulate/edge_energy_priv.h"
#include "simulate/photoelectron_priv.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* ==== spectrum ==================================================================================================== */

#define PI 3.14159265358979323846

#define FAR_HARTREE 1e4 /* beyond the spectrum's end, where f stays as it is there */

/* ---- the way up from the Fermi level -------------------------------------------------------------------------- */

/* Integral of (value + slope (z - from)) / (z - pole) dz along a straight line; principal value where the pole is on
 * it. */
static double complex integrate_linear(double complex from, double complex until, double complex value,
                                       double complex slope, double complex pole)
{
  const double complex a = from - pole, b = until - pole;
  double complex       logarithm = clog(b / a);
  /* the line runs upwards: a pole on it leaves opposite signs, and no angle is swept on either side on average */
  if (fabs(creal(a)) < 1e-12 && cimag(a) * cimag(b) < 0.0) logarithm = creal(logarithm);
  return (value + slope * (pole - from)) * logarithm + slope * (until - from);
}

/* Integral over one piece where f is linear in z = E - omega; L = (1/(z - i gamma) - 1/(z + i gamma)) / (2 pi i). */
static double complex integrate_piece(double complex from, double complex until, double complex f_from,
                                      double complex f_until, double gamma)
{
  const double complex slope = (f_until - f_from) / (until - from);
  return (integrate_linear(from, until, f_from, slope, I * gamma) -
          integrate_linear(from, until, f_from, slope, -I * gamma)) /
         (2.0 * PI * I);
}

/* Along the spectrum's line from point j to the next: f is the cubic through the four points around, in linear pieces. */
static double complex integrate_step(const cuxas_energy_mesh *mesh, const double complex *f, size_t j, double omega,
                                     double gamma)
{
  enum { N_PIECE = 4 };
  const double complex *e   = mesh->energy_hartree;
  const size_t          low = mesh->i_fermi, high = mesh->n_spectrum;
  const size_t          first = j <= low ? low : j + 3 > high ? high - 4 : j - 1;
  double complex        sum = 0.0, from = e[j], f_from = f[j];
  for (int piece = 1; piece <= N_PIECE; piece++) {
    const double complex until   = e[j] + (e[j + 1] - e[j]) * piece / N_PIECE;
    double complex       f_until = 0.0;
    for (size_t a = first; a < first + 4; a++) {
      double complex weight = f[a];
      for (size_t b = first; b < first + 4; b++)
        if (b != a) weight *= (until - e[b]) / (e[a] - e[b]);
      f_until += weight;
    }
    sum += integrate_piece(from - omega, until - omega, f_from, f_until, gamma);
    from   = until;
    f_from = f_until;
  }
  return sum;
}

/* Beyond the mesh: f = limit + (f_top - limit) top / y at height y; s = top / y runs from 1 to 0. */
static double complex integrate_beyond(double distance, double top, double complex f_top, double complex limit,
                                       double gamma)
{
  enum { N_STEP = 64 }; /* Simpson's rule; the integrand is smooth */
  double complex sum = 0.0;
  for (int i = 0; i <= N_STEP; i++) {
    const double         s = (double)i / N_STEP, weight = i == 0 || i == N_STEP ? 1.0 : i % 2 ? 4.0 : 2.0;
    const double complex z = s * distance + I * top; /* times s; L dy = gamma / pi top / (z^2 + (s gamma)^2) ds */
    sum += weight * (limit + (f_top - limit) * s) * gamma / PI * top / (z * z + s * s * gamma * gamma);
  }
  return I * sum / (3.0 * N_STEP);
}

double cuxas_edge_fermi_cut_at(const cuxas_energy_mesh *mesh, const double complex *f, double omega_hartree,
                               double half_width_hartree)
{
  const double          fermi = mesh->fermi_hartree, gamma = half_width_hartree, line = mesh->half_width_hartree;
  const size_t          first = mesh->n_spectrum, last = mesh->n_cut - 1;
  const double complex *e        = mesh->energy_hartree;
  const double          distance = fermi - omega_hartree;
  /* f at the Fermi level itself continues the two lowest points */
  const double          y0 = cimag(e[first]), y1 = cimag(e[first + 1]);
  const double complex  at_fermi = f[first] - y0 / (y1 - y0) * (f[first + 1] - f[first]);
  const double complex  limit    = I * cimag(f[first - 1]);
  double complex        sum      = integrate_piece(distance, distance + I * y0, at_fermi, f[first], gamma);
  if (gamma > line * (1.0 + 1e-6)) {
    size_t j = first;
    for (; j < last && cimag(e[j + 1]) < line; j++)
      sum += integrate_piece(e[j] - omega_hartree, e[j + 1] - omega_hartree, f[j], f[j + 1], gamma);
    sum += integrate_piece(e[j] - omega_hartree, e[mesh->i_fermi] - omega_hartree, f[j], f[mesh->i_fermi], gamma);
    for (j = mesh->i_fermi; j + 1 < first; j++) sum += integrate_step(mesh, f, j, omega_hartree, gamma);
    return cimag(sum + integrate_piece(e[j] - omega_hartree, e[j] - omega_hartree + FAR_HARTREE, f[j], f[j], gamma));
  }
  for (size_t j = first; j < last; j++)
    sum += integrate_piece(e[j] - omega_hartree, e[j + 1] - omega_hartree, f[j], f[j + 1], gamma);
  sum += integrate_beyond(distance, cimag(e[last]), f[last], limit, gamma);
  if (omega_hartree >= fermi) { /* the pole that was passed */
    size_t low = mesh->i_fermi, high = first;
    while (high - low > 1) {
      const size_t middle                                 = (low + high) / 2;
      *(creal(e[middle]) <= omega_hartree ? &low : &high) = middle;
    }
    sum += f[low] * (low == mesh->i_fermi ? 0.5 : 1.0);
  }
  return cimag(sum);
}

void cuxas_edge_fermi_cut(const cuxas_energy_mesh *mesh, const double complex *f, double *ret_mu)
{
  for (size_t i = 0; i < mesh->n_spectrum; i++)
    ret_mu[i] = cuxas_edge_fermi_cut_at(mesh, f, creal(mesh->energy_hartree[i]), mesh->half_width_hartree);
}

void cuxas_edge_below(const cuxas_energy_mesh *mesh, double *ret_below_hartree)
{
  for (int i = 0; i < CUXAS_EDGE_BELOW; i++) {
    const double step    = CUXAS_EDGE_BELOW - i; /* 0.1 eV at the Fermi level, 0.3 at the far end */
    ret_below_hartree[i] = mesh->fermi_hartree - (0.1 + 0.1 / CUXAS_EDGE_BELOW * step) * step / CUXAS_HARTREE_EV;
  }
}

/* ---- the spectrum --------------------------------------------------------------------------------------------- */

static cuxas_edge_spectrum *new_spectrum(size_t n_energy)
{
  cuxas_edge_spectrum *spectrum = cuxas_new(NULL, 1, sizeof *spectrum);
  if (spectrum == NULL) return NULL;
  spectrum->n_energy  = n_energy;
  spectrum->energy_eV = cuxas_new(NULL, n_energy, sizeof *spectrum->energy_eV);
  spectrum->mu        = cuxas_new(NULL, n_energy, sizeof *spectrum->mu);
  spectrum->mu0       = cuxas_new(NULL, n_energy, sizeof *spectrum->mu0);
  if (spectrum->energy_eV && spectrum->mu && spectrum->mu0) return spectrum;
  cuxas_edge_spectrum_free(spectrum);
  return NULL;
}

/* The strength 50 eV above the Fermi level, linear between points; 0: the mesh ends before. */
static double find_edge_step(const cuxas_energy_mesh *mesh, const cuxas_absorption *absorption)
{
  const double at = mesh->fermi_hartree + CUXAS_EDGE_NORM_EV / CUXAS_HARTREE_EV;
  for (size_t i = mesh->i_fermi; i + 1 < mesh->n_spectrum; i++) {
    const double from = creal(mesh->energy_hartree[i]), until = creal(mesh->energy_hartree[i + 1]);
    if (until < at) continue;
    const double part = (at - from) / (until - from);
    return (1.0 - part) * absorption->strength[i] + part * absorption->strength[i + 1];
  }
  return 0.0;
}

cuxas_status cuxas_edge_assemble(const cuxas_energy_mesh *mesh, const cuxas_absorption *absorption,
                                 const double complex *g, const cuxas_edge_question *question,
                                 cuxas_edge_spectrum **ret_spectrum, cuxas_error *err)
{
  const double         step     = find_edge_step(mesh, absorption);
  cuxas_status         status   = CUXAS_OK;
  cuxas_edge_spectrum *spectrum = NULL;
  double complex      *f = NULL, *f0 = NULL;
  double               below[CUXAS_EDGE_BELOW];
  const size_t         n_below = question->opt_change_A2 != NULL ? CUXAS_EDGE_BELOW : 0;
  const size_t         first   = question->opt_change_A2 != NULL ? mesh->i_fermi : 0;

  *ret_spectrum = NULL;
  if (!(step > 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "spectra must reach %g eV above the edge, where they are normalised",
                      CUXAS_EDGE_NORM_EV);
  if ((spectrum = new_spectrum(n_below + mesh->n_spectrum - first)) == NULL ||
      (f = cuxas_new(err, mesh->n_energy, sizeof *f)) == NULL ||
      (f0 = cuxas_new(err, mesh->n_energy, sizeof *f0)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < mesh->n_energy; i++) {
    f[i] = f0[i] = cuxas_absorption_atomic(absorption, i);
    for (size_t l = 0; g != NULL && l < CUXAS_N_L; l++)
      f[i] += absorption->scattering[i * CUXAS_N_L + l] * g[i * CUXAS_N_L + l];
    if (question->opt_f != NULL) f[i] = question->opt_f[i];
  }
  cuxas_edge_below(mesh, below);
  spectrum->fermi_eV     = question->photon_at_fermi_eV;
  spectrum->edge_step_A2 = step;
  for (size_t i = 0; i < spectrum->n_energy; i++) {
    const double omega     = i < n_below ? below[i] : creal(mesh->energy_hartree[first + i - n_below]);
    const double change    = question->opt_change_A2 != NULL ? question->opt_change_A2[i] : 0.0;
    spectrum->energy_eV[i] = question->photon_at_fermi_eV + (omega - mesh->fermi_hartree) * CUXAS_HARTREE_EV;
    spectrum->mu[i]        = (cuxas_edge_fermi_cut_at(mesh, f, omega, question->half_width_hartree) + change) / step;
    spectrum->mu0[i]       = cuxas_edge_fermi_cut_at(mesh, f0, omega, question->half_width_hartree) / step;
    if (!isfinite(spectrum->mu[i]) || !isfinite(spectrum->mu0[i])) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "absorption at %g eV is not a finite number", spectrum->energy_eV[i]);
      goto done;
    }
  }
  *ret_spectrum = spectrum;
  spectrum      = NULL;
done:
  cuxas_edge_spectrum_free(spectrum);
  free(f);
  free(f0);
  return status;
}

void cuxas_edge_spectrum_free(cuxas_edge_spectrum *spectrum)
{
  if (spectrum == NULL) return;
  free(spectrum->energy_eV);
  free(spectrum->mu);
  free(spectrum->mu0);
  free(spectrum);
}

/* ==== widths of core holes ======================================================================================== */

enum { N_ELEMENT = 8 };

static const struct {
  int    n, kappa;
  double atomic_number[N_ELEMENT];
  double width_eV[N_ELEMENT];
} SHELLS[] = {
    {1, -1, {1, 10, 20, 40, 50, 60, 80, 95}, {0.02, 0.28, 0.75, 4.8, 10.5, 21.0, 60.0, 105.0}},
    {2, -1, {1, 18, 22, 35, 50, 52, 75, 95}, {0.07, 3.9, 3.8, 7.0, 6.0, 3.7, 8.0, 19.0}},
    {2, 1, {1, 17, 28, 31, 45, 60, 80, 95}, {0.001, 0.12, 1.4, 0.8, 2.6, 4.1, 6.3, 10.5}},
    {2, -2, {1, 17, 28, 31, 45, 60, 80, 95}, {0.001, 0.12, 0.55, 0.7, 2.1, 3.5, 5.4, 9.0}},
};

double cuxas_core_width_eV(int atomic_number, int n, int kappa)
{
  if (atomic_number < 1 || atomic_number > 95) return 0.0;
  for (size_t shell = 0; shell < sizeof SHELLS / sizeof *SHELLS; shell++) {
    if (SHELLS[shell].n != n || SHELLS[shell].kappa != kappa) continue;
    const double *z = SHELLS[shell].atomic_number, *width_eV = SHELLS[shell].width_eV;
    size_t        i = 0;
    while (atomic_number > z[i + 1]) i++;
    return width_eV[i] * pow(width_eV[i + 1] / width_eV[i], (atomic_number - z[i]) / (z[i + 1] - z[i]));
  }
  return 0.0;
}

/* ---- the energies at which edges begin: total energies, corrected to FEFF or to tables -------------------------- */

/* FEFF less our difference of total energies, eV. L3 and L2: mean over 16 sites of Cu in 15 compounds, simulated with
 * FEFF 10.0 (they scatter by 0.1 eV); K: published FEFF 9 spectra of 24 sites of Cu in oxides. L1: as L2. Of atoms whose valence
 * orbitals have their own exchange, as FEFF's, another one less: L3 and L2 of the same 16 sites then scatter by 0.006 eV. */
static const struct {
  int    n, kappa;
  double correction_eV;
} CORRECTIONS[] = {{1, -1, -14.60}, {2, -1, -5.22}, {2, 1, -5.22}, {2, -2, -4.66}};
#define OWN_EXCHANGE_EV (-0.168)

/* Elements whose edges are those of tables instead: binding energies of K, L1, L2, L3 on the Fermi level of the element (A.
 * Thompson et al., X-ray Data Booklet, LBNL/PUB-490 Rev. 3 (2009), table 1-1), and what cuxas_edge_energy_at_fermi() finds for the
 * element without a correction. The difference corrects every compound, so that what the engine adds is its shift against
 * the element. Not copper, whose records of other codes are on FEFF's scale. tests/unit/test_edge_energy.c has the elements'
 * structures. */
static const struct {
  int    atomic_number;
  double tabulated_eV[4], found_eV[4];
} ELEMENTS[] = {{19, {3608.4, 378.6, 297.3, 294.6}, {3617.97, 386.48, 303.42, 300.52}},
                {20, {4038.5, 438.4, 349.7, 346.2}, {4054.44, 452.45, 363.14, 359.38}},
                {21, {4492.0, 498.0, 403.6, 398.7}, {4509.23, 514.71, 419.46, 414.34}},
                {22, {4966.0, 560.9, 460.2, 453.8}, {4988.11, 580.13, 478.93, 472.19}},
                {23, {5465.0, 626.7, 519.8, 512.1}, {5491.08, 648.64, 541.49, 532.84}},
                {24, {5989.0, 696.0, 583.8, 574.1}, {6017.66, 719.71, 606.61, 595.74}},
                {25, {6539.0, 769.1, 649.9, 638.7}, {6567.43, 792.85, 673.15, 660.69}},
                {26, {7112.0, 844.6, 719.9, 706.8}, {7142.53, 870.16, 743.74, 729.50}},
                {27, {7709.0, 925.1, 793.2, 778.1}, {7742.73, 951.34, 818.07, 801.82}},
                {28, {8333.0, 1008.6, 870.0, 852.7}, {8367.36, 1035.60, 895.39, 876.86}},
                {30, {9659.0, 1196.2, 1044.9, 1021.8}, {9689.31, 1212.50, 1058.01, 1034.04}}};

/* find_correction() - NAN: the shell has none */
static double find_correction_eV(const cuxas_atom *atom, int n, int kappa)
{
  for (size_t i = 0; i < sizeof CORRECTIONS / sizeof *CORRECTIONS; i++) {
    if (CORRECTIONS[i].n != n || CORRECTIONS[i].kappa != kappa) continue;
    for (size_t k = 0; k < sizeof ELEMENTS / sizeof *ELEMENTS; k++)
      if (ELEMENTS[k].atomic_number == atom->atomic_number)
        return ELEMENTS[k].tabulated_eV[i] - ELEMENTS[k].found_eV[i];
    return CORRECTIONS[i].correction_eV + (atom->has_own_exchange ? OWN_EXCHANGE_EV : 0.0);
  }
  return NAN;
}

cuxas_status cuxas_edge_energy_atomic(const cuxas_atom *atom, int n, int kappa, double *ret_energy_eV, cuxas_error *err)
{
  const cuxas_atom_settings settings      = {.hole_n = n, .hole_kappa = kappa, .is_in_solid = atom->is_in_solid};
  cuxas_atom               *ion           = NULL;
  const double              correction_eV = find_correction_eV(atom, n, kappa);

  if (isnan(correction_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "edges of shell n = %d, kappa = %d have no energies here", n, kappa);
  const cuxas_status status = cuxas_atom_new(atom->atomic_number, &settings, &ion, err);
  if (status != CUXAS_OK) return status;
  *ret_energy_eV = (ion->total_energy_hartree - atom->total_energy_hartree) * CUXAS_HARTREE_EV + correction_eV;
  cuxas_atom_free(ion);
  return CUXAS_OK;
}

double cuxas_edge_energy_at_fermi(double atomic_eV, const cuxas_atom *atom, const cuxas_orbital *core,
                                  const cuxas_scatterer *absorber)
{
  double shift[CUXAS_RADIAL_POINTS], density[CUXAS_RADIAL_POINTS];
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    const double inside = cuxas_radial_r(i) <= absorber->muffin_tin_radius_bohr; /* neighbours begin outside */
    density[i]          = inside * (core->large[i] * core->large[i] + core->small[i] * core->small[i]);
    shift[i]            = density[i] * (absorber->coulomb_hartree[i] - atom->coulomb_hartree[i]);
  }
  return atomic_eV - CUXAS_HARTREE_EV * cuxas_radial_integrate(shift, CUXAS_RADIAL_POINTS, 2.0) /
                         cuxas_radial_integrate(density, CUXAS_RADIAL_POINTS, 2.0);
}

/* ==== absorption: radial integrals of the core orbital with the photoelectron's waves ============================= */

/* ---- radial integrals: uniform steps of log r ----------------------------------------------------------------- */

/* Integral of f dr over step i ... i + 1 from the cubic through the nearest four ends of steps; f_r is f times r. */
static double complex integrate_over_radii(const double complex *f_r, size_t n_step, size_t i)
{
  if (i == 0 || i + 1 == n_step) return 0.5 * CUXAS_WAVE_STEP * (f_r[i] + f_r[i + 1]);
  return CUXAS_WAVE_STEP / 24.0 * (13.0 * (f_r[i] + f_r[i + 1]) - f_r[i - 1] - f_r[i + 2]);
}

static double complex integrate(const double complex *f_r, size_t n_step)
{
  double complex sum = 0.0;
  for (size_t i = 0; i < n_step; i++) sum += integrate_over_radii(f_r, n_step, i);
  return sum;
}

/* What one l contributes at one energy. */
typedef struct {
  double complex matrix_element; /* M = integral of P_c r P dr, P outside r (cos(delta) j - sin(delta) n) */
  double complex turn;           /* exp(i delta) */
  double complex nested;         /* integral over r < r' of both: P_c r P and P_c r' H, twice */
} radial_integrals;

/* The core orbital times r^2 (dipole, and dr = r dx) at the ends of the steps. */
void cuxas_absorption_core(const cuxas_wave_sphere *sphere, const cuxas_orbital *core, double *core_r2)
{
  for (size_t i = 0; i <= sphere->n_step; i++) {
    const double r = sphere->r[2 * i];
    core_r2[i]     = r * r * cuxas_wave_interpolate(core->large, CUXAS_RADIAL_POINTS - 1, r);
  }
}

double complex cuxas_absorption_waves(const cuxas_wave_field *field, int kappa, double complex k,
                                      double complex *ret_regular, double complex *ret_outgoing)
{
  const cuxas_wave_channel channel = cuxas_wave_dirac(kappa);
  const int                l       = channel.l;
  const size_t             n       = field->sphere->n_step;
  const double             radius  = field->sphere->radius_bohr;
  double complex           out[CUXAS_N_L], out_slope[CUXAS_N_L], in[CUXAS_N_L], in_slope[CUXAS_N_L], log_slope;

  cuxas_wave_regular(field, &channel, 1, ret_regular, 0, &log_slope);
  cuxas_spherical_hankel(k * radius, l, out, out_slope, in, in_slope);
  const double complex delta = cuxas_wave_phase_shift(k, radius, l, log_slope);
  const double complex turn  = cexp(I * delta);
  const double complex scale = 0.5 * radius * (turn * out[l] + in[l] / turn) / ret_regular[n];
  const double complex value = radius * turn * out[l], slope = turn * (out[l] + radius * k * out_slope[l]);
  cuxas_wave_inward(field, &channel, 1, &value, &slope, ret_outgoing, 0);
  for (size_t i = 0; i <= n; i++) ret_regular[i] *= scale;
  return turn;
}

static radial_integrals integrate_waves(const cuxas_wave_field *field, const double *core_r2, int kappa,
                                        double complex k)
{
  const size_t         n = field->sphere->n_step;
  double complex       regular[CUXAS_WAVE_STEPS + 1], outgoing[CUXAS_WAVE_STEPS + 1];
  const double complex turn = cuxas_absorption_waves(field, kappa, k, regular, outgoing);
  for (size_t i = 0; i <= n; i++) {
    regular[i] *= core_r2[i];
    outgoing[i] *= core_r2[i];
  }

  radial_integrals result  = {.matrix_element = integrate(regular, n), .turn = turn};
  double complex   outside = 0.0; /* integral of the outgoing wave from here on */
  for (size_t i = n + 1; i-- > 0;) {
    if (i < n) outside += integrate_over_radii(outgoing, n, i);
    regular[i] *= outside;
  }
  result.nested = 2.0 * integrate(regular, n);
  return result;
}

/* (2j' + 1) times the square of (j 1 j'; 1/2 0 -1/2). Of each j' one kappa has the right parity. */
int cuxas_absorption_finals(int kappa, cuxas_final_state ret_final[3])
{
  const int    core_l = kappa > 0 ? kappa : -kappa - 1;
  const double j      = abs(kappa) - 0.5;
  int          n      = 0;
  for (int step = -1; step <= 1; step++) {
    const double weight = step < 0   ? (2.0 * j - 1.0) / (4.0 * j)
                          : step > 0 ? (2.0 * j + 3.0) / (4.0 * (j + 1.0))
                                     : 1.0 / (4.0 * j * (j + 1.0));
    const int    size   = abs(kappa) + step; /* |kappa'| = j' + 1/2; l' = |kappa'| or |kappa'| - 1 */
    if (size == 0) continue;
    const int l    = (size - core_l) % 2 != 0 ? size : size - 1;
    ret_final[n++] = (cuxas_final_state){l == size ? size : -size, l, weight};
  }
  return n;
}

/* ---- all energies --------------------------------------------------------------------------------------------- */

static cuxas_absorption *new_absorption(size_t n_energy)
{
  cuxas_absorption *absorption = cuxas_new(NULL, 1, sizeof *absorption);
  if (absorption == NULL) return NULL;
  absorption->n_energy   = n_energy;
  absorption->atomic     = cuxas_new(NULL, n_energy, CUXAS_N_L * sizeof *absorption->atomic);
  absorption->strength   = cuxas_new(NULL, n_energy, sizeof *absorption->strength);
  absorption->scattering = cuxas_new(NULL, n_energy, CUXAS_N_L * sizeof *absorption->scattering);
  if (absorption->atomic && absorption->strength && absorption->scattering) return absorption;
  cuxas_absorption_free(absorption);
  return NULL;
}

/* sigma = 4 pi^2 alpha omega / 3 times the density of states, (1/pi) Im G */
double cuxas_absorption_unit(int kappa, double photon_hartree)
{
  const double n_electron = 2.0 * abs(kappa);
  return 4.0 * PI * CUXAS_FINE_STRUCTURE * photon_hartree / 3.0 * n_electron * CUXAS_BOHR_A * CUXAS_BOHR_A;
}

cuxas_status cuxas_absorption_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                  const cuxas_orbital *core, double photon_at_fermi_eV, bool has_one_wave,
                                  cuxas_absorption **ret_absorption, cuxas_error *err)
{
  const int          core_l     = core->kappa > 0 ? core->kappa : -core->kappa - 1;
  cuxas_status       status     = CUXAS_OK;
  cuxas_absorption  *absorption = NULL;
  cuxas_wave_sphere *sphere     = NULL;
  bool               is_finite  = true;
  double             core_r2[CUXAS_WAVE_STEPS + 1];

  cuxas_final_state final[3];
  const int         n_final = cuxas_absorption_finals(core->kappa, final);
  for (int j = 0; j < n_final && has_one_wave; j++)
    for (int k = 0; k < n_final; k++)
      if (final[k].l == final[j].l && final[k].weight > final[j].weight) final[j].kappa = final[k].kappa;

  *ret_absorption = NULL;
  if (core->kappa == 0 || core_l + 1 > CUXAS_L_MAX)
    return cuxas_fail(err, CUXAS_ERANGE, "absorption from orbitals with l = %d is not computed", core_l);
  if (!(photon_at_fermi_eV > 0.0) || !isfinite(photon_at_fermi_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "the photon energy of the edge must be a positive number");
  if ((sphere = cuxas_new(NULL, 1, sizeof *sphere)) == NULL || (absorption = new_absorption(mesh->n_energy)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&muffin_tin->scatterer[0], sphere, err)) != CUXAS_OK) goto done;
  cuxas_absorption_core(sphere, core, core_r2);
  for (int j = 0; j < n_final; j++) absorption->is_wanted[final[j].l] = true;

#pragma omp parallel for schedule(dynamic) reduction(&& : is_finite)
  for (size_t i = 0; i < mesh->n_energy; i++) {
    const double complex energy = mesh->energy_hartree[i];
    const double complex k      = cuxas_free_wave_number(energy - muffin_tin->interstitial_hartree);
    const double         photon = photon_at_fermi_eV / CUXAS_HARTREE_EV + creal(energy) - muffin_tin->fermi_hartree;
    const double         unit   = cuxas_absorption_unit(core->kappa, photon);
    cuxas_wave_field     field;

    cuxas_wave_field_set(sphere, energy, NULL, &field);
    for (int j = 0; j < n_final; j++) {
      const int              l       = final[j].l;
      const double complex   factor  = unit * final[j].weight * 2.0 * k;
      const radial_integrals radial  = integrate_waves(&field, core_r2, final[j].kappa, k);
      const double complex   squared = radial.matrix_element * radial.matrix_element;
      absorption->atomic[i * CUXAS_N_L + (size_t)l] += factor * I * radial.nested;
      absorption->strength[i] += cabs(factor * squared);
      absorption->scattering[i * CUXAS_N_L + (size_t)l] += factor * squared * radial.turn * radial.turn;
    }
    is_finite =
        is_finite && isfinite(absorption->strength[i]) && isfinite(cabs(cuxas_absorption_atomic(absorption, i)));
  }
  if (!is_finite) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "a matrix element is not a finite number");
    goto done;
  }
  *ret_absorption = absorption;
  absorption      = NULL;
done:
  cuxas_absorption_free(absorption);
  free(sphere);
  return status;
}

double complex cuxas_absorption_atomic(const cuxas_absorption *absorption, size_t i_energy)
{
  double complex sum = 0.0;
  for (size_t l = 0; l < CUXAS_N_L; l++) sum += absorption->atomic[i_energy * CUXAS_N_L + l];
  return sum;
}

void cuxas_absorption_free(cuxas_absorption *absorption)
{
  if (absorption == NULL) return;
  free(absorption->atomic);
  free(absorption->strength);
  free(absorption->scattering);
  free(absorption);
}
