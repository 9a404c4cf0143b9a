/* learning.c - held-out errors of models that learnt from growing parts of the records
 *
 * Contents: 1. the learning curve  2. which sites next?  3. what came of it */
#include "evaluate/learning.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "evaluate/analysis.h"
#include "write/text.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. the learning curve -------------------------------------------------------------------------------------- */

/* Everything one training needs, and scratch. */
typedef struct {
  const cuxas_training_set *set;
  cuxas_ensemble_settings   settings;
  size_t                   *fold, *group;  /* (n_row), (n_group) */
  size_t                   *learnt, *held; /* (n_row) */
  size_t                    n_learnt, n_held;
  float                    *feature, *mu; /* (n_row, n_feature), (n_row, n_energy of the largest grid) */
  double                   *mae;          /* (n_row) */
  size_t                    i_training, n_training;
  const cuxas_watch        *opt_watch;
} course;

static void count_training(size_t n_done, size_t n_total, void *user)
{
  const course *c = user;
  if (c->opt_watch != NULL)
    c->opt_watch->progress(c->i_training * n_total + n_done, c->n_training * n_total, c->opt_watch->user);
}

/* choose_rows() - whole groups in a random order, those that are not held out, until there are n_wanted rows */
static void choose_rows(course *c, uint64_t seed, size_t n_wanted)
{
  uint64_t state = seed;
  c->n_learnt = c->n_held = 0;
  for (size_t i = 0; i < c->set->groups->n_group; i++) c->group[i] = i;
  random_shuffle(&state, c->group, c->set->groups->n_group);
  for (size_t g = 0; g < c->set->groups->n_group && c->n_learnt < n_wanted; g++)
    for (size_t i = 0; i < c->set->groups->n_row; i++)
      if (c->set->groups->group_of[i] == c->group[g] && c->fold[i] != 0) c->learnt[c->n_learnt++] = i;
  for (size_t i = 0; i < c->set->groups->n_row; i++)
    if (c->fold[i] == 0) c->held[c->n_held++] = i;
}

static cuxas_status judge_edge(course *c, const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                               double *ret_median, cuxas_error *err)
{
  const size_t n_energy = c->set->dataset->grid[i_edge].n_energy;
  const float *target   = c->set->dataset->target[i_edge][channel];
  cuxas_status status   = cuxas_ensemble_predict(ensemble, i_edge, channel, c->feature, c->n_held, c->mu, err);
  for (size_t i = 0; i < c->n_held && status == CUXAS_OK; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < n_energy; k++)
      sum += fabs((double)c->mu[i * n_energy + k] - target[c->held[i] * n_energy + k]);
    c->mae[i] = c->set->dataset->known[i_edge][channel][c->held[i]] ? sum / (double)n_energy : NAN;
  }
  cuxas_error_summary summary = {0};
  if (status == CUXAS_OK) status = cuxas_error_summarise(c->mae, NULL, c->n_held, &summary, err);
  *ret_median = summary.n_row > 0 ? summary.median : NAN;
  return status;
}

