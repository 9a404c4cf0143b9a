/* Contents: 1. what is said of a ranking  2. text  3. Markdown  4. HTML */
#include "report/rankings.h"

#include "write/page.h"
#include "write/text.h"

#include <math.h>
#include <string.h>

/* 1. what is said of a ranking */

static const char ALL_TITLE[] = "Whatever the elements", STANDARDS_TITLE[] = "Measured standards";
static const char ALL_NOTE[] = "All candidates, also those that --elements, --require or --exclude leave out. known: "
                               "rank among those whose elements "
                               "agree with what is known, -: left out; p and E: as above, E among all.";
static const char STANDARDS_NOTE[] =
    "Measurement against measurement: no broadening, shift sought around 0. Detection and resolution differ between "
    "instruments too, so no p-values. Independent of --elements.";
static const char SAME[] = "the same measurement";

const cuxas_hit *cuxas_rankings_find(const cuxas_hits *hits, const cuxas_hit *hit)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].label, hit->label) == 0) return &hits->hit[i];
  return NULL;
}

static size_t count_rows(const cuxas_hits *hits, size_t n_row)
{
  return hits->n_hit < n_row ? hits->n_hit : n_row;
}

/* 2. text */

static void print_number(FILE *out, double value)
{
  if (isnan(value))
    fprintf(out, " %7s", "-");
  else
    fprintf(out, " %7.2g", value);
}

static void print_row(const cuxas_hit *hit, FILE *out)
{
  const cuxas_comparison *comparison = &hit->comparison;
  fprintf(out, "%4zu  ", hit->rank);
  cuxas_text_put_cell(out, hit->name, 20);
  fprintf(out, " %6.1f %5.3f %8.3f %+6.2f", comparison->score, comparison->mae, comparison->spearman,
          comparison->shift_eV);
}

static void print_all(const cuxas_report *report, size_t n_row, FILE *out)
{
  const cuxas_hits *all    = report->unconstrained;
  const size_t      n_show = count_rows(all, n_row);
  fprintf(out, "\n%s (%zu compared)\nrank  %-20s  score   MAE Spearman  shift       p       E  known\n", ALL_TITLE,
          all->n_hit, "name");
  for (size_t i = 0; i < n_show; i++) {
    const cuxas_hit *among = cuxas_rankings_find(report->hits, &all->hit[i]);
    print_row(&all->hit[i], out);
    print_number(out, all->hit[i].p_value);
    print_number(out, all->hit[i].e_value);
    if (among != NULL)
      fprintf(out, "  %5zu\n", among->rank);
    else
      fprintf(out, "  %5s\n", "-");
  }
  if (n_show < all->n_hit) fprintf(out, "      ... %zu more (--top)\n", all->n_hit - n_show);
  cuxas_text_put_wrapped(out, "      ", ALL_NOTE);
}

static void print_standards(const cuxas_hits *standards, size_t n_row, FILE *out)
{
  const size_t n_show = count_rows(standards, n_row);
  fprintf(out, "\n%s (%zu compared", STANDARDS_TITLE, standards->n_hit);
  if (standards->n_skipped > 0) fprintf(out, ", %zu skipped", standards->n_skipped);
  fprintf(out, ")\nrank  %-20s  score   MAE Spearman  shift\n", "name");
  for (size_t i = 0; i < n_show; i++) {
    print_row(&standards->hit[i], out);
    fprintf(out, "%s%s\n", standards->hit[i].is_query ? "  " : "", standards->hit[i].is_query ? SAME : "");
  }
  if (n_show < standards->n_hit) fprintf(out, "      ... %zu more (--top)\n", standards->n_hit - n_show);
  cuxas_text_put_wrapped(out, "      ", STANDARDS_NOTE);
}

void cuxas_rankings_write_text(const cuxas_report *report, size_t n_row, FILE *out)
{
  if (report->unconstrained != NULL) print_all(report, n_row, out);
  if (report->standards != NULL) print_standards(report->standards, n_row, out);
}

/* 3. Markdown */

