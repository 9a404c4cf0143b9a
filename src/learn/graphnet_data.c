/* graphnet_data.c - what a graph network learns from: records sorted by structure, their graphs, a teacher's lessons
 *
 * Contents: 1. sorting and holding out  2. records  3. graphs */
#include "base/gzip.h"
#include "base/hash.h"
#include "base/elements.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/catalog.h"
#include "learn/graphnet_data_priv.h"
#include "predict/kernel.h"
#include "predict/model_parts.h"
#include "records/dataset.h"
#include "records/record_text.h"
#include "records/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_no_memory(err);
}

/* ---- 1. sorting and holding out ----------------------------------------------------------------------------- */

/* Which compounds are left out of a training, and which are judged by. */

/* is_refused() - whether a table that keeps compounds out of trainings has this one */
static cuxas_status is_refused(const char *formula, const char *path, bool *ret_is_refused, cuxas_error *err)
{
  cuxas_record  record  = {0};
  cuxas_records records = {.n_record = 1, .record = &record};
  cuxas_error   reason  = {0};
  strncpy(record.formula, formula, sizeof record.formula - 1);
  const cuxas_status status = cuxas_split_refuse(&records, 1, path, &reason);
  *ret_is_refused           = status == CUXAS_EUNSUPPORTED;
  return status == CUXAS_OK || *ret_is_refused ? CUXAS_OK : cuxas_fail(err, status, "%s", reason.message);
}

/* The compounds that are held out, sorted. */
typedef struct {
  size_t n_formula;
  char **formula;
} held_list;

static void free_held(held_list *held)
{
  for (size_t i = 0; i < held->n_formula; i++) free(held->formula[i]);
  free(held->formula);
}

static cuxas_status list_held(const cuxas_graphnet_source *source, held_list *ret_held, cuxas_error *err)
{
  cuxas_records *records = NULL;
  cuxas_groups  *groups  = NULL;
  size_t        *fold    = NULL;
  *ret_held              = (held_list){0};
  if (source->opt_hold_path == NULL) return CUXAS_OK;

  cuxas_status status =
      cuxas_records_read(&source->opt_hold_path, 1, source->absorber, &source->hold_edge, 1, &records, err);
  if (status == CUXAS_OK)
    status = source->opt_split != NULL ? cuxas_split_read(source->opt_split, records, records->n_record, &groups, err)
                                       : cuxas_groups_new(records, NULL, &groups, err);
  if (status == CUXAS_OK && ((fold = cuxas_new(err, records->n_record, sizeof *fold)) == NULL ||
                             (ret_held->formula = cuxas_new(err, records->n_record, sizeof(char *))) == NULL))
    status = cuxas_no_memory(err);
  if (status == CUXAS_OK && source->n_fold > 0)
    status = cuxas_split_folds(groups, source->n_fold, source->seed, fold, err);
  for (size_t i = 0; status == CUXAS_OK && i < records->n_record; i++) {
    if (source->n_fold > 0 && fold[i] != source->i_fold) continue;
    if ((ret_held->formula[ret_held->n_formula] = cuxas_copy_text(err, records->record[i].formula)) == NULL)
      status = CUXAS_ENOMEM;
    else
      ret_held->n_formula++;
  }
  if (status == CUXAS_OK && ret_held->n_formula > 0)
    qsort(ret_held->formula, ret_held->n_formula, sizeof *ret_held->formula, cuxas_text_order);
  free(fold);
  cuxas_groups_free(groups);
  cuxas_records_free(records);
  return status;
}

/* is_drawn() - a part of all compounds, by the hash of seed and name */
static bool is_drawn(const char *formula, uint64_t seed, double fraction)
{
  char          text[CUXAS_FORMULA_SIZE + 40], hex[CUXAS_SHA256_HEX_SIZE];
  const int     n_byte = snprintf(text, sizeof text, "validation:%llu:%s", (unsigned long long)seed, formula);
  unsigned long first  = 0;
  cuxas_hash_memory(text, (size_t)n_byte, hex);
  hex[8] = '\0';
  first  = strtoul(hex, NULL, 16);
  return (double)first < fraction * 4294967296.0;
}

