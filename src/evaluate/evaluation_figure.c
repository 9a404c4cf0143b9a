/* evaluation_figure.c - the figures of an evaluation, and its drawings of spectra
 *
 * Contents: 1. spectra  2. figures */
#include "evaluate/evaluation_figure.h"

#include "base/memory.h"
#include "base/elements.h"
#include "write/figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. spectra --------------------------------------------------------------------------------------------- */

/* Contents: 1. one site  2. deciles  3. the worst  4. principal components */

/* 1. one site */

/* What was simulated and predicted for a site, as the drawing functions want it; work holds all three. */
typedef struct {
  double *simulated, *predicted, *sigma; /* (n_energy) */
} site_curves;

/* take_curves() - work (3 n_energy) */
static site_curves take_curves(const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge, size_t row,
                               double *work)
{
  const size_t n      = evaluation->dataset->grid[edge->i_edge].n_energy;
  const float *target = evaluation->dataset->target[edge->i_edge][edge->channel] + row * n;
  const float *mu     = evaluation->crossval->mu[edge->i_edge][edge->channel] + row * n;
  const float *sigma  = evaluation->crossval->sigma[edge->i_edge][edge->channel] + row * n;
  site_curves  curves = {work, work + n, work + 2 * n};
  for (size_t k = 0; k < n; k++) {
    curves.simulated[k] = target[k];
    curves.predicted[k] = mu[k];
    curves.sigma[k]     = sigma[k];
  }
  return curves;
}

static double *new_work(const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge)
{
  return cuxas_new(NULL, evaluation->dataset->grid[edge->i_edge].n_energy, 3 * sizeof(double));
}

static double find_top(const double *y, size_t n)
{
  double top = 0.0;
  for (size_t k = 0; k < n; k++) top = fmax(top, y[k]);
  return top;
}

static void draw_site(cuxas_canvas *canvas, const cuxas_panel *panel, cuxas_grid grid, const site_curves *curves,
                      double lift)
{
  const cuxas_line_style black = {CUXAS_LINE_SOLID, 1.2, CUXAS_BLACK}, blue = {CUXAS_LINE_SOLID, 1.4, cuxas_palette(0)};
  for (size_t k = 0; k < grid.n_energy; k++) curves->predicted[k] += lift;
  cuxas_panel_band(canvas, panel, grid, curves->predicted, curves->sigma, cuxas_palette(0));
  cuxas_panel_curve(canvas, panel, grid, curves->simulated, lift, black);
  cuxas_panel_curve(canvas, panel, grid, curves->predicted, 0.0, blue);
  for (size_t k = 0; k < grid.n_energy; k++) curves->predicted[k] -= lift;
}

/* 2. deciles */

#define ROW_STEP 1.0   /* from one row to the next, ... */
#define ROW_HEIGHT 1.3 /* ... and what the largest value of each is scaled to */

/* scale_row() - all three curves to the common height; returns how high they reach in the last third of the grid */
static double scale_row(const site_curves *curves, size_t n)
{
  const double factor = ROW_HEIGHT / fmax(find_top(curves->simulated, n), find_top(curves->predicted, n));
  double       end    = 0.0;
  for (size_t k = 0; k < n; k++) {
    curves->simulated[k] *= factor;
    curves->predicted[k] *= factor;
    curves->sigma[k] *= factor;
    if (3 * k > 2 * n) end = fmax(end, fmax(curves->simulated[k], curves->predicted[k]));
  }
  return end;
}

