/* hits.c - the one place that orders candidates, finds them by label, and tells which standard is the measurement itself
 *
 * Contents: 1. order, and sums over the candidates of a formula  2. compounds that are alike, chemical systems, what is around copper and where its edge begins then
 *           3. standards that are the measurement itself  4. what is doubtful of a hit  5. what was compared before */
#include "match/hits.h"
#include "match/answer.h"
#include "match/candidate.h"
#include "base/elements.h"
#include "crystal/oxidation.h"
#include "base/memory.h"
#include "base/text.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. order ==== */

static int compare_number(double a, double b)
{
  return (a > b) - (a < b);
}

/* Two files may share a name, never a label. */
static int compare_name(const cuxas_hit *a, const cuxas_hit *b)
{
  const int order = strcmp(a->name, b->name);
  return order != 0 ? order : strcmp(a->label, b->label);
}

static int break_tie(const cuxas_hit *a, const cuxas_hit *b)
{
  const int order = compare_number(a->comparison.mae, b->comparison.mae);
  return order != 0 ? order : compare_name(a, b);
}

static int by_score(const void *left, const void *right)
{
  const cuxas_hit *a = left, *b = right;
  return a->rank_score != b->rank_score ? (a->rank_score < b->rank_score ? -1 : 1) : break_tie(a, b);
}

static int by_agreement(const void *left, const void *right)
{
  const cuxas_hit *a = left, *b = right;
  const size_t     sum_a = a->rank_mae + a->rank_spearman, sum_b = b->rank_mae + b->rank_spearman;
  return sum_a != sum_b ? (sum_a < sum_b ? -1 : 1) : break_tie(a, b);
}

static int by_path(const void *left, const void *right)
{
  const cuxas_skipped *a = left, *b = right;
  const int            order = strcmp(a->path, b->path);
  return order != 0 ? order : strcmp(a->reason, b->reason);
}

/* A figure of each hit and where its rank goes. */
typedef struct {
  double  badness; /* small is good; what is not known is worse than any number */
  size_t *ret_rank;
} figure;

static int by_badness(const void *left, const void *right)
{
  const figure *a = left, *b = right;
  return compare_number(a->badness, b->badness);
}

static double known_badness(double badness)
{
  return isnan(badness) ? INFINITY : badness;
}

/* Equal figures share the smallest rank: 1, 2, 2, 4. */
static void assign_ranks(figure *figures, size_t n_hit)
{
  qsort(figures, n_hit, sizeof *figures, by_badness);
  for (size_t i = 0; i < n_hit; i++) {
    const bool is_equal  = i > 0 && figures[i].badness == figures[i - 1].badness;
    *figures[i].ret_rank = is_equal ? *figures[i - 1].ret_rank : i + 1;
  }
}

cuxas_status cuxas_hits_rank(cuxas_hits *hits, cuxas_ranking ranking, cuxas_error *err)
{
  const size_t n_hit   = hits->n_hit;
  figure      *figures = cuxas_new(err, n_hit, sizeof *figures);
  if (figures == NULL) return CUXAS_ENOMEM;

  for (size_t i = 0; i < n_hit; i++) figures[i] = (figure){-hits->hit[i].comparison.score, &hits->hit[i].rank_score};
  assign_ranks(figures, n_hit);
  for (size_t i = 0; i < n_hit; i++)
    figures[i] = (figure){known_badness(hits->hit[i].comparison.mae), &hits->hit[i].rank_mae};
  assign_ranks(figures, n_hit);
  for (size_t i = 0; i < n_hit; i++)
    figures[i] = (figure){known_badness(-hits->hit[i].comparison.spearman), &hits->hit[i].rank_spearman};
  assign_ranks(figures, n_hit);
  free(figures);

  if (n_hit > 0) qsort(hits->hit, n_hit, sizeof *hits->hit, ranking == CUXAS_RANKING_SCORE ? by_score : by_agreement);
  for (size_t i = 0; i < n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    hit->rank      = i + 1;
    hit->p_value = hit->e_value = hit->support = NAN;
    hit->delta_to_next = i + 1 < n_hit ? hits->hit[i + 1].comparison.mae - hit->comparison.mae : NAN;
  }
  if (hits->n_skipped > 0) qsort(hits->skipped, hits->n_skipped, sizeof *hits->skipped, by_path);
  if (hits->n_filtered > 0) qsort(hits->filtered, hits->n_filtered, sizeof *hits->filtered, by_path);
  return CUXAS_OK;
}

