/* simulated.c - candidates whose spectra were simulated: from site records, and as tables in files
 *
 * Contents: 1. from records  2. tables  3. of a structure, by simulations that are known or made */
#include "match/simulated.h"
#include "crystal/opened.h"
#include "spectrum/preprocess_steps.h"
#include "predict/head.h"
#include "predict/model_parts.h"
#include "match/shortlist.h"
#include "records/dataset.h"
#include "records/simulations.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "cuxas/crystal.h"
#include "match/candidate.h"
#include "cuxas/preprocess.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. from records ==== */

/* -- a curve from its sites -- */

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
static cuxas_status assemble(const cuxas_record *record, const cuxas_model *model, double shift_eV,
                             cuxas_channel channel, double *edge_work, double *ret_mu, cuxas_error *err)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < model->n_edge; i++) {
    cuxas_grid grid = model->edge[i].grid;
    grid.start_eV -= shift_eV; /* what stands there is wanted shift_eV above */
    const cuxas_status status = cuxas_dataset_resample(&record->curve[i][channel], grid, edge_work, err);
    if (status != CUXAS_OK) return status;
    edge_mu[i] = edge_work;
    edge_work += model->edge[i].grid.n_energy;
  }
  cuxas_predict_assemble(model, edge_mu, ret_mu);
  return CUXAS_OK;
}

/* Mean over the sites in one channel; work is (spectra of all edges, and a combined one). */
typedef struct {
  const cuxas_record *const *record;   /* (n_record) */
  const double              *weight;   /* (n_record) */
  const double              *shift_eV; /* (n_record) */
  size_t                     n_record;
} weighed_sites;

static cuxas_status average(const cuxas_model *model, const weighed_sites *sites, cuxas_channel channel, double *work,
                            double *mu, cuxas_error *err)
{
  const size_t n_energy = model->grid.n_energy;
  double      *site_mu = work, *edge_work = work + n_energy, n_site = 0.0;
  for (size_t k = 0; k < sites->n_record; k++) {
    const cuxas_status status = assemble(sites->record[k], model, sites->shift_eV[k], channel, edge_work, site_mu, err);
    if (status != CUXAS_OK) return status;
    n_site += sites->weight[k];
    for (size_t i = 0; i < n_energy; i++) mu[i] += sites->weight[k] * site_mu[i];
  }
  for (size_t i = 0; i < n_energy; i++) mu[i] = (double)(float)(mu[i] / n_site); /* as libraries keep it */
  return CUXAS_OK;
}

/* Every record has a crystal of its own, most often the same. */
static bool has_crystal_of(const cuxas_record *record, const cuxas_record *other)
{
  const cuxas_crystal *a = record->crystal, *b = other->crystal;
  return a == b || (a->n_site == b->n_site && memcmp(a->lattice_A, b->lattice_A, sizeof a->lattice_A) == 0 &&
                    memcmp(a->fractional, b->fractional, a->n_site * sizeof *a->fractional) == 0 &&
                    memcmp(a->atomic_number, b->atomic_number, a->n_site * sizeof *a->atomic_number) == 0);
}

/* find_shifts() - by how much each site is moved: neighbours of one crystal are looked for once
 *
 *   ret_shift_eV  (n_record) */
static cuxas_status find_shifts(const cuxas_model *model, const cuxas_record *const *record, size_t n_record,
                                double *ret_shift_eV, cuxas_error *err)
{
  size_t      *site   = cuxas_new(err, n_record, sizeof *site);
  cuxas_status status = site != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  for (size_t first = 0, n; first < n_record && status == CUXAS_OK; first += n) {
    for (n = 0; first + n < n_record && has_crystal_of(record[first + n], record[first]); n++)
      site[n] = record[first + n]->site;
    status = cuxas_site_shifts(model->site_shift_eV, record[first]->crystal, site, n, ret_shift_eV + first, err);
  }
  free(site);
  return status;
}

