/* Training records: from JSON lines to curves and crystals.
 *
 *   structures  members lattice, species and frac, read and written
 *   records made, and their checksums
 *   curves      one edge and channel
 *   records     one line
 *   files       all lines, gzip or not */
#include "cuxas/records.h"
#include "records/record_file.h"
#include "base/hash.h"
#include "base/text.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/elements.h"
#include "records/record_text.h"
#include "spectrum/formats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- structures ------------------------------------------------------------------------------------------------- */

enum { MAX_SITE = 20000, ENERGY_DIGITS = 7, MU_DIGITS = 5, CHECKSUM_DIGITS = 16 };
#define SAME_STRUCTURE 1e-3 /* angstrom for axes, fractions of an axis for positions */

static cuxas_status no_memory_for_structure(cuxas_error *err)
{
  return cuxas_no_memory(err);
}

/* reading */

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
  if (crystal == NULL) return no_memory_for_structure(err);
  if ((status = fill_crystal(lattice, species, frac, crystal, where, err)) == CUXAS_OK)
    *ret_crystal = crystal;
  else
    cuxas_crystal_free(crystal);
  return status;
}

/* writing */

cJSON *cuxas_record_number(double value, int n_digit)
{
  char text[64];
  if (!isfinite(value)) return NULL;
  snprintf(text, sizeof text, "%.*g", n_digit, value); /* by way of digits: the double nearest to what a reader sees */
  return cJSON_CreateNumber(strtod(text, NULL) + 0.0);
}

static bool add_vector(cJSON *rows, const double vector[3])
{
  cJSON *row = cJSON_CreateArray();
  if (!cuxas_json_add(rows, NULL, row)) return false;
  for (int i = 0; i < 3; i++) {
    char text[64];
    snprintf(text, sizeof text, "%.6f", vector[i]);
    if (!cuxas_json_add(row, NULL, cJSON_CreateNumber(strtod(text, NULL) + 0.0))) return false;
  }
  return true;
}

cuxas_status cuxas_record_crystal_put(cJSON *object, const cuxas_crystal *crystal, cuxas_error *err)
{
  cJSON *lattice = cuxas_json_add(object, "lattice", cJSON_CreateArray());
  cJSON *species = cuxas_json_add(object, "species", cJSON_CreateArray());
  cJSON *frac    = cuxas_json_add(object, "frac", cJSON_CreateArray());
  bool   is_made = lattice != NULL && species != NULL && frac != NULL;
  for (size_t i = 0; is_made && i < 3; i++) is_made = add_vector(lattice, crystal->lattice_A[i]);
  for (size_t i = 0; is_made && i < crystal->n_site; i++) {
    const cuxas_element *element = cuxas_element_find(crystal->atomic_number[i]);
    is_made =
        cuxas_json_add(species, NULL, cJSON_CreateString(element->symbol)) && add_vector(frac, crystal->fractional[i]);
  }
  return is_made ? CUXAS_OK : no_memory_for_structure(err);
}

enum { MIN_POINT = 4, MAX_POINT = 100000, MIN_SPAN_EV = 5, MAX_SPAN_EV = 1000 };

/* What became of a curve. */
typedef enum { CURVE_USABLE, CURVE_ABSENT, CURVE_UNCONVERGED, CURVE_NOT_FINITE } curve_state;

static cuxas_status no_memory(const char *where, cuxas_error *err)
{
  return cuxas_fail_at(err, cuxas_no_memory(err), where);
}

bool cuxas_record_is_same_structure(const cuxas_crystal *a, const cuxas_crystal *b)
{
  if (a->n_site != b->n_site) return false;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (fabs(a->lattice_A[i][j] - b->lattice_A[i][j]) > SAME_STRUCTURE) return false;
  for (size_t i = 0; i < a->n_site; i++) {
    if (a->atomic_number[i] != b->atomic_number[i]) return false;
    for (int j = 0; j < 3; j++)
      if (fabs(a->fractional[i][j] - b->fractional[i][j]) > SAME_STRUCTURE) return false;
  }
  return true;
}

