/* validation_html.c - a validation as one page for a browser
 *
 * Contents: 1. the page  2. how often the right one is found */
#include "evaluate/validation_figure.h"
#include "base/text.h"

#include "report/answer.h"
#include "report/html_figure.h"
#include "write/figure.h"
#include "write/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADINGS(list) list, sizeof list / sizeof *list

/* sections: how often the right one is found, failures, the core hole; those that there are */
static cuxas_status put_identification(const cuxas_validation_report *report, FILE *out, cuxas_error *err);

/* ---- 1. the page -------------------------------------------------------------------------------------------- */

/* Contents: 1. pieces  2. head and summary  3. compounds  4. spectra  5. provenance  6. the page */

/* 1. pieces */

static void put_legend(const validation_sheet *sheet, FILE *out)
{
  fputs("<p>", out);
  for (size_t i = 0; i < sheet->n_legend; i++) {
    cuxas_html_put_swatch(sheet->legend[i].line, out);
    fputs(" <bdi>", out);
    cuxas_html_put_text(out, sheet->legend[i].text);
    fputs("</bdi> ", out);
  }
  fputs("</p>\n", out);
}

/* put_figure() - an SVG of this id with its caption, which is also its alternative text; the legend of a bare sheet
 * stands above it
 *
 * Returns  as cuxas_figure_svg_layer(). */
static cuxas_status put_figure(const validation_sheet *sheet, const char *id, const char *caption, FILE *out,
                               cuxas_error *err)
{
  const cuxas_figure page = cuxas_validation_sheet_page(sheet);
  char               prefix[48], *svg;
  snprintf(prefix, sizeof prefix, "%s-", id);
  const cuxas_status status = cuxas_figure_svg_layer(&page, prefix, &svg, err);
  if (status != CUXAS_OK) return status;
  fprintf(out, "<figure style=\"max-width:%gpx\">\n", 1.45 * page.width_pt);
  if (sheet->is_bare) put_legend(sheet, out);
  fprintf(out,
          "<svg class=\"plot\" id=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-labelledby=\"%s-text\" "
          "xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
          "<g class=\"frame\">%s</g></svg>\n<figcaption id=\"%s-text\">",
          id, page.width_pt, page.height_pt, id, svg, id);
  free(svg);
  cuxas_html_put_text(out, caption);
  fputs("</figcaption>\n</figure>\n", out);
  return CUXAS_OK;
}

static void put_means(const cuxas_validation_report *report, size_t i_source, cuxas_manner manner, FILE *out)
{
  static const char *const    SUFFIX[CUXAS_N_MANNER] = {"", ", no core hole", ", compared as published"};
  const cuxas_validation_row *row                    = report->source[i_source].row[manner];
  cuxas_validation_means      means;
  char                        label[96];
  if (row == NULL) return;
  cuxas_validation_average(row, report->n_row, &means);
  snprintf(label, sizeof label, "%s%s", report->source[i_source].name, SUFFIX[manner]);
  fputs("<tr>", out);
  cuxas_html_put_text_cell(out, label);
  cuxas_html_put_count_cell(out, means.n_measured);
  cuxas_html_put_number_cell(out, means.mae, 3, 0);
  cuxas_html_put_number_cell(out, means.median_mae, 3, 0);
  cuxas_html_put_number_cell(out, means.spearman, 3, 0);
  cuxas_html_put_count_cell(out, means.n_first);
  cuxas_html_put_count_cell(out, means.n_top3);
  cuxas_html_put_number_cell(out, means.margin, 2, 1);
  cuxas_html_put_number_cell(out, means.shift_eV, 2, 1);
  fputs("</tr>\n", out);
}

/* begin_means(), put_means() - a table of means, and its line for a source in a manner; no line
 * where it was not compared in that manner */
static void begin_means(const char *label, FILE *out)
{
  static const char *const HEADING[] = {"Spectra", "#Compounds", "#MAE",    "#Median",    "#Spearman",
                                        "#First",  "#Top 3",     "#Margin", "#Shift (eV)"};
  cuxas_html_begin_table(out, label, HEADINGS(HEADING));
}

