/* simulate_outputs.c - what cuxas-simulate writes: a table for each site, its figures, the record */
#include "cmd/simulate_outputs.h"

#include "base/elements.h"
#include "base/memory.h"
#include "cuxas/records.h"
#include "records/simulations.h"
#include "cuxas/status.h"
#include "cmd/paths.h"
#include "write/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const cuxas_option CUXAS_SIMULATE_OPTIONS[] = {
    {"radius", 0, OPT_REAL, "A", "7", "1:20", "Calculation", "cluster that scatters, angstrom", 0},
    {"max-atoms", 0, OPT_INTEGER, "N", "105", "0:2000", CUXAS_EXPERT,
     "most atoms that scatter, in whole shells; 0: as many as the radius holds", 0},
    {"scf-radius", 0, OPT_REAL, "A", "4.6", "0:6.5", CUXAS_EXPERT,
     "clusters for self-consistent potentials, angstrom; 0: overlapped atoms", 0},
    {"scf-atoms", 0, OPT_INTEGER, "N", "45", "0:400", CUXAS_EXPERT,
     "most atoms in them, in whole shells; 0: as many as the radius holds", 0},
    {"theory", 0, OPT_CHOICE, "NAME", "feff", "feff|cuxas", CUXAS_EXPERT,
     "what FEFF10 computes, or with the level between the spheres that the potential has there", 0},
    {"level", 0, OPT_REAL, "SHARE", "1", "0:1", CUXAS_EXPERT,
     "with --theory cuxas: how far that level goes from FEFF's rule, 0, to the mean of the potential, 1", 0},
    {"width", 0, OPT_REAL, "EV", NULL, "0.01:200", CUXAS_EXPERT,
     "full width of the core hole, eV, instead of the tabulated one", 0},
    {"step", 0, OPT_REAL, "EV", "0.2", "0.01:5", CUXAS_EXPERT, "steps of energy just above the edge, eV; wider beyond",
     0},
    {0}};

cuxas_simulate_settings simulate_settings(const cuxas_options *options)
{
  cuxas_simulate_settings settings = CUXAS_SIMULATE_DEFAULTS;
  settings.radius_A                = cuxas_options_real(options, "radius");
  settings.max_atom                = (size_t)cuxas_options_integer(options, "max-atoms");
  settings.edge_step_eV            = cuxas_options_real(options, "step");
  settings.scf_radius_A            = cuxas_options_real(options, "scf-radius");
  settings.scf_max_atom            = (size_t)cuxas_options_integer(options, "scf-atoms");
  settings.level_share             = cuxas_options_real(options, "level");
  settings.theory = cuxas_options_is(options, "theory", "feff") ? CUXAS_THEORY_FEFF : CUXAS_THEORY_CUXAS;
  if (cuxas_options_is_set(options, "width")) settings.width_eV = cuxas_options_real(options, "width");
  return settings;
}

cuxas_status simulate_outputs_look(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err)
{
  outputs->options = options;
  outputs->dataset = cuxas_options_text(options, "dataset");
  if (outputs->dataset == NULL) return CUXAS_OK;
  return cuxas_record_file_read(outputs->dataset, &outputs->records, err);
}

cuxas_status simulate_outputs_begin(simulate_outputs *outputs, const cuxas_options *options, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  const char  *csv    = cuxas_options_text(options, "csv");
  outputs->folder     = cuxas_options_text(options, "out-dir");
  if ((status = simulate_outputs_look(outputs, options, err)) != CUXAS_OK) return status;
  if (csv == NULL && outputs->folder == NULL && outputs->dataset == NULL) csv = "-";
  if (outputs->folder != NULL && mkdir(outputs->folder, 0777) != 0 && errno != EEXIST)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot make this folder: %s", outputs->folder, strerror(errno));
  if (csv == NULL) return CUXAS_OK;
  status           = cuxas_output_open(&outputs->csv, csv, cuxas_options_flag(options, "force"), err);
  outputs->has_csv = status == CUXAS_OK;
  if (outputs->has_csv) fputs("name,site,edge,energy_eV,mu,mu0\n", outputs->csv.stream);
  return status;
}

