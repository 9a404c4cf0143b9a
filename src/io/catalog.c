/* Contents
 *   1. What a file name says
 *   2. A growing list
 *   3. Folders and files
 *   4. Order */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "cuxas/catalog.h"

#include "crystal_priv.h"
#include "cuxas/memory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- 1. What a file name says ---- */

static bool is_among(const char *word, size_t n_byte, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strlen(*words) == n_byte && strncasecmp(word, *words, n_byte) == 0) return true;
  return false;
}

static const char *base_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* VASP's own names carry what tells them apart behind a dot: POSCAR.cuprite */
static bool is_vasp_name(const char *name)
{
  return strncmp(name, "POSCAR", 6) == 0 || strncmp(name, "CONTCAR", 7) == 0;
}

static size_t stem_length(const char *name)
{
  const char *dot = strrchr(name, '.');
  return dot == NULL || dot == name || is_vasp_name(name) ? strlen(name) : (size_t)(dot - name);
}

static bool has_known_suffix(const char *name, cuxas_candidate_kind *ret_kind)
{
  static const char *const structures[] = {".cif", ".vasp", ".poscar", ".contcar", ".xyz", ".extxyz", NULL};
  static const char *const spectra[]    = {".csv", ".tsv", ".txt", ".dat", ".xmu", ".xdi", NULL};
  const char              *dot          = strrchr(name, '.');
  const size_t             n_byte       = dot != NULL ? strlen(dot) : 0;

  *ret_kind = CUXAS_CANDIDATE_STRUCTURE;
  if (is_vasp_name(name) || is_among(dot, n_byte, structures)) return true;
  *ret_kind = CUXAS_CANDIDATE_SPECTRUM;
  return is_among(dot, n_byte, spectra);
}

static bool describes_the_folder(const char *name)
{
  static const char *const pages[] = {"README", "ORIGIN",   "INDEX",     "MANIFEST", "LICENSE", "COPYING",
                                      "NOTICE", "CITATION", "CHANGELOG", "FORMAT",   NULL};
  return is_among(name, strcspn(name, "."), pages);
}

/* ---- 2. A growing list ---- */

/* A candidate and where it really lies, by which it is recognised when it is reached twice. */
typedef struct {
  cuxas_candidate candidate;
  char           *place;
} entry;

typedef struct {
  size_t n_entry, n_room;
  entry *entry;
} entry_list;

static void candidate_end(cuxas_candidate *candidate)
{
  free(candidate->path);
  free(candidate->label);
  free(candidate->name);
}

static void entry_list_end(entry_list *list)
{
  for (size_t i = 0; i < list->n_entry; i++) {
    candidate_end(&list->entry[i].candidate);
    free(list->entry[i].place);
  }
  free(list->entry);
}

void cuxas_catalog_free(cuxas_catalog *catalog)
{
  if (catalog == NULL) return;
  for (size_t i = 0; i < catalog->n_candidate; i++) candidate_end(&catalog->candidate[i]);
  free(catalog->candidate);
  free(catalog);
}

/* The folder's real path with the file's own name: a link under another name is another candidate; NULL: no memory */
static char *find_place(const char *path)
{
  const char *name   = base_name(path);
  char       *folder = cuxas_copy_string(path);
  if (folder == NULL) return NULL;
  folder[name - path] = '\0';
  char *real          = realpath(folder[0] != '\0' ? folder : ".", NULL);
  if (real == NULL && errno != ENOMEM) real = cuxas_copy_string(folder); /* not to be resolved: compare as written */
  free(folder);
  if (real == NULL) return NULL;
  const size_t n_byte = strlen(real) + strlen(name) + 2;
  char        *place  = cuxas_new_array(n_byte, 1);
  if (place != NULL) snprintf(place, n_byte, "%s/%s", real, name);
  free(real);
  return place;
}

