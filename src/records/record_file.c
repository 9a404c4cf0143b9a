/* Every record is kept as the text of its line and taken apart only when it changes: a file of thousands of records
 * costs its own size and no more. */
#include "records/record_file.h"
#include "base/gzip.h"

#include "base/json.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "cuxas/records.h"
#include "spectrum/formats.h"
#include "records/record_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SITE_INDEX = 100000, ENERGY_DIGITS = 7, MU_DIGITS = 5 };
#define SAME_STRUCTURE 1e-3 /* angstrom for axes, fractions of an axis for positions */

typedef struct {
  char   id[CUXAS_RECORD_ID_SIZE];
  size_t site;
  char  *text; /* the line, without its end */
} record_line;

struct cuxas_record_file {
  size_t       n_line;
  record_line *line;
};

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for training records");
}

/* curve_key() - the member that holds a curve, "L3" or "L3_screened" */
static void curve_key(const char *edge, cuxas_channel channel, char *ret_key, size_t size)
{
  snprintf(ret_key, size, "%s%s", edge, channel == CUXAS_CHANNEL_SCREENED_HOLE ? "_screened" : "");
}

static record_line *find_line(const cuxas_record_file *file, const char *id, size_t site)
{
  for (size_t i = 0; i < file->n_line; i++)
    if (file->line[i].site == site && strcmp(file->line[i].id, id) == 0) return &file->line[i];
  return NULL;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static cuxas_status append_line(cuxas_record_file *file, const char *id, size_t site, const char *text,
                                cuxas_error *err)
{
  record_line *grown = cuxas_grow_array(file->line, file->n_line + 1, sizeof *grown);
  if (grown == NULL) return no_memory(err);
  file->line       = grown;
  record_line line = {.site = site, .text = cuxas_copy_string(text)};
  if (line.text == NULL) return no_memory(err);
  memcpy(line.id, id, strlen(id) + 1);
  file->line[file->n_line++] = line;
  return CUXAS_OK;
}

static cuxas_status add_text(cuxas_record_file *file, const char *text, const char *where, cuxas_error *err)
{
  const char  *id     = NULL;
  size_t       site   = 0;
  cJSON       *object = cJSON_ParseWithOpts(text, NULL, 1);
  cuxas_status status = CUXAS_OK;
  if (!cJSON_IsObject(object))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  else if ((status = cuxas_json_string(object, "id", &id, where, err)) == CUXAS_OK &&
           (status = cuxas_json_count(object, "site", 0, MAX_SITE_INDEX, &site, where, err)) == CUXAS_OK) {
    if (strlen(id) >= CUXAS_RECORD_ID_SIZE)
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: \"id\" is too long", where);
    else if (find_line(file, id, site) != NULL)
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %s, site %zu, is there a second time", where, id, site);
    else
      status = append_line(file, id, site, text, err);
  }
  cJSON_Delete(object);
  return status;
}

cuxas_record_file *cuxas_record_file_new(void)
{
  return cuxas_new_array(1, sizeof(cuxas_record_file));
}

cuxas_status cuxas_record_file_read(const char *path, cuxas_record_file **ret_file, cuxas_error *err)
{
  cuxas_text   text   = {0};
  cuxas_status status = CUXAS_OK;
  *ret_file           = NULL;

  cuxas_record_file *file = cuxas_record_file_new();
  if (file == NULL) return no_memory(err);
  if (access(path, F_OK) == 0) status = cuxas_gzip_read_text(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[CUXAS_MESSAGE_SIZE / 2];
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    status = add_text(file, text.line[i], where, err);
  }
  cuxas_text_free(&text);
  if (status == CUXAS_OK)
    *ret_file = file;
  else
    cuxas_record_file_free(file);
  return status;
}

void cuxas_record_file_free(cuxas_record_file *file)
{
  if (file == NULL) return;
  for (size_t i = 0; i < file->n_line; i++) free(file->line[i].text);
  free(file->line);
  free(file);
}

size_t cuxas_record_file_count(const cuxas_record_file *file)
{
  return file->n_line;
}

