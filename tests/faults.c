/* faults.c - a library to be preloaded: the n-th allocation, write, rename, ... of a program fails, and what it then leaks
 *
 *   FAULT_KIND   malloc, write, rename, fsync
 *   FAULT_AT     which call fails, from 1; 0: none
 *   FAULT_COUNT  file that gets the number of calls when the program ends
 *   FAULT_RANGE  malloc: only calls from these count: "own", the program itself; "libcjson" and the like, what comes with
 *                that library; several apart by commas. "" or unset: all
 *   FAULT_LEAKS  file that gets a line for every block that is never freed: bytes and where in which file it was asked for
 *                (for addr2line); nothing when all are freed
 *   FAULT_WATCH  whose blocks FAULT_LEAKS is about, as FAULT_RANGE
 *   FAULT_FORK   folder with the named pipes "ended" and "next" on the file system of the outputs: the program runs once, and at
 *                each call that counts a copy of it (fork) goes on in which that call fails. When the copy has ended, its
 *                n and exit code go into "ended", and the program waits for a line from "next". For programs with one thread
 *                that append to their outputs (not SQLite). FAULT_STEP: behind the 10th only every so manieth call
 *
 * Calls are counted from the start of main(): what the loader and the constructors of libraries take is theirs. A block counts
 * as leaked when the program ends by itself and has not freed it, whether or not something still points to it.
 *
 * Contents: 1. whose call it is  2. copies that go on  3. blocks that are not freed yet  4. memory  5. files  6. around main() */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long n_call;
static long        fault_at;
static const char *kind = "";
static bool        is_on; /* main() runs */

/* 1. whose call it is */

enum { MAX_TEXT = 16 };

typedef struct {
  const char *names;
  int         n_text;
  struct {
    uintptr_t start, end;
  } text[MAX_TEXT];
} callers;

static callers range, watch;

/* The program has no name here. */
static bool is_named(const char *names, const char *path)
{
  const char *name = strrchr(path, '/');
  if (path[0] == '\0') return strncmp(names, "own", 3) == 0;
  name = name != NULL ? name + 1 : path;
  for (const char *word = names; word != NULL; word = strchr(word, ',')) {
    word += *word == ',';
    const size_t n = strcspn(word, ",");
    if (n > 0 && strncmp(name, word, n) == 0) return true;
  }
  return false;
}

static int find_text(struct dl_phdr_info *info, size_t size, void *to)
{
  callers *of = to;
  (void)size;
  if (is_named(of->names, info->dlpi_name))
    for (int i = 0; i < info->dlpi_phnum && of->n_text < MAX_TEXT; i++)
      if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
        of->text[of->n_text].start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        of->text[of->n_text].end   = of->text[of->n_text].start + info->dlpi_phdr[i].p_memsz;
        of->n_text++;
      }
  return 0;
}

static bool is_of(const callers *of, const void *caller)
{
  if (of->names[0] == '\0') return true;
  for (int i = 0; i < of->n_text; i++)
    if ((uintptr_t)caller >= of->text[i].start && (uintptr_t)caller < of->text[i].end) return true;
  return false;
}

/* 2. copies that go on */

enum { MAX_FILE = 64, COPY_S = 120 };

static const char *fork_folder; /* NULL: no copies */
static long        step       = 1;
static int         ended_pipe = -1, next_pipe = -1;

/* What a copy does to the files that it shares with the program: where they are read, and what is appended. */
typedef struct {
  off_t at, size;
  bool  is_there, is_written;
} file_state;

