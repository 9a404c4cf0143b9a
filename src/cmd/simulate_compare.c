/* cuxas-simulate --compare: the sites of records simulated again, and how far the spectra are apart.
 *
 *   one curve   on a common grid
 *   figure
 *   statistics  medians, means, worst; what is above a limit; records that look wrong themselves
 *   all records */
#include "cmd/simulate_compare.h"

#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/simulate_run.h"
#include "cmd/sites.h"
#include "simulate/cluster.h"
#include "cuxas/preprocess.h"
#include "cmd/outputs.h"
#include "records/dataset.h"
#include "write/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-simulate"
#define STEP_EV 0.2
#define BELOW_EV 5.0     /* of the record first point at least, and a multiple of it: where the comparison begins */
#define MAX_SHIFT_EV 0.5 /* energy axes may be moved by so much against each other */
#define SHIFT_STEP_EV 0.02
#define WRONG_FERMI_EV 1.0 /* a record's Fermi level so far above ours: see print_wrong() */

enum { N_ENERGY = 312, N_COLUMN = 4 };

/* ---- one curve -------------------------------------------------------------------------------------------------- */

/* One spectrum of one site, twice on the grid. */
typedef struct {
  const cuxas_record *record;
  size_t              i_task, i_edge;
  cuxas_channel       channel;
  cuxas_grid          grid;
  double              reference[N_ENERGY], simulated[N_ENERGY]; /* the second as it stands */
  double              mae, aligned_mae, shift_eV, onset_eV;     /* onset: ours minus the record's; NAN: none found */
  double              seconds;                                  /* of a processor, for all spectra of the site */
  double              fermi_eV;                                 /* the record's minus ours; NAN: not said */
  bool                is_simulated;
  int                 n_scf; /* iterations to self-consistent potentials */
} comparison;

typedef struct {
  const cuxas_options        *options;
  cuxas_records              *records;
  size_t                      n_task;
  simulate_task              *task;    /* (n_task) */
  const cuxas_record        **of_task; /* (n_task) */
  size_t                      n_item;
  comparison                 *item; /* (n_item) by task */
  size_t                      n_kind;
  const cuxas_simulated_kind *kind;
  size_t                      n_skipped;
} comparisons;

