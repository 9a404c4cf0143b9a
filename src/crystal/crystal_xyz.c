/* Extended XYZ: line 1 the number of atoms, line 2 key=value pairs, then one line for each atom. The cell is
 * Lattice="ax ay az bx by bz cx cy cz"; Properties=name:type:columns:... names the columns (default
 * species:S:1:pos:R:3). Of several frames the last is read, where a
 * relaxation ends; lines are then counted from its own first one. */
#include "crystal/crystal_priv.h"
#include "base/text.h"
#include "base/elements.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
  size_t n_column;
  size_t species, position; /* index of the (first) column */
  bool   species_is_number; /* atomic numbers instead of symbols */
} xyz_columns;

/* The value of a key in line 2, cut out in place, without quotes or braces around it; NULL: no such key. */
static char *find_value(char *line, const char *key)
{
  const size_t n_key = strlen(key);
  char        *at    = line;
  for (;;) {
    at += strspn(at, " \t,");
    if (*at == '\0') return NULL;
    char        *name   = at;
    const size_t n_name = strcspn(at, "= \t");
    at += n_name;
    if (*at != '=') continue; /* a word without a value */
    const char open  = *++at;
    const char close = open == '"' || open == '\'' ? open : open == '{' ? '}' : open == '[' ? ']' : '\0';
    if (close != '\0') at++;
    char *value = at;
    at          = close != '\0' ? strchr(at, close) : at + strcspn(at, " \t");
    if (at == NULL) return NULL; /* the quote never ends */
    const bool is_found = n_name == n_key && strncasecmp(name, key, n_key) == 0;
    if (is_found) {
      *at = '\0';
      return value;
    }
    if (*at != '\0') at++;
  }
}

/* find_value() cuts its line, so each look-up works on a copy. */
static cuxas_status copy_value(const cuxas_text *text, const char *key, char **ret_value, cuxas_error *err)
{
  *ret_value = NULL;
  char *line = cuxas_copy_text(err, text->line[1]);
  if (line == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
  const char *value = find_value(line, key);
  if (value != NULL) {
    *ret_value = cuxas_copy_text(err, value);
    if (*ret_value == NULL) {
      free(line);
      return cuxas_fail_at(err, cuxas_no_memory(err), text->path);
    }
  }
  free(line);
  return CUXAS_OK;
}

/* names_lattice() - does a line speak of a lattice, in a way that find_value() does not understand? */
static bool names_lattice(const char *line)
{
  for (; *line != '\0'; line++)
    if (strncasecmp(line, "lattice=", 8) == 0) return true;
  return false;
}

/* read_lattice() - *ret_has_lattice false: there is none */
static cuxas_status read_lattice(const cuxas_text *text, double ret_lattice_A[3][3], bool *ret_has_lattice,
                                 cuxas_error *err)
{
  char        *value, *cursor;
  cuxas_status status = copy_value(text, "Lattice", &value, err);
  if (status != CUXAS_OK) return status;
  *ret_has_lattice = value != NULL;
  if (value == NULL && names_lattice(text->line[1]))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:2: Lattice=\"...\" never ends", text->path);
  if (value == NULL) return CUXAS_OK;

  cursor = value;
  for (int i = 0; status == CUXAS_OK && i < 9; i++) {
    const char *token = cuxas_text_next_token(&cursor);
    if (token == NULL)
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:2: Lattice has %d numbers, 9 needed", text->path, i);
    else
      status = cuxas_crystal_parse_real(token, text->path, 2, "a cell vector", &ret_lattice_A[i / 3][i % 3], err);
  }
  if (status == CUXAS_OK && cuxas_text_next_token(&cursor) != NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:2: Lattice has more than 9 numbers", text->path);
  free(value);
  return status;
}

/* check_periodicity() - *ret_is_periodic false: in no direction */
static cuxas_status check_periodicity(const cuxas_text *text, bool *ret_is_periodic, cuxas_error *err)
{
  char        *value;
  cuxas_status status = copy_value(text, "pbc", &value, err);
  *ret_is_periodic    = true;
  if (status != CUXAS_OK || value == NULL) return status;
  if (strpbrk(value, "Ff0") != NULL && strpbrk(value, "Tt1") == NULL)
    *ret_is_periodic = false;
  else if (strpbrk(value, "Ff0") != NULL)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:2: not periodic in all three directions (pbc=\"%.40s\")",
                        text->path, value);
  free(value);
  return status;
}

static cuxas_status read_columns(const cuxas_text *text, xyz_columns *ret_columns, cuxas_error *err)
{
  *ret_columns = (xyz_columns){.n_column = 4, .species = 0, .position = 1};
  char        *value;
  cuxas_status status = copy_value(text, "Properties", &value, err);
  if (status != CUXAS_OK || value == NULL) return status;

  bool        has_species = false, has_position = false;
  xyz_columns columns = {0};
  for (char *at = value; *at != '\0';) { /* three fields at a time: name, type, number of columns */
    char *field[3];
    long  n_column = 0;
    int   n_field  = 0;
    while (n_field < 3 && *at != '\0') {
      field[n_field++] = at;
      at += strcspn(at, ":");
      if (*at != '\0') *at++ = '\0';
    }
    if (n_field < 3 || !cuxas_text_parse_integer(field[2], &n_column) || n_column < 1 || n_column > 1000) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:2: Properties is not name:type:columns:...", text->path);
      goto done;
    }
    const bool is_symbol = strcasecmp(field[0], "species") == 0 || strcasecmp(field[0], "element") == 0;
    const bool is_number = strcasecmp(field[0], "Z") == 0 || strcasecmp(field[0], "numbers") == 0;
    if (!has_species && n_column == 1 && (is_symbol || is_number)) {
      has_species               = true;
      columns.species           = columns.n_column;
      columns.species_is_number = is_number;
    }
    if (!has_position && n_column == 3 &&
        (strcasecmp(field[0], "pos") == 0 || strcasecmp(field[0], "positions") == 0)) {
      has_position     = true;
      columns.position = columns.n_column;
    }
    columns.n_column += (size_t)n_column;
  }
  if (!has_species || !has_position)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:2: Properties names no column %s", text->path,
                        has_species ? "pos:R:3" : "species:S:1");
  else
    *ret_columns = columns;
