/* canvas.h - cairo behind the drawing functions of figure.h */
#ifndef CUXAS_REPORT_CANVAS_H
#define CUXAS_REPORT_CANVAS_H
#include "write/figure.h"
#include <cairo.h>

struct cuxas_canvas {
  cairo_t *cairo; /* keeps the first failure by itself */
};

#endif
