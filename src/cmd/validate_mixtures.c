/* validate_mixtures.c - mixtures of two known compounds, and choices tried on compounds they were not made with
 *
 * Contents: 1. a mixture of two measured curves  2. what became of it  3. all pairs  4. the table */
#include "cmd/validate_mixtures.h"
#include "match/mixture.h"
#include "cmd/common.h"
#include "evaluate/calibration.h"
#include "base/memory.h"
#include "base/random.h"
#include "cmd/validate_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_SD_EV (CUXAS_PRIOR_STANDARD_SD_EV / sqrt(2.0)) /* of each component, and of the mixture */
#define STEP_EV 5.0
enum { N_BEGIN = 5, N_COMPONENT = 2, SEED = 1 };
static const cuxas_degradation INSTRUMENT = {.fwhm_eV = 0.5, .noise = 0.01};

/* 1. a mixture of two measured curves */

/* A measured curve at an energy, on the way of edge step 1. */
typedef struct {
  const cuxas_query *query;
  double             shift_eV, offset, step;
} component;

static double read_component(const component *own, double energy_eV)
{
  const cuxas_grid grid = own->query->grid;
  const double     at =
      fmin(fmax((energy_eV - own->shift_eV - grid.start_eV) / grid.step_eV, 0.0), (double)grid.n_energy - 1.000001);
  const size_t  i  = (size_t)at;
  const double *mu = own->query->mu;
  return (mu[i] + (at - (double)i) * (mu[i + 1] - mu[i]) - own->offset) / own->step;
}

/* The step is that below end_eV, which all curves reach: levels behind an edge are not flat. */
static component find_component(const cuxas_query *query, double end_eV, double shift_eV)
{
  component        raw = {query, 0.0, 0.0, 1.0}, result = {query, shift_eV, 0.0, 1.0};
  const cuxas_grid grid   = query->grid;
  const size_t     n_end  = (size_t)(STEP_EV / grid.step_eV);
  double           before = 0.0, behind = 0.0;
  for (size_t i = 0; i < N_BEGIN; i++) before += query->mu[i] / N_BEGIN;
  for (size_t i = 0; i < n_end; i++) behind += read_component(&raw, end_eV - (double)i * grid.step_eV) / (double)n_end;
  result.offset = before;
  result.step   = behind - before;
  return result;
}

/* Energies that both have. */
static cuxas_grid find_common(cuxas_grid a, cuxas_grid b)
{
  const double from_eV = fmax(a.start_eV, b.start_eV), to_eV = fmin(cuxas_grid_end_eV(a), cuxas_grid_end_eV(b));
  return (cuxas_grid){from_eV, a.step_eV, (size_t)lround((to_eV - from_eV) / a.step_eV) + 1};
}

/* The energy that all measured curves reach. */
static double find_end(const validate_run *run)
{
  double end_eV = INFINITY;
  for (size_t i = 0; i < run->compounds.n_compound; i++)
    if (run->question[i].query != NULL) end_eV = fmin(end_eV, cuxas_grid_end_eV(run->question[i].query->grid));
  return end_eV;
}

/* share: of the first. */
static cuxas_status make_query(const validate_run *run, const cuxas_measurement *const pair[2], double share,
                               uint64_t *random, cuxas_query **ret_query, cuxas_error *err)
{
  const cuxas_query        *a = pair[0]->query, *b = pair[1]->query;
  const double              end_eV   = find_end(run);
  const cuxas_grid          common   = find_common(a->grid, b->grid);
  cuxas_preprocess_settings read     = cuxas_preprocess_defaults();
  cuxas_degradation         how      = INSTRUMENT;
  cuxas_spectrum           *scan     = NULL;
  cuxas_prepared           *prepared = NULL;
  const component           one      = find_component(a, end_eV, CALIBRATION_SD_EV * random_normal(random));
  const component           two      = find_component(b, end_eV, CALIBRATION_SD_EV * random_normal(random));
  double                   *mu       = cuxas_new(err, common.n_energy, sizeof *mu);

  if (mu == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < common.n_energy; i++) {
    const double energy_eV = cuxas_grid_energy_eV(common, i);
    mu[i]                  = share * read_component(&one, energy_eV) + (1.0 - share) * read_component(&two, energy_eV);
  }
  how.shift_eV        = CALIBRATION_SD_EV * random_normal(random);
  read.beyond_lattice = true;
  cuxas_status status =
      cuxas_degrade(common, mu, &how, (cuxas_scan_range){common.start_eV, cuxas_grid_end_eV(common), common.step_eV},
                    random, &scan, err);
  if (status == CUXAS_OK) status = cuxas_preprocess_measured(scan, "mixture", run->model->grid, &read, &prepared, err);
  if (status == CUXAS_OK)
    status = cuxas_query_new(prepared->grid, prepared->mu, &(cuxas_edge_layout){run->model->grid, a->edge, a->n_edge},
                             &pair[0]->compare, ret_query, err);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(scan);
  free(mu);
  return status;
}

