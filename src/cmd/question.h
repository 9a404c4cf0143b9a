/* question.h - the question that cuxas-match and cuxas-validate share: a measured file, made ready to be compared
 *
 * Their options for reading and comparing are the same rows, so that both mean the same by the same name. */
#ifndef CUXAS_CMD_QUESTION_H
#define CUXAS_CMD_QUESTION_H
#include "cuxas/match.h"
#include "cuxas/measured.h"
#include "cuxas/model.h"
#include "cuxas/preprocess.h"
#include "cmd/options.h"

/* Rows of an option table for one measured file; cuxas_question_read_all() reads them. */
#define CUXAS_MEASURED_OPTIONS                                                                                         \
  {"energy-column",                                                                                                    \
   0,                                                                                                                  \
   OPT_TEXT,                                                                                                           \
   "COLUMN",                                                                                                           \
   NULL,                                                                                                               \
   NULL,                                                                                                               \
   "Measured file",                                                                                                    \
   "column of the photon energy, by name or number from 1; default: detected",                                         \
   0},                                                                                                                 \
      {"signal", 0,    OPT_TEXT,        "COLUMN",                                                                      \
       NULL,     NULL, "Measured file", "column of the absorption signal; default: detected",                          \
       0},                                                                                                             \
      {"i0", 0, OPT_TEXT, "COLUMN", NULL, NULL, "Measured file", "column the signal is divided by; default: none", 0}, \
      {"invert", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "change the signal's sign (a dip is a peak)", 0},     \
      {"scan",                                                                                                         \
       0,                                                                                                              \
       OPT_LIST,                                                                                                       \
       "SCAN",                                                                                                         \
       NULL,                                                                                                           \
       NULL,                                                                                                           \
       "Measured file",                                                                                                \
       "of SPEC files and Athena projects: number or label; several, each with its own --scan, are merged",            \
       0},                                                                                                             \
      {"dataset",                                                                                                      \
       0,                                                                                                              \
       OPT_TEXT,                                                                                                       \
       "PATH",                                                                                                         \
       NULL,                                                                                                           \
       NULL,                                                                                                           \
       "Measured file",                                                                                                \
       "of HDF5 files: group or dataset inside, as /entry/data; default: by NeXus attributes",                         \
       0},                                                                                                             \
  {                                                                                                                    \
    "merge", 0, OPT_LIST, "FILE", NULL, NULL, "Measured file",                                                         \
        "another measured file of the same sample, merged with MEASURED; may be repeated", 0                           \
  }

