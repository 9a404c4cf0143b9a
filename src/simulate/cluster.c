/* cluster.c - the atoms around one absorber, and the rotations and reflections about it that leave them as they are
 *
 * Contents: atoms - point group - costs */
#include "simulate/cluster.h"

#include "crystal/oxidation.h"
#include "base/units.h"
#include "base/elements.h"
#include "base/memory.h"
#include "crystal/neighbor.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* ==== atoms ======================================================================================================= */

#define SHELL_GAP_A 0.01  /* atoms whose distances differ by less, one after the other, are one shell */
#define ORDER_STEP_A 1e-5 /* distances and coordinates that round to the same multiple are equal: noise of the file */
#define NEAREST_A 0.3     /* nearer atoms are a mistake: no potential overlaps so far */

static int compare(double a, double b)
{
  const double p = round(a / ORDER_STEP_A), q = round(b / ORDER_STEP_A);
  return (p > q) - (p < q);
}

static int by_distance(const void *left, const void *right)
{
  const cuxas_cluster_atom *a = left, *b = right;
  int                       order = compare(a->distance_A, b->distance_A);
  if (order == 0) order = (a->atomic_number > b->atomic_number) - (a->atomic_number < b->atomic_number);
  for (int k = 0; k < 3 && order == 0; k++) order = compare(a->position_A[k], b->position_A[k]);
  return order;
}

/* Number of atoms that may stay: all, or those of the inner shells that hold no more than max_atom. */
static size_t count_inner(const cuxas_cluster_atom *atom, size_t n_atom, size_t max_atom)
{
  size_t n = n_atom;
  if (max_atom == 0 || n_atom <= max_atom) return n_atom;
  for (n = max_atom; n > 1; n--)
    if (atom[n].distance_A - atom[n - 1].distance_A > SHELL_GAP_A) return n;
  return 1;
}

/* One potential for the absorber, then one for each element among the others. */
static cuxas_status number_potentials(cuxas_cluster *cluster, cuxas_error *err)
{
  size_t index[CUXAS_N_ELEMENT + 1] = {0};
  for (size_t i = 1; i < cluster->n_atom; i++) index[cluster->atom[i].atomic_number] = 1;
  cluster->n_potential = 1;
  for (size_t number = 1; number <= CUXAS_N_ELEMENT; number++)
    if (index[number] != 0) index[number] = cluster->n_potential++;
  cluster->atomic_number = cuxas_new(err, cluster->n_potential, sizeof *cluster->atomic_number);
  if (cluster->atomic_number == NULL) return CUXAS_ENOMEM;
  cluster->atomic_number[0] = cluster->atom[0].atomic_number;
  for (size_t i = 1; i < cluster->n_atom; i++) {
    cluster->atom[i].potential                         = index[cluster->atom[i].atomic_number];
    cluster->atomic_number[cluster->atom[i].potential] = cluster->atom[i].atomic_number;
  }
  return CUXAS_OK;
}

/* The absorber and its bonds, sorted; no atom may be on top of another. */
static cuxas_status fill_atoms(cuxas_cluster *cluster, const cuxas_crystal *crystal, size_t i_site,
                               const cuxas_neighbors *neighbors, size_t max_atom, cuxas_error *err)
{
  const size_t n_bond = neighbors->first[1];
  if ((cluster->atom = cuxas_new(err, n_bond + 1, sizeof *cluster->atom)) == NULL) return CUXAS_ENOMEM;
  cluster->n_atom                = n_bond + 1;
  cluster->atom[0].atomic_number = crystal->atomic_number[i_site];
  for (size_t i = 0; i < n_bond; i++) {
    const cuxas_bond   *bond = &neighbors->bond[i];
    cuxas_cluster_atom *atom = &cluster->atom[i + 1];
    for (int k = 0; k < 3; k++) atom->position_A[k] = bond->vector_A[k];
    atom->distance_A    = bond->distance_A;
    atom->atomic_number = crystal->atomic_number[bond->target];
    if (bond->distance_A < NEAREST_A)
      return cuxas_fail(err, CUXAS_ERANGE, "cluster: an atom %.2g A from site %zu", bond->distance_A, i_site);
  }
  qsort(cluster->atom + 1, n_bond, sizeof *cluster->atom, by_distance);
  cluster->n_atom = count_inner(cluster->atom, cluster->n_atom, max_atom);
  return CUXAS_OK;
}

