/* overview.h - many match reports side by side: one row a scan, as CSV, as a page, and as text
 *
 * Rows are filled from JSON reports, so that a report read back gives the row that it gave when it was new. */
#ifndef CUXAS_OVERVIEW_H
#define CUXAS_OVERVIEW_H
#include "cuxas/spectrum.h"
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CUXAS_OVERVIEW_MAX_SHARE = 6, CUXAS_OVERVIEW_MIN_SERIES = 5 };
enum {
  CUXAS_OVERVIEW_FEW = 20
}; /* scans whose answers come before the series; of more the series says more than a table's beginning */

/* Scans whose curves differ by less than this, root mean square, noise taken off, are called equal (our choice: an axis off by
 * 0.1 eV makes more than that of a white line). */
#define CUXAS_OVERVIEW_EQUAL_RMS 0.01
#define CUXAS_OVERVIEW_EQUAL_NOISE 0.05 /* of the range; what is more is no noise */

/* Numbers of the first edge, then of the pair, each with its standard deviation behind it. */
typedef enum {
  CUXAS_OVERVIEW_ONSET,
  CUXAS_OVERVIEW_PEAK      = 2,
  CUXAS_OVERVIEW_WIDTH     = 4,
  CUXAS_OVERVIEW_HEIGHT    = 6,
  CUXAS_OVERVIEW_SPLITTING = 8,
  CUXAS_OVERVIEW_RATIO     = 10,
  CUXAS_OVERVIEW_PEAK_2    = 12, /* of the second edge */
  CUXAS_OVERVIEW_N_NUMBER  = 14,
} cuxas_overview_number;

typedef struct {
  char   name[64];
  double share, low, high; /* low, high: NaN where there is no interval */
} cuxas_overview_share;

/* All zero: an empty row. */
typedef struct {
  char  *scan;           /* measured file, as given */
  char  *stem;           /* its reports are STEM.json, STEM.csv and STEM.html beside the overview, */
  bool   is_alone;       /* unless the overview is to stand without them: no link leads there */
  char  *reason;         /* why there is no report; NULL: there is one, and what follows is set */
  char  *best, *formula; /* the first candidate; formula "" for a spectrum; both NULL when nothing was compared */
  double mae, spearman, shift_eV;
  char  *next;    /* whoever has the smallest MAE of the others; NULL: there is no other */
  double margin;  /* MAE of `next` minus that of `best`; negative when the measures disagree; NaN: there is no other */
  char  *verdict; /* cuxas_verdict_name() */
  size_t n_compared, n_skipped;
  char  *answer;   /* the sentence; "" in older reports, as what follows is empty or NaN there */
  char  *around;   /* surroundings in words: "Cu(II) 100 %, 4-fold 98 %, oxide 99 %, 1.96 \xC3\x85" */
  double state[3]; /* probability of Cu(0), Cu(I), Cu(II) */
  double number[CUXAS_OVERVIEW_N_NUMBER]; /* of the edge, cuxas_overview_number */
  size_t
      n_share; /* components of the sum of measured standards that is the answer; 1: the standard of the compound named */
  cuxas_overview_share share[CUXAS_OVERVIEW_MAX_SHARE];
  cuxas_grid           grid;                 /* of the picture; n_energy 0: there is none */
  double              *measured, *candidate; /* (n_energy) as compared; NaN: no value */
  char                *warnings; /* about the measurement and the best candidate, "; " between them; "" for none */
} cuxas_overview_row;

/* cuxas_overview_row_fill() - takes a report's figures; scan and stem stay as they are
 *
 *   report  as of cuxas_report_json()
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. A member that is missing leaves its figure empty or NaN. */
cuxas_status cuxas_overview_row_fill(const cJSON *report, cuxas_overview_row *row, cuxas_error *err);

/* cuxas_overview_row_clear() - frees what a row owns */
void cuxas_overview_row_clear(cuxas_overview_row *row);

#define CUXAS_OVERVIEW_CSV_HEADER                                                                                      \
  "scan,best,formula,mae,spearman,margin,next,shift_eV,verdict,n_compared,n_skipped,warnings,answer,surroundings,"     \
  "state_0,state_1,state_2,onset_eV,onset_sd_eV,peak_eV,peak_sd_eV,width_eV,width_sd_eV,height_over_step,"             \
  "height_sd,splitting_eV,splitting_sd_eV,area_ratio,area_ratio_sd,"                                                   \
  "peak_2_eV,peak_2_sd_eV,report,reason"
#define CUXAS_OVERVIEW_CSV_START "scan,best,formula,mae,spearman,margin," /* of every version */

/* cuxas_overview_find_equal() - for each scan the first one that it equals, which may be itself
 *
 * Curves are compared on the energies that both have, 10 eV at least, by the root mean square of their difference; what third
 * differences of it show to be noise is taken off.
 *
 *   ret_first  (n_row) */
void cuxas_overview_find_equal(const cuxas_overview_row *row, size_t n_row, size_t *ret_first);

/* Writers; a caller checks the stream for errors when it closes it. Rows stand in the order given. */
void cuxas_overview_write_csv(const cuxas_overview_row *row, size_t n_row, FILE *out);
void cuxas_overview_write_text(const cuxas_overview_row *row, size_t n_row, FILE *out); /* in 100 columns */

/* cuxas_report_write_overview() - the same CSV of one report, a cuxas_report; its `report` is empty. CUXAS_ENOMEM */
cuxas_status cuxas_report_write_overview(const void *report, FILE *out, cuxas_error *err);

/* cuxas_overview_write_html() - a page with a sortable table that links to STEM.html
 *
 *   settings  as in the reports; what they share
 *
 * Each scan has a small picture; equal scans are listed; of CUXAS_OVERVIEW_MIN_SERIES scans and more, states, shares and edge
 * energies are drawn in the order given, behind the table of up to CUXAS_OVERVIEW_FEW, else before it. Returns  CUXAS_OK; as cuxas_figure_svg_layer(). */
cuxas_status cuxas_overview_write_html(const cuxas_overview_row *row, size_t n_row, const cJSON *settings, FILE *out,
                                       cuxas_error *err);

#endif
