/* hdf5_child.c - HDF5 files are read in a process of its own, which can do nothing else
 *
 * libhdf5 trusts what it reads: damaged files make it crash (seen in the tests with 1.10.8), and it has global state.
 * So a child process reads, and sends back what it found; when it dies, the file is damaged, and nothing else happens.
 * Parent and child are the same program, so that structs can be sent as they are. Nothing in them is trusted either: no
 * pointer of the child's is used, texts end where they must, and what counts or names one of several is in its range.
 *
 *   1. what is sent   2. the child   3. the parent   4. a table, a list, the pixels of an image */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* syscall() */
#endif
#include "spectrum/hdf5_priv.h"
#include "base/memory.h"
#include "spectrum/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- 1. What is sent ---- */

enum { MAX_SECONDS = 20 };               /* of computing; no spectrum takes one */
#define MAX_MORE_BYTES ((rlim_t)2 << 30) /* of memory, beside the file, which is at most CUXAS_TEXT_MAX_BYTES */

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

/* ---- 2. The child ---- */

/* From now on this process may compute, allocate and write to what is open, where the kernel knows such filters; all other
 * system calls, those for files and network among them, fail. */
static void keep_out(void)
{
#if defined(__x86_64__)
  static const unsigned short MAY[] = {
      SYS_read,           SYS_write,        SYS_close,   SYS_mmap,       SYS_munmap,       SYS_mremap,
      SYS_mprotect,       SYS_brk,          SYS_madvise, SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigaction,
      SYS_rt_sigprocmask, SYS_sigaltstack,  SYS_getpid,  SYS_gettid,     SYS_exit,         SYS_futex,
      SYS_clock_gettime,  SYS_gettimeofday, SYS_fstat,   SYS_getrandom,  SYS_sched_yield};
  enum { N = sizeof MAY / sizeof *MAY };
  struct sock_filter filter[N + 5] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                                      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, N + 1),
                                      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
  for (size_t i = 0; i < N; i++)
    filter[3 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAY[i], (unsigned char)(N - i), 0);
  filter[3 + N]                   = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  filter[4 + N]                   = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {N + 5, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}

/* What the program has open, outputs among them, is not for the child. */
static void close_others(int pipe_end)
{
  const int nothing = open("/dev/null", O_RDWR);
  for (int file = 0; file < 3; file++)
    if (nothing < 0 || dup2(nothing, file) < 0) close(file);
  bool is_done = false;
#if defined(SYS_close_range)
  is_done = (pipe_end == 3 || syscall(SYS_close_range, 3U, (unsigned)pipe_end - 1U, 0U) == 0) &&
            syscall(SYS_close_range, (unsigned)pipe_end + 1U, ~0U, 0U) == 0;
#endif
  const long n_file = sysconf(_SC_OPEN_MAX);
  for (int file = 3; file < (n_file > 0 && n_file < 65536 ? (int)n_file : 65536) && !is_done; file++)
    if (file != pipe_end) close(file);
}

void cuxas_hdf5_confine(int pipe_end)
{
  const struct rlimit time = {MAX_SECONDS, MAX_SECONDS}, core = {0, 0};
  unsigned long       n_page = 0;
  setrlimit(RLIMIT_CPU, &time);
  setrlimit(RLIMIT_CORE, &core);
  signal(SIGPIPE, SIG_DFL);
  close_others(pipe_end);                    /* standard error, too: whatever a crash would say */
  FILE *in = fopen("/proc/self/statm", "r"); /* what it has, and MAX_MORE_BYTES */
  if (in != NULL && fscanf(in, "%lu", &n_page) == 1) {
    const rlim_t n_byte = (rlim_t)n_page * (rlim_t)sysconf(_SC_PAGESIZE) + MAX_MORE_BYTES;
    setrlimit(RLIMIT_AS, &(struct rlimit){n_byte, n_byte});
  }
  if (in != NULL) fclose(in);
  keep_out();
}

/* What the child is to do; it sends its answer through the pipe. */
typedef struct {
  const char                   *path;
  const void                   *bytes;
  size_t                        n_byte;
  const cuxas_measured_options *options;
  const cuxas_measured_info    *info; /* so far */
} child_job;
typedef bool child_work(int pipe_end, const child_job *job);

