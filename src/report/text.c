/* text.c - the report as text: on a terminal, and for a lab book
 *
 *   1. what was measured, with what it was compared
 *   2. the tables
 *   3. what to believe */
#include "match/shortlist.h"
#include "cuxas/report.h"
#include "match/mixture.h"
#include "base/text.h"
#include "report/hit_columns.h"
#include "report/answer.h"
#include "report/verdict.h"
#include "write/text.h"
#include "write/page.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { LINE_SIZE = 2048, MAX_SKIPPED = 20, DEFAULT_ROWS = 10 };

/* A line under construction; too long a line is cut. */
typedef struct {
  char   text[LINE_SIZE];
  size_t n_char;
} line;

CUXAS_PRINTF_LIKE(2, 3) static void add(line *out, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n = vsnprintf(out->text + out->n_char, LINE_SIZE - out->n_char, format, arguments);
  va_end(arguments);
  out->n_char += n > 0 ? (size_t)n : 0;
  if (out->n_char >= LINE_SIZE) out->n_char = LINE_SIZE - 1;
}

/* Most reasons begin with the path. */
static void add_skipped(line *out, const cuxas_skipped *skipped)
{
  const bool is_told = strncmp(skipped->reason, skipped->path, strlen(skipped->path)) == 0;
  add(out, "%s%s%s", is_told ? "" : skipped->path, is_told ? "" : ": ", skipped->reason);
}

/* 1. what was measured, with what it was compared */

static void write_measured(const cuxas_report *report, FILE *out)
{
  static const char *const   ROLE[]   = {NULL, "energy", "signal", "i0"};
  const cuxas_measured_info *info     = report->measured;
  const cuxas_query         *query    = report->query;
  line                       about    = {"", 0};
  line                       columns  = {"", 0};
  line                       steps    = {"", 0};
  line                       compared = {"", 0};

  add(&about, "%s: %zu points, %.2f to %.2f eV", report->measured_path, info->n_point, info->min_eV, info->max_eV);
  if (info->unit == CUXAS_UNIT_KEV) add(&about, " (file in keV)");
  if (info->detection_mode[0] != '\0') add(&about, "; detection: %s", info->detection_mode);
  cuxas_text_put_wrapped(out, "Measured    ", about.text);

  for (size_t i = 0; i < info->n_column; i++) {
    const cuxas_column *column = &info->column[i];
    if (column->role == CUXAS_COLUMN_UNUSED) continue;
    add(&columns, "%s%s from column %zu", columns.n_char > 0 ? ", " : "", ROLE[column->role], i + 1);
    if (column->name[0] != '\0') add(&columns, " (%s)", column->name);
  }
  cuxas_text_put_wrapped(out, "            ", columns.text);

  for (size_t i = 0; i < report->prepared->n_step; i++) {
    const cuxas_preprocess_step *step = &report->prepared->step[i];
    add(&steps, "%s%s (", i > 0 ? ", " : "", step->name);
    for (size_t k = 0; k < step->n_number; k++) add(&steps, "%s %.6g, ", step->number[k].name, step->number[k].value);
    add(&steps, "%zu points)", step->n_point);
  }
  cuxas_text_put_wrapped(out, "Prepared    ", steps.text);

  add(&compared, "%.1f to %.1f eV, %zu points", query->grid.start_eV, cuxas_grid_end_eV(query->grid),
      query->grid.n_energy);
  for (size_t i = 0; i < query->n_edge; i++) {
    if (query->onset[i].found)
      add(&compared, "; %s onset at %.2f eV", query->edge[i].name, query->onset[i].energy_eV);
    else
      add(&compared, "; %s onset not found", query->edge[i].name);
  }
  cuxas_text_put_wrapped(out, "Compared    ", compared.text);
  char edge[CUXAS_VERDICT_REASON_SIZE];
  for (size_t i = 0; cuxas_edge_say(report, i, edge, sizeof edge); i++)
    cuxas_text_put_wrapped(out, i == 0 ? "Edge        " : "            ", edge);
  for (size_t i = 0; i < info->warnings.n_warning; i++)
    cuxas_text_put_wrapped(out, "  warning   ", info->warnings.text[i]);
  for (size_t i = 0; i < report->prepared->warnings.n_warning; i++)
    cuxas_text_put_wrapped(out, "  warning   ", report->prepared->warnings.text[i]);
}

