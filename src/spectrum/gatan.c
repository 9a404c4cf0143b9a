/* Files of Gatan DigitalMicrograph, .dm3 and .dm4: spectra, and the sum of spectrum images and camera rows
 *
 * A file is a tree of tags (C. B. Boothroyd describes it: http://www.er-c.org/cbb/info/dmformat). Numbers of the tree are
 * big-endian, of 4 bytes in version 3 and 8 in version 4; values are in the byte order that the head states.
 *
 *   head        version, size of the tree, 1: values are little-endian
 *   folder      sorted, open (a byte each), how many tags
 *   tag         20 folder, 21 value (a byte), length of its name (2 bytes), name, in version 4 the size of what follows
 *   value       %%%%, how many numbers describe it, those: a type; 15 a struct; 18 a text; 20 an array: type and length last
 *
 * Read are, of each image below ImageList, ImageData: Data, Dimensions, Calibrations.Dimension (Origin, Scale, Units:
 * value = (i - Origin) Scale), Name and what ImageTags say of the acquisition. The spectrum is the image with an axis in
 * eV; all other axes are summed over. Everything is checked against the size of the file before it is read.
 *
 * Contents
 *   1. Bytes
 *   2. Values
 *   3. The tree
 *   4. Which image, which axis
 *   5. The sum as a table
 *   6. The pixels */
#include "base/memory.h"
#include "spectrum/formats.h"
#include "spectrum/spectrum_image.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_IMAGE = 64, MAX_AXIS = 5, MAX_DEPTH = 24, MAX_TAG = 2000000, MAX_PATH_BYTES = 512, MAX_INFO = 64 };

/* One image of the list. A count of 0 means that the tag is missing. */
typedef struct {
  size_t            n_axis, n_calibrated;
  double            size[MAX_AXIS], origin[MAX_AXIS], scale[MAX_AXIS];
  char              unit[MAX_AXIS][16];
  size_t            data_at, n_value; /* where the values lie, how many */
  int               type;             /* of the values */
  char              name[80];
  char              signal[16]; /* "EELS", "X-ray"; "" */
  cuxas_acquisition acquisition;
} gatan_image;

typedef struct {
  const char          *path; /* for messages */
  const unsigned char *bytes;
  size_t               n_byte, at; /* at: what is read next */
  size_t               number_size;
  bool                 is_little;
  size_t               n_tag;
  size_t               n_image;
  gatan_image         *images; /* (MAX_IMAGE) */
} tag_file;

/* ---- 1. Bytes ---- */

static bool has(const tag_file *file, size_t n)
{
  return n <= file->n_byte - file->at;
}

static bool take_big(tag_file *file, size_t size, uint64_t *ret_number)
{
  if (!has(file, size)) return false;
  *ret_number = 0;
  for (size_t i = 0; i < size; i++) *ret_number = *ret_number << 8 | file->bytes[file->at + i];
  file->at += size;
  return true;
}

static bool take_count(tag_file *file, uint64_t *ret_number)
{
  return take_big(file, file->number_size, ret_number);
}

static cuxas_status fail_cut_off(const tag_file *file, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: a damaged or cut off DigitalMicrograph file (at byte %zu)", file->path,
                    file->at);
}

/* ---- 2. Values ---- */

enum {
  TYPE_I16    = 2,
  TYPE_I32    = 3,
  TYPE_U16    = 4,
  TYPE_U32    = 5,
  TYPE_F32    = 6,
  TYPE_F64    = 7,
  TYPE_BOOL   = 8,
  TYPE_CHAR   = 9,
  TYPE_BYTE   = 10,
  TYPE_I64    = 11,
  TYPE_U64    = 12,
  TYPE_STRUCT = 15,
  TYPE_TEXT   = 18,
  TYPE_ARRAY  = 20
};

