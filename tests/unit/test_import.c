/* Import of foreign weights: flat files, PyTorch archives and what is wrong with bad ones. Everything is written into a
 * temporary folder by the test itself; the published weights are used too where they are. */
#include "check.h"
#include "m3gnet_make.h"
#include "torch_archive_make.h"

#include "base/hash.h"
#include "base/memory.h"
#include "learn/import.h"
#include "learn/import_priv.h"
#include "learn/pickle_priv.h"

#include <cblas.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static const m3gnet_size SIZE = {4.5, 4.0, 2, 3, 2, 12, 10, 8, 30};
static char              folder[256];

/* -- files -- */

/* in_folder() - a path inside the temporary folder; one of a few static buffers */
static const char *in_folder(const char *name)
{
  static char path[8][512];
  static int  i_path;
  i_path = (i_path + 1) % 8;
  snprintf(path[i_path], sizeof path[0], "%s/%s", folder, name);
  return path[i_path];
}

static void write_file(const char *name, const void *bytes, size_t n_byte)
{
  FILE *out = fopen(in_folder(name), "wb");
  if (out == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) abort();
}

static void write_json(const char *name, cJSON *json) /* deletes it */
{
  char *text = cJSON_Print(json);
  write_file(name, text, strlen(text));
  free(text);
  cJSON_Delete(json);
}

/* copy_start() - the first n_byte bytes of a file under another name */
static void copy_start(const char *from, const char *to, size_t n_byte)
{
  char *bytes = malloc(n_byte);
  FILE *in    = fopen(in_folder(from), "rb");
  if (in == NULL || fread(bytes, 1, n_byte, in) != n_byte) abort();
  fclose(in);
  write_file(to, bytes, n_byte);
  free(bytes);
}

/* make_hyperparameters() - as matgl calls them; the caller deletes them */
static cJSON *make_hyperparameters(void)
{
  cJSON *description = make_description(&SIZE), *hyper = cJSON_CreateObject();
  cJSON_AddNumberToObject(hyper, "max_n", (double)SIZE.n_radial);
  cJSON_AddNumberToObject(hyper, "max_l", (double)SIZE.n_angular);
  cJSON_AddNumberToObject(hyper, "nblocks", (double)SIZE.n_block);
  cJSON_AddNumberToObject(hyper, "cutoff", SIZE.cutoff_A);
  cJSON_AddNumberToObject(hyper, "threebody_cutoff", SIZE.three_body_cutoff_A);
  cJSON_AddNumberToObject(hyper, "units", (double)SIZE.hidden_width);
  cJSON_AddNumberToObject(hyper, "dim_node_embedding", (double)SIZE.node_width);
  cJSON_AddNumberToObject(hyper, "dim_edge_embedding", (double)SIZE.bond_width);
  cJSON_AddStringToObject(hyper, "rbf_type", "SphericalBessel");
  cJSON_AddStringToObject(hyper, "activation_type", "swish");
  cJSON_AddFalseToObject(hyper, "use_smooth");
  cJSON_AddNullToObject(hyper, "dim_state_feats");
  cJSON_AddItemToObject(hyper, "element_types", cJSON_DetachItemFromObjectCaseSensitive(description, "elements"));
  cJSON_Delete(description);
  return hyper;
}

/* wrap() - {member: json} */
static cJSON *wrap(const char *member, cJSON *json)
{
  cJSON *outer = cJSON_CreateObject();
  cJSON_AddItemToObject(outer, member, json);
  return outer;
}

/* make_model_json() - nested as matgl nests a network in a potential */
static cJSON *make_model_json(cJSON *hyper)
{
  return wrap("kwargs", wrap("model", wrap("init_args", hyper)));
}

static cJSON *make_index(const cuxas_tensors *tensors)
{
  cJSON *index = wrap("hyperparameters", make_hyperparameters()), *list = cJSON_AddArrayToObject(index, "tensors");
  size_t offset = 0;
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    cJSON *entry = cJSON_CreateObject(), *shape;
    cJSON_AddStringToObject(entry, "name", tensors->tensor[i].name);
    shape = cJSON_AddArrayToObject(entry, "shape");
    for (size_t d = 0; d < tensors->tensor[i].rank; d++)
      cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensors->tensor[i].shape[d]));
    cJSON_AddNumberToObject(entry, "offset", (double)offset);
    cJSON_AddNumberToObject(entry, "count", (double)tensors->tensor[i].n_value);
    cJSON_AddItemToArray(list, entry);
    offset += tensors->tensor[i].n_value;
  }
  cJSON_AddNumberToObject(index, "total_floats", (double)offset);
  return index;
}

static void write_flat(const char *name, const cuxas_tensors *tensors)
{
  FILE *out = fopen(in_folder(name), "wb");
  for (size_t i = 0; i < tensors->n_tensor; i++)
    fwrite(tensors->tensor[i].value, sizeof(float), tensors->tensor[i].n_value, out);
  fclose(out);
}

/* -- importing -- */

static cuxas_model *import_two(const char *first, const char *second)
{
  const char *const paths[2] = {in_folder(first), in_folder(second)};
  cuxas_model      *model    = NULL;
  cuxas_error       err;
  if (cuxas_import_m3gnet(paths, 2, NULL, "test", &model, &err) != CUXAS_OK) printf("    %s\n", err.message);
  CHECK(model != NULL);
  return model;
}

static void check_refused(const char *first, const char *opt_second, cuxas_status status, const char *named)
{
  const char *const paths[2] = {in_folder(first), opt_second != NULL ? in_folder(opt_second) : NULL};
  cuxas_model      *model;
  cuxas_error       err = {0};
  CHECK_STATUS(cuxas_import_m3gnet(paths, opt_second != NULL ? 2 : 1, NULL, "test", &model, &err), status);
  CHECK_CONTAINS(err.message, named);
  CHECK(model == NULL);
}

