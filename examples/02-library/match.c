/* match.c - rank candidate structures by their agreement with a measured spectrum, through the library alone
 *
 *   match MEASURED CANDIDATE...
 *
 * The model is $CUXAS_MODEL, else refdb/models/cu-l23.cuxas. Prints the candidates as `cuxas-match --csv` ranks them. */
#include "cuxas.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
  const char    *path    = getenv("CUXAS_MODEL");
  cuxas_error    err     = {0};
  cuxas_model   *model   = NULL;
  cuxas_session *session = NULL;
  cuxas_result  *result  = NULL;

  if (argc < 3) return fputs("usage: match MEASURED CANDIDATE...\n", stderr), 2;
  if (cuxas_model_read(path != NULL ? path : "refdb/models/cu-l23.cuxas", &model, &err) != CUXAS_OK) goto done;
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  if (cuxas_session_new(model, (const char *const *)argv + 2, (size_t)argc - 2, &settings, &session, &err) !=
          CUXAS_OK ||
      cuxas_session_identify(session, argv[1], &result, &err) != CUXAS_OK)
    goto done;
  const cuxas_hits *hits = cuxas_result_hits(result);
  for (size_t i = 0; i < hits->n_hit; i++)
    printf("%zu %s %.6f\n", hits->hit[i].rank, hits->hit[i].name, hits->hit[i].comparison.score);
done:
  if (err.status != CUXAS_OK) fprintf(stderr, "match: %s\n", err.message);
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
  return err.status == CUXAS_OK ? 0 : 1;
}
