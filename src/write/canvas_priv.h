/* canvas_priv.h - cairo behind the drawing functions of figure.h, and names inside SVG that depend on the drawing alone */
#ifndef CUXAS_WRITE_CANVAS_PRIV_H
#define CUXAS_WRITE_CANVAS_PRIV_H
#include "cuxas/status.h"
#include "write/figure.h"

#include <cairo.h>

struct cuxas_canvas {
  cairo_t *cairo;     /* keeps the first failure by itself */
  bool     is_failed; /* something was left out because there was no memory */
};

/* cuxas_panel_x_title(), cuxas_panel_y_title() - what an axis shows, below its numbers or left of them; NULL: nothing */
void cuxas_panel_x_title(cuxas_canvas *canvas, const cuxas_panel *panel, const char *opt_title);
void cuxas_panel_y_title(cuxas_canvas *canvas, const cuxas_panel *panel, const char *opt_title);

/* cuxas_svg_rename_ids() - every id becomes PREFIX1, PREFIX2 ... in order of appearance, and so does every reference to it
 *
 * cairo counts the surfaces of the process in its ids: a second figure would differ from the first, and two figures in one
 * page would share names.
 *
 *   svg      a document as cairo writes it: id="...", ="#...", url(#...)
 *   prefix   letters, digits and '-'
 *   ret_svg  the caller frees it with free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a reference to an id that is not there, or a quote that does not end; CUXAS_ENOMEM. */
cuxas_status cuxas_svg_rename_ids(const char *svg, const char *prefix, char **ret_svg, cuxas_error *err);

#endif
