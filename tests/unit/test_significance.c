/* test_significance.c - backgrounds, scores, p-values: is chance called chance? */
#include "check.h"
#include "match/library.h"
#include "match/significance.h"
#include "predict/modelfile.h"
#include "evaluate/calibration.h"
#include "edge_model.h"
#include "base/random.h"
#include "synthetic.h"

#include <unistd.h>

enum { N_NULL = 200, N_STRUCTURE = 60, N = 372 };
static const cuxas_grid MEASURED = {925.0, 0.2, N};
static char             FOLDER[] = "/tmp/cuxas-test-significance-XXXXXX";

/* ---- a null made by hand ---------------------------------------------------------------------------------------- */

typedef struct {
  char             formula[N_NULL][CUXAS_FORMULA_SIZE];
  double           score[N_NULL];
  size_t           i_spectrum[N_NULL];
  cuxas_background background;
  cuxas_null       null;
} made_null;

static int descending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* Scores of an exponential distribution of that rate, from 0 up. */
static void make_null(made_null *made, double rate, uint64_t *random)
{
  memset(made, 0, sizeof *made);
  for (size_t i = 0; i < N_NULL; i++) {
    made->score[i]      = -log(1.0 - random_uniform(random)) / rate;
    made->i_spectrum[i] = i;
    snprintf(made->formula[i], sizeof made->formula[i], "X%zu", i % 100);
  }
  qsort(made->score, N_NULL, sizeof *made->score, descending);
  made->background = (cuxas_background){.n_spectrum = N_NULL, .formula = made->formula};
  made->null       = (cuxas_null){&made->background, N_NULL, made->score, made->i_spectrum};
}

static void test_p_value_counts_in_the_bulk(void)
{
  made_null made;
  uint64_t  random = 3;
  make_null(&made, 1.0, &random);
  CHECK_NEAR(cuxas_null_p_value(&made.null, -1.0, ""), 1.0, 1e-12); /* all agree better */
  CHECK_NEAR(cuxas_null_p_value(&made.null, made.score[99], ""), 101.0 / 201.0, 1e-12);
  CHECK(isnan(cuxas_null_p_value(&made.null, NAN, "")));
}

static void test_p_value_goes_on_smoothly_into_the_tail(void)
{
  made_null made;
  uint64_t  random = 4;
  make_null(&made, 2.0, &random);
  const double threshold = made.score[20]; /* a tenth of them lie above */
  CHECK_NEAR(cuxas_null_p_value(&made.null, threshold, ""), 22.0 / 201.0, 1e-12);
  CHECK_NEAR(cuxas_null_p_value(&made.null, threshold + 1e-9, ""), 21.0 / 201.0, 1e-6);
  double before = 1.0;
  for (double score = 0.0; score < 20.0; score += 0.01) {
    const double p = cuxas_null_p_value(&made.null, score, "");
    CHECK(p > 0.0 && p <= before);
    before = p;
  }
  double sum = 0.0; /* far out: the formula in the header */
  for (size_t i = 0; i < 20; i++) sum += made.score[i] - threshold;
  CHECK_NEAR(cuxas_null_p_value(&made.null, 10.0, ""), 21.0 / 201.0 * pow(1.0 + (10.0 - threshold) / sum, -20.0),
             1e-12);
}

static void test_own_formula_does_not_count(void)
{
  made_null made;
  uint64_t  random = 5;
  make_null(&made, 1.0, &random);
  const double score = made.score[99];
  CHECK_NEAR(cuxas_null_p_value(&made.null, score, "X7"), (100.0 - 1.0 + 1.0) / 199.0,
             1e-12); /* one above, one below */
  CHECK_NEAR(cuxas_null_p_value(&made.null, score, "Y"), 101.0 / 201.0, 1e-12);
}

/* One more score of the same kind as the background's is chance: its p-values are uniform, also the smallest ones. */
static void test_p_values_of_chance_are_uniform(void)
{
  enum { N_TRIAL = 3000 };
  static double p[N_TRIAL];
  uint64_t      random  = 6;
  size_t        n_small = 0;
  made_null     made;
  double        distance;
  for (size_t i = 0; i < N_TRIAL; i++) {
    make_null(&made, 1.7, &random);
    p[i] = cuxas_null_p_value(&made.null, -log(1.0 - random_uniform(&random)) / 1.7, "");
    n_small += p[i] < 0.002;
  }
  CHECK(cuxas_uniformity(p, N_TRIAL, &distance) > 0.01);
  CHECK(distance < 0.03);
  CHECK(n_small >= 1 && n_small <= 14); /* 6 expected, although 200 scores alone cannot tell 0.002 from 0.005 */
}

