/* validation.c - known compounds against known structures: the table, its means, and single cases
 *
 * Contents: 1. a case  2. the table */
#include "evaluate/validation.h"
#include "report/match_figure.h"

#include "base/memory.h"
#include "base/text.h"
#include "cuxas/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. a case ---------------------------------------------------------------------------------------------- */

/* Contents: 1. making a case  2. regions and shapes  3. sentences */

#define LINE_FROM_EV (-1.0) /* around an onset: the white line and its rise */
#define LINE_TO_EV 5.0
#define LEVEL_EV 10.0 /* end of the curve whose mean is the level behind the edges */

/* 1. making a case */

void cuxas_validation_case_clear(cuxas_validation_case *failure)
{
  free(failure->measured);
  free(failure->right_mu);
  free(failure->first_mu);
  failure->measured = failure->right_mu = failure->first_mu = NULL;
}

/* The best of the others by score, the earlier of equal ones. */
static const cuxas_hit *find_rival(const cuxas_hit *const *member, size_t n, const cuxas_hit *right)
{
  const cuxas_hit *best = NULL;
  for (size_t i = 0; i < n; i++)
    if (member[i] != right && (best == NULL || member[i]->comparison.score > best->comparison.score)) best = member[i];
  return best;
}

static double *copy_curve(const double *mu, size_t n)
{
  double *copy = mu != NULL ? cuxas_new(NULL, n, sizeof *copy) : NULL;
  if (copy != NULL) memcpy(copy, mu, n * sizeof *copy);
  return copy;
}

cuxas_status cuxas_validation_case_make(const cuxas_query *query, const cuxas_hits *hits, const cuxas_sought *sought,
                                        cuxas_scale scale, cuxas_validation_case *ret_case, cuxas_error *err)
{
  const cuxas_hit   *right  = cuxas_identification_find(hits, sought->name, sought->kind);
  const cuxas_hit  **member = cuxas_new(err, hits->n_hit, sizeof *member);
  const size_t       n      = query->grid.n_energy;
  const cuxas_report scaled = {.query = query, .compare = {.scale = scale}};

  *ret_case = (cuxas_validation_case){.among = sought->among, .grid = query->grid};
  if (member == NULL) return CUXAS_ENOMEM;
  ret_case->rank = cuxas_identification_rank(hits, sought, CUXAS_MEASURE_SCORE, &ret_case->n_candidate);
  if (ret_case->rank > 1) {
    const size_t n_member =
        cuxas_identification_list(hits, right, sought->compound, sought->n_compound, sought->among, member);
    const cuxas_hit *first     = find_rival(member, n_member, right);
    ret_case->right_comparison = right->comparison;
    ret_case->first_comparison = first->comparison;
    ret_case->right_mu         = copy_curve(right->shifted, n);
    ret_case->first_mu         = copy_curve(first->shifted, n);
    ret_case->measured         = cuxas_new(err, n, sizeof *ret_case->measured);
    snprintf(ret_case->first, sizeof ret_case->first, "%s", first->name);
    if (ret_case->measured != NULL) cuxas_report_scale_measured(&scaled, ret_case->measured);
  }
  free(member);
  if (ret_case->rank > 1 && (ret_case->right_mu == NULL || ret_case->first_mu == NULL || ret_case->measured == NULL))
    return cuxas_no_memory(err);
  return CUXAS_OK;
}

/* 2. regions and shapes */

/* First point at or above an energy, within the grid. */
static size_t find_point(cuxas_grid grid, double energy_eV)
{
  const double i = ceil((energy_eV - grid.start_eV) / grid.step_eV - 1e-6);
  return i <= 0.0 ? 0 : i >= (double)grid.n_energy ? grid.n_energy : (size_t)i;
}

static double mean_difference(const double *a, const double *b, size_t first, size_t n)
{
  double sum = 0.0;
  for (size_t i = first; i < first + n; i++) sum += fabs(a[i] - b[i]);
  return sum / (double)n;
}

CUXAS_PRINTF_LIKE(5, 6)
static void add_region(const cuxas_validation_case *failure, size_t first, size_t end, cuxas_validation_difference *all,
                       const char *format, ...)
{
  if (end <= first || all->n_region == CUXAS_MAX_REGION) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(all->region[all->n_region].name, sizeof all->region[0].name, format, arguments);
  va_end(arguments);
  all->region[all->n_region].first     = first;
  all->region[all->n_region].n_point   = end - first;
  all->region[all->n_region].mae_right = mean_difference(failure->right_mu, failure->measured, first, end - first);
  all->region[all->n_region].mae_first = mean_difference(failure->first_mu, failure->measured, first, end - first);
  all->n_region++;
}

