/* validation_figure.c - pictures of measured curves beside the predictions of their compounds
 *
 * Contents: 1. panels  2. what stands in them  3. the figure */
#include "evaluate/validation_figure.h"
#include "base/text.h"
#include "write/figure.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_WIDTH_PT 800.0
#define PANEL_PT 190.0 /* height of a row of panels with its words */
#define BARE_WIDTH_PT 480.0
#define BARE_PT 210.0
#define MARGIN_PT 10.0
#define LEGEND_PT 24.0
#define WORDS_PT 8.6    /* between lines beneath a panel */
#define LABEL_PT 9.6    /* and between those that name curves */
#define BENEATH_PT 38.0 /* from a panel to the first of them: numbers and name of the axis are between */
enum { N_COLUMN = 3, MAX_WORD_LINE = 6 };

static const cuxas_line_style MEASURED                            = {CUXAS_LINE_SOLID, 1.6, {0.0, 0.0, 0.0}};
static const cuxas_line_style SOURCE[CUXAS_VALIDATION_MAX_SOURCE] = {{CUXAS_LINE_SOLID, 1.1, {0.902, 0.624, 0.000}},
                                                                     {CUXAS_LINE_SOLID, 1.1, {0.000, 0.447, 0.698}}};
static const cuxas_line_style RIVAL                               = {CUXAS_LINE_DASHED, 1.1, {0.000, 0.620, 0.451}};
static const cuxas_line_style WITNESS                             = {CUXAS_LINE_DOTTED, 1.4, {0.620, 0.255, 0.580}};
static const cuxas_text_style SMALL = {7.5, false, CUXAS_ALIGN_LEFT, 0.0, {0.3, 0.3, 0.3}};

/* 1. panels */

static double width_pt(const validation_sheet *sheet)
{
  return sheet->is_bare ? BARE_WIDTH_PT : PAGE_WIDTH_PT;
}

static void find_range(const validation_plot *plot, double *low, double *high)
{
  for (size_t k = 0; k < plot->n_curve; k++)
    for (size_t i = 0; i < plot->curve[k].grid.n_energy; i++) {
      if (!isfinite(plot->curve[k].mu[i])) continue;
      *low  = fmin(*low, plot->curve[k].mu[i]);
      *high = fmax(*high, plot->curve[k].mu[i]);
    }
}

/* Where the row of panels begins, or the page ends; rows with words beneath are higher. */
static double find_top_pt(const validation_sheet *sheet, size_t i_row)
{
  double top_pt = LEGEND_PT;
  for (size_t row = 0; row < i_row; row++) {
    bool has_words = false;
    for (size_t i = row * sheet->n_column; i < (row + 1) * sheet->n_column && i < sheet->n_plot; i++)
      has_words = has_words || sheet->plot[i].beneath[0] != '\0';
    top_pt += PANEL_PT + (has_words ? 2.0 * LABEL_PT + MAX_WORD_LINE * WORDS_PT : 0.0);
  }
  return top_pt;
}

/* The rectangle of plot i without its words. */
static cuxas_panel place_panel(const validation_sheet *sheet, size_t i)
{
  const validation_plot *plot      = &sheet->plot[i];
  const double           column_pt = (width_pt(sheet) - 2.0 * MARGIN_PT) / (double)sheet->n_column;
  double                 low = 0.0, high = 1.0;
  cuxas_panel            panel = {.left_pt   = MARGIN_PT + 4.0 + column_pt * (double)(i % sheet->n_column),
                                  .top_pt    = find_top_pt(sheet, i / sheet->n_column) + 28.0,
                                  .width_pt  = column_pt - 14.0,
                                  .height_pt = PANEL_PT - 62.0};
  if (sheet->is_bare) {
    panel.top_pt    = MARGIN_PT;
    panel.height_pt = BARE_PT - 34.0;
  }
  find_range(plot, &low, &high);
  panel.x_low  = plot->curve[0].grid.start_eV;
  panel.x_high = cuxas_grid_end_eV(plot->curve[0].grid);
  panel.y_low  = low - 0.04;
  panel.y_high = high + 0.06;
  return panel;
}

