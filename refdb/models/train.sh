#!/bin/sh
# train.sh [RECORDS [BIN]] - trains the default model anew: refdb/models/cu-l23.cuxas, cu-l23.json, how it went,
# and cu-l23.background, what it predicts for the bundled candidates.
#   RECORDS  simulated site spectra, one JSON object per line; default ../shared/data/feff10/train.jsonl
#   BIN      folder of the programs, default build/bin
# Run it from the top of the repository. The same records give the same bytes on the same kind of processor.
set -eu
records=${1:-../shared/data/feff10/train.jsonl} bin=${2:-build/bin}

"$bin/cuxas-train" "$records" --force \
  --name cu-l23 --date 2026-11-22 --licence BSD-3-Clause --shift -2 --fwhm 1 \
  --element Cu --edges L3=925:0.2:312,L2=945:0.2:312 --channels no-hole \
  --featurizer symfun --features 64 --whitening 0 \
  --width 120,240,480 --output softplus --members 4 \
  --loss absolute --epochs 50 --batch 16 --rate 0.001 --weight-decay 0.01 --validation-fraction 0.1 \
  --folds 5 --seed 1 \
  --log refdb/models/cu-l23.json -o refdb/models/cu-l23.cuxas
"$bin/cuxas-refdb" background --model refdb/models/cu-l23.cuxas refdb/candidates --force -o refdb/models/cu-l23.background