void cuxas_hit_clear(cuxas_hit *hit)
{
  free(hit->path);
  free(hit->label);
  free(hit->name);
  free(hit->shifted);
  free(hit->surroundings);
  for (size_t i = 0; i < CUXAS_HIT_MAX_WARNING; i++) free(hit->warning[i]);
  *hit = (cuxas_hit){0};
}

void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep, const cuxas_hit *opt_same)
{
  for (size_t i = n_keep; i < hits->n_hit; i++) {
    if (opt_same != NULL && strcmp(hits->hit[i].label, opt_same->label) == 0) continue;
    free(hits->hit[i].shifted);
    hits->hit[i].shifted = NULL;
  }
}

void cuxas_hits_release(cuxas_hits *hits)
{
  for (size_t i = 0; i < hits->n_hit; i++) hits->hit[i].parts = NULL;
}

static void free_skipped(cuxas_skipped *skipped, size_t n_skipped)
{
  for (size_t i = 0; i < n_skipped; i++) {
    free(skipped[i].path);
    free(skipped[i].reason);
  }
  free(skipped);
}

void cuxas_hits_free(cuxas_hits *hits)
{
  if (hits == NULL) return;
  for (size_t i = 0; i < hits->n_hit; i++) cuxas_hit_clear(&hits->hit[i]);
  free(hits->hit);
  free_skipped(hits->skipped, hits->n_skipped);
  free_skipped(hits->filtered, hits->n_filtered);
  free(hits);
}

/* -- by label, which no two share -- */

static int order_labels(const void *a, const void *b)
{
  return strcmp((*(const cuxas_hit *const *)a)->label, (*(const cuxas_hit *const *)b)->label);
}

static int find_label(const void *label, const void *hit)
{
  return strcmp(label, (*(const cuxas_hit *const *)hit)->label);
}

cuxas_status cuxas_hit_index_make(const cuxas_hits *hits, cuxas_hit_index *ret_index, cuxas_error *err)
{
  *ret_index = (cuxas_hit_index){0};
  if ((ret_index->by_label = cuxas_new(err, hits->n_hit, sizeof *ret_index->by_label)) == NULL) return CUXAS_ENOMEM;
  ret_index->n = hits->n_hit;
  for (size_t i = 0; i < hits->n_hit; i++) ret_index->by_label[i] = &hits->hit[i];
  qsort(ret_index->by_label, ret_index->n, sizeof *ret_index->by_label, order_labels);
  return CUXAS_OK;
}

const cuxas_hit *cuxas_hit_index_find(const cuxas_hit_index *index, const char *label)
{
  if (index->n == 0) return NULL;
  const cuxas_hit *const *found = bsearch(label, index->by_label, index->n, sizeof *index->by_label, find_label);
  return found != NULL ? *found : NULL;
}

void cuxas_hit_index_clear(cuxas_hit_index *index)
{
  free(index->by_label);
  *index = (cuxas_hit_index){0};
}

cuxas_status cuxas_hits_find_predicted(const cuxas_hits *hits, cuxas_hits *others, cuxas_error *err)
{
  cuxas_hit_index    index;
  const cuxas_status status = cuxas_hit_index_make(hits, &index, err);
  for (size_t i = 0; i < others->n_hit && status == CUXAS_OK; i++) {
    const cuxas_hit *found        = cuxas_hit_index_find(&index, others->hit[i].label);
    others->hit[i].rank_predicted = found != NULL ? found->rank : 0;
  }
  cuxas_hit_index_clear(&index);
  return status;
}

