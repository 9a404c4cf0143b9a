/* Athena project files, .prj (B. Ravel, M. Newville, J. Synchrotron Rad. 12, 537 (2005)): Perl lists, mostly gzipped
 *
 *   # Athena project file -- Demeter version 0.9.26
 *   $old_group = 'abcde';
 *   @args = ('label','Cu foil','bkg_z','Cu','fft_edge','k','bkg_eshift','0',...);
 *   @x = ('8779.0','8784.0',...);
 *   @y = ('1.2','1.1',...);
 *   [record]
 *
 * A statement ends where its bracket closes; a line end inside a quoted string ends nothing. Strings are taken apart by
 * the rules of Perl's quotes, lists inside lists are passed over; nothing is evaluated. Newer projects hold the same in
 * JSON: an object a group, with "args", "x", "y" and "i0". Athena's x are energies as measured, to which its bkg_eshift
 * is added, as Athena itself does.
 *
 * Contents
 *   1. Perl lists
 *   2. Groups
 *   3. Projects in JSON */
#include "spectrum/formats.h"
#include "base/text.h"

#include "base/memory.h"

#include <cjson/cJSON.h>
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

/* ---- 1. Perl lists ---- */

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

/* Behind a list in brackets, whatever quotes and brackets it holds; NULL when it does not end. */
static char *skip_nested(char *cursor)
{
  size_t depth = 0;
  for (char sign = '\0'; *cursor != '\0'; cursor++) {
    if (sign != '\0') {
      if (*cursor == '\\' && cursor[1] != '\0')
        cursor++;
      else if (*cursor == sign)
        sign = '\0';
    } else if (*cursor == '\'' || *cursor == '"') {
      sign = *cursor;
    } else if (strchr("[{(", *cursor) != NULL) {
      depth++;
    } else if (strchr("]})", *cursor) != NULL && --depth == 0) {
      return cursor + 1;
    }
  }
  return NULL;
}

