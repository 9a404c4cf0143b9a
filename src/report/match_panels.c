/* Contents: 1. styles  2. panels a to c  3. waterfall  4. sites */
#include "cuxas/detail.h"
#include "write/figure.h"
#include "report/match_figure.h"

#include <math.h>

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
    snprintf(text, sizeof text, "MAE %.3f  Sp %.3f", hit->comparison.mae, hit->comparison.spearman);
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
