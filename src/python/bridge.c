/* bridge.c - what the Python module calls: the library's structs as plain numbers, arrays and JSON text
 *
 * Compiled against the headers, so that Python need not know how a struct lies in memory. Handles are opaque; arrays that are
 * handed out belong to their handle. Text that is handed out belongs to the caller, who frees it by cuxas_python_free().
 *
 * Contents: 1. text  2. measured files  3. crystals  4. predictions  5. simulations  6. sessions */
#include "cuxas.h"
#include "base/json.h"
#include "predict/model_parts.h"
#include "spectrum/preprocess_steps.h"

#include <cblas.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* Loaded by name, not linked: no header declares them. */
size_t        cuxas_python_error_size(void);
void          cuxas_python_free(void *memory);
cuxas_status  cuxas_python_read(const char *path, const void *opt_bytes, size_t n_byte,
                                const cuxas_measured_options *how, cuxas_spectrum **ret_spectrum, char **ret_info,
                                cuxas_error *err);
size_t        cuxas_python_how_size(void);
void          cuxas_python_curve(const cuxas_spectrum *spectrum, double *ret_energy_eV, double *ret_mu);
size_t        cuxas_python_n_point(const cuxas_spectrum *spectrum);
char         *cuxas_python_crystal(const cuxas_crystal *crystal, double *opt_lattice_A, int *opt_number,
                                   double *opt_fractional);
char         *cuxas_python_model(const cuxas_model *model);
char         *cuxas_python_prediction(const cuxas_prediction *prediction, const cuxas_model *model);
const double *cuxas_python_predicted(const cuxas_prediction *prediction, int channel, bool wants_sigma);
const double *cuxas_python_site(const cuxas_prediction *prediction, const cuxas_model *model, size_t i_site,
                                size_t i_edge, int channel);
cuxas_status  cuxas_python_simulate(const cuxas_crystal *crystal, const double choice[4], const char *edge,
                                    cuxas_simulation **ret_simulation, cuxas_error *err);
const double *cuxas_python_simulated(const cuxas_simulation *simulation, size_t i_edge, int i_array);
char         *cuxas_python_simulation(const cuxas_simulation *simulation);
cuxas_status  cuxas_python_session(const cuxas_model *model, const char *const *candidate, size_t n_candidate,
                                   const char *settings, const char *const calibration[3], cuxas_session **ret_session,
                                   cuxas_error *err);
cuxas_status  cuxas_python_identify(cuxas_session *session, const char *const *path, const size_t n[2],
                                    const char *const *scan, const cuxas_measured_options *how,
                                    cuxas_result **ret_result, cuxas_error *err);
cuxas_status  cuxas_python_report(const cuxas_result *result, int format, char **ret_text, size_t *ret_n_byte,
                                  cuxas_error *err);

/* 1. text */

size_t cuxas_python_error_size(void)
{
  return sizeof(cuxas_error);
}

size_t cuxas_python_how_size(void)
{
  return sizeof(cuxas_measured_options);
}

void cuxas_python_free(void *memory)
{
  free(memory);
}

/* As the programs do, so that the digits are theirs: sums of several threads are added up in another order. Returns what was
 * set before. */
int cuxas_python_blas_threads(int n_thread)
{
  const int n_before = openblas_get_num_threads();
  openblas_set_num_threads(n_thread);
  return n_before;
}

static char *print_and_delete(cJSON *tree)
{
  char *text;
  (void)cuxas_json_print(tree, false, &text, NULL);
  cJSON_Delete(tree);
  return text;
}

static void add_warnings(cJSON *object, const cuxas_warnings *warnings)
{
  cJSON *list = cuxas_json_add(object, "warnings", cJSON_CreateArray());
  for (size_t i = 0; i < warnings->n_warning; i++) cuxas_json_add(list, NULL, cJSON_CreateString(warnings->text[i]));
}

/* 2. measured files */

