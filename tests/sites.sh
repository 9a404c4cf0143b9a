#!/bin/sh
# sites.sh FOLDER [N [BIN [OPTION...]]] - does every copper site of N random structures (default 200) of a folder become
# self-consistent, or say why not in one line? Prints how sites ended; fails when one is missing without a word.
#   BIN      folder of the programs, default build/bin
#   OPTION   of cuxas-simulate, such as --theory feff, or --radius 4, which leaves most of the scattering out and hardly
#            touches the potentials
# Always the same sample. 2 to 3 seconds of processor time a site.
set -eu
folder=${1:?usage: sites.sh FOLDER [N [BIN [OPTION...]]]} n=${2:-200} bin=${3:-build/bin}
[ $# -lt 3 ] || shift 2
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-sites.XXXXXX")
trap 'rm -rf "$work"' EXIT
yes 1 | head -c 1000000 >"$work/seed"
ls "$folder" | LC_ALL=C sort | shuf -n "$n" --random-source="$work/seed" | LC_ALL=C sort | sed "s|^|$folder/|" >"$work/paths"
status=0
tr '\n' '\0' <"$work/paths" | xargs -0 "$bin/cuxas-simulate" --edge L3 --plan "$@" >"$work/plan" || status=$?
tr '\n' '\0' <"$work/paths" | xargs -0 "$bin/cuxas-simulate" --edge L3 --threads 1 --dataset "$work/sites.jsonl" "$@" 2>"$work/notes" || status=$?
asked=$(sed -n 's/^\([0-9]*\) sites, .*/\1/p' "$work/plan")
done=$(wc -l <"$work/sites.jsonl")
grep 'skipped: ' "$work/notes" | sed 's/^[^:]*: skipped: //; s|^.*/||' >"$work/skipped" || true
echo "structures $(wc -l <"$work/paths"), sites $asked, simulated $done, left out with a reason $(wc -l <"$work/skipped")"
grep -o '"scf":"[^"0-9]*' "$work/sites.jsonl" | sed 's/.*"//; s/ *$//' | LC_ALL=C sort | uniq -c
LC_ALL=C sort "$work/skipped" | uniq -c
[ $((done + $(wc -l <"$work/skipped"))) -ge "$asked" ] || { echo "sites are missing without a word"; exit 1; }
