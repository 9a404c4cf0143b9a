/* evaluation_html.c - an evaluation as a page for a browser and as JSON
 *
 * Contents: 1. errors  2. figures  3. groups and the worst sites  4. the learning curve  5. the page */
#include "evaluate/evaluation_report.h"
#include "base/text.h"
#include "base/memory.h"
#include "write/figure.h"
#include "base/elements.h"
#include "write/page.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>

/* 1. errors */

static void put_errors(const cuxas_evaluation *evaluation, FILE *out)
{
  static const char *const HEADING[] = {"Edge", "Channel", "Predictor", "#Sites", "#Median", "#Mean", "#90 %"};
  fputs("<section aria-labelledby=\"errors\">\n<h2 id=\"errors\">Errors</h2>\n", out);
  cuxas_html_begin_table(out, "Errors", HEADING, sizeof HEADING / sizeof *HEADING);
  for (size_t i = 0; i < evaluation->n_edge; i++)
    for (int p = 0; p < CUXAS_N_PREDICTOR; p++) {
      const cuxas_edge_evaluation *edge = &evaluation->edge[i];
      fputs("<tr>", out);
      cuxas_html_put_text_cell(out, evaluation->records->edge_name[edge->i_edge]);
      cuxas_html_put_text_cell(out, cuxas_channel_name(edge->channel));
      cuxas_html_put_text_cell(out, cuxas_predictor_name((cuxas_predictor)p));
      cuxas_html_put_number_cell(out, (double)edge->summary[p].n_row, 0, 0);
      cuxas_html_put_number_cell(out, edge->summary[p].median, 4, 0);
      cuxas_html_put_number_cell(out, edge->summary[p].mean, 4, 0);
      cuxas_html_put_number_cell(out, edge->summary[p].p90, 4, 0);
      fputs("</tr>\n", out);
    }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">Mean absolute error of a site spectrum over the model's grid, edge step 1, on sites of "
        "compounds "
        "that were not learnt from. 90 %: nine of ten sites are better.</p>\n</section>\n",
        out);
}

enum { N_KEY = 10 };

/* median_of_side() - of the sites within (0) or beyond (1) the threshold of the distance; NaN: there are none */
static double median_of_side(const cuxas_edge_evaluation *edge, int side)
{
  for (size_t i = 0; i < edge->n_side; i++)
    if (edge->by_side[i].key == side) return edge->by_side[i].median;
  return NAN;
}

/* find_key_figure() - row k of the table of key figures */
static double find_key_figure(const cuxas_edge_evaluation *edge, size_t k)
{
  const cuxas_error_summary *summary = edge->summary;
  switch (k) {
  case 0: return 100.0 * (1.0 - summary[CUXAS_BY_MODEL].median / summary[CUXAS_BY_MEAN].median);
  case 1: return 100.0 * (1.0 - summary[CUXAS_BY_MODEL].median / summary[CUXAS_BY_NEAREST].median);
  case 2: return 100.0 * edge->onset.exact;
  case 3: return 100.0 * edge->onset.within_step;
  case 4: return 100.0 * edge->onset.over_1_eV;
  case 5: return 100.0 * edge->coverage.covered[2];
  case 6: return edge->distance_spearman;
  case 7: return edge->sigma_spearman;
  case 8: return median_of_side(edge, 0);
  default: return median_of_side(edge, 1);
  }
}

