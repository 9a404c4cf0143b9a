/* identification.c - how often is the right compound found, by which measure, among which candidates? */
#include "evaluate/identification.h"
#include "base/text.h"

#include "base/memory.h"
#include "write/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const MEASURE[CUXAS_N_MEASURE] = {"score", "agreement", "MAE", "Spearman", "Pearson"};
static const char *const AMONG[CUXAS_N_AMONG]     = {"compounds", "all", "elements"};

const char *cuxas_identification_measure(cuxas_measure measure)
{
  return MEASURE[measure];
}

const char *cuxas_identification_among(cuxas_among among)
{
  return AMONG[among];
}

/* Every element symbol of `formula` stands in `allowed` too: a capital and the small letters behind it. */
static bool has_no_other_element(const char *formula, const char *allowed)
{
  for (const char *p = formula; *p != '\0'; p++) {
    if (!isupper((unsigned char)*p)) continue;
    size_t n = 1;
    while (islower((unsigned char)p[n])) n++;
    bool is_there = false;
    for (const char *q = allowed; *q != '\0' && !is_there; q++)
      is_there = strncmp(q, p, n) == 0 && !islower((unsigned char)q[n]);
    if (!is_there) return false;
  }
  return true;
}

static bool is_listed(const char *name, const char *const *list, size_t n_list)
{
  for (size_t i = 0; i < n_list; i++)
    if (strcmp(name, list[i]) == 0) return true;
  return false;
}

static double badness(const cuxas_comparison *comparison, cuxas_measure measure)
{
  switch (measure) {
  case CUXAS_MEASURE_SCORE: return -comparison->score;
  case CUXAS_MEASURE_MAE: return comparison->mae;
  case CUXAS_MEASURE_SPEARMAN: return -comparison->spearman;
  case CUXAS_MEASURE_PEARSON: return -comparison->pearson;
  case CUXAS_MEASURE_AGREEMENT:
  case CUXAS_N_MEASURE: break;
  }
  return 0.0;
}

/* Rank of member i by one measure, equal ones sharing the smaller rank. */
static size_t rank_of(const cuxas_hit *const *member, size_t n, size_t i, cuxas_measure measure)
{
  const double mine = badness(&member[i]->comparison, measure);
  size_t       rank = 1;
  for (size_t k = 0; k < n; k++) rank += badness(&member[k]->comparison, measure) < mine;
  return rank;
}

static size_t rank_within(const cuxas_hit *const *member, size_t n, size_t right, cuxas_measure measure)
{
  if (measure != CUXAS_MEASURE_AGREEMENT) { /* equal numbers count against it */
    const double mine = badness(&member[right]->comparison, measure);
    size_t       rank = 0;
    for (size_t k = 0; k < n; k++) rank += badness(&member[k]->comparison, measure) <= mine;
    return rank;
  }
  const size_t mine = rank_of(member, n, right, CUXAS_MEASURE_MAE) + rank_of(member, n, right, CUXAS_MEASURE_SPEARMAN);
  size_t       rank = 1;
  for (size_t k = 0; k < n; k++) {
    const size_t sum = rank_of(member, n, k, CUXAS_MEASURE_MAE) + rank_of(member, n, k, CUXAS_MEASURE_SPEARMAN);
    rank += sum < mine || (sum == mine && member[k]->comparison.mae < member[right]->comparison.mae);
  }
  return rank;
}

const cuxas_hit *cuxas_identification_find(const cuxas_hits *hits, const char *name, cuxas_candidate_kind kind)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (hits->hit[i].kind == kind && strcmp(hits->hit[i].name, name) == 0) return &hits->hit[i];
  return NULL;
}

size_t cuxas_identification_list(const cuxas_hits *hits, const cuxas_hit *right, const char *const *compound,
                                 size_t n_compound, cuxas_among among, const cuxas_hit **ret_member)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != right->kind) continue;
    if (among == CUXAS_AMONG_COMPOUNDS && !is_listed(hit->name, compound, n_compound)) continue;
    if (among == CUXAS_AMONG_ELEMENTS && !has_no_other_element(hit->formula, right->formula)) continue;
    ret_member[n++] = hit;
  }
  return n;
}

bool cuxas_identification_is_among(const cuxas_hit *hit, const cuxas_hit *right, const char *const *compound,
                                   size_t n_compound, cuxas_among among)
{
  if (hit->kind != CUXAS_CANDIDATE_STRUCTURE) return false;
  if (among == CUXAS_AMONG_COMPOUNDS) return is_listed(hit->name, compound, n_compound);
  return among != CUXAS_AMONG_ELEMENTS || has_no_other_element(hit->formula, right->formula);
}

size_t cuxas_identification_rank(const cuxas_hits *hits, const cuxas_sought *sought, cuxas_measure measure,
                                 size_t *ret_n)
{
  const cuxas_hit **member = cuxas_new(NULL, hits->n_hit, sizeof *member);
  const cuxas_hit  *right  = cuxas_identification_find(hits, sought->name, sought->kind);
  size_t            rank   = 0;

  *ret_n = 0;
  if (member != NULL && right != NULL) {
    const size_t n =
        cuxas_identification_list(hits, right, sought->compound, sought->n_compound, sought->among, member);
    size_t i_right = 0;
    while (i_right < n && member[i_right] != right) i_right++;
    if (i_right < n) rank = rank_within(member, n, i_right, measure);
    *ret_n = n;
  }
  free(member);
  return rank;
}

