/* serve_overview.c - several dropped files side by side on the page of cuxas-match --serve, as --out-dir has them in a folder
 *
 * Contents: 1. rows  2. as the page shows them  3. packed  4. answers */
#include "cmd/serve_overview.h"

#include "report/stored.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/outputs.h"
#include "cmd/serve_dropped.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

/* 1. rows */

static const char *const REPORT_SUFFIX[] = {"json", "csv", "html"};
enum { N_REPORT = sizeof REPORT_SUFFIX / sizeof *REPORT_SUFFIX };

void cuxas_page_overview_clear(cuxas_page_overview *overview)
{
  for (size_t i = 0; i < overview->n_row; i++) {
    for (size_t k = 0; k < N_REPORT && overview->row[i].reason == NULL; k++) {
      char *path = cuxas_path_join(overview->folder, overview->row[i].stem, REPORT_SUFFIX[k]);
      if (path != NULL) unlink(path);
      free(path);
    }
    cuxas_overview_row_clear(&overview->row[i]);
  }
  free(overview->row);
  cJSON_Delete(overview->settings);
  *overview = (cuxas_page_overview){0};
}

static bool is_taken(const cuxas_page_overview *overview, const char *stem)
{
  bool is_it = strcmp(stem, "overview") == 0; /* the name of what shows them all */
  for (size_t i = 0; i < overview->n_row; i++) is_it |= strcmp(overview->row[i].stem, stem) == 0;
  return is_it;
}

/* What its reports are called: scan, scan-2 and so on where files have the same name. */
static char *find_stem(const cuxas_page_overview *overview, const char *name, cuxas_error *err)
{
  char  plain[CUXAS_DROPPED_NAME_SIZE];
  char *stem, *numbered;
  cuxas_dropped_plain_name(name, plain);
  if ((stem = cuxas_path_stem(plain)) == NULL) return cuxas_no_memory(err), NULL;
  if (!is_taken(overview, stem)) return stem;
  for (size_t i = 2; (numbered = cuxas_print_text(err, "%s-%zu", stem, i)) != NULL && is_taken(overview, numbered); i++)
    free(numbered);
  free(stem);
  return numbered;
}

static cuxas_status new_row(cuxas_page_overview *overview, const char *name, cuxas_overview_row **ret_row,
                            cuxas_error *err)
{
  if (overview->n_row == overview->n_room) {
    const size_t        n_room = 2 * overview->n_room + 8;
    cuxas_overview_row *grown  = cuxas_grow(err, overview->row, n_room, sizeof *grown);
    if (grown == NULL) return CUXAS_ENOMEM;
    overview->row    = grown;
    overview->n_room = n_room;
  }
  cuxas_overview_row *row = &overview->row[overview->n_row];
  *row = (cuxas_overview_row){.scan = cuxas_copy_text(err, name), .stem = find_stem(overview, name, err)};
  if (row->scan == NULL || row->stem == NULL) return cuxas_overview_row_clear(row), CUXAS_ENOMEM;
  overview->n_row++;
  *ret_row = row;
  return CUXAS_OK;
}

cuxas_status cuxas_page_overview_add(cuxas_page_overview *overview, const char *folder, const char *name,
                                     const cuxas_report *opt_report, const char *reason, cuxas_error *err)
{
  cuxas_overview_row *row    = NULL;
  cuxas_status        status = new_row(overview, name, &row, err);
  if (status != CUXAS_OK) return status;
  snprintf(overview->folder, sizeof overview->folder, "%s", folder);
  if (opt_report == NULL) return (row->reason = cuxas_copy_text(err, reason)) != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  cJSON *tree = cuxas_report_json(opt_report);
  status      = tree != NULL ? cuxas_overview_row_fill(tree, row, err) : cuxas_no_memory(err);
  cJSON_Delete(tree);
  if (status == CUXAS_OK) status = cuxas_report_share_settings(&overview->settings, opt_report->settings, err);
  return status == CUXAS_OK ? cuxas_outputs_write_folder(folder, row->stem, true, opt_report, err) : status;
}

/* 2. as the page shows them */

static cJSON *tell_row(const cuxas_overview_row *row)
{
  cJSON *tree = cJSON_CreateObject();
  cuxas_json_add(tree, "scan", cJSON_CreateString(row->scan));
  if (row->reason != NULL) {
    cuxas_json_add(tree, "reason", cJSON_CreateString(row->reason));
  } else {
    cuxas_json_add(tree, "best", cJSON_CreateString(row->best != NULL ? row->best : ""));
    cuxas_json_add(tree, "mae", cJSON_CreateNumber(row->mae));
    cuxas_json_add(tree, "shift_eV", cJSON_CreateNumber(row->shift_eV));
    cuxas_json_add(tree, "verdict", cJSON_CreateString(row->verdict != NULL ? row->verdict : ""));
    cuxas_json_add(tree, "answer", cJSON_CreateString(row->answer != NULL ? row->answer : ""));
  }
  return tree;
}

