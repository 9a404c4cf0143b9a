/* members.c - several structures in one file: found, named and cut out
 *
 * Contents
 *   1. A growing list
 *   2. CIF: data blocks
 *   3. XYZ: frames
 *   4. JSON: documents
 *   5. Databases
 *   6. Files and members */
#include "crystal/members_priv.h"
#include "base/gzip.h"
#include "base/hash.h"

#include "crystal/crystal_json_priv.h"
#include "crystal/crystal_priv.h"
#include "crystal/database.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "spectrum/formats.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- 1. A growing list ---- */

void cuxas_members_end(cuxas_members *members)
{
  for (size_t i = 0; i < members->n_member; i++) {
    free(members->member[i].name);
    free(members->member[i].bytes);
    free(members->member[i].source);
  }
  free(members->member);
  *members = (cuxas_members){0};
}

enum { NAME_SIZE = 128 };

/* A name fit for a path: cut, with '_' for what is not; without one, the number among the members. */
static void make_name(const char *name, size_t n_byte, size_t i_member, char ret_name[NAME_SIZE])
{
  if (n_byte >= NAME_SIZE) n_byte = NAME_SIZE - 1;
  for (size_t i = 0; i < n_byte; i++) {
    const unsigned char c = (unsigned char)name[i];
    ret_name[i]           = c < 0x20 || c == 0x7f || c == '/' ? '_' : name[i];
  }
  ret_name[n_byte] = '\0';
  if (n_byte == 0) snprintf(ret_name, NAME_SIZE, "%zu", i_member + 1);
}

/* Takes bytes over, also when it fails. Room grows by doubling: n_member is a power of two when it is full. */
static cuxas_status add_member(const char *path, cuxas_members *members, const char *name, bool is_title, char *bytes,
                               size_t n_byte, cuxas_error *err)
{
  const size_t n = members->n_member;
  if ((n & (n - 1)) == 0 || n == 0) {
    cuxas_member *grown = cuxas_grow(err, members->member, n > 0 ? 2 * n : 1, sizeof *grown);
    if (grown == NULL) {
      free(bytes);
      return cuxas_fail_at(err, cuxas_no_memory(err), path);
    }
    members->member = grown;
  }
  members->member[n] =
      (cuxas_member){.name = cuxas_copy_text(err, name), .is_title = is_title, .bytes = bytes, .n_byte = n_byte};
  members->n_member++;
  return members->member[n].name != NULL ? CUXAS_OK : cuxas_fail_at(err, cuxas_no_memory(err), path);
}