static cuxas_status run_training(course *c, cuxas_learning_curve *curve, size_t i_size, size_t i_seed, cuxas_error *err)
{
  const cuxas_watch watch    = {count_training, c, NULL};
  cuxas_ensemble   *ensemble = NULL;
  cuxas_status      status   = cuxas_ensemble_new(c->set, c->learnt, c->n_learnt, &c->settings, &watch, &ensemble, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < c->n_held; i++)
    cuxas_reduction_apply(ensemble->reduction, c->set->raw + c->held[i] * c->set->n_raw, 1,
                          c->feature + i * ensemble->reduction->n_feature);
  for (size_t e = 0; e < c->set->dataset->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      if (cuxas_ensemble_has(ensemble, e, (cuxas_channel)channel))
        status = judge_edge(c, ensemble, e, (cuxas_channel)channel,
                            &curve->median[e][channel][i_size * curve->n_seed + i_seed], err);
  cuxas_ensemble_free(ensemble);
  return status;
}

/* fit_curves() - power laws through all trainings */
static cuxas_status fit_curves(cuxas_learning_curve *curve, cuxas_error *err)
{
  const size_t n = curve->n_size * curve->n_seed;
  double      *x = cuxas_new(err, n, 2 * sizeof *x);
  if (x == NULL) return CUXAS_ENOMEM;
  for (size_t e = 0; e < CUXAS_MODEL_MAX_EDGE; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      size_t n_point = 0;
      for (size_t i = 0; curve->median[e][channel] != NULL && i < n; i++) {
        if (!(curve->median[e][channel][i] > 0.0)) continue;
        x[n_point]       = curve->n_row[i / curve->n_seed];
        x[n + n_point++] = curve->median[e][channel][i];
      }
      cuxas_power_fit(x, x + n, n_point, &curve->factor[e][channel], &curve->exponent[e][channel]);
    }
  free(x);
  return CUXAS_OK;
}

/* start_course() - scratch; sizes from the largest fold on */
static cuxas_status start_course(course *c, cuxas_error *err)
{
  const size_t n_row  = c->set->dataset->n_row;
  size_t       widest = 0;
  for (size_t e = 0; e < c->set->dataset->n_edge; e++)
    if (c->set->dataset->grid[e].n_energy > widest) widest = c->set->dataset->grid[e].n_energy;
  c->fold   = cuxas_new(err, n_row, sizeof *c->fold);
  c->group  = cuxas_new(err, c->set->groups->n_group, sizeof *c->group);
  c->learnt = cuxas_new(err, n_row, sizeof *c->learnt);
  c->held   = cuxas_new(err, n_row, sizeof *c->held);
  c->feature =
      cuxas_new(err, n_row, (c->settings.n_feature > 0 ? c->settings.n_feature : c->set->n_raw) * sizeof *c->feature);
  c->mu  = cuxas_new(err, n_row, widest * sizeof *c->mu);
  c->mae = cuxas_new(err, n_row, sizeof *c->mae);
  if (c->fold == NULL || c->group == NULL || c->learnt == NULL || c->held == NULL || c->feature == NULL ||
      c->mu == NULL || c->mae == NULL)
    return CUXAS_ENOMEM;
  return CUXAS_OK;
}

static void end_course(course *c)
{
  free(c->fold);
  free(c->group);
  free(c->learnt);
  free(c->held);
  free(c->feature);
  free(c->mu);
  free(c->mae);
}

static cuxas_learning_curve *make_curve(const cuxas_dataset *dataset, const cuxas_ensemble_settings *settings,
                                        size_t n_size, size_t n_seed)
{
  cuxas_learning_curve *curve    = cuxas_new(NULL, 1, sizeof *curve);
  bool                  complete = curve != NULL;
  if (!complete) return NULL;
  curve->n_size = n_size;
  curve->n_seed = n_seed;
  for (size_t e = 0; e < dataset->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && complete; channel++) {
      if (!settings->channel[channel]) continue;
      double *median = curve->median[e][channel] = cuxas_new(NULL, n_size, n_seed * sizeof *median);
      complete                                   = median != NULL;
      for (size_t i = 0; complete && i < n_size * n_seed; i++) median[i] = NAN;
    }
  if (complete) return curve;
  cuxas_learning_curve_free(curve);
  return NULL;
}

cuxas_status cuxas_learning_curve_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                                      const cuxas_learning_plan *plan, const cuxas_watch *opt_watch,
                                      cuxas_learning_curve **ret_curve, cuxas_error *err)
{
  course                c     = {.set = set, .settings = *settings, .opt_watch = opt_watch};
  const size_t          n_row = set->dataset->n_row, n_most = n_row - n_row / plan->n_fold;
  size_t                n_size = plan->n_size;
  cuxas_learning_curve *curve  = NULL;

  *ret_curve = NULL;
  if (n_size > CUXAS_MAX_CURVE_SIZE) n_size = CUXAS_MAX_CURVE_SIZE;
  while (n_size > 1 && (n_most >> (n_size - 1)) < CUXAS_CURVE_MIN_ROW) n_size--;
  if (n_size == 0 || plan->n_seed == 0) return cuxas_fail(err, CUXAS_ERANGE, "a learning curve without sizes or seeds");
  c.n_training        = n_size * plan->n_seed;
  cuxas_status status = start_course(&c, err);
  if (status == CUXAS_OK && (curve = make_curve(set->dataset, settings, n_size, plan->n_seed)) == NULL)
    status = cuxas_no_memory(err);
  for (size_t i_seed = 0; i_seed < plan->n_seed && status == CUXAS_OK; i_seed++) {
    const uint64_t seed     = plan->first_seed + i_seed;
    c.settings.network.seed = seed;
    status                  = cuxas_split_folds(set->groups, plan->n_fold, seed, c.fold, err);
    for (size_t i_size = 0; i_size < n_size && status == CUXAS_OK; i_size++, c.i_training++) {
      choose_rows(&c, seed, n_most >> (n_size - 1 - i_size));
      curve->n_row[i_size] += (double)c.n_learnt / (double)plan->n_seed;
      status = run_training(&c, curve, i_size, i_seed, err);
    }
  }
  if (status == CUXAS_OK) status = fit_curves(curve, err);
  end_course(&c);
  if (status == CUXAS_OK)
    *ret_curve = curve;
  else
    cuxas_learning_curve_free(curve);
  return status;
}

