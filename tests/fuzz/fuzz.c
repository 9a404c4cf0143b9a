/* fuzz.c - every parser under bytes of anybody's: one table of targets, one function each
 *
 * Compiled with libFuzzer (make fuzz), the target is the one that the program's name ends with: fuzz-cif. Compiled without
 * (-DREPLAY, make check), `replay FOLDER...` gives every file of FOLDER/TARGET to its target and counts them.
 *
 * A target may refuse or accept its bytes, both with a clean end; what it accepts keeps promises that are checked here:
 * crystals have a volume and sites, spectra are finite and sorted once preprocessed, a record's curve rises.
 *
 *   1. promises and files   2. measured spectra   3. crystals   4. simulated spectra   5. models   6. reports and settings
 *   7. the table            8. libFuzzer, or a replay */
#define _GNU_SOURCE
#include "base/gzip.h"
#include "spectrum/preprocess_steps.h"
#include "base/hash.h"
#include "cmd/match_options.h"
#include "cuxas.h"
#include "learn/import_priv.h"
#include "learn/pickle_priv.h"
#include "predict/modelfile.h"
#include "records/external.h"
#include "records/feff.h"
#include "records/record_file.h"
#include "report/overview.h"
#include "spectrum/formats.h"

#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 1. promises and files */

#define PROMISE(what)                                                                                                  \
  do {                                                                                                                 \
    if (!(what)) {                                                                                                     \
      fprintf(stderr, "%s:%d: promise broken: %s\n", __FILE__, __LINE__, #what);                                       \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* A failure says why, in one line; success leaves nothing to say. */
static bool is_ok(cuxas_status status, const cuxas_error *err)
{
  if (status == CUXAS_OK) return true;
  PROMISE(err->message[0] != '\0' && strpbrk(err->message, "\n\r\033") == NULL);
  return false;
}

static char folder[64]; /* scratch, made once */

static void remove_folder(void)
{
  static const char *const NAME[] = {"file", "feff.inp", "log1.dat", "xmu.dat", "manifest.jsonl"};
  if (chdir(folder) != 0) return;
  for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++) unlink(NAME[i]);
  if (chdir("/") == 0) rmdir(folder);
}

static void make_folder(void)
{
  if (folder[0] != '\0') return;
  strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/cuxas-fuzz-XXXXXX" : "/tmp/cuxas-fuzz-XXXXXX");
  if (mkdtemp(folder) == NULL) abort();
  atexit(remove_folder);
}

static const char *put_file(const char *name, const void *bytes, size_t n_byte)
{
  static char path[128];
  make_folder();
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *out = fopen(path, "wb");
  if (out == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) abort();
  return path;
}

/* 2. measured spectra */

static void check_spectrum(const cuxas_spectrum *spectrum)
{
  cuxas_spectrum *sorted = NULL;
  cuxas_error     err;
  PROMISE(spectrum->n_point > 0);
  for (size_t i = 0; i < spectrum->n_point; i++)
    PROMISE(isfinite(spectrum->energy_eV[i]) && isfinite(spectrum->mu[i]) && spectrum->energy_eV[i] > 0);
  if (!is_ok(cuxas_preprocess_sort(spectrum, &sorted, NULL, &err), &err)) return;
  for (size_t i = 0; i < sorted->n_point; i++) {
    PROMISE(isfinite(sorted->energy_eV[i]) && isfinite(sorted->mu[i]));
    PROMISE(i == 0 || sorted->energy_eV[i] > sorted->energy_eV[i - 1]);
  }
  const cuxas_grid                lattice  = {.start_eV = 920, .step_eV = 0.2, .n_energy = 300};
  const cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_prepared                 *done     = NULL;
  if (is_ok(cuxas_preprocess_measured(sorted, "file", lattice, &settings, &done, &err), &err))
    for (size_t i = 0; i < done->grid.n_energy; i++) PROMISE(isfinite(done->mu[i]));
  cuxas_prepared_free(done);
  cuxas_spectrum_free(sorted);
}

static bool read_measured(const uint8_t *bytes, size_t n_byte, const cuxas_measured_options *opt_options)
{
  cuxas_spectrum      *spectrum = NULL;
  cuxas_measured_info *info     = NULL;
  cuxas_error          err;
  const bool ok = is_ok(cuxas_measured_parse_bytes("file", bytes, n_byte, opt_options, &spectrum, &info, &err), &err);
  if (ok) {
    check_spectrum(spectrum);
    char *text = cuxas_measured_describe(info);
    PROMISE(text != NULL && strchr(text, '\033') == NULL);
    free(text);
  }
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
  return ok;
}

/* What is ambiguous is read with the answers that a user would give; which, the last byte says. */
static void fuzz_measured(const uint8_t *bytes, size_t n_byte)
{
  static const cuxas_measured_options ANSWER[] = {
      {0},
      {.scan = "1", .near_eV = 931},
      {.energy_column = "1", .signal_column = "2"},
      {.energy_column = "1", .signal_column = "3", .i0_column = "2", .scan = "1", .transmission = true},
  };
  read_measured(bytes, n_byte, &ANSWER[n_byte > 0 && bytes[n_byte - 1] != '\n' ? bytes[n_byte - 1] % 4 : 0]);
}

static void fuzz_hdf5(const uint8_t *bytes, size_t n_byte)
{
  char       *text = NULL;
  cuxas_error err;
  read_measured(bytes, n_byte, NULL);
  if (is_ok(cuxas_nexus_list("file", bytes, n_byte, 931, &text, &err), &err)) PROMISE(text != NULL);
  free(text);
}

/* The format's own reader, also where its beginning is lost. */
static void fuzz_image(const uint8_t *bytes, size_t n_byte)
{
  cuxas_spectrum_image *image = NULL;
  cuxas_error           err;
  read_measured(bytes, n_byte, NULL);
  is_ok(cuxas_gatan_image("file", bytes, n_byte, "1", &image, &err), &err);
  cuxas_spectrum_image_free(image);
}

static void fuzz_gzip(const uint8_t *bytes, size_t n_byte)
{
  char       *expanded = NULL, *whole = NULL;
  size_t      n_expanded = 0, n_whole = 0, n_used = 0;
  cuxas_error err;
  const bool  ok = is_ok(cuxas_gzip_expand("file", bytes, n_byte, &expanded, &n_expanded, &err), &err);
  if (is_ok(cuxas_gzip_expand_whole("file", bytes, n_byte, &whole, &n_whole, &n_used, &err), &err)) {
    PROMISE(n_used <= n_byte && n_whole <= CUXAS_TEXT_MAX_BYTES);
    if (ok) PROMISE(n_whole == n_expanded && memcmp(whole, expanded, n_whole) == 0);
  } else {
    PROMISE(!ok);
  }
  free(expanded);
  free(whole);
  read_measured(bytes, n_byte, NULL);
}

/* 3. crystals */

static void check_crystal(const cuxas_crystal *crystal)
{
  char         formula[CUXAS_FORMULA_SIZE];
  const double volume_A3 = cuxas_crystal_volume_A3(crystal);
  PROMISE(isfinite(volume_A3) && volume_A3 > 0);
  PROMISE(crystal->n_site > 0 && crystal->n_site <= 20000 && crystal->occupancy == NULL);
  for (size_t i = 0; i < crystal->n_site; i++) {
    PROMISE(crystal->atomic_number[i] >= 1 && crystal->atomic_number[i] <= CUXAS_N_ELEMENT);
    for (int k = 0; k < 3; k++) PROMISE(isfinite(crystal->fractional[i][k]));
  }
  cuxas_crystal_formula(crystal, formula);
  PROMISE(formula[0] != '\0');
}

static void read_crystal(const char *name, const uint8_t *bytes, size_t n_byte)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err;
  if (is_ok(cuxas_crystal_from_memory(name, bytes, n_byte, &crystal, &err), &err)) check_crystal(crystal);
  cuxas_crystal_free(crystal);
}

static void fuzz_cif(const uint8_t *bytes, size_t n_byte)
{
  read_crystal("file.cif", bytes, n_byte);
}

static void fuzz_poscar(const uint8_t *bytes, size_t n_byte)
{
  read_crystal("POSCAR", bytes, n_byte);
}

static void fuzz_xyz(const uint8_t *bytes, size_t n_byte)
{
  read_crystal("file.xyz", bytes, n_byte);
}

static void fuzz_json(const uint8_t *bytes, size_t n_byte)
{
  read_crystal("file.json", bytes, n_byte);
}

/* Files that hold many structures: blocks of a CIF, frames, lists, databases; the first few are read. */
static void fuzz_library(const uint8_t *bytes, size_t n_byte)
{
  const char    *path    = put_file("file", bytes, n_byte);
  cuxas_catalog *catalog = NULL;
  cuxas_error    err;
  if (is_ok(cuxas_catalog_list(&path, 1, false, &catalog, &err), &err))
    for (size_t i = 0; i < catalog->n_candidate && i < 4; i++) {
      char           hash[CUXAS_SHA256_HEX_SIZE];
      cuxas_crystal *crystal = NULL;
      is_ok(cuxas_candidate_hash(&catalog->candidate[i], hash, &err), &err);
      if (is_ok(cuxas_candidate_read(&catalog->candidate[i], &crystal, &err), &err)) check_crystal(crystal);
      cuxas_crystal_free(crystal);
    }
  cuxas_catalog_free(catalog);
}

/* 4. simulated spectra */

static const char *const EDGES[] = {"L3", "L2"};

static void check_records(const cuxas_records *records)
{
  for (size_t i = 0; i < records->n_record; i++) {
    const cuxas_record *record = &records->record[i];
    check_crystal(record->crystal);
    PROMISE(record->site < record->crystal->n_site && record->crystal->atomic_number[record->site] == 29);
    for (size_t e = 0; e < 2; e++)
      for (size_t c = 0; c < CUXAS_N_CHANNEL; c++) {
        const cuxas_record_curve *curve = &record->curve[e][c];
        for (size_t k = 0; k < curve->n_point; k++) {
          PROMISE(isfinite(curve->energy_eV[k]) && isfinite(curve->mu[k]));
          PROMISE(k == 0 || curve->energy_eV[k] > curve->energy_eV[k - 1]);
        }
      }
  }
}

static void fuzz_records(const uint8_t *bytes, size_t n_byte)
{
  const char        *path    = put_file("file", bytes, n_byte);
  cuxas_records     *records = NULL;
  cuxas_record_file *file    = NULL;
  cuxas_error        err;
  if (is_ok(cuxas_records_read(&path, 1, 29, EDGES, 2, &records, &err), &err)) check_records(records);
  cuxas_records_free(records);
  records = NULL;
  if (is_ok(cuxas_record_file_read(path, &file, &err), &err) &&
      is_ok(cuxas_record_file_parse(file, 29, EDGES, 2, &records, &err), &err))
    check_records(records);
  cuxas_records_free(records);
  cuxas_record_file_free(file);
}

/* A folder of FEFF's: its files, apart by a line "==": xmu.dat, feff.inp, log1.dat, the manifest. */
static void fuzz_feff(const uint8_t *bytes, size_t n_byte)
{
  static const char *const NAME[] = {"xmu.dat", "feff.inp", "log1.dat", "manifest.jsonl"};
  const uint8_t           *start = bytes, *end = bytes + n_byte;
  cuxas_feff_output        output;
  cuxas_feff_jobs          jobs;
  cuxas_error              err;
  for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++) {
    const uint8_t *next = start < end ? memmem(start, (size_t)(end - start), "\n==\n", 4) : NULL;
    put_file(NAME[i], start, (size_t)((next != NULL ? next + 1 : end) - start));
    start = next != NULL ? next + 4 : end;
  }
  if (is_ok(cuxas_feff_read(folder, &output, &err), &err))
    for (size_t i = 0; i < output.n_point; i++) {
      PROMISE(isfinite(output.energy_eV[i]) && isfinite(output.mu[i]));
      PROMISE(i == 0 || output.energy_eV[i] > output.energy_eV[i - 1]);
    }
  cuxas_feff_output_clear(&output);
  if (is_ok(cuxas_feff_manifest_read(folder, &jobs, &err), &err))
    for (size_t i = 0; i < jobs.n_job; i++) check_crystal(jobs.job[i].crystal);
  cuxas_feff_jobs_clear(&jobs);
}

