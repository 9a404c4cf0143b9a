/* match_serve.h - the page of cuxas-match --serve */
#ifndef CUXAS_CMD_MATCH_SERVE_H
#define CUXAS_CMD_MATCH_SERVE_H
#include "cmd/options.h"

typedef struct {
  const char        *program;
  cuxas_options     *options;   /* what the command line gives stays; the page changes the rest */
  unsigned           port;      /* 0: a free one */
  const char *const *candidate; /* (n_candidate) as cuxas_source_candidates() takes them; none: the bundled ones */
  size_t             n_candidate;
  const char        *opt_watch; /* folder whose scans come to the page by themselves; NULL: none */
} cuxas_serve;

/* cuxas_serve_run() - prints the address and answers until SIGINT, SIGTERM or SIGHUP
 *
 * Returns  CUXAS_OK when it was ended; as cuxas_source_model() and its like; CUXAS_EIO the port cannot be opened. */
cuxas_status cuxas_serve_run(const cuxas_serve *serve, cuxas_error *err);

#endif