/* 2. what became of it */

/* Another measurement of the compound is the same. */
static bool is_same(const char *a, const char *b)
{
  char first[CUXAS_FORMULA_SIZE], second[CUXAS_FORMULA_SIZE];
  return strcmp(a, b) == 0 ||
         (cuxas_formula_read(a, first) && cuxas_formula_read(b, second) && strcmp(first, second) == 0);
}

static size_t count_right(const cuxas_mixture_fit *fit, const char *const name[N_COMPONENT])
{
  size_t n = 0;
  for (size_t i = 0; i < fit->n_component; i++)
    for (size_t k = 0; k < N_COMPONENT; k++) n += is_same(fit->component[i].name, name[k]);
  return n;
}

static bool is_right(const cuxas_mixture_fit *fit, const char *const name[N_COMPONENT])
{
  return fit->n_component == N_COMPONENT && count_right(fit, name) == N_COMPONENT;
}

static void count_common(const cuxas_mixture_fit *fit, const char *const name[N_COMPONENT], validate_mixture_line *line)
{
  cuxas_mixture_fit common = {.n_component = 0};
  for (size_t i = 0; i < fit->n_component; i++)
    if (fit->component[i].is_common) common.component[common.n_component++] = fit->component[i];
  if (common.n_component > 0) line->common[count_right(&common, name) == common.n_component]++;
}

static void count(const cuxas_mixture *mixture, const char *const name[N_COMPONENT], validate_mixture_line *line)
{
  const cuxas_mixture_fit *best      = &mixture->fit[mixture->i_chosen];
  bool                     has_right = is_right(best, name);
  line->n_mixture++;
  line->best[count_right(best, name)]++;
  for (size_t i = 0; has_right && i < best->n_component; i++) {
    const cuxas_mixture_component *own = &best->component[i];
    if (strcmp(own->name, name[0]) != 0) continue;
    line->share_error += fabs(own->share - VALIDATE_MIXED);
    line->n_covered += own->share_low <= VALIDATE_MIXED && VALIDATE_MIXED <= own->share_high;
  }
  switch (mixture->verdict) {
  case CUXAS_MIXTURE_FOUND: line->claim[has_right]++; break;
  case CUXAS_MIXTURE_ONE: line->n_one++; break;
  case CUXAS_MIXTURE_SEVERAL:
    for (size_t i = 0; i < mixture->n_rival; i++) has_right = has_right || is_right(&mixture->rival[i], name);
    line->several[has_right]++;
    count_common(best, name, line);
    break;
  }
}

/* Among which candidates a mixture is sought. */
typedef struct {
  cuxas_session         *session;
  cuxas_mixture_kind     kind;
  cuxas_compare_settings compare;
  const char            *name[N_COMPONENT]; /* of the right ones */
  const char            *opt_omit;          /* the curve that was mixed: the others were measured elsewhere */
} field;

