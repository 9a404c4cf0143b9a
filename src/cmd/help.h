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

#endif