static void test_uniformity_knows_uniform_from_not(void)
{
  double   even[100], squeezed[100], one = 0.5;
  uint64_t random = 8;
  for (size_t i = 0; i < 100; i++) {
    even[i]     = random_uniform(&random);
    squeezed[i] = even[i] * even[i];
  }
  double distance;
  CHECK(cuxas_uniformity(even, 100, &distance) > 0.05);
  CHECK(cuxas_uniformity(squeezed, 100, NULL) < 1e-3);
  cuxas_uniformity(&one, 1, &distance);
  CHECK_NEAR(distance, 0.5, 1e-15);
  double known[4] = {0.9, 0.1, 0.2, 0.3}; /* D = 3/4 - 0.3 */
  cuxas_uniformity(known, 4, &distance);
  CHECK_NEAR(distance, 0.45, 1e-12);
}

/* ---- backgrounds of a model ------------------------------------------------------------------------------------- */

static void write_structures(void)
{
  static const char *const ELEMENT[6] = {"Zn", "Pd", "Y", "S", "O", "Be"};
  char                     path[200];
  for (int i = 0; i < N_STRUCTURE; i++) {
    const double a_A = 2.7 + 0.02 * i;
    snprintf(path, sizeof path, "%s/s%02d.vasp", FOLDER, i);
    FILE *out = fopen(path, "w");
    if (out == NULL) abort();
    fprintf(out, "test\n1.0\n%g 0 0\n0 %g 0\n0 0 %g\nCu %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", a_A, a_A, a_A,
            ELEMENT[i % 6]);
    fclose(out);
  }
}

static cuxas_catalog *list_folder(void)
{
  const char    *folder  = FOLDER;
  cuxas_catalog *catalog = NULL;
  CHECK_STATUS(cuxas_catalog_list(&folder, 1, false, &catalog, NULL), CUXAS_OK);
  return catalog;
}

static cuxas_query *make_query(const cuxas_compare_settings *settings)
{
  static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};
  cuxas_query                   *query   = NULL;
  double                         mu[N];
  synthetic_curve(MEASURED, 932.0, 1.2, 1.6, mu);
  CHECK_STATUS(cuxas_query_new(MEASURED, mu, &(cuxas_edge_layout){(cuxas_grid){925.0, 0.2, 412}, EDGE, 2}, settings,
                               &query, NULL),
               CUXAS_OK);
  return query;
}

