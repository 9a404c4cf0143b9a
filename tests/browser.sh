#!/bin/sh
# browser.sh STAGE - the HTML report in headless Chromium: it loads without errors, its script works, nothing overlaps or
# leaves the page at 1280 and 800 pixels. Debian's chromium, chromium-driver and curl are needed; they are large, so that
# make deps leaves them out, and without them everything here is skipped. Screenshots stay in $CUXAS_SCREENSHOTS, if set.
stage=$(cd "${1:?usage: browser.sh STAGE}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/claims.sh"
skip() {
  echo "  skipped HTML report in a browser: $1"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
for program in chromium chromedriver curl; do
  command -v $program >/dev/null || skip "no $program (apt-get install chromium chromium-driver curl)"
done
[ -s "$stage/share/cuxas/models/cu-l23.cuxas" ] || skip "no model"

session= driver=
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-browser.XXXXXX") || exit 1
finish() {
  [ -z "$session" ] || curl -s -X DELETE "$session" >/dev/null
  [ -z "$driver" ] || { kill "$driver" && wait "$driver"; } 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
result() { # claim, problem ("" when it holds)
  if [ -z "$2" ]; then
    passed=$((passed + 1))
    echo "  ok      $1"
  else
    failed=$((failed + 1))
    echo "  FAILED  $1: $2"
  fi
}

# Names that would break a page that does not escape them, several sites, a spectrum among structures, a file that is skipped.
cd "$work" && sh "$here/cli/make-input.sh" || exit 1
mkdir library
cp candidates/Cu.cif 'library/<script>alert(1)<:script>.cif'
cp candidates/Cu2O.cif "library/\"onload='alert(2)'&amp;|[x](javascript:1).cif"
cp candidates/CuZn.xyz "$(printf 'library/bad\377\033[31mname.xyz')"
cp candidates/POSCAR_CuCl bad/overfull.cif good/blanks.dat library || exit 1
cp "$stage/share/cuxas/structures/CuS.cif" library
cp candidates/Cu.cif library/a-very-long-name-that-goes-on-and-on-without-any-blank-in-it-to-see-how-a-page-copes.cif
"$stage/bin/cuxas-match" good/scan.csv library --html report.html --quiet >/dev/null
cp good/keV.csv 'good/<b>"&#1%41 .csv'
"$stage/bin/cuxas-match" good/scan.csv bad/nan.csv good/keV.csv 'good/<b>"&#1%41 .csv' --library library -o out --quiet \
  >/dev/null 2>&1
# Two compounds, one without a curve, whose names a page must escape; the right one is not first among the other structures.
mkdir known measured
cp candidates/Cu.cif 'known/<b>&x.cif'
cp good/scan.csv 'measured/<b>&x.csv'
cp candidates/Cu2O.cif candidates/CuZn.xyz known
"$stage/bin/cuxas-validate" --spectra measured --structures known --candidates library --html validation.html --quiet >/dev/null 2>&1
[ -s report.html ] || { result "a report is written" "there is none"; echo "$passed passed, $failed failed, 0 skipped"; exit 1; }

# The driver picks a port and says which.
: >driver.log
chromedriver --port=0 >driver.log 2>&1 &
driver=$!
await "$driver" grep -q 'started successfully on port' driver.log
port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' driver.log)
[ -n "$port" ] || skip "chromedriver does not start: $(head -n 1 driver.log)"
post() { curl -s --max-time 1800 -H 'Content-Type: application/json' -d @- "$1"; }
capabilities='{"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
  "goog:chromeOptions": {"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
  "--user-data-dir='$work/profile'"]}}}}'
id=$(echo "$capabilities" | post "http://127.0.0.1:$port/session" | tee session.json | sed -n 's/.*"sessionId":"\([^"]*\)".*/\1/p')
[ -n "$id" ] || skip "chromium does not start: $(cut -c1-200 session.json)"
session=http://127.0.0.1:$port/session/$id

script=$(sed 's/[\\"]/\\&/g' "$here/browser.js" | tr '\n' ' ')
ask() { printf '{"script": "%s", "args": ["%s"]}' "$script" "$1" | post "$session/execute/sync"; } # name of a check of browser.js
holds() { test "$(ask "$1")" = '{"value":""}'; }
check() { # claim, name of a check
  answer=$(ask "$2")
  case $answer in
    '{"value":""}') result "$1" "" ;;
    *) result "$1" "${answer:-no answer}" ;;
  esac
}
resize() { echo "{\"width\": $1, \"height\": $2}" | post "$session/window/rect" >/dev/null; }
keep_picture() { # name
  [ -n "$CUXAS_SCREENSHOTS" ] || return 0
  mkdir -p "$CUXAS_SCREENSHOTS"
  curl -s "$session/screenshot" | sed 's/^{"value":"//; s/"}$//' | base64 -d >"$CUXAS_SCREENSHOTS/$1.png"
}

resize 1280 3200
echo "{\"url\": \"file://$work/report.html\"}" | post "$session/url" >/dev/null
check "the page loads complete, and loads nothing else" loads
check "names from files stay text" names
check "candidates are shown and hidden" candidates
check "zooming stretches the curves and rewrites the energy axis" zoom
check "values are read under the pointer" values
check "the ranking sorts both ways" sorting
check "figures, sections and inputs have texts" accessible
resize 1280 800
check "the answer and the spectra stand on the first screen of 1280 x 800" firstScreen
keep_picture report-screen
for width in 1280 800; do
  resize $width 3200
  check "nothing overlaps or leaves the page at $width pixels" layout
  keep_picture report-$width
done
printed=$(echo '{"page": {"width": 21.0, "height": 29.7}}' | post "$session/print" | sed 's/^{"value":"//; s/"}$//' | base64 -d 2>/dev/null | head -c 5)
[ "$printed" = "%PDF-" ] && problem= || problem="no PDF"
result "the page prints" "$problem"

echo "{\"url\": \"file://$work/out/overview.html\"}" | post "$session/url" >/dev/null
check "the overview of a batch is complete, sorts, and shows names as text" overview
check "the overview's table and sections have texts" accessible
for width in 1280 800; do
  resize $width 3200
  check "nothing overlaps or leaves the overview at $width pixels" layout
  keep_picture overview-$width
done
echo "{\"url\": \"file://$work/validation.html\"}" | post "$session/url" >/dev/null
check "the validation is complete, sorts, and shows names as text" validation
check "the validation's tables, figures and sections have texts" accessible
for width in 1280 800; do
  resize $width 6000
  check "nothing overlaps or leaves the validation at $width pixels" layout
  keep_picture validation-$width
done
resize 1280 3200

echo "{\"url\": \"file://$work/out/overview.html\"}" | post "$session/url" >/dev/null
check "the overview leads to a report, whatever the scan is called" follow
await "$driver" holds loads
check "which loads complete" loads
errors=$(echo '{"type": "browser"}' | post "$session/se/log")
[ "$errors" = '{"value":[]}' ] && errors=
result "the console has no errors" "$errors"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
