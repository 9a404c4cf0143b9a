/* cuxas-model - makes models and says what they are worth: trained, judged, calibrated, joined, imported
 *
 * Contents: 1. info, import-m3gnet, join: files made of other files  2. the program */
#include "base/json.h"
#include "base/text.h"
#include "cmd/outputs.h"
#include "cmd/common.h"
#include "cmd/sources.h"
#include "cmd/model_commands.h"
#include "cmd/model_info.h"
#include "cmd/options.h"
#include "cmd/help.h"
#include "learn/import.h"
#include "learn/join.h"

#include <stdint.h>
#include <stdlib.h>

/* ---- 1. info, import-m3gnet, join: files made of other files -------------------------------------------------- */

static const cuxas_option INFO_OPTIONS[] = {
    {"json", 'j', OPT_FLAG, NULL, NULL, NULL, "Output", "as a JSON object, with the whole licence", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const INFO_TABLES[] = {INFO_OPTIONS, NULL};

static const cuxas_option IMPORT_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the model file to write", OPT_SHAPES_RUN},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {"name", 0, OPT_TEXT, "NAME", "m3gnet", NULL, "Model", "name of the model", 0},
    {"licence", 0, OPT_PATH, "FILE", NULL, NULL, "Model",
     "licence of the weights, stored in the model; default: LICENSE.matgl or LICENSE beside them", 0},
    {0}};

static const cuxas_option *const IMPORT_TABLES[] = {IMPORT_OPTIONS, NULL};

static const cuxas_option JOIN_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the model file to write", OPT_SHAPES_RUN},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {"name", 0, OPT_TEXT, "NAME", "joined", NULL, "Model", "name of the model", 0},
    {"keep", 0, OPT_TEXT, "LIST", NULL, NULL, "Model",
     "keep these parts alone, as 1,4, counted over all parts when joined ones are taken apart", 0},
    {0}};

static const cuxas_option *const JOIN_TABLES[] = {JOIN_OPTIONS, NULL};

static cuxas_status show_info(cuxas_options *options, cuxas_error *err)
{
  cuxas_model *model;
  cuxas_status status = cuxas_source_translate_arguments(options, 1, CUXAS_BUNDLED_STRUCTURE, err);
  if (status == CUXAS_OK) status = cuxas_model_read(cuxas_options_argument(options, 0), &model, err);
  if (status != CUXAS_OK) return status;

  cJSON *info = cuxas_model_info(model);
  if (cuxas_options_flag(options, "json"))
    status = cuxas_json_write(info, true, stdout, err);
  else
    cuxas_model_info_print(info, stdout);
  cJSON_Delete(info);
  cuxas_model_free(model);
  return status;
}

static cuxas_status import_m3gnet(cuxas_options *options, cuxas_error *err)
{
  cuxas_model *model;
  const char  *path = cuxas_options_text(options, "output");
  if (path == NULL) cuxas_options_usage_error(options, "no output file; give --output FILE");

  cuxas_status status = cuxas_outputs_may(options, path, err);
  if (status != CUXAS_OK) return status;
  status =
      cuxas_import_m3gnet(cuxas_options_arguments(options), cuxas_options_n_argument(options),
                          cuxas_options_text(options, "licence"), cuxas_options_text(options, "name"), &model, err);
  if (status != CUXAS_OK) return status;
  status = cuxas_model_write(model, path, cuxas_options_flag(options, "force"), err);
  cuxas_model_free(model);
  return status;
}

/* read_part() - a JSON object, or else a model file; the caller frees what there is of both */
static cuxas_status read_part(const char *path, cJSON **ret_description, cuxas_model **ret_model, cuxas_error *err)
{
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status != CUXAS_OK) return status;
  *ret_description = cJSON_ParseWithLength(bytes, n_byte);
  free(bytes);
  if (cJSON_IsObject(*ret_description)) return CUXAS_OK;
  return cuxas_model_read(path, ret_model, err);
}

/* parse_keep() - 1,4 to bits 0 and 3 */
static uint64_t parse_keep(const cuxas_options *options)
{
  const char *text = cuxas_options_text(options, "keep");
  uint64_t    keep = 0;
  for (const char *cursor = text; cursor != NULL;) {
    char        *end;
    const size_t n = (size_t)strtoul(cursor, &end, 10);
    if (*cursor < '1' || *cursor > '9' || n > 64 || (*end != '\0' && *end != ','))
      cuxas_options_usage_error(options, "--keep %s: expected numbers from 1 to 64, as 1,4", text);
    keep |= (uint64_t)1 << (n - 1);
    cursor = *end == ',' ? end + 1 : NULL;
  }
  return keep;
}

