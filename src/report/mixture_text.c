/* A mixture in words; the same sentences in every report. Contents: 1. sums  2. sentences */
#include "cuxas/report.h"

#include <stdarg.h>
#include <string.h>

enum { MAX_LISTED = 6 };

/* 1. sums */

static void append(char *text, size_t n_byte, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);
static void append(char *text, size_t n_byte, const char *format, ...)
{
  const size_t n_used = strlen(text);
  va_list      arguments;
  va_start(arguments, format);
  vsnprintf(text + n_used, n_byte - n_used, format, arguments);
  va_end(arguments);
}

/* "CuO 62 % (55 to 70) at -3.90 eV, Cu2O 38 % (30 to 45) at -1.50 eV" */
static void list_components(const cuxas_mixture_fit *fit, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own = &fit->component[i];
    append(text, n_byte, "%s%.40s %.0f %% (%.0f to %.0f) at %+.2f eV", i > 0 ? ", " : "", own->name, 100.0 * own->share,
           100.0 * own->share_low, 100.0 * own->share_high, own->shift_eV);
  }
}

/* "CuO 70 + SrCuO2 30 (+1.8)" */
static void list_sum(const cuxas_mixture_fit *fit, double above, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++) {
    append(text, n_byte, "%s%.40s", i > 0 ? " + " : "", fit->component[i].name);
    if (fit->n_component > 1) append(text, n_byte, " %.0f", 100.0 * fit->component[i].share);
  }
  append(text, n_byte, " (%+.1f)", above);
}

static void list_rivals(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const double least = mixture->fit[mixture->i_chosen].bic;
  for (size_t i = 0; i < mixture->n_rival && i < MAX_LISTED; i++) {
    if (i > 0) append(text, n_byte, ", ");
    list_sum(&mixture->rival[i], mixture->rival[i].bic - least, text, n_byte);
  }
  if (mixture->n_rival > MAX_LISTED || mixture->has_more)
    append(text, n_byte, ", and %s%zu more", mixture->has_more ? "at least " : "", mixture->n_rival - MAX_LISTED);
}

static void list_common(const cuxas_mixture_fit *fit, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++)
    if (fit->component[i].is_common) append(text, n_byte, "%s%.40s", *text != '\0' ? ", " : "", fit->component[i].name);
}

/* 2. sentences */

static const char *name_candidates(const cuxas_mixture *mixture)
{
  return mixture->kind == CUXAS_MIXTURE_OF_STANDARDS ? "standards" : "candidates";
}

static void say_verdict(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const cuxas_mixture_fit *fit       = &mixture->fit[mixture->i_chosen];
  const char              *what      = name_candidates(mixture);
  char                     list[600] = "";
  if (mixture->verdict == CUXAS_MIXTURE_FOUND) {
    list_components(fit, list, sizeof list);
    snprintf(text, n_byte, "A sum of %zu of %zu %s, without a rival: %s; MAE %.3f, Pearson %.3f.", fit->n_component,
             mixture->n_candidate, what, list, fit->mae, fit->pearson);
    return;
  }
  list_sum(fit, 0.0, list, sizeof list);
  snprintf(text, n_byte,
           mixture->verdict == CUXAS_MIXTURE_SEVERAL
               ? "The data do not decide: several mixtures of the %zu %s fit equally well. The smallest BIC has %s; "
                 "MAE %.3f, Pearson %.3f."
               : "The data do not support a mixture of the %zu %s: a single one describes them as well as any sum. The "
                 "smallest BIC has %s; MAE %.3f, Pearson %.3f. This does not show that there is one phase only.",
           mixture->n_candidate, what, list, fit->mae, fit->pearson);
}

static void say_rivals(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const cuxas_mixture_fit *fit       = &mixture->fit[mixture->i_chosen];
  char                     list[900] = "", common[200] = "";
  if (mixture->n_rival == 0) {
    snprintf(text, n_byte, "No sum without %s comes within %.0f of its BIC.",
             fit->n_component > 1 ? "all of these" : "it", CUXAS_MIXTURE_DECIDE);
    return;
  }
  list_rivals(mixture, list, sizeof list);
  snprintf(text, n_byte, "As good, with a BIC less than %.0f above: %s.", CUXAS_MIXTURE_DECIDE, list);
  if (mixture->verdict != CUXAS_MIXTURE_SEVERAL) return;
  list_common(fit, common, sizeof common);
  append(text, n_byte, *common != '\0' ? " In all of them: %s." : " They have no component in common%s.", common);
}

bool cuxas_mixture_say(const cuxas_mixture *mixture, size_t i_sentence, char *text, size_t n_byte)
{
  switch (i_sentence) {
  case 0: say_verdict(mixture, text, n_byte); return true;
  case 1: say_rivals(mixture, text, n_byte); return true;
  case 2:
    snprintf(
        text, n_byte,
        "Shares are parts of the spectrum's edge step in %%, no atomic fractions; intervals, of 90 %% from a block "
        "bootstrap, are given for a sum without a rival. Saturation, self-absorption and probing depth change "
        "shares without any sign of it, and %s are not in the intervals, which are too narrow for that. A component "
        "that is not among the %s cannot be found: the most similar one takes its place (cuxas-validate --mixtures "
        "shows how often).",
        mixture->kind == CUXAS_MIXTURE_OF_STANDARDS ? "differences between instruments and in the standards' edge steps"
                                                    : "errors of the predictions",
        name_candidates(mixture));
    return true;
  default: return false;
  }
}

const char *cuxas_mixture_title(const cuxas_mixture *mixture)
{
  return mixture->kind == CUXAS_MIXTURE_OF_STANDARDS ? "Mixture of measured standards" : "Mixture";
}

const char *cuxas_mixture_verdict_name(cuxas_mixture_verdict verdict)
{
  switch (verdict) {
  case CUXAS_MIXTURE_ONE: return "one";
  case CUXAS_MIXTURE_SEVERAL: return "several";
  case CUXAS_MIXTURE_FOUND: return "found";
  }
  return "";
}
