/* What was learnt, as the head and tensors of a model; and back again. */
#include "crystal/oxidation.h"
#include "base/json.h"
#include "learn/ensemble.h"
#include "base/elements.h"
#include "base/memory.h"
#include "learn/reduction.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- head ------------------------------------------------------------------------------------------------------- */

static void add_copy(cJSON *object, const char *key, const cJSON *opt_value)
{
  if (opt_value != NULL) cuxas_json_add(object, key, cJSON_Duplicate(opt_value, 1));
}

static void describe_edges(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description, cJSON *head)
{
  cJSON *edges = cuxas_json_add(head, "edges", cJSON_CreateArray());
  for (size_t i = 0; i < ensemble->n_edge; i++) {
    cJSON *edge = cuxas_json_add(edges, NULL, cJSON_CreateObject());
    cuxas_json_add(edge, "name", cJSON_CreateString(description->edge_name[i]));
    cJSON *grid = cuxas_json_add(edge, "grid", cJSON_CreateObject());
    cuxas_json_add(grid, "start_eV", cJSON_CreateNumber(ensemble->grid[i].start_eV));
    cuxas_json_add(grid, "step_eV", cJSON_CreateNumber(ensemble->grid[i].step_eV));
    cuxas_json_add(grid, "n_energy", cJSON_CreateNumber((double)ensemble->grid[i].n_energy));
    cuxas_json_add(edge, "weight", cJSON_CreateNumber(description->weight[i]));
  }
}

static void describe_kernel(const cuxas_head *head, cJSON *entry)
{
  cJSON *kernel = cuxas_json_add(entry, "kernel", cJSON_CreateObject());
  cuxas_json_add(kernel, "kind", cJSON_CreateString(cuxas_kernel_name(head->kernel->shape.kind)));
  cuxas_json_add(kernel, "length", cJSON_CreateNumber(head->kernel->shape.length));
  cuxas_json_add(kernel, "ridge", cJSON_CreateNumber(head->kernel->shape.ridge));
  cuxas_json_add(kernel, "part", cJSON_CreateNumber(head->kernel_part));
  if (head->kernel_is_aligned) cuxas_json_add(kernel, "aligned", cJSON_CreateTrue());
  if (head->kernel_is_relative) cuxas_json_add(kernel, "relative", cJSON_CreateTrue());
}

static void describe_heads(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description, cJSON *head)
{
  const cuxas_dense *first    = NULL; /* all networks have the same hidden layers */
  cJSON             *networks = cuxas_json_add(head, "networks", cJSON_CreateObject()),
        *hidden               = cuxas_json_add(networks, "hidden", cJSON_CreateArray());
  cJSON *heads                = cJSON_CreateArray();
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (!cuxas_ensemble_has(ensemble, i, (cuxas_channel)channel)) continue;
      const cuxas_head mine = cuxas_ensemble_head(ensemble, i, (cuxas_channel)channel);
      if (first == NULL && mine.n_member > 0) first = mine.member[0];
      cJSON *entry = cuxas_json_add(heads, NULL, cJSON_CreateObject());
      cuxas_json_add(entry, "edge", cJSON_CreateString(description->edge_name[i]));
      cuxas_json_add(entry, "channel", cJSON_CreateString(cuxas_channel_name((cuxas_channel)channel)));
      cuxas_json_add(entry, "members", cJSON_CreateNumber((double)mine.n_member));
      if (mine.kernel != NULL) describe_kernel(&mine, entry);
      cuxas_json_add(entry, "spread_factor", cJSON_CreateNumber(mine.spread_factor));
    }
  for (size_t l = 1; first != NULL && l < first->n_layer; l++)
    cuxas_json_add(hidden, NULL, cJSON_CreateNumber((double)first->width[l]));
  cuxas_json_add(networks, "output",
                 cJSON_CreateString(cuxas_activation_name(first != NULL ? first->output : CUXAS_ACTIVATION_LINEAR)));
  if (ensemble->is_shared && first != NULL) cuxas_json_add(networks, "shared", cJSON_CreateTrue());
  cuxas_json_add(networks, "heads", heads);
}

