/* simulations.c - simulated site spectra of crystals: known ones found, others computed once and kept
 *
 * Contents: 1. what is known  2. computing  3. finding  4. arrangements */
#include "records/simulations.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "records/record_file.h"
#include "crystal/same_crystal.h"
#include "simulate/cluster.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMESAKE = 1000 };
#define EDGE_STEP_EV 0.2 /* that of cuxas-simulate, and of the grids that spectra are compared on */

/* Of a file, or of a site just computed; never changed once they are read, so records stay where they are. */
typedef struct {
  cuxas_records *records;                       /* NULL: not read yet */
  bool           is_given;                      /* a file of cuxas_simulations_read() */
  char          *path;                          /* NULL: no such file */
  char           sha256[CUXAS_SHA256_HEX_SIZE]; /* of that file */
} batch;

struct cuxas_simulations {
  int                absorber;
  size_t             n_edge;
  char               edge_name[CUXAS_MODEL_MAX_EDGE][CUXAS_EDGE_NAME_SIZE];
  bool               wants_screened; /* until it turns out that it cannot be simulated */
  cuxas_simulator   *simulator;
  size_t             n_batch;
  batch             *batch; /* (n_batch) */
  cuxas_record_file *kept;  /* NULL: nothing is kept */
  size_t             n_computed;
};

/* 1. what is known */

cuxas_simulate_settings cuxas_simulations_settings(void)
{
  cuxas_simulate_settings settings = CUXAS_SIMULATE_DEFAULTS;
  settings.edge_step_eV            = EDGE_STEP_EV;
  return settings;
}

cuxas_status cuxas_simulations_new(int absorber, const char *const *edge_name, size_t n_edge, bool wants_screened,
                                   const cuxas_simulate_settings *settings, cuxas_simulations **ret_simulations,
                                   cuxas_error *err)
{
  *ret_simulations = NULL;
  if (n_edge == 0 || n_edge > CUXAS_MODEL_MAX_EDGE) return cuxas_fail(err, CUXAS_ERANGE, "%zu edges", n_edge);
  cuxas_simulations *simulations = cuxas_new(err, 1, sizeof *simulations);
  if (simulations == NULL) return CUXAS_ENOMEM;
  simulations->absorber       = absorber;
  simulations->n_edge         = n_edge;
  simulations->wants_screened = wants_screened;
  for (size_t i = 0; i < n_edge; i++)
    snprintf(simulations->edge_name[i], sizeof simulations->edge_name[i], "%s", edge_name[i]);
  const cuxas_status status = cuxas_simulator_new(settings, &simulations->simulator, err);
  if (status == CUXAS_OK)
    *ret_simulations = simulations;
  else
    cuxas_simulations_free(simulations);
  return status;
}

cuxas_status cuxas_simulations_for(const cuxas_model *model, bool wants_screened, cuxas_simulations **ret_simulations,
                                   cuxas_error *err)
{
  const cuxas_simulate_settings how = cuxas_simulations_settings();
  const char                   *edge_name[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < model->n_edge; i++) edge_name[i] = model->edge[i].name;
  return cuxas_simulations_new(model->absorber, edge_name, model->n_edge, wants_screened, &how, ret_simulations, err);
}

void cuxas_simulations_name(const cuxas_model *model, char ret_name[CUXAS_SIMULATIONS_NAME_SIZE])
{
  int n = snprintf(ret_name, CUXAS_SIMULATIONS_NAME_SIZE, "simulations/%s", model->element);
  for (size_t i = 0; i < model->n_edge; i++)
    n += snprintf(ret_name + n, CUXAS_SIMULATIONS_NAME_SIZE - (size_t)n, "-%s", model->edge[i].name);
  snprintf(ret_name + n, CUXAS_SIMULATIONS_NAME_SIZE - (size_t)n, ".jsonl.gz");
}

void cuxas_simulations_free(cuxas_simulations *simulations)
{
  if (simulations == NULL) return;
  for (size_t i = 0; i < simulations->n_batch; i++) {
    cuxas_records_free(simulations->batch[i].records);
    free(simulations->batch[i].path);
  }
  free(simulations->batch);
  cuxas_record_file_free(simulations->kept);
  cuxas_simulator_free(simulations->simulator);
  free(simulations);
}

