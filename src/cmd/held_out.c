/* held_out.c - spectra of a cross-validation as a comparison sees them: all edges in one, no core hole */
#include "cmd/held_out.h"
#include "predict/head.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "records/dataset.h"

#include <stdlib.h>
#include <string.h>

void cuxas_held_out_assemble(const cuxas_model *model, float *const rows[], size_t i_row, double *work, double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  double       *next = work;
  for (size_t e = 0; e < model->n_edge; e++) {
    const size_t n_energy = model->edge[e].grid.n_energy;
    for (size_t k = 0; k < n_energy; k++) next[k] = (double)rows[e][i_row * n_energy + k];
    edge_mu[e] = next;
    next += n_energy;
  }
  cuxas_predict_assemble(model, edge_mu, ret_mu);
}

static bool is_complete(const cuxas_dataset *dataset, size_t n_edge, size_t i_row)
{
  for (size_t e = 0; e < n_edge; e++)
    if (!dataset->known[e][CUXAS_CHANNEL_NO_HOLE][i_row]) return false;
  return true;
}

static cuxas_held_out *allocate(size_t n_row, size_t n_energy)
{
  cuxas_held_out *held_out = cuxas_new(NULL, 1, sizeof *held_out);
  if (held_out == NULL) return NULL;
  held_out->i_record  = cuxas_new(NULL, n_row, sizeof *held_out->i_record);
  held_out->fold      = cuxas_new(NULL, n_row, sizeof *held_out->fold);
  held_out->truth     = cuxas_new(NULL, n_row, n_energy * sizeof *held_out->truth);
  held_out->predicted = cuxas_new(NULL, n_row, n_energy * sizeof *held_out->predicted);
  if (held_out->i_record != NULL && held_out->fold != NULL && held_out->truth != NULL && held_out->predicted != NULL)
    return held_out;
  cuxas_held_out_free(held_out);
  return NULL;
}

cuxas_status cuxas_held_out_new(const cuxas_training *training, const cuxas_crossval *crossval,
                                const cuxas_model *model, cuxas_held_out **ret_held_out, cuxas_error *err)
{
  const size_t n_record = training->records->n_record, n_energy = model->grid.n_energy;
  size_t       n_work    = 0;
  bool         is_learnt = true;
  float       *truth[CUXAS_MODEL_MAX_EDGE], *predicted[CUXAS_MODEL_MAX_EDGE];

  *ret_held_out = NULL;
  for (size_t e = 0; e < model->n_edge; e++) {
    truth[e]     = training->dataset->target[e][CUXAS_CHANNEL_NO_HOLE];
    predicted[e] = crossval->mu[e][CUXAS_CHANNEL_NO_HOLE];
    is_learnt    = is_learnt && truth[e] != NULL && predicted[e] != NULL;
    n_work += model->edge[e].grid.n_energy;
  }
  cuxas_held_out *held_out = allocate(n_record, n_energy);
  double         *work     = cuxas_new(err, n_work, sizeof *work);
  if (held_out == NULL || work == NULL) {
    free(work);
    cuxas_held_out_free(held_out);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < n_record && is_learnt; i++) {
    if (!is_complete(training->dataset, model->n_edge, i)) continue;
    const size_t row        = held_out->n_row++;
    held_out->i_record[row] = i;
    held_out->fold[row]     = crossval->fold[i];
    cuxas_held_out_assemble(model, truth, i, work, held_out->truth + row * n_energy);
    cuxas_held_out_assemble(model, predicted, i, work, held_out->predicted + row * n_energy);
  }
  free(work);
  *ret_held_out = held_out;
  return CUXAS_OK;
}

/* add_row() - row = row + share from; shares of a structure add up to 1 */
static void add_row(const double *from, double share, size_t n, double *row)
{
  for (size_t k = 0; k < n; k++) row[k] += share * from[k];
}

static double share_of(const cuxas_record *record)
{
  return record->multiplicity > 0 ? (double)record->multiplicity : 1.0;
}

cuxas_status cuxas_held_out_gather(const cuxas_records *records, const cuxas_model *model, cuxas_held_out *held_out,
                                   cuxas_error *err)
{
  const size_t n = held_out->n_row, n_energy = model->grid.n_energy;
  size_t       n_left = 0;
  double      *total = cuxas_new(err, n, sizeof *total), *work = cuxas_new(err, 2, n_energy * sizeof *work);
  bool        *is_taken = cuxas_new(err, n, sizeof *is_taken);
  if (total == NULL || work == NULL || is_taken == NULL) goto done;
  for (size_t i = 0; i < n; i++) {
    const char *id = records->record[held_out->i_record[i]].id;
    if (is_taken[i]) continue;
    memset(work, 0, 2 * n_energy * sizeof *work);
    for (size_t pass = 0; pass < 2; pass++)
      for (size_t j = i; j < n; j++) {
        const cuxas_record *record = &records->record[held_out->i_record[j]];
        if (strcmp(record->id, id) != 0) continue;
        is_taken[j] = true;
        if (pass == 0) {
          total[i] += share_of(record);
          continue;
        }
        add_row(held_out->truth + j * n_energy, share_of(record) / total[i], n_energy, work);
        add_row(held_out->predicted + j * n_energy, share_of(record) / total[i], n_energy, work + n_energy);
      }
    memcpy(held_out->truth + n_left * n_energy, work, n_energy * sizeof *work);
    memcpy(held_out->predicted + n_left * n_energy, work + n_energy, n_energy * sizeof *work);
    held_out->i_record[n_left] = held_out->i_record[i];
    held_out->fold[n_left++]   = held_out->fold[i];
  }
  held_out->n_row = n_left;
done:
  free(total);
  free(work);
  free(is_taken);
  return n_left > 0 || n == 0 ? CUXAS_OK : cuxas_no_memory(err);
}

cuxas_status cuxas_held_out_learn(const cuxas_held_out *held_out, const cuxas_model *model, const bool *opt_use,
                                  cuxas_error_profile **ret_profile, cuxas_error *err)
{
  const cuxas_held_out_spectra spectra = {model->grid,         held_out->n_row, held_out->truth,
                                          held_out->predicted, opt_use,         model->fwhm_eV};
  return cuxas_error_profile_learn(&spectra, ret_profile, err);
}

void cuxas_held_out_free(cuxas_held_out *held_out)
{
  if (held_out == NULL) return;
  free(held_out->i_record);
  free(held_out->fold);
  free(held_out->truth);
  free(held_out->predicted);
  free(held_out);
}

/* ---- spectra of the same sites by two programs: one asks, the other answers ------------------------------------- */

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
  double *work           = cuxas_new(err, n_work, sizeof *work);
  independent->formula   = cuxas_new(err, n, sizeof *independent->formula);
  independent->truth     = cuxas_new(err, n, n_energy * sizeof *independent->truth);
  independent->candidate = cuxas_new(err, n, n_energy * sizeof *independent->candidate);
  bool *has_mate         = cuxas_new(err, n, sizeof *has_mate);
  if (work == NULL || has_mate == NULL || independent->formula == NULL || independent->truth == NULL ||
      independent->candidate == NULL) {
    free(work);
    free(has_mate);
    return cuxas_no_memory(err);
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
  const char       **all         = cuxas_new(err, n_path + 1, sizeof *all);
  cuxas_independent *independent = cuxas_new(err, 1, sizeof *independent);
  cuxas_status       status      = CUXAS_OK;

  *ret_independent = NULL;
  if (all == NULL || independent == NULL) {
    status = CUXAS_ENOMEM;
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
