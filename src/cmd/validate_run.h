/* validate_run.h - what cuxas-validate does, in parts: open the data, judge every source of spectra, count who is found
 *
 *     validate_open(&run, &err);        compounds, their measured curves, sources of candidates
 *     validate_judge(&run, manner, &err);   the table of every source
 *     validate_identify(&run, &err);    how often the right one is found
 *     validate_close(&run);
 *
 * Priors are learnt from the compounds left in, never from the one that is asked for. */
#ifndef CUXAS_CMD_VALIDATE_RUN_H
#define CUXAS_CMD_VALIDATE_RUN_H
#include "cmd/compounds.h"
#include "evaluate/answers.h"
#include "evaluate/identification.h"
#include "match/shortlist.h"
#include "match/session.h"
#include "match/simulated.h"
#include "evaluate/validation.h"
#include "cmd/match_options.h"

/* What the right structure of a compound needs when nothing is known beforehand. */
typedef struct {
  bool   is_known;
  double shift_eV, hole_fraction;
} validate_fit;

enum { VALIDATE_MAX_STANDARD = 2 + CUXAS_VALIDATION_MAX_SOURCE };

/* What was found in one manner of comparing. */
typedef struct {
  bool                  is_made;
  validate_fit         *own; /* (n_compound) */
  cuxas_validation_row *row; /* (n_compound) */
} validate_table;

/* Where the candidates' spectra come from: a model, or simulations. */
typedef struct {
  char           name[CUXAS_SIMULATED_CODE_SIZE]; /* "model", "FEFF10" */
  cuxas_session *compounds;                       /* over the validation compounds */
  cuxas_session *all;                             /* and over further candidates, too; NULL: none */
  bool           ask_all;                         /* the table is of ranks among all, not among the compounds */
  bool           fit_hole;                        /* fit the core-hole fraction, whatever the question says */
  validate_table table[CUXAS_N_MANNER];
} validate_source;

enum { VALIDATE_MAX_LINE = CUXAS_VALIDATION_MAX_SOURCE * (CUXAS_N_MEASURE + 2) + 1 };

/* Why a compound cannot be asked for; "" when it can. */
typedef struct {
  char message[CUXAS_MESSAGE_SIZE];
  bool is_failure; /* not merely without a measured curve */
} validate_obstacle;

/* All zero to begin with, but for the options. */
typedef struct {
  cuxas_options                *options;
  cuxas_model                  *model;
  char                         *structures; /* folder of the bundled ones; NULL when one was named */
  bool                          smooth_is_given;
  cuxas_match_choice            choice; /* as the options say */
  cuxas_compounds               compounds;
  cuxas_preprocess_settings     raw;            /* smoothing as for a curve that nobody has smoothed */
  cuxas_match_settings          session;        /* of every session: as cuxas-match asks */
  cuxas_catalog                *structure_list; /* the compounds' */
  cuxas_catalog                *candidate_list; /* and further candidates; NULL: none are needed */
  cuxas_session                *wide;  /* over all of them, where there are more: every candidate is predicted once */
  cuxas_session                *asked; /* whose answers are judged; not owned */
  cuxas_measurement            *question; /* (n_compound) without a query where there is an obstacle */
  validate_obstacle            *obstacle; /* (n_compound) */
  char                        **standard; /* (n_compound) paths of the curves before --add; NULL: there was none */
  validate_source               source[CUXAS_VALIDATION_MAX_SOURCE];
  size_t                        n_source;           /* the model's always; the simulated spectra's when there are any */
  cuxas_companions              companions;         /* simulations; NULL without --simulate */
  char                          shortlist_name[32]; /* "best 10": the line of --simulate N */
  size_t                        n_line;
  cuxas_identification          line[VALIDATE_MAX_LINE]; /* (n_line) */
  size_t                        n_failure;
  cuxas_validation_case        *failure; /* (n_failure) */
  size_t                        n_standard;
  cuxas_identification_standard standard_line[VALIDATE_MAX_STANDARD]; /* (n_standard) */
  size_t                        n_answer;
  cuxas_answers_row            *answer; /* (n_answer) */
} validate_run;

/* validate_open() - model, compounds, questions and candidates as the options say; a question that cannot be posed is the
 * reason in its rows. Ends the program when --add names no compound. */
cuxas_status validate_open(validate_run *run, cuxas_error *err);

/* validate_close() - frees all but the options */
void validate_close(validate_run *run);

/* validate_prepare() - a measurement as the options say, but for the s of its smoothing; as cuxas_measurement_prepare() */
cuxas_status validate_prepare(const validate_run *run, const char *path, double smooth_eV,
                              cuxas_measurement *measurement, cuxas_error *err);

/* validate_settings() - how a source is compared with compound i in a manner: priors are centred on the mean of what the
 * other compounds need, once validate_judge() has found that */
cuxas_compare_settings validate_settings(const validate_run *run, const validate_source *source, cuxas_manner manner,
                                         size_t i);

/* validate_judge() - the rows of every source in one manner; what goes wrong with a compound stays in its row
 *
 * Nothing is done for CUXAS_MANNER_NO_HOLE where there is no fraction to fit. */
cuxas_status validate_judge(validate_run *run, cuxas_manner manner, cuxas_error *err);

/* validate_shortlist() - with --simulate N the line of the two stages: the N best by prediction of each question are
 * simulated; the right one has its place among these, or the one it has by prediction where it is not among them */
cuxas_status validate_shortlist(validate_run *run, const char *const *structure, cuxas_error *err);

/* validate_identify() - the lines of the table: every measure on the min-max scale, the MAE on the others too; and the
 * failures by score on the scale asked for */
cuxas_status validate_identify(validate_run *run, cuxas_error *err);

#define VALIDATE_COPY_NOISE 0.02   /* of the largest value */
#define VALIDATE_COPY_SHIFT_EV 0.7 /* to both sides */
#define VALIDATE_COPY_STEP_EV 0.25 /* between points */

/* validate_standards() - measured curves as candidates: the ceiling, what like compared with like can do
 *
 * Asked are the curves that --add brings for compounds that have one already, and copies of the standards themselves as an
 * electron microscope would have shown them: broadened by 1, 1.25 and 1.5 eV, 0.7 eV off, with noise. The copies are asked
 * among the predictions and simulations, too. */
cuxas_status validate_standards(validate_run *run, cuxas_error *err);

#define VALIDATE_SMOOTH_RAW_EV 0.2 /* of curves that are not bundled: those are smoothed already */

/* validate_is_drawn() - a page or a figure is asked for: wrong answers keep what they are drawn from */
bool validate_is_drawn(const validate_run *run);

/* validate_list_standards() - the folder of measured spectra; NULL where there is none: then none have a say */
cuxas_status validate_list_standards(const validate_run *run, cuxas_catalog **ret_list, cuxas_error *err);

/* validate_answers() - the answer of cuxas-match on every curve of the table, and on the others of the folder of spectra
 * whose names begin with the formula of a compound of the table; a curve that cannot be asked has the reason in its row */
cuxas_status validate_answers(validate_run *run, cuxas_error *err);

/* validate_nested() - ranks of the right structures among the compounds' with constants of the score and priors that the
 * other compounds choose, beside the usual ones, as a table; after validate_judge() in CUXAS_MANNER_ASKED */
cuxas_status validate_nested(const validate_run *run, FILE *out, cuxas_error *err);

#endif
