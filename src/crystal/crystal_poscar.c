/* VASP's POSCAR and CONTCAR, as the VASP wiki describes them: VASP 5 (symbols in line 6) and VASP 4 (none: they are
 * taken from the comment in line 1 where that fits, else from the symbols behind the positions). Whatever follows the positions (velocities) is not read. */
#include "crystal/cif_priv.h"
#include "crystal/crystal_priv.h"
#include "base/text.h"
#include "base/elements.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SPECIES = CUXAS_N_ELEMENT * 4 }; /* an element may come more than once */

typedef struct {
  cuxas_text *text;
  size_t      i_line; /* line to be read next, from 0 */
  double      scale[3];
  double      lattice_A[3][3];
  size_t      n_species;
  int         atomic_number[MAX_SPECIES];
  size_t      count[MAX_SPECIES];
  size_t      n_site;
} poscar;

static cuxas_status next_line(poscar *p, const char *wanted, char **ret_line, cuxas_error *err)
{
  if (p->i_line >= p->text->n_line)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the file ends before %s", p->text->path, p->text->n_line, wanted);
  *ret_line = p->text->line[p->i_line++];
  return CUXAS_OK;
}

static cuxas_status read_three(poscar *p, const char *what, double ret_values[3], cuxas_error *err)
{
  char        *cursor = NULL;
  cuxas_status status = next_line(p, what, &cursor, err);
  for (int k = 0; status == CUXAS_OK && k < 3; k++) {
    const char *token = cuxas_text_next_token(&cursor);
    if (token == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s needs three numbers", p->text->path, p->i_line, what);
    status = cuxas_crystal_parse_real(token, p->text->path, p->i_line, what, &ret_values[k], err);
  }
  return status;
}

/* One factor, three factors (for x, y, z), or minus the volume; then the cell vectors. */
static cuxas_status read_cell(poscar *p, cuxas_error *err)
{
  char        *cursor, *token;
  int          n_scale = 0;
  cuxas_status status  = next_line(p, "the scale factor", &cursor, err);

  while (status == CUXAS_OK && n_scale < 3 && (token = cuxas_text_next_token(&cursor)) != NULL) {
    if (n_scale == 1 && !cuxas_text_parse_number(token, NULL)) break; /* a remark behind the factor */
    status = cuxas_crystal_parse_real(token, p->text->path, p->i_line, "the scale factor", &p->scale[n_scale++], err);
  }
  if (status != CUXAS_OK) return status;
  const size_t i_scale_line = p->i_line;
  if (n_scale == 0 || n_scale == 2)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: one or three scale factors needed", p->text->path, i_scale_line);
  for (int k = 0; k < n_scale; k++)
    if (p->scale[k] == 0.0 || (n_scale == 3 && p->scale[k] < 0.0))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the scale factor is %g", p->text->path, i_scale_line, p->scale[k]);

  for (int i = 0; i < 3; i++)
    if ((status = read_three(p, "a cell vector", p->lattice_A[i], err)) != CUXAS_OK) return status;

  if (n_scale == 1) {
    if (p->scale[0] < 0.0) {
      const double volume_A3 = fabs(cuxas_matrix_determinant(p->lattice_A));
      if (!(volume_A3 > 0.0))
        return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the cell has no volume", p->text->path, p->i_line);
      p->scale[0] = cbrt(-p->scale[0] / volume_A3);
    }
    p->scale[1] = p->scale[2] = p->scale[0];
  }
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) p->lattice_A[i][k] *= p->scale[k];
  return CUXAS_OK;
}