static cuxas_status add_candidate(entry_list *list, const char *path, cuxas_candidate_kind kind, cuxas_error *err)
{
  if (list->n_entry == list->n_room) {
    const size_t n_room = list->n_room > 0 ? 2 * list->n_room : 64;
    entry       *grown  = cuxas_grow_array(list->entry, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for the list of candidates", path);
    list->entry  = grown;
    list->n_room = n_room;
  }
  entry *added = &list->entry[list->n_entry++];
  *added       = (entry){.candidate = {.path = cuxas_copy_string(path), .kind = kind}, .place = find_place(path)};
  added->candidate.label = cuxas_copy_string(path);
  added->candidate.name  = cuxas_copy_string(base_name(path));
  if (added->candidate.path == NULL || added->candidate.label == NULL || added->candidate.name == NULL || added->place == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for the list of candidates", path);
  added->candidate.name[stem_length(added->candidate.name)] = '\0';
  return CUXAS_OK;
}

/* ---- 3. Folders and files ---- */

enum { MAX_DEPTH = 32 };

static char *join_path(const char *folder, const char *name)
{
  const size_t n_folder = strlen(folder), n_byte = n_folder + strlen(name) + 2;
  char        *path = cuxas_new_array(n_byte, 1);
  if (path != NULL)
    snprintf(path, n_byte, "%s%s%s", folder, n_folder > 0 && folder[n_folder - 1] == '/' ? "" : "/", name);
  return path;
}

static cuxas_status add_folder(entry_list *list, const char *folder, bool is_recursive, int depth, cuxas_error *err)
{
  cuxas_status   status = CUXAS_OK;
  DIR           *dir    = opendir(folder);
  struct dirent *file;

  if (dir == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", folder, strerror(errno));
  while (status == CUXAS_OK && (errno = 0, file = readdir(dir)) != NULL) {
    struct stat          about;
    cuxas_candidate_kind kind;
    if (file->d_name[0] == '.') continue;
    char *path = join_path(folder, file->d_name);
    if (path == NULL) {
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its files", folder);
    } else if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
      if (is_recursive && depth < MAX_DEPTH) status = add_folder(list, path, true, depth + 1, err);
    } else if (has_known_suffix(file->d_name, &kind) && !describes_the_folder(file->d_name)) {
      if (stat(path, &about) != 0 || S_ISREG(about.st_mode)) /* a dangling link is a candidate that cannot be read */
        status = add_candidate(list, path, kind, err);
    }
    free(path);
  }
  if (status == CUXAS_OK && errno != 0)
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read: %s", folder, strerror(errno));
  closedir(dir);
  return status;
}

static cuxas_status add_path(entry_list *list, const char *path, bool is_recursive, cuxas_error *err)
{
  struct stat          about;
  cuxas_candidate_kind kind;
  if (stat(path, &about) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  if (S_ISDIR(about.st_mode)) return add_folder(list, path, is_recursive, 0, err);
  if (!has_known_suffix(base_name(path), &kind))
    kind = cuxas_crystal_is_recognised(path) ? CUXAS_CANDIDATE_STRUCTURE : CUXAS_CANDIDATE_SPECTRUM;
  return add_candidate(list, path, kind, err);
}

/* ---- 4. Order ---- */

static int by_place(const void *left, const void *right)
{
  const entry *a = left, *b = right;
  const int    order = strcmp(a->place, b->place);
  return order != 0 ? order : strcmp(a->candidate.path, b->candidate.path);
}

static int by_name(const void *left, const void *right)
{
  const entry *a = left, *b = right;
  const int    order = strcmp(a->candidate.name, b->candidate.name);
  return order != 0 ? order : strcmp(a->candidate.path, b->candidate.path);
}

/* Of several ways to one file the path first in byte order stays. */
static void drop_doubles(entry_list *list)
{
  size_t n_kept = 0;
  qsort(list->entry, list->n_entry, sizeof *list->entry, by_place);
  for (size_t i = 0; i < list->n_entry; i++) {
    if (n_kept > 0 && strcmp(list->entry[n_kept - 1].place, list->entry[i].place) == 0) {
      candidate_end(&list->entry[i].candidate);
      free(list->entry[i].place);
    } else {
      list->entry[n_kept++] = list->entry[i];
    }
  }
  list->n_entry = n_kept;
  qsort(list->entry, list->n_entry, sizeof *list->entry, by_name);
}

cuxas_status cuxas_catalog_list(const char *const *paths, size_t n_path, bool is_recursive, cuxas_catalog **ret_catalog,
                                cuxas_error *err)
{
  entry_list     list    = {0};
  cuxas_catalog *catalog = NULL;
  cuxas_status   status  = CUXAS_OK;

  *ret_catalog = NULL;
  for (size_t i = 0; status == CUXAS_OK && i < n_path; i++) status = add_path(&list, paths[i], is_recursive, err);
  if (status != CUXAS_OK) goto done;
  if (list.n_entry == 0) {
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s%s: no candidate: neither a structure nor a spectrum file",
                        n_path > 0 ? paths[0] : "(nothing given)", n_path > 1 ? " and the other paths" : "");
    goto done;
  }
  drop_doubles(&list);

  catalog = cuxas_new_array(1, sizeof *catalog);
  if (catalog != NULL) catalog->candidate = cuxas_new_array(list.n_entry, sizeof *catalog->candidate);
  if (catalog == NULL || catalog->candidate == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the list of candidates");
    goto done;
  }
  for (size_t i = 0; i < list.n_entry; i++) { /* paths and names move to the catalog */
    catalog->candidate[catalog->n_candidate++] = list.entry[i].candidate;
    list.entry[i].candidate                    = (cuxas_candidate){0};
  }
  *ret_catalog = catalog;
  catalog      = NULL;
done:
  cuxas_catalog_free(catalog);
  entry_list_end(&list);
  return status;
}

cuxas_status cuxas_catalog_relabel(cuxas_catalog *catalog, const char *folder, const char *prefix, cuxas_error *err)
{
  const size_t n_folder = strlen(folder);
  for (size_t i = 0; i < catalog->n_candidate; i++) {
    cuxas_candidate *candidate = &catalog->candidate[i];
    if (strncmp(candidate->path, folder, n_folder) != 0 || candidate->path[n_folder] != '/') continue;
    const char  *rest   = candidate->path + n_folder + 1;
    const size_t n_byte = strlen(prefix) + strlen(rest) + 1;
    char        *label  = cuxas_new_array(n_byte, 1);
    if (label == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its label", candidate->path);
    snprintf(label, n_byte, "%s%s", prefix, rest);
    free(candidate->label);
    candidate->label = label;
  }
  return CUXAS_OK;
}
