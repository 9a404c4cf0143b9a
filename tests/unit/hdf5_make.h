/* hdf5_make.h - HDF5 files for tests, made in memory */
#ifndef HDF5_MAKE_H
#define HDF5_MAKE_H
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

static inline hid_t make_file(void)
{
  const hid_t how = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(how, 4096, 0);
  const hid_t file = H5Fcreate("/dev/null/made", H5F_ACC_TRUNC, H5P_DEFAULT, how);
  H5Pclose(how);
  return file;
}

/* The file's bytes, which the caller frees; closes the file. */
static inline void *made_bytes(hid_t file, size_t *ret_n_byte)
{
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  const ssize_t n_byte = H5Fget_file_image(file, NULL, 0);
  void         *bytes  = malloc((size_t)n_byte);
  H5Fget_file_image(file, bytes, (size_t)n_byte);
  H5Fclose(file);
  *ret_n_byte = (size_t)n_byte;
  return bytes;
}

static inline void put_attribute(hid_t file, const char *object, const char *name, const char *text)
{
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), id = H5Oopen(file, object, H5P_DEFAULT);
  H5Tset_size(type, strlen(text));
  const hid_t attribute = H5Acreate2(id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, text);
  H5Aclose(attribute);
  H5Oclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static inline void put_number_attribute(hid_t file, const char *object, const char *name, double number)
{
  const hid_t space = H5Screate(H5S_SCALAR), id = H5Oopen(file, object, H5P_DEFAULT);
  const hid_t attribute = H5Acreate2(id, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_DOUBLE, &number);
  H5Aclose(attribute);
  H5Oclose(id);
  H5Sclose(space);
}

/* An array of variable-length texts, as h5py writes lists. */
static inline void put_attribute_list(hid_t file, const char *object, const char *name, const char **texts, hsize_t n)
{
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &n, NULL), id = H5Oopen(file, object, H5P_DEFAULT);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t attribute = H5Acreate2(id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, texts);
  H5Aclose(attribute);
  H5Oclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static inline void put_group(hid_t file, const char *path, const char *opt_class)
{
  H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  if (opt_class != NULL) put_attribute(file, path, "NX_class", opt_class);
}

static inline void put_numbers(hid_t file, const char *path, const double *values, hsize_t n_row, hsize_t n_column)
{
  const hsize_t size[] = {n_row, n_column};
  const hid_t   space  = H5Screate_simple(n_column > 0 ? 2 : 1, size, NULL);
  const hid_t   id     = H5Dcreate2(file, path, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  H5Dclose(id);
  H5Sclose(space);
}

static inline void put_text(hid_t file, const char *path, const char *text)
{
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t id = H5Dcreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text);
  H5Dclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static const double MADE_ENERGY_EV[] = {930, 931, 932}, MADE_ENERGY_KEV[] = {0.930, 0.931, 0.932};
static const double MADE_MU[] = {0.5, 1.5, 1.0}, MADE_DOUBLE[] = {1, 3, 2}, MADE_TWO[] = {2, 2, 2};

/* /entry/data as NXxas has it, energies in keV; i0 elsewhere */
static inline hid_t make_nexus(void)
{
  const hid_t file   = make_file();
  const char *axes[] = {".", "energy"};
  put_group(file, "/entry", "NXentry");
  put_text(file, "/entry/definition", "NXxas");
  put_text(file, "/entry/element", "Cu");
  put_text(file, "/entry/edge", "L3");
  put_text(file, "/entry/mode", "Total Electron Yield");
  put_group(file, "/entry/data", "NXdata");
  put_numbers(file, "/entry/data/energy", MADE_ENERGY_KEV, 3, 0);
  put_attribute(file, "/entry/data/energy", "units", "keV");
  put_numbers(file, "/entry/data/absorbed_beam", MADE_DOUBLE, 3, 0);
  put_numbers(file, "/entry/data/another", MADE_TWO, 3, 0);
  put_attribute(file, "/entry/data", "signal", "absorbed_beam");
  put_attribute_list(file, "/entry/data", "axes", axes, 2);
  put_group(file, "/entry/monitor", "NXmonitor");
  put_numbers(file, "/entry/monitor/data", MADE_TWO, 3, 0);
  put_numbers(file, "/entry/monitor/long", MADE_TWO, 2, 0);
  return file;
}

#endif
