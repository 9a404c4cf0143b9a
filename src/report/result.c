/* result.c - from the result of a session to a report of it, as NXxas too, and what to cite */
#include "spectrum/preprocess_steps.h"
#include "report/result.h"
#include "report/verdict.h"
#include "base/json.h"
#include "match/shortlist.h"
#include "report/match_figure.h"
#include "base/elements.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/report.h"
#include "spectrum/nexus_write.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cuxas_report_of(const cuxas_result *result, cuxas_report *ret_report)
{
  const cuxas_measurement *own = &result->measurement;
  *ret_report                  = (cuxas_report){.program           = "cuxas",
                                                .measured_path     = result->name,
                                                .measured          = own->info,
                                                .prepared          = own->prepared,
                                                .query             = own->query,
                                                .model             = result->model,
                                                .compare           = own->compare,
                                                .hits              = result->hits,
                                                .unconstrained     = result->unconstrained,
                                                .standards         = result->standards,
                                                .moved             = result->moved,
                                                .mixture           = result->mixture,
                                                .standards_mixture = result->standards_mixture,
                                                .shortlist         = result->shortlist,
                                                .answer            = &result->answer,
                                                .shape             = &result->shape,
                                                .n_detail          = result->n_detail,
                                                .detail            = result->detail};
  memcpy(ret_report->measured_sha256, own->sha256, sizeof ret_report->measured_sha256);
}

/* -- command and settings, as cuxas-match would have them -- */

static cJSON *tell_elements(const cuxas_element_set *set, bool is_wanted)
{
  char   text[CUXAS_N_ELEMENT * 4] = "";
  size_t n                         = 0;
  for (int i = 1; i <= CUXAS_N_ELEMENT; i++)
    if (set->has[i])
      n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? "," : "", cuxas_element_find(i)->symbol);
  return is_wanted || n > 0 ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *tell_choice(bool is_fit, double number)
{
  return is_fit ? cJSON_CreateString("fit") : cJSON_CreateNumber(number);
}

static void tell_comparison(cJSON *tree, const cuxas_compare_settings *compare)
{
  static const char *const SCALE[] = {[CUXAS_SCALE_MINMAX]        = "minmax",
                                      [CUXAS_SCALE_EDGE_STEP]     = "edge",
                                      [CUXAS_SCALE_LEAST_SQUARES] = "none",
                                      [CUXAS_SCALE_AREA]          = "area"};
  cuxas_json_add(tree, "normalise", cJSON_CreateString(SCALE[compare->scale]));
  if (compare->shift_mode == CUXAS_SHIFT_COMMON)
    cuxas_json_add(tree, "shift", cJSON_CreateString("common"));
  else
    cuxas_json_add(tree, "shift", tell_choice(compare->shift_mode == CUXAS_SHIFT_FIT, compare->fixed_shift_eV));
  cuxas_json_add(tree, "shift-window", cJSON_CreateNumber(compare->window_eV));
  cuxas_json_add(tree, "shift-center", cJSON_CreateNumber(compare->center_shift_eV));
  cuxas_json_add(tree, "shift-criterion",
                 cJSON_CreateString(compare->criterion == CUXAS_CRITERION_MAE ? "mae" : "score"));
  cuxas_json_add(tree, "fwhm", tell_choice(compare->fit_fwhm, compare->fwhm_eV));
  cuxas_json_add(tree, "hole", tell_choice(compare->fit_hole, compare->hole_fraction));
  cuxas_json_add(tree, "saturation", cJSON_CreateString(compare->fit_saturation ? "fit" : "none"));
}

static void tell_range(cJSON *tree, const cuxas_preprocess_settings *preprocess)
{
  if (!isfinite(preprocess->crop_min_eV) || !isfinite(preprocess->crop_max_eV)) {
    cuxas_json_add(tree, "range", cJSON_CreateNull());
    return;
  }
  char text[64];
  snprintf(text, sizeof text, "%.15g:%.15g", preprocess->crop_min_eV, preprocess->crop_max_eV);
  cuxas_json_add(tree, "range", cJSON_CreateString(text));
}

