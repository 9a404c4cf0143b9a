/* oxidation.c - formal oxidation states, coordination and bond valences of the sites of a crystal
 *
 * Contents
 *   1. Who counts
 *   2. Kinds of surroundings
 *   3. Bond valences
 *   4. Usual states
 *   5. What every site is bonded to
 *   6. Charge balance
 *   7. Copper */
#include "crystal/oxidation.h"

#include "base/memory.h"
#include "crystal/neighbor.h"
#include "base/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. Who counts ---- */

bool cuxas_element_is_nonmetal(int atomic_number)
{
  static const int NONMETAL[] = {1, 6, 7, 8, 9, 15, 16, 17, 33, 34, 35, 52, 53};
  for (size_t i = 0; i < sizeof NONMETAL / sizeof *NONMETAL; i++)
    if (NONMETAL[i] == atomic_number) return true;
  return false;
}

static int compare_ligands(const void *a, const void *b)
{
  const cuxas_ligand *first = a, *second = b;
  const double        difference = first->distance_A - second->distance_A;
  if (fabs(difference) > 1e-6) return difference < 0.0 ? -1 : 1;
  return (first->atomic_number > second->atomic_number) - (first->atomic_number < second->atomic_number);
}

/* pick_ligands() - of all neighbours with their weights those that count
 *
 * Returns  how many there are, also when there is no room for all of them. */
static size_t pick_ligands(const cuxas_ligand *neighbour, size_t n_neighbour, cuxas_coordination *coordination)
{
  const double enough       = CUXAS_COORDINATION_WEIGHT - 1e-9;
  bool         has_nonmetal = false, has_other_than_h = false;
  size_t       n = 0;
  for (size_t i = 0; i < n_neighbour; i++) {
    if (neighbour[i].weight < enough || !cuxas_element_is_nonmetal(neighbour[i].atomic_number)) continue;
    has_nonmetal     = true;
    has_other_than_h = has_other_than_h || neighbour[i].atomic_number != 1;
  }
  for (size_t i = 0; i < n_neighbour; i++) {
    const int z = neighbour[i].atomic_number;
    if (neighbour[i].weight < enough || (has_nonmetal && !cuxas_element_is_nonmetal(z)) || (has_other_than_h && z == 1))
      continue;
    if (n < CUXAS_MAX_LIGAND) coordination->ligand[n] = neighbour[i];
    n++;
  }
  coordination->n_ligand    = n < CUXAS_MAX_LIGAND ? n : CUXAS_MAX_LIGAND;
  coordination->is_metallic = !has_nonmetal;
  qsort(coordination->ligand, coordination->n_ligand, sizeof *coordination->ligand, compare_ligands);
  return n;
}

/* find_coordination() - of the i-th centre of the list, which is this site */
static cuxas_status find_coordination(const cuxas_crystal *crystal, const cuxas_neighbors *neighbors, size_t i_center,
                                      size_t site, cuxas_coordination *ret_coordination, cuxas_error *err)
{
  const size_t      n_bond    = neighbors->first[i_center + 1] - neighbors->first[i_center];
  const cuxas_bond *bond      = n_bond > 0 ? &neighbors->bond[neighbors->first[i_center]] : NULL;
  cuxas_ligand     *neighbour = cuxas_new(err, n_bond, sizeof *neighbour);
  double           *weight    = cuxas_new(err, n_bond, sizeof *weight);
  cuxas_status      status    = neighbour != NULL && weight != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  *ret_coordination           = (cuxas_coordination){.is_metallic = true};
  if (status == CUXAS_OK) status = cuxas_neighbors_weigh(bond, n_bond, CUXAS_COORDINATION_WEIGHT, weight, err);
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++)
    neighbour[i] = (cuxas_ligand){crystal->atomic_number[bond[i].target], bond[i].distance_A, weight[i]};
  if (status == CUXAS_OK && pick_ligands(neighbour, n_bond, ret_coordination) > CUXAS_MAX_LIGAND)
    status = cuxas_fail(err, CUXAS_ERANGE, "site %zu has more than %d equal neighbours", site, CUXAS_MAX_LIGAND);
  free(weight);
  free(neighbour);
  return status;
}

