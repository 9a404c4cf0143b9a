#!/bin/sh
# run.sh BUILD SECONDS RUNS [TARGET...] - fuzzes the targets in turn and prints a table of what was done
#
# BUILD has fuzz/fuzz and fuzz/seeds. All targets share SECONDS; with RUNS not empty, each makes so many executions instead.
# Corpora begin with tests/fuzz/corpus and the seeds, and grow in BUILD/corpus; crashes go to BUILD/found. Exit code 1 when
# anything crashed, hung, leaked, broke a promise or took more than 2 GB.
build=${1:?usage: run.sh BUILD SECONDS RUNS [TARGET...]} seconds=$2 runs=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$build/fuzz" && pwd)
mkdir -p "$build/corpus" "$build/found"
"$program/seeds" "$build/corpus/seeds" || exit 1
"$program/fuzz" --list >"$build/targets" || exit 1
[ $# -gt 0 ] || set -- $(cut -d ' ' -f 1 "$build/targets")
export ASAN_OPTIONS="allocator_may_return_null=1:detect_odr_violation=0:malloc_context_size=8:quarantine_size_mb=32" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
if [ -n "$runs" ]; then limit="-runs=$runs"; else limit="-max_total_time=$(((seconds + $# - 1) / $#))"; fi

failed=0
printf '%-9s %11s %8s %7s %8s %7s %s\n' target executions 'per s' edges features corpus outcome
for target; do
  set -- $(grep "^$target " "$build/targets")
  [ $# -eq 3 ] || { echo "no target $target" >&2; exit 2; }
  ln -sf fuzz "$program/fuzz-$target"
  mkdir -p "$build/corpus/$target"
  seeds=
  for folder in "$here/corpus/$target" "$build/corpus/seeds/$target"; do [ -d "$folder" ] && seeds="$seeds $folder"; done
  "$program/fuzz-$target" "$limit" -max_len="$3" -dict="$here/dictionary/$2.dict" -timeout=20 -rss_limit_mb=2048 \
    -malloc_limit_mb=1024 -artifact_prefix="$build/found/$target-" -print_final_stats=1 \
    "$build/corpus/$target" $seeds >"$build/found/$target.log" 2>&1 </dev/null
  code=$?
  outcome=clean
  if [ $code -ne 0 ]; then
    failed=$((failed + 1))
    outcome=$(grep -aE 'promise broken|SUMMARY|ERROR: libFuzzer' "$build/found/$target.log" | head -n 1 | cut -c 1-120)
  fi
  awk -v target="$target" -v outcome="$outcome" '
    / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1); if ($i == "corp:") corpus = $(i + 1) } }
    /stat::number_of_executed_units/ { n = $2 } /stat::average_exec_per_sec/ { rate = $2 }
    END { sub(/\/.*/, "", corpus); printf "%-9s %11d %8d %7d %8d %7d %s\n", target, n, rate, cov, ft, corpus, outcome }' "$build/found/$target.log"
done | tee "$build/table"
! grep -qv -e ' clean$' -e '^target' "$build/table"
