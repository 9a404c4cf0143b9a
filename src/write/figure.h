/* figure.h - a small plotting layer: panels with axes, curves, bands and words, written as SVG, PDF or PNG
 *
 * A figure is a page measured in points (1/72 inch), x to the right, y downwards, drawn by one function of the caller;
 * the same drawing goes into every format. Same drawing, same bytes: no dates, no counters of the process. Letters are
 * DejaVu Sans where it is installed (Debian's default), else what fontconfig takes in its place; in SVG they are
 * outlines, so that a page looks the same everywhere.
 *
 * Drawing functions cannot fail: the first failure is kept by the canvas and returned when the figure is written.
 * Text may hold any bytes: what is no printable UTF-8 character is drawn as U+FFFD. */
#ifndef CUXAS_FIGURE_H
#define CUXAS_FIGURE_H
#include "cuxas/output.h"
#include "cuxas/spectrum.h"
#include "cuxas/status.h"

#include <stdbool.h>
#include <stdio.h>

/* cuxas_figure_find_format() - by the path's suffix .svg, .pdf or .png, in any case
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED another suffix or none. */
cuxas_status cuxas_figure_find_format(const char *path, cuxas_figure_format *ret_format, cuxas_error *err);

typedef struct cuxas_canvas cuxas_canvas;
typedef void                cuxas_figure_draw(cuxas_canvas *canvas, const void *user);

typedef struct {
  const char        *title; /* in a PDF's metadata */
  double             width_pt, height_pt;
  cuxas_figure_draw *draw;
  const void        *user; /* what draw gets */
} cuxas_figure;

#define CUXAS_FIGURE_MAX_PT 14400.0 /* largest side, pt: the limit of PDF */
#define CUXAS_FIGURE_PNG_SCALE 2.0  /* pixels per point: 144 dpi */

/* cuxas_figure_write() - draws the figure on a white page
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a side that is not in 1 ... CUXAS_FIGURE_MAX_PT; CUXAS_EIO cannot be written;
 *          CUXAS_ENUMERIC cairo refuses the drawing; CUXAS_ENOMEM. */
cuxas_status cuxas_figure_write(const cuxas_figure *figure, cuxas_figure_format format, FILE *out, cuxas_error *err);

/* cuxas_figure_save() - the same to a file, in the format that its name says, whole or not at all
 *
 * Returns  as cuxas_figure_find_format(), cuxas_output_open() and cuxas_figure_write(). */
cuxas_status cuxas_figure_save(const cuxas_figure *figure, const char *path, bool overwrite, cuxas_error *err);

/* cuxas_figure_svg_layer() - the figure without page and background, as the inside of an <svg> element
 *
 *   prefix   of all ids in it, so that several layers fit in one document: letters, digits and '-'
 *   ret_svg  the caller frees it with free()
 *
 * Returns  as cuxas_figure_write(). */
cuxas_status cuxas_figure_svg_layer(const cuxas_figure *figure, const char *prefix, char **ret_svg, cuxas_error *err);

/* -- colours: M. Okabe and K. Ito, "Color Universal Design" (2008), told apart with every kind of colour vision -- */

typedef struct {
  double red, green, blue; /* 0 ... 1 */
} cuxas_colour;

enum { CUXAS_PALETTE_SIZE = 6 };

/* cuxas_palette() - blue, vermilion, green, purple, orange, sky blue; then again. Yellow is left out: too pale on white */
cuxas_colour cuxas_palette(size_t i);

extern const cuxas_colour CUXAS_BLACK, CUXAS_GREY, CUXAS_PALE;

/* -- words -- */

typedef enum { CUXAS_ALIGN_LEFT, CUXAS_ALIGN_MIDDLE, CUXAS_ALIGN_RIGHT } cuxas_align;

typedef struct {
  double       size_pt;
  bool         is_bold;
  cuxas_align  align;
  double       max_width_pt; /* longer text is cut and ends in an ellipsis; 0: no limit */
  cuxas_colour colour;
} cuxas_text_style;

/* cuxas_canvas_text() - one line; y is its base line */
void cuxas_canvas_text(cuxas_canvas *canvas, double x_pt, double y_pt, cuxas_text_style style, const char *text);

/* cuxas_canvas_fail() - something had to be left out because there was no memory: the figure is not written */
void cuxas_canvas_fail(cuxas_canvas *canvas);

/* cuxas_canvas_text_width_pt() - how wide that line is, pt */
double cuxas_canvas_text_width_pt(cuxas_canvas *canvas, cuxas_text_style style, const char *text);

/* -- axes -- */

enum { CUXAS_MAX_TICK = 20 };

/* Round numbers between the ends of an axis: first + i * step. */
typedef struct {
  size_t n_tick;
  double first, step;
  int    n_decimal; /* digits behind the point that tell them apart */
} cuxas_ticks;

/* cuxas_ticks_find() - at most max_tick ticks, steps 1, 2 or 5 times a power of ten
 *
 *   low, high  ends of the axis, low < high
 *   max_tick   2 ... CUXAS_MAX_TICK; values outside are moved into it
 *
 * Returns  the ticks; n_tick = 0 when the ends are not finite or not in this order. */
cuxas_ticks cuxas_ticks_find(double low, double high, size_t max_tick);

