/* Spectra in HDF5, NeXus and plain: which group, which of its datasets are columns, and what NeXus attributes say of them
 *
 * The group is the one of --dataset, else the one that @default leads to, else the only NXdata group, else the only one
 * that covers the energy asked for. Its datasets of
 * numbers that are as long as the signal are the columns; @signal and @axes of NXdata give roles, as do the names that
 * NXxas prescribes. An absolute path given as a column is one more column.
 * NeXus: M. Koennecke et al., J. Appl. Cryst. 48, 301 (2015); https://manual.nexusformat.org
 *
 * Contents
 *   1. Paths
 *   2. Which group
 *   3. Which columns
 *   4. What the entry says
 *   5. All spectra of a file
 *   6. Reading */
#include "base/memory.h"
#include "base/text.h"
#include "spectrum/formats.h"
#include "spectrum/hdf5_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_PATH = 1024, MAX_DEPTH = 12, MAX_VISITED = 4000, MAX_COLUMN = 200, MAX_DATA = 200 };

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

/* Does a name contain this word, whatever its case? */
static bool contains_word(const char *name, const char *word)
{
  for (; *name != '\0'; name++)
    if (strncasecmp(name, word, strlen(word)) == 0) return true;
  return false;
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
  size_t n_data;                   /* NXdata groups */
  char   data[MAX_DATA][MAX_PATH]; /* the first of them; where there is none: groups with energies and more */
  bool   is_plain;                 /* those are no NXdata */
  char   list[500];                /* datasets of more than one number, and NXdata groups, for messages */
} survey;

static void list_path(survey *found, const char *path)
{
  const size_t n_byte = strlen(found->list), n_path = strlen(path);
  if (n_byte + n_path + 8 < sizeof found->list)
    sprintf(found->list + n_byte, "%s%s", n_byte > 0 ? ", " : "", path);
  else if (n_byte > 0 && found->list[n_byte - 1] != '.')
    strcpy(found->list + n_byte, ", ...");
}

/* Does a group hold a dataset called energy, and another one as long? */
static bool holds_spectrum(const nexus *file, const char *group, const cuxas_hdf5_name *name, size_t n_name)
{
  size_t n_row, n_column, n_energy = 0, n_same = 0;
  char   path[MAX_PATH];
  for (size_t i = 0; i < n_name && n_energy == 0; i++)
    if (contains_word(name[i], "energy") && join(group, name[i], path) &&
        cuxas_hdf5_kind_of(&file->hdf5, path) == CUXAS_HDF5_DATASET &&
        cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) && n_column == 1 && n_row > 1)
      n_energy = n_row;
  for (size_t i = 0; i < n_name && n_energy > 0; i++)
    n_same += join(group, name[i], path) && cuxas_hdf5_kind_of(&file->hdf5, path) == CUXAS_HDF5_DATASET &&
              cuxas_hdf5_shape(&file->hdf5, path, &n_row, &n_column) && n_column == 1 && n_row == n_energy;
  return n_same > 1;
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
        if (found->n_data < MAX_DATA) strcpy(found->data[found->n_data++], path);
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
  if (status == CUXAS_OK && found->is_plain && found->n_data < MAX_DATA && holds_spectrum(file, group, name, n_name))
    strcpy(found->data[found->n_data++], group);
  free(name);
  return status;
}