/* Of members of one name the second becomes "name~2", the third "name~3". */
static cuxas_status tell_apart(const char *path, cuxas_members *members, cuxas_error *err)
{
  cuxas_placed *sorted = cuxas_new(err, members->n_member, sizeof *sorted);
  cuxas_status  status = CUXAS_OK;
  if (sorted == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  for (size_t i = 0; i < members->n_member; i++) sorted[i] = (cuxas_placed){members->member[i].name, i};
  cuxas_placed_sort(sorted, members->n_member);
  char **renamed = cuxas_new(err, members->n_member, sizeof *renamed);
  if (renamed == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  for (size_t i = 1, n_same = 1; status == CUXAS_OK && i < members->n_member; i++) {
    n_same = strcmp(sorted[i].text, sorted[i - 1].text) == 0 ? n_same + 1 : 1;
    if (n_same == 1) continue;
    char name[NAME_SIZE + 24];
    snprintf(name, sizeof name, "%s~%zu", sorted[i].text, n_same);
    if ((renamed[sorted[i].place] = cuxas_copy_text(err, name)) == NULL)
      status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  }
  for (size_t i = 0; renamed != NULL && i < members->n_member; i++) {
    if (renamed[i] == NULL) continue;
    free(members->member[i].name);
    members->member[i].name = renamed[i];
  }
  free(renamed);
  free(sorted);
  return status;
}

static char *copy_bytes(const char *bytes, size_t n_byte)
{
  char *copy = cuxas_new(NULL, n_byte + 1, 1);
  if (copy != NULL) memcpy(copy, bytes, n_byte);
  return copy;
}

/* ---- 2. CIF: data blocks ---- */

/* Does a line begin with a tag that only blocks with atoms have? */
static bool tells_of_atoms(const char *word, size_t n_byte)
{
  static const char *const tails[] = {"fract_x", "cartn_x", "label", "type_symbol"};
  const size_t             n_head  = strlen("_atom_site");
  if (n_byte <= n_head || strncasecmp(word, "_atom_site", n_head) != 0) return false;
  if (word[n_head] != '_' && word[n_head] != '.') return false;
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
    if (n_byte - n_head - 1 == strlen(tails[i]) && strncasecmp(word + n_head + 1, tails[i], strlen(tails[i])) == 0)
      return true;
  return false;
}

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

typedef struct {
  const char *start, *name; /* NULL: no block has begun */
  size_t      n_name, first_line;
  bool        has_atoms;
} cif_part;

static cuxas_status end_part(const char *path, const cif_part *part, const char *end, cuxas_members *members,
                             cuxas_error *err)
{
  char name[NAME_SIZE];
  if (part->start == NULL || !part->has_atoms) return CUXAS_OK;
  make_name(part->name, part->n_name, members->n_member, name);
  const size_t n_byte = (size_t)(end - part->start);
  char        *copy   = copy_bytes(part->start, n_byte);
  if (copy == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);
  const cuxas_status status = add_member(path, members, name, false, copy, n_byte, err);
  if (status == CUXAS_OK) members->member[members->n_member - 1].first_line = part->first_line;
  return status;
}

/* Blocks whose atoms are all question marks have tags, but nothing to read. */
static void drop_blocks_without_atoms(cuxas_members *members)
{
  size_t n_kept = 0;
  for (size_t i = 0; i < members->n_member; i++) {
    if (cuxas_cif_lacks_atoms(members->member[i].bytes, members->member[i].n_byte)) {
      free(members->member[i].name);
      free(members->member[i].bytes);
    } else {
      members->member[n_kept++] = members->member[i];
    }
  }
  members->n_member = n_kept;
}

/* A plain look at the lines, no parsing: damage in one block does not hide the others. */
static cuxas_status split_cif(const char *path, const char *bytes, size_t n_byte, cuxas_members *members,
                              cuxas_error *err)
{
  const char  *end           = bytes + n_byte;
  bool         is_text_field = false;
  cif_part     part          = {0};
  size_t       i_line        = 0;
  cuxas_status status        = CUXAS_OK;

  for (const char *line = bytes, *next; status == CUXAS_OK && line < end; line = next) {
    const char *stop = line;
    while (stop < end && *stop != '\n' && *stop != '\r') stop++;
    next = stop < end ? stop + 1 : end;
    i_line += !(line > bytes && *line == '\n' && line[-1] == '\r'); /* both are one line end */
    if (line < stop && *line == ';') is_text_field = !is_text_field;
    if (is_text_field) continue;
    const char *word = line;
    while (word < stop && is_blank(*word)) word++;
    size_t n_word = 0;
    while (word + n_word < stop && !is_blank(word[n_word])) n_word++;
    if (n_word >= 5 && strncasecmp(word, "data_", 5) == 0) {
      status = end_part(path, &part, line, members, err);
      part   = (cif_part){.start = line, .name = word + 5, .n_name = n_word - 5, .first_line = i_line};
    } else if (tells_of_atoms(word, n_word)) {
      part.has_atoms = true;
    }
  }
  if (status == CUXAS_OK) status = end_part(path, &part, end, members, err);
  if (members->n_member > 1) drop_blocks_without_atoms(members);
  return status;
}

/* ---- 3. XYZ: frames ---- */

enum { MAX_FRAME = 1000 }; /* of a longer run only the last frame is a candidate */

/* The end of the line that begins here, behind its line end */
static const char *line_end(const char *line, const char *end)
{
  const char *stop = memchr(line, '\n', (size_t)(end - line));
  return stop != NULL ? stop + 1 : end;
}

/* The frame that begins here: a count alone in its line, and that many lines behind the next; NULL: none */
static const char *frame_end(const char *start, const char *end)
{
  char         token[24];
  const char  *line   = line_end(start, end);
  const size_t n_byte = (size_t)(line - start);
  long         n_atom;
  if (n_byte >= sizeof token) return NULL;
  memcpy(token, start, n_byte);
  token[n_byte] = '\0';
  if (!cuxas_text_parse_integer(cuxas_text_trim(token), &n_atom) || n_atom < 1) return NULL;
  for (long i = 0; i <= n_atom; i++) {
    if (line >= end) return NULL;
    line = line_end(line, end);
  }
  return line;
}

static const char *skip_blank_lines(const char *line, const char *end)
{
  for (const char *c = line; c < end && (is_blank(*c)); c++)
    if (*c == '\n') line = c + 1;
  for (const char *c = line; c < end; c++)
    if (!is_blank(*c)) return line;
  return end;
}

static cuxas_status split_xyz(const char *path, const char *bytes, size_t n_byte, cuxas_members *members,
                              cuxas_error *err)
{
  const char  *end = bytes + n_byte, *start = bytes, *stop, *counted = bytes;
  size_t       n_frame = 0, i_line = 1;
  cuxas_status status = CUXAS_OK;
  for (; start < end && (stop = frame_end(start, end)) != NULL; start = skip_blank_lines(stop, end)) n_frame++;
  if (n_frame < 2 || n_frame > MAX_FRAME || start < end) return CUXAS_OK;
  start = bytes;
  for (size_t i = 0; i < n_frame && status == CUXAS_OK; i++, start = skip_blank_lines(stop, end)) {
    char name[NAME_SIZE];
    stop       = frame_end(start, end);
    char *copy = copy_bytes(start, (size_t)(stop - start));
    if (copy == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);
    make_name("", 0, i, name);
    for (; counted < start; counted++) i_line += *counted == '\n';
    status = add_member(path, members, name, false, copy, (size_t)(stop - start), err);
    if (status == CUXAS_OK) members->member[members->n_member - 1].first_line = i_line;
  }
  return status;
}

/* ---- 4. JSON: documents ---- */

/* The next value of a list, behind its name where it has one; the text is valid. */
static const char *next_value(const char *at, const char *end, bool has_name)
{
  static const char BETWEEN[] = " \t\r\n,:";
  while (at < end && strchr(BETWEEN, *at) != NULL) at++;
  if (has_name) at = cuxas_json_end(at, end);
  while (at < end && strchr(BETWEEN, *at) != NULL) at++;
  return at;
}

static cuxas_status split_json(const char *path, const char *bytes, size_t n_byte, cuxas_members *members,
                               cuxas_error *err)
{
  cJSON       *root   = NULL;
  cuxas_status status = cuxas_json_parse(path, bytes, n_byte, &root, err);
  if (status != CUXAS_OK) return status;
  const cJSON *list = cuxas_json_documents(root), *document;
  if (list == NULL) goto done;
  const char *stop = cuxas_json_find(root, list, bytes, n_byte), *end = bytes + n_byte, *counted = bytes;
  size_t      i_line = 1;
  if (stop == NULL) goto done;
  stop++; /* the bracket */
  cJSON_ArrayForEach(document, list)
  {
    const char *title = cuxas_json_title(document), *start = next_value(stop, end, cJSON_IsObject(list));
    char        name[NAME_SIZE];
    stop = cuxas_json_end(start, end);
    for (; counted < start; counted++) i_line += *counted == '\n';
    if (cJSON_IsObject(list) && !cuxas_json_has_structure(document)) continue; /* other things beside structures */
    make_name(title, strlen(title), members->n_member, name);
    char *text = copy_bytes(start, (size_t)(stop - start));
    if (text == NULL) {
      status = cuxas_fail_at(err, cuxas_no_memory(err), path);
      break;
    }
    if ((status = add_member(path, members, name, title[0] != '\0', text, (size_t)(stop - start), err)) != CUXAS_OK)
      break;
    members->member[members->n_member - 1].first_line = i_line;
  }
done:
  cJSON_Delete(root);
  return status;
}

/* ---- 5. Databases ---- */

static cuxas_status list_database(const char *path, cuxas_members *members, cuxas_error *err)
{
  cuxas_database_entry *entry   = NULL;
  size_t                n_entry = 0;
  cuxas_status          status  = cuxas_database_list(path, &entry, &n_entry, err);
  for (size_t i = 0; i < n_entry && status == CUXAS_OK; i++) {
    if ((status = add_member(path, members, entry[i].name, true, NULL, 0, err)) != CUXAS_OK) break;
    cuxas_member *member = &members->member[members->n_member - 1];
    member->source       = entry[i].source;
    entry[i].source      = NULL;
    memcpy(member->sha256, entry[i].sha256, sizeof member->sha256);
  }
  cuxas_database_free(entry, n_entry);
  return status;
}

/* ---- 6. Files and members ---- */

/* Bytes that are gzip are replaced by what they expand to. */
static cuxas_status expand(const char *path, char **bytes, size_t *n_byte, cuxas_error *err)
{
  char  *expanded   = NULL;
  size_t n_expanded = 0;
  if (!cuxas_gzip_recognises(*bytes, *n_byte)) return CUXAS_OK;
  const cuxas_status status = cuxas_gzip_expand(path, *bytes, *n_byte, &expanded, &n_expanded, err);
  if (status != CUXAS_OK) return status;
  free(*bytes);
  *bytes  = expanded;
  *n_byte = n_expanded;
  return CUXAS_OK;
}

static cuxas_status read_expanded(const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  cuxas_status status = cuxas_bytes_read(path, ret_bytes, ret_n_byte, err);
  if (status == CUXAS_OK && (status = expand(path, ret_bytes, ret_n_byte, err)) != CUXAS_OK) {
    free(*ret_bytes);
    *ret_bytes = NULL;
  }
  return status;
}

cuxas_status cuxas_members_fetch_once(const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  return read_expanded(path, ret_bytes, ret_n_byte, err);
}

cuxas_status cuxas_members_fetch_hashed(const char *path, char **ret_bytes, size_t *ret_n_byte,
                                        char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  static const char SIGNATURE[16] = "SQLite format 3";
  cuxas_status      status        = cuxas_bytes_read(path, ret_bytes, ret_n_byte, err);
  if (status != CUXAS_OK) return status;
  cuxas_hash_memory(*ret_bytes, *ret_n_byte, ret_hex);
  const bool is_database = *ret_n_byte >= sizeof SIGNATURE && memcmp(*ret_bytes, SIGNATURE, sizeof SIGNATURE) == 0;
  if (!is_database && (status = expand(path, ret_bytes, ret_n_byte, err)) == CUXAS_OK) return CUXAS_OK;
  free(*ret_bytes);
  *ret_bytes = NULL;
  return status;
}

cuxas_status cuxas_members_list(const char *path, cuxas_members *ret_members, cuxas_error *err)
{
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status;

  *ret_members = (cuxas_members){0};
  if (cuxas_database_recognises(path)) return list_database(path, ret_members, err);
  if ((status = read_expanded(path, &bytes, &n_byte, err)) != CUXAS_OK) return status;
  const char *format = cuxas_crystal_format(bytes, n_byte);
  if (format == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  else if (cuxas_json_is_likely(bytes, n_byte))
    status = split_json(path, bytes, n_byte, ret_members, err);
  else if (strcmp(format, "xyz") == 0)
    status = split_xyz(path, bytes, n_byte, ret_members, err);
  else
    status = split_cif(path, bytes, n_byte, ret_members, err);
  free(bytes);
  if (status == CUXAS_OK && ret_members->n_member == 1) cuxas_members_end(ret_members);
  return status == CUXAS_OK ? tell_apart(path, ret_members, err) : status;
}

static bool is_file(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

size_t cuxas_members_container(const char *path)
{
  char container[PATH_MAX]; /* what is longer is no file */
  if (strcmp(path, "-") == 0 || is_file(path)) return 0;
  for (const char *mark = strchr(path, '#'); mark != NULL; mark = strchr(mark + 1, '#')) {
    const size_t n_byte = (size_t)(mark - path);
    if (n_byte == 0 || n_byte >= sizeof container) continue;
    memcpy(container, path, n_byte);
    container[n_byte] = '\0';
    if (is_file(container)) return n_byte;
  }
  return 0;
}

static cuxas_status take_member(const char *container, const char *name, char **ret_bytes, size_t *ret_n_byte,
                                cuxas_error *err)
{
  cuxas_members members;
  cuxas_status  status = cuxas_members_list(container, &members, err);
  for (size_t i = 0; status == CUXAS_OK && i < members.n_member && *ret_bytes == NULL; i++) {
    if (strcmp(members.member[i].name, name) != 0) continue;
    *ret_bytes              = members.member[i].bytes;
    *ret_n_byte             = members.member[i].n_byte;
    members.member[i].bytes = NULL;
  }
  cuxas_members_end(&members);
  if (status == CUXAS_OK && *ret_bytes == NULL)
    status = cuxas_fail(err, CUXAS_EIO, "%s: no structure in it is called %.200s", container, name);
  return status;
}

/* A database that is not told which structure is asked for: damage is told first */
static cuxas_status refuse_database(const char *path, cuxas_error *err)
{
  cuxas_members      members;
  const cuxas_status status = cuxas_members_list(path, &members, err);
  cuxas_members_end(&members);
  if (status != CUXAS_OK) return status;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a database of structures; name one as %s#NAME", path, path);
}

cuxas_status cuxas_members_fetch(const char *path, char **ret_bytes, size_t *ret_n_byte, bool *opt_is_member,
                                 cuxas_error *err)
{
  const size_t n_container = cuxas_members_container(path);

  *ret_bytes  = NULL;
  *ret_n_byte = 0;
  if (opt_is_member != NULL) *opt_is_member = n_container > 0;
  if (n_container == 0)
    return strcmp(path, "-") != 0 && cuxas_database_recognises(path) ? refuse_database(path, err)
                                                                     : read_expanded(path, ret_bytes, ret_n_byte, err);
  char *container = cuxas_copy_text(err, path);
  if (container == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  container[n_container] = '\0';
  const char  *name      = container + n_container + 1;
  cuxas_status status;
  if (cuxas_database_recognises(container)) {
    status = cuxas_database_fetch(container, name, ret_bytes, ret_n_byte, err);
    if (status == CUXAS_OK && (status = expand(path, ret_bytes, ret_n_byte, err)) != CUXAS_OK) {
      free(*ret_bytes);
      *ret_bytes = NULL;
    }
  } else {
    status = take_member(container, name, ret_bytes, ret_n_byte, err);
  }
  free(container);
  return status;
}
