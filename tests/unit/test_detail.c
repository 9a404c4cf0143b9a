/* test_detail.c - the parts of a hit add up to it; a page is written whatever was found */
#include "check.h"
#include "match/answer.h"
#include "match/library.h"
#include "match/detail.h"
#include "cuxas/report.h"
#include "edge_model.h"
#include "spectrum/edge_shape.h"
#include "synthetic.h"

#include <unistd.h>

enum { N = 372 };
static const cuxas_grid        MEASURED = {925.0, 0.2, N};
static const cuxas_edge_window EDGE[2]  = {{"L3", 0.0}, {"L2", 20.0}};

static char FOLDER[] = "/tmp/cuxas-test-detail-XXXXXX";
static char STRUCTURE[64], SPECTRUM[64];

/* Cu at the corner with O close by, two more Cu that a mirror maps on each other: two orbits, of 1 and 2 sites. */
static void write_structure(double c_A)
{
  FILE *out = fopen(STRUCTURE, "w");
  if (out == NULL) abort();
  fprintf(out, "two sites\n1.0\n4 0 0\n0 4 0\n0 0 %g\nCu O\n3 1\nDirect\n0 0 0\n0.5 0.5 0.3\n0.5 0.5 0.7\n0 0 0.5\n",
          c_A);
  fclose(out);
}

static void write_spectrum(void)
{
  FILE *out = fopen(SPECTRUM, "w");
  if (out == NULL) abort();
  fprintf(out, "Energy (eV),Intensity\n");
  for (int i = 0; i < 900; i++)
    fprintf(out, "%.2f,%.8f\n", 920.0 + 0.1 * i, synthetic_mu(920.0 + 0.1 * i, 932.5, 1.2, 1.6));
  fclose(out);
}

/* A match of both files, with one model. */
typedef struct {
  cuxas_model         *model;
  cuxas_match_settings settings;
  cuxas_query         *query;
  cuxas_hits          *hits;
} example;

