/* import_m3gnet.c - published M3GNet weights as a model file: PyTorch archives, and flat files with an index
 *
 * Contents: 1. flat files  2. all kinds */
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "learn/import.h"
#include "learn/import_priv.h"
#include "learn/join.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. flat files ------------------------------------------------------------------------------------------ */

enum { MAX_FLOATS = 1 << 28 }; /* 1 GiB: far above any network of this kind */

/* read_floats() - the whole file; the caller frees *ret_value */
static cuxas_status read_floats(const char *path, float **ret_value, size_t *ret_n_value, cuxas_error *err)
{
  cuxas_status   status = CUXAS_OK;
  float         *value  = NULL;
  unsigned char *byte   = NULL;
  FILE          *in     = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));

  long size = 0;
  if (fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 || fseek(in, 0, SEEK_SET) != 0) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot find its size: %s", path, strerror(errno));
    goto done;
  }
  if (size % 4 != 0 || size / 4 > MAX_FLOATS) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %ld bytes are not a file of float32 numbers", path, size);
    goto done;
  }
  const size_t n_value = (size_t)size / 4;
  byte                 = cuxas_new(err, n_value, 4);
  value                = cuxas_new(err, n_value, sizeof *value);
  if (byte == NULL || value == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
    goto done;
  }
  if (fread(byte, 4, n_value, in) != n_value) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
    goto done;
  }
  for (size_t i = 0; i < n_value; i++) {
    const unsigned char *b    = byte + 4 * i;
    const uint32_t       bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    memcpy(value + i, &bits, sizeof bits);
  }
  *ret_value   = value;
  *ret_n_value = n_value;
  value        = NULL;
done:
  free(value);
  free(byte);
  fclose(in);
  return status;
}

