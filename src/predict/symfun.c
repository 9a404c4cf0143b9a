/* Symmetry functions of a site and its surroundings, weighted by properties of the elements
 *
 * Description: {"name": "symfun", "cutoff_A": 6, "properties": ["one", ...], "n_radial": 12, "radial_first_A": 1.6,
 *               "radial_last_A": 5.5, "shell_cutoff_A": 5, "softness_A": [0.37, 0.7], "l_max": 6}. No tensors.
 *
 * Every bond i-j fades out by f(r) = (1 + cos(pi r / cutoff)) / 2. In the order of the vector, first up to cutoff_A:
 *
 *   radial    G(p, k) = sum_j p_j f(r_ij) exp(-(r_ij - m_k)^2 / 2 w_k^2) for every property p and centre m_k; centres in
 *             geometric progression, widths as their distance. J. Behler, J. Chem. Phys. 134, 074106 (2011),
 *             doi:10.1063/1.3553717; weights instead of one function per element: M. Gastegger et al., J. Chem. Phys.
 *             148, 241709 (2018), doi:10.1063/1.5019667.
 *
 * and then, up to shell_cutoff_A, for every softness b, with bond strengths s_ij = f(r_ij) exp((R_i + R_j - r_ij) / b), R the covalent radii: for b =
 * 0.37 A bond valences up to a factor (I. D. Brown, D. Altermatt, Acta Cryst. B41, 244 (1985)), softer ones see further:
 *
 *   strength  of site i the four numbers v = sum_j s_ij; the effective number of bonds v^2 / (sum_j s_ij^2 + 0.01);
 *             the polarity sum_j s_ij (x_j - x_i) with electronegativities x; the ionicity, the same with Pauling's ionic
 *             character sign(x_j - x_i) (1 - exp(-(x_j - x_i)^2 / 4))
 *   first     sum_j s_ij p_j for every property
 *   mean      <p>_i = sum_j s_ij p_j / (v_i + 0.1): the chemistry of the first shell
 *   second    <<p>>_i: the means of the neighbours' means; then the neighbours' mean of the four strength numbers
 *   angular   A_l = (sum_jk s_ij s_ik P_l(cos angle jik))^1/2, l = 1 ... l_max: 0 where the shell is so symmetric
 *
 * All of it is a sum over bonds that fade out at the cutoff: continuous in the positions, whichever cell is chosen. */
#include "predict/featurizer_priv.h"

#include "base/json.h"
#include "base/elements.h"
#include "base/memory.h"
#include "crystal/neighbor.h"

#include <gsl/gsl_sf_legendre.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char WHERE[] = "featurizer symfun";

enum { MAX_PROPERTY = 16, MAX_RADIAL = 256, MAX_SOFTNESS = 8, MAX_L = 12, N_STRENGTH = 4 };

#define MEAN_FLOOR 0.1   /* added to the sum of strengths, so that means of an isolated atom are 0, not 0/0 */
#define BONDS_FLOOR 0.01 /* the same for the effective number of bonds */

typedef struct {
  size_t n_property, n_radial, n_softness, l_max;
  double cutoff_A, shell_cutoff_A;
  double center_A[MAX_RADIAL], width_A[MAX_RADIAL];
  double softness_A[MAX_SOFTNESS];
  double property[CUXAS_N_ELEMENT + 1][MAX_PROPERTY]; /* by atomic number */
} symfun;

/* ---- properties of elements, scaled to about 1 ---- */

/* A number of an element, in units of its usual size. */
typedef struct {
  const char *name;
  bool        is_real; /* a double, else an int */
  size_t      offset;  /* of it in cuxas_element */
  double      unit;
} property;

#define ONE ((size_t)-1) /* of no number: 1 for every element */

static const property PROPERTIES[] = {
    {"one", true, ONE, 1.0},
    {"electronegativity", true, offsetof(cuxas_element, electronegativity), 2.0},
    {"covalent_radius", true, offsetof(cuxas_element, covalent_radius_A), 1.3},
    {"period", false, offsetof(cuxas_element, period), 4.0},
    {"group", false, offsetof(cuxas_element, group), 10.0},
    {"s_electrons", false, offsetof(cuxas_element, n_s), 2.0},
    {"p_electrons", false, offsetof(cuxas_element, n_p), 4.0},
    {"d_electrons", false, offsetof(cuxas_element, n_d), 8.0},
    {"f_electrons", false, offsetof(cuxas_element, n_f), 10.0},
};

