/* training.c - options and records of a training; settings that a model was trained with */
#include "crystal/oxidation.h"
#include "cmd/training.h"
#include "base/hash.h"
#include "base/json.h"
#include "cmd/common.h"
#include "base/elements.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cuxas_option CUXAS_RECORDS_OPTIONS[] = {
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Records", "absorbing element", 0},
    {"edges", 0, OPT_TEXT, "LIST", "L3=925:0.2:312,L2=945:0.2:312", NULL, "Records",
     "edges and their grids: NAME=START_EV:STEP_EV:POINTS, by rising energy; the first is the one every record has", 0},
    {"channels", 0, OPT_CHOICE, "NAME", "no-hole", "no-hole|screened-hole|both|all", "Records",
     "simulations to learn from: without a core hole, with a statically screened one, both, or with a projected one "
     "too where there are any",
     0},
    {"site-shifts", 0, OPT_TEXT, "LIST", "0,0,0", NULL, "Records",
     "move the spectra of every site before they are learnt, eV: of copper among metal atoms, Cu(I), and Cu(II) with "
     "its hole; where theory places these differently, sites of mixed valence are then added as measured",
     0},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Records",
     "CSV with a column formula: compounds that may not be among the records; none: all may; default: the bundled "
     "validation compounds",
     0},
    {"families", 0, OPT_PATH, "FILE", NULL, NULL, "Records",
     "CSV with columns formula and family: compounds that are held out together", 0},
    {"split", 0, OPT_PATH, "FILE", NULL, NULL, "Records",
     "families and parts of the cross-validation as cuxas-refdb split wrote them, instead of drawing them",
     OPT_SHAPES_RUN},
    {"featurizer", 0, OPT_TEXT, "NAME", "symfun", NULL, "Features", "symfun, or a JSON file that describes one", 0},
    {"from-model", 0, OPT_PATH, "FILE", NULL, NULL, "Features", "take the featurizer of this model instead", 0},
    {"fold-features", 0, OPT_LIST, "FILE", NULL, NULL, "Features",
     "model whose featurizer has not learnt from a part of the cross-validation, where the one taken has; given once "
     "for "
     "every part, in their order",
     OPT_SHAPES_RUN},
    {"choose-by", 0, OPT_INTEGER, "N", "0", "0:4096", "Features",
     "choose length and ridge of kernels with the first N features alone, those that have not learnt from the records; "
     "0: with all",
     0},
    {"features", 0, OPT_INTEGER, "N", "0", "0:4096", "Features",
     "principal components that are learnt from; 0: all features as they are, standardised", 0},
    {"whitening", 0, OPT_REAL, "PART", "0", "0:1", "Features",
     "how far principal components are brought to equal size: 0 not, 1 fully", 0},
    {"recipe", 0, OPT_CHOICE, "NAME", "own", "own|published", "Networks",
     "published: the settings of the CuXASNet paper where no others are given", 0},
    {0}};

const cuxas_option CUXAS_METHOD_OPTIONS[] = {
    {"method", 0, OPT_CHOICE, "NAME", "both", "network|kernel-ridge|both", "Networks",
     "what learns: networks, kernel ridge regression (a Gaussian process), or the mean of both", 0},
    {0}};

