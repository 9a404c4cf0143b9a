/* output.c - files that are whole or not there
 *
 *   where      what stands at a path, and may it be written
 *   temporary  a file without a name where the system has such files, so that nothing is left of a program that is
 *              killed; else one with a name beside the target
 *   ends       the name is given, or the file goes
 *   folders
 *   bundled    where the data lie that CuXAS brings along */
#define _GNU_SOURCE /* O_TMPFILE */
#include "cuxas/output.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(cuxas_output *output)
{
  free(output->path);
  free(output->target_path);
  free(output->temporary_path);
  *output = (cuxas_output){0};
}

/* -- where -- */

/* A device, pipe or socket: it is written to as it stands, a rename would replace it by a file. */
static bool is_special(const char *path)
{
  struct stat about;
  if (strncmp(path, "/dev/", 5) == 0) return true; /* also the links there, /dev/stdout */
  return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* The folder of a path, "." where it names none; the caller frees it. */
static char *find_folder(const char *path, cuxas_error *err)
{
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return cuxas_copy_text(err, ".");
  return cuxas_print_text(err, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* Where a path leads when links are followed, also one that leads nowhere yet: the file is written there, the link stays.
 * The caller frees it. */
static cuxas_status follow_links(const char *path, char **ret_target, cuxas_error *err)
{
  enum { MAX_LINK = 40, ROOM = 4096 };
  char link[ROOM];

  *ret_target  = NULL;
  char *target = cuxas_copy_text(err, path);
  for (int n_link = 0; target != NULL; n_link++) {
    const ssize_t n_byte = readlink(target, link, sizeof link - 1);
    if (n_byte < 0) break; /* no link */
    link[n_byte] = '\0';
    if (n_link == MAX_LINK || n_byte == (ssize_t)sizeof link - 1) {
      free(target);
      return cuxas_fail(err, CUXAS_EIO, "%s: too many links", path);
    }
    char *folder = link[0] == '/' ? cuxas_copy_text(err, "") : find_folder(target, err);
    free(target);
    target = folder != NULL ? cuxas_print_text(err, "%s%s%s", folder, *folder != '\0' ? "/" : "", link) : NULL;
    free(folder);
  }
  *ret_target = target;
  return target != NULL ? CUXAS_OK : CUXAS_ENOMEM;
}

/* Can a file be made in the folder of this path? */
static cuxas_status check_folder(const char *path, const char *target, cuxas_error *err)
{
  struct stat about;
  char       *folder = find_folder(target, err);
  if (folder == NULL) return CUXAS_ENOMEM;
  cuxas_status status = CUXAS_OK;
  if (stat(target, &about) == 0 && S_ISDIR(about.st_mode))
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", path, strerror(EISDIR));
  else if (access(folder, W_OK | X_OK) != 0)
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", path, strerror(errno));
  free(folder);
  return status;
}

cuxas_status cuxas_output_check(const char *path, bool overwrite, cuxas_error *err)
{
  char *target = NULL;
  if (strcmp(path, "-") == 0) return CUXAS_OK;
  if (is_special(path)) {
    if (access(path, W_OK) == 0) return CUXAS_OK;
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  }
  cuxas_status status = follow_links(path, &target, err);
  if (status == CUXAS_OK) status = check_folder(path, target, err);
  if (status == CUXAS_OK && !overwrite && access(target, F_OK) == 0)
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: exists already (--force overwrites)", path);
  free(target);
  return status;
}

/* -- temporary -- */

/* A file without a name in the target's folder; -1: this system or file system has none. It gets its name through /proc. */
static int open_nameless(const char *folder)
{
  char      path[64];
  const int file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (file < 0) return -1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (access(path, F_OK) == 0) return file;
  close(file);
  return -1;
}

/* The file that is written, with the mode of the one it will replace. */
static cuxas_status open_temporary(cuxas_output *output, cuxas_error *err)
{
  struct stat  about;
  cuxas_status status = CUXAS_OK;
  int          file   = -1;
  char        *folder = find_folder(output->target_path, err);

  if (folder == NULL ||
      (output->temporary_path = cuxas_print_text(err, "%s.%ld.tmp", output->target_path, (long)getpid())) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  file                = open_nameless(folder);
  output->is_nameless = file >= 0;
  if (file < 0) file = open(output->temporary_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file >= 0 && stat(output->target_path, &about) == 0 && fchmod(file, about.st_mode & 07777) != 0) {
    /* the file system knows no modes: it then has none to keep */
  }
  if (file < 0 || (output->stream = fdopen(file, "wb")) == NULL) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", output->path, strerror(errno));
    if (file >= 0) close(file);
    if (file >= 0 && !output->is_nameless) unlink(output->temporary_path);
  }
done:
  free(folder);
  return status;
}

cuxas_status cuxas_output_open(cuxas_output *output, const char *path, bool overwrite, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;

  *output      = (cuxas_output){0};
  output->path = cuxas_copy_text(err, strcmp(path, "-") == 0 ? "standard output" : path);
  if (output->path == NULL) return CUXAS_ENOMEM;
  if (strcmp(path, "-") == 0) {
    output->stream = stdout;
  } else if (is_special(path)) {
    output->stream = fopen(path, "wb");
    if (output->stream == NULL) status = cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  } else if ((status = cuxas_output_check(path, overwrite, err)) == CUXAS_OK &&
             (status = follow_links(path, &output->target_path, err)) == CUXAS_OK) {
    status = open_temporary(output, err);
  }
  if (status != CUXAS_OK) forget(output);
  return status;
}

/* -- ends -- */

/* Makes sure that the bytes are on the disk before the name is, so that a crash leaves the old file or the new one. A pipe
 * or a file system that cannot do so is no failure. */
static bool sync_file(int file)
{
  return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

static void sync_folder(const char *target)
{
  char     *folder = find_folder(target, NULL);
  const int file   = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (file >= 0) {
    fsync(file);
    close(file);
  }
  free(folder);
}

/* The temporary file's name: nameless files get one, so short a time before the rename that little can go wrong. */
static bool give_name(const cuxas_output *output)
{
  char path[64];
  if (!output->is_nameless) return true;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(output->stream));
  unlink(output->temporary_path); /* of a program of the same number that was killed */
  return linkat(AT_FDCWD, path, AT_FDCWD, output->temporary_path, AT_SYMLINK_FOLLOW) == 0;
}

cuxas_status cuxas_output_commit(cuxas_output *output, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  bool         failed = fflush(output->stream) != 0 || ferror(output->stream);

  if (output->temporary_path == NULL) {
    const bool closed = output->stream == stdout || fclose(output->stream) == 0;
    if (failed || !closed) status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write", output->path);
    forget(output);
    return status;
  }
  failed           = failed || !sync_file(fileno(output->stream));
  const bool named = !failed && give_name(output);
  int        why   = errno;
  if (fclose(output->stream) != 0 && !failed) {
    failed = true;
    why    = errno;
  }
  if (!failed && named && rename(output->temporary_path, output->target_path) != 0) {
    failed = true;
    why    = errno;
  }
  if (failed || !named) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write: %s", output->path, strerror(why));
    if (named || !output->is_nameless) unlink(output->temporary_path);
  } else {
    sync_folder(output->target_path);
  }
  forget(output);
  return status;
}

void cuxas_output_discard(cuxas_output *output)
{
  if (output->stream == NULL) return;
  if (output->stream != stdout) fclose(output->stream);
  if (output->temporary_path != NULL && !output->is_nameless) unlink(output->temporary_path);
  forget(output);
}

cuxas_status cuxas_output_write(const char *path, bool overwrite, cuxas_writer *write, const void *what,
                                cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, overwrite, err);

  if (status != CUXAS_OK) return status;
  if ((status = write(what, output.stream, err)) == CUXAS_OK) status = cuxas_output_commit(&output, err);
  cuxas_output_discard(&output); /* does nothing after a commit */
  return status;
}

/* -- folders -- */

cuxas_status cuxas_make_folder(const char *folder, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  struct stat  about;
  char        *path = cuxas_copy_text(err, folder);
  if (path == NULL) return CUXAS_ENOMEM;
  for (char *end = path; status == CUXAS_OK && end != NULL;) {
    end += strspn(end, "/");
    end = strchr(end, '/');
    if (end != NULL) *end = '\0';
    if (*path != '\0' && mkdir(path, 0777) != 0 && errno != EEXIST)
      status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", path, strerror(errno));
    if (end != NULL) *end = '/';
  }
  free(path);
  if (status == CUXAS_OK && (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode)))
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: is no folder", folder);
  return status;
}

