#include "check.h"
#include "model_make.h"
#include "edge_model.h"
#include "synthetic.h"

#include "base/hash.h"
#include "base/memory.h"
#include "predict/error_profile.h"
#include "predict/model_parts.h"
#include "predict/tensors.h"

#include <stdint.h>
#include <unistd.h>

static const char PATH[] = "test_model.tmp.cuxas", OTHER[] = "test_model.tmp2.cuxas";

typedef struct {
  unsigned char *byte;
  size_t         n;
} bytes;

static bytes read_all(const char *path)
{
  FILE *in = fopen(path, "rb");
  bytes b  = {NULL, 0};
  if (in == NULL) return b;
  fseek(in, 0, SEEK_END);
  b.n    = (size_t)ftell(in);
  b.byte = malloc(b.n + 1);
  rewind(in);
  b.n = fread(b.byte, 1, b.n, in);
  fclose(in);
  return b;
}

static void write_all(const char *path, const unsigned char *byte, size_t n)
{
  FILE *out = fopen(path, "wb");
  fwrite(byte, 1, n, out);
  fclose(out);
}

static void put_u32(unsigned char *at, size_t value)
{
  for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static size_t head_length(const unsigned char *byte)
{
  return (size_t)byte[12] | (size_t)byte[13] << 8 | (size_t)byte[14] << 16 | (size_t)byte[15] << 24;
}

/* seal() - puts the right checksum behind changed bytes, so that what lies behind it is reached */
static void seal(bytes b)
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(b.byte, b.n - 64, hex);
  memcpy(b.byte + b.n - 64, hex, 64);
}

static bytes good_file(void)
{
  cuxas_model *model = made_model();
  CHECK_STATUS(cuxas_model_write(model, PATH, true, NULL), CUXAS_OK);
  cuxas_model_free(model);
  return read_all(PATH);
}

static void check_refused(bytes b, const char *reason)
{
  cuxas_model *model = NULL;
  cuxas_error  err   = {0};
  write_all(PATH, b.byte, b.n);
  CHECK_STATUS(cuxas_model_read(PATH, &model, &err), CUXAS_EFORMAT);
  CHECK(model == NULL);
  CHECK_CONTAINS(err.message, PATH);
  CHECK_CONTAINS(err.message, reason);
  cuxas_model_free(model);
  unlink(PATH);
}

/* ---- what goes in comes out ---- */

static void test_round_trip_keeps_everything(void)
{
  cuxas_model *made = made_model(), *read = NULL;
  CHECK_STATUS(cuxas_model_write(made, PATH, true, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_model_read(PATH, &read, NULL), CUXAS_OK);
  CHECK_TEXT(read->name, "made");
  CHECK_TEXT(read->element, "Cu");
  CHECK(read->absorber == 29 && read->n_edge == 2 && read->n_head == 2 && read->n_training == 6);
  CHECK(read->grid.n_energy == 17 && read->grid.start_eV == 925.0);
  CHECK_NEAR(cuxas_grid_end_eV(read->grid), 928.2, 1e-9);
  CHECK_NEAR(read->edge[1].weight, 0.5, 0.0);
  CHECK(read->n_feature == MADE_N_FEATURE && read->n_raw == made_n_raw() && read->reduction_matrix != NULL);
  CHECK(read->n_domain == MADE_N_DOMAIN && read->domain_k == 2 && read->domain_threshold == 0.5);
  CHECK(read->shift_eV == -2.0 && read->fwhm_eV == 1.0);
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < MADE_N_MEMBER; j++) {
      const cuxas_dense *a = made->head[i].member[j], *b = read->head[i].member[j];
      CHECK(a->n_parameter == b->n_parameter && b->output == CUXAS_ACTIVATION_SOFTPLUS);
      CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
    }
  CHECK(cuxas_model_find_head(read, 1, CUXAS_CHANNEL_NO_HOLE) == &read->head[1]);
  CHECK(cuxas_model_find_head(read, 1, CUXAS_CHANNEL_SCREENED_HOLE) == NULL);
  CHECK(cuxas_model_has_channel(read, CUXAS_CHANNEL_NO_HOLE));
  CHECK(!cuxas_model_has_channel(read, CUXAS_CHANNEL_SCREENED_HOLE));
  CHECK_TEXT(made->sha256, "");
  char sha256[CUXAS_SHA256_HEX_SIZE];
  CHECK_STATUS(cuxas_hash_file(PATH, sha256, NULL), CUXAS_OK);
  CHECK_TEXT(read->sha256, sha256);
  cuxas_model_free(made);
  cuxas_model_free(read);
  unlink(PATH);
}

