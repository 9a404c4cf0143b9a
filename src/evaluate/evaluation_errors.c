/* evaluation_errors.c - drawings of an evaluation: errors, edges, onsets, calibration; groups of sites
 *
 * Contents: 1. errors  2. groups of sites */
#include "base/memory.h"
#include "base/elements.h"
#include "evaluate/evaluation_figure.h"
#include "write/figure.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. errors ---------------------------------------------------------------------------------------------- */

/* Contents: 1. histogram  2. edges  3. onsets  4. calibration  5. distance  6. learning curve */

static const char MAE_LABEL[] = "mean absolute error (edge step 1)";

/* 1. histogram */

static cuxas_line_style predictor_line(int predictor)
{
  static const cuxas_line_kind KIND[CUXAS_N_PREDICTOR] = {CUXAS_LINE_SOLID, CUXAS_LINE_DASHED, CUXAS_LINE_DOTTED};
  return (cuxas_line_style){KIND[predictor], 1.8,
                            predictor == CUXAS_BY_MODEL ? CUXAS_BLACK : cuxas_palette((size_t)predictor)};
}

void cuxas_evaluation_draw_histogram(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n = cuxas_evaluation_edges(figure, edge);
  cuxas_legend_entry             legend[CUXAS_N_PREDICTOR];

  for (int p = 0; p < CUXAS_N_PREDICTOR; p++)
    legend[p] = (cuxas_legend_entry){
        .text = cuxas_predictor_name((cuxas_predictor)p), .is_line = true, .line = predictor_line(p)};
  cuxas_canvas_legend(canvas, 54.0, 16.0, legend, CUXAS_N_PREDICTOR);
  for (size_t i = 0; i < n; i++) {
    const cuxas_histogram *h     = &edge[i]->histogram;
    cuxas_panel            panel = cuxas_evaluation_place(i, n, 46.0, EVALUATION_HEIGHT_PT);
    double                 most  = 1.0;
    for (size_t k = 0; k < h->n_bin; k++) most = fmax(most, (double)h->count[k]);
    panel.x_low  = h->low - h->step;
    panel.x_high = h->low + ((double)h->n_bin + 1.0) * h->step;
    panel.y_high = 1.08 * most;
    for (int p = 0; p < CUXAS_N_PREDICTOR; p++) {
      panel.x_low  = fmin(panel.x_low, log10(edge[i]->summary[p].median) - h->step);
      panel.x_high = fmax(panel.x_high, log10(edge[i]->summary[p].median) + h->step);
    }
    cuxas_panel_y_axis(canvas, &panel, "sites");
    cuxas_panel_log_x_axis(canvas, &panel, MAE_LABEL);
    for (size_t k = 0; k < h->n_bin; k++) {
      const double x = h->low + (double)k * h->step, gap = 0.04 * h->step;
      cuxas_panel_bar(canvas, &panel, x + gap, 0.0, x + h->step - gap, (double)h->count[k], cuxas_ramp(0.4));
    }
    for (int p = CUXAS_N_PREDICTOR - 1; p >= 0; p--) {
      const double x = log10(edge[i]->summary[p].median);
      cuxas_panel_line(canvas, &panel, x, 0.0, x, panel.y_high, predictor_line(p));
    }
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s: median %.4f, %zu sites", cuxas_evaluation_edge_name(figure, edge[i]),
                             edge[i]->summary[CUXAS_BY_MODEL].median, edge[i]->n_row);
  }
}

/* 2. edges */

/* widen() - a range that takes in the logarithms of an edge's errors */
static void widen(const cuxas_edge_evaluation *edge, double *low, double *high)
{
  for (size_t i = 0; i < edge->n_row; i++) {
    const double x = log10(fmax(edge->mae[edge->row[i]], 1e-6));
    *low           = fmin(*low, x - 0.05);
    *high          = fmax(*high, x + 0.05);
  }
}

