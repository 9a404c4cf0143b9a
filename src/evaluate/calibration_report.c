/* calibration_report.c - what a calibration says, as text, as JSON and as a figure
 *
 * Contents: 1. text  2. JSON  3. figure */
#include "evaluate/calibration.h"
#include "base/json.h"
#include "base/text.h"
#include "write/figure.h"
#include "write/text.h"

#include <math.h>

/* 1. text */

static double percent(size_t part, size_t whole)
{
  return whole > 0 ? 100.0 * (double)part / (double)whole : (double)NAN;
}

static void write_retrieval(const char *label, const cuxas_retrieval *found, size_t n_query, FILE *out)
{
  fprintf(out, "  %-20s first %zu of %zu (%.1f %%), in the first three %zu (%.1f %%), ten %zu (%.1f %%)\n", label,
          found->n_first, n_query, percent(found->n_first, n_query), found->n_first3, percent(found->n_first3, n_query),
          found->n_first10, percent(found->n_first10, n_query));
  fprintf(out, "  %-20s of %.1f others on average; median rank %.0f\n", "", found->mean_rivals, found->median_rank);
}

void cuxas_calibration_write_text(const cuxas_calibration *calibration, const char *name, FILE *out)
{
  const cuxas_locale       locale = cuxas_locale_begin();
  const cuxas_calibration *c      = calibration;
  fprintf(out, "%s\n", name);
  write_retrieval("right compound", &c->whole, c->n_query, out);
  write_retrieval("with its elements", &c->known, c->n_query, out);
  fprintf(out, "  its agreement        median MAE %.3f, Spearman %.3f, p %.2g\n", c->median_mae, c->median_spearman,
          c->median_p_right);
  fprintf(out, "  p of an unrelated    Kolmogorov D %.3f, significance %.2g (small: not uniform)\n", c->null_distance,
          c->null_significance);
  fprintf(out, "  unrelated with E <= ");
  for (int i = 0; i < CUXAS_CHANCE_LEVELS; i++)
    fprintf(out, "%s%g: %.3g on average", i > 0 ? ", " : "", c->chance_level[i], c->n_by_chance[i]);
  fprintf(out,
          "\n  groups               hold a right compound for %zu of %zu (%.1f %%; %zu had one among the contenders), "
          "median size %.0f\n",
          c->n_covered, c->n_query, percent(c->n_covered, c->n_query), c->n_can, c->median_group);
  if (!isnan(c->support_scale))
    fprintf(out, "  most likely density  (1 + p / %.2g)^-%.2g of the right compound's p\n", c->support_scale,
            c->support_power);
  fprintf(out, "  support              candidates  mean support  right\n");
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin = &c->reliability[i];
    fprintf(out, "    %.2f to %.2f       %10zu", bin->low, bin->high, bin->n);
    if (bin->n > 0)
      fprintf(out, "         %.3f  %.3f\n", bin->mean_support, bin->part_right);
    else
      fprintf(out, "             -      -\n");
  }
  cuxas_locale_end(locale);
}

/* 2. JSON */

static void put_retrieval(cuxas_json_builder *builder, cJSON *object, const cuxas_retrieval *found)
{
  cuxas_json_put_count(builder, object, "n_first", found->n_first);
  cuxas_json_put_count(builder, object, "n_first3", found->n_first3);
  cuxas_json_put_count(builder, object, "n_first10", found->n_first10);
  cuxas_json_put_number(builder, object, "median_rank", found->median_rank);
  cuxas_json_put_number(builder, object, "mean_rivals", found->mean_rivals);
}

cJSON *cuxas_calibration_json(const cuxas_calibration *calibration, const char *name)
{
  const cuxas_calibration *c       = calibration;
  cuxas_json_builder       builder = {false};
  cJSON                   *root    = cJSON_CreateObject();

  cuxas_json_put_text(&builder, root, "candidates", name);
  cuxas_json_put_count(&builder, root, "n_queries", c->n_query);
  put_retrieval(&builder, root, &c->whole);
  put_retrieval(&builder, cuxas_json_put_object(&builder, root, "elements_known"), &c->known);
  cuxas_json_put_number(&builder, root, "median_mae", c->median_mae);
  cuxas_json_put_number(&builder, root, "median_spearman", c->median_spearman);
  cuxas_json_put_number(&builder, root, "median_p_right", c->median_p_right);
  cJSON *null = cuxas_json_put_object(&builder, root, "null");
  cuxas_json_put_number(&builder, null, "kolmogorov_distance", c->null_distance);
  cuxas_json_put_number(&builder, null, "significance", c->null_significance);
  cuxas_json_put_numbers(&builder, null, "p_values", c->null_p, c->n_query);
  cJSON *chance = cuxas_json_put_array(&builder, root, "unrelated_by_chance");
  for (int i = 0; i < CUXAS_CHANCE_LEVELS; i++) {
    cJSON *level = cuxas_json_put_object(&builder, chance, NULL);
    cuxas_json_put_number(&builder, level, "e_value", c->chance_level[i]);
    cuxas_json_put_number(&builder, level, "mean_number", c->n_by_chance[i]);
  }
  cJSON *groups = cuxas_json_put_object(&builder, root, "groups");
  cuxas_json_put_count(&builder, groups, "n_with_right", c->n_covered);
  cuxas_json_put_count(&builder, groups, "n_right_among_contenders", c->n_can);
  cuxas_json_put_number(&builder, groups, "median_size", c->median_group);
  cuxas_json_put_number(&builder, groups, "density_scale", c->support_scale);
  cuxas_json_put_number(&builder, groups, "density_power", c->support_power);
  cJSON *reliability = cuxas_json_put_array(&builder, root, "reliability");
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin   = &c->reliability[i];
    cJSON                   *entry = cuxas_json_put_object(&builder, reliability, NULL);
    cuxas_json_put_numbers(&builder, entry, "support", (const double[]){bin->low, fmin(bin->high, 1.0)}, 2);
    cuxas_json_put_count(&builder, entry, "n_candidates", bin->n);
    cuxas_json_put_number(&builder, entry, "mean_support", bin->mean_support);
    cuxas_json_put_number(&builder, entry, "part_right", bin->part_right);
  }
  return cuxas_json_finish(&builder, root);
}

