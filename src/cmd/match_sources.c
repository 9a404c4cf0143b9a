/* match_sources.c - what a match stands on beside model and candidates, opened: measured spectra, the background,
 * known simulations and predictions; what is found where is said by the library, as for cuxas_session_use_data()
 *
 * Contents: 1. companions  2. predictions  3. shares  4. the energy axis  5. settings and sessions of a measurement */
#include "cmd/sources.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "match/library.h"
#include "cmd/common.h"
#include "cuxas/output.h"
#include "cuxas/report.h"
#include "report/stored.h"
#include "cmd/sites.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. companions */

/* The folder of the bundled data, by what of it is there; *ret_folder stays NULL where there is none. */
static cuxas_status find_folder(const cuxas_options *options, const cuxas_model *model, char **ret_folder,
                                cuxas_error *err)
{
  char simulations[CUXAS_SIMULATIONS_NAME_SIZE];
  cuxas_simulations_name(model, simulations);
  const char *const name[] = {CUXAS_DATA_SPECTRA, CUXAS_DATA_CANDIDATES, simulations};
  *ret_folder              = NULL;
  for (size_t i = 0; i < sizeof name / sizeof *name && *ret_folder == NULL; i++) {
    cuxas_error unused;
    if (cuxas_data_path(cuxas_options_text(options, "data"), name[i], ret_folder, &unused) == CUXAS_ENOMEM)
      return cuxas_no_memory(err);
    if (*ret_folder != NULL) (*ret_folder)[strlen(*ret_folder) - strlen(name[i]) - 1] = '\0';
  }
  return CUXAS_OK;
}