cuxas_status cuxas_coordination_find(const cuxas_crystal *crystal, size_t site, cuxas_coordination *ret_coordination,
                                     cuxas_error *err)
{
  cuxas_neighbors *neighbors = NULL;

  *ret_coordination = (cuxas_coordination){.is_metallic = true};
  if (site >= crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "no site %zu in a crystal of %zu", site, crystal->n_site);
  cuxas_status status = cuxas_neighbors_find(crystal, &site, 1, CUXAS_COORDINATION_CUTOFF_A, &neighbors, err);
  if (status != CUXAS_OK) return status;
  status = find_coordination(crystal, neighbors, 0, site, ret_coordination, err);
  cuxas_neighbors_free(neighbors);
  return status;
}

/* ---- 2. Kinds of surroundings ---- */

static cuxas_ligand_class class_of(int atomic_number)
{
  switch (atomic_number) {
  case 8: return CUXAS_LIGANDS_OXIDE;
  case 16:
  case 34:
  case 52: return CUXAS_LIGANDS_CHALCOGENIDE;
  case 9:
  case 17:
  case 35:
  case 53: return CUXAS_LIGANDS_HALIDE;
  case 7:
  case 15:
  case 33: return CUXAS_LIGANDS_PNICTIDE;
  case 1:
  case 6: return CUXAS_LIGANDS_OTHER;
  default: return CUXAS_LIGANDS_METAL;
  }
}

cuxas_ligand_class cuxas_coordination_class(const cuxas_coordination *coordination)
{
  if (coordination->n_ligand == 0) return CUXAS_LIGANDS_NONE;
  const cuxas_ligand_class first = class_of(coordination->ligand[0].atomic_number);
  for (size_t i = 1; i < coordination->n_ligand; i++)
    if (class_of(coordination->ligand[i].atomic_number) != first) return CUXAS_LIGANDS_MIXED;
  return first;
}

const char *cuxas_ligand_class_name(cuxas_ligand_class kind)
{
  static const char *const NAME[CUXAS_N_LIGANDS] = {"none",   "metal",    "oxide", "chalcogenide",
                                                    "halide", "pnictide", "other", "mixed"};
  return NAME[kind];
}

/* ---- 3. Bond valences ---- */

#define SOFTNESS_A 0.37

double cuxas_bond_valence_copper(int state, int ligand, double distance_A)
{
  /* R0, angstrom, by state 1, 2, 3; 0: none. One of several entries is the first, or the one for all kinds of compounds. */
  static const struct {
    int    ligand;
    double r0_A[3];
  } COPPER[] = {
      {1, {1.21, 1.21, 0.0}},      /* H: Brese, O'Keeffe, state not given */
      {6, {1.446, 1.72, 1.84}},    /* C: Shields et al. */
      {7, {1.520, 1.751, 1.768}},  /* N */
      {8, {1.610, 1.679, 1.739}},  /* O */
      {9, {1.600, 1.594, 1.580}},  /* F */
      {15, {1.774, 1.97, 0.0}},    /* P */
      {16, {1.898, 2.054, 0.0}},   /* S */
      {17, {1.858, 2.000, 2.078}}, /* Cl */
      {33, {1.856, 2.08, 0.0}},    /* As */
      {34, {1.900, 2.124, 0.0}},   /* Se */
      {35, {2.030, 2.134, 0.0}},   /* Br */
      {52, {2.27, 2.27, 0.0}},     /* Te: Brese, O'Keeffe, state not given */
      {53, {2.108, 2.360, 0.0}},   /* I */
  };
  for (size_t i = 0; i < sizeof COPPER / sizeof *COPPER && state >= 1 && state <= 3; i++)
    if (COPPER[i].ligand == ligand && COPPER[i].r0_A[state - 1] > 0.0)
      return exp((COPPER[i].r0_A[state - 1] - distance_A) / SOFTNESS_A);
  return NAN;
}

