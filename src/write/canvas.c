/* canvas.c - drawing with cairo: what figures are made of
 *
 *   1. colours and pens
 *   2. words
 *   3. round numbers on axes
 *   4. axes
 *   5. curves */
#include "write/canvas_priv.h"
#include "base/memory.h"

#include "write/figure.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FONT "DejaVu Sans"
#define NUMBER_PT 9.0 /* size of the numbers and labels on axes */
#define TICK_PT 4.0

/* 1. colours and pens */

const cuxas_colour CUXAS_BLACK = {0.0, 0.0, 0.0};
const cuxas_colour CUXAS_GREY  = {0.4, 0.4, 0.4};
const cuxas_colour CUXAS_PALE  = {0.91, 0.91, 0.91};

cuxas_colour cuxas_palette(size_t i)
{
  static const cuxas_colour PALETTE[CUXAS_PALETTE_SIZE] = {
      {0.000, 0.447, 0.698}, /* blue */
      {0.835, 0.369, 0.000}, /* vermilion */
      {0.000, 0.620, 0.451}, /* bluish green */
      {0.800, 0.475, 0.655}, /* reddish purple */
      {0.902, 0.624, 0.000}, /* orange */
      {0.337, 0.706, 0.914}, /* sky blue */
  };
  return PALETTE[i % CUXAS_PALETTE_SIZE];
}

static void set_colour(cairo_t *cairo, cuxas_colour colour)
{
  cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

static void stroke(cairo_t *cairo, cuxas_line_style style)
{
  static const double DASHED[] = {5.0, 2.5}, DOTTED[] = {1.2, 2.0};
  set_colour(cairo, style.colour);
  cairo_set_line_width(cairo, style.width_pt);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  if (style.kind == CUXAS_LINE_DASHED) cairo_set_dash(cairo, DASHED, 2, 0.0);
  if (style.kind == CUXAS_LINE_DOTTED) cairo_set_dash(cairo, DOTTED, 2, 0.0);
  cairo_stroke(cairo);
  cairo_set_dash(cairo, NULL, 0, 0.0);
}

/* 2. words */

static void choose_font(cairo_t *cairo, cuxas_text_style style)
{
  cairo_select_font_face(cairo, FONT, CAIRO_FONT_SLANT_NORMAL,
                         style.is_bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, style.size_pt);
}

static double find_width_pt(cairo_t *cairo, const char *clean)
{
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, clean, &extents);
  return extents.x_advance;
}

/* Takes characters off the end until text and ellipsis fit; `clean` has room for the ellipsis. */
static void shorten(cairo_t *cairo, char *clean, double max_width_pt)
{
  static const char ELLIPSIS[] = "\xE2\x80\xA6";
  size_t            n_kept     = strlen(clean);
  do {
    while (n_kept > 0 && ((unsigned char)clean[--n_kept] & 0xC0) == 0x80) continue;
    strcpy(clean + n_kept, ELLIPSIS);
  } while (n_kept > 0 && find_width_pt(cairo, clean) > max_width_pt);
}

void cuxas_canvas_fail(cuxas_canvas *canvas)
{
  canvas->is_failed = true;
}

/* The words as they will be drawn, with the font chosen; the caller frees them. NULL: no memory, told to the canvas. */
static char *prepare_words(cuxas_canvas *canvas, cuxas_text_style style, const char *text)
{
  cairo_t *cairo = canvas->cairo;
  char    *clean = cuxas_utf8_clean(text);
  char    *roomy = clean != NULL ? cuxas_grow(NULL, clean, strlen(clean) + 8, 1) : NULL;
  if (roomy == NULL) {
    cuxas_canvas_fail(canvas);
    free(clean);
    return NULL;
  }
  choose_font(cairo, style);
  if (style.max_width_pt > 0.0 && find_width_pt(cairo, roomy) > style.max_width_pt)
    shorten(cairo, roomy, style.max_width_pt);
  return roomy;
}

void cuxas_canvas_text(cuxas_canvas *canvas, double x_pt, double y_pt, cuxas_text_style style, const char *text)
{
  char *words = prepare_words(canvas, style, text);
  if (words == NULL) return;
  const double width_pt = find_width_pt(canvas->cairo, words);
  const double left_pt  = style.align == CUXAS_ALIGN_LEFT    ? x_pt
                          : style.align == CUXAS_ALIGN_RIGHT ? x_pt - width_pt
                                                             : x_pt - 0.5 * width_pt;
  set_colour(canvas->cairo, style.colour);
  cairo_move_to(canvas->cairo, left_pt, y_pt);
  cairo_show_text(canvas->cairo, words);
  cairo_new_path(canvas->cairo);
  free(words);
}

double cuxas_canvas_text_width_pt(cuxas_canvas *canvas, cuxas_text_style style, const char *text)
{
  char *words = prepare_words(canvas, style, text);
  if (words == NULL) return 0.0;
  const double width_pt = find_width_pt(canvas->cairo, words);
  free(words);
  return width_pt;
}

