/* Tests of text.h: what every parser of the library relies on. */
#include "base/text.h"

#include "check.h"

#include <unistd.h>

static cuxas_text text_of(const char *bytes)
{
  cuxas_text text;
  CHECK_STATUS(cuxas_text_from_memory("memory", bytes, strlen(bytes), &text, NULL), CUXAS_OK);
  return text;
}

static void test_all_line_ends_give_the_same_lines(void)
{
  static const char *const SAME[] = {"a\nb\n\nc\n", "a\r\nb\r\n\r\nc\r\n", "a\rb\r\rc\r", "a\nb\n\nc", "a\r\nb\n\rc"};
  for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
    cuxas_text text = text_of(SAME[i]);
    CHECK(text.n_line == 4);
    if (text.n_line == 4) {
      CHECK_TEXT(text.line[0], "a");
      CHECK_TEXT(text.line[1], "b");
      CHECK_TEXT(text.line[2], "");
      CHECK_TEXT(text.line[3], "c");
    }
    cuxas_text_free(&text);
  }
}

static void test_empty_text_has_no_line(void)
{
  cuxas_text text = text_of("");
  CHECK(text.n_line == 0);
  cuxas_text_free(&text);
  text = text_of("\xef\xbb\xbf");
  CHECK(text.n_line == 0 && text.has_bom);
  cuxas_text_free(&text);
  text = text_of("\n");
  CHECK(text.n_line == 1);
  cuxas_text_free(&text);
}

static void test_byte_order_mark_is_removed_and_noted(void)
{
  cuxas_text text = text_of("\xef\xbb\xbf"
                            "energy\n1");
  CHECK(text.has_bom);
  CHECK_TEXT(text.line[0], "energy");
  cuxas_text_free(&text);
  text = text_of("energy\n1");
  CHECK(!text.has_bom);
  cuxas_text_free(&text);
}

static void test_binary_and_utf16_are_refused(void)
{
  cuxas_text  text;
  cuxas_error err;
  CHECK_STATUS(cuxas_text_from_memory("a.bin", "12\0\n34", 6, &text, &err), CUXAS_EFORMAT);
  CHECK_TEXT(err.message, "a.bin: binary file (a zero byte at offset 2)");
  CHECK(text.line == NULL && text.n_line == 0);
  CHECK_STATUS(cuxas_text_from_memory("a.txt",
                                      "\xff\xfe"
                                      "1\0",
                                      4, &text, &err),
               CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "UTF-16");
}

