/* feff_jobs.h - the two commands of cuxas-refdb feff: folders of calculations made, and their spectra collected */
#ifndef CUXAS_CMD_FEFF_JOBS_H
#define CUXAS_CMD_FEFF_JOBS_H
#include "cmd/options.h"

/* cuxas_feff_write_jobs() - a folder with feff.inp for every symmetry-distinct site and edge, a manifest and run scripts
 *
 *   ret_n_skipped  structures left out */
cuxas_status cuxas_feff_write_jobs(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err);

/* cuxas_feff_collect_jobs() - finished spectra of such folders into a file of training records
 *
 *   ret_n_skipped  calculations not finished or refused */
cuxas_status cuxas_feff_collect_jobs(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err);

#endif
