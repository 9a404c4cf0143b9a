/* pickle_priv.h - a restricted reader of Python pickles, protocol 2, as torch.save() writes them
 *
 * A pickle is a program for a stack machine that may name and call any Python function. This reader knows the
 * containers dict, OrderedDict, list and tuple, the scalars str, int, float, bool and None, and the two functions that
 * PyTorch puts in to rebuild tensors (torch._utils._rebuild_tensor_v2, _rebuild_parameter) with the storages they refer
 * to. Nothing is executed; any other name is refused with that name. It works without recursion, and every value costs
 * at least a byte of input, so that hostile input can exhaust neither the C stack nor memory. Format:
 * Lib/pickletools.py of CPython describes each operation; torch/serialization.py what PyTorch makes of them. */
#ifndef CUXAS_PICKLE_PRIV_H
#define CUXAS_PICKLE_PRIV_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CUXAS_PICKLE_MAX_RANK = 8 };

typedef enum {
  CUXAS_PICKLE_NONE,
  CUXAS_PICKLE_BOOL,
  CUXAS_PICKLE_INTEGER,
  CUXAS_PICKLE_REAL,
  CUXAS_PICKLE_TEXT,
  CUXAS_PICKLE_LIST,
  CUXAS_PICKLE_TUPLE,
  CUXAS_PICKLE_DICT, /* OrderedDict too */
  CUXAS_PICKLE_TENSOR,
  CUXAS_PICKLE_STORAGE, /* what a tensor refers to */
  CUXAS_PICKLE_GLOBAL,  /* one of the known names, on its way to being used */
} cuxas_pickle_kind;

typedef struct cuxas_pickle_value cuxas_pickle_value;

struct cuxas_pickle_value {
  cuxas_pickle_kind         kind;
  cuxas_pickle_value       *next_owned; /* chain of all values, for freeing */
  bool                      boolean;
  int64_t                   integer; /* also: elements of a storage; first element of a tensor in its storage */
  double                    real;
  char                     *text;   /* text, zero-terminated, without zeros inside; a storage's key; a global's name */
  const char               *type;   /* of a storage: "FloatStorage", ...; static */
  size_t                    n_item; /* of a list or tuple; of a dict: 2 per entry, key then value; rank of a tensor */
  size_t                    n_room;
  cuxas_pickle_value      **item;
  const cuxas_pickle_value *storage;                       /* of a tensor */
  int64_t                   shape[CUXAS_PICKLE_MAX_RANK];  /* of a tensor, >= 0 */
  int64_t                   stride[CUXAS_PICKLE_MAX_RANK]; /* in elements, >= 0 */
};

typedef struct {
  const cuxas_pickle_value *root;
  cuxas_pickle_value       *owned;
} cuxas_pickle;

/* cuxas_pickle_read() - runs the n_byte bytes of a pickle
 *
 *   where       start of messages, e.g. the file's name
 *   ret_pickle  the caller ends it with cuxas_pickle_free(), also after a failure. Values may be shared and, in a
 * hostile pickle, contain themselves: who walks them bounds depth and number
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT cut short, not protocol 2, an operation out of place; CUXAS_EUNSUPPORTED a name or
 *          operation that is not known here; CUXAS_ENOMEM. */
cuxas_status cuxas_pickle_read(const void *bytes, size_t n_byte, const char *where, cuxas_pickle *ret_pickle,
                               cuxas_error *err);

/* cuxas_pickle_free() - leaves an empty pickle */
void cuxas_pickle_free(cuxas_pickle *pickle);

/* cuxas_pickle_get() - the value of a dict's text key, the last one put in; NULL: not there, or not a dict */
const cuxas_pickle_value *cuxas_pickle_get(const cuxas_pickle_value *dict, const char *key);

#endif
