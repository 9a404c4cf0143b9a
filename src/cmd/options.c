/* options.c - the command line against its tables
 *
 * Contents: 1. the options object  2. values: text -> checked value  3. the command line  4. reading values
 *           5. what reports echo */
#include "cmd/options.h"

#include "base/json.h"
#include "cmd/completion.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/help.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cuxas_option CUXAS_FORCE_OPTIONS[] = {
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite files that exist", OPT_SHAPES_RUN},
    {0},
};
const cuxas_option CUXAS_THREADS_OPTIONS[] = {
    {"threads", 't', OPT_INTEGER, "N", "0", "0:1024", "Running", "threads; 0: as many as there are processors",
     OPT_SHAPES_RUN},
    {0},
};

/* Of every command; the tables of one that has more to be quiet about say so. */
static const cuxas_option QUIET = {
    "quiet", 'q', OPT_FLAG, NULL, NULL, NULL, "Output", "no progress and no notes on standard error", OPT_SHAPES_RUN};

typedef struct {
  char  *text; /* NULL: unset; of a list: its last */
  char **item; /* (n_item) of a list */
  size_t n_item;
  double number, high;
  bool   has_number; /* number (and high, of a range) hold a value */
  bool   is_given;   /* by the command line, or by what counts as it */
  bool   is_of_report;
} option_value;

typedef struct {
  const char *text;
  bool        is_option; /* or the value of one */
} command_word;

struct cuxas_options {
  const cuxas_command *command;
  size_t               n_option;
  option_value        *value; /* (n_option) */
  size_t               n_argument;
  const char         **argument;
  char               **own_argument; /* (n_argument) what stands in place of a given one; NULL: nothing does */
  size_t               n_word;       /* argv without the options that shape only the run */
  command_word        *word;
  int                  exit_code;
};

/* 1. the options object */

static void *need(void *block)
{
  if (block != NULL) return block;
  fputs("cuxas: out of memory\n", stderr);
  exit(1);
}

void cuxas_options_free(cuxas_options *options)
{
  if (options == NULL) return;
  for (size_t i = 0; i < options->n_option; i++) {
    for (size_t k = 0; k < options->value[i].n_item; k++) free(options->value[i].item[k]);
    free(options->value[i].item);
    free(options->value[i].text);
  }
  free(options->value);
  for (size_t i = 0; i < options->n_argument && options->own_argument != NULL; i++) free(options->own_argument[i]);
  free(options->own_argument);
  free(options->argument);
  free(options->word);
  free(options);
}

void cuxas_options_usage_error(const cuxas_options *options, const char *format, ...)
{
  va_list arguments;
  fprintf(stderr, "%s: ", options->command->name);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, " (see %s --help)\n", options->command->name);
  exit(2);
}

const cuxas_option *cuxas_command_option(const cuxas_command *command, size_t i_option)
{
  bool has_quiet = false;
  for (size_t i_table = 0; command->table[i_table] != NULL; i_table++)
    for (const cuxas_option *option = command->table[i_table]; option->name != NULL; option++) {
      if (i_option-- == 0) return option;
      has_quiet = has_quiet || strcmp(option->name, QUIET.name) == 0;
    }
  return i_option == 0 && !has_quiet ? &QUIET : NULL;
}

static const cuxas_option *find_option(const cuxas_command *command, const char *name)
{
  const cuxas_option *option;
  for (size_t i = 0; (option = cuxas_command_option(command, i)) != NULL; i++)
    if (strcmp(option->name, name) == 0) return option;
  for (size_t i = 0; i < CUXAS_N_HELP_OPTION; i++)
    if (strcmp(CUXAS_HELP_OPTIONS[i].name, name) == 0) return &CUXAS_HELP_OPTIONS[i];
  return NULL;
}