cuxas_status cuxas_cluster_new(const cuxas_crystal *crystal, size_t i_site, double radius_A, size_t max_atom,
                               cuxas_cluster **ret_cluster, cuxas_error *err)
{
  cuxas_status     status;
  cuxas_neighbors *neighbors = NULL;
  cuxas_cluster   *cluster   = NULL;

  *ret_cluster = NULL;
  if (i_site >= crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "cluster: site %zu, the crystal has %zu", i_site, crystal->n_site);
  if (crystal->atomic_number[i_site] < 1 || crystal->atomic_number[i_site] > CUXAS_N_ELEMENT)
    return cuxas_fail(err, CUXAS_ERANGE, "cluster: atomic number %d", crystal->atomic_number[i_site]);
  if ((status = cuxas_neighbors_find(crystal, &i_site, 1, radius_A, &neighbors, err)) != CUXAS_OK) return status;
  if ((cluster = cuxas_new(err, 1, sizeof *cluster)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = fill_atoms(cluster, crystal, i_site, neighbors, max_atom, err)) != CUXAS_OK ||
      (status = number_potentials(cluster, err)) != CUXAS_OK)
    goto done;
  *ret_cluster = cluster;
  cluster      = NULL;
done:
  cuxas_neighbors_free(neighbors);
  cuxas_cluster_free(cluster);
  return status;
}

/* ---- hydrogen --------------------------------------------------------------------------------------------------- */

#define LIMIT 0.95      /* of the way to what limits a bond, */
#define LONGEST_BOHR 10 /* and no atom counts that is farther than this */

static double dot_between(const cuxas_cluster *cluster, size_t from, size_t a, size_t b)
{
  double sum = 0.0;
  for (int k = 0; k < 3; k++)
    sum += (cluster->atom[a].position_A[k] - cluster->atom[from].position_A[k]) *
           (cluster->atom[b].position_A[k] - cluster->atom[from].position_A[k]);
  return sum / (CUXAS_BOHR_A * CUXAS_BOHR_A);
}

static size_t find_nearest(const cuxas_cluster *cluster, size_t i)
{
  double least   = LONGEST_BOHR * LONGEST_BOHR;
  size_t nearest = i;
  for (size_t j = 0; j < cluster->n_atom; j++) {
    const double square = dot_between(cluster, i, j, j);
    if (j == i || square >= least) continue;
    least   = square;
    nearest = j;
  }
  return nearest;
}

/* lengthen() - the bond of hydrogen and its neighbour, bohr */
static double lengthen(const cuxas_cluster *cluster, size_t hydrogen, size_t neighbour)
{
  const double bond    = sqrt(dot_between(cluster, neighbour, hydrogen, hydrogen));
  const double longest = bond + 4.0 / (bond * bond);
  double       limit   = INFINITY;
  for (size_t j = 0; j < cluster->n_atom; j++) {
    if (j == hydrogen || j == neighbour) continue;
    const double square = dot_between(cluster, neighbour, j, j), along = dot_between(cluster, neighbour, hydrogen, j);
    if (square >= LONGEST_BOHR * LONGEST_BOHR) continue;
    if (cluster->atom[j].atomic_number != 1) limit = fmin(limit, sqrt(square));
    if (along > 0.0) limit = fmin(limit, 0.5 * square * bond / along); /* there j would be as near as the neighbour */
  }
  return fmax(bond, fmin(longest, bond + LIMIT * (limit - bond)));
}

