/* measured.h - a measured spectrum from a file, and how the file was understood
 *
 * Reads CSV, TSV, semicolon- and blank-separated tables with or without header, FEFF's xmu.dat, XDI, EMSA/MAS (.msa),
 * SPEC, Athena projects, DigitalMicrograph (.dm3, .dm4), HDF5 with and without NeXus, HyperSpy, and all of them inside
 * gzip. The format is known by the file's content, never by its name; cuxas-formats(5) says what is read of each.
 * Everything found out by looking (delimiter, columns, unit) is reported in cuxas_measured_info; where looking does not
 * decide, reading fails with a message that lists the columns and names the options that decide. Nothing is sorted,
 * averaged or smoothed here.
 *
 * What counts as what in plain tables
 *   comment   a line that begins with # % ! * ' or //; a blank line is neither comment nor data
 *   data      starts at the first run of rows with numbers where most rows have them; what is before it is the preamble
 *   header    the last line of the preamble, comments included, that names an energy and mostly known things; numbered
 *             lists, Column.N of XDI and labels one below the other as well (header.c)
 *   skipped   later lines without a number in any column in use (footers, empty cells, remarks), counted; blank lines
 *             and comments are not counted
 *   error     a number in one column in use and none in another, a NaN or an infinity in a column in use, an I0 or an
 *             energy that is not positive: the message says file:line
 * Columns not in use may hold anything. Counts may be negative (EELS after background subtraction). */
#ifndef CUXAS_MEASURED_H
#define CUXAS_MEASURED_H
#include "cuxas/spectrum.h"
#include "cuxas/status.h"

#include <stdbool.h>

/* What the user says about the file. All zero: everything is detected. A column is given by its name in the header
 * (case does not matter, a unit in brackets may be left out) or by its number, counted from 1. */
typedef struct {
  const char *energy_column; /* NULL: detected */
  const char *signal_column; /* NULL: detected */
  const char *i0_column; /* incoming flux that divides the signal; NULL: no division, whatever a column looks like */
  bool        invert;    /* change the signal's sign after the division, for dips in transmitted flux; no logarithm */
  bool        transmission; /* the signal is a transmitted flux: absorption is ln(I0/signal), -ln(signal) without I0; a
                             * column that is called so (it, itrans, transmission) is taken so unasked */
  const char *scan;         /* of a file with several spectra: number or label; NULL: the file has one */
  const char *dataset;      /* of an HDF5 file: path of a group or dataset inside it; NULL: found by NeXus attributes */
  double      near_eV;      /* of a file with several: the spectrum must cover this energy; 0: not said */
  const char *detection;    /* how absorption was detected: "TEY", "EELS", ...; NULL: as the file says */
} cuxas_measured_options;

typedef enum {
  CUXAS_DELIMITER_TAB,
  CUXAS_DELIMITER_SEMICOLON,
  CUXAS_DELIMITER_COMMA,
  CUXAS_DELIMITER_BLANK, /* any run of blanks and tabs */
} cuxas_delimiter;

typedef enum { CUXAS_COLUMN_UNUSED, CUXAS_COLUMN_ENERGY, CUXAS_COLUMN_SIGNAL, CUXAS_COLUMN_I0 } cuxas_column_role;

typedef enum { CUXAS_UNIT_EV, CUXAS_UNIT_KEV } cuxas_energy_unit;

typedef enum { CUXAS_ORDER_ASCENDING, CUXAS_ORDER_DESCENDING, CUXAS_ORDER_UNSORTED } cuxas_energy_order;

typedef struct {
  char             *name;     /* from the header; "" when it has none */
  size_t            n_number; /* data lines that hold a number in this column */
  cuxas_column_role role;
} cuxas_column;

/* One of several spectra that were merged into one, see merge.h. */
typedef struct {
  char   name[256];  /* path, and scan where there is one */
  char   sha256[65]; /* of its file; "" */
  size_t n_point;
  double deviation; /* from the others' median curve, root mean square, in units of that curve's range */
  double weight;    /* in the mean, all weights sum to 1; 0: left out */
} cuxas_merged_scan;

