/* Every record is kept as the text of its line and taken apart only when it changes: a file of thousands of records
 * costs its own size and no more.
 *
 *   index    where a site's record is
 *   lines    the lines of one site put together
 *   reading  what a file holds beyond what was read of it before
 *   putting  a spectrum
 *   adding   to the end of the file, under a lock
 *   the whole */
#include "records/record_file.h"
#include "base/text.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/hash.h"
#include "cuxas/output.h"
#include "cuxas/records.h"
#include "records/record_text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SITE_INDEX = 100000 };

typedef struct {
  char   id[CUXAS_RECORD_ID_SIZE];
  size_t site;
  size_t i_line; /* of its first line in the file, from 1; 0: not there yet */
  char  *text;   /* all its lines as one, without checksum and end; owned */
  char  *keys;   /* names of its curves, ",L3,L2_screened,"; owned */
  cJSON *fresh;  /* what was put and is not yet in the file: a record with these curves alone; NULL: nothing */
} record_line;

struct cuxas_record_file {
  size_t             n_line;
  record_line       *line;
  size_t             n_slot; /* of the index, a power of two, at least twice n_line */
  size_t            *slot;   /* (n_slot) 1 + index of a line; 0: free */
  char              *path;   /* that it was read from; NULL: only in memory */
  bool               is_packed;
  size_t             n_byte;      /* of the file, taken up so far */
  size_t             n_file_line; /* so many lines */
  bool               is_open;     /* the last of them is whole but has no end */
  bool               has_joined;  /* of some site there are several */
  cuxas_record_take *take;        /* while it is read: what is done with the first line of a site; NULL: nothing */
  void              *user;
};

/* curve_key() - the member that holds a curve, "L3" or "L3_screened" */
static void curve_key(const char *edge, cuxas_channel channel, char *ret_key, size_t size)
{
  snprintf(ret_key, size, "%s%s", edge, cuxas_channel_suffix(channel));
}

/* ---- index ------------------------------------------------------------------------------------------------------ */

/* start_slot() - FNV-1a of id and site */
static size_t start_slot(const cuxas_record_file *file, const char *id, size_t site)
{
  uint64_t hash = 14695981039346656037u;
  for (; *id != '\0'; id++) hash = (hash ^ (unsigned char)*id) * 1099511628211u;
  for (size_t k = 0; k < 4; k++) hash = (hash ^ ((site >> 8 * k) & 255)) * 1099511628211u;
  return (size_t)(hash ^ hash >> 32) & (file->n_slot - 1);
}

static record_line *find_line(const cuxas_record_file *file, const char *id, size_t site)
{
  if (file->n_slot == 0) return NULL;
  for (size_t k = start_slot(file, id, site); file->slot[k] != 0; k = (k + 1) & (file->n_slot - 1)) {
    record_line *line = &file->line[file->slot[k] - 1];
    if (line->site == site && strcmp(line->id, id) == 0) return line;
  }
  return NULL;
}

static void enter(cuxas_record_file *file, size_t i)
{
  size_t k = start_slot(file, file->line[i].id, file->line[i].site);
  while (file->slot[k] != 0) k = (k + 1) & (file->n_slot - 1);
  file->slot[k] = i + 1;
}

