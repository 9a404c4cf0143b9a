#!/bin/sh
# faults.sh BUILD [SAMPLE [PART...]] - programs whose allocations, writes, renames or fsync fail, or that are killed
#
# BUILD has bin and faults/faults.so (faults.c). PARTs are the runs of command_of below, "kill" and "cases"; all of them unless
# some are named.
#
# A run: each allocation of the program's own code ("malloc"), each of the libraries that it works with ("inside": cJSON, SQLite,
# PCRE2, libzip), each write, rename and fsync fails in turn; of more than SAMPLE of a kind (default 40) the first 10 and about
# SAMPLE evenly spaced ones; "all": every one, but of those inside libraries 500. A program that appends to its output runs once a
# kind, and at each call a copy of it goes on in which that call fails (faults.c); others run anew each time. After each:
#   - the program ends by itself with exit code 0, 1 or 3, and with 1 says why, in lines of its own;
#   - every block that it or those libraries asked for has been freed, unless options had no room, which end the program at once;
#   - the output is the old one or a whole new one, and no other file is in its folder;
#   - with exit code 0 it is, byte for byte, what an undisturbed run writes.
# kill: a batch, a library, a dataset and a training are killed (kill -9) at random moments until each has been killed KILLS (25)
# times before it ended; the next run must write what an undisturbed one writes. cases: the files of ../shared/cases/faults (cases.sh).
build=$(cd "${1:?usage: faults.sh BUILD [SAMPLE [PART...]]}" && pwd) || exit 1
sample=${2:-40} kills=${KILLS:-25}
[ "$sample" != all ] || sample=1000000000
shift
[ $# -eq 0 ] || shift
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../refdb" && pwd)
cases=${CUXAS_CASES:-$here/../../shared/cases}
PATH=$build/bin:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-faults.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export CUXAS_DATA=$data OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 XDG_CACHE_HOME=$work/cache
cd "$work" && sh "$here/cli/make-input.sh" || exit 1
mkdir structures && cp "$data/structures/Cu.cif" "$data/structures/CuO.cif" "$data/structures/Cu2O.cif" structures
mkdir nameless && cp "$data/structures/Cu.cif" nameless/copper && cp "$here/fuzz/corpus/json/pymatgen" nameless/one.json # content tells
if command -v perl >/dev/null; then # two pixels, an edge and none
  { echo 0 0; awk 'BEGIN { for (i = 0; i < 60; i++) print 1000 + i % 7 }'
    awk -F, '/^[0-9]/ { print 1000 + NR % 5 + 20000 * $2 }' "$data/spectra/CuO.csv"
    echo; echo 1 0; awk 'BEGIN { for (i = 0; i < 434; i++) print 1000 + i % 7 }'; } |
    awk 'NF == 0 { print line; line = ""; next } { line = line " " $0 } END { print line }' | perl "$here/cli/image.pl" 2 1 913 0.2 image.dm3
fi
quick='-q -t 1 --edge L3 --radius 3 --max-atoms 15 --scf-radius 0'
bare='--background none --no-standards --no-cache --mixture 0' # a tenth of the work
passed=0 failed=0 n_fault=0

command_of() { # name file: the shell command whose output is the file
  case $1 in
    match) echo "cuxas-match -q -t 1 --force $bare --json $2 good/scan.csv structures/CuO.cif" ;;
    page) echo "cuxas-match -q -t 1 --force $bare --html $2 good/scan.csv structures/CuO.cif" ;;
    answer) echo "cuxas-match -q -t 1 --force --json $2 good/scan.csv structures" ;;
    map) echo "cuxas-match -q -t 1 --force ${bare% --mixture 0} --map $2 image.dm3 structures/CuO.cif" ;;
    predict) echo "cuxas-predict -q -t 1 --force --csv $2 structures" ;;
    simulate) echo "cuxas-simulate $quick --force --csv $2 structures/Cu.cif" ;;
    converged) echo "cuxas-simulate -q -t 1 --hole all --radius 3 --max-atoms 15 --force --csv $2 structures/Cu2O.cif" ;;
    dataset) echo "cuxas-simulate $quick -d $2 structures/Cu.cif structures/CuO.cif" ;;
    database) echo "cuxas-refdb library --force -o $2 structures nameless nameless/copper" ;;
    library) echo "cuxas-refdb library build -q -t 1 -o $2 structures" ;;
    train) echo "cuxas-model train good/records.jsonl -q --force -o $2 --members 1 --epochs 2 --folds 0 --width 8 --features 8 --threads 1" ;;
    *) return 1 ;;
  esac
}
goes_on() { case $1 in dataset | library) true ;; *) false ;; esac } # what its output has is not made again
complain() {
  failed=$((failed + 1))
  echo "  FAILED  $*"
  head -n 3 err | cut -c 1-200 | sed 's/^/          /'
}
watched() { # kind n command...: runs it with that fault
  FAULT_KIND=$1 FAULT_RANGE=own
  [ "$1" != inside ] || FAULT_KIND=malloc FAULT_RANGE=libcjson,libsqlite3,libpcre2,libzip
  shift
  FAULT_AT=$1 FAULT_WATCH=own,libcjson,libsqlite3,libpcre2,libzip FAULT_LEAKS=$work/leaks FAULT_COUNT=$work/count
  export FAULT_KIND FAULT_AT FAULT_RANGE FAULT_WATCH FAULT_LEAKS FAULT_COUNT
  shift
  : >leaks
  : >err
  : >stdout
  timeout "${limit:-300}" env LD_PRELOAD="$build/faults/faults.so" "$@" >>stdout 2>>err </dev/null
}
is_database() { case $1 in library | database) true ;; *) false ;; esac }
# Its content, whatever the order of its pages.
contents() { case $1 in library | database) sqlite3 -readonly "$2" .dump ;; *) cat "$2" ;; esac }
is_whole() { # name file
  cmp -s "$2" "whole-$1" || { is_database "$1" && contents "$1" "$2" 2>/dev/null | cmp -s - "whole-$1.dump"; }
}
# The folder out holds one file, the old output.
old_output() { # name
  rm -rf out cache && mkdir out
  goes_on "$1" || echo old >out/file
}
# One fault: name kind n.
inject() {
  old_output "$1"
  watched "$2" "$3" $(command_of "$1" out/file)
  judge "$1" "$2" "$3" $?
}
# What came of it: name kind n code.
judge() {
  code=$4
  n_fault=$((n_fault + 1))
  case $code in 0 | 1 | 3) ;; *) complain "$1: $2 $3: exit code $code"; return ;; esac
  [ ! -s leaks ] || grep -qx 'cuxas: out of memory' err || { complain "$1: $2 $3: leaks $(sort leaks | uniq -c | head -n 2 | tr '\n' ' ')"; return; }
  if [ $code -eq 1 ] && { [ ! -s err ] || grep -qvE '^(cuxas|[^ ]*\.[a-z]+: |  )' err; }; then complain "$1: $2 $3: says it badly"; return; fi
  if goes_on "$1"; then # whole lines alone, and the next run brings the rest
    [ "$1" = library ] || [ ! -s out/file ] || [ -z "$(tail -c 1 out/file | tr -d '\n')" ] || { complain "$1: $2 $3: half a line"; return; }
    $(command_of "$1" out/file) >/dev/null 2>err || { complain "$1: $2 $3: cannot go on"; return; }
    code=0
  fi
  [ "$(ls -A out)" = file ] || { complain "$1: $2 $3: left $(ls -A out | tr '\n' ' ')"; return; }
  case $code in
    0) { is_whole "$1" out/file && { [ "$1" != map ] || cmp -s stdout whole-map.stdout; }; } || { complain "$1: $2 $3: exit code 0, but another output"; return; } ;;
    1) [ "$(cat out/file)" = old ] || is_whole "$1" out/file || { complain "$1: $2 $3: half an output"; return; } ;;
  esac
  passed=$((passed + 1))
}
# All faults of a kind in one run, from which a copy goes on at each (FAULT_FORK): name kind step.
inject_all() {
  rm -rf forks && mkdir forks && mkfifo forks/ended forks/next
  old_output "$1"
  (FAULT_FORK=$work/forks FAULT_STEP=$3 limit=36000
   export FAULT_FORK FAULT_STEP
   watched "$2" 0 $(command_of "$1" out/file)) &
  exec 3<forks/ended
  exec 4>forks/next
  while read -r at code <&3; do
    judge "$1" "$2" "$at" "$code"
    old_output "$1"
    : >err
    : >leaks
    : >stdout
    rm -f forks/kept-*
    echo go >&4
  done
  exec 3<&- 4>&-
  wait $!
}
faults_of() { # name: every kind of fault in its run
  told= before=$n_fault failed_before=$failed
  for kind in malloc inside write rename fsync; do
    rm -rf out cache && mkdir out
    watched $kind 0 $(command_of "$1" out/file) || complain "$1: does not run"
    [ ! -s leaks ] || complain "$1: leaks when nothing fails: $(head -n 1 leaks)"
    mv out/file "whole-$1"
    cp stdout "whole-$1.stdout" # the summary of a map
    is_database "$1" && contents "$1" "whole-$1" >"whole-$1.dump"
    n=$(cat count)
    most=$sample
    [ $kind != inside ] || [ "$most" -le 500 ] || most=500
    [ "$n" -gt "$most" ] && step=$((n / most)) || step=1
    told="$told, $n $kind"
    if [ "$n" -gt 0 ] && ! goes_on "$1" && ! is_database "$1"; then
      inject_all "$1" $kind $step
      continue
    fi
    i=1
    while [ $i -le "$n" ]; do
      inject "$1" $kind $i
      [ $i -lt 10 ] && i=$((i + 1)) || i=$((i + step))
    done
  done
  echo "  $1:${told#,}; $((n_fault - before)) of them failed, $((failed - failed_before)) badly"
}

