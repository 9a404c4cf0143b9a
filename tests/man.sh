#!/bin/sh
# man.sh STAGE - every option of every installed program stands in its man page, and every man page formats cleanly
stage=$1
passed=0 failed=0 skipped=0
check() { # claim, then a command that must succeed
  claim=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1))
  else
    echo "  FAILED  $claim"
    failed=$((failed + 1))
  fi
}

for program in "$stage"/bin/cuxas-*; do
  name=${program##*/}
  page=$stage/share/man/man1/$name.1
  check "$name has a man page" test -s "$page"
  for option in $("$program" --list-options); do
    check "$name.1 explains --$option" grep -q -e "^\.B.*\\\\-\\\\-$(echo "$option" | sed 's/-/\\\\-/g')\\b" "$page"
  done
done
for page in "$stage"/share/man/man[157]/*; do
  if command -v man >/dev/null; then
    check "${page##*/} formats without warnings" sh -c "test -z \"\$(LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -l '$page' 2>&1 >/dev/null)\""
  else
    skipped=$((skipped + 1))
  fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