static cuxas_status add_tensor(const cJSON *entry, const float *value, size_t n_value, const char *where,
                               cuxas_tensors *tensors, cuxas_error *err)
{
  const char  *name   = NULL;
  const cJSON *sizes  = NULL, *size;
  size_t       offset = 0, count = 0, rank = 0, n_item = 1, shape[CUXAS_TENSOR_MAX_RANK];
  cuxas_status status;

  if ((status = cuxas_json_string(entry, "name", &name, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(entry, "shape", &sizes, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(entry, "offset", 0, MAX_FLOATS, &offset, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(entry, "count", 1, MAX_FLOATS, &count, where, err)) != CUXAS_OK)
    return status;
  cJSON_ArrayForEach(size, sizes)
  {
    if (rank == CUXAS_TENSOR_MAX_RANK || !cuxas_json_is_count(size, 1, MAX_FLOATS / n_item, &shape[rank]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s has an impossible shape", where, name);
    n_item *= shape[rank++];
  }
  if (rank == 0 || n_item != count)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s: its shape has %zu numbers, its count is %zu", where, name,
                      n_item, count);
  if (offset > n_value || count > n_value - offset)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s ends behind the %zu numbers of the weight file", where, name,
                      n_value);
  return cuxas_tensors_add(tensors, name, rank, shape, value + offset, err);
}

static cuxas_status check_hash(const char *path, const cJSON *index, cuxas_error *err)
{
  char         sha256[CUXAS_SHA256_HEX_SIZE];
  const char  *expected = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(index, "sha256"));
  cuxas_status status   = cuxas_hash_file(path, sha256, err);
  if (status == CUXAS_OK && expected != NULL && strcmp(expected, sha256) != 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: its SHA-256 is %s, the index says %s", path, sha256, expected);
  return status;
}

cuxas_status cuxas_flat_read(const char *path, const cJSON *index, const char *index_path, cuxas_tensors *tensors,
                             cuxas_error *err)
{
  float       *value   = NULL;
  size_t       n_value = 0, n_stated = 0;
  const cJSON *list = NULL, *entry;
  cuxas_status status;

  if ((status = cuxas_json_array(index, "tensors", &list, index_path, err)) != CUXAS_OK) return status;
  if ((status = read_floats(path, &value, &n_value, err)) != CUXAS_OK) return status;
  if (cuxas_json_has(index, "total_floats")) {
    if ((status = cuxas_json_count(index, "total_floats", 1, MAX_FLOATS, &n_stated, index_path, err)) != CUXAS_OK)
      goto done;
    if (n_stated != n_value) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: has %zu numbers, the index says %zu", path, n_value, n_stated);
      goto done;
    }
  }
  if ((status = check_hash(path, index, err)) != CUXAS_OK) goto done;
  cJSON_ArrayForEach(entry, list)
  {
    if ((status = add_tensor(entry, value, n_value, index_path, tensors, err)) != CUXAS_OK) goto done;
  }
done:
  free(value);
  return status;
}

/* ---- 2. all kinds ------------------------------------------------------------------------------------------- */

/* Contents: telling files apart; hyper-parameters to the featurizer's description; licence; the model */

typedef struct {
  cuxas_error   *err;
  cuxas_tensors *tensors; /* everything that the files hold */
  cJSON         *index;   /* of a flat pair */
  const char    *index_path;
  const char    *flat_path; /* the numbers of a flat pair */
  cJSON         *arguments; /* model.json or model.pt */
  const char    *arguments_path;
  cJSON         *state;        /* what else the archive with the tensors had */
  const char    *weights_path; /* the file that the numbers are from, for messages and for finding the licence */
} sources;

/* -- telling files apart -- */

/* read_text() - a text file in one piece, lines ended by LF; the caller frees it */
static cuxas_status read_text(const char *path, char **ret_text, cuxas_error *err)
{
  cuxas_text   text;
  size_t       n_byte = 1, n = 0;
  cuxas_status status = cuxas_text_read(path, &text, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < text.n_line; i++) n_byte += strlen(text.line[i]) + 1;
  char *joined = cuxas_new(err, n_byte, 1);
  for (size_t i = 0; joined != NULL && i < text.n_line; i++)
    n += (size_t)snprintf(joined + n, n_byte - n, "%s\n", text.line[i]);
  if (joined == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  cuxas_text_free(&text);
  *ret_text = joined;
  return status;
}

static cuxas_status read_json(const char *path, cJSON **ret_json, cuxas_error *err)
{
  char        *text   = NULL;
  cuxas_status status = read_text(path, &text, err);
  if (status != CUXAS_OK) return status;
  if ((*ret_json = cJSON_Parse(text)) == NULL) status = cuxas_fail(err, CUXAS_EFORMAT, "%s: not valid JSON", path);
  free(text);
  return status;
}

/* keep() - takes one of the JSON values over; each kind may come once */
static cuxas_status keep(cJSON **place, const char **place_path, cJSON *json, const char *path, cuxas_error *err)
{
  if (*place != NULL) {
    cJSON_Delete(json);
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: says the same as %s", path, *place_path);
  }
  *place      = json;
  *place_path = path;
  return CUXAS_OK;
}

/* add_archive() - model.pt has the arguments of a potential ("model") or of a network ("max_n"), state.pt the tensors */
static cuxas_status add_archive(sources *from, const char *path)
{
  cJSON       *json   = NULL;
  cuxas_status status = cuxas_torch_read(path, from->tensors, &json, from->err);
  if (status != CUXAS_OK) return status;
  if (cuxas_json_has(json, "model") || cuxas_json_has(json, "max_n"))
    return keep(&from->arguments, &from->arguments_path, json, path, from->err);
  return keep(&from->state, &from->weights_path, json, path, from->err);
}

static cuxas_status add_json(sources *from, const char *path)
{
  cJSON       *json   = NULL;
  cuxas_status status = read_json(path, &json, from->err);
  if (status != CUXAS_OK) return status;
  if (cuxas_json_has(json, "tensors")) return keep(&from->index, &from->index_path, json, path, from->err);
  return keep(&from->arguments, &from->arguments_path, json, path, from->err);
}

static cuxas_status add_file(sources *from, const char *path)
{
  unsigned char start[4] = {0};
  FILE         *in       = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(from->err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  const size_t n_read = fread(start, 1, sizeof start, in);
  fclose(in);
  if (n_read == 4 && memcmp(start, "PK\3\4", 4) == 0) return add_archive(from, path);

  const size_t length = strlen(path);
  if (length > 5 && strcmp(path + length - 5, ".json") == 0) return add_json(from, path);
  if (length > 3 && strcmp(path + length - 3, ".pt") == 0)
    return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: not a zip archive of torch.save() (PyTorch 1.6 or later)", path);
  if (from->flat_path != NULL)
    return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: a second file of weights beside %s", path, from->flat_path);
  from->flat_path = path;
  return CUXAS_OK;
}

static cuxas_status read_sources(sources *from, const char *const *paths, size_t n_path)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < n_path && status == CUXAS_OK; i++) status = add_file(from, paths[i]);
  if (status != CUXAS_OK) return status;
  if (from->flat_path != NULL) {
    if (from->index == NULL)
      return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: flat weights need their JSON index", from->flat_path);
    if (from->state != NULL)
      return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: a second file of weights beside %s", from->flat_path,
                        from->weights_path);
    from->weights_path = from->flat_path;
    return cuxas_flat_read(from->flat_path, from->index, from->index_path, from->tensors, from->err);
  }
  if (from->state == NULL)
    return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: no file with weights is given", n_path > 0 ? paths[0] : "import");
  return CUXAS_OK;
}

/* -- hyper-parameters -- */

/* find_hyperparameters() - the object that has "max_n": in a flat index under "hyperparameters", in matgl's files the
 * arguments of the network, or of the network that the arguments of a potential name */
static const cJSON *find_hyperparameters(const sources *from, const char **ret_path)
{
  static const char *const DOWN[] = {"hyperparameters", "kwargs", "init_args", "model"};
  const cJSON             *here   = from->arguments != NULL ? from->arguments : from->index;
  *ret_path                       = from->arguments != NULL ? from->arguments_path : from->index_path;
  while (here != NULL && !cuxas_json_has(here, "max_n")) {
    const cJSON *next = NULL;
    for (size_t i = 0; i < sizeof DOWN / sizeof DOWN[0] && next == NULL; i++)
      next = cJSON_GetObjectItemCaseSensitive(here, DOWN[i]);
    here = next;
  }
  return here;
}

/* check_variant() - members that, if there, must have one value: others are networks that the featurizer does not
 * compute */
static cuxas_status check_variant(const cJSON *hyper, const char *path, cuxas_error *err)
{
  static const struct {
    const char *member, *text;
  } FIXED[] = {
      {"rbf_type", "SphericalBessel"}, {"activation_type", "swish"}, {"use_smooth", NULL}, {"use_phi", NULL},
      {"include_state", NULL},
  };
  for (size_t i = 0; i < sizeof FIXED / sizeof FIXED[0]; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(hyper, FIXED[i].member);
    if (item == NULL || cJSON_IsNull(item)) continue;
    const char *text = cJSON_GetStringValue(item);
    if (FIXED[i].text != NULL ? text == NULL || strcmp(text, FIXED[i].text) != 0 : !cJSON_IsFalse(item))
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: \"%s\" must be %s for the featurizer", path, FIXED[i].member,
                        FIXED[i].text != NULL ? FIXED[i].text : "false");
  }
  return CUXAS_OK;
}

