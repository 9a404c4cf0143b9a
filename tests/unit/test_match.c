/* test_match.c - catalogues of files against a query, with a small invented model */
#include "check.h"
#include "match/library.h"
#include "edge_model.h"
#include "synthetic.h"

#include <unistd.h>

enum { N = 372, MAX_PATH = 256, N_STRUCTURE = 6 };
static const cuxas_grid MEASURED = {925.0, 0.2, N};

static char FOLDER[] = "/tmp/cuxas-test-match-XXXXXX";

/* ---- files to match --------------------------------------------------------------------------------------------- */

static const char *path_of(const char *name)
{
  static char path[MAX_PATH];
  snprintf(path, sizeof path, "%s/%s", FOLDER, name);
  return path;
}

static FILE *create(const char *name)
{
  FILE *out = fopen(path_of(name), "w");
  if (out == NULL) abort();
  return out;
}

/* A cubic crystal of two elements, CsCl type. */
static void write_structure(const char *name, double a_A, const char *absorber, const char *element)
{
  FILE *out = create(name);
  fprintf(out, "test\n1.0\n%g 0 0\n0 %g 0\n0 0 %g\n%s %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", a_A, a_A, a_A, absorber,
          element);
  fclose(out);
}

static void write_spectrum(const char *name, double first_eV, double last_eV, double edge_eV)
{
  FILE *out = create(name);
  fprintf(out, "Energy (eV),Intensity\n");
  for (double energy_eV = first_eV; energy_eV <= last_eV; energy_eV += 0.1)
    fprintf(out, "%.2f,%.8f\n", energy_eV, synthetic_mu(energy_eV, edge_eV, 1.2, 1.6));
  fclose(out);
}

static const struct {
  const char *file, *name, *element;
  double      a_A;
} STRUCTURE[N_STRUCTURE] = {
    {"CuZn.vasp", "CuZn", "Zn", 2.95}, {"CuPd.vasp", "CuPd", "Pd", 2.99}, {"CuY.vasp", "CuY", "Y", 3.47},
    {"CuS.vasp", "CuS", "S", 2.9},     {"CuO.vasp", "CuO", "O", 2.6},     {"CuBe.vasp", "CuBe", "Be", 2.7},
};

static void write_files(void)
{
  for (int i = 0; i < N_STRUCTURE; i++)
    write_structure(STRUCTURE[i].file, STRUCTURE[i].a_A, "Cu", STRUCTURE[i].element);
  write_structure("nocopper.vasp", 3.0, "Ni", "Zn");
  FILE *out = create("broken.cif");
  fprintf(out, "data_broken\n_cell_length_a what\n");
  fclose(out);
  write_spectrum("standard.csv", 920.0, 985.0, 932.7);
  write_spectrum("short.csv", 926.0, 965.0, 932.7);
  write_spectrum("tiny.csv", 929.0, 934.0, 932.7);
}

/* ---- one run ---------------------------------------------------------------------------------------------------- */

static cuxas_query *make_query(const cuxas_compare_settings *settings)
{
  static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};
  cuxas_query                   *query   = NULL;
  cuxas_error                    err     = {.message = ""};
  double                         mu[N];
  synthetic_curve(MEASURED, 932.0, 1.2, 1.6, mu);
  CHECK_STATUS(cuxas_query_new(MEASURED, mu, &(cuxas_edge_layout){(cuxas_grid){925.0, 0.2, 412}, EDGE, 2}, settings,
                               &query, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return query;
}

static cuxas_match_settings defaults(void)
{
  return (cuxas_match_settings){.compare = cuxas_compare_defaults(), .n_thread = 1};
}

static cuxas_hits *match(const cuxas_catalog *catalog, const cuxas_match_settings *settings, cuxas_progress *progress,
                         void *user)
{
  cuxas_hits  *hits  = NULL;
  cuxas_error  err   = {.message = ""};
  cuxas_model *model = make_edge_model();
  cuxas_query *query = make_query(&settings->compare);
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, settings, &(cuxas_watch){progress, user, NULL}, &hits, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_query_free(query);
  cuxas_model_free(model);
  return hits;
}

static cuxas_catalog *list_folder(void)
{
  const char    *folder  = FOLDER;
  cuxas_catalog *catalog = NULL;
  CHECK_STATUS(cuxas_catalog_list(&folder, 1, false, &catalog, NULL), CUXAS_OK);
  return catalog;
}

static cuxas_hits *match_folder(const cuxas_match_settings *settings)
{
  cuxas_catalog *catalog = list_folder();
  cuxas_hits    *hits    = match(catalog, settings, NULL, NULL);
  cuxas_catalog_free(catalog);
  return hits;
}

static const cuxas_hit *find_hit(const cuxas_hits *hits, const char *name)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].name, name) == 0) return &hits->hit[i];
  CHECK(!"such a hit");
  abort();
}