/* Takes over what the batch holds. */
static cuxas_status add_batch(cuxas_simulations *simulations, batch added, cuxas_error *err)
{
  batch *grown = cuxas_grow(err, simulations->batch, simulations->n_batch + 1, sizeof *grown);
  if (grown == NULL) {
    cuxas_records_free(added.records);
    free(added.path);
    return cuxas_no_memory(err);
  }
  simulations->batch                         = grown;
  simulations->batch[simulations->n_batch++] = added;
  return CUXAS_OK;
}

static cuxas_status parse(const cuxas_simulations *simulations, const cuxas_record_file *file,
                          cuxas_records **ret_records, cuxas_error *err)
{
  const char *edge_name[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < simulations->n_edge; i++) edge_name[i] = simulations->edge_name[i];
  return cuxas_record_file_parse(file, simulations->absorber, edge_name, simulations->n_edge, ret_records, err);
}

static cuxas_status read_file(const cuxas_simulations *simulations, const char *path, cuxas_record_file **ret_file,
                              cuxas_records **ret_records, cuxas_error *err)
{
  const char *edge_name[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < simulations->n_edge; i++) edge_name[i] = simulations->edge_name[i];
  return cuxas_record_file_read_parsed(path, simulations->absorber, edge_name, simulations->n_edge, ret_file,
                                       ret_records, err);
}

cuxas_status cuxas_simulations_note(cuxas_simulations *simulations, const char *path, cuxas_error *err)
{
  batch        added  = {.is_given = true};
  cuxas_status status = cuxas_hash_file(path, added.sha256, err);
  if (status != CUXAS_OK) return status;
  if ((added.path = cuxas_copy_text(err, path)) == NULL) return CUXAS_ENOMEM;
  return add_batch(simulations, added, err);
}

/* Of a file that was noted. */
static cuxas_status read_batch(const cuxas_simulations *simulations, batch *of, cuxas_error *err)
{
  cuxas_record_file *file = NULL;
  char               now[CUXAS_SHA256_HEX_SIZE];
  cuxas_status       status = read_file(simulations, of->path, &file, &of->records, err);
  cuxas_record_file_free(file);
  if (status == CUXAS_OK) status = cuxas_hash_file(of->path, now, err);
  if (status != CUXAS_OK || strcmp(now, of->sha256) == 0) return status;
  return cuxas_fail(err, CUXAS_EIO, "%s: changed while it was read: run the match again", of->path);
}

cuxas_status cuxas_simulations_load(cuxas_simulations *simulations, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
#pragma omp critical(cuxas_simulations)
  for (size_t i = 0; i < simulations->n_batch && status == CUXAS_OK; i++)
    if (simulations->batch[i].records == NULL) status = read_batch(simulations, &simulations->batch[i], err);
  return status;
}

cuxas_status cuxas_simulations_read(cuxas_simulations *simulations, const char *path, cuxas_error *err)
{
  const cuxas_status status = cuxas_simulations_note(simulations, path, err);
  return status == CUXAS_OK ? cuxas_simulations_load(simulations, err) : status;
}

cuxas_status cuxas_simulations_keep(cuxas_simulations *simulations, const char *path, cuxas_error *err)
{
  batch added = {0};
  cuxas_record_file_free(simulations->kept);
  const cuxas_status status = read_file(simulations, path, &simulations->kept, &added.records, err);
  return status == CUXAS_OK ? add_batch(simulations, added, err) : status;
}

void cuxas_simulations_source(const cuxas_simulations *simulations, char ret_sha256[CUXAS_SHA256_HEX_SIZE])
{
  struct {
    char before[CUXAS_SHA256_HEX_SIZE], added[CUXAS_SHA256_HEX_SIZE];
  } pair = {.before = ""};
  for (size_t i = 0; i < simulations->n_batch; i++) {
    if (!simulations->batch[i].is_given) continue;
    memcpy(pair.added, simulations->batch[i].sha256, sizeof pair.added);
    cuxas_hash_memory(&pair, sizeof pair, pair.before);
  }
  memcpy(ret_sha256, pair.before, sizeof pair.before);
}

const char *cuxas_simulations_code(const cuxas_simulations *simulations)
{
  return cuxas_simulator_code(simulations->simulator, CUXAS_CHANNEL_NO_HOLE);
}

size_t cuxas_simulations_n_computed(const cuxas_simulations *simulations)
{
  return simulations->n_computed;
}

