/* Contents: 1. boxes and marks  2. logarithmic axes  3. legends */
#include "write/canvas_priv.h"

#include "write/figure.h"

#include <math.h>
#include <stdio.h>

#define NUMBER_PT 9.0

/* 1. boxes and marks */

cuxas_colour cuxas_ramp(double part)
{
  static const cuxas_colour STOP[] = {{0.93, 0.95, 0.98}, {0.62, 0.77, 0.90}, {0.19, 0.51, 0.74}, {0.02, 0.16, 0.36}};
  enum { N_STEP = sizeof STOP / sizeof *STOP - 1 };
  const double       place = fmin(fmax(part, 0.0), 1.0) * N_STEP;
  const int          i     = place < N_STEP ? (int)place : N_STEP - 1;
  const double       f     = place - i;
  const cuxas_colour a = STOP[i], b = STOP[i + 1];
  return (cuxas_colour){a.red + f * (b.red - a.red), a.green + f * (b.green - a.green), a.blue + f * (b.blue - a.blue)};
}

static void set_colour(cairo_t *cairo, cuxas_colour colour)
{
  cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

void cuxas_canvas_box(cuxas_canvas *canvas, double left_pt, double top_pt, double width_pt, double height_pt,
                      cuxas_colour fill)
{
  if (!isfinite(left_pt) || !isfinite(top_pt) || !(width_pt > 0.0) || !(height_pt > 0.0)) return;
  set_colour(canvas->cairo, fill);
  cairo_rectangle(canvas->cairo, left_pt, top_pt, width_pt, height_pt);
  cairo_fill(canvas->cairo);
}

static double clamp(double value, double low, double high)
{
  return fmin(fmax(value, low), high);
}

void cuxas_panel_bar(cuxas_canvas *canvas, const cuxas_panel *panel, double x1, double y1, double x2, double y2,
                     cuxas_colour fill)
{
  const double left  = cuxas_panel_x_pt(panel, clamp(fmin(x1, x2), panel->x_low, panel->x_high));
  const double right = cuxas_panel_x_pt(panel, clamp(fmax(x1, x2), panel->x_low, panel->x_high));
  const double top   = cuxas_panel_y_pt(panel, clamp(fmax(y1, y2), panel->y_low, panel->y_high));
  const double foot  = cuxas_panel_y_pt(panel, clamp(fmin(y1, y2), panel->y_low, panel->y_high));
  cuxas_canvas_box(canvas, left, top, right - left, foot - top, fill);
}

void cuxas_panel_clip(cuxas_canvas *canvas, const cuxas_panel *panel)
{
  cairo_save(canvas->cairo);
  cairo_rectangle(canvas->cairo, panel->left_pt, panel->top_pt, panel->width_pt, panel->height_pt);
  cairo_clip(canvas->cairo);
}

void cuxas_panel_unclip(cuxas_canvas *canvas)
{
  cairo_restore(canvas->cairo);
}

void cuxas_canvas_mark(cuxas_canvas *canvas, double x_pt, double y_pt, cuxas_mark_kind kind, double width_pt,
                       cuxas_colour colour)
{
  cairo_t     *cairo = canvas->cairo;
  const double half  = 0.5 * width_pt;
  if (!isfinite(x_pt) || !isfinite(y_pt)) return;
  set_colour(cairo, colour);
  cairo_set_line_width(cairo, fmax(0.8, 0.2 * width_pt));
  switch (kind) {
  case CUXAS_MARK_SQUARE: cairo_rectangle(cairo, x_pt - 0.9 * half, y_pt - 0.9 * half, 1.8 * half, 1.8 * half); break;
  case CUXAS_MARK_TRIANGLE:
    cairo_move_to(cairo, x_pt, y_pt - 1.1 * half);
    cairo_line_to(cairo, x_pt + 1.1 * half, y_pt + 0.9 * half);
    cairo_line_to(cairo, x_pt - 1.1 * half, y_pt + 0.9 * half);
    cairo_close_path(cairo);
    break;
  case CUXAS_MARK_DIAMOND:
    cairo_move_to(cairo, x_pt, y_pt - 1.25 * half);
    cairo_line_to(cairo, x_pt + 1.25 * half, y_pt);
    cairo_line_to(cairo, x_pt, y_pt + 1.25 * half);
    cairo_line_to(cairo, x_pt - 1.25 * half, y_pt);
    cairo_close_path(cairo);
    break;
  case CUXAS_MARK_CROSS:
    cairo_move_to(cairo, x_pt - half, y_pt - half);
    cairo_line_to(cairo, x_pt + half, y_pt + half);
    cairo_move_to(cairo, x_pt - half, y_pt + half);
    cairo_line_to(cairo, x_pt + half, y_pt - half);
    break;
  default: cairo_new_sub_path(cairo); cairo_arc(cairo, x_pt, y_pt, half, 0.0, 6.283185307179586);
  }
  if (kind == CUXAS_MARK_CROSS || kind == CUXAS_MARK_RING)
    cairo_stroke(cairo);
  else
    cairo_fill(cairo);
}

void cuxas_panel_mark(cuxas_canvas *canvas, const cuxas_panel *panel, double x, double y, cuxas_mark_kind kind,
                      double width_pt, cuxas_colour colour)
{
  if (!(x >= panel->x_low && x <= panel->x_high && y >= panel->y_low && y <= panel->y_high)) return;
  cuxas_canvas_mark(canvas, cuxas_panel_x_pt(panel, x), cuxas_panel_y_pt(panel, y), kind, width_pt, colour);
}

/* 2. logarithmic axes */

static const cuxas_line_style GRID_LINE = {CUXAS_LINE_SOLID, 0.6, {0.91, 0.91, 0.91}};
static const cuxas_text_style NUMBERS   = {NUMBER_PT, false, CUXAS_ALIGN_MIDDLE, 0.0, {0.2, 0.2, 0.2}};

/* Ticks of one axis: 1, 2, 5 of every decade, or 1 alone where that would be too many. */
typedef struct {
  double value[64]; /* logarithms */
  size_t n_tick;
} log_ticks;

static log_ticks find_log_ticks(double low, double high, double most)
{
  static const double STEP[]  = {1.0, 2.0, 5.0};
  log_ticks           ticks   = {.n_tick = 0};
  const bool          is_wide = 3.0 * (high - low) > most;
  if (!isfinite(low) || !isfinite(high) || !(high > low) || high - low > 20.0) return ticks;
  for (double decade = floor(low); decade <= high; decade++)
    for (size_t k = 0; k < (is_wide ? 1u : 3u); k++) {
      const double value = decade + log10(STEP[k]);
      if (value >= low - 1e-9 && value <= high + 1e-9 && ticks.n_tick < sizeof ticks.value / sizeof *ticks.value)
        ticks.value[ticks.n_tick++] = value;
    }
  return ticks;
}

static void write_power(double logarithm, char *ret_text, size_t n_byte)
{
  const double value = pow(10.0, logarithm);
  snprintf(ret_text, n_byte, logarithm < -4.5 || logarithm > 6.5 ? "%.0e" : "%.6g", value);
}

void cuxas_panel_log_x_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label)
{
  const double    room_pt = 34.0, foot_pt = panel->top_pt + panel->height_pt;
  const log_ticks ticks = find_log_ticks(panel->x_low, panel->x_high, panel->width_pt / room_pt);
  char            text[32];
  for (size_t i = 0; i < ticks.n_tick; i++) {
    cuxas_panel_line(canvas, panel, ticks.value[i], panel->y_low, ticks.value[i], panel->y_high, GRID_LINE);
    write_power(ticks.value[i], text, sizeof text);
    cuxas_canvas_text(canvas, cuxas_panel_x_pt(panel, ticks.value[i]), foot_pt + 1.4 * NUMBER_PT, NUMBERS, text);
  }
  if (label != NULL)
    cuxas_canvas_text(canvas, panel->left_pt + 0.5 * panel->width_pt, foot_pt + 2.9 * NUMBER_PT, NUMBERS, label);
}

