/* Contents
 *   1. The object and what can be read off it
 *   2. Matrices and numbers for the parsers
 *   3. Sanity of a finished crystal
 *   4. Reading: which format is it? */
#include "cuxas/crystal.h"

#include "crystal/crystal_priv.h"
#include "cuxas/elements.h"
#include "base/memory.h"
#include "crystal/members_priv.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. The object and what can be read off it ---- */

cuxas_crystal *cuxas_crystal_new(size_t n_site)
{
  cuxas_crystal *crystal = cuxas_new_array(1, sizeof *crystal);
  if (crystal == NULL) return NULL;
  crystal->n_site        = n_site;
  crystal->atomic_number = cuxas_new_array(n_site, sizeof *crystal->atomic_number);
  crystal->fractional    = cuxas_new_array(n_site, sizeof *crystal->fractional);
  if (crystal->atomic_number == NULL || crystal->fractional == NULL) {
    cuxas_crystal_free(crystal);
    return NULL;
  }
  return crystal;
}

void cuxas_crystal_free(cuxas_crystal *crystal)
{
  if (crystal == NULL) return;
  free(crystal->atomic_number);
  free(crystal->fractional);
  free(crystal);
}

double cuxas_crystal_volume_A3(const cuxas_crystal *crystal)
{
  return fabs(cuxas_matrix_determinant(crystal->lattice_A));
}

void cuxas_crystal_cartesian_A(const cuxas_crystal *crystal, const double fractional[3], double ret_position_A[3])
{
  cuxas_row_times_matrix(fractional, crystal->lattice_A, ret_position_A);
}

size_t cuxas_crystal_count(const cuxas_crystal *crystal, int atomic_number)
{
  size_t n_found = 0;
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++)
    if (crystal->atomic_number[i_site] == atomic_number) n_found++;
  return n_found;
}

static int by_electronegativity(const void *left, const void *right)
{
  const cuxas_element *a = cuxas_element_find(*(const int *)left), *b = cuxas_element_find(*(const int *)right);
  if (a->electronegativity != b->electronegativity) return a->electronegativity < b->electronegativity ? -1 : 1;
  return strcmp(a->symbol, b->symbol);
}

void cuxas_crystal_formula(const cuxas_crystal *crystal, char ret_formula[CUXAS_FORMULA_SIZE])
{
  size_t count[CUXAS_N_ELEMENT + 1] = {0}, divisor = 0, n_byte = 0;
  int    present[CUXAS_N_ELEMENT], n_present = 0;

  for (size_t i_site = 0; i_site < crystal->n_site; i_site++)
    if (cuxas_element_find(crystal->atomic_number[i_site]) != NULL) count[crystal->atomic_number[i_site]]++;
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    if (count[z] == 0) continue;
    present[n_present++] = z;
    for (size_t rest = count[z]; rest != 0;) { /* greatest common divisor */
      const size_t next = divisor % rest;
      divisor           = rest;
      rest              = next;
    }
  }
  qsort(present, (size_t)n_present, sizeof *present, by_electronegativity);

  ret_formula[0] = '\0';
  for (int i = 0; i < n_present && n_byte < CUXAS_FORMULA_SIZE; i++) {
    const size_t n_atom = count[present[i]] / divisor;
    const char  *symbol = cuxas_element_find(present[i])->symbol;
    const int    n = n_atom > 1 ? snprintf(ret_formula + n_byte, CUXAS_FORMULA_SIZE - n_byte, "%s%zu", symbol, n_atom)
                                : snprintf(ret_formula + n_byte, CUXAS_FORMULA_SIZE - n_byte, "%s", symbol);
    n_byte += (size_t)n;
  }
}

/* ---- 2. Matrices and numbers for the parsers ---- */

double cuxas_matrix_determinant(const double m[3][3])
{
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

bool cuxas_matrix_invert(const double m[3][3], double ret_inverse[3][3])
{
  const double determinant = cuxas_matrix_determinant(m);
  if (determinant == 0.0 || !isfinite(determinant)) return false;
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) { /* cofactor of (j, i), cyclic indices carry its sign */
      const int r = (j + 1) % 3, s = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
      ret_inverse[i][j] = (m[r][c] * m[s][d] - m[r][d] * m[s][c]) / determinant;
    }
  }
  return true;
}

void cuxas_row_times_matrix(const double row[3], const double matrix[3][3], double ret_row[3])
{
  double product[3];
  for (int j = 0; j < 3; j++) product[j] = row[0] * matrix[0][j] + row[1] * matrix[1][j] + row[2] * matrix[2][j];
  memcpy(ret_row, product, sizeof product);
}

