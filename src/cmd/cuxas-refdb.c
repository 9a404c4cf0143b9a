/* cuxas-refdb - makes reference data: structures, spectra, libraries, backgrounds, and the records that models learn from
 *
 * Contents: 1. records: spectra of any program as training records  2. feff: its input for many sites, and its spectra  3. the program */
#include "cmd/common.h"
#include "cmd/feff_jobs.h"
#include "cmd/help.h"
#include "cmd/record_add.h"
#include "cmd/record_info.h"
#include "cmd/record_merge.h"
#include "cmd/refdb_commands.h"

#include <stdint.h>

/* ---- 1. records: spectra of any program as training records --------------------------------------------------- */

static const cuxas_option ADD_OPTIONS[] = {
    {"dataset", 'd', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the training records to add to; made when it is not there", OPT_SHAPES_RUN},
    {"structure", 0, OPT_PATH, "FILE", NULL, NULL, "Sites", "the structure that the one spectrum belongs to", 0},
    {"site", 0, OPT_INTEGER, "N", NULL, "0:99999", "Sites",
     "index of the absorber in it, from 0; default: the only site of the element, by symmetry", 0},
    {"id", 0, OPT_TEXT, "NAME", NULL, NULL, "Sites", "name of the structure; default: its file's", 0},
    {"list", 'l', OPT_FLAG, NULL, NULL, NULL, "Sites",
     "the arguments are tables (CSV) with the columns spectrum, structure, site and, if wanted, id, shift_eV", 0},
    {"structures", 0, OPT_PATH, "FOLDER", NULL, NULL, "Sites",
     "the arguments are JSON lines with id, site, energy and mu; the structures lie in the folder, called by id", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element", 0},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Sites",
     "leave out the compounds in a table's column formula, such as models/exclude.csv of the bundled data, which "
     "cuxas-model train refuses to learn from",
     0},
    {"edge", 0, OPT_TEXT, "NAME", "L3", NULL, "Spectra", "edge, as cuxas-model train is to call it", 0},
    {"channel", 0, OPT_CHOICE, "NAME", "no-hole", "no-hole|screened-hole", "Spectra",
     "state of the core level in the simulation", 0},
    {"code", 0, OPT_TEXT, "TEXT", NULL, NULL, "Spectra", "program and settings, noted in the records", 0},
    {"energy-column", 0, OPT_INTEGER, "N", "1", "1:64", "Spectra", "column of the energies, counted from 1", 0},
    {"mu-column", 0, OPT_INTEGER, "N", "2", "1:64", "Spectra", "column of the absorption", 0},
    {"unit", 0, OPT_CHOICE, "NAME", "eV", "eV|Ha|Ry", "Spectra", "unit of the energies", 0},
    {"shift", 0, OPT_REAL, "EV", "0", "-200000:200000", "Processing", "added to the energies, eV", 0},
    {"onset", 0, OPT_REAL, "EV", NULL, "0:200000", "Processing",
     "move the steepest rise of every spectrum to this photon energy, instead of a shift", 0},
    {"gaussian", 0, OPT_REAL, "EV", "0", "0:50", "Processing", "broaden by a Gaussian of this full width, eV", 0},
    {"lorentzian", 0, OPT_REAL, "EV", "0", "0:50", "Processing", "broaden by a Lorentzian of this full width, eV", 0},
    {"step", 0, OPT_REAL, "EV", "0.1", "0.001:10", "Processing", "step of the energies after a broadening, eV", 0},
    {"range", 0, OPT_RANGE, "LOW:HIGH", NULL, "0:200000", "Processing", "photon energies to keep, eV", 0},
    {"normalize", 0, OPT_CHOICE, "NAME", "step", "step|maximum|none", "Processing",
     "what becomes 1: the mean over a window, the maximum, or nothing", 0},
    {"step-window", 0, OPT_RANGE, "LOW:HIGH", NULL, "0:200000", "Processing",
     "window of the step, photon energies; default: the last tenth of the range", 0},
    {"core-hole-width", 0, OPT_REAL, "EV", "0", "0:100", "Processing",
     "full width of the core level that is in the spectrum already, noted in the records", 0},
    {0}};

static const cuxas_option *const ADD_TABLES[] = {ADD_OPTIONS, CUXAS_QUIET_OPTIONS, NULL};

static const cuxas_option INFO_OPTIONS[] = {
    {"json", 0, OPT_FLAG, NULL, NULL, NULL, "Output", "as JSON", OPT_SHAPES_RUN}, {0}};

static const cuxas_option *const INFO_TABLES[] = {INFO_OPTIONS, NULL};

static const cuxas_option MERGE_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the merged records; compressed where it ends in .gz",
     OPT_SHAPES_RUN},
    {"structures", 0, OPT_PATH, "FOLDER", NULL, NULL, "Sites",
     "the structures that were to be simulated: sites without a record are listed; default: of the records' own "
     "crystals",
     0},
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders within it too", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element in it", 0},
    {0}};

