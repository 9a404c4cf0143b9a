#include "simulate/bessel_priv.h"

static void recur(double complex z, int l_max, double complex previous, double complex *value, double complex *slope)
{
  for (int l = 0; l <= l_max; l++) {
    slope[l] = previous - (l + 1.0) / z * value[l]; /* previous is h_{l-1} */
    if (l < l_max) value[l + 1] = (2.0 * l + 1.0) / z * value[l] - previous;
    previous = value[l];
  }
}

void cuxas_spherical_hankel(double complex z, int l_max, double complex *ret_out, double complex *ret_out_slope,
                            double complex *ret_in, double complex *ret_in_slope)
{
  const double complex out = cexp(I * z) / z, in = cexp(-I * z) / z; /* h_{-1} = cos z / z +- i sin z / z */
  ret_out[0] = -I * out;
  ret_in[0]  = I * in;
  recur(z, l_max, out, ret_out, ret_out_slope);
  recur(z, l_max, in, ret_in, ret_in_slope);
}
