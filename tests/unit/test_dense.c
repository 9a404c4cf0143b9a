/* Gradients are checked against central differences of an independent double-precision forward pass: differences of the
 * float32 one would drown in rounding. */
#include "check.h"
#include "predict/dense.h"
#include "base/memory.h"
#include "base/random.h"

#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WIDTH = 512 };

/* The textbook formulas, one row, double precision, parameters given as doubles. */
static void reference_forward(const cuxas_dense *net, const double *parameter, const float *input, double *ret_output)
{
  double x[MAX_WIDTH], y[MAX_WIDTH];
  for (size_t i = 0; i < net->width[0]; i++) x[i] = input[i];
  for (size_t l = 0; l < net->n_layer; l++) {
    const size_t in = net->width[l], out = net->width[l + 1];
    for (size_t o = 0; o < out; o++) {
      y[o] = parameter[out * in + o];
      for (size_t i = 0; i < in; i++) y[o] += parameter[o * in + i] * x[i];
      if (l + 1 < net->n_layer) y[o] = y[o] > 0.0 ? y[o] : 0.0;
    }
    for (size_t o = 0; o < out; o++) x[o] = y[o];
    parameter += out * (in + 1);
  }
  const size_t n_out = net->width[net->n_layer];
  double       sum   = 0.0;
  for (size_t o = 0; o < n_out; o++) sum += exp(x[o]);
  for (size_t o = 0; o < n_out; o++)
    ret_output[o] = net->output == CUXAS_ACTIVATION_LINEAR     ? x[o]
                    : net->output == CUXAS_ACTIVATION_SOFTPLUS ? log(1.0 + exp(x[o]))
                                                               : exp(x[o]) / sum;
}

/* Loss = sum of coefficient * output over all rows. */
static double reference_loss(const cuxas_dense *net, const double *parameter, const float *input, size_t n_row,
                             const float *coefficient)
{
  const size_t n_out = net->width[net->n_layer];
  double       y[MAX_WIDTH], loss = 0.0;
  for (size_t r = 0; r < n_row; r++) {
    reference_forward(net, parameter, input + r * net->width[0], y);
    for (size_t o = 0; o < n_out; o++) loss += coefficient[r * n_out + o] * y[o];
  }
  return loss;
}

typedef struct {
  cuxas_dense *net;
  size_t       n_row;
  float       *input, *work, *output, *coefficient, *gradient, *input_gradient;
  double      *parameter;
} setup;

static setup setup_new(size_t n_layer, const size_t *width, cuxas_activation activation, size_t n_row, uint64_t seed)
{
  setup s          = {.net = cuxas_dense_new(n_layer, width, activation), .n_row = n_row};
  s.input          = cuxas_new(NULL, n_row * width[0], sizeof(float));
  s.output         = cuxas_new(NULL, n_row * width[n_layer], sizeof(float));
  s.coefficient    = cuxas_new(NULL, n_row * width[n_layer], sizeof(float));
  s.work           = cuxas_new(NULL, cuxas_dense_work_size(s.net, n_row), sizeof(float));
  s.gradient       = cuxas_new(NULL, s.net->n_parameter, sizeof(float));
  s.parameter      = cuxas_new(NULL, s.net->n_parameter, sizeof(double));
  s.input_gradient = cuxas_new(NULL, n_row * width[0], sizeof(float));
  cuxas_dense_init(s.net, seed);
  uint64_t state = seed + 1;
  for (size_t i = 0; i < s.net->n_parameter; i++) {
    s.net->parameter[i] += (float)(0.05 * random_normal(&state)); /* biases too */
    s.parameter[i] = s.net->parameter[i];
  }
  for (size_t i = 0; i < n_row * width[0]; i++) s.input[i] = (float)random_normal(&state);
  for (size_t i = 0; i < n_row * width[n_layer]; i++) s.coefficient[i] = (float)random_normal(&state);
  return s;
}

static void setup_free(setup *s)
{
  cuxas_dense_free(s->net);
  free(s->input);
  free(s->work);
  free(s->output);
  free(s->coefficient);
  free(s->gradient);
  free(s->input_gradient);
  free(s->parameter);
}

static void run_both(setup *s)
{
  const size_t n_output = s->n_row * s->net->width[s->net->n_layer];
  float       *dy       = cuxas_new(NULL, n_output, sizeof *dy);
  memcpy(dy, s->coefficient, n_output * sizeof *dy);
  cuxas_dense_forward(s->net, s->input, s->n_row, s->work, s->output);
  cuxas_dense_backward(s->net, &(cuxas_dense_pass){s->input, s->n_row, s->work, s->output}, dy, s->gradient,
                       s->input_gradient);
  free(dy);
}

