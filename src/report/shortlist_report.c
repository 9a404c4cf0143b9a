/* Contents: 1. what is said  2. text  3. Markdown  4. HTML */
#include "report/shortlist_report.h"

#include "base/text.h"
#include "write/page.h"
#include "write/text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* 1. what is said */

static const char TITLE[] = "Simulated from first principles";

size_t cuxas_shortlist_find(const cuxas_shortlist *opt_shortlist, const cuxas_hit *hit)
{
  for (size_t i = 0; opt_shortlist != NULL && i < opt_shortlist->hits->n_hit; i++)
    if (strcmp(opt_shortlist->hits->hit[i].label, hit->label) == 0) return i;
  return SIZE_MAX;
}

bool cuxas_shortlist_agrees(const cuxas_report *report)
{
  return !cuxas_shortlist_leads(report->shortlist) ||
         cuxas_shortlist_find(report->shortlist, &report->hits->hit[0]) == 0;
}

static size_t count_structures(const cuxas_hits *hits)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++) n += hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE;
  return n;
}

/* "CuS, Cu2O and 3 more": the candidates whose predictions are off by more than the limit; returns how many. */
static size_t list_doubtful(const cuxas_shortlist *shortlist, char *list, size_t n_byte)
{
  enum { MAX_NAMED = 5 };
  cuxas_list doubtful = {.text = list, .size = n_byte, .n_named = MAX_NAMED};
  for (size_t i = 0; i < shortlist->hits->n_hit; i++)
    if (shortlist->candidate[i].is_doubtful) cuxas_list_add(&doubtful, shortlist->hits->hit[i].name);
  return cuxas_list_end(&doubtful);
}

static bool say_stage(const cuxas_report *report, char *text, size_t n_byte)
{
  const cuxas_shortlist *shortlist   = report->shortlist;
  const size_t           n_structure = count_structures(report->hits), n_hit = shortlist->hits->n_hit;
  if (!cuxas_shortlist_leads(shortlist))
    snprintf(text, n_byte, "The ranking by prediction decides: none of the best candidates could be simulated.");
  else if (n_hit == n_structure)
    snprintf(text, n_byte, "Simulation from first principles decides, of all %zu structures.", n_structure);
  else
    snprintf(
        text, n_byte,
        "Simulation from first principles decides, of %zu of %zu structures, the best by prediction: one that was not "
        "simulated does not take part.",
        n_hit, n_structure);
  return true;
}

static bool say_agreement(const cuxas_report *report, char *text, size_t n_byte)
{
  const cuxas_shortlist *shortlist = report->shortlist;
  const cuxas_hit       *first = &shortlist->hits->hit[0], *predicted = &report->hits->hit[0];
  if (cuxas_shortlist_agrees(report))
    snprintf(text, n_byte, "Prediction and simulation both put %.80s first.", first->name);
  else
    snprintf(text, n_byte,
             "The two stages disagree: by prediction %.80s comes first, by simulation %.80s (%zu by prediction).",
             predicted->name, first->name, shortlist->candidate[0].rank);
  return true;
}

static bool say_doubtful(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  char         list[300];
  const size_t n = list_doubtful(shortlist, list, sizeof list);
  if (n == 0) return false;
  snprintf(
      text, n_byte,
      "Of %zu simulated candidates the predictions of %zu are further from their simulation than nine in ten are for "
      "compounds held out from training (%.3f), so that the right one may not be on the shortlist: %s.",
      shortlist->hits->n_hit, n, shortlist->limit, list);
  return true;
}

static bool say_hole(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  if (shortlist->n_without_hole == 0) return false;
  snprintf(
      text, n_byte,
      "%zu of them could not be simulated with a core hole, so that all were compared without one: sulfides above all "
      "are then described badly.",
      shortlist->n_without_hole);
  return true;
}

bool cuxas_shortlist_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte)
{
  if (report->shortlist == NULL) return false;
  if (i_sentence == 0) return say_stage(report, text, n_byte);
  if (!cuxas_shortlist_leads(report->shortlist)) return false;
  if (i_sentence == 1) return say_agreement(report, text, n_byte);
  const bool is_doubted = say_doubtful(report->shortlist, text, n_byte);
  if (i_sentence == 2 && is_doubted) return true;
  return i_sentence == (is_doubted ? 3u : 2u) && say_hole(report->shortlist, text, n_byte);
}

