/* One answer from predictions, simulations and standards. */
#include "check.h"
#include "match/answer.h"
#include "match/hits.h"

#include <math.h>

enum { N = 40 };

static const cuxas_site_surroundings CU_I  = {.is_known     = true,
                                              .state        = {0, 1, 0},
                                              .coordination = {[2] = 1},
                                              .ligand       = {[CUXAS_LIGANDS_OXIDE] = 1},
                                              .distance_A   = 1.85};
static const cuxas_site_surroundings CU_II = {.is_known     = true,
                                              .state        = {0, 0, 1},
                                              .coordination = {[4] = 1},
                                              .ligand       = {[CUXAS_LIGANDS_OXIDE] = 1},
                                              .distance_A   = 1.95};

static double       probability[N];
static bool         is_in[N];
static cuxas_answer answer;

/* N candidates whose scores by prediction fall from 30 in steps of `step`, Cu(II) all. */
static void fill(cuxas_evidence *evidence, double step)
{
  for (size_t i = 0; i < N; i++) evidence[i] = (cuxas_evidence){30.0 - step * (double)i, NAN, NAN, NAN, &CU_II, 0};
}

static void find(const cuxas_evidence *evidence, double onset_eV)
{
  const cuxas_answer_context context = cuxas_answer_context_of(onset_eV, CUXAS_AXIS_ABSORPTION);
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  double sum = 0.0;
  for (size_t i = 0; i < N; i++) sum += probability[i];
  CHECK_NEAR(sum, 1.0 - answer.none, 1e-12);
}

static void test_equal_candidates_are_all_in_the_group(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  find(evidence, NAN);
  CHECK(answer.n_group == (size_t)(CUXAS_ANSWER_LEVEL * N));
  CHECK(is_in[0] && !is_in[N - 1]); /* equal ones by index */
  CHECK(answer.kind == CUXAS_ANSWER_SURROUNDINGS);
  CHECK_NEAR(answer.surroundings.state[2], 1.0, 1e-3); /* but for what is none of them */
}

static void test_best_by_far_is_the_compound_but_never_certain(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[7].prediction = 90.0;
  find(evidence, NAN);
  CHECK(answer.kind == CUXAS_ANSWER_COMPOUND && answer.n_compound == 1 && answer.compound[0] == 7);
  const double listed = 1.0 / (1.0 + CUXAS_ANSWER_UNLISTED); /* theory alone: another may agree as well */
  CHECK_NEAR(probability[7], listed * (1.0 - CUXAS_ANSWER_FAILURE + CUXAS_ANSWER_FAILURE / N), 1e-3);
  evidence[7].standard = 40.0;
  find(evidence, NAN);
  CHECK_NEAR(probability[7], 1.0 - CUXAS_ANSWER_FAILURE + CUXAS_ANSWER_FAILURE / N, 1e-3);
}

static void test_few_alike_are_a_shortlist(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  for (size_t i = 3; i < 6; i++) evidence[i].prediction = 70.0;
  find(evidence, NAN);
  CHECK(answer.kind == CUXAS_ANSWER_SHORTLIST);
  CHECK(answer.compound[0] == 3 && answer.compound[1] == 4 && answer.compound[2] == 5);
}

static void test_shortlist_names_nobody_improbable(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[7].prediction = 56.0; /* about two thirds; all others have a hundredth each */
  find(evidence, NAN);
  CHECK(probability[7] > CUXAS_ANSWER_SHORTLIST_LEVEL && probability[7] < CUXAS_ANSWER_COMPOUND_LEVEL);
  CHECK(answer.kind == CUXAS_ANSWER_SHORTLIST && answer.n_compound == 1 && answer.compound[0] == 7);
}

static void test_simulation_and_prediction_are_averaged_as_hypotheses(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[0].simulation = 30.0 + CUXAS_ANSWER_TEMPERATURE * log(3.0); /* weights 1 and 3, averaged */
  find(evidence, NAN);
  const double floor = (1.0 - answer.none) * CUXAS_ANSWER_FAILURE / N;
  CHECK_NEAR((probability[0] - floor) / (probability[1] - floor),
             3.0 * CUXAS_ANSWER_SIMULATION + (1.0 - CUXAS_ANSWER_SIMULATION), 1e-9);
}

