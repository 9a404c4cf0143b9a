/* Structures in JSON: as pymatgen writes them (Structure.as_dict(): S. P. Ong et al., Comput. Mater. Sci. 68, 314 (2013))
 * and the Materials Project delivers them; as OPTIMADE servers answer (C. W. Andersen et al., Sci. Data 8, 217 (2021));
 * and as JARVIS keeps them (K. Choudhary et al., npj Comput. Mater. 6, 173 (2020)).
 *
 * Contents
 *   1. The text
 *   2. Where structures lie
 *   3. Numbers and lattices
 *   4. pymatgen
 *   5. OPTIMADE
 *   6. JARVIS
 *   7. The crystal */
#include "crystal/crystal_json_priv.h"

#include "base/json.h"
#include "base/memory.h"
#include "crystal/crystal_priv.h"
#include "base/elements.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. The text ---- */

bool cuxas_json_is_likely(const char *bytes, size_t n_byte)
{
  size_t i = n_byte >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  while (i < n_byte && (bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r'))) i++;
  return i < n_byte && (bytes[i] == '{' || bytes[i] == '[');
}

cuxas_status cuxas_json_parse(const char *path, const char *bytes, size_t n_byte, cJSON **ret_root, cuxas_error *err)
{
  const char  *end    = NULL;
  const size_t n_bom  = n_byte >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  size_t       i_line = 1;

  *ret_root = cJSON_ParseWithLengthOpts(bytes + n_bom, n_byte - n_bom, &end, 0);
  if (*ret_root != NULL) {
    while (end < bytes + n_byte && (*end == ' ' || (*end >= '\t' && *end <= '\r'))) end++;
    if (end == bytes + n_byte) return CUXAS_OK;
    cJSON_Delete(*ret_root);
    *ret_root = NULL;
  }
  for (const char *c = bytes; end != NULL && c < end && c < bytes + n_byte; c++) i_line += *c == '\n';
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not valid JSON", path, i_line);
}

/* ---- 2. Where structures lie ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_pymatgen(const cJSON *value)
{
  return cJSON_IsObject(member(value, "lattice")) && cJSON_IsArray(member(value, "sites"));
}

static bool is_optimade(const cJSON *value)
{
  return cJSON_IsArray(member(value, "lattice_vectors")) && cJSON_IsArray(member(value, "species_at_sites"));
}

static bool is_jarvis(const cJSON *value)
{
  return cJSON_IsArray(member(value, "lattice_mat")) && cJSON_IsArray(member(value, "elements"));
}

static bool is_structure(const cJSON *value)
{
  return is_pymatgen(value) || is_optimade(value) || is_jarvis(value);
}

/* The structure of a document: itself, or what lies under one of these names; NULL: none */
static const cJSON *find_structure(const cJSON *document)
{
  static const char *const names[] = {"structure", "attributes", "atoms"};
  if (is_structure(document)) return document;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (is_structure(member(document, names[i]))) return member(document, names[i]);
  return NULL;
}

bool cuxas_json_has_structure(const cJSON *document)
{
  return find_structure(document) != NULL;
}

const char *cuxas_json_title(const cJSON *document)
{
  static const char *const names[] = {"material_id", "jid", "id"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (cJSON_IsString(member(document, names[i]))) return member(document, names[i])->valuestring;
  return document->string != NULL ? document->string : "";
}

static bool holds_documents(const cJSON *list)
{
  const cJSON *document;
  if (!cJSON_IsArray(list) && !cJSON_IsObject(list)) return false;
  cJSON_ArrayForEach(document, list) if (find_structure(document) != NULL) return true;
  return false;
}

const cJSON *cuxas_json_documents(const cJSON *root)
{
  const cJSON *data = member(root, "data");
  if (cJSON_IsArray(root)) return holds_documents(root) ? root : NULL;
  if (find_structure(root) != NULL || find_structure(data) != NULL) return NULL;
  if (holds_documents(data)) return data;
  return holds_documents(root) ? root : NULL;
}

/* ---- 3. Numbers and lattices ---- */

/* What is being made: one site more for each kind of atom on a position. */
typedef struct {
  const char    *path;
  const cJSON   *root; /* of the text, for lines in messages */
  const char    *bytes;
  size_t         n_byte;
  cuxas_crystal *crystal; /* room for all sites, n_site of which are there */
  double         inverse[3][3];
  size_t         n_rounded;
} builder;

static size_t line_of(const builder *b, const cJSON *node)
{
  return cuxas_json_line(b->root, node, b->bytes, b->n_byte);
}

static cuxas_status read_vector(const builder *b, const cJSON *value, const cJSON *owner, const char *what,
                                double ret_vector[3], cuxas_error *err)
{
  if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 3)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is not a list of three numbers", b->path,
                      line_of(b, value != NULL ? value : owner), what);
  int k = 0;
  for (const cJSON *item = value->child; item != NULL; item = item->next, k++) {
    if (!cJSON_IsNumber(item))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s holds something else than numbers", b->path, line_of(b, item),
                        what);
    if (!(fabs(item->valuedouble) < 1e6))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is too large", b->path, line_of(b, item), what);
    ret_vector[k] = item->valuedouble;
  }
  return CUXAS_OK;
}