static void test_background_survives_its_file(void)
{
  char              path[200];
  cuxas_error       err        = {.message = ""};
  cuxas_background *background = NULL, *again = NULL;
  cuxas_model      *model   = make_edge_model();
  cuxas_catalog    *catalog = list_folder();
  snprintf(model->sha256, sizeof model->sha256, "%064d", 7);

  CHECK_STATUS(cuxas_background_predict(catalog, model, 2, NULL, &background, &err), CUXAS_OK);
  CHECK(background->n_spectrum == N_STRUCTURE);
  CHECK(background->mu[0] != NULL && background->mu[1] != NULL);
  snprintf(path, sizeof path, "%s/made.background", FOLDER);
  CHECK_STATUS(cuxas_background_write(background, path, false, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_background_write(background, path, false, &err), CUXAS_EEXIST);
  CHECK_STATUS(cuxas_background_read(path, model, &again, &err), CUXAS_OK);
  CHECK(again->n_spectrum == N_STRUCTURE && again->grid.n_energy == 412);
  for (size_t i = 0; i < N_STRUCTURE; i++) CHECK_TEXT(again->formula[i], background->formula[i]);
  for (int channel = 0; channel < 2; channel++)
    CHECK(memcmp(again->mu[channel], background->mu[channel], N_STRUCTURE * 412 * sizeof(double)) == 0);
  cuxas_background_free(again);

  model->sha256[0] = '1';
  CHECK_STATUS(cuxas_background_read(path, model, &again, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "another model");
  CHECK_STATUS(cuxas_background_read("/nowhere/it.background", model, &again, &err), CUXAS_EIO);
  FILE *out = fopen(path, "r+b"); /* a bit of the spectra flips */
  CHECK(fseek(out, -100, SEEK_END) == 0 && fputc('x', out) == 'x');
  fclose(out);
  CHECK_STATUS(cuxas_background_read(path, model, &again, &err), CUXAS_EFORMAT);
  unlink(path);
  catalog->n_candidate -= 11; /* 49 are left */
  cuxas_background_free(background);
  CHECK_STATUS(cuxas_background_predict(catalog, model, 1, NULL, &background, &err), CUXAS_ERANGE);
  catalog->n_candidate += 11;
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

/* A file's head after something was done to it. */
typedef void damage(cJSON *head);

static void forget_format(cJSON *head)
{
  cJSON_DeleteItemFromObject(head, "format");
}
static void change_format(cJSON *head)
{
  cJSON_SetValuestring(cJSON_GetObjectItem(head, "format"), "cuxas-background/9");
}
static void forget_model(cJSON *head)
{
  cJSON_DeleteItemFromObject(head, "model_sha256");
}
static void change_formulas(cJSON *head)
{
  cJSON_ReplaceItemInObject(head, "formulas", cJSON_CreateNumber(7));
}
static void drop_formula(cJSON *head)
{
  cJSON_DeleteItemFromArray(cJSON_GetObjectItem(head, "formulas"), 0);
}
static void count_formula(cJSON *head)
{
  cJSON_ReplaceItemInArray(cJSON_GetObjectItem(head, "formulas"), 1, cJSON_CreateNumber(7));
}
static void lengthen_formula(cJSON *head)
{
  char text[1000] = "";
  memset(text, 'O', sizeof text - 1);
  cJSON_ReplaceItemInArray(cJSON_GetObjectItem(head, "formulas"), 2, cJSON_CreateString(text));
}

static void test_a_damaged_head_of_a_background_is_refused_with_its_reason(void)
{
  static const struct {
    damage     *does;
    const char *reason;
  } CASE[] = {{forget_format, "\"format\" is missing"},
              {change_format, "its format is cuxas-background/9, not "},
              {forget_model, "\"model_sha256\" is missing"},
              {change_formulas, "\"formulas\" is not a"},
              {drop_formula, "no-hole"},
              {count_formula, "formula 2 is no text or too long"},
              {lengthen_formula, "formula 3 is no text or too long"}};
  char              path[200];
  cuxas_error       err        = {.message = ""};
  cuxas_background *background = NULL, *background_again = NULL;
  cuxas_model      *model   = make_edge_model();
  cuxas_catalog    *catalog = list_folder();
  snprintf(model->sha256, sizeof model->sha256, "%064d", 7);
  snprintf(path, sizeof path, "%s/made.background", FOLDER);
  CHECK_STATUS(cuxas_background_predict(catalog, model, 1, NULL, &background, &err), CUXAS_OK);
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cJSON            *head    = NULL;
    cuxas_tensors    *tensors = NULL;
    cuxas_background *again   = NULL;
    char              sha256[CUXAS_SHA256_HEX_SIZE];
    CHECK_STATUS(cuxas_background_write(background, path, true, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_modelfile_read(path, &head, &tensors, sha256, &err), CUXAS_OK);
    CASE[i].does(head);
    CHECK_STATUS(cuxas_modelfile_write(path, true, head, tensors, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_background_read(path, model, &again, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASE[i].reason);
    CHECK(again == NULL);
    cuxas_tensors_free(tensors);
    cJSON_Delete(head);
  }
  background->n_spectrum = CUXAS_BACKGROUND_MIN - 1; /* sound, but too small */
  CHECK_STATUS(cuxas_background_write(background, path, true, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_background_read(path, model, &background_again, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "only 49 spectra");
  unlink(path);
  cuxas_background_free(background);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

/* The same candidate among few or many: p stays, E counts. */
static void test_p_value_does_not_depend_on_the_candidates(void)
{
  cuxas_match_settings settings   = {.compare = cuxas_compare_defaults(), .n_thread = 1};
  cuxas_background    *background = NULL;
  cuxas_hits          *all = NULL, *few = NULL;
  cuxas_model         *model   = make_edge_model();
  cuxas_catalog       *catalog = list_folder();
  cuxas_query         *query   = make_query(&settings.compare);

  CHECK_STATUS(cuxas_background_predict(catalog, model, 1, NULL, &background, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &all, NULL), CUXAS_OK);
  catalog->n_candidate -= 20;
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &few, NULL), CUXAS_OK);
  catalog->n_candidate += 20;
  CHECK(isnan(all->hit[0].p_value) && isnan(all->hit[0].e_value)); /* not known yet */
  CHECK_STATUS(cuxas_significance_fill(query, background, &settings.compare, 1, NULL, all, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_significance_fill(query, background, &settings.compare, 2, NULL, few, NULL), CUXAS_OK);
  for (size_t i = 0; i < few->n_hit; i++) {
    size_t k = 0;
    while (strcmp(all->hit[k].name, few->hit[i].name) != 0) k++;
    CHECK(all->hit[k].p_value == few->hit[i].p_value);
    CHECK_NEAR(all->hit[k].e_value, all->hit[k].p_value * N_STRUCTURE, 1e-12);
    CHECK_NEAR(few->hit[i].e_value, few->hit[i].p_value * (N_STRUCTURE - 20), 1e-12);
  }
  settings.compare.shift_mode = CUXAS_SHIFT_COMMON; /* the background is moved by the shift that the hits have */
  CHECK_STATUS(cuxas_significance_fill(query, background, &settings.compare, 1, NULL, few, NULL), CUXAS_OK);
  cuxas_null *null = NULL;
  CHECK_STATUS(cuxas_null_new(query, background, &settings.compare, 1, NULL, &null, NULL), CUXAS_ERANGE);
  cuxas_hits_free(all);
  cuxas_hits_free(few);
  cuxas_query_free(query);
  cuxas_background_free(background);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

/* A flattened measurement: p of every hit, of candidates that all but the first few are the background's. */
static void fill_flattened(bool fits_saturation, bool shares_scores, double ret_p[N_STRUCTURE])
{
  cuxas_match_settings settings   = {.compare = cuxas_compare_defaults(), .n_thread = 1};
  cuxas_background    *background = NULL;
  cuxas_library       *library    = NULL;
  cuxas_hits          *hits       = NULL;
  cuxas_model         *model      = make_edge_model();
  cuxas_catalog       *catalog    = list_folder();
  cuxas_query         *query      = make_query(&settings.compare);
  for (size_t i = 0; i < query->grid.n_energy; i++) query->mu[i] = 1.4 * query->mu[i] / (1.0 + 0.4 * query->mu[i]);
  settings.compare.fit_saturation = fits_saturation;
  CHECK_STATUS(cuxas_background_predict(catalog, model, 1, NULL, &background, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_library_predict(catalog, model, &settings, NULL, &library, NULL), CUXAS_OK);
  for (size_t i = 0; i < 5; i++) background->mu[0][i * background->grid.n_energy] += 1e-3;
  CHECK_STATUS(cuxas_match_library(query, library, &settings, &hits, NULL), CUXAS_OK);
  CHECK_STATUS(
      cuxas_significance_fill(query, background, &settings.compare, 1, shares_scores ? library : NULL, hits, NULL),
      CUXAS_OK);
  CHECK(hits->n_hit == N_STRUCTURE);
  for (size_t i = 0; i < hits->n_hit; i++) ret_p[i] = hits->hit[i].p_value;
  cuxas_hits_free(hits);
  cuxas_library_free(library);
  cuxas_query_free(query);
  cuxas_background_free(background);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

static void test_the_background_is_no_more_flattened_than_predictions(void)
{
  double fit[N_STRUCTURE], plain[N_STRUCTURE];
  fill_flattened(true, false, fit);
  fill_flattened(false, false, plain);
  CHECK(memcmp(fit, plain, sizeof fit) == 0);
}

static void test_scores_of_candidates_serve_the_background_bit_for_bit(void)
{
  double shared[N_STRUCTURE], compared[N_STRUCTURE];
  fill_flattened(true, true, shared);
  fill_flattened(true, false, compared);
  CHECK(memcmp(shared, compared, sizeof shared) == 0);
}

int main(void)
{
  if (mkdtemp(FOLDER) == NULL) abort();
  write_structures();
  RUN(test_p_value_counts_in_the_bulk);
  RUN(test_p_value_goes_on_smoothly_into_the_tail);
  RUN(test_own_formula_does_not_count);
  RUN(test_p_values_of_chance_are_uniform);
  RUN(test_uniformity_knows_uniform_from_not);
  RUN(test_background_survives_its_file);
  RUN(test_a_damaged_head_of_a_background_is_refused_with_its_reason);
  RUN(test_p_value_does_not_depend_on_the_candidates);
  RUN(test_the_background_is_no_more_flattened_than_predictions);
  RUN(test_scores_of_candidates_serve_the_background_bit_for_bit);
  for (int i = 0; i < N_STRUCTURE; i++) {
    char path[200];
    snprintf(path, sizeof path, "%s/s%02d.vasp", FOLDER, i);
    unlink(path);
  }
  rmdir(FOLDER);
  return CHECK_REPORT();
}
