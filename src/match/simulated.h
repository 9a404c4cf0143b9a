/* simulated.h - from simulated site spectra to the curve of a candidate */
#ifndef CUXAS_SIMULATED_H
#define CUXAS_SIMULATED_H
#include "cuxas/records.h"
#include "match/candidate.h"
#include "match/library.h"
#include "match/store.h"
#include "records/simulations.h"
#include <stdio.h>

/* cuxas_simulated_curve() - mean over sites of sum_edge weight_edge mu_edge(E), on the model's combined grid
 *
 *   record     (n_record) one of each kind of site
 *   weight     (n_record) sites of that kind, > 0
 *   is_moved   each site by the model's site_shift_eV, as what the model predicts is; false: as theory places them
 *   ret_curve  the caller ends it with cuxas_candidate_curve_clear(); a channel that is not there for every edge and site is
 *              NULL
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_simulated_curve(const cuxas_model *model, const cuxas_record *const *record, const double *weight,
                                   size_t n_record, bool is_moved, cuxas_candidate_curve *ret_curve, cuxas_error *err);

/* -- simulated spectra of whole compounds as small tables, one compound a file
 *
 * What cuxas_library_simulated() makes of site records, ready to be compared: the mean over the absorber sites, edges
 * summed by their weights, on the model's combined grid. Reference data of this kind are a hundredth of the records' size.
 *
 *     # CuO, simulated: mean over the Cu sites of L3 + 0.4854 L2, each normalised to its edge step
 *     # code FEFF10
 *     # formula CuO
 *     # edges Cu L3 L2
 *     # source ...
 *     # input sha256 ...
 *     energy_eV,no_hole,screened_hole
 *     925.0,0.00012,0.00013
 *
 * A column that is not known is left out. The file's stem is the candidate's name. -- */

enum { CUXAS_SIMULATED_CODE_SIZE = 32 };

/* Where simulated spectra come from. */
typedef struct {
  const char *code;   /* "FEFF10"; one line */
  const char *source; /* a sentence; one line; NULL: nothing is said */
  const char *sha256; /* of the records */
} cuxas_simulated_origin;

/* cuxas_simulated_write() - candidate i of a library as such a table, to 5 decimals
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED the candidate is one that matches skip: the reason. */
cuxas_status cuxas_simulated_write(const cuxas_library *library, size_t i, const cuxas_simulated_origin *origin,
                                   FILE *out, cuxas_error *err);

/* cuxas_simulated_read() - a library of such tables
 *
 *   catalog      its spectra are read, structures are passed over
 *   model        its element, edges and lattice; must outlive the library; its networks are not used
 *   ret_code     what the first table says made it
 *   ret_library  the caller frees it with cuxas_library_free()
 *
 * A table of another step than the model's is put on the model's lattice within its range.
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file:line: reason") no such table; CUXAS_EUNSUPPORTED of another element or
 *          other edges than the model's; CUXAS_ERANGE no spectra in the catalog; CUXAS_ENOMEM. */
cuxas_status cuxas_simulated_read(const cuxas_catalog *catalog, const cuxas_model *model,
                                  char ret_code[CUXAS_SIMULATED_CODE_SIZE], cuxas_library **ret_library,
                                  cuxas_error *err);

/* -- of a structure -- */

/* A structure to be simulated, and what its match by prediction has kept of it. */
typedef struct {
  const cuxas_candidate *candidate;
  const cuxas_parts     *opt_parts;
} cuxas_simulated_subject;

/* How a slot is filled. */
typedef struct {
  const cuxas_model *model;
  cuxas_simulations *simulations;
  bool               only_known; /* compute nothing: what is not known gets no curve */
  bool               only_cost;  /* nor look for anything: it is known not to be there, and its cost is asked for */
} cuxas_simulated_manner;

/* Of a structure that is not known. */
typedef struct {
  double cost_s;          /* with only_cost: core-seconds that it takes to simulate it */
  bool   is_partly_known; /* some of its sites are */
} cuxas_simulated_lack;

struct cuxas_shortlisted;

/* cuxas_slot_simulate() - a slot's curve from simulations
 *
 *   slot        its names are there, and the checksum where parts are kept
 *   opt_own     error and code (shortlist.h)
 *   opt_lack    with how->only_known
 *
 * Returns  CUXAS_OK; as cuxas_candidate_read(), cuxas_simulations_find(); CUXAS_ENOMEM. */
cuxas_status cuxas_slot_simulate(const cuxas_simulated_subject *from, const cuxas_simulated_manner *how,
                                 cuxas_slot *slot, struct cuxas_shortlisted *opt_own, cuxas_simulated_lack *opt_lack,
                                 cuxas_error *err);

#endif