static void test_files_are_read_whole(void)
{
  char      path[] = "/tmp/cuxas_text_XXXXXX";
  const int file   = mkstemp(path);
  CHECK(file >= 0);
  FILE *out = fdopen(file, "wb");
  for (int i = 0; i < 30000; i++) fprintf(out, "row %d\n", i); /* more than the first block */
  fclose(out);

  cuxas_text  text;
  cuxas_error err;
  CHECK_STATUS(cuxas_text_read(path, &text, &err), CUXAS_OK);
  CHECK(text.n_line == 30000);
  if (text.n_line == 30000) CHECK_TEXT(text.line[29999], "row 29999");
  CHECK_TEXT(text.path, path);
  cuxas_text_free(&text);
  unlink(path);

  CHECK_STATUS(cuxas_text_read(path, &text, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, path);
  cuxas_text_free(&text);
  CHECK_STATUS(cuxas_text_read("/tmp", &text, &err), CUXAS_EIO); /* a folder opens, but does not read */
  cuxas_text_free(&text);
}

static void test_tokens(void)
{
  char  line[] = "  1.0\t Cu  x ";
  char *cursor = line;
  CHECK_TEXT(cuxas_text_next_token(&cursor), "1.0");
  CHECK_TEXT(cuxas_text_next_token(&cursor), "Cu");
  CHECK_TEXT(cuxas_text_next_token(&cursor), "x");
  CHECK(cuxas_text_next_token(&cursor) == NULL);
  CHECK(cuxas_text_next_token(&cursor) == NULL);

  char padded[] = " \t a b \t", blank[] = "  ";
  CHECK_TEXT(cuxas_text_trim(padded), "a b");
  CHECK_TEXT(cuxas_text_trim(blank), "");
}

static void test_numbers_in_every_notation(void)
{
  static const struct {
    const char *token;
    double      value;
  } NUMBER[] = {{"0", 0},          {"-1", -1},      {"+2.5", 2.5},          {"3.", 3},
                {".5", 0.5},       {"-.5e1", -5},   {"1e-3", 1e-3},         {"1.5D+02", 150},
                {"2d-1", 0.2},     {"9.3E02", 930}, {"0.12-103", 1.2e-104}, {"1.0+100", 1e100},
                {"932.65", 932.65}};
  for (size_t i = 0; i < sizeof NUMBER / sizeof NUMBER[0]; i++) {
    double value = -77;
    CHECK(cuxas_text_parse_number(NUMBER[i].token, &value));
    CHECK_NEAR(value / (NUMBER[i].value != 0 ? NUMBER[i].value : 1), NUMBER[i].value != 0, 1e-15);
  }
}

static void test_what_is_not_a_number_is_refused(void)
{
  static const char *const OTHER[] = {"",    ".",      "-",     "e5",    "1e",   "1e+",   "0x10", "1 ",
                                      " 1",  "1,5",    "1.2.3", "12eV",  "1e5x", "nanx",  "in",   "--1",
                                      "1-2", "1.0-10", "*****", "1_000", "1.#",  "5.4(3)"};
  for (size_t i = 0; i < sizeof OTHER / sizeof OTHER[0]; i++) {
    double     value   = -77;
    const bool is_read = cuxas_text_parse_number(OTHER[i], &value);
    if (is_read) printf("    '%s' was read as %g\n", OTHER[i], value);
    CHECK(!is_read);
    CHECK(value == -77);
  }
  char long_token[2000];
  memset(long_token, '1', sizeof long_token);
  long_token[sizeof long_token - 1] = '\0';
  CHECK(!cuxas_text_parse_number(long_token, NULL));
}

static void test_nan_and_infinity_are_recognised_as_such(void)
{
  double value = 0;
  CHECK(cuxas_text_parse_number("NaN", &value) && isnan(value));
  CHECK(cuxas_text_parse_number("-1.#IND", &value) && isnan(value));
  CHECK(cuxas_text_parse_number("1.#QNAN0", &value) && isnan(value));
  CHECK(cuxas_text_parse_number("inf", &value) && isinf(value) && value > 0);
  CHECK(cuxas_text_parse_number("-Infinity", &value) && isinf(value) && value < 0);
  CHECK(cuxas_text_parse_number("1.#INF00", &value) && isinf(value));
  CHECK(cuxas_text_parse_number("1e999", &value) && isinf(value));
}

static void test_integers(void)
{
  long value = -77;
  CHECK(cuxas_text_parse_integer("12", &value) && value == 12);
  CHECK(cuxas_text_parse_integer("-3", &value) && value == -3);
  value = -77;
  CHECK(!cuxas_text_parse_integer("", &value));
  CHECK(!cuxas_text_parse_integer("+", &value));
  CHECK(!cuxas_text_parse_integer("1.0", &value));
  CHECK(!cuxas_text_parse_integer("12a", &value));
  CHECK(!cuxas_text_parse_integer(" 1", &value));
  CHECK(!cuxas_text_parse_integer("99999999999999999999999", &value));
  CHECK(value == -77);
}

static void test_patterns_match_and_capture(void)
{
  cuxas_pattern *pattern = NULL;
  char           word[8];
  CHECK_STATUS(cuxas_pattern_new("(?i)^([a-z]+)\\s*(?:\\((ev|kev)\\))?$", &pattern, NULL), CUXAS_OK);
  CHECK(cuxas_pattern_match(pattern, "Energy (eV)"));
  CHECK(cuxas_pattern_copy_group(pattern, 2, word, sizeof word));
  CHECK_TEXT(word, "eV");
  CHECK(cuxas_pattern_group(pattern, 0).n_byte == strlen("Energy (eV)"));

  CHECK(cuxas_pattern_match(pattern, "Intensities"));
  CHECK(cuxas_pattern_group(pattern, 2).start == NULL); /* optional group took no part */
  CHECK(cuxas_pattern_group(pattern, 9).start == NULL); /* no such group */
  CHECK(!cuxas_pattern_copy_group(pattern, 1, word, sizeof word));
  CHECK_TEXT(word, "Intensi"); /* cut to the room there is */

  CHECK(!cuxas_pattern_match(pattern, "12"));
  CHECK(cuxas_pattern_group(pattern, 0).start == NULL); /* nothing left of an earlier match */
  CHECK(!cuxas_pattern_copy_group(pattern, 0, word, sizeof word));
  CHECK_TEXT(word, "");
  cuxas_pattern_free(pattern);
}

static void test_wrong_expression_is_an_error(void)
{
  cuxas_pattern *pattern = NULL;
  cuxas_error    err;
  CHECK_STATUS(cuxas_pattern_new("a(b", &pattern, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "a(b");
  CHECK(pattern == NULL);
}

static void test_list_names_the_first_and_counts_the_others(void)
{
  char       text[64] = "old";
  cuxas_list none     = {.text = text, .size = sizeof text, .n_named = 2};
  CHECK(cuxas_list_end(&none) == 0);
  CHECK_TEXT(text, "");

  cuxas_list list = {.text = text, .size = sizeof text, .n_named = 2};
  cuxas_list_add(&list, "CuO");
  CHECK_TEXT(text, "CuO");
  cuxas_list_add(&list, "Cu2O");
  CHECK_TEXT(text, "CuO, Cu2O");
  cuxas_list_add(&list, "CuS");
  cuxas_list_add(&list, "CuFeS2");
  CHECK(cuxas_list_end(&list) == 4);
  CHECK_TEXT(text, "CuO, Cu2O and 2 more");

  char       small[8];
  cuxas_list cut = {.text = small, .size = sizeof small, .n_named = 5};
  for (int i = 0; i < 9; i++) cuxas_list_add(&cut, "CuFeS2");
  CHECK(cuxas_list_end(&cut) == 9);
  CHECK(strlen(small) < sizeof small);
}

int main(void)
{
  RUN(test_all_line_ends_give_the_same_lines);
  RUN(test_empty_text_has_no_line);
  RUN(test_byte_order_mark_is_removed_and_noted);
  RUN(test_binary_and_utf16_are_refused);
  RUN(test_files_are_read_whole);
  RUN(test_tokens);
  RUN(test_numbers_in_every_notation);
  RUN(test_what_is_not_a_number_is_refused);
  RUN(test_nan_and_infinity_are_recognised_as_such);
  RUN(test_integers);
  RUN(test_list_names_the_first_and_counts_the_others);
  RUN(test_patterns_match_and_capture);
  RUN(test_wrong_expression_is_an_error);
  return CHECK_REPORT();
}
