#include "records/record_crystal.h"

#include "base/json.h"
#include "cuxas/elements.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SITE = 100000 };

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the structure of a record");
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_numbers(const cJSON *array, size_t n, const char *key, double *ret_value, const char *where,
                                  cuxas_error *err)
{
  const cJSON *item;
  size_t       i = 0;
  cJSON_ArrayForEach(item, array)
  {
    if (i == n || !(cJSON_IsNumber(item) || cJSON_IsNull(item))) break;
    ret_value[i++] = cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : NAN;
  }
  if (item != NULL || i != n)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an array of %zu numbers", where, key, n);
  return CUXAS_OK;
}

/* parse_vector() - three finite numbers */
static cuxas_status parse_vector(const cJSON *array, const char *key, size_t i, double ret_vector[3], const char *where,
                                 cuxas_error *err)
{
  if (!cJSON_IsArray(array)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" %zu is no array", where, key, i);
  const cuxas_status status = cuxas_record_numbers(array, 3, key, ret_vector, where, err);
  if (status != CUXAS_OK) return status;
  if (!isfinite(ret_vector[0]) || !isfinite(ret_vector[1]) || !isfinite(ret_vector[2]))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" %zu is not finite", where, key, i);
  return CUXAS_OK;
}

static cuxas_status fill_crystal(const cJSON *lattice, const cJSON *species, const cJSON *frac, cuxas_crystal *crystal,
                                 const char *where, cuxas_error *err)
{
  cuxas_status status;
  const cJSON *row = lattice->child, *symbol = species->child, *position = frac->child;
  for (size_t i = 0; i < 3; i++, row = row->next)
    if ((status = parse_vector(row, "lattice", i, crystal->lattice_A[i], where, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < crystal->n_site; i++, symbol = symbol->next, position = position->next) {
    const int number = cJSON_IsString(symbol) ? cuxas_element_number(symbol->valuestring) : 0;
    if (number == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"species\" %zu is not an element", where, i);
    crystal->atomic_number[i] = number;
    if ((status = parse_vector(position, "frac", i, crystal->fractional[i], where, err)) != CUXAS_OK) return status;
  }
  if (!(cuxas_crystal_volume_A3(crystal) > 1e-3))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume", where);
  return CUXAS_OK;
}

cuxas_status cuxas_record_crystal_parse(const cJSON *object, const char *where, cuxas_crystal **ret_crystal,
                                        cuxas_error *err)
{
  cuxas_status status;
  const cJSON *lattice = NULL, *species = NULL, *frac = NULL;
  *ret_crystal = NULL;
  if ((status = cuxas_json_array(object, "lattice", &lattice, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "species", &species, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "frac", &frac, where, err)) != CUXAS_OK)
    return status;
  const int n_site = cJSON_GetArraySize(species);
  if (n_site < 1 || n_site > MAX_SITE || cJSON_GetArraySize(frac) != n_site)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %d species and %d positions", where, n_site, cJSON_GetArraySize(frac));
  if (cJSON_GetArraySize(lattice) != 3) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"lattice\" has not 3 rows", where);

  cuxas_crystal *crystal = cuxas_crystal_new((size_t)n_site);
  if (crystal == NULL) return no_memory(err);
  if ((status = fill_crystal(lattice, species, frac, crystal, where, err)) == CUXAS_OK)
    *ret_crystal = crystal;
  else
    cuxas_crystal_free(crystal);
  return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

cJSON *cuxas_record_number(double value, int n_digit)
{
  char text[64];
  if (!isfinite(value)) return NULL;
  snprintf(text, sizeof text, "%.*g", n_digit, value); /* by way of digits: the double nearest to what a reader sees */
  return cJSON_CreateNumber(strtod(text, NULL) + 0.0);
}

/* add() - an item to the end of an array or, with a name, of an object; false: it could not be made or added */
static bool add(cJSON *parent, const char *name, cJSON *item)
{
  if (parent != NULL && item != NULL &&
      (name != NULL ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item)))
    return true;
  cJSON_Delete(item);
  return false;
}

static bool add_vector(cJSON *rows, const double vector[3])
{
  cJSON *row = cJSON_CreateArray();
  if (!add(rows, NULL, row)) return false;
  for (int i = 0; i < 3; i++) {
    char text[64];
    snprintf(text, sizeof text, "%.6f", vector[i]);
    if (!add(row, NULL, cJSON_CreateNumber(strtod(text, NULL) + 0.0))) return false;
  }
  return true;
}

cuxas_status cuxas_record_crystal_put(cJSON *object, const cuxas_crystal *crystal, cuxas_error *err)
{
  cJSON *lattice = cJSON_AddArrayToObject(object, "lattice");
  cJSON *species = cJSON_AddArrayToObject(object, "species");
  cJSON *frac    = cJSON_AddArrayToObject(object, "frac");
  bool   is_made = lattice != NULL && species != NULL && frac != NULL;
  for (size_t i = 0; is_made && i < 3; i++) is_made = add_vector(lattice, crystal->lattice_A[i]);
  for (size_t i = 0; is_made && i < crystal->n_site; i++) {
    const cuxas_element *element = cuxas_element_find(crystal->atomic_number[i]);
    is_made = add(species, NULL, cJSON_CreateString(element->symbol)) && add_vector(frac, crystal->fractional[i]);
  }
  return is_made ? CUXAS_OK : no_memory(err);
}