/* ---- records made -------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_record_check(const cuxas_record_site *site, const cuxas_record_spectrum *spectrum, cuxas_error *err)
{
  if (site->id[0] == '\0' || strlen(site->id) >= CUXAS_RECORD_ID_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "\"%s\": an id has 1 to %d bytes", site->id, CUXAS_RECORD_ID_SIZE - 1);
  if (site->site >= site->crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: no site %zu among %zu", site->id, site->site, site->crystal->n_site);
  if (spectrum->edge[0] == '\0' || strlen(spectrum->edge) >= CUXAS_EDGE_NAME_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: \"%s\" is no name for an edge", site->id, spectrum->edge);
  if (!(spectrum->edge_step > 0.0 && isfinite(spectrum->edge_step)) || !(spectrum->core_hole_width_eV >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "%s: edge step %g, core-hole width %g eV", site->id, spectrum->edge_step,
                      spectrum->core_hole_width_eV);
  for (size_t i = 0; i < spectrum->n_point; i++) {
    if (!isfinite(spectrum->energy_eV[i]) || !isfinite(spectrum->mu[i]) ||
        (spectrum->opt_mu0 != NULL && !isfinite(spectrum->opt_mu0[i])))
      return cuxas_fail(err, CUXAS_ENUMERIC, "%s: point %zu of the spectrum is not finite", site->id, i);
    if (i > 0 && !(spectrum->energy_eV[i] > spectrum->energy_eV[i - 1]))
      return cuxas_fail(err, CUXAS_ERANGE, "%s: energies do not rise at point %zu", site->id, i);
  }
  return CUXAS_OK;
}

static cJSON *make_numbers(const double *value, size_t n, int n_digit)
{
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; array != NULL && i < n; i++) {
    if (cuxas_json_add(array, NULL, cuxas_record_number(value[i], n_digit)) == NULL) {
      cJSON_Delete(array);
      return NULL;
    }
  }
  return array;
}

cJSON *cuxas_record_make_curve(const cuxas_record_spectrum *spectrum)
{
  cJSON *curve = cJSON_CreateObject();
  if (curve == NULL) return NULL;
  bool is_made = cuxas_json_add(curve, "energy", make_numbers(spectrum->energy_eV, spectrum->n_point, ENERGY_DIGITS)) &&
                 cuxas_json_add(curve, "mu", make_numbers(spectrum->mu, spectrum->n_point, MU_DIGITS));
  if (is_made && spectrum->opt_mu0 != NULL)
    is_made = cuxas_json_add(curve, "mu0", make_numbers(spectrum->opt_mu0, spectrum->n_point, MU_DIGITS));
  is_made = is_made && cuxas_json_add(curve, "edge_step", cuxas_record_number(spectrum->edge_step, MU_DIGITS));
  if (is_made && isfinite(spectrum->fermi_eV))
    is_made = cuxas_json_add(curve, "fermi", cuxas_record_number(spectrum->fermi_eV, MU_DIGITS));
  is_made = is_made &&
            cuxas_json_add(curve, "core_hole_width", cuxas_record_number(spectrum->core_hole_width_eV, MU_DIGITS)) &&
            (!spectrum->is_self_consistent || cuxas_json_add(curve, "scf_converged", cJSON_CreateTrue()));
  if (is_made && spectrum->opt_scf != NULL)
    is_made = cuxas_json_add(curve, "scf", cJSON_CreateString(spectrum->opt_scf));
  if (is_made && spectrum->opt_code != NULL)
    is_made = cuxas_json_add(curve, "code", cJSON_CreateString(spectrum->opt_code));
  if (is_made) return curve;
  cJSON_Delete(curve);
  return NULL;
}

cJSON *cuxas_record_make(const cuxas_record_site *site)
{
  char   formula[CUXAS_FORMULA_SIZE];
  cJSON *record = cJSON_CreateObject();
  if (record == NULL) return NULL;
  cuxas_crystal_formula(site->crystal, formula);
  bool is_made = cuxas_json_add(record, "id", cJSON_CreateString(site->id)) &&
                 cuxas_json_add(record, "formula", cJSON_CreateString(formula)) &&
                 cuxas_json_add(record, "site", cJSON_CreateNumber((double)site->site));
  if (is_made && site->multiplicity > 0)
    is_made = cuxas_json_add(record, "multiplicity", cJSON_CreateNumber((double)site->multiplicity));
  if (is_made && cuxas_record_crystal_put(record, site->crystal, NULL) == CUXAS_OK) return record;
  cJSON_Delete(record);
  return NULL;
}

/* ---- checksums ------------------------------------------------------------------------------------------------------ */