/* Two columns of any other program. */
static void fuzz_external(const uint8_t *bytes, size_t n_byte)
{
  const char             *path     = put_file("file", bytes, n_byte);
  cuxas_external_settings settings = cuxas_external_defaults();
  cuxas_spectrum         *raw = NULL, *done = NULL;
  cuxas_error             err;
  double                  edge_step;
  if (is_ok(cuxas_external_read(path, &settings, &raw, &err), &err)) {
    for (size_t i = 0; i < raw->n_point; i++) PROMISE(isfinite(raw->energy_eV[i]) && isfinite(raw->mu[i]));
    if (is_ok(cuxas_external_process(raw, &settings, "file", &done, &edge_step, &err), &err))
      for (size_t i = 0; i < done->n_point; i++) PROMISE(isfinite(done->mu[i]));
  }
  cuxas_spectrum_free(raw);
  cuxas_spectrum_free(done);
}

/* 5. models */

/* Sizes and checksum are made right, so that what they guard is reached: the bytes are the head, a zero, the tensors. */
static void fuzz_model(const uint8_t *bytes, size_t n_byte)
{
  const uint8_t *zero = n_byte > 0 ? memchr(bytes, 0, n_byte) : NULL;
  const size_t n_head = zero != NULL ? (size_t)(zero - bytes) : n_byte, n_tail = zero != NULL ? n_byte - n_head - 1 : 0;
  const size_t n_padded = (16 + n_head + 63) / 64 * 64 - 16;
  char        *file     = calloc(1, 16 + n_padded + n_tail + 64);
  char         hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_model *model = NULL;
  cuxas_error  err;
  if (file == NULL) return;
  memcpy(file, "CUXASMDL\1\0\0\0", 12);
  for (int i = 0; i < 4; i++) file[12 + i] = (char)(n_padded >> 8 * i);
  memset(file + 16, ' ', n_padded);
  if (n_head > 0) memcpy(file + 16, bytes, n_head);
  if (n_tail > 0) memcpy(file + 16 + n_padded, zero + 1, n_tail);
  cuxas_hash_memory(file, 16 + n_padded + n_tail, hex);
  memcpy(file + 16 + n_padded + n_tail, hex, 64);
  const char *path = put_file("file", file, 16 + n_padded + n_tail + 64);
  if (is_ok(cuxas_model_read(path, &model, &err), &err)) PROMISE(model->n_edge <= CUXAS_MODEL_MAX_EDGE);
  cuxas_model_free(model);
  model = NULL;
  put_file("file", bytes, n_byte); /* and as they are */
  is_ok(cuxas_model_read(path, &model, &err), &err);
  cuxas_model_free(model);
  free(file);
}

