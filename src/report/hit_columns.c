/* hit_columns.c - rankings as tables
 *
 *   1. rows
 *   2. what stands in a cell
 *   3. columns
 *   4. which columns stand where
 *   5. titles and notes
 *   6. the CSV report
 *   7. in words: what is simulated beside the predictions, and how far they agree */
#include "report/hit_columns.h"
#include "match/candidate.h"
#include "match/shortlist.h"

#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* 1. rows */

cuxas_hit_rows cuxas_hit_rows_of(const cuxas_report *report, cuxas_hits_kind kind)
{
  const cuxas_hits *simulated = report->shortlist != NULL ? report->shortlist->hits : NULL;
  if (simulated != NULL && simulated->n_hit == 0 && simulated->n_skipped == 0)
    simulated = NULL; /* of no structure at all */
  const cuxas_hits *const HITS[] = {report->hits, report->unconstrained, report->standards, simulated};
  return (cuxas_hit_rows){report, HITS[kind]};
}

static const cuxas_report *report_of(const void *rows)
{
  return ((const cuxas_hit_rows *)rows)->report;
}

static const cuxas_hit *hit_of(const void *rows, size_t i_row)
{
  return &((const cuxas_hit_rows *)rows)->hits->hit[i_row];
}

/* 2. what stands in a cell */

#define FILL(name) static void name(const void *rows, size_t i_row, size_t i_part, cuxas_cell *cell)
#define UNUSED_PART (void)i_part

#define FILL_COUNT(name, what)                                                                                         \
  FILL(name)                                                                                                           \
  {                                                                                                                    \
    UNUSED_PART;                                                                                                       \
    cell->count = hit_of(rows, i_row)->what;                                                                           \
  }
#define FILL_NUMBER(name, what)                                                                                        \
  FILL(name)                                                                                                           \
  {                                                                                                                    \
    UNUSED_PART;                                                                                                       \
    cell->number = hit_of(rows, i_row)->what;                                                                          \
  }
#define FILL_TEXT(name, what)                                                                                          \
  FILL(name)                                                                                                           \
  {                                                                                                                    \
    const cuxas_hit *hit = hit_of(rows, i_row);                                                                        \
    UNUSED_PART;                                                                                                       \
    cell->text = what;                                                                                                 \
  }

FILL_COUNT(fill_rank, rank)
FILL_COUNT(fill_rank_mae, rank_mae)
FILL_COUNT(fill_rank_spearman, rank_spearman)
FILL_COUNT(fill_rank_score, rank_score)
FILL_COUNT(fill_n_site, n_absorber)
FILL_COUNT(fill_n_distinct, n_distinct)
FILL_NUMBER(fill_score, comparison.score)
FILL_NUMBER(fill_mae, comparison.mae)
FILL_NUMBER(fill_spearman, comparison.spearman)
FILL_NUMBER(fill_pearson, comparison.pearson)
FILL_NUMBER(fill_shift, comparison.shift_eV)
FILL_NUMBER(fill_hole, comparison.hole_fraction)
FILL_NUMBER(fill_fwhm, comparison.fwhm_eV)
FILL_NUMBER(fill_p, p_value)
FILL_NUMBER(fill_e, e_value)
FILL_NUMBER(fill_delta, delta_to_next)
FILL_NUMBER(fill_domain, domain.distance)
FILL_TEXT(fill_name, hit->name)
FILL_TEXT(fill_formula, hit->formula)
FILL_TEXT(fill_label, hit->label)
FILL_TEXT(fill_sha256, hit->sha256)
FILL_TEXT(fill_kind, hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "spectrum" : "structure")
FILL_TEXT(fill_at_limit, hit->comparison.shift_at_limit ? "yes" : "no")
FILL_TEXT(fill_outside, hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "" : hit->domain.outside ? "yes" : "no")
FILL_TEXT(fill_in_group, isnan(hit->support) ? "" : hit->is_in_group ? "yes" : "no")
FILL_TEXT(fill_same, hit->is_query                  ? "the same measurement"
                     : hit->comparison.is_flattened ? "saturation allowed for"
                                                    : "")

FILL(fill_support)
{
  const cuxas_hit *hit = hit_of(rows, i_row);
  UNUSED_PART;
  cell->number = hit->support;
  cell->mark   = hit->is_in_group ? " =" : NULL;
}

