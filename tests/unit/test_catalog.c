#define _XOPEN_SOURCE 700 /* mkdtemp(), nftw() */
#include "check.h"

#include "crystal/opened.h"
#include "cuxas/catalog.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[300]; /* of the running test */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
  (void)about, (void)kind, (void)walk;
  return remove(path);
}

static void make_folder(void)
{
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/cuxas_catalog_XXXXXX", parent != NULL ? parent : "/tmp");
  if (mkdtemp(folder) == NULL) abort();
}

static void remove_folder(void)
{
  nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name)
{
  static char path[4][600];
  static int  i_path;
  i_path = (i_path + 1) % 4;
  snprintf(path[i_path], sizeof path[i_path], "%s/%s", folder, name);
  return path[i_path];
}

static void make_file(const char *name, const char *content)
{
  FILE *out = fopen(path_of(name), "w");
  if (out == NULL) abort();
  fputs(content, out);
  fclose(out);
}

/* The names in order, "S:" before structures and "m:" before spectra: "S:a m:b" */
static void check_names(const char *const *paths, size_t n_path, bool is_recursive, const char *expected)
{
  cuxas_catalog *catalog   = NULL;
  cuxas_error    err       = {0};
  char           got[1000] = "";
  CHECK_STATUS(cuxas_catalog_list(paths, n_path, is_recursive, &catalog, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  for (size_t i = 0; catalog != NULL && i < catalog->n_candidate; i++) {
    const cuxas_candidate *candidate = &catalog->candidate[i];
    const size_t           n         = strlen(got);
    snprintf(got + n, sizeof got - n, "%s%s:%s", i > 0 ? " " : "",
             candidate->kind == CUXAS_CANDIDATE_STRUCTURE ? "S" : "m", candidate->name);
  }
  CHECK_TEXT(got, expected);
  cuxas_catalog_free(catalog);
}

static void test_folder_gives_candidates_by_name(void)
{
  make_folder();
  const char *files[] = {"b.cif", "a.CIF", "C.vasp", "d.poscar", "e.contcar", "f.xyz", "g.extxyz", "POSCAR",
                         "POSCAR.cuprite", "CONTCAR_2", "h.csv", "i.tsv", "j.txt", "k.dat", "l.xmu", "m.xdi",
                         "two.dots.cif",
                         /* none of these: */
                         "README.txt", "readme", "ORIGIN.txt", "INDEX.csv", "Manifest.csv", "LICENSE.txt",
                         ".hidden.cif", "feff.inp", "notes.md", "plot.png", "cif", "x.json"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) make_file(files[i], "");
  check_names((const char *[]){folder}, 1, false,
              "S:C S:CONTCAR_2 S:POSCAR S:POSCAR.cuprite S:a S:b S:d S:e S:f S:g m:h m:i m:j m:k m:l m:m S:two.dots");
  remove_folder();
}

static void test_named_files_are_always_taken(void)
{
  make_folder();
  make_file("README.txt", "925 0.1\n926 0.2\n");
  make_file("odd", "data_x\n_cell_length_a 4\n");
  make_file("other.out", "c\n1.0\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n");
  make_file("scan.0001", "925 0.1\n926 0.2\n");
  make_file(".hidden.cif", "");
  const char *paths[] = {path_of("README.txt"), path_of("odd"), path_of("other.out"), path_of("scan.0001")};
  check_names(paths, 4, false, "m:README S:odd S:other m:scan");
  check_names((const char *[]){path_of(".hidden.cif")}, 1, false, "S:.hidden");
  remove_folder();
}

static void test_suffix_goes_before_content(void)
{
  make_folder();
  make_file("a.txt", "data_x\n_cell_length_a 4\n");
  check_names((const char *[]){path_of("a.txt")}, 1, false, "m:a");
  remove_folder();
}

static void test_folders_within_are_entered_only_on_request(void)
{
  make_folder();
  mkdir(path_of("sub"), 0700);
  mkdir(path_of("sub/deeper.cif"), 0700); /* a folder, in spite of its name */
  mkdir(path_of(".git"), 0700);
  make_file("a.cif", "");
  make_file("sub/b.cif", "");
  make_file("sub/deeper.cif/c.cif", "");
  make_file(".git/d.cif", "");
  if (symlink("..", path_of("sub/loop")) != 0) abort();
  check_names((const char *[]){folder}, 1, false, "S:a");
  check_names((const char *[]){folder}, 1, true, "S:a S:b S:c");
  remove_folder();
}

static void test_a_file_reached_twice_comes_once(void)
{
  make_folder();
  mkdir(path_of("sub"), 0700);
  make_file("a.cif", "");
  make_file("sub/a.cif", ""); /* another file of the same name */
  if (symlink("a.cif", path_of("alias.cif")) != 0) abort();
  const char *paths[] = {path_of("a.cif"), folder, path_of("sub/../a.cif"), path_of("sub")};
  check_names(paths, 4, false, "S:a S:a S:alias");
  remove_folder();
}

static void test_order_of_arguments_does_not_matter(void)
{
  make_folder();
  mkdir(path_of("p"), 0700);
  mkdir(path_of("q"), 0700);
  const char *files[] = {"p/z.cif", "q/a.csv", "p/same.cif", "q/same.cif"};
  for (size_t i = 0; i < 4; i++) make_file(files[i], "");
  cuxas_catalog *one = NULL, *two = NULL;
  char           p[600], q[600];
  snprintf(p, sizeof p, "%s", path_of("p"));
  snprintf(q, sizeof q, "%s", path_of("q/"));
  CHECK_STATUS(cuxas_catalog_list((const char *[]){p, q}, 2, false, &one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_catalog_list((const char *[]){q, p}, 2, false, &two, NULL), CUXAS_OK);
  CHECK(one->n_candidate == 4 && two->n_candidate == 4);
  for (size_t i = 0; i < 4; i++) CHECK_TEXT(one->candidate[i].path, two->candidate[i].path);
  CHECK_TEXT(one->candidate[0].path, path_of("q/a.csv")); /* one slash */
  CHECK_TEXT(one->candidate[1].path, path_of("p/same.cif"));
  CHECK_TEXT(one->candidate[2].path, path_of("q/same.cif"));
  cuxas_catalog_free(one);
  cuxas_catalog_free(two);
  remove_folder();
}

static void test_nothing_to_list(void)
{
  cuxas_catalog *catalog = NULL;
  cuxas_error    err     = {0};
  make_folder();
  make_file("README.md", "");
  CHECK_STATUS(cuxas_catalog_list((const char *[]){folder}, 1, false, &catalog, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, folder);
  CHECK_CONTAINS(err.message, "no candidate");
  CHECK_STATUS(cuxas_catalog_list((const char *[]){folder, path_of("absent.cif")}, 2, false, &catalog, &err),
               CUXAS_EIO);
  CHECK_CONTAINS(err.message, "absent.cif: cannot open");
  CHECK_STATUS(cuxas_catalog_list(NULL, 0, false, &catalog, &err), CUXAS_EUNSUPPORTED);
  CHECK(catalog == NULL);
  cuxas_catalog_free(NULL);
  remove_folder();
}

static void test_labels_leave_out_where_a_folder_lies(void)
{
  cuxas_catalog *catalog = NULL;
  make_folder();
  make_file("CuO.cif", "");
  CHECK_STATUS(cuxas_catalog_list((const char *[]){folder}, 1, false, &catalog, NULL), CUXAS_OK);
  CHECK_TEXT(catalog->candidate[0].label, catalog->candidate[0].path);
  CHECK_STATUS(cuxas_catalog_relabel(catalog, "/elsewhere", "far:", NULL), CUXAS_OK);
  CHECK_TEXT(catalog->candidate[0].label, catalog->candidate[0].path);
  folder[strlen(folder) - 1] = '\0'; /* the name of another folder, though it begins the path */
  CHECK_STATUS(cuxas_catalog_relabel(catalog, folder, "far:", NULL), CUXAS_OK);
  CHECK_TEXT(catalog->candidate[0].label, catalog->candidate[0].path);
  folder[strlen(folder)] = catalog->candidate[0].path[strlen(folder)];
  CHECK_STATUS(cuxas_catalog_relabel(catalog, folder, "near:", NULL), CUXAS_OK);
  CHECK_TEXT(catalog->candidate[0].label, "near:CuO.cif");
  CHECK_TEXT(catalog->candidate[0].path, path_of("CuO.cif"));
  cuxas_catalog_free(catalog);
  remove_folder();
}

static void test_what_was_opened_is_hashed_and_parsed_without_its_file(void)
{
  cuxas_catalog  *catalog = NULL;
  cuxas_crystal  *crystal = NULL;
  cuxas_candidate opened;
  char            at_file[CUXAS_SHA256_HEX_SIZE] = "", later[CUXAS_SHA256_HEX_SIZE] = "";
  make_folder();
  make_file("Cu.vasp", "Cu\n3.61\n0 .5 .5\n.5 0 .5\n.5 .5 0\nCu\n1\nDirect\n0 0 0\n");
  CHECK_STATUS(cuxas_catalog_list((const char *[]){folder}, 1, false, &catalog, NULL), CUXAS_OK);
  const cuxas_candidate *candidate = &catalog->candidate[0];
  CHECK_STATUS(cuxas_candidate_hash(candidate, at_file, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_candidate_open(candidate, &opened, NULL), CUXAS_OK);
  CHECK(remove(path_of("Cu.vasp")) == 0);
  CHECK_STATUS(cuxas_candidate_hash(&opened, later, NULL), CUXAS_OK);
  CHECK_TEXT(later, at_file);
  CHECK_STATUS(cuxas_candidate_read(&opened, &crystal, NULL), CUXAS_OK);
  CHECK(crystal != NULL && crystal->n_site == 1);
  cuxas_candidate_close(candidate, &opened);
  CHECK_STATUS(cuxas_candidate_open(candidate, &opened, NULL), CUXAS_EIO);
  cuxas_candidate_close(candidate, &opened);
  cuxas_crystal_free(crystal);
  cuxas_catalog_free(catalog);
  remove_folder();
}

int main(void)
{
  RUN(test_folder_gives_candidates_by_name);
  RUN(test_named_files_are_always_taken);
  RUN(test_suffix_goes_before_content);
  RUN(test_folders_within_are_entered_only_on_request);
  RUN(test_a_file_reached_twice_comes_once);
  RUN(test_order_of_arguments_does_not_matter);
  RUN(test_nothing_to_list);
  RUN(test_labels_leave_out_where_a_folder_lies);
  RUN(test_what_was_opened_is_hashed_and_parsed_without_its_file);
  return CHECK_REPORT();
}
