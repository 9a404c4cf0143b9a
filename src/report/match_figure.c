/* match_figure.c - the drawing of a match
 *
 *   1. curves: what is drawn, as numbers
 *   2. panels
 *   3. the whole picture */
#include "match/shortlist.h"
#include "base/text.h"
#include "report/match_figure.h"

#include "base/memory.h"
#include "match/answer.h"
#include "match/detail.h"
#include "report/answer.h"
#include "write/figure.h"
#include "write/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1. curves */

/* Slope of a parabola through five points, sum j mu[i+j] / 10 steps (A. Savitzky and M. J. E. Golay, Anal. Chem. 36, 1627
 * (1964)): the filter that onsets are found with. NaN where one of the five is missing. */
static void differentiate(cuxas_grid grid, const double *mu, double *ret_slope)
{
  for (size_t i = 0; i < grid.n_energy; i++) {
    const bool has_room = i >= 2 && i + 2 < grid.n_energy;
    ret_slope[i] = has_room ? (2.0 * (mu[i + 2] - mu[i - 2]) + (mu[i + 1] - mu[i - 1])) / (10.0 * grid.step_eV) : NAN;
  }
}

static void widen(const double *y, const double *opt_half, size_t n, double *low, double *high)
{
  for (size_t i = 0; i < n; i++) {
    const double half = opt_half != NULL && isfinite(opt_half[i]) ? opt_half[i] : 0.0;
    if (!isfinite(y[i])) continue;
    *low  = fmin(*low, y[i] - half);
    *high = fmax(*high, y[i] + half);
  }
}

static void find_ranges(match_curves *curves)
{
  const double margin = 0.05;
  const size_t n      = curves->grid.n_energy;
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    curves->low[k]  = k == 1 ? 0.0 : HUGE_VAL;
    curves->high[k] = k == 1 ? 0.0 : -HUGE_VAL;
  }
  widen(curves->measured, NULL, n, &curves->low[0], &curves->high[0]);
  widen(curves->measured_slope, NULL, n, &curves->low[2], &curves->high[2]);
  for (size_t i = 0; i < curves->n_curve; i++) {
    widen(curves->row[i].mu, curves->row[i].opt_sigma, n, &curves->low[0], &curves->high[0]);
    widen(curves->row[i].residual, NULL, n, &curves->low[1], &curves->high[1]);
    widen(curves->row[i].slope, NULL, n, &curves->low[2], &curves->high[2]);
  }
  if (curves->has_simulated) {
    widen(curves->simulated.mu, NULL, n, &curves->low[0], &curves->high[0]);
    widen(curves->simulated.residual, NULL, n, &curves->low[1], &curves->high[1]);
    widen(curves->simulated.slope, NULL, n, &curves->low[2], &curves->high[2]);
  }
  if (curves->opt_rival != NULL) widen(curves->opt_rival, NULL, n, &curves->low[0], &curves->high[0]);
  for (size_t i = curves->n_curve; i < curves->n_row; i++) /* only in the waterfall */
    widen(curves->row[i].mu, NULL, n, &curves->low[0], &curves->high[0]);
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    if (!(curves->high[k] > curves->low[k])) curves->low[k] = -1.0, curves->high[k] = 1.0;
    const double room = margin * (curves->high[k] - curves->low[k]);
    curves->low[k] -= room;
    curves->high[k] += room;
  }
}

static bool fill_row(match_curves *curves, const cuxas_hit *hit, match_curve *row)
{
  const size_t n = curves->grid.n_energy;
  row->hit       = hit;
  row->mu        = hit->shifted;
  row->residual  = cuxas_new(NULL, n, sizeof *row->residual);
  row->slope     = cuxas_new(NULL, n, sizeof *row->slope);
  if (row->residual == NULL || row->slope == NULL) return false;
  for (size_t k = 0; k < n; k++) row->residual[k] = row->mu[k] - curves->measured[k];
  differentiate(curves->grid, row->mu, row->slope);
  return true;
}

static bool fill_candidate(match_curves *curves, size_t i)
{
  const cuxas_report *report = curves->report;
  if (i < report->n_detail && report->detail[i] != NULL) curves->row[i].opt_sigma = report->detail[i]->sigma;
  return fill_row(curves, &report->hits->hit[i], &curves->row[i]);
}

/* Which simulation is drawn: of the compound that the answer names, where its curve was kept; the first where it names none, but none
 * beside a sum or a measured spectrum whose compound is no candidate. SIZE_MAX: none. */