void cuxas_evaluation_draw_edges(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  if (cuxas_evaluation_edges(figure, edge) < 2) return;
  const bool *simulated = figure->report->evaluation->dataset->simulated[edge[1]->i_edge][figure->channel];
  cuxas_panel panel     = {54.0, 46.0, 256.0, 256.0, HUGE_VAL, -HUGE_VAL, 0.0, 0.0};
  size_t      n_lower = 0, n_both = 0;
  char        x_label[96], y_label[96];
  widen(edge[0], &panel.x_low, &panel.x_high);
  widen(edge[1], &panel.x_low, &panel.x_high);
  panel.y_low  = panel.x_low;
  panel.y_high = panel.x_high;
  snprintf(x_label, sizeof x_label, "%s: %s", cuxas_evaluation_edge_name(figure, edge[0]), MAE_LABEL);
  snprintf(y_label, sizeof y_label, "%s: %s", cuxas_evaluation_edge_name(figure, edge[1]), MAE_LABEL);
  cuxas_panel_log_x_axis(canvas, &panel, x_label);
  cuxas_panel_log_y_axis(canvas, &panel, y_label);
  cuxas_panel_line(canvas, &panel, panel.x_low, panel.x_low, panel.x_high, panel.x_high,
                   (cuxas_line_style){CUXAS_LINE_DASHED, 1.0, CUXAS_GREY});
  for (size_t i = 0; i < edge[1]->n_row; i++) {
    const size_t row = edge[1]->row[i];
    if (isnan(edge[0]->mae[row])) continue;
    n_both++;
    n_lower += edge[1]->mae[row] < edge[0]->mae[row];
    cuxas_panel_mark(canvas, &panel, log10(edge[0]->mae[row]), log10(edge[1]->mae[row]),
                     simulated[row] ? CUXAS_MARK_DISC : CUXAS_MARK_RING, 5.0, cuxas_palette(simulated[row] ? 0 : 4));
  }
  cuxas_panel_frame(canvas, &panel);
  cuxas_evaluation_heading(canvas, &panel, "%s below %s for %zu of %zu sites",
                           cuxas_evaluation_edge_name(figure, edge[1]), cuxas_evaluation_edge_name(figure, edge[0]),
                           n_lower, n_both);
  const cuxas_legend_entry entry[] = {
      {.text = "simulated", .mark = CUXAS_MARK_DISC, .colour = cuxas_palette(0)},
      {.text = "second edge made from the first", .mark = CUXAS_MARK_RING, .colour = cuxas_palette(4)},
  };
  cuxas_canvas_legend(canvas, 54.0, 16.0, entry, 2);
}

/* 3. onsets */

void cuxas_evaluation_draw_onset_errors(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n = cuxas_evaluation_edges(figure, edge);

  for (size_t i = 0; i < n; i++) {
    const cuxas_histogram *h       = &edge[i]->onset.steps;
    const double           step_eV = figure->report->evaluation->dataset->grid[edge[i]->i_edge].step_eV;
    cuxas_panel            panel   = cuxas_evaluation_place(i, n, 30.0, 284.0);
    double                 most = 1.0, widest = 5.5;
    for (size_t k = 0; k < h->n_bin; k++) {
      const double steps = h->low + (double)k + 0.5;
      if (h->count[k] == 0) continue;
      most   = fmax(most, 100.0 * (double)h->count[k] / (double)edge[i]->onset.n_row);
      widest = fmax(widest, fabs(steps) + 1.0);
    }
    panel.x_low  = -widest * step_eV;
    panel.x_high = widest * step_eV;
    panel.y_high = 1.08 * most;
    cuxas_panel_y_axis(canvas, &panel, "sites (%)");
    cuxas_panel_x_axis(canvas, &panel, "onset, predicted \xE2\x88\x92 simulated (eV)", true);
    for (size_t k = 0; k < h->n_bin; k++) {
      const double steps = h->low + (double)k + 0.5;
      cuxas_panel_bar(canvas, &panel, (steps - 0.42) * step_eV, 0.0, (steps + 0.42) * step_eV,
                      100.0 * (double)h->count[k] / (double)edge[i]->onset.n_row,
                      fabs(steps) < 0.5 ? cuxas_palette(0) : cuxas_ramp(0.4));
    }
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s: %.0f %% exact, %.0f %% within %.1f eV, %.1f %% over 1 eV",
                             cuxas_evaluation_edge_name(figure, edge[i]), 100.0 * edge[i]->onset.exact,
                             100.0 * edge[i]->onset.within_step, step_eV, 100.0 * edge[i]->onset.over_1_eV);
  }
}