static double find_top(cuxas_grid grid, const double *mu, double onset_eV)
{
  double       top = -INFINITY;
  const size_t end = find_point(grid, onset_eV + LINE_TO_EV);
  for (size_t i = find_point(grid, onset_eV + LINE_FROM_EV); i < end; i++) top = fmax(top, mu[i]);
  return isfinite(top) ? top : NAN;
}

/* Height of the first edge's line over the level behind, and the last edge's line over the first's. */
static void find_shape(cuxas_grid grid, const double *mu, const cuxas_onset *first, const cuxas_onset *last,
                       double *ret_height, double *ret_ratio)
{
  const size_t from  = find_point(grid, cuxas_grid_end_eV(grid) - LEVEL_EV);
  double       level = 0.0;
  for (size_t i = from; i < grid.n_energy; i++) level += mu[i] / (double)(grid.n_energy - from);
  const double top = first != NULL ? find_top(grid, mu, first->energy_eV) : NAN;
  *ret_height      = level > 0.0 ? top / level : NAN;
  *ret_ratio       = last != first && last != NULL && top > 0.0 ? find_top(grid, mu, last->energy_eV) / top : NAN;
}

void cuxas_validation_case_explain(const cuxas_validation_case *failure, const cuxas_validation_row *row,
                                   cuxas_validation_difference *ret_difference)
{
  cuxas_validation_difference *all   = ret_difference;
  const cuxas_onset           *first = NULL, *last = NULL;
  const char                  *name  = NULL;
  size_t                       begin = 0;

  *all = (cuxas_validation_difference){0};
  for (size_t k = 0; k < row->n_edge; k++) {
    const cuxas_onset *onset = &row->measured_onset[k];
    if (!onset->found) continue;
    const size_t from = find_point(failure->grid, onset->energy_eV + LINE_FROM_EV),
                 to   = find_point(failure->grid, onset->energy_eV + LINE_TO_EV);
    if (name == NULL)
      add_region(failure, begin, from, all, "before %s", row->edge[k].name);
    else
      add_region(failure, begin, from, all, "behind %s", name);
    add_region(failure, from, to, all, "%s line", row->edge[k].name);
    begin = to;
    name  = row->edge[k].name;
    last  = onset;
    if (first == NULL) first = onset;
  }
  if (name != NULL) add_region(failure, begin, failure->grid.n_energy, all, "behind %s", name);
  double most = -INFINITY;
  for (size_t k = 0; k < all->n_region; k++) {
    const double loss = (all->region[k].mae_right - all->region[k].mae_first) * (double)all->region[k].n_point;
    if (loss > most) all->i_worst = k;
    most = fmax(most, loss);
  }
  find_shape(failure->grid, failure->measured, first, last, &all->height_measured, &all->ratio_measured);
  find_shape(failure->grid, failure->right_mu, first, last, &all->height_right, &all->ratio_right);
  find_shape(failure->grid, failure->first_mu, first, last, &all->height_first, &all->ratio_first);
}

/* 3. sentences */

typedef struct {
  char  *text;
  size_t n_byte, n_used;
} sentences;

CUXAS_PRINTF_LIKE(2, 3) static void say(sentences *out, const char *format, ...)
{
  va_list arguments;
  if (out->n_used >= out->n_byte) return;
  va_start(arguments, format);
  const int n = vsnprintf(out->text + out->n_used, out->n_byte - out->n_used, format, arguments);
  va_end(arguments);
  if (n > 0) out->n_used += (size_t)n;
}

#define BOUND 0.005 /* a fitted fraction this close to 0 or 1 is at its bound */

static const char *tell_bound(const cuxas_comparison *comparison)
{
  return comparison->hole_fraction < BOUND || comparison->hole_fraction > 1.0 - BOUND ? " (at its bound)" : "";
}

static void tell_regions(const cuxas_validation_case *failure, const cuxas_validation_difference *difference,
                         const char *name, sentences *out)
{
  const size_t i    = difference->i_worst;
  const double gain = difference->region[i].mae_right - difference->region[i].mae_first;
  if (gain > 0.0)
    say(out, " It loses most here: %s, mean difference %.3f, that of %s %.3f.", difference->region[i].name,
        difference->region[i].mae_right, failure->first, difference->region[i].mae_first);
  else
    say(out,
        " In no part of the curve is %s nearer in the mean: it is the shape of the differences, or what the fit had to "
        "do, "
        "that speaks against %s.",
        failure->first, name);
}