void cuxas_cluster_move_hydrogen(cuxas_cluster *cluster)
{
  for (size_t i = 0; i < cluster->n_atom; i++) {
    cuxas_cluster_atom *atom = &cluster->atom[i];
    if (atom->atomic_number != 1) continue;
    const size_t neighbour = find_nearest(cluster, i);
    if (neighbour == i || cluster->atom[neighbour].atomic_number == 1) continue;
    const double bond = sqrt(dot_between(cluster, neighbour, i, i));
    const double part = lengthen(cluster, i, neighbour) / bond - 1.0;
    for (int k = 0; k < 3; k++)
      atom->moved_A[k] = part * (atom->position_A[k] - cluster->atom[neighbour].position_A[k]);
  }
}

double cuxas_cluster_distance_bohr(const cuxas_cluster *cluster, size_t a, size_t b)
{
  double square = 0.0;
  for (int k = 0; k < 3; k++) {
    const cuxas_cluster_atom *from = &cluster->atom[a], *to = &cluster->atom[b];
    const double              d = from->position_A[k] - to->position_A[k] + (from->moved_A[k] - to->moved_A[k]);
    square += d * d;
  }
  return sqrt(square) / CUXAS_BOHR_A;
}

cuxas_status cuxas_cluster_count(const cuxas_crystal *crystal, size_t i_site, double radius_A, size_t max_atom,
                                 size_t *ret_n_atom, cuxas_error *err)
{
  cuxas_cluster     *cluster = NULL;
  const cuxas_status status  = cuxas_cluster_new(crystal, i_site, radius_A, max_atom, &cluster, err);
  if (status != CUXAS_OK) return status;
  *ret_n_atom = cluster->n_atom;
  cuxas_cluster_free(cluster);
  return CUXAS_OK;
}

cuxas_status cuxas_cluster_around(const cuxas_crystal *crystal, size_t i_site, double radius_A, double reach_A,
                                  cuxas_cluster **ret_cluster, cuxas_error *err)
{
  double             farthest_A = 0.0;
  const cuxas_status status     = cuxas_cluster_new(crystal, i_site, radius_A + reach_A, 0, ret_cluster, err);
  if (status != CUXAS_OK) return status;
  const cuxas_cluster *cluster = *ret_cluster;
  for (size_t i = 1; i < cluster->n_atom; i++) { /* the first of each kind */
    bool is_first = true;
    for (size_t j = 1; j < i && is_first; j++) is_first = cluster->atom[j].potential != cluster->atom[i].potential;
    if (is_first) farthest_A = cluster->atom[i].distance_A;
  }
  if (farthest_A <= radius_A) return CUXAS_OK;
  cuxas_cluster_free(*ret_cluster);
  return cuxas_cluster_new(crystal, i_site, farthest_A + reach_A, 0, ret_cluster, err);
}

void cuxas_cluster_free(cuxas_cluster *cluster)
{
  if (cluster == NULL) return;
  free(cluster->atom);
  free(cluster->atomic_number);
  free(cluster);
}

/* ==== point group ================================================================================================= */

enum { MAX_OPERATION = 48 };

