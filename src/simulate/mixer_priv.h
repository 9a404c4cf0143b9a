/* mixer_priv.h - fixed points of slow maps: D. G. Anderson, J. ACM 12, 547 (1965) */
#ifndef CUXAS_MIXER_PRIV_H
#define CUXAS_MIXER_PRIV_H
#include <stddef.h>

typedef struct cuxas_mixer cuxas_mixer;

/* cuxas_mixer_new() - for vectors of n_value numbers; share: how much of a residual is taken over, 0 ... 1
 *
 * Returns  a mixer the caller frees with cuxas_mixer_free(); NULL: no memory. */
cuxas_mixer *cuxas_mixer_new(size_t n_value, double share);

/* cuxas_mixer_step() - replaces io_value, whose residual (output minus input of the map) is given, by a better one */
void cuxas_mixer_step(cuxas_mixer *mixer, double *io_value, const double *residual);

/* cuxas_mixer_forget() - the map has changed: what was learned no longer holds */
void cuxas_mixer_forget(cuxas_mixer *mixer);

/* cuxas_mixer_free() - accepts NULL */
void cuxas_mixer_free(cuxas_mixer *mixer);

#endif
