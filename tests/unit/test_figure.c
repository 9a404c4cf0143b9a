/* test_figure.c - ticks, drawings in every format, and foreign text in SVG, HTML, Markdown and shell commands */
#include "check.h"
#include "write/figure.h"
#include "write/canvas_priv.h"
#include "write/page.h"
#include "base/text.h"

/* -- ticks -- */

static void test_ticks_are_round_and_inside(void)
{
  static const double END[][2] = {{925, 999.2},   {-0.05, 1.05}, {0, 1e-9}, {-3e8, 5e8},
                                  {0.3, 0.30001}, {-7, -6},      {0, 1}};
  for (size_t i = 0; i < sizeof END / sizeof *END; i++)
    for (size_t most = 2; most <= CUXAS_MAX_TICK; most++) {
      const double      low = END[i][0], high = END[i][1];
      const cuxas_ticks ticks = cuxas_ticks_find(low, high, most);
      CHECK(ticks.n_tick <= most);
      CHECK(most < 3 || ticks.n_tick >= 1);
      CHECK(most < 5 || ticks.n_tick >= 2);
      for (size_t k = 0; k < ticks.n_tick; k++) {
        const double value = cuxas_ticks_value(ticks, k), slack = 1e-6 * ticks.step;
        CHECK(value >= low - slack && value <= high + slack);
        CHECK_NEAR(value / ticks.step, round(value / ticks.step), 1e-5);
      }
      const double digit = ticks.step / pow(10.0, floor(log10(ticks.step) + 1e-9));
      CHECK(fabs(digit - 1.0) < 1e-9 || fabs(digit - 2.0) < 1e-9 || fabs(digit - 5.0) < 1e-9);
    }
}

static const char *label_of(double low, double high, size_t most, size_t i)
{
  static char label[64];
  cuxas_ticks_label(cuxas_ticks_find(low, high, most), i, label, sizeof label);
  return label;
}

static void test_tick_labels_have_the_digits_they_need(void)
{
  CHECK_TEXT(label_of(925, 999, 5, 0), "940");
  CHECK_TEXT(label_of(0, 1, 6, 1), "0.2");
  CHECK_TEXT(label_of(-0.4, 0.4, 5, 0), "\xE2\x88\x92"
                                        "0.4");
  CHECK_TEXT(label_of(-0.3, 0.3, 7, 3), "0.0"); /* not -0.0, not 5e-17 */
  CHECK_TEXT(label_of(0.3, 0.30004, 5, 1), "0.30001");
  CHECK_TEXT(label_of(0, 4e9, 5, 1), "1e+09");
}

static void test_axes_without_length_have_no_ticks(void)
{
  static const double END[][2] = {{1, 1},        {2, 1},         {NAN, 1},          {0, NAN},
                                  {0, INFINITY}, {-INFINITY, 0}, {1e9, 1e9 + 1e-6}, {-1.7e308, 1.7e308}};
  for (size_t i = 0; i < sizeof END / sizeof *END; i++) CHECK(cuxas_ticks_find(END[i][0], END[i][1], 5).n_tick == 0);
}

/* -- drawings -- */

enum { N_ENERGY = 50 };

/* Everything the layer can draw, with a gap in the curve and a name that is no UTF-8. */
static void draw_all(cuxas_canvas *canvas, const void *user)
{
  const cuxas_panel      panel = {50, 20, 200, 120, 925, 935, -1.2, 1.2};
  const cuxas_grid       grid  = {925, 0.2, N_ENERGY};
  const cuxas_text_style style = {10, true, CUXAS_ALIGN_RIGHT, 60, CUXAS_BLACK};
  const char            *name  = user != NULL ? user : "a long name <&> \"that\" is cut \xFF\x1B";
  double                 y[N_ENERGY], half[N_ENERGY];

  for (int i = 0; i < N_ENERGY; i++) {
    y[i]    = i == 20 ? NAN : sin(0.3 * i);
    half[i] = i == 30 ? INFINITY : 0.1;
  }
  cuxas_panel_x_axis(canvas, &panel, "Energy (eV)", true);
  cuxas_panel_y_axis(canvas, &panel, "\xCE\xBC");
  cuxas_panel_frame(canvas, &panel);
  cuxas_panel_band(canvas, &panel, grid, y, half, cuxas_palette(0));
  for (size_t i = 0; i < 3; i++)
    cuxas_panel_curve(canvas, &panel, grid, y, 0.1 * (double)i,
                      (cuxas_line_style){(cuxas_line_kind)i, 1.0, cuxas_palette(i)});
  cuxas_panel_line(canvas, &panel, 930, -1, 930, 1, (cuxas_line_style){CUXAS_LINE_DOTTED, 1.0, CUXAS_BLACK});
  cuxas_panel_line(canvas, &panel, 930, NAN, 930, 1, (cuxas_line_style){CUXAS_LINE_DOTTED, 1.0, CUXAS_BLACK});
  cuxas_canvas_text(canvas, 250, 160, style, name);
}