#define SAME_PLACE_A 1e-3
#define MIN_SPREAD 0.1 /* |det| of three unit vectors that count as not in one plane */

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double ret_product[3])
{
  for (int k = 0; k < 3; k++) ret_product[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

static double determinant(const double *const column[3])
{
  double product[3];
  cross(column[1], column[2], product);
  return dot(column[0], product);
}

static void apply(const double operation[3][3], const double v[3], double ret_image[3])
{
  for (int k = 0; k < 3; k++) ret_image[k] = dot(operation[k], v);
}

/* Index of the atom of this kind at that place; n_atom when there is none. Atoms are sorted by distance. */
static size_t find_atom(const cuxas_cluster *cluster, const cuxas_cluster_atom *like, const double place_A[3])
{
  size_t low = 0, high = cluster->n_atom;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (cluster->atom[middle].distance_A < like->distance_A - 2.0 * SAME_PLACE_A)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < cluster->n_atom && cluster->atom[low].distance_A < like->distance_A + 2.0 * SAME_PLACE_A; low++) {
    const cuxas_cluster_atom *atom = &cluster->atom[low];
    double                    d[3];
    for (int k = 0; k < 3; k++) d[k] = atom->position_A[k] - place_A[k];
    if (atom->potential == like->potential && dot(d, d) < SAME_PLACE_A * SAME_PLACE_A) return low;
  }
  return cluster->n_atom;
}

static bool leaves_cluster(const cuxas_cluster *cluster, const double operation[3][3])
{
  for (size_t i = 0; i < cluster->n_atom; i++) {
    double image_A[3];
    apply(operation, cluster->atom[i].position_A, image_A);
    if (find_atom(cluster, &cluster->atom[i], image_A) == cluster->n_atom) return false;
  }
  return true;
}

/* Three atoms, the nearest that span space; false: there are none. */
static bool choose_frame(const cuxas_cluster *cluster, size_t ret_frame[3])
{
  const size_t n = cluster->n_atom;
  if (n < 4) return false;
  ret_frame[0] = 1;
  for (int k = 1; k < 3; k++) {
    bool found = false;
    for (size_t i = ret_frame[k - 1] + 1; i < n && !found; i++) {
      const double *a = cluster->atom[ret_frame[0]].position_A, *b = cluster->atom[i].position_A, *c;
      const double  scale = cluster->atom[ret_frame[0]].distance_A * cluster->atom[i].distance_A;
      double        product[3];
      cross(a, b, product);
      if (k == 1)
        found = sqrt(dot(product, product)) > MIN_SPREAD * scale;
      else {
        c = cluster->atom[ret_frame[1]].position_A;
        cross(a, c, product);
        found = fabs(dot(product, b)) > MIN_SPREAD * scale * cluster->atom[ret_frame[1]].distance_A;
      }
      if (found) ret_frame[k] = i;
    }
    if (!found) return false;
  }
  return true;
}

/* Could atom i be the image of frame atom k, given the images of those before it? */
static bool may_be_image(const cuxas_cluster *cluster, const size_t frame[3], const size_t image[3], int k, size_t i)
{
  const cuxas_cluster_atom *from = &cluster->atom[frame[k]], *to = &cluster->atom[i];
  if (to->potential != from->potential || fabs(to->distance_A - from->distance_A) > SAME_PLACE_A) return false;
  for (int m = 0; m < k; m++) {
    const double before = dot(from->position_A, cluster->atom[frame[m]].position_A);
    const double after  = dot(to->position_A, cluster->atom[image[m]].position_A);
    if (fabs(after - before) > 2.0 * SAME_PLACE_A * (from->distance_A + cluster->atom[frame[m]].distance_A))
      return false;
  }
  return true;
}

/* The nearest orthogonal matrix, by Newton's iteration M <- (M + M^-T) / 2. */
static void make_orthogonal(double m[3][3])
{
  for (int turn = 0; turn < 8; turn++) {
    double        cofactor[3][3];
    const double *row[3] = {m[0], m[1], m[2]};
    const double  det    = determinant(row);
    for (int k = 0; k < 3; k++) cross(m[(k + 1) % 3], m[(k + 2) % 3], cofactor[k]);
    for (int k = 0; k < 3; k++)
      for (int j = 0; j < 3; j++) m[k][j] = 0.5 * (m[k][j] + cofactor[k][j] / det);
  }
}

/* M with M frame = image, made exactly orthogonal. */
static void solve_operation(const cuxas_cluster *cluster, const size_t frame[3], const size_t image[3],
                            double ret_operation[3][3])
{
  const double *a[3], *b[3];
  double        reciprocal[3][3];
  for (int k = 0; k < 3; k++) {
    a[k] = cluster->atom[frame[k]].position_A;
    b[k] = cluster->atom[image[k]].position_A;
  }
  const double det = determinant(a);
  for (int k = 0; k < 3; k++) cross(a[(k + 1) % 3], a[(k + 2) % 3], reciprocal[k]);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      ret_operation[i][j] = 0.0;
      for (int k = 0; k < 3; k++) ret_operation[i][j] += b[k][i] * reciprocal[k][j] / det;
    }
  make_orthogonal(ret_operation);
}

