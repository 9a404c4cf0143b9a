#include "report/match_figure.h"
#include "write/figure.h"
#include "write/text.h"

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
  snprintf(numbers, sizeof numbers, "MAE %.3f  Spearman %.3f  shift %+.2f eV", hit->comparison.mae,
           hit->comparison.spearman, hit->comparison.shift_eV);
  draw_entry(canvas, MARGIN_PT, y_pt, column_pt, cuxas_match_simulated_line(false), name, numbers);
  if (curves->opt_rival != NULL) {
    snprintf(name, sizeof name, "%.240s, predicted", hit->name);
    snprintf(numbers, sizeof numbers, "rank %zu by prediction", curves->report->shortlist->candidate[0].rank);
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
    snprintf(numbers, sizeof numbers, "MAE %.3f  Spearman %.3f  shift %+.2f eV", hit->comparison.mae,
             hit->comparison.spearman, hit->comparison.shift_eV);
    draw_entry(canvas, x_pt, y_pt, column_pt, cuxas_match_line(i), name, numbers);
  }
  if (curves->has_simulated) y_pt += draw_simulated_legend(canvas, curves, y_pt + LEGEND_ROW_PT);
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
  const match_panels  panels  = cuxas_match_panels_place(curves, MARGIN_PT, top_pt, panels_part * width_pt, height_pt);
  const double        left_pt = MARGIN_PT + panels_part * width_pt + gap_pt;
  const cuxas_panel   waterfall =
      cuxas_match_waterfall_place(curves, left_pt, top_pt, (1.0 - panels_part) * width_pt - gap_pt, height_pt);

  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_ENERGY, 0);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_FRAME, 0);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_MEASURED, 0);
  for (size_t i = n_shown; i > 0; i--) cuxas_match_panels_draw(canvas, curves, &panels, MATCH_CANDIDATE, i - 1);
  cuxas_match_panels_draw(canvas, curves, &panels, MATCH_SIMULATED, 0);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_ENERGY);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_FRAME);
  cuxas_match_waterfall_draw(canvas, curves, &waterfall, MATCH_MEASURED);
}

static cuxas_status write_figure(const cuxas_report *report, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  match_curves *curves;
  cuxas_status  status = cuxas_match_curves_new(report, &curves, err);
  if (status != CUXAS_OK) return status;
  const cuxas_figure figure = {"Measured and predicted spectra", PAGE_WIDTH_PT, PAGE_HEIGHT_PT, draw_match, curves};
  status                    = cuxas_figure_write(&figure, format, out, err);
  cuxas_match_curves_free(curves);
  return status;
}

cuxas_status cuxas_report_write_svg(const void *report, FILE *out, cuxas_error *err)
{
  return write_figure(report, CUXAS_FIGURE_SVG, out, err);
}

cuxas_status cuxas_report_write_pdf(const void *report, FILE *out, cuxas_error *err)
{
  return write_figure(report, CUXAS_FIGURE_PDF, out, err);
}

cuxas_status cuxas_report_write_png(const void *report, FILE *out, cuxas_error *err)
{
  return write_figure(report, CUXAS_FIGURE_PNG, out, err);
}