static double value_of(const property *what, const cuxas_element *element)
{
  const char *at = (const char *)element + (what->offset != ONE ? what->offset : 0);
  int         whole;
  double      real;
  if (what->offset == ONE) return 1.0;
  if (what->is_real) {
    memcpy(&real, at, sizeof real);
    return real / what->unit;
  }
  memcpy(&whole, at, sizeof whole);
  return whole / what->unit;
}

/* ---- description ---- */

static const property *find_property(const char *name)
{
  for (size_t i = 0; name != NULL && i < sizeof PROPERTIES / sizeof PROPERTIES[0]; i++)
    if (strcmp(PROPERTIES[i].name, name) == 0) return &PROPERTIES[i];
  return NULL;
}

static cuxas_status read_properties(const cJSON *description, symfun *state, cuxas_error *err)
{
  const cJSON       *list, *item;
  const cuxas_status status = cuxas_json_array(description, "properties", &list, WHERE, err);
  if (status != CUXAS_OK) return status;
  cJSON_ArrayForEach(item, list)
  {
    const char     *name  = cJSON_GetStringValue(item);
    const property *found = find_property(name);
    if (found == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: no property is called \"%s\"", WHERE,
                        name != NULL ? name : "(no text)");
    if (state->n_property == MAX_PROPERTY)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %d \"properties\"", WHERE, MAX_PROPERTY);
    for (int number = 1; number <= CUXAS_N_ELEMENT; number++)
      state->property[number][state->n_property] = value_of(found, cuxas_element_find(number));
    state->n_property++;
  }
  return state->n_property > 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s: \"properties\" is empty", WHERE);
}

static cuxas_status read_softnesses(const cJSON *description, symfun *state, cuxas_error *err)
{
  const cJSON       *list, *item;
  const cuxas_status status = cuxas_json_array(description, "softness_A", &list, WHERE, err);
  if (status != CUXAS_OK) return status;
  cJSON_ArrayForEach(item, list)
  {
    if (state->n_softness == MAX_SOFTNESS)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %d numbers in \"softness_A\"", WHERE, MAX_SOFTNESS);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0.1 && item->valuedouble <= 10.0))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"softness_A\" holds something that is not a number from 0.1 to 10",
                        WHERE);
    state->softness_A[state->n_softness++] = item->valuedouble;
  }
  return CUXAS_OK;
}

static cuxas_status read_radial(const cJSON *description, symfun *state, cuxas_error *err)
{
  cuxas_status status;
  double       first_A, last_A;
  if ((status = cuxas_json_count(description, "n_radial", 2, MAX_RADIAL, &state->n_radial, WHERE, err)) != CUXAS_OK ||
      (status = cuxas_json_number(description, "radial_first_A", 0.1, 20.0, &first_A, WHERE, err)) != CUXAS_OK ||
      (status = cuxas_json_number(description, "radial_last_A", 0.1, 20.0, &last_A, WHERE, err)) != CUXAS_OK)
    return status;
  if (!(first_A < last_A && last_A < state->cutoff_A))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"radial_first_A\" < \"radial_last_A\" < \"cutoff_A\" does not hold",
                      WHERE);
  const double step = log(last_A / first_A) / (double)(state->n_radial - 1);
  for (size_t k = 0; k < state->n_radial; k++) {
    state->center_A[k] = first_A * exp(step * (double)k);
    state->width_A[k]  = state->center_A[k] * step;
  }
  return CUXAS_OK;
}

static void free_symfun(void *state)
{
  free(state);
}