static void make_example(example *e, cuxas_model *model, cuxas_scale scale, bool fit_hole)
{
  const char *const path[]  = {STRUCTURE, SPECTRUM};
  cuxas_catalog    *catalog = NULL;
  double            mu[N];

  *e                        = (example){.model = model};
  e->settings               = (cuxas_match_settings){.compare = cuxas_compare_defaults(), .n_thread = 1, .n_keep = 5};
  e->settings.compare.scale = scale;
  e->settings.compare.fit_hole = fit_hole;
  write_structure(6.0);
  synthetic_curve(MEASURED, 932.0, 1.2, 1.6, mu);
  CHECK_STATUS(
      cuxas_query_new(MEASURED, mu, &(cuxas_edge_layout){model->grid, EDGE, 2}, &e->settings.compare, &e->query, NULL),
      CUXAS_OK);
  CHECK_STATUS(cuxas_catalog_list(path, 2, false, &catalog, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_match_catalog(e->query, catalog, model, &e->settings, NULL, &e->hits, NULL), CUXAS_OK);
  if (e->hits == NULL || e->hits->n_hit != 2) {
    printf("    %s\n", e->hits != NULL && e->hits->n_skipped > 0 ? e->hits->skipped[0].reason : "no match");
    abort();
  }
  cuxas_catalog_free(catalog);
}

static void free_example(example *e)
{
  cuxas_hits_free(e->hits);
  cuxas_query_free(e->query);
  cuxas_model_free(e->model);
}

static const cuxas_hit *find(const example *e, cuxas_candidate_kind kind)
{
  return &e->hits->hit[e->hits->hit[0].kind == kind ? 0 : 1];
}

static void test_sites_add_up_to_the_hit(void)
{
  for (int scale = CUXAS_SCALE_MINMAX; scale <= CUXAS_SCALE_LEAST_SQUARES; scale++)
    for (int fit_hole = 0; fit_hole < 2; fit_hole++) {
      example       e;
      cuxas_detail *detail = NULL;
      make_example(&e, make_edge_model(), (cuxas_scale)scale, fit_hole);
      const cuxas_hit *hit = find(&e, CUXAS_CANDIDATE_STRUCTURE);
      CHECK_STATUS(cuxas_detail_new(e.query, e.model, &e.settings.compare, hit, &detail, NULL), CUXAS_OK);
      CHECK(detail != NULL && detail->n_site == 2 && detail->sigma == NULL);
      if (detail != NULL && detail->n_site == 2) {
        CHECK_NEAR(detail->site[0].weight, 1.0 / 3.0, 1e-12);
        CHECK_NEAR(detail->site[1].weight, 2.0 / 3.0, 1e-12);
        CHECK(detail->site[0].site_index == 0 && detail->site[1].site_index == 1);
        double worst = 0.0, contrast = 0.0;
        for (size_t i = 0; i < e.query->grid.n_energy; i++) {
          const double first = detail->site[0].mu[i], second = detail->site[1].mu[i];
          worst    = fmax(worst, fabs(first / 3.0 + 2.0 * second / 3.0 - hit->shifted[i]));
          contrast = fmax(contrast, fabs(first - second));
        }
        CHECK_NEAR(worst, 0.0, 1e-6); /* the structure's curve is float32 */
        CHECK(contrast > 1e-3);       /* else the sum would say nothing */
      }
      cuxas_detail_free(detail);
      free_example(&e);
    }
}

static void test_a_spectrum_has_no_sites(void)
{
  example       e;
  cuxas_detail *detail = NULL;
  make_example(&e, make_edge_model(), CUXAS_SCALE_MINMAX, false);
  CHECK_STATUS(
      cuxas_detail_new(e.query, e.model, &e.settings.compare, find(&e, CUXAS_CANDIDATE_SPECTRUM), &detail, NULL),
      CUXAS_OK);
  CHECK(detail != NULL && detail->n_site == 0 && detail->sigma == NULL);
  cuxas_detail_free(detail);
  free_example(&e);
}

static void test_a_file_that_changed_or_went_is_refused(void)
{
  example       e;
  cuxas_detail *detail = NULL;
  cuxas_error   err;
  make_example(&e, make_edge_model(), CUXAS_SCALE_MINMAX, false);
  const cuxas_hit *hit = find(&e, CUXAS_CANDIDATE_STRUCTURE);
  write_structure(6.1);
  CHECK_STATUS(cuxas_detail_new(e.query, e.model, &e.settings.compare, hit, &detail, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "changed while it was being matched");
  remove(STRUCTURE);
  CHECK_STATUS(cuxas_detail_new(e.query, e.model, &e.settings.compare, hit, &detail, &err), CUXAS_EIO);
  CHECK(detail == NULL);
  free_example(&e);
}

static void test_an_ensemble_has_a_spread(void)
{
  cuxas_model *model = NULL;
  if (access("refdb/models/cu-l23.cuxas", R_OK) != 0) SKIP("no model is bundled");
  CHECK_STATUS(cuxas_model_read("refdb/models/cu-l23.cuxas", &model, NULL), CUXAS_OK);
  if (model == NULL) return;
  example       e;
  cuxas_detail *detail = NULL;
  make_example(&e, model, CUXAS_SCALE_MINMAX, false);
  CHECK_STATUS(
      cuxas_detail_new(e.query, e.model, &e.settings.compare, find(&e, CUXAS_CANDIDATE_STRUCTURE), &detail, NULL),
      CUXAS_OK);
  if (model->head[0].n_member > 1) {
    double largest = 0.0;
    CHECK(detail->sigma != NULL);
    for (size_t i = 0; i < e.query->grid.n_energy; i++) {
      CHECK(detail->sigma[i] >= 0.0);
      largest = fmax(largest, detail->sigma[i]);
    }
    CHECK(largest > 1e-4 && largest < 1.0);
  }
  cuxas_detail_free(detail);
  free_example(&e);
}

/* -- reports -- */

typedef enum { WHOLE, WITHOUT_DETAIL, WITHOUT_CURVES, WITHOUT_HITS } completeness;

/* Page, figure and Markdown of a match, or of less and less of it. */
static void write_report(const example *e, completeness how_much, char **ret_page)
{
  cuxas_measured_info info      = {.n_point = N, .min_eV = 925.0, .max_eV = 999.2};
  cuxas_prepared      prepared  = {0};
  cuxas_hits          hits      = *e->hits;
  cuxas_hit           bare[2]   = {e->hits->hit[0], e->hits->hit[1]};
  cuxas_detail       *detail[2] = {NULL, NULL};
  cJSON              *command = cJSON_CreateArray(), *settings = cJSON_CreateObject();
  cuxas_error         err;
  size_t              n_byte;

  for (size_t i = 0; i < 2; i++) {
    bare[i].shifted = NULL;
    CHECK_STATUS(cuxas_detail_new(e->query, e->model, &e->settings.compare, &hits.hit[i], &detail[i], &err), CUXAS_OK);
  }
  if (how_much == WITHOUT_CURVES) hits.hit = bare;
  if (how_much == WITHOUT_HITS) hits.n_hit = 0;
  const cuxas_report report = {.program       = "cuxas-match",
                               .command       = command,
                               .settings      = settings,
                               .measured_path = "scan.csv",
                               .measured      = &info,
                               .prepared      = &prepared,
                               .query         = e->query,
                               .model         = e->model,
                               .compare       = e->settings.compare,
                               .hits          = &hits,
                               .answer        = &(cuxas_answer){.kind = CUXAS_ANSWER_SURROUNDINGS},
                               .shape         = &(cuxas_edge_shape){0},
                               .n_detail      = how_much == WHOLE ? 2 : 0,
                               .detail        = detail};
  FILE              *page   = open_memstream(ret_page, &n_byte);
  CHECK_STATUS(cuxas_report_write_html(&report, page, &err), CUXAS_OK);
  fclose(page);
  for (int format = CUXAS_FIGURE_SVG; format <= CUXAS_FIGURE_PNG; format++) {
    FILE *nowhere = fopen("/dev/null", "w");
    CHECK_STATUS(cuxas_report_write_figure(&report, (cuxas_figure_format)format, nowhere, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_report_write_markdown(&report, nowhere, &err), CUXAS_OK);
    fclose(nowhere);
  }
  for (size_t i = 0; i < 2; i++) cuxas_detail_free(detail[i]);
  cJSON_Delete(command);
  cJSON_Delete(settings);
}

static void test_a_page_shows_what_there_is(void)
{
  static const struct {
    completeness how_much;
    bool         has_ranking, has_plots, has_sites;
  } CASE[] = {{WHOLE, true, true, true},
              {WITHOUT_DETAIL, true, true, false},
              {WITHOUT_CURVES, true, false, false},
              {WITHOUT_HITS, false, false, false}};
  example e;
  make_example(&e, make_edge_model(), CUXAS_SCALE_MINMAX, false);
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    char *page = NULL;
    write_report(&e, CASE[i].how_much, &page);
    CHECK((strstr(page, "id=\"ranking\"") != NULL) == CASE[i].has_ranking);
    CHECK((strstr(page, "id=\"panels\"") != NULL) == CASE[i].has_plots);
    CHECK((strstr(page, "id=\"sites\"") != NULL) == CASE[i].has_sites);
    CHECK_CONTAINS(page, "id=\"trust\"");
    CHECK_CONTAINS(page, "id=\"provenance\"");
    CHECK_CONTAINS(page, "</html>\n");
    free(page);
  }
  free_example(&e);
}

static void test_the_same_match_gives_the_same_page(void)
{
  example e;
  char   *first = NULL, *second = NULL;
  make_example(&e, make_edge_model(), CUXAS_SCALE_MINMAX, false);
  write_report(&e, WHOLE, &first);
  write_report(&e, WHOLE, &second);
  CHECK(strcmp(first, second) == 0);
  free(first);
  free(second);
  free_example(&e);
}

int main(void)
{
  if (mkdtemp(FOLDER) == NULL) return 1;
  snprintf(STRUCTURE, sizeof STRUCTURE, "%s/two-sites.vasp", FOLDER);
  snprintf(SPECTRUM, sizeof SPECTRUM, "%s/standard.csv", FOLDER);
  write_spectrum();
  RUN(test_sites_add_up_to_the_hit);
  RUN(test_a_spectrum_has_no_sites);
  RUN(test_a_file_that_changed_or_went_is_refused);
  RUN(test_an_ensemble_has_a_spread);
  RUN(test_a_page_shows_what_there_is);
  RUN(test_the_same_match_gives_the_same_page);
  remove(STRUCTURE);
  remove(SPECTRUM);
  rmdir(FOLDER);
  return CHECK_REPORT();
}
