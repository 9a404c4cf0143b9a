/* simulate.h - a structure's absorption edges from first principles: real-space multiple scattering
 *
 * Free atoms are overlapped to muffin-tin potentials, which are made self-consistent; a photoelectron with a plasmon-pole
 * self-energy scatters any number of times from the atoms around the absorber; dipole matrix elements from the core
 * orbital give the spectrum. Without a core hole, or with one that the absorber's valence electrons screen in linear
 * response. No lattice vibrations.
 * J. J. Rehr, R. C. Albers, Rev. Mod. Phys. 72, 621 (2000), doi:10.1103/RevModPhys.72.621; A. L. Ankudinov, B. Ravel, J. J.
 * Rehr, S. D. Conradson, Phys. Rev. B 58, 7565 (1998), doi:10.1103/PhysRevB.58.7565; the core hole: A.
 * L. Ankudinov, Y. Takimoto, J. J. Rehr, Phys. Rev. B 71, 165110 (2005), doi:10.1103/PhysRevB.71.165110. */
#ifndef CUXAS_SIMULATE_H
#define CUXAS_SIMULATE_H
#include "cuxas/crystal.h"
#include "cuxas/model.h"

#include <stdbool.h>

enum {
  CUXAS_SIMULATE_EDGE_SIZE = 8,
  CUXAS_SIMULATE_CODE_SIZE = 256,
  CUXAS_SIMULATE_SCF_SIZE  = 112,
  CUXAS_SIMULATE_MAX_Z     = 94
};

typedef enum cuxas_theory {
  CUXAS_THEORY_FEFF, /* what FEFF10 computes: for comparison with its records and with published settings */
  CUXAS_THEORY_CUXAS /* open d shells of Cu(II) are split by U; the level between the spheres as level_share has it */
} cuxas_theory;

/* Core holes live as long as O. Keski-Rahkonen, M. O. Krause, At. Data Nucl. Data Tables 14, 139 (1974) have it, elements 1 to
 * 95, as FEFF reads their figures. */
typedef struct {
  double radius_A;     /* of the cluster that scatters, > 0 */
  size_t max_atom;     /* whole shells are left out beyond; 0: no limit */
  double width_eV;     /* full width of the core hole's Lorentzian; 0: that of the element and edge */
  double k_max_per_A;  /* the spectrum ends where a free electron from the Fermi level has this wave number */
  double k_step_per_A; /* its steps there */
  double edge_step_eV; /* steps just above the Fermi level, as long as steps in wave number would be finer */
  double scf_radius_A; /* of the clusters that make the potentials self-consistent; 0: potentials of overlapped atoms,
                             whose Fermi level may be several eV too high */
  size_t scf_max_atom; /* in them; 0: no limit */
  cuxas_theory theory;
  double
      level_share; /* 0 ... 1, beyond FEFF's theory: how far the level between the spheres goes from FEFF's rule to the mean
                         of the potential there */
  double fermi_shift_eV; /* added to the Fermi level when the potentials are made: what hangs on its last tenths? */
  bool
      has_polarised_fermi; /* beyond FEFF's theory: in Cu(II) whose hole would not stay above the Fermi level of spheres
                              without spin, that level goes down, smoothly, until it does; photon energies stay */
  double fermi_radius_A;   /* of the clusters that tell the final Fermi level, all their atoms; 0: those before. Small
                              ones put it, and thereby all photon energies, a tenth of an eV off */
  double residual; /* share of the absorber's waves that multiple scattering may leave unanswered, 0 ... 0.1: what comes
                              back is then right to about its square, and large clusters cost far less. 0: 0.003 everywhere */
} cuxas_simulate_settings;

extern const cuxas_simulate_settings CUXAS_SIMULATE_DEFAULTS;

/* The clusters of 7 A, and FEFF's level between the spheres, that the bundled models' data set is made of; and those of FEFF10's
 * records, in whose theory they belong. */
extern const cuxas_simulate_settings CUXAS_SIMULATE_QUICK;

/* What is to be simulated: an edge, and the state of its core level. */
typedef struct {
  const char   *edge; /* "K", "L1", "L2" or "L3" */
  cuxas_channel channel;
} cuxas_simulated_kind;

typedef struct {
  char          edge[CUXAS_SIMULATE_EDGE_SIZE];
  cuxas_channel channel;
  size_t        n_point;
  double       *energy_eV; /* (n_point) photon energy, rising; owned, the two below likewise */
  double       *mu;        /* (n_point) 1: the atomic background 50 eV above the Fermi level */
  double       *mu0;       /* (n_point) that background, in the same units */
  double        edge_step; /* what both were divided by, square angstrom: weights edges relative to each other */
  double        width_eV;  /* of the core hole */
  double        edge_eV;   /* photon energy of the Fermi level */
} cuxas_simulated_edge;

typedef struct {
  size_t                n_edge;
  cuxas_simulated_edge *edge;     /* (n_edge), owned */
  double                fermi_eV; /* Fermi level on the potential's zero */
  int                   n_scf;    /* iterations that made the potentials self-consistent; 0: not asked for */
  char                  scf[CUXAS_SIMULATE_SCF_SIZE]; /* how that ended, in words; empty: not asked for */
  size_t                n_atom;                       /* that scatter */
  size_t                n_operation;                  /* of the absorber's point group in that cluster */
} cuxas_simulation;

/* Free atoms and tables that sites share; one thread at a time, which spreads energies over the threads OpenMP has. */
typedef struct cuxas_simulator cuxas_simulator;

/* cuxas_simulator_new() - the caller frees it with cuxas_simulator_free(); CUXAS_ERANGE: a setting is out of bounds; CUXAS_ENOMEM */
cuxas_status cuxas_simulator_new(const cuxas_simulate_settings *settings, cuxas_simulator **ret_simulator,
                                 cuxas_error *err);

/* cuxas_simulator_free() - accepts NULL */
void cuxas_simulator_free(cuxas_simulator *simulator);

/* cuxas_simulator_code() - program, version, channel and settings in one line, for records */
const char *cuxas_simulator_code(const cuxas_simulator *simulator, cuxas_channel channel);

/* cuxas_simulate_site() - spectra of one site
 *
 *   site            index of the absorber in the crystal
 *   kind            (n_kind) which ones; potentials are made self-consistent once for all of them
 *   ret_simulation  their spectra in this order; the caller frees it with cuxas_simulation_free()
 *
 * Same numbers whatever the number of threads and whatever other kinds are asked for.
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED an edge or channel that is not known or an element beyond CUXAS_SIMULATE_MAX_Z;
 *          CUXAS_ERANGE the structure makes no sense (atoms too close or too far apart); CUXAS_ENUMERIC
 *          potentials not self-consistent, or no finite spectrum; CUXAS_ENOMEM. */
cuxas_status cuxas_simulate_site(cuxas_simulator *simulator, const cuxas_crystal *crystal, size_t site,
                                 const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulation **ret_simulation,
                                 cuxas_error *err);

/* cuxas_simulation_free() - accepts NULL */
void cuxas_simulation_free(cuxas_simulation *simulation);

#endif
