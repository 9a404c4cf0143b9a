/* refdb_simulations.h - cuxas-refdb simulations: a library of simulated spectra, for cuxas-match --simulate */
#ifndef CUXAS_CMD_REFDB_SIMULATIONS_H
#define CUXAS_CMD_REFDB_SIMULATIONS_H
#include "cmd/options.h"

/* Rows of the subcommand's table. */
#define CUXAS_SIMULATIONS_OPTIONS                                                                                        \
  {"model", 'm',  OPT_PATH, "FILE",                                                                                      \
   NULL,    NULL, "Input",  "model file whose element and edges are simulated; default: the bundled one",                \
   0},                                                                                                                   \
      {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},                   \
      {"records", 0,                                                                                                     \
       OPT_PATH,  "FILE",                                                                                                \
       NULL,      NULL,                                                                                                  \
       "Input",   "training records where simulations are kept as they are made: interrupted, the same command goes on", \
       0},                                                                                                               \
      {"hole", 0,           OPT_CHOICE, "NAME",                                                                          \
       "both", "both|none", "Input",    "simulate without a core hole and with a screened one, or only without",         \
       0},                                                                                                               \
      {"output", 'o',  OPT_PATH, "FILE",                                                                                 \
       NULL,     NULL, "Output", "the records to write, compressed when the name ends in .gz",                           \
       0},                                                                                                               \
      {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},           \
      CUXAS_THREADS_OPTION

/* refdb_make_simulations() - simulates what is missing, then writes the records of the structures, each with the SHA-256 of
 * its structure's file
 *
 *   ret_n_skipped  structures that could not be simulated, told on standard error
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED none could; as cuxas_simulations_keep(). */
cuxas_status refdb_make_simulations(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err);

#endif