/* check_network() - the model gives the features that the network does from memory; frees the model */
static void check_network(cuxas_model *model, const cuxas_tensors *tensors)
{
  cuxas_crystal    *crystal     = make_oxide((size_t[]){1, 1, 1}, 1);
  cJSON            *description = make_description(&SIZE);
  cuxas_featurizer *featurizer  = NULL;
  float             expected[4 * 12], got[4 * 12];
  CHECK_STATUS(cuxas_featurizer_new(description, tensors, &featurizer, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_featurizer_run(featurizer, crystal, NULL, 0, expected, NULL), CUXAS_OK);
  if (model != NULL) {
    CHECK(model->n_edge == 0 && model->n_raw == 12 && model->n_feature == 12);
    CHECK_STATUS(cuxas_featurizer_run(model->featurizer, crystal, NULL, 0, got, NULL), CUXAS_OK);
    CHECK(memcmp(got, expected, sizeof got) == 0);
  }
  cuxas_model_free(model);
  cuxas_featurizer_free(featurizer);
  cJSON_Delete(description);
  cuxas_crystal_free(crystal);
}

static void test_flat_pair_is_imported(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  write_flat("w.bin", tensors);
  write_json("w.json", make_index(tensors));
  check_network(import_two("w.bin", "w.json"), tensors);
  check_network(import_two("w.json", "w.bin"), tensors);
  cuxas_tensors_free(tensors);
}

static void test_archive_is_imported(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 2);
  add_random(tensors, "final_layer.gated.layers.0.weight", 3, 4, 1.0, &(uint64_t){1}); /* not for the featurizer */
  write_state(in_folder("state.pt"), tensors, "model.", "FloatStorage");
  write_json("model.json", make_model_json(make_hyperparameters()));
  check_network(import_two("state.pt", "model.json"), tensors);
  write_state(in_folder("bare.pt"), tensors, "", "FloatStorage");
  check_network(import_two("model.json", "bare.pt"), tensors);
  cuxas_tensors_free(tensors);
}

/* put_json() - a JSON value as a pickle */
static void put_json(pickle_bytes *to, const cJSON *json)
{
  const cJSON *item;
  if (cJSON_IsNumber(json)) {
    uint64_t bits;
    memcpy(&bits, &json->valuedouble, sizeof bits);
    if (json->valuedouble == (double)(uint64_t)json->valuedouble)
      put_integer(to, (uint64_t)json->valuedouble);
    else {
      put_operations(to, "G");
      for (int i = 7; i >= 0; i--) put_little(to, bits >> (8 * i), 1);
    }
  } else if (cJSON_IsString(json)) {
    put_text(to, json->valuestring);
  } else if (cJSON_IsBool(json)) {
    put_operations(to, cJSON_IsTrue(json) ? "\x88" : "\x89");
  } else if (cJSON_IsNull(json)) {
    put_operations(to, "N");
  } else {
    put_operations(to, cJSON_IsArray(json) ? "](" : "}(");
    cJSON_ArrayForEach(item, json)
    {
      if (cJSON_IsObject(json)) put_text(to, item->string);
      put_json(to, item);
    }
    put_operations(to, cJSON_IsArray(json) ? "e" : "u");
  }
}

static void test_arguments_from_an_archive_are_imported(void)
{
  cuxas_tensors *tensors   = make_tensors(&SIZE, 3);
  cJSON         *arguments = wrap("model", wrap("init_args", make_hyperparameters()));
  pickle_bytes   pickle    = {0};
  put(&pickle, "\x80\x02", 2);
  put_json(&pickle, arguments);
  put_operations(&pickle, ".");
  write_pickle(in_folder("model.pt"), pickle.byte, pickle.n_byte);
  write_state(in_folder("state.pt"), tensors, "model.", "FloatStorage");
  check_network(import_two("state.pt", "model.pt"), tensors);
  check_network(import_two("model.pt", "state.pt"), tensors);
  free(pickle.byte);
  cJSON_Delete(arguments);
  cuxas_tensors_free(tensors);
}

static void test_views_into_storages_are_read(void)
{
  enum { N = 10 };
  archive_writer writer = archive_start(in_folder("view.pt"), "any_name");
  pickle_bytes   pickle = {0};
  float          value[N];
  cJSON         *json    = NULL;
  cuxas_tensors *tensors = cuxas_tensors_new();
  for (int i = 0; i < N; i++) value[i] = (float)i;
  put(&pickle, "\x80\x02", 2);
  put_operations(&pickle, "}(");
  put_text(&pickle, "transposed");
  put_tensor(&pickle, "FloatStorage", 0, N, 2, 2, (size_t[]){2, 3}, (size_t[]){1, 2});
  put_text(&pickle, "scalar");
  put_tensor(&pickle, "FloatStorage", 0, N, 9, 0, NULL, NULL);
  put_text(&pickle, "counts");
  put_tensor(&pickle, "LongStorage", 1, 4, 0, 1, (size_t[]){4}, NULL);
  put_operations(&pickle, "u.");
  archive_add_storage(&writer, 0, value, N);
  archive_add(&writer, "data.pkl", pickle.byte, pickle.n_byte);
  archive_add(&writer, "byteorder", "little", 6);
  archive_end(&writer);
  CHECK_STATUS(cuxas_torch_read(in_folder("view.pt"), tensors, &json, NULL), CUXAS_OK);
  const float *got = NULL;
  CHECK(tensors->n_tensor == 2);
  CHECK_STATUS(cuxas_tensors_get(tensors, "transposed", 2, (size_t[]){2, 3}, &got, NULL), CUXAS_OK);
  for (int i = 0; got != NULL && i < 6; i++) CHECK(got[i] == (float)(2 + i / 3 + 2 * (i % 3)));
  CHECK_STATUS(cuxas_tensors_get(tensors, "scalar", 1, (size_t[]){1}, &got, NULL), CUXAS_OK);
  CHECK(got != NULL && got[0] == 9.0f);
  CHECK_TEXT(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "counts")), "tensor LongStorage");
  cJSON_Delete(json);
  cuxas_tensors_free(tensors);
  free(pickle.byte);
}

