/* catalog.c - which files and folders hold candidates, what each is called, and what it is
 *
 * Contents
 *   1. What a file name says
 *   2. A growing list
 *   3. Folders and files
 *   4. Order
 *   5. Candidates
 *   6. Which elements a sample may hold */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "cuxas/catalog.h"
#include "base/hash.h"
#include "crystal/crystal_priv.h"
#include "crystal/database.h"
#include "crystal/folder.h"
#include "crystal/opened.h"
#include "base/memory.h"
#include "crystal/members_priv.h"
#include "base/elements.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
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

/* Without ".gz" */
static size_t plain_length(const char *name)
{
  const size_t n_byte = strlen(name);
  return n_byte > 3 && strcasecmp(name + n_byte - 3, ".gz") == 0 ? n_byte - 3 : n_byte;
}

/* The last dot within the first n_byte bytes, of which it is not the first; NULL: none */
static const char *last_dot(const char *name, size_t n_byte)
{
  for (const char *dot = name + n_byte; dot > name + 1;)
    if (*--dot == '.') return dot;
  return NULL;
}

static size_t stem_length(const char *name)
{
  const size_t n_byte = plain_length(name);
  const char  *dot    = last_dot(name, n_byte);
  return dot == NULL || is_vasp_name(name) ? n_byte : (size_t)(dot - name);
}

static bool has_suffix(const char *name, const char *const *suffixes)
{
  const size_t n_byte = plain_length(name);
  const char  *dot    = last_dot(name, n_byte);
  return dot != NULL && is_among(dot, n_byte - (size_t)(dot - name), suffixes);
}

static bool has_known_suffix(const char *name, cuxas_candidate_kind *ret_kind)
{
  static const char *const spectra[] = {".csv", ".tsv", ".txt", ".dat", ".xmu", ".xdi", NULL};

  *ret_kind = CUXAS_CANDIDATE_STRUCTURE;
  if (cuxas_crystal_has_suffix(name)) return true;
  *ret_kind = CUXAS_CANDIDATE_SPECTRUM;
  return has_suffix(name, spectra);
}

/* Files whose suffix says little: only their content tells whether they hold structures. */
static bool may_hold_structures(const char *name)
{
  static const char *const suffixes[] = {".json", ".db", ".sqlite", ".sqlite3", NULL};
  return has_suffix(name, suffixes);
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
  char  *folder, *real; /* of the last path, and where it really lies: a file may hold a million structures */
} entry_list;

void cuxas_candidate_clear(cuxas_candidate *candidate)
{
  free(candidate->path);
  free(candidate->label);
  free(candidate->name);
  free(candidate->content);
}

static void entry_list_end(entry_list *list)
{
  for (size_t i = 0; i < list->n_entry; i++) {
    cuxas_candidate_clear(&list->entry[i].candidate);
    free(list->entry[i].place);
  }
  free(list->entry);
  free(list->folder);
  free(list->real);
}

void cuxas_catalog_free(cuxas_catalog *catalog)
{
  if (catalog == NULL) return;
  for (size_t i = 0; i < catalog->n_candidate; i++) cuxas_candidate_clear(&catalog->candidate[i]);
  free(catalog->candidate);
  free(catalog);
}

/* The folder's real path with the file's own name: a link under another name is another candidate; NULL: no memory */
static char *find_place(entry_list *list, const char *path)
{
  const char  *name     = base_name(path);
  const size_t n_folder = (size_t)(name - path);
  if (list->folder == NULL || strlen(list->folder) != n_folder || memcmp(list->folder, path, n_folder) != 0) {
    free(list->folder);
    free(list->real);
    list->real   = NULL;
    list->folder = cuxas_print_text(NULL, "%.*s", (int)n_folder, path);
    if (list->folder == NULL) return NULL;
    list->real = realpath(n_folder > 0 ? list->folder : ".", NULL);
    if (list->real == NULL && errno != ENOMEM)
      list->real = cuxas_copy_text(NULL, list->folder); /* not to be resolved: compare as written */
  }
  return list->real != NULL ? cuxas_print_text(NULL, "%s/%s", list->real, name) : NULL;
}

