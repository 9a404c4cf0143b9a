/* cuxas.h - the whole library in flow order: files -> spectrum and crystal -> prediction -> comparison -> report
 *
 * Every header below stands alone too; a program that needs one thing includes one of them. The shortest way through is
 * in examples/02-library/match.c:
 *
 *   cuxas_model_read()                                       a trained model
 *   cuxas_measured_read() -> cuxas_preprocess_measured()     a measured file -> values on the model's energies
 *   cuxas_query_new()                                        ... -> a question
 *   cuxas_catalog_list() -> cuxas_match_catalog()            candidate files -> ranked hits */
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
#include "cuxas/version.h"
#include "cuxas/status.h"
#include "cuxas/memory.h"
#include "cuxas/hash.h"
#include "cuxas/output.h"
#include "cuxas/text.h"
#include "cuxas/warnings.h"
#include "cuxas/elements.h"

/* io: measured spectra, crystals, candidate files */
#include "cuxas/spectrum.h"
#include "cuxas/measured.h"
#include "cuxas/merge.h"
#include "cuxas/preprocess.h"
#include "cuxas/crystal.h"
#include "cuxas/same_crystal.h"
#include "cuxas/symmetry.h"
#include "cuxas/crystal_write.h"
#include "cuxas/database.h"
#include "cuxas/catalog.h"
#include "cuxas/composition.h"

/* model: crystal -> features -> predicted spectrum */
#include "cuxas/neighbor.h"
#include "cuxas/coordination.h"
#include "cuxas/oxidation.h"
#include "cuxas/tensors.h"
#include "cuxas/featurizer.h"
#include "cuxas/dense.h"
#include "cuxas/error_profile.h"
#include "cuxas/kernel.h"
#include "cuxas/model.h"
#include "cuxas/predict.h"

/* training: simulations -> model; networks from elsewhere */
#include "cuxas/records.h"
#include "cuxas/record_file.h"
#include "cuxas/feff.h"
#include "cuxas/simulate.h"
#include "cuxas/simulations.h"
#include "cuxas/foreign.h"
#include "cuxas/dataset.h"
#include "cuxas/split.h"
#include "cuxas/reduction.h"
#include "cuxas/train.h"
#include "cuxas/ensemble.h"
#include "cuxas/crossval.h"
#include "cuxas/graphnet.h"
#include "cuxas/import.h"
#include "cuxas/join.h"

/* match: measured against predicted */
#include "cuxas/metric.h"
#include "cuxas/broaden.h"
#include "cuxas/onset.h"
#include "cuxas/compare.h"
#include "cuxas/match.h"
#include "cuxas/library.h"
#include "cuxas/simulated_file.h"
#include "cuxas/shortlist.h"
#include "cuxas/standards.h"
#include "cuxas/detail.h"
#include "cuxas/background.h"
#include "cuxas/significance.h"
#include "cuxas/uniformity.h"
#include "cuxas/support.h"
#include "cuxas/doubts.h"
#include "cuxas/mixture.h"
#include "cuxas/degrade.h"
#include "cuxas/calibration.h"

/* evaluation: held-out predictions -> what a model is good for */
#include "cuxas/analysis.h"
#include "cuxas/evaluation.h"

/* report: what was found, in files */
#include "cuxas/figure.h"
#include "cuxas/loss_figure.h"
#include "cuxas/report.h"
#include "cuxas/overview.h"
#include "cuxas/prediction_file.h"
#include "cuxas/validation.h"
#include "cuxas/identification.h"
#include "cuxas/evaluation_report.h"

#ifdef __cplusplus
}
#endif

#endif