static void draw_decile(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_evaluation *evaluation,
                        const cuxas_edge_evaluation *edge, size_t i_decile, double *work)
{
  const cuxas_grid       grid   = evaluation->dataset->grid[edge->i_edge];
  const size_t           row    = edge->decile_row[i_decile];
  const double           lift   = ROW_STEP * (double)(CUXAS_N_DECILE - 1 - i_decile);
  const site_curves      curves = take_curves(evaluation, edge, row, work);
  const double           end    = scale_row(&curves, grid.n_energy);
  const cuxas_text_style words  = {8.5, false, CUXAS_ALIGN_RIGHT, 180.0, {0.1, 0.1, 0.1}};
  char                   text[CUXAS_FORMULA_SIZE + 32];
  draw_site(canvas, panel, grid, &curves, lift);
  snprintf(text, sizeof text, "%s  %.3f", evaluation->records->record[row].formula, edge->mae[row]);
  cuxas_canvas_text(canvas, panel->left_pt + panel->width_pt - 5.0, cuxas_panel_y_pt(panel, lift + end + 0.06), words,
                    text);
}

void cuxas_evaluation_draw_deciles(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure     = user;
  const cuxas_evaluation        *evaluation = figure->report->evaluation;
  const cuxas_edge_evaluation   *edge[EVALUATION_MAX_EDGE];
  const size_t                   n = cuxas_evaluation_edges(figure, edge);

  for (size_t i = 0; i < n; i++) {
    const cuxas_grid grid  = evaluation->dataset->grid[edge[i]->i_edge];
    cuxas_panel      panel = cuxas_evaluation_place(i, n, 30.0, 560.0);
    double          *work  = new_work(evaluation, edge[i]);
    if (work == NULL) {
      cuxas_canvas_fail(canvas);
      return;
    }
    panel.x_low  = grid.start_eV;
    panel.x_high = cuxas_grid_end_eV(grid);
    panel.y_low  = -0.1;
    panel.y_high = ROW_STEP * (CUXAS_N_DECILE - 1) + ROW_HEIGHT + 0.35;
    cuxas_panel_x_axis(canvas, &panel, "photon energy (eV)", true);
    cuxas_panel_clip(canvas, &panel);
    for (size_t k = 0; k < CUXAS_N_DECILE; k++) draw_decile(canvas, &panel, evaluation, edge[i], k, work);
    cuxas_panel_unclip(canvas);
    for (size_t k = 0; k < CUXAS_N_DECILE; k++) {
      char number[24];
      snprintf(number, sizeof number, "%zu", k + 1);
      cuxas_canvas_text(canvas, panel.left_pt - 6.0,
                        cuxas_panel_y_pt(&panel, ROW_STEP * (double)(CUXAS_N_DECILE - 1 - k)) + 1.0,
                        (cuxas_text_style){9.0, false, CUXAS_ALIGN_RIGHT, 0.0, {0.2, 0.2, 0.2}}, number);
    }
    cuxas_panel_frame(canvas, &panel);
    cuxas_evaluation_heading(canvas, &panel, "%s, deciles of the error", cuxas_evaluation_edge_name(figure, edge[i]));
    free(work);
  }
}

/* 3. the worst */

/* describe_surroundings() - "Cu(II), 4 O" */
static void describe_surroundings(const cuxas_environment *environment, char *ret_text, size_t n_byte)
{
  const cuxas_coordination *c     = &environment->coordination;
  const cuxas_state_group   state = cuxas_state_group_of(environment);
  snprintf(ret_text, n_byte, "%s%s%zu %s%s", state != CUXAS_STATE_UNKNOWN ? cuxas_state_group_name(state) : "",
           state != CUXAS_STATE_UNKNOWN ? ", " : "", c->n_ligand,
           c->n_ligand > 0 ? cuxas_element_find(c->ligand[0].atomic_number)->symbol : "neighbours",
           cuxas_coordination_class(c) == CUXAS_LIGANDS_MIXED || c->is_metallic ? "\xE2\x80\xA6" : "");
}

