/* completion.h - what lets a shell complete a program's options: written from the same tables that parse them
 *
 * make install runs every program with the hidden options --completion-bash and --completion-zsh. */
#ifndef CUXAS_CMD_COMPLETION_H
#define CUXAS_CMD_COMPLETION_H
#include "cmd/options.h"

#include <stdio.h>

/* cuxas_completion_print() - completion of a program for bash (bash-completion's loader) or zsh (a file of fpath)
 *
 *   program  e.g. "cuxas-model"; commands of other names, "cuxas-model info", are picked by the first words
 *   command  ends with NULL */
void cuxas_completion_print(FILE *out, bool is_zsh, const char *program, const cuxas_command *const *command);

#endif
