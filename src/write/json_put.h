/* json_put.h - building JSON trees: every failure is remembered, so that a tree is whole or not there at all */
#ifndef CUXAS_REPORT_JSON_PUT_H
#define CUXAS_REPORT_JSON_PUT_H
#include "cuxas/model.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* One tree under construction. */
typedef struct {
  bool failed; /* some node could not be made: throw the tree away */
} json_builder;

/* json_round() - to 6 decimals, and -0 to 0: what all numbers in reports go through */
double json_round(double value);

/* The node goes into an object under a name, or with name NULL to the end of an array; a parent of NULL is a past failure.
 * json_put_object() and json_put_array() return the new, empty node, which the parent owns. */
cJSON *json_put_object(json_builder *builder, cJSON *parent, const char *name);
cJSON *json_put_array(json_builder *builder, cJSON *parent, const char *name);
void   json_put_number(json_builder *builder, cJSON *parent, const char *name, double value); /* rounded; NaN: null */
void   json_put_count(json_builder *builder, cJSON *parent, const char *name, size_t value);
void   json_put_text(json_builder *builder, cJSON *parent, const char *name, const char *text); /* NULL: null */
void   json_put_bool(json_builder *builder, cJSON *parent, const char *name, bool value);
void   json_put_copy(json_builder *builder, cJSON *parent, const char *name, const cJSON *node); /* NULL: null */

/* json_put_numbers() - an array of rounded numbers; values NULL: null */
void json_put_numbers(json_builder *builder, cJSON *parent, const char *name, const double *value, size_t n_value);

/* json_put_energies() - the energies of a grid */
void json_put_energies(json_builder *builder, cJSON *parent, const char *name, cuxas_grid grid);

/* json_put_tool(), json_put_model() - members "tool" and "model", the same in every kind of report */
void json_put_tool(json_builder *builder, cJSON *parent, const char *program);
void json_put_model(json_builder *builder, cJSON *parent, const cuxas_model *model);

#endif
