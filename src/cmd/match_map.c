/* match_map.c - a spectrum image asked pixel by pixel: one session, as many threads as there are, a table and a picture
 *
 * Pixels are asked as any measured file is, but without what only a single report needs: p-values, mixtures, simulations,
 * and the curves and sites of figures. The sum of all pixels goes first: it opens the session's libraries, from which
 * then all threads read. */
#include "base/memory.h"
#include "cmd/batch.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "report/map.h"
#include "spectrum/spectrum_image.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SIGNAL                                                                                                     \
  10.0 /* range of a pixel's spectrum over its noise: below, compounds are not told apart (our choice) */
static const char TOO_NOISY[] = "too noisy: larger --bin", NO_EDGE[] = "no copper edge that stands out",
                  NO_MEMORY[] = "memory ran out"; /* ends the map: other pixels' answers would hide it */

/* Options that say what is done with one report. */
static const char *const ONE_REPORT[] = {"json", "csv",     "spectra",  "overview", "nexus",  "html",   "markdown",
                                         "plot", "mixture", "simulate", "merge",    "replay", "out-dir"};

static const cuxas_output_row OUTPUTS[] = {
    {"map", cuxas_map_write_csv, NULL}, {"figure", NULL, cuxas_map_write_figure}, {0}};

cuxas_status cuxas_map_check(const cuxas_options *options, cuxas_match_settings *settings, cuxas_error *err)
{
  for (size_t i = 0; i < sizeof ONE_REPORT / sizeof *ONE_REPORT; i++)
    if (cuxas_options_is_given(options, ONE_REPORT[i]))
      cuxas_options_usage_error(options, "--map and --%s do not go together: every pixel has an answer of its own",
                                ONE_REPORT[i]);
  const cuxas_status status = cuxas_outputs_check(options, OUTPUTS, NULL, err);
  settings->n_keep = settings->n_detail = settings->n_mixture = settings->n_standards_mixture = 0;
  settings->n_simulate                                                                        = 0;
  settings->unconstrained                                                                     = false;
  return status;
}

/* The part of the spectrum that is compared, and how far it stands out of the noise. */
static cuxas_status weigh_pixel(const cuxas_spectrum *spectrum, const cuxas_model *model, cuxas_map_pixel *pixel)
{
  cuxas_spectrum *part  = cuxas_spectrum_new(spectrum->n_point);
  double          noise = 0, low = HUGE_VAL, high = -HUGE_VAL;
  pixel->counts = pixel->signal = NAN;
  if (part == NULL) return CUXAS_ENOMEM;
  part->n_point = 0;
  pixel->counts = 0;
  for (size_t i = 0; i < spectrum->n_point; i++) {
    if (spectrum->energy_eV[i] < model->grid.start_eV - 10 || spectrum->energy_eV[i] > cuxas_grid_end_eV(model->grid))
      continue;
    part->energy_eV[part->n_point] = spectrum->energy_eV[i];
    part->mu[part->n_point++]      = spectrum->mu[i];
    pixel->counts += spectrum->mu[i];
    low  = fmin(low, spectrum->mu[i]);
    high = fmax(high, spectrum->mu[i]);
  }
  const cuxas_status status = cuxas_noise(part, &noise, NULL);
  if (status == CUXAS_OK && noise > 0) pixel->signal = (high - low) / noise;
  cuxas_spectrum_free(part);
  return status == CUXAS_ENOMEM ? status : CUXAS_OK;
}

static void ask_pixel(const cuxas_map_job *job, const cuxas_spectrum_image *image, size_t i, cuxas_map_pixel *pixel)
{
  cuxas_result   *result = NULL;
  cuxas_error     why;
  cuxas_spectrum *spectrum = cuxas_spectrum_image_pixel(image, i % image->n_x, i / image->n_x);
  const char     *reason   = NULL;
  cuxas_status    status   = CUXAS_ENOMEM;
  if (spectrum != NULL) {
    if (weigh_pixel(spectrum, job->model, pixel) == CUXAS_ENOMEM) reason = NO_MEMORY;
    if (reason == NULL && pixel->signal < MIN_SIGNAL) reason = TOO_NOISY;
    if (reason == NULL) status = cuxas_session_identify_loss(job->session, job->measured, spectrum, &result, &why);
    if (reason == NULL && status != CUXAS_OK) reason = status == CUXAS_ENOMEM ? NO_MEMORY : NO_EDGE;
  } else {
    reason = NO_MEMORY;
  }
  cuxas_map_take(result, reason, pixel);
  cuxas_result_free(result);
  cuxas_spectrum_free(spectrum);
}

