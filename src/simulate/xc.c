#include "simulate/xc_priv.h"

#include <math.h>

#define PI 3.14159265358979323846
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
