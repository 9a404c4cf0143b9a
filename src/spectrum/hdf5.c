/* hdf5.c - what readers ask of libhdf5, in memory: 1. opening  2. objects and members  3. texts  4. numbers */
#include "spectrum/hdf5_priv.h"
#include "base/memory.h"
#include "spectrum/formats.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. Opening ---- */
/* Called before libhdf5 would follow a link into another file. */
static herr_t refuse_link(const char *parent_file, const char *parent_group, const char *child_file,
                          const char *child_object, unsigned *flags, hid_t access, void *data)
{
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)access, (void)data;
  return -1;
}

cuxas_status cuxas_hdf5_open(const char *path, const void *bytes, size_t n_byte, cuxas_hdf5 *ret_file, cuxas_error *err)
{
  const char  *NOWHERE = "/dev/null/image"; /* libhdf5 refuses an image under the name of a file that exists */
  const size_t GROW    = (size_t)1 << 16;   /* of an image that is only read it never does */
  cuxas_hdf5  *file    = ret_file;

  *file = (cuxas_hdf5){.path = path, .id = H5I_INVALID_HID, .access = H5I_INVALID_HID};
  if (H5open() < 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: libhdf5 does not start", path);
  H5Eget_auto2(H5E_DEFAULT, &file->print, &file->print_data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  file->access = H5Pcreate(H5P_LINK_ACCESS);
  H5Pset_elink_cb(file->access, refuse_link, NULL);

  const hid_t how = H5Pcreate(H5P_FILE_ACCESS);
  if (H5Pset_fapl_core(how, GROW, false) >= 0 && H5Pset_file_image(how, (void *)(uintptr_t)bytes, n_byte) >= 0)
    file->id = H5Fopen(NOWHERE, H5F_ACC_RDONLY, how);
  H5Pclose(how);
  return file->id >= 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged HDF5 file", path);
}

void cuxas_hdf5_close(cuxas_hdf5 *file)
{
  if (file->id >= 0) H5Fclose(file->id);
  if (file->access >= 0) {
    H5Pclose(file->access);
    H5Eset_auto2(H5E_DEFAULT, file->print, file->print_data);
  }
  file->id = file->access = H5I_INVALID_HID;
}

/* ---- 2. Objects and members ---- */

static hid_t open_object(const cuxas_hdf5 *file, const char *object)
{
  return H5Oopen(file->id, object, file->access);
}

cuxas_hdf5_kind cuxas_hdf5_kind_of(const cuxas_hdf5 *file, const char *object)
{
  const hid_t id = open_object(file, object);
  if (id < 0) return CUXAS_HDF5_NOTHING;
  const H5I_type_t type = H5Iget_type(id);
  H5Oclose(id);
  return type == H5I_GROUP ? CUXAS_HDF5_GROUP : type == H5I_DATASET ? CUXAS_HDF5_DATASET : CUXAS_HDF5_OTHER;
}

static hid_t open_dataset(const cuxas_hdf5 *file, const char *dataset)
{
  const hid_t id = open_object(file, dataset);
  if (id >= 0 && H5Iget_type(id) != H5I_DATASET) {
    H5Oclose(id);
    return H5I_INVALID_HID;
  }
  return id;
}

typedef struct {
  cuxas_hdf5_name *name;
  size_t           n_name;
} name_list;

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  name_list *list = data;
  (void)group, (void)info;
  if (list->n_name == CUXAS_HDF5_MAX_MEMBER) return -1;
  if (strlen(name) < CUXAS_HDF5_MAX_NAME) strcpy(list->name[list->n_name++], name);
  return 0;
}

cuxas_status cuxas_hdf5_list(const cuxas_hdf5 *file, const char *group, cuxas_hdf5_name **ret_name, size_t *ret_n_name,
                             cuxas_error *err)
{
  name_list   list = {cuxas_new(err, CUXAS_HDF5_MAX_MEMBER, sizeof *list.name), 0};
  hsize_t     next = 0;
  const hid_t id   = open_object(file, group);
  *ret_name        = NULL;
  *ret_n_name      = 0;
  if (list.name == NULL || id < 0 || H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &next, add_name, &list) < 0) {
    const bool has_memory = list.name != NULL;
    free(list.name);
    if (id >= 0) H5Oclose(id);
    return has_memory ? cuxas_fail(err, CUXAS_EFORMAT, "%s: group %.200s: not to be read, or more than %d members",
                                   file->path, group, CUXAS_HDF5_MAX_MEMBER)
                      : cuxas_fail_at(err, cuxas_no_memory(err), file->path);
  }
  H5Oclose(id);
  *ret_name   = list.name;
  *ret_n_name = list.n_name;
  return CUXAS_OK;
}

