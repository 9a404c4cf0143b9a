/* help.c - --help of a command and of a program, the nearest name to a mistyped one, and the way into every program;
 * behind that the scripts by which bash and zsh complete commands and options (completion.h) */
#define _XOPEN_SOURCE 700 /* SIGXFSZ */
#include "cmd/help.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/sources.h"
#include "cmd/completion.h"

#include <cblas.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 100, HELP_COLUMN = 30, MAX_WORD = 64 };

const cuxas_option CUXAS_HELP_OPTIONS[] = {
    {"help", 'h', OPT_FLAG, NULL, NULL, NULL, "Help", "print this page", OPT_SHAPES_RUN},
    {"version", 'V', OPT_FLAG, NULL, NULL, NULL, "Help", "print the version", OPT_SHAPES_RUN},
    {"list-options", 0, OPT_FLAG, NULL, NULL, NULL, NULL, NULL, OPT_SHAPES_RUN}, /* no help text: hidden */
    {"completion-bash", 0, OPT_FLAG, NULL, NULL, NULL, NULL, NULL, OPT_SHAPES_RUN},
    {"completion-zsh", 0, OPT_FLAG, NULL, NULL, NULL, NULL, NULL, OPT_SHAPES_RUN},
};

/* Prints text wrapped at WIDTH; the cursor stands at `column`, further lines are indented by `indent`. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
  bool at_start = true;
  while (*text != '\0') {
    const size_t n_blank = strspn(text, " ");
    const size_t n_char  = strcspn(text + n_blank, " ");
    if (n_char == 0) break;
    if (!at_start && column + 1 + n_char > WIDTH) {
      fprintf(out, "\n%*s", (int)indent, "");
      column   = indent;
      at_start = true;
    }
    fprintf(out, "%s%.*s", at_start ? "" : " ", (int)n_char, text + n_blank);
    column += n_char + (at_start ? 0 : 1);
    at_start = false;
    text += n_blank + n_char;
  }
  putc('\n', out);
}

static void print_option(FILE *out, const cuxas_option *option)
{
  char head[160], text[1024];

  const bool is_on = option->kind == OPT_FLAG && option->fallback != NULL;
  const int  n =
      snprintf(head, sizeof head, "  %c%c%s --%s%s%s%s", option->short_name ? '-' : ' ',
               option->short_name ? option->short_name : ' ', option->short_name ? "," : " ", is_on ? "[no-]" : "",
               option->name, option->value ? " " : "", option->value ? option->value : "");
  fputs(head, out);
  size_t column = (size_t)n;
  if (column + 2 > HELP_COLUMN) {
    putc('\n', out);
    column = 0;
  }
  fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");

  const bool has_range  = option->allowed != NULL && option->kind != OPT_CHOICE;
  const bool has_choice = option->allowed != NULL && option->kind == OPT_CHOICE;
  snprintf(text, sizeof text, "%s%s%s%s%s%s%s", option->help, has_choice ? "; one of " : "",
           has_choice ? option->allowed : "", has_range ? "; within " : "", has_range ? option->allowed : "",
           option->fallback ? "; default " : "", option->fallback ? option->fallback : "");
  print_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

/* The i-th option of all that a command has, the common ones last; NULL behind them. */
static const cuxas_option *any_option(const cuxas_command *command, size_t i_option)
{
  size_t n_own = 0;
  while (cuxas_command_option(command, n_own) != NULL) n_own++;
  if (i_option < n_own) return cuxas_command_option(command, i_option);
  return i_option - n_own < CUXAS_N_HELP_OPTION ? &CUXAS_HELP_OPTIONS[i_option - n_own] : NULL;
}

/* Does an option before this one have the same section? */
static bool is_section_known(const cuxas_command *command, size_t i_option)
{
  const char *section = any_option(command, i_option)->section;
  for (size_t i = 0; i < i_option; i++)
    if (any_option(command, i)->help != NULL && strcmp(any_option(command, i)->section, section) == 0) return true;
  return false;
}

