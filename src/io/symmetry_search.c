/* Contents
 *   1. Does an isometry map the atoms onto themselves?
 *   2. The primitive cell
 *   3. Isometries of the lattice
 *   4. Classes
 *
 * Row vectors: a point is x L with coordinates x; an isometry sends it to (x W + w) L. In a Delaunay-reduced cell the
 * entries of every W are -1, 0 or 1: the images of the cell vectors are among the 26 vectors to neighbouring cells. */
#include "symmetry_search_priv.h"

#include "crystal_priv.h"
#include "cuxas/memory.h"

#include <math.h>
#include <spglib.h>
#include <stdlib.h>
#include <string.h>

#define CLEAR_FACTOR 4.0 /* this much below or above the tolerance there is no doubt (our choice) */
enum {
  MAX_SITES        = 400, /* the search takes time with the cube of the number of sites at worst */
  MAX_TRANSLATIONS = 64,
  MAX_ISOMETRIES   = 48, /* of a lattice, about a point */
};

typedef enum { NO, DOUBTFUL, YES } verdict;

typedef struct {
  double lattice_A[3][3];
  size_t n_site, n_rare;
  int   *atomic_number;
  double (*x)[3];
  size_t *image;       /* (n_site) where the isometry tried last sends each site */
  size_t *rare;        /* (n_rare) sites of the element that has fewest */
  double  yes_A, no_A; /* closer than yes_A: the same place; farther than no_A: another */
} search_cell;

typedef struct {
  int     matrix[3][3];
  verdict fits; /* the lattice onto itself; never NO */
} lattice_isometry;

/* ---- 1. Does an isometry map the atoms onto themselves? ---- */

static verdict judge(const search_cell *cell, double deviation_A)
{
  return deviation_A < cell->yes_A ? YES : deviation_A > cell->no_A ? NO : DOUBTFUL;
}

static double distance_A(const search_cell *cell, const double from[3], const double to[3])
{
  double step[3], vector_A[3];
  for (int k = 0; k < 3; k++) {
    step[k] = to[k] - from[k];
    step[k] -= floor(step[k] + 0.5);
  }
  cuxas_row_times_matrix(step, cell->lattice_A, vector_A);
  return sqrt(vector_A[0] * vector_A[0] + vector_A[1] * vector_A[1] + vector_A[2] * vector_A[2]);
}

static void apply(const int matrix[3][3], const double x[3], double ret_x[3])
{
  for (int k = 0; k < 3; k++) ret_x[k] = x[0] * matrix[0][k] + x[1] * matrix[1][k] + x[2] * matrix[2][k];
}

/* Fills cell->image when the answer is not NO. */
static verdict try_isometry(const search_cell *cell, const int matrix[3][3], const double translation[3])
{
  verdict answer = YES;
  for (size_t i = 0; i < cell->n_site; i++) {
    double moved[3], least_A = INFINITY;
    apply(matrix, cell->x[i], moved);
    for (int k = 0; k < 3; k++) moved[k] += translation[k];
    for (size_t j = 0; j < cell->n_site && least_A > cell->no_A; j++) {
      if (cell->atomic_number[j] != cell->atomic_number[i]) continue;
      const double here_A = distance_A(cell, cell->x[j], moved);
      if (here_A < least_A) {
        least_A        = here_A;
        cell->image[i] = j;
      }
    }
    const verdict here = judge(cell, least_A);
    if (here == NO) return NO;
    if (here == DOUBTFUL) answer = DOUBTFUL;
  }
  return answer;
}

/* ---- 2. The primitive cell ---- */

static void search_cell_end(search_cell *cell)
{
  free(cell->atomic_number);
  free(cell->x);
  free(cell->image);
  free(cell->rare);
}