/* Names of the curves below the axis, two abreast. */
static void draw_labels(cuxas_canvas *canvas, const cuxas_panel *panel, const validation_plot *plot, double y_pt)
{
  const double     sample_pt = 16.0, half_pt = 0.5 * panel->width_pt;
  cuxas_text_style style = SMALL;
  style.max_width_pt     = half_pt - sample_pt - 8.0;
  for (size_t k = 0; k < plot->n_curve; k++) {
    const double left_pt = panel->left_pt + (k % 2 == 0 ? 0.0 : half_pt), line_pt = y_pt + LABEL_PT * (double)(k / 2);
    const cuxas_panel strip = {left_pt, line_pt - 3.5, sample_pt, 2.0, 0.0, 1.0, 0.0, 1.0};
    cuxas_panel_line(canvas, &strip, 0.0, 0.5, 1.0, 0.5, plot->curve[k].line);
    cuxas_canvas_text(canvas, left_pt + sample_pt + 4.0, line_pt, style, plot->curve[k].label);
  }
}

/* Words in lines as wide as the panel; what is more than a few lines is cut. */
static void draw_words(cuxas_canvas *canvas, const cuxas_panel *panel, const char *text, double y_pt)
{
  cuxas_text_style cut = SMALL;
  cut.max_width_pt     = panel->width_pt;
  for (int line = 1; *text != '\0'; line++, y_pt += WORDS_PT) {
    char   words[1024];
    size_t n_byte = 0;
    for (size_t n = 0; text[n] != '\0' && line < MAX_WORD_LINE;) {
      n += strspn(text + n, " ");
      n += strcspn(text + n, " ");
      snprintf(words, sizeof words, "%.*s", (int)n, text);
      if (n_byte > 0 && cuxas_canvas_text_width_pt(canvas, SMALL, words) > panel->width_pt) break;
      n_byte = n;
    }
    if (n_byte == 0) n_byte = strlen(text);
    snprintf(words, sizeof words, "%.*s", (int)n_byte, text);
    cuxas_canvas_text(canvas, panel->left_pt, y_pt, cut, words);
    text += n_byte + strspn(text + n_byte, " ");
  }
}

static void draw_plot(cuxas_canvas *canvas, const validation_sheet *sheet, size_t i)
{
  const validation_plot *plot = &sheet->plot[i];
  if (plot->n_curve == 0) return;
  const cuxas_panel panel = place_panel(sheet, i);
  if (!sheet->is_bare) {
    cuxas_canvas_text(canvas, panel.left_pt, panel.top_pt - 16.0,
                      (cuxas_text_style){9.5, true, CUXAS_ALIGN_LEFT, panel.width_pt, CUXAS_BLACK}, plot->title);
    cuxas_canvas_text(canvas, panel.left_pt, panel.top_pt - 5.0,
                      (cuxas_text_style){7.5, false, CUXAS_ALIGN_LEFT, panel.width_pt, {0.3, 0.3, 0.3}}, plot->note);
  }
  cuxas_panel_x_axis(canvas, &panel, "Energy (eV)", true);
  cuxas_panel_clip(canvas, &panel);
  for (size_t k = 0; k < plot->n_curve; k++)
    cuxas_panel_curve(canvas, &panel, plot->curve[k].grid, plot->curve[k].mu, 0.0, plot->curve[k].line);
  cuxas_panel_unclip(canvas);
  cuxas_panel_frame(canvas, &panel);
  if (sheet->is_bare || plot->beneath[0] == '\0') return;
  const double beneath_pt = panel.top_pt + panel.height_pt + BENEATH_PT;
  draw_labels(canvas, &panel, plot, beneath_pt);
  draw_words(canvas, &panel, plot->beneath, beneath_pt + 2.0 * LABEL_PT + 3.0);
}

static void draw_sheet(cuxas_canvas *canvas, const void *user)
{
  const validation_sheet *sheet = user;
  if (!sheet->is_bare) cuxas_canvas_legend(canvas, MARGIN_PT, 16.0, sheet->legend, sheet->n_legend);
  for (size_t i = 0; i < sheet->n_plot; i++) draw_plot(canvas, sheet, i);
}

cuxas_figure cuxas_validation_sheet_page(const validation_sheet *sheet)
{
  const size_t n_row     = (sheet->n_plot + sheet->n_column - 1) / sheet->n_column;
  const double height_pt = sheet->is_bare ? BARE_PT + MARGIN_PT : find_top_pt(sheet, n_row) + MARGIN_PT;
  return (cuxas_figure){"Measured, predicted and simulated spectra", width_pt(sheet), height_pt, draw_sheet, sheet};
}

/* 2. what stands in them */

static void add_curve(validation_plot *plot, cuxas_grid grid, const double *mu, cuxas_line_style line)
{
  plot->curve[plot->n_curve++] = (validation_curve){.grid = grid, .mu = mu, .line = line};
}

static void add_legend(validation_sheet *sheet, cuxas_line_style line, const char *text)
{
  char *word = sheet->word[sheet->n_legend];
  snprintf(word, sizeof sheet->word[0], "%s", text);
  sheet->legend[sheet->n_legend++] = (cuxas_legend_entry){word, true, line, CUXAS_MARK_DISC, line.colour};
}

