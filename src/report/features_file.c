#include "cuxas/elements.h"
#include "report/prediction_file.h"
#include "write/text.h"

#include <stdint.h>
#include <string.h>

/* NPY version 1.0: magic, version, length of the header (little-endian), a Python dictionary padded to 64 bytes. */
enum { NPY_HEADER_SIZE = 128, NPY_PREFIX_SIZE = 10 };

static void put_npy_header(const cuxas_features_file *file)
{
  char header[NPY_HEADER_SIZE];

  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)(NPY_HEADER_SIZE - NPY_PREFIX_SIZE);
  header[9] = 0;
  const int n =
      snprintf(header + NPY_PREFIX_SIZE, sizeof header - NPY_PREFIX_SIZE,
               "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", file->n_row, file->n_feature);
  header[NPY_PREFIX_SIZE + n] = ' '; /* in place of snprintf's zero */
  header[NPY_HEADER_SIZE - 1] = '\n';
  fwrite(header, 1, sizeof header, file->out);
}

void cuxas_features_begin(cuxas_features_file *file, FILE *out, cuxas_features_format format, size_t n_feature)
{
  *file = (cuxas_features_file){out, format, n_feature, 0};
  if (format == CUXAS_FEATURES_NPY) {
    put_npy_header(file);
    return;
  }
  fputs("name,site_index,element", out);
  for (size_t i = 0; i < n_feature; i++) fprintf(out, ",f%zu", i);
  putc('\n', out);
}

static void put_float32(FILE *out, float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 4; i++) putc((int)(bits >> (8 * i) & 0xFF), out); /* little-endian on any machine */
}

void cuxas_features_add(cuxas_features_file *file, const char *name, const cuxas_crystal *crystal, const float *feature)
{
  for (size_t i = 0; i < crystal->n_site; i++) {
    const float *row = feature + i * file->n_feature;
    if (file->format == CUXAS_FEATURES_CSV) {
      cuxas_text_put_csv(file->out, name);
      fprintf(file->out, ",%zu,%s", i, cuxas_element_find(crystal->atomic_number[i])->symbol);
      for (size_t k = 0; k < file->n_feature; k++) fprintf(file->out, ",%.9g", (double)row[k]);
      putc('\n', file->out);
    } else {
      for (size_t k = 0; k < file->n_feature; k++) put_float32(file->out, row[k]);
    }
  }
  file->n_row += crystal->n_site;
}

cuxas_status cuxas_features_end(cuxas_features_file *file, cuxas_error *err)
{
  if (file->format == CUXAS_FEATURES_CSV) return CUXAS_OK;
  if (fseek(file->out, 0, SEEK_SET) != 0) return cuxas_fail(err, CUXAS_EIO, "an NPY file needs a stream that can seek");
  put_npy_header(file);
  return fseek(file->out, 0, SEEK_END) == 0 ? CUXAS_OK
                                            : cuxas_fail(err, CUXAS_EIO, "an NPY file needs a stream that can seek");
}
