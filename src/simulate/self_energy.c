/* self_energy.c - the complex energies at which an edge is computed, and what the other electrons do to a photoelectron there
 *
 * Contents: mesh of energies - self-energy */
#include "simulate/photoelectron_priv.h"
#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* ==== mesh of energies ============================================================================================ */

enum { N_BELOW = 10, N_CUT = 18, MAX_ABOVE = 60, MAX_ENERGY = 10000 };
#define BELOW_STEPS 2.0      /* below the Fermi level, steps in wave number are this much wider */
#define VERTICAL_RATIO 0.4   /* log of the ratio of heights above the Fermi level */
#define VERTICAL_LOWEST (-7) /* the geometric sequence begins this many ratios below half the core hole's width */

/* Kinetic energy of a free electron. */
static double energy_of_k(double k_per_A)
{
  const double k_per_bohr = k_per_A * CUXAS_BOHR_A;
  return 0.5 * k_per_bohr * k_per_bohr;
}

static bool is_positive(double value)
{
  return value > 0.0 && isfinite(value);
}

/* Heights above the Fermi level: a geometric sequence with half the core hole's width in the middle between two of its
 * members, so that the Lorentzian's pole is as far from the mesh as it can be, and two steps towards its first one. */
static double height(size_t i_above, double half_width)
{
  const double lower = 2.0 * half_width / (1.0 + exp(VERTICAL_RATIO));
  if (i_above < 2) return lower * exp(VERTICAL_RATIO * VERTICAL_LOWEST) * (double)(i_above + 1) / 3.0;
  return lower * exp(VERTICAL_RATIO * ((double)i_above - 2.0 + VERTICAL_LOWEST));
}

cuxas_status cuxas_energy_mesh_new(const cuxas_energy_settings *settings, cuxas_energy_mesh **ret_mesh,
                                   cuxas_error *err)
{
  const double step_hartree = settings->energy_step_eV / CUXAS_HARTREE_EV;
  const double fermi        = settings->fermi_hartree;

  *ret_mesh = NULL;
  if (!isfinite(fermi) || !is_positive(settings->core_hole_eV) || !is_positive(settings->k_max_per_A) ||
      !is_positive(settings->k_step_per_A) || !is_positive(settings->energy_step_eV))
    return cuxas_fail(err, CUXAS_ERANGE,
                      "energy mesh: core-hole width, wave number and steps must be positive numbers");

  /* Equal steps in energy until a step in wave number is wider, from the next multiple of that step on. */
  const double k_change =
      settings->energy_step_eV / CUXAS_HARTREE_EV / (settings->k_step_per_A * CUXAS_BOHR_A) / CUXAS_BOHR_A;
  const double n_fine  = floor(energy_of_k(k_change) / step_hartree + 1e-9);
  const double k_fine  = sqrt(2.0 * n_fine * step_hartree) / CUXAS_BOHR_A;
  const double i_first = floor(k_fine / settings->k_step_per_A + 1e-9) + 1.0;
  const double i_last  = floor(settings->k_max_per_A / settings->k_step_per_A + 0.5);
  const double n_wide  = i_last >= i_first ? i_last - i_first + 1.0 : 0.0;
  if (!(n_fine + n_wide < MAX_ENERGY - N_BELOW - MAX_ABOVE - 1))
    return cuxas_fail(err, CUXAS_ERANGE, "energy mesh: steps so small that it has over %d points", MAX_ENERGY);

  cuxas_energy_mesh *mesh = cuxas_new(err, 1, sizeof *mesh);
  if (mesh == NULL) return CUXAS_ENOMEM;
  mesh->i_fermi            = N_BELOW;
  mesh->n_spectrum         = N_BELOW + 1 + (size_t)n_fine + (size_t)n_wide;
  mesh->fermi_hartree      = fermi;
  mesh->half_width_hartree = 0.5 * settings->core_hole_eV / CUXAS_HARTREE_EV;
  size_t n_above           = N_CUT;
  while (n_above < MAX_ABOVE && height(n_above - 1, mesh->half_width_hartree) < settings->top_hartree) n_above++;
  mesh->n_cut    = mesh->n_spectrum + N_CUT;
  mesh->n_energy = mesh->n_spectrum + n_above;
  if ((mesh->energy_hartree = cuxas_new(err, mesh->n_energy, sizeof *mesh->energy_hartree)) == NULL) {
    cuxas_energy_mesh_free(mesh);
    return cuxas_no_memory(err);
  }

  double complex      *next  = mesh->energy_hartree;
  const double complex shift = I * mesh->half_width_hartree;
  for (int i = N_BELOW; i > 0; i--) *next++ = fermi - energy_of_k(BELOW_STEPS * settings->k_step_per_A * i) + shift;
  for (size_t i = 0; i <= (size_t)n_fine; i++) *next++ = fermi + step_hartree * (double)i + shift;
  for (size_t i = 0; i < (size_t)n_wide; i++)
    *next++ = fermi + energy_of_k(settings->k_step_per_A * (i_first + (double)i)) + shift;
  for (size_t i = 0; i < n_above; i++) *next++ = fermi + I * height(i, mesh->half_width_hartree);

  *ret_mesh = mesh;
  return CUXAS_OK;
}