/* ---- where bundled data lie ---- */

/* The folder of the running program, or "" when the system does not tell. */
static void find_program_folder(char *folder, size_t n_byte)
{
  const ssize_t n_char            = readlink("/proc/self/exe", folder, n_byte - 1);
  folder[n_char > 0 ? n_char : 0] = '\0';
  char *slash                     = strrchr(folder, '/');
  if (slash != NULL) *slash = '\0';
}

static bool join_if_there(const char *folder, const char *inner, const char *name, char **ret_path)
{
  const size_t n_byte = strlen(folder) + strlen(inner) + strlen(name) + 3;
  char        *path   = cuxas_new(NULL, n_byte, 1);
  if (path == NULL) return false;
  snprintf(path, n_byte, "%s%s%s/%s", folder, *inner ? "/" : "", inner, name);
  if (access(path, F_OK) == 0) {
    *ret_path = path;
    return true;
  }
  free(path);
  return false;
}

cuxas_status cuxas_data_path(const char *opt_folder, const char *name, char **ret_path, cuxas_error *err)
{
  enum { MAX_PATH = 4096, MAX_UP = 3 }; /* build/asan/bin lies three levels below the source tree */
  static const char *const INNER[] = {"share/cuxas", "refdb"};
  const char              *chosen  = opt_folder != NULL ? opt_folder : getenv("CUXAS_DATA");
  char                     folder[MAX_PATH];

  *ret_path = NULL;
  if (chosen != NULL && *chosen != '\0') {
    if (join_if_there(chosen, "", name, ret_path)) return CUXAS_OK;
    return cuxas_fail(err, CUXAS_EIO, "%s/%s: not there (data folder chosen by %s)", chosen, name,
                      opt_folder != NULL ? "--data" : "$CUXAS_DATA");
  }
  find_program_folder(folder, sizeof folder);
  for (int n_up = 0; n_up <= MAX_UP && *folder != '\0'; n_up++) {
    for (size_t i = 0; i < sizeof INNER / sizeof *INNER; i++)
      if (join_if_there(folder, INNER[i], name, ret_path)) return CUXAS_OK;
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = '\0';
  }
  if (join_if_there(CUXAS_PREFIX, "share/cuxas", name, ret_path)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EIO,
                    "%s: not found beside the program or in %s/share/cuxas (--data DIR or $CUXAS_DATA says where)",
                    name, CUXAS_PREFIX);
}
