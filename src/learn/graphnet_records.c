/* Contents: structures; candidates; records */
#include "learn/graphnet_data_priv.h"

#include "base/json.h"
#include "cuxas/catalog.h"
#include "records/dataset.h"
#include "base/memory.h"
#include "base/text.h"
#include "records/record_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- structures ------------------------------------------------------------------------------------------------- */

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the data to learn from");
}

/* add_structure() - takes the crystal over, also on failure */
static cuxas_status add_structure(cuxas_graphnet_data *data, const char *id, cuxas_crystal *crystal,
                                  size_t *ret_i_structure, cuxas_error *err)
{
  cuxas_graphnet_structure *grown = cuxas_grow_array(data->structure, data->n_structure + 1, sizeof *grown);
  if (grown == NULL) {
    cuxas_crystal_free(crystal);
    return no_memory(err);
  }
  data->structure = grown;
  grown += data->n_structure;
  *grown = (cuxas_graphnet_structure){.crystal = crystal};
  strncpy(grown->id, id, sizeof grown->id - 1);
  cuxas_crystal_formula(crystal, grown->formula);
  *ret_i_structure = data->n_structure++;
  return CUXAS_OK;
}

/* ---- candidates ------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_graphnet_read_candidates(const cuxas_graphnet_source *source, cuxas_graphnet_data *data,
                                            cuxas_error *err)
{
  cuxas_catalog *catalog = NULL;
  if (source->n_structure_path == 0) return CUXAS_OK;
  cuxas_status status = cuxas_catalog_list(source->structure_path, source->n_structure_path, false, &catalog, err);
  for (size_t i = 0; status == CUXAS_OK && i < catalog->n_candidate; i++) {
    cuxas_crystal *crystal = NULL;
    size_t         i_structure;
    if (catalog->candidate[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    if (cuxas_candidate_read(&catalog->candidate[i], &crystal, NULL) == CUXAS_OK)
      status = add_structure(data, catalog->candidate[i].name, crystal, &i_structure, err);
    else
      data->count.n_unusable++;
  }
  cuxas_catalog_free(catalog);
  return status;
}

/* find_candidate() - among the first n structures, which stand by name; n: there is none */
static size_t find_candidate(const cuxas_graphnet_data *data, size_t n, const char *id)
{
  size_t low = 0, high = n;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (strcmp(data->structure[middle].id, id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low < n && strcmp(data->structure[low].id, id) == 0 ? low : n;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

/* read_curve() - the curve of a record on the task's grid; *ret_is_usable false: absent, not converged, not finite */
static cuxas_status read_curve(const cJSON *record, const cuxas_graphnet_task *task, double *ret_mu,
                               bool *ret_is_usable, const char *where, cuxas_error *err)
{
  const cJSON       *member = cJSON_GetObjectItemCaseSensitive(record, task->curve);
  const cJSON       *object = cJSON_IsObject(member) ? member : record;
  const cJSON       *energy, *mu;
  cuxas_record_curve curve = {0};
  cuxas_status       status;

  *ret_is_usable = false;
  if (object == record && !cuxas_json_has(record, "energy")) return CUXAS_OK;
  if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(object, "scf_converged"))) return CUXAS_OK;
  if ((status = cuxas_json_array(object, "energy", &energy, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "mu", &mu, where, err)) != CUXAS_OK)
    return status;
  curve.n_point   = (size_t)cJSON_GetArraySize(energy);
  curve.energy_eV = cuxas_new_array(curve.n_point, sizeof *curve.energy_eV);
  curve.mu        = cuxas_new_array(curve.n_point, sizeof *curve.mu);
  if (curve.energy_eV == NULL || curve.mu == NULL) {
    status = no_memory(err);
    goto done;
  }
  if ((status = cuxas_record_numbers(energy, curve.n_point, "energy", curve.energy_eV, where, err)) != CUXAS_OK ||
      (status = cuxas_record_numbers(mu, curve.n_point, "mu", curve.mu, where, err)) != CUXAS_OK)
    goto done;
  bool is_rising = curve.n_point >= 4, is_finite = true;
  for (size_t i = 0; i < curve.n_point; i++) {
    is_finite = is_finite && isfinite(curve.energy_eV[i]) && isfinite(curve.mu[i]);
    is_rising = is_rising && (i == 0 || curve.energy_eV[i] > curve.energy_eV[i - 1]);
  }
  if (!is_rising) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: energies of %s do not rise, or are fewer than 4", where, task->curve);
    goto done;
  }
  *ret_is_usable = is_finite;
  if (is_finite) status = cuxas_dataset_resample(&curve, task->grid, ret_mu, err);
done:
  free(curve.energy_eV);
  free(curve.mu);
  return status;
}

