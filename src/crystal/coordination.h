/* coordination.h - who surrounds a site: coordination number, ligands, nearest element
 *
 * The rule: around the site the Voronoi polyhedron is built from the planes half way to every neighbour; a neighbour's
 * weight is the solid angle of its face, seen from the site, relative to the largest one (M. O'Keeffe, Acta Cryst. A35,
 * 772 (1979), doi:10.1107/S0567739479001765). Neighbours of weight CUXAS_COORDINATION_WEIGHT and more count. When
 * nonmetals are among them, they alone count: metals close by (Cu-Cu in LaCuOS) are no ligands. Hydrogen counts as a
 * nonmetal only where it is the only one (a hydride; not water).
 *
 * So Cu in Cu2O has 2, in CuO 4, in CuFeS2 4, in the metal 12, in CsCl structures 8, in La2CuO4 6 (4 + 2 longer ones). */
#ifndef CUXAS_COORDINATION_H
#define CUXAS_COORDINATION_H
#include "cuxas/crystal.h"

#include <stdbool.h>

#define CUXAS_COORDINATION_WEIGHT 0.5 /* our choice: separates the examples above by 0.2 and more on either side */
#define CUXAS_COORDINATION_CUTOFF_A 6.0

enum { CUXAS_MAX_LIGAND = 24 };

typedef struct {
  int    atomic_number;
  double distance_A;
  double weight; /* solid angle over the largest one at this site, 0 ... 1 */
} cuxas_ligand;

typedef struct {
  size_t       n_ligand;                 /* the coordination number; at most CUXAS_MAX_LIGAND */
  cuxas_ligand ligand[CUXAS_MAX_LIGAND]; /* by distance, then atomic number */
  bool         is_metallic;              /* no nonmetal among the ligands (also when there are none) */
} cuxas_coordination;

/* cuxas_coordination_find() - of one site
 *
 * Returns  CUXAS_OK, also when nothing is within CUXAS_COORDINATION_CUTOFF_A; CUXAS_ERANGE no such site, a degenerate cell,
 *          or so many faces of one size that they are no shell; CUXAS_ENOMEM. */
cuxas_status cuxas_coordination_find(const cuxas_crystal *crystal, size_t site, cuxas_coordination *ret_coordination,
                                     cuxas_error *err);

/* cuxas_element_is_nonmetal() - H, C, N, O, F, P, S, Cl, As, Se, Br, Te, I: what copper forms polar compounds with */
bool cuxas_element_is_nonmetal(int atomic_number);

/* Kinds of surroundings. */
typedef enum {
  CUXAS_LIGANDS_NONE,
  CUXAS_LIGANDS_METAL,
  CUXAS_LIGANDS_OXIDE,
  CUXAS_LIGANDS_CHALCOGENIDE, /* S, Se, Te */
  CUXAS_LIGANDS_HALIDE,       /* F, Cl, Br, I */
  CUXAS_LIGANDS_PNICTIDE,     /* N, P, As */
  CUXAS_LIGANDS_OTHER,        /* C, H */
  CUXAS_LIGANDS_MIXED,        /* of several of these kinds */
  CUXAS_N_LIGANDS
} cuxas_ligand_class;

cuxas_ligand_class cuxas_coordination_class(const cuxas_coordination *coordination);

/* cuxas_ligand_class_name() - "oxide"; static storage */
const char *cuxas_ligand_class_name(cuxas_ligand_class kind);

#endif