static void remember_files(file_state state[MAX_FILE])
{
  for (int file = 3; file < MAX_FILE; file++) {
    struct stat about;
    char        path[512], own[32];
    const int   flags = fcntl(file, F_GETFL);
    state[file]       = (file_state){0};
    if (file == ended_pipe || file == next_pipe || flags < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
      continue;
    state[file] = (file_state){lseek(file, 0, SEEK_CUR), about.st_size, true, (flags & O_ACCMODE) != O_RDONLY};
    if (!state[file].is_written || about.st_nlink > 0) continue;
    snprintf(own, sizeof own, "/proc/self/fd/%d", file); /* without a name it could be given one a single time */
    snprintf(path, sizeof path, "%s/kept-%d-%ld", fork_folder, file, (long)about.st_ino);
    ((__typeof__(&linkat))dlsym(RTLD_NEXT, "linkat"))(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
  }
}

static void restore_files(const file_state state[MAX_FILE])
{
  for (int file = 3; file < MAX_FILE; file++) {
    if (!state[file].is_there) continue;
    if (state[file].is_written && ftruncate(file, state[file].size) != 0) abort();
    lseek(file, state[file].at, SEEK_SET);
  }
}

/* Is this the copy, in which call n fails? */
static bool is_copy(long n)
{
  file_state state[MAX_FILE];
  char       line[64];
  int        how = 0;
  if (n > 10 && n % step != 0) return false;
  is_on = false;
  remember_files(state);
  const pid_t child = fork();
  if (child == 0) {
    fork_folder = NULL;
    fault_at    = n;
    is_on       = true;
    alarm(COPY_S);
    return true;
  }
  if (child < 0) abort();
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
  restore_files(state);
  const int n_byte =
      snprintf(line, sizeof line, "%ld %d\n", n, WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how));
  ssize_t (*const real_write)(int, const void *, size_t) = (__typeof__(&write))dlsym(RTLD_NEXT, "write");
  if (real_write(ended_pipe, line, (size_t)n_byte) != n_byte) abort();
  do
    if (read(next_pipe, line, 1) != 1) abort();
  while (line[0] != '\n');
  is_on = true;
  return false;
}

/* Does this call fail? */
static bool is_due(const char *what, const void *caller)
{
  if (!is_on || strcmp(kind, what) != 0) return false;
  if (caller != NULL && !is_of(&range, caller)) return false;
  const long n = atomic_fetch_add(&n_call, 1) + 1;
  return fork_folder != NULL ? is_copy(n) : n == fault_at;
}

/* 3. blocks that are not freed yet */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void  __libc_free(void *block);

typedef struct {
  const void *block, *caller; /* block NULL: free place */
  size_t      size;
} live;

static live       *table; /* (n_place), open addressing */
static size_t      n_place, n_live;
static bool        is_watched;
static atomic_flag lock = ATOMIC_FLAG_INIT;

static size_t place_of(const void *block)
{
  return (size_t)(((uintptr_t)block >> 4) * (uintptr_t)0x9E3779B97F4A7C15u) & (n_place - 1);
}

static void put(live what)
{
  size_t at = place_of(what.block);
  while (table[at].block != NULL) at = (at + 1) & (n_place - 1);
  table[at] = what;
}

static void grow(void)
{
  live        *old   = table;
  const size_t n_old = n_place;
  n_place            = n_place > 0 ? 2 * n_place : 1 << 16;
  table              = __libc_calloc(n_place, sizeof *table);
  if (table == NULL) abort();
  for (size_t i = 0; i < n_old; i++)
    if (old[i].block != NULL) put(old[i]);
  __libc_free(old);
}

static void *remember(void *block, size_t size, const void *caller)
{
  if (!is_watched || block == NULL || !is_of(&watch, caller)) return block;
  while (atomic_flag_test_and_set(&lock)) continue;
  if (2 * n_live >= n_place) grow();
  put((live){block, caller, size});
  n_live++;
  atomic_flag_clear(&lock);
  return block;
}

static void forget(const void *block)
{
  if (!is_watched || block == NULL || n_live == 0) return;
  while (atomic_flag_test_and_set(&lock)) continue;
  size_t at = place_of(block);
  while (table[at].block != NULL && table[at].block != block) at = (at + 1) & (n_place - 1);
  if (table[at].block != NULL) {
    table[at].block = NULL;
    n_live--;
    for (size_t next = (at + 1) & (n_place - 1); table[next].block != NULL; next = (next + 1) & (n_place - 1)) {
      const live moved  = table[next];
      table[next].block = NULL;
      put(moved);
    }
  }
  atomic_flag_clear(&lock);
}

static void tell_leaks(void)
{
  const char *path = getenv("FAULT_LEAKS");
  FILE       *out  = path != NULL ? fopen(path, "w") : NULL;
  is_watched       = false;
  if (out == NULL) return;
  for (size_t i = 0; i < n_place; i++) {
    Dl_info info = {0};
    if (table[i].block == NULL) continue;
    dladdr(table[i].caller, &info);
    fprintf(out, "%zu %s %#lx\n", table[i].size, info.dli_fname != NULL ? info.dli_fname : "?",
            (unsigned long)((uintptr_t)table[i].caller - (uintptr_t)info.dli_fbase));
  }
  fclose(out);
}

/* 4. memory */

void *malloc(size_t size)
{
  const void *caller = __builtin_return_address(0);
  if (is_due("malloc", caller)) return errno = ENOMEM, NULL;
  return remember(__libc_malloc(size), size, caller);
}

void *calloc(size_t n, size_t size)
{
  const void *caller = __builtin_return_address(0);
  if (is_due("malloc", caller)) return errno = ENOMEM, NULL;
  return remember(__libc_calloc(n, size), n * size, caller);
}

void *realloc(void *block, size_t size)
{
  const void *caller = __builtin_return_address(0);
  if (is_due("malloc", caller)) return errno = ENOMEM, NULL;
  void *grown = __libc_realloc(block, size);
  if (grown != NULL || size == 0) forget(block);
  return remember(grown, size, caller);
}

void free(void *block)
{
  forget(block);
  __libc_free(block);
}

/* 5. files */

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t n_byte)
{
  if (file > 2 && is_due("write", NULL)) return errno = ENOSPC, -1;
  return NEXT(write)(file, bytes, n_byte);
}