static void test_model_file_keeps_licence_and_origin(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 4);
  write_flat("w.bin", tensors);
  write_json("w.json", make_index(tensors));
  cuxas_model *model = import_two("w.bin", "w.json"), *again = NULL;
  cuxas_error  err = {0};
  CHECK_STATUS(cuxas_model_write(model, in_folder("out.cuxas"), false, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_model_write(model, in_folder("out.cuxas"), false, &err), CUXAS_EEXIST);
  CHECK_STATUS(cuxas_model_read(in_folder("out.cuxas"), &again, &err), CUXAS_OK);
  if (again != NULL) {
    const cJSON *origin = cJSON_GetObjectItemCaseSensitive(again->head_json, "origin");
    const cJSON *file   = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(origin, "files"), 0);
    char         sha256[CUXAS_SHA256_HEX_SIZE];
    CHECK_TEXT(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(again->head_json, "licence")),
               "Anyone may use it.\n\nNo warranty.\n");
    CHECK_TEXT(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "name")), "w.bin");
    CHECK_STATUS(cuxas_hash_file(in_folder("w.bin"), sha256, NULL), CUXAS_OK);
    CHECK_TEXT(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "sha256")), sha256);
    CHECK_TEXT(again->name, "test");
  }
  check_network(again, tensors);
  cuxas_model_free(model);
  cuxas_tensors_free(tensors);
}

static void test_published_weights_give_the_same_model_as_an_archive(void)
{
  char *flat[2] = {shared_data("m3gnet/m3gnet_weights.bin"), shared_data("m3gnet/m3gnet_weights.json")};
  if (flat[0] == NULL || flat[1] == NULL) {
    free(flat[0]);
    free(flat[1]);
    SKIP("no published weights");
  }
  cuxas_model *first = NULL, *second = NULL;
  cuxas_error  err = {0};
  CHECK_STATUS(cuxas_import_m3gnet((const char *const *)flat, 2, NULL, "flat", &first, &err), CUXAS_OK);
  CHECK_CONTAINS(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(first->head_json, "licence")), "BSD 3-Clause");
  write_state(in_folder("published.pt"), first->tensors, "model.", "FloatStorage");
  char *licence = shared_data("m3gnet/LICENSE.matgl");
  CHECK_STATUS(cuxas_import_m3gnet((const char *const[]){in_folder("published.pt"), flat[1]}, 2, licence, "archive",
                                   &second, &err),
               CUXAS_OK);
  CHECK(second != NULL && second->tensors->n_tensor == first->tensors->n_tensor);
  for (size_t i = 0; second != NULL && i < first->tensors->n_tensor; i++) {
    const cuxas_tensor *a = &first->tensors->tensor[i], *b = &second->tensors->tensor[i];
    CHECK_TEXT(b->name, a->name);
    CHECK(b->n_value == a->n_value && memcmp(a->value, b->value, a->n_value * sizeof(float)) == 0);
  }
  cuxas_model_free(first);
  cuxas_model_free(second);
  free(licence);
  free(flat[0]);
  free(flat[1]);
}

/* -- refusals -- */

static void test_import_without_licence_is_refused(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  write_flat("w.bin", tensors);
  write_json("w.json", make_index(tensors));
  unlink(in_folder("LICENSE"));
  check_refused("w.bin", "w.json", CUXAS_EIO, "--licence");
  write_file("LICENSE", " \n\n", 3);
  check_refused("w.bin", "w.json", CUXAS_EFORMAT, "empty licence");
  write_file("LICENSE", "Anyone may use it.\n\nNo warranty.\n", 33);
  cuxas_tensors_free(tensors);
}

static void test_damaged_flat_files_are_refused(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  write_flat("w.bin", tensors);
  write_json("w.json", make_index(tensors));
  copy_start("w.bin", "cut.bin", 4000);
  check_refused("cut.bin", "w.json", CUXAS_EFORMAT, "1000 numbers");
  copy_start("w.bin", "odd.bin", 4001);
  check_refused("odd.bin", "w.json", CUXAS_EFORMAT, "4001 bytes");
  check_refused("w.bin", NULL, CUXAS_EFORMAT, "need their JSON index");
  check_refused("w.json", NULL, CUXAS_EFORMAT, "no file with weights");
  check_refused("missing.bin", "w.json", CUXAS_EIO, "missing.bin");
  check_refused("w.bin", "cut.bin", CUXAS_EFORMAT, "second file");

  cJSON *index = make_index(tensors);
  cJSON_AddStringToObject(index, "sha256", "0123");
  write_json("bad.json", index);
  check_refused("w.bin", "bad.json", CUXAS_EFORMAT, "SHA-256");

  static const struct {
    const char *member;
    double      value;
    const char *named;
  } WRONG[] = {{"offset", 1e7, "ends behind"}, {"offset", -4, "offset"}, {"offset", 1e300, "offset"},
               {"count", 1e7, "its count"},    {"count", 0, "count"},    {"count", 0.5, "count"}};
  for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
    index        = make_index(tensors);
    cJSON *entry = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(index, "tensors"), 3);
    cJSON_ReplaceItemInObjectCaseSensitive(entry, WRONG[i].member, cJSON_CreateNumber(WRONG[i].value));
    write_json("bad.json", index);
    check_refused("w.bin", "bad.json", CUXAS_EFORMAT, WRONG[i].named);
  }
  index        = make_index(tensors);
  cJSON *shape = cJSON_GetObjectItemCaseSensitive(
      cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(index, "tensors"), 3), "shape");
  cJSON_ReplaceItemInArray(shape, 0, cJSON_CreateNumber(1e18));
  write_json("bad.json", index);
  check_refused("w.bin", "bad.json", CUXAS_EFORMAT, "impossible shape");
  write_file("bad.json", "{\"tensors\": [", 13);
  check_refused("w.bin", "bad.json", CUXAS_EFORMAT, "not valid JSON");
  cuxas_tensors_free(tensors);
}

