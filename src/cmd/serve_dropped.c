/* serve_dropped.c - what was dropped on the page of cuxas-match --serve, and the options that a request gives for it
 *
 * Measured files lie in FOLDER/mNUMBER/NAME, candidates in FOLDER/c/NAME: a file that names another in its folder finds none.
 * A candidate is looked at in FOLDER/n first, as the command line would look at the file. FOLDER/r is for reports.
 *
 * Contents: 1. names  2. the folder  3. taking  4. finding  5. removing  6. a folder that is watched  7. what a request asks of them */
#include "cmd/serve_dropped.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/match_options.h"
#include "cuxas/output.h"
#include "match/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTE ((size_t)CUXAS_DROPPED_MAX_MB << 20)

/* 1. names */

void cuxas_dropped_plain_name(const char *given, char name[CUXAS_DROPPED_NAME_SIZE])
{
  static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+()";
  const char       *start   = given + strlen(given);
  size_t            n       = 0;
  while (start > given && start[-1] != '/' && start[-1] != '\\') start--;
  if (strlen(start) >= CUXAS_DROPPED_NAME_SIZE)
    start += strlen(start) - CUXAS_DROPPED_NAME_SIZE + 1; /* the suffix counts */
  for (; start[n] != '\0'; n++) name[n] = strchr(PLAIN, start[n]) != NULL ? start[n] : '_';
  name[n] = '\0';
  if (n == 0) strcpy(name, "file");
  if (name[0] == '.') name[0] = '_';
}

void cuxas_dropped_hide(const cuxas_dropped *dropped, char *text)
{
  const size_t n = strlen(dropped->folder);
  for (char *at = text; n > 0 && (at = strstr(at, dropped->folder)) != NULL;) {
    const char *rest = at + n;
    if (*rest == '/') rest += 1 + strcspn(rest + 1, "/ ");
    if (*rest == '/') rest++;
    memmove(at, rest, strlen(rest) + 1);
  }
}

/* 2. the folder */

void cuxas_dropped_candidates(const cuxas_dropped *dropped, char folder[300])
{
  snprintf(folder, 300, "%s/c", dropped->folder);
}

/* Where a candidate lies until it is known to be one. */
static void folder_of_new(const cuxas_dropped *dropped, char folder[300])
{
  snprintf(folder, 300, "%s/n", dropped->folder);
}

void cuxas_dropped_reports(const cuxas_dropped *dropped, char folder[300])
{
  snprintf(folder, 300, "%s/r", dropped->folder);
}

static cuxas_status make_folder(cuxas_dropped *dropped, cuxas_error *err)
{
  const char *top = getenv("TMPDIR");
  char        inner[300], new[300], reports[300];
  if (dropped->folder[0] != '\0') return CUXAS_OK;
  const int n =
      snprintf(dropped->folder, sizeof dropped->folder, "%s/cuxas-serve.XXXXXX", top != NULL && *top ? top : "/tmp");
  if (n > 0 && (size_t)n < sizeof dropped->folder && mkdtemp(dropped->folder) != NULL) {
    cuxas_dropped_candidates(dropped, inner);
    folder_of_new(dropped, new);
    cuxas_dropped_reports(dropped, reports);
    if (mkdir(inner, 0700) == 0 && mkdir(new, 0700) == 0 && mkdir(reports, 0700) == 0) return CUXAS_OK;
  }
  dropped->folder[0] = '\0';
  return cuxas_fail(err, CUXAS_EIO, "no folder for dropped files: %s", strerror(errno));
}

typedef struct {
  const char *bytes;
  size_t      n_byte;
} content;

static cuxas_status write_content(const void *what, FILE *out, cuxas_error *err)
{
  const content *all = what;
  (void)err;
  fwrite(all->bytes, 1, all->n_byte, out);
  return CUXAS_OK;
}

/* 3. taking */

static cuxas_status check_room(size_t n_there, size_t n_byte, cuxas_error *err)
{
  if (n_byte == 0) return cuxas_fail(err, CUXAS_EFORMAT, "the file is empty");
  if (n_there + n_byte <= MAX_BYTE) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "no room for more files: %d MB are the most, remove some", CUXAS_DROPPED_MAX_MB);
}

