/* edge.c - from Green functions at complex energies to the spectrum of one edge
 *
 * Contents: spectrum - widths of core holes */
#include "simulate/edge_priv.h"
#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* ==== spectrum ==================================================================================================== */

#define PI 3.14159265358979323846

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

void cuxas_edge_fermi_cut(const cuxas_energy_mesh *mesh, const double complex *f, double *ret_mu)
{
  const double          fermi = mesh->fermi_hartree, gamma = mesh->half_width_hartree;
  const size_t          first = mesh->n_spectrum, last = mesh->n_energy - 1;
  const double complex *e     = mesh->energy_hartree;
  const double complex  limit = I * cimag(f[first - 1]);
  /* f at the Fermi level itself continues the two lowest points */
  const double          y0 = cimag(e[first]), y1 = cimag(e[first + 1]);
  const double complex  at_fermi = f[first] - y0 / (y1 - y0) * (f[first + 1] - f[first]);

  for (size_t i = 0; i < mesh->n_spectrum; i++) {
    const double   omega = creal(e[i]), distance = fermi - omega;
    double complex sum = integrate_piece(distance, distance + I * y0, at_fermi, f[first], gamma);
    for (size_t j = first; j < last; j++) sum += integrate_piece(e[j] - omega, e[j + 1] - omega, f[j], f[j + 1], gamma);
    sum += integrate_beyond(distance, cimag(e[last]), f[last], limit, gamma);
    ret_mu[i] = cimag(sum + f[i] * (i > mesh->i_fermi ? 1.0 : i == mesh->i_fermi ? 0.5 : 0.0));
  }
}

/* ---- the spectrum --------------------------------------------------------------------------------------------- */

static cuxas_edge_spectrum *new_spectrum(size_t n_energy)
{
  cuxas_edge_spectrum *spectrum = calloc(1, sizeof *spectrum);
  if (spectrum == NULL) return NULL;
  spectrum->n_energy  = n_energy;
  spectrum->energy_eV = cuxas_new_array(n_energy, sizeof *spectrum->energy_eV);
  spectrum->mu        = cuxas_new_array(n_energy, sizeof *spectrum->mu);
  spectrum->mu0       = cuxas_new_array(n_energy, sizeof *spectrum->mu0);
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
                                 const double complex *g, double photon_at_fermi_eV, cuxas_edge_spectrum **ret_spectrum,
                                 cuxas_error *err)
{
  const double         step     = find_edge_step(mesh, absorption);
  cuxas_status         status   = CUXAS_OK;
  cuxas_edge_spectrum *spectrum = NULL;
  double complex      *f        = NULL;

  *ret_spectrum = NULL;
  if (!(step > 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "spectra must reach %g eV above the edge, where they are normalised",
                      CUXAS_EDGE_NORM_EV);
  if ((spectrum = new_spectrum(mesh->n_spectrum)) == NULL || (f = cuxas_new_array(mesh->n_energy, sizeof *f)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
    goto done;
  }
  for (size_t i = 0; i < mesh->n_energy; i++) {
    f[i] = absorption->atomic[i];
    for (size_t l = 0; g != NULL && l < CUXAS_N_L; l++)
      f[i] += absorption->scattering[i * CUXAS_N_L + l] * g[i * CUXAS_N_L + l];
  }
  cuxas_edge_fermi_cut(mesh, f, spectrum->mu);
  cuxas_edge_fermi_cut(mesh, absorption->atomic, spectrum->mu0);
  spectrum->fermi_eV     = photon_at_fermi_eV;
  spectrum->edge_step_A2 = step;
  for (size_t i = 0; i < mesh->n_spectrum; i++) {
    spectrum->energy_eV[i] =
        photon_at_fermi_eV + (creal(mesh->energy_hartree[i]) - mesh->fermi_hartree) * CUXAS_HARTREE_EV;
    spectrum->mu[i] /= step;
    spectrum->mu0[i] /= step;
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
