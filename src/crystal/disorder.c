/* From a crystal whose sites are partly occupied to ordered ones that have, as nearly as may be, the same composition on
 * every kind of site: all configurations that the cell allows where these are few and rounding to whole atoms misses little;
 * else some of a small supercell, drawn by a seed. What is predicted is the mean over them.
 *
 * Contents
 *   1. Groups and assemblies that a file names
 *   2. The supercell
 *   3. Places: sites that exclude one another
 *   4. Dealing the atoms to the places */
#include "base/memory.h"
#include "base/random.h"
#include "crystal/crystal_priv.h"
#include "crystal/spacegroup_priv.h"
#include "base/elements.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXCLUSION                                                                                                      \
  0.75 /* of the sum of covalent radii: nearer sites are one atom's; the shortest bonds (CO) are at 0.79 */
#define WELL_ROUNDED 0.04 /* share of a kind of place that rounding to whole atoms may miss */
#define OVERFULL 1.05     /* occupancies of one place may sum up to this: they are refined apart */
enum { ENOUGH_SITES = 32, MANY_SITES = 240, MAX_PARTIAL = 2000, MAX_CHOICE = 12, MAX_CONFIGURATION = 12, DRAWN = 4 };

double cuxas_occupancy_round(double occupancy)
{
  if (occupancy < CUXAS_NEAR_FULL) return 0.0;
  return occupancy > 1.0 - CUXAS_NEAR_FULL ? 1.0 : occupancy;
}

/* ---- 1. Groups and assemblies that a file names ---- */

enum { N_OPERATION = 192 };

static bool is_named(const char *opt_text)
{
  return opt_text != NULL && opt_text[0] != '\0' && strcmp(opt_text, "0") != 0;
}

static bool is_same_text(const char *opt_a, const char *opt_b)
{
  return strcmp(opt_a != NULL ? opt_a : "", opt_b != NULL ? opt_b : "") == 0;
}

/* Whether one atom is the first of its group among those of an assembly whose atoms are full. */
static bool is_first_full(const cuxas_unit_atom *atoms, size_t i)
{
  for (size_t j = 0; j < i; j++)
    if (!(atoms[j].occupancy < 1.0) && is_same_text(atoms[j].opt_group, atoms[i].opt_group) &&
        is_same_text(atoms[j].opt_assembly, atoms[i].opt_assembly))
      return false;
  return true;
}

static size_t count_full_groups(const cuxas_unit_atom *atoms, size_t n_atom, size_t of)
{
  size_t n = 0;
  for (size_t i = 0; i < n_atom; i++)
    n += is_named(atoms[i].opt_group) && !(atoms[i].occupancy < 1.0) &&
         is_same_text(atoms[i].opt_assembly, atoms[of].opt_assembly) && is_first_full(atoms, i);
  return n;
}

size_t cuxas_disorder_share(cuxas_unit_atom *atoms, size_t n_atom)
{
  size_t n_shared = 0;
  for (size_t i = 0; i < n_atom; i++) {
    if (!is_named(atoms[i].opt_group) || atoms[i].occupancy < 1.0) continue;
    const size_t n_group = count_full_groups(atoms, n_atom, i);
    if (n_group < 2) continue;
    for (size_t j = n_atom; j-- > i;) /* the first one last: it names the assembly */
      if (is_named(atoms[j].opt_group) && !(atoms[j].occupancy < 1.0) &&
          is_same_text(atoms[j].opt_assembly, atoms[i].opt_assembly)) {
        atoms[j].occupancy = 1.0 / (double)n_group;
        n_shared++;
      }
  }
  return n_shared;
}

static bool is_in_group(const cuxas_unit_atom *atom)
{
  return atom->occupancy < 1.0 && is_named(atom->opt_group);
}