/* "Cu", "Cu_pv", "Cu/1a2b3c" (VASP 6 adds a hash), and in comments "Cu4"; ret_count is 0 where no number stands. */
static int parse_symbol(const char *token, size_t *ret_count)
{
  char         symbol[3] = "";
  const size_t n_letter  = strcspn(token, "_/0123456789");
  *ret_count             = 0;
  if (n_letter == 0 || n_letter > 2) return 0;
  memcpy(symbol, token, n_letter);
  if (token[n_letter] >= '0' && token[n_letter] <= '9') {
    long count;
    if (!cuxas_text_parse_integer(token + n_letter, &count) || count < 1) return 0;
    *ret_count = (size_t)count;
  }
  return cuxas_element_number(symbol);
}

static cuxas_status read_symbols(poscar *p, char *line, size_t *ret_n_symbol, cuxas_error *err)
{
  size_t n_symbol = 0, unused;
  char  *token;
  while ((token = cuxas_text_next_token(&line)) != NULL) {
    if (*token == '!' || *token == '#') break;
    if (n_symbol == MAX_SPECIES)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d species", p->text->path, p->i_line, MAX_SPECIES);
    if ((p->atomic_number[n_symbol++] = parse_symbol(token, &unused)) == 0)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: unknown element '%.40s'", p->text->path, p->i_line, token);
  }
  *ret_n_symbol = n_symbol;
  return CUXAS_OK;
}

