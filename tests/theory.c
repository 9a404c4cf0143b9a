/* theory.c - how near theory comes to measured curves: "make theory" prints the table, "make theory-figure" draws them
 *
 *   theory [--feff|--quick] [--level SHARE] [--fermi EV] [--scf-radius A] [--fermi-radius A] [--radius A] [--max-atoms N]
 *          [--spinless-fermi] [COMPOUND|COMPOUND=CURVE.csv]...
 *   theory --figure FILE.svg
 *   theory --white-lines
 *
 * --feff and --quick, with the clusters of FEFF10's records and of the bundled models' data, go first. COMPOUND is one of refdb/ with its curves there, CURVE one more of it. --level: how far the level between spheres goes from
 * FEFF's rule to the true mean; --fermi moves the Fermi level after self-consistency.
 *
 * For every curve and core-hole channel, alone and mixed with the screened one:
 *   r2   squared correlation of curve and simulation, both whitened with a correlation length of 1 eV, 925 to 960 eV; offset
 *        and a slope (variance 0.3 over 40 eV) are free, the shift is the best, the simulation is broadened by a Gaussian
 *        of 1 eV
 *   ex   simulated minus measured, in edge steps (mean of +10 to +15 eV behind the measured onset), mean of +2 to +5 eV
 *   WL   height of the white line in edge steps
 * Compounds with several curves are averages over them; the last line leaves out CuS, for which no theory here is any good,
 * and Cu2S, whose bundled structure is not that of the sample. Without compounds a second table follows: curves of CuO and
 * Cu2O against eleven compounds, and the rank of the right one by r2, and by -10 ln(1 - r2) less half the squared distance of
 * the shift from -2 eV, in units of 1.3 eV.
 *
 * --figure: the 14 validation compounds with their first measured curve, the best mix of FEFF's theory (no hole, screened)
 * and that of the default one (projected, screened); without a measured curve the first channel of each.
 *
 * --white-lines: with quick clusters the highest point of L3, projected hole, of every bundled copper site whose 3d shell has a hole, with the
 * Fermi level of spheres without spin and with the polarised one; copper with a hole always has a white line. */
#include "crystal/oxidation.h"
#include "cuxas/simulate.h"
#include "sheet.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_X = 475, MAX_CURVE = 600, MAX_TASK = 40, N_MIX = 21 };
#define FIRST_EV 905.0
#define STEP_EV 0.2

typedef struct {
  size_t n;
  double energy_eV[MAX_CURVE], mu[MAX_CURVE];
} curve;

typedef struct {
  double r2, excess, white_line, share, score;
} figures;

/* ---- curves ----------------------------------------------------------------------------------------------------- */

static double at(const double *energy_eV, const double *mu, size_t n, double x)
{
  size_t low = 0, high = n - 1;
  if (x <= energy_eV[0]) return mu[0];
  if (x >= energy_eV[n - 1]) return mu[n - 1];
  while (high - low > 1) *((energy_eV[(low + high) / 2] <= x) ? &low : &high) = (low + high) / 2;
  return mu[low] + (mu[high] - mu[low]) * (x - energy_eV[low]) / (energy_eV[high] - energy_eV[low]);
}

static void smooth(const double *y, size_t n, double sigma, double *ret)
{
  const int reach = (int)(4.0 * sigma + 0.5);
  for (int i = 0; i < (int)n; i++) {
    double sum = 0.0, norm = 0.0;
    for (int k = -reach; k <= reach; k++) {
      int j = i + k;
      if (j < 0) j = -j - 1;
      if (j >= (int)n) j = 2 * (int)n - 1 - j;
      const double weight = exp(-0.5 * k * k / (sigma * sigma));
      sum += weight * y[j];
      norm += weight;
    }
    ret[i] = sum / norm;
  }
}