static size_t root_of(size_t *parent, size_t i)
{
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

static bool is_one_assembly(const cuxas_unit_atom *a, const cuxas_unit_atom *b)
{
  if (is_named(a->opt_assembly) || is_named(b->opt_assembly)) return is_same_text(a->opt_assembly, b->opt_assembly);
  const double together =
      is_same_text(a->opt_group, b->opt_group) ? a->occupancy - b->occupancy : a->occupancy + b->occupancy - 1.0;
  return fabs(together) < 0.01;
}

/* Which atom of the unit stands for the assembly of each. */
static void find_assemblies(const cuxas_asymmetric_unit *unit, size_t *ret_assembly)
{
  for (size_t i = 0; i < unit->n_atom; i++) {
    ret_assembly[i] = i;
    for (size_t j = 0; j < i && ret_assembly[i] == i && is_in_group(&unit->atoms[i]); j++)
      if (ret_assembly[j] == j && is_in_group(&unit->atoms[j]) && is_one_assembly(&unit->atoms[i], &unit->atoms[j]))
        ret_assembly[i] = j;
  }
}

static size_t first_operation(const cuxas_site_origin *origin)
{
  size_t i = 0;
  while (i < N_OPERATION - 1 && (origin->by[i / 64] >> i % 64 & 1) == 0) i++;
  return i;
}

/* Operations that make the same site make the same copy of its assembly; parent: (N_OPERATION) */
static void join_operations(const cuxas_site_origin *origin, size_t *parent)
{
  const size_t first = first_operation(origin);
  for (size_t i = first + 1; i < N_OPERATION; i++)
    if ((origin->by[i / 64] >> i % 64 & 1) != 0) parent[root_of(parent, i)] = root_of(parent, first);
}

/* The first atom of the same assembly and group. */
static size_t first_of_group(const cuxas_asymmetric_unit *unit, const size_t *assembly, size_t i_atom)
{
  size_t i = 0;
  while (!is_in_group(&unit->atoms[i]) || assembly[i] != assembly[i_atom] ||
         !is_same_text(unit->atoms[i].opt_group, unit->atoms[i_atom].opt_group))
    i++;
  return i;
}

cuxas_status cuxas_disorder_part(const cuxas_asymmetric_unit *unit, const size_t *atom, const cuxas_site_origin *origin,
                                 cuxas_crystal *crystal, cuxas_error *err)
{
  cuxas_status status     = CUXAS_OK;
  size_t       n_in_group = 0, parent[N_OPERATION];
  size_t      *assembly   = NULL;
  for (size_t i = 0; i < unit->n_atom; i++) n_in_group += is_in_group(&unit->atoms[i]);
  if (n_in_group == 0 || crystal->occupancy == NULL) return CUXAS_OK;
  assembly      = cuxas_new(err, unit->n_atom, sizeof *assembly);
  crystal->part = cuxas_new(err, crystal->n_site, sizeof *crystal->part);
  if (assembly == NULL || crystal->part == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, unit->path);
    goto done;
  }
  find_assemblies(unit, assembly);
  for (size_t i = 0; i < unit->n_atom; i++) {
    if (assembly[i] != i || !is_in_group(&unit->atoms[i])) continue;
    for (size_t k = 0; k < N_OPERATION; k++) parent[k] = k;
    for (size_t site = 0; site < crystal->n_site; site++)
      if (assembly[atom[site]] == i && is_in_group(&unit->atoms[atom[site]]) &&
          unit->atoms[atom[site]].opt_group[0] != '-')
        join_operations(&origin[site], parent);
    for (size_t site = 0; site < crystal->n_site; site++) {
      if (assembly[atom[site]] != i || !is_in_group(&unit->atoms[atom[site]])) continue;
      const size_t copy                    = root_of(parent, first_operation(&origin[site]));
      const bool   is_alternative_of_image = unit->atoms[atom[site]].opt_group[0] == '-';
      crystal->part[site].group            = 1 + first_of_group(unit, assembly, atom[site]) * N_OPERATION + copy;
      crystal->part[site].assembly         = is_alternative_of_image ? 0 : 1 + i * N_OPERATION + copy;
    }
  }
done:
  free(assembly);
  return status;
}

/* ---- 2. The supercell ---- */

static double length_A(const double vector_A[3])
{
  return sqrt(vector_A[0] * vector_A[0] + vector_A[1] * vector_A[1] + vector_A[2] * vector_A[2]);
}

