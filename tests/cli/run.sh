#!/bin/sh
# run.sh STAGE [NAME...] - the installed programs on real and on broken files; cases are in *.tst beside this file, all of
# them or those named ("run.sh build/stage match usage")
#
# A case file holds blocks of lines; the first word says what the line is:
#   case  CLAIM          starts a case
#   needs WORD...        skip it unless these are there: model, candidates, validation, larch, plain (no sanitizer), shared (the shared data folder)
#   run   COMMAND        shell command; the last run's exit code and output are what the lines below look at
#   exit  CODE           its exit code (default 0)
#   out   PATTERN        stdout has a line that matches this extended regular expression; "no-out": has none
#   err   PATTERN        stderr has; "no-err": has none
#   lines N              stderr has exactly N lines
#   same  FILE FILE      the files are identical, byte for byte
#   alike FILE FILE      have the same words, and numbers that are the same within the digits that processors share
#   file  FILE           exists and is not empty; "no-file": does not exist
# Commands run in a scratch folder of the case file, filled by make-input.sh; $SHARED (shared data) and $DATA (bundled
# data) are set. "await $p COMMAND" waits until that succeeds, or process $p has ended (claims.sh). The folders stay when a case failed.
stage=$(cd "${1:?usage: run.sh STAGE}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
PATH=$stage/bin:$PATH
DATA=$stage/share/cuxas
SHARED=${CUXAS_SHARED:-../shared/data}
[ -d "$SHARED" ] && SHARED=$(cd "$SHARED" && pwd) || SHARED=
unset CUXAS_DATA

work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-cli.XXXXXX") || exit 1
XDG_CACHE_HOME=$work/cache
export PATH DATA SHARED XDG_CACHE_HOME

. "$here/../claims.sh"
claim= code=0 wanted=0 problem= reason=

finish() { # counts the case that ends here
  [ -n "$claim" ] || return
  [ -n "$reason" ] || check_exit
  if [ -n "$reason" ]; then
    skipped=$((skipped + 1))
    echo "  skipped $claim: $reason"
  elif [ -n "$problem" ]; then
    failed=$((failed + 1))
    echo "  FAILED  $claim:$problem"
    echo "          command: $command"
    sed 's/^/          stdout: /' out.txt | head -n 5
    sed 's/^/          stderr: /' err.txt | head -n 5
  else
    passed=$((passed + 1))
    echo "  ok      $claim"
  fi
}
check_exit() { # of the run so far
  [ "$code" -eq "$wanted" ] || problem="$problem exit code $code instead of $wanted;"
}
has_need() {
  case $1 in
    model) [ -s "$DATA/models/cu-l23.cuxas" ] ;;
    candidates) [ -d "$DATA/candidates" ] ;;
    validation) [ -s "$DATA/compounds.csv" ] && [ -d "$DATA/spectra" ] && [ -d "$DATA/structures" ] ;;
    shared) [ -n "$SHARED" ] ;;
    plain) ! grep -q __asan_init "$stage/bin/cuxas-match" ;; # sanitizers need terabytes of addresses
    slurm) scontrol ping 2>/dev/null | grep -q 'is UP' ;; # a controller that answers
    larch) /usr/bin/python3 -W ignore -c 'from larch.io import read_ascii, read_athena' 2>/dev/null ;; # python3-xraylarch
    *) command -v "$1" >/dev/null ;;
  esac
}

shift
[ $# -gt 0 ] || set -- $(cd "$here" && ls *.tst)
for name; do
  cases=$here/${name%.tst}.tst
  scratch=$work/$(basename "$cases" .tst)
  mkdir "$scratch" && cd "$scratch" && sh "$here/make-input.sh" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
  while IFS= read -r line || [ -n "$line" ]; do
    word=${line%%[ 	]*}
    rest=$(printf '%s' "${line#"$word"}" | sed 's/^[ 	]*//')
    case $word in '' | '#'*) continue ;; esac
    if [ "$word" = case ]; then
      finish
      claim=$rest code=0 wanted=0 problem= reason= command=
      : >out.txt
      : >err.txt
      continue
    fi
    [ -n "$reason" ] && continue
    case $word in
      needs)
        for need in $rest; do has_need "$need" || reason="no $need"; done ;;
      run)
        [ -z "$command" ] || check_exit
        command=$rest wanted=0
        (eval "$rest") >out.txt 2>err.txt </dev/null
        code=$? ;;
      exit) wanted=$rest ;;
      out) grep -Eq -e "$rest" out.txt || problem="$problem stdout lacks /$rest/;" ;;
      no-out) ! grep -Eq -e "$rest" out.txt || problem="$problem stdout has /$rest/;" ;;
      err) grep -Eq -e "$rest" err.txt || problem="$problem stderr lacks /$rest/;" ;;
      no-err) ! grep -Eq -e "$rest" err.txt || problem="$problem stderr has /$rest/;" ;;
      lines) [ "$(wc -l <err.txt)" -eq "$rest" ] || problem="$problem stderr has $(wc -l <err.txt) lines, not $rest;" ;;
      same) cmp -s $rest || problem="$problem $rest differ;" ;;
      alike) awk -f "$here/alike.awk" $rest >alike.txt || problem="$problem $rest differ: $(head -n 1 alike.txt);" ;;
      file) [ -s "$rest" ] || problem="$problem no file $rest;" ;;
      no-file) [ ! -e "$rest" ] || problem="$problem there is a file $rest;" ;;
      *) problem="$problem ${cases##*/}: no such word: $word;" ;;
    esac
  done <"$cases"
  finish
  claim=
done

cd / && { [ "$failed" -gt 0 ] || rm -rf "$work"; }
[ "$failed" -eq 0 ] || echo "  scratch folder kept: $work"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