/* The E-value, and the sign of those that cannot be told apart; the support is told on pointing. */
FILL(fill_e_and_group)
{
  const cuxas_hit *hit = hit_of(rows, i_row);
  UNUSED_PART;
  cell->number = hit->e_value;
  cell->mark   = hit->is_in_group ? " =" : NULL;
  if (isfinite(hit->support)) cuxas_text_print(cell->hint, sizeof cell->hint, "support %.3f", hit->support);
}

FILL(fill_known)
{
  UNUSED_PART;
  cell->count = hit_of(rows, i_row)->rank_predicted;
  if (cell->count == 0) cell->kind = CUXAS_CELL_NONE;
}

static const cuxas_onset *measured_onset(const void *rows, size_t i_edge)
{
  return &report_of(rows)->query->onset[i_edge];
}

FILL(fill_measured_onset)
{
  const cuxas_onset *measured = measured_onset(rows, i_part);
  (void)i_row;
  cell->number = measured->found ? measured->energy_eV : NAN;
}

FILL(fill_predicted_onset)
{
  const cuxas_onset *predicted = &hit_of(rows, i_row)->comparison.predicted_onset[i_part];
  cell->number                 = predicted->found ? predicted->energy_eV : NAN;
}

FILL(fill_onset)
{
  const cuxas_comparison *comparison = &hit_of(rows, i_row)->comparison;
  const cuxas_onset      *measured = measured_onset(rows, i_part), *predicted = &comparison->predicted_onset[i_part];
  if (measured->found && predicted->found)
    cell->number = predicted->energy_eV + comparison->shift_eV - measured->energy_eV;
}

/* One more remark. */
static void remark(cuxas_cell *cell, const char *text)
{
  const size_t n_used = cell->text == cell->room ? strlen(cell->room) : 0;
  snprintf(cell->room + n_used, sizeof cell->room - n_used, "%s%s", n_used > 0 ? "; " : "", text);
  cell->text = cell->room;
}

FILL(fill_remarks)
{
  const cuxas_hit *hit = hit_of(rows, i_row);
  UNUSED_PART;
  if (hit->kind == CUXAS_CANDIDATE_SPECTRUM) remark(cell, "a spectrum, not a prediction");
  for (size_t i = 0; i < CUXAS_HIT_MAX_WARNING && hit->warning[i] != NULL; i++) remark(cell, hit->warning[i]);
}

/* Letters behind a row of a terminal's table; the legend explains those that occur. */
static const struct {
  char        letter;
  const char *meaning;
} FLAG[] = {{'L', "shift at the limit of the window"},
            {'D', "outside the training domain"},
            {'S', "a spectrum file, not a prediction"},
            {'=', "cannot be told apart"},
            {'w', "has other warnings, in the JSON report"}};

enum { N_FLAG = sizeof FLAG / sizeof *FLAG };

static bool has_flag(const cuxas_hit *hit, size_t i_flag)
{
  const bool is_at_limit = hit->comparison.shift_at_limit, is_outside = hit->domain.outside;
  size_t     n_warning = 0;
  while (n_warning < CUXAS_HIT_MAX_WARNING && hit->warning[n_warning] != NULL) n_warning++;
  const bool applies[N_FLAG] = {is_at_limit, is_outside, hit->kind == CUXAS_CANDIDATE_SPECTRUM, hit->is_in_group,
                                n_warning > (size_t)is_at_limit + (size_t)is_outside}; /* these two are warnings too */
  return applies[i_flag];
}

FILL(fill_flags)
{
  size_t n = 0;
  UNUSED_PART;
  for (size_t i = 0; i < N_FLAG; i++)
    if (has_flag(hit_of(rows, i_row), i)) cell->room[n++] = FLAG[i].letter;
  cell->room[n] = '\0';
  cell->text    = cell->room;
}

/* -- of a row of the ranking by simulation -- */

FILL(fill_predicted_rank)
{
  UNUSED_PART;
  cell->count = hit_of(rows, i_row)->rank_predicted;
}

FILL(fill_error)
{
  UNUSED_PART;
  cell->number = report_of(rows)->shortlist->candidate[i_row].error;
}

