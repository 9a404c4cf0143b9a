/* map.c - the answers of a spectrum image: table, picture, summary
 *
 * Contents
 *   1. A pixel's answer
 *   2. The table
 *   3. Which compounds there are
 *   4. The summary
 *   5. The picture */
#include "report/map.h"

#include "base/memory.h"
#include "match/hits.h"
#include "report/answer.h"
#include "write/figure.h"
#include "write/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_LEVEL 0.8 /* a state is drawn from this probability on: what the answer states plainly */

/* ---- 1. A pixel's answer ---- */

void cuxas_map_take(const cuxas_result *result, const char *reason, cuxas_map_pixel *ret_pixel)
{
  ret_pixel->kind              = CUXAS_ANSWER_NOTHING;
  ret_pixel->reason            = reason;
  ret_pixel->probability       = NAN;
  ret_pixel->state             = -1;
  ret_pixel->state_probability = NAN;
  ret_pixel->onset_eV          = NAN;
  ret_pixel->compound[0]       = '\0';
  if (result == NULL) return;
  const cuxas_answer       *answer       = &result->answer;
  const cuxas_surroundings *surroundings = &answer->surroundings;
  const cuxas_query        *query        = result->measurement.query;
  ret_pixel->kind                        = answer->kind;
  if (query->onset[0].found) ret_pixel->onset_eV = query->onset[0].energy_eV;
  if (answer->n_compound > 0 && answer->kind >= CUXAS_ANSWER_SHORTLIST) {
    const cuxas_hit *first = &result->hits->hit[answer->compound[0]];
    snprintf(ret_pixel->compound, sizeof ret_pixel->compound, "%s",
             first->formula[0] != '\0' ? first->formula : first->name);
    ret_pixel->probability = cuxas_hits_sum(result->hits, first);
  }
  for (int k = 0; k < CUXAS_N_STATE && surroundings->n_candidate > 0; k++)
    if (ret_pixel->state < 0 || surroundings->state[k] > ret_pixel->state_probability) {
      ret_pixel->state             = k;
      ret_pixel->state_probability = surroundings->state[k];
    }
}

bool cuxas_map_is_decided(const cuxas_map_pixel *pixel)
{
  return pixel->reason == NULL && pixel->kind == CUXAS_ANSWER_COMPOUND;
}

static bool has_state(const cuxas_map_pixel *pixel)
{
  return pixel->reason == NULL && pixel->state >= 0 && pixel->state_probability >= STATE_LEVEL;
}

/* ---- 2. The table ---- */

static void put_number(FILE *out, double value)
{
  putc(',', out);
  cuxas_text_put_csv_number(out, value);
}

static void put_text(FILE *out, const char *text)
{
  putc(',', out);
  cuxas_text_put_csv(out, text);
}

cuxas_status cuxas_map_write_csv(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_map *map = what;
  (void)err; /* a stream that fails is seen when the file is closed */
  fputs("x,y,counts,signal_to_noise,answer,compound,probability,state,state_probability,onset_eV,reason\n", out);
  for (size_t i = 0; i < map->n_x * map->n_y; i++) {
    const cuxas_map_pixel *pixel = &map->pixel[i];
    fprintf(out, "%zu,%zu", i % map->n_x * map->n_across, i / map->n_x * map->n_down);
    put_number(out, pixel->counts);
    put_number(out, pixel->signal);
    put_text(out, cuxas_answer_kind_name(pixel->kind));
    put_text(out, pixel->compound);
    put_number(out, pixel->probability);
    put_text(out, pixel->state >= 0 ? cuxas_state_name(pixel->state) : "");
    put_number(out, pixel->state_probability);
    put_number(out, pixel->onset_eV);
    put_text(out, pixel->reason);
    putc('\n', out);
  }
  return CUXAS_OK;
}

/* ---- 3. Which compounds there are ---- */

enum { MAX_COMPOUND = 6 }; /* with a colour of their own: the palette's size */

typedef struct {
  const char *name;
  size_t      n_pixel;
} counted;

static bool goes_before(const counted *a, const counted *b)
{
  return a->n_pixel != b->n_pixel ? a->n_pixel > b->n_pixel : strcmp(a->name, b->name) < 0;
}

/* Decided pixels by compound, most frequent first; ret_list (n_x n_y). */
static size_t count_compounds(const cuxas_map *map, counted *ret_list)
{
  size_t n = 0;
  for (size_t i = 0; i < map->n_x * map->n_y; i++) {
    size_t k = 0;
    if (!cuxas_map_is_decided(&map->pixel[i])) continue;
    while (k < n && strcmp(ret_list[k].name, map->pixel[i].compound) != 0) k++;
    if (k == n) ret_list[n++] = (counted){map->pixel[i].compound, 0};
    ret_list[k].n_pixel++;
  }
  for (size_t i = 1; i < n; i++)
    for (size_t k = i; k > 0 && goes_before(&ret_list[k], &ret_list[k - 1]); k--) {
      const counted other = ret_list[k];
      ret_list[k]         = ret_list[k - 1];
      ret_list[k - 1]     = other;
    }
  return n;
}