/* A size in angstrom and an electronegativity, which together give R0 of any pair. */
typedef struct {
  int    atomic_number;
  double r_A, c;
} bond_size;

static const bond_size SIZES[] = {
    {1, 0.38, 0.89},  {3, 1.00, 0.97},  {4, 0.81, 1.47},  {5, 0.79, 1.60},  {6, 0.78, 2.00},  {7, 0.72, 2.61},
    {8, 0.63, 3.15},  {9, 0.58, 3.98},  {11, 1.36, 1.01}, {12, 1.21, 1.23}, {13, 1.13, 1.47}, {14, 1.12, 1.58},
    {15, 1.09, 1.96}, {16, 1.03, 2.35}, {17, 0.99, 2.74}, {19, 1.73, 0.91}, {20, 1.50, 1.04}, {21, 1.34, 1.20},
    {22, 1.27, 1.32}, {23, 1.21, 1.45}, {24, 1.16, 1.56}, {25, 1.17, 1.60}, {26, 1.16, 1.64}, {27, 1.09, 1.70},
    {28, 1.04, 1.75}, {30, 1.07, 1.66}, {31, 1.14, 1.82}, {32, 1.21, 1.51}, {33, 1.21, 2.23}, {34, 1.18, 2.51},
    {35, 1.13, 2.58}, {37, 1.84, 0.89}, {38, 1.66, 0.99}, {39, 1.52, 1.11}, {40, 1.43, 1.22}, {41, 1.40, 1.23},
    {42, 1.37, 1.30}, {44, 1.21, 1.42}, {45, 1.18, 1.54}, {46, 1.11, 1.35}, {47, 1.12, 1.42}, {48, 1.28, 1.46},
    {49, 1.34, 1.49}, {50, 1.37, 1.72}, {51, 1.41, 1.72}, {52, 1.40, 2.72}, {53, 1.33, 2.38}, {55, 2.05, 0.86},
    {56, 1.88, 0.97}, {57, 1.71, 1.08}, {58, 1.68, 1.08}, {59, 1.66, 1.07}, {60, 1.64, 1.07}, {62, 1.61, 1.07},
    {63, 1.62, 1.01}, {64, 1.58, 1.11}, {65, 1.56, 1.10}, {66, 1.54, 1.10}, {67, 1.53, 1.10}, {68, 1.51, 1.11},
    {69, 1.50, 1.11}, {70, 1.49, 1.06}, {71, 1.47, 1.14}, {72, 1.42, 1.23}, {73, 1.39, 1.33}, {74, 1.38, 1.40},
    {75, 1.37, 1.46}, {77, 1.37, 1.55}, {80, 1.32, 1.44}, {81, 1.62, 1.44}, {82, 1.53, 1.55}, {83, 1.54, 1.67},
    {90, 1.70, 1.11}, {92, 1.59, 1.22},
};

/* N-O of N(V), which sizes make 0.085 A shorter (nitrate would be that of N(III)): N. E. Brese, M. O'Keeffe, Acta Cryst. B 47,
 * 192 (1991). */
#define NITRATE_R0_A 1.432

static const bond_size *find_size(int atomic_number)
{
  for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
    if (SIZES[i].atomic_number == atomic_number) return &SIZES[i];
  return NULL;
}

double cuxas_bond_valence(int atomic_number, int ligand, double distance_A)
{
  const bond_size *i = find_size(atomic_number), *j = find_size(ligand);
  if (i == NULL || j == NULL) return NAN;
  const double difference = sqrt(i->c) - sqrt(j->c);
  double       r0_A = i->r_A + j->r_A - i->r_A * j->r_A * difference * difference / (i->c * i->r_A + j->c * j->r_A);
  if ((atomic_number == 7 && ligand == 8) || (atomic_number == 8 && ligand == 7)) r0_A = NITRATE_R0_A;
  return exp((r0_A - distance_A) / SOFTNESS_A);
}

