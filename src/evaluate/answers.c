/* answers.c - is the answer right, and is it as sure as it is right?
 *
 * Contents: 1. one curve  2. wrong answers  3. the constants  4. totals  5. text; as JSON they are in validation_text.c */
#include "evaluate/answers.h"
#include "base/text.h"

#include "base/memory.h"
#include "base/random.h"
#include "crystal/oxidation.h"
#include "evaluate/identification.h"
#include "match/hits.h"
#include "report/answer.h"
#include "report/match_figure.h"
#include "report/result.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double TEMPERATURE[] = {2.0, 3.0, CUXAS_ANSWER_TEMPERATURE, 6.0};
static const double SIMULATION[]  = {CUXAS_ANSWER_SIMULATION, 0.5, 0.75};
enum { N_TEMPERATURE = sizeof TEMPERATURE / sizeof *TEMPERATURE, USUAL = 2, N_DRAW = 1000 };

cuxas_answers_trial cuxas_answers_trial_of(size_t i)
{
  return (cuxas_answers_trial){TEMPERATURE[i % N_TEMPERATURE], SIMULATION[i / N_TEMPERATURE]};
}

/* 1. one curve */

/* The answer is asked again and again of the same rankings. */
typedef struct {
  const cuxas_hits *hits;
  const cuxas_hit  *right;
  cuxas_witnesses   from;
  double            onset_eV;
  cuxas_axis        axis;
  double            flattened;
  double           *probability; /* (n_hit) as the next */
  bool             *is_in_group, *is_left_out;
  cuxas_place      *place; /* (n_hit) */

  cuxas_composition_filter filter; /* as far as elements are known */
} inquiry;

static bool is_theory(cuxas_asked asked)
{
  return asked == CUXAS_ASKED_ALL_THEORY || asked == CUXAS_ASKED_ELEMENTS_THEORY;
}

/* keeps_standards: of candidates that are left out. */
static cuxas_status ask(inquiry *all, bool has_standards, bool keeps_standards, size_t i_trial,
                        cuxas_answer *ret_answer, cuxas_error *err)
{
  cuxas_answer_context context = cuxas_answer_context_of(all->onset_eV, all->axis);
  cuxas_witnesses      from    = all->from;
  context.opt_filter           = &all->filter;
  context.temperature          = cuxas_answers_trial_of(i_trial).temperature;
  context.simulation           = cuxas_answers_trial_of(i_trial).simulation;
  context.keeps_standards      = keeps_standards;
  context.flattened            = all->flattened;
  if (!has_standards) from.opt_standards = NULL;
  return cuxas_answer_without(&from, all->is_left_out, &context, all->probability, all->is_in_group, ret_answer, err);
}

/* By compounds: the right one is every candidate of its formula. Returns the index of the first one's most probable candidate. */
static size_t describe(const inquiry *all, const cuxas_answer *answer, cuxas_answered *ret_said)
{
  const size_t n = all->hits->n_hit;
  for (size_t i = 0; i < n; i++) all->place[i] = (cuxas_place){all->probability[i], i, all->hits->hit[i].formula};
  const size_t n_compound = cuxas_places_join(all->place, n);
  size_t       i_right    = 0;
  while (strcmp(all->place[i_right].formula, all->right->formula) != 0) i_right++; /* it is a hit */
  const cuxas_place *right = &all->place[i_right], *first = &all->place[0];
  *ret_said = (cuxas_answered){.kind              = answer->kind,
                               .n_group           = answer->n_group,
                               .is_in_group       = all->is_in_group[right->index],
                               .probability       = right->probability,
                               .first_probability = first->probability,
                               .none              = answer->none};
  for (size_t i = 0; i < n_compound; i++) {
    ret_said->n_compound += all->place[i].probability > 0.0;
    ret_said->rank += all->place[i].probability >= right->probability;
  }
  snprintf(ret_said->first, sizeof ret_said->first, "%s", all->hits->hit[first->index].name);
  return first->index;
}

