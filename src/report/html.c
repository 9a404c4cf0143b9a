/* report_html.c - the report as a page
 *
 *   1. pieces
 *   2. head and doubts
 *   3. rankings
 *   4. spectra
 *   5. sites
 *   6. what was done
 *   7. provenance */
#include "cuxas/report.h"
#include "match/detail.h"
#include "match/mixture.h"
#include "write/figure.h"
#include "report/html_figure.h"
#include "write/page.h"
#include "base/text.h"
#include "report/hit_columns.h"
#include "report/answer.h"
#include "report/verdict.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. pieces */

static void put_name(FILE *out, const char *name)
{
  fputs("<bdi>", out);
  cuxas_html_put_text(out, name);
  fputs("</bdi>", out);
}

/* 2. head and doubts */

static void put_head(const cuxas_report *report, FILE *out)
{
  const cuxas_query *query = report->query;
  const cuxas_hits  *hits  = report->hits;

  fputs("<header>\n<p class=\"kind\">CuXAS match report</p>\n<h1>", out);
  put_name(out, cuxas_text_file_name(report->measured_path));
  fputs("</h1>\n<p class=\"summary\">", out);
  cuxas_html_printf(out, "%s ", report->model->element);
  for (size_t i = 0; i < query->n_edge; i++) cuxas_html_printf(out, "%s%s", i > 0 ? ", " : "", query->edge[i].name);
  cuxas_html_printf(out, " absorption, compared from %.1f to %.1f eV with %zu candidate%s", query->grid.start_eV,
                    cuxas_grid_end_eV(query->grid), hits->n_hit, hits->n_hit == 1 ? "" : "s");
  if (hits->n_skipped > 0) fprintf(out, "; <a href=\"#skipped\">%zu skipped</a>", hits->n_skipped);
  if (hits->n_filtered > 0) fprintf(out, "; %zu left out by composition", hits->n_filtered);
  fputs(".</p>\n</header>\n<main>\n", out);
}

static void put_warning_items(const cuxas_warnings *warnings, FILE *out)
{
  for (size_t i = 0; i < warnings->n_warning; i++) {
    fputs("<li>", out);
    cuxas_html_put_text(out, warnings->text[i]);
    fputs("</li>\n", out);
  }
}

static void put_answer(const cuxas_report *report, FILE *out)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  cuxas_answer_sentence(report, text);
  fprintf(out,
          "<section class=\"answer %s\" aria-labelledby=\"answer\">\n<h2 id=\"answer\">Answer</h2>\n<p "
          "class=\"conclusion\">",
          cuxas_answer_kind_name(report->answer->kind));
  cuxas_html_put_text(out, text);
  fputs("</p>\n<ul>\n", out);
  for (size_t i = 0; cuxas_answer_reason(report, i, text); i++) {
    fputs("<li>", out);
    cuxas_html_put_text(out, text);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n", out);
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) {
    fputs(i == 0 ? "<h3>What would decide</h3>\n<ul>\n<li>" : "<li>", out);
    cuxas_html_put_text(out, text);
    fputs("</li>\n", out);
  }
  if (cuxas_answer_next(report, 0, text)) fputs("</ul>\n", out);
  fputs("</section>\n", out);
}

static void put_doubts(const cuxas_report *report, FILE *out)
{
  cuxas_verdict verdict;
  cuxas_report_judge(report, &verdict);

  fprintf(out,
          "<section class=\"verdict %s\" aria-labelledby=\"trust\">\n<h2 id=\"trust\">How far to trust this</h2>\n",
          cuxas_verdict_name(verdict.kind));
  if (verdict.n_reason > 0) {
    fputs("<p class=\"conclusion\">", out);
    cuxas_html_put_text(out, verdict.reason[verdict.n_reason - 1]);
    fputs("</p>\n", out);
  }
  if (verdict.n_reason > 1) fputs("<ul>\n", out);
  for (size_t i = 0; i + 1 < verdict.n_reason; i++) {
    fputs("<li>", out);
    cuxas_html_put_text(out, verdict.reason[i]);
    fputs("</li>\n", out);
  }
  if (verdict.n_reason > 1) fputs("</ul>\n", out);
  if (report->measured->warnings.n_warning + report->prepared->warnings.n_warning > 0) {
    fputs("<h3>Warnings about the measured file</h3>\n<ul>\n", out);
    put_warning_items(&report->measured->warnings, out);
    put_warning_items(&report->prepared->warnings, out);
    fputs("</ul>\n", out);
  }
  fputs("</section>\n", out);
}