/* same_crystal() - whether a line gives the structure that another line of the file gave under the same id */
static bool same_crystal(const cuxas_crystal *a, const cuxas_crystal *b)
{
  return a->n_site == b->n_site && memcmp(a->lattice_A, b->lattice_A, sizeof a->lattice_A) == 0 &&
         memcmp(a->atomic_number, b->atomic_number, a->n_site * sizeof *a->atomic_number) == 0 &&
         memcmp(a->fractional, b->fractional, a->n_site * sizeof *a->fractional) == 0;
}

/* find_structure() - the structure of a record, its own or that of a candidate */
static cuxas_status find_structure(const cJSON *record, const char *id, size_t n_candidate, size_t first_own,
                                   cuxas_graphnet_data *data, size_t *ret_i_structure, const char *where,
                                   cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  if (!cuxas_json_has(record, "lattice")) {
    *ret_i_structure = find_candidate(data, n_candidate, id);
    if (*ret_i_structure < n_candidate) return CUXAS_OK;
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no structure of \"%s\", neither here nor among the structures", where,
                      id);
  }
  const cuxas_status status = cuxas_record_crystal_parse(record, where, &crystal, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = first_own; i < data->n_structure; i++)
    if (strcmp(data->structure[i].id, id) == 0 && same_crystal(data->structure[i].crystal, crystal)) {
      cuxas_crystal_free(crystal);
      *ret_i_structure = i;
      return CUXAS_OK;
    }
  return add_structure(data, id, crystal, ret_i_structure, err);
}

static cuxas_status add_record(const cJSON *record, size_t i_task, size_t n_candidate, size_t first_own, int absorber,
                               cuxas_graphnet_data *data, const char *where, cuxas_error *err)
{
  const cuxas_graphnet_task *task = &data->task[i_task];
  const char                *id;
  size_t                     i_structure, site;
  bool                       is_usable;
  cuxas_status               status = CUXAS_OK;
  const size_t               n = task->grid.n_energy, row = data->n_row[i_task];
  double                    *mu     = cuxas_new_array(n, sizeof *mu);
  float                     *target = NULL;

  if (mu == NULL) return no_memory(err);
  if ((status = cuxas_json_string(record, "id", &id, where, err)) != CUXAS_OK ||
      (status = read_curve(record, task, mu, &is_usable, where, err)) != CUXAS_OK)
    goto done;
  if (!is_usable) {
    data->count.n_unusable++;
    goto done;
  }
  if ((status = find_structure(record, id, n_candidate, first_own, data, &i_structure, where, err)) != CUXAS_OK)
    goto done;
  const cuxas_crystal *crystal = data->structure[i_structure].crystal;
  if ((status = cuxas_json_count(record, "site", 0, crystal->n_site - 1, &site, where, err)) != CUXAS_OK) goto done;
  if (crystal->atomic_number[site] != absorber) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu is %s, not the absorber", where, site,
                        cuxas_element_find(crystal->atomic_number[site])->symbol);
    goto done;
  }
  cuxas_graphnet_label *label = cuxas_grow_array(data->label, data->n_label + 1, sizeof *label);
  if (label != NULL) data->label = label;
  target = cuxas_grow_array(data->target[i_task], row + 1, n * sizeof *target);
  if (target != NULL) data->target[i_task] = target;
  if (label == NULL || target == NULL) {
    status = no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < n; i++) target[row * n + i] = (float)mu[i];
  data->label[data->n_label++] = (cuxas_graphnet_label){i_structure, site, i_task, row};
  data->n_row[i_task]++;
done:
  free(mu);
  return status;
}

cuxas_status cuxas_graphnet_read_task(size_t i_task, size_t n_candidate, int absorber, cuxas_graphnet_data *data,
                                      cuxas_error *err)
{
  cuxas_text   text      = {0};
  const char  *path      = data->task[i_task].path;
  const size_t first_own = data->n_structure;
  cuxas_status status    = cuxas_text_read(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[CUXAS_MESSAGE_SIZE / 2];
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    cJSON *record = cJSON_ParseWithOpts(text.line[i], NULL, 1);
    status = cJSON_IsObject(record) ? add_record(record, i_task, n_candidate, first_own, absorber, data, where, err)
                                    : cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
    cJSON_Delete(record);
  }
  cuxas_text_free(&text);
  return status;
}