/* 3. round numbers on axes */

/* The smallest of 1, 2, 5 x 10^n that is at least `step`. */
static double round_up(double step)
{
  static const double FACTOR[] = {1.0, 2.0, 5.0, 10.0};
  const double        power    = pow(10.0, floor(log10(step)));
  for (size_t i = 0; i < sizeof FACTOR / sizeof *FACTOR; i++)
    if (FACTOR[i] * power >= step * (1.0 - 1e-9)) return FACTOR[i] * power;
  return 10.0 * power;
}

cuxas_ticks cuxas_ticks_find(double low, double high, size_t max_tick)
{
  cuxas_ticks  ticks  = {0};
  const double length = high - low;
  if (!isfinite(low) || !isfinite(high) || !(length > 1e-12 * fmax(fabs(low), fabs(high))) || !isfinite(length))
    return ticks;
  if (max_tick < 2) max_tick = 2;
  if (max_tick > CUXAS_MAX_TICK) max_tick = CUXAS_MAX_TICK;

  const double slack = 1e-9; /* of a step: an end that is itself a round number gets its tick */
  double       step  = round_up(length / (double)max_tick);
  for (;;) {
    const double first = ceil(low / step - slack), last = floor(high / step + slack);
    if (last - first + 1.0 <= (double)max_tick) {
      ticks.n_tick = last >= first ? (size_t)(last - first + 1.0) : 0;
      ticks.first  = first * step;
      break;
    }
    step = round_up(1.5 * step);
  }
  ticks.step      = step;
  ticks.n_decimal = (int)fmax(0.0, -floor(log10(step) + 1e-9));
  return ticks;
}

double cuxas_ticks_value(cuxas_ticks ticks, size_t i)
{
  const double value = ticks.first + (double)i * ticks.step;
  return fabs(value) < 1e-9 * ticks.step ? 0.0 : value;
}

void cuxas_ticks_label(cuxas_ticks ticks, size_t i, char *ret_label, size_t n_byte)
{
  const double value  = cuxas_ticks_value(ticks, i);
  const bool   is_far = fabs(value) >= 1e7 || ticks.n_decimal > 6;
  char         digits[64];
  cuxas_text_print(digits, sizeof digits, is_far ? "%.*g" : "%.*f", is_far ? 6 : ticks.n_decimal, fabs(value));
  snprintf(ret_label, n_byte, "%s%s", value < 0.0 ? "\xE2\x88\x92" : "", digits);
}

/* 4. axes */

double cuxas_panel_x_pt(const cuxas_panel *panel, double x)
{
  return panel->left_pt + (x - panel->x_low) / (panel->x_high - panel->x_low) * panel->width_pt;
}

double cuxas_panel_y_pt(const cuxas_panel *panel, double y)
{
  return panel->top_pt + (panel->y_high - y) / (panel->y_high - panel->y_low) * panel->height_pt;
}

void cuxas_panel_frame(cuxas_canvas *canvas, const cuxas_panel *panel)
{
  cairo_rectangle(canvas->cairo, panel->left_pt, panel->top_pt, panel->width_pt, panel->height_pt);
  stroke(canvas->cairo, (cuxas_line_style){CUXAS_LINE_SOLID, 0.8, CUXAS_GREY});
}

static void draw_segment(cairo_t *cairo, double x1, double y1, double x2, double y2, cuxas_line_style style)
{
  cairo_move_to(cairo, x1, y1);
  cairo_line_to(cairo, x2, y2);
  stroke(cairo, style);
}

static const cuxas_line_style GRID_LINE = {CUXAS_LINE_SOLID, 0.6, {0.91, 0.91, 0.91}};
static const cuxas_line_style TICK_LINE = {CUXAS_LINE_SOLID, 0.8, {0.4, 0.4, 0.4}};
static const cuxas_text_style NUMBERS   = {NUMBER_PT, false, CUXAS_ALIGN_MIDDLE, 0.0, {0.2, 0.2, 0.2}};

void cuxas_panel_x_title(cuxas_canvas *canvas, const cuxas_panel *panel, const char *opt_title)
{
  if (opt_title == NULL) return;
  cuxas_canvas_text(canvas, panel->left_pt + 0.5 * panel->width_pt, panel->top_pt + panel->height_pt + 2.9 * NUMBER_PT,
                    NUMBERS, opt_title);
}

void cuxas_panel_y_title(cuxas_canvas *canvas, const cuxas_panel *panel, const char *opt_title)
{
  if (opt_title == NULL) return;
  cairo_save(canvas->cairo);
  cairo_translate(canvas->cairo, panel->left_pt - 36.0, panel->top_pt + 0.5 * panel->height_pt);
  cairo_rotate(canvas->cairo, -1.57079632679489662);
  cuxas_canvas_text(canvas, 0.0, 0.0, NUMBERS, opt_title);
  cairo_restore(canvas->cairo);
}

