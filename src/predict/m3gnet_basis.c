#include "predict/m3gnet_priv.h"

#include "base/memory.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>

static const double PI = 3.14159265358979323846;

/* -- radial functions -- */

/* bessel_zero() - n-th positive zero of j_l, counted from 0; GSL's estimate polished by Newton's method */
static double bessel_zero(int l, unsigned n)
{
  double z = gsl_sf_bessel_zero_Jnu(l + 0.5, n + 1); /* j_l(x) is J_(l+1/2)(x) sqrt(pi / 2x) */
  for (int i = 0; i < 2; i++) {
    const double j = gsl_sf_bessel_jl(l, z);
    z -= j / (l / z * j - gsl_sf_bessel_jl(l + 1, z));
  }
  return z;
}

/* scaled_bessel() - phi_ln at t = r / Rc, from the definition */
static double scaled_bessel(double cutoff_A, int l, double z, double t)
{
  return sqrt(2.0 / (cutoff_A * cutoff_A * cutoff_A)) / fabs(gsl_sf_bessel_jl(l + 1, z)) * gsl_sf_bessel_jl(l, z * t);
}

double cuxas_m3gnet_radial_bessel(double cutoff_A, size_t l, size_t n, double r_A)
{
  return scaled_bessel(cutoff_A, (int)l, bessel_zero((int)l, (unsigned)n), fmin(r_A / cutoff_A, 1.0));
}

/* fit_series() - Chebyshev coefficients of phi / t^l, an entire function of t^2, by interpolation at n_term nodes */
static void fit_series(double cutoff_A, int l, double z, size_t n_term, double *ret_coefficient)
{
  for (size_t i_term = 0; i_term < n_term; i_term++) ret_coefficient[i_term] = 0.0;
  for (size_t i_node = 0; i_node < n_term; i_node++) {
    const double angle = PI * ((double)i_node + 0.5) / (double)n_term;
    const double t     = sqrt(0.5 * (1.0 + cos(angle)));
    const double value = scaled_bessel(cutoff_A, l, z, t) / pow(t, l);
    for (size_t i_term = 0; i_term < n_term; i_term++)
      ret_coefficient[i_term] += (i_term == 0 ? 1.0 : 2.0) / (double)n_term * value * cos((double)i_term * angle);
  }
}

bool cuxas_m3gnet_radial_new(cuxas_m3gnet_radial *radial, double cutoff_A, size_t n_radial, size_t n_angular)
{
  /* Coefficient k falls as (z/4)^2k / k!^2: this many terms leave less than 1e-14 for the largest zero. */
  const double largest_zero = bessel_zero((int)n_angular - 1, (unsigned)n_radial - 1);

  radial->cutoff_A    = cutoff_A;
  radial->n_radial    = n_radial;
  radial->n_angular   = n_angular;
  radial->n_term      = 12 + (size_t)(0.8 * largest_zero);
  radial->coefficient = cuxas_new_array(n_angular * n_radial * radial->n_term, sizeof *radial->coefficient);
  if (radial->coefficient == NULL) return false;
  for (size_t l = 0; l < n_angular; l++)
    for (size_t n = 0; n < n_radial; n++)
      fit_series(cutoff_A, (int)l, bessel_zero((int)l, (unsigned)n), radial->n_term,
                 radial->coefficient + (l * n_radial + n) * radial->n_term);
  return true;
}

void cuxas_m3gnet_radial_free(cuxas_m3gnet_radial *radial)
{
  free(radial->coefficient);
  radial->coefficient = NULL;
}

enum { LANES = 32 }; /* bonds summed side by side */

