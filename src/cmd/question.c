#include "cmd/question.h"
#include "base/hash.h"
#include "base/text.h"

#include "cmd/common.h"
#include "base/memory.h"
#include "spectrum/merge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cuxas_option CUXAS_MEASURED_OPTIONS[] = {
    {"energy-column", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file",
     "column of the photon energy, by name or number from 1; default: detected", 0},
    {"signal", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file", "column of the absorption signal; default: detected",
     0},
    {"i0", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file", "column the signal is divided by; default: none", 0},
    {"invert", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "change the signal's sign (a dip is a peak)", 0},
    {"transmission", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "signal is a transmitted flux: ln(I0/signal)", 0},
    {"scan", 0, OPT_LIST, "SCAN", NULL, NULL, "Measured file",
     "of SPEC files and Athena projects: number or label; several, each with its own --scan, are merged", 0},
    {"dataset", 0, OPT_TEXT, "PATH", NULL, NULL, "Measured file",
     "of HDF5 files: group or dataset inside, as /entry/data; default: by NeXus attributes", 0},
    {"merge", 0, OPT_LIST, "FILE", NULL, NULL, "Measured file",
     "another measured file of the same sample, merged with MEASURED; may be repeated", 0},
    {0}};

const cuxas_option CUXAS_MODEL_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Prediction", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, CUXAS_EXPERT,
     "folder of the bundled data; default: $CUXAS_DATA, else what was installed with the program", OPT_SHAPES_RUN},
    {0}};

const cuxas_option CUXAS_COMPARE_OPTIONS[] = {
    {"smooth", 0, OPT_REAL, "EV", "0.2", "0:10", "Comparison", "smooth the measurement by exp(-(dE/s)^2) of this s, eV",
     0},
    {"range", 'r', OPT_RANGE, "LOW:HIGH", NULL, "0:1000000", "Comparison",
     "compare only these photon energies, eV; default: all that is measured and predicted", 0},
    {"scale", 0, OPT_CHOICE, "HOW", "minmax", "minmax|edge-step|least-squares", CUXAS_EXPERT,
     "vertical scale: minmax puts both curves on 0 ... 1 (the published convention)", 0},
    {"shift", 's', OPT_CHOICE, "HOW", "fit", "fit|common|fixed:-100:100|-100:100", "Comparison",
     "energy shift of the predictions: each candidate's best, one common to all, or this many eV", 0},
    {"shift-window", 0, OPT_REAL, "EV", "6", "0:50", CUXAS_EXPERT, "largest distance of the shift from its centre, eV",
     0},
    {"shift-center", 0, OPT_CHOICE, "EV", "model", "model|-100:100", CUXAS_EXPERT,
     "centre of the window of shifts, eV; model: the shift its predictions usually need", 0},
    {"shift-criterion", 0, OPT_CHOICE, "NAME", "score", "score|correlation|mae", CUXAS_EXPERT,
     "what the fit optimises: the likelihood, with width and core-hole fraction; correlation of values and slopes; "
     "or the "
     "MAE, known for false optima",
     0},
    {"fwhm", 0, OPT_CHOICE, "EV", "fit", "fit|model|0:20", CUXAS_EXPERT,
     "broaden the predictions by a Gaussian: of the model's width, of this one, eV, or fitted around the model's; "
     "0: the "
     "published comparison",
     0},
    {"hole", 0, OPT_CHOICE, "HOW", "model", "model|fit|0:1", CUXAS_EXPERT,
     "weight of predictions without a core hole against those with a screened one: a number, or fitted; model: "
     "fitted when the model has both, else 1",
     0},
    {0}};

const cuxas_option CUXAS_RANK_OPTIONS[] = {{"rank", 0, OPT_CHOICE, "BY", "score", "score|agreement", CUXAS_EXPERT,
                                            "rank by the likelihood, or by the sum of the ranks by MAE and by Spearman",
                                            0},
                                           {0}};

void cuxas_question_free(cuxas_question *question)
{
  cuxas_query_free(question->query);
  cuxas_prepared_free(question->prepared);
  cuxas_measured_info_free(question->info);
  cuxas_spectrum_free(question->spectrum);
  *question = (cuxas_question){0};
}

/* The bytes that are hashed are the bytes that are read, also of standard input. */
cuxas_status cuxas_question_read(const char *path, const cuxas_measured_options *how, cuxas_question *ret_question,
                                 cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_question       = (cuxas_question){0};
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status != CUXAS_OK) return status;
  cuxas_hash_memory(bytes, n_byte, ret_question->sha256);
  status = cuxas_measured_parse_bytes(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, how,
                                      &ret_question->spectrum, &ret_question->info, err);
  free(bytes);
  return status;
}

/* What is read from several files or scans, before it is merged. */
typedef struct {
  size_t                      n_part;
  cuxas_question             *part; /* (n_part) */
  const cuxas_spectrum      **spectrum;
  const cuxas_measured_info **info;
  const char                **sha256;
} question_parts;

