/* match.c - rank candidate structures by their agreement with a measured spectrum, through the library alone
 *
 *   match MEASURED CANDIDATE...
 *
 * The model is $CUXAS_MODEL, else refdb/models/cu-l23.cuxas. Same numbers as cuxas-match with its default settings. */
#include "cuxas.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
  cuxas_error     err      = {0};
  cuxas_model    *model    = NULL;
  cuxas_spectrum *spectrum = NULL;
  cuxas_prepared *prepared = NULL;
  cuxas_query    *query    = NULL;
  cuxas_catalog  *catalog  = NULL;
  cuxas_hits     *hits     = NULL;
  const char     *path     = getenv("CUXAS_MODEL");

  if (argc < 3) {
    fputs("usage: match MEASURED CANDIDATE...\n", stderr);
    return 2;
  }
  cuxas_preprocess_settings preparation = cuxas_preprocess_defaults();
  preparation.beyond_lattice            = true; /* the query decides how much of it can be compared */
  if (cuxas_model_read(path != NULL ? path : "refdb/models/cu-l23.cuxas", &model, &err) != CUXAS_OK ||
      cuxas_measured_read(argv[1], NULL, &spectrum, NULL, &err) != CUXAS_OK ||
      cuxas_preprocess_measured(spectrum, argv[1], model->grid, &preparation, &prepared, &err) != CUXAS_OK)
    goto done;

  cuxas_match_settings settings                     = {.compare = cuxas_compare_defaults(), .n_thread = 1};
  cuxas_edge_window    edge[CUXAS_COMPARE_MAX_EDGE] = {{"", 0.0}};
  settings.compare.center_shift_eV                  = model->shift_eV;
  settings.compare.shift_prior.mean                 = model->shift_eV;
  settings.compare.fwhm_eV                          = model->fwhm_eV;
  for (size_t i = 0; i < model->n_edge; i++) {
    memcpy(edge[i].name, model->edge[i].name, sizeof edge[i].name);
    edge[i].splitting_eV = model->edge[i].grid.start_eV - model->edge[0].grid.start_eV;
  }
  if (cuxas_query_new(prepared->grid, prepared->mu, model->grid, edge, model->n_edge, &settings.compare, &query,
                      &err) != CUXAS_OK ||
      cuxas_catalog_list((const char *const *)argv + 2, (size_t)argc - 2, false, &catalog, &err) != CUXAS_OK ||
      cuxas_match_catalog(query, catalog, model, &settings, NULL, NULL, &hits, &err) != CUXAS_OK)
    goto done;

  for (size_t i = 0; i < hits->n_hit; i++)
    printf("%-20s score %.1f  MAE %.3f  Spearman %.3f  shift %+.2f eV\n", hits->hit[i].name,
           hits->hit[i].comparison.score, hits->hit[i].comparison.mae, hits->hit[i].comparison.spearman,
           hits->hit[i].comparison.shift_eV);
done:
  if (err.status != CUXAS_OK) fprintf(stderr, "match: %s\n", err.message);
  cuxas_hits_free(hits);
  cuxas_catalog_free(catalog);
  cuxas_query_free(query);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
  cuxas_model_free(model);
  return err.status == CUXAS_OK ? 0 : 1;
}