static void write_method(const cuxas_report *report, FILE *out)
{
  const cuxas_model *model  = report->model;
  line               method = {"", 0}, about = {"", 0};
  const char        *name;
  char               setting[200];

  add(&about, "%s (%s", model->name, model->element);
  for (size_t i = 0; i < model->n_edge; i++) add(&about, "%s %s", i > 0 ? "," : "", model->edge[i].name);
  add(&about, "; %zu training spectra), sha256 %.12s", model->n_training, model->sha256);
  cuxas_text_put_wrapped(out, "Model       ", about.text);
  for (size_t i = 0; cuxas_report_setting(report, i, &name, setting, sizeof setting); i++)
    add(&method, "%s%s", i > 0 ? "; " : "", setting);
  cuxas_text_put_wrapped(out, "Settings    ", method.text);
}

/* 2. the tables */

static void write_more(const cuxas_hits *hits, size_t n_shown, FILE *out)
{
  if (n_shown < hits->n_hit) fprintf(out, "      ... %zu more (--top)\n", hits->n_hit - n_shown);
}

static void write_not_simulated(const cuxas_hits *hits, FILE *out)
{
  for (size_t i = 0; i < hits->n_skipped && i < MAX_SKIPPED; i++) {
    line about = {"", 0};
    add_skipped(&about, &hits->skipped[i]);
    cuxas_text_put_wrapped(out, "      not simulated: ", about.text);
  }
  if (hits->n_skipped > MAX_SKIPPED)
    fprintf(out, "      ... %zu more (in the JSON report)\n", hits->n_skipped - MAX_SKIPPED);
}

/* The ranking by simulation stands before the one by prediction, the others behind it. */
static void write_table(const cuxas_report *report, cuxas_hits_kind kind, FILE *out)
{
  const cuxas_hit_rows rows  = cuxas_hit_rows_of(report, kind);
  const size_t         n_row = report->n_row > 0 ? report->n_row : DEFAULT_ROWS;
  char                 note[LINE_SIZE];
  cuxas_table          table;
  if (rows.hits == NULL || (kind == CUXAS_HITS_PREDICTED && rows.hits->n_hit == 0)) return;

  if (kind == CUXAS_HITS_PREDICTED) {
    fputs(report->shortlist != NULL && report->shortlist->hits->n_hit > 0 ? "\nBy prediction\n" : "\n", out);
  } else {
    fprintf(out, "\n%s (%zu compared", cuxas_hits_title(kind), rows.hits->n_hit);
    if (kind == CUXAS_HITS_SIMULATED) fprintf(out, ", %zu could not be", rows.hits->n_skipped);
    if (kind == CUXAS_HITS_STANDARDS && rows.hits->n_skipped > 0) fprintf(out, ", %zu skipped", rows.hits->n_skipped);
    fputs(")\n", out);
  }
  cuxas_hits_text_table(&rows, kind, n_row, &table);
  if (kind != CUXAS_HITS_SIMULATED || table.n_row > 0) {
    cuxas_table_write_text(&table, out);
    write_more(rows.hits, table.n_row, out);
    if (kind == CUXAS_HITS_PREDICTED)
      cuxas_hits_legend(&rows, table.n_row, note, sizeof note);
    else
      cuxas_hits_note(report, kind, note, sizeof note);
    cuxas_text_put_wrapped(out, "      ", note);
  }
  if (kind == CUXAS_HITS_SIMULATED) write_not_simulated(rows.hits, out);
}

/* 3. what to believe */