/* Rows of an option table; fwhm, hole and shift-center take what the model says unless they are given. */
#define CUXAS_MODEL_OPTIONS                                                                                            \
  {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Prediction", "model file; default: the bundled one", 0},               \
  {                                                                                                                    \
    "data", 0, OPT_PATH, "DIR", NULL, NULL, "Prediction",                                                              \
        "folder of the bundled data; default: $CUXAS_DATA, else what was installed with the program", OPT_SHAPES_RUN   \
  }

#define CUXAS_COMPARE_OPTIONS                                                                                          \
  {"smooth", 0, OPT_REAL, "EV", "0.2", "0:10", "Comparison", "smooth the measurement by exp(-(dE/s)^2) of this s, eV", \
   0},                                                                                                                 \
      {"range",                                                                                                        \
       'r',                                                                                                            \
       OPT_RANGE,                                                                                                      \
       "LOW:HIGH",                                                                                                     \
       NULL,                                                                                                           \
       "0:1000000",                                                                                                    \
       "Comparison",                                                                                                   \
       "compare only these photon energies, eV; default: all that is measured and predicted",                          \
       0},                                                                                                             \
      {"scale",                                                                                                        \
       0,                                                                                                              \
       OPT_CHOICE,                                                                                                     \
       "HOW",                                                                                                          \
       "minmax",                                                                                                       \
       "minmax|edge-step|least-squares",                                                                               \
       "Comparison",                                                                                                   \
       "vertical scale: minmax puts both curves on 0 ... 1 (the published convention)",                                \
       0},                                                                                                             \
      {"shift",                                                                                                        \
       's',                                                                                                            \
       OPT_CHOICE,                                                                                                     \
       "HOW",                                                                                                          \
       "fit",                                                                                                          \
       "fit|common|fixed:-100:100|-100:100",                                                                           \
       "Comparison",                                                                                                   \
       "energy shift of the predictions: each candidate's best, one common to all, or this many eV",                   \
       0},                                                                                                             \
      {"shift-window",                                                                                                 \
       0,                                                                                                              \
       OPT_REAL,                                                                                                       \
       "EV",                                                                                                           \
       "6",                                                                                                            \
       "0:50",                                                                                                         \
       "Comparison",                                                                                                   \
       "largest distance of the shift from its centre, eV",                                                            \
       0},                                                                                                             \
      {"shift-center",                                                                                                 \
       0,                                                                                                              \
       OPT_CHOICE,                                                                                                     \
       "EV",                                                                                                           \
       "model",                                                                                                        \
       "model|-100:100",                                                                                               \
       "Comparison",                                                                                                   \
       "centre of the window of shifts, eV; model: the shift its predictions usually need",                            \
       0},                                                                                                             \
      {"shift-criterion",                                                                                              \
       0,                                                                                                              \
       OPT_CHOICE,                                                                                                     \
       "NAME",                                                                                                         \
       "score",                                                                                                        \
       "score|correlation|mae",                                                                                        \
       "Comparison",                                                                                                   \
       "what the fit optimises: the likelihood, with width and core-hole fraction; correlation of values and slopes; " \
       "or the "                                                                                                       \
       "MAE, known for false optima",                                                                                  \
       0},                                                                                                             \
      {"fwhm",                                                                                                         \
       0,                                                                                                              \
       OPT_CHOICE,                                                                                                     \
       "EV",                                                                                                           \
       "fit",                                                                                                          \
       "fit|model|0:20",                                                                                               \
       "Comparison",                                                                                                   \
       "broaden the predictions by a Gaussian: of the model's width, of this one, eV, or fitted around the model's; "  \
       "0: the "                                                                                                       \
       "published comparison",                                                                                         \
       0},                                                                                                             \
  {                                                                                                                    \
    "hole", 0, OPT_CHOICE, "HOW", "model", "model|fit|0:1", "Comparison",                                              \
        "weight of predictions without a core hole against those with a screened one: a number, or fitted; model: "    \
        "fitted when the model has both, else 1",                                                                      \
        0                                                                                                              \
  }

#define CUXAS_RANK_OPTION                                                                                              \
  {                                                                                                                    \
    "rank", 0, OPT_CHOICE, "BY", "score", "score|agreement", "Comparison",                                             \
        "rank by the likelihood, or by the sum of the ranks by MAE and by Spearman", 0                                 \
  }

typedef struct {
  char                      sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_spectrum           *spectrum; /* as in the file, or merged */
  cuxas_measured_info      *info;
  cuxas_prepared           *prepared;
  cuxas_query              *query;
  cuxas_preprocess_settings preprocess; /* as used, also for candidates that are spectra */
  cuxas_compare_settings    compare;
} cuxas_question;

/* cuxas_question_read() - reads the measured file: spectrum, info, sha256
 *
 *   path  a file, or "-" for standard input
 *
 * Returns  CUXAS_OK; as cuxas_measured_read(). The caller ends it with cuxas_question_free() in any case. */
cuxas_status cuxas_question_read(const char *path, const cuxas_measured_options *how, cuxas_question *ret_question,
                                 cuxas_error *err);

/* cuxas_question_read_all() - the same as CUXAS_MEASURED_OPTIONS say: the file, and all that is merged with it */
cuxas_status cuxas_question_read_all(const char *path, const cuxas_options *options, cuxas_question *ret_question,
                                     cuxas_error *err);

/* cuxas_question_settle() - replaces what depends on the model in the options (fwhm, hole, shift-center) by its values; a
 * width that the criterion cannot fit is the model's */
cuxas_status cuxas_question_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err);

#define CUXAS_EELS_SMOOTH_EV 0.3 /* s of the smoothing: counts are few */
#define CUXAS_EELS_FWHM_EV                                                                                             \
  0.5 /* added in quadrature to the model's broadening: 0.5 to 1 eV of a microscope's resolution */
#define CUXAS_EELS_WINDOW_EV 8.0 /* half width of the window of shifts: the loss axis is calibrated less well */

/* cuxas_question_settle_eels() - gives smooth, fwhm and shift-window the values above where they are not given, for an
 * energy-loss spectrum: with --eels, or when the file says that it is one
 *
 *   opt_info  NULL: only --eels decides */
cuxas_status cuxas_question_settle_eels(cuxas_options *options, const cuxas_measured_info *opt_info,
                                        const cuxas_model *model, cuxas_error *err);

/* cuxas_question_check_networks() - CUXAS_OK; CUXAS_EUNSUPPORTED a model without networks */
cuxas_status cuxas_question_check_networks(const cuxas_model *model, cuxas_error *err);

/* cuxas_question_check() - can this model answer what the options ask?
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED a model without networks, or a core-hole fraction that it has no networks for. */
cuxas_status cuxas_question_check(const cuxas_options *options, const cuxas_model *model, cuxas_error *err);

/* cuxas_question_pose() - preprocessing, settings of the comparison, and the query
 *
 * Warns in question->info when the file states another element or edge than the model's.
 *
 *   smooth_eV  s of the smoothing, eV
 *
 * Returns  CUXAS_OK; as cuxas_preprocess_measured(), cuxas_query_new() and cuxas_question_check(). */
cuxas_status cuxas_question_pose(cuxas_question *question, const char *path, const cuxas_options *options,
                                 const cuxas_model *model, double smooth_eV, cuxas_error *err);

/* cuxas_question_free() - accepts a zeroed question */
void cuxas_question_free(cuxas_question *question);

/* cuxas_question_ranking() - of CUXAS_RANK_OPTION */
cuxas_ranking cuxas_question_ranking(const cuxas_options *options);

/* cuxas_question_open_model() - reads the model of --model, or the bundled one */
cuxas_status cuxas_question_open_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err);

#endif