static void test_same_model_same_bytes(void)
{
  bytes        first = good_file();
  cuxas_model *model = NULL;
  CHECK_STATUS(cuxas_model_read(PATH, &model, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_model_write(model, OTHER, true, NULL), CUXAS_OK); /* the index of the head is made anew */
  bytes second = read_all(OTHER);
  CHECK(first.n == second.n && memcmp(first.byte, second.byte, first.n) == 0);
  CHECK((16 + head_length(first.byte)) % 64 == 0);
  free(first.byte);
  free(second.byte);
  cuxas_model_free(model);
  unlink(PATH);
  unlink(OTHER);
}

static void test_featurizer_alone_is_a_model(void)
{
  cuxas_model *model = NULL;
  CHECK_STATUS(cuxas_model_new(cJSON_Parse("{\"format\":\"cuxas-model/1\",\"name\":\"alone\"," MADE_FEATURIZER "}"),
                               cuxas_tensors_new(), &model, NULL),
               CUXAS_OK);
  CHECK(model->n_edge == 0 && model->n_head == 0 && model->n_domain == 0);
  CHECK(model->n_feature == model->n_raw && model->reduction_matrix == NULL);
  CHECK(!cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE));
  CHECK_STATUS(cuxas_model_write(model, PATH, true, NULL), CUXAS_OK);
  cuxas_model_free(model);
  CHECK_STATUS(cuxas_model_read(PATH, &model, NULL), CUXAS_OK);
  CHECK_TEXT(model->name, "alone");
  cuxas_model_free(model);
  unlink(PATH);
}

static void test_existing_file_is_kept_unless_told(void)
{
  cuxas_model *model = made_model();
  cuxas_error  err   = {0};
  write_all(PATH, (const unsigned char *)"mine", 4);
  CHECK_STATUS(cuxas_model_write(model, PATH, false, &err), CUXAS_EEXIST);
  bytes b = read_all(PATH);
  CHECK(b.n == 4);
  CHECK_STATUS(cuxas_model_write(model, PATH, true, NULL), CUXAS_OK);
  free(b.byte);
  cuxas_model_free(model);
  unlink(PATH);
}

/* ---- damaged bytes, each by name ---- */

