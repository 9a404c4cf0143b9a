/* external.h - spectra that other programs computed, made into what a training record holds
 *
 * Two columns of numbers, as OCEAN (absspct files), XSpectra, VASP, FDMNES and spreadsheets write them; energies may be
 * relative to anything, since a shift moves them to photon energies. Order: unit, shift, broadening, onset, range,
 * normalisation. */
#ifndef CUXAS_EXTERNAL_H
#define CUXAS_EXTERNAL_H
#include "cuxas/records.h"
#include "cuxas/spectrum.h"

#include <stdbool.h>

typedef enum {
  CUXAS_NORMALIZE_STEP,    /* the mean over a window becomes 1: the window given, else the last tenth of the range */
  CUXAS_NORMALIZE_MAXIMUM, /* the maximum becomes 1 */
  CUXAS_NORMALIZE_NONE,    /* mu stays as it is: edge step 1 */
} cuxas_normalization;

typedef struct {
  size_t              energy_column, mu_column; /* counted from 1 */
  double              unit_eV;                  /* of the energies in the file: 1, or that of a Hartree or Rydberg */
  double              shift_eV;                 /* added to the energies */
  double              gaussian_eV;              /* full widths at half maximum of what mu is convolved with; 0: not */
  double              lorentzian_eV;
  double              step_eV; /* of the energies after a convolution, > 0 */
  bool                has_onset;
  double              onset_eV;        /* has_onset: the steepest rise is moved to this photon energy */
  double              low_eV, high_eV; /* range kept; NAN: all */
  cuxas_normalization normalization;
  double              window_low_eV, window_high_eV; /* of CUXAS_NORMALIZE_STEP; NAN: the last tenth of the range */
} cuxas_external_settings;

/* cuxas_external_defaults() - columns 1 and 2, eV, no shift, no broadening, step 0.1 eV, all of the range, normalised to
 * the step */
cuxas_external_settings cuxas_external_defaults(void);

/* cuxas_external_read() - the two columns of a file as they stand, sorted by energy
 *
 * Comments begin with # % ! or *, columns are separated by blanks, tabs, commas or semicolons; a first line without
 * numbers is a header.
 *
 *   ret_spectrum  the caller frees it with cuxas_spectrum_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file:line: reason") a missing column, no number, fewer than 4 points, an
 *          energy that comes twice; CUXAS_ENUMERIC not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_external_read(const char *path, const cuxas_external_settings *settings,
                                 cuxas_spectrum **ret_spectrum, cuxas_error *err);

/* cuxas_external_process() - everything but the columns
 *
 * Convolution: on a uniform grid, each point standing for its interval; the first and last value continue for ever.
 *
 *   raw            energies rising; at least 4 points
 *   name           start of messages
 *   ret_spectrum   photon energies; the caller frees it with cuxas_spectrum_free()
 *   ret_edge_step  what mu was divided by
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 4 points in the range, none in the window, or what is to become 1 is not
 *          positive; CUXAS_ENOMEM. */
cuxas_status cuxas_external_process(const cuxas_spectrum *raw, const cuxas_external_settings *settings,
                                    const char *name, cuxas_spectrum **ret_spectrum, double *ret_edge_step,
                                    cuxas_error *err);

/* -- two published data sets -- */

/* A spectrum with its site. */
typedef struct {
  char            id[CUXAS_RECORD_ID_SIZE];   /* "": the layout has none */
  char            edge[CUXAS_EDGE_NAME_SIZE]; /* "": not said */
  bool            has_channel;                /* false: not said */
  cuxas_channel   channel;
  size_t          site;
  cuxas_spectrum *spectrum; /* as it stands in the file */
  cuxas_crystal  *crystal;
} cuxas_external_record;

/* cuxas_external_record_clear() - frees what it holds, and leaves it empty */
void cuxas_external_record_clear(cuxas_external_record *record);

/* cuxas_external_parse_chen() - a line of the data set of Y. Chen et al., Sci. Data 8, 153 (2021),
 * doi:10.1038/s41597-021-00936-5 (figshare 12824513): JSON with absorbing_atom (index), edge, mp-id, spectrum (array of
 * energies, array of values) and structure (pymatgen's)
 *
 *   where       start of messages
 *   ret_record  the caller ends it with cuxas_external_record_clear()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT malformed; CUXAS_EUNSUPPORTED the site is of another element; as cuxas_crystal_read(). */
cuxas_status cuxas_external_parse_chen(const char *line, int absorber, const char *where,
                                       cuxas_external_record *ret_record, cuxas_error *err);

/* cuxas_external_read_feff() - a folder with feff.inp and xmu.dat (Gleason et al., Zenodo 18142209)
 *
 * The crystal is that in the title, where pymatgen writes it (abc, angles, sites); the site is the one that has the atoms of the
 * list around it, within 4.5 A. EDGE and COREHOLE (None, or else a screened one) are read from their cards.
 *
 *   settings    its unit alone counts
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT the title does not tell; CUXAS_EUNSUPPORTED there is no such site; CUXAS_ENOMEM. */
cuxas_status cuxas_external_read_feff(const char *folder, int absorber, const cuxas_external_settings *settings,
                                      cuxas_external_record *ret_record, cuxas_error *err);

/* cuxas_steepest_eV() - where a simulated curve on uneven energies rises most steeply: the middle of the interval with the
 * largest slope, the first of equals
 *
 *   energy_eV, mu  (n_point), rising energies, n_point >= 2 */
double cuxas_steepest_eV(const double *energy_eV, const double *mu, size_t n_point);

#endif
