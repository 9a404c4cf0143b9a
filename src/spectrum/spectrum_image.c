/* spectrum_image.c - a spectrum per pixel: pixels whatever the format, binned and one by one; and the files of HyperSpy,
 * HDF5 of a form of its own
 *
 * A signal of HyperSpy is /Experiments/NAME with the dataset "data" and a group "axis-N" for each dimension, whose
 * attributes are name, units, scale and offset; in the group "metadata" stand what kind of signal it is and how it was
 * acquired (https://hyperspy.org, "HSpy - HyperSpy's HDF5 Specification").
 *
 * Contents
 *   1. Images
 *   2. What is said of the acquisition
 *   3. HyperSpy: which signal
 *   4. HyperSpy: the sum as a table
 *   5. HyperSpy: the pixels */
#include "spectrum/spectrum_image.h"
#include "base/gzip.h"
#include "base/memory.h"
#include "base/text.h"
#include "spectrum/formats.h"
#include "spectrum/hdf5_priv.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_PATH = 1024 };

/* ---- 1. Images ---- */

cuxas_status cuxas_spectrum_image_new(const char *path, size_t n_x, size_t n_y, size_t n_energy,
                                      cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  cuxas_spectrum_image *image = cuxas_new(err, 1, sizeof *image);
  *ret_image                  = NULL;
  if (image != NULL && n_x > 0 && n_y > 0 && n_energy > 0 && n_y <= SIZE_MAX / sizeof(float) / n_energy / n_x) {
    *image           = (cuxas_spectrum_image){.n_x = n_x, .n_y = n_y, .n_energy = n_energy};
    image->energy_eV = cuxas_new(err, n_energy, sizeof *image->energy_eV);
    image->value     = cuxas_new(err, n_x * n_y, n_energy * sizeof *image->value);
    if (image->energy_eV != NULL && image->value != NULL) {
      *ret_image = image;
      return CUXAS_OK;
    }
  }
  cuxas_spectrum_image_free(image);
  return cuxas_fail_at(err, cuxas_no_memory(err), path);
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
  else if (status == CUXAS_OK && cuxas_nexus_recognises(content, n_byte))
    status = cuxas_nexus_image(path, content, n_byte, opt_scan, ret_image, err);
  else if (status == CUXAS_OK)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no spectrum image: .dm3, .dm4 and .hspy are", path);
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

/* ---- 2. What is said of the acquisition ---- */

void cuxas_acquisition_put(const cuxas_acquisition *of, size_t n_pixel, char *text, size_t size)
{
  size_t n = 0;
  const struct {
    const char *format;
    double      value;
  } PARTS[] = {{"exposure %g s", of->exposure_s},
               {"%g frames", of->n_frame},
               {"dispersion %g eV", of->dispersion_eV},
               {"collection %g mrad", of->collection_mrad},
               {"convergence %g mrad", of->convergence_mrad},
               {"beam %g kV", of->voltage_V / 1000},
               {"sum of %g pixels", n_pixel > 1 ? (double)n_pixel : 0}};
  for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
    char one[48];
    if (!(PARTS[i].value > 0)) continue;
    snprintf(one, sizeof one, PARTS[i].format, PARTS[i].value);
    if (n + strlen(one) + 3 > size) break;
    n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", one);
  }
}

/* ---- 3. HyperSpy: which signal ---- */

typedef struct {
  char              group[MAX_PATH], data[MAX_PATH];
  size_t            n_dim, i_energy, size[CUXAS_HDF5_MAX_DIM];
  double            offset, scale, eV;   /* energy = (offset + i scale) eV */
  char              title[80], kind[32]; /* "", or as the metadata say: "EELS", "EDS_TEM" */
  cuxas_acquisition acquisition;
} hyperspy_signal;

static double energy_of(const hyperspy_signal *signal, size_t i)
{
  return (signal->offset + (double)i * signal->scale) * signal->eV;
}

bool cuxas_hyperspy_recognises(const cuxas_hdf5 *file)
{
  char format[32];
  return cuxas_hdf5_attribute(file, "/", "file_format", format, sizeof format) && strcasecmp(format, "HyperSpy") == 0;
}

/* "group/name"; false when it is too long */
static bool join(const char *group, const char *name, char ret_path[MAX_PATH])
{
  const int n = snprintf(ret_path, MAX_PATH, "%s/%s", group, name);
  return n >= 0 && n < MAX_PATH;
}