enum { MAP_SIDE = 40 };

/* fill_map() - counts of (simulated, predicted) in square cells of `cell` eV from `low` on; returns the largest */
static size_t fill_map(const cuxas_onset_errors *onset, size_t n_row, double low, double cell,
                       size_t ret_count[MAP_SIDE][MAP_SIDE])
{
  size_t most = 0;
  memset(ret_count, 0, MAP_SIDE * sizeof *ret_count);
  for (size_t i = 0; i < n_row; i++) {
    const double x = (onset->simulated_eV[i] - low) / cell, y = (onset->predicted_eV[i] - low) / cell;
    if (!(x >= 0.0 && x < MAP_SIDE && y >= 0.0 && y < MAP_SIDE)) continue;
    const size_t count = ++ret_count[(size_t)y][(size_t)x];
    if (count > most) most = count;
  }
  return most;
}

/* draw_scale() - the ramp with its ends, at the right of a panel */
static void draw_scale(cuxas_canvas *canvas, const cuxas_panel *panel, const char *low, const char *high,
                       const char *what)
{
  const cuxas_text_style words = {9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}};
  enum { N_STEP = 40 };
  const double left_pt = panel->left_pt + panel->width_pt + 10.0, height_pt = 100.0;
  const double top_pt = panel->top_pt + 16.0;
  cuxas_canvas_text(canvas, left_pt, top_pt - 6.0, words, what);
  for (int i = 0; i < N_STEP; i++)
    cuxas_canvas_box(canvas, left_pt, top_pt + height_pt * i / N_STEP, 10.0, height_pt / N_STEP + 0.4,
                     cuxas_ramp(1.0 - (i + 0.5) / N_STEP));
  cuxas_canvas_text(canvas, left_pt + 14.0, top_pt + 8.0, words, high);
  cuxas_canvas_text(canvas, left_pt + 14.0, top_pt + height_pt, words, low);
}

void cuxas_evaluation_draw_onset_map(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n     = cuxas_evaluation_edges(figure, edge);
  const size_t                   n_row = figure->report->evaluation->records->n_record;

  for (size_t i = 0; i < n; i++) {
    const cuxas_onset_errors *onset   = &edge[i]->onset;
    const double              step_eV = figure->report->evaluation->dataset->grid[edge[i]->i_edge].step_eV;
    cuxas_panel               panel   = cuxas_evaluation_place(i, n, 30.0, 350.0);
    double                    low = HUGE_VAL, high = -HUGE_VAL;
    size_t                    count[MAP_SIDE][MAP_SIDE];
    char                      most_text[32];
    panel.width_pt = panel.height_pt = fmin(panel.width_pt - 36.0, panel.height_pt);
    for (size_t k = 0; k < n_row; k++) {
      if (isnan(onset->simulated_eV[k]) || isnan(onset->predicted_eV[k])) continue;
      low  = fmin(low, fmin(onset->simulated_eV[k], onset->predicted_eV[k]));
      high = fmax(high, fmax(onset->simulated_eV[k], onset->predicted_eV[k]));
    }
    const double cell = step_eV * ceil((high - low + 3.0 * step_eV) / (MAP_SIDE * step_eV));
    low -= step_eV + 0.5 * step_eV; /* values lie on the grid: cells end between them */
    const double n_cell = fmin(MAP_SIDE, ceil((high + step_eV - low) / cell));
    const size_t most   = fill_map(onset, n_row, low, cell, count);
    panel.x_low = panel.y_low = low;
    panel.x_high = panel.y_high = low + n_cell * cell;
    cuxas_panel_x_axis(canvas, &panel, "simulated onset (eV)", true);
    cuxas_panel_y_axis(canvas, &panel, "predicted onset (eV)");
    for (size_t y = 0; y < MAP_SIDE; y++)
      for (size_t x = 0; x < MAP_SIDE; x++)
        if (count[y][x] > 0)
          cuxas_panel_bar(canvas, &panel, low + (double)x * cell, low + (double)y * cell, low + (double)(x + 1) * cell,
                          low + (double)(y + 1) * cell,
                          cuxas_ramp(0.25 + 0.75 * log((double)count[y][x]) / fmax(log((double)most), 1e-9)));
    cuxas_panel_line(canvas, &panel, panel.x_low, panel.x_low, panel.x_high, panel.x_high,
                     (cuxas_line_style){CUXAS_LINE_DASHED, 0.8, CUXAS_GREY});
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s: %zu sites, cells of %.1f eV",
                             cuxas_evaluation_edge_name(figure, edge[i]), onset->n_row, cell);
    snprintf(most_text, sizeof most_text, "%zu", most);
    draw_scale(canvas, &panel, "1", most_text, "sites");
  }
}

