/* validation_figure.h - sheets of small panels, one measurement each, with what was compared with it
 *
 * Measured black, model orange, simulated blue; of a failure the right one in its source's colour and solid, the one that
 * came first green and dashed; of a wrong answer also what spoke for that one, purple and dotted. */
#ifndef CUXAS_REPORT_VALIDATION_FIGURE_H
#define CUXAS_REPORT_VALIDATION_FIGURE_H
#include "evaluate/validation.h"
#include "write/figure.h"

enum { VALIDATION_MAX_CURVE = 4, VALIDATION_LABEL_SIZE = CUXAS_VALIDATION_NAME_SIZE + 32 };

typedef struct {
  cuxas_grid       grid;
  const double    *mu; /* (n_energy) borrowed */
  cuxas_line_style line;
  char             label[VALIDATION_LABEL_SIZE]; /* beneath the panel; "": the legend of the sheet has it */
} validation_curve;

typedef struct {
  char             title[128], note[160];       /* note: below the title */
  char             beneath[1024];               /* in a few lines below the axis; "": nothing */
  size_t           n_curve;                     /* 0: an empty place */
  validation_curve curve[VALIDATION_MAX_CURVE]; /* the first is the measured one */
} validation_plot;

/* Borrows the curves of the report. */
typedef struct {
  size_t             n_plot, n_column;
  bool               is_bare; /* no titles and no legend */
  validation_plot   *plot;    /* (n_plot) */
  size_t             n_legend;
  char               word[VALIDATION_MAX_CURVE][VALIDATION_LABEL_SIZE];
  cuxas_legend_entry legend[VALIDATION_MAX_CURVE];
} validation_sheet;

typedef enum {
  VALIDATION_ALL,      /* every compound with curves, by MAE of the model */
  VALIDATION_EXTREMES, /* of them the best, the middle and the worst */
  VALIDATION_AND_WRONG /* all, and below them every wrong answer with its sentence */
} validation_choice;

/* cuxas_validation_sheet_new() - the compounds' panels; no plot where no row has curves
 *
 *   ret_sheet  ended by cuxas_validation_sheet_free(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_sheet_new(const cuxas_validation_report *report, validation_choice choice,
                                        validation_sheet *ret_sheet, cuxas_error *err);

/* cuxas_validation_sheet_failure() - one panel: the right one and the first one; without words but for the axis: whoever shows it says
 * what the legend has; likewise */
cuxas_status cuxas_validation_sheet_failure(const cuxas_validation_report *report, const cuxas_validation_case *failure,
                                            validation_sheet *ret_sheet, cuxas_error *err);

/* cuxas_validation_sheet_answer() - likewise a wrong answer: the right compound, the first one, and what spoke for it
 *
 *   i_answer, i_failure  of the report's rows, and of the row */
cuxas_status cuxas_validation_sheet_answer(const cuxas_validation_report *report, size_t i_answer, size_t i_failure,
                                           validation_sheet *ret_sheet, cuxas_error *err);

/* cuxas_validation_sheet_page() - the drawing; the sheet must outlive it and stay where it is */
cuxas_figure cuxas_validation_sheet_page(const validation_sheet *sheet);

void cuxas_validation_sheet_free(validation_sheet *sheet);

#endif
