#include "cmd/trust.h"

#include "cmd/common.h"
#include "base/memory.h"
#include "match/significance.h"
#include "match/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const cuxas_option CUXAS_TRUST_OPTIONS[] = {
    {"background", 0, OPT_PATH, "FILE", NULL, NULL, CUXAS_EXPERT,
     "spectra of unrelated compounds for p-values, by cuxas-refdb background; none: no p-values; default: the file "
     "beside the model, else the bundled candidates are predicted",
     0},
    {"mixture", 0, OPT_INTEGER, "N", "0", "0:6", "Trust",
     "also describe the measurement as a sum of up to N candidates; 0: do not", 0},
    {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", CUXAS_EXPERT,
     "of the bootstrap: another seed shows its own error", 0},
    {0}};

/* "folder/name.background" of "folder/name.cuxas"; NULL: no memory. */
static char *name_beside(const char *model_path)
{
  static const char SUFFIX[] = ".background";
  const char       *slash = strrchr(model_path, '/'), *dot = strrchr(model_path, '.');
  const size_t n_stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - model_path) : strlen(model_path);
  char        *path   = cuxas_new_array(n_stem + sizeof SUFFIX, 1);
  if (path != NULL) {
    memcpy(path, model_path, n_stem);
    memcpy(path + n_stem, SUFFIX, sizeof SUFFIX);
  }
  return path;
}

/* Of the file beside the model; *ret_background stays NULL where there is none of this model. */
static cuxas_status read_beside(const cuxas_options *options, const cuxas_model *model,
                                cuxas_background **ret_background, cuxas_error *err)
{
  const char  *given   = cuxas_options_text(options, "model");
  char        *bundled = NULL, *path = NULL;
  cuxas_error  reason = {0};
  cuxas_status status = CUXAS_OK;

  if (given == NULL) status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_MODEL, &bundled, err);
  if (status == CUXAS_OK && (path = name_beside(given != NULL ? given : bundled)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the name of a background");
  if (status == CUXAS_OK && access(path, F_OK) == 0 &&
      cuxas_background_read(path, model, ret_background, &reason) == CUXAS_ENOMEM)
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message);
  free(path);
  free(bundled);
  return status;
}

/* From the bundled candidates, where they are at hand and hold enough of the model's element. */
static cuxas_status predict_bundled(const cuxas_options *options, const cuxas_model *model,
                                    cuxas_background **ret_background, cuxas_error *err)
{
  cuxas_catalog     *catalog = NULL;
  char              *folder  = NULL;
  cuxas_error        reason  = {0};
  cuxas_progress_bar bar     = cuxas_progress_start("background", cuxas_options_flag(options, "quiet"));
  cuxas_status status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_CANDIDATES, &folder, &reason);
  const char *const path[] = {folder};

  if (status == CUXAS_OK) status = cuxas_catalog_list(path, 1, false, &catalog, &reason);
  if (status == CUXAS_OK)
    status = cuxas_background_predict(catalog, model, cuxas_program_threads(cuxas_options_integer(options, "threads")),
                                      cuxas_progress_show, &bar, ret_background, &reason);
  cuxas_progress_end(&bar);
  cuxas_catalog_free(catalog);
  free(folder);
  return status == CUXAS_ENOMEM ? cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message) : CUXAS_OK;
}

cuxas_status cuxas_trust_open(const cuxas_options *options, const cuxas_model *model, cuxas_background **ret_background,
                              cuxas_error *err)
{
  const char *given = cuxas_options_text(options, "background");

  *ret_background = NULL;
  if (given != NULL && strcmp(given, "none") == 0) return CUXAS_OK;
  if (given != NULL) return cuxas_background_read(given, model, ret_background, err);
  const cuxas_status status = read_beside(options, model, ret_background, err);
  if (status != CUXAS_OK || *ret_background != NULL) return status;
  return predict_bundled(options, model, ret_background, err);
}

size_t cuxas_trust_keep(const cuxas_options *options)
{
  const size_t n_top = (size_t)cuxas_options_integer(options, "top");
  return n_top > CUXAS_SUPPORT_CONTENDERS ? n_top : CUXAS_SUPPORT_CONTENDERS;
}

cuxas_status cuxas_trust_fill(const cuxas_options *options, const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *compare, const cuxas_background *opt_background,
                              cuxas_hits *hits, cuxas_error *err)
{
  const int    n_thread = cuxas_program_threads(cuxas_options_integer(options, "threads"));
  cuxas_status status   = CUXAS_OK;
  if (opt_background != NULL) status = cuxas_significance_fill(query, opt_background, compare, n_thread, hits, err);
  if (status == CUXAS_OK)
    status = cuxas_support_fill(query, model, compare, (uint64_t)cuxas_options_integer(options, "seed"), n_thread, hits,
                                err);
  cuxas_hits_keep(hits, (size_t)cuxas_options_integer(options, "top"));
  return status;
}

cuxas_status cuxas_trust_mix(const cuxas_options *options, const cuxas_query *query, const cuxas_library *library,
                             const cuxas_hits *hits, const cuxas_compare_settings *compare, cuxas_mixture **ret_mixture,
                             cuxas_error *err)
{
  const size_t n_max       = (size_t)cuxas_options_integer(options, "mixture");
  size_t       n_structure = 0;
  *ret_mixture             = NULL;
  for (size_t i = 0; i < hits->n_hit; i++) n_structure += hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE;
  if (n_max == 0 || n_structure == 0) return CUXAS_OK;
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(
      CUXAS_MIXTURE_OF_PREDICTIONS, compare, n_max, (uint64_t)cuxas_options_integer(options, "seed"),
      cuxas_program_threads(cuxas_options_integer(options, "threads")));
  return cuxas_mixture_library(query, library, hits, &settings, NULL, ret_mixture, err);
}