/* Bytes of a simple type; 0: it is none. */
static size_t size_of(uint64_t type)
{
  static const size_t SIZES[] = {0, 0, 2, 4, 2, 4, 4, 8, 1, 1, 1, 8, 8};
  return type < sizeof SIZES / sizeof *SIZES ? SIZES[type] : 0;
}

/* The value at an offset that has been checked. */
static double value_at(const tag_file *file, size_t at, int type)
{
  const size_t size = size_of((uint64_t)type);
  uint64_t     bits = 0;
  for (size_t i = 0; i < size; i++) bits = bits << 8 | file->bytes[at + (file->is_little ? size - 1 - i : i)];
  switch (type) {
  case TYPE_I16: return (double)(int16_t)(uint16_t)bits;
  case TYPE_I32: return (double)(int32_t)(uint32_t)bits;
  case TYPE_CHAR: return (double)(int8_t)(uint8_t)bits;
  case TYPE_I64: return (double)(int64_t)bits;
  case TYPE_F32: {
    const uint32_t half = (uint32_t)bits;
    float          number;
    memcpy(&number, &half, sizeof number);
    return (double)number;
  }
  case TYPE_F64: {
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
  }
  default: return (double)bits;
  }
}

/* What a tag holds: one number, or an array of them at data_at. */
typedef struct {
  bool   is_number, is_array;
  double number;
  int    type;
  size_t data_at, n_value;
} tag_value;

/* Bytes of a struct's fields, whose description starts at info[1]; 0: not understood. */
static size_t struct_size(const uint64_t *info, size_t n_info, size_t *ret_n_used)
{
  size_t size = 0;
  if (n_info < 3 || info[2] > 100) return 0;
  const size_t n_field = (size_t)info[2];
  if (n_info < 3 + 2 * n_field) return 0;
  for (size_t i = 0; i < n_field; i++) {
    const size_t one = size_of(info[4 + 2 * i]);
    if (one == 0 || info[3 + 2 * i] > 255) return 0;
    size += one + (size_t)info[3 + 2 * i];
  }
  *ret_n_used = 3 + 2 * n_field;
  return size;
}

/* A value; the cursor goes behind it. Returns false where it cannot be. */
static bool take_value(tag_file *file, tag_value *ret_value)
{
  uint64_t n_info, info[MAX_INFO], sign;
  size_t   size, n_used = 0;
  *ret_value = (tag_value){0};
  if (!take_big(file, 4, &sign) || sign != 0x25252525 || !take_count(file, &n_info) || n_info < 1) return false;
  if (n_info > MAX_INFO) return false;
  for (size_t i = 0; i < n_info; i++)
    if (!take_count(file, &info[i])) return false;
  if (info[0] == TYPE_ARRAY) {
    if (n_info < 3) return false;
    const uint64_t n = info[n_info - 1];
    size             = info[1] == TYPE_STRUCT ? struct_size(info + 1, (size_t)n_info - 2, &n_used) : size_of(info[1]);
    if (size == 0 || n > (file->n_byte - file->at) / size) return false;
    *ret_value = (tag_value){.is_array = n_info == 3, .type = (int)info[1], .data_at = file->at, .n_value = (size_t)n};
    file->at += (size_t)n * size;
    return true;
  }
  if (info[0] == TYPE_STRUCT) {
    size = struct_size(info, (size_t)n_info, &n_used);
    if (size == 0 || !has(file, size)) return false;
    file->at += size;
    return true;
  }
  if (info[0] == TYPE_TEXT) {
    if (n_info < 2 || info[1] > file->n_byte || !has(file, 2 * (size_t)info[1])) return false;
    file->at += 2 * (size_t)info[1];
    return true;
  }
  if ((size = size_of(info[0])) == 0 || !has(file, size)) return false;
  *ret_value = (tag_value){.is_number = true, .number = value_at(file, file->at, (int)info[0])};
  file->at += size;
  return true;
}