/* A bundled curve as it is; another one is brought to the same steps, and its pre-edge to 0. */
static bool read_curve(const char *path, bool is_bundled, curve *ret)
{
  static double e[20000], y[20000];
  char          line[500];
  size_t        n    = 0;
  FILE         *file = fopen(path, "r");
  if (file == NULL) return false;
  while (fgets(line, sizeof line, file) != NULL && n < 20000)
    if (sscanf(line, "%lf%*[ ,\t]%lf", &e[n], &y[n]) == 2) n++;
  fclose(file);
  ret->n = 0;
  if (is_bundled) {
    for (size_t i = 0; i < n && e[i] < 960.0 && ret->n < MAX_CURVE; i++) {
      ret->energy_eV[ret->n] = e[i];
      ret->mu[ret->n++]      = y[i];
    }
    return ret->n > 20;
  }
  double pre = 0.0, n_pre = 0.0;
  for (double x = fmax(918.0, e[0]); x < fmin(961.0, e[n - 1]) && ret->n < MAX_CURVE; x += STEP_EV) {
    double sum = 0.0, norm = 0.0;
    for (size_t i = 0; i < n; i++) {
      const double d = (x - e[i]) / 0.2;
      if (d * d > 30.0) continue;
      sum += exp(-d * d) * y[i];
      norm += exp(-d * d);
    }
    const double value = norm > 1e-6 ? sum / norm : at(e, y, n, x);
    if (x < 928.5) pre += value, n_pre += 1.0;
    if (x < 925.0 || x >= 960.0) continue;
    ret->energy_eV[ret->n] = x;
    ret->mu[ret->n++]      = value;
  }
  for (size_t i = 0; i < ret->n; i++) ret->mu[i] -= pre / n_pre;
  return ret->n > 20;
}

/* Where the curve rises fastest. */
static double find_onset(const curve *c)
{
  double soft[MAX_CURVE], onset = 0.0, most = -1.0;
  smooth(c->mu, c->n, 2.0, soft);
  for (size_t i = 1; i + 1 < c->n; i++) {
    const double slope = (soft[i + 1] - soft[i - 1]) / (c->energy_eV[i + 1] - c->energy_eV[i - 1]);
    if (c->energy_eV[i] <= 928.5 || c->energy_eV[i] >= 936.5 || slope <= most) continue;
    most  = slope;
    onset = c->energy_eV[i];
  }
  return onset;
}

static double mean_of(const curve *c, const double *y, double from_eV, double to_eV)
{
  double sum = 0.0, n = 0.0;
  for (size_t i = 0; i < c->n; i++)
    if (c->energy_eV[i] >= from_eV && c->energy_eV[i] <= to_eV) sum += y[i], n += 1.0;
  return sum / n;
}

static double most_of(const curve *c, const double *y, double from_eV, double to_eV)
{
  double most = -HUGE_VAL;
  for (size_t i = 0; i < c->n; i++)
    if (c->energy_eV[i] > from_eV && c->energy_eV[i] < to_eV) most = fmax(most, y[i]);
  return most;
}

/* ---- figures of merit ------------------------------------------------------------------------------------------- */

typedef struct {
  size_t n;
  double one[MAX_CURVE], slope[MAX_CURVE], slope_norm;
} metric;

/* The covariance exp(-|x - y| / 1 eV) whitened; then without what an offset makes. */
static void whiten(const metric *m, const double *y, double *ret)
{
  const double rho = exp(-STEP_EV / 1.0);
  double       dot = 0.0;
  for (size_t i = 0; i < m->n; i++) ret[i] = y[i + 1] - rho * y[i];
  for (size_t i = 0; i < m->n; i++) dot += ret[i] * m->one[i];
  for (size_t i = 0; i < m->n; i++) ret[i] -= dot * m->one[i];
}

static void set_metric(const curve *c, metric *m)
{
  double line[MAX_CURVE] = {0}, sum = 0.0;
  m->n = c->n - 1;
  for (size_t i = 0; i < m->n; i++) m->one[i] = 1.0 / sqrt((double)m->n);
  for (size_t i = 0; i < c->n; i++) line[i] = (c->energy_eV[i] - c->energy_eV[0]) / 40.0;
  whiten(m, line, m->slope);
  for (size_t i = 0; i < m->n; i++) sum += m->slope[i] * m->slope[i];
  m->slope_norm = sum;
}

static double product(const metric *m, const double *a, const double *b)
{
  const double sigma2 = 1.0 - exp(-2.0 * STEP_EV), variance = 0.3;
  double       ab = 0.0, as = 0.0, bs = 0.0;
  for (size_t i = 0; i < m->n; i++) {
    ab += a[i] * b[i];
    as += a[i] * m->slope[i];
    bs += b[i] * m->slope[i];
  }
  return ab / sigma2 - as / sigma2 * (bs / sigma2) / (1.0 / variance + m->slope_norm / sigma2);
}

