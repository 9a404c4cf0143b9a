/* join.h - several featurizers, learned or not, as one model file that holds a featurizer alone */
#ifndef CUXAS_JOIN_H
#define CUXAS_JOIN_H
#include "predict/model_parts.h"

#include <stdint.h>

/* A part: a model whose featurizer is taken, or a description without weights. */
typedef struct {
  const cuxas_model *model;       /* NULL: the description counts */
  const cJSON       *description; /* {"name": "symfun", ...} */
} cuxas_join_part;

/* cuxas_model_join() - a model whose featurizer gives the numbers of all parts, one part behind the other
 *
 * Joined parts are taken apart first. Of several graph networks, the second and further ones get other prefixes to the
 * names of their tensors. What the parts' heads say about pretraining and licence goes into the new head, licences
 * that are alike once.
 *
 *   part       (n_part)
 *   keep       bit i: keep part i, counted over all when joined ones are taken apart; 0: all. Of what a joined model's head says
 *              about pretraining that of the graph networks kept stays
 *   ret_model  the caller frees it with cuxas_model_free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a wrong description; CUXAS_ERANGE no part, fewer parts than are to be kept, or two parts whose
 *          tensors have the same names and cannot be renamed; CUXAS_ENOMEM. */
cuxas_status cuxas_model_join(const char *name, const cuxas_join_part *part, size_t n_part, uint64_t keep,
                              cuxas_model **ret_model, cuxas_error *err);

#endif
