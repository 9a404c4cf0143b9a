/* answers.h - is the answer (match/answer.h) right, and is it as sure as it is right? On curves whose compounds are known */
#ifndef CUXAS_ANSWERS_H
#define CUXAS_ANSWERS_H
#include "match/session.h"
#include "report/answer.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Among which candidates, and whether measured standards have a say. */
typedef enum {
  CUXAS_ASKED_ALL,
  CUXAS_ASKED_ELEMENTS, /* those that hold no other element than the right one */
  CUXAS_ASKED_ALL_THEORY,
  CUXAS_ASKED_ELEMENTS_THEORY, /* likewise, without standards */
  CUXAS_N_ASKED
} cuxas_asked;

/* What is taken out of the library when surroundings are asked for. */
typedef enum {
  CUXAS_ABSENT_COMPOUND, /* all candidates of the right one's formula */
  CUXAS_ABSENT_FAMILY,   /* and its relatives (cuxas_answer_is_relative()) */
  CUXAS_ABSENT_COMPOUND_THEORY,
  CUXAS_ABSENT_FAMILY_THEORY, /* likewise, without standards */
  CUXAS_N_ABSENT
} cuxas_absent;

typedef enum {
  CUXAS_PROPERTY_STATE,
  CUXAS_PROPERTY_COORDINATION,
  CUXAS_PROPERTY_LIGAND,
  CUXAS_N_PROPERTY
} cuxas_property;

enum { CUXAS_ANSWERS_N_TRIAL = 12, CUXAS_ANSWERS_NAME_SIZE = 64 };

/* Constants of the answer. */
typedef struct {
  double temperature, simulation;
} cuxas_answers_trial;

/* cuxas_answers_trial_of() - those that are tried in place of CUXAS_ANSWER_TEMPERATURE and CUXAS_ANSWER_SIMULATION: 2, 3, 4, 6, with
 * 0.25, 0.5, 0.75 */
cuxas_answers_trial cuxas_answers_trial_of(size_t i);

/* What was said of the right compound: all candidates of its formula. */
typedef struct {
  cuxas_answer_kind kind;
  size_t            n_compound, rank; /* 1 ...; equal ones count against it */
  size_t            n_group;
  bool              is_in_group;
  double            probability, first_probability; /* sums over the candidates of a formula */
  double            none;                           /* probability of none of the candidates */
  char              first[CUXAS_ANSWERS_NAME_SIZE]; /* its most probable candidate */
} cuxas_answered;

/* The most probable value of a property, and whether copper of the right compound has it (in part is enough). */
typedef struct {
  size_t value;
  double probability;
  bool   is_right;
} cuxas_property_found;

/* A wrong answer, and what it is drawn from: curves as compared, owned. */
typedef struct {
  cuxas_asked    asked;
  bool           is_absent; /* the right one was taken out, and a compound was claimed all the same */
  cuxas_answered said;
  char           sentence[CUXAS_ANSWER_SENTENCE_SIZE];  /* of the answer, as reports have it */
  char           witness[CUXAS_ANSWERS_NAME_SIZE + 16]; /* "CuO_TEY, measured"; "": the prediction alone */
  cuxas_grid     grid;
  double        *measured;       /* (n_energy) scaled, as the others */
  double        *opt_right_mu;   /* (n_energy) prediction of the right compound; NULL: not at hand, as of the others */
  double        *opt_first_mu;   /* (n_energy) of the one that came first: said.first */
  double        *opt_witness_mu; /* (n_energy) what spoke for that one beside its prediction */
} cuxas_answers_failure;