/* Texts are arrays of 16-bit characters; what is not ASCII becomes '?', but for the micro sign. */
static void take_text(const tag_file *file, const tag_value *value, char *ret_text, size_t size)
{
  size_t n = 0;
  if (!value->is_array || value->type != TYPE_U16) return;
  for (size_t i = 0; i < value->n_value && n + 1 < size; i++) {
    const int character = (int)value_at(file, value->data_at + 2 * i, TYPE_U16);
    ret_text[n++]       = (char)(character >= ' ' && character < 127 ? character : character == 0xb5 ? 'u' : '?');
  }
  ret_text[n] = '\0';
}

/* ---- 3. The tree ---- */

/* "#N" at the start of what follows a prefix; the rest behind it in ret_rest. */
static bool take_index(const char *path, const char *prefix, size_t *ret_index, const char **ret_rest)
{
  const size_t n_byte = strlen(prefix);
  if (strncmp(path, prefix, n_byte) != 0) return false;
  char *end  = NULL;
  *ret_index = (size_t)strtoul(path + n_byte, &end, 10);
  *ret_rest  = end;
  return end != path + n_byte;
}

static bool ends_with(const char *text, const char *end)
{
  const size_t n = strlen(text), n_end = strlen(end);
  return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* What ImageTags say of the acquisition; the places differ between versions of the program. */
static void take_acquisition(const char *rest, double number, gatan_image *of)
{
  const struct {
    const char *end;
    double     *field;
  } TAGS[] = {{".Exposure (s)", &of->acquisition.exposure_s},
              {".Integration time (s)", &of->acquisition.exposure_s},
              {".Number of frames", &of->acquisition.n_frame},
              {".Collection semi-angle (mrad)", &of->acquisition.collection_mrad},
              {".Convergence semi-angle (mrad)", &of->acquisition.convergence_mrad},
              {".Dispersion (eV/ch)", &of->acquisition.dispersion_eV},
              {".Microscope Info.Voltage", &of->acquisition.voltage_V}};
  for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++)
    if (ends_with(rest, TAGS[i].end) && isfinite(number)) *TAGS[i].field = number;
}

/* A value of the tree goes where it belongs: "ImageList.3.ImageData.Calibrations.Dimension.0.Scale". */
static void keep_value(tag_file *file, const char *path, const tag_value *value)
{
  size_t      i_image = 0, i_axis = 0;
  const char *rest = NULL, *last = NULL;
  if (!take_index(path, "ImageList.", &i_image, &rest) || i_image >= MAX_IMAGE) return;
  gatan_image *of = &file->images[i_image];
  if (i_image >= file->n_image) file->n_image = i_image + 1;
  if (strcmp(rest, ".Name") == 0) take_text(file, value, of->name, sizeof of->name);
  if (strcmp(rest, ".ImageData.Data") == 0 && value->is_array) {
    of->data_at = value->data_at;
    of->n_value = value->n_value;
    of->type    = value->type;
  }
  if (take_index(rest, ".ImageData.Dimensions.", &i_axis, &last) && i_axis < MAX_AXIS && value->is_number) {
    of->size[i_axis] = value->number;
    if (i_axis >= of->n_axis) of->n_axis = i_axis + 1;
  }
  if (take_index(rest, ".ImageData.Dimensions.", &i_axis, &last) && i_axis >= MAX_AXIS) of->n_axis = MAX_AXIS + 1;
  if (take_index(rest, ".ImageData.Calibrations.Dimension.", &i_axis, &last) && i_axis < MAX_AXIS) {
    if (strcmp(last, ".Origin") == 0 && value->is_number) of->origin[i_axis] = value->number;
    if (strcmp(last, ".Scale") == 0 && value->is_number) of->scale[i_axis] = value->number;
    if (strcmp(last, ".Units") == 0) take_text(file, value, of->unit[i_axis], sizeof of->unit[i_axis]);
  }
  if (strcmp(rest, ".ImageTags.Meta Data.Signal") == 0) take_text(file, value, of->signal, sizeof of->signal);
  if (strncmp(rest, ".ImageTags.", 11) == 0 && value->is_number) take_acquisition(rest, value->number, of);
}