/* *ret_folder stays NULL where no place is known. */
static cuxas_status find_cache(const cuxas_options *options, char **ret_folder, cuxas_error *err)
{
  const char *given = cuxas_options_text(options, "cache"), *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  *ret_folder = NULL;
  if (given != NULL)
    *ret_folder = cuxas_copy_text(err, given);
  else if (base != NULL && base[0] == '/')
    *ret_folder = cuxas_path_join(base, "cuxas", NULL);
  else if (home != NULL && home[0] == '/')
    *ret_folder = cuxas_path_join(home, ".cache/cuxas", NULL);
  else
    return CUXAS_OK;
  return *ret_folder != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

cuxas_status cuxas_source_companions(const cuxas_options *options, const cuxas_model *model,
                                     const cuxas_match_settings *settings, unsigned with,
                                     cuxas_companions *ret_companions, cuxas_error *err)
{
  const bool is_match = cuxas_options_has(options, "standards");
  const bool is_foreign =
      is_match && (cuxas_options_text(options, "replay") != NULL || cuxas_options_is_of_report(options, "simulations"));
  const char *background    = is_match ? cuxas_options_text(options, "background") : NULL;
  const char *known         = cuxas_options_text(options, "simulations");
  const bool  is_told       = background != NULL && strcmp(background, "none") != 0,
             knows_none     = known != NULL && strcmp(known, "none") == 0;
  char              *folder = NULL, *model_path = NULL, *cache = NULL;
  cuxas_progress_bar bar = cuxas_progress_start("background", cuxas_options_flag(options, "quiet"));
  *ret_companions        = (cuxas_companions){0};
  cuxas_status status    = find_folder(options, model, &folder, err);
  if (status == CUXAS_OK) status = cuxas_source_model_path(options, &model_path, err);
  if (status == CUXAS_OK && cuxas_options_has(options, "cache") && !cuxas_options_flag(options, "no-cache"))
    status = find_cache(options, &cache, err); /* programs without a cache keep nothing */
  cuxas_companion_source from = {.with            = with,
                                 .opt_folder      = folder,
                                 .opt_model_path  = model_path,
                                 .opt_background  = is_told ? background : NULL,
                                 .opt_simulations = known,
                                 .opt_cache       = cache,
                                 .knows_none      = knows_none,
                                 .only_reads      = is_foreign, /* of a report that may be another's */
                                 .needs_standards = is_match && cuxas_options_flag(options, "standards")};
  if (background != NULL && !is_told) from.with &= ~(unsigned)CUXAS_WITH_BACKGROUND;
  if (is_match && !from.needs_standards && cuxas_options_flag(options, "no-standards"))
    from.with &= ~(unsigned)CUXAS_WITH_STANDARDS;
  if (status == CUXAS_OK)
    status = cuxas_companions_open(model, settings, &from, &(cuxas_watch){cuxas_progress_show, &bar, NULL},
                                   ret_companions, err);
  cuxas_progress_end(&bar);
  free(cache);
  free(model_path);
  free(folder);
  return status;
}

/* 2. predictions */

#define MAX_CACHE_BYTE ((size_t)512 << 20)

const cuxas_option CUXAS_CACHE_OPTIONS[] = {
    {"cache", 0, OPT_PATH, "DIR", NULL, NULL, "Running",
     "folder where predictions are kept for the next time; default: $XDG_CACHE_HOME/cuxas or ~/.cache/cuxas",
     OPT_SHAPES_RUN},
    {"no-cache", 0, OPT_FLAG, NULL, NULL, NULL, "Running", "keep no predictions, look for none", OPT_SHAPES_RUN},
    {0}};

/* A cache that was not asked for and cannot be had is none; one that is damaged is no input: it begins anew, or is none. */
static cuxas_status add_cache(const cuxas_options *options, cuxas_store *store, cuxas_error *err)
{
  char        *folder   = NULL;
  const bool   is_given = cuxas_options_text(options, "cache") != NULL;
  cuxas_error  reason   = {0};
  cuxas_status status   = CUXAS_OK;
  if (cuxas_options_flag(options, "no-cache")) return CUXAS_OK;
  if ((status = find_cache(options, &folder, err)) != CUXAS_OK || folder == NULL) return status;
  status = cuxas_store_add_cache(store, folder, MAX_CACHE_BYTE, &reason);
  if (status == CUXAS_EFORMAT) {
    const bool is_new = cuxas_store_renew_cache(store, NULL) == CUXAS_OK;
    if (!cuxas_options_flag(options, "quiet"))
      cuxas_print_note("cuxas-match", "%s: %s", reason.message,
                       is_new ? "this cache begins anew" : "no cache is used, remove this file");
    status = CUXAS_OK;
  } else if (status != CUXAS_OK && status != CUXAS_ENOMEM && !is_given)
    status = CUXAS_OK;
  else if (status != CUXAS_OK)
    cuxas_fail(err, status, "%s", reason.message);
  free(folder);
  return status;
}

cuxas_status cuxas_source_store(const cuxas_options *options, const cuxas_model *model, const cuxas_catalog *catalog,
                                cuxas_store **ret_store, cuxas_error *err)
{
  cuxas_status status = cuxas_store_open(model, ret_store, err);
  if (status == CUXAS_OK) status = cuxas_store_add_libraries(*ret_store, catalog, err);
  return status == CUXAS_OK ? add_cache(options, *ret_store, err) : status;
}

/* 3. shares */

const cuxas_option CUXAS_SHARE_OPTIONS[] = {
    {"shard", 0, OPT_TEXT, "I/N", NULL, NULL, "Running",
     "only the I-th of N shares of the candidates, for --join; auto: as Slurm or MPI say", 0},
    {"join", 0, OPT_FLAG, NULL, NULL, NULL, "Running",
     "the arguments are JSON reports of all shares: one report of the whole", OPT_SHAPES_RUN},
    {0}};

cuxas_status cuxas_source_share(cuxas_options *options, cuxas_catalog *catalog, cuxas_error *err)
{
  const site_share share = cuxas_site_share_read(options);
  cuxas_catalog    mine  = {0, catalog->candidate};
  char             text[64];
  if (!cuxas_options_is_set(options, "shard")) return CUXAS_OK;
  if (cuxas_options_is(options, "shift", "common"))
    cuxas_options_usage_error(options, "--shard: a common shift is found from all candidates, not from a share");
  if (share.n > catalog->n_candidate)
    return cuxas_fail(err, CUXAS_ERANGE, "--shard: %zu shares of %zu candidates: some would have none", share.n,
                      catalog->n_candidate);
  for (size_t i = 0; i < catalog->n_candidate; i++) { /* what is not mine moves behind */
    const cuxas_candidate one = catalog->candidate[i];
    if (i % share.n != share.index) continue;
    catalog->candidate[i]                  = catalog->candidate[mine.n_candidate];
    catalog->candidate[mine.n_candidate++] = one;
  }
  for (size_t i = mine.n_candidate; i < catalog->n_candidate; i++) cuxas_candidate_clear(&catalog->candidate[i]);
  *catalog = mine;
  snprintf(text, sizeof text, "%zu/%zu", share.index + 1, share.n);
  return cuxas_options_set(options, "shard", text, err);
}

void cuxas_compared_clear(cuxas_compared *compared)
{
  for (size_t i = 0; i < compared->n; i++) free(compared->one[i].label);
  free(compared->one);
  *compared = (cuxas_compared){0};
}

static const char *text_of(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text != NULL ? text : "";
}

/* Is a number what the row says of it with fewer digits? */
static bool is_as_told(const cJSON *candidate, const char *name, double value)
{
  const cJSON *told = cJSON_GetObjectItemCaseSensitive(candidate, name);
  return cJSON_IsNumber(told) && fabs(told->valuedouble - value) <= 2e-6 * fmax(1.0, fabs(value));
}

/* The numbers of "exact", in the order in which the report writes them; NULL, or what is wrong with them. */
static const char *read_exact(const cJSON *candidate, size_t n_edge, cuxas_comparison *ret_comparison)
{
  const struct {
    const char *name;
    double     *value;
  } number[]       = {{"score", &ret_comparison->score},       {"mae", &ret_comparison->mae},
                      {"spearman", &ret_comparison->spearman}, {"pearson", &ret_comparison->pearson},
                      {"shift_eV", &ret_comparison->shift_eV}, {"hole_fraction", &ret_comparison->hole_fraction},
                      {"fwhm_eV", &ret_comparison->fwhm_eV}};
  const char *text = text_of(candidate, "exact");
  char       *end  = NULL;
  for (size_t i = 0; i < sizeof number / sizeof *number; i++, text = end) {
    *number[i].value = strtod(text, &end);
    if (end == text) return "lacks its exact numbers";
    if (!isfinite(*number[i].value)) return "an exact number is not finite";
    if (!is_as_told(candidate, number[i].name, *number[i].value)) return "its exact numbers are not those of its row";
  }
  for (size_t i = 0; i < n_edge; i++, text = end) {
    cuxas_onset *onset = &ret_comparison->predicted_onset[i];
    onset->found       = strtol(text, &end, 10) != 0;
    onset->energy_eV   = strtod(end, &end);
    onset->on_grid_eV  = strtod(text = end, &end);
    if (end == text) return "lacks its exact numbers";
    if (onset->found && (!isfinite(onset->energy_eV) || !isfinite(onset->on_grid_eV)))
      return "an exact number is not finite";
  }
  if (*text != '\0') return "there is more behind its exact numbers";
  ret_comparison->shift_at_limit = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(candidate, "shift_at_limit"));
  return cuxas_json_is_count(cJSON_GetObjectItemCaseSensitive(candidate, "n_compared"), 1, INT_MAX,
                             &ret_comparison->n_compared)
             ? NULL
             : "lacks at how many points it was compared";
}