static bool has_warning(const cuxas_hit *hit, const char *part)
{
  for (int i = 0; i < CUXAS_HIT_MAX_WARNING && hit->warning[i] != NULL; i++)
    if (strstr(hit->warning[i], part) != NULL) return true;
  return false;
}

/* Everything in the results, as text. */
static char *describe(const cuxas_hits *hits)
{
  enum { SIZE = 1 << 16 };
  char  *text = calloc(1, SIZE);
  size_t n    = 0;
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit        *h = &hits->hit[i];
    const cuxas_comparison *c = &h->comparison;
    n += (size_t)snprintf(
        text + n, SIZE - n, "%s %s %s %s %zu %zu %zu %zu %a %a %a %a %a %zu %d %a %a %a %s\n", h->path, h->name,
        h->sha256, h->formula, h->n_absorber, h->n_distinct, h->rank_mae, h->rank_spearman, c->mae, c->spearman,
        c->pearson, c->shift_eV, c->hole_fraction, c->n_compared, c->shift_at_limit, c->predicted_onset[0].energy_eV,
        c->predicted_onset[1].energy_eV, h->delta_to_next, h->warning[0] != NULL ? h->warning[0] : "-");
  }
  for (size_t i = 0; i < hits->n_skipped; i++)
    n += (size_t)snprintf(text + n, SIZE - n, "%s: %s\n", hits->skipped[i].path, hits->skipped[i].reason);
  for (size_t i = 0; i < hits->n_filtered; i++)
    n += (size_t)snprintf(text + n, SIZE - n, "%s: %s\n", hits->filtered[i].path, hits->filtered[i].reason);
  CHECK(n < SIZE);
  return text;
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void test_good_candidates_are_ranked_and_bad_ones_skipped(void)
{
  const cuxas_match_settings settings = defaults();
  cuxas_hits                *hits     = match_folder(&settings);
  CHECK(hits->n_hit == N_STRUCTURE + 2); /* and two standards */
  CHECK(hits->n_skipped == 3);
  CHECK(hits->n_filtered == 0);
  for (size_t i = 0; i < hits->n_hit; i++) {
    CHECK(hits->hit[i].rank == i + 1);
    CHECK(strlen(hits->hit[i].sha256) == 64);
    CHECK(hits->hit[i].shifted == NULL);
  }
  const cuxas_hit *structure = find_hit(hits, "CuZn");
  CHECK(structure->kind == CUXAS_CANDIDATE_STRUCTURE);
  CHECK(structure->n_absorber == 1 && structure->n_distinct == 1);
  CHECK_CONTAINS(structure->formula, "Cu");
  CHECK(structure->comparison.n_compared > 350);
  CHECK_CONTAINS(hits->skipped[0].path, "broken.cif");
  CHECK_CONTAINS(hits->skipped[1].path, "nocopper.vasp");
  CHECK_CONTAINS(hits->skipped[1].reason, "Cu");
  CHECK_CONTAINS(hits->skipped[2].path, "tiny.csv");
  cuxas_hits_free(hits);
}

static void test_standards_are_compared_as_measurements(void)
{
  cuxas_match_settings      settings   = defaults();
  cuxas_preprocess_settings preprocess = cuxas_preprocess_defaults();
  preprocess.smooth_eV                 = 0.0;   /* as the query, which was made, not measured */
  preprocess.crop_max_eV               = 940.0; /* the query's business */
  settings.opt_preprocess              = &preprocess;
  cuxas_hits      *hits                = match_folder(&settings);
  const cuxas_hit *standard = find_hit(hits, "standard"), *part = find_hit(hits, "short");
  CHECK(standard->rank <= 2 && part->rank <= 2); /* the same curve, 0.7 eV higher */
  CHECK(standard->kind == CUXAS_CANDIDATE_SPECTRUM);
  CHECK_TEXT(standard->formula, "");
  CHECK(isnan(standard->domain.distance) && !standard->domain.outside);
  CHECK_NEAR(standard->comparison.shift_eV, -0.7, 0.03);
  CHECK(standard->comparison.mae < 0.01); /* not broadened */
  CHECK(!has_warning(standard, "points"));
  CHECK(has_warning(part, "points"));
  CHECK(part->comparison.n_compared < 200);
  cuxas_hits_free(hits);
}

