/* hits.h - the one place that orders candidates */
#ifndef CUXAS_MATCH_HITS_H
#define CUXAS_MATCH_HITS_H
#include "cuxas/match.h"

/* cuxas_hits_rank() - fills the ranks and delta_to_next, and sorts hits by rank, skipped and filtered
 * by path; the order in which they were added does not matter. CUXAS_ENOMEM */
cuxas_status cuxas_hits_rank(cuxas_hits *hits, cuxas_ranking ranking, cuxas_error *err);

/* cuxas_hits_keep() - frees the kept curves of all but the first n_keep hits and the same candidate as this one, NULL: of no other */
void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep, const cuxas_hit *opt_same);

/* cuxas_hits_release() - the hits no longer point to what their library keeps */
void cuxas_hits_release(cuxas_hits *hits);

/* Hits by their labels: made once, asked often. */
typedef struct {
  size_t            n;
  const cuxas_hit **by_label; /* (n) borrowed */
} cuxas_hit_index;

/* cuxas_hit_index_make() - of hits that stay where they are; ended by cuxas_hit_index_clear() in any case. CUXAS_ENOMEM */
cuxas_status cuxas_hit_index_make(const cuxas_hits *hits, cuxas_hit_index *ret_index, cuxas_error *err);

/* cuxas_hit_index_find() - NULL: there is none of this label */
const cuxas_hit *cuxas_hit_index_find(const cuxas_hit_index *index, const char *label);

void cuxas_hit_index_clear(cuxas_hit_index *index);

/* cuxas_hits_find_predicted() - fills rank_predicted of others: their ranks among the hits, 0 where they are not among them. CUXAS_ENOMEM */
cuxas_status cuxas_hits_find_predicted(const cuxas_hits *hits, cuxas_hits *others, cuxas_error *err);

/* -- compounds: candidates of one formula, as polymorphs and the same structure from several sources. How copper's surroundings
 * differ among them, a report tells; a spectrum is of the compound that its name begins with, else one of its own -- */

/* cuxas_hit_compound() - a hit's formula; of a spectrum that of its name, which is put into work, where copper is in it; "": none */
const char *cuxas_hit_compound(const cuxas_hit *hit, char work[CUXAS_FORMULA_SIZE]);

/* Whose probability it is. */
typedef struct {
  double      probability;
  size_t      index;
  const char *formula; /* borrowed; "": shared with none */
} cuxas_place;

/* cuxas_places_sort() - the most probable first, equal ones by index */
void cuxas_places_sort(cuxas_place *io, size_t n);

/* cuxas_places_join() - one place for each formula, with the sum of probabilities and the index of the most probable one; sorted.
 * Returns  how many they are now. */
size_t cuxas_places_join(cuxas_place *io, size_t n);

/* cuxas_places_count() - how many of each one's formula have a probability, by index; at least 1. Sorts by formula. */
void cuxas_places_count(cuxas_place *io, size_t n, double *ret_count);

/* cuxas_hits_sum() - the probability (support) of a hit's compound */
double cuxas_hits_sum(const cuxas_hits *hits, const cuxas_hit *hit);

/* cuxas_hit_clear() - frees what a hit owns */
void cuxas_hit_clear(cuxas_hit *hit);

/* -- which compounds are alike -- */

/* The numbers of a formula, sorted: what formulas of one kind share. "CuLaSO" and "ZrCuSiAs": 1 1 1 1. */
typedef struct {
  size_t n;
  long   number[12];
} cuxas_formula_kind;

/* What makes candidates relatives of each other. */
typedef struct {
  cuxas_formula_kind                    kind;
  const struct cuxas_site_surroundings *surroundings; /* NULL: not known, so of no use */
} cuxas_likeness;

/* cuxas_likeness_of() - borrows from the hit */
cuxas_likeness cuxas_likeness_of(const cuxas_hit *hit);

/* cuxas_likeness_agrees() - the same kind of formula, states and numbers of neighbours apart by no more than this */
bool cuxas_likeness_agrees(const cuxas_likeness *a, const cuxas_likeness *b, double apart);

