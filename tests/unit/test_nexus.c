/* Tests of HDF5 files: NeXus attributes, paths, tables, and what is refused. */
#define _GNU_SOURCE /* syscall() */
#include "spectrum/hdf5_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hdf5_make.h"
#include "reading.h"
#include "spectrum/formats.h"
#include "spectrum/nexus_write.h"

/* Reads a made file, which is closed. */
static reading read_made(hid_t file, const cuxas_measured_options *options)
{
  size_t  n_byte;
  void   *bytes  = made_bytes(file, &n_byte);
  reading result = read_memory("scan.h5", bytes, n_byte, options);
  free(bytes);
  return result;
}

static void check_made(hid_t file, const cuxas_measured_options *options, const double *mu)
{
  reading result = read_made(file, options);
  check_points(&result, mu, 3);
  end_reading(&result);
}

static void check_made_refused(hid_t file, const cuxas_measured_options *options, cuxas_status status, const char *part)
{
  reading result = read_made(file, options);
  CHECK_STATUS(result.status, status);
  CHECK_CONTAINS(result.err.message, "scan.h5: ");
  CHECK_CONTAINS(result.err.message, part);
  end_reading(&result);
}

static void test_nexus_says_everything(void)
{
  reading result = read_made(make_nexus(), NULL);
  check_points(&result, MADE_DOUBLE, 3);
  CHECK_TEXT(result.info->format, "hdf5");
  CHECK_TEXT(result.info->scan, "/entry/data");
  CHECK_TEXT(result.info->element, "Cu");
  CHECK_TEXT(result.info->edge, "L3");
  CHECK_TEXT(result.info->detection_mode, "Total Electron Yield");
  CHECK(result.info->unit == CUXAS_UNIT_KEV && result.info->unit_from_header);
  check_described(&result, "format      hdf5");
  check_described(&result, "scan        /entry/data");
  end_reading(&result);
}

static void test_columns_elsewhere_by_absolute_path(void)
{
  check_made(make_nexus(), &(cuxas_measured_options){.i0_column = "/entry/monitor/data"}, MADE_MU);
  check_made(make_nexus(), &(cuxas_measured_options){.signal_column = "another"}, MADE_TWO);
  check_made(make_nexus(), &(cuxas_measured_options){.dataset = "/entry/data/another"}, MADE_TWO);
}

static void test_default_leads_to_the_data(void)
{
  hid_t file = make_nexus(); /* a second NXdata, so that there is a choice */
  put_group(file, "/entry/more", "NXdata");
  put_numbers(file, "/entry/more/energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/entry/more/mu", MADE_MU, 3, 0);
  put_attribute(file, "/", "default", "entry");
  put_attribute(file, "/entry", "default", "more");
  check_made(file, NULL, MADE_MU);
}

static void test_old_nexus_marks_the_signal(void)
{
  hid_t file = make_file();
  put_group(file, "/e", "NXentry");
  put_group(file, "/e/d", "NXdata");
  put_numbers(file, "/e/d/a", MADE_TWO, 3, 0);
  put_numbers(file, "/e/d/b", MADE_MU, 3, 0);
  put_numbers(file, "/e/d/c", MADE_ENERGY_EV, 3, 0);
  put_attribute(file, "/e/d/b", "signal", "1");
  put_attribute(file, "/e/d/b", "axes", "[c]");
  check_made(file, NULL, MADE_MU);
}