static cuxas_status begin(builder *b, const cJSON *owner, const char *name, size_t n_room, cuxas_error *err)
{
  const cJSON *matrix = member(owner, name);
  cuxas_status status = CUXAS_OK;
  if (!cJSON_IsArray(matrix) || cJSON_GetArraySize(matrix) != 3)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the lattice has no matrix of three rows (%s)", b->path,
                      line_of(b, matrix != NULL ? matrix : owner), name);
  if (n_room > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d atoms", b->path, line_of(b, owner),
                      CUXAS_CRYSTAL_MAX_SITES);
  if ((b->crystal = cuxas_crystal_new(n_room)) == NULL ||
      (b->crystal->occupancy = cuxas_new(err, n_room, sizeof *b->crystal->occupancy)) == NULL)
    return cuxas_fail_at(err, cuxas_no_memory(err), b->path);
  b->crystal->n_site = 0;
  const cJSON *row   = matrix->child;
  for (int i = 0; status == CUXAS_OK && i < 3; i++, row = row->next)
    status = read_vector(b, row, matrix, "a row of the lattice matrix", b->crystal->lattice_A[i], err);
  if (status == CUXAS_OK && !cuxas_matrix_invert(b->crystal->lattice_A, b->inverse))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the cell has no volume", b->path, line_of(b, matrix));
  return status;
}

/* One atom at a position; occupancies near 0 and 1 are rounded. */
static cuxas_status add_atom(builder *b, const cJSON *from, size_t i_site, const char *symbol, double occupancy,
                             const double position[3], cuxas_error *err)
{
  cuxas_crystal *crystal = b->crystal;
  const double   rounded = cuxas_occupancy_round(occupancy);
  if (!(occupancy <= 1.0 + CUXAS_NEAR_FULL) || occupancy < -CUXAS_NEAR_FULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu (%.20s) has occupancy %g, %s", b->path, line_of(b, from),
                      i_site + 1, symbol, occupancy, occupancy < 0.0 ? "less than 0" : "more than 1");
  if (fabs(rounded - occupancy) > 1e-3) b->n_rounded++;
  if (!(rounded > 0.0)) return CUXAS_OK;
  const size_t n            = crystal->n_site;
  crystal->atomic_number[n] = cuxas_element_guess(symbol);
  crystal->occupancy[n]     = rounded;
  if (crystal->atomic_number[n] == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: site %zu: unknown element '%.40s'", b->path, line_of(b, from),
                      i_site + 1, symbol);
  memcpy(crystal->fractional[n], position, 3 * sizeof *position);
  crystal->n_site++;
  return CUXAS_OK;
}

/* Full sites have no occupancy. */
static void finish(builder *b)
{
  bool is_full = true;
  for (size_t i = 0; i < b->crystal->n_site; i++) is_full = is_full && !(b->crystal->occupancy[i] < 1.0);
  if (is_full) {
    free(b->crystal->occupancy);
    b->crystal->occupancy = NULL;
  }
  if (b->n_rounded > 0)
    cuxas_warn(&b->crystal->warnings, "%zu occupanc%s within 5 %% of 0 or 1 taken for it", b->n_rounded,
               b->n_rounded == 1 ? "y" : "ies");
}

/* ---- 4. pymatgen ---- */

static cuxas_status read_species(builder *b, const cJSON *site, size_t i_site, const double position[3],
                                 cuxas_error *err)
{
  const cJSON *list   = member(site, "species"); /* not empty */
  cuxas_status status = CUXAS_OK;
  for (const cJSON *species = list->child; species != NULL && status == CUXAS_OK; species = species->next) {
    const cJSON *element = member(species, "element"), *occupancy = member(species, "occu");
    if (!cJSON_IsString(element))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu: a species has no element", b->path, line_of(b, species),
                        i_site + 1);
    if (occupancy != NULL && !cJSON_IsNumber(occupancy))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu: occu is not a number", b->path, line_of(b, occupancy),
                        i_site + 1);
    status = add_atom(b, element, i_site, element->valuestring, occupancy != NULL ? occupancy->valuedouble : 1.0,
                      position, err);
  }
  return status;
}

