/* record_merge.c - cuxas-refdb records merge: files of records, of one process each, made one file; what is missing or double is
 * told. And cuxas-refdb records info: what such files hold.
 *
 *   joining  in the order of names and sites, so that the result does not depend on how sites were shared out
 *   missing  of structures, or of the crystals in the records themselves
 *   all
 *   info */
#include "cmd/record_merge.h"

#include "base/json.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/sites.h"
#include "cuxas/catalog.h"
#include "base/elements.h"
#include "cuxas/output.h"
#include "records/record_file.h"
#include "records/record_text.h"
#include "write/text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "cuxas-refdb"

/* ---- joining ---------------------------------------------------------------------------------------------------- */

/* A record of one of the files. */
typedef struct {
  const char *id;
  size_t      site, i_file, i;
} part;

typedef struct {
  const cuxas_options *options;
  size_t               n_file;
  cuxas_record_file  **file; /* (n_file), owned */
  size_t               n_part;
  part                *part; /* (n_part) by id, site, file */
  cuxas_record_file   *whole;
  size_t               n_same, n_different, n_missing;
} merging;

static int by_site(const void *left, const void *right)
{
  const part *a = left, *b = right;
  const int   order = strcmp(a->id, b->id);
  if (order != 0) return order;
  if (a->site != b->site) return a->site < b->site ? -1 : 1;
  return (a->i_file > b->i_file) - (a->i_file < b->i_file);
}

static cuxas_status read_files(merging *work, cuxas_error *err)
{
  work->file = cuxas_new(err, cuxas_options_n_argument(work->options), sizeof *work->file);
  if (work->file == NULL) return CUXAS_ENOMEM;
  for (; work->n_file < cuxas_options_n_argument(work->options); work->n_file++) {
    const char *path = cuxas_options_argument(work->options, work->n_file);
    if (access(path, R_OK) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
    const cuxas_status status = cuxas_record_file_read(path, &work->file[work->n_file], err);
    if (status != CUXAS_OK) return status;
    work->n_part += cuxas_record_file_count(work->file[work->n_file]);
  }
  if ((work->part = cuxas_new(err, work->n_part, sizeof *work->part)) == NULL) return CUXAS_ENOMEM;
  size_t n = 0;
  for (size_t i_file = 0; i_file < work->n_file; i_file++)
    for (size_t i = 0; i < cuxas_record_file_count(work->file[i_file]); i++, n++) {
      work->part[n] = (part){.i_file = i_file, .i = i};
      cuxas_record_file_text(work->file[i_file], i, &work->part[n].id, &work->part[n].site);
    }
  qsort(work->part, work->n_part, sizeof *work->part, by_site);
  return CUXAS_OK;
}

static cuxas_status join_parts(merging *work, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < work->n_part && status == CUXAS_OK; i++) {
    const part  *one    = &work->part[i];
    const size_t before = work->n_different;
    cuxas_error  reason = {.message = ""};
    status = cuxas_record_file_join(work->whole, work->file[one->i_file], one->i, &work->n_same, &work->n_different,
                                    &reason);
    if (status != CUXAS_OK)
      cuxas_fail(err, status, "%s: %.800s", cuxas_options_argument(work->options, one->i_file), reason.message);
    if (work->n_different > before && !cuxas_options_flag(work->options, "quiet"))
      cuxas_print_note(PROGRAM, "double: %s, site %zu, has other spectra in %s than before; the first stay", one->id,
                       one->site, cuxas_options_argument(work->options, one->i_file));
  }
  return status;
}

/* ---- missing ---------------------------------------------------------------------------------------------------- */

static bool is_there(const merging *work, const char *id, size_t site)
{
  size_t low = 0, high = work->n_part;
  while (low < high) { /* the first part that is not before */
    const size_t middle = low + (high - low) / 2;
    const int    order  = strcmp(work->part[middle].id, id);
    if (order < 0 || (order == 0 && work->part[middle].site < site))
      low = middle + 1;
    else
      high = middle;
  }
  return low < work->n_part && work->part[low].site == site && strcmp(work->part[low].id, id) == 0;
}

/* tell_missing() - on standard output, so that it can be worked on */
static void tell_missing(merging *work, const char *id, size_t site)
{
  if (work->n_missing++ == 0) puts("missing,site");
  printf("%s,%zu\n", id, site);
}

static cuxas_status look_in_structures(merging *work, const char *folder, cuxas_error *err)
{
  cuxas_catalog *catalog = NULL;
  site_list     *list    = NULL;
  const int      element = cuxas_element_number(cuxas_options_text(work->options, "element"));
  cuxas_status   status = cuxas_catalog_list(&folder, 1, cuxas_options_flag(work->options, "recursive"), &catalog, err);
  if (status == CUXAS_OK) status = cuxas_site_list_new(catalog, element, CUXAS_SYMPREC_A, SIZE_MAX, &list, err);
  for (size_t i = 0; status == CUXAS_OK && i < list->n_site; i++) {
    const char *id = list->structure[list->site[i].i_structure].candidate->name;
    if (!is_there(work, id, list->site[i].site)) tell_missing(work, id, list->site[i].site);
  }
  cuxas_site_list_free(list);
  cuxas_catalog_free(catalog);
  return status;
}

