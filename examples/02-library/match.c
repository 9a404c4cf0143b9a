/* match.c - which compound was measured? What `cuxas-match --csv - MEASURED CANDIDATE...` prints, through the library alone
 *
 *   match MEASURED CANDIDATE... */
#include "cuxas.h"

int main(int argc, char **argv)
{
  cuxas_error        err       = {0};
  cuxas_model       *model     = NULL;
  cuxas_session     *session   = NULL;
  cuxas_result      *result    = NULL;
  const char *const *candidate = (const char *const *)argv + 2;

  if (argc < 3) return fputs("usage: match MEASURED CANDIDATE...\n", stderr), 2;
  if (cuxas_model_read("refdb/models/cu-l23.cuxas", &model, &err) == CUXAS_OK) {
    const cuxas_match_settings settings = cuxas_match_settings_for(model);
    if (cuxas_session_new(model, candidate, (size_t)argc - 2, &settings, &session, &err) == CUXAS_OK &&
        cuxas_session_use_data(session, "refdb", &err) == CUXAS_OK &&
        cuxas_session_identify(session, argv[1], &result, &err) == CUXAS_OK)
      cuxas_result_write(result, CUXAS_RESULT_CSV, stdout, &err);
  }
  if (err.status != CUXAS_OK) fprintf(stderr, "match: %s\n", err.message);
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
  return err.status == CUXAS_OK ? 0 : 1;
}