static cuxas_status describe(const sources *from, cJSON *description)
{
  static const struct {
    const char *theirs, *ours;
  } COUNT[]          = {{"max_n", "n_radial"},
                        {"max_l", "n_angular"},
                        {"nblocks", "n_block"},
                        {"dim_node_embedding", "node_width"},
                        {"dim_edge_embedding", "bond_width"},
                        {"units", "hidden_width"}},
    CUTOFF[]         = {{"cutoff", "cutoff_A"}, {"threebody_cutoff", "three_body_cutoff_A"}};
  const char  *path  = NULL;
  const cJSON *hyper = find_hyperparameters(from, &path), *elements = NULL;
  cuxas_status status;

  if (hyper == NULL)
    return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: no hyper-parameters: give the model.json that belongs to it",
                      path != NULL ? path : from->weights_path);
  if ((status = check_variant(hyper, path, from->err)) != CUXAS_OK) return status;
  cuxas_json_add(description, "name", cJSON_CreateString("m3gnet"));
  for (size_t i = 0; i < sizeof CUTOFF / sizeof CUTOFF[0]; i++) {
    double value = 0.0;
    if ((status = cuxas_json_number(hyper, CUTOFF[i].theirs, 0.1, 20.0, &value, path, from->err)) != CUXAS_OK)
      return status;
    cuxas_json_add(description, CUTOFF[i].ours, cJSON_CreateNumber(value));
  }
  for (size_t i = 0; i < sizeof COUNT / sizeof COUNT[0]; i++) {
    size_t value = 0;
    if ((status = cuxas_json_count(hyper, COUNT[i].theirs, 1, 4096, &value, path, from->err)) != CUXAS_OK)
      return status;
    cuxas_json_add(description, COUNT[i].ours, cJSON_CreateNumber((double)value));
  }
  if ((status = cuxas_json_array(hyper, "element_types", &elements, path, from->err)) != CUXAS_OK) return status;
  cuxas_json_add(description, "elements", cJSON_Duplicate(elements, 1));
  return CUXAS_OK;
}

