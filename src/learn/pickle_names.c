/* What a pickle may name and call: the containers and tensors of PyTorch, and nothing else. */
#include "learn/pickle_machine_priv.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

typedef enum { MAKE_DICT, MAKE_TENSOR, MAKE_PARAMETER, NAME_STORAGE } meaning;

static const struct {
  const char *name;
  meaning     meaning;
  const char *type;
} KNOWN[] = {
    {"collections.OrderedDict", MAKE_DICT, NULL},
    {"torch._utils._rebuild_tensor_v2", MAKE_TENSOR, NULL},
    {"torch._utils._rebuild_parameter", MAKE_PARAMETER, NULL},
    {"torch.FloatStorage", NAME_STORAGE, "FloatStorage"},
    {"torch.DoubleStorage", NAME_STORAGE, "DoubleStorage"},
    {"torch.HalfStorage", NAME_STORAGE, "HalfStorage"},
    {"torch.BFloat16Storage", NAME_STORAGE, "BFloat16Storage"},
    {"torch.LongStorage", NAME_STORAGE, "LongStorage"},
    {"torch.IntStorage", NAME_STORAGE, "IntStorage"},
    {"torch.ShortStorage", NAME_STORAGE, "ShortStorage"},
    {"torch.CharStorage", NAME_STORAGE, "CharStorage"},
    {"torch.ByteStorage", NAME_STORAGE, "ByteStorage"},
    {"torch.BoolStorage", NAME_STORAGE, "BoolStorage"},
};
enum { N_KNOWN = sizeof KNOWN / sizeof KNOWN[0] };

/* read_line() - text up to a line end, as names have it */
static cuxas_status read_line(pickle_machine *m, char *line, size_t size)
{
  for (size_t i = 0; m->i_byte < m->n_byte && i + 1 < size; i++) {
    const unsigned char c = m->byte[m->i_byte++];
    if (c == '\n') {
      line[i] = '\0';
      return CUXAS_OK;
    }
    if (c < ' ' || c > '~') return pickle_fail(m, CUXAS_EFORMAT, "a name with strange characters");
    line[i] = (char)c;
  }
  return pickle_fail(m, CUXAS_EFORMAT, "a name without end");
}

cuxas_status pickle_push_global(pickle_machine *m)
{
  char         module[128], object[128], name[256];
  cuxas_status status = read_line(m, module, sizeof module);
  if (status == CUXAS_OK) status = read_line(m, object, sizeof object);
  if (status != CUXAS_OK) return status;
  snprintf(name, sizeof name, "%s.%s", module, object);
  for (size_t i = 0; i < N_KNOWN; i++) {
    if (strcmp(KNOWN[i].name, name) != 0) continue;
    cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_GLOBAL);
    if (value == NULL || (value->text = cuxas_copy_string(name)) == NULL) return pickle_no_memory(m);
    value->integer = (int64_t)KNOWN[i].meaning;
    value->type    = KNOWN[i].type;
    return pickle_push(m, value);
  }
  return cuxas_fail(m->err, CUXAS_EUNSUPPORTED,
                    "%s: pickle, byte %zu: refers to %s, which is neither a tensor nor a plain container", m->where,
                    m->i_byte, name);
}

static bool is_kind(const cuxas_pickle_value *tuple, size_t i, cuxas_pickle_kind kind)
{
  return i < tuple->n_item && tuple->item[i]->kind == kind;
}

cuxas_status pickle_push_storage(pickle_machine *m)
{
  const cuxas_status status = pickle_need(m, 1);
  if (status != CUXAS_OK) return status;
  const cuxas_pickle_value *id = m->stack[--m->n_stack];
  if (id->kind != CUXAS_PICKLE_TUPLE || id->n_item != 5 || !is_kind(id, 0, CUXAS_PICKLE_TEXT) ||
      strcmp(id->item[0]->text, "storage") != 0 || !is_kind(id, 1, CUXAS_PICKLE_GLOBAL) || id->item[1]->type == NULL ||
      !is_kind(id, 2, CUXAS_PICKLE_TEXT) || !is_kind(id, 4, CUXAS_PICKLE_INTEGER) || id->item[4]->integer < 0)
    return pickle_fail(m, CUXAS_EFORMAT, "a persistent object that is not a storage");
  cuxas_pickle_value *storage = pickle_new(m, CUXAS_PICKLE_STORAGE);
  if (storage == NULL || (storage->text = cuxas_copy_string(id->item[2]->text)) == NULL) return pickle_no_memory(m);
  storage->type    = id->item[1]->type;
  storage->integer = id->item[4]->integer;
  return pickle_push(m, storage);
}