size_t simulate_outputs_missing(simulate_outputs *outputs, const cuxas_record_site *site,
                                const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulated_kind *ret_missing)
{
  size_t n = 0;
  if (outputs->records != NULL) cuxas_record_file_refresh(outputs->records, NULL); /* a failure shows when adding */
  for (size_t i = 0; i < n_kind; i++) {
    const bool is_known = outputs->records != NULL && !outputs->has_csv && outputs->folder == NULL &&
                          cuxas_record_file_has(outputs->records, site->id, site->site, kind[i].edge, kind[i].channel);
    if (!is_known) ret_missing[n++] = kind[i];
  }
  return n;
}

static void put_csv(FILE *out, const cuxas_record_site *site, const cuxas_simulated_edge *edge)
{
  for (size_t i = 0; i < edge->n_point; i++) {
    cuxas_text_put_csv(out, site->id);
    fprintf(out, ",%zu,%s%s,%.4f,%.6f,%.6f\n", site->site, edge->edge, cuxas_channel_suffix(edge->channel),
            edge->energy_eV[i], edge->mu[i], edge->mu0[i]);
  }
}

static cuxas_status write_xdi(const simulate_outputs *outputs, const cuxas_record_site *site,
                              const cuxas_simulated_edge *edge, const char *code, cuxas_error *err)
{
  char         name[CUXAS_RECORD_ID_SIZE + 64], formula[CUXAS_FORMULA_SIZE];
  cuxas_output output;
  snprintf(name, sizeof name, "%s-site-%zu-%s%s", site->id, site->site, edge->edge,
           cuxas_channel_suffix(edge->channel));
  for (char *c = name; *c != '\0'; c++)
    if (*c == '/') *c = '_';
  char        *path   = cuxas_path_join(outputs->folder, name, "xdi");
  cuxas_status status = path == NULL
                            ? cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", name)
                            : cuxas_output_open(&output, path, cuxas_options_flag(outputs->options, "force"), err);
  free(path);
  if (status != CUXAS_OK) return status;
  cuxas_crystal_formula(site->crystal, formula);
  const cuxas_element *element = cuxas_element_find(site->crystal->atomic_number[site->site]);
  FILE                *out     = output.stream;
  fprintf(out, "# XDI/1.0 CuXAS/%s\n# Element.symbol: %s\n# Element.edge: %s\n", cuxas_version(), element->symbol,
          edge->edge);
  fprintf(out, "# Column.1: energy eV\n# Column.2: mu\n# Column.3: mu0\n# Sample.name: %s\n", site->id);
  fprintf(out, "# Sample.stoichiometry: %s\n# CuXAS.site: %zu\n# CuXAS.code: %s\n", formula, site->site, code);
  fprintf(out, "# CuXAS.channel: %s\n# CuXAS.core_hole_width_eV: %g\n# CuXAS.edge_step: %.6g\n",
          cuxas_channel_name(edge->channel), edge->width_eV, edge->edge_step);
  fputs("# ///\n# Simulated, not measured; 1 is the atomic background 50 eV above the edge.\n# ---\n# energy mu mu0\n",
        out);
  for (size_t i = 0; i < edge->n_point; i++)
    fprintf(out, "%12.4f  %12.6f  %12.6f\n", edge->energy_eV[i], edge->mu[i], edge->mu0[i]);
  return cuxas_output_commit(&output, err);
}

cuxas_status simulate_outputs_put(simulate_outputs *outputs, const cuxas_record_site *site,
                                  const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < simulation->n_edge && status == CUXAS_OK; i++) {
    const cuxas_simulated_edge *edge = &simulation->edge[i];
    const char                 *code = cuxas_simulator_code(simulator, edge->channel);
    if (outputs->has_csv) put_csv(outputs->csv.stream, site, edge);
    if (outputs->folder != NULL) status = write_xdi(outputs, site, edge, code, err);
  }
  if (status == CUXAS_OK && outputs->records != NULL)
    status = cuxas_simulation_put(simulation, simulator, site, outputs->records, err);
  if (status == CUXAS_OK && outputs->records != NULL)
    status = cuxas_record_file_append(outputs->records, &outputs->n_repaired, err);
  return status;
}

cuxas_status simulate_outputs_end(simulate_outputs *outputs, cuxas_error *err)
{
  if (!outputs->has_csv) return CUXAS_OK;
  outputs->has_csv = false;
  return cuxas_output_commit(&outputs->csv, err);
}

void simulate_outputs_free(simulate_outputs *outputs)
{
  if (outputs->has_csv) cuxas_output_discard(&outputs->csv);
  cuxas_record_file_free(outputs->records);
}
