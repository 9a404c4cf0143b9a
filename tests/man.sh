#!/bin/sh
# man.sh STAGE - every option of every installed program stands in its man page and no other does; every man page formats cleanly
#
# An option is explained under a line that begins with .B, holds \-\-NAME and follows .TP or .TQ.
stage=$1
. tests/claims.sh
explained_options() { # page: names of the options it explains, one a line
  awk '/^\.B/ && before ~ /^\.T[PQ]/ { print } { before = $0 }' "$1" | sed 's/\\-/-/g; s/\\f.//g' | grep -oE -e '--[a-z0-9-]+' |
    cut -c3- | sort -u
}
is_in() { printf '%s\n' "$2" | grep -qxF -e "$1"; }
has_section() { grep -qxF -e ".SH $2" "$1"; }
formats_cleanly() { # page; stdin is not a terminal, so man writes everything
  messages=$(MANROFFOPT='' LC_ALL=C.UTF-8 man --warnings -l "$1" 2>&1 >/dev/null </dev/null) && [ -z "$messages" ]
}

for program in "$stage"/bin/cuxas-*; do
  name=${program##*/}
  page=$stage/share/man/man1/$name.1
  check "$name has a man page" test -s "$page"
  [ -s "$page" ] || continue
  if [ -L "$program" ]; then # an old name: its page is that of the program that it leads to
    check "$name.1 leads to $(readlink "$program").1" grep -qxF ".so man1/$(readlink "$program").1" "$page"
    continue
  fi
  options=$("$program" --list-options | sort -u)
  explained=$(explained_options "$page")
  check "$name lists its options" test -n "$options"
  for option in $options; do
    check "$name.1 explains --$option" is_in "$option" "$explained"
  done
  for option in $explained; do
    check "$name has the option --$option that its page explains" is_in "$option" "$options"
  done
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS OUTPUT 'EXIT STATUS' FILES ENVIRONMENT EXAMPLES CAVEATS 'SEE ALSO'; do
    check "$name.1 has the section $section" has_section "$page" "$section"
  done
done

pages=$(cd "$stage/share/man" && ls man[157])
for page in "$stage"/share/man/man[157]/*; do
  grep -q '^\.so ' "$page" && continue # the page of an old name
  if command -v man >/dev/null && command -v groff >/dev/null; then
    check "${page##*/} formats without warnings" formats_cleanly "$page"
  else
    skipped=$((skipped + 1))
  fi
  for reference in $(grep -ohE -e 'cuxas(-[a-z]+)? \([157]\)' "$page" | tr -d ' ()' | sed 's/\(.\)$/.\1/' | sort -u); do
    check "${page##*/} refers to $reference, which exists" is_in "$reference" "$pages"
  done
done
counts