static cuxas_status read_counts(poscar *p, char *line, cuxas_error *err)
{
  char *token;
  while ((token = cuxas_text_next_token(&line)) != NULL) {
    long count;
    if (*token == '!' || *token == '#') break;
    if (!cuxas_text_parse_integer(token, &count) || count < 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: a number of atoms is '%.40s'", p->text->path, p->i_line, token);
    if (p->n_species == MAX_SPECIES)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d species", p->text->path, p->i_line, MAX_SPECIES);
    if (count > CUXAS_CRYSTAL_MAX_SITES || p->n_site + (size_t)count > CUXAS_CRYSTAL_MAX_SITES)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d atoms", p->text->path, p->i_line,
                        CUXAS_CRYSTAL_MAX_SITES);
    p->count[p->n_species++] = (size_t)count;
    p->n_site += (size_t)count;
  }
  if (p->n_site == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the numbers of atoms are missing", p->text->path, p->i_line);
  return CUXAS_OK;
}

/* VASP 4 keeps no symbols; people put them into the comment, as "Cu O" or "Cu4 O4" ... */
static bool take_symbols_from_words(poscar *p, char *cursor)
{
  size_t n_symbol = 0, count;
  char  *token;
  while ((token = cuxas_text_next_token(&cursor)) != NULL) {
    if (n_symbol == p->n_species || (p->atomic_number[n_symbol] = parse_symbol(token, &count)) == 0) return false;
    if (count != 0 && count != p->count[n_symbol]) return false;
    n_symbol++;
  }
  return n_symbol == p->n_species;
}

/* ... or as "Cu4O4": symbols in the order of the counts, each with its count, or all with a common divisor left out. */
static bool take_symbols_from_formula(poscar *p, const char *c)
{
  double ratio    = 0.0;
  size_t n_symbol = 0;
  for (c += strspn(c, " \t"); *c >= 'A' && *c <= 'Z'; n_symbol++) {
    char   symbol[3] = {*c++, '\0', '\0'};
    size_t count     = 0;
    if (*c >= 'a' && *c <= 'z') symbol[1] = *c++;
    for (; *c >= '0' && *c <= '9' && count < CUXAS_CRYSTAL_MAX_SITES; c++) count = 10 * count + (size_t)(*c - '0');
    if (n_symbol == p->n_species || (p->atomic_number[n_symbol] = cuxas_element_number(symbol)) == 0) return false;
    const double mine = (double)p->count[n_symbol] / (double)(count > 0 ? count : 1);
    if (n_symbol > 0 && mine != ratio) return false;
    ratio = mine;
  }
  return n_symbol == p->n_species && (*c == '\0' || *c == ' ' || *c == '\t');
}

/* The symbol behind the three numbers of a position, and T or F of selective dynamics: 0: none */
static int symbol_behind(const char *line)
{
  for (int i = 0; i < 7; i++) {
    char         token[8];
    const size_t n_blank = strspn(line, " \t"), n_byte = strcspn(line + n_blank, " \t");
    if (n_byte == 0) return 0;
    if (i >= 3 && n_byte < sizeof token) {
      size_t unused;
      memcpy(token, line + n_blank, n_byte);
      token[n_byte]      = '\0';
      const bool is_flag = i < 6 && (strcmp(token, "T") == 0 || strcmp(token, "F") == 0);
      if (!is_flag) return parse_symbol(token, &unused);
    }
    line += n_blank + n_byte;
  }
  return 0;
}

/* Every position of a species must have the same symbol behind it. The lines begin after the mode, i_line from 0. */
static bool take_symbols_from_positions(poscar *p, size_t i_line)
{
  const char *mode = i_line < p->text->n_line ? p->text->line[i_line] + strspn(p->text->line[i_line], " \t") : "";
  i_line += *mode == 'S' || *mode == 's' ? 2 : 1;
  if (i_line > p->text->n_line || p->n_site > p->text->n_line - i_line) return false;
  for (size_t i_species = 0; i_species < p->n_species; i_species++)
    for (size_t i = 0; i < p->count[i_species]; i++) {
      const int found = symbol_behind(p->text->line[i_line++]);
      if (found == 0 || (i > 0 && found != p->atomic_number[i_species])) return false;
      p->atomic_number[i_species] = found;
    }
  return true;
}

static cuxas_status find_symbols(poscar *p, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *words  = cuxas_copy_text(err, p->text->line[0]);
  if (words == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, p->text->path);
  if (!take_symbols_from_positions(p, p->i_line) && !take_symbols_from_words(p, words) &&
      !take_symbols_from_formula(p, p->text->line[0]))
    status =
        cuxas_fail(err, CUXAS_EFORMAT,
                   "%s:%zu: no line of element symbols (VASP 4), none behind the positions, and the comment in line 1 "
                   "does not name %zu elements",
                   p->text->path, p->i_line, p->n_species);
  free(words);
  return status;
}

static cuxas_status read_species(poscar *p, cuxas_error *err)
{
  char        *line     = NULL;
  size_t       n_symbol = 0;
  cuxas_status status   = next_line(p, "the elements", &line, err);
  if (status != CUXAS_OK) return status;
  line = cuxas_text_trim(line);
  if (*line >= '0' && *line <= '9') {
    if ((status = read_counts(p, line, err)) != CUXAS_OK) return status;
    return find_symbols(p, err);
  }
  if ((status = read_symbols(p, line, &n_symbol, err)) != CUXAS_OK) return status;
  if ((status = next_line(p, "the numbers of atoms", &line, err)) != CUXAS_OK) return status;
  if ((status = read_counts(p, line, err)) != CUXAS_OK) return status;
  if (n_symbol != p->n_species)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu elements but %zu numbers of atoms", p->text->path, p->i_line,
                      n_symbol, p->n_species);
  return CUXAS_OK;
}

static cuxas_status read_mode(poscar *p, bool *ret_is_cartesian, cuxas_error *err)
{
  char        *line   = NULL;
  cuxas_status status = next_line(p, "'Direct' or 'Cartesian'", &line, err);
  if (status == CUXAS_OK && (line = cuxas_text_trim(line), *line == 'S' || *line == 's'))
    status = next_line(p, "'Direct' or 'Cartesian'", &line, err);
  if (status != CUXAS_OK) return status;
  line = cuxas_text_trim(line);
  if (*line == '\0' || strchr("CcKkDdFf", *line) == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: expected 'Direct' or 'Cartesian', got '%.40s'", p->text->path,
                      p->i_line, line);
  *ret_is_cartesian = strchr("CcKk", *line) != NULL;
  return CUXAS_OK;
}

