#include "report/overview.h"
#include "cuxas/report.h"
#include "write/page.h"
#include "write/text.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

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
