/* Contents: 1. rows of groups  2. the periodic table */
#include "evaluate/evaluation_figure.h"
#include "write/figure.h"

#include "cuxas/elements.h"

#include <math.h>
#include <stdlib.h>

static const char             MAE_LABEL[] = "mean absolute error (edge step 1)";
static const cuxas_text_style SMALL       = {9.0, false, CUXAS_ALIGN_LEFT, 0.0, {0.2, 0.2, 0.2}};

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
  const size_t                 n = evaluation_edges(figure, edge);
  for (size_t i = 0; i < n; i++) {
    const cuxas_group_summary *group   = by_state ? edge[i]->by_state : edge[i]->by_number;
    const size_t               n_group = by_state ? edge[i]->n_state : edge[i]->n_number;
    cuxas_panel                panel   = evaluation_place(i, n, 30.0, height_pt);
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
    evaluation_heading(canvas, &panel, "%s by %s", evaluation_edge_name(figure, edge[i]),
                       by_state ? "oxidation state" : "coordination number");
  }
}

void evaluation_draw_states(cuxas_canvas *canvas, const void *user)
{
  draw_groups(canvas, user, true, EVALUATION_HEIGHT_PT);
}

void evaluation_draw_numbers(cuxas_canvas *canvas, const void *user)
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

static void draw_cell(cuxas_canvas *canvas, int z, double left_pt, double top_pt, double width_pt, double height_pt,
                      const cuxas_group_summary *opt_group, double part)
{
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

void evaluation_draw_elements(cuxas_canvas *canvas, const void *user)
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
    draw_cell(canvas, z, left_pt + column * width_pt, top_pt + row * height_pt + (row >= 7 ? 8.0 : 0.0),
              width_pt - gap_pt, height_pt - gap_pt, group,
              group != NULL && high > low ? (log10(group->median) - low) / (high - low) : 0.5);
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
  evaluation_heading(canvas, &page, "%s by nearest element", evaluation_edge_name(figure, edge));
}
