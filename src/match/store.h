/* store.h - predictions that are known already: libraries of predicted structures, and a cache for loose files
 *
 * Both are one SQLite file each, of one form (cuxas-formats(5)), which other programs can read:
 *
 *   structures   name, format, content (gzip), source (the path it came from), sha256 of the content: a database of
 *                structures as crystal/database.h has them, so that a library is a candidate like any database
 *   models       id, sha256, name, element, start_eV, step_eV, n_energy, channels ("no-hole,screened-hole")
 *   predictions  sha256 of the structure, model; formula, elements, sites, domain, warnings, surroundings (float64), spectra
 *                (float32, by channel and energy): all that a match needs of a candidate
 *   simulations  sha256 of the structure, source, model; formula, code, sites, warnings, channels, spectra (float32): what files of
 *                simulated sites make of a structure. A cache says of which files, by their checksum, and, without channels, that
 *                they do not know it; what a library has is its own (source "") and needs no files, and without channels it could
 *                not be simulated
 *   checksums    of a library: sha256 of the structure, model, kind ("prediction" or "simulation"), sha256 of its spectra
 *   about        key, value: "format" "cuxas-library/1", "state" "complete" or "unfinished", "shard" "I/N", "shard of" the checksum of all
 *                structures' names, sorted, a line each, which are shared out
 *
 * A prediction is known by the SHA-256 of structure and model, whatever the file is called. What is stored is float32, and
 * so is what a match uses of a fresh prediction: reports from a library and from its folder are the same to the last digit. */
#ifndef CUXAS_MATCH_STORE_H
#define CUXAS_MATCH_STORE_H
#include "cuxas/catalog.h"
#include "cuxas/predict.h"
#include "match/answer.h"
#include "match/candidate.h"
#include "match/library.h"

/* What a match needs of a structure, without its sites. */
typedef struct {
  cuxas_prediction       *prediction; /* n_site 0, no sigma, but for cuxas_known_predict() */
  size_t                  n_distinct;
  cuxas_element_set       elements;
  cuxas_warnings          warnings; /* of the crystal */
  cuxas_site_surroundings surroundings;
} cuxas_known;

/* cuxas_known_predict() - of a crystal; structure spectra are rounded to float32
 *
 * Returns  as cuxas_predict_crystal(); the caller ends it with cuxas_known_clear(). */
cuxas_status cuxas_known_predict(const cuxas_model *model, const cuxas_crystal *crystal, cuxas_known *ret_known,
                                 cuxas_error *err);

/* cuxas_known_move_surroundings() - to numbers in a row (known, states, coordination, ligands, distance), or from them */
enum { CUXAS_N_SURROUNDINGS = 2 + CUXAS_N_STATE + CUXAS_MAX_COORDINATION + 1 + CUXAS_N_LIGANDS };
void cuxas_known_move_surroundings(cuxas_site_surroundings *of, double number[CUXAS_N_SURROUNDINGS], bool to_row);

/* -- what a row of a library has as text: channels ("no-hole,screened-hole"), elements ("Cu O"), a line for each warning -- */

enum { CUXAS_ROW_CHANNELS_SIZE = 96, CUXAS_ROW_WARNINGS_SIZE = CUXAS_MAX_WARNING * (CUXAS_WARNING_SIZE + 1) };
void cuxas_row_list_channels(const bool has[CUXAS_N_CHANNEL], char ret_text[CUXAS_ROW_CHANNELS_SIZE]);
void cuxas_row_find_channels(const char *text, bool ret_has[CUXAS_N_CHANNEL]);
void cuxas_row_write_elements(const cuxas_element_set *set, char *ret_text, size_t n_byte);
void cuxas_row_join_warnings(const cuxas_warnings *warnings, char ret_text[CUXAS_ROW_WARNINGS_SIZE]);
void cuxas_row_split_warnings(const char *line, cuxas_warnings *ret_warnings);

/* cuxas_known_clear() - frees what it owns, leaves it all zero */
void cuxas_known_clear(cuxas_known *known);