/* What the file says of itself, where that cannot be. */
static void test_a_flux_is_no_signal_and_millimetres_are_no_energies(void)
{
  hid_t file = make_file();
  put_group(file, "/e", "NXentry");
  put_group(file, "/e/d", "NXdata");
  put_numbers(file, "/e/d/i0", MADE_MU, 3, 0);
  put_numbers(file, "/e/d/energy", MADE_ENERGY_EV, 3, 0);
  put_attribute(file, "/e/d", "signal", "i0");
  put_attribute(file, "/e/d", "axes", "energy");
  size_t  n_byte;
  void   *bytes  = made_bytes(file, &n_byte);
  reading result = read_memory("scan", bytes, n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "the file calls 'i0' its signal, which looks like the incoming flux");
  end_reading(&result);
  result = read_memory("scan", bytes, n_byte, &(cuxas_measured_options){.signal_column = "i0"});
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  free(bytes);
  char *text = NULL;
  file       = make_file();
  put_group(file, "/d", "NXdata");
  put_numbers(file, "/d/energy", MADE_ENERGY_EV, 3, 0);
  put_attribute(file, "/d/energy", "units", "mm");
  put_numbers(file, "/d/mu", MADE_MU, 3, 0);
  bytes = made_bytes(file, &n_byte);
  CHECK_STATUS(cuxas_nexus_list("scan.h5", bytes, n_byte, 931, &text, NULL), CUXAS_OK);
  CHECK_CONTAINS(text, "spectrum    /d: no energies found\n");
  free(text);
  free(bytes);
}

static void test_plain_datasets_by_path(void)
{
  static const double TABLE[] = {930, 9, 0.5, 931, 9, 1.5, 932, 9, 1.0};
  hid_t               file    = make_file();
  put_group(file, "/run", NULL);
  put_numbers(file, "/run/E", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/run/tey", MADE_MU, 3, 1); /* a column of two dimensions is one */
  check_made(file, &(cuxas_measured_options){.dataset = "/run"}, MADE_MU);
  file = make_file();
  put_numbers(file, "/table", TABLE, 3, 3);
  check_made(file, &(cuxas_measured_options){.dataset = "/table", .signal_column = "3"}, MADE_MU);
}

static void test_what_cannot_be_chosen_is_refused_with_a_list(void)
{
  hid_t file = make_file();
  put_group(file, "/run", NULL);
  put_numbers(file, "/run/E", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/run/tey", MADE_MU, 3, 0);
  check_made_refused(file, NULL, CUXAS_EFORMAT, "HDF5 without NXdata; choose with --dataset: /run/E, /run/tey");
  file = make_nexus();
  put_group(file, "/entry/more", "NXdata");
  check_made_refused(file, NULL, CUXAS_EFORMAT, "several NXdata groups; choose with --dataset: /entry/data");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.dataset = "/no"}, CUXAS_EFORMAT, "nothing there");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.dataset = "entry"}, CUXAS_EFORMAT, "begins with '/'");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.dataset = "/entry/edge"}, CUXAS_EUNSUPPORTED,
                     "no dataset of one or two dimensions");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.i0_column = "/entry/monitor/long"}, CUXAS_EFORMAT,
                     "has 2 values, the signal 3");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.i0_column = "/entry/no"}, CUXAS_EFORMAT,
                     "--i0 '/entry/no'");
  check_made_refused(make_nexus(), &(cuxas_measured_options){.scan = "1"}, CUXAS_EFORMAT, "HDF5 files take --dataset");
  check_made_refused(make_file(), NULL, CUXAS_EFORMAT, "there are no datasets");
}

