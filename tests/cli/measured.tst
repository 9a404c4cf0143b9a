# Measured files: what is accepted gives the same answer, what is not gives one line that names file, line and reason.

case  --inspect warns of what a match would refuse: another edge
run   { echo energy,mu; awk 'BEGIN { for (i = 0; i < 200; i++) print 8900 + 2 * i "," 1 + i % 7 }'; } >k.csv; cuxas-match --inspect k.csv
out   ^warning     a match would refuse it: energies 8900 to 9298 eV do not meet the model's

case  --inspect warns of a gap inside the edges
run   awk -F, 'NR == 1 || $1 < 938 || $1 > 950' good/scan.csv >gap.csv; cuxas-match --inspect gap.csv
out   ^warning     1 gap above 1 eV bridged by interpolation, the first from 93

case  --inspect looks at all files before the candidates
run   cuxas-match --inspect good/scan.csv good/scan.csv candidates
out   ^file        good/scan.csv
run   cuxas-match --inspect good/scan.csv good/scan.csv candidates | grep -c '^file '
out   ^2$

case  --inspect says what was found and stops
run   cuxas-match --inspect good/scan.csv
out   851
out   ascending
lines 0

case  an empty file is refused
run   cuxas-match bad/empty.csv candidates
exit  1
err   ^cuxas-match: bad/empty\.csv:
lines 1

case  a single column is refused
run   cuxas-match bad/one-column.csv candidates
exit  1
err   ^cuxas-match: bad/one-column\.csv:
lines 1

case  a NaN is refused with its line
run   cuxas-match bad/nan.csv candidates
exit  1
err   ^cuxas-match: bad/nan\.csv:100:
lines 1

case  an infinity is refused with its line
run   cuxas-match bad/inf.csv candidates
exit  1
err   ^cuxas-match: bad/inf\.csv:100:
lines 1

case  a word instead of a number is refused with its line
run   cuxas-match bad/word.csv candidates
exit  1
err   ^cuxas-match: bad/word\.csv:100:
lines 1

case  a binary file is refused
run   cuxas-match bad/binary.csv candidates
exit  1
err   ^cuxas-match: bad/binary\.csv:.*binary
lines 1

case  a text without numbers is refused
run   cuxas-match bad/text.csv candidates
exit  1
err   ^cuxas-match: bad/text\.csv:
lines 1

case  too short a range is refused
needs model
run   cuxas-match bad/short.csv candidates
exit  1
err   ^cuxas-match: bad/short\.csv:
lines 1

case  too few points are refused
needs model
run   cuxas-match bad/few-points.csv candidates
exit  1
err   ^cuxas-match: bad/few-points\.csv:
lines 1

case  energies of another edge are refused
needs model
run   cuxas-match bad/other-edge.csv candidates
exit  1
err   ^cuxas-match: bad/other-edge\.csv:
lines 1

case  a flat curve is refused
needs model
run   cuxas-match bad/flat.csv candidates
exit  1
err   ^cuxas-match: bad/flat\.csv:
lines 1

case  a file that is not there is refused
run   cuxas-match bad/no-such-file.csv candidates
exit  1
err   ^cuxas-match: bad/no-such-file\.csv: cannot open
lines 1

case  a folder is no measured file
run   cuxas-match candidates candidates
exit  1
err   ^cuxas-match: candidates:
lines 1

case  a column that is not there is refused
run   cuxas-match --signal fluorescence good/columns.tsv
exit  1
err   ^cuxas-match: good/columns\.tsv:.*fluorescence
lines 1

case  energies in keV are recognised, told, and give the same numbers
needs model
run   cuxas-match good/scan.csv candidates --csv ev.csv --quiet
run   cuxas-match good/keV.csv candidates --csv kev.csv --quiet
out   keV
same  ev.csv kev.csv

case  the order of the lines does not matter
needs model
run   cuxas-match good/scan.csv candidates --csv up.csv --quiet
run   cuxas-match good/reversed.csv candidates --csv down.csv --quiet
same  up.csv down.csv

case  repeated energies are averaged
needs model
run   cuxas-match good/scan.csv candidates --csv once.csv --quiet
run   cuxas-match good/duplicates.csv candidates --csv twice.csv --quiet
same  once.csv twice.csv

case  blanks between columns do as well as commas
needs model
run   cuxas-match good/scan.csv candidates --csv commas.csv --quiet
run   cuxas-match good/blanks.dat candidates --csv blanks.csv --quiet
same  commas.csv blanks.csv

case  standard input is read as a file would be
needs model
run   cuxas-match good/scan.csv candidates --csv from-file.csv --quiet
run   cat good/scan.csv | cuxas-match - candidates --csv from-pipe.csv --quiet
same  from-file.csv from-pipe.csv

case  signal and I0 are divided
needs model
run   cuxas-match --signal TEY --i0 I0 good/columns.tsv candidates --quiet
out   i0 from column 2 \(I0\)