void cuxas_validation_case_tell(const cuxas_validation_case *failure, const cuxas_validation_row *row, char *ret_text,
                                size_t n_byte)
{
  const cuxas_comparison     *right = &failure->right_comparison, *first = &failure->first_comparison;
  cuxas_validation_difference difference;
  sentences                   out = {ret_text, n_byte, 0};

  ret_text[0] = '\0';
  cuxas_validation_case_explain(failure, row, &difference);
  say(&out, "%s is %zu of %zu; %s is ahead by %.2f in score (MAE %.3f, that of %s %.3f; Spearman %.3f and %.3f).",
      row->name, failure->rank, failure->n_candidate, failure->first, first->score - right->score, first->mae,
      row->name, right->mae, first->spearman, right->spearman);
  if (difference.n_region > 0) tell_regions(failure, &difference, row->name, &out);
  if (isfinite(difference.height_measured) && isfinite(difference.height_right) && isfinite(difference.height_first))
    say(&out, " White line over the level behind the edges: measured %.2f, %s %.2f, %s %.2f.",
        difference.height_measured, row->name, difference.height_right, failure->first, difference.height_first);
  if (isfinite(difference.ratio_measured) && isfinite(difference.ratio_right) && isfinite(difference.ratio_first))
    say(&out, " Last over first white line: measured %.2f, %s %.2f, %s %.2f.", difference.ratio_measured, row->name,
        difference.ratio_right, failure->first, difference.ratio_first);
  say(&out, " Shift %+.2f eV%s and %+.2f eV%s; core-hole fraction %.2f%s and %.2f%s; broadening %.2f and %.2f eV.",
      right->shift_eV, right->shift_at_limit ? " (at the window's limit)" : "", first->shift_eV,
      first->shift_at_limit ? " (at the window's limit)" : "", right->hole_fraction, tell_bound(right),
      first->hole_fraction, tell_bound(first), right->fwhm_eV, first->fwhm_eV);
  if (row->domain.outside) say(&out, " %s lies outside the training domain.", row->name);
}

void cuxas_validation_answer_tell(const cuxas_answers_row *row, const cuxas_answers_failure *failure, char *ret_text,
                                  size_t n_byte)
{
  const cuxas_answered *said = &failure->said;
  ret_text[0]                = '\0';
  cuxas_text_append(ret_text, n_byte, "%s ", failure->sentence);
  if (failure->is_absent)
    cuxas_text_append(ret_text, n_byte, "First: %s, probability %.2f; %s was taken out.", said->first,
                      said->first_probability, row->compound);
  else
    cuxas_text_append(ret_text, n_byte, "First: %s, probability %.2f; right: %s, %.2f, number %zu of %zu.", said->first,
                      said->first_probability, row->compound, said->probability, said->rank, said->n_compound);
}

/* ---- 2. the table ------------------------------------------------------------------------------------------- */

/* Contents: 1. one compound  2. means  3. errors beside each other */

/* 1. one compound */

/* Further candidates may hold a measured standard of the same name: that is not the structure. */
static const cuxas_hit *find_structure(const cuxas_hits *hits, const char *name)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE && strcmp(hits->hit[i].name, name) == 0) return &hits->hit[i];
  return NULL;
}

static double find_margin(const cuxas_hits *hits, const cuxas_hit *right)
{
  double best = -INFINITY;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (&hits->hit[i] != right) best = fmax(best, hits->hit[i].comparison.score);
  return hits->n_hit > 1 ? right->comparison.score - best : NAN;
}

void cuxas_validation_fill(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                           const cuxas_hits *hits)
{
  const cuxas_hit *hit = find_structure(hits, name);

  row->n_candidate = hits->n_hit;
  if (hit == NULL) {
    row->is_failure = true;
    snprintf(row->reason, sizeof row->reason, "no usable structure of this name among the candidates");
    return;
  }
  row->rank          = hit->rank;
  row->rank_mae      = hit->rank_mae;
  row->rank_spearman = hit->rank_spearman;
  row->comparison    = hit->comparison;
  row->domain        = hit->domain;
  row->margin        = find_margin(hits, hit);
  memcpy(row->candidate_sha256, hit->sha256, sizeof row->candidate_sha256);
  snprintf(row->first, sizeof row->first, "%s", hits->hit[0].name);
  row->n_edge = query->n_edge;
  memcpy(row->edge, query->edge, sizeof row->edge);
  memcpy(row->measured_onset, query->onset, sizeof row->measured_onset);
}

cuxas_status cuxas_validation_keep(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                                   cuxas_scale scale, const cuxas_hits *hits, cuxas_error *err)
{
  const cuxas_hit   *hit      = find_structure(hits, name);
  const size_t       n_energy = query->grid.n_energy;
  const cuxas_report scaled   = {.query = query, .compare = {.scale = scale}};
  if (hit == NULL || hit->shifted == NULL) return CUXAS_OK;
  row->grid      = query->grid;
  row->measured  = cuxas_new(err, n_energy, sizeof *row->measured);
  row->predicted = cuxas_new(err, n_energy, sizeof *row->predicted);
  if (row->measured == NULL || row->predicted == NULL) return CUXAS_ENOMEM;
  cuxas_report_scale_measured(&scaled, row->measured);
  memcpy(row->predicted, hit->shifted, n_energy * sizeof *row->predicted);
  return CUXAS_OK;
}

