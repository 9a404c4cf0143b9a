/* edge_energy.c - the energies at which edges begin: differences of total energies, corrected to FEFF's scale or to tables */
#include "simulate/edge_energy_priv.h"

#include "base/units.h"

#include <math.h>

/* FEFF less our difference of total energies, eV. L3 and L2: mean over 16 sites of Cu in 15 compounds, simulated with
 * FEFF 10.0 (they scatter by 0.1 eV); K: published FEFF 9 spectra of 24 sites of Cu in oxides. L1: as L2. */
static const struct {
  int    n, kappa;
  double correction_eV;
} CORRECTIONS[] = {{1, -1, -14.60}, {2, -1, -5.22}, {2, 1, -5.22}, {2, -2, -4.66}};

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
static double find_correction_eV(int atomic_number, int n, int kappa)
{
  for (size_t i = 0; i < sizeof CORRECTIONS / sizeof *CORRECTIONS; i++) {
    if (CORRECTIONS[i].n != n || CORRECTIONS[i].kappa != kappa) continue;
    for (size_t k = 0; k < sizeof ELEMENTS / sizeof *ELEMENTS; k++)
      if (ELEMENTS[k].atomic_number == atomic_number) return ELEMENTS[k].tabulated_eV[i] - ELEMENTS[k].found_eV[i];
    return CORRECTIONS[i].correction_eV;
  }
  return NAN;
}

cuxas_status cuxas_edge_energy_atomic(const cuxas_atom *atom, int n, int kappa, double *ret_energy_eV, cuxas_error *err)
{
  const cuxas_atom_settings settings      = {.hole_n = n, .hole_kappa = kappa, .is_in_solid = atom->is_in_solid};
  cuxas_atom               *ion           = NULL;
  const double              correction_eV = find_correction_eV(atom->atomic_number, n, kappa);

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