static void write_skipped(const cuxas_report *report, FILE *out)
{
  const cuxas_hits *hits = report->hits;

  if (hits->n_skipped > 0) fprintf(out, "\nSkipped (%zu):\n", hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped && i < MAX_SKIPPED; i++) {
    line about = {"", 0};
    add_skipped(&about, &hits->skipped[i]);
    cuxas_text_put_wrapped(out, "  ", about.text);
  }
  if (hits->n_skipped > MAX_SKIPPED)
    fprintf(out, "  ... %zu more (in the JSON report)\n", hits->n_skipped - MAX_SKIPPED);
}

static void write_mixture(const cuxas_report *report, const cuxas_mixture *mixture, FILE *out)
{
  char sentence[CUXAS_MIXTURE_SENTENCE_SIZE];
  if (!cuxas_mixture_is_told(report, mixture)) return;
  fprintf(out, "\n%s\n", cuxas_mixture_title(mixture));
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++)
    cuxas_text_put_wrapped(out, "  - ", sentence);
}

static void write_answer(const cuxas_report *report, FILE *out)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  cuxas_answer_sentence(report, text);
  cuxas_text_put_wrapped(out, "Answer      ", text);
  for (size_t i = 0; cuxas_answer_reason(report, i, text); i++) cuxas_text_put_wrapped(out, "  - ", text);
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++)
    cuxas_text_put_wrapped(out, i == 0 ? "Next        " : "            ", text);
  putc('\n', out);
}

cuxas_status cuxas_report_write_text(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_report *report = what;
  const cuxas_locale  locale = cuxas_locale_begin();
  cuxas_verdict       verdict;
  const size_t        n_hit = report->hits->n_hit;

  write_answer(report, out);
  write_measured(report, out);
  write_method(report, out);
  size_t n_foreseen = 0;
  for (size_t i = 0; i < n_hit; i++) n_foreseen += report->hits->hit[i].is_foreseen;
  fprintf(out, "Candidates  %zu compared", n_hit);
  if (n_foreseen > 0) fprintf(out, ", the best %zu of them in full (--full)", n_hit - n_foreseen);
  if (report->hits->n_skipped > 0) fprintf(out, ", %zu skipped", report->hits->n_skipped);
  if (report->hits->n_filtered > 0) fprintf(out, ", %zu left out by composition", report->hits->n_filtered);
  putc('\n', out);
  char stage[CUXAS_VERDICT_REASON_SIZE];
  if (cuxas_shortlist_say(report, 0, stage, sizeof stage)) cuxas_text_put_wrapped(out, "Simulated   ", stage);
  write_table(report, CUXAS_HITS_SIMULATED, out);
  write_table(report, CUXAS_HITS_PREDICTED, out);
  write_table(report, CUXAS_HITS_UNCONSTRAINED, out);
  write_table(report, CUXAS_HITS_STANDARDS, out);

  fputs("\nHow far to trust this\n", out);
  cuxas_report_judge(report, &verdict);
  for (size_t i = 0; i < verdict.n_reason; i++) cuxas_text_put_wrapped(out, "  - ", verdict.reason[i]);
  write_mixture(report, report->mixture, out);
  write_mixture(report, report->standards_mixture, out);
  write_skipped(report, out);
  fprintf(out, "\n%s %s, measured sha256 %.12s, model sha256 %.12s [ok]\n", report->program, CUXAS_VERSION,
          report->measured_sha256, report->model->sha256);
  cuxas_locale_end(locale);
  (void)err; /* the stream keeps its failures */
  return CUXAS_OK;
}

/* ---- the report for a lab book: Markdown ------------------------------------------------------------------------ */

/*   1. pieces
 *   2. what was measured
 *   3. rankings
 *   4. doubts and provenance */

enum { MAX_ROW = 10, MARKDOWN_MAX_SKIPPED = 20 };

/* 1. pieces */

static void put_item(FILE *out, const char *what, const char *text)
{
  fprintf(out, "- %s%s", what, *what != '\0' ? ": " : "");
  cuxas_markdown_put_text(out, text);
  putc('\n', out);
}

static void put_warnings(FILE *out, const cuxas_warnings *warnings)
{
  for (size_t i = 0; i < warnings->n_warning; i++) put_item(out, "warning", warnings->text[i]);
}