static void tell_pre_edge(cJSON *tree, const cuxas_preprocess_settings *preprocess)
{
  const cuxas_preprocess_settings usual  = cuxas_preprocess_defaults();
  static const char *const        NAME[] = CUXAS_PRE_EDGE_NAMES;
  const char                     *name   = NAME[preprocess->pre_edge];
  char                            text[96];
  if (preprocess->pre_edge_low_eV == usual.pre_edge_low_eV && preprocess->pre_edge_high_eV == usual.pre_edge_high_eV)
    snprintf(text, sizeof text, "%s", name);
  else
    snprintf(text, sizeof text, "%s:%.15g:%.15g", name, preprocess->pre_edge_low_eV, preprocess->pre_edge_high_eV);
  cuxas_json_add(tree, "pre-edge", cJSON_CreateString(text));
}

/* All but the candidates, under the names of the options of cuxas-match. */
static cJSON *tell_settings(const cuxas_match_settings *settings, const cuxas_preprocess_settings *preprocess,
                            bool has_standards, bool has_background)
{
  const cuxas_composition_filter *filter = &settings->filter;
  cJSON                          *tree   = cJSON_CreateObject();
  cuxas_json_add(tree, "eels", cJSON_CreateBool(settings->is_eels));
  cuxas_json_add(tree, "elements", tell_elements(&filter->allowed, filter->is_limited));
  cuxas_json_add(tree, "require", tell_elements(&filter->required, false));
  cuxas_json_add(tree, "exclude", tell_elements(&filter->excluded, false));
  cuxas_json_add(tree, "unconstrained", cJSON_CreateBool(settings->unconstrained));
  cuxas_json_add(tree, "no-standards", cJSON_CreateBool(!has_standards));
  cuxas_json_add(tree, "smooth", cJSON_CreateNumber(preprocess->smooth_eV));
  if (settings->opt_calibrated != NULL) cuxas_json_add(tree, "calibrate", cJSON_CreateString(settings->opt_calibrated));
  tell_pre_edge(tree, preprocess);
  tell_range(tree, preprocess);
  tell_comparison(tree, &settings->compare);
  cuxas_json_add(tree, "background", has_background ? cJSON_CreateNull() : cJSON_CreateString("none"));
  if (settings->n_mixture == 0 && settings->n_standards_mixture > 0)
    cuxas_json_add(tree, "mixture", cJSON_CreateString("standards"));
  else
    cuxas_json_add(tree, "mixture", cJSON_CreateNumber((double)settings->n_mixture));
  cuxas_json_add(tree, "seed", cJSON_CreateNumber((double)settings->seed));
  cuxas_json_add(tree, "rank",
                 cJSON_CreateString(settings->ranking == CUXAS_RANKING_AGREEMENT ? "agreement" : "score"));
  if (settings->n_simulate == SIZE_MAX || settings->n_simulate == CUXAS_SIMULATE_AUTO)
    cuxas_json_add(tree, "simulate", cJSON_CreateString(settings->n_simulate == SIZE_MAX ? "all" : "auto"));
  else
    cuxas_json_add(tree, "simulate", cJSON_CreateNumber((double)settings->n_simulate));
  if (settings->n_fit == 0)
    cuxas_json_add(tree, "full", cJSON_CreateString("all"));
  else
    cuxas_json_add(tree, "full", cJSON_CreateNumber((double)settings->n_fit));
  cuxas_json_add(tree, "top", cJSON_CreateNumber((double)settings->n_keep));
  return tree;
}

static void add_word(cJSON *command, const char *word)
{
  cuxas_json_add(command, NULL, cJSON_CreateString(word));
}

/* The command line that asks the same: the files, and every setting that is not what it would be unasked. */
static cJSON *tell_command(const cuxas_result *result, const cJSON *settings)
{
  const cuxas_match_settings      usual      = cuxas_match_settings_for(result->model);
  const cuxas_preprocess_settings preprocess = cuxas_preprocess_defaults();
  cJSON                          *unasked    = tell_settings(&usual, &preprocess, true, true);
  cJSON                          *command    = cJSON_CreateArray();
  const cJSON                    *setting;
  add_word(command, "cuxas-match");
  cJSON_ArrayForEach(setting, settings)
  {
    char option[64];
    if (cJSON_Compare(setting, cJSON_GetObjectItemCaseSensitive(unasked, setting->string), true)) continue;
    snprintf(option, sizeof option, "--%s", setting->string);
    add_word(command, option);
    if (cJSON_IsString(setting)) add_word(command, setting->valuestring);
    for (int i = 0; cJSON_IsArray(setting) && i < cJSON_GetArraySize(setting); i++) {
      if (i > 0) add_word(command, option); /* a list's option is given for every item */
      add_word(command, cJSON_GetArrayItem(setting, i)->valuestring);
    }
    if (cJSON_IsNumber(setting)) {
      char number[32];
      snprintf(number, sizeof number, "%.15g", setting->valuedouble);
      add_word(command, number);
    }
  }
  add_word(command, result->name);
  for (size_t i = 0; i < result->n_named; i++) add_word(command, result->named[i]);
  if (!cuxas_json_is_whole(unasked)) cuxas_json_add(command, NULL, NULL); /* it says too much */
  cJSON_Delete(unasked);
  return command;
}

