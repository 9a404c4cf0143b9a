#include "write/json_put.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double json_round(double value)
{
  char text[400];
  snprintf(text, sizeof text, "%.6f", value); /* by way of decimal digits: the nearest double to what a reader sees */
  return strtod(text, NULL) + 0.0;
}

static cJSON *put(json_builder *builder, cJSON *parent, const char *name, cJSON *node)
{
  if (node == NULL || parent == NULL ||
      !(name != NULL ? cJSON_AddItemToObject(parent, name, node) : cJSON_AddItemToArray(parent, node))) {
    cJSON_Delete(node);
    builder->failed = true;
    return NULL;
  }
  return node;
}

cJSON *json_put_object(json_builder *builder, cJSON *parent, const char *name)
{
  return put(builder, parent, name, cJSON_CreateObject());
}

cJSON *json_put_array(json_builder *builder, cJSON *parent, const char *name)
{
  return put(builder, parent, name, cJSON_CreateArray());
}

void json_put_number(json_builder *builder, cJSON *parent, const char *name, double value)
{
  put(builder, parent, name, isfinite(value) ? cJSON_CreateNumber(json_round(value)) : cJSON_CreateNull());
}

void json_put_count(json_builder *builder, cJSON *parent, const char *name, size_t value)
{
  put(builder, parent, name, cJSON_CreateNumber((double)value));
}

void json_put_text(json_builder *builder, cJSON *parent, const char *name, const char *text)
{
  put(builder, parent, name, text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void json_put_bool(json_builder *builder, cJSON *parent, const char *name, bool value)
{
  put(builder, parent, name, cJSON_CreateBool(value));
}

void json_put_copy(json_builder *builder, cJSON *parent, const char *name, const cJSON *node)
{
  put(builder, parent, name, node != NULL ? cJSON_Duplicate(node, true) : cJSON_CreateNull());
}

void json_put_numbers(json_builder *builder, cJSON *parent, const char *name, const double *value, size_t n_value)
{
  if (value == NULL) {
    put(builder, parent, name, cJSON_CreateNull());
    return;
  }
  cJSON *array = json_put_array(builder, parent, name);
  for (size_t i = 0; i < n_value; i++) json_put_number(builder, array, NULL, value[i]);
}

void json_put_energies(json_builder *builder, cJSON *parent, const char *name, cuxas_grid grid)
{
  cJSON *array = json_put_array(builder, parent, name);
  for (size_t i = 0; i < grid.n_energy; i++) json_put_number(builder, array, NULL, cuxas_grid_energy_eV(grid, i));
}

void json_put_tool(json_builder *builder, cJSON *parent, const char *program)
{
  cJSON *tool = json_put_object(builder, parent, "tool");
  json_put_text(builder, tool, "name", program);
  json_put_text(builder, tool, "version", CUXAS_VERSION);
}

void json_put_model(json_builder *builder, cJSON *parent, const cuxas_model *model)
{
  cJSON *object = json_put_object(builder, parent, "model");
  json_put_text(builder, object, "name", model->name);
  json_put_text(builder, object, "sha256", model->sha256);
  json_put_text(builder, object, "element", model->element);
  cJSON *edges = json_put_array(builder, object, "edges");
  for (size_t i = 0; i < model->n_edge; i++) json_put_text(builder, edges, NULL, model->edge[i].name);
  json_put_count(builder, object, "n_training", model->n_training);
}