cuxas_status cuxas_crystal_parse_real(const char *token, const char *path, size_t i_line, const char *what,
                                      double *ret_value, cuxas_error *err)
{
  double value;
  if (!cuxas_text_parse_number(token, &value))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is not a number: '%.40s'", path, i_line, what, token);
  if (!isfinite(value))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is not finite: '%.40s'", path, i_line, what, token);
  if (fabs(value) >= 1e6)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is too large: '%.40s'", path, i_line, what, token);
  *ret_value = value;
  return CUXAS_OK;
}

/* ---- 3. Sanity of a finished crystal ---- */

#define MIN_VOLUME_A3 0.1
#define MIN_DISTANCE_A 0.5 /* the shortest bond there is, H-H, measures 0.74 A */
enum { MAX_IMAGES = 32 };  /* a cell so flat that more images are in reach was not meant as a crystal */

/* Sites sorted into a grid of boxes that repeats with the cell: neighbours within MIN_DISTANCE_A are at most n_reach
 * boxes away along each axis. */
typedef struct {
  int     n_box[3], n_reach[3];
  size_t *first; /* (number of boxes + 1) where the sites of a box begin in site */
  size_t *site;  /* (n_site) */
  double (*wrapped)[3];
} box_grid;

static void box_grid_end(box_grid *grid)
{
  free(grid->first);
  free(grid->site);
  free(grid->wrapped);
}

static size_t box_of(const box_grid *grid, const double wrapped[3])
{
  size_t box = 0;
  for (int k = 0; k < 3; k++) {
    int i = (int)(wrapped[k] * grid->n_box[k]);
    if (i >= grid->n_box[k]) i = grid->n_box[k] - 1;
    box = box * (size_t)grid->n_box[k] + (size_t)i;
  }
  return box;
}

/* inverse: of the lattice; its columns are the reciprocal vectors, 1 / length is the distance of the lattice planes */
static cuxas_status box_grid_make(const cuxas_crystal *crystal, const double inverse[3][3], const char *path,
                                  box_grid *grid, cuxas_error *err)
{
  const size_t n_site       = crystal->n_site;
  const int    n_box_wanted = (int)ceil(cbrt((double)n_site));
  size_t       n_box        = 1;

  for (int k = 0; k < 3; k++) {
    const double planes_A =
        1.0 / sqrt(inverse[0][k] * inverse[0][k] + inverse[1][k] * inverse[1][k] + inverse[2][k] * inverse[2][k]);
    const double n_fit   = floor(planes_A / MIN_DISTANCE_A);
    grid->n_box[k]       = n_fit < 1 ? 1 : n_fit < n_box_wanted ? (int)n_fit : n_box_wanted;
    const double n_reach = ceil(MIN_DISTANCE_A * grid->n_box[k] / planes_A);
    if (!(n_reach <= MAX_IMAGES))
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the cell is flat: %.2g A between its %c faces", path, planes_A,
                        "abc"[k]);
    grid->n_reach[k] = (int)n_reach;
    n_box *= (size_t)grid->n_box[k];
  }
  grid->first   = cuxas_new_array(n_box + 1, sizeof *grid->first);
  grid->site    = cuxas_new_array(n_site, sizeof *grid->site);
  grid->wrapped = cuxas_new_array(n_site, sizeof *grid->wrapped);
  if (grid->first == NULL || grid->site == NULL || grid->wrapped == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory to check distances", path);

  for (size_t i = 0; i < n_site; i++) {
    for (int k = 0; k < 3; k++) {
      const double x      = crystal->fractional[i][k];
      grid->wrapped[i][k] = x - floor(x);
    }
    grid->first[box_of(grid, grid->wrapped[i]) + 1]++;
  }
  for (size_t i = 0; i < n_box; i++) grid->first[i + 1] += grid->first[i];
  for (size_t i = n_site;
       i-- > 0;) { /* counting down moves each end to its beginning: first[] is shifted by one below */
    const size_t box                   = box_of(grid, grid->wrapped[i]);
    grid->site[--grid->first[box + 1]] = i;
  }
  memmove(grid->first, grid->first + 1, n_box * sizeof *grid->first);
  grid->first[n_box] = n_site;
  return CUXAS_OK;
}

