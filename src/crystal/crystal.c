/* crystal.c - a crystal: its cell and sites, checked; read from any format by what the file holds
 *
 * Contents
 *   1. The object and what can be read off it
 *   2. Matrices and numbers for the parsers
 *   3. Sanity of a finished crystal
 *   4. Reading: which format is it? */
#include "cuxas/crystal.h"
#include "crystal/crystal_priv.h"
#include "base/elements.h"
#include "base/memory.h"
#include "crystal/members_priv.h"
#include "crystal/neighbor.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. The object and what can be read off it ---- */

cuxas_crystal *cuxas_crystal_new(size_t n_site)
{
  cuxas_crystal *crystal = cuxas_new(NULL, 1, sizeof *crystal);
  if (crystal == NULL) return NULL;
  crystal->n_site        = n_site;
  crystal->atomic_number = cuxas_new(NULL, n_site, sizeof *crystal->atomic_number);
  crystal->fractional    = cuxas_new(NULL, n_site, sizeof *crystal->fractional);
  if (crystal->atomic_number == NULL || crystal->fractional == NULL) {
    cuxas_crystal_free(crystal);
    return NULL;
  }
  return crystal;
}

void cuxas_crystal_free(cuxas_crystal *crystal)
{
  for (cuxas_crystal *next; crystal != NULL; crystal = next) {
    next = crystal->next;
    free(crystal->atomic_number);
    free(crystal->fractional);
    free(crystal->occupancy);
    free(crystal->part);
    free(crystal);
  }
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

/* From numbers of atoms by atomic number. */
static void write_formula(const size_t count[CUXAS_N_ELEMENT + 1], char ret_formula[CUXAS_FORMULA_SIZE])
{
  size_t divisor = 0, n_byte                 = 0;
  int    present[CUXAS_N_ELEMENT], n_present = 0;

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

void cuxas_crystal_formula(const cuxas_crystal *crystal, char ret_formula[CUXAS_FORMULA_SIZE])
{
  size_t count[CUXAS_N_ELEMENT + 1] = {0};
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++)
    if (cuxas_element_find(crystal->atomic_number[i_site]) != NULL) count[crystal->atomic_number[i_site]]++;
  write_formula(count, ret_formula);
}

/* The element that a text begins with, two letters before one; 0: none. */
static int read_symbol(const char *text, size_t *ret_n_letter)
{
  for (size_t n = 2; n > 0; n--) {
    char symbol[3] = {text[0], n > 1 ? text[1] : '\0', '\0'};
    *ret_n_letter  = n;
    if (strlen(symbol) == n && cuxas_element_number(symbol) != 0) return cuxas_element_number(symbol);
  }
  return 0;
}

bool cuxas_formula_read(const char *name, char ret_formula[CUXAS_FORMULA_SIZE])
{
  enum { MAX_COUNT = 1000 };
  size_t count[CUXAS_N_ELEMENT + 1] = {0}, n_letter;

  ret_formula[0] = '\0';
  const char *at = name;
  while ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9')) {
    const int z = read_symbol(at, &n_letter);
    if (z == 0) return false;
    size_t n = 0;
    for (at += n_letter; *at >= '0' && *at <= '9' && n < MAX_COUNT; at++) n = 10 * n + (size_t)(*at - '0');
    count[z] += n > 0 ? n : 1;
  }
  if (at == name) return false;
  write_formula(count, ret_formula);
  return true;
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
#define MAX_IMAGES 32.0    /* a cell so flat that more images are in reach was not meant as a crystal */

/* "path:line", or the path alone where the line is 0; the caller frees it; NULL: no memory */
static char *name_place(const char *path, size_t i_line)
{
  return i_line > 0 ? cuxas_print_text(NULL, "%s:%zu", path, i_line) : cuxas_copy_text(NULL, path);
}

/* Matter has some 10 cubic angstrom for an atom: a thousandth of that is a cell in nm. */
static const char *doubt_unit(const cuxas_crystal *crystal)
{
  const double each_A3 = 1000.0 * cuxas_crystal_volume_A3(crystal) / (double)crystal->n_site;
  return !crystal->is_molecule && each_A3 > 3.0 && each_A3 < 100.0 ? "; are its lengths in nm?" : "";
}

static cuxas_status check_cell(const cuxas_crystal *crystal, const char *place, cuxas_error *err)
{
  double inverse[3][3];
  if (!(cuxas_crystal_volume_A3(crystal) > MIN_VOLUME_A3) || !cuxas_matrix_invert(crystal->lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume (%.3g A^3)%s", place,
                      cuxas_crystal_volume_A3(crystal), doubt_unit(crystal));
  for (int k = 0; k < 3;
       k++) { /* columns of the inverse are the reciprocal vectors: 1 / length is what the faces are apart */
    const double planes_A =
        1.0 / sqrt(inverse[0][k] * inverse[0][k] + inverse[1][k] * inverse[1][k] + inverse[2][k] * inverse[2][k]);
    if (!(MIN_DISTANCE_A / planes_A <= MAX_IMAGES))
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the cell is flat: %.2g A between its %c faces", place, planes_A,
                        "abc"[k]);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_crystal_check(const cuxas_crystal *crystal, const char *path, const size_t opt_lines[2],
                                 cuxas_error *err)
{
  double distance_A = 0.0;
  size_t pair[2];
  bool   is_close = false;

  if (crystal->n_site == 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no atoms", path);
  if (crystal->n_site > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d atoms", path, CUXAS_CRYSTAL_MAX_SITES);
  char *place = name_place(path, opt_lines != NULL ? opt_lines[0] : 0);
  if (place == NULL) return cuxas_no_memory(err);
  const cuxas_status sound = check_cell(crystal, place, err);
  free(place);
  if (sound != CUXAS_OK) return sound;
  cuxas_error        reason = {0};
  const cuxas_status status =
      cuxas_neighbors_find_close(crystal, MIN_DISTANCE_A, pair, &distance_A, &is_close, &reason);
  if (status != CUXAS_OK)
    return cuxas_fail(err, status == CUXAS_ERANGE ? CUXAS_EUNSUPPORTED : status, "%s: %s", path, reason.message);
  if (!is_close) return CUXAS_OK;
  const size_t last = pair[0] > pair[1] ? pair[0] : pair[1];
  if ((place = name_place(path, opt_lines != NULL && opt_lines[1] > 0 ? opt_lines[1] + last : 0)) == NULL)
    return cuxas_no_memory(err);
  cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: atoms %zu (%s) and %zu (%s) are only %.3f A apart%s", place, pair[0] + 1,
             cuxas_element_find(crystal->atomic_number[pair[0]])->symbol, pair[1] + 1,
             cuxas_element_find(crystal->atomic_number[pair[1]])->symbol, distance_A,
             crystal->is_molecule && distance_A > 0.07 && distance_A < 0.3 ? "; are these nm?" : doubt_unit(crystal));
  free(place);
  return CUXAS_EUNSUPPORTED;
}

/* ---- 4. Reading: which format is it? ---- */

#define MAX_VOLUME_A3 1e5 /* for each atom: a cube of 46 A; boxes around molecules are smaller, cells in pm are not */

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

static bool begins_with_word(const char *line, const char *word)
{
  const size_t n_byte = strlen(word);
  line += strspn(line, " \t");
  return strncasecmp(line, word, n_byte) == 0 && (line[n_byte] == '\0' || line[n_byte] == ' ' || line[n_byte] == '\t');
}

/* The first thing that is not a comment is a data block, a loop or a tag. */
static bool is_cif(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    if (*line == '\0' || *line == '#') continue;
    return strncasecmp(line, "data_", 5) == 0 || strncasecmp(line, "loop_", 5) == 0 || *line == '_';
  }
  return false;
}

/* A scale in line 2, three rows of three numbers. */
static bool is_poscar(const cuxas_text *text)
{
  return text->n_line >= 7 && begins_with_numbers(text->line[1], 1) && begins_with_numbers(text->line[2], 3) &&
         begins_with_numbers(text->line[3], 3) && begins_with_numbers(text->line[4], 3);
}

/* A count alone in line 1, and a lattice in line 2 or atoms from line 3. */
static bool is_xyz(const cuxas_text *text)
{
  if (text->n_line < 2 || !begins_with_numbers(text->line[0], 1) || begins_with_numbers(text->line[0], 2)) return false;
  if (strstr(text->line[1], "attice=") != NULL) return true;
  if (text->n_line < 3) return false;
  const char *row = text->line[2] + strspn(text->line[2], " \t");
  return cuxas_element_guess(row) != 0 && begins_with_numbers(row + strcspn(row, " \t"), 3);
}

/* Nothing but a bracket begins it. */
static bool is_json(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    if (*line != '\0') return *line == '{' || *line == '[';
  }
  return false;
}

enum { TELLING_LINES = 50000 }; /* more than a structure has: long tables of numbers are not searched for words */

static bool has_words(const cuxas_text *text, const char *one, const char *other)
{
  bool has_one = false, has_other = false;
  for (size_t i = 0; i < text->n_line && i < TELLING_LINES; i++) {
    has_one   = has_one || begins_with_word(text->line[i], one);
    has_other = has_other || begins_with_word(text->line[i], other);
  }
  return has_one && has_other;
}

static bool is_shelx(const cuxas_text *text)
{
  return has_words(text, "CELL", "SFAC");
}

static bool is_pdb(const cuxas_text *text)
{
  return has_words(text, "CRYST1", "ATOM") || has_words(text, "CRYST1", "HETATM") || has_words(text, "HETATM", "END") ||
         has_words(text, "HETATM", "CONECT");
}

static bool is_cssr(const cuxas_text *text)
{
  for (size_t i = 0; i < 3 && text->n_line > 4; i++)
    if (strstr(text->line[i], "SPGR") != NULL && strchr(text->line[i], '=') != NULL) return true;
  return false;
}

static bool is_molfile(const cuxas_text *text)
{
  return text->n_line > 4 && (strstr(text->line[3], "V2000") != NULL || strstr(text->line[3], "V3000") != NULL);
}

static bool is_xsf(const cuxas_text *text)
{
  return has_words(text, "PRIMVEC", "PRIMCOORD");
}

/* The geometry of FHI-aims: vectors and atoms, a word before the numbers. */
static bool is_aims(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line && i < TELLING_LINES; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    if (*line == '\0' || *line == '#') continue;
    const char *numbers = line + strcspn(line, " \t");
    return (begins_with_word(line, "lattice_vector") || begins_with_word(line, "atom") ||
            begins_with_word(line, "atom_frac")) &&
           begins_with_numbers(numbers, 3);
  }
  return false;
}

static bool is_castep(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line && i < TELLING_LINES; i++)
    if (strncasecmp(text->line[i], "%BLOCK LATTICE_", 15) == 0) return true;
  return false;
}

