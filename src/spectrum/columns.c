/* Which column is what: by what its name says, by its numbers, by what the user says
 *
 * Contents
 *   1. What a name says
 *   2. Messages that list columns
 *   3. Columns the user named
 *   4. Columns found by name
 *   5. Energies found by their numbers
 *   6. The choice */
#include "spectrum/columns_priv.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- 1. What a name says ---- */

/* Matched against the stripped, lower-case name, in the order below: the first pattern that fits decides. */
static const struct {
  cuxas_word  word;
  const char *expression;
} WORDS[] = {
    {CUXAS_WORD_ENERGY, "^(photon|incident|x-?ray|beam|mono(chromator)?)?[ _.-]*energy[ _.-]*(loss)?[ _.-]*"
                        "(axis|scale|values?)?[ _.,/-]*(k?ev)?$"},
    {CUXAS_WORD_ENERGY_SYMBOL, "^(omega|e|en|ener|k?ev|e[ _-]*k?ev|hv|hnu|h\\xce\\xbd|nu|e[ _-]?loss)$"},
    {CUXAS_WORD_OTHER,
     "^(mu0|k|chi.*|re|im|err(or)?s?|sigma.*|std.*|stderr.*|unc.*|d[iy]|weights?|time.*|secs?|seconds?|"
     "dwell.*|index|idx|no|nr|point.*|pt|row|angle.*|theta.*|bragg.*|temp.*|date.*|ring.*|bkg.*|"
     "background.*|nbkg|pre[ _-]*edge.*|post[ _-]*edge.*|der(iv.*)?|dead.*|notes?|comments?)$"},
    {CUXAS_WORD_I0, "^(i[ _]?(0|o|zero)|izero|i0[ _.-].*|io[ _.-].*|.*[ _.-]i0|monitor|mon|incident([ _]*flux)?|"
                    "(au[ _-]*)?(mesh|grid)|flux)$"},
    {CUXAS_WORD_SIGNAL,
     "^(x?mu|\\xc2\\xb5|\\xce\\xbc|x?mu[ _-]*(trans|fluor?|ref|norm.*|e)|norm(ali[sz]ed)?\\.?([ _.-].*)?|"
     "flat(tened)?|x(as|anes|afs)([ _-].*)?|nexafs|eels|abs(orption|orbance|orp|or)?([ _-].*)?|"
     "intensity([ _-].*)?|signal|spectrum|.*/ *i[0o].*|optical density|od|cross[ _-]*section)$"},
    {CUXAS_WORD_COUNTS,
     "^(counts?|.*[ _.-]counts?|cts|cps|y|yield|[tpf]ey|i?[tp]?fy|.*[ _-](yield|tey|tfy|pfy)|fluo.*|"
     "drain.*|sample.*|current|det(ector)?.*|roi.*|i[1ft]|itrans|ifluor?|trans.*|sum|ch(annel)?[ _]*\\d+|"
     "sdd.*|ketek.*)$"},
    {CUXAS_WORD_ENERGY_HINT, "energy|\\bk?ev\\b|photon|^mono|^x$"},
};

static cuxas_status compile(const char *expression, cuxas_pattern **ret_pattern, cuxas_error *err)
{
  return *ret_pattern != NULL ? CUXAS_OK : cuxas_pattern_new(expression, ret_pattern, err);
}

cuxas_status cuxas_vocabulary_new(cuxas_vocabulary *ret_vocabulary, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  *ret_vocabulary     = (cuxas_vocabulary){0};
  for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0] && status == CUXAS_OK; i++)
    status = compile(WORDS[i].expression, &ret_vocabulary->word[WORDS[i].word], err);
  if (status == CUXAS_OK) status = compile("(?i)(^|[^a-z])k\\s?ev([^a-z]|$)", &ret_vocabulary->keV, err);
  if (status == CUXAS_OK) status = compile("(?i)(^|[^a-z])ev([^a-z]|$)", &ret_vocabulary->eV, err);
  return status;
}

