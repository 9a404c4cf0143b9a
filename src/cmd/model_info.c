/* model_info.c - what a model file holds, for people and for programs */
#include "cmd/model_info.h"

#include <string.h>

/* -- model to JSON -- */

static const cJSON *get(const cJSON *object, const char *member)
{
  return cJSON_GetObjectItemCaseSensitive(object, member);
}

static void add_grid(cJSON *object, const char *member, cuxas_grid grid)
{
  cJSON *json = cJSON_AddObjectToObject(object, member);
  cJSON_AddNumberToObject(json, "start_eV", grid.start_eV);
  cJSON_AddNumberToObject(json, "end_eV", cuxas_grid_end_eV(grid));
  cJSON_AddNumberToObject(json, "step_eV", grid.step_eV);
  cJSON_AddNumberToObject(json, "n_energy", (double)grid.n_energy);
}

static void add_edges(cJSON *info, const cuxas_model *model)
{
  cJSON *edges = cJSON_AddArrayToObject(info, "edges");
  for (size_t i = 0; i < model->n_edge; i++) {
    cJSON *edge = cJSON_CreateObject();
    cJSON_AddStringToObject(edge, "name", model->edge[i].name);
    cJSON_AddNumberToObject(edge, "weight", model->edge[i].weight);
    add_grid(edge, "grid", model->edge[i].grid);
    cJSON_AddItemToArray(edges, edge);
  }
  if (model->n_edge == 0) return;
  cJSON_AddStringToObject(info, "element", model->element);
  add_grid(info, "combined_grid", model->grid);
  cJSON_AddNumberToObject(info, "shift_eV", model->shift_eV);
  cJSON_AddNumberToObject(info, "fwhm_eV", model->fwhm_eV);
}

static void add_networks(cJSON *info, const cuxas_model *model)
{
  cJSON *networks = cJSON_AddArrayToObject(info, "networks");
  for (size_t i = 0; i < model->n_head; i++) {
    const cuxas_head  *head    = &model->head[i];
    const cuxas_dense *net     = head->n_member > 0 ? head->member[0] : NULL;
    cJSON             *network = cJSON_CreateObject();
    cJSON_AddStringToObject(network, "edge", model->edge[head->i_edge].name);
    cJSON_AddStringToObject(network, "channel", cuxas_channel_name(head->channel));
    cJSON_AddNumberToObject(network, "members", (double)head->n_member);
    if (head->kernel != NULL) {
      cJSON *kernel = cJSON_AddObjectToObject(network, "kernel");
      cJSON_AddStringToObject(kernel, "kind", cuxas_kernel_name(head->kernel->shape.kind));
      cJSON_AddNumberToObject(kernel, "sites", (double)head->kernel->n_row);
      cJSON_AddNumberToObject(kernel, "length", head->kernel->shape.length);
      cJSON_AddNumberToObject(kernel, "ridge", head->kernel->shape.ridge);
      cJSON_AddNumberToObject(kernel, "part", head->kernel_part);
    }
    cJSON_AddNumberToObject(network, "spread_factor", head->spread_factor);
    cJSON_AddItemToArray(networks, network);
    if (net == NULL) continue;
    cJSON *widths = cJSON_AddArrayToObject(network, "widths");
    for (size_t l = 0; l <= net->n_layer; l++) cJSON_AddItemToArray(widths, cJSON_CreateNumber((double)net->width[l]));
    cJSON_AddStringToObject(network, "output", cuxas_activation_name(net->output));
    cJSON_AddNumberToObject(network, "parameters", (double)net->n_parameter);
  }
}