/* All of a share that was compared in full but its best, whose curves are wanted and which are therefore compared again. */
static cuxas_status take_share(const cJSON *report, const char *path, size_t n_again, cuxas_compared *io,
                               cuxas_error *err)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(report, "candidates"), *candidate;
  const cJSON *onsets =
      cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(report, "measured"), "onsets_eV");
  const size_t        n_edge = (size_t)cJSON_GetArraySize(onsets), n_more = (size_t)cJSON_GetArraySize(list);
  cuxas_compared_one *grown = cuxas_grow(err, io->one, io->n + n_more + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  io->one      = grown;
  size_t i_hit = 0;
  cJSON_ArrayForEach(candidate, list)
  {
    cuxas_compared_one *one = &io->one[io->n];
    if (i_hit++ < n_again || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(candidate, "foreseen")) ||
        cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(candidate, "saturation")))
      continue;
    *one = (cuxas_compared_one){.label = cuxas_copy_text(err, text_of(candidate, "path"))};
    if (one->label == NULL) return CUXAS_ENOMEM;
    io->n++;
    snprintf(one->sha256, sizeof one->sha256, "%s", text_of(candidate, "sha256"));
    const char *fault =
        n_edge > CUXAS_COMPARE_MAX_EDGE ? "has too many edges" : read_exact(candidate, n_edge, &one->comparison);
    if (fault != NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: candidate %zu: %s", path, i_hit, fault);
  }
  return CUXAS_OK;
}

