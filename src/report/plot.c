/* plot.c - the compared curves in a spreadsheet and in characters on a terminal */
#include "base/memory.h"
#include "base/text.h"
#include "report/match_figure.h"
#include "cuxas/report.h"
#include "match/query.h"
#include "match/shortlist.h"
#include "write/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- in a spreadsheet -- */

void cuxas_report_scale_measured(const cuxas_report *report, double *ret_mu)
{
  const cuxas_query *query = report->query;
  const cuxas_span   all   = {0, query->grid.n_energy};
  cuxas_line         line;

  if (!cuxas_scale_measured(report->compare.scale, query, all, query->mu, &line)) line = (cuxas_line){NAN, NAN};
  cuxas_scale_apply(line, query->mu, query->grid.n_energy, ret_mu);
}

/* One curve beside the measurement, and who says so. */
typedef struct {
  const cuxas_hit *hit;
  const char      *witness;
} spectrum_column;

/* The kept curves of some hits, the measurement itself left out; ret_column NULL: only counted. */
static size_t add_columns(const cuxas_hits *opt_hits, size_t n_most, const char *witness, spectrum_column *ret_column)
{
  size_t n = 0;
  for (size_t i = 0; opt_hits != NULL && i < opt_hits->n_hit && n < n_most; i++) {
    const cuxas_hit *hit = &opt_hits->hit[i];
    if (hit->shifted == NULL || hit->is_query) continue;
    if (ret_column != NULL)
      ret_column[n] = (spectrum_column){hit, hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "standard" : witness};
    n++;
  }
  return n;
}

static size_t list_columns(const cuxas_report *report, spectrum_column *opt_column)
{
  const cuxas_hits *simulated = report->shortlist != NULL ? report->shortlist->hits : NULL;
  const size_t      n_first   = add_columns(report->hits, SIZE_MAX, "prediction", opt_column);
  size_t            n         = n_first;
  n += add_columns(report->standards, SIZE_MAX, "standard", opt_column != NULL ? opt_column + n : NULL);
  return n + add_columns(simulated, n_first, "simulation", opt_column != NULL ? opt_column + n : NULL);
}

static void put_head(const char *name, const char *witness, const char *unit, FILE *out)
{
  char head[300];
  snprintf(head, sizeof head, "%.200s%s%s (%s)", name, *witness != '\0' ? " " : "", witness, unit);
  putc(',', out);
  cuxas_text_put_csv(out, head);
}

cuxas_status cuxas_report_write_spectra(const void *what, FILE *out, cuxas_error *err)
{
  static const char *const UNIT[]   = {[CUXAS_SCALE_MINMAX]        = "0 to 1",
                                       [CUXAS_SCALE_EDGE_STEP]     = "edge step 1",
                                       [CUXAS_SCALE_LEAST_SQUARES] = "0 to 1",
                                       [CUXAS_SCALE_AREA]          = "mean 1"};
  const cuxas_report      *report   = what;
  const char              *unit     = UNIT[report->compare.scale];
  const cuxas_grid         grid     = report->query->grid;
  const size_t             n        = list_columns(report, NULL);
  spectrum_column         *column   = cuxas_new(err, n, sizeof *column);
  double                  *measured = cuxas_new(err, grid.n_energy, sizeof *measured);
  cuxas_status             status   = CUXAS_ENOMEM;

  if (column == NULL || measured == NULL) goto done;
  list_columns(report, column);
  cuxas_report_scale_measured(report, measured);
  fputs("energy_eV", out);
  put_head("measured", "", unit, out);
  for (size_t k = 0; k < n; k++) put_head(column[k].hit->name, column[k].witness, unit, out);
  putc('\n', out);
  for (size_t i = 0; i < grid.n_energy; i++) {
    cuxas_text_put_csv_number(out, cuxas_grid_energy_eV(grid, i));
    putc(',', out);
    cuxas_text_put_csv_number(out, measured[i]);
    for (size_t k = 0; k < n; k++) {
      putc(',', out);
      cuxas_text_put_csv_number(out, column[k].hit->shifted[i]);
    }
    putc('\n', out);
  }
  status = CUXAS_OK;
done:
  free(measured);
  free(column);
  return status;
}

/* -- in characters -- */

enum { N_COLUMN = 90, N_ROW = 14, MAX_X = 2 * N_COLUMN, MAX_Y = 4 * N_ROW, N_CURVE = 2 };

typedef struct {
  size_t        n_x, n_y; /* dots */
  double        low, high;
  unsigned char dot[N_CURVE][MAX_Y][MAX_X]; /* row 0 is the top */
} plot_canvas;

static void find_bounds(const double *mu, size_t n_energy, double *low, double *high)
{
  for (size_t i = 0; i < n_energy; i++) {
    if (!isfinite(mu[i])) continue;
    *low  = fmin(*low, mu[i]);
    *high = fmax(*high, mu[i]);
  }
}

static double value_at(const double *mu, size_t n_energy, double position)
{
  const size_t i    = position >= (double)(n_energy - 1) ? n_energy - 2 : (size_t)position;
  const double part = position - (double)i;
  return (1.0 - part) * mu[i] + part * mu[i + 1];
}

static size_t find_row(const plot_canvas *canvas, double value)
{
  const double part = (canvas->high - value) / (canvas->high - canvas->low);
  return (size_t)lround(fmin(fmax(part, 0.0), 1.0) * (double)(canvas->n_y - 1));
}