/* Site i against the sites of all boxes in reach; only pairs (i, j) with i <= j, so that each message comes once. */
static cuxas_status check_site(const cuxas_crystal *crystal, const box_grid *grid, size_t i, const char *path,
                               cuxas_error *err)
{
  int home[3];
  for (int k = 0; k < 3; k++) {
    home[k] = (int)(grid->wrapped[i][k] * grid->n_box[k]);
    if (home[k] >= grid->n_box[k]) home[k] = grid->n_box[k] - 1;
  }
  for (int da = -grid->n_reach[0]; da <= grid->n_reach[0]; da++)
    for (int db = -grid->n_reach[1]; db <= grid->n_reach[1]; db++)
      for (int dc = -grid->n_reach[2]; dc <= grid->n_reach[2]; dc++) {
        const int at[3] = {home[0] + da, home[1] + db, home[2] + dc};
        int       image[3];
        size_t    box = 0;
        for (int k = 0; k < 3; k++) {
          const int n = grid->n_box[k];
          image[k]    = at[k] >= 0 ? at[k] / n : -((n - 1 - at[k]) / n);
          box         = box * (size_t)n + (size_t)(at[k] - image[k] * n);
        }
        for (size_t i_entry = grid->first[box]; i_entry < grid->first[box + 1]; i_entry++) {
          const size_t j = grid->site[i_entry];
          if (j < i || (j == i && image[0] == 0 && image[1] == 0 && image[2] == 0)) continue;
          double step[3], vector_A[3];
          for (int k = 0; k < 3; k++) step[k] = grid->wrapped[j][k] + image[k] - grid->wrapped[i][k];
          cuxas_crystal_cartesian_A(crystal, step, vector_A);
          const double distance_A =
              sqrt(vector_A[0] * vector_A[0] + vector_A[1] * vector_A[1] + vector_A[2] * vector_A[2]);
          if (distance_A < MIN_DISTANCE_A)
            return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: atoms %zu (%s) and %zu (%s) are only %.3f A apart", path,
                              i + 1, cuxas_element_find(crystal->atomic_number[i])->symbol, j + 1,
                              cuxas_element_find(crystal->atomic_number[j])->symbol, distance_A);
        }
      }
  return CUXAS_OK;
}

