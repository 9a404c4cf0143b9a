/* What is around copper, by the votes of all candidates (surroundings.h).
 *
 * Contents: 1. of one structure  2. onsets by state  3. votes */
#include "match/surroundings.h"

#include "base/memory.h"
#include "crystal/oxidation.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COPPER 29

/* 1. of one structure */

static bool fills_the_d_shell(const cuxas_coordination *coordination)
{
  static const int SOFT[] = {15, 16, 33, 34, 51, 52}; /* P S As Se Sb Te */
  if (coordination->n_ligand == 0) return false;
  size_t n_soft = 0;
  for (size_t i = 0; i < coordination->n_ligand; i++)
    for (size_t k = 0; k < sizeof SOFT / sizeof SOFT[0]; k++)
      if (coordination->ligand[i].atomic_number == SOFT[k]) n_soft++;
  return 2 * n_soft >= coordination->n_ligand;
}

/* 0, 1 or 2; -1: not known. */
static int state_of(const cuxas_coordination *coordination, const cuxas_oxidation *oxidation)
{
  if (coordination->is_metallic) return 0;
  if (fills_the_d_shell(coordination)) return 1;
  if (isnan(oxidation->state)) return -1;
  return oxidation->state < 1.5 ? 1 : 2;
}

cuxas_status cuxas_surroundings_find(const cuxas_crystal *crystal, const size_t *site, const size_t *multiplicity,
                                     size_t n_site, cuxas_site_surroundings *ret_surroundings, cuxas_error *err)
{
  cuxas_coordination coordination;
  double             n_known = 0.0, n_near = 0.0, distance = 0.0;

  *ret_surroundings = (cuxas_site_surroundings){.distance_A = NAN};
  if (n_site == 0 || crystal->atomic_number[site[0]] != COPPER) return CUXAS_OK;
  cuxas_oxidation *oxidation = cuxas_new(err, n_site, sizeof *oxidation);
  if (oxidation == NULL) return CUXAS_ENOMEM;
  cuxas_error  reason = {0}; /* what cannot be told is not known */
  cuxas_status status = cuxas_oxidation_find(crystal, site, n_site, oxidation, &reason);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++) {
    if ((status = cuxas_coordination_find(crystal, site[i], &coordination, &reason)) != CUXAS_OK) break;
    const int state = state_of(&coordination, &oxidation[i]);
    if (state < 0) continue;
    const double n = (double)multiplicity[i];
    const size_t number =
        coordination.n_ligand < CUXAS_MAX_COORDINATION ? coordination.n_ligand : CUXAS_MAX_COORDINATION;
    n_known += n;
    ret_surroundings->state[state] += n;
    ret_surroundings->coordination[number] += n;
    ret_surroundings->ligand[cuxas_coordination_class(&coordination)] += n;
    for (size_t k = 0; k < coordination.n_ligand; k++) {
      distance += n * coordination.ligand[k].distance_A / (double)coordination.n_ligand;
      if (k == 0) n_near += n;
    }
  }
  free(oxidation);
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status != CUXAS_OK || n_known == 0.0) {
    *ret_surroundings = (cuxas_site_surroundings){.distance_A = NAN};
    return CUXAS_OK;
  }
  for (size_t k = 0; k < CUXAS_N_STATE; k++) ret_surroundings->state[k] /= n_known;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) ret_surroundings->coordination[k] /= n_known;
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++) ret_surroundings->ligand[k] /= n_known;
  if (n_near > 0.0) ret_surroundings->distance_A = distance / n_near;
  ret_surroundings->is_known = true;
  return CUXAS_OK;
}

/* 2. onsets by state */

/* Where the L3 onset of copper in a state lies, eV: a normal distribution, or two where a part of the compounds differs
 * (copper next to sulfur with holes in the valence band begins as low as 931.7 eV). */
typedef struct {
  double part, centre_eV, sd_eV;
} window;

static const window WINDOW[CUXAS_N_STATE][2] = {
    {{1.0, 932.7, 0.15}, {0.0, 0.0, 1.0}},
    {{0.75, 934.0, 0.7}, {0.25, 931.9, 0.4}},
    {{1.0, 930.8, 0.35}, {0.0, 0.0, 1.0}},
};

#define AXIS_OFF 0.05      /* part of the axes that are off by far more than usual, */
#define AXIS_OFF_SD_EV 3.0 /* and by how much */

