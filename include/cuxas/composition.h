/* composition.h - what the user knows of the sample's elements, and which crystals that leaves */
#ifndef CUXAS_COMPOSITION_H
#define CUXAS_COMPOSITION_H
#include "cuxas/crystal.h"
#include "cuxas/elements.h"

typedef struct {
  bool has[CUXAS_N_ELEMENT + 1]; /* by atomic number; [0] is not used */
} cuxas_element_set;

/* All zero: every crystal passes. */
typedef struct {
  bool              is_limited; /* nothing but the allowed elements */
  cuxas_element_set allowed;    /* counts only when is_limited */
  cuxas_element_set required;   /* all of them */
  cuxas_element_set excluded;   /* none of them */
} cuxas_composition_filter;

/* cuxas_composition_parse() - "Cu,Fe,S" as a set; commas or blanks between symbols, which are case-sensitive
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE an unknown symbol, or none at all (ret_set is then untouched). */
cuxas_status cuxas_composition_parse(const char *list, cuxas_element_set *ret_set, cuxas_error *err);

enum { CUXAS_COMPOSITION_REASON_SIZE = 96 };

/* cuxas_composition_passes() - does the crystal agree with what is known?
 *
 *   opt_reason  why not: "contains Zn, which is not among the elements allowed"; "" when it passes; may be NULL */
bool cuxas_composition_passes(const cuxas_composition_filter *filter, const cuxas_crystal *crystal,
                              char opt_reason[CUXAS_COMPOSITION_REASON_SIZE]);

#endif
