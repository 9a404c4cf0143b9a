/* output.c - files that are whole or not there */
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
  free(output->temporary_path);
  *output = (cuxas_output){0};
}

/* A device, pipe or socket: it is written to as it stands, a rename would replace it by a file. */
static bool is_special(const char *path)
{
  struct stat about;
  if (strncmp(path, "/dev/", 5) == 0) return true; /* also the links there, /dev/stdout */
  return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

cuxas_status cuxas_output_check(const char *path, bool overwrite, cuxas_error *err)
{
  if (overwrite || strcmp(path, "-") == 0 || is_special(path) || access(path, F_OK) != 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EEXIST, "%s: exists already (--force overwrites)", path);
}

cuxas_status cuxas_output_open(cuxas_output *output, const char *path, bool overwrite, cuxas_error *err)
{
  *output = (cuxas_output){0};
  if (strcmp(path, "-") == 0) {
    output->stream = stdout;
    output->path   = cuxas_copy_string("standard output");
    return output->path != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "standard output: no memory");
  }
  if (is_special(path)) {
    output->stream = fopen(path, "wb");
    if (output->stream == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
    output->path = cuxas_copy_string(path);
    if (output->path != NULL) return CUXAS_OK;
    fclose(output->stream);
    output->stream = NULL;
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  }
  const cuxas_status allowed = cuxas_output_check(path, overwrite, err);
  if (allowed != CUXAS_OK) return allowed;

  const size_t n_byte    = strlen(path) + 32;
  output->path           = cuxas_copy_string(path);
  output->temporary_path = malloc(n_byte);
  if (output->path == NULL || output->temporary_path == NULL) {
    forget(output);
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  }
  snprintf(output->temporary_path, n_byte, "%s.%ld.tmp", path, (long)getpid());

  const int file = open(output->temporary_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
  if (file < 0 || (output->stream = fdopen(file, "wb")) == NULL) {
    const cuxas_status status = cuxas_fail(err, CUXAS_EIO, "%s: cannot create: %s", path, strerror(errno));
    if (file >= 0) {
      close(file);
      unlink(output->temporary_path);
    }
    forget(output);
    return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_output_commit(cuxas_output *output, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  const bool   failed = fflush(output->stream) != 0 || ferror(output->stream);

  if (output->temporary_path == NULL) {
    const bool closed = output->stream == stdout || fclose(output->stream) == 0;
    if (failed || !closed) status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write", output->path);
  } else {
    const bool closed = fclose(output->stream) == 0;
    if (failed || !closed || rename(output->temporary_path, output->path) != 0) {
      status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write: %s", output->path, strerror(errno));
      unlink(output->temporary_path);
    }
  }
  forget(output);
  return status;
}

void cuxas_output_discard(cuxas_output *output)
{
  if (output->stream == NULL) return;
  if (output->stream != stdout) fclose(output->stream);
  if (output->temporary_path != NULL) unlink(output->temporary_path);
  forget(output);
}

cuxas_status cuxas_make_folder(const char *folder, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *path   = cuxas_copy_text(err, folder);
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
  struct stat about;
  if (status == CUXAS_OK && (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode)))
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: is no folder", folder);
  return status;
}