static void put_note(const cuxas_shortlist *shortlist, char *text, size_t n_byte)
{
  int n = snprintf(
      text, n_byte,
      "predicted: rank by prediction; error: mean difference of prediction and simulation, %s without a core hole",
      "first edge");
  if (!isnan(shortlist->limit))
    n += snprintf(text + n, n_byte - (size_t)n,
                  "; !: above %.3f, the 90th percentile for compounds held out from training", shortlist->limit);
  for (size_t i = 0; i < shortlist->hits->n_hit && (size_t)n < n_byte; i++) {
    const char *code   = shortlist->candidate[i].code;
    bool        is_new = true;
    for (size_t k = 0; k < i; k++) is_new = is_new && strcmp(shortlist->candidate[k].code, code) != 0;
    if (is_new) n += snprintf(text + n, n_byte - (size_t)n, "; by %.250s", *code != '\0' ? code : "an unknown program");
  }
}

/* 2. text */

static void print_row(const cuxas_report *report, size_t i, FILE *out)
{
  const cuxas_hit         *hit        = &report->shortlist->hits->hit[i];
  const cuxas_shortlisted *own        = &report->shortlist->candidate[i];
  const cuxas_comparison  *comparison = &hit->comparison;
  fprintf(out, "%4zu  ", hit->rank);
  cuxas_text_put_cell(out, hit->name, 17);
  putc(' ', out);
  cuxas_text_put_cell(out, hit->formula, 12);
  fprintf(out, " %5.1f %5.3f %8.3f %+6.2f  %4.2f  %4.2f %9zu", comparison->score, comparison->mae, comparison->spearman,
          comparison->shift_eV, comparison->hole_fraction, comparison->fwhm_eV, own->rank);
  if (isnan(own->error))
    fprintf(out, "  %5s", "-");
  else
    fprintf(out, "  %5.3f", own->error);
  fprintf(out, "%s%s\n", own->is_doubtful ? " !" : "", hit->is_in_group ? " =" : "");
}

static void print_skipped(const cuxas_hits *hits, FILE *out)
{
  enum { MAX_SHOWN = 20, SIZE = 1500 };
  for (size_t i = 0; i < hits->n_skipped && i < MAX_SHOWN; i++) {
    char        text[SIZE];
    const char *path = hits->skipped[i].path, *reason = hits->skipped[i].reason;
    const bool  is_told = strncmp(reason, path, strlen(path)) == 0;
    snprintf(text, sizeof text, "%s%s%s", is_told ? "" : path, is_told ? "" : ": ", reason);
    cuxas_text_put_wrapped(out, "      not simulated: ", text);
  }
  if (hits->n_skipped > MAX_SHOWN)
    fprintf(out, "      ... %zu more (in the JSON report)\n", hits->n_skipped - MAX_SHOWN);
}

void cuxas_shortlist_write_text(const cuxas_report *report, size_t n_row, FILE *out)
{
  const cuxas_shortlist *shortlist = report->shortlist;
  char                   note[2000];
  if (shortlist == NULL) return;
  const size_t n_show = shortlist->hits->n_hit < n_row ? shortlist->hits->n_hit : n_row;
  fprintf(out, "\n%s (%zu compared, %zu could not be)\n", TITLE, shortlist->hits->n_hit, shortlist->hits->n_skipped);
  if (n_show > 0) {
    fprintf(out, "rank  %-17s %-12s score   MAE Spearman  shift  hole width predicted  error\n", "name", "formula");
    for (size_t i = 0; i < n_show; i++) print_row(report, i, out);
    if (n_show < shortlist->hits->n_hit) fprintf(out, "      ... %zu more (--top)\n", shortlist->hits->n_hit - n_show);
    put_note(shortlist, note, sizeof note);
    cuxas_text_put_wrapped(out, "      ", note);
  }
  print_skipped(shortlist->hits, out);
  if (n_show > 0) fputs("\nBy prediction", out);
}

/* 3. Markdown */

