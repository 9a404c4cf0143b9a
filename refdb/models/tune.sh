#!/bin/sh
# tune.sh NAME RECORDS SPLIT [BIN] - a featurizer that knows the L edges: two networks and the d shell of features.cuxas, and behind them its third
# network, tuned on L edges: build/tune/NAME.cuxas. And for each part of a cross-validation one that has not learnt from it,
# build/tune/NAME-1.cuxas to NAME-5.cuxas, for --fold-features. TUNED=yes ../dataset/train.sh trains models with it; the bundled ones are not.
#   RECORDS  the L edges, as Cu-L3-L2.jsonl.gz of the data set; validation compounds among them are learnt from by NAME "all" alone
#   SPLIT    families and parts, as cuxas-refdb split wrote them; "none": parts by composition, as cuxas-model evaluate draws them, and no
#            build/tune/NAME.cuxas
#   BIN      folder of the programs, default build/bin
# Run it from the top of the repository; it takes half a minute of processor time for each network. What is there already is not made
# again unless RECORDS, SPLIT or features.cuxas change, so that an interrupted run goes on. The same records give the same bytes on the same
# kind of processor.
set -eu
name=$1 records=$2 split=$3 bin=${4:-build/bin}
work=build/tune
mkdir -p "$work"
exclude=refdb/models/exclude.csv
[ "$name" != all ] || exclude=none

[ "$split" = none ] && parts=/dev/null || parts=$split
mark=$(cat "$records" refdb/models/features.cuxas "$parts" | cksum)
[ "$(cat "$work/$name.of" 2>/dev/null)" = "$mark" ] || rm -f "$work/$name.cuxas" "$work/$name"-[1-5].cuxas
printf '%s\n' "$mark" >"$work/$name.of"

tune() { # FILE option...: one featurizer, unless it is there already
  file=$1
  shift
  [ -s "$work/$file.cuxas" ] && return 0
  "$bin/cuxas-model" pretrain "L3=0:0.4:150@$records" "L2=0:0.4:150:0.5@$records" "L3_projected=-6:0.4:165:0.5@$records" "origin=925:1:2:0.1@$records" \
    --relative-to L3 --start refdb/models/features.cuxas --start-network 3 --exclude "$exclude" --validation-fraction 0 "$@" \
    --head 0 --epochs 12 --batch 250 --rate 0.002 --weight-decay 0.3 --seed 1 --name tuned --quiet --force -o "$work/network-$file.cuxas"
  "$bin/cuxas-model" join refdb/models/features.cuxas "$work/network-$file.cuxas" --keep 1,2,4,5 --name graphnet-l --force -o "$work/part-$file.cuxas"
  mv "$work/part-$file.cuxas" "$work/$file.cuxas"
}
if [ "$split" != none ]; then
  tune "$name"
  set -- --split "$split"
else
  set --
fi
for part in 1 2 3 4 5; do
  tune "$name-$part" --hold-out "$records" "$@" --fold "$part:5"
done
