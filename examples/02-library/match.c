/* match.c - which compound was measured? What `cuxas-match --csv - MEASURED CANDIDATE...` prints, through the library alone
 *
 *   match MEASURED CANDIDATE... */
#include "cuxas.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
  cuxas_error        err        = {0};
  cuxas_model       *model      = NULL;
  cuxas_session     *session    = NULL;
  cuxas_result      *result     = NULL;
  const char *const *candidate  = (const char *const *)argv + 2;
  char              *model_path = NULL, *data = NULL; /* bundled: beside the program, installed, or in $CUXAS_DATA */

  if (argc < 3) return fputs("usage: match MEASURED CANDIDATE...\n", stderr), 2;
  if (cuxas_data_path(NULL, "models/cu-l23.cuxas", &model_path, &err) == CUXAS_OK &&
      cuxas_data_path(NULL, ".", &data, &err) == CUXAS_OK && cuxas_model_read(model_path, &model, &err) == CUXAS_OK) {
    const cuxas_match_settings settings = cuxas_match_settings_for(model);
    if (cuxas_session_new(model, candidate, (size_t)argc - 2, &settings, &session, &err) == CUXAS_OK &&
        cuxas_session_use_data(session, data, &err) == CUXAS_OK &&
        cuxas_session_identify(session, argv[1], &result, &err) == CUXAS_OK)
      cuxas_result_write(result, CUXAS_RESULT_CSV, stdout, &err);
  }
  if (err.status != CUXAS_OK) fprintf(stderr, "match: %s\n", err.message);
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
  free(model_path);
  free(data);
  return err.status == CUXAS_OK ? 0 : 1;
}
