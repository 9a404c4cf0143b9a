/* Structures as pymatgen writes them (Structure.as_dict(): S. P. Ong et al., Comput. Mater. Sci. 68, 314 (2013)) and
 * as the Materials Project delivers them: a document with the structure inside, under "structure". */
#include "crystal/crystal_json_priv.h"
#include "crystal/crystal_priv.h"
#include "cuxas/elements.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULL_OCCUPANCY 1e-3 /* occupancies this close to 1 count as 1 */

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

static bool is_structure(const cJSON *value)
{
  return cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(value, "lattice")) &&
         cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(value, "sites"));
}

const cJSON *cuxas_json_structure(const cJSON *document)
{
  const cJSON *inside = cJSON_GetObjectItemCaseSensitive(document, "structure");
  return is_structure(document) ? document : is_structure(inside) ? inside : NULL;
}

const cJSON *cuxas_json_documents(const cJSON *root)
{
  const cJSON *list = cJSON_IsArray(root) ? root : cJSON_GetObjectItemCaseSensitive(root, "data"), *document;
  if (!cJSON_IsArray(list)) return NULL;
  cJSON_ArrayForEach(document, list) if (cuxas_json_structure(document) != NULL) return list;
  return NULL;
}

/* The vector of three numbers of that name, or the value itself without a name */
static cuxas_status read_vector(const cJSON *value, const char *path, const char *what, double ret_vector[3],
                                cuxas_error *err)
{
  if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 3)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s is not a list of three numbers", path, what);
  int k = 0;
  for (const cJSON *item = value->child; item != NULL; item = item->next, k++) {
    if (!cJSON_IsNumber(item))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s holds something else than numbers", path, what);
    if (!(fabs(item->valuedouble) < 1e6)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s is too large", path, what);
    ret_vector[k] = item->valuedouble;
  }
  return CUXAS_OK;
}

static cuxas_status read_species(const cJSON *site, const char *path, size_t i_site, int *ret_number, cuxas_error *err)
{
  const cJSON *list    = cJSON_GetObjectItemCaseSensitive(site, "species");
  const cJSON *species = cJSON_IsArray(list) ? list->child : NULL;
  if (species == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu has no species", path, i_site + 1);
  const cJSON *element   = cJSON_GetObjectItemCaseSensitive(species, "element");
  const cJSON *occupancy = cJSON_GetObjectItemCaseSensitive(species, "occu");
  if (!cJSON_IsString(element))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu: a species has no element", path, i_site + 1);
  if (occupancy != NULL && !cJSON_IsNumber(occupancy))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu: occu is not a number", path, i_site + 1);
  const double value = occupancy != NULL ? occupancy->valuedouble : 1.0;
  if (species->next != NULL || value < 1.0 - FULL_OCCUPANCY)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: site %zu (%.20s) has partial occupancy (%g)", path, i_site + 1,
                      element->valuestring, value);
  if (!(value <= 1.0 + FULL_OCCUPANCY))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu (%.20s) has occupancy %g, more than 1", path, i_site + 1,
                      element->valuestring, value);
  *ret_number = cuxas_element_guess(element->valuestring);
  if (*ret_number == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: site %zu: unknown element '%.40s'", path, i_site + 1,
                      element->valuestring);
  return CUXAS_OK;
}

static cuxas_status read_site(const cJSON *site, const char *path, size_t i_site, const double inverse[3][3],
                              cuxas_crystal *crystal, cuxas_error *err)
{
  const cJSON *fractional = cJSON_GetObjectItemCaseSensitive(site, "abc");
  const cJSON *position   = cJSON_GetObjectItemCaseSensitive(site, "xyz");
  char         what[40];
  cuxas_status status = read_species(site, path, i_site, &crystal->atomic_number[i_site], err);
  if (status != CUXAS_OK) return status;
  if (fractional == NULL && position == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu has no coordinates (abc or xyz)", path, i_site + 1);
  snprintf(what, sizeof what, "%s of site %zu", fractional != NULL ? "abc" : "xyz", i_site + 1);
  status = read_vector(fractional != NULL ? fractional : position, path, what, crystal->fractional[i_site], err);
  if (status == CUXAS_OK && fractional == NULL)
    cuxas_row_times_matrix(crystal->fractional[i_site], inverse, crystal->fractional[i_site]);
  return status;
}

static cuxas_status crystal_of_structure(const cJSON *structure, const char *path, cuxas_crystal **ret_crystal,
                                         cuxas_error *err)
{
  const cJSON *sites   = cJSON_GetObjectItemCaseSensitive(structure, "sites");
  const cJSON *lattice = cJSON_GetObjectItemCaseSensitive(structure, "lattice");
  const cJSON *matrix  = cJSON_GetObjectItemCaseSensitive(lattice, "matrix");
  const size_t n_site  = (size_t)cJSON_GetArraySize(sites);
  double       inverse[3][3];

  if (!cJSON_IsArray(matrix) || cJSON_GetArraySize(matrix) != 3)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the lattice has no matrix of three rows", path);
  if (n_site > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d atoms", path, CUXAS_CRYSTAL_MAX_SITES);
  cuxas_crystal *crystal = cuxas_crystal_new(n_site);
  if (crystal == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu atoms", path, n_site);

  cuxas_status status = CUXAS_OK;
  const cJSON *row    = matrix->child;
  for (int i = 0; status == CUXAS_OK && i < 3; i++, row = row->next)
    status = read_vector(row, path, "a row of the lattice matrix", crystal->lattice_A[i], err);
  if (status == CUXAS_OK && !cuxas_matrix_invert(crystal->lattice_A, inverse))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume", path);
  const cJSON *site = sites->child;
  for (size_t i = 0; status == CUXAS_OK && i < n_site; i++, site = site->next)
    status = read_site(site, path, i, inverse, crystal, err);
  if (status != CUXAS_OK) {
    cuxas_crystal_free(crystal);
    return status;
  }
  *ret_crystal = crystal;
  return CUXAS_OK;
}

cuxas_status cuxas_crystal_parse_json(const char *path, const char *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                      cuxas_error *err)
{
  cJSON       *root   = NULL;
  cuxas_status status = cuxas_json_parse(path, bytes, n_byte, &root, err);

  *ret_crystal = NULL;
  if (status != CUXAS_OK) return status;
  const cJSON *list = cuxas_json_documents(root), *structure = cuxas_json_structure(root);
  const int    n = list != NULL ? cJSON_GetArraySize(list) : 0;
  if (structure == NULL && n == 1) structure = cuxas_json_structure(list->child);
  if (structure != NULL)
    status = crystal_of_structure(structure, path, ret_crystal, err);
  else if (n > 1)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: holds %d structures; name one as %s#NAME", path, n, path);
  else
    status =
        cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: JSON without a structure (an object with lattice and sites)", path);
  cJSON_Delete(root);
  return status;
}