static void test_missing_or_wrong_tensors_are_refused(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  write_json("model.json", make_model_json(make_hyperparameters()));
  tensors->tensor[5].name[0] = 'X';
  write_state(in_folder("state.pt"), tensors, "", "FloatStorage");
  tensors->tensor[5].name[0] = 't';
  check_refused("state.pt", "model.json", CUXAS_EFORMAT, tensors->tensor[5].name);
  tensors->tensor[0].shape[0] -= 1; /* one element less in the embedding */
  write_state(in_folder("state.pt"), tensors, "", "FloatStorage");
  tensors->tensor[0].shape[0] += 1;
  check_refused("state.pt", "model.json", CUXAS_EFORMAT, "layer_node_embedding");
  write_state(in_folder("state.pt"), tensors, "model.", "HalfStorage");
  check_refused("state.pt", "model.json", CUXAS_EFORMAT, "is a HalfStorage");
  cuxas_tensors_free(tensors);
}

/* a state in which one tensor only is in double precision */
static void test_wrong_number_type_is_named(void)
{
  archive_writer writer = archive_start(in_folder("double.pt"), "x");
  pickle_bytes   pickle = {0};
  put(&pickle, "\x80\x02", 2);
  put_operations(&pickle, "}(");
  put_text(&pickle, "model.embedding.a.weight");
  put_tensor(&pickle, "FloatStorage", 0, 2, 0, 1, (size_t[]){2}, NULL);
  put_text(&pickle, "model.embedding.b.weight");
  put_tensor(&pickle, "DoubleStorage", 1, 2, 0, 1, (size_t[]){2}, NULL);
  put_operations(&pickle, "u.");
  archive_add_storage(&writer, 0, (float[]){1, 2}, 2);
  archive_add(&writer, "data.pkl", pickle.byte, pickle.n_byte);
  archive_end(&writer);
  write_json("model.json", make_model_json(make_hyperparameters()));
  check_refused("double.pt", "model.json", CUXAS_EFORMAT, "model.embedding.b.weight is a DoubleStorage");
  free(pickle.byte);
}

static void test_hyperparameters_are_required_and_checked(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  write_state(in_folder("state.pt"), tensors, "", "FloatStorage");
  check_refused("state.pt", NULL, CUXAS_EFORMAT, "no hyper-parameters");
  write_json("model.json", wrap("kwargs", cJSON_CreateObject()));
  check_refused("state.pt", "model.json", CUXAS_EFORMAT, "no hyper-parameters");

  static const struct {
    const char  *member, *json;
    cuxas_status status;
  } WRONG[] = {{"use_smooth", "true", CUXAS_EUNSUPPORTED},
               {"use_phi", "true", CUXAS_EUNSUPPORTED},
               {"include_state", "true", CUXAS_EUNSUPPORTED},
               {"rbf_type", "\"Gaussian\"", CUXAS_EUNSUPPORTED},
               {"activation_type", "\"tanh\"", CUXAS_EUNSUPPORTED},
               {"cutoff", "\"five\"", CUXAS_EFORMAT},
               {"cutoff", "-1", CUXAS_EFORMAT},
               {"nblocks", "2.5", CUXAS_EFORMAT},
               {"units", "null", CUXAS_EFORMAT},
               {"element_types", "7", CUXAS_EFORMAT}};
  for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
    cJSON *hyper = make_hyperparameters();
    cJSON_DeleteItemFromObjectCaseSensitive(hyper, WRONG[i].member);
    cJSON_AddItemToObject(hyper, WRONG[i].member, cJSON_Parse(WRONG[i].json));
    write_json("model.json", make_model_json(hyper));
    check_refused("state.pt", "model.json", WRONG[i].status, WRONG[i].member);
  }
  cuxas_tensors_free(tensors);
}

static void test_damaged_archives_are_refused(void)
{
  cuxas_tensors *tensors = make_tensors(&SIZE, 1);
  struct stat    stat_of;
  write_state(in_folder("state.pt"), tensors, "", "FloatStorage");
  if (stat(in_folder("state.pt"), &stat_of) != 0) abort();
  for (int i = 1; i < 20; i++) { /* cut anywhere */
    copy_start("state.pt", "cut.pt", (size_t)stat_of.st_size * (size_t)i / 20);
    check_refused("cut.pt", NULL, CUXAS_EFORMAT, "zip");
  }
  write_file("text.pt", "not an archive", 14);
  check_refused("text.pt", NULL, CUXAS_EFORMAT, "not a zip archive");

  archive_writer writer = archive_start(in_folder("empty.pt"), "x");
  archive_end(&writer);
  check_refused("empty.pt", NULL, CUXAS_EFORMAT, "data.pkl");

  /* flip a byte in the middle of a storage: the checksum notices */
  FILE *out = fopen(in_folder("state.pt"), "r+b");
  fseek(out, (long)(stat_of.st_size / 4), SEEK_SET);
  const int byte = fgetc(out);
  fseek(out, (long)(stat_of.st_size / 4), SEEK_SET);
  fputc(byte ^ 1, out);
  fclose(out);
  check_refused("state.pt", NULL, CUXAS_EFORMAT, "damaged");
  cuxas_tensors_free(tensors);
}