cuxas_status cuxas_graphnet_sort(const cuxas_graphnet_source *source, cuxas_graphnet_data *data, cuxas_error *err)
{
  held_list    held;
  cuxas_status status = list_held(source, &held, err);
  for (size_t i = 0; i < data->n_structure && status == CUXAS_OK; i++) {
    cuxas_graphnet_structure *structure  = &data->structure[i];
    const char               *formula    = structure->formula;
    bool                      is_outside = false;
    if (source->opt_exclude != NULL) status = is_refused(formula, source->opt_exclude, &is_outside, err);
    if (is_outside) {
      cuxas_crystal_free(structure->crystal);
      structure->crystal = NULL;
      data->count.n_excluded++;
    }
    structure->is_held = (held.n_formula > 0 && bsearch(&formula, held.formula, held.n_formula, sizeof *held.formula,
                                                        cuxas_text_order) != NULL) ||
                         is_drawn(formula, source->seed, source->validation_fraction);
  }
  free_held(&held);
  return status;
}

/* ---- 2. records --------------------------------------------------------------------------------------------- */

/* Contents: structures; candidates; records */

/* ---- structures ------------------------------------------------------------------------------------------------- */

/* add_structure() - takes the crystal over, also on failure */
static cuxas_status add_structure(cuxas_graphnet_data *data, const char *id, cuxas_crystal *crystal,
                                  size_t *ret_i_structure, cuxas_error *err)
{
  cuxas_graphnet_structure *grown = cuxas_grow(err, data->structure, data->n_structure + 1, sizeof *grown);
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

static const double LOG_RAISED = 4.0; /* logarithms are learnt so much higher: a network's outputs are positive */

/* find_origin() - first energy of the curve that the others of a record are relative to; false: the record has none, and its
 * curves are learnt as they are */
static bool find_origin(const cJSON *record, const char *opt_curve, double *ret_origin_eV)
{
  const cJSON *curve  = opt_curve != NULL ? cJSON_GetObjectItemCaseSensitive(record, opt_curve) : NULL;
  const cJSON *energy = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(curve, "energy"), 0);
  if (!cJSON_IsNumber(energy) || !isfinite(energy->valuedouble)) return false;
  *ret_origin_eV = energy->valuedouble;
  return true;
}

/* tell_origin() - the target of the task that is the origin itself */
static void tell_origin(cuxas_grid grid, double origin_eV, double *ret_value)
{
  for (size_t i = 0; i < grid.n_energy; i++) ret_value[i] = LOG_RAISED + (origin_eV - grid.start_eV) / grid.step_eV;
}

/* read_curve() - the curve of a record on the task's grid, or what is learnt in its place (cuxas_graphnet_source);
 * *ret_is_usable false: absent, not converged, not finite */
static cuxas_status read_curve(const cJSON *record, const cuxas_graphnet_task *task, const char *opt_origin,
                               double *ret_mu, bool *ret_is_usable, const char *where, cuxas_error *err)
{
  double             origin_eV   = 0.0;
  cuxas_grid         grid        = task->grid;
  const bool         is_relative = find_origin(record, opt_origin, &origin_eV);
  const cJSON       *member      = cJSON_GetObjectItemCaseSensitive(record, task->curve);
  const cJSON       *object      = cJSON_IsObject(member) ? member : record;
  const cJSON       *energy, *mu;
  cuxas_record_curve curve = {0};
  cuxas_status       status;

  *ret_is_usable = is_relative && strcmp(task->curve, CUXAS_GRAPHNET_ORIGIN) == 0;
  if (*ret_is_usable) {
    tell_origin(grid, origin_eV, ret_mu);
    return CUXAS_OK;
  }
  if (object == record && !cuxas_json_has(record, "energy")) return CUXAS_OK;
  if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(object, "scf_converged"))) return CUXAS_OK;
  if ((status = cuxas_json_array(object, "energy", &energy, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "mu", &mu, where, err)) != CUXAS_OK)
    return status;
  curve.n_point   = (size_t)cJSON_GetArraySize(energy);
  curve.energy_eV = cuxas_new(err, curve.n_point, sizeof *curve.energy_eV);
  curve.mu        = cuxas_new(err, curve.n_point, sizeof *curve.mu);
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
  grid.start_eV += origin_eV;
  if (is_finite) status = cuxas_dataset_resample(&curve, grid, ret_mu, err);
  for (size_t i = 0; is_relative && is_finite && i < grid.n_energy; i++)
    ret_mu[i] = LOG_RAISED + log(fmax(ret_mu[i], 0.0) + CUXAS_KERNEL_OFFSET);