/* -- of probabilities -- */

static int by_probability(const void *a, const void *b)
{
  const cuxas_place *left = a, *right = b;
  if (left->probability != right->probability) return left->probability > right->probability ? -1 : 1;
  return left->index < right->index ? -1 : 1;
}

static int by_formula(const void *a, const void *b)
{
  const int order = strcmp(((const cuxas_place *)a)->formula, ((const cuxas_place *)b)->formula);
  return order != 0 ? order : by_probability(a, b);
}

void cuxas_places_sort(cuxas_place *io, size_t n)
{
  qsort(io, n, sizeof *io, by_probability);
}

size_t cuxas_places_join(cuxas_place *io, size_t n)
{
  size_t n_joined = 0;
  qsort(io, n, sizeof *io, by_formula);
  for (size_t i = 0; i < n; i++)
    if (n_joined > 0 && io[i].formula[0] != '\0' && strcmp(io[n_joined - 1].formula, io[i].formula) == 0)
      io[n_joined - 1].probability += io[i].probability;
    else
      io[n_joined++] = io[i];
  cuxas_places_sort(io, n_joined);
  return n_joined;
}

void cuxas_places_count(cuxas_place *io, size_t n, double *ret_count)
{
  size_t end;
  qsort(io, n, sizeof *io, by_formula);
  for (size_t i = 0; i < n; i = end) {
    size_t n_there = 0;
    for (end = i; end == i || (end < n && io[i].formula[0] != '\0' && strcmp(io[i].formula, io[end].formula) == 0);
         end++)
      n_there += io[end].probability > 0.0;
    for (size_t k = i; k < end; k++) ret_count[io[k].index] = fmax((double)n_there, 1.0);
  }
}

const char *cuxas_hit_compound(const cuxas_hit *hit, char work[CUXAS_FORMULA_SIZE])
{
  cuxas_element_set elements = {0};
  if (hit->formula[0] != '\0' || hit->name == NULL || !cuxas_formula_read(hit->name, work)) return hit->formula;
  cuxas_formula_elements(work, &elements);
  return elements.has[29] ? work : hit->formula;
}

double cuxas_hits_sum(const cuxas_hits *hits, const cuxas_hit *hit)
{
  char        own[CUXAS_FORMULA_SIZE], other[CUXAS_FORMULA_SIZE];
  const char *compound = cuxas_hit_compound(hit, own);
  double      sum      = 0.0;
  if (compound[0] == '\0') return hit->support;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(cuxas_hit_compound(&hits->hit[i], other), compound) == 0 && isfinite(hits->hit[i].support))
      sum += hits->hit[i].support;
  return fmin(sum, 1.0);
}

/* ==== 2. compounds that are alike, chemical systems, what is around copper ==== */

static cuxas_formula_kind kind_of(const char *formula)
{
  cuxas_formula_kind kind = {0};
  while (*formula != '\0' && kind.n < sizeof kind.number / sizeof *kind.number) {
    formula++;
    while (*formula >= 'a' && *formula <= 'z') formula++;
    char      *end;
    const long number = strtol(formula, &end, 10);
    size_t     i      = kind.n++;
    for (; i > 0 && kind.number[i - 1] > (end > formula ? number : 1); i--) kind.number[i] = kind.number[i - 1];
    kind.number[i] = end > formula ? number : 1;
    formula        = end > formula ? end : formula;
  }
  return kind;
}

cuxas_likeness cuxas_likeness_of(const cuxas_hit *hit)
{
  cuxas_likeness of = {kind_of(hit->formula), hit->surroundings};
  if (of.kind.n < 2 || of.surroundings == NULL || !of.surroundings->is_known) of.surroundings = NULL;
  return of;
}