static bool copy_sizes(const cuxas_pickle_value *tuple, int64_t ret_size[CUXAS_PICKLE_MAX_RANK])
{
  if (tuple->n_item > CUXAS_PICKLE_MAX_RANK) return false;
  for (size_t i = 0; i < tuple->n_item; i++) {
    if (!is_kind(tuple, i, CUXAS_PICKLE_INTEGER) || tuple->item[i]->integer < 0) return false;
    ret_size[i] = tuple->item[i]->integer;
  }
  return true;
}

/* fits_storage() - the last element lies inside, in arithmetic that cannot overflow */
static bool fits_storage(const cuxas_pickle_value *tensor)
{
  int64_t room = tensor->storage->integer - tensor->integer; /* elements from the first one on */
  for (size_t i = 0; i < tensor->n_item; i++)
    if (tensor->shape[i] == 0) return room >= 0;
  for (size_t i = 0; i < tensor->n_item; i++) {
    const int64_t n_step = tensor->shape[i] - 1, stride = tensor->stride[i];
    if (n_step > 0 && stride > 0 && stride > (room - 1) / n_step) return false;
    room -= n_step * stride;
  }
  return room >= 1;
}

/* make_tensor() - from (storage, offset, shape, stride, requires_grad, hooks, [metadata]) */
static cuxas_status make_tensor(pickle_machine *m, const cuxas_pickle_value *argument)
{
  if (argument->n_item < 6 || argument->n_item > 7 || !is_kind(argument, 0, CUXAS_PICKLE_STORAGE) ||
      !is_kind(argument, 1, CUXAS_PICKLE_INTEGER) || argument->item[1]->integer < 0 ||
      !is_kind(argument, 2, CUXAS_PICKLE_TUPLE) || !is_kind(argument, 3, CUXAS_PICKLE_TUPLE) ||
      argument->item[2]->n_item != argument->item[3]->n_item)
    return pickle_fail(m, CUXAS_EFORMAT, "a tensor with wrong arguments");
  cuxas_pickle_value *tensor = pickle_new(m, CUXAS_PICKLE_TENSOR);
  if (tensor == NULL) return pickle_no_memory(m);
  tensor->storage = argument->item[0];
  tensor->integer = argument->item[1]->integer;
  tensor->n_item  = argument->item[2]->n_item;
  if (!copy_sizes(argument->item[2], tensor->shape) || !copy_sizes(argument->item[3], tensor->stride))
    return pickle_fail(m, CUXAS_EFORMAT, "a tensor of impossible shape");
  if (!fits_storage(tensor)) return pickle_fail(m, CUXAS_EFORMAT, "a tensor larger than its storage");
  return pickle_push(m, tensor);
}

cuxas_status pickle_call(pickle_machine *m)
{
  const cuxas_status status = pickle_need(m, 2);
  if (status != CUXAS_OK) return status;
  const cuxas_pickle_value *function = m->stack[m->n_stack - 2];
  cuxas_pickle_value       *argument = m->stack[m->n_stack - 1];
  m->n_stack -= 2;
  if (function->kind != CUXAS_PICKLE_GLOBAL || argument->kind != CUXAS_PICKLE_TUPLE)
    return pickle_fail(m, CUXAS_EFORMAT, "a call of something that is no function");
  switch ((meaning)function->integer) {
  case MAKE_DICT:
    if (argument->n_item != 0) return pickle_fail(m, CUXAS_EUNSUPPORTED, "an OrderedDict made from arguments");
    return pickle_push(m, pickle_new(m, CUXAS_PICKLE_DICT));
  case MAKE_TENSOR: return make_tensor(m, argument);
  case MAKE_PARAMETER:
    if (!is_kind(argument, 0, CUXAS_PICKLE_TENSOR)) return pickle_fail(m, CUXAS_EFORMAT, "a parameter without tensor");
    return pickle_push(m, argument->item[0]);
  case NAME_STORAGE: break;
  }
  return pickle_fail(m, CUXAS_EFORMAT, "a call of a storage type");
}

cuxas_status pickle_set_attributes(pickle_machine *m)
{
  const cuxas_status status = pickle_need(m, 2);
  if (status != CUXAS_OK) return status;
  if (m->stack[m->n_stack - 2]->kind != CUXAS_PICKLE_DICT || m->stack[m->n_stack - 1]->kind != CUXAS_PICKLE_DICT)
    return pickle_fail(m, CUXAS_EUNSUPPORTED, "attributes of something that is no OrderedDict");
  m->n_stack--;
  return CUXAS_OK;
}