void cuxas_energy_mesh_free(cuxas_energy_mesh *mesh)
{
  if (mesh == NULL) return;
  free(mesh->energy_hartree);
  free(mesh);
}

/* ==== self-energy ================================================================================================= */

/* Everything in units of the Fermi wave number and Fermi energy until the last line: x is the photoelectron's wave
 * number, q the momentum it loses, w(q) the plasmon's energy, w^2 = wp^2 + 4/3 q^2 + q^4. */

#define PI 3.14159265358979323846

/* Width of a plasmon's energy over the plasma frequency, in the real part: without any, its slope would be infinite
 * where plasmons begin. Real ones are 3 % (Al) and more; with this the kink is about as round as that of FEFF's fit. */
#define PLASMON_WIDTH 0.02

/* The electron gas of one density. */
typedef struct {
  double k_fermi;      /* 1/bohr */
  double energy_fermi; /* Hartree */
  double wp;           /* plasma frequency over Fermi energy */
  double radius_rs;
} electron_gas;

static double alpha(void)
{
  return cbrt(4.0 / (9.0 * PI));
}

static electron_gas gas_of(double radius_rs)
{
  electron_gas gas = {.k_fermi = 1.0 / (alpha() * radius_rs), .radius_rs = radius_rs};
  gas.energy_fermi = 0.5 * gas.k_fermi * gas.k_fermi;
  gas.wp           = sqrt(3.0 / (radius_rs * radius_rs * radius_rs)) / gas.energy_fermi;
  return gas;
}

static double plasmon(double wp, double q)
{
  const double q2 = q * q;
  return sqrt(wp * wp + q2 * (4.0 / 3.0 + q2));
}