static size_t find_simulated(const cuxas_report *report)
{
  const cuxas_answer_kind kind = report->answer->kind;
  if (kind == CUXAS_ANSWER_MIXTURE || kind == CUXAS_ANSWER_STANDARD) return SIZE_MAX;
  if (kind == CUXAS_ANSWER_SURROUNDINGS || report->answer->n_compound == 0) return 0;
  return cuxas_shortlist_find(report->shortlist, cuxas_answer_hit(report, 0));
}

/* A candidate by simulation; its prediction only where it is not among those shown. */
static bool fill_simulated(match_curves *curves)
{
  const cuxas_shortlist *shortlist = curves->report->shortlist;
  if (!cuxas_shortlist_leads(shortlist)) return true;
  const size_t     i   = find_simulated(curves->report);
  const cuxas_hit *hit = i != SIZE_MAX ? &shortlist->hits->hit[i] : NULL;
  if (hit == NULL || hit->shifted == NULL) {
    if (curves->report->answer->n_compound > 0 && curves->report->answer->kind != CUXAS_ANSWER_MIXTURE)
      curves->opt_undrawn = cuxas_answer_hit(curves->report, 0);
    return true;
  }
  const bool is_shown   = hit->rank_predicted <= MATCH_MAX_SHOWN && hit->rank_predicted <= curves->n_row;
  curves->has_simulated = true;
  if (!is_shown) curves->opt_rival = shortlist->candidate[i].predicted;
  return fill_row(curves, hit, &curves->simulated);
}

/* The best measured spectrum that is not this measurement, if it is any good. */
static const cuxas_hit *find_standard(const cuxas_report *report)
{
  const cuxas_hits *standards = report->standards;
  for (size_t i = 0; standards != NULL && i < standards->n_hit; i++) {
    const cuxas_hit *hit = &standards->hit[i];
    if (hit->is_query) continue;
    return hit->shifted != NULL && cuxas_answer_agrees(hit->comparison.score) ? hit : NULL;
  }
  return NULL;
}

static double number_of_step(const cuxas_preprocess_step *step, const char *name)
{
  for (size_t i = 0; i < step->n_number; i++)
    if (strcmp(step->number[i].name, name) == 0) return step->number[i].value;
  return NAN;
}

/* What lay under the edge, by the numbers of the step that took it off; the curve with it and with the pedestal. */
static bool fill_pre_edge(match_curves *curves)
{
  const cuxas_prepared        *prepared = curves->report->prepared;
  const cuxas_preprocess_step *taken = NULL, *pedestal = NULL;
  for (size_t i = 0; i < prepared->n_step; i++) {
    if (strcmp(prepared->step[i].name, "pre-edge") == 0) taken = &prepared->step[i];
    if (strcmp(prepared->step[i].name, "pedestal") == 0) pedestal = &prepared->step[i];
  }
  if (taken == NULL) return true;
  const double exponent = number_of_step(taken, "exponent"), slope = number_of_step(taken, "slope_per_eV");
  const double level = number_of_step(taken, "level_at_end"), below = pedestal != NULL ? prepared->pedestal.level : 0.0;
  const size_t n       = prepared->grid.n_energy;
  curves->whole        = prepared->grid;
  curves->from_eV      = number_of_step(taken, "from_eV");
  curves->to_eV        = number_of_step(taken, "to_eV");
  curves->has_pre_edge = true;
  curves->raw          = cuxas_new(NULL, n, sizeof *curves->raw);
  curves->under        = cuxas_new(NULL, n, sizeof *curves->under);
  if (curves->raw == NULL || curves->under == NULL) return false;
  for (size_t i = 0; i < n; i++) {
    const double energy_eV = cuxas_grid_energy_eV(prepared->grid, i);
    curves->under[i]       = isnan(exponent) ? level + slope * (energy_eV - curves->to_eV)
                                             : level * pow(energy_eV / curves->to_eV, exponent);
    curves->raw[i]         = prepared->mu[i] + below + curves->under[i];
  }
  if (isnan(exponent))
    cuxas_text_print(curves->pre_edge, sizeof curves->pre_edge, "line, fitted %.1f to %.1f eV", curves->from_eV,
                     curves->to_eV);
  else
    cuxas_text_print(curves->pre_edge, sizeof curves->pre_edge, "E^%.2f, fitted %.1f to %.1f eV", exponent,
                     curves->from_eV, curves->to_eV);
  return true;
}

