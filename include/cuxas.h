/* cuxas.h - the whole library in flow order: files -> spectrum and crystal -> prediction -> comparison -> report
 *
 * Every header below stands alone too; a program that needs one thing includes one of them. The shortest way through is
 * in examples/02-library/match.c:
 *
 *   cuxas_model_read()            a trained model
 *   cuxas_session_new()           candidate files, opened once
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

/* base: errors, memory, files, text, elements */
#include "cuxas/status.h"
#include "cuxas/output.h"
#include "cuxas/elements.h"

/* io: measured spectra, crystals, candidate files */
#include "cuxas/spectrum.h"
#include "cuxas/measured.h"
#include "spectrum/merge.h"
#include "cuxas/preprocess.h"
#include "cuxas/crystal.h"
#include "crystal/same_crystal.h"
#include "crystal/crystal_write.h"
#include "crystal/database.h"
#include "cuxas/catalog.h"

/* model: crystal -> features -> predicted spectrum */
#include "crystal/neighbor.h"
#include "crystal/oxidation.h"
#include "cuxas/model.h"
#include "cuxas/predict.h"

/* training: simulations -> model; networks from elsewhere */
#include "cuxas/records.h"
#include "records/record_file.h"
#include "records/feff.h"
#include "cuxas/simulate.h"
#include "records/simulations.h"
#include "records/external.h"
#include "records/dataset.h"
#include "records/split.h"
#include "learn/reduction.h"
#include "learn/train.h"
#include "learn/ensemble.h"
#include "learn/crossval.h"
#include "learn/import.h"
#include "learn/join.h"

/* match: measured against predicted */
#include "spectrum/curve.h"
#include "cuxas/onset.h"
#include "cuxas/compare.h"
#include "cuxas/match.h"
#include "cuxas/library.h"
#include "match/simulated.h"
#include "cuxas/shortlist.h"
#include "match/hits.h"
#include "cuxas/detail.h"
#include "match/significance.h"
#include "match/support.h"
#include "match/diagnostics.h"
#include "cuxas/mixture.h"
#include "evaluate/calibration.h"

/* evaluation: held-out predictions -> what a model is good for */
#include "evaluate/analysis.h"
#include "evaluate/evaluation.h"

/* report: what was found, in files */
#include "learn/loss_figure.h"
#include "cuxas/report.h"
#include "report/overview.h"
#include "report/prediction_file.h"
#include "evaluate/validation.h"
#include "evaluate/identification.h"
#include "evaluate/evaluation_report.h"

#ifdef __cplusplus
}
#endif

#endif
