/* cuxas.h - the whole library in flow order: files -> spectrum and crystal -> prediction -> comparison -> report
 *
 * Every header below stands alone too; a program that needs one thing includes one of them. The shortest way through is
 * in examples/02-library/match.c:
 *
 *   cuxas_model_read()            a trained model
 *   cuxas_session_new()           candidate files, opened once
 *   cuxas_session_use_data()      measured spectra and all else that is bundled
 *   cuxas_session_identify()      a measured file -> ranked hits, and how far they can be trusted
 *   cuxas_result_write()          ... -> a report */
#ifndef CUXAS_H
#define CUXAS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "cuxas/status.h"
#include "cuxas/output.h"
#include "cuxas/spectrum.h"
#include "cuxas/measured.h"
#include "cuxas/preprocess.h"
#include "cuxas/crystal.h"
#include "cuxas/catalog.h"
#include "cuxas/model.h"
#include "cuxas/predict.h"
#include "cuxas/records.h"
#include "cuxas/simulate.h"
#include "cuxas/compare.h"
#include "cuxas/match.h"
#include "cuxas/report.h"

#ifdef __cplusplus
}
#endif

#endif