cuxas_status cuxas_match_curves_new(const cuxas_report *report, match_curves **ret_curves, cuxas_error *err)
{
  match_curves *curves = cuxas_new(err, 1, sizeof *curves);

  *ret_curves = NULL;
  if (curves == NULL) return cuxas_no_memory(err);
  curves->report         = report;
  curves->grid           = report->query->grid;
  curves->measured       = cuxas_new(err, curves->grid.n_energy, sizeof *curves->measured);
  curves->measured_slope = cuxas_new(err, curves->grid.n_energy, sizeof *curves->measured_slope);
  bool is_filled         = curves->measured != NULL && curves->measured_slope != NULL;
  if (is_filled) {
    cuxas_report_scale_measured(report, curves->measured);
    differentiate(curves->grid, curves->measured, curves->measured_slope);
  }
  while (is_filled && curves->n_row < MATCH_MAX_ROW && curves->n_row < report->hits->n_hit &&
         report->hits->hit[curves->n_row].shifted != NULL)
    is_filled = fill_candidate(curves, curves->n_row++);
  is_filled            = is_filled && fill_simulated(curves) && fill_pre_edge(curves);
  curves->opt_standard = find_standard(report);
  if (!is_filled) {
    cuxas_match_curves_free(curves);
    return cuxas_no_memory(err);
  }
  curves->n_curve = curves->n_row < MATCH_MAX_CURVE ? curves->n_row : MATCH_MAX_CURVE;
  find_ranges(curves);
  *ret_curves = curves;
  return CUXAS_OK;
}

void cuxas_match_curves_free(match_curves *curves)
{
  if (curves == NULL) return;
  for (size_t i = 0; i < MATCH_MAX_ROW; i++) {
    free(curves->row[i].residual);
    free(curves->row[i].slope);
  }
  free(curves->simulated.residual);
  free(curves->simulated.slope);
  free(curves->measured);
  free(curves->measured_slope);
  free(curves->raw);
  free(curves->under);
  free(curves);
}

/* 2. panels */

/* 1. styles */

cuxas_colour cuxas_match_colour(size_t i_curve)
{
  return i_curve < MATCH_MAX_CURVE ? cuxas_palette(i_curve) : CUXAS_GREY;
}

/* Every second one is dashed: the kind of line tells neighbours apart where colours do not. */
cuxas_line_style cuxas_match_line(size_t i_curve)
{
  return (cuxas_line_style){i_curve % 2 == 1 && i_curve < MATCH_MAX_CURVE ? CUXAS_LINE_DASHED : CUXAS_LINE_SOLID, 1.3,
                            cuxas_match_colour(i_curve)};
}

cuxas_line_style cuxas_match_standard_line(void)
{
  return (cuxas_line_style){CUXAS_LINE_DASHED, 1.6, {0.45, 0.45, 0.45}};
}

cuxas_line_style cuxas_match_simulated_line(bool is_prediction)
{
  return (cuxas_line_style){is_prediction ? CUXAS_LINE_DOTTED : CUXAS_LINE_SOLID, 1.6, {0.35, 0.0, 0.30}};
}

static const cuxas_line_style MEASURED_LINE = {CUXAS_LINE_SOLID, 1.6, {0.0, 0.0, 0.0}};
static const cuxas_line_style ONSET_LINE    = {CUXAS_LINE_DOTTED, 0.9, {0.3, 0.3, 0.3}};
static const cuxas_line_style ZERO_LINE     = {CUXAS_LINE_SOLID, 0.9, {0.0, 0.0, 0.0}};
static const cuxas_line_style BEHIND_LINE   = {CUXAS_LINE_SOLID, 1.0, {0.62, 0.62, 0.62}};

/* 2. panels a to c */

match_panels cuxas_match_panels_place(const match_curves *curves, double left_pt, double top_pt, double width_pt,
                                      double height_pt)
{
  const double left_room_pt = 50.0, right_room_pt = 6.0, top_room_pt = 14.0, bottom_room_pt = 32.0, gap_pt = 18.0;
  static const double PART[MATCH_N_PANEL] = {0.54, 0.22, 0.24};
  const double        free_pt             = height_pt - top_room_pt - bottom_room_pt - gap_pt * (MATCH_N_PANEL - 1);
  match_panels        panels;
  double              y_pt = top_pt + top_room_pt;

  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    panels.panel[k] = (cuxas_panel){left_pt + left_room_pt,
                                    y_pt,
                                    width_pt - left_room_pt - right_room_pt,
                                    PART[k] * free_pt,
                                    curves->grid.start_eV,
                                    cuxas_grid_end_eV(curves->grid),
                                    curves->low[k],
                                    curves->high[k]};
    y_pt += PART[k] * free_pt + gap_pt;
  }
  return panels;
}