static void fuzz_pickle(const uint8_t *bytes, size_t n_byte)
{
  cuxas_pickle pickle;
  cuxas_error  err;
  if (is_ok(cuxas_pickle_read(bytes, n_byte, "file", &pickle, &err), &err)) PROMISE(pickle.root != NULL);
  cuxas_pickle_free(&pickle);
}

static void fuzz_torch(const uint8_t *bytes, size_t n_byte)
{
  const char    *path    = put_file("file", bytes, n_byte);
  cuxas_tensors *tensors = cuxas_tensors_new();
  cJSON         *json    = NULL;
  cuxas_error    err;
  if (tensors == NULL) return;
  is_ok(cuxas_torch_read(path, tensors, &json, &err), &err);
  cJSON_Delete(json);
  cuxas_tensors_free(tensors);
}

/* 6. reports and settings */

static void fuzz_report(const uint8_t *bytes, size_t n_byte)
{
  const char        *path   = put_file("file", bytes, n_byte);
  cJSON             *report = NULL;
  cuxas_overview_row row    = {0};
  cuxas_error        err;
  bool               is_exact;
  if (is_ok(cuxas_report_read(path, &report, &err), &err)) {
    FILE *out = fopen("/dev/null", "w");
    if (out == NULL) abort();
    cuxas_report_differences(report, report, &is_exact, out);
    fclose(out);
    is_ok(cuxas_overview_row_fill(report, &row, &err), &err);
    cuxas_overview_row_clear(&row);
  }
  cJSON_Delete(report);
}

