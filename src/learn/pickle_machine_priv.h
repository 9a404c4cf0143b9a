/* pickle_machine_priv.h - the stack machine that a pickle runs on, in parts
 *
 *     pickle_stack.c   values and the stack
 *     pickle_names.c   names and calls
 *     pickle.c         scalars and the table of operations
 *
 * Functions that can fail set the machine's error, which names the byte read last. */
#ifndef CUXAS_PICKLE_MACHINE_PRIV_H
#define CUXAS_PICKLE_MACHINE_PRIV_H
#include "learn/pickle_priv.h"

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

/* -- pickle_stack.c -- */

/* pickle_fail() - a failure at the operation last read; pickle_no_memory() - this one */
cuxas_status pickle_fail(const pickle_machine *m, cuxas_status status, const char *reason);
cuxas_status pickle_no_memory(const pickle_machine *m);

/* pickle_new() - a value, owned by the pickle; NULL: no memory */
cuxas_pickle_value *pickle_new(pickle_machine *m, cuxas_pickle_kind kind);

/* pickle_push() - on the stack; NULL, from pickle_new(), is CUXAS_ENOMEM */
cuxas_status pickle_push(pickle_machine *m, cuxas_pickle_value *value);

/* pickle_need() - CUXAS_EFORMAT unless so many values lie above the last mark, where operations may take them */
cuxas_status pickle_need(const pickle_machine *m, size_t n_value);

cuxas_status pickle_set_mark(pickle_machine *m);

/* pickle_pop_mark() - forgets the last mark; *ret_n_value: how many values lie above it, still on the stack */
cuxas_status pickle_pop_mark(pickle_machine *m, size_t *ret_n_value);

/* pickle_put_into() - the upper n_value values of the stack into the container below them */
cuxas_status pickle_put_into(pickle_machine *m, cuxas_pickle_kind kind, size_t n_value);

/* pickle_make_tuple() - of the upper n_value values of the stack */
cuxas_status pickle_make_tuple(pickle_machine *m, size_t n_value);

/* pickle_remember() - keeps the top of the stack under a number. Writers count up from 0: a leap would only waste
 * memory; pickle_recall() - pushes it again */
cuxas_status pickle_remember(pickle_machine *m, size_t i_memo);
cuxas_status pickle_recall(pickle_machine *m, size_t i_memo);

/* -- pickle_names.c -- */

/* pickle_push_global() - a known name, read from the pickle; any other is CUXAS_EUNSUPPORTED */
cuxas_status pickle_push_global(pickle_machine *m);

/* pickle_push_storage() - ("storage", type, key, device, number of elements) becomes a storage */
cuxas_status pickle_push_storage(pickle_machine *m);

/* pickle_call() - a known function with the tuple above it */
cuxas_status pickle_call(pickle_machine *m);

/* pickle_set_attributes() - attributes of an OrderedDict (PyTorch keeps versions of modules there) are dropped */
cuxas_status pickle_set_attributes(pickle_machine *m);

#endif