bool cuxas_likeness_agrees(const cuxas_likeness *a, const cuxas_likeness *b, double apart)
{
  const cuxas_site_surroundings *x = a->surroundings, *y = b->surroundings;
  if (x == NULL || y == NULL || a->kind.n != b->kind.n ||
      memcmp(a->kind.number, b->kind.number, a->kind.n * sizeof *a->kind.number) != 0)
    return false;
  for (size_t k = 0; k < CUXAS_N_STATE; k++)
    if (fabs(x->state[k] - y->state[k]) > apart) return false;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++)
    if (fabs(x->coordination[k] - y->coordination[k]) > apart) return false;
  return true;
}

bool cuxas_formulas_differ_in_one(const char *a, const char *b)
{
  const cuxas_formula_kind left = kind_of(a), right = kind_of(b);
  size_t                   n_shared = 0;
  if (left.n < 3 || left.n != right.n || memcmp(left.number, right.number, left.n * sizeof *left.number) != 0)
    return false;
  for (const char *p = a; *p != '\0'; p++) {
    if (*p < 'A' || *p > 'Z') continue;
    const size_t n_char = p[1] >= 'a' && p[1] <= 'z' ? 2 : 1;
    for (const char *q = b; *q != '\0'; q++)
      n_shared += strncmp(p, q, n_char) == 0 && !(q[n_char] >= 'a' && q[n_char] <= 'z');
  }
  return n_shared + 1 >= left.n;
}

/* -- chemical systems: which elements there are beside copper -- */

enum { COPPER = 29 };

void cuxas_formula_elements(const char *formula, cuxas_element_set *ret_elements)
{
  *ret_elements = (cuxas_element_set){0};
  for (const char *c = formula; *c != '\0'; c++) {
    if (*c < 'A' || *c > 'Z') continue;
    const char symbol[3] = {*c, c[1] >= 'a' && c[1] <= 'z' ? c[1] : '\0', '\0'};
    const int  z         = cuxas_element_number(symbol);
    if (z > 0) ret_elements->has[z] = true;
  }
}

bool cuxas_elements_pass(const cuxas_composition_filter *filter, const cuxas_element_set *elements,
                         char opt_reason[CUXAS_COMPOSITION_REASON_SIZE])
{
  int           number[CUXAS_N_ELEMENT];
  cuxas_crystal one_of_each = {.atomic_number = number};
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++)
    if (elements->has[z]) number[one_of_each.n_site++] = z;
  return cuxas_composition_passes(filter, &one_of_each, opt_reason);
}

static bool formula_passes(const char *formula, const cuxas_composition_filter *filter)
{
  cuxas_element_set found;
  cuxas_formula_elements(formula, &found);
  return cuxas_elements_pass(filter, &found, NULL);
}

bool cuxas_formula_is_possible(const char *formula, const cuxas_composition_filter *opt_filter)
{
  if (opt_filter == NULL) return true;
  cuxas_composition_filter without_required = *opt_filter;
  without_required.required                 = (cuxas_element_set){{false}};
  return formula_passes(formula, &without_required);
}

bool cuxas_formula_is_complete(const char *formula, const cuxas_composition_filter *opt_filter)
{
  return opt_filter == NULL || formula_passes(formula, &(cuxas_composition_filter){.required = opt_filter->required});
}

size_t cuxas_formula_apart(const char *formula, const cuxas_composition_filter *opt_filter)
{
  const bool        is_limited = opt_filter != NULL && opt_filter->is_limited;
  cuxas_element_set found;
  size_t            n = 0;
  cuxas_formula_elements(formula, &found);
  for (size_t z = 2; z <= CUXAS_N_ELEMENT; z++) {
    const bool is_known = is_limited ? opt_filter->allowed.has[z] : opt_filter != NULL && opt_filter->required.has[z];
    if (z != COPPER) n += is_limited ? is_known && !found.has[z] : found.has[z] && !is_known;
  }
  return n;
}