FILL(fill_error_and_marks)
{
  const bool is_doubtful = report_of(rows)->shortlist->candidate[i_row].is_doubtful;
  const bool is_in_group = hit_of(rows, i_row)->is_in_group;
  fill_error(rows, i_row, i_part, cell);
  cell->mark = is_doubtful && is_in_group ? " ! =" : is_doubtful ? " !" : is_in_group ? " =" : NULL;
}

FILL(fill_stage_remarks)
{
  UNUSED_PART;
  if (report_of(rows)->shortlist->candidate[i_row].is_doubtful) remark(cell, "prediction doubtful");
  if (hit_of(rows, i_row)->is_in_group) remark(cell, "cannot be told apart");
}

/* -- of a row of the ranking by prediction: the same candidate, simulated -- */

/* Fills a cell of the simulated hit with `fill`, or with nothing where there is none. */
static void fill_simulated(const void *rows, size_t i_row, cuxas_fill_cell *fill, cuxas_cell *cell)
{
  const cuxas_report  *report    = report_of(rows);
  const size_t         i         = cuxas_shortlist_find(report->shortlist, hit_of(rows, i_row));
  const cuxas_hit_rows simulated = cuxas_hit_rows_of(report, CUXAS_HITS_SIMULATED);
  if (i == SIZE_MAX)
    cell->kind = CUXAS_CELL_NONE;
  else
    fill(&simulated, i, 0, cell);
}

FILL(fill_doubtful)
{
  UNUSED_PART;
  cell->text = report_of(rows)->shortlist->candidate[i_row].is_doubtful ? "yes" : "no";
}

#define FILL_SIMULATED(name, fill)                                                                                     \
  FILL(name)                                                                                                           \
  {                                                                                                                    \
    UNUSED_PART;                                                                                                       \
    fill_simulated(rows, i_row, fill, cell);                                                                           \
  }

FILL_SIMULATED(fill_simulated_rank, fill_rank)
FILL_SIMULATED(fill_simulated_score, fill_score)
FILL_SIMULATED(fill_simulated_mae, fill_mae)
FILL_SIMULATED(fill_simulated_spearman, fill_spearman)
FILL_SIMULATED(fill_simulated_shift, fill_shift)
FILL_SIMULATED(fill_simulated_hole, fill_hole)
FILL_SIMULATED(fill_simulated_fwhm, fill_fwhm)
FILL_SIMULATED(fill_prediction_error, fill_error)
FILL_SIMULATED(fill_prediction_doubtful, fill_doubtful)

/* 3. columns */

#define COUNT CUXAS_CELL_COUNT, CUXAS_DIGITS_FIXED, 0, false, 0.0, 0
#define WORDS(kind) kind, CUXAS_DIGITS_FIXED, 0, false, 0.0, 0
#define FIXED(n_decimal, has_sign) CUXAS_CELL_NUMBER, CUXAS_DIGITS_FIXED, n_decimal, has_sign, 0.0, 0
#define CHANCE(n_decimal, from, n_coarse) CUXAS_CELL_NUMBER, CUXAS_DIGITS_CHANCE, n_decimal, false, from, n_coarse
#define GENERAL(n_decimal) CUXAS_CELL_NUMBER, CUXAS_DIGITS_GENERAL, n_decimal, false, 0.0, 0

typedef const cuxas_table_column column;

static column RANK          = {"rank", "rank", "rank", "Rank", COUNT, fill_rank};
static column NAME          = {"name", "name", "candidate", "Candidate", WORDS(CUXAS_CELL_NAME), fill_name};
static column FORMULA       = {"formula", "formula", "formula", "Formula", WORDS(CUXAS_CELL_TEXT), fill_formula};
static column SCORE         = {"score", "score", "score", "Score", FIXED(1, false), fill_score};
static column MAE           = {"mae", "MAE", "MAE", NULL, FIXED(3, false), fill_mae};
static column SPEARMAN      = {"spearman", "Spearman", "Spearman", NULL, FIXED(3, false), fill_spearman};
static column SHIFT         = {"shift_eV", "shift", "shift (eV)", "Shift (eV)", FIXED(2, true), fill_shift};
static column HOLE          = {"hole_fraction", "hole", "hole", "Hole", FIXED(2, false), fill_hole};
static column WIDTH         = {"fwhm_eV", "width", "width (eV)", "Width (eV)", FIXED(2, false), fill_fwhm};
static column ONSET         = {"%s_difference_shifted_eV", "%s d",         "%s onset difference (eV)",
                               "\xCE\x94%s (eV)",          FIXED(2, true), fill_onset};
