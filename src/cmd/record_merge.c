/* cuxas-refdb records merge: files of records, of one process each, made one file; what is missing or double is told.
 *
 *   joining  in the order of names and sites, so that the result does not depend on how sites were shared out
 *   missing  of structures, or of the crystals in the records themselves
 *   all */
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

#include <errno.h>
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