static const cuxas_validation_row *rows_of(const cuxas_validation_report *report, size_t i_source)
{
  return report->source[i_source].row[CUXAS_MANNER_ASKED];
}

/* 2. head and summary */

static void put_head(const cuxas_validation_report *report, FILE *out)
{
  cuxas_validation_means means;
  cuxas_validation_average(rows_of(report, CUXAS_VALIDATION_MODEL), report->n_row, &means);
  fputs("<header>\n<p class=\"kind\">CuXAS validation</p>\n<h1><bdi>", out);
  cuxas_html_put_text(out, report->model->name);
  fputs("</bdi></h1>\n<p class=\"summary\">", out);
  cuxas_html_printf(
      out,
      "%zu compounds, %zu of them measured. The model's spectra put the right one first for %zu, in the first three "
      "for %zu.",
      report->n_row, means.n_measured, means.n_first, means.n_top3);
  fputs("</p>\n</header>\n<main>\n", out);
}

static void put_published(const char *name, double mae, double spearman, FILE *out)
{
  fputs("<tr>", out);
  cuxas_html_put_text_cell(out, name);
  cuxas_html_put_count_cell(out, 14);
  cuxas_html_put_number_cell(out, mae, 3, 0);
  cuxas_html_put_number_cell(out, NAN, 3, 0);
  cuxas_html_put_number_cell(out, spearman, 3, 0);
  for (int i = 0; i < 4; i++) cuxas_html_put_number_cell(out, NAN, 0, 0);
  fputs("</tr>\n", out);
}

static void put_summary(const cuxas_validation_report *report, FILE *out)
{
  cuxas_html_begin_section(out, "summary", "Summary");
  begin_means("Means", out);
  for (size_t i = 0; i < report->n_source; i++) put_means(report, i, CUXAS_MANNER_ASKED, out);
  for (size_t i = 0; i < report->n_source; i++) put_means(report, i, CUXAS_MANNER_PUBLISHED, out);
  put_published("CuXASNet as published", CUXAS_PUBLISHED_MODEL_MAE, CUXAS_PUBLISHED_MODEL_SPEARMAN, out);
  put_published("FEFF9 as published", CUXAS_PUBLISHED_FEFF9_MAE, CUXAS_PUBLISHED_FEFF9_SPEARMAN, out);
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">Means over the measured compounds; published: C. Gleason et al., arXiv:2412.02916, over 14. "
        "As "
        "published: shift by the MAE, scaled min-max, neither broadened nor with a core hole. First, top 3: how often "
        "the "
        "right compound is ranked there. Margin: its score above that of the best other one. Few compounds: one rank "
        "more "
        "or less is chance.</p>\n</section>\n",
        out);
}

/* 3. compounds */

static void put_compound(const cuxas_validation_row *row, size_t n_edge, FILE *out)
{
  fputs("<tr>", out);
  cuxas_html_put_name_cell(out, row->name);
  if (row->reason[0] != '\0') {
    for (size_t i = 0; i < 7 + n_edge; i++) cuxas_html_put_number_cell(out, NAN, 0, 0);
    fputs("<td class=\"remarks\">", out);
    cuxas_html_put_text(out, row->reason);
    fputs("</td></tr>\n", out);
    return;
  }
  cuxas_html_put_count_cell(out, row->rank);
  cuxas_html_put_count_cell(out, row->rank_mae);
  cuxas_html_put_count_cell(out, row->rank_spearman);
  cuxas_html_put_number_cell(out, row->comparison.mae, 3, 0);
  cuxas_html_put_number_cell(out, row->comparison.spearman, 3, 0);
  cuxas_html_put_number_cell(out, row->comparison.shift_eV, 2, 1);
  cuxas_html_put_number_cell(out, row->comparison.hole_fraction, 2, 0);
  for (size_t k = 0; k < n_edge; k++) cuxas_html_put_number_cell(out, cuxas_validation_onset_eV(row, k, true), 2, 1);
  fputs("<td class=\"remarks\">", out);
  const char *between = "";
  if (row->rank > 1) {
    cuxas_html_printf(out, "first: %s", row->first);
    between = "; ";
  }
  if (row->comparison.shift_at_limit) {
    fprintf(out, "%sshift at the window\xE2\x80\x99s limit", between);
    between = "; ";
  }
  if (row->domain.outside) fprintf(out, "%soutside the training domain", between);
  fputs("</td></tr>\n", out);
}

