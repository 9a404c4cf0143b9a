/* Athena project files, .prj (B. Ravel, M. Newville, J. Synchrotron Rad. 12, 537 (2005)): Perl lists, mostly gzipped
 *
 *   # Athena project file -- Demeter version 0.9.26
 *   $old_group = 'abcde';
 *   @args = ('label','Cu foil','bkg_z','Cu','fft_edge','k','bkg_eshift','0',...);
 *   @x = ('8779.0','8784.0',...);
 *   @y = ('1.2','1.1',...);
 *   [record]
 *
 * One statement is one line. Strings are taken apart by the rules of Perl's quotes; nothing is evaluated. Athena's x are
 * energies as measured, to which its bkg_eshift is added, as Athena itself does. */
#include "spectrum/formats.h"
#include "base/text.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
  size_t i_args, i_x, i_y, i_i0; /* index of the line; 0: none (line 0 is the title) */
} athena_group;

typedef struct {
  size_t            n_group, n_room;
  athena_group     *group;
  cuxas_scan_entry *entry; /* (n_group), for the choice */
} athena_file;

static bool recognises(const cuxas_text *text)
{
  static const char TITLE[] = "# Athena project file";
  return text->n_line > 0 && strncmp(text->line[0], TITLE, sizeof TITLE - 1) == 0;
}

/* -- Perl lists -- */

/* What is behind "@name = (", or NULL when the line is another statement. */
static char *list_start(char *line, const char *name)
{
  const size_t n_byte = strlen(name);
  if (line[0] != '@' || strncmp(line + 1, name, n_byte) != 0) return NULL;
  line += 1 + n_byte;
  line += strspn(line, " \t");
  if (*line != '=') return NULL;
  line += 1 + strspn(line + 1, " \t");
  return *line == '(' ? line + 1 : NULL;
}

/* A quoted item: quotes and backslashes are removed in place. Returns false when it does not end in the line. */
static bool take_quoted(char **cursor, char **ret_item)
{
  const char sign = **cursor;
  char      *in = *cursor + 1, *out = in;
  *ret_item = in;
  for (; *in != sign; in++) {
    if (*in == '\0') return false;
    if (in[0] == '\\' && (in[1] == sign || in[1] == '\\')) in++;
    *out++ = *in;
  }
  *cursor = in + 1;
  *out    = '\0';
  return true;
}

/* Next item, quoted or bare; ret_item is NULL at the end of the list. Returns false where no list can go on. */
static bool take_item(char **cursor, char **ret_item)
{
  *ret_item = NULL;
  *cursor += strspn(*cursor, " \t,");
  if (**cursor == ')') return true;
  if (**cursor == '\'' || **cursor == '"') return take_quoted(cursor, ret_item);
  const size_t n_byte = strcspn(*cursor, " \t,)");
  if (n_byte == 0 || (*cursor)[n_byte] == '\0') return false;
  *ret_item = *cursor;
  if ((*cursor)[n_byte] != ')') { /* the bracket must stay: a last bare item is cut by its reader */
    (*cursor)[n_byte] = '\0';
    *cursor += n_byte + 1;
    return true;
  }
  memmove(*cursor - 1, *cursor, n_byte); /* over the sign before it, which is read already */
  (*cursor)[n_byte - 1] = '\0';
  *ret_item             = *cursor - 1;
  *cursor += n_byte;
  return true;
}

static cuxas_status fail_list(const cuxas_text *text, size_t i_line, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: a list without its end ')': the file is cut off", text->path,
                    i_line + 1);
}

/* -- groups -- */