/* The "I/N" that a report says it is; of n 0: it is none, or n is beyond reason. */
static site_share read_share(const cJSON *report)
{
  enum { MAX_SHARE = 1000000 };
  site_share share = {0, 0};
  const bool is_one =
      cuxas_site_share_parse(text_of(cJSON_GetObjectItemCaseSensitive(report, "settings"), "shard"), &share);
  return is_one && share.n <= MAX_SHARE ? share : (site_share){0, 0};
}

/* `before`: of the report before, told already. */
static void tell_version(const cJSON *report, const char *path, const cJSON *before)
{
  char note[CUXAS_VERSION_NOTE_SIZE], told[CUXAS_VERSION_NOTE_SIZE] = "";
  if (before != NULL) cuxas_report_version_note(before, CUXAS_VERSION, told);
  if (cuxas_report_version_note(report, CUXAS_VERSION, note) && strcmp(note, told) != 0)
    cuxas_print_note("cuxas-match", "%s: %s", path, note);
}

/* Is this a share of what the first is a share of? Its own place among them is crossed off. */
static cuxas_status check_share(const cJSON *report, const cJSON *first, const char *path, bool *is_there,
                                size_t n_share, cuxas_error *err)
{
  const cJSON     *settings = cJSON_GetObjectItemCaseSensitive(report, "settings");
  const char      *shard    = text_of(settings, "shard");
  const char      *fault    = NULL;
  cuxas_status     status   = CUXAS_OK;
  const site_share share    = read_share(report);
  if (shard[0] == '\0')
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the report of a whole, not of a share (--shard)", path);
  if (share.n == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: its share is %.20s, which is no I/N", path, shard);
  if (share.n != n_share)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: its share is %.20s, not one of %zu", path, shard, n_share);
  if (is_there[share.index]) return cuxas_fail(err, CUXAS_EFORMAT, "%s: share %s is there twice", path, shard);
  is_there[share.index] = true;
  cJSON       *own      = cJSON_Duplicate(settings, true);
  cJSON       *of_first = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(first, "settings"), true);
  const cJSON *mine     = cJSON_GetObjectItemCaseSensitive(report, "measured");
  const cJSON *theirs   = cJSON_GetObjectItemCaseSensitive(first, "measured");
  cJSON_DeleteItemFromObjectCaseSensitive(own, "shard");
  cJSON_DeleteItemFromObjectCaseSensitive(of_first, "shard");
  if (strcmp(text_of(mine, "sha256"), text_of(theirs, "sha256")) != 0)
    fault = "another measured file";
  else if (strcmp(text_of(cJSON_GetObjectItemCaseSensitive(report, "model"), "sha256"),
                  text_of(cJSON_GetObjectItemCaseSensitive(first, "model"), "sha256")) != 0)
    fault = "another model";
  else if (own != NULL && of_first != NULL && !cJSON_Compare(own, of_first, true))
    fault = "other settings";
  if (own == NULL || of_first == NULL) status = cuxas_no_memory(err);
  cJSON_Delete(own);
  cJSON_Delete(of_first);
  if (status != CUXAS_OK) return status;
  return fault == NULL ? CUXAS_OK
                       : cuxas_fail(err, CUXAS_EFORMAT, "%s: made with %s than the first share", path, fault);
}