static void put_compounds(const cuxas_validation_report *report, size_t i_source, FILE *out)
{
  static const char *const BEFORE[] = {"Compound", "#Rank",     "#By MAE",     "#By Sp.",
                                       "#MAE",     "#Spearman", "#Shift (eV)", "#Hole"};
  enum { N_BEFORE = sizeof BEFORE / sizeof *BEFORE };
  const cuxas_model *model = report->model;
  const char        *heading[N_BEFORE + CUXAS_MODEL_MAX_EDGE + 1];
  char               onset[CUXAS_MODEL_MAX_EDGE][CUXAS_EDGE_NAME_SIZE + 16];
  size_t             n = 0;
  while (n < N_BEFORE) {
    heading[n] = BEFORE[n];
    n++;
  }
  for (size_t k = 0; k < model->n_edge; k++) {
    snprintf(onset[k], sizeof onset[k], "#\xCE\x94%s (eV)", model->edge[k].name);
    heading[n++] = onset[k];
  }
  heading[n++] = "Remarks";
  fputs("<h3>", out);
  cuxas_html_printf(out, "Spectra by %s%s", i_source == CUXAS_VALIDATION_MODEL ? "the " : "",
                    report->source[i_source].name);
  fputs("</h3>\n", out);
  cuxas_html_begin_table(out, i_source == CUXAS_VALIDATION_MODEL ? "Compounds, model" : "Compounds, simulated", heading,
                         n);
  for (size_t i = 0; i < report->n_row; i++) put_compound(&rows_of(report, i_source)[i], model->n_edge, out);
  cuxas_html_end_table(out);
}

static void put_errors(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Compound", "#Model to measured", "#Simulated to measured",
                                        "#Model to simulated", "Larger part"};
  const char              *simulated = report->source[CUXAS_VALIDATION_SIMULATED].name;
  fputs("<h3>What the error is made of</h3>\n", out);
  cuxas_html_begin_table(out, "Parts of the error", HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_row; i++) {
    double distance[CUXAS_N_DISTANCE];
    if (!cuxas_validation_distances(report, i, distance)) continue;
    fputs("<tr>", out);
    cuxas_html_put_name_cell(out, rows_of(report, CUXAS_VALIDATION_MODEL)[i].name);
    cuxas_html_put_number_cell(out, distance[CUXAS_MODEL_MEASURED], 3, 0);
    cuxas_html_put_number_cell(out, distance[CUXAS_SIMULATED_MEASURED], 3, 0);
    cuxas_html_put_number_cell(out, distance[CUXAS_MODEL_SIMULATED], 3, 0);
    cuxas_html_put_text_cell(out, distance[CUXAS_MODEL_SIMULATED] > distance[CUXAS_SIMULATED_MEASURED] ? "model"
                                                                                                       : simulated);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">Mean absolute differences of the curves as they were compared. Larger part: the "
        "simulation\xE2\x80\x99s "
        "distance from the measurement, which no better network mends, or the network\xE2\x80\x99s from the simulation "
        "that it "
        "imitates.</p>\n",
        out);
}

/* 4. spectra */

static cuxas_status put_sheet(const cuxas_validation_report *report, validation_choice choice, const char *id,
                              const char *caption, FILE *out, cuxas_error *err)
{
  validation_sheet sheet;
  cuxas_status     status = cuxas_validation_sheet_new(report, choice, &sheet, err);
  if (status == CUXAS_OK && sheet.n_plot > 0) status = put_figure(&sheet, id, caption, out, err);
  cuxas_validation_sheet_free(&sheet);
  return status;
}