/* Next item, quoted or bare, "" for a list in the list; ret_item is NULL at the end of the list. Returns false where no list can go on. */
static bool take_item(char **cursor, char **ret_item)
{
  *ret_item = NULL;
  *cursor += strspn(*cursor, " \t,");
  if (**cursor == ')') return true;
  if (**cursor == '[' || **cursor == '{') {
    char *end = skip_nested(*cursor);
    *ret_item = "";
    if (end == NULL) return false;
    *cursor = end;
    return true;
  }
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

/* ---- 2. Groups ---- */

static cuxas_status add_group(const cuxas_text *text, const athena_group *group, athena_file *file, cuxas_error *err)
{
  if (file->n_group == file->n_room) {
    file->n_room            = file->n_room > 0 ? 2 * file->n_room : 16;
    athena_group     *grown = cuxas_grow(err, file->group, file->n_room, sizeof *grown);
    cuxas_scan_entry *entry = grown != NULL ? cuxas_grow(err, file->entry, file->n_room, sizeof *entry) : NULL;
    if (grown != NULL) file->group = grown;
    if (entry != NULL) file->entry = entry;
    if (entry == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
  }
  file->group[file->n_group++] = *group;
  return CUXAS_OK;
}

/* The lines that a list goes on over become one; they lie behind one another in memory, with a zero between them. */
static void join_lines(cuxas_text *text, size_t i_line)
{
  char *line = text->line[i_line], *open = strchr(line, '(');
  for (size_t i = i_line + 1; open != NULL && skip_nested(open) == NULL && i < text->n_line; i++) {
    if (list_start(text->line[i], "args") != NULL || list_start(text->line[i], "x") != NULL ||
        list_start(text->line[i], "y") != NULL || strncmp(text->line[i], "[record]", 8) == 0)
      return;
    text->line[i][-1] = ' ';
    text->line[i] += strlen(text->line[i]); /* nothing is left of it */
  }
}

static cuxas_status find_groups(cuxas_text *text, athena_file *file, cuxas_error *err)
{
  athena_group group  = {0};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 1; i < text->n_line && status == CUXAS_OK; i++) {
    char *line = text->line[i];
    if (line[0] == '@') join_lines(text, i);
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
  const char *label, *element, *edge, *type, *shift, *is_difference;
} athena_args;

static cuxas_status read_args(cuxas_text *text, size_t i_line, athena_args *args, cuxas_error *err)
{
  char *cursor = i_line > 0 ? list_start(text->line[i_line], "args") : NULL, *name, *value;
  *args        = (athena_args){"", "", "", "", "0", "0"};
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
    if (strcmp(name, "is_diff") == 0) args->is_difference = value;
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
      double *grown = cuxas_grow(err, *ret_number, n_room, sizeof *grown);
      if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
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

static cuxas_status take_shift(const char *path, size_t i_line, const athena_args *args, cuxas_measured_info *info,
                               double *ret_shift_eV, cuxas_error *err)
{
  if (!cuxas_text_parse_number(args->shift, ret_shift_eV) || !isfinite(*ret_shift_eV))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: bkg_eshift '%.40s' is not a number", path, i_line + 1, args->shift);
  if (*ret_shift_eV != 0)
    cuxas_warn(&info->warnings, "energies are shifted by %+g eV, as set in Athena", *ret_shift_eV);
  return CUXAS_OK;
}

static cuxas_status check_type(const char *path, const athena_args *args, cuxas_error *err)
{
  static const char *const TYPES[][2] = {{"chi", "chi(k)"},
                                         {"detector", "a detector's counts"},
                                         {"background", "a background"},
                                         {"diff", "a difference of two spectra"}};
  if (strcmp(args->is_difference, "1") == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: group '%.60s' holds a difference of two spectra, not mu(E)", path,
                      args->label);
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (strncasecmp(args->type, TYPES[i][0], strlen(TYPES[i][0])) == 0)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: group '%.60s' holds %s, not mu(E)", path, args->label,
                        TYPES[i][1]);
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

/* Energies, values and i0 as they were read. */
typedef struct {
  double *list[3]; /* (n_item[k]) */
  size_t  n_item[3];
  double  shift_eV; /* of the energies */
} athena_lists;

/* Energies, values and, where there are as many, i0 as a table. */
static cuxas_status fill_group(const char *path, const athena_lists *from, const athena_args *args,
                               cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  const size_t *n_item       = from->n_item;
  const size_t  i_first_line = ret_table->i_first_line, n_column = n_item[2] == n_item[0] ? 3 : 2;
  cuxas_status  status;
  if (n_item[0] != n_item[1])
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu energies, but %zu values", path, i_first_line + 1, n_item[0],
                      n_item[1]);
  if ((status = cuxas_table_new(path, n_item[0], n_column, ret_table, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < n_item[0]; i++)
    for (size_t k = 0; k < n_column; k++)
      ret_table->number[i * n_column + k] = from->list[k][i] + (k == 0 ? from->shift_eV : 0);
  ret_table->i_first_line = i_first_line;
  return describe(args, n_column == 3, n_item[0], info, err);
}

static cuxas_status read_group(cuxas_text *text, const athena_group *group, const athena_args *args,
                               cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  athena_lists from   = {.shift_eV = 0};
  cuxas_error  unused = {0}; /* i0 is shown, not used: without it all is there ("undef") */
  cuxas_status status;

  if ((status = check_type(text->path, args, err)) != CUXAS_OK) return status;
  if ((status = take_shift(text->path, group->i_args, args, info, &from.shift_eV, err)) != CUXAS_OK ||
      (status = read_list(text, group->i_x, "x", &from.list[0], &from.n_item[0], err)) != CUXAS_OK ||
      (status = read_list(text, group->i_y, "y", &from.list[1], &from.n_item[1], err)) != CUXAS_OK)
    goto done;
  if (group->i_i0 > 0 && read_list(text, group->i_i0, "i0", &from.list[2], &from.n_item[2], &unused) != CUXAS_OK)
    from.n_item[2] = 0;
  ret_table->i_first_line = group->i_x;
  status                  = fill_group(text->path, &from, args, info, ret_table, err);
done:
  for (size_t k = 0; k < 3; k++) free(from.list[k]);
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
  if (status == CUXAS_OK && (args = cuxas_new(err, file.n_group + 1, sizeof *args)) == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), text->path);
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

/* ---- 3. Projects in JSON ---- */

enum { MAX_JSON_HEAD = 1000 }; /* bytes in which the title must stand */

static bool recognises_json(const cuxas_text *text)
{
  size_t n_byte = 0;
  if (text->n_line == 0 || text->line[0][strspn(text->line[0], " \t")] != '{') return false;
  for (size_t i = 0; i < text->n_line && n_byte < MAX_JSON_HEAD; i++) {
    if (strstr(text->line[i], "Athena project file") != NULL) return true;
    n_byte += strlen(text->line[i]) + 1;
  }
  return false;
}

static const char *argument(const cJSON *args, const char *name, const char *otherwise, char buffer[32])
{
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(args, name);
  if (cJSON_IsString(value)) return value->valuestring;
  if (!cJSON_IsNumber(value)) return otherwise;
  cuxas_text_print(buffer, 32, "%.10g", value->valuedouble);
  return buffer;
}

static cuxas_status read_json_list(const char *path, const cJSON *group, const char *name, double **ret_number,
                                   size_t *ret_n_number, cuxas_error *err)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(group, name), *item;
  const int    n    = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
  *ret_n_number     = 0;
  if ((*ret_number = cuxas_new(err, (size_t)n + 1, sizeof **ret_number)) == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  cJSON_ArrayForEach(item, list)
  {
    double *number = &(*ret_number)[(*ret_n_number)++];
    if (cJSON_IsNumber(item))
      *number = item->valuedouble;
    else if (!cJSON_IsString(item) || !cuxas_text_parse_number(item->valuestring, number))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: group %.60s: %s: item %zu is not a number", path, group->string, name,
                        *ret_n_number);
  }
  return CUXAS_OK;
}

static cuxas_status read_json_group(const cuxas_text *text, const cJSON *group, cuxas_measured_info *info,
                                    cuxas_table *ret_table, cuxas_error *err)
{
  const cJSON *given = cJSON_GetObjectItemCaseSensitive(group, "args");
  athena_lists from  = {.shift_eV = 0};
  char         buffer[32], shift[32], difference[32];
  cuxas_error  unused = {0};
  cuxas_status status;
  athena_args  args = {.label         = argument(given, "label", group->string, buffer),
                       .element       = argument(given, "bkg_z", "", buffer),
                       .edge          = argument(given, "fft_edge", "", buffer),
                       .type          = argument(given, "datatype", "", buffer),
                       .shift         = argument(given, "bkg_eshift", "0", shift),
                       .is_difference = argument(given, "is_diff", "0", difference)};
  if ((status = check_type(text->path, &args, err)) != CUXAS_OK ||
      (status = take_shift(text->path, 0, &args, info, &from.shift_eV, err)) != CUXAS_OK ||
      (status = read_json_list(text->path, group, "x", &from.list[0], &from.n_item[0], err)) != CUXAS_OK ||
      (status = read_json_list(text->path, group, "y", &from.list[1], &from.n_item[1], err)) != CUXAS_OK)
    goto done;
  if (read_json_list(text->path, group, "i0", &from.list[2], &from.n_item[2], &unused) != CUXAS_OK) from.n_item[2] = 0;
  status = fill_group(text->path, &from, &args, info, ret_table, err);
done:
  for (size_t k = 0; k < 3; k++) free(from.list[k]);
  return status;
}

/* The lines as one text again: they lie behind one another. */
static cJSON *parse_json(const cuxas_text *text)
{
  for (size_t i = 1; i < text->n_line; i++) text->line[i][-1] = '\n';
  return cJSON_Parse(text->line[0]);
}

static cuxas_status read_json(cuxas_text *text, const cuxas_measured_options *options,
                              const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                              cuxas_error *err)
{
  cJSON            *file    = parse_json(text), *member;
  const cJSON     **group   = NULL;
  cuxas_scan_entry *entry   = NULL;
  size_t            n_group = 0, i_group = 0;
  cuxas_status      status;

  (void)vocabulary;
  if (file == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: an Athena project in damaged JSON", text->path);
  group = cuxas_new(err, (size_t)cJSON_GetArraySize(file), sizeof *group);
  entry = cuxas_new(err, (size_t)cJSON_GetArraySize(file), sizeof *entry);
  if (group == NULL || entry == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
    goto done;
  }
  cJSON_ArrayForEach(member, file)
  {
    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(member, "x")) ||
        !cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(member, "y")))
      continue;
    const cJSON *label   = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(member, "args"), "label");
    entry[n_group].label = cJSON_IsString(label) ? label->valuestring : member->string;
    snprintf(entry[n_group].key, sizeof entry[n_group].key, "%zu", n_group + 1);
    group[n_group++] = member;
  }
  if ((status = cuxas_scan_choose(text->path, "group", entry, n_group, options->scan, &i_group, err)) != CUXAS_OK)
    goto done;
  char name[sizeof info->scan];
  snprintf(name, sizeof name, "%s %s", entry[i_group].key, entry[i_group].label);
  cuxas_info_put(info->scan, sizeof info->scan, name);
  info->n_scan_in_file = n_group;
  status               = read_json_group(text, group[i_group], info, ret_table, err);
done:
  free(group);
  free(entry);
  cJSON_Delete(file);
  return status;
}

const cuxas_text_format CUXAS_FORMAT_ATHENA_JSON = {"athena", recognises_json, read_json};
