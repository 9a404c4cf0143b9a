/* stored.h - a JSON report in a file, and a new one, a row at a time: reports of a million candidates compared in little memory */
#ifndef CUXAS_REPORT_STORED_H
#define CUXAS_REPORT_STORED_H
#include "cuxas/report.h"

/* The lists of a report that may have very many rows, in the order in which they stand in it. */
typedef enum {
  CUXAS_LIST_CANDIDATES,
  CUXAS_LIST_SKIPPED,
  CUXAS_LIST_FILTERED,
  CUXAS_LIST_UNCONSTRAINED,
  CUXAS_N_REPORT_LIST
} cuxas_report_list;

/* cuxas_report_list_name() - the member's */
const char *cuxas_report_list_name(cuxas_report_list list);

/* cuxas_report_n_row() - of a list; cuxas_report_row_path() - of its i-th row, borrowed */
size_t      cuxas_report_n_row(const cuxas_report *report, cuxas_report_list list);
const char *cuxas_report_row_path(const cuxas_report *report, cuxas_report_list list, size_t i);

/* cuxas_report_row() - the row as in cuxas_report_json(); the caller deletes it; NULL: no memory */
cJSON *cuxas_report_row(const cuxas_report *report, cuxas_report_list list, size_t i);

/* cuxas_report_frame() - cuxas_report_json() with lists that are empty */
cJSON *cuxas_report_frame(const cuxas_report *report);

/* The lists of a report in a file, which stay there. */
typedef struct cuxas_stored_report cuxas_stored_report;

/* cuxas_stored_open() - reads all of a report once, a row at a time, and checks it as cuxas_report_read() does
 *
 *   path        also a pipe, of no more than CUXAS_TEXT_MAX_BYTES, which is copied to a temporary file
 *   ret_stored  the caller closes it with cuxas_stored_close()
 *   ret_frame   all but the rows, as of cuxas_report_frame(); the caller deletes it
 *
 * Returns  as cuxas_report_read(). */
cuxas_status cuxas_stored_open(const char *path, cuxas_stored_report **ret_stored, cJSON **ret_frame, cuxas_error *err);

/* cuxas_stored_differences() - as cuxas_report_differences(), of a stored report with its frame and of a new one
 *
 * Returns  CUXAS_OK; CUXAS_EIO, CUXAS_EFORMAT the file is no longer what it was; CUXAS_ENOMEM. */
cuxas_status cuxas_stored_differences(cuxas_stored_report *stored, const cJSON *frame, const cuxas_report *after,
                                      size_t *ret_n_difference, bool *ret_is_exact, FILE *out, cuxas_error *err);

/* cuxas_stored_close() - accepts NULL */
void cuxas_stored_close(cuxas_stored_report *stored);

/* cuxas_report_version_note() - the sentence that a report was made by another version than this one, in characters that steer no terminal;
 * false: it was not */
enum { CUXAS_VERSION_NOTE_SIZE = 640 };
bool cuxas_report_version_note(const cJSON *report, const char *version, char ret_note[CUXAS_VERSION_NOTE_SIZE]);

/* cuxas_report_share_settings() - what the settings of one more report leave of those that all share
 *
 *   shared  NULL to begin with; the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_report_share_settings(cJSON **shared, const cJSON *settings, cuxas_error *err);

#endif