static cuxas_status put_spectra(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_html_begin_section(out, "spectra", "Spectra");
  cuxas_status status = put_sheet(
      report, VALIDATION_EXTREMES, "extremes",
      "The best, the middle and the worst case by MAE of the model. Black: measured; orange: model; blue: simulated.",
      out, err);
  fputs("<details open>\n<summary>All compounds</summary>\n", out);
  if (status == CUXAS_OK)
    status = put_sheet(report, VALIDATION_ALL, "all", "All measured compounds, the best first, as they were compared.",
                       out, err);
  fputs("</details>\n</section>\n", out);
  return status;
}

/* 5. provenance */

static void put_hashes(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Compound", "Measured curve", "Structure", "Simulated spectrum"};
  fputs("<details>\n<summary>SHA-256 of the files</summary>\n", out);
  cuxas_html_begin_table(out, "Files", HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_row; i++) {
    const cuxas_validation_row *row     = &rows_of(report, CUXAS_VALIDATION_MODEL)[i];
    const char                 *hash[3] = {row->measured_sha256, row->candidate_sha256, ""};
    if (report->n_source > CUXAS_VALIDATION_SIMULATED)
      hash[2] = rows_of(report, CUXAS_VALIDATION_SIMULATED)[i].candidate_sha256;
    fputs("<tr>", out);
    cuxas_html_put_name_cell(out, row->name);
    for (int k = 0; k < 3; k++) fprintf(out, "<td><code>%s</code></td>", hash[k][0] != '\0' ? hash[k] : "\xE2\x80\x93");
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  fputs("</details>\n", out);
}

static cuxas_status put_provenance(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_html_begin_section(out, "provenance", "How this was made");
  fputs("<dl>\n<dt>Command</dt><dd><code>", out);
  cuxas_status status = cuxas_shell_put_command(out, report->command, cuxas_html_put_text, err);
  fputs("</code></dd>\n<dt>Model</dt><dd>", out);
  cuxas_html_printf(out, "%s, %zu training spectra, SHA-256 ", report->model->name, report->model->n_training);
  fputs("<code>", out);
  cuxas_html_put_text(out, report->model->sha256);
  fputs("</code></dd>\n<dt>Settings</dt><dd><code>", out);
  if (status == CUXAS_OK) status = cuxas_put_settings(out, report->settings, cuxas_html_put_text, err);
  fputs("</code></dd>\n<dt>Program</dt><dd>", out);
  cuxas_html_printf(out, "%s %s", report->program, CUXAS_VERSION);
  fputs("</dd>\n</dl>\n", out);
  put_hashes(report, out);
  fputs("<p class=\"note\">Priors of shift and core-hole fraction are centred, for each compound, on what the others "
        "need: the "
        "compound that is asked for never takes part.</p>\n</section>\n",
        out);
  return status;
}

/* 6. the page */

static cuxas_status put_page(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_status status;
  cuxas_page_begin(out, "CuXAS validation");
  put_head(report, out);
  put_summary(report, out);
  cuxas_html_begin_section(out, "compounds", "Compounds");
  for (size_t k = 0; k < report->n_source; k++) put_compounds(report, k, out);
  fputs("<p class=\"note\">Rank: of the right compound, by score, by MAE and by Spearman. Shift: added to the "
        "spectrum\xE2\x80\x99s "
        "energies. Hole: weight of the spectrum without a core hole. \xCE\x94: its onset minus the measured one after "
        "the "
        "shift.</p>\n",
        out);
  if (report->n_source > CUXAS_VALIDATION_SIMULATED) put_errors(report, out);
  fputs("</section>\n", out);
  if ((status = put_spectra(report, out, err)) != CUXAS_OK) return status;
  if ((status = put_identification(report, out, err)) != CUXAS_OK) return status;
  if ((status = put_provenance(report, out, err)) != CUXAS_OK) return status;
  fputs("</main>\n", out);
  cuxas_page_end(out);
  return CUXAS_OK;
}

/* ---- 2. how often the right one is found -------------------------------------------------------------------- */

/* Contents: 1. identification  2. failures  3. the core hole  4. answers  5. all of it */

/* 1. identification */

static void put_identified(const cuxas_identified *of, FILE *out)
{
  if (of->n == 0) {
    for (int i = 0; i < 3; i++) cuxas_html_put_number_cell(out, NAN, 0, 0);
    return;
  }
  cuxas_html_put_count_cell(out, of->n_first);
  cuxas_html_put_count_cell(out, of->n_top3);
  cuxas_html_put_number_cell(out, of->reciprocal / (double)of->n, 3, 0);
}

static void put_lines(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Spectra",     "Scale",  "Measure", "#Compounds: first", "#Top 3", "#1/rank",
                                        "#All: first", "#Top 3", "#1/rank", "#Elements: first",  "#Top 3", "#1/rank"};
  cuxas_html_begin_table(out, "How often the right compound is found", HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_line; i++) {
    const cuxas_identification *line = &report->line[i];
    fputs("<tr>", out);
    cuxas_html_put_text_cell(out, line->source);
    cuxas_html_put_text_cell(out, line->scale);
    cuxas_html_put_text_cell(out, cuxas_identification_measure(line->measure));
    for (int among = 0; among < CUXAS_N_AMONG; among++) put_identified(&line->of[among], out);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">", out);
  const cuxas_identified *of = report->line[0].of;
  cuxas_html_printf(out, "%zu questions. ", of[0].n);
  for (int among = 0; among < CUXAS_N_AMONG; among++)
    if (of[among].n > 0)
      cuxas_html_printf(out, "%s: %.1f candidates in the mean. ",
                        among == CUXAS_AMONG_COMPOUNDS ? "Compounds"
                        : among == CUXAS_AMONG_ALL     ? "All, with the library"
                                                       : "Elements known",
                        of[among].n_candidate / (double)of[among].n);
  fputs("1/rank: mean reciprocal rank.</p>\n", out);
}

