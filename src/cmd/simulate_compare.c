#include "cmd/simulate_compare.h"

#include "cmd/common.h"
#include "records/dataset.h"
#include "write/figure.h"
#include "base/memory.h"
#include "cuxas/onset.h"
#include "cuxas/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_EV 0.2
#define BELOW_EV 5.0     /* of the record first point at least, and a multiple of it: where the comparison begins */
#define MAX_SHIFT_EV 0.5 /* energy axes may be moved by so much against each other */
#define SHIFT_STEP_EV 0.02

enum { N_ENERGY = 312, N_COLUMN = 4 };

/* One site, both spectra on the grid. */
typedef struct {
  const cuxas_record *record;
  cuxas_grid          grid;
  double              reference[N_ENERGY], simulated[N_ENERGY]; /* the second as it stands */
  double mae, aligned_mae, shift_eV, onset_eV, seconds;         /* onset: ours minus the record's; NAN: none found */
  bool   is_simulated;
  int    n_scf; /* iterations to self-consistent potentials */
} comparison;

static double now_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double difference(const double *a, const double *b)
{
  double sum = 0.0;
  for (size_t i = 0; i < N_ENERGY; i++) sum += fabs(a[i] - b[i]);
  return sum / N_ENERGY;
}

static double find_onset(cuxas_grid grid, const double *mu)
{
  static const cuxas_edge_window FIRST = {"", 0.0};
  cuxas_onset                    onset;
  return cuxas_onset_find(grid, mu, 0.0, &FIRST, 1, &onset, NULL) == CUXAS_OK && onset.found ? onset.energy_eV : NAN;
}

/* Both curves on the grid, and the best small shift of ours. */
static cuxas_status judge(comparison *c, const cuxas_simulated_edge *edge, cuxas_error *err)
{
  cuxas_status              status;
  double                    moved[N_ENERGY];
  const cuxas_record_curve *reference = &c->record->curve[0][edge->channel];
  const cuxas_record_curve  ours      = {edge->n_point, edge->energy_eV, edge->mu, edge->edge_step, edge->width_eV};
  c->grid = (cuxas_grid){BELOW_EV * floor(reference->energy_eV[0] / BELOW_EV - 1.0), STEP_EV, N_ENERGY};
  if ((status = cuxas_dataset_resample(reference, c->grid, c->reference, err)) != CUXAS_OK ||
      (status = cuxas_dataset_resample(&ours, c->grid, c->simulated, err)) != CUXAS_OK)
    return status;
  c->mae = c->aligned_mae = difference(c->reference, c->simulated);
  c->shift_eV             = 0.0;
  for (double shift_eV = -MAX_SHIFT_EV; shift_eV < MAX_SHIFT_EV + 1e-9; shift_eV += SHIFT_STEP_EV) {
    const cuxas_grid grid = {c->grid.start_eV - shift_eV, STEP_EV, N_ENERGY};
    if ((status = cuxas_dataset_resample(&ours, grid, moved, err)) != CUXAS_OK) return status;
    const double mae = difference(c->reference, moved);
    if (mae >= c->aligned_mae) continue;
    c->aligned_mae = mae;
    c->shift_eV    = shift_eV;
  }
  c->onset_eV     = find_onset(c->grid, c->simulated) - find_onset(c->grid, c->reference);
  c->is_simulated = true;
  return CUXAS_OK;
}

/* ---- figure ----------------------------------------------------------------------------------------------------- */

#define PANEL_WIDTH_PT 190.0
#define PANEL_HEIGHT_PT 130.0
#define ROOM_PT 34.0

typedef struct {
  const comparison *item;
  size_t            n_item;
} comparisons;

