/* program.h - the one way into every program: its commands, the old names that lead to them, and its exit code
 *
 * A program with one task has one command of its own name; else the first words of the command line pick one:
 * "cuxas-model info", "cuxas-refdb feff write". */
#ifndef CUXAS_CMD_PROGRAM_H
#define CUXAS_CMD_PROGRAM_H
#include "cmd/options.h"

/* A name of earlier releases, under which the program may be called too. */
typedef struct {
  const char *name; /* "cuxas-train" */
  const char *word; /* of this program, "train" */
} cuxas_old_name;

typedef struct {
  const char                 *name;
  const char                 *purpose;      /* for --help of a program with several commands */
  const cuxas_command *const *command;      /* ends with NULL */
  const cuxas_old_name       *opt_old_name; /* ends with an empty row; NULL: none */
} cuxas_program;

/* cuxas_program_main() - main() of every program: finds the command, reads its options, sets the threads of --threads,
 * runs it, flushes standard output
 *
 * BLAS calls use one thread each: we spread whole structures over threads.
 *
 * Returns  the exit code: 1 with a message when the command failed or standard output could not be written. Does not
 *          return on --help and its kin (exit 0) or on wrong usage (exit 2). */
int cuxas_program_main(const cuxas_program *program, int argc, char **argv);

#endif
