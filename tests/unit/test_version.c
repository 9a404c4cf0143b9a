/* the umbrella header: one include, and the release it belongs to */
#include "cuxas.h"

#include "check.h"

static void test_library_says_its_release(void)
{
  int major, minor, patch, n_char = 0;
  CHECK(sscanf(cuxas_version(), "%d.%d.%d%n", &major, &minor, &patch, &n_char) == 3);
  CHECK(cuxas_version()[n_char] == '\0');
  CHECK_TEXT(cuxas_version(), CUXAS_VERSION);
}

int main(void)
{
  RUN(test_library_says_its_release);
  return CHECK_REPORT();
}
