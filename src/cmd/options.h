/* options.h - tables of options drive parsing, range checks, --help and the settings echoed in every report
 *
 * A command describes itself by a cuxas_command and its tables of cuxas_option. From these come
 *   - parsing: --name value, --name=value, -n value, -nvalue, --no-name for flags; `--` ends the options, and
 *     everything else is an argument (a lone `-` too); options and arguments may be mixed, the last of a repeated option
 *     counts;
 *   - the checks: a wrong value is one line on stderr and exit code 2, with a "did you mean" when something is near;
 *   - --quiet (-q), where the tables have none of their own;
 *   - --help (-h), --version (-V), and, not shown by --help, --list-options (long names one a line, for the test
 *     against the man pages), --completion-bash and --completion-zsh (what lets a shell complete options);
 *   - cuxas_options_settings(): the options that determine the result, with their values.
 *
 * Only src/cmd includes this; unlike the library, these functions print and may end the program. */
#ifndef CUXAS_CMD_OPTIONS_H
#define CUXAS_CMD_OPTIONS_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
  OPT_FLAG,    /* --name or --no-name; default NULL means no, "yes" means yes */
  OPT_INTEGER, /* allowed "MIN:MAX" */
  OPT_REAL,    /* allowed "MIN:MAX" */
  OPT_RANGE,   /* two reals "LOW:HIGH", LOW < HIGH; allowed "MIN:MAX" for both */
  OPT_CHOICE,  /* allowed alternatives "word|MIN:MAX|word:MIN:MAX": a word, a number, or a word with a number */
  OPT_TEXT,
  OPT_PATH,
  OPT_LIST, /* a text that may be given again and again: all of them count, in order */
} cuxas_option_kind;

typedef enum {
  OPT_SHAPES_RESULT, /* part of the settings in reports */
  OPT_SHAPES_OTHERS, /* brings other options: part of the command, while they are the settings */
  OPT_SHAPES_RUN,    /* where output goes, threads, chatter: never changes a number, so it is in no report */
} cuxas_option_role;

typedef struct {
  const char       *name;       /* long name without dashes */
  char              short_name; /* 0: none */
  cuxas_option_kind kind;
  const char       *value;    /* placeholder in --help, e.g. "FILE"; NULL for flags */
  const char       *fallback; /* default value as text; NULL: unset */
  const char       *allowed;  /* see the kinds; NULL: anything */
  const char       *section;  /* heading in --help */
  const char       *help;
  cuxas_option_role role;
} cuxas_option;

/* Tables of one option each, which mean the same in every program that has them. As every table, they end with an empty
 * row. */
extern const cuxas_option CUXAS_FORCE_OPTIONS[], CUXAS_THREADS_OPTIONS[];

/* Options for experts carry this section: --help shows it last. */
#define CUXAS_EXPERT "Expert"

typedef struct cuxas_options cuxas_options;

typedef struct {
  const char                *name;      /* "cuxas-match", or "cuxas-model info" for a subcommand */
  const char                *arguments; /* rest of the usage line, "[options] measured [candidate...]" */
  const char                *purpose;   /* what it does, one or a few sentences; wrapped by --help */
  const char                *examples;  /* lines printed as they are at the end of --help; NULL: none */
  const cuxas_option *const *table;     /* of option tables, ends with NULL */
  size_t                     min_argument;
  size_t                     max_argument; /* SIZE_MAX: any number */

  /* Does the work. What it returns is told, and the exit code is 1 then; else it is what cuxas_options_exit() said, or 0. */
  cuxas_status (*run)(cuxas_options *options, cuxas_error *err);
} cuxas_command;

/* cuxas_command_option() - the i-th option of all tables of a command, then --quiet, which every command has; NULL behind the last */
const cuxas_option *cuxas_command_option(const cuxas_command *command, size_t i_option);

/* cuxas_options_parse() - reads the command line; does not return on --help, --version, --list-options (exit 0) or on
 * wrong usage (exit 2). argv must outlive the result; the caller frees it with cuxas_options_free(). */
cuxas_options *cuxas_options_parse(const cuxas_command *command, int argc, char **argv);

/* cuxas_options_free() - accepts NULL */
void cuxas_options_free(cuxas_options *options);

/* cuxas_options_has() - true when the command has an option of this name */
bool cuxas_options_has(const cuxas_options *options, const char *name);

/* cuxas_options_is_setting() - true when cuxas_options_settings() has it, and so every report */
bool cuxas_options_is_setting(const cuxas_options *options, const char *name);