double cuxas_state_onset_likelihood(int state, double onset_eV, cuxas_axis axis)
{
  static const struct {
    double shift_eV, sd_eV;
  } AXIS[] = {
      [CUXAS_AXIS_ABSORPTION] = {0.0, 0.4}, [CUXAS_AXIS_EELS] = {-0.9, 1.0}, [CUXAS_AXIS_CALIBRATED] = {0.0, 0.15}};
  if (axis == CUXAS_AXIS_UNKNOWN || isnan(onset_eV)) return 1.0;
  double density = 0.0;
  for (size_t i = 0; i < 2; i++) {
    const window *w = &WINDOW[state][i];
    const double  x = onset_eV - AXIS[axis].shift_eV - w->centre_eV;
    density += w->part * ((1.0 - AXIS_OFF) * gsl_ran_gaussian_pdf(x, hypot(w->sd_eV, AXIS[axis].sd_eV)) +
                          AXIS_OFF * gsl_ran_gaussian_pdf(x, hypot(w->sd_eV, AXIS_OFF_SD_EV)));
  }
  return density;
}

const char *cuxas_state_name(int state)
{
  static const char *const NAME[CUXAS_N_STATE] = {"Cu(0)", "Cu(I)", "Cu(II)"};
  return NAME[state];
}

/* 3. votes */

static double weight_of(const cuxas_surroundings_vote *vote, double best_score, const double likelihood[CUXAS_N_STATE])
{
  double seen = 0.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) seen += vote->surroundings->state[k] * likelihood[k];
  return exp((vote->score - best_score) / CUXAS_SURROUNDINGS_TEMPERATURE) * seen;
}

static bool has_a_say(const cuxas_surroundings_vote *vote)
{
  return !isnan(vote->score) && vote->surroundings != NULL && vote->surroundings->is_known;
}

static void add_vote(const cuxas_site_surroundings *of, double weight, cuxas_surroundings *io)
{
  size_t n_state = 0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) {
    io->state[k] += weight * of->state[k];
    n_state += of->state[k] > 0.0;
  }
  if (n_state > 1) io->mixed += weight;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) io->coordination[k] += weight * of->coordination[k];
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++) io->ligand[k] += weight * of->ligand[k];
}

/* Mean and spread of the distances of those that have any. */
static void find_distance(const cuxas_surroundings_vote *vote, const double *weight, size_t n_vote,
                          cuxas_surroundings *io)
{
  double sum = 0.0, mean = 0.0, square = 0.0;
  for (size_t i = 0; i < n_vote; i++) {
    if (weight[i] == 0.0 || isnan(vote[i].surroundings->distance_A)) continue;
    const double d = vote[i].surroundings->distance_A;
    sum += weight[i];
    mean += weight[i] * d;
    square += weight[i] * d * d;
  }
  io->distance_A    = sum > 0.0 ? mean / sum : NAN;
  io->distance_sd_A = sum > 0.0 ? sqrt(fmax(0.0, square / sum - io->distance_A * io->distance_A)) : NAN;
}

cuxas_status cuxas_surroundings_weigh(const cuxas_surroundings_vote *vote, size_t n_vote, double onset_eV,
                                      cuxas_axis axis, cuxas_surroundings *ret_surroundings, cuxas_error *err)
{
  double likelihood[CUXAS_N_STATE], best = -INFINITY, sum = 0.0, square = 0.0;

  *ret_surroundings = (cuxas_surroundings){.distance_A = NAN, .distance_sd_A = NAN};
  for (int k = 0; k < CUXAS_N_STATE; k++) likelihood[k] = cuxas_state_onset_likelihood(k, onset_eV, axis);
  for (size_t i = 0; i < n_vote; i++) {
    if (!has_a_say(&vote[i])) continue;
    best = fmax(best, vote[i].score);
    ret_surroundings->n_candidate++;
  }
  if (ret_surroundings->n_candidate == 0) return CUXAS_OK;
  double *weight = cuxas_new(err, n_vote, sizeof *weight);
  if (weight == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_vote; i++) {
    weight[i] = has_a_say(&vote[i]) ? weight_of(&vote[i], best, likelihood) : 0.0;
    sum += weight[i];
  }
  for (size_t i = 0; i < n_vote; i++) {
    weight[i] /= sum;
    square += weight[i] * weight[i];
    if (weight[i] > 0.0) add_vote(vote[i].surroundings, weight[i], ret_surroundings);
  }
  ret_surroundings->effective = 1.0 / square;
  find_distance(vote, weight, n_vote, ret_surroundings);
  free(weight);
  return CUXAS_OK;
}
