/* Contents: 1. identification  2. failures  3. the core hole  4. all of it */
#include "evaluate/validation_html.h"

#include "write/page.h"

#include <math.h>

#define HEADINGS(list) list, sizeof list / sizeof *list

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
  cuxas_status status = validation_sheet_failure(report, failure, &sheet, err);
  if (status == CUXAS_OK) status = validation_put_figure(&sheet, id, text, out, err);
  validation_sheet_free(&sheet);
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
  validation_begin_means("Core hole, means", out);
  for (size_t k = 0; k < report->n_source; k++) {
    if (report->source[k].row[CUXAS_MANNER_NO_HOLE] == NULL) continue;
    validation_put_means(report, k, CUXAS_MANNER_ASKED, out);
    validation_put_means(report, k, CUXAS_MANNER_NO_HOLE, out);
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

/* 4. all of it */

cuxas_status validation_put_identification(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (report->n_line > 0) {
    cuxas_html_begin_section(out, "identification", "Identification");
    put_lines(report, out);
    put_standards(report, out);
    fputs("</section>\n", out);
    status = put_failures(report, out, err);
  }
  put_holes(report, out);
  return status;
}