static const cuxas_figure FIGURE = {"Test", 260, 180, draw_all, NULL};

/* The figure's bytes; the caller frees them. */
static char *write_figure(const cuxas_figure *figure, cuxas_figure_format format, size_t *ret_n_byte)
{
  char       *bytes = NULL;
  cuxas_error err;
  FILE       *out = open_memstream(&bytes, ret_n_byte);
  CHECK_STATUS(cuxas_figure_write(figure, format, out, &err), CUXAS_OK);
  fclose(out);
  return bytes;
}

static bool has_bytes(const char *bytes, size_t n_byte, const char *part)
{
  const size_t n_part = strlen(part);
  for (size_t i = 0; i + n_part <= n_byte; i++)
    if (memcmp(bytes + i, part, n_part) == 0) return true;
  return false;
}

static void test_same_drawing_same_bytes(void)
{
  for (int format = CUXAS_FIGURE_SVG; format <= CUXAS_FIGURE_PNG; format++) {
    size_t n_first, n_second;
    char  *first  = write_figure(&FIGURE, (cuxas_figure_format)format, &n_first);
    char  *second = write_figure(&FIGURE, (cuxas_figure_format)format, &n_second);
    CHECK(n_first == n_second && memcmp(first, second, n_first) == 0);
    CHECK(n_first > 1000);
    CHECK(!has_bytes(first, n_first, "CreationDate"));
    CHECK(!has_bytes(first, n_first, "tIME"));
    free(first);
    free(second);
  }
}

static void test_formats_are_what_they_say(void)
{
  static const char *const BEGIN[] = {"<?xml", "%PDF-", "\x89PNG"};
  for (int format = CUXAS_FIGURE_SVG; format <= CUXAS_FIGURE_PNG; format++) {
    size_t n_byte;
    char  *bytes = write_figure(&FIGURE, (cuxas_figure_format)format, &n_byte);
    CHECK(memcmp(bytes, BEGIN[format], strlen(BEGIN[format])) == 0);
    free(bytes);
  }
}

static void test_a_layer_has_its_own_names_and_no_page(void)
{
  cuxas_error err;
  char       *svg = NULL;
  CHECK_STATUS(cuxas_figure_svg_layer(&FIGURE, "pc1-", &svg, &err), CUXAS_OK);
  if (svg == NULL) return;
  CHECK(strstr(svg, "<svg") == NULL && strstr(svg, "</svg>") == NULL && strstr(svg, "<?xml") == NULL);
  CHECK_CONTAINS(svg, " id=\"pc1-1\"");
  for (const char *at = svg; (at = strstr(at, "id=\"")) != NULL; at++) CHECK(strncmp(at, "id=\"pc1-", 8) == 0);
  for (const char *at = svg; (at = strstr(at, "href=\"")) != NULL; at++) CHECK(strncmp(at, "href=\"#pc1-", 11) == 0);
  free(svg);
}

static void test_the_format_is_told_by_the_suffix(void)
{
  cuxas_figure_format format = CUXAS_FIGURE_PNG;
  cuxas_error         err;
  CHECK_STATUS(cuxas_figure_find_format("a.pdf/b.svg", &format, &err), CUXAS_OK);
  CHECK(format == CUXAS_FIGURE_SVG);
  CHECK_STATUS(cuxas_figure_find_format("B.PDF", &format, &err), CUXAS_OK);
  CHECK(format == CUXAS_FIGURE_PDF);
  CHECK_STATUS(cuxas_figure_find_format("x.png", &format, &err), CUXAS_OK);
  CHECK(format == CUXAS_FIGURE_PNG);
  static const char *const OTHER[] = {"", "-", "png", "figure.jpg", "figure.svg.gz", "figure.", "a.png/figure"};
  for (size_t i = 0; i < sizeof OTHER / sizeof *OTHER; i++)
    CHECK_STATUS(cuxas_figure_find_format(OTHER[i], &format, &err), CUXAS_EUNSUPPORTED);
}