static void describe_site_shifts(const double *opt_shift_eV, cJSON *head)
{
  bool moves = false;
  for (int i = 0; opt_shift_eV != NULL && i < CUXAS_N_SHELL; i++) moves = moves || opt_shift_eV[i] != 0.0;
  if (!moves) return;
  cJSON *shifts = cuxas_json_add(head, "site_shifts_eV", cJSON_CreateObject());
  for (int i = CUXAS_SHELL_METAL; i < CUXAS_N_SHELL; i++)
    cuxas_json_add(shifts, cuxas_shell_name((cuxas_shell)i), cJSON_CreateNumber(opt_shift_eV[i]));
}

static cJSON *make_head(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description)
{
  cJSON *head = cJSON_CreateObject();
  cuxas_json_add(head, "format", cJSON_CreateString("cuxas-model/1"));
  cuxas_json_add(head, "name", cJSON_CreateString(description->name));
  cuxas_json_add(head, "element", cJSON_CreateString(cuxas_element_find(description->absorber)->symbol));
  describe_edges(ensemble, description, head);
  cuxas_json_add(head, "shift_eV", cJSON_CreateNumber(description->shift_eV));
  describe_site_shifts(description->opt_site_shift_eV, head);
  cuxas_json_add(head, "fwhm_eV", cJSON_CreateNumber(description->fwhm_eV));
  add_copy(head, "featurizer", description->featurizer);
  cJSON *reduction = cuxas_json_add(head, "reduction", cJSON_CreateObject());
  cuxas_json_add(reduction, "n_feature", cJSON_CreateNumber((double)ensemble->reduction->n_feature));
  cuxas_json_add(reduction, "n_component", cJSON_CreateNumber((double)ensemble->reduction->n_component));
  describe_heads(ensemble, description, head);
  cJSON *domain = cuxas_json_add(head, "domain", cJSON_CreateObject());
  cuxas_json_add(domain, "k", cJSON_CreateNumber((double)ensemble->domain_k));
  cuxas_json_add(domain, "threshold", cJSON_CreateNumber(description->domain_threshold));
  cuxas_json_add(head, "licence", cJSON_CreateString(description->licence));
  add_copy(head, "training", description->training);
  add_copy(head, "metrics", description->opt_metrics);
  if (cuxas_json_is_whole(head)) return head;
  cJSON_Delete(head);
  return NULL;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

typedef struct {
  const char *family, *last;
  size_t      n_row, n_value; /* n_row 0: (n_value), else (n_row, n_value) */
} array_shape;

/* add_array_of() - a tensor FAMILY.EDGE.CHANNEL.LAST */
static cuxas_status add_array_of(const cuxas_ensemble_description *description, const cuxas_head *head, array_shape of,
                                 const float *value, cuxas_tensors *tensors, cuxas_error *err)
{
  const size_t shape[2] = {of.n_row, of.n_value};
  char         name[CUXAS_TENSOR_NAME_SIZE];
  snprintf(name, sizeof name, "%s.%s.%s.%s", of.family, description->edge_name[head->i_edge],
           cuxas_channel_name(head->channel), of.last);
  return cuxas_tensors_add(tensors, name, of.n_row > 0 ? 2 : 1, of.n_row > 0 ? shape : &shape[1], value, err);
}

/* add_networks() - of one head; shared hidden layers go in with the first head */
static cuxas_status add_networks(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                 const cuxas_head *head, bool is_first, cuxas_tensors *tensors, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t j = 0; j < head->n_member && status == CUXAS_OK; j++) {
    const cuxas_dense *net      = head->member[j];
    const size_t       n_last   = net->width[net->n_layer] * (net->width[net->n_layer - 1] + 1);
    const size_t       n_hidden = ensemble->is_shared ? net->n_parameter - n_last : 0;
    char               number[24], shared[CUXAS_TENSOR_NAME_SIZE];
    snprintf(number, sizeof number, "%zu", j);
    snprintf(shared, sizeof shared, "net.shared.%zu", j);
    if (n_hidden > 0 && is_first)
      status = cuxas_tensors_add(tensors, shared, 1, (size_t[]){n_hidden}, net->parameter, err);
    if (status == CUXAS_OK)
      status = add_array_of(description, head, (array_shape){"net", number, 0, net->n_parameter - n_hidden},
                            net->parameter + n_hidden, tensors, err);
  }
  return status;
}

