#include "check.h"

#include "cuxas/catalog.h"
#include "match/hits.h"

static cuxas_element_set parse(const char *list)
{
  cuxas_element_set set = {{false}};
  CHECK_STATUS(cuxas_composition_parse(list, &set, NULL), CUXAS_OK);
  return set;
}

static void check_passes(const cuxas_composition_filter *filter, size_t n_site, const int *atomic_numbers,
                         const char *reason)
{
  char           got[CUXAS_COMPOSITION_REASON_SIZE];
  cuxas_crystal *crystal = cuxas_crystal_new(n_site);
  memcpy(crystal->atomic_number, atomic_numbers, n_site * sizeof *atomic_numbers);
  CHECK(cuxas_composition_passes(filter, crystal, got) == (reason[0] == '\0'));
  CHECK(cuxas_composition_passes(filter, crystal, NULL) == (reason[0] == '\0'));
  CHECK_TEXT(got, reason);
  cuxas_crystal_free(crystal);
}

static void test_lists_of_symbols(void)
{
  const char *same[] = {"Cu,Fe,S", " Cu, Fe ,S ", "S Fe Cu", "Cu,,Fe,S,", "Cu,Fe,S,Cu"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    const cuxas_element_set set = parse(same[i]);
    for (int z = 1; z <= CUXAS_N_ELEMENT; z++) CHECK(set.has[z] == (z == 29 || z == 26 || z == 16));
  }
}

static void test_wrong_lists(void)
{
  const struct {
    const char *list, *message;
  } cases[] = {{"Cu,Xx", "unknown element 'Xx' in 'Cu,Xx'"},
               {"cu", "unknown element 'cu'"},
               {"Copper", "unknown element 'Copper'"},
               {"Cu;Fe", "unknown element 'Cu;Fe'"},
               {"", "no element named"},
               {" , ", "no element named"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_error       err = {0};
    cuxas_element_set set = {{false}};
    set.has[8]            = true;
    CHECK_STATUS(cuxas_composition_parse(cases[i].list, &set, &err), CUXAS_ERANGE);
    CHECK_CONTAINS(err.message, cases[i].message);
    CHECK(set.has[8] && !set.has[29]); /* untouched */
  }
}

static void test_empty_filter_passes_everything(void)
{
  check_passes(&(cuxas_composition_filter){0}, 3, (int[]){29, 8, 118}, "");
}

static void test_elements_allow_nothing_else(void)
{
  const cuxas_composition_filter filter = {.is_limited = true, .allowed = parse("Cu,Fe,S")};
  check_passes(&filter, 4, (int[]){29, 26, 16, 16}, "");
  check_passes(&filter, 2, (int[]){29, 16}, ""); /* not all of them need be there */
  check_passes(&filter, 2, (int[]){29, 8}, "contains O, which is not among the elements allowed");
}

static void test_required_and_excluded_elements(void)
{
  const cuxas_composition_filter filter = {.required = parse("Cu,S"), .excluded = parse("As,O")};
  check_passes(&filter, 3, (int[]){29, 26, 16}, "");
  check_passes(&filter, 2, (int[]){29, 26}, "does not contain S, which is required");
  check_passes(&filter, 3, (int[]){29, 33, 16}, "contains As, which is excluded");
}

/* What is missing may be in another component of a sum; what is there and must not be cannot. */
static void test_a_formula_is_possible_and_complete_where_a_crystal_of_its_elements_passes(void)
{
  static const char *const       FORMULA[] = {"CuO", "Cu2O", "CuS", "CuFeS2", "Cu", "CuZnS"};
  const cuxas_composition_filter filter    = {
         .is_limited = true, .allowed = parse("Cu,Fe,S,Zn"), .required = parse("S"), .excluded = parse("Zn")};
  for (size_t i = 0; i < sizeof FORMULA / sizeof *FORMULA; i++) {
    cuxas_element_set set;
    char              reason[CUXAS_COMPOSITION_REASON_SIZE];
    cuxas_formula_elements(FORMULA[i], &set);
    const bool passes      = cuxas_elements_pass(&filter, &set, reason);
    const bool is_possible = cuxas_formula_is_possible(FORMULA[i], &filter),
               is_complete = cuxas_formula_is_complete(FORMULA[i], &filter);
    CHECK(passes == (is_possible && is_complete));
    CHECK(is_possible == (i >= 2 && i <= 4));
    CHECK(is_complete == (set.has[16]));
    CHECK(cuxas_formula_is_possible(FORMULA[i], NULL) && cuxas_formula_is_complete(FORMULA[i], NULL));
  }
}

int main(void)
{
  RUN(test_lists_of_symbols);
  RUN(test_wrong_lists);
  RUN(test_empty_filter_passes_everything);
  RUN(test_elements_allow_nothing_else);
  RUN(test_required_and_excluded_elements);
  RUN(test_a_formula_is_possible_and_complete_where_a_crystal_of_its_elements_passes);
  return CHECK_REPORT();
}
