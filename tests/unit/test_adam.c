/* test_adam.c - steps against the formulas of the papers, worked out by hand; what decays and what does not */
#include "check.h"
#include "learn/adam_priv.h"

#include <math.h>
#include <string.h>

/* The first step is rate * sign(gradient), whatever the gradient's size: moments are corrected for their start at 0. */
static void test_first_step_has_the_length_of_the_rate(void)
{
  const float gradient[3]  = {1e-3f, -2.0f, 0.0f};
  float       parameter[3] = {0.5f, 0.5f, 0.5f};
  cuxas_adam  adam;
  CHECK(cuxas_adam_begin(&adam, 3));
  cuxas_adam_step(&adam, gradient, 1.0f, 0.01, 0.0, parameter);
  CHECK_NEAR(parameter[0], 0.49, 1e-6);
  CHECK_NEAR(parameter[1], 0.51, 1e-6);
  CHECK(parameter[2] == 0.5f);
  cuxas_adam_end(&adam);
}

/* Algorithm 1 of Kingma and Ba in double precision. */
static void test_many_steps_follow_the_paper(void)
{
  double     m = 0.0, v = 0.0, theta = 1.0;
  float      parameter[1] = {1.0f};
  cuxas_adam adam;
  CHECK(cuxas_adam_begin(&adam, 1));
  for (int t = 1; t <= 50; t++) {
    const double g = sin(0.3 * t) + 0.2;
    m              = 0.9 * m + 0.1 * g;
    v              = 0.999 * v + 0.001 * g * g;
    theta -= 0.02 * (m / (1.0 - pow(0.9, t))) / (sqrt(v / (1.0 - pow(0.999, t))) + 1e-8);
    const float gradient[1] = {(float)g};
    cuxas_adam_step(&adam, gradient, 1.0f, 0.02, 0.0, parameter);
  }
  CHECK(adam.n_step == 50);
  CHECK_NEAR(parameter[0], theta, 1e-5);
  cuxas_adam_end(&adam);
}

/* Decoupled: weights shrink by rate * decay a step, biases do not, and moments know nothing of it. */
static void test_weights_decay_and_biases_do_not(void)
{
  const size_t width[3] = {2, 3, 1};
  cuxas_dense *net      = cuxas_dense_new(2, width, CUXAS_ACTIVATION_LINEAR);
  float        parameter[14], gradient[14] = {0.0f};
  cuxas_adam   adam;
  CHECK(net != NULL && net->n_parameter == 13);
  CHECK(cuxas_adam_begin(&adam, 14)); /* one parameter before the network */
  cuxas_adam_mark(&adam, net, 1);
  for (int i = 0; i < 14; i++) parameter[i] = 1.0f;
  cuxas_adam_step(&adam, gradient, 1.0f, 0.1, 0.5, parameter);
  for (int i = 0; i < 14; i++) {
    const bool is_weight = (i >= 1 && i < 7) || (i >= 10 && i < 13); /* 6 weights, 3 biases, 3 weights, 1 bias */
    CHECK_NEAR(parameter[i], is_weight ? 0.95 : 1.0, 1e-6);
    CHECK(adam.first[i] == 0.0f && adam.second[i] == 0.0f);
  }
  cuxas_adam_end(&adam);
  cuxas_dense_free(net);
}

static void test_a_cut_gradient_is_a_smaller_gradient(void)
{
  const float whole[2] = {3.0f, -4.0f}, part[2] = {0.75f, -1.0f};
  float       a[2] = {1.0f, 1.0f}, b[2] = {1.0f, 1.0f};
  cuxas_adam  cut, small;
  CHECK(cuxas_adam_begin(&cut, 2) && cuxas_adam_begin(&small, 2));
  for (int t = 0; t < 5; t++) {
    cuxas_adam_step(&cut, whole, 0.25f, 0.1, 0.0, a);
    cuxas_adam_step(&small, part, 1.0f, 0.1, 0.0, b);
  }
  CHECK(memcmp(a, b, sizeof a) == 0 && memcmp(cut.first, small.first, sizeof a) == 0);
  cuxas_adam_end(&cut);
  cuxas_adam_end(&small);
}

/* A bowl, each side of its own steepness: the minimum is found. */
static void test_minimum_is_found(void)
{
  float      x[2] = {3.0f, -2.0f};
  cuxas_adam adam;
  CHECK(cuxas_adam_begin(&adam, 2));
  for (int t = 0; t < 2000; t++) {
    const float gradient[2] = {2.0f * (x[0] - 1.0f), 200.0f * (x[1] + 0.5f)};
    cuxas_adam_step(&adam, gradient, 1.0f, 0.01 * (1.0 - t / 2000.0), 0.0, x);
  }
  CHECK_NEAR(x[0], 1.0, 1e-2);
  CHECK_NEAR(x[1], -0.5, 1e-2);
  cuxas_adam_end(&adam);
}

int main(void)
{
  RUN(test_first_step_has_the_length_of_the_rate);
  RUN(test_many_steps_follow_the_paper);
  RUN(test_weights_decay_and_biases_do_not);
  RUN(test_a_cut_gradient_is_a_smaller_gradient);
  RUN(test_minimum_is_found);
  return CHECK_REPORT();
}