/* write_one_tensor() - an archive with a tensor of 6 numbers whose storage has n_byte bytes; none for SIZE_MAX */
static void write_one_tensor(size_t n_byte, const char *byte_order)
{
  archive_writer writer = archive_start(in_folder("one.pt"), "x");
  pickle_bytes   pickle = {0};
  put(&pickle, "\x80\x02", 2);
  put_operations(&pickle, "}");
  put_text(&pickle, "embedding.a");
  put_tensor(&pickle, "FloatStorage", 0, 6, 0, 1, (size_t[]){6}, NULL);
  put_operations(&pickle, "s.");
  if (n_byte != SIZE_MAX) archive_add(&writer, "data/0", (float[8]){0}, n_byte);
  archive_add(&writer, "data.pkl", pickle.byte, pickle.n_byte);
  if (byte_order != NULL) archive_add(&writer, "byteorder", byte_order, strlen(byte_order));
  archive_end(&writer);
  free(pickle.byte);
}

static void test_storages_must_hold_their_tensors(void)
{
  write_one_tensor(20, NULL);
  check_refused("one.pt", NULL, CUXAS_EFORMAT, "20 bytes");
  write_one_tensor(25, NULL);
  check_refused("one.pt", NULL, CUXAS_EFORMAT, "25 bytes");
  write_one_tensor(SIZE_MAX, NULL);
  check_refused("one.pt", NULL, CUXAS_EFORMAT, "no entry data/0");
  write_one_tensor(24, "big");
  check_refused("one.pt", NULL, CUXAS_EUNSUPPORTED, "little-endian");
}

static void test_foreign_objects_in_archives_are_refused(void)
{
  static const char EVIL[] = "\x80\x02"
                             "cposix\nsystem\nX\x04\0\0\0ls /\x85R.";
  write_pickle(in_folder("evil.pt"), EVIL, sizeof EVIL - 1);
  check_refused("evil.pt", NULL, CUXAS_EUNSUPPORTED, "posix.system");
  write_pickle(in_folder("cut.pt"), EVIL, 10);
  check_refused("cut.pt", NULL, CUXAS_EFORMAT, "pickle");
}

static void test_deep_nesting_in_archives_is_refused(void)
{
  pickle_bytes pickle = {0};
  put(&pickle, "\x80\x02]", 3);
  for (int i = 0; i < 50000; i++) put_operations(&pickle, "\x85");
  put_operations(&pickle, ".");
  write_pickle(in_folder("deep.pt"), pickle.byte, pickle.n_byte);
  check_refused("deep.pt", NULL, CUXAS_EFORMAT, "nested too deeply");
  free(pickle.byte);
}

/* Tuples of three times the one before, twenty deep: a few bytes that stand for 3^20 values. */
static void test_multiplying_references_are_refused(void)
{
  pickle_bytes pickle = {0};
  put(&pickle, "\x80\x02)", 3);
  for (size_t i = 0; i < 20; i++) {
    put_memo(&pickle);
    for (int k = 0; k < 2; k++) {
      put_operations(&pickle, "h");
      put_little(&pickle, i, 1);
    }
    put_operations(&pickle, "\x87");
  }
  put_operations(&pickle, ".");
  write_pickle(in_folder("many.pt"), pickle.byte, pickle.n_byte);
  check_refused("many.pt", NULL, CUXAS_EFORMAT, "too many");
  free(pickle.byte);
}

/* Limits, as cuxas-formats(5) has them. */
static cuxas_status read_archive(const pickle_bytes *pickle, cuxas_error *err)
{
  static const float NUMBERS[1] = {1.0F};
  cuxas_tensors     *tensors    = cuxas_tensors_new();
  cJSON             *json       = NULL;
  archive_writer     writer     = archive_start(in_folder("limit.pt"), "x");
  archive_add_storage(&writer, 0, NUMBERS, 1);
  archive_add(&writer, "data.pkl", pickle->byte, pickle->n_byte);
  archive_end(&writer);
  const cuxas_status status = cuxas_torch_read(in_folder("limit.pt"), tensors, &json, err);
  cJSON_Delete(json);
  cuxas_tensors_free(tensors);
  return status;
}

static cuxas_status read_tensor(size_t n_axis, cuxas_error *err)
{
  static const size_t ONES[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  pickle_bytes        pickle  = {0};
  put(&pickle, "\x80\x02", 2);
  put_operations(&pickle, "}");
  put_text(&pickle, "a");
  put_tensor(&pickle, "FloatStorage", 0, 1, 0, n_axis, ONES, NULL);
  put_operations(&pickle, "s.");
  const cuxas_status status = read_archive(&pickle, err);
  free(pickle.byte);
  return status;
}

static void test_a_tensor_of_an_archive_has_at_most_4_axes(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_tensor(4, &err), CUXAS_OK);
  CHECK_STATUS(read_tensor(5, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "has 5 dimensions");
}

/* Tuples of one item, n within one another. */
static cuxas_status read_nested(size_t n, cuxas_error *err)
{
  pickle_bytes pickle = {0};
  put(&pickle, "\x80\x02]", 3);
  for (size_t i = 0; i < n; i++) put_operations(&pickle, "\x85");
  put_operations(&pickle, ".");
  const cuxas_status status = read_archive(&pickle, err);
  free(pickle.byte);
  return status;
}

static void test_containers_of_an_archive_nest_at_most_32_deep(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_nested(32, &err), CUXAS_OK);
  CHECK_STATUS(read_nested(33, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "nested too deeply");
}

/* A list of n numbers: with the list itself n + 1 values. */
static cuxas_status read_list(size_t n, cuxas_error *err)
{
  pickle_bytes pickle = {0};
  put(&pickle, "\x80\x02](", 4);
  for (size_t i = 0; i < n; i++) put(&pickle, "N", 1);
  put_operations(&pickle, "e.");
  const cuxas_status status = read_archive(&pickle, err);
  free(pickle.byte);
  return status;
}

static void test_an_archive_has_at_most_100000_values(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_list(99999, &err), CUXAS_OK);
  CHECK_STATUS(read_list(100000, &err), CUXAS_EFORMAT);
}