static void test_agreeing_standard_beats_better_predictions(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[0].prediction = 37.0;
  evidence[1].prediction = 28.0;
  evidence[1].standard   = 30.0;
  find(evidence, NAN);
  CHECK(answer.kind == CUXAS_ANSWER_COMPOUND && answer.compound[0] == 1);
}

static void test_standard_that_does_not_agree_speaks_against_its_compound(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[0].standard = -1.0;
  find(evidence, NAN);
  CHECK(probability[0] < 0.2 * probability[1]);
}

static void test_relative_of_a_standard_is_lifted_less_than_its_own_compound(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[0].standard = 30.0;
  evidence[1].relative = 30.0;
  evidence[2].relative = -1.0;
  find(evidence, NAN);
  CHECK(probability[0] > probability[1] && probability[1] > 5.0 * probability[3]);
  CHECK_NEAR(probability[2], probability[3], 1e-12); /* what is unlike a relative is no evidence against */
}

static void test_weak_white_line_leaves_room_for_a_flattened_one_beside_a_standard(void)
{
  static const double  HEIGHT[] = {1.4, 1.75, 2.125, 2.5, 20.0, NAN}, PART[] = {1.0, 1.0, 0.5, 0.0, 0.0, 0.0};
  cuxas_edge_shape     shape   = {.n_edge = 1};
  cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_ABSORPTION);
  cuxas_evidence       evidence[N];
  for (size_t i = 0; i < sizeof HEIGHT / sizeof *HEIGHT; i++) {
    shape.edge[0].height.value = HEIGHT[i];
    CHECK_NEAR(cuxas_answer_flattened(&shape), PART[i] * CUXAS_ANSWER_FLATTENED, 1e-12);
  }
  CHECK(cuxas_answer_flattened(&(cuxas_edge_shape){.n_edge = 0}) == 0.0);
  fill(evidence, 1.0);
  evidence[3].standard = 40.0;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[3] > 0.8);
  context.flattened = CUXAS_ANSWER_FLATTENED;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.flattened == CUXAS_ANSWER_FLATTENED && answer.none > 0.23);
  CHECK(probability[3] > 0.65 && probability[3] < CUXAS_ANSWER_COMPOUND_LEVEL); /* named, but not claimed */
  evidence[3].standard = NAN; /* theory alone: what is not listed counts already */
  find(evidence, NAN);
  const double none = answer.none;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK_NEAR(answer.none, none, 1e-12);
}

static void test_candidates_of_one_formula_are_one_compound(void)
{
  const char          *formula[N];
  cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_ABSORPTION);
  cuxas_evidence       evidence[N];
  fill(evidence, 0.0);
  for (size_t i = 0; i < N; i++) {
    formula[i]             = "";
    evidence[i].prediction = i >= 4 && i < 7 ? 60.0 : 20.0;
  }
  context.opt_formula = formula;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_SHORTLIST && answer.n_compound == 3 && answer.compound[0] == 4);
  formula[4] = formula[5] = formula[6] = "CuO";
  evidence[5].prediction               = 60.5;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_COMPOUND && answer.n_compound == 1 && answer.compound[0] == 5);
  CHECK(probability[4] < 0.5 && probability[5] < 0.5); /* each has its own */
  for (size_t i = 0; i < N; i++) formula[i] = "CuO";
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_CANDIDATE && answer.n_compound == 1); /* nothing to choose from */
}

static void test_noise_that_hides_the_onset_makes_its_axis_noisy(void)
{
  cuxas_edge_shape shape = {.n_edge = 1};
  CHECK(cuxas_answer_axis(&shape, CUXAS_AXIS_CALIBRATED) == CUXAS_AXIS_CALIBRATED);
  shape.edge[0].onset_eV.sd = CUXAS_ONSET_NOISY_EV;
  CHECK(cuxas_answer_axis(&shape, CUXAS_AXIS_CALIBRATED) == CUXAS_AXIS_NOISY);
  shape.edge[0].onset_eV.sd = NAN; /* not known */
  CHECK(cuxas_answer_axis(&shape, CUXAS_AXIS_EELS) == CUXAS_AXIS_EELS);
}