static bool search_cell_make(const double lattice_A[3][3], size_t n_site, double symprec_A, search_cell *ret_cell)
{
  *ret_cell = (search_cell){.n_site = n_site, .yes_A = symprec_A / CLEAR_FACTOR, .no_A = symprec_A * CLEAR_FACTOR};
  memcpy(ret_cell->lattice_A, lattice_A, sizeof ret_cell->lattice_A);
  ret_cell->atomic_number = cuxas_new_array(n_site, sizeof *ret_cell->atomic_number);
  ret_cell->x             = cuxas_new_array(n_site, sizeof *ret_cell->x);
  ret_cell->image         = cuxas_new_array(n_site, sizeof *ret_cell->image);
  ret_cell->rare          = cuxas_new_array(n_site, sizeof *ret_cell->rare);
  return ret_cell->atomic_number != NULL && ret_cell->x != NULL && ret_cell->image != NULL && ret_cell->rare != NULL;
}

static size_t count_like(const search_cell *cell, size_t i_site)
{
  size_t n_like = 0;
  for (size_t j = 0; j < cell->n_site; j++) n_like += cell->atomic_number[j] == cell->atomic_number[i_site];
  return n_like;
}

static void find_rare(search_cell *cell)
{
  size_t i_rarest = 0, n_least = cell->n_site + 1;
  for (size_t i = 0; i < cell->n_site; i++) {
    const size_t n_like = count_like(cell, i);
    if (n_like < n_least) {
      n_least  = n_like;
      i_rarest = i;
    }
  }
  cell->n_rare = 0;
  for (size_t i = 0; i < cell->n_site; i++)
    if (cell->atomic_number[i] == cell->atomic_number[i_rarest]) cell->rare[cell->n_rare++] = i;
}

/* Does distance_A() tell all distances up to no_A rightly, and no two atoms coincide? */
static bool is_sound(const search_cell *cell)
{
  double inverse[3][3];
  if (!cuxas_matrix_invert(cell->lattice_A, inverse)) return false;
  for (int k = 0; k < 3; k++) { /* the columns are reciprocal vectors: 1 / length is the distance between planes */
    const double reciprocal =
        sqrt(inverse[0][k] * inverse[0][k] + inverse[1][k] * inverse[1][k] + inverse[2][k] * inverse[2][k]);
    if (!(4.0 * cell->no_A * reciprocal < 1.0)) return false;
  }
  for (size_t i = 0; i < cell->n_site; i++)
    for (size_t j = 0; j < i; j++)
      if (distance_A(cell, cell->x[i], cell->x[j]) < 4.0 * cell->no_A) return false;
  return true;
}

/* The translations that map the atoms onto themselves, then the cell vectors; 0: in doubt, or too many. */
static size_t find_translations(const search_cell *cell, double ret_translation[MAX_TRANSLATIONS + 3][3])
{
  static const int unit[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  const double    *origin     = cell->x[cell->rare[0]];
  size_t           n          = 0;
  for (size_t i = 1; i < cell->n_rare; i++) {
    double step[3];
    for (int k = 0; k < 3; k++) {
      step[k] = cell->x[cell->rare[i]][k] - origin[k];
      step[k] -= floor(step[k] + 0.5);
    }
    switch (try_isometry(cell, unit, step)) {
    case DOUBTFUL: return 0;
    case NO: break;
    case YES:
      if (n == MAX_TRANSLATIONS) return 0;
      memcpy(ret_translation[n++], step, sizeof step);
    }
  }
  for (int i = 0; i < 3; i++, n++)
    for (int k = 0; k < 3; k++) ret_translation[n][k] = unit[i][k];
  return n;
}

/* Three of the translations that span a cell of volume 1 / n_centring of the given one */
static bool find_basis(const double (*translation)[3], size_t n_translation, const double lattice_A[3][3],
                       double ret_basis_A[3][3])
{
  const double volume = 1.0 / (double)(n_translation - 2);
  for (size_t i = 0; i < n_translation; i++)
    for (size_t j = i + 1; j < n_translation; j++)
      for (size_t k = j + 1; k < n_translation; k++) {
        double triple[3][3];
        memcpy(triple[0], translation[i], sizeof triple[0]);
        memcpy(triple[1], translation[j], sizeof triple[1]);
        memcpy(triple[2], translation[k], sizeof triple[2]);
        if (fabs(fabs(cuxas_matrix_determinant(triple)) - volume) > 0.1 * volume) continue;
        for (int row = 0; row < 3; row++) cuxas_row_times_matrix(triple[row], lattice_A, ret_basis_A[row]);
        return true;
      }
  return false;
}

/* The Delaunay-reduced cell of the same lattice; spglib wants columns and a right-handed cell, and -L spans what L does */
static bool reduce(double lattice_A[3][3], double symprec_A)
{
  const double sign = cuxas_matrix_determinant(lattice_A) < 0.0 ? -1.0 : 1.0;
  double       columns[3][3];
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) columns[k][i] = sign * lattice_A[i][k];
  if (spg_delaunay_reduce(columns, symprec_A) == 0) return false;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) lattice_A[i][k] = columns[k][i];
  return true;
}