/* One mixture among the candidates of one library: all of them, then without each of its components. */
static cuxas_status judge(const validate_run *run, const cuxas_query *query, const field *among,
                          validate_mixture_line line[2], cuxas_error *err)
{
  const int              n_thread = cuxas_program_threads(cuxas_options_integer(run->options, "threads"));
  cuxas_session         *session  = among->session;
  cuxas_mixture_settings mixing = cuxas_mixture_settings_for(among->kind, &among->compare, N_COMPONENT, SEED, n_thread);
  const char *const *const name = among->name;
  const char *const        omit[] = {NULL, name[0], name[1]};
  cuxas_hits              *hits   = NULL;
  cuxas_status             status = cuxas_session_rank(session, query, &among->compare, 0, &hits, err);
  mixing.wants_limits             = false;
  for (size_t i = 0; i < 3 && status == CUXAS_OK; i++) {
    cuxas_mixture *mixture = NULL;
    status                 = cuxas_session_mix(session, query, hits, &mixing, omit[i], &mixture, err);
    if (status == CUXAS_OK && mixture != NULL) count(mixture, name, &line[i > 0]);
    cuxas_mixture_free(mixture);
  }
  cuxas_hits_free(hits);
  return status;
}

/* One component alone is told: would so much of the other have been seen, as is said? */
static void count_limit(const cuxas_mixture *mixture, const char *const name[N_COMPONENT], double share,
                        validate_share_line *line)
{
  const cuxas_mixture_fit *best = &mixture->fit[mixture->i_chosen];
  if (best->n_component != 1 || count_right(best, name) != 1) return;
  const size_t i_other = is_same(best->component[0].name, name[0]) ? 1 : 0;
  for (size_t i = 0; i < mixture->n_limit; i++) {
    if (!is_same(mixture->limit[i].name, name[i_other])) continue;
    line->n_limit++;
    line->n_below += (i_other == 0 ? share : 1.0 - share) < mixture->limit[i].share;
  }
}

static void count_share(const cuxas_mixture *mixture, const char *const name[N_COMPONENT], double share,
                        validate_share_line *line)
{
  const cuxas_mixture_fit *best  = &mixture->fit[mixture->i_chosen];
  const bool               right = is_right(best, name);
  line->n_mixture++;
  line->n_one += mixture->verdict == CUXAS_MIXTURE_ONE;
  line->n_claim += right && mixture->verdict == CUXAS_MIXTURE_FOUND;
  line->n_wrong += !right && mixture->verdict == CUXAS_MIXTURE_FOUND;
  line->n_both += right;
  for (size_t i = 0; right && i < N_COMPONENT; i++) {
    const cuxas_mixture_component *own = &best->component[i];
    if (!is_same(own->name, name[0])) continue;
    line->error += fabs(own->share - share);
    line->n_covered += own->share_low <= share && share <= own->share_high;
  }
  count_limit(mixture, name, share, line);
}

/* The share of the first among measured curves. */
static cuxas_status judge_share(const validate_run *run, const cuxas_query *query, const field *among, double share,
                                validate_share_line *line, cuxas_error *err)
{
  const int              n_thread = cuxas_program_threads(cuxas_options_integer(run->options, "threads"));
  cuxas_mixture_settings mixing = cuxas_mixture_settings_for(among->kind, &among->compare, N_COMPONENT, SEED, n_thread);
  cuxas_hits            *hits   = NULL;
  cuxas_mixture         *mixture = NULL;
  cuxas_status           status  = cuxas_session_rank(among->session, query, &among->compare, 0, &hits, err);
  mixing.n_own                   = among->opt_omit == NULL ? 1 : 0; /* the others were measured elsewhere */
  if (status == CUXAS_OK)
    status = cuxas_session_mix(among->session, query, hits, &mixing, among->opt_omit, &mixture, err);
  cuxas_hits_free(hits);
  if (status == CUXAS_OK && mixture != NULL) count_share(mixture, among->name, share, line);
  cuxas_mixture_free(mixture);
  return status;
}

/* 3. all pairs */

static const double SHARE[VALIDATE_N_SHARE] = {0.95, 0.8, 0.6, 0.4, 0.2};