static void read_metadata(const cuxas_hdf5 *file, hyperspy_signal *signal)
{
  static const char TEM[]  = "metadata/Acquisition_instrument/TEM",
                    EELS[] = "metadata/Acquisition_instrument/TEM/Detector/EELS";
  cuxas_acquisition *of    = &signal->acquisition;
  const struct {
    const char *group, *name;
    double     *field;
  } FIELDS[] = {{TEM, "beam_energy", &of->voltage_V},
                {TEM, "convergence_angle", &of->convergence_mrad},
                {EELS, "collection_angle", &of->collection_mrad},
                {EELS, "exposure", &of->exposure_s},
                {EELS, "exposure_time", &of->exposure_s},
                {EELS, "frame_number", &of->n_frame}};
  char path[MAX_PATH];
  if (join(signal->group, "metadata/Signal", path))
    cuxas_hdf5_attribute(file, path, "signal_type", signal->kind, sizeof signal->kind);
  if (join(signal->group, "metadata/General", path))
    cuxas_hdf5_attribute(file, path, "title", signal->title, sizeof signal->title);
  for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
    if (join(signal->group, FIELDS[i].group, path)) cuxas_hdf5_number(file, path, FIELDS[i].name, FIELDS[i].field);
  of->voltage_V *= 1000; /* from kV */
  of->dispersion_eV = fabs(signal->scale * signal->eV);
}

/* Its axis in eV or keV; of several the last. */
static bool find_signal_of(const cuxas_hdf5 *file, const char *group, hyperspy_signal *ret_signal)
{
  char axis[MAX_PATH], unit[32], name[80];
  bool is_there = false;
  *ret_signal   = (hyperspy_signal){0};
  if (!join(group, "data", ret_signal->data)) return false;
  strcpy(ret_signal->group, group);
  ret_signal->n_dim = cuxas_hdf5_sizes(file, ret_signal->data, ret_signal->size, CUXAS_HDF5_MAX_DIM);
  for (size_t i = 0; i < ret_signal->n_dim; i++) {
    snprintf(name, sizeof name, "axis-%zu", i);
    if (!join(group, name, axis) || ret_signal->size[i] == 0) return false;
    cuxas_hdf5_attribute(file, axis, "units", unit, sizeof unit);
    const double eV = strcmp(unit, "eV") == 0 ? 1 : strcmp(unit, "keV") == 0 ? 1000 : 0;
    double       scale, offset;
    if (eV <= 0 || !cuxas_hdf5_number(file, axis, "scale", &scale) ||
        !cuxas_hdf5_number(file, axis, "offset", &offset) || !isfinite(scale) || scale == 0 || !isfinite(offset))
      continue;
    ret_signal->i_energy = i;
    ret_signal->eV       = eV;
    ret_signal->scale    = scale;
    ret_signal->offset   = offset;
    is_there             = true;
  }
  if (is_there) read_metadata(file, ret_signal);
  return is_there;
}

/* X-rays and light that a sample sends out have energies, too. */
static bool is_emission(const hyperspy_signal *signal)
{
  return strncmp(signal->kind, "EDS", 3) == 0 || strncmp(signal->kind, "CL", 2) == 0 ||
         strcmp(signal->kind, "Luminescence") == 0;
}

