#!/bin/sh
# coverage.sh BUILD - lines and branches of src that a build with --coverage has run, by file and by group, lowest first
build=${1:?usage: coverage.sh BUILD}
for data in $(find "$build" -name '*.gcda' -path "$build/*/*" | grep -vE '/(unit|examples|fuzz)/'); do
  gcov -b -n -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk '
  /^File / { file = $2; gsub(/\x27/, "", file); keep = file ~ /^src\// && !(file in lines) && file ~ /\.c$/ }
  keep && /^Lines executed:/ { split($0, p, /[:% ]/); lines[file] = $NF; hit[file] = p[3] * $NF / 100 }
  keep && /^Taken at least once:/ { split($0, p, /[:% ]/); branch[file] = $NF; taken[file] = p[5] * $NF / 100; keep = 0 }
  function group(file) {
    if (file ~ /src\/base\/(gzip|json|text)|spectrum\/(table|columns|header|labels|formats|msa|spec|athena|gatan|hdf5|nexus\.c|measured)|crystal\/(cif|crystal|members|database|spacegroup|catalog|disorder)|learn\/(pickle|torch)|predict\/modelfile|records\/(record|external|feff)|report\/report_read/) return "parsers"
    if (file ~ /src\/match\//) return "match"
    if (file ~ /src\/predict\//) return "predict"
    return "" }
  END {
    for (f in lines) {
      g = group(f); n[g] += lines[f]; h[g] += hit[f]; b[g] += branch[f]; t[g] += taken[f]
      n["all"] += lines[f]; h["all"] += hit[f]; b["all"] += branch[f]; t["all"] += taken[f]
      printf "%6.1f %% of %4d lines, %6.1f %% of %4d branches  %s\n", 100 * hit[f] / (lines[f] ? lines[f] : 1), lines[f], 100 * taken[f] / (branch[f] ? branch[f] : 1), branch[f], f | "LC_ALL=C sort -n" }
    close("LC_ALL=C sort -n")
    for (g in n) if (g != "") printf "%-8s %5.1f %% of %5d lines, %5.1f %% of %5d branches\n", g, 100 * h[g] / n[g], n[g], 100 * t[g] / b[g], b[g] }'
