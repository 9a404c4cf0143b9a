/* evaluation_report.h - an evaluation as JSON, figures and one page */
#ifndef CUXAS_EVALUATION_REPORT_H
#define CUXAS_EVALUATION_REPORT_H
#include "evaluate/evaluation.h"
#include "write/figure.h"

#include <cjson/cJSON.h>

/* What the writers need; all borrowed. */
typedef struct {
  const cuxas_evaluation     *evaluation;
  const cuxas_learning_curve *opt_curve;
  const char                 *title;    /* of the page: what was judged */
  const char                 *method;   /* one sentence: how rows were held out */
  const cJSON                *settings; /* of the program */
  const cJSON                *command;  /* words */
} cuxas_evaluation_report;

/* -- figures -- */

/* One figure of the evaluation. */
typedef struct {
  const cuxas_evaluation_report *report;
  cuxas_channel                  channel;
  const cuxas_edge_evaluation   *opt_edge; /* figures of one edge; NULL: of all edges of the channel */
  size_t                         i_kind;   /* which figure; private */
  char                           name[64]; /* "error-histogram-no-hole", "worst-L3-no-hole": fit for a file name */
  const char                    *title, *caption;
} cuxas_evaluation_figure;

enum { CUXAS_MAX_EVALUATION_FIGURE = 160 };

/* cuxas_evaluation_list_figures() - all figures that there are data for
 *
 *   ret_figure  (CUXAS_MAX_EVALUATION_FIGURE)
 *
 * Returns  how many; they keep the pointer to the report. */
size_t cuxas_evaluation_list_figures(const cuxas_evaluation_report *report,
                                     cuxas_evaluation_figure        ret_figure[CUXAS_MAX_EVALUATION_FIGURE]);

/* cuxas_evaluation_figure_page() - for cuxas_figure_write(); keeps the pointer to the figure */
cuxas_figure cuxas_evaluation_figure_page(const cuxas_evaluation_figure *figure);

/* -- writers -- */

/* cuxas_evaluation_to_json() - an array, one object an edge and channel; the caller deletes it; NULL: no memory */
cJSON *cuxas_evaluation_to_json(const cuxas_evaluation_report *report);

/* cuxas_learning_curve_to_json() - the caller deletes it; NULL: no memory */
cJSON *cuxas_learning_curve_to_json(const cuxas_evaluation_report *report);

/* cuxas_evaluation_describe_site() - adds the surroundings and onsets of a record to its object in a report
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_evaluation_describe_site(const cuxas_evaluation *evaluation, size_t i_record, cJSON *object,
                                            cuxas_error *err);

/* cuxas_evaluation_write_html() - a page that carries everything with it
 *
 *   report  a cuxas_evaluation_report
 *
 * Returns  as cuxas_figure_write(); a caller checks the stream for errors when it closes it. */
cuxas_status cuxas_evaluation_write_html(const void *report, FILE *out, cuxas_error *err);

#endif
