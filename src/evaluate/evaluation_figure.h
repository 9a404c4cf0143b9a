/* evaluation_figure.h - what the drawings of an evaluation share */
#ifndef CUXAS_REPORT_EVALUATION_FIGURE_H
#define CUXAS_REPORT_EVALUATION_FIGURE_H
#include "evaluate/evaluation_report.h"
#include "write/figure.h"

#define EVALUATION_WIDTH_PT 720.0
#define EVALUATION_HEIGHT_PT 300.0

enum { EVALUATION_MAX_EDGE = CUXAS_MODEL_MAX_EDGE };

/* evaluation_edges() - the judged edges of the figure's channel, in order; returns how many */
size_t evaluation_edges(const cuxas_evaluation_figure *figure,
                        const cuxas_edge_evaluation   *ret_edge[EVALUATION_MAX_EDGE]);

/* evaluation_edge_name() - "L3" */
const char *evaluation_edge_name(const cuxas_evaluation_figure *figure, const cuxas_edge_evaluation *edge);

/* evaluation_place() - panel i of n side by side, between `top` and the page's height less the room for an axis */
cuxas_panel evaluation_place(size_t i, size_t n, double top_pt, double height_pt);

/* evaluation_heading() - bold words above a panel */
void evaluation_heading(cuxas_canvas *canvas, const cuxas_panel *panel, const char *format, ...)
    CUXAS_PRINTF_LIKE(3, 4);

/* Drawings; `user` is the cuxas_evaluation_figure. */
cuxas_figure_draw evaluation_draw_histogram, evaluation_draw_edges, evaluation_draw_onset_errors,
    evaluation_draw_onset_map, evaluation_draw_calibration, evaluation_draw_distance, evaluation_draw_curve;
cuxas_figure_draw evaluation_draw_deciles, evaluation_draw_worst, evaluation_draw_pca;
cuxas_figure_draw evaluation_draw_states, evaluation_draw_numbers, evaluation_draw_elements;

#endif