done:
  free(value);
  return status;
}

/* One atom; the positions come out Cartesian. */
static cuxas_status read_atom(const cuxas_text *text, size_t i_line, const xyz_columns *columns, int *ret_atomic_number,
                              double ret_position_A[3], cuxas_error *err)
{
  char *cursor = text->line[i_line];
  for (size_t i_column = 0; i_column < columns->n_column; i_column++) {
    const char *token = cuxas_text_next_token(&cursor);
    if (token == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu columns, %zu needed", text->path, i_line + 1, i_column,
                        columns->n_column);
    if (i_column == columns->species) {
      long number = 0;
      if (!columns->species_is_number)
        number = cuxas_element_guess(token);
      else if (!cuxas_text_parse_integer(token, &number) || number < 1 || number > CUXAS_N_ELEMENT)
        number = 0;
      if (number == 0)
        return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: unknown element '%.40s'", text->path, i_line + 1, token);
      *ret_atomic_number = (int)number;
    } else if (i_column >= columns->position && i_column < columns->position + 3) {
      const cuxas_status status = cuxas_crystal_parse_real(token, text->path, i_line + 1, "a coordinate",
                                                           &ret_position_A[i_column - columns->position], err);
      if (status != CUXAS_OK) return status;
    }
  }
  return CUXAS_OK;
}

static bool is_blank_from(const cuxas_text *text, size_t i_line)
{
  for (; i_line < text->n_line; i_line++)
    if (text->line[i_line][strspn(text->line[i_line], " \t")] != '\0') return false;
  return true;
}

/* The lines of the last frame; n_frame counts them. Lines that are no whole frame end the count: ret_i_rest is the first of
 * them, n_line where there are none. */
static cuxas_text last_frame(const cuxas_text *text, size_t *ret_n_frame, size_t *ret_i_rest)
{
  cuxas_text frame = *text;
  size_t     first = 0;
  *ret_n_frame     = 0;
  while (first < text->n_line && !is_blank_from(text, first)) {
    char  token[24];
    long  n_atom;
    char *number = text->line[first] + strspn(text->line[first], " \t");
    if (*number == '\0' && *ret_n_frame > 0) {
      first++;
      continue;
    }
    const size_t n_byte = strcspn(number, " \t");
    if (n_byte >= sizeof token || number[n_byte + strspn(number + n_byte, " \t")] != '\0') break;
    memcpy(token, number, n_byte);
    token[n_byte] = '\0';
    if (!cuxas_text_parse_integer(token, &n_atom) || n_atom < 1 || n_atom > (long)(text->n_line - first) - 2) break;
    frame.line   = text->line + first;
    frame.n_line = text->n_line - first;
    first += (size_t)n_atom + 2;
    (*ret_n_frame)++;
  }
  *ret_i_rest = *ret_n_frame == 0 || is_blank_from(text, first) ? text->n_line : first;
  return frame;
}