static void put_standards(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Questions", "Candidates", "#Questions",     "#Among", "#By score: first",
                                        "#Top 3",    "#1/rank",    "#By MAE: first", "#Top 3", "#1/rank"};
  if (report->n_standard == 0) return;
  fputs("<h3>Measured standards as candidates</h3>\n", out);
  cuxas_html_begin_table(out, "Measured standards as candidates", HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_standard; i++) {
    const cuxas_identification_standard *line = &report->standard[i];
    if (line->by_score.n == 0) continue;
    fputs("<tr>", out);
    cuxas_html_put_text_cell(out, line->question);
    cuxas_html_put_text_cell(out, line->candidates);
    cuxas_html_put_count_cell(out, line->by_score.n);
    cuxas_html_put_number_cell(out, line->by_score.n_candidate / (double)line->by_score.n, 0, 0);
    put_identified(&line->by_score, out);
    put_identified(&line->by_mae, out);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  if (report->standard_note == NULL) return;
  fputs("<p class=\"note\">", out);
  cuxas_html_put_text(out, report->standard_note);
  fputs("</p>\n", out);
}

/* 2. failures */

static cuxas_status put_failure(const cuxas_validation_report *report, size_t i_case, FILE *out, cuxas_error *err)
{
  const cuxas_validation_case *failure = &report->failure[i_case];
  validation_sheet             sheet;
  char                         id[32], text[2048];
  const cuxas_validation_row  *row = &report->source[failure->i_source].row[CUXAS_MANNER_ASKED][failure->i_row];
  snprintf(id, sizeof id, "failure%zu", i_case);
  cuxas_validation_case_tell(failure, row, text, sizeof text);
  cuxas_status status = cuxas_validation_sheet_failure(report, failure, &sheet, err);
  if (status == CUXAS_OK) status = put_figure(&sheet, id, text, out, err);
  cuxas_validation_sheet_free(&sheet);
  return status;
}

/* Failures of one source in one set, drawn two abreast. */
static cuxas_status put_failures_of(const cuxas_validation_report *report, size_t i_source, cuxas_among among,
                                    FILE *out, cuxas_error *err)
{
  static const char *const SET[CUXAS_N_AMONG] = {"among the compounds", "among all candidates",
                                                 "with the elements known"};
  size_t                   n                  = 0;
  cuxas_status             status             = CUXAS_OK;
  for (size_t i = 0; i < report->n_case; i++)
    n += report->failure[i].i_source == i_source && report->failure[i].among == among;
  if (n == 0) return CUXAS_OK;
  fprintf(out, "<details%s>\n<summary>", among == CUXAS_AMONG_COMPOUNDS ? " open" : "");
  cuxas_html_printf(out, "%s, %s: %zu", report->source[i_source].name, SET[among], n);
  fputs("</summary>\n<div class=\"sites\">\n", out);
  for (size_t i = 0; i < report->n_case && status == CUXAS_OK; i++)
    if (report->failure[i].i_source == i_source && report->failure[i].among == among)
      status = put_failure(report, i, out, err);
  fputs("</div>\n</details>\n", out);
  return status;
}

