/* sheet.h - a page of small panels with a few curves each, for figures that tables of theory come with */
#ifndef SHEET_H
#define SHEET_H
#include "write/figure.h"

#include <math.h>
#include <stdio.h>

enum { SHEET_MAX_PANEL = 20, SHEET_MAX_CURVE = 4, SHEET_MAX_POINT = 600, SHEET_COLUMNS = 3 };

typedef struct {
  char   title[80], note[120];
  size_t n_curve;
  struct {
    cuxas_grid       grid;
    double           y[SHEET_MAX_POINT];
    cuxas_line_style line;
  } curve[SHEET_MAX_CURVE];
  double low_eV, high_eV;
} sheet_panel;

typedef struct {
  size_t             n_panel, n_legend;
  sheet_panel        panel[SHEET_MAX_PANEL];
  cuxas_legend_entry legend[SHEET_MAX_CURVE];
  const char        *title;
} sheet;

static const cuxas_line_style SHEET_MEASURED = {CUXAS_LINE_SOLID, 1.6, {0.0, 0.0, 0.0}},
                              SHEET_FEFF     = {CUXAS_LINE_SOLID, 1.0, {0.902, 0.624, 0.000}},
                              SHEET_OWN      = {CUXAS_LINE_SOLID, 1.1, {0.000, 0.447, 0.698}};

static inline void sheet_legend(sheet *s, const char *text, cuxas_line_style line)
{
  s->legend[s->n_legend++] = (cuxas_legend_entry){text, true, line, CUXAS_MARK_DISC, line.colour};
}

static inline void sheet_draw(cuxas_canvas *canvas, const void *user)
{
  const sheet *s = user;
  cuxas_canvas_legend(canvas, 14.0, 16.0, s->legend, s->n_legend);
  for (size_t i = 0; i < s->n_panel; i++) {
    const sheet_panel *p     = &s->panel[i];
    cuxas_panel        panel = {.left_pt   = 14.0 + 260.0 * (double)(i % SHEET_COLUMNS),
                                .top_pt    = 52.0 + 190.0 * (double)(i / SHEET_COLUMNS),
                                .width_pt  = 246.0,
                                .height_pt = 128.0,
                                .x_low     = p->low_eV,
                                .x_high    = p->high_eV,
                                .y_low     = -0.05};
    for (size_t k = 0; k < p->n_curve; k++)
      for (size_t j = 0; j < p->curve[k].grid.n_energy; j++) panel.y_high = fmax(panel.y_high, 1.05 * p->curve[k].y[j]);
    cuxas_canvas_text(canvas, panel.left_pt, panel.top_pt - 16.0,
                      (cuxas_text_style){9.5, true, CUXAS_ALIGN_LEFT, panel.width_pt, CUXAS_BLACK}, p->title);
    cuxas_canvas_text(canvas, panel.left_pt, panel.top_pt - 5.0,
                      (cuxas_text_style){7.5, false, CUXAS_ALIGN_LEFT, panel.width_pt, {0.3, 0.3, 0.3}}, p->note);
    cuxas_panel_x_axis(canvas, &panel, "Energy (eV)", true);
    cuxas_panel_clip(canvas, &panel);
    for (size_t k = 0; k < p->n_curve; k++)
      cuxas_panel_curve(canvas, &panel, p->curve[k].grid, p->curve[k].y, 0.0, p->curve[k].line);
    cuxas_panel_unclip(canvas);
    cuxas_panel_frame(canvas, &panel);
  }
}

/* Writes the page over what is there; says what failed. */
static inline bool sheet_save(const sheet *s, const char *path)
{
  cuxas_error        err;
  const size_t       n_row  = (s->n_panel + SHEET_COLUMNS - 1) / SHEET_COLUMNS;
  const cuxas_figure figure = {s->title, 28.0 + 260.0 * SHEET_COLUMNS, 40.0 + 190.0 * (double)n_row, sheet_draw, s};
  if (cuxas_figure_save(&figure, path, true, &err) == CUXAS_OK) return true;
  fprintf(stderr, "%s\n", err.message);
  return false;
}

#endif