cuxas_status cuxas_crystal_check(const cuxas_crystal *crystal, const char *path, cuxas_error *err)
{
  if (crystal->n_site == 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no atoms", path);
  if (crystal->n_site > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d atoms", path, CUXAS_CRYSTAL_MAX_SITES);
  double inverse[3][3];
  if (!(cuxas_crystal_volume_A3(crystal) > MIN_VOLUME_A3) || !cuxas_matrix_invert(crystal->lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume (%.3g A^3)", path,
                      cuxas_crystal_volume_A3(crystal));

  box_grid     grid   = {0};
  cuxas_status status = box_grid_make(crystal, inverse, path, &grid, err);
  for (size_t i_site = 0; status == CUXAS_OK && i_site < crystal->n_site; i_site++)
    status = check_site(crystal, &grid, i_site, path, err);
  box_grid_end(&grid);
  return status;
}

/* ---- 4. Reading: which format is it? ---- */

typedef enum { FORMAT_UNKNOWN, FORMAT_CIF, FORMAT_POSCAR, FORMAT_XYZ, FORMAT_JSON } file_format;

/* Do the first n_wanted tokens of the line exist and read as numbers? The line stays as it is. */
static bool begins_with_numbers(const char *line, int n_wanted)
{
  for (int i = 0; i < n_wanted; i++) {
    char         token[64];
    const size_t n_blank = strspn(line, " \t"), n_byte = strcspn(line + n_blank, " \t");
    if (n_byte == 0 || n_byte >= sizeof token) return false;
    memcpy(token, line + n_blank, n_byte);
    token[n_byte] = '\0';
    if (!cuxas_text_parse_number(token, NULL)) return false;
    line += n_blank + n_byte;
  }
  return true;
}

/* JSON: nothing but a bracket begins it; asked for last, since a comment line of the others may begin so, too.
 * CIF: the first thing that is not a comment is a data block, a loop or a tag. POSCAR: a scale in line 2, three rows of
 * three numbers. XYZ: a count alone in line 1, and a lattice in line 2 or atoms from line 3. */
static file_format format_of_content(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    if (*line == '\0' || *line == '#') continue;
    if (strncasecmp(line, "data_", 5) == 0 || strncasecmp(line, "loop_", 5) == 0 || *line == '_') return FORMAT_CIF;
    break;
  }
  if (text->n_line >= 7 && begins_with_numbers(text->line[1], 1) && begins_with_numbers(text->line[2], 3) &&
      begins_with_numbers(text->line[3], 3) && begins_with_numbers(text->line[4], 3))
    return FORMAT_POSCAR;
  if (text->n_line >= 2 && begins_with_numbers(text->line[0], 1) && !begins_with_numbers(text->line[0], 2)) {
    if (strstr(text->line[1], "attice=") != NULL) return FORMAT_XYZ;
    if (text->n_line >= 3) {
      const char *row = text->line[2] + strspn(text->line[2], " \t");
      if (cuxas_element_guess(row) != 0 && begins_with_numbers(row + strcspn(row, " \t"), 3)) return FORMAT_XYZ;
    }
  }
  for (size_t i = 0; i < text->n_line; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    if (*line != '\0') return *line == '{' || *line == '[' ? FORMAT_JSON : FORMAT_UNKNOWN;
  }
  return FORMAT_UNKNOWN;
}

static bool has_suffix(const char *name, const char *suffix)
{
  const size_t n_name = strlen(name), n_suffix = strlen(suffix);
  return n_name >= n_suffix && strcasecmp(name + n_name - n_suffix, suffix) == 0;
}

static bool is_suffixed(const char *name, const char *const *suffixes)
{
  for (; *suffixes != NULL; suffixes++) {
    char compressed[16];
    snprintf(compressed, sizeof compressed, "%s.gz", *suffixes);
    if (has_suffix(name, *suffixes) || has_suffix(name, compressed)) return true;
  }
  return false;
}

static file_format format_of_name(const char *path)
{
  static const char *const cif[] = {".cif", NULL}, *const xyz[] = {".xyz", ".extxyz", NULL};
  static const char *const poscar[] = {".vasp", ".poscar", ".contcar", NULL}, *const json[] = {".json", NULL};
  const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
  if (is_suffixed(name, cif)) return FORMAT_CIF;
  if (is_suffixed(name, xyz)) return FORMAT_XYZ;
  if (is_suffixed(name, json)) return FORMAT_JSON;
  if (is_suffixed(name, poscar) || strncmp(name, "POSCAR", 6) == 0 || strncmp(name, "CONTCAR", 7) == 0)
    return FORMAT_POSCAR;
  return FORMAT_UNKNOWN;
}

bool cuxas_crystal_is_recognised(const char *path)
{
  cuxas_text text          = {0};
  char      *bytes         = NULL;
  size_t     n_byte        = 0;
  const bool is_recognised = cuxas_members_fetch(path, &bytes, &n_byte, NULL, NULL) == CUXAS_OK &&
                             cuxas_text_from_memory(path, bytes, n_byte, &text, NULL) == CUXAS_OK &&
                             format_of_content(&text) != FORMAT_UNKNOWN;
  cuxas_text_free(&text);
  free(bytes);
  return is_recognised;
}

const char *cuxas_crystal_format(const void *bytes, size_t n_byte)
{
  static const char *const names[] = {[FORMAT_UNKNOWN] = "",
                                      [FORMAT_CIF]     = "cif",
                                      [FORMAT_POSCAR]  = "poscar",
                                      [FORMAT_XYZ]     = "xyz",
                                      [FORMAT_JSON]    = "json"};
  cuxas_text               text;
  const char              *name = "";
  if (cuxas_text_from_memory("", bytes, n_byte, &text, NULL) == CUXAS_OK) name = names[format_of_content(&text)];
  cuxas_text_free(&text);
  return name;
}

cuxas_status cuxas_crystal_from_memory(const char *name, const void *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                       cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cuxas_text     text;

  *ret_crystal        = NULL;
  cuxas_status status = cuxas_text_from_memory(name, bytes, n_byte, &text, err);
  if (status != CUXAS_OK) goto done;

  file_format format = format_of_content(&text);
  if (format == FORMAT_UNKNOWN) format = format_of_name(name);
  switch (format) {
  case FORMAT_CIF: status = cuxas_crystal_parse_cif(&text, &crystal, err); break;
  case FORMAT_POSCAR: status = cuxas_crystal_parse_poscar(&text, &crystal, err); break;
  case FORMAT_XYZ: status = cuxas_crystal_parse_xyz(&text, &crystal, err); break;
  case FORMAT_JSON: status = cuxas_crystal_parse_json(name, bytes, n_byte, &crystal, err); break;
  case FORMAT_UNKNOWN:
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: no crystal structure: neither CIF nor POSCAR nor extended XYZ nor JSON of pymatgen", name);
    break;
  }
  if (status == CUXAS_OK) status = cuxas_crystal_check(crystal, name, err);
  if (status != CUXAS_OK) goto done;

  *ret_crystal = crystal;
  crystal      = NULL;
done:
  cuxas_crystal_free(crystal);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_crystal_read(const char *path, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_crystal        = NULL;
  cuxas_status status = cuxas_members_fetch(path, &bytes, &n_byte, NULL, err);
  if (status == CUXAS_OK)
    status =
        cuxas_crystal_from_memory(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, ret_crystal, err);
  free(bytes);
  return status;
}
