/* record_info.c - cuxas-refdb records info: what files of training records hold */
#include "cmd/record_info.h"

#include "base/json.h"
#include "base/memory.h"
#include "records/record_file.h"
#include "write/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_KIND = 32, KEY_SIZE = 32, CODE_SIZE = 96 };

/* Curves of one edge and channel. */
typedef struct {
  char   key[KEY_SIZE];   /* "L3_screened" */
  char   code[CODE_SIZE]; /* of the first that names one; "" */
  size_t n_curve, n_unconverged;
  double low_eV, high_eV;
} curve_kind;

typedef struct {
  size_t     n_record, n_compound;
  char     **compound; /* (n_compound) formulas, each once */
  size_t     n_kind;
  curve_kind kind[MAX_KIND];
} summary;

static cuxas_status count_compound(summary *sum, const char *formula, cuxas_error *err)
{
  for (size_t i = 0; i < sum->n_compound; i++)
    if (strcmp(sum->compound[i], formula) == 0) return CUXAS_OK;
  char **grown = cuxas_grow(err, sum->compound, sum->n_compound + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  sum->compound = grown;
  if ((grown[sum->n_compound] = cuxas_copy_text(err, formula)) == NULL) return CUXAS_ENOMEM;
  sum->n_compound++;
  return CUXAS_OK;
}

/* count_curve() - an object with energy and mu is a curve, whatever its name */
static void count_curve(summary *sum, const cJSON *curve)
{
  size_t       i      = 0;
  const cJSON *energy = cJSON_GetObjectItemCaseSensitive(curve, "energy");
  const cJSON *code   = cJSON_GetObjectItemCaseSensitive(curve, "code");
  const int    n      = cJSON_GetArraySize(energy);
  if (!cJSON_IsObject(curve) || !cJSON_IsArray(energy) || n == 0 || strlen(curve->string) >= KEY_SIZE) return;
  while (i < sum->n_kind && strcmp(sum->kind[i].key, curve->string) != 0) i++;
  if (i == MAX_KIND) return;
  curve_kind *kind = &sum->kind[i];
  if (i == sum->n_kind) {
    *kind = (curve_kind){.low_eV = INFINITY, .high_eV = -INFINITY};
    memcpy(kind->key, curve->string, strlen(curve->string) + 1);
    sum->n_kind++;
  }
  kind->n_curve++;
  if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(curve, "scf_converged"))) kind->n_unconverged++;
  if (kind->code[0] == '\0' && cJSON_IsString(code)) snprintf(kind->code, sizeof kind->code, "%s", code->valuestring);
  kind->low_eV  = fmin(kind->low_eV, cJSON_GetArrayItem(energy, 0)->valuedouble);
  kind->high_eV = fmax(kind->high_eV, cJSON_GetArrayItem(energy, n - 1)->valuedouble);
}

static cuxas_status read_file(const char *path, summary *sum, cuxas_error *err)
{
  cuxas_record_file *file   = NULL;
  cuxas_status       status = CUXAS_OK;
  if (access(path, R_OK) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  status = cuxas_record_file_read(path, &file, err);
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_record_file_count(file); i++) {
    char        where[CUXAS_MESSAGE_SIZE / 2];
    const char *formula = NULL, *id;
    size_t      site;
    cJSON      *object = cJSON_Parse(cuxas_record_file_text(file, i, &id, &site));
    snprintf(where, sizeof where, "%s: %s, site %zu", path, id, site);
    if (object == NULL)
      status = cuxas_fail_at(err, cuxas_no_memory(err), where);
    else if ((status = cuxas_json_string(object, "formula", &formula, where, err)) == CUXAS_OK)
      status = count_compound(sum, formula, err);
    if (status == CUXAS_OK) {
      const cJSON *member;
      sum->n_record++;
      cJSON_ArrayForEach(member, object) count_curve(sum, member);
    }
    cJSON_Delete(object);
  }
  cuxas_record_file_free(file);
  return status;
}

static void print_text(const summary *sum)
{
  printf("records    %zu\ncompounds  %zu\n", sum->n_record, sum->n_compound);
  printf("%-14s %7s %7s %22s  %s\n", "curves", "number", "not scf", "energies / eV", "code");
  for (size_t i = 0; i < sum->n_kind; i++) {
    const curve_kind *kind = &sum->kind[i];
    printf("%-14s %7zu %7zu %10.1f - %9.1f  %s\n", kind->key, kind->n_curve, kind->n_unconverged, kind->low_eV,
           kind->high_eV, kind->code[0] != '\0' ? kind->code : "-");
  }
}

static cuxas_status print_json(const summary *sum, cuxas_error *err)
{
  cuxas_json_builder builder = {0};
  cJSON             *report  = cJSON_CreateObject();
  cuxas_json_put_tool(&builder, report, "cuxas-refdb");
  cuxas_json_put_count(&builder, report, "records", sum->n_record);
  cuxas_json_put_count(&builder, report, "compounds", sum->n_compound);
  cJSON *curves = cuxas_json_put_array(&builder, report, "curves");
  for (size_t i = 0; i < sum->n_kind; i++) {
    const curve_kind *kind = &sum->kind[i];
    cJSON            *item = cuxas_json_put_object(&builder, curves, NULL);
    cuxas_json_put_text(&builder, item, "name", kind->key);
    cuxas_json_put_count(&builder, item, "number", kind->n_curve);
    cuxas_json_put_count(&builder, item, "unconverged", kind->n_unconverged);
    cuxas_json_put_number(&builder, item, "low_eV", kind->low_eV);
    cuxas_json_put_number(&builder, item, "high_eV", kind->high_eV);
    cuxas_json_put_text(&builder, item, "code", kind->code[0] != '\0' ? kind->code : NULL);
  }
  const cuxas_status status = cuxas_json_write(builder.failed ? NULL : report, true, stdout, err);
  cJSON_Delete(report);
  return status;
}

cuxas_status cuxas_record_info(const cuxas_options *options, cuxas_error *err)
{
  summary      sum    = {0};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_options_n_argument(options); i++)
    status = read_file(cuxas_options_argument(options, i), &sum, err);
  if (status == CUXAS_OK && cuxas_options_flag(options, "json"))
    status = print_json(&sum, err);
  else if (status == CUXAS_OK)
    print_text(&sum);
  for (size_t i = 0; i < sum.n_compound; i++) free(sum.compound[i]);
  free(sum.compound);
  return status;
}