cuxas_status cuxas_dropped_take_measured(cuxas_dropped *dropped, const char *name, const char *bytes, size_t n_byte,
                                         cuxas_error *err)
{
  const content      all  = {bytes, n_byte};
  cuxas_dropped_file file = {.n_byte = n_byte};
  char               plain[CUXAS_DROPPED_NAME_SIZE], folder[300];
  cuxas_status       status;
  if (dropped->n_measured == CUXAS_DROPPED_MAX_MEASURED)
    return cuxas_fail(err, CUXAS_ERANGE, "%d measured files are the most: start the program anew",
                      CUXAS_DROPPED_MAX_MEASURED);
  if ((status = check_room(dropped->n_measured_byte, n_byte, err)) != CUXAS_OK ||
      (status = make_folder(dropped, err)) != CUXAS_OK)
    return status;
  cuxas_dropped_plain_name(name, plain);
  snprintf(folder, sizeof folder, "%s/m%zu", dropped->folder, dropped->n_measured);
  file.name = cuxas_copy_text(err, name);
  file.path = cuxas_path_join(folder, plain, NULL);
  if (file.name == NULL || file.path == NULL)
    status = cuxas_no_memory(err);
  else if (mkdir(folder, 0700) != 0)
    status = cuxas_fail(err, CUXAS_EIO, "no folder for the file: %s", strerror(errno));
  else if ((status = cuxas_output_write(file.path, true, write_content, &all, err)) != CUXAS_OK)
    rmdir(folder);
  if (status == CUXAS_OK) {
    dropped->measured[dropped->n_measured++] = file;
    dropped->n_measured_byte += n_byte;
  } else {
    free(file.name);
    free(file.path);
  }
  return status;
}

/* One candidate: the formula of a structure, or a measured standard. */
static cuxas_status look_at_one(const cuxas_candidate *candidate, char what[CUXAS_FORMULA_SIZE], cuxas_error *err)
{
  const cuxas_measured_options how      = {.near_eV = CUXAS_MEASUREMENT_NEAR_EV};
  cuxas_crystal               *crystal  = NULL;
  cuxas_spectrum              *spectrum = NULL;
  cuxas_status                 status;
  if (candidate->kind == CUXAS_CANDIDATE_SPECTRUM) {
    status = cuxas_measured_read(candidate->path, &how, &spectrum, NULL, err);
    strcpy(what, "measured standard");
  } else if ((status = cuxas_candidate_read(candidate, &crystal, err)) == CUXAS_OK) {
    cuxas_crystal_formula(crystal, what);
  }
  cuxas_crystal_free(crystal);
  cuxas_spectrum_free(spectrum);
  return status;
}

/* What the file holds, as a folder's files are looked at: of several structures (a database, a CIF with several blocks, frames)
 * how many, and the first that can be read must be among the first MAX_TRIED. */
static cuxas_status look_at(const char *path, char what[CUXAS_FORMULA_SIZE], cuxas_error *err)
{
  enum { MAX_TRIED = 20 };
  cuxas_catalog *catalog = NULL;
  cuxas_status   status  = cuxas_catalog_list(&path, 1, false, &catalog, err);
  if (status != CUXAS_OK) return status;
  status = look_at_one(&catalog->candidate[0], what, err);
  for (size_t i = 1; i < catalog->n_candidate && i < MAX_TRIED && status != CUXAS_OK; i++) {
    cuxas_error unused;
    if (look_at_one(&catalog->candidate[i], what, &unused) == CUXAS_OK) status = CUXAS_OK;
  }
  if (status == CUXAS_OK && catalog->n_candidate > 1)
    snprintf(what, CUXAS_FORMULA_SIZE, "%zu structures", catalog->n_candidate);
  cuxas_catalog_free(catalog);
  return status;
}

/* In place of one that is there. */
static cuxas_status keep_candidate(cuxas_dropped *dropped, const char *plain, const char *new, size_t n_byte,
                                   cuxas_error *err)
{
  char                folder[300];
  cuxas_dropped_file *file;
  cuxas_status        status;
  if (cuxas_dropped_candidate(dropped, plain, &file, NULL) == CUXAS_OK) cuxas_dropped_forget(dropped, file);
  if (dropped->n_candidate == CUXAS_DROPPED_MAX_CANDIDATE)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: %d candidates are the most", plain, CUXAS_DROPPED_MAX_CANDIDATE);
  cuxas_dropped_candidates(dropped, folder);
  cuxas_dropped_file kept = {cuxas_copy_text(err, plain), cuxas_path_join(folder, plain, NULL), n_byte};
  if (kept.name == NULL || kept.path == NULL)
    status = cuxas_no_memory(err);
  else
    status = rename(new, kept.path) == 0 ? CUXAS_OK
                                         : cuxas_fail(err, CUXAS_EIO, "%s: cannot be kept: %s", plain, strerror(errno));
  if (status == CUXAS_OK) {
    dropped->candidate[dropped->n_candidate++] = kept;
    dropped->n_candidate_byte += n_byte;
  } else {
    free(kept.name);
    free(kept.path);
  }
  return status;
}