/* The largest share that whole numbers of atoms miss on n_cell times as many sites as the cell has of one occupancy. */
static double rounding(const cuxas_crystal *crystal, size_t n_cell)
{
  double worst = 0.0;
  for (size_t i = 0; i < crystal->n_site; i++) {
    size_t n_same = 0;
    if (!(crystal->occupancy[i] < 1.0)) continue;
    for (size_t j = 0; j < crystal->n_site; j++)
      n_same += crystal->atomic_number[j] == crystal->atomic_number[i] &&
                fabs(crystal->occupancy[j] - crystal->occupancy[i]) < 1e-6;
    const double n_atom = crystal->occupancy[i] * (double)(n_same * n_cell);
    worst               = fmax(worst, fabs(n_atom - round(n_atom)) / (double)(n_same * n_cell));
  }
  return worst;
}

static void choose_supercell(const cuxas_crystal *crystal, size_t ret_repeat[3])
{
  size_t n_cell = 1;
  for (int k = 0; k < 3; k++) ret_repeat[k] = 1;
  while (n_cell * crystal->n_site < ENOUGH_SITES || rounding(crystal, n_cell) > WELL_ROUNDED) {
    int shortest = 0;
    for (int k = 1; k < 3; k++)
      if ((double)ret_repeat[k] * length_A(crystal->lattice_A[k]) <
          (double)ret_repeat[shortest] * length_A(crystal->lattice_A[shortest]) - 1e-6)
        shortest = k;
    const size_t n_next = n_cell / ret_repeat[shortest] * (ret_repeat[shortest] + 1);
    if (n_next * crystal->n_site > MANY_SITES) return;
    ret_repeat[shortest]++;
    n_cell = n_next;
  }
}

/* Groups and assemblies are other ones in every cell. */
static size_t number_in_cell(size_t number, size_t n_number, size_t cell)
{
  return number > 0 ? number + cell * n_number : 0;
}

static size_t count_numbers(const cuxas_crystal *crystal)
{
  size_t n = 0;
  for (size_t i = 0; crystal->part != NULL && i < crystal->n_site; i++) {
    if (crystal->part[i].group > n) n = crystal->part[i].group;
    if (crystal->part[i].assembly > n) n = crystal->part[i].assembly;
  }
  return n;
}

static cuxas_crystal *repeat_cell(const cuxas_crystal *crystal, const size_t repeat[3])
{
  const size_t   n_cell = repeat[0] * repeat[1] * repeat[2], n_number = count_numbers(crystal);
  cuxas_crystal *super  = cuxas_crystal_new(crystal->n_site * n_cell);
  size_t         i_site = 0;
  if (super == NULL) return NULL;
  if ((super->occupancy = cuxas_new(NULL, super->n_site, sizeof *super->occupancy)) == NULL ||
      (crystal->part != NULL && (super->part = cuxas_new(NULL, super->n_site, sizeof *super->part)) == NULL)) {
    cuxas_crystal_free(super);
    return NULL;
  }
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++) super->lattice_A[k][m] = (double)repeat[k] * crystal->lattice_A[k][m];
  for (size_t i = 0; i < crystal->n_site; i++)
    for (size_t cell = 0; cell < n_cell; cell++, i_site++) {
      const size_t at[3]           = {cell / (repeat[1] * repeat[2]), cell / repeat[2] % repeat[1], cell % repeat[2]};
      super->atomic_number[i_site] = crystal->atomic_number[i];
      super->occupancy[i_site]     = crystal->occupancy[i];
      if (crystal->part != NULL)
        super->part[i_site] = (cuxas_part){number_in_cell(crystal->part[i].group, n_number, cell),
                                           number_in_cell(crystal->part[i].assembly, n_number, cell)};
      for (int k = 0; k < 3; k++)
        super->fractional[i_site][k] = (crystal->fractional[i][k] + (double)at[k]) / (double)repeat[k];
    }
  super->warnings = crystal->warnings;
  return super;
}

/* ---- 3. Places: sites that exclude one another ---- */

/* The partly occupied sites of one place, by falling occupancy, and what tells its kind; of a group its first site stands
 * for all. */
typedef struct {
  size_t n_choice;
  size_t site[MAX_CHOICE];
  size_t n_member[MAX_CHOICE];
  int    atomic_number[MAX_CHOICE];
  double occupancy[MAX_CHOICE];
} place;