static size_t count_state(const cuxas_map *map, int state)
{
  size_t n = 0;
  for (size_t i = 0; i < map->n_x * map->n_y; i++) n += has_state(&map->pixel[i]) && map->pixel[i].state == state;
  return n;
}

/* ---- 4. The summary ---- */

/* Pixels by the reason why they have no answer, the first of each kind in order. */
static void put_reasons(const cuxas_map *map, FILE *out)
{
  const size_t n = map->n_x * map->n_y;
  for (size_t i = 0; i < n; i++) {
    const char *reason  = map->pixel[i].reason;
    size_t      n_same  = 0;
    bool        is_told = reason == NULL;
    for (size_t k = 0; k < i && !is_told; k++)
      is_told = map->pixel[k].reason != NULL && strcmp(map->pixel[k].reason, reason) == 0;
    for (size_t k = i; k < n && !is_told; k++)
      n_same += map->pixel[k].reason != NULL && strcmp(map->pixel[k].reason, reason) == 0;
    if (!is_told) fprintf(out, "  no answer           %6zu  %s\n", n_same, reason);
  }
}

cuxas_status cuxas_map_write_text(const cuxas_map *map, FILE *out, cuxas_error *err)
{
  const size_t n         = map->n_x * map->n_y;
  counted     *list      = cuxas_new(err, n, sizeof *list);
  size_t       n_unclear = 0;
  if (list == NULL) return CUXAS_ENOMEM;
  const size_t n_compound = count_compounds(map, list);
  fprintf(out, "Map         %s: %zu x %zu pixels", cuxas_text_file_name(map->name), map->n_x, map->n_y);
  if (map->n_across > 1) fprintf(out, " of %zu x %zu in the file", map->n_across, map->n_down);
  fputs("\nCompound\n", out);
  for (size_t i = 0; i < n_compound; i++) fprintf(out, "  %-18s  %6zu\n", list[i].name, list[i].n_pixel);
  for (size_t i = 0; i < n; i++) n_unclear += map->pixel[i].reason == NULL && !cuxas_map_is_decided(&map->pixel[i]);
  fprintf(out, "  %-18s  %6zu\n", "not decided", n_unclear);
  put_reasons(map, out);
  fputs("Copper\n", out);
  for (int k = 0; k < CUXAS_N_STATE; k++) fprintf(out, "  %-18s  %6zu\n", cuxas_state_name(k), count_state(map, k));
  free(list);
  return CUXAS_OK;
}

/* ---- 5. The picture ---- */

#define PANEL_PT 200.0 /* longer side of a panel */
#define MARGIN_PT 18.0
#define TITLE_PT 46.0 /* above the panels */
#define LINE_PT 13.0  /* of the legends */
enum { N_PANEL = 3 };

typedef struct {
  const cuxas_map *map;
  const counted   *compound; /* (n_compound) */
  size_t           n_compound;
  double           max_counts, width_pt, height_pt; /* the last two of a panel */
} map_picture;

static const cuxas_colour UNDECIDED = {0.80, 0.80, 0.80};

static cuxas_colour colour_of(const map_picture *of, const cuxas_map_pixel *pixel, size_t i_panel)
{
  if (i_panel == 0)
    return of->max_counts > 0 && pixel->counts > 0 ? cuxas_ramp(pixel->counts / of->max_counts) : UNDECIDED;
  if (i_panel == 1) return has_state(pixel) ? cuxas_palette((size_t)pixel->state) : UNDECIDED;
  if (!cuxas_map_is_decided(pixel)) return UNDECIDED;
  for (size_t k = 0; k < of->n_compound && k < MAX_COMPOUND; k++)
    if (strcmp(of->compound[k].name, pixel->compound) == 0) return cuxas_palette(k);
  return CUXAS_BLACK;
}

static void draw_entry(cuxas_canvas *canvas, double x_pt, double y_pt, cuxas_colour colour, const char *name,
                       size_t n_pixel)
{
  const cuxas_text_style plain = {9, false, CUXAS_ALIGN_LEFT, PANEL_PT - 16, CUXAS_BLACK};
  char                   text[CUXAS_FORMULA_SIZE + 32];
  snprintf(text, sizeof text, "%s: %zu", name, n_pixel);
  cuxas_canvas_box(canvas, x_pt, y_pt - 8, 9, 9, colour);
  cuxas_canvas_text(canvas, x_pt + 14, y_pt, plain, text);
}