/* ---- 3. Texts ---- */

/* An attribute or a dataset: both have a type, a space and values. */
typedef struct {
  hid_t id;
  bool  is_attribute;
} holder;

static bool read_values(holder from, hid_t type, void *values)
{
  return (from.is_attribute ? H5Aread(from.id, type, values)
                            : H5Dread(from.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values)) >= 0;
}

static void copy_text(const char *text, size_t n_byte, char *ret_text, size_t size)
{
  n_byte = strnlen(text, n_byte < size ? n_byte : size - 1);
  memcpy(ret_text, text, n_byte);
  while (n_byte > 0 && ret_text[n_byte - 1] == ' ') n_byte--;
  ret_text[n_byte] = '\0';
}

static bool is_axis_name(const char *text)
{
  return text[0] != '\0' && strcmp(text, ".") != 0;
}

static void take_variable(holder from, hid_t type, hid_t space, size_t n_item, char *ret_text, size_t size)
{
  char **item = cuxas_new(NULL, n_item, sizeof *item);
  if (item == NULL) return;
  if (read_values(from, type, item)) {
    for (size_t i = 0; i < n_item && !is_axis_name(ret_text); i++)
      if (item[i] != NULL) copy_text(item[i], strlen(item[i]), ret_text, size);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, item);
  }
  free(item);
}

static void take_fixed(holder from, hid_t type, size_t n_item, char *ret_text, size_t size)
{
  enum { MAX_TEXT = 65536 };
  const size_t n_byte = H5Tget_size(type);
  if (n_byte == 0 || n_byte > MAX_TEXT) return;
  char *item = cuxas_new(NULL, n_item, n_byte);
  if (item == NULL) return;
  if (read_values(from, type, item))
    for (size_t i = 0; i < n_item && !is_axis_name(ret_text); i++) copy_text(item + i * n_byte, n_byte, ret_text, size);
  free(item);
}

static bool take_text(holder from, hid_t type, hid_t space, char *ret_text, size_t size)
{
  enum { MAX_ITEM = 64 };
  ret_text[0]          = '\0';
  const hssize_t    n  = H5Sget_simple_extent_npoints(space);
  const H5T_class_t is = H5Tget_class(type);
  if (n < 1 || n > MAX_ITEM) return false;
  if (is == H5T_STRING) {
    if (H5Tis_variable_str(type) > 0)
      take_variable(from, type, space, (size_t)n, ret_text, size);
    else
      take_fixed(from, type, (size_t)n, ret_text, size);
  } else if ((is == H5T_INTEGER || is == H5T_FLOAT) && n == 1) {
    double value;
    if (read_values(from, H5T_NATIVE_DOUBLE, &value)) cuxas_text_print(ret_text, size, "%g", value);
  }
  return is_axis_name(ret_text);
}

bool cuxas_hdf5_attribute(const cuxas_hdf5 *file, const char *object, const char *name, char *ret_text, size_t size)
{
  bool        is_there = false;
  const hid_t id       = open_object(file, object);
  ret_text[0]          = '\0';
  if (id < 0) return false;
  if (H5Aexists(id, name) > 0) {
    const hid_t attribute = H5Aopen(id, name, H5P_DEFAULT);
    if (attribute >= 0) {
      const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
      is_there = type >= 0 && space >= 0 && take_text((holder){attribute, true}, type, space, ret_text, size);
      if (type >= 0) H5Tclose(type);
      if (space >= 0) H5Sclose(space);
      H5Aclose(attribute);
    }
  }
  H5Oclose(id);
  return is_there;
}