static char *tell_info(const cuxas_measured_info *info)
{
  static const char *const ROLE[] = {"", "energy", "signal", "i0"};
  cJSON                   *tree = cJSON_CreateObject(), *columns = cuxas_json_add(tree, "columns", cJSON_CreateArray());
  char                    *description = cuxas_measured_describe(info);
  cuxas_json_add(tree, "path", cJSON_CreateString(info->path));
  cuxas_json_add(tree, "format", cJSON_CreateString(info->format));
  cuxas_json_add(tree, "gzip", cJSON_CreateBool(info->is_gzip));
  cuxas_json_add(tree, "element", cJSON_CreateString(info->element));
  cuxas_json_add(tree, "edge", cJSON_CreateString(info->edge));
  cuxas_json_add(tree, "detection", cJSON_CreateString(info->detection_mode));
  cuxas_json_add(tree, "scan", cJSON_CreateString(info->scan));
  cuxas_json_add(tree, "n_scans", cJSON_CreateNumber((double)info->n_scan_in_file));
  cuxas_json_add(tree, "unit", cJSON_CreateString(cuxas_unit_name(info->unit)));
  cuxas_json_add(tree, "order", cJSON_CreateString(cuxas_order_name(info->order)));
  cuxas_json_add(tree, "n_points", cJSON_CreateNumber((double)info->n_point));
  cuxas_json_add(tree, "range_eV", cJSON_CreateDoubleArray((const double[]){info->min_eV, info->max_eV}, 2));
  cuxas_json_add(tree, "median_step_eV", cJSON_CreateNumber(info->median_step_eV));
  for (size_t i = 0; i < info->n_column; i++) {
    cJSON *column = cJSON_CreateObject();
    cuxas_json_add(column, "name", cJSON_CreateString(info->column[i].name));
    cuxas_json_add(column, "role", cJSON_CreateString(ROLE[info->column[i].role]));
    cuxas_json_add(columns, NULL, column);
  }
  add_warnings(tree, &info->warnings);
  cuxas_json_add(tree, "description", cJSON_CreateString(description != NULL ? description : ""));
  free(description);
  return print_and_delete(tree);
}

