/* record_file.h - training records as a file that simulations are added to, site by site
 *
 * The other side of records.h: one JSON object per line, one absorber site each, known by its id and site index. Files
 * grow at their end and are never rewritten: a further spectrum of a site is a further line with its id, site and
 * structure, and reading puts the lines of a site together, later spectra in the place of earlier ones. Every line ends
 * with its checksum, so that a change or a damage is found. Several processes may add to one file: each locks it while
 * it adds (fcntl, which network file systems know too), and sees what the others have added. A line that was cut off at
 * the end, by a full disk or a killed process, is left out when reading and removed by the next that adds. */
#ifndef CUXAS_RECORD_FILE_H
#define CUXAS_RECORD_FILE_H
#include "cuxas/records.h"
#include "cuxas/crystal.h"

#include <stdbool.h>

typedef struct cuxas_record_file cuxas_record_file;

/* The site that a spectrum belongs to. */
typedef struct {
  const char          *id; /* shorter than CUXAS_RECORD_ID_SIZE */
  const cuxas_crystal *crystal;
  size_t               site;         /* index in the crystal */
  size_t               multiplicity; /* equivalent sites in the cell; 0: not known, not written */
} cuxas_record_site;

/* One edge's simulation. */
typedef struct {
  const char   *edge; /* "L3" */
  cuxas_channel channel;
  size_t        n_point;
  const double *energy_eV; /* (n_point), rising */
  const double *mu;        /* (n_point), edge step 1 */
  const double *opt_mu0;   /* (n_point) atomic background; NULL: not known */
  double        edge_step; /* > 0, what mu was divided by, in units common to all edges of the file */
  double        core_hole_width_eV;
  double        fermi_eV;           /* NAN: not known */
  bool          is_self_consistent; /* so are the potentials: written as scf_converged; false: not written */
  const char   *opt_scf;            /* how self-consistency ended, in words: written as scf */
  const char   *opt_code;           /* program and settings, written as "code"; NULL: not known */
} cuxas_record_spectrum;

typedef enum { CUXAS_RECORD_ADDED, CUXAS_RECORD_REPLACED, CUXAS_RECORD_SAME } cuxas_record_change;

/* cuxas_record_file_read() - the records of a file, compressed with gzip or not; of a file that does not exist: none
 *
 *   ret_file  the caller frees it with cuxas_record_file_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file:line: reason") a line is no JSON object with id and site, has another
 *          structure than an earlier one of its site, or another content than its checksum says; CUXAS_ENOMEM. */
cuxas_status cuxas_record_file_read(const char *path, cuxas_record_file **ret_file, cuxas_error *err);

/* cuxas_record_file_refresh() - takes up what others have added since the file was read
 *
 * Returns  as cuxas_record_file_read(); CUXAS_EFORMAT the file became shorter. */
cuxas_status cuxas_record_file_refresh(cuxas_record_file *file, cuxas_error *err);

/* cuxas_record_file_append() - adds what was put since it was read to the end of the file that it was read from, and has it
 * written to the disk; nothing put: nothing done. What others have added meanwhile is taken up. Mode and links of the
 * file stay; to a file whose name ends in .gz, whole gzip members are added.
 *
 *   opt_n_repaired  counts bytes of a line cut off at the end, which were removed; may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be locked or written, the file is then as long as it was; as
 *          cuxas_record_file_refresh(). */
cuxas_status cuxas_record_file_append(cuxas_record_file *file, size_t *opt_n_repaired, cuxas_error *err);

/* cuxas_record_file_new() - an empty file, in memory; NULL: no memory */
cuxas_record_file *cuxas_record_file_new(void);

/* cuxas_record_file_free() - accepts NULL */
void cuxas_record_file_free(cuxas_record_file *file);

/* cuxas_record_file_count() - records, that is sites */
size_t cuxas_record_file_count(const cuxas_record_file *file);

/* cuxas_record_file_text() - a record as JSON, without checksum; borrowed
 *
 *   i         0 ... count - 1
 *   opt_id, opt_site  whose it is; may be NULL */
const char *cuxas_record_file_text(const cuxas_record_file *file, size_t i, const char **opt_id, size_t *opt_site);

/* cuxas_record_file_has() - whether the site has a spectrum of that edge and channel */
bool cuxas_record_file_has(const cuxas_record_file *file, const char *id, size_t site, const char *edge,
                           cuxas_channel channel);

/* cuxas_record_file_put() - adds a spectrum to the record of its site, or replaces the one that is there; a new site goes
 * to the end. Energies are kept to 7 significant digits, mu to 5.
 *
 *   opt_change  what happened; may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a bound of the structs is broken, or the id and site have another structure in the file
 *          (more than 0.001 A or 0.001 of an axis apart); CUXAS_ENUMERIC a number is not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_record_file_put(cuxas_record_file *file, const cuxas_record_site *site,
                                   const cuxas_record_spectrum *spectrum, cuxas_record_change *opt_change,
                                   cuxas_error *err);

/* cuxas_record_file_parse() - what cuxas_records_read() would read from the file, were it written; there may be none
 *
 *   ret_records  the caller frees it with cuxas_records_free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a record is malformed; CUXAS_ERANGE, CUXAS_ENOMEM as there. */
cuxas_status cuxas_record_file_parse(const cuxas_record_file *file, int absorber, const char *const *edge_name,
                                     size_t n_edge, cuxas_records **ret_records, cuxas_error *err);

/* cuxas_record_file_read_parsed() - cuxas_record_file_read() and cuxas_record_file_parse() in one: each line is taken apart once
 *
 * Returns  as they do. */
cuxas_status cuxas_record_file_read_parsed(const char *path, int absorber, const char *const *edge_name, size_t n_edge,
                                           cuxas_record_file **ret_file, cuxas_records **ret_records, cuxas_error *err);

/* cuxas_record_file_pick() - copies a record to the end of another file, without atomic backgrounds (mu0) and with the
 * checksum of its structure's file as structure_sha256; one that is there already stays as it is
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE there is no such record; CUXAS_ENOMEM. */
cuxas_status cuxas_record_file_pick(const cuxas_record_file *from, const char *id, size_t site, const char *sha256,
                                    cuxas_record_file *to, cuxas_error *err);

/* cuxas_record_file_join() - a record of another file joins this one, in memory: curves that are not there yet are added, those
 * that are stay
 *
 *   n_same, n_different  count curves that both have, alike or not
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE the structures differ; CUXAS_EFORMAT one has none; CUXAS_ENOMEM. */
cuxas_status cuxas_record_file_join(cuxas_record_file *to, const cuxas_record_file *from, size_t i, size_t *n_same,
                                    size_t *n_different, cuxas_error *err);

/* cuxas_record_file_write() - all of it as a new file, one line a site, through a temporary file that is renamed;
 * compressed with gzip where the name ends in .gz
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_ERANGE too much to compress; CUXAS_ENOMEM. */
cuxas_status cuxas_record_file_write(const cuxas_record_file *file, const char *path, cuxas_error *err);

#endif