static bool is_by_elements(cuxas_asked asked)
{
  return asked == CUXAS_ASKED_ELEMENTS || asked == CUXAS_ASKED_ELEMENTS_THEORY;
}

/* Those of other elements where these are known; is_absent: those of the right one's formula, too. */
static void leave_out(inquiry *all, cuxas_asked asked, bool is_absent)
{
  all->filter = (cuxas_composition_filter){.is_limited = is_by_elements(asked)};
  cuxas_formula_elements(all->right->formula, &all->filter.allowed);
  for (size_t i = 0; i < all->hits->n_hit; i++) {
    const cuxas_hit *hit      = &all->hits->hit[i];
    const bool       is_among = cuxas_identification_is_among(hit, all->right, NULL, 0, CUXAS_AMONG_ELEMENTS);
    all->is_left_out[i] =
        (is_by_elements(asked) && !is_among) || (is_absent && strcmp(hit->formula, all->right->formula) == 0);
  }
}

static cuxas_status ask_compound(inquiry *all, cuxas_asked asked, cuxas_answers_row *io, cuxas_error *err)
{
  cuxas_answer answer;
  leave_out(all, asked, false);
  cuxas_status status = ask(all, !is_theory(asked), true, USUAL, &answer, err);
  if (status == CUXAS_OK) describe(all, &answer, &io->said[asked]);
  for (size_t k = 0; k < CUXAS_ANSWERS_N_TRIAL && status == CUXAS_OK; k++) {
    status = ask(all, !is_theory(asked), true, k, &answer, err);
    if (status == CUXAS_OK) describe(all, &answer, &io->tried[asked][k]);
  }
  leave_out(all, asked, true);
  if (status == CUXAS_OK) status = ask(all, !is_theory(asked), false, USUAL, &answer, err);
  if (status != CUXAS_OK) return status;
  describe(all, &answer, &io->without[asked]);
  io->without[asked].rank = 0;
  return CUXAS_OK;
}

static cuxas_property_found find_best(const double *said, const double *right, size_t n)
{
  size_t best = 0;
  for (size_t k = 1; k < n; k++)
    if (said[k] > said[best]) best = k;
  return (cuxas_property_found){best, said[best], said[best] > 0.0 && right[best] > 0.0};
}

static cuxas_status ask_surroundings(inquiry *all, cuxas_absent absent, cuxas_answers_row *io, cuxas_error *err)
{
  const bool                     by_family     = absent == CUXAS_ABSENT_FAMILY || absent == CUXAS_ABSENT_FAMILY_THEORY;
  const bool                     has_standards = absent == CUXAS_ABSENT_COMPOUND || absent == CUXAS_ABSENT_FAMILY;
  const cuxas_site_surroundings *right         = all->right->surroundings;
  cuxas_answer                   answer;
  all->filter = (cuxas_composition_filter){.is_limited = false};
  for (size_t i = 0; i < all->hits->n_hit; i++) {
    const cuxas_hit *hit = &all->hits->hit[i];
    all->is_left_out[i] =
        strcmp(hit->formula, all->right->formula) == 0 || (by_family && cuxas_answer_is_relative(hit, all->right));
  }
  const cuxas_status status = ask(all, has_standards, false, USUAL, &answer, err);
  if (status != CUXAS_OK) return status;
  const cuxas_surroundings *said          = &answer.surroundings;
  io->found[absent][CUXAS_PROPERTY_STATE] = find_best(said->state, right->state, CUXAS_N_STATE);
  io->found[absent][CUXAS_PROPERTY_COORDINATION] =
      find_best(said->coordination, right->coordination, CUXAS_MAX_COORDINATION + 1);
  io->found[absent][CUXAS_PROPERTY_LIGAND] = find_best(said->ligand, right->ligand, CUXAS_N_LIGANDS);
  return CUXAS_OK;
}