void cuxas_validation_free(cuxas_validation_row *row, size_t n_row)
{
  for (size_t i = 0; row != NULL && i < n_row; i++) {
    free(row[i].measured);
    free(row[i].predicted);
  }
  free(row);
}

double cuxas_validation_onset_eV(const cuxas_validation_row *row, size_t i_edge, bool is_shifted)
{
  const cuxas_onset *measured = &row->measured_onset[i_edge], *predicted = &row->comparison.predicted_onset[i_edge];
  if (!measured->found || !predicted->found) return NAN;
  return predicted->energy_eV - measured->energy_eV + (is_shifted ? row->comparison.shift_eV : 0.0);
}

/* 2. means */

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_mae(const cuxas_validation_row *row, size_t n_row)
{
  double *mae    = cuxas_new(NULL, n_row, sizeof *mae);
  size_t  n      = 0;
  double  median = NAN;

  if (mae == NULL) return NAN;
  for (size_t i = 0; i < n_row; i++)
    if (row[i].reason[0] == '\0') mae[n++] = row[i].comparison.mae;
  qsort(mae, n, sizeof *mae, compare_doubles);
  if (n > 0) median = n % 2 == 1 ? mae[n / 2] : 0.5 * (mae[n / 2 - 1] + mae[n / 2]);
  free(mae);
  return median;
}

void cuxas_validation_average(const cuxas_validation_row *row, size_t n_row, cuxas_validation_means *ret_means)
{
  cuxas_validation_means *means                           = ret_means;
  size_t                  n_onset[CUXAS_COMPARE_MAX_EDGE] = {0};

  *means = (cuxas_validation_means){0};
  for (size_t i = 0; i < n_row; i++) {
    if (row[i].reason[0] != '\0') continue;
    means->n_measured++;
    means->mae += row[i].comparison.mae;
    means->spearman += row[i].comparison.spearman;
    means->pearson += row[i].comparison.pearson;
    means->shift_eV += row[i].comparison.shift_eV;
    means->hole_fraction += row[i].comparison.hole_fraction;
    means->margin += row[i].margin;
    means->n_first += row[i].rank == 1;
    means->n_first_by_mae += row[i].rank_mae == 1;
    means->n_first_by_spearman += row[i].rank_spearman == 1;
    means->n_top3 += row[i].rank <= 3;
    for (size_t k = 0; k < row[i].n_edge; k++) {
      const double difference_eV = cuxas_validation_onset_eV(&row[i], k, true);
      if (!isfinite(difference_eV)) continue;
      means->onset_eV[k] += fabs(difference_eV);
      n_onset[k]++;
    }
  }
  const double n = means->n_measured > 0 ? (double)means->n_measured : NAN;
  means->mae /= n;
  means->spearman /= n;
  means->pearson /= n;
  means->shift_eV /= n;
  means->hole_fraction /= n;
  means->margin /= n;
  means->median_mae = median_mae(row, n_row);
  for (size_t k = 0; k < CUXAS_COMPARE_MAX_EDGE; k++) means->onset_eV[k] /= n_onset[k] > 0 ? (double)n_onset[k] : NAN;
}

/* 3. errors beside each other */

static bool has_curves(const cuxas_validation_row *row)
{
  return row->reason[0] == '\0' && row->measured != NULL && row->predicted != NULL;
}

bool cuxas_validation_distances(const cuxas_validation_report *report, size_t i_row,
                                double ret_distance[CUXAS_N_DISTANCE])
{
  if (report->n_source <= CUXAS_VALIDATION_SIMULATED) return false;
  const cuxas_validation_row *model     = &report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED][i_row];
  const cuxas_validation_row *simulated = &report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED][i_row];
  const size_t                n         = model->grid.n_energy;
  double                      sum       = 0.0;
  if (!has_curves(model) || !has_curves(simulated) || n != simulated->grid.n_energy) return false;
  for (size_t i = 0; i < n; i++) sum += fabs(model->predicted[i] - simulated->predicted[i]);
  ret_distance[CUXAS_MODEL_MEASURED]     = model->comparison.mae;
  ret_distance[CUXAS_SIMULATED_MEASURED] = simulated->comparison.mae;
  ret_distance[CUXAS_MODEL_SIMULATED]    = sum / (double)n;
  return true;
}