/* ---- pickle ---- */

/* The restricted pickle reader: what torch.save() writes is read, everything else is refused by name. Pickles here are
 * written as the bytes of their operations, with the argument after each. */

#define BYTES(text) text, sizeof(text) - 1
#define START "\x80\x02"
/* ("storage", torch.FloatStorage, "0", "cpu", 6), as a storage */
#define STORAGE                                                                                                        \
  "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"                                                               \
  "0X\x03\0\0\0cpuK\x06tQ"

static bool reads(const char *bytes, size_t n_byte, cuxas_pickle *pickle)
{
  cuxas_error err;
  if (cuxas_pickle_read(bytes, n_byte, "test", pickle, &err) == CUXAS_OK) return true;
  printf("    %s\n", err.message);
  return false;
}

static void check_pickle_refused(const char *bytes, size_t n_byte, cuxas_status status, const char *named)
{
  cuxas_pickle pickle;
  cuxas_error  err;
  CHECK_STATUS(cuxas_pickle_read(bytes, n_byte, "test", &pickle, &err), status);
  CHECK_CONTAINS(err.message, named);
  CHECK(pickle.root == NULL && pickle.owned == NULL);
  cuxas_pickle_free(&pickle);
}

static void test_plain_values_are_read(void)
{
  cuxas_pickle pickle;
  /* {"none": None, "yes": True, "byte": 200, "short": 513, "int": -2, "long": -129, "big": 2^40, "real": 0.1} */
  CHECK(reads(BYTES(START
                    "}q\0(X\x04\0\0\0noneNX\x03\0\0\0yes\x88X\x04\0\0\0byteK\xc8X\x05\0\0\0shortM\x01\x02"
                    "X\x03\0\0\0intJ\xfe\xff\xff\xffX\x04\0\0\0long\x8a\x02\x7f\xffX\x03\0\0\0big\x8a\x06\0\0\0\0\0\x01"
                    "X\x04\0\0\0realG\x3f\xb9\x99\x99\x99\x99\x99\x9au."),
              &pickle));
  CHECK(pickle.root->kind == CUXAS_PICKLE_DICT && pickle.root->n_item == 16);
  CHECK(cuxas_pickle_get(pickle.root, "none")->kind == CUXAS_PICKLE_NONE);
  CHECK(cuxas_pickle_get(pickle.root, "yes")->boolean);
  CHECK(cuxas_pickle_get(pickle.root, "byte")->integer == 200);
  CHECK(cuxas_pickle_get(pickle.root, "short")->integer == 513);
  CHECK(cuxas_pickle_get(pickle.root, "int")->integer == -2);
  CHECK(cuxas_pickle_get(pickle.root, "long")->integer == -129);
  CHECK(cuxas_pickle_get(pickle.root, "big")->integer == (int64_t)1 << 40);
  CHECK(cuxas_pickle_get(pickle.root, "real")->real == 0.1);
  CHECK(cuxas_pickle_get(pickle.root, "other") == NULL);
  cuxas_pickle_free(&pickle);
}

static void test_extreme_integers_are_read(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "\x8a\x08\0\0\0\0\0\0\0\x80."), &pickle));
  CHECK(pickle.root->integer == INT64_MIN);
  cuxas_pickle_free(&pickle);
  CHECK(reads(BYTES(START "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."), &pickle));
  CHECK(pickle.root->integer == INT64_MAX);
  cuxas_pickle_free(&pickle);
  CHECK(reads(BYTES(START "\x8a\0."), &pickle)); /* zero has no bytes */
  CHECK(pickle.root->integer == 0);
  cuxas_pickle_free(&pickle);
}

static void test_containers_and_memos_are_read(void)
{
  cuxas_pickle pickle;
  /* [(1,), (1, 2), (1, 2, 3), (), [7], the same list again] */
  CHECK(reads(BYTES(START "]q\0(K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87)]q\x01K\x07"
                          "ah\x01"
                          "e."),
              &pickle));
  CHECK(pickle.root->kind == CUXAS_PICKLE_LIST && pickle.root->n_item == 6);
  for (size_t i = 0; i < 3; i++) CHECK(pickle.root->item[i]->n_item == i + 1);
  CHECK(pickle.root->item[3]->kind == CUXAS_PICKLE_TUPLE && pickle.root->item[3]->n_item == 0);
  CHECK(pickle.root->item[4] == pickle.root->item[5]);
  CHECK(pickle.root->item[4]->item[0]->integer == 7);
  cuxas_pickle_free(&pickle);
}

static void test_last_of_equal_keys_counts(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "}X\x01\0\0\0aK\x01sX\x01\0\0\0aK\x02s."), &pickle));
  CHECK(cuxas_pickle_get(pickle.root, "a")->integer == 2);
  cuxas_pickle_free(&pickle);
}

static void test_tensor_in_ordered_dict_is_read(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "ccollections\nOrderedDict\n)RX\x01\0\0\0wctorch._utils\n_rebuild_parameter\n"
                          "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE "K\x01K\x02K\x02\x86K\x02K\x01\x86\x89"
                          "ccollections\nOrderedDict\n)RtR\x88"
                          "ccollections\nOrderedDict\n)R\x87Rs}X\x09\0\0\0_metadata}sb."),
              &pickle));
  const cuxas_pickle_value *tensor = cuxas_pickle_get(pickle.root, "w");
  CHECK(tensor != NULL && tensor->kind == CUXAS_PICKLE_TENSOR);
  if (tensor != NULL) {
    CHECK(tensor->n_item == 2 && tensor->shape[0] == 2 && tensor->stride[0] == 2 && tensor->integer == 1);
    CHECK_TEXT(tensor->storage->type, "FloatStorage");
    CHECK_TEXT(tensor->storage->text, "0");
    CHECK(tensor->storage->integer == 6);
  }
  cuxas_pickle_free(&pickle);
}