static bool is_espresso(const cuxas_text *text)
{
  return has_words(text, "ATOMIC_SPECIES", "ATOMIC_POSITIONS");
}

static bool is_feff_input(const cuxas_text *text)
{
  return has_words(text, "POTENTIALS", "ATOMS");
}

/* The formats, in the order in which a content is asked for them (JSON behind those whose comment line may begin alike),
 * and some that are known but not read. A new format is a row here, and its parser. */
typedef struct {
  const char        *name;     /* "": not read */
  const char        *what;     /* for messages */
  const char *const *suffixes; /* used where the content decides nothing */
  bool (*recognises)(const cuxas_text *text);
  cuxas_status (*parse)(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err);
  cuxas_status (*parse_bytes)(const char *path, const char *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                              cuxas_error *err); /* of formats that are not made of lines */
} format;

#define SUFFIXES(...)                                                                                                  \
  (const char *const[])                                                                                                \
  {                                                                                                                    \
    __VA_ARGS__, NULL                                                                                                  \
  }

static const format FORMATS[] = {
    {"cif", "CIF", SUFFIXES(".cif", ".mcif"), is_cif, cuxas_crystal_parse_cif, NULL},
    {"", "SHELX .res/.ins", SUFFIXES(".res", ".ins"), is_shelx, NULL, NULL},
    {"", "CSSR", SUFFIXES(".cssr"), is_cssr, NULL, NULL},
    {"", "PDB", SUFFIXES(".pdb", ".ent"), is_pdb, NULL, NULL},
    {"", "MDL molfile", SUFFIXES(".mol", ".sdf"), is_molfile, NULL, NULL},
    {"", "XCrySDen", SUFFIXES(".xsf"), is_xsf, NULL, NULL},
    {"", "CASTEP .cell", SUFFIXES(".cell"), is_castep, NULL, NULL},
    {"", "FHI-aims", SUFFIXES(".in"), is_aims, NULL, NULL},
    {"", "input of Quantum ESPRESSO", SUFFIXES(".pwi"), is_espresso, NULL, NULL},
    {"", "feff.inp", SUFFIXES(".inp"), is_feff_input, NULL, NULL},
    {"poscar", "VASP's POSCAR", SUFFIXES(".vasp", ".poscar", ".contcar"), is_poscar, cuxas_crystal_parse_poscar, NULL},
    {"xyz", "extended XYZ", SUFFIXES(".xyz", ".extxyz"), is_xyz, cuxas_crystal_parse_xyz, NULL},
    {"json", "JSON", SUFFIXES(".json"), is_json, NULL, cuxas_crystal_parse_json},
};
enum { N_FORMAT = sizeof FORMATS / sizeof *FORMATS };

