/* watch.h - who is told how far a long piece of work is */
#ifndef CUXAS_WATCH_H
#define CUXAS_WATCH_H
#include <stddef.h>

/* Called as parts are done, n_done up to n_total; never from two threads at once. */
typedef void cuxas_progress(size_t n_done, size_t n_total, void *user);

typedef struct {
  cuxas_progress *progress; /* NULL: nobody */
  void           *user;     /* its last argument */
} cuxas_watch;

/* cuxas_watch_tell() - opt_watch may be NULL */
static inline void cuxas_watch_tell(const cuxas_watch *opt_watch, size_t n_done, size_t n_total)
{
  if (opt_watch != NULL && opt_watch->progress != NULL) opt_watch->progress(n_done, n_total, opt_watch->user);
}

#endif