static void test_results_do_not_depend_on_threads(void)
{
  cuxas_match_settings settings = defaults();
  cuxas_hits          *one      = match_folder(&settings);
  char                *expected = describe(one);
  cuxas_hits_free(one);
  for (int n_thread = 2; n_thread <= 5; n_thread += 3) {
    settings.n_thread  = n_thread;
    cuxas_hits *hits   = match_folder(&settings);
    char       *result = describe(hits);
    CHECK_TEXT(result, expected);
    free(result);
    cuxas_hits_free(hits);
  }
  free(expected);
}

static void test_results_do_not_depend_on_the_order_of_candidates(void)
{
  cuxas_match_settings settings = defaults();
  for (int mode = 0; mode < 2; mode++) {
    settings.compare.shift_mode = mode == 0 ? CUXAS_SHIFT_FIT : CUXAS_SHIFT_COMMON;
    cuxas_catalog *catalog      = list_folder();
    cuxas_hits    *hits         = match(catalog, &settings, NULL, NULL);
    char          *expected     = describe(hits);
    cuxas_hits_free(hits);
    for (size_t i = 0; i < catalog->n_candidate / 2; i++) {
      const cuxas_candidate other                      = catalog->candidate[i];
      catalog->candidate[i]                            = catalog->candidate[catalog->n_candidate - 1 - i];
      catalog->candidate[catalog->n_candidate - 1 - i] = other;
    }
    hits         = match(catalog, &settings, NULL, NULL);
    char *result = describe(hits);
    CHECK_TEXT(result, expected);
    free(result);
    free(expected);
    cuxas_hits_free(hits);
    cuxas_catalog_free(catalog);
  }
}

static void test_common_shift_is_the_median_of_the_structures(void)
{
  cuxas_match_settings settings = defaults();
  cuxas_hits          *own      = match_folder(&settings);
  double               shift_eV[N_STRUCTURE];
  for (int i = 0; i < N_STRUCTURE; i++) shift_eV[i] = find_hit(own, STRUCTURE[i].name)->comparison.shift_eV;
  for (int i = 1; i < N_STRUCTURE; i++)
    for (int k = i; k > 0 && shift_eV[k] < shift_eV[k - 1]; k--) {
      const double higher = shift_eV[k - 1];
      shift_eV[k - 1]     = shift_eV[k];
      shift_eV[k]         = higher;
    }
  CHECK(shift_eV[0] < shift_eV[N_STRUCTURE - 1]);
  settings.compare.shift_mode = CUXAS_SHIFT_COMMON;
  cuxas_hits *common          = match_folder(&settings);
  CHECK(common->n_hit == own->n_hit);
  for (int i = 0; i < N_STRUCTURE; i++) {
    const cuxas_hit *hit = find_hit(common, STRUCTURE[i].name);
    CHECK_NEAR(hit->comparison.shift_eV, shift_eV[(N_STRUCTURE - 1) / 2], 0.0);
    CHECK(!hit->comparison.shift_at_limit);
  }
  CHECK_NEAR(find_hit(common, "standard")->comparison.shift_eV, -0.7, 0.03); /* not an error of theory */
  cuxas_hits_free(own);
  cuxas_hits_free(common);
}