/* 2. computing */

/* The projected hole needs the screened one's field, and little beside. */
static size_t list_kinds(const cuxas_simulations *simulations, bool with_screened,
                         cuxas_simulated_kind ret_kind[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL])
{
  size_t n = 0;
  for (int channel = 0; channel < (with_screened ? CUXAS_N_CHANNEL : 1); channel++)
    for (size_t i = 0; i < simulations->n_edge; i++)
      ret_kind[n++] = (cuxas_simulated_kind){simulations->edge_name[i], (cuxas_channel)channel};
  return n;
}

cuxas_status cuxas_simulation_put(const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  const cuxas_record_site *site, cuxas_record_file *file, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < simulation->n_edge && status == CUXAS_OK; i++) {
    const cuxas_simulated_edge *edge     = &simulation->edge[i];
    const cuxas_record_spectrum spectrum = {.edge               = edge->edge,
                                            .channel            = edge->channel,
                                            .n_point            = edge->n_point,
                                            .energy_eV          = edge->energy_eV,
                                            .mu                 = edge->mu,
                                            .opt_mu0            = edge->mu0,
                                            .edge_step          = edge->edge_step,
                                            .core_hole_width_eV = edge->width_eV,
                                            .fermi_eV           = simulation->fermi_eV,
                                            .is_self_consistent = simulation->n_scf > 0,
                                            .opt_scf            = simulation->n_scf > 0 ? simulation->scf : NULL,
                                            .opt_code           = cuxas_simulator_code(simulator, edge->channel)};
    status                               = cuxas_record_file_put(file, site, &spectrum, NULL, err);
  }
  return status;
}

static size_t n_record_of(const batch *of)
{
  return of->records != NULL ? of->records->n_record : 0;
}

/* Whether records of another crystal go by this id. */
static bool is_taken(const cuxas_simulations *simulations, const char *id, const cuxas_crystal *crystal, size_t *work)
{
  for (size_t i = 0; i < simulations->n_batch; i++)
    for (size_t k = 0; k < n_record_of(&simulations->batch[i]); k++) {
      const cuxas_record *record = &simulations->batch[i].records->record[k];
      if (strcmp(record->id, id) == 0 && !cuxas_same_crystal(crystal, record->crystal, work)) return true;
    }
  return false;
}

/* Adds a site to the file that is kept, by a name that no other crystal has there: CuO, CuO-2, CuO-3 ... */
static cuxas_status keep(cuxas_simulations *simulations, const cuxas_simulation *simulation, const char *name,
                         const cuxas_record_site *site, size_t *work, cuxas_error *err)
{
  cuxas_record_site named = *site;
  char              id[CUXAS_RECORD_ID_SIZE];
  cuxas_status      status = CUXAS_ERANGE;
  named.id                 = id;
  for (int i = 1; i <= MAX_NAMESAKE && status == CUXAS_ERANGE; i++) {
    snprintf(id, sizeof id, i > 1 ? "%.56s-%d" : "%.63s", name, i);
    if (!is_taken(simulations, id, site->crystal, work))
      status = cuxas_simulation_put(simulation, simulations->simulator, &named, simulations->kept, err);
  }
  return status == CUXAS_OK ? cuxas_record_file_append(simulations->kept, NULL, err) : status;
}

static cuxas_status compute(cuxas_simulations *simulations, const char *name, const cuxas_record_site *site,
                            bool with_screened, size_t *work, cuxas_error *err)
{
  cuxas_simulated_kind kind[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL];
  const size_t         n_kind     = list_kinds(simulations, with_screened, kind);
  cuxas_simulation    *simulation = NULL;
  cuxas_record_file   *file       = cuxas_record_file_new();
  cuxas_status         status     = file != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK)
    status = cuxas_simulate_site(simulations->simulator, site->crystal, site->site, kind, n_kind, &simulation, err);
  if (status == CUXAS_OK) status = cuxas_simulation_put(simulation, simulations->simulator, site, file, err);
  if (status == CUXAS_OK && simulations->kept != NULL) status = keep(simulations, simulation, name, site, work, err);
  batch added = {0};
  if (status == CUXAS_OK) status = parse(simulations, file, &added.records, err);
  if (status == CUXAS_OK) status = add_batch(simulations, added, err);
  if (status == CUXAS_OK) simulations->n_computed++;
  cuxas_record_file_free(file);
  cuxas_simulation_free(simulation);
  return status;
}