/* Settings by which the file was read. */
static void add_asked(const char *opt_text, cJSON *settings)
{
  cJSON *asked = opt_text != NULL ? cJSON_Parse(opt_text) : NULL;
  while (asked != NULL && asked->child != NULL) {
    cJSON *one = cJSON_DetachItemViaPointer(asked, asked->child);
    cuxas_json_add(settings, one->string, one);
  }
  if (opt_text != NULL && asked == NULL) cuxas_json_add(settings, "asked", NULL); /* no memory: they miss something */
  cJSON_Delete(asked);
}

cuxas_status cuxas_result_write(const cuxas_result *result, cuxas_result_format format, FILE *out, cuxas_error *err)
{
  static cuxas_status (*const WRITE[])(const void *report, FILE *out, cuxas_error *err) = {
      cuxas_report_write_text, cuxas_report_write_json, cuxas_report_write_csv, cuxas_report_write_html,
      cuxas_report_write_markdown};
  const cuxas_locale locale = cuxas_locale_begin();
  cuxas_report       report;
  cuxas_status       status = CUXAS_OK;
  cJSON             *settings =
      tell_settings(&result->settings, &result->preprocess, result->standards != NULL, result->has_background);
  add_asked(result->measurement.asked, settings);
  cJSON *command    = tell_command(result, settings);
  cJSON *candidates = cJSON_CreateStringArray((const char *const *)result->named, (int)result->n_named);
  cuxas_report_of(result, &report);
  report.command  = command;
  report.settings = settings;
  cuxas_json_add(settings, "candidates", candidates);
  status = cuxas_json_is_whole(settings) && cuxas_json_is_whole(command) ? WRITE[format](&report, out, err)
                                                                         : cuxas_no_memory(err);
  cJSON_Delete(command);
  cJSON_Delete(settings);
  cuxas_locale_end(locale);
  return status;
}

/* ---- the curves of a match as NXxas -------------------------------------------------------------------------- */

/* The measurement as compared (merged, where several scans were), the candidates as predicted and, where they were
 * simulated, as simulated. */

/* What the curves need as long as they are written. */
typedef struct {
  size_t             n_curve, n_energy;
  cuxas_nexus_curve *curve; /* (room) */
  char (*name)[32];         /* (room) */
  double *number;           /* (room, 2, n_energy) */
} curve_set;

/* A curve without the points that it does not have. */
static void add_curve(curve_set *set, const char *name, const char *title, const char *kind, const cuxas_report *report,
                      const double *mu)
{
  const cuxas_grid   grid      = report->query->grid;
  cuxas_nexus_curve *curve     = &set->curve[set->n_curve];
  double            *energy_eV = set->number + 2 * set->n_curve * set->n_energy, *kept = energy_eV + set->n_energy;
  size_t             n_point = 0;
  for (size_t i = 0; i < set->n_energy; i++) {
    if (!isfinite(mu[i])) continue;
    energy_eV[n_point] = cuxas_grid_energy_eV(grid, i);
    kept[n_point++]    = mu[i];
  }
  if (n_point == 0) return;
  snprintf(set->name[set->n_curve], sizeof set->name[0], "%s", name);
  *curve = (cuxas_nexus_curve){.name      = set->name[set->n_curve],
                               .title     = title,
                               .element   = report->model->element,
                               .edge      = report->model->n_edge > 0 ? report->model->edge[0].name : "",
                               .kind      = kind,
                               .n_point   = n_point,
                               .energy_eV = energy_eV,
                               .mu        = kept};
  set->n_curve++;
}

static size_t count_kept(const cuxas_hits *opt_hits)
{
  size_t n = 0;
  while (opt_hits != NULL && n < opt_hits->n_hit && opt_hits->hit[n].shifted != NULL) n++;
  return n;
}