case  all digitised curves load as they are
needs shared
run   for f in "$SHARED"/literature/*.csv; do cuxas-match --inspect "$f" >/dev/null || echo "failed: $f"; done
no-out failed
lines 0

case  what speaks against a measurement stands in every report, before the ranking
needs model
run   awk -F, 'NR == 1 || $1 < 946 { print }' good/scan.csv >cut.csv
run   cuxas-match cut.csv candidates --json cut.json --html cut.html --markdown cut.md --quiet --no-plot
out   warning .*short scan: compared over
out   warning .*no L2 edge: the scan ends at
no-out detection mode not stated
run   cat cut.json
out   short scan: compared over
out   no L2 edge: the scan ends at
run   cat cut.html
out   short scan: compared over
out   no L2 edge: the scan ends at
run   cat cut.md
out   short scan: compared over

case  each doubt is told for a scan that gives reason to it
needs model
run   awk -F, 'NR == 1 || NR % 7 == 2 { print }' good/scan.csv >coarse.csv; cuxas-match coarse.csv candidates --quiet --json -
out   coarse scan: median step
run   awk -F, 'NR == 1 { print; next } { printf "%.2f,%s\n", $1 + 8, $2 }' good/scan.csv >off.csv; cuxas-match off.csv candidates --quiet --json -
out   is the energy axis off
run   awk -F, 'NR == 1 { print; next } { printf "%.3f,%s\n", 920 + 1.08 * ($1 - 920), $2 }' good/scan.csv >wide.csv; cuxas-match wide.csv candidates --quiet --json -
out   is the energy axis stretched
run   awk -F, 'NR == 1 { print; next } { x = (x * 1103 + 377) % 4001; printf "%.2f,%.5f\n", $1, $2 + 0.4 * (x / 4000 - 0.5) }' good/scan.csv >noisy.csv; cuxas-match noisy.csv candidates --quiet --json -
out   noisy scan: its range is
run   awk -F, 'NR == 1 { print; next } { printf "%.2f,%.5f\n", $1, 31 * $2 / (1 + 30 * $2) }' good/scan.csv >thick.csv; cuxas-match thick.csv candidates --quiet --json -
out   saturation or self-absorption suspected

case  the energy axis is tied to a standard of the same session, and that is told
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { printf "%.2f,%s\n", $1 - 0.8, $2 }' "$DATA/spectra/CuO_PFY.csv" >session-CuO.csv
run   awk -F, '/^#/ { next } $1 + 0 > 0 { printf "%.2f,%s\n", $1 - 0.8, $2 }' "$DATA/spectra/Cu2O.csv" >session-Cu2O.csv
run   cuxas-match session-Cu2O.csv candidates --calibrate session-CuO.csv=CuO_PFY --json axis.json --quiet --no-plot
out   on an axis moved by \+0\.80 eV
run   cuxas-match --replay axis.json --quiet
run   cat axis.json
out   "calibrate"
run   cuxas-match session-Cu2O.csv candidates --calibrate session-CuO.csv=Cu --quiet
exit  1
err   session-CuO.csv does not look like Cu
run   cuxas-match session-Cu2O.csv candidates --calibrate session-CuO.csv --quiet
exit  2
err   takes SCAN=COMPOUND

case  what lies under the edge is taken off, and that is told
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { print $1 "," $2 + 6 * ($1 / 900) ^ -20 }' "$DATA/spectra/Cu2O.csv" >losses.csv
run   cuxas-match losses.csv candidates --pre-edge power:925:931 --json - --quiet
out   "pre-edge"
out   "exponent":.*-(19|2[01])\.
run   cuxas-match losses.csv candidates --pre-edge power:925:931 --html losses.html --figure losses.svg --quiet --no-plot >/dev/null; grep -o 'figure class="pre-edge"' losses.html; grep -oE 'background, E\^-(19|2[01])[.0-9]+, fitted 925[.]0 to 931[.]0 eV' losses.html
out   ^figure class="pre-edge"$
out   ^background, E
run   cuxas-match losses.csv candidates --pre-edge none --html plain.html --quiet --no-plot >/dev/null; cat plain.html
no-out      figure class="pre-edge"
run   cuxas-match losses.csv candidates --pre-edge curve --quiet
exit  2
err   takes auto, none, line, power

case  an axis that is off is told where a measured spectrum would agree on another one
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { printf "%.1f,%.5f\n", $1 + 4, ($2 > 0 ? $2 ^ 0.8 : $2) }' "$DATA/spectra/CuO_PFY.csv" >off.csv
run   cuxas-match off.csv candidates --saturation none --quiet --no-plot
out   - If the energy axis reads [34][.][0-9] eV too high, the measured spectrum
out   The energy axis, tied to a standard
run   cuxas-match off.csv candidates --quiet --no-plot | tr -s '\n ' ' '
out   - Saturation: beside the measured spectrum CuO_PFY this one's white line is lowered
out   - The energy axis reads 4.0 eV higher than that of the measured spectrum CuO_PFY, with which it agrees\.
out   The energy axis, tied to a standard
run   cuxas-match "$DATA/spectra/CuO_PFY.csv" candidates --quiet --no-plot
no-out      energy axis reads
run   cuxas-match good/scan.csv candidates good/blanks.dat --quiet --no-plot
out   ^Answer +Cu\(0\), .*: blanks
no-out      energy axis

case  of two measurements of one compound the flattened one is named as that
needs model
run   cuxas-match "$DATA/spectra/CuO_TEY.csv" candidates "$DATA/structures/CuO.cif" --quiet --no-plot | tr -s '\n ' ' '
out   - Saturation: beside this scan the white line of the measured spectrum CuO_PFY is lowered by [0-9]+ %
no-out flattened; its own

case  a scan that falls before its edge is freed of that unasked, and gets the answer it has without
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { print $1 "," $2 }' "$DATA/spectra/CuO_TEY.csv" | awk -F, 'BEGIN { for (e = 915; e < 924.9; e += 0.2) printf "%.1f,%.4f\n", e, 3 - 0.012 * (e - 915) } { printf "%.1f,%.6f\n", $1, $2 + 3 - 0.012 * ($1 - 915) }' >falls.csv
run   cuxas-match falls.csv candidates --json falls.json --quiet --no-plot
out   ^Answer +Cu\(II\), in oxygen: CuO, which is not among the candidates: its measured spectrum agrees
out   warning   the curve falls before its edge: a line fitted from 91[0-9.]+ to 92[0-9.]+ eV was taken
run   cuxas-match --replay falls.json --quiet
run   sed '/"pre-edge":.*"auto",/d' falls.json >older.json; cuxas-match --replay older.json --quiet
exit  1
run   cuxas-match falls.csv candidates --pre-edge none --quiet --no-plot
no-out      falls before its edge

case  a scan that rises before its edge is freed of that unasked, where enough lies before the edge
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { print $1 "," $2 }' "$DATA/spectra/CuO_TEY.csv" | awk -F, 'BEGIN { for (e = 912; e < 924.9; e += 0.2) printf "%.1f,%.4f\n", e, 1 + 0.01 * (e - 912) } { printf "%.1f,%.6f\n", $1, $2 + 1 + 0.01 * ($1 - 912) }' >rises.csv
run   cuxas-match rises.csv candidates --json rises.json --html rises.html --quiet --no-plot; grep -o 'figure class="pre-edge"' rises.html
out   ^Answer +Cu\(II\), in oxygen: CuO, which is not among the candidates: its measured spectrum agrees
out   warning   the curve rises before its edge: a line fitted from 91[0-9.]+ to 92[0-9.]+ eV was taken
out   ^figure class="pre-edge"$
run   cuxas-match --replay rises.json --quiet
run   cat rises.json
out   "slope_per_eV":.*0\.0(09|10)
run   cuxas-match "$DATA/spectra/CuO_TEY.csv" candidates --quiet --no-plot
no-out      before its edge

case  how absorption was detected is told, as the signal's name or the user says
needs model
run   cuxas-match --signal TEY --i0 I0 good/columns.tsv candidates
out   detection: TEY
run   cuxas-match --detection PFY good/scan.csv candidates --html mode.html --json mode.json
out   detection: PFY
run   grep '"detection":' mode.json
out   PFY
run   grep -c 'detection: PFY' mode.html
out   ^1$
run   cuxas-match --detection XES good/scan.csv candidates
exit  2
err   is not one of file, TEY

case  energy losses are compared in the same way, whether by --eels or by --detection EELS
needs model
run   cuxas-match --eels good/scan.csv candidates --csv eels.csv --quiet
run   cuxas-match --detection EELS good/scan.csv candidates --csv mode.csv --quiet
same  eels.csv mode.csv

case  another element's edge is called by its name, where the energies say so
needs model
run   awk -F, '/^#/ { next } $1 + 0 > 0 { printf "%.2f,%s\n", $1 - 78.5, $2 }' "$DATA/spectra/Cu2O.csv" >ni.csv; cuxas-match ni.csv candidates
exit  1
err   do not meet the model's .*; is it the edge Ni L3\?
run   awk -F, '/^#/ { next } $1 + 0 > 0 { printf "%.2f,%s\n", $1 + 8047, $2 }' "$DATA/spectra/Cu2O.csv" >k.csv; cuxas-match k.csv candidates
exit  1
err   is it the edge Cu K\?

case  a file of another kind, a difference of two compounds or scans, and a name that is no text
run   printf 'VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\nNot Specified\n1\n2\n' >a.vms; cuxas-match --inspect a.vms
exit  1
err   a\.vms: a VAMAS file: export the spectrum as text
run   { echo 'energy CuO-Cu2O'; awk -F, '$1 + 0 > 0 { print $1, $2 }' good/scan.csv; } >two.dat; cuxas-match --inspect two.dat
exit  1
err   'CuO-Cu2O' is no absorption by its name
run   sed 's/CuO-Cu2O/scan12-scan14/' two.dat >scans.dat; cuxas-match --inspect scans.dat
exit  1
err   'scan12-scan14' is no absorption by its name
run   sed 's/CuO-Cu2O/Cu-L3/' two.dat >name.dat; cuxas-match --inspect name.dat
out   Cu-L3 .* signal
run   cp good/scan.csv "$(printf 'sc\344n.csv')"; cuxas-match --inspect "$(printf 'sc\344n.csv')"
out   ^file +sc�n\.csv$
