/* records_make.h - files of training records for tests, written line by line */
#ifndef RECORDS_MAKE_H
#define RECORDS_MAKE_H
#include "cuxas/records.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MADE_CELL                                                                                                      \
  "\"lattice\":[[3,0,0],[0,3,0],[0,0,3]],\"species\":[\"O\",\"Cu\"],\"frac\":[[0,0,0],[0.5,0.5,0.5]],\"site\":1"
#define MADE_CURVE                                                                                                     \
  "{\"energy\":[930,932,935,940,950,990],\"mu\":[0.1,0.5,1.5,1.0,1.1,0.9],\"edge_step\":0.006,"                        \
  "\"core_hole_width\":0.6,\"scf_converged\":true}"

static const char MADE_RECORD[] = "{\"id\":\"one\"," MADE_CELL ",\"L3\":" MADE_CURVE "}";

/* write_lines() - a file of the given lines */
static inline void write_lines(const char *path, const char *const *line, size_t n_line)
{
  FILE *out = fopen(path, "w");
  for (size_t i = 0; out != NULL && i < n_line; i++) fprintf(out, "%s\n", line[i]);
  if (out != NULL) fclose(out);
}

/* read_lines() - records of a file of these lines, edges L3 and L2 of copper */
static inline cuxas_status read_lines(const char *path, const char *const *line, size_t n_line,
                                      cuxas_records **ret_records, cuxas_error *err)
{
  static const char *const EDGES[] = {"L3", "L2"};
  write_lines(path, line, n_line);
  const cuxas_status status = cuxas_records_read(&path, 1, 29, EDGES, 2, ret_records, err);
  remove(path);
  return status;
}

enum { SYNTHETIC_N_ELEMENT = 10 };
static const char *const SYNTHETIC_ELEMENT[SYNTHETIC_N_ELEMENT] = {"O",  "S",  "Se", "Te", "F",
                                                                   "Cl", "Br", "I",  "N",  "P"};

/* write_synthetic() - n records of CsCl-like CuX with lattice constants that rise by the line; the edge follows both
 *
 * mu is a step with a peak; L2 (every third record) is the same, 20 eV higher. */
static inline void write_synthetic(const char *path, size_t n)
{
  FILE *out = fopen(path, "w");
  for (size_t i = 0; out != NULL && i < n; i++) {
    const double a_A = 2.6 + 0.02 * (double)(i / SYNTHETIC_N_ELEMENT) + 0.04 * (double)(i % SYNTHETIC_N_ELEMENT);
    fprintf(out,
            "{\"id\":\"r%zu\",\"site\":0,\"lattice\":[[%g,0,0],[0,%g,0],[0,0,%g]],\"species\":[\"Cu\",\"%s\"],"
            "\"frac\":[[0,0,0],[0.5,0.5,0.5]]",
            i, a_A, a_A, a_A, SYNTHETIC_ELEMENT[i % SYNTHETIC_N_ELEMENT]);
    for (int e = 0; e < (i % 3 == 0 ? 2 : 1); e++) {
      fprintf(out, ",\"%s\":{\"edge_step\":%g,\"core_hole_width\":%g,\"energy\":[", e == 0 ? "L3" : "L2",
              e == 0 ? 0.0060 : 0.0030, e == 0 ? 0.6 : 1.2);
      for (int k = 0; k < 60; k++) fprintf(out, "%s%g", k ? "," : "", 930.0 + 20.0 * e + 1.1 * k);
      fprintf(out, "],\"mu\":[");
      for (int k = 0; k < 60; k++) {
        const double x = 1.1 * k - 8.0 - 16.0 * (a_A - 2.8);
        fprintf(out, "%s%.6f", k ? "," : "", 0.5 + atan(2.0 * x) / 3.14159265 + 2.0 * (a_A - 2.4) / (1.0 + x * x));
      }
      fprintf(out, "]}");
    }
    fprintf(out, "}\n");
  }
  if (out != NULL) fclose(out);
}

#endif