static void fuzz_config(const uint8_t *bytes, size_t n_byte)
{
  static const cuxas_option FILE_OPTION[] = {
      {"config", 0, OPT_PATH, "FILE", NULL, NULL, "Run", "settings", OPT_SHAPES_RUN}, {0}};
  static const cuxas_option *const TABLES[] = {
      CUXAS_MEASURED_OPTIONS,     CUXAS_MODEL_OPTIONS, CUXAS_COMPARE_OPTIONS,
      CUXAS_COMPANION_OPTIONS,    CUXAS_RANK_OPTIONS,  CUXAS_SIMULATION_OPTIONS,
      CUXAS_SIGNIFICANCE_OPTIONS, FILE_OPTION,         NULL};
  static const cuxas_command COMMAND   = {"fuzz", "", "", NULL, TABLES, 0, 0, NULL};
  char                       program[] = "fuzz", option[] = "--config", path[128];
  snprintf(path, sizeof path, "%s", put_file("file", bytes, n_byte));
  char          *argv[]  = {program, option, path, NULL};
  cuxas_options *options = cuxas_options_parse(&COMMAND, 3, argv);
  cuxas_error    err;
  if (is_ok(cuxas_settings_configure(options, &err), &err)) cJSON_Delete(cuxas_options_settings(options));
  cuxas_options_free(options);
}

