#include "cuxas/elements.h"
#include "records/feff.h"
#include "simulate/cluster.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_POTENTIAL = 12, MAX_ATOM = 1000 }; /* FEFF 9's dimensions nphx (besides the absorber) and nattx */
#define MARGIN_A 3.0                          /* of the list of atoms beyond the clusters */
#define SLACK_A 0.05                          /* of a radius beyond the outermost atom that it is to hold */

static const cuxas_feff_settings PRESETS[] = {
    {"published", 7.0, 0, 9.0, 0, 0.04, 0.1},
    {"fast", 4.6, 45, 7.0, 105, 0.055, 0.1},
};

const cuxas_feff_settings *cuxas_feff_settings_find(const char *name)
{
  for (size_t i = 0; i < sizeof PRESETS / sizeof PRESETS[0]; i++)
    if (strcmp(PRESETS[i].name, name) == 0) return &PRESETS[i];
  return NULL;
}

/* limit_radius() - a radius that holds no more than max_atom atoms (0: no limit), whole shells of them, but the first
 * shell in any case
 *
 *   ret_n_atom  atoms within */
static double limit_radius(const cuxas_cluster *cluster, double radius_A, size_t max_atom, size_t *ret_n_atom)
{
  const cuxas_cluster_atom *atom = cluster->atom;
  size_t                    n = 0, kept = 1;
  while (n < cluster->n_atom && atom[n].distance_A <= radius_A) n++;
  for (size_t end = 1; end < n; kept = end) {
    end++;
    while (end < n && atom[end].distance_A - atom[end - 1].distance_A < 2.0 * SLACK_A) end++;
    if (max_atom > 0 && kept > 1 && end > max_atom) break;
  }
  *ret_n_atom = kept;
  return kept < n ? atom[kept - 1].distance_A + SLACK_A : radius_A;
}

static size_t greatest_common_divisor(size_t a, size_t b)
{
  while (b != 0) {
    const size_t rest = a % b;
    a                 = b;
    b                 = rest;
  }
  return a;
}

/* write_potentials() - absorber, then one per element, with its share in the formula */
static void write_potentials(const cuxas_crystal *crystal, const cuxas_cluster *cluster, FILE *out)
{
  size_t divisor = 0;
  for (size_t i = 0; i < crystal->n_site; i++)
    divisor = greatest_common_divisor(cuxas_crystal_count(crystal, crystal->atomic_number[i]), divisor);

  fprintf(out, "\nPOTENTIALS\n* ipot  Z  tag  lmax1  lmax2  xnatph\n");
  for (size_t i = 0; i < cluster->n_potential; i++) {
    const int    number = cluster->atomic_number[i];
    const double share  = (double)(cuxas_crystal_count(crystal, number) / divisor);
    fprintf(out, "%zu %d %s -1 -1 %g\n", i, number, cuxas_element_find(number)->symbol, i == 0 ? 1e-4 : share);
  }
}

static void write_atoms(const cuxas_cluster *cluster, size_t n_atom, FILE *out)
{
  fprintf(out, "\nATOMS\n* x  y  z  ipot  tag  distance\n");
  for (size_t i = 0; i < n_atom; i++) {
    const cuxas_cluster_atom *atom = &cluster->atom[i];
    for (int j = 0; j < 3; j++) fprintf(out, "%.5f ", atom->position_A[j] + 0.0);
    fprintf(out, "%zu %s %.5f\n", atom->potential, cuxas_element_find(atom->atomic_number)->symbol, atom->distance_A);
  }
}

cuxas_status cuxas_feff_write_input(const cuxas_crystal *crystal, size_t site, const char *edge, cuxas_channel channel,
                                    const cuxas_feff_settings *settings, const char *title, FILE *out,
                                    cuxas_feff_cluster *opt_cluster, cuxas_error *err)
{
  if (!(settings->fms_radius_A > 0.0) || !(settings->scf_radius_A >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "radii of %g A (scattering) and %g A (self-consistency)",
                      settings->fms_radius_A, settings->scf_radius_A);
  const double       radius_A = fmax(settings->fms_radius_A, settings->scf_radius_A) + MARGIN_A;
  cuxas_cluster     *cluster;
  cuxas_feff_cluster made   = {0};
  size_t             n_scf  = 0;
  cuxas_status       status = cuxas_cluster_new(crystal, site, radius_A, 0, &cluster, err);
  if (status != CUXAS_OK) return status;

  limit_radius(cluster, radius_A, MAX_ATOM, &made.n_atom);
  made.n_potential  = cluster->n_potential;
  made.fms_radius_A = limit_radius(cluster, settings->fms_radius_A, settings->max_fms_atom, &made.n_fms);
  made.scf_radius_A = limit_radius(cluster, settings->scf_radius_A, settings->max_scf_atom, &n_scf);
  if (made.n_potential > MAX_POTENTIAL)
    status =
        cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu unique potentials; FEFF takes %d", made.n_potential, MAX_POTENTIAL);
  else if (made.n_fms > made.n_atom || n_scf > made.n_atom || made.n_atom > MAX_ATOM)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "more than %d atoms within the radii; FEFF takes no more", MAX_ATOM);
  if (status == CUXAS_OK) {
    fprintf(out, "TITLE %s\nEDGE %s\nS02 0\nCOREHOLE %s\nCONTROL 1 1 1 1 1 1\n", title, edge,
            channel == CUXAS_CHANNEL_SCREENED_HOLE ? "RPA" : "None");
    fprintf(out, "XANES 4 %g %g\n", settings->k_step, settings->edge_step_eV);
    if (settings->scf_radius_A > 0.0) fprintf(out, "SCF %.3f 0 100 0.2 3\n", made.scf_radius_A);
    fprintf(out, "FMS %.3f 0\nEXCHANGE 0 0.0 0.0 2\nRPATH -1\n", made.fms_radius_A);
    write_potentials(crystal, cluster, out);
    write_atoms(cluster, made.n_atom, out);
    fprintf(out, "END\n");
    if (opt_cluster != NULL) *opt_cluster = made;
  }
  cuxas_cluster_free(cluster);
  return status;
}
