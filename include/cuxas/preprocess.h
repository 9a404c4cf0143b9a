/* preprocess.h - from a measured spectrum as it stands in the file to values on the model's energy lattice
 *
 * cuxas_preprocess_measured() is a chain of steps, each of which knows nothing of the others
 *
 *     sort -> (calibrate) -> (pre-edge) -> (spikes) -> smooth -> pedestal -> crop -> resample
 *
 * and keeps a record of what each step did, for the report. */
#ifndef CUXAS_PREPROCESS_H
#define CUXAS_PREPROCESS_H
#include "cuxas/spectrum.h"
#include "cuxas/status.h"

#include <stdbool.h>

/* Limits are our choice. */
#define CUXAS_PREPROCESS_SMOOTH_EV 0.2    /* s of the kernel exp(-(dE/s)^2) unless told otherwise, eV */
#define CUXAS_PREPROCESS_SAME_EV 1e-6     /* energies closer than this are one energy, eV */
#define CUXAS_PREPROCESS_MIN_RANGE_EV 10. /* less than this on the lattice is not compared, eV */
#define CUXAS_PREPROCESS_MAX_STEP_EV 1.0  /* a median step above this does not resolve an L edge, eV */
enum { CUXAS_PREPROCESS_MIN_POINT = 20 };
#define CUXAS_PREPROCESS_BINS_PER_S 64.0       /* smoothing averages denser tables in bins of s/64 first */
enum { CUXAS_PREPROCESS_MANY_POINT = 100000 }; /* and only those of so many points */

/* cuxas_preprocess_cover() - the lattice points that an energy range covers
 *
 *   lattice         a grid, e.g. the model's
 *   min_eV, max_eV  range, eV; a border within CUXAS_PREPROCESS_SAME_EV of a point covers it
 *   beyond_lattice  false: only points of the lattice; true: also its continuation on both sides
 *   ret_grid        the largest such grid; n_energy = 0 when there is none
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE step_eV is not positive, the range is not finite, or more than a million points. */
cuxas_status cuxas_preprocess_cover(cuxas_grid lattice, double min_eV, double max_eV, bool beyond_lattice,
                                    cuxas_grid *ret_grid, cuxas_error *err);

typedef enum {
  CUXAS_INTERPOLATE_LINEAR,
  CUXAS_INTERPOLATE_STEFFEN, /* cubic, never beyond its neighbours: M. Steffen, Astron. Astrophys. 239, 443 (1990) */
} cuxas_interpolation;

/* -- the chain -- */

/* The level under the edge, and where it was taken from. */
typedef struct {
  double level;          /* in units of mu */
  double fraction;       /* level / maximum of mu; NaN where the maximum is not positive */
  double from_eV, to_eV; /* energies of the points used */
  size_t n_point;        /* points used */
  bool
      is_pre_edge; /* true: mean of the pre-edge; false: no pre-edge in the scan, the lowest level before the edge was taken */
} cuxas_pedestal;

typedef enum {
  CUXAS_PRE_EDGE_NONE,
  CUXAS_PRE_EDGE_AUTO, /* where the curve falls or rises before its edge (spectrum/curve.h): a line, of falling losses a power law */
  CUXAS_PRE_EDGE_LINE, /* a + b E */
  CUXAS_PRE_EDGE_POWER, /* a E^-r, as in energy-loss spectra (R. F. Egerton, Electron Energy-Loss Spectroscopy, chapter 4) */
} cuxas_pre_edge;

#define CUXAS_PRE_EDGE_UNTIL_EV                                                                                        \
  928.0 /* end of the window unless told otherwise: copper's L3 edges begin above 930 eV */

typedef struct {
  double              smooth_eV; /* s, eV; 0: no smoothing */
  bool                subtract_pedestal;
  double              crop_min_eV; /* -INFINITY: no limit */
  double              crop_max_eV; /* INFINITY: no limit */
  cuxas_interpolation interpolation;
  double              axis_shift_eV; /* added to all energies; 0: none */
  cuxas_pre_edge pre_edge; /* fitted between the next, by least squares (of logarithms), and taken off everywhere */
  double         pre_edge_low_eV, pre_edge_high_eV;
  bool           is_loss;        /* energy losses, for CUXAS_PRE_EDGE_AUTO */
  bool           beyond_lattice; /* also points on the lattice's continuation: for standards, which may shift */
  bool           keeps_spikes;   /* single points far off both neighbours stay */
} cuxas_preprocess_settings;

/* cuxas_preprocess_defaults() - s = 0.2 eV, a falling background and the pedestal off the curve, no crop, Steffen, lattice points only */
cuxas_preprocess_settings cuxas_preprocess_defaults(void);

enum { CUXAS_PREPROCESS_MAX_STEP = 8, CUXAS_PREPROCESS_MAX_NUMBER = 4 };