/* check_gradient() - n_probe parameters, spread over all layers, and every input of the first row */
static void check_gradient(size_t n_layer, const size_t *width, cuxas_activation activation, size_t n_row,
                           size_t n_probe)
{
  setup s = setup_new(n_layer, width, activation, n_row, 7);
  run_both(&s);
  double scale = 0.0;
  for (size_t i = 0; i < s.net->n_parameter; i++) scale = fmax(scale, fabs((double)s.gradient[i]));
  const double tolerance = 2e-5 * scale, h = 1e-6;
  const size_t stride = n_probe < s.net->n_parameter ? s.net->n_parameter / n_probe : 1;
  for (size_t i = 0; i < s.net->n_parameter; i += stride) {
    const double kept = s.parameter[i];
    s.parameter[i]    = kept + h;
    const double up   = reference_loss(s.net, s.parameter, s.input, n_row, s.coefficient);
    s.parameter[i]    = kept - h;
    const double down = reference_loss(s.net, s.parameter, s.input, n_row, s.coefficient);
    s.parameter[i]    = kept;
    CHECK_NEAR(s.gradient[i], (up - down) / (2.0 * h), tolerance);
  }
  for (size_t i = 0; i < width[0] && i < 8;
       i++) { /* inputs are floats: a larger step, scaled by what was really taken */
    const float kept = s.input[i], above = kept + 1e-3f, below = kept - 1e-3f;
    s.input[i]        = above;
    const double up   = reference_loss(s.net, s.parameter, s.input, n_row, s.coefficient);
    s.input[i]        = below;
    const double down = reference_loss(s.net, s.parameter, s.input, n_row, s.coefficient);
    s.input[i]        = kept;
    CHECK_NEAR(s.input_gradient[i], (up - down) / ((double)above - (double)below), 1e-3 * scale);
  }
  setup_free(&s);
}

static const size_t SMALL[]     = {5, 7, 6, 4};
static const size_t PUBLISHED[] = {64, 120, 240, 480, 312};

static void test_gradient_of_linear_output(void)
{
  check_gradient(3, SMALL, CUXAS_ACTIVATION_LINEAR, 9, 1000);
}
static void test_gradient_of_softplus_output(void)
{
  check_gradient(3, SMALL, CUXAS_ACTIVATION_SOFTPLUS, 9, 1000);
}
static void test_gradient_of_softmax_output(void)
{
  check_gradient(3, SMALL, CUXAS_ACTIVATION_SOFTMAX, 9, 1000);
}
static void test_gradient_of_a_single_layer(void)
{
  check_gradient(1, SMALL, CUXAS_ACTIVATION_SOFTPLUS, 3, 1000);
}
static void test_gradient_in_the_published_shape(void)
{
  for (int a = CUXAS_ACTIVATION_LINEAR; a <= CUXAS_ACTIVATION_SOFTMAX; a++)
    check_gradient(4, PUBLISHED, (cuxas_activation)a, 3, 60);
}

static void test_forward_agrees_with_double_precision(void)
{
  for (int a = CUXAS_ACTIVATION_LINEAR; a <= CUXAS_ACTIVATION_SOFTMAX; a++) {
    setup  s = setup_new(4, PUBLISHED, (cuxas_activation)a, 5, 3);
    double y[MAX_WIDTH], largest = 0.0, scale = 0.0;
    cuxas_dense_forward(s.net, s.input, s.n_row, s.work, s.output);
    for (size_t r = 0; r < s.n_row; r++) {
      reference_forward(s.net, s.parameter, s.input + r * 64, y);
      for (size_t o = 0; o < 312; o++) {
        largest = fmax(largest, fabs(y[o] - (double)s.output[r * 312 + o]));
        scale   = fmax(scale, fabs(y[o]));
      }
    }
    CHECK(largest < 1e-5 * scale);
    setup_free(&s);
  }
}

static void test_outputs_have_their_range(void)
{
  setup s = setup_new(3, SMALL, CUXAS_ACTIVATION_SOFTMAX, 4, 5);
  for (size_t i = 0; i < s.net->n_parameter; i++) s.net->parameter[i] *= 30.0f; /* exp() alone would overflow */
  cuxas_dense_forward(s.net, s.input, s.n_row, s.work, s.output);
  for (size_t r = 0; r < s.n_row; r++) {
    double sum = 0.0;
    for (size_t o = 0; o < 4; o++) sum += s.output[r * 4 + o];
    CHECK_NEAR(sum, 1.0, 1e-6);
  }
  s.net->output = CUXAS_ACTIVATION_SOFTPLUS;
  cuxas_dense_forward(s.net, s.input, s.n_row, s.work, s.output);
  for (size_t i = 0; i < s.n_row * 4; i++) CHECK(isfinite(s.output[i]) && s.output[i] >= 0.0f);
  setup_free(&s);
}