/* -- one file -- */

typedef struct cuxas_archive cuxas_archive;

typedef enum {
  CUXAS_ARCHIVE_READ,  /* a complete library of this model */
  CUXAS_ARCHIVE_ANY,   /* the same, finished or not, of any model: to be checked or merged */
  CUXAS_ARCHIVE_CACHE, /* as the next, without checksums: what is wrong in a cache is predicted again */
  CUXAS_ARCHIVE_BUILD  /* written to, made where there is none; several processes may do so at a time */
} cuxas_archive_use;

/* cuxas_archive_recognises() - is this a database with predictions, whatever its state? */
bool cuxas_archive_recognises(const char *path);

/* cuxas_archive_open() - a library or a cache
 *
 *   opt_model    NULL only with CUXAS_ARCHIVE_ANY; must outlive the archive
 *   ret_archive  the caller ends it with cuxas_archive_close()
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be opened or written; CUXAS_EFORMAT damaged, no library, unfinished, of another model
 *          or of another grid than its model's; CUXAS_ENOMEM. */
cuxas_status cuxas_archive_open(const char *path, cuxas_archive_use use, const cuxas_model *opt_model,
                                cuxas_archive **ret_archive, cuxas_error *err);

/* cuxas_archive_close() - accepts NULL; what was not committed is not there */
void cuxas_archive_close(cuxas_archive *archive);

/* cuxas_archive_find() - the prediction of a structure; *ret_is_there false: there is none
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a damaged entry; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_archive_find(cuxas_archive *archive, const char *sha256, cuxas_known *ret_known, bool *ret_is_there,
                                cuxas_error *err);

/* cuxas_archive_has() - is there one, or a simulation of its own? The latter of an archive that is built. */
bool cuxas_archive_has(cuxas_archive *archive, const char *sha256, bool is_simulated);

/* cuxas_archive_begin(), cuxas_archive_commit() - around additions, which appear together */
cuxas_status cuxas_archive_begin(cuxas_archive *archive, cuxas_error *err);
cuxas_status cuxas_archive_commit(cuxas_archive *archive, cuxas_error *err);

/* cuxas_archive_add() - a prediction; one that is there already stays */
cuxas_status cuxas_archive_add(cuxas_archive *archive, const char *sha256, const cuxas_known *known, cuxas_error *err);

#define CUXAS_ARCHIVE_OWN "" /* source of simulations that are a library's own */

/* cuxas_archive_find_simulated() - what the files that `source` is the checksum of make of a structure by simulation
 *
 *   slot          has its names; filled: all that a simulated candidate tells. Without a curve: that they do not know it
 *   ret_code      what simulated it
 *   ret_is_there  false: nothing is said of it
 *
 * Returns  as cuxas_archive_find(). */
cuxas_status cuxas_archive_find_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                          cuxas_slot *slot, char ret_code[CUXAS_RECORD_CODE_SIZE], bool *ret_is_there,
                                          cuxas_error *err);

/* cuxas_archive_add_simulated() - the same of a slot, to be found; one that is there already stays */
cuxas_status cuxas_archive_add_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                         const cuxas_slot *slot, const char *code, cuxas_error *err);

/* cuxas_archive_add_structure() - a structure by its name; where another has it, "name~2", "name~3" ...; one that is there
 * already, by name and content, stays */
cuxas_status cuxas_archive_add_structure(cuxas_archive *archive, const cuxas_candidate *candidate, const char *sha256,
                                         cuxas_error *err);

/* cuxas_archive_say(), cuxas_archive_told() - an entry of about; told: "" where there is none, valid until the next call */
cuxas_status cuxas_archive_say(cuxas_archive *archive, const char *key, const char *value, cuxas_error *err);
const char  *cuxas_archive_told(cuxas_archive *archive, const char *key);

/* cuxas_archive_count() - structures; predictions and simulations of the archive's model (of any, where none was given); of how
 * many of them (of any model) the spectra have a checksum: those that were added before 0.3.0 have none */
