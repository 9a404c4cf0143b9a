/* pickle.c - a stack machine that reads pickles of tensors and plain containers, and executes nothing
 *
 * Contents: 1. values and the stack  2. names and calls  3. scalars and the table of operations */
#include "learn/pickle_priv.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine. Functions that can fail set its error, which names the byte read last. */
typedef struct {
  const unsigned char *byte;
  size_t               n_byte, i_byte;
  const char          *where;
  cuxas_error         *err;
  cuxas_pickle        *pickle;

  cuxas_pickle_value **stack;
  size_t               n_stack, n_stack_room;
  size_t              *mark; /* heights of the stack where marks were set */
  size_t               n_mark, n_mark_room;
  cuxas_pickle_value **memo; /* values kept for later use, by their number */
  size_t               n_memo, n_memo_room;
} pickle_machine;

/* ---- 1. values and the stack -------------------------------------------------------------------------------- */

/* Contents: values; the stack */

/* pickle_fail() - a failure at the operation last read; pickle_no_memory() - this one */
static cuxas_status pickle_fail(const pickle_machine *m, cuxas_status status, const char *reason)
{
  return cuxas_fail(m->err, status, "%s: pickle, byte %zu: %s", m->where, m->i_byte, reason);
}

static cuxas_status pickle_no_memory(const pickle_machine *m)
{
  return pickle_fail(m, CUXAS_ENOMEM, "no memory");
}

/* grow() - room for one more item in an array of pointers or sizes; *block is replaced */
static bool grow(void **block, size_t n_item, size_t *n_room, size_t item_size)
{
  if (n_item < *n_room) return true;
  const size_t n_wanted = *n_room > 0 ? 2 * *n_room : 8;
  void        *larger   = cuxas_grow(NULL, *block, n_wanted, item_size);
  if (larger == NULL) return false;
  *block  = larger;
  *n_room = n_wanted;
  return true;
}

/* pickle_new() - a value, owned by the pickle; NULL: no memory */
static cuxas_pickle_value *pickle_new(pickle_machine *m, cuxas_pickle_kind kind)
{
  cuxas_pickle_value *value = cuxas_new(NULL, 1, sizeof *value);
  if (value == NULL) return NULL;
  value->kind       = kind;
  value->next_owned = m->pickle->owned;
  m->pickle->owned  = value;
  return value;
}

static bool add_item(cuxas_pickle_value *container, cuxas_pickle_value *item)
{
  void *items = container->item;
  if (!grow(&items, container->n_item, &container->n_room, sizeof(cuxas_pickle_value *))) return false;
  container->item                      = items;
  container->item[container->n_item++] = item;
  return true;
}

void cuxas_pickle_free(cuxas_pickle *pickle)
{
  for (cuxas_pickle_value *value = pickle->owned, *next; value != NULL; value = next) {
    next = value->next_owned;
    free(value->text);
    free(value->item);
    free(value);
  }
  *pickle = (cuxas_pickle){0};
}

const cuxas_pickle_value *cuxas_pickle_get(const cuxas_pickle_value *dict, const char *key)
{
  if (dict == NULL || dict->kind != CUXAS_PICKLE_DICT) return NULL;
  for (size_t i = dict->n_item; i >= 2; i -= 2) {
    const cuxas_pickle_value *name = dict->item[i - 2];
    if (name->kind == CUXAS_PICKLE_TEXT && strcmp(name->text, key) == 0) return dict->item[i - 1];
  }
  return NULL;
}

/* -- the stack -- */

/* pickle_push() - on the stack; NULL, from pickle_new(), is CUXAS_ENOMEM */
static cuxas_status pickle_push(pickle_machine *m, cuxas_pickle_value *value)
{
  void *stack = m->stack;
  if (value == NULL || !grow(&stack, m->n_stack, &m->n_stack_room, sizeof(cuxas_pickle_value *)))
    return pickle_no_memory(m);
  m->stack               = stack;
  m->stack[m->n_stack++] = value;
  return CUXAS_OK;
}