static void test_init_is_he_normal_and_seeded(void)
{
  cuxas_dense *a = cuxas_dense_new(4, PUBLISHED, CUXAS_ACTIVATION_LINEAR);
  cuxas_dense *b = cuxas_dense_new(4, PUBLISHED, CUXAS_ACTIVATION_LINEAR);
  CHECK(a->n_parameter == 64 * 120 + 120 + 120 * 240 + 240 + 240 * 480 + 480 + 480 * 312 + 312);
  cuxas_dense_init(a, 1);
  cuxas_dense_init(b, 1);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  cuxas_dense_init(b, 2);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) != 0);

  const float *w   = a->parameter + 64 * 120 + 120; /* second layer, 240 x 120 */
  double       sum = 0.0, square = 0.0;
  for (size_t i = 0; i < 240 * 120; i++) {
    sum += w[i];
    square += (double)w[i] * w[i];
  }
  CHECK_NEAR(sum / (240 * 120), 0.0, 0.003);
  CHECK_NEAR(square / (240 * 120), 2.0 / 120, 0.0005);
  for (size_t i = 0; i < 240; i++) CHECK(w[240 * 120 + i] == 0.0f);
  cuxas_dense_free(a);
  cuxas_dense_free(b);
}

static void test_impossible_shapes_are_refused(void)
{
  CHECK(cuxas_dense_new(0, SMALL, CUXAS_ACTIVATION_LINEAR) == NULL);
  CHECK(cuxas_dense_new(1, (size_t[]){0, 3}, CUXAS_ACTIVATION_LINEAR) == NULL);
  CHECK(cuxas_dense_new(1, (size_t[]){3, 0}, CUXAS_ACTIVATION_LINEAR) == NULL);
  CHECK(cuxas_dense_new(1, (size_t[]){SIZE_MAX, 3}, CUXAS_ACTIVATION_LINEAR) == NULL);
  CHECK(cuxas_dense_new(2, (size_t[]){2147483647, 2147483647, 2147483647}, CUXAS_ACTIVATION_LINEAR) == NULL);
  cuxas_dense_free(NULL);
}

static void test_no_rows_are_no_work(void)
{
  setup s       = setup_new(3, SMALL, CUXAS_ACTIVATION_LINEAR, 2, 5);
  s.n_row       = 0;
  s.gradient[0] = 1.0f;
  run_both(&s);
  CHECK(s.gradient[0] == 0.0f);
  setup_free(&s);
}

/* c and its bits with n_thread threads */
static float *multiplied(const size_t size[3], bool turn_a, bool turn_b, int n_thread)
{
  const size_t n_row = size[0], n_in = size[1], n_out = size[2];
  float       *a = malloc(n_row * n_in * sizeof *a), *b = malloc(n_in * n_out * sizeof *b);
  float       *c = malloc(n_row * n_out * sizeof *c);
  CHECK(a != NULL && b != NULL && c != NULL);
  for (size_t i = 0; i < n_row * n_in; i++) a[i] = sinf((float)i);
  for (size_t i = 0; i < n_in * n_out; i++) b[i] = cosf((float)(3 * i));
  for (size_t i = 0; i < n_row * n_out; i++) c[i] = (float)(i % 7);
  const cuxas_product product = {
      n_row, n_in, n_out, {a, turn_a ? n_row : n_in, turn_a}, {b, turn_b ? n_in : n_out, turn_b}, 1.0f};
  openblas_set_num_threads(n_thread);
  cuxas_multiply(&product, c, n_out);
  double worst = 0.0;
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < n_out; j++) {
      double sum = (double)((i * n_out + j) % 7);
      for (size_t k = 0; k < n_in; k++)
        sum += (double)a[turn_a ? k * n_row + i : i * n_in + k] * (double)b[turn_b ? j * n_in + k : k * n_out + j];
      worst = fmax(worst, fabs(sum - (double)c[i * n_out + j]));
    }
  CHECK(worst < 1e-3);
  free(a);
  free(b);
  return c;
}