/* "a  Spectra" above the left end of a panel */
static void draw_title(cuxas_canvas *canvas, const cuxas_panel *panel, const char *letter, const char *title)
{
  const cuxas_text_style bold  = {9.5, true, CUXAS_ALIGN_LEFT, 0.0, CUXAS_BLACK};
  const cuxas_text_style plain = {9.5, false, CUXAS_ALIGN_LEFT, panel->width_pt, {0.2, 0.2, 0.2}};
  cuxas_canvas_text(canvas, panel->left_pt, panel->top_pt - 4.0, bold, letter);
  cuxas_canvas_text(canvas, panel->left_pt + 12.0, panel->top_pt - 4.0, plain, title);
}

static void draw_frames(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels)
{
  static const char *const LETTER[MATCH_N_PANEL] = {"a", "b", "c"};
  static const char *const TITLE[MATCH_N_PANEL] = {"Spectra", "Residual: predicted minus measured", "First derivative"};
  static const char *const LABEL[MATCH_N_PANEL] = {"\xCE\xBC (scaled)", "\xCE\x94\xCE\xBC", "d\xCE\xBC/dE (1/eV)"};
  (void)curves;
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    cuxas_panel_y_axis(canvas, &panels->panel[k], LABEL[k]);
    cuxas_panel_frame(canvas, &panels->panel[k]);
    draw_title(canvas, &panels->panel[k], LETTER[k], TITLE[k]);
  }
}

static void draw_energy(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels)
{
  const cuxas_query *query = curves->report->query;
  for (size_t k = 0; k < MATCH_N_PANEL; k++)
    cuxas_panel_x_axis(canvas, &panels->panel[k], k + 1 == MATCH_N_PANEL ? "Energy (eV)" : NULL,
                       k + 1 == MATCH_N_PANEL);
  const cuxas_panel     *top   = &panels->panel[0];
  const cuxas_text_style style = {8.0, false, CUXAS_ALIGN_RIGHT, 0.0, {0.3, 0.3, 0.3}};
  for (size_t i = 0; i < query->n_edge; i++) {
    const double energy_eV = query->onset[i].energy_eV;
    if (query->onset[i].found && energy_eV > top->x_low && energy_eV < top->x_high)
      cuxas_canvas_text(canvas, cuxas_panel_x_pt(top, energy_eV) - 3.0, top->top_pt + 11.0, style, query->edge[i].name);
  }
}

static void draw_measured(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels)
{
  const cuxas_query *query = curves->report->query;
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    const cuxas_panel *panel = &panels->panel[k];
    for (size_t i = 0; i < query->n_edge; i++) {
      const double energy_eV = query->onset[i].energy_eV;
      if (query->onset[i].found && energy_eV > panel->x_low && energy_eV < panel->x_high)
        cuxas_panel_line(canvas, panel, energy_eV, panel->y_low, energy_eV, panel->y_high, ONSET_LINE);
    }
  }
  const cuxas_panel *b = &panels->panel[1];
  if (curves->opt_standard != NULL)
    cuxas_panel_curve(canvas, &panels->panel[0], curves->grid, curves->opt_standard->shifted, 0.0,
                      cuxas_match_standard_line());
  cuxas_panel_curve(canvas, &panels->panel[0], curves->grid, curves->measured, 0.0, MEASURED_LINE);
  cuxas_panel_line(canvas, b, b->x_low, 0.0, b->x_high, 0.0, ZERO_LINE);
  cuxas_panel_curve(canvas, &panels->panel[2], curves->grid, curves->measured_slope, 0.0, MEASURED_LINE);
}

/* Short strokes at the foot of panel a, where the candidate's edges begin after its shift. Better ones are shorter, and
 * drawn later: strokes at one energy stay visible. */
