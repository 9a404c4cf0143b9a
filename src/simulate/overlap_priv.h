/* overlap_priv.h - what a neighbour's spherical function looks like from another atom's centre, spherically averaged
 *
 * L. F. Mattheiss, Phys. Rev. 133, A1399 (1964); P.-O. Lowdin, Adv. Phys. 5, 1 (1956): the average over a sphere of
 * radius r of f(|r - R|) is 1/(2 R r) times the integral of f(s) s ds from |R - r| to R + r. */
#ifndef CUXAS_OVERLAP_PRIV_H
#define CUXAS_OVERLAP_PRIV_H
#include "simulate/radial_priv.h"

typedef struct {
  double value[CUXAS_RADIAL_POINTS];    /* f at the mesh points */
  double integral[CUXAS_RADIAL_POINTS]; /* of f(s) s ds from 0 to the mesh point */
} cuxas_overlap;

/* cuxas_overlap_init() - f times s is finite at the nucleus */
void cuxas_overlap_init(cuxas_overlap *overlap, const double value[CUXAS_RADIAL_POINTS]);

/* cuxas_overlap_average() - average over the sphere of radius r_bohr around a point distance_bohr away from f's centre
 *
 *   limit_bohr   f counts as 0 beyond; INFINITY: as far as the mesh goes
 *
 * Both radii > 0. */
double cuxas_overlap_average(const cuxas_overlap *overlap, double distance_bohr, double r_bohr, double limit_bohr);

#endif