static const cuxas_option *find_short_option(const cuxas_command *command, char letter)
{
  const cuxas_option *option;
  for (size_t i = 0; (option = cuxas_command_option(command, i)) != NULL; i++)
    if (option->short_name == letter) return option;
  for (size_t i = 0; i < CUXAS_N_HELP_OPTION; i++)
    if (CUXAS_HELP_OPTIONS[i].short_name == letter) return &CUXAS_HELP_OPTIONS[i];
  return NULL;
}

/* The value of an option, NULL when there is none of this name. */
static option_value *find_any_value(const cuxas_options *options, const char *name)
{
  for (size_t i = 0; i < options->n_option; i++)
    if (strcmp(cuxas_command_option(options->command, i)->name, name) == 0) return &options->value[i];
  return NULL;
}

static option_value *find_value(const cuxas_options *options, const char *name)
{
  option_value *value = find_any_value(options, name);
  assert(value != NULL && "no such option in the tables");
  return value;
}

/* 2. values: text -> checked value */

static bool read_number(const char *text, double *ret_number)
{
  char *end;
  if (*text == '\0' || strchr(" \t\n", *text) != NULL) return false;
  *ret_number = strtod(text, &end); /* the programs stay in the C locale */
  return *end == '\0' && isfinite(*ret_number);
}

/* "MIN:MAX" at the start of text; the table is ours, so a malformed one is our mistake */
static void read_bounds(const char *text, double *ret_min, double *ret_max)
{
  char *end;
  *ret_min = strtod(text, &end);
  assert(*end == ':');
  *ret_max = strtod(end + 1, &end);
  assert(*end == '\0' || *end == '|');
}

static bool is_bounds(const char *alternative)
{
  return strchr("+-.0123456789", *alternative) != NULL;
}

/* Does text fit one alternative of an OPT_CHOICE: "word", "MIN:MAX" or "word:MIN:MAX"? */
static bool fits_alternative(const char *alternative, size_t n_char, const char *text, option_value *value)
{
  double       min, max;
  const char  *colon  = memchr(alternative, ':', n_char);
  const size_t n_word = is_bounds(alternative) ? 0 : colon != NULL ? (size_t)(colon - alternative) + 1 : n_char;

  value->has_number = false;
  if (strncmp(text, alternative, n_word) != 0) return false;
  if (n_word == n_char) return text[n_word] == '\0';
  read_bounds(alternative + n_word, &min, &max);
  value->has_number = read_number(text + n_word, &value->number) && value->number >= min && value->number <= max;
  return value->has_number;
}

static cuxas_status check_choice(const cuxas_option *option, const char *text, option_value *value, cuxas_error *err)
{
  char near[96] = "", list[256] = "";

  for (const char *alternative = option->allowed; *alternative != '\0';) {
    const size_t n_char = strcspn(alternative, "|");
    char         word[64];
    if (fits_alternative(alternative, n_char, text, value)) return CUXAS_OK;
    snprintf(word, sizeof word, "%.*s", (int)n_char, alternative);
    if (cuxas_help_is_near(text, word)) snprintf(near, sizeof near, "; did you mean '%s'?", word);
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", list[0] ? ", " : "", word);
    alternative += n_char + (alternative[n_char] == '|');
  }
  return cuxas_fail(err, CUXAS_ERANGE, "--%s: '%s' is not one of %s%s", option->name, text, list, near);
}

static cuxas_status check_number(const cuxas_option *option, const char *text, option_value *value, cuxas_error *err)
{
  double min = -HUGE_VAL, max = HUGE_VAL;

  if (!read_number(text, &value->number))
    return cuxas_fail(err, CUXAS_ERANGE, "--%s: '%s' is not a number", option->name, text);
  if (option->kind == OPT_INTEGER && (floor(value->number) != value->number || fabs(value->number) > 1e15))
    return cuxas_fail(err, CUXAS_ERANGE, "--%s: '%s' is not a whole number", option->name, text);
  if (option->allowed != NULL) read_bounds(option->allowed, &min, &max);
  if (value->number < min || value->number > max)
    return cuxas_fail(err, CUXAS_ERANGE, "--%s: %s is outside %s", option->name, text, option->allowed);
  value->has_number = true;
  return CUXAS_OK;
}