void cuxas_learning_curve_free(cuxas_learning_curve *curve)
{
  if (curve == NULL) return;
  for (size_t e = 0; e < CUXAS_MODEL_MAX_EDGE; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) free(curve->median[e][channel]);
  free(curve);
}

/* ---- 2. which sites next? ----------------------------------------------------------------------------------------- */

enum { REPLAY_PART = 16 }; /* of the sites that are not held out, which a replay begins with */

static const char *const NEXT[CUXAS_N_NEXT] = {"random", "distance", "sigma", "disagreement", "verdict"};

const char *cuxas_next_name(cuxas_next_rule rule)
{
  return NEXT[rule];
}

/* One replay: c.learnt is what is known, c.held what is judged. */
typedef struct {
  course        c;
  cuxas_channel channel;
  size_t        n_energy;
  bool         *is_known;      /* (n_row) learnt or held */
  size_t       *order;         /* (n_row) */
  double       *worth;         /* (n_row) of adding a site */
  bool         *has_sibling;   /* (n_group) a site of it was added in this step */
  float        *sigma, *other; /* (n_row, n_energy) */
  uint64_t      random;
} replaying;

/* apply() - c.feature of all rows, in the features of an ensemble */
static void apply(replaying *r, const cuxas_ensemble *ensemble)
{
  cuxas_reduction_apply(ensemble->reduction, r->c.set->raw, r->c.set->dataset->n_row, r->c.feature);
}

static double difference(const float *a, const float *b, size_t n)
{
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) sum += fabs((double)a[k] - (double)b[k]);
  return sum / (double)n;
}

static double mean_of(const float *a, size_t n)
{
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) sum += (double)a[k];
  return sum / (double)n;
}

/* How far the most similar prediction of another group is. */
static double nearest_stranger(const replaying *r, size_t row)
{
  const cuxas_groups *groups = r->c.set->groups;
  double              least  = INFINITY;
  for (size_t j = 0; j < groups->n_row; j++)
    if (groups->group_of[j] != groups->group_of[row])
      least = fmin(least, difference(r->c.mu + row * r->n_energy, r->c.mu + j * r->n_energy, r->n_energy));
  return least;
}

