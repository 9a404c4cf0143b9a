#!/bin/sh
# card.sh [BIN [DATASET [MODELS]]] - all figures and drawings of CARD.md anew, after a training
#   BIN      folder of the programs, default build/bin
#   DATASET  folder with Cu-L3-L2.jsonl.gz, default refdb/dataset
#   MODELS   folder with cu-l23-blind.cuxas, split.csv and CARD.md, default refdb/models
# Environment: WORK, where what the programs say is kept, default build/card; what is there already is not asked for again, so
# that an interrupted run goes on: remove it after a training. QUERIES, how many structures are asked for, default 200. PARTS, which of
# families, compositions, curve, active, retrieval and validation are asked for; the others keep what the card says.
# Run it from the top of the repository; it takes about ten minutes of processor time; card.py puts the numbers into the page.
set -eu
bin=${1:-build/bin} dataset=${2:-refdb/dataset} models=${3:-refdb/models} work=${WORK:-build/card}
records=$dataset/Cu-L3-L2.jsonl.gz model=$models/cu-l23-blind.cuxas
mkdir -p "$work"
export CUXAS_DATA="${CUXAS_DATA:-refdb}"

ask() { # NAME command...: its JSON, unless it is there
  name=$1
  shift
  case " ${PARTS:-$name} " in *" $name "*) ;; *) return 0 ;; esac
  [ -s "$work/$name.json" ] || "$@" --quiet --force --json "$work/$name.json"
}
one="--edges L3=925:0.2:312 --channels no-hole --site-shifts=-0.9,0.9,-1 --method kernel-ridge --from-model $models/features.cuxas"
ask families "$bin/cuxas-model" evaluate "$records" --model "$model" --split "$models/split.csv" --figures "$work/figures" \
  --html "$work/families.html"
ask compositions "$bin/cuxas-model" evaluate "$records" --model "$model"
# shellcheck disable=SC2086 # options, a word each
ask curve "$bin/cuxas-model" evaluate "$records" $one --learning-curve 5 --figures "$work/curve"
# shellcheck disable=SC2086
ask active "$bin/cuxas-model" evaluate "$records" $one --active 5
ask retrieval "$bin/cuxas-model" calibrate "$records" --model "$model" --channels no-hole --structures --queries "${QUERIES:-200}"
ask validation "$bin/cuxas-validate" --no-answer --model "$model"
mkdir -p "$models/figures"
for figure in figures/deciles-no-hole figures/onset-errors-no-hole figures/oxidation-no-hole figures/components-L3-no-hole \
  figures/worst-L3-no-hole figures/distance-no-hole curve/learning-curve-no-hole; do
  [ -n "${PARTS:-}" ] && [ ! -d "$work/${figure%/*}" ] || cp "$work/$figure.png" "$models/figures"
done
python3 refdb/models/card.py "$work" "$models/CARD.md"