void cuxas_evaluation_draw_worst(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure     = user;
  const cuxas_evaluation        *evaluation = figure->report->evaluation;
  const cuxas_edge_evaluation   *edge       = figure->opt_edge;
  const cuxas_grid               grid       = evaluation->dataset->grid[edge->i_edge];
  const double                   row_pt     = 126.0;
  double                        *work       = new_work(evaluation, edge);
  if (work == NULL) {
    cuxas_canvas_fail(canvas);
    return;
  }
  for (size_t k = 0; k < CUXAS_N_WORST && k < edge->n_row; k++) {
    const size_t        row    = edge->row[edge->n_row - 1 - k];
    const cuxas_record *record = &evaluation->records->record[row];
    const site_curves   curves = take_curves(evaluation, edge, row, work);
    const bool          is_low = k / 2 == 4 || k + 2 >= edge->n_row;
    cuxas_panel         panel  = cuxas_evaluation_place(k % 2, 2, 0.0, 200.0);
    char                text[64];
    panel.top_pt    = 26.0 + row_pt * (double)(k / 2);
    panel.height_pt = row_pt - 34.0;
    panel.left_pt -= 14.0;
    panel.width_pt += 14.0;
    panel.x_low  = grid.start_eV;
    panel.x_high = cuxas_grid_end_eV(grid);
    panel.y_low  = -0.05;
    panel.y_high = 0.1 + fmax(find_top(curves.simulated, grid.n_energy), find_top(curves.predicted, grid.n_energy));
    cuxas_panel_x_axis(canvas, &panel, is_low ? "photon energy (eV)" : NULL, true);
    cuxas_panel_y_axis(canvas, &panel, NULL);
    cuxas_panel_clip(canvas, &panel);
    draw_site(canvas, &panel, grid, &curves, 0.0);
    cuxas_panel_unclip(canvas);
    cuxas_panel_frame(canvas, &panel);
    describe_surroundings(&evaluation->environment[row], text, sizeof text);
    cuxas_evaluation_heading(canvas, &panel, "%s  %.3f  (%s; distance %.2f)", record->formula, edge->mae[row], text,
                             evaluation->crossval->distance[row]);
  }
  free(work);
}

/* 4. principal components */

/* style_of() - colour and mark of group k: fifteen pairs before one repeats */
static cuxas_colour colour_of(size_t k)
{
  return cuxas_palette(k);
}

static cuxas_mark_kind mark_of(size_t k)
{
  return (cuxas_mark_kind)(k % CUXAS_MARK_RING);
}

static size_t find_group(const cuxas_group_summary *group, size_t n_group, int key)
{
  size_t k = 0;
  while (k < n_group && group[k].key != key) k++;
  return k;
}

static void name_group(bool by_state, int key, char *ret_text, size_t n_byte)
{
  if (by_state)
    snprintf(ret_text, n_byte, "%s", cuxas_state_group_name((cuxas_state_group)key));
  else
    snprintf(ret_text, n_byte, "%d", key);
}