/* Sites of the whole cell that a translation joins become one, which keeps the place of the first.
 *   ret_site_of  (whole->n_site) site of the primitive cell */
static bool gather_sites(const search_cell *whole, search_cell *primitive, size_t n_centring, size_t *ret_site_of)
{
  double inverse[3][3];
  if (!cuxas_matrix_invert(primitive->lattice_A, inverse)) return false;
  const size_t n_expected = whole->n_site / n_centring;
  primitive->n_site       = 0;
  for (size_t i = 0; i < whole->n_site; i++) {
    double place_A[3], x[3];
    cuxas_row_times_matrix(whole->x[i], whole->lattice_A, place_A);
    cuxas_row_times_matrix(place_A, inverse, x);
    for (int k = 0; k < 3; k++) x[k] -= floor(x[k]);
    size_t j = 0;
    while (j < primitive->n_site && distance_A(primitive, primitive->x[j], x) > primitive->no_A) j++;
    ret_site_of[i] = j;
    if (j < primitive->n_site) {
      if (primitive->atomic_number[j] != whole->atomic_number[i]) return false;
      continue;
    }
    if (j == n_expected) return false;
    primitive->atomic_number[j] = whole->atomic_number[i];
    memcpy(primitive->x[j], x, sizeof x);
    primitive->n_site++;
  }
  return primitive->n_site == n_expected && n_expected * n_centring == whole->n_site;
}