static cuxas_status read_folder(tag_file *file, char *path, int depth, cuxas_error *err)
{
  const size_t n_path    = strlen(path);
  size_t       i_unnamed = 0;
  uint64_t     flags, n_tag;
  if (depth > MAX_DEPTH)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a DigitalMicrograph file with folders in folders beyond %d", file->path,
                      MAX_DEPTH);
  if (!take_big(file, 2, &flags) || !take_count(file, &n_tag)) return fail_cut_off(file, err);
  for (uint64_t i = 0; i < n_tag; i++) {
    uint64_t kind, n_name, size;
    char     name[128];
    if (++file->n_tag > MAX_TAG) return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %d tags", file->path, MAX_TAG);
    if (!take_big(file, 1, &kind)) return fail_cut_off(file, err);
    if (kind == 0) return CUXAS_OK; /* end of the file */
    if (!take_big(file, 2, &n_name) || !has(file, (size_t)n_name)) return fail_cut_off(file, err);
    const size_t n_kept = n_name < sizeof name - 1 ? (size_t)n_name : sizeof name - 1;
    memcpy(name, file->bytes + file->at, n_kept);
    name[n_kept] = '\0';
    file->at += (size_t)n_name;
    if (file->number_size == 8 && !take_big(file, 8, &size)) return fail_cut_off(file, err);
    if (n_name == 0) snprintf(name, sizeof name, "%zu", i_unnamed++);
    if (n_path + strlen(name) + 2 < MAX_PATH_BYTES)
      sprintf(path + n_path, "%s%s", n_path > 0 ? "." : "", name);
    else
      strcpy(path, "?"); /* nothing that is looked for lies so deep */
    if (kind == 20) {
      const cuxas_status status = read_folder(file, path, depth + 1, err);
      if (status != CUXAS_OK) return status;
    } else if (kind == 21) {
      tag_value value;
      if (!take_value(file, &value)) return fail_cut_off(file, err);
      keep_value(file, path, &value);
    } else {
      return fail_cut_off(file, err);
    }
    path[n_path] = '\0';
  }
  return CUXAS_OK;
}

bool cuxas_gatan_recognises(const void *bytes, size_t n_byte)
{
  const unsigned char *start = bytes;
  if (n_byte < 24 || start[0] != 0 || start[1] != 0 || start[2] != 0 || (start[3] != 3 && start[3] != 4)) return false;
  const unsigned char *order = start + (start[3] == 3 ? 8 : 12);
  return order[0] == 0 && order[1] == 0 && order[2] == 0 && order[3] <= 1;
}

static cuxas_status read_tree(tag_file *file, cuxas_error *err)
{
  char     path[MAX_PATH_BYTES] = "";
  uint64_t version, size, order;
  if (!take_big(file, 4, &version)) return fail_cut_off(file, err);
  file->number_size = version == 3 ? 4 : 8;
  if (!take_count(file, &size) || !take_big(file, 4, &order)) return fail_cut_off(file, err);
  file->is_little = order == 1;
  if ((file->images = cuxas_new(err, MAX_IMAGE, sizeof *file->images)) == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, file->path);
  return read_folder(file, path, 0, err);
}

/* ---- 4. Which image, which axis ---- */

/* eV per unit of an axis; 0: no energy. */
static double eV_of(const char *unit)
{
  return strcmp(unit, "eV") == 0 ? 1 : strcmp(unit, "keV") == 0 ? 1000 : 0;
}

/* Is this image a spectrum? Its axis in eV, and whether all fits together. */
static bool find_axis(const gatan_image *of, size_t *ret_i_energy)
{
  double n_value  = 1;
  bool   is_there = false;
  if (of->n_axis == 0 || of->n_axis > MAX_AXIS || size_of((uint64_t)of->type) == 0 || of->n_value == 0) return false;
  for (size_t i = 0; i < of->n_axis; i++) {
    if (!(of->size[i] >= 1) || floor(of->size[i]) != of->size[i]) return false;
    n_value *= of->size[i];
    if (eV_of(of->unit[i]) <= 0 || of->size[i] < 2) continue;
    if (!(of->scale[i] != 0) || !isfinite(of->scale[i]) || !isfinite(of->origin[i])) return false;
    *ret_i_energy = i;
    is_there      = true;
  }
  return is_there && n_value == (double)of->n_value;
}