static cuxas_status check_range(const cuxas_option *option, const char *text, option_value *value, cuxas_error *err)
{
  char         low[64];
  double       min = -HUGE_VAL, max = HUGE_VAL;
  const size_t n_char = strcspn(text, ":");

  snprintf(low, sizeof low, "%.*s", (int)(n_char < sizeof low ? n_char : sizeof low - 1), text);
  if (text[n_char] != ':' || !read_number(low, &value->number) || !read_number(text + n_char + 1, &value->high))
    return cuxas_fail(err, CUXAS_ERANGE, "--%s: '%s' is not LOW:HIGH", option->name, text);
  if (option->allowed != NULL) read_bounds(option->allowed, &min, &max);
  if (value->number < min || value->high > max || value->number >= value->high)
    return cuxas_fail(err, CUXAS_ERANGE, "--%s: %s is not a rising range%s%s", option->name, text,
                      option->allowed ? " within " : "", option->allowed ? option->allowed : "");
  value->has_number = true;
  return CUXAS_OK;
}

static cuxas_status assign(const cuxas_option *option, option_value *value, const char *text, cuxas_error *err)
{
  option_value checked = {0};
  cuxas_status status  = CUXAS_OK;

  switch (option->kind) {
  case OPT_FLAG:
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
      status = cuxas_fail(err, CUXAS_ERANGE, "--%s: '%s' is neither yes nor no", option->name, text);
    break;
  case OPT_INTEGER:
  case OPT_REAL: status = check_number(option, text, &checked, err); break;
  case OPT_RANGE: status = check_range(option, text, &checked, err); break;
  case OPT_CHOICE: status = check_choice(option, text, &checked, err); break;
  case OPT_TEXT:
  case OPT_PATH:
  case OPT_LIST:
    if (*text == '\0') status = cuxas_fail(err, CUXAS_ERANGE, "--%s: needs a value", option->name);
    break;
  }
  if (status != CUXAS_OK) return status;
  checked.text     = need(cuxas_copy_text(err, text)); /* before the old text goes: it may be the same */
  checked.is_given = value->is_given;
  checked.item     = value->item;
  checked.n_item   = value->n_item;
  if (option->kind == OPT_LIST) {
    checked.item                   = need(cuxas_grow(err, checked.item, checked.n_item + 1, sizeof *checked.item));
    checked.item[checked.n_item++] = need(cuxas_copy_text(err, text));
  }
  free(value->text);
  *value = checked;
  return CUXAS_OK;
}

cuxas_status cuxas_options_set(cuxas_options *options, const char *name, const char *text, cuxas_error *err)
{
  option_value *value = find_any_value(options, name);
  if (value != NULL)
    return assign(cuxas_command_option(options->command, (size_t)(value - options->value)), value, text, err);
  return cuxas_fail(err, CUXAS_ERANGE, "--%s: no such option", name);
}

void cuxas_options_give(cuxas_options *options, const char *name, bool is_of_report)
{
  option_value *value = find_any_value(options, name);
  value->is_given     = true;
  value->is_of_report = is_of_report;
}

void cuxas_options_reset(cuxas_options *options, const char *name)
{
  option_value       *value  = find_any_value(options, name);
  const cuxas_option *option = cuxas_command_option(options->command, (size_t)(value - options->value));
  for (size_t i = 0; i < value->n_item; i++) free(value->item[i]);
  free(value->item);
  free(value->text);
  *value = (option_value){0};
  if (option->fallback != NULL) assign(option, value, option->fallback, NULL);
}

cuxas_status cuxas_options_set_real(cuxas_options *options, const char *name, double value, cuxas_error *err)
{
  char text[32];
  snprintf(text, sizeof text, "%.15g", value);
  return cuxas_options_set(options, name, text, err);
}

