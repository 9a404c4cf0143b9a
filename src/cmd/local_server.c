/* local_server.c - a small HTTP server for one user of this machine: loopback, a token in every address, limits on all sizes
 *
 * Contents: 1. replies  2. who is let in  3. requests  4. the server */
#include "cmd/local_server.h"

#include "base/json.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Our choices: a beam time's scans fit, and nobody fills the memory. */
enum {
  MAX_BODY       = 64 << 20, /* bytes of a file */
  MAX_CONNECTION = 24,
  TIMEOUT_S      = 60, /* of a silent connection */
  TOKEN_BYTE     = 16
};

typedef struct {
  char                 token[2 * TOKEN_BYTE + 1];
  unsigned             port;
  cuxas_server_answer *answer;
  void                *user;
} server;

/* 1. replies */

void cuxas_server_answer_tree(cuxas_server_reply *to, unsigned code, cJSON *tree)
{
  char *text = NULL;
  if (cuxas_json_print(tree, false, &text, NULL) == CUXAS_OK)
    *to = (cuxas_server_reply){.code = code, .type = CUXAS_SERVER_JSON, .bytes = text, .n_byte = strlen(text)};
  cJSON_Delete(tree);
}

void cuxas_server_refuse(cuxas_server_reply *to, unsigned code, const char *why)
{
  cJSON *tree = cJSON_CreateObject();
  cuxas_json_add(tree, "error", cJSON_CreateString(why));
  cuxas_server_answer_tree(to, code, tree);
}

void cuxas_server_refuse_error(cuxas_server_reply *to, const cuxas_error *err)
{
  cuxas_server_refuse(to, err->status == CUXAS_ENOMEM ? MHD_HTTP_INSUFFICIENT_STORAGE : MHD_HTTP_UNPROCESSABLE_CONTENT,
                      err->message);
}

void cuxas_server_answer_text(cuxas_server_reply *to, const char *type, const char *text)
{
  *to = (cuxas_server_reply){
      .code = MHD_HTTP_OK, .type = type, .bytes = cuxas_copy_text(NULL, text), .n_byte = strlen(text)};
}

const char *cuxas_server_word(const cuxas_server_request *asked, const char *name)
{
  const char *value = MHD_lookup_connection_value(asked->connection, MHD_GET_ARGUMENT_KIND, name);
  return value != NULL && *value != '\0' ? value : NULL;
}

/* 2. who is let in */

/* In a time that does not depend on where they differ. */
static bool has_token(const server *own, const char *url)
{
  unsigned difference = 0;
  if (strlen(url) < 2 * TOKEN_BYTE + 2 || url[0] != '/' || url[2 * TOKEN_BYTE + 1] != '/') return false;
  for (size_t i = 0; i < 2 * TOKEN_BYTE; i++) difference |= (unsigned)(url[1 + i] ^ own->token[i]);
  return difference == 0;
}

/* A page elsewhere may lead the browser here under a name of its own. */
static bool names_this_host(const server *own, struct MHD_Connection *connection)
{
  const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  char        own_name[2][32];
  snprintf(own_name[0], sizeof own_name[0], "127.0.0.1:%u", own->port);
  snprintf(own_name[1], sizeof own_name[1], "localhost:%u", own->port);
  return host != NULL && (strcmp(host, own_name[0]) == 0 || strcmp(host, own_name[1]) == 0);
}

/* 3. requests */

static enum MHD_Result send_reply(struct MHD_Connection *connection, cuxas_server_reply *from)
{
  static const char *const HEADER[][2] = {
      {"Cache-Control", "no-store"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
       "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"}};
  const bool is_page = from->type != NULL && strncmp(from->type, "text/html", 9) == 0 && from->bytes != NULL &&
                       strstr(from->bytes, "script-src 'sha256-") != NULL;
  char                 disposition[sizeof from->file_name + 32];
  struct MHD_Response *response = MHD_create_response_from_buffer(from->n_byte, from->bytes, MHD_RESPMEM_MUST_FREE);
  if (response == NULL) {
    free(from->bytes);
    return MHD_NO;
  }
  for (size_t i = 0; i < sizeof HEADER / sizeof *HEADER - is_page; i++) /* a report has a policy of its own */
    MHD_add_response_header(response, HEADER[i][0], HEADER[i][1]);
  if (is_page) MHD_add_response_header(response, "Content-Security-Policy", "frame-ancestors 'self'");
  MHD_add_response_header(response, "Content-Type", from->type != NULL ? from->type : CUXAS_SERVER_JSON);
  if (from->file_name[0] != '\0') {
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", from->file_name);
    MHD_add_response_header(response, "Content-Disposition", disposition);
  }
  const enum MHD_Result sent =
      MHD_queue_response(connection, from->code != 0 ? from->code : MHD_HTTP_INTERNAL_SERVER_ERROR, response);
  MHD_destroy_response(response);
  return sent;
}

