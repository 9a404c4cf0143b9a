/* Spectra in HDF5: which group, which of its datasets are columns, and what NeXus attributes say of them
 *
 * The group is the one of --dataset, else the one that @default leads to, else the only NXdata group. Its datasets of
 * numbers that are as long as the signal are the columns; @signal and @axes of NXdata give roles, as do the names that
 * NXxas prescribes. An absolute path given as a column is one more column.
 * NeXus: M. Koennecke et al., J. Appl. Cryst. 48, 301 (2015); https://manual.nexusformat.org
 *
 * Contents
 *   1. Paths
 *   2. Which group
 *   3. Which columns
 *   4. What the entry says
 *   5. Reading */
#include "base/memory.h"
#include "spectrum/formats.h"
#include "spectrum/hdf5_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_PATH = 1024, MAX_DEPTH = 12, MAX_VISITED = 4000, MAX_COLUMN = 200 };

typedef struct {
  cuxas_hdf5                    hdf5;
  const cuxas_measured_options *options;
  char                          group[MAX_PATH];             /* "/entry/data" */
  char                          table[MAX_PATH];             /* a dataset of several columns; "" */
  char                          signal[CUXAS_HDF5_MAX_NAME]; /* name in the group; "" unknown */
  char                          energy[CUXAS_HDF5_MAX_NAME];
  size_t                        n_column;
  char (*column)[MAX_PATH]; /* (n_column) absolute paths */
} nexus;

/* ---- 1. Paths ---- */

bool cuxas_nexus_recognises(const void *bytes, size_t n_byte)
{
  static const char SIGNATURE[] = "\211HDF\r\n\032\n";
  for (size_t at = 0; at + 8 <= n_byte && at <= 8192; at = at > 0 ? 2 * at : 512)
    if (memcmp((const char *)bytes + at, SIGNATURE, 8) == 0) return true;
  return false;
}

/* "group/name"; false when it is too long */
static bool join(const char *group, const char *name, char ret_path[MAX_PATH])
{
  const bool is_root = strcmp(group, "/") == 0;
  const int  n       = snprintf(ret_path, MAX_PATH, "%s/%s", is_root ? "" : group, name);
  return n >= 0 && n < MAX_PATH;
}

static void split(const char *path, char ret_group[MAX_PATH], const char **ret_name)
{
  const char  *slash  = strrchr(path, '/');
  const size_t n_byte = (size_t)(slash - path);
  memcpy(ret_group, path, n_byte);
  ret_group[n_byte] = '\0';
  if (n_byte == 0) strcpy(ret_group, "/");
  *ret_name = slash + 1;
}

static bool is_class(const nexus *file, const char *group, const char *name)
{
  char found[64];
  return cuxas_hdf5_attribute(&file->hdf5, group, "NX_class", found, sizeof found) && strcmp(found, name) == 0;
}

/* ---- 2. Which group ---- */

/* What a walk over the file finds. */
typedef struct {
  size_t n_visited;
  size_t n_data; /* NXdata groups */
  char   data[MAX_PATH];
  char   list[500]; /* datasets of more than one number, and NXdata groups, for messages */
} survey;

static void list_path(survey *found, const char *path)
{
  const size_t n_byte = strlen(found->list), n_path = strlen(path);
  if (n_byte + n_path + 8 < sizeof found->list)
    sprintf(found->list + n_byte, "%s%s", n_byte > 0 ? ", " : "", path);
  else if (n_byte > 0 && found->list[n_byte - 1] != '.')
    strcpy(found->list + n_byte, ", ...");
}

static cuxas_status walk(const nexus *file, const char *group, int depth, survey *found, cuxas_error *err)
{
  cuxas_hdf5_name *name   = NULL;
  size_t           n_name = 0, n_row = 0, n_column = 0;
  cuxas_status     status = cuxas_hdf5_list(&file->hdf5, group, &name, &n_name, err);
  for (size_t i = 0; i < n_name && status == CUXAS_OK && found->n_visited < MAX_VISITED; i++) {
    char path[MAX_PATH];
    found->n_visited++;
    if (!join(group, name[i], path)) continue;
    switch (cuxas_hdf5_kind_of(&file->hdf5, path)) {
    case CUXAS_HDF5_GROUP:
      if (is_class(file, path, "NXdata")) {
        if (found->n_data++ == 0) strcpy(found->data, path);
        list_path(found, path);
      } else if (depth < MAX_DEPTH) {
        status = walk(file, path, depth + 1, found, err);
      }
      break;
    case CUXAS_HDF5_DATASET:
      if (cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) && n_row > 1) list_path(found, path);
      break;
    case CUXAS_HDF5_NOTHING:
    case CUXAS_HDF5_OTHER: break;
    }
  }
  free(name);
  return status;
}