/* All NXdata groups; where there is none, all groups that hold a spectrum all the same. */
static cuxas_status find_data(const nexus *file, survey *found, cuxas_error *err)
{
  cuxas_status status = walk(file, "/", 0, found, err);
  if (status != CUXAS_OK || found->n_data > 0) return status;
  found->is_plain  = true;
  found->n_visited = 0;
  found->list[0]   = '\0';
  return walk(file, "/", 0, found, err);
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

/* ---- 5. All spectra of a file ---- */

/* What is told of one of them. */
typedef struct {
  char   title[80], element[8], edge[16], mode[48];
  size_t n_point;
  double min_eV, max_eV; /* NaN: no energies are found */
} spectrum_entry;

/* Range of the energies of a group, whose roles are found already. */
static void find_range(const nexus *of, const cuxas_hdf5_name *name, size_t n_name, spectrum_entry *ret_entry)
{
  char   path[MAX_PATH], unit[32];
  size_t n_row, n_column;
  ret_entry->min_eV = ret_entry->max_eV = NAN;
  const char *energy                    = of->energy;
  for (size_t i = 0; i < n_name && energy[0] == '\0'; i++)
    if (contains_word(name[i], "energy")) energy = name[i];
  if (energy[0] == '\0' || !join(of->group, energy, path) || !cuxas_hdf5_shape(&of->hdf5, path, &n_row, &n_column) ||
      n_column != 1)
    return;
  ret_entry->n_point = n_row;
  double *values     = cuxas_new(NULL, n_row, sizeof *values);
  if (values == NULL) return;
  if (cuxas_hdf5_read(&of->hdf5, path, values, NULL) == CUXAS_OK) {
    double min = INFINITY, max = -INFINITY;
    for (size_t i = 0; i < n_row; i++) {
      min = fmin(min, values[i]);
      max = fmax(max, values[i]);
    }
    const bool has_unit = cuxas_hdf5_attribute(&of->hdf5, path, "units", unit, sizeof unit) && unit[0] != '\0';
    const bool is_keV   = has_unit ? strcasecmp(unit, "keV") == 0 : max < 150;
    if (!has_unit || is_keV || strcasecmp(unit, "eV") == 0 || strncasecmp(unit, "electron", 8) == 0) {
      ret_entry->min_eV = min * (is_keV ? 1000 : 1);
      ret_entry->max_eV = max * (is_keV ? 1000 : 1);
    }
  }
  free(values);
}

static void describe_group(const nexus *file, const char *group, spectrum_entry *ret_entry)
{
  static const char *const TITLE[] = {"title", "sample/name", "scan_id", NULL};
  cuxas_hdf5_name         *name    = NULL;
  size_t                   n_name  = 0;
  char                     entry[MAX_PATH], definition[64] = "";
  nexus                    of   = *file; /* its file and options; the roles are its own */
  cuxas_measured_info     *info = cuxas_new(NULL, 1, sizeof *info);
  *ret_entry                    = (spectrum_entry){.min_eV = NAN, .max_eV = NAN};
  strcpy(of.group, group);
  of.signal[0] = of.energy[0] = of.table[0] = '\0';
  if (info != NULL && cuxas_hdf5_list(&of.hdf5, group, &name, &n_name, NULL) == CUXAS_OK) {
    find_entry(&of, entry);
    take_field(&of, entry, (const char *const[]){"definition", NULL}, definition, sizeof definition);
    find_roles(&of, name, n_name, definition);
    describe_entry(&of, entry, info);
    take_field(&of, entry, TITLE, ret_entry->title, sizeof ret_entry->title);
    memcpy(ret_entry->element, info->element, sizeof ret_entry->element);
    memcpy(ret_entry->edge, info->edge, sizeof ret_entry->edge);
    memcpy(ret_entry->mode, info->detection_mode, sizeof ret_entry->mode);
    find_range(&of, name, n_name, ret_entry);
  }
  free(name);
  free(info);
}

/* Does it cover the energy asked for, and is not said to be of a K edge? */
static bool could_be_asked_for(const spectrum_entry *entry, double near_eV)
{
  return near_eV > 0 && entry->min_eV <= near_eV && entry->max_eV >= near_eV && strcasecmp(entry->edge, "K") != 0;
}

/* "Cu L3, TEY, 920.0 to 970.0 eV, 251 points" */
static void put_entry(const spectrum_entry *entry, char *buffer, size_t size)
{
  char range[64] = "no energies found";
  if (!isnan(entry->min_eV))
    cuxas_text_print(range, sizeof range, "%.1f to %.1f eV, %zu points", entry->min_eV, entry->max_eV, entry->n_point);
  snprintf(buffer, size, "%s%s%s%s%s%s%s", entry->element,
           entry->element[0] != '\0' && entry->edge[0] != '\0' ? " " : "", entry->edge,
           entry->element[0] != '\0' || entry->edge[0] != '\0' ? ", " : "", entry->mode,
           entry->mode[0] != '\0' ? ", " : "", range);
}

/* The only group that covers the energy asked for; else the user is asked. */
static cuxas_status choose_data(nexus *file, const survey *found, cuxas_measured_info *info, cuxas_error *err)
{
  char   list[800] = "", one[200];
  size_t n_byte = 0, n_asked = 0, i_asked = 0;
  for (size_t i = 0; i < found->n_data; i++) {
    spectrum_entry entry;
    describe_group(file, found->data[i], &entry);
    if (could_be_asked_for(&entry, file->options->near_eV)) {
      i_asked = i;
      n_asked++;
    }
    put_entry(&entry, one, sizeof one);
    const size_t n = strlen(found->data[i]) + strlen(one) + 5;
    if (n_byte + n + 5 < sizeof list)
      n_byte +=
          (size_t)snprintf(list + n_byte, sizeof list - n_byte, "%s%s (%s)", i > 0 ? ", " : "", found->data[i], one);
    else if (n_byte > 0 && list[n_byte - 1] != '.')
      n_byte += (size_t)snprintf(list + n_byte, sizeof list - n_byte, ", ...");
  }
  if (n_asked == 1) {
    strcpy(file->group, found->data[i_asked]);
    cuxas_warn(&info->warnings, "the only one of %zu spectra in the file that covers %g eV: %.80s", found->n_data,
               file->options->near_eV, file->group);
    return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: several %s; choose with --dataset: %s", file->hdf5.path,
                    found->is_plain ? "spectra" : "NXdata groups", list);
}

static cuxas_status find_group(nexus *file, cuxas_measured_info *info, cuxas_error *err)
{
  const char *given = file->options->dataset, *name;
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
  survey *found = cuxas_new(err, 1, sizeof *found);
  if (found == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, file->hdf5.path);
  cuxas_status status = find_data(file, found, err);
  if (status == CUXAS_OK && given != NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: --dataset '%.200s': nothing there; the file has %s", file->hdf5.path,
                        given, found->list);
  else if (status == CUXAS_OK && found->n_data == 1)
    strcpy(file->group, found->data[0]);
  else if (status == CUXAS_OK && found->n_data == 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: HDF5 without NXdata; choose with --dataset: %s", file->hdf5.path,
                        found->list[0] != '\0' ? found->list : "(there are no datasets of numbers)");
  else if (status == CUXAS_OK)
    status = choose_data(file, found, info, err);
  free(found);
  return status;
}

cuxas_status cuxas_nexus_list_here(const char *path, const void *bytes, size_t n_byte, double near_eV, char **ret_text,
                                   cuxas_error *err)
{
  const cuxas_measured_options options = {.near_eV = near_eV};
  nexus                        file    = {.options = &options};
  survey                      *found   = cuxas_new(err, 1, sizeof *found);
  size_t                       n_text  = 0;
  FILE                        *out     = open_memstream(ret_text, &n_text);
  cuxas_status status = found != NULL && out != NULL ? cuxas_hdf5_open(path, bytes, n_byte, &file.hdf5, err)
                                                     : cuxas_fail_at(err, cuxas_no_memory(err), path);
  if (status == CUXAS_OK) status = find_data(&file, found, err);
  for (size_t i = 0; i < (status == CUXAS_OK ? found->n_data : 0); i++) {
    spectrum_entry entry;
    char           one[200];
    describe_group(&file, found->data[i], &entry);
    put_entry(&entry, one, sizeof one);
    fprintf(out, "spectrum    %s%s%s%s: %s%s\n", found->data[i], entry.title[0] != '\0' ? " '" : "", entry.title,
            entry.title[0] != '\0' ? "'" : "", one, could_be_asked_for(&entry, near_eV) ? "  <- could be the one" : "");
  }
  if (out != NULL) fclose(out);
  cuxas_hdf5_close(&file.hdf5);
  free(found);
  if (status != CUXAS_OK) {
    free(*ret_text);
    *ret_text = NULL;
  }
  return status;
}

/* ---- 6. Reading ---- */

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
  double *values = cuxas_new(err, n_row, sizeof *values);
  if (values == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, file->hdf5.path);
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
  char   entry[MAX_PATH], definition[64] = "";
  size_t n_row = 0;
  if (cuxas_hyperspy_recognises(&file->hdf5)) return cuxas_hyperspy_read(&file->hdf5, file->options, info, table, err);
  cuxas_status status = find_group(file, info, err);
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
  nexus file = {.options = options, .column = cuxas_new(err, MAX_COLUMN, sizeof *file.column)};
  if (file.column == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);
  cuxas_status status = cuxas_hdf5_open(path, bytes, n_byte, &file.hdf5, err);
  if (status == CUXAS_OK) status = read_opened(&file, info, ret_table, err);
  cuxas_hdf5_close(&file.hdf5);
  free(file.column);
  return status;
}

cuxas_status cuxas_nexus_image_here(const char *path, const void *bytes, size_t n_byte, const char *opt_dataset,
                                    cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  cuxas_hdf5   file;
  cuxas_status status = cuxas_hdf5_open(path, bytes, n_byte, &file, err);
  *ret_image          = NULL;
  if (status == CUXAS_OK)
    status = cuxas_hyperspy_recognises(&file)
                 ? cuxas_hyperspy_image(&file, opt_dataset, ret_image, err)
                 : cuxas_fail(err, CUXAS_EUNSUPPORTED,
                              "%s: no spectrum image: of HDF5 files those of HyperSpy (.hspy) are read", path);
  cuxas_hdf5_close(&file);
  return status;
}
