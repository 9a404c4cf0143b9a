#!/bin/sh
# kinds.sh BUILD STAGE - the kinds of input that are read, told or refused, each with its test and the test's outcome
#
# kinds.txt beside this file names the test of each kind. Unit tests are run from BUILD/unit, each program once; cases of
# the command line are run with the programs in STAGE, each file once. Without STAGE nothing is run: is each test there?
build=${1:?usage: kinds.sh BUILD [STAGE]}
stage=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-kinds.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
trimmed() { printf '%s' "$1" | sed 's/^ *//; s/ *$//'; }

outcomes() { # where: the lines of outcomes of its tests
  [ -f "$work/$1" ] && return
  case $stage:$1 in
    :*.tst) sed -n 's/^case */  ok /p' "$here/cli/$1" >"$work/$1" && return ;;
    :*) sed -n 's/^ *RUN(\(.*\)).*/  ok \1/p' "$here/unit/test_$1.c" >"$work/$1" && return ;;
  esac
  case $1 in
    *.tst) sh "$here/cli/run.sh" "$stage" "${1%.tst}" >"$work/$1" 2>&1 </dev/null ;;
    *) "$build/unit/test_$1" >"$work/$1" 2>&1 </dev/null ;;
  esac
}
outcome() { # where test: ok, skipped, FAILED, or "no such test"
  case $1 in *.tst) name=$2 ;; *) name=test_$2 ;; esac
  found=$(grep -F -- " $name" "$work/$1" | sed -n 's/^ *\(ok\|skipped\|FAILED\) .*/\1/p' | head -n 1)
  echo "${found:-no such test}"
}

printf '%-5s %-68s %s\n' point kind 'test: outcome'
while IFS=';' read -r point kind where test; do
  point=$(trimmed "$point")
  case $point in '' | '#'*) continue ;; esac
  kind=$(trimmed "$kind") where=$(trimmed "$where") test=$(trimmed "$test")
  outcomes "$where"
  result=$(outcome "$where" "$test")
  case $result in
    ok) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
  esac
  [ -z "$stage" ] && [ "$result" = ok ] && result=there
  printf '%-5s %-68s %s %s: %s\n' "$point" "$kind" "$where" "$test" "$result"
done <"$here/kinds.txt"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