cJSON *cuxas_model_info(const cuxas_model *model)
{
  static const char *const COPIED[] = {"training", "metrics", "origin", "licence"};
  cJSON                   *info     = cJSON_CreateObject();
  double                   n_number = 0.0;

  for (size_t i = 0; i < model->tensors->n_tensor; i++) n_number += (double)model->tensors->tensor[i].n_value;
  cJSON_AddStringToObject(info, "format", cJSON_GetStringValue(get(model->head_json, "format")));
  cJSON_AddStringToObject(info, "name", model->name);
  cJSON_AddStringToObject(info, "sha256", model->sha256);
  add_edges(info, model);
  cJSON_AddItemToObject(info, "featurizer", cJSON_Duplicate(get(model->head_json, "featurizer"), 1));
  cJSON_AddNumberToObject(info, "n_raw", (double)model->n_raw);
  cJSON_AddNumberToObject(info, "n_feature", (double)model->n_feature);
  add_networks(info, model);
  cJSON_AddNumberToObject(info, "n_tensor", (double)model->tensors->n_tensor);
  cJSON_AddNumberToObject(info, "n_number", n_number);
  if (model->n_domain > 0) {
    cJSON *domain = cJSON_AddObjectToObject(info, "domain");
    cJSON_AddNumberToObject(domain, "n_sites", (double)model->n_domain);
    cJSON_AddNumberToObject(domain, "k", (double)model->domain_k);
    cJSON_AddNumberToObject(domain, "threshold", model->domain_threshold);
  }
  for (size_t i = 0; i < sizeof COPIED / sizeof COPIED[0]; i++)
    if (get(model->head_json, COPIED[i]) != NULL)
      cJSON_AddItemToObject(info, COPIED[i], cJSON_Duplicate(get(model->head_json, COPIED[i]), 1));
  return info;
}

/* -- JSON to text -- */

enum { LABEL_WIDTH = 14 };

static void print_label(const char *label, FILE *out)
{
  fprintf(out, "%-*s", LABEL_WIDTH, label);
}

/* print_value() - a value on one line; nested objects as name=value, long lists as their number of entries */
static void print_value(const cJSON *value, FILE *out)
{
  const cJSON *item;
  if (cJSON_IsString(value))
    fprintf(out, "%s", value->valuestring);
  else if (cJSON_IsNumber(value))
    fprintf(out, "%.10g", value->valuedouble);
  else if (cJSON_IsBool(value))
    fprintf(out, "%s", cJSON_IsTrue(value) ? "yes" : "no");
  else if (cJSON_IsArray(value) && cJSON_GetArraySize(value) > 12)
    fprintf(out, "(%d entries)", cJSON_GetArraySize(value));
  else if (cJSON_IsArray(value) || cJSON_IsObject(value))
    cJSON_ArrayForEach(item, value)
    {
      if (item != value->child) fprintf(out, " ");
      if (cJSON_IsObject(value)) fprintf(out, "%s=", item->string);
      print_value(item, out);
    }
  else
    fprintf(out, "-");
}

static void print_grid(const cJSON *grid, FILE *out)
{
  fprintf(out, "%.10g to %.10g eV, step %.10g eV, %.0f points", cJSON_GetNumberValue(get(grid, "start_eV")),
          cJSON_GetNumberValue(get(grid, "end_eV")), cJSON_GetNumberValue(get(grid, "step_eV")),
          cJSON_GetNumberValue(get(grid, "n_energy")));
}

static void print_edges(const cJSON *info, FILE *out)
{
  const cJSON *edges = get(info, "edges"), *edge;
  if (cJSON_GetArraySize(edges) == 0) {
    print_label("edges", out);
    fprintf(out, "none: a featurizer alone\n");
    return;
  }
  print_label("element", out);
  fprintf(out, "%s\n", cJSON_GetStringValue(get(info, "element")));
  cJSON_ArrayForEach(edge, edges)
  {
    print_label("edge", out);
    fprintf(out, "%s: ", cJSON_GetStringValue(get(edge, "name")));
    print_grid(get(edge, "grid"), out);
    fprintf(out, ", weight %.6g\n", cJSON_GetNumberValue(get(edge, "weight")));
  }
  print_label("combined", out);
  print_grid(get(info, "combined_grid"), out);
  fprintf(out, "\n");
  print_label("comparison", out);
  fprintf(out, "shift %+.6g eV, broadening %.6g eV\n", cJSON_GetNumberValue(get(info, "shift_eV")),
          cJSON_GetNumberValue(get(info, "fwhm_eV")));
}