/* The best shift of a mix: share of the first, the rest of the second (NULL: the first alone). ret_best: the mix there, on
 * the curve's energies, in units of its step. */
static figures judge_mix(const curve *c, const double *first, const double *opt_second, double ret_best[MAX_CURVE])
{
  static metric m;
  double        own[MAX_CURVE], part[2][MAX_CURVE], white[2][MAX_CURVE], mixed[MAX_CURVE], *best = ret_best;
  figures       f = {.r2 = -1.0, .score = -HUGE_VAL};
  set_metric(c, &m);
  whiten(&m, c->mu, own);
  const double own_norm = product(&m, own, own);
  for (double shift = -7.0; shift < 2.05; shift += 0.1) {
    for (int k = 0; k < (opt_second != NULL ? 2 : 1); k++) {
      for (size_t i = 0; i < c->n; i++) {
        const double  x = (c->energy_eV[i] - shift - FIRST_EV) / STEP_EV;
        const int     j = (int)fmin(fmax(x, 0.0), N_X - 2.0);
        const double *y = k == 0 ? first : opt_second;
        part[k][i]      = y[j] + (y[j + 1] - y[j]) * (x - j);
      }
      whiten(&m, part[k], white[k]);
    }
    const bool   has2 = opt_second != NULL;
    const double aa = product(&m, white[0], white[0]), ca = product(&m, white[0], own);
    const double ab = has2 ? product(&m, white[0], white[1]) : 0.0, bb = has2 ? product(&m, white[1], white[1]) : 0.0;
    const double cb = has2 ? product(&m, white[1], own) : 0.0;
    for (int mix = has2 ? 0 : N_MIX - 1; mix < N_MIX; mix++) {
      const double a = mix / (N_MIX - 1.0), b = 1.0 - a, cov = a * ca + b * cb;
      const double r2 = cov * cov / (a * a * aa + 2.0 * a * b * ab + b * b * bb) / own_norm;
      if (cov > 0.0) f.score = fmax(f.score, -10.0 * log(1.0 - r2) - 0.5 * pow((shift + 2.0) / 1.3, 2.0));
      if (cov <= 0.0 || r2 <= f.r2) continue;
      for (size_t i = 0; i < c->n; i++) mixed[i] = a * part[0][i] + (b > 0.0 ? b * part[1][i] : 0.0);
      memcpy(best, mixed, sizeof mixed);
      f.r2    = r2;
      f.share = a;
    }
  }
  const double onset = find_onset(c), own_step = mean_of(c, c->mu, onset + 10.0, onset + 15.0);
  const double step = mean_of(c, best, onset + 10.0, onset + 15.0);
  f.excess = mean_of(c, best, onset + 2.0, onset + 5.0) / step - mean_of(c, c->mu, onset + 2.0, onset + 5.0) / own_step;
  f.white_line = most_of(c, best, onset - 2.0, onset + 5.0) / step;
  for (size_t i = 0; i < c->n; i++) best[i] /= step;
  return f;
}

static figures judge(const curve *c, const double *first, const double *opt_second)
{
  double best[MAX_CURVE] = {0};
  return judge_mix(c, first, opt_second, best);
}

/* ---- simulations ------------------------------------------------------------------------------------------------ */

/* A compound's L3 + L2 of one channel on the lattice: mean over sites, 1 eV broader. */
typedef struct {
  double mu[CUXAS_N_CHANNEL][N_X];
} simulated;

static void add_edge(const cuxas_simulated_edge *edge, double weight, double *io_mu)
{
  for (size_t i = 0; i < N_X; i++) {
    const double x = FIRST_EV + STEP_EV * (double)i;
    double       y = at(edge->energy_eV, edge->mu, edge->n_point, x);
    if (x < edge->energy_eV[0]) y *= exp(x - edge->energy_eV[0]);
    io_mu[i] += weight * y;
  }
}

