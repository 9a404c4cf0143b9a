#include "base/version.h"

const char *cuxas_version(void)
{
  return CUXAS_VERSION; /* given by the Makefile, the only place that states it */
}