static bool send_table(int pipe_end, const child_job *job)
{
  cuxas_table table = {0};
  result_head head  = {.info = *job->info};
  head.status = cuxas_nexus_read_here(job->path, job->bytes, job->n_byte, job->options, &head.info, &table, &head.err);
  head.n_row  = table.n_row;
  head.n_column = table.n_column;
  bool is_sent  = send_bytes(pipe_end, &head, sizeof head);
  for (size_t i = 0; i < head.n_column && is_sent && head.status == CUXAS_OK; i++) {
    result_column column = {.role = head.info.column[i].role};
    cuxas_info_put(column.name, sizeof column.name, head.info.column[i].name);
    is_sent = send_bytes(pipe_end, &column, sizeof column);
  }
  if (is_sent && head.status == CUXAS_OK)
    is_sent = send_bytes(pipe_end, table.number, table.n_row * table.n_column * sizeof *table.number);
  return is_sent;
}

/* ---- 3. The parent ---- */

static void end_text(char *text, size_t size)
{
  text[size - 1] = '\0';
}

/* The info keeps the memory and the format it has; all else comes from the child. */
static bool take_info(cuxas_measured_info *sent, cuxas_measured_info *info)
{
  if (sent->delimiter > CUXAS_DELIMITER_BLANK || sent->unit > CUXAS_UNIT_KEV || sent->order > CUXAS_ORDER_UNSORTED ||
      sent->warnings.n_warning > CUXAS_MAX_WARNING)
    return false;
  sent->path     = info->path;
  sent->format   = info->format;
  sent->column   = NULL;
  sent->n_column = 0;
  sent->merged   = NULL;
  sent->n_merged = 0;
  end_text(sent->element, sizeof sent->element);
  end_text(sent->edge, sizeof sent->edge);
  end_text(sent->detection_mode, sizeof sent->detection_mode);
  end_text(sent->acquisition, sizeof sent->acquisition);
  end_text(sent->scan, sizeof sent->scan);
  for (size_t i = 0; i < sent->warnings.n_warning; i++) end_text(sent->warnings.text[i], CUXAS_WARNING_SIZE);
  *info = *sent;
  return true;
}

static cuxas_status start_child(const child_job *job, child_work *work, int *ret_pipe_end, pid_t *ret_child,
                                cuxas_error *err)
{
  int ends[2];
  if (pipe(ends) != 0)
    return cuxas_fail(err, CUXAS_EIO, "%s: no pipe to read it through: %s", job->path, strerror(errno));
  *ret_child = fork();
  if (*ret_child == 0) {
    close(ends[0]);
    cuxas_hdf5_confine(ends[1]);
    _exit(work(ends[1], job) ? 0 : 1); /* without the parent's buffers and handlers */
  }
  const int why = errno;
  close(ends[1]);
  *ret_pipe_end = ends[0];
  if (*ret_child > 0) return CUXAS_OK;
  close(ends[0]);
  return cuxas_fail(err, CUXAS_EIO, "%s: no process to read it in: %s", job->path, strerror(why));
}

