/* record_add.c - cuxas-refdb records add: spectra and the sites they belong to, from one file, a table or JSON lines, or as two
 * published data sets have them
 *
 * Contents: 1. sites  2. one spectrum, or a table of them  3. JSON lines  4. lines with structures (Chen et al.)
 * 5. folders of FEFF (Gleason et al.)  6. all of it */
#include "cmd/record_add.h"

#include "base/json.h"
#include "cmd/common.h"
#include "cuxas/catalog.h"
#include "base/elements.h"
#include "records/external.h"
#include "base/memory.h"
#include "records/record_file.h"
#include "cuxas/records.h"
#include "records/split.h"
#include "cuxas/crystal.h"
#include "base/text.h"
#include "records/record_text.h"
#include "base/units.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "cuxas-refdb"

enum { MAX_SITE = 100000 };

typedef struct {
  const cuxas_options    *options;
  cuxas_external_settings settings;
  int                     absorber;
  cuxas_record_file      *records;
  const cuxas_candidate  *told;       /* whose warnings were printed last: its sites follow one another */
  cuxas_catalog          *structures; /* of --structures; else NULL */
  const char             *edge;       /* of the spectra that are being added */
  cuxas_channel           channel;
  size_t                  n_change[3], n_skipped, n_excluded, n_negative, n_alone;
} adding;

/* ---- 1. sites ------------------------------------------------------------------------------------------------------ */

/* choose_edge() - edge and channel as the options say */
static void choose_edge(adding *work)
{
  work->edge    = cuxas_options_text(work->options, "edge");
  work->channel = cuxas_options_is(work->options, "channel", "screened-hole")    ? CUXAS_CHANNEL_SCREENED_HOLE
                  : cuxas_options_is(work->options, "channel", "projected-hole") ? CUXAS_CHANNEL_PROJECTED_HOLE
                                                                                 : CUXAS_CHANNEL_NO_HOLE;
}

/* Where a spectrum belongs, beside its structure. */
typedef struct {
  const char *opt_id; /* NULL: the structure's name */
  bool        has_site;
  size_t      site;
  double      shift_eV;
} place;

/* find_site() - the site asked for, or the only one that symmetry leaves, and how many are equivalent to it */
static cuxas_status find_site(const adding *work, const char *name, const cuxas_crystal *crystal, const place *asked,
                              size_t *site, size_t *ret_multiplicity, cuxas_error *err)
{
  const bool    is_given = asked->has_site;
  cuxas_orbits *orbits   = NULL;
  cuxas_status  status   = cuxas_symmetry_find_orbits(crystal, work->absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  *site = asked->site;
  if (!is_given && orbits->n_orbit > 1)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: %zu distinct sites of %s; give the index of one", name,
                        orbits->n_orbit, cuxas_options_text(work->options, "element"));
  else if (!is_given)
    *site = orbits->first_site[0];
  if (status == CUXAS_OK && (*site >= crystal->n_site || orbits->orbit_of[*site] == SIZE_MAX))
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: site %zu is not %s", name, *site,
                        cuxas_options_text(work->options, "element"));
  if (status == CUXAS_OK) *ret_multiplicity = orbits->multiplicity[orbits->orbit_of[*site]];
  cuxas_orbits_free(orbits);
  return status;
}

/* is_excluded() - whether the table of --exclude has the composition */
static cuxas_status is_excluded(const adding *work, const cuxas_crystal *crystal, bool *ret_is_excluded,
                                cuxas_error *err)
{
  const char   *table  = cuxas_options_text(work->options, "exclude");
  cuxas_record  record = {.id = "", .site = 0};
  cuxas_records one    = {.n_record = 1, .record = &record};
  *ret_is_excluded     = false;
  if (table == NULL) return CUXAS_OK;
  cuxas_crystal_formula(crystal, record.formula);
  const cuxas_status status = cuxas_split_refuse(&one, 1, table, err);
  *ret_is_excluded          = status == CUXAS_EUNSUPPORTED;
  return *ret_is_excluded ? CUXAS_OK : status;
}