static void end_parts(question_parts *parts)
{
  for (size_t i = 0; i < parts->n_part && parts->part != NULL; i++) cuxas_question_free(&parts->part[i]);
  free(parts->part);
  free(parts->spectrum);
  free(parts->info);
  free(parts->sha256);
}

static cuxas_status merge_parts(const question_parts *parts, cuxas_question *question, cuxas_error *err)
{
  for (size_t i = 0; i < parts->n_part; i++) {
    parts->spectrum[i] = parts->part[i].spectrum;
    parts->info[i]     = parts->part[i].info;
    parts->sha256[i]   = parts->part[i].sha256;
  }
  memcpy(question->sha256, parts->part[0].sha256, sizeof question->sha256);
  return cuxas_measured_merge(parts->spectrum, parts->info, parts->sha256, parts->n_part, &question->spectrum,
                              &question->info, err);
}

cuxas_status cuxas_question_read_all(const char *path, const cuxas_options *options, cuxas_question *ret_question,
                                     cuxas_error *err)
{
  const size_t n_more = cuxas_options_n_item(options, "merge"), n_scan = cuxas_options_n_item(options, "scan");
  const size_t n_per_file      = n_scan > 0 ? n_scan : 1;
  cuxas_status status          = CUXAS_OK;
  cuxas_measured_options how   = {.energy_column = cuxas_options_text(options, "energy-column"),
                                  .signal_column = cuxas_options_text(options, "signal"),
                                  .i0_column     = cuxas_options_text(options, "i0"),
                                  .invert        = cuxas_options_flag(options, "invert"),
                                  .transmission  = cuxas_options_flag(options, "transmission"),
                                  .dataset       = cuxas_options_text(options, "dataset"),
                                  .near_eV       = CUXAS_QUESTION_NEAR_EV,
                                  .scan          = n_scan > 0 ? cuxas_options_item(options, "scan", 0) : NULL};
  question_parts         parts = {.n_part = (1 + n_more) * n_per_file};

  if (parts.n_part == 1) return cuxas_question_read(path, &how, ret_question, err);
  *ret_question  = (cuxas_question){0};
  parts.part     = cuxas_new_array(parts.n_part, sizeof *parts.part);
  parts.spectrum = cuxas_new_array(parts.n_part, sizeof *parts.spectrum);
  parts.info     = cuxas_new_array(parts.n_part, sizeof *parts.info);
  parts.sha256   = cuxas_new_array(parts.n_part, sizeof *parts.sha256);
  if (parts.part == NULL || parts.spectrum == NULL || parts.info == NULL || parts.sha256 == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scans", parts.n_part);
  for (size_t i = 0; i < parts.n_part && status == CUXAS_OK; i++) {
    const char *file = i < n_per_file ? path : cuxas_options_item(options, "merge", i / n_per_file - 1);
    if (n_scan > 0) how.scan = cuxas_options_item(options, "scan", i % n_per_file);
    status = cuxas_question_read(file, &how, &parts.part[i], err);
  }
  if (status == CUXAS_OK) status = merge_parts(&parts, ret_question, err);
  end_parts(&parts);
  return status;
}

cuxas_status cuxas_question_open_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err)
{
  const char  *given  = cuxas_options_text(options, "model");
  char        *path   = NULL;
  cuxas_status status = CUXAS_OK;

  *ret_model = NULL;
  if (given == NULL) status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_MODEL, &path, err);
  if (status == CUXAS_OK) status = cuxas_model_read(given != NULL ? given : path, ret_model, err);
  free(path);
  return status;
}

cuxas_status cuxas_question_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  const bool   has_both = cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE) &&
                        cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE);
  if (cuxas_options_is(options, "hole", "model")) cuxas_options_set(options, "hole", has_both ? "fit" : "1", NULL);
  const bool can_fit_width = cuxas_options_is(options, "shift-criterion", "score");
  if (cuxas_options_is(options, "fwhm", "model") || (cuxas_options_is(options, "fwhm", "fit") && !can_fit_width))
    status = cuxas_options_set_real(options, "fwhm", model->fwhm_eV, err);
  if (status == CUXAS_OK && cuxas_options_is(options, "shift-center", "model"))
    status = cuxas_options_set_real(options, "shift-center", model->shift_eV, err);
  return status;
}

cuxas_status cuxas_question_settle_eels(cuxas_options *options, const cuxas_measured_info *opt_info,
                                        const cuxas_model *model, cuxas_error *err)
{
  const bool   says_eels = opt_info != NULL && strcmp(opt_info->detection_mode, "EELS") == 0;
  const double fwhm_eV   = sqrt(model->fwhm_eV * model->fwhm_eV + CUXAS_EELS_FWHM_EV * CUXAS_EELS_FWHM_EV);
  cuxas_status status    = CUXAS_OK;
  if (!cuxas_options_flag(options, "eels") && !says_eels) return CUXAS_OK;
  if (!cuxas_options_is_given(options, "smooth"))
    status = cuxas_options_set_real(options, "smooth", CUXAS_EELS_SMOOTH_EV, err);
  if (status == CUXAS_OK && !cuxas_options_is_given(options, "fwhm"))
    status = cuxas_options_set_real(options, "fwhm", round(fwhm_eV * 100.0) / 100.0, err);
  if (status == CUXAS_OK && !cuxas_options_is_given(options, "shift-window"))
    status = cuxas_options_set_real(options, "shift-window", CUXAS_EELS_WINDOW_EV, err);
  return status;
}