static void test_missing_file(void)
{
  cuxas_model *model;
  cuxas_error  err = {0};
  CHECK_STATUS(cuxas_model_read("no such file", &model, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "no such file");
  CHECK_STATUS(cuxas_model_read(".", &model, &err), CUXAS_EIO);
}
static void test_wrong_magic(void)
{
  bytes b = good_file();
  b.byte[0] ^= 1;
  check_refused(b, "not a model file");
  free(b.byte);
}
static void test_empty_file(void)
{
  bytes b = good_file();
  b.n     = 0;
  check_refused(b, "not a model file");
  free(b.byte);
}
static void test_other_version(void)
{
  bytes b = good_file();
  put_u32(b.byte + 8, 2);
  seal(b);
  check_refused(b, "version 2");
  free(b.byte);
}
static void test_head_longer_than_the_file(void)
{
  bytes b = good_file();
  put_u32(b.byte + 12, 0xffffffff);
  seal(b);
  check_refused(b, "cut short");
  free(b.byte);
}
static void test_every_truncation(void)
{
  bytes        b     = good_file();
  const size_t whole = b.n;
  for (b.n = 0; b.n < whole; b.n += b.n < 200 ? 1 : 97) {
    cuxas_model *model = NULL;
    write_all(PATH, b.byte, b.n);
    CHECK_STATUS(cuxas_model_read(PATH, &model, NULL), CUXAS_EFORMAT);
  }
  b.n = whole - 1;
  check_refused(b, "checksum");
  free(b.byte);
}
static void test_any_flipped_bit(void)
{
  bytes b = good_file();
  for (size_t i = 16; i < b.n; i += 131) {
    b.byte[i] ^= 4;
    check_refused(b, "checksum");
    b.byte[i] ^= 4;
  }
  free(b.byte);
}
static void test_bytes_behind_the_tensors(void)
{
  bytes b = good_file();
  b.byte  = realloc(b.byte, b.n + 4);
  memmove(b.byte + b.n - 60, b.byte + b.n - 64, 64);
  b.n += 4;
  seal(b);
  check_refused(b, "bytes of tensors");
  free(b.byte);
}
static void test_number_that_is_not_finite(void)
{
  bytes b = good_file();
  put_u32(b.byte + b.n - 64 - 4, 0x7fc00000); /* NaN */
  seal(b);
  check_refused(b, "not finite");
  put_u32(b.byte + b.n - 64 - 4, 0xff800000); /* -infinity */
  seal(b);
  check_refused(b, "not finite");
  free(b.byte);
}
static void test_head_that_is_not_json(void)
{
  bytes b    = good_file();
  b.byte[16] = '[';
  seal(b);
  check_refused(b, "not a JSON object");
  b.byte[16] = '\0';
  seal(b);
  check_refused(b, "not a JSON object");
  free(b.byte);
}

/* check_changed_head() - a text in the head replaced by another of the same length, and sealed again */
static void check_changed_head(const char *from, const char *to, const char *reason)
{
  bytes          b      = good_file();
  const size_t   length = strlen(from);
  unsigned char *at     = NULL;
  CHECK(strlen(to) == length);
  for (unsigned char *p = b.byte + 16; at == NULL && p + length < b.byte + 16 + head_length(b.byte); p++)
    if (memcmp(p, from, length) == 0) at = p;
  CHECK(at != NULL);
  if (at != NULL) {
    memcpy(at, to, length);
    seal(b);
    check_refused(b, reason);
  }
  free(b.byte);
}

static void test_index_that_does_not_fit_the_tensors(void)
{
  check_changed_head("\"offset\":0}", "\"offset\":4}", "offset 4, expected 0");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[9,9]", "more numbers than the file has");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[5,5]", "bytes of tensors");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[0,5]", "impossible");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[.5,]", "not a JSON object");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[1e9]", "more numbers than the file has");
  check_changed_head("\"shape\":[6,5]", "\"shape\":[]   ", "empty");
  check_changed_head("\"name\":\"domain.feature\"", "\"name\":\"reduction.mean\"", "repeated name");
  check_changed_head("\"tensors\":", "\"tensorz\":", "\"tensors\" is missing");
}

/* ---- heads that make no sense, each by name ---- */

/* check_head() - MADE_HEAD with one text replaced */
static void check_head(const char *from, const char *to, const char *reason)
{
  cuxas_model *model = NULL;
  cuxas_error  err   = {0};
  char         text[4096];
  const char  *at = strstr(MADE_HEAD, from);
  CHECK(at != NULL);
  if (at == NULL) return;
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - MADE_HEAD), MADE_HEAD, to, at + strlen(from));
  cJSON *head = cJSON_Parse(text);
  CHECK(head != NULL);
  CHECK_STATUS(cuxas_model_new(head, made_tensors(), &model, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, reason);
  CHECK(model == NULL);
}