/* -- licence -- */

/* beside() - a file's name in the folder of another file; the caller frees it; NULL: no memory */
static char *beside(const char *path, const char *name)
{
  const char  *slash  = strrchr(path, '/');
  const size_t n_head = slash != NULL ? (size_t)(slash - path) + 1 : 0, n_byte = n_head + strlen(name) + 1;
  char        *joined = cuxas_new(NULL, n_byte, 1);
  if (joined == NULL) return NULL;
  memcpy(joined, path, n_head);
  memcpy(joined + n_head, name, strlen(name) + 1);
  return joined;
}

static cuxas_status add_text(cJSON *head, const char *member, const char *path, cuxas_error *err)
{
  char        *text   = NULL;
  cuxas_status status = read_text(path, &text, err);
  if (status != CUXAS_OK) return status;
  if (text[strspn(text, " \t\n")] == '\0')
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: an empty licence", path);
  else
    cuxas_json_add(head, member, cJSON_CreateString(text));
  free(text);
  return status;
}

static cuxas_status add_licence(cJSON *head, const char *opt_path, const char *weights_path, cuxas_error *err)
{
  static const char *const NAME[] = {"LICENSE.matgl", "LICENSE", "LICENSE.txt", "LICENCE"};
  if (opt_path != NULL) return add_text(head, "licence", opt_path, err);
  for (size_t i = 0; i < sizeof NAME / sizeof NAME[0]; i++) {
    char *path = beside(weights_path, NAME[i]);
    if (path == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), weights_path);
    FILE *probe = fopen(path, "r");
    if (probe != NULL) {
      fclose(probe);
      const cuxas_status status = add_text(head, "licence", path, err);
      free(path);
      return status;
    }
    free(path);
  }
  return cuxas_fail(err, CUXAS_EIO,
                    "%s: the licence of the weights is not beside them (%s, ...): name it with --licence", weights_path,
                    NAME[0]);
}

/* -- the model -- */

/* select_tensors() - those the featurizer uses, without matgl's prefix, in the order they came */
static cuxas_status select_tensors(const cuxas_tensors *all, cuxas_tensors *ret_selected, cuxas_error *err)
{
  static const char        PREFIX[] = "model.";
  static const char *const GROUP[]  = {"embedding.", "three_body_interactions.", "graph_layers."};
  for (size_t i = 0; i < all->n_tensor; i++) {
    const cuxas_tensor *tensor = &all->tensor[i];
    const char         *name = tensor->name + (strncmp(tensor->name, PREFIX, strlen(PREFIX)) == 0 ? strlen(PREFIX) : 0);
    for (size_t j = 0; j < sizeof GROUP / sizeof GROUP[0]; j++) {
      if (strncmp(name, GROUP[j], strlen(GROUP[j])) != 0) continue;
      const cuxas_status status =
          cuxas_tensors_add(ret_selected, name, tensor->rank, tensor->shape, tensor->value, err);
      if (status != CUXAS_OK) return status;
    }
  }
  return CUXAS_OK;
}