/* Of a file, or of the bytes of one. */
cuxas_status cuxas_python_read(const char *path, const void *opt_bytes, size_t n_byte,
                               const cuxas_measured_options *how, cuxas_spectrum **ret_spectrum, char **ret_info,
                               cuxas_error *err)
{
  cuxas_measured_info *info   = NULL;
  cuxas_status         status = opt_bytes != NULL
                                    ? cuxas_measured_parse_bytes(path, opt_bytes, n_byte, how, ret_spectrum, &info, err)
                                    : cuxas_measured_read(path, how, ret_spectrum, &info, err);
  if (status == CUXAS_OK && (*ret_info = tell_info(info)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: memory ran out", path);
  cuxas_measured_info_free(info);
  return status;
}

size_t cuxas_python_n_point(const cuxas_spectrum *spectrum)
{
  return spectrum->n_point;
}

void cuxas_python_curve(const cuxas_spectrum *spectrum, double *ret_energy_eV, double *ret_mu)
{
  memcpy(ret_energy_eV, spectrum->energy_eV, spectrum->n_point * sizeof(double));
  memcpy(ret_mu, spectrum->mu, spectrum->n_point * sizeof(double));
}

/* 3. crystals */

/* What it is, as JSON; the arrays, where there is room for them: (3, 3), (n_site), (n_site, 3). */
char *cuxas_python_crystal(const cuxas_crystal *crystal, double *opt_lattice_A, int *opt_number, double *opt_fractional)
{
  char   formula[CUXAS_FORMULA_SIZE], symbol[CUXAS_SPACE_GROUP_SIZE];
  cJSON *tree = cJSON_CreateObject();
  if (opt_lattice_A != NULL) {
    memcpy(opt_lattice_A, crystal->lattice_A, sizeof crystal->lattice_A);
    memcpy(opt_number, crystal->atomic_number, crystal->n_site * sizeof *opt_number);
    memcpy(opt_fractional, crystal->fractional, crystal->n_site * sizeof *crystal->fractional);
  }
  cuxas_crystal_formula(crystal, formula);
  const int number = crystal->is_molecule ? 0 : cuxas_symmetry_find_space_group(crystal, CUXAS_SYMPREC_A, symbol);
  cuxas_json_add(tree, "formula", cJSON_CreateString(formula));
  cuxas_json_add(tree, "n_sites", cJSON_CreateNumber((double)crystal->n_site));
  cuxas_json_add(tree, "space_group_number", cJSON_CreateNumber(number));
  cuxas_json_add(tree, "space_group", cJSON_CreateString(number != 0 ? symbol : ""));
  cuxas_json_add(tree, "is_molecule", cJSON_CreateBool(crystal->is_molecule));
  cuxas_json_add(tree, "volume_A3", cJSON_CreateNumber(cuxas_crystal_volume_A3(crystal)));
  add_warnings(tree, &crystal->warnings);
  return print_and_delete(tree);
}

/* 4. predictions */

char *cuxas_python_model(const cuxas_model *model)
{
  cJSON *tree = cJSON_CreateObject(), *edges = cuxas_json_add(tree, "edges", cJSON_CreateArray());
  cuxas_json_add(tree, "name", cJSON_CreateString(model->name));
  cuxas_json_add(tree, "sha256", cJSON_CreateString(model->sha256));
  cuxas_json_add(tree, "element", cJSON_CreateString(model->element));
  cuxas_json_add(tree, "n_training", cJSON_CreateNumber((double)model->n_training));
  for (size_t i = 0; i < model->n_edge; i++) {
    cJSON *edge = cJSON_CreateObject();
    cuxas_json_add(edge, "name", cJSON_CreateString(model->edge[i].name));
    cuxas_json_add(edge, "weight", cJSON_CreateNumber(model->edge[i].weight));
    cuxas_json_add(edge, "start_eV", cJSON_CreateNumber(model->edge[i].grid.start_eV));
    cuxas_json_add(edge, "step_eV", cJSON_CreateNumber(model->edge[i].grid.step_eV));
    cuxas_json_add(edge, "n_energies", cJSON_CreateNumber((double)model->edge[i].grid.n_energy));
    cuxas_json_add(edges, NULL, edge);
  }
  return print_and_delete(tree);
}

char *cuxas_python_prediction(const cuxas_prediction *prediction, const cuxas_model *model)
{
  cJSON *tree = cJSON_CreateObject(), *sites = cuxas_json_add(tree, "sites", cJSON_CreateArray());
  cuxas_json_add(tree, "formula", cJSON_CreateString(prediction->formula));
  cuxas_json_add(tree, "n_absorbers", cJSON_CreateNumber((double)prediction->n_absorber));
  cuxas_json_add(tree, "start_eV", cJSON_CreateNumber(prediction->grid.start_eV));
  cuxas_json_add(tree, "step_eV", cJSON_CreateNumber(prediction->grid.step_eV));
  cuxas_json_add(tree, "n_energies", cJSON_CreateNumber((double)prediction->grid.n_energy));
  cuxas_json_add(tree, "outside_training", cJSON_CreateBool(prediction->domain.outside));
  cuxas_json_add(tree, "distance", cJSON_CreateNumber(prediction->domain.distance));
  cuxas_json_add(tree, "threshold", cJSON_CreateNumber(model->domain_threshold));
  for (size_t i = 0; i < prediction->n_site; i++) {
    const cuxas_site_prediction *from = &prediction->site[i];
    cJSON *site = cJSON_CreateObject(), *equivalent = cuxas_json_add(site, "equivalent_sites", cJSON_CreateArray());
    cuxas_json_add(site, "index", cJSON_CreateNumber((double)from->site_index));
    cuxas_json_add(site, "multiplicity", cJSON_CreateNumber((double)from->multiplicity));
    for (size_t k = 0; k < from->multiplicity; k++)
      cuxas_json_add(equivalent, NULL, cJSON_CreateNumber((double)from->equivalent_site[k]));
    cuxas_json_add(site, "distance", cJSON_CreateNumber(from->domain.distance));
    cuxas_json_add(site, "outside_training", cJSON_CreateBool(from->domain.outside));
    cuxas_json_add(sites, NULL, site);
  }
  return print_and_delete(tree);
}

/* (n_energy) of the structure; NULL: the model has no such channel */
const double *cuxas_python_predicted(const cuxas_prediction *prediction, int channel, bool wants_sigma)
{
  return wants_sigma ? prediction->sigma[channel] : prediction->mu[channel];
}

/* (n_energy of the edge) of a site; NULL likewise */
const double *cuxas_python_site(const cuxas_prediction *prediction, const cuxas_model *model, size_t i_site,
                                size_t i_edge, int channel)
{
  const cuxas_head *head = cuxas_model_find_head(model, i_edge, (cuxas_channel)channel);
  return head != NULL ? prediction->site[i_site].mu[head - model->head] : NULL;
}

/* 5. simulations */

/* choice: site, channel, radius in angstrom (0: the default), 0 FEFF's theory or 1 the library's own */
cuxas_status cuxas_python_simulate(const cuxas_crystal *crystal, const double choice[4], const char *edge,
                                   cuxas_simulation **ret_simulation, cuxas_error *err)
{
  cuxas_simulate_settings    settings  = choice[3] > 0 ? CUXAS_SIMULATE_DEFAULTS : CUXAS_SIMULATE_QUICK;
  cuxas_simulator           *simulator = NULL;
  const cuxas_simulated_kind kind[]    = {{edge, (cuxas_channel)choice[1]}};
  settings.theory                      = choice[3] > 0 ? CUXAS_THEORY_CUXAS : CUXAS_THEORY_FEFF;
  if (choice[2] > 0) settings.radius_A = choice[2];
  cuxas_status status = cuxas_simulator_new(&settings, &simulator, err);
  if (status == CUXAS_OK)
    status = cuxas_simulate_site(simulator, crystal, (size_t)choice[0], kind, 1, ret_simulation, err);
  cuxas_simulator_free(simulator);
  return status;
}

/* (n_point): 0 photon energies, 1 mu, 2 mu0 */
const double *cuxas_python_simulated(const cuxas_simulation *simulation, size_t i_edge, int i_array)
{
  const cuxas_simulated_edge *edge = &simulation->edge[i_edge];
  return i_array == 0 ? edge->energy_eV : i_array == 1 ? edge->mu : edge->mu0;
}

char *cuxas_python_simulation(const cuxas_simulation *simulation)
{
  cJSON *tree = cJSON_CreateObject();
  cuxas_json_add(tree, "edge", cJSON_CreateString(simulation->edge[0].edge));
  cuxas_json_add(tree, "channel", cJSON_CreateString(cuxas_channel_name(simulation->edge[0].channel)));
  cuxas_json_add(tree, "n_points", cJSON_CreateNumber((double)simulation->edge[0].n_point));
  cuxas_json_add(tree, "edge_step_A2", cJSON_CreateNumber(simulation->edge[0].edge_step));
  cuxas_json_add(tree, "edge_eV", cJSON_CreateNumber(simulation->edge[0].edge_eV));
  cuxas_json_add(tree, "width_eV", cJSON_CreateNumber(simulation->edge[0].width_eV));
  cuxas_json_add(tree, "fermi_eV", cJSON_CreateNumber(simulation->fermi_eV));
  cuxas_json_add(tree, "n_atoms", cJSON_CreateNumber((double)simulation->n_atom));
  cuxas_json_add(tree, "scf", cJSON_CreateString(simulation->scf));
  return print_and_delete(tree);
}

/* 6. sessions */

static cuxas_status take_elements(const cJSON *settings, const char *name, cuxas_element_set *set, cuxas_error *err)
{
  const char *list = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, name));
  return list != NULL ? cuxas_composition_parse(list, set, err) : CUXAS_OK;
}