kill_one() { # name command: runs it in the background and kills it after a random part of the time that it takes
  setsid sh -c "$2" >/dev/null 2>&1 </dev/null &
  runner=$!
  sleep "$(awk -v seed="$seed" -v time="$time" 'BEGIN { srand(seed); printf "%.3f", rand() * time }')"
  kill -9 -$runner 2>/dev/null
  wait $runner 2>/dev/null
  [ $? -ne 137 ] || n_killed=$((n_killed + 1))
  seed=$((seed + 1))
}
killed() { # name output command: `output` is a file or a folder
  rm -rf "$2" kept cache
  start=$(date +%s.%N)
  sh -c "$3" >/dev/null 2>err || complain "$1: does not run"
  time=$(echo "$start $(date +%s.%N)" | awk '{ print $2 - $1 }')
  rm -rf undisturbed && mv "$2" undisturbed
  seed=1 same=0 n_killed=0 i=0
  while [ $n_killed -lt "$kills" ] && [ $i -lt $((3 * kills)) ]; do
    i=$((i + 1))
    rm -rf "$2" kept cache
    kill_one "$1" "$3"
    sh -c "$3" >/dev/null 2>err
    if diff -r "$2" undisturbed >/dev/null 2>&1 || { [ "$1" = library ] && [ "$(sqlite3 -readonly "$2" .dump)" = "$(sqlite3 -readonly undisturbed .dump)" ]; }; then
      same=$((same + 1)) passed=$((passed + 1))
    else
      complain "$1: kill $i: another result"
    fi
  done
  [ $n_killed -ge "$kills" ] || complain "$1: only $n_killed of $i runs could be killed before they ended"
  echo "  $1: $i runs, $n_killed of them killed before they ended, continued $same times to the same result"
}
kills_of_all() {
  killed batch killed-out 'cuxas-match -q -t 1 good/scan.csv good/keV.csv good/reversed.csv --library structures -o killed-out'
  killed library killed.cuxaslib "cuxas-refdb library build -q -t 1 -o killed.cuxaslib $data/structures $data/candidates"
  killed dataset killed.jsonl "cuxas-simulate $quick -d killed.jsonl structures/Cu.cif structures/CuO.cif structures/Cu2O.cif"
  killed training killed.cuxas 'cuxas-model train good/records.jsonl -q --force -o killed.cuxas --members 2 --epochs 20 --folds 2 --width 16 --features 8 --threads 1 --resume kept'
}
cases_of_all() {
  rm -rf stage && mkdir -p stage/share && ln -s "$build/bin" stage/bin && ln -s "$data" stage/share/cuxas && ln -sfn "$build/unit" unit
  (cd "$here/.." && CUXAS_CASES=$cases sh tests/cases.sh "$work/stage" faults/) >cases.log
  grep '^  ' cases.log
  passed=$((passed + $(tail -n 1 cases.log | cut -d ' ' -f 1)))
  failed=$((failed + $(tail -n 1 cases.log | cut -d ' ' -f 3)))
}

[ $# -gt 0 ] || set -- match page answer map predict simulate converged dataset database library train kill cases
for part; do
  case $part in
    kill) kills_of_all ;;
    cases) cases_of_all ;;
    *) command_of "$part" file >/dev/null || { echo "faults.sh: no part $part" >&2; exit 2; }
       faults_of "$part" ;;
  esac
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