cuxas_status cuxas_simulated_curve(const cuxas_model *model, const cuxas_record *const *record, const double *weight,
                                   size_t n_record, bool is_moved, cuxas_candidate_curve *ret_curve, cuxas_error *err)
{
  cuxas_candidate_curve curve  = {.grid = model->grid, .is_prediction = true};
  size_t                n_work = model->grid.n_energy;
  cuxas_status          status = CUXAS_OK;

  *ret_curve = (cuxas_candidate_curve){0};
  for (size_t i = 0; i < model->n_edge; i++) n_work += model->edge[i].grid.n_energy;
  double *work     = cuxas_new(err, n_work, sizeof *work);
  double *shift_eV = cuxas_new(err, n_record, sizeof *shift_eV);
  if (work == NULL || shift_eV == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK && is_moved) status = find_shifts(model, record, n_record, shift_eV, err);
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
    if (!all_have_channel(record, n_record, model->n_edge, (cuxas_channel)channel)) continue;
    if ((curve.mu[channel] = cuxas_new(err, model->grid.n_energy, sizeof *curve.mu[channel])) == NULL)
      status = CUXAS_ENOMEM;
    else
      status = average(model, &(weighed_sites){record, weight, shift_eV, n_record}, (cuxas_channel)channel, work,
                       curve.mu[channel], err);
  }
  free(work);
  free(shift_eV);
  if (status == CUXAS_OK)
    *ret_curve = curve;
  else
    cuxas_candidate_curve_clear(&curve);
  return status;
}

/* -- one compound -- */

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

/* Arrangements of a disordered crystal are one compound. */
static bool is_same(const cuxas_record *a, const cuxas_record *b)
{
  const size_t n = cuxas_arrangement_stem(a->id);
  return cuxas_arrangement_stem(b->id) == n && strncmp(a->id, b->id, n) == 0;
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
  return cuxas_simulated_curve(model, site, weight, n_site, false, ret_curve, err);
}

static cuxas_status fill_slot(const cuxas_records *records, const cuxas_model *model, size_t i_first,
                              const cuxas_record **site, double *weight, cuxas_slot *slot, cuxas_error *err)
{
  const cuxas_record *record = &records->record[i_first];
  const size_t        n_id   = cuxas_arrangement_stem(record->id);
  char                id[CUXAS_RECORD_ID_SIZE];
  memcpy(id, record->id, n_id);
  id[n_id]         = '\0';
  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  memcpy(slot->hit.formula, record->formula, sizeof slot->hit.formula);
  if (cuxas_slot_name(slot, id, id, id, err) != CUXAS_OK) return CUXAS_ENOMEM;
  cuxas_status status = make_curve(records, model, i_first, site, weight, &slot->curve, err);
  if (status == CUXAS_OK && record->id[n_id] != '\0')
    status = cuxas_hit_warn(&slot->hit, err, "disordered: the mean over arrangements that were simulated");
  if (status != CUXAS_OK) return status;
  if (slot->curve.mu[CUXAS_CHANNEL_NO_HOLE] == NULL)
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "not simulated without a core hole for every edge and site");
  return slot->out_of_memory ? cuxas_no_memory(err) : CUXAS_OK;
}

/* -- all of them -- */

