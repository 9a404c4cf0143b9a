/* Contents: 1. what the drawings share  2. the list of figures */
#include "evaluate/evaluation_figure.h"
#include "write/figure.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* 1. what the drawings share */

size_t evaluation_edges(const cuxas_evaluation_figure *figure,
                        const cuxas_edge_evaluation   *ret_edge[EVALUATION_MAX_EDGE])
{
  const cuxas_evaluation *evaluation = figure->report->evaluation;
  size_t                  n          = 0;
  for (size_t i = 0; i < evaluation->n_edge && n < EVALUATION_MAX_EDGE; i++)
    if (evaluation->edge[i].channel == figure->channel) ret_edge[n++] = &evaluation->edge[i];
  return n;
}

const char *evaluation_edge_name(const cuxas_evaluation_figure *figure, const cuxas_edge_evaluation *edge)
{
  return figure->report->evaluation->records->edge_name[edge->i_edge];
}

cuxas_panel evaluation_place(size_t i, size_t n, double top_pt, double height_pt)
{
  const double left_pt = 54.0, right_pt = 14.0, foot_pt = 38.0;
  const double slot_pt = EVALUATION_WIDTH_PT / (double)(n > 2 ? n : 2);
  return (cuxas_panel){.left_pt   = (double)i * slot_pt + left_pt,
                       .top_pt    = top_pt,
                       .width_pt  = slot_pt - left_pt - right_pt,
                       .height_pt = height_pt - top_pt - foot_pt};
}

void evaluation_heading(cuxas_canvas *canvas, const cuxas_panel *panel, const char *format, ...)
{
  const cuxas_text_style style = {10.0, true, CUXAS_ALIGN_LEFT, panel->width_pt + 10.0, {0.1, 0.1, 0.1}};
  char                   text[256];
  va_list                arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  cuxas_canvas_text(canvas, panel->left_pt, panel->top_pt - 6.0, style, text);
}

/* 2. the list of figures */

static bool is_always(const cuxas_evaluation_figure *figure)
{
  (void)figure;
  return true;
}

static bool has_two_edges(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return evaluation_edges(figure, edge) >= 2;
}

static bool has_onsets(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  const size_t                 n = evaluation_edges(figure, edge);
  for (size_t i = 0; i < n; i++)
    if (edge[i]->onset.n_row == 0) return false;
  return true;
}

static bool has_states(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return evaluation_edges(figure, edge) > 0 &&
         (edge[0]->n_state > 1 || edge[0]->by_state[0].key != CUXAS_STATE_UNKNOWN);
}

static bool has_components(const cuxas_evaluation_figure *figure)
{
  return figure->opt_edge->pca != NULL;
}

static bool has_sigma(const cuxas_evaluation_figure *figure)
{
  const cuxas_edge_evaluation *edge[EVALUATION_MAX_EDGE];
  return evaluation_edges(figure, edge) > 0 && edge[0]->coverage.n_point > 0;
}

static bool has_curve(const cuxas_evaluation_figure *figure)
{
  return figure->report->opt_curve != NULL;
}