static int by_label(const void *left, const void *right)
{
  const cuxas_compared_one *a = left, *b = right;
  return strcmp(a->label, b->label);
}

/* The question of the whole: the first report without its share. */
static void ask_whole(cJSON *first)
{
  cJSON *command = cJSON_GetObjectItemCaseSensitive(first, "command");
  cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(first, "settings"), "shard");
  for (int i = 0; i < cJSON_GetArraySize(command);) {
    const char *word     = cJSON_GetStringValue(cJSON_GetArrayItem(command, i));
    const bool  is_alone = word != NULL && strcmp(word, "--shard") == 0;
    if (is_alone) cJSON_DeleteItemFromArray(command, i);
    if (is_alone || (word != NULL && strncmp(word, "--shard=", 8) == 0))
      cJSON_DeleteItemFromArray(command, i);
    else
      i++;
  }
}

cuxas_status cuxas_source_join(const cuxas_options *options, size_t n_simulate, cJSON **ret_first,
                               cuxas_compared *ret_all, cuxas_error *err)
{
  const size_t n        = cuxas_options_n_argument(options);
  size_t       n_share  = 0;
  bool        *is_there = NULL; /* (n_share) */
  cuxas_status status   = CUXAS_OK;
  if (n == 0) cuxas_options_usage_error(options, "--join: no reports");
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    const char *path   = cuxas_options_argument(options, i);
    cJSON      *report = NULL;
    if ((status = cuxas_report_read(path, &report, err)) != CUXAS_OK) break;
    const cJSON *first = *ret_first != NULL ? *ret_first : report;
    const cJSON *top   = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(report, "settings"), "top");
    size_t       n_top = 0;
    if (cuxas_options_is_given(options, "top"))
      n_top = (size_t)cuxas_options_integer(options, "top");
    else
      cuxas_json_is_count(top, 0, INT_MAX, &n_top);
    if (n_share == 0) {
      n_share  = read_share(first).n;
      is_there = cuxas_new(err, n_share, sizeof *is_there);
      if (is_there == NULL) status = CUXAS_ENOMEM;
    }
    if (status == CUXAS_OK && (status = check_share(report, first, path, is_there, n_share, err)) == CUXAS_OK)
      status = take_share(report, path, n_top > n_simulate ? n_top : n_simulate, ret_all, err);
    if (status == CUXAS_OK) tell_version(report, path, *ret_first);
    if (*ret_first == NULL)
      *ret_first = report;
    else
      cJSON_Delete(report);
  }
  for (size_t k = 0; k < n_share && status == CUXAS_OK; k++)
    if (!is_there[k]) status = cuxas_fail(err, CUXAS_EFORMAT, "share %zu/%zu is not among the reports", k + 1, n_share);
  if (status == CUXAS_OK) {
    qsort(ret_all->one, ret_all->n, sizeof *ret_all->one, by_label);
    ask_whole(*ret_first);
  }
  free(is_there);
  return status;
}

/* 4. the energy axis */

/* The spectrum of "CuO": a file of that name, or the bundled one. */
static cuxas_status find_spectrum(const cuxas_options *options, const char *compound, char **ret_path, cuxas_error *err)
{
  if (access(compound, F_OK) == 0)
    return (*ret_path = cuxas_copy_text(err, compound)) != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  char        *folder = NULL;
  cuxas_status status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_SPECTRA, &folder, err);
  if (status == CUXAS_OK && (*ret_path = cuxas_print_text(err, "%s/%s.csv", folder, compound)) == NULL)
    status = CUXAS_ENOMEM;
  if (status == CUXAS_OK && access(*ret_path, F_OK) != 0)
    status = cuxas_fail(err, CUXAS_EIO, "--calibrate: no spectrum of '%s' is bundled, nor is it a file", compound);
  free(folder);
  return status;
}

