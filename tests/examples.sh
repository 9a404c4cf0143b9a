#!/bin/sh
# examples.sh STAGE [PAGE...] - the commands in the EXAMPLES of man pages run, those of one page in one scratch folder
#
# A folder holds what the pages speak of, small and made of bundled data: examples/ and refdb/, scans, structures, training records
# from bundled simulations. What nobody can bundle is passed over and told: published weights, other programs' calculations.
stage=$(cd "${1:?usage: examples.sh STAGE [PAGE...]}" && pwd) || exit 1
shift
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/claims.sh"
data=$stage/share/cuxas
[ -s "$data/models/cu-l23.cuxas" ] || { skip "examples of man pages: no model"; counts; exit; }
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-examples.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
PATH=$stage/bin:$PATH
unset CUXAS_DATA

# records() - training records of the first N bundled candidates
records() {
  gzip -dc "$data/simulations/Cu-L3-L2.jsonl.gz" | awk -F '"' -v folder="$data/candidates/" -v n_most="$1" '
    !($4 in seen) { file = folder $4 ".cif"; seen[$4] = (getline line <file) >= 0 && n++ < n_most; close(file) }
    seen[$4]'
}
# fill() - the files that the pages name
fill() {
  mkdir -p examples/01-match structures library measured scans candidates mp
  cp "$top/examples/01-match/Cu2O.csv" examples/01-match
  ln -s "$data" refdb
  cp "$data/spectra/Cu2O.csv" "$data/spectra/CuO.csv" scans
  cp "$data/spectra/Cu2O.csv" "$data/spectra/CuO.csv" measured
  cp "$data/structures/CuO.cif" "$data/structures/Cu2O.cif" structures
  cp "$data/structures/CuO.cif" "$data/structures/Cu2O.cif" library
  cp "$data/structures/CuO.cif" "$data/models/cu-l23.cuxas" .
  cp "$data/models/features.cuxas" first.cuxas
  cp "$data/models/features.cuxas" second.cuxas
  records 12 >train.jsonl
  records 55 >records.jsonl
  records 20 | tail -n +$(($(wc -l <train.jsonl) + 1)) >others.jsonl
  head -n 1 others.jsonl >new.jsonl
  cp train.jsonl literature.jsonl
  awk 'BEGIN { for (i = -200; i < 400; i++) printf "%.3f %.6f\n", i * 0.1, 0.5 + atan2(i, 5) / 3.14159265 }' >absspct_Cu.0001_2p_01
  # curves like K edges for sites of other compounds, and a scan like them
  awk 'BEGIN { for (i = 0; i < 600; i++) { e[i] = 8960 + 0.5 * i; m[i] = 0.5 + atan2(e[i] - 8990, 2) / 3.14159265 } }
       { match($0, /"site":[0-9]+/); site = substr($0, RSTART + 7, RLENGTH - 7); split($0, part, "\"")
         printf "{\"id\":\"%s\",\"site\":%d,\"energy\":[", part[4], site
         for (i = 0; i < 600; i++) printf "%s%.1f", i ? "," : "", e[i]
         printf "],\"mu\":["
         for (i = 0; i < 600; i++) printf "%s%.5f", i ? "," : "", m[i]
         print "]}" }' others.jsonl >sites.jsonl
  awk -F '"' '{ print $4 }' train.jsonl others.jsonl | sort -u | while read -r id; do cp "$data/candidates/$id.cif" candidates; done
  cp candidates/*.cif structures
  cp candidates/*.cif mp
  cp train.jsonl more.jsonl
  awk 'BEGIN { print "energy_eV,mu"; for (i = 0; i < 500; i++) { e = 8960 + 0.4 * i
         printf "%.1f,%.5f\n", e, 0.5 + atan2(e - 8990, 2) / 3.14159265 } }' >scan.csv
}
# commands() - of a page's EXAMPLES, one a line: roff marks taken away, continued lines joined
commands() {
  awk '/^\.SH/ { inside = $2 == "EXAMPLES"; next }
       /^\.(EX|nf)$/ { on = 1; next }
       /^\.(EE|fi)$/ { on = 0 }
       inside && on { gsub(/\\-/, "-"); gsub(/\\e$/, "\\"); gsub(/\\&/, "")
                      if (sub(/\\$/, "")) { line = line $0; next }
                      print line $0; line = "" }' "$1"
}
# cannot() - what no bundled file can stand for
cannot() {
  case $1 in
    *state.pt* | *m3gnet.cuxas*) echo "published weights" ;;
    *image.dm4*) echo "an image of a microscope" ;;
    *'part-*'* | *'share-*'* | *'check lib.cuxaslib'*) echo "the shares of GNU parallel" ;;
    *run-parallel.sh*) echo "FEFF" ;;
    *'refdb simulations'*) echo "hours" ;;
    *'feff collect'* | *' mine.jsonl -o mine.cuxas'*) echo "calculations of FEFF" ;;
    *) return 1 ;;
  esac
}

[ $# -gt 0 ] || set -- $(cd "$top/man" && ls *.1)
for page; do
  page=${page%.1}.1
  commands "$top/man/$page" | grep '^\(cuxas-\|sh \)' >"$work/commands"
  [ -s "$work/commands" ] || continue
  mkdir "$work/$page" && cd "$work/$page" && fill
  while IFS= read -r command <&3; do
    if why=$(cannot "$command"); then
      skip "$page: $command: needs $why"
      continue
    fi
    (eval "$command") >out.txt 2>err.txt </dev/null
    code=$?
    check "$page: $command: succeeds (code $code, $(head -n 1 err.txt))" test "$code" -eq 0
  done 3<"$work/commands"
  cd "$top" || exit 1
done
counts