/* n_above_mark() - values that operations may take: those above the last mark */
static size_t n_above_mark(const pickle_machine *m)
{
  return m->n_stack - (m->n_mark > 0 ? m->mark[m->n_mark - 1] : 0);
}

/* pickle_need() - CUXAS_EFORMAT unless so many values lie above the last mark, where operations may take them */
static cuxas_status pickle_need(const pickle_machine *m, size_t n_value)
{
  return n_above_mark(m) >= n_value ? CUXAS_OK : pickle_fail(m, CUXAS_EFORMAT, "takes values that are not there");
}

static cuxas_status pickle_set_mark(pickle_machine *m)
{
  void *mark = m->mark;
  if (!grow(&mark, m->n_mark, &m->n_mark_room, sizeof(size_t))) return pickle_no_memory(m);
  m->mark              = mark;
  m->mark[m->n_mark++] = m->n_stack;
  return CUXAS_OK;
}

/* pickle_pop_mark() - forgets the last mark; *ret_n_value: how many values lie above it, still on the stack */
/* pickle_pop_mark() - forgets the last mark; *ret_n_value: how many values lie above it, still on the stack */
static cuxas_status pickle_pop_mark(pickle_machine *m, size_t *ret_n_value)
{
  if (m->n_mark == 0) return pickle_fail(m, CUXAS_EFORMAT, "no mark is set");
  *ret_n_value = n_above_mark(m);
  m->n_mark--;
  return CUXAS_OK;
}

/* pickle_put_into() - the upper n_value values of the stack into the container below them */
static cuxas_status pickle_put_into(pickle_machine *m, cuxas_pickle_kind kind, size_t n_value)
{
  const cuxas_status status = pickle_need(m, n_value + 1);
  if (status != CUXAS_OK) return status;
  cuxas_pickle_value *container = m->stack[m->n_stack - n_value - 1];
  if (container->kind != kind) return pickle_fail(m, CUXAS_EFORMAT, "adds to something that is not such a container");
  if (kind == CUXAS_PICKLE_DICT && n_value % 2 != 0) return pickle_fail(m, CUXAS_EFORMAT, "a key without a value");
  for (size_t i = m->n_stack - n_value; i < m->n_stack; i++)
    if (!add_item(container, m->stack[i])) return pickle_no_memory(m);
  m->n_stack -= n_value;
  return CUXAS_OK;
}

/* pickle_make_tuple() - of the upper n_value values of the stack */
static cuxas_status pickle_make_tuple(pickle_machine *m, size_t n_value)
{
  const cuxas_status status = pickle_need(m, n_value);
  if (status != CUXAS_OK) return status;
  cuxas_pickle_value *tuple = pickle_new(m, CUXAS_PICKLE_TUPLE);
  if (tuple == NULL) return pickle_no_memory(m);
  for (size_t i = m->n_stack - n_value; i < m->n_stack; i++)
    if (!add_item(tuple, m->stack[i])) return pickle_no_memory(m);
  m->n_stack -= n_value;
  return pickle_push(m, tuple);
}

/* pickle_remember() - keeps the top of the stack under a number. Writers count up from 0: a leap would only waste
 * memory; pickle_recall() - pushes it again */
static cuxas_status pickle_remember(pickle_machine *m, size_t i_memo)
{
  const cuxas_status status = pickle_need(m, 1);
  void              *memo   = m->memo;
  if (status != CUXAS_OK) return status;
  if (i_memo > m->n_memo) return pickle_fail(m, CUXAS_EFORMAT, "memo numbers are not consecutive");
  if (!grow(&memo, i_memo, &m->n_memo_room, sizeof(cuxas_pickle_value *))) return pickle_no_memory(m);
  m->memo         = memo;
  m->memo[i_memo] = m->stack[m->n_stack - 1];
  if (i_memo == m->n_memo) m->n_memo++;
  return CUXAS_OK;
}