static void put_markdown(const cuxas_report *report, const cuxas_hits *hits, const char *title, const char *note,
                         size_t n_row, FILE *out)
{
  const bool   is_all = hits == report->unconstrained;
  const size_t n_show = count_rows(hits, n_row);
  fprintf(out,
          "\n## %s\n\n| rank | candidate | score | MAE | Spearman | shift (eV) |%s\n|---:|---|---:|---:|---:|---:|%s\n",
          title, is_all ? " E | known |" : " remarks |", is_all ? "---:|---:|" : "---|");
  for (size_t i = 0; i < n_show; i++) {
    const cuxas_hit *hit = &hits->hit[i], *among = is_all ? cuxas_rankings_find(report->hits, hit) : NULL;
    fprintf(out, "| %zu | ", hit->rank);
    cuxas_markdown_put_text(out, hit->name);
    fprintf(out, " | %.1f | %.3f | ", hit->comparison.score, hit->comparison.mae);
    cuxas_html_put_number(out, hit->comparison.spearman, 3, 0);
    fputs(" | ", out);
    cuxas_html_put_number(out, hit->comparison.shift_eV, 2, 1);
    fputs(" | ", out);
    if (is_all) {
      cuxas_html_put_number(out, hit->e_value, 2, 0);
      fputs(" | ", out);
      cuxas_html_put_number(out, among != NULL ? (double)among->rank : NAN, 0, 0);
    } else if (hit->is_query) {
      fputs(SAME, out);
    }
    fputs(" |\n", out);
  }
  if (n_show < hits->n_hit) fprintf(out, "\n%zu more are not listed.\n", hits->n_hit - n_show);
  putc('\n', out);
  cuxas_markdown_put_text(out, note);
  putc('\n', out);
}

void cuxas_rankings_write_markdown(const cuxas_report *report, size_t n_row, FILE *out)
{
  if (report->unconstrained != NULL) put_markdown(report, report->unconstrained, ALL_TITLE, ALL_NOTE, n_row, out);
  if (report->standards != NULL) put_markdown(report, report->standards, STANDARDS_TITLE, STANDARDS_NOTE, n_row, out);
}

/* 4. HTML */

static void put_cell(FILE *out, double value, int n_decimal, int has_sign)
{
  fputs("<td class=\"number\">", out);
  cuxas_html_put_number(out, value, n_decimal, has_sign);
  fputs("</td>", out);
}

static void put_html(const cuxas_report *report, const cuxas_hits *hits, const char *id, const char *title,
                     const char *note, FILE *out)
{
  const bool is_all = hits == report->unconstrained;
  fprintf(out,
          "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n<div class=\"scroll\">\n<table>\n<thead><tr>"
          "<th class=\"number\" scope=\"col\">Rank</th><th scope=\"col\">Candidate</th><th class=\"number\" "
          "scope=\"col\">Score</th><th class=\"number\" scope=\"col\">MAE</th><th class=\"number\" scope=\"col\">"
          "Spearman</th><th class=\"number\" scope=\"col\">Shift (eV)</th>%s</tr></thead>\n<tbody>\n",
          id, id, title,
          is_all ? "<th class=\"number\" scope=\"col\">E</th><th class=\"number\" scope=\"col\">Known</th>"
                 : "<th scope=\"col\">Remarks</th>");
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit *hit = &hits->hit[i], *among = is_all ? cuxas_rankings_find(report->hits, hit) : NULL;
    fprintf(out, "<tr><td class=\"number\">%zu</td><td><bdi>", hit->rank);
    cuxas_html_put_text(out, hit->name);
    fputs("</bdi></td>", out);
    put_cell(out, hit->comparison.score, 1, 0);
    put_cell(out, hit->comparison.mae, 3, 0);
    put_cell(out, hit->comparison.spearman, 3, 0);
    put_cell(out, hit->comparison.shift_eV, 2, 1);
    if (is_all) {
      put_cell(out, hit->e_value, 2, 0);
      put_cell(out, among != NULL ? (double)among->rank : NAN, 0, 0);
    } else {
      fprintf(out, "<td>%s</td>", hit->is_query ? SAME : "");
    }
    fputs("</tr>\n", out);
  }
  fputs("</tbody>\n</table>\n</div>\n<p>", out);
  cuxas_html_put_text(out, note);
  fputs("</p>\n</section>\n", out);
}

void cuxas_rankings_write_html(const cuxas_report *report, FILE *out)
{
  if (report->unconstrained != NULL) put_html(report, report->unconstrained, "unconstrained", ALL_TITLE, ALL_NOTE, out);
  if (report->standards != NULL) put_html(report, report->standards, "standards", STANDARDS_TITLE, STANDARDS_NOTE, out);
}