static void put_key_figures(const cuxas_evaluation *evaluation, FILE *out)
{
  static const struct {
    const char *name;
    int         n_decimal;
  } KEY[N_KEY] = {
      {"Median error below that of the mean spectrum (%)", 1},
      {"Median error below that of the nearest neighbour (%)", 1},
      {"Onset exact on the grid (%)", 1},
      {"Onset within one step of the grid (%)", 1},
      {"Onset off by more than 1 eV (%)", 1},
      {"Points within the 90 % interval of the ensemble (%)", 1},
      {"Rank correlation of error and distance from the training set", 2},
      {"Rank correlation of error and spread of the ensemble", 2},
      {"Median error within the model's threshold of the distance", 4},
      {"Median error beyond it, where predictions are flagged", 4},
  };
  fputs("<section aria-labelledby=\"key\">\n<h2 id=\"key\">Key figures</h2>\n<div class=\"scroll\">\n<table>\n"
        "<thead><tr><th scope=\"col\">Figure</th>",
        out);
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    fputs("<th class=\"number\" scope=\"col\">", out);
    cuxas_html_printf(out, "%s, %s", evaluation->records->edge_name[evaluation->edge[i].i_edge],
                      cuxas_channel_name(evaluation->edge[i].channel));
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t k = 0; k < N_KEY; k++) {
    fprintf(out, "<tr><td>%s</td>", KEY[k].name);
    for (size_t i = 0; i < evaluation->n_edge; i++)
      cuxas_html_put_number_cell(out, find_key_figure(&evaluation->edge[i], k), KEY[k].n_decimal, 0);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">A rank correlation of 1 would be a perfect warning of errors, 0 none.</p>\n</section>\n",
        out);
}

/* 2. figures */

static cuxas_status put_figure(const cuxas_evaluation_figure *figure, size_t i_figure, FILE *out, cuxas_error *err)
{
  const cuxas_figure page = cuxas_evaluation_figure_page(figure);
  char               prefix[32], *svg;
  snprintf(prefix, sizeof prefix, "f%zu-", i_figure);
  const cuxas_status status = cuxas_figure_svg_layer(&page, prefix, &svg, err);
  if (status != CUXAS_OK) return status;
  fprintf(out,
          "<figure style=\"max-width:%gpx\">\n<svg class=\"plot\" viewBox=\"0 0 %g %g\" role=\"img\" "
          "aria-labelledby=\"text%zu\" "
          "xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n%s</svg>\n"
          "<figcaption id=\"text%zu\">",
          1.55 * page.width_pt, page.width_pt, page.height_pt, i_figure, svg, i_figure);
  free(svg);
  cuxas_html_put_text(out, figure->caption);
  fputs("</figcaption>\n</figure>\n", out);
  return CUXAS_OK;
}

static cuxas_status put_figures(const cuxas_evaluation_report *report, cuxas_channel channel, FILE *out,
                                cuxas_error *err)
{
  cuxas_evaluation_figure *figure = cuxas_new(err, CUXAS_MAX_EVALUATION_FIGURE, sizeof *figure);
  cuxas_status             status = CUXAS_OK;
  const char              *last   = NULL;
  if (figure == NULL) return CUXAS_ENOMEM;
  const size_t n = cuxas_evaluation_list_figures(report, figure);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    if (figure[i].channel != channel) continue;
    if (figure[i].title != last) {
      fputs("<h3>", out);
      cuxas_html_put_text(out, figure[i].title);
      fputs("</h3>\n", out);
      last = figure[i].title;
    }
    status = put_figure(&figure[i], i, out, err);
  }
  free(figure);
  return status;
}

/* 3. groups and the worst sites */

static void put_worst_row(const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge, size_t row, FILE *out)
{
  const cuxas_record      *record      = &evaluation->records->record[row];
  const cuxas_environment *environment = &evaluation->environment[row];
  const cuxas_ligand      *ligand      = environment->coordination.ligand;
  fputs("<tr>", out);
  cuxas_html_put_text_cell(out, evaluation->records->edge_name[edge->i_edge]);
  cuxas_html_put_text_cell(out, record->id);
  cuxas_html_put_text_cell(out, record->formula);
  cuxas_html_put_text_cell(out, cuxas_state_group_name(cuxas_state_group_of(environment)));
  cuxas_html_put_text_cell(out, cuxas_ligand_class_name(cuxas_coordination_class(&environment->coordination)));
  cuxas_html_put_number_cell(out, (double)record->site, 0, 0);
  cuxas_html_put_number_cell(out, (double)environment->coordination.n_ligand, 0, 0);
  cuxas_html_put_number_cell(out, environment->coordination.n_ligand > 0 ? ligand[0].distance_A : NAN, 2, 0);
  cuxas_html_put_number_cell(out, evaluation->crossval->distance[row], 2, 0);
  cuxas_html_put_number_cell(out, edge->mae[row], 3, 0);
  fputs("</tr>\n", out);
}

