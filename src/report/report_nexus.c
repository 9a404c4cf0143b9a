/* The curves of a match as NXxas: the measurement as compared (merged, where several scans were), the candidates as
 * predicted and, where they were simulated, as simulated */
#include "match/shortlist.h"
#include "report/match_figure.h"
#include "base/memory.h"
#include "cuxas/report.h"
#include "spectrum/nexus_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the curves need as long as they are written. */
typedef struct {
  size_t             n_curve, n_energy;
  cuxas_nexus_curve *curve; /* (room) */
  char (*name)[32];         /* (room) */
  double *number;           /* (room, 2, n_energy) */
} curve_set;

/* A curve without the points that it does not have. */
static void add_curve(curve_set *set, const char *name, const char *title, const char *kind, const cuxas_report *report,
                      const double *mu)
{
  const cuxas_grid   grid      = report->query->grid;
  cuxas_nexus_curve *curve     = &set->curve[set->n_curve];
  double            *energy_eV = set->number + 2 * set->n_curve * set->n_energy, *kept = energy_eV + set->n_energy;
  size_t             n_point = 0;
  for (size_t i = 0; i < set->n_energy; i++) {
    if (!isfinite(mu[i])) continue;
    energy_eV[n_point] = cuxas_grid_energy_eV(grid, i);
    kept[n_point++]    = mu[i];
  }
  if (n_point == 0) return;
  snprintf(set->name[set->n_curve], sizeof set->name[0], "%s", name);
  *curve = (cuxas_nexus_curve){.name      = set->name[set->n_curve],
                               .title     = title,
                               .element   = report->model->element,
                               .edge      = report->model->n_edge > 0 ? report->model->edge[0].name : "",
                               .kind      = kind,
                               .n_point   = n_point,
                               .energy_eV = energy_eV,
                               .mu        = kept};
  set->n_curve++;
}

static size_t count_kept(const cuxas_hits *opt_hits)
{
  size_t n = 0;
  while (opt_hits != NULL && n < opt_hits->n_hit && opt_hits->hit[n].shifted != NULL) n++;
  return n;
}

cuxas_status cuxas_report_write_nexus(const void *any_report, FILE *out, cuxas_error *err)
{
  const cuxas_report *report    = any_report;
  const cuxas_hits   *simulated = report->shortlist != NULL ? report->shortlist->hits : NULL;
  const size_t        n_hit = count_kept(report->hits), n_simulated = count_kept(simulated);
  const size_t        n_room   = 1 + n_hit + n_simulated;
  curve_set           set      = {.n_energy = report->query->grid.n_energy};
  double             *measured = cuxas_new_array(set.n_energy, sizeof *measured);
  cuxas_status        status   = CUXAS_OK;
  char                name[32];

  set.curve  = cuxas_new_array(n_room, sizeof *set.curve);
  set.name   = cuxas_new_array(n_room, sizeof *set.name);
  set.number = cuxas_new_array(n_room, 2 * set.n_energy * sizeof *set.number);
  if (measured == NULL || set.curve == NULL || set.name == NULL || set.number == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  cuxas_report_scale_measured(report, measured);
  add_curve(&set, "measured", report->measured_path, "measured", report, measured);
  if (set.n_curve > 0) set.curve[0].mode = report->measured->detection_mode;
  for (size_t i = 0; i < n_hit; i++) {
    snprintf(name, sizeof name, "predicted_%zu", i + 1);
    add_curve(&set, name, report->hits->hit[i].name, "predicted", report, report->hits->hit[i].shifted);
  }
  for (size_t i = 0; i < n_simulated; i++) {
    snprintf(name, sizeof name, "simulated_%zu", i + 1);
    add_curve(&set, name, simulated->hit[i].name, "simulated", report, simulated->hit[i].shifted);
  }
  status = cuxas_nexus_write(set.curve, set.n_curve, out, err);
done:
  free(measured);
  free(set.curve);
  free(set.name);
  free(set.number);
  return status;
}
