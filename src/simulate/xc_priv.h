/* xc_priv.h - exchange and correlation of the homogeneous electron gas, not spin-polarised; Hartree atomic units */
#ifndef CUXAS_XC_PRIV_H
#define CUXAS_XC_PRIV_H

typedef struct {
  double energy_hartree;    /* per electron */
  double potential_hartree; /* derivative of (density times energy) with respect to the density */
} cuxas_xc;

/* cuxas_xc_barth_hedin() - ground-state potential of solids: Slater-Kohn-Sham exchange with the correlation of U. von
 * Barth, L. Hedin, J. Phys. C 5, 1629 (1972), paramagnetic. density: electrons per bohr^3; <= 0 gives zeros. */
cuxas_xc cuxas_xc_barth_hedin(double density);

/* cuxas_xc_vosko() - the functional of the NIST tables of free atoms (S. Kotochigova et al., Phys. Rev. A 55, 191
 * (1997)): correlation of S. H. Vosko, L. Wilk, M. Nusair, Can. J. Phys. 58, 1200 (1980), paramagnetic, formula 4.4;
 * exchange with the relativistic correction of A. H. MacDonald, S. H. Vosko, J. Phys. C 12, 2977 (1979).
 *
 *   light_speed   in atomic units; a large number switches the correction off */
cuxas_xc cuxas_xc_vosko(double density, double light_speed);

#endif