cuxas_status cuxas_question_check_networks(const cuxas_model *model, cuxas_error *err)
{
  if (cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE) ||
      cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE))
    return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: holds a featurizer alone, it cannot predict spectra",
                    model->name);
}

cuxas_status cuxas_question_check(const cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  const bool has_no_hole = cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE);
  const bool has_hole    = cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE);
  const bool wants_both  = cuxas_options_is(options, "hole", "fit") || cuxas_options_real(options, "hole") < 1.0;

  const cuxas_status status = cuxas_question_check_networks(model, err);
  if (status != CUXAS_OK) return status;
  if (wants_both && !(has_no_hole && has_hole))
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "model %s: --hole needs networks for both states of the core level, it has one", model->name);
  return CUXAS_OK;
}

static void choose_comparison(const cuxas_options *options, const cuxas_model *model,
                              cuxas_compare_settings *ret_compare)
{
  cuxas_compare_settings *compare = ret_compare;

  *compare            = cuxas_compare_defaults();
  compare->scale      = cuxas_options_is(options, "scale", "edge-step")       ? CUXAS_SCALE_EDGE_STEP
                        : cuxas_options_is(options, "scale", "least-squares") ? CUXAS_SCALE_LEAST_SQUARES
                                                                              : CUXAS_SCALE_MINMAX;
  compare->shift_mode = cuxas_options_is(options, "shift", "fit")      ? CUXAS_SHIFT_FIT
                        : cuxas_options_is(options, "shift", "common") ? CUXAS_SHIFT_COMMON
                                                                       : CUXAS_SHIFT_FIXED;
  if (compare->shift_mode == CUXAS_SHIFT_FIXED) compare->fixed_shift_eV = cuxas_options_real(options, "shift");
  compare->criterion       = cuxas_options_is(options, "shift-criterion", "mae")           ? CUXAS_CRITERION_MAE
                             : cuxas_options_is(options, "shift-criterion", "correlation") ? CUXAS_CRITERION_CORRELATION
                                                                                           : CUXAS_CRITERION_SCORE;
  compare->center_shift_eV = cuxas_options_real(options, "shift-center");
  compare->window_eV       = cuxas_options_real(options, "shift-window");
  compare->fit_fwhm        = cuxas_options_is(options, "fwhm", "fit");
  compare->fwhm_eV         = compare->fit_fwhm ? model->fwhm_eV : cuxas_options_real(options, "fwhm");
  compare->shift_prior     = (cuxas_prior){compare->center_shift_eV, CUXAS_PRIOR_SHIFT_SD_EV};
  compare->opt_errors      = model->errors;

  compare->fit_hole      = cuxas_options_is(options, "hole", "fit");
  compare->hole_fraction = compare->fit_hole ? 1.0 : cuxas_options_real(options, "hole");
}

cuxas_ranking cuxas_question_ranking(const cuxas_options *options)
{
  return cuxas_options_is(options, "rank", "agreement") ? CUXAS_RANKING_AGREEMENT : CUXAS_RANKING_SCORE;
}

cuxas_status cuxas_question_pose(cuxas_question *question, const char *path, const cuxas_options *options,
                                 const cuxas_model *model, double smooth_eV, cuxas_error *err)
{
  cuxas_preprocess_settings *preprocess = &question->preprocess;
  cuxas_edge_window          edge[CUXAS_COMPARE_MAX_EDGE];
  const char                *name[CUXAS_MODEL_MAX_EDGE];
  cuxas_status               status;

  if ((status = cuxas_question_check(options, model, err)) != CUXAS_OK) return status;
  choose_comparison(options, model, &question->compare);
  for (size_t i = 0; i < model->n_edge; i++) name[i] = model->edge[i].name;
  cuxas_measured_expect(question->info, model->element, name, model->n_edge);
  *preprocess                = cuxas_preprocess_defaults();
  preprocess->smooth_eV      = smooth_eV;
  preprocess->beyond_lattice = true; /* the query decides which points predictions can reach */
  if (cuxas_options_is_set(options, "range"))
    cuxas_options_range(options, "range", &preprocess->crop_min_eV, &preprocess->crop_max_eV);
  status = cuxas_preprocess_measured(question->spectrum, strcmp(path, "-") == 0 ? "standard input" : path, model->grid,
                                     preprocess, &question->prepared, err);
  if (status != CUXAS_OK) return status;

  for (size_t i = 0; i < model->n_edge; i++) {
    snprintf(edge[i].name, sizeof edge[i].name, "%s", model->edge[i].name);
    edge[i].splitting_eV = model->edge[i].grid.start_eV - model->edge[0].grid.start_eV;
  }
  return cuxas_query_new(question->prepared->grid, question->prepared->mu, model->grid, edge, model->n_edge,
                         &question->compare, &question->query, err);
}