static void draw_onsets(cuxas_canvas *canvas, const match_curves *curves, const cuxas_panel *panel, size_t i_curve)
{
  const cuxas_hit *hit    = curves->row[i_curve].hit;
  const double     height = (0.05 + 0.02 * (double)i_curve) * (panel->y_high - panel->y_low);
  cuxas_line_style style  = cuxas_match_line(i_curve);
  style.kind              = CUXAS_LINE_SOLID;
  style.width_pt          = 1.8;
  for (size_t i = 0; i < curves->report->query->n_edge; i++) {
    const double energy_eV = hit->comparison.predicted_onset[i].energy_eV + hit->comparison.shift_eV;
    if (hit->comparison.predicted_onset[i].found && energy_eV > panel->x_low && energy_eV < panel->x_high)
      cuxas_panel_line(canvas, panel, energy_eV, panel->y_low, energy_eV, panel->y_low + height, style);
  }
}

static void draw_candidate(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels, size_t i_curve)
{
  const match_curve     *row   = &curves->row[i_curve];
  const cuxas_line_style style = cuxas_match_line(i_curve);
  if (row->opt_sigma != NULL)
    cuxas_panel_band(canvas, &panels->panel[0], curves->grid, row->mu, row->opt_sigma, style.colour);
  draw_onsets(canvas, curves, &panels->panel[0], i_curve);
  cuxas_panel_curve(canvas, &panels->panel[0], curves->grid, row->mu, 0.0, style);
  cuxas_panel_curve(canvas, &panels->panel[1], curves->grid, row->residual, 0.0, style);
  cuxas_panel_curve(canvas, &panels->panel[2], curves->grid, row->slope, 0.0, style);
}

static void draw_simulated(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels)
{
  const cuxas_line_style style = cuxas_match_simulated_line(false);
  if (!curves->has_simulated) return;
  if (curves->opt_rival != NULL)
    cuxas_panel_curve(canvas, &panels->panel[0], curves->grid, curves->opt_rival, 0.0,
                      cuxas_match_simulated_line(true));
  cuxas_panel_curve(canvas, &panels->panel[0], curves->grid, curves->simulated.mu, 0.0, style);
  cuxas_panel_curve(canvas, &panels->panel[1], curves->grid, curves->simulated.residual, 0.0, style);
  cuxas_panel_curve(canvas, &panels->panel[2], curves->grid, curves->simulated.slope, 0.0, style);
}

void cuxas_match_panels_draw(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels,
                             match_part part, size_t i_curve)
{
  switch (part) {
  case MATCH_FRAME: draw_frames(canvas, curves, panels); break;
  case MATCH_ENERGY: draw_energy(canvas, curves, panels); break;
  case MATCH_MEASURED: draw_measured(canvas, curves, panels); break;
  case MATCH_CANDIDATE: draw_candidate(canvas, curves, panels, i_curve); break;
  case MATCH_SIMULATED: draw_simulated(canvas, curves, panels); break;
  }
}

/* 3. waterfall: row i is lifted by -i * ROW_STEP */

#define ROW_STEP 0.75 /* of a curve's height: neighbours interlock a little, as peaks stand in the left half */

cuxas_panel cuxas_match_waterfall_place(const match_curves *curves, double left_pt, double top_pt, double width_pt,
                                        double height_pt)
{
  const double top_room_pt = 14.0, bottom_room_pt = 32.0;
  const double n_row = curves->n_row > 0 ? (double)curves->n_row : 1.0;
  return (cuxas_panel){left_pt,
                       top_pt + top_room_pt,
                       width_pt - MATCH_ROW_LABEL_PT,
                       height_pt - top_room_pt - bottom_room_pt,
                       curves->grid.start_eV,
                       cuxas_grid_end_eV(curves->grid),
                       curves->low[0] - (n_row - 1.0) * ROW_STEP,
                       curves->high[0]};
}

static void draw_row_labels(cuxas_canvas *canvas, const match_curves *curves, const cuxas_panel *panel)
{
  const double     x_pt    = panel->left_pt + panel->width_pt + 6.0;
  const double     room_pt = MATCH_ROW_LABEL_PT - 8.0;
  cuxas_text_style number  = {8.0, false, CUXAS_ALIGN_LEFT, room_pt, {0.3, 0.3, 0.3}};
  char             text[200];

  for (size_t i = 0; i < curves->n_row; i++) {
    const cuxas_hit *hit  = curves->row[i].hit;
    const double     y_pt = cuxas_panel_y_pt(panel, 0.35 - (double)i * ROW_STEP);
    snprintf(text, sizeof text, "%zu  %.150s", hit->rank, hit->name);
    cuxas_canvas_text(canvas, x_pt, y_pt,
                      (cuxas_text_style){9.0, true, CUXAS_ALIGN_LEFT, room_pt, cuxas_match_colour(i)}, text);
    cuxas_text_print(text, sizeof text, "MAE %.3f  Sp %.3f", hit->comparison.mae, hit->comparison.spearman);
    cuxas_canvas_text(canvas, x_pt, y_pt + 10.5, number, text);
  }
}

