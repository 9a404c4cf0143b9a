/* refdb_commands.h - the commands of cuxas-refdb, by the files that they are in */
#ifndef CUXAS_CMD_REFDB_COMMANDS_H
#define CUXAS_CMD_REFDB_COMMANDS_H
#include "cmd/options.h"

/* refdb_entries.c */
extern const cuxas_command CUXAS_REFDB_STRUCTURE, CUXAS_REFDB_SPECTRUM, CUXAS_REFDB_LIBRARY, CUXAS_REFDB_SPLIT,
    CUXAS_REFDB_SIMULATED, CUXAS_REFDB_BACKGROUND;
extern const cuxas_command CUXAS_REFDB_SIMULATIONS; /* refdb_entries.c */

/* refdb_feff.c */
extern const cuxas_command CUXAS_REFDB_FEFF_WRITE, CUXAS_REFDB_FEFF_COLLECT;

#endif