void cuxas_vocabulary_free(cuxas_vocabulary *vocabulary)
{
  for (size_t i = 0; i < CUXAS_N_WORD_PATTERN; i++) cuxas_pattern_free(vocabulary->word[i]);
  cuxas_pattern_free(vocabulary->eV);
  cuxas_pattern_free(vocabulary->keV);
  *vocabulary = (cuxas_vocabulary){0};
}

void cuxas_vocabulary_strip(const char *name, char *buffer, size_t size)
{
  size_t n_byte = strcspn(name, "([{");
  if (n_byte >= size) n_byte = size - 1;
  for (size_t i = 0; i < n_byte; i++)
    buffer[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
  buffer[n_byte] = '\0';
  char *trimmed  = cuxas_text_trim(buffer);
  memmove(buffer, trimmed, strlen(trimmed) + 1);
}

cuxas_word cuxas_vocabulary_classify(const cuxas_vocabulary *vocabulary, const char *name)
{
  char stripped[128];
  cuxas_vocabulary_strip(name, stripped, sizeof stripped);
  for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
    if (cuxas_pattern_match(vocabulary->word[WORDS[i].word], stripped)) return WORDS[i].word;
  return CUXAS_WORD_UNKNOWN;
}

bool cuxas_vocabulary_unit(const cuxas_vocabulary *vocabulary, const char *name, cuxas_energy_unit *ret_unit)
{
  if (cuxas_pattern_match(vocabulary->keV, name)) {
    *ret_unit = CUXAS_UNIT_KEV;
    return true;
  }
  if (cuxas_pattern_match(vocabulary->eV, name)) {
    *ret_unit = CUXAS_UNIT_EV;
    return true;
  }
  return false;
}

/* ---- 2. Messages that list columns ---- */

static cuxas_status fail_columns(const char *path, const cuxas_measured_info *info, cuxas_error *err,
                                 const char *format, ...) CUXAS_PRINTF_LIKE(4, 5);

/* "path: reason; columns: 1 'energy', 2 'mu'; choose with ..." */
static cuxas_status fail_columns(const char *path, const cuxas_measured_info *info, cuxas_error *err,
                                 const char *format, ...)
{
  char    reason[200], list[500] = "";
  size_t  n_byte = 0;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  for (size_t i = 0; i < info->n_column && n_byte + 1 < sizeof list; i++) {
    const int n =
        snprintf(list + n_byte, sizeof list - n_byte, "%s%zu '%s'", i > 0 ? ", " : "", i + 1, info->column[i].name);
    n_byte += n > 0 ? (size_t)n : 0;
  }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s; columns: %s%s; choose with --energy-column, --signal, --i0", path,
                    reason, list, n_byte >= sizeof list ? "..." : "");
}

/* ---- 3. Columns the user named ---- */

/* By number, by the whole name, or by the name without its bracket. */
static cuxas_status find_named(const char *path, const cuxas_measured_info *info, const char *option,
                               const char *wanted, size_t *ret_i_column, cuxas_error *err)
{
  long   number;
  size_t n_found = 0;
  if (cuxas_text_parse_integer(wanted, &number)) {
    if (number < 1 || (size_t)number > info->n_column)
      return fail_columns(path, info, err, "%s %s: there is no such column", option, wanted);
    *ret_i_column = (size_t)number - 1;
    return CUXAS_OK;
  }
  for (int is_stripped = 0; is_stripped < 2 && n_found == 0; is_stripped++)
    for (size_t i = 0; i < info->n_column; i++) {
      char        stripped[128];
      const char *name = info->column[i].name;
      if (is_stripped) {
        cuxas_vocabulary_strip(name, stripped, sizeof stripped);
        name = stripped;
      }
      if (name[0] == '\0' || strcasecmp(name, wanted) != 0) continue;
      *ret_i_column = i;
      n_found++;
    }
  if (n_found == 1) return CUXAS_OK;
  return fail_columns(path, info, err, "%s '%s': %s", option, wanted,
                      n_found == 0 ? "no column has this name" : "several columns have this name");
}