static cuxas_status put_failures(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  cuxas_html_begin_section(out, "failures", "Not first, and why");
  if (report->n_case == 0) fputs("<p>Every right compound is first by score.</p>\n", out);
  for (size_t k = 0; k < report->n_source; k++)
    for (int among = 0; among < CUXAS_N_AMONG && status == CUXAS_OK; among++)
      status = put_failures_of(report, k, (cuxas_among)among, out, err);
  fputs("</section>\n", out);
  return status;
}

/* 3. the core hole */

static void put_hole_rows(const cuxas_validation_report *report, size_t i_source, FILE *out)
{
  static const char *const       HEADING[] = {"Compound",          "#Fraction",       "#MAE, fitted",  "#MAE, none",
                                              "#Spearman, fitted", "#Spearman, none", "#Rank, fitted", "#Rank, none"};
  const cuxas_validation_source *source    = &report->source[i_source];
  fputs("<h3>", out);
  cuxas_html_printf(out, "Spectra by %s%s", i_source == CUXAS_VALIDATION_MODEL ? "the " : "", source->name);
  fputs("</h3>\n", out);
  cuxas_html_begin_table(out, i_source == CUXAS_VALIDATION_MODEL ? "Core hole, model" : "Core hole, simulated",
                         HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_row; i++) {
    const cuxas_validation_row *fitted = &source->row[CUXAS_MANNER_ASKED][i],
                               *none   = &source->row[CUXAS_MANNER_NO_HOLE][i];
    if (fitted->reason[0] != '\0' || none->reason[0] != '\0') continue;
    fputs("<tr>", out);
    cuxas_html_put_name_cell(out, fitted->name);
    cuxas_html_put_number_cell(out, fitted->comparison.hole_fraction, 2, 0);
    cuxas_html_put_number_cell(out, fitted->comparison.mae, 3, 0);
    cuxas_html_put_number_cell(out, none->comparison.mae, 3, 0);
    cuxas_html_put_number_cell(out, fitted->comparison.spearman, 3, 0);
    cuxas_html_put_number_cell(out, none->comparison.spearman, 3, 0);
    cuxas_html_put_count_cell(out, fitted->rank);
    cuxas_html_put_count_cell(out, none->rank);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
}

static void put_holes(const cuxas_validation_report *report, FILE *out)
{
  bool has_any = false;
  for (size_t k = 0; k < report->n_source; k++)
    has_any = has_any || report->source[k].row[CUXAS_MANNER_NO_HOLE] != NULL;
  if (!has_any) return;
  cuxas_html_begin_section(out, "hole", "The core hole: better agreement, and what it costs");
  begin_means("Core hole, means", out);
  for (size_t k = 0; k < report->n_source; k++) {
    if (report->source[k].row[CUXAS_MANNER_NO_HOLE] == NULL) continue;
    put_means(report, k, CUXAS_MANNER_ASKED, out);
    put_means(report, k, CUXAS_MANNER_NO_HOLE, out);
  }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">A fitted core-hole fraction helps every candidate, the wrong ones as well: agreement rises, "
        "and the "
        "distance between right and wrong need not.</p>\n",
        out);
  for (size_t k = 0; k < report->n_source; k++)
    if (report->source[k].row[CUXAS_MANNER_NO_HOLE] != NULL) put_hole_rows(report, k, out);
  fputs("</section>\n", out);
}

/* 4. answers */

static void put_said(const cuxas_answered *said, FILE *out)
{
  cuxas_html_put_number_cell(out, said->probability, 2, 0);
  cuxas_html_put_count_cell(out, said->rank);
}

