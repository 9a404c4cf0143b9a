#!/bin/sh
# pretrain.sh [DATA [BIN]] - trains the featurizer of the default model anew: refdb/models/features.cuxas
#   DATA  folder with feff9_k/sites.jsonl (K-edge spectra of sites), structures/mp and structures/made (structures),
#         feff10/train.jsonl (L-edge records, whose compounds are not learnt from, so that errors found with them are
#         honest) and m3gnet/ (the public M3GNet weights, the teacher); default ../shared/data
#   BIN   folder of the programs, default build/bin
# Run it from the top of the repository; it takes about 20 minutes of processor time. Interrupted, it goes on where it was.
# The same data give the same bytes on the same kind of processor.
set -eu
data=${1:-../shared/data} bin=${2:-build/bin}
work=build/pretrain
mkdir -p "$work"

"$bin/cuxas-model" import-m3gnet "$data/m3gnet/m3gnet_weights.bin" "$data/m3gnet/m3gnet_weights.json" --force -o "$work/teacher.cuxas"

pretrain() { # NAME option...: one network, unless it is there already
  name=$1
  shift
  [ -s "$work/$name.cuxas" ] ||
    "$bin/cuxas-model" pretrain "K=8980:0.5:120@$data/feff9_k/sites.jsonl" \
      --structures "$data/structures/mp" --structures "$data/structures/made" --hold-out "$data/feff10/train.jsonl" \
      --teacher "$work/teacher.cuxas" --exclude refdb/models/exclude.csv \
      --licence 'BSD-3-Clause' --name "$name" \
      --cutoff 5 --radial 8 --angular 4 --blocks 3 --width 64 --head 0 --epochs 30 --batch 250 --rate 0.003 \
      --checkpoint "$work/$name.state" --log "$work/$name.json" --force -o "$work/$name.cuxas" "$@"
}
pretrain first --channels 32 --hidden 96 --weight-decay 0.1 --teacher-weight 0.3 --seed 1
pretrain second --channels 48 --hidden 128 --weight-decay 0.3 --teacher-weight 0.1 --seed 1
pretrain third --channels 64 --hidden 160 --weight-decay 0.3 --teacher-weight 0.1 --seed 3

"$bin/cuxas-model" join "$work/first.cuxas" "$work/second.cuxas" "$work/third.cuxas" refdb/models/d-shell.json --name graphnet-k --force \
  -o refdb/models/features.cuxas
