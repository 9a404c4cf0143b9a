/* columns_priv.h - what the columns of a table are: names from the preamble, roles from names, numbers and the user */
#ifndef CUXAS_COLUMNS_PRIV_H
#define CUXAS_COLUMNS_PRIV_H
#include "spectrum/table_priv.h"
#include "base/text.h"

/* -- columns.c: what a column's name says -- */

/* Within a group, the surer word comes first. */
typedef enum {
  CUXAS_WORD_ENERGY,        /* energy, photon energy (eV), energy loss ... */
  CUXAS_WORD_ENERGY_SYMBOL, /* omega, E, eV ... */
  CUXAS_WORD_ENERGY_HINT,   /* anything with energy in it, x */
  CUXAS_WORD_SIGNAL,        /* mu, norm, intensity ... */
  CUXAS_WORD_TRANSMITTED,   /* it, itrans, transmission: a flux behind the sample, no absorption */
  CUXAS_WORD_TRANSMITTANCE, /* it/i0 */
  CUXAS_WORD_CHAMBER,       /* i1: a transmitted flux here, a yield there */
  CUXAS_WORD_INVERSE,       /* i0/it, ln(it/i0): neither absorption nor what it is formed from */
  CUXAS_WORD_COUNTS,        /* counts, tey, detector ... */
  CUXAS_WORD_I0,            /* i0, monitor ... */
  CUXAS_WORD_OTHER,         /* known not to be any of these: time, sigma, chi, mu0 ... */
  CUXAS_WORD_UNKNOWN,
} cuxas_word;

enum { CUXAS_N_WORD_PATTERN = CUXAS_WORD_UNKNOWN };

typedef struct {
  cuxas_pattern *word[CUXAS_N_WORD_PATTERN];
  cuxas_pattern *eV, *keV;   /* units inside a name */
  cuxas_pattern *other_unit; /* other ones, at its end: group 1, 2 or 3 */
  cuxas_pattern *unit_alone, *ln_of_fluxes, *ln_of_inverse, *one_name;
  cuxas_pattern *difference;   /* of two spectra: "mu+ - mu-" */
  cuxas_pattern *is_divided;   /* by the incoming flux, or a logarithm, or normalised */
  cuxas_pattern *may_transmit; /* a detector that stands behind the sample as often as beside it */
  char           folder[64];   /* that all names of variables lie in, "beamline/"; "": none */
} cuxas_vocabulary;

/* cuxas_vocabulary_new() - compiles the patterns; ends with cuxas_vocabulary_free(), also after a failure */
cuxas_status cuxas_vocabulary_new(cuxas_vocabulary *ret_vocabulary, cuxas_error *err);
void         cuxas_vocabulary_free(cuxas_vocabulary *vocabulary);

/* cuxas_vocabulary_classify() - what a name stands for; brackets behind it (units) do not matter */
cuxas_word cuxas_vocabulary_classify(const cuxas_vocabulary *vocabulary, const char *name);

/* cuxas_vocabulary_unit() - true when a name tells the unit of the energies */
bool cuxas_vocabulary_unit(const cuxas_vocabulary *vocabulary, const char *name, cuxas_energy_unit *ret_unit);

/* cuxas_vocabulary_other_unit() - true when a name says a unit that is no unit of photon energies ("x mm", "E (J)")
 *
 *   ret_unit  the unit, cut to size */
bool cuxas_vocabulary_other_unit(const cuxas_vocabulary *vocabulary, const char *name, char *ret_unit, size_t size);

/* cuxas_vocabulary_is_unit() - true when a text is nothing but a unit: "eV", "(arb. units)", "a.u." */
bool cuxas_vocabulary_is_unit(const cuxas_vocabulary *vocabulary, const char *text);

/* cuxas_vocabulary_holds_names() - true when a text is several names: "I0 TEY" */
bool cuxas_vocabulary_holds_names(const cuxas_vocabulary *vocabulary, const char *text);

/* cuxas_vocabulary_strip() - a name without what stands in brackets behind it, in lower case */
void cuxas_vocabulary_strip(const char *name, char *buffer, size_t size);

/* -- table.c: names -- */

/* In the order in which they are tried. */
typedef enum {
  CUXAS_LABELS_AT_QUOTES,
  CUXAS_LABELS_AT_BLANKS, /* a bracket behind a name belongs to it */
  CUXAS_LABELS_AT_WIDE_BLANKS,
  CUXAS_LABELS_AT_SIGNS,        /* , ; | though the data have blanks */
  CUXAS_LABELS_AT_COMMON_WIDTH, /* the width that all columns of the data have */
  CUXAS_LABELS_AT_WIDTH,        /* any one width */
  CUXAS_LABELS_AT_PLACES,       /* above the numbers */
  CUXAS_LABELS_N_WAY
} cuxas_labels_way;

/* cuxas_labels_split() - cuts a line up in one way
 *
 *   line      is changed; needs room for n_column more bytes
 *   cell_end  (n_column) where the cells of the first row of data end, bytes from the start of its line
 *   ret_name  (n_column) into the line, not trimmed
 *
 * Returns  how many names that gives: n_column where the way fits. */
size_t cuxas_labels_split(cuxas_labels_way way, char *line, const size_t *cell_end, char **ret_name, size_t n_column);

/* cuxas_labels_tidy() - names in single quotes lose these, names of which all but the last end in "," or ";" lose that */
void cuxas_labels_tidy(char **name, size_t n_name);

/* cuxas_labels_doubt() - warns where a line of labels above the data says otherwise than the names of its columns do
 *
 *   i_first_line  where the data begin */
void cuxas_labels_doubt(const cuxas_text *text, size_t i_first_line, cuxas_measured_info *info);

/* -- header.c -- */

enum { CUXAS_COLUMN_MAX_NAME = 80 }; /* bytes; what is longer is cut */

/* cuxas_column_set_name() - gives a column a name, which is copied */
cuxas_status cuxas_column_set_name(cuxas_column *column, const char *name, cuxas_error *err);

/* cuxas_header_read() - finds the header among the lines before the data
 *
 *   text   preamble lines still whole
 *   table  its data
 *   info   gets n_column, column (names and n_number), header_line and is_feff; free it also after a failure */
cuxas_status cuxas_header_read(const cuxas_text *text, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                               cuxas_measured_info *info, cuxas_error *err);

/* -- columns.c -- */

#define CUXAS_NO_COLUMN ((size_t)-1)

typedef struct {
  size_t i_energy, i_signal;
  size_t i_i0;   /* CUXAS_NO_COLUMN: no division */
  bool   is_log; /* the signal is a transmitted flux: absorption is ln(I0/signal), -ln(signal) without I0 */
} cuxas_column_choice;

/* cuxas_columns_choose() - decides which column is what; also sets the roles in info
 *
 * What the user says goes first, then roles that are set in info already because the format states them, then names,
 * then numbers. */
cuxas_status cuxas_columns_choose(const char *path, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                                  const cuxas_measured_options *options, cuxas_measured_info *info,
                                  cuxas_column_choice *ret_choice, cuxas_error *err);

/* cuxas_vocabulary_find_folder() - from two columns on that lie in one, "beamline/i0" and "beamline/tey", what is before the last
 * stroke is no numerator; ret_vocabulary->folder gets it */
void cuxas_vocabulary_find_folder(const cuxas_measured_info *info, cuxas_vocabulary *vocabulary);

#endif
