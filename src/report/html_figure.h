/* html_figure.h - the drawing of a match inside a page: SVG whose parts a script can show, hide and stretch */
#ifndef CUXAS_REPORT_HTML_FIGURE_H
#define CUXAS_REPORT_HTML_FIGURE_H
#include "report/match_figure.h"

/* cuxas_html_put_plots() - panels and waterfall, with alternative texts and captions, and the curves as JSON for the script
 *
 * Ids: "panels", "waterfall", "curves". In each plot: .frame, .energy, and .curves with .measured, .c0, .c1 ...
 *
 * Returns  as cuxas_figure_write(). */
cuxas_status cuxas_html_put_plots(const match_curves *curves, FILE *out, cuxas_error *err);

/* cuxas_html_put_sites() - a plot of the sites of a candidate that has details; returns as cuxas_figure_write() */
cuxas_status cuxas_html_put_sites(const match_curves *curves, size_t i_curve, FILE *out, cuxas_error *err);

/* cuxas_html_put_swatch() - a short line, as in the plots */
void cuxas_html_put_swatch(cuxas_line_style line, FILE *out);

#endif
