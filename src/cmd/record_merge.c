/* record_merge.c - cuxas-refdb records merge: files of records, of one process each, made one file; what is missing or double is
 * told. And cuxas-refdb records info: what such files hold.
 *
 *   joining   in the order of names and sites, so that the result does not depend on how sites were shared out
 *   missing   of structures, or of the crystals in the records themselves
 *   choosing  of compounds, and of spectra that are as spectra should be
 *   writing   as they are, or as small as training needs them
 *   all
 *   info      curves; sites: oxidation states, coordination numbers, ligands, elements; against: how far apart the spectra
 *             are from those of the same sites in another file */
#include "cmd/outputs.h"
#include "cmd/record_merge.h"

#include "base/json.h"
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/sites.h"
#include "crystal/oxidation.h"
#include "cuxas/catalog.h"
#include "base/elements.h"
#include "base/gzip.h"
#include "cuxas/output.h"
#include "cuxas/records.h"
#include "records/dataset.h"
#include "records/record_file.h"
#include "records/record_text.h"
#include "records/split.h"
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
  size_t               n_same, n_different, n_missing, n_excluded, n_implausible;
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
    const char *id = list->structure[list->site[i].i_structure].id;
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

/* ---- choosing --------------------------------------------------------------------------------------------------- */

/* is_listed() - whether a table has the composition of a record */
static cuxas_status is_listed(const char *table, const cJSON *record, const char *id, bool *ret_is_listed,
                              cuxas_error *err)
{
  cuxas_record   one     = {.id = "", .site = 0};
  cuxas_records  records = {.n_record = 1, .record = &one};
  cuxas_crystal *crystal = NULL;
  cuxas_status   status  = cuxas_record_crystal_parse(record, id, &crystal, err);
  if (status == CUXAS_OK) {
    cuxas_crystal_formula(crystal, one.formula);
    status         = cuxas_split_refuse(&records, 1, table, err);
    *ret_is_listed = status == CUXAS_EUNSUPPORTED;
    if (*ret_is_listed) status = CUXAS_OK;
  }
  cuxas_crystal_free(crystal);
  return status;
}

static bool is_curve(const cJSON *member)
{
  return cJSON_IsObject(member) && cJSON_HasObjectItem(member, "energy");
}

/* Bounds that no simulation of a solid breaks by nature: white lines of single-coordinated fluorides reach 25. */
#define LEAST_MU (-0.05)
#define LARGEST_MU 60.0
#define TAIL_EV 15.0 /* the last so many eV, where mu is near the step */
#define LEAST_TAIL 0.6
#define LARGEST_TAIL 1.5

/* find_fault() - what is wrong with a curve; NULL: nothing */
static const char *find_fault(const cJSON *curve)
{
  const cJSON *energy = cJSON_GetObjectItemCaseSensitive(curve, "energy"),
              *mu     = cJSON_GetObjectItemCaseSensitive(curve, "mu");
  const int n         = cJSON_GetArraySize(energy);
  if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(curve, "scf_converged"))) return "potentials did not converge";
  if (n < 4 || cJSON_GetArraySize(mu) != n) return "energies and mu do not match";
  const double last_eV   = cJSON_GetArrayItem(energy, n - 1)->valuedouble;
  double       before_eV = -INFINITY, sum = 0.0;
  size_t       n_tail = 0;
  for (const cJSON *e = energy->child, *m = mu->child; e != NULL; e = e->next, m = m->next) {
    if (!(e->valuedouble > before_eV)) return "energies do not rise";
    if (!(m->valuedouble >= LEAST_MU && m->valuedouble <= LARGEST_MU)) return "mu out of bounds";
    if (e->valuedouble > last_eV - TAIL_EV) {
      sum += m->valuedouble;
      n_tail++;
    }
    before_eV = e->valuedouble;
  }
  sum /= (double)n_tail;
  return sum >= LEAST_TAIL && sum <= LARGEST_TAIL ? NULL : "mu is not near the step at its end";
}

