/* simulate_compare.h - our simulations beside those of training records: the same sites, another code */
#ifndef CUXAS_CMD_SIMULATE_COMPARE_H
#define CUXAS_CMD_SIMULATE_COMPARE_H
#include "cuxas/simulate.h"
#include "cmd/options.h"

/* simulate_compare() - simulates those sites of the records of --compare that have a curve of this kind, prints the table of deviations, writes --figure
 *
 * On a grid of 0.2 eV from the record's edge - 5 eV to + 52 eV: the mean absolute difference of mu as it stands and after
 * the best shift of at most 0.5 eV, and the difference of the onsets. */
cuxas_status simulate_compare(const cuxas_options *options, cuxas_simulator *simulator, int absorber,
                              cuxas_simulated_kind kind, cuxas_error *err);

#endif
