/* Contents: 1. usual states  2. what every site is bonded to  3. charge balance  4. copper */
#include "crystal/oxidation.h"

#include "crystal/coordination.h"
#include "cuxas/elements.h"
#include "base/memory.h"
#include "crystal/neighbor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COPPER = 29, HYDROGEN = 1 };
#define BOND_CUTOFF_A 4.5   /* bonds of cations that are summed: beyond, even those of caesium count for little */
#define COVALENT_FACTOR 1.2 /* two nonmetals are bonded within so many times the sum of their covalent radii */
#define WHOLE 0.05          /* a mean state so near to a whole number is one */
#define RESOLVED 0.15       /* bond valences that give the mean state to this tell the sites apart */
#define FITS 0.6            /* a bond-valence sum so near to a state is evidence for it, ... */
#define FITS_WELL 0.3 /* ... and so near it outweighs a balance that mixed valence of another element may explain */
#define SOFT 0.35     /* next to S, Se, Te, P, As the lower state is taken unless the higher fits by so much better */

/* 1. usual states */

/* Positive oxidation states that are usual in solids (N. N. Greenwood, A. Earnshaw, Chemistry of the Elements, 2nd ed.,
 * Butterworth-Heinemann 1997), the most common one first. Elements that are not here have the state of their group, 1 to
 * 3, or no rule. */
static const char *usual_states(int atomic_number)
{
  static const struct {
    int         atomic_number;
    const char *states;
  } USUAL[] = {
      {1, "1"},    {5, "3"},    {6, "42"},   {7, "53"},   {13, "3"},  {14, "4"},  {15, "53"}, {16, "64"}, {17, "75"},
      {22, "43"},  {23, "543"}, {24, "36"},  {25, "234"}, {26, "32"}, {27, "23"}, {28, "23"}, {30, "2"},  {31, "3"},
      {32, "4"},   {33, "53"},  {34, "64"},  {35, "5"},   {40, "4"},  {41, "5"},  {42, "64"}, {43, "74"}, {44, "435"},
      {45, "34"},  {46, "24"},  {47, "1"},   {48, "2"},   {49, "3"},  {50, "42"}, {51, "53"}, {52, "64"}, {53, "57"},
      {58, "34"},  {59, "34"},  {62, "32"},  {63, "32"},  {65, "34"}, {70, "32"}, {72, "4"},  {73, "5"},  {74, "64"},
      {75, "746"}, {76, "468"}, {77, "435"}, {78, "42"},  {79, "31"}, {80, "21"}, {81, "31"}, {82, "24"}, {83, "35"},
      {89, "3"},   {90, "4"},   {91, "5"},   {92, "465"}, {93, "45"}, {94, "43"},
  };
  for (size_t i = 0; i < sizeof USUAL / sizeof *USUAL; i++)
    if (USUAL[i].atomic_number == atomic_number) return USUAL[i].states;
  switch (cuxas_element_find(atomic_number)->group) {
  case 1: return "1";
  case 2: return "2";
  case 3: return "3";
  default: return "";
  }
}

static int nearest_state(const char *states, double valence)
{
  int best = states[0] - '0';
  for (; *states != '\0'; states++)
    if (fabs(*states - '0' - valence) < fabs(best - valence)) best = *states - '0';
  return best;
}

/* 2. what every site is bonded to */

static double electronegativity(int z)
{
  return cuxas_element_find(z)->electronegativity;
}

static bool is_covalent(int z, int other, double distance_A)
{
  const double sum_A = cuxas_element_find(z)->covalent_radius_A + cuxas_element_find(other)->covalent_radius_A;
  return cuxas_element_is_nonmetal(z) && cuxas_element_is_nonmetal(other) && distance_A < COVALENT_FACTOR * sum_A;
}

/* charge_of_nonmetal() - of one site: positive when it is bonded to more electronegative nonmetals, otherwise 8 - N */
static double charge_of_nonmetal(const cuxas_crystal *crystal, const cuxas_neighbors *neighbors, size_t site)
{
  const int z       = crystal->atomic_number[site];
  double    valence = 0.0;
  int       n_own = 0, n_other = 0;
  for (size_t i = neighbors->first[site]; i < neighbors->first[site + 1]; i++) {
    const cuxas_bond *bond  = &neighbors->bond[i];
    const int         other = crystal->atomic_number[bond->target];
    if (!is_covalent(z, other, bond->distance_A)) continue;
    if (other == z) n_own++;
    if (electronegativity(other) > electronegativity(z)) {
      n_other++;
      valence += cuxas_bond_valence(z, other, bond->distance_A);
    }
  }
  if (n_other > 0) return nearest_state(usual_states(z), valence);
  if (z == HYDROGEN) return -1.0;
  const int missing = 18 - cuxas_element_find(z)->group; /* electrons short of a noble gas */
  return n_own < missing ? n_own - missing : 0.0;
}