void cuxas_panel_x_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label, bool has_numbers)
{
  const double      tick_room_pt = 42.0;
  const double      bottom_pt    = panel->top_pt + panel->height_pt;
  const cuxas_ticks ticks = cuxas_ticks_find(panel->x_low, panel->x_high, (size_t)(panel->width_pt / tick_room_pt));
  char              number[64];

  for (size_t i = 0; i < ticks.n_tick; i++) {
    const double x_pt = cuxas_panel_x_pt(panel, cuxas_ticks_value(ticks, i));
    draw_segment(canvas->cairo, x_pt, panel->top_pt, x_pt, bottom_pt, GRID_LINE);
    draw_segment(canvas->cairo, x_pt, bottom_pt, x_pt, bottom_pt - TICK_PT, TICK_LINE);
    if (!has_numbers) continue;
    cuxas_ticks_label(ticks, i, number, sizeof number);
    cuxas_canvas_text(canvas, x_pt, bottom_pt + 1.4 * NUMBER_PT, NUMBERS, number);
  }
  cuxas_panel_x_title(canvas, panel, label);
}

void cuxas_panel_y_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label)
{
  const double      tick_room_pt = 22.0;
  const cuxas_ticks ticks = cuxas_ticks_find(panel->y_low, panel->y_high, (size_t)(panel->height_pt / tick_room_pt));
  cuxas_text_style  style = NUMBERS;
  char              number[64];

  style.align = CUXAS_ALIGN_RIGHT;
  for (size_t i = 0; i < ticks.n_tick; i++) {
    const double y_pt = cuxas_panel_y_pt(panel, cuxas_ticks_value(ticks, i));
    draw_segment(canvas->cairo, panel->left_pt, y_pt, panel->left_pt + panel->width_pt, y_pt, GRID_LINE);
    draw_segment(canvas->cairo, panel->left_pt, y_pt, panel->left_pt + TICK_PT, y_pt, TICK_LINE);
    cuxas_ticks_label(ticks, i, number, sizeof number);
    cuxas_canvas_text(canvas, panel->left_pt - 5.0, y_pt + 0.35 * NUMBER_PT, style, number);
  }
  cuxas_panel_y_title(canvas, panel, label);
}

/* 5. curves */

static void add_point(cairo_t *cairo, const cuxas_panel *panel, cuxas_grid grid, size_t i, double y)
{
  cairo_line_to(cairo, cuxas_panel_x_pt(panel, cuxas_grid_energy_eV(grid, i)), cuxas_panel_y_pt(panel, y));
}

/* The next run of points at which `y`, and `opt_half` if given, are finite: from *i to the index returned. */
static size_t find_run(const double *y, const double *opt_half, size_t n, size_t *i)
{
  while (*i < n && !(isfinite(y[*i]) && (opt_half == NULL || isfinite(opt_half[*i])))) ++*i;
  size_t end = *i;
  while (end < n && isfinite(y[end]) && (opt_half == NULL || isfinite(opt_half[end]))) end++;
  return end;
}

void cuxas_panel_curve(cuxas_canvas *canvas, const cuxas_panel *panel, cuxas_grid grid, const double *y, double lift,
                       cuxas_line_style style)
{
  for (size_t i = 0, end; i < grid.n_energy; i = end) {
    end = find_run(y, NULL, grid.n_energy, &i);
    for (size_t k = i; k < end; k++) add_point(canvas->cairo, panel, grid, k, y[k] + lift);
    cairo_new_sub_path(canvas->cairo);
  }
  stroke(canvas->cairo, style);
}

void cuxas_panel_band(cuxas_canvas *canvas, const cuxas_panel *panel, cuxas_grid grid, const double *y,
                      const double *half, cuxas_colour colour)
{
  const double alpha = 0.2;
  for (size_t i = 0, end; i < grid.n_energy; i = end) {
    end = find_run(y, half, grid.n_energy, &i);
    for (size_t k = i; k < end; k++) add_point(canvas->cairo, panel, grid, k, y[k] + half[k]);
    for (size_t k = end; k > i; k--) add_point(canvas->cairo, panel, grid, k - 1, y[k - 1] - half[k - 1]);
    cairo_close_path(canvas->cairo);
  }
  cairo_set_source_rgba(canvas->cairo, colour.red, colour.green, colour.blue, alpha);
  cairo_fill(canvas->cairo);
}

void cuxas_panel_line(cuxas_canvas *canvas, const cuxas_panel *panel, double x1, double y1, double x2, double y2,
                      cuxas_line_style style)
{
  if (!isfinite(x1) || !isfinite(y1) || !isfinite(x2) || !isfinite(y2)) return;
  draw_segment(canvas->cairo, cuxas_panel_x_pt(panel, x1), cuxas_panel_y_pt(panel, y1), cuxas_panel_x_pt(panel, x2),
               cuxas_panel_y_pt(panel, y2), style);
}