const cuxas_option CUXAS_NETWORKS_OPTIONS[] = {
    {"kernel", 0, OPT_CHOICE, "NAME", "laplace", "laplace|exponential", "Networks",
     "of kernel ridge regression; its length and ridge are chosen from what is learnt from", 0},
    {"align", 0, OPT_CHOICE, "NAME", "origin", "origin|none", "Networks",
     "kernel ridge regression learns spectra relative to their first energy, and that energy apart, or as they are", 0},
    {"kernel-part", 0, OPT_REAL, "PART", "0.5", "0:1", "Networks", "of kernel ridge regression in the mean of both", 0},
    {"hidden-layers", 0, OPT_CHOICE, "NAME", "shared", "shared|separate", "Networks",
     "one network for all edges and channels, of which the rarer ones borrow, or one for each", 0},
    {"width", 0, OPT_TEXT, "LIST", "120,240,480", NULL, "Networks", "widths of the hidden layers", 0},
    {"output", 0, OPT_CHOICE, "NAME", "softplus", "linear|softplus|softmax", "Networks", "last activation", 0},
    {"members", 0, OPT_INTEGER, "N", "4", "1:64", "Networks", "networks per edge and channel", 0},
    {"loss", 0, OPT_CHOICE, "NAME", "absolute", "absolute|square", "Training", "what is made small", 0},
    {"epochs", 0, OPT_INTEGER, "N", "50", "1:1000000", "Training", "most passes through the records", 0},
    {"batch", 0, OPT_INTEGER, "N", "16", "1:1000000", "Training", "records a step", 0},
    {"schedule", 0, OPT_CHOICE, "NAME", "cosine", "cosine|constant", "Training",
     "the rate falls as half a cosine, or stays", 0},
    {"rate", 0, OPT_REAL, "RATE", "0.001", "1e-9:1", "Training", "rate of Adam at the start", 0},
    {"weight-decay", 0, OPT_REAL, "DECAY", "0.01", "0:100", "Training", "decoupled weight decay", 0},
    {"noise", 0, OPT_REAL, "SIGMA", "0", "0:10", "Training", "normal noise added to the features while learning", 0},
    {"patience", 0, OPT_INTEGER, "N", "0", "0:1000000", "Training",
     "stop after so many epochs without gain on the validation part; 0: never, but the best epoch is kept", 0},
    {"validation-fraction", 0, OPT_REAL, "PART", "0.1", "0:0.9", "Training",
     "part of the compounds, another for every member, that decides which epoch is kept", 0},
    {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", "Training", "of everything random", 0},
    {"neighbours", 0, OPT_INTEGER, "K", "3", "1:1000", "Training",
     "distance from the training set: mean over so many nearest sites", 0},
    {"resume", 0, OPT_PATH, "DIR", NULL, NULL, "Running",
     "keep finished networks in this folder, and go on from there after a kill", OPT_SHAPES_RUN},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Running", "folder of the bundled data", OPT_SHAPES_RUN},
    {0}};

/* The default featurizer; an option may name a file with another description. */
static const char SYMFUN[] = "{\"name\": \"symfun\", \"cutoff_A\": 6, \"n_radial\": 12, \"radial_first_A\": 1.6,"
                             " \"radial_last_A\": 5.5, \"properties\": [\"one\", \"electronegativity\","
                             " \"covalent_radius\", \"period\", \"group\", \"s_electrons\", \"p_electrons\","
                             " \"d_electrons\"], \"shell_cutoff_A\": 5, \"softness_A\": [0.37, 0.7], \"l_max\": 6}";

/* ---- options that are lists ------------------------------------------------------------------------------------- */

/* next_field() - cuts off the part of *cursor up to a separator; NULL when nothing is left */
static char *next_field(char **cursor, char separator)
{
  char *field = *cursor;
  if (field == NULL) return NULL;
  char *end = strchr(field, separator);
  if (end != NULL) *end++ = '\0';
  *cursor = end;
  return field;
}

/* parse_edge() - NAME=START:STEP:POINTS, in place */
static bool parse_edge(char *text, cuxas_training *training)
{
  char *grid_text = strchr(text, '=');
  if (grid_text == NULL || training->n_edge == CUXAS_MODEL_MAX_EDGE) return false;
  *grid_text++ = '\0';
  if (text[0] == '\0' || strlen(text) >= CUXAS_EDGE_NAME_SIZE) return false;

  const char *start = next_field(&grid_text, ':'), *step = next_field(&grid_text, ':'),
             *points = next_field(&grid_text, ':');
  cuxas_grid grid;
  long       n_energy;
  if (points == NULL || grid_text != NULL || !cuxas_text_parse_number(start, &grid.start_eV) ||
      !cuxas_text_parse_number(step, &grid.step_eV) || !cuxas_text_parse_integer(points, &n_energy))
    return false;
  if (!(grid.start_eV >= 0.0 && grid.start_eV <= 1e6 && grid.step_eV >= 1e-3 && grid.step_eV <= 100.0) ||
      n_energy < 2 || n_energy > 100000)
    return false;
  grid.n_energy = (size_t)n_energy;
  memcpy(training->edge_name[training->n_edge], text, strlen(text) + 1);
  training->grid[training->n_edge++] = grid;
  return true;
}

static bool parse_width(const char *text, cuxas_training *training)
{
  long         width;
  const size_t n = training->settings.network.n_hidden;
  if (n == sizeof training->hidden / sizeof *training->hidden || !cuxas_text_parse_integer(text, &width) || width < 1 ||
      width > 65536)
    return false;
  training->hidden[training->settings.network.n_hidden++] = (size_t)width;
  return true;
}

/* parse_site_shifts() - METAL,CLOSED,HOLE, in place */
static bool parse_site_shifts(char *text, cuxas_training *training)
{
  for (int i = CUXAS_SHELL_METAL; i < CUXAS_N_SHELL; i++) {
    const char *field = next_field(&text, ',');
    double     *to_eV = &training->site_shift_eV[i];
    if (field == NULL || !cuxas_text_parse_number(field, to_eV) || !(fabs(*to_eV) <= 20.0)) return false;
  }
  return text == NULL;
}

static cuxas_status parse_lists(const cuxas_options *options, cuxas_training *training, cuxas_error *err)
{
  char *edges  = cuxas_copy_text(err, cuxas_options_text(options, "edges"));
  char *widths = cuxas_copy_text(err, cuxas_options_text(options, "width"));
  char *shifts = cuxas_copy_text(err, cuxas_options_text(options, "site-shifts"));
  if (edges == NULL || widths == NULL || shifts == NULL) {
    free(edges);
    free(widths);
    free(shifts);
    return cuxas_no_memory(err);
  }
  char *cursor = edges;
  for (char *field; (field = next_field(&cursor, ',')) != NULL;)
    if (!parse_edge(field, training))
      cuxas_options_usage_error(options, "--edges %s: expected NAME=START_EV:STEP_EV:POINTS,... (at most %d)",
                                cuxas_options_text(options, "edges"), CUXAS_MODEL_MAX_EDGE);
  cursor = widths;
  for (char *field; (field = next_field(&cursor, ',')) != NULL;)
    if (!parse_width(field, training))
      cuxas_options_usage_error(options, "--width %s: expected at most 16 numbers from 1 to 65536",
                                cuxas_options_text(options, "width"));
  if (!parse_site_shifts(shifts, training))
    cuxas_options_usage_error(options, "--site-shifts %s: not three energies within 20 eV",
                              cuxas_options_text(options, "site-shifts"));
  free(edges);
  free(widths);
  free(shifts);
  return CUXAS_OK;
}

/* Moves what was read. */
static cuxas_status move_records(const double shift_eV[CUXAS_N_SHELL], cuxas_records *records, cuxas_error *err)
{
  for (size_t i = 0; i < records->n_record; i++) {
    cuxas_record      *record  = &records->record[i];
    double             move_eV = 0.0;
    const cuxas_status status  = cuxas_site_shifts(shift_eV, record->crystal, &record->site, 1, &move_eV, err);
    if (status != CUXAS_OK) return status;
    for (size_t e = 0; e < records->n_edge; e++)
      for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
        for (size_t k = 0; k < record->curve[e][channel].n_point; k++)
          record->curve[e][channel].energy_eV[k] += move_eV;
  }
  return CUXAS_OK;
}

static cuxas_status parse_settings(const cuxas_options *options, cuxas_training *training, cuxas_error *err)
{
  cuxas_ensemble_settings *settings = &training->settings;
  const bool               all      = cuxas_options_is(options, "channels", "all");
  const bool               both     = all || cuxas_options_is(options, "channels", "both");

  training->absorber = cuxas_element_number(cuxas_options_text(options, "element"));
  if (training->absorber == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
  settings->channel[CUXAS_CHANNEL_NO_HOLE]        = both || cuxas_options_is(options, "channels", "no-hole");
  settings->channel[CUXAS_CHANNEL_SCREENED_HOLE]  = both || cuxas_options_is(options, "channels", "screened-hole");
  settings->channel[CUXAS_CHANNEL_PROJECTED_HOLE] = all;
  settings->n_feature                             = (size_t)cuxas_options_integer(options, "features");
  settings->whitening                             = cuxas_options_real(options, "whitening");
  settings->n_choice                              = (size_t)cuxas_options_integer(options, "choose-by");
  settings->n_member                              = (size_t)cuxas_options_integer(options, "members");
  settings->validation_fraction                   = cuxas_options_real(options, "validation-fraction");
  settings->domain_k                              = (size_t)cuxas_options_integer(options, "neighbours");
  settings->network                               = (cuxas_train_settings){
                                    .hidden       = training->hidden,
                                    .n_epoch      = (size_t)cuxas_options_integer(options, "epochs"),
                                    .n_batch      = (size_t)cuxas_options_integer(options, "batch"),
                                    .rate         = cuxas_options_real(options, "rate"),
                                    .weight_decay = cuxas_options_real(options, "weight-decay"),
                                    .noise        = cuxas_options_real(options, "noise"),
                                    .patience     = (size_t)cuxas_options_integer(options, "patience"),
                                    .seed         = (uint64_t)cuxas_options_integer(options, "seed"),
                                    .schedule = cuxas_options_is(options, "schedule", "constant") ? CUXAS_SCHEDULE_CONSTANT : CUXAS_SCHEDULE_COSINE,
                                    .opt_checkpoint = cuxas_options_text(options, "resume"),
  };
  settings->method      = cuxas_options_is(options, "method", "both")           ? CUXAS_METHOD_BOTH
                          : cuxas_options_is(options, "method", "kernel-ridge") ? CUXAS_METHOD_KERNEL
                                                                                : CUXAS_METHOD_NETWORKS;
  settings->kernel_part = cuxas_options_real(options, "kernel-part");
  settings->is_aligned  = cuxas_options_is(options, "align", "origin");
  settings->is_shared   = cuxas_options_is(options, "hidden-layers", "shared");
  cuxas_status status   = cuxas_kernel_from_name(cuxas_options_text(options, "kernel"), &settings->kernel, err);
  if (status != CUXAS_OK) return status;
  settings->network.loss = cuxas_options_is(options, "loss", "square") ? CUXAS_LOSS_SQUARE : CUXAS_LOSS_ABSOLUTE;

  status = cuxas_activation_from_name(cuxas_options_text(options, "output"), &settings->network.output, err);
  return status == CUXAS_OK ? parse_lists(options, training, err) : status;
}

cuxas_status cuxas_training_apply_recipe(cuxas_options *options, cuxas_error *err)
{
  static const char *const PUBLISHED[][2] = {{"method", "network"},
                                             {"hidden-layers", "separate"},
                                             {"members", "1"},
                                             {"features", "64"},
                                             {"width", "120,240,480"},
                                             {"loss", "square"},
                                             {"epochs", "500"},
                                             {"batch", "10"},
                                             {"schedule", "constant"},
                                             {"rate", "0.001"},
                                             {"noise", "0"},
                                             {"weight-decay", "0"},
                                             {"validation-fraction", "0"}};
  cuxas_status             status         = CUXAS_OK;
  if (!cuxas_options_is(options, "recipe", "published")) return CUXAS_OK;
  for (size_t i = 0; i < sizeof PUBLISHED / sizeof PUBLISHED[0] && status == CUXAS_OK; i++)
    if (!cuxas_options_is_given(options, PUBLISHED[i][0]))
      status = cuxas_options_set(options, PUBLISHED[i][0], PUBLISHED[i][1], err);
  return status;
}

/* ---- featurizer ------------------------------------------------------------------------------------------------- */

/* read_description() - a JSON object from a file */
static cuxas_status read_description(const char *path, cJSON **ret_description, cuxas_error *err)
{
  cuxas_text   text   = {0};
  cuxas_status status = cuxas_text_read(path, &text, err);
  size_t       n_byte = 1;
  for (size_t i = 0; i < text.n_line; i++) n_byte += strlen(text.line[i]) + 1;
  char *joined = status == CUXAS_OK ? cuxas_new(err, n_byte, 1) : NULL;
  if (status == CUXAS_OK && joined == NULL) status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  if (status == CUXAS_OK) {
    char *end = joined;
    for (size_t i = 0; i < text.n_line; i++) {
      const size_t n = strlen(text.line[i]);
      memcpy(end, text.line[i], n);
      end += n;
      *end++ = '\n';
    }
    *ret_description = cJSON_ParseWithOpts(joined, NULL, 1);
    if (!cJSON_IsObject(*ret_description)) status = cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", path);
  }
  free(joined);
  cuxas_text_free(&text);
  return status;
}

static cuxas_status find_featurizer(const cuxas_options *options, cuxas_training *training, cuxas_error *err)
{
  cuxas_status status;
  const char  *source = cuxas_options_text(options, "from-model");
  if (source != NULL) {
    const cJSON *description = NULL;
    if ((status = cuxas_model_read(source, &training->opt_source, err)) != CUXAS_OK ||
        (status = cuxas_json_object(training->opt_source->head_json, "featurizer", &description, source, err)) !=
            CUXAS_OK)
      return status;
    training->featurizer  = training->opt_source->featurizer;
    training->description = cJSON_Duplicate(description, 1);
  } else if (cuxas_options_is(options, "featurizer", "symfun")) {
    training->description = cJSON_Parse(SYMFUN);
  } else if ((status = read_description(cuxas_options_text(options, "featurizer"), &training->description, err)) !=
             CUXAS_OK) {
    return status;
  }
  if (training->description == NULL) return cuxas_no_memory(err);
  if (training->featurizer == NULL) {
    if ((status = cuxas_featurizer_new(training->description, NULL, &training->opt_own, err)) != CUXAS_OK)
      return status;
    training->featurizer = training->opt_own;
  }
  training->n_raw = cuxas_featurizer_length(training->featurizer);
  if ((training->weight = cuxas_new(err, training->n_raw, sizeof *training->weight)) == NULL) return CUXAS_ENOMEM;
  cuxas_featurizer_weights(training->featurizer, training->weight);
  return CUXAS_OK;
}

/* read_fold_features() - of all records, by each of the featurizers that know all parts but one */
static cuxas_status read_fold_features(const cuxas_options *options, cuxas_training *t, cuxas_error *err)
{
  const size_t n      = cuxas_options_n_item(options, "fold-features");
  cuxas_status status = CUXAS_OK;
  if (n == 0 && t->settings.n_choice > 0 && cuxas_options_integer(options, "folds") > 1)
    cuxas_print_note("cuxas-model",
                     "features that have learnt from these records make errors too small without --fold-features");
  if (n == 0) return CUXAS_OK;
  if ((long)n != cuxas_options_integer(options, "folds"))
    cuxas_options_usage_error(options, "--fold-features: %zu given, one for each of the %ld parts is needed", n,
                              cuxas_options_integer(options, "folds"));
  if ((t->fold_raw = cuxas_new(err, n, sizeof *t->fold_raw)) == NULL) return CUXAS_ENOMEM;
  for (; t->n_fold_raw < n && status == CUXAS_OK; t->n_fold_raw++) {
    const char  *path  = cuxas_options_item(options, "fold-features", t->n_fold_raw);
    cuxas_model *model = NULL;
    status             = cuxas_model_read(path, &model, err);
    if (status == CUXAS_OK &&
        !cJSON_Compare(cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer"), t->description, 1))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: its featurizer is not made as the one that is learnt with", path);
    if (status == CUXAS_OK)
      status = cuxas_ensemble_features(model->featurizer, t->records, &t->fold_raw[t->n_fold_raw], err);
    cuxas_model_free(model);
  }
  return status;
}

/* ---- settings of a model ---------------------------------------------------------------------------------------- */

/* take_setting() - one setting from the model unless the command line gives it; unknown names are passed over */
static cuxas_status take_setting(cuxas_options *options, const cuxas_command *command, const cJSON *setting,
                                 cuxas_error *err)
{
  const cuxas_option *option;
  for (size_t i = 0; (option = cuxas_command_option(command, i)) != NULL; i++) {
    if (strcmp(option->name, setting->string) != 0 || option->role != OPT_SHAPES_RESULT) continue;
    if (strcmp(option->name, "folds") == 0 || cuxas_options_is_given(options, option->name)) return CUXAS_OK;
    if (strcmp(option->name, "from-model") == 0 && cuxas_options_is_given(options, "featurizer")) return CUXAS_OK;
    if (cJSON_IsNumber(setting)) {
      char text[32];
      snprintf(text, sizeof text, "%.17g", setting->valuedouble);
      return cuxas_options_set(options, option->name, text, err);
    }
    if (cJSON_IsString(setting)) return cuxas_options_set(options, option->name, setting->valuestring, err);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_training_take_settings(cuxas_options *options, const cuxas_command *command,
                                          const cuxas_model *model, cuxas_error *err)
{
  cuxas_status status;
  const cJSON *training = NULL, *settings = NULL, *setting;
  if ((status = cuxas_json_object(model->head_json, "training", &training, model->name, err)) != CUXAS_OK ||
      (status = cuxas_json_object(training, "settings", &settings, model->name, err)) != CUXAS_OK)
    return status;
  cJSON_ArrayForEach(setting,
                     settings) if ((status = take_setting(options, command, setting, err)) != CUXAS_OK) return status;
  return CUXAS_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static cuxas_status refuse_validation(const cuxas_options *options, const char *data_folder,
                                      const cuxas_records *records, size_t n_learnt, cuxas_error *err)
{
  char       *bundled = NULL;
  const char *given   = cuxas_options_text(options, "exclude");
  if (given != NULL && strcmp(given, "none") == 0) return CUXAS_OK;
  cuxas_status status = given != NULL ? CUXAS_OK : cuxas_data_path(data_folder, "models/exclude.csv", &bundled, err);
  if (status == CUXAS_OK) status = cuxas_split_refuse(records, n_learnt, given != NULL ? given : bundled, err);
  free(bundled);
  return status;
}

/* read_records() - of all files; those of opt_test stand behind the others */
static cuxas_status read_records(const char *const *path, size_t n_path, const char *opt_test, cuxas_training *training,
                                 cuxas_error *err)
{
  const char  *edge_name[CUXAS_MODEL_MAX_EDGE] = {0};
  const char **all                             = cuxas_new(err, n_path + 1, sizeof *all);
  if (all == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_path; i++) all[i] = path[i];
  all[n_path] = opt_test;
  for (size_t i = 0; i < training->n_edge; i++) edge_name[i] = training->edge_name[i];

  const cuxas_status status = cuxas_records_read(all, n_path + (opt_test != NULL), training->absorber, edge_name,
                                                 training->n_edge, &training->records, err);
  free(all);
  if (status != CUXAS_OK) return status;
  while (training->n_learnt < training->records->n_record &&
         training->records->record[training->n_learnt].i_file < n_path)
    training->n_learnt++;
  return CUXAS_OK;
}

static cuxas_status find_groups(const cuxas_options *options, cuxas_training *t, cuxas_error *err)
{
  const char *split = cuxas_options_text(options, "split");
  if (split == NULL) return cuxas_groups_new(t->records, cuxas_options_text(options, "families"), &t->groups, err);
  const cuxas_status status = cuxas_hash_file(split, t->split_sha256, err);
  return status == CUXAS_OK ? cuxas_split_read(split, t->records, t->n_learnt, &t->groups, err) : status;
}

/* "all" is a projected hole too where there are any. */
static void drop_missing_channel(cuxas_training *t)
{
  bool is_known = false;
  for (size_t e = 0; e < t->n_edge; e++)
    for (size_t i = 0; i < t->records->n_record; i++)
      is_known = is_known || t->dataset->known[e][CUXAS_CHANNEL_PROJECTED_HOLE][i];
  if (!is_known) t->settings.channel[CUXAS_CHANNEL_PROJECTED_HOLE] = false;
}

cuxas_status cuxas_training_read(const cuxas_options *options, const char *data_folder, const char *const *path,
                                 size_t n_path, const char *opt_test, cuxas_training *ret_training, cuxas_error *err)
{
  cuxas_training *t = ret_training;
  cuxas_status    status;

  *t = (cuxas_training){0};
  if ((status = parse_settings(options, t, err)) != CUXAS_OK ||
      (status = find_featurizer(options, t, err)) != CUXAS_OK ||
      (status = read_records(path, n_path, opt_test, t, err)) != CUXAS_OK ||
      (status = move_records(t->site_shift_eV, t->records, err)) != CUXAS_OK ||
      (status = refuse_validation(options, data_folder, t->records, t->n_learnt, err)) != CUXAS_OK ||
      (status = cuxas_dataset_new(t->records, t->grid, &t->dataset, err)) != CUXAS_OK ||
      (status = find_groups(options, t, err)) != CUXAS_OK)
    return status;
  drop_missing_channel(t);
  status = cuxas_ensemble_features(t->featurizer, t->records, &t->raw, err);
  return status == CUXAS_OK ? read_fold_features(options, t, err) : status;
}

void cuxas_training_free(cuxas_training *training)
{
  for (size_t i = 0; i < training->n_fold_raw; i++) free(training->fold_raw[i]);
  free(training->fold_raw);
  free(training->raw);
  free(training->weight);
  cuxas_groups_free(training->groups);
  cuxas_dataset_free(training->dataset);
  cuxas_records_free(training->records);
  cuxas_featurizer_free(training->opt_own);
  cuxas_model_free(training->opt_source);
  cJSON_Delete(training->description);
  *training = (cuxas_training){0};
}

cuxas_training_set cuxas_training_set_of(const cuxas_training *training)
{
  return (cuxas_training_set){training->dataset, training->groups, training->raw,
                              training->n_raw,   training->weight, (const float *const *)training->fold_raw};
}

/* ---- what a training was and what a held-out test gave, as JSON and as a table ---------------------------------- */

/* ---- the training ----------------------------------------------------------------------------------------------- */

static size_t count_structures(const cuxas_records *records)
{
  size_t n = 0;
  for (size_t i = 0; i < records->n_record; i++) {
    size_t j = 0;
    while (j < i && strcmp(records->record[i].id, records->record[j].id) != 0) j++;
    n += j == i;
  }
  return n;
}

/* describe_doublets() - how edges that were not simulated were made */
static cJSON *describe_doublets(const cuxas_training *training)
{
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 1; list != NULL && i < training->n_edge; i++) {
    const cuxas_doublet *doublet = &training->dataset->doublet[i];
    cJSON               *entry   = cuxas_json_add(list, NULL, cJSON_CreateObject());
    if (entry == NULL) break;
    cuxas_json_add(entry, "edge", cJSON_CreateString(training->edge_name[i]));
    cuxas_json_add(entry, "n_records", cJSON_CreateNumber((double)doublet->n_record));
    cuxas_json_add(entry, "splitting_eV", cJSON_CreateNumber(doublet->splitting_eV));
    cuxas_json_add(entry, "width_eV", cJSON_CreateNumber(doublet->width_eV));
    cuxas_json_add(entry, "mae", cJSON_CreateNumber(doublet->mae));
  }
  return list;
}

cJSON *cuxas_training_describe(const cuxas_options *options, const cuxas_training *training, const char *opt_date)
{
  const cuxas_records *records = training->records;
  cJSON               *object  = cJSON_CreateObject();
  if (object == NULL) return NULL;
  const cJSON *pretraining = /* of features that may know these records */
      training->opt_source != NULL && training->settings.n_choice > 0
          ? cJSON_GetObjectItemCaseSensitive(training->opt_source->head_json, "pretraining")
          : NULL;
  cuxas_json_add(object, "records_sha256", cJSON_CreateString(records->sha256));
  if (training->split_sha256[0] != '\0')
    cuxas_json_add(object, "split_sha256", cJSON_CreateString(training->split_sha256));
  cuxas_json_add(object, "n_sites", cJSON_CreateNumber((double)records->n_record));
  cuxas_json_add(object, "n_structures", cJSON_CreateNumber((double)count_structures(records)));
  cuxas_json_add(object, "n_groups", cJSON_CreateNumber((double)training->groups->n_group));
  cuxas_json_add(object, "n_unconverged", cJSON_CreateNumber((double)records->n_unconverged));
  cuxas_json_add(object, "n_not_finite", cJSON_CreateNumber((double)records->n_not_finite));
  cuxas_json_add(object, "made_edges", describe_doublets(training));
  if (pretraining != NULL) cuxas_json_add(object, "pretraining", cJSON_Duplicate(pretraining, 1));
  cuxas_json_add(object, "seed", cJSON_CreateNumber((double)training->settings.network.seed));
  if (opt_date != NULL) cuxas_json_add(object, "date", cJSON_CreateString(opt_date));
  cuxas_json_add(object, "command", cuxas_options_command(options));
  cuxas_json_add(object, "settings", cuxas_options_settings(options));
  cuxas_json_add(
      object, "splits",
      cJSON_CreateString(training->split_sha256[0] != '\0'
                             ? "whole families are held out: compositions and isostructural compounds"
                             : "whole compounds are held out: all sites of one composition, or of one family of "
                               "compositions"));
  return object;
}

/* ---- the held-out test ------------------------------------------------------------------------------------------ */

/* One edge and channel of a held-out test. */
typedef struct {
  const cuxas_crossval *crossval;
  const char           *edge_name;
  size_t                i_edge;
  cuxas_channel         channel;
} tested;

static cuxas_status add_errors(cJSON *errors, const tested *of, const char *rows, const bool *opt_row, cuxas_error *err)
{
  const cuxas_crossval *crossval = of->crossval;
  for (int p = 0; p < CUXAS_N_PREDICTOR; p++) {
    cuxas_error_summary summary;
    const cuxas_status  status =
        cuxas_error_summarise(crossval->mae[of->i_edge][of->channel][p], opt_row, crossval->n_row, &summary, err);
    if (status != CUXAS_OK) return status;
    if (summary.n_row == 0) return CUXAS_OK;
    cJSON *entry = cuxas_json_add(errors, NULL, cJSON_CreateObject());
    if (entry == NULL) return cuxas_no_memory(err);
    cuxas_json_add(entry, "edge", cJSON_CreateString(of->edge_name));
    cuxas_json_add(entry, "channel", cJSON_CreateString(cuxas_channel_name(of->channel)));
    cuxas_json_add(entry, "rows", cJSON_CreateString(rows));
    cuxas_json_add(entry, "predictor", cJSON_CreateString(cuxas_predictor_name((cuxas_predictor)p)));
    cuxas_json_add(entry, "n", cJSON_CreateNumber((double)summary.n_row));
    cuxas_json_add(entry, "median", cJSON_CreateNumber(summary.median));
    cuxas_json_add(entry, "mean", cJSON_CreateNumber(summary.mean));
    if (cuxas_json_add(entry, "p90", cJSON_CreateNumber(summary.p90)) == NULL) return cuxas_no_memory(err);
  }
  return CUXAS_OK;
}

/* is_partly_simulated() - some targets of the edge were made from the first edge, some were not */
static bool is_partly_simulated(const cuxas_dataset *dataset, size_t i_edge, cuxas_channel channel)
{
  size_t n_known = 0, n_simulated = 0;
  for (size_t i = 0; i < dataset->n_row; i++) {
    n_known += dataset->known[i_edge][channel][i];
    n_simulated += dataset->simulated[i_edge][channel][i];
  }
  return n_simulated > 0 && n_simulated < n_known;
}

/* mark_first_file() - which rows are of the first of several files of records; NULL: no memory, or there is one file
 *
 * The first file is what a model is for; more are there to learn from, perhaps of another program. The caller frees it. */
static bool *mark_first_file(const cuxas_training *training)
{
  const cuxas_records *records   = training->records;
  bool                *is_first  = cuxas_new(NULL, records->n_record, sizeof *is_first);
  bool                 has_other = false;
  for (size_t i = 0; is_first != NULL && i < training->n_learnt; i++) {
    is_first[i] = records->record[i].i_file == 0;
    has_other   = has_other || !is_first[i];
  }
  if (has_other) return is_first;
  free(is_first);
  return NULL;
}

/* add_intervals() - how often the 90 % intervals hold what they promise, and what sigma was widened by for that */
static void add_intervals(cJSON *object, const cuxas_training *training, const cuxas_crossval *crossval)
{
  cJSON *intervals = cuxas_json_add(object, "intervals", cJSON_CreateArray());
  for (size_t i = 0; i < crossval->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (crossval->mu[i][channel] == NULL || isnan(crossval->coverage[i][channel])) continue;
      cJSON *entry = cuxas_json_add(intervals, NULL, cJSON_CreateObject());
      cuxas_json_add(entry, "edge", cJSON_CreateString(training->edge_name[i]));
      cuxas_json_add(entry, "channel", cJSON_CreateString(cuxas_channel_name((cuxas_channel)channel)));
      cuxas_json_add(entry, "nominal", cJSON_CreateNumber(CUXAS_INTERVAL_PART));
      cuxas_json_add(entry, "coverage", cJSON_CreateNumber(crossval->coverage[i][channel]));
      cuxas_json_add(entry, "spread_factor", cJSON_CreateNumber(crossval->spread_factor[i][channel]));
    }
}

cuxas_status cuxas_crossval_describe(const cuxas_training *training, const cuxas_crossval *crossval, size_t n_fold,
                                     cJSON **ret_object, cuxas_error *err)
{
  const cuxas_dataset *dataset = training->dataset;
  cuxas_status         status  = CUXAS_OK;
  cJSON               *object  = cJSON_CreateObject();
  cuxas_json_add(object, "folds", cJSON_CreateNumber((double)n_fold));
  cuxas_json_add(object, "fold_seed", cJSON_CreateNumber((double)training->settings.network.seed));
  cJSON *errors         = cuxas_json_add(object, "errors", cJSON_CreateArray());
  bool  *opt_first_file = mark_first_file(training);
  if (errors == NULL) status = cuxas_no_memory(err);
  for (size_t i = 0; i < dataset->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
      if (crossval->mae[i][channel][CUXAS_BY_MODEL] == NULL) continue;
      const tested of = {crossval, training->edge_name[i], i, (cuxas_channel)channel};
      status          = add_errors(errors, &of, "all", NULL, err);
      if (status == CUXAS_OK && opt_first_file != NULL)
        status = add_errors(errors, &of, "first file", opt_first_file, err);
      if (status == CUXAS_OK && is_partly_simulated(dataset, i, (cuxas_channel)channel))
        status = add_errors(errors, &of, "simulated", dataset->simulated[i][channel], err);
    }
  free(opt_first_file);
  if (status == CUXAS_OK) add_intervals(object, training, crossval);
  if (status == CUXAS_OK)
    *ret_object = object;
  else
    cJSON_Delete(object);
  return status;
}

static const char *text_of(const cJSON *entry, const char *key)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, key));
  return text != NULL ? text : "";
}

static double number_of(const cJSON *entry, const char *key)
{
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, key));
}

void cuxas_crossval_print(FILE *out, const cJSON *metrics)
{
  const cJSON *entry;
  fprintf(out, "%-5s %-14s %-10s %-18s %6s %8s %8s %8s\n", "edge", "channel", "rows", "predictor", "n", "median",
          "mean", "90 %");
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metrics, "errors"))
      fprintf(out, "%-5s %-14s %-10s %-18s %6.0f %8.4f %8.4f %8.4f\n", text_of(entry, "edge"),
              text_of(entry, "channel"), text_of(entry, "rows"), text_of(entry, "predictor"), number_of(entry, "n"),
              number_of(entry, "median"), number_of(entry, "mean"), number_of(entry, "p90"));
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metrics, "intervals"))
      fprintf(out, "%-5s %-14s %.1f %% of the points lie within the %.0f %% intervals (sigma widened by %.3g)\n",
              text_of(entry, "edge"), text_of(entry, "channel"), 100.0 * number_of(entry, "coverage"),
              100.0 * number_of(entry, "nominal"), number_of(entry, "spread_factor"));
}
