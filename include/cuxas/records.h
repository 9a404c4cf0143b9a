/* records.h - simulated site spectra to learn from: one JSON object per line, one absorber site each
 *
 * A line has id, site (index of the absorber in species, from 0), lattice (3 x 3, rows, angstrom), species, frac, and
 * for each edge and channel a curve: L3, L2 without a core hole, L3_screened, L2_screened with a screened one. A curve
 * has energy (photon energy, eV, rising, any spacing), mu (normalised to edge step 1), edge_step, core_hole_width and
 * scf_converged; code, what computed it, may be there. Other members are ignored. Edge names are the caller's, so other
 * edges read the same way. Files may be compressed with gzip. */
#ifndef CUXAS_RECORDS_H
#define CUXAS_RECORDS_H
#include "cuxas/model.h"
#include "cuxas/crystal.h"

enum { CUXAS_RECORD_ID_SIZE = 64, CUXAS_RECORD_CODE_SIZE = 256 };

typedef struct {
  size_t  n_point;            /* 0: the record has no such curve */
  double *energy_eV;          /* (n_point), rising */
  double *mu;                 /* (n_point) */
  double  edge_step;          /* > 0, in units common to all curves */
  double  core_hole_width_eV; /* full width at half maximum, >= 0 */
  double  fermi_eV;           /* Fermi level on the zero of the potential; NAN: not said */
} cuxas_record_curve;

typedef struct {
  char           id[CUXAS_RECORD_ID_SIZE];
  char           formula[CUXAS_FORMULA_SIZE]; /* of the crystal, by cuxas_crystal_formula() */
  cuxas_crystal *crystal;
  size_t         site, multiplicity;                      /* the latter 0: not said */
  char           structure_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the structure's file; "": not said */
  size_t         i_file;                                  /* of the files read, from 0 */
  char           code[CUXAS_RECORD_CODE_SIZE]; /* what computed the first edge without a core hole; "": not said */
  double anion_charge; /* electrons that the most electronegative element has won in the calculation; NAN: not said */
  cuxas_record_curve curve[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];
} cuxas_record;

typedef struct {
  size_t        n_record;
  cuxas_record *record; /* (n_record) in the order of the files */
  size_t        n_edge;
  char          edge_name[CUXAS_MODEL_MAX_EDGE][CUXAS_EDGE_NAME_SIZE];
  size_t        n_unconverged;   /* records left out because the first edge's potentials did not converge */
  size_t        n_not_finite;    /* records left out because a number of the first edge's curve is not finite */
  size_t        n_curve_dropped; /* further curves left out for either reason; their records stay */
  char          sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file; of the files' hashes in order when there are several */
} cuxas_records;

/* cuxas_records_read() - all usable records of some files
 *
 *   path         (n_path) files, read in this order
 *   absorber     atomic number that the site of every record must have
 *   edge_name    (n_edge) names of the edges; every record must have the first without a core hole
 *   ret_records  the caller frees it with cuxas_records_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file:line: reason") malformed record, or no usable record at all;
 *          CUXAS_ERANGE too many edges or a name too long; CUXAS_ENOMEM. */
cuxas_status cuxas_records_read(const char *const *path, size_t n_path, int absorber, const char *const *edge_name,
                                size_t n_edge, cuxas_records **ret_records, cuxas_error *err);

/* cuxas_records_leave_out() - takes records out that a table names
 *
 *   path         CSV file with a header, "id" and "site" among its columns
 *   ret_n_found  records taken out
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT malformed table; CUXAS_ENOMEM. */
cuxas_status cuxas_records_leave_out(cuxas_records *records, const char *path, size_t *ret_n_found, cuxas_error *err);

/* cuxas_records_free() - accepts NULL */
void cuxas_records_free(cuxas_records *records);

#endif
