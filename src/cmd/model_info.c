/* model_info.c - what a model file holds, for people and for programs */
#include "cmd/model_info.h"
#include "base/json.h"

#include <string.h>

/* -- model to JSON -- */

static const cJSON *get(const cJSON *object, const char *member)
{
  return cJSON_GetObjectItemCaseSensitive(object, member);
}

static void add_grid(cJSON *object, const char *member, cuxas_grid grid)
{
  cJSON *json = cuxas_json_add(object, member, cJSON_CreateObject());
  cuxas_json_add(json, "start_eV", cJSON_CreateNumber(grid.start_eV));
  cuxas_json_add(json, "end_eV", cJSON_CreateNumber(cuxas_grid_end_eV(grid)));
  cuxas_json_add(json, "step_eV", cJSON_CreateNumber(grid.step_eV));
  cuxas_json_add(json, "n_energy", cJSON_CreateNumber((double)grid.n_energy));
}

static void add_edges(cJSON *info, const cuxas_model *model)
{
  cJSON *edges = cuxas_json_add(info, "edges", cJSON_CreateArray());
  for (size_t i = 0; i < model->n_edge; i++) {
    cJSON *edge = cJSON_CreateObject();
    cuxas_json_add(edge, "name", cJSON_CreateString(model->edge[i].name));
    cuxas_json_add(edge, "weight", cJSON_CreateNumber(model->edge[i].weight));
    add_grid(edge, "grid", model->edge[i].grid);
    cuxas_json_add(edges, NULL, edge);
  }
  if (model->n_edge == 0) return;
  cuxas_json_add(info, "element", cJSON_CreateString(model->element));
  add_grid(info, "combined_grid", model->grid);
  cuxas_json_add(info, "shift_eV", cJSON_CreateNumber(model->shift_eV));
  cuxas_json_add(info, "fwhm_eV", cJSON_CreateNumber(model->fwhm_eV));
}

static void add_networks(cJSON *info, const cuxas_model *model)
{
  cJSON *networks = cuxas_json_add(info, "networks", cJSON_CreateArray());
  for (size_t i = 0; i < model->n_head; i++) {
    const cuxas_head  *head    = &model->head[i];
    const cuxas_dense *net     = head->n_member > 0 ? head->member[0] : NULL;
    cJSON             *network = cJSON_CreateObject();
    cuxas_json_add(network, "edge", cJSON_CreateString(model->edge[head->i_edge].name));
    cuxas_json_add(network, "channel", cJSON_CreateString(cuxas_channel_name(head->channel)));
    cuxas_json_add(network, "members", cJSON_CreateNumber((double)head->n_member));
    if (head->kernel != NULL) {
      cJSON *kernel = cuxas_json_add(network, "kernel", cJSON_CreateObject());
      cuxas_json_add(kernel, "kind", cJSON_CreateString(cuxas_kernel_name(head->kernel->shape.kind)));
      cuxas_json_add(kernel, "sites", cJSON_CreateNumber((double)head->kernel->n_row));
      cuxas_json_add(kernel, "length", cJSON_CreateNumber(head->kernel->shape.length));
      cuxas_json_add(kernel, "ridge", cJSON_CreateNumber(head->kernel->shape.ridge));
      cuxas_json_add(kernel, "part", cJSON_CreateNumber(head->kernel_part));
    }
    cuxas_json_add(network, "spread_factor", cJSON_CreateNumber(head->spread_factor));
    cuxas_json_add(networks, NULL, network);
    if (net == NULL) continue;
    cJSON *widths = cuxas_json_add(network, "widths", cJSON_CreateArray());
    for (size_t l = 0; l <= net->n_layer; l++) cuxas_json_add(widths, NULL, cJSON_CreateNumber((double)net->width[l]));
    cuxas_json_add(network, "output", cJSON_CreateString(cuxas_activation_name(net->output)));
    cuxas_json_add(network, "parameters", cJSON_CreateNumber((double)net->n_parameter));
  }
}

cJSON *cuxas_model_info(const cuxas_model *model)
{
  static const char *const COPIED[] = {"training", "metrics", "origin", "licence"};
  cJSON                   *info     = cJSON_CreateObject();
  double                   n_number = 0.0;

  for (size_t i = 0; i < model->tensors->n_tensor; i++) n_number += (double)model->tensors->tensor[i].n_value;
  cuxas_json_add(info, "format", cJSON_CreateString(cJSON_GetStringValue(get(model->head_json, "format"))));
  cuxas_json_add(info, "name", cJSON_CreateString(model->name));
  cuxas_json_add(info, "sha256", cJSON_CreateString(model->sha256));
  add_edges(info, model);
  cuxas_json_add(info, "featurizer", cJSON_Duplicate(get(model->head_json, "featurizer"), 1));
  cuxas_json_add(info, "n_raw", cJSON_CreateNumber((double)model->n_raw));
  cuxas_json_add(info, "n_feature", cJSON_CreateNumber((double)model->n_feature));
  add_networks(info, model);
  cuxas_json_add(info, "n_tensor", cJSON_CreateNumber((double)model->tensors->n_tensor));
  cuxas_json_add(info, "n_number", cJSON_CreateNumber(n_number));
  if (model->n_domain > 0) {
    cJSON *domain = cuxas_json_add(info, "domain", cJSON_CreateObject());
    cuxas_json_add(domain, "n_sites", cJSON_CreateNumber((double)model->n_domain));
    cuxas_json_add(domain, "k", cJSON_CreateNumber((double)model->domain_k));
    cuxas_json_add(domain, "threshold", cJSON_CreateNumber(model->domain_threshold));
  }
  for (size_t i = 0; i < sizeof COPIED / sizeof COPIED[0]; i++)
    if (get(model->head_json, COPIED[i]) != NULL)
      cuxas_json_add(info, COPIED[i], cJSON_Duplicate(get(model->head_json, COPIED[i]), 1));
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
