/* model_info.h - what a model file holds, for people and for programs */
#ifndef CUXAS_CMD_MODEL_INFO_H
#define CUXAS_CMD_MODEL_INFO_H
#include "predict/model_parts.h"

#include <stdio.h>

/* cuxas_model_info() - the model as a JSON object: format, name, sha256, element, edges with their grids, the combined
 * grid, featurizer, sizes, networks, domain, and what the head says about training, metrics, origin and licence.
 * The caller deletes it; NULL: no memory. */
cJSON *cuxas_model_info(const cuxas_model *model);

/* cuxas_model_info_print() - the same object as lines "what   value"; of the licence the first line */
void cuxas_model_info_print(const cJSON *info, FILE *out);

#endif