static bool simulate(cuxas_simulator *simulator, const char *structure, simulated *ret)
{
  static const cuxas_simulated_kind KIND[] = {
      {"L3", CUXAS_CHANNEL_NO_HOLE}, {"L3", CUXAS_CHANNEL_SCREENED_HOLE}, {"L3", CUXAS_CHANNEL_PROJECTED_HOLE},
      {"L2", CUXAS_CHANNEL_NO_HOLE}, {"L2", CUXAS_CHANNEL_SCREENED_HOLE}, {"L2", CUXAS_CHANNEL_PROJECTED_HOLE}};
  cuxas_crystal *crystal = NULL;
  cuxas_orbits  *orbits  = NULL;
  cuxas_error    err     = {.message = ""};
  double         total   = 0.0, soft[N_X];
  memset(ret, 0, sizeof *ret);
  cuxas_status status = cuxas_crystal_read(structure, &crystal, &err);
  if (status == CUXAS_OK) status = cuxas_symmetry_find_orbits(crystal, 29, 0.01, &orbits, &err);
  for (size_t i = 0; status == CUXAS_OK && i < orbits->n_orbit; i++) {
    cuxas_simulation *site = NULL;
    status =
        cuxas_simulate_site(simulator, crystal, orbits->first_site[i], KIND, sizeof KIND / sizeof *KIND, &site, &err);
    for (size_t k = 0; status == CUXAS_OK && k < site->n_edge; k++)
      add_edge(&site->edge[k],
               (double)orbits->multiplicity[i] * (strcmp(site->edge[k].edge, "L3") == 0 ? 2.06 : 1.0) / 3.06,
               ret->mu[site->edge[k].channel]);
    if (status == CUXAS_OK) total += (double)orbits->multiplicity[i];
    cuxas_simulation_free(site);
  }
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
    smooth(ret->mu[channel], N_X, 1.0 / 2.3548 / STEP_EV, soft);
    for (size_t i = 0; i < N_X; i++) ret->mu[channel][i] = soft[i] / total;
  }
  if (status != CUXAS_OK) fprintf(stderr, "%s: %s\n", structure, err.message);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  return status == CUXAS_OK;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const char *const BUNDLED[] = {"CuO",      "Cu2O",    "Cu",     "LaCuOS", "LaCuOSe", "LaCuOTe",
                                      "ZrCuSiAs", "ZrCuSiP", "CuFeS2", "CuS",    "Cu2S"};
static const char *const KINDS[]   = {"", "_PFY", "_TEY"}; /* of detection, beside the first curve */
enum { N_KIND = sizeof KINDS / sizeof *KINDS };
enum { N_BUNDLED = sizeof BUNDLED / sizeof *BUNDLED, N_WAY = 5 };

static void print_row(const char *name, size_t n, const figures *f, double measured)
{
  printf("%-9s %2zu %5.1f", name, n, measured);
  for (int way = 0; way < N_WAY; way++) {
    printf(" | %.3f %+.2f %4.1f", f[way].r2, f[way].excess, f[way].white_line);
    if (way > 2) printf(" %.2f", f[way].share);
  }
  printf("\n");
  fflush(stdout);
}

static void add(figures *io, figures more, double weight)
{
  io->r2 += weight * more.r2;
  io->excess += weight * more.excess;
  io->white_line += weight * more.white_line;
  io->share += weight * more.share;
}

/* One compound with all its curves. */
static size_t judge_compound(cuxas_simulator *simulator, const char *name, int n_argument, char **argument,
                             figures ret[N_WAY])
{
  static simulated s;
  static curve     c;
  char             path[600];
  double           measured = 0.0;
  size_t           n        = 0;
  memset(ret, 0, N_WAY * sizeof *ret);
  snprintf(path, sizeof path, "refdb/structures/%s.cif", name);
  if (!simulate(simulator, path, &s)) return 0;
  for (int i = -N_KIND; i < n_argument; i++) { /* bundled ones first */
    const size_t length = strlen(name);
    if (i >= 0 && (strncmp(argument[i], name, length) != 0 || argument[i][length] != '=')) continue;
    if (i < 0) snprintf(path, sizeof path, "refdb/spectra/%s%s.csv", name, KINDS[i + N_KIND]);
    if (!read_curve(i < 0 ? path : argument[i] + length + 1, i == -N_KIND, &c)) continue;
    const double onset = find_onset(&c);
    measured += most_of(&c, c.mu, onset - 2.0, onset + 5.0) / mean_of(&c, c.mu, onset + 10.0, onset + 15.0);
    add(&ret[0], judge(&c, s.mu[CUXAS_CHANNEL_NO_HOLE], NULL), 1.0);
    add(&ret[1], judge(&c, s.mu[CUXAS_CHANNEL_SCREENED_HOLE], NULL), 1.0);
    add(&ret[2], judge(&c, s.mu[CUXAS_CHANNEL_PROJECTED_HOLE], NULL), 1.0);
    add(&ret[3], judge(&c, s.mu[CUXAS_CHANNEL_NO_HOLE], s.mu[CUXAS_CHANNEL_SCREENED_HOLE]), 1.0);
    add(&ret[4], judge(&c, s.mu[CUXAS_CHANNEL_PROJECTED_HOLE], s.mu[CUXAS_CHANNEL_SCREENED_HOLE]), 1.0);
    n++;
  }
  for (int way = 0; way < N_WAY && n > 0; way++) {
    const figures sum = ret[way];
    ret[way]          = (figures){0};
    add(&ret[way], sum, 1.0 / (double)n);
  }
  if (n > 0) print_row(name, n, ret, measured / (double)n);
  return n;
}