/* ---- 4. Columns found by name ---- */

/* At least half of the lines have a number here: what less than that hold is remarks. */
static bool is_numeric(const cuxas_measured_info *info, const cuxas_table *table, size_t i_column)
{
  return 2 * info->column[i_column].n_number >= table->n_row && info->column[i_column].n_number > 0;
}

/* Numeric columns of a word, without those taken already; the last of them. */
static size_t count_word(const cuxas_measured_info *info, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                         cuxas_word word, size_t i_taken, size_t i_taken_too, size_t *ret_i_column)
{
  size_t n_found = 0;
  for (size_t i = 0; i < info->n_column; i++) {
    if (i == i_taken || i == i_taken_too || !is_numeric(info, table, i)) continue;
    if (cuxas_vocabulary_classify(vocabulary, info->column[i].name) != word) continue;
    *ret_i_column = i;
    n_found++;
  }
  return n_found;
}

static cuxas_status find_signal(const char *path, const cuxas_measured_info *info, const cuxas_table *table,
                                const cuxas_vocabulary *vocabulary, size_t i_energy, size_t i_i0, size_t *ret_i_signal,
                                cuxas_error *err)
{
  static const cuxas_word SURE_TO_VAGUE[] = {CUXAS_WORD_SIGNAL, CUXAS_WORD_COUNTS, CUXAS_WORD_UNKNOWN,
                                             CUXAS_WORD_ENERGY_HINT};
  for (size_t i = 0; i < sizeof SURE_TO_VAGUE / sizeof SURE_TO_VAGUE[0]; i++) {
    const size_t n_found = count_word(info, table, vocabulary, SURE_TO_VAGUE[i], i_energy, i_i0, ret_i_signal);
    if (n_found == 1) return CUXAS_OK;
    if (n_found > 1) return fail_columns(path, info, err, "%zu columns could be the signal", n_found);
  }
  return fail_columns(path, info, err, "no column looks like the signal");
}

/* ---- 5. Energies found by their numbers ---- */

/* Positive, within a factor of five, and going along in steps that are small against the range. */
static bool looks_like_energy(const cuxas_table *table, size_t i_column)
{
  double min = INFINITY, max = -INFINITY, last = NAN, travelled = 0, value;
  size_t n_number = 0, n_up = 0, n_down = 0;
  for (size_t i = 0; i < table->n_row; i++) {
    if (!cuxas_table_number(table, i, i_column, &value)) continue;
    if (!isfinite(value) || value <= 0) return false;
    min = fmin(min, value);
    max = fmax(max, value);
    if (n_number++ > 0) {
      travelled += fabs(value - last);
      n_up += value > last;
      n_down += value < last;
    }
    last = value;
  }
  if (n_number < 2 || max == min || max > 5 * min) return false;
  const bool is_monotonic = n_up == 0 || n_down == 0;
  return is_monotonic || travelled / (double)(n_number - 1) < (max - min) / 10;
}

static cuxas_status find_energy(const char *path, const cuxas_measured_info *info, const cuxas_table *table,
                                const cuxas_vocabulary *vocabulary, size_t i_taken, size_t *ret_i_energy,
                                cuxas_error *err)
{
  if (info->is_feff && i_taken != 0) {
    *ret_i_energy = 0; /* omega; e counts from the Fermi level */
    return CUXAS_OK;
  }
  size_t n_found;
  for (cuxas_word word = CUXAS_WORD_ENERGY; word <= CUXAS_WORD_ENERGY_HINT; word++) {
    n_found = count_word(info, table, vocabulary, word, i_taken, i_taken, ret_i_energy);
    if (n_found == 1) return CUXAS_OK;
    if (n_found > 1) return fail_columns(path, info, err, "%zu columns could be the energy", n_found);
  }
  n_found = 0;
  for (size_t i = 0; i < info->n_column; i++) {
    if (i == i_taken || !is_numeric(info, table, i) || !looks_like_energy(table, i)) continue;
    *ret_i_energy = i;
    if (i == 0) return CUXAS_OK; /* by custom, the first column */
    n_found++;
  }
  if (n_found == 1) return CUXAS_OK;
  return fail_columns(path, info, err, "%s",
                      n_found == 0 ? "no column looks like energies" : "energies are not evident");
}

