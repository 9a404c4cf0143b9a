/* HDF5 files are read in a process of their own
 *
 * libhdf5 trusts what it reads: damaged files make it crash (seen in the tests with 1.10.8), and it has global state.
 * So a child process reads, and sends back what it found; when it dies, the file is damaged, and nothing else happens.
 * Parent and child are the same program, so that structs can be sent as they are; pointers in them are not used. */
#include "base/memory.h"
#include "spectrum/formats.h"
#include "spectrum/hdf5_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SECONDS = 20 }; /* of computing; no spectrum takes one */

/* What comes first through the pipe; columns and numbers follow when status is CUXAS_OK. */
typedef struct {
  cuxas_status        status;
  cuxas_error         err;
  cuxas_measured_info info;
  size_t              n_row, n_column;
} result_head;

typedef struct {
  char              name[CUXAS_COLUMN_MAX_NAME + 1];
  cuxas_column_role role;
} result_column;

static bool send_bytes(int pipe_end, const void *bytes, size_t n_byte)
{
  for (const char *next = bytes; n_byte > 0;) {
    const ssize_t n = write(pipe_end, next, n_byte);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    next += n;
    n_byte -= (size_t)n;
  }
  return true;
}

static bool receive_bytes(int pipe_end, void *bytes, size_t n_byte)
{
  for (char *next = bytes; n_byte > 0;) {
    const ssize_t n = read(pipe_end, next, n_byte);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    next += n;
    n_byte -= (size_t)n;
  }
  return true;
}

/* -- the child -- */

static void limit_child(void)
{
  const struct rlimit time = {MAX_SECONDS, MAX_SECONDS}, core = {0, 0};
  setrlimit(RLIMIT_CPU, &time);
  setrlimit(RLIMIT_CORE, &core);
  signal(SIGPIPE, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY); /* whatever a crash would say */
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
}

_Noreturn static void read_and_send(int pipe_end, const char *path, const void *bytes, size_t n_byte,
                                    const cuxas_measured_options *options, const cuxas_measured_info *info)
{
  cuxas_table table = {0};
  result_head head  = {.info = *info};
  limit_child();
  head.status   = cuxas_nexus_read_here(path, bytes, n_byte, options, &head.info, &table, &head.err);
  head.n_row    = table.n_row;
  head.n_column = table.n_column;
  bool is_sent  = send_bytes(pipe_end, &head, sizeof head);
  for (size_t i = 0; i < head.n_column && is_sent && head.status == CUXAS_OK; i++) {
    result_column column = {.role = head.info.column[i].role};
    cuxas_info_put(column.name, sizeof column.name, head.info.column[i].name);
    is_sent = send_bytes(pipe_end, &column, sizeof column);
  }
  if (is_sent && head.status == CUXAS_OK)
    is_sent = send_bytes(pipe_end, table.number, table.n_row * table.n_column * sizeof *table.number);
  _exit(is_sent ? 0 : 1); /* without the parent's buffers and handlers */
}

/* -- the parent -- */

/* The info keeps the memory it has; all else comes from the child. */
static void take_info(const cuxas_measured_info *sent, cuxas_measured_info *info)
{
  char *const path                        = info->path;
  *info                                   = *sent;
  info->path                              = path;
  info->column                            = NULL;
  info->n_column                          = 0;
  info->merged                            = NULL;
  info->n_merged                          = 0;
  info->element[sizeof info->element - 1] = info->edge[sizeof info->edge - 1] = '\0';
  info->acquisition[sizeof info->acquisition - 1]                             = '\0';
  info->detection_mode[sizeof info->detection_mode - 1] = info->scan[sizeof info->scan - 1] = '\0';
}

static cuxas_status fail_damaged(const char *path, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged HDF5 file: libhdf5 breaks down over it", path);
}

