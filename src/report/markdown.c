/* report_markdown.c - the report for a lab book
 *
 *   1. pieces
 *   2. what was measured
 *   3. rankings
 *   4. doubts and provenance */
#include "cuxas/report.h"
#include "match/mixture.h"
#include "write/page.h"
#include "base/text.h"
#include "report/hit_columns.h"
#include "report/answer.h"
#include "report/verdict.h"

#include <math.h>

enum { MAX_ROW = 10, MAX_SKIPPED = 20 };

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
  for (size_t i = 0; i < query->n_edge; i++)
    if (query->onset[i].found)
      fprintf(out, "- %s onset: %.2f eV\n", query->edge[i].name, query->onset[i].energy_eV);
    else
      fprintf(out, "- %s onset: not found\n", query->edge[i].name);
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
  if (table.n_row < rows.hits->n_hit) fprintf(out, "\n%zu more are not listed.\n", rows.hits->n_hit - table.n_row);
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
  if (table.n_row < hits->n_hit) fprintf(out, "\n%zu more candidates are not listed.\n", hits->n_hit - table.n_row);
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
  for (size_t i = 0; i < hits->n_skipped && i < MAX_SKIPPED; i++) put_item(out, "", hits->skipped[i].reason);
  if (hits->n_skipped > MAX_SKIPPED) fprintf(out, "- and %zu more\n", hits->n_skipped - MAX_SKIPPED);
}

static void put_provenance(const cuxas_report *report, FILE *out)
{
  fputs("\n## Provenance\n\n- command: ", out);
  cuxas_shell_put_command(out, report->command, cuxas_markdown_put_text);
  fprintf(out, "\n- program: %s %s\n", report->program, CUXAS_VERSION);
  put_item(out, "model", report->model->name);
  fprintf(out,
          "- SHA-256 of the model: `%s`\n- SHA-256 of the measured file: `%s`\n- settings: ", report->model->sha256,
          report->measured_sha256);
  cuxas_put_settings(out, report->settings, cuxas_markdown_put_text);
  putc('\n', out);
}

static void put_mixture(const cuxas_mixture *mixture, FILE *out)
{
  char sentence[CUXAS_MIXTURE_SENTENCE_SIZE];
  if (mixture == NULL) return;
  fprintf(out, "\n## %s\n\n", cuxas_mixture_title(mixture));
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++) put_item(out, "", sentence);
}

static void put_answer(const cuxas_report *report, FILE *out)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  if (report->answer == NULL) return;
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
  if (cuxas_shortlist_say(report, 0, stage, sizeof stage)) put_item(out, "decided by", stage);

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
  put_mixture(report->mixture, out);
  put_mixture(report->standards_mixture, out);
  put_skipped(report, out);
  put_provenance(report, out);
  cuxas_locale_end(locale);
  (void)err; /* the stream keeps its failures */
  return CUXAS_OK;
}