static const format *format_of_content(const cuxas_text *text)
{
  for (size_t i = 0; i < N_FORMAT; i++)
    if (FORMATS[i].recognises(text)) return &FORMATS[i];
  return NULL;
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

static const format *format_of_name(const char *path)
{
  const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
  const bool  is_vasp = strncmp(name, "POSCAR", 6) == 0 || strncmp(name, "CONTCAR", 7) == 0;
  for (size_t i = 0; i < N_FORMAT; i++)
    if (is_suffixed(name, FORMATS[i].suffixes) || (is_vasp && strcmp(FORMATS[i].name, "poscar") == 0))
      return &FORMATS[i];
  return NULL;
}

bool cuxas_crystal_has_suffix(const char *path)
{
  const format *by_name = format_of_name(path);
  return by_name != NULL && by_name->name[0] != '\0' && by_name->parse_bytes == NULL;
}

static bool is_archive(const void *bytes, size_t n_byte)
{
  return n_byte >= 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

cuxas_status cuxas_crystal_is_likely(const char *path, const void *bytes, size_t n_byte, bool *ret_is_likely,
                                     cuxas_error *err)
{
  cuxas_text   text   = {0};
  cuxas_error  reason = {0};
  cuxas_status status = CUXAS_OK;
  *ret_is_likely      = is_archive(bytes, n_byte) || (n_byte >= 8 && memcmp(bytes, "- of Ulm", 8) == 0);
  if (!*ret_is_likely) {
    status         = cuxas_text_from_memory(path, bytes, n_byte, &text, &reason);
    *ret_is_likely = status == CUXAS_OK && format_of_content(&text) != NULL;
  }
  cuxas_text_free(&text);
  return status == CUXAS_ENOMEM ? cuxas_fail(err, status, "%s", reason.message) : CUXAS_OK;
}

const char *cuxas_crystal_format(const void *bytes, size_t n_byte)
{
  cuxas_text         text;
  const cuxas_status status = cuxas_text_from_memory("", bytes, n_byte, &text, NULL);
  const char        *name   = status == CUXAS_ENOMEM ? NULL : "";
  if (status == CUXAS_OK) {
    const format *found = format_of_content(&text);
    if (found != NULL) name = found->name;
  }
  cuxas_text_free(&text);
  return name;
}

/* Where the cell and the first atom stand, as cuxas_crystal_check() asks: of a CIF its cell alone, whose atoms are moved about. */
static void find_lines(const cuxas_text *text, const format *opt_format, size_t ret_lines[2])
{
  const char *name = opt_format != NULL ? opt_format->name : "";
  ret_lines[0] = ret_lines[1] = 0;
  if (strcmp(name, "xyz") == 0) {
    ret_lines[0] = 2;
    ret_lines[1] = 3;
  } else if (strcmp(name, "poscar") == 0) {
    ret_lines[0] = 3;
  } else if (strcmp(name, "cif") == 0) {
    for (size_t i = 0; i < text->n_line && ret_lines[0] == 0; i++)
      if (begins_with_word(text->line[i], "_cell_length_a")) ret_lines[0] = i + 1;
  }
}

/* Warns of atoms that overlap though they are fully occupied, and of copper without neighbours. */
static void doubt_distances(cuxas_crystal *crystal)
{
  enum { COPPER = 29 };
  const double     ALONE_A   = 5.0; /* copper's bonds are below 3.2 A; our choice */
  cuxas_neighbors *neighbors = NULL;
  size_t           pair[2], n_copper = 0, n_alone = 0, i_alone = 0;
  double           distance_A;
  if (crystal->occupancy == NULL &&
      cuxas_neighbors_closest(crystal, CUXAS_PLAUSIBLE_DISTANCE, pair, &distance_A) < CUXAS_PLAUSIBLE_DISTANCE)
    cuxas_warn(&crystal->warnings,
               "atoms %zu (%s) and %zu (%s) are only %.2f A apart, too near for two atoms: disorder without groups?",
               pair[0] + 1, cuxas_element_find(crystal->atomic_number[pair[0]])->symbol, pair[1] + 1,
               cuxas_element_find(crystal->atomic_number[pair[1]])->symbol, distance_A);
  size_t *copper = cuxas_new(NULL, crystal->n_site, sizeof *copper);
  for (size_t i = 0; i < crystal->n_site && copper != NULL; i++)
    if (crystal->atomic_number[i] == COPPER) copper[n_copper++] = i;
  if (n_copper > 0 && cuxas_neighbors_find(crystal, copper, n_copper, ALONE_A, &neighbors, NULL) == CUXAS_OK)
    for (size_t i = n_copper; i-- > 0;)
      if (neighbors->first[i + 1] == neighbors->first[i]) {
        i_alone = copper[i];
        n_alone++;
      }
  if (n_alone > 0)
    cuxas_warn(&crystal->warnings, "%zu of %zu copper atoms (the first is atom %zu) have no neighbour within %g A",
               n_alone, n_copper, i_alone + 1, ALONE_A);
  cuxas_neighbors_free(neighbors);
  free(copper);
}

cuxas_status cuxas_crystal_parse(const char *name, const void *bytes, size_t n_byte, const cuxas_drawing *how,
                                 cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cuxas_text     text    = {0};
  cuxas_status   status;

  *ret_crystal = NULL;
  if (is_archive(bytes, n_byte)) {
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: an archive or workbook (zip): unpack it and name the structure in it", name);
    goto done;
  }
  if (n_byte >= 8 && memcmp(bytes, "- of Ulm", 8) == 0) {
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: a trajectory of ASE: save it as extended XYZ or CIF (ase convert)", name);
    goto done;
  }
  if ((status = cuxas_text_from_memory(name, bytes, n_byte, &text, err)) != CUXAS_OK) goto done;
  const format *by_content = format_of_content(&text), *found = by_content != NULL ? by_content : format_of_name(name);
  size_t        lines[2];
  find_lines(&text, found, lines);
  if (found == NULL)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: no crystal structure: neither CIF nor POSCAR nor extended XYZ nor JSON of pymatgen", name);
  else if (found->parse != NULL)
    status = found->parse(&text, &crystal, err);
  else if (found->parse_bytes != NULL)
    status = found->parse_bytes(name, bytes, n_byte, &crystal, err);
  else
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: not a structure format that is read (%s); save it as CIF, POSCAR, extended XYZ or JSON",
                        name, found->what);
  if (status == CUXAS_OK && crystal->occupancy != NULL) status = cuxas_disorder_settle(name, how, &crystal, err);
  if (status == CUXAS_OK) status = cuxas_crystal_check(crystal, name, lines, err);
  if (status != CUXAS_OK) goto done;
  if (!crystal->is_molecule && cuxas_crystal_volume_A3(crystal) > MAX_VOLUME_A3 * (double)crystal->n_site)
    cuxas_warn(&crystal->warnings,
               "%.3g cubic angstrom for each atom: is the cell in another unit, or is it a molecule?",
               cuxas_crystal_volume_A3(crystal) / (double)crystal->n_site);
  else
    doubt_distances(crystal);

  *ret_crystal = crystal;
  crystal      = NULL;
done:
  cuxas_crystal_free(crystal);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_crystal_from_memory(const char *name, const void *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                       cuxas_error *err)
{
  return cuxas_crystal_parse(name, bytes, n_byte, &CUXAS_DRAWING, ret_crystal, err);
}

cuxas_status cuxas_crystal_fetch(const char *path, const cuxas_drawing *how, cuxas_crystal **ret_crystal,
                                 cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_crystal        = NULL;
  cuxas_status status = cuxas_members_fetch(path, &bytes, &n_byte, NULL, err);
  if (status == CUXAS_OK)
    status =
        cuxas_crystal_parse(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, how, ret_crystal, err);
  free(bytes);
  return status;
}

cuxas_status cuxas_crystal_read(const char *path, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  return cuxas_crystal_fetch(path, &CUXAS_DRAWING, ret_crystal, err);
}