/* look_in_crystal() - the distinct absorbers of a record's crystal that no record of its id, [first, end), is of */
static cuxas_status look_in_crystal(merging *work, size_t first, size_t end, cuxas_error *err)
{
  const part    *one     = &work->part[first];
  cuxas_crystal *crystal = NULL;
  cuxas_orbits  *orbits  = NULL;
  cJSON         *record  = cJSON_Parse(cuxas_record_file_text(work->file[one->i_file], one->i, NULL, NULL));
  cuxas_status   status =
      record != NULL ? cuxas_record_crystal_parse(record, one->id, &crystal, err) : cuxas_no_memory(err);
  if (status == CUXAS_OK && one->site >= crystal->n_site)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no site %zu", one->id, one->site);
  if (status == CUXAS_OK)
    status = cuxas_symmetry_find_orbits(crystal, crystal->atomic_number[one->site], CUXAS_SYMPREC_A, &orbits, err);
  for (size_t k = 0; status == CUXAS_OK && k < orbits->n_orbit; k++) {
    size_t i = first;
    while (i < end && !(work->part[i].site < crystal->n_site && orbits->orbit_of[work->part[i].site] == k)) i++;
    if (i == end) tell_missing(work, one->id, orbits->first_site[k]);
  }
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  cJSON_Delete(record);
  return status;
}

