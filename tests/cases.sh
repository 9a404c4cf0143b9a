#!/bin/sh
# cases.sh STAGE [FOLDER] - the small inputs of ../shared/cases (those of FOLDER in it), each with what became of it; skipped
# where that folder is absent
#
# cases.txt beside this file says what must happen. One row is one case, fields apart by ';':
#   FILE ; COMMAND ; OPTIONS ; OUTCOME ; PATTERN
#   COMMAND  inspect  cuxas-match --inspect OPTIONS FILE
#            atoms    cuxas-predict --features, of a structure: the table's lines are the atoms that count
#            match    cuxas-match OPTIONS of a bundled spectrum against FILE
#            report   cuxas-match --json OPTIONS of FILE against a bundled structure; the report, which iconv takes as UTF-8
#            script   the file with OPTIONS as its arguments: BIN, REFDB, MEASURED (a bundled spectrum), CIF (a structure)
#            unit     the unit tests OPTIONS beside STAGE, which try what the file tried; skipped where they are not built
#   OUTCOME  read (exit 0), noted (exit 0 or 3, skipped structures are told), refused (exit 1)
#   PATTERN  extended regular expression that a line of the output, stdout or stderr, matches; several: PATTERN && PATTERN
stage=$(cd "${1:?usage: cases.sh STAGE [FOLDER]}" && pwd) || exit 1
folder=${2:+${2%/}/}
here=$(cd "$(dirname "$0")" && pwd)
cases=${CUXAS_CASES:-../shared/cases}
if [ ! -d "$cases" ]; then
  echo "  skipped every case: no folder $cases"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
cases=$(cd "$cases" && pwd)
PATH=$stage/bin:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-cases.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
measured=$stage/share/cuxas/spectra/CuO.csv
passed=0 failed=0 skipped=0

run_case() { # file command options: fills $work/out and code
  case $2 in
    inspect) cuxas-match --inspect $3 "$1" >"$work/out" 2>&1 </dev/null ;;
    atoms) cuxas-predict --features "$work/features.csv" $3 "$1" >"$work/out" 2>&1 </dev/null ;;
    match) cuxas-match $3 "$measured" "$1" >"$work/out" 2>&1 </dev/null ;;
    report) cuxas-match -q --force --json "$work/report.json" $3 "$1" "$stage/share/cuxas/structures/CuO.cif" >"$work/out" 2>&1 </dev/null &&
      iconv -f UTF-8 -t UTF-8 "$work/report.json" >>"$work/out" 2>&1 ;;
    script) timeout 1800 bash "$1" $(printf '%s' "$3" | sed "s|BIN|$stage/bin|; s|REFDB|$stage/share/cuxas|; s|MEASURED|$measured|; \
      s|CIF|$stage/share/cuxas/structures/CuO.cif|") >"$work/out" 2>&1 </dev/null ;;
    unit) (for test in $3; do "$stage/../unit/$test" || exit 1; done) >"$work/out" 2>&1 </dev/null ;;
    *) echo "no such command: $2" >"$work/out"; false ;;
  esac
  code=$?
  if [ "$2" = atoms ] && [ -s "$work/features.csv" ]; then
    cat "$work/features.csv" >>"$work/out"
    rm -f "$work/features.csv"
  fi
}
has_patterns() { # pattern && pattern
  rest=$1
  while [ -n "$rest" ]; do
    one=${rest%% && *}
    [ "$one" = "$rest" ] && rest= || rest=${rest#* && }
    grep -aEq -e "$one" "$work/out" || return 1
  done
}
trimmed() { printf '%s' "$1" | sed 's/^ *//; s/ *$//'; }

while IFS=';' read -r file command options outcome pattern; do
  file=$(trimmed "$file")
  case $file in '' | '#'*) continue ;; "$folder"*) ;; *) continue ;; esac
  command=$(trimmed "$command") options=$(trimmed "$options") outcome=$(trimmed "$outcome") pattern=$(trimmed "$pattern")
  if [ ! -f "$cases/$file" ]; then
    skipped=$((skipped + 1))
    echo "  skipped $file: not there"
    continue
  fi
  if [ "$command" = unit ] && [ ! -x "$stage/../unit/${options%% *}" ]; then
    skipped=$((skipped + 1))
    echo "  skipped $file: no unit tests here"
    continue
  fi
  run_case "$cases/$file" "$command" "$options"
  case $outcome:$code in
    read:0 | noted:0 | noted:3 | refused:1) good=1 ;;
    *) good=0 ;;
  esac
  has_patterns "$pattern" || good=0
  said=$(grep -aE -e "${pattern%% && *}" "$work/out" | head -n 1 | tr -cd '[:print:]' | sed "s|$cases/||; s/  */ /g" | cut -c 1-150)
  if [ $good = 1 ]; then
    passed=$((passed + 1))
    echo "  ok      $file${options:+ $options}: $outcome: $said"
  else
    failed=$((failed + 1))
    echo "  FAILED  $file${options:+ $options}: exit $code, wanted $outcome with /$pattern/"
    head -n 3 "$work/out" | tr -cd '[:print:]\n' | cut -c 1-300 | sed 's/^/          /'
  fi
done <"$here/cases.txt"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