static void put_worst(const cuxas_evaluation *evaluation, cuxas_channel channel, FILE *out)
{
  static const char *const HEADING[] = {"Edge",      "Record", "Formula",     "State",
                                        "Ligands",   "#Site",  "#Neighbours", "#Nearest (\xC3\x85)",
                                        "#Distance", "#Error"};
  fputs("<h3>The ten worst sites of each edge</h3>\n", out);
  cuxas_html_begin_table(out, "The worst sites", HEADING, sizeof HEADING / sizeof *HEADING);
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    const cuxas_edge_evaluation *edge = &evaluation->edge[i];
    for (size_t k = 0; edge->channel == channel && k < CUXAS_N_WORST && k < edge->n_row; k++)
      put_worst_row(evaluation, edge, edge->row[edge->n_row - 1 - k], out);
  }
  cuxas_html_end_table(out);
}

static void put_classes(const cuxas_evaluation *evaluation, cuxas_channel channel, FILE *out)
{
  static const char *const HEADING[] = {"Edge", "Ligands", "#Sites", "#First quartile", "#Median", "#Third quartile"};
  fputs("<h3>Errors by kind of ligands</h3>\n", out);
  cuxas_html_begin_table(out, "Errors by kind of ligands", HEADING, sizeof HEADING / sizeof *HEADING);
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    const cuxas_edge_evaluation *edge = &evaluation->edge[i];
    for (size_t k = 0; edge->channel == channel && k < edge->n_class; k++) {
      const cuxas_group_summary *group = &edge->by_class[k];
      fputs("<tr>", out);
      cuxas_html_put_text_cell(out, evaluation->records->edge_name[edge->i_edge]);
      cuxas_html_put_text_cell(out, cuxas_ligand_class_name((cuxas_ligand_class)group->key));
      cuxas_html_put_number_cell(out, (double)group->n_value, 0, 0);
      cuxas_html_put_number_cell(out, group->low, 4, 0);
      cuxas_html_put_number_cell(out, group->median, 4, 0);
      cuxas_html_put_number_cell(out, group->high, 4, 0);
      fputs("</tr>\n", out);
    }
  }
  cuxas_html_end_table(out);
}

/* 4. the learning curve */

static void put_curve(const cuxas_evaluation_report *report, FILE *out)
{
  const cuxas_learning_curve *curve = report->opt_curve;
  fputs("<section aria-labelledby=\"curve\">\n<h2 id=\"curve\">Learning curve</h2>\n<p>", out);
  cuxas_html_printf(out, "From %.0f to %.0f sites, %zu seed%s. ", curve->n_row[0], curve->n_row[curve->n_size - 1],
                    curve->n_seed, curve->n_seed == 1 ? "" : "s");
  for (size_t i = 0; i < report->evaluation->n_edge; i++) {
    const cuxas_edge_evaluation *edge   = &report->evaluation->edge[i];
    const double                 factor = curve->factor[edge->i_edge][edge->channel];
    const double                 power  = curve->exponent[edge->i_edge][edge->channel];
    if (!isfinite(factor)) continue;
    cuxas_html_printf(out, "%s, %s: median ", report->evaluation->records->edge_name[edge->i_edge],
                      cuxas_channel_name(edge->channel));
    cuxas_html_put_number(out, factor, 3, 0);
    fputs(" n<sup>", out);
    cuxas_html_put_number(out, power, 2, 0);
    fputs("</sup>", out);
    cuxas_html_printf(out, ", which would be %.3f at 500 sites and %.3f at 4123. ", factor * pow(500.0, power),
                      factor * pow(4123.0, power));
  }
  fputs("</p>\n<p class=\"note\">Beyond the sites at hand this is an extrapolation: learning curves flatten.</p>\n"
        "</section>\n",
        out);
}

/* 5. the page */

static void put_head(const cuxas_evaluation_report *report, FILE *out)
{
  const cuxas_evaluation *evaluation = report->evaluation;
  fputs("<header>\n<p class=\"kind\">CuXAS evaluation</p>\n<h1><bdi>", out);
  cuxas_html_put_text(out, report->title);
  fputs("</bdi></h1>\n<p class=\"summary\">", out);
  cuxas_html_printf(out, "%zu records. %s", evaluation->records->n_record, report->method);
  fputs("</p>\n</header>\n<main>\n", out);
}