static bool has_curves(const cuxas_validation_row *row)
{
  return row->reason[0] == '\0' && row->measured != NULL && row->predicted != NULL;
}

static void fill_plot(const cuxas_validation_report *report, size_t i_row, const char *place, validation_plot *plot)
{
  const cuxas_validation_row *row   = &report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED][i_row];
  const cuxas_validation_row *other = report->n_source > CUXAS_VALIDATION_SIMULATED
                                          ? &report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED][i_row]
                                          : NULL;
  *plot                             = (validation_plot){.n_curve = 0};
  snprintf(plot->title, sizeof plot->title, "%s%s", place, row->name);
  add_curve(plot, row->grid, row->measured, MEASURED);
  if (other != NULL && has_curves(other)) {
    snprintf(plot->note, sizeof plot->note, "MAE %.3f (%s %.3f)  Spearman %.3f (%.3f)", row->comparison.mae,
             report->source[CUXAS_VALIDATION_SIMULATED].name, other->comparison.mae, row->comparison.spearman,
             other->comparison.spearman);
    add_curve(plot, other->grid, other->predicted, SOURCE[CUXAS_VALIDATION_SIMULATED]);
  } else {
    snprintf(plot->note, sizeof plot->note, "MAE %.3f  Spearman %.3f  shift %+.2f eV", row->comparison.mae,
             row->comparison.spearman, row->comparison.shift_eV);
  }
  add_curve(plot, row->grid, row->predicted, SOURCE[CUXAS_VALIDATION_MODEL]);
}

static void add_labelled(validation_plot *plot, cuxas_grid grid, const double *opt_mu, cuxas_line_style line,
                         const char *label)
{
  if (opt_mu == NULL) return;
  add_curve(plot, grid, opt_mu, line);
  snprintf(plot->curve[plot->n_curve - 1].label, sizeof plot->curve[0].label, "%s", label);
}

/* A wrong answer. */
static void fill_answer(const cuxas_answers_row *row, const cuxas_answers_failure *failure, validation_plot *plot)
{
  char label[VALIDATION_LABEL_SIZE];
  *plot = (validation_plot){.n_curve = 0};
  snprintf(plot->title, sizeof plot->title, "%.50s, not %.60s", row->name, failure->said.first);
  snprintf(plot->note, sizeof plot->note, "%s%s", cuxas_answers_asked_name(failure->asked),
           failure->is_absent ? ", the right one taken out" : "");
  cuxas_validation_answer_tell(row, failure, plot->beneath, sizeof plot->beneath);
  add_labelled(plot, failure->grid, failure->measured, MEASURED, "measured");
  snprintf(label, sizeof label, "%s, right", row->compound);
  add_labelled(plot, failure->grid, failure->opt_right_mu, SOURCE[CUXAS_VALIDATION_MODEL], label);
  snprintf(label, sizeof label, "%s, first", failure->said.first);
  add_labelled(plot, failure->grid, failure->opt_first_mu, RIVAL, label);
  add_labelled(plot, failure->grid, failure->opt_witness_mu, WITNESS, failure->witness);
}

static size_t count_wrong(const cuxas_validation_report *report)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n_answer; i++) n += report->answer[i].n_failure;
  return n;
}

/* In rows of their own, by library. */
static void add_wrong(const cuxas_validation_report *report, validation_sheet *sheet)
{
  if (count_wrong(report) == 0) return;
  while (sheet->n_plot % sheet->n_column != 0) sheet->plot[sheet->n_plot++] = (validation_plot){.n_curve = 0};
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
    for (size_t i = 0; i < report->n_answer; i++)
      for (size_t k = 0; k < report->answer[i].n_failure; k++)
        if (report->answer[i].failure[k].asked == (cuxas_asked)asked)
          fill_answer(&report->answer[i], &report->answer[i].failure[k], &sheet->plot[sheet->n_plot++]);
}

/* Rows with curves by MAE of the model; returns how many. */
static size_t sort_rows(const cuxas_validation_row *row, size_t n_row, size_t *ret_order)
{
  size_t n = 0;
  for (size_t i = 0; i < n_row; i++) {
    if (!has_curves(&row[i])) continue;
    size_t k = n++;
    for (; k > 0 && row[ret_order[k - 1]].comparison.mae > row[i].comparison.mae; k--) ret_order[k] = ret_order[k - 1];
    ret_order[k] = i;
  }
  return n;
}