static cuxas_status pickle_recall(pickle_machine *m, size_t i_memo)
{
  if (i_memo >= m->n_memo) return pickle_fail(m, CUXAS_EFORMAT, "asks for a memo that was never kept");
  return pickle_push(m, m->memo[i_memo]);
}

/* ---- 2. names and calls ------------------------------------------------------------------------------------- */

/* What a pickle may name and call: the containers and tensors of PyTorch, and nothing else. */

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

/* pickle_push_global() - a known name, read from the pickle; any other is CUXAS_EUNSUPPORTED */
static cuxas_status pickle_push_global(pickle_machine *m)
{
  char         module[128], object[128], name[256];
  cuxas_status status = read_line(m, module, sizeof module);
  if (status == CUXAS_OK) status = read_line(m, object, sizeof object);
  if (status != CUXAS_OK) return status;
  snprintf(name, sizeof name, "%s.%s", module, object);
  for (size_t i = 0; i < N_KNOWN; i++) {
    if (strcmp(KNOWN[i].name, name) != 0) continue;
    cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_GLOBAL);
    if (value == NULL || (value->text = cuxas_copy_text(NULL, name)) == NULL) return pickle_no_memory(m);
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

/* pickle_push_storage() - ("storage", type, key, device, number of elements) becomes a storage */
static cuxas_status pickle_push_storage(pickle_machine *m)
{
  const cuxas_status status = pickle_need(m, 1);
  if (status != CUXAS_OK) return status;
  const cuxas_pickle_value *id = m->stack[--m->n_stack];
  if (id->kind != CUXAS_PICKLE_TUPLE || id->n_item != 5 || !is_kind(id, 0, CUXAS_PICKLE_TEXT) ||
      strcmp(id->item[0]->text, "storage") != 0 || !is_kind(id, 1, CUXAS_PICKLE_GLOBAL) || id->item[1]->type == NULL ||
      !is_kind(id, 2, CUXAS_PICKLE_TEXT) || !is_kind(id, 4, CUXAS_PICKLE_INTEGER) || id->item[4]->integer < 0)
    return pickle_fail(m, CUXAS_EFORMAT, "a persistent object that is not a storage");
  cuxas_pickle_value *storage = pickle_new(m, CUXAS_PICKLE_STORAGE);
  if (storage == NULL || (storage->text = cuxas_copy_text(NULL, id->item[2]->text)) == NULL) return pickle_no_memory(m);
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

/* pickle_call() - a known function with the tuple above it */
static cuxas_status pickle_call(pickle_machine *m)
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

/* pickle_set_attributes() - attributes of an OrderedDict (PyTorch keeps versions of modules there) are dropped */
static cuxas_status pickle_set_attributes(pickle_machine *m)
{
  const cuxas_status status = pickle_need(m, 2);
  if (status != CUXAS_OK) return status;
  if (m->stack[m->n_stack - 2]->kind != CUXAS_PICKLE_DICT || m->stack[m->n_stack - 1]->kind != CUXAS_PICKLE_DICT)
    return pickle_fail(m, CUXAS_EUNSUPPORTED, "attributes of something that is no OrderedDict");
  m->n_stack--;
  return CUXAS_OK;
}

/* ---- 3. scalars and the table of operations ----------------------------------------------------------------- */

/* Contents: scalars; the operations */

/* -- scalars -- */

/* take() - the next n bytes; NULL: cut short */
static const unsigned char *take(pickle_machine *m, size_t n)
{
  if (n > m->n_byte - m->i_byte) return NULL;
  m->i_byte += n;
  return m->byte + m->i_byte - n;
}

/* take_unsigned() - a little-endian integer of 1 to 8 bytes */
static cuxas_status take_unsigned(pickle_machine *m, size_t n, uint64_t *ret_value)
{
  const unsigned char *byte = take(m, n);
  if (byte == NULL) return pickle_fail(m, CUXAS_EFORMAT, "cut short");
  *ret_value = 0;
  for (size_t i = 0; i < n; i++) *ret_value |= (uint64_t)byte[i] << (8 * i);
  return CUXAS_OK;
}

static cuxas_status push_integer(pickle_machine *m, int64_t integer)
{
  cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_INTEGER);
  if (value != NULL) value->integer = integer;
  return pickle_push(m, value);
}

/* push_signed() - a little-endian integer of n <= 8 bytes in two's complement */
static cuxas_status push_signed(pickle_machine *m, size_t n)
{
  uint64_t     bits   = 0;
  cuxas_status status = take_unsigned(m, n, &bits);
  if (status != CUXAS_OK) return status;
  if (n > 0 && n < 8 && bits >> (8 * n - 1) != 0) bits |= UINT64_MAX << (8 * n);
  return push_integer(m, bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1);
}

static cuxas_status push_long(pickle_machine *m)
{
  uint64_t           n      = 0;
  const cuxas_status status = take_unsigned(m, 1, &n);
  if (status != CUXAS_OK) return status;
  if (n > 8) return pickle_fail(m, CUXAS_EUNSUPPORTED, "an integer of more than 64 bits");
  return push_signed(m, (size_t)n);
}

static cuxas_status push_unsigned(pickle_machine *m, size_t n)
{
  uint64_t           value  = 0;
  const cuxas_status status = take_unsigned(m, n, &value);
  return status == CUXAS_OK ? push_integer(m, (int64_t)value) : status; /* n <= 2 */
}

static cuxas_status push_real(pickle_machine *m)
{
  const unsigned char *byte = take(m, 8);
  uint64_t             bits = 0;
  if (byte == NULL) return pickle_fail(m, CUXAS_EFORMAT, "cut short");
  for (size_t i = 0; i < 8; i++) bits = bits << 8 | byte[i]; /* big-endian, unlike all else */
  cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_REAL);
  if (value != NULL) memcpy(&value->real, &bits, sizeof bits);
  return pickle_push(m, value);
}

