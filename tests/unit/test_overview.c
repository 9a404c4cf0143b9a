#include "check.h"

#include "base/random.h"
#include "report/overview.h"

#include <math.h>
#include <stdbool.h>

/* A report's members that an overview looks at. */
static const char REPORT[] =
    "{\"measured\": {\"warnings\": [\"one\", \"two\"]}, \"verdict\": {\"kind\": \"open\"}, \"skipped\": [{}],"
    " \"candidates\": ["
    "  {\"name\": \"CuO\", \"formula\": \"CuO\", \"mae\": 0.05, \"spearman\": 0.9, \"shift_eV\": -2.5, \"warnings\": "
    "[\"three\"]},"
    "  {\"name\": \"far\", \"formula\": null, \"mae\": 0.08, \"spearman\": 0.8, \"shift_eV\": 0, \"warnings\": []},"
    "  {\"name\": \"near\", \"formula\": null, \"mae\": 0.04, \"spearman\": 0.7, \"shift_eV\": 0, \"warnings\": "
    "[\"no\"]}]}";

static cuxas_overview_row make_row(const char *json)
{
  cuxas_overview_row row    = {.scan = strdup("day 1/<a>,b.csv"), .stem = strdup("<a>,b#1")};
  cJSON             *report = cJSON_Parse(json);
  CHECK(report != NULL);
  CHECK_STATUS(cuxas_overview_row_fill(report, &row, NULL), CUXAS_OK);
  cJSON_Delete(report);
  return row;
}

static char *print(void write(const cuxas_overview_row *row, size_t n_row, FILE *out), const cuxas_overview_row *row,
                   size_t n_row)
{
  enum { SIZE = 400000 };
  char *text = calloc(1, SIZE);
  FILE *out  = tmpfile();
  if (text == NULL || out == NULL) abort();
  write(row, n_row, out);
  rewind(out);
  CHECK(fread(text, 1, SIZE - 1, out) < SIZE - 1);
  fclose(out);
  return text;
}

static void write_page(const cuxas_overview_row *row, size_t n_row, FILE *out)
{
  cJSON *settings = cJSON_Parse("{\"range\": null, \"fwhm\": 1, \"exclude\": \"<b>\"}");
  CHECK_STATUS(cuxas_overview_write_html(row, n_row, settings, out, NULL), CUXAS_OK);
  cJSON_Delete(settings);
}

static void test_a_row_has_the_best_and_its_margin(void)
{
  cuxas_overview_row row = make_row(REPORT);
  CHECK_TEXT(row.best, "CuO");
  CHECK_TEXT(row.formula, "CuO");
  CHECK_TEXT(row.next, "near"); /* smallest MAE of the others, not the second by rank */
  CHECK_NEAR(row.margin, -0.01, 1e-12);
  CHECK_NEAR(row.mae, 0.05, 0.0);
  CHECK_NEAR(row.spearman, 0.9, 0.0);
  CHECK_NEAR(row.shift_eV, -2.5, 0.0);
  CHECK_TEXT(row.verdict, "open");
  CHECK_TEXT(row.warnings, "one; two; three");
  CHECK(row.n_compared == 3 && row.n_skipped == 1);
  cuxas_overview_row_clear(&row);
  CHECK(row.best == NULL && row.scan == NULL);
}

static void test_one_candidate_has_no_margin(void)
{
  cuxas_overview_row row = make_row("{\"candidates\": [{\"name\": \"CuO\", \"mae\": 0.05}], \"verdict\": {}}");
  CHECK(row.next == NULL && isnan(row.margin) && isnan(row.spearman));
  CHECK_TEXT(row.formula, "");
  CHECK_TEXT(row.warnings, "");
  cuxas_overview_row_clear(&row);
}

static void test_no_candidate_is_a_row_too(void)
{
  cuxas_overview_row row = make_row("{\"candidates\": [], \"verdict\": {\"kind\": \"empty\"}}");
  CHECK(row.best == NULL && row.next == NULL && isnan(row.mae) && row.n_compared == 0);
  char *page = print(write_page, &row, 1), *text = print(cuxas_overview_write_text, &row, 1);
  CHECK_CONTAINS(page, "empty");
  CHECK_CONTAINS(text, "empty");
  free(page);
  free(text);
  cuxas_overview_row_clear(&row);
}

