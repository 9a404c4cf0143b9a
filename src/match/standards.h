/* standards.h - measured standards beside a ranking: is one of them the measurement itself? */
#ifndef CUXAS_STANDARDS_H
#define CUXAS_STANDARDS_H
#include "cuxas/match.h"

/* cuxas_standards_mark() - sets cuxas_hit.is_query of every spectrum that is the measurement, or was made from it
 *
 *   hits    as matched; the files of the spectra among them are read again
 *   sha256  of the measured file
 *
 * A standard is the measurement when its file has that checksum, or when the comments at its head say "input sha256" and
 * that checksum, as those of `cuxas-refdb spectrum` do. Agreement with it says nothing about the sample.
 * Returns  CUXAS_OK; CUXAS_EIO, CUXAS_EFORMAT a file that can no longer be read; CUXAS_ENOMEM. */
cuxas_status cuxas_standards_mark(cuxas_hits *hits, const char *sha256, cuxas_error *err);

#endif