static const struct {
  const char        *name, *title, *caption;
  double             width_pt, height_pt;
  bool               is_of_one_edge;
  cuxas_figure_draw *draw;
  bool (*is_there)(const cuxas_evaluation_figure *figure);
} KINDS[] = {
    {"error-histogram", "Errors of all sites",
     "Mean absolute error of every held-out site, on a logarithmic axis. Lines: medians of the model and of the two "
     "predictors that learn nothing.",
     EVALUATION_WIDTH_PT, EVALUATION_HEIGHT_PT, false, evaluation_draw_histogram, is_always},
    {"deciles", "From best to worst",
     "Ranked by error, the middle 95 % of the sites are cut into ten equal parts; drawn is the site in the middle of "
     "each, "
     "the best at the top, each scaled to its own height. Black: simulated. Blue: predicted, with one standard "
     "deviation of the ensemble.",
     EVALUATION_WIDTH_PT, 560.0, false, evaluation_draw_deciles, is_always},
    {"edges", "One edge against the other",
     "Errors of the same site at both edges. Rings: the target of the second edge was itself made from the first.",
     400.0, 340.0, false, evaluation_draw_edges, has_two_edges},
    {"onset-errors", "Edge onsets: differences",
     "Predicted minus simulated energy of the steepest rise, in steps of the model's grid.", EVALUATION_WIDTH_PT, 284.0,
     false, evaluation_draw_onset_errors, has_onsets},
    {"onset-map", "Edge onsets: predicted against simulated",
     "Number of sites by simulated and predicted onset; on the line they agree.", EVALUATION_WIDTH_PT, 350.0, false,
     evaluation_draw_onset_map, has_onsets},
    {"oxidation", "Errors by oxidation state",
     "Marks: sites. Bar: from the first to the third quartile; line: median. Formal states from composition and bond "
     "valences; mixed: mixed valence that bond lengths do not resolve.",
     EVALUATION_WIDTH_PT, EVALUATION_HEIGHT_PT, false, evaluation_draw_states, has_states},
    {"coordination", "Errors by coordination number",
     "As above, by the number of Voronoi neighbours with at least half the largest solid angle, nonmetals first.",
     EVALUATION_WIDTH_PT, 340.0, false, evaluation_draw_numbers, is_always},
    {"elements", "Errors by nearest element",
     "Median error of the sites whose nearest ligand is this element, and how many there are.", EVALUATION_WIDTH_PT,
     330.0, true, evaluation_draw_elements, is_always},
    {"components", "Principal components of the simulated spectra",
     "Left: scores of the first two components. Right: mean spectra of the groups, lifted apart, and one standard "
     "deviation "
     "to each side. Above by oxidation state, below by coordination number.",
     EVALUATION_WIDTH_PT, 656.0, true, evaluation_draw_pca, has_components},
    {"learning-curve", "Learning curve",
     "Median error of held-out compounds after learning from parts of the others: marks for each seed, a line through "
     "the "
     "means, dashed the fitted power law, drawn beyond the data as an extrapolation.",
     EVALUATION_WIDTH_PT, 340.0, false, evaluation_draw_curve, has_curve},
    {"calibration", "Does the model know how wrong it is?",
     "Part of all points that lie within the interval that a normal distribution of the predicted standard deviation "
     "would "
     "give. On the dashed line it is honest; below it the model is too sure. In a cross-validation the standard "
     "deviations of "
     "each part are widened by what the other parts ask for.",
     EVALUATION_WIDTH_PT, 324.0, false, evaluation_draw_calibration, has_sigma},
    {"distance", "Error against distance from the training set",
     "Line: medians of eight equal parts. The distance is that of the model's domain.", EVALUATION_WIDTH_PT, 340.0,
     false, evaluation_draw_distance, is_always},
    {"worst", "The worst sites", "Black: simulated. Blue: predicted, with one standard deviation of the ensemble.",
     EVALUATION_WIDTH_PT, 660.0, true, evaluation_draw_worst, is_always},
};
enum { N_KIND = sizeof KINDS / sizeof *KINDS };

static void add_figure(const cuxas_evaluation_report *report, cuxas_channel channel,
                       const cuxas_edge_evaluation *opt_edge, size_t i_kind, cuxas_evaluation_figure *ret_figure,
                       size_t *n)
{
  cuxas_evaluation_figure figure = {.report   = report,
                                    .channel  = channel,
                                    .opt_edge = opt_edge,
                                    .i_kind   = i_kind,
                                    .title    = KINDS[i_kind].title,
                                    .caption  = KINDS[i_kind].caption};
  if (*n == CUXAS_MAX_EVALUATION_FIGURE || !KINDS[i_kind].is_there(&figure)) return;
  snprintf(figure.name, sizeof figure.name, "%s%s%s-%s", KINDS[i_kind].name, opt_edge != NULL ? "-" : "",
           opt_edge != NULL ? evaluation_edge_name(&figure, opt_edge) : "", cuxas_channel_name(channel));
  for (char *c = figure.name; *c != '\0'; c++) /* an edge's name is the caller's: nothing in it may leave the folder */
    if (*c == '/' || *c == '\\') *c = '_';
  ret_figure[(*n)++] = figure;
}

size_t cuxas_evaluation_list_figures(const cuxas_evaluation_report *report,
                                     cuxas_evaluation_figure        ret_figure[CUXAS_MAX_EVALUATION_FIGURE])
{
  size_t n = 0;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    const cuxas_evaluation_figure any = {.report = report, .channel = (cuxas_channel)channel};
    const cuxas_edge_evaluation  *edge[EVALUATION_MAX_EDGE];
    const size_t                  n_edge = evaluation_edges(&any, edge);
    for (size_t k = 0; k < N_KIND && n_edge > 0; k++)
      for (size_t e = 0; e < (KINDS[k].is_of_one_edge ? n_edge : 1); e++)
        add_figure(report, (cuxas_channel)channel, KINDS[k].is_of_one_edge ? edge[e] : NULL, k, ret_figure, &n);
  }
  return n;
}

cuxas_figure cuxas_evaluation_figure_page(const cuxas_evaluation_figure *figure)
{
  return (cuxas_figure){figure->title, KINDS[figure->i_kind].width_pt, KINDS[figure->i_kind].height_pt,
                        KINDS[figure->i_kind].draw, figure};
}