static void test_candidates_of_one_formula_share_what_one_alone_has(void)
{
  cuxas_evidence       evidence[N];
  const char          *formula[N];
  cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_ABSORPTION);
  fill(evidence, 0.0);
  for (size_t i = 0; i < N; i++) formula[i] = i < 10 ? "CuO" : i == 10 ? "CuF2" : "";
  context.opt_formula = formula;
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK_NEAR(10.0 * probability[0], probability[10], 1e-12); /* ten alike are no more than one */
  CHECK_NEAR(probability[10], probability[11], 1e-12);
  for (size_t i = 1; i < 10; i++) evidence[i].prediction = NAN; /* those without a say take no part */
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK_NEAR(probability[0], probability[10], 1e-12);
}

static void test_state_is_no_less_probable_than_the_compound_that_has_it(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[7]          = (cuxas_evidence){NAN, NAN, 60.0, NAN, &CU_I, 0}; /* a measured spectrum */
  evidence[8].standard = 0.0;
  find(evidence, NAN);
  CHECK(answer.kind == CUXAS_ANSWER_COMPOUND && answer.compound[0] == 7);
  CHECK(answer.surroundings.state[1] >= probability[7]);
  cuxas_surroundings said = {.state = {0.4, 0.4, 0.2}, .n_candidate = 3, .distance_A = 2.5, .none = 0.2};
  cuxas_surroundings_lean(&CU_I, 0.5, &said);
  CHECK_NEAR(said.state[1], 0.7, 1e-12);
  CHECK_NEAR(said.state[0] + said.state[1] + said.state[2], 1.0, 1e-12);
  CHECK(said.none == 0.1 && said.distance_A == CU_I.distance_A && said.coordination[2] == 0.5);
  cuxas_surroundings_lean(&CU_I, 0.0, &said);
  CHECK_NEAR(said.state[1], 0.7, 1e-12);
}

static void test_spectra_alone_tell_the_state_of_those_that_agree(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  for (size_t i = 0; i < N; i++) evidence[i] = (cuxas_evidence){NAN, NAN, 3.0, NAN, i < 30 ? &CU_II : NULL, 0};
  evidence[2] = (cuxas_evidence){NAN, NAN, 35.0, NAN, &CU_I, 0};
  find(evidence, NAN);
  CHECK(answer.surroundings.state[1] > 0.9);
}

static void test_onset_decides_between_states(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  for (size_t i = 0; i < N / 2; i++) evidence[i].surroundings = &CU_I;
  find(evidence, 933.6);
  CHECK(probability[0] > 5.0 * probability[N - 1]);
  CHECK(answer.surroundings.state[1] > 0.9);
}

static void test_candidate_without_a_witness_has_no_probability(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  evidence[5].prediction = NAN;
  find(evidence, NAN);
  CHECK(probability[5] == 0.0 && !is_in[5]);
}