static cuxas_status receive(int pipe_end, const char *path, cuxas_measured_info *info, cuxas_table *table,
                            cuxas_error *err)
{
  result_head  head;
  cuxas_status status;
  if (!receive_bytes(pipe_end, &head, sizeof head)) return fail_damaged(path, err);
  if (head.status != CUXAS_OK) return cuxas_fail(err, head.status, "%s", head.err.message);
  if (head.n_row < 1 || head.n_column < 1 || head.n_column > CUXAS_TABLE_MAX_COLUMN ||
      head.n_row > SIZE_MAX / sizeof(double) / head.n_column)
    return fail_damaged(path, err);
  take_info(&head.info, info);
  if ((status = cuxas_info_new_columns(info, head.n_column, head.n_row, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < head.n_column; i++) {
    result_column column;
    if (!receive_bytes(pipe_end, &column, sizeof column)) return fail_damaged(path, err);
    column.name[sizeof column.name - 1] = '\0';
    info->column[i].role                = column.role;
    if ((status = cuxas_column_set_name(&info->column[i], column.name, err)) != CUXAS_OK) return status;
  }
  if ((status = cuxas_table_new(path, head.n_row, head.n_column, table, err)) != CUXAS_OK) return status;
  if (!receive_bytes(pipe_end, table->number, head.n_row * head.n_column * sizeof *table->number))
    return fail_damaged(path, err);
  return CUXAS_OK;
}

cuxas_status cuxas_nexus_read(const char *path, const void *bytes, size_t n_byte, const cuxas_measured_options *options,
                              cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  int ends[2];
  if (pipe(ends) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: no pipe to read it through: %s", path, strerror(errno));
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    read_and_send(ends[1], path, bytes, n_byte, options, info);
  }
  const int why = errno;
  close(ends[1]);
  const cuxas_status status = child > 0
                                  ? receive(ends[0], path, info, ret_table, err)
                                  : cuxas_fail(err, CUXAS_EIO, "%s: no process to read it in: %s", path, strerror(why));
  close(ends[0]);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return status;
}

/* -- a list instead -- */

typedef struct {
  cuxas_status status;
  cuxas_error  err;
  size_t       n_byte; /* of the text that follows */
} list_head;

enum { MAX_LIST_BYTES = 1 << 20 };

_Noreturn static void list_and_send(int pipe_end, const char *path, const void *bytes, size_t n_byte, double near_eV)
{
  list_head head = {0};
  char     *text = NULL;
  limit_child();
  head.status  = cuxas_nexus_list_here(path, bytes, n_byte, near_eV, &text, &head.err);
  head.n_byte  = text != NULL && strlen(text) < MAX_LIST_BYTES ? strlen(text) : 0;
  bool is_sent = send_bytes(pipe_end, &head, sizeof head) && send_bytes(pipe_end, text, head.n_byte);
  _exit(is_sent ? 0 : 1);
}

static cuxas_status receive_list(int pipe_end, const char *path, char **ret_text, cuxas_error *err)
{
  list_head head;
  if (!receive_bytes(pipe_end, &head, sizeof head)) return fail_damaged(path, err);
  if (head.status != CUXAS_OK) return cuxas_fail(err, head.status, "%s", head.err.message);
  if (head.n_byte >= MAX_LIST_BYTES) return fail_damaged(path, err);
  if ((*ret_text = cuxas_new_array(head.n_byte + 1, 1)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  if (receive_bytes(pipe_end, *ret_text, head.n_byte)) return CUXAS_OK;
  free(*ret_text);
  *ret_text = NULL;
  return fail_damaged(path, err);
}

cuxas_status cuxas_nexus_list(const char *path, const void *bytes, size_t n_byte, double near_eV, char **ret_text,
                              cuxas_error *err)
{
  int ends[2];
  *ret_text = NULL;
  if (pipe(ends) != 0) return cuxas_fail(err, CUXAS_EIO, "%s: no pipe to read it through: %s", path, strerror(errno));
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    list_and_send(ends[1], path, bytes, n_byte, near_eV);
  }
  const int why = errno;
  close(ends[1]);
  const cuxas_status status = child > 0
                                  ? receive_list(ends[0], path, ret_text, err)
                                  : cuxas_fail(err, CUXAS_EIO, "%s: no process to read it in: %s", path, strerror(why));
  close(ends[0]);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return status;
}