/* 7. the table */

typedef struct {
  const char *name;
  void (*parse)(const uint8_t *bytes, size_t n_byte);
  const char *start;      /* put before bytes that begin otherwise, so that all runs reach this parser; "": nothing */
  const char *dictionary; /* its file beside this one */
  size_t      max_byte;
} target;

static const target TARGETS[] = {
    {"text", fuzz_measured, "", "measured", 600},
    {"xdi", fuzz_measured, "# XDI/1.0\n", "measured", 600},
    {"msa", fuzz_measured, "#FORMAT      : EMSA/MAS Spectral Data File\n", "measured", 600},
    {"spec", fuzz_measured, "#F ", "measured", 600},
    {"athena", fuzz_measured, "# Athena project file", "measured", 600},
    {"hdf5", fuzz_hdf5, "\211HDF\r\n\032\n", "measured", 8192},
    {"gzip", fuzz_gzip, "\037\213\010", "measured", 600},
    {"dm", fuzz_image, "", "dm", 4096},
    {"cif", fuzz_cif, "data_", "cif", 2048},
    {"poscar", fuzz_poscar, "", "crystal", 1024},
    {"xyz", fuzz_xyz, "", "crystal", 1024},
    {"json", fuzz_json, "{", "json", 2048},
    {"library", fuzz_library, "", "cif", 4096},
    {"sqlite", fuzz_library, "SQLite format 3", "sqlite", 8192},
    {"model", fuzz_model, "", "json", 8192},
    {"records", fuzz_records, "", "json", 2048},
    {"pickle", fuzz_pickle, "\200\002", "pickle", 2048},
    {"torch", fuzz_torch, "PK\3\4", "pickle", 8192},
    {"feff", fuzz_feff, "", "measured", 4096},
    {"external", fuzz_external, "", "measured", 2048},
    {"report", fuzz_report, "{", "json", 4096},
    {"config", fuzz_config, "{", "json", 1024},
};
enum { N_TARGET = sizeof TARGETS / sizeof *TARGETS };

static void run_target(const target *which, const uint8_t *bytes, size_t n_byte)
{
  const size_t n_start = strlen(which->start);
  if (n_byte >= n_start && memcmp(bytes, which->start, n_start) == 0) {
    which->parse(bytes, n_byte);
    return;
  }
  uint8_t *whole = malloc(n_start + n_byte);
  if (whole == NULL) return;
  memcpy(whole, which->start, n_start);
  if (n_byte > 0) memcpy(whole + n_start, bytes, n_byte);
  which->parse(whole, n_start + n_byte);
  free(whole);
}

/* 8. libFuzzer, or a replay */

static void list_targets(void)
{
  for (int i = 0; i < N_TARGET; i++) printf("%s %s %zu\n", TARGETS[i].name, TARGETS[i].dictionary, TARGETS[i].max_byte);
}

