/* Contents: values; the stack */
#include "learn/pickle_machine_priv.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

cuxas_status pickle_fail(const pickle_machine *m, cuxas_status status, const char *reason)
{
  return cuxas_fail(m->err, status, "%s: pickle, byte %zu: %s", m->where, m->i_byte, reason);
}

cuxas_status pickle_no_memory(const pickle_machine *m)
{
  return pickle_fail(m, CUXAS_ENOMEM, "no memory");
}

/* grow() - room for one more item in an array of pointers or sizes; *block is replaced */
static bool grow(void **block, size_t n_item, size_t *n_room, size_t item_size)
{
  if (n_item < *n_room) return true;
  const size_t n_wanted = *n_room > 0 ? 2 * *n_room : 8;
  void        *larger   = cuxas_grow_array(*block, n_wanted, item_size);
  if (larger == NULL) return false;
  *block  = larger;
  *n_room = n_wanted;
  return true;
}

cuxas_pickle_value *pickle_new(pickle_machine *m, cuxas_pickle_kind kind)
{
  cuxas_pickle_value *value = cuxas_new_array(1, sizeof *value);
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

cuxas_status pickle_push(pickle_machine *m, cuxas_pickle_value *value)
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

cuxas_status pickle_need(const pickle_machine *m, size_t n_value)
{
  return n_above_mark(m) >= n_value ? CUXAS_OK : pickle_fail(m, CUXAS_EFORMAT, "takes values that are not there");
}

cuxas_status pickle_set_mark(pickle_machine *m)
{
  void *mark = m->mark;
  if (!grow(&mark, m->n_mark, &m->n_mark_room, sizeof(size_t))) return pickle_no_memory(m);
  m->mark              = mark;
  m->mark[m->n_mark++] = m->n_stack;
  return CUXAS_OK;
}

/* pickle_pop_mark() - forgets the last mark; *ret_n_value: how many values lie above it, still on the stack */
cuxas_status pickle_pop_mark(pickle_machine *m, size_t *ret_n_value)
{
  if (m->n_mark == 0) return pickle_fail(m, CUXAS_EFORMAT, "no mark is set");
  *ret_n_value = n_above_mark(m);
  m->n_mark--;
  return CUXAS_OK;
}

cuxas_status pickle_put_into(pickle_machine *m, cuxas_pickle_kind kind, size_t n_value)
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

cuxas_status pickle_make_tuple(pickle_machine *m, size_t n_value)
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

cuxas_status pickle_remember(pickle_machine *m, size_t i_memo)
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

cuxas_status pickle_recall(pickle_machine *m, size_t i_memo)
{
  if (i_memo >= m->n_memo) return pickle_fail(m, CUXAS_EFORMAT, "asks for a memo that was never kept");
  return pickle_push(m, m->memo[i_memo]);
}