static cuxas_status read_pymatgen(builder *b, const cJSON *structure, cuxas_error *err)
{
  const cJSON *sites  = member(structure, "sites"), *site;
  size_t       n_room = 0, i_site = 0;
  cJSON_ArrayForEach(site, sites)
  {
    const int n_species = cJSON_GetArraySize(member(site, "species"));
    n_room += n_species > 0 ? (size_t)n_species : 1;
  }
  cuxas_status status = begin(b, member(structure, "lattice"), "matrix", n_room, err);
  for (site = sites->child; site != NULL && status == CUXAS_OK; site = site->next, i_site++) {
    const cJSON *fractional = member(site, "abc"), *cartesian = member(site, "xyz");
    double       position[3];
    char         what[40];
    if (cJSON_GetArraySize(member(site, "species")) == 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu has no species", b->path, line_of(b, site), i_site + 1);
    if (fractional == NULL && cartesian == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu has no coordinates (abc or xyz)", b->path,
                        line_of(b, site), i_site + 1);
    snprintf(what, sizeof what, "%s of site %zu", fractional != NULL ? "abc" : "xyz", i_site + 1);
    status = read_vector(b, fractional != NULL ? fractional : cartesian, site, what, position, err);
    if (status != CUXAS_OK) return status;
    if (fractional == NULL) cuxas_row_times_matrix(position, b->inverse, position);
    status = read_species(b, site, i_site, position, err);
  }
  return status;
}

/* ---- 5. OPTIMADE ---- */

/* The symbols of a species by name; without a list of species the name is the symbol. */
static cuxas_status add_species(builder *b, const cJSON *species, const cJSON *named, size_t i_site,
                                const double position[3], cuxas_error *err)
{
  const char  *name   = named->valuestring;
  const cJSON *kind   = NULL;
  cuxas_status status = CUXAS_OK;
  cJSON_ArrayForEach(kind, species)
  {
    if (cJSON_IsString(member(kind, "name")) && strcmp(member(kind, "name")->valuestring, name) == 0) break;
  }
  if (kind == NULL && cJSON_GetArraySize(species) > 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu: '%.40s' is not among the species", b->path,
                      line_of(b, named), i_site + 1, name);
  if (kind == NULL) return add_atom(b, named, i_site, name, 1.0, position, err);
  const cJSON *share    = member(kind, "concentration");
  share                 = cJSON_IsArray(share) ? share->child : NULL;
  const cJSON *attached = member(kind, "attached");
  if (cJSON_IsArray(attached) && attached->child != NULL)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: site %zu (%.20s) has attached atoms without coordinates",
                      b->path, line_of(b, attached), i_site + 1, name);
  const cJSON *symbol;
  cJSON_ArrayForEach(symbol, member(kind, "chemical_symbols"))
  {
    const double occupancy = cJSON_IsNumber(share) ? share->valuedouble : 1.0;
    if (!cJSON_IsString(symbol))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: a symbol of species %.20s is no text", b->path, line_of(b, symbol),
                        name);
    if (strcasecmp(symbol->valuestring, "vacancy") != 0)
      status = add_atom(b, symbol, i_site, symbol->valuestring, occupancy, position, err);
    if (status != CUXAS_OK) return status;
    if (share != NULL) share = share->next;
  }
  return status;
}

