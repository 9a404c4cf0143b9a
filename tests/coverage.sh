#!/bin/sh
# coverage.sh BUILD - lines and branches of src that a build with --coverage has run, by file and by group, lowest first; then what is
# not covered of the groups, by name: functions that no test has run, and those in which most branches were never taken
build=${1:?usage: coverage.sh BUILD}
groups='function group(file) {
    if (file !~ /^src\/.*\.c$/) return ""
    if (file ~ /src\/base\/(gzip|json|text)|spectrum\/(table|columns|header|labels|formats|msa|spec|athena|gatan|hdf5|nexus\.c|measured)|crystal\/(cif|crystal|members|database|spacegroup|catalog|disorder)|learn\/(pickle|torch)|predict\/modelfile|records\/(record|external|feff)|report\/report_read/) return "parsers"
    if (file ~ /src\/match\//) return "match"
    if (file ~ /src\/predict\//) return "predict"
    return "" }'
of_each() { # options of gcov: its output, one object after the other
  find "$build" -name '*.gcda' -path "$build/*/*" | grep -vE '/(unit|examples|fuzz)/' | LC_ALL=C sort | while read -r data; do
    gcov "$@" -o "$(dirname "$data")" "$data" 2>/dev/null
  done
}
of_each -b -f -n | awk "$groups"'
  /^Function / { name = $2; gsub(/\x27/, "", name); keep = 0; n_function++; function_name[n_function] = name }
  /^Lines executed:/ && name != "" { function_is_run[n_function] = $0 !~ /:0\.00%/; function_lines[n_function] = $NF }
  /^File / {
    file = $2; gsub(/\x27/, "", file)
    for (i = 1; i <= n_function; i++) # of the file whose name follows them
      if (group(file) != "" && !((file, function_name[i]) in seen)) {
        seen[file, function_name[i]] = 1
        if (!function_is_run[i]) unrun[++n_unrun] = sprintf("%-8s %4d lines     %s, %s", group(file), function_lines[i], function_name[i], file)
      }
    n_function = 0; name = ""
    keep = file ~ /^src\/.*\.c$/ && !(file in lines)
  }
  keep && /^Lines executed:/ { split($0, p, /[:% ]/); lines[file] = $NF; hit[file] = p[3] * $NF / 100 }
  keep && /^Taken at least once:/ { split($0, p, /[:% ]/); branch[file] = $NF; taken[file] = p[5] * $NF / 100; keep = 0 }
  END {
    for (f in lines) {
      g = group(f); n[g] += lines[f]; h[g] += hit[f]; b[g] += branch[f]; t[g] += taken[f]
      n["all"] += lines[f]; h["all"] += hit[f]; b["all"] += branch[f]; t["all"] += taken[f]
      printf "%6.1f %% of %4d lines, %6.1f %% of %4d branches  %s\n", 100 * hit[f] / (lines[f] ? lines[f] : 1), lines[f], 100 * taken[f] / (branch[f] ? branch[f] : 1), branch[f], f | "LC_ALL=C sort -n" }
    close("LC_ALL=C sort -n")
    for (g in n) if (g != "") printf "%-8s %5.1f %% of %5d lines, %5.1f %% of %5d branches\n", g, 100 * h[g] / n[g], n[g], 100 * t[g] / b[g], b[g]
    printf "\nnever run (%d functions)\n", n_unrun
    fflush()
    for (i = 1; i <= n_unrun; i++) print unrun[i] | "LC_ALL=C sort -k1,1 -k2,2nr" }'
echo
echo "most branches never taken"
of_each -b -c -t | awk "$groups"'
  /:    0:Source:/ { file = $0; sub(/.*:Source:/, "", file); name = "" }
  /^function / { name = $2; sub(/\..*/, "", name) } # loops of many threads are the function that they stand in
  /^branch / && name != "" && group(file) != "" { n[file, name]++; if (/never executed/ || $4 == 0) lacks[file, name]++ }
  END {
    for (key in lacks) {
      if (lacks[key] == n[key]) continue # never run
      split(key, of, SUBSEP)
      printf "%-8s %4d of %4d  %s, %s\n", group(of[1]), lacks[key], n[key], of[2], of[1]
    } }' | LC_ALL=C sort -k2,2nr -k5,5 | head -n 60
