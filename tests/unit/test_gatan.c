/* Tests of DigitalMicrograph files and spectrum images, made by gatan_make.h. */
#include "gatan_make.h"
#include "reading.h"
#include "spectrum/spectrum_image.h"

static const float     VALUES[]  = {0.5F, 1.5F, 1.0F};
static const double    MU[]      = {0.5, 1.5, 1.0};
static const made_axis ENERGY[1] = {{3, -930, 1, "eV"}}; /* value = (i - origin) scale */
static const int32_t   PREVIEW[] = {1, 2, 3, 4};
static const made_axis PIXELS[2] = {{2, 0, 1, "nm"}, {2, 0, 1, "nm"}};

static void test_every_version_and_byte_order_gives_the_same_points(void)
{
  for (int version = 3; version <= 4; version++)
    for (int is_little = 0; is_little < 2; is_little++) {
      made_file file = begin_gatan(version, is_little, 2);
      put_image(&file, "preview", 3, 4, PREVIEW, PIXELS, 2);
      put_image(&file, "Cu L", 6, 4, VALUES, ENERGY, 1);
      end_gatan(&file);
      reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
      check_points(&result, MU, 3);
      CHECK_TEXT(result.info->format, "dm");
      CHECK_TEXT(result.info->detection_mode, "EELS");
      CHECK_TEXT(result.info->acquisition, "exposure 2.5 s, beam 200 kV");
      CHECK_TEXT(result.info->scan, "1 Cu L");
      check_described(&result, "acquisition exposure 2.5 s");
      end_reading(&result);
      free(file.bytes);
    }
}

static void test_types_and_units_of_values_do_not_matter(void)
{
  static const made_axis FINE[1]  = {{3, -930 * 16, 1.0 / 16, "eV"}};
  static const uint16_t  SHORT[]  = {1, 3, 2};
  static const double    DOUBLE[] = {0.5, 1.5, 1.0}, TWICE[] = {1, 3, 2};
  made_file              file = begin_gatan(3, true, 1);
  put_image(&file, "", 4, 2, SHORT, FINE, 1);
  reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_OK);
  for (size_t i = 0; result.spectrum != NULL && i < 3; i++) {
    CHECK_NEAR(result.spectrum->energy_eV[i], 930 + (double)i / 16, 1e-9);
    CHECK_NEAR(result.spectrum->mu[i], TWICE[i], 1e-9);
  }
  end_reading(&result);
  free(file.bytes);
  file = begin_gatan(4, true, 1);
  put_image(&file, "", 7, 8, DOUBLE, ENERGY, 1);
  result = read_memory("scan", file.bytes, file.n_byte, NULL);
  check_points(&result, MU, 3);
  end_reading(&result);
  free(file.bytes);
}

/* Two pixels across, one energy axis last, as spectrum images have it; the pixels hold 1 and 2 parts of three. */
static void test_pixels_are_summed_and_said(void)
{
  static const made_axis AXES[3] = {{2, 0, 1, "nm"}, {1, 0, 1, "nm"}, {3, -930, 1, "eV"}};
  static const float     CUBE[]  = {0.1F, 0.4F, 0.5F, 1.0F, 0.25F, 0.75F}; /* x fastest */
  made_file              file    = begin_gatan(4, true, 1);
  cuxas_spectrum_image  *image = NULL, *binned = NULL;
  put_image(&file, "map", 6, 4, CUBE, AXES, 3);
  reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  check_points(&result, MU, 3);
  CHECK_CONTAINS(result.info->warnings.text[0], "the sum of its 2 pixels is used");
  CHECK_CONTAINS(result.info->acquisition, "sum of 2 pixels");
  end_reading(&result);

  FILE *out = fopen("build/test_gatan.dm4", "wb");
  CHECK(out != NULL && fwrite(file.bytes, 1, file.n_byte, out) == file.n_byte && fclose(out) == 0);
  CHECK_STATUS(cuxas_spectrum_image_read("build/test_gatan.dm4", NULL, &image, NULL), CUXAS_OK);
  remove("build/test_gatan.dm4");
  if (image != NULL) {
    CHECK(image->n_x == 2 && image->n_y == 1 && image->n_energy == 3);
    CHECK_NEAR(image->energy_eV[2], 932, 1e-6);
    cuxas_spectrum *pixel = cuxas_spectrum_image_pixel(image, 1, 0);
    CHECK_NEAR(pixel->mu[0], 0.4, 1e-6);
    CHECK_NEAR(pixel->mu[2], 0.75, 1e-6);
    cuxas_spectrum_free(pixel);
    CHECK_STATUS(cuxas_spectrum_image_bin(image, 2, &binned, NULL), CUXAS_OK);
    CHECK(binned != NULL && binned->n_x == 1 && fabs((double)binned->value[1] - 1.5) < 1e-6);
    cuxas_spectrum_image_free(binned);
    CHECK_STATUS(cuxas_spectrum_image_bin(image, 3, &binned, NULL), CUXAS_ERANGE);
  }
  cuxas_spectrum_image_free(image);
  free(file.bytes);
}

static void test_several_spectra_are_asked_about(void)
{
  made_file file = begin_gatan(3, true, 2);
  put_image(&file, "first", 6, 4, VALUES, ENERGY, 1);
  put_image(&file, "second", 6, 4, VALUES, ENERGY, 1);
  reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "choose with --scan: 1 'first', 2 'second'");
  end_reading(&result);
  result = read_memory("scan", file.bytes, file.n_byte, &(cuxas_measured_options){.scan = "second"});
  check_points(&result, MU, 3);
  end_reading(&result);
  free(file.bytes);
}

static void test_files_without_a_spectrum_say_what_they_are(void)
{
  made_file file = begin_gatan(4, true, 1);
  put_image(&file, "preview", 3, 4, PREVIEW, PIXELS, 2);
  reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "scan: Gatan DigitalMicrograph (.dm3/.dm4) without a spectrum");
  end_reading(&result);
  free(file.bytes);
}

/* A generator of our own: the same damage on every machine. */
static uint32_t next(uint32_t *state)
{
  return *state = *state * 1664525U + 1013904223U;
}

static void test_damaged_files_do_no_harm(void)
{
  uint32_t state = 5;
  for (int version = 3; version <= 4; version++) {
    made_file file = begin_gatan(version, true, 1);
    put_image(&file, "Cu L", 6, 4, VALUES, ENERGY, 1);
    for (int i = 0; i < 4000; i++) {
      const size_t   n    = i % 3 == 0 ? next(&state) % file.n_byte : file.n_byte;
      unsigned char *copy = malloc(n > 0 ? n : 1);
      memcpy(copy, file.bytes, n);
      for (uint32_t k = 0; k < 1 + next(&state) % 4 && n > 0; k++)
        copy[next(&state) % n] = (unsigned char)(next(&state) >> (i % 2 == 0 ? 24 : 30));
      reading result = read_memory("scan", copy, n, NULL);
      CHECK(result.status == CUXAS_OK || strncmp(result.err.message, "scan", 4) == 0);
      end_reading(&result);
      free(copy);
    }
    free(file.bytes);
  }
}

int main(void)
{
  RUN(test_every_version_and_byte_order_gives_the_same_points);
  RUN(test_types_and_units_of_values_do_not_matter);
  RUN(test_pixels_are_summed_and_said);
  RUN(test_several_spectra_are_asked_about);
  RUN(test_files_without_a_spectrum_say_what_they_are);
  RUN(test_damaged_files_do_no_harm);
  return CHECK_REPORT();
}
