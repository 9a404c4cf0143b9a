/* graphnet.h - trains the graph network featurizer on spectra of any kind, several kinds at once
 *
 * Every kind of spectrum (an edge, a core-hole channel, a program that simulated it) is a task: the numbers that the
 * network gives to an absorber go into a small dense network per task, all of them trained together with the graph
 * network (R. Caruana, Mach. Learn. 28, 41 (1997)). One more task may be to reproduce the features that another
 * featurizer, the teacher, gives to every atom (G. Hinton et al., arXiv:1503.02531). What counts in the end are the
 * features: the tasks' networks are thrown away.
 *
 *   files -> cuxas_graphnet_data_new() -> graphs, labels -> cuxas_graphnet_train() -> parameters
 *   parameters -> cuxas_graphnet_model_new() -> a model file that holds a featurizer alone
 *
 * The parts of a step are summed in an order that does not depend on the number of threads: the same data, settings and
 * seed give the same bytes on the same kind of processor. */
#ifndef CUXAS_GRAPHNET_H
#define CUXAS_GRAPHNET_H
#include "cuxas/model.h"

#include <stdint.h>
#include <cjson/cJSON.h>

enum { CUXAS_GRAPHNET_MAX_TASK = 8, CUXAS_GRAPHNET_TASK_NAME_SIZE = 32, CUXAS_GRAPHNET_PREFIX_SIZE = 24 };

/* The network; graphnet_pass.h says what the numbers mean. */
typedef struct {
  double cutoff_A;
  size_t n_radial, n_angular, n_channel, n_block, node_width, hidden_width;
  char   prefix[CUXAS_GRAPHNET_PREFIX_SIZE]; /* of its tensors' names in a file; "": graphnet */
} cuxas_graphnet_shape;

/* cuxas_graphnet_shape_read() - from {"name": "graphnet", "cutoff_A", "n_radial", "n_angular", "n_channel", "n_block",
 * "node_width", "hidden_width"} and, where a file has several networks, "prefix"; CUXAS_EFORMAT: a member is missing or
 * out of range */
cuxas_status cuxas_graphnet_shape_read(const cJSON *description, cuxas_graphnet_shape *ret_shape, cuxas_error *err);

/* cuxas_graphnet_shape_describe() - that object; the caller deletes it */
cJSON *cuxas_graphnet_shape_describe(const cuxas_graphnet_shape *shape);

/* -- data -- */

/* A record may be learnt relative to one of its curves: then all its curves are log(mu + 0.1), their energies (and so the grids of
 * its tasks) count from that curve's first one, and the curve called CUXAS_GRAPHNET_ORIGIN is that energy itself, in steps of its
 * task's grid from the grid's start. */
#define CUXAS_GRAPHNET_ORIGIN "origin"

/* One kind of spectrum. A line of the file is a JSON object with id, site, and the curve: a member of the task's name
 * with energy and mu, or energy and mu themselves. Structure: lattice, species, frac in the line, or that of the
 * candidate called id. */
typedef struct {
  char        curve[CUXAS_GRAPHNET_TASK_NAME_SIZE]; /* "K", "L3", "L3_screened" */
  cuxas_grid  grid;
  double      weight; /* of the task's mean error in the loss, > 0 */
  const char *path;
} cuxas_graphnet_task;

typedef struct {
  size_t                     n_task;
  const cuxas_graphnet_task *task; /* (n_task) */
  size_t                     n_structure_path;
  const char *const         *structure_path; /* (n_structure_path) files and folders, as cuxas_catalog_list() */
  int                        absorber;       /* atomic number */
  const char                *opt_exclude;    /* CSV with a column formula: structures of these compounds are not used */
  const char                *opt_hold_path;  /* training records whose compounds are not learnt from but judged by */
  const char                *hold_edge;      /* the edge that these have */
  size_t                     n_fold, i_fold; /* only fold i_fold of n_fold, as cuxas_split_folds(); n_fold 0: all */
  const char                *opt_split;      /* file that says which records are in which fold, as cuxas_split_read() */
  double                     validation_fraction; /* further compounds held out, drawn by their names */
  uint64_t                   seed;                /* of folds and validation compounds */
  const cuxas_featurizer    *opt_teacher;
  const char *opt_origin; /* "L3": records with this curve are learnt relative to it; NULL: as they are */
} cuxas_graphnet_source;

typedef struct cuxas_graphnet_data cuxas_graphnet_data;