/* Models of two halves of what is known, by groups. */
static cuxas_status disagree(replaying *r, cuxas_error *err)
{
  const size_t n_row  = r->c.set->dataset->n_row;
  size_t      *half   = cuxas_new(err, n_row, sizeof *half);
  cuxas_status status = half != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  for (int part = 0; part < 2 && status == CUXAS_OK; part++) {
    cuxas_ensemble *ensemble = NULL;
    size_t          n_half   = 0;
    for (size_t i = 0; i < r->c.n_learnt; i++)
      if ((r->c.set->groups->group_of[r->c.learnt[i]] % 2 == 0) == (part == 0)) half[n_half++] = r->c.learnt[i];
    if (n_half < CUXAS_CURVE_MIN_ROW / 2) n_half = r->c.n_learnt, memcpy(half, r->c.learnt, n_half * sizeof *half);
    status = cuxas_ensemble_new(r->c.set, half, n_half, &r->c.settings, NULL, &ensemble, err);
    if (status != CUXAS_OK) break;
    apply(r, ensemble);
    status = cuxas_ensemble_predict(ensemble, 0, r->channel, r->c.feature, n_row, part == 0 ? r->c.mu : r->other, err);
    cuxas_ensemble_free(ensemble);
  }
  for (size_t i = 0; i < n_row && status == CUXAS_OK; i++)
    r->worth[i] = difference(r->c.mu + i * r->n_energy, r->other + i * r->n_energy, r->n_energy);
  free(half);
  return status;
}

/* estimate() - what adding each site is worth, by models of what is known */
static cuxas_status estimate(replaying *r, cuxas_next_rule rule, const cuxas_ensemble *ensemble, cuxas_error *err)
{
  const size_t n_row  = r->c.set->dataset->n_row;
  cuxas_status status = CUXAS_OK;
  if (rule == CUXAS_NEXT_DISAGREEMENT) return disagree(r, err);
  apply(r, ensemble);
  if (rule == CUXAS_NEXT_RANDOM)
    for (size_t i = 0; i < n_row; i++) r->worth[i] = random_uniform(&r->random);
  if (rule == CUXAS_NEXT_RANDOM || rule == CUXAS_NEXT_DISTANCE) return CUXAS_OK;
  status = cuxas_ensemble_predict(ensemble, 0, r->channel, r->c.feature, n_row, r->c.mu, err);
  if (status == CUXAS_OK) status = cuxas_ensemble_spread(ensemble, 0, r->channel, r->c.feature, n_row, r->sigma, err);
  for (size_t i = 0; i < n_row && status == CUXAS_OK; i++) {
    if (r->is_known[i]) continue;
    r->worth[i] = mean_of(r->sigma + i * r->n_energy, r->n_energy);
    if (rule == CUXAS_NEXT_VERDICT) r->worth[i] /= nearest_stranger(r, i) + 1e-6;
  }
  return status;
}

static void add_row(replaying *r, size_t row)
{
  r->is_known[row]                                = true;
  r->has_sibling[r->c.set->groups->group_of[row]] = true;
  r->c.learnt[r->c.n_learnt++]                    = row;
}

/* add_farthest() - one after the other, each as far as can be from all that are known by then */
static void add_farthest(replaying *r, size_t n_wanted, size_t n_feature)
{
  const size_t n_row = r->c.set->dataset->n_row;
  for (size_t i = 0; i < n_row; i++) r->worth[i] = INFINITY;
  for (size_t k = 0; r->c.n_learnt <= n_wanted; k++) {
    const float *last = r->c.feature + r->c.learnt[k] * n_feature;
    double       most = -1.0;
    size_t       next = n_row;
    for (size_t i = 0; i < n_row; i++) {
      if (r->is_known[i]) continue;
      r->worth[i] = fmin(r->worth[i], difference(r->c.feature + i * n_feature, last, n_feature));
      if (r->worth[i] > most) most = r->worth[i], next = i;
    }
    if (k + 1 < r->c.n_learnt) continue; /* first, all that were known before */
    if (r->c.n_learnt == n_wanted || next == n_row) break;
    add_row(r, next);
  }
}

