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
     "^(mu0|k|chi.*|re|im|err(or)?s?|sigma.*|std.*|stderr.*|unc.*|d[iy]|weights?|(.*[^a-z])?time([^a-"
     "z].*)?|secs?|seconds?|"
     "dwell.*|index|idx|no|nr|point.*|pts?|row|angle.*|theta.*|bragg.*|temp.*|date.*|ring.*|bkg.*|"
     "background.*|nbkg|pre[ _-]*edge.*|post[ _-]*edge.*|der(iv.*)?|dead.*|notes?|comments?|"
     "x?mu[ "
     "_-]*ref.*|event.*|scan.*|steps?|epoch|clock.*|dark.*|offsets?|gains?|ir|iref.*|irefer.*|i2|ref|"
     "reference.*|[io]cr.*|"
     "srcur.*|real[ _-]*time.*|t|channels?|pixels?|raman.*|wave[ _-]*(length|number)s?.*|lambda|freq.*|q|(2[ "
     "_-]*)?theta.*|"
     "tth.*|depth|gap.*|voltage|pressure.*|(binding|kinetic|emi(tted|ssion)|analy[sz]er|pass|ring|machine|"
     "electron)[ _.-]*energy.*|[bk]\\.?e\\.?|polari[sz].*|shutter.*|vacuum.*|"
     "harmonic.*|(.*[ _])?slits?([ _].*)?|reflect.*|xm?n?[cl]d.*|[cl]d|(.*[ _-])?dichro.*|diff([ "
     "_-].*|erence.*)?|residuals?|"
     "asym(metry)?.*|delta.*|d[ _-]?mu|.*deriv(ative)?s?|.*[ "
     "_.-](std(err|ev|dev)?|stderr|err(ors?)?|sigma|unc(ertainty)?)|"
     "theor.*|calc.*|simul.*|best[ _-]*fit|fit(ted)?|f[1\x27]|n|beta|phase.*|exafs.*|"
     "d(mu|xmu|i|y) */ *de.*|(att(en(uation)?)?|absorption|penetration)[ _.-]*(length|depth).*)$"},
    {CUXAS_WORD_I0, "^(i[ _]?(0|o|zero)|izero|i0[ _.-].*|io[ _.-].*|.*[ _.-]i0|monitor|mon|incident([ _]*flux)?|"
                    "(au[ _-]*)?(mesh|grid)|gold[ _-]*mesh|flux|incoming[ _]*(beam|flux))$"},
    {CUXAS_WORD_TRANSMITTANCE, "^((i[ _]?t(rans.*)?|i_?1|trans.*) */ *i_?[0o].*|transmittance|% *t(rans.*)?|t *%|"
                               "(pct|percent)[ _]*t(rans.*)?)$"},
    {CUXAS_WORD_INVERSE, "^i[ _]?([0o]|zero) */ *[a-z].*$"},
    {CUXAS_WORD_SIGNAL,
     "^(x?mu|\\xc2\\xb5|\\xce\\xbc|x?mu[ _-]*(trans|fluor?|[tpf]ey|[tp]fy|norm.*|e)|norm(ali[sz]ed)?\\.?([ _.-].*)?|"
     "flat(tened)?|x(as|anes|afs)([ _-].*)?|nexafs|eels|abs(orption|orbance|orp|or)?([ _-].*)?|"
     "intensity([ _-].*)?|signal|spectrum|.*/ *i[0o].*|optical density|od|cross[ _-]*section)$"},
    {CUXAS_WORD_TRANSMITTED, "^(i[ _]?t|i[ _]?t[ _.-].*|.*[ _.-]it|i[ _]?trans.*|trans(mission|mitted)?([ _.-].*)?)$"},
    {CUXAS_WORD_CHAMBER, "^i[ _]?1$"},
    {CUXAS_WORD_COUNTS,
     "^(counts?|.*[ _.-]counts?|cts|cps|y|yield|[tpf]ey([ _.-].*)?|i?[tp]?fy([ _.-].*)?|.*[ _-](yield|tey|tfy|pfy)|"
     "fluo.*|drain.*|sample.*|current|det(ector)?.*|roi.*|i[ _]?f(f|p|luo.*|ch.*|slow.*|fast.*|[ "
     "_.-].*|\\d+)?|sum|ch(annel)?[ _]*\\d+|"
     "sdd.*|ketek.*|lytle.*|vortex.*|pips.*|xmap.*|electron[ _-]*yield)$"},
    {CUXAS_WORD_ENERGY_HINT, "energy|\\bk?ev\\b|photon|^mono|^x$"},
};