/* A bit for every element that may be there or not. */
typedef struct {
  uint64_t bit[2];
} chemical_system;

static int compare_system(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(chemical_system));
}

/* place: of each element's bit, -1: it has none. */
static chemical_system system_of(const char *formula, const int place[CUXAS_N_ELEMENT + 1])
{
  chemical_system   own = {{0, 0}};
  cuxas_element_set set;
  cuxas_formula_elements(formula, &set);
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++)
    if (set.has[z] && place[z] >= 0) own.bit[place[z] / 64] |= UINT64_C(1) << place[z] % 64;
  return own;
}

/* Of a system of n_bit elements: every number as likely, then every choice. */
static double chance_of(const chemical_system *own, unsigned n_bit)
{
  unsigned n_set = 0;
  for (unsigned k = 0; k < n_bit; k++) n_set += (unsigned)(own->bit[k / 64] >> k % 64) & 1u;
  return exp(-gsl_sf_lnchoose(n_bit, n_set)) / (n_bit + 1.0);
}

/* Copper with nothing but hydrogen and carbon: what no candidate is of these systems hardly exists. */
static double chance_of_empty(const chemical_system *seen, size_t n_system, const int place[CUXAS_N_ELEMENT + 1],
                              unsigned n_bit)
{
  static const char *const EMPTY[] = {"CuH", "CuC", "CuHC"};
  const bool               has[]   = {place[1] >= 0, place[6] >= 0, place[1] >= 0 && place[6] >= 0};
  double                   sum     = 0.0;
  for (size_t k = 0; k < sizeof EMPTY / sizeof *EMPTY; k++) {
    const chemical_system own = system_of(EMPTY[k], place);
    if (has[k] && bsearch(&own, seen, n_system, sizeof own, compare_system) == NULL) sum += chance_of(&own, n_bit);
  }
  return sum;
}

cuxas_status cuxas_hits_uncovered(const cuxas_hits *hits, const bool *opt_is_left_out,
                                  const cuxas_composition_filter *opt_filter, double *ret_part, cuxas_error *err)
{
  int      place[CUXAS_N_ELEMENT + 1];
  unsigned n_bit    = 0;
  size_t   n_system = 0;
  bool     has_more = false; /* than copper, hydrogen and carbon in any case */
  char     formula[CUXAS_FORMULA_SIZE];
  *ret_part = 0.0;
  if (opt_filter == NULL || !opt_filter->is_limited) return CUXAS_OK;
  for (int i = 0; i <= CUXAS_N_ELEMENT; i++) {
    has_more           = has_more || (opt_filter->required.has[i] && i != COPPER && i != 1 && i != 6);
    const bool is_free = i > 0 && i != COPPER && opt_filter->allowed.has[i] && !opt_filter->required.has[i] &&
                         !opt_filter->excluded.has[i];
    place[i] = is_free ? (int)n_bit++ : -1;
  }
  chemical_system *seen = cuxas_new(err, hits->n_hit, sizeof *seen);
  if (seen == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    if (opt_is_left_out != NULL && opt_is_left_out[i]) continue;
    if (hit->formula[0] != '\0')
      seen[n_system++] = system_of(hit->formula, place);
    else if (cuxas_formula_read(hit->name, formula))
      seen[n_system++] = system_of(formula, place);
  }
  qsort(seen, n_system, sizeof *seen, compare_system);
  double covered = 0.0;
  for (size_t i = 0; i < n_system; i++)
    if (i == 0 || compare_system(&seen[i - 1], &seen[i]) != 0) covered += chance_of(&seen[i], n_bit);
  const double all = 1.0 - (has_more ? 0.0 : chance_of_empty(seen, n_system, place, n_bit));
  *ret_part        = fmax(1.0 - covered / all, 0.0);
  free(seen);
  return CUXAS_OK;
}

