#include "match/standards.h"

#include "base/text.h"

#include <string.h>

static bool starts_with(const char *text, const char *start)
{
  return strncmp(text, start, strlen(start)) == 0;
}

/* Comments stand before the first line that is none. */
static bool is_made_from(const cuxas_text *text, const char *sha256)
{
  static const char SAYS[] = "# input sha256 ";
  for (size_t i = 0; i < text->n_line && text->line[i][0] == '#'; i++)
    if (starts_with(text->line[i], SAYS) && starts_with(text->line[i] + strlen(SAYS), sha256)) return true;
  return false;
}

cuxas_status cuxas_standards_mark(cuxas_hits *hits, const char *sha256, cuxas_error *err)
{
  for (size_t i = 0; i < hits->n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != CUXAS_CANDIDATE_SPECTRUM || sha256[0] == '\0') continue;
    hit->is_query = strcmp(hit->sha256, sha256) == 0;
    if (hit->is_query) continue;
    cuxas_text         text   = {0};
    const cuxas_status status = cuxas_text_read(hit->path, &text, err);
    if (status == CUXAS_OK) hit->is_query = is_made_from(&text, sha256);
    cuxas_text_free(&text);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}
