#!/bin/sh
# serve.sh STAGE - the page of cuxas-match --serve: who is let in, what is refused, and in headless Chromium a measured file from
# its drop to its answer. curl is needed, and for the browser chromium and chromium-driver (see browser.sh). Screenshots stay in
# $CUXAS_SCREENSHOTS, if set.
stage=$(cd "${1:?usage: serve.sh STAGE}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
. "$here/claims.sh"
command -v curl >/dev/null || { skip "page of --serve: no curl"; counts; exit; }
[ -s "$stage/share/cuxas/models/cu-l23.cuxas" ] || { skip "page of --serve: no model"; counts; exit; }
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-serve-test.XXXXXX") || exit 1
server= driver= session= watcher=
finish() {
  [ -z "$session" ] || curl -s -X DELETE "$session" >/dev/null
  for process in $driver $server $watcher; do kill "$process" && wait "$process"; done 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
mkdir "$work/tmp"
TMPDIR=$work/tmp "$stage/bin/cuxas-match" --serve --quiet >"$work/address" 2>"$work/server.log" &
server=$!
await "$server" test -s "$work/address"
address=$(cat "$work/address")
port=$(echo "$address" | sed 's|.*:\([0-9]*\)/.*|\1|')
check "the address is one of this machine, with a token ($address$(head -n 1 "$work/server.log"))" sh -c 'echo "$1" | grep -qxE "http://127\.0\.0\.1:[0-9]+/[0-9a-f]{32}/"' check "$address"
[ -n "$address" ] || { counts; exit; }

# -- who is let in --
ask() { curl -s --max-time 1800 "$@"; }
code() { curl -s --max-time 1800 -o "$work/body" -w '%{http_code}' "$@"; }
check "the page comes" test "$(code "$address")" = 200
check "without the token nothing comes" test "$(code "http://127.0.0.1:$port/")" = 403
check "a wrong token is refused" test "$(code "http://127.0.0.1:$port/00000000000000000000000000000000/")" = 403
check "another host's name is refused" test "$(code -H 'Host: example.org' "$address")" = 403
check "no file of the machine is served" test "$(code --path-as-is "$address../../../../etc/passwd")" = 404
check "what is not there is told" test "$(code "${address}nothing")" = 404
check "a second server cannot have the port" sh -c '"$1" --serve "$2" 2>&1 | grep -q "port $2: cannot be opened"' check "$stage/bin/cuxas-match" "$port"
"$stage/bin/cuxas-match" --serve scan.csv >"$work/usage" 2>&1
check "a file is no port" test $? -eq 2
if command -v ss >/dev/null; then
  check "it listens on the loopback address alone" sh -c 'ss -ltn | grep -q "127\.0\.0\.1:$1 " && ! ss -ltn | grep -qE "(0\.0\.0\.0|\*|\[::\]):$1 "' check "$port"
fi

# -- hostile and broken files are refused in a line --
head -c 70000000 /dev/zero >"$work/large"
check "a file of over 64 MB is refused" test "$(code --data-binary "@$work/large" "${address}measured?name=large")" = 413
check "an empty file is refused" test "$(code --data-binary @/dev/null "${address}measured?name=empty")" = 422
rm "$work/large"
file() { ask --data-binary "@$1" "${address}measured?name=$2" | sed 's/[^0-9]//g'; }
printf 'hello\n' >"$work/no.csv"
number=$(file "$work/no.csv" no.csv)
check "a text is no spectrum" sh -c 'test "$1" = 422 && grep -q "no table of numbers" "$2"' check "$(code "${address}read?file=$number")" "$work/body"
(cd "$work" && sh "$here/cli/make-input.sh") >/dev/null 2>&1
n=0
for path in "$work"/bad/*; do
  n=$((n + 1))
  for kind in measured candidate; do
    reply=$(code --data-binary "@$path" "$address$kind?name=$(basename "$path" | tr -d '%&#? ')")
    case $kind$reply in
      measured200)
        number=$(sed 's/[^0-9]//g' "$work/body")
        reply=$(code "${address}report?form=json&library=bundled&elements=Cu,O&file=$number")
        [ "$reply" = 422 ] || [ "$reply" = 200 ] || echo "$path: $reply" ;;
      *200 | *422) ;;
      *) echo "$kind $path: $reply" ;;
    esac
  done
done >"$work/hostile.log"
check "$n broken files end no server ($(head -n 1 "$work/hostile.log"))" sh -c 'test "$1" -gt 5 && test ! -s "$2" && kill -0 "$3"' check "$n" "$work/hostile.log" "$server"
# -- what the page asks for --
number=$(file "$top/examples/01-match/Cu2O.csv" Cu2O.csv)
awk -F, 'NR <= 8 { print; next } { printf "%.3f,%s,%s\n", $1 + 1.5, $2, $3 }' "$top/examples/01-match/Cu2O.csv" >"$work/moved.csv"
moved=$(file "$work/moved.csv" "moved%20scan.csv")
what="elements=Cu,O&library=bundled"
report() { ask "${address}report?form=json&$what&$1"; }
check "an energy axis is tied to a standard of the session" sh -c 'echo "$1" | grep -q "\"axis_shift_eV\":-1\.[4-6]"' check "$(ask "${address}read?file=$moved&calibrate=$moved&as=$number")"
check "a report says by which, without where they lay" sh -c 'echo "$1" | tr -d "\n\t" | grep -q "\"calibrate\": *\"moved scan.csv=Cu2O.csv\"" && ! echo "$1" | grep -q cuxas-serve' check "$(report "file=$moved&calibrate=$moved&as=$number")"
check "bundled standards can be named, files of the machine cannot" sh -c 'curl -s "$1standards" | grep -q "CuO_TEY" && curl -s "$1read?file=$2&calibrate=$2&as=/etc/passwd" | grep -q "no such file"' check "$address" "$number"
check "scans are merged under their names" sh -c 'echo "$1" | tr -d "\n\t" | grep -q "\"merge\": *\[\"moved_scan.csv\"\]" && ! echo "$1" | grep -q cuxas-serve' check "$(report "file=$number&merge=$moved")"
check "a pre-edge is taken off" sh -c 'echo "$1" | grep -q "\"pre-edge\"" && echo "$1" | tr -d "\n\t" | grep -q "\"pre-edge\": *\"line:920"' check "$(report "file=$number&pre_edge=line&pre_low=920&pre_high=928")"
for wrong in "pre_edge=line&pre_low=928&pre_high=920" "pre_edge=x" "pre_edge=line&pre_low=a&pre_high=b" "simulate=-1" "mixture=9" "range=a" "elements=Xx" "merge=99" "calibrate=99&as=CuO_TEY" "dataset=%2F..&scan=77"; do
  check "$wrong is refused in a line" sh -c 'test "$1" = 422 && kill -0 "$2"' check "$(code "${address}report?$wrong&form=json&$what&file=$number")" "$server"
done
check "an overview has a row for every file, also for what cannot be answered" sh -c 'test "$(echo "$1" | grep -o "\"scan\":" | wc -l)" = 2 && echo "$1" | grep -q "\"best\":\"Cu2O" && echo "$1" | grep -q "\"reason\":"' check \
  "$(ask "${address}overview?$what&files=$number,$(file "$work/no.csv" no.csv)")"
check "it comes as a table, too" sh -c 'curl -s "$1" | head -n 1 | grep -q "^scan,"' check "${address}overview?$what&files=$number&form=csv"
"$stage/bin/cuxas-match" "$top/examples/01-match/Cu2O.csv" --elements Cu,O -o "$work/all" --library refdb:structures --library refdb:candidates --quiet >/dev/null
overview() { code "${address}overview?elements=Cu,O&library=bundled&files=$1&form=$2"; }
check "it comes as a page, which leads to no report that is not there" sh -c 'test "$1" = 200 && grep -q "2 scans:.* [12] with a compound that is favoured\." "$2" && ! grep -q "<td[^>]*><a href" "$2"' check "$(overview "$number,$number" html)" "$work/body"
check "all reports come as an archive" test "$(overview "$number,$(file "$top/examples/01-match/Cu2O.csv" overview.csv),$(file "$work/no.csv" no.csv)" zip)" = 200
cp "$work/body" "$work/reports.zip"
overview "$number,$(file "$top/examples/01-match/Cu2O.csv" overview.csv),$(file "$work/no.csv" no.csv)" zip >/dev/null
if [ -x /usr/bin/python3 ]; then
  check "it is the folder of --out-dir, with names of their own, and links that lead there" /usr/bin/python3 -c '
import re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
assert sorted(names) == sorted(["overview.csv", "overview.html"] + [s + e for s in ("Cu2O", "overview-2") for e in (".json", ".csv", ".html")]), names
for link in re.findall(r"<td[^>]*><a href=\"([^\"]*)\"", archive.read("overview.html").decode()): assert link in names, link
own = open(sys.argv[2]).read().splitlines()[1].split(",")[1:9]
assert archive.read("overview.csv").decode().splitlines()[1].split(",")[1:9] == own, own
' "$work/reports.zip" "$work/all/overview.csv"
fi
"$stage/bin/cuxas-match" "$top/examples/01-match/Cu2O.csv" refdb:structures --elements Cu,O --nexus "$work/curves.h5" --quiet >/dev/null
curves=$(file "$work/curves.h5" curves.h5)
check "entries of a NeXus file are listed, and chosen" sh -c 'echo "$1" | grep -q "\"entries\":\"spectrum  *\/measured\/data" && echo "$2" | grep -q "scan  *\/predicted_2\/data"' check \
  "$(ask "${address}read?file=$curves")" "$(ask "${address}read?file=$curves&dataset=/predicted_2/data")"
check "one that is not there is told, with those that are" sh -c 'echo "$1" | grep -q "nothing there; the file has /measured/data"' check "$(ask "${address}read?file=$curves&dataset=/nothing")"
for fault in "$top"/../shared/cases/faults/*; do
  [ -f "$fault" ] || { skip "hostile files: no ../shared/cases/faults"; break; }
  name=$(basename "$fault")
  for kind in measured candidate; do
    reply=$(code --data-binary "@$fault" "$address$kind?name=$name")
    [ "$kind$reply" != measured200 ] || reply=$(code "${address}read?file=$(sed 's/[^0-9]//g' "$work/body")")
    check "$name as a $kind gets an answer or a line, and ends nothing" sh -c 'test "$1" = 200 -o "$1" = 422 && kill -0 "$2"' check "$reply" "$server"
  done
  ask -d '' "${address}remove?candidate=$name" >/dev/null
done
mkdir "$work/set" && cp "$stage"/share/cuxas/structures/Cu2O.cif "$stage"/share/cuxas/structures/CuO.cif "$work/set"
"$stage/bin/cuxas-refdb" library "$work/set" -o "$work/set.db" >/dev/null 2>&1
check "a database of structures is a candidate" sh -c 'echo "$1" | grep -q "\"what\":\"2 structures\""' check "$(ask --data-binary "@$work/set.db" "${address}candidate?name=set.db")"
ask "${address}report?form=csv&library=dropped&file=$number" | cut -d , -f 1-12 | sed 's/set\.db#//' >"$work/served.csv"
"$stage/bin/cuxas-match" --quiet --csv - "$top/examples/01-match/Cu2O.csv" "$work/set.db" | cut -d , -f 1-12 | sed "s|$work/set\.db#||" >"$work/set.csv"
check "its structures are compared as on the command line" sh -c 'grep -q Cu2O "$1" && cmp "$1" "$2"' check "$work/served.csv" "$work/set.csv"
head -c 3000 "$work/set.db" >"$work/cut.db"
reply=$(code --data-binary "@$work/cut.db" "${address}candidate?name=cut.db")
check "a damaged one is refused in a line ($(cat "$work/body"))" sh -c 'test "$1" = 422 && grep -q "cut.db: " "$2" && ! grep -q cuxas-serve "$2"' check "$reply" "$work/body"
ask --data-binary "@$work/cut.db" "${address}candidate?name=set.db" >"$work/body"
check "and does not take the place of one that is there" test "$(code "${address}report?form=csv&library=dropped&file=$number")" = 200
{ cat "$work/set/Cu2O.cif"; echo; cat "$work/set/CuO.cif"; } >"$work/two.cif"
check "a CIF of two blocks has two" sh -c 'echo "$1" | grep -q "\"what\":\"2 structures\""' check "$(ask --data-binary "@$work/two.cif" "${address}candidate?name=two.cif")"
for one in set.db two.cif; do ask -d '' "${address}remove?candidate=$one" >/dev/null; done
check "a question can be cancelled, whether it is in work or on its way" test "$(code -d '' "${address}cancel?turn=5")" = 200
ask -o "$work/late" "${address}report?form=json&library=bundled&file=$number&simulate=10&turn=5"
check "and says so ($(head -c 200 "$work/late"))" grep -q '"error":"cancelled"' "$work/late"
check "a removed file is gone" sh -c 'test "$1" = 200 && test "$2" = 422' check "$(code -d '' "${address}remove?file=$moved")" "$(code "${address}read?file=$moved")"
check "what is not there is not removed" test "$(code -d '' "${address}remove?candidate=..%2Fm0")" = 422

check "a candidate's name cannot leave its folder" sh -c 'curl -s --data-binary "@$1" "$2candidate?name=..%2F..%2Fescaped.cif" | grep -q "dropped" && test ! -e "$3/escaped.cif" && test ! -e "$3/../escaped.cif"' \
  check "$stage/share/cuxas/structures/CuO.cif" "$address" "$work/tmp"
check "dropped candidates are nobody else's to read" test "$(stat -c %a "$work"/tmp/cuxas-serve.*)" = 700

# -- an answer is the program's own --
number=$(file "$top/examples/01-match/Cu2O.csv" Cu2O.csv)
ask "${address}report?form=csv&library=bundled&elements=Cu,O&file=$number" >"$work/served.csv"
"$stage/bin/cuxas-match" --quiet --elements Cu,O --csv "$work/own.csv" "$top/examples/01-match/Cu2O.csv" >/dev/null
check "the table is that of the command line" cmp "$work/served.csv" "$work/own.csv"
points=$(grep -c '^[0-9]' "$top/examples/01-match/Cu2O.csv")
{ printf '#FORMAT : EMSA/MAS Spectral Data File\n#NPOINTS : %d\n#XUNITS : eV\n#DATATYPE : XY\n#SIGNALTYPE : ELS\n#SPECTRUM :\n' "$points"; grep '^[0-9]' "$top/examples/01-match/Cu2O.csv"; } >"$work/loss.msa"
loss=$(file "$work/loss.msa" loss.msa)
ask "${address}report?form=csv&library=bundled&elements=Cu,O&file=$loss" >"$work/served.csv"
"$stage/bin/cuxas-match" --quiet --elements Cu,O --csv "$work/loss.csv" "$work/loss.msa" >/dev/null
check "so it is for energy losses, which have values of their own" cmp "$work/served.csv" "$work/loss.csv"
check "which are others than those of absorption" sh -c '! cmp -s "$1" "$2"' check "$work/loss.csv" "$work/own.csv"
ask "${address}report?form=csv&library=bundled&elements=Cu,O&file=$number" >"$work/served.csv"
check "and absorption after them gets its own again" cmp "$work/served.csv" "$work/own.csv"
ask "${address}report?form=html&library=bundled&file=$number&range=930:960&elements=Cu,O" >"$work/range.html"
check "a range is obeyed" grep -q 'compared from 930.0 to 960.0 eV' "$work/range.html"
check "elements that there are not are told" sh -c 'curl -s "$1" | grep -q "unknown element"' check "${address}report?form=json&library=bundled&elements=Xx&file=$number"
for form in html md svg pdf png spectra; do
  check "a report comes as $form" test "$(code "${address}report?form=$form&library=bundled&elements=Cu,O&file=$number&download=yes")" = 200
done

# -- in a browser --
browse() {
  : >"$work/driver.log"
  chromedriver --port=0 >"$work/driver.log" 2>&1 &
  driver=$!
  await "$driver" grep -q 'started successfully on port' "$work/driver.log"
  at=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$work/driver.log")
  capabilities='{"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
    "goog:chromeOptions": {"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--user-data-dir='$work/profile'"]}}}}'
  id=$(echo "$capabilities" | post "http://127.0.0.1:$at/session" | sed -n 's/.*"sessionId":"\([^"]*\)".*/\1/p')
  [ -n "$id" ] && session=http://127.0.0.1:$at/session/$id
}
post() { curl -s --max-time 1800 -H 'Content-Type: application/json' -d @- "$1"; }
script=$(sed 's/[\\"]/\\&/g' "$here/serve.js" | tr '\n' ' ')
see() { # claim, name of a check of serve.js
  answer=$(printf '{"script": "%s", "args": ["%s"]}' "$script" "$2" | post "$session/execute/sync")
  check "$1 (${answer:-no answer})" test "$answer" = '{"value":""}'
}
holds() { # name of a check
  test "$(printf '{"script": "%s", "args": ["%s"]}' "$script" "$1" | post "$session/execute/sync")" = '{"value":""}'
}
wait_for() { await "$answering" holds "$1"; } # name of a check that will hold, unless the server ends
element() { printf '{"using": "css selector", "value": "%s"}' "$1" | post "$session/element" | sed 's/.*:"\([^"]*\)"}}$/\1/'; }
type_into() { printf '{"text": "%s"}' "$2" | post "$session/element/$(element "$1")/value" >/dev/null; }
resize() { echo "{\"width\": $1, \"height\": $2}" | post "$session/window/rect" >/dev/null; }
keep_picture() { # name
  [ -n "$CUXAS_SCREENSHOTS" ] || return 0
  mkdir -p "$CUXAS_SCREENSHOTS"
  curl -s "$session/screenshot" | sed 's/^{"value":"//; s/"}$//' | base64 -d >"$CUXAS_SCREENSHOTS/$1.png"
}
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null || ! browse; then
  skip "the page in a browser: no chromium with chromedriver"
  counts
  exit
fi
answering=$server
resize 1280 2600
echo "{\"url\": \"$address\"}" | post "$session/url" >/dev/null
see "the page is complete and loads from its own address alone" loads
see "everything has a name for who cannot see it" accessible
# What a screen reader is told of each control, from the browser's own tree, a line each.
controls() {
  echo '{"cmd": "Accessibility.getFullAXTree", "params": {}}' | post "$session/goog/cdp/execute" | sed 's/"ignored":/\n&/g' |
    grep -E '^"ignored":false.*"role":\{"type":"[a-zA-Z]*","value":"(button|link|radio|checkbox|combobox|textbox|image|Iframe|progressbar|region)"\}'
}
named() { # claim
  controls >"$work/controls"
  check "$1 ($(grep -vE '"name":\{[^}]*"value":"[^"]' "$work/controls" | head -c 300))" sh -c 'test "$(wc -l <"$1")" -gt 100 && ! grep -qvE "\"name\":\{.*\"value\":\"[^\"]" "$1"' check "$work/controls"
}
named "every control has a name and a role in the browser's tree, elements by theirs"
check "elements are read by their names" grep -q '"value":"O oxygen"' "$work/controls"
keep_picture serve-empty
cp "$top/examples/01-match/Cu2O.csv" "$work/<b>scan.csv"
type_into "#measured" "$work/<b>scan.csv"
check "a dropped file is answered" wait_for answered
see "it says how the file was read, and draws it" reading
named "so has every control of a file that was read"
axe() { # claim
  [ -s "$CUXAS_AXE" ] || return 0
  node -e 'const fs = require("fs"); process.stdout.write(JSON.stringify({ cmd: "Runtime.evaluate", params: { expression: fs.readFileSync(process.argv[1], "utf8") } }))' "$CUXAS_AXE" | post "$session/goog/cdp/execute" >/dev/null
  faults=$(echo '{"cmd": "Runtime.evaluate", "params": {"awaitPromise": true, "returnByValue": true, "expression": "axe.run(document, { iframes: false }).then((found) => found.violations.map((one) => one.id + \" \" + one.nodes[0].html).join(\"; \"))"}}' | post "$session/goog/cdp/execute" | sed -n 's/.*"value":"\(.*\)"}}}$/\1/p')
  check "$1 ($faults)" test -z "$faults"
}
axe "the page has none of the faults that axe-core looks for"
# Without a mouse: every control is a stop of the tab key, in the order in which they stand.
press() { printf '{"actions": [{"type": "key", "id": "keys", "actions": [{"type": "keyDown", "value": "%s"}, {"type": "keyUp", "value": "%s"}]}]}' "$1" "$1" | post "$session/actions" >/dev/null; }
run() { printf '{"script": "%s", "args": ["%s"]}' "$script" "$1" | post "$session/execute/sync" >/dev/null; }
run "begin at the top"
for step in $(seq 40); do
  press '\uE004'
  run "note the focus"
done
see "the tab key comes to everything, from the file to the report" walked
type_into '#elements button[tabindex=\"0\"]' '\uE012\uE012'
see "arrow keys move among the elements" moved
press ' '
check "space chooses, and the answer is another one" wait_for "cobalt"
press ' '
printf '{"script": "%s", "args": ["choose oxygen"]}' "$script" | post "$session/execute/sync" >/dev/null
check "elements narrow the answer at once" wait_for "cuprous oxide"
see "the report can be saved in every form" downloads
type_into "#candidate" "$stage/share/cuxas/structures/CuO.cif"
check "a dropped structure is a candidate" wait_for dropped
run "remove the candidate"
check "and can be removed again" wait_for removed
type_into 'input[name=\"low\"]' 930
check "a range is shown and obeyed" wait_for ranged
type_into 'input[name=\"low\"]' '\uE003\uE003\uE003'
run "take a line off"
type_into 'input[name=\"pre_low\"]' 920
type_into 'input[name=\"pre_high\"]' 928
check "a pre-edge is taken off, and drawn" wait_for "pre-edge"
keep_picture serve-reading
run "leave the pre-edge"
cp "$work/moved.csv" "$work/moved scan.csv"
type_into "#measured" "$work/moved scan.csv"
check "a second file is shown" wait_for second
run "calibrate"
check "energies are moved by a scan that is known" wait_for calibrated
run "merge"
check "scans are merged" wait_for merged
run "do not"
run "overview"
check "all files stand side by side" wait_for overview
keep_picture serve-overview
run "simulate"
check "a question in work can be seen" wait_for busy
run "cancel"
check "and can be cancelled" wait_for cancelled
run "remove the second"
check "a measured file is removed" wait_for "one file"
type_into "#measured" "$work/curves.h5"
check "a NeXus file offers its entries" wait_for entries
type_into 'input[name=\"dataset\"]' /predicted_2/data
check "and shows the one that is chosen" wait_for entry
run "remove the second"
check "and goes again" wait_for "one file"
type_into "#measured" "$work/no.csv"
check "a file that cannot be read says why" wait_for unreadable
{ echo 'energy sample_a sample_b'; awk -F, '$1 + 0 > 0 { print $1, $2, 2 - $2 }' "$top/examples/01-match/Cu2O.csv"; } >"$work/two.dat"
type_into "#measured" "$work/two.dat"
check "where a file leaves the signal open its columns are offered, in the page's own words" wait_for ambiguous
run "choose the first signal"
check "and the one that is chosen is read" wait_for chosen
printf '{"script": "%s", "args": ["back to the first"]}' "$script" | post "$session/execute/sync" >/dev/null
check "and the other file is there again" wait_for "cuprous oxide"
resize 1280 800
run "look at the elements"
check "the answer stays in sight while elements are chosen" wait_for inSight
keep_picture serve-sight
for width in 1280 800; do
  resize $width 2600
  check "nothing leaves the page at $width pixels" wait_for layout
  keep_picture serve-$width
done
echo '{"cmd": "Emulation.setEmulatedMedia", "params": {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}}' | post "$session/goog/cdp/execute" >/dev/null
see "it is dark where that is asked for" dark
axe "nor has it in the dark"
keep_picture serve-dark
# -- scans that come into a folder --
mkdir "$work/coming"
cp "$top/examples/01-match/Cu2O.csv" "$work/coming/a_001.csv"
TMPDIR=$work/tmp "$stage/bin/cuxas-match" --serve --watch "$work/coming" --elements Cu,O --simulate 0 --quiet >"$work/watched" 2>"$work/watcher.log" &
watcher=$!
answering=$watcher
await "$watcher" test -s "$work/watched" # a file of its own: until the process runs, that of the first server would have the first address
echo "{\"url\": \"$(cat "$work/watched")\"}" | post "$session/url" >/dev/null
check "scans that come into a folder come to the page" wait_for "first scan"
for i in 2 3; do cp "$work/coming/a_001.csv" "$work/coming/a_00$i.csv"; done
check "those of a sample are merged, and the page says when more change nothing" wait_for "three scans"
echo hello >"$work/coming/notes.txt"
cp "$stage/share/cuxas/spectra/CuO_TEY.csv" "$work/coming/b_001.csv"
check "another sample is shown when it comes, but nothing that cannot be read" wait_for "other sample"
named "controls of files that came have names, too"
rm "$work/coming/b_001.csv"
check "what goes from the folder goes from the page" wait_for "other sample gone"
kill "$watcher" && wait "$watcher"
errors=$(echo '{"type": "browser"}' | post "$session/se/log" | grep -v 'status of 422\|arrived.*CONNECTION_REFUSED')
check "the console has no errors ($errors)" test "${errors:-"{\"value\":[]}"}" = '{"value":[]}'
kill "$server" && wait "$server"
server=
check "nothing of the dropped files stays" test -z "$(ls "$work/tmp")"
counts
