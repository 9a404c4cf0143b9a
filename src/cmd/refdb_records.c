/* refdb_records.c - cuxas-refdb records: training records from any program's spectra, and what a file of records holds */
#include "cmd/common.h"
#include "cmd/record_add.h"
#include "cmd/record_info.h"
#include "cmd/refdb_commands.h"

#include <stdint.h>

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

const cuxas_command CUXAS_REFDB_RECORDS_ADD = {
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

const cuxas_command CUXAS_REFDB_RECORDS_INFO = {
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