/* 2. what was measured */

static void put_measured(const cuxas_report *report, FILE *out)
{
  const cuxas_measured_info *info  = report->measured;
  const cuxas_query         *query = report->query;

  put_item(out, "measured", report->measured_path);
  fprintf(out, "- points: %zu, %.2f to %.2f eV; compared %.1f to %.1f eV\n", info->n_point, info->min_eV, info->max_eV,
          query->grid.start_eV, cuxas_grid_end_eV(query->grid));
  if (info->detection_mode[0] != '\0') put_item(out, "detection", info->detection_mode);
  for (size_t i = 0; i < query->n_edge; i++)
    if (query->onset[i].found)
      fprintf(out, "- %s onset: %.2f eV\n", query->edge[i].name, query->onset[i].energy_eV);
    else
      fprintf(out, "- %s onset: not found\n", query->edge[i].name);
  char edge[CUXAS_VERDICT_REASON_SIZE];
  for (size_t i = 0; cuxas_edge_say(report, i, edge, sizeof edge); i++) put_item(out, "edge", edge);
  put_warnings(out, &info->warnings);
  put_warnings(out, &report->prepared->warnings);
}

/* 3. rankings */

static void put_not_simulated(const cuxas_hits *hits, FILE *out)
{
  for (size_t i = 0; i < hits->n_skipped; i++) {
    fputs(i == 0 ? "\n" : "", out);
    put_item(out, "not simulated", hits->skipped[i].reason);
  }
}

/* A ranking beside the one by prediction. */
static void put_other_ranking(const cuxas_report *report, cuxas_hits_kind kind, FILE *out)
{
  const cuxas_hit_rows rows = cuxas_hit_rows_of(report, kind);
  char                 note[2000];
  cuxas_table          table;
  if (rows.hits == NULL) return;
  fprintf(out, "\n## %s\n\n", cuxas_hits_title(kind));
  cuxas_hits_markdown_table(&rows, kind, MAX_ROW, &table);
  if (table.n_row > 0 || kind != CUXAS_HITS_SIMULATED) cuxas_table_write_markdown(&table, out);
  if (table.n_row < rows.hits->n_hit)
    fprintf(out, "\n%zu more %s not listed.\n", rows.hits->n_hit - table.n_row,
            rows.hits->n_hit - table.n_row == 1 ? "is" : "are");
  cuxas_hits_note(report, kind, note, sizeof note);
  putc('\n', out);
  cuxas_markdown_put_text(out, note);
  fputs(kind == CUXAS_HITS_SIMULATED ? ".\n" : "\n", out);
  if (kind == CUXAS_HITS_SIMULATED) put_not_simulated(rows.hits, out);
}

static void put_ranking(const cuxas_report *report, FILE *out)
{
  const cuxas_hit_rows rows  = cuxas_hit_rows_of(report, CUXAS_HITS_PREDICTED);
  const cuxas_hits    *hits  = report->hits;
  size_t               n_row = 0;
  cuxas_table          table;
  while (n_row < hits->n_hit && hits->hit[n_row].shifted != NULL) n_row++;
  cuxas_hits_markdown_table(&rows, CUXAS_HITS_PREDICTED, n_row > 0 ? n_row : MAX_ROW, &table);
  cuxas_table_write_markdown(&table, out);
  if (table.n_row < hits->n_hit)
    fprintf(out, "\n%zu more candidate%s not listed.\n", hits->n_hit - table.n_row,
            hits->n_hit - table.n_row == 1 ? " is" : "s are");
  fprintf(
      out,
      "\nscore: log likelihood above that of a featureless curve; p: part of unrelated compounds that would agree as "
      "well; E: how many of those searched would by chance; support: %s; =: cannot be told apart, together 90 %% of "
      "the "
      "support.\n",
      cuxas_hits_support_means());
  fputs("\nThe shift is added to the predicted energies; an onset difference is predicted minus measured, after it.\n",
        out);
}

/* 4. doubts and provenance */