/* SQLite's */
ssize_t pwrite64(int file, const void *bytes, size_t n_byte, off64_t at)
{
  if (file > 2 && is_due("write", NULL)) return errno = ENOSPC, -1;
  return NEXT(pwrite64)(file, bytes, n_byte, at);
}

/* Streams write through calls inside libc that nothing can be put before: the stream's own functions stand for them. */
enum { ERROR_SEEN = 0x20 }; /* glibc's flag behind ferror() */

size_t fwrite(const void *bytes, size_t size, size_t n, FILE *stream)
{
  if (fileno(stream) > 2 && is_due("write", NULL)) return stream->_flags |= ERROR_SEEN, errno = ENOSPC, 0;
  return NEXT(fwrite)(bytes, size, n, stream);
}

int fflush(FILE *stream)
{
  if (stream != NULL && fileno(stream) > 2 && is_due("write", NULL))
    return stream->_flags |= ERROR_SEEN, errno = ENOSPC, EOF;
  return NEXT(fflush)(stream);
}

int fclose(FILE *stream)
{
  const int flags = fcntl(fileno(stream), F_GETFL);
  if (fileno(stream) > 2 && (flags & O_ACCMODE) != O_RDONLY && is_due("write", NULL)) {
    NEXT(fclose)(stream);
    return errno = ENOSPC, EOF;
  }
  return NEXT(fclose)(stream);
}

int rename(const char *from, const char *to)
{
  if (is_due("rename", NULL)) return errno = EIO, -1;
  return NEXT(rename)(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
  if (is_due("rename", NULL)) return errno = EIO, -1;
  return NEXT(linkat)(from_folder, from, to_folder, to, flags);
}

int fsync(int file)
{
  if (is_due("fsync", NULL)) return errno = EIO, -1;
  return NEXT(fsync)(file);
}

int fdatasync(int file)
{
  if (is_due("fsync", NULL)) return errno = EIO, -1;
  return NEXT(fdatasync)(file);
}

/* 6. around main() */

static int (*real_main)(int, char **, char **);

static void tell(void)
{
  const char *path = getenv("FAULT_COUNT");
  is_on            = false;
  tell_leaks();
  FILE *out = path != NULL ? fopen(path, "w") : NULL;
  if (out == NULL) return;
  fprintf(out, "%ld\n", (long)n_call);
  fclose(out);
}

static const char *given(const char *name)
{
  const char *text = getenv(name);
  return text != NULL ? text : "";
}

static int watched_main(int argc, char **argv, char **environment)
{
  fault_at    = atol(given("FAULT_AT"));
  kind        = given("FAULT_KIND");
  range.names = given("FAULT_RANGE");
  watch.names = given("FAULT_WATCH");
  dl_iterate_phdr(find_text, &range);
  dl_iterate_phdr(find_text, &watch);
  unsetenv("LD_PRELOAD");
  atexit(tell);
  is_watched = getenv("FAULT_LEAKS") != NULL;
  if (*given("FAULT_FORK") != '\0') {
    char path[512];
    fork_folder = given("FAULT_FORK");
    step        = atol(given("FAULT_STEP")) > 0 ? atol(given("FAULT_STEP")) : 1;
    snprintf(path, sizeof path, "%s/ended", fork_folder);
    ended_pipe = open(path, O_WRONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "%s/next", fork_folder);
    next_pipe = open(path, O_RDONLY | O_CLOEXEC);
    if (ended_pipe < 0 || next_pipe < 0) abort();
  }
  is_on = true;
  return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
  real_main = main;
  return NEXT(__libc_start_main)(watched_main, argc, argv, init, fini, loader_fini, stack_end);
}
