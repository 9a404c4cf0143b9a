#include "simulate/edge_energy_priv.h"

#include "base/units.h"

#include <math.h>

/* FEFF less our difference of total energies, eV. L3 and L2: mean over 16 sites of Cu in 15 compounds, simulated with
 * FEFF 10.0 (they scatter by 0.1 eV); K: published FEFF 9 spectra of 24 sites of Cu in oxides. L1: as L2. */
static const struct {
  int    n, kappa;
  double correction_eV;
} CORRECTIONS[] = {{1, -1, -14.60}, {2, -1, -5.22}, {2, 1, -5.22}, {2, -2, -4.66}};

cuxas_status cuxas_edge_energy_atomic(const cuxas_atom *atom, int n, int kappa, double *ret_energy_eV, cuxas_error *err)
{
  const cuxas_atom_settings settings      = {.hole_n = n, .hole_kappa = kappa, .is_in_solid = atom->is_in_solid};
  cuxas_atom               *ion           = NULL;
  double                    correction_eV = NAN;

  for (size_t i = 0; i < sizeof CORRECTIONS / sizeof *CORRECTIONS; i++)
    if (CORRECTIONS[i].n == n && CORRECTIONS[i].kappa == kappa) correction_eV = CORRECTIONS[i].correction_eV;
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