/* ---- the second table: is the right compound nearest? ----------------------------------------------------------- */

static const char *const RIVALS[]   = {"CuO",   "Cu2O",   "CuF2",  "BaCu2O2", "SrCu2O2", "Cu3N",
                                       "KCuF3", "NaCuO2", "Cu4O3", "CaCuO2",  "azurite"};
static const char *const MEASURED[] = {"CuO", "Cu2O"};
enum { N_RIVAL = sizeof RIVALS / sizeof *RIVALS, N_MEASURED = 2 };

static bool simulate_rival(cuxas_simulator *simulator, const char *name, simulated *ret)
{
  char  path[600];
  FILE *file;
  snprintf(path, sizeof path, "refdb/structures/%s.cif", name);
  if ((file = fopen(path, "r")) == NULL)
    snprintf(path, sizeof path, "refdb/candidates/%s.cif", name);
  else
    fclose(file);
  return simulate(simulator, path, ret);
}

/* Rank of the right one among them all, by r2 or by score of one of the mixes. */
static int rank_of(const figures f[N_RIVAL][N_MEASURED][2], size_t curve_of, size_t way, bool is_by_score)
{
  int    rank  = 1;
  size_t right = 0;
  while (strcmp(RIVALS[right], MEASURED[curve_of]) != 0) right++;
  const figures *r = &f[right][curve_of][way];
  for (size_t i = 0; i < N_RIVAL; i++) {
    const figures *other = &f[i][curve_of][way];
    rank += is_by_score ? other->score > r->score : other->r2 > r->r2;
  }
  return rank;
}

static bool print_ranks(cuxas_simulator *simulator)
{
  static simulated s;
  static curve     c[N_MEASURED];
  static figures   f[N_RIVAL][N_MEASURED][2];
  char             path[600];
  for (size_t k = 0; k < N_MEASURED; k++) {
    snprintf(path, sizeof path, "refdb/spectra/%s.csv", MEASURED[k]);
    if (!read_curve(path, true, &c[k])) return false;
  }
  printf(
      "\ncompound  | curve of CuO: no hole, screened, share | projected, screened, share | curve of Cu2O: the same\n");
  for (size_t i = 0; i < N_RIVAL; i++) {
    if (!simulate_rival(simulator, RIVALS[i], &s)) continue;
    printf("%-9s", RIVALS[i]);
    for (size_t k = 0; k < N_MEASURED; k++)
      for (size_t way = 0; way < 2; way++) {
        const cuxas_channel first = way == 0 ? CUXAS_CHANNEL_NO_HOLE : CUXAS_CHANNEL_PROJECTED_HOLE;
        f[i][k][way]              = judge(&c[k], s.mu[first], s.mu[CUXAS_CHANNEL_SCREENED_HOLE]);
        printf(" | %.3f %+.2f %4.1f %.2f", f[i][k][way].r2, f[i][k][way].excess, f[i][k][way].white_line,
               f[i][k][way].share);
      }
    printf("\n");
    fflush(stdout);
  }
  for (int is_by_score = 0; is_by_score < 2; is_by_score++) {
    printf("%-9s", is_by_score ? "by score" : "rank, r2");
    for (size_t k = 0; k < N_MEASURED; k++)
      for (size_t way = 0; way < 2; way++)
        printf(" | %2d of %d             ", rank_of((const figures(*)[N_MEASURED][2])f, k, way, is_by_score != 0),
               (int)N_RIVAL);
    printf("\n");
  }
  return true;
}

