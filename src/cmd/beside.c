#include "cmd/beside.h"

#include "cmd/candidates.h"
#include "cmd/common.h"
#include "match/significance.h"
#include "match/standards.h"

const cuxas_option CUXAS_BESIDE_OPTIONS[] = {
    {"unconstrained", 0, OPT_FLAG, NULL, NULL, NULL, "Candidates",
     "with --elements, --require or --exclude: also rank all candidates, in a table of its own", 0},
    {"standards", 0, OPT_FLAG, NULL, NULL, NULL, "Candidates",
     "also compare with the bundled measured spectra, in a table of their own; with --mixture, also sums of them", 0},
    {0}};

cuxas_status cuxas_beside_open(const cuxas_options *options, cuxas_beside *beside, cuxas_error *err)
{
  static const char *const BUNDLED[] = {CUXAS_BUNDLED_PREFIX CUXAS_DATA_SPECTRA};
  if (!cuxas_options_flag(options, "standards")) return CUXAS_OK;
  return cuxas_candidates_list(options, BUNDLED, 1, &beside->standards, err);
}

static cuxas_status match(const cuxas_options *options, const char *what, const cuxas_catalog *catalog,
                          const cuxas_model *model, const cuxas_query *query, const cuxas_match_settings *settings,
                          cuxas_library **library, cuxas_hits **ret_hits, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (*library == NULL) {
    cuxas_progress_bar bar = cuxas_progress_start(what, cuxas_options_flag(options, "quiet"));
    status                 = cuxas_library_predict(catalog, model, settings, cuxas_progress_show, &bar, library, err);
    cuxas_progress_end(&bar);
  }
  return status == CUXAS_OK ? cuxas_match_library(query, *library, settings, ret_hits, err) : status;
}

/* The measurement as a sum of standards: like is compared with like. Standards that do not reach far enough leave none. */
static cuxas_status mix_standards(const cuxas_options *options, const cuxas_query *query, const cuxas_library *library,
                                  const cuxas_match_settings *settings, cuxas_beside_hits *hits, cuxas_error *err)
{
  const size_t n_max  = (size_t)cuxas_options_integer(options, "mixture");
  cuxas_error  reason = {0};
  if (n_max == 0) return CUXAS_OK;
  const cuxas_mixture_settings mixing =
      cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &settings->compare, n_max,
                                 (uint64_t)cuxas_options_integer(options, "seed"), settings->n_thread);
  const cuxas_status status =
      cuxas_mixture_library(query, library, hits->standards, &mixing, NULL, &hits->mixture, &reason);
  if (status == CUXAS_ENOMEM) return cuxas_fail(err, status, "%s", reason.message);
  if (status != CUXAS_OK) cuxas_print_note("cuxas-match", "standards: %s", reason.message);
  return CUXAS_OK;
}

cuxas_status cuxas_beside_match(const cuxas_options *options, cuxas_beside *beside, const cuxas_catalog *catalog,
                                const cuxas_model *model, const cuxas_query *query,
                                const cuxas_match_settings *settings, const cuxas_background *background,
                                const cuxas_hits *hits, const char *sha256, cuxas_beside_hits *ret_hits,
                                cuxas_error *err)
{
  cuxas_match_settings same   = *settings;
  cuxas_status         status = CUXAS_OK;

  *ret_hits   = (cuxas_beside_hits){0};
  same.filter = (cuxas_composition_filter){0};
  same.n_keep = 0;
  if (cuxas_options_flag(options, "unconstrained") && hits->n_filtered > 0) {
    status = match(options, "all", catalog, model, query, &same, &beside->all_library, &ret_hits->unconstrained, err);
    if (status == CUXAS_OK && background != NULL)
      status = cuxas_significance_fill(query, background, &same.compare, same.n_thread, ret_hits->unconstrained, err);
  }
  if (beside->standards != NULL && status == CUXAS_OK) {
    status = match(options, "standards", beside->standards, model, query, &same, &beside->standards_library,
                   &ret_hits->standards, err);
    if (status == CUXAS_OK) status = cuxas_standards_mark(ret_hits->standards, sha256, err);
    if (status == CUXAS_OK) status = mix_standards(options, query, beside->standards_library, &same, ret_hits, err);
  }
  return status;
}

void cuxas_beside_hits_free(cuxas_beside_hits *hits)
{
  cuxas_hits_free(hits->unconstrained);
  cuxas_hits_free(hits->standards);
  cuxas_mixture_free(hits->mixture);
  *hits = (cuxas_beside_hits){0};
}

void cuxas_beside_free(cuxas_beside *beside)
{
  cuxas_library_free(beside->all_library);
  cuxas_library_free(beside->standards_library);
  cuxas_catalog_free(beside->standards);
  *beside = (cuxas_beside){0};
}