static column P             = {"p_value", "p", "p", NULL, CHANCE(4, 0.00995, 2), fill_p};
static column E             = {"e_value", "E", "E", NULL, CHANCE(2, 9.95, 0), fill_e};
static column E_GROUP       = {"e_value", "E", "E", NULL, CHANCE(2, 9.95, 0), fill_e_and_group};
static column P_ALL         = {"p_value", "p", "p", NULL, GENERAL(4), fill_p};
static column E_ALL         = {"e_value", "E", "E", NULL, GENERAL(2), fill_e};
static column SUPPORT       = {"support", "support", "support", "Support", FIXED(2, false), fill_support};
static column KNOWN         = {"known", "known", "known", "Known", COUNT, fill_known};
static column FLAGS         = {"flags", "flags", "flags", NULL, WORDS(CUXAS_CELL_REMARK), fill_flags};
static column REMARKS       = {"remarks", "remarks", "remarks", "Remarks", WORDS(CUXAS_CELL_REMARK), fill_remarks};
static column SAME          = {"remarks", "", "remarks", "Remarks", WORDS(CUXAS_CELL_REMARK), fill_same};
static column PREDICTED     = {"predicted", "predicted", "predicted", "Predicted", COUNT, fill_predicted_rank};
static column ERROR         = {"error", "error", "error", "Error", FIXED(3, false), fill_error_and_marks};
static column ERROR_ALONE   = {"error", "error", "error", "Error", FIXED(3, false), fill_error};
static column STAGE_REMARKS = {"remarks", "", "remarks", "Remarks", WORDS(CUXAS_CELL_REMARK), fill_stage_remarks};

/* Those of the CSV report alone, before and behind the onsets of the edges. */
#define CSV_TEXT(name, fill)                                                                                           \
  {                                                                                                                    \
    name, name, name, NULL, WORDS(CUXAS_CELL_REMARK), fill                                                             \
  }
#define CSV_COUNT(name, fill)                                                                                          \
  {                                                                                                                    \
    name, name, name, NULL, COUNT, fill                                                                                \
  }
#define CSV_NUMBER(name, fill)                                                                                         \
  {                                                                                                                    \
    name, name, name, NULL, FIXED(6, false), fill                                                                      \
  }

static column CSV_FIRST[] = {
    CSV_COUNT("rank", fill_rank),
    CSV_TEXT("name", fill_name),
    CSV_TEXT("formula", fill_formula),
    CSV_TEXT("kind", fill_kind),
    CSV_NUMBER("mae", fill_mae),
    CSV_NUMBER("spearman", fill_spearman),
    CSV_NUMBER("pearson", fill_pearson),
    CSV_COUNT("rank_mae", fill_rank_mae),
    CSV_COUNT("rank_spearman", fill_rank_spearman),
    CSV_NUMBER("delta_to_next", fill_delta),
    CSV_NUMBER("shift_eV", fill_shift),
    CSV_TEXT("shift_at_limit", fill_at_limit),
    CSV_NUMBER("hole_fraction", fill_hole),
};

static column CSV_EDGE[] = {
    CSV_NUMBER("%s_measured_eV", fill_measured_onset),
    CSV_NUMBER("%s_predicted_eV", fill_predicted_onset),
    CSV_NUMBER("%s_difference_shifted_eV", fill_onset),
};

