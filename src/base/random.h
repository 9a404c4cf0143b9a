/* random.h - a small generator whose numbers are the same on every machine: SplitMix64
 *
 * G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
 * doi:10.1145/2660193.2660195. The state is one 64-bit word, so a seed is a state and nothing can fail. */
#ifndef CUXAS_RANDOM_PRIV_H
#define CUXAS_RANDOM_PRIV_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* random_next() - 64 random bits; advances the state */
static inline uint64_t random_next(uint64_t *state)
{
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z          = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z          = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* random_uniform() - in [0, 1), 53 bits */
static inline double random_uniform(uint64_t *state)
{
  return (double)(random_next(state) >> 11) * 0x1p-53;
}

/* random_normal() - mean 0, standard deviation 1 (Box and Muller, one of the pair) */
static inline double random_normal(uint64_t *state)
{
  const double radius = sqrt(-2.0 * log(1.0 - random_uniform(state)));
  return radius * cos(6.283185307179586476925287 * random_uniform(state));
}

/* random_shuffle() - a uniformly random order of n indices (Fisher and Yates) */
static inline void random_shuffle(uint64_t *state, size_t *index, size_t n)
{
  for (size_t i = n; i > 1; i--) {
    const size_t j     = (size_t)(random_uniform(state) * (double)i); /* bias below 1e-13 for any n we meet */
    const size_t saved = index[i - 1];
    index[i - 1]       = index[j];
    index[j]           = saved;
  }
}

#endif