/* NAME=PATH is a path, too: what stands behind '='. */
static cuxas_status translate_text(char **text, cuxas_options_translator *translate, void *user, cuxas_error *err)
{
  char              *equals = *text != NULL ? strchr(*text, '=') : NULL, *found = NULL;
  const char        *path   = equals != NULL ? equals + 1 : *text;
  const cuxas_status status = path != NULL ? translate(path, user, &found, err) : CUXAS_OK;
  if (status != CUXAS_OK || found == NULL) return status;
  const size_t n_name = (size_t)(path - *text);
  char        *whole  = need(cuxas_new(NULL, n_name + strlen(found) + 1, 1));
  memcpy(whole, *text, n_name);
  strcpy(whole + n_name, found);
  free(found);
  free(*text);
  *text = whole;
  return CUXAS_OK;
}

cuxas_status cuxas_options_translate(cuxas_options *options, cuxas_options_translator *translate, void *user,
                                     cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < options->n_option && status == CUXAS_OK; i++) {
    const cuxas_option *option = cuxas_command_option(options->command, i);
    if (option->kind == OPT_PATH && options->value[i].is_given) /* what is the default stands in reports as it is */
      status = translate_text(&options->value[i].text, translate, user, err);
    for (size_t k = 0; k < options->value[i].n_item && status == CUXAS_OK && strcmp(option->name, "library") != 0; k++)
      status = translate_text(&options->value[i].item[k], translate, user, err);
  }
  return status;
}

cuxas_status cuxas_options_translate_arguments(cuxas_options *options, size_t n_argument,
                                               cuxas_options_translator *translate, void *user, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (options->own_argument == NULL)
    options->own_argument = need(cuxas_new(NULL, options->n_argument + 1, sizeof *options->own_argument));
  for (size_t i = 0; i < n_argument && i < options->n_argument && status == CUXAS_OK; i++) {
    if (options->own_argument[i] != NULL) continue;
    status = translate(options->argument[i], user, &options->own_argument[i], err);
    if (options->own_argument[i] != NULL) options->argument[i] = options->own_argument[i];
  }
  return status;
}

/* 3. the command line */

static void check_near(const cuxas_option *option, const char *typed, char *near, size_t n_near)
{
  if (option->help != NULL && cuxas_help_is_near(typed, option->name))
    snprintf(near, n_near, "; did you mean '--%s'?", option->name);
}

_Noreturn static void unknown_option(const cuxas_options *options, const char *typed)
{
  char near[96] = "";
  for (size_t i = 0; i < options->n_option; i++)
    check_near(cuxas_command_option(options->command, i), typed, near, sizeof near);
  for (size_t i = 0; i < CUXAS_N_HELP_OPTION; i++) check_near(&CUXAS_HELP_OPTIONS[i], typed, near, sizeof near);
  cuxas_options_usage_error(options, "no option '--%s'%s", typed, near);
}

/* --help and its kin end the program. */
static void act_on_help(const cuxas_options *options, const cuxas_option *option)
{
  if (strcmp(option->name, "help") == 0)
    cuxas_help_print(stdout, options->command);
  else if (strcmp(option->name, "version") == 0)
    cuxas_help_version(stdout, options->command->name);
  else if (strncmp(option->name, "completion-", 11) == 0)
    cuxas_completion_print(stdout, strcmp(option->name, "completion-zsh") == 0, options->command->name,
                           (const cuxas_command *const[]){options->command, NULL});
  else
    cuxas_help_list_options(stdout, options->command);
  if (fflush(stdout) == 0 && !ferror(stdout)) exit(CUXAS_EXIT_DONE);
  fprintf(stderr, "%s: standard output: cannot write\n", options->command->name);
  exit(CUXAS_EXIT_FAILED);
}

