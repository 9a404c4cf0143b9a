/* independent.c - spectra of the same sites by two programs: those of one are asked about, those of the other are candidates */
#include "cmd/independent.h"

#include "records/dataset.h"
#include "base/memory.h"
#include "cmd/held_out.h"

#include <stdlib.h>
#include <string.h>

/* The record of that site in the last file; n_record: none. */
static size_t find_mate(const cuxas_records *records, size_t i_file, const cuxas_record *wanted)
{
  for (size_t i = 0; i < records->n_record; i++)
    if (records->record[i].i_file == i_file && records->record[i].site == wanted->site &&
        strcmp(records->record[i].id, wanted->id) == 0)
      return i;
  return records->n_record;
}

static bool is_known(const cuxas_dataset *dataset, size_t n_edge, size_t i_row)
{
  for (size_t e = 0; e < n_edge; e++)
    if (!dataset->known[e][CUXAS_CHANNEL_NO_HOLE][i_row]) return false;
  return true;
}

static void add_candidate(cuxas_independent *independent, const cuxas_model *model, float *const target[],
                          size_t i_record, double *work)
{
  const size_t row          = independent->n_row++;
  independent->formula[row] = independent->records->record[i_record].formula;
  cuxas_held_out_assemble(model, target, i_record, work, independent->candidate + row * model->grid.n_energy);
}

static cuxas_status fill(const cuxas_dataset *dataset, const cuxas_model *model, size_t i_file,
                         cuxas_independent *independent, cuxas_error *err)
{
  const cuxas_records *records = independent->records;
  const size_t         n = records->n_record, n_energy = model->grid.n_energy;
  float               *target[CUXAS_MODEL_MAX_EDGE];
  size_t               n_work = 0;

  for (size_t e = 0; e < model->n_edge; e++) {
    target[e] = dataset->target[e][CUXAS_CHANNEL_NO_HOLE];
    n_work += model->edge[e].grid.n_energy;
  }
  double *work           = cuxas_new_array(n_work, sizeof *work);
  independent->formula   = cuxas_new_array(n, sizeof *independent->formula);
  independent->truth     = cuxas_new_array(n, n_energy * sizeof *independent->truth);
  independent->candidate = cuxas_new_array(n, n_energy * sizeof *independent->candidate);
  bool *has_mate         = cuxas_new_array(n, sizeof *has_mate);
  if (work == NULL || has_mate == NULL || independent->formula == NULL || independent->truth == NULL ||
      independent->candidate == NULL) {
    free(work);
    free(has_mate);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu spectra", n);
  }
  for (size_t i = 0; i < n; i++) {
    if (records->record[i].i_file == i_file || !is_known(dataset, model->n_edge, i)) continue;
    const size_t mate = find_mate(records, i_file, &records->record[i]);
    if (mate == n || has_mate[mate] || !is_known(dataset, model->n_edge, mate)) continue;
    has_mate[mate]   = true;
    const size_t row = independent->n_asked++;
    cuxas_held_out_assemble(model, target, i, work, independent->truth + row * n_energy);
    add_candidate(independent, model, target, mate, work);
  }
  for (size_t i = 0; i < n; i++)
    if (records->record[i].i_file == i_file && !has_mate[i] && is_known(dataset, model->n_edge, i))
      add_candidate(independent, model, target, i, work);
  free(has_mate);
  free(work);
  return CUXAS_OK;
}

cuxas_status cuxas_independent_read(const char *const *path, size_t n_path, const char *candidates,
                                    const cuxas_model *model, cuxas_independent **ret_independent, cuxas_error *err)
{
  const char        *edge_name[CUXAS_MODEL_MAX_EDGE] = {0};
  cuxas_grid         grid[CUXAS_MODEL_MAX_EDGE];
  cuxas_dataset     *dataset     = NULL;
  const char       **all         = cuxas_new_array(n_path + 1, sizeof *all);
  cuxas_independent *independent = cuxas_new_array(1, sizeof *independent);
  cuxas_status       status      = CUXAS_OK;

  *ret_independent = NULL;
  if (all == NULL || independent == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for records");
    goto done;
  }
  for (size_t i = 0; i < n_path; i++) all[i] = path[i];
  all[n_path] = candidates;
  for (size_t e = 0; e < model->n_edge; e++) {
    edge_name[e] = model->edge[e].name;
    grid[e]      = model->edge[e].grid;
  }
  if ((status = cuxas_records_read(all, n_path + 1, model->absorber, edge_name, model->n_edge, &independent->records,
                                   err)) != CUXAS_OK ||
      (status = cuxas_dataset_new(independent->records, grid, &dataset, err)) != CUXAS_OK ||
      (status = fill(dataset, model, n_path, independent, err)) != CUXAS_OK)
    goto done;
  *ret_independent = independent;
  independent      = NULL;
done:
  cuxas_independent_free(independent);
  cuxas_dataset_free(dataset);
  free(all);
  return status;
}

void cuxas_independent_free(cuxas_independent *independent)
{
  if (independent == NULL) return;
  free(independent->formula);
  free(independent->truth);
  free(independent->candidate);
  cuxas_records_free(independent->records);
  free(independent);
}
