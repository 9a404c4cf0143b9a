/* program.c - from main() to the command that was asked for, and back to an exit code */
#include "cmd/program.h"

#include "cmd/common.h"
#include "cmd/completion.h"
#include "cmd/help.h"

#include <cblas.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does a command's name begin with these words and go on with another? Returns what follows them, or NULL. */
static const char *words_after(const cuxas_command *command, const char *words)
{
  const size_t n = strlen(words);
  return strncmp(command->name, words, n) == 0 && command->name[n] == ' ' ? command->name + n + 1 : NULL;
}

/* What stands in place of a command: help on all that begin with these words. */
static void help_on_commands(const cuxas_program *program, const char *words, const char *word)
{
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
    cuxas_help_print_commands(stdout, words, program->purpose, program->command);
  } else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
    cuxas_help_version(stdout, program->name);
  } else if (strcmp(word, "--list-options") == 0) {
    for (size_t i = 0; program->command[i] != NULL; i++)
      if (words_after(program->command[i], words) != NULL) cuxas_help_list_options(stdout, program->command[i]);
  } else if (strcmp(word, "--completion-bash") == 0 || strcmp(word, "--completion-zsh") == 0) {
    cuxas_completion_print(stdout, strcmp(word, "--completion-zsh") == 0, program->name, program->command);
  } else {
    return;
  }
  exit(fflush(stdout) == 0 ? CUXAS_EXIT_DONE : CUXAS_EXIT_FAILED);
}

_Noreturn static void unknown_command(const cuxas_program *program, const char *words, const char *word)
{
  const char *near = NULL;
  for (size_t i = 0; program->command[i] != NULL; i++) {
    const char *rest = words_after(program->command[i], words);
    if (rest != NULL && cuxas_help_is_near(word, rest)) near = rest;
  }
  if (*word == '\0')
    fprintf(stderr, "%s: say which command (see %s --help)\n", words, words);
  else
    fprintf(stderr, "%s: no command '%s'%s%s%s (see %s --help)\n", words, word, near ? "; did you mean '" : "",
            near ? near : "", near ? "'?" : "", words);
  exit(CUXAS_EXIT_USAGE);
}

/* find_command() - the command that argv[1], argv[2], ... name; *ret_n_used of those words */
static const cuxas_command *find_command(const cuxas_program *program, int argc, char **argv, int *ret_n_used)
{
  char words[96];

  *ret_n_used = 0;
  if (strcmp(program->command[0]->name, program->name) == 0) return program->command[0];
  snprintf(words, sizeof words, "%s", program->name);
  for (int i_word = 1;; i_word++) {
    const char *word     = i_word < argc ? argv[i_word] : "";
    bool        is_group = false;
    help_on_commands(program, words, word);
    for (size_t i = 0; program->command[i] != NULL; i++) {
      const char  *rest = words_after(program->command[i], words);
      const size_t n    = strlen(word);
      if (rest == NULL || n == 0 || strncmp(rest, word, n) != 0) continue;
      if (rest[n] == '\0') {
        *ret_n_used = i_word;
        return program->command[i];
      }
      is_group |= rest[n] == ' ';
    }
    if (!is_group) unknown_command(program, words, word);
    snprintf(words + strlen(words), sizeof words - strlen(words), " %s", word);
  }
}

/* Called by an old name, the word that it stands for is put in front of the others; the caller frees the new argv. */
static char **new_words(const cuxas_program *program, int *argc, char **argv)
{
  const char *slash = *argc > 0 ? strrchr(argv[0], '/') : NULL;
  const char *name  = *argc > 0 ? (slash != NULL ? slash + 1 : argv[0]) : "";
  const char *word  = NULL;

  for (const cuxas_old_name *old = program->opt_old_name; old != NULL && old->name != NULL; old++)
    if (strcmp(old->name, name) == 0) word = old->word;
  char **all = malloc(((size_t)*argc + 2) * sizeof *all);
  if (all == NULL) {
    fprintf(stderr, "%s: out of memory\n", program->name);
    exit(CUXAS_EXIT_FAILED);
  }
  int n = 0;
  for (int i = 0; i < *argc; i++) {
    all[n++] = argv[i];
    if (i == 0 && word != NULL) all[n++] = (char *)(uintptr_t)word; /* nothing writes into the words */
  }
  all[n] = NULL;
  *argc  = n;
  return all;
}

int cuxas_program_main(const cuxas_program *program, int argc, char **argv)
{
  cuxas_error err       = {0};
  int         exit_code = CUXAS_EXIT_DONE, n_word = 0;

  openblas_set_num_threads(1); /* nested threads would fight for cores */
  char               **words   = new_words(program, &argc, argv);
  const cuxas_command *command = find_command(program, argc, words, &n_word);
  cuxas_options       *options = cuxas_options_parse(command, argc - n_word, words + n_word);
  if (cuxas_options_has(options, "threads")) cuxas_program_threads(cuxas_options_integer(options, "threads"));

  if (command->run(options, &err) == CUXAS_OK)
    exit_code = cuxas_options_exit_code(options);
  else
    exit_code = cuxas_print_error(program->name, &err);
  cuxas_options_free(options);
  free(words);
  if (fflush(stdout) == 0 && !ferror(stdout)) return exit_code;
  fprintf(stderr, "%s: standard output: cannot write\n", program->name);
  return CUXAS_EXIT_FAILED;
}
