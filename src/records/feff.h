/* feff.h - the way to FEFF and back: its input for a site, its spectrum as something to learn from
 *
 * FEFF 9 and 10 read one file, feff.inp, and leave the spectrum in xmu.dat and the course of the self-consistency in
 * log1.dat. Cards: FEFF user's guide, https://feff.phys.washington.edu; J. J. Rehr et al., Phys. Chem. Chem. Phys. 12,
 * 5503 (2010). */
#ifndef CUXAS_FEFF_H
#define CUXAS_FEFF_H
#include "cuxas/crystal.h"
#include "cuxas/model.h"

#include <stdio.h>

/* What a calculation is to be like. */
typedef struct {
  const char *name;         /* of the preset */
  double      scf_radius_A; /* cluster for the self-consistency; 0: none, overlapped atoms */
  size_t      max_scf_atom; /* whole shells are left out beyond; 0: no limit */
  double      fms_radius_A; /* cluster for full multiple scattering, > 0 */
  size_t      max_fms_atom; /* 0: no limit */
  double      k_step;       /* XANES card: step in k above the edge, 1/A */
  double      edge_step_eV; /* XANES card: step at the edge */
} cuxas_feff_settings;

/* cuxas_feff_settings_find() - presets by name; NULL: no such preset; static storage
 *
 *   "published"  SCF 7.0, FMS 9.0, XANES 4 0.04 0.1: what the spectra of the published model were made with (M. Chen et
 *                al., the CuXASNet data set; the settings of Lightshow, J. Open Source Softw. 8, 5182 (2023))
 *   "fast"       SCF 4.6 with up to 45 atoms, FMS 7.0 with up to 105, XANES 4 0.055 0.1: what the bundled model was
 *                trained on; about a tenth of the time */
const cuxas_feff_settings *cuxas_feff_settings_find(const char *name);

/* What became of them for a site. */
typedef struct {
  size_t n_atom;      /* in the list of atoms */
  size_t n_potential; /* unique potentials, the absorber's included */
  size_t n_fms;       /* atoms that scatter */
  double fms_radius_A, scf_radius_A;
} cuxas_feff_cluster;

/* What one calculation is of. */
typedef struct {
  const cuxas_crystal *crystal;
  size_t               site;    /* index of the absorber in the crystal */
  const char          *edge;    /* "K", "L1", "L2", "L3", as FEFF names them */
  cuxas_channel        channel; /* CUXAS_CHANNEL_SCREENED_HOLE: COREHOLE RPA; without: COREHOLE None */
  const char          *title;   /* one line */
} cuxas_feff_subject;

/* cuxas_feff_write_input() - feff.inp of a site and edge
 *
 *   opt_cluster  what was written; may be NULL
 *
 * The list of atoms reaches 3 A beyond the larger cluster, so that the outermost atoms that scatter have potentials that
 * their neighbours overlap with. Unique potentials: the absorber, and one per element.
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED more than 12 unique potentials, or more than 1000 atoms within the radii (dimensions
 *          of FEFF 9); CUXAS_ERANGE; CUXAS_ENOMEM. Whether writing worked, the stream tells. */
cuxas_status cuxas_feff_write_input(const cuxas_feff_subject *subject, const cuxas_feff_settings *settings, FILE *out,
                                    cuxas_feff_cluster *opt_cluster, cuxas_error *err);

/* What a finished calculation found. */
typedef struct {
  char    version[32]; /* "FEFF 10.0.0" */
  size_t  n_point;
  double *energy_eV; /* (n_point) photon energy */
  double *mu;        /* (n_point) normalised to the atomic background 50 eV above the edge */
  double *mu0;       /* (n_point) that background, in the same units */
  double  edge_step; /* what both were divided by */
  double  core_hole_width_eV;
  double  fermi_eV;           /* FEFF's energy of the Fermi level */
  double  edge_eV;            /* photon energy of the Fermi level */
  bool    is_self_consistent; /* false: the input did not ask for it */
  size_t  n_iteration;        /* until it was; 0: not asked for */
} cuxas_feff_output;

/* cuxas_feff_is_finished() - whether a folder has a spectrum, of whatever quality */
bool cuxas_feff_is_finished(const char *folder);

/* cuxas_feff_read() - the spectrum of a folder, if it can be trusted
 *
 * Refused, with the reason, are: potentials that did not converge although the input has an SCF card, numbers that are not
 * finite, energies that do not rise, spectra that begin less than 3 eV below the Fermi level or end less than 40 eV above it,
 * a steepest rise more than 12 eV away from it, and a mu that is not near 1 at the end.
 *
 *   ret_output  the caller ends it with cuxas_feff_output_clear(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EIO a file is missing; CUXAS_EFORMAT not what FEFF writes, or cut short; CUXAS_ENUMERIC
 *          not converged or not finite; CUXAS_ERANGE edge or range is wrong; CUXAS_ENOMEM. */
cuxas_status cuxas_feff_read(const char *folder, cuxas_feff_output *ret_output, cuxas_error *err);

/* cuxas_feff_output_clear() - releases the arrays; accepts a zeroed struct */
void cuxas_feff_output_clear(cuxas_feff_output *output);

/* ---- a folder of calculations ----------------------------------------------------------------------------------- */

/* One calculation: where it is, and what it is of. */
typedef struct {
  char          *folder;  /* relative to the manifest's; owned */
  char          *id;      /* of the structure; owned */
  cuxas_crystal *crystal; /* owned */
  size_t         site;
  size_t         multiplicity;
  char           edge[CUXAS_EDGE_NAME_SIZE];
  cuxas_channel  channel;
} cuxas_feff_job;

typedef struct {
  size_t          n_job;
  cuxas_feff_job *job; /* (n_job), owned */
} cuxas_feff_jobs;

#define CUXAS_FEFF_MANIFEST "manifest.jsonl" /* its name in the folder */

/* cuxas_feff_manifest_put() - the line of a job, so that its spectrum can be collected without the structure's file
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. Whether writing worked, the stream tells. */
cuxas_status cuxas_feff_manifest_put(const cuxas_feff_job *job, const cuxas_feff_settings *settings,
                                     const cuxas_feff_cluster *cluster, FILE *out, cuxas_error *err);

/* cuxas_feff_manifest_read() - the jobs of a folder
 *
 *   ret_jobs  the caller ends it with cuxas_feff_jobs_clear(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EIO no manifest; CUXAS_EFORMAT ("file:line: reason"); CUXAS_ENOMEM. */
cuxas_status cuxas_feff_manifest_read(const char *folder, cuxas_feff_jobs *ret_jobs, cuxas_error *err);

/* cuxas_feff_jobs_clear() - accepts a zeroed struct */
void cuxas_feff_jobs_clear(cuxas_feff_jobs *jobs);

#endif