/* One measured curve. */
typedef struct {
  char           name[CUXAS_ANSWERS_NAME_SIZE], compound[CUXAS_ANSWERS_NAME_SIZE];
  char           reason[CUXAS_MESSAGE_SIZE]; /* why it was not asked; "": it was */
  cuxas_answered said[CUXAS_N_ASKED];
  cuxas_answered tried[CUXAS_N_ASKED][CUXAS_ANSWERS_N_TRIAL];
  size_t         chosen[CUXAS_N_ASKED]; /* of the trials, by the other compounds */
  cuxas_answered
      without[CUXAS_N_ASKED]; /* with the right compound and its standards taken out: rank and probability are 0 */
  cuxas_property_found   found[CUXAS_N_ABSENT][CUXAS_N_PROPERTY];
  size_t                 n_failure;
  cuxas_answers_failure *failure; /* (n_failure) of cuxas_answers_draw(), owned */
} cuxas_answers_row;

/* cuxas_answers_judge() - one result: everything of its row but names and `chosen`
 *
 *   right     name of the right candidate, a structure
 *   axis      of the measurement (cuxas_measurement_axis())
 *
 * A right candidate that is not among the hits is the row's reason. Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_answers_judge(const cuxas_result *result, const char *right, cuxas_axis axis, cuxas_answers_row *io,
                                 cuxas_error *err);

/* cuxas_answers_count_wrong() - answers in which the right compound is not first, and those that claim one compound where the
 * right one is taken out */
size_t cuxas_answers_count_wrong(const cuxas_answers_row *row);

/* cuxas_answers_draw() - `failure` of a row that was judged: its wrong answers, by library, with curves and sentences
 *
 *   result, right, axis  as judged
 *   drawn                the ranking of `result` with the curves of all candidates
 *
 * A witness is the best measured spectrum that agrees (CUXAS_ANSWER_STANDARD_SCORE), of the first one's compound or of its
 * structure type; else the first one's simulation, where it agrees better than the prediction.
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_answers_draw(const cuxas_result *result, const cuxas_hits *drawn, const char *right, cuxas_axis axis,
                                cuxas_answers_row *io, cuxas_error *err);

/* cuxas_answers_free() - the failures and the rows; accepts NULL */
void cuxas_answers_free(cuxas_answers_row *row, size_t n_row);

/* cuxas_answers_choose() - `chosen` of every row: the trial by which the mean of ln probability over the other compounds is
 * largest; without any the usual one */
void cuxas_answers_choose(cuxas_answers_row *row, size_t n_row);

/* Sums over the rows that were asked. */
typedef struct {
  size_t n, n_first, n_top3, n_covered;
  size_t n_claimed;           /* answers of one compound, with the right one taken out */
  double group, gain;         /* sums: of sizes of groups, of ln (probability times number of compounds) */
  double wrong;               /* the largest probability of a wrong first one; 0: none is wrong */
  double none;                /* sum of ln (probability of none of the candidates), with the right one taken out */
  double absent;              /* the largest probability of any compound, with the right one taken out */
  double gain_low, gain_high; /* between which the mean gain of nine in ten draws of the compounds lies */
} cuxas_answers_total;

/* cuxas_answers_add_up() - nested: with the constants chosen by the other compounds */
cuxas_answers_total cuxas_answers_add_up(const cuxas_answers_row *row, size_t n_row, cuxas_asked asked, bool nested);

/* cuxas_answers_count_right() - of how many rows a property was right with something absent */
size_t cuxas_answers_count_right(const cuxas_answers_row *row, size_t n_row, cuxas_absent absent,
                                 cuxas_property property);

enum { CUXAS_ANSWERS_VALUE_SIZE = 24 };

/* cuxas_answers_value() - "Cu(II)", "4", "oxide"; cuxas_answers_asked_name(), cuxas_answers_absent_name() - as the tables call
 * it; static */
void        cuxas_answers_value(cuxas_property property, size_t value, char text[CUXAS_ANSWERS_VALUE_SIZE]);
const char *cuxas_answers_asked_name(cuxas_asked asked);
const char *cuxas_answers_absent_name(cuxas_absent absent);

/* cuxas_answers_write_text() - the table, totals, and reliability of the state; cuxas_answers_json() - NULL: no memory, the
 * caller deletes it */
void   cuxas_answers_write_text(const cuxas_answers_row *row, size_t n_row, FILE *out);
cJSON *cuxas_answers_json(const cuxas_answers_row *row, size_t n_row);

#endif