static cuxas_status put_provenance(const cuxas_evaluation_report *report, FILE *out, cuxas_error *err)
{
  fputs("<section aria-labelledby=\"made\">\n<h2 id=\"made\">How this was made</h2>\n<dl>\n<dt>Command</dt><dd><code>",
        out);
  cuxas_status status = cuxas_shell_put_command(out, report->command, cuxas_html_put_text, err);
  fputs("</code></dd>\n<dt>Records</dt><dd><code>", out);
  cuxas_html_put_text(out, report->evaluation->records->sha256);
  fputs("</code></dd>\n<dt>Settings</dt><dd><code>", out);
  if (status == CUXAS_OK) status = cuxas_put_settings(out, report->settings, cuxas_html_put_text, err);
  fprintf(
      out,
      "</code></dd>\n<dt>Program</dt><dd>cuxas-model evaluate %s</dd>\n</dl>\n"
      "<p class=\"note\">Coordination: Voronoi neighbours with at least half the largest solid angle, nonmetals first "
      "(O'Keeffe, Acta Cryst. A35, 772 (1979)). Oxidation states: charge balance with the usual states of the other "
      "elements, bond valences (Brown, Altermatt 1985; Brese, O'Keeffe 1991; Shields et al. 2000) where that leaves a "
      "choice. They are formal: in CuS or CuSe2 they count electrons, no more.</p>\n</section>\n",
      CUXAS_VERSION);
  return status;
}

cuxas_status cuxas_evaluation_write_html(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_evaluation_report *report     = what;
  const cuxas_locale             locale     = cuxas_locale_begin();
  const cuxas_evaluation        *evaluation = report->evaluation;
  cuxas_status                   status     = CUXAS_OK;
  cuxas_page_begin(out, report->title);
  put_head(report, out);
  put_errors(evaluation, out);
  put_key_figures(evaluation, out);
  if (report->opt_curve != NULL) put_curve(report, out);
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
    size_t i = 0;
    while (i < evaluation->n_edge && evaluation->edge[i].channel != (cuxas_channel)channel) i++;
    if (i == evaluation->n_edge) continue;
    fprintf(out, "<section aria-labelledby=\"channel%d\">\n<h2 id=\"channel%d\">Channel %s</h2>\n", channel, channel,
            cuxas_channel_name((cuxas_channel)channel));
    status = put_figures(report, (cuxas_channel)channel, out, err);
    put_classes(evaluation, (cuxas_channel)channel, out);
    put_worst(evaluation, (cuxas_channel)channel, out);
    fputs("</section>\n", out);
  }
  if (status == CUXAS_OK) status = put_provenance(report, out, err);
  fputs("</main>\n", out);
  cuxas_page_end(out);
  cuxas_locale_end(locale);
  return status;
}

/* ---- an evaluation as JSON -------------------------------------------------------------------------------------- */

static void put_histogram(cuxas_json_builder *builder, cJSON *parent, const char *name,
                          const cuxas_histogram *histogram)
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_number(builder, object, "low", histogram->low);
  cuxas_json_put_number(builder, object, "step", histogram->step);
  cJSON *count = cuxas_json_put_array(builder, object, "count");
  for (size_t i = 0; i < histogram->n_bin; i++) cuxas_json_put_count(builder, count, NULL, histogram->count[i]);
  cuxas_json_put_count(builder, object, "below", histogram->n_below);
  cuxas_json_put_count(builder, object, "above", histogram->n_above);
}

static void put_record(cuxas_json_builder *builder, cJSON *array, const cuxas_evaluation *evaluation,
                       const cuxas_edge_evaluation *edge, size_t row)
{
  const cuxas_record *record = &evaluation->records->record[row];
  cJSON              *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "id", record->id);
  cuxas_json_put_text(builder, object, "formula", record->formula);
  cuxas_json_put_count(builder, object, "site_index", record->site);
  cuxas_json_put_number(builder, object, "mae", edge->mae[row]);
}