/* The value of an option; asking for a name or kind that is not in the table is a mistake of ours (assert). */
bool   cuxas_options_flag(const cuxas_options *options, const char *name);
long   cuxas_options_integer(const cuxas_options *options, const char *name);
double cuxas_options_real(const cuxas_options *options, const char *name); /* also the number within an OPT_CHOICE */
const char *cuxas_options_text(const cuxas_options *options, const char *name); /* any kind; NULL: unset */
void        cuxas_options_range(const cuxas_options *options, const char *name, double *ret_low, double *ret_high);

/* cuxas_options_n_item(), cuxas_options_item() - the texts of an OPT_LIST */
size_t      cuxas_options_n_item(const cuxas_options *options, const char *name);
const char *cuxas_options_item(const cuxas_options *options, const char *name, size_t i_item);

/* cuxas_options_is() - true when the text of the option is that word; of "word:NUMBER", the word counts */
bool cuxas_options_is(const cuxas_options *options, const char *name, const char *word);

/* cuxas_options_is_set() - true when it has a value; cuxas_options_is_given() - true when the command line gave it, or
 * cuxas_options_give(); false too for a name that is not in the table */
bool cuxas_options_is_set(const cuxas_options *options, const char *name);
bool cuxas_options_is_given(const cuxas_options *options, const char *name);

/* cuxas_options_is_of_report() - true when a report gave it */
bool cuxas_options_is_of_report(const cuxas_options *options, const char *name);

/* cuxas_options_set() - gives a value from elsewhere (a report, a model's default); checked like the command line's
 *
 * A list gets one more text.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no such option or not an allowed value. */
cuxas_status cuxas_options_set(cuxas_options *options, const char *name, const char *text, cuxas_error *err);
cuxas_status cuxas_options_set_real(cuxas_options *options, const char *name, double value, cuxas_error *err);

/* cuxas_options_give() - its value counts as one that was asked for, as of the command line; the name must be in the table
 *
 *   is_of_report  it stands in a report, which may be anybody's: no file that it names is written */
void cuxas_options_give(cuxas_options *options, const char *name, bool is_of_report);

/* cuxas_options_reset() - back to its default; the name must be in the table */
void cuxas_options_reset(cuxas_options *options, const char *name);

/* cuxas_options_n_argument(), cuxas_options_argument() - what is left when the options are taken away, in order */
size_t             cuxas_options_n_argument(const cuxas_options *options);
const char        *cuxas_options_argument(const cuxas_options *options, size_t i_argument);
const char *const *cuxas_options_arguments(const cuxas_options *options);

/* cuxas_options_input() - the i-th of the texts that may name a file or folder that is read: arguments, then the values of options;
 * NULL behind the last */
const char *cuxas_options_input(const cuxas_options *options, size_t i_input);

/* cuxas_options_settings() - {"name": value, ...} of every option that shapes the result, in the table's order
 *
 * Flags are booleans, numbers numbers, lists arrays of text, unset options null, all else text. The caller deletes it. */
cJSON *cuxas_options_settings(const cuxas_options *options);

/* cuxas_options_settings_with() - the same with "candidates", the arguments that name them, as reports have it; NULL: no memory */
cJSON *cuxas_options_settings_with(const cuxas_options *options, const char *const *candidate, size_t n_candidate);

/* cuxas_options_command() - ["cuxas-match", ...]: the command line without the options that shape only the run, so that
 * the same question gives the same report wherever it is written. The caller deletes it. */
cJSON *cuxas_options_command(const cuxas_options *options);

/* cuxas_options_command_with() - the same options, and other arguments: `first`, and n_argument more. The caller deletes it. */
cJSON *cuxas_options_command_with(const cuxas_options *options, const char *first, const char *const *argument,
                                  size_t n_argument);

/* cuxas_options_exit() - the exit code of a command that ends well, of one that skipped input or told of its failures itself;
 * cuxas_options_exit_code() - what it was last, or 0 */
void cuxas_options_exit(cuxas_options *options, int exit_code);
int  cuxas_options_exit_code(const cuxas_options *options);

/* cuxas_options_usage_error() - one line on stderr, then exit 2 */
_Noreturn void cuxas_options_usage_error(const cuxas_options *options, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

/* -- paths that stand for others -- */

/* Another path for the given one, which the caller frees; *ret_path NULL: it stays. */
typedef cuxas_status cuxas_options_translator(const char *given, void *user, char **ret_path, cuxas_error *err);

/* cuxas_options_translate()           - every OPT_PATH, and the items of every OPT_LIST but --library; also behind "NAME="
 * cuxas_options_translate_arguments() - the first n_argument arguments; the command as it was typed keeps the given ones
 *
 * Returns  as the translator. */
cuxas_status cuxas_options_translate(cuxas_options *options, cuxas_options_translator *translate, void *user,
                                     cuxas_error *err);
cuxas_status cuxas_options_translate_arguments(cuxas_options *options, size_t n_argument,
                                               cuxas_options_translator *translate, void *user, cuxas_error *err);

#endif