/* 3. rankings */

static size_t count_kept(const cuxas_hits *hits)
{
  size_t n = 0;
  while (n < hits->n_hit && hits->hit[n].shifted != NULL) n++;
  return n;
}

static void put_ranking(const cuxas_report *report, FILE *out)
{
  const cuxas_hit_rows rows   = cuxas_hit_rows_of(report, CUXAS_HITS_PREDICTED);
  const cuxas_hits    *hits   = report->hits;
  const size_t         n_kept = count_kept(hits);
  cuxas_table          table;

  cuxas_html_begin_section(out, "ranking", report->shortlist != NULL ? "Ranking by prediction" : "Ranking");
  cuxas_hits_page_table(&rows, CUXAS_HITS_PREDICTED, n_kept > 0 ? n_kept : hits->n_hit, &table);
  cuxas_table_write_page(&table, "The best candidates", out);
  fprintf(
      out,
      "<p class=\"note\">Score: log likelihood above that of a featureless curve, large is good. MAE: mean absolute "
      "difference of the scaled spectra, small is good. Spearman: rank correlation, 1 is perfect. p: part of unrelated "
      "compounds that agree as well. E: how many of the structures searched would by chance; =: cannot be told apart, "
      "together 90 %% of the support (%s). Shift: added to the predicted energies. \xCE\x94: predicted minus measured "
      "edge onset after the shift.",
      cuxas_hits_support_means());
  if (report->compare.fit_hole) fprintf(out, " Hole: %s.", cuxas_hits_hole_means(report));
  fputs("</p>\n", out);
  if (table.n_row < hits->n_hit) {
    fprintf(out, "<details><summary>All %zu candidates</summary>\n", hits->n_hit);
    cuxas_hits_page_table(&rows, CUXAS_HITS_PREDICTED, hits->n_hit, &table);
    cuxas_table_write_page(&table, "All candidates", out);
    fputs("</details>\n", out);
  }
  fputs("</section>\n", out);
}