static void draw_legend(cuxas_canvas *canvas, const map_picture *of, size_t i_panel, double x_pt, double y_pt)
{
  const size_t n      = of->map->n_x * of->map->n_y;
  size_t       n_told = 0, n_other = 0;
  if (i_panel == 0) {
    const cuxas_text_style plain = {9, false, CUXAS_ALIGN_LEFT, PANEL_PT, CUXAS_BLACK};
    char                   text[80];
    snprintf(text, sizeof text, "pale: 0, dark: %.4g counts", of->max_counts);
    cuxas_canvas_text(canvas, x_pt, y_pt, plain, text);
    return;
  }
  if (i_panel == 1) {
    for (int k = 0; k < CUXAS_N_STATE; k++, y_pt += LINE_PT) {
      draw_entry(canvas, x_pt, y_pt, cuxas_palette((size_t)k), cuxas_state_name(k), count_state(of->map, k));
      n_told += count_state(of->map, k);
    }
  } else {
    for (size_t k = 0; k < of->n_compound; k++) {
      n_told += of->compound[k].n_pixel;
      if (k >= MAX_COMPOUND) n_other += of->compound[k].n_pixel;
      if (k >= MAX_COMPOUND) continue;
      draw_entry(canvas, x_pt, y_pt, cuxas_palette(k), of->compound[k].name, of->compound[k].n_pixel);
      y_pt += LINE_PT;
    }
    if (n_other > 0) draw_entry(canvas, x_pt, y_pt, CUXAS_BLACK, "others", n_other);
    if (n_other > 0) y_pt += LINE_PT;
  }
  draw_entry(canvas, x_pt, y_pt, UNDECIDED, "not decided", n - n_told);
}

static void draw(cuxas_canvas *canvas, const void *user)
{
  static const char *const TITLE[N_PANEL] = {"Counts", "Copper", "Compound"};
  const map_picture       *of             = user;
  const cuxas_map         *map            = of->map;
  const cuxas_text_style   bold           = {11, true, CUXAS_ALIGN_LEFT, 0, CUXAS_BLACK},
                         plain            = {9, false, CUXAS_ALIGN_LEFT, 0, CUXAS_BLACK};
  const double size_pt                    = of->width_pt / (double)map->n_x;
  cuxas_canvas_text(canvas, MARGIN_PT, 20, bold, cuxas_text_file_name(map->name));
  for (size_t p = 0; p < N_PANEL; p++) {
    const double left_pt = MARGIN_PT + (double)p * (PANEL_PT + MARGIN_PT);
    cuxas_canvas_text(canvas, left_pt, TITLE_PT - 6, plain, TITLE[p]);
    const cuxas_panel frame = {left_pt, TITLE_PT, of->width_pt, of->height_pt, 0, 1, 0, 1};
    cuxas_panel_clip(canvas, &frame);
    for (size_t y = 0; y < map->n_y; y++)
      for (size_t x = 0; x < map->n_x; x++) /* each reaches below the next, so that no white shines between them */
        cuxas_canvas_box(canvas, left_pt + (double)x * size_pt, TITLE_PT + (double)y * size_pt, 1.5 * size_pt,
                         1.5 * size_pt, colour_of(of, &map->pixel[y * map->n_x + x], p));
    cuxas_panel_unclip(canvas);
    cuxas_panel_frame(canvas, &frame);
    draw_legend(canvas, of, p, left_pt, TITLE_PT + of->height_pt + 16);
  }
}

cuxas_status cuxas_map_write_figure(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const cuxas_map *map  = what;
  const size_t     n    = map->n_x * map->n_y;
  counted         *list = cuxas_new(err, n, sizeof *list);
  map_picture      of   = {.map = map, .compound = list};
  if (list == NULL) return CUXAS_ENOMEM;
  of.n_compound = count_compounds(map, list);
  for (size_t i = 0; i < n; i++)
    if (isfinite(map->pixel[i].counts)) of.max_counts = fmax(of.max_counts, map->pixel[i].counts);
  const double longer       = map->n_x > map->n_y ? (double)map->n_x : (double)map->n_y;
  of.width_pt               = PANEL_PT * (double)map->n_x / longer;
  of.height_pt              = fmax(PANEL_PT * (double)map->n_y / longer, 1);
  const cuxas_figure figure = {map->name, MARGIN_PT + N_PANEL * (PANEL_PT + MARGIN_PT),
                               TITLE_PT + of.height_pt + 16 + LINE_PT * (MAX_COMPOUND + 2), draw, &of};
  const cuxas_status status = cuxas_figure_write(&figure, format, out, err);
  free(list);
  return status;
}
