#!/bin/sh
# coverage.sh BUILD - lines and branches of src that a build with --coverage has run, by file and by group, lowest first; then what is
# not covered of the groups, by name: functions that no test has run, and those in which most branches were never taken
build=${1:?usage: coverage.sh BUILD}
for data in $(find "$build" -name '*.gcda' -path "$build/*/*" | grep -vE '/(unit|examples|fuzz)/'); do
  gcov -b -f -n -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk '
  /^Function / { name = $2; gsub(/\x27/, "", name); keep = 0; n_function++; function_name[n_function] = name }
  /^Lines executed:/ && name != "" { function_is_run[n_function] = $0 !~ /:0\.00%/; function_lines[n_function] = $NF }
  /^Taken at least once:/ && name != "" { split($0, p, /[:% ]/); function_lacks[n_function] = int($NF * (1 - p[5] / 100) + 0.5); function_branches[n_function] = $NF }
  /^File / {
    file = $2; gsub(/\x27/, "", file)
    for (i = 1; i <= n_function; i++) # of the file whose name follows them
      if (file ~ /^src\/.*\.c$/ && group(file) != "" && !((file, function_name[i]) in seen)) {
        seen[file, function_name[i]] = 1
        if (!function_is_run[i]) unrun[++n_unrun] = sprintf("%-8s %4d lines     %s, %s", group(file), function_lines[i], function_name[i], file)
        else if (function_lacks[i] > 0) lacking[++n_lacking] = sprintf("%-8s %4d of %4d  %s, %s", group(file), function_lacks[i], function_branches[i], function_name[i], file)
      }
    n_function = 0; name = ""
    delete function_lacks; delete function_branches; delete function_is_run; delete function_lines
  }
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
    for (g in n) if (g != "") printf "%-8s %5.1f %% of %5d lines, %5.1f %% of %5d branches\n", g, 100 * h[g] / n[g], n[g], 100 * t[g] / b[g], b[g]
    printf "\nnever run (%d functions)\n", n_unrun
    fflush()
    for (i = 1; i <= n_unrun; i++) print unrun[i] | "LC_ALL=C sort -k1,1 -k2,2nr"
    close("LC_ALL=C sort -k1,1 -k2,2nr")
    print "\nmost branches never taken"
    fflush()
    for (i = 1; i <= n_lacking; i++) print lacking[i] | "LC_ALL=C sort -k2,2nr -k6,6 | head -n 60"
    close("LC_ALL=C sort -k2,2nr -k6,6 | head -n 60") }'