/* put_groups() - name_of: the text of a key; NULL: the number itself */
static void put_groups(cuxas_json_builder *builder, cJSON *parent, const char *name, const cuxas_group_summary *group,
                       size_t n_group, const char *name_of(int key))
{
  cJSON *array = cuxas_json_put_array(builder, parent, name);
  for (size_t i = 0; i < n_group; i++) {
    cJSON *object = cuxas_json_put_object(builder, array, NULL);
    if (name_of != NULL)
      cuxas_json_put_text(builder, object, "group", name_of(group[i].key));
    else
      cuxas_json_put_count(builder, object, "group", (size_t)group[i].key);
    cuxas_json_put_count(builder, object, "n", group[i].n_value);
    cuxas_json_put_number(builder, object, "first_quartile", group[i].low);
    cuxas_json_put_number(builder, object, "median", group[i].median);
    cuxas_json_put_number(builder, object, "third_quartile", group[i].high);
  }
}

static const char *name_state(int key)
{
  return cuxas_state_group_name((cuxas_state_group)key);
}

static const char *name_class(int key)
{
  return cuxas_ligand_class_name((cuxas_ligand_class)key);
}

static const char *name_side(int key)
{
  return key == 0 ? "within" : "beyond";
}

static const char *name_element(int key)
{
  return cuxas_element_find(key)->symbol;
}

static void put_onsets(cuxas_json_builder *builder, cJSON *parent, const cuxas_onset_errors *onset)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "onset");
  cuxas_json_put_count(builder, object, "n", onset->n_row);
  cuxas_json_put_number(builder, object, "exact", onset->exact);
  cuxas_json_put_number(builder, object, "within_one_step", onset->within_step);
  cuxas_json_put_number(builder, object, "over_1_eV", onset->over_1_eV);
  put_histogram(builder, object, "steps", &onset->steps);
}

static void put_coverage(cuxas_json_builder *builder, cJSON *parent, const cuxas_coverage *coverage)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "calibration");
  cuxas_json_put_count(builder, object, "n_points", coverage->n_point);
  cJSON *levels = cuxas_json_put_array(builder, object, "levels");
  for (size_t i = 0; i < CUXAS_N_LEVEL && coverage->n_point > 0; i++) {
    cJSON *level = cuxas_json_put_object(builder, levels, NULL);
    cuxas_json_put_number(builder, level, "nominal", CUXAS_LEVEL[i]);
    cuxas_json_put_number(builder, level, "covered", coverage->covered[i]);
    cuxas_json_put_number(builder, level, "sigma_factor", coverage->factor[i]);
  }
}

static void put_edge(cuxas_json_builder *builder, cJSON *array, const cuxas_evaluation *evaluation,
                     const cuxas_edge_evaluation *edge)
{
  cJSON *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "edge", evaluation->records->edge_name[edge->i_edge]);
  cuxas_json_put_text(builder, object, "channel", cuxas_channel_name(edge->channel));
  cuxas_json_put_count(builder, object, "n", edge->n_row);
  put_histogram(builder, object, "log10_mae", &edge->histogram);
  cJSON *deciles = cuxas_json_put_array(builder, object, "deciles");
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) put_record(builder, deciles, evaluation, edge, edge->decile_row[i]);
  cJSON *worst = cuxas_json_put_array(builder, object, "worst");
  for (size_t i = 0; i < CUXAS_N_WORST && i < edge->n_row; i++)
    put_record(builder, worst, evaluation, edge, edge->row[edge->n_row - 1 - i]);
  put_onsets(builder, object, &edge->onset);
  put_groups(builder, object, "by_oxidation_state", edge->by_state, edge->n_state, name_state);
  put_groups(builder, object, "by_coordination_number", edge->by_number, edge->n_number, NULL);
  put_groups(builder, object, "by_nearest_element", edge->by_element, edge->n_element, name_element);
  put_groups(builder, object, "by_ligands", edge->by_class, edge->n_class, name_class);
  cuxas_json_put_number(builder, object, "distance_threshold", evaluation->threshold);
  put_groups(builder, object, "by_distance_threshold", edge->by_side, edge->n_side, name_side);
  put_coverage(builder, object, &edge->coverage);
  cuxas_json_put_number(builder, object, "distance_rank_correlation", edge->distance_spearman);
  cuxas_json_put_number(builder, object, "sigma_rank_correlation", edge->sigma_spearman);
  cuxas_json_put_numbers(builder, object, "component_variance", edge->pca != NULL ? edge->pca->part : NULL,
                         edge->pca != NULL ? edge->pca->n_component : 0);
}

