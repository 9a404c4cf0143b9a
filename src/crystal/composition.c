/* Contents
 *   1. Which elements a sample may hold
 *   2. Are two crystals the same? */
#include "crystal/same_crystal.h"
#include "base/elements.h"
#include "cuxas/catalog.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- 1. Which elements a sample may hold ---- */

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

/* ---- 2. Are two crystals the same? ---- */

static bool has_same_cell(const cuxas_crystal *a, const cuxas_crystal *b)
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (fabs(a->lattice_A[i][j] - b->lattice_A[i][j]) > CUXAS_SAME_CRYSTAL_A) return false;
  return true;
}

static bool is_same_place(const cuxas_crystal *a, const double left[3], const double right[3])
{
  double difference[3], difference_A[3];
  for (int j = 0; j < 3; j++) {
    difference[j] = left[j] - right[j];
    difference[j] -= round(difference[j]);
  }
  cuxas_crystal_cartesian_A(a, difference, difference_A);
  return hypot(hypot(difference_A[0], difference_A[1]), difference_A[2]) <= CUXAS_SAME_CRYSTAL_A;
}

/* Atoms keep their distance, so that no two of a are near the same one of b. */
static size_t find_site(const cuxas_crystal *a, size_t i, const cuxas_crystal *b)
{
  for (size_t n = 0; n < b->n_site; n++) {
    const size_t k = (i + n) % b->n_site; /* files mostly agree on the order */
    if (a->atomic_number[i] == b->atomic_number[k] && is_same_place(a, a->fractional[i], b->fractional[k])) return k;
  }
  return SIZE_MAX;
}

bool cuxas_same_crystal(const cuxas_crystal *a, const cuxas_crystal *b, size_t *ret_site)
{
  if (a->n_site != b->n_site || !has_same_cell(a, b)) return false;
  for (size_t i = 0; i < a->n_site; i++)
    if (find_site(a, i, b) == SIZE_MAX) return false;
  for (size_t i = 0; i < a->n_site; i++) ret_site[i] = find_site(a, i, b);
  return true;
}
