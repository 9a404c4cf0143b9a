/* elements.c - edges of the 3d metals beside tables and measured foils: "make elements" prints the tables
 *
 *   elements [FIGURE.svg]
 *
 * In both theories: where K and L3 begin, less the tabulated binding energies, and how far L2 is behind L3 (potentials of
 * overlapped atoms: edge energies do not depend on more); then how far behind the rise the first two maxima of the
 * K edges of Ni and Cu are, self-consistent and without a core hole, and in the default theory also in a cluster of 10 A. FIGURE: L3 of Ni, Zn and Fe, K of Ni and Cu. */
#include "cuxas/simulate.h"
#include "metals.h"
#include "sheet.h"

#include <stdlib.h>

static const struct {
  const char  *name;
  cuxas_theory theory;
} THEORIES[] = {{"cuxas", CUXAS_THEORY_CUXAS}, {"feff", CUXAS_THEORY_FEFF}};
enum { N_THEORY = 2, N_POINT = 400 };
#define STEP_EV 0.2
#define NEARLY 0.6

static cuxas_simulator *make_simulator(cuxas_theory theory, bool is_whole)
{
  cuxas_simulate_settings settings  = theory == CUXAS_THEORY_FEFF ? CUXAS_SIMULATE_QUICK : CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulator        *simulator = NULL;
  settings.theory                   = theory;
  if (!is_whole)
    settings.radius_A = 3.5, settings.max_atom = 0, settings.scf_radius_A = 0.0, settings.edge_step_eV = 2.0;
  if (cuxas_simulator_new(&settings, &simulator, NULL) != CUXAS_OK) exit(1);
  return simulator;
}

static cuxas_simulation *simulate(cuxas_simulator *simulator, const metal *m, const char *edge)
{
  const cuxas_simulated_kind kind       = {edge, CUXAS_CHANNEL_NO_HOLE};
  cuxas_simulation          *simulation = NULL;
  cuxas_crystal             *crystal    = make_metal(m);
  cuxas_error                err;
  if (cuxas_simulate_site(simulator, crystal, 0, &kind, 1, &simulation, &err) != CUXAS_OK) {
    fprintf(stderr, "%s %s: %s\n", m->symbol, edge, err.message);
    exit(1);
  }
  cuxas_crystal_free(crystal);
  return simulation;
}

static double find_edge_eV(cuxas_simulator *simulator, const metal *m, const char *edge)
{
  cuxas_simulation *simulation = simulate(simulator, m, edge);
  const double      edge_eV    = simulation->edge[0].edge_eV;
  cuxas_simulation_free(simulation);
  return edge_eV;
}

static void print_energies(void)
{
  cuxas_simulator *simulator[N_THEORY];
  printf("edge energies, eV   | simulated less tabulated: K, L3, and L2 - L3\n%-6s %6s %5s", "", "K", "L3");
  for (int t = 0; t < N_THEORY; t++) {
    simulator[t] = make_simulator(THEORIES[t].theory, false);
    printf(" | %-17s", THEORIES[t].name);
  }
  printf("\n");
  for (size_t i = 0; i < N_METAL; i++) {
    const metal *m = &METALS[i];
    printf("%-6s %6.0f %5.0f", m->symbol, m->k_eV, m->l3_eV);
    for (int t = 0; t < N_THEORY; t++) {
      const double l3_eV = find_edge_eV(simulator[t], m, "L3"), l2_eV = find_edge_eV(simulator[t], m, "L2");
      printf(" | %+5.2f %+5.2f %+5.2f", find_edge_eV(simulator[t], m, "K") - m->k_eV, l3_eV - m->l3_eV,
             l2_eV - l3_eV - (m->l2_eV - m->l3_eV));
    }
    printf("\n");
  }
  for (int t = 0; t < N_THEORY; t++) cuxas_simulator_free(simulator[t]);
}

/* A spectrum in steps of STEP_EV from 10 eV before the Fermi level on. */
static cuxas_grid sample(const cuxas_simulated_edge *edge, double ret_y[N_POINT])
{
  const cuxas_grid grid = {floor(edge->edge_eV) - 10.0, STEP_EV, N_POINT};
  for (size_t i = 0; i < N_POINT; i++) {
    const double x = grid.start_eV + STEP_EV * (double)i;
    size_t       k = 1;
    while (k + 1 < edge->n_point && edge->energy_eV[k] < x) k++;
    const double part = (x - edge->energy_eV[k - 1]) / (edge->energy_eV[k] - edge->energy_eV[k - 1]);
    ret_y[i]          = part < 0.0 ? edge->mu[0] * exp(x - edge->energy_eV[0])
                                   : edge->mu[k - 1] + part * (edge->mu[k] - edge->mu[k - 1]);
  }
  return grid;
}