/* Units at the end of a name that are none of photon energies: in brackets, behind a comma or stroke, or as a word. */
static const char OTHER_UNIT[] =
    "(?:[(\\[{]\\s*((?-i:[mMGT]eV|J|K|A|V|s|m)|[munp]m|\\xc2\\xb5m|\\xce\\xbcm|cm|\\xc3\\x85|\\xe2\\x84\\xab|angstroms?"
    "|"
    "ang|deg(rees?)?\\.?|\\xc2\\xb0|\\xb0|m?rad(ians?)?|steps?|pixels?|channels?|joules?|hartrees?|ha|ryd?(berg)?|"
    "sec(onds?)?|ms|1/cm|cm\\^?-1|[kmgt]?hz|mv|[munp]a|percent|%)\\s*[)\\]}]\\s*$)"
    "|(?:[\\s,/_]\\s*([mun]m|angstroms?|deg(rees?)?|m?rad(ians?)?|steps|pixels?|channels?|joules?|hartrees?|ryd|"
    "(?-i:[mMGT]eV|J)|cm\\^?-1|[kmgt]?hz)\\s*$)";

static const char UNIT_ALONE[] = "(?i)^[(\\[]?\\s*([kmg]?ev|j|joules?|angstroms?|hartrees?|a\\.?u\\.?|arb\\.?[ "
                                 "_]*u?(nits?)?\\.?|-+|counts?(/s(ec)?)?|cts|cps|[munp]?a|m?v|m?s|"
                                 "sec(onds?)?|[mun]m|deg(rees?)?|norm\\.?|1|%|none)\\s*[)\\]]?$";

/* Of two polarisations, fields, letters or states of one sample, with a minus between them. */
#define SIDE                                                                                                           \
  "(l[hvcr]|r[hvcl]|lcp|rcp|c[lrpm]|[a-z]?\\d?|(x?mu|\xc2\xb5|\xce\xbc|i|c|sigma|\xcf\x83|tey|tfy)?[ "                 \
  "_]?[+-]|hor(izontal)?|"                                                                                             \
  "ver(tical)?|para(llel)?|perp(endicular)?|up|down|left|right|pos(itive)?|neg(ative)?|plus|minus|(laser|pump|field)?" \
  "[ "                                                                                                                 \
  "_]?o(n|ff)|(un)?pumped|irradiated|pristine|before|after|dark|light|fresh|aged|as[ _]?grown|annealed|reduced|"       \
  "oxidi[sz]ed|sample|blank|ref(erence)?|bkg|background|data|measured|exp(eriment)?|(x?mu|norm|tey|tfy)[ _]*\\d)"
/* Also of two numbered ones, "scan12-scan14", and of two compounds of copper, "CuO-Cu2O". */
static const char DIFFERENCE[] =
    "(?i)^\\W{0,2}(?!e ?- ?y\\W*$)(?=.*[a-z\xc2-\xcf+])(?:([a-z][a-z_ ]*)\\d+\\s*[-\xe2]\\W{0,2}\\s*\\g{-1}\\d+$|"
    "(?-i:(?:[A-Z][a-z]?\\d*)*Cu\\d*(?:[A-Z][a-z]?\\d*)*-(?:[A-Z][a-z]?\\d*)*Cu\\d*(?:[A-Z][a-z]?\\d*)*)$|" SIDE
    "\\s*(-|\xe2\x88\x92|\xe2\x80\x93)\\s*" SIDE "([(\\[).].*)?$)";
