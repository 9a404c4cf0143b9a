/* prediction_file.c - predicted spectra and features in files
 *
 *   1. CSV
 *   2. XDI
 *   3. JSON
 *   4. features as CSV or NPY */
#include "report/prediction_file.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/elements.h"
#include "predict/model_parts.h"
#include "write/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 1. CSV */

void cuxas_prediction_mix(const double *no_hole, const double *screened_hole, double fraction, size_t n_energy,
                          double *ret_mu)
{
  if (no_hole == NULL || screened_hole == NULL) {
    memcpy(ret_mu, no_hole != NULL ? no_hole : screened_hole, n_energy * sizeof *ret_mu);
    return;
  }
  for (size_t i = 0; i < n_energy; i++) ret_mu[i] = fraction * no_hole[i] + (1.0 - fraction) * screened_hole[i];
}

void cuxas_prediction_csv_begin(FILE *out)
{
  fputs("name,energy_eV,mu,sigma\n", out);
}

cuxas_status cuxas_prediction_csv_add(FILE *out, const char *name, const cuxas_prediction *prediction, double fraction,
                                      cuxas_error *err)
{
  const cuxas_grid    grid   = prediction->grid;
  const double *const no     = prediction->mu[CUXAS_CHANNEL_NO_HOLE];
  const double *const yes    = prediction->mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const double *const no_sd  = prediction->sigma[CUXAS_CHANNEL_NO_HOLE];
  const double *const yes_sd = prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE];
  const bool          has_sd = no_sd != NULL || yes_sd != NULL;

  double *mu = cuxas_new(err, grid.n_energy, 2 * sizeof *mu), *sigma = mu != NULL ? mu + grid.n_energy : NULL;
  if (mu == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, name);
  cuxas_prediction_mix(no, yes, fraction, grid.n_energy, mu);
  if (has_sd) cuxas_prediction_mix(no_sd, yes_sd, fraction, grid.n_energy, sigma);
  for (size_t i = 0; i < grid.n_energy; i++) {
    cuxas_text_put_csv(out, name);
    putc(',', out);
    cuxas_text_put_csv_number(out, cuxas_grid_energy_eV(grid, i));
    putc(',', out);
    cuxas_text_put_csv_number(out, mu[i]);
    putc(',', out);
    if (has_sd) cuxas_text_put_csv_number(out, sigma[i]);
    putc('\n', out);
  }
  free(mu);
  return CUXAS_OK;
}

/* 2. XDI */

/* A free-format value: one line of UTF-8, without control signs. */
static void put_field(FILE *out, const char *name, const char *value)
{
  char text[1024];
  snprintf(text, sizeof text, "%s", value);
  cuxas_utf8_tame(text);
  fprintf(out, "# %s: %s\n", name, text);
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

  const cuxas_locale locale = cuxas_locale_begin();

  double *mu = cuxas_new(err, grid.n_energy, 2 * sizeof *mu), *sigma = mu != NULL ? mu + grid.n_energy : NULL;
  if (mu == NULL) {
    cuxas_locale_end(locale);
    return cuxas_fail_at(err, CUXAS_ENOMEM, name);
  }
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
  cuxas_locale_end(locale);
  return CUXAS_OK;
}

/* 3. JSON */

/* Prints an object without its closing brace, so that members can follow. */
static cuxas_status print_open_object(FILE *out, cJSON *object, cuxas_error *err)
{
  char              *text;
  const cuxas_status status = cuxas_json_print(object, true, &text, err);
  if (status != CUXAS_OK) return status;
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
  const cuxas_status status = print_open_object(out, builder.failed ? NULL : head, err);
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

  cuxas_status status  = CUXAS_OK;
  char        *text    = NULL;
  cJSON       *object  = cJSON_CreateObject();
  double      *scratch = cuxas_new(err, grid.n_energy, sizeof *scratch);

  if (scratch == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
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
  if ((status = cuxas_json_print(builder.failed ? NULL : object, false, &text, err)) == CUXAS_OK)
    fprintf(writer->out, "%s\n\t\t%s", writer->n_written++ > 0 ? "," : "", text);
done:
  free(text);
  cJSON_Delete(object);
  free(scratch);
  return cuxas_fail_at(err, status, path);
}

cuxas_status cuxas_prediction_json_end(cuxas_prediction_json *writer, const cJSON *skipped, cuxas_error *err)
{
  char              *text;
  const cuxas_status status = cuxas_json_print(skipped, false, &text, err);
  if (status != CUXAS_OK) return status;
  fprintf(writer->out, "%s],\n\t\"skipped\":\t%s\n}\n", writer->n_written > 0 ? "\n\t" : "", text);
  free(text);
  return CUXAS_OK;
}

/* 4. features as CSV or NPY */

/* NPY version 1.0: magic, version, length of the header (little-endian), a Python dictionary padded to 64 bytes. */
enum { NPY_HEADER_SIZE = 128, NPY_PREFIX_SIZE = 10 };

static void put_npy_header(const cuxas_features_file *file)
{
  char header[NPY_HEADER_SIZE];

  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)(NPY_HEADER_SIZE - NPY_PREFIX_SIZE);
  header[9] = 0;
  const int n =
      snprintf(header + NPY_PREFIX_SIZE, sizeof header - NPY_PREFIX_SIZE,
               "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", file->n_row, file->n_feature);
  header[NPY_PREFIX_SIZE + n] = ' '; /* in place of snprintf's zero */
  header[NPY_HEADER_SIZE - 1] = '\n';
  fwrite(header, 1, sizeof header, file->out);
}

void cuxas_features_begin(cuxas_features_file *file, FILE *out, cuxas_features_format format, size_t n_feature)
{
  *file = (cuxas_features_file){out, format, n_feature, 0};
  if (format == CUXAS_FEATURES_NPY) {
    put_npy_header(file);
    return;
  }
  fputs("name,site_index,element", out);
  for (size_t i = 0; i < n_feature; i++) fprintf(out, ",f%zu", i);
  putc('\n', out);
}

static void put_float32(FILE *out, float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 4; i++) putc((int)(bits >> (8 * i) & 0xFF), out); /* little-endian on any machine */
}

void cuxas_features_add(cuxas_features_file *file, const char *name, const cuxas_crystal *crystal, const float *feature)
{
  const cuxas_locale locale = cuxas_locale_begin();
  for (size_t i = 0; i < crystal->n_site; i++) {
    const float *row = feature + i * file->n_feature;
    if (file->format == CUXAS_FEATURES_CSV) {
      cuxas_text_put_csv(file->out, name);
      fprintf(file->out, ",%zu,%s", i, cuxas_element_find(crystal->atomic_number[i])->symbol);
      for (size_t k = 0; k < file->n_feature; k++) fprintf(file->out, ",%.9g", (double)row[k]);
      putc('\n', file->out);
    } else {
      for (size_t k = 0; k < file->n_feature; k++) put_float32(file->out, row[k]);
    }
  }
  cuxas_locale_end(locale);
  file->n_row += crystal->n_site;
}

cuxas_status cuxas_features_end(cuxas_features_file *file, cuxas_error *err)
{
  if (file->format == CUXAS_FEATURES_CSV) return CUXAS_OK;
  if (fseek(file->out, 0, SEEK_SET) != 0) return cuxas_fail(err, CUXAS_EIO, "an NPY file needs a stream that can seek");
  put_npy_header(file);
  return fseek(file->out, 0, SEEK_END) == 0 ? CUXAS_OK
                                            : cuxas_fail(err, CUXAS_EIO, "an NPY file needs a stream that can seek");
}
