# Candidates: one bad file among good ones is skipped and told, never fatal unless asked for.

case  a good match is done: table, verdict, exit code 0
needs model
run   cuxas-match good/scan.csv candidates
out   ^rank  name
out   ^   1  
out   ^How far to trust this
out   \[ok\]$
lines 0

case  every line of the report fits in 100 columns
needs model
run   cuxas-match --plot good/scan.csv candidates
no-out ^.{101}

case  without candidates the bundled library is searched
needs model candidates
run   cuxas-match good/scan.csv --top 3 --quiet
out   more \(--top\)

case  an impossible occupancy is skipped with its reason, the rest is done
needs model
run   cuxas-match good/scan.csv one-bad
exit  3
out   one-bad/overfull\.cif.*occupancy
err   1 of 5 candidates skipped
lines 1

case  --strict makes a skipped candidate a failure
needs model
run   cuxas-match --strict good/scan.csv one-bad --json strict.json
exit  1
err   overfull\.cif
no-file strict.json

case  --quiet says nothing about skipped candidates on stderr
needs model
run   cuxas-match --quiet good/scan.csv one-bad
exit  3
lines 0

case  --verbose says what was read, which model, and why a candidate was skipped; the results stay the same
needs model
run   cuxas-match --verbose good/scan.csv one-bad >verbose.txt
exit  3
err   851 points read
err   model cu-l23, sha256 [0-9a-f]{64}
err   5 candidates: 4 compared, 0 excluded by composition, 1 skipped
err   skipped: one-bad/overfull\.cif.*occupancy
run   cuxas-match --quiet good/scan.csv one-bad >quiet.txt
exit  3
same  verbose.txt quiet.txt

case  a structure without the absorber is told
needs model
run   cuxas-match good/scan.csv candidates bad/no-copper.cif
exit  3
out   no-copper\.cif.*Cu

case  a CIF without a cell is told
needs model
run   cuxas-match good/scan.csv candidates bad/no-cell.cif
exit  3
out   no-cell\.cif.*_cell_length_a

case  an unknown element is told
needs model
run   cuxas-match good/scan.csv candidates bad/unknown-element.cif
exit  3
out   unknown-element\.cif.*Xx

case  atoms on top of each other are told
needs model
run   cuxas-match good/scan.csv candidates bad/too-close.cif
exit  3
out   too-close\.cif

case  a broken CIF is told
needs model
run   cuxas-match good/scan.csv candidates bad/broken.cif
exit  3
out   broken\.cif

case  no usable candidate at all is a failure
needs model
run   cuxas-match good/scan.csv bad/overfull.cif
exit  1
err   occupancy
err   none was left

case  an empty folder of candidates is a failure
needs model
run   cuxas-match good/scan.csv empty
exit  1
err   ^cuxas-match: .*empty
lines 1

case  a candidate path that is not there is a failure
needs model
run   cuxas-match good/scan.csv candidates/no-such.cif
exit  1
err   ^cuxas-match: candidates/no-such\.cif:
lines 1

case  --elements leaves out what has others, without calling it a failure
needs model
run   cuxas-match --elements Cu,O good/scan.csv candidates
out   2 left out by composition
no-out ^ +[0-9]+  CuZn
lines 0

case  --require keeps only what has the element
needs model
run   cuxas-match --no-standards --require Zn good/scan.csv candidates
out   ^   1  CuZn
no-out ^   2

case  --exclude leaves out what has the element
needs model
run   cuxas-match --exclude Zn good/scan.csv candidates
no-out ^ +[0-9]+  CuZn

case  a composition that no candidate has is a failure
needs model
run   cuxas-match --require Au good/scan.csv candidates
exit  1
err   no candidate is left
lines 1

case  a spectrum is a candidate too; against itself it is perfect
needs model
run   cuxas-match good/scan.csv candidates good/scan.csv
out   ^   1  scan  .* 0\.000 +1\.000 +[+-]0\.00 .* S