cuxas_status cuxas_dropped_take_candidate(cuxas_dropped *dropped, const char *name, const char *bytes, size_t n_byte,
                                          char what[CUXAS_FORMULA_SIZE], cuxas_error *err)
{
  const content all = {bytes, n_byte};
  char          plain[CUXAS_DROPPED_NAME_SIZE], folder[300];
  cuxas_status  status;
  cuxas_dropped_plain_name(name, plain);
  if ((status = check_room(dropped->n_candidate_byte, n_byte, err)) != CUXAS_OK ||
      (status = make_folder(dropped, err)) != CUXAS_OK)
    return status;
  folder_of_new(dropped, folder);
  char *new = cuxas_path_join(folder, plain, NULL);
  if (new == NULL) return cuxas_no_memory(err);
  if ((status = cuxas_output_write(new, true, write_content, &all, err)) == CUXAS_OK &&
      (status = look_at(new, what, err)) == CUXAS_OK)
    status = keep_candidate(dropped, plain, new, n_byte, err);
  unlink(new); /* where it was not kept */
  free(new);
  return status;
}

/* 4. finding */

cuxas_status cuxas_dropped_measured(cuxas_dropped *dropped, const char *number, cuxas_dropped_file **ret_file,
                                    cuxas_error *err)
{
  char      *end = NULL;
  const long i   = number != NULL ? strtol(number, &end, 10) : -1;
  if (i < 0 || (size_t)i >= dropped->n_measured || *end != '\0' || dropped->measured[i].path == NULL)
    return cuxas_fail(err, CUXAS_ERANGE, "there is no such file");
  *ret_file = &dropped->measured[i];
  return CUXAS_OK;
}

cuxas_status cuxas_dropped_candidate(cuxas_dropped *dropped, const char *name, cuxas_dropped_file **ret_file,
                                     cuxas_error *err)
{
  for (size_t i = 0; name != NULL && i < dropped->n_candidate; i++) {
    if (strcmp(dropped->candidate[i].name, name) != 0) continue;
    *ret_file = &dropped->candidate[i];
    return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_ERANGE, "there is no such candidate");
}

/* 5. removing */

static void remove_file(cuxas_dropped_file *file)
{
  if (file->path != NULL) unlink(file->path);
  free(file->path);
  free(file->name);
  *file = (cuxas_dropped_file){0};
}

void cuxas_dropped_forget(cuxas_dropped *dropped, cuxas_dropped_file *file)
{
  const bool   is_measured = file >= dropped->measured && file < dropped->measured + dropped->n_measured;
  const size_t n_byte      = file->n_byte;
  remove_file(file);
  if (is_measured) {
    dropped->n_measured_byte -= n_byte;
    return;
  }
  dropped->n_candidate_byte -= n_byte;
  const size_t n_behind = (size_t)(dropped->candidate + dropped->n_candidate-- - (file + 1));
  memmove(file, file + 1, n_behind * sizeof *file);
}

void cuxas_dropped_clear(cuxas_dropped *dropped)
{
  char folder[300];
  for (size_t i = 0; i < dropped->n_measured; i++) {
    remove_file(&dropped->measured[i]);
    snprintf(folder, sizeof folder, "%s/m%zu", dropped->folder, i);
    rmdir(folder);
  }
  for (size_t i = 0; i < dropped->n_candidate; i++) remove_file(&dropped->candidate[i]);
  if (dropped->folder[0] != '\0') {
    cuxas_dropped_candidates(dropped, folder);
    rmdir(folder);
    folder_of_new(dropped, folder);
    rmdir(folder);
    cuxas_dropped_reports(dropped, folder);
    rmdir(folder);
    rmdir(dropped->folder);
  }
  *dropped = (cuxas_dropped){0};
}

/* 6. a folder that is watched */

/* A file that counts has number 1 + its own; 0: it has not been taken. */
static void let_go(cuxas_dropped *dropped, cuxas_scan_file *file, cJSON *gone)
{
  if (file->number > 0 && dropped->measured[file->number - 1].path != NULL) {
    cuxas_dropped_forget(dropped, &dropped->measured[file->number - 1]);
    cuxas_json_add(gone, NULL, cJSON_CreateNumber((double)(file->number - 1)));
  }
  file->number = 0;
}

