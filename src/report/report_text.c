/* Contents: 1. what was measured, with what it was compared  2. the table  3. what to believe */
#include "cuxas/report.h"
#include "report/rankings.h"
#include "report/shortlist_report.h"
#include "write/text.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { LINE_SIZE = 2048 };

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
  for (size_t i = 0; i < info->warnings.n_warning; i++)
    cuxas_text_put_wrapped(out, "  warning   ", info->warnings.text[i]);
  for (size_t i = 0; i < report->prepared->warnings.n_warning; i++)
    cuxas_text_put_wrapped(out, "  warning   ", report->prepared->warnings.text[i]);
}

static void write_method(const cuxas_report *report, FILE *out)
{
  static const char *const      SCALE[] = {"both curves scaled to 0 ... 1", "both curves scaled to an edge step of 1",
                                           "prediction scaled by least squares"};
  static const char *const      CRITERION[] = {"score", "correlation", "MAE"};
  const cuxas_compare_settings *compare     = &report->compare;
  const cuxas_model            *model       = report->model;
  line                          method = {"", 0}, about = {"", 0};

  add(&about, "%s (%s", model->name, model->element);
  for (size_t i = 0; i < model->n_edge; i++) add(&about, "%s %s", i > 0 ? "," : "", model->edge[i].name);
  add(&about, "; %zu training spectra), sha256 %.12s", model->n_training, model->sha256);
  cuxas_text_put_wrapped(out, "Model       ", about.text);

  add(&method, "%s; ", SCALE[compare->scale]);
  if (compare->shift_mode == CUXAS_SHIFT_FIXED)
    add(&method, "shift fixed at %+.2f eV", compare->fixed_shift_eV);
  else
    add(&method, "%s shift within %+.1f to %+.1f eV by %s",
        compare->shift_mode == CUXAS_SHIFT_COMMON ? "one common" : "each candidate's own",
        compare->center_shift_eV - compare->window_eV, compare->center_shift_eV + compare->window_eV,
        CRITERION[compare->criterion]);
  if (compare->fit_fwhm)
    add(&method, "; prediction broadened by about %.3g eV, fitted; ", compare->fwhm_eV);
  else
    add(&method, "; prediction broadened by %.3g eV; ", compare->fwhm_eV);
  if (compare->fit_hole)
    add(&method, "core-hole fraction fitted");
  else
    add(&method, "core-hole fraction %.3g", compare->hole_fraction);
  cuxas_text_put_wrapped(out, "Settings    ", method.text);
}

/* 2. the table */

/* Letters behind a row; the legend explains those that occur. */
typedef struct {
  char        letter;
  const char *meaning;
  bool        is_used;
} table_flag;

static void print_onset(const cuxas_report *report, const cuxas_hit *hit, size_t i_edge, FILE *out)
{
  const cuxas_onset *measured = &report->query->onset[i_edge], *predicted = &hit->comparison.predicted_onset[i_edge];
  if (measured->found && predicted->found)
    fprintf(out, " %+6.2f", predicted->energy_eV + hit->comparison.shift_eV - measured->energy_eV);
  else
    fprintf(out, " %6s", "-");
}

static void print_flags(const cuxas_hit *hit, table_flag *flag, FILE *out)
{
  size_t n = 0, n_warning = 0;
  while (n_warning < CUXAS_HIT_MAX_WARNING && hit->warning[n_warning] != NULL) n_warning++;
  const size_t n_flagged = (size_t)hit->comparison.shift_at_limit + (size_t)hit->domain.outside; /* are warnings too */
  const bool   applies[] = {hit->comparison.shift_at_limit, hit->domain.outside, hit->kind == CUXAS_CANDIDATE_SPECTRUM,
                            hit->is_in_group, n_warning > n_flagged};
  for (size_t i = 0; i < sizeof applies / sizeof *applies; i++) {
    if (!applies[i]) continue;
    flag[i].is_used = true;
    fprintf(out, "%s%c", n++ == 0 ? "  " : "", flag[i].letter);
  }
  putc('\n', out);
}

/* "0.013", "4e-04" or "17": two figures that tell chance from evidence. */
static void print_chance(double value, FILE *out)
{
  if (isnan(value))
    fprintf(out, " %6s", "-");
  else
    fprintf(out, value >= 9.95 ? " %6.0f" : value >= 0.995 ? " %6.1f" : value >= 0.00095 ? " %6.3f" : " %6.0e", value);
}

static bool has_chances(const cuxas_hits *hits)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (!isnan(hits->hit[i].p_value)) return true;
  return false;
}