/* add_best() - by falling worth, of one group no more than one in a round */
static void add_best(replaying *r, size_t n_wanted)
{
  const size_t n_row = r->c.set->dataset->n_row;
  gsl_sort_index(r->order, r->worth, 1, n_row);
  for (bool is_added = true; is_added && r->c.n_learnt < n_wanted;) {
    is_added = false;
    memset(r->has_sibling, 0, r->c.set->groups->n_group * sizeof *r->has_sibling);
    for (size_t i = n_row; i-- > 0 && r->c.n_learnt < n_wanted;) {
      const size_t row = r->order[i];
      if (r->is_known[row] || r->has_sibling[r->c.set->groups->group_of[row]]) continue;
      add_row(r, row);
      is_added = true;
    }
  }
}

static cuxas_status judge_replay(replaying *r, const cuxas_ensemble *ensemble, cuxas_replay_point *ret_point,
                                 cuxas_error *err)
{
  const cuxas_training_set *set     = r->c.set;
  const float              *target  = set->dataset->target[0][r->channel];
  const size_t              n       = r->n_energy;
  size_t                    n_found = 0;
  for (size_t i = 0; i < r->c.n_held; i++)
    cuxas_reduction_apply(ensemble->reduction, set->raw + r->c.held[i] * set->n_raw, 1,
                          r->c.feature + i * ensemble->reduction->n_feature);
  double       median = 0.0;
  cuxas_status status = judge_edge(&r->c, ensemble, 0, r->channel, &median, err);
  for (size_t i = 0; i < r->c.n_held && status == CUXAS_OK; i++) {
    size_t best  = 0;
    double least = INFINITY;
    for (size_t j = 0; j < r->c.n_held; j++) {
      const double away = difference(target + r->c.held[i] * n, r->c.mu + j * n, n);
      if (away < least) least = away, best = j;
    }
    n_found += set->groups->group_of[r->c.held[best]] == set->groups->group_of[r->c.held[i]];
  }
  cuxas_error_summary all = {0};
  if (status == CUXAS_OK) status = cuxas_error_summarise(r->c.mae, NULL, r->c.n_held, &all, err);
  *ret_point = (cuxas_replay_point){(double)r->c.n_learnt, median, all.mean, all.p90,
                                    (double)n_found / fmax(1.0, (double)r->c.n_held)};
  return status;
}

/* run_replay() - one rule, one seed; from n_start sites on, which are the same for every rule */
static cuxas_status run_replay(replaying *r, cuxas_next_rule rule, size_t n_start, cuxas_replay *all, size_t i_seed,
                               cuxas_error *err)
{
  const uint64_t seed   = r->c.settings.network.seed;
  cuxas_status   status = CUXAS_OK;
  choose_rows(&r->c, seed, n_start);
  memset(r->is_known, 0, r->c.set->dataset->n_row * sizeof *r->is_known);
  for (size_t i = 0; i < r->c.n_learnt; i++) r->is_known[r->c.learnt[i]] = true;
  for (size_t i = 0; i < r->c.n_held; i++) r->is_known[r->c.held[i]] = true;
  r->random = seed;
  for (size_t i_size = 0; i_size < all->n_size && status == CUXAS_OK; i_size++, r->c.i_training++) {
    const size_t    n_next   = (size_t)((double)n_start * exp2(0.5 * ((double)i_size + 1.0)));
    cuxas_ensemble *ensemble = NULL;
    if ((status = cuxas_ensemble_new(r->c.set, r->c.learnt, r->c.n_learnt, &r->c.settings, NULL, &ensemble, err)) !=
        CUXAS_OK)
      break;
    count_training(0, 1, &r->c);
    status = judge_replay(r, ensemble, &all->point[rule][i_size * all->n_seed + i_seed], err);
    if (status == CUXAS_OK && i_size + 1 < all->n_size) status = estimate(r, rule, ensemble, err);
    if (status == CUXAS_OK && i_size + 1 < all->n_size) {
      if (rule == CUXAS_NEXT_DISTANCE)
        add_farthest(r, n_next, ensemble->reduction->n_feature);
      else
        add_best(r, n_next);
    }
    cuxas_ensemble_free(ensemble);
  }
  return status;
}

