/* training.h - what cuxas-train and cuxas-evaluate share: their options, and the records made ready to learn from */
#ifndef CUXAS_CMD_TRAINING_H
#define CUXAS_CMD_TRAINING_H
#include "learn/crossval.h"
#include "cmd/options.h"

/* Rows of an option table: the same names mean the same in both programs. */
#define CUXAS_TRAINING_OPTIONS CUXAS_TRAINING_OPTIONS_WITH("both")

/* The same with another default of --method. */
#define CUXAS_TRAINING_OPTIONS_WITH(METHOD)                                                                             \
  {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Records", "absorbing element", 0},                                    \
      {"edges",                                                                                                         \
       0,                                                                                                               \
       OPT_TEXT,                                                                                                        \
       "LIST",                                                                                                          \
       "L3=925:0.2:312,L2=945:0.2:312",                                                                                 \
       NULL,                                                                                                            \
       "Records",                                                                                                       \
       "edges and their grids: NAME=START_EV:STEP_EV:POINTS, by rising energy; the first is the one every record has",  \
       0},                                                                                                              \
      {"channels", 0,                                                                                                   \
       OPT_CHOICE, "NAME",                                                                                              \
       "no-hole",  "no-hole|screened-hole|both",                                                                        \
       "Records",  "simulations to learn from: without a core hole, with a statically screened one, or both",           \
       0},                                                                                                              \
      {"exclude",                                                                                                       \
       0,                                                                                                               \
       OPT_PATH,                                                                                                        \
       "FILE",                                                                                                          \
       NULL,                                                                                                            \
       NULL,                                                                                                            \
       "Records",                                                                                                       \
       "CSV with a column formula: compounds that may not be among the records; default: the bundled validation "       \
       "compounds",                                                                                                     \
       0},                                                                                                              \
      {"families", 0,    OPT_PATH,  "FILE",                                                                             \
       NULL,       NULL, "Records", "CSV with columns formula and family: compounds that are held out together",        \
       0},                                                                                                              \
      {"split",                                                                                                         \
       0,                                                                                                               \
       OPT_PATH,                                                                                                        \
       "FILE",                                                                                                          \
       NULL,                                                                                                            \
       NULL,                                                                                                            \
       "Records",                                                                                                       \
       "families and parts of the cross-validation as cuxas-refdb split wrote them, instead of drawing them",           \
       OPT_SHAPES_RUN},                                                                                                 \
      {"featurizer", 0, OPT_TEXT, "NAME", "symfun", NULL, "Features", "symfun, or a JSON file that describes one", 0},  \
      {"from-model", 0, OPT_PATH, "FILE", NULL, NULL, "Features", "take the featurizer of this model instead", 0},      \
      {"features",                                                                                                      \
       0,                                                                                                               \
       OPT_INTEGER,                                                                                                     \
       "N",                                                                                                             \
       "0",                                                                                                             \
       "0:4096",                                                                                                        \
       "Features",                                                                                                      \
       "principal components that are learnt from; 0: all features as they are, standardised",                          \
       0},                                                                                                              \
      {"whitening",                                                                                                     \
       0,                                                                                                               \
       OPT_REAL,                                                                                                        \
       "PART",                                                                                                          \
       "0",                                                                                                             \
       "0:1",                                                                                                           \
       "Features",                                                                                                      \
       "how far principal components are brought to equal size: 0 not, 1 fully",                                        \
       0},                                                                                                              \
      {"recipe",   0,                                                                                                   \
       OPT_CHOICE, "NAME",                                                                                              \
       "own",      "own|published",                                                                                     \
       "Networks", "published: the settings of the CuXASNet paper where no others are given",                           \
       0},                                                                                                              \
      {"method",   0,                                                                                                   \
       OPT_CHOICE, "NAME",                                                                                              \
       METHOD,     "network|kernel-ridge|both",                                                                         \
       "Networks", "what learns: networks, kernel ridge regression (a Gaussian process), or the mean of both",          \
       0},                                                                                                              \
      {"kernel",   0,                                                                                                   \
       OPT_CHOICE, "NAME",                                                                                              \
       "laplace",  "laplace|exponential",                                                                               \
       "Networks", "of kernel ridge regression; its length and ridge are chosen from what is learnt from",              \
       0},                                                                                                              \
      {"align",                                                                                                         \
       0,                                                                                                               \
       OPT_CHOICE,                                                                                                      \
       "NAME",                                                                                                          \
       "origin",                                                                                                        \
       "origin|none",                                                                                                   \
       "Networks",                                                                                                      \
       "kernel ridge regression learns spectra relative to their first energy, and that energy apart, or as they are",  \
       0},                                                                                                              \
      {"kernel-part",                                                                                                   \
       0,                                                                                                               \
       OPT_REAL,                                                                                                        \
       "PART",                                                                                                          \
       "0.5",                                                                                                           \
       "0:1",                                                                                                           \
       "Networks",                                                                                                      \
       "of kernel ridge regression in the mean of both",                                                                \
       0},                                                                                                              \
      {"hidden-layers",                                                                                                 \
       0,                                                                                                               \
       OPT_CHOICE,                                                                                                      \
       "NAME",                                                                                                          \
       "shared",                                                                                                        \
       "shared|separate",                                                                                               \
       "Networks",                                                                                                      \
       "one network for all edges and channels, of which the rarer ones borrow, or one for each",                       \
       0},                                                                                                              \
      {"width", 0, OPT_TEXT, "LIST", "120,240,480", NULL, "Networks", "widths of the hidden layers", 0},                \
      {"output", 0, OPT_CHOICE, "NAME", "softplus", "linear|softplus|softmax", "Networks", "last activation", 0},       \
      {"members", 0, OPT_INTEGER, "N", "4", "1:64", "Networks", "networks per edge and channel", 0},                    \
      {"loss", 0, OPT_CHOICE, "NAME", "absolute", "absolute|square", "Training", "what is made small", 0},              \
      {"epochs", 0, OPT_INTEGER, "N", "50", "1:1000000", "Training", "most passes through the records", 0},             \
      {"batch", 0, OPT_INTEGER, "N", "16", "1:1000000", "Training", "records a step", 0},                               \
      {"schedule", 0,                                                                                                   \
       OPT_CHOICE, "NAME",                                                                                              \
       "cosine",   "cosine|constant",                                                                                   \
       "Training", "the rate falls as half a cosine, or stays",                                                         \
       0},                                                                                                              \
      {"rate", 0, OPT_REAL, "RATE", "0.001", "1e-9:1", "Training", "rate of Adam at the start", 0},                     \
      {"weight-decay", 0, OPT_REAL, "DECAY", "0.01", "0:100", "Training", "decoupled weight decay", 0},                 \
      {"noise", 0, OPT_REAL, "SIGMA", "0", "0:10", "Training", "normal noise added to the features while learning", 0}, \
      {"patience",                                                                                                      \
       0,                                                                                                               \
       OPT_INTEGER,                                                                                                     \
       "N",                                                                                                             \
       "0",                                                                                                             \
       "0:1000000",                                                                                                     \
       "Training",                                                                                                      \
       "stop after so many epochs without gain on the validation part; 0: never, but the best epoch is kept",           \
       0},                                                                                                              \
      {"validation-fraction",                                                                                           \
       0,                                                                                                               \
       OPT_REAL,                                                                                                        \
       "PART",                                                                                                          \
       "0.1",                                                                                                           \
       "0:0.9",                                                                                                         \
       "Training",                                                                                                      \
       "part of the compounds, another for every member, that decides which epoch is kept",                             \
       0},                                                                                                              \
      {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", "Training", "of everything random", 0},                        \
      {"neighbours",                                                                                                    \
       0,                                                                                                               \
       OPT_INTEGER,                                                                                                     \
       "K",                                                                                                             \
       "3",                                                                                                             \
       "1:1000",                                                                                                        \
       "Training",                                                                                                      \
       "distance from the training set: mean over so many nearest sites",                                               \
       0},                                                                                                              \
      {"resume",      0,    OPT_PATH,  "DIR",                                                                           \
       NULL,          NULL, "Running", "keep finished networks in this folder, and go on from there after a kill",      \
       OPT_SHAPES_RUN},                                                                                                 \
      {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Running", "folder of the bundled data", OPT_SHAPES_RUN},                \
      CUXAS_THREADS_OPTION

/* Records, targets, groups, features: all that a training needs. */
typedef struct {
  int                     absorber;
  size_t                  n_edge;
  char                    edge_name[CUXAS_MODEL_MAX_EDGE][CUXAS_EDGE_NAME_SIZE];
  cuxas_grid              grid[CUXAS_MODEL_MAX_EDGE];
  size_t                  hidden[16]; /* settings.network.hidden points here */
  cuxas_ensemble_settings settings;
  cJSON                  *description; /* of the featurizer */
  cuxas_model            *opt_source;  /* model whose featurizer is used */
  cuxas_featurizer       *opt_own;     /* featurizer made for this training */
  const cuxas_featurizer *featurizer;  /* one of the two */
  size_t                  n_raw;
  cuxas_records          *records;
  size_t                  n_learnt; /* the first so many records are there to be learnt from, the others are a test */
  cuxas_dataset          *dataset;
  cuxas_groups           *groups;
  char                    split_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file that fixed them; "" when none did */
  float                  *raw;                                 /* (n_record, n_raw) */
} cuxas_training;

/* cuxas_training_apply_recipe() - the settings that --recipe stands for, where the command line gives no others: one network
 * 64-120-240-480-312 for each edge, mean squared error, Adam at a constant rate, 500 epochs, batches of 10, no stopping */
cuxas_status cuxas_training_apply_recipe(cuxas_options *options, cuxas_error *err);

/* cuxas_training_read() - everything from the options and the files of records
 *
 *   data_folder   of the bundled data, or NULL
 *   path          (n_path) files to learn from
 *   opt_test      further records, which are not learnt from; NULL: none
 *   ret_training  the caller ends it with cuxas_training_free(), also after a failure
 *
 * A validation compound among the records to learn from is refused. A malformed list in an option is wrong usage and ends the program. */
cuxas_status cuxas_training_read(const cuxas_options *options, const char *data_folder, const char *const *path,
                                 size_t n_path, const char *opt_test, cuxas_training *ret_training, cuxas_error *err);

/* cuxas_training_take_settings() - the settings a model was trained with, where the command line gives none
 *
 * The number of folds is the command's own; settings that the command does not have are passed over.
 * Returns  CUXAS_OK; CUXAS_EFORMAT the model's head does not say how it was trained; as cuxas_options_set(). */
cuxas_status cuxas_training_take_settings(cuxas_options *options, const cuxas_command *command,
                                          const cuxas_model *model, cuxas_error *err);

/* cuxas_training_free() - leaves an empty one */
void cuxas_training_free(cuxas_training *training);

#endif