static void take_part(cuxas_server_request *asked, const char *part, size_t n_byte)
{
  if (asked->is_too_large || asked->n_body + n_byte > MAX_BODY) {
    asked->is_too_large = true;
    return;
  }
  if (asked->n_body + n_byte > asked->n_room) {
    const size_t n_room = 2 * (asked->n_body + n_byte);
    char        *grown  = cuxas_grow(NULL, asked->body, n_room, 1);
    if (grown == NULL) {
      asked->is_too_large = true;
      return;
    }
    asked->body   = grown;
    asked->n_room = n_room;
  }
  memcpy(asked->body + asked->n_body, part, n_byte);
  asked->n_body += n_byte;
}

/* Called by the server: first with the head of a request, then with parts of its body, then once more. */
static enum MHD_Result serve(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *part, size_t *n_part, void **kept)
{
  server               *own   = user;
  cuxas_server_request *asked = *kept;
  cuxas_server_reply    to    = {0};
  (void)version;
  if (asked == NULL) {
    if ((asked = cuxas_new(NULL, 1, sizeof *asked)) == NULL) return MHD_NO;
    asked->connection = connection;
    *kept             = asked;
    return MHD_YES;
  }
  const bool is_let_in = has_token(own, url) && names_this_host(own, connection);
  if (*n_part > 0) {
    if (is_let_in) take_part(asked, part, *n_part);
    *n_part = 0;
    return MHD_YES;
  }
  if (!is_let_in)
    cuxas_server_refuse(&to, MHD_HTTP_FORBIDDEN, "open the address that the program printed");
  else if (asked->is_too_large)
    cuxas_server_refuse(&to, MHD_HTTP_CONTENT_TOO_LARGE, "the file is larger than 64 MB");
  else
    own->answer(own->user, method, url + 2 * TOKEN_BYTE + 2, asked, &to);
  return send_reply(connection, &to);
}

static void end_request(void *user, struct MHD_Connection *connection, void **kept, enum MHD_RequestTerminationCode how)
{
  cuxas_server_request *asked = *kept;
  (void)user, (void)connection, (void)how;
  if (asked == NULL) return;
  free(asked->body);
  free(asked);
  *kept = NULL;
}

/* 4. the server */

static struct MHD_Daemon *start(server *own, unsigned port)
{
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, (uint16_t)port, NULL, NULL,
                          serve, own, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address,
                          MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTION, MHD_OPTION_CONNECTION_TIMEOUT,
                          (unsigned)TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_END);
}

cuxas_status cuxas_server_run(unsigned port, cuxas_server_answer *answer, cuxas_server_ready *ready, void *user,
                              cuxas_error *err)
{
  server        own = {.answer = answer, .user = user};
  unsigned char random[TOKEN_BYTE];
  char          address[128];
  sigset_t      stop;
  int           signal_number;
  if (getrandom(random, sizeof random, 0) != sizeof random) return cuxas_fail(err, CUXAS_EIO, "no random numbers");
  for (size_t i = 0; i < TOKEN_BYTE; i++) snprintf(own.token + 2 * i, 3, "%02x", random[i]);
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &stop, NULL); /* threads that follow inherit it: only the wait below sees them */
  struct MHD_Daemon *daemon = start(&own, port);
  if (daemon == NULL) return cuxas_fail(err, CUXAS_EIO, "port %u: cannot be opened: %s", port, strerror(errno));
  own.port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  snprintf(address, sizeof address, "http://127.0.0.1:%u/%s/", own.port, own.token);
  ready(address, user);
  sigwait(&stop, &signal_number);
  MHD_stop_daemon(daemon);
  return CUXAS_OK;
}