static double take_number(const cJSON *settings, const char *name, double fallback)
{
  const cJSON *number = cJSON_GetObjectItemCaseSensitive(settings, name);
  return cJSON_IsNumber(number) ? number->valuedouble : fallback;
}

/* "range": [LOW, HIGH], "smooth": eV, "pre_edge": [HOW] or [HOW, LOW, HIGH], "shift": eV, of the axis: what is done to a measured
 * curve before it is compared; none of them: the usual */
static cuxas_status take_measured(const cJSON *settings, cuxas_match_settings *how, cuxas_preprocess_settings *ret_to,
                                  cuxas_error *err)
{
  const cJSON *range     = cJSON_GetObjectItemCaseSensitive(settings, "range");
  const cJSON *pre_edge  = cJSON_GetObjectItemCaseSensitive(settings, "pre_edge");
  const char  *name      = cJSON_GetStringValue(cJSON_GetArrayItem(pre_edge, 0));
  *ret_to                = cuxas_preprocess_defaults();
  ret_to->beyond_lattice = true;
  ret_to->smooth_eV      = take_number(settings, "smooth", ret_to->smooth_eV);
  if (range != NULL) {
    ret_to->crop_min_eV = cJSON_GetNumberValue(cJSON_GetArrayItem(range, 0));
    ret_to->crop_max_eV = cJSON_GetNumberValue(cJSON_GetArrayItem(range, 1));
    if (!(ret_to->crop_min_eV < ret_to->crop_max_eV))
      return cuxas_fail(err, CUXAS_ERANGE, "a range is (low, high) in eV, the lower first");
  }
  if (pre_edge != NULL) {
    const bool is_one     = name != NULL && cuxas_pre_edge_find(name, strlen(name), &ret_to->pre_edge);
    const bool has_window = ret_to->pre_edge == CUXAS_PRE_EDGE_LINE || ret_to->pre_edge == CUXAS_PRE_EDGE_POWER;
    if (cJSON_GetArraySize(pre_edge) == 3) {
      ret_to->pre_edge_low_eV  = cJSON_GetNumberValue(cJSON_GetArrayItem(pre_edge, 1));
      ret_to->pre_edge_high_eV = cJSON_GetNumberValue(cJSON_GetArrayItem(pre_edge, 2));
    }
    if (!is_one ||
        (cJSON_GetArraySize(pre_edge) == 3 ? !has_window || !(ret_to->pre_edge_low_eV < ret_to->pre_edge_high_eV)
                                           : cJSON_GetArraySize(pre_edge) != 1))
      return cuxas_fail(
          err, CUXAS_ERANGE,
          "a pre-edge is \"auto\", \"none\", \"line\", \"power\", or one of the last two with (low, high) in eV");
  }
  if (range != NULL || pre_edge != NULL || cJSON_GetObjectItemCaseSensitive(settings, "smooth") != NULL)
    how->opt_preprocess = ret_to;
  return CUXAS_OK;
}