/* From a group down @default, as far as it leads; true when that is an NXdata group. */
static bool follow_default(nexus *file)
{
  char name[CUXAS_HDF5_MAX_NAME], path[MAX_PATH];
  for (int depth = 0; depth < MAX_DEPTH; depth++) {
    if (is_class(file, file->group, "NXdata")) return true;
    if (!cuxas_hdf5_attribute(&file->hdf5, file->group, "default", name, sizeof name)) return false;
    if (!join(file->group, name, path) || cuxas_hdf5_kind_of(&file->hdf5, path) != CUXAS_HDF5_GROUP) return false;
    strcpy(file->group, path);
  }
  return false;
}

static cuxas_status find_group(nexus *file, cuxas_error *err)
{
  const char *given = file->options->dataset, *name;
  survey      found = {0};
  size_t      n_row, n_column;

  if (given != NULL && (given[0] != '/' || strlen(given) >= MAX_PATH))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --dataset '%.200s': a path inside the file begins with '/'",
                      file->hdf5.path, given);
  const cuxas_hdf5_kind kind = given != NULL ? cuxas_hdf5_kind_of(&file->hdf5, given) : CUXAS_HDF5_GROUP;
  strcpy(file->group, "/");
  if (kind == CUXAS_HDF5_DATASET) {
    if (!cuxas_hdf5_shape(&file->hdf5, given, &n_row, &n_column))
      return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: --dataset %.200s is no dataset of one or two dimensions of numbers in this file",
                        file->hdf5.path, given);
    split(given, file->group, &name);
    if (n_column > 1)
      strcpy(file->table, given);
    else
      snprintf(file->signal, sizeof file->signal, "%.*s", CUXAS_HDF5_MAX_NAME - 1, name);
    return CUXAS_OK;
  }
  if (kind == CUXAS_HDF5_GROUP) {
    if (given != NULL) strcpy(file->group, given);
    if (follow_default(file) || given != NULL) return CUXAS_OK;
  }
  strcpy(file->group, "/");
  const cuxas_status status = walk(file, "/", 0, &found, err);
  if (status != CUXAS_OK) return status;
  if (given != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --dataset '%.200s': nothing there; the file has %s", file->hdf5.path,
                      given, found.list);
  if (found.n_data == 1) {
    strcpy(file->group, found.data);
    return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s; choose with --dataset: %s", file->hdf5.path,
                    found.n_data == 0 ? "HDF5 without NXdata" : "several NXdata groups",
                    found.list[0] != '\0' ? found.list : "(there are no datasets of numbers)");
}

/* ---- 3. Which columns ---- */

/* Old NeXus marks the dataset itself: signal=1. New NeXus names it in the group. NXxas fixes the name. */
static void find_roles(nexus *file, const cuxas_hdf5_name *name, size_t n_name, const char *definition)
{
  static const char *const NXXAS[]   = {"absorbed_beam", "intensity", "mu", "data"};
  const bool               was_given = file->signal[0] != '\0';
  char                     text[64], path[MAX_PATH];

  if (!was_given) cuxas_hdf5_attribute(&file->hdf5, file->group, "signal", file->signal, sizeof file->signal);
  cuxas_hdf5_attribute(&file->hdf5, file->group, "axes", file->energy, sizeof file->energy);
  for (size_t i = 0; i < n_name && file->signal[0] == '\0'; i++)
    if (join(file->group, name[i], path) && cuxas_hdf5_attribute(&file->hdf5, path, "signal", text, sizeof text) &&
        strcmp(text, "1") == 0)
      strcpy(file->signal, name[i]);
  for (size_t k = 0; k < sizeof NXXAS / sizeof *NXXAS && file->signal[0] == '\0'; k++)
    for (size_t i = 0; i < n_name && strncmp(definition, "NXxas", 5) == 0; i++)
      if (strcmp(name[i], NXXAS[k]) == 0) strcpy(file->signal, name[i]);
  if (file->energy[0] == '\0' && file->signal[0] != '\0' && join(file->group, file->signal, path) &&
      cuxas_hdf5_attribute(&file->hdf5, path, "axes", text, sizeof text)) /* "energy", "[energy]", "energy:time" */
    snprintf(file->energy, sizeof file->energy, "%.*s", (int)strcspn(text + (text[0] == '['), ":,]"),
             text + (text[0] == '['));
  if (strcmp(file->energy, file->signal) == 0) file->energy[0] = '\0';
}

