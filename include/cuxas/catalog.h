/* catalog.h - the candidate files behind arguments that name files and folders, always in the same order */
#ifndef CUXAS_CATALOG_H
#define CUXAS_CATALOG_H
#include "cuxas/crystal.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  CUXAS_CANDIDATE_STRUCTURE, /* crystal.h reads it; its spectrum is predicted */
  CUXAS_CANDIDATE_SPECTRUM,  /* a standard measured or simulated elsewhere */
} cuxas_candidate_kind;

typedef struct {
  char *path;  /* as given, or the folder as given with the file's name behind it; "file#NAME" within */
  char *label; /* what reports call it: the path, unless cuxas_catalog_relabel() */
  char *name;  /* file name without .gz and its last suffix; POSCAR* and CONTCAR* keep theirs; see below */
  cuxas_candidate_kind kind;
  char                *content; /* of a structure within a CIF or JSON file; NULL: to be read at the path */
  size_t               n_content;
  size_t               first_line;    /* of the file, that content begins in, for messages; 0: as for 1 */
  cuxas_drawing        drawing;       /* of arrangements, where it is disordered; all 0: CUXAS_DRAWING */
  size_t               n_file;        /* bytes of the path that are the file's; behind them nothing, or "#NAME" */
  char sha256[CUXAS_SHA256_HEX_SIZE]; /* of the content, where a library of predictions tells it; "": to be found */
} cuxas_candidate;

typedef struct {
  size_t           n_candidate;
  cuxas_candidate *candidate; /* (n_candidate) by name, then path (byte order) */
} cuxas_catalog;

/* cuxas_catalog_list() - the candidates among files and folders
 *
 * A file named as such is always taken, and so is "file#NAME", one of several structures in a file. From a folder are taken the files
 *   - with the suffix of a structure (.cif .vasp .poscar .contcar .xyz .extxyz) or named POSCAR... or CONTCAR...,
 *   - with the suffix of a spectrum (.csv .tsv .txt .dat .xmu .xdi), in any capitals;
 * not taken are hidden ones, and those that describe a folder instead of being a candidate (README, ORIGIN, INDEX,
 * MANIFEST, LICENSE, COPYING, NOTICE, CITATION, CHANGELOG, FORMAT, with any suffix). The suffix decides the kind; for
 * other files the content does: whatever is recognised as a structure is one, the rest are taken for spectra. A file
 * reached twice comes once. Files compressed with gzip have .gz behind their suffix.
 *
 * Files that hold several structures give a candidate for each, at the path "file#NAME" (a file of just that name goes
 * first):
 *   - a CIF with atoms in several data blocks; NAME is the block's, the candidate is called "stem#NAME",
 *   - an XYZ file with several frames (up to 1000); NAME is the frame's number, from 1,
 *   - JSON with a list of structures, or of documents with a structure, at the top or under "data", or
 *     with one under each name; NAME, and what the candidate is called, is the document's material_id, jid, id or name;
 *     without one NAME is its number, and it is called "stem#NAME",
 *   - a database (database.h); the candidate is called NAME.
 * Of two equal NAMEs in one file the second becomes NAME~2. From a folder, JSON files (.json) are taken when they
 * mention a lattice and sites, databases (.db .sqlite .sqlite3) when they hold structures.
 *
 *   paths         (n_path) files and folders
 *   is_recursive  look into folders within the folders too (hidden ones and symbolic links to folders excepted)
 *   ret_catalog   at least one candidate; the caller frees it with cuxas_catalog_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO a path does not exist or a folder cannot be read; CUXAS_EUNSUPPORTED nothing among the
 *          paths is a candidate; CUXAS_ENOMEM. Whether a candidate can be read is not tried. */
cuxas_status cuxas_catalog_list(const char *const *paths, size_t n_path, bool is_recursive, cuxas_catalog **ret_catalog,
                                cuxas_error *err);

/* cuxas_candidate_read() - the crystal of a structure; as cuxas_crystal_read() */
cuxas_status cuxas_candidate_read(const cuxas_candidate *candidate, cuxas_crystal **ret_crystal, cuxas_error *err);

/* cuxas_candidate_bytes() - what cuxas_candidate_read() reads: the content of a structure's file, or of the structure within
 * a file that holds several, expanded when it is compressed; the caller frees it */
cuxas_status cuxas_candidate_bytes(const cuxas_candidate *candidate, char **ret_bytes, size_t *ret_n_byte,
                                   cuxas_error *err);

/* cuxas_candidate_hash() - of the file's bytes as they are; within a file that holds several, of the structure alone: the
 * lines of a CIF from "data_" up to the next, the document of a JSON file printed without blanks, the content in a
 * database, expanded when it is compressed. CUXAS_EIO: cannot be read */
cuxas_status cuxas_candidate_hash(const cuxas_candidate *candidate, char ret_hex[CUXAS_SHA256_HEX_SIZE],
                                  cuxas_error *err);

/* cuxas_catalog_relabel() - what reports call the candidates inside a folder, so that the folder's place is not in them
 *
 * The folder's path and the slash behind it, at the start of a candidate's path, become `prefix` in its label:
 * "/usr/share/cuxas/candidates/CuO.cif" becomes "refdb:candidates/CuO.cif". Paths stay as they are.
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_catalog_relabel(cuxas_catalog *catalog, const char *folder, const char *prefix, cuxas_error *err);

/* cuxas_candidate_clear() - frees what a candidate owns */
void cuxas_candidate_clear(cuxas_candidate *candidate);

/* cuxas_catalog_free() - accepts NULL */
void cuxas_catalog_free(cuxas_catalog *catalog);

/* ---- composition: what the user knows of the sample's elements, and which crystals that leaves ---- */

typedef struct {
  bool has[CUXAS_N_ELEMENT + 1]; /* by atomic number; [0] is not used */
} cuxas_element_set;

/* All zero: every crystal passes. */
typedef struct {
  bool              is_limited; /* nothing but the allowed elements */
  cuxas_element_set allowed;    /* counts only when is_limited */
  cuxas_element_set required;   /* all of them */
  cuxas_element_set excluded;   /* none of them */
} cuxas_composition_filter;

/* cuxas_composition_parse() - "Cu,Fe,S" as a set; commas or blanks between symbols, which are case-sensitive
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE an unknown symbol, or none at all (ret_set is then untouched). */
cuxas_status cuxas_composition_parse(const char *list, cuxas_element_set *ret_set, cuxas_error *err);

enum { CUXAS_COMPOSITION_REASON_SIZE = 96 };

/* cuxas_composition_passes() - does the crystal agree with what is known?
 *
 *   opt_reason  why not: "contains Zn, which is not among the elements allowed"; "" when it passes; may be NULL */
bool cuxas_composition_passes(const cuxas_composition_filter *filter, const cuxas_crystal *crystal,
                              char opt_reason[CUXAS_COMPOSITION_REASON_SIZE]);

#endif