static cuxas_status choose_image(const tag_file *file, const char *opt_scan, cuxas_measured_info *info,
                                 const gatan_image **ret_image, size_t *ret_i_axis, cuxas_error *err)
{
  cuxas_scan_entry   entry[MAX_IMAGE] = {0};
  const gatan_image *found[MAX_IMAGE];
  size_t             n_found = 0, i_found = 0, n_emission = 0, i_axis;
  for (size_t i = 0; i < file->n_image; i++) {
    if (!find_axis(&file->images[i], &i_axis)) continue;
    if (strcmp(file->images[i].signal, "X-ray") == 0 || strcmp(file->images[i].signal, "CL") == 0) {
      n_emission++;
      continue;
    }
    snprintf(entry[n_found].key, sizeof entry[n_found].key, "%zu", n_found + 1);
    entry[n_found].label = file->images[i].name;
    found[n_found++]     = &file->images[i];
  }
  if (n_found == 0 && n_emission > 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a spectrum of emitted X-rays or light, no absorption", file->path);
  if (n_found == 0)
    return cuxas_fail(
        err, CUXAS_EFORMAT,
        "%s: Gatan DigitalMicrograph (.dm3/.dm4) without a spectrum (no axis in eV): export as .msa or text",
        file->path);
  const cuxas_status status = cuxas_scan_choose(file->path, "spectrum", entry, n_found, opt_scan, &i_found, err);
  if (status != CUXAS_OK) return status;
  *ret_image = found[i_found];
  find_axis(*ret_image, ret_i_axis);
  if (info != NULL && (n_found > 1 || found[i_found]->name[0] != '\0')) {
    char name[sizeof info->scan];
    snprintf(name, sizeof name, "%s %s", entry[i_found].key, entry[i_found].label);
    cuxas_info_put(info->scan, sizeof info->scan, name);
    info->n_scan_in_file = n_found;
  }
  return CUXAS_OK;
}

static double energy_of(const gatan_image *of, size_t i_axis, size_t i)
{
  return ((double)i - of->origin[i_axis]) * of->scale[i_axis] * eV_of(of->unit[i_axis]);
}

/* ---- 5. The sum as a table ---- */

/* Values of one energy over all other axes are added, in the order of the file. */
static void sum_pixels(const tag_file *file, const gatan_image *of, size_t i_axis, double *ret_sum)
{
  const size_t n_energy = (size_t)of->size[i_axis], size = size_of((uint64_t)of->type);
  size_t       stride = 1;
  for (size_t i = 0; i < i_axis; i++) stride *= (size_t)of->size[i];
  for (size_t i = 0; i < n_energy; i++) ret_sum[i] = 0;
  for (size_t i = 0; i < of->n_value; i++)
    ret_sum[i / stride % n_energy] += value_at(file, of->data_at + i * size, of->type);
}

static cuxas_status fill_table(const tag_file *file, const gatan_image *of, size_t i_axis, cuxas_measured_info *info,
                               cuxas_table *ret_table, cuxas_error *err)
{
  const size_t n_energy = (size_t)of->size[i_axis], n_pixel = of->n_value / n_energy;
  double      *sum    = cuxas_new(err, n_energy, sizeof *sum);
  cuxas_status status = sum != NULL ? cuxas_table_new(file->path, n_energy, 2, ret_table, err)
                                    : cuxas_fail_at(err, cuxas_no_memory(err), file->path);
  if (status != CUXAS_OK) goto done;
  sum_pixels(file, of, i_axis, sum);
  ret_table->n_row = 0;
  for (size_t i = 0; i < n_energy; i++) {
    if (!(energy_of(of, i_axis, i) > 0)) continue;
    ret_table->number[2 * ret_table->n_row]       = energy_of(of, i_axis, i);
    ret_table->number[2 * ret_table->n_row++ + 1] = sum[i];
  }
  if (ret_table->n_row < n_energy)
    cuxas_warn(&info->warnings, "%zu points at energies of 0 and below are left out", n_energy - ret_table->n_row);
  if (n_pixel > 1) cuxas_warn(&info->warnings, "a spectrum image: the sum of its %zu pixels is used", n_pixel);
  if ((status = cuxas_info_new_columns(info, 2, ret_table->n_row, err)) != CUXAS_OK ||
      (status = cuxas_column_set_name(&info->column[0], "energy loss (eV)", err)) != CUXAS_OK)
    goto done;
  info->column[0].role = CUXAS_COLUMN_ENERGY;
  info->column[1].role = CUXAS_COLUMN_SIGNAL;
  status               = cuxas_column_set_name(&info->column[1], "intensity", err);
  cuxas_info_put(info->detection_mode, sizeof info->detection_mode, "EELS");
  cuxas_acquisition_put(&of->acquisition, n_pixel, info->acquisition, sizeof info->acquisition);
done:
  free(sum);
  return status;
}

cuxas_status cuxas_gatan_read(const char *path, const void *bytes, size_t n_byte, const cuxas_measured_options *options,
                              cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err)
{
  tag_file           file   = {.path = path, .bytes = bytes, .n_byte = n_byte};
  const gatan_image *of     = NULL;
  size_t             i_axis = 0;
  cuxas_status       status;
  if ((status = read_tree(&file, err)) == CUXAS_OK &&
      (status = choose_image(&file, options->scan, info, &of, &i_axis, err)) == CUXAS_OK)
    status = fill_table(&file, of, i_axis, info, ret_table, err);
  free(file.images);
  return status;
}

/* ---- 6. The pixels ---- */

cuxas_status cuxas_gatan_image(const char *path, const void *bytes, size_t n_byte, const char *opt_scan,
                               cuxas_spectrum_image **ret_image, cuxas_error *err)
{
  tag_file           file   = {.path = path, .bytes = bytes, .n_byte = n_byte};
  const gatan_image *of     = NULL;
  size_t             i_axis = 0, stride[MAX_AXIS], n_across[2] = {1, 1}, step[2] = {0, 0}, n_other = 0;
  cuxas_status       status;
  *ret_image = NULL;
  if ((status = read_tree(&file, err)) != CUXAS_OK ||
      (status = choose_image(&file, opt_scan, NULL, &of, &i_axis, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0, product = 1; i < of->n_axis; product *= (size_t)of->size[i++]) {
    stride[i] = product;
    if (i == i_axis || of->size[i] < 2) continue;
    if (n_other == 2) {
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a spectrum image of more than two dimensions", path);
      goto done;
    }
    n_across[n_other] = (size_t)of->size[i];
    step[n_other++]   = stride[i];
  }
  const size_t n_energy = (size_t)of->size[i_axis];
  if ((status = cuxas_spectrum_image_new(path, n_across[0], n_across[1], n_energy, ret_image, err)) != CUXAS_OK)
    goto done;
  for (size_t k = 0; k < n_energy; k++) (*ret_image)->energy_eV[k] = energy_of(of, i_axis, k);
  for (size_t y = 0; y < n_across[1]; y++)
    for (size_t x = 0; x < n_across[0]; x++)
      for (size_t k = 0; k < n_energy; k++)
        (*ret_image)->value[(y * n_across[0] + x) * n_energy + k] = (float)value_at(
            &file, of->data_at + (x * step[0] + y * step[1] + k * stride[i_axis]) * size_of((uint64_t)of->type),
            of->type);
done:
  free(file.images);
  return status;
}