static cuxas_library *predict_folder(const cuxas_model *model, const cuxas_match_settings *settings)
{
  cuxas_catalog *catalog = list_folder();
  cuxas_library *library = NULL;
  CHECK_STATUS(cuxas_catalog_relabel(catalog, FOLDER, "bundled:", NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_library_predict(catalog, model, settings, NULL, &library, NULL), CUXAS_OK);
  cuxas_catalog_free(catalog);
  return library;
}

static void test_a_library_is_predicted_once_and_matched_often(void)
{
  cuxas_match_settings settings = defaults();
  cuxas_model         *model    = make_edge_model();
  CHECK_STATUS(cuxas_composition_parse("Y", &settings.filter.excluded, NULL), CUXAS_OK);
  settings.n_thread      = 2;
  settings.n_keep        = 2;
  cuxas_catalog *catalog = list_folder();
  cuxas_library *library = NULL;
  CHECK_STATUS(cuxas_library_predict(catalog, model, &settings, NULL, &library, NULL), CUXAS_OK);
  for (int i_mode = 0; i_mode < 4; i_mode++) { /* own shifts and a common one, each twice: matching changes nothing */
    settings.compare.shift_mode = i_mode % 2 == 0 ? CUXAS_SHIFT_FIT : CUXAS_SHIFT_COMMON;
    cuxas_query *query          = make_query(&settings.compare);
    cuxas_hits  *once           = NULL;
    CHECK_STATUS(cuxas_match_library(query, library, &settings, &once, NULL), CUXAS_OK);
    cuxas_hits *anew      = match(catalog, &settings, NULL, NULL);
    char       *text_once = describe(once), *text_anew = describe(anew);
    CHECK(once->n_hit > 0 && once->n_skipped == 3 && once->n_filtered == 1);
    CHECK_TEXT(text_once, text_anew);
    for (size_t i = 0; i < once->n_hit; i++) CHECK((once->hit[i].shifted != NULL) == (i < 2));
    CHECK(memcmp(once->hit[0].shifted, anew->hit[0].shifted, N * sizeof(double) / 2) == 0);
    free(text_once);
    free(text_anew);
    cuxas_hits_free(once);
    cuxas_hits_free(anew);
    cuxas_query_free(query);
  }
  cuxas_library_free(library);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

static void test_reports_call_a_candidate_by_its_label(void)
{
  const cuxas_match_settings settings = defaults();
  cuxas_model               *model    = make_edge_model();
  cuxas_library             *library  = predict_folder(model, &settings);
  cuxas_query               *query    = make_query(&settings.compare);
  cuxas_hits                *hits     = NULL;
  CHECK_STATUS(cuxas_match_library(query, library, &settings, &hits, NULL), CUXAS_OK);
  const cuxas_hit *hit = find_hit(hits, "CuZn");
  CHECK_TEXT(hit->label, "bundled:CuZn.vasp");
  CHECK_TEXT(hit->path, path_of("CuZn.vasp"));
  CHECK_TEXT(hits->skipped[0].path, "bundled:broken.cif");
  CHECK(strncmp(hits->skipped[0].reason, "bundled:broken.cif:", 19) == 0);
  CHECK(strstr(hits->skipped[0].reason, FOLDER) == NULL);
  cuxas_hits_free(hits);
  cuxas_query_free(query);
  cuxas_library_free(library);
  cuxas_model_free(model);
}

static void test_a_library_needs_candidates_and_threads(void)
{
  cuxas_match_settings settings = defaults();
  cuxas_model         *model    = make_edge_model();
  cuxas_catalog       *catalog = list_folder(), none = {0, NULL};
  cuxas_library       *library = NULL;
  CHECK_STATUS(cuxas_library_predict(&none, model, &settings, NULL, &library, NULL), CUXAS_ERANGE);
  settings.n_thread = 0;
  CHECK_STATUS(cuxas_library_predict(catalog, model, &settings, NULL, &library, NULL), CUXAS_ERANGE);
  CHECK(library == NULL);
  cuxas_library_free(NULL);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
}

static void test_composition_leaves_out_without_skipping(void)
{
  cuxas_match_settings settings = defaults();
  CHECK_STATUS(cuxas_composition_parse("Zn", &settings.filter.excluded, NULL), CUXAS_OK);
  cuxas_hits *hits = match_folder(&settings);
  CHECK(hits->n_filtered == 2); /* also the one without copper: it is not looked at any further */
  CHECK(hits->n_skipped == 2);
  CHECK(hits->n_hit == N_STRUCTURE + 1);
  CHECK_CONTAINS(hits->filtered[0].path, "CuZn.vasp");
  CHECK_CONTAINS(hits->filtered[0].reason, "Zn");
  cuxas_hits_free(hits);
}

static void test_curves_are_kept_for_the_best_only(void)
{
  cuxas_match_settings settings = defaults();
  settings.n_keep               = 3;
  cuxas_hits *hits              = match_folder(&settings);
  for (size_t i = 0; i < hits->n_hit; i++) CHECK((hits->hit[i].shifted != NULL) == (i < 3));
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < 300; i++) {
    low  = fmin(low, hits->hit[0].shifted[i]);
    high = fmax(high, hits->hit[0].shifted[i]);
  }
  CHECK_NEAR(high - low, 1.0, 0.02); /* scaled */
  cuxas_hits_free(hits);
}

static void test_hole_fraction_is_fitted_for_predictions(void)
{
  cuxas_match_settings settings = defaults();
  settings.compare.fit_hole     = true;
  cuxas_hits *hits              = match_folder(&settings);
  bool        is_mixed          = false;
  for (int i = 0; i < N_STRUCTURE; i++) {
    const double fraction = find_hit(hits, STRUCTURE[i].name)->comparison.hole_fraction;
    CHECK(fraction >= 0.0 && fraction <= 1.0);
    is_mixed = is_mixed || fraction < 1.0;
  }
  CHECK(is_mixed);
  CHECK_NEAR(find_hit(hits, "standard")->comparison.hole_fraction, 1.0, 0.0);
  cuxas_hits_free(hits);
}

static void test_shift_at_the_border_is_warned_of(void)
{
  cuxas_match_settings settings    = defaults();
  settings.compare.center_shift_eV = 0.0;
  settings.compare.window_eV       = 0.5;
  cuxas_hits      *hits            = match_folder(&settings);
  const cuxas_hit *hit             = find_hit(hits, "CuZn"); /* would need about -2.5 eV */
  CHECK(hit->comparison.shift_at_limit);
  CHECK(has_warning(hit, "border"));
  cuxas_hits_free(hits);
}

typedef struct {
  size_t n_call, last, n_total;
  bool   is_rising;
} progress_record;

static void record_progress(size_t n_done, size_t n_total, void *user)
{
  progress_record *record = user;
  record->is_rising       = record->is_rising && n_done == record->last + 1;
  record->last            = n_done;
  record->n_total         = n_total;
  record->n_call++;
}

static void test_progress_rises_by_one(void)
{
  cuxas_match_settings settings = defaults();
  progress_record      record   = {.is_rising = true};
  cuxas_catalog       *catalog  = list_folder();
  settings.n_thread             = 3;
  cuxas_hits *hits              = match(catalog, &settings, record_progress, &record);
  CHECK(record.n_call == catalog->n_candidate);
  CHECK(record.n_total == catalog->n_candidate);
  CHECK(record.is_rising);
  cuxas_hits_free(hits);
  cuxas_catalog_free(catalog);
}

static void test_impossible_requests_are_refused(void)
{
  cuxas_match_settings settings = defaults();
  cuxas_catalog       *catalog = list_folder(), none = {0};
  cuxas_model         *model = make_edge_model();
  cuxas_query         *query = make_query(&settings.compare);
  cuxas_hits          *hits  = NULL;
  cuxas_error          err;
  CHECK_STATUS(cuxas_match_catalog(query, &none, model, &settings, NULL, &hits, &err), CUXAS_ERANGE);
  settings.n_thread = 0;
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &hits, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "threads");
  settings.n_thread        = 1;
  settings.compare.fwhm_eV = -2.0;
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &hits, &err), CUXAS_ERANGE);
  settings.compare.fwhm_eV = 1.0;
  query->n_edge            = 1;
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &hits, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "edges");
  query->n_edge = 2;
  memcpy(query->edge[1].name, "M4", 3);
  CHECK_STATUS(cuxas_match_catalog(query, catalog, model, &settings, NULL, &hits, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "M4");
  CHECK(hits == NULL);
  cuxas_query_free(query);
  cuxas_model_free(model);
  cuxas_catalog_free(catalog);
}