/* One of these names; fallback where there is no such setting, -1 where it is none of them */
static int take_choice(const cJSON *settings, const char *name, const char *const *choice, int n_choice, int fallback)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, name));
  if (text == NULL) return fallback;
  for (int i = 0; i < n_choice; i++)
    if (strcmp(choice[i], text) == 0) return i;
  return -1;
}

/* A number, or "fit" */
static bool take_fitted(const cJSON *settings, const char *name, bool *is_fitted, double *number)
{
  const cJSON *given = cJSON_GetObjectItemCaseSensitive(settings, name);
  if (given == NULL) return true;
  *is_fitted = cJSON_IsString(given) && strcmp(given->valuestring, "fit") == 0;
  if (cJSON_IsNumber(given)) *number = given->valuedouble;
  return *is_fitted || cJSON_IsNumber(given);
}

/* "normalise", "shift", "shift_window", "shift_center", "shift_criterion", "fwhm", "hole", "rank", "saturation", "full", "seed": as the options of
 * cuxas-match */
static cuxas_status take_comparison(const cJSON *settings, cuxas_match_settings *how, cuxas_error *err)
{
  static const char *const     SCALE[]      = {"minmax", "edge", "none", "area"};
  static const cuxas_scale     SCALE_OF[]   = {CUXAS_SCALE_MINMAX, CUXAS_SCALE_EDGE_STEP, CUXAS_SCALE_LEAST_SQUARES,
                                               CUXAS_SCALE_AREA};
  static const char *const     SHIFT[]      = {"fit", "common"};
  static const char *const     CRITERION[]  = {"score", "mae"};
  static const char *const     RANK[]       = {"score", "agreement"};
  static const char *const     SATURATION[] = {"fit", "none"};
  cuxas_compare_settings      *compare      = &how->compare;
  const cuxas_compare_settings usual        = *compare;
  const int                    scale        = take_choice(settings, "normalise", SCALE, 4, 0),
            shift                           = take_choice(settings, "shift", SHIFT, 2, 0),
            criterion                       = take_choice(settings, "shift_criterion", CRITERION, 2, 0),
            rank                            = take_choice(settings, "rank", RANK, 2, 0),
            saturation                      = take_choice(settings, "saturation", SATURATION, 2, 0);
  const cJSON *fixed                        = cJSON_GetObjectItemCaseSensitive(settings, "shift");
  const double full                         = take_number(settings, "full", (double)how->n_fit);
  if (scale < 0 || shift < 0 || criterion < 0 || rank < 0 || saturation < 0 || !(full >= 0.0) ||
      !take_fitted(settings, "fwhm", &compare->fit_fwhm, &compare->fwhm_eV) ||
      !take_fitted(settings, "hole", &compare->fit_hole, &compare->hole_fraction))
    return cuxas_fail(err, CUXAS_ERANGE,
                      "normalise, shift, shift_criterion, fwhm, hole, rank, saturation, full: see open_session()");
  compare->fit_saturation = saturation == 0;
  compare->scale          = SCALE_OF[scale];
  compare->criterion      = criterion == 0 ? CUXAS_CRITERION_SCORE : CUXAS_CRITERION_MAE;
  compare->shift_mode = cJSON_IsNumber(fixed) ? CUXAS_SHIFT_FIXED : shift == 0 ? CUXAS_SHIFT_FIT : CUXAS_SHIFT_COMMON;
  if (cJSON_IsNumber(fixed)) compare->fixed_shift_eV = fixed->valuedouble;
  compare->center_shift_eV  = take_number(settings, "shift_center", usual.center_shift_eV);
  compare->shift_prior.mean = compare->center_shift_eV;
  compare->window_eV        = take_number(settings, "shift_window", usual.window_eV);
  if (compare->criterion == CUXAS_CRITERION_MAE && cJSON_GetObjectItemCaseSensitive(settings, "fwhm") == NULL) {
    compare->fit_fwhm = false; /* as cuxas-match does: the MAE cannot choose a width */
    compare->fwhm_eV  = usual.fwhm_eV;
  }
  how->ranking = rank == 0 ? CUXAS_RANKING_SCORE : CUXAS_RANKING_AGREEMENT;
  how->n_fit   = (size_t)full;
  how->seed    = (uint64_t)take_number(settings, "seed", (double)how->seed);
  return CUXAS_OK;
}