/* -- what is around copper: of one structure, of a formula -- */

static bool fills_the_d_shell(const cuxas_coordination *coordination)
{
  static const int SOFT[] = {15, 16, 33, 34, 51, 52}; /* P S As Se Sb Te */
  if (coordination->n_ligand == 0) return false;
  size_t n_soft = 0;
  for (size_t i = 0; i < coordination->n_ligand; i++)
    for (size_t k = 0; k < sizeof SOFT / sizeof SOFT[0]; k++)
      if (coordination->ligand[i].atomic_number == SOFT[k]) n_soft++;
  return 2 * n_soft >= coordination->n_ligand;
}

/* 0, 1 or 2; -1: not known. */
static int state_of(const cuxas_coordination *coordination, const cuxas_oxidation *oxidation)
{
  if (coordination->is_metallic) return 0;
  if (fills_the_d_shell(coordination)) return 1;
  if (isnan(oxidation->state)) return -1;
  return oxidation->state < 1.5 ? 1 : 2;
}

cuxas_status cuxas_surroundings_find(const cuxas_crystal *crystal, const size_t *site, const size_t *multiplicity,
                                     size_t n_site, cuxas_site_surroundings *ret_surroundings, cuxas_error *err)
{
  double n_known = 0.0, n_near = 0.0, distance = 0.0;

  *ret_surroundings = (cuxas_site_surroundings){.distance_A = NAN};
  if (n_site == 0 || crystal->atomic_number[site[0]] != COPPER) return CUXAS_OK;
  cuxas_oxidation    *oxidation = cuxas_new(err, n_site, sizeof *oxidation);
  cuxas_coordination *around    = cuxas_new(err, n_site, sizeof *around);
  cuxas_error         reason    = {0}; /* what cannot be told is not known */
  cuxas_status        status    = oxidation != NULL && around != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  if (status == CUXAS_OK) status = cuxas_oxidation_find_around(crystal, site, n_site, oxidation, around, &reason);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++) {
    const cuxas_coordination *coordination = &around[i];
    const int                 state        = state_of(coordination, &oxidation[i]);
    if (state < 0) continue;
    const double n = (double)multiplicity[i];
    const size_t number =
        coordination->n_ligand < CUXAS_MAX_COORDINATION ? coordination->n_ligand : CUXAS_MAX_COORDINATION;
    n_known += n;
    ret_surroundings->state[state] += n;
    ret_surroundings->coordination[number] += n;
    ret_surroundings->ligand[cuxas_coordination_class(coordination)] += n;
    for (size_t k = 0; k < coordination->n_ligand; k++) {
      distance += n * coordination->ligand[k].distance_A / (double)coordination->n_ligand;
      if (k == 0) n_near += n;
    }
  }
  free(oxidation);
  free(around);
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status != CUXAS_OK || n_known == 0.0) {
    *ret_surroundings = (cuxas_site_surroundings){.distance_A = NAN};
    return CUXAS_OK;
  }
  for (size_t k = 0; k < CUXAS_N_STATE; k++) ret_surroundings->state[k] /= n_known;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) ret_surroundings->coordination[k] /= n_known;
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++) ret_surroundings->ligand[k] /= n_known;
  if (n_near > 0.0) ret_surroundings->distance_A = distance / n_near;
  ret_surroundings->is_known = true;
  return CUXAS_OK;
}

/* Kind of a ligand by its symbol; -1: none of these. */
static int ligand_of(const char *symbol, size_t n_char)
{
  static const char *const SYMBOLS[CUXAS_N_LIGANDS] = {[CUXAS_LIGANDS_OXIDE]        = " O ",
                                                       [CUXAS_LIGANDS_CHALCOGENIDE] = " S Se Te ",
                                                       [CUXAS_LIGANDS_HALIDE]       = " F Cl Br I ",
                                                       [CUXAS_LIGANDS_PNICTIDE]     = " P As "};
  char                     word[8];
  snprintf(word, sizeof word, " %.*s ", (int)n_char, symbol);
  for (int kind = 0; kind < CUXAS_N_LIGANDS; kind++)
    if (SYMBOLS[kind] != NULL && strstr(SYMBOLS[kind], word) != NULL) return kind;
  return -1;
}

