#!/bin/sh
# simulate.sh [DATA [OUTPUT [SHARD [BIN]]]] - simulates the data set anew: training records of every site of the structures in order.csv,
# of the validation compounds and of the bundled minerals
#   DATA    folder with structures/mp and structures/made; default ../shared/data
#   OUTPUT  the training records to add to; default build/dataset.jsonl
#   SHARD   I/N: only the sites of process I of N, which should each have an OUTPUT of their own; default 1/1
#   BIN     folder of the programs, default build/bin
# Run it from the top of the repository. L3 and L2 without a core hole, with a screened and with a projected one take some 1 to
# 30 seconds of processor time a site (beside OUTPUT, with .csv for its suffix, stands how long). Interrupted, it goes on where it was: what is in OUTPUT already
# is not simulated again. The order is that of order.csv: what is farthest from the sites known before comes first, so that a part is
# worth more than its share. publish.sh makes the data set of it.
set -eu
data=${1:-../shared/data} output=${2:-build/dataset.jsonl} shard=${3:-1/1} bin=${4:-build/bin}
set -- refdb/structures/*.cif
for id in $(tail -n +2 refdb/candidates.csv | grep -v '^[^,]*_model,' | cut -d, -f1); do set -- "$@" "refdb/candidates/$id.cif"; done
for id in $(tail -n +2 refdb/dataset/order.csv | cut -d, -f1); do
  for path in "$data/structures/made/$id.cif" "$data/structures/mp/$id.vasp"; do
    [ ! -s "$path" ] || set -- "$@" "$path"
  done
done
mkdir -p "$(dirname "$output")"
"$bin/cuxas-simulate" --hole all --quick --shard "$shard" --threads 1 --timings "${output%.*}.csv" --dataset "$output" "$@"