static void draw_rows(cuxas_canvas *canvas, const match_curves *curves, const cuxas_panel *panel)
{
  for (size_t i = 0; i < curves->n_row; i++) {
    cuxas_line_style style = cuxas_match_line(i);
    style.kind             = CUXAS_LINE_SOLID; /* a row of its own tells it apart */
    cuxas_panel_curve(canvas, panel, curves->grid, curves->measured, -(double)i * ROW_STEP, BEHIND_LINE);
    cuxas_panel_curve(canvas, panel, curves->grid, curves->row[i].mu, -(double)i * ROW_STEP, style);
  }
}

void cuxas_match_waterfall_draw(cuxas_canvas *canvas, const match_curves *curves, const cuxas_panel *panel,
                                match_part part)
{
  switch (part) {
  case MATCH_FRAME:
    cuxas_panel_frame(canvas, panel);
    draw_title(canvas, panel, "d", "Ranking (grey: measured)");
    draw_row_labels(canvas, curves, panel);
    break;
  case MATCH_ENERGY: cuxas_panel_x_axis(canvas, panel, "Energy (eV)", true); break;
  case MATCH_MEASURED: draw_rows(canvas, curves, panel); break;
  case MATCH_CANDIDATE:
  case MATCH_SIMULATED: break;
  }
}

/* 4. sites */

void cuxas_match_sites_draw(cuxas_canvas *canvas, const match_curves *curves, size_t i_curve, double width_pt,
                            double height_pt)
{
  const cuxas_detail *detail = curves->report->detail[i_curve];
  const match_curve  *row    = &curves->row[i_curve];
  const cuxas_panel   panel  = {50.0,
                                8.0,
                                width_pt - 56.0,
                                height_pt - 40.0,
                                curves->grid.start_eV,
                                cuxas_grid_end_eV(curves->grid),
                                curves->low[0],
                                curves->high[0]};
  cuxas_line_style    total  = {CUXAS_LINE_SOLID, 2.4, CUXAS_BLACK};

  cuxas_panel_y_axis(canvas, &panel, "\xCE\xBC (scaled)");
  cuxas_panel_x_axis(canvas, &panel, "Energy (eV)", true);
  cuxas_panel_frame(canvas, &panel);
  cuxas_panel_curve(canvas, &panel, curves->grid, row->mu, 0.0, total);
  for (size_t i = 0; i < detail->n_site; i++)
    cuxas_panel_curve(canvas, &panel, curves->grid, detail->site[i].mu, 0.0, cuxas_match_line(i));
}

void cuxas_match_pre_edge_draw(cuxas_canvas *canvas, const match_curves *curves, double left_pt, double top_pt,
                               double width_pt, double height_pt)
{
  const double left_room_pt = 50.0, right_room_pt = 6.0, top_room_pt = 14.0, bottom_room_pt = 32.0;
  if (!curves->has_pre_edge) return;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < curves->whole.n_energy; i++) {
    low  = fmin(low, fmin(curves->raw[i], curves->under[i]));
    high = fmax(high, fmax(curves->raw[i], curves->under[i]));
  }
  const double           margin = 0.05 * (high - low);
  const cuxas_panel      panel  = {left_pt + left_room_pt,
                                   top_pt + top_room_pt,
                                   width_pt - left_room_pt - right_room_pt,
                                   height_pt - top_room_pt - bottom_room_pt,
                                   curves->whole.start_eV,
                                   cuxas_grid_end_eV(curves->whole),
                                   low - margin,
                                   high + margin};
  const cuxas_line_style fitted = {CUXAS_LINE_DASHED, 1.6, cuxas_palette(1)};
  char                   title[100];
  cuxas_panel_y_axis(canvas, &panel, "signal");
  cuxas_panel_x_axis(canvas, &panel, "Energy (eV)", true);
  cuxas_panel_frame(canvas, &panel);
  snprintf(title, sizeof title, "Taken off: %s", curves->pre_edge);
  draw_title(canvas, &panel, "e", title);
  cuxas_panel_line(canvas, &panel, fmax(curves->from_eV, panel.x_low), panel.y_low, fmax(curves->from_eV, panel.x_low),
                   panel.y_high, ONSET_LINE);
  cuxas_panel_line(canvas, &panel, fmax(curves->to_eV, panel.x_low), panel.y_low, fmax(curves->to_eV, panel.x_low),
                   panel.y_high, ONSET_LINE);
  cuxas_panel_curve(canvas, &panel, curves->whole, curves->raw, 0.0, MEASURED_LINE);
  cuxas_panel_curve(canvas, &panel, curves->whole, curves->under, 0.0, fitted);
}

