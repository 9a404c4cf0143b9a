/* figure.c - one drawing as SVG, PDF or PNG, the same bytes every time
 *
 *   1. names inside an SVG document
 *   2. formats */
#include "write/figure.h"
#include "base/text.h"
#include "write/canvas_priv.h"
#include "base/memory.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 1. names inside an SVG document */

/* A stretch of the document. */
typedef struct {
  const char *text;
  size_t      n_char;
} name;

typedef struct {
  size_t n_id, n_room;
  name  *id; /* (n_id) in order of appearance; the new name is its number */
} id_list;

static bool is_equal(name a, name b)
{
  return a.n_char == b.n_char && memcmp(a.text, b.text, a.n_char) == 0;
}

static size_t find(const id_list *list, name wanted)
{
  size_t i = 0;
  while (i < list->n_id && !is_equal(list->id[i], wanted)) i++;
  return i;
}

static cuxas_status collect(const char *svg, id_list *list, cuxas_error *err)
{
  static const char MARK[] = " id=\"";
  for (const char *at = strstr(svg, MARK); at != NULL; at = strstr(at, MARK)) {
    at += strlen(MARK);
    const char *end = strchr(at, '"');
    if (end == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "SVG: an id has no end");
    if (list->n_id == list->n_room) {
      const size_t n_room = list->n_room * 2 + 64;
      name        *more   = cuxas_grow(err, list->id, n_room, sizeof *more);
      if (more == NULL) return CUXAS_ENOMEM;
      list->id     = more;
      list->n_room = n_room;
    }
    list->id[list->n_id++] = (name){at, (size_t)(end - at)};
  }
  return CUXAS_OK;
}

/* The next place where an id stands, its own or a reference to it. */
static const char *find_mark(const char *from, name *ret_id, const char **ret_after)
{
  static const struct {
    const char *opening;
    char        closing;
  } MARK[]            = {{" id=\"", '"'}, {"href=\"#", '"'}, {"url(#", ')'}};
  const char *nearest = NULL;
  for (size_t i = 0; i < sizeof MARK / sizeof *MARK; i++) {
    const char *at = strstr(from, MARK[i].opening);
    if (at == NULL || (nearest != NULL && at >= nearest)) continue;
    const char *id  = at + strlen(MARK[i].opening);
    const char *end = strchr(id, MARK[i].closing);
    if (end == NULL) continue;
    nearest    = at;
    *ret_id    = (name){id, (size_t)(end - id)};
    *ret_after = end;
  }
  return nearest;
}

cuxas_status cuxas_svg_rename_ids(const char *svg, const char *prefix, char **ret_svg, cuxas_error *err)
{
  id_list      list   = {0};
  char        *text   = NULL;
  size_t       n_byte = 0;
  cuxas_status status = CUXAS_OK;

  *ret_svg  = NULL;
  FILE *out = open_memstream(&text, &n_byte);
  if (out == NULL) return cuxas_no_memory(err);
  if ((status = collect(svg, &list, err)) != CUXAS_OK) goto done;

  const char *from = svg, *after;
  name        id;
  while (find_mark(from, &id, &after) != NULL) {
    const size_t number = find(&list, id);
    if (number == list.n_id) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "SVG: nothing has the id %.*s", (int)id.n_char, id.text);
      goto done;
    }
    fwrite(from, 1, (size_t)(id.text - from), out);
    fprintf(out, "%s%zu", prefix, number + 1);
    from = after;
  }
  fputs(from, out);
done:
  free(list.id);
  if (fclose(out) != 0 && status == CUXAS_OK) status = cuxas_no_memory(err);
  if (status == CUXAS_OK)
    *ret_svg = text;
  else
    free(text);
  return status;
}

/* 2. formats */

cuxas_status cuxas_figure_find_format(const char *path, cuxas_figure_format *ret_format, cuxas_error *err)
{
  static const struct {
    const char         *suffix;
    cuxas_figure_format format;
  } KNOWN[]       = {{".svg", CUXAS_FIGURE_SVG}, {".pdf", CUXAS_FIGURE_PDF}, {".png", CUXAS_FIGURE_PNG}};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot != NULL && i < sizeof KNOWN / sizeof *KNOWN; i++) {
    if (strcasecmp(dot, KNOWN[i].suffix) != 0) continue;
    *ret_format = KNOWN[i].format;
    return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a figure's name must end in .svg, .pdf or .png", path);
}

