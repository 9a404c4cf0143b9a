/* test_standards.c - which standard is the measurement itself? */
#include "check.h"
#include "match/hits.h"

#include <string.h>
#include <unistd.h>

#define QUERY "23591b169e44faecd9c21b352de42e994118d1effa555966f533e65682c4f34c"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

static char PATH[] = "/tmp/cuxas-test-standards-XXXXXX";

static void write_file(const char *text)
{
  FILE *out = fopen(PATH, "w");
  if (out == NULL) abort();
  fputs(text, out);
  fclose(out);
}

static bool is_marked(const char *file_sha256, cuxas_candidate_kind kind)
{
  cuxas_hit  hit  = {.path = PATH, .kind = kind};
  cuxas_hits hits = {.n_hit = 1, .hit = &hit};
  memcpy(hit.sha256, file_sha256, sizeof hit.sha256);
  CHECK_STATUS(cuxas_standards_mark(&hits, QUERY, NULL), CUXAS_OK);
  return hit.is_query;
}

static void test_the_measured_file_itself_is_known_by_its_checksum(void)
{
  write_file("energy,mu\n1,2\n");
  CHECK(is_marked(QUERY, CUXAS_CANDIDATE_SPECTRUM));
  CHECK(!is_marked(OTHER, CUXAS_CANDIDATE_SPECTRUM));
}

static void test_what_was_made_from_it_says_so_in_its_head(void)
{
  write_file("# Cu2O\n# input sha256 " QUERY "\nenergy,mu\n1,2\n");
  CHECK(is_marked(OTHER, CUXAS_CANDIDATE_SPECTRUM));
  write_file("# Cu2O\n# input sha256 " OTHER "\nenergy,mu\n1,2\n");
  CHECK(!is_marked(OTHER, CUXAS_CANDIDATE_SPECTRUM));
  write_file("energy,mu\n# input sha256 " QUERY "\n1,2\n"); /* no head any more */
  CHECK(!is_marked(OTHER, CUXAS_CANDIDATE_SPECTRUM));
}

static void test_structures_are_never_the_measurement(void)
{
  write_file("# input sha256 " QUERY "\n");
  CHECK(!is_marked(QUERY, CUXAS_CANDIDATE_STRUCTURE));
}

static void test_a_file_that_is_gone_is_an_error(void)
{
  cuxas_hit   hit  = {.path = "/nowhere/standard.csv", .kind = CUXAS_CANDIDATE_SPECTRUM};
  cuxas_hits  hits = {.n_hit = 1, .hit = &hit};
  cuxas_error err  = {.message = ""};
  CHECK_STATUS(cuxas_standards_mark(&hits, QUERY, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "/nowhere/standard.csv");
}

int main(void)
{
  const int file = mkstemp(PATH);
  if (file < 0) return 1;
  close(file);
  RUN(test_the_measured_file_itself_is_known_by_its_checksum);
  RUN(test_what_was_made_from_it_says_so_in_its_head);
  RUN(test_structures_are_never_the_measurement);
  RUN(test_a_file_that_is_gone_is_an_error);
  unlink(PATH);
  return CHECK_REPORT();
}
