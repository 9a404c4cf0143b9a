/* seeds.c - files that text editors cannot write, small and sound, for fuzzing to start from: `seeds FOLDER` fills
 * FOLDER/TARGET/NAME for the targets dm, hdf5, sqlite, model, pickle and torch of fuzz.c */
#include "../unit/gatan_make.h"
#include "model_make.h"
#include "torch_archive_make.h"

#define put_text put_hdf5_text
#include "../unit/hdf5_make.h"
#undef put_text

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *root;

static const char *path_of(const char *target, const char *name)
{
  static char path[1024];
  snprintf(path, sizeof path, "%s/%s", root, target);
  if (mkdir(path, 0777) != 0 && errno != EEXIST) {
    perror(path);
    exit(1);
  }
  snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
  return path;
}

static void write_bytes(const char *target, const char *name, const void *bytes, size_t n_byte)
{
  FILE *out = fopen(path_of(target, name), "wb");
  if (out == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) {
    perror(name);
    exit(1);
  }
}

static void make_images(void)
{
  static const float     VALUE[] = {0.5F, 1.5F, 1.0F}, CUBE[] = {0.1F, 0.4F, 0.5F, 1.0F, 0.25F, 0.75F};
  static const int32_t   PREVIEW[] = {1, 2, 3, 4};
  static const made_axis ENERGY[] = {{3, -930, 1, "eV"}}, PIXELS[] = {{2, 0, 1, "nm"}, {2, 0, 1, "nm"}};
  static const made_axis AXES[] = {{2, 0, 1, "nm"}, {1, 0, 1, "nm"}, {3, -930, 1, "eV"}};
  for (int version = 3; version <= 4; version++)
    for (int is_little = 0; is_little < 2; is_little++) {
      char      name[32];
      made_file file = begin_gatan(version, is_little, 2);
      put_image(&file, "preview", 3, 4, PREVIEW, PIXELS, 2);
      put_image(&file, "Cu L", 6, 4, is_little ? VALUE : CUBE, is_little ? ENERGY : AXES, is_little ? 1 : 3);
      end_gatan(&file);
      snprintf(name, sizeof name, "version%d-%s", version, is_little ? "little" : "big");
      write_bytes("dm", name, file.bytes, file.n_byte);
      free(file.bytes);
    }
}

static void make_hdf5(void)
{
  size_t n_byte;
  void  *bytes = made_bytes(make_nexus(), &n_byte);
  write_bytes("hdf5", "nexus", bytes, n_byte);
  free(bytes);
  const hid_t file = make_file();
  put_numbers(file, "/energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/mu", MADE_MU, 3, 0);
  put_numbers(file, "/table", MADE_MU, 3, 1);
  bytes = made_bytes(file, &n_byte);
  write_bytes("hdf5", "plain", bytes, n_byte);
  free(bytes);
}

static void make_databases(void)
{
  static const char TABLE[] = "PRAGMA page_size = 512; CREATE TABLE structures (name TEXT PRIMARY KEY, format TEXT, "
                              "content BLOB NOT NULL);";
  static const char VIEW[]  = "PRAGMA page_size = 512; CREATE VIEW structures AS SELECT 'a' AS name, '' AS content;";
  static const char MADE[]  = "PRAGMA page_size = 512; CREATE TABLE structures (k INTEGER, content, name GENERATED "
                              "ALWAYS AS ('n' || k) STORED); INSERT INTO structures (k) VALUES (1);";
  static const char CIF[]   = "data_x\n_cell_length_a 3\n_cell_length_b 3\n_cell_length_c 3\n_cell_angle_alpha 90\n"
                              "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_label\n_atom_site_fract_x\n"
                              "_atom_site_fract_y\n_atom_site_fract_z\nCu1 0 0 0\nO1 .5 .5 .5\n";
  char              rows[2048];
  snprintf(rows, sizeof rows,
           "%s INSERT INTO structures VALUES ('a', 'cif', '%s'), ('b', 'cif', CAST('%s' AS BLOB)), ('c', '', 7);",
           TABLE, CIF, CIF);
  const struct {
    const char *name, *sql;
  } MADE_OF[] = {{"rows", rows}, {"empty", TABLE}, {"view", VIEW}, {"generated", MADE}};
  for (size_t i = 0; i < sizeof MADE_OF / sizeof *MADE_OF; i++) {
    sqlite3    *database = NULL;
    const char *path     = path_of("sqlite", MADE_OF[i].name);
    unlink(path);
    if (sqlite3_open(path, &database) != SQLITE_OK ||
        sqlite3_exec(database, MADE_OF[i].sql, NULL, NULL, NULL) != SQLITE_OK) {
      fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(database));
      exit(1);
    }
    sqlite3_close(database);
  }
}