/* check_types() - a tensor that the archive has, but not as float32, would otherwise look as if it were missing */
static cuxas_status check_types(const sources *from)
{
  const cJSON *item;
  if (from->state == NULL) return CUXAS_OK;
  cJSON_ArrayForEach(item, from->state)
  {
    const char *text = cJSON_GetStringValue(item);
    if (text == NULL || strncmp(text, "tensor ", 7) != 0 || strcmp(text, "tensor FloatStorage") == 0) continue;
    if (strstr(item->string, "embedding.") != NULL || strstr(item->string, "three_body_interactions.") != NULL ||
        strstr(item->string, "graph_layers.") != NULL)
      return cuxas_fail(from->err, CUXAS_EFORMAT, "%s: tensor %s is a %s, not float32", from->weights_path,
                        item->string, text + 7);
  }
  return CUXAS_OK;
}

/* add_origin() - names and hashes of the files, and what the index says about where they are from */
static cuxas_status add_origin(cJSON *head, const sources *from, const char *const *paths, size_t n_path)
{
  cJSON *origin = cuxas_json_add(head, "origin", cJSON_CreateObject()),
        *files  = cuxas_json_add(origin, "files", cJSON_CreateArray());
  for (size_t i = 0; i < n_path; i++) {
    char               sha256[CUXAS_SHA256_HEX_SIZE];
    const char        *slash  = strrchr(paths[i], '/');
    const cuxas_status status = cuxas_hash_file(paths[i], sha256, from->err);
    if (status != CUXAS_OK) return status;
    cJSON *file = cJSON_CreateObject();
    cuxas_json_add(file, "name", cJSON_CreateString(slash != NULL ? slash + 1 : paths[i]));
    cuxas_json_add(file, "sha256", cJSON_CreateString(sha256));
    cuxas_json_add(files, NULL, file);
  }
  const char *source = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(from->index, "source"));
  if (source != NULL) cuxas_json_add(origin, "source", cJSON_CreateString(source));
  return CUXAS_OK;
}

cuxas_status cuxas_import_m3gnet(const char *const *paths, size_t n_path, const char *opt_licence_path,
                                 const char *name, cuxas_model **ret_model, cuxas_error *err)
{
  cuxas_status   status;
  sources        from     = {.err = err, .tensors = cuxas_tensors_new()};
  cuxas_tensors *selected = cuxas_tensors_new();
  cJSON         *head     = cJSON_CreateObject();

  *ret_model = NULL;
  if (from.tensors == NULL || selected == NULL || head == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  cuxas_json_add(head, "format", cJSON_CreateString("cuxas-model/1"));
  cuxas_json_add(head, "name", cJSON_CreateString(name));
  if ((status = read_sources(&from, paths, n_path)) != CUXAS_OK ||
      (status = describe(&from, cuxas_json_add(head, "featurizer", cJSON_CreateObject()))) != CUXAS_OK ||
      (status = check_types(&from)) != CUXAS_OK ||
      (status = add_licence(head, opt_licence_path, from.weights_path, err)) != CUXAS_OK ||
      (status = add_origin(head, &from, paths, n_path)) != CUXAS_OK ||
      (status = select_tensors(from.tensors, selected, err)) != CUXAS_OK)
    goto done;
  status   = cuxas_model_new(head, selected, ret_model, err);
  head     = NULL;
  selected = NULL;
done:
  cJSON_Delete(head);
  cJSON_Delete(from.index);
  cJSON_Delete(from.arguments);
  cJSON_Delete(from.state);
  cuxas_tensors_free(from.tensors);
  cuxas_tensors_free(selected);
  return status;
}

/* ---- several featurizers, learned or not, as one model file that holds a featurizer alone ----------------------- */

enum { PREFIX_SIZE = 24 }; /* as graphnet.h's */

/* What is being put together. */
typedef struct {
  uint64_t       keep;        /* bits; 0: all */
  size_t         n_seen;      /* parts, kept or not */
  cJSON         *parts;       /* descriptions */
  cJSON         *pretraining; /* what the parts' heads say */
  cuxas_tensors *tensors;
  char           licence[8192];
  cuxas_error   *err;
} joint;

static const char *text_of(const cJSON *object, const char *member)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, member));
  return text != NULL ? text : "";
}

static bool begins_with(const char *text, const char *start)
{
  return strncmp(text, start, strlen(start)) == 0;
}