/* One option that stands at argv[i], its value possibly at argv[i + 1]; returns the number of words used. */
static int take_option(cuxas_options *options, const cuxas_option *option, bool negated, const char *attached,
                       const char *next)
{
  cuxas_error err;
  const char *text   = attached;
  int         n_used = 1;

  if (option >= CUXAS_HELP_OPTIONS && option < CUXAS_HELP_OPTIONS + CUXAS_N_HELP_OPTION) act_on_help(options, option);
  if (option->kind == OPT_FLAG) {
    if (attached != NULL) cuxas_options_usage_error(options, "--%s takes no value", option->name);
    text = negated ? "no" : "yes";
  } else if (text == NULL) {
    if (next == NULL) cuxas_options_usage_error(options, "--%s needs a value, %s", option->name, option->value);
    text   = next;
    n_used = 2;
  }
  option_value *value = find_value(options, option->name);
  if (value->is_given && option->kind != OPT_FLAG && value->n_item == 0 && value->text != NULL &&
      strcmp(value->text, text) != 0)
    cuxas_options_usage_error(options, "--%s is given twice, '%s' and '%s': only one can count", option->name,
                              value->text, text);
  if (assign(option, value, text, &err) != CUXAS_OK) cuxas_options_usage_error(options, "%s", err.message);
  value->is_given = true;
  return n_used;
}

static int take_long(cuxas_options *options, const char *word, const char *next, bool *ret_kept)
{
  char         name[64];
  const size_t n_char  = strcspn(word, "=");
  const char  *value   = word[n_char] == '=' ? word + n_char + 1 : NULL;
  bool         negated = false;

  snprintf(name, sizeof name, "%.*s", (int)(n_char < sizeof name ? n_char : sizeof name - 1), word);
  const cuxas_option *option = find_option(options->command, name);
  if (option == NULL && strncmp(name, "no-", 3) == 0) {
    option  = find_option(options->command, name + 3);
    negated = option != NULL && option->kind == OPT_FLAG;
    if (!negated) option = NULL;
  }
  if (option == NULL) unknown_option(options, name);
  *ret_kept = option->role != OPT_SHAPES_RUN;
  return take_option(options, option, negated, value, next);
}

/* "-a", "-aVALUE" or "-a VALUE"; flags may be bundled: "-ab" */
static int take_short(cuxas_options *options, const char *word, const char *next, bool *ret_kept)
{
  int n_used = 1;
  for (const char *letter = word; *letter != '\0'; letter++) {
    const cuxas_option *option = find_short_option(options->command, *letter);
    if (option == NULL) cuxas_options_usage_error(options, "no option '-%c'", *letter);
    *ret_kept |= option->role != OPT_SHAPES_RUN;
    if (option->kind != OPT_FLAG) return take_option(options, option, false, letter[1] ? letter + 1 : NULL, next);
    n_used = take_option(options, option, false, NULL, NULL);
  }
  return n_used;
}

cuxas_options *cuxas_options_parse(const cuxas_command *command, int argc, char **argv)
{
  cuxas_options *options    = need(cuxas_new(NULL, 1, sizeof *options));
  bool           only_words = false;

  options->command = command;
  while (cuxas_command_option(command, options->n_option) != NULL) options->n_option++;
  options->value    = need(cuxas_new(NULL, options->n_option, sizeof *options->value));
  options->argument = need(cuxas_new(NULL, (size_t)argc + 1, sizeof *options->argument));
  options->word     = need(cuxas_new(NULL, (size_t)argc + 1, sizeof *options->word));
  for (size_t i = 0; i < options->n_option; i++) {
    const cuxas_option *option  = cuxas_command_option(command, i);
    const char         *text    = option->fallback != NULL ? option->fallback : option->kind == OPT_FLAG ? "no" : NULL;
    cuxas_error         err     = {0};
    const bool          is_fine = text == NULL || assign(option, &options->value[i], text, &err) == CUXAS_OK;
    assert(is_fine && "a default of the table is not allowed by the table");
    (void)is_fine;
  }

  for (int i = 1; i < argc;) {
    const char *next    = i + 1 < argc ? argv[i + 1] : NULL;
    int         n_used  = 1;
    bool        is_kept = false, is_option = true;
    if (!only_words && strcmp(argv[i], "--") == 0) {
      only_words = is_kept = true;
      is_option            = false;
    } else if (!only_words && strncmp(argv[i], "--", 2) == 0)
      n_used = take_long(options, argv[i] + 2, next, &is_kept);
    else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0')
      n_used = take_short(options, argv[i] + 1, next, &is_kept);
    else {
      options->argument[options->n_argument++] = argv[i];
      is_kept                                  = true;
      is_option                                = false;
    }
    for (int k = 0; is_kept && k < n_used; k++)
      options->word[options->n_word++] = (command_word){argv[i + k], is_option};
    i += n_used;
  }
  if (options->n_argument < command->min_argument)
    cuxas_options_usage_error(options, "something is missing; usage: %s %s", command->name, command->arguments);
  if (options->n_argument > command->max_argument)
    cuxas_options_usage_error(options, "'%s' is one argument too many; usage: %s %s",
                              options->argument[command->max_argument], command->name, command->arguments);
  return options;
}