static cuxas_status new_entry(entry_list *list, const char *path, cuxas_candidate_kind kind, entry **ret_added,
                              cuxas_error *err)
{
  if (list->n_entry == list->n_room) {
    const size_t n_room = list->n_room > 0 ? 2 * list->n_room : 64;
    entry       *grown  = cuxas_grow(err, list->entry, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
    list->entry  = grown;
    list->n_room = n_room;
  }
  list->entry[list->n_entry] = (entry){.candidate = {.kind = kind}};
  *ret_added                 = &list->entry[list->n_entry++];
  return CUXAS_OK;
}

/* path and name are copied; content is taken over when it succeeds */
static cuxas_status add_candidate(entry_list *list, const char *path, const char *name, size_t n_name,
                                  cuxas_candidate_kind kind, cuxas_error *err)
{
  entry       *added  = NULL;
  cuxas_status status = new_entry(list, path, kind, &added, err);
  if (status != CUXAS_OK) return status;
  added->candidate.n_file = strlen(path);
  added->candidate.path   = cuxas_copy_text(err, path);
  added->candidate.label  = cuxas_copy_text(err, path);
  added->candidate.name   = cuxas_copy_text(err, name);
  added->place            = find_place(list, path);
  if (added->candidate.path == NULL || added->candidate.label == NULL || added->candidate.name == NULL ||
      added->place == NULL)
    return cuxas_fail_at(err, cuxas_no_memory(err), path);
  added->candidate.name[n_name] = '\0';
  return CUXAS_OK;
}

static char *join(const char *left, size_t n_left, const char *between, const char *right)
{
  const size_t n_byte = n_left + strlen(between) + strlen(right) + 1;
  char        *joined = cuxas_new(NULL, n_byte, 1);
  if (joined != NULL) snprintf(joined, n_byte, "%.*s%s%s", (int)n_left, left, between, right);
  return joined;
}

static cuxas_status add_member(entry_list *list, const char *path, cuxas_member *member, cuxas_error *err)
{
  const char *file  = base_name(path);
  char       *place = join(path, strlen(path), "#", member->name);
  char *name = member->is_title ? cuxas_copy_text(err, member->name) : join(file, stem_length(file), "#", member->name);
  cuxas_status status;
  if (place == NULL || name == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  else
    status = add_candidate(list, place, name, strlen(name), CUXAS_CANDIDATE_STRUCTURE, err);
  if (status == CUXAS_OK) {
    cuxas_candidate *candidate = &list->entry[list->n_entry - 1].candidate;
    candidate->content         = member->bytes;
    candidate->n_content       = member->n_byte;
    candidate->first_line      = member->first_line;
    candidate->n_file          = strlen(path);
    member->bytes              = NULL;
    memcpy(candidate->sha256, member->sha256, sizeof candidate->sha256);
    if (member->source != NULL) { /* as the structure's own file is called in reports */
      free(candidate->label);
      candidate->label = member->source;
      member->source   = NULL;
    }
  }
  free(place);
  free(name);
  return status;
}

static bool is_regular(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* The file, or each of the structures in it. A file that cannot be taken apart is a candidate whose reading tells why. */
static cuxas_status add_file(entry_list *list, const char *path, cuxas_candidate_kind kind, cuxas_error *err)
{
  cuxas_members members = {0};
  cuxas_status  status  = CUXAS_OK;
  if (kind == CUXAS_CANDIDATE_STRUCTURE && is_regular(path) &&
      cuxas_members_list(path, &members, err) == CUXAS_ENOMEM) {
    status = CUXAS_ENOMEM;
  } else if (members.n_member == 0) {
    const char *name = base_name(path);
    if (err != NULL) *err = (cuxas_error){0};
    status = add_candidate(list, path, name, stem_length(name), kind, err);
  }
  for (size_t i = 0; status == CUXAS_OK && i < members.n_member; i++)
    status = add_member(list, path, &members.member[i], err);
  cuxas_members_end(&members);
  return status;
}

/* ---- 3. Folders and files ---- */

enum { MAX_DEPTH = 32 };

static char *join_path(const char *folder, const char *name)
{
  const size_t n_folder = strlen(folder), n_byte = n_folder + strlen(name) + 2;
  char        *path = cuxas_new(NULL, n_byte, 1);
  if (path != NULL)
    snprintf(path, n_byte, "%s%s%s", folder, n_folder > 0 && folder[n_folder - 1] == '/' ? "" : "/", name);
  return path;
}

/* Is there anything in a database or JSON file that looks like structures? Reports are JSON, too. */
static cuxas_status holds_structures(const char *path, bool *ret_does, cuxas_error *err)
{
  char         *bytes  = NULL;
  size_t        n_byte = 0;
  cuxas_error   reason = {0};
  cuxas_members members;
  cuxas_status  status = CUXAS_OK;
  *ret_does            = false;
  if (cuxas_database_recognises(path)) {
    status = cuxas_members_list(path, &members, &reason);
    cuxas_members_end(&members);
    *ret_does = status != CUXAS_EUNSUPPORTED;
  } else if ((status = cuxas_members_fetch(path, &bytes, &n_byte, NULL, &reason)) == CUXAS_OK) {
    char *text = cuxas_grow(&reason, bytes, n_byte + 1, 1);
    if (text != NULL) text[n_byte] = '\0';
    status    = text != NULL ? CUXAS_OK : CUXAS_ENOMEM;
    *ret_does = text != NULL &&
                ((strstr(text, "\"lattice\"") != NULL && strstr(text, "\"sites\"") != NULL) ||
                 (strstr(text, "\"lattice_vectors\"") != NULL && strstr(text, "\"species_at_sites\"") != NULL) ||
                 (strstr(text, "\"lattice_mat\"") != NULL && strstr(text, "\"elements\"") != NULL));
    free(text != NULL ? text : bytes);
  }
  return status == CUXAS_ENOMEM ? cuxas_fail(err, status, "%s", reason.message) : CUXAS_OK;
}

/* Is a file of a folder a candidate, and of which kind? */
static cuxas_status find_whether_taken(const char *path, const char *name, bool *ret_is, cuxas_candidate_kind *ret_kind,
                                       cuxas_error *err)
{
  struct stat about;
  *ret_is = has_known_suffix(name, ret_kind);
  if (describes_the_folder(name)) {
    *ret_is = false;
  } else if (*ret_is) {
    *ret_is = stat(path, &about) != 0 || S_ISREG(about.st_mode); /* a dangling link is one that cannot be read */
  } else if (may_hold_structures(name) && is_regular(path)) {
    *ret_kind = CUXAS_CANDIDATE_STRUCTURE;
    return holds_structures(path, ret_is, err);
  }
  return CUXAS_OK;
}

bool cuxas_folder_gives(const char *path, bool or_spectrum)
{
  cuxas_candidate_kind kind;
  bool                 is_taken;
  const char          *name = base_name(path);
  return *name != '.' && find_whether_taken(path, name, &is_taken, &kind, NULL) == CUXAS_OK && is_taken &&
         (or_spectrum || kind == CUXAS_CANDIDATE_STRUCTURE);
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
      status = cuxas_fail_at(err, cuxas_no_memory(err), folder);
    } else if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
      if (is_recursive && depth < MAX_DEPTH) status = add_folder(list, path, true, depth + 1, err);
    } else {
      bool is_taken;
      status = find_whether_taken(path, file->d_name, &is_taken, &kind, err);
      if (status == CUXAS_OK && is_taken) status = add_file(list, path, kind, err);
    }
    free(path);
  }
  if (status == CUXAS_OK && errno != 0)
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read: %s", folder, strerror(errno));
  closedir(dir);
  return status;
}