done:
  free(curve.energy_eV);
  free(curve.mu);
  return status;
}

/* same_crystal() - whether a line gives the structure that another one, of any file, gave under the same id */
static bool same_crystal(const cuxas_crystal *a, const cuxas_crystal *b)
{
  return a->n_site == b->n_site && memcmp(a->lattice_A, b->lattice_A, sizeof a->lattice_A) == 0 &&
         memcmp(a->atomic_number, b->atomic_number, a->n_site * sizeof *a->atomic_number) == 0 &&
         memcmp(a->fractional, b->fractional, a->n_site * sizeof *a->fractional) == 0;
}

/* One task while its file is read. */
typedef struct {
  size_t      i_task, n_candidate;
  int         absorber;
  const char *opt_origin;
  char        where[CUXAS_MESSAGE_SIZE / 2]; /* the line that is read */
} task_reader;

/* find_structure() - the structure of a record, its own or that of a candidate */
static cuxas_status find_structure(const task_reader *reader, const cJSON *record, const char *id,
                                   cuxas_graphnet_data *data, size_t *ret_i_structure, cuxas_error *err)
{
  const char    *where   = reader->where;
  cuxas_crystal *crystal = NULL;
  if (!cuxas_json_has(record, "lattice")) {
    *ret_i_structure = find_candidate(data, reader->n_candidate, id);
    if (*ret_i_structure < reader->n_candidate) return CUXAS_OK;
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no structure of \"%s\", neither here nor among the structures", where,
                      id);
  }
  const cuxas_status status = cuxas_record_crystal_parse(record, where, &crystal, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < data->n_structure;
       i++) /* a file of several tasks brings its structures along again and again */
    if (strcmp(data->structure[i].id, id) == 0 && same_crystal(data->structure[i].crystal, crystal)) {
      cuxas_crystal_free(crystal);
      *ret_i_structure = i;
      return CUXAS_OK;
    }
  return add_structure(data, id, crystal, ret_i_structure, err);
}

static cuxas_status add_record(const task_reader *reader, const cJSON *record, cuxas_graphnet_data *data,
                               cuxas_error *err)
{
  const size_t               i_task = reader->i_task;
  const char                *where  = reader->where;
  const cuxas_graphnet_task *task   = &data->task[i_task];
  const char                *id;
  size_t                     i_structure, site;
  bool                       is_usable;
  cuxas_status               status = CUXAS_OK;
  const size_t               n = task->grid.n_energy, row = data->n_row[i_task];
  double                    *mu     = cuxas_new(err, n, sizeof *mu);
  float                     *target = NULL;

  if (mu == NULL) return no_memory(err);
  if ((status = cuxas_json_string(record, "id", &id, where, err)) != CUXAS_OK ||
      (status = read_curve(record, task, reader->opt_origin, mu, &is_usable, where, err)) != CUXAS_OK)
    goto done;
  if (!is_usable) {
    data->count.n_unusable++;
    goto done;
  }
  if ((status = find_structure(reader, record, id, data, &i_structure, err)) != CUXAS_OK) goto done;
  const cuxas_crystal *crystal = data->structure[i_structure].crystal;
  if ((status = cuxas_json_count(record, "site", 0, crystal->n_site - 1, &site, where, err)) != CUXAS_OK) goto done;
  if (crystal->atomic_number[site] != reader->absorber) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu is %s, not the absorber", where, site,
                        cuxas_element_find(crystal->atomic_number[site])->symbol);
    goto done;
  }
  cuxas_graphnet_label *label = cuxas_grow(err, data->label, data->n_label + 1, sizeof *label);
  if (label != NULL) data->label = label;
  target = cuxas_grow(err, data->target[i_task], row + 1, n * sizeof *target);
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