/* 4. calibration */

void cuxas_evaluation_draw_calibration(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n = cuxas_evaluation_edges(figure, edge);
  for (size_t i = 0; i < n; i++) {
    const cuxas_coverage  *coverage = &edge[i]->coverage;
    const cuxas_line_style line     = {CUXAS_LINE_SOLID, 1.6, cuxas_palette(0)};
    cuxas_panel            panel    = cuxas_evaluation_place(i, n, 30.0, 324.0);
    panel.width_pt = panel.height_pt = fmin(panel.width_pt - 48.0, panel.height_pt);
    panel.x_high = panel.y_high = 100.0;
    cuxas_panel_x_axis(canvas, &panel, "nominal coverage (%)", true);
    cuxas_panel_y_axis(canvas, &panel, "points inside (%)");
    cuxas_panel_line(canvas, &panel, 0.0, 0.0, 100.0, 100.0, (cuxas_line_style){CUXAS_LINE_DASHED, 1.0, CUXAS_GREY});
    double x = 0.0, y = 0.0;
    for (size_t k = 0; k < CUXAS_N_LEVEL; k++) {
      char text[32];
      cuxas_panel_line(canvas, &panel, x, y, 100.0 * CUXAS_LEVEL[k], 100.0 * coverage->covered[k], line);
      x = 100.0 * CUXAS_LEVEL[k];
      y = 100.0 * coverage->covered[k];
      cuxas_panel_mark(canvas, &panel, x, y, CUXAS_MARK_DISC, 7.0, cuxas_palette(0));
      snprintf(text, sizeof text, "%.0f %%: %.0f %%", x, y);
      cuxas_canvas_text(canvas, panel.left_pt + panel.width_pt + 8.0, panel.top_pt + 14.0 + 13.0 * (double)k,
                        (cuxas_text_style){9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}}, text);
    }
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s: 90 %% intervals hold %.0f %%",
                             cuxas_evaluation_edge_name(figure, edge[i]), 100.0 * coverage->covered[2]);
  }
}

/* 5. distance */

enum { N_PART = 8 };

static void draw_medians(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_edge_evaluation *edge,
                         const double *distance)
{
  double *value  = cuxas_new(NULL, edge->n_row, 2 * sizeof *value);
  size_t *row    = cuxas_new(NULL, edge->n_row, sizeof *row);
  double  last_x = NAN, last_y = NAN;
  for (size_t i = 0; value != NULL && row != NULL && i < edge->n_row; i++) value[i] = distance[edge->row[i]];
  if (value != NULL && row != NULL) gsl_sort_index(row, value, 1, edge->n_row);
  for (size_t part = 0; value != NULL && row != NULL && edge->n_row >= 3 * N_PART && part < N_PART; part++) {
    const size_t first = part * edge->n_row / N_PART, end = (part + 1) * edge->n_row / N_PART;
    double      *error = value + edge->n_row;
    for (size_t i = first; i < end; i++) error[i - first] = edge->mae[edge->row[row[i]]];
    gsl_sort(error, 1, end - first);
    const double x = log10(value[row[(first + end) / 2]]);
    const double y = log10(gsl_stats_median_from_sorted_data(error, 1, end - first));
    cuxas_panel_line(canvas, panel, last_x, last_y, x, y, (cuxas_line_style){CUXAS_LINE_SOLID, 1.8, cuxas_palette(1)});
    cuxas_panel_mark(canvas, panel, x, y, CUXAS_MARK_SQUARE, 6.0, cuxas_palette(1));
    last_x = x;
    last_y = y;
  }
  free(value);
  free(row);
}