static const char *name_place(size_t i, size_t n)
{
  return i == 0 ? "best: " : i + 1 == n ? "worst: " : i == (n - 1) / 2 ? "middle: " : "";
}

cuxas_status cuxas_validation_sheet_new(const cuxas_validation_report *report, validation_choice choice,
                                        validation_sheet *ret_sheet, cuxas_error *err)
{
  validation_sheet *sheet = ret_sheet;
  size_t           *order = cuxas_new(err, report->n_row, sizeof *order);
  *sheet                  = (validation_sheet){.n_column = N_COLUMN};
  sheet->plot             = cuxas_new(err, report->n_row + N_COLUMN + count_wrong(report), sizeof *sheet->plot);
  if (order == NULL || sheet->plot == NULL) {
    free(order);
    return cuxas_no_memory(err);
  }
  const size_t n = sort_rows(report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED], report->n_row, order);
  for (size_t i = 0; i < n; i++) {
    const char *place = name_place(i, n);
    if (choice != VALIDATION_EXTREMES || place[0] != '\0')
      fill_plot(report, order[i], place, &sheet->plot[sheet->n_plot++]);
  }
  free(order);
  if (choice == VALIDATION_AND_WRONG && n > 0) add_wrong(report, sheet);
  add_legend(sheet, MEASURED, "measured");
  for (size_t k = 0; k < report->n_source; k++) add_legend(sheet, SOURCE[k], report->source[k].name);
  return CUXAS_OK;
}

cuxas_status cuxas_validation_sheet_failure(const cuxas_validation_report *report, const cuxas_validation_case *failure,
                                            validation_sheet *ret_sheet, cuxas_error *err)
{
  const cuxas_validation_source *source = &report->source[failure->i_source];
  const char                    *name   = source->row[CUXAS_MANNER_ASKED][failure->i_row].name;
  validation_sheet              *sheet  = ret_sheet;
  char                           word[VALIDATION_LABEL_SIZE];
  *sheet =
      (validation_sheet){.n_column = 1, .n_plot = 1, .is_bare = true, .plot = cuxas_new(err, 1, sizeof *sheet->plot)};
  if (sheet->plot == NULL) return cuxas_no_memory(err);
  validation_plot *plot = sheet->plot;
  add_curve(plot, failure->grid, failure->measured, MEASURED);
  add_curve(plot, failure->grid, failure->right_mu, SOURCE[failure->i_source]);
  add_curve(plot, failure->grid, failure->first_mu, RIVAL);
  add_legend(sheet, MEASURED, "measured");
  snprintf(word, sizeof word, "%s, %s", name, source->name);
  add_legend(sheet, SOURCE[failure->i_source], word);
  snprintf(word, sizeof word, "%s, first", failure->first);
  add_legend(sheet, RIVAL, word);
  return CUXAS_OK;
}

cuxas_status cuxas_validation_sheet_answer(const cuxas_validation_report *report, size_t i_answer, size_t i_failure,
                                           validation_sheet *ret_sheet, cuxas_error *err)
{
  const cuxas_answers_row *row   = &report->answer[i_answer];
  validation_sheet        *sheet = ret_sheet;
  *sheet =
      (validation_sheet){.n_column = 1, .n_plot = 1, .is_bare = true, .plot = cuxas_new(err, 1, sizeof *sheet->plot)};
  if (sheet->plot == NULL) return cuxas_no_memory(err);
  validation_plot *plot = sheet->plot;
  fill_answer(row, &row->failure[i_failure], plot);
  for (size_t k = 0; k < plot->n_curve; k++) add_legend(sheet, plot->curve[k].line, plot->curve[k].label);
  return CUXAS_OK;
}

void cuxas_validation_sheet_free(validation_sheet *sheet)
{
  free(sheet->plot);
  sheet->plot = NULL;
}

/* 3. the figure */

cuxas_status cuxas_validation_write_figure(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const cuxas_validation_report *report = what;
  const cuxas_locale             locale = cuxas_locale_begin();
  validation_sheet               sheet;
  cuxas_status                   status = cuxas_validation_sheet_new(
                        report, report->extremes_alone ? VALIDATION_EXTREMES : VALIDATION_AND_WRONG, &sheet, err);
  if (status == CUXAS_OK && sheet.n_plot == 0)
    status = cuxas_fail(err, CUXAS_ERANGE, "no compound has a measured curve to draw");
  if (status == CUXAS_OK) {
    const cuxas_figure figure = cuxas_validation_sheet_page(&sheet);
    status                    = cuxas_figure_write(&figure, format, out, err);
  }
  cuxas_validation_sheet_free(&sheet);
  cuxas_locale_end(locale);
  return status;
}