static cuxas_status add_kernel(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                               const cuxas_head *head, cuxas_tensors *tensors, cuxas_error *err)
{
  const cuxas_kernel *kernel = head->kernel;
  const size_t        n_row = kernel->n_row, n_energy = kernel->n_energy;
  float              *row = cuxas_new(err, n_row, sizeof *row);
  if (row == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_row; i++) row[i] = (float)ensemble->kernel_row[head->i_edge][head->channel][i];
  cuxas_status status = add_array_of(description, head, (array_shape){"kernel", "row", 0, n_row}, row, tensors, err);
  free(row);
  if (status == CUXAS_OK)
    status = add_array_of(description, head, (array_shape){"kernel", "mean", 0, n_energy}, kernel->mean, tensors, err);
  if (status == CUXAS_OK)
    status = add_array_of(description, head, (array_shape){"kernel", "weight", n_row, kernel->n_component},
                          kernel->weight, tensors, err);
  if (status == CUXAS_OK && kernel->basis != NULL)
    status = add_array_of(description, head, (array_shape){"kernel", "basis", kernel->n_component, n_energy},
                          kernel->basis, tensors, err);
  if (status == CUXAS_OK)
    status = add_array_of(description, head, (array_shape){"kernel", "deviation", 0, n_energy}, kernel->deviation,
                          tensors, err);
  return status;
}

static cuxas_status add_heads(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                              cuxas_tensors *tensors, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  bool         is_first = true;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
      if (!cuxas_ensemble_has(ensemble, i, (cuxas_channel)channel)) continue;
      const cuxas_head head = cuxas_ensemble_head(ensemble, i, (cuxas_channel)channel);
      status                = add_networks(ensemble, description, &head, is_first, tensors, err);
      if (status == CUXAS_OK && head.kernel != NULL) status = add_kernel(ensemble, description, &head, tensors, err);
      is_first = false;
    }
  return status;
}

/* is_ours() - names that this file gives; a source model's tensors of these names are not its featurizer's */
static bool is_ours(const char *name)
{
  return strncmp(name, "reduction.", 10) == 0 || strncmp(name, "net.", 4) == 0 || strncmp(name, "kernel.", 7) == 0 ||
         strncmp(name, "domain.", 7) == 0 || strncmp(name, "errors.", 7) == 0;
}

static cuxas_status fill_tensors(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                 cuxas_tensors *tensors, cuxas_error *err)
{
  cuxas_status           status;
  const cuxas_reduction *reduction = ensemble->reduction;
  const cuxas_tensors   *theirs    = description->opt_featurizer_tensors;
  for (size_t i = 0; theirs != NULL && i < theirs->n_tensor; i++) {
    const cuxas_tensor *tensor = &theirs->tensor[i];
    if (is_ours(tensor->name)) continue;
    status = cuxas_tensors_add(tensors, tensor->name, tensor->rank, tensor->shape, tensor->value, err);
    if (status != CUXAS_OK) return status;
  }
  status = cuxas_tensors_add(tensors, "reduction.mean", 1, (size_t[]){reduction->n_raw}, reduction->mean, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "reduction.matrix", 2, (size_t[]){reduction->n_feature, reduction->n_raw},
                               reduction->matrix, err);
  if (status == CUXAS_OK) status = add_heads(ensemble, description, tensors, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "domain.feature", 2, (size_t[]){ensemble->n_row, reduction->n_feature},
                               ensemble->feature, err);
  return status;
}

