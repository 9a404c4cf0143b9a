#include "question.h"

#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cuxas_question_free(cuxas_question *question)
{
  cuxas_query_free(question->query);
  cuxas_prepared_free(question->prepared);
  cuxas_measured_info_free(question->info);
  cuxas_spectrum_free(question->spectrum);
  *question = (cuxas_question){0};
}

/* Everything that comes from standard input; it can be read only once, but is hashed and parsed. */
static cuxas_status read_input(char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  size_t n_byte = 0, n_room = 0;
  char  *bytes = NULL;

  for (;;) {
    if (n_byte == n_room) {
      n_room      = n_room > 0 ? 2 * n_room : 65536;
      char *grown = n_room <= CUXAS_TEXT_MAX_BYTES ? realloc(bytes, n_room) : NULL;
      if (grown == NULL) {
        free(bytes);
        return cuxas_fail(err, CUXAS_ENOMEM, "standard input: too much for the memory");
      }
      bytes = grown;
    }
    const size_t n_read = fread(bytes + n_byte, 1, n_room - n_byte, stdin);
    if (n_read == 0) break;
    n_byte += n_read;
  }
  if (ferror(stdin)) {
    free(bytes);
    return cuxas_fail(err, CUXAS_EIO, "standard input: cannot read");
  }
  *ret_bytes  = bytes;
  *ret_n_byte = n_byte;
  return CUXAS_OK;
}

cuxas_status cuxas_question_read(const char *path, const cuxas_measured_options *how, cuxas_question *ret_question,
                                 cuxas_error *err)
{
  cuxas_question *question = ret_question;
  cuxas_status    status   = CUXAS_OK;
  cuxas_text      text     = {0};
  char           *bytes    = NULL;
  size_t          n_byte   = 0;

  *question = (cuxas_question){0};
  if (strcmp(path, "-") != 0) {
    if ((status = cuxas_measured_read(path, how, &question->spectrum, &question->info, err)) != CUXAS_OK) return status;
    return cuxas_hash_file(path, question->sha256, err);
  }
  if ((status = read_input(&bytes, &n_byte, err)) != CUXAS_OK) return status;
  cuxas_hash_memory(bytes, n_byte, question->sha256);
  if ((status = cuxas_text_from_memory("standard input", bytes, n_byte, &text, err)) == CUXAS_OK)
    status = cuxas_measured_parse(&text, how, &question->spectrum, &question->info, err);
  cuxas_text_free(&text);
  free(bytes);
  return status;
}

cuxas_status cuxas_question_open_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err)
{
  const char  *given  = cuxas_options_text(options, "model");
  char        *path   = NULL;
  cuxas_status status = CUXAS_OK;

  *ret_model = NULL;
  if (given == NULL) status = cuxas_data_path(cuxas_options_text(options, "data"), CUXAS_DATA_MODEL, &path, err);
  if (status == CUXAS_OK) status = cuxas_model_read(given != NULL ? given : path, ret_model, err);
  free(path);
  return status;
}

cuxas_status cuxas_question_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (cuxas_options_is(options, "fwhm", "model")) status = cuxas_options_set_real(options, "fwhm", model->fwhm_eV, err);
  if (status == CUXAS_OK && cuxas_options_is(options, "shift-center", "model"))
    status = cuxas_options_set_real(options, "shift-center", model->shift_eV, err);
  return status;
}

cuxas_status cuxas_question_check(const cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  const bool has_no_hole = cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE);
  const bool has_hole    = cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE);
  const bool wants_both  = cuxas_options_is(options, "hole", "fit") || cuxas_options_real(options, "hole") < 1.0;

  if (!has_no_hole && !has_hole)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: holds a featurizer alone, it cannot predict spectra",
                      model->name);
  if (wants_both && !(has_no_hole && has_hole))
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "model %s: --hole needs networks for both states of the core level, it has one", model->name);
  return CUXAS_OK;
}

static void choose_comparison(const cuxas_options *options, cuxas_compare_settings *ret_compare)
{
  cuxas_compare_settings *compare = ret_compare;

  *compare            = cuxas_compare_defaults();
  compare->scale      = cuxas_options_is(options, "scale", "edge-step")       ? CUXAS_SCALE_EDGE_STEP
                        : cuxas_options_is(options, "scale", "least-squares") ? CUXAS_SCALE_LEAST_SQUARES
                                                                              : CUXAS_SCALE_MINMAX;
  compare->shift_mode = cuxas_options_is(options, "shift", "fit")      ? CUXAS_SHIFT_FIT
                        : cuxas_options_is(options, "shift", "common") ? CUXAS_SHIFT_COMMON
                                                                       : CUXAS_SHIFT_FIXED;
  if (compare->shift_mode == CUXAS_SHIFT_FIXED) compare->fixed_shift_eV = cuxas_options_real(options, "shift");
  compare->criterion =
      cuxas_options_is(options, "shift-criterion", "mae") ? CUXAS_CRITERION_MAE : CUXAS_CRITERION_CORRELATION;
  compare->center_shift_eV = cuxas_options_real(options, "shift-center");
  compare->window_eV       = cuxas_options_real(options, "shift-window");
  compare->fwhm_eV         = cuxas_options_real(options, "fwhm");

  compare->fit_hole      = cuxas_options_is(options, "hole", "fit");
  compare->hole_fraction = compare->fit_hole ? 1.0 : cuxas_options_real(options, "hole");
}

cuxas_status cuxas_question_pose(cuxas_question *question, const char *path, const cuxas_options *options,
                                 const cuxas_model *model, double smooth_eV, cuxas_error *err)
{
  cuxas_preprocess_settings *preprocess = &question->preprocess;
  cuxas_edge_window          edge[CUXAS_COMPARE_MAX_EDGE];
  cuxas_status               status;

  if ((status = cuxas_question_check(options, model, err)) != CUXAS_OK) return status;
  choose_comparison(options, &question->compare);
  *preprocess                = cuxas_preprocess_defaults();
  preprocess->smooth_eV      = smooth_eV;
  preprocess->beyond_lattice = true; /* the query decides which points predictions can reach */
  if (cuxas_options_is_set(options, "range"))
    cuxas_options_range(options, "range", &preprocess->crop_min_eV, &preprocess->crop_max_eV);
  status = cuxas_preprocess_measured(question->spectrum, strcmp(path, "-") == 0 ? "standard input" : path, model->grid,
                                     preprocess, &question->prepared, err);
  if (status != CUXAS_OK) return status;

  for (size_t i = 0; i < model->n_edge; i++) {
    snprintf(edge[i].name, sizeof edge[i].name, "%s", model->edge[i].name);
    edge[i].splitting_eV = model->edge[i].grid.start_eV - model->edge[0].grid.start_eV;
  }
  return cuxas_query_new(question->prepared->grid, question->prepared->mu, model->grid, edge, model->n_edge,
                         &question->compare, &question->query, err);
}