#ifndef REPLAY

/* Half the time of a measured file of 600 bytes goes into compiling the same patterns for each anew: here they are kept
 * (ld's --wrap). None is made of a file's bytes. A replay compiles them as the programs do. */
extern void *__real_pcre2_compile_8(const unsigned char *, size_t, uint32_t, int *, size_t *, void *);
void        *__wrap_pcre2_compile_8(const unsigned char *, size_t, uint32_t, int *, size_t *, void *);
void         __wrap_pcre2_code_free_8(void *code);

void *__wrap_pcre2_compile_8(const unsigned char *expression, size_t n_byte, uint32_t options, int *ret_why,
                             size_t *ret_offset, void *context)
{
  enum { N_KEPT = 256 };
  static struct {
    char *expression;
    void *code;
  } kept[N_KEPT];
  for (int i = 0; i < N_KEPT; i++) {
    if (kept[i].expression != NULL && strcmp(kept[i].expression, (const char *)expression) == 0) return kept[i].code;
    if (kept[i].expression != NULL) continue;
    kept[i].expression  = strdup((const char *)expression);
    return kept[i].code = __real_pcre2_compile_8(expression, n_byte, options, ret_why, ret_offset, context);
  }
  abort();
}

void __wrap_pcre2_code_free_8(void *code)
{
  (void)code;
}

static int i_target = -1;

/* -1: none of that name */
static int find_target(const char *name)
{
  for (int i = 0; i < N_TARGET; i++)
    if (strcmp(TARGETS[i].name, name) == 0) return i;
  return -1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_byte);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  const char *dash = strrchr((*argv)[0], '-');
  if (*argc == 2 && strcmp((*argv)[1], "--list") == 0) {
    list_targets();
    exit(0);
  }
  i_target = dash != NULL ? find_target(dash + 1) : -1;
  if (i_target < 0) {
    fprintf(stderr, "%s: the program's name must end with -TARGET, one of those that --list names\n", (*argv)[0]);
    exit(2);
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_byte)
{
  run_target(&TARGETS[i_target], bytes, n_byte);
  return 0;
}

#else

static uint8_t *read_file(const char *path, size_t *ret_n_byte)
{
  enum { ROOM = 1 << 22 };
  FILE *in = fopen(path, "rb");
  if (in == NULL) return NULL;
  uint8_t *bytes = malloc(ROOM);
  *ret_n_byte    = bytes != NULL ? fread(bytes, 1, ROOM, in) : 0;
  fclose(in);
  return bytes;
}

static size_t replay(const char *corpus, const target *which)
{
  char           path[1024];
  size_t         n_file = 0;
  struct dirent *entry;
  snprintf(path, sizeof path, "%s/%s", corpus, which->name);
  DIR *listing = opendir(path);
  while (listing != NULL && (entry = readdir(listing)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s/%s", corpus, which->name, entry->d_name);
    printf("  %s\n", path); /* the last line of a run that crashes */
    fflush(stdout);
    size_t   n_byte;
    uint8_t *bytes = read_file(path, &n_byte);
    if (bytes == NULL) continue;
    uint8_t *exact = malloc(n_byte > 0 ? n_byte : 1); /* no room behind the last byte */
    if (exact == NULL) abort();
    memcpy(exact, bytes, n_byte);
    run_target(which, exact, n_byte);
    free(exact);
    free(bytes);
    n_file++;
  }
  if (listing != NULL) closedir(listing);
  return n_file;
}

int main(int argc, char **argv)
{
  size_t n_failed = 0, n_passed = 0;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    list_targets();
    return 0;
  }
  for (int i = 0; i < N_TARGET; i++) {
    size_t n_file = 0;
    for (int k = 1; k < argc; k++) n_file += replay(argv[k], &TARGETS[i]);
    if (n_file == 0) printf("  FAILED  %s has a corpus\n", TARGETS[i].name);
    n_failed += n_file == 0;
    n_passed += n_file;
  }
  printf("%zu passed, %zu failed, 0 skipped\n", n_passed, n_failed);
  return n_failed > 0;
}

#endif