/* cuxas_ticks_value() - tick i, exactly 0 where it would be a rounding error */
double cuxas_ticks_value(cuxas_ticks ticks, size_t i);

/* cuxas_ticks_label() - tick i as text, with U+2212 as minus sign */
void cuxas_ticks_label(cuxas_ticks ticks, size_t i, char *ret_label, size_t n_byte);

/* -- panels -- */

/* A rectangle of the page and the numbers at its sides. */
typedef struct {
  double left_pt, top_pt, width_pt, height_pt;
  double x_low, x_high, y_low, y_high;
} cuxas_panel;

double cuxas_panel_x_pt(const cuxas_panel *panel, double x);
double cuxas_panel_y_pt(const cuxas_panel *panel, double y);

typedef enum { CUXAS_LINE_SOLID, CUXAS_LINE_DASHED, CUXAS_LINE_DOTTED } cuxas_line_kind;

typedef struct {
  cuxas_line_kind kind;
  double          width_pt;
  cuxas_colour    colour;
} cuxas_line_style;

/* cuxas_panel_frame() - the border */
void cuxas_panel_frame(cuxas_canvas *canvas, const cuxas_panel *panel);

/* cuxas_panel_x_axis(), cuxas_panel_y_axis() - ticks and their grid lines; numbers below or left of the panel
 *
 *   label        below the numbers, or beside them turned by 90 degrees; NULL: none
 *   has_numbers  false: ticks alone, for a panel that shares the axis of another */
void cuxas_panel_x_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label, bool has_numbers);
void cuxas_panel_y_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label);

/* cuxas_panel_curve() - y(E) plus `lift` on a grid; values that are not finite leave a gap
 * cuxas_panel_band() - the area between y - half and y + half, in a transparent colour; gaps as for a curve
 *
 *   y, half  (grid.n_energy) */
void cuxas_panel_curve(cuxas_canvas *canvas, const cuxas_panel *panel, cuxas_grid grid, const double *y, double lift,
                       cuxas_line_style style);
void cuxas_panel_band(cuxas_canvas *canvas, const cuxas_panel *panel, cuxas_grid grid, const double *y,
                      const double *half, cuxas_colour colour);

/* cuxas_panel_line() - a straight line between two points in the panel's numbers; nothing when one is not finite */
void cuxas_panel_line(cuxas_canvas *canvas, const cuxas_panel *panel, double x1, double y1, double x2, double y2,
                      cuxas_line_style style);

/* -- bars, marks and fields (figure.c) -- */

/* cuxas_ramp() - pale (0) to dark (1) blue: an order that every kind of colour vision and a grey print keep */
cuxas_colour cuxas_ramp(double part);

/* cuxas_canvas_box() - a filled rectangle, its sides in points */
void cuxas_canvas_box(cuxas_canvas *canvas, double left_pt, double top_pt, double width_pt, double height_pt,
                      cuxas_colour fill);

/* cuxas_panel_bar() - a filled rectangle between two corners in the panel's numbers, cut at the panel's sides */
void cuxas_panel_bar(cuxas_canvas *canvas, const cuxas_panel *panel, double x1, double y1, double x2, double y2,
                     cuxas_colour fill);

/* cuxas_panel_clip() - what is drawn until cuxas_panel_unclip() ends at the panel's sides; pairs do not nest */
void cuxas_panel_clip(cuxas_canvas *canvas, const cuxas_panel *panel);
void cuxas_panel_unclip(cuxas_canvas *canvas);

typedef enum {
  CUXAS_MARK_DISC,
  CUXAS_MARK_SQUARE,
  CUXAS_MARK_TRIANGLE,
  CUXAS_MARK_DIAMOND,
  CUXAS_MARK_CROSS,
  CUXAS_MARK_RING,
  CUXAS_N_MARK
} cuxas_mark_kind;

/* cuxas_canvas_mark(), cuxas_panel_mark() - a mark of this width; nothing when the place is not finite or outside the
 * panel */
void cuxas_canvas_mark(cuxas_canvas *canvas, double x_pt, double y_pt, cuxas_mark_kind kind, double width_pt,
                       cuxas_colour colour);
void cuxas_panel_mark(cuxas_canvas *canvas, const cuxas_panel *panel, double x, double y, cuxas_mark_kind kind,
                      double width_pt, cuxas_colour colour);

/* cuxas_panel_log_x_axis(), cuxas_panel_log_y_axis() - the same as cuxas_panel_x_axis() for a panel whose numbers are
 * logarithms to base 10: ticks at 1, 2 and 5 times powers of ten, written as the numbers themselves */
void cuxas_panel_log_x_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label);
void cuxas_panel_log_y_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label);

/* One entry of a legend. */
typedef struct {
  const char      *text;
  bool             is_line;
  cuxas_line_style line;   /* is_line */
  cuxas_mark_kind  mark;   /* otherwise */
  cuxas_colour     colour; /* otherwise */
} cuxas_legend_entry;

/* cuxas_canvas_legend() - entries side by side from a point; y_pt is the base line of the words
 *
 * Returns  where the next entry would begin, pt. */
double cuxas_canvas_legend(cuxas_canvas *canvas, double x_pt, double y_pt, const cuxas_legend_entry *entry,
                           size_t n_entry);

#endif