/* choose() - is the record wanted? */
static cuxas_status choose(merging *work, const cJSON *record, const char *id, size_t site, bool *ret_is_wanted,
                           cuxas_error *err)
{
  const char *exclude = cuxas_options_text(work->options, "exclude"), *only = cuxas_options_text(work->options, "only");
  bool        is_left_out = false, is_asked_for = true;
  cuxas_status status = CUXAS_OK;
  const cJSON *member;
  if (exclude != NULL) status = is_listed(exclude, record, id, &is_left_out, err);
  if (status == CUXAS_OK && only != NULL) status = is_listed(only, record, id, &is_asked_for, err);
  if (status != CUXAS_OK) return status;
  *ret_is_wanted = is_asked_for && !is_left_out;
  work->n_excluded += !*ret_is_wanted;
  if (!*ret_is_wanted || !cuxas_options_flag(work->options, "screen")) return CUXAS_OK;
  cJSON_ArrayForEach(member, record)
  {
    const char *fault = is_curve(member) ? find_fault(member) : NULL;
    if (fault == NULL) continue;
    cuxas_print_note(PROGRAM, "left out: %s, site %zu, %s: %s", id, site, member->string, fault);
    work->n_implausible++;
    *ret_is_wanted = false;
    break;
  }
  return CUXAS_OK;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* round_numbers() - of an array, in place: to multiples of 1 / per_unit, as text so that no digits come back */
static bool round_numbers(cJSON *curve, const char *key, double per_unit, int n_decimal)
{
  const cJSON *array   = cJSON_GetObjectItemCaseSensitive(curve, key), *item;
  cJSON       *rounded = array != NULL ? cJSON_CreateArray() : NULL;
  bool         ok      = rounded != NULL;
  cJSON_ArrayForEach(item, array)
  {
    char   text[32];
    double value = round(item->valuedouble * per_unit) / per_unit;
    snprintf(text, sizeof text, "%.*f", n_decimal, value == 0.0 ? 0.0 : value);
    char *end = text + strlen(text);
    while (end[-1] == '0') *--end = '\0';
    if (end[-1] == '.') *--end = '\0';
    ok = ok && cuxas_json_add(rounded, NULL, cJSON_CreateRaw(text));
  }
  if (ok) ok = cJSON_ReplaceItemInObjectCaseSensitive(curve, key, rounded);
  if (!ok) cJSON_Delete(rounded);
  return ok;
}

/* make_small() - without atomic backgrounds and words about the self-consistency, energies to 1 meV, mu to 0.0001 */
static cuxas_status make_small(cJSON *record, cuxas_error *err)
{
  cJSON *member;
  cJSON_ArrayForEach(member, record)
  {
    if (!is_curve(member)) continue;
    cJSON_DeleteItemFromObjectCaseSensitive(member, "mu0");
    cJSON_DeleteItemFromObjectCaseSensitive(member, "scf");
    if (!round_numbers(member, "energy", 1e3, 3) || !round_numbers(member, "mu", 1e4, 4)) return cuxas_no_memory(err);
  }
  return CUXAS_OK;
}

typedef struct {
  char  *text;
  size_t n_byte, n_room, n_record;
} record_lines;

static cuxas_status add_line(record_lines *lines, const char *record, cuxas_error *err)
{
  const size_t n = strlen(record) + CUXAS_RECORD_SEAL_SIZE + 1;
  if (lines->n_room - lines->n_byte < n) {
    const size_t n_room = 2 * lines->n_room + n;
    char        *text   = cuxas_grow(err, lines->text, n_room, 1);
    if (text == NULL) return CUXAS_ENOMEM;
    lines->text   = text;
    lines->n_room = n_room;
  }
  lines->n_byte += cuxas_record_seal(record, lines->text + lines->n_byte);
  lines->n_record++;
  return CUXAS_OK;
}

/* add_chosen() - record i of the whole, if it is wanted */
static cuxas_status add_chosen(merging *work, size_t i, record_lines *lines, cuxas_error *err)
{
  const char  *id;
  size_t       site;
  const char  *text      = cuxas_record_file_text(work->whole, i, &id, &site);
  bool         is_wanted = true;
  char        *printed   = NULL;
  cJSON       *record    = cJSON_Parse(text);
  cuxas_status status    = record != NULL ? choose(work, record, id, site, &is_wanted, err) : cuxas_no_memory(err);
  if (status == CUXAS_OK && is_wanted && cuxas_options_flag(work->options, "small")) {
    status = make_small(record, err);
    if (status == CUXAS_OK) status = cuxas_json_print(record, false, &printed, err);
  }
  if (status == CUXAS_OK && is_wanted) status = add_line(lines, printed != NULL ? printed : text, err);
  free(printed);
  cJSON_Delete(record);
  return status;
}

static cuxas_status write_chosen(merging *work, const char *path, record_lines *lines, cuxas_error *err)
{
  cuxas_output output;
  char        *packed   = NULL;
  size_t       n_packed = 0;
  const char  *suffix   = strrchr(path, '.');
  const bool   is_small = suffix != NULL && strcmp(suffix, ".gz") == 0;
  cuxas_status status   = CUXAS_OK;
  for (size_t i = 0; i < cuxas_record_file_count(work->whole) && status == CUXAS_OK; i++)
    status = add_chosen(work, i, lines, err);
  if (status == CUXAS_OK && is_small) status = cuxas_gzip_pack(lines->text, lines->n_byte, &packed, &n_packed, err);
  if (status == CUXAS_OK && (status = cuxas_output_open(&output, path, true, err)) == CUXAS_OK) {
    fwrite(is_small ? packed : lines->text, 1, is_small ? n_packed : lines->n_byte, output.stream);
    status = cuxas_output_commit(&output, err);
  }
  free(packed);
  return status;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_merge(const cuxas_options *options, bool *ret_is_complete, cuxas_error *err)
{
  merging      work  = {.options = options, .whole = cuxas_record_file_new()};
  record_lines lines = {0};
  const char  *path  = cuxas_options_text(options, "output");
  cuxas_status status;
  if (path == NULL) cuxas_options_usage_error(options, "no file for the merged records; give --output FILE");
  if (cuxas_element_number(cuxas_options_text(options, "element")) == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
  if (work.whole == NULL) return cuxas_no_memory(err);
  if ((status = cuxas_outputs_may(options, path, err)) != CUXAS_OK || (status = read_files(&work, err)) != CUXAS_OK ||
      (status = join_parts(&work, err)) != CUXAS_OK || (status = look_for_missing(&work, err)) != CUXAS_OK ||
      (status = write_chosen(&work, path, &lines, err)) != CUXAS_OK)
    goto done;
  *ret_is_complete = work.n_missing + work.n_different + work.n_implausible == 0;
  if (!cuxas_options_flag(options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu sites in %s; %zu missing; double spectra: %zu alike, %zu different", lines.n_record,
                     path, work.n_missing, work.n_same, work.n_different);
  if (!cuxas_options_flag(options, "quiet") && work.n_excluded + work.n_implausible > 0)
    cuxas_print_note(PROGRAM, "left out: %zu by compound, %zu implausible", work.n_excluded, work.n_implausible);
done:
  free(lines.text);
  for (size_t i = 0; i < work.n_file; i++) cuxas_record_file_free(work.file[i]);
  free(work.file);
  free(work.part);
  cuxas_record_file_free(work.whole);
  return status;
}

enum { MAX_KIND = 32, KEY_SIZE = 32, CODE_SIZE = 96, MAX_STATE = 8 };

/* ---- info: curves ----------------------------------------------------------------------------------------------------- */

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
  bool       asks_sites;
  size_t     n_state[MAX_STATE + 1]; /* formal states 0, 0.5, 1 ... 3.5; the last: not known */
  size_t     n_coordination[CUXAS_MAX_LIGAND + 1];
  size_t     n_ligands[CUXAS_N_LIGANDS];
  size_t     n_element[CUXAS_N_ELEMENT + 1]; /* records whose crystal has the element */
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

/* count_site() - what the site of a record is; counts no site of another element than copper, but its elements */
static cuxas_status count_site(summary *sum, const cJSON *record, size_t site, const char *where, cuxas_error *err)
{
  cuxas_crystal     *crystal = NULL;
  cuxas_coordination around;
  cuxas_oxidation    oxidation                = {.state = NAN};
  bool               has[CUXAS_N_ELEMENT + 1] = {false};
  cuxas_status       status                   = cuxas_record_crystal_parse(record, where, &crystal, err);
  if (status == CUXAS_OK && site >= crystal->n_site)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: there is no such site", where);
  if (status == CUXAS_OK) status = cuxas_coordination_find(crystal, site, &around, err);
  if (status == CUXAS_OK && crystal->atomic_number[site] == 29)
    status = cuxas_oxidation_find(crystal, &site, 1, &oxidation, err);
  if (status == CUXAS_OK) {
    const double twice = 2.0 * oxidation.state;
    for (size_t i = 0; i < crystal->n_site; i++) has[crystal->atomic_number[i]] = true;
    for (size_t z = 0; z <= CUXAS_N_ELEMENT; z++) sum->n_element[z] += has[z];
    sum->n_state[twice >= -0.5 && twice < MAX_STATE - 0.5 ? (size_t)lround(twice) : MAX_STATE]++;
    sum->n_coordination[around.n_ligand]++;
    sum->n_ligands[cuxas_coordination_class(&around)]++;
  }
  cuxas_crystal_free(crystal);
  return status;
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
      if (sum->asks_sites) status = count_site(sum, object, site, where, err);
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

/* ---- info: sites ------------------------------------------------------------------------------------------------------ */

static void print_sites(const summary *sum)
{
  printf("\n%-22s %7s\n", "oxidation state", "sites");
  for (size_t i = 0; i <= MAX_STATE; i++)
    if (sum->n_state[i] > 0 && i < MAX_STATE)
      printf("%-22g %7zu\n", 0.5 * (double)i, sum->n_state[i]);
    else if (sum->n_state[i] > 0)
      printf("%-22s %7zu\n", "not known", sum->n_state[i]);
  printf("\n%-22s %7s\n", "coordination", "sites");
  for (size_t i = 0; i <= CUXAS_MAX_LIGAND; i++)
    if (sum->n_coordination[i] > 0) printf("%-22zu %7zu\n", i, sum->n_coordination[i]);
  printf("\n%-22s %7s\n", "ligands", "sites");
  for (int i = 0; i < CUXAS_N_LIGANDS; i++)
    if (sum->n_ligands[i] > 0)
      printf("%-22s %7zu\n", cuxas_ligand_class_name((cuxas_ligand_class)i), sum->n_ligands[i]);
  printf("\nsites in compounds of:");
  for (int z = 1, n = 0; z <= CUXAS_N_ELEMENT; z++)
    if (sum->n_element[z] > 0)
      printf("%s%s %zu", n++ % 14 == 0 ? "\n" : ", ", cuxas_element_find(z)->symbol, sum->n_element[z]);
  printf("\n");
}

/* ---- info: against ---------------------------------------------------------------------------------------------------- */

#define STEP_EV 0.2
#define MAX_SHIFT_EV 1.0 /* energy axes may be moved by so much against each other */
#define SHIFT_STEP_EV 0.05

enum { N_ENERGY = 312, N_EDGE = 2 };

static const char *const EDGE[N_EDGE]     = {"L3", "L2"};
static const double      START_EV[N_EDGE] = {925.0, 945.0};

/* compare_curves() - mean absolute difference on the grid that models learn on, after the best shift, which is added to b */
static cuxas_status compare_curves(const cuxas_record_curve *a, const cuxas_record_curve *b, double start_eV,
                                   double *ret_mae, double *ret_shift_eV, cuxas_error *err)
{
  double           mine[N_ENERGY], other[N_ENERGY];
  const cuxas_grid grid   = {start_eV, STEP_EV, N_ENERGY};
  cuxas_status     status = cuxas_dataset_resample(a, grid, mine, err);
  *ret_mae                = INFINITY;
  for (double shift_eV = -MAX_SHIFT_EV; status == CUXAS_OK && shift_eV < MAX_SHIFT_EV + 1e-9;
       shift_eV += SHIFT_STEP_EV) {
    double sum = 0.0;
    status     = cuxas_dataset_resample(b, (cuxas_grid){start_eV - shift_eV, STEP_EV, N_ENERGY}, other, err);
    for (size_t i = 0; i < N_ENERGY; i++) sum += fabs(mine[i] - other[i]) / N_ENERGY;
    if (status == CUXAS_OK && sum < *ret_mae) {
      *ret_mae      = sum;
      *ret_shift_eV = shift_eV;
    }
  }
  return status;
}

static const cuxas_record *find_record(const cuxas_records *records, const cuxas_record *like)
{
  for (size_t i = 0; i < records->n_record; i++)
    if (records->record[i].site == like->site && strcmp(records->record[i].id, like->id) == 0)
      return &records->record[i];
  return NULL;
}

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* print_differences() - of one edge and channel; mae and shift (n_record of mine) are scratch */
static cuxas_status print_differences(const cuxas_records *mine, const cuxas_records *others, size_t i_edge,
                                      cuxas_channel channel, double *mae, double *shift_eV, cuxas_error *err)
{
  size_t       n      = 0;
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < mine->n_record && status == CUXAS_OK; i++) {
    const cuxas_record *other = find_record(others, &mine->record[i]);
    if (other == NULL || other->curve[i_edge][channel].n_point == 0 ||
        mine->record[i].curve[i_edge][channel].n_point == 0)
      continue;
    status = compare_curves(&mine->record[i].curve[i_edge][channel], &other->curve[i_edge][channel], START_EV[i_edge],
                            &mae[n], &shift_eV[n], err);
    n++;
  }
  if (status != CUXAS_OK || n == 0) return status;
  double mean = 0.0;
  for (size_t i = 0; i < n; i++) mean += mae[i] / (double)n;
  qsort(mae, n, sizeof *mae, by_value);
  qsort(shift_eV, n, sizeof *shift_eV, by_value);
  printf("%-5s %-14s %6zu %8.4f %8.4f %8.4f %12.2f\n", EDGE[i_edge], cuxas_channel_name(channel), n, mae[n / 2], mean,
         mae[n * 9 / 10], shift_eV[n / 2]);
  return CUXAS_OK;
}

static cuxas_status print_against(const cuxas_options *options, const char *path, cuxas_error *err)
{
  cuxas_records *mine = NULL, *others = NULL;
  double        *mae    = NULL;
  cuxas_status   status = cuxas_records_read(cuxas_options_arguments(options), cuxas_options_n_argument(options), 29,
                                             EDGE, N_EDGE, &mine, err);
  if (status == CUXAS_OK) status = cuxas_records_read(&path, 1, 29, EDGE, N_EDGE, &others, err);
  if (status == CUXAS_OK && (mae = cuxas_new(err, mine->n_record, 2 * sizeof *mae)) == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK)
    printf(
        "\ndifference from the same sites of %s, after the best shift within %g eV:\n%-5s %-14s %6s %8s %8s %8s %12s\n",
        path, MAX_SHIFT_EV, "edge", "channel", "n", "median", "mean", "90 %", "shift / eV");
  for (size_t i = 0; i < N_EDGE; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      status = print_differences(mine, others, i, (cuxas_channel)channel, mae, mae + mine->n_record, err);
  free(mae);
  cuxas_records_free(mine);
  cuxas_records_free(others);
  return status;
}

/* ---- info: all -------------------------------------------------------------------------------------------------------- */

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
  summary      sum     = {.asks_sites = cuxas_options_flag(options, "sites")};
  const char  *against = cuxas_options_text(options, "against");
  cuxas_status status  = CUXAS_OK;
  if (cuxas_options_flag(options, "json") && (sum.asks_sites || against != NULL))
    cuxas_options_usage_error(options, "--sites and --against are printed as text: without --json");
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_options_n_argument(options); i++)
    status = read_file(cuxas_options_argument(options, i), &sum, err);
  if (status == CUXAS_OK && cuxas_options_flag(options, "json"))
    status = print_json(&sum, err);
  else if (status == CUXAS_OK)
    print_text(&sum);
  if (status == CUXAS_OK && sum.asks_sites) print_sites(&sum);
  if (status == CUXAS_OK && against != NULL) status = print_against(options, against, err);
  for (size_t i = 0; i < sum.n_compound; i++) free(sum.compound[i]);
  free(sum.compound);
  return status;
}
