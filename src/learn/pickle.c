/* Contents: scalars; the operations */
#include "learn/pickle_machine_priv.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

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
  if (value == NULL || (value->text = cuxas_new_array((size_t)n + 1, 1)) == NULL) return pickle_no_memory(m);
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
