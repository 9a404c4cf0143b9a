/* html_figure.c - the figures of an HTML report, and the numbers that its script reads
 *
 * Contents: 1. layers  2. panels and waterfall  3. data for the script  4. sites and swatches */
#include "report/html_figure.h"
#include "base/json.h"
#include "write/figure.h"

#include "write/page.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>

#define PANELS_WIDTH_PT 560.0
#define PANELS_HEIGHT_PT 520.0
#define PRE_EDGE_HEIGHT_PT 220.0
#define WATERFALL_WIDTH_PT 372.0
#define SITES_WIDTH_PT 480.0
#define SITES_HEIGHT_PT 250.0

/* 1. layers */

/* What one layer draws. */
typedef struct {
  const match_curves *curves;
  match_part          part;
  size_t              i_curve;
} layer;

static match_panels place_panels(const match_curves *curves)
{
  return cuxas_match_panels_place(curves, 0.0, 0.0, PANELS_WIDTH_PT, PANELS_HEIGHT_PT);
}

static cuxas_panel place_waterfall(const match_curves *curves)
{
  return cuxas_match_waterfall_place(curves, 4.0, 0.0, WATERFALL_WIDTH_PT - 4.0, PANELS_HEIGHT_PT);
}

static void draw_panels(cuxas_canvas *canvas, const void *user)
{
  const layer       *what   = user;
  const match_panels panels = place_panels(what->curves);
  cuxas_match_panels_draw(canvas, what->curves, &panels, what->part, what->i_curve);
}

static void draw_waterfall(cuxas_canvas *canvas, const void *user)
{
  const layer      *what  = user;
  const cuxas_panel panel = place_waterfall(what->curves);
  cuxas_match_waterfall_draw(canvas, what->curves, &panel, what->part);
}

static void draw_sites(cuxas_canvas *canvas, const void *user)
{
  const layer *what = user;
  cuxas_match_sites_draw(canvas, what->curves, what->i_curve, SITES_WIDTH_PT, SITES_HEIGHT_PT);
}

static void draw_pre_edge(cuxas_canvas *canvas, const void *user)
{
  const layer *what = user;
  cuxas_match_pre_edge_draw(canvas, what->curves, 0.0, 0.0, PANELS_WIDTH_PT, PRE_EDGE_HEIGHT_PT);
}

/* <g class="NAME">...</g>; ids inside begin with `id`. */
static cuxas_status put_layer(cuxas_figure figure, const layer *what, const char *class, const char *id, FILE *out,
                              cuxas_error *err)
{
  char *svg;
  figure.user               = what;
  const cuxas_status status = cuxas_figure_svg_layer(&figure, id, &svg, err);
  if (status != CUXAS_OK) return status;
  fprintf(out, "<g class=\"%s\">%s</g>\n", class, svg);
  free(svg);
  return CUXAS_OK;
}

static void open_svg(const cuxas_figure *figure, const char *id, FILE *out)
{
  fprintf(out,
          "<svg class=\"plot\" id=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-labelledby=\"%s-text\" "
          "xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n",
          id, figure->width_pt, figure->height_pt, id);
}

static void put_clip(const cuxas_panel *panel, size_t n_panel, const char *id, FILE *out)
{
  fprintf(out, "<clipPath id=\"%s-clip\">", id);
  for (size_t i = 0; i < n_panel; i++)
    fprintf(out, "<rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\"/>", panel[i].left_pt, panel[i].top_pt,
            panel[i].width_pt, panel[i].height_pt);
  fprintf(out, "</clipPath>\n<g clip-path=\"url(#%s-clip)\"><g class=\"curves\">\n", id);
}

/* 2. panels and waterfall */

