/* map.h - the answers of a spectrum image, pixel by pixel: as a table, as a picture, in a few lines */
#ifndef CUXAS_REPORT_MAP_H
#define CUXAS_REPORT_MAP_H
#include "cuxas/output.h"
#include "match/session.h"

typedef struct {
  double            counts;                       /* of the spectrum between the ends of the comparison; NaN: none */
  double            signal;                       /* range of the spectrum over the noise of a point; NaN: not known */
  cuxas_answer_kind kind;                         /* CUXAS_ANSWER_NOTHING also where the next is set */
  const char       *reason;                       /* why there is no answer; static; NULL: there is one */
  char              compound[CUXAS_FORMULA_SIZE]; /* the most probable one; "" none */
  double            probability;                  /* of all candidates with its formula */
  int               state;                        /* of copper: 0 ... 2; -1: not known */
  double            state_probability;
  double            onset_eV; /* NaN: not found */
} cuxas_map_pixel;

typedef struct {
  const char      *name; /* of the file; borrowed */
  size_t           n_x, n_y;
  size_t           n_across, n_down; /* pixels of the file in each */
  cuxas_map_pixel *pixel;            /* (n_y, n_x) */
} cuxas_map;

/* cuxas_map_take() - what a result says of its pixel; result NULL: `reason` (static) says why there is none */
void cuxas_map_take(const cuxas_result *result, const char *reason, cuxas_map_pixel *ret_pixel);

/* cuxas_map_is_decided() - does the picture name its compound? Compounds of CUXAS_ANSWER_COMPOUND_LEVEL; all else is grey */
bool cuxas_map_is_decided(const cuxas_map_pixel *pixel);

/* cuxas_map_write_csv() - x,y,counts,signal_to_noise,answer,compound,probability,state,state_probability,onset_eV,reason;
 * x and y are those of the first pixel of each bin, from 0. A cuxas_writer. */
cuxas_status cuxas_map_write_csv(const void *map, FILE *out, cuxas_error *err);

/* cuxas_map_write_text() - how many pixels have which answer, in a few lines
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_map_write_text(const cuxas_map *map, FILE *out, cuxas_error *err);

/* cuxas_map_write_figure() - counts, copper's state and compound side by side, undecided pixels grey
 *
 * Returns  as cuxas_figure_write(). */
cuxas_status cuxas_map_write_figure(const void *map, cuxas_figure_format format, FILE *out, cuxas_error *err);

#endif