static void write_checksum(const char *text, size_t n_byte, char ret_digits[CHECKSUM_DIGITS + 1])
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(text, n_byte, hex);
  memcpy(ret_digits, hex, CHECKSUM_DIGITS);
  ret_digits[CHECKSUM_DIGITS] = '\0';
}

static const char CHECKSUM_MEMBER[] = ",\"checksum\":\"";

size_t cuxas_record_seal(const char *text, char *ret_line)
{
  const size_t n_byte = strlen(text) - 1; /* without the brace */
  char         digits[CHECKSUM_DIGITS + 1];
  write_checksum(text, n_byte, digits);
  memcpy(ret_line, text, n_byte);
  return n_byte + (size_t)sprintf(ret_line + n_byte, "%s%s\"}\n", CHECKSUM_MEMBER, digits);
}

cuxas_status cuxas_record_unseal(char *text, const char *where, cuxas_error *err)
{
  const size_t n_tail = sizeof CHECKSUM_MEMBER - 1 + CHECKSUM_DIGITS + 2, n_text = strlen(text);
  char         digits[CHECKSUM_DIGITS + 1];
  if (n_text <= n_tail || memcmp(text + n_text - n_tail, CHECKSUM_MEMBER, sizeof CHECKSUM_MEMBER - 1) != 0)
    return CUXAS_OK;
  char *tail = text + n_text - n_tail;
  write_checksum(text, n_text - n_tail, digits);
  if (memcmp(tail + sizeof CHECKSUM_MEMBER - 1, digits, CHECKSUM_DIGITS) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT,
                      "%s: damaged, or changed by hand: its checksum is another (take \"checksum\" out if it was you)",
                      where);
  memcpy(tail, "}", 2);
  return CUXAS_OK;
}

/* ---- curves ----------------------------------------------------------------------------------------------------- */

static bool all_finite(const double *value, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite(value[i])) return false;
  return true;
}

static void free_curve(cuxas_record_curve *curve)
{
  free(curve->energy_eV);
  free(curve->mu);
  *curve = (cuxas_record_curve){0};
}

