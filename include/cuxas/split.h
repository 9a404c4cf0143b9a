/* split.h - which records may be learnt from, and which are held out together
 *
 * Sites of one compound know each other's spectra: a fair test holds out whole groups. A group is all records of one
 * composition (supercells, strained and rattled copies have the same), joined with the other compositions of its family
 * where a table says so (isostructural compounds). The assignment depends on the seed and the groups' names alone,
 * through SHA-256: neither on the order of the records nor on the machine. */
#ifndef CUXAS_SPLIT_H
#define CUXAS_SPLIT_H
#include "cuxas/records.h"

typedef struct {
  size_t  n_row;
  size_t *group_of; /* (n_row) group of each record */
  size_t  n_group;
  char  **name; /* (n_group) the group's composition or family */
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

/* cuxas_split_folds() - parts of nearly equal size, no group divided; next to a very large group a part may be empty
 *
 *   n_fold    1 ... number of groups
 *   ret_fold  (n_row) part of each record, 0 ... n_fold - 1
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE more folds than groups; CUXAS_ENOMEM. */
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