cJSON *cuxas_evaluation_to_json(const cuxas_evaluation_report *report)
{
  cuxas_json_builder builder = {false};
  cJSON             *array   = cJSON_CreateArray();
  for (size_t i = 0; i < report->evaluation->n_edge; i++)
    put_edge(&builder, array, report->evaluation, &report->evaluation->edge[i]);
  return cuxas_json_finish(&builder, array);
}

cJSON *cuxas_learning_curve_to_json(const cuxas_evaluation_report *report)
{
  const cuxas_learning_curve *curve   = report->opt_curve;
  const cuxas_records        *records = report->evaluation->records;
  cuxas_json_builder          builder = {false};
  cJSON                      *object  = cJSON_CreateObject();

  cuxas_json_put_numbers(&builder, object, "n_learnt", curve->n_row, curve->n_size);
  cuxas_json_put_count(&builder, object, "n_seeds", curve->n_seed);
  cJSON *array = cuxas_json_put_array(&builder, object, "curves");
  for (size_t e = 0; e < records->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      const double *median = curve->median[e][channel];
      if (median == NULL) continue;
      cJSON *entry = cuxas_json_put_object(&builder, array, NULL);
      cuxas_json_put_text(&builder, entry, "edge", records->edge_name[e]);
      cuxas_json_put_text(&builder, entry, "channel", cuxas_channel_name((cuxas_channel)channel));
      cuxas_json_put_number(&builder, entry, "factor", curve->factor[e][channel]);
      cuxas_json_put_number(&builder, entry, "exponent", curve->exponent[e][channel]);
      cJSON *sizes = cuxas_json_put_array(&builder, entry, "median");
      for (size_t i = 0; i < curve->n_size; i++)
        cuxas_json_put_numbers(&builder, sizes, NULL, median + i * curve->n_seed, curve->n_seed);
    }
  return cuxas_json_finish(&builder, object);
}

cuxas_status cuxas_evaluation_describe_site(const cuxas_evaluation *evaluation, size_t i_record, cJSON *object,
                                            cuxas_error *err)
{
  const cuxas_environment  *environment  = &evaluation->environment[i_record];
  const cuxas_coordination *coordination = &environment->coordination;
  const cuxas_oxidation    *oxidation    = &environment->oxidation;
  cuxas_json_builder        builder      = {false};

  cuxas_json_put_count(&builder, object, "coordination_number", coordination->n_ligand);
  cuxas_json_put_text(&builder, object, "ligands", cuxas_ligand_class_name(cuxas_coordination_class(coordination)));
  cuxas_json_put_text(&builder, object, "nearest_element",
                      coordination->n_ligand > 0 ? name_element(coordination->ligand[0].atomic_number) : NULL);
  cuxas_json_put_number(&builder, object, "oxidation_state", oxidation->state);
  cuxas_json_put_text(&builder, object, "oxidation_source", cuxas_oxidation_source_name(oxidation->source));
  cuxas_json_put_number(&builder, object, "bond_valence", oxidation->bond_valence);
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    const cuxas_edge_evaluation *edge = &evaluation->edge[i];
    char                         key[64];
    if (isnan(edge->mae[i_record])) continue;
    snprintf(key, sizeof key, "onset_difference_eV_%s_%s", evaluation->records->edge_name[edge->i_edge],
             cuxas_channel_name(edge->channel));
    cuxas_json_put_number(&builder, object, key,
                          edge->onset.predicted_eV[i_record] - edge->onset.simulated_eV[i_record]);
  }
  return builder.failed ? cuxas_no_memory(err) : CUXAS_OK;
}