/* choose_prefix() - graphnet, graphnet2, ...: the first that no network has yet */
static void choose_prefix(const joint *j, char ret_prefix[PREFIX_SIZE])
{
  snprintf(ret_prefix, PREFIX_SIZE, "graphnet");
  for (unsigned i = 2;; i++) {
    char name[PREFIX_SIZE + 16];
    snprintf(name, sizeof name, "%s.properties", ret_prefix);
    if (cuxas_tensors_find(j->tensors, name) == NULL) return;
    snprintf(ret_prefix, PREFIX_SIZE, "graphnet%u", i);
  }
}

static bool is_kept(const joint *j, size_t i_part)
{
  return j->keep == 0 || (i_part < 64 && (j->keep >> i_part & 1) != 0);
}

static cuxas_status copy_tensor(joint *j, const cuxas_tensor *tensor, const char *name)
{
  if (cuxas_tensors_find(j->tensors, name) != NULL)
    return cuxas_fail(j->err, CUXAS_ERANGE, "two featurizers have tensors called %s: they cannot be joined", name);
  return cuxas_tensors_add(j->tensors, name, tensor->rank, tensor->shape, tensor->value, j->err);
}

/* add_graphnet() - its tensors under a prefix of their own */
static cuxas_status add_graphnet(joint *j, const cJSON *description, const cuxas_tensors *tensors)
{
  const char  *given = text_of(description, "prefix"), *old = given[0] != '\0' ? given : "graphnet";
  char         prefix[PREFIX_SIZE];
  const size_t n = strlen(old);
  choose_prefix(j, prefix);
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &tensors->tensor[i];
    char                name[2 * CUXAS_TENSOR_NAME_SIZE];
    if (strncmp(tensor->name, old, n) != 0 || tensor->name[n] != '.') continue;
    snprintf(name, sizeof name, "%s%s", prefix, tensor->name + n);
    const cuxas_status status = copy_tensor(j, tensor, name);
    if (status != CUXAS_OK) return status;
  }
  cJSON *copy = cJSON_Duplicate(description, 1);
  cJSON_DeleteItemFromObjectCaseSensitive(copy, "prefix");
  if (strcmp(prefix, "graphnet") != 0) cuxas_json_add(copy, "prefix", cJSON_CreateString(prefix));
  cuxas_json_add(j->parts, NULL, copy);
  return CUXAS_OK;
}

/* add_other() - with all tensors of the model that are not a network's, another graph network's or a checkpoint's */
static cuxas_status add_other(joint *j, const cJSON *description, const cuxas_tensors *opt_tensors)
{
  static const char *const NOT_ITS[] = {"graphnet", "reduction.", "net.", "domain.", "checkpoint."};
  const bool               has_none  = opt_tensors == NULL || strcmp(text_of(description, "name"), "symfun") == 0;
  for (size_t i = 0; !has_none && i < opt_tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &opt_tensors->tensor[i];
    bool                is_its = true;
    for (size_t k = 0; k < sizeof NOT_ITS / sizeof *NOT_ITS; k++)
      is_its = is_its && !begins_with(tensor->name, NOT_ITS[k]);
    const cuxas_status status = is_its ? copy_tensor(j, tensor, tensor->name) : CUXAS_OK;
    if (status != CUXAS_OK) return status;
  }
  cuxas_json_add(j->parts, NULL, cJSON_Duplicate(description, 1));
  return CUXAS_OK;
}

static cuxas_status add_part(joint *j, const cJSON *description, const cuxas_tensors *opt_tensors)
{
  const cJSON *inner;
  cuxas_status status = CUXAS_OK;
  if (strcmp(text_of(description, "name"), "joined") != 0 && !is_kept(j, j->n_seen++)) return CUXAS_OK;
  if (strcmp(text_of(description, "name"), "joined") != 0)
    return strcmp(text_of(description, "name"), "graphnet") == 0 && opt_tensors != NULL
               ? add_graphnet(j, description, opt_tensors)
               : add_other(j, description, opt_tensors);
  cJSON_ArrayForEach(inner, cJSON_GetObjectItemCaseSensitive(description, "parts"))
  {
    if (strcmp(text_of(inner, "name"), "joined") == 0) /* never nested, so that this ends */
      return cuxas_fail(j->err, CUXAS_EFORMAT, "featurizer joined: a part may not itself be joined");
    if ((status = add_part(j, inner, opt_tensors)) != CUXAS_OK) return status;
  }
  return status;
}

