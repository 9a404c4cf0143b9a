/* record_add.h - cuxas-refdb records add: spectra and the sites they belong to, from one file, a table or JSON lines */
#ifndef CUXAS_CMD_RECORD_ADD_H
#define CUXAS_CMD_RECORD_ADD_H
#include "cmd/options.h"

/* cuxas_record_add() - reads, processes and adds them
 *
 *   ret_n_skipped  spectra left out, each told on stderr */
cuxas_status cuxas_record_add(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err);

#endif
