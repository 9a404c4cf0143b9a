#include "write/figure.h"

#include <math.h>
#include <string.h>

/* The smallest of 1, 2, 5 x 10^n that is at least `step`. */
static double round_up(double step)
{
  static const double FACTOR[] = {1.0, 2.0, 5.0, 10.0};
  const double        power    = pow(10.0, floor(log10(step)));
  for (size_t i = 0; i < sizeof FACTOR / sizeof *FACTOR; i++)
    if (FACTOR[i] * power >= step * (1.0 - 1e-9)) return FACTOR[i] * power;
  return 10.0 * power;
}

cuxas_ticks cuxas_ticks_find(double low, double high, size_t max_tick)
{
  cuxas_ticks  ticks  = {0};
  const double length = high - low;
  if (!isfinite(low) || !isfinite(high) || !(length > 1e-12 * fmax(fabs(low), fabs(high))) || !isfinite(length))
    return ticks;
  if (max_tick < 2) max_tick = 2;
  if (max_tick > CUXAS_MAX_TICK) max_tick = CUXAS_MAX_TICK;

  const double slack = 1e-9; /* of a step: an end that is itself a round number gets its tick */
  double       step  = round_up(length / (double)max_tick);
  for (;;) {
    const double first = ceil(low / step - slack), last = floor(high / step + slack);
    if (last - first + 1.0 <= (double)max_tick) {
      ticks.n_tick = last >= first ? (size_t)(last - first + 1.0) : 0;
      ticks.first  = first * step;
      break;
    }
    step = round_up(1.5 * step);
  }
  ticks.step      = step;
  ticks.n_decimal = (int)fmax(0.0, -floor(log10(step) + 1e-9));
  return ticks;
}

double cuxas_ticks_value(cuxas_ticks ticks, size_t i)
{
  const double value = ticks.first + (double)i * ticks.step;
  return fabs(value) < 1e-9 * ticks.step ? 0.0 : value;
}

void cuxas_ticks_label(cuxas_ticks ticks, size_t i, char *ret_label, size_t n_byte)
{
  const double value  = cuxas_ticks_value(ticks, i);
  const bool   is_far = fabs(value) >= 1e7 || ticks.n_decimal > 6;
  char         digits[64];
  snprintf(digits, sizeof digits, is_far ? "%.*g" : "%.*f", is_far ? 6 : ticks.n_decimal, fabs(value));
  snprintf(ret_label, n_byte, "%s%s", value < 0.0 ? "\xE2\x88\x92" : "", digits);
}