/* "file#NAME", n_file bytes of it the file's */
static cuxas_status add_named_member(entry_list *list, const char *path, size_t n_file, cuxas_error *err)
{
  cuxas_members members = {0};
  const char   *name    = path + n_file + 1;
  char         *file    = cuxas_copy_text(err, path);
  if (file == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  file[n_file]        = '\0';
  cuxas_status status = cuxas_members_list(file, &members, err);
  size_t       i      = 0;
  while (i < members.n_member && strcmp(members.member[i].name, name) != 0) i++;
  if (status == CUXAS_OK && i == members.n_member)
    status = cuxas_fail(err, CUXAS_EIO, "%s: no structure in it is called %.200s", file, name);
  if (status == CUXAS_OK) status = add_member(list, file, &members.member[i], err);
  cuxas_members_end(&members);
  free(file);
  return status;
}

/* A pipe can be read only once: its content is kept with the candidate. */
static cuxas_status add_pipe(entry_list *list, const char *path, cuxas_error *err)
{
  char        *bytes     = NULL;
  size_t       n_byte    = 0;
  bool         is_likely = false;
  cuxas_status status    = cuxas_members_fetch_once(path, &bytes, &n_byte, err);
  if (status == CUXAS_OK) status = cuxas_crystal_is_likely(path, bytes, n_byte, &is_likely, err);
  if (status == CUXAS_OK && !is_likely)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no regular file, and no structure comes out of it; save it first",
                        path);
  if (status == CUXAS_OK)
    status = add_candidate(list, path, base_name(path), stem_length(base_name(path)), CUXAS_CANDIDATE_STRUCTURE, err);
  if (status == CUXAS_OK) {
    list->entry[list->n_entry - 1].candidate.content   = bytes;
    list->entry[list->n_entry - 1].candidate.n_content = n_byte;
    bytes                                              = NULL;
  }
  free(bytes);
  return status;
}