/* 3. the whole picture */

#define PAGE_WIDTH_PT 800.0
#define PAGE_HEIGHT_PT 560.0
#define MARGIN_PT 8.0
#define LEGEND_ROW_PT 15.0

/* "--- 1  CuO   MAE 0.081, Spearman 0.950, shift -3.30 eV"; opt_numbers after the name, which is cut to leave room. */
static void draw_entry(cuxas_canvas *canvas, double x_pt, double y_pt, double width_pt, cuxas_line_style line,
                       const char *name, const char *opt_numbers)
{
  const double      sample_pt = 26.0, gap_pt = 10.0;
  const cuxas_panel sample = {x_pt, y_pt - 3.5, sample_pt - 6.0, 1.0, 0.0, 1.0, 0.0, 1.0};
  cuxas_text_style  bold   = {9.0, true, CUXAS_ALIGN_LEFT, 0.0, CUXAS_BLACK};
  cuxas_text_style  plain  = {9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}};
  const double numbers_pt = opt_numbers != NULL ? cuxas_canvas_text_width_pt(canvas, plain, opt_numbers) + gap_pt : 0.0;

  bold.max_width_pt = width_pt - sample_pt - numbers_pt - gap_pt;
  cuxas_panel_line(canvas, &sample, 0.0, 0.5, 1.0, 0.5, line);
  cuxas_canvas_text(canvas, x_pt + sample_pt, y_pt, bold, name);
  if (opt_numbers == NULL) return;
  const double name_pt = cuxas_canvas_text_width_pt(canvas, bold, name);
  cuxas_canvas_text(canvas, x_pt + sample_pt + name_pt + gap_pt, y_pt, plain, opt_numbers);
}

/* "--- CuO, simulated   MAE 0.055 ..." and, where it is drawn too, its prediction; two columns; returns the height used. */
static double draw_simulated_legend(cuxas_canvas *canvas, const match_curves *curves, double y_pt)
{
  const double     column_pt = 0.5 * (PAGE_WIDTH_PT - 2.0 * MARGIN_PT);
  const cuxas_hit *hit       = curves->simulated.hit;
  char             name[300], numbers[200];
  snprintf(name, sizeof name, "%zu  %.240s, simulated", hit->rank, hit->name);
  cuxas_text_print(numbers, sizeof numbers, "MAE %.3f  Spearman %.3f  shift %+.2f eV", hit->comparison.mae,
                   hit->comparison.spearman, hit->comparison.shift_eV);
  draw_entry(canvas, MARGIN_PT, y_pt, column_pt, cuxas_match_simulated_line(false), name, numbers);
  if (curves->opt_rival != NULL) {
    snprintf(name, sizeof name, "%.240s, predicted", hit->name);
    snprintf(numbers, sizeof numbers, "rank %zu by prediction", hit->rank_predicted);
    draw_entry(canvas, MARGIN_PT + column_pt, y_pt, column_pt, cuxas_match_simulated_line(true), name, numbers);
  }
  return LEGEND_ROW_PT;
}