static cuxas_status read_optimade(builder *b, const cJSON *structure, cuxas_error *err)
{
  const cJSON *names     = member(structure, "species_at_sites"),
              *positions = member(structure, "cartesian_site_positions");
  const cJSON *periodic  = member(structure, "dimension_types"), *dimension;
  const int    n_site    = cJSON_GetArraySize(names);
  size_t       i_site    = 0;
  cJSON_ArrayForEach(dimension, periodic)
  {
    if (cJSON_IsNumber(dimension) && dimension->valuedouble < 0.5)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: not periodic in all three directions (dimension_types)",
                        b->path, line_of(b, dimension));
  }
  if (!cJSON_IsArray(positions) || cJSON_GetArraySize(positions) != n_site)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %d species_at_sites, but %d cartesian_site_positions", b->path,
                      line_of(b, positions != NULL ? positions : names), n_site, cJSON_GetArraySize(positions));
  size_t       n_most = 1; /* kinds of atoms on one site */
  const cJSON *kind;
  cJSON_ArrayForEach(kind, member(structure, "species"))
  {
    const int n_symbol = cJSON_GetArraySize(member(kind, "chemical_symbols"));
    if (n_symbol > 0 && (size_t)n_symbol > n_most) n_most = (size_t)n_symbol;
  }
  cuxas_status status = begin(b, structure, "lattice_vectors", (size_t)n_site * n_most, err);
  const cJSON *place  = positions->child;
  for (const cJSON *name = names->child; name != NULL && status == CUXAS_OK; name = name->next, place = place->next) {
    double position[3];
    char   what[40];
    snprintf(what, sizeof what, "the position of site %zu", i_site + 1);
    if (!cJSON_IsString(name))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu has no species", b->path, line_of(b, name), i_site + 1);
    if ((status = read_vector(b, place, positions, what, position, err)) != CUXAS_OK) return status;
    cuxas_row_times_matrix(position, b->inverse, position);
    status = add_species(b, member(structure, "species"), name, i_site++, position, err);
  }
  return status;
}

/* ---- 6. JARVIS ---- */

static cuxas_status read_jarvis(builder *b, const cJSON *structure, cuxas_error *err)
{
  const cJSON *symbols = member(structure, "elements"), *positions = member(structure, "coords");
  const bool   is_cartesian = cJSON_IsTrue(member(structure, "cartesian"));
  const int    n_site       = cJSON_GetArraySize(symbols);
  size_t       i_site       = 0;
  if (!cJSON_IsArray(positions) || cJSON_GetArraySize(positions) != n_site)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %d elements, but %d coords", b->path,
                      line_of(b, positions != NULL ? positions : symbols), n_site, cJSON_GetArraySize(positions));
  cuxas_status status = begin(b, structure, "lattice_mat", (size_t)n_site, err);
  const cJSON *place  = positions->child;
  for (const cJSON *symbol = symbols->child; symbol != NULL && status == CUXAS_OK;
       symbol = symbol->next, place = place->next) {
    double position[3];
    char   what[40];
    snprintf(what, sizeof what, "coords of site %zu", i_site + 1);
    if (!cJSON_IsString(symbol))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %zu has no element", b->path, line_of(b, symbol), i_site + 1);
    if ((status = read_vector(b, place, positions, what, position, err)) != CUXAS_OK) return status;
    if (is_cartesian) cuxas_row_times_matrix(position, b->inverse, position);
    status = add_atom(b, symbol, i_site++, symbol->valuestring, 1.0, position, err);
  }
  return status;
}

/* ---- 7. The crystal ---- */

/* How many documents have a structure; opt_first gets the first of them */
static int count_structures(const cJSON *list, const cJSON **ret_first)
{
  const cJSON *document;
  int          n = 0;
  *ret_first     = NULL;
  cJSON_ArrayForEach(document, list)
  {
    if (find_structure(document) == NULL) continue;
    if (n++ == 0) *ret_first = find_structure(document);
  }
  return n;
}

cuxas_status cuxas_crystal_parse_json(const char *path, const char *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                      cuxas_error *err)
{
  builder      b      = {.path = path, .bytes = bytes, .n_byte = n_byte};
  cJSON       *root   = NULL;
  const cJSON *first  = NULL;
  cuxas_status status = cuxas_json_parse(path, bytes, n_byte, &root, err);

  *ret_crystal = NULL;
  if (status != CUXAS_OK) return status;
  b.root            = root;
  const cJSON *list = cuxas_json_documents(root), *structure = find_structure(root);
  const int    n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : count_structures(list, &first);
  if (structure == NULL) structure = find_structure(member(root, "data"));
  if (structure == NULL && n == 1 && count_structures(list, &first) == 1) structure = first;
  if (structure == NULL && n > 1)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: holds %d structures; name one as %s#NAME", path, n, path);
  else if (structure == NULL)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: JSON without a structure (pymatgen's lattice and sites, OPTIMADE's lattice_vectors and "
                        "species_at_sites, or JARVIS's lattice_mat and elements)",
                        path);
  else if (is_pymatgen(structure))
    status = read_pymatgen(&b, structure, err);
  else if (is_optimade(structure))
    status = read_optimade(&b, structure, err);
  else
    status = read_jarvis(&b, structure, err);
  if (status == CUXAS_OK) {
    finish(&b);
    *ret_crystal = b.crystal;
    b.crystal    = NULL;
  }
  cuxas_crystal_free(b.crystal);
  cJSON_Delete(root);
  return status;
}