static column CSV_LAST[] = {
    CSV_COUNT("n_sites", fill_n_site),
    CSV_COUNT("n_distinct_sites", fill_n_distinct),
    CSV_NUMBER("domain_distance", fill_domain),
    CSV_TEXT("outside_domain", fill_outside),
    CSV_NUMBER("score", fill_score),
    CSV_NUMBER("p_value", fill_p),
    CSV_NUMBER("e_value", fill_e),
    CSV_NUMBER("support", fill_support),
    CSV_TEXT("in_group", fill_in_group),
    CSV_COUNT("rank_score", fill_rank_score),
    CSV_NUMBER("fwhm_eV", fill_fwhm),
    CSV_TEXT("path", fill_label),
    CSV_TEXT("sha256", fill_sha256),
    CSV_COUNT("simulated_rank", fill_simulated_rank),
    CSV_NUMBER("simulated_score", fill_simulated_score),
    CSV_NUMBER("simulated_mae", fill_simulated_mae),
    CSV_NUMBER("simulated_spearman", fill_simulated_spearman),
    CSV_NUMBER("simulated_shift_eV", fill_simulated_shift),
    CSV_NUMBER("simulated_hole_fraction", fill_simulated_hole),
    CSV_NUMBER("simulated_fwhm_eV", fill_simulated_fwhm),
    CSV_NUMBER("prediction_error", fill_prediction_error),
    CSV_TEXT("prediction_doubtful", fill_prediction_doubtful),
};

/* 4. which columns stand where */

/* A place in a list; a list ends with NULL. */
typedef struct {
  column *what;
  size_t  width;
} listed;

static void begin(const cuxas_hit_rows *rows, size_t n_row, cuxas_table *table)
{
  table->rows     = rows;
  table->n_row    = rows->hits->n_hit < n_row ? rows->hits->n_hit : n_row;
  table->n_column = 0;
}

static void add_list(cuxas_table *table, const listed *list)
{
  for (; list->what != NULL; list++) cuxas_table_add(table, list->what, list->width);
}

static void add_onsets(const cuxas_hit_rows *rows, size_t width, cuxas_table *table)
{
  const cuxas_query *query = rows->report->query;
  for (size_t k = 0; k < query->n_edge; k++) cuxas_table_add_part(table, &ONSET, width, k, query->edge[k].name);
}

static bool has_chances(const cuxas_hits *hits)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (!isnan(hits->hit[i].p_value)) return true;
  return false;
}

static bool has_remarks(const cuxas_hits *hits, size_t n_row)
{
  for (size_t i = 0; i < n_row; i++)
    if (hits->hit[i].kind == CUXAS_CANDIDATE_SPECTRUM || hits->hit[i].warning[0] != NULL) return true;
  return false;
}

void cuxas_hits_text_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table)
{
  static const listed NUMBERS[]   = {{&SCORE, 5}, {&MAE, 5}, {&SPEARMAN, 8}, {&SHIFT, 6}, {NULL, 0}};
  static const listed ALL[]       = {{&RANK, 4},  {&NAME, 20}, {&SCORE, 6}, {&MAE, 5},   {&SPEARMAN, 8},
                                     {&SHIFT, 6}, {&P_ALL, 7}, {&E_ALL, 7}, {&KNOWN, 6}, {NULL, 0}};
  static const listed STANDARDS[] = {{&RANK, 4},     {&NAME, 20}, {&SCORE, 6}, {&MAE, 5},
                                     {&SPEARMAN, 8}, {&SHIFT, 6}, {&SAME, 0},  {NULL, 0}};
  static const listed SIMULATED[] = {{&RANK, 4},  {&NAME, 17},     {&FORMULA, 12}, {&SCORE, 5},
                                     {&MAE, 5},   {&SPEARMAN, 8},  {&SHIFT, 6},    {&HOLE, 5},
                                     {&WIDTH, 5}, {&PREDICTED, 9}, {&ERROR, 6},    {NULL, 0}};
  begin(rows, n_row, ret_table);
  if (kind != CUXAS_HITS_PREDICTED) {
    add_list(ret_table, kind == CUXAS_HITS_UNCONSTRAINED ? ALL : kind == CUXAS_HITS_STANDARDS ? STANDARDS : SIMULATED);
    return;
  }
  const bool fits_hole = rows->report->compare.fit_hole;
  cuxas_table_add(ret_table, &RANK, 4);
  cuxas_table_add(ret_table, &NAME, fits_hole ? 14 : 17);
  cuxas_table_add(ret_table, &FORMULA, fits_hole ? 10 : 12);
  add_list(ret_table, NUMBERS);
  add_onsets(rows, 6, ret_table);
  if (fits_hole) cuxas_table_add(ret_table, &HOLE, 5);
  if (has_chances(rows->hits)) add_list(ret_table, (const listed[]){{&P, 6}, {&E, 6}, {NULL, 0}});
  cuxas_table_add(ret_table, &FLAGS, 0);
}