/* What stands behind the frames, or in the comment, and would make another structure of the atoms. */
static void warn_of_rest(const cuxas_text *whole, size_t i_rest, const cuxas_text *frame, cuxas_warnings *warnings)
{
  if (i_rest < whole->n_line)
    cuxas_warn(warnings, "line %zu and what follows is no whole frame and not used: '%.40s'", i_rest + 1,
               whole->line[i_rest]);
  for (const char *c = frame->line[1]; *c != '\0'; c++)
    if (strncasecmp(c, "bohr", 4) == 0) {
      cuxas_warn(warnings, "the comment speaks of bohr; positions are taken for angstrom");
      return;
    }
}

#define MOLECULE_GAP_A 50.0 /* between a molecule and its images: more than any radius that is asked for */

/* box_molecule() - a cubic cell around atoms whose positions are Cartesian so far: nothing periodic reaches across the gap */
static void box_molecule(cuxas_crystal *crystal)
{
  double low_A[3], high_A[3], edge_A = 0.0;
  for (int k = 0; k < 3; k++) {
    low_A[k] = high_A[k] = crystal->fractional[0][k];
    for (size_t i = 1; i < crystal->n_site; i++) {
      low_A[k]  = fmin(low_A[k], crystal->fractional[i][k]);
      high_A[k] = fmax(high_A[k], crystal->fractional[i][k]);
    }
    edge_A = fmax(edge_A, high_A[k] - low_A[k] + MOLECULE_GAP_A);
  }
  for (int k = 0; k < 3; k++) {
    crystal->lattice_A[k][k] = edge_A;
    for (size_t i = 0; i < crystal->n_site; i++)
      crystal->fractional[i][k] = 0.5 + (crystal->fractional[i][k] - 0.5 * (low_A[k] + high_A[k])) / edge_A;
  }
  crystal->is_molecule = true;
}

cuxas_status cuxas_crystal_parse_xyz(cuxas_text *whole, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  long           n_atom = 0;
  double         lattice_A[3][3], inverse[3][3];
  bool           has_lattice = false, is_periodic = true;
  xyz_columns    columns;
  size_t         n_frame = 0, i_rest = 0;
  cuxas_text     frame = last_frame(whole, &n_frame, &i_rest), *text = &frame;
  cuxas_crystal *crystal = NULL;
  cuxas_status   status;

  *ret_crystal = NULL;
  if (text->n_line < 2)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: shorter than two lines, no extended XYZ", text->path);
  if (!cuxas_text_parse_integer(cuxas_text_trim(text->line[0]), &n_atom) || n_atom < 1)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:1: expected the number of atoms, got '%.40s'", text->path, text->line[0]);
  if (n_atom > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:1: more than %d atoms", text->path, CUXAS_CRYSTAL_MAX_SITES);
  if ((status = read_lattice(text, lattice_A, &has_lattice, err)) != CUXAS_OK ||
      (status = check_periodicity(text, &is_periodic, err)) != CUXAS_OK ||
      (status = read_columns(text, &columns, err)) != CUXAS_OK)
    return status;
  const bool is_molecule = !has_lattice || !is_periodic;
  if (!is_molecule && !cuxas_matrix_invert(lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:2: the cell has no volume", text->path);
  if (text->n_line < (size_t)n_atom + 2)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the file ends after %zu of %ld atoms", text->path, text->n_line,
                      text->n_line - 2, n_atom);

  if ((crystal = cuxas_crystal_new((size_t)n_atom)) == NULL)
    return cuxas_fail_at(err, cuxas_no_memory(err), text->path);
  if (!is_molecule) memcpy(crystal->lattice_A, lattice_A, sizeof lattice_A);
  for (size_t i_site = 0; i_site < crystal->n_site; i_site++) {
    double position_A[3];
    status = read_atom(text, i_site + 2, &columns, &crystal->atomic_number[i_site], position_A, err);
    if (status != CUXAS_OK) goto done;
    if (is_molecule)
      memcpy(crystal->fractional[i_site], position_A, sizeof position_A);
    else
      cuxas_row_times_matrix(position_A, inverse, crystal->fractional[i_site]);
  }
  if (is_molecule) box_molecule(crystal);

  if (n_frame > 1) cuxas_warn(&crystal->warnings, "the last of %zu frames is taken", n_frame);
  warn_of_rest(whole, i_rest, text, &crystal->warnings);
  *ret_crystal = crystal;
  crystal      = NULL;
done:
  cuxas_crystal_free(crystal);
  return status;
}