static bool is_name_of(const char *path, const char *group, const char *name)
{
  char full[MAX_PATH];
  return name[0] != '\0' && join(group, name, full) && strcmp(full, path) == 0;
}

/* As many numbers as the signal has, or as the longest dataset where the signal is not known. */
static size_t find_length(const nexus *file, const cuxas_hdf5_name *name, size_t n_name)
{
  const char *given = file->options->signal_column != NULL ? file->options->signal_column : file->signal;
  char        path[MAX_PATH];
  size_t      n_longest = 0, n_row, n_column;

  if (given[0] == '/' && cuxas_hdf5_shape(&file->hdf5, given, &n_row, &n_column)) return n_row;
  for (size_t i = 0; i < n_name; i++) {
    if (!join(file->group, name[i], path) || !cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) || n_column > 1)
      continue;
    if (strcmp(name[i], given) == 0) return n_row;
    if (n_row > n_longest) n_longest = n_row;
  }
  return n_longest;
}

static void add_column(nexus *file, const char *path)
{
  for (size_t i = 0; i < file->n_column; i++)
    if (strcmp(file->column[i], path) == 0) return;
  if (file->n_column < MAX_COLUMN) strcpy(file->column[file->n_column++], path);
}

static cuxas_status add_named(nexus *file, const char *option, const char *path, size_t n_length, cuxas_error *err)
{
  size_t n_row, n_column;
  if (path == NULL || path[0] != '/') return CUXAS_OK;
  if (strlen(path) >= MAX_PATH || !cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) || n_column > 1)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s '%.200s': no dataset of one dimension of numbers", file->hdf5.path,
                      option, path);
  if (n_row != n_length)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s %.200s has %zu values, the signal %zu", file->hdf5.path, option, path,
                      n_row, n_length);
  add_column(file, path);
  return CUXAS_OK;
}

static cuxas_status find_columns(nexus *file, const char *definition, size_t *ret_n_row, cuxas_error *err)
{
  const cuxas_measured_options *options = file->options;
  cuxas_hdf5_name              *name    = NULL;
  size_t                        n_name  = 0, n_row, n_column;
  char                          path[MAX_PATH];
  cuxas_status                  status = cuxas_hdf5_list(&file->hdf5, file->group, &name, &n_name, err);
  if (status != CUXAS_OK) return status;

  find_roles(file, name, n_name, definition);
  *ret_n_row = find_length(file, name, n_name);
  for (size_t i = 0; i < n_name; i++)
    if (join(file->group, name[i], path) && cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) && n_column == 1 &&
        n_row == *ret_n_row)
      add_column(file, path);
  free(name);
  if ((status = add_named(file, "--energy-column", options->energy_column, *ret_n_row, err)) != CUXAS_OK ||
      (status = add_named(file, "--signal", options->signal_column, *ret_n_row, err)) != CUXAS_OK)
    return status;
  return add_named(file, "--i0", options->i0_column, *ret_n_row, err);
}

/* "energy (eV)": the name in the group, or the path where the user gave one, and the unit of @units. */
static cuxas_status name_column(const nexus *file, const char *path, cuxas_column *column, cuxas_error *err)
{
  const cuxas_measured_options *options = file->options;
  const char *const             given[] = {options->energy_column, options->signal_column, options->i0_column};
  const char                   *slash = strrchr(path, '/'), *name = slash + 1;
  char                          unit[32], full[MAX_PATH + 40];
  for (size_t i = 0; i < 3; i++)
    if (given[i] != NULL && strcasecmp(given[i], path) == 0) name = path;
  const size_t n_room = CUXAS_COLUMN_MAX_NAME; /* a long path keeps its end, which the user's is compared with */
  if (strlen(name) > n_room)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: '%.200s': longer than %zu characters", file->hdf5.path, name,
                      n_room);
  if (cuxas_hdf5_attribute(&file->hdf5, path, "units", unit, sizeof unit) && strlen(name) + strlen(unit) + 3 <= n_room)
    snprintf(full, sizeof full, "%s (%s)", name, unit);
  else
    snprintf(full, sizeof full, "%s", name);
  if (is_name_of(path, file->group, file->energy)) column->role = CUXAS_COLUMN_ENERGY;
  if (is_name_of(path, file->group, file->signal)) column->role = CUXAS_COLUMN_SIGNAL;
  return cuxas_column_set_name(column, full, err);
}

/* ---- 4. What the entry says ---- */

/* The NXentry above the group, or "/". */
static void find_entry(const nexus *file, char ret_entry[MAX_PATH])
{
  strcpy(ret_entry, file->group);
  for (char *slash; !is_class(file, ret_entry, "NXentry") && (slash = strrchr(ret_entry, '/')) != NULL;) {
    if (slash == ret_entry) {
      strcpy(ret_entry, "/");
      return;
    }
    *slash = '\0';
  }
}

