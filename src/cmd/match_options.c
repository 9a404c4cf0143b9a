/* match_options.c - from the command line, a configuration or an earlier report to settings of the library
 *
 * Contents: 1. tables  2. the measured file  3. what depends on the model  4. settings */
#include "spectrum/preprocess_steps.h"
#include "cmd/match_options.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "base/text.h"
#include "cuxas/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. tables */

const cuxas_option CUXAS_MEASURED_OPTIONS[] = {
    {"energy-column", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file",
     "column of the photon energy, by name or number from 1; default: detected", 0},
    {"signal", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file", "column of the absorption signal; default: detected",
     0},
    {"i0", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file", "column the signal is divided by; default: none", 0},
    {"invert", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "change the signal's sign (a dip is a peak)", 0},
    {"transmission", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "signal is a transmitted flux: ln(I0/signal)", 0},
    {"detection", 0, OPT_CHOICE, "MODE", "file", "file|TEY|PEY|TFY|PFY|IPFY|transmission|EELS", "Measured file",
     "how absorption was detected; file: as the file or the signal's name says, if they do", 0},
    {"scan", 0, OPT_LIST, "SCAN", NULL, NULL, "Measured file",
     "of a file or table with several scans: number or label; several, each with its own --scan, are merged", 0},
    {"dataset", 0, OPT_TEXT, "PATH", NULL, NULL, "Measured file",
     "of HDF5 files: group or dataset inside, as /entry/data; default: by NeXus attributes", 0},
    {"merge", 0, OPT_LIST, "FILE", NULL, NULL, "Measured file",
     "another measured file of the same sample, merged with MEASURED; may be repeated", 0},
    {0}};

const cuxas_option CUXAS_COMPARE_OPTIONS[] = {
    {"pre-edge", 0, OPT_TEXT, "HOW", "auto", NULL, "Measured file",
     "take off what lies under the edge: line or power (a power law, for energy losses), fitted from the scan's "
     "beginning to 928 eV, or line:LOW:HIGH, power:LOW:HIGH; auto: where the scan falls or rises before its edge; none",
     0},
    {"smooth", 0, OPT_REAL, "EV", "0.2", "0:10", "Comparison", "smooth the measurement by exp(-(dE/s)^2) of this s, eV",
     0},
    {"range", 'r', OPT_RANGE, "LOW:HIGH", NULL, "0:1000000", "Comparison",
     "compare only these photon energies, eV; default: all that is measured and predicted", 0},
    {"normalise", 0, OPT_CHOICE, "HOW", "minmax", "none|area|edge|minmax", "Comparison",
     "of both curves: minmax to 0 ... 1 (the published convention), edge to a step of 1, area to equal areas; none: "
     "predictions are fitted to the measurement",
     0},
    {"scale", 0, OPT_CHOICE, "HOW", "minmax", "minmax|edge-step|least-squares|area", CUXAS_EXPERT,
     "--normalise by the names of older reports, and not beside it; listed in reports as --normalise",
     OPT_SHAPES_OTHERS},
    {"shift", 's', OPT_CHOICE, "HOW", "fit", "fit|common|fixed:-100:100|-100:100", "Comparison",
     "energy shift of the predictions: each candidate's best, one common to all, or this many eV", 0},
    {"shift-window", 0, OPT_REAL, "EV", "6", "0:50", CUXAS_EXPERT, "largest distance of the shift from its centre, eV",
     0},
    {"shift-center", 0, OPT_CHOICE, "EV", "model", "model|-100:100", CUXAS_EXPERT,
     "centre of the window of shifts, eV; model: the shift its predictions usually need", 0},
    {"shift-criterion", 0, OPT_CHOICE, "NAME", "score", "score|mae", CUXAS_EXPERT,
     "what the fit optimises: the likelihood, with width and core-hole fraction; or the MAE, as published, known for "
     "false "
     "optima",
     0},
    {"fwhm", 0, OPT_CHOICE, "EV", "fit", "fit|model|0:20", CUXAS_EXPERT,
     "broaden the predictions by a Gaussian: of the model's width, of this one, eV, or fitted around the model's; "
     "0: the "
     "published comparison",
     0},
    {"hole", 0, OPT_CHOICE, "HOW", "model", "model|fit|0:1", CUXAS_EXPERT,
     "weight of predictions with a projected core hole (where the model has none: without one) against those with a "
     "screened one: a number, or fitted; 1: without a core hole; model: fitted when the model has both, else 1",
     0},
    {0}};

const cuxas_option CUXAS_RANK_OPTIONS[] = {{"rank", 0, OPT_CHOICE, "BY", "score", "score|agreement", CUXAS_EXPERT,
                                            "rank by the likelihood, or by the sum of the ranks by MAE and by Spearman",
                                            0},
                                           {0}};

const cuxas_option CUXAS_COMPANION_OPTIONS[] = {
    {"unconstrained", 0, OPT_FLAG, NULL, NULL, NULL, "Candidates",
     "with --elements, --require or --exclude: also rank all candidates, in a table of its own", 0},
    {"no-standards", 0, OPT_FLAG, NULL, NULL, NULL, "Candidates",
     "do not compare with the bundled measured spectra, which otherwise have their say and a table of their own", 0},
    {"standards", 0, OPT_FLAG, NULL, NULL, NULL, CUXAS_EXPERT,
     "insist on the bundled measured spectra: fail where they are not installed", 0},
    {"saturation", 0, OPT_CHOICE, "HOW", "fit", "fit|none", "Comparison",
     "of measured spectra beside the measurement: fit: allow for self-absorption and other detection modes, which make "
     "one flatter than the other, where that gains enough, and say so; none: do not",
     0},
    {0}};

const cuxas_option CUXAS_SIGNIFICANCE_OPTIONS[] = {
    {"background", 0, OPT_PATH, "FILE", NULL, NULL, CUXAS_EXPERT,
     "spectra of unrelated compounds for p-values, by cuxas-refdb background; none: no p-values; default: the file "
     "beside the model, else the bundled candidates are predicted",
     0},
    {"mixture", 0, OPT_CHOICE, "N", "standards", "standards|0:6", "Trust",
     "describe the measurement as a sum: standards: of two measured spectra, bundled or among the candidates; N: of up "
     "to N of "
     "them, and of up to N predictions; 0: do not",
     0},
    {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", CUXAS_EXPERT,
     "of the bootstrap: another seed shows its own error", 0},
    {"full", 0, OPT_CHOICE, "N", "1000", "all|1:1000000000", CUXAS_EXPERT,
     "compare the N best predictions in full, where there are more the others in whole steps of shift and fraction "
     "alone",
     0},
    {0}};

const cuxas_option CUXAS_CALIBRATION_OPTIONS[] = {{"calibrate", 0, OPT_TEXT, "SCAN=COMPOUND", NULL, NULL,
                                                   "Measured file",
                                                   "move the energy axis of all scans so that SCAN, measured in the "
                                                   "same session, agrees with the bundled spectrum of its "
                                                   "COMPOUND (or with a file)",
                                                   0},
                                                  {0}};

const cuxas_option CUXAS_SIMULATION_OPTIONS[] = {
    {"simulate", 0, OPT_CHOICE, "N", "auto", "auto|all|0:1000000", "Simulation",
     "simulations from first principles have their say beside predictions: auto: the bundled ones, and of the best "
     "five "
     "without one those that take about 10 s together; N: of the N best structures; 0: none",
     0},
    {"simulations", 0, OPT_PATH, "FILE", NULL, NULL, "Simulation",
     "training records of sites that need not be simulated again, beside the bundled ones; what is simulated is "
     "added; none: simulate everything, keep nothing; default: in the folder of --cache",
     0},
    {0}};

/* 2. the measured file */

static bool says_loss(const cuxas_options *options)
{
  return cuxas_options_flag(options, "eels") || cuxas_options_is(options, "detection", "EELS");
}

cuxas_measured_options cuxas_match_options_columns(const cuxas_options *options)
{
  return (cuxas_measured_options){.energy_column = cuxas_options_text(options, "energy-column"),
                                  .signal_column = cuxas_options_text(options, "signal"),
                                  .i0_column     = cuxas_options_text(options, "i0"),
                                  .invert        = cuxas_options_flag(options, "invert"),
                                  .transmission  = cuxas_options_flag(options, "transmission"),
                                  .dataset       = cuxas_options_text(options, "dataset"),
                                  .near_eV       = CUXAS_MEASUREMENT_NEAR_EV,
                                  .detection     = says_loss(options) ? "EELS"
                                                   : cuxas_options_is(options, "detection", "file")
                                                       ? NULL
                                                       : cuxas_options_text(options, "detection")};
}

cuxas_status cuxas_match_options_measure(const cuxas_options *options, const char *path,
                                         cuxas_measurement *ret_measurement, cuxas_error *err)
{
  const size_t n_more = cuxas_options_n_item(options, "merge"), n_scan = cuxas_options_n_item(options, "scan");
  const cuxas_measured_options how    = cuxas_match_options_columns(options);
  const char                 **file   = cuxas_new(err, 1 + n_more, sizeof *file);
  const char                 **scan   = cuxas_new(err, n_scan, sizeof *scan);
  cuxas_status                 status = CUXAS_OK;

  *ret_measurement = (cuxas_measurement){.sha256 = ""};
  if (file == NULL || scan == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK) {
    file[0] = path;
    for (size_t i = 0; i < n_more; i++) file[i + 1] = cuxas_options_item(options, "merge", i);
    for (size_t i = 0; i < n_scan; i++) scan[i] = cuxas_options_item(options, "scan", i);
    status = cuxas_measurement_read_all(file, 1 + n_more, scan, n_scan, &how, ret_measurement, err);
  }
  free(file);
  free(scan);
  return status;
}

/* 3. what depends on the model */

static const struct {
  const char *scale, *normalise; /* words of the two options */
  cuxas_scale value;
} SCALE[] = {{"minmax", "minmax", CUXAS_SCALE_MINMAX},
             {"edge-step", "edge", CUXAS_SCALE_EDGE_STEP},
             {"least-squares", "none", CUXAS_SCALE_LEAST_SQUARES},
             {"area", "area", CUXAS_SCALE_AREA}};

/* From here on --normalise alone says how: it is what reports list. */
static cuxas_status settle_scale(cuxas_options *options, cuxas_error *err)
{
  if (!cuxas_options_is_given(options, "scale")) return CUXAS_OK;
  for (size_t i = 0; i < sizeof SCALE / sizeof *SCALE; i++) {
    if (!cuxas_options_is(options, "scale", SCALE[i].scale)) continue;
    if (cuxas_options_is_given(options, "normalise") && !cuxas_options_is(options, "normalise", SCALE[i].normalise))
      cuxas_options_usage_error(options, "--scale %s is --normalise %s: it cannot stand beside --normalise %s",
                                SCALE[i].scale, SCALE[i].normalise, cuxas_options_text(options, "normalise"));
    return cuxas_options_set(options, "normalise", SCALE[i].normalise, err);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_match_options_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  cuxas_status               status   = CUXAS_OK;
  const cuxas_match_settings defaults = cuxas_match_settings_for(model);
  const bool                 can_fit  = cuxas_options_is(options, "shift-criterion", "score");
  if (cuxas_options_is(options, "hole", "model"))
    cuxas_options_set(options, "hole", defaults.compare.fit_hole ? "fit" : "1", NULL);
  if (cuxas_options_is(options, "fwhm", "model") || (cuxas_options_is(options, "fwhm", "fit") && !can_fit))
    status = cuxas_options_set_real(options, "fwhm", defaults.compare.fwhm_eV, err);
  if (status == CUXAS_OK && cuxas_options_is(options, "shift-center", "model"))
    status = cuxas_options_set_real(options, "shift-center", defaults.compare.center_shift_eV, err);
  return status == CUXAS_OK ? settle_scale(options, err) : status;
}

bool cuxas_match_options_is_loss(const cuxas_options *options, const cuxas_measurement *measurement)
{
  const cuxas_match_settings asked = {.is_eels = says_loss(options)};
  return cuxas_measurement_is_loss(measurement, &asked);
}

cuxas_status cuxas_match_options_settle_for(cuxas_options *options, bool is_loss, const cuxas_model *model,
                                            cuxas_error *err)
{
  const cuxas_loss_values loss = cuxas_loss_values_for(model);
  const struct {
    const char *option;
    double      value;
  } OF_LOSSES[]       = {{"smooth", loss.smooth_eV},
                         {"fwhm", loss.fwhm_eV},
                         {"shift-window", loss.window_eV},
                         {"shift-center", loss.center_shift_eV}};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < sizeof OF_LOSSES / sizeof *OF_LOSSES && status == CUXAS_OK; i++) {
    if (cuxas_options_is_given(options, OF_LOSSES[i].option)) continue;
    cuxas_options_reset(options, OF_LOSSES[i].option);
    if (is_loss) status = cuxas_options_set_real(options, OF_LOSSES[i].option, OF_LOSSES[i].value, err);
  }
  return status == CUXAS_OK ? cuxas_match_options_settle(options, model, err) : status;
}

/* 4. settings */

static cuxas_scale choose_scale(const cuxas_options *options)
{
  for (size_t i = 0; i < sizeof SCALE / sizeof *SCALE; i++)
    if (cuxas_options_is(options, "normalise", SCALE[i].normalise)) return SCALE[i].value;
  return CUXAS_SCALE_MINMAX;
}

static void choose_comparison(const cuxas_options *options, const cuxas_model *model, cuxas_compare_settings *compare)
{
  compare->scale      = choose_scale(options);
  compare->shift_mode = cuxas_options_is(options, "shift", "fit")      ? CUXAS_SHIFT_FIT
                        : cuxas_options_is(options, "shift", "common") ? CUXAS_SHIFT_COMMON
                                                                       : CUXAS_SHIFT_FIXED;
  if (compare->shift_mode == CUXAS_SHIFT_FIXED) compare->fixed_shift_eV = cuxas_options_real(options, "shift");
  compare->criterion =
      cuxas_options_is(options, "shift-criterion", "mae") ? CUXAS_CRITERION_MAE : CUXAS_CRITERION_SCORE;
  compare->center_shift_eV = cuxas_options_real(options, "shift-center");
  compare->window_eV       = cuxas_options_real(options, "shift-window");
  cuxas_compare_expect(model, compare);
  compare->fit_fwhm = cuxas_options_is(options, "fwhm", "fit");
  if (!compare->fit_fwhm) compare->fwhm_eV = cuxas_options_real(options, "fwhm");
  compare->fit_hole      = cuxas_options_is(options, "hole", "fit");
  compare->hole_fraction = compare->fit_hole ? 1.0 : cuxas_options_real(options, "hole");
}

static void choose_pre_edge(const cuxas_options *options, cuxas_preprocess_settings *io)
{
  const char  *how     = cuxas_options_text(options, "pre-edge");
  const size_t n_name  = strcspn(how, ":");
  const char  *middle  = how[n_name] != '\0' ? strchr(how + n_name + 1, ':') : NULL;
  char         low[32] = "", high[32] = "";
  if (middle != NULL) {
    snprintf(low, sizeof low, "%.*s", (int)(middle - how - (ptrdiff_t)n_name - 1), how + n_name + 1);
    snprintf(high, sizeof high, "%.30s", middle + 1);
  }
  const bool has_range = how[n_name] != '\0', is_one = cuxas_pre_edge_find(how, n_name, &io->pre_edge),
             may_have = io->pre_edge == CUXAS_PRE_EDGE_LINE || io->pre_edge == CUXAS_PRE_EDGE_POWER;
  if (!is_one || (has_range && (!may_have || !cuxas_text_parse_number(low, &io->pre_edge_low_eV) ||
                                !cuxas_text_parse_number(high, &io->pre_edge_high_eV) ||
                                !(io->pre_edge_low_eV < io->pre_edge_high_eV))))
    cuxas_options_usage_error(
        options, "--pre-edge takes auto, none, line, power, line:LOW:HIGH or power:LOW:HIGH, not '%s'", how);
}

void cuxas_match_options_compare(const cuxas_options *options, const cuxas_model *model, cuxas_match_choice *ret_choice)
{
  cuxas_match_settings      *match      = &ret_choice->match;
  cuxas_preprocess_settings *preprocess = &ret_choice->preprocess;

  *match      = cuxas_match_settings_for(model);
  *preprocess = cuxas_preprocess_defaults();
  choose_comparison(options, model, &match->compare);
  match->ranking    = cuxas_options_is(options, "rank", "agreement") ? CUXAS_RANKING_AGREEMENT : CUXAS_RANKING_SCORE;
  match->n_thread   = cuxas_program_threads(cuxas_options_integer(options, "threads"));
  match->n_simulate = cuxas_match_options_n_simulate(options);
  match->is_settled = true; /* cuxas_match_options_settle_for() */
  match->opt_preprocess      = preprocess;
  preprocess->smooth_eV      = cuxas_options_real(options, "smooth");
  preprocess->beyond_lattice = true;
  choose_pre_edge(options, preprocess);
  if (cuxas_options_is_set(options, "range"))
    cuxas_options_range(options, "range", &preprocess->crop_min_eV, &preprocess->crop_max_eV);
}

static void read_elements(const cuxas_options *options, const char *name, cuxas_element_set *ret_set)
{
  const char *list = cuxas_options_text(options, name);
  cuxas_error err;
  if (list != NULL && cuxas_composition_parse(list, ret_set, &err) != CUXAS_OK)
    cuxas_options_usage_error(options, "--%s: %s", name, err.message);
}

void cuxas_match_options_filter(const cuxas_options *options, cuxas_composition_filter *ret_filter)
{
  *ret_filter = (cuxas_composition_filter){.is_limited = cuxas_options_is_set(options, "elements")};
  read_elements(options, "elements", &ret_filter->allowed);
  read_elements(options, "require", &ret_filter->required);
  read_elements(options, "exclude", &ret_filter->excluded);
}

void cuxas_match_options_session(const cuxas_options *options, const cuxas_model *model, cuxas_match_choice *ret_choice)
{
  cuxas_match_settings *match = &ret_choice->match;

  cuxas_match_options_compare(options, model, ret_choice);
  cuxas_match_options_filter(options, &match->filter);
  match->unconstrained          = cuxas_options_flag(options, "unconstrained");
  match->n_keep                 = (size_t)cuxas_options_integer(options, "top");
  match->is_eels                = says_loss(options);
  match->compare.fit_saturation = cuxas_options_is(options, "saturation", "fit");
  match->n_fit     = cuxas_options_is(options, "full", "all") ? 0 : (size_t)cuxas_options_real(options, "full");
  match->n_mixture = 0;
  if (!cuxas_options_is(options, "mixture", "standards")) {
    match->n_mixture           = (size_t)cuxas_options_real(options, "mixture");
    match->n_standards_mixture = 0;
  }
  match->seed            = (uint64_t)cuxas_options_integer(options, "seed");
  const bool has_figures = cuxas_options_is_set(options, "figure") || cuxas_options_is_set(options, "html") ||
                           cuxas_options_is_set(options, "out-dir");
  if (!has_figures) match->n_detail = 0;
}

size_t cuxas_match_options_n_simulate(const cuxas_options *options)
{
  return cuxas_options_is(options, "simulate", "all")    ? SIZE_MAX
         : cuxas_options_is(options, "simulate", "auto") ? CUXAS_SIMULATE_AUTO
                                                         : (size_t)cuxas_options_real(options, "simulate");
}

/* ---- options as they stand in reports, and command lines made of them again ------------------------------------- */

static cuxas_status set_list(cuxas_options *options, const cJSON *list, cuxas_error *err)
{
  const cJSON *item;
  cuxas_status status = CUXAS_OK;
  cJSON_ArrayForEach(item, list)
  {
    if (!cJSON_IsString(item)) return cuxas_fail(err, CUXAS_EFORMAT, "--%s: a list of other than texts", list->string);
    if ((status = cuxas_options_set(options, list->string, item->valuestring, err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

/* --normalise and --scale are one: what was given goes before these settings, and of two in the settings of a report that
 * listed both, the one that was used. */
static bool is_overruled(const cuxas_options *options, const cJSON *settings, const char *name)
{
  const char *scale = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "scale"));
  if (strcmp(name, "scale") == 0) return cuxas_options_is_given(options, "normalise");
  return strcmp(name, "normalise") == 0 &&
         (cuxas_options_is_given(options, "scale") || (scale != NULL && strcmp(scale, "minmax") != 0));
}

/* What a report may have among its settings: all that reports are given now, the candidates, and --scale of earlier ones. A report may come
 * from anywhere, so nothing else in it is obeyed: no file is written for it, and nothing else is done. */
static bool may_stand_in_report(const cuxas_options *options, const char *name)
{
  return strcmp(name, "candidates") == 0 || strcmp(name, "scale") == 0 || cuxas_options_is_setting(options, name);
}

/* Gives every option that the object names and the command line does not give itself its value; null leaves it alone. */
static cuxas_status take_settings(cuxas_options *options, const cJSON *settings, bool is_of_report, const char *where,
                                  cuxas_error *err)
{
  const cJSON *setting;
  cJSON_ArrayForEach(setting, settings)
  {
    cuxas_error  why;
    cuxas_status status = CUXAS_OK;
    if (is_of_report && !cJSON_IsNull(setting) && !may_stand_in_report(options, setting->string))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%.80s\" is no setting of a report", where, setting->string);
    if (strcmp(setting->string, "candidates") == 0 || cJSON_IsNull(setting) ||
        cuxas_options_is_given(options, setting->string) || is_overruled(options, settings, setting->string))
      continue;
    if (!cuxas_options_has(options, setting->string))
      status = cuxas_fail(&why, CUXAS_ERANGE, "--%s: no such option", setting->string);
    else if (cJSON_IsNumber(setting))
      status = cuxas_options_set_real(options, setting->string, setting->valuedouble, &why);
    else if (cJSON_IsBool(setting))
      status = cuxas_options_set(options, setting->string, cJSON_IsTrue(setting) ? "yes" : "no", &why);
    else if (cJSON_IsString(setting))
      status = cuxas_options_set(options, setting->string, setting->valuestring, &why);
    else if (cJSON_IsArray(setting))
      status = set_list(options, setting, &why);
    else
      status = cuxas_fail(&why, CUXAS_EFORMAT, "--%s: no kind of value that a setting has", setting->string);
    if (status != CUXAS_OK) return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", where, why.message);
    cuxas_options_give(options, setting->string, is_of_report);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_settings_of_report(cuxas_options *options, const cJSON *report, const char *path, cuxas_error *err)
{
  const cJSON *settings  = cJSON_GetObjectItemCaseSensitive(report, "settings");
  const char  *criterion = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "shift-criterion"));
  char         where[400];
  if (criterion != NULL && strcmp(criterion, "correlation") == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: made with --shift-criterion correlation, which is no more", path);
  if (cJSON_HasObjectItem(report, "schema") && !cJSON_HasObjectItem(settings, "pre-edge") &&
      !cuxas_options_is_given(options, "pre-edge")) { /* before there was auto, no word meant none */
    const cuxas_status status = cuxas_options_set(options, "pre-edge", "none", err);
    if (status != CUXAS_OK) return status;
  }
  snprintf(where, sizeof where, "%.380s: settings", path);
  return take_settings(options, settings, true, where, err);
}

cuxas_status cuxas_settings_configure(cuxas_options *options, cuxas_error *err)
{
  const char  *path   = cuxas_options_text(options, "config");
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status;

  if (path == NULL) return CUXAS_OK;
  if ((status = cuxas_bytes_read(path, &bytes, &n_byte, err)) != CUXAS_OK) return status;
  cJSON *document = cJSON_ParseWithLength(bytes, n_byte);
  free(bytes);
  const cJSON *settings = cJSON_GetObjectItemCaseSensitive(document, "settings");
  if (document == NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no JSON", path);
  else if (!cJSON_IsObject(settings != NULL ? settings : document))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no object of settings, {\"name\": value, ...}", path);
  else if (settings != NULL)
    status = cuxas_settings_of_report(options, document, path, err);
  else if (cJSON_GetObjectItemCaseSensitive(document, "config") != NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: --config: a configuration cannot name another", path);
  else
    status = take_settings(options, document, false, path, err);
  cJSON_Delete(document);
  return status;
}

/* ---- files of a new run from the report of an earlier one ------------------------------------------------------- */

cuxas_status cuxas_replay_measured(const cJSON *report, const char *path, const char **ret_measured, cuxas_error *err)
{
  const cJSON *measured = cJSON_GetObjectItemCaseSensitive(report, "measured");
  *ret_measured         = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(measured, "path"));
  if (*ret_measured == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: measured: no path", path);
  if (strcmp(*ret_measured, "-") == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the measurement came from standard input and cannot be read again",
                      path);
  return CUXAS_OK;
}

cuxas_status cuxas_replay_candidates(const cJSON *report, const char *path, const char ***ret_argument,
                                     size_t *ret_n_argument, cuxas_error *err)
{
  const cJSON *settings = cJSON_GetObjectItemCaseSensitive(report, "settings");
  const cJSON *list     = cJSON_GetObjectItemCaseSensitive(settings, "candidates");
  const cJSON *item;
  size_t       n = 0;

  if (!cJSON_IsArray(list)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: settings: no list of candidates", path);
  const char **argument = cuxas_new(err, (size_t)cJSON_GetArraySize(list), sizeof *argument);
  if (argument == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  cJSON_ArrayForEach(item, list)
  {
    if (!cJSON_IsString(item)) {
      free(argument);
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: settings: a candidate that is no path", path);
    }
    argument[n++] = item->valuestring;
  }
  *ret_argument   = argument;
  *ret_n_argument = n;
  return CUXAS_OK;
}