/* 3. finding */

static bool has_channel(const cuxas_record *record, size_t n_edge, cuxas_channel channel)
{
  for (size_t i = 0; i < n_edge; i++)
    if (record->curve[i][channel].n_point == 0) return false;
  return true;
}

/* The orbit of the crystal's that a record describes; SIZE_MAX: it is of another crystal. */
static size_t find_orbit(const cuxas_record *record, const cuxas_crystal *crystal, const cuxas_orbits *orbits,
                         size_t *work)
{
  if (!cuxas_same_crystal(crystal, record->crystal, work)) return SIZE_MAX;
  for (size_t i = 0; i < crystal->n_site; i++)
    if (work[i] == record->site) return orbits->orbit_of[i];
  return SIZE_MAX;
}

/* What is looked for. */
typedef struct {
  bool with_screened, only_given;
} demand;

/* The first record of each orbit that has the channels wanted; NULL: none has. */
static void look_up(const cuxas_simulations *simulations, const cuxas_crystal *crystal, const cuxas_orbits *orbits,
                    demand wanted, size_t *work, const cuxas_record **ret_record)
{
  for (size_t i = 0; i < orbits->n_orbit; i++) ret_record[i] = NULL;
  for (size_t i = 0; i < simulations->n_batch; i++) {
    if (wanted.only_given && !simulations->batch[i].is_given) continue;
    for (size_t k = 0; k < n_record_of(&simulations->batch[i]); k++) {
      const cuxas_record *record = &simulations->batch[i].records->record[k];
      if (!has_channel(record, simulations->n_edge, CUXAS_CHANNEL_NO_HOLE) ||
          (wanted.with_screened && !has_channel(record, simulations->n_edge, CUXAS_CHANNEL_SCREENED_HOLE)))
        continue;
      const size_t i_orbit = find_orbit(record, crystal, orbits, work);
      if (i_orbit != SIZE_MAX && ret_record[i_orbit] == NULL) ret_record[i_orbit] = record;
    }
  }
}

static bool is_complete(const cuxas_record *const *record, size_t n_record)
{
  for (size_t i = 0; i < n_record; i++)
    if (record[i] == NULL) return false;
  return true;
}

bool cuxas_simulations_may_know(const cuxas_simulations *simulations, const char *formula)
{
  for (size_t i = 0; i < simulations->n_batch; i++)
    for (size_t k = 0; simulations->batch[i].is_given && k < n_record_of(&simulations->batch[i]); k++)
      if (strcmp(simulations->batch[i].records->record[k].formula, formula) == 0) return true;
  return false;
}

cuxas_status cuxas_simulations_know(cuxas_simulations *simulations, const cuxas_crystal *crystal,
                                    const cuxas_orbits *orbits, const cuxas_record **ret_record, bool *ret_is_known,
                                    cuxas_error *err)
{
  *ret_is_known             = false;
  const cuxas_status status = cuxas_simulations_load(simulations, err);
  if (status != CUXAS_OK) return status;
  size_t *work = cuxas_new(err, crystal->n_site, sizeof *work);
  if (work == NULL) return CUXAS_ENOMEM;
  for (int with_screened = 1; with_screened >= 0 && !*ret_is_known; with_screened--) {
    look_up(simulations, crystal, orbits, (demand){with_screened == 1, true}, work, ret_record);
    *ret_is_known = is_complete(ret_record, orbits->n_orbit);
  }
  free(work);
  return CUXAS_OK;
}

/* Of this structure, and of no site that is there already. */
static bool is_further(const cuxas_record *record, const char *sha256, const cuxas_record *const *found, size_t n_found)
{
  if (strcmp(record->structure_sha256, sha256) != 0) return false;
  for (size_t i = 0; i < n_found; i++)
    if (found[i]->site == record->site) return false;
  return true;
}

