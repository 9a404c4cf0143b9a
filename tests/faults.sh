#!/bin/sh
# faults.sh BUILD [SAMPLE] - what programs do when the n-th allocation, write, rename or fsync fails, and after kill -9
#
# BUILD has bin and faults/faults.so (faults.c). Each allocation, write, rename and fsync of a run fails in turn; of more than
# SAMPLE of a kind (default 40; allocations are thousands) the first 10 and about SAMPLE evenly spaced ones. After each:
#   - the program ends by itself with exit code 0, 1 or 3, and with 1 says why, in lines of its own;
#   - the output is the old one or a whole new one, and no other file is in its folder;
#   - with exit code 0 it is, byte for byte, what an undisturbed run writes.
# Then 100 runs (KILLS, 25, each) of a batch, a library, a dataset and a training are killed at random moments; the next run must
# write what an undisturbed one writes.
build=$(cd "${1:?usage: faults.sh BUILD [SAMPLE]}" && pwd) || exit 1
sample=${2:-40} kills=${KILLS:-25}
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../refdb" && pwd)
PATH=$build/bin:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-faults.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export CUXAS_DATA=$data OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$work" && sh "$here/cli/make-input.sh" || exit 1
mkdir structures && cp "$data/structures/Cu.cif" "$data/structures/CuO.cif" "$data/structures/Cu2O.cif" structures
quick='-q -t 1 --edge L3 --radius 3 --max-atoms 15 --scf-radius 0'
passed=0 failed=0 n_fault=0

command_of() { # name file: the shell command whose output is the file
  case $1 in
    match) echo "cuxas-match -q -t 1 --force --json $2 good/scan.csv structures" ;;
    page) echo "cuxas-match -q -t 1 --force --html $2 good/scan.csv structures/CuO.cif" ;;
    predict) echo "cuxas-predict -q -t 1 --force --csv $2 structures" ;;
    simulate) echo "cuxas-simulate $quick --force --csv $2 structures/Cu.cif" ;;
    dataset) echo "cuxas-simulate $quick -d $2 structures/Cu.cif structures/CuO.cif" ;;
    library) echo "cuxas-refdb library --force -o $2 structures" ;;
    train) echo "cuxas-model train good/records.jsonl -q --force -o $2 --members 1 --epochs 2 --folds 0 --width 8 --features 8 --threads 1" ;;
  esac
}
complain() {
  failed=$((failed + 1))
  echo "  FAILED  $*"
  head -n 3 err | cut -c 1-200 | sed 's/^/          /'
}
# One fault: name kind n. The folder out holds one file, the old output.
inject() {
  rm -rf out && mkdir out
  [ "$1" = dataset ] || echo old >out/file
  FAULT_KIND=$2 FAULT_AT=$3 FAULT_RANGE=own timeout 300 env LD_PRELOAD="$build/faults/faults.so" $(command_of "$1" out/file) >/dev/null 2>err </dev/null
  code=$?
  n_fault=$((n_fault + 1))
  case $code in 0 | 1 | 3) ;; *) complain "$1: $2 $3: exit code $code"; return ;; esac
  [ "$(ls -A out)" = file ] || [ "$1" = dataset -a -z "$(ls -A out)" ] || { complain "$1: $2 $3: left $(ls -A out | tr '\n' ' ')"; return; }
  if [ $code -eq 1 ] && { [ ! -s err ] || grep -qvE '^(cuxas|[^ ]*\.[a-z]+: |  )' err; }; then complain "$1: $2 $3: says it badly"; return; fi
  if [ "$1" = dataset ]; then # whole lines alone, and the next run brings the rest
    [ ! -s out/file ] || [ -z "$(tail -c 1 out/file | tr -d '\n')" ] || { complain "$1: $2 $3: half a line"; return; }
    $(command_of "$1" out/file) >/dev/null 2>err || { complain "$1: $2 $3: cannot go on"; return; }
    code=0
  fi
  case $code in
    0) cmp -s out/file "whole-$1" || { complain "$1: $2 $3: exit code 0, but another output"; return; } ;;
    1) [ "$(cat out/file)" = old ] || cmp -s out/file "whole-$1" || { complain "$1: $2 $3: half an output"; return; } ;;
  esac
  passed=$((passed + 1))
}

for name in match page predict simulate dataset library train; do
  told=
  for kind in malloc write rename fsync; do
    rm -rf out && mkdir out
    FAULT_KIND=$kind FAULT_RANGE=own FAULT_COUNT=$work/count LD_PRELOAD=$build/faults/faults.so \
      $(command_of $name out/file) >/dev/null 2>err </dev/null || complain "$name: does not run"
    mv out/file "whole-$name"
    n=$(cat count)
    [ "$n" -gt "$sample" ] && step=$((n / sample)) || step=1
    told="$told, $n ${kind}s"
    i=1
    while [ $i -le "$n" ]; do
      inject $name $kind $i
      [ $i -lt 10 ] && i=$((i + 1)) || i=$((i + step))
    done
  done
  echo "  $name:${told#,}; so far $n_fault faults, $failed badly"
done

kill_one() { # name command: runs it in the background and kills it after a random part of the time that it takes
  setsid sh -c "$2" >/dev/null 2>&1 </dev/null &
  runner=$!
  sleep "$(awk -v seed="$seed" -v time="$time" 'BEGIN { srand(seed); printf "%.3f", rand() * time }')"
  kill -9 -$runner 2>/dev/null
  wait $runner 2>/dev/null
  seed=$((seed + 1))
}
killed() { # name output command: `output` is a file or a folder
  rm -rf "$2" kept
  start=$(date +%s.%N)
  sh -c "$3" >/dev/null 2>err || complain "$1: does not run"
  time=$(echo "$start $(date +%s.%N)" | awk '{ print 1.05 * ($2 - $1) }')
  rm -rf undisturbed && mv "$2" undisturbed && rm -rf kept
  seed=1 same=0
  for i in $(seq "$kills"); do
    rm -rf "$2" kept
    kill_one "$1" "$3"
    sh -c "$3" >/dev/null 2>err
    if diff -r "$2" undisturbed >/dev/null 2>&1; then same=$((same + 1)) passed=$((passed + 1)); else complain "$1: kill $i: another result"; fi
  done
  echo "  $1: killed $kills times, resumed $same times to the same result"
}
killed batch killed-out 'cuxas-match -q -t 1 good/scan.csv good/keV.csv good/reversed.csv --library structures -o killed-out'
killed library killed.db 'cuxas-refdb library --force -o killed.db structures'
killed dataset killed.jsonl "cuxas-simulate $quick -d killed.jsonl structures/Cu.cif structures/CuO.cif structures/Cu2O.cif"
killed training killed.cuxas 'cuxas-model train good/records.jsonl -q --force -o killed.cuxas --members 2 --epochs 20 --folds 2 --width 16 --features 8 --threads 1 --resume kept'
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