static const char IS_DIVIDED[] =
    "(?i)(/\\s*(i[ _]?([0o]|zero)|mon|mesh|flux)|\\b(ln|log)|norm|flat|^x?mu\\b|^\xc2\xb5|^\xce\xbc|"
    "^od\\b|optical|absor)";

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
  if (status == CUXAS_OK) {
    char expression[sizeof OTHER_UNIT + 8];
    snprintf(expression, sizeof expression, "(?i)%s", OTHER_UNIT);
    status = compile(expression, &ret_vocabulary->other_unit, err);
  }
  if (status == CUXAS_OK) status = compile(UNIT_ALONE, &ret_vocabulary->unit_alone, err);
  if (status == CUXAS_OK) status = compile("(?i)\\b(ln|log)\\s*\\(", &ret_vocabulary->ln_of_fluxes, err);
  if (status == CUXAS_OK)
    status = compile(
        "(?i)^\\s*(ln|log(10)?)\\s*[(\\[]\\s*(i?[ _]?t(rans[a-z]*)?|i[ _]?1|i)\\s*(/\\s*i[ _]?(0|o|zero)\\s*)?[)\\]]",
        &ret_vocabulary->ln_of_inverse, err);
  if (status == CUXAS_OK) status = compile(DIFFERENCE, &ret_vocabulary->difference, err);
  if (status == CUXAS_OK) status = compile(IS_DIVIDED, &ret_vocabulary->is_divided, err);
  if (status == CUXAS_OK)
    status = compile("(?i)^(i|det(ector)?|(.*[ _-])?(photo)?[ _-]?diode([ _-].*)?)\\s*([(\\[].*)?$",
                     &ret_vocabulary->may_transmit, err);
  if (status == CUXAS_OK)
    status =
        compile("(?i)^(i[ _]?[0o12rf]|it|tey|tfy|[pa]ey|pfy|x?mu|energy|norm|time)$", &ret_vocabulary->one_name, err);
  return status;
}