static cuxas_status add_group(const cuxas_text *text, const athena_group *group, athena_file *file, cuxas_error *err)
{
  if (file->n_group == file->n_room) {
    file->n_room            = file->n_room > 0 ? 2 * file->n_room : 16;
    athena_group     *grown = cuxas_grow_array(file->group, file->n_room, sizeof *grown);
    cuxas_scan_entry *entry = grown != NULL ? cuxas_grow_array(file->entry, file->n_room, sizeof *entry) : NULL;
    if (grown != NULL) file->group = grown;
    if (entry != NULL) file->entry = entry;
    if (entry == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its groups", text->path);
  }
  file->group[file->n_group++] = *group;
  return CUXAS_OK;
}

static cuxas_status find_groups(cuxas_text *text, athena_file *file, cuxas_error *err)
{
  athena_group group  = {0};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 1; i < text->n_line && status == CUXAS_OK; i++) {
    char *line = text->line[i];
    if (list_start(line, "args") != NULL) group.i_args = i;
    if (list_start(line, "x") != NULL) group.i_x = i;
    if (list_start(line, "y") != NULL) group.i_y = i;
    if (list_start(line, "i0") != NULL) group.i_i0 = i;
    if (strncmp(line, "[record]", 8) != 0) continue;
    if (group.i_x > 0 && group.i_y > 0) status = add_group(text, &group, file, err);
    group = (athena_group){0};
  }
  if (status == CUXAS_OK && group.i_x > 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: a group without its end [record]: the file is cut off", text->path,
                        group.i_x + 1);
  return status;
}

/* What the parameters say that matters here. */
typedef struct {
  const char *label, *element, *edge, *type, *shift;
} athena_args;

static cuxas_status read_args(cuxas_text *text, size_t i_line, athena_args *args, cuxas_error *err)
{
  char *cursor = i_line > 0 ? list_start(text->line[i_line], "args") : NULL, *name, *value;
  *args        = (athena_args){"", "", "", "", "0"};
  while (cursor != NULL) {
    if (!take_item(&cursor, &name)) return fail_list(text, i_line, err);
    if (name == NULL) break;
    if (!take_item(&cursor, &value)) return fail_list(text, i_line, err);
    if (value == NULL) break;
    if (strcmp(name, "label") == 0) args->label = value;
    if (strcmp(name, "bkg_z") == 0) args->element = value;
    if (strcmp(name, "fft_edge") == 0) args->edge = value;
    if (strcmp(name, "datatype") == 0) args->type = value;
    if (strcmp(name, "bkg_eshift") == 0) args->shift = value;
  }
  return CUXAS_OK;
}

/* A list of numbers; the caller frees them, also after a failure. */
static cuxas_status read_list(cuxas_text *text, size_t i_line, const char *name, double **ret_number,
                              size_t *ret_n_number, cuxas_error *err)
{
  char  *cursor   = list_start(text->line[i_line], name), *item;
  size_t n_number = 0, n_room = 0;
  for (;;) {
    if (!take_item(&cursor, &item)) return fail_list(text, i_line, err);
    if (item == NULL) break;
    if (n_number == n_room) {
      n_room        = n_room > 0 ? 2 * n_room : 512;
      double *grown = cuxas_grow_array(*ret_number, n_room, sizeof *grown);
      if (grown == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its numbers", text->path);
      *ret_number = grown;
    }
    if (!cuxas_text_parse_number(item, &(*ret_number)[n_number]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: @%s: item %zu, '%.40s', is not a number", text->path, i_line + 1,
                        name, n_number + 1, item);
    n_number++;
  }
  *ret_n_number = n_number;
  return CUXAS_OK;
}

static cuxas_status take_shift(const cuxas_text *text, const athena_group *group, const athena_args *args,
                               cuxas_measured_info *info, double *ret_shift_eV, cuxas_error *err)
{
  if (!cuxas_text_parse_number(args->shift, ret_shift_eV) || !isfinite(*ret_shift_eV))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: bkg_eshift '%.40s' is not a number", text->path, group->i_args + 1,
                      args->shift);
  if (*ret_shift_eV != 0)
    cuxas_warn(&info->warnings, "energies are shifted by %+g eV, as set in Athena", *ret_shift_eV);
  return CUXAS_OK;
}

static cuxas_status describe(const athena_args *args, bool has_i0, size_t n_row, cuxas_measured_info *info,
                             cuxas_error *err)
{
  static const char *const       NAMES[] = {"energy (eV)", "mu", "i0"};
  static const cuxas_column_role ROLES[] = {CUXAS_COLUMN_ENERGY, CUXAS_COLUMN_SIGNAL, CUXAS_COLUMN_UNUSED};
  const size_t                   n       = has_i0 ? 3 : 2;

  cuxas_info_put(info->element, sizeof info->element, args->element);
  cuxas_info_put(info->edge, sizeof info->edge, args->edge);
  if (info->edge[0] >= 'a' && info->edge[0] <= 'z') info->edge[0] = (char)(info->edge[0] - 'a' + 'A');
  cuxas_status status = cuxas_info_new_columns(info, n, n_row, err);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    info->column[i].role = ROLES[i];
    status               = cuxas_column_set_name(&info->column[i], NAMES[i], err);
  }
  return status;
}