/* Are all bytes in this file, in pieces of sane size? */
static bool is_stored_here(hid_t dataset)
{
  const size_t MAX_PIECE = (size_t)256 << 20;
  hsize_t      chunk[H5S_MAX_RANK];
  const hid_t  how = H5Dget_create_plist(dataset);
  if (how < 0) return false;
  bool               is_here = H5Pget_external_count(how) == 0;
  const H5D_layout_t layout  = H5Pget_layout(how);
  if (layout == H5D_VIRTUAL || layout < 0) is_here = false;
  if (layout == H5D_CHUNKED) {
    const hid_t type   = H5Dget_type(dataset);
    double      n_byte = type >= 0 ? (double)H5Tget_size(type) : 1;
    const int   n_dim  = H5Pget_chunk(how, H5S_MAX_RANK, chunk);
    for (int i = 0; i < n_dim; i++) n_byte *= (double)chunk[i];
    if (n_dim < 1 || n_byte > (double)MAX_PIECE) is_here = false;
    if (type >= 0) H5Tclose(type);
  }
  H5Pclose(how);
  return is_here;
}

bool cuxas_hdf5_text(const cuxas_hdf5 *file, const char *dataset, char *ret_text, size_t size)
{
  bool        is_there = false;
  const hid_t id       = open_dataset(file, dataset);
  ret_text[0]          = '\0';
  if (id < 0) return false;
  const hid_t type = H5Dget_type(id), space = H5Dget_space(id);
  if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING && is_stored_here(id))
    is_there = take_text((holder){id, false}, type, space, ret_text, size);
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  H5Oclose(id);
  return is_there;
}

/* ---- 4. Numbers ---- */

static bool has_numbers(hid_t dataset)
{
  const hid_t type = H5Dget_type(dataset);
  if (type < 0) return false;
  const H5T_class_t is = H5Tget_class(type);
  H5Tclose(type);
  return is == H5T_INTEGER || is == H5T_FLOAT;
}

static bool find_shape(hid_t dataset, size_t *ret_n_row, size_t *ret_n_column)
{
  hsize_t     size[2] = {1, 1};
  const hid_t space   = H5Dget_space(dataset);
  if (space < 0) return false;
  const int n_dim = H5Sget_simple_extent_ndims(space);
  if (n_dim >= 1 && n_dim <= 2) H5Sget_simple_extent_dims(space, size, NULL);
  H5Sclose(space);
  if (n_dim < 0 || n_dim > 2) return false;
  if (n_dim == 2 && size[0] == 1) { /* one row of values is a column of them */
    size[0] = size[1];
    size[1] = 1;
  }
  if (size[0] == 0 || size[1] == 0 || size[0] > CUXAS_HDF5_MAX_VALUES / size[1]) return false;
  *ret_n_row    = (size_t)size[0];
  *ret_n_column = (size_t)size[1];
  return true;
}

bool cuxas_hdf5_shape(const cuxas_hdf5 *file, const char *dataset, size_t *ret_n_row, size_t *ret_n_column)
{
  const hid_t id = open_dataset(file, dataset);
  if (id < 0) return false;
  const bool is_fine = has_numbers(id) && find_shape(id, ret_n_row, ret_n_column) && is_stored_here(id);
  H5Oclose(id);
  return is_fine;
}

