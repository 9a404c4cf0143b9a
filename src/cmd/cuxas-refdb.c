/* cuxas-refdb - makes reference data: structures, spectra, libraries, backgrounds, and the records that models learn from */
#include "cmd/program.h"
#include "cmd/refdb_commands.h"

static const cuxas_command *const COMMANDS[] = {
    &CUXAS_REFDB_STRUCTURE,    &CUXAS_REFDB_SPECTRUM,   &CUXAS_REFDB_LIBRARY,      &CUXAS_REFDB_SPLIT,
    &CUXAS_REFDB_SIMULATED,    &CUXAS_REFDB_BACKGROUND, &CUXAS_REFDB_SIMULATIONS,  &CUXAS_REFDB_RECORDS_ADD,
    &CUXAS_REFDB_RECORDS_INFO, &CUXAS_REFDB_FEFF_WRITE, &CUXAS_REFDB_FEFF_COLLECT, NULL,
};

static const cuxas_old_name OLD_NAMES[] = {
    {"cuxas-records", "records"},
    {"cuxas-feff", "feff"},
    {NULL, NULL},
};

static const cuxas_program PROGRAM = {
    "cuxas-refdb",
    "Makes reference data: structures, measured and simulated spectra, databases of structures, backgrounds, and the "
    "records that models learn from.",
    COMMANDS,
    OLD_NAMES,
};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PROGRAM, argc, argv);
}