/* Over all images in the cells around: cells may be smaller than the atoms are apart. */
static double shortest_A(const cuxas_crystal *crystal, size_t i, size_t j)
{
  double step[3], shortest = HUGE_VAL;
  for (int k = 0; k < 3; k++) {
    step[k] = crystal->fractional[j][k] - crystal->fractional[i][k];
    step[k] -= round(step[k]);
  }
  for (int image = 0; image < 27; image++) {
    const double moved[3] = {step[0] + image / 9 - 1, step[1] + image / 3 % 3 - 1, step[2] + image % 3 - 1};
    double       vector_A[3];
    cuxas_crystal_cartesian_A(crystal, moved, vector_A);
    shortest = fmin(shortest, length_A(vector_A));
  }
  return shortest;
}

static bool is_one_group(const cuxas_crystal *crystal, size_t i, size_t j)
{
  return i == j ||
         (crystal->part != NULL && crystal->part[i].group > 0 && crystal->part[i].group == crystal->part[j].group);
}

/* Whether one of two partly occupied sites can only be there when the other is, or when it is not. */
static bool are_linked(const cuxas_crystal *crystal, size_t i, size_t j)
{
  if (is_one_group(crystal, i, j)) return true;
  if (crystal->part != NULL && crystal->part[i].assembly > 0 && crystal->part[i].assembly == crystal->part[j].assembly)
    return true;
  const double radii_A = cuxas_element_find(crystal->atomic_number[i])->covalent_radius_A +
                         cuxas_element_find(crystal->atomic_number[j])->covalent_radius_A;
  return shortest_A(crystal, i, j) < EXCLUSION * radii_A;
}

static bool goes_before(const cuxas_crystal *crystal, size_t i, size_t j)
{
  if (crystal->occupancy[i] != crystal->occupancy[j]) return crystal->occupancy[i] > crystal->occupancy[j];
  if (crystal->atomic_number[i] != crystal->atomic_number[j])
    return crystal->atomic_number[i] < crystal->atomic_number[j];
  return i < j;
}

static cuxas_status add_choice(const char *path, const cuxas_crystal *crystal, size_t site, place *p, cuxas_error *err)
{
  size_t i   = p->n_choice;
  double sum = crystal->occupancy[site];
  for (size_t k = 0; k < p->n_choice; k++) sum += p->occupancy[k];
  if (p->n_choice == MAX_CHOICE || sum > OVERFULL)
    return cuxas_fail(
        err, CUXAS_EUNSUPPORTED,
        "%s: disorder that cannot be resolved: partly occupied %s overlaps with others that are occupied %.2f in sum",
        path, cuxas_element_find(crystal->atomic_number[site])->symbol, sum);
  for (; i > 0 && goes_before(crystal, site, p->site[i - 1]); i--) {
    p->site[i]          = p->site[i - 1];
    p->n_member[i]      = p->n_member[i - 1];
    p->atomic_number[i] = p->atomic_number[i - 1];
    p->occupancy[i]     = p->occupancy[i - 1];
  }
  p->site[i]          = site;
  p->n_member[i]      = 0;
  p->atomic_number[i] = crystal->atomic_number[site];
  for (size_t k = 0; k < crystal->n_site; k++) p->n_member[i] += is_one_group(crystal, site, k);
  p->occupancy[i] = crystal->occupancy[site];
  p->n_choice++;
  return CUXAS_OK;
}

/* partial: (n_partial) sites; ret_place: (n_partial), of which ret_n_place are used */
static cuxas_status find_places(const char *path, const cuxas_crystal *crystal, const size_t *partial, size_t n_partial,
                                place *ret_place, size_t *ret_n_place, cuxas_error *err)
{
  cuxas_status status  = CUXAS_OK;
  size_t      *parent  = cuxas_new(err, n_partial, sizeof *parent);
  size_t      *i_place = cuxas_new(err, n_partial, sizeof *i_place); /* of a root; SIZE_MAX: none yet */

  *ret_n_place = 0;
  if (parent == NULL || i_place == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
    goto done;
  }
  for (size_t i = 0; i < n_partial; i++) {
    parent[i]  = i;
    i_place[i] = SIZE_MAX;
  }
  for (size_t i = 0; i < n_partial; i++)
    for (size_t j = 0; j < i; j++)
      if (are_linked(crystal, partial[i], partial[j])) parent[root_of(parent, i)] = root_of(parent, j);
  for (size_t i = 0; i < n_partial && status == CUXAS_OK; i++) {
    size_t *mine              = &i_place[root_of(parent, i)];
    bool    is_first_of_group = true;
    for (size_t j = 0; j < i; j++)
      is_first_of_group = is_first_of_group && !is_one_group(crystal, partial[i], partial[j]);
    if (!is_first_of_group) continue;
    if (*mine == SIZE_MAX) {
      *mine            = (*ret_n_place)++;
      ret_place[*mine] = (place){0};
    }
    status = add_choice(path, crystal, partial[i], &ret_place[*mine], err);
  }
done:
  free(parent);
  free(i_place);
  return status;
}