static void draw_scores(cuxas_canvas *canvas, const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge,
                        cuxas_panel panel, bool by_state)
{
  const cuxas_pca           *pca     = edge->pca;
  const cuxas_group_summary *group   = by_state ? edge->by_state : edge->by_number;
  const size_t               n_group = by_state ? edge->n_state : edge->n_number;
  char                       label[2][64], name[CUXAS_MAX_LIGAND + 1][24];
  cuxas_legend_entry         entry[CUXAS_MAX_LIGAND + 1];

  panel.x_low = panel.y_low = HUGE_VAL;
  panel.x_high = panel.y_high = -HUGE_VAL;
  for (size_t i = 0; i < pca->n_row; i++) {
    panel.x_low  = fmin(panel.x_low, pca->score[i * pca->n_component]);
    panel.x_high = fmax(panel.x_high, pca->score[i * pca->n_component]);
    panel.y_low  = fmin(panel.y_low, pca->score[i * pca->n_component + 1]);
    panel.y_high = fmax(panel.y_high, pca->score[i * pca->n_component + 1]);
  }
  const double x_room = 0.05 * (panel.x_high - panel.x_low), y_room = 0.05 * (panel.y_high - panel.y_low) + 1e-9;
  panel.x_low -= x_room;
  panel.x_high += x_room;
  panel.y_low -= y_room;
  panel.y_high += y_room;
  for (int k = 0; k < 2; k++)
    snprintf(label[k], sizeof label[k], "component %d (%.0f %% of the variance)", k + 1, 100.0 * pca->part[k]);
  cuxas_panel_x_axis(canvas, &panel, label[0], true);
  cuxas_panel_y_axis(canvas, &panel, label[1]);
  for (size_t i = 0; i < pca->n_row; i++) {
    const cuxas_environment *environment = &evaluation->environment[edge->row[i]];
    const int    key = by_state ? (int)cuxas_state_group_of(environment) : (int)environment->coordination.n_ligand;
    const size_t k   = find_group(group, n_group, key);
    cuxas_panel_mark(canvas, &panel, pca->score[i * pca->n_component], pca->score[i * pca->n_component + 1], mark_of(k),
                     4.5, colour_of(k));
  }
  cuxas_panel_frame(canvas, &panel);
  for (size_t k = 0; k < n_group; k++) {
    name_group(by_state, group[k].key, name[k], sizeof name[k]);
    entry[k] = (cuxas_legend_entry){.text = name[k], .mark = mark_of(k), .colour = colour_of(k)};
  }
  cuxas_canvas_legend(canvas, panel.left_pt, panel.top_pt - 6.0, entry, n_group);
}

/* is_shown() - what is unknown is no group */
static bool is_shown(const cuxas_mean_spectrum *mean, bool by_state)
{
  return !by_state || mean->key != CUXAS_STATE_UNKNOWN;
}

static void draw_means(cuxas_canvas *canvas, const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge,
                       cuxas_panel panel, bool by_state)
{
  const cuxas_grid           grid    = evaluation->dataset->grid[edge->i_edge];
  const cuxas_mean_spectrum *mean    = by_state ? edge->state_mean : edge->number_mean;
  const size_t               n_mean  = by_state ? edge->n_state_mean : edge->n_number_mean;
  const cuxas_group_summary *group   = by_state ? edge->by_state : edge->by_number;
  const size_t               n_group = by_state ? edge->n_state : edge->n_number;
  double                    *work    = cuxas_new(NULL, grid.n_energy, sizeof *work);
  if (work == NULL) cuxas_canvas_fail(canvas);
  if (work == NULL || n_mean == 0) {
    free(work);
    return;
  }
  const double step    = 0.9;
  size_t       n_shown = 0, i_shown = 0;
  for (size_t i = 0; i < n_mean; i++) n_shown += is_shown(&mean[i], by_state);
  panel.x_low  = grid.start_eV;
  panel.x_high = cuxas_grid_end_eV(grid);
  panel.y_low  = -0.2;
  for (size_t i = 0; i < n_mean; i++) {
    if (!is_shown(&mean[i], by_state)) continue;
    const double lift = step * (double)(n_shown - 1 - i_shown++);
    panel.y_high      = fmax(panel.y_high, find_top(mean[i].mean, grid.n_energy) + lift + 0.5);
  }
  cuxas_panel_x_axis(canvas, &panel, "photon energy (eV)", true);
  cuxas_panel_clip(canvas, &panel);
  i_shown = 0;
  for (size_t i = 0; i < n_mean; i++) {
    if (!is_shown(&mean[i], by_state)) continue;
    const size_t           g     = find_group(group, n_group, mean[i].key);
    const double           lift  = step * (double)(n_shown - 1 - i_shown++);
    const cuxas_line_style line  = {CUXAS_LINE_SOLID, 1.4, colour_of(g)};
    const cuxas_text_style words = {8.5, false, CUXAS_ALIGN_RIGHT, 0.0, {0.1, 0.1, 0.1}};
    double                 end   = 0.0;
    char                   name[24], text[64];
    for (size_t k = 0; k < grid.n_energy; k++) {
      work[k] = mean[i].mean[k] + lift;
      if (3 * k > 2 * grid.n_energy) end = fmax(end, work[k] + mean[i].deviation[k]);
    }
    cuxas_panel_band(canvas, &panel, grid, work, mean[i].deviation, colour_of(g));
    cuxas_panel_curve(canvas, &panel, grid, work, 0.0, line);
    name_group(by_state, mean[i].key, name, sizeof name);
    snprintf(text, sizeof text, "%s%s, n = %zu", by_state ? "" : "CN ", name, mean[i].n_row);
    cuxas_canvas_text(canvas, panel.left_pt + panel.width_pt - 5.0, cuxas_panel_y_pt(&panel, end + 0.04), words, text);
  }
  cuxas_panel_unclip(canvas);
  cuxas_panel_frame(canvas, &panel);
  free(work);
}

