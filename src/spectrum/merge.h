/* merge.h - several scans of one sample as one spectrum, with those that differ from the rest told and left out
 *
 *   grid        the energies of the scan with most points (the first of equals), within the range that all scans share;
 *               the others are interpolated there (Steffen's cubic, which never goes beyond its neighbours)
 *   scale       each scan is brought to the median curve of all by y = (mu - a)/b, a and b by least squares; counts,
 *               gains and constant backgrounds need not agree. Energies are not shifted.
 *   deviation   root mean square of y minus the median curve, in units of the median curve's range
 *   outlier     a scan whose deviation is above CUXAS_MERGE_OUTLIER times the median deviation and above
 *               CUXAS_MERGE_TOLERANCE; needs three scans, and is never half of them or more
 *   weight      1/s^2 with s the noise: 1.4826/sqrt(6) times the median magnitude of second differences of a scan's own
 *               points; at most CUXAS_MERGE_MAX_WEIGHT times the median weight, and at least its inverse
 *
 * The merged spectrum is the weighted mean, on the vertical scale of the first scan in use. The rules are ours. */
#ifndef CUXAS_MERGE_H
#define CUXAS_MERGE_H
#include "cuxas/measured.h"

#define CUXAS_MERGE_OUTLIER 3.0
#define CUXAS_MERGE_TOLERANCE 0.02
#define CUXAS_MERGE_MAX_WEIGHT 4.0

/* cuxas_merge() - one spectrum of n_scan
 *
 *   scan           (n_scan) as read, in any order of energies, eV
 *   n_scan         >= 1
 *   ret_deviation  (n_scan)
 *   ret_weight     (n_scan) sum 1; 0: left out
 *   ret_spectrum   ascending energies; the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE less than CUXAS_PREPROCESS_MIN_POINT points in the shared range; CUXAS_ENUMERIC a flat
 *          scan, a value that is not finite; CUXAS_ENOMEM. Messages count scans from 1. */
cuxas_status cuxas_merge(const cuxas_spectrum *const *scan, size_t n_scan, double *ret_deviation, double *ret_weight,
                         cuxas_spectrum **ret_spectrum, cuxas_error *err);

/* cuxas_measured_merge() - the same for measured files and what is known of them
 *
 *   spectrum, info  (n_scan) as of cuxas_measured_read(), not changed
 *   sha256          (n_scan) of the files, or NULL entries
 *   ret_info        that of the first scan, with the merged points, the list of scans, and a warning for each scan left
 *                   out, for other elements or edges among them; the caller frees both
 *
 * Returns  as cuxas_merge(). */
cuxas_status cuxas_measured_merge(const cuxas_spectrum *const *spectrum, const cuxas_measured_info *const *info,
                                  const char *const *sha256, size_t n_scan, cuxas_spectrum **ret_spectrum,
                                  cuxas_measured_info **ret_info, cuxas_error *err);

#endif