static cuxas_status push_text(pickle_machine *m)
{
  uint64_t     n      = 0;
  cuxas_status status = take_unsigned(m, 4, &n);
  if (status != CUXAS_OK) return status;
  const unsigned char *byte = take(m, (size_t)n);
  if (byte == NULL) return pickle_fail(m, CUXAS_EFORMAT, "cut short inside a text");
  if (memchr(byte, '\0', (size_t)n) != NULL) return pickle_fail(m, CUXAS_EFORMAT, "a text with a zero byte");
  cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_TEXT);
  if (value == NULL || (value->text = cuxas_new(NULL, (size_t)n + 1, 1)) == NULL) return pickle_no_memory(m);
  memcpy(value->text, byte, (size_t)n);
  return pickle_push(m, value);
}

static cuxas_status push_bool(pickle_machine *m, bool boolean)
{
  cuxas_pickle_value *value = pickle_new(m, CUXAS_PICKLE_BOOL);
  if (value != NULL) value->boolean = boolean;
  return pickle_push(m, value);
}

/* -- the operations -- */

/* with_number() - an operation that has a number of n bytes as its argument */
static cuxas_status with_number(pickle_machine *m, size_t n, cuxas_status (*operation)(pickle_machine *, size_t))
{
  uint64_t           number = 0;
  const cuxas_status status = take_unsigned(m, n, &number);
  return status == CUXAS_OK ? operation(m, (size_t)number) : status;
}

/* fill_marked(), tuple_of_marked() - operations on all values above the last mark */
static cuxas_status fill_marked(pickle_machine *m, cuxas_pickle_kind kind)
{
  size_t             n_value = 0;
  const cuxas_status status  = pickle_pop_mark(m, &n_value);
  return status == CUXAS_OK ? pickle_put_into(m, kind, n_value) : status;
}

static cuxas_status tuple_of_marked(pickle_machine *m)
{
  size_t             n_value = 0;
  const cuxas_status status  = pickle_pop_mark(m, &n_value);
  return status == CUXAS_OK ? pickle_make_tuple(m, n_value) : status;
}