static void put_not_simulated(const cuxas_hits *hits, FILE *out)
{
  if (hits->n_skipped == 0) return;
  fprintf(out, "<details open><summary>%zu could not be simulated</summary>\n<ul class=\"skipped\">\n",
          hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped; i++) {
    fputs("<li>", out);
    put_name(out, hits->skipped[i].path);
    fputs(": ", out);
    cuxas_html_put_text(out, hits->skipped[i].reason);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n</details>\n", out);
}

/* A ranking beside the one by prediction. */
static void put_other_ranking(const cuxas_report *report, cuxas_hits_kind kind, const char *id, FILE *out)
{
  const cuxas_hit_rows rows = cuxas_hit_rows_of(report, kind);
  char                 note[2000];
  cuxas_table          table;
  if (rows.hits == NULL) return;
  cuxas_html_begin_section(out, id, cuxas_hits_title(kind));
  if (rows.hits->n_hit > 0) {
    cuxas_hits_page_table(&rows, kind, rows.hits->n_hit, &table);
    cuxas_table_write_page(&table, cuxas_hits_title(kind), out);
    cuxas_hits_note(report, kind, note, sizeof note);
    fputs("<p class=\"note\">", out);
    cuxas_html_put_text(out, note);
    fputs(kind == CUXAS_HITS_SIMULATED ? ".</p>\n" : "</p>\n", out);
  }
  if (kind == CUXAS_HITS_SIMULATED) put_not_simulated(rows.hits, out);
  fputs("</section>\n", out);
}

/* 4. spectra */

static void put_chips(const match_curves *curves, FILE *out)
{
  const cuxas_line_style measured = {CUXAS_LINE_SOLID, 1.3, CUXAS_BLACK};
  fputs("<fieldset class=\"chips\">\n<legend>Candidates shown</legend>\n<span class=\"chip measured\">", out);
  cuxas_html_put_swatch(measured, out);
  fputs("measured</span>\n", out);
  if (curves->opt_standard != NULL) {
    fputs("<span class=\"chip\">", out);
    cuxas_html_put_swatch(cuxas_match_standard_line(), out);
    put_name(out, curves->opt_standard->name);
    fputs(" measured standard <small>MAE ", out);
    cuxas_html_put_number(out, curves->opt_standard->comparison.mae, 3, 0);
    fputs("</small></span>\n", out);
  }
  if (curves->has_simulated) {
    fputs("<span class=\"chip\">", out);
    cuxas_html_put_swatch(cuxas_match_simulated_line(false), out);
    put_name(out, curves->simulated.hit->name);
    fputs(" simulated</span>\n", out);
  }
  for (size_t i = 0; i < curves->n_curve; i++) {
    const cuxas_hit *hit = curves->row[i].hit;
    fprintf(out,
            "<label class=\"chip\"><input type=\"checkbox\" autocomplete=\"off\" disabled data-curve=\"%zu\"%s "
            "data-name=\"",
            i, i < MATCH_MAX_SHOWN ? " checked" : "");
    cuxas_html_put_text(out, hit->name);
    fputs("\">", out);
    cuxas_html_put_swatch(cuxas_match_line(i), out);
    fprintf(out, "<span>%zu ", hit->rank);
    put_name(out, hit->name);
    fputs("</span> <small>MAE ", out);
    cuxas_html_put_number(out, hit->comparison.mae, 3, 0);
    fputs("</small></label>\n", out);
  }
  fputs("</fieldset>\n", out);
}

static cuxas_status put_spectra(const match_curves *curves, FILE *out, cuxas_error *err)
{
  fputs("<section class=\"spectra\" aria-labelledby=\"spectra\">\n<h2 id=\"spectra\">Spectra</h2>\n", out);
  put_chips(curves, out);
  const cuxas_status status = cuxas_html_put_plots(curves, out, err);
  fputs("<div class=\"tools\" id=\"tools\"></div>\n<output class=\"readout\" id=\"readout\"></output>\n</section>\n",
        out);
  return status;
}

/* 5. sites */

static void put_site_table(const cuxas_detail *detail, FILE *out)
{
  fputs("<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">Line</th>"
        "<th class=\"number\" scope=\"col\">Atom of file</th><th class=\"number\" scope=\"col\">Equivalent</th><th "
        "class=\"number\" scope=\"col\">Weight</th>"
        "<th class=\"number\" scope=\"col\">Distance from training set</th></tr></thead>\n<tbody>\n",
        out);
  for (size_t i = 0; i < detail->n_site; i++) {
    const cuxas_detail_site *site = &detail->site[i];
    fputs("<tr><td>", out);
    cuxas_html_put_swatch(cuxas_match_line(i), out);
    fprintf(out,
            "</td><td class=\"number\">%zu</td><td class=\"number\">%zu</td><td class=\"number\">%.0f %%</td>"
            "<td class=\"number\">",
            site->site_index + 1, site->multiplicity, 100.0 * site->weight);
    cuxas_html_put_number(out, site->domain.distance, 2, 0);
    fprintf(out, "%s</td></tr>\n", site->domain.outside ? " (outside)" : "");
  }
  fputs("</tbody>\n</table>\n</div>\n", out);
}

static cuxas_status put_candidate_sites(const match_curves *curves, size_t i, FILE *out, cuxas_error *err)
{
  const cuxas_hit    *hit    = curves->row[i].hit;
  const cuxas_detail *detail = curves->report->detail[i];

  fprintf(out, "<figure>\n<h3>%zu ", hit->rank);
  put_name(out, hit->name);
  fputs("</h3>\n", out);
  const cuxas_status status = cuxas_html_put_sites(curves, i, out, err);
  if (status != CUXAS_OK) return status;
  fprintf(out, "<figcaption id=\"sites%zu-text\">Black: the predicted spectrum of ", i);
  put_name(out, hit->name);
  cuxas_html_printf(out, ", the weighted mean over %zu %s sites. In colour: its %zu symmetry-distinct sites.",
                    hit->n_absorber, curves->report->model->element, detail->n_site);
  fputs("</figcaption>\n", out);
  put_site_table(detail, out);
  fputs("</figure>\n", out);
  return CUXAS_OK;
}

static cuxas_status put_sites(const match_curves *curves, FILE *out, cuxas_error *err)
{
  const cuxas_report *report   = curves->report;
  size_t              n_single = 0, n_shown = 0;
  cuxas_status        status = CUXAS_OK;

  if (report->n_detail == 0) return CUXAS_OK;
  fputs("<section aria-labelledby=\"sites\">\n<h2 id=\"sites\">Sites of the best candidates</h2>\n", out);
  for (size_t i = 0; i < curves->n_curve && i < report->n_detail; i++) {
    const cuxas_detail *detail = report->detail[i];
    if (detail == NULL || detail->n_site != 1) continue;
    fputs(n_single++ == 0 ? "<p>All absorbing atoms are equivalent, so that the site's spectrum is the candidate's, in "
                          : ", ",
          out);
    put_name(out, report->hits->hit[i].name);
  }
  if (n_single > 0) fputs(".</p>\n", out);
  for (size_t i = 0; i < curves->n_curve && i < report->n_detail && status == CUXAS_OK; i++) {
    if (report->detail[i] == NULL || report->detail[i]->n_site < 2) continue;
    if (n_shown++ == 0) fputs("<div class=\"sites\">\n", out);
    status = put_candidate_sites(curves, i, out, err);
  }
  if (n_shown > 0) fputs("</div>\n", out);
  if (n_single + n_shown == 0)
    fputs("<p>The best candidates are spectra, not structures: they have no sites.</p>\n", out);
  fputs("</section>\n", out);
  return status;
}

/* 6. what was done */

static void put_columns(const cuxas_measured_info *info, FILE *out)
{
  static const char *const ROLE[]   = {NULL, "energy", "signal", "i0"};
  bool                     is_first = true;
  for (size_t i = 0; i < info->n_column; i++) {
    if (info->column[i].role == CUXAS_COLUMN_UNUSED) continue;
    cuxas_html_printf(out, "%s%s from column %zu", is_first ? "" : ", ", ROLE[info->column[i].role], i + 1);
    if (info->column[i].name[0] != '\0') cuxas_html_printf(out, " (%s)", info->column[i].name);
    is_first = false;
  }
}

static void put_method(const cuxas_report *report, FILE *out)
{
  const cuxas_measured_info *info = report->measured;
  const char                *name;
  char                       setting[200];

  fputs("<section aria-labelledby=\"method\">\n<h2 id=\"method\">What was done</h2>\n<dl>\n<dt>Measured</dt><dd>", out);
  cuxas_html_printf(out, "%zu points from %.2f to %.2f eV%s; ", info->n_point, info->min_eV, info->max_eV,
                    info->unit == CUXAS_UNIT_KEV ? " (file in keV)" : "");
  put_columns(info, out);
  if (info->detection_mode[0] != '\0') cuxas_html_printf(out, "; detection: %s", info->detection_mode);
  fputs("</dd>\n<dt>Prepared</dt><dd>", out);
  for (size_t i = 0; i < report->prepared->n_step; i++) {
    const cuxas_preprocess_step *step = &report->prepared->step[i];
    cuxas_html_printf(out, "%s%s (", i > 0 ? ", " : "", step->name);
    for (size_t k = 0; k < step->n_number; k++)
      cuxas_html_printf(out, "%s %.6g, ", step->number[k].name, step->number[k].value);
    cuxas_html_printf(out, "%zu points)", step->n_point);
  }
  fputs("</dd>\n<dt>Onsets</dt><dd>", out);
  for (size_t i = 0; i < report->query->n_edge; i++) {
    cuxas_html_printf(out, "%s%s ", i > 0 ? ", " : "", report->query->edge[i].name);
    if (report->query->onset[i].found)
      cuxas_html_printf(out, "at %.2f eV", report->query->onset[i].energy_eV);
    else
      cuxas_html_printf(out, "not found");
  }
  char edge[CUXAS_VERDICT_REASON_SIZE];
  for (size_t i = 0; cuxas_edge_say(report, i, edge, sizeof edge); i++) {
    fputs(i == 0 ? "</dd>\n<dt>Edge</dt><dd>" : "<br>", out);
    cuxas_html_put_text(out, edge);
  }
  for (size_t i = 0; cuxas_report_setting(report, i, &name, setting, sizeof setting); i++) {
    fprintf(out, "</dd>\n<dt>%s</dt><dd>", name);
    cuxas_html_put_text(out, setting);
  }
  fputs("</dd>\n<dt>Model</dt><dd>", out);
  cuxas_html_printf(out, "%s, %zu training spectra", report->model->name, report->model->n_training);
  fputs("</dd>\n</dl>\n</section>\n", out);
}

#define MIXTURE_WIDTH_PT 640.0
#define MIXTURE_HEIGHT_PT 260.0
#define RESIDUAL_AT (-0.18)

/* Measured, the chosen sum, its components, and below them what is left over. */
static void draw_mixture(cuxas_canvas *canvas, const void *user)
{
  const cuxas_mixture     *mixture = user;
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  const cuxas_grid         grid    = mixture->grid;
  const cuxas_panel        panel   = {
               50.0, 10.0, MIXTURE_WIDTH_PT - 60.0, MIXTURE_HEIGHT_PT - 48.0, grid.start_eV, cuxas_grid_end_eV(grid),
               -0.3, 1.08};
  const cuxas_line_style measured = {CUXAS_LINE_SOLID, 1.6, CUXAS_BLACK}, sum = {CUXAS_LINE_DASHED, 1.4, CUXAS_GREY},
                         rest = {CUXAS_LINE_SOLID, 1.0, CUXAS_GREY};

  cuxas_panel_x_axis(canvas, &panel, "energy (eV)", true);
  cuxas_panel_y_axis(canvas, &panel, "absorption, scaled");
  cuxas_panel_curve(canvas, &panel, grid, mixture->measured, 0.0, measured);
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_text_style words = {9.0, false, CUXAS_ALIGN_LEFT, 160.0, cuxas_palette(i)};
    cuxas_panel_curve(canvas, &panel, grid, mixture->part + i * grid.n_energy, 0.0, cuxas_match_line(i));
    cuxas_canvas_text(canvas, panel.left_pt + 10.0, panel.top_pt + 16.0 + 13.0 * (double)i, words,
                      fit->component[i].name);
  }
  cuxas_panel_curve(canvas, &panel, grid, mixture->sum, 0.0, sum);
  cuxas_panel_curve(canvas, &panel, grid, mixture->rest, RESIDUAL_AT, rest);
  cuxas_panel_frame(canvas, &panel);
}