/* add_spectrum() - one raw spectrum to the record of its site */
static cuxas_status add_spectrum(adding *work, const cuxas_spectrum *raw, const char *name,
                                 const cuxas_crystal *crystal, const place *where_to, cuxas_error *err)
{
  const char             *id           = where_to->opt_id;
  size_t                  multiplicity = 0, site = 0;
  double                  edge_step = 1.0;
  cuxas_spectrum         *spectrum  = NULL;
  cuxas_record_change     change    = CUXAS_RECORD_SAME;
  cuxas_external_settings settings  = work->settings;
  bool                    is_left_out;
  settings.shift_eV += where_to->shift_eV;
  cuxas_status status = is_excluded(work, crystal, &is_left_out, err);
  if (status == CUXAS_OK && is_left_out) {
    work->n_excluded++;
    return CUXAS_OK;
  }
  if (status == CUXAS_OK) status = find_site(work, id, crystal, where_to, &site, &multiplicity, err);
  if (status == CUXAS_OK) status = cuxas_external_process(raw, &settings, name, &spectrum, &edge_step, err);
  if (status == CUXAS_OK) {
    const cuxas_record_site     where = {id, crystal, site, multiplicity};
    const cuxas_record_spectrum curve = {
        .edge               = work->edge,
        .channel            = work->channel,
        .n_point            = spectrum->n_point,
        .energy_eV          = spectrum->energy_eV,
        .mu                 = spectrum->mu,
        .edge_step          = edge_step,
        .core_hole_width_eV = cuxas_options_real(work->options, "core-hole-width"),
        .fermi_eV           = NAN,
        .opt_code           = cuxas_options_text(work->options, "code"),
    };
    status = cuxas_record_file_put(work->records, &where, &curve, &change, err);
  }
  if (status == CUXAS_OK) work->n_change[change]++;
  cuxas_spectrum_free(spectrum);
  return status;
}

/* skip() - a bad spectrum among many is told and left out; no memory ends everything */
static cuxas_status skip(adding *work, cuxas_status status, const cuxas_error *err)
{
  if (status == CUXAS_OK || status == CUXAS_ENOMEM) return status;
  cuxas_print_note(PROGRAM, "skipped: %s", err->message);
  work->n_skipped++;
  return CUXAS_OK;
}

/* ---- 2. one spectrum, or a table of them --------------------------------------------------------------------------- */

static cuxas_status add_file(adding *work, const char *path, const char *structure, const place *where_to,
                             cuxas_error *err)
{
  place           named   = *where_to;
  cuxas_spectrum *raw     = NULL;
  cuxas_crystal  *crystal = NULL;
  char           *stem    = cuxas_path_stem(structure);
  cuxas_status    status  = stem != NULL ? CUXAS_OK : cuxas_fail_at(err, cuxas_no_memory(err), path);
  if (status == CUXAS_OK) status = cuxas_external_read(path, &work->settings, &raw, err);
  if (status == CUXAS_OK) status = cuxas_crystal_read(structure, &crystal, err);
  if (status == CUXAS_OK) cuxas_print_warnings(PROGRAM, structure, &crystal->warnings);
  if (named.opt_id == NULL) named.opt_id = stem;
  if (status == CUXAS_OK) status = add_spectrum(work, raw, path, crystal, &named, err);
  cuxas_crystal_free(crystal);
  cuxas_spectrum_free(raw);
  free(stem);
  return status;
}

typedef enum { COLUMN_SPECTRUM, COLUMN_STRUCTURE, COLUMN_SITE, COLUMN_ID, COLUMN_SHIFT, N_COLUMN } table_column;

static const char *const COLUMN_NAMES[N_COLUMN] = {"spectrum", "structure", "site", "id", "shift_eV"};

/* cut_cells() - cells of a line of comma-separated values, trimmed, in place; returns how many */
static size_t cut_cells(char *line, char **cell, size_t max_cell)
{
  size_t n = 0;
  for (char *next = line; next != NULL && n < max_cell; n++) {
    cell[n] = next;
    if ((next = strchr(next, ',')) != NULL) *next++ = '\0';
    cell[n] = cuxas_text_trim(cell[n]);
  }
  return n;
}