static cuxas_status step(pickle_machine *m, unsigned char operation)
{
  switch (operation) { /* names as in pickletools */
  case '(': return pickle_set_mark(m);
  case 'N': return pickle_push(m, pickle_new(m, CUXAS_PICKLE_NONE));
  case 0x88: return push_bool(m, true);
  case 0x89: return push_bool(m, false);
  case 'K': return push_unsigned(m, 1); /* BININT1 */
  case 'M': return push_unsigned(m, 2); /* BININT2 */
  case 'J': return push_signed(m, 4);   /* BININT */
  case 0x8a: return push_long(m);       /* LONG1 */
  case 'G': return push_real(m);        /* BINFLOAT */
  case 'X': return push_text(m);        /* BINUNICODE */
  case '}': return pickle_push(m, pickle_new(m, CUXAS_PICKLE_DICT));
  case ']': return pickle_push(m, pickle_new(m, CUXAS_PICKLE_LIST));
  case ')': return pickle_make_tuple(m, 0);
  case 0x85: return pickle_make_tuple(m, 1);
  case 0x86: return pickle_make_tuple(m, 2);
  case 0x87: return pickle_make_tuple(m, 3);
  case 't': return tuple_of_marked(m);
  case 'a': return pickle_put_into(m, CUXAS_PICKLE_LIST, 1); /* APPEND */
  case 'e': return fill_marked(m, CUXAS_PICKLE_LIST);        /* APPENDS */
  case 's': return pickle_put_into(m, CUXAS_PICKLE_DICT, 2); /* SETITEM */
  case 'u': return fill_marked(m, CUXAS_PICKLE_DICT);        /* SETITEMS */
  case 'q': return with_number(m, 1, pickle_remember);       /* BINPUT */
  case 'r': return with_number(m, 4, pickle_remember);       /* LONG_BINPUT */
  case 'h': return with_number(m, 1, pickle_recall);         /* BINGET */
  case 'j': return with_number(m, 4, pickle_recall);         /* LONG_BINGET */
  case 'c': return pickle_push_global(m);                    /* GLOBAL */
  case 'Q': return pickle_push_storage(m);                   /* BINPERSID */
  case 'R': return pickle_call(m);                           /* REDUCE */
  case 'b': return pickle_set_attributes(m);                 /* BUILD */
  default:
    return cuxas_fail(m->err, CUXAS_EUNSUPPORTED, "%s: pickle, byte %zu: operation 0x%02x is not known here", m->where,
                      m->i_byte, operation);
  }
}

static cuxas_status run(pickle_machine *m)
{
  if (m->n_byte < 2 || m->byte[0] != 0x80 || m->byte[1] != 2)
    return pickle_fail(m, CUXAS_EFORMAT, "not a pickle of protocol 2");
  for (m->i_byte = 2; m->i_byte < m->n_byte;) {
    const unsigned char operation = m->byte[m->i_byte++];
    if (operation == '.') { /* STOP */
      if (m->n_stack != 1 || m->n_mark != 0) return pickle_fail(m, CUXAS_EFORMAT, "ends with other than one value");
      m->pickle->root = m->stack[0];
      return CUXAS_OK;
    }
    const cuxas_status status = step(m, operation);
    if (status != CUXAS_OK) return status;
  }
  return pickle_fail(m, CUXAS_EFORMAT, "cut short");
}

cuxas_status cuxas_pickle_read(const void *bytes, size_t n_byte, const char *where, cuxas_pickle *ret_pickle,
                               cuxas_error *err)
{
  *ret_pickle               = (cuxas_pickle){0};
  pickle_machine     m      = {.byte = bytes, .n_byte = n_byte, .where = where, .err = err, .pickle = ret_pickle};
  const cuxas_status status = run(&m);
  free(m.stack);
  free(m.mark);
  free(m.memo);
  if (status != CUXAS_OK) cuxas_pickle_free(ret_pickle);
  return status;
}