static cuxas_status put_panels(const match_curves *curves, FILE *out, cuxas_error *err)
{
  const cuxas_figure figure = {NULL, PANELS_WIDTH_PT, PANELS_HEIGHT_PT, draw_panels, NULL};
  const match_panels panels = place_panels(curves);
  cuxas_status       status;
  char class[32], id[32];

  open_svg(&figure, "panels", out);
  if ((status = put_layer(figure, &(layer){curves, MATCH_ENERGY, 0}, "energy", "pe", out, err)) != CUXAS_OK ||
      (status = put_layer(figure, &(layer){curves, MATCH_FRAME, 0}, "frame", "pf", out, err)) != CUXAS_OK)
    return status;
  put_clip(panels.panel, MATCH_N_PANEL, "panels", out);
  if ((status = put_layer(figure, &(layer){curves, MATCH_MEASURED, 0}, "measured", "pm", out, err)) != CUXAS_OK)
    return status;
  for (size_t i = curves->n_curve; i > 0; i--) { /* the best on top */
    snprintf(class, sizeof class, "c%zu%s", i - 1, i > MATCH_MAX_SHOWN ? " off" : "");
    snprintf(id, sizeof id, "pc%zu-", i - 1);
    if ((status = put_layer(figure, &(layer){curves, MATCH_CANDIDATE, i - 1}, class, id, out, err)) != CUXAS_OK)
      return status;
  }
  if (curves->has_simulated &&
      (status = put_layer(figure, &(layer){curves, MATCH_SIMULATED, 0}, "simulated", "ps", out, err)) != CUXAS_OK)
    return status;
  fputs("</g></g></svg>\n", out);
  return CUXAS_OK;
}

static cuxas_status put_waterfall(const match_curves *curves, FILE *out, cuxas_error *err)
{
  const cuxas_figure figure = {NULL, WATERFALL_WIDTH_PT, PANELS_HEIGHT_PT, draw_waterfall, NULL};
  const cuxas_panel  panel  = place_waterfall(curves);
  cuxas_status       status;

  open_svg(&figure, "waterfall", out);
  if ((status = put_layer(figure, &(layer){curves, MATCH_ENERGY, 0}, "energy", "we", out, err)) != CUXAS_OK ||
      (status = put_layer(figure, &(layer){curves, MATCH_FRAME, 0}, "frame", "wf", out, err)) != CUXAS_OK)
    return status;
  put_clip(&panel, 1, "waterfall", out);
  if ((status = put_layer(figure, &(layer){curves, MATCH_MEASURED, 0}, "rows", "wm", out, err)) != CUXAS_OK)
    return status;
  fputs("</g></g></svg>\n", out);
  return CUXAS_OK;
}

/* What was taken off before the edge, where something was. */
static cuxas_status put_pre_edge(const match_curves *curves, FILE *out, cuxas_error *err)
{
  const cuxas_figure figure = {NULL, PANELS_WIDTH_PT, PRE_EDGE_HEIGHT_PT, draw_pre_edge, NULL};
  if (!curves->has_pre_edge) return CUXAS_OK;
  fputs("<figure class=\"pre-edge\">\n", out);
  open_svg(&figure, "pre-edge", out);
  const cuxas_status status = put_layer(figure, &(layer){curves, MATCH_FRAME, 0}, "frame", "pre-", out, err);
  fputs("</svg>\n<figcaption id=\"pre-edge-text\">Black: the measured curve before its background was taken off. "
        "Dashed: the "
        "background, ",
        out);
  cuxas_html_put_text(out, curves->pre_edge);
  fputs(" (dotted), and taken off everywhere.</figcaption>\n</figure>\n", out);
  return status;
}