static void test_head_of_another_format(void)
{
  check_head("cuxas-model/1", "cuxas-model/2", "cuxas-model/2");
  check_head("\"format\"", "\"formal\"", "\"format\" is missing");
  check_head("\"name\":\"made\"", "\"name\":7", "\"name\" is not a text");
}
static void test_unknown_element(void)
{
  check_head("\"Cu\"", "\"Qq\"", "Qq");
  check_head("\"element\"", "\"elephant\"", "\"element\" is missing");
}
static void test_impossible_grids(void)
{
  check_head("\"step_eV\":0.2", "\"step_eV\":0", "step_eV");
  check_head("\"step_eV\":0.2", "\"step_eV\":0.1", "differ in step_eV");
  check_head("\"start_eV\":925", "\"start_eV\":\"925\"", "start_eV");
  check_head("\"start_eV\":925", "\"start_eV\":925.07", "whole number of steps");
  check_head("\"start_eV\":925", "\"start_eV\":927", "rising order");
  check_head("\"n_energy\":12", "\"n_energy\":1", "n_energy");
  check_head("\"n_energy\":12", "\"n_energy\":12.5", "n_energy");
  check_head("\"n_energy\":12", "\"n_energy\":1e12", "n_energy");
  check_head("\"n_energy\":12", "\"n_energy\":13", "net.L3.no-hole.0");
}
static void test_impossible_edges(void)
{
  check_head("\"name\":\"L3\"", "\"name\":\"\"", "name for an edge");
  check_head("\"name\":\"L3\"", "\"name\":\"an edge of copper\"", "name for an edge");
  check_head("\"weight\":0.5", "\"weight\":-1", "weight");
}
static void test_unknown_featurizer(void)
{
  check_head("symfun", "tealeaves", "tealeaves");
}
static void test_reduction_of_another_shape(void)
{
  check_head("\"n_feature\":5", "\"n_feature\":6", "reduction.matrix");
  check_head("\"n_feature\":5", "\"n_feature\":0", "n_feature");
}
static void test_networks_that_do_not_fit(void)
{
  check_head("\"hidden\":[7]", "\"hidden\":[8]", "net.L3.no-hole.0");
  check_head("\"hidden\":[7]", "\"hidden\":[0]", "hidden");
  check_head("\"hidden\":[7]", "\"hidden\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "hidden");
  check_head("softplus", "tanh", "tanh");
  check_head("{\"edge\":\"L3\"", "{\"edge\":\"K\"", "\"K\"");
  check_head("\"edge\":\"L2\"", "\"edge\":\"L3\"", "two networks");
  check_head("no-hole", "half-hole", "half-hole");
  check_head("\"members\":2", "\"members\":3", "net.L3.no-hole.2");
  check_head("\"members\":2", "\"members\":0", "members");
}
static void check_head_taken(const char *from, const char *to)
{
  cuxas_model *model = NULL;
  char         text[4096];
  const char  *at = strstr(MADE_HEAD, from);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - MADE_HEAD), MADE_HEAD, to, at + strlen(from));
  CHECK_STATUS(cuxas_model_new(cJSON_Parse(text), made_tensors(), &model, NULL), CUXAS_OK);
  cuxas_model_free(model);
}

/* What just fits is asked for its tensors or the like; one more is refused for being too much. */
static void test_sizes_that_the_manual_limits(void)
{
  static const char EDGE[] = "{\"name\":\"L2\"", HEAD[] = "{\"edge\":\"L2\"";
  char              more[2048] = "", layers[256] = "\"hidden\":[";
  for (int n_more = 2; n_more <= 3; n_more++) {
    more[0] = '\0';
    for (int i = 0; i < n_more; i++)
      sprintf(more + strlen(more),
              "{\"name\":\"K%d\",\"grid\":{\"start_eV\":%.1f,\"step_eV\":0.2,\"n_energy\":12},\"weight\":1},", i,
              925.2 + 0.2 * i);
    strcat(more, EDGE);
    if (n_more == 3) check_head(EDGE, more, "more than 4 edges");
    if (n_more == 2) check_head_taken(EDGE, more);
  }
  more[0] = '\0';
  for (int i = 0; i < 14; i++) strcat(more, "{\"edge\":\"L3\",\"channel\":\"no-hole\",\"members\":1},");
  strcat(more, HEAD);
  check_head(HEAD, more, "two networks"); /* 16 heads */
  memmove(more + strlen("{\"edge\":\"L3\",\"channel\":\"no-hole\",\"members\":1},"), more, strlen(more) + 1);
  check_head(HEAD, more, "more than 16 heads");

  check_head("\"members\":2", "\"members\":64", "net.L3.no-hole.2");
  check_head("\"members\":2", "\"members\":65", "\"members\"");
  for (int i = 0; i < 16; i++) strcat(layers, i > 0 ? ",1" : "1");
  strcat(layers, "]");
  check_head("\"hidden\":[7]", layers, "net.L3.no-hole.0");
  strcpy(layers + strlen(layers) - 1, ",1]");
  check_head("\"hidden\":[7]", layers, "at most 16 widths");
  check_head("\"hidden\":[7]", "\"hidden\":[65536]", "net.L3.no-hole.0");
  check_head("\"hidden\":[7]", "\"hidden\":[65537]", "widths from 1 to 65536");
  check_head("926,\"step_eV\":0.2,\"n_energy\":12", "926,\"step_eV\":0.2,\"n_energy\":99995", "net.L2.no-hole.0");
  check_head("926,\"step_eV\":0.2,\"n_energy\":12", "926,\"step_eV\":0.2,\"n_energy\":99996",
             "more than 100000 points");
  check_head("926,\"step_eV\":0.2,\"n_energy\":12", "926,\"step_eV\":0.2,\"n_energy\":100001", "n_energy");
}