/* 4. reading values */

bool cuxas_options_flag(const cuxas_options *options, const char *name)
{
  return cuxas_options_is(options, name, "yes");
}

double cuxas_options_real(const cuxas_options *options, const char *name)
{
  const option_value *value = find_value(options, name);
  assert(value->has_number);
  return value->number;
}

long cuxas_options_integer(const cuxas_options *options, const char *name)
{
  return (long)cuxas_options_real(options, name);
}

const char *cuxas_options_text(const cuxas_options *options, const char *name)
{
  return find_value(options, name)->text;
}

size_t cuxas_options_n_item(const cuxas_options *options, const char *name)
{
  return find_value(options, name)->n_item;
}

const char *cuxas_options_item(const cuxas_options *options, const char *name, size_t i_item)
{
  const option_value *value = find_value(options, name);
  assert(i_item < value->n_item);
  return value->item[i_item];
}

void cuxas_options_range(const cuxas_options *options, const char *name, double *ret_low, double *ret_high)
{
  const option_value *value = find_value(options, name);
  assert(value->has_number);
  *ret_low  = value->number;
  *ret_high = value->high;
}

bool cuxas_options_is(const cuxas_options *options, const char *name, const char *word)
{
  const char  *text   = find_value(options, name)->text;
  const size_t n_char = strlen(word);
  return text != NULL && strncmp(text, word, n_char) == 0 && (text[n_char] == '\0' || text[n_char] == ':');
}

bool cuxas_options_has(const cuxas_options *options, const char *name)
{
  return find_any_value(options, name) != NULL;
}

bool cuxas_options_is_setting(const cuxas_options *options, const char *name)
{
  const option_value *value = find_any_value(options, name);
  return value != NULL &&
         cuxas_command_option(options->command, (size_t)(value - options->value))->role == OPT_SHAPES_RESULT;
}

bool cuxas_options_is_set(const cuxas_options *options, const char *name)
{
  return find_value(options, name)->text != NULL;
}

bool cuxas_options_is_given(const cuxas_options *options, const char *name)
{
  const option_value *value = find_any_value(options, name);
  return value != NULL && value->is_given;
}

bool cuxas_options_is_of_report(const cuxas_options *options, const char *name)
{
  return find_value(options, name)->is_of_report;
}

size_t cuxas_options_n_argument(const cuxas_options *options)
{
  return options->n_argument;
}

const char *cuxas_options_argument(const cuxas_options *options, size_t i_argument)
{
  assert(i_argument < options->n_argument);
  return options->argument[i_argument];
}

const char *const *cuxas_options_arguments(const cuxas_options *options)
{
  return options->argument;
}

/* What an option of this section names is written, but for these. */
static bool names_an_input(const cuxas_option *option)
{
  static const char *const READ[] = {"against", "compare", "config", "exclude", "replay"};
  if (option->kind != OPT_PATH && option->kind != OPT_LIST) return false;
  for (size_t i = 0; i < sizeof READ / sizeof *READ; i++)
    if (strcmp(option->name, READ[i]) == 0) return true;
  return strcmp(option->section, "Output") != 0 && strcmp(option->section, "Running") != 0;
}