static cuxas_status new_symfun(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                               cuxas_error *err)
{
  (void)tensors;
  cuxas_status status;
  symfun      *state = cuxas_new(err, 1, sizeof *state);
  if (state == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, WHERE);
  if ((status = cuxas_json_number(description, "cutoff_A", 1.0, 20.0, &state->cutoff_A, WHERE, err)) != CUXAS_OK ||
      (status = read_properties(description, state, err)) != CUXAS_OK ||
      (status = read_radial(description, state, err)) != CUXAS_OK ||
      (status = cuxas_json_number(description, "shell_cutoff_A", 1.0, 20.0, &state->shell_cutoff_A, WHERE, err)) !=
          CUXAS_OK ||
      (status = read_softnesses(description, state, err)) != CUXAS_OK ||
      (status = cuxas_json_count(description, "l_max", 0, MAX_L, &state->l_max, WHERE, err)) != CUXAS_OK) {
    free(state);
    return status;
  }
  *ret_state = state;
  return CUXAS_OK;
}

static size_t length_of(const void *state)
{
  const symfun *f = state;
  return f->n_property * f->n_radial + f->n_softness * (2 * N_STRENGTH + 3 * f->n_property + f->l_max);
}

/* ---- surroundings: the sites wanted, all that are in their shells, and the shells of all of these ---- */

static double fade(double distance_A, double cutoff_A)
{
  return 0.5 * (1.0 + cos(acos(-1.0) * fmin(distance_A / cutoff_A, 1.0))); /* a bond at the cutoff is in the list */
}

typedef struct {
  size_t          *slot;   /* (crystal->n_site), index of a site in members; SIZE_MAX: not a member */
  size_t          *member; /* (n_member), site indices, those wanted first */
  size_t           n_member;
  cuxas_neighbors *shells;   /* bonds of the members, in their order */
  double          *fade;     /* (n_bond) of each bond in shells */
  double          *strength; /* (n_bond), for one softness at a time, as are the following */
  double          *number;   /* (n_member, N_STRENGTH), strength numbers */
  double          *mean;     /* (n_member, n_property), means over neighbours */
} surroundings;

static void free_surroundings(surroundings *around)
{
  free(around->slot);
  free(around->member);
  cuxas_neighbors_free(around->shells);
  free(around->fade);
  free(around->strength);
  free(around->number);
  free(around->mean);
}

static void add_member(surroundings *around, size_t site)
{
  if (around->slot[site] != SIZE_MAX) return;
  around->slot[site]                 = around->n_member;
  around->member[around->n_member++] = site;
}

/* near: bonds of the sites wanted, at least up to the shell cutoff */
static cuxas_status find_surroundings(const symfun *f, const cuxas_crystal *crystal, const cuxas_neighbors *near,
                                      const size_t *sites, surroundings *around, cuxas_error *err)
{
  around->slot   = cuxas_new(err, crystal->n_site, sizeof *around->slot);
  around->member = cuxas_new(err, crystal->n_site, sizeof *around->member);
  if (around->slot == NULL || around->member == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, WHERE);
  for (size_t i = 0; i < crystal->n_site; i++) around->slot[i] = SIZE_MAX;
  for (size_t i = 0; i < near->n_center; i++) add_member(around, sites[i]);
  for (size_t i = 0; i < near->first[near->n_center]; i++) /* a little further, so that rounding leaves nobody out */
    if (near->bond[i].distance_A < f->shell_cutoff_A + 1e-6) add_member(around, near->bond[i].target);
  const cuxas_status status =
      cuxas_neighbors_find(crystal, around->member, around->n_member, f->shell_cutoff_A, &around->shells, err);
  if (status != CUXAS_OK) return status;

  const size_t n_bond = around->shells->first[around->n_member];
  around->fade        = cuxas_new(err, n_bond, sizeof *around->fade);
  around->strength    = cuxas_new(err, n_bond, sizeof *around->strength);
  around->number      = cuxas_new(err, around->n_member, N_STRENGTH * sizeof *around->number);
  around->mean        = cuxas_new(err, around->n_member, f->n_property * sizeof *around->mean);
  if (around->fade == NULL || around->strength == NULL || around->number == NULL || around->mean == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, WHERE);
  for (size_t i = 0; i < n_bond; i++) around->fade[i] = fade(around->shells->bond[i].distance_A, f->shell_cutoff_A);
  return CUXAS_OK;
}

