/* model_priv.h - the parts of reading a model's head that have files of their own */
#ifndef CUXAS_MODEL_PRIV_H
#define CUXAS_MODEL_PRIV_H
#include "predict/model_parts.h"

enum { CUXAS_MODEL_MAX_WIDTH = 65536 };

/* cuxas_model_parse_heads() - fills model->head from member "networks" and the tensors; none there: none filled
 *
 *   model  with edges, features and domain known
 *   where  start of messages
 *
 * Tensors by name, EDGE.CHANNEL of the head: net.EDGE.CHANNEL.MEMBER (n_parameter) in dense.h's layout; where the hidden
 * layers are shared, theirs are in net.shared.MEMBER and net.EDGE.CHANNEL.MEMBER has the last layer alone.
 * kernel.EDGE.CHANNEL.row (n_row), rows of domain.feature that were learnt from, .mean (n_energy), .weight
 * (n_row, n_energy), .deviation (n_energy). */
cuxas_status cuxas_model_parse_heads(cuxas_model *model, const char *where, cuxas_error *err);

/* cuxas_model_parse_errors() - fills model->errors from member "errors", {"start_eV", "step_eV"}, and tensor errors.rms;
 * none there: NULL */
cuxas_status cuxas_model_parse_errors(cuxas_model *model, const char *where, cuxas_error *err);

#endif