size_t cuxas_simulations_know_file(const cuxas_simulations *simulations, const char *sha256, size_t n_absorber,
                                   const cuxas_record **ret_record)
{
  size_t n = 0, n_site = 0;
  for (size_t i = 0; i < simulations->n_batch && sha256[0] != '\0'; i++)
    for (size_t k = 0; simulations->batch[i].is_given && k < n_record_of(&simulations->batch[i]); k++) {
      const cuxas_record *record = &simulations->batch[i].records->record[k];
      if (!is_further(record, sha256, ret_record, n) ||
          !has_channel(record, simulations->n_edge, CUXAS_CHANNEL_NO_HOLE) ||
          !has_channel(record, simulations->n_edge, CUXAS_CHANNEL_SCREENED_HOLE) || n == n_absorber)
        continue;
      ret_record[n++] = record;
      n_site += record->multiplicity;
    }
  return n_site == n_absorber ? n : 0;
}

double cuxas_simulations_cost_s(const cuxas_simulations *simulations, const cuxas_crystal *crystal,
                                const cuxas_orbits *orbits)
{
  const cuxas_simulate_settings how    = cuxas_simulations_settings();
  const size_t                  n_kind = simulations->n_edge * (simulations->wants_screened ? CUXAS_N_CHANNEL : 1);
  double                        sum_s  = 0.0;
  for (size_t i = 0; i < orbits->n_orbit; i++) {
    cuxas_site_cost cost;
    if (cuxas_site_cost_find(crystal, orbits->first_site[i], &how, n_kind, &cost, NULL) != CUXAS_OK) return INFINITY;
    sum_s += cost.core_s;
  }
  return sum_s;
}

cuxas_status cuxas_simulations_find(cuxas_simulations *simulations, const char *name, const cuxas_crystal *crystal,
                                    const cuxas_orbits *orbits, const cuxas_record **ret_record, cuxas_error *err)
{
  bool         with_screened = simulations->wants_screened;
  cuxas_status status        = CUXAS_OK;
  size_t      *work          = cuxas_new(err, crystal->n_site, sizeof *work);
  if (work == NULL) return CUXAS_ENOMEM;
  look_up(simulations, crystal, orbits, (demand){.with_screened = with_screened}, work, ret_record);
  if (!is_complete(ret_record, orbits->n_orbit) && (status = cuxas_simulations_load(simulations, err)) == CUXAS_OK)
    look_up(simulations, crystal, orbits, (demand){.with_screened = with_screened}, work, ret_record);
  for (size_t i = 0; i < orbits->n_orbit && status == CUXAS_OK; i++) {
    if (ret_record[i] != NULL) continue;
    const cuxas_record_site site = {"computed", crystal, orbits->first_site[i], orbits->multiplicity[i]};
    status                       = compute(simulations, name, &site, with_screened, work, err);
    if (status == CUXAS_EUNSUPPORTED && with_screened) { /* perhaps without a core hole: known, or computed */
      with_screened = false;
      look_up(simulations, crystal, orbits, (demand){.with_screened = with_screened}, work, ret_record);
      if (ret_record[i] != NULL) {
        status = CUXAS_OK;
        continue;
      }
      status = compute(simulations, name, &site, with_screened, work, err);
      if (status == CUXAS_OK) simulations->wants_screened = false; /* not asked for again */
    }
    if (status == CUXAS_OK)
      look_up(simulations, crystal, orbits, (demand){.with_screened = with_screened}, work, ret_record);
  }
  free(work);
  return status;
}

/* 4. arrangements */

bool cuxas_arrangement_is_simulated(size_t i, size_t n, size_t n_most)
{
  const size_t n_taken = n < n_most ? n : n_most;
  return (i * n_taken + n - 1) / n != ((i + 1) * n_taken + n - 1) / n;
}

void cuxas_arrangement_suffix(size_t i, size_t n, char ret_suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE])
{
  ret_suffix[0] = '\0';
  if (n > 1) snprintf(ret_suffix, CUXAS_ARRANGEMENT_SUFFIX_SIZE, "~%zuof%zu", i + 1, n);
}

size_t cuxas_arrangement_stem(const char *id)
{
  static const char DIGITS[] = "0123456789";
  const char       *tilde    = strrchr(id, '~');
  if (tilde == NULL || tilde == id) return strlen(id);
  const size_t n_first = strspn(tilde + 1, DIGITS);
  const char  *of      = tilde + 1 + n_first;
  const bool   is_ours = n_first > 0 && strncmp(of, "of", 2) == 0 && strspn(of + 2, DIGITS) > 0;
  return is_ours && of[2 + strspn(of + 2, DIGITS)] == '\0' ? (size_t)(tilde - id) : strlen(id);
}