static void print_section(FILE *out, const cuxas_command *command, const char *section)
{
  const cuxas_option *option;
  bool                is_first = true;
  for (size_t i = 0; (option = any_option(command, i)) != NULL; i++) {
    if (option->help == NULL || strcmp(option->section, section) != 0) continue;
    if (is_first) fprintf(out, "\n%s:\n", section);
    is_first = false;
    print_option(out, option);
  }
}

void cuxas_help_print(FILE *out, const cuxas_command *command)
{
  const cuxas_option *option;

  fprintf(out, "Usage: %s %s\n\n", command->name, command->arguments);
  print_wrapped(out, command->purpose, 0, 0);
  for (size_t i = 0; (option = any_option(command, i)) != NULL; i++)
    if (option->help != NULL && strcmp(option->section, CUXAS_EXPERT) != 0 && !is_section_known(command, i))
      print_section(out, command, option->section);
  print_section(out, command, CUXAS_EXPERT);
  if (command->examples != NULL) fprintf(out, "\nExamples:\n%s", command->examples);
  fputs("\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some input was skipped.\n", out);
}

void cuxas_help_print_commands(FILE *out, const char *words, const char *purpose, const cuxas_command *const *command)
{
  const size_t n_word = strlen(words);
  fprintf(out, "Usage: %s COMMAND [options] ...\n\n", words);
  print_wrapped(out, purpose, 0, 0);
  fputs("\nCommands:\n", out);
  for (size_t i = 0; command[i] != NULL; i++) {
    if (strncmp(command[i]->name, words, n_word) != 0 || command[i]->name[n_word] != ' ') continue;
    const int n = fprintf(out, "  %-*s", HELP_COLUMN - 4, command[i]->name + n_word + 1);
    print_wrapped(out, command[i]->purpose, (size_t)n, HELP_COLUMN - 2);
  }
  fprintf(out, "\n%s COMMAND --help tells more about a command.\n", words);
}

void cuxas_help_list_options(FILE *out, const cuxas_command *command)
{
  const cuxas_option *option;
  for (size_t i = 0; (option = any_option(command, i)) != NULL; i++) {
    if (option->help == NULL) continue;
    const bool is_on = option->kind == OPT_FLAG && option->fallback != NULL;
    fprintf(out, "%s%s\n", is_on ? "no-" : "", option->name);
  }
}

void cuxas_help_version(FILE *out, const char *program)
{
  fprintf(out, "%s (CuXAS) %s\n", program, CUXAS_VERSION);
}

/* edits (insert, delete, replace, swap neighbours) between two words */
static size_t distance(const char *a, const char *b)
{
  /* Damerau-Levenshtein in its restricted form (optimal string alignment), three rows of the usual table */
  size_t       row[3][MAX_WORD + 1];
  const size_t n_a = strlen(a), n_b = strlen(b);

  if (n_a > MAX_WORD || n_b > MAX_WORD) return MAX_WORD;
  for (size_t j = 0; j <= n_b; j++) row[0][j] = j;
  for (size_t i = 1; i <= n_a; i++) {
    size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= n_b; j++) {
      size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
      if (last[j] + 1 < best) best = last[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      now[j] = best;
    }
  }
  return row[n_a % 3][n_b];
}

bool cuxas_help_is_near(const char *typed, const char *meant)
{
  const size_t n_typed = strlen(typed);
  if (n_typed >= 3 && strncmp(typed, meant, n_typed) == 0) return true; /* an abbreviation */
  return distance(typed, meant) <= (n_typed <= 4 ? 1 : 2);
}

/* ---- from main() to the command that was asked for, and back to an exit code ------------------------------------ */

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

