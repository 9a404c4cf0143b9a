#!/bin/sh
# simulate.sh [RECORDS [BIN]] - simulates all bundled structures anew: refdb/simulations/Cu-L3-L2.jsonl.gz
#   RECORDS  where simulations are kept as they are made, default build/simulations.jsonl; interrupted, the script goes on
#            where it was
#   BIN      folder of the programs, default build/bin
# Run it from the top of the repository; it takes 1 to 30 seconds of processor time a site. What cannot be simulated is told.
set -eu
records=${1:-build/simulations.jsonl} bin=${2:-build/bin}
mkdir -p refdb/simulations "$(dirname "$records")"
status=0
"$bin/cuxas-refdb" simulations refdb/structures refdb/candidates --data refdb --records "$records" --force \
  -o refdb/simulations/Cu-L3-L2.jsonl.gz || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] # 3: some structures were skipped
