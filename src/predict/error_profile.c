#include "cuxas/error_profile.h"

#include "base/memory.h"

#include <stdlib.h>

cuxas_error_profile *cuxas_error_profile_new(cuxas_grid offset)
{
  cuxas_error_profile *profile = cuxas_new_array(1, sizeof *profile);
  if (profile == NULL) return NULL;
  profile->offset = offset;
  profile->rms    = cuxas_new_array(offset.n_energy, sizeof *profile->rms);
  if (profile->rms != NULL) return profile;
  free(profile);
  return NULL;
}

void cuxas_error_profile_free(cuxas_error_profile *profile)
{
  if (profile == NULL) return;
  free(profile->rms);
  free(profile);
}

double cuxas_error_profile_at(const cuxas_error_profile *profile, double offset_eV)
{
  const size_t last  = profile->offset.n_energy - 1;
  const double place = (offset_eV - profile->offset.start_eV) / profile->offset.step_eV;
  if (!(place > 0.0)) return profile->rms[0];
  if (!(place < (double)last)) return profile->rms[last];
  const size_t below = (size_t)place;
  const double part  = place - (double)below;
  return (1.0 - part) * profile->rms[below] + part * profile->rms[below + 1];
}