void cuxas_evaluation_draw_distance(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure    = user;
  const double                  *distance  = figure->report->evaluation->crossval->distance;
  const double                   threshold = log10(figure->report->evaluation->threshold);
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n       = cuxas_evaluation_edges(figure, edge);
  const cuxas_legend_entry       entry[] = {
            {.text = "site", .mark = CUXAS_MARK_DISC, .colour = cuxas_palette(0)},
            {.text = "median of an eighth of the sites", .mark = CUXAS_MARK_SQUARE, .colour = cuxas_palette(1)},
            {.text = "threshold of the model", .is_line = true, .line = {CUXAS_LINE_DASHED, 1.2, CUXAS_BLACK}},
  };
  cuxas_canvas_legend(canvas, 54.0, 16.0, entry, isfinite(threshold) ? 3 : 2);
  for (size_t i = 0; i < n; i++) {
    cuxas_panel panel = cuxas_evaluation_place(i, n, 46.0, 340.0);
    panel.x_low = panel.y_low = HUGE_VAL;
    panel.x_high = panel.y_high = -HUGE_VAL;
    widen(edge[i], &panel.y_low, &panel.y_high);
    for (size_t k = 0; k < edge[i]->n_row; k++) {
      const double x = log10(distance[edge[i]->row[k]]);
      if (!isfinite(x)) continue;
      panel.x_low  = fmin(panel.x_low, x - 0.04);
      panel.x_high = fmax(panel.x_high, x + 0.04);
    }
    cuxas_panel_log_x_axis(canvas, &panel, "distance from the training set (standardised features)");
    cuxas_panel_log_y_axis(canvas, &panel, MAE_LABEL);
    for (size_t k = 0; k < edge[i]->n_row; k++)
      cuxas_panel_mark(canvas, &panel, log10(distance[edge[i]->row[k]]), log10(edge[i]->mae[edge[i]->row[k]]),
                       CUXAS_MARK_DISC, 4.0, cuxas_palette(0));
    cuxas_panel_clip(canvas, &panel);
    cuxas_panel_line(canvas, &panel, threshold, panel.y_low, threshold, panel.y_high,
                     (cuxas_line_style){CUXAS_LINE_DASHED, 1.2, CUXAS_BLACK});
    cuxas_panel_unclip(canvas);
    draw_medians(canvas, &panel, edge[i], distance);
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s: rank correlation %.2f", cuxas_evaluation_edge_name(figure, edge[i]),
                             edge[i]->distance_spearman);
  }
}

/* 6. learning curve */

#define CURVE_END 5000.0 /* sites up to which the power law is drawn: about the size of the published training set */

static double curve_mean(const cuxas_learning_curve *curve, const double *median, size_t i_size)
{
  double sum = 0.0;
  for (size_t s = 0; s < curve->n_seed; s++) sum += median[i_size * curve->n_seed + s] / (double)curve->n_seed;
  return sum;
}