/* Of a file whose name does not say: structures, where it can be read and looks like them. */
static cuxas_status find_kind(const char *path, cuxas_candidate_kind *ret_kind, cuxas_error *err)
{
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_error  reason = {0};
  bool         is_it  = may_hold_structures(base_name(path)) || cuxas_database_recognises(path);
  cuxas_status status = is_it ? CUXAS_OK : cuxas_members_fetch(path, &bytes, &n_byte, NULL, &reason);
  if (!is_it && status == CUXAS_OK) status = cuxas_crystal_is_likely(path, bytes, n_byte, &is_it, &reason);
  free(bytes);
  *ret_kind = is_it ? CUXAS_CANDIDATE_STRUCTURE : CUXAS_CANDIDATE_SPECTRUM;
  return status == CUXAS_ENOMEM ? cuxas_fail(err, status, "%s", reason.message) : CUXAS_OK;
}

static cuxas_status add_path(entry_list *list, const char *path, bool is_recursive, cuxas_error *err)
{
  struct stat          about;
  cuxas_candidate_kind kind;
  cuxas_status         status = CUXAS_OK;
  if (stat(path, &about) != 0) {
    const int    why    = errno;
    const size_t n_file = cuxas_members_container(path);
    return n_file > 0 ? add_named_member(list, path, n_file, err)
                      : cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(why));
  }
  if (S_ISDIR(about.st_mode)) return add_folder(list, path, is_recursive, 0, err);
  if (S_ISFIFO(about.st_mode)) return add_pipe(list, path, err);
  if (!S_ISREG(about.st_mode)) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no regular file", path);
  if (!has_known_suffix(base_name(path), &kind)) status = find_kind(path, &kind, err);
  return status == CUXAS_OK ? add_file(list, path, kind, err) : status;
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
      cuxas_candidate_clear(&list->entry[i].candidate);
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

  catalog = cuxas_new(err, 1, sizeof *catalog);
  if (catalog != NULL) catalog->candidate = cuxas_new(err, list.n_entry, sizeof *catalog->candidate);
  if (catalog == NULL || catalog->candidate == NULL) {
    status = CUXAS_ENOMEM;
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

/* ---- 5. Candidates ---- */

/* "file#NAME:3: ..." counts lines of the content; those of the file are meant. */
static void count_from(const cuxas_candidate *candidate, cuxas_error *err)
{
  const size_t n_path = strlen(candidate->path);
  char        *rest, text[sizeof err->message];
  if (candidate->first_line < 2 || strncmp(err->message, candidate->path, n_path) != 0 || err->message[n_path] != ':' ||
      strspn(err->message + n_path + 1, "0123456789") == 0)
    return;
  const unsigned long line = strtoul(err->message + n_path + 1, &rest, 10);
  if (*rest != ':') return;
  snprintf(text, sizeof text, "%s", rest);
  snprintf(err->message + n_path, sizeof err->message - n_path, ":%lu%s", line + candidate->first_line - 1, text);
}

cuxas_status cuxas_candidate_read(const cuxas_candidate *candidate, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  const cuxas_drawing how = candidate->drawing.n_arrangement > 0 ? candidate->drawing : CUXAS_DRAWING;
  if (candidate->content == NULL) return cuxas_crystal_fetch(candidate->path, &how, ret_crystal, err);
  const cuxas_status status =
      cuxas_crystal_parse(candidate->path, candidate->content, candidate->n_content, &how, ret_crystal, err);
  if (status != CUXAS_OK && err != NULL) count_from(candidate, err);
  return status;
}

cuxas_status cuxas_candidate_bytes(const cuxas_candidate *candidate, char **ret_bytes, size_t *ret_n_byte,
                                   cuxas_error *err)
{
  if (candidate->content == NULL) return cuxas_members_fetch(candidate->path, ret_bytes, ret_n_byte, NULL, err);
  *ret_n_byte = 0;
  if ((*ret_bytes = cuxas_new(err, candidate->n_content, 1)) == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, candidate->path);
  memcpy(*ret_bytes, candidate->content, candidate->n_content);
  *ret_n_byte = candidate->n_content;
  return CUXAS_OK;
}

cuxas_status cuxas_candidate_hash(const cuxas_candidate *candidate, char ret_hex[CUXAS_SHA256_HEX_SIZE],
                                  cuxas_error *err)
{
  char  *bytes     = NULL;
  size_t n_byte    = 0;
  bool   is_member = false;
  if (candidate->sha256[0] != '\0') {
    memcpy(ret_hex, candidate->sha256, sizeof candidate->sha256);
    return CUXAS_OK;
  }
  if (candidate->content != NULL) {
    cuxas_hash_memory(candidate->content, candidate->n_content, ret_hex);
    return CUXAS_OK;
  }
  if (strchr(candidate->path, '#') == NULL) return cuxas_hash_file(candidate->path, ret_hex, err);
  const cuxas_status status = cuxas_members_fetch(candidate->path, &bytes, &n_byte, &is_member, err);
  if (status == CUXAS_OK && is_member) cuxas_hash_memory(bytes, n_byte, ret_hex);
  free(bytes);
  return status == CUXAS_OK && !is_member ? cuxas_hash_file(candidate->path, ret_hex, err) : status;
}

cuxas_status cuxas_candidate_open(const cuxas_candidate *candidate, cuxas_candidate *ret_opened, cuxas_error *err)
{
  char   hex[CUXAS_SHA256_HEX_SIZE];
  char  *bytes  = NULL;
  size_t n_byte = 0;
  *ret_opened   = *candidate;
  if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE || candidate->content != NULL || candidate->sha256[0] != '\0' ||
      strchr(candidate->path, '#') != NULL || strcmp(candidate->path, "-") == 0)
    return CUXAS_OK;
  const cuxas_status status = cuxas_members_fetch_hashed(candidate->path, &bytes, &n_byte, hex, err);
  if (status != CUXAS_OK || bytes == NULL) return status;
  ret_opened->content   = bytes;
  ret_opened->n_content = n_byte;
  memcpy(ret_opened->sha256, hex, sizeof hex);
  return CUXAS_OK;
}