/* id: of the section, and the beginning of all others in it */
static cuxas_status put_mixture(const cuxas_report *report, const cuxas_mixture *mixture, const char *id, FILE *out,
                                cuxas_error *err)
{
  char  sentence[CUXAS_MIXTURE_SENTENCE_SIZE], prefix[40];
  char *svg = NULL;
  if (!cuxas_mixture_is_told(report, mixture)) return CUXAS_OK;
  const char        *title  = cuxas_mixture_title(mixture);
  const cuxas_figure figure = {title, MIXTURE_WIDTH_PT, MIXTURE_HEIGHT_PT, draw_mixture, mixture};
  snprintf(prefix, sizeof prefix, "%s-", id);
  const cuxas_status status = cuxas_figure_svg_layer(&figure, prefix, &svg, err);
  if (status != CUXAS_OK) return status;
  fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n<ul>\n", id, id, title);
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++) {
    fputs("<li>", out);
    cuxas_html_put_text(out, sentence);
    fputs("</li>\n", out);
  }
  fprintf(out,
          "</ul>\n<figure>\n<svg class=\"plot\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
          "aria-labelledby=\"%s-text\">%s</svg>\n"
          "<figcaption id=\"%s-text\">Black: measured. Grey, dashed: the sum of smallest BIC, with offset and slope. "
          "In colour: its"
          " components. Grey, below: measured less the sum, moved down.</figcaption>\n</figure>\n</section>\n",
          MIXTURE_WIDTH_PT, MIXTURE_HEIGHT_PT, id, svg, id);
  free(svg);
  return CUXAS_OK;
}

