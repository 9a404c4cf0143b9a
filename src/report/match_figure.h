/* match_figure.h - the drawing of a match, in parts: what a figure shows at once, a page shows or hides piece by piece
 *
 *   panels     a  measured and predicted spectra, their onsets, the ensemble's spread
 *              b  predicted minus measured
 *              c  derivatives
 *              With a ranking by simulation the answer's compound, or its first candidate, stands in all three, simulated (dark) and, where the others
 *              do not show it, predicted (dotted)
 *   waterfall  d  the ranking, one candidate below the other, each on the measured curve
 * All share one energy axis. Colours follow the rank, in the same order everywhere. */
#ifndef CUXAS_REPORT_MATCH_FIGURE_H
#define CUXAS_REPORT_MATCH_FIGURE_H
#include "write/figure.h"
#include "cuxas/report.h"

enum {
  MATCH_MAX_CURVE = 6,  /* candidates that can stand in the panels: as many as there are colours */
  MATCH_MAX_SHOWN = 3,  /* of them, those that are there at first; more are hard to tell apart */
  MATCH_MAX_ROW   = 12, /* candidates in the waterfall */
  MATCH_N_PANEL   = 3,
};

typedef struct {
  const cuxas_hit *hit;
  const double    *mu;        /* (n_energy) scaled, NaN outside the overlap: the hit's */
  const double    *opt_sigma; /* (n_energy) NULL: not known */
  double          *residual;  /* (n_energy) mu - measured */
  double          *slope;     /* (n_energy) dmu/dE, 1/eV */
} match_curve;

typedef struct {
  const cuxas_report *report;
  cuxas_grid          grid;
  double             *measured; /* (n_energy) scaled */
  double             *measured_slope;
  size_t              n_row;   /* candidates whose curves were kept, at most MATCH_MAX_ROW */
  size_t              n_curve; /* those of them that have a colour */
  match_curve         row[MATCH_MAX_ROW];
  bool                has_simulated;
  match_curve         simulated; /* of the compound that the answer names, or the first by simulation; no spread */
  const cuxas_hit
      *opt_undrawn; /* that compound, where there is no curve of its simulation; NULL: it is drawn, or none is named */
  const cuxas_hit
      *opt_standard;       /* the best measured spectrum, drawn with the measured one in panel a; NULL: none agrees */
  const double *opt_rival; /* (n_energy) its prediction; NULL: one of the MATCH_MAX_SHOWN, or not kept */
  double        low[MATCH_N_PANEL], high[MATCH_N_PANEL]; /* ends of the vertical axes */
  bool          has_pre_edge;                            /* a background was taken off; of it the next */
  cuxas_grid    whole;                                   /* all that was prepared */
  double       *raw, *under;    /* (whole.n_energy) before that, smoothed; what was taken off */
  double        from_eV, to_eV; /* where it was fitted */
  char          pre_edge[80];   /* "E^-3.10, fitted 914.0 to 928.0 eV" */
} match_curves;

/* cuxas_report_scale_measured() - the measurement as it was compared: ret_mu is (query->grid.n_energy); NaN if it is flat */
void cuxas_report_scale_measured(const cuxas_report *report, double *ret_mu);

/* cuxas_match_curves_new() - everything that is drawn, as numbers
 *
 *   ret_curves  the caller frees it with cuxas_match_curves_free(); it borrows the report
 *
 * Returns  CUXAS_OK, also without candidates; CUXAS_ENOMEM. */
cuxas_status cuxas_match_curves_new(const cuxas_report *report, match_curves **ret_curves, cuxas_error *err);

/* cuxas_match_curves_free() - accepts NULL */
void cuxas_match_curves_free(match_curves *curves);

typedef enum {
  MATCH_FRAME,     /* borders, vertical axes, titles */
  MATCH_ENERGY,    /* the energy axis, and the names of the measured onsets: what zooming replaces */
  MATCH_MEASURED,  /* the measured curve and its onsets */
  MATCH_CANDIDATE, /* one candidate: curves, band, onsets */
  MATCH_SIMULATED, /* the first by simulation, where there is one */
} match_part;

typedef struct {
  cuxas_panel panel[MATCH_N_PANEL];
} match_panels;

/* cuxas_match_panels_place() - three panels, one above the other, in a rectangle that holds their labels too */
match_panels cuxas_match_panels_place(const match_curves *curves, double left_pt, double top_pt, double width_pt,
                                      double height_pt);

/* cuxas_match_panels_draw() - one part; i_curve counts for MATCH_CANDIDATE */
void cuxas_match_panels_draw(cuxas_canvas *canvas, const match_curves *curves, const match_panels *panels,
                             match_part part, size_t i_curve);

#define MATCH_ROW_LABEL_PT 112.0 /* room right of the waterfall for names and numbers */

/* cuxas_match_waterfall_place(), cuxas_match_waterfall_draw() - the same for the ranking; MATCH_MEASURED draws all rows */
cuxas_panel cuxas_match_waterfall_place(const match_curves *curves, double left_pt, double top_pt, double width_pt,
                                        double height_pt);
void        cuxas_match_waterfall_draw(cuxas_canvas *canvas, const match_curves *curves, const cuxas_panel *panel,
                                       match_part part);

/* cuxas_match_pre_edge_draw() - one panel in a rectangle: the curve before its background was taken off, the fitted line or
 * power law, and the range in which it was fitted; nothing without has_pre_edge */
void cuxas_match_pre_edge_draw(cuxas_canvas *canvas, const match_curves *curves, double left_pt, double top_pt,
                               double width_pt, double height_pt);

enum { MATCH_MAX_SITE = 6 }; /* sites with a colour; further ones are grey */

/* cuxas_match_sites_draw() - one panel: the curve of a hit in black, and the spectra of its sites, whose weighted mean it is */
void cuxas_match_sites_draw(cuxas_canvas *canvas, const match_curves *curves, size_t i_curve, double width_pt,
                            double height_pt);

/* cuxas_match_colour(), cuxas_match_line() - of a candidate by its place, 0 first */
cuxas_colour     cuxas_match_colour(size_t i_curve);
cuxas_line_style cuxas_match_line(size_t i_curve);

/* cuxas_match_standard_line() - of the best measured spectrum of another measurement */
cuxas_line_style cuxas_match_standard_line(void);

/* cuxas_match_simulated_line() - of the simulated curve, and dotted of its prediction */
cuxas_line_style cuxas_match_simulated_line(bool is_prediction);

#endif
