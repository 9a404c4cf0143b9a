/* watch.h - who is told how far a long piece of work is, and may end it */
#ifndef CUXAS_WATCH_H
#define CUXAS_WATCH_H
#include "cuxas/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Called as parts are done, n_done up to n_total; never from two threads at once. */
typedef void cuxas_progress(size_t n_done, size_t n_total, void *user);

typedef struct {
  cuxas_progress    *progress; /* NULL: nobody */
  void              *user;     /* its last argument */
  const atomic_bool *opt_stop; /* true: the work ends at its next part; NULL: nobody ends it */
} cuxas_watch;

/* cuxas_watch_tell() - opt_watch may be NULL */
static inline void cuxas_watch_tell(const cuxas_watch *opt_watch, size_t n_done, size_t n_total)
{
  if (opt_watch != NULL && opt_watch->progress != NULL) opt_watch->progress(n_done, n_total, opt_watch->user);
}

/* cuxas_watch_is_stopped() - opt_watch may be NULL; cuxas_watch_check() - CUXAS_EIO "stopped" when it is */
static inline bool cuxas_watch_is_stopped(const cuxas_watch *opt_watch)
{
  return opt_watch != NULL && opt_watch->opt_stop != NULL && atomic_load(opt_watch->opt_stop);
}

static inline cuxas_status cuxas_watch_check(const cuxas_watch *opt_watch, cuxas_error *err)
{
  return cuxas_watch_is_stopped(opt_watch) ? cuxas_fail(err, CUXAS_EIO, "stopped") : CUXAS_OK;
}

#endif
