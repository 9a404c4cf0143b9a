#!/bin/sh
# train.sh [RECORDS [SIMULATED [BIN]]] - trains the default model anew: refdb/models/cu-l23.cuxas; cu-l23.json, how it went; and
# cu-l23.background, what it predicts for the candidates.
#   RECORDS  site spectra by FEFF10, one JSON object per line; default ../shared/data/feff10/train.jsonl
#   SIMULATED  further records, which simulate.sh makes; default build/simulated.jsonl
#   BIN      folder of the programs, default build/bin
# Run it from the top of the repository. It takes half a minute on two cores (pretrain.sh, which makes features.cuxas, the
# featurizer, takes longer). The same records give the same bytes on the same kind of processor.
set -eu
records=${1:-../shared/data/feff10/train.jsonl} simulated=${2:-build/simulated.jsonl} bin=${3:-build/bin}

"$bin/cuxas-model" train "$records" "$simulated" --force --data refdb \
  --name cu-l23 --date 2026-11-22 --licence BSD-3-Clause --shift -2 --fwhm 1 \
  --element Cu --edges L3=925:0.2:312,L2=945:0.2:312 --channels both \
  --from-model refdb/models/features.cuxas --features 0 --method kernel-ridge --kernel laplace --align origin \
  --split refdb/models/split.csv --folds 5 --seed 1 \
  --log refdb/models/cu-l23.json -o refdb/models/cu-l23.cuxas
"$bin/cuxas-refdb" background refdb/candidates --model refdb/models/cu-l23.cuxas --data refdb --force \
  -o refdb/models/cu-l23.background
