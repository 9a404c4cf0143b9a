/* evaluation_figure.h - what the drawings of an evaluation share */
#ifndef CUXAS_REPORT_EVALUATION_FIGURE_H
#define CUXAS_REPORT_EVALUATION_FIGURE_H
#include "evaluate/evaluation_report.h"
#include "write/figure.h"

#define EVALUATION_WIDTH_PT 720.0
#define EVALUATION_HEIGHT_PT 300.0

enum { EVALUATION_MAX_EDGE = CUXAS_MODEL_MAX_EDGE };

/* cuxas_evaluation_edges() - the judged edges of the figure's channel, in order; returns how many */
size_t cuxas_evaluation_edges(const cuxas_evaluation_figure *figure,
                              const cuxas_edge_evaluation   *ret_edge[EVALUATION_MAX_EDGE]);

/* cuxas_evaluation_edge_name() - "L3" */
const char *cuxas_evaluation_edge_name(const cuxas_evaluation_figure *figure, const cuxas_edge_evaluation *edge);

/* cuxas_evaluation_place() - panel i of n side by side, between `top` and the page's height less the room for an axis */
cuxas_panel cuxas_evaluation_place(size_t i, size_t n, double top_pt, double height_pt);

/* cuxas_evaluation_heading() - bold words above a panel */
void cuxas_evaluation_heading(cuxas_canvas *canvas, const cuxas_panel *panel, const char *format, ...)
    CUXAS_PRINTF_LIKE(3, 4);

/* Drawings; `user` is the cuxas_evaluation_figure. */
cuxas_figure_draw cuxas_evaluation_draw_histogram, cuxas_evaluation_draw_edges, cuxas_evaluation_draw_onset_errors,
    cuxas_evaluation_draw_onset_map, cuxas_evaluation_draw_calibration, cuxas_evaluation_draw_distance,
    cuxas_evaluation_draw_curve;
cuxas_figure_draw cuxas_evaluation_draw_deciles, cuxas_evaluation_draw_worst, cuxas_evaluation_draw_pca;
cuxas_figure_draw cuxas_evaluation_draw_states, cuxas_evaluation_draw_numbers, cuxas_evaluation_draw_elements;

#endif
