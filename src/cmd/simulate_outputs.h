/* simulate_outputs.h - where the spectra of cuxas-simulate go, and the options that shape them */
#ifndef CUXAS_CMD_SIMULATE_OUTPUTS_H
#define CUXAS_CMD_SIMULATE_OUTPUTS_H
#include "cuxas/output.h"
#include "records/record_file.h"
#include "cuxas/simulate.h"
#include "cmd/options.h"

/* Options that simulate_settings() reads. */
extern const cuxas_option CUXAS_SIMULATE_OPTIONS[];

/* simulate_settings() - the library's settings from these options */
cuxas_simulate_settings simulate_settings(const cuxas_options *options);

typedef struct {
  const cuxas_options *options;
  bool                 has_csv;
  cuxas_output         csv;
  const char          *folder;     /* of XDI files; NULL: not asked for */
  const char          *dataset;    /* NULL: not asked for */
  cuxas_record_file   *records;    /* owned */
  size_t               n_repaired; /* bytes of a line that was cut off in the dataset, now removed */
} simulate_outputs;

/* simulate_outputs_begin() - opens what the options ask for; of nothing asked for: CSV on standard output */
cuxas_status simulate_outputs_begin(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err);

/* simulate_outputs_look() - reads the dataset, opens nothing: what is missing can be told */
cuxas_status simulate_outputs_look(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err);

/* simulate_outputs_missing() - which spectra of a site are still to be simulated: all, but for a dataset alone those that it
 * does not hold, whoever has added them
 *
 *   ret_missing  (n_kind), the first of them filled
 *
 * Returns  how many. */
size_t simulate_outputs_missing(simulate_outputs *outputs, const cuxas_record_site *site,
                                const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulated_kind *ret_missing);

/* simulate_outputs_put() - the spectra of one site, everywhere; the dataset is then complete on disk
*/
cuxas_status simulate_outputs_put(simulate_outputs *outputs, const cuxas_record_site *site,
                                  const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  cuxas_error *err);

/* simulate_outputs_end() - completes the CSV file */
cuxas_status simulate_outputs_end(simulate_outputs *outputs, cuxas_error *err);

/* simulate_outputs_free() - discards what was not completed; accepts a zeroed struct */
void simulate_outputs_free(simulate_outputs *outputs);

#endif