static void put_alternative_text(const match_curves *curves, FILE *out)
{
  fputs("<figcaption id=\"panels-text\">Spectra from ", out);
  cuxas_html_put_number(out, curves->grid.start_eV, 1, 0);
  fputs(" to ", out);
  cuxas_html_put_number(out, cuxas_grid_end_eV(curves->grid), 1, 0);
  fputs(" eV as they were compared. Black: measured. In colour: ", out);
  for (size_t i = 0; i < curves->n_curve && i < MATCH_MAX_SHOWN; i++) {
    const cuxas_hit *hit = curves->row[i].hit;
    fprintf(out, "%s%zu <bdi>", i > 0 ? ", " : "", hit->rank);
    cuxas_html_put_text(out, hit->name);
    fputs("</bdi> (MAE ", out);
    cuxas_html_put_number(out, hit->comparison.mae, 3, 0);
    fputs(")", out);
  }
  if (curves->has_simulated) {
    fputs(". Dark: <bdi>", out);
    cuxas_html_put_text(out, curves->simulated.hit->name);
    fputs("</bdi> simulated from first principles (MAE ", out);
    cuxas_html_put_number(out, curves->simulated.hit->comparison.mae, 3, 0);
    fputs(curves->opt_rival != NULL ? "); dotted and dark: as predicted" : ")", out);
  }
  if (curves->opt_undrawn != NULL) {
    fputs(". No simulation is drawn: there is none of <bdi>", out);
    cuxas_html_put_text(out, curves->opt_undrawn->name);
    fputs("</bdi>", out);
  }
  if (curves->opt_standard != NULL) {
    fputs(". Grey, dashed: <bdi>", out);
    cuxas_html_put_text(out, curves->opt_standard->name);
    fputs("</bdi>, measured elsewhere (MAE ", out);
    cuxas_html_put_number(out, curves->opt_standard->comparison.mae, 3, 0);
    fputs(")", out);
  }
  fputs(". Dotted: measured onsets; strokes at the foot of a: predicted onsets after the shift.", out);
  bool has_band = false;
  for (size_t i = 0; i < curves->n_curve; i++) has_band = has_band || curves->row[i].opt_sigma != NULL;
  if (has_band)
    fputs(" Bands: one standard deviation of the model's ensemble to each side; they say how well the networks agree, "
          "not how well the simulation describes the sample.",
          out);
  fputs("</figcaption>\n", out);
}

/* 3. data for the script */

static void put_geometry(cuxas_json_builder *builder, cJSON *plots, const char *id, const cuxas_panel *panel,
                         size_t n_panel)
{
  cJSON *plot = cuxas_json_put_object(builder, plots, NULL);
  cuxas_json_put_text(builder, plot, "id", id);
  cJSON *panels = cuxas_json_put_array(builder, plot, "panels");
  for (size_t i = 0; i < n_panel; i++) {
    cJSON *node = cuxas_json_put_object(builder, panels, NULL);
    cuxas_json_put_number(builder, node, "left", panel[i].left_pt);
    cuxas_json_put_number(builder, node, "top", panel[i].top_pt);
    cuxas_json_put_number(builder, node, "width", panel[i].width_pt);
    cuxas_json_put_number(builder, node, "height", panel[i].height_pt);
  }
}

static void put_curve(cuxas_json_builder *builder, cJSON *parent, const char *name, const double *mu, size_t n_energy)
{
  cJSON *array = cuxas_json_put_array(builder, parent, name);
  for (size_t i = 0; i < n_energy; i++) cuxas_json_put_number(builder, array, NULL, round(mu[i] * 1e4) / 1e4);
}

