/* A mixture in words; the same sentences in every report. */
#include "cuxas/report.h"

#include <string.h>

/* "CuO 62 % (55 to 70), Cu2O 38 % (30 to 45)" */
static void list_components(const cuxas_mixture_fit *fit, char *text, size_t n_byte)
{
  *text = '\0';
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own    = &fit->component[i];
    const size_t                   n_used = strlen(text);
    snprintf(text + n_used, n_byte - n_used, "%s%.40s %.0f %% (%.0f to %.0f)", i > 0 ? ", " : "", own->name,
             100.0 * own->share, 100.0 * own->share_low, 100.0 * own->share_high);
  }
}

static void list_fits(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  *text = '\0';
  for (size_t i = 0; i < mixture->n_fit; i++) {
    const size_t n_used = strlen(text);
    snprintf(text + n_used, n_byte - n_used, "%s%zu: %.1f (MAE %.3f)", i > 0 ? ", " : "", i + 1,
             mixture->fit[i].bic - mixture->fit[mixture->i_chosen].bic, mixture->fit[i].mae);
  }
}

bool cuxas_mixture_say(const cuxas_mixture *mixture, size_t i_sentence, char *text, size_t n_byte)
{
  const cuxas_mixture_fit *fit = &mixture->fit[mixture->i_chosen];
  char                     list[600];
  switch (i_sentence) {
  case 0:
    list_components(fit, list, sizeof list);
    if (fit->n_component > 1)
      snprintf(text, n_byte, "Sum of %zu of %zu candidates: %s; shift %+.2f eV, MAE %.3f, Pearson %.3f.", fit->n_component,
               mixture->n_candidate, list, fit->shift_eV, fit->mae, fit->pearson);
    else
      snprintf(text, n_byte,
               "One component is enough: %.40s; shift %+.2f eV, MAE %.3f, Pearson %.3f. The data do not ask for a mixture.",
               fit->component[0].name, fit->shift_eV, fit->mae, fit->pearson);
    return true;
  case 1:
    list_fits(mixture, list, sizeof list);
    snprintf(text, n_byte, "BIC above the smallest for 1, 2, ... components: %s.", list);
    return true;
  case 2:
    snprintf(text, n_byte,
             "Shares are parts of the spectrum's edge step, with intervals of 90 %% from a block bootstrap; they are no "
             "atomic fractions. Saturation, self-absorption and probing depth change them without any sign of it, errors of "
             "the predictions are not in the intervals, and another choice of candidates may fit as well.");
    return true;
  default: return false;
  }
}
