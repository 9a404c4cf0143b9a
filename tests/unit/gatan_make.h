/* gatan_make.h - files of DigitalMicrograph for tests, made in memory: versions 3 and 4, either byte order */
#ifndef GATAN_MAKE_H
#define GATAN_MAKE_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int            version; /* 3 or 4 */
  bool           is_little;
  size_t         n_byte;
  unsigned char *bytes; /* room for 1 MiB */
} made_file;

static inline void put_big(made_file *file, size_t size, uint64_t number)
{
  for (size_t i = 0; i < size; i++) file->bytes[file->n_byte++] = (unsigned char)(number >> 8 * (size - 1 - i));
}

static inline void put_count(made_file *file, uint64_t number)
{
  put_big(file, file->version == 3 ? 4 : 8, number);
}

static inline void put_value(made_file *file, const void *value, size_t size)
{
  const unsigned char *from  = value;
  const bool           as_is = file->is_little == (*(const unsigned char *)&(const uint16_t){1} == 1);
  for (size_t i = 0; i < size; i++) file->bytes[file->n_byte++] = from[as_is ? i : size - 1 - i];
}

/* A tag's head; what is_folder announces must follow. */
static inline void put_tag(made_file *file, bool is_folder, const char *name)
{
  put_big(file, 1, is_folder ? 20 : 21);
  put_big(file, 2, strlen(name));
  memcpy(file->bytes + file->n_byte, name, strlen(name));
  file->n_byte += strlen(name);
  if (file->version == 4) put_big(file, 8, 0); /* a size that no reader needs */
}

static inline void put_folder(made_file *file, const char *name, uint64_t n_tag)
{
  put_tag(file, true, name);
  put_big(file, 2, 0x0100);
  put_count(file, n_tag);
}

static inline void put_number(made_file *file, const char *name, int type, const void *value, size_t size)
{
  put_tag(file, false, name);
  put_big(file, 4, 0x25252525);
  put_count(file, 1);
  put_count(file, (uint64_t)type);
  put_value(file, value, size);
}

static inline void put_float(made_file *file, const char *name, double number)
{
  const float value = (float)number;
  put_number(file, name, 6, &value, sizeof value);
}

static inline void put_uint(made_file *file, const char *name, uint32_t value)
{
  put_number(file, name, 5, &value, sizeof value);
}

static inline void put_array(made_file *file, const char *name, int type, size_t size, const void *values, size_t n)
{
  put_tag(file, false, name);
  put_big(file, 4, 0x25252525);
  put_count(file, 3);
  put_count(file, 20);
  put_count(file, (uint64_t)type);
  put_count(file, n);
  for (size_t i = 0; i < n; i++) put_value(file, (const char *)values + i * size, size);
}

static inline void put_string(made_file *file, const char *name, const char *text)
{
  uint16_t wide[64];
  for (size_t i = 0; i < strlen(text); i++) wide[i] = (unsigned char)text[i];
  put_array(file, name, 4, 2, wide, strlen(text));
}

/* An axis of ImageData.Calibrations.Dimension. */
static inline void put_axis(made_file *file, double origin, double scale, const char *unit)
{
  put_folder(file, "", 3);
  put_float(file, "Origin", origin);
  put_float(file, "Scale", scale);
  put_string(file, "Units", unit);
}

typedef struct {
  uint32_t size;
  double   origin, scale;
  char     unit[8];
} made_axis;

/* One image of ImageList: values of a type along axes, the first fastest. */
static inline void put_image(made_file *file, const char *name, int type, size_t size, const void *values,
                             const made_axis *axis, size_t n_axis)
{
  size_t n_value = 1;
  for (size_t i = 0; i < n_axis; i++) n_value *= axis[i].size;
  put_folder(file, "", 3);
  put_folder(file, "ImageData", 3);
  put_folder(file, "Calibrations", 1);
  put_folder(file, "Dimension", n_axis);
  for (size_t i = 0; i < n_axis; i++) put_axis(file, axis[i].origin, axis[i].scale, axis[i].unit);
  put_array(file, "Data", type, size, values, n_value);
  put_folder(file, "Dimensions", n_axis);
  for (size_t i = 0; i < n_axis; i++) put_uint(file, "", axis[i].size);
  put_folder(file, "ImageTags", 2);
  put_folder(file, "EELS", 1);
  put_folder(file, "Acquisition", 1);
  put_float(file, "Exposure (s)", 2.5);
  put_folder(file, "Microscope Info", 1);
  put_float(file, "Voltage", 200000);
  put_string(file, "Name", name);
}

/* begin_gatan() - head and root with a struct, a text and the list of n_image images, which must follow */
static inline made_file begin_gatan(int version, bool is_little, uint64_t n_image)
{
  made_file file = {.version = version, .is_little = is_little, .bytes = calloc(1, 1 << 20)};
  put_big(&file, 4, (uint64_t)version);
  put_count(&file, 0);
  put_big(&file, 4, is_little);
  put_big(&file, 2, 0x0100);
  put_count(&file, 3);
  put_tag(&file, false, "Bounds"); /* a struct of two 32-bit numbers */
  put_big(&file, 4, 0x25252525);
  put_count(&file, 7);
  for (int i = 0; i < 7; i++) put_count(&file, (const uint64_t[]){15, 0, 2, 0, 3, 0, 3}[i]);
  put_big(&file, 8, 7);
  put_string(&file, "Remark", "made up");
  put_folder(&file, "ImageList", n_image);
  return file;
}

static inline void end_gatan(made_file *file)
{
  put_big(file, 8, 0);
}

#endif