/* To be ended by end_inquiry() in any case. */
static cuxas_status begin_inquiry(const cuxas_result *result, const char *right, cuxas_axis axis, inquiry *ret_all,
                                  cuxas_error *err)
{
  const cuxas_onset *onset = &result->measurement.query->onset[0];
  const size_t       n     = result->hits->n_hit;
  *ret_all =
      (inquiry){.hits  = result->hits,
                .right = cuxas_identification_find(result->hits, right, CUXAS_CANDIDATE_STRUCTURE),
                .from  = {result->hits, result->shortlist != NULL ? result->shortlist->hits : NULL, result->standards},
                .onset_eV  = onset->found ? onset->energy_eV : NAN,
                .axis      = cuxas_answer_axis(&result->shape, axis),
                .flattened = cuxas_measurement_flattened(&result->measurement, &result->shape, axis)};
  if ((ret_all->probability = cuxas_new(err, n, sizeof *ret_all->probability)) == NULL ||
      (ret_all->is_in_group = cuxas_new(err, n, sizeof *ret_all->is_in_group)) == NULL ||
      (ret_all->is_left_out = cuxas_new(err, n, sizeof *ret_all->is_left_out)) == NULL ||
      (ret_all->place = cuxas_new(err, n, sizeof *ret_all->place)) == NULL)
    return CUXAS_ENOMEM;
  return CUXAS_OK;
}

static void end_inquiry(inquiry *all)
{
  free(all->place);
  free(all->is_left_out);
  free(all->is_in_group);
  free(all->probability);
}

cuxas_status cuxas_answers_judge(const cuxas_result *result, const char *right, cuxas_axis axis, cuxas_answers_row *io,
                                 cuxas_error *err)
{
  inquiry      all;
  cuxas_status status = begin_inquiry(result, right, axis, &all, err);
  if (status != CUXAS_OK) goto done;
  if (all.right == NULL || all.right->surroundings == NULL) {
    snprintf(io->reason, sizeof io->reason, "%.60s is not among the candidates", right);
    goto done;
  }
  for (int k = 0; k < CUXAS_N_ASKED && status == CUXAS_OK; k++) status = ask_compound(&all, (cuxas_asked)k, io, err);
  for (int k = 0; k < CUXAS_N_ABSENT && status == CUXAS_OK; k++)
    status = ask_surroundings(&all, (cuxas_absent)k, io, err);
done:
  end_inquiry(&all);
  return status;
}

/* 2. wrong answers */

static bool is_wrong(const cuxas_answers_row *row, cuxas_asked asked, bool is_absent)
{
  if (row->reason[0] != '\0') return false;
  return is_absent ? row->without[asked].kind == CUXAS_ANSWER_COMPOUND : row->said[asked].rank > 1;
}

size_t cuxas_answers_count_wrong(const cuxas_answers_row *row)
{
  size_t n = 0;
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
    n += (size_t)is_wrong(row, (cuxas_asked)asked, false) + (size_t)is_wrong(row, (cuxas_asked)asked, true);
  return n;
}

/* A report of the candidates and standards that have a say, as if there were no others; hits are borrowed. */
typedef struct {
  cuxas_hits   hits, standards;
  cuxas_answer answer;
  cuxas_report report;
} partial_report;

static void end_partial(partial_report *part)
{
  free(part->standards.hit);
  free(part->hits.hit);
}

/* Is it of a candidate that is left out? */
static bool is_standard_out(const inquiry *all, const cuxas_hit *standard)
{
  char formula[CUXAS_FORMULA_SIZE];
  if (!cuxas_formula_read(standard->name, formula)) return false;
  for (size_t i = 0; i < all->hits->n_hit; i++)
    if (all->is_left_out[i] && strcmp(all->hits->hit[i].formula, formula) == 0) return true;
  return false;
}

