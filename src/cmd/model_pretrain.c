/* model_pretrain.c - cuxas-model pretrain: spectra of any kind in, a featurizer whose weights are our own out */
#include "cmd/common.h"
#include "base/json.h"
#include "base/elements.h"
#include "predict/graphnet.h"
#include "base/hash.h"
#include "base/memory.h"
#include "cmd/outputs.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cmd/model_commands.h"
#include "predict/model_parts.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-model"

static const cuxas_option PRETRAIN_OPTIONS[] = {
    {"out", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the featurizer, as a model file without networks",
     OPT_SHAPES_RUN},
    {"log", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "JSON: settings, data, errors of every epoch", OPT_SHAPES_RUN},
    {"checkpoint", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "written after every epoch; when it exists, training goes on from it", OPT_SHAPES_RUN},
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, "Output", "no progress, no table of errors", OPT_SHAPES_RUN},
    {"name", 0, OPT_TEXT, "NAME", "graphnet", NULL, "Output", "name of the featurizer", 0},
    {"licence", 0, OPT_TEXT, "TEXT", "BSD-3-Clause", NULL, "Output", "licence to note in the file", 0},

    {"structures", 's', OPT_LIST, "PATH", NULL, NULL, "Data",
     "files or folders of structures that records name by id and, with a teacher, of more to learn from; may be given "
     "again",
     OPT_SHAPES_RUN},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Data", "absorbing element", 0},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Data",
     "CSV with a column formula: compounds not to learn from in any structure; none: all may be; default: the bundled "
     "validation compounds",
     OPT_SHAPES_RUN},
    {"hold-out", 0, OPT_PATH, "FILE", NULL, NULL, "Data",
     "records whose compounds, in any structure, are not learnt from but judged by", OPT_SHAPES_RUN},
    {"hold-out-edge", 0, OPT_TEXT, "NAME", "L3", NULL, "Data", "edge that those records have", 0},
    {"fold", 0, OPT_TEXT, "I:N", NULL, NULL, "Data",
     "hold out only part I of N of these compounds, I from 1: the parts of cuxas-model evaluate --folds N", 0},
    {"split", 0, OPT_PATH, "FILE", NULL, NULL, "Data",
     "families and parts of these compounds as cuxas-refdb split wrote them, instead of drawing them", OPT_SHAPES_RUN},
    {"validation-fraction", 0, OPT_REAL, "PART", "0.05", "0:0.9", "Data", "part of the other compounds to judge by", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Data", "folder of the bundled data", OPT_SHAPES_RUN},

    {"relative-to", 0, OPT_TEXT, "CURVE", NULL, NULL, "Tasks",
     "records with this curve: learn the logarithms of all their curves, at energies from its first one on, as "
     "kernel-ridge does; the curve origin is that energy",
     0},
    {"teacher", 0, OPT_PATH, "FILE", NULL, NULL, "Tasks",
     "model file whose features are to be reproduced on all atoms of the structures", OPT_SHAPES_RUN},
    {"teacher-weight", 0, OPT_REAL, "W", "0.3", "0:1000", "Tasks", "weight of that among the tasks", 0},

    {"cutoff", 0, OPT_REAL, "A", "5", "1:20", "Network", "longest bond, angstrom", 0},
    {"radial", 0, OPT_INTEGER, "N", "8", "1:16", "Network", "radial functions", 0},
    {"angular", 0, OPT_INTEGER, "N", "4", "1:5", "Network", "orders of angular functions, from l = 0 on", 0},
    {"channels", 0, OPT_INTEGER, "N", "32", "1:512", "Network", "sums over bonds for each order", 0},
    {"blocks", 0, OPT_INTEGER, "N", "3", "1:8", "Network", "rounds of messages", 0},
    {"width", 0, OPT_INTEGER, "N", "64", "1:512", "Network", "numbers per atom: the features", 0},
    {"hidden", 0, OPT_INTEGER, "N", "96", "1:512", "Network", "width of the hidden layers", 0},
    {"head", 0, OPT_INTEGER, "N", "128", "0:4096", "Network",
     "width of the hidden layer of each task's network; 0: none", 0},
    {"start", 0, OPT_PATH, "FILE", NULL, NULL, "Network",
     "featurizer of an earlier training to start from; its shape counts", OPT_SHAPES_RUN},
    {"start-network", 0, OPT_INTEGER, "N", "0", "0:8", "Network", "which of the networks joined in it; 0: the last", 0},

    {"epochs", 0, OPT_INTEGER, "N", "60", "1:1000000", "Training", "passes through the structures", 0},
    {"batch", 0, OPT_INTEGER, "ATOMS", "250", "1:1000000", "Training",
     "atoms a step, at least; equivalent ones count once", 0},
    {"rate", 0, OPT_REAL, "RATE", "0.003", "1e-9:1", "Training", "rate of Adam at the start", 0},
    {"weight-decay", 0, OPT_REAL, "DECAY", "0.01", "0:100", "Training", "decoupled weight decay", 0},
    {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", "Training", "of everything random", 0},
    {0}};

static const cuxas_option *const TABLES[] = {PRETRAIN_OPTIONS, CUXAS_FORCE_OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

/* ---- command line ----------------------------------------------------------------------------------------------- */

/* parse_task() - CURVE=START:STEP:POINTS[:WEIGHT]@FILE; the path stays in the argument */
static bool parse_task(const char *text, cuxas_graphnet_task *ret_task)
{
  const char *equals = strchr(text, '='), *at = equals != NULL ? strchr(equals, '@') : NULL;
  char        numbers[128];
  char       *field[4] = {NULL};
  size_t      n_field  = 0;
  long        n_energy;

  *ret_task = (cuxas_graphnet_task){.weight = 1.0};
  if (at == NULL || at[1] == '\0' || equals == text || (size_t)(equals - text) >= sizeof ret_task->curve ||
      (size_t)(at - equals) >= sizeof numbers)
    return false;
  memcpy(ret_task->curve, text, (size_t)(equals - text));
  memcpy(numbers, equals + 1, (size_t)(at - equals - 1));
  numbers[at - equals - 1] = '\0';
  for (char *rest = numbers; rest != NULL; n_field++) {
    if (n_field == 4) return false;
    field[n_field] = rest;
    if ((rest = strchr(rest, ':')) != NULL) *rest++ = '\0';
  }
  if (n_field < 3 || !cuxas_text_parse_number(field[0], &ret_task->grid.start_eV) ||
      !cuxas_text_parse_number(field[1], &ret_task->grid.step_eV) || !cuxas_text_parse_integer(field[2], &n_energy) ||
      (n_field == 4 && !cuxas_text_parse_number(field[3], &ret_task->weight)))
    return false;
  ret_task->grid.n_energy = (size_t)n_energy;
  ret_task->path          = at + 1;
  return ret_task->grid.start_eV >= -1e6 && ret_task->grid.start_eV <= 1e6 && ret_task->grid.step_eV >= 1e-3 &&
         ret_task->grid.step_eV <= 100.0 && n_energy >= 2 && n_energy <= 100000 && ret_task->weight > 0.0 &&
         ret_task->weight <= 1e6;
}

static void parse_fold(const cuxas_options *options, cuxas_graphnet_source *source)
{
  const char *text = cuxas_options_text(options, "fold"), *colon = text != NULL ? strchr(text, ':') : NULL;
  char        first[16] = "";
  long        i = 0, n = 0;
  if (text == NULL) return;
  if (colon != NULL && (size_t)(colon - text) < sizeof first) memcpy(first, text, (size_t)(colon - text));
  if (!cuxas_text_parse_integer(first, &i) || !cuxas_text_parse_integer(colon + 1, &n) || i < 1 || n < i || n > 1000)
    cuxas_options_usage_error(options, "--fold %s: expected I:N with I from 1 to N", text);
  if (source->opt_hold_path == NULL) cuxas_options_usage_error(options, "--fold asks for --hold-out");
  source->i_fold = (size_t)i - 1;
  source->n_fold = (size_t)n;
}

static cuxas_graphnet_settings parse_settings(const cuxas_options *options)
{
  return (cuxas_graphnet_settings){
      .shape          = {.cutoff_A     = cuxas_options_real(options, "cutoff"),
                         .n_radial     = (size_t)cuxas_options_integer(options, "radial"),
                         .n_angular    = (size_t)cuxas_options_integer(options, "angular"),
                         .n_channel    = (size_t)cuxas_options_integer(options, "channels"),
                         .n_block      = (size_t)cuxas_options_integer(options, "blocks"),
                         .node_width   = (size_t)cuxas_options_integer(options, "width"),
                         .hidden_width = (size_t)cuxas_options_integer(options, "hidden")},
      .head_width     = (size_t)cuxas_options_integer(options, "head"),
      .n_epoch        = (size_t)cuxas_options_integer(options, "epochs"),
      .n_batch        = (size_t)cuxas_options_integer(options, "batch"),
      .rate           = cuxas_options_real(options, "rate"),
      .weight_decay   = cuxas_options_real(options, "weight-decay"),
      .teacher_weight = cuxas_options_is_set(options, "teacher") ? cuxas_options_real(options, "teacher-weight") : 0.0,
      .seed           = (uint64_t)cuxas_options_integer(options, "seed"),
  };
}

/* ---- what is told ----------------------------------------------------------------------------------------------- */

typedef struct {
  cuxas_progress_bar           bar;
  const cuxas_graphnet_source *source;
  cuxas_graphnet_count         count;
  bool                         is_quiet;
  cJSON                       *epochs; /* of the log */
} teller;

static void add_errors(cJSON *entry, const teller *to, const char *name, const double *value, const size_t *n)
{
  cJSON *errors = cuxas_json_add(entry, name, cJSON_CreateObject());
  for (size_t i = 0; i < to->source->n_task; i++) {
    char key[CUXAS_GRAPHNET_TASK_NAME_SIZE + 24];
    snprintf(key, sizeof key, "%zu:%s", i + 1, to->source->task[i].curve);
    if (n[i] > 0) cuxas_json_add(errors, key, cJSON_CreateNumber(value[i]));
  }
}

static bool tell(size_t n_done, size_t n_total, const cuxas_graphnet_epoch *opt_epoch, void *user)
{
  teller *to = user;
  cuxas_progress_show(n_done, n_total, &to->bar);
  if (opt_epoch == NULL) return true;
  cJSON *entry = cJSON_CreateObject();
  cuxas_json_add(entry, "epoch", cJSON_CreateNumber((double)opt_epoch->i_epoch));
  cuxas_json_add(entry, "loss", cJSON_CreateNumber(opt_epoch->loss));
  add_errors(entry, to, "learnt_mean_mae", opt_epoch->learnt_mean, to->count.n_learnt);
  add_errors(entry, to, "held_mean_mae", opt_epoch->held_mean, to->count.n_held);
  add_errors(entry, to, "held_median_mae", opt_epoch->held_median, to->count.n_held);
  cuxas_json_add(to->epochs, NULL, entry);
  if (to->is_quiet) return true;
  printf("%5zu  %8.5f", opt_epoch->i_epoch, opt_epoch->loss);
  for (size_t i = 0; i < to->source->n_task; i++)
    printf("   %8.5f %8.5f %8.5f", opt_epoch->learnt_mean[i], opt_epoch->held_mean[i], opt_epoch->held_median[i]);
  putchar('\n');
  fflush(stdout);
  return true;
}

static void tell_data(const cuxas_graphnet_source *source, const cuxas_graphnet_count *count)
{
  printf("%zu structures with %zu atoms and %zu bonds; left out: %zu of validation compounds, %zu unusable\n",
         count->n_structure, count->n_atom, count->n_bond, count->n_excluded, count->n_unusable);
  printf("Mean absolute errors of learnt sites (mean) and held-out sites (mean, median):\nepoch      loss");
  for (size_t i = 0; i < source->n_task; i++)
    printf("   %s: %zu, %zu%*s", source->task[i].curve, count->n_learnt[i], count->n_held[i],
           (int)(strlen(source->task[i].curve) < 12 ? 12 - strlen(source->task[i].curve) : 0), "");
  putchar('\n');
}

/* describe_data() - files by hash, and how much is in them; the caller deletes it */
static cuxas_status describe_data(const cuxas_options *options, const cuxas_graphnet_source *source,
                                  const cuxas_graphnet_count *count, cJSON *ret_object, cuxas_error *err)
{
  cJSON *tasks = cuxas_json_add(ret_object, "tasks", cJSON_CreateArray());
  for (size_t i = 0; i < source->n_task; i++) {
    const cuxas_graphnet_task *task = &source->task[i];
    char                       sha256[CUXAS_SHA256_HEX_SIZE];
    const cuxas_status         status = cuxas_hash_file(task->path, sha256, err);
    if (status != CUXAS_OK) return status;
    cJSON *entry = cuxas_json_add(tasks, NULL, cJSON_CreateObject());
    cuxas_json_add(entry, "curve", cJSON_CreateString(task->curve));
    cuxas_json_add(entry, "start_eV", cJSON_CreateNumber(task->grid.start_eV));
    cuxas_json_add(entry, "step_eV", cJSON_CreateNumber(task->grid.step_eV));
    cuxas_json_add(entry, "n_energy", cJSON_CreateNumber((double)task->grid.n_energy));
    cuxas_json_add(entry, "weight", cJSON_CreateNumber(task->weight));
    cuxas_json_add(entry, "records_sha256", cJSON_CreateString(sha256));
    cuxas_json_add(entry, "learnt_sites", cJSON_CreateNumber((double)count->n_learnt[i]));
    cuxas_json_add(entry, "held_sites", cJSON_CreateNumber((double)count->n_held[i]));
  }
  const struct {
    const char *key, *path;
  } FILES[] = {{"teacher_sha256", cuxas_options_text(options, "teacher")},
               {"start_sha256", cuxas_options_text(options, "start")},
               {"held_out_sha256", source->opt_hold_path},
               {"split_sha256", source->opt_split},
               {"excluded_sha256", source->opt_exclude}};
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    char sha256[CUXAS_SHA256_HEX_SIZE];
    if (FILES[i].path == NULL) continue;
    const cuxas_status status = cuxas_hash_file(FILES[i].path, sha256, err);
    if (status != CUXAS_OK) return status;
    cuxas_json_add(ret_object, FILES[i].key, cJSON_CreateString(sha256));
  }
  cuxas_json_add(ret_object, "structures", cJSON_CreateNumber((double)count->n_structure));
  cuxas_json_add(ret_object, "atoms", cJSON_CreateNumber((double)count->n_atom));
  cuxas_json_add(ret_object, "excluded_structures", cJSON_CreateNumber((double)count->n_excluded));
  return CUXAS_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* Everything that has to be freed. */
typedef struct {
  const char         **structure_path;
  char                *exclude;
  cuxas_model         *teacher, *start, *model;
  float               *start_parameter, *parameter;
  cJSON               *about, *epochs;
  cuxas_graphnet_data *data;
} belongings;

static void free_belongings(belongings *own)
{
  free(own->structure_path);
  free(own->exclude);
  cuxas_graphnet_data_free(own->data);
  cuxas_model_free(own->teacher);
  cuxas_model_free(own->start);
  cuxas_model_free(own->model);
  free(own->start_parameter);
  free(own->parameter);
  cJSON_Delete(own->about);
  cJSON_Delete(own->epochs);
}

static cuxas_status write_log(const void *what, FILE *out, cuxas_error *err)
{
  const belongings *own    = what;
  cJSON            *object = cJSON_Duplicate(own->about, 1);
  cuxas_json_add(object, "epochs", cJSON_Duplicate(own->epochs, 1));
  const cuxas_status status = cuxas_json_write_tree(object, out, err);
  cJSON_Delete(object);
  return status;
}

static const cuxas_output_row OUTPUTS[] = {{"out", NULL, NULL}, {"log", write_log, NULL}, {0}};

/* read_inputs() - what options name besides the data */
static cuxas_status read_inputs(const cuxas_options *options, cuxas_graphnet_settings *settings,
                                cuxas_graphnet_source *source, belongings *own, cuxas_error *err)
{
  const char  *teacher = cuxas_options_text(options, "teacher"), *start = cuxas_options_text(options, "start");
  const size_t n_path = cuxas_options_n_item(options, "structures");
  cuxas_status status = CUXAS_OK;

  if ((own->structure_path = cuxas_new(err, n_path, sizeof *own->structure_path)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_path; i++) own->structure_path[i] = cuxas_options_item(options, "structures", i);
  source->structure_path   = own->structure_path;
  source->n_structure_path = n_path;
  if ((source->opt_exclude = cuxas_options_text(options, "exclude")) == NULL) {
    status = cuxas_data_path(cuxas_options_text(options, "data"), "models/exclude.csv", &own->exclude, err);
    source->opt_exclude = own->exclude;
  } else if (strcmp(source->opt_exclude, "none") == 0) {
    source->opt_exclude = NULL;
  }
  if (status == CUXAS_OK && teacher != NULL) {
    status = cuxas_model_read(teacher, &own->teacher, err);
    if (status == CUXAS_OK) source->opt_teacher = own->teacher->featurizer;
  }
  if (status == CUXAS_OK && start != NULL) {
    status = cuxas_model_read(start, &own->start, err);
    if (status == CUXAS_OK)
      status = cuxas_graphnet_model_parameters(own->start, (size_t)cuxas_options_integer(options, "start-network"),
                                               &settings->shape, &own->start_parameter, err);
  }
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  cuxas_graphnet_task     task[CUXAS_GRAPHNET_MAX_TASK];
  cuxas_graphnet_settings settings = parse_settings(options);
  cuxas_graphnet_source   source   = {
          .n_task              = cuxas_options_n_argument(options),
          .task                = task,
          .absorber            = cuxas_element_number(cuxas_options_text(options, "element")),
          .opt_hold_path       = cuxas_options_text(options, "hold-out"),
          .hold_edge           = cuxas_options_text(options, "hold-out-edge"),
          .opt_split           = cuxas_options_text(options, "split"),
          .opt_origin          = cuxas_options_text(options, "relative-to"),
          .validation_fraction = cuxas_options_real(options, "validation-fraction"),
          .seed                = (uint64_t)cuxas_options_integer(options, "seed"),
  };
  belongings own = {0};
  teller     to  = {.source = &source, .is_quiet = cuxas_options_flag(options, "quiet")};

  if (!cuxas_options_is_set(options, "out"))
    cuxas_options_usage_error(options, "--out: where should the featurizer go?");
  for (size_t i = 0; i < source.n_task; i++)
    if (!parse_task(cuxas_options_argument(options, i), &task[i]))
      cuxas_options_usage_error(options, "%s: expected CURVE=START_EV:STEP_EV:POINTS[:WEIGHT]@FILE",
                                cuxas_options_argument(options, i));
  for (size_t i = 0; i < source.n_task; i++)
    if (task[i].grid.start_eV < 0.0 && source.opt_origin == NULL)
      cuxas_options_usage_error(options, "%s: an energy below 0 asks for --relative-to",
                                cuxas_options_argument(options, i));
  if (source.absorber == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
  parse_fold(options, &source);

  cuxas_status status = cuxas_outputs_check(options, OUTPUTS, NULL, err);
  if (status == CUXAS_OK) status = read_inputs(options, &settings, &source, &own, err);
  if (status == CUXAS_OK) status = cuxas_graphnet_data_new(&source, &settings.shape, &own.data, err);
  if (status != CUXAS_OK) goto done;
  to.count   = cuxas_graphnet_data_count(own.data);
  own.epochs = cJSON_CreateArray();
  to.epochs  = own.epochs;
  own.about  = cJSON_CreateObject();
  cuxas_json_add(own.about, "settings", cuxas_options_settings(options));
  if ((status = describe_data(options, &source, &to.count, cuxas_json_add(own.about, "data", cJSON_CreateObject()),
                              err)) != CUXAS_OK)
    goto done;
  if (!to.is_quiet) tell_data(&source, &to.count);

  to.bar = cuxas_progress_start("training", to.is_quiet);
  status = cuxas_graphnet_train(
      own.data, &settings,
      &(cuxas_graphnet_course){own.start_parameter, cuxas_options_text(options, "checkpoint"), tell, &to},
      &own.parameter, err);
  cuxas_progress_end(&to.bar);
  if (status == CUXAS_OK)
    status = cuxas_graphnet_model_new(cuxas_options_text(options, "name"), &settings.shape, own.parameter, own.about,
                                      cuxas_options_text(options, "licence"), &own.model, err);
  if (status == CUXAS_OK)
    status =
        cuxas_model_write(own.model, cuxas_options_text(options, "out"), cuxas_options_flag(options, "force"), err);
  if (status == CUXAS_OK) status = cuxas_outputs_write(options, OUTPUTS, &own, err);
done:
  free_belongings(&own);
  return status;
}

const cuxas_command CUXAS_MODEL_PRETRAIN = {
    "cuxas-model pretrain",
    "[options] -o FEATURIZER TASK...",
    "Trains a graph network that turns the surroundings of an atom into numbers. A task is a kind of spectrum that "
    "these numbers must suffice to predict: CURVE=START_EV:STEP_EV:POINTS[:WEIGHT]@FILE, with one JSON object per line "
    "and absorber; all tasks are learnt together. cuxas-model train --from-model FEATURIZER builds on the result.",
    "  cuxas-model pretrain K=8980:0.5:120@sites.jsonl --structures mp/ --hold-out train.jsonl -o features.cuxas\n"
    "  cuxas-model pretrain K=8980:0.5:120@sites.jsonl L3=925:0.2:312:2@more.jsonl --structures mp/ \\\n"
    "      --teacher m3gnet.cuxas --checkpoint state.cuxas -o features.cuxas\n",
    TABLES,
    1,
    CUXAS_GRAPHNET_MAX_TASK,
    run,
};
