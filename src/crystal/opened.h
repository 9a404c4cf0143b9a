/* opened.h - a candidate whose file has been read: what is hashed is what is parsed, and it is read once */
#ifndef CUXAS_OPENED_H
#define CUXAS_OPENED_H
#include "cuxas/catalog.h"

/* cuxas_candidate_open() - a copy that has a structure's content and checksum with it
 *
 * cuxas_candidate_read() and cuxas_candidate_hash() of the copy open no file. What has its content already, spectra and
 * structures in a database stay as they are.
 *
 *   ret_opened  borrows from the candidate; to be ended by cuxas_candidate_close(), also after a failure
 *
 * Returns  CUXAS_OK; as cuxas_candidate_read() of a file that cannot be read. */
cuxas_status cuxas_candidate_open(const cuxas_candidate *candidate, cuxas_candidate *ret_opened, cuxas_error *err);

/* cuxas_candidate_close() - frees what was read */
void cuxas_candidate_close(const cuxas_candidate *candidate, cuxas_candidate *opened);

#endif
