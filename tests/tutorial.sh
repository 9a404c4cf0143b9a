#!/bin/sh
# tutorial.sh STAGE [update] - every command that man/cuxas-tutorial.7 shows prints what is shown behind it
#
# An example is a block .EX ... .EE whose first line is "$ COMMAND". Words must be the same, numbers may differ by one in their last
# digit (same.awk). With "update" the page is rewritten with what the commands print now: read what has changed, for the text
# around the examples does not follow.
stage=$(cd "${1:?usage: tutorial.sh STAGE [update]}" && pwd) || exit 1
page=$(cd "$(dirname "$0")/../man" && pwd)/cuxas-tutorial.7
same=$(cd "$(dirname "$0")" && pwd)/same.awk
. "$(dirname "$0")/claims.sh"
[ -s "$stage/share/cuxas/models/cu-l23.cuxas" ] || { skip "the tutorial's commands: no model"; counts; exit; }
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-tutorial.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
PATH=$stage/bin:$PATH
unset CUXAS_DATA
cp "$stage/share/cuxas/spectra/Cu2O.csv" "$work/scan.csv"

# Examples, one file each with the roff marks taken away: line 1 the command, then what it prints.
awk -v folder="$work" '
  $0 == ".EX" { file = sprintf("%s/example%02d", folder, ++n); next }
  $0 == ".EE" { close(file); file = "" }
  file != "" { gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047"); gsub(/\\\(ha/, "^"); gsub(/\\\(ti/, "~"); gsub(/\\\(ga/, "`")
               sub(/^\\&/, ""); gsub(/\\e/, "\\"); print >file }' "$page"
to_roff() { sed -e 's/\\/\\e/g; s/-/\\-/g; s/\^/\\(ha/g; s/~/\\(ti/g; s/`/\\(ga/g' -e "s/'/\\\\(aq/g; s/^\\./\\\\\&./"; }

check "the tutorial has examples" test -s "$work/example01"
for example in "$work"/example??; do
  command=$(sed -n '1s/^\$ //p' "$example")
  check "${example##*/} is a command" test -n "$command"
  (cd "$work" && eval "$command") >"$example.printed" 2>&1 </dev/null
  check "$command: succeeds" test $? -eq 0
  [ "$2" != update ] || { printf '$ %s\n' "$command" | cat - "$example.printed" | to_roff >"$example.roff"; continue; }
  sed 1d "$example" >"$example.shown"
  check "$command: prints as many lines as shown" test "$(wc -l <"$example.shown")" -eq "$(wc -l <"$example.printed")"
  awk -f "$same" "$example.printed" "$example.shown" >"$example.missing"
  check "$command: prints what is shown (sh tests/tutorial.sh $1 update)" test ! -s "$example.missing"
  sed 's/^/          shown, not printed: /' "$example.missing" | head -n 5
done
if [ "$2" = update ]; then
  awk -v folder="$work" '
    $0 == ".EX" { print; file = sprintf("%s/example%02d.roff", folder, ++n); while ((getline line <file) > 0) print line; skip = 1; next }
    $0 == ".EE" { skip = 0 }
    !skip' "$page" >"$work/page" && cat "$work/page" >"$page"
fi
counts