void cuxas_shortlist_write_markdown(const cuxas_report *report, size_t n_row, FILE *out)
{
  const cuxas_shortlist *shortlist = report->shortlist;
  char                   note[2000];
  if (shortlist == NULL) return;
  const cuxas_hits *hits   = shortlist->hits;
  const size_t      n_show = hits->n_hit < n_row ? hits->n_hit : n_row;
  fprintf(out, "\n## %s\n\n", TITLE);
  if (n_show > 0)
    fputs(
        "| rank | candidate | formula | score | MAE | Spearman | shift (eV) | hole | width (eV) | predicted | error |\n"
        "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        out);
  for (size_t i = 0; i < n_show; i++) {
    const cuxas_hit         *hit = &hits->hit[i];
    const cuxas_shortlisted *own = &shortlist->candidate[i];
    fprintf(out, "| %zu | ", hit->rank);
    cuxas_markdown_put_text(out, hit->name);
    fputs(" | ", out);
    cuxas_markdown_put_text(out, hit->formula);
    fprintf(out, " | %.1f | %.3f | ", hit->comparison.score, hit->comparison.mae);
    cuxas_html_put_number(out, hit->comparison.spearman, 3, 0);
    fputs(" | ", out);
    cuxas_html_put_number(out, hit->comparison.shift_eV, 2, 1);
    fprintf(out, " | %.2f | %.2f | %zu | ", hit->comparison.hole_fraction, hit->comparison.fwhm_eV, own->rank);
    cuxas_html_put_number(out, own->error, 3, 0);
    fprintf(out, "%s%s |\n", own->is_doubtful ? " !" : "", hit->is_in_group ? " =" : "");
  }
  if (n_show < hits->n_hit) fprintf(out, "\n%zu more are not listed.\n", hits->n_hit - n_show);
  put_note(shortlist, note, sizeof note);
  putc('\n', out);
  cuxas_markdown_put_text(out, note);
  fputs(".\n", out);
  for (size_t i = 0; i < hits->n_skipped; i++) {
    fputs(i == 0 ? "\n- not simulated: " : "- not simulated: ", out);
    cuxas_markdown_put_text(out, hits->skipped[i].reason);
    putc('\n', out);
  }
}

/* 4. HTML */

static void put_row(const cuxas_hit *hit, const cuxas_shortlisted *own, FILE *out)
{
  const cuxas_comparison *comparison = &hit->comparison;
  fputs("<tr>", out);
  cuxas_html_put_count_cell(out, hit->rank);
  cuxas_html_put_name_cell(out, hit->name);
  cuxas_html_put_text_cell(out, hit->formula);
  cuxas_html_put_number_cell(out, comparison->score, 1, 0);
  cuxas_html_put_number_cell(out, comparison->mae, 3, 0);
  cuxas_html_put_number_cell(out, comparison->spearman, 3, 0);
  cuxas_html_put_number_cell(out, comparison->shift_eV, 2, 1);
  cuxas_html_put_number_cell(out, comparison->hole_fraction, 2, 0);
  cuxas_html_put_number_cell(out, comparison->fwhm_eV, 2, 0);
  cuxas_html_put_count_cell(out, own->rank);
  cuxas_html_put_number_cell(out, own->error, 3, 0);
  fprintf(out, "<td class=\"remarks\">%s%s%s</td></tr>\n", own->is_doubtful ? "prediction doubtful" : "",
          own->is_doubtful && hit->is_in_group ? "; " : "", hit->is_in_group ? "cannot be told apart" : "");
}

static void put_skipped(const cuxas_hits *hits, FILE *out)
{
  if (hits->n_skipped == 0) return;
  fprintf(out, "<details open><summary>%zu could not be simulated</summary>\n<ul class=\"skipped\">\n",
          hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped; i++) {
    fputs("<li><bdi>", out);
    cuxas_html_put_text(out, hits->skipped[i].path);
    fputs("</bdi>: ", out);
    cuxas_html_put_text(out, hits->skipped[i].reason);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n</details>\n", out);
}

void cuxas_shortlist_write_html(const cuxas_report *report, FILE *out)
{
  static const char *const HEADING[] = {"#Rank",       "Candidate", "Formula",     "#Score",     "#MAE",   "#Spearman",
                                        "#Shift (eV)", "#Hole",     "#Width (eV)", "#Predicted", "#Error", "Remarks"};
  const cuxas_shortlist   *shortlist = report->shortlist;
  char                     note[2000];
  if (shortlist == NULL) return;
  cuxas_html_begin_section(out, "simulated", TITLE);
  if (shortlist->hits->n_hit > 0) {
    cuxas_html_begin_table(out, "Simulated candidates", HEADING, sizeof HEADING / sizeof *HEADING);
    for (size_t i = 0; i < shortlist->hits->n_hit; i++)
      put_row(&shortlist->hits->hit[i], &shortlist->candidate[i], out);
    cuxas_html_end_table(out);
    put_note(shortlist, note, sizeof note);
    fputs("<p class=\"note\">", out);
    cuxas_html_put_text(out, note);
    fputs(".</p>\n", out);
  }
  put_skipped(shortlist->hits, out);
  fputs("</section>\n", out);
}