/* Positive root of a function that rises through 0 between 0 and a bound found by doubling. */
static double find_root(double (*f)(double q, double wp, double x), double wp, double x)
{
  double low = 0.0, high = 1.0;
  while (f(high, wp, x) < 0.0 && high < 1e6) high *= 2.0;
  for (int i = 0; i < 60 && high - low > 1e-15 * high; i++) {
    const double middle = 0.5 * (low + high);
    if (f(middle, wp, x) < 0.0)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

/* w(d) = (1 + d)^2 - 1: the electron at 1 + d can just pay for a plasmon that takes it to the Fermi level. */
static double threshold_equation(double d, double wp, double unused)
{
  (void)unused;
  return d * d * (4.0 * d + 8.0 / 3.0) - wp * wp;
}

/* w(q) = x^2 - 1: the largest plasmon that leaves the electron above the Fermi level. */
static double largest_plasmon(double q, double wp, double x)
{
  return plasmon(wp, q) - (x * x - 1.0);
}

/* x^2 + w = (x + q)^2 */
static double forward_equation(double q, double wp, double x)
{
  return q * q * (4.0 * x * q + 4.0 * x * x - 4.0 / 3.0) - wp * wp;
}

/* x^2 - w = (x - q)^2 has no, or two, positive roots: 4 x q^3 - (4 x^2 - 4/3) q^2 + wp^2 = 0, its minimum between
 * them. */
static int backward_roots(double wp, double x, double ret_root[2])
{
  const double c     = 4.0 * x * x - 4.0 / 3.0;
  const double q_min = c / (6.0 * x);
  if (!(q_min * q_min * (4.0 * x * q_min - c) + wp * wp < 0.0)) return 0;
  double low[2] = {0.0, q_min}, high[2] = {q_min, c / (4.0 * x)};
  for (int k = 0; k < 2; k++) {
    /* the far bound of the second has f = wp^2 > 0 */
    for (int i = 0; i < 60; i++) {
      const double q           = 0.5 * (low[k] + high[k]);
      const int    is_negative = q * q * (4.0 * x * q - c) + wp * wp < 0.0;
      if (is_negative == (k == 0))
        high[k] = q;
      else
        low[k] = q;
    }
    ret_root[k] = 0.5 * (low[k] + high[k]);
  }
  return 2;
}

/* The logarithms that integrating over the angle between electron and plasmon leaves, over q w. */
static double integrand(double wp, double x, double q)
{
  const double w = plasmon(wp, q), low = (x - q) * (x - q), high = (x + q) * (x + q), x2 = x * x;
  const double width2 = PLASMON_WIDTH * PLASMON_WIDTH * wp * wp;
  double       ratio  = 1.0;
  if (high > 1.0) { /* into empty states, a plasmon made */
    const double from = x2 - w - fmax(low, 1.0), until = x2 - w - high;
    ratio *= (from * from + width2) / (until * until + width2);
  }
  if (low < 1.0) { /* out of occupied ones */
    const double from = x2 + w - low, until = x2 + w - fmin(high, 1.0);
    ratio *= (from * from + width2) / (until * until + width2);
  }
  return 0.5 * log(ratio) / (q * w);
}

/* Gauss-Legendre on [-1, 1], 12 points (positive half) */
static const double NODE[6]   = {0.1252334085114689, 0.3678314989981802, 0.5873179542866175,
                                 0.7699026741943047, 0.9041172563704749, 0.9815606342467192};
static const double WEIGHT[6] = {0.2491470458134028, 0.2334925365383548, 0.2031674267230659,
                                 0.1600783285433462, 0.1069393259953184, 0.0471753363865118};

/* One interval between singular points; a substitution flat at both ends takes the edge off the logarithms there. An
 * interval that reaches to infinity is folded into [0, 1). */
static double integrate_between(double wp, double x, double from, double until)
{
  double sum = 0.0;
  for (int i = 0; i < 12; i++) {
    const double s = 0.5 * (1.0 + (i < 6 ? NODE[i] : -NODE[i - 6]));
    const double u = s * s * s * (10.0 - s * (15.0 - 6.0 * s)), du = 30.0 * s * s * (1.0 - s) * (1.0 - s);
    const double q     = isinf(until) ? from + u / (1.0 - u) : from + (until - from) * u;
    const double slope = isinf(until) ? 1.0 / ((1.0 - u) * (1.0 - u)) : until - from;
    sum += 0.5 * WEIGHT[i < 6 ? i : i - 6] * du * slope * integrand(wp, x, q);
  }
  return sum;
}

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Exchange (Hartree-Fock) and the plasmon's real part, Hartree. */
static double real_part(const electron_gas *gas, double x)
{
  double breaks[9], sum = 0.0;
  int    n_break    = 0;
  breaks[n_break++] = 0.0;
  if (x > 1.0) breaks[n_break++] = x - 1.0;
  breaks[n_break++] = x + 1.0;
  breaks[n_break++] = find_root(forward_equation, gas->wp, x);
  if (x * x - 1.0 > gas->wp) breaks[n_break++] = find_root(largest_plasmon, gas->wp, x);
  n_break += backward_roots(gas->wp, x, breaks + n_break);
  qsort(breaks, (size_t)n_break, sizeof *breaks, compare_doubles);
  for (int i = 0; i + 1 < n_break; i++)
    if (breaks[i + 1] > breaks[i]) sum += integrate_between(gas->wp, x, breaks[i], breaks[i + 1]);
  sum += integrate_between(gas->wp, x, breaks[n_break - 1], INFINITY);

  const double exchange = x == 1.0 ? 1.0 : 1.0 + (1.0 - x * x) / (2.0 * x) * log(fabs((1.0 + x) / (1.0 - x)));
  return -gas->k_fermi / PI * exchange + gas->energy_fermi * gas->wp * gas->wp / (2.0 * PI * x * gas->k_fermi) * sum;
}

/* integral of dq / (q w) */
static double plasmon_integral(double wp, double q)
{
  const double q2 = q * q;
  return -0.5 / wp * log((2.0 * wp * wp + 4.0 / 3.0 * q2 + 2.0 * wp * plasmon(wp, q)) / q2);
}

/* Decay into plasmons, Hartree, <= 0. */
static double plasmon_decay(const electron_gas *gas, double x)
{
  double root[2];
  if (!(x * x - 1.0 > gas->wp) || backward_roots(gas->wp, x, root) == 0) return 0.0;
  const double until = fmin(root[1], find_root(largest_plasmon, gas->wp, x));
  if (!(until > root[0])) return 0.0;
  return -gas->energy_fermi * gas->wp * gas->wp / (2.0 * x * gas->k_fermi) *
         (plasmon_integral(gas->wp, until) - plasmon_integral(gas->wp, root[0]));
}

/* Decay into electron-hole pairs, Hartree, <= 0: Quinn's equation 7, ended by a Fermi function at his equation 11. */
static double pair_decay(const electron_gas *gas, double x)
{
  const double a = alpha() * gas->radius_rs, excess = x * x - 1.0;
  const double factor = sqrt(PI) / (32.0 * a * sqrt(a)) * (atan(sqrt(PI / a)) + sqrt(a / PI) / (1.0 + a / PI));
  const double wp = gas->wp, gap = sqrt(1.0 + wp) - 1.0;
  const double until = 1.0 + wp * (1.0 + 1.2 * gap * gap / (wp * wp)); /* from the band's bottom */
  return -0.5 * factor / x * excess * excess / (1.0 + exp((x * x - until) / (0.3 * until)));
}

static double complex relative_to_fermi(const electron_gas *gas, double at_fermi, double x)
{
  return real_part(gas, x) - at_fermi + I * fmin(plasmon_decay(gas, x), pair_decay(gas, x));
}

/* The wave number of an electron whose energy, with its self-energy, lies so much above the Fermi level: kinetic energy
 * and shift together. Bisection from the Fermi level on; shifts are smaller than two plasmons. */
double complex cuxas_self_energy_at(double radius_rs, double above_hartree)
{
  if (!(above_hartree > 0.0)) return 0.0;
  const electron_gas gas      = gas_of(radius_rs);
  const double       at_fermi = real_part(&gas, 1.0), above = above_hartree / gas.energy_fermi;
  double             low = 1.0, high = sqrt(1.0 + above + 2.0 * gas.wp);
  while (high - low > 1e-10 * high) {
    const double x = 0.5 * (low + high);
    if (x == low || x == high) break;
    if (x * x - 1.0 + (real_part(&gas, x) - at_fermi) / gas.energy_fermi < above)
      low = x;
    else
      high = x;
  }
  return relative_to_fermi(&gas, at_fermi, 0.5 * (low + high));
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

enum { N_RS = 96, N_SLOW = 40, N_FAST = 80, N_ENERGY = N_SLOW + N_FAST + 1 };
#define RS_MIN 0.01
#define RS_STEP 0.08 /* of log rs: 0.01 to 20 */

struct cuxas_self_energy {
  double         reach[N_RS];           /* highest tabulated energy in units of the threshold, >= 2 */
  double         threshold[N_RS];       /* energy above the Fermi level where plasmons begin, Hartree */
  double complex value[N_RS][N_ENERGY]; /* times rs */
};

static double threshold_of(const electron_gas *gas)
{
  const double x = 1.0 + find_root(threshold_equation, gas->wp, 0.0);
  return gas->energy_fermi * (x * x - 1.0);
}

/* Energies crowd at the threshold, where the self-energy has a kink. */
static double energy_node(int i, double reach)
{
  if (i <= N_SLOW) return 1.0 - pow(1.0 - (double)i / N_SLOW, 2.0);
  return 1.0 + (reach - 1.0) * pow((double)(i - N_SLOW) / N_FAST, 2.0);
}

static double node_of_energy(double t, double reach)
{
  if (t <= 1.0) return N_SLOW * (1.0 - sqrt(1.0 - t));
  return N_SLOW + N_FAST * sqrt((fmin(t, reach) - 1.0) / (reach - 1.0));
}

/* One density: the self-energy is computed at wave numbers, whose energies come out with it, and tabulated over
 * energy. */
static void fill_density(cuxas_self_energy *table, int i_rs, double max_hartree)
{
  const electron_gas gas      = gas_of(RS_MIN * exp(RS_STEP * i_rs));
  const double       at_fermi = real_part(&gas, 1.0), kinetic_threshold = threshold_of(&gas);
  const double       reach           = fmax(2.0, 1.5 * max_hartree / kinetic_threshold);
  double             above[N_ENERGY] = {0.0};
  double complex     value[N_ENERGY] = {0.0};
  int                n               = 1;
  for (; n < N_ENERGY && (n <= N_SLOW + 1 || above[n - 1] < max_hartree); n++) {
    const double kinetic = energy_node(n, reach) * kinetic_threshold;
    value[n]             = relative_to_fermi(&gas, at_fermi, sqrt(1.0 + kinetic / gas.energy_fermi));
    above[n]             = fmax(above[n - 1], kinetic + creal(value[n]));
  }
  table->reach[i_rs]     = reach;
  table->threshold[i_rs] = above[N_SLOW];
  for (int j = 1, i = 0; j < N_ENERGY; j++) {
    const double at = energy_node(j, reach) * table->threshold[i_rs];
    while (i + 2 < n && above[i + 1] < at) i++;
    const double part     = above[i + 1] > above[i] ? fmin(1.0, (at - above[i]) / (above[i + 1] - above[i])) : 1.0;
    table->value[i_rs][j] = gas.radius_rs * ((1.0 - part) * value[i] + part * value[i + 1]);
  }
}

cuxas_status cuxas_self_energy_new(double max_hartree, cuxas_self_energy **ret_table, cuxas_error *err)
{
  *ret_table = NULL;
  if (!(max_hartree > 0.0) || !isfinite(max_hartree))
    return cuxas_fail(err, CUXAS_ERANGE, "self-energy: the highest energy must be a positive number");
  cuxas_self_energy *table = cuxas_new(err, 1, sizeof *table);
  if (table == NULL) return CUXAS_ENOMEM;

  for (int i_rs = 0; i_rs < N_RS; i_rs++) fill_density(table, i_rs, max_hartree);
  *ret_table = table;
  return CUXAS_OK;
}

void cuxas_self_energy_free(cuxas_self_energy *table)
{
  free(table);
}

/* At an energy in units of the threshold. */
static double complex along_energy(const cuxas_self_energy *table, int i_rs, double t)
{
  const double node = node_of_energy(t, table->reach[i_rs]);
  const int    i    = (int)fmin(floor(node), N_ENERGY - 2);
  const double part = node - i;
  return (1.0 - part) * table->value[i_rs][i] + part * table->value[i_rs][i + 1];
}

double complex cuxas_self_energy_of(const cuxas_self_energy *table, double radius_rs, double above_hartree)
{
  if (!(above_hartree > 0.0)) return 0.0;
  const double position  = fmin(fmax(log(radius_rs / RS_MIN) / RS_STEP, 0.0), N_RS - 1);
  const int    i_rs      = (int)fmin(floor(position), N_RS - 2);
  const double part      = position - i_rs;
  /* the threshold's own energy is interpolated first, so that the kink stays where it is between tabulated densities */
  const double threshold = pow(table->threshold[i_rs], 1.0 - part) * pow(table->threshold[i_rs + 1], part);
  const double t         = above_hartree / threshold;
  return ((1.0 - part) * along_energy(table, i_rs, t) + part * along_energy(table, i_rs + 1, t)) /
         (RS_MIN * exp(RS_STEP * position));
}