/* The compounds' measured curves as candidates; ret_name (n_compound) their names, which the catalog owns. */
static cuxas_status open_standards(const validate_run *run, cuxas_catalog **ret_catalog, cuxas_session **ret_session,
                                   const char **ret_name, cuxas_error *err)
{
  const cuxas_compounds    *compounds  = &run->compounds;
  cuxas_preprocess_settings preprocess = cuxas_preprocess_defaults();
  cuxas_match_settings      settings   = run->session;
  size_t                    n_path     = 0;
  const char              **path       = cuxas_new(err, compounds->n_compound, sizeof *path);
  if (path == NULL) return CUXAS_ENOMEM;
  preprocess.smooth_eV    = cuxas_options_real(run->options, "smooth");
  settings.opt_preprocess = &preprocess;
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (run->question[i].query != NULL) path[n_path++] = compounds->compound[i].spectrum;
  cuxas_status status = cuxas_catalog_list(path, n_path, false, ret_catalog, err);
  if (status == CUXAS_OK) status = cuxas_session_over(run->model, *ret_catalog, &settings, ret_session, err);
  for (size_t i = 0; i < compounds->n_compound && status == CUXAS_OK; i++)
    for (size_t k = 0; k < (*ret_catalog)->n_candidate; k++)
      if (compounds->compound[i].spectrum != NULL &&
          strcmp((*ret_catalog)->candidate[k].path, compounds->compound[i].spectrum) == 0)
        ret_name[i] = (*ret_catalog)->candidate[k].name;
  free(path);
  return status;
}

typedef struct {
  cuxas_catalog *catalog;
  cuxas_session *session;
  const char   **name; /* (n_compound) of the standard of each */
} measured_set;

/* One mixture among every source and among the standards. */
static cuxas_status judge_pair(const validate_run *run, size_t first, size_t second, const measured_set *standards,
                               uint64_t *random, validate_mixtures *mixtures, cuxas_error *err)
{
  const cuxas_compound          *compound = run->compounds.compound;
  cuxas_query                   *query    = NULL;
  const cuxas_measurement *const pair[]   = {&run->question[first], &run->question[second]};
  cuxas_status                   status   = make_query(run, pair, VALIDATE_MIXED, random, &query, err);
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    field among            = {run->source[k].compounds,
                              CUXAS_MIXTURE_OF_PREDICTIONS,
                              run->question[first].compare,
                              {compound[first].structure, compound[second].structure},
                              NULL};
    among.compare.fit_hole = among.compare.fit_hole || run->source[k].fit_hole;
    status                 = judge(run, query, &among, &mixtures->line[2 * k], err);
  }
  const field among = {standards->session,
                       CUXAS_MIXTURE_OF_STANDARDS,
                       run->question[first].compare,
                       {standards->name[first], standards->name[second]},
                       NULL};
  if (status == CUXAS_OK) status = judge(run, query, &among, &mixtures->line[2 * run->n_source], err);
  cuxas_query_free(query);
  return status;
}

/* line: of every share, or one for all of them. */
static cuxas_status judge_shares(const validate_run *run, const cuxas_measurement *const pair[2], const field *among,
                                 uint64_t *random, validate_share_line *line, bool is_one_line, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t k = 0; k < VALIDATE_N_SHARE && status == CUXAS_OK; k++) {
    cuxas_query *query = NULL;
    status             = make_query(run, pair, SHARE[k], random, &query, err);
    if (status == CUXAS_OK) status = judge_share(run, query, among, SHARE[k], is_one_line ? line : &line[k], err);
    cuxas_query_free(query);
  }
  return status;
}

/* One of several measured curves of a compound with every other compound's; the others are its standards. */
static cuxas_status mix_other(const validate_run *run, size_t i_own, const cuxas_candidate *curve,
                              cuxas_session *standards, uint64_t *random, validate_share_line *line, cuxas_error *err)
{
  const cuxas_measured_options how    = {0};
  const char                  *table  = run->compounds.compound[i_own].spectrum;
  cuxas_measurement            read   = {0};
  const cuxas_measurement     *own    = &read;
  cuxas_status                 status = CUXAS_OK;
  snprintf(line->name, sizeof line->name, "%s", curve->name);
  if (table != NULL && strcmp(table, curve->path) == 0)
    own = &run->question[i_own];
  else if ((status = cuxas_measurement_read(curve->path, &how, &read, err)) == CUXAS_OK)
    status = validate_prepare(run, curve->path, cuxas_options_real(run->options, "smooth"), &read, err);
  for (size_t k = 0; k < run->compounds.n_compound && status == CUXAS_OK; k++) {
    const cuxas_measurement *const pair[] = {own, &run->question[k]};
    const field                    among  = {standards,
                                             CUXAS_MIXTURE_OF_STANDARDS,
                                             own->compare,
                                             {curve->name, run->compounds.compound[k].name},
                                             curve->name};
    if (k == i_own || pair[0]->query == NULL || pair[1]->query == NULL) continue;
    status = judge_shares(run, pair, &among, random, line, true, err);
  }
  cuxas_measurement_clear(&read);
  return status;
}