/* ---- 6. The choice ---- */

/* The column that the format itself gave this role; the role is taken back, the choice sets it anew. */
static size_t take_stated(cuxas_measured_info *info, cuxas_column_role role)
{
  size_t i_stated = CUXAS_NO_COLUMN;
  for (size_t i = 0; i < info->n_column; i++)
    if (info->column[i].role == role) {
      info->column[i].role = CUXAS_COLUMN_UNUSED;
      i_stated             = i;
    }
  return i_stated;
}

static cuxas_status check_distinct(const char *path, const cuxas_measured_info *info, const cuxas_column_choice *choice,
                                   cuxas_error *err)
{
  if (choice->i_energy == choice->i_signal)
    return fail_columns(path, info, err, "column %zu cannot be both energy and signal", choice->i_energy + 1);
  if (choice->i_i0 == choice->i_energy || choice->i_i0 == choice->i_signal)
    return fail_columns(path, info, err, "column %zu cannot be I0 as well", choice->i_i0 + 1);
  return CUXAS_OK;
}

cuxas_status cuxas_columns_choose(const char *path, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                                  const cuxas_measured_options *options, cuxas_measured_info *info,
                                  cuxas_column_choice *ret_choice, cuxas_error *err)
{
  cuxas_status        status        = CUXAS_OK;
  const size_t        stated_signal = take_stated(info, CUXAS_COLUMN_SIGNAL);
  const size_t        stated_energy = take_stated(info, CUXAS_COLUMN_ENERGY);
  cuxas_column_choice choice        = {CUXAS_NO_COLUMN, stated_signal, CUXAS_NO_COLUMN};

  if (options->signal_column != NULL &&
      (status = find_named(path, info, "--signal", options->signal_column, &choice.i_signal, err)) != CUXAS_OK)
    return status;
  if (options->energy_column != NULL)
    status = find_named(path, info, "--energy-column", options->energy_column, &choice.i_energy, err);
  else if (stated_energy != CUXAS_NO_COLUMN && stated_energy != choice.i_signal)
    choice.i_energy = stated_energy;
  else
    status = find_energy(path, info, table, vocabulary, choice.i_signal, &choice.i_energy, err);
  if (status != CUXAS_OK) return status;
  if (options->i0_column != NULL &&
      (status = find_named(path, info, "--i0", options->i0_column, &choice.i_i0, err)) != CUXAS_OK)
    return status;
  if (choice.i_signal == CUXAS_NO_COLUMN && (status = find_signal(path, info, table, vocabulary, choice.i_energy,
                                                                  choice.i_i0, &choice.i_signal, err)) != CUXAS_OK)
    return status;
  if ((status = check_distinct(path, info, &choice, err)) != CUXAS_OK) return status;

  info->column[choice.i_energy].role = CUXAS_COLUMN_ENERGY;
  info->column[choice.i_signal].role = CUXAS_COLUMN_SIGNAL;
  size_t i_i0;
  if (choice.i_i0 != CUXAS_NO_COLUMN)
    info->column[choice.i_i0].role = CUXAS_COLUMN_I0;
  else if (count_word(info, table, vocabulary, CUXAS_WORD_I0, choice.i_energy, choice.i_signal, &i_i0) == 1)
    cuxas_warn(&info->warnings, "column %zu '%s' looks like the incoming flux: --i0 %zu would divide by it", i_i0 + 1,
               info->column[i_i0].name, i_i0 + 1);
  *ret_choice = choice;
  return CUXAS_OK;
}