static cuxas_status calibrate(const cuxas_options *options, const cuxas_model *model, cuxas_match_choice *io,
                              cuxas_error *err)
{
  const char  *text = cuxas_options_text(options, "calibrate");
  char        *path = NULL, *spectrum = NULL;
  cuxas_status status;

  if (text == NULL) return CUXAS_OK;
  const char *equal = strrchr(text, '=');
  if (equal == NULL || equal == text || equal[1] == '\0')
    cuxas_options_usage_error(options, "--calibrate takes SCAN=COMPOUND, not '%s'", text);
  if ((path = cuxas_print_text(err, "%.*s", (int)(equal - text), text)) == NULL) return CUXAS_ENOMEM;
  if ((status = find_spectrum(options, equal + 1, &spectrum, err)) == CUXAS_OK)
    status = cuxas_axis_calibrate(model, &io->match, path, spectrum, &io->preprocess.axis_shift_eV, err);
  if (status == CUXAS_OK) io->match.is_calibrated = true;
  free(spectrum);
  free(path);
  return status;
}

/* 5. settings and sessions of a measurement */

cuxas_status cuxas_source_choice(cuxas_options *options, bool is_loss, const cuxas_model *model,
                                 cuxas_match_choice *ret_choice, cuxas_error *err)
{
  cuxas_status status = cuxas_match_options_settle_for(options, is_loss, model, err);
  if (status != CUXAS_OK) return status;
  cuxas_match_options_session(options, model, ret_choice);
  status = cuxas_match_check(model, &ret_choice->match, err);
  return status == CUXAS_OK ? calibrate(options, model, ret_choice, err) : status;
}

cuxas_status cuxas_source_choice_for(cuxas_source_sessions *all, const cuxas_measurement *measurement,
                                     const cuxas_match_settings **ret_settings, cuxas_error *err)
{
  const bool   is_loss = cuxas_match_options_is_loss(all->options, measurement);
  cuxas_status status;
  if (all->kind[is_loss].is_chosen)
    status = cuxas_match_options_settle_for(all->options, is_loss, all->model, err);
  else
    status = cuxas_source_choice(all->options, is_loss, all->model, &all->kind[is_loss].choice, err);
  if (status != CUXAS_OK) return status;
  all->kind[is_loss].is_chosen              = true;
  all->kind[is_loss].choice.match.opt_store = all->opt_store;
  *ret_settings                             = &all->kind[is_loss].choice.match;
  return CUXAS_OK;
}

cuxas_status cuxas_source_session_for(cuxas_source_sessions *all, const cuxas_measurement *measurement,
                                      cuxas_session **ret_session, cuxas_error *err)
{
  cuxas_session             **session  = &all->kind[cuxas_match_options_is_loss(all->options, measurement)].session;
  const cuxas_match_settings *settings = NULL;
  cuxas_status                status   = cuxas_source_choice_for(all, measurement, &settings, err);
  if (status == CUXAS_OK && *session == NULL) {
    if ((status = cuxas_session_over(all->model, all->catalog, settings, session, err)) != CUXAS_OK) return status;
    cuxas_session_set_companions(*session, all->companions);
    if (all->opt_progress != NULL) cuxas_session_watch(*session, all->opt_progress, all->user);
  }
  *ret_session = *session;
  return status;
}

void cuxas_source_sessions_clear(cuxas_source_sessions *all)
{
  for (size_t i = 0; i < sizeof all->kind / sizeof *all->kind; i++) {
    cuxas_session_free(all->kind[i].session);
    all->kind[i].session   = NULL;
    all->kind[i].is_chosen = false;
  }
}
