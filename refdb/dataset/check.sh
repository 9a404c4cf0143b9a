#!/bin/sh
# check.sh RECORDS [DATA [OUTPUT [BIN]]] - simulates one in a hundred sites of RECORDS (drawn by the hash of their names) again with
# a larger cluster: 8 A and up to 150 atoms that scatter; publish.sh puts the differences into the card
#   DATA    folder with structures/mp and structures/made; default ../shared/data
#   OUTPUT  training records to add to; default build/check.jsonl
#   BIN     folder of the programs, default build/bin
set -eu
records=$1 data=${2:-../shared/data} output=${3:-build/check.jsonl} bin=${4:-build/bin}
case $records in *.gz) gzip -dc "$records" ;; *) cat "$records" ;; esac |
  sed -n 's/^{"id":"\([^"]*\)","formula":"[^"]*","site":\([0-9]*\),.*/\1 \2/p' | while read -r id site; do
  echo "$(printf '%s %s' "$id" "$site" | sha256sum | cut -c1-8) $id $site"
done | sort | awk '{ line[NR] = $2 " " $3 } END { for (i = 1; i <= (NR + 99) / 100; i++) print line[i] }' | while read -r id site; do
  for path in "$data/structures/made/$id.cif" "$data/structures/mp/$id.vasp" "refdb/candidates/$id.cif"; do
    [ -s "$path" ] || continue
    "$bin/cuxas-simulate" --hole all --quick --radius 8 --max-atoms 150 --threads 1 --site "$site" --dataset "$output" "$path"
    break
  done
done