void cuxas_evaluation_draw_curve(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure = user;
  const cuxas_learning_curve    *curve  = figure->report->opt_curve;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n     = cuxas_evaluation_edges(figure, edge);
  cuxas_panel                    panel = {54.0, 46.0, 410.0, 250.0, 0.0, 0.0, HUGE_VAL, -HUGE_VAL};
  cuxas_legend_entry             legend[EVALUATION_MAX_EDGE];

  panel.x_low  = log10(curve->n_row[0]) - 0.05;
  panel.x_high = log10(fmax(CURVE_END, 1.5 * curve->n_row[curve->n_size - 1]));
  for (size_t i = 0; i < n; i++) {
    const double *median = curve->median[edge[i]->i_edge][figure->channel];
    for (size_t k = 0; k < curve->n_size * curve->n_seed; k++) {
      panel.y_low  = fmin(panel.y_low, log10(median[k]) - 0.05);
      panel.y_high = fmax(panel.y_high, log10(median[k]) + 0.05);
    }
    const double end = log10(curve->factor[edge[i]->i_edge][figure->channel]) +
                       curve->exponent[edge[i]->i_edge][figure->channel] * panel.x_high;
    if (isfinite(end)) panel.y_low = fmin(panel.y_low, end - 0.05);
  }
  cuxas_panel_log_x_axis(canvas, &panel, "sites learnt from");
  cuxas_panel_log_y_axis(canvas, &panel, "median of the mean absolute error");
  for (size_t i = 0; i < n; i++) {
    const double      *median = curve->median[edge[i]->i_edge][figure->channel];
    const double       factor = curve->factor[edge[i]->i_edge][figure->channel];
    const double       power  = curve->exponent[edge[i]->i_edge][figure->channel];
    const cuxas_colour colour = cuxas_palette(i);
    double             last_x = NAN, last_y = NAN;
    if (isfinite(factor))
      cuxas_panel_line(canvas, &panel, panel.x_low, log10(factor) + power * panel.x_low, panel.x_high,
                       log10(factor) + power * panel.x_high, (cuxas_line_style){CUXAS_LINE_DASHED, 1.0, colour});
    for (size_t k = 0; k < curve->n_size; k++) {
      const double x = log10(curve->n_row[k]), y = log10(curve_mean(curve, median, k));
      for (size_t s = 0; s < curve->n_seed; s++)
        cuxas_panel_mark(canvas, &panel, x, log10(median[k * curve->n_seed + s]),
                         (cuxas_mark_kind)(i % CUXAS_MARK_CROSS), 4.5, colour);
      cuxas_panel_line(canvas, &panel, last_x, last_y, x, y, (cuxas_line_style){CUXAS_LINE_SOLID, 1.8, colour});
      last_x = x;
      last_y = y;
    }
    legend[i] = (cuxas_legend_entry){.text   = cuxas_evaluation_edge_name(figure, edge[i]),
                                     .mark   = (cuxas_mark_kind)(i % CUXAS_MARK_CROSS),
                                     .colour = colour};
    char text[128];
    snprintf(text, sizeof text, "%s: %.3f / n^%.2f; at 500: %.3f, at 4123: %.3f",
             cuxas_evaluation_edge_name(figure, edge[i]), factor, -power, factor * pow(500.0, power),
             factor * pow(4123.0, power));
    cuxas_canvas_text(canvas, panel.left_pt + panel.width_pt + 14.0, panel.top_pt + 14.0 + 15.0 * (double)i,
                      (cuxas_text_style){9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}}, text);
  }
  cuxas_panel_frame(canvas, &panel);
  cuxas_evaluation_heading(canvas, &panel, "%zu seeds; dashed: fitted, beyond %.0f sites extrapolated", curve->n_seed,
                           curve->n_row[curve->n_size - 1]);
  cuxas_canvas_legend(canvas, 54.0, 16.0, legend, n);
}

/* ---- 2. groups of sites ------------------------------------------------------------------------------------- */

/* Contents: 1. rows of groups  2. the periodic table */

static const cuxas_text_style SMALL = {9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}};

/* 1. rows of groups */

static int key_of(const cuxas_environment *environment, bool by_state)
{
  return by_state ? (int)cuxas_state_group_of(environment) : (int)environment->coordination.n_ligand;
}

/* draw_group() - marks of the sites of one group, spread over the height of its row in a fixed order; quartiles and median */
static void draw_group(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_evaluation *evaluation,
                       const cuxas_edge_evaluation *edge, const cuxas_group_summary *group, bool by_state, double y)
{
  const cuxas_line_style thin = {CUXAS_LINE_SOLID, 1.0, CUXAS_BLACK}, thick = {CUXAS_LINE_SOLID, 2.6, CUXAS_BLACK};
  size_t                 n_drawn = 0;
  cuxas_panel_bar(canvas, panel, log10(group->low), y - 0.34, log10(group->high), y + 0.34, cuxas_ramp(0.25));
  for (size_t i = 0; i < edge->n_row; i++) {
    if (key_of(&evaluation->environment[edge->row[i]], by_state) != group->key) continue;
    const double place = (double)(n_drawn++ * 5 % 8) / 7.0 - 0.5;
    cuxas_panel_mark(canvas, panel, log10(edge->mae[edge->row[i]]), y + 0.5 * place, CUXAS_MARK_DISC, 3.2,
                     cuxas_palette(0));
  }
  cuxas_panel_line(canvas, panel, log10(group->low), y - 0.34, log10(group->low), y + 0.34, thin);
  cuxas_panel_line(canvas, panel, log10(group->high), y - 0.34, log10(group->high), y + 0.34, thin);
  cuxas_panel_line(canvas, panel, log10(group->median), y - 0.4, log10(group->median), y + 0.4, thick);
}

