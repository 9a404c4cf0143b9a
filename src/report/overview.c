/* overview.c - a batch in one table: a row a scan, as CSV, on a terminal, as a page
 *
 *   1. rows
 *   2. CSV and terminal
 *   3. page */
#include "report/overview.h"
#include "report/verdict.h"
#include "base/text.h"

#include "base/memory.h"
#include "cuxas/report.h"
#include "write/page.h"
#include "write/text.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 1. rows */

/* 1. rows */

static const cJSON *get(const cJSON *object, const char *name)
{
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static double number_of(const cJSON *object, const char *name)
{
  const cJSON *node = get(object, name);
  return cJSON_IsNumber(node) ? node->valuedouble : NAN;
}

static char *copy_text(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(get(object, name));
  return cuxas_copy_text(NULL, text != NULL ? text : "");
}

/* Adds the texts of two arrays to one, "; " between them. NULL: no memory */
static char *join_texts(const cJSON *first, const cJSON *second)
{
  const cJSON *const array[] = {first, second};
  size_t             n_byte  = 1;
  const cJSON       *item;

  for (int i = 0; i < 2; i++)
    cJSON_ArrayForEach(item, array[i]) n_byte += cJSON_IsString(item) ? strlen(item->valuestring) + 2 : 0;
  char *text = cuxas_new(NULL, n_byte, 1);
  for (int i = 0; text != NULL && i < 2; i++) cJSON_ArrayForEach(item, array[i])
    {
      if (!cJSON_IsString(item)) continue;
      if (*text != '\0') strcat(text, "; ");
      strcat(text, item->valuestring);
    }
  return text;
}

/* Of the candidates behind the first, the one with the smallest MAE; of equals the better ranked. NULL: there is none */
static const cJSON *find_next(const cJSON *best)
{
  const cJSON *next = NULL;
  for (const cJSON *other = best != NULL ? best->next : NULL; other != NULL; other = other->next)
    if (next == NULL || number_of(other, "mae") < number_of(next, "mae")) next = other;
  return next;
}

cuxas_status cuxas_overview_row_fill(const cJSON *report, cuxas_overview_row *row, cuxas_error *err)
{
  const cJSON *candidates = get(report, "candidates"), *simulated = get(get(report, "simulated"), "candidates");
  const cJSON *best = cJSON_GetArrayItem(cJSON_GetArraySize(simulated) > 0 ? simulated : candidates, 0);
  const cJSON *next = find_next(best);

  row->n_compared = (size_t)cJSON_GetArraySize(candidates);
  row->n_skipped  = (size_t)cJSON_GetArraySize(get(report, "skipped"));
  row->mae        = number_of(best, "mae");
  row->spearman   = number_of(best, "spearman");
  row->shift_eV   = number_of(best, "shift_eV");
  row->margin     = number_of(next, "mae") - row->mae;
  row->verdict    = copy_text(get(report, "verdict"), "kind");
  row->warnings   = join_texts(get(get(report, "measured"), "warnings"), get(best, "warnings"));
  if (best != NULL) {
    row->best    = copy_text(best, "name");
    row->formula = copy_text(best, "formula");
  }
  if (next != NULL) row->next = copy_text(next, "name");
  const bool is_whole = row->verdict != NULL && row->warnings != NULL &&
                        (best == NULL || (row->best != NULL && row->formula != NULL)) &&
                        (next == NULL || row->next != NULL);
  return is_whole ? CUXAS_OK : cuxas_no_memory(err);
}

void cuxas_overview_row_clear(cuxas_overview_row *row)
{
  free(row->scan);
  free(row->stem);
  free(row->reason);
  free(row->best);
  free(row->formula);
  free(row->next);
  free(row->verdict);
  free(row->warnings);
  *row = (cuxas_overview_row){0};
}

/* 2. CSV */

static void put_text(FILE *out, const char *text)
{
  cuxas_text_put_csv(out, text);
  putc(',', out);
}

static void put_number(FILE *out, double value)
{
  cuxas_text_put_csv_number(out, value);
  putc(',', out);
}

static void put_empty(FILE *out, int n_field)
{
  for (int i = 0; i < n_field; i++) putc(',', out);
}

void cuxas_overview_write_csv(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  fputs(CUXAS_OVERVIEW_CSV_HEADER "\n", out);
  for (size_t i = 0; i < n_row; i++) {
    put_text(out, row[i].scan);
    if (row[i].reason != NULL) {
      put_empty(out, 12);
      cuxas_text_put_csv(out, row[i].reason);
      putc('\n', out);
      continue;
    }
    put_text(out, row[i].best);
    put_text(out, row[i].formula);
    put_number(out, row[i].mae);
    put_number(out, row[i].spearman);
    put_number(out, row[i].margin);
    put_text(out, row[i].next);
    put_number(out, row[i].shift_eV);
    put_text(out, row[i].verdict);
    fprintf(out, "%zu,%zu,", row[i].n_compared, row[i].n_skipped);
    put_text(out, row[i].warnings);
    put_text(out, row[i].stem);
    putc('\n', out);
  }
}

/* 3. text */

void cuxas_overview_write_text(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  const cuxas_locale locale = cuxas_locale_begin();
  enum { SCAN_COLUMN = 26, BEST_COLUMN = 20 };
  fprintf(out, "%-*s  %-*s   MAE  Spearman  margin  shift  verdict\n", SCAN_COLUMN, "scan", BEST_COLUMN, "best");
  for (size_t i = 0; i < n_row; i++) {
    cuxas_text_put_cell(out, row[i].stem, SCAN_COLUMN);
    fputs("  ", out);
    if (row[i].reason != NULL) {
      fputs("failed: see below\n", out);
      continue;
    }
    cuxas_text_put_cell(out, row[i].best != NULL ? row[i].best : "-", BEST_COLUMN);
    fprintf(out, " %5.3f %9.3f", row[i].mae, row[i].spearman);
    isfinite(row[i].margin) ? fprintf(out, "  %+6.3f", row[i].margin) : fprintf(out, "  %6s", "-");
    fprintf(out, " %+6.2f  %s%s\n", row[i].shift_eV, row[i].verdict, *row[i].warnings != '\0' ? ", warnings" : "");
  }
  cuxas_text_put_wrapped(
      out, "",
      "margin: smallest MAE of the other candidates minus that of the best; below about 0.03 it separates "
      "nothing, negative the measures disagree. shift: added to the predicted energies, eV.");
  for (size_t i = 0; i < n_row; i++)
    if (row[i].reason != NULL) cuxas_text_put_wrapped(out, "failed: ", row[i].reason);
  cuxas_locale_end(locale);
}

/* 3. page */

/* A file name as a relative reference (RFC 3986): all but unreserved characters are percent-encoded. */
static void put_reference(FILE *out, const char *name)
{
  for (; *name != '\0'; name++) {
    const unsigned char c = (unsigned char)*name;
    if (c < 128 && (isalnum(c) || strchr("-._~", c) != NULL))
      putc(c, out);
    else
      fprintf(out, "%%%02X", (unsigned)c);
  }
}

static void put_name(FILE *out, const char *name)
{
  fputs("<bdi>", out);
  cuxas_html_put_text(out, name != NULL ? name : "\xE2\x80\x93");
  fputs("</bdi>", out);
}

static void put_row(const cuxas_overview_row *row, FILE *out)
{
  fputs("<tr><td class=\"name\" title=\"", out);
  cuxas_html_put_text(out, row->scan);
  fputs("\">", out);
  if (row->reason == NULL) {
    fputs("<a href=\"", out);
    put_reference(out, row->stem);
    fputs(".html\">", out);
  }
  put_name(out, row->stem);
  if (row->reason != NULL) {
    fputs("</td><td>\xE2\x80\x93</td>", out);
    for (int i = 0; i < 4; i++) cuxas_html_put_number_cell(out, NAN, 0, 0);
    fputs("<td>failed</td><td class=\"remarks\">", out);
    cuxas_html_put_text(out, row->reason);
    fputs("</td></tr>\n", out);
    return;
  }
  fputs("</a></td><td>", out);
  put_name(out, row->best);
  fputs("</td>", out);
  cuxas_html_put_number_cell(out, row->mae, 3, 0);
  cuxas_html_put_number_cell(out, row->spearman, 3, 0);
  cuxas_html_put_number_cell(out, row->margin, 3, 1);
  cuxas_html_put_number_cell(out, row->shift_eV, 2, 1);
  fputs("<td>", out);
  cuxas_html_put_text(out, row->verdict);
  fputs("</td><td class=\"remarks\">", out);
  cuxas_html_put_text(out, row->warnings);
  if (row->n_skipped > 0)
    fprintf(out, "%s%zu candidate%s skipped", *row->warnings != '\0' ? "; " : "", row->n_skipped,
            row->n_skipped == 1 ? "" : "s");
  fputs("</td></tr>\n", out);
}

static void put_settings(const cJSON *settings, FILE *out)
{
  fputs("<section aria-labelledby=\"settings\">\n<h2 id=\"settings\">Settings</h2>\n<p><code>", out);
  cuxas_put_settings(out, settings, cuxas_html_put_text);
  fprintf(
      out,
      "</code></p>\n<p class=\"note\">cuxas-match %s; file hashes and the model are in the reports.</p>\n</section>\n",
      CUXAS_VERSION);
}

void cuxas_overview_write_html(const cuxas_overview_row *row, size_t n_row, const cJSON *settings, FILE *out)
{
  static const char *const HEADING[] = {"Scan",   "Best candidate", "MAE",     "Spearman",
                                        "Margin", "Shift (eV)",     "Verdict", "Remarks"};
  size_t                   n_failed = 0, n_favoured = 0;
  for (size_t i = 0; i < n_row; i++) {
    n_failed += row[i].reason != NULL;
    n_favoured += row[i].reason == NULL && strcmp(row[i].verdict, cuxas_verdict_name(CUXAS_VERDICT_FAVOURED)) == 0;
  }
  cuxas_page_begin(out, "Overview \xE2\x80\x93 CuXAS match");
  fprintf(out,
          "<header>\n<p class=\"kind\">CuXAS match reports</p>\n<h1>Overview</h1>\n<p class=\"summary\">%zu scan%s, "
          "%zu with a favoured candidate, %zu failed.</p>\n</header>\n<main>\n<section aria-labelledby=\"scans\">\n"
          "<h2 id=\"scans\">Scans</h2>\n<div class=\"scroll\">\n<table class=\"sortable\">\n<thead><tr>",
          n_row, n_row == 1 ? "" : "s", n_favoured, n_failed);
  for (size_t i = 0; i < sizeof HEADING / sizeof *HEADING; i++)
    fprintf(out, "<th%s scope=\"col\">%s</th>", i >= 2 && i <= 5 ? " class=\"number\"" : "", HEADING[i]);
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t i = 0; i < n_row; i++) put_row(&row[i], out);
  fprintf(
      out,
      "</tbody>\n</table>\n</div>\n<p class=\"note\">Margin: smallest MAE of the other candidates minus that of the "
      "best; below about %.2f it separates nothing, negative the measures disagree. Shift: added to the predicted "
      "energies. A scan's name leads to its report, which says how far to trust it.</p>\n</section>\n",
      CUXAS_GAP_MAE);
  put_settings(settings, out);
  fputs("</main>\n", out);
  cuxas_page_end(out);
}
