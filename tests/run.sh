#!/bin/sh
# run.sh BUILD STAGE - every test: unit tests in BUILD/unit, command-line tests on the programs installed below STAGE.
# Ends with one line "N passed, N failed, N skipped"; exit code 1 when anything failed.
build=$1 stage=$2
passed=0 failed=0 skipped=0
log=$build/tests
mkdir -p "$log"

suite() { # name command... : runs one suite and adds the counts of its last line
  name=$1
  shift
  rm -rf "$XDG_CACHE_HOME" # predictions of an earlier build, another processor kernel or OpenBLAS with threads differ in their last digits
  "$@" >"$log/$name.log" 2>&1
  code=$?
  counts=$(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed, \([0-9][0-9]*\) skipped$/\1 \2 \3/p' "$log/$name.log" | tail -n 1)
  if [ -z "$counts" ]; then # crashed, or a sanitizer stopped it: a failure whatever came before
    echo "FAILED  $name: ended with code $code and no count"
    tail -n 20 "$log/$name.log" | sed 's/^/    /'
    failed=$((failed + 1))
    return
  fi
  set -- $counts
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  if [ "$2" -gt 0 ] || [ "$code" -ne 0 ]; then
    [ "$2" -gt 0 ] || failed=$((failed + 1))
    echo "FAILED  $name: $1 passed, $2 failed, $3 skipped"
    grep -v -e '^  ok ' "$log/$name.log" | head -n 40 | sed 's/^/    /'
  else
    echo "ok      $name: $1 passed, $3 skipped"
    grep -e '^  skipped' "$log/$name.log" | sed 's/^/    /' | head -n 3
  fi
}

export OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}" XDG_CACHE_HOME="$(cd "$build" && pwd)/cache"
for test in "$build"/unit/test_*; do
  case $test in *.o | *.d | *.gcno | *.gcda) continue ;; esac
  suite "${test##*/}" "$test"
done
suite cli sh tests/slurm.sh sh tests/cli/run.sh "$stage"
suite cases sh tests/cases.sh "$stage"
suite kinds sh tests/kinds.sh "$build"
suite fuzz sh -c '"$1/fuzz/seeds" "$1/fuzz/corpus" && "$1/fuzz/replay" tests/fuzz/corpus "$1/fuzz/corpus"' fuzz "$build"
suite browser sh tests/browser.sh "$stage"
suite serve sh tests/serve.sh "$stage"
suite completion sh tests/completion.sh "$stage"
suite python sh tests/python.sh "$build" "$stage"
suite deb sh tests/deb.sh "$build" "$stage"
suite tutorial sh tests/tutorial.sh "$stage"
suite man sh tests/man.sh "$stage"
suite examples sh tests/examples.sh "$stage"
suite house sh tests/house.sh "$build"
suite repository sh tests/repository.sh "$stage"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
