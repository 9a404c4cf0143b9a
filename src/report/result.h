/* result.h - the report of what a session found */
#ifndef CUXAS_RESULT_H
#define CUXAS_RESULT_H
#include "cuxas/report.h"
#include "match/session.h"

/* cuxas_report_of() - the report of a result, which it borrows all of; program is "cuxas", there are no command and no
 * settings until the caller sets them */
void cuxas_report_of(const cuxas_result *result, cuxas_report *ret_report);

#endif
