/* evaluation_outputs.c - the page and the figures of cuxas-model evaluate */
#include "cmd/evaluation_outputs.h"
#include "write/figure.h"

#include "base/memory.h"
#include "cuxas/output.h"
#include "cmd/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* make_folder() - which figures there will be is known only after the work, so that a folder in use is refused as a whole */
static cuxas_status make_folder(const char *path, bool overwrite, cuxas_error *err)
{
  if (mkdir(path, 0777) == 0) return CUXAS_OK;
  DIR *folder = errno == EEXIST ? opendir(path) : NULL;
  if (folder == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot make the folder: %s", path, strerror(errno));
  bool                 is_empty = true;
  const struct dirent *entry;
  while ((entry = readdir(folder)) != NULL)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) is_empty = false;
  closedir(folder);
  if (is_empty || overwrite) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EEXIST, "%s: exists already and is not empty (use --force to write into it)", path);
}

cuxas_status cuxas_evaluation_check_outputs(const cuxas_options *options, cuxas_error *err)
{
  static const char *const FILE_OPTION[] = {"json", "html"};
  const bool               overwrite     = cuxas_options_flag(options, "force");
  cuxas_status             status        = CUXAS_OK;
  for (size_t i = 0; i < 2 && status == CUXAS_OK; i++) {
    const char *path = cuxas_options_text(options, FILE_OPTION[i]);
    if (path != NULL) status = cuxas_output_check(path, overwrite, err);
  }
  const char *folder = cuxas_options_text(options, "figures");
  return status == CUXAS_OK && folder != NULL ? make_folder(folder, overwrite, err) : status;
}

static cuxas_status write_figure(const cuxas_evaluation_figure *figure, const char *folder, const char *suffix,
                                 bool overwrite, cuxas_error *err)
{
  const cuxas_figure page = cuxas_evaluation_figure_page(figure);
  char              *path = cuxas_path_join(folder, figure->name, suffix);
  if (path == NULL) return cuxas_no_memory(err);
  const cuxas_status status = cuxas_figure_save(&page, path, overwrite, err);
  free(path);
  return status;
}

static cuxas_status write_figures(const cuxas_evaluation_report *report, const char *folder, bool overwrite,
                                  cuxas_error *err)
{
  cuxas_evaluation_figure *figure = cuxas_new(err, CUXAS_MAX_EVALUATION_FIGURE, sizeof *figure);
  cuxas_status             status = CUXAS_OK;
  if (figure == NULL) return CUXAS_ENOMEM;
  const size_t n = cuxas_evaluation_list_figures(report, figure);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    status = write_figure(&figure[i], folder, "svg", overwrite, err);
    if (status == CUXAS_OK) status = write_figure(&figure[i], folder, "png", overwrite, err);
  }
  free(figure);
  return status;
}

static cuxas_status write_page(const void *report, FILE *out, cuxas_error *err)
{
  return cuxas_evaluation_write_html(report, out, err);
}

cuxas_status cuxas_evaluation_write_outputs(const cuxas_options *options, const cuxas_evaluation_report *report,
                                            cuxas_error *err)
{
  const char  *html = cuxas_options_text(options, "html"), *folder = cuxas_options_text(options, "figures");
  const bool   overwrite = cuxas_options_flag(options, "force");
  cuxas_status status    = CUXAS_OK;
  if (html != NULL) status = cuxas_output_write(html, overwrite, write_page, report, err);
  return status == CUXAS_OK && folder != NULL ? write_figures(report, folder, overwrite, err) : status;
}