static size_t count_fields(const char *line)
{
  size_t n         = 1;
  bool   is_quoted = false;
  for (; *line != '\0' && *line != '\n'; line++) {
    if (*line == '"') is_quoted = !is_quoted;
    n += *line == ',' && !is_quoted;
  }
  return n;
}

static void test_csv_has_as_many_fields_in_every_line(void)
{
  cuxas_overview_row row[2] = {
      make_row(REPORT), {.scan = strdup("b.csv"), .stem = strdup("b"), .reason = strdup("b.csv:1: \"no\", never")}};
  char *text = print(cuxas_overview_write_csv, row, 2);
  CHECK(strncmp(text, CUXAS_OVERVIEW_CSV_HEADER "\n", strlen(CUXAS_OVERVIEW_CSV_HEADER) + 1) == 0);
  const size_t n_field = count_fields(text);
  const char  *first = strchr(text, '\n') + 1, *second = strchr(first, '\n') + 1;
  CHECK(n_field == 33);
  CHECK(count_fields(first) == n_field);
  CHECK(count_fields(second) == n_field);
  CHECK_CONTAINS(text, "\"day 1/<a>,b.csv\",CuO,CuO,0.05,0.9,-0.01,near,-2.5,open,3,1,one; two; "
                       "three,,,,,,,,,,,,,,,,,,,,\"<a>,b#1\",\n");
  CHECK_CONTAINS(text, "b.csv,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\"b.csv:1: \"\"no\"\", never\"\n");
  free(text);
  for (int i = 0; i < 2; i++) cuxas_overview_row_clear(&row[i]);
}

static void test_names_stay_text_in_a_page(void)
{
  cuxas_overview_row row[2] = {make_row(REPORT),
                               {.scan = strdup("b.csv"), .stem = strdup("b"), .reason = strdup("<i>bad</i>")}};
  char              *page   = print(write_page, row, 2);
  CHECK_CONTAINS(page, "href=\"%3Ca%3E%2Cb%231.html\""); /* a link to a file, not to a place in one */
  CHECK_CONTAINS(page, "&lt;a&gt;,b.csv");
  CHECK_CONTAINS(page, "&lt;i&gt;bad&lt;/i&gt;");
  CHECK_CONTAINS(page, "<code>fwhm 1, exclude &quot;&lt;b&gt;&quot;</code>");
  CHECK(strstr(page, "<i>bad") == NULL && strstr(page, "<a>,") == NULL && strstr(page, "href=\"b.html\"") == NULL);
  CHECK_CONTAINS(page, "2 scans: 0 with a compound that is favoured, 1 failed.");
  free(page);
  for (int i = 0; i < 2; i++) cuxas_overview_row_clear(&row[i]);
}

static void test_text_fits_in_100_columns(void)
{
  cuxas_overview_row row[2] = {make_row(REPORT),
                               {.scan = strdup("b.csv"), .stem = strdup("b"), .reason = strdup("why")}};
  char              *text   = print(cuxas_overview_write_text, row, 2);
  for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) CHECK(strcspn(line, "\n") <= 100);
  CHECK_CONTAINS(text, "-0.010");
  CHECK_CONTAINS(text, "failed: why");
  free(text);
  for (int i = 0; i < 2; i++) cuxas_overview_row_clear(&row[i]);
}

/* A scan whose white line stands at an energy, with noise; shares as of a sum of standards. */
static cuxas_overview_row make_scan(double peak_eV, double noise, uint64_t seed, const char *rest)
{
  enum { SIZE = 12000 };
  char  *json = calloc(1, SIZE);
  size_t n    = 0;
  if (json == NULL) abort();
  n += (size_t)snprintf(json, SIZE,
                        "{\"candidates\": [], \"verdict\": {\"kind\": \"open\"}, %s\"picture\": {\"start_eV\": 925.2, "
                        "\"step_eV\": 0.4, \"measured\": [",
                        rest);
  for (int i = 0; i < 100; i++) {
    const double energy_eV = 925.2 + 0.4 * i, away = (energy_eV - peak_eV) / 0.8;
    n += (size_t)snprintf(json + n, SIZE - n, "%s%.4f", i > 0 ? ", " : "",
                          1.0 / (1.0 + away * away) + noise * random_normal(&seed));
  }
  snprintf(json + n, SIZE - n, "], \"candidate\": []}}");
  cuxas_overview_row row = make_row(json);
  free(json);
  return row;
}