enum { MAX_CELL = 32 };

/* read_header() - where each column is; SIZE_MAX: nowhere */
static cuxas_status read_header(char *line, size_t position[N_COLUMN], const char *where, cuxas_error *err)
{
  char        *cell[MAX_CELL];
  const size_t n = cut_cells(line, cell, MAX_CELL);
  for (size_t j = 0; j < N_COLUMN; j++) {
    position[j] = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
      if (strcmp(cell[i], COLUMN_NAMES[j]) == 0) position[j] = i;
  }
  if (position[COLUMN_SPECTRUM] == SIZE_MAX || position[COLUMN_STRUCTURE] == SIZE_MAX)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the table needs the columns spectrum and structure", where);
  return CUXAS_OK;
}

static cuxas_status add_row(adding *work, char *line, const size_t position[N_COLUMN], const char *folder,
                            const char *where, cuxas_error *err)
{
  char        *cell[MAX_CELL];
  const char  *value[N_COLUMN] = {NULL};
  const size_t n               = cut_cells(line, cell, MAX_CELL);
  double       shift_eV        = 0.0;
  long         site            = 0;
  for (size_t j = 0; j < N_COLUMN; j++)
    if (position[j] < n && cell[position[j]][0] != '\0') value[j] = cell[position[j]];
  if (value[COLUMN_SPECTRUM] == NULL || value[COLUMN_STRUCTURE] == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no spectrum or no structure", where);
  if (value[COLUMN_SITE] != NULL && (!cuxas_text_parse_integer(value[COLUMN_SITE], &site) || site < 0))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no index of a site", where, value[COLUMN_SITE]);
  if (value[COLUMN_SHIFT] != NULL && (!cuxas_text_parse_number(value[COLUMN_SHIFT], &shift_eV) || !isfinite(shift_eV)))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no shift", where, value[COLUMN_SHIFT]);

  char        *spectrum  = value[COLUMN_SPECTRUM][0] == '/' ? cuxas_copy_text(err, value[COLUMN_SPECTRUM])
                                                            : cuxas_path_join(folder, value[COLUMN_SPECTRUM], NULL);
  char        *structure = value[COLUMN_STRUCTURE][0] == '/' ? cuxas_copy_text(err, value[COLUMN_STRUCTURE])
                                                             : cuxas_path_join(folder, value[COLUMN_STRUCTURE], NULL);
  cuxas_status status    = CUXAS_ENOMEM;
  const place  where_to  = {value[COLUMN_ID], value[COLUMN_SITE] != NULL, (size_t)site, shift_eV};
  if (spectrum != NULL && structure != NULL) status = add_file(work, spectrum, structure, &where_to, err);
  free(spectrum);
  free(structure);
  return status;
}

/* add_table() - paths in it are relative to its folder */
static cuxas_status add_table(adding *work, const char *path, cuxas_error *err)
{
  cuxas_text   text;
  size_t       position[N_COLUMN];
  bool         has_header = false;
  const char  *slash      = strrchr(path, '/');
  char        *folder     = cuxas_copy_text(err, slash != NULL ? path : ".");
  cuxas_status status     = cuxas_text_read(path, &text, err);
  if (folder == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  if (status == CUXAS_OK && slash != NULL) folder[slash > path ? slash - path : 1] = '\0';
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[CUXAS_MESSAGE_SIZE / 2];
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    if (cuxas_text_trim(text.line[i])[0] == '\0' || text.line[i][0] == '#') continue;
    if (has_header)
      status = skip(work, add_row(work, text.line[i], position, folder, where, err), err);
    else
      status = read_header(text.line[i], position, where, err);
    has_header = true;
  }
  cuxas_text_free(&text);
  free(folder);
  return status;
}

/* ---- 3. JSON lines ------------------------------------------------------------------------------------------------- */

static const cuxas_candidate *find_structure(const cuxas_catalog *catalog, const char *id)
{
  for (size_t low = 0, high = catalog->n_candidate; low < high;) {
    const size_t middle = low + (high - low) / 2;
    const int    order  = strcmp(id, catalog->candidate[middle].name);
    if (order == 0) return &catalog->candidate[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

static cuxas_status parse_spectrum(const cJSON *object, cuxas_spectrum **ret_spectrum, const char *where,
                                   cuxas_error *err)
{
  cuxas_status status;
  const cJSON *energy = NULL, *mu = NULL;
  if ((status = cuxas_json_array(object, "energy", &energy, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "mu", &mu, where, err)) != CUXAS_OK)
    return status;
  const size_t    n        = (size_t)cJSON_GetArraySize(energy);
  cuxas_spectrum *spectrum = cuxas_spectrum_new(n);
  if (spectrum == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), where);
  if ((status = cuxas_record_numbers(energy, n, "energy", spectrum->energy_eV, where, err)) == CUXAS_OK)
    status = cuxas_record_numbers(mu, n, "mu", spectrum->mu, where, err);
  for (size_t i = 0; status == CUXAS_OK && i < n; i++)
    if (!isfinite(spectrum->energy_eV[i]) || !isfinite(spectrum->mu[i]) ||
        (i > 0 && !(spectrum->energy_eV[i] > spectrum->energy_eV[i - 1])))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: point %zu is not finite or its energy does not rise", where, i);
  if (status == CUXAS_OK && n < 4) status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu points", where, n);
  if (status == CUXAS_OK)
    *ret_spectrum = spectrum;
  else
    cuxas_spectrum_free(spectrum);
  return status;
}

static cuxas_status add_object(adding *work, const cJSON *object, const char *where, cuxas_error *err)
{
  cuxas_status    status;
  size_t          site    = 0;
  const char     *id      = NULL;
  cuxas_spectrum *raw     = NULL;
  cuxas_crystal  *crystal = NULL;
  if (!cJSON_IsObject(object)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  if ((status = cuxas_json_string(object, "id", &id, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(object, "site", 0, MAX_SITE, &site, where, err)) != CUXAS_OK ||
      (status = parse_spectrum(object, &raw, where, err)) != CUXAS_OK)
    return status;
  const cuxas_candidate *candidate = find_structure(work->structures, id);
  if (candidate == NULL)
    status = cuxas_fail(err, CUXAS_EIO, "%s: no structure is called %s", where, id);
  else
    status = cuxas_candidate_read(candidate, &crystal, err);
  if (crystal != NULL && work->told != candidate) cuxas_print_warnings(PROGRAM, candidate->path, &crystal->warnings);
  work->told           = candidate;
  const place where_to = {id, true, site, 0.0};
  if (status == CUXAS_OK) status = add_spectrum(work, raw, where, crystal, &where_to, err);
  cuxas_crystal_free(crystal);
  cuxas_spectrum_free(raw);
  return status;
}

static cuxas_status add_lines(adding *work, const char *path, cuxas_error *err)
{
  cuxas_text         text;
  cuxas_status       status = cuxas_text_read(path, &text, err);
  cuxas_progress_bar bar    = cuxas_progress_start("adding", cuxas_options_flag(work->options, "quiet"));
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[CUXAS_MESSAGE_SIZE / 2];
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    cJSON *object = cJSON_ParseWithOpts(text.line[i], NULL, 1);
    status        = skip(work, add_object(work, object, where, err), err);
    cJSON_Delete(object);
    cuxas_progress_show(i + 1, text.n_line, &bar);
  }
  cuxas_progress_end(&bar);
  cuxas_text_free(&text);
  return status;
}

/* ---- 4. lines with structures (Chen et al.) ---------------------------------------------------------------------- */

/* Only what has both edges is of use, and what is nowhere negative. */
typedef struct {
  cuxas_external_record record;
  bool                  has_partner;
} chen_line;

typedef struct {
  size_t     n;
  chen_line *line; /* (n) */
} chen_lines;

static bool is_negative(const cuxas_spectrum *spectrum)
{
  for (size_t i = 0; i < spectrum->n_point; i++)
    if (spectrum->mu[i] < 0.0) return true;
  return false;
}

/* add_chen_line() - takes the spectrum and crystal of a line over, or leaves the line out and tells */
static cuxas_status add_chen_line(adding *work, const char *text, chen_lines *lines, const char *where,
                                  cuxas_error *err)
{
  chen_line    line   = {.has_partner = false};
  cuxas_status status = cuxas_external_parse_chen(text, work->absorber, where, &line.record, err);
  if (status != CUXAS_OK) return skip(work, status, err);
  chen_line *grown = NULL;
  if (is_negative(line.record.spectrum))
    work->n_negative++;
  else if ((grown = cuxas_grow(err, lines->line, lines->n + 1, sizeof *grown)) == NULL)
    status = CUXAS_ENOMEM;
  if (grown == NULL)
    cuxas_external_record_clear(&line.record);
  else {
    lines->line             = grown;
    lines->line[lines->n++] = line;
  }
  return status;
}

static int by_chen_site(const void *left, const void *right)
{
  const cuxas_external_record *a = &((const chen_line *)left)->record, *b = &((const chen_line *)right)->record;
  const int                    order = strcmp(a->id, b->id);
  if (order != 0) return order;
  if (a->site != b->site) return a->site < b->site ? -1 : 1;
  return strcmp(a->edge, b->edge);
}

/* add_chen_set() - all of their files, so that the edges of a site may lie in different ones */
static cuxas_status add_chen_set(adding *work, cuxas_error *err)
{
  chen_lines   lines  = {0};
  cuxas_status status = CUXAS_OK;
  for (size_t k = 0; k < cuxas_options_n_argument(work->options) && status == CUXAS_OK; k++) {
    const char *path = cuxas_options_argument(work->options, k);
    cuxas_text  text = {0};
    status           = cuxas_text_read(path, &text, err);
    for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
      char where[CUXAS_MESSAGE_SIZE / 2];
      snprintf(where, sizeof where, "%s:%zu", path, i + 1);
      if (text.line[i][strspn(text.line[i], " \t")] != '\0')
        status = add_chen_line(work, text.line[i], &lines, where, err);
    }
    cuxas_text_free(&text);
  }
  if (lines.n > 0) qsort(lines.line, lines.n, sizeof *lines.line, by_chen_site);
  for (size_t i = 1; i < lines.n; i++) {
    const cuxas_external_record *a = &lines.line[i - 1].record, *b = &lines.line[i].record;
    const bool is_pair = a->edge[0] == b->edge[0] && strcmp(a->edge, b->edge) != 0; /* of one shell: L2 and L3 */
    if (strcmp(a->id, b->id) == 0 && a->site == b->site && is_pair)
      lines.line[i - 1].has_partner = lines.line[i].has_partner = true;
  }
  for (size_t i = 0; i < lines.n && status == CUXAS_OK; i++) {
    const cuxas_external_record *record = &lines.line[i].record;
    work->n_alone += !lines.line[i].has_partner;
    if (!lines.line[i].has_partner) continue;
    work->edge = record->edge;
    status     = skip(work,
                      add_spectrum(work, record->spectrum, record->id, record->crystal,
                                   &(place){record->id, true, record->site, 0.0}, err),
                      err);
  }
  choose_edge(work);
  for (size_t i = 0; i < lines.n; i++) cuxas_external_record_clear(&lines.line[i].record);
  free(lines.line);
  return status;
}

/* ---- 5. folders of FEFF (Gleason et al.) -------------------------------------------------------------------------- */

/* add_folder() - of one calculation; it is called as the folder is, without the folders before `root` */
static cuxas_status add_folder(adding *work, const char *folder, const char *root, cuxas_error *err)
{
  cuxas_external_record record;
  char                  id[CUXAS_RECORD_ID_SIZE];
  cuxas_status          status = cuxas_external_read_feff(folder, work->absorber, &work->settings, &record, err);
  snprintf(id, sizeof id, "%s", strlen(folder) > strlen(root) ? folder + strlen(root) + 1 : folder);
  for (char *c = id; *c != '\0'; c++)
    if (*c == '/') *c = '_';
  if (status != CUXAS_OK) return status;
  if (record.edge[0] != '\0' && !cuxas_options_is_given(work->options, "edge")) work->edge = record.edge;
  if (record.has_channel && !cuxas_options_is_given(work->options, "channel")) work->channel = record.channel;
  status = add_spectrum(work, record.spectrum, folder, record.crystal, &(place){id, true, record.site, 0.0}, err);
  choose_edge(work);
  cuxas_external_record_clear(&record);
  return status;
}

/* list_folders() - folders within a folder, sorted, and whether it holds a finished calculation; the caller frees the names */
static cuxas_status list_folders(const char *folder, char ***ret_name, size_t *ret_n, bool *ret_is_finished,
                                 cuxas_error *err)
{
  struct dirent *entry;
  DIR           *dir    = opendir(folder);
  bool           has[2] = {false, false};
  *ret_name             = NULL;
  *ret_n                = 0;
  if (dir == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot read the folder", folder);
  while ((entry = readdir(dir)) != NULL) {
    has[0] = has[0] || strcmp(entry->d_name, "feff.inp") == 0;
    has[1] = has[1] || strcmp(entry->d_name, "xmu.dat") == 0;
    if (entry->d_name[0] == '.' || strchr(entry->d_name, '.') != NULL)
      continue; /* folders of calculations have no suffix */
    char **grown = cuxas_grow(err, *ret_name, *ret_n + 1, sizeof *grown);
    if (grown == NULL) break;
    *ret_name = grown;
    if ((grown[*ret_n] = cuxas_path_join(folder, entry->d_name, NULL)) != NULL) ++*ret_n;
  }
  closedir(dir);
  if (*ret_n > 0) qsort(*ret_name, *ret_n, sizeof **ret_name, cuxas_text_order);
  *ret_is_finished = has[0] && has[1];
  return CUXAS_OK;
}

/* add_folders() - all calculations in a folder, and in the folders within it */
static cuxas_status add_folders(adding *work, const char *folder, const char *root, int depth, cuxas_error *err)
{
  char       **name        = NULL;
  size_t       n           = 0;
  bool         is_finished = false;
  cuxas_status status      = list_folders(folder, &name, &n, &is_finished, err);
  if (status == CUXAS_OK && is_finished) status = skip(work, add_folder(work, folder, root, err), err);
  for (size_t i = 0; i < n; i++) {
    struct stat about;
    if (status == CUXAS_OK && depth < 8 && stat(name[i], &about) == 0 && S_ISDIR(about.st_mode))
      status = add_folders(work, name[i], root, depth + 1, err);
    free(name[i]);
  }
  free(name);
  return status;
}

/* ---- 6. all of it -------------------------------------------------------------------------------------------------- */

static void read_settings(const cuxas_options *options, adding *work)
{
  cuxas_external_settings *settings = &work->settings;
  *settings                         = cuxas_external_defaults();
  settings->energy_column           = (size_t)cuxas_options_integer(options, "energy-column");
  settings->mu_column               = (size_t)cuxas_options_integer(options, "mu-column");
  settings->unit_eV                 = cuxas_options_is(options, "unit", "Ha")   ? CUXAS_HARTREE_EV
                                      : cuxas_options_is(options, "unit", "Ry") ? 0.5 * CUXAS_HARTREE_EV
                                                                                : 1.0;
  settings->shift_eV                = cuxas_options_real(options, "shift");
  settings->has_onset               = cuxas_options_is_set(options, "onset");
  if (settings->has_onset) settings->onset_eV = cuxas_options_real(options, "onset");
  settings->gaussian_eV   = cuxas_options_real(options, "gaussian");
  settings->lorentzian_eV = cuxas_options_real(options, "lorentzian");
  settings->step_eV       = cuxas_options_real(options, "step");
  if (cuxas_options_is_set(options, "range"))
    cuxas_options_range(options, "range", &settings->low_eV, &settings->high_eV);
  if (cuxas_options_is_set(options, "step-window"))
    cuxas_options_range(options, "step-window", &settings->window_low_eV, &settings->window_high_eV);
  settings->normalization = cuxas_options_is(options, "normalize", "maximum") ? CUXAS_NORMALIZE_MAXIMUM
                            : cuxas_options_is(options, "normalize", "none")  ? CUXAS_NORMALIZE_NONE
                                                                              : CUXAS_NORMALIZE_STEP;
  work->absorber          = cuxas_element_number(cuxas_options_text(options, "element"));
  if (work->absorber == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
}

static cuxas_status add_all(adding *work, cuxas_error *err)
{
  const cuxas_options *options    = work->options;
  const char          *structures = cuxas_options_text(options, "structures");
  const char          *structure  = cuxas_options_text(options, "structure");
  const bool           has_site   = cuxas_options_is_set(options, "site");
  const place          where_to   = {cuxas_options_text(options, "id"), has_site,
                          has_site ? (size_t)cuxas_options_integer(options, "site") : 0, 0.0};
  cuxas_status         status     = CUXAS_OK;
  const bool           is_chen    = cuxas_options_is(options, "layout", "chen"),
             is_feff              = cuxas_options_is(options, "layout", "feff");
  if (structures != NULL) status = cuxas_catalog_list(&structures, 1, false, &work->structures, err);
  if (is_chen) return add_chen_set(work, err);
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_options_n_argument(options); i++) {
    const char *argument = cuxas_options_argument(options, i);
    if (is_feff)
      status = add_folders(work, argument, argument, 0, err);
    else if (structures != NULL)
      status = add_lines(work, argument, err);
    else if (cuxas_options_flag(options, "list"))
      status = add_table(work, argument, err);
    else
      status = add_file(work, argument, structure, &where_to, err);
  }
  return status;
}

cuxas_status cuxas_record_add(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err)
{
  adding      work  = {.options = options};
  const char *path  = cuxas_options_text(options, "dataset");
  const int   n_way = (cuxas_options_text(options, "layout") != NULL) +
                    (cuxas_options_text(options, "structures") != NULL) + cuxas_options_flag(options, "list") +
                    (cuxas_options_text(options, "structure") != NULL);
  if (path == NULL) cuxas_options_usage_error(options, "no file for the records; give --dataset FILE");
  if (n_way != 1)
    cuxas_options_usage_error(
        options, "give one of --structure FILE, --list, --structures FOLDER, --layout NAME: whose spectra are they?");
  if (cuxas_options_text(options, "structure") != NULL && cuxas_options_n_argument(options) != 1)
    cuxas_options_usage_error(options, "--structure goes with one spectrum; for several there is --list");
  read_settings(options, &work);
  choose_edge(&work);

  cuxas_status status = cuxas_record_file_read(path, &work.records, err);
  if (status == CUXAS_OK) status = add_all(&work, err);
  if (status == CUXAS_OK && work.n_change[CUXAS_RECORD_ADDED] + work.n_change[CUXAS_RECORD_REPLACED] > 0)
    status = cuxas_record_file_append(work.records, NULL, err);
  if (status == CUXAS_OK && !cuxas_options_flag(options, "quiet"))
    cuxas_print_note(
        PROGRAM, "%zu spectra added, %zu replaced, %zu unchanged, %zu excluded, %zu skipped; %zu records in %s",
        work.n_change[CUXAS_RECORD_ADDED], work.n_change[CUXAS_RECORD_REPLACED], work.n_change[CUXAS_RECORD_SAME],
        work.n_excluded, work.n_skipped, cuxas_record_file_count(work.records), path);
  if (status == CUXAS_OK && !cuxas_options_flag(options, "quiet") && work.n_negative + work.n_alone > 0)
    cuxas_print_note(PROGRAM, "left out: %zu spectra that are negative somewhere, %zu without one of the other edge",
                     work.n_negative, work.n_alone);
  *ret_n_skipped = work.n_skipped;
  cuxas_catalog_free(work.structures);
  cuxas_record_file_free(work.records);
  return status;
}