void cuxas_surroundings_of_formula(const char *formula, cuxas_site_surroundings *ret_surroundings)
{
  double number[CUXAS_N_LIGANDS] = {0.0}, n_copper = 0.0;
  size_t n_kind = 0, n_other = 0;
  int    kind = -1, state = -1;
  for (const char *at = formula; *at != '\0';) {
    size_t n_char = 1;
    while (at[n_char] >= 'a' && at[n_char] <= 'z') n_char++;
    char        *end;
    const double n     = strtod(at + n_char, &end) > 0.0 ? strtod(at + n_char, NULL) : 1.0;
    const int    other = ligand_of(at, n_char);
    if (n_char == 2 && strncmp(at, "Cu", 2) == 0)
      n_copper += n;
    else if (other < 0)
      n_other++;
    else if (number[other] == 0.0)
      n_kind++;
    if (other >= 0) number[kind = other] += n;
    at = end;
  }
  const double soft = number[CUXAS_LIGANDS_CHALCOGENIDE] + number[CUXAS_LIGANDS_PNICTIDE];
  *ret_surroundings = (cuxas_site_surroundings){.distance_A = NAN};
  if (n_copper > 0.0 && n_kind == 0 && n_other == 0)
    state = 0, kind = CUXAS_LIGANDS_METAL, n_kind = 1;
  else if (soft > 0.0 && number[CUXAS_LIGANDS_OXIDE] + number[CUXAS_LIGANDS_HALIDE] <= soft)
    state = 1;
  else if (n_copper > 0.0 && n_kind == 1 && n_other == 0)
    state = number[kind] * (kind == CUXAS_LIGANDS_OXIDE ? 2.0 : 1.0) < 1.5 * n_copper ? 1 : 2;
  if (n_copper == 0.0 || state < 0) return;
  ret_surroundings->is_known     = true;
  ret_surroundings->state[state] = 1.0;
  if (n_kind == 1) ret_surroundings->ligand[kind] = 1.0;
}

/* -- onsets by state -- */

/* Where the L3 onset of copper in a state lies, eV: a normal distribution, or two where a part of the compounds differs
 * (copper next to sulfur with holes in the valence band begins as low as 931.7 eV). */
typedef struct {
  double part, centre_eV, sd_eV;
} window;

static const window WINDOW[CUXAS_N_STATE][2] = {
    {{1.0, 932.7, 0.15}, {0.0, 0.0, 1.0}},
    {{0.75, 934.0, 0.7}, {0.25, 931.9, 0.4}},
    {{1.0, 930.8, 0.35}, {0.0, 0.0, 1.0}},
};

#define AXIS_OFF_SD_EV 3.0 /* of an axis that is off by far more than usual */

double cuxas_state_onset_likelihood(int state, double onset_eV, cuxas_axis axis)
{
  /* Two beamlines differ by 0.3 to 0.7 eV, one in five axes is not calibrated at all: our choice, which costs the curves at hand a
   * tenth in ln p and makes no state sure that another axis would change. */
  static const struct {
    double shift_eV, sd_eV, part_off;
  } AXIS[] = {[CUXAS_AXIS_ABSORPTION] = {0.0, 0.6, 0.2},
              [CUXAS_AXIS_EELS]       = {-0.9, 1.0, 0.2},
              [CUXAS_AXIS_CALIBRATED] = {0.0, 0.15, 0.05},
              [CUXAS_AXIS_NOISY]      = {0.0, 2.0, 0.5}};
  if (axis == CUXAS_AXIS_UNKNOWN || isnan(onset_eV)) return 1.0;
  double density = 0.0;
  for (size_t i = 0; i < 2; i++) {
    const window *w = &WINDOW[state][i];
    const double  x = onset_eV - AXIS[axis].shift_eV - w->centre_eV;
    density += w->part * ((1.0 - AXIS[axis].part_off) * gsl_ran_gaussian_pdf(x, hypot(w->sd_eV, AXIS[axis].sd_eV)) +
                          AXIS[axis].part_off * gsl_ran_gaussian_pdf(x, hypot(w->sd_eV, AXIS_OFF_SD_EV)));
  }
  return density;
}

