/* graphnet_train_priv.h - the state of a training, and the file that keeps it between runs */
#ifndef CUXAS_GRAPHNET_TRAIN_PRIV_H
#define CUXAS_GRAPHNET_TRAIN_PRIV_H
#include "learn/adam_priv.h"
#include "base/hash.h"
#include "learn/graphnet_data_priv.h"

enum { CUXAS_GRAPHNET_N_SHARD = 4 }; /* parts of a step, whatever the number of threads */

/* What one shard works with. */
typedef struct {
  cuxas_graphnet_work          work;
  const cuxas_graphnet_graph **graph;     /* (n_graph) */
  size_t                      *structure; /* (n_graph) */
  size_t                       n_graph, graph_room;
  size_t                       row_room; /* rows that the arrays below have room for */
  size_t                      *atom;     /* (n_row) of the shard */
  const float                **wanted;   /* (n_row) targets */
  float                       *input, *input_gradient, *output, *output_gradient, *scratch;
  float                       *gradient;      /* (n_parameter) */
  float                       *head_gradient; /* (largest head) */
  double                       loss, error[CUXAS_GRAPHNET_MAX_TASK];
  bool                         has_failed; /* no memory */
} cuxas_graphnet_shard;

typedef struct {
  const cuxas_graphnet_data     *data;
  const cuxas_graphnet_settings *settings;
  size_t                         n_net, n_parameter;
  size_t                         n_head;
  cuxas_dense                   *head[CUXAS_GRAPHNET_MAX_TASK + 1];  /* NULL: a task without a label; parameters are */
  size_t                         first[CUXAS_GRAPHNET_MAX_TASK + 1]; /* in the block, copied here before a step */
  double                         scale[CUXAS_GRAPHNET_MAX_TASK + 1]; /* of each label in the loss */
  float               *parameter; /* (n_parameter) graph network, then the tasks' networks, then the teacher's */
  cuxas_adam           optimiser;
  size_t              *learnt, n_learnt; /* structures */
  size_t               n_step;           /* about, per epoch */
  uint64_t             random;
  cuxas_graphnet_shard shard[CUXAS_GRAPHNET_N_SHARD];
} cuxas_graphnet_trainer;

/* -- the whole: graphnet_trainer.c -- */

/* cuxas_graphnet_trainer_begin() - parameters at their start, or those of the graph network from opt_start
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no structure to learn from; CUXAS_ENOMEM. End it with cuxas_graphnet_trainer_end() in
 * any case. */
cuxas_status cuxas_graphnet_trainer_begin(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings,
                                          const float *opt_start, cuxas_graphnet_trainer *t, cuxas_error *err);

void cuxas_graphnet_trainer_end(cuxas_graphnet_trainer *t);

/* -- a part of a step: graphnet_shard.c; networks of the tasks must have been loaded from the parameters -- */

/* cuxas_graphnet_deal() - structures to shards, each to the one with the fewest bonds so far; false: no memory */
bool cuxas_graphnet_deal(cuxas_graphnet_trainer *t, const size_t *structure, size_t n);

/* cuxas_graphnet_shard_forward() - features of the shard's atoms; false: no memory */
bool cuxas_graphnet_shard_forward(const cuxas_graphnet_trainer *t, bool with_lessons, cuxas_graphnet_shard *s);

/* cuxas_graphnet_shard_head() - outputs of one task for the atoms that have targets; returns how many */
size_t cuxas_graphnet_shard_head(const cuxas_graphnet_trainer *t, size_t i_head, cuxas_graphnet_shard *s);

/* cuxas_graphnet_shard_learn() - loss, errors and gradients of all tasks, or has_failed */
void cuxas_graphnet_shard_learn(const cuxas_graphnet_trainer *t, cuxas_graphnet_shard *s);

void cuxas_graphnet_shard_end(cuxas_graphnet_shard *s);

/* -- the file: graphnet_checkpoint.c -- */

/* cuxas_graphnet_fingerprint() - of all that decides the course of the training */
void cuxas_graphnet_fingerprint(const cuxas_graphnet_trainer *t, char ret_hex[CUXAS_SHA256_HEX_SIZE]);

/* cuxas_graphnet_write_checkpoint() - a model file with further tensors: usable as it is, and enough to go on from
 *
 *   mark  the fingerprint, taken before the first pass */
cuxas_status cuxas_graphnet_write_checkpoint(const cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                             size_t n_epoch_done, cuxas_error *err);

/* cuxas_graphnet_read_checkpoint() - the state that the file keeps, when there is such a file; else *ret_n_epoch_done
 * is 0
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT damaged, or of another training; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_read_checkpoint(cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                            size_t *ret_n_epoch_done, cuxas_error *err);

#endif