static void find_operations(const cuxas_cluster *cluster, cuxas_site_symmetry *symmetry)
{
  size_t       frame[3], image[3];
  const size_t n        = cluster->n_atom;
  symmetry->n_operation = 1; /* all zero so far */
  for (int k = 0; k < 3; k++) symmetry->operation[0][k][k] = 1.0;
  if (!choose_frame(cluster, frame)) return;
  for (image[0] = 1; image[0] < n; image[0]++) {
    if (!may_be_image(cluster, frame, image, 0, image[0])) continue;
    for (image[1] = 1; image[1] < n; image[1]++) {
      if (!may_be_image(cluster, frame, image, 1, image[1])) continue;
      for (image[2] = 1; image[2] < n; image[2]++) {
        double operation[3][3];
        if (!may_be_image(cluster, frame, image, 2, image[2])) continue;
        if (image[0] == frame[0] && image[1] == frame[1] && image[2] == frame[2]) continue; /* the identity */
        solve_operation(cluster, frame, image, operation);
        if (!leaves_cluster(cluster, operation) || symmetry->n_operation == MAX_OPERATION) continue;
        for (int k = 0; k < 9; k++) symmetry->operation[symmetry->n_operation][k / 3][k % 3] = operation[k / 3][k % 3];
        symmetry->n_operation++;
      }
    }
  }
}

static void find_orbits(const cuxas_cluster *cluster, cuxas_site_symmetry *symmetry)
{
  for (size_t i = 0; i < cluster->n_atom; i++) symmetry->origin[i] = cluster->n_atom; /* not yet reached */
  for (size_t i = 0; i < cluster->n_atom; i++) {
    if (symmetry->origin[i] < cluster->n_atom) continue;
    symmetry->n_orbit++;
    for (size_t o = 0; o < symmetry->n_operation; o++) {
      double image_A[3];
      apply(symmetry->operation[o], cluster->atom[i].position_A, image_A);
      const size_t j = find_atom(cluster, &cluster->atom[i], image_A);
      if (symmetry->origin[j] < cluster->n_atom) continue; /* several operations lead there: the first counts */
      symmetry->origin[j]       = i;
      symmetry->operation_of[j] = o;
    }
  }
}

cuxas_status cuxas_site_symmetry_find(const cuxas_cluster *cluster, cuxas_site_symmetry **ret_symmetry,
                                      cuxas_error *err)
{
  cuxas_site_symmetry *symmetry = cuxas_new(err, 1, sizeof *symmetry);
  *ret_symmetry                 = NULL;
  if (symmetry != NULL) {
    symmetry->n_atom       = cluster->n_atom;
    symmetry->operation    = cuxas_new(err, MAX_OPERATION, sizeof *symmetry->operation);
    symmetry->origin       = cuxas_new(err, cluster->n_atom, sizeof *symmetry->origin);
    symmetry->operation_of = cuxas_new(err, cluster->n_atom, sizeof *symmetry->operation_of);
  }
  if (symmetry == NULL || symmetry->operation == NULL || symmetry->origin == NULL || symmetry->operation_of == NULL) {
    cuxas_site_symmetry_free(symmetry);
    return cuxas_no_memory(err);
  }
  find_operations(cluster, symmetry);
  find_orbits(cluster, symmetry);
  *ret_symmetry = symmetry;
  return CUXAS_OK;
}

void cuxas_site_symmetry_free(cuxas_site_symmetry *symmetry)
{
  if (symmetry == NULL) return;
  free(symmetry->operation);
  free(symmetry->origin);
  free(symmetry->operation_of);
  free(symmetry);
}

/* ==== costs ======================================================================================================= */

/* The matrix of a cluster has 16 rows (l up to 3) an atom; of these, rows of one atom of each orbit are worked with. The
 * scattering, which all spectra of a site share, takes a time that grows as rows times columns, potentials one that grows
 * as the square of the atoms in their clusters; a further spectrum takes little. Factors: least squares to what
 * `cuxas-simulate --timings` wrote for seven sites of metals, oxides and LaCuOS, one and six spectra each; --plan --timings
 * scales them to another machine. LOOSE_PART: from 17 sites of the compounds of `make converged` with the default settings. Those
 * of scattering were then lessened by what chains of energies save (multiple_scattering_priv.h), on 13 sites with both settings. */
