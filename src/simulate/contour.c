#include "simulate/contour_priv.h"

#include <gsl/gsl_integration.h>
#include <math.h>

#define PI 3.14159265358979323846
#define HEIGHT 0.6 /* of the ellipse, relative to its half width */

cuxas_status cuxas_contour_set(double from_hartree, double until_hartree, double end_hartree, size_t n_energy,
                               double complex *ret_energy, double complex *ret_weight, cuxas_error *err)
{
  gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n_energy);
  if (table == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a contour");
  const double middle = 0.5 * (from_hartree + until_hartree), half = 0.5 * (until_hartree - from_hartree);
  for (size_t i = 0; i < n_energy; i++) {
    double angle, weight;
    gsl_integration_glfixed_point(0.0, PI, i, &angle, &weight, table);
    ret_energy[i] =
        middle - half * cos(angle) + I * (HEIGHT * half * sin(angle) + 0.5 * end_hartree * (1.0 - cos(angle)));
    ret_weight[i] = weight * (half * sin(angle) + I * (HEIGHT * half * cos(angle) + 0.5 * end_hartree * sin(angle)));
  }
  gsl_integration_glfixed_table_free(table);
  return CUXAS_OK;
}
