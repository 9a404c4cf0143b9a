/* overview.c - a batch in one table: a row a scan, as CSV, on a terminal, as a page
 *
 *   1. rows
 *   2. equal scans
 *   3. CSV and terminal
 *   4. pictures and series
 *   5. page */
#include "report/overview.h"
#include "report/answer.h"
#include "report/verdict.h"
#include "base/text.h"

#include "base/memory.h"
#include "cuxas/report.h"
#include "write/figure.h"
#include "write/page.h"
#include "write/text.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 1. rows */

static const cJSON *get(const cJSON *object, const char *name)
{
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static double number_of(const cJSON *object, const char *name)
{
  const cJSON *node = get(object, name);
  return cJSON_IsNumber(node) ? node->valuedouble : NAN;
}

static char *copy_text(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(get(object, name));
  return cuxas_copy_text(NULL, text != NULL ? text : "");
}

/* Adds the texts of two arrays to one, "; " between them. NULL: no memory */
static char *join_texts(const cJSON *first, const cJSON *second)
{
  const cJSON *const array[] = {first, second};
  size_t             n_byte  = 1;
  const cJSON       *item;

  for (int i = 0; i < 2; i++)
    cJSON_ArrayForEach(item, array[i]) n_byte += cJSON_IsString(item) ? strlen(item->valuestring) + 2 : 0;
  char *text = cuxas_new(NULL, n_byte, 1);
  for (int i = 0; text != NULL && i < 2; i++) cJSON_ArrayForEach(item, array[i])
    {
      if (!cJSON_IsString(item)) continue;
      if (*text != '\0') strcat(text, "; ");
      strcat(text, item->valuestring);
    }
  return text;
}

/* Of the candidates behind the first, the one with the smallest MAE; of equals the better ranked. NULL: there is none */
static const cJSON *find_next(const cJSON *best)
{
  const cJSON *next = NULL;
  for (const cJSON *other = best != NULL ? best->next : NULL; other != NULL; other = other->next)
    if (next == NULL || number_of(other, "mae") < number_of(next, "mae")) next = other;
  return next;
}

/* The largest member of an object of probabilities; NULL: there is none. */
static const cJSON *largest_of(const cJSON *object)
{
  const cJSON *best = NULL, *one;
  cJSON_ArrayForEach(one, object) if (cJSON_IsNumber(one) && (best == NULL || one->valuedouble > best->valuedouble))
      best = one;
  return best;
}

static void fill_surroundings(const cJSON *around, cuxas_overview_row *row)
{
  static const char *const NAME[] = {"0", "1", "2"};
  const cJSON             *fold = largest_of(get(around, "coordination")), *ligand = largest_of(get(around, "ligand"));
  const double             distance_A = number_of(get(around, "distance_A"), "mean");
  char                     text[200]  = "";
  size_t                   n = 0, best = 0;
  for (size_t k = 0; k < 3; k++) {
    row->state[k] = number_of(get(around, "oxidation_state"), NAME[k]);
    if (row->state[k] > row->state[best]) best = k;
  }
  if (!isnan(row->state[best]))
    n += (size_t)cuxas_text_print(text, sizeof text, "%s %.0f %%", cuxas_state_name((int)best),
                                  100.0 * row->state[best]);
  if (n > 0 && fold != NULL)
    n += (size_t)cuxas_text_print(text + n, sizeof text - n, ", %.4s-fold %.0f %%", fold->string,
                                  100.0 * fold->valuedouble);
  if (n > 0 && ligand != NULL)
    n += (size_t)cuxas_text_print(text + n, sizeof text - n, ", %.40s %.0f %%", ligand->string,
                                  100.0 * ligand->valuedouble);
  if (n > 0 && !isnan(distance_A)) cuxas_text_print(text + n, sizeof text - n, ", %.2f \xC3\x85", distance_A);
  row->around = cuxas_copy_text(NULL, text);
}

static void fill_edge(const cJSON *edge, double number[CUXAS_OVERVIEW_N_NUMBER])
{
  static const char *const NAME[] = {"onset_eV",     "peak_eV",    "width_eV", "height_over_step",
                                     "splitting_eV", "area_ratio", "peak_eV"};
  const cJSON             *first =
      edge != NULL && cJSON_IsObject(edge->child) && get(edge->child, "onset_eV") != NULL ? edge->child : NULL;
  const cJSON *second = first != NULL && get(first->next, "onset_eV") != NULL ? first->next : NULL;
  for (size_t i = 0; i < CUXAS_OVERVIEW_N_NUMBER; i += 2) {
    const cJSON *of = get(i < CUXAS_OVERVIEW_SPLITTING ? first
                          : i < CUXAS_OVERVIEW_PEAK_2  ? edge
                                                       : second,
                          NAME[i / 2]);
    number[i]     = number_of(of, "value");
    number[i + 1] = number_of(of, "sd");
  }
}

/* Is this one measured spectrum that agrees, and not the measurement itself? */
static bool is_agreed(const cJSON *report, const char *name)
{
  const cJSON *standard;
  cJSON_ArrayForEach(standard, get(get(report, "standards"), "candidates"))
  {
    const char *own = cJSON_GetStringValue(get(standard, "name"));
    if (own != NULL && name != NULL && strcmp(own, name) == 0)
      return !cJSON_IsTrue(get(standard, "same_measurement")) && cuxas_answer_agrees(number_of(standard, "score"));
  }
  return false;
}

/* Of the sum that is the answer, or of the one standard that agrees: of others a share says nothing. */
static void fill_shares(const cJSON *report, cuxas_overview_row *row)
{
  const char  *kind     = cJSON_GetStringValue(get(get(report, "answer"), "kind"));
  const bool   is_sum   = kind != NULL && strcmp(kind, "mixture") == 0;
  const bool   has_name = kind != NULL && (strcmp(kind, "compound") == 0 || strcmp(kind, "standard") == 0);
  const cJSON *fit, *component;
  cJSON_ArrayForEach(fit, get(get(report, "standards_mixture"), "fits"))
  {
    const cJSON *list   = get(fit, "components");
    const char  *first  = cJSON_GetStringValue(get(cJSON_GetArrayItem(list, 0), "name"));
    const bool   is_one = has_name && cJSON_GetArraySize(list) == 1 && is_agreed(report, first);
    if (!cJSON_IsTrue(get(fit, "chosen")) || !(is_sum || is_one)) continue;
    cJSON_ArrayForEach(component, list)
    {
      const char  *name     = cJSON_GetStringValue(get(component, "name"));
      const cJSON *interval = get(component, "interval");
      if (name == NULL || row->n_share == CUXAS_OVERVIEW_MAX_SHARE) continue;
      cuxas_overview_share *share = &row->share[row->n_share++];
      *share = (cuxas_overview_share){.share = number_of(component, "share"), .low = NAN, .high = NAN};
      snprintf(share->name, sizeof share->name, "%s", name);
      if (cJSON_GetArraySize(interval) != 2) continue;
      share->low  = cJSON_GetNumberValue(cJSON_GetArrayItem(interval, 0));
      share->high = cJSON_GetNumberValue(cJSON_GetArrayItem(interval, 1));
    }
  }
}

static double *copy_curve(const cJSON *array, size_t n_energy)
{
  double      *curve = cuxas_new(NULL, n_energy, sizeof *curve);
  const cJSON *item  = array != NULL ? array->child : NULL;
  for (size_t i = 0; curve != NULL && i < n_energy; i++, item = item != NULL ? item->next : NULL)
    curve[i] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
  return curve;
}

static bool fill_picture(const cJSON *picture, cuxas_overview_row *row)
{
  const double start_eV = number_of(picture, "start_eV"), step_eV = number_of(picture, "step_eV");
  const size_t n = (size_t)cJSON_GetArraySize(get(picture, "measured"));
  if (n < 2 || !isfinite(start_eV) || !(step_eV > 0.0)) return true;
  row->grid      = (cuxas_grid){start_eV, step_eV, n};
  row->measured  = copy_curve(get(picture, "measured"), n);
  row->candidate = copy_curve(get(picture, "candidate"), n);
  return row->measured != NULL && row->candidate != NULL;
}

cuxas_status cuxas_overview_row_fill(const cJSON *report, cuxas_overview_row *row, cuxas_error *err)
{
  const cJSON *candidates = get(report, "candidates"), *simulated = get(get(report, "simulated"), "candidates");
  const cJSON *best = cJSON_GetArrayItem(cJSON_GetArraySize(simulated) > 0 ? simulated : candidates, 0);
  const cJSON *next = find_next(best);

  row->n_compared = (size_t)cJSON_GetArraySize(candidates);
  row->n_skipped  = (size_t)cJSON_GetArraySize(get(report, "skipped"));
  row->mae        = number_of(best, "mae");
  row->spearman   = number_of(best, "spearman");
  row->shift_eV   = number_of(best, "shift_eV");
  row->margin     = number_of(next, "mae") - row->mae;
  row->verdict    = copy_text(get(report, "verdict"), "kind");
  row->answer     = copy_text(get(report, "answer"), "sentence");
  fill_surroundings(get(get(report, "answer"), "surroundings"), row);
  fill_edge(get(get(report, "answer"), "edge"), row->number);
  fill_shares(report, row);
  const bool has_picture = fill_picture(get(report, "picture"), row);
  row->warnings          = join_texts(get(get(report, "measured"), "warnings"), get(best, "warnings"));
  if (best != NULL) {
    row->best    = copy_text(best, "name");
    row->formula = copy_text(best, "formula");
  }
  if (next != NULL) row->next = copy_text(next, "name");
  const bool is_whole = row->verdict != NULL && row->warnings != NULL && has_picture && row->answer != NULL &&
                        row->around != NULL && (best == NULL || (row->best != NULL && row->formula != NULL)) &&
                        (next == NULL || row->next != NULL);
  return is_whole ? CUXAS_OK : cuxas_no_memory(err);
}

void cuxas_overview_row_clear(cuxas_overview_row *row)
{
  free(row->scan);
  free(row->stem);
  free(row->reason);
  free(row->best);
  free(row->formula);
  free(row->next);
  free(row->verdict);
  free(row->warnings);
  free(row->answer);
  free(row->around);
  free(row->measured);
  free(row->candidate);
  *row = (cuxas_overview_row){0};
}

/* 2. equal scans */

/* Value at an energy, linear between points; NaN outside. */
static double value_at(const cuxas_overview_row *row, double energy_eV)
{
  const double x = (energy_eV - row->grid.start_eV) / row->grid.step_eV;
  if (x < -1e-6 || x > (double)(row->grid.n_energy - 1) + 1e-6) return NAN;
  const size_t i    = (size_t)fmin(fmax(floor(x + 1e-6), 0.0), (double)(row->grid.n_energy - 2));
  const double part = x - (double)i;
  return fabs(part) < 1e-6 ? row->measured[i] : (1.0 - part) * row->measured[i] + part * row->measured[i + 1];
}

static bool is_equal(const cuxas_overview_row *a, const cuxas_overview_row *b)
{
  double sum = 0.0, noise = 0.0, last[4] = {NAN, NAN, NAN, NAN};
  size_t n = 0, n_noise = 0;
  if (a->grid.n_energy < 2 || b->grid.n_energy < 2) return false;
  for (size_t i = 0; i < a->grid.n_energy; i++) {
    const double difference = a->measured[i] - value_at(b, cuxas_grid_energy_eV(a->grid, i));
    for (int k = 0; k < 3; k++) last[k] = last[k + 1];
    last[3]            = difference;
    const double third = last[3] - 3.0 * last[2] + 3.0 * last[1] - last[0];
    if (isfinite(difference)) sum += difference * difference, n++;
    if (isfinite(third))
      noise += fmin(third * third, 20.0 * CUXAS_OVERVIEW_EQUAL_NOISE * CUXAS_OVERVIEW_EQUAL_NOISE) / 20.0, n_noise++;
  }
  if ((double)n * a->grid.step_eV < 10.0 || n_noise == 0) return false;
  const double variance = noise / (double)n_noise, left = sum / (double)n - variance;
  const double chance = 4.0 * variance * sqrt(2.0 / (double)n); /* by which the variance of noise itself may be off */
  return left < CUXAS_OVERVIEW_EQUAL_RMS * CUXAS_OVERVIEW_EQUAL_RMS + chance;
}

void cuxas_overview_find_equal(const cuxas_overview_row *row, size_t n_row, size_t *ret_first)
{
  for (size_t i = 0; i < n_row; i++) {
    ret_first[i] = i;
    for (size_t k = 0; k < i && ret_first[i] == i; k++)
      if (ret_first[k] == k && is_equal(&row[k], &row[i])) ret_first[i] = k;
  }
}

/* 3. CSV and terminal */

static void put_text(FILE *out, const char *text)
{
  cuxas_text_put_csv(out, text);
  putc(',', out);
}

static void put_number(FILE *out, double value)
{
  cuxas_text_put_csv_number(out, value);
  putc(',', out);
}

static void put_empty(FILE *out, int n_field)
{
  for (int i = 0; i < n_field; i++) putc(',', out);
}

void cuxas_overview_write_csv(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  fputs(CUXAS_OVERVIEW_CSV_HEADER "\n", out);
  for (size_t i = 0; i < n_row; i++) {
    put_text(out, row[i].scan);
    if (row[i].reason != NULL) {
      put_empty(out, 31);
      cuxas_text_put_csv(out, row[i].reason);
      putc('\n', out);
      continue;
    }
    put_text(out, row[i].best);
    put_text(out, row[i].formula);
    put_number(out, row[i].mae);
    put_number(out, row[i].spearman);
    put_number(out, row[i].margin);
    put_text(out, row[i].next);
    put_number(out, row[i].shift_eV);
    put_text(out, row[i].verdict);
    fprintf(out, "%zu,%zu,", row[i].n_compared, row[i].n_skipped);
    put_text(out, row[i].warnings);
    put_text(out, row[i].answer);
    put_text(out, row[i].around);
    for (size_t k = 0; k < 3; k++) put_number(out, row[i].state[k]);
    for (size_t k = 0; k < CUXAS_OVERVIEW_N_NUMBER; k++) put_number(out, row[i].number[k]);
    put_text(out, row[i].stem);
    putc('\n', out);
  }
}

cuxas_status cuxas_report_write_overview(const void *report, FILE *out, cuxas_error *err)
{
  const cuxas_report *of     = report;
  cJSON              *root   = cuxas_report_json(of);
  cuxas_overview_row  row    = {.scan = cuxas_copy_text(err, of->measured_path), .stem = cuxas_copy_text(err, "")};
  cuxas_status        status = CUXAS_ENOMEM;
  if (root == NULL || row.scan == NULL || row.stem == NULL)
    status = cuxas_no_memory(err);
  else if ((status = cuxas_overview_row_fill(root, &row, err)) == CUXAS_OK)
    cuxas_overview_write_csv(&row, 1, out);
  cuxas_overview_row_clear(&row);
  cJSON_Delete(root);
  return status;
}

void cuxas_overview_write_text(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  const cuxas_locale locale = cuxas_locale_begin();
  enum { SCAN_COLUMN = 26, BEST_COLUMN = 20 };
  fprintf(out, "%-*s  %-*s   MAE  Spearman  margin  shift  verdict\n", SCAN_COLUMN, "scan", BEST_COLUMN, "best");
  for (size_t i = 0; i < n_row; i++) {
    cuxas_text_put_cell(out, row[i].stem, SCAN_COLUMN);
    fputs("  ", out);
    if (row[i].reason != NULL) {
      fputs("failed: see below\n", out);
      continue;
    }
    cuxas_text_put_cell(out, row[i].best != NULL ? row[i].best : "-", BEST_COLUMN);
    fprintf(out, " %5.3f %9.3f", row[i].mae, row[i].spearman);
    isfinite(row[i].margin) ? fprintf(out, "  %+6.3f", row[i].margin) : fprintf(out, "  %6s", "-");
    fprintf(out, " %+6.2f  %s%s\n", row[i].shift_eV, row[i].verdict, *row[i].warnings != '\0' ? ", warnings" : "");
    if (*row[i].answer != '\0') cuxas_text_put_wrapped(out, "    ", row[i].answer);
  }
  cuxas_text_put_wrapped(
      out, "",
      "margin: smallest MAE of the other candidates minus that of the best; below about 0.03 it separates "
      "nothing, negative the measures disagree. shift: added to the predicted energies, eV.");
  for (size_t i = 0; i < n_row; i++)
    if (row[i].reason != NULL) cuxas_text_put_wrapped(out, "failed: ", row[i].reason);
  cuxas_locale_end(locale);
}

/* 4. pictures and series */

#define THUMB_WIDTH 150.0
#define THUMB_HEIGHT 52.0

/* One line of a small picture; gaps where there is no value. */
static void put_path(const cuxas_overview_row *row, const double *mu, const char *class, FILE *out)
{
  const double across = THUMB_WIDTH / (double)(row->grid.n_energy - 1);
  bool         is_on  = false;
  fprintf(out, "<path class=\"%s\" d=\"", class);
  for (size_t i = 0; i < row->grid.n_energy; i++) {
    if (isfinite(mu[i]))
      fprintf(out, "%c%.1f %.1f", is_on ? 'L' : 'M', across * (double)i,
              THUMB_HEIGHT - 3.0 - (THUMB_HEIGHT - 6.0) * fmin(fmax(mu[i], -0.05), 1.05));
    is_on = isfinite(mu[i]);
  }
  fputs("\"/>", out);
}

static void put_thumb(const cuxas_overview_row *row, FILE *out)
{
  fputs("<td class=\"thumb\">", out);
  if (row->grid.n_energy >= 2) {
    fprintf(out, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", THUMB_WIDTH, THUMB_HEIGHT);
    cuxas_html_printf(out, "measured, and %s as predicted", row->best != NULL ? row->best : "nothing");
    fputs("\">", out);
    put_path(row, row->candidate, "candidate", out);
    put_path(row, row->measured, "measured", out);
    fputs("</svg>", out);
  }
  fputs("</td>", out);
}

typedef struct {
  const char *name;
  double     *value, *low, *high; /* (n_row), of each scan; NaN: none */
} series;

enum { MAX_SERIES = 6, N_PANEL = 3 };

typedef struct {
  size_t  n_row, n_series[N_PANEL];
  series  one[N_PANEL][MAX_SERIES];
  double  low[N_PANEL], high[N_PANEL];
  double *number; /* what value, low and high point to */
} all_series;

#define SERIES_WIDTH_PT 760.0
#define SERIES_PANEL_PT 132.0
static const char *const SERIES_TITLE[N_PANEL] = {"probability of state", "share", "L3 onset (eV)"};

static size_t n_panels(const all_series *all)
{
  size_t n = 0;
  for (size_t k = 0; k < N_PANEL; k++) n += all->n_series[k] > 0;
  return n;
}

static void draw_one(cuxas_canvas *canvas, const cuxas_panel *panel, const series *of, size_t n_row, size_t i)
{
  const cuxas_colour     colour = cuxas_palette(i);
  const cuxas_line_style line   = {CUXAS_LINE_SOLID, 1.2, colour};
  const cuxas_text_style words  = {9.0, false, CUXAS_ALIGN_LEFT, 100.0, colour};
  cuxas_panel_curve(canvas, panel, (cuxas_grid){1.0, 1.0, n_row}, of->value, 0.0, line);
  for (size_t k = 0; k < n_row; k++) {
    if (isnan(of->value[k])) continue;
    cuxas_panel_line(canvas, panel, (double)k + 1.0, of->low[k], (double)k + 1.0, of->high[k], line);
    cuxas_canvas_box(canvas, cuxas_panel_x_pt(panel, (double)k + 1.0) - 2.0,
                     cuxas_panel_y_pt(panel, of->value[k]) - 2.0, 4.0, 4.0, colour);
  }
  cuxas_canvas_text(canvas, panel->left_pt + panel->width_pt + 8.0, panel->top_pt + 12.0 + 14.0 * (double)i, words,
                    of->name);
}

static void draw_series(cuxas_canvas *canvas, const void *user)
{
  const all_series *all   = user;
  const size_t      n     = n_panels(all);
  size_t            place = 0;
  for (size_t k = 0; k < N_PANEL; k++) {
    if (all->n_series[k] == 0) continue;
    const cuxas_panel panel   = {60.0,
                                 8.0 + SERIES_PANEL_PT * (double)place,
                                 SERIES_WIDTH_PT - 180.0,
                                 SERIES_PANEL_PT - 16.0,
                                 0.5,
                                 (double)all->n_row + 0.5,
                                 all->low[k],
                                 all->high[k]};
    const bool        is_last = ++place == n;
    cuxas_panel_x_axis(canvas, &panel, is_last ? "scan, in the order of the table" : NULL, is_last);
    cuxas_panel_y_axis(canvas, &panel, SERIES_TITLE[k]);
    for (size_t i = 0; i < all->n_series[k]; i++) draw_one(canvas, &panel, &all->one[k][i], all->n_row, i);
    cuxas_panel_frame(canvas, &panel);
  }
}

static series *add_series(all_series *all, size_t i_panel, const char *name)
{
  for (size_t i = 0; i < all->n_series[i_panel]; i++)
    if (strcmp(all->one[i_panel][i].name, name) == 0) return &all->one[i_panel][i];
  if (all->n_series[i_panel] == MAX_SERIES) return NULL;
  series *of  = &all->one[i_panel][all->n_series[i_panel]];
  double *own = all->number + 3 * all->n_row * (i_panel * MAX_SERIES + all->n_series[i_panel]++);
  *of         = (series){name, own, own + all->n_row, own + 2 * all->n_row};
  for (size_t i = 0; i < 3 * all->n_row; i++) own[i] = NAN;
  return of;
}

static void fill_states(const cuxas_overview_row *row, all_series *all)
{
  for (int s = 0; s < 3; s++) {
    series *of = add_series(all, 0, cuxas_state_name(s));
    for (size_t i = 0; of != NULL && i < all->n_row; i++)
      if (row[i].reason == NULL) of->value[i] = row[i].state[s];
  }
}

/* Shares below 0.5 % in all scans are no series. A scan that needs no second standard has one of 1. */
static void fill_sums(const cuxas_overview_row *row, all_series *all)
{
  for (size_t i = 0; i < all->n_row; i++)
    for (size_t k = 0; k < row[i].n_share; k++) {
      series *of = row[i].share[k].share < 0.005 ? NULL : add_series(all, 1, row[i].share[k].name);
      if (of == NULL) continue;
      of->value[i] = row[i].share[k].share;
      of->low[i]   = row[i].share[k].low;
      of->high[i]  = row[i].share[k].high;
    }
  for (size_t k = 0; k < all->n_series[1]; k++) /* what a sum does not need has no share in it */
    for (size_t i = 0; i < all->n_row; i++)
      if (isnan(all->one[1][k].value[i]) && row[i].n_share > 0) all->one[1][k].value[i] = 0.0;
}

static void fill_onsets(const cuxas_overview_row *row, all_series *all)
{
  double *low = &all->low[2], *high = &all->high[2];
  *low = HUGE_VAL, *high = -HUGE_VAL;
  for (size_t i = 0; i < all->n_row; i++) {
    const double value = row[i].number[CUXAS_OVERVIEW_ONSET], sd = row[i].number[CUXAS_OVERVIEW_ONSET + 1];
    if (row[i].reason != NULL || isnan(value)) continue;
    series *of   = add_series(all, 2, "L3 onset");
    of->value[i] = value;
    of->low[i]   = value - sd;
    of->high[i]  = value + sd;
    *low         = fmin(*low, value - 0.2);
    *high        = fmax(*high, value + 0.2);
  }
}

static cuxas_status put_series(const cuxas_overview_row *row, size_t n_row, FILE *out, cuxas_error *err)
{
  all_series all      = {.n_row = n_row, .low = {-0.05, -0.05, 0.0}, .high = {1.05, 1.05, 1.0}};
  char      *svg      = NULL;
  size_t     n_report = 0;
  for (size_t i = 0; i < n_row; i++) n_report += row[i].grid.n_energy > 0;
  if (n_report < CUXAS_OVERVIEW_MIN_SERIES) return CUXAS_OK;
  all.number = cuxas_new(err, 3 * N_PANEL * MAX_SERIES * n_row, sizeof *all.number);
  if (all.number == NULL) return CUXAS_ENOMEM;
  fill_states(row, &all);
  fill_sums(row, &all);
  fill_onsets(row, &all);
  const cuxas_figure figure = {"Series", SERIES_WIDTH_PT, SERIES_PANEL_PT * (double)n_panels(&all) + 24.0, draw_series,
                               &all};
  const cuxas_status status = cuxas_figure_svg_layer(&figure, "series-", &svg, err);
  if (status == CUXAS_OK)
    fprintf(
        out,
        "<section aria-labelledby=\"series\">\n<h2 id=\"series\">Series</h2>\n<figure>\n<svg class=\"plot\" "
        "viewBox=\"0 0 "
        "%.0f %.0f\" role=\"img\" aria-labelledby=\"series-text\">%s</svg>\n<figcaption id=\"series-text\">Over the "
        "scans, in the order given: how probable each state of copper is, the shares of measured standards where a "
        "sum or one of them is the answer, with their intervals where there are any, and the onset of the L3 edge with "
        "its "
        "error.</figcaption>\n</figure>\n</section>\n",
        figure.width_pt, figure.height_pt, svg);
  free(svg);
  free(all.number);
  return status;
}

/* Those that are more than one, in a list. */
static void put_equal(const cuxas_overview_row *row, size_t n_row, const size_t *first, FILE *out)
{
  size_t n_group = 0;
  for (size_t i = 0; i < n_row; i++) {
    size_t n = 0;
    for (size_t k = i; k < n_row && first[i] == i; k++) n += first[k] == i;
    if (n < 2) continue;
    fputs(n_group++ == 0 ? "<h3>Equal scans</h3>\n<ul class=\"equal\">\n<li>" : "<li>", out);
    fprintf(out, "%zu: ", n);
    for (size_t k = i; k < n_row; k++)
      if (first[k] == i) {
        fputs(k == i ? "<bdi>" : ", <bdi>", out);
        cuxas_html_put_text(out, row[k].stem);
        fputs("</bdi>", out);
      }
    fputs("</li>\n", out);
  }
  if (n_group > 0)
    fprintf(
        out,
        "</ul>\n<p class=\"note\">Their scaled curves differ by less than %g, root mean square, noise taken off.</p>\n",
        CUXAS_OVERVIEW_EQUAL_RMS);
}

/* 5. page */

/* A file name as a relative reference (RFC 3986): all but unreserved characters are percent-encoded. */
static void put_reference(FILE *out, const char *name)
{
  for (; *name != '\0'; name++) {
    const unsigned char c = (unsigned char)*name;
    if (c < 128 && (isalnum(c) || strchr("-._~", c) != NULL))
      putc(c, out);
    else
      fprintf(out, "%%%02X", (unsigned)c);
  }
}

static void put_name(FILE *out, const char *name)
{
  fputs("<bdi>", out);
  cuxas_html_put_text(out, name != NULL ? name : "\xE2\x80\x93");
  fputs("</bdi>", out);
}

static void put_row(const cuxas_overview_row *row, FILE *out)
{
  fputs("<tr><td class=\"name\" title=\"", out);
  cuxas_html_put_text(out, row->scan);
  fputs("\">", out);
  const bool is_linked = row->reason == NULL && !row->is_alone;
  if (is_linked) {
    fputs("<a href=\"", out);
    put_reference(out, row->stem);
    fputs(".html\">", out);
  }
  put_name(out, row->stem);
  if (row->reason != NULL) {
    fputs("</td><td></td><td></td><td>\xE2\x80\x93</td>", out);
    for (int i = 0; i < 3; i++) cuxas_html_put_number_cell(out, NAN, 0, 0);
    fputs("<td class=\"remarks\">failed: ", out);
    cuxas_html_put_text(out, row->reason);
    fputs("</td></tr>\n", out);
    return;
  }
  fputs(is_linked ? "</a></td>" : "</td>", out);
  put_thumb(row, out);
  fputs("<td class=\"said\">", out);
  cuxas_html_put_text(out, *row->answer != '\0' ? row->answer : row->verdict);
  if (*row->around != '\0') fputs("<br><small>", out);
  cuxas_html_put_text(out, row->around);
  fputs(*row->around != '\0' ? "</small></td><td class=\"best\">" : "</td><td class=\"best\">", out);
  put_name(out, row->best);
  fputs("</td>", out);
  cuxas_html_put_number_cell(out, row->mae, 3, 0);
  cuxas_html_put_number_cell(out, row->margin, 3, 1);
  cuxas_html_put_number_cell(out, row->shift_eV, 2, 1);
  fputs("<td class=\"remarks\">", out);
  cuxas_html_put_text(out, row->warnings);
  if (row->n_skipped > 0)
    fprintf(out, "%s%zu candidate%s skipped", *row->warnings != '\0' ? "; " : "", row->n_skipped,
            row->n_skipped == 1 ? "" : "s");
  fputs("</td></tr>\n", out);
}

static cuxas_status put_settings(const cJSON *settings, FILE *out, cuxas_error *err)
{
  fputs("<section aria-labelledby=\"settings\">\n<h2 id=\"settings\">Settings</h2>\n<p><code>", out);
  const cuxas_status status = cuxas_put_settings(out, settings, cuxas_html_put_text, err);
  fprintf(
      out,
      "</code></p>\n<p class=\"note\">cuxas-match %s; file hashes and the model are in the reports.</p>\n</section>\n",
      CUXAS_VERSION);
  return status;
}

/* How many scans are surely of each state, and of how many a compound is named. */
static void put_summary(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  size_t n_state[CUXAS_N_STATE] = {0}, n_named = 0, n_failed = 0;
  for (size_t i = 0; i < n_row; i++) {
    n_failed += row[i].reason != NULL;
    if (row[i].reason != NULL) continue;
    n_named += strcmp(row[i].verdict, cuxas_verdict_name(CUXAS_VERDICT_FAVOURED)) == 0;
    for (int k = 0; k < CUXAS_N_STATE; k++) n_state[k] += row[i].state[k] >= CUXAS_ANSWER_SURE;
  }
  fprintf(out, "%zu scan%s:", n_row, n_row == 1 ? "" : "s");
  for (int k = 0; k < CUXAS_N_STATE; k++)
    if (n_state[k] > 0) fprintf(out, " %zu of %s,", n_state[k], cuxas_state_name(k));
  fprintf(out, " %zu with a compound that is favoured", n_named);
  if (n_failed > 0) fprintf(out, ", %zu failed", n_failed);
}

static void put_scans(const cuxas_overview_row *row, size_t n_row, const size_t *first, FILE *out)
{
  static const char *const HEADING[] = {"Scan", "Spectrum", "Answer",      "First by score",
                                        "#MAE", "#Margin",  "#Shift (eV)", "Remarks"};
  fputs("<section aria-labelledby=\"scans\">\n<h2 id=\"scans\">Scans</h2>\n<div class=\"scroll\">\n<table "
        "class=\"sortable\">\n<thead><tr>",
        out);
  for (size_t i = 0; i < sizeof HEADING / sizeof *HEADING; i++)
    fprintf(out, "<th%s scope=\"col\">%s</th>", *HEADING[i] == '#' ? " class=\"number\"" : "",
            HEADING[i] + (*HEADING[i] == '#'));
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t i = 0; i < n_row; i++) put_row(&row[i], out);
  fprintf(
      out,
      "</tbody>\n</table>\n</div>\n<p class=\"note\">Margin: smallest MAE of the other candidates minus that of the "
      "best; below about %.2f it separates nothing, negative the measures disagree. Shift: added to the predicted "
      "energies. Spectrum: measured, in colour the answer or else the first candidate as predicted.%s</p>\n",
      CUXAS_GAP_MAE,
      n_row > 0 && row[0].is_alone ? "" : " A scan's name leads to its report, which says how far to trust it.");
  put_equal(row, n_row, first, out);
  fputs("</section>\n", out);
}

cuxas_status cuxas_overview_write_html(const cuxas_overview_row *row, size_t n_row, const cJSON *settings, FILE *out,
                                       cuxas_error *err)
{
  size_t *first = cuxas_new(err, n_row, sizeof *first);
  if (first == NULL) return CUXAS_ENOMEM;
  cuxas_overview_find_equal(row, n_row, first);
  cuxas_page_begin(out, "Overview \xE2\x80\x93 CuXAS match");
  fputs("<header>\n<p class=\"kind\">CuXAS match reports</p>\n<h1>Overview</h1>\n<p class=\"summary\">", out);
  put_summary(row, n_row, out);
  fputs(".</p>\n</header>\n<main>\n", out);
  if (n_row <= CUXAS_OVERVIEW_FEW) put_scans(row, n_row, first, out);
  cuxas_status status = put_series(row, n_row, out, err);
  if (n_row > CUXAS_OVERVIEW_FEW) put_scans(row, n_row, first, out);
  free(first);
  if (status == CUXAS_OK) status = put_settings(settings, out, err);
  fputs("</main>\n", out);
  cuxas_page_end(out);
  return status;
}