/* A kernel machine of n rows, all of them the domain's first, in the head of L3. */
static cuxas_status make_kernel_model(size_t n, cuxas_model **ret_model, cuxas_error *err)
{
  cJSON         *head    = cJSON_Parse(MADE_HEAD);
  cJSON         *heads   = cJSON_GetObjectItem(cJSON_GetObjectItem(head, "networks"), "heads");
  cuxas_tensors *tensors = made_tensors();
  cJSON_AddItemToObject(cJSON_GetArrayItem(heads, 0), "kernel",
                        cJSON_Parse("{\"kind\":\"laplace\",\"length\":2,\"ridge\":0.1,\"part\":0.5}"));
  cuxas_tensors_add(tensors, "kernel.L3.no-hole.row", 1, (size_t[]){n}, NULL, NULL);
  cuxas_tensors_add(tensors, "kernel.L3.no-hole.mean", 1, (size_t[]){MADE_N_ENERGY}, NULL, NULL);
  cuxas_tensors_add(tensors, "kernel.L3.no-hole.weight", 2, (size_t[]){n, MADE_N_ENERGY}, NULL, NULL);
  cuxas_tensors_add(tensors, "kernel.L3.no-hole.deviation", 1, (size_t[]){MADE_N_ENERGY}, NULL, NULL);
  return cuxas_model_new(head, tensors, ret_model, err);
}