const char *cuxas_state_name(int state)
{
  static const char *const NAME[CUXAS_N_STATE] = {"Cu(0)", "Cu(I)", "Cu(II)"};
  return NAME[state];
}

/* ==== 3. standards that are the measurement itself ==== */

static bool starts_with(const char *text, const char *start)
{
  return strncmp(text, start, strlen(start)) == 0;
}

/* Comments stand before the first line that is none. */
static bool is_made_from(const cuxas_text *text, const char *sha256)
{
  static const char SAYS[] = "# input sha256 ";
  for (size_t i = 0; i < text->n_line && text->line[i][0] == '#'; i++)
    if (starts_with(text->line[i], SAYS) && starts_with(text->line[i] + strlen(SAYS), sha256)) return true;
  return false;
}

cuxas_status cuxas_standards_mark(cuxas_hits *hits, const char *sha256, cuxas_error *err)
{
  for (size_t i = 0; i < hits->n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != CUXAS_CANDIDATE_SPECTRUM || sha256[0] == '\0') continue;
    hit->is_query = strcmp(hit->sha256, sha256) == 0;
    if (hit->is_query) continue;
    cuxas_text         text   = {0};
    const cuxas_status status = cuxas_text_read(hit->path, &text, err);
    if (status == CUXAS_OK) hit->is_query = is_made_from(&text, sha256);
    cuxas_text_free(&text);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_standards_copy_marks(const cuxas_hits *from, cuxas_hits *to, cuxas_error *err)
{
  cuxas_hit_index    index;
  const cuxas_status status = cuxas_hit_index_make(from, &index, err);
  for (size_t i = 0; i < to->n_hit && status == CUXAS_OK; i++) {
    const cuxas_hit *found = cuxas_hit_index_find(&index, to->hit[i].label);
    to->hit[i].is_query    = found != NULL && found->is_query;
  }
  cuxas_hit_index_clear(&index);
  return status;
}

/* ==== 4. what is doubtful of a hit ==== */

cuxas_status cuxas_hit_warn(cuxas_hit *hit, cuxas_error *err, const char *format, ...)
{
  char   text[CUXAS_WARNING_SIZE];
  size_t i_free = 0;
  while (i_free < CUXAS_HIT_MAX_WARNING && hit->warning[i_free] != NULL) i_free++;
  if (i_free == CUXAS_HIT_MAX_WARNING) return CUXAS_OK;

  const cuxas_locale locale = cuxas_locale_begin();
  va_list            arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  cuxas_locale_end(locale);
  hit->warning[i_free] = cuxas_copy_text(err, i_free + 1 < CUXAS_HIT_MAX_WARNING ? text : "there were more warnings");
  return hit->warning[i_free] != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

/* ==== 5. what was compared before ==== */

static int by_label(const void *label, const void *one)
{
  return strcmp(label, ((const cuxas_compared_one *)one)->label);
}

const cuxas_comparison *cuxas_compared_find(const cuxas_compared *compared, const cuxas_hit *hit)
{
  if (compared == NULL || compared->n == 0) return NULL;
  const cuxas_compared_one *one = bsearch(hit->label, compared->one, compared->n, sizeof *one, by_label);
  return one != NULL && strcmp(one->sha256, hit->sha256) == 0 ? &one->comparison : NULL;
}
