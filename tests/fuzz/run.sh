#!/bin/sh
# run.sh BUILD SECONDS RUNS [TARGET...] - fuzzes one target after another; BUILD/fuzz/fuzz and BUILD/fuzz/seeds are there
# run.sh BUILD table - what all such runs in BUILD came to
#
# Each of the TARGETs (default: all) gets its part of SECONDS, or RUNS executions. Corpora begin with tests/fuzz/corpus/TARGET
# and the seeds, and grow in BUILD/corpus; crashes go to BUILD/found; a line a run goes to BUILD/runs. Exit code 1 when
# anything crashed, hung, leaked, broke a promise or took more than 2 GB.
build=${1:?usage: run.sh BUILD SECONDS RUNS [TARGET...]} seconds=$2 runs=$3
heading() { printf '%-9s %11s %8s %7s %8s %7s %s\n' target executions 'per s' edges features corpus outcome; }

# Executions add up, edges, features and the corpus are those of the last run, the outcome is the worst.
if [ "$2" = table ]; then
  heading
  awk '
    !($1 in n) { order[++n_target] = $1 }
    { text = $0; for (i = 0; i < 6; i++) sub(/^ *[^ ]+ +/, "", text)
      n[$1] += $2; spent[$1] += ($3 > 0 ? $2 / $3 : 0); last[$1] = sprintf("%7d %8d %7d", $4, $5, $6)
      if (!($1 in outcome) || outcome[$1] == "clean") outcome[$1] = text }
    END { for (i = 1; i <= n_target; i++) { t = order[i]; all += n[t]; time += spent[t]
            printf "%-9s %11d %8d %s %s\n", t, n[t], (spent[t] > 0 ? n[t] / spent[t] : 0), last[t], outcome[t] }
          printf "%-9s %11d %8d\n", "all", all, (time > 0 ? all / time : 0) }' "$build/runs"
  exit
fi

shift 3
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$build/fuzz" && pwd)
mkdir -p "$build/corpus" "$build/found"
made=$build/seeds.$$ # another run may be beside this one
"$program/seeds" "$made" || exit 1
"$program/fuzz" --list >"$build/targets" || exit 1
[ $# -gt 0 ] || set -- $(cut -d ' ' -f 1 "$build/targets")
export ASAN_OPTIONS="allocator_may_return_null=1:detect_odr_violation=0:malloc_context_size=8:quarantine_size_mb=32" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
if [ -n "$runs" ]; then limit="-runs=$runs"; else limit="-max_total_time=$(((seconds + $# - 1) / $#))"; fi

heading
for target; do
  set -- $(grep "^$target " "$build/targets")
  [ $# -eq 3 ] || { echo "no target $target" >&2; exit 2; }
  ln -sf fuzz "$program/fuzz-$target"
  mkdir -p "$build/corpus/$target"
  seeds=
  for folder in "$here/corpus/$target" "$made/$target"; do [ -d "$folder" ] && seeds="$seeds $folder"; done
  "$program/fuzz-$target" "$limit" -max_len="$3" -dict="$here/dictionary/$2.dict" -timeout=100 -rss_limit_mb=2048 \
    -malloc_limit_mb=1024 -artifact_prefix="$build/found/$target-" -print_final_stats=1 \
    "$build/corpus/$target" $seeds >"$build/found/$target.log" 2>&1 </dev/null
  code=$?
  outcome=clean
  if [ $code -ne 0 ]; then
    outcome=$(grep -aE 'promise broken|SUMMARY|ERROR: libFuzzer' "$build/found/$target.log" | head -n 1 | cut -c 1-120)
    [ -n "$outcome" ] || outcome="ended with $code"
  fi
  awk -v target="$target" -v outcome="$outcome" '
    / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1); if ($i == "corp:") corpus = $(i + 1) } }
    /stat::number_of_executed_units/ { n = $2 } /stat::average_exec_per_sec/ { rate = $2 }
    END { sub(/\/.*/, "", corpus); printf "%-9s %11d %8d %7d %8d %7d %s\n", target, n, rate, cov, ft, corpus, outcome }' "$build/found/$target.log"
done | tee "$build/table.$$"
grep -v '^target' "$build/table.$$" >>"$build/runs"
! grep -qv -e ' clean$' -e '^target' "$build/table.$$"
code=$?
rm -rf "$build/table.$$" "$made"
exit $code