/* Strengths of all bonds, strength numbers and means of all members, for one softness. */
static void measure_strengths(const symfun *f, const cuxas_crystal *crystal, double softness_A, surroundings *around)
{
  const cuxas_neighbors *bonds = around->shells;
  for (size_t i_member = 0; i_member < around->n_member; i_member++) {
    const cuxas_element *center = cuxas_element_find(crystal->atomic_number[around->member[i_member]]);
    double              *mean   = around->mean + i_member * f->n_property;
    double               sum = 0.0, sum_squares = 0.0, polarity = 0.0, ionicity = 0.0;
    memset(mean, 0, f->n_property * sizeof *mean);
    for (size_t i = bonds->first[i_member]; i < bonds->first[i_member + 1]; i++) {
      const cuxas_bond    *bond     = &bonds->bond[i];
      const int            number   = crystal->atomic_number[bond->target];
      const cuxas_element *end      = cuxas_element_find(number);
      const double         radii_A  = center->covalent_radius_A + end->covalent_radius_A;
      const double         strength = around->fade[i] * exp((radii_A - bond->distance_A) / softness_A);
      const double         gap      = end->electronegativity - center->electronegativity;
      around->strength[i]           = strength;
      sum += strength;
      sum_squares += strength * strength;
      polarity += strength * gap;
      ionicity += strength * copysign(1.0 - exp(-0.25 * gap * gap), gap);
      for (size_t p = 0; p < f->n_property; p++) mean[p] += strength * f->property[number][p];
    }
    for (size_t p = 0; p < f->n_property; p++) mean[p] /= sum + MEAN_FLOOR;
    double *number = around->number + i_member * N_STRENGTH;
    number[0]      = sum;
    number[1]      = sum * sum / (sum_squares + BONDS_FLOOR);
    number[2]      = polarity;
    number[3]      = ionicity;
  }
}

/* ---- the parts of the vector ---- */

static void put_radial(const symfun *f, const cuxas_crystal *crystal, const cuxas_neighbors *near, size_t i_site,
                       float *ret_feature)
{
  double sum[MAX_PROPERTY][MAX_RADIAL];
  for (size_t p = 0; p < f->n_property; p++) memset(sum[p], 0, f->n_radial * sizeof sum[p][0]);
  for (size_t i = near->first[i_site]; i < near->first[i_site + 1]; i++) {
    const cuxas_bond *bond   = &near->bond[i];
    const double     *weight = f->property[crystal->atomic_number[bond->target]];
    const double      faded  = fade(bond->distance_A, f->cutoff_A);
    for (size_t k = 0; k < f->n_radial; k++) {
      const double x = (bond->distance_A - f->center_A[k]) / f->width_A[k];
      const double g = faded * exp(-0.5 * x * x);
      for (size_t p = 0; p < f->n_property; p++) sum[p][k] += weight[p] * g;
    }
  }
  for (size_t p = 0; p < f->n_property; p++)
    for (size_t k = 0; k < f->n_radial; k++) *ret_feature++ = (float)sum[p][k];
}

/* put_shells() - returns where put_angular() goes on */
static float *put_shells(const symfun *f, const surroundings *around, size_t i_member, float *ret_feature)
{
  const cuxas_neighbors *bonds                = around->shells;
  const double          *number               = around->number + i_member * N_STRENGTH;
  const double          *mean                 = around->mean + i_member * f->n_property;
  const double           total                = number[0] + MEAN_FLOOR;
  double                 second[MAX_PROPERTY] = {0.0}, second_number[N_STRENGTH] = {0.0};
  for (size_t i = bonds->first[i_member]; i < bonds->first[i_member + 1]; i++) {
    const size_t end   = around->slot[bonds->bond[i].target];
    const double share = around->strength[i] / total;
    for (size_t p = 0; p < f->n_property; p++) second[p] += share * around->mean[end * f->n_property + p];
    for (size_t k = 0; k < N_STRENGTH; k++) second_number[k] += share * around->number[end * N_STRENGTH + k];
  }
  for (size_t k = 0; k < N_STRENGTH; k++) *ret_feature++ = (float)number[k];
  for (size_t p = 0; p < f->n_property; p++) *ret_feature++ = (float)(mean[p] * total);
  for (size_t p = 0; p < f->n_property; p++) *ret_feature++ = (float)mean[p];
  for (size_t p = 0; p < f->n_property; p++) *ret_feature++ = (float)second[p];
  for (size_t k = 0; k < N_STRENGTH; k++) *ret_feature++ = (float)second_number[k];
  return ret_feature;
}