/* sum_series() - Clenshaw's recurrence for LANES arguments at once */
CUXAS_M3GNET_CLONES static void sum_series(const double *coefficient, size_t n_term, const double *x2, const double *x,
                                           double *ret_sum)
{
  double above[LANES] = {0}, here[LANES] = {0};
  for (size_t i_term = n_term - 1; i_term > 0; i_term--) {
#pragma omp simd
    for (int i = 0; i < LANES; i++) {
      const double next = coefficient[i_term] + x2[i] * here[i] - above[i];
      above[i]          = here[i];
      here[i]           = next;
    }
  }
#pragma omp simd
  for (int i = 0; i < LANES; i++) ret_sum[i] = coefficient[0] + x[i] * here[i] - above[i];
}

void cuxas_m3gnet_radial_run(const cuxas_m3gnet_radial *radial, const cuxas_bond *bond, size_t n_bond, size_t stride,
                             float *ret_phi)
{
  for (size_t i_first = 0; i_first < n_bond; i_first += LANES) {
    const size_t n        = n_bond - i_first < LANES ? n_bond - i_first : LANES;
    double       t[LANES] = {0}, power[LANES], x[LANES] = {0}, x2[LANES] = {0}, sum[LANES];
    for (size_t i = 0; i < n; i++) {
      t[i]     = fmin(bond[i_first + i].distance_A / radial->cutoff_A, 1.0);
      power[i] = 1.0; /* t^l */
      x[i]     = 2.0 * t[i] * t[i] - 1.0;
      x2[i]    = 2.0 * x[i];
    }
    for (size_t l = 0; l < radial->n_angular; l++) {
      for (size_t q = l * radial->n_radial; q < (l + 1) * radial->n_radial; q++) {
        sum_series(radial->coefficient + q * radial->n_term, radial->n_term, x2, x, sum);
        for (size_t i = 0; i < n; i++) ret_phi[q * stride + i_first + i] = (float)(power[i] * sum[i]);
      }
      for (size_t i = 0; i < n; i++) power[i] *= t[i];
    }
  }
}

double cuxas_m3gnet_cutoff(double r_A, double three_body_cutoff_A)
{
  const double t = r_A / three_body_cutoff_A;
  return t <= 1.0 ? 1.0 + t * t * t * (-10.0 + t * (15.0 - 6.0 * t)) : 0.0;
}

/* -- angular functions -- */

/* With x + iy = sin(theta) exp(i phi) and Pi_lm(z) = P_lm(z) / sin(theta)^m, a polynomial,
 *   C_l0 = Pi_l0,  C_l(+-m) = sqrt(2 (l-m)! / (l+m)!) Pi_lm {Re, Im} (x + iy)^m,
 *   Pi_mm = (2m-1)!!,  (l-m) Pi_lm = (2l-1) z Pi_(l-1)m - (l+m-1) Pi_(l-2)m. */
void cuxas_m3gnet_harmonics(const double unit[3], size_t n_angular, size_t stride, double *ret_harmonics)
{
  const int    n_l = (int)n_angular;
  const double x = unit[0], y = unit[1], z = unit[2];
  double       re = 1.0, im = 0.0, pi_mm = 1.0, scale_mm = 1.0; /* scale_mm is 1 / (2m)! */

  for (int m = 0; m < n_l; m++) {
    double below = 0.0, here = pi_mm, scale = scale_mm; /* scale is (l-m)! / (l+m)! */
    for (int l = m; l < n_l; l++) {
      const double factor = m == 0 ? here : sqrt(2.0 * scale) * here;

      ret_harmonics[(size_t)(l * l + l + m) * stride] = factor * re;
      if (m > 0) ret_harmonics[(size_t)(l * l + l - m) * stride] = factor * im;

      const double next = ((2 * l + 1) * z * here - (l + m) * below) / (l + 1 - m);
      below             = here;
      here              = next;
      scale *= (double)(l + 1 - m) / (double)(l + 1 + m);
    }
    const double re_next = re * x - im * y;
    im                   = re * y + im * x;
    re                   = re_next;
    pi_mm *= 2 * m + 1;
    scale_mm /= (double)((2 * m + 1) * (2 * m + 2));
  }
}