const char *cuxas_options_input(const cuxas_options *options, size_t i_input)
{
  if (i_input < options->n_argument) return options->argument[i_input];
  i_input -= options->n_argument;
  for (size_t i = 0; i < options->n_option; i++) {
    const option_value *value = &options->value[i];
    const size_t        n     = value->n_item > 0 ? value->n_item : value->text != NULL;
    if (!names_an_input(cuxas_command_option(options->command, i))) continue;
    if (i_input < n) return value->n_item > 0 ? value->item[i_input] : value->text;
    i_input -= n;
  }
  return NULL;
}

void cuxas_options_exit(cuxas_options *options, int exit_code)
{
  options->exit_code = exit_code;
}

int cuxas_options_exit_code(const cuxas_options *options)
{
  return options->exit_code;
}

/* 5. what reports echo */

static cJSON *setting(const cuxas_option *option, const option_value *value)
{
  double number;
  if (value->text == NULL) return cJSON_CreateNull();
  if (option->kind == OPT_LIST) return cJSON_CreateStringArray((const char *const *)value->item, (int)value->n_item);
  if (option->kind == OPT_FLAG) return cJSON_CreateBool(strcmp(value->text, "yes") == 0);
  if (value->has_number && option->kind != OPT_RANGE && read_number(value->text, &number))
    return cJSON_CreateNumber(number);
  return cJSON_CreateString(value->text);
}

cJSON *cuxas_options_settings(const cuxas_options *options)
{
  cJSON *settings = need(cJSON_CreateObject());
  for (size_t i = 0; i < options->n_option; i++) {
    const cuxas_option *option = cuxas_command_option(options->command, i);
    if (cuxas_options_is_setting(options, option->name))
      if (!cuxas_json_add(settings, option->name, need(setting(option, &options->value[i])))) need(NULL);
  }
  return settings;
}

static void add_word(cJSON *command, const char *word)
{
  cuxas_json_add(command, NULL, need(cJSON_CreateString(word)));
}

static cJSON *start_command(const cuxas_options *options)
{
  cJSON *command = need(cJSON_CreateArray());
  char   name[64];
  size_t n_char = 0;

  for (const char *word = options->command->name; *word != '\0'; word += n_char + (word[n_char] == ' ')) {
    n_char = strcspn(word, " "); /* "cuxas-model info" is two words */
    snprintf(name, sizeof name, "%.*s", (int)n_char, word);
    add_word(command, name);
  }
  return command;
}

cJSON *cuxas_options_settings_with(const cuxas_options *options, const char *const *candidate, size_t n_candidate)
{
  cJSON *settings = cuxas_options_settings(options);
  cJSON *list     = cJSON_CreateStringArray(candidate, (int)n_candidate);
  if (cuxas_json_add(settings, "candidates", list) != NULL) return settings;
  cJSON_Delete(settings);
  return NULL;
}

cJSON *cuxas_options_command(const cuxas_options *options)
{
  cJSON *command = start_command(options);
  for (size_t i = 0; i < options->n_word; i++) add_word(command, options->word[i].text);
  return command;
}

cJSON *cuxas_options_command_with(const cuxas_options *options, const char *first, const char *const *argument,
                                  size_t n_argument)
{
  cJSON *command   = start_command(options);
  bool   has_minus = first[0] == '-' && first[1] != '\0';
  for (size_t i = 0; i < options->n_word; i++)
    if (options->word[i].is_option) add_word(command, options->word[i].text);
  for (size_t i = 0; i < n_argument; i++) has_minus |= argument[i][0] == '-' && argument[i][1] != '\0';
  if (has_minus) add_word(command, "--");
  add_word(command, first);
  for (size_t i = 0; i < n_argument; i++) add_word(command, argument[i]);
  return command;
}
