#include "write/svg_ids.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stretch of the document. */
typedef struct {
  const char *text;
  size_t      n_char;
} name;

typedef struct {
  size_t n_id, n_room;
  name  *id; /* (n_id) in order of appearance; the new name is its number */
} id_list;

static bool is_equal(name a, name b)
{
  return a.n_char == b.n_char && memcmp(a.text, b.text, a.n_char) == 0;
}

static size_t find(const id_list *list, name wanted)
{
  size_t i = 0;
  while (i < list->n_id && !is_equal(list->id[i], wanted)) i++;
  return i;
}

static cuxas_status collect(const char *svg, id_list *list, cuxas_error *err)
{
  static const char MARK[] = " id=\"";
  for (const char *at = strstr(svg, MARK); at != NULL; at = strstr(at, MARK)) {
    at += strlen(MARK);
    const char *end = strchr(at, '"');
    if (end == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "SVG: an id has no end");
    if (list->n_id == list->n_room) {
      const size_t n_room = list->n_room * 2 + 64;
      name        *more   = cuxas_grow_array(list->id, n_room, sizeof *more);
      if (more == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the figure");
      list->id     = more;
      list->n_room = n_room;
    }
    list->id[list->n_id++] = (name){at, (size_t)(end - at)};
  }
  return CUXAS_OK;
}

/* The next place where an id stands, its own or a reference to it. */
static const char *find_mark(const char *from, name *ret_id, const char **ret_after)
{
  static const struct {
    const char *opening;
    char        closing;
  } MARK[]            = {{" id=\"", '"'}, {"href=\"#", '"'}, {"url(#", ')'}};
  const char *nearest = NULL;
  for (size_t i = 0; i < sizeof MARK / sizeof *MARK; i++) {
    const char *at = strstr(from, MARK[i].opening);
    if (at == NULL || (nearest != NULL && at >= nearest)) continue;
    const char *id  = at + strlen(MARK[i].opening);
    const char *end = strchr(id, MARK[i].closing);
    if (end == NULL) continue;
    nearest    = at;
    *ret_id    = (name){id, (size_t)(end - id)};
    *ret_after = end;
  }
  return nearest;
}

cuxas_status svg_rename_ids(const char *svg, const char *prefix, char **ret_svg, cuxas_error *err)
{
  id_list      list   = {0};
  char        *text   = NULL;
  size_t       n_byte = 0;
  cuxas_status status = CUXAS_OK;

  *ret_svg  = NULL;
  FILE *out = open_memstream(&text, &n_byte);
  if (out == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the figure");
  if ((status = collect(svg, &list, err)) != CUXAS_OK) goto done;

  const char *from = svg, *after;
  name        id;
  while (find_mark(from, &id, &after) != NULL) {
    const size_t number = find(&list, id);
    if (number == list.n_id) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "SVG: nothing has the id %.*s", (int)id.n_char, id.text);
      goto done;
    }
    fwrite(from, 1, (size_t)(id.text - from), out);
    fprintf(out, "%s%zu", prefix, number + 1);
    from = after;
  }
  fputs(from, out);
done:
  free(list.id);
  if (fclose(out) != 0 && status == CUXAS_OK) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the figure");
  if (status == CUXAS_OK)
    *ret_svg = text;
  else
    free(text);
  return status;
}