/* fill_curve() - both arrays; *ret_state is CURVE_USABLE or CURVE_NOT_FINITE */
static cuxas_status fill_curve(const cJSON *object, cuxas_record_curve *curve, const char *where,
                               curve_state *ret_state, cuxas_error *err)
{
  cuxas_status status;
  const cJSON *energy = NULL, *mu = NULL;
  if ((status = cuxas_json_array(object, "energy", &energy, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(object, "mu", &mu, where, err)) != CUXAS_OK)
    return status;
  const int n = cJSON_GetArraySize(energy);
  if (n < MIN_POINT || n > MAX_POINT)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %d energies; %d to %d are read", where, n, MIN_POINT, MAX_POINT);

  curve->n_point   = (size_t)n;
  curve->energy_eV = cuxas_new(err, curve->n_point, sizeof *curve->energy_eV);
  curve->mu        = cuxas_new(err, curve->n_point, sizeof *curve->mu);
  if (curve->energy_eV == NULL || curve->mu == NULL) return no_memory(where, err);
  if ((status = cuxas_record_numbers(energy, curve->n_point, "energy", curve->energy_eV, where, err)) != CUXAS_OK ||
      (status = cuxas_record_numbers(mu, curve->n_point, "mu", curve->mu, where, err)) != CUXAS_OK)
    return status;

  *ret_state = all_finite(curve->energy_eV, curve->n_point) && all_finite(curve->mu, curve->n_point) ? CURVE_USABLE
                                                                                                     : CURVE_NOT_FINITE;
  for (size_t i = 1; i < curve->n_point && *ret_state == CURVE_USABLE; i++)
    if (!(curve->energy_eV[i] > curve->energy_eV[i - 1]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: energies do not rise at point %zu", where, i);
  const double span_eV = curve->energy_eV[curve->n_point - 1] - curve->energy_eV[0];
  if (*ret_state == CURVE_USABLE && !(span_eV >= MIN_SPAN_EV && span_eV <= MAX_SPAN_EV))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: energies span %g eV; %d to %d are read", where, span_eV, MIN_SPAN_EV,
                      MAX_SPAN_EV);
  return CUXAS_OK;
}

static cuxas_status parse_curve(const cJSON *record, const char *edge, cuxas_channel channel, cuxas_record_curve *curve,
                                const char *line, curve_state *ret_state, cuxas_error *err)
{
  cuxas_status status;
  char         key[CUXAS_EDGE_NAME_SIZE + 16], where[CUXAS_MESSAGE_SIZE / 2 + 32];
  const cJSON *object = NULL;

  snprintf(key, sizeof key, "%s%s", edge, cuxas_channel_suffix(channel));
  snprintf(where, sizeof where, "%s: %s", line, key);
  *ret_state = CURVE_ABSENT;
  if (!cuxas_json_has(record, key)) return CUXAS_OK;
  if ((status = cuxas_json_object(record, key, &object, line, err)) != CUXAS_OK) return status;

  const cJSON *converged = cJSON_GetObjectItemCaseSensitive(object, "scf_converged");
  if (converged != NULL && !cJSON_IsBool(converged))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"scf_converged\" is neither true nor false", where);
  if ((status = cuxas_json_number(object, "edge_step", 1e-30, 1e30, &curve->edge_step, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(object, "core_hole_width", 0.0, 100.0, &curve->core_hole_width_eV, where, err)) !=
          CUXAS_OK ||
      (status = fill_curve(object, curve, where, ret_state, err)) != CUXAS_OK)
    return status;
  const cJSON *fermi = cJSON_GetObjectItemCaseSensitive(object, "fermi");
  curve->fermi_eV    = cJSON_IsNumber(fermi) ? fermi->valuedouble : NAN;
  if (cJSON_IsFalse(converged)) *ret_state = CURVE_UNCONVERGED;
  if (*ret_state != CURVE_USABLE) free_curve(curve);
  return CUXAS_OK;
}

/* ---- structures ------------------------------------------------------------------------------------------------- */

/* take_code() - what the first curve says about its origin, if it does; longer ones are cut */
static void take_code(const cJSON *object, const char *edge, cuxas_record *record)
{
  const cJSON *curve = cJSON_GetObjectItemCaseSensitive(object, edge);
  const char  *code  = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(curve, "code"));
  if (code != NULL) snprintf(record->code, sizeof record->code, "%s", code);
}

/* find_anion_charge() - member charge_transfer by FEFF's numbers of potentials: 0 the absorber, then one for each element by
 * atomic number; NAN: it is not there */
static double find_anion_charge(const cJSON *object, const cuxas_crystal *crystal)
{
  char   name[16];
  int    anion = 0;
  size_t index = 1;
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++)
    if (cuxas_crystal_count(crystal, z) > 0 &&
        (anion == 0 || cuxas_element_find(z)->electronegativity > cuxas_element_find(anion)->electronegativity))
      anion = z;
  for (int z = 1; z < anion; z++)
    if (cuxas_crystal_count(crystal, z) > 0) index++;
  snprintf(name, sizeof name, "%zu", index);
  const cJSON *charge =
      cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, "charge_transfer"), name);
  return cJSON_IsNumber(charge) ? charge->valuedouble : NAN;
}