static bool is_asked(const char *name, int n_argument, char **argument)
{
  bool has_names = false;
  for (int i = 0; i < n_argument; i++) {
    if (strcmp(argument[i], name) == 0) return true;
    has_names = has_names || strchr(argument[i], '=') == NULL;
  }
  return !has_names;
}

/* Options before the compounds; returns how many arguments they were, -1: an unknown one. */
static int take_options(int n_argument, char **argument, cuxas_simulate_settings *io)
{
  int i = 0;
  for (; i < n_argument && strncmp(argument[i], "--", 2) == 0; i++) {
    const char  *option = argument[i];
    const double value  = i + 1 < n_argument ? atof(argument[i + 1]) : 0.0;
    if (strcmp(option, "--feff") == 0 || strcmp(option, "--quick") == 0) {
      *io = CUXAS_SIMULATE_QUICK;
      if (strcmp(option, "--feff") == 0) io->theory = CUXAS_THEORY_FEFF;
      continue;
    }
    if (strcmp(option, "--spinless-fermi") == 0) {
      io->has_polarised_fermi = false;
      continue;
    }
    if (strcmp(option, "--fermi") == 0)
      io->fermi_shift_eV = value;
    else if (strcmp(option, "--level") == 0)
      io->level_share = value;
    else if (strcmp(option, "--scf-radius") == 0)
      io->scf_radius_A = value;
    else if (strcmp(option, "--fermi-radius") == 0)
      io->fermi_radius_A = value;
    else if (strcmp(option, "--radius") == 0)
      io->radius_A = value;
    else if (strcmp(option, "--max-atoms") == 0)
      io->max_atom = (size_t)fmax(value, 0.0);
    else
      return -1;
    i++;
  }
  return i;
}

/* ---- the figure -------------------------------------------------------------------------------------------------- */

static const char *const VALIDATION[] = {"Cu",     "CuBe",    "Cu2O",   "CuO",     "SrCuO2",  "Cu2S",     "CuS",
                                         "CuFeS2", "CuCo2S4", "LaCuOS", "LaCuOSe", "LaCuOTe", "ZrCuSiAs", "ZrCuSiP"};
enum { N_VALIDATION = sizeof VALIDATION / sizeof *VALIDATION };

static void add_curve(sheet_panel *panel, const double *energy_eV, const double *mu, size_t n, double scale,
                      cuxas_line_style line)
{
  const size_t k       = panel->n_curve++;
  panel->curve[k].grid = (cuxas_grid){panel->low_eV, STEP_EV, (size_t)((panel->high_eV - panel->low_eV) / STEP_EV)};
  panel->curve[k].line = line;
  for (size_t i = 0; i < panel->curve[k].grid.n_energy; i++)
    panel->curve[k].y[i] = scale * at(energy_eV, mu, n, panel->low_eV + STEP_EV * (double)i);
}