/* Curves of compounds that have another one in the folder of measured spectra. */
static cuxas_status mix_others(const validate_run *run, validate_mixtures *io, cuxas_error *err)
{
  uint64_t           random  = SEED;
  cuxas_catalog     *catalog = NULL;
  cuxas_session     *session = NULL;
  cuxas_progress_bar bar     = cuxas_progress_start("others", cuxas_options_flag(run->options, "quiet"));
  cuxas_status       status  = validate_list_standards(run, &catalog, err);
  if (status == CUXAS_OK && catalog != NULL)
    status = cuxas_session_over(run->model, catalog, &run->session, &session, err);
  for (size_t i = 0; i < run->compounds.n_compound && session != NULL && status == CUXAS_OK; i++) {
    size_t n_curve = 0;
    for (size_t k = 0; k < catalog->n_candidate; k++)
      n_curve += is_same(catalog->candidate[k].name, run->compounds.compound[i].name);
    for (size_t k = 0; n_curve > 1 && k < catalog->n_candidate && status == CUXAS_OK; k++) {
      if (io->n_other == VALIDATE_MAX_OTHER || !is_same(catalog->candidate[k].name, run->compounds.compound[i].name))
        continue;
      cuxas_progress_show(i + 1, run->compounds.n_compound, &bar);
      status = mix_other(run, i, &catalog->candidate[k], session, &random, &io->other[io->n_other++], err);
    }
  }
  cuxas_progress_end(&bar);
  cuxas_session_free(session);
  cuxas_catalog_free(catalog);
  return status;
}

static cuxas_status mix_all(const validate_run *run, const measured_set *standards, validate_mixtures *io,
                            cuxas_error *err)
{
  const size_t       n      = run->compounds.n_compound;
  uint64_t           random = SEED, of_shares = SEED;
  cuxas_progress_bar bar    = cuxas_progress_start("mixtures", cuxas_options_flag(run->options, "quiet"));
  cuxas_status       status = CUXAS_OK;
  for (size_t i = 0; i < n && status == CUXAS_OK; i++)
    for (size_t k = i + 1; k < n && status == CUXAS_OK; k++) {
      const cuxas_measurement *const pair[] = {&run->question[i], &run->question[k]};
      const field                    among  = {standards->session,
                                               CUXAS_MIXTURE_OF_STANDARDS,
                                               pair[0]->compare,
                                               {standards->name[i], standards->name[k]},
                                               NULL};
      if (pair[0]->query == NULL || pair[1]->query == NULL) continue;
      cuxas_progress_show(i * n + k, n * n, &bar);
      status = judge_pair(run, i, k, standards, &random, io, err);
      if (status == CUXAS_OK) status = judge_shares(run, pair, &among, &of_shares, io->share, false, err);
    }
  cuxas_progress_end(&bar);
  return status;
}

cuxas_status validate_mixtures_run(const validate_run *run, validate_mixtures *ret_mixtures, cuxas_error *err)
{
  const size_t n         = run->compounds.n_compound;
  measured_set standards = {NULL, NULL, cuxas_new(err, n, sizeof *standards.name)};

  *ret_mixtures = (validate_mixtures){.n_line = 2 * (run->n_source + 1)};
  for (size_t k = 0; k < ret_mixtures->n_line; k++) {
    ret_mixtures->line[k].among      = k / 2 < run->n_source ? run->source[k / 2].name : "standards";
    ret_mixtures->line[k].is_omitted = k % 2 == 1;
  }
  for (size_t k = 0; k < VALIDATE_N_SHARE; k++)
    snprintf(ret_mixtures->share[k].name, sizeof ret_mixtures->share[k].name, "%.2f", SHARE[k]);
  if (standards.name == NULL) return CUXAS_ENOMEM;
  cuxas_status status = open_standards(run, &standards.catalog, &standards.session, standards.name, err);
  if (status == CUXAS_OK) status = mix_all(run, &standards, ret_mixtures, err);
  if (status == CUXAS_OK) status = mix_others(run, ret_mixtures, err);
  cuxas_session_free(standards.session);
  cuxas_catalog_free(standards.catalog);
  free(standards.name);
  return status;
}