void cuxas_evaluation_draw_pca(cuxas_canvas *canvas, const void *user)
{
  const cuxas_evaluation_figure *figure     = user;
  const cuxas_evaluation        *evaluation = figure->report->evaluation;
  for (int k = 0; k < 2; k++) {
    const bool  by_state = k == 0;
    cuxas_panel left = cuxas_evaluation_place(0, 2, 40.0, 330.0), right = cuxas_evaluation_place(1, 2, 40.0, 330.0);
    left.top_pt += 326.0 * k;
    right.top_pt += 326.0 * k;
    right.left_pt -= 26.0;
    right.width_pt += 26.0;
    const cuxas_text_style heading = {10.0, true, CUXAS_ALIGN_LEFT, 0.0, {0.1, 0.1, 0.1}};
    char                   text[96];
    snprintf(text, sizeof text, "%s by %s", cuxas_evaluation_edge_name(figure, figure->opt_edge),
             by_state ? "oxidation state" : "coordination number");
    cuxas_canvas_text(canvas, left.left_pt, left.top_pt - 22.0, heading, text);
    draw_scores(canvas, evaluation, figure->opt_edge, left, by_state);
    draw_means(canvas, evaluation, figure->opt_edge, right, by_state);
  }
}

/* ---- 2. figures --------------------------------------------------------------------------------------------- */

/* Contents: 1. what the drawings share  2. the list of figures */

/* 1. what the drawings share */

size_t cuxas_evaluation_edges(const cuxas_evaluation_figure *figure,
                              const cuxas_edge_evaluation   *ret_edge[EVALUATION_MAX_EDGE])
{
  const cuxas_evaluation *evaluation = figure->report->evaluation;
  size_t                  n          = 0;
  for (size_t i = 0; i < evaluation->n_edge && n < EVALUATION_MAX_EDGE; i++)
    if (evaluation->edge[i].channel == figure->channel) ret_edge[n++] = &evaluation->edge[i];
  return n;
}

const char *cuxas_evaluation_edge_name(const cuxas_evaluation_figure *figure, const cuxas_edge_evaluation *edge)
{
  return figure->report->evaluation->records->edge_name[edge->i_edge];
}

cuxas_panel cuxas_evaluation_place(size_t i, size_t n, double top_pt, double height_pt)
{
  const double left_pt = 54.0, right_pt = 14.0, foot_pt = 38.0;
  const double slot_pt = EVALUATION_WIDTH_PT / (double)(n > 2 ? n : 2);
  return (cuxas_panel){.left_pt   = (double)i * slot_pt + left_pt,
                       .top_pt    = top_pt,
                       .width_pt  = slot_pt - left_pt - right_pt,
                       .height_pt = height_pt - top_pt - foot_pt};
}

void cuxas_evaluation_heading(cuxas_canvas *canvas, const cuxas_panel *panel, const char *format, ...)
{
  const cuxas_text_style style = {10.0, true, CUXAS_ALIGN_LEFT, panel->width_pt + 10.0, {0.1, 0.1, 0.1}};
  char                   text[256];
  va_list                arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  cuxas_canvas_text(canvas, panel->left_pt, panel->top_pt - 6.0, style, text);
}