static bool draw_compound(cuxas_simulator *const theory[2], const char *name, sheet_panel *panel)
{
  static simulated s[2];
  static curve     c;
  static double    energy_eV[N_X];
  char             path[600];
  double           best[MAX_CURVE];
  snprintf(path, sizeof path, "refdb/structures/%s.cif", name);
  if (!simulate(theory[0], path, &s[0]) || !simulate(theory[1], path, &s[1])) return false;
  snprintf(path, sizeof path, "refdb/spectra/%s.csv", name);
  snprintf(panel->title, sizeof panel->title, "%s", name);
  const bool is_measured = read_curve(path, true, &c);
  panel->low_eV          = is_measured ? fmax(925.0, c.energy_eV[0]) : 928.0;
  panel->high_eV         = is_measured ? fmin(960.0, c.energy_eV[c.n - 1]) : 963.0;
  if (!is_measured) {
    for (size_t i = 0; i < N_X; i++) energy_eV[i] = FIRST_EV + STEP_EV * (double)i;
    snprintf(panel->note, sizeof panel->note, "no measured curve is bundled; as simulated, not shifted");
    add_curve(panel, energy_eV, s[0].mu[CUXAS_CHANNEL_NO_HOLE], N_X, 1.0, SHEET_FEFF);
    add_curve(panel, energy_eV, s[1].mu[CUXAS_CHANNEL_PROJECTED_HOLE], N_X, 1.0, SHEET_OWN);
    return true;
  }
  const double  onset = find_onset(&c), step = mean_of(&c, c.mu, onset + 10.0, onset + 15.0);
  const figures before = judge_mix(&c, s[0].mu[CUXAS_CHANNEL_NO_HOLE], s[0].mu[CUXAS_CHANNEL_SCREENED_HOLE], best);
  add_curve(panel, c.energy_eV, best, c.n, 1.0, SHEET_FEFF);
  const figures after =
      judge_mix(&c, s[1].mu[CUXAS_CHANNEL_PROJECTED_HOLE], s[1].mu[CUXAS_CHANNEL_SCREENED_HOLE], best);
  add_curve(panel, c.energy_eV, best, c.n, 1.0, SHEET_OWN);
  add_curve(panel, c.energy_eV, c.mu, c.n, 1.0 / step, SHEET_MEASURED);
  snprintf(panel->note, sizeof panel->note, "r2 %.3f -> %.3f, excess %+.2f -> %+.2f", before.r2, after.r2,
           before.excess, after.excess);
  printf("%-9s %s\n", name, panel->note);
  return true;
}

static bool draw_all(const char *path)
{
  static sheet     s         = {.title = "Measured and simulated edges"};
  cuxas_simulator *theory[2] = {NULL, NULL};
  bool             has_all   = true;
  sheet_legend(&s, "measured", SHEET_MEASURED);
  sheet_legend(&s, "theory feff, no hole and screened", SHEET_FEFF);
  sheet_legend(&s, "theory cuxas, projected and screened", SHEET_OWN);
  for (int t = 0; t < 2 && has_all; t++) {
    cuxas_simulate_settings settings = t == 0 ? CUXAS_SIMULATE_QUICK : CUXAS_SIMULATE_DEFAULTS;
    if (t == 0) settings.theory = CUXAS_THEORY_FEFF;
    has_all = cuxas_simulator_new(&settings, &theory[t], NULL) == CUXAS_OK;
  }
  for (size_t i = 0; i < N_VALIDATION && has_all; i++)
    has_all = draw_compound(theory, VALIDATION[i], &s.panel[s.n_panel++]);
  for (int t = 0; t < 2; t++) cuxas_simulator_free(theory[t]);
  return has_all && sheet_save(&s, path);
}

/* ---- white lines of open shells ---------------------------------------------------------------------------------- */

#define WHITE_LINE 4.0 /* in edge steps of 50 eV: less is none */