cuxas_status cuxas_report_write_nexus(const void *any_report, FILE *out, cuxas_error *err)
{
  const cuxas_report *report    = any_report;
  const cuxas_hits   *simulated = report->shortlist != NULL ? report->shortlist->hits : NULL;
  const size_t        n_hit = count_kept(report->hits), n_simulated = count_kept(simulated);
  const size_t        n_room   = 1 + n_hit + n_simulated;
  curve_set           set      = {.n_energy = report->query->grid.n_energy};
  double             *measured = cuxas_new(err, set.n_energy, sizeof *measured);
  cuxas_status        status   = CUXAS_OK;
  char                name[32];

  set.curve  = cuxas_new(err, n_room, sizeof *set.curve);
  set.name   = cuxas_new(err, n_room, sizeof *set.name);
  set.number = cuxas_new(err, n_room, 2 * set.n_energy * sizeof *set.number);
  if (measured == NULL || set.curve == NULL || set.name == NULL || set.number == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  cuxas_report_scale_measured(report, measured);
  add_curve(&set, "measured", report->measured_path, "measured", report, measured);
  if (set.n_curve > 0) set.curve[0].mode = report->measured->detection_mode;
  for (size_t i = 0; i < n_hit; i++) {
    snprintf(name, sizeof name, "predicted_%zu", i + 1);
    add_curve(&set, name, report->hits->hit[i].name, "predicted", report, report->hits->hit[i].shifted);
  }
  for (size_t i = 0; i < n_simulated; i++) {
    snprintf(name, sizeof name, "simulated_%zu", i + 1);
    add_curve(&set, name, simulated->hit[i].name, "simulated", report, simulated->hit[i].shifted);
  }
  status = cuxas_nexus_write(set.curve, set.n_curve, out, err);
done:
  free(measured);
  free(set.curve);
  free(set.name);
  free(set.number);
  return status;
}

/* ---- what to cite, said once for --cite ------------------------------------------------------------------------- */

typedef struct {
  const char *reason; /* what it stands for in a result of ours */
  const char *text;   /* as a sentence */
  const char *bibtex;
} reference;

static const reference REFERENCE[] = {
    {"the method: predicted L-edge spectra of crystal structures",
     "S. P. Gleason, M. R. Carbone, D. Lu, J. Ciston, \"CuXASNet: Rapid and Accurate Prediction of Copper L-edge "
     "X-Ray\n"
     "Absorption Spectra Using Machine Learning\", arXiv:2412.02916 (2024).",
     "@misc{cuxasnet2024,\n"
     "  author        = {Gleason, Samuel P. and Carbone, Matthew R. and Lu, Deyu and Ciston, Jim},\n"
     "  title         = {{CuXASNet}: Rapid and Accurate Prediction of Copper {L}-edge {X}-Ray Absorption Spectra "
     "Using\n"
     "                   Machine Learning},\n"
     "  year          = {2024},\n"
     "  eprint        = {2412.02916},\n"
     "  archivePrefix = {arXiv}\n"
     "}\n"},
    {"the comparison with measured copper L edges",
     "S. P. Gleason, D. Lu, J. Ciston, \"Prediction of the Cu oxidation state from EELS and XAS spectra using "
     "supervised\n"
     "machine learning\", npj Computational Materials 10, 221 (2024), doi:10.1038/s41524-024-01408-1.",
     "@article{gleason2024oxidation,\n"
     "  author  = {Gleason, Samuel P. and Lu, Deyu and Ciston, Jim},\n"
     "  title   = {Prediction of the {Cu} oxidation state from {EELS} and {XAS} spectra using supervised machine "
     "learning},\n"
     "  journal = {npj Computational Materials},\n"
     "  volume  = {10},\n"
     "  pages   = {221},\n"
     "  year    = {2024},\n"
     "  doi     = {10.1038/s41524-024-01408-1}\n"
     "}\n"},
    {"the featurizer M3GNet, when the model uses it (cuxas-model info tells)",
     "C. Chen, S. P. Ong, \"A universal graph deep learning interatomic potential for the periodic table\", Nature\n"
     "Computational Science 2, 718 (2022), doi:10.1038/s43588-022-00349-3.",
     "@article{m3gnet2022,\n"
     "  author  = {Chen, Chi and Ong, Shyue Ping},\n"
     "  title   = {A universal graph deep learning interatomic potential for the periodic table},\n"
     "  journal = {Nature Computational Science},\n"
     "  volume  = {2},\n"
     "  pages   = {718},\n"
     "  year    = {2022},\n"
     "  doi     = {10.1038/s43588-022-00349-3}\n"
     "}\n"},
    {"the simulations that the model was trained on",
     "J. J. Kas, F. D. Vila, C. D. Pemmaraju, T. S. Tan, J. J. Rehr, \"Advanced calculations of X-ray spectroscopies "
     "with\n"
     "FEFF10 and Corvus\", Journal of Synchrotron Radiation 28, 1801 (2021), doi:10.1107/S1600577521008614.",
     "@article{feff10,\n"
     "  author  = {Kas, J. J. and Vila, F. D. and Pemmaraju, C. D. and Tan, T. S. and Rehr, J. J.},\n"
     "  title   = {Advanced calculations of {X}-ray spectroscopies with {FEFF10} and {Corvus}},\n"
     "  journal = {Journal of Synchrotron Radiation},\n"
     "  volume  = {28},\n"
     "  pages   = {1801},\n"
     "  year    = {2021},\n"
     "  doi     = {10.1107/S1600577521008614}\n"
     "}\n"},
};
enum { N_REFERENCE = sizeof REFERENCE / sizeof *REFERENCE };

void cuxas_report_write_citation(FILE *out)
{
  fprintf(out,
          "If CuXAS helped your work, please cite it with its version, and the work it stands on. A report names the\n"
          "version and the SHA-256 of model and data: give both where you can.\n\n"
          "This program\n  The CuXAS authors, \"CuXAS: which copper compound did I measure?\", version %s.\n",
          CUXAS_VERSION);
  for (size_t i = 0; i < N_REFERENCE; i++) {
    fprintf(out, "\nFor %s\n  ", REFERENCE[i].reason);
    for (const char *c = REFERENCE[i].text; *c != '\0'; c++) fputs(*c == '\n' ? "\n  " : (const char[]){*c, '\0'}, out);
    putc('\n', out);
  }
  fprintf(out,
          "\nBibTeX\n\n@software{cuxas,\n  author  = {{The CuXAS authors}},\n"
          "  title   = {{CuXAS}: which copper compound did {I} measure?},\n  version = {%s}\n}\n",
          CUXAS_VERSION);
  for (size_t i = 0; i < N_REFERENCE; i++) fprintf(out, "\n%s", REFERENCE[i].bibtex);
}

/* -- how it was compared, in words -- */

bool cuxas_report_setting(const cuxas_report *report, size_t i_setting, const char **ret_name, char *text,
                          size_t n_byte)
{
  static const char *const      NAME[]      = {"Scale", "Shift", "Broadening", "Core hole"};
  static const char *const      SCALE[]     = {"both curves normalised to 0 ... 1",
                                               "both curves normalised to an edge step of 1",
                                               "no normalisation: predictions fitted to the measurement by least squares",
                                               "both curves normalised to equal areas"};
  static const char *const      CRITERION[] = {"score", "MAE"};
  const cuxas_compare_settings *compare     = &report->compare;

  if (i_setting >= sizeof NAME / sizeof *NAME) return false;
  const cuxas_locale locale = cuxas_locale_begin();
  *ret_name                 = NAME[i_setting];
  if (i_setting == 0)
    snprintf(text, n_byte, "%s", SCALE[compare->scale]);
  else if (i_setting == 1 && compare->shift_mode == CUXAS_SHIFT_FIXED)
    snprintf(text, n_byte, "shift fixed at %+.2f eV", compare->fixed_shift_eV);
  else if (i_setting == 1)
    snprintf(text, n_byte, "%s shift within %+.1f to %+.1f eV by %s",
             compare->shift_mode == CUXAS_SHIFT_COMMON ? "one common" : "each candidate's own",
             compare->center_shift_eV - compare->window_eV, compare->center_shift_eV + compare->window_eV,
             CRITERION[compare->criterion]);
  else if (i_setting == 2)
    snprintf(text, n_byte,
             compare->fit_fwhm ? "prediction broadened by about %.3g eV, fitted" : "prediction broadened by %.3g eV",
             compare->fwhm_eV);
  else if (compare->fit_hole)
    snprintf(text, n_byte, "core-hole fraction fitted");
  else
    snprintf(text, n_byte, "core-hole fraction %.3g", compare->hole_fraction);
  cuxas_locale_end(locale);
  return true;
}