void cuxas_hits_markdown_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table)
{
  static const listed PREDICTION[]  = {{&RANK, 0}, {&NAME, 0}, {&FORMULA, 0}, {&SCORE, 0}, {&MAE, 0}, {&SPEARMAN, 0},
                                       {&P, 0},    {&E, 0},    {&SUPPORT, 0}, {&SHIFT, 0}, {NULL, 0}};
  static const listed ALL[]         = {{&RANK, 0},  {&NAME, 0},  {&SCORE, 0}, {&MAE, 0}, {&SPEARMAN, 0},
                                       {&SHIFT, 0}, {&E_ALL, 0}, {&KNOWN, 0}, {NULL, 0}};
  static const listed STANDARDS[]   = {{&RANK, 0},     {&NAME, 0},  {&SCORE, 0}, {&MAE, 0},
                                       {&SPEARMAN, 0}, {&SHIFT, 0}, {&SAME, 0},  {NULL, 0}};
  static const listed SIMULATED[]   = {{&RANK, 0},  {&NAME, 0},      {&FORMULA, 0}, {&SCORE, 0},
                                       {&MAE, 0},   {&SPEARMAN, 0},  {&SHIFT, 0},   {&HOLE, 0},
                                       {&WIDTH, 0}, {&PREDICTED, 0}, {&ERROR, 0},   {NULL, 0}};
  static const listed *const LIST[] = {PREDICTION, ALL, STANDARDS, SIMULATED};
  begin(rows, n_row, ret_table);
  add_list(ret_table, LIST[kind]);
  if (kind != CUXAS_HITS_PREDICTED) return;
  add_onsets(rows, 0, ret_table);
  cuxas_table_add(ret_table, &REMARKS, 0);
}

void cuxas_hits_page_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table)
{
  static const listed PREDICTION[] = {{&RANK, 0},     {&NAME, 0}, {&FORMULA, 0}, {&SCORE, 0}, {&MAE, 0},
                                      {&SPEARMAN, 0}, {&P, 0},    {&E_GROUP, 0}, {&SHIFT, 0}, {NULL, 0}};
  static const listed SIMULATED[]  = {
       {&RANK, 0}, {&NAME, 0},  {&FORMULA, 0},   {&SCORE, 0},       {&MAE, 0},           {&SPEARMAN, 0}, {&SHIFT, 0},
       {&HOLE, 0}, {&WIDTH, 0}, {&PREDICTED, 0}, {&ERROR_ALONE, 0}, {&STAGE_REMARKS, 0}, {NULL, 0}};
  if (kind == CUXAS_HITS_UNCONSTRAINED || kind == CUXAS_HITS_STANDARDS) {
    cuxas_hits_markdown_table(rows, kind, n_row, ret_table);
    return;
  }
  begin(rows, n_row, ret_table);
  add_list(ret_table, kind == CUXAS_HITS_SIMULATED ? SIMULATED : PREDICTION);
  if (kind == CUXAS_HITS_SIMULATED) return;
  if (rows->report->compare.fit_hole) cuxas_table_add(ret_table, &HOLE, 0);
  add_onsets(rows, 0, ret_table);
  if (has_remarks(rows->hits, ret_table->n_row)) cuxas_table_add(ret_table, &REMARKS, 0);
}

void cuxas_hits_csv_table(const cuxas_hit_rows *rows, cuxas_table *ret_table)
{
  const cuxas_query *query = rows->report->query;
  begin(rows, SIZE_MAX, ret_table);
  for (size_t i = 0; i < sizeof CSV_FIRST / sizeof *CSV_FIRST; i++) cuxas_table_add(ret_table, &CSV_FIRST[i], 0);
  for (size_t k = 0; k < query->n_edge; k++)
    for (size_t i = 0; i < sizeof CSV_EDGE / sizeof *CSV_EDGE; i++)
      cuxas_table_add_part(ret_table, &CSV_EDGE[i], 0, k, query->edge[k].name);
  for (size_t i = 0; i < sizeof CSV_LAST / sizeof *CSV_LAST; i++) cuxas_table_add(ret_table, &CSV_LAST[i], 0);
}

/* 5. titles and notes */