static cuxas_status parse_site(const cJSON *object, int absorber, cuxas_record *record, const char *where,
                               cuxas_error *err)
{
  cuxas_status status;
  if ((status = cuxas_record_crystal_parse(object, where, &record->crystal, err)) != CUXAS_OK ||
      (status = cuxas_json_count(object, "site", 0, record->crystal->n_site - 1, &record->site, where, err)) !=
          CUXAS_OK)
    return status;
  if (record->crystal->atomic_number[record->site] != absorber)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: site %zu is %s, not the absorber %s", where, record->site,
                      cuxas_element_find(record->crystal->atomic_number[record->site])->symbol,
                      cuxas_element_find(absorber)->symbol);
  const cJSON *multiplicity = cJSON_GetObjectItemCaseSensitive(object, "multiplicity");
  const char  *sha256       = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "structure_sha256"));
  cuxas_json_is_count(multiplicity, 1, MAX_SITE, &record->multiplicity); /* another value: as if none were told */
  snprintf(record->structure_sha256, sizeof record->structure_sha256, "%s", sha256 != NULL ? sha256 : "");
  cuxas_crystal_formula(record->crystal, record->formula);
  record->anion_charge = find_anion_charge(object, record->crystal);
  return CUXAS_OK;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static void clear_record(cuxas_record *record)
{
  cuxas_crystal_free(record->crystal);
  for (size_t i = 0; i < CUXAS_MODEL_MAX_EDGE; i++)
    for (size_t j = 0; j < CUXAS_N_CHANNEL; j++) free_curve(&record->curve[i][j]);
  *record = (cuxas_record){0};
}

/* parse_record() - *ret_state says whether the record may be used: the state of its first curve */
static cuxas_status parse_record(const cJSON *object, int absorber, cuxas_records *records, cuxas_record *record,
                                 const char *where, curve_state *ret_state, cuxas_error *err)
{
  cuxas_status status;
  const char  *id = NULL;
  if (!cJSON_IsObject(object)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  if ((status = cuxas_json_string(object, "id", &id, where, err)) != CUXAS_OK) return status;
  if (strlen(id) >= sizeof record->id) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"id\" is too long", where);
  memcpy(record->id, id, strlen(id) + 1);

  for (size_t i_edge = 0; i_edge < records->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      curve_state state;
      status = parse_curve(object, records->edge_name[i_edge], (cuxas_channel)channel, &record->curve[i_edge][channel],
                           where, &state, err);
      if (status != CUXAS_OK) return status;
      const bool is_first = i_edge == 0 && channel == CUXAS_CHANNEL_NO_HOLE;
      if (is_first && state == CURVE_ABSENT)
        return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is missing", where, records->edge_name[0]);
      if (is_first && (*ret_state = state) != CURVE_USABLE) return CUXAS_OK;
      if (state == CURVE_UNCONVERGED || state == CURVE_NOT_FINITE) records->n_curve_dropped++;
    }
  take_code(object, records->edge_name[0], record);
  return parse_site(object, absorber, record, where, err);
}

/* add_object() - the record of a line, or one more of those that are counted as left out */
static cuxas_status add_object(cuxas_records *records, const cJSON *object, int absorber, size_t i_file,
                               const char *where, cuxas_error *err)
{
  cuxas_record record = {.i_file = i_file};
  curve_state  state  = CURVE_USABLE;
  cuxas_status status = parse_record(object, absorber, records, &record, where, &state, err);
  if (status == CUXAS_OK && state == CURVE_USABLE) {
    cuxas_record *grown = cuxas_grow(err, records->record, records->n_record + 1, sizeof *grown);
    if (grown != NULL) {
      records->record                      = grown;
      records->record[records->n_record++] = record;
      return CUXAS_OK;
    }
    status = no_memory(where, err);
  }
  if (state == CURVE_UNCONVERGED) records->n_unconverged++;
  if (state == CURVE_NOT_FINITE) records->n_not_finite++;
  clear_record(&record);
  return status;
}

/* Where the records of a file go. */
typedef struct {
  cuxas_records *records;
  int            absorber;
  size_t         i_file;
  const char    *opt_path; /* for messages with line numbers */
  cuxas_status   status;   /* of the first that failed */
  cuxas_error    err;
} reading;

static void take(const cJSON *object, const char *id, size_t site, size_t i_line, void *user)
{
  reading *to = user;
  char     where[CUXAS_MESSAGE_SIZE / 2];
  if (to->status != CUXAS_OK) return;
  if (to->opt_path != NULL)
    snprintf(where, sizeof where, "%s:%zu", to->opt_path, i_line);
  else
    snprintf(where, sizeof where, "record of %s, site %zu", id, site);
  to->status = add_object(to->records, object, to->absorber, to->i_file, where, &to->err);
}

static cuxas_status finish(const reading *to, cuxas_error *err)
{
  return to->status == CUXAS_OK ? CUXAS_OK : cuxas_fail(err, to->status, "%s", to->err.message);
}