/* 4. the table */

static void put_shares(const char *title, const char *heading, const validate_share_line *line, size_t n_line,
                       FILE *out)
{
  size_t n_both = 0, n_covered = 0, n_limit = 0, n_below = 0;
  fprintf(out,
          "\n%s\n%-12s tried  claimed wrong  no mixture  both found  share off by  interval holds  below the limit\n",
          title, heading);
  for (size_t k = 0; k < n_line; k++) {
    fprintf(out, "%-12s %5zu  %7zu %5zu  %10zu  %10zu  %12.3f  %14zu  %8zu of %3zu\n", line[k].name, line[k].n_mixture,
            line[k].n_claim, line[k].n_wrong, line[k].n_one, line[k].n_both,
            line[k].n_both > 0 ? line[k].error / (double)line[k].n_both : 0.0, line[k].n_covered, line[k].n_below,
            line[k].n_limit);
    n_both += line[k].n_both;
    n_covered += line[k].n_covered;
    n_limit += line[k].n_limit;
    n_below += line[k].n_below;
  }
  fprintf(out,
          "intervals of 90 %% hold the true share in %zu of %zu; what is not asked for is below the share told in %zu "
          "of %zu\n",
          n_covered, n_both, n_below, n_limit);
}

void validate_mixtures_write(const validate_mixtures *mixtures, FILE *out)
{
  fputs("\nMixtures of two measured curves, 60 to 40 % of the edge step\n"
        "                             best sum has   claims a sum    several fit  no mixture  in all of\n"
        "among                 tried  both  one none  right wrong   with without   asked for  them: right wrong\n",
        out);
  for (size_t i = 0; i < mixtures->n_line; i++) {
    const validate_mixture_line *line = &mixtures->line[i];
    fprintf(out, "%-10s %-10s %5zu  %4zu %4zu %4zu  %5zu %5zu  %5zu %7zu  %10zu  %11zu %5zu\n", line->among,
            line->is_omitted ? "one absent" : "", line->n_mixture, line->best[2], line->best[1], line->best[0],
            line->claim[1], line->claim[0], line->several[1], line->several[0], line->n_one, line->common[1],
            line->common[0]);
  }
  for (size_t i = 0; i < mixtures->n_line; i++)
    if (!mixtures->line[i].is_omitted && mixtures->line[i].best[2] > 0)
      fprintf(out,
              "%s: where the best sum is right, its shares are off by %.2f on average, intervals hold %zu of %zu\n",
              mixtures->line[i].among, mixtures->line[i].share_error / (double)mixtures->line[i].best[2],
              mixtures->line[i].n_covered, mixtures->line[i].best[2]);
  put_shares("Shares among the measured curves", "share", mixtures->share, VALIDATE_N_SHARE, out);
  if (mixtures->n_other > 0)
    put_shares("Shares with a standard of another measurement", "of", mixtures->other, mixtures->n_other, out);
}

/* ---- nested choices: what is chosen without a compound, tried on it --------------------------------------------- */

/* The constants of the score were chosen on the measured curves that they are judged by. Here, for every compound asked
 * for, they are chosen anew from a grid by the other compounds alone: by the mean logarithm of the probability, in
 * proportion to exp(score), that the right structure has among the compounds' structures. The priors of shift and
 * core-hole fraction (mean and spread) are learnt from the compounds that are neither asked for nor judged. What comes out
 * is what the score is worth for a compound that nobody has looked at. */