const char *cuxas_hits_title(cuxas_hits_kind kind)
{
  static const char *const TITLE[] = {"Ranking", "Whatever the elements", "Measured standards",
                                      "Simulated from first principles"};
  return TITLE[kind];
}

/* What stands behind program and version; "": nothing. */
static const char *settings_of(const char *code)
{
  return code + strcspn(code, ",");
}

static void note_simulated(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  cuxas_text_append(
      text, n_byte,
      "predicted: rank by prediction; error: mean difference of prediction and simulation, first edge without a core "
      "hole");
  if (shortlist->compare.fit_hole)
    cuxas_text_append(text, n_byte, "; hole: weight of the simulation %s core hole, the rest with a screened one",
                      shortlist->is_projected ? "with a projected" : "without a");
  if (!isnan(shortlist->limit))
    cuxas_text_append(text, n_byte, "; !: above %.3f, the 90th percentile for compounds held out from training",
                      shortlist->limit);
  for (size_t i = 0; i < shortlist->hits->n_hit; i++) {
    const char *code   = shortlist->candidate[i].code;
    bool        is_new = true, is_alike = false;
    for (size_t k = 0; k < i && is_new; k++) {
      is_new   = strcmp(shortlist->candidate[k].code, code) != 0;
      is_alike = is_alike || (*settings_of(code) != '\0' &&
                              strcmp(settings_of(shortlist->candidate[k].code), settings_of(code)) == 0);
    }
    if (is_new && is_alike)
      cuxas_text_append(text, n_byte, "; by %.*s alike", (int)strcspn(code, ","), code);
    else if (is_new)
      cuxas_text_append(text, n_byte, "; by %.250s", *code != '\0' ? code : "an unknown program");
  }
}

void cuxas_hits_note(const cuxas_report *report, cuxas_hits_kind kind, char *text, size_t n_byte)
{
  static const char *const NOTE[] = {
      "",
      ("All candidates, also those left out by composition. known: rank among those whose "
       "elements agree with what is known, -: left out; p and E: as above, E among all."),
      ("Measurement against measurement: no broadening, shift sought around 0. Detection and resolution differ between "
       "instruments too, so no p-values. Whatever elements the sample may hold."),
      ""};
  snprintf(text, n_byte, "%s", NOTE[kind]);
  if (kind == CUXAS_HITS_SIMULATED) note_simulated(report->shortlist, text, n_byte);
}

const char *cuxas_hits_hole_means(const cuxas_report *report)
{
  return cuxas_match_mixes_projected(report->model, &report->compare)
             ? "weight of the prediction with a projected core hole, the rest with a screened one"
             : "weight of the prediction without a core hole";
}

const char *cuxas_hits_support_means(void)
{
  return "how likely the candidate is, by all that speaks for it, if one of these is the right one";
}

void cuxas_hits_legend(const cuxas_hit_rows *rows, size_t n_row, char *text, size_t n_byte)
{
  const cuxas_hits *hits = rows->hits;
  snprintf(
      text, n_byte,
      "score: log likelihood above a featureless curve; shift: added to the predicted energies, eV; d: predicted minus "
      "measured onset after the shift, eV");
  if (rows->report->compare.fit_hole && hits == rows->report->hits)
    cuxas_text_append(text, n_byte, "; hole: %s", cuxas_hits_hole_means(rows->report));
  if (has_chances(hits))
    cuxas_text_append(
        text, n_byte,
        "; p: part of unrelated compounds that agree as well; E: how many of those searched would by chance");
  for (size_t k = 0; k < N_FLAG; k++) {
    bool is_used = false;
    for (size_t i = 0; i < hits->n_hit && i < n_row; i++) is_used = is_used || has_flag(&hits->hit[i], k);
    if (is_used) cuxas_text_append(text, n_byte, "; %c: %s", FLAG[k].letter, FLAG[k].meaning);
  }
}

/* 6. the CSV report */

cuxas_status cuxas_report_write_csv(const void *report, FILE *out, cuxas_error *err)
{
  const cuxas_hit_rows rows = cuxas_hit_rows_of(report, CUXAS_HITS_PREDICTED);
  cuxas_table          table;
  (void)err; /* the stream keeps its failures */
  cuxas_hits_csv_table(&rows, &table);
  cuxas_table_write_csv(&table, out);
  return CUXAS_OK;
}