static void write_table(const cuxas_report *report, size_t n_row, FILE *out)
{
  const size_t      n_name = report->compare.fit_hole ? 14 : 17, n_formula = report->compare.fit_hole ? 10 : 12;
  const cuxas_hits *hits   = report->hits;
  const size_t      n_show = hits->n_hit < n_row ? hits->n_hit : n_row;
  table_flag        flag[] = {{'L', "shift at the limit of the window", false},
                              {'D', "outside the training domain", false},
                              {'S', "a spectrum file, not a prediction", false},
                              {'=', "cannot be told apart", false},
                              {'w', "has other warnings, in the JSON report", false}};

  const bool with_chances = has_chances(hits);

  fprintf(out, "\nrank  %-*s %-*s score   MAE Spearman  shift", (int)n_name, "name", (int)n_formula, "formula");
  for (size_t i = 0; i < report->query->n_edge; i++) fprintf(out, " %4s d", report->query->edge[i].name);
  fprintf(out, "%s%s  flags\n", report->compare.fit_hole ? "  hole" : "", with_chances ? "      p      E" : "");
  for (size_t i = 0; i < n_show; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    fprintf(out, "%4zu  ", hit->rank);
    cuxas_text_put_cell(out, hit->name, n_name);
    putc(' ', out);
    cuxas_text_put_cell(out, hit->formula[0] != '\0' ? hit->formula : "-", n_formula);
    fprintf(out, " %5.1f %5.3f %8.3f %+6.2f", hit->comparison.score, hit->comparison.mae, hit->comparison.spearman,
            hit->comparison.shift_eV);
    for (size_t k = 0; k < report->query->n_edge; k++) print_onset(report, hit, k, out);
    if (report->compare.fit_hole) fprintf(out, "  %4.2f", hit->comparison.hole_fraction);
    if (with_chances) {
      print_chance(hit->p_value, out);
      print_chance(hit->e_value, out);
    }
    print_flags(hit, flag, out);
  }
  if (n_show < hits->n_hit) fprintf(out, "      ... %zu more (--top)\n", hits->n_hit - n_show);

  line legend = {"", 0};
  add(&legend, "score: log likelihood above a featureless curve; shift: added to the predicted energies, eV; d: "
               "predicted minus measured onset after the shift, eV");
  if (report->compare.fit_hole) add(&legend, "; hole: weight of the prediction without a core hole");
  if (with_chances)
    add(&legend, "; p: part of unrelated compounds that agree as well; E: how many of those searched would by chance");
  for (size_t i = 0; i < sizeof flag / sizeof *flag; i++)
    if (flag[i].is_used) add(&legend, "; %c: %s", flag[i].letter, flag[i].meaning);
  cuxas_text_put_wrapped(out, "      ", legend.text);
}

/* 3. what to believe */

static void write_skipped(const cuxas_report *report, FILE *out)
{
  enum { MAX_SHOWN = 20 };
  const cuxas_hits *hits = report->hits;

  if (hits->n_skipped > 0) fprintf(out, "\nSkipped (%zu):\n", hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped && i < MAX_SHOWN; i++) {
    line        about = {"", 0};
    const char *path = hits->skipped[i].path, *reason = hits->skipped[i].reason;
    const bool  is_told = strncmp(reason, path, strlen(path)) == 0; /* most reasons begin with the path */
    add(&about, "%s%s%s", is_told ? "" : path, is_told ? "" : ": ", reason);
    cuxas_text_put_wrapped(out, "  ", about.text);
  }
  if (hits->n_skipped > MAX_SHOWN) fprintf(out, "  ... %zu more (in the JSON report)\n", hits->n_skipped - MAX_SHOWN);
}

static void write_mixture(const cuxas_mixture *mixture, FILE *out)
{
  char sentence[CUXAS_MIXTURE_SENTENCE_SIZE];
  if (mixture == NULL) return;
  fprintf(out, "\n%s\n", cuxas_mixture_title(mixture));
  for (size_t i = 0; cuxas_mixture_say(mixture, i, sentence, sizeof sentence); i++)
    cuxas_text_put_wrapped(out, "  - ", sentence);
}

void cuxas_report_write_text(const cuxas_report *report, size_t n_row, FILE *out)
{
  cuxas_verdict verdict;
  const size_t  n_hit = report->hits->n_hit;

  write_measured(report, out);
  write_method(report, out);
  fprintf(out, "Candidates  %zu compared", n_hit);
  if (report->hits->n_skipped > 0) fprintf(out, ", %zu skipped", report->hits->n_skipped);
  if (report->hits->n_filtered > 0) fprintf(out, ", %zu left out by composition", report->hits->n_filtered);
  putc('\n', out);
  char stage[CUXAS_VERDICT_REASON_SIZE];
  if (cuxas_shortlist_say(report, 0, stage, sizeof stage)) cuxas_text_put_wrapped(out, "Decided by  ", stage);
  cuxas_shortlist_write_text(report, n_row, out);
  if (n_hit > 0) write_table(report, n_row, out);
  cuxas_rankings_write_text(report, n_row, out);

  fputs("\nHow far to trust this\n", out);
  cuxas_report_judge(report, &verdict);
  for (size_t i = 0; i < verdict.n_reason; i++) cuxas_text_put_wrapped(out, "  - ", verdict.reason[i]);
  write_mixture(report->mixture, out);
  write_mixture(report->standards_mixture, out);
  write_skipped(report, out);
  fprintf(out, "\n%s %s, measured sha256 %.12s, model sha256 %.12s [ok]\n", report->program, CUXAS_VERSION,
          report->measured_sha256, report->model->sha256);
}
