/* graphnet_data_priv.h - graphs, labels and what the teacher says, as the training loop wants them */
#ifndef CUXAS_GRAPHNET_DATA_PRIV_H
#define CUXAS_GRAPHNET_DATA_PRIV_H
#include "predict/graphnet_pass.h"

/* A site with a spectrum. */
typedef struct {
  size_t i_structure, site, i_task;
  size_t row; /* of the task's targets */
} cuxas_graphnet_label;

typedef struct {
  char                  id[64];
  char                  formula[CUXAS_FORMULA_SIZE];
  cuxas_crystal        *crystal; /* NULL once its graph is made */
  cuxas_graphnet_graph *graph;   /* NULL: nobody asks for it */
  bool                  is_held;
  size_t                first_label, n_label; /* among data->label */
  float                *opt_lesson;           /* (n_atom, n_lesson) teacher's features, standardised */
} cuxas_graphnet_structure;

struct cuxas_graphnet_data {
  size_t                    n_structure;
  cuxas_graphnet_structure *structure; /* (n_structure) */
  size_t                    n_label;
  cuxas_graphnet_label     *label; /* (n_label) by structure */
  size_t                    n_task;
  cuxas_graphnet_task       task[CUXAS_GRAPHNET_MAX_TASK];
  size_t                    n_row[CUXAS_GRAPHNET_MAX_TASK];
  float                    *target[CUXAS_GRAPHNET_MAX_TASK]; /* (n_row, n_energy) */
  size_t                    n_lesson;                        /* numbers per atom from the teacher; 0: none */
  cuxas_graphnet_count      count;
};

/* cuxas_graphnet_read_candidates() - structures of the source's folders, by name; what is no structure is counted as unusable
 * (graphnet_records.c) */
cuxas_status cuxas_graphnet_read_candidates(const cuxas_graphnet_source *source, cuxas_graphnet_data *data,
                                            cuxas_error *err);

/* cuxas_graphnet_read_task() - lines of a task's file: structure (its own, or one of the first n_candidate), site, curve on the
 * task's grid (graphnet_records.c)
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT with file and line; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_read_task(size_t i_task, size_t n_candidate, const cuxas_graphnet_source *source,
                                      cuxas_graphnet_data *data, cuxas_error *err);

/* cuxas_graphnet_sort() - excluded structures lose their crystal, held ones are marked (graphnet_sort.c) */
cuxas_status cuxas_graphnet_sort(const cuxas_graphnet_source *source, cuxas_graphnet_data *data, cuxas_error *err);

#endif