static void test_a_kernel_machine_has_at_most_20000_rows(void)
{
  cuxas_model *model = NULL;
  cuxas_error  err   = {0};
  CHECK_STATUS(make_kernel_model(20000, &model, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(model != NULL && model->head[0].kernel->n_row == 20000);
  cuxas_model_free(model);
  CHECK_STATUS(make_kernel_model(20001, &model, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "a kernel machine of more than 20000 rows");
  CHECK(model == NULL);
}

/* ---- a head with all that there is, one member after another damaged ---- */

/* The i-th below it, in depth; NULL: there are no more. */
static cJSON *node_of(cJSON *above, size_t *i)
{
  for (cJSON *node = above->child; node != NULL; node = node->next) {
    if ((*i)-- == 0) return node;
    cJSON *found = node_of(node, i);
    if (found != NULL) return found;
  }
  return NULL;
}

typedef enum { OTHER_KIND, TOO_LARGE, TOO_SMALL, REMOVED, N_DAMAGE } damage;

/* false: it cannot be damaged so. ret_key: the member's name, "" within an array */
static bool damage_node(cJSON *head, size_t i_node, damage how, char ret_key[64])
{
  size_t      i       = i_node;
  cJSON      *node    = node_of(head, &i);
  const bool  is_text = cJSON_IsString(node), is_number = cJSON_IsNumber(node);
  const char *key      = node->string != NULL ? node->string : "";
  cJSON      *in_place = how == OTHER_KIND  ? (is_number ? cJSON_CreateString("x") : cJSON_CreateNumber(7.0))
                         : how == TOO_LARGE ? cJSON_CreateNumber(1e300)
                                            : cJSON_CreateNumber(-1e300);
  snprintf(ret_key, 64, "%s", key);
  if (cJSON_IsBool(node) || (how == REMOVED && key[0] == '\0') ||
      ((how == TOO_LARGE || how == TOO_SMALL) && !is_number)) {
    cJSON_Delete(in_place);
    return false;
  }
  if (how == REMOVED) {
    cJSON_Delete(in_place);
    node->string[0] = '~'; /* nobody asks for it */
    return true;
  }
  cJSON_Delete(node->child); /* becomes the other, where it is */
  node->child = in_place->child;
  if (is_text) cJSON_free(node->valuestring);
  node->type        = in_place->type;
  node->valuestring = in_place->valuestring;
  node->valuedouble = in_place->valuedouble;
  node->valueint    = in_place->valueint;
  cJSON_free(in_place);
  return true;
}

/* What a model may do without, and what nobody reads. */
static bool is_free(const char *key, damage how)
{
  static const char *const OPTIONAL[] = {"edges", "site_shifts_eV", "networks", "spread_factor", "errors", "training"};
  if (strcmp(key, "licence") == 0) return true;
  for (size_t i = 0; i < sizeof OPTIONAL / sizeof *OPTIONAL && how == REMOVED; i++)
    if (strcmp(key, OPTIONAL[i]) == 0) return true;
  return false;
}

static void test_every_damaged_member_of_a_head_is_refused(void)
{
  cuxas_model *sound  = NULL;
  cJSON       *whole  = made_full_head();
  size_t       n_node = 0, n_tried = 0;
  CHECK_STATUS(cuxas_model_new(made_full_head(), made_full_tensors(), &sound, NULL), CUXAS_OK);
  cuxas_model_free(sound);
  for (size_t i = 0; i = n_node, node_of(whole, &i) != NULL;) n_node++;
  for (size_t i_node = 0; i_node < n_node; i_node++)
    for (int how = 0; how < N_DAMAGE; how++) {
      char         key[64];
      cuxas_model *model = NULL;
      cuxas_error  err   = {0};
      cJSON       *head  = made_full_head();
      if (!damage_node(head, i_node, (damage)how, key)) {
        cJSON_Delete(head);
        continue;
      }
      const cuxas_status status = cuxas_model_new(head, made_full_tensors(), &model, &err);
      if (status == CUXAS_OK && !is_free(key, (damage)how)) printf("    damage %d of %s is taken\n", how, key);
      CHECK(status != CUXAS_OK || is_free(key, (damage)how));
      CHECK(status == CUXAS_OK || (status == CUXAS_EFORMAT && err.message[0] != '\0' && model == NULL));
      cuxas_model_free(model);
      n_tried++;
    }
  CHECK(n_tried > 200);
  cJSON_Delete(whole);
}

static void test_every_tensor_of_another_shape_is_refused_by_name(void)
{
  cuxas_tensors *whole = made_full_tensors();
  for (size_t i = 0; i < whole->n_tensor; i++) {
    const cuxas_tensor *from    = &whole->tensor[i];
    cuxas_tensors      *tensors = cuxas_tensors_new();
    cuxas_model        *model   = NULL;
    cuxas_error         err     = {0};
    for (size_t k = 0; k < whole->n_tensor; k++) {
      const cuxas_tensor *of       = &whole->tensor[k];
      const size_t        shape[3] = {of->shape[0], of->rank > 1 ? of->shape[1] : 1, 1};
      cuxas_tensors_add(tensors, of->name, of->rank + (k == i ? 1 : 0), shape, of->value, NULL);
    }
    CHECK_STATUS(cuxas_model_new(made_full_head(), tensors, &model, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, from->name);
    cuxas_model_free(model);
  }
  cuxas_tensors_free(whole);
}

static void test_impossible_domain(void)
{
  check_head("\"k\":2", "\"k\":7", "k is 7");
  check_head("\"k\":2", "\"k\":0", "\"k\"");
  check_head("\"threshold\":0.5", "\"threshold\":-1", "threshold");
}
static void test_shift_and_width_out_of_range(void)
{
  check_head("\"shift_eV\":-2", "\"shift_eV\":1000", "shift_eV");
  check_head("\"fwhm_eV\":1", "\"fwhm_eV\":-1", "fwhm_eV");
}

/* ---- tensors ---- */

static void test_added_values_are_copied_and_found(void)
{
  cuxas_tensors *set      = cuxas_tensors_new();
  float          value[6] = {1, 2, 3, 4, 5, 6};
  const float   *got      = NULL;
  CHECK_STATUS(cuxas_tensors_add(set, "w", 2, (size_t[]){2, 3}, value, NULL), CUXAS_OK);
  value[4] = -1;
  CHECK_STATUS(cuxas_tensors_add(set, "b", 1, (size_t[]){2}, NULL, NULL), CUXAS_OK);
  CHECK(set->n_tensor == 2);
  CHECK_TEXT(set->tensor[0].name, "w"); /* order of addition */
  CHECK(cuxas_tensors_find(set, "w")->n_value == 6);
  CHECK(cuxas_tensors_find(set, "x") == NULL);
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){2, 3}, &got, NULL), CUXAS_OK);
  CHECK(got != NULL && got[4] == 5);
  CHECK_STATUS(cuxas_tensors_get(set, "b", 1, (size_t[]){2}, &got, NULL), CUXAS_OK);
  CHECK(got != NULL && got[0] == 0 && got[1] == 0);
  cuxas_tensors_free(set);
}

static void test_values_stay_where_they_are_when_more_are_added(void)
{
  cuxas_tensors *set   = cuxas_tensors_new();
  const float   *first = NULL, *later = NULL;
  char           name[16];
  CHECK_STATUS(cuxas_tensors_add(set, "t", 1, (size_t[]){4}, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_get(set, "t", 1, (size_t[]){4}, &first, NULL), CUXAS_OK);
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "t%d", i);
    CHECK_STATUS(cuxas_tensors_add(set, name, 1, (size_t[]){1}, NULL, NULL), CUXAS_OK);
  }
  CHECK_STATUS(cuxas_tensors_get(set, "t", 1, (size_t[]){4}, &later, NULL), CUXAS_OK);
  CHECK(first == later);
  cuxas_tensors_free(set);
}