static cuxas_status join(cuxas_options *options, cuxas_error *err)
{
  cuxas_join_part part[8]  = {{0}};
  cJSON          *read[8]  = {NULL};
  cuxas_model    *model[8] = {NULL}, *joined = NULL;
  const size_t    n_part = cuxas_options_n_argument(options);
  const char     *path   = cuxas_options_text(options, "output");
  if (path == NULL) cuxas_options_usage_error(options, "no output file; give --output FILE");

  const uint64_t keep   = parse_keep(options);
  cuxas_status   status = cuxas_outputs_may(options, path, err);
  for (size_t i = 0; i < n_part && status == CUXAS_OK; i++) {
    status  = read_part(cuxas_options_argument(options, i), &read[i], &model[i], err);
    part[i] = (cuxas_join_part){.model = model[i], .description = read[i]};
  }
  if (status == CUXAS_OK)
    status = cuxas_model_join(cuxas_options_text(options, "name"), part, n_part, keep, &joined, err);
  if (status == CUXAS_OK) status = cuxas_model_write(joined, path, cuxas_options_flag(options, "force"), err);
  cuxas_model_free(joined);
  for (size_t i = 0; i < n_part; i++) {
    cuxas_model_free(model[i]);
    cJSON_Delete(read[i]);
  }
  return status;
}

static const cuxas_command CUXAS_MODEL_INFO = {
    "cuxas-model info",
    "[options] MODEL",
    "Says what a model file holds: element, edges and grids, featurizer, networks, training, errors, licence.",
    "  cuxas-model info cu-l23.cuxas\n",
    INFO_TABLES,
    1,
    1,
    show_info};

static const cuxas_command CUXAS_MODEL_IMPORT = {
    "cuxas-model import-m3gnet",
    "[options] WEIGHTS... -o FILE",
    "Makes a model that holds a featurizer alone from a pretrained M3GNet: flat float32 weights with their JSON "
    "index, "
    "or matgl's state.pt with model.json or model.pt. Nothing in these files is executed.",
    "  cuxas-model import-m3gnet m3gnet_weights.bin m3gnet_weights.json -o m3gnet.cuxas\n"
    "  cuxas-model import-m3gnet state.pt model.json --licence LICENSE -o m3gnet.cuxas\n"
    "  cuxas-predict --model m3gnet.cuxas --features features.csv CuO.cif\n",
    IMPORT_TABLES,
    1,
    SIZE_MAX,
    import_m3gnet};

static const cuxas_command CUXAS_MODEL_JOIN = {
    "cuxas-model join",
    "[options] PART... -o FILE",
    "Makes a model that holds a featurizer alone from several: the numbers of all parts, one part behind the other. A "
    "part is a model file, whose featurizer is taken, or a JSON file that describes a featurizer without weights.",
    "  cuxas-model join first.cuxas second.cuxas -o features.cuxas\n"
    "  cuxas-model join symfun.json features.cuxas -o all.cuxas\n"
    "  cuxas-model join features.cuxas tuned.cuxas --keep 1,4,5 -o new.cuxas\n",
    JOIN_TABLES,
    1,
    8,
    join};

/* ---- 2. the program ------------------------------------------------------------------------------------------ */

static const cuxas_command *const COMMANDS[] = {
    &CUXAS_MODEL_INFO,     &CUXAS_MODEL_TRAIN, &CUXAS_MODEL_EVALUATE, &CUXAS_MODEL_CALIBRATE,
    &CUXAS_MODEL_PRETRAIN, &CUXAS_MODEL_JOIN,  &CUXAS_MODEL_IMPORT,   NULL,
};

static const cuxas_old_name OLD_NAMES[] = {
    {"cuxas-train", "train"},
    {"cuxas-pretrain", "pretrain"},
    {"cuxas-evaluate", "evaluate"},
    {"cuxas-calibrate", "calibrate"},
    {NULL, NULL},
};

static const cuxas_program PROGRAM = {
    "cuxas-model",
    "Makes models of simulated spectra, says what a model file holds, and how far predictions can be trusted.",
    COMMANDS,
    OLD_NAMES,
};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PROGRAM, argc, argv);
}
