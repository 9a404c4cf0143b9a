/* catalog.h - the candidate files behind arguments that name files and folders, always in the same order */
#ifndef CUXAS_CATALOG_H
#define CUXAS_CATALOG_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  CUXAS_CANDIDATE_STRUCTURE, /* crystal.h reads it; its spectrum is predicted */
  CUXAS_CANDIDATE_SPECTRUM,  /* a standard measured or simulated elsewhere */
} cuxas_candidate_kind;

typedef struct {
  char                *path;  /* as given, or the folder as given with the file's name behind it */
  char                *label; /* what reports call it: the path, unless cuxas_catalog_relabel() */
  char                *name;  /* file name without its last suffix; POSCAR* and CONTCAR* keep theirs */
  cuxas_candidate_kind kind;
} cuxas_candidate;

typedef struct {
  size_t           n_candidate;
  cuxas_candidate *candidate; /* (n_candidate) by name, then path (byte order) */
} cuxas_catalog;

/* cuxas_catalog_list() - the candidates among files and folders
 *
 * A file named as such is always taken. From a folder are taken the files
 *   - with the suffix of a structure (.cif .vasp .poscar .contcar .xyz .extxyz) or named POSCAR... or CONTCAR...,
 *   - with the suffix of a spectrum (.csv .tsv .txt .dat .xmu .xdi), in any capitals;
 * not taken are hidden ones, and those that describe a folder instead of being a candidate (README, ORIGIN, INDEX,
 * MANIFEST, LICENSE, COPYING, NOTICE, CITATION, CHANGELOG, FORMAT, with any suffix). The suffix decides the kind; for
 * other files the content does: whatever is recognised as a structure is one, the rest are taken for spectra. A file
 * reached twice comes once.
 *
 *   paths         (n_path) files and folders
 *   is_recursive  look into folders within the folders too (hidden ones and symbolic links to folders excepted)
 *   ret_catalog   at least one candidate; the caller frees it with cuxas_catalog_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO a path does not exist or a folder cannot be read; CUXAS_EUNSUPPORTED nothing among the
 *          paths is a candidate; CUXAS_ENOMEM. Whether a candidate can be read is not tried. */
cuxas_status cuxas_catalog_list(const char *const *paths, size_t n_path, bool is_recursive, cuxas_catalog **ret_catalog,
                                cuxas_error *err);

/* cuxas_catalog_relabel() - what reports call the candidates inside a folder, so that the folder's place is not in them
 *
 * The folder's path and the slash behind it, at the start of a candidate's path, become `prefix` in its label:
 * "/usr/share/cuxas/candidates/CuO.cif" becomes "refdb:candidates/CuO.cif". Paths stay as they are.
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_catalog_relabel(cuxas_catalog *catalog, const char *folder, const char *prefix, cuxas_error *err);

/* cuxas_catalog_free() - accepts NULL */
void cuxas_catalog_free(cuxas_catalog *catalog);

#endif