/* ---- 4. Dealing the atoms to the places ---- */

static bool is_same_kind(const place *a, const place *b)
{
  if (a->n_choice != b->n_choice) return false;
  for (size_t i = 0; i < a->n_choice; i++)
    if (a->atomic_number[i] != b->atomic_number[i] || a->n_member[i] != b->n_member[i] ||
        fabs(a->occupancy[i] - b->occupancy[i]) > 1e-6)
      return false;
  return true;
}

/* How often each choice of a kind is taken among n_place places, by largest remainder; the last choice is to be empty. */
static void share_out(const place *kind, size_t n_place, size_t ret_count[MAX_CHOICE + 1])
{
  double share[MAX_CHOICE + 1], sum = 0.0;
  size_t n_given = 0;
  for (size_t i = 0; i < kind->n_choice; i++) sum += kind->occupancy[i];
  for (size_t i = 0; i < kind->n_choice; i++) share[i] = kind->occupancy[i] / fmax(sum, 1.0) * (double)n_place;
  share[kind->n_choice] = fmax(1.0 - sum, 0.0) * (double)n_place;
  for (size_t i = 0; i <= kind->n_choice; i++) {
    ret_count[i] = (size_t)floor(share[i] + 1e-9);
    n_given += ret_count[i];
  }
  for (; n_given < n_place; n_given++) {
    size_t most = 0;
    for (size_t i = 1; i <= kind->n_choice; i++)
      if (share[i] - (double)ret_count[i] > share[most] - (double)ret_count[most] + 1e-9) most = i;
    ret_count[most]++;
  }
}

/* Places with the same choices, and what each has now. */
typedef struct {
  size_t  n_place;
  size_t *place;  /* (n_place) indices */
  size_t *choice; /* (n_place) of the place's choices; n_choice: empty */
} kind;

typedef struct {
  cuxas_crystal *cell; /* repeated, with occupancies */
  size_t         n_partial, n_place, n_kind;
  size_t        *partial; /* (n_partial) sites */
  place         *places;  /* (n_place) */
  kind          *kinds;   /* (n_kind) */
  size_t        *room;    /* what the kinds point into */
} dealing;

static void dealing_free(dealing *d)
{
  cuxas_crystal_free(d->cell);
  free(d->partial);
  free(d->places);
  free(d->kinds);
  free(d->room);
}

/* The kinds, each with its choices in rising order: the first of all configurations. */
static void find_kinds(dealing *d)
{
  size_t *next = d->room;
  for (size_t i = 0; i < d->n_place; i++) {
    size_t count[MAX_CHOICE + 1];
    bool   is_old = false;
    for (size_t k = 0; k < d->n_kind && !is_old; k++)
      is_old = is_same_kind(&d->places[d->kinds[k].place[0]], &d->places[i]);
    if (is_old) continue;
    kind *mine  = &d->kinds[d->n_kind++];
    mine->place = next;
    for (size_t j = i; j < d->n_place; j++)
      if (is_same_kind(&d->places[i], &d->places[j])) mine->place[mine->n_place++] = j;
    mine->choice = mine->place + mine->n_place;
    next         = mine->choice + mine->n_place;
    share_out(&d->places[i], mine->n_place, count);
    for (size_t choice = 0, j = 0; choice <= d->places[i].n_choice; choice++)
      for (size_t n = 0; n < count[choice]; n++) mine->choice[j++] = choice;
  }
}