/* tells_of_kept() - whether an entry of a joined model's list of pretrainings, one for each graph network, is of one that was kept */
static bool tells_of_kept(const joint *j, const cJSON *featurizer, size_t i_entry, size_t first)
{
  const cJSON *part;
  cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(featurizer, "parts"))
  {
    if (strcmp(text_of(part, "name"), "graphnet") == 0 && i_entry-- == 0) return is_kept(j, first);
    first++;
  }
  return true;
}

/* add_head() - what a model says about itself; first: number of its first part among all */
static void add_head(joint *j, const cJSON *head, size_t first)
{
  const cJSON *said       = cJSON_GetObjectItemCaseSensitive(head, "pretraining"), *entry;
  const cJSON *featurizer = cJSON_GetObjectItemCaseSensitive(head, "featurizer");
  size_t       i_entry    = 0;
  const char  *licence    = text_of(head, "licence");
  const size_t n          = strlen(j->licence);
  if (cJSON_IsArray(said)) {
    cJSON_ArrayForEach(entry, said)
    {
      if (tells_of_kept(j, featurizer, i_entry++, first))
        cuxas_json_add(j->pretraining, NULL, cJSON_Duplicate(entry, 1));
    }
  } else if (said != NULL && is_kept(j, first)) {
    cuxas_json_add(j->pretraining, NULL, cJSON_Duplicate(said, 1));
  }
  if (licence[0] != '\0' && strstr(j->licence, licence) == NULL)
    snprintf(j->licence + n, sizeof j->licence - n, "%s%s", n > 0 ? "; " : "", licence);
}

cuxas_status cuxas_model_join(const char *name, const cuxas_join_part *part, size_t n_part, uint64_t keep,
                              cuxas_model **ret_model, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  joint        j      = {.keep        = keep,
                         .parts       = cJSON_CreateArray(),
                         .pretraining = cJSON_CreateArray(),
                         .tensors     = cuxas_tensors_new(),
                         .err         = err};
  cJSON       *head   = cJSON_CreateObject();

  *ret_model = NULL;
  if (j.parts == NULL || j.pretraining == NULL || j.tensors == NULL || head == NULL)
    status = cuxas_no_memory(err);
  else if (n_part == 0)
    status = cuxas_fail(err, CUXAS_ERANGE, "no featurizer to join");
  for (size_t i = 0; i < n_part && status == CUXAS_OK; i++) {
    const cuxas_model *model = part[i].model;
    const size_t       first = j.n_seen;
    status                   = add_part(
                          &j, model != NULL ? cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer") : part[i].description,
        model != NULL ? model->tensors : NULL);
    if (model != NULL) add_head(&j, model->head_json, first);
  }
  if (status == CUXAS_OK && (cJSON_GetArraySize(j.parts) == 0 || (j.n_seen < 64 && keep >> j.n_seen != 0)))
    status = cuxas_fail(err, CUXAS_ERANGE, "there are %zu parts, fewer than are to be kept", j.n_seen);
  if (status != CUXAS_OK) {
    cJSON_Delete(head);
    cJSON_Delete(j.parts);
    cJSON_Delete(j.pretraining);
    cuxas_tensors_free(j.tensors);
    return status;
  }
  cuxas_json_add(head, "format", cJSON_CreateString("cuxas-model/1"));
  cuxas_json_add(head, "name", cJSON_CreateString(name));
  cJSON *joined = cuxas_json_add(head, "featurizer", cJSON_CreateObject());
  cuxas_json_add(joined, "name", cJSON_CreateString("joined"));
  cuxas_json_add(joined, "parts", j.parts);
  if (j.licence[0] != '\0') cuxas_json_add(head, "licence", cJSON_CreateString(j.licence));
  cuxas_json_add(head, "pretraining", j.pretraining);
  return cuxas_model_new(head, j.tensors, ret_model, err);
}
