/* Contents: 1. a curve from its sites  2. one compound  3. all of them */
#include "match/simulated_priv.h"

#include "records/dataset.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "cuxas/crystal.h"
#include "match/library_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. a curve from its sites */

static bool has_channel(const cuxas_record *record, size_t n_edge, cuxas_channel channel)
{
  for (size_t i = 0; i < n_edge; i++)
    if (record->curve[i][channel].n_point == 0) return false;
  return true;
}

static bool all_have_channel(const cuxas_record *const *record, size_t n_record, size_t n_edge, cuxas_channel channel)
{
  for (size_t i = 0; i < n_record; i++)
    if (!has_channel(record[i], n_edge, channel)) return false;
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

/* Mean over the sites in one channel; work is (spectra of all edges, and a combined one). */
static cuxas_status average(const cuxas_model *model, const cuxas_record *const *record, const double *weight,
                            size_t n_record, cuxas_channel channel, double *work, double *mu, cuxas_error *err)
{
  const size_t n_energy = model->grid.n_energy;
  double      *site_mu = work, *edge_work = work + n_energy, n_site = 0.0;
  for (size_t k = 0; k < n_record; k++) {
    const cuxas_status status = assemble(record[k], model, channel, edge_work, site_mu, err);
    if (status != CUXAS_OK) return status;
    n_site += weight[k];
    for (size_t i = 0; i < n_energy; i++) mu[i] += weight[k] * site_mu[i];
  }
  for (size_t i = 0; i < n_energy; i++) mu[i] /= n_site;
  return CUXAS_OK;
}

cuxas_status cuxas_simulated_curve(const cuxas_model *model, const cuxas_record *const *record, const double *weight,
                                   size_t n_record, cuxas_candidate_curve *ret_curve, cuxas_error *err)
{
  cuxas_candidate_curve curve  = {.grid = model->grid, .is_prediction = true};
  size_t                n_work = model->grid.n_energy;
  cuxas_status          status = CUXAS_OK;

  *ret_curve = (cuxas_candidate_curve){0};
  for (size_t i = 0; i < model->n_edge; i++) n_work += model->edge[i].grid.n_energy;
  double *work = cuxas_new_array(n_work, sizeof *work);
  if (work == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
    if (!all_have_channel(record, n_record, model->n_edge, (cuxas_channel)channel)) continue;
    if ((curve.mu[channel] = cuxas_new_array(model->grid.n_energy, sizeof *curve.mu[channel])) == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
    else
      status = average(model, record, weight, n_record, (cuxas_channel)channel, work, curve.mu[channel], err);
  }
  free(work);
  if (status == CUXAS_OK)
    *ret_curve = curve;
  else
    cuxas_candidate_curve_clear(&curve);
  return status;
}

/* 2. one compound */

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

/* The curve of the compound of record i_first; site and weight have room for all records. */
static cuxas_status make_curve(const cuxas_records *records, const cuxas_model *model, size_t i_first,
                               const cuxas_record **site, double *weight, cuxas_candidate_curve *ret_curve,
                               cuxas_error *err)
{
  size_t n_site = 0;
  for (size_t k = i_first; k < records->n_record; k++) {
    if (!is_same(&records->record[k], &records->record[i_first])) continue;
    const cuxas_status status = find_multiplicity(&records->record[k], model->absorber, &weight[n_site], err);
    if (status != CUXAS_OK) return status;
    site[n_site++] = &records->record[k];
  }
  return cuxas_simulated_curve(model, site, weight, n_site, ret_curve, err);
}

static cuxas_status fill_slot(const cuxas_records *records, const cuxas_model *model, size_t i_first,
                              const cuxas_record **site, double *weight, cuxas_slot *slot, cuxas_error *err)
{
  const cuxas_record *record = &records->record[i_first];
  slot->hit.kind             = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain           = (cuxas_domain){NAN, false};
  slot->hit.path             = cuxas_copy_string(record->id);
  slot->hit.label            = cuxas_copy_string(record->id);
  slot->hit.name             = cuxas_copy_string(record->id);
  memcpy(slot->hit.formula, record->formula, sizeof slot->hit.formula);
  if (slot->hit.path == NULL || slot->hit.label == NULL || slot->hit.name == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulated compound");
  const cuxas_status status = make_curve(records, model, i_first, site, weight, &slot->curve, err);
  if (status != CUXAS_OK) return status;
  if (slot->curve.mu[CUXAS_CHANNEL_NO_HOLE] == NULL)
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "not simulated without a core hole for every edge and site");
  return slot->out_of_memory ? cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulated compound") : CUXAS_OK;
}

/* 3. all of them */

cuxas_status cuxas_library_simulated(const cuxas_records *records, const cuxas_model *model,
                                     cuxas_library **ret_library, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;

  *ret_library = NULL;
  if (records->n_record == 0) return cuxas_fail(err, CUXAS_ERANGE, "no simulated spectra");
  if (records->n_edge != model->n_edge)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu edges were simulated, the model has %zu", records->n_edge, model->n_edge);
  cuxas_library *library = cuxas_new_array(1, sizeof *library);
  if (library != NULL) library->slot = cuxas_new_array(records->n_record, sizeof *library->slot);
  const cuxas_record **site   = cuxas_new_array(records->n_record, sizeof *site);
  double              *weight = cuxas_new_array(records->n_record, sizeof *weight);
  if (library == NULL || library->slot == NULL || site == NULL || weight == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu simulated spectra", records->n_record);
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++)
    if (is_first(records, i))
      status = fill_slot(records, model, i, site, weight, &library->slot[library->n_slot++], err);
  free(site);
  free(weight);
  if (status != CUXAS_OK) {
    cuxas_library_free(library);
    return status;
  }
  library->model = model;
  *ret_library   = library;
  return CUXAS_OK;
}
