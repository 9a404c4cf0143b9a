/* Tests of what the page of cuxas-match --serve keeps: as many files and bytes as cuxas-formats(5) lists, and one more is refused. */
#include "check.h"
#include "cmd/serve_dropped.h"

#include <unistd.h>

static const char SCAN[] = "930 1\n931 2\n932 1\n", CELL[] = "Cu\n1\n2 0 0\n0 2 0\n0 0 2\nCu\n1\nDirect\n0 0 0\n";

static void test_the_page_takes_1000_measured_files(void)
{
  static cuxas_dropped dropped;
  cuxas_error          err = {0};
  dropped.n_measured       = 998; /* all of them were removed */
  for (int i = 998; i < 1000; i++)
    CHECK_STATUS(cuxas_dropped_take_measured(&dropped, "scan.dat", SCAN, strlen(SCAN), &err), CUXAS_OK);
  CHECK(dropped.n_measured == 1000);
  CHECK_STATUS(cuxas_dropped_take_measured(&dropped, "scan.dat", SCAN, strlen(SCAN), &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "1000");
  cuxas_dropped_clear(&dropped);
}

static void test_the_page_takes_500_candidates(void)
{
  static cuxas_dropped dropped;
  char                 what[CUXAS_FORMULA_SIZE], name[32];
  cuxas_error          err = {0};
  while (dropped.n_candidate < 495) dropped.candidate[dropped.n_candidate++].name = strdup("another");
  for (int i = 495; i <= 500; i++) {
    snprintf(name, sizeof name, "cell%d.vasp", i);
    CHECK_STATUS(cuxas_dropped_take_candidate(&dropped, name, CELL, strlen(CELL), what, &err),
                 i < 500 ? CUXAS_OK : CUXAS_ERANGE);
  }
  CHECK_CONTAINS(err.message, "500 candidates are the most");
  CHECK_STATUS(cuxas_dropped_take_candidate(&dropped, "cell497.vasp", CELL, strlen(CELL), what, &err), CUXAS_OK);
  CHECK(dropped.n_candidate == 500);
  cuxas_dropped_clear(&dropped);
}

static void test_the_page_takes_256_megabytes_until_some_are_removed(void)
{
  static cuxas_dropped dropped;
  const size_t         n_byte = (size_t)256 << 20;
  char                *bytes  = malloc(n_byte);
  cuxas_error          err    = {0};
  if (bytes == NULL) SKIP("no 256 MiB of memory here");
  memset(bytes, '#', n_byte);
  CHECK_STATUS(cuxas_dropped_take_measured(&dropped, "all.dat", bytes, n_byte, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_dropped_take_measured(&dropped, "scan.dat", SCAN, 1, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "256 MB are the most");
  cuxas_dropped_forget(&dropped, &dropped.measured[0]);
  CHECK_STATUS(cuxas_dropped_take_measured(&dropped, "scan.dat", SCAN, strlen(SCAN), &err), CUXAS_OK);
  cuxas_dropped_clear(&dropped);
  free(bytes);
}

int main(void)
{
  RUN(test_the_page_takes_1000_measured_files);
  RUN(test_the_page_takes_500_candidates);
  RUN(test_the_page_takes_256_megabytes_until_some_are_removed);
  return CHECK_REPORT();
}
