#!/bin/sh
# train.sh [DATASET [BIN [MODELS]]] - trains models on this data set: MODELS/cu-l23-blind.cuxas, which has not learnt from the validation
# compounds, for cuxas-validate and every published figure; and cu-l23.cuxas, which has, for users. Beside them cu-l23-blind.json, how it
# went; mp.cuxaslib, which is refdb:mp, by ../models/library.sh; NAME.background, what each predicts for the candidates; and split.csv, the parts of the cross-validation.
#   DATASET  folder with Cu-L3-L2.jsonl.gz and validation.jsonl.gz; default refdb/dataset
#   BIN      folder of the programs, default build/bin
#   MODELS   where they go, default build/models
# Environment: EXTRA, files of further training records, such as cuxas-refdb records add --layout makes of published data sets; both models
# learn from them, cu-l23-blind not from the validation compounds among them. TUNED, "yes": with a network tuned on the L edges of the data
# set among the features (../models/tune.sh, a quarter of an hour of processor time more); see ../models/ORIGIN.md.
# Run it from the top of the repository. It takes some minutes of processor time (pretrain.sh, which makes features.cuxas, the
# featurizer, takes longer). The same records give the same bytes on the same kind of processor.
set -eu
dataset=${1:-refdb/dataset} bin=${2:-build/bin}
models=${3:-build/models}
mkdir -p "$models"

# Sites are moved by what theory places differently from measurement (-0.9 eV among metal atoms, +0.9 Cu(I), -1 Cu(II)), so that those of
# mixed valence add up as measured: the shifts that simulations of Cu; of Cu2O, Cu2S, LaCuOX and ZrCuSiX; and of CuO need against their
# measured curves, less the -2 eV that all have in common.
train() { # NAME SPLIT TUNED option... records: one model and its background
  name=$1 split=$2 tuned=$3 features=refdb/models/features.cuxas
  shift 3
  if [ -n "${TUNED:-}" ]; then # kernels are chosen by the 131 features that have learnt from no L edge
    features=build/tune/$tuned.cuxas
    for part in 5 4 3 2 1; do set -- --fold-features "build/tune/$tuned-$part.cuxas" "$@"; done
    set -- --choose-by 131 "$@"
  fi
  "$bin/cuxas-model" train "$@" --force --data refdb \
    --name "$name" --date 2026-11-30 --licence BSD-3-Clause --shift -2 --fwhm 1 \
    --element Cu --edges L3=925:0.2:312,L2=945:0.2:312 --channels all --site-shifts=-0.9,0.9,-1 \
    --from-model "$features" --features 0 --method kernel-ridge --kernel laplace --align origin \
    --split "$split" --folds 5 --seed 1 -o "$models/$name.cuxas"
  "$bin/cuxas-refdb" background refdb/candidates --model "$models/$name.cuxas" --data refdb --force -o "$models/$name.background"
}

mkdir -p build
set -- "$dataset/Cu-L3-L2.jsonl.gz"
if [ -n "${EXTRA:-}" ]; then
  # shellcheck disable=SC2086 # files, a word each
  "$bin/cuxas-refdb" records merge $EXTRA --exclude refdb/models/exclude.csv --quiet --force -o build/extra-blind.jsonl.gz
  set -- "$@" build/extra-blind.jsonl.gz
fi
"$bin/cuxas-refdb" split "$@" --force -o "$models/split.csv"
[ -z "${TUNED:-}" ] || sh refdb/models/tune.sh families "$dataset/Cu-L3-L2.jsonl.gz" "$models/split.csv" "$bin"
train cu-l23-blind "$models/split.csv" families --log "$models/cu-l23-blind.json" "$@"
# shellcheck disable=SC2086
set -- "$dataset/Cu-L3-L2.jsonl.gz" "$dataset/validation.jsonl.gz" ${EXTRA:-}
"$bin/cuxas-refdb" split "$@" --force -o build/split-all.csv
if [ -n "${TUNED:-}" ]; then
  "$bin/cuxas-refdb" records merge "$dataset/Cu-L3-L2.jsonl.gz" "$dataset/validation.jsonl.gz" --quiet --force -o build/all.jsonl.gz
  sh refdb/models/tune.sh all build/all.jsonl.gz build/split-all.csv "$bin"
fi
train cu-l23 build/split-all.csv all --exclude none --quiet "$@"

sh refdb/models/library.sh "$dataset" "$bin" "$models"
