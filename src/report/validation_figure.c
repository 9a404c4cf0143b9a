/* The comparison as pictures: measured black, model orange, simulation blue; the best agreement first. */
#include "cuxas/validation.h"

#include "cuxas/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_WIDTH_PT 800.0
#define PANEL_PT 165.0 /* height of a row of panels with its words */
#define MARGIN_PT 10.0
#define LEGEND_PT 24.0
enum { N_COLUMN = 3 };

static const cuxas_colour ORANGE = {0.902, 0.624, 0.000}, BLUE = {0.000, 0.447, 0.698};

typedef struct {
  size_t                       n_panel;
  const cuxas_validation_row **row;           /* (n_panel) by MAE of the model */
  const cuxas_validation_row **opt_simulated; /* (n_panel) NULL: none */
} sheet;

static double height_pt(size_t n_panel)
{
  return LEGEND_PT + PANEL_PT * (double)((n_panel + N_COLUMN - 1) / N_COLUMN) + MARGIN_PT;
}

static void find_range(const cuxas_validation_row *row, double *low, double *high)
{
  const double *const curve[] = {row->measured, row->predicted};
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < row->grid.n_energy; i++) {
      if (!isfinite(curve[k][i])) continue;
      *low  = fmin(*low, curve[k][i]);
      *high = fmax(*high, curve[k][i]);
    }
}

static void draw_panel(cuxas_canvas *canvas, const sheet *page, size_t i_panel)
{
  const cuxas_validation_row *row       = page->row[i_panel];
  const cuxas_validation_row *other     = page->opt_simulated[i_panel];
  const double                column_pt = (PAGE_WIDTH_PT - 2.0 * MARGIN_PT) / N_COLUMN;
  const double                left_pt   = MARGIN_PT + column_pt * (double)(i_panel % N_COLUMN),
               top_pt                   = LEGEND_PT + PANEL_PT * (double)(i_panel / N_COLUMN);
  double low = 0.0, high = 1.0;
  char   text[120];

  find_range(row, &low, &high);
  if (other != NULL) find_range(other, &low, &high);
  const cuxas_panel panel = {left_pt + 4.0,   top_pt + 28.0,      column_pt - 14.0,
                             PANEL_PT - 62.0, row->grid.start_eV, cuxas_grid_end_eV(row->grid),
                             low - 0.04,      high + 0.06};
  const char *const place = i_panel == 0                         ? "best: "
                            : i_panel + 1 == page->n_panel       ? "worst: "
                            : i_panel == (page->n_panel - 1) / 2 ? "middle: "
                                                                 : "";
  snprintf(text, sizeof text, "%s%s", place, row->name);
  cuxas_canvas_text(canvas, left_pt + 4.0, top_pt + 12.0,
                    (cuxas_text_style){9.5, true, CUXAS_ALIGN_LEFT, column_pt - 14.0, CUXAS_BLACK}, text);
  if (other != NULL)
    snprintf(text, sizeof text, "MAE %.3f (simulated %.3f)  Spearman %.3f (%.3f)", row->comparison.mae,
             other->comparison.mae, row->comparison.spearman, other->comparison.spearman);
  else
    snprintf(text, sizeof text, "MAE %.3f  Spearman %.3f  shift %+.2f eV", row->comparison.mae,
             row->comparison.spearman, row->comparison.shift_eV);
  cuxas_canvas_text(canvas, left_pt + 4.0, top_pt + 23.0,
                    (cuxas_text_style){7.5, false, CUXAS_ALIGN_LEFT, column_pt - 14.0, {0.3, 0.3, 0.3}}, text);
  cuxas_panel_x_axis(canvas, &panel, "energy (eV)", true);
  cuxas_panel_clip(canvas, &panel);
  cuxas_panel_curve(canvas, &panel, row->grid, row->measured, 0.0,
                    (cuxas_line_style){CUXAS_LINE_SOLID, 1.6, CUXAS_BLACK});
  if (other != NULL)
    cuxas_panel_curve(canvas, &panel, other->grid, other->predicted, 0.0,
                      (cuxas_line_style){CUXAS_LINE_SOLID, 1.1, BLUE});
  cuxas_panel_curve(canvas, &panel, row->grid, row->predicted, 0.0, (cuxas_line_style){CUXAS_LINE_SOLID, 1.1, ORANGE});
  cuxas_panel_unclip(canvas);
  cuxas_panel_frame(canvas, &panel);
}

static void draw_sheet(cuxas_canvas *canvas, const void *user)
{
  const sheet             *page      = user;
  const cuxas_legend_entry entries[] = {
      {"measured", true, {CUXAS_LINE_SOLID, 1.6, CUXAS_BLACK}, CUXAS_MARK_DISC, CUXAS_BLACK},
      {"model", true, {CUXAS_LINE_SOLID, 1.1, ORANGE}, CUXAS_MARK_DISC, ORANGE},
      {"simulated", true, {CUXAS_LINE_SOLID, 1.1, BLUE}, CUXAS_MARK_DISC, BLUE},
  };
  bool has_simulated = false;
  for (size_t i = 0; i < page->n_panel; i++) has_simulated = has_simulated || page->opt_simulated[i] != NULL;
  cuxas_canvas_legend(canvas, MARGIN_PT, 16.0, entries, has_simulated ? 3 : 2);
  for (size_t i = 0; i < page->n_panel; i++) draw_panel(canvas, page, i);
}

static bool has_curves(const cuxas_validation_row *row)
{
  return row->reason[0] == '\0' && row->measured != NULL && row->predicted != NULL;
}

cuxas_status cuxas_validation_write_figure(const cuxas_validation_report *report, cuxas_figure_format format, FILE *out,
                                           cuxas_error *err)
{
  const cuxas_validation_row *row           = report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED];
  const cuxas_validation_row *opt_simulated = report->n_source > CUXAS_VALIDATION_SIMULATED
                                                  ? report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED]
                                                  : NULL;
  cuxas_status                status        = CUXAS_OK;
  sheet                       page          = {0};
  page.row                                  = cuxas_new_array(report->n_row, sizeof *page.row);
  page.opt_simulated                        = cuxas_new_array(report->n_row, sizeof *page.opt_simulated);
  if (page.row == NULL || page.opt_simulated == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a figure");
    goto done;
  }
  for (size_t i = 0; i < report->n_row; i++) { /* inserted by MAE */
    if (!has_curves(&row[i])) continue;
    size_t k = page.n_panel++;
    for (; k > 0 && page.row[k - 1]->comparison.mae > row[i].comparison.mae; k--) {
      page.row[k]           = page.row[k - 1];
      page.opt_simulated[k] = page.opt_simulated[k - 1];
    }
    page.row[k]           = &row[i];
    page.opt_simulated[k] = opt_simulated != NULL && has_curves(&opt_simulated[i]) ? &opt_simulated[i] : NULL;
  }
  if (page.n_panel == 0) {
    status = cuxas_fail(err, CUXAS_ERANGE, "no compound has a measured curve to draw");
    goto done;
  }
  const cuxas_figure figure = {"Measured, predicted and simulated spectra", PAGE_WIDTH_PT, height_pt(page.n_panel),
                               draw_sheet, &page};
  status                    = cuxas_figure_write(&figure, format, out, err);
done:
  free(page.row);
  free(page.opt_simulated);
  return status;
}