cuxas_status cuxas_ensemble_to_model(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                     cuxas_model **ret_model, cuxas_error *err)
{
  *ret_model             = NULL;
  cuxas_status   status  = CUXAS_ENOMEM;
  cJSON         *head    = make_head(ensemble, description);
  cuxas_tensors *tensors = cuxas_tensors_new();
  if (head == NULL || tensors == NULL)
    cuxas_no_memory(err);
  else
    status = fill_tensors(ensemble, description, tensors, err);
  if (status == CUXAS_OK) return cuxas_model_new(head, tensors, ret_model, err);
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}

/* ---- and back --------------------------------------------------------------------------------------------------- */

static cuxas_dense *copy_net(const cuxas_dense *net)
{
  cuxas_dense *copy = cuxas_dense_new(net->n_layer, net->width, net->output);
  if (copy != NULL) memcpy(copy->parameter, net->parameter, net->n_parameter * sizeof *copy->parameter);
  return copy;
}

/* copy_reduction() - NULL: no memory */
static cuxas_reduction *copy_reduction(const cuxas_model *model)
{
  const size_t     n_raw = model->n_raw, n_feature = model->n_feature;
  cuxas_reduction *copy = cuxas_new(NULL, 1, sizeof *copy);
  if (copy == NULL) return NULL;
  *copy        = (cuxas_reduction){.n_raw = n_raw, .n_feature = n_feature, .n_component = n_feature};
  copy->mean   = cuxas_new(NULL, n_raw, sizeof *copy->mean);
  copy->matrix = cuxas_new(NULL, n_feature, n_raw * sizeof *copy->matrix);
  if (copy->mean == NULL || copy->matrix == NULL) {
    cuxas_reduction_free(copy);
    return NULL;
  }
  memcpy(copy->mean, model->reduction_mean, n_raw * sizeof *copy->mean);
  memcpy(copy->matrix, model->reduction_matrix, n_feature * n_raw * sizeof *copy->matrix);
  return copy;
}

static cuxas_kernel *copy_kernel(const cuxas_kernel *k)
{
  cuxas_kernel            *copy  = NULL;
  const cuxas_kernel_rows  rows  = {k->n_row, k->n_feature, k->n_energy, k->points->feature, NULL};
  const cuxas_kernel_parts parts = {k->mean, k->weight, k->deviation, k->basis, k->n_component};
  return cuxas_kernel_restore(k->shape, &rows, NULL, &parts, &copy, NULL) == CUXAS_OK ? copy : NULL;
}

/* copy_kernel_rows() - the rows a kernel machine learnt from, as the file names them; NULL: no memory */
static size_t *copy_kernel_rows(const cuxas_model *model, const cuxas_head *head)
{
  char name[CUXAS_TENSOR_NAME_SIZE];
  snprintf(name, sizeof name, "kernel.%s.%s.row", model->edge[head->i_edge].name, cuxas_channel_name(head->channel));
  const cuxas_tensor *tensor = cuxas_tensors_find(model->tensors, name); /* there, or the model were not */
  size_t             *row    = cuxas_new(NULL, tensor->n_value, sizeof *row);
  for (size_t i = 0; row != NULL && i < tensor->n_value; i++) row[i] = (size_t)tensor->value[i];
  return row;
}

static bool copy_head(const cuxas_model *model, const cuxas_head *head, cuxas_ensemble *ensemble)
{
  ensemble->spread_factor[head->i_edge][head->channel] = head->spread_factor;
  ensemble->kernel_part                                = head->kernel_part;
  ensemble->kernel_is_aligned                          = ensemble->kernel_is_aligned || head->kernel_is_aligned;
  if (head->n_member > 0) {
    cuxas_dense **net = cuxas_new(NULL, head->n_member, sizeof(cuxas_dense *));
    if (net == NULL) return false;
    ensemble->net[head->i_edge][head->channel] = net;
    for (size_t j = 0; j < head->n_member; j++)
      if ((net[j] = copy_net(head->member[j])) == NULL) return false;
  }
  if (head->kernel != NULL) {
    cuxas_kernel **kernel = &ensemble->kernel[head->i_edge][head->channel];
    size_t       **row    = &ensemble->kernel_row[head->i_edge][head->channel];
    if ((*kernel = copy_kernel(head->kernel)) == NULL || (*row = copy_kernel_rows(model, head)) == NULL) return false;
  }
  return true;
}