cuxas_status cuxas_graphnet_read_task(size_t i_task, size_t n_candidate, const cuxas_graphnet_source *source,
                                      cuxas_graphnet_data *data, cuxas_error *err)
{
  cuxas_text   text   = {0};
  const char  *path   = data->task[i_task].path;
  task_reader  reader = {i_task, n_candidate, source->absorber, source->opt_origin, ""};
  cuxas_status status = cuxas_gzip_read_text(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(reader.where, sizeof reader.where, "%s:%zu", path, i + 1);
    cJSON *record = cJSON_ParseWithOpts(text.line[i], NULL, 1);
    status        = cJSON_IsObject(record) ? add_record(&reader, record, data, err)
                                           : cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", reader.where);
    cJSON_Delete(record);
  }
  cuxas_text_free(&text);
  return status;
}

/* ---- 3. graphs ---------------------------------------------------------------------------------------------- */

/* Structures and labels to graphs with labels, in parallel, with what the teacher says. */

/* ---- graphs ----------------------------------------------------------------------------------------------------- */

/* group_labels() - labels by structure, in the order in which they were read; those of excluded structures go */
static cuxas_status group_labels(cuxas_graphnet_data *data, cuxas_error *err)
{
  cuxas_graphnet_label *sorted = cuxas_new(err, data->n_label, sizeof *sorted);
  if (sorted == NULL) return no_memory(err);
  for (size_t i = 0; i < data->n_label; i++) data->structure[data->label[i].i_structure].n_label++;
  size_t n = 0;
  for (size_t i = 0; i < data->n_structure; i++) {
    cuxas_graphnet_structure *structure = &data->structure[i];
    if (structure->crystal == NULL) structure->n_label = 0;
    structure->first_label = n;
    n += structure->n_label;
    structure->n_label = 0;
  }
  for (size_t i = 0; i < data->n_label; i++) {
    cuxas_graphnet_structure *structure = &data->structure[data->label[i].i_structure];
    if (structure->crystal == NULL) continue;
    sorted[structure->first_label + structure->n_label++] = data->label[i];
    if (structure->is_held)
      data->count.n_held[data->label[i].i_task]++;
    else
      data->count.n_learnt[data->label[i].i_task]++;
  }
  free(data->label);
  data->label   = sorted;
  data->n_label = n;
  return CUXAS_OK;
}

/* make_graph() - of one structure that is asked for, with the teacher's features; what the teacher cannot treat it does
 * not teach */
static cuxas_status make_graph(const cuxas_graphnet_source *source, const cuxas_graphnet_shape *shape,
                               const cuxas_m3gnet_radial *radial, cuxas_graphnet_structure *structure, cuxas_error *err)
{
  const bool teaches = source->opt_teacher != NULL && !structure->is_held;
  if (structure->crystal == NULL || (structure->n_label == 0 && !teaches)) return CUXAS_OK;
  cuxas_status status = cuxas_graphnet_graph_new(shape, radial, structure->crystal,
                                                 (cuxas_graphnet_atoms){.by_symmetry = true}, &structure->graph, err);
  if (status != CUXAS_OK || !teaches) return status;

  const size_t n_lesson = cuxas_featurizer_length(source->opt_teacher), n_atom = structure->graph->n_atom;
  structure->opt_lesson = cuxas_new(err, n_atom, n_lesson * sizeof *structure->opt_lesson);
  if (structure->opt_lesson == NULL) return no_memory(err);
  status = cuxas_featurizer_run(source->opt_teacher, structure->crystal, structure->graph->site_of, n_atom,
                                structure->opt_lesson, err);
  if (status != CUXAS_EUNSUPPORTED) return status;
  free(structure->opt_lesson);
  structure->opt_lesson = NULL;
  return CUXAS_OK;
}

