/* units.h - atomic units in those of the rest of the library: CODATA 2018, E. Tiesinga et al., Rev. Mod. Phys. 93,
 * 025010 (2021), doi:10.1103/RevModPhys.93.025010 */
#ifndef CUXAS_UNITS_PRIV_H
#define CUXAS_UNITS_PRIV_H

#define CUXAS_BOHR_A 0.529177210903
#define CUXAS_HARTREE_EV 27.211386245988
#define CUXAS_FINE_STRUCTURE 7.2973525693e-3 /* 1 / speed of light in atomic units */

#endif
