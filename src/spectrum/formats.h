/* formats.h - the formats of measured files: how each is recognised, and how it becomes a table of named columns
 *
 * A reader fills a cuxas_table and, in the info, the columns (names, roles that the format states), element, edge,
 * detection mode and scan. Which columns are used, the unit and the checks of the values are the same for all formats
 * (columns.c, measured.c). Formats are told apart by what is in the file; its name does not matter. */
#ifndef CUXAS_FORMATS_PRIV_H
#define CUXAS_FORMATS_PRIV_H
#include "spectrum/columns_priv.h"
#include "spectrum/spectrum_image.h"
#include "base/text.h"
#include "cuxas/measured.h"

typedef struct {
  const char *name; /* for reports: "xdi" */
  bool (*recognises)(const cuxas_text *text);
  cuxas_status (*read)(cuxas_text *text, const cuxas_measured_options *options, const cuxas_vocabulary *vocabulary,
                       cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err);
} cuxas_text_format;

/* One per file: msa.c (XDI too), spec.c, athena.c, and at the end the plain table of formats.c, which recognises everything. */
extern const cuxas_text_format CUXAS_FORMAT_XDI, CUXAS_FORMAT_MSA, CUXAS_FORMAT_SPEC, CUXAS_FORMAT_ATHENA,
    CUXAS_FORMAT_ATHENA_JSON, CUXAS_FORMAT_PLAIN;

/* cuxas_format_foreign() - what a file of another kind is, and what to do about it: "a PDF document: ..."; NULL: not known
 * cuxas_format_structure() - the same of a text that may be a crystal structure; NULL: it does not look so
 *
 * Static storage. */
const char *cuxas_format_foreign(const void *bytes, size_t n_byte);
const char *cuxas_format_structure(const cuxas_text *text);

/* cuxas_format_find() - the format of a text, never NULL */
const cuxas_text_format *cuxas_format_find(const cuxas_text *text);

/* -- gatan.c: DigitalMicrograph -- */

/* cuxas_gatan_recognises() - do the bytes begin as .dm3 or .dm4? */
bool cuxas_gatan_recognises(const void *bytes, size_t n_byte);

/* cuxas_gatan_read() - the image with an axis in eV, summed over its other axes; of several the one of --scan */
cuxas_status cuxas_gatan_read(const char *path, const void *bytes, size_t n_byte, const cuxas_measured_options *options,
                              cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err);

/* cuxas_gatan_image() - the same with its pixels; see spectrum_image.h */
cuxas_status cuxas_gatan_image(const char *path, const void *bytes, size_t n_byte, const char *opt_scan,
                               cuxas_spectrum_image **ret_image, cuxas_error *err);

/* -- nexus.c, hdf5.c, hdf5_child.c: HDF5 -- */

/* cuxas_nexus_recognises() - do the bytes begin with HDF5's signature? */
bool cuxas_nexus_recognises(const void *bytes, size_t n_byte);

/* cuxas_nexus_read() - a group of one-dimensional datasets as a table, read in a child process
 *
 * The bytes are never written to, and no other file is opened whatever links they hold.
 *
 * Returns  also CUXAS_EFORMAT when libhdf5 crashes over the file; CUXAS_EIO: no child process. */
cuxas_status cuxas_nexus_read(const char *path, const void *bytes, size_t n_byte, const cuxas_measured_options *options,
                              cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err);

/* cuxas_nexus_image() - the pixels of a signal of HyperSpy, read in a child process; see spectrum_image.h
 *
 *   opt_dataset  "/Experiments/NAME"; NULL: the file has one */
cuxas_status cuxas_nexus_image(const char *path, const void *bytes, size_t n_byte, const char *opt_dataset,
                               cuxas_spectrum_image **ret_image, cuxas_error *err);

/* cuxas_nexus_image_here() - the same in this process */
cuxas_status cuxas_nexus_image_here(const char *path, const void *bytes, size_t n_byte, const char *opt_dataset,
                                    cuxas_spectrum_image **ret_image, cuxas_error *err);

/* cuxas_nexus_list() - a line for every spectrum of a file: path, title, element, edge, mode, range, and whether it could
 * be the one that is asked for
 *
 *   near_eV   energy that it must cover; 0: not said
 *   ret_text  the caller frees it; "" where there is no NXdata group */
cuxas_status cuxas_nexus_list(const char *path, const void *bytes, size_t n_byte, double near_eV, char **ret_text,
                              cuxas_error *err);
cuxas_status cuxas_nexus_list_here(const char *path, const void *bytes, size_t n_byte, double near_eV, char **ret_text,
                                   cuxas_error *err);

/* cuxas_nexus_read_here() - as cuxas_nexus_read(), in this process; libhdf5 has global state and may crash */
cuxas_status cuxas_nexus_read_here(const char *path, const void *bytes, size_t n_byte,
                                   const cuxas_measured_options *options, cuxas_measured_info *info,
                                   cuxas_table *ret_table, cuxas_error *err);

/* -- measured.c -- */

/* cuxas_measured_survey() - fills in what the points look like: range, steps, order, repeated energies, pedestal */
cuxas_status cuxas_measured_survey(const cuxas_spectrum *spectrum, cuxas_measured_info *info, cuxas_error *err);

/* -- what the readers share: formats.c -- */

/* cuxas_info_new_columns() - n_column columns without names, all of n_number numbers */
cuxas_status cuxas_info_new_columns(cuxas_measured_info *info, size_t n_column, size_t n_number, cuxas_error *err);

/* cuxas_info_put() - text into a fixed field of the info: trimmed, cut to the field, control signs as '?', always UTF-8:
 * bytes that are none are taken for Latin 1 */
void cuxas_info_put(char *field, size_t size, const char *text);

/* One of several spectra in a file. */
typedef struct {
  char        key[24]; /* what --scan takes: a number, "5.2" for the second scan 5 */
  const char *label;   /* what it says about itself, also taken by --scan; "" */
} cuxas_scan_entry;

/* cuxas_scan_choose() - the entry that --scan means; without it the only one
 *
 *   kind        for messages: "scan", "group"
 *   opt_wanted  key or label; NULL: not said
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT none, several that fit, or none said where there are several; the message lists them. */
cuxas_status cuxas_scan_choose(const char *path, const char *kind, const cuxas_scan_entry *entry, size_t n_entry,
                               const char *opt_wanted, size_t *ret_i_entry, cuxas_error *err);

/* cuxas_measured_parse() - cuxas_measured_read() from lines in memory, for formats of text; the lines are cut up and of no use
 * afterwards */
cuxas_status cuxas_measured_parse(cuxas_text *text, const cuxas_measured_options *opt_options,
                                  cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err);

/* cuxas_measured_expect() - warns when the file states another element or edge than the one that is looked for
 *
 *   element  "Cu"
 *   edges    (n_edge) names, any of which will do: "L3", "L2"; a file's "L2,3" and "L" fit every L edge */
void cuxas_measured_expect(cuxas_measured_info *info, const char *element, const char *const *edges, size_t n_edge);

#endif