void cuxas_vocabulary_free(cuxas_vocabulary *vocabulary)
{
  for (size_t i = 0; i < CUXAS_N_WORD_PATTERN; i++) cuxas_pattern_free(vocabulary->word[i]);
  cuxas_pattern_free(vocabulary->eV);
  cuxas_pattern_free(vocabulary->keV);
  cuxas_pattern_free(vocabulary->other_unit);
  cuxas_pattern_free(vocabulary->unit_alone);
  cuxas_pattern_free(vocabulary->ln_of_fluxes);
  cuxas_pattern_free(vocabulary->ln_of_inverse);
  cuxas_pattern_free(vocabulary->one_name);
  cuxas_pattern_free(vocabulary->difference);
  cuxas_pattern_free(vocabulary->is_divided);
  cuxas_pattern_free(vocabulary->may_transmit);
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

static cuxas_word classify_stripped(const cuxas_vocabulary *vocabulary, const char *stripped)
{
  for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
    if (cuxas_pattern_match(vocabulary->word[WORDS[i].word], stripped)) return WORDS[i].word;
  return CUXAS_WORD_UNKNOWN;
}

/* Of a process variable, "IOC:mono:Energy.VAL", the last part, "Energy"; of "Ch6(I0)" what the channel is, "I0". */
static bool inner_name(const char *name, char *buffer, size_t size)
{
  const char *start = strrchr(name, ':'), *end = NULL;
  if (start != NULL) {
    end = strrchr(start, '.');
    if (end == NULL || (strcasecmp(end, ".val") != 0 && strcasecmp(end, ".rbv") != 0)) end = name + strlen(name);
  } else if (strncasecmp(name, "ch", 2) == 0 && (start = strchr(name, '(')) != NULL) {
    end = strchr(start, ')');
  }
  if (start == NULL || end == NULL || (size_t)(end - start) >= size) return false;
  memcpy(buffer, start + 1, (size_t)(end - start) - 1);
  buffer[end - start - 1] = '\0';
  return true;
}

cuxas_word cuxas_vocabulary_classify(const cuxas_vocabulary *vocabulary, const char *name)
{
  char         stripped[128], inner[128];
  const size_t n_folder = strlen(vocabulary->folder);
  if (n_folder > 0 && strncmp(name, vocabulary->folder, n_folder) == 0) name += n_folder;
  if (inner_name(name, inner, sizeof inner)) {
    cuxas_vocabulary_strip(inner, stripped, sizeof stripped);
    const cuxas_word word = classify_stripped(vocabulary, stripped);
    if (word != CUXAS_WORD_UNKNOWN && stripped[0] != '\0') return word;
  }
  if (cuxas_pattern_match(vocabulary->ln_of_inverse, name)) return CUXAS_WORD_INVERSE;
  if (cuxas_pattern_match(vocabulary->difference, name)) return CUXAS_WORD_OTHER;
  if (cuxas_pattern_match(vocabulary->ln_of_fluxes, name)) return CUXAS_WORD_SIGNAL;
  if (name[0] == '-' && strpbrk(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
    return CUXAS_WORD_INVERSE;           /* "-TEY" */
  const char *last = strrchr(name, ' '); /* "I0 counts": a unit behind a name */
  if (last != NULL && last > name && (size_t)(last - name) < sizeof inner &&
      cuxas_vocabulary_is_unit(vocabulary, last + 1)) {
    snprintf(inner, sizeof inner, "%.*s", (int)(last - name), name);
    cuxas_vocabulary_strip(inner, stripped, sizeof stripped);
    const cuxas_word word = classify_stripped(vocabulary, stripped);
    if (word != CUXAS_WORD_UNKNOWN) return word;
  }
  cuxas_vocabulary_strip(name, stripped, sizeof stripped);
  return classify_stripped(vocabulary, stripped);
}

bool cuxas_vocabulary_holds_names(const cuxas_vocabulary *vocabulary, const char *text)
{
  size_t n_name = 0;
  while (*text != '\0') {
    char         word[16];
    const size_t n_blank = strspn(text, " \t"), n_byte = strcspn(text + n_blank, " \t");
    if (n_byte > 0 && n_byte < sizeof word) {
      snprintf(word, sizeof word, "%.*s", (int)n_byte, text + n_blank);
      n_name += cuxas_pattern_match(vocabulary->one_name, word);
    }
    text += n_blank + n_byte;
  }
  return n_name > 1;
}

void cuxas_vocabulary_find_folder(const cuxas_measured_info *info, cuxas_vocabulary *vocabulary)
{
  vocabulary->folder[0] = '\0';
  for (size_t i = 0; i + 1 < info->n_column; i++) {
    const char  *stroke   = strrchr(info->column[i].name, '/');
    const size_t n_folder = stroke != NULL ? (size_t)(stroke - info->column[i].name) + 1 : 0;
    if (n_folder < 2 || n_folder >= sizeof vocabulary->folder || stroke[1] == '\0' ||
        strchr("( \t", stroke[-1]) != NULL)
      continue;
    for (size_t k = i + 1; k < info->n_column; k++) {
      if (strncmp(info->column[k].name, info->column[i].name, n_folder) != 0 || info->column[k].name[n_folder] == '\0')
        continue;
      char folder[sizeof vocabulary->folder];
      snprintf(folder, sizeof folder, "%.*s", (int)n_folder - 1, info->column[i].name);
      if (cuxas_vocabulary_classify(vocabulary, folder) != CUXAS_WORD_UNKNOWN) continue; /* "TEY/I0", "TEY/mesh" */
      snprintf(vocabulary->folder, sizeof vocabulary->folder, "%.62s/", folder);
      return;
    }
  }
}

bool cuxas_vocabulary_other_unit(const cuxas_vocabulary *vocabulary, const char *name, char *ret_unit, size_t size)
{
  cuxas_energy_unit unit;
  ret_unit[0] = '\0';
  if (!cuxas_pattern_match(vocabulary->other_unit, name)) return false;
  for (size_t i = 1; i <= 8 && ret_unit[0] == '\0'; i++)
    cuxas_pattern_copy_group(vocabulary->other_unit, i, ret_unit, size);
  return ret_unit[0] != '\0' && !cuxas_vocabulary_unit(vocabulary, ret_unit, &unit);
}

bool cuxas_vocabulary_is_unit(const cuxas_vocabulary *vocabulary, const char *text)
{
  return cuxas_pattern_match(vocabulary->unit_alone, text);
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
  char    reason[400], list[500] = "", note[CUXAS_WARNING_SIZE + 8] = "";
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
  if (info->warnings.n_warning > 0) snprintf(note, sizeof note, " (%s)", info->warnings.text[0]);
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s; columns: %s%s; choose with --energy-column, --signal, --i0%s", path,
                    reason, list, n_byte >= sizeof list ? "..." : "", note);
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

typedef struct {
  const char                   *path;
  const cuxas_measured_info    *info;
  const cuxas_table            *table;
  const cuxas_vocabulary       *vocabulary;
  const cuxas_measured_options *options;
} search;

static cuxas_word word_of(const search *in, size_t i_column)
{
  return cuxas_vocabulary_classify(in->vocabulary, in->info->column[i_column].name);
}

static size_t count(const search *in, cuxas_word word, size_t i_taken, size_t i_taken_too, size_t *ret_i_column)
{
  return count_word(in->info, in->table, in->vocabulary, word, i_taken, i_taken_too, ret_i_column);
}

/* A detector beside an incoming flux: nobody can tell a yield from what went through the sample by its name. */
static cuxas_status check_transmission(const search *in, size_t i_energy, size_t i_signal, cuxas_error *err)
{
  const char *name = in->info->column[i_signal].name;
  size_t      i_flux;
  if (in->options->transmission || in->options->invert || in->options->i0_column != NULL ||
      !cuxas_pattern_match(in->vocabulary->may_transmit, name) ||
      count(in, CUXAS_WORD_I0, i_energy, i_signal, &i_flux) != 1)
    return CUXAS_OK;
  return fail_columns(
      in->path, in->info, err,
      "'%.60s' is a transmitted flux or a yield: --signal '%.60s' takes a yield, with --transmission and "
      "--i0 it gives ln(I0/it)",
      name, name);
}

static cuxas_status fail_transmitted(const search *in, const char *name, cuxas_error *err)
{
  return fail_columns(in->path, in->info, err,
                      "'%.60s' is a transmitted flux, no absorption: --signal '%.60s' --i0 COLUMN forms ln(I0/it); "
                      "--invert takes its negative",
                      name, name);
}

/* A column that holds absorption; a transmitted flux counts only beside an incoming one. */
static cuxas_status find_signal(const search *in, size_t i_energy, size_t i_i0, size_t *ret_i_signal, cuxas_error *err)
{
  static const cuxas_word SURE_TO_VAGUE[] = {CUXAS_WORD_SIGNAL, CUXAS_WORD_COUNTS, CUXAS_WORD_UNKNOWN,
                                             CUXAS_WORD_ENERGY_HINT};
  size_t                  i_other         = CUXAS_NO_COLUMN, i_flux;
  for (size_t i = 0; i < sizeof SURE_TO_VAGUE / sizeof SURE_TO_VAGUE[0]; i++) {
    size_t n_found = count(in, SURE_TO_VAGUE[i], i_energy, i_i0, ret_i_signal);
    if (SURE_TO_VAGUE[i] == CUXAS_WORD_COUNTS) {
      const size_t n_transmitted = count(in, CUXAS_WORD_TRANSMITTED, i_energy, i_i0, &i_other);
      const size_t n_chamber     = count(in, CUXAS_WORD_CHAMBER, i_energy, i_i0, &i_other);
      const size_t n_flux        = i_i0 != CUXAS_NO_COLUMN ? 1 : count(in, CUXAS_WORD_I0, i_energy, i_i0, &i_flux);
      if (n_found == 0 && n_chamber == 0 && n_transmitted == 1 && (n_flux == 1 || in->options->invert)) {
        count(in, CUXAS_WORD_TRANSMITTED, i_energy, i_i0, ret_i_signal);
        return CUXAS_OK;
      }
      if (n_found == 0 && n_chamber + n_transmitted == 1) {
        if (n_chamber == 1 && n_flux == 0) { /* nothing that it could be compared with: a yield */
          *ret_i_signal = i_other;
          return CUXAS_OK;
        }
        if (n_chamber == 1)
          return fail_columns(in->path, in->info, err,
                              "'%.60s' is a transmitted flux or a yield: --signal '%.60s' takes a yield, with "
                              "--transmission and --i0 it gives ln(I0/it)",
                              in->info->column[i_other].name, in->info->column[i_other].name);
        return fail_transmitted(in, in->info->column[i_other].name, err);
      }
      if (n_chamber + n_transmitted > 0 && n_found + n_chamber + n_transmitted > 1)
        return fail_columns(in->path, in->info, err,
                            "%zu columns could be the signal; '%.40s' is a transmitted flux: with --signal '%.40s' "
                            "and --i0 it gives ln(I0/it)",
                            n_found + n_chamber + n_transmitted, in->info->column[i_other].name,
                            in->info->column[i_other].name);
    }
    if (n_found == 1) return check_transmission(in, i_energy, *ret_i_signal, err);
    if (n_found > 1) return fail_columns(in->path, in->info, err, "%zu columns could be the signal", n_found);
  }
  if (count(in, CUXAS_WORD_TRANSMITTANCE, i_energy, i_i0, &i_other) > 0)
    return fail_columns(in->path, in->info, err,
                        "'%.60s' is a transmittance, no absorption: --signal '%.60s' takes -ln of it",
                        in->info->column[i_other].name, in->info->column[i_other].name);
  if (count(in, CUXAS_WORD_INVERSE, i_energy, i_i0, &i_other) > 0)
    return fail_columns(in->path, in->info, err,
                        "'%.60s' falls where absorption rises, or is no logarithm: --signal '%.60s' takes it, with "
                        "--invert its negative",
                        in->info->column[i_other].name, in->info->column[i_other].name);
  if (count(in, CUXAS_WORD_OTHER, i_energy, i_i0, &i_other) == 1)
    return fail_columns(
        in->path, in->info, err,
        "no column looks like the signal: '%.60s' is no absorption by its name; --signal '%.60s' takes it",
        in->info->column[i_other].name, in->info->column[i_other].name);
  return fail_columns(in->path, in->info, err, "no column looks like the signal");
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

/* Largest distance of two columns that both hold energies; infinite where one lacks a number. */
static double largest_distance(const cuxas_table *table, size_t i_one, size_t i_other)
{
  double largest = 0, one, other;
  size_t n       = 0;
  for (size_t i = 0; i < table->n_row; i++) {
    const bool has_one = cuxas_table_number(table, i, i_one, &one);
    if (has_one != cuxas_table_number(table, i, i_other, &other)) return INFINITY;
    if (!has_one) continue;
    largest = fmax(largest, fabs(one - other));
    n++;
  }
  return n > 0 ? largest : INFINITY;
}

/* Another column that is called an energy and looks like one: nothing to say where both agree, else the user decides. */
static cuxas_status check_second_energy(const search *in, size_t i_energy, size_t i_taken, cuxas_warnings *warnings,
                                        cuxas_error *err)
{
  const double SAME_EV = 0.1; /* of set and read energies (our choice: less than a step that resolves an edge) */
  char         unit[16];
  for (size_t i = 0; i < in->info->n_column; i++) {
    const cuxas_word word = word_of(in, i);
    if (i == i_energy || i == i_taken || word > CUXAS_WORD_ENERGY_HINT || !is_numeric(in->info, in->table, i)) continue;
    if (!looks_like_energy(in->table, i)) continue;
    if (cuxas_vocabulary_other_unit(in->vocabulary, in->info->column[i].name, unit, sizeof unit)) continue;
    const double distance = largest_distance(in->table, i_energy, i);
    if (distance > SAME_EV)
      return fail_columns(in->path, in->info, err, "2 columns could be the energy, '%.60s' and '%.60s'",
                          in->info->column[i_energy].name, in->info->column[i].name);
    cuxas_warn(warnings, "columns '%.50s' and '%.50s' both are energies, up to %.2g apart: the first is used",
               in->info->column[i_energy].name, in->info->column[i].name, distance);
  }
  return CUXAS_OK;
}

static cuxas_status check_energy_unit(const search *in, size_t i_energy, cuxas_error *err)
{
  char unit[16];
  if (!cuxas_vocabulary_other_unit(in->vocabulary, in->info->column[i_energy].name, unit, sizeof unit)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                    "%s: the unit of column %zu '%s' is %s, neither eV nor keV: convert it first, or choose another "
                    "column with --energy-column",
                    in->path, i_energy + 1, in->info->column[i_energy].name, unit);
}

/* By numbers alone: never a column whose name says that it is something else. */
static cuxas_status find_energy_by_numbers(const search *in, size_t i_taken, size_t *ret_i_energy, cuxas_error *err)
{
  size_t n_found = 0, i_other = CUXAS_NO_COLUMN;
  char   unit[16];
  for (size_t i = 0; i < in->info->n_column; i++)
    if (strncasecmp(in->info->column[i].name, "angle", 5) == 0 ||
        strncasecmp(in->info->column[i].name, "bragg", 5) == 0 ||
        strncasecmp(in->info->column[i].name, "theta", 5) == 0)
      return fail_columns(in->path, in->info, err, "'%.60s': angles instead of energies; convert them first",
                          in->info->column[i].name);
  for (size_t i = 0; i < in->info->n_column; i++) {
    if (i == i_taken || !is_numeric(in->info, in->table, i) || !looks_like_energy(in->table, i)) continue;
    const char      *name = in->info->column[i].name;
    const cuxas_word word = word_of(in, i);
    if (cuxas_vocabulary_other_unit(in->vocabulary, name, unit, sizeof unit) || word == CUXAS_WORD_OTHER ||
        word == CUXAS_WORD_I0 || (word >= CUXAS_WORD_SIGNAL && word <= CUXAS_WORD_COUNTS)) {
      if (i_other == CUXAS_NO_COLUMN) i_other = i;
      continue;
    }
    *ret_i_energy = i;
    if (i == 0) return CUXAS_OK; /* by custom, the first column */
    n_found++;
  }
  if (n_found == 1) return CUXAS_OK;
  if (n_found == 0 && i_other != CUXAS_NO_COLUMN) {
    const cuxas_status status = check_energy_unit(in, i_other, err);
    if (status != CUXAS_OK) return status;
  }
  if (n_found == 0 && i_other != CUXAS_NO_COLUMN)
    return fail_columns(in->path, in->info, err,
                        "'%.60s' rises like energies, but its name says that it is something else",
                        in->info->column[i_other].name);
  return fail_columns(in->path, in->info, err, "%s",
                      n_found == 0 ? "no column looks like energies" : "energies are not evident");
}

static cuxas_status find_energy(const search *in, size_t i_taken, cuxas_warnings *warnings, size_t *ret_i_energy,
                                cuxas_error *err)
{
  if (in->info->is_feff && i_taken != 0) {
    *ret_i_energy = 0; /* omega; e counts from the Fermi level */
    return CUXAS_OK;
  }
  for (cuxas_word word = CUXAS_WORD_ENERGY; word <= CUXAS_WORD_ENERGY_HINT; word++) {
    const size_t n_found = count(in, word, i_taken, i_taken, ret_i_energy);
    if (n_found > 1) return fail_columns(in->path, in->info, err, "%zu columns could be the energy", n_found);
    if (n_found == 1) return check_second_energy(in, *ret_i_energy, i_taken, warnings, err);
  }
  return find_energy_by_numbers(in, i_taken, ret_i_energy, err);
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

/* The incoming flux that a transmitted one is compared with, and whether the logarithm is taken. */
static cuxas_status find_logarithm(const search *in, cuxas_column_choice *choice, cuxas_warnings *warnings,
                                   cuxas_error *err)
{
  const cuxas_word word = word_of(in, choice->i_signal);
  const char      *name = in->info->column[choice->i_signal].name;
  size_t           i_i0;
  choice->is_log = !in->options->invert &&
                   (in->options->transmission || word == CUXAS_WORD_TRANSMITTED || word == CUXAS_WORD_TRANSMITTANCE);
  if (!choice->is_log) return CUXAS_OK;
  if (word == CUXAS_WORD_TRANSMITTANCE) {
    cuxas_warn(warnings, "absorption is formed as -ln of '%.80s'", name);
    return CUXAS_OK;
  }
  if (choice->i_i0 == CUXAS_NO_COLUMN && count(in, CUXAS_WORD_I0, choice->i_energy, choice->i_signal, &i_i0) == 1)
    choice->i_i0 = i_i0;
  if (choice->i_i0 == CUXAS_NO_COLUMN && !in->options->transmission) return fail_transmitted(in, name, err);
  if (choice->i_i0 != CUXAS_NO_COLUMN)
    cuxas_warn(warnings, "absorption is formed as ln(%.60s/%.60s)", in->info->column[choice->i_i0].name, name);
  else
    cuxas_warn(warnings, "absorption is formed as -ln of '%.80s'", name);
  return CUXAS_OK;
}

/* How often a column's numbers change direction, per row; 1: there are too few of them to say. */
static double restlessness(const cuxas_table *table, size_t i_column)
{
  size_t n_turn = 0, n_step = 0;
  double before = NAN, step_before = 0;
  for (size_t i = 0; i < table->n_row; i++) {
    double value;
    if (!cuxas_table_number(table, i, i_column, &value)) continue;
    const double step = value - before;
    before            = value;
    if (!(step != 0)) continue; /* the first one too */
    n_turn += step * step_before < 0;
    n_step++;
    step_before = step;
  }
  return n_step < 20 ? 1 : (double)n_turn / (double)n_step;
}

/* Energies that go to and fro while the signal rises or falls from end to end: a header whose names stand over the wrong
 * columns. A scan has a few turns at most. */
static cuxas_status check_exchanged(const search *in, const cuxas_column_choice *choice, cuxas_error *err)
{
  const double SCAN = 0.02, FOREIGN = 0.1; /* turns per point of energies; of what can be none */
  if (in->options->energy_column != NULL || restlessness(in->table, choice->i_signal) > 0 ||
      !looks_like_energy(in->table, choice->i_signal) || restlessness(in->table, choice->i_energy) < SCAN)
    return CUXAS_OK;
  if (restlessness(in->table, choice->i_energy) < FOREIGN && choice->i_energy < choice->i_signal) return CUXAS_OK;
  return fail_columns(in->path, in->info, err,
                      "column %zu '%.60s' goes to and fro, column %zu '%.60s' rises like energies: are the names over "
                      "the wrong columns?",
                      choice->i_energy + 1, in->info->column[choice->i_energy].name, choice->i_signal + 1,
                      in->info->column[choice->i_signal].name);
}

cuxas_status cuxas_columns_choose(const char *path, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                                  const cuxas_measured_options *options, cuxas_measured_info *info,
                                  cuxas_column_choice *ret_choice, cuxas_error *err)
{
  cuxas_status        status        = CUXAS_OK;
  const size_t        stated_signal = take_stated(info, CUXAS_COLUMN_SIGNAL);
  const size_t        stated_energy = take_stated(info, CUXAS_COLUMN_ENERGY);
  cuxas_column_choice choice        = {CUXAS_NO_COLUMN, stated_signal, CUXAS_NO_COLUMN, false};
  const search        in            = {path, info, table, vocabulary, options};

  if (options->signal_column != NULL &&
      (status = find_named(path, info, "--signal", options->signal_column, &choice.i_signal, err)) != CUXAS_OK)
    return status;
  if (options->energy_column != NULL)
    status = find_named(path, info, "--energy-column", options->energy_column, &choice.i_energy, err);
  else if (stated_energy != CUXAS_NO_COLUMN && stated_energy != choice.i_signal)
    status = check_second_energy(&in, choice.i_energy = stated_energy, choice.i_signal, &info->warnings, err);
  else
    status = find_energy(&in, choice.i_signal, &info->warnings, &choice.i_energy, err);
  if (status != CUXAS_OK || (status = check_energy_unit(&in, choice.i_energy, err)) != CUXAS_OK) return status;
  if (options->i0_column != NULL &&
      (status = find_named(path, info, "--i0", options->i0_column, &choice.i_i0, err)) != CUXAS_OK)
    return status;
  if (choice.i_signal == CUXAS_NO_COLUMN &&
      (status = find_signal(&in, choice.i_energy, choice.i_i0, &choice.i_signal, err)) != CUXAS_OK)
    return status;
  if (choice.i_signal == stated_signal && options->signal_column == NULL &&
      word_of(&in, choice.i_signal) == CUXAS_WORD_I0)
    return fail_columns(path, info, err, "the file calls '%.60s' its signal, which looks like the incoming flux",
                        info->column[choice.i_signal].name);
  if ((status = check_distinct(path, info, &choice, err)) != CUXAS_OK ||
      (status = check_exchanged(&in, &choice, err)) != CUXAS_OK ||
      (status = find_logarithm(&in, &choice, &info->warnings, err)) != CUXAS_OK)
    return status;

  info->column[choice.i_energy].role = CUXAS_COLUMN_ENERGY;
  info->column[choice.i_signal].role = CUXAS_COLUMN_SIGNAL;
  info->is_logarithm                 = choice.is_log;
  size_t i_i0;
  if (choice.i_i0 != CUXAS_NO_COLUMN)
    info->column[choice.i_i0].role = CUXAS_COLUMN_I0;
  else if (!cuxas_pattern_match(vocabulary->is_divided, info->column[choice.i_signal].name) &&
           count(&in, CUXAS_WORD_I0, choice.i_energy, choice.i_signal, &i_i0) == 1)
    cuxas_warn(&info->warnings, "column %zu '%s' looks like the incoming flux: --i0 %zu would divide by it", i_i0 + 1,
               info->column[i_i0].name, i_i0 + 1);
  *ret_choice = choice;
  return CUXAS_OK;
}
