#include "check.h"
#include "base/hash.h"
#include "base/memory.h"
#include "model_make.h"

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
  char         text[2 * sizeof MADE_HEAD];
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
  RUN(test_impossible_domain);
  RUN(test_shift_and_width_out_of_range);
  return CHECK_REPORT();
}