static double rise_at(const double y[N_POINT], size_t i)
{
  return y[i + 1] - y[i - 1];
}

/* The first two maxima from 8 eV behind the rise on, eV behind it: before them are shoulders. The rise of a metal's K edge is the
 * first one that is nearly as steep as any; the one to the first maximum may be steeper. */
static void find_maxima(const double y[N_POINT], double ret_eV[2])
{
  size_t rise = 1, n = 0;
  for (size_t i = 1; i < 120; i++)
    if (rise_at(y, i) > rise_at(y, rise)) rise = i;
  const double steepest = rise_at(y, rise);
  for (rise = 2; rise_at(y, rise) < NEARLY * steepest || rise_at(y, rise + 1) > rise_at(y, rise);) rise++;
  for (size_t i = rise + 40; i + 1 < N_POINT && n < 2; i++) {
    if (y[i] <= y[i - 1] || y[i] < y[i + 1]) continue;
    const double top = 0.5 * (y[i - 1] - y[i + 1]) / (y[i - 1] - 2.0 * y[i] + y[i + 1]);
    ret_eV[n++]      = STEP_EV * ((double)(i - rise) + top);
  }
}

static void print_maxima(cuxas_simulator *const simulator[N_THEORY])
{
  cuxas_simulate_settings large             = CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulator        *way[N_THEORY + 1] = {NULL};
  double                  y[N_POINT], found_eV[2] = {NAN, NAN};
  memcpy(way, simulator, N_THEORY * sizeof *way);
  large.radius_A = 10.0, large.max_atom = 400;
  if (cuxas_simulator_new(&large, &way[N_THEORY], NULL) != CUXAS_OK) exit(1);
  printf("\nmaxima of K, eV behind the rise\n%-6s %9s   ", "", "measured");
  for (int t = 0; t <= N_THEORY; t++) printf(" | %-11s", t < N_THEORY ? THEORIES[t].name : "cuxas, 10 A");
  printf("\n");
  for (size_t i = 0; i < N_FOIL; i++) {
    printf("%-6s %5.1f %5.1f ", FOILS[i].symbol, FOILS[i].maximum_eV[0], FOILS[i].maximum_eV[1]);
    for (int t = 0; t <= N_THEORY; t++) {
      cuxas_simulation *simulation = simulate(way[t], find_metal(FOILS[i].symbol), "K");
      sample(&simulation->edge[0], y);
      find_maxima(y, found_eV);
      printf(" | %5.1f %5.1f", found_eV[0], found_eV[1]);
      cuxas_simulation_free(simulation);
    }
    printf("\n");
  }
  cuxas_simulator_free(way[N_THEORY]);
}

static bool draw(cuxas_simulator *const simulator[N_THEORY], const char *path)
{
  static sheet             s          = {.title = "Edges of 3d metals"};
  static const char *const SHOWN[][2] = {{"Ni", "L3"}, {"Zn", "L3"}, {"Fe", "L3"}, {"Ni", "K"}, {"Cu", "K"}};
  sheet_legend(&s, "theory cuxas", SHEET_OWN);
  sheet_legend(&s, "theory feff", SHEET_FEFF);
  for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
    sheet_panel *panel = &s.panel[s.n_panel++];
    const metal *m     = find_metal(SHOWN[i][0]);
    for (int t = 0; t < N_THEORY; t++) {
      cuxas_simulation *simulation = simulate(simulator[t], m, SHOWN[i][1]);
      panel->curve[t].grid         = sample(&simulation->edge[0], panel->curve[t].y);
      panel->curve[t].line         = t == 0 ? SHEET_OWN : SHEET_FEFF;
      cuxas_simulation_free(simulation);
    }
    const double table_eV = SHOWN[i][1][0] == 'K' ? m->k_eV : m->l3_eV;
    panel->n_curve        = N_THEORY;
    panel->low_eV         = panel->curve[0].grid.start_eV;
    panel->high_eV        = panel->low_eV + 60.0;
    snprintf(panel->title, sizeof panel->title, "%s %s", m->symbol, SHOWN[i][1]);
    snprintf(panel->note, sizeof panel->note, "binding energy %.1f eV", table_eV);
  }
  return sheet_save(&s, path);
}

int main(int argc, char **argv)
{
  cuxas_simulator *simulator[N_THEORY];
  print_energies();
  for (int t = 0; t < N_THEORY; t++) simulator[t] = make_simulator(THEORIES[t].theory, true);
  print_maxima(simulator);
  const bool is_drawn = argc < 2 || draw(simulator, argv[1]);
  for (int t = 0; t < N_THEORY; t++) cuxas_simulator_free(simulator[t]);
  return is_drawn ? 0 : 1;
}