static void test_scans_that_differ_by_noise_are_equal_and_moved_ones_are_not(void)
{
  cuxas_overview_row row[5] = {make_scan(931.0, 0.01, 1, ""),
                               make_scan(931.0, 0.01, 2, ""),
                               make_scan(931.15, 0.01, 3, ""),
                               make_scan(931.0, 0.03, 4, ""),
                               {.scan = strdup("b.csv"), .stem = strdup("b"), .reason = strdup("why")}};
  size_t             first[5];
  cuxas_overview_find_equal(row, 5, first);
  CHECK(first[0] == 0 && first[1] == 0 && first[2] == 2 && first[3] == 0 && first[4] == 4);
  char *page = print(write_page, row, 5);
  CHECK_CONTAINS(page, "<li>3: ");
  CHECK_CONTAINS(page, "<path class=\"measured\" d=\"M0.0 ");
  CHECK(strstr(page, "id=\"series\"") == NULL); /* four are too few */
  free(page);
  for (int i = 0; i < 5; i++) cuxas_overview_row_clear(&row[i]);
}

/* The best sum of standards is one that does not agree, or does. */
static void test_a_share_is_of_a_standard_that_agrees(void)
{
  for (int agrees = 0; agrees < 2; agrees++) {
    char rest[400];
    snprintf(rest, sizeof rest,
             "\"answer\": {\"kind\": \"compound\"}, \"standards\": {\"candidates\": [{\"name\": \"Cu2O\", \"score\": "
             "%d}]}, \"standards_mixture\": {\"fits\": [{\"chosen\": true, \"components\": [{\"name\": \"Cu2O\", "
             "\"share\": 1}]}]},",
             agrees ? 30 : 5);
    cuxas_overview_row row = make_scan(931.0, 0.0, 1, rest);
    CHECK(row.n_share == (size_t)agrees);
    cuxas_overview_row_clear(&row);
  }
}

static void test_five_scans_are_a_series(void)
{
  const char *const rest =
      "\"answer\": {\"kind\": \"mixture\", \"sentence\": \"Cu(I).\", \"surroundings\": {\"oxidation_state\": {\"0\": "
      "0, \"1\": 0.9, "
      "\"2\": 0.1}, \"coordination\": {\"2\": 0.7, \"4\": 0.3}, \"ligand\": {\"oxide\": 0.8}, \"distance_A\": "
      "{\"mean\": 1.85, \"sd\": 0.1}}, \"edge\": {\"L3\": {\"onset_eV\": {\"value\": 931.25, \"sd\": 0.02}}}},"
      "\"standards_mixture\": {\"fits\": [{\"chosen\": true, \"components\": [{\"name\": \"Cu2O\", \"share\": "
      "0.75, \"interval\": [0.7, 0.8]}]}]},";
  cuxas_overview_row row[5];
  for (int i = 0; i < 5; i++) row[i] = make_scan(931.0 + 0.2 * i, 0.0, 1, rest);
  CHECK_TEXT(row[0].around, "Cu(I) 90 %, 2-fold 70 %, oxide 80 %, 1.85 \xC3\x85");
  CHECK_NEAR(row[0].number[CUXAS_OVERVIEW_ONSET], 931.25, 0.0);
  CHECK(row[0].n_share == 1 && strcmp(row[0].share[0].name, "Cu2O") == 0 && fabs(row[0].share[0].high - 0.8) < 1e-12);
  char *page = print(write_page, row, 5), *csv = print(cuxas_overview_write_csv, row, 5);
  CHECK_CONTAINS(page, "id=\"series\"");
  CHECK(strstr(page, "id=\"scans\"") < strstr(page, "id=\"series\"")); /* answers first */
  CHECK_CONTAINS(page, "Cu(I).<br><small>Cu(I) 90 %");
  CHECK_CONTAINS(csv, ",0,0.9,0.1,931.25,0.02,");
  free(page);
  free(csv);
  for (int i = 0; i < 5; i++) cuxas_overview_row_clear(&row[i]);
}

int main(void)
{
  RUN(test_a_row_has_the_best_and_its_margin);
  RUN(test_one_candidate_has_no_margin);
  RUN(test_no_candidate_is_a_row_too);
  RUN(test_csv_has_as_many_fields_in_every_line);
  RUN(test_names_stay_text_in_a_page);
  RUN(test_text_fits_in_100_columns);
  RUN(test_scans_that_differ_by_noise_are_equal_and_moved_ones_are_not);
  RUN(test_a_share_is_of_a_standard_that_agrees);
  RUN(test_five_scans_are_a_series);
  return CHECK_REPORT();
}