static bool copy_heads(const cuxas_model *model, cuxas_ensemble *ensemble)
{
  for (size_t i = 0; i < model->n_head; i++)
    if (!copy_head(model, &model->head[i], ensemble)) return false;
  return true;
}

cuxas_status cuxas_ensemble_from_model(const cuxas_model *model, const float *raw, size_t n_row,
                                       cuxas_ensemble **ret_ensemble, cuxas_error *err)
{
  *ret_ensemble = NULL;
  if (model->reduction_matrix == NULL || model->n_head == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s has no reduction or no networks", model->name);
  for (size_t i = 1; i < model->n_head; i++)
    if (model->head[i].n_member != model->head[0].n_member || model->head[i].kernel_part != model->head[0].kernel_part)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: its heads differ in size or kind", model->name);

  cuxas_ensemble *ensemble = cuxas_new(err, 1, sizeof *ensemble);
  if (ensemble == NULL) return CUXAS_ENOMEM;
  ensemble->n_edge    = model->n_edge;
  ensemble->n_row     = n_row;
  ensemble->n_member  = model->head[0].n_member;
  ensemble->is_shared = cuxas_tensors_find(model->tensors, "net.shared.0") != NULL; /* as the file was written */
  ensemble->domain_k  = model->n_domain > 0 ? model->domain_k : 1;
  for (size_t i = 0; i < model->n_edge; i++) ensemble->grid[i] = model->edge[i].grid;
  ensemble->reduction = copy_reduction(model);
  ensemble->feature   = cuxas_new(err, n_row, model->n_feature * sizeof *ensemble->feature);
  if (!copy_heads(model, ensemble) || ensemble->reduction == NULL || ensemble->feature == NULL) {
    cuxas_ensemble_free(ensemble);
    return cuxas_no_memory(err);
  }
  cuxas_reduction_apply(ensemble->reduction, raw, n_row, ensemble->feature);
  *ret_ensemble = ensemble;
  return CUXAS_OK;
}

/* ---- raw features -> fewer, uncorrelated ones: principal components with a chosen degree of whitening ----------- */

#define NEVER_CHANGES 1e-6 /* a raw feature whose standard deviation is below this part of its size */
#define NO_COMPONENT 1e-8  /* a component whose variance is below this part of the largest is rounding error */

/* Everything on the way from the examples to the matrix. */
typedef struct {
  size_t      n_row, n_raw, n_small; /* n_small: the smaller of the two, size of the eigenvalue problem */
  double     *mean, *scale;          /* (n_raw) z = (raw - mean) scale; scale 0: the feature is ignored */
  double     *z;                     /* (n_row, n_raw) */
  gsl_matrix *product;               /* (n_small, n_small) z^T z or z z^T: they have the same eigenvalues */
  gsl_matrix *vector;                /* (n_small, n_small) its eigenvectors, by columns */
  gsl_vector *value;                 /* (n_small) falling */
  gsl_eigen_symmv_workspace *space;
} analysis;

static void free_analysis(analysis *a)
{
  free(a->mean);
  free(a->scale);
  free(a->z);
  if (a->product != NULL) gsl_matrix_free(a->product);
  if (a->vector != NULL) gsl_matrix_free(a->vector);
  if (a->value != NULL) gsl_vector_free(a->value);
  if (a->space != NULL) gsl_eigen_symmv_free(a->space);
}

static cuxas_status new_analysis(size_t n_row, size_t n_raw, analysis *a, cuxas_error *err)
{
  *a       = (analysis){.n_row = n_row, .n_raw = n_raw, .n_small = n_row < n_raw ? n_row : n_raw};
  a->mean  = cuxas_new(err, n_raw, sizeof *a->mean);
  a->scale = cuxas_new(err, n_raw, sizeof *a->scale);
  a->z     = cuxas_new(err, n_row, n_raw * sizeof *a->z);
  if (a->mean != NULL && a->scale != NULL && a->z != NULL) {
    a->product = gsl_matrix_alloc(a->n_small, a->n_small);
    a->vector  = gsl_matrix_alloc(a->n_small, a->n_small);
    a->value   = gsl_vector_alloc(a->n_small);
    a->space   = gsl_eigen_symmv_alloc(a->n_small);
    if (a->product != NULL && a->vector != NULL && a->value != NULL && a->space != NULL) return CUXAS_OK;
  }
  free_analysis(a);
  return cuxas_no_memory(err);
}

static void standardise(const float *raw, analysis *a)
{
  const size_t n_row = a->n_row, n_raw = a->n_raw;
  for (size_t j = 0; j < n_raw; j++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < n_row; i++) sum += raw[i * n_raw + j];
    a->mean[j] = sum / (double)n_row;
    for (size_t i = 0; i < n_row; i++) square += pow(raw[i * n_raw + j] - a->mean[j], 2.0);
    const double deviation = sqrt(square / (double)n_row);
    a->scale[j]            = deviation > NEVER_CHANGES * fabs(a->mean[j]) && deviation > 0.0 ? 1.0 / deviation : 0.0;
    for (size_t i = 0; i < n_row; i++) a->z[i * n_raw + j] = (raw[i * n_raw + j] - a->mean[j]) * a->scale[j];
  }
}