static cuxas_status start_replay(replaying *r, cuxas_error *err)
{
  const size_t n_row  = r->c.set->dataset->n_row;
  cuxas_status status = start_course(&r->c, err);
  r->n_energy         = r->c.set->dataset->grid[0].n_energy;
  while (!r->c.settings.channel[r->channel] && r->channel + 1 < CUXAS_N_CHANNEL) r->channel++;
  r->is_known    = cuxas_new(err, n_row, sizeof *r->is_known);
  r->order       = cuxas_new(err, n_row, sizeof *r->order);
  r->worth       = cuxas_new(err, n_row, sizeof *r->worth);
  r->has_sibling = cuxas_new(err, r->c.set->groups->n_group, sizeof *r->has_sibling);
  r->sigma       = cuxas_new(err, n_row, r->n_energy * sizeof *r->sigma);
  r->other       = cuxas_new(err, n_row, r->n_energy * sizeof *r->other);
  if (status == CUXAS_OK && (r->is_known == NULL || r->order == NULL || r->worth == NULL || r->has_sibling == NULL ||
                             r->sigma == NULL || r->other == NULL))
    status = cuxas_no_memory(err);
  return status;
}

static void end_replay(replaying *r)
{
  end_course(&r->c);
  free(r->is_known);
  free(r->order);
  free(r->worth);
  free(r->has_sibling);
  free(r->sigma);
  free(r->other);
}