static const cuxas_option *const MERGE_TABLES[] = {MERGE_OPTIONS, CUXAS_FORCE_OPTIONS, CUXAS_QUIET_OPTIONS, NULL};

static cuxas_status add(cuxas_options *options, cuxas_error *err)
{
  size_t             n_skipped = 0;
  const cuxas_status status    = cuxas_record_add(options, &n_skipped, err);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

static cuxas_status info(cuxas_options *options, cuxas_error *err)
{
  return cuxas_record_info(options, err);
}

static cuxas_status merge(cuxas_options *options, cuxas_error *err)
{
  bool               is_complete = true;
  const cuxas_status status      = cuxas_record_merge(options, &is_complete, err);
  if (status == CUXAS_OK && !is_complete) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

static const cuxas_command CUXAS_REFDB_RECORDS_ADD = {
    "cuxas-refdb records add",
    "[options] SPECTRUM|TABLE|LINES... --dataset FILE",
    "Adds spectra that other programs computed (OCEAN, XSpectra, VASP, FDMNES, ...) to a file of training records, "
    "after "
    "broadening, alignment and normalisation. One spectrum with its structure, a table of many, or JSON lines.",
    "  cuxas-refdb records add absspct_Cu.0001_2p_01 --structure CuO.cif --shift 933 --gaussian 0.3 -d mine.jsonl\n"
    "  cuxas-refdb records add --list sites.csv --edge L3 -d mine.jsonl\n"
    "  cuxas-refdb records add sites.jsonl --structures structures/ --edge K --normalize none -d k-edge.jsonl\n"
    "  cuxas-model train k-edge.jsonl --edges K=8975:0.5:260 -o cu-k.cuxas\n",
    ADD_TABLES,
    1,
    SIZE_MAX,
    add};

static const cuxas_command CUXAS_REFDB_RECORDS_INFO = {
    "cuxas-refdb records info",
    "[options] RECORDS...",
    "Tells what files of training records hold: records, compounds, and for each edge and channel the number of "
    "curves, "
    "the energies they cover and the programs they come from.",
    "  cuxas-refdb records info mine.jsonl\n",
    INFO_TABLES,
    1,
    SIZE_MAX,
    info};

static const cuxas_command CUXAS_REFDB_RECORDS_MERGE = {
    "cuxas-refdb records merge",
    "[options] RECORDS... --output FILE",
    "Makes one file of training records of several, such as those of processes that shared sites out: one line a site, "
    "by "
    "name and site. Tells sites that are missing, and spectra that are there twice and differ.",
    "  cuxas-refdb records merge part-*.jsonl -o all.jsonl\n"
    "  cuxas-refdb records merge part-*.jsonl --structures structures/ -o all.jsonl.gz\n",
    MERGE_TABLES,
    1,
    SIZE_MAX,
    merge};

/* ---- 2. feff: its input for many sites, and its spectra ------------------------------------------------------- */

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

static const cuxas_command CUXAS_REFDB_FEFF_WRITE = {
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

static const cuxas_command CUXAS_REFDB_FEFF_COLLECT = {
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

/* ---- 3. the program ------------------------------------------------------------------------------------------ */

static const cuxas_command *const COMMANDS[] = {
    &CUXAS_REFDB_STRUCTURE,
    &CUXAS_REFDB_SPECTRUM,
    &CUXAS_REFDB_LIBRARY,
    &CUXAS_REFDB_SPLIT,
    &CUXAS_REFDB_SIMULATED,
    &CUXAS_REFDB_BACKGROUND,
    &CUXAS_REFDB_SIMULATIONS,
    &CUXAS_REFDB_RECORDS_ADD,
    &CUXAS_REFDB_RECORDS_INFO,
    &CUXAS_REFDB_RECORDS_MERGE,
    &CUXAS_REFDB_FEFF_WRITE,
    &CUXAS_REFDB_FEFF_COLLECT,
    NULL,
};

static const cuxas_old_name OLD_NAMES[] = {
    {"cuxas-records", "records"},
    {"cuxas-feff", "feff"},
    {NULL, NULL},
};

static const cuxas_program PROGRAM = {
    "cuxas-refdb",
    "Makes reference data: structures, measured and simulated spectra, databases of structures, backgrounds, and the "
    "records that models learn from.",
    COMMANDS,
    OLD_NAMES,
};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PROGRAM, argc, argv);
}