static void put_skipped(const cuxas_report *report, FILE *out)
{
  const cuxas_hits *hits = report->hits;
  if (hits->n_skipped == 0) return;
  fprintf(out, "\n## Skipped candidates (%zu)\n\n", hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped && i < MARKDOWN_MAX_SKIPPED; i++) put_item(out, "", hits->skipped[i].reason);
  if (hits->n_skipped > MARKDOWN_MAX_SKIPPED) fprintf(out, "- and %zu more\n", hits->n_skipped - MARKDOWN_MAX_SKIPPED);
}

static cuxas_status put_provenance(const cuxas_report *report, FILE *out, cuxas_error *err)
{
  fputs("\n## Provenance\n\n- command: ", out);
  cuxas_status status = cuxas_shell_put_command(out, report->command, cuxas_markdown_put_text, err);
  fprintf(out, "\n- program: %s %s\n", report->program, CUXAS_VERSION);
  put_item(out, "model", report->model->name);
  fprintf(out,
          "- SHA-256 of the model: `%s`\n- SHA-256 of the measured file: `%s`\n- settings: ", report->model->sha256,
          report->measured_sha256);
  if (status == CUXAS_OK) status = cuxas_put_settings(out, report->settings, cuxas_markdown_put_text, err);
  putc('\n', out);
  return status;
}

static void put_mixture(const cuxas_report *report, const cuxas_mixture *mixture, FILE *out)
{
  char sentence[CUXAS_MIXTURE_SENTENCE_SIZE];
  if (!cuxas_mixture_is_told(report, mixture)) return;
  fprintf(out, "\n## %s\n\n", cuxas_mixture_title(mixture));
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++) put_item(out, "", sentence);
}

static void put_answer(const cuxas_report *report, FILE *out)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  cuxas_answer_sentence(report, text);
  fputs("**", out);
  cuxas_markdown_put_text(out, text);
  fputs("**\n\n", out);
  for (size_t i = 0; cuxas_answer_reason(report, i, text); i++) put_item(out, "", text);
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) put_item(out, "next", text);
  putc('\n', out);
}

cuxas_status cuxas_report_write_markdown(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_report *report = what;
  const cuxas_hits   *hits   = report->hits;
  const cuxas_locale  locale = cuxas_locale_begin();
  const char         *name;
  char                setting[200];
  cuxas_verdict       verdict;

  fputs("# Match of a measured spectrum\n\n", out);
  put_answer(report, out);
  put_measured(report, out);
  fprintf(out, "- candidates: %zu compared, %zu skipped, %zu left out by composition\n", hits->n_hit, hits->n_skipped,
          hits->n_filtered);

  for (size_t i = 0; cuxas_report_setting(report, i, &name, setting, sizeof setting); i++) {
    fprintf(out, "- %s: ", name);
    cuxas_markdown_put_text(out, setting);
    putc('\n', out);
  }
  char stage[CUXAS_VERDICT_REASON_SIZE];
  if (cuxas_shortlist_say(report, 0, stage, sizeof stage)) put_item(out, "simulated", stage);

  fputs("\n## How far to trust this\n\n", out);
  cuxas_report_judge(report, &verdict);
  for (size_t i = 0; i < verdict.n_reason; i++) put_item(out, "", verdict.reason[i]);

  put_other_ranking(report, CUXAS_HITS_SIMULATED, out);
  fputs(report->shortlist != NULL ? "\n## Ranking by prediction\n\n" : "\n## Ranking\n\n", out);
  if (hits->n_hit > 0)
    put_ranking(report, out);
  else
    fputs("Nothing was compared.\n", out);
  put_other_ranking(report, CUXAS_HITS_UNCONSTRAINED, out);
  put_other_ranking(report, CUXAS_HITS_STANDARDS, out);
  put_mixture(report, report->mixture, out);
  put_mixture(report, report->standards_mixture, out);
  put_skipped(report, out);
  const cuxas_status status = put_provenance(report, out, err);
  cuxas_locale_end(locale);
  return status; /* the stream keeps its own failures */
}