static void test_bad_additions_are_refused(void)
{
  cuxas_tensors *set = cuxas_tensors_new();
  cuxas_error    err;
  char           long_name[CUXAS_TENSOR_NAME_SIZE + 1];
  memset(long_name, 'n', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  CHECK_STATUS(cuxas_tensors_add(set, "a", 1, (size_t[]){1}, NULL, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_add(set, "a", 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "already");
  CHECK_STATUS(cuxas_tensors_add(set, "", 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, NULL, 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, long_name, 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 0, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 5, (size_t[]){1, 1, 1, 1, 1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 2, (size_t[]){3, 0}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 2, (size_t[]){SIZE_MAX / 8, 16}, NULL, &err), CUXAS_ENOMEM);
  CHECK(set->n_tensor == 1);
  cuxas_tensors_free(set);
}

static void test_what_a_model_needs_must_be_there(void)
{
  cuxas_tensors *set      = cuxas_tensors_new();
  const float    value[3] = {1, NAN, 3}, *got = NULL;
  cuxas_error    err;
  CHECK_STATUS(cuxas_tensors_add(set, "w", 2, (size_t[]){1, 3}, value, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_get(set, "v", 1, (size_t[]){3}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "tensor v of shape (3) is missing");
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){3, 1}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "(1, 3), expected (3, 1)");
  CHECK_STATUS(cuxas_tensors_get(set, "w", 1, (size_t[]){1}, &got, &err), CUXAS_EFORMAT);
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){1, 3}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "value 1 is not finite");
  CHECK(got == NULL);
  cuxas_tensors_free(set);
}

/* ---- error profile ---- */

/* test_error_profile.c - how far predictions are off, by energy from the edge; and a model that carries it */

enum { N = 412, N_ROW = 5 };
static const cuxas_grid GRID = {925.0, 0.2, N};

/* Edges at different energies; predictions are off by a bump 10 eV behind each of them, higher from row to row. */
static void make_rows(double *truth, double *predicted)
{
  for (size_t i = 0; i < N_ROW; i++) {
    const double edge_eV = 932.0 + (double)i;
    double      *mu      = truth + i * N;
    synthetic_curve(GRID, edge_eV, 1.0, 1.6, mu);
    for (size_t k = 0; k < N; k++) {
      const double z       = (cuxas_grid_energy_eV(GRID, k) - edge_eV - 10.0) / 2.0;
      predicted[i * N + k] = mu[k] + 0.1 * (double)(i + 1) * exp(-z * z);
    }
  }
}

static double find_peak(const cuxas_error_profile *profile, double *ret_offset_eV)
{
  double top = 0.0;
  for (size_t i = 0; i < profile->offset.n_energy; i++)
    if (profile->rms[i] > top) {
      top            = profile->rms[i];
      *ret_offset_eV = cuxas_grid_energy_eV(profile->offset, i);
    }
  return top;
}

static void test_errors_are_collected_relative_to_the_edge(void)
{
  double                       truth[N_ROW * N], predicted[N_ROW * N], at_eV = NAN;
  const cuxas_held_out_spectra rows    = {GRID, N_ROW, truth, predicted, NULL, 0.0};
  cuxas_error_profile         *profile = NULL;
  make_rows(truth, predicted);
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_OK);
  CHECK_NEAR(find_peak(profile, &at_eV), 0.1 * sqrt((1.0 + 4.0 + 9.0 + 16.0 + 25.0) / 5.0), 0.002);
  CHECK_NEAR(at_eV, 10.0, 1.0); /* the onset lies a little below the edge's middle */
  CHECK_NEAR(cuxas_error_profile_at(profile, 40.0), 0.0, 1e-9);
  CHECK(cuxas_error_profile_at(profile, at_eV + 0.1) < cuxas_error_profile_at(profile, at_eV));
  CHECK(cuxas_error_profile_at(profile, -500.0) == profile->rms[0]);
  CHECK(cuxas_error_profile_at(profile, 500.0) == profile->rms[N - 1]);
  cuxas_error_profile_free(profile);
}

static void test_rows_left_out_teach_nothing(void)
{
  double                 truth[N_ROW * N], predicted[N_ROW * N], at_eV;
  const bool             use[N_ROW] = {true, false, false, false, false}, none[N_ROW] = {false};
  cuxas_held_out_spectra rows    = {GRID, N_ROW, truth, predicted, use, 0.0};
  cuxas_error_profile   *profile = NULL;
  make_rows(truth, predicted);
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_OK);
  CHECK_NEAR(find_peak(profile, &at_eV), 0.1, 0.002);
  cuxas_error_profile_free(profile);
  rows.opt_use = none;
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_ERANGE);
  CHECK(profile == NULL);
}