/* How a file was understood. Counts are exact; a line number is counted from 1. */
typedef struct {
  char              *path;
  const char        *format;             /* "text", "xdi", "msa", "spec", "athena", "hdf5", "dm"; static */
  bool               is_gzip;            /* it was compressed; what follows is about the expanded file */
  char               element[8];         /* as stated by the file, like all of these: "" where it says nothing */
  char               edge[16];           /* "L3" */
  char               detection_mode[48]; /* "TEY", "transmission", ... as the file or the signal's name says */
  char               acquisition[160];   /* of EELS: "exposure 2 s, dispersion 0.1 eV, ..." */
  char               scan[96];           /* which of several spectra was read: number and label, or the path in HDF5 */
  size_t             n_scan_in_file;     /* 0: the format holds one */
  size_t             n_merged;           /* 0: nothing was merged */
  cuxas_merged_scan *merged;             /* (n_merged) */
  cuxas_delimiter    delimiter;
  bool               has_decimal_comma; /* 930,5 means 930.5 */
  bool               has_bom;
  bool               is_feff;     /* columns omega e k mu mu0 chi: FEFF's xmu.dat */
  size_t             n_line;      /* in the file */
  size_t             n_comment;   /* comment lines */
  size_t             header_line; /* 0: none */
  size_t             first_data_line;
  size_t             n_column;
  cuxas_column      *column;           /* (n_column) */
  cuxas_energy_unit  unit;             /* in the file; the spectrum is in eV */
  bool               unit_from_header; /* false: from the size of the numbers */
  bool               is_inverted;
  bool               is_logarithm;       /* the absorption is ln(I0/signal) */
  size_t             n_point;            /* of the spectrum */
  size_t             n_skipped;          /* lines behind the first data line that gave no point */
  size_t             first_skipped_line; /* 0: none */
  double             min_eV, max_eV;
  double             min_step_eV, median_step_eV, max_step_eV; /* between sorted distinct energies */
  cuxas_energy_order order;
  size_t             n_duplicate;       /* points whose energy another, earlier point has (within 1e-6 eV) */
  double             pedestal_fraction; /* pedestal / maximum of the signal, see preprocess.h; NaN: maximum <= 0 */
  cuxas_warnings     warnings;
} cuxas_measured_info;

/* cuxas_measured_read() - a spectrum as it stands in the file, in the file's order
 *
 *   path          file, "-" is standard input
 *   opt_options   NULL: everything is detected
 *   ret_spectrum  energies in eV, the signal as chosen; the caller frees it with cuxas_spectrum_free()
 *   opt_info      the caller frees it with cuxas_measured_info_free(); may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT a binary file of no known format, a damaged one, no table of numbers,
 *          ambiguous or unknown column, scan or dataset, a cell that is no number; CUXAS_EUNSUPPORTED a kind of data in a
 *          known format that is no spectrum; CUXAS_ERANGE a NaN, an infinity, an energy or I0 that is not positive;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_measured_read(const char *path, const cuxas_measured_options *opt_options,
                                 cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err);

/* cuxas_measured_parse_bytes() - the same from the n_byte bytes of a file
 *
 *   name  stands for the path in messages */
cuxas_status cuxas_measured_parse_bytes(const char *name, const void *bytes, size_t n_byte,
                                        const cuxas_measured_options *opt_options, cuxas_spectrum **ret_spectrum,
                                        cuxas_measured_info **opt_info, cuxas_error *err);

/* cuxas_measured_list() - all spectra of an HDF5 file, a line each, told whether they could be the one asked for
 *
 *   near_eV   energy that it must cover; 0: not said
 *   ret_text  the caller frees it; "" for files of other formats and for "-"
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT damaged; CUXAS_ENOMEM. */
cuxas_status cuxas_measured_list(const char *path, double near_eV, char **ret_text, cuxas_error *err);

/* cuxas_measured_info_free() - accepts NULL */
void cuxas_measured_info_free(cuxas_measured_info *info);

/* cuxas_measured_describe() - the info as text for people, about 12 lines of at most 100 characters
 *
 * Returns  text that the caller frees with free(); NULL: no memory. */
char *cuxas_measured_describe(const cuxas_measured_info *info);

/* cuxas_unit_name(), cuxas_order_name() - a word for reports; static storage */
const char *cuxas_unit_name(cuxas_energy_unit unit);
const char *cuxas_order_name(cuxas_energy_order order);

#endif