static const double LENGTH_EV[] = {0.5, 1.0, 2.0}, THEORY[] = {0.15, 0.3, 0.6}, HEIGHT[] = {0.0, 2.0};
enum { N_LENGTH = 3, N_THEORY = 3, N_HEIGHT = 2, N_CHOICE = N_LENGTH * N_THEORY * N_HEIGHT };

#define LEAST_SHIFT_SD_EV 0.3 /* spreads of few values may come out too small by chance */
#define LEAST_HOLE_SD 0.05
enum { LEAST_OTHERS = 3 };

static cuxas_score_model make_choice(int i_choice)
{
  cuxas_score_model score = cuxas_score_model_defaults();
  score.error_length_eV   = LENGTH_EV[i_choice % N_LENGTH];
  score.theory_error      = THEORY[i_choice / N_LENGTH % N_THEORY];
  score.n_height          = HEIGHT[i_choice / (N_LENGTH * N_THEORY)];
  return score;
}

/* One source of candidates. */
typedef struct {
  const validate_run    *run;
  const validate_source *source;
  size_t                 n_asked; /* compounds with a curve */
  size_t                *asked;   /* (n_asked) */
} inquiry;

/* 1. priors */

static cuxas_prior find_prior(const double *value, size_t n, double least_sd)
{
  double mean = 0.0, square = 0.0;
  for (size_t i = 0; i < n; i++) mean += value[i] / (double)n;
  for (size_t i = 0; i < n; i++) square += (value[i] - mean) * (value[i] - mean) / (double)(n - 1);
  return (cuxas_prior){mean, sqrt(square + least_sd * least_sd)};
}

/* Learnt from all compounds but i and j. */
static cuxas_status set_priors(const inquiry *all, size_t i, size_t j, cuxas_compare_settings *compare,
                               cuxas_error *err)
{
  const validate_fit *own   = all->source->table[CUXAS_MANNER_ASKED].own;
  double             *value = cuxas_new(err, all->n_asked, 2 * sizeof *value);
  size_t              n     = 0;
  if (value == NULL) return CUXAS_ENOMEM;
  double *hole = value + all->n_asked;
  for (size_t k = 0; k < all->n_asked; k++) {
    const size_t other = all->asked[k];
    if (other == i || other == j || !own[other].is_known) continue;
    value[n]  = own[other].shift_eV;
    hole[n++] = own[other].hole_fraction;
  }
  if (n >= LEAST_OTHERS) {
    compare->shift_prior = find_prior(value, n, LEAST_SHIFT_SD_EV);
    compare->hole_prior  = find_prior(hole, n, LEAST_HOLE_SD);
  }
  free(value);
  return CUXAS_OK;
}

/* 2. what a choice is worth */

/* What one question gave. */
typedef struct {
  size_t rank;   /* of the right structure among the compounds' */
  double chance; /* logarithm of its part of sum exp(score) */
} outcome;

static cuxas_status ask(const inquiry *all, size_t i, const cuxas_compare_settings *compare, outcome *ret_outcome,
                        cuxas_error *err)
{
  const char  *right = all->run->compounds.compound[i].structure;
  cuxas_hits  *hits  = NULL;
  double       sum = 0.0, own = -INFINITY;
  cuxas_status status = cuxas_session_rank(all->source->compounds, all->run->question[i].query, compare, 0, &hits, err);
  if (status != CUXAS_OK) return status;
  *ret_outcome = (outcome){hits->n_hit + 1, -INFINITY};
  for (size_t k = 0; k < hits->n_hit; k++) {
    const cuxas_hit *hit = &hits->hit[k];
    sum += exp(hit->comparison.score - hits->hit[0].comparison.score);
    if (strcmp(hit->name, right) != 0) continue;
    own          = hit->comparison.score - hits->hit[0].comparison.score;
    *ret_outcome = (outcome){hit->rank, NAN};
  }
  ret_outcome->chance = own - log(sum);
  cuxas_hits_free(hits);
  return CUXAS_OK;
}

/* 3. the choice */