void cuxas_panel_log_y_axis(cuxas_canvas *canvas, const cuxas_panel *panel, const char *label)
{
  const double     room_pt = 18.0;
  const log_ticks  ticks   = find_log_ticks(panel->y_low, panel->y_high, panel->height_pt / room_pt);
  cuxas_text_style style   = NUMBERS;
  char             text[32];
  style.align = CUXAS_ALIGN_RIGHT;
  for (size_t i = 0; i < ticks.n_tick; i++) {
    cuxas_panel_line(canvas, panel, panel->x_low, ticks.value[i], panel->x_high, ticks.value[i], GRID_LINE);
    write_power(ticks.value[i], text, sizeof text);
    cuxas_canvas_text(canvas, panel->left_pt - 5.0, cuxas_panel_y_pt(panel, ticks.value[i]) + 0.35 * NUMBER_PT, style,
                      text);
  }
  if (label == NULL) return;
  cairo_save(canvas->cairo);
  cairo_translate(canvas->cairo, panel->left_pt - 36.0, panel->top_pt + 0.5 * panel->height_pt);
  cairo_rotate(canvas->cairo, -1.57079632679489662);
  cuxas_canvas_text(canvas, 0.0, 0.0, NUMBERS, label);
  cairo_restore(canvas->cairo);
}

/* 3. legends */

double cuxas_canvas_legend(cuxas_canvas *canvas, double x_pt, double y_pt, const cuxas_legend_entry *entry,
                           size_t n_entry)
{
  const cuxas_text_style words  = {NUMBER_PT, false, CUXAS_ALIGN_LEFT, 0.0, {0.1, 0.1, 0.1}};
  const double           sample = 18.0, gap = 16.0, middle_pt = y_pt - 0.36 * NUMBER_PT;
  for (size_t i = 0; i < n_entry; i++) {
    if (entry[i].is_line) {
      const cuxas_panel strip = {x_pt, middle_pt - 1.0, sample, 2.0, 0.0, 1.0, 0.0, 1.0};
      cuxas_panel_line(canvas, &strip, 0.0, 0.5, 1.0, 0.5, entry[i].line);
      x_pt += sample + 4.0;
    } else {
      cuxas_canvas_mark(canvas, x_pt + 4.0, middle_pt, entry[i].mark, 6.5, entry[i].colour);
      x_pt += 12.0;
    }
    cuxas_canvas_text(canvas, x_pt, y_pt, words, entry[i].text);
    x_pt += cuxas_canvas_text_width_pt(canvas, words, entry[i].text) + gap;
  }
  return x_pt;
}
