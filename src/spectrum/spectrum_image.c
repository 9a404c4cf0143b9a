/* Spectrum images: the pixels of a file whatever its format, binned, and one by one */
#include "spectrum/spectrum_image.h"

#include "base/gzip.h"
#include "base/memory.h"
#include "base/text.h"
#include "spectrum/formats.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

cuxas_status cuxas_spectrum_image_new(const char *path, size_t n_x, size_t n_y, size_t n_energy,
                                      cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  cuxas_spectrum_image *image = cuxas_new_array(1, sizeof *image);
  *ret_image                  = NULL;
  if (image != NULL && n_x > 0 && n_y > 0 && n_energy > 0 && n_y <= SIZE_MAX / sizeof(float) / n_energy / n_x) {
    *image           = (cuxas_spectrum_image){.n_x = n_x, .n_y = n_y, .n_energy = n_energy};
    image->energy_eV = cuxas_new_array(n_energy, sizeof *image->energy_eV);
    image->value     = cuxas_new_array(n_x * n_y, n_energy * sizeof *image->value);
    if (image->energy_eV != NULL && image->value != NULL) {
      *ret_image = image;
      return CUXAS_OK;
    }
  }
  cuxas_spectrum_image_free(image);
  return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu x %zu spectra of %zu points", path, n_x, n_y, n_energy);
}

void cuxas_spectrum_image_free(cuxas_spectrum_image *image)
{
  if (image == NULL) return;
  free(image->energy_eV);
  free(image->value);
  free(image);
}

cuxas_status cuxas_spectrum_image_read(const char *path, const char *opt_scan, cuxas_spectrum_image **ret_image,
                                       cuxas_error *err)
{
  char  *bytes = NULL, *expanded = NULL;
  size_t n_byte = 0;

  *ret_image          = NULL;
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status == CUXAS_OK && cuxas_gzip_recognises(bytes, n_byte))
    status = cuxas_gzip_expand(path, bytes, n_byte, &expanded, &n_byte, err);
  const char *content = expanded != NULL ? expanded : bytes;
  if (status == CUXAS_OK && cuxas_gatan_recognises(content, n_byte))
    status = cuxas_gatan_image(path, content, n_byte, opt_scan, ret_image, err);
  else if (status == CUXAS_OK)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no spectrum image (.dm3, .dm4)", path);
  free(expanded);
  free(bytes);
  return status;
}

cuxas_status cuxas_spectrum_image_bin(const cuxas_spectrum_image *image, size_t n_bin, cuxas_spectrum_image **ret_image,
                                      cuxas_error *err)
{
  *ret_image = NULL;
  if (n_bin < 1 || image->n_x < n_bin || (image->n_y < n_bin && image->n_y > 1))
    return cuxas_fail(err, CUXAS_ERANGE, "bins of %zu pixels do not fit into %zu x %zu", n_bin, image->n_x, image->n_y);
  const size_t n_down   = image->n_y > 1 ? n_bin : 1; /* a line of spectra is binned along the line */
  const size_t n_energy = image->n_energy, n_x = image->n_x / n_bin, n_y = image->n_y / n_down;
  cuxas_status status = cuxas_spectrum_image_new("spectrum image", n_x, n_y, n_energy, ret_image, err);
  if (status != CUXAS_OK) return status;
  memcpy((*ret_image)->energy_eV, image->energy_eV, n_energy * sizeof *image->energy_eV);
  for (size_t y = 0; y < n_y * n_down; y++)
    for (size_t x = 0; x < n_x * n_bin; x++) {
      const float *from = image->value + (y * image->n_x + x) * n_energy;
      float       *to   = (*ret_image)->value + (y / n_down * n_x + x / n_bin) * n_energy;
      for (size_t k = 0; k < n_energy; k++) to[k] += from[k];
    }
  return CUXAS_OK;
}

cuxas_spectrum *cuxas_spectrum_image_pixel(const cuxas_spectrum_image *image, size_t x, size_t y)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(image->n_energy);
  size_t          n_point  = 0;
  if (spectrum == NULL) return NULL;
  for (size_t k = 0; k < image->n_energy; k++) {
    if (!(image->energy_eV[k] > 0)) continue;
    spectrum->energy_eV[n_point] = image->energy_eV[k];
    spectrum->mu[n_point++]      = (double)image->value[(y * image->n_x + x) * image->n_energy + k];
  }
  spectrum->n_point = n_point;
  return spectrum;
}