static void draw_all(cuxas_canvas *canvas, const void *user)
{
  const comparisons     *all   = user;
  const cuxas_line_style black = {CUXAS_LINE_SOLID, 1.3, CUXAS_BLACK}, blue = {CUXAS_LINE_SOLID, 1.3, cuxas_palette(0)};
  const cuxas_text_style style = {9.0, true, CUXAS_ALIGN_LEFT, PANEL_WIDTH_PT, CUXAS_BLACK};
  for (size_t i = 0; i < all->n_item; i++) {
    const comparison *c = &all->item[i];
    char              title[CUXAS_RECORD_ID_SIZE + 64];
    double            top = 1.0;
    for (size_t k = 0; k < N_ENERGY; k++)
      top = fmax(top, fmax(c->reference[k], c->is_simulated ? c->simulated[k] : 0.0));
    const cuxas_panel panel = {ROOM_PT + (double)(i % N_COLUMN) * (PANEL_WIDTH_PT + ROOM_PT),
                               ROOM_PT + (double)(i / N_COLUMN) * (PANEL_HEIGHT_PT + ROOM_PT),
                               PANEL_WIDTH_PT,
                               PANEL_HEIGHT_PT,
                               c->grid.start_eV,
                               cuxas_grid_end_eV(c->grid),
                               0.0,
                               1.08 * top};
    snprintf(title, sizeof title, "%s site %zu: %.3f", c->record->id, c->record->site, c->mae);
    cuxas_panel_x_axis(canvas, &panel, NULL, true);
    cuxas_panel_y_axis(canvas, &panel, NULL);
    cuxas_panel_frame(canvas, &panel);
    cuxas_panel_curve(canvas, &panel, c->grid, c->reference, 0.0, black);
    if (c->is_simulated) cuxas_panel_curve(canvas, &panel, c->grid, c->simulated, 0.0, blue);
    cuxas_canvas_text(canvas, panel.left_pt, panel.top_pt - 4.0, style, title);
  }
  const double foot_pt = ROOM_PT + (double)((all->n_item + N_COLUMN - 1) / N_COLUMN) * (PANEL_HEIGHT_PT + ROOM_PT);
  const cuxas_text_style plain = {9.0, false, CUXAS_ALIGN_LEFT, 0.0, CUXAS_BLACK};
  cuxas_canvas_text(
      canvas, ROOM_PT, foot_pt, plain,
      "mu against photon energy (eV); black: the records, blue: cuxas-simulate; numbers: mean absolute difference");
}