/* Symbols behind positions that contradict the line of symbols, and configurations that follow the first one. */
static void warn_of_contradictions(const poscar *p, size_t i_first, cuxas_warnings *warnings)
{
  size_t i_line = i_first;
  for (size_t i_species = 0; i_species < p->n_species; i_species++)
    for (size_t i = 0; i < p->count[i_species] && i_line < p->text->n_line; i++, i_line++) {
      const int found = symbol_behind(p->text->line[i_line]);
      if (found == 0 || found == p->atomic_number[i_species]) continue;
      cuxas_warn(warnings, "line %zu is marked %s, but by the order of the symbols it is %s, which is taken",
                 i_line + 1, cuxas_element_find(found)->symbol,
                 cuxas_element_find(p->atomic_number[i_species])->symbol);
      return;
    }
  for (; i_line < p->text->n_line; i_line++)
    if (strncasecmp(p->text->line[i_line], "Direct configuration", 20) == 0) {
      cuxas_warn(warnings, "the first of several configurations is taken; the next begins in line %zu", i_line + 1);
      return;
    }
}

/* A formula of copper and others in line 1 that is not the composition of the atoms. */
static void warn_of_comment(const poscar *p, cuxas_warnings *warnings)
{
  enum { COPPER = 29 };
  double      count[CUXAS_N_ELEMENT + 1] = {0.0}, wanted = 0.0, found = 0.0;
  cif_formula named;
  int         n_element = 0;
  bool        is_same   = true;
  char        text[60];
  if (strpbrk(p->text->line[0], "0123456789") == NULL && strpbrk(p->text->line[0], " \t") != NULL)
    return; /* a list of symbols */
  if (!cuxas_cif_formula_parse(p->text->line[0], &named) || !(named.count[COPPER] > 0.0)) return;
  for (size_t i = 0; i < p->n_species; i++) count[p->atomic_number[i]] += (double)p->count[i];
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    n_element += named.count[z] > 0.0;
    wanted += named.count[z];
    found += count[z];
  }
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++)
    is_same = is_same && fabs(count[z] * wanted - named.count[z] * found) <= 0.05 * found * wanted;
  if (is_same || n_element < 2) return;
  cuxas_cif_formula_write(count, text, sizeof text);
  cuxas_warn(warnings, "line 1 says %.40s, the atoms are %s by lines 6 and 7, which are taken", p->text->line[0], text);
}

cuxas_status cuxas_crystal_parse_poscar(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  poscar         p            = {.text = text, .i_line = 1};
  bool           is_cartesian = false;
  double         inverse[3][3];
  cuxas_crystal *crystal = NULL;
  cuxas_status   status;

  *ret_crystal = NULL;
  if ((status = read_cell(&p, err)) != CUXAS_OK || (status = read_species(&p, err)) != CUXAS_OK ||
      (status = read_mode(&p, &is_cartesian, err)) != CUXAS_OK)
    return status;
  if (!cuxas_matrix_invert(p.lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:5: the cell has no volume", text->path);
  if ((crystal = cuxas_crystal_new(p.n_site)) == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), text->path);

  memcpy(crystal->lattice_A, p.lattice_A, sizeof p.lattice_A);
  warn_of_contradictions(&p, p.i_line, &crystal->warnings);
  warn_of_comment(&p, &crystal->warnings);
  for (size_t i_species = 0, i_site = 0; i_species < p.n_species; i_species++)
    for (size_t i = 0; i < p.count[i_species]; i++, i_site++) {
      double *x = crystal->fractional[i_site];
      if ((status = read_three(&p, "an atom's position", x, err)) != CUXAS_OK) goto done;
      crystal->atomic_number[i_site] = p.atomic_number[i_species];
      if (!is_cartesian) continue;
      for (int k = 0; k < 3; k++) x[k] *= p.scale[k];
      cuxas_row_times_matrix(x, inverse, x);
    }

  *ret_crystal = crystal;
  crystal      = NULL;
done:
  cuxas_crystal_free(crystal);
  return status;
}
