/* help.h - what a command prints about itself, and the nearest name to a mistyped one */
#ifndef CUXAS_CMD_HELP_H
#define CUXAS_CMD_HELP_H
#include "cmd/options.h"

#include <stdio.h>

/* cuxas_help_print() - usage, purpose, options by section with defaults and ranges, those for experts last; examples, exit
 * codes */
void cuxas_help_print(FILE *out, const cuxas_command *command);

/* cuxas_help_print_commands() - the same for a program with several commands: a line for each
 *
 *   words    those whose names begin so are listed: "cuxas-refdb", or "cuxas-refdb feff"
 *   command  ends with NULL */
void cuxas_help_print_commands(FILE *out, const char *words, const char *purpose, const cuxas_command *const *command);

/* cuxas_help_list_options() - long names one a line, flags that default to yes as "no-NAME" too */
void cuxas_help_list_options(FILE *out, const cuxas_command *command);

/* cuxas_help_version() - program, version and the libraries it stands on */
void cuxas_help_version(FILE *out, const char *program);

/* cuxas_help_is_near() - true when a mistyped word may well have meant the other one */
bool cuxas_help_is_near(const char *typed, const char *meant);

/* The options every command has, after its own: help, version; hidden: list-options, completion-bash, completion-zsh. */
extern const cuxas_option CUXAS_HELP_OPTIONS[];
enum { CUXAS_N_HELP_OPTION = 5 };

/* -- the one way into every program: its commands, the old names that lead to them, and its exit code -- */

/* A program with one task has one command of its own name; else the first words of the command line pick one:
 * "cuxas-model info", "cuxas-refdb feff write". */

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