/* JSON inside a script element: '<' could end it, and stands in JSON only inside strings, where \u003c means the same. */
static cuxas_status put_data(const match_curves *curves, FILE *out, cuxas_error *err)
{
  const cuxas_query *query     = curves->report->query;
  const match_panels panels    = place_panels(curves);
  const cuxas_panel  waterfall = place_waterfall(curves);
  cuxas_json_builder builder   = {false};
  cJSON             *root      = cJSON_CreateObject();

  cuxas_json_put_number(&builder, root, "start", curves->grid.start_eV);
  cuxas_json_put_number(&builder, root, "step", curves->grid.step_eV);
  put_curve(&builder, root, "measured", curves->measured, curves->grid.n_energy);
  cJSON *array = cuxas_json_put_array(&builder, root, "curves");
  for (size_t i = 0; i < curves->n_curve; i++)
    put_curve(&builder, array, NULL, curves->row[i].mu, curves->grid.n_energy);
  cJSON *edges = cuxas_json_put_array(&builder, root, "edges");
  for (size_t i = 0; i < query->n_edge; i++) {
    cJSON *edge = cuxas_json_put_object(&builder, edges, NULL);
    cuxas_json_put_text(&builder, edge, "name", query->edge[i].name);
    cuxas_json_put_number(&builder, edge, "onset", query->onset[i].found ? query->onset[i].energy_eV : NAN);
  }
  cJSON *plots = cuxas_json_put_array(&builder, root, "plots");
  put_geometry(&builder, plots, "panels", panels.panel, MATCH_N_PANEL);
  put_geometry(&builder, plots, "waterfall", &waterfall, 1);

  char              *text;
  const cuxas_status status = cuxas_json_print(builder.failed ? NULL : root, false, &text, err);
  cJSON_Delete(root);
  if (status != CUXAS_OK) return status;
  fputs("<script type=\"application/json\" id=\"curves\">", out);
  for (const char *c = text; *c != '\0'; c++) *c == '<' ? fputs("\\u003c", out) : putc(*c, out);
  fputs("</script>\n", out);
  free(text);
  return CUXAS_OK;
}

cuxas_status cuxas_html_put_plots(const match_curves *curves, FILE *out, cuxas_error *err)
{
  cuxas_status status;
  fputs("<div class=\"plots\">\n<figure>\n", out);
  if ((status = put_panels(curves, out, err)) != CUXAS_OK) return status;
  put_alternative_text(curves, out);
  fputs("</figure>\n<figure class=\"waterfall\">\n", out);
  if ((status = put_waterfall(curves, out, err)) != CUXAS_OK) return status;
  fputs("<figcaption id=\"waterfall-text\">", out);
  if (curves->n_row == 1)
    fputs("The best candidate, drawn", out);
  else
    fprintf(out, "The %zu best candidates in the order of the ranking, each drawn", curves->n_row);
  fputs(" over the measured spectrum in grey. Sp: Spearman correlation.</figcaption>\n</figure>\n", out);
  if ((status = put_pre_edge(curves, out, err)) != CUXAS_OK) return status;
  fputs("</div>\n", out);
  return put_data(curves, out, err);
}

/* 4. sites and swatches */

cuxas_status cuxas_html_put_sites(const match_curves *curves, size_t i_curve, FILE *out, cuxas_error *err)
{
  const cuxas_figure figure = {NULL, SITES_WIDTH_PT, SITES_HEIGHT_PT, draw_sites, NULL};
  const layer        what   = {curves, MATCH_FRAME, i_curve};
  char               id[32], prefix[32];

  snprintf(id, sizeof id, "sites%zu", i_curve);
  snprintf(prefix, sizeof prefix, "s%zu-", i_curve);
  open_svg(&figure, id, out);
  const cuxas_status status = put_layer(figure, &what, "frame", prefix, out, err);
  fputs("</svg>\n", out);
  return status;
}

void cuxas_html_put_swatch(cuxas_line_style line, FILE *out)
{
  const cuxas_colour colour = line.colour;
  fprintf(out,
          "<svg class=\"swatch\" viewBox=\"0 0 26 8\" aria-hidden=\"true\"><line x1=\"1\" y1=\"4\" x2=\"25\" y2=\"4\" "
          "stroke=\"#%02x%02x%02x\" stroke-width=\"%g\"%s/></svg>",
          (unsigned)lround(255.0 * colour.red), (unsigned)lround(255.0 * colour.green),
          (unsigned)lround(255.0 * colour.blue), 2.0 * line.width_pt,
          line.kind == CUXAS_LINE_DASHED   ? " stroke-dasharray=\"7 3.5\""
          : line.kind == CUXAS_LINE_DOTTED ? " stroke-dasharray=\"2 3\""
                                           : "");
}
