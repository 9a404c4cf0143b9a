#include "spectrum/columns_priv.h"

#include <string.h>

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
