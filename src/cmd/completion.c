/* completion.c - scripts by which bash and zsh complete commands and options
 *
 * Contents: 1. what both shells need  2. bash  3. zsh  4. a program */
#include "cmd/completion.h"

#include "cmd/help.h"

#include <string.h>

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
    if (opt_of != NULL && n_char == n_of && strncmp(words, of, n_of) == 0) fprintf(out, " %s", words + n_char + 1);
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
