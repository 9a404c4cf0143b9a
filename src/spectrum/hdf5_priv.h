/* hdf5_priv.h - the little of HDF5 that spectra need: names, attributes of text, numbers of one or two dimensions
 *
 * A file is opened from memory and never written to; links into other files, datasets stored in other files and virtual
 * datasets are refused, so that a file can name no other file. libhdf5 prints nothing meanwhile. It is not made for
 * threads and not for damaged files: see hdf5_child.c. */
#ifndef CUXAS_HDF5_PRIV_H
#define CUXAS_HDF5_PRIV_H
#include "spectrum/formats.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  CUXAS_HDF5_MAX_VALUES = 10000000, /* of a dataset; no spectrum has as many (our choice) */
  CUXAS_HDF5_MAX_MEMBER = 4096,     /* of a group */
  CUXAS_HDF5_MAX_NAME   = 256
};

typedef struct {
  const char *path; /* of the file, for messages */
  hid_t       id;
  hid_t       access; /* link access list that refuses external links */
  H5E_auto2_t print;  /* what libhdf5 did with its errors before */
  void       *print_data;
} cuxas_hdf5;

/* cuxas_hdf5_open() - bytes must outlive the file; ends with cuxas_hdf5_close(), also after a failure */
cuxas_status cuxas_hdf5_open(const char *path, const void *bytes, size_t n_byte, cuxas_hdf5 *ret_file,
                             cuxas_error *err);
void         cuxas_hdf5_close(cuxas_hdf5 *file);

typedef enum { CUXAS_HDF5_NOTHING, CUXAS_HDF5_GROUP, CUXAS_HDF5_DATASET, CUXAS_HDF5_OTHER } cuxas_hdf5_kind;

/* cuxas_hdf5_kind_of() - what stands at an absolute path */
cuxas_hdf5_kind cuxas_hdf5_kind_of(const cuxas_hdf5 *file, const char *object);

/* cuxas_hdf5_list() - names of a group's members, in order of the alphabet, names that are too long left out
 *
 *   ret_name  (n_name) the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT not to be read, or more than CUXAS_HDF5_MAX_MEMBER; CUXAS_ENOMEM. */
typedef char cuxas_hdf5_name[CUXAS_HDF5_MAX_NAME];
cuxas_status cuxas_hdf5_list(const cuxas_hdf5 *file, const char *group, cuxas_hdf5_name **ret_name, size_t *ret_n_name,
                             cuxas_error *err);

/* cuxas_hdf5_attribute() - an attribute as text; of an array the first item that is not "."; numbers as "%g"
 * cuxas_hdf5_text()      - a dataset of one text
 *
 * Both return false, and "", where there is none. */
bool cuxas_hdf5_attribute(const cuxas_hdf5 *file, const char *object, const char *name, char *ret_text, size_t size);
bool cuxas_hdf5_text(const cuxas_hdf5 *file, const char *dataset, char *ret_text, size_t size);

/* cuxas_hdf5_number() - an attribute of one number; false: there is none */
bool cuxas_hdf5_number(const cuxas_hdf5 *file, const char *object, const char *name, double *ret_value);

/* cuxas_hdf5_sizes() - dimensions of a dataset of numbers, at most max_dim; 0: it is none, or has more */
size_t cuxas_hdf5_sizes(const cuxas_hdf5 *file, const char *dataset, size_t *ret_size, size_t max_dim);

/* cuxas_hdf5_sum() - the values of a dataset of up to CUXAS_HDF5_MAX_DIM dimensions, added over all of them but one
 *
 *   i_kept   the dimension that stays
 *   ret_sum  (size of that dimension)
 *
 * Read slice by slice. Returns  CUXAS_OK; CUXAS_EFORMAT not to be read; CUXAS_EUNSUPPORTED more than
 * CUXAS_HDF5_MAX_VALUES in a slice; CUXAS_ENOMEM. */
enum { CUXAS_HDF5_MAX_DIM = 4 };
cuxas_status cuxas_hdf5_sum(const cuxas_hdf5 *file, const char *dataset, size_t i_kept, double *ret_sum,
                            cuxas_error *err);

/* cuxas_hdf5_slice() - all values with one index of the first dimension, in the order of the file
 *
 *   ret_value  (product of the other dimensions), at most CUXAS_HDF5_MAX_VALUES */
cuxas_status cuxas_hdf5_slice(const cuxas_hdf5 *file, const char *dataset, size_t i_slice, double *ret_value,
                              cuxas_error *err);

/* cuxas_hdf5_shape() - rows and columns of a dataset of real or whole numbers: (n) and (n, 1) have one column, (1, n)
 * too; a scalar has one of each. Returns false for anything else, too many values included. */
bool cuxas_hdf5_shape(const cuxas_hdf5 *file, const char *dataset, size_t *ret_n_row, size_t *ret_n_column);

/* cuxas_hdf5_read() - all values of such a dataset, as doubles
 *
 *   ret_value  (n_row * n_column) of cuxas_hdf5_shape(), the caller's */
cuxas_status cuxas_hdf5_read(const cuxas_hdf5 *file, const char *dataset, double *ret_value, cuxas_error *err);

/* -- spectrum_image.c: signals of HyperSpy -- */

bool         cuxas_hyperspy_recognises(const cuxas_hdf5 *file);
cuxas_status cuxas_hyperspy_read(const cuxas_hdf5 *file, const cuxas_measured_options *options,
                                 cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err);
cuxas_status cuxas_hyperspy_image(const cuxas_hdf5 *file, const char *opt_dataset, cuxas_spectrum_image **ret_image,
                                  cuxas_error *err);

/* cuxas_hdf5_confine() - takes this process, a child that reads one file, everything but that: what was open is closed but
 * for pipe_end (standard streams lead nowhere), no file and no socket can be opened, no other process signalled (seccomp,
 * where the kernel has it), 2 GB of memory, 20 s of computing (hdf5_child.c) */
void cuxas_hdf5_confine(int pipe_end);

#endif
