#include "check.h"
#include "crystal_text.h"

#define LATTICE "\"lattice\":{\"matrix\":[[4,0,0],[0,5,0],[1,0,6]]}"
#define SPECIES(element, occu) "\"species\":[{\"element\":\"" element "\",\"occu\":" occu "}]"
#define SITES                                                                                                          \
  "\"sites\":[{" SPECIES("Cu", "1") ",\"abc\":[0,0,0],\"xyz\":[9,9,9],\"label\":\"Cu\"},"                              \
                                    "{" SPECIES("O", "1.0") ",\"xyz\":[2.5,2.5,3]}]"

static void check_two_sites(const char *text)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_text(".json", text, &crystal, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  if (crystal == NULL) return;
  CHECK(crystal->n_site == 2 && crystal->atomic_number[0] == 29 && crystal->atomic_number[1] == 8);
  CHECK_NEAR(crystal->lattice_A[2][0], 1.0, 0);
  CHECK_NEAR(crystal->fractional[0][0], 0.0, 0); /* abc goes before xyz */
  for (int k = 0; k < 3; k++) CHECK_NEAR(crystal->fractional[1][k], 0.5, 1e-12);
  cuxas_crystal_free(crystal);
}

static void test_structure_of_pymatgen(void)
{
  check_two_sites("{\"@class\":\"Structure\",\"charge\":null," LATTICE "," SITES "}");
}

static void test_document_of_the_materials_project(void)
{
  check_two_sites("{\"material_id\":\"mp-1\",\"nsites\":2,\"structure\":{" LATTICE "," SITES "}}");
}

static void test_lists_of_one(void)
{
  check_two_sites("[{" LATTICE "," SITES "}]");
  check_two_sites("\xef\xbb\xbf\r\n {\"meta\":{},\"data\":[{\"structure\":{" LATTICE "," SITES "}}]}\n");
}

static void check_refused(const char *text, cuxas_status status, const char *reason)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_text(".json", text, &crystal, &err), status);
  CHECK(crystal == NULL);
  if (strstr(err.message, reason) == NULL) CHECK_TEXT(err.message, reason);
  cuxas_crystal_free(crystal);
}

static void test_structures_that_are_refused(void)
{
#define WITH_SITE(site) "{" LATTICE ",\"sites\":[" site "]}"
#define WITH_ROWS(rows) "{\"lattice\":{\"matrix\":" rows "}," SITES "}"
  check_refused(WITH_SITE("{" SPECIES("Cu", "0.5") ",\"abc\":[0,0,0]}"), CUXAS_EUNSUPPORTED, "partial occupancy (0.5)");
  check_refused(
      WITH_SITE("{\"species\":[{\"element\":\"Cu\",\"occu\":1},{\"element\":\"Ag\",\"occu\":0}],\"abc\":[0,0,0]}"),
      CUXAS_EUNSUPPORTED, "partial occupancy");
  check_refused(WITH_SITE("{" SPECIES("Cu", "2") ",\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "more than 1");
  check_refused(WITH_SITE("{" SPECIES("Cu", "\"1\"") ",\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "occu is not a number");
  check_refused(WITH_SITE("{" SPECIES("Qq", "1") ",\"abc\":[0,0,0]}"), CUXAS_EUNSUPPORTED, "unknown element 'Qq'");
  check_refused(WITH_SITE("{\"species\":[],\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "no species");
  check_refused(WITH_SITE("{\"species\":[{}],\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "has no element");
  check_refused(WITH_SITE("{\"species\":7,\"abc\":[0,0,0]}"), CUXAS_EFORMAT, "no species");
  check_refused(WITH_SITE("7"), CUXAS_EFORMAT, "site 1 has no species");
  check_refused(WITH_SITE("{" SPECIES("Cu", "1") "}"), CUXAS_EFORMAT, "no coordinates");
  check_refused(WITH_SITE("{" SPECIES("Cu", "1") ",\"abc\":[0,0]}"), CUXAS_EFORMAT, "abc of site 1 is not a list");
  check_refused(WITH_SITE("{" SPECIES("Cu", "1") ",\"abc\":[0,\"x\",0]}"), CUXAS_EFORMAT,
                "something else than numbers");
  check_refused(WITH_SITE("{" SPECIES("Cu", "1") ",\"xyz\":[0,1e999,0]}"), CUXAS_EFORMAT, "too large");
  check_refused(WITH_SITE(""), CUXAS_EUNSUPPORTED, "no atoms");
  check_refused(WITH_ROWS("[[1,0,0],[0,1,0]]"), CUXAS_EFORMAT, "no matrix of three rows");
  check_refused(WITH_ROWS("null"), CUXAS_EFORMAT, "no matrix of three rows");
  check_refused(WITH_ROWS("[[1,0,0],[0,1,0],[1,1]]"), CUXAS_EFORMAT, "a row of the lattice matrix");
  check_refused(WITH_ROWS("[[1,0,0],[0,1,0],[1,1,0]]"), CUXAS_EFORMAT, "no volume");
}

static void test_text_that_is_refused(void)
{
  check_refused("{\n\"lattice\": {\n", CUXAS_EFORMAT, ":2: not valid JSON");
  check_refused("{" LATTICE "," SITES "} {}", CUXAS_EFORMAT, "not valid JSON");
  check_refused("{" LATTICE ",\"sites\":[NaN]}", CUXAS_EFORMAT, "not valid JSON");
  check_refused("{}", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused("[]", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused("{\"lattice\":1,\"sites\":2}", CUXAS_EUNSUPPORTED, "without a structure");
  check_refused("[{" LATTICE "," SITES "},{}]", CUXAS_EUNSUPPORTED, "holds 2 structures");
  char *deep = calloc(100001, 1);
  memset(deep, '[', 100000);
  check_refused(deep, CUXAS_EFORMAT, "not valid JSON");
  free(deep);
}

int main(void)
{
  RUN(test_structure_of_pymatgen);
  RUN(test_document_of_the_materials_project);
  RUN(test_lists_of_one);
  RUN(test_structures_that_are_refused);
  RUN(test_text_that_is_refused);
  return CHECK_REPORT();
}