static cuxas_status take_scan(cuxas_dropped *dropped, cuxas_scan_file *file, cJSON *arrived, cuxas_error *err)
{
  const char  *slash  = strrchr(file->path, '/');
  const char  *name   = slash != NULL ? slash + 1 : file->path;
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status = cuxas_bytes_read(file->path, &bytes, &n_byte, err);
  if (status == CUXAS_OK) status = cuxas_dropped_take_measured(dropped, name, bytes, n_byte, err);
  free(bytes);
  if (status != CUXAS_OK) return status;
  file->number = (long)dropped->n_measured;
  cJSON *tree  = cJSON_CreateObject();
  cuxas_json_add(tree, "file", cJSON_CreateNumber((double)(file->number - 1)));
  cuxas_json_add(tree, "name", cJSON_CreateString(name));
  cuxas_json_add(tree, "sample", cJSON_CreateString(file->sample));
  cuxas_json_add(arrived, NULL, tree);
  return CUXAS_OK;
}

cuxas_status cuxas_dropped_follow(cuxas_dropped *dropped, cuxas_scan_folder *scans, cJSON *tree, cuxas_error *err)
{
  cJSON *arrived      = cuxas_json_add(tree, "arrived", cJSON_CreateArray()),
        *gone         = cuxas_json_add(tree, "gone", cJSON_CreateArray());
  cuxas_status status = cuxas_scan_folder_look(scans, false, err);
  for (size_t i = 0; i < scans->n_file && status == CUXAS_OK; i++) {
    cuxas_scan_file *file = &scans->file[i];
    if (file->is_there ? file->is_new : file->was_there) let_go(dropped, file, gone);
    if (!file->is_there || !file->is_new) continue;
    file->is_new = false;
    status       = take_scan(dropped, file, arrived, err);
  }
  return status;
}

/* 7. what a request asks of them */

/* A word as an option's value, or the option as the command line left it. */
static cuxas_status take_option(const cuxas_page_question *of, const char *word, const char *option, cuxas_error *err)
{
  const char *value = cuxas_server_word(of->asked, word);
  if (cuxas_options_is_given(of->options, option)) return CUXAS_OK;
  cuxas_options_reset(of->options, option);
  return value != NULL ? cuxas_options_set(of->options, option, value, err) : CUXAS_OK;
}