enum { WAVES = 16 };
#define SITE_S 0.02            /* whatever the site */
#define SPECTRUM_S 0.05        /* for each spectrum */
#define SCATTERING_S 1.9e-4    /* for each orbit and an atom */
#define LOOSE_PART 0.25        /* of that with a residual */
#define LEVEL_PART 0.8         /* of that (strict) again where the Fermi level of Cu(II) is looked for */
#define POTENTIAL_S 1.2e-4     /* for each element, the square of the atoms in its cluster */
#define SETTLE_S 1.3e-5        /* the same of clusters that tell the final Fermi level alone */
#define BASE_BYTES 48e6        /* program, libraries, tables */
#define BYTES_PER_ELEMENT 24.0 /* of a matrix: a double-precision one, and one in single precision for the solver */

cuxas_status cuxas_site_cost_find(const cuxas_crystal *crystal, size_t site, const cuxas_simulate_settings *settings,
                                  size_t n_kind, cuxas_site_cost *ret_cost, cuxas_error *err)
{
  cuxas_cluster       *cluster  = NULL;
  cuxas_site_symmetry *symmetry = NULL;
  cuxas_shell          shell    = CUXAS_SHELL_UNKNOWN;
  size_t               n_scf = 0, n_wide = 0, n_level = 0;
  cuxas_status         status;
  *ret_cost = (cuxas_site_cost){0};
  if ((status = cuxas_cluster_new(crystal, site, settings->radius_A, settings->max_atom, &cluster, err)) != CUXAS_OK ||
      (status = cuxas_site_symmetry_find(cluster, &symmetry, err)) != CUXAS_OK ||
      (settings->theory != CUXAS_THEORY_FEFF && settings->has_polarised_fermi &&
       (status = cuxas_shell_find(crystal, &site, 1, &shell, err)) != CUXAS_OK))
    goto done;
  const double scattering_s = SCATTERING_S * (double)symmetry->n_orbit * (double)cluster->n_atom;
  ret_cost->n_atom          = cluster->n_atom;
  ret_cost->n_orbit         = symmetry->n_orbit;
  ret_cost->core_s          = SITE_S + SPECTRUM_S * (double)n_kind;
  ret_cost->core_s += settings->residual > 0.0 ? LOOSE_PART * scattering_s : scattering_s;
  if (shell == CUXAS_SHELL_HOLE) {
    status = cuxas_cluster_count(crystal, site, CUXAS_LEVEL_A, CUXAS_LEVEL_ATOMS, &n_level, err);
    if (status != CUXAS_OK) goto done;
    const double part = settings->residual > 0.0 ? fmin((double)n_level / (double)cluster->n_atom, 1.0) : 1.0;
    ret_cost->core_s += LEVEL_PART * scattering_s * part * part;
  }
  if (settings->scf_radius_A > 0.0) {
    status = cuxas_cluster_count(crystal, site, settings->scf_radius_A, settings->scf_max_atom, &n_scf, err);
    if (status != CUXAS_OK) goto done;
    ret_cost->core_s += POTENTIAL_S * (double)cluster->n_potential * (double)n_scf * (double)n_scf;
  }
  if (settings->scf_radius_A > 0.0 && settings->fermi_radius_A > 0.0) {
    status = cuxas_cluster_count(crystal, site, settings->fermi_radius_A, 0, &n_wide, err);
    if (status != CUXAS_OK) goto done;
    ret_cost->core_s += SETTLE_S * (double)cluster->n_potential * (double)n_wide * (double)n_wide;
  }
  const double n_row = (double)WAVES * (double)cluster->n_atom;
  ret_cost->n_byte   = BASE_BYTES + BYTES_PER_ELEMENT * n_row * n_row;
done:
  cuxas_site_symmetry_free(symmetry);
  cuxas_cluster_free(cluster);
  return status;
}
