/* metals.h - the 3d metals: crystals, and what is tabulated and measured of their edges */
#ifndef METALS_H
#define METALS_H
#include "cuxas/crystal.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
  const char *symbol;
  int         atomic_number;
  char        lattice; /* body-centred, face-centred, hexagonal close-packed */
  double      a_A, c_A;
  double      k_eV, l2_eV, l3_eV; /* binding energies, X-ray Data Booklet, table 1-1 */
} metal;

static const metal METALS[] = {
    {"Ti", 22, 'h', 2.951, 4.684, 4966.0, 460.2, 453.8},  {"V", 23, 'b', 3.024, 0.0, 5465.0, 519.8, 512.1},
    {"Cr", 24, 'b', 2.885, 0.0, 5989.0, 583.8, 574.1},    {"Mn", 25, 'b', 2.900, 0.0, 6539.0, 649.9, 638.7},
    {"Fe", 26, 'b', 2.866, 0.0, 7112.0, 719.9, 706.8},    {"Co", 27, 'h', 2.507, 4.069, 7709.0, 793.2, 778.1},
    {"Ni", 28, 'f', 3.524, 0.0, 8333.0, 870.0, 852.7},    {"Cu", 29, 'f', 3.615, 0.0, 8979.0, 952.3, 932.7},
    {"Zn", 30, 'h', 2.665, 4.947, 9659.0, 1044.9, 1021.8}};
enum { N_METAL = sizeof METALS / sizeof *METALS };

/* Where K edges of foils have their first two maxima, eV behind the steepest rise of the edge: read off the scans
 * cu_metal_10K.xdi (10 K, beamline X11A, NSLS: 8977.5, 8992.1, 9001.4 eV; github.com/XraySpectroscopy/XAS-Data-Interchange)
 * and ni_metal_rt.xdi (beamline 13-ID-C, APS: 8331.2, 8348.4, 8356.8 eV; github.com/xraypy/xraylarch). */
static const struct {
  const char *symbol;
  double      maximum_eV[2];
} FOILS[] = {{"Ni", {17.2, 25.6}}, {"Cu", {14.6, 23.9}}};
enum { N_FOIL = sizeof FOILS / sizeof *FOILS };

static inline const metal *find_metal(const char *symbol)
{
  size_t i = 0;
  while (strcmp(METALS[i].symbol, symbol) != 0) i++;
  return &METALS[i];
}

static inline cuxas_crystal *make_metal(const metal *e)
{
  const bool     is_hexagonal = e->lattice == 'h';
  cuxas_crystal *crystal      = cuxas_crystal_new(is_hexagonal ? 2 : 1);
  for (size_t i = 0; i < crystal->n_site; i++) crystal->atomic_number[i] = e->atomic_number;
  if (is_hexagonal) {
    const double lattice_A[3][3]  = {{e->a_A, 0.0, 0.0}, {-0.5 * e->a_A, e->a_A * sqrt(0.75), 0.0}, {0.0, 0.0, e->c_A}};
    const double fractional[2][3] = {{1.0 / 3.0, 2.0 / 3.0, 0.25}, {2.0 / 3.0, 1.0 / 3.0, 0.75}};
    memcpy(crystal->lattice_A, lattice_A, sizeof lattice_A);
    memcpy(crystal->fractional, fractional, sizeof fractional);
  }
  for (int j = 0; j < 3 && !is_hexagonal; j++)
    for (int k = 0; k < 3; k++)
      crystal->lattice_A[j][k] = 0.5 * e->a_A * (e->lattice == 'f' ? (j != k) : j == k ? -1.0 : 1.0);
  return crystal;
}

#endif
