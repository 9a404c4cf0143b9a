#include "cuxas/composition.h"

#include <stdio.h>
#include <string.h>

cuxas_status cuxas_composition_parse(const char *list, cuxas_element_set *ret_set, cuxas_error *err)
{
  static const char *const gap = ", \t";
  cuxas_element_set        set = {{false}};
  size_t                   n   = 0;

  for (const char *word = list + strspn(list, gap); *word != '\0'; word += strspn(word, gap)) {
    char         symbol[3] = "";
    const size_t n_letter  = strcspn(word, gap);
    if (n_letter < sizeof symbol) memcpy(symbol, word, n_letter);
    const int atomic_number = cuxas_element_number(symbol);
    if (atomic_number == 0)
      return cuxas_fail(err, CUXAS_ERANGE, "unknown element '%.*s' in '%.200s' (write symbols as in Cu,Fe,S)",
                        (int)(n_letter < 20 ? n_letter : 20), word, list);
    set.has[atomic_number] = true;
    word += n_letter;
    n++;
  }
  if (n == 0) return cuxas_fail(err, CUXAS_ERANGE, "no element named in '%.40s'", list);
  *ret_set = set;
  return CUXAS_OK;
}

bool cuxas_composition_passes(const cuxas_composition_filter *filter, const cuxas_crystal *crystal,
                              char opt_reason[CUXAS_COMPOSITION_REASON_SIZE])
{
  bool present[CUXAS_N_ELEMENT + 1] = {false};
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++) present[crystal->atomic_number[i_site]] = true;

  if (opt_reason != NULL) opt_reason[0] = '\0';
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const char *format = NULL;
    if (present[z] && filter->excluded.has[z])
      format = "contains %s, which is excluded";
    else if (present[z] && filter->is_limited && !filter->allowed.has[z])
      format = "contains %s, which is not among the elements allowed";
    else if (!present[z] && filter->required.has[z])
      format = "does not contain %s, which is required";
    if (format == NULL) continue;
    if (opt_reason != NULL) snprintf(opt_reason, CUXAS_COMPOSITION_REASON_SIZE, format, cuxas_element_find(z)->symbol);
    return false;
  }
  return true;
}
