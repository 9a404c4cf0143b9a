/* nexus_write.h - curves as NXxas entries of an HDF5 file, which this library and others read back
 *
 *   /NAME            NXentry: definition "NXxas", title, element, edge, mode, program
 *   /NAME/data       NXdata: energy (eV), intensity, intensity_errors where they are known; @signal, @axes
 *
 * The first entry is the default. Nothing in the file tells the time: the same curves give the same bytes. */
#ifndef CUXAS_NEXUS_WRITE_H
#define CUXAS_NEXUS_WRITE_H
#include "cuxas/status.h"

#include <stddef.h>
#include <stdio.h>

typedef struct {
  const char   *name;                                 /* of the NXentry, without '/': "measured" */
  const char   *title, *element, *edge, *mode, *kind; /* "" or NULL: not written; kind: "measured", "predicted" ... */
  size_t        n_point;                              /* >= 1 */
  const double *energy_eV, *mu;                       /* (n_point) */
  const double *opt_sigma;                            /* (n_point) or NULL */
} cuxas_nexus_curve;

/* cuxas_nexus_write() - n_curve entries, written to a stream
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no curve; CUXAS_ENOMEM; CUXAS_EIO the stream fails, or libhdf5. */
cuxas_status cuxas_nexus_write(const cuxas_nexus_curve *curve, size_t n_curve, FILE *out, cuxas_error *err);

#endif