cuxas_status cuxas_library_simulated(const cuxas_records *records, const cuxas_model *model,
                                     cuxas_library **ret_library, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;

  *ret_library = NULL;
  if (records->n_record == 0) return cuxas_fail(err, CUXAS_ERANGE, "no simulated spectra");
  if (records->n_edge != model->n_edge)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu edges were simulated, the model has %zu", records->n_edge, model->n_edge);
  cuxas_library *library = cuxas_new(err, 1, sizeof *library);
  if (library != NULL) library->slot = cuxas_new(err, records->n_record, sizeof *library->slot);
  const cuxas_record **site   = cuxas_new(err, records->n_record, sizeof *site);
  double              *weight = cuxas_new(err, records->n_record, sizeof *weight);
  if (library == NULL || library->slot == NULL || site == NULL || weight == NULL) status = CUXAS_ENOMEM;
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

/* ==== 2. tables ==== */

static const char        ENERGY[]                 = "energy_eV";
static const char *const CHANNEL[CUXAS_N_CHANNEL] = {"no_hole", "screened_hole", "projected_hole"};

/* -- writing -- */

static void write_head(const cuxas_slot *slot, const cuxas_model *model, const cuxas_simulated_origin *origin,
                       FILE *out)
{
  fprintf(out, "# %s, simulated: mean over the %s sites of", slot->hit.name, model->element);
  for (size_t k = 0; k < model->n_edge; k++)
    fprintf(out, k == 0 ? " %.5g %s" : " + %.5g %s", model->edge[k].weight, model->edge[k].name);
  fprintf(out, ", each normalised to its edge step\n# code %s\n# formula %s\n# edges %s", origin->code,
          slot->hit.formula, model->element);
  for (size_t k = 0; k < model->n_edge; k++) fprintf(out, " %s", model->edge[k].name);
  if (origin->source != NULL) fprintf(out, "\n# source %s", origin->source);
  fprintf(out, "\n# input sha256 %s\n", origin->sha256);
}

cuxas_status cuxas_simulated_write(const cuxas_library *library, size_t i, const cuxas_simulated_origin *origin,
                                   FILE *out, cuxas_error *err)
{
  const cuxas_slot            *slot  = &library->slot[i];
  const cuxas_candidate_curve *curve = &slot->curve;
  if (slot->fate != CUXAS_FATE_HIT) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: %s", slot->hit.name, slot->reason);
  write_head(slot, library->model, origin, out);
  fputs(ENERGY, out);
  for (int c = 0; c < CUXAS_N_CHANNEL; c++)
    if (curve->mu[c] != NULL) fprintf(out, ",%s", CHANNEL[c]);
  putc('\n', out);
  for (size_t k = 0; k < curve->grid.n_energy; k++) {
    fprintf(out, "%.10g", cuxas_grid_energy_eV(curve->grid, k));
    for (int c = 0; c < CUXAS_N_CHANNEL; c++)
      if (curve->mu[c] != NULL) fprintf(out, ",%.5f", curve->mu[c][k]);
    putc('\n', out);
  }
  return CUXAS_OK;
}

/* -- the head of a table -- */

/* What follows "# WORD " in the comments; NULL: nothing does. */
static const char *find_word(const cuxas_text *text, const char *word)
{
  const size_t n = strlen(word);
  for (size_t i = 0; i < text->n_line && text->line[i][0] == '#'; i++)
    if (strncmp(text->line[i], "# ", 2) == 0 && strncmp(text->line[i] + 2, word, n) == 0 && text->line[i][2 + n] == ' ')
      return text->line[i] + n + 3;
  return NULL;
}

static cuxas_status check_edges(const cuxas_text *text, const cuxas_model *model, cuxas_error *err)
{
  const char *edges = find_word(text, "edges");
  char        wanted[CUXAS_MODEL_MAX_EDGE * (CUXAS_EDGE_NAME_SIZE + 1) + 8];
  size_t      n = (size_t)snprintf(wanted, sizeof wanted, "%s", model->element);
  for (size_t k = 0; k < model->n_edge; k++)
    n += (size_t)snprintf(wanted + n, sizeof wanted - n, " %s", model->edge[k].name);
  if (edges == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no simulated spectrum of a compound: no line \"# edges\"", text->path);
  if (strcmp(edges, wanted) != 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: edges %s, the model's are %s", text->path, edges, wanted);
  return CUXAS_OK;
}

/* -- its columns -- */

typedef struct {
  size_t  n_energy;
  double *column[1 + CUXAS_N_CHANNEL]; /* (n_energy) energy, then the channels; NULL: there is none */
} table;

static void free_table(table *numbers)
{
  for (int k = 0; k <= CUXAS_N_CHANNEL; k++) free(numbers->column[k]);
}

/* Which field holds column k; n_field: none. */
static size_t find_column(char **field, size_t n_field, int k)
{
  size_t i = 0;
  while (i < n_field && strcmp(field[i], k == 0 ? ENERGY : CHANNEL[k - 1]) != 0) i++;
  return i;
}

static cuxas_status read_numbers(cuxas_text *text, table *numbers, cuxas_error *err)
{
  char  *field[CUXAS_CSV_MAX_COLUMN];
  size_t i_head = 0, at[1 + CUXAS_N_CHANNEL];
  while (i_head < text->n_line && text->line[i_head][0] == '#') i_head++;
  const size_t n_field = i_head < text->n_line ? cuxas_csv_cut(text->line[i_head], field) : 0;
  for (int k = 0; k <= CUXAS_N_CHANNEL; k++) at[k] = find_column(field, n_field, k);
  if (at[0] == n_field || at[1 + CUXAS_CHANNEL_NO_HOLE] == n_field)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: columns %s and %s are needed", text->path, i_head + 1, ENERGY,
                      CHANNEL[CUXAS_CHANNEL_NO_HOLE]);
  numbers->n_energy = text->n_line - i_head - 1;
  if (numbers->n_energy < 3) return cuxas_fail(err, CUXAS_EFORMAT, "%s: fewer than 3 energies", text->path);
  for (int k = 0; k <= CUXAS_N_CHANNEL; k++)
    if (at[k] < n_field && (numbers->column[k] = cuxas_new(err, numbers->n_energy, sizeof(double))) == NULL)
      return cuxas_fail_at(err, cuxas_no_memory(err), text->path);
  for (size_t i = 0; i < numbers->n_energy; i++) {
    const size_t n_here = cuxas_csv_cut(text->line[i_head + 1 + i], field);
    for (int k = 0; k <= CUXAS_N_CHANNEL; k++) {
      if (numbers->column[k] == NULL) continue;
      double *value = &numbers->column[k][i];
      if (n_here != n_field || !cuxas_text_parse_number(field[at[k]], value) || !isfinite(*value))
        return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu finite numbers are needed", text->path, i_head + 2 + i,
                          n_field);
    }
  }
  return CUXAS_OK;
}