static void test_impossible_pages_are_refused(void)
{
  static const double SIDE[] = {0.0, -5.0, 0.5, NAN, INFINITY, 1e6};
  cuxas_error         err;
  char               *svg = NULL;
  for (size_t i = 0; i < sizeof SIDE / sizeof *SIDE; i++) {
    const cuxas_figure wide = {"Test", SIDE[i], 100, draw_all, NULL}, high = {"Test", 100, SIDE[i], draw_all, NULL};
    CHECK_STATUS(cuxas_figure_write(&wide, CUXAS_FIGURE_SVG, stdout, &err), CUXAS_ERANGE);
    CHECK_STATUS(cuxas_figure_write(&high, CUXAS_FIGURE_PNG, stdout, &err), CUXAS_ERANGE);
    CHECK_STATUS(cuxas_figure_svg_layer(&wide, "p", &svg, &err), CUXAS_ERANGE);
    CHECK(svg == NULL);
  }
}

static void test_a_full_disk_is_told(void)
{
  cuxas_error err;
  for (int format = CUXAS_FIGURE_SVG; format <= CUXAS_FIGURE_PNG; format++) {
    FILE *out = fopen("/dev/full", "w");
    if (out == NULL) SKIP("no /dev/full");
    setvbuf(out, NULL, _IONBF, 0);
    CHECK_STATUS(cuxas_figure_write(&FIGURE, (cuxas_figure_format)format, out, &err), CUXAS_EIO);
    fclose(out);
  }
}

static void measure_text(cuxas_canvas *canvas, const void *user)
{
  const cuxas_text_style plain = {10, false, CUXAS_ALIGN_LEFT, 0, CUXAS_BLACK};
  cuxas_text_style       cut   = plain;
  double                *width = *(double *const *)user;
  cut.max_width_pt             = 50;
  width[0] = cuxas_canvas_text_width_pt(canvas, plain, "a name much longer than fifty points \xE2\x82\x82\xE2\x82\x82");
  width[1] = cuxas_canvas_text_width_pt(canvas, cut, "a name much longer than fifty points \xE2\x82\x82\xE2\x82\x82");
  width[2] = cuxas_canvas_text_width_pt(canvas, cut, "short");
  width[3] = cuxas_canvas_text_width_pt(canvas, plain, "short");
  width[4] = cuxas_canvas_text_width_pt(canvas, plain, "");
}

static void test_long_names_are_cut_to_their_room(void)
{
  double             width[5];
  double            *at     = width;
  const cuxas_figure figure = {"Test", 100, 100, measure_text, &at};
  size_t             n_byte;
  free(write_figure(&figure, CUXAS_FIGURE_SVG, &n_byte));
  CHECK(width[0] > 150.0);
  CHECK(width[1] <= 50.0 && width[1] > 35.0);
  CHECK_NEAR(width[2], width[3], 1e-9);
  CHECK_NEAR(width[4], 0.0, 1e-9);
}

static void test_palette_colours_differ_and_repeat(void)
{
  for (size_t i = 0; i < CUXAS_PALETTE_SIZE; i++)
    for (size_t k = 0; k < i; k++) {
      const cuxas_colour a = cuxas_palette(i), b = cuxas_palette(k);
      CHECK(fabs(a.red - b.red) + fabs(a.green - b.green) + fabs(a.blue - b.blue) > 0.3);
    }
  CHECK_NEAR(cuxas_palette(CUXAS_PALETTE_SIZE).blue, cuxas_palette(0).blue, 0.0);
}

/* -- ids in SVG -- */

static void test_ids_are_renamed_with_their_references(void)
{
  cuxas_error err;
  char       *svg = NULL;
  CHECK_STATUS(
      cuxas_svg_rename_ids(
          "<g id=\"surface7\"><clipPath id=\"c\"/><use xlink:href=\"#c\" x=\"1\"/><g clip-path=\"url(#c)\"/></g>", "f",
          &svg, &err),
      CUXAS_OK);
  CHECK_TEXT(svg, "<g id=\"f1\"><clipPath id=\"f2\"/><use xlink:href=\"#f2\" x=\"1\"/><g clip-path=\"url(#f2)\"/></g>");
  free(svg);
}

