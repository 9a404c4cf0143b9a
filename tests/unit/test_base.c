/* status, memory, hash and output: what everything else leans on */
#include "check.h"
#include "comma_locale.h"
#include "base/hash.h"
#include "base/memory.h"
#include "cuxas/output.h"

#include "base/json.h"
#include "base/text.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/cuxas-test-XXXXXX";

static const char *in_folder(const char *name)
{
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void test_failure_keeps_status_and_one_line(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(cuxas_fail(&err, CUXAS_EFORMAT, "a\nb.cif:%d: reason", 14), CUXAS_EFORMAT);
  CHECK_TEXT(err.message, "a b.cif:14: reason");
  CHECK_STATUS(err.status, CUXAS_EFORMAT);
  CHECK_STATUS(cuxas_fail(NULL, CUXAS_EIO, "nobody listens"), CUXAS_EIO);
}

static void test_message_steers_no_terminal_whatever_a_name_holds(void)
{
  cuxas_error    err;
  cuxas_warnings warnings = {0};
  const char *name = "a\x1b]0;x\x07\xe4\xc2\x9bz\xe2\x80\xae\t\xc2\xb5"; /* escape, bell, Latin-1, CSI as C1, U+202E */
  cuxas_fail(&err, CUXAS_EIO, "%s", name);
  CHECK_TEXT(err.message, "a?]0;x????z??? \xc2\xb5");
  cuxas_warn(&warnings, "%s", name);
  CHECK_TEXT(warnings.text[0], err.message);
  cuxas_fail_at(&err, CUXAS_EIO, name);
  CHECK_TEXT(err.message, warnings.text[0]); /* it begins with this name already */
}

static void test_message_ends_with_a_whole_character(void)
{
  cuxas_error err;
  static char text[CUXAS_MESSAGE_SIZE + 8];
  for (size_t i = 0; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc2\xb5", 3);
  cuxas_fail(&err, CUXAS_EIO, "%s", text);
  CHECK(strlen(err.message) == CUXAS_MESSAGE_SIZE - 2);
}

static void test_messages_and_numbers_obey_no_locale(void)
{
  if (!comma_locale_choose(folder)) SKIP("no locale with decimal commas here");
  cuxas_error err;
  double      value = 0.0;
  char        text[16];
  cuxas_fail(&err, CUXAS_ERANGE, "%.2f eV", 1.5);
  CHECK_TEXT(err.message, "1.50 eV");
  CHECK(cuxas_text_parse_number("1.5", &value) && value == 1.5);
  snprintf(text, sizeof text, "%.1f", 1.5);
  CHECK_TEXT(text, "1,5"); /* the host's own numbers stay as they were */
  const cuxas_locale locale = cuxas_locale_begin();
  snprintf(text, sizeof text, "%.1f", 1.5);
  cuxas_locale_end(locale);
  CHECK_TEXT(text, "1.5");
  comma_locale_remove(folder);
}

static void test_json_is_utf8_whatever_came_in(void)
{
  cuxas_error err;
  char       *text = NULL;
  cJSON      *root = cJSON_CreateObject();
  cJSON_AddStringToObject(root, "name", "\xe4\"\x1b\x7f\xc2\x9b\xe2\x80\xae\xc2\xb5\xe2\x82");
  CHECK_STATUS(cuxas_json_print(root, false, &text, &err), CUXAS_OK);
  CHECK_TEXT(text, "{\"name\":\"" CUXAS_UTF8_REPLACEMENT
                   "\\\"\\u001b\\u007f\\u009b\\u202e\xc2\xb5" CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT "\"}");
  cJSON *back = cJSON_Parse(text);
  CHECK(back != NULL);
  cJSON_Delete(back);
  free(text);
  cJSON_Delete(root);
  CHECK_STATUS(cuxas_json_print(NULL, true, &text, &err), CUXAS_ENOMEM);
}

/* cJSON's memory: the n-th block asked for from now on is not there (0: all are); how many are not given back. */
static size_t n_until_failure, n_kept;

static void *ask_for_block(size_t n_byte)
{
  if (n_until_failure > 0 && --n_until_failure == 0) return NULL;
  n_kept++;
  return malloc(n_byte);
}

static void give_block_back(void *block)
{
  n_kept -= block != NULL;
  free(block);
}

static cJSON *build_tree(void)
{
  cJSON *root = cJSON_CreateObject(), *list = cuxas_json_add(root, "list", cJSON_CreateArray());
  for (int i = 0; i < 3; i++) {
    cJSON *entry = cuxas_json_add(list, NULL, cJSON_CreateObject());
    cuxas_json_add(entry, "number", cJSON_CreateNumber(i));
    cuxas_json_add(entry, "text", cJSON_CreateString("copper"));
  }
  cuxas_json_add(root, "copy", cJSON_Duplicate(list, true));
  return root;
}

static void test_tree_that_misses_an_item_is_never_written_and_nothing_of_it_is_kept(void)
{
  cJSON_Hooks hooks = {ask_for_block, give_block_back};
  char       *whole = NULL, *text = NULL;
  cJSON      *root     = build_tree();
  size_t      n_failed = 0, n_fault = 0;
  CHECK_STATUS(cuxas_json_print(root, false, &whole, NULL), CUXAS_OK);
  cJSON_Delete(root);
  cJSON_InitHooks(&hooks);
  for (bool is_over = false; !is_over;) {
    n_until_failure = ++n_fault;
    root            = build_tree();
    is_over         = n_until_failure > 0; /* all could be had */
    n_until_failure = 0;
    CHECK(cuxas_json_is_whole(root) == is_over);
    cJSON      *parent = cJSON_CreateObject();
    cuxas_error err    = {.message = ""};
    cuxas_json_add(parent, "below", cJSON_Duplicate(root, true));
    CHECK(cuxas_json_is_whole(parent) == is_over);
    cJSON_Delete(parent);
    const cuxas_status status = cuxas_json_print(root, false, &text, &err);
    CHECK_STATUS(status, is_over ? CUXAS_OK : CUXAS_ENOMEM);
    n_failed += status == CUXAS_ENOMEM;
    if (is_over) CHECK_TEXT(text, whole);
    free(text);
    cJSON_Delete(root);
    CHECK(n_kept == 0);
  }
  CHECK(n_failed > 40); /* of two dozen items, nearly all with a name */
  cJSON_InitHooks(NULL);
  free(whole);
}

static void test_long_message_is_cut_not_overrun(void)
{
  static char text[3 * CUXAS_MESSAGE_SIZE];
  cuxas_error err;
  memset(text, 'x', sizeof text - 1);
  cuxas_fail(&err, CUXAS_EIO, "%s", text);
  CHECK(strlen(err.message) == CUXAS_MESSAGE_SIZE - 1);
}

static void test_every_status_has_its_own_name(void)
{
  for (cuxas_status a = CUXAS_OK; a <= CUXAS_ENUMERIC; a++) {
    CHECK(strcmp(cuxas_status_name(a), "unknown") != 0);
    for (cuxas_status b = CUXAS_OK; b < a; b++) CHECK(strcmp(cuxas_status_name(a), cuxas_status_name(b)) != 0);
  }
}

static void test_overflowing_sizes_are_refused(void)
{
  volatile size_t huge = SIZE_MAX / 2; /* volatile: the compiler would warn of what is tested here */
  CHECK(cuxas_new(NULL, huge, 4) == NULL);
  CHECK(cuxas_grow(NULL, NULL, huge, 4) == NULL);
  void *empty = cuxas_new(NULL, 0, 8);
  CHECK(empty != NULL);
  free(empty);
}

static void test_missing_memory_is_worded_by_the_allocation(void)
{
  cuxas_error     err  = {0};
  volatile size_t huge = SIZE_MAX / 2;
  CHECK(cuxas_new(&err, huge, 4) == NULL);
  CHECK_STATUS(err.status, CUXAS_ENOMEM);
  CHECK_CONTAINS(err.message, "no memory for ");
  err = (cuxas_error){0};
  CHECK(cuxas_grow(&err, NULL, huge, 4) == NULL);
  CHECK_CONTAINS(err.message, "no memory for ");
  CHECK(cuxas_new(NULL, huge, 4) == NULL);
  CHECK_STATUS(cuxas_no_memory(&err), CUXAS_ENOMEM);
  CHECK_TEXT(err.message, "no memory");
}

static void test_new_memory_is_zero_and_copies_are_equal(void)
{
  cuxas_error err  = {0};
  int        *item = cuxas_new(&err, 3, sizeof *item);
  CHECK(item != NULL && item[0] == 0 && item[2] == 0);
  item[1]   = 7;
  int *copy = cuxas_copy(&err, item, 3, sizeof *item);
  CHECK(copy != NULL && copy != item && memcmp(copy, item, 3 * sizeof *item) == 0);
  char *text = cuxas_print_text(&err, "%s/%d.json", "folder", 12), *same = cuxas_copy_text(&err, text);
  CHECK_TEXT(text, "folder/12.json");
  CHECK_TEXT(same, text);
  CHECK(cuxas_copy_text(&err, NULL) == NULL);
  CHECK_STATUS(err.status, CUXAS_OK);
  free(same);
  free(text);
  free(copy);
  free(item);
}

static void test_path_is_put_before_a_message_once(void)
{
  cuxas_error err = {0};
  cuxas_fail(&err, CUXAS_EFORMAT, "no atoms");
  CHECK_STATUS(cuxas_fail_at(&err, CUXAS_EFORMAT, "a.cif"), CUXAS_EFORMAT);
  CHECK_TEXT(err.message, "a.cif: no atoms");
  cuxas_fail_at(&err, err.status, "a.cif");
  CHECK_TEXT(err.message, "a.cif: no atoms");
  cuxas_fail_at(&err, err.status, "a");
  CHECK_TEXT(err.message, "a: a.cif: no atoms");
  CHECK_STATUS(cuxas_fail_at(NULL, CUXAS_EIO, "a.cif"), CUXAS_EIO);
  CHECK_STATUS(cuxas_fail_at(&err, CUXAS_OK, "b.cif"), CUXAS_OK);
  CHECK_TEXT(err.message, "a: a.cif: no atoms");
}

static void test_hash_is_that_of_the_standard(void)
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory("abc", 3, hex); /* FIPS 180-2, appendix B.1 */
  CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  FILE *out = fopen(in_folder("abc"), "w");
  CHECK(out != NULL);
  fputs("abc", out);
  fclose(out);
  char        of_file[CUXAS_SHA256_HEX_SIZE];
  cuxas_error err;
  CHECK_STATUS(cuxas_hash_file(in_folder("abc"), of_file, &err), CUXAS_OK);
  CHECK_TEXT(of_file, hex);
  unlink(in_folder("abc"));
  CHECK_STATUS(cuxas_hash_file(in_folder("abc"), of_file, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "cannot open");
}

static void write_text(const char *name, const char *bytes, size_t n_byte)
{
  FILE *out = fopen(in_folder(name), "w");
  CHECK(out != NULL);
  CHECK(fwrite(bytes, 1, n_byte, out) == n_byte);
  fclose(out);
}

/* Of several lines for a name each counts, until it is dropped; others stay as they are, a line that was cut off goes. */
static void test_list_of_checksums_keeps_what_is_not_dropped(void)
{
  static const char A[]  = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  cuxas_hash_list   list = {0};
  char              list_path[256], file[256], bytes[1024];
  cuxas_text        text;
  snprintf(list_path, sizeof list_path, "%s", in_folder("list"));
  snprintf(file, sizeof file, "%s", in_folder("abc"));
  CHECK_STATUS(cuxas_hash_list_read(list_path, false, &list, NULL), CUXAS_OK);
  CHECK(!cuxas_hash_list_has(&list, "abc", NULL));

  write_text("abc", "abd", 3);
  CHECK_STATUS(cuxas_hash_list_add(list_path, file, NULL), CUXAS_OK);
  write_text("abc", "abc", 3);
  CHECK_STATUS(cuxas_hash_list_add(list_path, file, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_text_read(list_path, &text, NULL), CUXAS_OK);
  const int n = snprintf(bytes, sizeof bytes, "%s  z\n%s\n%s\n%s  a\n%.20s", A, text.line[0], text.line[1], A, A);
  cuxas_text_free(&text);
  write_text("list", bytes, (size_t)n);
  CHECK_STATUS(cuxas_hash_list_read(list_path, false, &list, NULL), CUXAS_OK);
  CHECK(cuxas_hash_list_has(&list, "abc", A) && cuxas_hash_list_has(&list, "z", NULL));
  CHECK(!cuxas_hash_list_has(&list, "ab", NULL) && !cuxas_hash_list_has(&list, "a", "0"));
  CHECK(cuxas_hash_list_drop(&list, "abc") && !cuxas_hash_list_drop(&list, "ab"));
  CHECK_STATUS(cuxas_hash_list_write(&list, list_path, NULL), CUXAS_OK);
  cuxas_hash_list_clear(&list);
  CHECK_STATUS(cuxas_text_read(list_path, &text, NULL), CUXAS_OK);

  CHECK(text.n_line == 2 && strcmp(text.line[0] + 66, "z") == 0 && strcmp(text.line[1] + 66, "a") == 0);
  cuxas_text_free(&text);

  write_text("list", "\0\0\0\0", 4); /* a crash of the machine */
  CHECK_STATUS(cuxas_hash_list_read(list_path, false, &list, NULL), CUXAS_OK);
  CHECK(!list.is_cut && list.n_named == 0);
  cuxas_hash_list_clear(&list);
  write_text("list", "notes\n", 6);
  CHECK_STATUS(cuxas_hash_list_read(list_path, false, &list, NULL), CUXAS_EEXIST);
  CHECK_STATUS(cuxas_hash_list_read(list_path, true, &list, NULL), CUXAS_OK);
  cuxas_hash_list_clear(&list);
  unlink(list_path);
  unlink(file);
}

static void test_output_appears_only_on_commit(void)
{
  cuxas_output output;
  cuxas_error  err;
  CHECK_STATUS(cuxas_output_open(&output, in_folder("report"), false, &err), CUXAS_OK);
  fputs("first", output.stream);
  CHECK(access(in_folder("report"), F_OK) != 0);
  CHECK_STATUS(cuxas_output_commit(&output, &err), CUXAS_OK);
  CHECK(access(in_folder("report"), F_OK) == 0);

  CHECK_STATUS(cuxas_output_open(&output, in_folder("report"), false, &err), CUXAS_EEXIST);
  CHECK_CONTAINS(err.message, "--force");

  CHECK_STATUS(cuxas_output_open(&output, in_folder("report"), true, &err), CUXAS_OK);
  fputs("second", output.stream);
  cuxas_output_discard(&output);
  char  text[16] = "";
  FILE *in       = fopen(in_folder("report"), "r");
  CHECK(in != NULL && fgets(text, sizeof text, in) != NULL);
  fclose(in);
  CHECK_TEXT(text, "first");
  unlink(in_folder("report"));
}

static void test_output_to_a_full_disk_fails(void)
{
  if (access("/dev/full", W_OK) != 0) SKIP("no /dev/full here");
  cuxas_error  err;
  cuxas_output output;
  CHECK_STATUS(cuxas_output_open(&output, "/dev/full", true, &err), CUXAS_OK);
  fputs("text", output.stream);
  CHECK_STATUS(cuxas_output_commit(&output, &err), CUXAS_EIO);
}

static void test_output_into_a_missing_folder_fails(void)
{
  cuxas_output output;
  cuxas_error  err;
  CHECK_STATUS(cuxas_output_open(&output, in_folder("none/report"), false, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "cannot create");
  cuxas_output_discard(&output); /* harmless */
}

static bool write_word(const char *path, const char *text)
{
  cuxas_output output;
  if (cuxas_output_open(&output, path, true, NULL) != CUXAS_OK) return false;
  fputs(text, output.stream);
  return cuxas_output_commit(&output, NULL) == CUXAS_OK;
}

static cuxas_status write_what(const void *what, FILE *out, cuxas_error *err)
{
  fputs(what, out);
  return *(const char *)what != '\0' ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "nothing to write");
}

static void test_writer_that_fails_leaves_no_file(void)
{
  cuxas_error err;
  CHECK_STATUS(cuxas_output_write(in_folder("word"), false, write_what, "word", &err), CUXAS_OK);
  CHECK(access(in_folder("word"), F_OK) == 0);
  CHECK_STATUS(cuxas_output_write(in_folder("word"), false, write_what, "word", &err), CUXAS_EEXIST);
  unlink(in_folder("word"));
  CHECK_STATUS(cuxas_output_write(in_folder("word"), false, write_what, "", &err), CUXAS_ERANGE);
  CHECK_TEXT(err.message, "nothing to write");
  CHECK(access(in_folder("word"), F_OK) != 0);
}

static void test_replaced_file_keeps_its_mode_and_link(void)
{
  struct stat about;
  char        text[16] = "";
  CHECK(write_word(in_folder("kept"), "first"));
  CHECK(chmod(in_folder("kept"), 0600) == 0);
  CHECK(symlink("kept", in_folder("link")) == 0);
  CHECK(write_word(in_folder("link"), "second"));
  CHECK(lstat(in_folder("link"), &about) == 0 && S_ISLNK(about.st_mode));
  CHECK(stat(in_folder("kept"), &about) == 0 && (about.st_mode & 07777) == 0600);
  FILE *in = fopen(in_folder("kept"), "r");
  CHECK(in != NULL && fgets(text, sizeof text, in) != NULL);
  fclose(in);
  CHECK_TEXT(text, "second");
  unlink(in_folder("kept"));
  CHECK(write_word(in_folder("link"), "third")); /* a link that leads nowhere yet */
  CHECK(lstat(in_folder("link"), &about) == 0 && S_ISLNK(about.st_mode));
  CHECK(stat(in_folder("kept"), &about) == 0 && about.st_size == 5);
  unlink(in_folder("link"));
  unlink(in_folder("kept"));
  CHECK(symlink("round", in_folder("round")) == 0);
  CHECK(!write_word(in_folder("round"), "x"));
  unlink(in_folder("round"));
  for (int n_link = 1; n_link <= 41; n_link++) { /* cuxas-formats(5), LIMITS: 40 from one to the next */
    char name[16], to[16];
    snprintf(name, sizeof name, "link%d", n_link);
    snprintf(to, sizeof to, n_link == 1 ? "kept" : "link%d", n_link - 1);
    CHECK(symlink(to, in_folder(name)) == 0);
  }
  CHECK(write_word(in_folder("link40"), "deep") && lstat(in_folder("kept"), &about) == 0 && S_ISREG(about.st_mode));
  CHECK(!write_word(in_folder("link41"), "x"));
  unlink(in_folder("kept"));
  for (int n_link = 1; n_link <= 41; n_link++) {
    char name[16];
    snprintf(name, sizeof name, "link%d", n_link);
    unlink(in_folder(name));
  }
}

static void test_path_that_cannot_be_written_is_told_before(void)
{
  cuxas_error err;
  CHECK_STATUS(cuxas_output_check(in_folder("none/report"), true, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "none/report: cannot create: No such file or directory");
  CHECK_STATUS(cuxas_output_check(folder, true, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "Is a directory");
  CHECK_STATUS(cuxas_output_check(in_folder("report"), false, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_output_check("-", false, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_output_check("/dev/null", false, &err), CUXAS_OK);
}

/* Names in the folder but for "." and "..". */
static size_t count_names(void)
{
  size_t n   = 0;
  DIR   *dir = opendir(folder);
  for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) n += entry->d_name[0] != '.';
  if (dir != NULL) closedir(dir);
  return n;
}

static void test_killed_program_leaves_no_temporary_file(void)
{
  static const int SIGNAL[] = {SIGTERM, SIGPIPE, SIGKILL};
  for (size_t i = 0; i < sizeof SIGNAL / sizeof *SIGNAL; i++) {
    cuxas_output output;
    int          how   = 0;
    const pid_t  child = fork();
    if (child == 0) {
      if (cuxas_output_open(&output, in_folder("report"), true, NULL) != CUXAS_OK || !output.is_nameless) _exit(1);
      fputs("half", output.stream);
      fflush(output.stream);
      raise(SIGNAL[i]);
      _exit(2);
    }
    CHECK(child > 0 && waitpid(child, &how, 0) == child);
    if (WIFEXITED(how) && WEXITSTATUS(how) == 1) SKIP("this file system has no nameless files");
    CHECK(WIFSIGNALED(how) && WTERMSIG(how) == SIGNAL[i]);
    CHECK(count_names() == 0);
  }
}

static void test_objects_of_an_array_are_found_by_their_texts(void)
{
  cJSON           *array = cJSON_Parse("[{\"path\": \"b\"}, {\"path\": \"a\"}, {\"other\": 1}, {\"path\": \"c\"}]");
  cuxas_json_index index = cuxas_json_index_make(array, "path");
  CHECK(index.n == 4);
  CHECK(cuxas_json_index_find(&index, "a") == cJSON_GetArrayItem(array, 1));
  CHECK(cuxas_json_index_find(&index, "c") == cJSON_GetArrayItem(array, 3));
  CHECK(cuxas_json_index_find(&index, "d") == NULL);
  cuxas_json_index_clear(&index); /* as without memory */
  CHECK(cuxas_json_index_find(&index, "b") == cJSON_GetArrayItem(array, 0));
  CHECK(cuxas_json_index_find(&index, "d") == NULL);
  index = cuxas_json_index_make(NULL, "path");
  CHECK(cuxas_json_index_find(&index, "a") == NULL);
  cuxas_json_index_clear(&index);
  cJSON_Delete(array);
}

int main(void)
{
  if (mkdtemp(folder) == NULL) return 1;
  RUN(test_failure_keeps_status_and_one_line);
  RUN(test_message_steers_no_terminal_whatever_a_name_holds);
  RUN(test_message_ends_with_a_whole_character);
  RUN(test_messages_and_numbers_obey_no_locale);
  RUN(test_json_is_utf8_whatever_came_in);
  RUN(test_tree_that_misses_an_item_is_never_written_and_nothing_of_it_is_kept);
  RUN(test_long_message_is_cut_not_overrun);
  RUN(test_every_status_has_its_own_name);
  RUN(test_overflowing_sizes_are_refused);
  RUN(test_missing_memory_is_worded_by_the_allocation);
  RUN(test_new_memory_is_zero_and_copies_are_equal);
  RUN(test_path_is_put_before_a_message_once);
  RUN(test_hash_is_that_of_the_standard);
  RUN(test_list_of_checksums_keeps_what_is_not_dropped);
  RUN(test_output_appears_only_on_commit);
  RUN(test_output_to_a_full_disk_fails);
  RUN(test_writer_that_fails_leaves_no_file);
  RUN(test_replaced_file_keeps_its_mode_and_link);
  RUN(test_path_that_cannot_be_written_is_told_before);
  RUN(test_killed_program_leaves_no_temporary_file);
  RUN(test_output_into_a_missing_folder_fails);
  rmdir(folder);
  RUN(test_objects_of_an_array_are_found_by_their_texts);
  return CHECK_REPORT();
}