static cuxas_status make_graphs(const cuxas_graphnet_source *source, const cuxas_graphnet_shape *shape,
                                cuxas_graphnet_data *data, cuxas_error *err)
{
  cuxas_m3gnet_radial radial;
  cuxas_status        status = CUXAS_OK;
  if (!cuxas_m3gnet_radial_new(&radial, shape->cutoff_A, shape->n_radial, 1)) return no_memory(err);
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < data->n_structure; i++) {
    cuxas_error        reason = {0};
    const cuxas_status result = make_graph(source, shape, &radial, &data->structure[i], &reason);
    cuxas_crystal_free(data->structure[i].crystal);
    data->structure[i].crystal = NULL;
    if (result != CUXAS_OK) {
#pragma omp critical(cuxas_graphnet_data)
      if (status == CUXAS_OK) status = cuxas_fail(err, result, "%s: %s", data->structure[i].id, reason.message);
    }
  }
  cuxas_m3gnet_radial_free(&radial);
  for (size_t i = 0; i < data->n_structure; i++) {
    const cuxas_graphnet_graph *graph = data->structure[i].graph;
    if (graph == NULL) continue;
    data->count.n_structure++;
    data->count.n_atom += graph->n_atom;
    data->count.n_bond += graph->n_bond;
  }
  return status;
}

/* standardise() - the teacher's numbers to mean 0 and standard deviation 1 over all atoms */
static void standardise(cuxas_graphnet_data *data)
{
  for (size_t j = 0; j < data->n_lesson; j++) {
    double sum = 0.0, square = 0.0, n = 0.0;
    for (int pass = 0; pass < 2; pass++) {
      const double mean = n > 0.0 ? sum / n : 0.0, deviation = n > 0.0 ? sqrt(square / n - mean * mean) : 0.0;
      for (size_t i = 0; i < data->n_structure; i++) {
        float *lesson = data->structure[i].opt_lesson;
        for (size_t k = 0; lesson != NULL && k < data->structure[i].graph->n_atom; k++) {
          float *value = &lesson[k * data->n_lesson + j];
          if (pass == 1) {
            *value = deviation > 1e-6 ? (float)((*value - mean) / deviation) : 0.0f;
            continue;
          }
          sum += *value;
          square += (double)*value * *value;
          n += 1.0;
        }
      }
    }
  }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_graphnet_data_new(const cuxas_graphnet_source *source, const cuxas_graphnet_shape *shape,
                                     cuxas_graphnet_data **ret_data, cuxas_error *err)
{
  cuxas_status         status;
  cuxas_graphnet_data *data = cuxas_new(err, 1, sizeof *data);

  *ret_data = NULL;
  if (data == NULL) return no_memory(err);
  if (source->n_task > CUXAS_GRAPHNET_MAX_TASK) {
    status = cuxas_fail(err, CUXAS_ERANGE, "%zu tasks, %d are the most", source->n_task, CUXAS_GRAPHNET_MAX_TASK);
    goto done;
  }
  data->n_task = source->n_task;
  for (size_t i = 0; i < source->n_task; i++) data->task[i] = source->task[i];
  if (source->opt_teacher != NULL) data->n_lesson = cuxas_featurizer_length(source->opt_teacher);
  if ((status = cuxas_graphnet_read_candidates(source, data, err)) != CUXAS_OK) goto done;
  const size_t n_candidate = data->n_structure;
  for (size_t i = 0; i < data->n_task; i++)
    if ((status = cuxas_graphnet_read_task(i, n_candidate, source, data, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_graphnet_sort(source, data, err)) != CUXAS_OK || (status = group_labels(data, err)) != CUXAS_OK ||
      (status = make_graphs(source, shape, data, err)) != CUXAS_OK)
    goto done;
  standardise(data);
  *ret_data = data;
  data      = NULL;
done:
  cuxas_graphnet_data_free(data);
  return status;
}

void cuxas_graphnet_data_free(cuxas_graphnet_data *data)
{
  if (data == NULL) return;
  for (size_t i = 0; i < data->n_structure; i++) {
    cuxas_crystal_free(data->structure[i].crystal);
    cuxas_graphnet_graph_free(data->structure[i].graph);
    free(data->structure[i].opt_lesson);
  }
  free(data->structure);
  free(data->label);
  for (size_t i = 0; i < data->n_task; i++) free(data->target[i]);
  free(data);
}

cuxas_graphnet_count cuxas_graphnet_data_count(const cuxas_graphnet_data *data)
{
  return data->count;
}
