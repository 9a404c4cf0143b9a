/* faults.c - a library to be preloaded: the n-th allocation, write, rename, ... of a program fails
 *
 *   FAULT_KIND   malloc, write, rename, fsync
 *   FAULT_AT     which call fails, from 1; 0: none
 *   FAULT_COUNT  file that gets the number of calls when the program ends
 *   FAULT_RANGE  malloc: only calls from this program count ("own": the program and what it allocates through calloc,
 *                realloc and malloc itself; "": those of all libraries too)
 *
 * Calls are counted from the start of main(): what the loader and the constructors of libraries take is theirs. */
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
#include <unistd.h>

static atomic_long n_call;
static long        fault_at;
static const char *kind = "";
static bool        is_on, is_own;
static uintptr_t   text_start, text_end; /* of the program itself */

static int find_text(struct dl_phdr_info *info, size_t size, void *unused)
{
  (void)size, (void)unused;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
      text_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
      text_end   = text_start + info->dlpi_phdr[i].p_memsz;
    }
  return 1; /* the first is the program */
}

/* Does this call fail? */
static bool is_due(const char *what, const void *caller)
{
  if (!is_on || strcmp(kind, what) != 0) return false;
  if (is_own && ((uintptr_t)caller < text_start || (uintptr_t)caller >= text_end)) return false;
  return atomic_fetch_add(&n_call, 1) + 1 == fault_at;
}

static void tell(void)
{
  const char *path = getenv("FAULT_COUNT");
  is_on            = false;
  FILE *out        = path != NULL ? fopen(path, "w") : NULL;
  if (out == NULL) return;
  fprintf(out, "%ld\n", (long)n_call);
  fclose(out);
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
  if (is_due("malloc", __builtin_return_address(0))) return errno = ENOMEM, NULL;
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
  if (is_due("malloc", __builtin_return_address(0))) return errno = ENOMEM, NULL;
  return __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
  if (is_due("malloc", __builtin_return_address(0))) return errno = ENOMEM, NULL;
  return __libc_realloc(block, size);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t n_byte)
{
  if (file > 2 && is_due("write", NULL)) return errno = ENOSPC, -1;
  return NEXT(write)(file, bytes, n_byte);
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

static int (*real_main)(int, char **, char **);

static int watched_main(int argc, char **argv, char **environment)
{
  const char *at = getenv("FAULT_AT"), *given = getenv("FAULT_KIND"), *range = getenv("FAULT_RANGE");
  fault_at = at != NULL ? atol(at) : 0;
  kind     = given != NULL ? given : "";
  is_own   = range != NULL && strcmp(range, "own") == 0 && strcmp(kind, "malloc") == 0;
  dl_iterate_phdr(find_text, NULL);
  unsetenv("LD_PRELOAD");
  atexit(tell);
  is_on = true;
  return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
  real_main = main;
  return NEXT(__libc_start_main)(watched_main, argc, argv, init, fini, loader_fini, stack_end);
}
