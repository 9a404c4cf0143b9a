/* validation_html.h - parts of the page of a validation */
#ifndef CUXAS_REPORT_VALIDATION_HTML_H
#define CUXAS_REPORT_VALIDATION_HTML_H
#include "evaluate/validation_figure.h"

/* validation_put_figure() - an SVG of this id with its caption, which is also its alternative text; the legend of a bare sheet
 * stands above it
 *
 * Returns  as cuxas_figure_svg_layer(). */
cuxas_status validation_put_figure(const validation_sheet *sheet, const char *id, const char *caption, FILE *out,
                                   cuxas_error *err);

/* validation_begin_means(), validation_put_means() - a table of means, and its line for a source in a manner; no line
 * where it was not compared in that manner */
void validation_begin_means(const char *label, FILE *out);
void validation_put_means(const cuxas_validation_report *report, size_t i_source, cuxas_manner manner, FILE *out);

/* validation_put_identification() - sections: how often the right one is found, failures, the core hole; those that there are
 *
 * Returns  as cuxas_figure_svg_layer(). */
cuxas_status validation_put_identification(const cuxas_validation_report *report, FILE *out, cuxas_error *err);

#endif
