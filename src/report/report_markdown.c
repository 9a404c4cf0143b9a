/* Contents: 1. pieces  2. what was measured  3. ranking  4. doubts and provenance */
#include "cuxas/report.h"
#include "write/page.h"
#include "report/rankings.h"
#include "report/shortlist_report.h"

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

/* 3. ranking */

static void put_onset(const cuxas_report *report, const cuxas_hit *hit, size_t i_edge, FILE *out)
{
  const cuxas_onset *measured = &report->query->onset[i_edge], *predicted = &hit->comparison.predicted_onset[i_edge];
  const double       difference_eV = predicted->energy_eV + hit->comparison.shift_eV - measured->energy_eV;
  fputs(" ", out);
  cuxas_html_put_number(out, measured->found && predicted->found ? difference_eV : NAN, 2, 1);
  fputs(" |", out);
}

static void put_ranking(const cuxas_report *report, FILE *out)
{
  const cuxas_hits *hits   = report->hits;
  const size_t      n_edge = report->query->n_edge;
  size_t            n_row  = 0;
  while (n_row < hits->n_hit && hits->hit[n_row].shifted != NULL) n_row++;
  if (n_row == 0) n_row = hits->n_hit < MAX_ROW ? hits->n_hit : MAX_ROW;

  fputs("| rank | candidate | formula | score | MAE | Spearman | p | E | support | shift (eV) |", out);
  for (size_t i = 0; i < n_edge; i++) fprintf(out, " %s onset difference (eV) |", report->query->edge[i].name);
  fputs(" remarks |\n|---:|---|---|---:|---:|---:|---:|---:|---:|---:|", out);
  for (size_t i = 0; i < n_edge; i++) fputs("---:|", out);
  fputs("---|\n", out);
  for (size_t i = 0; i < n_row; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    fprintf(out, "| %zu | ", hit->rank);
    cuxas_markdown_put_text(out, hit->name);
    fputs(" | ", out);
    cuxas_markdown_put_text(out, hit->formula);
    fprintf(out, " | %.1f | %.3f | ", hit->comparison.score, hit->comparison.mae);
    cuxas_html_put_number(out, hit->comparison.spearman, 3, 0);
    fputs(" | ", out);
    cuxas_html_put_number(out, hit->p_value, 4, 0);
    fputs(" | ", out);
    cuxas_html_put_number(out, hit->e_value, 2, 0);
    fputs(" | ", out);
    cuxas_html_put_number(out, hit->support, 2, 0);
    fputs(hit->is_in_group ? " = | " : " | ", out);
    cuxas_html_put_number(out, hit->comparison.shift_eV, 2, 1);
    fputs(" |", out);
    for (size_t k = 0; k < n_edge; k++) put_onset(report, hit, k, out);
    for (size_t k = 0; k < CUXAS_HIT_MAX_WARNING && hit->warning[k] != NULL; k++) {
      fputs(k > 0 ? "; " : " ", out);
      cuxas_markdown_put_text(out, hit->warning[k]);
    }
    fputs(" |\n", out);
  }
  if (n_row < hits->n_hit) fprintf(out, "\n%zu more candidates are not listed.\n", hits->n_hit - n_row);
  fputs("\nscore: log likelihood above that of a featureless curve; p: part of unrelated compounds that would agree as "
        "well; E: how many of those searched would by chance; "
        "support: how often the candidate is the best in a bootstrap; =: cannot be told apart.\n",
        out);
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
  const cJSON *setting;
  bool         is_first = true;

  fputs("\n## Provenance\n\n- command: ", out);
  cuxas_shell_put_command(out, report->command, cuxas_markdown_put_text);
  fprintf(out, "\n- program: %s %s\n", report->program, CUXAS_VERSION);
  put_item(out, "model", report->model->name);
  fprintf(out,
          "- SHA-256 of the model: `%s`\n- SHA-256 of the measured file: `%s`\n- settings: ", report->model->sha256,
          report->measured_sha256);
  cJSON_ArrayForEach(setting, report->settings)
  {
    if (cJSON_IsNull(setting)) continue; /* unset */
    char *value = cJSON_PrintUnformatted(setting);
    fputs(is_first ? "" : ", ", out);
    cuxas_markdown_put_text(out, setting->string);
    putc(' ', out);
    cuxas_markdown_put_text(out, value != NULL ? value : "?");
    cJSON_free(value);
    is_first = false;
  }
  putc('\n', out);
}

static void put_mixture(const cuxas_mixture *mixture, FILE *out)
{
  char sentence[CUXAS_MIXTURE_SENTENCE_SIZE];
  if (mixture == NULL) return;
  fprintf(out, "\n## %s\n\n", cuxas_mixture_title(mixture));
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++) put_item(out, "", sentence);
}

void cuxas_report_write_markdown(const cuxas_report *report, FILE *out)
{
  const cuxas_hits *hits = report->hits;
  cuxas_verdict     verdict;

  fputs("# Match of a measured spectrum\n\n", out);
  put_measured(report, out);
  fprintf(out, "- candidates: %zu compared, %zu skipped, %zu left out by composition\n", hits->n_hit, hits->n_skipped,
          hits->n_filtered);

  char stage[CUXAS_VERDICT_REASON_SIZE];
  if (cuxas_shortlist_say(report, 0, stage, sizeof stage)) put_item(out, "decided by", stage);

  fputs("\n## How far to trust this\n\n", out);
  cuxas_report_judge(report, &verdict);
  for (size_t i = 0; i < verdict.n_reason; i++) put_item(out, "", verdict.reason[i]);

  cuxas_shortlist_write_markdown(report, MAX_ROW, out);
  fputs(report->shortlist != NULL ? "\n## Ranking by prediction\n\n" : "\n## Ranking\n\n", out);
  if (hits->n_hit > 0)
    put_ranking(report, out);
  else
    fputs("Nothing was compared.\n", out);
  cuxas_rankings_write_markdown(report, MAX_ROW, out);
  put_mixture(report->mixture, out);
  put_mixture(report->standards_mixture, out);
  put_skipped(report, out);
  put_provenance(report, out);
}
