#include "base/memory.h"
#include "report/prediction_file.h"

#include <stdlib.h>
#include <string.h>

/* A free-format value: one line, without control signs. */
static void put_field(FILE *out, const char *name, const char *value)
{
  fprintf(out, "# %s: ", name);
  for (; *value != '\0'; value++) putc((unsigned char)*value < ' ' ? ' ' : *value, out);
  putc('\n', out);
}

/* The dictionary knows single edges only: the first one stands for all, the comment lists them. */
static void put_header(FILE *out, const char *name, const cuxas_prediction *prediction, const cuxas_model *model,
                       double fraction, bool has_sigma)
{
  fprintf(out, "# XDI/1.0 CuXAS/%s\n", CUXAS_VERSION);
  put_field(out, "Element.symbol", model->element);
  put_field(out, "Element.edge", model->edge[0].name);
  fputs("# Column.1: energy eV\n# Column.2: mu\n", out);
  if (has_sigma) fputs("# Column.3: sigma\n", out);
  put_field(out, "Sample.name", name);
  put_field(out, "Sample.stoichiometry", prediction->formula);
  put_field(out, "CuXAS.model", model->name);
  put_field(out, "CuXAS.model_sha256", model->sha256);
  fprintf(out, "# CuXAS.hole_fraction: %g\n", fraction);
  fputs("# ///\n# Predicted, not measured; energies as the model was trained, not shifted, not broadened.\n# Edges:",
        out);
  for (size_t i = 0; i < model->n_edge; i++) fprintf(out, " %s", model->edge[i].name);
  fputs("; the edge step of the first is 1.\n", out);
  if (has_sigma) fputs("# sigma: standard deviation among the networks of the ensemble, no error bar.\n", out);
  fprintf(out, "# ---\n# energy mu%s\n", has_sigma ? " sigma" : "");
}

cuxas_status cuxas_prediction_write_xdi(FILE *out, const char *name, const cuxas_prediction *prediction,
                                        const cuxas_model *model, double fraction, cuxas_error *err)
{
  const cuxas_grid    grid   = prediction->grid;
  const double *const no_sd  = prediction->sigma[CUXAS_CHANNEL_NO_HOLE];
  const double *const yes_sd = prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE];
  const bool          has_sd = no_sd != NULL || yes_sd != NULL;

  double *mu = cuxas_new_array(grid.n_energy, 2 * sizeof *mu), *sigma = mu != NULL ? mu + grid.n_energy : NULL;
  if (mu == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its spectrum", name);
  cuxas_prediction_mix(prediction->mu[CUXAS_CHANNEL_NO_HOLE], prediction->mu[CUXAS_CHANNEL_SCREENED_HOLE], fraction,
                       grid.n_energy, mu);
  if (has_sd) cuxas_prediction_mix(no_sd, yes_sd, fraction, grid.n_energy, sigma);
  put_header(out, name, prediction, model, fraction, has_sd);
  for (size_t i = 0; i < grid.n_energy; i++) {
    fprintf(out, "%12.4f  %12.6f", cuxas_grid_energy_eV(grid, i), mu[i]);
    if (has_sd) fprintf(out, "  %12.6f", sigma[i]);
    putc('\n', out);
  }
  free(mu);
  return CUXAS_OK;
}