cuxas_status cuxas_hdf5_read(const cuxas_hdf5 *file, const char *dataset, double *ret_value, cuxas_error *err)
{
  const hid_t id = open_dataset(file, dataset);
  if (id < 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no dataset %.200s", file->path, dataset);
  const herr_t answer = H5Dread(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, ret_value);
  H5Oclose(id);
  return answer >= 0
             ? CUXAS_OK
             : cuxas_fail(err, CUXAS_EFORMAT,
                          "%s: dataset %.200s cannot be read: damaged, or compressed in a way this libhdf5 lacks",
                          file->path, dataset);
}

bool cuxas_hdf5_number(const cuxas_hdf5 *file, const char *object, const char *name, double *ret_value)
{
  bool        is_there = false;
  const hid_t id       = open_object(file, object);
  if (id < 0) return false;
  const hid_t attribute = H5Aexists(id, name) > 0 ? H5Aopen(id, name, H5P_DEFAULT) : H5I_INVALID_HID;
  if (attribute >= 0) {
    const hid_t       type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const H5T_class_t is = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    is_there = (is == H5T_INTEGER || is == H5T_FLOAT) && space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
               H5Aread(attribute, H5T_NATIVE_DOUBLE, ret_value) >= 0;
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    H5Aclose(attribute);
  }
  H5Oclose(id);
  return is_there;
}

size_t cuxas_hdf5_sizes(const cuxas_hdf5 *file, const char *dataset, size_t *ret_size, size_t max_dim)
{
  hsize_t     size[H5S_MAX_RANK];
  size_t      n_dim = 0;
  const hid_t id    = open_dataset(file, dataset);
  if (id < 0) return 0;
  const hid_t space = H5Dget_space(id);
  if (has_numbers(id) && space >= 0 && is_stored_here(id)) {
    const int n = H5Sget_simple_extent_ndims(space);
    if (n >= 1 && (size_t)n <= max_dim && H5Sget_simple_extent_dims(space, size, NULL) == n) n_dim = (size_t)n;
  }
  for (size_t i = 0; i < n_dim; i++) ret_size[i] = (size_t)size[i];
  if (space >= 0) H5Sclose(space);
  H5Oclose(id);
  return n_dim;
}

/* One slice along the first dimension; n_value: numbers in it. */
static bool read_slice(hid_t id, const size_t *size, size_t n_dim, size_t i_slice, double *ret_value)
{
  hsize_t start[CUXAS_HDF5_MAX_DIM] = {i_slice}, count[CUXAS_HDF5_MAX_DIM] = {1}, n_value = 1;
  for (size_t i = 1; i < n_dim; i++) n_value *= count[i] = size[i];
  const hid_t in = H5Dget_space(id), out = H5Screate_simple(1, &n_value, NULL);
  const bool  is_read = in >= 0 && out >= 0 && H5Sselect_hyperslab(in, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                       H5Dread(id, H5T_NATIVE_DOUBLE, out, in, H5P_DEFAULT, ret_value) >= 0;
  if (in >= 0) H5Sclose(in);
  if (out >= 0) H5Sclose(out);
  return is_read;
}

cuxas_status cuxas_hdf5_slice(const cuxas_hdf5 *file, const char *dataset, size_t i_slice, double *ret_value,
                              cuxas_error *err)
{
  size_t       size[CUXAS_HDF5_MAX_DIM];
  const size_t n_dim   = cuxas_hdf5_sizes(file, dataset, size, CUXAS_HDF5_MAX_DIM);
  const hid_t  id      = n_dim > 0 && i_slice < size[0] ? open_dataset(file, dataset) : H5I_INVALID_HID;
  const bool   is_read = id >= 0 && read_slice(id, size, n_dim, i_slice, ret_value);
  if (id >= 0) H5Oclose(id);
  return is_read ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s: dataset %.200s cannot be read", file->path, dataset);
}

static void add_slice(const double *value, size_t n_value, const size_t *size, size_t n_dim, size_t i_slice,
                      size_t i_kept, double *sum)
{
  size_t stride = 1;
  for (size_t i = i_kept + 1; i < n_dim; i++) stride *= size[i];
  for (size_t i = 0; i < n_value; i++) sum[i_kept == 0 ? i_slice : i / stride % size[i_kept]] += value[i];
}

cuxas_status cuxas_hdf5_sum(const cuxas_hdf5 *file, const char *dataset, size_t i_kept, double *ret_sum,
                            cuxas_error *err)
{
  size_t       size[CUXAS_HDF5_MAX_DIM], n_value = 1;
  const size_t n_dim = cuxas_hdf5_sizes(file, dataset, size, CUXAS_HDF5_MAX_DIM);
  for (size_t i = 1; i < n_dim; i++) {
    if (size[i] == 0 || n_value > CUXAS_HDF5_MAX_VALUES / size[i])
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: %.200s: more than %d values in a slice", file->path, dataset,
                        CUXAS_HDF5_MAX_VALUES);
    n_value *= size[i];
  }
  if (n_dim == 0 || i_kept >= n_dim)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %.200s is no dataset of numbers", file->path, dataset);
  double     *values = cuxas_new(err, n_value, sizeof *values);
  const hid_t id     = open_dataset(file, dataset);
  bool        is_ok  = values != NULL && id >= 0;
  for (size_t i = 0; i < size[i_kept]; i++) ret_sum[i] = 0;
  for (size_t i = 0; i < size[0] && is_ok; i++) {
    is_ok = read_slice(id, size, n_dim, i, values);
    if (is_ok) add_slice(values, n_value, size, n_dim, i, i_kept, ret_sum);
  }
  if (id >= 0) H5Oclose(id);
  const bool has_memory = values != NULL;
  free(values);
  return is_ok        ? CUXAS_OK
         : has_memory ? cuxas_fail(err, CUXAS_EFORMAT, "%s: dataset %.200s cannot be read", file->path, dataset)
                      : cuxas_fail_at(err, cuxas_no_memory(err), file->path);
}
