/* measured_priv.h - what reading and merging of measured spectra share */
#ifndef CUXAS_MEASURED_PRIV_H
#define CUXAS_MEASURED_PRIV_H
#include "cuxas/measured.h"

/* cuxas_measured_survey() - fills in what the points look like: range, steps, order, repeated energies, pedestal */
cuxas_status cuxas_measured_survey(const cuxas_spectrum *spectrum, cuxas_measured_info *info, cuxas_error *err);

#endif
