/* Structures and labels to graphs with labels, in parallel, with what the teacher says. */
#include "learn/graphnet_data_priv.h"

#include "base/memory.h"
#include "predict/model_parts.h"

#include <math.h>
#include <stdlib.h>

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the data to learn from");
}

/* ---- graphs ----------------------------------------------------------------------------------------------------- */

/* group_labels() - labels by structure, in the order in which they were read; those of excluded structures go */
static cuxas_status group_labels(cuxas_graphnet_data *data, cuxas_error *err)
{
  cuxas_graphnet_label *sorted = cuxas_new_array(data->n_label, sizeof *sorted);
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
  cuxas_status status = cuxas_graphnet_graph_new(shape, radial, structure->crystal, true, &structure->graph, err);
  if (status != CUXAS_OK || !teaches) return status;

  const size_t n_lesson = cuxas_featurizer_length(source->opt_teacher), n_atom = structure->graph->n_atom;
  structure->opt_lesson = cuxas_new_array(n_atom, n_lesson * sizeof *structure->opt_lesson);
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
  cuxas_graphnet_data *data = cuxas_new_array(1, sizeof *data);

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
    if ((status = cuxas_graphnet_read_task(i, n_candidate, source->absorber, data, err)) != CUXAS_OK) goto done;
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