/* valence_of_cation() - sum over bonds to nonmetals */
static double valence_of_cation(const cuxas_crystal *crystal, const cuxas_neighbors *neighbors, size_t site)
{
  double sum = 0.0;
  for (size_t i = neighbors->first[site]; i < neighbors->first[site + 1]; i++) {
    const int other = crystal->atomic_number[neighbors->bond[i].target];
    if (cuxas_element_is_nonmetal(other))
      sum += cuxas_bond_valence(crystal->atomic_number[site], other, neighbors->bond[i].distance_A);
  }
  return sum;
}

/* 3. charge balance */

enum { MAX_CATION = 8 };

/* One element that is neither copper nor a nonmetal. */
typedef struct {
  int         atomic_number;
  size_t      n_site;
  double      valence; /* mean bond-valence sum */
  const char *states;
} cation;

typedef struct {
  double nonmetals; /* charge of all nonmetals of the cell */
  size_t n_copper;  /* sites that are not metallic */
  double copper;    /* their mean bond-valence sum; NaN: unknown */
  size_t n_cation;
  cation cation[MAX_CATION];
  bool   has_choice; /* some cation has several usual states: it may be the one of mixed valence */
} balance;

static cation *find_cation(balance *b, int atomic_number)
{
  for (size_t i = 0; i < b->n_cation; i++)
    if (b->cation[i].atomic_number == atomic_number) return &b->cation[i];
  if (b->n_cation == MAX_CATION) return NULL;
  b->cation[b->n_cation] = (cation){.atomic_number = atomic_number, .states = usual_states(atomic_number)};
  return &b->cation[b->n_cation++];
}

/* collect_charges() - false: some element has no rule here */
static bool collect_charges(const cuxas_crystal *crystal, const cuxas_neighbors *neighbors, balance *b)
{
  for (size_t i = 0; i < crystal->n_site; i++) {
    const int z = crystal->atomic_number[i];
    if (z == COPPER) continue;
    if (cuxas_element_is_nonmetal(z)) {
      b->nonmetals += charge_of_nonmetal(crystal, neighbors, i);
      continue;
    }
    cation      *c       = find_cation(b, z);
    const double valence = valence_of_cation(crystal, neighbors, i);
    if (c == NULL || c->states[0] == '\0' || !(valence > 0.3))
      return false; /* a metal among metals has no charge to speak of */
    c->valence += valence;
    c->n_site++;
  }
  for (size_t i = 0; i < b->n_cation; i++) {
    b->cation[i].valence /= (double)b->cation[i].n_site;
    b->has_choice = b->has_choice || b->cation[i].states[1] != '\0';
  }
  return b->nonmetals < 0.0 && b->n_copper > 0;
}

/* solve_balance() - mean state of copper from the assignment that balances and is nearest to the valence sums; NaN: none
 *
 * Every cation has one of its usual states, all sites the same; all assignments are tried. */
static double solve_balance(const balance *b)
{
  size_t choice[MAX_CATION] = {0};
  double best = NAN, least = HUGE_VAL;
  for (;;) {
    double charge = b->nonmetals, penalty = 0.0;
    for (size_t i = 0; i < b->n_cation; i++) {
      const cation *c     = &b->cation[i];
      const double  state = c->states[choice[i]] - '0';
      charge += (double)c->n_site * state;
      if (c->states[1] != '\0') penalty += pow(state - c->valence, 2.0);
    }
    const double copper = -charge / (double)b->n_copper;
    if (isfinite(b->copper)) penalty += pow(copper - b->copper, 2.0);
    if (copper > 1.0 - WHOLE && copper < 3.0 + WHOLE && penalty < least) {
      least = penalty;
      best  = copper;
    }
    size_t i = 0;
    while (i < b->n_cation && b->cation[i].states[++choice[i]] == '\0') choice[i++] = 0;
    if (i == b->n_cation) return best;
  }
}

/* 4. copper */

static bool is_soft(int atomic_number)
{
  return atomic_number == 15 || atomic_number == 16 || atomic_number == 33 || atomic_number == 34 ||
         atomic_number == 52;
}

/* sum_valence() - over the ligands, for the state it fits best; NaN: no parameters for some ligand */
static double sum_valence(const cuxas_coordination *coordination, int *ret_state)
{
  double best = NAN;
  *ret_state  = 0;
  for (int state = 1; state <= 3; state++) {
    double sum = 0.0, margin = 0.0;
    for (size_t i = 0; i < coordination->n_ligand; i++) {
      const cuxas_ligand *ligand = &coordination->ligand[i];
      sum += cuxas_bond_valence_copper(state, ligand->atomic_number, ligand->distance_A);
      if (is_soft(ligand->atomic_number)) margin = SOFT;
    }
    if (isnan(sum) || (*ret_state != 0 && fabs(sum - state) >= fabs(best - *ret_state) - margin)) continue;
    best       = sum;
    *ret_state = state;
  }
  return best;
}