/* What one step did. Names are static. */
typedef struct {
  const char *name;    /* "sort", "calibrate", "pre-edge", "spikes", "smooth", "pedestal", "crop", "resample" */
  size_t      n_point; /* after the step */
  size_t      n_number;
  struct {
    const char *name;  /* with unit, e.g. "smooth_eV" */
    double      value; /* finite */
  } number[CUXAS_PREPROCESS_MAX_NUMBER];
} cuxas_preprocess_step;

typedef struct {
  cuxas_grid            grid;
  double               *mu;       /* (n_energy) on the grid, finite */
  cuxas_pedestal        pedestal; /* of the smoothed curve, whether subtracted or not */
  size_t                n_step;
  cuxas_preprocess_step step[CUXAS_PREPROCESS_MAX_STEP]; /* those done, in order */
  cuxas_warnings        warnings;
} cuxas_prepared;

/* cuxas_preprocess_measured() - the whole chain
 *
 *   spectrum      as read, in any order, eV
 *   name          what error messages begin with, the file's path
 *   lattice       the model's combined grid
 *   opt_settings  NULL: the defaults
 *   ret_prepared  the caller frees it with cuxas_prepared_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_PREPROCESS_MIN_POINT distinct energies, energies that do not meet
 *          the lattice (wrong unit, wrong edge), less than CUXAS_PREPROCESS_MIN_RANGE_EV on it, a median step above
 *          CUXAS_PREPROCESS_MAX_STEP_EV, a crop that leaves nothing, fewer than 5 points in the pre-edge's window, a power law of values
 *          that are not positive; CUXAS_ENUMERIC a value that is not finite, a flat
 *          curve; CUXAS_ENOMEM.
 * Warns    of a median step above 0.5 eV, a gap above CUXAS_PREPROCESS_MAX_STEP_EV, a scan without pre-edge, a pedestal
 *          above half of the maximum, a curve that ends below where it began (upside down?), single points far off both
 *          neighbours, which are put on the line between them. */
cuxas_status cuxas_preprocess_measured(const cuxas_spectrum *spectrum, const char *name, cuxas_grid lattice,
                                       const cuxas_preprocess_settings *opt_settings, cuxas_prepared **ret_prepared,
                                       cuxas_error *err);

/* cuxas_prepared_free() - accepts NULL */
void cuxas_prepared_free(cuxas_prepared *prepared);

/* -- where does an absorption edge begin? The steepest point of its first rise -- */

/* Where an edge is looked for. */
typedef struct {
  char   name[8];
  double splitting_eV; /* of this edge above the first, eV; 0 for the first */
} cuxas_edge_window;

typedef struct {
  bool   found;
  double energy_eV;  /* refined by a parabola through three points, eV */
  double on_grid_eV; /* the grid point of the steepest rise, eV */
} cuxas_onset;

/* Half width of the Savitzky-Golay window for measured data: 5 points of 0.2 eV. Our choice, a compromise: before a
 * white line 1 eV wide it puts the onset 0.15 eV too low (7 points: 0.25 eV); 2 % noise moves an L3 onset by 0.04 eV. */
#define CUXAS_ONSET_SMOOTH_EV 0.4

/* Later edges are looked for this far around first onset + splitting (our choice; seen: 19.1 to 20.0 eV for Cu L2). */
#define CUXAS_ONSET_SEARCH_EV 3.0

/* cuxas_onset_find() - onsets of all edges of a curve
 *
 *   grid            of the curve
 *   mu              (n_energy) finite; gain and offset do not matter as long as absorption points upwards
 *   smooth_eV       half width of the window of the Savitzky-Golay first derivative (quadratic); less than a step gives
 *                   the central difference, right for simulated curves
 *   edge            (n_edge) in rising energy, the first with splitting 0
 *   ret_onset       (n_edge); an edge that is not there, or not wholly in the range, has found = false and NaN energies
 *
 * A rise begins where the derivative reaches half of the largest and ends where it has fallen to half of its own
 * maximum, which is the onset: weak features before the edge and stronger ones behind it are passed over. The first edge
 * is the first rise of the curve; a later edge is the first one within CUXAS_ONSET_SEARCH_EV of first onset + splitting, half of
 * the largest derivative there and at least 4 % as steep as the first edge. The maximum must be a local one between two
 * neighbours: a scan that begins on a pedestal or in the middle of a rise never reports its first point. What does not
 * stand out from the noise (5 standard deviations, estimated from third differences) is no onset.
 *
 * Returns  CUXAS_OK, also when nothing is found; CUXAS_ENOMEM. */
cuxas_status cuxas_onset_find(cuxas_grid grid, const double *mu, double smooth_eV, const cuxas_edge_window *edge,
                              size_t n_edge, cuxas_onset *ret_onset, cuxas_error *err);

#endif