static void put_skipped(const cuxas_hits *hits, FILE *out)
{
  if (hits->n_skipped == 0) return;
  fprintf(out,
          "<section aria-labelledby=\"skipped\">\n<h2 id=\"skipped\">Skipped candidates (%zu)</h2>\n<ul "
          "class=\"skipped\">\n",
          hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped; i++) {
    const char *path = hits->skipped[i].path, *reason = hits->skipped[i].reason;
    fputs("<li>", out);
    if (strncmp(reason, path, strlen(path)) != 0) { /* most reasons begin with the path */
      put_name(out, path);
      fputs(": ", out);
    }
    cuxas_html_put_text(out, reason);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n</section>\n", out);
}

/* 7. provenance */

static cuxas_status put_provenance(const cuxas_report *report, FILE *out, cuxas_error *err)
{
  fputs("<section aria-labelledby=\"provenance\">\n<h2 "
        "id=\"provenance\">Provenance</h2>\n<dl>\n<dt>Command</dt><dd><code>",
        out);
  cuxas_status status = cuxas_shell_put_command(out, report->command, cuxas_html_put_text, err);
  fputs("</code></dd>\n<dt>Program</dt><dd>", out);
  cuxas_html_printf(out, "%s %s", report->program, CUXAS_VERSION);
  fputs("</dd>\n<dt>Measured file</dt><dd>", out);
  put_name(out, report->measured_path);
  fprintf(out, "<br><code>sha256 %s</code></dd>\n<dt>Model</dt><dd>", report->measured_sha256);
  put_name(out, report->model->name);
  fprintf(out, "<br><code>sha256 %s</code></dd>\n<dt>Settings</dt><dd><code>", report->model->sha256);
  if (status == CUXAS_OK) status = cuxas_put_settings(out, report->settings, cuxas_html_put_text, err);
  fputs("</code></dd>\n</dl>\n<details><summary>Files of the candidates</summary>\n<div class=\"scroll\">\n<table>\n"
        "<thead><tr><th class=\"number\" scope=\"col\">Rank</th><th scope=\"col\">File</th><th "
        "scope=\"col\">SHA-256</th></tr>"
        "</thead>\n<tbody>\n",
        out);
  for (size_t i = 0; i < report->hits->n_hit; i++) {
    const cuxas_hit *hit = &report->hits->hit[i];
    fprintf(out, "<tr><td class=\"number\">%zu</td><td>", hit->rank);
    put_name(out, hit->label);
    fprintf(out, "</td><td><code>%s</code></td></tr>\n", hit->sha256);
  }
  fputs("</tbody>\n</table>\n</div>\n</details>\n</section>\n</main>\n", out);
  fputs("<footer>The same command on the same files, with the same fonts installed, gives this page again, byte for "
        "byte. What to cite: "
        "<code>cuxas-match --cite</code>.</footer>\n",
        out);
  return status;
}

cuxas_status cuxas_report_write_html(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_report *report = what;
  const cuxas_locale  locale = cuxas_locale_begin();
  match_curves       *curves;
  char                title[600];
  cuxas_status        status = cuxas_match_curves_new(report, &curves, err);
  if (status != CUXAS_OK) goto done;

  snprintf(title, sizeof title, "%.500s \xE2\x80\x93 CuXAS match", cuxas_text_file_name(report->measured_path));
  cuxas_page_begin(out, title);
  put_head(report, out);
  put_answer(report, out);
  if (curves->n_row > 0 && (status = put_spectra(curves, out, err)) != CUXAS_OK) goto done;
  put_doubts(report, out);
  put_other_ranking(report, CUXAS_HITS_SIMULATED, "simulated", out);
  if (report->hits->n_hit > 0) put_ranking(report, out);
  put_other_ranking(report, CUXAS_HITS_UNCONSTRAINED, "unconstrained", out);
  put_other_ranking(report, CUXAS_HITS_STANDARDS, "standards", out);
  if (curves->n_row > 0 && (status = put_sites(curves, out, err)) != CUXAS_OK) goto done;
  if ((status = put_mixture(report, report->mixture, "mixture", out, err)) != CUXAS_OK ||
      (status = put_mixture(report, report->standards_mixture, "standards-mixture", out, err)) != CUXAS_OK)
    goto done;
  put_method(report, out);
  put_skipped(report->hits, out);
  if ((status = put_provenance(report, out, err)) != CUXAS_OK) goto done;
  cuxas_page_end(out);
done:
  cuxas_match_curves_free(curves);
  cuxas_locale_end(locale);
  return status;
}