/* --pre-edge, whose ends are checked here: on a command line a wrong one ends the program. */
static cuxas_status take_pre_edge(const cuxas_page_question *of, cuxas_error *err)
{
  const char *how = cuxas_server_word(of->asked, "pre_edge"), *low = cuxas_server_word(of->asked, "pre_low"),
             *high = cuxas_server_word(of->asked, "pre_high");
  char   text[120];
  double low_eV, high_eV;
  if (cuxas_options_is_given(of->options, "pre-edge")) return CUXAS_OK;
  cuxas_options_reset(of->options, "pre-edge");
  if (how == NULL) return CUXAS_OK;
  if (strcmp(how, "none") == 0) return cuxas_options_set(of->options, "pre-edge", how, err);
  if (strcmp(how, "line") != 0 && strcmp(how, "power") != 0)
    return cuxas_fail(err, CUXAS_ERANGE, "there is no such pre-edge");
  if (low == NULL && high == NULL) return cuxas_options_set(of->options, "pre-edge", how, err);
  if (low == NULL || high == NULL || !cuxas_text_parse_number(low, &low_eV) ||
      !cuxas_text_parse_number(high, &high_eV) || !(low_eV < high_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "the pre-edge needs both of its ends, in eV, the lower first");
  snprintf(text, sizeof text, "%s:%.6f:%.6f", how, low_eV, high_eV);
  return cuxas_options_set(of->options, "pre-edge", text, err);
}

/* A word as a list, by commas. */
static cuxas_status take_list(const cuxas_page_question *of, const char *given, const char *option, bool is_file,
                              cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (cuxas_options_is_given(of->options, option)) return CUXAS_OK;
  cuxas_options_reset(of->options, option);
  char *all = given != NULL ? cuxas_copy_text(err, given) : NULL, *next = NULL;
  for (char *part = all != NULL ? strtok_r(all, ",", &next) : NULL; part != NULL && status == CUXAS_OK;
       part       = strtok_r(NULL, ",", &next)) {
    cuxas_dropped_file *file = NULL;
    if (!is_file)
      status = cuxas_options_set(of->options, option, part, err);
    else if ((status = cuxas_dropped_measured(of->dropped, part, &file, err)) == CUXAS_OK)
      status = cuxas_options_set(of->options, option, file->path, err);
  }
  free(all);
  return status;
}

/* The scan of the session and what it is of: a measured file, or a bundled spectrum by its name. */
static cuxas_status take_calibration(const cuxas_page_question *of, bool names_alone, cuxas_error *err)
{
  const char          *scan = cuxas_server_word(of->asked, "calibrate"), *as = cuxas_server_word(of->asked, "as");
  cuxas_dropped_file  *file = NULL, *other = NULL;
  const cuxas_catalog *bundled = of->opt_standards;
  const char          *path    = NULL;
  cuxas_status         status;
  if (cuxas_options_is_given(of->options, "calibrate")) return CUXAS_OK;
  cuxas_options_reset(of->options, "calibrate");
  if (scan == NULL || as == NULL) return CUXAS_OK;
  if ((status = cuxas_dropped_measured(of->dropped, scan, &file, err)) != CUXAS_OK) return status;
  for (size_t i = 0; bundled != NULL && i < bundled->n_candidate && path == NULL; i++)
    if (strcmp(bundled->candidate[i].name, as) == 0) path = bundled->candidate[i].path;
  if (path == NULL && (status = cuxas_dropped_measured(of->dropped, as, &other, err)) != CUXAS_OK) return status;
  if (path == NULL) path = other->path;
  char *text = names_alone ? cuxas_print_text(err, "%s=%s", file->name, other != NULL ? other->name : as)
                           : cuxas_print_text(err, "%s=%s", file->path, path);
  status     = text != NULL ? cuxas_options_set(of->options, "calibrate", text, err) : CUXAS_ENOMEM;
  free(text);
  return status;
}

cuxas_status cuxas_page_take_options(const cuxas_page_question *of, cuxas_error *err)
{
  static const char *const OPTION[][2] = {{"energy", "energy-column"},
                                          {"signal", "signal"},
                                          {"i0", "i0"},
                                          {"dataset", "dataset"},
                                          {"detection", "detection"},
                                          {"invert", "invert"},
                                          {"transmission", "transmission"},
                                          {"range", "range"},
                                          {"elements", "elements"},
                                          {"mixture", "mixture"},
                                          {"simulate", "simulate"},
                                          {"", "smooth"},
                                          {"", "fwhm"},
                                          {"", "shift-window"}};
  cuxas_element_set        set;
  const char              *elements = cuxas_server_word(of->asked, "elements");
  cuxas_status             status   = elements != NULL ? cuxas_composition_parse(elements, &set, err) : CUXAS_OK;
  for (size_t i = 0; i < sizeof OPTION / sizeof *OPTION && status == CUXAS_OK; i++)
    status = take_option(of, OPTION[i][0], OPTION[i][1], err);
  if (status == CUXAS_OK) status = take_pre_edge(of, err);
  if (status == CUXAS_OK) status = take_calibration(of, false, err);
  if (status == CUXAS_OK) status = take_list(of, cuxas_server_word(of->asked, "scan"), "scan", false, err);
  if (status == CUXAS_OK) status = take_list(of, cuxas_server_word(of->asked, "merge"), "merge", true, err);
  return status;
}

/* Options as the report has them: names of what was dropped, whose folder will be gone. */
cuxas_status cuxas_page_name_options(const cuxas_page_question *of, cuxas_error *err)
{
  cuxas_status status = take_calibration(of, true, err);
  if (cuxas_options_is_given(of->options, "merge") || status != CUXAS_OK) return status;
  const size_t n    = cuxas_options_n_item(of->options, "merge");
  char       **name = cuxas_new(err, n, sizeof *name);
  if (name == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    name[i] = cuxas_copy_text(err, cuxas_options_item(of->options, "merge", i));
    if (name[i] != NULL) cuxas_dropped_hide(of->dropped, name[i]);
  }
  cuxas_options_reset(of->options, "merge");
  for (size_t i = 0; i < n && status == CUXAS_OK; i++)
    status = name[i] != NULL ? cuxas_options_set(of->options, "merge", name[i], err) : CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) free(name[i]);
  free(name);
  return status;
}

size_t cuxas_page_scans(const cuxas_page_question *of, const cuxas_dropped_file *file, const char **path)
{
  const size_t n_merge = cuxas_options_n_item(of->options, "merge");
  size_t       n       = 0;
  for (size_t i = 0; i < of->dropped->n_measured; i++) {
    const char *one   = of->dropped->measured[i].path;
    bool        is_it = one != NULL && one == file->path;
    for (size_t k = 0; k < n_merge && one != NULL; k++)
      is_it |= strcmp(one, cuxas_options_item(of->options, "merge", k)) == 0;
    if (is_it) path[n++] = one;
  }
  return n;
}