static void test_model_file_keeps_the_profile(void)
{
  const char          *path  = "build/test_error_profile.cuxas";
  cuxas_model         *model = make_edge_model(), *again = NULL;
  cuxas_error_profile *profile = cuxas_error_profile_new((cuxas_grid){-10.0, 0.2, 50});
  CHECK(model->errors == NULL && profile != NULL);
  for (size_t i = 0; i < 50; i++) profile->rms[i] = 0.25 * (double)i;
  CHECK_STATUS(cuxas_model_set_errors(model, profile, NULL), CUXAS_OK);
  CHECK(model->errors != NULL && model->errors->rms[3] == 0.75);
  CHECK_STATUS(cuxas_model_write(model, path, true, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_model_read(path, &again, NULL), CUXAS_OK);
  CHECK(again->errors != NULL && again->errors->offset.n_energy == 50);
  CHECK_NEAR(cuxas_error_profile_at(again->errors, -9.9), 0.125, 1e-6);
  remove(path);
  cuxas_error_profile_free(profile);
  cuxas_model_free(model);
  cuxas_model_free(again);
}

int main(void)
{
  RUN(test_round_trip_keeps_everything);
  RUN(test_same_model_same_bytes);
  RUN(test_featurizer_alone_is_a_model);
  RUN(test_existing_file_is_kept_unless_told);
  RUN(test_missing_file);
  RUN(test_wrong_magic);
  RUN(test_empty_file);
  RUN(test_other_version);
  RUN(test_head_longer_than_the_file);
  RUN(test_every_truncation);
  RUN(test_any_flipped_bit);
  RUN(test_bytes_behind_the_tensors);
  RUN(test_number_that_is_not_finite);
  RUN(test_head_that_is_not_json);
  RUN(test_index_that_does_not_fit_the_tensors);
  RUN(test_head_of_another_format);
  RUN(test_unknown_element);
  RUN(test_impossible_grids);
  RUN(test_impossible_edges);
  RUN(test_unknown_featurizer);
  RUN(test_reduction_of_another_shape);
  RUN(test_networks_that_do_not_fit);
  RUN(test_sizes_that_the_manual_limits);
  RUN(test_a_kernel_machine_has_at_most_20000_rows);
  RUN(test_every_damaged_member_of_a_head_is_refused);
  RUN(test_every_tensor_of_another_shape_is_refused_by_name);
  RUN(test_impossible_domain);
  RUN(test_shift_and_width_out_of_range);

  RUN(test_added_values_are_copied_and_found);
  RUN(test_values_stay_where_they_are_when_more_are_added);
  RUN(test_bad_additions_are_refused);
  RUN(test_what_a_model_needs_must_be_there);

  RUN(test_errors_are_collected_relative_to_the_edge);
  RUN(test_rows_left_out_teach_nothing);
  RUN(test_model_file_keeps_the_profile);
  return CHECK_REPORT();
}