enum { COPPER = 29, HYDROGEN = 1 };
#define BOND_CUTOFF_A 4.5   /* bonds of cations that are summed: beyond, even those of caesium count for little */
#define COVALENT_FACTOR 1.2 /* two nonmetals are bonded within so many times the sum of their covalent radii */
#define WHOLE 0.05          /* a mean state so near to a whole number is one */
#define RESOLVED 0.15       /* bond valences that give the mean state to this tell the sites apart */
#define FITS 0.6            /* a bond-valence sum so near to a state is evidence for it, ... */
#define FITS_WELL 0.3 /* ... and so near it outweighs a balance that mixed valence of another element may explain */
#define SOFT 0.35     /* next to S, Se, Te, P, As the lower state is taken unless the higher fits by so much better */

/* ---- 4. Usual states ---- */

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

/* ---- 5. What every site is bonded to ---- */

static double electronegativity(int z)
{
  return cuxas_element_find(z)->electronegativity;
}

static bool is_covalent(int z, int other, double distance_A)
{
  const double sum_A = cuxas_element_find(z)->covalent_radius_A + cuxas_element_find(other)->covalent_radius_A;
  return cuxas_element_is_nonmetal(z) && cuxas_element_is_nonmetal(other) && distance_A < COVALENT_FACTOR * sum_A;
}

/* Sites of one kind and their bonds. */
typedef struct {
  size_t           n_site;
  size_t          *site; /* (n_site) centres of the bonds */
  cuxas_neighbors *bonds;
} bonded_sites;

static void free_bonded(bonded_sites *sites)
{
  cuxas_neighbors_free(sites->bonds);
  free(sites->site);
}

typedef enum { NONMETALS, CATIONS, COPPERS } site_kind;

static site_kind kind_of(int z)
{
  return z == COPPER ? COPPERS : cuxas_element_is_nonmetal(z) ? NONMETALS : CATIONS;
}

static cuxas_status find_bonded(const cuxas_crystal *crystal, site_kind kind, double cutoff_A, bonded_sites *ret_sites,
                                cuxas_error *err)
{
  *ret_sites = (bonded_sites){.site = cuxas_new(err, crystal->n_site, sizeof *ret_sites->site)};
  if (ret_sites->site == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < crystal->n_site; i++)
    if (kind_of(crystal->atomic_number[i]) == kind) ret_sites->site[ret_sites->n_site++] = i;
  return cuxas_neighbors_find(crystal, ret_sites->site, ret_sites->n_site, cutoff_A, &ret_sites->bonds, err);
}

/* Longer than any covalent bond between nonmetals of this crystal. */
static double covalent_reach_A(const cuxas_crystal *crystal)
{
  double largest_A = 0.1;
  for (size_t i = 0; i < crystal->n_site; i++)
    if (kind_of(crystal->atomic_number[i]) == NONMETALS)
      largest_A = fmax(largest_A, cuxas_element_find(crystal->atomic_number[i])->covalent_radius_A);
  return 2.0 * COVALENT_FACTOR * largest_A;
}