static cuxas_status read_group(cuxas_text *text, const athena_group *group, const athena_args *args,
                               cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  double      *list[3]   = {NULL};
  size_t       n_item[3] = {0};
  double       shift_eV  = 0;
  cuxas_status status;

  if (strncasecmp(args->type, "chi", 3) == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: group '%.60s' holds chi(k), not mu(E)", text->path, args->label);
  if ((status = take_shift(text, group, args, info, &shift_eV, err)) != CUXAS_OK ||
      (status = read_list(text, group->i_x, "x", &list[0], &n_item[0], err)) != CUXAS_OK ||
      (status = read_list(text, group->i_y, "y", &list[1], &n_item[1], err)) != CUXAS_OK)
    goto done;
  if (group->i_i0 > 0 && (status = read_list(text, group->i_i0, "i0", &list[2], &n_item[2], err)) != CUXAS_OK)
    goto done;
  if (n_item[0] != n_item[1]) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu energies, but %zu values", text->path, group->i_y + 1,
                        n_item[0], n_item[1]);
    goto done;
  }
  const bool   has_i0   = n_item[2] == n_item[0] && group->i_i0 > 0;
  const size_t n_column = has_i0 ? 3 : 2;
  if ((status = cuxas_table_new(text->path, n_item[0], n_column, ret_table, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_item[0]; i++)
    for (size_t k = 0; k < n_column; k++) ret_table->number[i * n_column + k] = list[k][i] + (k == 0 ? shift_eV : 0);
  ret_table->i_first_line = group->i_x;
  status                  = describe(args, has_i0, n_item[0], info, err);
done:
  for (size_t k = 0; k < 3; k++) free(list[k]);
  return status;
}

static cuxas_status read_athena(cuxas_text *text, const cuxas_measured_options *options,
                                const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                                cuxas_error *err)
{
  athena_file  file    = {0};
  athena_args *args    = NULL;
  size_t       i_group = 0;
  cuxas_status status  = find_groups(text, &file, err);

  (void)vocabulary;
  if (status == CUXAS_OK && (args = cuxas_new_array(file.n_group + 1, sizeof *args)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its groups", text->path);
  for (size_t i = 0; i < file.n_group && status == CUXAS_OK; i++) {
    status        = read_args(text, file.group[i].i_args, &args[i], err);
    file.entry[i] = (cuxas_scan_entry){.label = args[i].label};
    snprintf(file.entry[i].key, sizeof file.entry[i].key, "%zu", i + 1);
  }
  if (status == CUXAS_OK)
    status = cuxas_scan_choose(text->path, "group", file.entry, file.n_group, options->scan, &i_group, err);
  if (status == CUXAS_OK) {
    char name[sizeof info->scan];
    snprintf(name, sizeof name, "%s %s", file.entry[i_group].key, args[i_group].label);
    cuxas_info_put(info->scan, sizeof info->scan, name);
    info->n_scan_in_file = file.n_group;
    status               = read_group(text, &file.group[i_group], &args[i_group], info, ret_table, err);
  }
  free(args);
  free(file.group);
  free(file.entry);
  return status;
}

const cuxas_text_format CUXAS_FORMAT_ATHENA = {"athena", recognises, read_athena};