static cuxas_status calibrate(const cuxas_model *model, const char *const calibration[3], cuxas_match_settings *how,
                              cuxas_preprocess_settings *preprocess, cuxas_error *err)
{
  if (calibration[0] == NULL) return CUXAS_OK;
  const cuxas_status status =
      cuxas_axis_calibrate(model, how, calibration[0], calibration[1], &preprocess->axis_shift_eV, err);
  how->opt_preprocess = preprocess;
  how->is_calibrated  = true;
  how->opt_calibrated = calibration[2];
  return status;
}

/* settings: {"elements": "Cu,O", "require": ..., "exclude": ..., "mixture": 2, "simulate": 0,
 * "threads": 1, "keep": 10, "eels": true, "data": folder of the bundled data}, and those of take_measured() and
 * take_comparison(); calibration: scan, spectrum of its compound, how the report calls the two; NULL each: none. The last must outlive the session */
cuxas_status cuxas_python_session(const cuxas_model *model, const char *const *candidate, size_t n_candidate,
                                  const char *settings, const char *const calibration[3], cuxas_session **ret_session,
                                  cuxas_error *err)
{
  cuxas_match_settings      how    = cuxas_match_settings_for(model);
  cuxas_composition_filter *filter = &how.filter;
  cuxas_preprocess_settings preprocess;
  cJSON                    *tree = cJSON_Parse(settings);
  cuxas_status              status;
  how.n_mixture = (size_t)take_number(tree, "mixture", 0);
  if (cJSON_GetObjectItemCaseSensitive(tree, "mixture") != NULL) how.n_standards_mixture = 0;
  if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(tree, "simulate")))
    how.n_simulate = (size_t)take_number(tree, "simulate", 0);
  how.n_thread = (int)take_number(tree, "threads", 1);
  how.n_keep   = (size_t)take_number(tree, "keep", (double)how.n_keep);
  how.is_eels  = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "eels"));
  if ((status = take_comparison(tree, &how, err)) != CUXAS_OK ||
      (status = take_measured(tree, &how, &preprocess, err)) != CUXAS_OK ||
      (status = calibrate(model, calibration, &how, &preprocess, err)) != CUXAS_OK) {
    cJSON_Delete(tree);
    return status;
  }
  how.unconstrained  = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "unconstrained"));
  filter->is_limited = cJSON_IsString(cJSON_GetObjectItemCaseSensitive(tree, "elements"));
  if ((status = take_elements(tree, "elements", &filter->allowed, err)) == CUXAS_OK &&
      (status = take_elements(tree, "require", &filter->required, err)) == CUXAS_OK &&
      (status = take_elements(tree, "exclude", &filter->excluded, err)) == CUXAS_OK)
    status = cuxas_session_new(model, candidate, n_candidate, &how, ret_session, err);
  const char *data = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "data"));
  if (status == CUXAS_OK && data != NULL && (status = cuxas_session_use_data(*ret_session, data, err)) != CUXAS_OK) {
    cuxas_session_free(*ret_session);
    *ret_session = NULL;
  }
  cJSON_Delete(tree);
  return status;
}

/* Of one file, or of several that are merged, each with these scans. */
cuxas_status cuxas_python_identify(cuxas_session *session, const char *const *path, const size_t n[2],
                                   const char *const *scan, const cuxas_measured_options *how,
                                   cuxas_result **ret_result, cuxas_error *err)
{
  const cuxas_measured_source source = {.n_path = n[0], .path = path, .n_scan = n[1], .scan = scan, .how = *how};
  return cuxas_session_identify_source(session, &source, ret_result, err);
}

/* The report in a cuxas_result_format, terminated by a zero that does not count. */
cuxas_status cuxas_python_report(const cuxas_result *result, int format, char **ret_text, size_t *ret_n_byte,
                                 cuxas_error *err)
{
  FILE *out = open_memstream(ret_text, ret_n_byte);
  if (out == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "memory ran out for a report");
  const cuxas_status status = cuxas_result_write(result, (cuxas_result_format)format, out, err);
  if (fclose(out) != 0) return cuxas_fail(err, CUXAS_ENOMEM, "memory ran out for a report");
  return status;
}
