/* Contents: 1. what both shells need  2. bash  3. zsh  4. a program */
#include "cmd/completion.h"

#include "cmd/help.h"

#include <string.h>

/* 1. what both shells need */

typedef void option_visitor(FILE *out, const cuxas_option *option);

static void visit_options(FILE *out, const cuxas_command *command, option_visitor *visit)
{
  for (size_t i = 0; i < command->n_option; i++)
    if (command->option[i].help != NULL) visit(out, &command->option[i]);
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

static bool has_commands(const char *program, const cuxas_command *command, size_t n_command)
{
  return n_command > 1 || strcmp(command->name, program) != 0;
}

static const char *word_of(const char *program, const cuxas_command *command)
{
  return command->name + strlen(program) + 1;
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

static void put_bash(FILE *out, const char *program, const cuxas_command *command, size_t n_command)
{
  put_function(out, program);
  fputs("() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=\n"
        "  COMPREPLY=()\n"
        "  if [[ $word == = ]]; then word=\n"
        "  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n",
        out);
  if (has_commands(program, command, n_command)) {
    fputs("  if ((COMP_CWORD == 1)); then\n    mapfile -t COMPREPLY < <(compgen -W '", out);
    for (size_t i = 0; i < n_command; i++) fprintf(out, "%s ", word_of(program, &command[i]));
    fputs("--help --version' -- \"$word\")\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n", out);
    for (size_t i = 0; i < n_command; i++) {
      fprintf(out, "  %s)\n", word_of(program, &command[i]));
      put_bash_command(out, &command[i]);
      fputs("    ;;\n", out);
    }
    fputs("  esac\n", out);
  } else {
    put_bash_command(out, command);
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

static void put_zsh(FILE *out, const char *program, const cuxas_command *command, size_t n_command)
{
  fprintf(out, "#compdef %s\n", program);
  put_function(out, program);
  fputs("() {\n", out);
  if (has_commands(program, command, n_command)) {
    fputs("  if (( CURRENT == 2 )); then\n    compadd --", out);
    for (size_t i = 0; i < n_command; i++) fprintf(out, " %s", word_of(program, &command[i]));
    fputs(" --help --version\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n"
          "  case $command in\n",
          out);
    for (size_t i = 0; i < n_command; i++) {
      fprintf(out, "  %s)\n", word_of(program, &command[i]));
      put_zsh_command(out, &command[i]);
      fputs("  ;;\n", out);
    }
    fputs("  esac\n", out);
  } else {
    put_zsh_command(out, command);
  }
  fputs("}\n", out);
  put_function(out, program);
  fputs(" \"$@\"\n", out);
}

/* 4. a program */

void cuxas_completion_print(FILE *out, bool is_zsh, const char *program, const cuxas_command *command, size_t n_command)
{
  if (is_zsh)
    put_zsh(out, program, command, n_command);
  else
    put_bash(out, program, command, n_command);
}