static cairo_status_t write_bytes(void *out, const unsigned char *bytes, unsigned n_byte)
{
  return fwrite(bytes, 1, n_byte, out) == n_byte ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cuxas_status tell(cairo_status_t status, cuxas_error *err)
{
  switch (status) {
  case CAIRO_STATUS_SUCCESS: return CUXAS_OK;
  case CAIRO_STATUS_NO_MEMORY: return cuxas_no_memory(err);
  case CAIRO_STATUS_WRITE_ERROR: return cuxas_fail(err, CUXAS_EIO, "figure: cannot write");
  default: return cuxas_fail(err, CUXAS_ENUMERIC, "figure: cannot draw: %s", cairo_status_to_string(status));
  }
}

static cuxas_status check(const cuxas_figure *figure, cuxas_error *err)
{
  const double side_pt[] = {figure->width_pt, figure->height_pt};
  for (size_t i = 0; i < 2; i++)
    if (!(side_pt[i] >= 1.0 && side_pt[i] <= CUXAS_FIGURE_MAX_PT))
      return cuxas_fail(err, CUXAS_ERANGE, "figure: a side of %g pt is outside 1 ... %g", side_pt[i],
                        CUXAS_FIGURE_MAX_PT);
  return CUXAS_OK;
}

/* Draws on a surface and finishes it: afterwards all bytes are written. Takes the surface over. */
static cuxas_status draw_and_finish(cairo_surface_t *surface, const cuxas_figure *figure, double scale, bool has_page,
                                    FILE *opt_png, cuxas_error *err)
{
  cuxas_canvas          canvas  = {.cairo = cairo_create(surface)};
  cairo_font_options_t *options = cairo_font_options_create();

  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(canvas.cairo, options);
  cairo_font_options_destroy(options);
  cairo_scale(canvas.cairo, scale, scale);
  if (has_page) {
    cairo_set_source_rgb(canvas.cairo, 1.0, 1.0, 1.0);
    cairo_paint(canvas.cairo);
  }
  figure->draw(&canvas, figure->user);
  cairo_status_t status = cairo_status(canvas.cairo);
  if (status == CAIRO_STATUS_SUCCESS && opt_png != NULL)
    status = cairo_surface_write_to_png_stream(surface, write_bytes, opt_png);
  cairo_destroy(canvas.cairo);
  cairo_surface_finish(surface);
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  return canvas.is_failed ? cuxas_no_memory(err) : tell(status, err);
}

/* The SVG document in memory, its ids renamed; the caller frees it. */
static cuxas_status draw_svg(const cuxas_figure *figure, bool has_page, const char *prefix, char **ret_svg,
                             cuxas_error *err)
{
  char        *raw    = NULL;
  size_t       n_byte = 0;
  cuxas_status status;

  *ret_svg     = NULL;
  FILE *memory = open_memstream(&raw, &n_byte);
  if (memory == NULL) return cuxas_no_memory(err);
  cairo_surface_t *surface =
      cairo_svg_surface_create_for_stream(write_bytes, memory, figure->width_pt, figure->height_pt);
  status = draw_and_finish(surface, figure, 1.0, has_page, NULL, err);
  if (fclose(memory) != 0 && status == CUXAS_OK) status = cuxas_no_memory(err);
  if (status == CUXAS_OK) status = cuxas_svg_rename_ids(raw, prefix, ret_svg, err);
  free(raw);
  return status;
}

static cuxas_status write_svg(const cuxas_figure *figure, FILE *out, cuxas_error *err)
{
  char              *svg;
  const cuxas_status status = draw_svg(figure, true, "f", &svg, err);
  if (status != CUXAS_OK) return status;
  const bool is_written = fputs(svg, out) >= 0;
  free(svg);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_EIO, "figure: cannot write");
}

static cuxas_status write_pdf(const cuxas_figure *figure, FILE *out, cuxas_error *err)
{
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, out, figure->width_pt, figure->height_pt);
  if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, ""); /* none, instead of now */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "CuXAS " CUXAS_VERSION);
    if (figure->title != NULL) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, figure->title);
  }
  return draw_and_finish(surface, figure, 1.0, true, NULL, err);
}

static cuxas_status write_png(const cuxas_figure *figure, FILE *out, cuxas_error *err)
{
  const double     scale   = CUXAS_FIGURE_PNG_SCALE;
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * figure->width_pt + 0.5),
                                                        (int)(scale * figure->height_pt + 0.5));
  return draw_and_finish(surface, figure, scale, true, out, err);
}

cuxas_status cuxas_figure_write(const cuxas_figure *figure, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const cuxas_status status = check(figure, err);
  if (status != CUXAS_OK) return status;
  switch (format) {
  case CUXAS_FIGURE_SVG: return write_svg(figure, out, err);
  case CUXAS_FIGURE_PDF: return write_pdf(figure, out, err);
  case CUXAS_FIGURE_PNG: return write_png(figure, out, err);
  }
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "figure: no such format");
}

cuxas_status cuxas_figure_svg_layer(const cuxas_figure *figure, const char *prefix, char **ret_svg, cuxas_error *err)
{
  char        *svg;
  cuxas_status status = check(figure, err);

  *ret_svg = NULL;
  if (status != CUXAS_OK || (status = draw_svg(figure, false, prefix, &svg, err)) != CUXAS_OK) return status;
  char *element = strstr(svg, "<svg");
  char *inside  = element != NULL ? strchr(element, '>') : NULL;
  char *end     = inside != NULL ? strstr(inside, "</svg>") : NULL;
  if (end == NULL) {
    free(svg);
    return cuxas_fail(err, CUXAS_EFORMAT, "figure: cairo wrote no SVG element");
  }
  *end = '\0';
  memmove(svg, inside + 1, (size_t)(end - inside));
  *ret_svg = svg;
  return CUXAS_OK;
}

cuxas_status cuxas_figure_save(const cuxas_figure *figure, const char *path, bool overwrite, cuxas_error *err)
{
  cuxas_figure_format format;
  cuxas_output        output;
  cuxas_status        status = cuxas_figure_find_format(path, &format, err);

  if (status != CUXAS_OK || (status = cuxas_output_open(&output, path, overwrite, err)) != CUXAS_OK) return status;
  if ((status = cuxas_figure_write(figure, format, output.stream, err)) == CUXAS_OK)
    status = cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

/* ---- bars, marks and fields, logarithmic axes, legends ---------------------------------------------------------- */

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
  cuxas_text_print(ret_text, n_byte, logarithm < -4.5 || logarithm > 6.5 ? "%.0e" : "%.6g", value);
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
  cuxas_panel_x_title(canvas, panel, label);
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
  cuxas_panel_y_title(canvas, panel, label);
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