void cuxas_identification_count(cuxas_identified *identified, size_t rank, size_t n_candidate)
{
  if (rank == 0) return;
  identified->n++;
  identified->n_first += rank == 1;
  identified->n_top3 += rank <= 3;
  identified->reciprocal += 1.0 / (double)rank;
  identified->n_candidate += (double)n_candidate;
}

void cuxas_identification_write_text(const cuxas_identification *line, size_t n_line, FILE *out)
{
  if (n_line == 0) return;
  const cuxas_locale locale = cuxas_locale_begin();
  fprintf(out, "\nIdentification                    ");
  for (int k = 0; k < CUXAS_N_AMONG; k++) {
    const cuxas_identified *of = &line[0].of[k];
    char                    head[40];
    snprintf(head, sizeof head, k == CUXAS_AMONG_ELEMENTS ? "elements known, %.1f" : "among %.0f",
             of->n > 0 ? of->n_candidate / (double)of->n : 0.0);
    fprintf(out, "  %-20s", head);
  }
  fprintf(out, "\n%-10s %-14s %-9s", "spectra", "scale", "measure");
  for (int k = 0; k < CUXAS_N_AMONG; k++) fprintf(out, "  %5s %5s %8s", "first", "top 3", "1/rank");
  putc('\n', out);
  for (size_t i = 0; i < n_line; i++) {
    fprintf(out, "%-10s %-14s %-9s", line[i].source, line[i].scale, MEASURE[line[i].measure]);
    for (int k = 0; k < CUXAS_N_AMONG; k++) {
      const cuxas_identified *of = &line[i].of[k];
      if (of->n == 0)
        fprintf(out, "  %5s %5s %8s", "-", "-", "-");
      else
        fprintf(out, "  %5zu %5zu %8.3f", of->n_first, of->n_top3, of->reciprocal / (double)of->n);
    }
    putc('\n', out);
  }
  cuxas_text_put_wrapped(
      out, "",
      "first, top 3: how often the right compound; 1/rank: mean reciprocal rank; elements known: candidates "
      "without other elements than the right one's, their mean number");
  cuxas_locale_end(locale);
}

void cuxas_identification_standards_text(const cuxas_identification_standard *line, size_t n_line, const char *note,
                                         FILE *out)
{
  if (n_line == 0) return;
  fprintf(out, "\n%-20s %-11s %9s %6s  %-20s  %-20s\n", "Measured standards", "", "", "", "by score", "by MAE");
  fprintf(out, "%-20s %-11s %9s %6s", "questions", "candidates", "questions", "among");
  for (int k = 0; k < 2; k++) fprintf(out, "  %5s %5s %8s", "first", "top 3", "1/rank");
  putc('\n', out);
  for (size_t i = 0; i < n_line; i++) {
    const cuxas_identified *of[2] = {&line[i].by_score, &line[i].by_mae};
    if (of[0]->n == 0) continue;
    fprintf(out, "%-20s %-11s %9zu %6.0f", line[i].question, line[i].candidates, of[0]->n,
            of[0]->n_candidate / (double)of[0]->n);
    for (int k = 0; k < 2; k++)
      fprintf(out, "  %5zu %5zu %8.3f", of[k]->n_first, of[k]->n_top3, of[k]->reciprocal / (double)of[k]->n);
    putc('\n', out);
  }
  if (note != NULL) cuxas_text_put_wrapped(out, "", note);
}

static void put_set(cuxas_json_builder *builder, cJSON *object, const char *name, const cuxas_identified *of)
{
  if (of->n == 0) {
    cuxas_json_put_text(builder, object, name, NULL);
    return;
  }
  cJSON *set = cuxas_json_put_object(builder, object, name);
  cuxas_json_put_count(builder, set, "n", of->n);
  cuxas_json_put_number(builder, set, "mean_n_candidates", of->n_candidate / (double)of->n);
  cuxas_json_put_count(builder, set, "n_first", of->n_first);
  cuxas_json_put_count(builder, set, "n_top3", of->n_top3);
  cuxas_json_put_number(builder, set, "mean_reciprocal_rank", of->reciprocal / (double)of->n);
}

cJSON *cuxas_identification_standards_json(const cuxas_identification_standard *line, size_t n_line)
{
  cuxas_json_builder builder = {false};
  cJSON             *array   = cJSON_CreateArray();
  for (size_t i = 0; i < n_line; i++) {
    cJSON *object = cuxas_json_put_object(&builder, array, NULL);
    cuxas_json_put_text(&builder, object, "questions", line[i].question);
    cuxas_json_put_text(&builder, object, "candidates", line[i].candidates);
    put_set(&builder, object, "by_score", &line[i].by_score);
    put_set(&builder, object, "by_mae", &line[i].by_mae);
  }
  return cuxas_json_finish(&builder, array);
}

cJSON *cuxas_identification_json(const cuxas_identification *line, size_t n_line)
{
  cuxas_json_builder builder = {false};
  cJSON             *array   = cJSON_CreateArray();
  for (size_t i = 0; i < n_line; i++) {
    cJSON *object = cuxas_json_put_object(&builder, array, NULL);
    cuxas_json_put_text(&builder, object, "spectra", line[i].source);
    cuxas_json_put_text(&builder, object, "scale", line[i].scale);
    cuxas_json_put_text(&builder, object, "measure", MEASURE[line[i].measure]);
    for (int k = 0; k < CUXAS_N_AMONG; k++) put_set(&builder, object, AMONG[k], &line[i].of[k]);
  }
  return cuxas_json_finish(&builder, array);
}