/* diagonalise() - of z^T z (n_raw) or z z^T (n_row), whichever is smaller */
static int diagonalise(analysis *a)
{
  const gsl_matrix_view z = gsl_matrix_view_array(a->z, a->n_row, a->n_raw);
  if (a->n_small == a->n_raw)
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, &z.matrix, &z.matrix, 0.0, a->product);
  else
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, &z.matrix, &z.matrix, 0.0, a->product);
  const int failed = gsl_eigen_symmv(a->product, a->value, a->vector, a->space);
  gsl_eigen_symmv_sort(a->value, a->vector, GSL_EIGEN_SORT_VAL_DESC);
  return failed;
}

/* find_direction() - component k as a unit vector over the standardised raw features, its sign settled */
static void find_direction(const analysis *a, size_t k, double *ret_direction)
{
  for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = 0.0;
  if (a->n_small == a->n_raw)
    for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = gsl_matrix_get(a->vector, j, k);
  else
    for (size_t i = 0; i < a->n_row; i++)
      for (size_t j = 0; j < a->n_raw; j++)
        ret_direction[j] +=
            gsl_matrix_get(a->vector, i, k) * a->z[i * a->n_raw + j] / sqrt(gsl_vector_get(a->value, k));

  size_t largest = 0;
  for (size_t j = 1; j < a->n_raw; j++) /* of nearly equal ones the first: rounding must not decide */
    if (fabs(ret_direction[j]) > fabs(ret_direction[largest]) * (1.0 + 1e-6)) largest = j;
  if (ret_direction[largest] < 0.0)
    for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = -ret_direction[j];
}

/* fill_matrix() - rows of the matrix: components over their deviation^whitening, one common factor for mean square 1 */
static void fill_matrix(const analysis *a, double whitening, double *work, cuxas_reduction *reduction)
{
  double mean_square = 0.0;
  for (size_t k = 0; k < reduction->n_component; k++)
    mean_square += pow(gsl_vector_get(a->value, k) / (double)a->n_row, 1.0 - whitening);
  const double factor = sqrt((double)reduction->n_component / mean_square);

  for (size_t k = 0; k < reduction->n_component; k++) {
    const double variance = gsl_vector_get(a->value, k) / (double)a->n_row;
    find_direction(a, k, work);
    for (size_t j = 0; j < a->n_raw; j++)
      reduction->matrix[k * a->n_raw + j] = (float)(factor * pow(variance, -0.5 * whitening) * work[j] * a->scale[j]);
  }
}

