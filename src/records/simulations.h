/* simulations.h - simulated site spectra of crystals: found where they were computed before, computed where they were not
 *
 * A record belongs to a crystal when its own crystal is the same, atom for atom (same_crystal.h), whatever it is called.
 * What is computed here is used as a file of records holds it, rounded the same way, so that it makes no difference
 * whether a spectrum was computed a moment ago or last year. */
#ifndef CUXAS_SIMULATIONS_H
#define CUXAS_SIMULATIONS_H
#include "records/record_file.h"
#include "cuxas/records.h"
#include "cuxas/simulate.h"
#include "cuxas/crystal.h"
#include "cuxas/model.h"

typedef struct cuxas_simulations cuxas_simulations;

/* How candidates are simulated: as `cuxas-simulate --max-atoms 150` does, in clusters that hold all atoms of close-packed
 * metals. */
cuxas_simulate_settings cuxas_simulations_settings(void);

/* cuxas_simulations_new() - nothing is known yet
 *
 *   absorber         atomic number
 *   edge_name        (n_edge) every site needs all of them without a core hole
 *   wants_screened   and, where it can be simulated, with a screened one; what is computed then has a projected one too
 *   ret_simulations  the caller frees it with cuxas_simulations_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a setting out of bounds, too many edges; CUXAS_ENOMEM. */
cuxas_status cuxas_simulations_new(int absorber, const char *const *edge_name, size_t n_edge, bool wants_screened,
                                   const cuxas_simulate_settings *settings, cuxas_simulations **ret_simulations,
                                   cuxas_error *err);

/* cuxas_simulations_for() - the same for the edges of a model, simulated as candidates are */
cuxas_status cuxas_simulations_for(const cuxas_model *model, bool wants_screened, cuxas_simulations **ret_simulations,
                                   cuxas_error *err);

/* cuxas_simulations_name() - where bundled data keep those of a model's edges: "simulations/Cu-L3-L2.jsonl.gz" */
enum { CUXAS_SIMULATIONS_NAME_SIZE = 64 };
void cuxas_simulations_name(const cuxas_model *model, char ret_name[CUXAS_SIMULATIONS_NAME_SIZE]);

/* cuxas_simulations_free() - accepts NULL */
void cuxas_simulations_free(cuxas_simulations *simulations);

/* cuxas_simulations_read() - makes the records of a file known; of several files the earlier goes first
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT ("file: reason"); CUXAS_ENOMEM. */
cuxas_status cuxas_simulations_read(cuxas_simulations *simulations, const char *path, cuxas_error *err);

/* cuxas_simulations_note() - the same when they are first asked for, which then may fail: until then only the file's checksum is known
 * cuxas_simulations_load() - reads all that was noted; CUXAS_EIO also: a file has changed since
 * cuxas_simulations_source() - a checksum of all files of both, in order */
cuxas_status cuxas_simulations_note(cuxas_simulations *simulations, const char *path, cuxas_error *err);
cuxas_status cuxas_simulations_load(cuxas_simulations *simulations, cuxas_error *err);
void         cuxas_simulations_source(const cuxas_simulations *simulations, char ret_sha256[CUXAS_SHA256_HEX_SIZE]);

/* cuxas_simulations_keep() - the same, of a file that need not exist; what is computed from now on is added to it at once
 */
cuxas_status cuxas_simulations_keep(cuxas_simulations *simulations, const char *path, cuxas_error *err);

/* cuxas_simulations_find() - spectra of all distinct absorbers of a crystal, computed where they are not known
 *
 *   name        for a record's id
 *   orbits      of the crystal's absorbers
 *   ret_record  (orbits->n_orbit) a record of each, which may be of another site of the same orbit; borrowed. All have
 *               every edge without a core hole; the other channels are there where they are known or could be computed
 *
 * The answer does not depend on the number of threads, nor on what was asked before.
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED, CUXAS_ERANGE, CUXAS_ENUMERIC as cuxas_simulate_site(); CUXAS_EIO the file that is
 *          added to cannot be written; CUXAS_ENOMEM. */
cuxas_status cuxas_simulations_find(cuxas_simulations *simulations, const char *name, const cuxas_crystal *crystal,
                                    const cuxas_orbits *orbits, const cuxas_record **ret_record, cuxas_error *err);

/* cuxas_simulations_know() - the same where the files of cuxas_simulations_read() hold all sites: nothing is computed, and what
 * was computed before is no answer, so that the answer depends on these files alone
 *
 *   ret_is_known  false: not all sites are there, and ret_record holds nothing to be used */
cuxas_status cuxas_simulations_know(cuxas_simulations *simulations, const cuxas_crystal *crystal,
                                    const cuxas_orbits *orbits, const cuxas_record **ret_record, bool *ret_is_known,
                                    cuxas_error *err);

/* cuxas_simulations_know_file() - the same by the checksum of the structure's file, which takes no time; of what is loaded
 *
 *   n_absorber  of the cell
 *   ret_record  (n_absorber) one of each kind of site, the first of the returned number filled
 *
 * Returns  how many kinds; 0: not all of its absorbers are known in this way. */
size_t cuxas_simulations_know_file(const cuxas_simulations *simulations, const char *sha256, size_t n_absorber,
                                   const cuxas_record **ret_record);

/* cuxas_simulations_may_know() - of what is loaded: do they hold a compound of this formula, as cuxas_crystal_formula() writes it? */
bool cuxas_simulations_may_know(const cuxas_simulations *simulations, const char *formula);

/* cuxas_simulations_cost_s() - estimate of what computing all sites would take, core-seconds: cuxas_site_cost_find();
 * INFINITY: it cannot be done */
double cuxas_simulations_cost_s(const cuxas_simulations *simulations, const cuxas_crystal *crystal,
                                const cuxas_orbits *orbits);

/* cuxas_simulations_code() - what computes, as records name it */
const char *cuxas_simulations_code(const cuxas_simulations *simulations);

/* cuxas_simulations_n_computed() - sites computed so far, not found */
size_t cuxas_simulations_n_computed(const cuxas_simulations *simulations);

/* -- arrangements of disordered crystals
 *
 * Each has records of its own, whose ids are the compound's with "~2of4" behind it: arrangement 2 of 4. They are equally
 * likely, and the compound's spectrum is the mean over them. -- */

enum { CUXAS_ARRANGEMENT_SUFFIX_SIZE = 48 };

enum { CUXAS_SIMULATED_ARRANGEMENTS = 4 }; /* of a disordered structure, where it is a candidate */

/* cuxas_arrangement_is_simulated() - whether arrangement i (from 0) of n is among at most n_most that are, evenly spread */
bool cuxas_arrangement_is_simulated(size_t i, size_t n, size_t n_most);

/* cuxas_arrangement_suffix() - "~2of4" for i = 1, n = 4; empty for n = 1 */
void cuxas_arrangement_suffix(size_t i, size_t n, char ret_suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE]);

/* cuxas_arrangement_stem() - how many bytes of a record's id are the compound's: all, or those before the suffix */
size_t cuxas_arrangement_stem(const char *id);

/* cuxas_simulation_put() - adds all spectra of a simulation to a file of records, as record_file.h says; returns as
 * cuxas_record_file_put() */
cuxas_status cuxas_simulation_put(const cuxas_simulation *simulation, const cuxas_simulator *simulator,
                                  const cuxas_record_site *site, cuxas_record_file *file, cuxas_error *err);

#endif