void cuxas_candidate_close(const cuxas_candidate *candidate, cuxas_candidate *opened)
{
  if (opened->content != candidate->content) free(opened->content);
  *opened = (cuxas_candidate){0};
}

cuxas_status cuxas_catalog_relabel(cuxas_catalog *catalog, const char *folder, const char *prefix, cuxas_error *err)
{
  const size_t n_folder = strlen(folder);
  for (size_t i = 0; i < catalog->n_candidate; i++) {
    cuxas_candidate *candidate = &catalog->candidate[i];
    if (strncmp(candidate->path, folder, n_folder) != 0 || candidate->path[n_folder] != '/') continue;
    const char  *rest   = candidate->path + n_folder + 1;
    const size_t n_byte = strlen(prefix) + strlen(rest) + 1;
    char        *label  = cuxas_new(err, n_byte, 1);
    if (label == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, candidate->path);
    snprintf(label, n_byte, "%s%s", prefix, rest);
    free(candidate->label);
    candidate->label = label;
  }
  return CUXAS_OK;
}

/* ---- 6. Which elements a sample may hold ---- */

cuxas_status cuxas_composition_parse(const char *list, cuxas_element_set *ret_set, cuxas_error *err)
{
  static const char *const gap = ", \t";
  cuxas_element_set        set = {{false}};
  size_t                   n   = 0;

  for (const char *word = list + strspn(list, gap); *word != '\0'; word += strspn(word, gap)) {
    char         symbol[3] = "";
    const size_t n_letter  = strcspn(word, gap);
    if (n_letter < sizeof symbol) memcpy(symbol, word, n_letter);
    const int atomic_number = cuxas_element_number(symbol);
    if (atomic_number == 0)
      return cuxas_fail(err, CUXAS_ERANGE, "unknown element '%.*s' in '%.200s' (write symbols as in Cu,Fe,S)",
                        (int)(n_letter < 20 ? n_letter : 20), word, list);
    set.has[atomic_number] = true;
    word += n_letter;
    n++;
  }
  if (n == 0) return cuxas_fail(err, CUXAS_ERANGE, "no element named in '%.40s'", list);
  *ret_set = set;
  return CUXAS_OK;
}

bool cuxas_composition_passes(const cuxas_composition_filter *filter, const cuxas_crystal *crystal,
                              char opt_reason[CUXAS_COMPOSITION_REASON_SIZE])
{
  bool present[CUXAS_N_ELEMENT + 1] = {false};
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++) present[crystal->atomic_number[i_site]] = true;

  if (opt_reason != NULL) opt_reason[0] = '\0';
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const char *format = NULL;
    if (present[z] && filter->excluded.has[z])
      format = "contains %s, which is excluded";
    else if (present[z] && filter->is_limited && !filter->allowed.has[z])
      format = "contains %s, which is not among the elements allowed";
    else if (!present[z] && filter->required.has[z])
      format = "does not contain %s, which is required";
    if (format == NULL) continue;
    if (opt_reason != NULL) snprintf(opt_reason, CUXAS_COMPOSITION_REASON_SIZE, format, cuxas_element_find(z)->symbol);
    return false;
  }
  return true;
}