static cuxas_status make_room(cuxas_record_file *file, cuxas_error *err)
{
  if (2 * (file->n_line + 1) <= file->n_slot) return CUXAS_OK;
  const size_t n_slot = file->n_slot > 0 ? 2 * file->n_slot : 64;
  size_t      *slot   = cuxas_new(err, n_slot, sizeof *slot);
  record_line *line   = cuxas_grow(err, file->line, n_slot / 2, sizeof *line);
  if (line != NULL) file->line = line;
  if (slot == NULL || line == NULL) {
    free(slot);
    return cuxas_no_memory(err);
  }
  free(file->slot);
  file->slot   = slot;
  file->n_slot = n_slot;
  for (size_t i = 0; i < file->n_line; i++) enter(file, i);
  return CUXAS_OK;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static bool is_curve(const cJSON *member)
{
  return cJSON_IsObject(member) && cJSON_HasObjectItem(member, "energy");
}

/* list_keys() - ",L3,L2_screened,"; NULL: no memory */
static char *list_keys(const cJSON *record)
{
  size_t       n_byte = 2;
  const cJSON *member;
  cJSON_ArrayForEach(member, record) if (is_curve(member)) n_byte += strlen(member->string) + 1;
  char *keys = cuxas_new(NULL, n_byte, 1), *end = keys;
  if (keys == NULL) return NULL;
  *end++ = ',';
  cJSON_ArrayForEach(member, record) if (is_curve(member)) end += sprintf(end, "%s,", member->string);
  return keys;
}

/* set_line() - gives a line the content of a record, and its text where there is one */
static cuxas_status set_line(record_line *line, const cJSON *record, const char *opt_text, cuxas_error *err)
{
  char *keys = list_keys(record), *text = opt_text != NULL ? cuxas_copy_text(err, opt_text) : NULL;
  if (opt_text == NULL) (void)cuxas_json_print(record, false, &text, err);
  if (text == NULL || keys == NULL) {
    free(text);
    free(keys);
    return cuxas_no_memory(err);
  }
  free(line->text);
  free(line->keys);
  line->text = text;
  line->keys = keys;
  return CUXAS_OK;
}

static cuxas_status new_line(cuxas_record_file *file, const char *id, size_t site, const cJSON *record,
                             const char *opt_text, record_line **opt_line, cuxas_error *err)
{
  record_line  line   = {.site = site};
  cuxas_status status = make_room(file, err);
  if (status == CUXAS_OK) status = set_line(&line, record, opt_text, err);
  if (status != CUXAS_OK) return status;
  memcpy(line.id, id, strlen(id) + 1);
  file->line[file->n_line] = line;
  enter(file, file->n_line);
  if (opt_line != NULL) *opt_line = &file->line[file->n_line];
  file->n_line++;
  return CUXAS_OK;
}

/* open_record() - the object of a line, after a look at whether it is of this structure */
static cuxas_status open_record(const record_line *line, const cuxas_crystal *same, cJSON **ret_record,
                                cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cJSON         *record  = cJSON_Parse(line->text);
  if (record == NULL) return cuxas_no_memory(err);
  cuxas_status status = cuxas_record_crystal_parse(record, line->id, &crystal, err);
  if (status == CUXAS_OK && !cuxas_record_is_same_structure(crystal, same))
    status = cuxas_fail(err, CUXAS_ERANGE, "%s, site %zu: the records hold another structure under this name", line->id,
                        line->site);
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
  if (!cJSON_HasObjectItem(record, key))
    return cuxas_json_add(record, key, curve) != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (curve != NULL && cJSON_ReplaceItemInObjectCaseSensitive(record, key, curve)) return CUXAS_OK;
  cJSON_Delete(curve);
  return cuxas_no_memory(err);
}

/* merge() - the members of a further line of the same site join its record */
static cuxas_status merge(record_line *line, const cJSON *further, const char *where, cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cJSON         *record  = NULL;
  const cJSON   *member;
  cuxas_error    reason = {.message = ""};
  cuxas_status   status = cuxas_record_crystal_parse(further, where, &crystal, err);
  if (status != CUXAS_OK) return status;
  if ((status = open_record(line, crystal, &record, &reason)) != CUXAS_OK)
    status = cuxas_fail(err, status == CUXAS_ENOMEM ? status : CUXAS_EFORMAT, "%s: %.800s", where, reason.message);
  cJSON_ArrayForEach(member, further) if (status == CUXAS_OK && is_curve(member)) status =
      set_curve(record, member->string, cJSON_Duplicate(member, true), err);
  if (status == CUXAS_OK) status = set_line(line, record, NULL, err);
  cJSON_Delete(record);
  cuxas_crystal_free(crystal);
  return status;
}

static cuxas_status add_text(cuxas_record_file *file, char *text, const char *where, cuxas_error *err)
{
  const char  *id     = NULL;
  size_t       site   = 0;
  cJSON       *object = NULL;
  record_line *line   = NULL;
  cuxas_status status = cuxas_record_unseal(text, where, err);
  if (status != CUXAS_OK) return status;
  object = cJSON_ParseWithOpts(text, NULL, 1);
  if (!cJSON_IsObject(object))
    status = cuxas_fail(err, CUXAS_EFORMAT, object != NULL ? "%s: not a JSON object" : "%s: not JSON", where);
  else if ((status = cuxas_json_string(object, "id", &id, where, err)) == CUXAS_OK &&
           (status = cuxas_json_count(object, "site", 0, MAX_SITE_INDEX, &site, where, err)) == CUXAS_OK) {
    if (strlen(id) >= CUXAS_RECORD_ID_SIZE)
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: \"id\" is too long", where);
    else if ((line = find_line(file, id, site)) != NULL) {
      file->has_joined = true;
      status           = merge(line, object, where, err);
    } else if ((status = new_line(file, id, site, object, text, &line, err)) == CUXAS_OK) {
      line->i_line = file->n_file_line;
      if (file->take != NULL) file->take(object, id, site, line->i_line, file->user);
    }
  }
  cJSON_Delete(object);
  return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* is_cut_off() - whether a text without end may be the beginning of a record */
static bool is_cut_off(const char *text, size_t n_byte)
{
  static const char START[] = "{\"";
  return memcmp(text, START, n_byte < 2 ? n_byte : 2) == 0;
}

/* add_lines() - the lines of a text, whose bytes are changed
 *
 *   ret_n_used  bytes before a line that was cut off at the end */
static cuxas_status add_lines(cuxas_record_file *file, char *text, size_t n_byte, const char *path, size_t *ret_n_used,
                              cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *line   = text;
  if (n_byte > 0) file->is_open = false;
  while (status == CUXAS_OK && line < text + n_byte) {
    char  where[CUXAS_MESSAGE_SIZE / 2];
    char *end = memchr(line, '\n', (size_t)(text + n_byte - line));
    if (end == NULL) { /* text[n_byte] is there, and zero */
      cJSON     *object   = cJSON_ParseWithOpts(line, NULL, 1);
      const bool is_whole = object != NULL;
      cJSON_Delete(object);
      if (!is_whole && is_cut_off(line, strlen(line))) break;
      file->is_open = is_whole;
      end           = text + n_byte;
    }
    *end = '\0';
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    file->n_file_line++;
    snprintf(where, sizeof where, "%s:%zu", path, file->n_file_line);
    if (line[strspn(line, " \t")] != '\0') status = add_text(file, line, where, err);
    line = end + 1;
  }
  *ret_n_used = line < text + n_byte ? (size_t)(line - text) : n_byte;
  return status;
}

/* add_bytes() - what a file holds from file->n_byte on; bytes[n_byte] is zero
 *
 *   ret_n_rest   bytes of a line or gzip member that was cut off at the end */
static cuxas_status add_bytes(cuxas_record_file *file, char *bytes, size_t n_byte, const char *path, size_t *ret_n_rest,
                              cuxas_error *err)
{
  char        *text   = NULL;
  size_t       n_used = 0, n_text = 0, n_text_used = 0;
  cuxas_status status;
  *ret_n_rest = 0;
  if (file->n_byte == 0 && n_byte > 0) file->is_packed = cuxas_gzip_recognises(bytes, n_byte);
  if (!file->is_packed) {
    status = add_lines(file, bytes, n_byte, path, &n_used, err);
  } else if ((status = cuxas_gzip_expand_whole(path, bytes, n_byte, &text, &n_text, &n_used, err)) == CUXAS_OK) {
    char *grown = cuxas_grow(err, text, n_text + 1, 1);
    if (grown != NULL) {
      text         = grown;
      text[n_text] = '\0';
    }
    status = grown != NULL ? add_lines(file, text, n_text, path, &n_text_used, err) : cuxas_no_memory(err);
    if (status == CUXAS_OK && n_text_used < n_text)
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not a JSON object", path, file->n_file_line + 1);
  }
  free(text);
  if (status != CUXAS_OK) return status;
  file->n_byte += n_used;
  *ret_n_rest = n_byte - n_used;
  return CUXAS_OK;
}

cuxas_record_file *cuxas_record_file_new(void)
{
  return cuxas_new(NULL, 1, sizeof(cuxas_record_file));
}

/* is_packed_name() - a new file of this name is compressed */
static bool is_packed_name(const char *path)
{
  const size_t n = strlen(path);
  return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

cuxas_status cuxas_record_file_read(const char *path, cuxas_record_file **ret_file, cuxas_error *err)
{
  return cuxas_record_file_read_with(path, NULL, NULL, ret_file, NULL, err);
}

cuxas_status cuxas_record_file_read_with(const char *path, cuxas_record_take *opt_take, void *user,
                                         cuxas_record_file **ret_file, bool *opt_has_joined, cuxas_error *err)
{
  char              *bytes  = NULL;
  size_t             n_byte = 0, n_rest = 0;
  cuxas_record_file *file   = cuxas_record_file_new();
  cuxas_status       status = CUXAS_OK;
  *ret_file                 = NULL;
  if (file == NULL || (file->path = cuxas_copy_text(err, path)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  file->is_packed = is_packed_name(path);
  file->take      = opt_take;
  file->user      = user;
  if (access(path, F_OK) != 0) goto done;
  if ((status = cuxas_bytes_read(path, &bytes, &n_byte, err)) != CUXAS_OK) goto done;
  char *grown = cuxas_grow(err, bytes, n_byte + 1, 1);
  if (grown == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  bytes         = grown;
  bytes[n_byte] = '\0';
  status        = add_bytes(file, bytes, n_byte, path, &n_rest, err);
done:
  free(bytes);
  if (status != CUXAS_OK) {
    cuxas_record_file_free(file);
    return status;
  }
  file->take = NULL;
  if (opt_has_joined != NULL) *opt_has_joined = file->has_joined;
  *ret_file = file;
  return CUXAS_OK;
}

void cuxas_record_file_free(cuxas_record_file *file)
{
  if (file == NULL) return;
  for (size_t i = 0; i < file->n_line; i++) {
    free(file->line[i].text);
    free(file->line[i].keys);
    cJSON_Delete(file->line[i].fresh);
  }
  free(file->line);
  free(file->slot);
  free(file->path);
  free(file);
}

size_t cuxas_record_file_count(const cuxas_record_file *file)
{
  return file->n_line;
}

size_t cuxas_record_file_line(const cuxas_record_file *file, size_t i)
{
  return file->line[i].i_line;
}

const char *cuxas_record_file_text(const cuxas_record_file *file, size_t i, const char **opt_id, size_t *opt_site)
{
  if (opt_id != NULL) *opt_id = file->line[i].id;
  if (opt_site != NULL) *opt_site = file->line[i].site;
  return file->line[i].text;
}

bool cuxas_record_file_has(const cuxas_record_file *file, const char *id, size_t site, const char *edge,
                           cuxas_channel channel)
{
  char               key[CUXAS_EDGE_NAME_SIZE + 16], between[CUXAS_EDGE_NAME_SIZE + 20];
  const record_line *line = find_line(file, id, site);
  if (line == NULL) return false;
  curve_key(edge, channel, key, sizeof key);
  snprintf(between, sizeof between, ",%s,", key);
  return strstr(line->keys, between) != NULL;
}

/* read_rest() - what an open file holds beyond what is known; bytes[*ret_n_byte] is zero */
static cuxas_status read_rest(const cuxas_record_file *file, int descriptor, size_t n_file, char **ret_bytes,
                              size_t *ret_n_byte, cuxas_error *err)
{
  const size_t n     = n_file - file->n_byte;
  size_t       n_got = 0;
  char        *bytes = NULL;
  if (n_file < file->n_byte)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: became shorter while it was in use; start again", file->path);
  if ((bytes = cuxas_new(err, n + 1, 1)) == NULL) return cuxas_no_memory(err);
  while (n_got < n) {
    const ssize_t n_now = pread(descriptor, bytes + n_got, n - n_got, (off_t)(file->n_byte + n_got));
    if (n_now < 0 && errno == EINTR) continue;
    if (n_now <= 0) break;
    n_got += (size_t)n_now;
  }
  if (n_got < n) {
    free(bytes);
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot read: %s", file->path, strerror(errno));
  }
  *ret_bytes  = bytes;
  *ret_n_byte = n;
  return CUXAS_OK;
}

/* catch_up() - takes up what an open file holds beyond what is known */
static cuxas_status catch_up(cuxas_record_file *file, int descriptor, size_t n_file, size_t *ret_n_rest,
                             cuxas_error *err)
{
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status = read_rest(file, descriptor, n_file, &bytes, &n_byte, err);
  if (status == CUXAS_OK) status = add_bytes(file, bytes, n_byte, file->path, ret_n_rest, err);
  free(bytes);
  return status;
}

cuxas_status cuxas_record_file_refresh(cuxas_record_file *file, cuxas_error *err)
{
  struct stat  about;
  size_t       n_rest     = 0;
  const int    descriptor = file->path != NULL ? open(file->path, O_RDONLY | O_CLOEXEC) : -1;
  cuxas_status status     = CUXAS_OK;
  if (descriptor < 0) return CUXAS_OK; /* not there yet */
  if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && (size_t)about.st_size != file->n_byte)
    status = catch_up(file, descriptor, (size_t)about.st_size, &n_rest, err);
  close(descriptor);
  return status;
}

/* ---- putting ---------------------------------------------------------------------------------------------------- */

/* set_fresh() - notes that a curve is to be added to the file */
static cuxas_status set_fresh(record_line *line, const cuxas_record_site *site, const char *key, const cJSON *curve,
                              cuxas_error *err)
{
  if (line->fresh == NULL && (line->fresh = cuxas_record_make(site)) == NULL) return cuxas_no_memory(err);
  return set_curve(line->fresh, key, cJSON_Duplicate(curve, true), err);
}

cuxas_status cuxas_record_file_put(cuxas_record_file *file, const cuxas_record_site *site,
                                   const cuxas_record_spectrum *spectrum, cuxas_record_change *opt_change,
                                   cuxas_error *err)
{
  char         key[CUXAS_EDGE_NAME_SIZE + 16];
  cJSON       *record = NULL, *curve = NULL;
  const cJSON *known  = NULL;
  record_line *line   = find_line(file, site->id, site->site);
  cuxas_status status = cuxas_record_check(site, spectrum, err);
  if (status != CUXAS_OK) return status;

  curve_key(spectrum->edge, spectrum->channel, key, sizeof key);
  if (line != NULL)
    status = open_record(line, site->crystal, &record, err);
  else if ((record = cuxas_record_make(site)) == NULL)
    status = cuxas_no_memory(err);
  if (status != CUXAS_OK) return status;

  cuxas_record_change change = CUXAS_RECORD_ADDED;
  if ((curve = cuxas_record_make_curve(spectrum)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((known = cJSON_GetObjectItemCaseSensitive(record, key)) != NULL)
    change = cJSON_Compare(known, curve, true) ? CUXAS_RECORD_SAME : CUXAS_RECORD_REPLACED;
  if (change == CUXAS_RECORD_SAME) goto done;
  if ((status = set_curve(record, key, cJSON_Duplicate(curve, true), err)) != CUXAS_OK ||
      (status = line == NULL ? new_line(file, site->id, site->site, record, NULL, &line, err)
                             : set_line(line, record, NULL, err)) != CUXAS_OK)
    goto done;
  status = set_fresh(line, site, key, curve, err);
done:
  cJSON_Delete(curve);
  cJSON_Delete(record);
  if (status == CUXAS_OK && opt_change != NULL) *opt_change = change;
  return status;
}

/* ---- adding ----------------------------------------------------------------------------------------------------- */

/* print_fresh() - all that is not in the file yet, as lines; *ret_n_byte 0: nothing; the caller frees *ret_bytes */
static cuxas_status print_fresh(const cuxas_record_file *file, char **ret_bytes, size_t *ret_n_byte, size_t *ret_n_line,
                                cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;
  *ret_n_line   = 0;
  for (size_t i = 0; i < file->n_line; i++) {
    if (file->line[i].fresh == NULL) continue;
    char *text;
    (void)cuxas_json_print(file->line[i].fresh, false, &text, err);
    char *grown = text != NULL ? cuxas_grow(err, bytes, n_byte + strlen(text) + CUXAS_RECORD_SEAL_SIZE, 1) : NULL;
    if (grown != NULL) {
      bytes = grown;
      n_byte += cuxas_record_seal(text, bytes + n_byte);
      ++*ret_n_line;
    }
    free(text);
    if (grown == NULL) {
      free(bytes);
      return cuxas_no_memory(err);
    }
  }
  *ret_bytes  = bytes;
  *ret_n_byte = n_byte;
  return CUXAS_OK;
}

/* lock() - waits until nobody else adds; closing the file unlocks it */
static cuxas_status lock(int descriptor, const char *path, cuxas_error *err)
{
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  while (fcntl(descriptor, F_SETLKW, &whole) != 0)
    if (errno != EINTR)
      return cuxas_fail(
          err, CUXAS_EIO,
          "%s: cannot be locked (%s): its file system keeps no locks, so that two writers could spoil it; "
          "let every process write a file of its own on a local disk and merge them afterwards",
          path, strerror(errno));
  return CUXAS_OK;
}

static bool write_all(int descriptor, const char *bytes, size_t n_byte)
{
  while (n_byte > 0) {
    const ssize_t n = write(descriptor, bytes, n_byte);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    n_byte -= (size_t)n;
  }
  return true;
}

/* mend_end() - what a file has beyond the last whole line is removed; a last line without end gets one */
static cuxas_status mend_end(cuxas_record_file *file, int descriptor, size_t n_rest, cuxas_error *err)
{
  if ((n_rest > 0 && ftruncate(descriptor, (off_t)file->n_byte) != 0) ||
      (file->is_open && !file->is_packed && !write_all(descriptor, "\n", 1)))
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot write: %s", file->path, strerror(errno));
  if (file->is_open && !file->is_packed) file->n_byte++;
  file->is_open = false;
  return CUXAS_OK;
}

/* add_locked() - to a file that nobody else adds to */
static cuxas_status add_locked(cuxas_record_file *file, int descriptor, const char *bytes, size_t n_byte,
                               size_t *opt_n_repaired, cuxas_error *err)
{
  struct stat  about;
  size_t       n_rest = 0;
  cuxas_status status;
  if (fstat(descriptor, &about) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: %s", file->path, strerror(errno));
  const bool is_regular = S_ISREG(about.st_mode); /* a pipe or device is written to as it stands */
  if (is_regular && ((status = lock(descriptor, file->path, err)) != CUXAS_OK)) return status;
  if (is_regular && fstat(descriptor, &about) == 0) {
    if ((status = catch_up(file, descriptor, (size_t)about.st_size, &n_rest, err)) != CUXAS_OK ||
        (status = mend_end(file, descriptor, n_rest, err)) != CUXAS_OK)
      return status;
    if (opt_n_repaired != NULL) *opt_n_repaired += n_rest;
  }
  if (write_all(descriptor, bytes, n_byte) && (!is_regular || fdatasync(descriptor) == 0)) {
    file->n_byte += n_byte;
    return CUXAS_OK;
  }
  status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write: %s", file->path, strerror(errno));
  if (is_regular && ftruncate(descriptor, (off_t)file->n_byte) != 0)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot write, its last line is cut off: %s", file->path, strerror(errno));
  return status;
}

cuxas_status cuxas_record_file_append(cuxas_record_file *file, size_t *opt_n_repaired, cuxas_error *err)
{
  char        *bytes = NULL, *packed = NULL;
  size_t       n_byte = 0, n_packed = 0, n_line = 0;
  int          descriptor = -1;
  cuxas_status status     = print_fresh(file, &bytes, &n_byte, &n_line, err);
  if (status != CUXAS_OK || n_byte == 0) goto done;
  if (file->is_packed && (status = cuxas_gzip_pack(bytes, n_byte, &packed, &n_packed, err)) != CUXAS_OK) goto done;
  if ((descriptor = open(file->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) < 0) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", file->path, strerror(errno));
    goto done;
  }
  status = add_locked(file, descriptor, packed != NULL ? packed : bytes, packed != NULL ? n_packed : n_byte,
                      opt_n_repaired, err);
  if (status != CUXAS_OK) goto done;
  for (size_t i = 0; i < file->n_line; i++) {
    if (file->line[i].fresh == NULL) continue;
    file->n_file_line++;
    if (file->line[i].i_line == 0) file->line[i].i_line = file->n_file_line;
    cJSON_Delete(file->line[i].fresh);
    file->line[i].fresh = NULL;
  }
done:
  if (descriptor >= 0) close(descriptor);
  free(packed);
  free(bytes);
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_file_pick(const cuxas_record_file *from, const char *id, size_t site, const char *sha256,
                                    cuxas_record_file *to, cuxas_error *err)
{
  const record_line *line = find_line(from, id, site);
  if (line == NULL) return cuxas_fail(err, CUXAS_ERANGE, "%s, site %zu: no such record", id, site);
  if (find_line(to, id, site) != NULL) return CUXAS_OK;
  cJSON *record = cJSON_Parse(line->text), *member = NULL;
  if (record == NULL) return cuxas_no_memory(err);
  cJSON_ArrayForEach(member, record) cJSON_DeleteItemFromObjectCaseSensitive(member, "mu0");
  cJSON_DeleteItemFromObjectCaseSensitive(record, "structure_sha256");
  cuxas_status status =
      cuxas_json_add(record, "structure_sha256", cJSON_CreateString(sha256)) != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) status = new_line(to, id, site, record, NULL, NULL, err);
  cJSON_Delete(record);
  return status;
}

cuxas_status cuxas_record_file_join(cuxas_record_file *to, const cuxas_record_file *from, size_t i, size_t *n_same,
                                    size_t *n_different, cuxas_error *err)
{
  const record_line *line    = &from->line[i];
  record_line       *known   = find_line(to, line->id, line->site);
  cuxas_crystal     *crystal = NULL;
  cJSON             *record = NULL, *further = cJSON_Parse(line->text);
  const cJSON       *curve, *member;
  cuxas_status       status = further != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status != CUXAS_OK) return status;
  if (known == NULL) {
    status = new_line(to, line->id, line->site, further, line->text, NULL, err);
    goto done;
  }
  if ((status = cuxas_record_crystal_parse(further, line->id, &crystal, err)) != CUXAS_OK ||
      (status = open_record(known, crystal, &record, err)) != CUXAS_OK)
    goto done;
  cJSON_ArrayForEach(member, further)
  {
    if (!is_curve(member)) continue;
    if ((curve = cJSON_GetObjectItemCaseSensitive(record, member->string)) != NULL)
      ++*(cJSON_Compare(curve, member, true) ? n_same : n_different);
    else if ((status = set_curve(record, member->string, cJSON_Duplicate(member, true), err)) != CUXAS_OK)
      goto done;
  }
  status = set_line(known, record, NULL, err);
done:
  cJSON_Delete(record);
  cJSON_Delete(further);
  cuxas_crystal_free(crystal);
  return status;
}

/* print_all() - all records as lines; the caller frees *ret_text */
static cuxas_status print_all(const cuxas_record_file *file, char **ret_text, size_t *ret_n_text, cuxas_error *err)
{
  size_t n_text = 0;
  for (size_t i = 0; i < file->n_line; i++) n_text += strlen(file->line[i].text) + CUXAS_RECORD_SEAL_SIZE;
  char *text = cuxas_new(err, n_text + 1, 1), *end = text;
  if (text == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < file->n_line; i++) end += cuxas_record_seal(file->line[i].text, end);
  *ret_text   = text;
  *ret_n_text = (size_t)(end - text);
  return CUXAS_OK;
}

cuxas_status cuxas_record_file_write(const cuxas_record_file *file, const char *path, cuxas_error *err)
{
  cuxas_output output;
  char        *text = NULL, *packed = NULL;
  size_t       n_text = 0, n_packed = 0;
  cuxas_status status = print_all(file, &text, &n_text, err);
  if (status == CUXAS_OK && is_packed_name(path)) status = cuxas_gzip_pack(text, n_text, &packed, &n_packed, err);
  if (status == CUXAS_OK && (status = cuxas_output_open(&output, path, true, err)) == CUXAS_OK) {
    fwrite(packed != NULL ? packed : text, 1, packed != NULL ? n_packed : n_text, output.stream);
    status = cuxas_output_commit(&output, err);
  }
  free(packed);
  free(text);
  return status;
}