/* cuxas_formulas_differ_in_one() - do two formulas of three elements and more differ in one of them, with the same numbers? */
bool cuxas_formulas_differ_in_one(const char *a, const char *b);

/* cuxas_formula_elements() - those of "Cu2O": its words that begin with a capital; words that are no element are not heeded */
void cuxas_formula_elements(const char *formula, cuxas_element_set *ret_elements);

/* cuxas_elements_pass() - cuxas_composition_passes() of a crystal with these elements */
bool cuxas_elements_pass(const cuxas_composition_filter *filter, const cuxas_element_set *elements,
                         char opt_reason[CUXAS_COMPOSITION_REASON_SIZE]);

/* cuxas_formula_is_possible() - may the sample hold all elements of a formula? What it must hold may be in another component
 * cuxas_formula_is_complete() - are all of these in the formula? Both true without a filter */
bool cuxas_formula_is_possible(const char *formula, const cuxas_composition_filter *opt_filter);
bool cuxas_formula_is_complete(const char *formula, const cuxas_composition_filter *opt_filter);

/* cuxas_formula_apart() - in how many elements a formula differs from what is known: allowed ones that it lacks; or, where all are
 * allowed, its own beside copper that are not required. Hydrogen, which no X-rays tell of, does not count */
size_t cuxas_formula_apart(const char *formula, const cuxas_composition_filter *opt_filter);

/* cuxas_hits_uncovered() - chance that the sample is of a chemical system of which there is no candidate
 *
 *   opt_is_left_out  (n_hit) these are not there; NULL: all are
 *   opt_filter       what is known of the sample's elements
 *
 * Systems are Cu, Cu-O, Cu-S and Cu-O-S where Cu, O and S are allowed: how many of the allowed elements the sample has is as likely for
 * every number, and so is every choice of so many; but copper with hydrogen and carbon alone, where no candidate is such a one. ret_part is 0 where no elements are told. CUXAS_ENOMEM */
cuxas_status cuxas_hits_uncovered(const cuxas_hits *hits, const bool *opt_is_left_out,
                                  const cuxas_composition_filter *opt_filter, double *ret_part, cuxas_error *err);

/* cuxas_surroundings_find() - of a crystal's copper
 *
 *   site, multiplicity (n_site) its distinct copper sites
 *   ret_surroundings  is_known false where nothing can be said, which is no error
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_surroundings_find(const cuxas_crystal *crystal, const size_t *site, const size_t *multiplicity,
                                     size_t n_site, struct cuxas_site_surroundings *ret_surroundings, cuxas_error *err);

/* cuxas_surroundings_of_formula() - state and kind of ligand as far as a formula ("CuLaOS", cuxas_formula_read()) tells them
 *
 * Copper alone; copper with oxygen or a halogen alone, by charge; S, Se, Te, P or As that are at least as many as oxygen and
 * halogens. is_known false for all else; numbers of neighbours and distances are not told. */
void cuxas_surroundings_of_formula(const char *formula, struct cuxas_site_surroundings *ret_surroundings);

/* -- measured standards beside a ranking: is one of them the measurement itself? -- */

/* cuxas_standards_mark() - sets cuxas_hit.is_query of every spectrum that is the measurement, or was made from it
 *
 *   hits    as matched; the files of the spectra among them are read again
 *   sha256  of the measured file
 *
 * A standard is the measurement when its file has that checksum, or when the comments at its head say "input sha256" and
 * that checksum, as those of `cuxas-refdb spectrum` do. Agreement with it says nothing about the sample.
 * Returns  CUXAS_OK; CUXAS_EIO, CUXAS_EFORMAT a file that can no longer be read; CUXAS_ENOMEM. */
cuxas_status cuxas_standards_mark(cuxas_hits *hits, const char *sha256, cuxas_error *err);

/* cuxas_standards_copy_marks() - the same from a ranking of the same spectra that has the marks; CUXAS_OK; CUXAS_ENOMEM */
cuxas_status cuxas_standards_copy_marks(const cuxas_hits *from, cuxas_hits *to, cuxas_error *err);

#endif
