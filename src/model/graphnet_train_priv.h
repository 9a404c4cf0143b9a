/* graphnet_train_priv.h - the state of a training, and the file that keeps it between runs */
#ifndef CUXAS_GRAPHNET_TRAIN_PRIV_H
#define CUXAS_GRAPHNET_TRAIN_PRIV_H
#include "cuxas/hash.h"
#include "graphnet_data_priv.h"

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
  cuxas_dense                   *head[CUXAS_GRAPHNET_MAX_TASK + 1]; /* NULL: a task without a label; parameters are */
  size_t                         first[CUXAS_GRAPHNET_MAX_TASK + 1]; /* in the block, copied here before a step */
  double                         scale[CUXAS_GRAPHNET_MAX_TASK + 1]; /* of each label in the loss */
  float                         *parameter, *moment, *square;
  bool                          *is_weight;
  size_t                         n_step_done;
  size_t                        *learnt, n_learnt; /* structures */
  size_t                         n_step;           /* about, per epoch */
  uint64_t                       random;
  cuxas_graphnet_shard           shard[CUXAS_GRAPHNET_N_SHARD];
} cuxas_graphnet_trainer;

/* cuxas_graphnet_fingerprint() - of all that decides the course of the training */
void cuxas_graphnet_fingerprint(const cuxas_graphnet_trainer *t, char ret_hex[CUXAS_SHA256_HEX_SIZE]);

/* cuxas_graphnet_write_checkpoint() - a model file with further tensors: usable as it is, and enough to go on from
 *
 *   mark  the fingerprint, taken before the first pass */
cuxas_status cuxas_graphnet_write_checkpoint(const cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                             size_t n_epoch_done, cuxas_error *err);

/* cuxas_graphnet_read_checkpoint() - the state that the file keeps, when there is such a file; else *ret_n_epoch_done is 0
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT damaged, or of another training; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_read_checkpoint(cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                            size_t *ret_n_epoch_done, cuxas_error *err);

#endif
