/* sites.h - which sites of which structures a program is to compute: listed, shared out, and what they will cost */
#ifndef CUXAS_CMD_SITES_H
#define CUXAS_CMD_SITES_H
#include "cmd/options.h"
#include "cuxas/catalog.h"
#include "cuxas/simulate.h"
#include "cuxas/crystal.h"
#include "cuxas/records.h"

/* cuxas_site_open() - a structure of a catalog and its symmetry-distinct absorbers
 *
 *   i            candidate
 *   ret_crystal, ret_orbits  the caller frees them; NULL and CUXAS_OK: the candidate is no structure
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST the candidate before it has the same name; CUXAS_EUNSUPPORTED the name is too long for a
 *          record, or there is no absorber; as cuxas_candidate_read(). The message begins with the path. */
cuxas_status cuxas_site_open(const cuxas_catalog *catalog, size_t i, int absorber, double symprec_A,
                             cuxas_crystal **ret_crystal, cuxas_orbits **ret_orbits, cuxas_error *err);

/* ---- lists ------------------------------------------------------------------------------------------------------ */

typedef struct {
  const cuxas_candidate *candidate;                /* borrowed from the catalog */
  char                   id[CUXAS_RECORD_ID_SIZE]; /* of its records: the candidate's name, which arrangement */
  cuxas_crystal         *crystal;                  /* owned; NULL: no structure, or one that cannot be used */
  cuxas_orbits          *orbits;                   /* owned */
  cuxas_error            reason;                   /* why it cannot be used; status CUXAS_OK: it can */
  bool                   is_one_of_several;        /* arrangements that the crystal has, listed here or not */
} site_structure;

typedef struct {
  size_t i_structure, site, multiplicity;
} site_entry;

typedef struct {
  size_t n_structure;
  site_structure
             *structure; /* (n_structure) all candidates, in the catalog's order, disordered ones once an arrangement */
  size_t      n_site;
  site_entry *site; /* (n_site) by structure, then by index */
} site_list;

/* cuxas_site_list_new() - the distinct absorbers of all structures; what cannot be used is no failure but has its reason
 *
 *   only_site  the one site wanted of every structure; SIZE_MAX: all distinct ones
 *
 * Of a disordered structure come so many of its arrangements, evenly spread, as its candidate's drawing says; with
 * only_site the first alone, whose numbers it counts by.
 *
 * Structures are read by several threads. The caller frees the list with cuxas_site_list_free(), before the catalog.
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_site_list_new(const cuxas_catalog *catalog, int absorber, double symprec_A, size_t only_site,
                                 site_list **ret_list, cuxas_error *err);

/* cuxas_site_list_free() - accepts NULL */
void cuxas_site_list_free(site_list *list);

/* ---- shares ----------------------------------------------------------------------------------------------------- */

/* One of several processes that divide the sites among them. */
typedef struct {
  size_t index; /* 0 ... n - 1 */
  size_t n;     /* 1: no sharing */
} site_share;

/* cuxas_site_share_parse() - "I/N" with I from 1 to N; false: it is none */
bool cuxas_site_share_parse(const char *text, site_share *ret_share);

/* cuxas_site_share_read() - of --shard: "I/N" with I from 1 to N, or "auto": what Slurm (array tasks, and tasks of a step
 * within), Open MPI or PMI say in the environment; ends the program (exit 2) when it is neither */
site_share cuxas_site_share_read(const cuxas_options *options);

/* cuxas_site_is_mine() - by a hash of name and site index: who has which site depends on nothing else */
bool cuxas_site_is_mine(site_share share, const char *name, size_t site);

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* cuxas_memory_left() - bytes that this process may still take: of the machine, of its control group, of its limits */
double cuxas_memory_left(void);

#endif