static void put_found(const cuxas_property_found *found, cuxas_property property, FILE *out)
{
  char value[CUXAS_ANSWERS_VALUE_SIZE], text[2 * CUXAS_ANSWERS_VALUE_SIZE];
  cuxas_answers_value(property, found->value, value);
  snprintf(text, sizeof text, "%s %.2f%s", value, found->probability, found->is_right ? "" : " (wrong)");
  cuxas_html_put_text_cell(out, text);
}

static void put_answer_rows(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Curve",    "Answer",       "#Right", "#Rank",        "#Group",
                                        "In group", "#Elements",    "#Rank",  "#No standard", "#Rank",
                                        "State",    "Coordination", "Ligands"};
  cuxas_html_begin_table(out, "The answer for every curve", HEADINGS(HEADING));
  for (size_t i = 0; i < report->n_answer; i++) {
    const cuxas_answers_row *row  = &report->answer[i];
    const cuxas_answered    *said = row->said;
    if (row->reason[0] != '\0') continue;
    fputs("<tr>", out);
    cuxas_html_put_name_cell(out, row->name);
    cuxas_html_put_text_cell(out, cuxas_answer_kind_name(said->kind));
    put_said(&said[CUXAS_ASKED_ALL], out);
    cuxas_html_put_count_cell(out, said->n_group);
    cuxas_html_put_text_cell(out, said->is_in_group ? "yes" : "no");
    put_said(&said[CUXAS_ASKED_ELEMENTS], out);
    put_said(&said[CUXAS_ASKED_ALL_THEORY], out);
    for (int k = 0; k < CUXAS_N_PROPERTY; k++) put_found(&row->found[CUXAS_ABSENT_COMPOUND][k], (cuxas_property)k, out);
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
  fputs(
      "<p class=\"note\">Right: probability of the right compound, which is every candidate of its formula. Group: "
      "candidates that together hold 90 %. "
      "Elements: "
      "candidates without other elements than the right one's. No standard: whole library, without measured standards, "
      "which "
      "are never the curve's own file. State, coordination, ligands: with the compound absent from the library.</p>\n",
      out);
}

static void put_answer_totals(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Candidates", "Constants",   "#Curves",    "#First",       "#Top 3",
                                        "#In group",  "#Mean group", "#ln p gain", "#Wrong first", "#Claimed without"};
  cuxas_html_begin_table(out, "How often the answer is right", HEADINGS(HEADING));
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
    for (int nested = 0; nested < 2; nested++) {
      const cuxas_answers_total total =
          cuxas_answers_add_up(report->answer, report->n_answer, (cuxas_asked)asked, nested == 1);
      fputs("<tr>", out);
      cuxas_html_put_text_cell(out, cuxas_answers_asked_name((cuxas_asked)asked));
      cuxas_html_put_text_cell(out, nested == 1 ? "chosen by other compounds" : "usual");
      cuxas_html_put_count_cell(out, total.n);
      cuxas_html_put_count_cell(out, total.n_first);
      cuxas_html_put_count_cell(out, total.n_top3);
      cuxas_html_put_count_cell(out, total.n_covered);
      cuxas_html_put_number_cell(out, total.group / (double)total.n, 1, 0);
      cuxas_html_put_number_cell(out, total.gain / (double)total.n, 2, 1);
      cuxas_html_put_number_cell(out, total.wrong > 0.0 ? total.wrong : NAN, 2, 0);
      cuxas_html_put_count_cell(out, total.n_claimed);
      fputs("</tr>\n", out);
    }
  cuxas_html_end_table(out);
  fputs("<p class=\"note\">ln p gain: mean of ln (probability times compounds), 0 for an answer that knows nothing. "
        "Wrong "
        "first: the largest probability of a wrong compound that is first. Claimed without: answers of one compound "
        "where the "
        "right one and its standards are taken out.</p>\n",
        out);
}