/* To be ended by end_partial() in any case. */
static cuxas_status begin_partial(const inquiry *all, const cuxas_result *result, cuxas_asked asked, bool is_absent,
                                  const cuxas_answer *answer, partial_report *ret_part, cuxas_error *err)
{
  const cuxas_hits *standards = is_theory(asked) ? NULL : all->from.opt_standards;
  *ret_part                   = (partial_report){.answer = *answer};
  if ((ret_part->hits.hit = cuxas_new(err, all->hits->n_hit, sizeof *ret_part->hits.hit)) == NULL) return CUXAS_ENOMEM;
  for (size_t k = 0; k < answer->n_compound; k++)
    for (size_t i = 0; i < answer->compound[k]; i++) ret_part->answer.compound[k] -= all->is_left_out[i];
  for (size_t i = 0; i < all->hits->n_hit; i++) {
    if (all->is_left_out[i]) continue;
    cuxas_hit *hit   = &ret_part->hits.hit[ret_part->hits.n_hit++];
    *hit             = all->hits->hit[i];
    hit->support     = all->probability[i];
    hit->is_in_group = all->is_in_group[i];
  }
  if (is_by_elements(asked)) ret_part->hits.n_filtered = all->hits->n_hit - ret_part->hits.n_hit;
  cuxas_report_of(result, &ret_part->report);
  ret_part->report.hits              = &ret_part->hits;
  ret_part->report.answer            = &ret_part->answer;
  ret_part->report.standards         = standards != NULL ? &ret_part->standards : NULL;
  ret_part->report.standards_mixture = NULL;
  if (standards == NULL) return CUXAS_OK;
  if ((ret_part->standards.hit = cuxas_new(err, standards->n_hit, sizeof *standards->hit)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < standards->n_hit; i++)
    if (!is_absent || !is_standard_out(all, &standards->hit[i]))
      ret_part->standards.hit[ret_part->standards.n_hit++] = standards->hit[i];
  return CUXAS_OK;
}

/* A measured spectrum of the candidate's compound, or of one of its structure type. */
static bool speaks_for(const inquiry *all, const cuxas_hit *standard, const cuxas_hit *hit)
{
  char formula[CUXAS_FORMULA_SIZE];
  if (!cuxas_formula_read(standard->name, formula)) return false;
  if (strcmp(formula, hit->formula) == 0) return true;
  for (size_t i = 0; i < all->hits->n_hit; i++)
    if (strcmp(all->hits->hit[i].formula, formula) == 0 && cuxas_answer_is_relative(&all->hits->hit[i], hit))
      return true;
  return false;
}

/* What spoke for the first one beside its prediction; NULL: nothing whose curve is at hand. */
static const cuxas_hit *find_witness(const inquiry *all, const partial_report *part, const cuxas_hit *first)
{
  const cuxas_hit *best = NULL;
  for (size_t i = 0; i < part->standards.n_hit; i++) {
    const cuxas_hit *standard = &part->standards.hit[i];
    if (standard->is_query || standard->shifted == NULL || !cuxas_answer_agrees(standard->comparison.score) ||
        !speaks_for(all, standard, first))
      continue;
    if (best == NULL || standard->comparison.score > best->comparison.score) best = standard;
  }
  const cuxas_hit *simulated = cuxas_answer_simulated_of(&part->report, first);
  if (best != NULL || simulated == NULL || simulated->shifted == NULL) return best;
  return simulated->comparison.score > first->comparison.score ? simulated : NULL;
}

/* A copy of the curve that a hit of this label has; *ret_mu NULL: it has none. */
static cuxas_status copy_curve(const cuxas_hits *hits, const char *label, size_t n, double **ret_mu, cuxas_error *err)
{
  size_t i = 0;
  *ret_mu  = NULL;
  while (i < hits->n_hit && strcmp(hits->hit[i].label, label) != 0) i++;
  if (i == hits->n_hit || hits->hit[i].shifted == NULL) return CUXAS_OK;
  if ((*ret_mu = cuxas_new(err, n, sizeof **ret_mu)) == NULL) return CUXAS_ENOMEM;
  memcpy(*ret_mu, hits->hit[i].shifted, n * sizeof **ret_mu);
  return CUXAS_OK;
}

static cuxas_status fill_failure(const inquiry *all, const cuxas_hits *drawn, const partial_report *part,
                                 const cuxas_hit *first, cuxas_answers_failure *io, cuxas_error *err)
{
  const cuxas_hit *witness = find_witness(all, part, first);
  const size_t     n       = part->report.query->grid.n_energy;
  cuxas_status     status;
  io->grid = part->report.query->grid;
  cuxas_answer_sentence(&part->report, io->sentence);
  if ((io->measured = cuxas_new(err, n, sizeof *io->measured)) == NULL) return CUXAS_ENOMEM;
  cuxas_report_scale_measured(&part->report, io->measured);
  if ((status = copy_curve(drawn, all->right->label, n, &io->opt_right_mu, err)) != CUXAS_OK ||
      (status = copy_curve(drawn, first->label, n, &io->opt_first_mu, err)) != CUXAS_OK || witness == NULL)
    return status;
  snprintf(io->witness, sizeof io->witness, "%.63s, %s", witness->name,
           witness->kind == CUXAS_CANDIDATE_SPECTRUM ? "measured" : "simulated");
  return copy_curve(witness->kind == CUXAS_CANDIDATE_SPECTRUM ? &part->standards : all->from.opt_simulated,
                    witness->label, n, &io->opt_witness_mu, err);
}

cuxas_status cuxas_answers_draw(const cuxas_result *result, const cuxas_hits *drawn, const char *right, cuxas_axis axis,
                                cuxas_answers_row *io, cuxas_error *err)
{
  const size_t n_wrong = cuxas_answers_count_wrong(io);
  inquiry      all;
  if (n_wrong == 0) return CUXAS_OK;
  cuxas_status status = begin_inquiry(result, right, axis, &all, err);
  if (status == CUXAS_OK && (io->failure = cuxas_new(err, n_wrong, sizeof *io->failure)) == NULL) status = CUXAS_ENOMEM;
  for (int k = 0; k < 2 * CUXAS_N_ASKED && status == CUXAS_OK; k++) {
    const cuxas_asked asked     = (cuxas_asked)(k / 2);
    const bool        is_absent = k % 2 == 1;
    partial_report    part;
    cuxas_answer      answer;
    if (!is_wrong(io, asked, is_absent)) continue;
    cuxas_answers_failure *failure = &io->failure[io->n_failure++];
    *failure                       = (cuxas_answers_failure){.asked = asked, .is_absent = is_absent};
    leave_out(&all, asked, is_absent);
    if ((status = ask(&all, !is_theory(asked), !is_absent, USUAL, &answer, err)) != CUXAS_OK) break;
    const size_t first = describe(&all, &answer, &failure->said);
    status             = begin_partial(&all, result, asked, is_absent, &answer, &part, err);
    if (status == CUXAS_OK) status = fill_failure(&all, drawn, &part, &all.hits->hit[first], failure, err);
    end_partial(&part);
  }
  end_inquiry(&all);
  return status;
}

void cuxas_answers_free(cuxas_answers_row *row, size_t n_row)
{
  for (size_t i = 0; row != NULL && i < n_row; i++) {
    for (size_t k = 0; k < row[i].n_failure; k++) {
      free(row[i].failure[k].measured);
      free(row[i].failure[k].opt_right_mu);
      free(row[i].failure[k].opt_first_mu);
      free(row[i].failure[k].opt_witness_mu);
    }
    free(row[i].failure);
  }
  free(row);
}

/* 3. the constants */

/* Every compound counts as much, however many curves it has. */
static double weight_of(const cuxas_answers_row *row, size_t n_row, size_t i)
{
  size_t n = 0;
  for (size_t k = 0; k < n_row; k++) n += row[k].reason[0] == '\0' && strcmp(row[k].compound, row[i].compound) == 0;
  return 1.0 / (double)n;
}

/* The trial by which all compounds but this one are answered best; NULL: all of them. */
static size_t choose(const cuxas_answers_row *row, size_t n_row, const char *opt_compound, int asked)
{
  double best   = -INFINITY;
  size_t chosen = USUAL;
  for (size_t t = 0; t < CUXAS_ANSWERS_N_TRIAL; t++) {
    double sum     = 0.0;
    size_t n_other = 0;
    for (size_t k = 0; k < n_row; k++)
      if (row[k].reason[0] == '\0' && (opt_compound == NULL || strcmp(row[k].compound, opt_compound) != 0)) {
        sum += weight_of(row, n_row, k) * log(row[k].tried[asked][t].probability);
        n_other++;
      }
    if (n_other == 0 || sum <= best) continue;
    best   = sum;
    chosen = t;
  }
  return chosen;
}

void cuxas_answers_choose(cuxas_answers_row *row, size_t n_row)
{
  for (size_t i = 0; i < n_row; i++)
    for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
      row[i].chosen[asked] = choose(row, n_row, row[i].compound, asked);
}

/* 4. totals */

static int by_size(const void *a, const void *b)
{
  const double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static const cuxas_answered *said_of(const cuxas_answers_row *row, cuxas_asked asked, bool nested)
{
  return nested ? &row->tried[asked][row->chosen[asked]] : &row->said[asked];
}

/* Compounds are drawn with replacement, with all their curves, each as often as its curves count in the mean. */
static void bootstrap(const cuxas_answers_row *row, size_t n_row, cuxas_asked asked, bool nested,
                      cuxas_answers_total *io)
{
  double   mean[N_DRAW];
  uint64_t state = 1;
  for (size_t k = 0; k < N_DRAW; k++) {
    double sum = 0.0, n = 0.0;
    for (size_t draw = 0; draw < n_row; draw++) {
      const cuxas_answers_row *drawn = &row[(size_t)(random_uniform(&state) * (double)n_row)];
      if (drawn->reason[0] != '\0') continue;
      const double weight = weight_of(row, n_row, (size_t)(drawn - row)); /* one of two curves is drawn as often */
      for (size_t i = 0; i < n_row; i++) {
        if (row[i].reason[0] != '\0' || strcmp(row[i].compound, drawn->compound) != 0) continue;
        const cuxas_answered *said = said_of(&row[i], asked, nested);
        sum += weight * log(said->probability * (double)said->n_compound);
        n += weight;
      }
    }
    mean[k] = n > 0.0 ? sum / n : 0.0;
  }
  qsort(mean, N_DRAW, sizeof *mean, by_size);
  io->gain_low  = mean[N_DRAW / 20];
  io->gain_high = mean[N_DRAW - 1 - N_DRAW / 20];
}

cuxas_answers_total cuxas_answers_add_up(const cuxas_answers_row *row, size_t n_row, cuxas_asked asked, bool nested)
{
  cuxas_answers_total total = {0};
  for (size_t i = 0; i < n_row; i++) {
    const cuxas_answered *said = said_of(&row[i], asked, nested);
    if (row[i].reason[0] != '\0') continue;
    total.n_claimed += row[i].without[asked].kind == CUXAS_ANSWER_COMPOUND;
    total.none += log(row[i].without[asked].n_compound > 0 ? row[i].without[asked].none : 1.0);
    total.absent = fmax(total.absent, row[i].without[asked].first_probability);
    total.n++;
    total.n_first += said->rank == 1;
    total.n_top3 += said->rank <= 3;
    total.n_covered += said->is_in_group;
    total.group += (double)said->n_group;
    total.gain += log(said->probability * (double)said->n_compound);
    if (said->rank > 1) total.wrong = fmax(total.wrong, said->first_probability);
  }
  bootstrap(row, n_row, asked, nested, &total);
  return total;
}

size_t cuxas_answers_count_right(const cuxas_answers_row *row, size_t n_row, cuxas_absent absent,
                                 cuxas_property property)
{
  size_t n = 0;
  for (size_t i = 0; i < n_row; i++) n += row[i].reason[0] == '\0' && row[i].found[absent][property].is_right;
  return n;
}

enum { N_BIN = 3 };
static const double BIN[N_BIN + 1] = {0.0, 0.8, 0.95, 1.0};

/* How sure of the state, and how often right, over all libraries with something absent. */
typedef struct {
  size_t n, n_right;
  double said; /* sum */
} reliability;

static reliability count_bin(const cuxas_answers_row *row, size_t n_row, size_t i_bin)
{
  reliability bin = {0};
  for (size_t i = 0; i < n_row; i++)
    for (int absent = 0; absent < CUXAS_N_ABSENT && row[i].reason[0] == '\0'; absent++) {
      const cuxas_property_found *found    = &row[i].found[absent][CUXAS_PROPERTY_STATE];
      const bool                  is_above = found->probability >= BIN[i_bin], is_last = i_bin + 1 == N_BIN;
      if (!is_above || (!is_last && found->probability >= BIN[i_bin + 1])) continue;
      bin.n++;
      bin.n_right += found->is_right;
      bin.said += found->probability;
    }
  return bin;
}

/* 5. text */

static const char *const ASKED[CUXAS_N_ASKED]   = {"whole library", "elements known", "whole library, no standards",
                                                   "elements known, no standards"};
static const char *const ABSENT[CUXAS_N_ABSENT] = {"compound absent", "and its family", "compound absent, no standards",
                                                   "and its family, no standards"};
const char              *cuxas_answers_absent_name(cuxas_absent absent)
{
  return ABSENT[absent];
}

const char *cuxas_answers_asked_name(cuxas_asked asked)
{
  return ASKED[asked];
}

void cuxas_answers_value(cuxas_property property, size_t value, char text[CUXAS_ANSWERS_VALUE_SIZE])
{
  if (property == CUXAS_PROPERTY_STATE)
    snprintf(text, CUXAS_ANSWERS_VALUE_SIZE, "%s", cuxas_state_name((int)value));
  else if (property == CUXAS_PROPERTY_COORDINATION)
    snprintf(text, CUXAS_ANSWERS_VALUE_SIZE, "%zu", value);
  else
    snprintf(text, CUXAS_ANSWERS_VALUE_SIZE, "%s", cuxas_ligand_class_name((cuxas_ligand_class)value));
}

static void write_found(const cuxas_property_found found[CUXAS_N_PROPERTY], FILE *out)
{
  static const int WIDTH[CUXAS_N_PROPERTY] = {6, 2, 12};
  for (int k = 0; k < CUXAS_N_PROPERTY; k++) {
    char value[CUXAS_ANSWERS_VALUE_SIZE];
    cuxas_answers_value((cuxas_property)k, found[k].value, value);
    fprintf(out, "  %-*s %4.2f%s", WIDTH[k], value, found[k].probability, found[k].is_right ? " " : "!");
  }
}

static void write_row(const cuxas_answers_row *row, FILE *out)
{
  const cuxas_answered *said = row->said;
  cuxas_text_put_cell(out, row->name, 8);
  if (row->reason[0] != '\0') {
    fprintf(out, "  %s\n", row->reason);
    return;
  }
  fprintf(out, " %-12s %5.2f %3zu %4zu%s", cuxas_answer_kind_name(said->kind), said->probability, said->rank,
          said->n_group, said->is_in_group ? " " : "!");
  for (int k = CUXAS_ASKED_ELEMENTS; k <= CUXAS_ASKED_ALL_THEORY; k++)
    fprintf(out, " %4.2f %3zu", said[k].probability, said[k].rank);
  write_found(row->found[CUXAS_ABSENT_COMPOUND], out);
  putc('\n', out);
}

static void write_total(const char *name, const cuxas_answers_total *total, FILE *out)
{
  const double n = (double)total->n;
  fprintf(out, "%-39s %5zu %5zu %8zu %5.0f %5.2f [%5.2f %5.2f]", name, total->n_first, total->n_top3, total->n_covered,
          total->group / n, total->gain / n, total->gain_low, total->gain_high);
  if (total->wrong > 0.0)
    fprintf(out, " %5.2f\n", total->wrong);
  else
    fprintf(out, " %5s\n", "-");
}

/* What is claimed where the right compound cannot be; and which constants all curves together choose. */
static void write_absent(const cuxas_answers_row *row, size_t n_row, size_t n, FILE *out)
{
  fprintf(
      out,
      "\nof %-2zu curves, right one taken out  one claimed  largest probability  ln p none  constants chosen by all\n",
      n);
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++) {
    const cuxas_answers_total total = cuxas_answers_add_up(row, n_row, (cuxas_asked)asked, false);
    const cuxas_answers_trial best  = cuxas_answers_trial_of(choose(row, n_row, NULL, asked));
    fprintf(out, "%-34s %12zu %20.2f %10.2f  T %.0f, simulations %.2f\n", ASKED[asked], total.n_claimed, total.absent,
            total.none / (double)n, best.temperature, best.simulation);
  }
}

static void write_totals(const cuxas_answers_row *row, size_t n_row, size_t n, FILE *out)
{
  fprintf(out, "\nof %-2zu curves, right compound              first top 3 in group  size ln p gain           wrong\n",
          n);
  for (int asked = 0; asked < CUXAS_N_ASKED; asked++)
    for (int nested = 0; nested < 2; nested++) {
      const cuxas_answers_total total = cuxas_answers_add_up(row, n_row, (cuxas_asked)asked, nested == 1);
      write_total(nested == 1 ? "  constants chosen by other compounds" : ASKED[asked], &total, out);
    }
  write_absent(row, n_row, n, out);
  fprintf(out, "\nof %-2zu curves, right surroundings           state  coordination  ligands\n", n);
  for (int k = 0; k < CUXAS_N_ABSENT; k++)
    fprintf(out, "%-40s %5zu %13zu %8zu\n", ABSENT[k],
            cuxas_answers_count_right(row, n_row, (cuxas_absent)k, CUXAS_PROPERTY_STATE),
            cuxas_answers_count_right(row, n_row, (cuxas_absent)k, CUXAS_PROPERTY_COORDINATION),
            cuxas_answers_count_right(row, n_row, (cuxas_absent)k, CUXAS_PROPERTY_LIGAND));
  fputs("state: said, right\n", out);
  for (size_t k = 0; k < N_BIN; k++) {
    const reliability bin = count_bin(row, n_row, k);
    if (bin.n > 0)
      fprintf(out, "  said %.2f ... %.2f %24.3f, %zu of %zu\n", BIN[k], BIN[k + 1], bin.said / (double)bin.n,
              bin.n_right, bin.n);
  }
}

void cuxas_answers_write_text(const cuxas_answers_row *row, size_t n_row, FILE *out)
{
  size_t n = 0;
  for (size_t i = 0; i < n_row; i++) n += row[i].reason[0] == '\0';
  if (n_row == 0) return;
  const cuxas_locale locale = cuxas_locale_begin();
  fputs("\nAnswer   whole library                elements theory    compound absent from the library\n"
        "curve    kind         right   # group right  # right  #  state         coord.    ligands\n",
        out);
  for (size_t i = 0; i < n_row; i++) write_row(&row[i], out);
  if (n > 0) write_totals(row, n_row, n, out);
  cuxas_text_put_wrapped(
      out, "",
      "right: probability of the right compound, which is every candidate of its formula; #: its rank among compounds; "
      "group: candidates that hold 90 %, ! without the right one; "
      "elements: candidates without other elements than the right one's; theory: whole library without measured "
      "standards, which are never the curve's own file; !: not what copper of the compound has; ln p gain: mean of ln "
      "(probability times compounds), [90 % of draws of the compounds]; wrong: the largest probability of a wrong "
      "compound; taken out: with its standards, so that every compound named is wrong; ln p none: mean of ln "
      "(probability of none of the candidates) there; said, right: over the four "
      "libraries with something absent");
  cuxas_locale_end(locale);
}
