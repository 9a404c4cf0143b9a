#!/bin/sh
# simulate.sh [DATA [OUTPUT [BIN]]] - simulates anew what the default model learns from besides FEFF's records: the sites of
# simulated.csv, with this project's cuxas-simulate
#   DATA    folder with structures/mp and structures/made; default ../shared/data
#   OUTPUT  the training records to add to; default build/simulated.jsonl
#   BIN     folder of the programs, default build/bin
# Run it from the top of the repository; L3 without and with a screened core hole take some 3 to 20 seconds of processor time a
# site. Interrupted, it goes on where it was.
set -eu
data=${1:-../shared/data} output=${2:-build/simulated.jsonl} bin=${3:-build/bin}
set --
for id in $(tail -n +2 refdb/models/simulated.csv | cut -d, -f1 | uniq); do
  for path in "$data/structures/made/$id.cif" "$data/structures/mp/$id.vasp"; do
    [ ! -s "$path" ] || set -- "$@" "$path"
  done
done
mkdir -p "$(dirname "$output")"
"$bin/cuxas-simulate" --edge L3 --hole both --dataset "$output" "$@"