/* charge_of_nonmetal() - of the i-th: positive when it is bonded to more electronegative nonmetals, otherwise 8 - N */
static double charge_of_nonmetal(const cuxas_crystal *crystal, const bonded_sites *nonmetals, size_t i_center)
{
  const cuxas_neighbors *neighbors = nonmetals->bonds;
  const size_t           site      = nonmetals->site[i_center];
  const int              z         = crystal->atomic_number[site];
  double                 valence   = 0.0;
  int                    n_own = 0, n_other = 0;
  for (size_t i = neighbors->first[i_center]; i < neighbors->first[i_center + 1]; i++) {
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

/* valence_of_cation() - of the i-th: sum over bonds to nonmetals */
static double valence_of_cation(const cuxas_crystal *crystal, const bonded_sites *cations, size_t i_center)
{
  const cuxas_neighbors *neighbors = cations->bonds;
  const size_t           site      = cations->site[i_center];
  double                 sum       = 0.0;
  for (size_t i = neighbors->first[i_center]; i < neighbors->first[i_center + 1]; i++) {
    const int other = crystal->atomic_number[neighbors->bond[i].target];
    if (cuxas_element_is_nonmetal(other))
      sum += cuxas_bond_valence(crystal->atomic_number[site], other, neighbors->bond[i].distance_A);
  }
  return sum;
}

/* ---- 6. Charge balance ---- */

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
static bool collect_charges(const cuxas_crystal *crystal, const bonded_sites *nonmetals, const bonded_sites *cations,
                            balance *b)
{
  for (size_t i = 0; i < nonmetals->n_site; i++) b->nonmetals += charge_of_nonmetal(crystal, nonmetals, i);
  for (size_t i = 0; i < cations->n_site; i++) {
    cation      *c       = find_cation(b, crystal->atomic_number[cations->site[i]]);
    const double valence = valence_of_cation(crystal, cations, i);
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

/* ---- 7. Copper ---- */

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

/* Ligands that take electrons and keep them: their p levels are well below copper's 3d. */
static bool is_hard(int atomic_number)
{
  return atomic_number == 7 || atomic_number == 8 || atomic_number == 9 || atomic_number == 17 || atomic_number == 35;
}

static bool is_among_hard(const cuxas_coordination *coordination)
{
  bool is = coordination->n_ligand > 0;
  for (size_t i = 0; i < coordination->n_ligand; i++) is = is && is_hard(coordination->ligand[i].atomic_number);
  return is;
}

/* Sites of which more than the state is asked. */
typedef struct {
  const size_t       *site;
  size_t              n_site;
  cuxas_coordination *opt_coordination; /* (n_site) is filled */
} asked_sites;

static cuxas_status look_at_copper(const cuxas_crystal *crystal, const asked_sites *asked, copper_site *copper,
                                   balance *b, cuxas_error *err)
{
  double       sum     = 0.0;
  size_t       n_known = 0;
  bonded_sites all;
  cuxas_status status = find_bonded(crystal, COPPERS, CUXAS_COORDINATION_CUTOFF_A, &all, err);
  for (size_t i = 0; i < all.n_site && status == CUXAS_OK; i++) {
    copper_site       *one = &copper[all.site[i]];
    cuxas_coordination coordination;
    if ((status = find_coordination(crystal, all.bonds, i, all.site[i], &coordination, err)) != CUXAS_OK) break;
    for (size_t k = 0; k < asked->n_site && asked->opt_coordination != NULL; k++)
      if (asked->site[k] == all.site[i]) asked->opt_coordination[k] = coordination;
    one->is_metallic = coordination.is_metallic;
    one->valence     = NAN;
    if (coordination.is_metallic) continue;
    one->valence = sum_valence(&coordination, &one->state);
    b->n_copper++;
    if (one->state == 0) continue;
    sum += one->valence;
    n_known++;
  }
  b->copper = n_known > 0 ? sum / (double)n_known : NAN;
  free_bonded(&all);
  return status;
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

cuxas_status cuxas_oxidation_find_around(const cuxas_crystal *crystal, const size_t *site, size_t n_site,
                                         cuxas_oxidation *ret_oxidation, cuxas_coordination *opt_coordination,
                                         cuxas_error *err)
{
  cuxas_status      status    = CUXAS_OK;
  const asked_sites asked     = {site, n_site, opt_coordination};
  bonded_sites      nonmetals = {0}, cations = {0};
  balance           b      = {0};
  copper_site      *copper = cuxas_new(err, crystal->n_site, sizeof *copper);

  if (copper == NULL) status = CUXAS_ENOMEM;
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++)
    if (site[i] >= crystal->n_site || crystal->atomic_number[site[i]] != COPPER)
      status = cuxas_fail(err, CUXAS_ERANGE, "site %zu is not copper", site[i]);
  if (status == CUXAS_OK) status = find_bonded(crystal, NONMETALS, covalent_reach_A(crystal), &nonmetals, err);
  if (status == CUXAS_OK) status = find_bonded(crystal, CATIONS, BOND_CUTOFF_A, &cations, err);
  if (status == CUXAS_OK) status = look_at_copper(crystal, &asked, copper, &b, err);
  if (status == CUXAS_OK) {
    const double mean     = collect_charges(crystal, &nonmetals, &cations, &b) ? solve_balance(&b) : NAN;
    const bool   resolved = isfinite(mean) && is_resolved(crystal, copper, &b, mean);
    for (size_t i = 0; i < n_site; i++) ret_oxidation[i] = judge(&copper[site[i]], mean, resolved, b.has_choice);
  }
  free_bonded(&nonmetals);
  free_bonded(&cations);
  free(copper);
  return status;
}

cuxas_status cuxas_oxidation_find(const cuxas_crystal *crystal, const size_t *site, size_t n_site,
                                  cuxas_oxidation *ret_oxidation, cuxas_error *err)
{
  return cuxas_oxidation_find_around(crystal, site, n_site, ret_oxidation, NULL, err);
}

static cuxas_shell judge_shell(const cuxas_oxidation *oxidation, bool is_among_hard)
{
  const double state = oxidation->state; /* NaN: nothing below holds */
  if (oxidation->source == CUXAS_OXIDATION_METALLIC) return CUXAS_SHELL_METAL;
  if (state < 1.5) return CUXAS_SHELL_CLOSED;
  return state >= 1.5 && state < 2.5 && is_among_hard ? CUXAS_SHELL_HOLE : CUXAS_SHELL_UNKNOWN;
}

cuxas_status cuxas_shell_find(const cuxas_crystal *crystal, const size_t *site, size_t n_site, cuxas_shell *ret_shell,
                              cuxas_error *err)
{
  size_t             *copper    = cuxas_new(err, n_site, sizeof *copper);
  cuxas_oxidation    *oxidation = cuxas_new(err, n_site, sizeof *oxidation);
  cuxas_coordination *around    = cuxas_new(err, n_site, sizeof *around);
  size_t              n_copper  = 0;
  cuxas_status        status = copper != NULL && oxidation != NULL && around != NULL ? CUXAS_OK : cuxas_no_memory(err);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++) {
    ret_shell[i] = CUXAS_SHELL_UNKNOWN;
    if (site[i] >= crystal->n_site)
      status = cuxas_fail(err, CUXAS_ERANGE, "no site %zu", site[i]);
    else if (crystal->atomic_number[site[i]] == COPPER)
      copper[n_copper++] = site[i];
  }
  if (status == CUXAS_OK && n_copper > 0)
    status = cuxas_oxidation_find_around(crystal, copper, n_copper, oxidation, around, err);
  for (size_t i = 0, k = 0; i < n_site && k < n_copper && status == CUXAS_OK; i++)
    if (site[i] == copper[k]) {
      ret_shell[i] = judge_shell(&oxidation[k], is_among_hard(&around[k]));
      k++;
    }
  free(copper);
  free(around);
  free(oxidation);
  return status;
}

const char *cuxas_shell_name(cuxas_shell shell)
{
  static const char *const NAME[] = {
      [CUXAS_SHELL_METAL] = "metal", [CUXAS_SHELL_CLOSED] = "closed", [CUXAS_SHELL_HOLE] = "hole"};
  return NAME[shell];
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