/* The choice that the other compounds like best. */
static cuxas_status choose(const inquiry *all, size_t i, int *ret_choice, cuxas_error *err)
{
  double       best   = -INFINITY;
  cuxas_status status = CUXAS_OK;
  *ret_choice         = 0;
  for (int choice = 0; choice < N_CHOICE && status == CUXAS_OK; choice++) {
    double sum = 0.0;
    for (size_t k = 0; k < all->n_asked && status == CUXAS_OK; k++) {
      const size_t           other   = all->asked[k];
      cuxas_compare_settings compare = validate_settings(all->run, all->source, CUXAS_MANNER_ASKED, other);
      outcome                one     = {0};
      if (other == i) continue;
      compare.score = make_choice(choice);
      if ((status = set_priors(all, i, other, &compare, err)) == CUXAS_OK)
        status = ask(all, other, &compare, &one, err);
      sum += one.chance;
    }
    if (sum <= best) continue;
    best        = sum;
    *ret_choice = choice;
  }
  return status;
}

/* 4. the table */

typedef struct {
  size_t n_first, n_top3;
  double reciprocal;
} found;

static void count_nested(const outcome *one, found *sum)
{
  sum->n_first += one->rank == 1;
  sum->n_top3 += one->rank <= 3;
  sum->reciprocal += 1.0 / (double)one->rank;
}

static void write_found(const char *name, const found *sum, size_t n, FILE *out)
{
  fprintf(out, "%-34s %5zu %6zu %8.3f\n", name, sum->n_first, sum->n_top3, sum->reciprocal / (double)n);
}

static cuxas_status run_source(const inquiry *all, FILE *out, cuxas_error *err)
{
  found              chosen = {0}, usual = {0};
  cuxas_status       status = CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("nested", cuxas_options_flag(all->run->options, "quiet"));

  fprintf(out, "\nNested choice, %-18s rank  usual  length  theory  heights  shift prior     hole prior\n",
          all->source->name);
  for (size_t k = 0; k < all->n_asked && status == CUXAS_OK; k++) {
    const size_t           i       = all->asked[k];
    cuxas_compare_settings compare = validate_settings(all->run, all->source, CUXAS_MANNER_ASKED, i);
    outcome                before = {0}, after = {0};
    int                    choice;
    cuxas_progress_show(k + 1, all->n_asked, &bar);
    if ((status = ask(all, i, &compare, &before, err)) != CUXAS_OK ||
        (status = choose(all, i, &choice, err)) != CUXAS_OK ||
        (status = set_priors(all, i, i, &compare, err)) != CUXAS_OK)
      break;
    compare.score = make_choice(choice);
    if ((status = ask(all, i, &compare, &after, err)) != CUXAS_OK) break;
    count_nested(&before, &usual);
    count_nested(&after, &chosen);
    fprintf(out, "  %-32s %4zu  %5zu  %6.1f  %6.2f  %7.0f  %+.2f +- %.2f  %.2f +- %.2f\n",
            all->run->compounds.compound[i].name, after.rank, before.rank, compare.score.error_length_eV,
            compare.score.theory_error, compare.score.n_height, compare.shift_prior.mean, compare.shift_prior.sd,
            compare.hole_prior.mean, compare.hole_prior.sd);
  }
  cuxas_progress_end(&bar);
  if (status != CUXAS_OK) return status;
  fprintf(out, "%-34s first  top 3   1/rank\n", "");
  write_found("  chosen by the other compounds", &chosen, all->n_asked, out);
  write_found("  usual constants, learnt means", &usual, all->n_asked, out);
  return CUXAS_OK;
}

cuxas_status validate_nested(const validate_run *run, FILE *out, cuxas_error *err)
{
  const size_t n      = run->compounds.n_compound;
  cuxas_status status = CUXAS_OK;
  inquiry      all    = {.run = run, .asked = cuxas_new(err, n, sizeof *all.asked)};
  if (all.asked == NULL) return cuxas_no_memory(err);
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    all.source  = &run->source[k];
    all.n_asked = 0;
    for (size_t i = 0; i < n; i++)
      if (all.source->table[CUXAS_MANNER_ASKED].row[i].reason[0] == '\0') all.asked[all.n_asked++] = i;
    if (all.n_asked > LEAST_OTHERS) status = run_source(&all, out, err);
  }
  free(all.asked);
  return status;
}
