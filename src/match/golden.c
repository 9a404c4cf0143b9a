#include "match/golden_priv.h"

#include <math.h>

#define GOLDEN 0.61803398874989485 /* (sqrt(5) - 1) / 2 */

typedef struct {
  double x, value;
} point;

static point evaluate(cuxas_objective *objective, void *user, double x)
{
  const double value = objective(x, user);
  return (point){x, isnan(value) ? -INFINITY : value};
}

static void keep_better(point candidate, point *best)
{
  if (candidate.value > best->value) *best = candidate;
}

double cuxas_golden_maximum(cuxas_objective *objective, void *user, double low, double high, double width,
                            double *ret_value)
{
  point best  = evaluate(objective, user, low);
  point left  = evaluate(objective, user, high - GOLDEN * (high - low));
  point right = evaluate(objective, user, low + GOLDEN * (high - low));
  keep_better(evaluate(objective, user, high), &best);
  keep_better(left, &best);
  keep_better(right, &best);
  while (high - low > width) {
    if (left.value >= right.value) {
      high  = right.x;
      right = left;
      left  = evaluate(objective, user, high - GOLDEN * (high - low));
      keep_better(left, &best);
    } else {
      low   = left.x;
      left  = right;
      right = evaluate(objective, user, low + GOLDEN * (high - low));
      keep_better(right, &best);
    }
  }
  *ret_value = best.value;
  return best.x;
}