static cuxas_status take_all(const cuxas_record_file *file, reading *to, cuxas_error *err)
{
  for (size_t i = 0; i < cuxas_record_file_count(file) && to->status == CUXAS_OK; i++) {
    const char *id;
    size_t      site;
    cJSON      *object = cJSON_Parse(cuxas_record_file_text(file, i, &id, &site));
    if (object == NULL) return cuxas_no_memory(err);
    take(object, id, site, cuxas_record_file_line(file, i), to);
    cJSON_Delete(object);
  }
  return finish(to, err);
}

/* What is read beside is forgotten again where some lines were not all of their records. */
static cuxas_status read_file(const char *path, reading *to, cuxas_record_file **ret_file, cuxas_error *err)
{
  cuxas_records *records    = to->records;
  const size_t   n_record   = records->n_record;
  const size_t   n_left[]   = {records->n_unconverged, records->n_not_finite};
  bool           has_joined = false;
  cuxas_status   status     = cuxas_record_file_read_with(path, take, to, ret_file, &has_joined, err);
  if (status != CUXAS_OK || !has_joined) return status != CUXAS_OK ? status : finish(to, err);
  while (records->n_record > n_record) clear_record(&records->record[--records->n_record]);
  records->n_unconverged = n_left[0];
  records->n_not_finite  = n_left[1];
  to->status             = CUXAS_OK;
  return take_all(*ret_file, to, err);
}

/* hash_files() - one file: its hash; several: the hash of their hashes, one behind the other */
static cuxas_status hash_files(const char *const *path, size_t n_path, char ret_sha256[CUXAS_SHA256_HEX_SIZE],
                               cuxas_error *err)
{
  const size_t n_hex  = CUXAS_SHA256_HEX_SIZE - 1;
  char        *all    = cuxas_new(err, n_path, n_hex);
  cuxas_status status = all != NULL ? CUXAS_OK : no_memory("training records", err);
  for (size_t i = 0; status == CUXAS_OK && i < n_path; i++) {
    status = cuxas_hash_file(path[i], ret_sha256, err);
    if (status == CUXAS_OK) memcpy(all + i * n_hex, ret_sha256, n_hex);
  }
  if (status == CUXAS_OK && n_path > 1) cuxas_hash_memory(all, n_path * n_hex, ret_sha256);
  free(all);
  return status;
}

cuxas_status cuxas_records_begin(const char *const *edge_name, size_t n_edge, cuxas_records **ret_records,
                                 cuxas_error *err)
{
  *ret_records = NULL;
  if (n_edge == 0 || n_edge > CUXAS_MODEL_MAX_EDGE)
    return cuxas_fail(err, CUXAS_ERANGE, "training records: %zu edges", n_edge);
  for (size_t i = 0; i < n_edge; i++)
    if (edge_name[i][0] == '\0' || strlen(edge_name[i]) >= CUXAS_EDGE_NAME_SIZE)
      return cuxas_fail(err, CUXAS_ERANGE, "training records: \"%s\" is no name for an edge", edge_name[i]);
  cuxas_records *records = cuxas_new(err, 1, sizeof *records);
  if (records == NULL) return no_memory("training records", err);
  records->n_edge = n_edge;
  for (size_t i = 0; i < n_edge; i++) memcpy(records->edge_name[i], edge_name[i], strlen(edge_name[i]) + 1);
  *ret_records = records;
  return CUXAS_OK;
}

cuxas_status cuxas_records_read(const char *const *path, size_t n_path, int absorber, const char *const *edge_name,
                                size_t n_edge, cuxas_records **ret_records, cuxas_error *err)
{
  cuxas_records *records = NULL;
  *ret_records           = NULL;
  if (n_path == 0) return cuxas_fail(err, CUXAS_ERANGE, "training records: no file");
  cuxas_status status = cuxas_records_begin(edge_name, n_edge, &records, err);
  for (size_t i = 0; i < n_path && status == CUXAS_OK; i++) {
    cuxas_record_file *file = NULL;
    reading            to   = {records, absorber, i, path[i], CUXAS_OK, {0}};
    status                  = access(path[i], F_OK) == 0 ? read_file(path[i], &to, &file, err)
                                                         : cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path[i], strerror(errno));
    cuxas_record_file_free(file);
  }
  if (status == CUXAS_OK) status = hash_files(path, n_path, records->sha256, err);
  if (status == CUXAS_OK && records->n_record == 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no usable record (%zu unconverged, %zu not finite)", path[0],
                        records->n_unconverged, records->n_not_finite);
  if (status == CUXAS_OK)
    *ret_records = records;
  else
    cuxas_records_free(records);
  return status;
}