/* The double sum over bonds by the addition theorem, linear in the bonds: with Schmidt's half-normalised functions,
 * P_l(cos angle) = sum over m of S_lm(z) S_lm(z') cos(m (phi - phi')). As a sum of squares it is exactly 0 or above. */
static void put_angular(const symfun *f, const surroundings *around, size_t i_member, float *ret_feature)
{
  enum { N_MOMENT = (MAX_L + 1) * (MAX_L + 2) / 2, N_WORK = N_MOMENT + 2 * MAX_L + 3 };
  double                 even[N_MOMENT] = {0.0}, odd[N_MOMENT] = {0.0}, schmidt[N_WORK];
  const cuxas_neighbors *bonds = around->shells;
  for (size_t i = bonds->first[i_member]; i < bonds->first[i_member + 1]; i++) {
    const cuxas_bond *bond = &bonds->bond[i];
    const double     *v = bond->vector_A, in_plane_A = hypot(v[0], v[1]);
    const double      c = in_plane_A > 0.0 ? v[0] / in_plane_A : 1.0, s = in_plane_A > 0.0 ? v[1] / in_plane_A : 0.0;
    const double      z     = fmax(-1.0, fmin(1.0, v[2] / bond->distance_A));
    double            cos_m = 1.0, sin_m = 0.0;
    gsl_sf_legendre_array(GSL_SF_LEGENDRE_SCHMIDT, f->l_max, z, schmidt);
    for (size_t m = 0; m <= f->l_max; m++) {
      for (size_t l = m; l <= f->l_max; l++) {
        const double moment = around->strength[i] * schmidt[gsl_sf_legendre_array_index(l, m)];
        even[gsl_sf_legendre_array_index(l, m)] += moment * cos_m;
        odd[gsl_sf_legendre_array_index(l, m)] += moment * sin_m;
      }
      const double next = cos_m * c - sin_m * s;
      sin_m             = sin_m * c + cos_m * s;
      cos_m             = next;
    }
  }
  for (size_t l = 1; l <= f->l_max; l++) {
    double power = 0.0;
    for (size_t m = 0; m <= l; m++) {
      const size_t i = gsl_sf_legendre_array_index(l, m);
      power += even[i] * even[i] + odd[i] * odd[i];
    }
    *ret_feature++ = (float)sqrt(power);
  }
}

static cuxas_status run(const void *state, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                        float *ret_features, cuxas_error *err)
{
  const symfun    *f      = state;
  const size_t     length = length_of(f), n_radial = f->n_property * f->n_radial;
  cuxas_neighbors *near   = NULL;
  surroundings     around = {.slot = NULL};
  cuxas_status     status;
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++)
    if (cuxas_element_find(crystal->atomic_number[i_site]) == NULL)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: site %zu: no element has the atomic number %d", WHERE, i_site,
                        crystal->atomic_number[i_site]);

  const double reach_A = fmax(f->cutoff_A, f->shell_cutoff_A);
  if ((status = cuxas_neighbors_find(crystal, sites, n_site, reach_A, &near, err)) != CUXAS_OK) goto done;
  if ((status = find_surroundings(f, crystal, near, sites, &around, err)) != CUXAS_OK) goto done;
  for (size_t i_site = 0; i_site < n_site; i_site++)
    put_radial(f, crystal, near, i_site, ret_features + i_site * length);
  for (size_t i_softness = 0; i_softness < f->n_softness; i_softness++) {
    const size_t offset = n_radial + i_softness * ((length - n_radial) / f->n_softness);
    measure_strengths(f, crystal, f->softness_A[i_softness], &around);
    for (size_t i_site = 0; i_site < n_site; i_site++) {
      const size_t i_member = around.slot[sites[i_site]];
      float       *rest     = put_shells(f, &around, i_member, ret_features + i_site * length + offset);
      put_angular(f, &around, i_member, rest);
    }
  }
done:
  free_surroundings(&around);
  cuxas_neighbors_free(near);
  return status;
}

const cuxas_featurizer_ops cuxas_featurizer_symfun_ops = {
    .name = "symfun", .new = new_symfun, .free = free_symfun, .length = length_of, .run = run};