/* As fuzz.c takes them: the head, a zero, the tensors. */
static void make_models(void)
{
  cuxas_model *model = made_model();
  cuxas_error  err   = {0};
  if (cuxas_model_write(model, path_of("model", "whole"), true, &err) != CUXAS_OK) {
    fprintf(stderr, "%s\n", err.message);
    exit(1);
  }
  cuxas_model_free(model);
  static unsigned char bytes[1 << 20];
  FILE                *in     = fopen(path_of("model", "whole"), "rb");
  const size_t         n_byte = in != NULL ? fread(bytes, 1, sizeof bytes, in) : 0;
  if (in != NULL) fclose(in);
  if (n_byte < 80) exit(1);
  const size_t n_head = bytes[12] + ((size_t)bytes[13] << 8);
  size_t       n_text = n_head;
  while (n_text > 0 && bytes[16 + n_text - 1] == ' ') n_text--;
  memmove(bytes, bytes + 16, n_text);
  bytes[n_text] = 0;
  memmove(bytes + n_text + 1, bytes + 16 + n_head, n_byte - 16 - n_head - 64);
  write_bytes("model", "parts", bytes, n_text + 1 + n_byte - 16 - n_head - 64);
}

static void make_pickles(void)
{
  static const char LITERALS[] =
      "\200\002}q\0(X\1\0\0\0aK\1X\1\0\0\0bG@\0\0\0\0\0\0\0X\1\0\0\0c](K\2M\1\2J\377\377\377\377"
      "Ne\210\211\206X\1\0\0\0d)u.";
  static const float  VALUE[] = {1, 2, 3, 4, 5, 6};
  static const size_t SHAPE[] = {2, 3};
  pickle_bytes        state   = {0};
  cuxas_tensors      *tensors = cuxas_tensors_new();
  cuxas_error         err;
  write_bytes("pickle", "literals", LITERALS, sizeof LITERALS - 1);
  put_operations(&state, "\200\002");
  put_empty_ordered_dict(&state);
  put_operations(&state, "(");
  put_text(&state, "weight");
  put_tensor(&state, "FloatStorage", 0, 6, 0, 2, SHAPE, NULL);
  put_operations(&state, "u.");
  write_bytes("pickle", "state", state.byte, state.n_byte);
  write_pickle(path_of("torch", "pickle"), state.byte, state.n_byte);
  free(state.byte);
  if (tensors == NULL || cuxas_tensors_add(tensors, "a.weight", 2, SHAPE, VALUE, &err) != CUXAS_OK ||
      cuxas_tensors_add(tensors, "a.bias", 1, SHAPE + 1, VALUE, &err) != CUXAS_OK)
    exit(1);
  unlink(path_of("torch", "state"));
  write_state(path_of("torch", "state"), tensors, "model.", "FloatStorage");
  cuxas_tensors_free(tensors);
}

int main(int argc, char **argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: seeds FOLDER\n");
    return 2;
  }
  root = argv[1];
  if (mkdir(root, 0777) != 0 && errno != EEXIST) {
    perror(root);
    return 1;
  }
  make_images();
  make_hdf5();
  make_databases();
  make_models();
  make_pickles();
  return 0;
}
