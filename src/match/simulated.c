/* Contents: 1. one site  2. one compound  3. all of them */
#include "cuxas/dataset.h"
#include "cuxas/memory.h"
#include "cuxas/predict.h"
#include "cuxas/symmetry.h"
#include "match/library_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. one site */

static bool has_channel(const cuxas_record *record, size_t n_edge, cuxas_channel channel)
{
  for (size_t i = 0; i < n_edge; i++)
    if (record->curve[i][channel].n_point == 0) return false;
  return true;
}

/* Combined spectrum of a site; edge_work is (sum over edges of n_energy). */
static cuxas_status assemble(const cuxas_record *record, const cuxas_model *model, cuxas_channel channel,
                             double *edge_work, double *ret_mu, cuxas_error *err)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < model->n_edge; i++) {
    const cuxas_status status = cuxas_dataset_resample(&record->curve[i][channel], model->edge[i].grid, edge_work, err);
    if (status != CUXAS_OK) return status;
    edge_mu[i] = edge_work;
    edge_work += model->edge[i].grid.n_energy;
  }
  cuxas_predict_assemble(model, edge_mu, ret_mu);
  return CUXAS_OK;
}

/* How many sites of its crystal a record stands for. */
static cuxas_status find_multiplicity(const cuxas_record *record, int absorber, double *ret_multiplicity,
                                      cuxas_error *err)
{
  cuxas_orbits      *orbits = NULL;
  const cuxas_status status = cuxas_symmetry_find_orbits(record->crystal, absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  *ret_multiplicity = (double)orbits->multiplicity[orbits->orbit_of[record->site]];
  cuxas_orbits_free(orbits);
  return CUXAS_OK;
}

/* 2. one compound */

typedef struct {
  const cuxas_records *records;
  const cuxas_model   *model;
  double              *edge_work; /* one spectrum of each edge */
  double              *site_mu;   /* (n_energy of the combined grid) */
} simulation;

static bool is_same(const cuxas_record *a, const cuxas_record *b)
{
  return strcmp(a->id, b->id) == 0;
}

static bool is_first(const cuxas_records *records, size_t i)
{
  for (size_t k = 0; k < i; k++)
    if (is_same(&records->record[k], &records->record[i])) return false;
  return true;
}

/* Mean over the sites of the compound of record i_first; no curve when a site lacks the channel. */
static cuxas_status average(const simulation *job, size_t i_first, cuxas_channel channel, double **ret_mu,
                            cuxas_error *err)
{
  const cuxas_records *records  = job->records;
  const size_t         n_energy = job->model->grid.n_energy;
  double               n_site   = 0.0, multiplicity;
  cuxas_status         status   = CUXAS_OK;

  *ret_mu    = NULL;
  double *mu = cuxas_new_array(n_energy, sizeof *mu);
  if (mu == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
  for (size_t k = i_first; k < records->n_record && status == CUXAS_OK; k++) {
    const cuxas_record *record = &records->record[k];
    if (!is_same(record, &records->record[i_first])) continue;
    if (!has_channel(record, job->model->n_edge, channel)) {
      free(mu);
      return CUXAS_OK;
    }
    if ((status = find_multiplicity(record, job->model->absorber, &multiplicity, err)) != CUXAS_OK ||
        (status = assemble(record, job->model, channel, job->edge_work, job->site_mu, err)) != CUXAS_OK)
      break;
    n_site += multiplicity;
    for (size_t i = 0; i < n_energy; i++) mu[i] += multiplicity * job->site_mu[i];
  }
  if (status != CUXAS_OK) {
    free(mu);
    return status;
  }
  for (size_t i = 0; i < n_energy; i++) mu[i] /= n_site;
  *ret_mu = mu;
  return CUXAS_OK;
}

static cuxas_status fill_slot(const simulation *job, size_t i_first, cuxas_slot *slot, cuxas_error *err)
{
  const cuxas_record *record = &job->records->record[i_first];
  cuxas_status        status;
  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  slot->hit.path   = cuxas_copy_string(record->id);
  slot->hit.label  = cuxas_copy_string(record->id);
  slot->hit.name   = cuxas_copy_string(record->id);
  memcpy(slot->hit.formula, record->formula, sizeof slot->hit.formula);
  if (slot->hit.path == NULL || slot->hit.label == NULL || slot->hit.name == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulated compound");
  slot->curve = (cuxas_candidate_curve){.grid = job->model->grid, .is_prediction = true};
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
    if ((status = average(job, i_first, (cuxas_channel)channel, &slot->curve.mu[channel], err)) != CUXAS_OK)
      return status;
  if (slot->curve.mu[CUXAS_CHANNEL_NO_HOLE] == NULL)
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "not simulated without a core hole for every edge and site");
  return slot->out_of_memory ? cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulated compound") : CUXAS_OK;
}

/* 3. all of them */

cuxas_status cuxas_library_simulated(const cuxas_records *records, const cuxas_model *model,
                                     cuxas_library **ret_library, cuxas_error *err)
{
  simulation   job           = {.records = records, .model = model};
  size_t       n_edge_energy = 0;
  cuxas_status status        = CUXAS_OK;

  *ret_library = NULL;
  if (records->n_record == 0) return cuxas_fail(err, CUXAS_ERANGE, "no simulated spectra");
  if (records->n_edge != model->n_edge)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu edges were simulated, the model has %zu", records->n_edge, model->n_edge);
  for (size_t i = 0; i < model->n_edge; i++) n_edge_energy += model->edge[i].grid.n_energy;
  cuxas_library *library = cuxas_new_array(1, sizeof *library);
  if (library != NULL) library->slot = cuxas_new_array(records->n_record, sizeof *library->slot);
  job.edge_work = cuxas_new_array(n_edge_energy, sizeof *job.edge_work);
  job.site_mu   = cuxas_new_array(model->grid.n_energy, sizeof *job.site_mu);
  if (library == NULL || library->slot == NULL || job.edge_work == NULL || job.site_mu == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu simulated spectra", records->n_record);
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++)
    if (is_first(records, i)) status = fill_slot(&job, i, &library->slot[library->n_slot++], err);
  free(job.edge_work);
  free(job.site_mu);
  if (status != CUXAS_OK) {
    cuxas_library_free(library);
    return status;
  }
  library->model = model;
  *ret_library   = library;
  return CUXAS_OK;
}