static void end_child(int pipe_end, pid_t child)
{
  close(pipe_end);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

static cuxas_status fail_damaged(const char *path, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged HDF5 file: libhdf5 breaks down over it", path);
}

/* What the child could not do, in its words. */
static cuxas_status fail_as_told(cuxas_status told, cuxas_error *why, const char *path, cuxas_error *err)
{
  end_text(why->message, sizeof why->message);
  if (told > CUXAS_ENUMERIC || why->message[0] == '\0') return fail_damaged(path, err);
  return cuxas_fail(err, told, "%s", why->message);
}

static cuxas_status receive(int pipe_end, const char *path, cuxas_measured_info *info, cuxas_table *table,
                            cuxas_error *err)
{
  result_head  head;
  cuxas_status status;
  if (!receive_bytes(pipe_end, &head, sizeof head)) return fail_damaged(path, err);
  if (head.status != CUXAS_OK) return fail_as_told(head.status, &head.err, path, err);
  if (head.n_row < 1 || head.n_column < 1 || head.n_column > CUXAS_TABLE_MAX_COLUMN ||
      head.n_row > SIZE_MAX / sizeof(double) / head.n_column)
    return fail_damaged(path, err);
  if (!take_info(&head.info, info)) return fail_damaged(path, err);
  if ((status = cuxas_info_new_columns(info, head.n_column, head.n_row, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < head.n_column; i++) {
    result_column column;
    if (!receive_bytes(pipe_end, &column, sizeof column) || column.role > CUXAS_COLUMN_I0)
      return fail_damaged(path, err);
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
  const child_job job = {path, bytes, n_byte, options, info};
  int             pipe_end;
  pid_t           child;
  cuxas_status    status = start_child(&job, send_table, &pipe_end, &child, err);
  if (status != CUXAS_OK) return status;
  status = receive(pipe_end, path, info, ret_table, err);
  end_child(pipe_end, child);
  return status;
}

/* ---- 4. A list instead ---- */

typedef struct {
  cuxas_status status;
  cuxas_error  err;
  size_t       n_byte; /* of the text that follows */
} list_head;

enum { MAX_LIST_BYTES = 1 << 20 };

static bool send_list(int pipe_end, const child_job *job)
{
  list_head head = {0};
  char     *text = NULL;
  head.status    = cuxas_nexus_list_here(job->path, job->bytes, job->n_byte, job->options->near_eV, &text, &head.err);
  head.n_byte    = text != NULL && strlen(text) < MAX_LIST_BYTES ? strlen(text) : 0;
  return send_bytes(pipe_end, &head, sizeof head) && send_bytes(pipe_end, text, head.n_byte);
}

static cuxas_status receive_list(int pipe_end, const char *path, char **ret_text, cuxas_error *err)
{
  list_head head;
  if (!receive_bytes(pipe_end, &head, sizeof head)) return fail_damaged(path, err);
  if (head.status != CUXAS_OK) return fail_as_told(head.status, &head.err, path, err);
  if (head.n_byte >= MAX_LIST_BYTES) return fail_damaged(path, err);
  if ((*ret_text = cuxas_new(err, head.n_byte + 1, 1)) == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  if (receive_bytes(pipe_end, *ret_text, head.n_byte)) return CUXAS_OK;
  free(*ret_text);
  *ret_text = NULL;
  return fail_damaged(path, err);
}

cuxas_status cuxas_nexus_list(const char *path, const void *bytes, size_t n_byte, double near_eV, char **ret_text,
                              cuxas_error *err)
{
  const cuxas_measured_options options = {.near_eV = near_eV};
  const child_job              job     = {path, bytes, n_byte, &options, NULL};
  int                          pipe_end;
  pid_t                        child;
  cuxas_status                 status = start_child(&job, send_list, &pipe_end, &child, err);
  *ret_text                           = NULL;
  if (status != CUXAS_OK) return status;
  status = receive_list(pipe_end, path, ret_text, err);
  end_child(pipe_end, child);
  return status;
}

/* ---- The pixels of an image ---- */

typedef struct {
  cuxas_status status;
  cuxas_error  err;
  size_t       n_x, n_y, n_energy;
} image_head;

static bool send_image(int pipe_end, const child_job *job)
{
  image_head            head  = {0};
  cuxas_spectrum_image *image = NULL;
  head.status = cuxas_nexus_image_here(job->path, job->bytes, job->n_byte, job->options->dataset, &image, &head.err);
  if (image == NULL) return send_bytes(pipe_end, &head, sizeof head);
  head.n_x      = image->n_x;
  head.n_y      = image->n_y;
  head.n_energy = image->n_energy;
  return send_bytes(pipe_end, &head, sizeof head) &&
         send_bytes(pipe_end, image->energy_eV, image->n_energy * sizeof *image->energy_eV) &&
         send_bytes(pipe_end, image->value, image->n_x * image->n_y * image->n_energy * sizeof *image->value);
}

static cuxas_status receive_image(int pipe_end, const char *path, cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  image_head   head;
  cuxas_status status;
  if (!receive_bytes(pipe_end, &head, sizeof head)) return fail_damaged(path, err);
  if (head.status != CUXAS_OK) return fail_as_told(head.status, &head.err, path, err);
  if ((status = cuxas_spectrum_image_new(path, head.n_x, head.n_y, head.n_energy, ret_image, err)) != CUXAS_OK)
    return status;
  if (receive_bytes(pipe_end, (*ret_image)->energy_eV, head.n_energy * sizeof *(*ret_image)->energy_eV) &&
      receive_bytes(pipe_end, (*ret_image)->value, head.n_x * head.n_y * head.n_energy * sizeof *(*ret_image)->value))
    return CUXAS_OK;
  cuxas_spectrum_image_free(*ret_image);
  *ret_image = NULL;
  return fail_damaged(path, err);
}

cuxas_status cuxas_nexus_image(const char *path, const void *bytes, size_t n_byte, const char *opt_dataset,
                               cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  const cuxas_measured_options options = {.dataset = opt_dataset};
  const child_job              job     = {path, bytes, n_byte, &options, NULL};
  int                          pipe_end;
  pid_t                        child;
  cuxas_status                 status = start_child(&job, send_image, &pipe_end, &child, err);
  *ret_image                          = NULL;
  if (status != CUXAS_OK) return status;
  status = receive_image(pipe_end, path, ret_image, err);
  end_child(pipe_end, child);
  return status;
}