static void draw_groups(cuxas_canvas *canvas, const cuxas_evaluation_figure *figure, bool by_state, double height_pt)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  const size_t                 n = cuxas_evaluation_edges(figure, edge);
  for (size_t i = 0; i < n; i++) {
    const cuxas_group_summary *group   = by_state ? edge[i]->by_state : edge[i]->by_number;
    const size_t               n_group = by_state ? edge[i]->n_state : edge[i]->n_number;
    cuxas_panel                panel   = cuxas_evaluation_place(i, n, 30.0, height_pt);
    panel.left_pt += 26.0;
    panel.width_pt -= 26.0;
    panel.x_low  = log10(fmax(edge[i]->mae[edge[i]->row[0]], 1e-6)) - 0.05;
    panel.x_high = log10(fmax(edge[i]->mae[edge[i]->row[edge[i]->n_row - 1]], 1e-6)) + 0.05;
    panel.y_low  = -0.6;
    panel.y_high = (double)n_group - 0.4;
    cuxas_panel_log_x_axis(canvas, &panel, MAE_LABEL);
    for (size_t k = 0; k < n_group; k++) {
      const double     y    = (double)(n_group - 1 - k);
      const double     y_pt = cuxas_panel_y_pt(&panel, y);
      cuxas_text_style name = SMALL;
      char             text[64];
      name.align = CUXAS_ALIGN_RIGHT;
      if (by_state)
        snprintf(text, sizeof text, "%s", cuxas_state_group_name((cuxas_state_group)group[k].key));
      else
        snprintf(text, sizeof text, "%d", group[k].key);
      cuxas_canvas_text(canvas, panel.left_pt - 6.0, y_pt - 1.0, name, text);
      snprintf(text, sizeof text, "n = %zu", group[k].n_value);
      name.colour  = CUXAS_GREY;
      name.size_pt = 8.0;
      cuxas_canvas_text(canvas, panel.left_pt - 6.0, y_pt + 9.0, name, text);
      draw_group(canvas, &panel, figure->report->evaluation, edge[i], &group[k], by_state, y);
    }
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s by %s", cuxas_evaluation_edge_name(figure, edge[i]),
                             by_state ? "oxidation state" : "coordination number");
  }
}

void cuxas_evaluation_draw_states(cuxas_canvas *canvas, const void *user)
{
  draw_groups(canvas, user, true, EVALUATION_HEIGHT_PT);
}

void cuxas_evaluation_draw_numbers(cuxas_canvas *canvas, const void *user)
{
  draw_groups(canvas, user, false, 340.0);
}

/* 2. the periodic table */

static void find_cell(int z, int *ret_row, int *ret_column)
{
  const cuxas_element *element = cuxas_element_find(z);
  *ret_row                     = element->period - 1;
  *ret_column                  = element->group - 1;
  if (z >= 57 && z <= 71) {
    *ret_row    = 7;
    *ret_column = z - 57 + 2;
  } else if (z >= 89 && z <= 103) {
    *ret_row    = 8;
    *ret_column = z - 89 + 2;
  }
}

static const cuxas_group_summary *find_element(const cuxas_edge_evaluation *edge, int z)
{
  for (size_t i = 0; i < edge->n_element; i++)
    if (edge->by_element[i].key == z) return &edge->by_element[i];
  return NULL;
}

typedef struct {
  double left_pt, top_pt, width_pt, height_pt;
} cell_box;