static void draw(plot_canvas *canvas, size_t i_curve, const double *mu, size_t n_energy)
{
  size_t last     = 0;
  bool   has_last = false;
  for (size_t x = 0; x < canvas->n_x; x++) {
    const double value = value_at(mu, n_energy, (double)x * (double)(n_energy - 1) / (double)(canvas->n_x - 1));
    if (!isfinite(value)) {
      has_last = false;
      continue;
    }
    const size_t row = find_row(canvas, value);
    size_t       top = row, bottom = row;
    if (has_last && last > row) bottom = last - 1; /* steep: fill up to the neighbour */
    if (has_last && last < row) top = last + 1;
    for (size_t y = top; y <= bottom; y++) canvas->dot[i_curve][y][x] = 1;
    last     = row;
    has_last = true;
  }
}

static void print_ascii_row(const plot_canvas *canvas, size_t y, FILE *out)
{
  static const char MARK[] = {' ', 'o', '+', '#'};
  for (size_t x = 0; x < canvas->n_x; x++) putc(MARK[canvas->dot[0][y][x] + 2 * canvas->dot[1][y][x]], out);
}

static unsigned braille_bits(const plot_canvas *canvas, size_t i_curve, size_t row, size_t column)
{
  static const unsigned BIT[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  unsigned              bits      = 0;
  for (size_t y = 0; y < 4; y++)
    for (size_t x = 0; x < 2; x++)
      if (canvas->dot[i_curve][4 * row + y][2 * column + x]) bits |= BIT[y][x];
  return bits;
}

static void print_braille_row(const plot_canvas *canvas, size_t row, FILE *out)
{
  static const char *const COLOUR[] = {"", "\033[1m", "\033[36m", "\033[1;33m"}; /* bold, cyan, bold yellow */
  for (size_t column = 0; column < N_COLUMN; column++) {
    const unsigned measured = braille_bits(canvas, 0, row, column), predicted = braille_bits(canvas, 1, row, column);
    const unsigned bits = measured | predicted;
    if (bits == 0) {
      putc(' ', out);
      continue;
    }
    fprintf(out, "%s%c%c%c\033[0m", COLOUR[(measured != 0) + 2 * (predicted != 0)], 0xE2, 0xA0 | (int)(bits >> 6),
            0x80 | (int)(bits & 0x3F));
  }
}

static void print_axis(const cuxas_report *report, cuxas_plot_style style, FILE *out)
{
  const cuxas_grid grid   = report->query->grid;
  const double     end_eV = cuxas_grid_end_eV(grid);
  const cuxas_hit *hit    = &report->hits->hit[0];
  char             text[200];

  fputs("     +", out);
  for (size_t i = 0; i < N_COLUMN; i++) putc('-', out);
  fprintf(out, "\n      %-30.1f%30.1f%27.1f eV\n", grid.start_eV, 0.5 * (grid.start_eV + end_eV), end_eV);
  cuxas_text_print(text, sizeof text, "%.60s moved by %+.2f eV", hit->name, hit->comparison.shift_eV);
  if (style == CUXAS_PLOT_BRAILLE)
    fprintf(out, "      \033[1mmeasured\033[0m   \033[36m%s\033[0m   \033[1;33mboth\033[0m\n", text);
  else
    cuxas_text_put_wrapped(out, "      o measured   + ", strcat(text, "   # both"));
}

cuxas_status cuxas_report_plot(const cuxas_report *report, cuxas_plot_style style, FILE *out, cuxas_error *err)
{
  const size_t n_energy = report->query->grid.n_energy;

  if (report->hits->n_hit == 0 || report->hits->hit[0].shifted == NULL || n_energy < 2) return CUXAS_OK;
  plot_canvas *canvas   = cuxas_new(err, 1, sizeof *canvas);
  double      *measured = cuxas_new(err, n_energy, sizeof *measured);
  if (canvas == NULL || measured == NULL) {
    free(canvas);
    free(measured);
    return CUXAS_ENOMEM;
  }
  canvas->n_x  = style == CUXAS_PLOT_BRAILLE ? MAX_X : N_COLUMN;
  canvas->n_y  = style == CUXAS_PLOT_BRAILLE ? MAX_Y : N_ROW;
  canvas->low  = HUGE_VAL;
  canvas->high = -HUGE_VAL;
  cuxas_report_scale_measured(report, measured);
  find_bounds(measured, n_energy, &canvas->low, &canvas->high);
  find_bounds(report->hits->hit[0].shifted, n_energy, &canvas->low, &canvas->high);

  if (canvas->high > canvas->low) {
    draw(canvas, 0, measured, n_energy);
    draw(canvas, 1, report->hits->hit[0].shifted, n_energy);
    putc('\n', out);
    for (size_t row = 0; row < N_ROW; row++) {
      if (row == 0 || row == N_ROW - 1)
        fprintf(out, "%4.1f |", round(10.0 * (row == 0 ? canvas->high : canvas->low)) / 10.0 + 0.0);
      else
        fputs("     |", out);
      if (style == CUXAS_PLOT_BRAILLE)
        print_braille_row(canvas, row, out);
      else
        print_ascii_row(canvas, row, out);
      putc('\n', out);
    }
    print_axis(report, style, out);
  }
  free(canvas);
  free(measured);
  return CUXAS_OK;
}