bool cuxas_record_file_has(const cuxas_record_file *file, const char *id, size_t site, const char *edge,
                           cuxas_channel channel)
{
  char               key[CUXAS_EDGE_NAME_SIZE + 16];
  const record_line *line = find_line(file, id, site);
  if (line == NULL) return false;
  curve_key(edge, channel, key, sizeof key);
  cJSON     *object = cJSON_Parse(line->text);
  const bool has    = object != NULL && cuxas_json_has(object, key);
  cJSON_Delete(object);
  return has;
}

/* ---- putting ---------------------------------------------------------------------------------------------------- */

static cuxas_status check(const cuxas_record_site *site, const cuxas_record_spectrum *spectrum, cuxas_error *err)
{
  if (site->id[0] == '\0' || strlen(site->id) >= CUXAS_RECORD_ID_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "\"%s\": an id has 1 to %d bytes", site->id, CUXAS_RECORD_ID_SIZE - 1);
  if (site->site >= site->crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: no site %zu among %zu", site->id, site->site, site->crystal->n_site);
  if (spectrum->edge[0] == '\0' || strlen(spectrum->edge) >= CUXAS_EDGE_NAME_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: \"%s\" is no name for an edge", site->id, spectrum->edge);
  if (!(spectrum->edge_step > 0.0 && isfinite(spectrum->edge_step)) || !(spectrum->core_hole_width_eV >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "%s: edge step %g, core-hole width %g eV", site->id, spectrum->edge_step,
                      spectrum->core_hole_width_eV);
  for (size_t i = 0; i < spectrum->n_point; i++) {
    if (!isfinite(spectrum->energy_eV[i]) || !isfinite(spectrum->mu[i]) ||
        (spectrum->opt_mu0 != NULL && !isfinite(spectrum->opt_mu0[i])))
      return cuxas_fail(err, CUXAS_ENUMERIC, "%s: point %zu of the spectrum is not finite", site->id, i);
    if (i > 0 && !(spectrum->energy_eV[i] > spectrum->energy_eV[i - 1]))
      return cuxas_fail(err, CUXAS_ERANGE, "%s: energies do not rise at point %zu", site->id, i);
  }
  return CUXAS_OK;
}

/* add() - a member of an object; false: it could not be made or added */
static bool add(cJSON *object, const char *name, cJSON *item)
{
  if (item != NULL && cJSON_AddItemToObject(object, name, item)) return true;
  cJSON_Delete(item);
  return false;
}

static cJSON *make_numbers(const double *value, size_t n, int n_digit)
{
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; array != NULL && i < n; i++) {
    cJSON *item = cuxas_record_number(value[i], n_digit);
    if (item == NULL || !cJSON_AddItemToArray(array, item)) {
      cJSON_Delete(item);
      cJSON_Delete(array);
      return NULL;
    }
  }
  return array;
}

/* make_curve() - the object of one edge and channel; NULL: no memory */
static cJSON *make_curve(const cuxas_record_spectrum *spectrum)
{
  cJSON *curve = cJSON_CreateObject();
  if (curve == NULL) return NULL;
  bool is_made = add(curve, "energy", make_numbers(spectrum->energy_eV, spectrum->n_point, ENERGY_DIGITS)) &&
                 add(curve, "mu", make_numbers(spectrum->mu, spectrum->n_point, MU_DIGITS));
  if (is_made && spectrum->opt_mu0 != NULL)
    is_made = add(curve, "mu0", make_numbers(spectrum->opt_mu0, spectrum->n_point, MU_DIGITS));
  is_made = is_made && add(curve, "edge_step", cuxas_record_number(spectrum->edge_step, MU_DIGITS));
  if (is_made && isfinite(spectrum->fermi_eV))
    is_made = add(curve, "fermi", cuxas_record_number(spectrum->fermi_eV, MU_DIGITS));
  is_made = is_made && add(curve, "core_hole_width", cuxas_record_number(spectrum->core_hole_width_eV, MU_DIGITS)) &&
            (!spectrum->is_self_consistent || add(curve, "scf_converged", cJSON_CreateTrue()));
  if (is_made && spectrum->opt_code != NULL) is_made = add(curve, "code", cJSON_CreateString(spectrum->opt_code));
  if (is_made) return curve;
  cJSON_Delete(curve);
  return NULL;
}

/* make_record() - a record without curves; NULL: no memory */
static cJSON *make_record(const cuxas_record_site *site)
{
  char   formula[CUXAS_FORMULA_SIZE];
  cJSON *record = cJSON_CreateObject();
  if (record == NULL) return NULL;
  cuxas_crystal_formula(site->crystal, formula);
  bool is_made = add(record, "id", cJSON_CreateString(site->id)) &&
                 add(record, "formula", cJSON_CreateString(formula)) &&
                 add(record, "site", cJSON_CreateNumber((double)site->site));
  if (is_made && site->multiplicity > 0)
    is_made = add(record, "multiplicity", cJSON_CreateNumber((double)site->multiplicity));
  if (is_made && cuxas_record_crystal_put(record, site->crystal, NULL) == CUXAS_OK) return record;
  cJSON_Delete(record);
  return NULL;
}

static bool is_same_structure(const cuxas_crystal *a, const cuxas_crystal *b)
{
  if (a->n_site != b->n_site) return false;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (fabs(a->lattice_A[i][j] - b->lattice_A[i][j]) > SAME_STRUCTURE) return false;
  for (size_t i = 0; i < a->n_site; i++) {
    if (a->atomic_number[i] != b->atomic_number[i]) return false;
    for (int j = 0; j < 3; j++)
      if (fabs(a->fractional[i][j] - b->fractional[i][j]) > SAME_STRUCTURE) return false;
  }
  return true;
}

/* open_record() - the object of a line, after a look at whether it is the same structure */
static cuxas_status open_record(const record_line *line, const cuxas_record_site *site, cJSON **ret_record,
                                cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cJSON         *record  = cJSON_Parse(line->text);
  if (record == NULL) return no_memory(err);
  cuxas_status status = cuxas_record_crystal_parse(record, site->id, &crystal, err);
  if (status == CUXAS_OK && !is_same_structure(crystal, site->crystal))
    status = cuxas_fail(err, CUXAS_ERANGE, "%s, site %zu: the records hold another structure under this name", site->id,
                        site->site);
  cuxas_crystal_free(crystal);
  if (status == CUXAS_OK)
    *ret_record = record;
  else
    cJSON_Delete(record);
  return status;
}

/* set_curve() - puts the curve into the record; takes it over, also on failure */
static cuxas_status set_curve(cJSON *record, const char *key, cJSON *curve, cuxas_error *err)
{
  if (!cJSON_HasObjectItem(record, key)) return add(record, key, curve) ? CUXAS_OK : no_memory(err);
  if (cJSON_ReplaceItemInObjectCaseSensitive(record, key, curve)) return CUXAS_OK;
  cJSON_Delete(curve);
  return no_memory(err);
}

cuxas_status cuxas_record_file_put(cuxas_record_file *file, const cuxas_record_site *site,
                                   const cuxas_record_spectrum *spectrum, cuxas_record_change *opt_change,
                                   cuxas_error *err)
{
  char         key[CUXAS_EDGE_NAME_SIZE + 16];
  cJSON       *record = NULL, *curve = NULL;
  char        *text   = NULL;
  record_line *line   = find_line(file, site->id, site->site);
  cuxas_status status = check(site, spectrum, err);
  if (status != CUXAS_OK) return status;

  curve_key(spectrum->edge, spectrum->channel, key, sizeof key);
  if (line != NULL)
    status = open_record(line, site, &record, err);
  else if ((record = make_record(site)) == NULL)
    status = no_memory(err);
  if (status != CUXAS_OK) return status;

  cuxas_record_change change = cJSON_HasObjectItem(record, key) ? CUXAS_RECORD_REPLACED : CUXAS_RECORD_ADDED;
  if ((curve = make_curve(spectrum)) == NULL)
    status = no_memory(err);
  else
    status = set_curve(record, key, curve, err);
  if (status == CUXAS_OK && (text = cJSON_PrintUnformatted(record)) == NULL) status = no_memory(err);
  if (status == CUXAS_OK && line == NULL)
    status = append_line(file, site->id, site->site, text, err);
  else if (status == CUXAS_OK) {
    if (strcmp(line->text, text) == 0) change = CUXAS_RECORD_SAME;
    char *copy = cuxas_copy_string(text);
    if (copy != NULL) {
      free(line->text);
      line->text = copy;
    } else {
      status = no_memory(err);
    }
  }
  cJSON_free(text);
  cJSON_Delete(record);
  if (status == CUXAS_OK && opt_change != NULL) *opt_change = change;
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_file_parse(const cuxas_record_file *file, int absorber, const char *const *edge_name,
                                     size_t n_edge, cuxas_records **ret_records, cuxas_error *err)
{
  cuxas_records *records = NULL;
  *ret_records           = NULL;
  cuxas_status status    = cuxas_records_begin(edge_name, n_edge, &records, err);
  for (size_t i = 0; i < file->n_line && status == CUXAS_OK; i++) {
    char where[CUXAS_RECORD_ID_SIZE + 64];
    snprintf(where, sizeof where, "record of %s, site %zu", file->line[i].id, file->line[i].site);
    status = cuxas_records_add_line(records, file->line[i].text, absorber, 0, where, err);
  }
  if (status == CUXAS_OK)
    *ret_records = records;
  else
    cuxas_records_free(records);
  return status;
}

cuxas_status cuxas_record_file_pick(const cuxas_record_file *from, const char *id, size_t site, const char *sha256,
                                    cuxas_record_file *to, cuxas_error *err)
{
  const record_line *line = find_line(from, id, site);
  if (line == NULL) return cuxas_fail(err, CUXAS_ERANGE, "%s, site %zu: no such record", id, site);
  if (find_line(to, id, site) != NULL) return CUXAS_OK;
  cJSON *record = cJSON_Parse(line->text), *member = NULL;
  if (record == NULL) return no_memory(err);
  cJSON_ArrayForEach(member, record) cJSON_DeleteItemFromObjectCaseSensitive(member, "mu0");
  cJSON_DeleteItemFromObjectCaseSensitive(record, "structure_sha256");
  char        *text   = NULL;
  cuxas_status status = CUXAS_OK;
  if (!add(record, "structure_sha256", cJSON_CreateString(sha256)) || (text = cJSON_PrintUnformatted(record)) == NULL)
    status = no_memory(err);
  if (status == CUXAS_OK) status = append_line(to, id, site, text, err);
  cJSON_free(text);
  cJSON_Delete(record);
  return status;
}

/* write_packed() - all lines as one gzip member */
static cuxas_status write_packed(const cuxas_record_file *file, FILE *out, cuxas_error *err)
{
  char  *text = NULL, *packed = NULL;
  size_t n_text = 0, n_packed = 0;
  for (size_t i = 0; i < file->n_line; i++) n_text += strlen(file->line[i].text) + 1;
  if ((text = cuxas_new_array(n_text + 1, 1)) == NULL) return no_memory(err);
  char *end = text;
  for (size_t i = 0; i < file->n_line; i++) end += sprintf(end, "%s\n", file->line[i].text);
  const cuxas_status status = cuxas_gzip_pack(text, n_text, &packed, &n_packed, err);
  if (status == CUXAS_OK) fwrite(packed, 1, n_packed, out);
  free(packed);
  free(text);
  return status;
}

static bool is_packed_name(const char *path)
{
  const size_t n = strlen(path);
  return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

cuxas_status cuxas_record_file_write(const cuxas_record_file *file, const char *path, cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, true, err);
  if (status != CUXAS_OK) return status;
  if (is_packed_name(path))
    status = write_packed(file, output.stream, err);
  else
    for (size_t i = 0; i < file->n_line; i++) fprintf(output.stream, "%s\n", file->line[i].text);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}