/* ---- 3. Isometries of the lattice ---- */

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static int determinant(const int m[3][3])
{
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/* How far do the images of cell vectors differ from them in length, and in the angle with those before? */
static verdict fits_lattice(const search_cell *cell, const double image_A[3][3], int i)
{
  const double(*lattice_A)[3] = cell->lattice_A;
  const double length_A       = sqrt(dot(lattice_A[i], lattice_A[i]));
  verdict      answer         = judge(cell, fabs(sqrt(dot(image_A[i], image_A[i])) - length_A));
  for (int j = 0; j < i && answer != NO; j++) {
    const double  longer_A = fmax(length_A, sqrt(dot(lattice_A[j], lattice_A[j])));
    const double  change   = fabs(dot(image_A[i], image_A[j]) - dot(lattice_A[i], lattice_A[j]));
    const verdict here     = judge(cell, change / longer_A);
    if (here < answer) answer = here;
  }
  return answer;
}

/* Row i of the matrix and those below, by trying all neighbouring cells; false: more isometries than a lattice has. */
static bool complete(const search_cell *cell, int i, lattice_isometry *current, double image_A[3][3],
                     lattice_isometry *found, size_t *n_found)
{
  const verdict before = current->fits;
  for (int n = 0; n < 27; n++) {
    int *row             = current->matrix[i];
    row[0]               = n / 9 - 1;
    row[1]               = n / 3 % 3 - 1;
    row[2]               = n % 3 - 1;
    const double step[3] = {row[0], row[1], row[2]};
    cuxas_row_times_matrix(step, cell->lattice_A, image_A[i]);
    const verdict here = fits_lattice(cell, image_A, i);
    if (here == NO) continue;
    current->fits = here < before ? here : before;
    if (i < 2) {
      if (!complete(cell, i + 1, current, image_A, found, n_found)) return false;
    } else if (abs(determinant(current->matrix)) == 1) {
      if (*n_found == MAX_ISOMETRIES) return false;
      found[(*n_found)++] = *current;
    }
    current->fits = before;
  }
  return true;
}

/* ---- 4. Classes ---- */

static size_t root_of(const size_t *parent, size_t i)
{
  while (parent[i] != i) i = parent[i];
  return i;
}

static void join(size_t *parent, size_t i, size_t j)
{
  const size_t a = root_of(parent, i), b = root_of(parent, j);
  if (a < b)
    parent[b] = a;
  else
    parent[a] = b;
}

/* parent: (n_site) a forest; roots are the first sites of their classes; false: in doubt */
static bool classify(const search_cell *cell, size_t *parent)
{
  lattice_isometry found[MAX_ISOMETRIES], current = {.fits = YES};
  double           image_A[3][3];
  size_t           n_found = 0;
  if (!complete(cell, 0, &current, image_A, found, &n_found)) return false;

  for (size_t i = 0; i < cell->n_site; i++) parent[i] = i;
  for (size_t n = 0; n < n_found; n++) {
    double turned[3];
    apply(found[n].matrix, cell->x[cell->rare[0]], turned);
    for (size_t i = 0; i < cell->n_rare; i++) {
      double step[3];
      for (int k = 0; k < 3; k++) step[k] = cell->x[cell->rare[i]][k] - turned[k];
      const verdict answer = try_isometry(cell, found[n].matrix, step);
      if (answer == NO) continue;
      if (answer == DOUBTFUL || found[n].fits == DOUBTFUL) return false;
      for (size_t j = 0; j < cell->n_site; j++) join(parent, j, cell->image[j]);
    }
  }
  return true;
}

/* The primitive cell and its classes, for the whole cell's sites */
static bool search(search_cell *whole, double symprec_A, size_t *work, size_t *ret_class)
{
  double      translation[MAX_TRANSLATIONS + 3][3], basis_A[3][3];
  search_cell primitive = {0};
  bool        is_clear  = false;

  find_rare(whole);
  if (!is_sound(whole)) return false;
  const size_t n_translation = find_translations(whole, translation);
  if (n_translation == 0 || !find_basis(translation, n_translation, whole->lattice_A, basis_A) ||
      !reduce(basis_A, symprec_A))
    return false;
  if (!search_cell_make(basis_A, whole->n_site, symprec_A, &primitive)) goto done;
  if (!gather_sites(whole, &primitive, n_translation - 2, ret_class) || !is_sound(&primitive)) goto done;
  find_rare(&primitive);
  if (!classify(&primitive, work)) goto done;

  for (size_t i = 0; i < whole->n_site; i++) ret_class[i] = root_of(work, ret_class[i]);
  is_clear = true;
done:
  search_cell_end(&primitive);
  return is_clear;
}

bool cuxas_symmetry_search(const cuxas_crystal *crystal, double symprec_A, size_t *ret_class)
{
  search_cell whole    = {0};
  bool        is_clear = false;
  if (crystal->n_site == 0 || crystal->n_site > MAX_SITES) return false;
  size_t *work = cuxas_new_array(crystal->n_site, sizeof *work);
  if (work != NULL && search_cell_make(crystal->lattice_A, crystal->n_site, symprec_A, &whole)) {
    memcpy(whole.atomic_number, crystal->atomic_number, crystal->n_site * sizeof *whole.atomic_number);
    memcpy(whole.x, crystal->fractional, crystal->n_site * sizeof *whole.x);
    is_clear = search(&whole, symprec_A, work, ret_class);
  }
  search_cell_end(&whole);
  free(work);
  return is_clear;
}
