/* spectrum_image.h - a spectrum per pixel, as energy-loss microscopes record them */
#ifndef CUXAS_SPECTRUM_IMAGE_H
#define CUXAS_SPECTRUM_IMAGE_H
#include "cuxas/spectrum.h"

/* What energy-loss files say of the acquisition; 0: nothing. */
typedef struct {
  double exposure_s, n_frame, collection_mrad, convergence_mrad, dispersion_eV, voltage_V;
} cuxas_acquisition;

/* cuxas_acquisition_put() - in words, "exposure 2.5 s, beam 200 kV" */
void cuxas_acquisition_put(const cuxas_acquisition *of, size_t n_pixel, char *text, size_t size);

typedef struct {
  size_t  n_x, n_y, n_energy;
  double *energy_eV; /* (n_energy) ascending or descending, may be 0 and below */
  float  *value;     /* (n_y, n_x, n_energy) counts as in the file */
} cuxas_spectrum_image;

/* cuxas_spectrum_image_read() - the pixels of a spectrum image; of a single spectrum one pixel
 *
 *   path       .dm3, .dm4 or .hspy
 *   opt_scan   of a file with several: number or name, in .hspy "/Experiments/NAME"; NULL: the file has one
 *   ret_image  the caller frees it with cuxas_spectrum_image_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT no such file, damaged, no axis in eV; CUXAS_EUNSUPPORTED more than two
 *          dimensions across; CUXAS_ENOMEM. */
cuxas_status cuxas_spectrum_image_read(const char *path, const char *opt_scan, cuxas_spectrum_image **ret_image,
                                       cuxas_error *err);

/* cuxas_spectrum_image_bin() - sums of n_bin x n_bin neighbouring pixels; what does not fill a bin at the far sides is left out
 *
 *   n_bin  >= 1
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer pixels than n_bin across or down; CUXAS_ENOMEM. */
cuxas_status cuxas_spectrum_image_bin(const cuxas_spectrum_image *image, size_t n_bin, cuxas_spectrum_image **ret_image,
                                      cuxas_error *err);

/* cuxas_spectrum_image_pixel() - the spectrum of a pixel, points of positive energy alone; the caller frees it; NULL: no
 * memory */
cuxas_spectrum *cuxas_spectrum_image_pixel(const cuxas_spectrum_image *image, size_t x, size_t y);

/* cuxas_spectrum_image_new() - all zero, for readers; cuxas_spectrum_image_free() accepts NULL */
cuxas_status cuxas_spectrum_image_new(const char *path, size_t n_x, size_t n_y, size_t n_energy,
                                      cuxas_spectrum_image **ret_image, cuxas_error *err);
void         cuxas_spectrum_image_free(cuxas_spectrum_image *image);

#endif