/* What the ligands of one copper site say. */
typedef struct {
  bool   is_metallic;
  double valence;
  int    state; /* the valence is nearest to; 0: unknown */
} copper_site;

static cuxas_status look_at_copper(const cuxas_crystal *crystal, copper_site *copper, balance *b, cuxas_error *err)
{
  double sum     = 0.0;
  size_t n_known = 0;
  for (size_t i = 0; i < crystal->n_site; i++) {
    cuxas_coordination coordination;
    if (crystal->atomic_number[i] != COPPER) continue;
    const cuxas_status status = cuxas_coordination_find(crystal, i, &coordination, err);
    if (status != CUXAS_OK) return status;
    copper[i].is_metallic = coordination.is_metallic;
    copper[i].valence     = NAN;
    if (coordination.is_metallic) continue;
    copper[i].valence = sum_valence(&coordination, &copper[i].state);
    b->n_copper++;
    if (copper[i].state == 0) continue;
    sum += copper[i].valence;
    n_known++;
  }
  b->copper = n_known > 0 ? sum / (double)n_known : NAN;
  return CUXAS_OK;
}

/* is_resolved() - do the sites' nearest states add up to the mean state? */
static bool is_resolved(const cuxas_crystal *crystal, const copper_site *copper, const balance *b, double mean)
{
  double sum = 0.0;
  for (size_t i = 0; i < crystal->n_site; i++) {
    if (crystal->atomic_number[i] != COPPER || copper[i].is_metallic) continue;
    if (copper[i].state == 0) return false;
    sum += copper[i].state;
  }
  return fabs(sum / (double)b->n_copper - mean) < RESOLVED;
}

static cuxas_oxidation judge(const copper_site *copper, double mean, bool resolved, bool has_choice)
{
  cuxas_oxidation result = {NAN, CUXAS_OXIDATION_UNKNOWN, copper->valence, mean};
  const double    misfit = copper->state != 0 ? fabs(copper->valence - copper->state) : HUGE_VAL;
  if (copper->is_metallic) {
    result.state  = 0.0;
    result.source = CUXAS_OXIDATION_METALLIC;
  } else if (isfinite(mean) && fabs(mean - round(mean)) < WHOLE) {
    result.state  = round(mean);
    result.source = CUXAS_OXIDATION_COMPOSITION;
  } else if (isfinite(mean) && !resolved && !(has_choice && misfit < FITS_WELL)) {
    result.state  = mean;
    result.source = CUXAS_OXIDATION_MIXED;
  } else if (misfit < FITS) {
    result.state  = copper->state;
    result.source = CUXAS_OXIDATION_BOND_VALENCE;
  }
  return result;
}

cuxas_status cuxas_oxidation_find(const cuxas_crystal *crystal, const size_t *site, size_t n_site,
                                  cuxas_oxidation *ret_oxidation, cuxas_error *err)
{
  cuxas_status     status    = CUXAS_OK;
  cuxas_neighbors *neighbors = NULL;
  balance          b         = {0};
  copper_site     *copper    = cuxas_new_array(crystal->n_site, sizeof *copper);

  if (copper == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu sites", crystal->n_site);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++)
    if (site[i] >= crystal->n_site || crystal->atomic_number[site[i]] != COPPER)
      status = cuxas_fail(err, CUXAS_ERANGE, "site %zu is not copper", site[i]);
  if (status == CUXAS_OK) status = cuxas_neighbors_find(crystal, NULL, 0, BOND_CUTOFF_A, &neighbors, err);
  if (status == CUXAS_OK) status = look_at_copper(crystal, copper, &b, err);
  if (status == CUXAS_OK) {
    const double mean     = collect_charges(crystal, neighbors, &b) ? solve_balance(&b) : NAN;
    const bool   resolved = isfinite(mean) && is_resolved(crystal, copper, &b, mean);
    for (size_t i = 0; i < n_site; i++) ret_oxidation[i] = judge(&copper[site[i]], mean, resolved, b.has_choice);
  }
  cuxas_neighbors_free(neighbors);
  free(copper);
  return status;
}

const char *cuxas_oxidation_source_name(cuxas_oxidation_source source)
{
  switch (source) {
  case CUXAS_OXIDATION_METALLIC: return "metallic";
  case CUXAS_OXIDATION_COMPOSITION: return "composition";
  case CUXAS_OXIDATION_BOND_VALENCE: return "bond valence";
  case CUXAS_OXIDATION_MIXED: return "mixed valence";
  default: return "unknown";
  }
}