/* -- reading -- */

static bool has_step(const table *numbers, double step_eV)
{
  for (size_t i = 1; i < numbers->n_energy; i++)
    if (fabs(numbers->column[0][i] - numbers->column[0][i - 1] - step_eV) > CUXAS_PREPROCESS_SAME_EV) return false;
  return true;
}

/* Curves on the model's step: as they are, or interpolated. */
static cuxas_status take_curves(const char *path, table *numbers, const cuxas_model *model,
                                cuxas_candidate_curve *curve, cuxas_error *err)
{
  const double first_eV = numbers->column[0][0], last_eV = numbers->column[0][numbers->n_energy - 1];
  curve->is_prediction = true;
  if (has_step(numbers, model->grid.step_eV)) {
    curve->grid = (cuxas_grid){first_eV, model->grid.step_eV, numbers->n_energy};
    for (int c = 0; c < CUXAS_N_CHANNEL; c++) {
      curve->mu[c]           = numbers->column[1 + c];
      numbers->column[1 + c] = NULL;
    }
    return CUXAS_OK;
  }
  cuxas_status status = cuxas_preprocess_cover(model->grid, first_eV, last_eV, true, &curve->grid, err);
  if (status == CUXAS_OK && curve->grid.n_energy == 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: none of the model's energies", path);
  for (int c = 0; c < CUXAS_N_CHANNEL && status == CUXAS_OK; c++) {
    const cuxas_spectrum spectrum = {
        .n_point = numbers->n_energy, .energy_eV = numbers->column[0], .mu = numbers->column[1 + c]};
    if (spectrum.mu == NULL) continue;
    if ((curve->mu[c] = cuxas_new(err, curve->grid.n_energy, sizeof(double))) == NULL)
      return cuxas_fail_at(err, cuxas_no_memory(err), path);
    status = cuxas_preprocess_resample(&spectrum, curve->grid, CUXAS_INTERPOLATE_STEFFEN, curve->mu[c], err);
  }
  return status;
}

static cuxas_status read_slot(const cuxas_candidate *candidate, const cuxas_model *model,
                              char ret_code[CUXAS_SIMULATED_CODE_SIZE], cuxas_slot *slot, cuxas_error *err)
{
  cuxas_text   text    = {0};
  table        numbers = {0};
  cuxas_status status;

  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  if (cuxas_slot_name(slot, candidate->path, candidate->label, candidate->name, err) != CUXAS_OK)
    return cuxas_fail_at(err, CUXAS_ENOMEM, candidate->path);
  if ((status = cuxas_candidate_hash(candidate, slot->hit.sha256, err)) == CUXAS_OK &&
      (status = cuxas_text_read(candidate->path, &text, err)) == CUXAS_OK &&
      (status = check_edges(&text, model, err)) == CUXAS_OK) {
    const char *formula = find_word(&text, "formula"), *code = find_word(&text, "code");
    snprintf(slot->hit.formula, sizeof slot->hit.formula, "%s", formula != NULL ? formula : "");
    snprintf(ret_code, CUXAS_SIMULATED_CODE_SIZE, "%s", code != NULL ? code : "simulated");
    if ((status = read_numbers(&text, &numbers, err)) == CUXAS_OK)
      status = take_curves(candidate->path, &numbers, model, &slot->curve, err);
  }
  free_table(&numbers);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_simulated_read(const cuxas_catalog *catalog, const cuxas_model *model,
                                  char ret_code[CUXAS_SIMULATED_CODE_SIZE], cuxas_library **ret_library,
                                  cuxas_error *err)
{
  cuxas_library *library = cuxas_new(err, 1, sizeof *library);
  cuxas_status   status  = CUXAS_OK;
  char           code[CUXAS_SIMULATED_CODE_SIZE];

  *ret_library = NULL;
  ret_code[0]  = '\0';
  if (library == NULL || (library->slot = cuxas_new(err, catalog->n_candidate, sizeof *library->slot)) == NULL)
    status = CUXAS_ENOMEM;
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK; i++) {
    if (catalog->candidate[i].kind != CUXAS_CANDIDATE_SPECTRUM) continue;
    status = read_slot(&catalog->candidate[i], model, code, &library->slot[library->n_slot++], err);
    if (library->n_slot == 1) memcpy(ret_code, code, sizeof code);
  }
  if (status == CUXAS_OK && library->n_slot == 0) status = cuxas_fail(err, CUXAS_ERANGE, "no simulated spectra");
  if (status != CUXAS_OK) {
    cuxas_library_free(library);
    return status;
  }
  library->model = model;
  *ret_library   = library;
  return CUXAS_OK;
}

/* ==== 3. of a structure ==== */

/* Spectra of its sites, and how many of each kind there are; of a disordered structure those of several arrangements, one
 * behind the other. */
typedef struct {
  size_t               n, n_distinct; /* of all arrangements; of the first */
  const cuxas_record **record;        /* (n) borrowed */
  double              *weight;        /* (n) */
  cuxas_simulated_lack lack;          /* where only that is asked for */
} candidate_sites;

static void free_sites(candidate_sites *sites)
{
  free(sites->record);
  free(sites->weight);
  *sites = (candidate_sites){0};
}

/* opt_is_known: nothing is computed, and false where that leaves sites without spectra. */
static cuxas_status add_sites(const cuxas_crystal *crystal, const char *name, const cuxas_simulated_manner *how,
                              candidate_sites *sites, bool *opt_is_known, cuxas_error *err)
{
  cuxas_orbits *orbits = NULL;
  cuxas_status  status = cuxas_symmetry_find_orbits(crystal, how->model->absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  const size_t         n      = sites->n + orbits->n_orbit;
  const cuxas_record **record = cuxas_grow(err, sites->record, n, sizeof *record);
  if (record != NULL) sites->record = record;
  double *weight = record != NULL ? cuxas_grow(err, sites->weight, n, sizeof *weight) : NULL;
  if (weight != NULL) {
    sites->weight = weight;
    for (size_t i = 0; i < orbits->n_orbit; i++) weight[sites->n + i] = (double)orbits->multiplicity[i];
    if (how->only_cost)
      *opt_is_known = false;
    else
      status = opt_is_known != NULL
                   ? cuxas_simulations_know(how->simulations, crystal, orbits, record + sites->n, opt_is_known, err)
                   : cuxas_simulations_find(how->simulations, name, crystal, orbits, record + sites->n, err);
    for (size_t i = 0; opt_is_known != NULL && !how->only_cost && i < orbits->n_orbit; i++)
      sites->lack.is_partly_known = sites->lack.is_partly_known || record[sites->n + i] != NULL;
    if (how->only_cost) sites->lack.cost_s += cuxas_simulations_cost_s(how->simulations, crystal, orbits);
    if (sites->n == 0) sites->n_distinct = orbits->n_orbit;
    sites->n = n;
  } else {
    status = CUXAS_ENOMEM;
  }
  cuxas_orbits_free(orbits);
  return status;
}

static size_t count_arrangements(const cuxas_crystal *crystal)
{
  size_t n = 0;
  for (; crystal != NULL; crystal = crystal->next) n++;
  return n;
}

/* Sites of the arrangements that are simulated, all of which are equally likely and have the same composition. */
static cuxas_status find_sites(const cuxas_crystal *crystal, const char *name, const cuxas_simulated_manner *how,
                               candidate_sites *sites, bool *ret_is_known, cuxas_error *err)
{
  const size_t n_all   = count_arrangements(crystal),
               n_taken = n_all < CUXAS_SIMULATED_ARRANGEMENTS ? n_all : CUXAS_SIMULATED_ARRANGEMENTS;
  cuxas_status status  = CUXAS_OK;
  size_t       i_taken = 0;
  *ret_is_known        = true;
  for (size_t i = 0; i < n_all && status == CUXAS_OK; i++, crystal = crystal->next) {
    char suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE], id[CUXAS_RECORD_ID_SIZE];
    if (!cuxas_arrangement_is_simulated(i, n_all, CUXAS_SIMULATED_ARRANGEMENTS)) continue;
    cuxas_arrangement_suffix(i_taken++, n_taken, suffix);
    cuxas_text_print(id, sizeof id, "%.40s%s", name, suffix);
    bool is_known = true;
    status        = add_sites(crystal, suffix[0] != '\0' ? id : name, how, sites,
                       how->only_known || how->only_cost ? &is_known : NULL, err);
    *ret_is_known = *ret_is_known && is_known;
  }
  return status;
}

/* Of one site; work is (n_energy of the first edge). */
static double find_site_error(const cuxas_model *model, const cuxas_record *record, double shift_eV,
                              const double *predicted, double *work)
{
  cuxas_grid grid = model->edge[0].grid;
  double     sum  = 0.0;
  grid.start_eV -= shift_eV;
  if (cuxas_dataset_resample(&record->curve[0][CUXAS_CHANNEL_NO_HOLE], grid, work, NULL) != CUXAS_OK) return NAN;
  for (size_t i = 0; i < grid.n_energy; i++) sum += fabs(work[i] - predicted[i]);
  return sum / (double)grid.n_energy;
}

/* How wrong the prediction is; NaN where the model predicts no first edge without a core hole. */
static cuxas_status find_error(const cuxas_crystal *crystal, const cuxas_parts *opt_parts, const cuxas_model *model,
                               const candidate_sites *sites, double *ret_error, cuxas_error *err)
{
  const cuxas_head *head  = cuxas_model_find_head(model, 0, CUXAS_CHANNEL_NO_HOLE);
  cuxas_prediction *again = NULL;
  double            sum = 0.0, n = 0.0;
  *ret_error = NAN;
  if (head == NULL) return CUXAS_OK;
  cuxas_status status = opt_parts == NULL ? cuxas_predict_crystal(model, crystal, &again, err) : CUXAS_OK;
  if (status != CUXAS_OK) return status;
  const cuxas_prediction *prediction = opt_parts != NULL ? opt_parts->prediction : again;
  const size_t            n_all      = count_arrangements(crystal);
  double                 *work       = cuxas_new(err, model->edge[0].grid.n_energy, sizeof *work);
  double                 *shift_eV   = cuxas_new(err, sites->n, sizeof *shift_eV);
  if (work == NULL || shift_eV == NULL)
    status = cuxas_no_memory(err);
  else
    status = find_shifts(model, sites->record, sites->n, shift_eV, err);
  for (size_t i = 0, i_site = 0; status == CUXAS_OK && i < n_all && prediction != NULL;
       i++, prediction      = prediction->next) {
    if (!cuxas_arrangement_is_simulated(i, n_all, CUXAS_SIMULATED_ARRANGEMENTS)) continue;
    for (size_t k = 0; k < prediction->n_site && i_site < sites->n; k++, i_site++) { /* orbits in the same order */
      const double *predicted = prediction->site[k].mu[head - model->head];
      sum += sites->weight[i_site] * find_site_error(model, sites->record[i_site], shift_eV[i_site], predicted, work);
      n += sites->weight[i_site];
    }
  }
  free(work);
  free(shift_eV);
  cuxas_prediction_free(again);
  *ret_error = sum / n;
  return status;
}

/* The crystal, and the checksum of its file; `own` is what the caller frees. */
static cuxas_status read_subject(const cuxas_simulated_subject *from, char ret_sha256[CUXAS_SHA256_HEX_SIZE],
                                 cuxas_crystal **own, cuxas_error *err)
{
  cuxas_candidate opened;
  cuxas_status    status = cuxas_candidate_open(from->candidate, &opened, err);
  if (status == CUXAS_OK) status = cuxas_candidate_read(&opened, own, err);
  if (status == CUXAS_OK) status = cuxas_candidate_hash(&opened, ret_sha256, err);
  cuxas_candidate_close(from->candidate, &opened);
  return status == CUXAS_EIO ? CUXAS_EUNSUPPORTED : status; /* a matter of this file alone */
}

cuxas_status cuxas_slot_simulate(const cuxas_simulated_subject *from, const cuxas_simulated_manner *how,
                                 cuxas_slot *slot, cuxas_shortlisted *opt_own, cuxas_simulated_lack *opt_lack,
                                 cuxas_error *err)
{
  const cuxas_model *model    = how->model;
  cuxas_crystal     *own      = NULL;
  candidate_sites    sites    = {0};
  bool               is_known = false;
  cuxas_status       status   = CUXAS_OK;

  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  if (from->opt_parts == NULL && (status = read_subject(from, slot->hit.sha256, &own, err)) != CUXAS_OK) goto done;
  const cuxas_crystal *crystal = from->opt_parts != NULL ? from->opt_parts->crystal : own;
  if ((status = find_sites(crystal, slot->hit.name, how, &sites, &is_known, err)) != CUXAS_OK) goto done;
  if (!is_known) {
    if (opt_lack != NULL) *opt_lack = sites.lack;
    goto done;
  }
  if ((status = cuxas_simulated_curve(model, sites.record, sites.weight, sites.n, true, &slot->curve, err)) != CUXAS_OK)
    goto done;
  cuxas_crystal_formula(crystal, slot->hit.formula);
  const size_t n_all = count_arrangements(crystal);
  if (n_all > 1)
    status = cuxas_hit_warn(&slot->hit, err, "disordered: %zu of its %zu arrangements are simulated and averaged",
                            n_all < CUXAS_SIMULATED_ARRANGEMENTS ? n_all : (size_t)CUXAS_SIMULATED_ARRANGEMENTS, n_all);
  slot->hit.n_absorber = cuxas_crystal_count(crystal, model->absorber);
  slot->hit.n_distinct = sites.n_distinct;
  if (opt_own != NULL) memcpy(opt_own->code, sites.record[0]->code, sizeof opt_own->code);
  if (opt_own != NULL && status == CUXAS_OK && !how->only_known)
    status = find_error(crystal, from->opt_parts, model, &sites, &opt_own->error, err);
done:
  free_sites(&sites);
  cuxas_crystal_free(own);
  return status;
}