cuxas_status cuxas_replay_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                              const cuxas_learning_plan *plan, const cuxas_watch *opt_watch, cuxas_replay **ret_replay,
                              cuxas_error *err)
{
  replaying     r     = {.c = {.set = set, .settings = *settings, .opt_watch = opt_watch}};
  const size_t  n_row = set->dataset->n_row, n_most = n_row - n_row / plan->n_fold;
  const size_t  n_start = n_most / REPLAY_PART > CUXAS_CURVE_MIN_ROW ? n_most / REPLAY_PART : CUXAS_CURVE_MIN_ROW;
  cuxas_replay *all     = NULL;
  cuxas_status  status  = CUXAS_OK;

  *ret_replay = NULL;
  if (plan->n_seed == 0 || n_most < 4 * n_start)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too few to replay which come next", n_row);
  if ((status = start_replay(&r, err)) != CUXAS_OK) goto done;
  if ((all = cuxas_new(err, 1, sizeof *all)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  all->n_size    = 1 + (size_t)floor(2.0 * log2((double)n_most / 2.0 / (double)n_start) + 1e-9);
  all->n_seed    = plan->n_seed;
  r.c.n_training = all->n_size * all->n_seed * CUXAS_N_NEXT;
  for (int rule = 0; rule < CUXAS_N_NEXT && status == CUXAS_OK; rule++)
    if ((all->point[rule] = cuxas_new(err, all->n_size, all->n_seed * sizeof *all->point[rule])) == NULL)
      status = cuxas_no_memory(err);
  for (size_t i_seed = 0; i_seed < plan->n_seed && status == CUXAS_OK; i_seed++) {
    r.c.settings.network.seed = plan->first_seed + i_seed;
    status                    = cuxas_split_folds(set->groups, plan->n_fold, r.c.settings.network.seed, r.c.fold, err);
    for (int rule = 0; rule < CUXAS_N_NEXT && status == CUXAS_OK; rule++)
      status = run_replay(&r, (cuxas_next_rule)rule, n_start, all, i_seed, err);
  }
  if (status != CUXAS_OK) goto done;
  *ret_replay = all;
  all         = NULL;
done:
  end_replay(&r);
  cuxas_replay_free(all);
  return status;
}

void cuxas_replay_free(cuxas_replay *replay)
{
  if (replay == NULL) return;
  for (int rule = 0; rule < CUXAS_N_NEXT; rule++) free(replay->point[rule]);
  free(replay);
}

/* ---- 3. what came of it -------------------------------------------------------------------------------------------- */

static cuxas_replay_point mean_point(const cuxas_replay *replay, int rule, size_t i_size)
{
  cuxas_replay_point mean = {0};
  for (size_t i = 0; i < replay->n_seed; i++) {
    const cuxas_replay_point *one = &replay->point[rule][i_size * replay->n_seed + i];
    const double              n   = (double)replay->n_seed;
    mean.n_learnt += one->n_learnt / n;
    mean.median += one->median / n;
    mean.mean += one->mean / n;
    mean.p90 += one->p90 / n;
    mean.found += one->found / n;
  }
  return mean;
}

/* Of all sizes but the first, which all rules have in common: error against random, in the mean of a seed, and its standard error. */
static double gain_of(const cuxas_replay *replay, int rule, double *ret_error)
{
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < replay->n_seed; i++) {
    double own = 0.0, random = 0.0;
    for (size_t k = 1; k < replay->n_size; k++) {
      own += replay->point[rule][k * replay->n_seed + i].median;
      random += replay->point[CUXAS_NEXT_RANDOM][k * replay->n_seed + i].median;
    }
    sum += own / random - 1.0;
    squares += (own / random - 1.0) * (own / random - 1.0);
  }
  const double n = (double)replay->n_seed, mean = sum / n;
  *ret_error = n > 1.0 ? sqrt(fmax(0.0, squares / n - mean * mean) / (n - 1.0)) : (double)NAN;
  return mean;
}

void cuxas_replay_write_text(const cuxas_replay *replay, FILE *out)
{
  const cuxas_locale locale = cuxas_locale_begin();
  fprintf(out,
          "\nwhich sites next? held-out median error, and part of sites found by their spectrum; mean of %zu seed%s\n",
          replay->n_seed, replay->n_seed == 1 ? "" : "s");
  fprintf(out, "%7s", "learnt");
  for (int rule = 0; rule < CUXAS_N_NEXT; rule++) fprintf(out, "  %-13s", NEXT[rule]);
  for (size_t k = 0; k < replay->n_size; k++) {
    fprintf(out, "\n%7.0f", mean_point(replay, 0, k).n_learnt);
    for (int rule = 0; rule < CUXAS_N_NEXT; rule++) {
      const cuxas_replay_point mean = mean_point(replay, rule, k);
      fprintf(out, "  %.4f %.3f ", mean.median, mean.found);
    }
  }
  fprintf(out, "\nmedian error against random, all sizes:");
  for (int rule = CUXAS_NEXT_RANDOM + 1; rule < CUXAS_N_NEXT; rule++) {
    double       error = 0.0;
    const double gain  = gain_of(replay, rule, &error);
    fprintf(out, "%s %s %+.1f", rule > 1 ? "," : "", NEXT[rule], 100.0 * gain);
    if (!isnan(error)) fprintf(out, " +- %.1f", 100.0 * error);
    fputs(" %", out);
  }
  fputc('\n', out);
  cuxas_locale_end(locale);
}

cJSON *cuxas_replay_json(const cuxas_replay *replay)
{
  cuxas_json_builder builder = {false};
  cJSON             *array   = cJSON_CreateArray();
  for (int rule = 0; rule < CUXAS_N_NEXT; rule++) {
    cJSON *object = cuxas_json_put_object(&builder, array, NULL);
    double error  = 0.0;
    cuxas_json_put_text(&builder, object, "rule", NEXT[rule]);
    cuxas_json_put_number(&builder, object, "against_random", gain_of(replay, rule, &error));
    cuxas_json_put_number(&builder, object, "standard_error", error);
    cJSON *sizes = cuxas_json_put_array(&builder, object, "sizes");
    for (size_t k = 0; k < replay->n_size; k++) {
      const cuxas_replay_point mean  = mean_point(replay, rule, k);
      cJSON                   *entry = cuxas_json_put_object(&builder, sizes, NULL);
      cuxas_json_put_number(&builder, entry, "n_learnt", mean.n_learnt);
      cuxas_json_put_number(&builder, entry, "median", mean.median);
      cuxas_json_put_number(&builder, entry, "mean", mean.mean);
      cuxas_json_put_number(&builder, entry, "p90", mean.p90);
      cuxas_json_put_number(&builder, entry, "found", mean.found);
    }
  }
  return cuxas_json_finish(&builder, array);
}