static cuxas_status dealing_new(const char *path, const cuxas_crystal *crystal, const size_t repeat[3],
                                dealing *ret_dealing, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  dealing     *d      = ret_dealing;
  *d                  = (dealing){.cell = repeat_cell(crystal, repeat)};
  if (d->cell == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);
  d->partial = cuxas_new(err, d->cell->n_site, sizeof *d->partial);
  d->places  = cuxas_new(err, d->cell->n_site, sizeof *d->places);
  d->kinds   = cuxas_new(err, d->cell->n_site, sizeof *d->kinds);
  d->room    = cuxas_new(err, d->cell->n_site, 2 * sizeof *d->room);
  if (d->partial == NULL || d->places == NULL || d->kinds == NULL || d->room == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  for (size_t i = 0; i < d->cell->n_site; i++)
    if (d->cell->occupancy[i] < 1.0) d->partial[d->n_partial++] = i;
  status = find_places(path, d->cell, d->partial, d->n_partial, d->places, &d->n_place, err);
  if (status == CUXAS_OK) find_kinds(d);
  return status;
}

/* The largest part of a kind's places that whole choices miss. */
static double missed_share(const dealing *d)
{
  double worst = 0.0;
  for (size_t k = 0; k < d->n_kind; k++) {
    const place *of  = &d->places[d->kinds[k].place[0]];
    double       sum = 0.0;
    for (size_t j = 0; j < of->n_choice; j++) sum += of->occupancy[j];
    for (size_t j = 0; j < of->n_choice; j++) {
      size_t n = 0;
      for (size_t i = 0; i < d->kinds[k].n_place; i++) n += d->kinds[k].choice[i] == j;
      worst = fmax(worst, fabs((double)n / (double)d->kinds[k].n_place - of->occupancy[j] / fmax(sum, 1.0)));
    }
  }
  return worst;
}

/* How many configurations there are; at most limit + 1. */
static size_t count_configurations(const dealing *d, size_t limit)
{
  double product = 1.0;
  for (size_t k = 0; k < d->n_kind && product <= (double)limit; k++) {
    size_t n_same = 0; /* multinomial coefficient, place by place */
    for (size_t i = 0; i < d->kinds[k].n_place; i++) {
      n_same = i > 0 && d->kinds[k].choice[i] == d->kinds[k].choice[i - 1] ? n_same + 1 : 1;
      product *= (double)(i + 1) / (double)n_same;
    }
  }
  return product > (double)limit ? limit + 1 : (size_t)lround(product);
}

static void swap(size_t *a, size_t *b)
{
  const size_t saved = *a;
  *a                 = *b;
  *b                 = saved;
}

static void reverse(size_t *item, size_t n)
{
  for (size_t i = 0; i + 1 < n - i; i++) swap(&item[i], &item[n - 1 - i]);
}

/* The next order of a kind's choices; after the last the first again, and false. */
static bool next_order(size_t *item, size_t n)
{
  size_t i = n - 1, j = n - 1;
  while (i > 0 && item[i - 1] >= item[i]) i--;
  if (i > 0) {
    while (item[j] <= item[i - 1]) j--;
    swap(&item[i - 1], &item[j]);
  }
  reverse(item + i, n - i);
  return i > 0;
}

static void next_configuration(dealing *d)
{
  for (size_t k = 0; k < d->n_kind; k++)
    if (next_order(d->kinds[k].choice, d->kinds[k].n_place)) return;
}

static void shuffle(dealing *d, uint64_t *state)
{
  for (size_t k = 0; k < d->n_kind; k++) random_shuffle(state, d->kinds[k].choice, d->kinds[k].n_place);
}

/* Leaves out the sites that were not dealt an atom, and the occupancies. */
static void drop_empty_sites(cuxas_crystal *crystal)
{
  size_t n_kept = 0;
  for (size_t i = 0; i < crystal->n_site; i++) {
    if (!(crystal->occupancy[i] > 0.5)) continue;
    crystal->atomic_number[n_kept] = crystal->atomic_number[i];
    memmove(crystal->fractional[n_kept++], crystal->fractional[i], sizeof *crystal->fractional);
  }
  crystal->n_site = n_kept;
  free(crystal->occupancy);
  free(crystal->part);
  crystal->occupancy = NULL;
  crystal->part      = NULL;
}

/* The crystal of the configuration as it is dealt now; NULL: no memory. */
static cuxas_crystal *ordered_crystal(const dealing *d)
{
  static const size_t ONCE[3] = {1, 1, 1};
  cuxas_crystal      *ordered = repeat_cell(d->cell, ONCE);
  if (ordered == NULL) return NULL;
  for (size_t k = 0; k < d->n_kind; k++)
    for (size_t i = 0; i < d->kinds[k].n_place; i++) {
      const place *mine = &d->places[d->kinds[k].place[i]];
      for (size_t j = 0; j < mine->n_choice; j++)
        for (size_t p = 0; p < d->n_partial; p++)
          if (is_one_group(ordered, mine->site[j], d->partial[p]))
            ordered->occupancy[d->partial[p]] = j == d->kinds[k].choice[i] ? 1.0 : 0.0;
    }
  drop_empty_sites(ordered);
  return ordered;
}

/* n arrangements as a chain: all configurations in order, or drawn ones. */
static cuxas_status deal(const char *path, dealing *d, size_t n, bool is_drawn, uint64_t seed,
                         cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cuxas_crystal **link  = ret_crystal;
  uint64_t        state = seed;
  for (size_t i = 0; i < n; i++) {
    if (is_drawn) shuffle(d, &state);
    if ((*link = ordered_crystal(d)) == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);
    link = &(*link)->next;
    if (!is_drawn) next_configuration(d);
  }
  return CUXAS_OK;
}

static void say_drawn(const dealing *d, const size_t repeat[3], size_t n, uint64_t seed, cuxas_warnings *warnings)
{
  const size_t n_cell = repeat[0] * repeat[1] * repeat[2];
  cuxas_warn(
      warnings,
      "disordered: %zu sites of the cell are partly occupied; %zu random arrangement%s in %zu x %zu x %zu cells %s "
      "(seed %llu)",
      d->n_partial / n_cell, n, n == 1 ? "" : "s", repeat[0], repeat[1], repeat[2],
      n == 1 ? "is taken" : "are averaged", (unsigned long long)seed);
}

cuxas_status cuxas_disorder_settle(const char *path, const cuxas_drawing *how, cuxas_crystal **crystal,
                                   cuxas_error *err)
{
  size_t         repeat[3] = {1, 1, 1}, n_before = 0, n = how->n_arrangement;
  dealing        d       = {0};
  cuxas_crystal *ordered = NULL;
  cuxas_status   status  = CUXAS_OK;
  bool           is_drawn;

  for (size_t i = 0; i < (*crystal)->n_site; i++) n_before += (*crystal)->occupancy[i] < 1.0;
  if (n_before <= MAX_PARTIAL) status = dealing_new(path, *crystal, repeat, &d, err);
  if (status != CUXAS_OK) goto done;
  is_drawn = n_before > MAX_PARTIAL || missed_share(&d) > WELL_ROUNDED ||
             count_configurations(&d, MAX_CONFIGURATION) > MAX_CONFIGURATION;
  if (is_drawn) {
    dealing_free(&d);
    d = (dealing){0};
    choose_supercell(*crystal, repeat);
    if (n_before * repeat[0] * repeat[1] * repeat[2] > MAX_PARTIAL) {
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: disorder on %zu sites: too many", path, n_before);
      goto done;
    }
    if ((status = dealing_new(path, *crystal, repeat, &d, err)) != CUXAS_OK) goto done;
    while (n > 1 && n * d.cell->n_site > MANY_SITES * DRAWN) n--;
  } else {
    n = count_configurations(&d, MAX_CONFIGURATION);
  }
  if ((status = deal(path, &d, n, is_drawn, how->seed, &ordered, err)) != CUXAS_OK) goto done;
  if (is_drawn)
    say_drawn(&d, repeat, n, how->seed, &ordered->warnings);
  else
    cuxas_warn(&ordered->warnings,
               "disordered: %zu sites of the cell are partly occupied; all %zu ordered arrangements of the cell are "
               "averaged",
               n_before, n);
  cuxas_crystal_free(*crystal);
  *crystal = ordered;
  ordered  = NULL;
done:
  cuxas_crystal_free(ordered);
  dealing_free(&d);
  return status;
}