/* is_named() - whether a line of a table has this id and site */
static bool is_named(const cuxas_record *record, const char *id, const char *site)
{
  long number = 0;
  return strcmp(record->id, id) == 0 && cuxas_text_parse_integer(site, &number) && number >= 0 &&
         (size_t)number == record->site;
}

cuxas_status cuxas_records_leave_out(cuxas_records *records, const char *path, size_t *ret_n_found, cuxas_error *err)
{
  cuxas_text   text = {0};
  char        *field[CUXAS_CSV_MAX_COLUMN];
  size_t       n_field, i_id = 0, i_site = 0;
  cuxas_status status = cuxas_text_read(path, &text, err);
  *ret_n_found        = 0;
  if (status != CUXAS_OK) goto done;
  n_field = text.n_line > 0 ? cuxas_csv_cut(text.line[0], field) : 0;
  if ((status = cuxas_csv_find_column(field, n_field, "id", path, &i_id, err)) != CUXAS_OK ||
      (status = cuxas_csv_find_column(field, n_field, "site", path, &i_site, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 1; i < text.n_line; i++) {
    size_t n_kept = 0;
    n_field       = cuxas_csv_cut(text.line[i], field);
    if (n_field <= i_id || n_field <= i_site) continue;
    for (size_t k = 0; k < records->n_record; k++) {
      if (is_named(&records->record[k], field[i_id], field[i_site]))
        clear_record(&records->record[k]);
      else
        records->record[n_kept++] = records->record[k];
    }
    *ret_n_found += records->n_record - n_kept;
    records->n_record = n_kept;
  }
done:
  cuxas_text_free(&text);
  return status;
}

void cuxas_records_free(cuxas_records *records)
{
  if (records == NULL) return;
  for (size_t i = 0; i < records->n_record; i++) clear_record(&records->record[i]);
  free(records->record);
  free(records);
}

/* hand_over() - or free */
static cuxas_status hand_over(cuxas_records *records, cuxas_status status, cuxas_records **ret_records)
{
  if (status == CUXAS_OK)
    *ret_records = records;
  else
    cuxas_records_free(records);
  return status;
}

cuxas_status cuxas_record_file_parse(const cuxas_record_file *file, int absorber, const char *const *edge_name,
                                     size_t n_edge, cuxas_records **ret_records, cuxas_error *err)
{
  *ret_records        = NULL;
  reading      to     = {.absorber = absorber};
  cuxas_status status = cuxas_records_begin(edge_name, n_edge, &to.records, err);
  if (status == CUXAS_OK) status = take_all(file, &to, err);
  return hand_over(to.records, status, ret_records);
}

cuxas_status cuxas_record_file_read_parsed(const char *path, int absorber, const char *const *edge_name, size_t n_edge,
                                           cuxas_record_file **ret_file, cuxas_records **ret_records, cuxas_error *err)
{
  *ret_file           = NULL;
  *ret_records        = NULL;
  reading      to     = {.absorber = absorber};
  cuxas_error  reason = {.status = CUXAS_OK};
  cuxas_status status = cuxas_records_begin(edge_name, n_edge, &to.records, err);
  if (status == CUXAS_OK) status = read_file(path, &to, ret_file, &reason);
  if (status != CUXAS_OK && *ret_file != NULL) { /* the file knows its name, its records do not */
    cuxas_fail(err, status, "%s: %.900s", path, reason.message);
    cuxas_record_file_free(*ret_file);
    *ret_file = NULL;
  } else if (reason.status != CUXAS_OK) {
    cuxas_fail(err, reason.status, "%s", reason.message);
  }
  return hand_over(to.records, status, ret_records);
}
