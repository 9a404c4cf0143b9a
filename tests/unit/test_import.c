/* Import of foreign weights: flat files, PyTorch archives and what is wrong with bad ones. Everything is written into a
 * temporary folder by the test itself; the published weights are used too where they are. */
#include "check.h"
#include "base/hash.h"
#include "m3gnet_make.h"
#include "torch_archive_make.h"

#include "learn/import.h"
#include "base/memory.h"
#include "learn/import_priv.h"

#include <cblas.h>
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

  char command[512];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return CHECK_REPORT();
}