static cuxas_status look_for_missing(merging *work, cuxas_error *err)
{
  const char  *folder = cuxas_options_text(work->options, "structures");
  cuxas_status status = CUXAS_OK;
  if (folder != NULL) return look_in_structures(work, folder, err);
  for (size_t first = 0, end; first < work->n_part && status == CUXAS_OK; first = end) {
    for (end = first; end < work->n_part && strcmp(work->part[end].id, work->part[first].id) == 0;) end++;
    status = look_in_crystal(work, first, end, err);
  }
  return status;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_merge(const cuxas_options *options, bool *ret_is_complete, cuxas_error *err)
{
  merging      work = {.options = options, .whole = cuxas_record_file_new()};
  const char  *path = cuxas_options_text(options, "output");
  cuxas_status status;
  if (path == NULL) cuxas_options_usage_error(options, "no file for the merged records; give --output FILE");
  if (cuxas_element_number(cuxas_options_text(options, "element")) == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
  if (work.whole == NULL) return cuxas_no_memory(err);
  if ((status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK ||
      (status = read_files(&work, err)) != CUXAS_OK || (status = join_parts(&work, err)) != CUXAS_OK ||
      (status = look_for_missing(&work, err)) != CUXAS_OK ||
      (status = cuxas_record_file_write(work.whole, path, err)) != CUXAS_OK)
    goto done;
  *ret_is_complete = work.n_missing + work.n_different == 0;
  if (!cuxas_options_flag(options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu sites in %s; %zu missing; double spectra: %zu alike, %zu different",
                     cuxas_record_file_count(work.whole), path, work.n_missing, work.n_same, work.n_different);
done:
  for (size_t i = 0; i < work.n_file; i++) cuxas_record_file_free(work.file[i]);
  free(work.file);
  free(work.part);
  cuxas_record_file_free(work.whole);
  return status;
}

/* ---- info ------------------------------------------------------------------------------------------------------- */

enum { MAX_KIND = 32, KEY_SIZE = 32, CODE_SIZE = 96 };

/* Curves of one edge and channel. */
typedef struct {
  char   key[KEY_SIZE];   /* "L3_screened" */
  char   code[CODE_SIZE]; /* of the first that names one; "" */
  size_t n_curve, n_unconverged;
  double low_eV, high_eV;
} curve_kind;

typedef struct {
  size_t     n_record, n_compound;
  char     **compound; /* (n_compound) formulas, each once */
  size_t     n_kind;
  curve_kind kind[MAX_KIND];
} summary;

static cuxas_status count_compound(summary *sum, const char *formula, cuxas_error *err)
{
  for (size_t i = 0; i < sum->n_compound; i++)
    if (strcmp(sum->compound[i], formula) == 0) return CUXAS_OK;
  char **grown = cuxas_grow(err, sum->compound, sum->n_compound + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  sum->compound = grown;
  if ((grown[sum->n_compound] = cuxas_copy_text(err, formula)) == NULL) return CUXAS_ENOMEM;
  sum->n_compound++;
  return CUXAS_OK;
}

/* count_curve() - an object with energy and mu is a curve, whatever its name */
static void count_curve(summary *sum, const cJSON *curve)
{
  size_t       i      = 0;
  const cJSON *energy = cJSON_GetObjectItemCaseSensitive(curve, "energy");
  const cJSON *code   = cJSON_GetObjectItemCaseSensitive(curve, "code");
  const int    n      = cJSON_GetArraySize(energy);
  if (!cJSON_IsObject(curve) || !cJSON_IsArray(energy) || n == 0 || strlen(curve->string) >= KEY_SIZE) return;
  while (i < sum->n_kind && strcmp(sum->kind[i].key, curve->string) != 0) i++;
  if (i == MAX_KIND) return;
  curve_kind *kind = &sum->kind[i];
  if (i == sum->n_kind) {
    *kind = (curve_kind){.low_eV = INFINITY, .high_eV = -INFINITY};
    memcpy(kind->key, curve->string, strlen(curve->string) + 1);
    sum->n_kind++;
  }
  kind->n_curve++;
  if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(curve, "scf_converged"))) kind->n_unconverged++;
  if (kind->code[0] == '\0' && cJSON_IsString(code)) snprintf(kind->code, sizeof kind->code, "%s", code->valuestring);
  kind->low_eV  = fmin(kind->low_eV, cJSON_GetArrayItem(energy, 0)->valuedouble);
  kind->high_eV = fmax(kind->high_eV, cJSON_GetArrayItem(energy, n - 1)->valuedouble);
}

static cuxas_status read_file(const char *path, summary *sum, cuxas_error *err)
{
  cuxas_record_file *file   = NULL;
  cuxas_status       status = CUXAS_OK;
  if (access(path, R_OK) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  status = cuxas_record_file_read(path, &file, err);
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_record_file_count(file); i++) {
    char        where[CUXAS_MESSAGE_SIZE / 2];
    const char *formula = NULL, *id;
    size_t      site;
    cJSON      *object = cJSON_Parse(cuxas_record_file_text(file, i, &id, &site));
    snprintf(where, sizeof where, "%s: %s, site %zu", path, id, site);
    if (object == NULL)
      status = cuxas_fail_at(err, cuxas_no_memory(err), where);
    else if ((status = cuxas_json_string(object, "formula", &formula, where, err)) == CUXAS_OK)
      status = count_compound(sum, formula, err);
    if (status == CUXAS_OK) {
      const cJSON *member;
      sum->n_record++;
      cJSON_ArrayForEach(member, object) count_curve(sum, member);
    }
    cJSON_Delete(object);
  }
  cuxas_record_file_free(file);
  return status;
}

static void print_text(const summary *sum)
{
  printf("records    %zu\ncompounds  %zu\n", sum->n_record, sum->n_compound);
  printf("%-14s %7s %7s %22s  %s\n", "curves", "number", "not scf", "energies / eV", "code");
  for (size_t i = 0; i < sum->n_kind; i++) {
    const curve_kind *kind = &sum->kind[i];
    printf("%-14s %7zu %7zu %10.1f - %9.1f  %s\n", kind->key, kind->n_curve, kind->n_unconverged, kind->low_eV,
           kind->high_eV, kind->code[0] != '\0' ? kind->code : "-");
  }
}

static cuxas_status print_json(const summary *sum, cuxas_error *err)
{
  cuxas_json_builder builder = {0};
  cJSON             *report  = cJSON_CreateObject();
  cuxas_json_put_tool(&builder, report, "cuxas-refdb");
  cuxas_json_put_count(&builder, report, "records", sum->n_record);
  cuxas_json_put_count(&builder, report, "compounds", sum->n_compound);
  cJSON *curves = cuxas_json_put_array(&builder, report, "curves");
  for (size_t i = 0; i < sum->n_kind; i++) {
    const curve_kind *kind = &sum->kind[i];
    cJSON            *item = cuxas_json_put_object(&builder, curves, NULL);
    cuxas_json_put_text(&builder, item, "name", kind->key);
    cuxas_json_put_count(&builder, item, "number", kind->n_curve);
    cuxas_json_put_count(&builder, item, "unconverged", kind->n_unconverged);
    cuxas_json_put_number(&builder, item, "low_eV", kind->low_eV);
    cuxas_json_put_number(&builder, item, "high_eV", kind->high_eV);
    cuxas_json_put_text(&builder, item, "code", kind->code[0] != '\0' ? kind->code : NULL);
  }
  const cuxas_status status = cuxas_json_write(builder.failed ? NULL : report, true, stdout, err);
  cJSON_Delete(report);
  return status;
}

cuxas_status cuxas_record_info(const cuxas_options *options, cuxas_error *err)
{
  summary      sum    = {0};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_options_n_argument(options); i++)
    status = read_file(cuxas_options_argument(options, i), &sum, err);
  if (status == CUXAS_OK && cuxas_options_flag(options, "json"))
    status = print_json(&sum, err);
  else if (status == CUXAS_OK)
    print_text(&sum);
  for (size_t i = 0; i < sum.n_compound; i++) free(sum.compound[i]);
  free(sum.compound);
  return status;
}