typedef struct {
  size_t n_structure, n_prediction, n_simulation, n_sealed;
} cuxas_archive_size;
cuxas_status cuxas_archive_count(cuxas_archive *archive, cuxas_archive_size *ret_size, cuxas_error *err);

/* cuxas_archive_halve() - the older half of the predictions goes, and the file becomes smaller */
cuxas_status cuxas_archive_halve(cuxas_archive *archive, cuxas_error *err);

/* cuxas_archive_take() - all that another has, of this one's model */
cuxas_status cuxas_archive_take(cuxas_archive *archive, const char *path, cuxas_error *err);

/* cuxas_archive_verify() - SQLite's own check, that every structure, and every spectrum with a checksum, is what it says, and every
 * prediction and simulation whole and finite, of as many absorbers as a crystal may have
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT the first fault. */
cuxas_status cuxas_archive_verify(cuxas_archive *archive, cuxas_error *err);

/* -- all that a match may look into; used by many threads at a time -- */

typedef struct cuxas_store cuxas_store;

/* cuxas_store_open() - empty; model must outlive it; the caller ends it with cuxas_store_close() */
cuxas_status cuxas_store_open(const cuxas_model *model, cuxas_store **ret_store, cuxas_error *err);

/* cuxas_store_add_libraries() - the libraries among a catalog's files; as cuxas_archive_open() with CUXAS_ARCHIVE_READ
 *
 * A library of another model, or one that is unfinished, is an error: what it is used for would be predicted again without
 * a word. */
cuxas_status cuxas_store_add_libraries(cuxas_store *store, const cuxas_catalog *catalog, cuxas_error *err);

/* cuxas_store_add_cache() - a folder, made where there is none, in which predictions of loose files are kept
 *
 *   max_byte  its file is kept below about this: the oldest predictions go
 *
 * Safe for processes that run at a time. Returns  CUXAS_OK; as cuxas_archive_open(). */
cuxas_status cuxas_store_add_cache(cuxas_store *store, const char *folder, size_t max_byte, cuxas_error *err);

/* cuxas_store_renew_cache() - behind CUXAS_EFORMAT of cuxas_store_add_cache(): empties the file, if it is a database, and uses it
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT no database, or it stays damaged; as cuxas_archive_open(). */
cuxas_status cuxas_store_renew_cache(cuxas_store *store, cuxas_error *err);

/* cuxas_store_find() - a prediction; false: none is known, or what is there cannot be read: of a library cuxas_store_check() tells */
bool cuxas_store_find(cuxas_store *store, const char *sha256, cuxas_known *ret_known);

/* cuxas_store_keep() - for the cache, if there is one; what cannot be kept is predicted again some day */
void cuxas_store_keep(cuxas_store *store, const char *sha256, const cuxas_known *known);

/* cuxas_store_find_simulated() - a simulation
 *
 *   opt_source  checksum of files: what the cache has of them; NULL: what a library has of its own
 *   slot        as cuxas_archive_find_simulated() */
bool cuxas_store_find_simulated(cuxas_store *store, const char *sha256, const char *opt_source, cuxas_slot *slot,
                                char ret_code[CUXAS_RECORD_CODE_SIZE]);

/* cuxas_store_keep_simulated() - for the cache, if there is one; a slot without a curve: that the files do not know it */
void cuxas_store_keep_simulated(cuxas_store *store, const char *sha256, const char *source, const cuxas_slot *slot,
                                const char *code);

/* cuxas_store_check() - was all read of the libraries that is in them?
 *
 * Returns  CUXAS_OK; CUXAS_EIO a library changed while it was read: what was read of it may be of two states; else why an entry
 *          of a library could not be read (cuxas_archive_find()). */
cuxas_status cuxas_store_check(const cuxas_store *store, cuxas_error *err);

/* cuxas_store_close() - writes to the cache what is to be kept; accepts NULL */
void cuxas_store_close(cuxas_store *store);

#endif
