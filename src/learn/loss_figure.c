/* loss_figure.c - how the losses of networks fell, epoch by epoch, as a figure */
#include "learn/loss_figure.h"

#include <math.h>
#include <string.h>

enum { WIDTH_PT = 480, HEIGHT_PT = 300, LEFT_PT = 56, RIGHT_PT = 14, TOP_PT = 30, BOTTOM_PT = 44 };

/* number_of_label() - counts the labels before this one, so that equal labels get equal colours */
static size_t number_of_label(const cuxas_loss_curves *curves, size_t i_curve)
{
  size_t n = 0;
  for (size_t i = 0; i < i_curve; i++) {
    if (strcmp(curves->curve[i].label, curves->curve[i_curve].label) == 0) return number_of_label(curves, i);
    size_t j = 0;
    while (strcmp(curves->curve[j].label, curves->curve[i].label) != 0) j++;
    n += j == i;
  }
  return n;
}

/* find_range() - of all positive losses, as powers of ten */
static void find_range(const cuxas_loss_curves *curves, cuxas_panel *panel)
{
  double low = INFINITY, high = -INFINITY, last = 2.0;
  for (size_t i = 0; i < curves->n_curve; i++) {
    const cuxas_loss_curve *c = &curves->curve[i];
    last                      = fmax(last, (double)c->n_epoch);
    for (size_t k = 0; k < 2 * c->n_epoch; k++)
      if (c->curve[k] > 0.0f) {
        low  = fmin(low, log10((double)c->curve[k]));
        high = fmax(high, log10((double)c->curve[k]));
      }
  }
  if (!(low < high)) low = -1.0, high = 0.0;
  const double margin = 0.05 * (high - low);
  panel->x_low        = 1.0;
  panel->x_high       = last;
  panel->y_low        = low - margin;
  panel->y_high       = high + margin;
}

static void draw_curve(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_loss_curve *c, size_t part,
                       cuxas_line_style style)
{
  for (size_t k = 1; k < c->n_epoch; k++) {
    const double before = c->curve[2 * (k - 1) + part], now = c->curve[2 * k + part];
    if (before > 0.0 && now > 0.0)
      cuxas_panel_line(canvas, panel, (double)k, log10(before), (double)k + 1.0, log10(now), style);
  }
}

static void draw(cuxas_canvas *canvas, const void *user)
{
  const cuxas_loss_curves *curves = user;
  const cuxas_text_style   words  = {.size_pt = 8.0, .align = CUXAS_ALIGN_RIGHT, .colour = CUXAS_BLACK};
  const cuxas_text_style   title  = {.size_pt = 10.0, .is_bold = true, .colour = CUXAS_BLACK, .max_width_pt = 400.0};
  cuxas_panel panel = {LEFT_PT, TOP_PT, WIDTH_PT - LEFT_PT - RIGHT_PT, HEIGHT_PT - TOP_PT - BOTTOM_PT, 0, 0, 0, 0};
  find_range(curves, &panel);
  cuxas_panel_x_axis(canvas, &panel, "epoch", true);
  cuxas_panel_y_axis(canvas, &panel, "log10 loss; dashed: held out");
  cuxas_canvas_text(canvas, LEFT_PT, TOP_PT - 10.0, title, curves->title);
  for (size_t i = 0; i < curves->n_curve; i++) {
    const size_t           number = number_of_label(curves, i);
    const cuxas_colour     colour = cuxas_palette(number);
    const cuxas_line_style learnt = {CUXAS_LINE_SOLID, 0.8, colour}, held = {CUXAS_LINE_DASHED, 0.8, colour};
    draw_curve(canvas, &panel, &curves->curve[i], 0, learnt);
    draw_curve(canvas, &panel, &curves->curve[i], 1, held);
    cuxas_text_style label = words;
    label.colour           = colour;
    cuxas_canvas_text(canvas, WIDTH_PT - RIGHT_PT - 6.0, TOP_PT + 12.0 + 10.0 * (double)number, label,
                      curves->curve[i].label);
  }
  cuxas_panel_frame(canvas, &panel);
}

cuxas_figure cuxas_loss_figure(const cuxas_loss_curves *curves)
{
  return (cuxas_figure){curves->title, WIDTH_PT, HEIGHT_PT, draw, curves};
}