case  FEFF's xmu.dat is a candidate; like a prediction it is looked for around the shift of simulations
needs model
run   cuxas-match --fwhm 0 --smooth 0 good/scan.csv candidates good/xmu.dat
out   ^   1  xmu  .* 0\.000 +1\.000 +-2\.50 .* S

case  a structure far from the training set is flagged, and the report says how far
needs model
run   cuxas-match good/scan.csv far --json far.json
out   ^   1  squeezed .* D
out   outside the training domain
run   grep -cE '"flag":[[:space:]]*"outside"' far.json
out   ^1$

case  a model file that is none is refused
run   cuxas-match --model good/scan.csv good/scan.csv candidates
exit  1
err   ^cuxas-match: good/scan\.csv:
lines 1

case  a data folder without a model is told
run   cuxas-match --data empty good/scan.csv candidates
exit  1
err   empty/models/cu-l23\.cuxas: not there
lines 1

case  --unconstrained ranks what --exclude left out beside what it kept
needs model
run   cuxas-match --exclude Zn --unconstrained good/scan.csv candidates --json whole.json --html whole.html --markdown whole.md
out   ^Whatever the elements \(4 compared\)
out   ^ +[0-9]+  CuZn .* -$
out   ^ +[0-9]+  Cu2O .* [1-3]$
run   grep -c '"rank_known":' whole.json
out   ^4$
run   grep -c '"rank_known":	null' whole.json
out   ^[1-3]$
run   cat whole.html whole.md
out   <h2 id="unconstrained">
out   ^## Whatever the elements

case  the ranking of all is the one without a composition
needs model python3
run   cuxas-match good/scan.csv candidates --json free.json --quiet; cuxas-match --exclude Zn --unconstrained good/scan.csv candidates --json beside.json --quiet
run   python3 -c 'import json; a, b = (json.load(open(f))[m] for f, m in (("free.json", "candidates"), ("beside.json", "unconstrained"))); print(len(b), all(x[k] == y[k] for x, y in zip(a, b) for k in ("rank", "name", "sha256", "score", "mae", "shift_eV", "p_value", "e_value")))'
out   ^4 True$

case  without anything left out there is no second ranking
needs model
run   cuxas-match --unconstrained good/scan.csv candidates --json none.json
no-out Whatever the elements
run   grep -c '"unconstrained":	null' none.json
out   ^1$

case  --standards compares with measured spectra, and knows the measurement itself
needs model validation
run   cuxas-match --standards "$DATA"/spectra/CuO.csv candidates --json standards.json
out   ^Measured standards \(13 compared\)
out   ^   1  CuO .* 0\.000 +1\.000 +[+-]0\.00  the same measurement$
no-out ^   2 .*the same measurement
run   grep -c '"same_measurement":	true' standards.json
out   ^1$
run   grep -c 'refdb:spectra/' standards.json
out   ^13$
run   cuxas-match --replay standards.json --quiet
out   every result is identical

case  one compound in two detection modes: the white line is told to be lowered, unless that is not asked for
needs model validation python3
run   cuxas-match "$DATA"/spectra/CuO_PFY.csv "$DATA"/structures/CuO.cif --simulate 0 --json modes.json
out   - Saturation: beside the measured spectrum CuO_TEY 
out   ^   2  CuO_TEY .* saturation allowed for$
run   cuxas-match "$DATA"/spectra/CuO_PFY.csv "$DATA"/structures/CuO.cif --simulate 0 --saturation none --json plain.json
no-out [Ss]aturation: |allowed for
run   python3 -c 'import json; a = [{c["name"]: c for c in json.load(open(f + ".json"))["standards"]["candidates"]} for f in ("modes", "plain")]; print(a[0]["CuO_TEY"]["score"] > a[1]["CuO_TEY"]["score"] + 10, a[0]["CuO_TEY"]["mae"] < 0.5 * a[1]["CuO_TEY"]["mae"], 0.05 < a[0]["CuO_TEY"]["saturation"]["s"] < 0.1, "saturation" in a[1]["CuO_TEY"], "lowered" in str(a[0]["CuO_TEY"]["warnings"]))'
out   ^True True True False True$
run   cuxas-match --replay modes.json --quiet
out   every result is identical