/* Is there a command of these words and one more? */
static bool goes_on(const cuxas_program *program, const char *words, const char *word, const char *next)
{
  char all[128];
  snprintf(all, sizeof all, "%s %s %s", words, word, next);
  for (size_t i = 0; program->command[i] != NULL; i++)
    if (strcmp(program->command[i]->name, all) == 0) return true;
  return false;
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
      if (rest[n] == '\0' && goes_on(program, words, word, i_word + 1 < argc ? argv[i_word + 1] : "")) {
        is_group = true;
      } else if (rest[n] == '\0') {
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
  char **all = cuxas_new(NULL, (size_t)*argc + 2, sizeof *all);
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

  signal(SIGXFSZ, SIG_IGN);    /* a file that may not grow (ulimit -f) is told like a full disk */
  openblas_set_num_threads(1); /* nested threads would fight for cores */
  char               **words   = new_words(program, &argc, argv);
  const cuxas_command *command = find_command(program, argc, words, &n_word);
  cuxas_options       *options = cuxas_options_parse(command, argc - n_word, words + n_word);
  if (cuxas_options_has(options, "threads")) {
    cuxas_program_threads(cuxas_options_integer(options, "threads"));
    if (cuxas_program_limit_threads(argv, &err) != CUXAS_OK) {
      cuxas_print_error(program->name, &err);
      _exit(CUXAS_EXIT_FAILED); /* not exit(): OpenBLAS would wait for a thread of its own that waits for memory */
    }
  }

  if (cuxas_source_translate(options, &err) == CUXAS_OK && command->run(options, &err) == CUXAS_OK)
    exit_code = cuxas_options_exit_code(options);
  else
    exit_code = cuxas_print_error(program->name, &err);
  cuxas_options_free(options);
  free(words);
  if (fflush(stdout) == 0 && !ferror(stdout)) return exit_code;
  fprintf(stderr, "%s: standard output: cannot write\n", program->name);
  return CUXAS_EXIT_FAILED;
}

/* ---- completion: 1. what both shells need  2. bash  3. zsh  4. a program ------------------------------------------ */

/* 1. what both shells need */

typedef void option_visitor(FILE *out, const cuxas_option *option);

static void visit_options(FILE *out, const cuxas_command *command, option_visitor *visit)
{
  const cuxas_option *option;
  for (size_t i = 0; (option = cuxas_command_option(command, i)) != NULL; i++)
    if (option->help != NULL) visit(out, option);
  for (size_t i = 0; i < CUXAS_N_HELP_OPTION; i++)
    if (CUXAS_HELP_OPTIONS[i].help != NULL) visit(out, &CUXAS_HELP_OPTIONS[i]);
}

static bool is_on(const cuxas_option *option)
{
  return option->kind == OPT_FLAG && option->fallback != NULL;
}

static bool names_a_file(const cuxas_option *option)
{
  return option->kind == OPT_PATH || (option->kind == OPT_LIST && strcmp(option->value, "SCAN") != 0);
}

/* The words among the alternatives of an OPT_CHOICE, blanks between them; numbers cannot be completed. */
static void put_choices(FILE *out, const cuxas_option *option)
{
  bool is_first = true;
  for (const char *word = option->allowed; *word != '\0';) {
    const size_t n_char = strcspn(word, "|");
    if (strchr("+-.0123456789", *word) == NULL && memchr(word, ':', n_char) == NULL) {
      fprintf(out, "%s%.*s", is_first ? "" : " ", (int)n_char, word);
      is_first = false;
    }
    word += n_char + (word[n_char] == '|');
  }
}

static bool has_commands(const char *program, const cuxas_command *const *command)
{
  return strcmp(command[0]->name, program) != 0;
}

/* The words of a command behind the program's: "info", "feff write" */
static const char *words_of(const char *program, const cuxas_command *command)
{
  return command->name + strlen(program) + 1;
}

/* Is a command the first of those with its first word? */
static bool is_first_of_group(const char *program, const cuxas_command *const *command, size_t i_command)
{
  const char  *words  = words_of(program, command[i_command]);
  const size_t n_char = strcspn(words, " ") + 1;
  for (size_t i = 0; i < i_command; i++)
    if (strncmp(words_of(program, command[i]), words, n_char) == 0) return false;
  return true;
}

static bool is_in_group(const char *program, const cuxas_command *command)
{
  return strchr(words_of(program, command), ' ') != NULL;
}

/* First words of all commands, or second words of those that share the first one of `opt_of`; blanks between them. */
static void put_words(FILE *out, const char *program, const cuxas_command *const *command, const cuxas_command *opt_of)
{
  for (size_t i = 0; command[i] != NULL; i++) {
    const char  *words = words_of(program, command[i]), *of = opt_of != NULL ? words_of(program, opt_of) : words;
    const size_t n_of = strcspn(of, " "), n_char = strcspn(words, " ");
    if (opt_of == NULL && is_first_of_group(program, command, i)) fprintf(out, " %.*s", (int)n_char, words);
    if (opt_of != NULL && n_char == n_of && strncmp(words, of, n_of) == 0 && words[n_char] == ' ')
      fprintf(out, " %s", words + n_char + 1); /* of "library" and "library build" the first has no second word */
  }
}

/* A shell function's name: "_cuxas_match" */
static void put_function(FILE *out, const char *program)
{
  putc('_', out);
  for (; *program != '\0'; program++) putc(*program == '-' ? '_' : *program, out);
}

/* 2. bash */

static void put_bash_name(FILE *out, const cuxas_option *option)
{
  fprintf(out, " --%s%s", is_on(option) ? "no-" : "", option->name);
}

static void put_bash_value(FILE *out, const cuxas_option *option)
{
  if (option->kind == OPT_FLAG) return;
  fprintf(out, "    --%s", option->name);
  if (option->short_name != 0) fprintf(out, " | -%c", option->short_name);
  if (option->kind == OPT_CHOICE) {
    fputs(") mapfile -t COMPREPLY < <(compgen -W '", out);
    put_choices(out, option);
    fputs("' -- \"$word\"); return ;;\n", out);
  } else if (names_a_file(option)) {
    fputs(") compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n", out);
  } else {
    fputs(") return ;;\n", out);
  }
}

static void put_bash_command(FILE *out, const cuxas_command *command)
{
  fputs("    case $before in\n", out);
  visit_options(out, command, put_bash_value);
  fputs("    esac\n    options='", out);
  visit_options(out, command, put_bash_name);
  fputs("'\n", out);
}

/* Which command is meant: its first word, for some its first two; where they are not complete yet, they are completed. */
static void put_bash_words(FILE *out, const char *program, const cuxas_command *const *command)
{
  fputs("  local command=${COMP_WORDS[1]}\n"
        "  if ((COMP_CWORD == 1)); then\n    mapfile -t COMPREPLY < <(compgen -W '",
        out);
  put_words(out, program, command, NULL);
  fputs(" --help --version' -- \"$word\")\n    return\n  fi\n", out);
  for (size_t i = 0; command[i] != NULL; i++) {
    if (!is_in_group(program, command[i]) || !is_first_of_group(program, command, i)) continue;
    const char *words = words_of(program, command[i]);
    fprintf(out,
            "  if [[ $command == %.*s ]]; then\n    command+=\" ${COMP_WORDS[2]}\"\n"
            "    if ((COMP_CWORD == 2)); then\n      mapfile -t COMPREPLY < <(compgen -W '",
            (int)strcspn(words, " "), words);
    put_words(out, program, command, command[i]);
    fputs(" --help' -- \"$word\")\n      return\n    fi\n  fi\n", out);
  }
}

static void put_bash(FILE *out, const char *program, const cuxas_command *const *command)
{
  put_function(out, program);
  fputs("() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=\n"
        "  COMPREPLY=()\n"
        "  if [[ $word == = ]]; then word=\n"
        "  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n",
        out);
  if (has_commands(program, command)) {
    put_bash_words(out, program, command);
    fputs("  case $command in\n", out);
    for (size_t i = 0; command[i] != NULL; i++) {
      fprintf(out, "  '%s')\n", words_of(program, command[i]));
      put_bash_command(out, command[i]);
      fputs("    ;;\n", out);
    }
    fputs("  esac\n", out);
  } else {
    put_bash_command(out, command[0]);
  }
  fputs("  if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
        "  else compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); fi\n"
        "}\ncomplete -F ",
        out);
  put_function(out, program);
  fprintf(out, " %s\n", program);
}

/* 3. zsh */

/* Help text inside '...[TEXT]...' of _arguments. */
static void put_zsh_text(FILE *out, const char *text)
{
  for (; *text != '\0'; text++) {
    if (*text == '\'')
      fputs("'\\''", out);
    else if (strchr("[]:\\", *text) != NULL)
      fprintf(out, "\\%c", *text);
    else
      putc(*text, out);
  }
}

static void put_zsh_option(FILE *out, const cuxas_option *option)
{
  const bool  takes_value = option->kind != OPT_FLAG;
  const char *repeat      = option->kind == OPT_LIST ? "*" : "";
  fputs(" \\\n    ", out);
  if (option->short_name != 0)
    fprintf(out, "'%s'{-%c%s,--%s%s}'[", repeat, option->short_name, takes_value ? "+" : "", option->name,
            takes_value ? "=" : "");
  else
    fprintf(out, "'%s--%s%s%s[", repeat, is_on(option) ? "no-" : "", option->name, takes_value ? "=" : "");
  put_zsh_text(out, option->help);
  putc(']', out);
  if (takes_value) {
    putc(':', out);
    put_zsh_text(out, option->value);
    putc(':', out);
    if (option->kind == OPT_CHOICE) {
      putc('(', out);
      put_choices(out, option);
      putc(')', out);
    } else if (names_a_file(option)) {
      fputs("_files", out);
    }
  }
  putc('\'', out);
}

static void put_zsh_command(FILE *out, const cuxas_command *command)
{
  fputs("  _arguments -s", out);
  visit_options(out, command, put_zsh_option);
  fputs(" \\\n    '*:file:_files'\n", out);
}

static void put_zsh_words(FILE *out, const char *program, const cuxas_command *const *command)
{
  fputs("  if (( CURRENT == 2 )); then\n    compadd --", out);
  put_words(out, program, command, NULL);
  fputs(" --help --version\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n", out);
  for (size_t i = 0; command[i] != NULL; i++) {
    if (!is_in_group(program, command[i]) || !is_first_of_group(program, command, i)) continue;
    const char *words = words_of(program, command[i]);
    fprintf(out, "  if [[ $command == %.*s ]]; then\n    if (( CURRENT == 2 )); then\n      compadd --",
            (int)strcspn(words, " "), words);
    put_words(out, program, command, command[i]);
    fputs(" --help\n      return\n    fi\n    command+=\" $words[2]\"\n    shift words\n    (( CURRENT-- ))\n  fi\n",
          out);
  }
}

static void put_zsh(FILE *out, const char *program, const cuxas_command *const *command)
{
  fprintf(out, "#compdef %s\n", program);
  put_function(out, program);
  fputs("() {\n", out);
  if (has_commands(program, command)) {
    put_zsh_words(out, program, command);
    fputs("  case $command in\n", out);
    for (size_t i = 0; command[i] != NULL; i++) {
      fprintf(out, "  '%s')\n", words_of(program, command[i]));
      put_zsh_command(out, command[i]);
      fputs("  ;;\n", out);
    }
    fputs("  esac\n", out);
  } else {
    put_zsh_command(out, command[0]);
  }
  fputs("}\n", out);
  put_function(out, program);
  fputs(" \"$@\"\n", out);
}

/* 4. a program */

void cuxas_completion_print(FILE *out, bool is_zsh, const char *program, const cuxas_command *const *command)
{
  if (is_zsh)
    put_zsh(out, program, command);
  else
    put_bash(out, program, command);
}