static void test_broken_svg_is_refused(void)
{
  static const char *const BROKEN[] = {"<use xlink:href=\"#none\"/>", "<g id=\"open",
                                       "<g id=\"a\" clip-path=\"url(#b)\"/>"};
  cuxas_error              err;
  char                    *svg = NULL;
  for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
    CHECK_STATUS(cuxas_svg_rename_ids(BROKEN[i], "f", &svg, &err), CUXAS_EFORMAT);
    CHECK(svg == NULL);
  }
}

/* -- foreign text -- */

static void test_only_characters_that_can_be_shown_pass(void)
{
  static const struct {
    const char *text;
    size_t      length;
  } CASE[] = {{"a", 1},
              {"\xCE\xBC", 2},
              {"\xE2\x82\x82", 3},
              {"\xF0\x9F\x94\xAC", 4},
              {"", 0},
              {"\n", 0},
              {"\x7F", 0},
              {"\xC2\x85", 0},         /* control of Latin 1 */
              {"\x80", 0},             /* continuation alone */
              {"\xC0\xAF", 0},         /* '/' written too long */
              {"\xE0\x80\xAF", 0},     /* again */
              {"\xF0\x80\x80\xAF", 0}, /* again */
              {"\xED\xA0\x80", 0},     /* surrogate */
              {"\xF4\x90\x80\x80", 0}, /* beyond U+10FFFF */
              {"\xFF", 0},
              {"\xE2\x82", 0},     /* cut short */
              {"\xE2\x80\xAE", 0}, /* U+202E turns the direction of writing */
              {"\xE2\x81\xA6", 0}, /* U+2066 too */
              {"\xEF\xBF\xBF", 0}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) CHECK(cuxas_utf8_length(CASE[i].text) == CASE[i].length);
  char *clean = cuxas_utf8_clean("a\xFF\xE2\x82z\x1B\xCE\xBC");
  CHECK_TEXT(clean, "a" CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT "z" CUXAS_UTF8_REPLACEMENT
                    "\xCE\xBC");
  free(clean);
}

static const char *put_with(void put(FILE *out, const char *text), const char *text)
{
  static char buffer[1000];
  FILE       *out = fmemopen(buffer, sizeof buffer, "w");
  put(out, text);
  fclose(out);
  return buffer;
}

static void test_html_text_stays_text(void)
{
  CHECK_TEXT(put_with(cuxas_html_put_text, "<script>alert('x')</script>&\"\xFF"),
             "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;" CUXAS_UTF8_REPLACEMENT);
}

static void test_markdown_text_stays_text(void)
{
  CHECK_TEXT(put_with(cuxas_markdown_put_text, "a|b*c_d`e[f](g)<i>&amp;#\\~\n"),
             "a\\|b\\*c\\_d\\`e\\[f\\](g)&lt;i\\>&amp;amp;\\#\\\\\\~" CUXAS_UTF8_REPLACEMENT);
}

static void test_commands_are_quoted_for_a_shell(void)
{
  char   buffer[500];
  cJSON *words = cJSON_Parse("[\"cuxas-match\", \"--scale=minmax\", \"my scan.csv\", \"it's\", \"$(rm)\", \"\", 5]");
  FILE  *out   = fmemopen(buffer, sizeof buffer, "w");
  CHECK_STATUS(cuxas_shell_put_command(out, words, cuxas_html_put_text, NULL), CUXAS_OK);
  fclose(out);
  CHECK_TEXT(buffer, "cuxas-match --scale=minmax &#39;my scan.csv&#39; &#39;it&#39;\\&#39;&#39;s&#39; &#39;$(rm)&#39; "
                     "&#39;&#39; ");
  cJSON_Delete(words);
}

static const char *number(double value, int n_decimal, int has_sign)
{
  static char buffer[100];
  FILE       *out = fmemopen(buffer, sizeof buffer, "w");
  cuxas_html_put_number(out, value, n_decimal, has_sign);
  fclose(out);
  return buffer;
}

static void test_numbers_have_true_signs(void)
{
  CHECK_TEXT(number(-3.304, 2, 1), "\xE2\x88\x92"
                                   "3.30");
  CHECK_TEXT(number(0.5, 1, 1), "+0.5");
  CHECK_TEXT(number(0.5, 1, 0), "0.5");
  CHECK_TEXT(number(-0.001, 2, 0), "0.00");
  CHECK_TEXT(number(NAN, 2, 1), "\xE2\x80\x93");
}