case  an existing report of a batch counts only with the rankings that were asked for
needs model validation
run   cuxas-match --standards --exclude Zn --unconstrained good/scan.csv --library candidates -o beside --quiet
run   cuxas-match --standards --exclude Zn --unconstrained good/scan.csv --library candidates -o beside
err   0 matched, 1 kept
run   cuxas-match --exclude Zn good/scan.csv --library candidates -o beside
exit  1
err   with other settings
run   cuxas-match --standards --exclude Zn --unconstrained good/scan.csv candidates --json alone.json
same  alone.json beside/scan.json

case  refdb: names a bundled file in every program, the measured file and options included
needs model validation
run   cuxas-match --inspect refdb:spectra/CuO
out   ^file +.*/spectra/CuO\.csv$
run   cuxas-match --inspect refdb:CuO_TEY --merge refdb:spectra/CuO.csv
out   ^merged 2 .*CuO\.csv
run   cuxas-match refdb:CuO refdb:structures/CuO refdb:Cu2O --json bundled.json --quiet && cuxas-match --replay bundled.json
out   identical
run   cuxas-refdb structure refdb:CuO --name CuO --output bundled.cif && cat bundled.cif
out   ^data_CuO$
run   cuxas-refdb spectrum refdb:CuO --output bundled.csv && tail -n 1 bundled.csv
out   ^999\.6,
run   cuxas-model info refdb:models/cu-l23.cuxas
out   ^name +cu-l23$
run   cuxas-validate --no-answer --spectra refdb:spectra --structures refdb:structures
out   ^Cu2O +
run   cuxas-match refdb:none candidates
exit  1
err   ^cuxas-match: refdb:none: no file, spectrum, model or library of the bundled data

case  a scan that begins too late is told for what it is, with its file
needs model
run   awk -F, 'NR == 1 || $1 > 938' good/scan.csv >between.csv; cuxas-match between.csv candidates
exit  1
err   ^cuxas-match: between\.csv: the scan begins at 938\.[0-9] eV, and its first edge, at 95[01]\.[0-9] eV, can only be L2
lines 1
run   awk -F, 'NR == 1 || $1 > 960' good/scan.csv >behind.csv; cuxas-match behind.csv candidates
exit  1
err   ^cuxas-match: behind\.csv: the scan begins at 960\.[0-9] eV, behind the L3 edge

case  structures of other programs are called by their names
needs model
run   printf 'ATOMIC_SPECIES\nCu 63.5 Cu.upf\nATOMIC_POSITIONS crystal\nCu 0 0 0\n' >pw.in; cuxas-predict pw.in
exit  1
err   pw\.in: not a structure format that is read \(input of Quantum ESPRESSO\)
run   printf '%%BLOCK LATTICE_ABC\n3 3 3\n90 90 90\n%%ENDBLOCK LATTICE_ABC\n' >x.cell; cuxas-predict x.cell
exit  1
err   x\.cell: not a structure format that is read \(CASTEP \.cell\)

case  the bundled digitised curves are what the program makes of the points, jumps of the digitised line included
needs model validation shared
run   for path in "$SHARED"/literature/*.csv; do name=$(basename "$path" .csv); cuxas-refdb spectrum "$path" --keep-spikes --source "$name: digitised curve published with Gleason, Lu and Ciston, npj Comput. Mater. 10, 221 (2024)" -o "own-$name.csv" && cmp "own-$name.csv" "$DATA/spectra/$name.csv" && echo same; done | grep -c same
out   ^11$
