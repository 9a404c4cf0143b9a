/* local_server.h - a small HTTP server for one user of this machine
 *
 * It listens on the loopback address alone. Every address begins with a token that only the printed one has, a request must name
 * this machine as its host, and no page elsewhere may frame or read an answer: other users of the machine and other pages of the
 * browser stay apart. A body is at most 64 MB, a silent connection ends after a minute. */
#ifndef CUXAS_CMD_LOCAL_SERVER_H
#define CUXAS_CMD_LOCAL_SERVER_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define CUXAS_SERVER_JSON "application/json"

/* A request in work. */
typedef struct {
  struct MHD_Connection *connection;
  char                  *body; /* (n_body); who keeps it sets it NULL */
  size_t                 n_body, n_room;
  bool                   is_too_large;
} cuxas_server_request;

enum { CUXAS_SERVER_NAME_SIZE = 136 };

typedef struct {
  unsigned    code;  /* of HTTP */
  const char *type;  /* static */
  char       *bytes; /* (n_byte) owned */
  size_t      n_byte;
  char        file_name[CUXAS_SERVER_NAME_SIZE]; /* "": to be shown, not saved */
} cuxas_server_reply;

/* cuxas_server_word() - a word behind the '?' of an address; NULL: not given, or empty */
const char *cuxas_server_word(const cuxas_server_request *asked, const char *name);

/* cuxas_server_answer_tree() - JSON, the tree is deleted; cuxas_server_answer_text() - a copy of a text;
 * cuxas_server_refuse() - {"error": why}; cuxas_server_refuse_error() - the same of a failure: the question's fault, or memory's */
void cuxas_server_answer_tree(cuxas_server_reply *to, unsigned code, cJSON *tree);
void cuxas_server_answer_text(cuxas_server_reply *to, const char *type, const char *text);
void cuxas_server_refuse(cuxas_server_reply *to, unsigned code, const char *why);
void cuxas_server_refuse_error(cuxas_server_reply *to, const cuxas_error *err);

/* Answers a request that was let in; called by many threads at a time.
 *
 *   path  behind the token: "" is the page
 *   to    empty */
typedef void cuxas_server_answer(void *user, const char *method, const char *path, cuxas_server_request *asked,
                                 cuxas_server_reply *to);

/* Is told the address, token included, when the server listens. */
typedef void cuxas_server_ready(const char *address, void *user);

/* cuxas_server_run() - listens until SIGINT, SIGTERM or SIGHUP
 *
 *   port  0: a free one
 *
 * Returns  CUXAS_OK when it was ended; CUXAS_EIO the port cannot be opened. */
cuxas_status cuxas_server_run(unsigned port, cuxas_server_answer *answer, cuxas_server_ready *ready, void *user,
                              cuxas_error *err);

#endif