static void test_the_ramp_gets_darker_all_the_way(void)
{
  double last = 2.0;
  for (int i = 0; i <= 100; i++) {
    const cuxas_colour c          = cuxas_ramp(0.01 * i);
    const double       brightness = 0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue;
    CHECK(brightness < last);
    CHECK(c.red >= 0.0 && c.red <= 1.0 && c.green >= 0.0 && c.green <= 1.0 && c.blue >= 0.0 && c.blue <= 1.0);
    last = brightness;
  }
  CHECK(cuxas_ramp(-3.0).red == cuxas_ramp(0.0).red && cuxas_ramp(7.0).red == cuxas_ramp(1.0).red);
}

/* draw_odd_marks() - numbers that are none, marks outside, axes without length: nothing of it may stop or spoil the page */
static void draw_odd_marks(cuxas_canvas *canvas, const void *user)
{
  const cuxas_panel panel = {40, 20, 100, 80, 0.0, 1.0, 0.0, 1.0},
                    flat  = {40, 20, 100, 80, 0.5, 0.5, HUGE_VAL, -HUGE_VAL};
  (void)user;
  for (int kind = 0; kind < CUXAS_N_MARK; kind++) {
    cuxas_panel_mark(canvas, &panel, 0.5, 0.5, (cuxas_mark_kind)kind, 6.0, CUXAS_BLACK);
    cuxas_panel_mark(canvas, &panel, NAN, 0.5, (cuxas_mark_kind)kind, 6.0, CUXAS_BLACK);
    cuxas_panel_mark(canvas, &panel, 0.5, 1e300, (cuxas_mark_kind)kind, 6.0, CUXAS_BLACK);
    cuxas_canvas_mark(canvas, HUGE_VAL, 0.0, (cuxas_mark_kind)kind, 6.0, CUXAS_BLACK);
  }
  cuxas_panel_bar(canvas, &panel, -5.0, -5.0, 0.2, 9.0, CUXAS_GREY);
  cuxas_panel_bar(canvas, &panel, NAN, 0.0, 0.2, 0.5, CUXAS_GREY);
  cuxas_panel_log_x_axis(canvas, &flat, "x");
  cuxas_panel_log_y_axis(canvas, &flat, NULL);
  cuxas_panel_log_x_axis(canvas, &panel, NULL);
  cuxas_panel_clip(canvas, &panel);
  cuxas_panel_line(canvas, &panel, -10.0, 0.0, 10.0, 1.0, (cuxas_line_style){CUXAS_LINE_SOLID, 1.0, CUXAS_BLACK});
  cuxas_panel_unclip(canvas);
}

static void test_marks_bars_and_logarithmic_axes_take_anything(void)
{
  const cuxas_figure figure = {NULL, 200, 150, draw_odd_marks, NULL};
  char              *text;
  size_t             n_byte;
  FILE              *out = open_memstream(&text, &n_byte);
  CHECK_STATUS(cuxas_figure_write(&figure, CUXAS_FIGURE_SVG, out, NULL), CUXAS_OK);
  fclose(out);
  CHECK(strstr(text, "nan") == NULL && strstr(text, "inf") == NULL);
  CHECK(strstr(text, "clip") != NULL);
  free(text);
}

int main(void)
{
  RUN(test_ticks_are_round_and_inside);
  RUN(test_tick_labels_have_the_digits_they_need);
  RUN(test_axes_without_length_have_no_ticks);
  RUN(test_same_drawing_same_bytes);
  RUN(test_formats_are_what_they_say);
  RUN(test_a_layer_has_its_own_names_and_no_page);
  RUN(test_the_format_is_told_by_the_suffix);
  RUN(test_impossible_pages_are_refused);
  RUN(test_a_full_disk_is_told);
  RUN(test_long_names_are_cut_to_their_room);
  RUN(test_palette_colours_differ_and_repeat);
  RUN(test_ids_are_renamed_with_their_references);
  RUN(test_broken_svg_is_refused);
  RUN(test_only_characters_that_can_be_shown_pass);
  RUN(test_html_text_stays_text);
  RUN(test_markdown_text_stays_text);
  RUN(test_commands_are_quoted_for_a_shell);
  RUN(test_numbers_have_true_signs);
  RUN(test_the_ramp_gets_darker_all_the_way);
  RUN(test_marks_bars_and_logarithmic_axes_take_anything);
  return CHECK_REPORT();
}
