#!/bin/sh
# build.sh DATA [BIN] - makes structures, candidates, measured and simulated spectra of this folder anew from the raw data in DATA.
#   DATA  folder with structures/literature, structures/made, structures/minerals, structures/mp, literature, measured and feff10 (see the
#         ORIGIN pages)
#   BIN   folder of the programs, default build/bin
# Run it from the top of the repository; afterwards `git diff --stat refdb` says what changed.
set -eu
data=$1 bin=${2:-build/bin}

source_of_curve='digitised curve published with Gleason, Lu and Ciston, npj Comput. Mater. 10, 221 (2024)'
source_of_simulation='FEFF 10.0: self-consistent potentials, full multiple scattering, no core hole and a statically screened one, see ORIGIN.md'
source_of_structure='experimental lattice parameters and positions, see ORIGIN.md'

rm -rf refdb/structures/*.cif refdb/spectra/*.csv refdb/simulated/*.csv
for path in refdb/candidates/*.cif; do # those without a file of raw data were typed from their papers: they stay
  grep -q "^$(basename "$path" .cif),-," refdb/candidates.csv || rm "$path"
done
for path in "$data"/structures/literature/*.cif; do
  name=$(basename "$path" .cif)
  "$bin/cuxas-refdb" structure "$path" --name "$name" --source "$source_of_structure" -o "refdb/structures/$name.cif"
done
for path in "$data"/structures/made/L_*.cif; do # L_: real compounds; the others are made-up or distorted ones
  name=$(basename "$path" .cif)
  ! grep -q ",made/$name.cif," refdb/candidates.csv || continue
  case $name in L_CuCr2O4_c | L_CuFe2O4) continue ;; esac # stand-ins which candidates.csv replaces
  name=${name#L_}
  "$bin/cuxas-refdb" structure "$path" --name "$name" --source "$source_of_structure" -o "refdb/candidates/$name.cif"
done
tail -n +2 refdb/candidates.csv | while IFS=, read -r name file formula density rest; do
  [ "$file" != - ] || continue
  citation=${rest#\"} remark=${rest##*\",}
  citation=${citation%%\",*} remark=${remark#\"}
  remark=${remark%\"}
  "$bin/cuxas-refdb" structure "$data/structures/$file" --name "$name" --source "$citation${remark:+; $remark}" --force \
    -o "refdb/candidates/$name.cif"
done
for path in "$data"/literature/*.csv; do
  name=$(basename "$path" .csv)
  # Jumps of a digitised line are no spikes of a detector.
  "$bin/cuxas-refdb" spectrum "$path" --keep-spikes --source "$name: $source_of_curve" -o "refdb/spectra/$name.csv"
done
for mode in TEY PFY; do # one powder in two detection modes
  "$bin/cuxas-refdb" spectrum "$data/measured/CuO_${mode}_FlexPES.csv" --source "CuO, $mode: FlexPES, MAX IV; alexeip100/flexpes-nexafs (MIT)" \
    -o "refdb/spectra/CuO_$mode.csv"
done
"$bin/cuxas-refdb" simulated "$data/feff10/literature.jsonl" --code FEFF10 --source "$source_of_simulation" -o refdb/simulated
