/* serve_overview.h - several dropped files side by side on the page of cuxas-match --serve, as --out-dir has them in a folder */
#ifndef CUXAS_CMD_SERVE_OVERVIEW_H
#define CUXAS_CMD_SERVE_OVERVIEW_H
#include "cmd/local_server.h"
#include "cuxas/report.h"
#include "report/overview.h"

/* All zero to begin with. */
typedef struct {
  char                folder[300]; /* where the reports of the rows lie until they are packed */
  size_t              n_row, n_room;
  cuxas_overview_row *row;      /* (n_row) */
  cJSON              *settings; /* that all reports share */
} cuxas_page_overview;

/* cuxas_page_overview_add() - one more file: its report, or why there is none
 *
 *   folder      where reports may be written; it must be there
 *   name        of the file, which may come twice
 *   opt_report  with its settings; NULL: there is none
 *   reason      why not; counts only then
 *
 * Returns  CUXAS_OK; as cuxas_report_json() and cuxas_output_write(). */
cuxas_status cuxas_page_overview_add(cuxas_page_overview *overview, const char *folder, const char *name,
                                     const cuxas_report *opt_report, const char *reason, cuxas_error *err);

/* cuxas_page_overview_answer() - all rows as the page shows them, or to be kept
 *
 *   opt_form  "csv"; "html": a page that stands alone; "zip": the folder of --out-dir; NULL or another: JSON
 *
 * Returns  CUXAS_OK; as the writers. */
cuxas_status cuxas_page_overview_answer(const cuxas_page_overview *overview, const char *opt_form,
                                        cuxas_server_reply *to, cuxas_error *err);

/* cuxas_page_overview_clear() - forgets rows and reports */
void cuxas_page_overview_clear(cuxas_page_overview *overview);

#endif
