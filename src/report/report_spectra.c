#include "base/memory.h"
#include "cuxas/report.h"
#include "match/scale.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>

void cuxas_report_scale_measured(const cuxas_report *report, double *ret_mu)
{
  const cuxas_query *query = report->query;
  const cuxas_span   all   = {0, query->grid.n_energy};
  cuxas_line         line;

  if (!cuxas_scale_measured(report->compare.scale, query, all, query->mu, &line)) line = (cuxas_line){NAN, NAN};
  cuxas_scale_apply(line, query->mu, query->grid.n_energy, ret_mu);
}

cuxas_status cuxas_report_write_spectra(const cuxas_report *report, FILE *out, cuxas_error *err)
{
  const cuxas_grid  grid   = report->query->grid;
  const cuxas_hits *hits   = report->hits;
  size_t            n_kept = 0;

  double *measured = cuxas_new_array(grid.n_energy, sizeof *measured);
  if (measured == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the spectra");
  cuxas_report_scale_measured(report, measured);

  fputs("energy_eV,measured", out);
  while (n_kept < hits->n_hit && hits->hit[n_kept].shifted != NULL) {
    putc(',', out);
    cuxas_text_put_csv(out, hits->hit[n_kept++].name);
  }
  putc('\n', out);
  for (size_t i = 0; i < grid.n_energy; i++) {
    cuxas_text_put_csv_number(out, cuxas_grid_energy_eV(grid, i));
    putc(',', out);
    cuxas_text_put_csv_number(out, measured[i]);
    for (size_t k = 0; k < n_kept; k++) {
      putc(',', out);
      cuxas_text_put_csv_number(out, hits->hit[k].shifted[i]);
    }
    putc('\n', out);
  }
  free(measured);
  return CUXAS_OK;
}