static void write_curve_name(const comparisons *all, const comparison *c, char ret_name[CUXAS_EDGE_NAME_SIZE + 16])
{
  snprintf(ret_name, CUXAS_EDGE_NAME_SIZE + 16, "%s%s", all->records->edge_name[c->i_edge],
           cuxas_channel_suffix(c->channel));
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
  const cuxas_record_curve *reference = &c->record->curve[c->i_edge][c->channel];
  const cuxas_record_curve  ours = {edge->n_point, edge->energy_eV, edge->mu, edge->edge_step, edge->width_eV, NAN};
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
    char              curve[CUXAS_EDGE_NAME_SIZE + 16];
    write_curve_name(all, c, curve);
    snprintf(title, sizeof title, "%s site %zu %s: %.3f", c->record->id, c->record->site, curve, c->mae);
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

static cuxas_status write_figure(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const comparisons *all     = what;
  const double       rows    = (double)((all->n_item + N_COLUMN - 1) / N_COLUMN);
  const double       columns = all->n_item < N_COLUMN ? (double)all->n_item : (double)N_COLUMN;
  const cuxas_figure figure  = {"simulations compared", ROOM_PT + fmax(columns, 2.0) * (PANEL_WIDTH_PT + ROOM_PT),
                                2.0 * ROOM_PT + rows * (PANEL_HEIGHT_PT + ROOM_PT), draw_all, all};
  return cuxas_figure_write(&figure, format, out, err);
}

static const cuxas_output_row OUTPUTS[] = {{"figure", NULL, write_figure}, {0}};

/* ---- statistics ------------------------------------------------------------------------------------------------- */

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

typedef struct {
  double median, mean, worst;
} statistics;

/* find_statistics() - of one column over the spectra of one kind; work (n_item) */
static statistics find_statistics(const comparisons *all, const comparison *like, double (*column)(const comparison *),
                                  double *work)
{
  size_t n   = 0;
  double sum = 0.0;
  for (size_t i = 0; i < all->n_item; i++) {
    const comparison *c = &all->item[i];
    if (!c->is_simulated || c->i_edge != like->i_edge || c->channel != like->channel || !isfinite(column(c))) continue;
    sum += work[n++] = column(c);
  }
  if (n == 0) return (statistics){NAN, NAN, NAN};
  qsort(work, n, sizeof *work, by_value);
  return (statistics){n % 2 == 1 ? work[n / 2] : 0.5 * (work[n / 2 - 1] + work[n / 2]), sum / (double)n, work[n - 1]};
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

static void print_row(const comparisons *all, const comparison *c)
{
  char curve[CUXAS_EDGE_NAME_SIZE + 16];
  write_curve_name(all, c, curve);
  printf("%-24s %5zu %-12s %4d  %7.4f %9.4f %+9.2f %+9.2f %+9.2f %8.1f\n", c->record->id, c->record->site, curve,
         c->n_scf, c->mae, c->aligned_mae, c->shift_eV, c->onset_eV, c->fermi_eV, c->seconds);
}

static void print_statistics(const comparisons *all, double *work)
{
  static double (*const COLUMN[])(const comparison *) = {mae_of, aligned_mae_of, shift_of, onset_of, seconds_of};
  enum { N_STATISTIC = sizeof COLUMN / sizeof *COLUMN };
  for (size_t k = 0; k < all->n_kind; k++) {
    char       curve[CUXAS_EDGE_NAME_SIZE + 16];
    comparison like = {.channel = all->kind[k].channel};
    statistics value[N_STATISTIC];
    while (strcmp(all->records->edge_name[like.i_edge], all->kind[k].edge) != 0) like.i_edge++;
    for (size_t i = 0; i < N_STATISTIC; i++) value[i] = find_statistics(all, &like, COLUMN[i], work);
    if (isnan(value[0].mean)) continue;
    write_curve_name(all, &like, curve);
    for (int row = 0; row < 3; row++) {
      const char *const name[] = {"median", "mean", "worst"};
      double            x[N_STATISTIC];
      for (size_t i = 0; i < N_STATISTIC; i++)
        x[i] = row == 0 ? value[i].median : row == 1 ? value[i].mean : value[i].worst;
      printf("%-24s %5s %-12s %4s  %7.4f %9.4f %+9.2f %9.2f %9s %8.1f\n", name[row], "", curve, "", x[0], x[1], x[2],
             x[3], "", x[4]);
    }
  }
}

/* A calculation that took an anion's s electrons for core electrons has lost them: its Fermi level is too high, and the
 * anion comes out positive. */
static bool looks_wrong(const comparison *c)
{
  return c->is_simulated && c->fermi_eV > WRONG_FERMI_EV && !(c->record->anion_charge >= 0.0);
}

static void print_lists(const comparisons *all)
{
  const double above   = cuxas_options_real(all->options, "above");
  size_t       n_above = 0, n_wrong = 0;
  for (size_t i = 0; i < all->n_item; i++)
    if (all->item[i].is_simulated && all->item[i].mae > above && n_above++ == 0) printf("\nabove %g:\n", above);
  for (size_t i = 0; n_above > 0 && i < all->n_item; i++)
    if (all->item[i].is_simulated && all->item[i].mae > above) print_row(all, &all->item[i]);
  for (size_t i = 0; i < all->n_item; i++) {
    const comparison *c = &all->item[i];
    if (!looks_wrong(c) || (i > 0 && all->item[i - 1].i_task == c->i_task)) continue;
    if (n_wrong++ == 0)
      printf("\nrecords that may be wrong themselves (Fermi level over %g eV above ours, an anion that lost electrons "
             "or of "
             "unknown charge):\n",
             WRONG_FERMI_EV);
    printf("%s,%zu,%s,\"Fermi level %.2f eV above, anion's electrons %+.3f\"\n", c->record->id, c->record->site,
           c->record->formula, c->fermi_eV, c->record->anion_charge);
  }
}

static void print_table(const comparisons *all, double *work)
{
  printf("%-24s %5s %-12s %4s  %7s %9s %9s %9s %9s %8s\n", "id", "site", "curve", "scf", "MAE", "aligned", "shift_eV",
         "onset_eV", "fermi_eV", "seconds");
  for (size_t i = 0; i < all->n_item; i++)
    if (all->item[i].is_simulated) print_row(all, &all->item[i]);
  print_statistics(all, work);
  print_lists(all);
}

/* ---- all records ------------------------------------------------------------------------------------------------ */

/* ask_kinds() - the spectra that the record has */
static size_t ask_kinds(size_t i_task, cuxas_simulated_kind ret_kind[SIMULATE_MAX_KIND], void *user)
{
  const comparisons *all = user;
  size_t             n   = 0;
  for (size_t i = 0; i < all->n_item; i++) {
    const comparison *c = &all->item[i];
    if (c->i_task == i_task) ret_kind[n++] = (cuxas_simulated_kind){all->records->edge_name[c->i_edge], c->channel};
  }
  return n;
}

static cuxas_status take_result(size_t i_task, const simulate_result *result, void *user, cuxas_error *err)
{
  comparisons        *all    = user;
  const cuxas_record *record = all->of_task[i_task];
  cuxas_status        status = CUXAS_OK;
  size_t              k      = 0;
  if (result->simulation == NULL) {
    if (result->reason.status == CUXAS_ENOMEM || cuxas_options_flag(all->options, "strict"))
      return cuxas_fail(err, result->reason.status, "%s, site %zu: %.800s", record->id, record->site,
                        result->reason.message);
    all->n_skipped++;
    if (!cuxas_options_flag(all->options, "quiet"))
      cuxas_print_note(PROGRAM, "skipped: %s site %zu: %.800s", record->id, record->site, result->reason.message);
    return CUXAS_OK;
  }
  for (size_t i = 0; i < all->n_item && status == CUXAS_OK; i++) {
    comparison *c = &all->item[i];
    if (c->i_task != i_task) continue;
    c->n_scf    = result->simulation->n_scf;
    c->seconds  = result->core_s;
    c->fermi_eV = record->curve[c->i_edge][c->channel].fermi_eV - result->simulation->fermi_eV;
    status      = judge(c, &result->simulation->edge[k++], err);
  }
  return status;
}

/* list_items() - the curves of the records that are asked for */
static cuxas_status list_items(comparisons *all, const cuxas_simulate_settings *settings, cuxas_error *err)
{
  const cuxas_records *records = all->records;
  all->item                    = cuxas_new(err, records->n_record * all->n_kind, sizeof *all->item);
  all->task                    = cuxas_new(err, records->n_record, sizeof *all->task);
  all->of_task                 = cuxas_new(err, records->n_record, sizeof *all->of_task);
  if (all->item == NULL || all->task == NULL || all->of_task == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < records->n_record; i++) {
    const cuxas_record *record = &records->record[i];
    const size_t        n_item = all->n_item;
    for (size_t k = 0; k < all->n_kind; k++) {
      size_t i_edge = 0;
      while (strcmp(records->edge_name[i_edge], all->kind[k].edge) != 0) i_edge++;
      if (record->curve[i_edge][all->kind[k].channel].n_point == 0) continue;
      all->item[all->n_item++] =
          (comparison){.record = record, .i_task = all->n_task, .i_edge = i_edge, .channel = all->kind[k].channel};
    }
    if (all->n_item == n_item) continue;
    cuxas_site_cost cost;
    cuxas_site_cost_find(record->crystal, record->site, settings, all->n_item - n_item, &cost, NULL);
    all->of_task[all->n_task] = record;
    all->task[all->n_task++]  = (simulate_task){record->crystal, record->site, cost.core_s, cost.n_byte};
  }
  return CUXAS_OK;
}

/* read_records() - all that are not left out, with every edge asked for */
static cuxas_status read_records(comparisons *all, int absorber, cuxas_error *err)
{
  const char *edge[SIMULATE_MAX_KIND], *path = cuxas_options_text(all->options, "compare");
  const char *exclude = cuxas_options_text(all->options, "exclude");
  size_t      n_edge = 0, n_found = 0;
  for (size_t k = 0; k < all->n_kind; k++) {
    size_t i = 0;
    while (i < n_edge && strcmp(edge[i], all->kind[k].edge) != 0) i++;
    if (i == n_edge) edge[n_edge++] = all->kind[k].edge;
  }
  cuxas_status status = cuxas_records_read(&path, 1, absorber, edge, n_edge, &all->records, err);
  if (status != CUXAS_OK || exclude == NULL) return status;
  status = cuxas_records_leave_out(all->records, exclude, &n_found, err);
  if (status == CUXAS_OK && !cuxas_options_flag(all->options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu records left out, %zu compared", n_found, all->records->n_record);
  return status;
}

cuxas_status simulate_compare(cuxas_options *options, const cuxas_simulate_settings *settings, int absorber,
                              const cuxas_simulated_kind *kind, size_t n_kind, cuxas_error *err)
{
  comparisons      all     = {.options = options, .kind = kind, .n_kind = n_kind};
  double          *work    = NULL;
  simulate_summary summary = {.end = SIMULATE_FINISHED};
  cuxas_status     status;
  if ((status = cuxas_outputs_check(options, OUTPUTS, NULL, err)) != CUXAS_OK ||
      (status = read_records(&all, absorber, err)) != CUXAS_OK ||
      (status = list_items(&all, settings, err)) != CUXAS_OK)
    goto done;
  if (all.n_item == 0) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no record has %s, %s", cuxas_options_text(options, "compare"),
                        kind[0].edge, cuxas_channel_name(kind[0].channel));
    goto done;
  }
  if ((work = cuxas_new(err, all.n_item, sizeof *work)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  const simulate_run run = {.program      = PROGRAM,
                            .label        = "comparing",
                            .settings     = settings,
                            .n_task       = all.n_task,
                            .task         = all.task,
                            .time_limit_s = cuxas_options_is_set(options, "time-limit")
                                                ? 60.0 * cuxas_options_real(options, "time-limit")
                                                : INFINITY,
                            .is_quiet     = cuxas_options_flag(options, "quiet"),
                            .ask          = ask_kinds,
                            .take         = take_result,
                            .user         = &all};
  if ((status = simulate_tasks(&run, &summary, err)) != CUXAS_OK) goto done;
  print_table(&all, work);
  status = cuxas_outputs_write(options, OUTPUTS, &all, err);
  if (all.n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  if (summary.end != SIMULATE_FINISHED) cuxas_options_exit(options, CUXAS_EXIT_STOPPED);
done:
  free(all.item);
  free(all.task);
  free(all.of_task);
  free(work);
  cuxas_records_free(all.records);
  return status;
}