static void test_unknown_global_is_named(void)
{
  check_pickle_refused(BYTES(START "cos\nsystem\n(X\x04\0\0\0evilt"
                                   "R."),
                       CUXAS_EUNSUPPORTED, "os.system");
  check_pickle_refused(BYTES(START "cnumpy.core.multiarray\n_reconstruct\n."), CUXAS_EUNSUPPORTED,
                       "numpy.core.multiarray._reconstruct");
  check_pickle_refused(BYTES(START "ccollections\nOrderedDict.fromkeys\n."), CUXAS_EUNSUPPORTED,
                       "OrderedDict.fromkeys");
  check_pickle_refused(BYTES(START "cevil\x1b[2J\nname\n."), CUXAS_EFORMAT, "strange characters");
}

static void test_unknown_operations_are_refused(void)
{
  static const char KNOWN[] = "(N\x88\x89KMJ\x8aGX}])\x85\x86\x87taesuqrhjcQRb.";
  for (int operation = 0; operation < 256; operation++) {
    const char bytes[4] = {'\x80', '\x02', (char)operation, '.'};
    if (memchr(KNOWN, operation, sizeof KNOWN - 1) != NULL) continue;
    char named[8];
    snprintf(named, sizeof named, "0x%02x", (unsigned)operation);
    check_pickle_refused(bytes, sizeof bytes, CUXAS_EUNSUPPORTED, named);
  }
}

static void test_other_protocols_are_refused(void)
{
  check_pickle_refused(BYTES("\x80\x04N."), CUXAS_EFORMAT, "protocol 2");
  check_pickle_refused(BYTES("(lp0\n."), CUXAS_EFORMAT, "protocol 2");
  check_pickle_refused(BYTES(""), CUXAS_EFORMAT, "protocol 2");
}

/* Every beginning of a good pickle is refused, none is read beyond its end (the copy has no byte to spare). */
static void test_truncated_pickles_are_refused(void)
{
  static const char GOOD[] =
      START "}q\0(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\nq\x01(" STORAGE "K\0K\x02K\x03\x86K\x03K\x01\x86\x89"
            "ccollections\nOrderedDict\n)RtRX\x01\0\0\0xG\x3f\xb9\x99\x99\x99\x99\x99\x9a"
            "X\x01\0\0\0y\x8a\x02\x7f\xffX\x01\0\0\0zM\x01\x02r\x02\0\0\0j\x01\0\0\0u.";
  for (size_t n = 0; n + 1 < sizeof GOOD - 1; n++) {
    cuxas_pickle pickle;
    char        *copy = malloc(n > 0 ? n : 1);
    memcpy(copy, GOOD, n);
    CHECK_STATUS(cuxas_pickle_read(copy, n, "test", &pickle, NULL), CUXAS_EFORMAT);
    cuxas_pickle_free(&pickle);
    free(copy);
  }
}

/* A good pickle with one byte changed, all bytes and all values: read or refused, never a crash (run under sanitizers). */
static void test_damaged_pickles_do_no_harm(void)
{
  static const char GOOD[] =
      START "}q\0(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\nq\x01(" STORAGE "K\0K\x02K\x03\x86K\x03K\x01\x86\x89"
            "ccollections\nOrderedDict\n)RtRu.";
  int n_read = 0;
  for (size_t i = 0; i < sizeof GOOD - 1; i++)
    for (int value = 0; value < 256; value++) {
      cuxas_pickle pickle;
      char         copy[sizeof GOOD - 1];
      memcpy(copy, GOOD, sizeof copy);
      copy[i] = (char)value;
      n_read += cuxas_pickle_read(copy, sizeof copy, "test", &pickle, NULL) == CUXAS_OK;
      cuxas_pickle_free(&pickle);
    }
  CHECK(n_read > 0);
}

static void test_values_out_of_place_are_refused(void)
{
  check_pickle_refused(BYTES(START "."), CUXAS_EFORMAT, "one value");
  check_pickle_refused(BYTES(START "NN."), CUXAS_EFORMAT, "one value");
  check_pickle_refused(BYTES(START "(N."), CUXAS_EFORMAT, "one value");
  check_pickle_refused(BYTES(START "a."), CUXAS_EFORMAT, "not there");
  check_pickle_refused(BYTES(START "NNa."), CUXAS_EFORMAT, "such a container");
  check_pickle_refused(BYTES(START "]NNs."), CUXAS_EFORMAT, "such a container");
  check_pickle_refused(BYTES(START "t."), CUXAS_EFORMAT, "no mark");
  check_pickle_refused(BYTES(START "}(Nu."), CUXAS_EFORMAT, "without a value");
  check_pickle_refused(BYTES(START "](\x85."), CUXAS_EFORMAT, "not there"); /* across a mark */
  check_pickle_refused(BYTES(START "N)R."), CUXAS_EFORMAT, "no function");
  check_pickle_refused(BYTES(START "ctorch\nFloatStorage\n)R."), CUXAS_EFORMAT, "storage type");
  check_pickle_refused(BYTES(START "N}b."), CUXAS_EUNSUPPORTED, "attributes");
  check_pickle_refused(BYTES(START "NQ."), CUXAS_EFORMAT, "not a storage");
  check_pickle_refused(BYTES(START "ccollections\nOrderedDict\n]\x85R."), CUXAS_EUNSUPPORTED, "OrderedDict made from");
  check_pickle_refused(BYTES(START "X\x03\0\0\0a\0b."), CUXAS_EFORMAT, "zero byte");
  check_pickle_refused(BYTES(START "\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."), CUXAS_EUNSUPPORTED, "64 bits");
  check_pickle_refused(BYTES(START "X\xff\xff\xff\xff"
                                   "abc."),
                       CUXAS_EFORMAT, "cut short");
}