static cuxas_status choose_signal(const cuxas_hdf5 *file, const char *opt_dataset, hyperspy_signal *ret_signal,
                                  cuxas_error *err)
{
  cuxas_hdf5_name *name   = NULL;
  size_t           n_name = 0, n_found = 0, n_emission = 0;
  char             list[500] = "", group[MAX_PATH];
  cuxas_status     status    = cuxas_hdf5_list(file, "/Experiments", &name, &n_name, err);
  for (size_t i = 0; i < n_name && status == CUXAS_OK; i++) {
    hyperspy_signal signal;
    if (!join("/Experiments", name[i], group) || !find_signal_of(file, group, &signal)) continue;
    if (opt_dataset != NULL && strncmp(group, opt_dataset, strlen(group)) != 0) continue;
    if (is_emission(&signal)) {
      n_emission++;
      continue;
    }
    *ret_signal         = signal;
    const size_t n_byte = strlen(list);
    snprintf(list + n_byte, sizeof list - n_byte, "%s%.200s", n_found > 0 ? ", " : "", group);
    n_found++;
  }
  free(name);
  if (status != CUXAS_OK || n_found == 1) return status;
  if (n_found == 0 && n_emission > 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a spectrum of emitted X-rays or light, no absorption", file->path);
  return cuxas_fail(err, CUXAS_EFORMAT,
                    n_found == 0 ? "%s: a HyperSpy file without a spectrum (no axis in eV)%s"
                                 : "%s: several spectra; choose with --dataset: %s",
                    file->path, list);
}

/* ---- 4. HyperSpy: the sum as a table ---- */

static cuxas_status describe_signal(const hyperspy_signal *signal, size_t n_left_out, cuxas_measured_info *info,
                                    size_t n_row, cuxas_error *err)
{
  size_t n_pixel = 1;
  char   scan[MAX_PATH];
  for (size_t i = 0; i < signal->n_dim; i++) n_pixel *= i == signal->i_energy ? 1 : signal->size[i];
  if (n_left_out > 0) cuxas_warn(&info->warnings, "%zu points at energies of 0 and below are left out", n_left_out);
  if (n_pixel > 1) cuxas_warn(&info->warnings, "a spectrum image: the sum of its %zu pixels is used", n_pixel);
  cuxas_status status = cuxas_info_new_columns(info, 2, n_row, err);
  if (status != CUXAS_OK || (status = cuxas_column_set_name(&info->column[0], "energy loss (eV)", err)) != CUXAS_OK ||
      (status = cuxas_column_set_name(&info->column[1], "intensity", err)) != CUXAS_OK)
    return status;
  info->column[0].role = CUXAS_COLUMN_ENERGY;
  info->column[1].role = CUXAS_COLUMN_SIGNAL;
  snprintf(scan, sizeof scan, "%.800s%s%s", signal->group, signal->title[0] != '\0' ? " " : "", signal->title);
  cuxas_info_put(info->scan, sizeof info->scan, scan);
  cuxas_info_put(info->detection_mode, sizeof info->detection_mode, "EELS");
  cuxas_acquisition_put(&signal->acquisition, n_pixel, info->acquisition, sizeof info->acquisition);
  return CUXAS_OK;
}

cuxas_status cuxas_hyperspy_read(const cuxas_hdf5 *file, const cuxas_measured_options *options,
                                 cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  hyperspy_signal signal;
  double         *sum    = NULL;
  cuxas_status    status = choose_signal(file, options->dataset, &signal, err);
  if (status != CUXAS_OK) return status;
  const size_t n_energy = signal.size[signal.i_energy];
  if ((sum = cuxas_new(err, n_energy, sizeof *sum)) == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, file->path);
  if ((status = cuxas_hdf5_sum(file, signal.data, signal.i_energy, sum, err)) != CUXAS_OK ||
      (status = cuxas_table_new(file->path, n_energy, 2, ret_table, err)) != CUXAS_OK)
    goto done;
  ret_table->n_row = 0;
  for (size_t i = 0; i < n_energy; i++) {
    if (!(energy_of(&signal, i) > 0)) continue;
    ret_table->number[2 * ret_table->n_row]       = energy_of(&signal, i);
    ret_table->number[2 * ret_table->n_row++ + 1] = sum[i];
  }
  if (ret_table->n_row == 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %.200s: no energy above 0", file->path, signal.data);
  else
    status = describe_signal(&signal, n_energy - ret_table->n_row, info, ret_table->n_row, err);
done:
  free(sum);
  return status;
}

/* ---- 5. HyperSpy: the pixels ---- */

cuxas_status cuxas_hyperspy_image(const cuxas_hdf5 *file, const char *opt_dataset, cuxas_spectrum_image **ret_image,
                                  cuxas_error *err)
{
  hyperspy_signal signal;
  size_t          across[2] = {0, 0}, n_across[2] = {1, 1}, n_other = 0, n_slice = 1, at[CUXAS_HDF5_MAX_DIM] = {0};
  double         *values = NULL;
  cuxas_status    status = choose_signal(file, opt_dataset, &signal, err);

  *ret_image = NULL;
  if (status != CUXAS_OK) return status;
  for (size_t i = signal.n_dim; i-- > 0;) { /* the last dimension runs fastest: it is x */
    if (i == signal.i_energy || signal.size[i] < 2) continue;
    if (n_other == 2)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a spectrum image of more than two dimensions", file->path);
    across[n_other]     = i;
    n_across[n_other++] = signal.size[i];
  }
  const size_t n_energy = signal.size[signal.i_energy];
  if ((status = cuxas_spectrum_image_new(file->path, n_across[0], n_across[1], n_energy, ret_image, err)) != CUXAS_OK)
    return status;
  for (size_t k = 0; k < n_energy; k++) (*ret_image)->energy_eV[k] = energy_of(&signal, k);
  for (size_t i = 1; i < signal.n_dim; i++) n_slice *= signal.size[i]; /* fits: all of the image does */
  if ((values = cuxas_new(err, n_slice, sizeof *values)) == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, file->path);
  for (at[0] = 0; at[0] < signal.size[0] && status == CUXAS_OK; at[0]++) {
    status = cuxas_hdf5_slice(file, signal.data, at[0], values, err);
    for (size_t i = 0; i < n_slice && status == CUXAS_OK; i++) {
      for (size_t d = signal.n_dim, rest = i; d-- > 1; rest /= signal.size[d]) at[d] = rest % signal.size[d];
      const size_t x = n_other > 0 ? at[across[0]] : 0, y = n_other > 1 ? at[across[1]] : 0;
      (*ret_image)->value[(y * n_across[0] + x) * n_energy + at[signal.i_energy]] = (float)values[i];
    }
  }
  free(values);
  if (status == CUXAS_OK) return CUXAS_OK;
  cuxas_spectrum_image_free(*ret_image);
  *ret_image = NULL;
  return status;
}
