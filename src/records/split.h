/* split.h - which records may be learnt from, and which are held out together
 *
 * Sites of one compound know each other's spectra: a fair test holds out whole groups. A group is all records of one
 * composition (supercells, strained and rattled copies have the same), joined with the other compositions of its family
 * where a table says so (isostructural compounds). The assignment depends on the seed and the groups' names alone,
 * through SHA-256: neither on the order of the records nor on the machine. */
#ifndef CUXAS_SPLIT_H
#define CUXAS_SPLIT_H
#include "cuxas/records.h"

#include <stdio.h>
#include <stdint.h>

typedef struct {
  size_t  n_row;
  size_t *group_of; /* (n_row) group of each record */
  size_t  n_group;
  char  **name; /* (n_group) the group's composition or family */
  size_t  n_fold;
  size_t *opt_fold; /* (n_row) parts that a file fixes, 0 ... n_fold - 1; NULL: the seed decides */
} cuxas_groups;

/* cuxas_groups_new() - groups of the records
 *
 *   opt_families  CSV file with a header, "formula" and "family" among its columns; NULL: composition alone
 *   ret_groups    the caller frees them with cuxas_groups_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT malformed table or formula; CUXAS_ENOMEM. */
cuxas_status cuxas_groups_new(const cuxas_records *records, const char *opt_families, cuxas_groups **ret_groups,
                              cuxas_error *err);

/* cuxas_groups_free() - accepts NULL */
void cuxas_groups_free(cuxas_groups *groups);

/* cuxas_families_new() - groups of records that know each other's spectra because their structures are alike
 *
 * Two records are of one family when their compositions are equal; when composition without names (AB2C4), space group
 * (within CUXAS_FAMILY_SYMPREC_A, P 1 and P -1 excepted) and coordination number of the absorber (oxidation.h) are; or
 * when a table names the same prototype for both; and so on from record to record. A family is called after the
 * alphabetically first composition in it.
 *
 *   opt_prototypes  CSV file with a header, "id" and "heldout" among its columns: ids of records (the same id may stand there
 *                   more than once) and what they are isostructural to; NULL: none
 *
 * Returns  as cuxas_groups_new(); CUXAS_ERANGE a degenerate cell. */
cuxas_status cuxas_families_new(const cuxas_records *records, const char *opt_prototypes, cuxas_groups **ret_groups,
                                cuxas_error *err);

#define CUXAS_FAMILY_SYMPREC_A 0.1 /* relaxed and measured structures of one kind should agree within it (our choice) */

/* cuxas_split_write() - a split as CSV: id, site, formula, family, fold, one record a line
 *
 *   fold  (n_row) part of each record, from 0
 *
 * Returns  CUXAS_OK; CUXAS_EIO. */
cuxas_status cuxas_split_write(const cuxas_records *records, const cuxas_groups *groups, const size_t *fold, FILE *out,
                               cuxas_error *err);

/* cuxas_split_read() - groups and parts as such a file has them
 *
 *   n_required  the first so many records must be in it; others that are not join the family of their composition, or are
 *               one of their own, and count to part 0
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT malformed, a record missing or of another composition, a family divided between
 *          parts, or a composition between families; CUXAS_ENOMEM. */
cuxas_status cuxas_split_read(const char *path, const cuxas_records *records, size_t n_required,
                              cuxas_groups **ret_groups, cuxas_error *err);

/* cuxas_split_check() - is a split free of leaks?
 *
 *   exclude  as cuxas_split_refuse()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT malformed, or divided as cuxas_split_read() says; CUXAS_EUNSUPPORTED a compound of
 *          exclude is in it; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_split_check(const char *path, const char *exclude, cuxas_error *err);

/* cuxas_split_folds() - parts of nearly equal size, no group divided; next to a very large group a part may be empty
 *
 *   n_fold    1 ... number of groups; where a file fixed the parts, their number
 *   ret_fold  (n_row) part of each record, 0 ... n_fold - 1
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE more folds than groups, or another number than the file's; CUXAS_ENOMEM. */
cuxas_status cuxas_split_folds(const cuxas_groups *groups, size_t n_fold, uint64_t seed, size_t *ret_fold,
                               cuxas_error *err);

/* cuxas_split_validation() - a part of some rows to watch a training by, no group divided
 *
 *   row            (n_row) records to choose from
 *   fraction       of them to hold out, 0 ... 0.9; 0 holds out none, otherwise at least one group is on either side
 *   ret_is_held    (n_row)
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE all rows are one group; CUXAS_ENOMEM. */
cuxas_status cuxas_split_validation(const cuxas_groups *groups, const size_t *row, size_t n_row, double fraction,
                                    uint64_t seed, bool *ret_is_held, cuxas_error *err);

/* cuxas_split_refuse() - stops a training that has seen what it will be judged by
 *
 *   n_record  only the first so many are learnt from; the others may be anything
 *   path      CSV file with a header and a column "formula": compositions that no record may have, in whatever structure
 *
 * Returns  CUXAS_OK no record has one of them; CUXAS_EUNSUPPORTED the first that has (the message names it); CUXAS_EIO;
 *          CUXAS_EFORMAT malformed table or formula; CUXAS_ENOMEM. */
cuxas_status cuxas_split_refuse(const cuxas_records *records, size_t n_record, const char *path, cuxas_error *err);

#endif
