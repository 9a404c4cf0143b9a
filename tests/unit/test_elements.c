#include "check.h"

#include "base/elements.h"

static void test_symbols_and_numbers_are_inverse(void)
{
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) CHECK(cuxas_element_number(cuxas_element_find(z)->symbol) == z);
  CHECK(cuxas_element_number("Cu") == 29);
  CHECK(cuxas_element_number("Og") == 118);
}

static void test_exact_symbols_are_case_sensitive(void)
{
  const char *wrong[] = {"CU", "cu", "Cu ", "D", "", "Xx", "Cu2+"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(cuxas_element_number(wrong[i]) == 0);
}

static void test_numbers_outside_the_table_have_no_element(void)
{
  CHECK(cuxas_element_find(0) == NULL);
  CHECK(cuxas_element_find(-1) == NULL);
  CHECK(cuxas_element_find(119) == NULL);
}

static void test_labels_are_understood(void)
{
  const struct {
    const char *label;
    int         z;
  } cases[] = {{"Cu", 29},  {"Cu2+", 29}, {"CU", 29}, {"cu1", 29},  {"Cu1A", 29}, {"Cu_pv", 29}, {"O2-", 8},
               {"OW1", 8},  {"S", 16},    {"s", 16},  {"D", 1},     {"D1", 1},    {"T", 1},      {"CO", 27},
               {"HO1", 67}, {"Cua", 29},  {"Ti", 22}, {"Dy3+", 66}, {" Fe", 26},  {"O1a", 8},    {"V5+", 23},
               {"Wat1", 0}, {"Ow1", 0},   {"Vac", 0}, {"", 0},      {"?", 0},     {".", 0},      {"1Cu", 0},
               {"Xx", 0},   {"Q", 0},     {"J1", 0},  {"Na+", 11},  {"K1", 19},   {"N_1", 7},    {"\xc3\xa5", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_NEAR(cuxas_element_guess(cases[i].label), cases[i].z, 0);
}

static void test_valence_electrons_fill_up_to_the_atomic_number(void)
{
  const int core[] = {0, 0, 2, 10, 18, 36, 54, 86};
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const cuxas_element *e = cuxas_element_find(z);
    CHECK(e->period >= 1 && e->period <= 7);
    CHECK(core[e->period] + e->n_s + e->n_p + e->n_d + e->n_f == z);
    CHECK(e->n_s <= 2 && e->n_p <= 6 && e->n_d <= 10 && e->n_f <= 14);
  }
}

static void test_properties_are_in_their_physical_range(void)
{
  int n_falling = 0;
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const cuxas_element *e = cuxas_element_find(z);
    CHECK(e->electronegativity >= 0.7 && e->electronegativity < 5.0);
    CHECK(e->covalent_radius_A >= 0.28 && e->covalent_radius_A <= 2.60);
    CHECK(e->mass_u / z >= 1.0 && e->mass_u / z < 3.0);
    if (z > 1 && e->mass_u < cuxas_element_find(z - 1)->mass_u) n_falling++;
  }
  /* Ar/K, Co/Ni, Te/I, Th/Pa, U/Np, Pu/Am and Bh/Hs: the pairs out of order in nature */
  CHECK_NEAR(n_falling, 7, 0);
}

static void test_groups_follow_the_columns(void)
{
  const struct {
    const char *symbols[7];
    int         group;
  } columns[] = {{{"H", "Li", "Na", "K", "Rb", "Cs", "Fr"}, 1},
                 {{"Sc", "Y", "La", "Lu", "Ac", "Ce", "U"}, 3},
                 {{"Ti", "Zr", "Hf", "Rf", NULL}, 4},
                 {{"Cu", "Ag", "Au", "Rg", NULL}, 11},
                 {{"O", "S", "Se", "Te", "Po", "Lv", NULL}, 16},
                 {{"He", "Ne", "Ar", "Kr", "Xe", "Rn", "Og"}, 18}};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    for (size_t j = 0; j < 7 && columns[i].symbols[j] != NULL; j++)
      CHECK_NEAR(cuxas_element_find(cuxas_element_number(columns[i].symbols[j]))->group, columns[i].group, 0);
}

static void test_published_values_of_common_elements(void)
{
  const struct {
    const char *symbol;
    double      mass_u, electronegativity, covalent_radius_A;
    int         n_s, n_p, n_d, n_f;
  } known[] = {{"O", 15.999, 3.44, 0.66, 2, 4, 0, 0},   {"S", 32.06, 2.58, 1.05, 2, 4, 0, 0},
               {"Fe", 55.845, 1.83, 1.32, 2, 0, 6, 0},  {"Cu", 63.546, 1.90, 1.32, 1, 0, 10, 0},
               {"Pd", 106.42, 2.20, 1.39, 0, 0, 10, 0}, {"La", 138.91, 1.10, 2.07, 2, 0, 1, 0},
               {"Gd", 157.25, 1.20, 1.96, 2, 0, 1, 7},  {"Lu", 174.97, 1.27, 1.87, 2, 0, 1, 14},
               {"Hf", 178.49, 1.30, 1.75, 2, 0, 2, 14}, {"Pb", 207.2, 2.33, 1.46, 2, 2, 10, 14}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const cuxas_element *e = cuxas_element_find(cuxas_element_number(known[i].symbol));
    CHECK_NEAR(e->mass_u, known[i].mass_u, 1e-9);
    CHECK_NEAR(e->electronegativity, known[i].electronegativity, 1e-9);
    CHECK_NEAR(e->covalent_radius_A, known[i].covalent_radius_A, 1e-9);
    CHECK(e->n_s == known[i].n_s && e->n_p == known[i].n_p && e->n_d == known[i].n_d && e->n_f == known[i].n_f);
  }
}

int main(void)
{
  RUN(test_symbols_and_numbers_are_inverse);
  RUN(test_exact_symbols_are_case_sensitive);
  RUN(test_numbers_outside_the_table_have_no_element);
  RUN(test_labels_are_understood);
  RUN(test_valence_electrons_fill_up_to_the_atomic_number);
  RUN(test_properties_are_in_their_physical_range);
  RUN(test_groups_follow_the_columns);
  RUN(test_published_values_of_common_elements);
  return CHECK_REPORT();
}
