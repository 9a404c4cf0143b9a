/* core_width_priv.h - how broad core holes make absorption edges
 *
 * Read off the figures of O. Keski-Rahkonen, M. O. Krause, At. Data Nucl. Data Tables 14, 139 (1974) at a few elements,
 * the same that FEFF uses, so that edges of both are as broad; between them log(width) is linear in Z. */
#ifndef CUXAS_CORE_WIDTH_PRIV_H
#define CUXAS_CORE_WIDTH_PRIV_H

/* cuxas_core_width_eV() - full width at half maximum of the hole's Lorentzian
 *
 *   n, kappa   1, -1: K; 2, -1: L1; 2, 1: L2; 2, -2: L3
 *
 * Returns  0 for other shells and atomic numbers that are not in 1 ... 95. */
double cuxas_core_width_eV(int atomic_number, int n, int kappa);

#endif