/* First of several datasets below the entry that holds a text. */
static void take_field(const nexus *file, const char *entry, const char *const *names, char *field, size_t size)
{
  char path[MAX_PATH], text[128];
  for (; *names != NULL && field[0] == '\0'; names++)
    if (join(entry, *names, path) && cuxas_hdf5_text(&file->hdf5, path, text, sizeof text))
      cuxas_info_put(field, size, text);
}

static void describe_entry(const nexus *file, const char *entry, cuxas_measured_info *info)
{
  static const char *const ELEMENT[] = {"element", "element/symbol", "element/name", "sample/element", NULL};
  static const char *const EDGE[]    = {"edge", "edge/name", NULL};
  static const char *const MODE[]    = {"mode", "data/mode", "detection_mode", NULL};
  take_field(file, entry, ELEMENT, info->element, sizeof info->element);
  take_field(file, entry, EDGE, info->edge, sizeof info->edge);
  take_field(file, entry, MODE, info->detection_mode, sizeof info->detection_mode);
  cuxas_info_put(info->scan, sizeof info->scan, file->table[0] != '\0' ? file->table : file->group);
}

/* ---- 5. Reading ---- */

static cuxas_status read_two_dimensions(const nexus *file, cuxas_measured_info *info, cuxas_table *table,
                                        cuxas_error *err)
{
  size_t       n_row = 0, n_column = 0;
  cuxas_status status;
  if (!cuxas_hdf5_shape(&file->hdf5, file->table, &n_row, &n_column) || n_column > CUXAS_TABLE_MAX_COLUMN)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: %.200s has more than %d columns", file->hdf5.path, file->table,
                      CUXAS_TABLE_MAX_COLUMN);
  if ((status = cuxas_table_new(file->hdf5.path, n_row, n_column, table, err)) != CUXAS_OK ||
      (status = cuxas_info_new_columns(info, n_column, n_row, err)) != CUXAS_OK)
    return status;
  return cuxas_hdf5_read(&file->hdf5, file->table, table->number, err);
}

static cuxas_status read_columns(const nexus *file, size_t n_row, cuxas_measured_info *info, cuxas_table *table,
                                 cuxas_error *err)
{
  cuxas_status status;
  if (file->n_column < 2 || n_row < 2)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: group %.200s has no two datasets of numbers of one length",
                      file->hdf5.path, file->group);
  double *values = cuxas_new_array(n_row, sizeof *values);
  if (values == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu values", file->hdf5.path, n_row);
  if ((status = cuxas_table_new(file->hdf5.path, n_row, file->n_column, table, err)) == CUXAS_OK)
    status = cuxas_info_new_columns(info, file->n_column, n_row, err);
  for (size_t k = 0; k < file->n_column && status == CUXAS_OK; k++) {
    if ((status = name_column(file, file->column[k], &info->column[k], err)) != CUXAS_OK) break;
    status = cuxas_hdf5_read(&file->hdf5, file->column[k], values, err);
    for (size_t i = 0; i < n_row && status == CUXAS_OK; i++) table->number[i * file->n_column + k] = values[i];
  }
  free(values);
  return status;
}

static cuxas_status read_opened(nexus *file, cuxas_measured_info *info, cuxas_table *table, cuxas_error *err)
{
  char         entry[MAX_PATH], definition[64] = "";
  size_t       n_row  = 0;
  cuxas_status status = find_group(file, err);
  if (status != CUXAS_OK) return status;
  find_entry(file, entry);
  take_field(file, entry, (const char *const[]){"definition", NULL}, definition, sizeof definition);
  describe_entry(file, entry, info);
  if (file->table[0] != '\0') return read_two_dimensions(file, info, table, err);
  if ((status = find_columns(file, definition, &n_row, err)) != CUXAS_OK) return status;
  return read_columns(file, n_row, info, table, err);
}

cuxas_status cuxas_nexus_read_here(const char *path, const void *bytes, size_t n_byte,
                                   const cuxas_measured_options *options, cuxas_measured_info *info,
                                   cuxas_table *ret_table, cuxas_error *err)
{
  nexus file = {.options = options, .column = cuxas_new_array(MAX_COLUMN, sizeof *file.column)};
  if (file.column == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  cuxas_status status = cuxas_hdf5_open(path, bytes, n_byte, &file.hdf5, err);
  if (status == CUXAS_OK) status = read_opened(&file, info, ret_table, err);
  cuxas_hdf5_close(&file.hdf5);
  free(file.column);
  return status;
}
