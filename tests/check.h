/* check.h - the whole test framework: CHECK what must hold, RUN each test, CHECK_REPORT at the end of main()
 *
 * A test function may SKIP("reason") where its data is absent. Each program ends with "N passed, N failed, N skipped". */
#ifndef CHECK_H
#define CHECK_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int         check_n_failure, check_n_passed, check_n_failed, check_n_skipped;
static const char *check_skip_reason;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("    %s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                                        \
      check_n_failure++;                                                                                               \
    }                                                                                                                  \
  } while (0)

#define CHECK_NEAR(got, expected, tolerance)                                                                           \
  do {                                                                                                                 \
    const double got_ = (double)(got), expected_ = (double)(expected), tolerance_ = (tolerance);                       \
    if (!(fabs(got_ - expected_) <= tolerance_)) {                                                                     \
      printf("    %s:%d: %s is %.12g, expected %.12g +- %.3g\n", __FILE__, __LINE__, #got, got_, expected_,            \
             tolerance_);                                                                                              \
      check_n_failure++;                                                                                               \
    }                                                                                                                  \
  } while (0)

#define CHECK_TEXT(got, expected)                                                                                      \
  do {                                                                                                                 \
    const char *got_ = (got), *expected_ = (expected);                                                                 \
    if (got_ == NULL || strcmp(got_, expected_) != 0) {                                                                \
      printf("    %s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #got, got_ ? got_ : "(null)",           \
             expected_);                                                                                               \
      check_n_failure++;                                                                                               \
    }                                                                                                                  \
  } while (0)

#define CHECK_CONTAINS(text, part)                                                                                     \
  do {                                                                                                                 \
    const char *text_ = (text), *part_ = (part);                                                                       \
    if (text_ == NULL || strstr(text_, part_) == NULL) {                                                               \
      printf("    %s:%d: %s is \"%s\", should contain \"%s\"\n", __FILE__, __LINE__, #text, text_ ? text_ : "(null)",  \
             part_);                                                                                                   \
      check_n_failure++;                                                                                               \
    }                                                                                                                  \
  } while (0)

#define CHECK_STATUS(call, expected)                                                                                   \
  do {                                                                                                                 \
    const cuxas_status got_ = (call), expected_ = (expected);                                                          \
    if (got_ != expected_) {                                                                                           \
      printf("    %s:%d: %s gives %s, expected %s\n", __FILE__, __LINE__, #call, cuxas_status_name(got_),              \
             cuxas_status_name(expected_));                                                                            \
      check_n_failure++;                                                                                               \
    }                                                                                                                  \
  } while (0)

#define SKIP(reason)                                                                                                   \
  do {                                                                                                                 \
    check_skip_reason = (reason);                                                                                      \
    return;                                                                                                            \
  } while (0)

#define RUN(test)                                                                                                      \
  do {                                                                                                                 \
    const int before_ = check_n_failure;                                                                               \
    check_skip_reason = NULL;                                                                                          \
    test();                                                                                                            \
    if (check_n_failure > before_) {                                                                                   \
      printf("  FAILED  %s\n", #test);                                                                                 \
      check_n_failed++;                                                                                                \
    } else if (check_skip_reason != NULL) {                                                                            \
      printf("  skipped %s: %s\n", #test, check_skip_reason);                                                          \
      check_n_skipped++;                                                                                               \
    } else {                                                                                                           \
      printf("  ok      %s\n", #test);                                                                                 \
      check_n_passed++;                                                                                                \
    }                                                                                                                  \
    fflush(stdout);                                                                                                    \
  } while (0)

#define CHECK_REPORT()                                                                                                 \
  (printf("%d passed, %d failed, %d skipped\n", check_n_passed, check_n_failed, check_n_skipped), check_n_failed != 0)

/* shared_data() - path of a file below the shared data folder ($CUXAS_SHARED, default ../shared/data); NULL when it is
 * not there. The caller frees it. */
static inline char *shared_data(const char *name)
{
  const char  *root   = getenv("CUXAS_SHARED");
  const size_t n_byte = strlen(root ? root : "../shared/data") + strlen(name) + 2;
  char        *path   = malloc(n_byte);
  if (path == NULL) return NULL;
  snprintf(path, n_byte, "%s/%s", root ? root : "../shared/data", name);
  FILE *probe = fopen(path, "r");
  if (probe == NULL) {
    free(path);
    return NULL;
  }
  fclose(probe);
  return path;
}
#endif