static void test_all_skipped_is_no_failure(void)
{
  const cuxas_match_settings settings = defaults();
  const char                *path     = path_of("broken.cif");
  cuxas_catalog             *catalog  = NULL;
  CHECK_STATUS(cuxas_catalog_list(&path, 1, false, &catalog, NULL), CUXAS_OK);
  cuxas_hits *hits = match(catalog, &settings, NULL, NULL);
  CHECK(hits->n_hit == 0);
  CHECK(hits->n_skipped == 1);
  cuxas_hits_free(hits);
  cuxas_catalog_free(catalog);
}

static void remove_files(void)
{
  cuxas_catalog *catalog = list_folder();
  for (size_t i = 0; i < catalog->n_candidate; i++) unlink(catalog->candidate[i].path);
  cuxas_catalog_free(catalog);
  rmdir(FOLDER);
}

int main(void)
{
  if (mkdtemp(FOLDER) == NULL) return 1;
  write_files();
  RUN(test_good_candidates_are_ranked_and_bad_ones_skipped);
  RUN(test_standards_are_compared_as_measurements);
  RUN(test_results_do_not_depend_on_threads);
  RUN(test_results_do_not_depend_on_the_order_of_candidates);
  RUN(test_common_shift_is_the_median_of_the_structures);
  RUN(test_a_library_is_predicted_once_and_matched_often);
  RUN(test_reports_call_a_candidate_by_its_label);
  RUN(test_a_library_needs_candidates_and_threads);
  RUN(test_composition_leaves_out_without_skipping);
  RUN(test_curves_are_kept_for_the_best_only);
  RUN(test_hole_fraction_is_fitted_for_predictions);
  RUN(test_shift_at_the_border_is_warned_of);
  RUN(test_progress_rises_by_one);
  RUN(test_impossible_requests_are_refused);
  RUN(test_all_skipped_is_no_failure);
  remove_files();
  return CHECK_REPORT();
}