static void test_one_candidate_alone_is_no_compound_even_where_its_standard_agrees(void)
{
  const cuxas_answer_context context = cuxas_answer_context_of(931.0, CUXAS_AXIS_ABSORPTION);
  const cuxas_evidence       lone[]  = {{90.0, NAN, NAN, NAN, &CU_II, 0}, {NAN, NAN, NAN, NAN, &CU_I, 0}};
  CHECK_STATUS(cuxas_answer_find(lone, 2, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_CANDIDATE && answer.n_compound == 1 && answer.compound[0] == 0);
  CHECK(answer.onset_state[2] > 0.7);
  const cuxas_evidence proven[] = {{30.0, NAN, 30.0, NAN, &CU_II, 0}};
  CHECK_STATUS(cuxas_answer_find(proven, 1, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_CANDIDATE && probability[0] > 0.9); /* its relatives were not asked */
}

/* It fits no better than others do: what is told of the state is the onset's, not its own. */
static void test_one_candidate_that_does_not_fit_says_little_of_copper(void)
{
  const cuxas_answer_context context = cuxas_answer_context_of(930.8, CUXAS_AXIS_ABSORPTION);
  const cuxas_evidence       lone[]  = {{14.0, NAN, NAN, NAN, &CU_I, 0}};
  CHECK_STATUS(cuxas_answer_find(lone, 1, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.surroundings.state[2] > 0.8 && answer.surroundings.coordination[2] < 0.2);
}

static void test_nothing_is_known_of_nothing(void)
{
  const cuxas_answer_context context = cuxas_answer_context_of(931.0, CUXAS_AXIS_ABSORPTION);
  CHECK_STATUS(cuxas_answer_find(NULL, 0, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind == CUXAS_ANSWER_NOTHING && answer.n_group == 0);
}

/* CuO, its standard, and the isostructural pair LaCuOS and LaCuOSe, of which the first has a standard. */
static void test_what_is_left_out_has_no_say_by_its_standard_either(void)
{
  enum { N_KNOWN = 3 };
  cuxas_hit  hit[N_KNOWN] = {{.formula = "CuO"}, {.formula = "LaCuSO"}, {.formula = "LaCuSeO"}}, standard[2];
  cuxas_hits hits = {.n_hit = N_KNOWN, .hit = hit}, standards = {.n_hit = 2, .hit = standard};
  for (size_t i = 0; i < N_KNOWN; i++) {
    hit[i].kind             = CUXAS_CANDIDATE_STRUCTURE;
    hit[i].comparison.score = 20.0;
  }
  cuxas_site_surroundings known[N_KNOWN] = {CU_II, CU_I, CU_I};
  for (size_t i = 0; i < N_KNOWN; i++) hit[i].surroundings = &known[i];
  char name[2][16] = {"CuO_2", "LaCuOS"};
  for (size_t i = 0; i < 2; i++)
    standard[i] = (cuxas_hit){.kind = CUXAS_CANDIDATE_SPECTRUM, .name = name[i], .comparison = {.score = 30.0}};
  const cuxas_witnesses      from                 = {&hits, NULL, &standards};
  const cuxas_answer_context context              = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  const bool                 is_left_out[N_KNOWN] = {false, true, false};
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[0] > 0.3 && probability[1] > 0.1 &&
        probability[2] > 0.05); /* the relative of an agreeing standard */
  CHECK_STATUS(cuxas_answer_without(&from, is_left_out, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[1] == 0.0 && probability[0] > 0.9 && probability[2] < 0.1);
  CHECK_NEAR(answer.surroundings.state[2], 1.0, 0.01);
}

static void test_few_candidates_that_fit_badly_leave_room_for_none_of_them(void)
{
  const cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  cuxas_evidence             two[]   = {{18.0, NAN, NAN, NAN, &CU_II, 0}, {2.0, NAN, NAN, NAN, &CU_I, 0}};
  CHECK_STATUS(cuxas_answer_find(two, 2, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.none > 0.7 && answer.kind == CUXAS_ANSWER_SURROUNDINGS);
  two[0].prediction = 40.0;
  CHECK_STATUS(cuxas_answer_find(two, 2, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.none > 0.15 && answer.none < 0.25 && answer.kind == CUXAS_ANSWER_COMPOUND);
  two[0].standard = 40.0;
  CHECK_STATUS(cuxas_answer_find(two, 2, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.none < 0.01 && answer.kind == CUXAS_ANSWER_COMPOUND);
}

/* A filter of these elements, Cu among them, of which some must be there. */
static cuxas_composition_filter filter_of(const char *allowed, const char *opt_required)
{
  cuxas_composition_filter filter = {.is_limited = true};
  CHECK_STATUS(cuxas_composition_parse(allowed, &filter.allowed, NULL), CUXAS_OK);
  if (opt_required != NULL) CHECK_STATUS(cuxas_composition_parse(opt_required, &filter.required, NULL), CUXAS_OK);
  return filter;
}

static void test_systems_without_candidates_are_counted(void)
{
  char       name[] = "CuS_measured";
  cuxas_hit  hit[] = {{.formula = "Cu"}, {.formula = "Cu2O"}, {.formula = "CuO"}, {.name = name}, {.formula = "CuSO4"}};
  bool       out[5]                     = {false, false, false, false, true};
  cuxas_hits hits                       = {.n_hit = 5, .hit = hit};
  double     part                       = NAN;
  const cuxas_composition_filter copper = filter_of("Cu", NULL), oxide = filter_of("Cu,O", NULL),
                                 sulfur = filter_of("Cu,O,S", NULL), sulfate = filter_of("Cu,O,S", "O,S"),
                                 iron = filter_of("Cu,O,S,Fe", NULL), organic = filter_of("Cu,O,C", NULL),
                                 none = {.is_limited = false};
  CHECK_STATUS(cuxas_hits_uncovered(&hits, NULL, &none, &part, NULL), CUXAS_OK);
  CHECK(part == 0.0);
  CHECK_STATUS(cuxas_hits_uncovered(&hits, out, &copper, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 0.0, 1e-12);
  CHECK_STATUS(cuxas_hits_uncovered(&hits, out, &oxide, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 0.0, 1e-12);
  CHECK_STATUS(cuxas_hits_uncovered(&hits, out, &sulfur, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 1.0 / 3.0, 1e-12); /* Cu-O-S: one of three numbers of elements */
  CHECK_STATUS(cuxas_hits_uncovered(&hits, NULL, &sulfate, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 0.0, 1e-12);
  CHECK_STATUS(cuxas_hits_uncovered(&hits, NULL, &organic, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 1.0 - 0.5 / (5.0 / 6.0), 1e-12); /* but for Cu-C: Cu, Cu-O; not Cu-O-C */
  CHECK_STATUS(cuxas_hits_uncovered(&hits, NULL, &iron, &part, NULL), CUXAS_OK);
  CHECK_NEAR(part, 1.0 - 1.0 / 4.0 - 2.0 / 12.0 - 1.0 / 12.0, 1e-12); /* Cu; Cu-O, Cu-S of three; Cu-O-S of three */
}

/* The only candidate for four elements agrees well, but holds one of them beside copper. */
static void test_systems_without_candidates_make_theory_unsure(void)
{
  cuxas_hit                      hit[]    = {{.formula = "Cu15Si4"}, {.formula = "Cu"}};
  cuxas_hits                     hits     = {.n_hit = 2, .hit = hit};
  cuxas_answer_context           context  = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  const cuxas_witnesses          from     = {&hits, NULL, NULL};
  const cuxas_composition_filter silicide = filter_of("Cu,Si", NULL), many = filter_of("Cu,Si,Zr,As", NULL);
  for (size_t i = 0; i < 2; i++) hit[i].comparison.score = i == 0 ? 42.0 : 20.0;
  context.opt_filter = &silicide;
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[0] > 0.7 && answer.kind == CUXAS_ANSWER_COMPOUND);
  context.opt_filter = &many;
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[0] < 0.5 && answer.none > 0.5 && answer.uncovered > 0.6);
}

/* Two alike, of which one lacks two of the elements that are told, while the other has two more; hydrogen does not count. */
static void test_elements_apart_from_what_is_known_count_against_a_candidate(void)
{
  char                           name[]  = "Cu2O_measured";
  cuxas_hit                      hit[]   = {{.formula = "Cu15Si4"}, {.formula = "CuSiZrAs"}, {.name = name}};
  cuxas_hits                     hits    = {.n_hit = 2, .hit = hit};
  cuxas_answer_context           context = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  const cuxas_witnesses          from    = {&hits, NULL, NULL};
  const cuxas_composition_filter told = filter_of("Cu,Si,Zr,As,H", NULL), untold = {.is_limited = false};
  cuxas_composition_filter       required = {.is_limited = false};
  CHECK_STATUS(cuxas_composition_parse("Si", &required.required, NULL), CUXAS_OK);
  CHECK(cuxas_formula_apart("Cu15Si4", &told) == 2 && cuxas_formula_apart("CuSiZrAs", &told) == 0);
  CHECK(cuxas_formula_apart("Cu", &told) == 3 && cuxas_formula_apart("Cu", &untold) == 0);
  CHECK(cuxas_formula_apart("Cu", NULL) == 0 && cuxas_formula_apart("CuH4SO5", NULL) == 2);
  CHECK(cuxas_formula_apart("CuSiZrAs", &required) == 2);
  for (size_t i = 0; i < 2; i++) hit[i].comparison.score = 42.0;
  context.opt_filter = &untold;
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  const double none = (1.0 - answer.none) * CUXAS_ANSWER_FAILURE / 2.0; /* two elements more make a compound rarer */
  CHECK_NEAR((probability[1] - none) / (probability[0] - none), pow(CUXAS_ANSWER_APART, 2.0), 1e-9);
  context.opt_filter = &told;
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  const double floor = (1.0 - answer.none) * CUXAS_ANSWER_FAILURE / 2.0;
  CHECK_NEAR((probability[0] - floor) / (probability[1] - floor), pow(CUXAS_ANSWER_APART, 2.0), 1e-9);
  hits.n_hit              = 3; /* a spectrum is of the formula that its name begins with */
  hit[2].kind             = CUXAS_CANDIDATE_SPECTRUM;
  hit[2].comparison.score = 60.0;
  const cuxas_hit other   = {.name = (char[]){"sample"}, .kind = CUXAS_CANDIDATE_SPECTRUM};
  const double    least   = probability[1];
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  const double lacking = probability[2] / answer.none;
  hit[2].name          = other.name;
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[2] / answer.none > lacking && probability[1] < least);
}

/* Four of one state, of which the best fits fairly: with the right one absent that says less of copper than among many. */
static void test_few_candidates_of_one_state_do_not_make_it_sure(void)
{
  enum { FEW = 4 };
  const cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  cuxas_evidence             evidence[N];
  for (size_t i = 0; i < N; i++) evidence[i] = (cuxas_evidence){i < FEW ? 22.0 : 20.0, NAN, NAN, NAN, &CU_I, 0};
  CHECK_STATUS(cuxas_answer_find(evidence, FEW, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.surroundings.state[1] < 0.9 && answer.surroundings.state[0] > 0.05);
  CHECK_STATUS(cuxas_answer_find(evidence, N, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.surroundings.state[1] > 0.98);
}

/* The structure of CuO is ruled out, its measured spectrum agrees. */
static void test_a_standard_that_is_no_candidate_speaks_against_all_of_them_but_its_relatives(void)
{
  cuxas_hit  hit[2] = {{.formula = "CuF2"}, {.formula = "LaCuSO"}}, standard = {.kind = CUXAS_CANDIDATE_SPECTRUM};
  cuxas_hits hits = {.n_hit = 2, .hit = hit}, standards = {.n_hit = 1, .hit = &standard};
  for (size_t i = 0; i < 2; i++) {
    hit[i].kind             = CUXAS_CANDIDATE_STRUCTURE;
    hit[i].comparison.score = 30.0 - 2.0 * (double)i;
  }
  cuxas_site_surroundings known[2] = {CU_II, CU_I};
  for (size_t i = 0; i < 2; i++) hit[i].surroundings = &known[i];
  char                       name[][16] = {"CuO_2", "LaCuOSe"};
  const cuxas_witnesses      from       = {&hits, NULL, &standards};
  const cuxas_answer_context context    = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  standard.comparison.score             = 32.0;
  standard.name                         = name[0];
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.none > 0.9 && cuxas_answer_missing(&hits, &standards) == &standard);
  CHECK(answer.kind == CUXAS_ANSWER_STANDARD && answer.n_compound == 0);
  CHECK(answer.surroundings.state[2] > 0.9 && answer.surroundings.ligand[CUXAS_LIGANDS_OXIDE] > 0.9); /* CuO's */
  CHECK(answer.surroundings.coordination[2] == 0.0 && answer.surroundings.coordination[4] == 0.0); /* of no candidate */
  CHECK(!answer.is_ruled_out && !answer.is_incomplete);
  const cuxas_composition_filter oxide = filter_of("Cu,O", NULL), sulfide = filter_of("Cu,S", NULL),
                                 both                  = filter_of("Cu,O,S", "S");
  const cuxas_composition_filter *const filter[3]      = {&oxide, &sulfide, &both};
  double                                none_of_oxides = 0.0;
  for (int i = 0; i < 3; i++) {
    cuxas_answer_context limited = context;
    limited.opt_filter           = filter[i];
    CHECK_STATUS(cuxas_answer_without(&from, NULL, &limited, probability, is_in, &answer, NULL), CUXAS_OK);
    CHECK(answer.is_ruled_out == (i == 1) && answer.is_incomplete == (i == 2));
    if (i == 0) none_of_oxides = answer.none;
    CHECK(i != 1 || (answer.none < none_of_oxides && answer.none > 0.9)); /* elements may be told wrong */
  }
  standard.comparison.score = 25.0; /* agrees, but as another structure type may */
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(answer.kind != CUXAS_ANSWER_STANDARD);
  standard.comparison.score = 32.0;
  standard.name             = name[1]; /* LaCuOS differs in one element */
  CHECK_STATUS(cuxas_answer_without(&from, NULL, &context, probability, is_in, &answer, NULL), CUXAS_OK);
  CHECK(probability[1] > 10.0 * probability[0]);
}

static void test_a_formula_tells_state_and_ligands_where_it_can(void)
{
  static const struct {
    const char *formula;
    int         state, ligand; /* -1: not told */
  } CASE[] = {{"Cu", 0, CUXAS_LIGANDS_METAL},
              {"Cu2O", 1, CUXAS_LIGANDS_OXIDE},
              {"CuO", 2, CUXAS_LIGANDS_OXIDE},
              {"CuCl2", 2, CUXAS_LIGANDS_HALIDE},
              {"CuCl", 1, CUXAS_LIGANDS_HALIDE},
              {"CuLaSO", 1, -1},
              {"CuFeS2", 1, CUXAS_LIGANDS_CHALCOGENIDE},
              {"CuSO4", -1, -1},
              {"CuBe", -1, -1},
              {"ZnO", -1, -1}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_site_surroundings of;
    cuxas_surroundings_of_formula(CASE[i].formula, &of);
    CHECK(of.is_known == (CASE[i].state >= 0));
    for (int k = 0; k < CUXAS_N_STATE; k++) CHECK(of.state[k] == (k == CASE[i].state ? 1.0 : 0.0));
    for (int k = 0; k < CUXAS_N_LIGANDS; k++) CHECK(of.ligand[k] == (k == CASE[i].ligand ? 1.0 : 0.0));
  }
}

/* Of a noisy scan no standard agrees, the right one neither. */
static void test_a_standard_speaks_against_its_compound_only_where_something_agrees(void)
{
  cuxas_evidence evidence[N];
  fill(evidence, 0.0);
  for (size_t i = 0; i < N; i++) evidence[i].prediction = 5.0;
  evidence[0].standard = 2.0;
  find(evidence, NAN);
  CHECK_NEAR(probability[0], probability[1], 1e-12);
}

int main(void)
{
  RUN(test_equal_candidates_are_all_in_the_group);
  RUN(test_best_by_far_is_the_compound_but_never_certain);
  RUN(test_few_alike_are_a_shortlist);
  RUN(test_shortlist_names_nobody_improbable);
  RUN(test_simulation_and_prediction_are_averaged_as_hypotheses);
  RUN(test_agreeing_standard_beats_better_predictions);
  RUN(test_standard_that_does_not_agree_speaks_against_its_compound);
  RUN(test_relative_of_a_standard_is_lifted_less_than_its_own_compound);
  RUN(test_weak_white_line_leaves_room_for_a_flattened_one_beside_a_standard);
  RUN(test_candidates_of_one_formula_are_one_compound);
  RUN(test_noise_that_hides_the_onset_makes_its_axis_noisy);
  RUN(test_candidates_of_one_formula_share_what_one_alone_has);
  RUN(test_state_is_no_less_probable_than_the_compound_that_has_it);
  RUN(test_spectra_alone_tell_the_state_of_those_that_agree);
  RUN(test_onset_decides_between_states);
  RUN(test_candidate_without_a_witness_has_no_probability);
  RUN(test_what_is_left_out_has_no_say_by_its_standard_either);
  RUN(test_few_candidates_that_fit_badly_leave_room_for_none_of_them);
  RUN(test_systems_without_candidates_are_counted);
  RUN(test_systems_without_candidates_make_theory_unsure);
  RUN(test_elements_apart_from_what_is_known_count_against_a_candidate);
  RUN(test_few_candidates_of_one_state_do_not_make_it_sure);
  RUN(test_a_standard_that_is_no_candidate_speaks_against_all_of_them_but_its_relatives);
  RUN(test_a_standard_speaks_against_its_compound_only_where_something_agrees);
  RUN(test_one_candidate_alone_is_no_compound_even_where_its_standard_agrees);
  RUN(test_one_candidate_that_does_not_fit_says_little_of_copper);
  RUN(test_a_formula_tells_state_and_ligands_where_it_can);
  RUN(test_nothing_is_known_of_nothing);
  return CHECK_REPORT();
}