static cuxas_status ask_pixels(const cuxas_map_job *job, const cuxas_spectrum_image *image, cuxas_map *map,
                               cuxas_error *err)
{
  const size_t       n      = map->n_x * map->n_y;
  size_t             n_done = 0;
  cuxas_progress_bar bar    = cuxas_progress_start("pixels", cuxas_options_flag(job->options, "quiet"));
#pragma omp        parallel for schedule(dynamic)
  for (size_t i = 0; i < n; i++) {
           size_t so_far;
           ask_pixel(job, image, i, &map->pixel[i]);
#pragma omp atomic capture
    so_far = ++n_done;
    if (omp_get_thread_num() == 0) cuxas_progress_show(so_far, n, &bar);
  }
  cuxas_progress_end(&bar);
  for (size_t i = 0; i < n; i++)
    if (map->pixel[i].reason == NO_MEMORY) return cuxas_fail_at(err, cuxas_no_memory(err), job->measured);
  return CUXAS_OK;
}

static cuxas_status read_image(const cuxas_map_job *job, cuxas_map *map, cuxas_spectrum_image **ret_image,
                               cuxas_error *err)
{
  const cuxas_options *options = job->options;
  const char          *scan = cuxas_options_n_item(options, "scan") > 0 ? cuxas_options_item(options, "scan", 0) : NULL;
  const char          *dataset = cuxas_options_text(options, "dataset");
  const size_t         n_bin   = (size_t)cuxas_options_integer(options, "bin");
  cuxas_spectrum_image *whole  = NULL;
  cuxas_status status = cuxas_spectrum_image_read(job->measured, dataset != NULL ? dataset : scan, &whole, err);
  *ret_image          = NULL;
  if (status != CUXAS_OK) return status;
  map->n_across = n_bin;
  map->n_down   = whole->n_y > 1 ? n_bin : 1; /* a line of spectra is binned along the line */
  if (n_bin == 1) {
    *ret_image = whole;
    return CUXAS_OK;
  }
  if ((status = cuxas_spectrum_image_bin(whole, n_bin, ret_image, err)) != CUXAS_OK && status != CUXAS_ENOMEM)
    status = cuxas_fail(err, status, "%s: --bin %zu does not fit into %zu x %zu pixels", job->measured, n_bin,
                        whole->n_x, whole->n_y);
  cuxas_spectrum_image_free(whole);
  return status;
}

cuxas_status cuxas_map_run(const cuxas_map_job *job, cuxas_measurement *sum, cuxas_result **ret_sum, cuxas_error *err)
{
  const cuxas_options  *options = job->options;
  cuxas_spectrum_image *image   = NULL;
  cuxas_map             map     = {.name = job->measured};
  cuxas_status          status  = read_image(job, &map, &image, err);

  if (status != CUXAS_OK) goto done;
  map.n_x = image->n_x;
  map.n_y = image->n_y;
  if ((map.pixel = cuxas_new(err, map.n_x * map.n_y, sizeof *map.pixel)) == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, job->measured);
    goto done;
  }
  if ((status = cuxas_session_identify_measurement(job->session, job->measured, sum, ret_sum, err)) != CUXAS_OK ||
      (*ret_sum)->hits->n_hit == 0)
    goto done;
  cuxas_session_watch(job->session, NULL, NULL);
  if ((status = ask_pixels(job, image, &map, err)) == CUXAS_OK)
    status = cuxas_outputs_write(options, OUTPUTS, &map, err);
  if (status == CUXAS_OK && strcmp(cuxas_options_text(options, "map"), "-") != 0)
    status = cuxas_map_write_text(&map, stdout, err);
done:
  cuxas_spectrum_image_free(image);
  free(map.pixel);
  return status;
}
