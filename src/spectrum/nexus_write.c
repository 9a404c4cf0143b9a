/* Curves as NXxas entries. The file is made in memory and written as one, so that nothing is left of one that fails. */
#include "spectrum/nexus_write.h"

#include "base/memory.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Everything that may fail does so by a negative number; the first failure stays. */
typedef struct {
  hid_t file, group_how, dataset_how;
  bool  failed;
} writer;

static hid_t check_id(writer *to, hid_t id)
{
  if (id < 0) to->failed = true;
  return id;
}

static void check(writer *to, herr_t answer)
{
  if (answer < 0) to->failed = true;
}

/* A text of fixed length, as an attribute or as a dataset. */
static void put_text(writer *to, const char *object, const char *name, const char *text, bool is_attribute)
{
  if (to->failed || text == NULL || text[0] == '\0') return;
  char        path[512];
  const hid_t type = check_id(to, H5Tcopy(H5T_C_S1)), space = check_id(to, H5Screate(H5S_SCALAR));
  check(to, H5Tset_size(type, strlen(text)));
  H5Tset_cset(type, H5T_CSET_UTF8);
  snprintf(path, sizeof path, "%s/%s", object, name);
  const hid_t holder = is_attribute ? check_id(to, H5Oopen(to->file, object, H5P_DEFAULT)) : to->file;
  const hid_t id =
      check_id(to, is_attribute ? H5Acreate2(holder, name, type, space, H5P_DEFAULT, H5P_DEFAULT)
                                : H5Dcreate2(to->file, path, type, space, H5P_DEFAULT, to->dataset_how, H5P_DEFAULT));
  if (id >= 0) {
    check(to, is_attribute ? H5Awrite(id, type, text) : H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text));
    is_attribute ? H5Aclose(id) : H5Dclose(id);
  }
  if (is_attribute && holder >= 0) H5Oclose(holder);
  H5Sclose(space);
  H5Tclose(type);
}

static void put_group(writer *to, const char *path, const char *class_name)
{
  if (to->failed) return;
  const hid_t id = check_id(to, H5Gcreate2(to->file, path, H5P_DEFAULT, to->group_how, H5P_DEFAULT));
  if (id >= 0) H5Gclose(id);
  put_text(to, path, "NX_class", class_name, true);
}

static void put_numbers(writer *to, const char *group, const char *name, const double *values, size_t n)
{
  char          path[512];
  const hsize_t size = n;
  if (to->failed) return;
  snprintf(path, sizeof path, "%s/%s", group, name);
  const hid_t space = check_id(to, H5Screate_simple(1, &size, NULL));
  const hid_t id =
      check_id(to, H5Dcreate2(to->file, path, H5T_IEEE_F64LE, space, H5P_DEFAULT, to->dataset_how, H5P_DEFAULT));
  if (id >= 0) {
    check(to, H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    H5Dclose(id);
  }
  H5Sclose(space);
}

static void put_curve(writer *to, const cuxas_nexus_curve *curve)
{
  char entry[200], data[220];
  snprintf(entry, sizeof entry, "/%.180s", curve->name);
  snprintf(data, sizeof data, "%s/data", entry);
  put_group(to, entry, "NXentry");
  put_text(to, entry, "default", "data", true);
  put_text(to, entry, "definition", "NXxas", false);
  put_text(to, entry, "title", curve->title, false);
  put_text(to, entry, "element", curve->element, false);
  put_text(to, entry, "edge", curve->edge, false);
  put_text(to, entry, "mode", curve->mode, false);
  put_text(to, entry, "kind", curve->kind, false);
  put_text(to, entry, "program_name", "CuXAS " CUXAS_VERSION, false);
  put_group(to, data, "NXdata");
  put_text(to, data, "signal", "intensity", true);
  put_text(to, data, "axes", "energy", true);
  put_numbers(to, data, "energy", curve->energy_eV, curve->n_point);
  put_numbers(to, data, "intensity", curve->mu, curve->n_point);
  if (curve->opt_sigma != NULL) put_numbers(to, data, "intensity_errors", curve->opt_sigma, curve->n_point);
  char energy[240];
  snprintf(energy, sizeof energy, "%s/energy", data);
  put_text(to, energy, "units", "eV", true);
}

/* The image of the file, to the stream. */
static cuxas_status write_image(hid_t file, FILE *out, cuxas_error *err)
{
  const ssize_t n_byte = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(file, NULL, 0) : -1;
  if (n_byte <= 0) return cuxas_fail(err, CUXAS_EIO, "libhdf5 cannot finish a file");
  void *bytes = cuxas_new(err, (size_t)n_byte, 1);
  if (bytes == NULL) return CUXAS_ENOMEM;
  const bool is_written = H5Fget_file_image(file, bytes, (size_t)n_byte) == n_byte &&
                          fwrite(bytes, 1, (size_t)n_byte, out) == (size_t)n_byte;
  free(bytes);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_EIO, "cannot write an HDF5 file");
}

cuxas_status cuxas_nexus_write(const cuxas_nexus_curve *curve, size_t n_curve, FILE *out, cuxas_error *err)
{
  const char  *NOWHERE = "/dev/null/written"; /* of an image in memory no file is made */
  const size_t GROW    = (size_t)1 << 16;
  cuxas_status status  = CUXAS_OK;
  writer       to      = {H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID, false};
  H5E_auto2_t  print;
  void        *print_data;

  if (n_curve == 0) return cuxas_fail(err, CUXAS_ERANGE, "no curve to write");
  if (H5open() < 0) return cuxas_fail(err, CUXAS_EIO, "libhdf5 does not start");
  H5Eget_auto2(H5E_DEFAULT, &print, &print_data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t how = check_id(&to, H5Pcreate(H5P_FILE_ACCESS));
  check(&to, H5Pset_fapl_core(how, GROW, false));
  to.group_how   = check_id(&to, H5Pcreate(H5P_GROUP_CREATE));
  to.dataset_how = check_id(&to, H5Pcreate(H5P_DATASET_CREATE));
  check(&to, H5Pset_obj_track_times(to.dataset_how, false)); /* the same curves, the same bytes */
  to.file = check_id(&to, H5Fcreate(NOWHERE, H5F_ACC_TRUNC, H5P_DEFAULT, how));
  if (!to.failed) put_text(&to, "/", "NX_class", "NXroot", true);
  if (!to.failed) put_text(&to, "/", "default", curve[0].name, true);
  for (size_t i = 0; i < n_curve; i++) put_curve(&to, &curve[i]);
  status = to.failed ? cuxas_fail(err, CUXAS_EIO, "libhdf5 cannot make a file") : write_image(to.file, out, err);
  if (to.file >= 0) H5Fclose(to.file);
  if (to.group_how >= 0) H5Pclose(to.group_how);
  if (to.dataset_how >= 0) H5Pclose(to.dataset_how);
  if (how >= 0) H5Pclose(how);
  H5Eset_auto2(H5E_DEFAULT, print, print_data);
  return status;
}
