/* report.h - what a match found: one report, and its writers (text, JSON, CSV, spectra, terminal plot)
 *
 * A report borrows everything it shows; nothing here predicts, compares or ranks. It is a function of the question and
 * the files alone: no dates, host names, thread counts or output names are in it, so the same question gives the same bytes.
 * All numbers in files are rounded to 6 decimals and printed with '.', whatever the locale. */
#ifndef CUXAS_REPORT_H
#define CUXAS_REPORT_H
#include "cuxas/match.h"
#include "cuxas/measured.h"
#include "cuxas/output.h"
#include "cuxas/preprocess.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* What programs and the writers look into; others hand it on. */
typedef struct cuxas_detail    cuxas_detail;
typedef struct cuxas_mixture   cuxas_mixture;
typedef struct cuxas_shortlist cuxas_shortlist;

#define CUXAS_REPORT_SCHEMA "cuxas-report/2"
#define CUXAS_REPORT_SCHEMA_BEFORE "cuxas-report/1" /* had no answer; read and replayed, too */

typedef struct {
  const char                *program;       /* "cuxas-match" */
  const cJSON               *command;       /* array: how it was called */
  const cJSON               *settings;      /* object: every option that shapes the result */
  const char                *measured_path; /* as given */
  char                       measured_sha256[CUXAS_SHA256_HEX_SIZE];
  const cuxas_measured_info *measured; /* how the file was read */
  const cuxas_prepared      *prepared; /* what preprocessing did */
  const cuxas_query         *query;
  const cuxas_model         *model;
  cuxas_compare_settings     compare; /* as used */
  const cuxas_hits          *hits;
  const cuxas_hits *unconstrained; /* all candidates, whatever their composition; NULL: not asked for, or the same */
  const cuxas_hits *standards;     /* measured spectra, compared like with like; NULL: not asked for */
  const cuxas_hits
      *moved; /* standards, of which one agrees if the energy axis is off; NULL: one does as it is, or none */
  const cuxas_mixture       *mixture, *standards_mixture; /* of predictions, of standards; NULL: not asked for */
  const cuxas_shortlist     *shortlist;    /* the best candidates, simulated, which then decides; NULL: not asked for */
  const struct cuxas_answer *answer;       /* what can be said */
  const struct cuxas_edge_shape *shape;    /* what is read off the measured curve */
  size_t                         n_row;    /* of the tables on a terminal; 0: 10 */
  size_t                         n_detail; /* may be 0: figures then show neither spread nor sites */
  cuxas_detail *const           *detail;   /* (n_detail) of the first hits; entries may be NULL */
} cuxas_report;

/* -- the result of a session (match.h) -- */

typedef enum {
  CUXAS_RESULT_TEXT,
  CUXAS_RESULT_JSON,
  CUXAS_RESULT_CSV,
  CUXAS_RESULT_HTML,
  CUXAS_RESULT_MARKDOWN,
} cuxas_result_format;

/* cuxas_result_write() - the report of a result as cuxas-match writes it
 *
 * Its command is the one of cuxas-match that asks the same, its settings are that program's options: `cuxas-match --replay`
 * runs it again. Of another model than the bundled one, command and settings do not tell the file.
 *
 * A caller checks the stream for errors when it closes it. Returns  CUXAS_OK; as the writers below. */
cuxas_status cuxas_result_write(const cuxas_result *result, cuxas_result_format format, FILE *out, cuxas_error *err);

/* -- writers, all of one kind, so that a table of them can be made; a caller checks the stream when it closes it -- */

/* The report as a file.
 *
 *   report  a cuxas_report
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM; of pages with figures also what cuxas_report_write_figure() says. Numbers have a '.' and text is UTF-8,
 *          whatever locale the host has and whatever bytes came in. */
typedef cuxas_writer cuxas_report_writer;

/* cuxas_report_write_text() - what was measured, a table of the best n_row candidates, what to believe; 100 columns
 * cuxas_report_write_json() - everything (cuxas-report(5))
 * cuxas_report_write_csv() - every candidate as a row, for a spreadsheet
 * cuxas_report_write_spectra() - CSV: energy, scaled measurement, and the curves that were kept, best first: of predictions, then
 *   the best measured standards but the measurement itself, then as many simulations as predictions; "CuO prediction (0 to 1)"
 * cuxas_report_write_nexus() - the same curves, and those of simulated candidates, as NXxas entries of an HDF5 file
 * cuxas_report_write_markdown() - the text report for a lab book: CommonMark with tables; every text from a file is escaped
 * cuxas_report_write_html() - one page with everything: doubts, rankings, figures, sites, how it was done
 *
 * The page loads nothing and needs no script; a small one inside it sorts the tables, shows and hides candidates, zooms and
 * reads values. It forbids all other scripts and all connections by its own content security policy. */
cuxas_status cuxas_report_write_text(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_json(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_csv(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_spectra(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_nexus(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_markdown(const void *report, FILE *out, cuxas_error *err);
cuxas_status cuxas_report_write_html(const void *report, FILE *out, cuxas_error *err);

/* cuxas_report_write_figure() - measured and predicted spectra, residual, derivative and the ranking as a picture
 *
 * Shows the candidates whose curves were kept: the first three in detail, the first twelve one below the other.
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be written; CUXAS_ENUMERIC the drawing is refused; CUXAS_ENOMEM. */
cuxas_status cuxas_report_write_figure(const void *report, cuxas_figure_format format, FILE *out, cuxas_error *err);

/* cuxas_report_json() - the whole report as a tree (cuxas-report(5)); the caller deletes it; NULL: no memory */
cJSON *cuxas_report_json(const cuxas_report *report);

/* cuxas_report_write_citation() - what to cite, as sentences and as BibTeX */
void cuxas_report_write_citation(FILE *out);

/* How a plot may be drawn. */
typedef enum {
  CUXAS_PLOT_ASCII,   /* o measured, + predicted, # both */
  CUXAS_PLOT_BRAILLE, /* UTF-8, eight dots a character, told apart by colour (ANSI escapes) */
} cuxas_plot_style;

/* cuxas_report_plot() - measurement and first candidate in about 90 x 16 characters; draws nothing when no curve was kept
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_report_plot(const cuxas_report *report, cuxas_plot_style style, FILE *out, cuxas_error *err);

/* -- reading back -- */

/* cuxas_report_read() - a JSON report from a file
 *
 *   ret_report  the tree; the caller deletes it with cJSON_Delete()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT no JSON, another schema, or a member that replaying needs is missing;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_report_read(const char *path, cJSON **ret_report, cuxas_error *err);

/* Numbers of two reports are the same when they differ by less than this or by less than this part of them: predictions are
 * single-precision sums, which BLAS adds up in another order on another kind of processor. */
#define CUXAS_REPORT_SHARED 5e-4

/* cuxas_report_differences() - what differs between two reports, one line each on `out`
 *
 *   ret_is_exact  nothing differs in any digit; false with 0 differences: only in digits that processors do not share
 *
 * Files are told apart by their SHA-256 first (measurement, model, candidates that changed, came or went), then all
 * results are compared: numbers by CUXAS_REPORT_SHARED, those in sentences by their last digit, all else as it stands. Command,
 * settings and the tool's version are not results; another version is told but not counted.
 *
 * Returns  the number of differences; 0: every result is the same. */
size_t cuxas_report_differences(const cJSON *before, const cJSON *after, bool *ret_is_exact, FILE *out);

#endif