/* 2. the list of figures */

static bool is_always(const cuxas_evaluation_figure *figure)
{
  (void)figure;
  return true;
}

static bool has_two_edges(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return cuxas_evaluation_edges(figure, edge) >= 2;
}

static bool has_onsets(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  const size_t                 n = cuxas_evaluation_edges(figure, edge);
  for (size_t i = 0; i < n; i++)
    if (edge[i]->onset.n_row == 0) return false;
  return true;
}

static bool has_states(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return cuxas_evaluation_edges(figure, edge) > 0 &&
         (edge[0]->n_state > 1 || edge[0]->by_state[0].key != CUXAS_STATE_UNKNOWN);
}

static bool has_components(const cuxas_evaluation_figure *figure)
{
  return figure->opt_edge->pca != NULL;
}

static bool has_sigma(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return cuxas_evaluation_edges(figure, edge) > 0 && edge[0]->coverage.n_point > 0;
}

static bool has_curve(const cuxas_evaluation_figure *figure)
{
  return figure->report->opt_curve != NULL;
}

static const struct {
  const char        *name, *title, *caption;
  double             width_pt, height_pt;
  bool               is_of_one_edge;
  cuxas_figure_draw *draw;
  bool (*is_there)(const cuxas_evaluation_figure *figure);
} KINDS[] = {
    {"error-histogram", "Errors of all sites",
     "Mean absolute error of every held-out site, on a logarithmic axis. Lines: medians of the model and of the two "
     "predictors that learn nothing.",
     EVALUATION_WIDTH_PT, EVALUATION_HEIGHT_PT, false, cuxas_evaluation_draw_histogram, is_always},
    {"deciles", "From best to worst",
     "Ranked by error, the middle 95 % of the sites are cut into ten equal parts; drawn is the site in the middle of "
     "each, "
     "the best at the top, each scaled to its own height. Black: simulated. Blue: predicted, with one standard "
     "deviation of the ensemble.",
     EVALUATION_WIDTH_PT, 560.0, false, cuxas_evaluation_draw_deciles, is_always},
    {"edges", "One edge against the other",
     "Errors of the same site at both edges. Rings: the target of the second edge was itself made from the first.",
     400.0, 340.0, false, cuxas_evaluation_draw_edges, has_two_edges},
    {"onset-errors", "Edge onsets: differences",
     "Predicted minus simulated energy of the steepest rise, in steps of the model's grid.", EVALUATION_WIDTH_PT, 284.0,
     false, cuxas_evaluation_draw_onset_errors, has_onsets},
    {"onset-map", "Edge onsets: predicted against simulated",
     "Number of sites by simulated and predicted onset; on the line they agree.", EVALUATION_WIDTH_PT, 350.0, false,
     cuxas_evaluation_draw_onset_map, has_onsets},
    {"oxidation", "Errors by oxidation state",
     "Marks: sites. Bar: from the first to the third quartile; line: median. Formal states from composition and bond "
     "valences; mixed: mixed valence that bond lengths do not resolve.",
     EVALUATION_WIDTH_PT, EVALUATION_HEIGHT_PT, false, cuxas_evaluation_draw_states, has_states},
    {"coordination", "Errors by coordination number",
     "As above, by the number of Voronoi neighbours with at least half the largest solid angle, nonmetals first.",
     EVALUATION_WIDTH_PT, 340.0, false, cuxas_evaluation_draw_numbers, is_always},
    {"elements", "Errors by nearest element",
     "Median error of the sites whose nearest ligand is this element, and how many there are.", EVALUATION_WIDTH_PT,
     330.0, true, cuxas_evaluation_draw_elements, is_always},
    {"components", "Principal components of the simulated spectra",
     "Left: scores of the first two components. Right: mean spectra of the groups, lifted apart, and one standard "
     "deviation "
     "to each side. Above by oxidation state, below by coordination number.",
     EVALUATION_WIDTH_PT, 656.0, true, cuxas_evaluation_draw_pca, has_components},
    {"learning-curve", "Learning curve",
     "Median error of held-out compounds after learning from parts of the others: marks for each seed, a line through "
     "the "
     "means, dashed the fitted power law, drawn beyond the data as an extrapolation.",
     EVALUATION_WIDTH_PT, 340.0, false, cuxas_evaluation_draw_curve, has_curve},
    {"calibration", "Does the model know how wrong it is?",
     "Part of all points that lie within the interval that a normal distribution of the predicted standard deviation "
     "would "
     "give. On the dashed line it is honest; below it the model is too sure. In a cross-validation the standard "
     "deviations of "
     "each part are widened by what the other parts ask for.",
     EVALUATION_WIDTH_PT, 324.0, false, cuxas_evaluation_draw_calibration, has_sigma},
    {"distance", "Error against distance from the training set",
     "Line: medians of eight equal parts. The distance is that of the model's domain.", EVALUATION_WIDTH_PT, 340.0,
     false, cuxas_evaluation_draw_distance, is_always},
    {"worst", "The worst sites", "Black: simulated. Blue: predicted, with one standard deviation of the ensemble.",
     EVALUATION_WIDTH_PT, 660.0, true, cuxas_evaluation_draw_worst, is_always},
};
enum { N_KIND = sizeof KINDS / sizeof *KINDS };

