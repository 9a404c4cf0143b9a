#!/bin/sh
# publish.sh RECORDS... - makes the data set of what simulate.sh simulated: Cu-L3-L2.jsonl.gz; validation.jsonl.gz, the validation
# compounds in whatever structure; and DATA-CARD.md
#   RECORDS  outputs of simulate.sh; the timings beside them, where there are such, say what they took
# Environment: BIN, folder of the programs, default build/bin; FEFF, records by FEFF10 to compare with, default
# ../shared/data/feff10/train.jsonl (without them the card has no comparison); CHECK, records of some of the sites with a larger
# cluster (check.sh), default build/check.jsonl (the same).
# Run it from the top of the repository.
set -eu
bin=${BIN:-build/bin} feff=${FEFF:-../shared/data/feff10/train.jsonl} check=${CHECK:-build/check.jsonl}
folder=refdb/dataset

merge() { # OUTPUT option...; what is missing is no failure: the data set may be a part of what order.csv lists
  output=$1
  shift
  status=0
  "$bin/cuxas-refdb" records merge --screen --small --force "$@" -o "$output" >/dev/null || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}
merge "$folder/Cu-L3-L2.jsonl.gz" --exclude refdb/models/exclude.csv "$@"
merge "$folder/validation.jsonl.gz" --only refdb/models/exclude.csv "$@"

hours() { # processor time that is known
  for path in "$@"; do [ ! -s "${path%.*}.csv" ] || tail -n +2 "${path%.*}.csv"; done |
    awk -F, '{ n++; s += $6 } END { if (n > 0) printf "%d of the sites took %.1f hours of processor time, %.1f seconds each.\n", n, s / 3600, s / n }'
}
block() { printf '```\n$ cuxas-refdb records info %s\n' "$*"; "$bin/cuxas-refdb" records info "$@"; printf '```\n\n'; }
{
  cat <<'CARD'
# Simulated Cu L3 and L2 edges of copper sites
`Cu-L3-L2.jsonl.gz`: spectra of symmetry-distinct copper sites of crystals, without a core hole, with a statically screened one, and with a
projected one, and the structures they belong to. `validation.jsonl.gz`: the same of the
validation compounds of `../compounds.csv`, in a file of their own because no model that is judged by them may learn from it. Made by `simulate.sh` and `publish.sh`; this page by the latter.

## Format
One JSON object a line, one site each, compressed with gzip: `id`, `formula`, `site` (index of the absorber, from 0), `multiplicity`
(equivalent sites in the cell), `lattice` (rows, angstrom), `species`, `frac`; for each edge and state of the core level (`L3`, `L2`, `L3_screened`,
`L2_screened`, `L3_projected`, `L2_projected`) an object with `energy` (photon energy, eV, to 0.001), `mu` (normalised to the atomic
background 50 eV above the edge, to 0.0001), `edge_step`, `fermi` (eV), `core_hole_width` (eV), `scf_converged` and `code` (program and
settings). `checksum` ends each line. `cuxas-refdb`(1), `records`, reads, counts, merges and extends such files; `cuxas-model train` learns from them.

## Theory and settings
This project's `cuxas-simulate --hole all --quick`: real-space multiple scattering on self-consistent muffin-tin potentials,
the same approximations as FEFF's. Clusters: 4.6 A and up to 45 atoms for the potentials, 7 A and up to 105 atoms that scatter (since these were made the default is 9 A, up to 250 atoms and another level between the spheres). Broadened by the
core hole's width alone. No multiplets, no vibrations, no spin-orbit coupling of the final states.
Cu(II) keeps its white line by a Fermi level below its hole (`../simulations/ORIGIN.md`): the `code` of such records tells "polarised Fermi level". Where that level is what it
is without, which was looked for at every site, the record of before stands.
The first 1870 were simulated before potentials became self-consistent in fewer rounds; both ways end at the same potential, within what is asked of it.

## What is in it
CARD
  block "$folder/Cu-L3-L2.jsonl.gz" --sites
  block "$folder/validation.jsonl.gz"
  hours "$@"
  cat <<'CARD'

## Structures
Ids `mp-...` are structures of the Materials Project (A. Jain et al., APL Materials 1, 011002 (2013), doi:10.1063/1.4812323; CC BY 4.0), by
their material id. `L_...` are compounds with published cells, as in `../candidates` (where a name ends in
`_model`, the structure is a stand-in: `../candidates.csv`); `P...` and `S...` are made: compounds put into the
prototypes of others, supercells, strained and rattled copies. Other names are those of `../candidates` and `../structures`.

## Checks
Left out were sites whose potentials did not converge, and spectra that are none of a solid (`cuxas-refdb records merge --screen`).
CARD
  if [ -s "$check" ]; then
    printf '\nAgainst some sites, drawn at random, simulated again with clusters of 8 A and up to 150 atoms (`check.sh`):\n\n'
    printf '```\n'
    "$bin/cuxas-refdb" records info "$check" --against "$folder/Cu-L3-L2.jsonl.gz" | sed -n '/^difference/,$p' | sed 's/ of [^ ]*jsonl[^ ]*,/,/'
    printf '```\n'
  fi
  if [ -s "$feff" ]; then
    printf '\nAgainst FEFF 10.0 with the same radii, where the same sites are at hand (mean absolute difference over the edge, edge step 1):\n\n'
    printf '```\n'
    "$bin/cuxas-refdb" records info "$folder/Cu-L3-L2.jsonl.gz" --against "$feff" | sed -n '/^difference/,$p' | sed 's/ of [^ ]*jsonl[^ ]*,/ by FEFF10,/'
    printf '```\n'
  fi
  cat <<'CARD'

## Licence
CC BY 4.0. Attribution: the CuXAS project, and for structures `mp-...` the Materials Project as above.
CARD
} >"$folder/DATA-CARD.md"