static cuxas_status write_figure(const cuxas_options *options, const comparisons *all, cuxas_error *err)
{
  const char         *path    = cuxas_options_text(options, "figure");
  const double        rows    = (double)((all->n_item + N_COLUMN - 1) / N_COLUMN);
  const double        columns = all->n_item < N_COLUMN ? (double)all->n_item : (double)N_COLUMN;
  const cuxas_figure  figure  = {"simulations compared", ROOM_PT + fmax(columns, 2.0) * (PANEL_WIDTH_PT + ROOM_PT),
                                 2.0 * ROOM_PT + rows * (PANEL_HEIGHT_PT + ROOM_PT), draw_all, all};
  cuxas_figure_format format;
  cuxas_output        output;
  cuxas_status        status;
  if (path == NULL) return CUXAS_OK;
  if ((status = cuxas_figure_find_format(path, &format, err)) != CUXAS_OK ||
      (status = cuxas_output_open(&output, path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK)
    return status;
  if ((status = cuxas_figure_write(&figure, format, output.stream, err)) == CUXAS_OK)
    return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

/* ---- all records ------------------------------------------------------------------------------------------------ */

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Median of one column over the sites that have it; sorts its copy in `work`. */
static double median(const comparisons *all, double (*column)(const comparison *), double *work)
{
  size_t n = 0;
  for (size_t i = 0; i < all->n_item; i++)
    if (all->item[i].is_simulated && isfinite(column(&all->item[i]))) work[n++] = column(&all->item[i]);
  if (n == 0) return NAN;
  qsort(work, n, sizeof *work, by_value);
  return n % 2 == 1 ? work[n / 2] : 0.5 * (work[n / 2 - 1] + work[n / 2]);
}

static double mae_of(const comparison *c)
{
  return c->mae;
}

static double aligned_mae_of(const comparison *c)
{
  return c->aligned_mae;
}

static double shift_of(const comparison *c)
{
  return c->shift_eV;
}

static double onset_of(const comparison *c)
{
  return fabs(c->onset_eV);
}

static double seconds_of(const comparison *c)
{
  return c->seconds;
}

static void print_table(const comparisons *all, cuxas_simulated_kind kind, double *work)
{
  printf("%-24s %5s %4s  %7s %9s %9s %9s %8s\n", "id", "site", "scf", "MAE", "aligned", "shift_eV", "onset_eV",
         "seconds");
  for (size_t i = 0; i < all->n_item; i++) {
    const comparison *c = &all->item[i];
    if (!c->is_simulated) continue;
    printf("%-24s %5zu %4d  %7.4f %9.4f %+9.2f %+9.2f %8.1f\n", c->record->id, c->record->site, c->n_scf, c->mae,
           c->aligned_mae, c->shift_eV, c->onset_eV, c->seconds);
  }
  char what[CUXAS_EDGE_NAME_SIZE + 16];
  snprintf(what, sizeof what, "%s%s", kind.edge, kind.channel == CUXAS_CHANNEL_SCREENED_HOLE ? " screened" : "");
  printf("%-19s %15s  %7.4f %9.4f %+9.2f %9.2f %8.1f\n", "median", what, median(all, mae_of, work),
         median(all, aligned_mae_of, work), median(all, shift_of, work), median(all, onset_of, work),
         median(all, seconds_of, work));
}

static cuxas_status simulate_record(comparison *c, cuxas_simulator *simulator, cuxas_simulated_kind kind,
                                    cuxas_error *err)
{
  cuxas_simulation *simulation = NULL;
  const double      start_s    = now_s();
  cuxas_status status = cuxas_simulate_site(simulator, c->record->crystal, c->record->site, &kind, 1, &simulation, err);
  c->seconds          = now_s() - start_s;
  if (status == CUXAS_OK) status = judge(c, &simulation->edge[0], err);
  if (status == CUXAS_OK) c->n_scf = simulation->n_scf;
  cuxas_simulation_free(simulation);
  return status;
}

cuxas_status simulate_compare(const cuxas_options *options, cuxas_simulator *simulator, int absorber,
                              cuxas_simulated_kind kind, cuxas_error *err)
{
  const char    *path    = cuxas_options_text(options, "compare");
  cuxas_records *records = NULL;
  double        *work    = NULL;
  size_t         n       = 0;
  comparison    *item    = NULL;
  cuxas_status   status  = cuxas_records_read(&path, 1, absorber, &kind.edge, 1, &records, err);
  if (status != CUXAS_OK) return status;
  item = cuxas_new_array(records->n_record, sizeof *item);
  work = cuxas_new_array(records->n_record, sizeof *work);
  if (item == NULL || work == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++)
    if (records->record[i].curve[0][kind.channel].n_point > 0) item[n++].record = &records->record[i];
  if (status == CUXAS_OK && n == 0)
    status =
        cuxas_fail(err, CUXAS_EFORMAT, "%s: no record has %s, %s", path, kind.edge, cuxas_channel_name(kind.channel));
  const comparisons  all = {item, n};
  cuxas_progress_bar bar = cuxas_progress_start("comparing", cuxas_options_flag(options, "quiet"));
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_error why = {.message = ""};
    cuxas_progress_show(i, n, &bar);
    if (simulate_record(&item[i], simulator, kind, &why) == CUXAS_OK) continue;
    if (cuxas_options_flag(options, "strict")) {
      *err   = why;
      status = why.status;
    } else if (!cuxas_options_flag(options, "quiet")) {
      cuxas_print_note("cuxas-simulate", "skipped: %s site %zu: %.800s", item[i].record->id, item[i].record->site,
                       why.message);
    }
  }
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK) {
    print_table(&all, kind, work);
    status = write_figure(options, &all, err);
  }
  free(item);
  free(work);
  cuxas_records_free(records);
  return status;
}