static void test_nothing_outside_the_file_is_read(void)
{
  hid_t file = make_file();
  put_group(file, "/d", "NXdata");
  put_numbers(file, "/d/energy", MADE_ENERGY_EV, 3, 0);
  H5Lcreate_external("/etc/passwd", "/x", file, "/d/mu", H5P_DEFAULT, H5P_DEFAULT);
  check_made_refused(file, NULL, CUXAS_EFORMAT, "no two datasets");

  file               = make_file();
  const hsize_t size = 3;
  const hid_t   how = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &size, NULL);
  put_group(file, "/d", "NXdata");
  put_numbers(file, "/d/energy", MADE_ENERGY_EV, 3, 0);
  H5Pset_external(how, "/etc/passwd", 0, 24);
  H5Dclose(H5Dcreate2(file, "/d/mu", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
  H5Sclose(space);
  H5Pclose(how);
  check_made_refused(file, NULL, CUXAS_EFORMAT, "no two datasets");
}

static void test_sizes_are_limited(void)
{
  hid_t         file = make_file(); /* 80 GB of numbers that nobody wrote */
  const hsize_t size = 10000000000, chunk = 1000;
  const hid_t   how = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &size, NULL);
  H5Pset_chunk(how, 1, &chunk);
  put_group(file, "/d", "NXdata");
  put_numbers(file, "/d/energy", MADE_ENERGY_EV, 3, 0);
  H5Dclose(H5Dcreate2(file, "/d/mu", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
  H5Sclose(space);
  H5Pclose(how);
  check_made_refused(file, NULL, CUXAS_EFORMAT, "no two datasets");
}

static void test_loops_of_links_end(void)
{
  hid_t file = make_nexus();
  put_group(file, "/entry/more", NULL);
  H5Lcreate_hard(file, "/entry", file, "/entry/more/up", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/entry/self", file, "/entry/self", H5P_DEFAULT, H5P_DEFAULT);
  put_attribute(file, "/", "default", "entry");
  put_attribute(file, "/entry", "default", "more");
  put_attribute(file, "/entry/more", "default", "up");
  check_made_refused(file, NULL, CUXAS_EFORMAT, "several NXdata groups");
}

static void test_files_cut_off_are_refused(void)
{
  size_t n_byte;
  char  *bytes = made_bytes(make_nexus(), &n_byte);
  for (size_t n = 8; n < n_byte; n += 97) {
    reading result = read_memory("scan.h5", bytes, n, NULL);
    CHECK(result.status == CUXAS_EFORMAT || result.status == CUXAS_OK); /* the end may be unused */
    if (result.status != CUXAS_OK) CHECK_CONTAINS(result.err.message, "scan.h5: ");
    end_reading(&result);
  }
  reading result = read_memory("scan.h5", bytes, 100, NULL);
  CHECK_CONTAINS(result.err.message, "damaged HDF5 file");
  end_reading(&result);
  free(bytes);
}

/* Two entries, a K edge in keV and an L edge in eV. */
static hid_t make_two_edges(void)
{
  static const double K_KEV[] = {8.97, 8.98, 8.99};
  hid_t               file    = make_file();
  put_group(file, "/k", "NXentry");
  put_text(file, "/k/element", "Cu");
  put_text(file, "/k/edge", "K");
  put_group(file, "/k/data", "NXdata");
  put_numbers(file, "/k/data/energy", K_KEV, 3, 0);
  put_attribute(file, "/k/data/energy", "units", "keV");
  put_numbers(file, "/k/data/mu", MADE_TWO, 3, 0);
  put_attribute(file, "/k/data", "signal", "mu");
  put_group(file, "/l", "NXentry");
  put_text(file, "/l/title", "foil");
  put_text(file, "/l/element", "Cu");
  put_text(file, "/l/edge", "L3");
  put_text(file, "/l/mode", "TEY");
  put_group(file, "/l/data", "NXdata");
  put_numbers(file, "/l/data/energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/l/data/mu", MADE_MU, 3, 0);
  put_attribute(file, "/l/data", "signal", "mu");
  return file;
}

static void test_the_edge_that_is_asked_for_is_found(void)
{
  reading result = read_made(make_two_edges(), &(cuxas_measured_options){.near_eV = 931});
  check_points(&result, MADE_MU, 3);
  if (result.info != NULL) CHECK_CONTAINS(result.info->warnings.text[0], "the only one of 2 spectra in the file");
  end_reading(&result);
  check_made_refused(
      make_two_edges(), NULL, CUXAS_EFORMAT,
      "choose with --dataset: /k/data (Cu K, 8970.0 to 8990.0 eV, 3 points), /l/data (Cu L3, TEY, 930.0");
  check_made_refused(make_two_edges(), &(cuxas_measured_options){.near_eV = 700}, CUXAS_EFORMAT,
                     "several NXdata groups");
}

static void test_every_spectrum_is_listed(void)
{
  size_t n_byte;
  void  *bytes = made_bytes(make_two_edges(), &n_byte);
  char  *text  = NULL;
  CHECK_STATUS(cuxas_nexus_list("scan.h5", bytes, n_byte, 931, &text, NULL), CUXAS_OK);
  CHECK_CONTAINS(text, "spectrum    /k/data: Cu K, 8970.0 to 8990.0 eV, 3 points\n");
  CHECK_CONTAINS(text, "spectrum    /l/data 'foil': Cu L3, TEY, 930.0 to 932.0 eV, 3 points  <- could be the one\n");
  free(text);
  free(bytes);
}

/* /Experiments/NAME as HyperSpy writes it; two pixels in one row. */
static void put_hyperspy(hid_t file, const char *name, const char *unit)
{
  static const double PIXELS[] = {0.1, 1.0, 0.25, 0.4, 0.5, 0.75};
  char                path[80];
  snprintf(path, sizeof path, "/Experiments/%s", name);
  put_group(file, path, NULL);
  snprintf(path, sizeof path, "/Experiments/%s/data", name);
  put_numbers(file, path, PIXELS, 2, 3);
  snprintf(path, sizeof path, "/Experiments/%s/axis-0", name);
  put_group(file, path, NULL);
  put_attribute(file, path, "units", "nm");
  snprintf(path, sizeof path, "/Experiments/%s/axis-1", name);
  put_group(file, path, NULL);
  put_attribute(file, path, "units", unit);
  put_number_attribute(file, path, "scale", 1.0);
  put_number_attribute(file, path, "offset", 930.0);
}

static void test_hyperspy_signals_are_summed(void)
{
  hid_t file = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_hyperspy(file, "map", "eV");
  put_hyperspy(file, "image", "nm");
  reading result = read_made(file, NULL);
  check_points(&result, MADE_MU, 3);
  if (result.info != NULL) {
    CHECK_CONTAINS(result.info->warnings.text[0], "the sum of its 2 pixels is used");
    CHECK_TEXT(result.info->scan, "/Experiments/map");
    CHECK_TEXT(result.info->detection_mode, "EELS");
  }
  end_reading(&result);
  file = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_hyperspy(file, "one", "eV");
  put_hyperspy(file, "two", "eV");
  check_made_refused(file, NULL, CUXAS_EFORMAT,
                     "several spectra; choose with --dataset: /Experiments/one, /Experiments/two");
}

static void test_hyperspy_metadata_are_told_and_emission_is_refused(void)
{
  hid_t file = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_hyperspy(file, "map", "eV");
  put_group(file, "/Experiments/map/metadata", NULL);
  put_group(file, "/Experiments/map/metadata/General", NULL);
  put_attribute(file, "/Experiments/map/metadata/General", "title", "Cu L");
  put_group(file, "/Experiments/map/metadata/Acquisition_instrument", NULL);
  put_group(file, "/Experiments/map/metadata/Acquisition_instrument/TEM", NULL);
  put_number_attribute(file, "/Experiments/map/metadata/Acquisition_instrument/TEM", "beam_energy", 200);
  put_group(file, "/Experiments/map/metadata/Acquisition_instrument/TEM/Detector", NULL);
  put_group(file, "/Experiments/map/metadata/Acquisition_instrument/TEM/Detector/EELS", NULL);
  put_number_attribute(file, "/Experiments/map/metadata/Acquisition_instrument/TEM/Detector/EELS", "collection_angle",
                       30);
  put_hyperspy(file, "xrays", "keV");
  put_group(file, "/Experiments/xrays/metadata", NULL);
  put_group(file, "/Experiments/xrays/metadata/Signal", NULL);
  put_attribute(file, "/Experiments/xrays/metadata/Signal", "signal_type", "EDS_TEM");
  reading result = read_made(file, NULL);
  check_points(&result, MADE_MU, 3);
  if (result.info != NULL) {
    CHECK_TEXT(result.info->scan, "/Experiments/map Cu L");
    CHECK_TEXT(result.info->acquisition, "dispersion 1 eV, collection 30 mrad, beam 200 kV, sum of 2 pixels");
  }
  end_reading(&result);
  file = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_hyperspy(file, "xrays", "keV");
  put_group(file, "/Experiments/xrays/metadata", NULL);
  put_group(file, "/Experiments/xrays/metadata/Signal", NULL);
  put_attribute(file, "/Experiments/xrays/metadata/Signal", "signal_type", "EDS_TEM");
  check_made_refused(file, NULL, CUXAS_EUNSUPPORTED, "a spectrum of emitted X-rays or light, no absorption");
}

static void test_hyperspy_pixels_are_those_of_the_file(void)
{
  static const double   PIXELS[2][3] = {{0.1, 1.0, 0.25}, {0.4, 0.5, 0.75}};
  cuxas_spectrum_image *image        = NULL;
  size_t                n_byte;
  cuxas_error           err;
  hid_t                 file = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_hyperspy(file, "map", "eV");
  void *bytes = made_bytes(file, &n_byte);
  CHECK_STATUS(cuxas_nexus_image("map.hspy", bytes, n_byte, NULL, &image, NULL), CUXAS_OK);
  if (image != NULL) {
    CHECK(image->n_x == 2 && image->n_y == 1 && image->n_energy == 3);
    for (size_t x = 0; x < 2; x++) {
      cuxas_spectrum *pixel = cuxas_spectrum_image_pixel(image, x, 0);
      CHECK(pixel->n_point == 3);
      for (size_t k = 0; k < 3; k++) {
        CHECK_NEAR(pixel->energy_eV[k], 930.0 + (double)k, 1e-12);
        CHECK_NEAR(pixel->mu[k], PIXELS[x][k], 1e-7);
      }
      cuxas_spectrum_free(pixel);
    }
  }
  cuxas_spectrum_image_free(image);
  CHECK_STATUS(cuxas_nexus_image("map.hspy", bytes, n_byte / 2, NULL, &image, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "damaged HDF5");
  free(bytes);
  bytes = made_bytes(make_two_edges(), &n_byte);
  CHECK_STATUS(cuxas_nexus_image("scan.h5", bytes, n_byte, NULL, &image, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "of HDF5 files those of HyperSpy");
  free(bytes);
}

static void test_groups_with_energies_do_without_nexus(void)
{
  hid_t file = make_file();
  put_group(file, "/run", NULL);
  put_numbers(file, "/run/mono_energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/run/tey", MADE_MU, 3, 0);
  put_group(file, "/other", NULL);
  put_numbers(file, "/other/energy", MADE_ENERGY_EV, 3, 0); /* alone */
  check_made(file, NULL, MADE_MU);
  file = make_file();
  put_group(file, "/a", NULL);
  put_numbers(file, "/a/energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/a/tey", MADE_MU, 3, 0);
  put_group(file, "/b", NULL);
  put_numbers(file, "/b/energy", MADE_ENERGY_EV, 3, 0);
  put_numbers(file, "/b/tey", MADE_MU, 3, 0);
  check_made_refused(file, NULL, CUXAS_EFORMAT,
                     "several spectra; choose with --dataset: /a (930.0 to 932.0 eV, 3 points), /b");
}

static char *write_curves(size_t *ret_n_byte)
{
  static const cuxas_nexus_curve CURVES[] = {
      {"measured", "scan, merged", "Cu", "L3", "TEY", "measured", 3, MADE_ENERGY_EV, MADE_MU, NULL},
      {"predicted_1", "CuO \xc3\xa4", "Cu", "L3", "", "predicted", 3, MADE_ENERGY_EV, MADE_DOUBLE, MADE_TWO},
      {"simulated_1", "CuO", "Cu", "L3", NULL, "simulated", 3, MADE_ENERGY_EV, MADE_TWO, NULL}};
  char *bytes = NULL;
  FILE *out   = open_memstream(&bytes, ret_n_byte);
  CHECK_STATUS(cuxas_nexus_write(CURVES, 3, out, NULL), CUXAS_OK);
  fclose(out);
  return bytes;
}

static void test_written_curves_are_read_back(void)
{
  size_t  n_byte, n_again;
  char   *bytes = write_curves(&n_byte), *again = write_curves(&n_again), *list = NULL;
  reading result = read_memory("scan.h5", bytes, n_byte, NULL); /* the default */
  check_points(&result, MADE_MU, 3);
  CHECK_TEXT(result.info->element, "Cu");
  CHECK_TEXT(result.info->edge, "L3");
  CHECK_TEXT(result.info->detection_mode, "TEY");
  CHECK(result.info->unit_from_header);
  end_reading(&result);
  result = read_memory("scan.h5", bytes, n_byte, &(cuxas_measured_options){.dataset = "/predicted_1/data"});
  check_points(&result, MADE_DOUBLE, 3);
  end_reading(&result);
  result = read_memory("scan.h5", bytes, n_byte, &(cuxas_measured_options){.dataset = "/simulated_1/data"});
  check_points(&result, MADE_TWO, 3);
  end_reading(&result);
  CHECK_STATUS(cuxas_nexus_list("scan.h5", bytes, n_byte, 931, &list, NULL), CUXAS_OK);
  CHECK_CONTAINS(
      list, "spectrum    /predicted_1/data 'CuO \xc3\xa4': Cu L3, 930.0 to 932.0 eV, 3 points  <- could be the one");
  CHECK(n_byte == n_again && memcmp(bytes, again, n_byte) == 0);
  free(list);
  free(bytes);
  free(again);
  CHECK_STATUS(cuxas_nexus_write(NULL, 0, stdout, NULL), CUXAS_ERANGE);
}

/* In a child, since there is no way back: what the process that reads a file may still do. */
static void test_the_child_has_no_way_to_files_network_others_and_more_than_two_gigabytes(void)
{
  int         ends[2];
  char        answer[7] = "";
  FILE       *output    = tmpfile(); /* of the program, open as long as the child reads */
  const pid_t parent = getpid(), child = output != NULL && pipe(ends) == 0 ? fork() : -1;
  if (child < 0) SKIP("no child process");
  if (child == 0) {
    cuxas_hdf5_confine(ends[1]);
    const size_t megabyte = (size_t)1 << 20, limit = (size_t)2 << 30; /* beside what it had */
    const int    kind = MAP_PRIVATE | MAP_ANONYMOUS;
    answer[2]         = mmap(NULL, limit + megabyte, PROT_READ, kind, -1, 0) == MAP_FAILED ? 'y' : 'n';
    answer[5]         = mmap(NULL, limit - megabyte, PROT_READ, kind, -1, 0) != MAP_FAILED ? 'y' : 'n';
    answer[0]         = open("/dev/null", O_RDONLY) < 0 && errno == EPERM ? 'y' : 'n';
    answer[1]         = socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 'y' : 'n';
    answer[3]         = write(fileno(output), "x", 1) < 0 && errno == EBADF ? 'y' : 'n';
    answer[4]         = syscall(SYS_tgkill, parent, parent, 0) < 0 && errno == EPERM ? 'y' : 'n';
    const bool sent   = write(ends[1], answer, 6) == 6;
    _exit(sent ? 0 : 1);
  }
  CHECK(read(ends[0], answer, 6) == 6);
  waitpid(child, NULL, 0);
  close(ends[0]);
  close(ends[1]);
  fclose(output);
  CHECK(answer[2] == 'y' && answer[3] == 'y' && answer[5] == 'y');
#if defined(UNCONFINED) /* make coverage */
  SKIP("this build writes down which lines it ran");
#endif
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) SKIP("this kernel has no filters of system calls");
#if defined(__x86_64__)
  CHECK(answer[0] == 'y' && answer[1] == 'y' && answer[4] == 'y');
#endif
}

int main(void)
{
  RUN(test_nexus_says_everything);
  RUN(test_columns_elsewhere_by_absolute_path);
  RUN(test_default_leads_to_the_data);
  RUN(test_old_nexus_marks_the_signal);
  RUN(test_a_flux_is_no_signal_and_millimetres_are_no_energies);
  RUN(test_plain_datasets_by_path);
  RUN(test_what_cannot_be_chosen_is_refused_with_a_list);
  RUN(test_nothing_outside_the_file_is_read);
  RUN(test_sizes_are_limited);
  RUN(test_loops_of_links_end);
  RUN(test_files_cut_off_are_refused);
  RUN(test_the_edge_that_is_asked_for_is_found);
  RUN(test_every_spectrum_is_listed);
  RUN(test_hyperspy_signals_are_summed);
  RUN(test_hyperspy_metadata_are_told_and_emission_is_refused);
  RUN(test_hyperspy_pixels_are_those_of_the_file);
  RUN(test_groups_with_energies_do_without_nexus);
  RUN(test_written_curves_are_read_back);
  RUN(test_the_child_has_no_way_to_files_network_others_and_more_than_two_gigabytes);
  return CHECK_REPORT();
}
