/* refdb_feff.c - cuxas-refdb feff: input of FEFF for every site of many structures, and its spectra as training records */
#include "cmd/common.h"
#include "cmd/feff_jobs.h"
#include "cmd/refdb_commands.h"

#include <stdint.h>

static const cuxas_option WRITE_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FOLDER", NULL, NULL, "Output", "where the calculations go; made when it is not there",
     OPT_SHAPES_RUN},
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders within the folders too", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element; structures without it are left out", 0},
    {"symprec", 0, OPT_REAL, "A", "0.01", "1e-6:1", "Sites", "tolerance of the symmetry search, angstrom", 0},
    {"edges", 0, OPT_TEXT, "LIST", "L3,L2", NULL, "Calculation", "edges as FEFF names them, separated by commas", 0},
    {"channels", 0, OPT_CHOICE, "NAME", "no-hole", "no-hole|screened-hole|both", "Calculation",
     "without a core hole, with a statically screened one (COREHOLE RPA), or both", 0},
    {"preset", 0, OPT_CHOICE, "NAME", "published", "published|fast", "Calculation",
     "settings of the published model, or of the bundled one at a tenth of the time", 0},
    {"fms-radius", 0, OPT_REAL, "A", NULL, "1:20", "Calculation",
     "scattering cluster, angstrom, instead of the preset's", 0},
    {"scf-radius", 0, OPT_REAL, "A", NULL, "0:20", "Calculation",
     "cluster for self-consistency, angstrom, instead of the preset's; 0: overlapped atoms", 0},
    {"max-atoms", 0, OPT_INTEGER, "N", NULL, "0:1000", "Calculation",
     "most atoms that scatter, in whole shells; 0: as many as the radius holds", 0},
    {"feff", 0, OPT_TEXT, "COMMAND", "feff", NULL, "Run scripts", "what runs FEFF in the folder of a calculation",
     OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const WRITE_TABLES[] = {WRITE_OPTIONS, CUXAS_FORCE_OPTIONS, CUXAS_QUIET_OPTIONS, NULL};

static const cuxas_option COLLECT_OPTIONS[] = {
    {"dataset", 'd', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the training records to add to; made when it is not there", OPT_SHAPES_RUN},
    {"json", 0, OPT_FLAG, NULL, NULL, NULL, "Output", "what became of every calculation, on standard output",
     OPT_SHAPES_RUN},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Checks",
     "change nothing and fail when any calculation is unfinished or refused", 0},
    {0}};

static const cuxas_option *const COLLECT_TABLES[] = {COLLECT_OPTIONS, CUXAS_QUIET_OPTIONS, NULL};

static cuxas_status write_jobs(cuxas_options *options, cuxas_error *err)
{
  size_t             n_skipped = 0;
  const cuxas_status status    = cuxas_feff_write_jobs(options, &n_skipped, err);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

static cuxas_status collect_jobs(cuxas_options *options, cuxas_error *err)
{
  size_t             n_skipped = 0;
  const cuxas_status status    = cuxas_feff_collect_jobs(options, &n_skipped, err);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

const cuxas_command CUXAS_REFDB_FEFF_WRITE = {
    "cuxas-refdb feff write",
    "[options] STRUCTURE|FOLDER... -o FOLDER",
    "Writes for every symmetry-distinct site of the structures and each edge a folder with feff.inp, ready to run; a "
    "manifest that says what they are; and scripts that run them all, with GNU parallel or with Slurm.",
    "  cuxas-refdb feff write structures/ -o runs\n"
    "  cuxas-refdb feff write CuO.cif --preset fast --edges L3 --channels both -o runs\n"
    "  sh runs/run-parallel.sh          or: sbatch runs/run-slurm.sh\n"
    "  cuxas-refdb feff collect runs --dataset mine.jsonl\n",
    WRITE_TABLES,
    1,
    SIZE_MAX,
    write_jobs};

const cuxas_command CUXAS_REFDB_FEFF_COLLECT = {
    "cuxas-refdb feff collect",
    "[options] FOLDER... --dataset FILE",
    "Reads the finished calculations of folders made by the write command and adds their spectra to a file of "
    "training "
    "records. Runs that did not converge, are cut short or not plausible are left out and the reason is told. May be "
    "repeated at any time: what is there already stays as it is.",
    "  cuxas-refdb feff collect runs --dataset mine.jsonl\n"
    "  cuxas-model train mine.jsonl -o mine.cuxas\n",
    COLLECT_TABLES,
    1,
    SIZE_MAX,
    collect_jobs};