static void print_networks(const cJSON *info, FILE *out)
{
  const cJSON *network, *width;
  cJSON_ArrayForEach(network, get(info, "networks"))
  {
    const cJSON *kernel = get(network, "kernel");
    print_label("network", out);
    fprintf(out, "%s %s: ", cJSON_GetStringValue(get(network, "edge")), cJSON_GetStringValue(get(network, "channel")));
    if (get(network, "widths") != NULL) {
      fprintf(out, "%.0f x ", cJSON_GetNumberValue(get(network, "members")));
      cJSON_ArrayForEach(width, get(network, "widths"))
          fprintf(out, width->next != NULL ? "%.0f-" : "%.0f", width->valuedouble);
      fprintf(out, " %s, %.0f parameters%s", cJSON_GetStringValue(get(network, "output")),
              cJSON_GetNumberValue(get(network, "parameters")), kernel != NULL ? "; " : "");
    }
    if (kernel != NULL)
      fprintf(out, "%s kernel of %.0f sites, %.4g of the mean", cJSON_GetStringValue(get(kernel, "kind")),
              cJSON_GetNumberValue(get(kernel, "sites")), cJSON_GetNumberValue(get(kernel, "part")));
    fprintf(out, "\n");
  }
}

/* print_object() - every member on a line of its own, the label before the first */
static void print_object(const char *label, const cJSON *object, FILE *out)
{
  const cJSON *item, *entry;
  cJSON_ArrayForEach(item, object)
  {
    const bool is_table = cJSON_IsArray(item) && cJSON_IsObject(item->child);
    print_label(label, out);
    fprintf(out, "%s", item->string);
    if (!is_table) {
      fprintf(out, " ");
      print_value(item, out);
    }
    fprintf(out, "\n");
    if (is_table) cJSON_ArrayForEach(entry, item)
      {
        print_label("", out);
        fprintf(out, "  ");
        print_value(entry, out);
        fprintf(out, "\n");
      }
    label = "";
  }
}

void cuxas_model_info_print(const cJSON *info, FILE *out)
{
  static const char *const OBJECT[] = {"domain", "training", "metrics", "origin"};
  const char              *licence  = cJSON_GetStringValue(get(info, "licence"));

  print_label("name", out);
  fprintf(out, "%s\n", cJSON_GetStringValue(get(info, "name")));
  print_label("sha256", out);
  fprintf(out, "%s\n", cJSON_GetStringValue(get(info, "sha256")));
  print_edges(info, out);
  print_object("featurizer", get(info, "featurizer"), out);
  print_label("features", out);
  fprintf(out, "%.0f per site", cJSON_GetNumberValue(get(info, "n_raw")));
  if (cJSON_GetNumberValue(get(info, "n_feature")) < cJSON_GetNumberValue(get(info, "n_raw")))
    fprintf(out, ", reduced to %.0f", cJSON_GetNumberValue(get(info, "n_feature")));
  fprintf(out, "\n");
  print_networks(info, out);
  print_label("numbers", out);
  fprintf(out, "%.0f in %.0f tensors\n", cJSON_GetNumberValue(get(info, "n_number")),
          cJSON_GetNumberValue(get(info, "n_tensor")));
  for (size_t i = 0; i < sizeof OBJECT / sizeof OBJECT[0]; i++) print_object(OBJECT[i], get(info, OBJECT[i]), out);
  print_label("licence", out);
  fprintf(out, "%.*s\n", licence != NULL ? (int)strcspn(licence, "\n") : 1, licence != NULL ? licence : "-");
}