static void draw_cell(cuxas_canvas *canvas, int z, cell_box box, const cuxas_group_summary *opt_group, double part)
{
  const double         left_pt = box.left_pt, top_pt = box.top_pt, width_pt = box.width_pt, height_pt = box.height_pt;
  const cuxas_colour   white   = {1.0, 1.0, 1.0};
  const cuxas_element *element = cuxas_element_find(z);
  char                 text[32];
  cuxas_canvas_box(canvas, left_pt, top_pt, width_pt, height_pt, opt_group != NULL ? cuxas_ramp(part) : CUXAS_PALE);
  if (opt_group == NULL) {
    cuxas_canvas_box(canvas, left_pt + 0.6, top_pt + 0.6, width_pt - 1.2, height_pt - 1.2, white);
    cuxas_canvas_text(canvas, left_pt + 0.5 * width_pt, top_pt + 0.62 * height_pt,
                      (cuxas_text_style){9.0, false, CUXAS_ALIGN_MIDDLE, 0.0, {0.65, 0.65, 0.65}}, element->symbol);
    return;
  }
  const cuxas_colour ink = part > 0.55 ? white : CUXAS_BLACK;
  cuxas_canvas_text(canvas, left_pt + 3.0, top_pt + 11.0, (cuxas_text_style){10.0, true, CUXAS_ALIGN_LEFT, 0.0, ink},
                    element->symbol);
  snprintf(text, sizeof text, "%zu", opt_group->n_value);
  cuxas_canvas_text(canvas, left_pt + width_pt - 3.0, top_pt + 10.0,
                    (cuxas_text_style){7.0, false, CUXAS_ALIGN_RIGHT, 0.0, ink}, text);
  snprintf(text, sizeof text, "%.3f", opt_group->median);
  cuxas_canvas_text(canvas, left_pt + 0.5 * width_pt, top_pt + height_pt - 4.0,
                    (cuxas_text_style){8.5, false, CUXAS_ALIGN_MIDDLE, 0.0, ink}, text);
}

void cuxas_evaluation_draw_elements(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure  = user;
  const cuxas_edge_evaluation   *edge    = figure->opt_edge;
  const double                   left_pt = 14.0, top_pt = 24.0, width_pt = 38.4, height_pt = 31.0, gap_pt = 1.2;
  const cuxas_panel              page = {left_pt, top_pt, 690.0, 280.0, 0.0, 1.0, 0.0, 1.0};
  double                         low = HUGE_VAL, high = -HUGE_VAL;
  char                           text[64];

  for (size_t i = 0; i < edge->n_element; i++) {
    low  = fmin(low, log10(edge->by_element[i].median));
    high = fmax(high, log10(edge->by_element[i].median));
  }
  for (int z = 1; z <= 103; z++) {
    const cuxas_group_summary *group = find_element(edge, z);
    int                        row, column;
    find_cell(z, &row, &column);
    const cell_box box = {left_pt + column * width_pt, top_pt + row * height_pt + (row >= 7 ? 8.0 : 0.0),
                          width_pt - gap_pt, height_pt - gap_pt};
    draw_cell(canvas, z, box, group, group != NULL && high > low ? (log10(group->median) - low) / (high - low) : 0.5);
  }
  enum { N_STEP = 40 };
  const double scale_left_pt = left_pt + 3.2 * width_pt, scale_top_pt = top_pt + 16.0, scale_width_pt = 200.0;
  for (int i = 0; i < N_STEP; i++)
    cuxas_canvas_box(canvas, scale_left_pt + scale_width_pt * i / N_STEP, scale_top_pt, scale_width_pt / N_STEP + 0.4,
                     9.0, cuxas_ramp((i + 0.5) / N_STEP));
  snprintf(text, sizeof text, "%.3f", pow(10.0, low));
  cuxas_canvas_text(canvas, scale_left_pt, scale_top_pt + 20.0, SMALL, text);
  snprintf(text, sizeof text, "%.3f", pow(10.0, high));
  cuxas_text_style right = SMALL;
  right.align            = CUXAS_ALIGN_RIGHT;
  cuxas_canvas_text(canvas, scale_left_pt + scale_width_pt, scale_top_pt + 20.0, right, text);
  cuxas_canvas_text(canvas, scale_left_pt, scale_top_pt - 5.0, SMALL, "median error; above right: number of sites");
  cuxas_evaluation_heading(canvas, &page, "%s by nearest element", cuxas_evaluation_edge_name(figure, edge));
}