/* Two columns, filled row by row; returns the height used. */
static double draw_legend(cuxas_canvas *canvas, const match_curves *curves, size_t n_shown)
{
  const double column_pt = 0.5 * (PAGE_WIDTH_PT - 2.0 * MARGIN_PT);
  double       x_pt = MARGIN_PT, y_pt = MARGIN_PT + 10.0;
  char         name[300], numbers[200];

  snprintf(name, sizeof name, "measured: %.250s", cuxas_text_file_name(curves->report->measured_path));
  draw_entry(canvas, x_pt, y_pt, column_pt, (cuxas_line_style){CUXAS_LINE_SOLID, 1.6, CUXAS_BLACK}, name, NULL);
  for (size_t i = 0; i < n_shown; i++) {
    const cuxas_hit *hit = curves->row[i].hit;
    x_pt                 = i % 2 == 0 ? MARGIN_PT + column_pt : MARGIN_PT;
    if (i % 2 == 1) y_pt += LEGEND_ROW_PT;
    snprintf(name, sizeof name, "%zu  %.250s", hit->rank, hit->name);
    cuxas_text_print(numbers, sizeof numbers, "MAE %.3f  Spearman %.3f  shift %+.2f eV", hit->comparison.mae,
                     hit->comparison.spearman, hit->comparison.shift_eV);
    draw_entry(canvas, x_pt, y_pt, column_pt, cuxas_match_line(i), name, numbers);
  }
  if (curves->has_simulated) y_pt += draw_simulated_legend(canvas, curves, y_pt + LEGEND_ROW_PT);
  if (curves->opt_undrawn != NULL) {
    const cuxas_text_style plain = {9.0, false, CUXAS_ALIGN_LEFT, PAGE_WIDTH_PT - 2.0 * MARGIN_PT, {0.2, 0.2, 0.2}};
    y_pt += LEGEND_ROW_PT;
    snprintf(name, sizeof name, "No simulation is drawn: there is none of %.240s", curves->opt_undrawn->name);
    cuxas_canvas_text(canvas, MARGIN_PT, y_pt, plain, name);
  }
  if (curves->opt_standard != NULL) {
    const cuxas_hit *hit = curves->opt_standard;
    y_pt += LEGEND_ROW_PT;
    snprintf(name, sizeof name, "%.240s, measured standard", hit->name);
    cuxas_text_print(numbers, sizeof numbers, "MAE %.3f  Spearman %.3f  shift %+.2f eV", hit->comparison.mae,
                     hit->comparison.spearman, hit->comparison.shift_eV);
    draw_entry(canvas, MARGIN_PT, y_pt, column_pt, cuxas_match_standard_line(), name, numbers);
  }
  return y_pt + 8.0 - MARGIN_PT;
}

static void draw_match(cuxas_canvas *canvas, const void *user)
{
  const match_curves *curves      = user;
  const double        panels_part = 0.58, gap_pt = 14.0;
  const double        width_pt  = PAGE_WIDTH_PT - 2.0 * MARGIN_PT;
  const size_t        n_shown   = curves->n_curve < MATCH_MAX_SHOWN ? curves->n_curve : MATCH_MAX_SHOWN;
  const double        legend_pt = draw_legend(canvas, curves, n_shown);
  const double        top_pt = MARGIN_PT + legend_pt, height_pt = PAGE_HEIGHT_PT - MARGIN_PT - top_pt;
  const match_panels  panels   = cuxas_match_panels_place(curves, MARGIN_PT, top_pt, panels_part * width_pt, height_pt);
  const double        left_pt  = MARGIN_PT + panels_part * width_pt + gap_pt;
  const double        right_pt = (1.0 - panels_part) * width_pt - gap_pt;
  const double        pre_pt   = curves->has_pre_edge ? 0.34 * height_pt : 0.0;
  const cuxas_panel   waterfall = cuxas_match_waterfall_place(curves, left_pt, top_pt, right_pt, height_pt - pre_pt);

  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_ENERGY, 0);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_FRAME, 0);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_MEASURED, 0);
  for (size_t i = n_shown; i > 0; i--) cuxas_match_panels_draw(canvas, curves, &panels, MATCH_CANDIDATE, i - 1);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_SIMULATED, 0);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_ENERGY);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_FRAME);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_MEASURED);
  cuxas_match_pre_edge_draw(canvas, curves, left_pt, top_pt + height_pt - pre_pt, right_pt, pre_pt);
}

cuxas_status cuxas_report_write_figure(const void *report, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  match_curves *curves;
  cuxas_status  status = cuxas_match_curves_new(report, &curves, err);
  if (status != CUXAS_OK) return status;
  const cuxas_figure figure = {"Measured and predicted spectra", PAGE_WIDTH_PT, PAGE_HEIGHT_PT, draw_match, curves};
  status                    = cuxas_figure_write(&figure, format, out, err);
  cuxas_match_curves_free(curves);
  return status;
}