static void test_memo_abuse_is_refused(void)
{
  check_pickle_refused(BYTES(START "Nr\xff\xff\xff\xff."), CUXAS_EFORMAT, "consecutive"); /* would need 32 GB */
  check_pickle_refused(BYTES(START "Nq\x01."), CUXAS_EFORMAT, "consecutive");
  check_pickle_refused(BYTES(START "h\0."), CUXAS_EFORMAT, "never kept");
  check_pickle_refused(BYTES(START "q\0."), CUXAS_EFORMAT, "not there");
}

static void test_deep_nesting_is_read_without_recursion(void)
{
  enum { DEPTH = 200000 };
  char *bytes = malloc(3 + DEPTH);
  memcpy(bytes, START "]", 3);
  memset(bytes + 3, '\x85', DEPTH - 1); /* tuples in tuples */
  bytes[DEPTH + 2] = '.';
  cuxas_pickle pickle;
  CHECK(reads(bytes, 3 + DEPTH, &pickle));
  size_t depth = 0;
  for (const cuxas_pickle_value *value = pickle.root; value->n_item > 0; value = value->item[0]) depth++;
  CHECK(depth == DEPTH - 1);
  cuxas_pickle_free(&pickle);
  free(bytes);
}

static void test_list_that_contains_itself_is_freed(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "]q\0h\0"
                          "a."),
              &pickle));
  CHECK(pickle.root->item[0] == pickle.root);
  cuxas_pickle_free(&pickle);
}

/* check_tensor() - a tensor of the six numbers of STORAGE with this offset, shape and stride (pickled) */
static void check_tensor(const char *sizes, size_t n_byte, bool is_good, const char *named)
{
  static const char HEAD[] = START "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE, TAIL[] = "\x89)tR.";
  char              bytes[256];
  size_t            n = 0;
  memcpy(bytes, HEAD, n += sizeof HEAD - 1);
  memcpy(bytes + n, sizes, n_byte);
  memcpy(bytes + n + n_byte, TAIL, sizeof TAIL - 1);
  n += n_byte + sizeof TAIL - 1;
  if (!is_good) {
    check_pickle_refused(bytes, n, CUXAS_EFORMAT, named);
    return;
  }
  cuxas_pickle pickle;
  CHECK(reads(bytes, n, &pickle));
  cuxas_pickle_free(&pickle);
}

static void test_tensors_must_fit_their_storage(void)
{
  check_tensor(BYTES("K\0K\x02K\x03\x86K\x03K\x01\x86"), true, ""); /* 2 x 3 of 6 */
  check_tensor(BYTES("K\x05))"), true, "");                         /* the last number */
  check_tensor(BYTES("K\x06))"), false, "larger than its storage"); /* one behind it */
  check_tensor(BYTES("K\x01K\x02K\x03\x86K\x03K\x01\x86"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x03K\x03\x86K\x03K\x01\x86"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x09\x85K\0\x85"), true, ""); /* stride 0: one number nine times */
  check_tensor(BYTES("K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x01\x85"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x03\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"), false, "larger than its storage");
  check_tensor(BYTES("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x02\x85K\x01\x85"), false, "larger than its storage");
  check_tensor(BYTES("J\xff\xff\xff\xffK\x02\x85K\x01\x85"), false, "wrong arguments");
  check_tensor(BYTES("K\0J\xff\xff\xff\xff\x85K\x01\x85"), false, "impossible shape");
  check_tensor(BYTES("K\0K\x02\x85K\x01K\x01\x86"), false, "wrong arguments"); /* ranks differ */
  check_tensor(BYTES("K\0N\x85K\x01\x85"), false, "impossible shape");
}

int main(void)
{
  char template[] = "/tmp/cuxas-import-XXXXXX";
  openblas_set_num_threads(1);
  if (mkdtemp(template) == NULL) return 1;
  snprintf(folder, sizeof folder, "%s", template);
  write_file("LICENSE", "Anyone may use it.\n\nNo warranty.\n", 33);
  RUN(test_flat_pair_is_imported);
  RUN(test_archive_is_imported);
  RUN(test_arguments_from_an_archive_are_imported);
  RUN(test_views_into_storages_are_read);
  RUN(test_model_file_keeps_licence_and_origin);
  RUN(test_published_weights_give_the_same_model_as_an_archive);
  RUN(test_import_without_licence_is_refused);
  RUN(test_damaged_flat_files_are_refused);
  RUN(test_missing_or_wrong_tensors_are_refused);
  RUN(test_wrong_number_type_is_named);
  RUN(test_hyperparameters_are_required_and_checked);
  RUN(test_damaged_archives_are_refused);
  RUN(test_storages_must_hold_their_tensors);
  RUN(test_foreign_objects_in_archives_are_refused);
  RUN(test_deep_nesting_in_archives_is_refused);
  RUN(test_multiplying_references_are_refused);
  RUN(test_a_tensor_of_an_archive_has_at_most_4_axes);
  RUN(test_containers_of_an_archive_nest_at_most_32_deep);
  RUN(test_an_archive_has_at_most_100000_values);

  char command[512];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;

  RUN(test_plain_values_are_read);
  RUN(test_extreme_integers_are_read);
  RUN(test_containers_and_memos_are_read);
  RUN(test_last_of_equal_keys_counts);
  RUN(test_tensor_in_ordered_dict_is_read);
  RUN(test_unknown_global_is_named);
  RUN(test_unknown_operations_are_refused);
  RUN(test_other_protocols_are_refused);
  RUN(test_truncated_pickles_are_refused);
  RUN(test_damaged_pickles_do_no_harm);
  RUN(test_values_out_of_place_are_refused);
  RUN(test_memo_abuse_is_refused);
  RUN(test_deep_nesting_is_read_without_recursion);
  RUN(test_list_that_contains_itself_is_freed);
  RUN(test_tensors_must_fit_their_storage);
  return CHECK_REPORT();
}
