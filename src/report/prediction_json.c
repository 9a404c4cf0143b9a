#include "base/memory.h"
#include "report/prediction_file.h"
#include "write/text.h"
#include "predict/model_parts.h"

#include <stdlib.h>
#include <string.h>

/* Prints an object without its closing brace, so that members can follow. */
static cuxas_status print_open_object(FILE *out, cJSON *object, cuxas_error *err)
{
  char *text = object != NULL ? cJSON_Print(object) : NULL;
  if (text == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON document");
  const char *brace  = strrchr(text, '}');
  size_t      n_char = (size_t)(brace - text);
  while (n_char > 0 && text[n_char - 1] == '\n') n_char--;
  fwrite(text, 1, n_char, out);
  free(text);
  return CUXAS_OK;
}

cuxas_status cuxas_prediction_json_begin(cuxas_prediction_json *writer, FILE *out, const char *program,
                                         const cuxas_model *model, const cJSON *settings, double fraction,
                                         cuxas_error *err)
{
  cuxas_json_builder builder = {false};
  cJSON             *head    = cJSON_CreateObject();

  *writer = (cuxas_prediction_json){out, model, fraction, 0};
  cuxas_json_put_text(&builder, head, "schema", CUXAS_PREDICTION_SCHEMA);
  cuxas_json_put_tool(&builder, head, program);
  cuxas_json_put_model(&builder, head, model);
  cuxas_json_put_number(&builder, head, "hole_fraction", fraction);
  cuxas_json_put_copy(&builder, head, "settings", settings);
  const cuxas_status status = builder.failed ? cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON document")
                                             : print_open_object(out, head, err);
  cJSON_Delete(head);
  if (status == CUXAS_OK) fputs(",\n\t\"structures\":\t[", out);
  return status;
}

static void put_domain(cuxas_json_builder *builder, cJSON *parent, const cuxas_domain *domain)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "domain");
  cuxas_json_put_number(builder, object, "distance", domain->distance);
  cuxas_json_put_text(builder, object, "flag", domain->outside ? "outside" : "inside");
}

/* Values of one edge of a site by channel: mu (or sigma) of the heads of that edge. */
static void find_channels(const cuxas_model *model, double *const *value, size_t i_edge,
                          const double *ret_channel[CUXAS_N_CHANNEL])
{
  for (size_t k = 0; k < CUXAS_N_CHANNEL; k++) ret_channel[k] = NULL;
  for (size_t i = 0; i < model->n_head; i++)
    if (model->head[i].i_edge == i_edge) ret_channel[model->head[i].channel] = value[i];
}

static void put_edge(cuxas_json_builder *builder, cJSON *parent, const cuxas_prediction_json *writer,
                     const cuxas_site_prediction *site, size_t i_edge, double *scratch)
{
  const cuxas_grid grid = writer->model->edge[i_edge].grid;
  const double    *mu[CUXAS_N_CHANNEL], *sigma[CUXAS_N_CHANNEL];

  find_channels(writer->model, site->mu, i_edge, mu);
  find_channels(writer->model, site->sigma, i_edge, sigma);
  cJSON *object = cuxas_json_put_object(builder, parent, writer->model->edge[i_edge].name);
  cuxas_json_put_energies(builder, object, "energy_eV", grid);
  cuxas_prediction_mix(mu[0], mu[1], writer->fraction, grid.n_energy, scratch);
  cuxas_json_put_numbers(builder, object, "mu", scratch, grid.n_energy);
  const bool has_sigma = sigma[0] != NULL || sigma[1] != NULL;
  if (has_sigma) cuxas_prediction_mix(sigma[0], sigma[1], writer->fraction, grid.n_energy, scratch);
  cuxas_json_put_numbers(builder, object, "sigma", has_sigma ? scratch : NULL, grid.n_energy);
}

static void put_site(cuxas_json_builder *builder, cJSON *parent, const cuxas_prediction_json *writer,
                     const cuxas_site_prediction *site, double *scratch)
{
  cJSON *object = cuxas_json_put_object(builder, parent, NULL);
  cuxas_json_put_count(builder, object, "site_index", site->site_index);
  cJSON *equivalent = cuxas_json_put_array(builder, object, "equivalent_sites");
  for (size_t i = 0; i < site->multiplicity; i++)
    cuxas_json_put_count(builder, equivalent, NULL, site->equivalent_site[i]);
  cuxas_json_put_count(builder, object, "multiplicity", site->multiplicity);
  for (size_t i = 0; i < writer->model->n_edge; i++) put_edge(builder, object, writer, site, i, scratch);
  put_domain(builder, object, &site->domain);
}

cuxas_status cuxas_prediction_json_add(cuxas_prediction_json *writer, const char *name, const char *path,
                                       const cuxas_prediction *prediction, cuxas_error *err)
{
  cuxas_json_builder builder = {false};
  const cuxas_grid   grid    = prediction->grid; /* the combined grid holds every edge's grid: scratch fits them all */

  double *scratch = cuxas_new_array(grid.n_energy, sizeof *scratch);
  cJSON  *object  = cJSON_CreateObject();
  if (scratch == NULL || object == NULL) {
    builder.failed = true;
  } else {
    cuxas_json_put_text(&builder, object, "name", name);
    cuxas_json_put_text(&builder, object, "path", path);
    cuxas_json_put_text(&builder, object, "formula", prediction->formula);
    cuxas_json_put_count(&builder, object, "n_cu_sites", prediction->n_absorber);
    cuxas_json_put_bool(&builder, object, "symmetry_found", prediction->symmetry_found);
    cuxas_json_put_energies(&builder, object, "energy_eV", grid);
    cuxas_prediction_mix(prediction->mu[0], prediction->mu[1], writer->fraction, grid.n_energy, scratch);
    cuxas_json_put_numbers(&builder, object, "mu", scratch, grid.n_energy);
    const bool has_sigma = prediction->sigma[0] != NULL || prediction->sigma[1] != NULL;
    if (has_sigma)
      cuxas_prediction_mix(prediction->sigma[0], prediction->sigma[1], writer->fraction, grid.n_energy, scratch);
    cuxas_json_put_numbers(&builder, object, "sigma", has_sigma ? scratch : NULL, grid.n_energy);
    put_domain(&builder, object, &prediction->domain);
    cJSON *sites = cuxas_json_put_array(&builder, object, "sites");
    for (size_t i = 0; i < prediction->n_site; i++) put_site(&builder, sites, writer, &prediction->site[i], scratch);
  }
  char *text = builder.failed ? NULL : cJSON_PrintUnformatted(object);
  if (text != NULL) fprintf(writer->out, "%s\n\t\t%s", writer->n_written++ > 0 ? "," : "", text);
  const bool is_written = text != NULL;
  free(text);
  cJSON_Delete(object);
  free(scratch);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its JSON", path);
}

cuxas_status cuxas_prediction_json_end(cuxas_prediction_json *writer, const cJSON *skipped, cuxas_error *err)
{
  char *text = cJSON_PrintUnformatted(skipped);
  if (text == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON document");
  fprintf(writer->out, "%s],\n\t\"skipped\":\t%s\n}\n", writer->n_written > 0 ? "\n\t" : "", text);
  free(text);
  return CUXAS_OK;
}