/* How much there is; labels by task. */
typedef struct {
  size_t n_structure, n_atom, n_bond; /* learnt from or judged by; of equivalent atoms one */
  size_t n_excluded;                  /* structures left out as validation compounds */
  size_t n_unusable;                  /* structures or records that could not be read, or lack the curve */
  size_t n_learnt[CUXAS_GRAPHNET_MAX_TASK], n_held[CUXAS_GRAPHNET_MAX_TASK];
} cuxas_graphnet_count;

/* cuxas_graphnet_data_new() - reads everything; in parallel
 *
 *   ret_data  the caller frees it with cuxas_graphnet_data_free()
 *
 * Records whose curve is missing, not finite or not converged are left out, and so are structures that cannot be read
 * or that no task and no teacher asks for.
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT malformed file ("file:line: reason"), or a record whose structure is
 *          nowhere; CUXAS_ERANGE nothing to learn from, more folds than compounds; CUXAS_EUNSUPPORTED no candidates among
 *          the paths; what the teacher says; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_data_new(const cuxas_graphnet_source *source, const cuxas_graphnet_shape *shape,
                                     cuxas_graphnet_data **ret_data, cuxas_error *err);

/* cuxas_graphnet_data_free() - accepts NULL */
void cuxas_graphnet_data_free(cuxas_graphnet_data *data);

cuxas_graphnet_count cuxas_graphnet_data_count(const cuxas_graphnet_data *data);

/* -- training -- */

typedef struct {
  cuxas_graphnet_shape shape;
  size_t               head_width;     /* hidden width of the tasks' networks; 0: they have one layer */
  size_t               n_epoch;        /* > 0 */
  size_t               n_batch;        /* atoms a step, at least; equivalent ones count once */
  double               rate;           /* of Adam at the start; falls as half a cosine to zero */
  double               weight_decay;   /* decoupled */
  double               teacher_weight; /* of the teacher's task; 0: none */
  uint64_t             seed;
} cuxas_graphnet_settings;

/* One pass. Errors: mean absolute difference of each site's spectrum on the task's grid; 0 where a task has no site. */
typedef struct {
  size_t i_epoch; /* from 1 */
  double loss;
  double learnt_mean[CUXAS_GRAPHNET_MAX_TASK]; /* while learning */
  double held_mean[CUXAS_GRAPHNET_MAX_TASK], held_median[CUXAS_GRAPHNET_MAX_TASK];
} cuxas_graphnet_epoch;

/* Called after every step with opt_epoch NULL, and after every epoch; false stops the training. */
typedef bool (*cuxas_graphnet_progress)(size_t n_done, size_t n_total, const cuxas_graphnet_epoch *opt_epoch,
                                        void *user);

/* How a training begins, and who is told. All zero: random parameters, no file, nobody. */
typedef struct {
  const float *opt_start;      /* (n_parameter) to start from instead of random ones */
  const char  *opt_checkpoint; /* file written after every epoch and, when it exists, gone on from: whatever stopped the
                                  training, it ends with the same bytes */
  cuxas_graphnet_progress opt_progress;
  void                   *user;
} cuxas_graphnet_course;

/* cuxas_graphnet_train() - parameters of the graph network
 *
 *   ret_parameter   the caller frees it with free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE nothing to learn from or a setting out of range; CUXAS_EFORMAT the checkpoint is of
 *          another training; CUXAS_EIO; CUXAS_ENUMERIC the loss is no longer finite; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_train(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings,
                                  const cuxas_graphnet_course *course, float **ret_parameter, cuxas_error *err);

/* cuxas_graphnet_model_new() - a model that holds the featurizer alone
 *
 *   training   object that says what was learnt from; copied
 *   ret_model  the caller frees it with cuxas_model_free() */
cuxas_status cuxas_graphnet_model_new(const char *name, const cuxas_graphnet_shape *shape, const float *parameter,
                                      const cJSON *training, const char *licence, cuxas_model **ret_model,
                                      cuxas_error *err);

/* cuxas_graphnet_model_parameters() - the parameters and the shape of a model's network, alone or one of several joined
 *
 *   i_network      from 1; 0: the last
 *   ret_parameter  the caller frees it with free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT the model has no such featurizer; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_model_parameters(const cuxas_model *model, size_t i_network,
                                             cuxas_graphnet_shape *ret_shape, float **ret_parameter, cuxas_error *err);

#endif
