/* simulate_compare.h - the other side of simulating: the sites of records simulated again, and the spectra compared */
#ifndef CUXAS_CMD_SIMULATE_COMPARE_H
#define CUXAS_CMD_SIMULATE_COMPARE_H
#include "cmd/options.h"
#include "cuxas/simulate.h"

/* simulate_compare() - simulates every site of the file of --compare that has spectra of these kinds, and is not named by
 * --exclude; prints a table on standard output and draws the figure of --figure
 *
 * The table: a row for each spectrum, median, mean and worst of each kind, rows above --above, and records whose Fermi level
 * and charges say that the calculation they come from went wrong. */
cuxas_status simulate_compare(cuxas_options *options, const cuxas_simulate_settings *settings, int absorber,
                              const cuxas_simulated_kind *kind, size_t n_kind, cuxas_error *err);

#endif
