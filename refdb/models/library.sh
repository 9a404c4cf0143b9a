#!/bin/sh
# library.sh [DATASET [BIN [MODELS]]] - MODELS/mp.cuxaslib, which is refdb:mp: the Materials Project's structures of the data set with what
# cu-l23 predicts for them, and what the data set's simulations make of them
#   DATASET  folder with Cu-L3-L2.jsonl.gz and validation.jsonl.gz; default refdb/dataset
#   BIN      folder of the programs, default build/bin
#   MODELS   folder of cu-l23.cuxas, where the library goes; default refdb/models
# Run it from the top of the repository; it takes some seconds. What sites the data set lacks is in refdb/simulations/mp.jsonl.gz.
set -eu
dataset=${1:-refdb/dataset} bin=${2:-build/bin} models=${3:-refdb/models}
mkdir -p build
"$bin/cuxas-refdb" library --records "$dataset/Cu-L3-L2.jsonl.gz" "$dataset/validation.jsonl.gz" --only mp- --force -o build/mp.db --source \
  'Materials Project (A. Jain et al., APL Mater. 1, 011002 (2013), doi:10.1063/1.4812323), CC BY 4.0'
rm -f "$models/mp.cuxaslib"
"$bin/cuxas-refdb" library build build/mp.db --model "$models/cu-l23.cuxas" --data refdb --quiet \
  --simulations "$dataset/Cu-L3-L2.jsonl.gz" --simulations "$dataset/validation.jsonl.gz" --simulations refdb/simulations/mp.jsonl.gz \
  -o "$models/mp.cuxaslib"