cuxas_status cuxas_reduction_new(const float *raw, size_t n_row, size_t n_raw, size_t n_feature, double whitening,
                                 cuxas_reduction **ret_reduction, cuxas_error *err)
{
  cuxas_status     status    = CUXAS_OK;
  analysis         a         = {0};
  cuxas_reduction *reduction = NULL;
  double          *work      = NULL;

  *ret_reduction = NULL;
  if (n_row < 2 || n_raw == 0 || n_row > INT_MAX || n_raw > INT_MAX)
    return cuxas_fail(err, CUXAS_ERANGE, "cannot reduce %zu features of %zu sites", n_raw, n_row);
  const bool is_rotated = n_feature > 0;
  if (!is_rotated) n_feature = n_raw;
  if ((status = new_analysis(n_row, n_raw, &a, err)) != CUXAS_OK) return status;
  if ((reduction = cuxas_new(err, 1, sizeof *reduction)) == NULL ||
      (reduction->mean = cuxas_new(err, n_raw, sizeof *reduction->mean)) == NULL ||
      (reduction->matrix = cuxas_new(err, n_feature, n_raw * sizeof *reduction->matrix)) == NULL ||
      (work = cuxas_new(err, n_raw, sizeof *work)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  reduction->n_raw     = n_raw;
  reduction->n_feature = n_feature;

  standardise(raw, &a);
  for (size_t j = 0; j < n_raw; j++) reduction->mean[j] = (float)a.mean[j];
  if (!is_rotated) {
    for (size_t j = 0; j < n_raw; j++) reduction->matrix[j * n_raw + j] = (float)a.scale[j];
    for (size_t j = 0; j < n_raw; j++) reduction->n_component += a.scale[j] > 0.0;
    if (reduction->n_component == 0) {
      status = cuxas_fail(err, CUXAS_ERANGE, "the features of all %zu sites are alike", n_row);
      goto done;
    }
    *ret_reduction = reduction;
    reduction      = NULL;
    goto done;
  }
  if (diagonalise(&a) != 0) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "the principal components of %zu features did not converge", n_raw);
    goto done;
  }
  const double largest = gsl_vector_get(a.value, 0);
  if (!(largest > 0.0)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "the features of all %zu sites are alike", n_row);
    goto done;
  }
  while (reduction->n_component < n_feature && reduction->n_component < a.n_small &&
         gsl_vector_get(a.value, reduction->n_component) > NO_COMPONENT * largest)
    reduction->n_component++;
  fill_matrix(&a, whitening, work, reduction);
  *ret_reduction = reduction;
  reduction      = NULL;
done:
  free(work);
  cuxas_reduction_free(reduction);
  free_analysis(&a);
  return status;
}

void cuxas_reduction_weigh(cuxas_reduction *reduction, const float *weight)
{
  const size_t n_raw = reduction->n_raw;
  for (size_t j = 0; j < reduction->n_feature; j++) reduction->matrix[j * n_raw + j] *= weight[j];
}

void cuxas_reduction_free(cuxas_reduction *reduction)
{
  if (reduction == NULL) return;
  free(reduction->mean);
  free(reduction->matrix);
  free(reduction);
}

void cuxas_reduction_apply(const cuxas_reduction *reduction, const float *raw, size_t n_row, float *ret_feature)
{
  for (size_t i = 0; i < n_row; i++)
    for (size_t k = 0; k < reduction->n_feature; k++) {
      const float *row = reduction->matrix + k * reduction->n_raw;
      float        sum = 0.0f;
      for (size_t j = 0; j < reduction->n_raw; j++)
        sum += row[j] * (raw[i * reduction->n_raw + j] - reduction->mean[j]);
      ret_feature[i * reduction->n_feature + k] = sum;
    }
}
