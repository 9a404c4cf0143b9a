/* compounds.h - the validation compounds: from the manifest of the bundled data, or from two folders by file name */
#ifndef CUXAS_CMD_COMPOUNDS_H
#define CUXAS_CMD_COMPOUNDS_H
#include "cuxas/catalog.h"

#include <stdbool.h>

typedef struct {
  char *name;
  char *structure; /* stem of its structure's file: the name of the right candidate */
  char *spectrum;  /* path; NULL: no measured spectrum */
  char *status;    /* why there is none, as the manifest says; may be "" */
  bool  is_raw;    /* the spectrum is not one of the bundled ones */
} cuxas_compound;

typedef struct {
  size_t          n_compound;
  cuxas_compound *compound;
} cuxas_compounds;

/* cuxas_compounds_read() - rows of compounds.csv (columns name, structure, spectrum, status by header; others are for people)
 *
 *   path    the manifest; the paths in it are relative to its folder
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT a column is missing or a row has another number of fields than the header;
 *          CUXAS_ENOMEM. Ended by cuxas_compounds_free(), also after a failure. */
cuxas_status cuxas_compounds_read(const char *path, cuxas_compounds *ret_compounds, cuxas_error *err);

/* cuxas_compounds_pair() - every structure of a catalog with the spectrum of the same stem in a folder (.csv .tsv .txt .dat
 * .xdi .xy), if there is one */
cuxas_status cuxas_compounds_pair(const cuxas_catalog *structures, const char *spectra_folder,
                                  cuxas_compounds *ret_compounds, cuxas_error *err);

/* cuxas_compounds_free() - leaves an empty list */
void cuxas_compounds_free(cuxas_compounds *compounds);

#endif