static void add_figure(const cuxas_evaluation_report *report, cuxas_channel channel,
                       const cuxas_edge_evaluation *opt_edge, size_t i_kind, cuxas_evaluation_figure *ret_figure,
                       size_t *n)
{
  cuxas_evaluation_figure figure = {.report   = report,
                                    .channel  = channel,
                                    .opt_edge = opt_edge,
                                    .i_kind   = i_kind,
                                    .title    = KINDS[i_kind].title,
                                    .caption  = KINDS[i_kind].caption};
  if (*n == CUXAS_MAX_EVALUATION_FIGURE || !KINDS[i_kind].is_there(&figure)) return;
  snprintf(figure.name, sizeof figure.name, "%s%s%s-%s", KINDS[i_kind].name, opt_edge != NULL ? "-" : "",
           opt_edge != NULL ? cuxas_evaluation_edge_name(&figure, opt_edge) : "", cuxas_channel_name(channel));
  for (char *c = figure.name; *c != '\0'; c++) /* an edge's name is the caller's: nothing in it may leave the folder */
    if (*c == '/' || *c == '\\') *c = '_';
  ret_figure[(*n)++] = figure;
}

size_t cuxas_evaluation_list_figures(const cuxas_evaluation_report *report,
                                     cuxas_evaluation_figure        ret_figure[CUXAS_MAX_EVALUATION_FIGURE])
{
  size_t n = 0;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    const cuxas_evaluation_figure any = {.report = report, .channel = (cuxas_channel)channel};
    const cuxas_edge_evaluation  *edge[EVALUATION_MAX_EDGE];
    const size_t                  n_edge = cuxas_evaluation_edges(&any, edge);
    for (size_t k = 0; k < N_KIND && n_edge > 0; k++)
      for (size_t e = 0; e < (KINDS[k].is_of_one_edge ? n_edge : 1); e++)
        add_figure(report, (cuxas_channel)channel, KINDS[k].is_of_one_edge ? edge[e] : NULL, k, ret_figure, &n);
  }
  return n;
}

cuxas_figure cuxas_evaluation_figure_page(const cuxas_evaluation_figure *figure)
{
  return (cuxas_figure){figure->title, KINDS[figure->i_kind].width_pt, KINDS[figure->i_kind].height_pt,
                        KINDS[figure->i_kind].draw, figure};
}