/* Prints the open-shell sites of one structure; adds how many there are, and of how many each way has a white line. */
static void look_for_white_lines(cuxas_simulator *const way[2], const char *path, size_t io_n[3])
{
  static const cuxas_simulated_kind KIND    = {"L3", CUXAS_CHANNEL_PROJECTED_HOLE};
  cuxas_crystal                    *crystal = NULL;
  cuxas_orbits                     *orbits  = NULL;
  cuxas_error                       err;
  if (cuxas_crystal_read(path, &crystal, &err) == CUXAS_OK)
    (void)cuxas_symmetry_find_orbits(crystal, 29, 0.01, &orbits, &err);
  for (size_t i = 0; orbits != NULL && i < orbits->n_orbit; i++) {
    const size_t site  = orbits->first_site[i];
    cuxas_shell  shell = CUXAS_SHELL_UNKNOWN;
    if (cuxas_shell_find(crystal, &site, 1, &shell, &err) != CUXAS_OK || shell != CUXAS_SHELL_HOLE) continue;
    io_n[0]++;
    printf("%-20s %3zu", strrchr(path, '/') + 1, site);
    for (int k = 0; k < 2; k++) {
      cuxas_simulation *simulation = NULL;
      double            most       = 0.0;
      if (cuxas_simulate_site(way[k], crystal, site, &KIND, 1, &simulation, &err) != CUXAS_OK) {
        printf(" %s", err.message);
        continue;
      }
      for (size_t j = 0; j < simulation->edge[0].n_point; j++) most = fmax(most, simulation->edge[0].mu[j]);
      printf(" %6.2f (Fermi level %.2f eV)", most, simulation->fermi_eV);
      io_n[k + 1] += most >= WHITE_LINE;
      cuxas_simulation_free(simulation);
    }
    printf("\n");
    fflush(stdout);
  }
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

static bool print_white_lines(void)
{
  cuxas_simulate_settings settings = CUXAS_SIMULATE_QUICK;
  cuxas_simulator        *way[2]   = {NULL, NULL};
  glob_t                  paths    = {0};
  size_t                  n[3]     = {0};
  bool                    has_all  = glob("refdb/structures/*.cif", 0, NULL, &paths) == 0 &&
                 glob("refdb/candidates/*.cif", GLOB_APPEND, NULL, &paths) == 0;
  for (int k = 0; k < 2 && has_all; k++) {
    settings.has_polarised_fermi = k == 1;
    has_all                      = cuxas_simulator_new(&settings, &way[k], NULL) == CUXAS_OK;
  }
  for (size_t i = 0; i < paths.gl_pathc && has_all; i++) look_for_white_lines(way, paths.gl_pathv[i], n);
  printf("%zu sites with a hole: a white line of %.0f or more in %zu, with the polarised Fermi level in %zu\n", n[0],
         WHITE_LINE, n[1], n[2]);
  for (int k = 0; k < 2; k++) cuxas_simulator_free(way[k]);
  globfree(&paths);
  return has_all;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* A mean over curves of what `add` summed up. */
static void print_mean(const char *name, const figures sum[N_WAY], const double size[N_WAY], double n)
{
  figures mean[N_WAY] = {{0}};
  for (int way = 0; way < N_WAY; way++) {
    add(&mean[way], sum[way], 1.0 / n);
    mean[way].excess = size[way] / n;
  }
  if (n > 0.0) print_row(name, (size_t)n, mean, 0.0);
}

int main(int argc, char **argv)
{
  cuxas_simulate_settings settings      = CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulator        *simulator     = NULL;
  figures                 sum[2][N_WAY] = {{{0}}}, one[N_WAY]; /* of all; without the two */
  double                  n[2] = {0.0}, size[2][N_WAY] = {{0}};
  if (argc == 3 && strcmp(argv[1], "--figure") == 0) return draw_all(argv[2]) ? 0 : 1;
  if (argc == 2 && strcmp(argv[1], "--white-lines") == 0) return print_white_lines() ? 0 : 1;
  const int n_option = take_options(argc - 1, argv + 1, &settings);
  if (n_option < 0) {
    fprintf(stderr,
            "theory [--feff|--quick] [--level SHARE] [--fermi EV] [--scf-radius A] [--fermi-radius A] [--radius A] "
            "[--max-atoms N] [--spinless-fermi] [COMPOUND[=CURVE.csv]]...\n"
            "theory --figure FILE.svg\ntheory --white-lines\n");
    return 2;
  }
  argv += n_option;
  argc -= n_option;
  if (cuxas_simulator_new(&settings, &simulator, NULL) != CUXAS_OK) return 1;
  printf("compound  n    WL | no hole         | screened        | projected       | no hole, screened, share | "
         "projected, screened, share\n");
  for (size_t i = 0; i < N_BUNDLED; i++) {
    if (!is_asked(BUNDLED[i], argc - 1, argv + 1)) continue;
    const bool   is_one_of_two = strcmp(BUNDLED[i], "CuS") == 0 || strcmp(BUNDLED[i], "Cu2S") == 0;
    const double here          = (double)judge_compound(simulator, BUNDLED[i], argc - 1, argv + 1, one);
    for (int part = 0; part < (is_one_of_two ? 1 : 2); part++) {
      n[part] += here;
      for (int way = 0; way < N_WAY; way++) {
        add(&sum[part][way], one[way], here);
        size[part][way] += here * fabs(one[way].excess);
      }
    }
  }
  print_mean("mean", sum[0], size[0], n[0]);
  if (n[1] < n[0]) print_mean("less two", sum[1], size[1], n[1]);
  if (argc == 1 && !print_ranks(simulator)) n[0] = 0.0;
  cuxas_simulator_free(simulator);
  return n[0] > 0.0 ? 0 : 1;
}