/* 7. in words: what is simulated beside the predictions, and how far they agree */

bool cuxas_shortlist_agrees(const cuxas_report *report)
{
  return !cuxas_shortlist_leads(report->shortlist) || report->shortlist->hits->hit[0].rank_predicted == 1;
}

static size_t count_structures(const cuxas_hits *hits)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++) n += hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE;
  return n;
}

/* "CuS, Cu2O and 3 more": the candidates whose predictions are off by more than the limit; returns how many. */
static size_t list_doubtful(const cuxas_shortlist *shortlist, char *list, size_t n_byte)
{
  enum { MAX_NAMED = 5 };
  cuxas_list doubtful = {.text = list, .size = n_byte, .n_named = MAX_NAMED};
  for (size_t i = 0; i < shortlist->hits->n_hit; i++)
    if (shortlist->candidate[i].is_doubtful) cuxas_list_add(&doubtful, shortlist->hits->hit[i].name);
  return cuxas_list_end(&doubtful);
}

static bool say_stage(const cuxas_report *report, char *text, size_t n_byte)
{
  const cuxas_shortlist *shortlist   = report->shortlist;
  const size_t           n_structure = count_structures(report->hits), n_hit = shortlist->hits->n_hit;
  if (!cuxas_shortlist_leads(shortlist))
    snprintf(text, n_byte, "Predictions speak alone: there is no simulation of any candidate.");
  else if (n_hit == n_structure && n_hit == 1)
    snprintf(text, n_byte, "Beside the prediction of the one structure stands its simulation from first principles.");
  else if (n_hit == n_structure)
    snprintf(text, n_byte, "Beside their predictions stand simulations from first principles of all %zu structures.",
             n_structure);
  else
    snprintf(text, n_byte,
             "Beside their predictions stand simulations from first principles of %zu of the %zu structures; of the "
             "others predictions speak alone.",
             n_hit, n_structure);
  return true;
}

static bool say_agreement(const cuxas_report *report, char *text, size_t n_byte)
{
  const cuxas_shortlist *shortlist = report->shortlist;
  const cuxas_hit       *first = &shortlist->hits->hit[0], *predicted = &report->hits->hit[0];
  if (cuxas_shortlist_agrees(report))
    snprintf(text, n_byte, "Prediction and simulation both put %.80s first.", first->name);
  else
    snprintf(
        text, n_byte,
        "Prediction and simulation differ: by prediction %.80s comes first, by simulation %.80s (%zu by prediction).",
        predicted->name, first->name, first->rank_predicted);
  return true;
}

static bool say_doubtful(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  char         list[300];
  const size_t n = list_doubtful(shortlist, list, sizeof list);
  if (n == 0) return false;
  if (shortlist->hits->n_hit == 1)
    snprintf(text, n_byte, "The prediction of the one simulated candidate is");
  else
    snprintf(text, n_byte, "Of %zu simulated candidates the prediction%s of %zu %s", shortlist->hits->n_hit,
             n == 1 ? "" : "s", n, n == 1 ? "is" : "are");
  cuxas_text_append(
      text, n_byte,
      " further from %s simulation than nine in ten are for compounds held out from training (%.3f), so that the best "
      "may not be among those that were simulated: %s.",
      n == 1 ? "its" : "their", shortlist->limit, list);
  return true;
}

static bool say_hole(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  if (shortlist->n_without_hole == 0) return false;
  snprintf(
      text, n_byte,
      "%zu of them could not be simulated with a core hole, so that all were compared without one: sulfides above all "
      "are then described badly.",
      shortlist->n_without_hole);
  return true;
}

bool cuxas_shortlist_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte)
{
  if (report->shortlist == NULL) return false;
  if (i_sentence == 0) return say_stage(report, text, n_byte);
  if (!cuxas_shortlist_leads(report->shortlist)) return false;
  if (i_sentence == 1) return say_agreement(report, text, n_byte);
  const bool is_doubted = say_doubtful(report->shortlist, text, n_byte);
  if (i_sentence == 2 && is_doubted) return true;
  return i_sentence == (is_doubted ? 3u : 2u) && say_hole(report->shortlist, text, n_byte);
}
