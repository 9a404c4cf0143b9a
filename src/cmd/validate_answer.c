/* validate_answer.c - the answer of cuxas-match on every curve whose compound is known
 *
 * Those of the table, and the others of the folder of measured spectra whose names begin with the formula of one of them.
 *
 * Contents: 1. the session  2. curves  3. all of it */
#include "base/memory.h"
#include "cmd/common.h"
#include "cmd/validate_run.h"
#include "match/session.h"

#include <stdlib.h>
#include <string.h>

/* 1. the session */

typedef struct {
  validate_run  *run;
  cuxas_catalog *standards;
  cuxas_session *session; /* the run's */
} inquiry;

static void end(inquiry *all)
{
  cuxas_session_set_standards(all->session, NULL);
  cuxas_catalog_free(all->standards);
}

/* The folder of measured spectra; where there is none, none have a say. */
static cuxas_status list_standards(const validate_run *run, cuxas_catalog **ret_list, cuxas_error *err)
{
  const char  *path   = cuxas_options_text(run->options, "spectra");
  char        *found  = NULL;
  cuxas_error  reason = {.status = CUXAS_OK};
  cuxas_status status = CUXAS_OK;
  if (path == NULL) {
    status = cuxas_data_path(cuxas_options_text(run->options, "data"), CUXAS_DATA_SPECTRA, &found, &reason);
    path   = found;
  }
  if (status == CUXAS_OK) status = cuxas_catalog_list(&path, 1, false, ret_list, &reason);
  free(found);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

/* Of the bundled or named spectra, and what is simulated, beside the predictions that the tables ask, too. */
static cuxas_status open_session(validate_run *run, inquiry *ret_all, cuxas_error *err)
{
  *ret_all                  = (inquiry){.run = run, .session = run->asked};
  const cuxas_status status = list_standards(run, &ret_all->standards, err);
  if (status != CUXAS_OK) return status;
  cuxas_session_set_standards(run->asked, ret_all->standards);
  cuxas_session_set_simulations(run->asked, run->simulations);
  return CUXAS_OK;
}

/* 2. curves */

/* The compound of the table with this formula; NULL: none. */
static const cuxas_compound *compound_of(const cuxas_compounds *compounds, const char *formula)
{
  char own[CUXAS_FORMULA_SIZE];
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (cuxas_formula_read(compounds->compound[i].name, own) && strcmp(own, formula) == 0)
      return &compounds->compound[i];
  return NULL;
}

static bool is_in_table(const cuxas_compounds *compounds, const char *path)
{
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (compounds->compound[i].spectrum != NULL && strcmp(compounds->compound[i].spectrum, path) == 0) return true;
  return false;
}

/* A curve that cannot be asked has the reason in its row. */
static cuxas_status ask(const inquiry *all, const char *name, const char *path, const cuxas_compound *compound,
                        cuxas_error *err)
{
  validate_run      *run    = all->run;
  cuxas_answers_row *row    = &run->answer[run->n_answer++];
  cuxas_result      *result = NULL;
  cuxas_error        reason = {.status = CUXAS_OK};
  snprintf(row->name, sizeof row->name, "%s", name);
  snprintf(row->compound, sizeof row->compound, "%s", compound->name);
  cuxas_status status = cuxas_session_identify(all->session, path, &result, &reason);
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status != CUXAS_OK) {
    snprintf(row->reason, sizeof row->reason, "%s", reason.message);
    return CUXAS_OK;
  }
  status = cuxas_answers_judge(result, compound->structure, cuxas_measurement_axis(&result->measurement, &run->session),
                               row, err);
  cuxas_result_free(result);
  return status;
}

/* 3. all of it */

static cuxas_status ask_all(const inquiry *all, cuxas_error *err)
{
  validate_run          *run       = all->run;
  const cuxas_compounds *compounds = &run->compounds;
  const size_t           n_curve   = all->standards != NULL ? all->standards->n_candidate : 0;
  const size_t           n         = compounds->n_compound + n_curve;
  cuxas_progress_bar     bar       = cuxas_progress_start("answers", cuxas_options_flag(run->options, "quiet"));
  cuxas_status           status    = CUXAS_OK;
  char                   formula[CUXAS_FORMULA_SIZE];

  if ((run->answer = cuxas_new(err, n, sizeof *run->answer)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < compounds->n_compound && status == CUXAS_OK; i++) {
    const cuxas_compound *compound = &compounds->compound[i];
    cuxas_progress_show(i + 1, n, &bar);
    if (compound->spectrum != NULL) status = ask(all, compound->name, compound->spectrum, compound, err);
  }
  for (size_t i = 0; i < n_curve && status == CUXAS_OK; i++) {
    const cuxas_candidate *curve = &all->standards->candidate[i];
    cuxas_progress_show(compounds->n_compound + i + 1, n, &bar);
    if (curve->kind != CUXAS_CANDIDATE_SPECTRUM || is_in_table(compounds, curve->path) ||
        !cuxas_formula_read(curve->name, formula))
      continue;
    const cuxas_compound *compound = compound_of(compounds, formula);
    if (compound != NULL) status = ask(all, curve->name, curve->path, compound, err);
  }
  cuxas_progress_end(&bar);
  cuxas_answers_choose(run->answer, run->n_answer);
  return status;
}

cuxas_status validate_answers(validate_run *run, cuxas_error *err)
{
  inquiry      all;
  cuxas_status status = open_session(run, &all, err);
  if (status == CUXAS_OK) status = ask_all(&all, err);
  end(&all);
  return status;
}