/* 3. figure */

#define PAGE_WIDTH_PT 640.0
#define PAGE_HEIGHT_PT 330.0

typedef struct {
  const cuxas_calibration *const *calibration;
  const char *const              *name;
  size_t                          n;
} drawing;

static const cuxas_line_style IDEAL_LINE = {CUXAS_LINE_DOTTED, 1.0, {0.3, 0.3, 0.3}};

/* The empirical distribution as steps. */
static void draw_p_values(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_calibration *c,
                          cuxas_line_style line)
{
  double x = 0.0, y = 0.0;
  for (size_t i = 0; i < c->n_query; i++) {
    cuxas_panel_line(canvas, panel, x, y, c->null_p[i], y, line);
    x = c->null_p[i];
    cuxas_panel_line(canvas, panel, x, y, x, (double)(i + 1) / (double)c->n_query, line);
    y = (double)(i + 1) / (double)c->n_query;
  }
  cuxas_panel_line(canvas, panel, x, y, 1.0, y, line);
}

/* Lines between bins, and bars of one standard error of a proportion. */
static void draw_reliability(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_calibration *c,
                             cuxas_line_style line)
{
  double x = NAN, y = NAN;
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) {
    const cuxas_reliability *bin = &c->reliability[i];
    if (bin->n == 0) continue;
    const double error = sqrt(bin->part_right * (1.0 - bin->part_right) / (double)bin->n);
    cuxas_panel_line(canvas, panel, x, y, bin->mean_support, bin->part_right, line);
    x = bin->mean_support;
    y = bin->part_right;
    cuxas_panel_line(canvas, panel, x, fmax(0.0, y - error), x, fmin(1.0, y + error), line);
  }
}

static void draw_all(cuxas_canvas *canvas, const void *user)
{
  const drawing         *d          = user;
  const cuxas_panel      panel[2]   = {{58.0, 40.0, 240.0, 240.0, 0.0, 1.0, 0.0, 1.0},
                                       {378.0, 40.0, 240.0, 240.0, 0.0, 1.0, 0.0, 1.0}};
  const char *const      x_label[2] = {"p-value of an unrelated compound", "support"};
  const char *const      y_label[2] = {"part of the queries", "part that was right"};
  const cuxas_text_style words      = {9.0, false, CUXAS_ALIGN_LEFT, 280.0, CUXAS_BLACK};

  for (int k = 0; k < 2; k++) {
    cuxas_panel_x_axis(canvas, &panel[k], x_label[k], true);
    cuxas_panel_y_axis(canvas, &panel[k], y_label[k]);
    cuxas_panel_line(canvas, &panel[k], 0.0, 0.0, 1.0, 1.0, IDEAL_LINE);
  }
  for (size_t i = 0; i < d->n; i++) {
    const cuxas_line_style line   = {i % 2 == 1 ? CUXAS_LINE_DASHED : CUXAS_LINE_SOLID, 1.3, cuxas_palette(i)};
    const cuxas_panel      sample = {58.0 + 320.0 * (double)i, 14.0, 20.0, 1.0, 0.0, 1.0, 0.0, 1.0};
    cuxas_panel_line(canvas, &sample, 0.0, 0.5, 1.0, 0.5, line);
    cuxas_canvas_text(canvas, sample.left_pt + 26.0, 18.0, words, d->name[i]);
    draw_p_values(canvas, &panel[0], d->calibration[i], line);
    draw_reliability(canvas, &panel[1], d->calibration[i], line);
  }
  for (int k = 0; k < 2; k++) cuxas_panel_frame(canvas, &panel[k]);
}

cuxas_status cuxas_calibration_write_figure(const cuxas_calibration *const *calibration, const char *const *name,
                                            size_t n, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const drawing      content = {calibration, name, n};
  const cuxas_figure figure  = {"Calibration of p-values and support", PAGE_WIDTH_PT, PAGE_HEIGHT_PT, draw_all,
                                &content};
  return cuxas_figure_write(&figure, format, out, err);
}