static void test_products_have_the_same_bits_whatever_the_threads_of_blas(void)
{
  static const size_t SIZE[][3] = {{1, 320, 160},   {5, 195, 195}, {64, 64, 64},
                                   {301, 320, 160}, {999, 64, 64}, {77, 129, 515}};
  for (size_t i = 0; i < sizeof SIZE / sizeof *SIZE; i++)
    for (int turn = 0; turn < 4; turn++) {
      float *one = multiplied(SIZE[i], turn & 1, turn & 2, 1);
      for (int n_thread = 2; n_thread <= 5; n_thread++) {
        float *many = multiplied(SIZE[i], turn & 1, turn & 2, n_thread);
        CHECK(memcmp(one, many, SIZE[i][0] * SIZE[i][2] * sizeof *one) == 0);
        free(many);
      }
      free(one);
    }
  openblas_set_num_threads(1);
}

static void test_activation_names_go_both_ways(void)
{
  cuxas_activation activation;
  cuxas_error      err;
  for (int a = CUXAS_ACTIVATION_LINEAR; a <= CUXAS_ACTIVATION_SOFTMAX; a++) {
    CHECK_STATUS(cuxas_activation_from_name(cuxas_activation_name((cuxas_activation)a), &activation, &err), CUXAS_OK);
    CHECK((int)activation == a);
  }
  CHECK_STATUS(cuxas_activation_from_name("tanh", &activation, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "tanh");
}

/* Of every width, in one order: bit by bit what a loop over rows gives. */
static void test_rows_are_added_up_one_after_the_other(void)
{
  enum { MOST = 45, N_ROW = 7 };
  float    row[N_ROW * MOST];
  double   factor[N_ROW], start[MOST], sum[MOST];
  uint64_t random = 3;
  for (size_t i = 0; i < N_ROW; i++) factor[i] = random_normal(&random);
  for (size_t i = 0; i < N_ROW * MOST; i++) row[i] = (float)random_normal(&random);
  for (size_t j = 0; j < MOST; j++) start[j] = random_normal(&random);
  for (size_t n = 1; n <= MOST; n++) {
    cuxas_add_rows(factor, N_ROW, row, n, start, sum);
    for (size_t j = 0; j < n; j++) {
      double expected = start[j];
      for (size_t i = 0; i < N_ROW; i++) expected += factor[i] * (double)row[i * n + j];
      CHECK(sum[j] == expected);
    }
  }
}

static void test_differences_from_turned_rows_are_those_from_rows(void)
{
  enum { N_ROW = 70, N_FEATURE = 13 };
  float    row[N_ROW * N_FEATURE], a[N_FEATURE];
  double   sum[CUXAS_TURNED_BLOCK];
  uint64_t random = 4;
  for (size_t i = 0; i < N_ROW * N_FEATURE; i++) row[i] = (float)random_normal(&random);
  for (size_t k = 0; k < N_FEATURE; k++) a[k] = (float)random_normal(&random);
  float *turned = cuxas_new(NULL, cuxas_turned_size(N_ROW), N_FEATURE * sizeof *turned);
  cuxas_turn(row, N_ROW, N_FEATURE, turned);
  for (int is_absolute = 0; is_absolute < 2; is_absolute++)
    for (size_t i = 0; i < cuxas_turned_size(N_ROW); i++) {
      const float *own      = i < N_ROW ? row + i * N_FEATURE : NULL; /* zeros behind the last */
      double       expected = 0.0;
      for (size_t k = 0; k < N_FEATURE; k++) {
        const double d = (double)a[k] - (own != NULL ? (double)own[k] : 0.0);
        expected += is_absolute == 1 ? fabs(d) : d * d;
      }
      cuxas_turned_differences(is_absolute == 1, a, turned + i / CUXAS_TURNED_BLOCK * CUXAS_TURNED_BLOCK * N_FEATURE,
                               N_FEATURE, sum);
      CHECK(sum[i % CUXAS_TURNED_BLOCK] == expected);
    }
  free(turned);
}

int main(void)
{
  RUN(test_gradient_of_linear_output);
  RUN(test_gradient_of_softplus_output);
  RUN(test_gradient_of_softmax_output);
  RUN(test_gradient_of_a_single_layer);
  RUN(test_gradient_in_the_published_shape);
  RUN(test_forward_agrees_with_double_precision);
  RUN(test_outputs_have_their_range);
  RUN(test_init_is_he_normal_and_seeded);
  RUN(test_impossible_shapes_are_refused);
  RUN(test_no_rows_are_no_work);
  RUN(test_products_have_the_same_bits_whatever_the_threads_of_blas);
  RUN(test_activation_names_go_both_ways);
  RUN(test_rows_are_added_up_one_after_the_other);
  RUN(test_differences_from_turned_rows_are_those_from_rows);
  return CHECK_REPORT();
}