/* As text that the caller frees. */
static cuxas_status write_rows(const cuxas_page_overview *overview, bool is_page, bool is_alone, char **ret_text,
                               size_t *ret_n_byte, cuxas_error *err)
{
  FILE        *out    = open_memstream(ret_text, ret_n_byte);
  cuxas_status status = CUXAS_OK;
  if (out == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < overview->n_row; i++) overview->row[i].is_alone = is_alone;
  if (is_page)
    status = cuxas_overview_write_html(overview->row, overview->n_row, overview->settings, out, err);
  else
    cuxas_overview_write_csv(overview->row, overview->n_row, out);
  if (fclose(out) != 0 && status == CUXAS_OK) status = cuxas_no_memory(err);
  if (status != CUXAS_OK) free(*ret_text);
  return status;
}

/* 3. packed */

/* Same reports, same bytes: the time is that of no clock. The source is the archive's, or freed. */
static bool pack_one(zip_t *archive, const char *name, zip_source_t *source)
{
  enum { FIRST_OF_1980 = 0x21 };
  const zip_int64_t index = source != NULL ? zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0 && source != NULL) zip_source_free(source);
  return index >= 0 && zip_file_set_dostime(archive, (zip_uint64_t)index, 0, FIRST_OF_1980, 0) == 0;
}

static bool pack_overview(const cuxas_page_overview *overview, zip_t *archive)
{
  for (int is_page = 0; is_page < 2; is_page++) {
    char  *text   = NULL;
    size_t n_byte = 0;
    if (write_rows(overview, is_page, false, &text, &n_byte, NULL) != CUXAS_OK) return false;
    zip_source_t *source = zip_source_buffer(archive, text, n_byte, 1);
    if (source == NULL) free(text);
    if (!pack_one(archive, is_page ? "overview.html" : "overview.csv", source)) return false;
  }
  return true;
}

static bool pack_reports(const cuxas_page_overview *overview, zip_t *archive)
{
  bool is_packed = true;
  for (size_t i = 0; i < N_REPORT * overview->n_row && is_packed; i++) {
    const cuxas_overview_row *row = &overview->row[i / N_REPORT];
    if (row->reason != NULL) continue;
    char *path = cuxas_path_join(overview->folder, row->stem, REPORT_SUFFIX[i % N_REPORT]);
    is_packed  = path != NULL && pack_one(archive, strrchr(path, '/') + 1, zip_source_file(archive, path, 0, -1));
    free(path);
  }
  return is_packed;
}

/* What a source holds, as bytes that the caller frees; NULL: no memory */
static char *take_bytes(zip_source_t *source, size_t *ret_n_byte)
{
  zip_stat_t about;
  char      *bytes = NULL;
  if (zip_source_open(source) != 0) return NULL;
  if (zip_source_stat(source, &about) == 0 && (about.valid & ZIP_STAT_SIZE) != 0 &&
      (bytes = cuxas_new(NULL, about.size, 1)) != NULL && zip_source_read(source, bytes, about.size) < 0) {
    free(bytes);
    bytes = NULL;
  }
  zip_source_close(source);
  *ret_n_byte = bytes != NULL ? about.size : 0;
  return bytes;
}

static cuxas_status pack(const cuxas_page_overview *overview, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  zip_source_t *target  = zip_source_buffer_create(NULL, 0, 0, NULL);
  zip_t        *archive = target != NULL ? zip_open_from_source(target, ZIP_TRUNCATE, NULL) : NULL;
  *ret_bytes            = NULL;
  if (archive == NULL) {
    if (target != NULL) zip_source_free(target);
    return cuxas_no_memory(err);
  }
  zip_source_keep(target); /* beyond the archive's end */
  if (!pack_overview(overview, archive) || !pack_reports(overview, archive))
    zip_discard(archive);
  else if (zip_close(archive) != 0)
    zip_discard(archive);
  else
    *ret_bytes = take_bytes(target, ret_n_byte);
  zip_source_free(target);
  return *ret_bytes != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_EIO, "the reports cannot be packed");
}

/* 4. answers */

cuxas_status cuxas_page_overview_answer(const cuxas_page_overview *overview, const char *opt_form,
                                        cuxas_server_reply *to, cuxas_error *err)
{
  static const char *const FORM[][2] = {
      {"csv", "text/csv; charset=utf-8"}, {"html", "text/html; charset=utf-8"}, {"zip", "application/zip"}};
  char        *text   = NULL;
  size_t       n_byte = 0, i = 0;
  cuxas_status status;
  while (i < sizeof FORM / sizeof *FORM && (opt_form == NULL || strcmp(FORM[i][0], opt_form) != 0)) i++;
  if (i == sizeof FORM / sizeof *FORM) {
    cJSON *list = cJSON_CreateArray();
    for (size_t k = 0; k < overview->n_row; k++) cuxas_json_add(list, NULL, tell_row(&overview->row[k]));
    cuxas_server_answer_tree(to, MHD_HTTP_OK, list);
    return CUXAS_OK;
  }
  status = i == 2 ? pack(overview, &text, &n_byte, err) : write_rows(overview, i == 1, i == 1, &text, &n_byte, err);
  if (status != CUXAS_OK) return status;
  *to = (cuxas_server_reply){.code = MHD_HTTP_OK, .type = FORM[i][1], .bytes = text, .n_byte = n_byte};
  snprintf(to->file_name, sizeof to->file_name, "%s.%s", i == 2 ? "reports" : "overview", FORM[i][0]);
  return CUXAS_OK;
}