static void put_surroundings(const cuxas_validation_report *report, FILE *out)
{
  static const char *const HEADING[] = {"Absent", "#State right", "#Coordination right", "#Ligands right"};
  cuxas_html_begin_table(out, "Surroundings", HEADINGS(HEADING));
  for (int absent = 0; absent < CUXAS_N_ABSENT; absent++) {
    fputs("<tr>", out);
    cuxas_html_put_text_cell(out, cuxas_answers_absent_name((cuxas_absent)absent));
    for (int k = 0; k < CUXAS_N_PROPERTY; k++)
      cuxas_html_put_count_cell(
          out, cuxas_answers_count_right(report->answer, report->n_answer, (cuxas_absent)absent, (cuxas_property)k));
    fputs("</tr>\n", out);
  }
  cuxas_html_end_table(out);
}

static cuxas_status put_wrong_answer(const cuxas_validation_report *report, size_t i_answer, size_t i_failure,
                                     FILE *out, cuxas_error *err)
{
  const cuxas_answers_row *row = &report->answer[i_answer];
  validation_sheet         sheet;
  char                     id[64], text[1100];
  snprintf(id, sizeof id, "wrong%zu-%zu", i_answer, i_failure);
  snprintf(text, sizeof text, "%s: ", row->name);
  cuxas_validation_answer_tell(row, &row->failure[i_failure], text + strlen(text), sizeof text - strlen(text));
  cuxas_status status = cuxas_validation_sheet_answer(report, i_answer, i_failure, &sheet, err);
  if (status == CUXAS_OK) status = put_figure(&sheet, id, text, out, err);
  cuxas_validation_sheet_free(&sheet);
  return status;
}

static cuxas_status put_wrong_answers_of(const cuxas_validation_report *report, cuxas_asked asked, bool is_absent,
                                         FILE *out, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  size_t       n      = 0;
  for (size_t i = 0; i < report->n_answer; i++)
    for (size_t k = 0; k < report->answer[i].n_failure && status == CUXAS_OK; k++) {
      const cuxas_answers_failure *failure = &report->answer[i].failure[k];
      if (failure->asked != asked || failure->is_absent != is_absent) continue;
      if (n++ == 0)
        fprintf(out, "<details open>\n<summary>%s, %s</summary>\n<div class=\"sites\">\n",
                cuxas_answers_asked_name(asked),
                is_absent ? "claimed with the right one taken out" : "the right one not first");
      status = put_wrong_answer(report, i, k, out, err);
    }
  if (n > 0) fputs("</div>\n</details>\n", out);
  return status;
}

static cuxas_status put_wrong_answers(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  size_t       n      = 0;
  for (size_t i = 0; i < report->n_answer; i++) n += report->answer[i].n_failure;
  fputs("<h3>Wrong answers</h3>\n", out);
  fputs(n == 0 ? "<p>The right compound is first for every curve, and none is claimed without it.</p>\n"
               : "<p class=\"note\">Measured, the prediction of the right compound, that of the one that came first, "
                 "and what "
                 "spoke for that one beside it, where there is such: a measured spectrum that agrees, or a simulation "
                 "that agrees better.</p>\n",
        out);
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
    for (int is_absent = 0; is_absent < 2 && status == CUXAS_OK; is_absent++)
      status = put_wrong_answers_of(report, (cuxas_asked)asked, is_absent == 1, out, err);
  return status;
}

static cuxas_status put_answers(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  if (report->n_answer == 0) return CUXAS_OK;
  cuxas_html_begin_section(out, "answers", "Answers");
  put_answer_rows(report, out);
  put_answer_totals(report, out);
  put_surroundings(report, out);
  const cuxas_status status = put_wrong_answers(report, out, err);
  fputs("</section>\n", out);
  return status;
}

/* 5. all of it */

static cuxas_status put_identification(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_status status = put_answers(report, out, err);
  if (status == CUXAS_OK && report->n_line > 0) {
    cuxas_html_begin_section(out, "identification", "Identification");
    put_lines(report, out);
    put_standards(report, out);
    fputs("</section>\n", out);
    status = put_failures(report, out, err);
  }
  put_holes(report, out);
  return status;
}

cuxas_status cuxas_validation_write_html(const void *report, FILE *out, cuxas_error *err)
{
  const cuxas_locale locale = cuxas_locale_begin();
  const cuxas_status status = put_page(report, out, err);
  cuxas_locale_end(locale);
  return status;
}
