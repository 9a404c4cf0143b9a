# How much scores are worth: backgrounds, p-values, groups.

case  the bundled background belongs to the bundled model
needs model candidates
run   cuxas-match good/scan.csv candidates --background "$DATA/models/cu-l23.background" --csv named.csv --quiet
run   cuxas-match good/scan.csv candidates --csv found.csv --quiet
same  named.csv found.csv

case  a background that is made anew gives the same numbers, but for the digits that processors do not share
needs model candidates
run   cuxas-refdb background "$DATA/candidates" -o made.background
err   242 spectra of 242 candidates
run   cuxas-match good/scan.csv candidates --background made.background --csv made.csv --quiet
run   cuxas-match good/scan.csv candidates --csv bundled.csv --quiet
alike made.csv bundled.csv

case  without a file beside the model the bundled candidates are predicted, with the same numbers
needs model candidates
run   cp "$DATA/models/cu-l23.cuxas" lonely.cuxas; cuxas-match good/scan.csv candidates --model lonely.cuxas --csv lonely.csv --quiet
run   cuxas-match good/scan.csv candidates --csv bundled2.csv --quiet
alike lonely.csv bundled2.csv

case  a report is replayed as well where BLAS has another kernel, and says that last digits may differ
needs model
run   cuxas-match good/scan.csv candidates --json there.json --quiet
run   OPENBLAS_CORETYPE=SANDYBRIDGE cuxas-match --replay there.json --quiet
out   every result is identical
run   OPENBLAS_CORETYPE=PRESCOTT cuxas-match --replay there.json --quiet
out   every result is identical

case  without a background there are no p-values, and everything else is there
needs model
run   cuxas-match good/scan.csv candidates --background none --quiet --no-plot
out   ^   1
no-out  p      E
no-out unrelated

case  a file that is no background is refused
needs model
run   cuxas-match good/scan.csv candidates --background good/scan.csv --quiet
exit  1
err   scan\.csv: not a model file
lines 1

case  a model is no background
needs model
run   cuxas-match good/scan.csv candidates --background "$DATA/models/cu-l23.cuxas" --quiet
exit  1
lines 1

case  another seed changes the support and nothing else
needs model
run   cuxas-match good/scan.csv candidates --seed 1 --csv - --quiet | cut -d, -f 1-26,29- >one.csv
run   cuxas-match good/scan.csv candidates --seed 2 --csv - --quiet | cut -d, -f 1-26,29- >two.csv
same  one.csv two.csv

case  a background needs 50 structures
needs model
run   cuxas-refdb background candidates -o few.background
exit  1
err   too few for a background
no-file few.background

case  a mixture stands in every report, and is never called a fraction of atoms
needs model
run   cuxas-match good/scan.csv candidates --mixture 2 --json mixed.json --markdown mixed.md --html mixed.html --quiet --no-plot
out   ^Mixture
out   atomic fractions
run   cat mixed.json mixed.md mixed.html
out   "mixture":
out   "share":
out   ^## Mixture
out   id="mixture"
run   cuxas-match --replay mixed.json --quiet

case  a mixture of standards stands in a section of its own; the measurement itself is no component
needs model
run   cuxas-match "$DATA/spectra/CuO.csv" candidates --smooth 0 --mixture 2 --json standards.json --quiet --no-plot
out   ^Mixture of measured standards
out   12 standards
run   cat standards.json
out   "standards_mixture":
out   "verdict":.*"(one|several|found)"
out   "shift_eV":
out   "more_rivals":
run   cuxas-match --replay standards.json --quiet

case  without --mixture there is none
needs model
run   cuxas-match good/scan.csv candidates --json - --quiet
out   "mixture":.*null

case  a mixture of two measured spectra is the answer, with its shares, unless it is not asked for; its elements must be possible
needs model
run   awk -F, 'FNR == 1 { n++ } $1 + 0 > 0 && n == 1 { first[$1] = $2 } $1 + 0 > 0 && n == 2 && $1 in first { print $1 "," 0.6 * first[$1] / 0.54 + 0.4 * $2 / 0.26 }' "$DATA/spectra/Cu2O.csv" "$DATA/spectra/CuO.csv" >mixed.csv
run   cuxas-match mixed.csv candidates --json sum.json --quiet --no-plot
out   ^Answer +A mixture of Cu2O \((59|60|61) %, .* and CuO
out   ^Mixture of measured standards
out   where the standard CuO_PFY ends
run   cat sum.json
out   "kind":.*"mixture"
out   "seen_from":
run   cuxas-match --replay sum.json --quiet
run   cuxas-match mixed.csv candidates --mixture 0 --quiet --no-plot
no-out  A mixture of
run   cuxas-match mixed.csv candidates --elements Cu,S --quiet --no-plot
no-out  A mixture of

case  where a single standard does nearly as well a second compound is said to be possible
needs model
run   awk -F, 'FNR == 1 { n++ } $1 + 0 > 0 && n == 1 { first[$1] = $2 } $1 + 0 > 0 && n == 2 && $1 in first { print $1 "," 0.5 * first[$1] / 0.64 + 0.5 * $2 / 0.102 + 0.1 * sin(1000 * $1) }' "$DATA/spectra/Cu2O.csv" "$DATA/spectra/CuO_TEY.csv" >even.csv
run   cuxas-match even.csv candidates --quiet --no-plot
out   a mixture with|A mixture is possible

case  one's own spectra among the candidates are components, several of one compound one
needs model
run   cuxas-match mixed.csv "$DATA/spectra/CuO.csv" "$DATA/spectra/CuO_PFY.csv" "$DATA/spectra/Cu2O.csv" --no-standards --quiet --no-plot
out   ^Answer +A mixture of Cu2O
no-out  Simulated from first principles

case  one compound is no mixture, and what else would have been seen is told
needs model
run   cuxas-match "$DATA/spectra/CuO_PFY.csv" candidates --elements Cu,O --quiet --no-plot --json pure.json
no-out  A mixture of
run   cat pure.json
out   "seen_from":

case  --eels sets what is not given
needs model
run   cuxas-match good/scan.csv candidates --eels --fwhm 2 --json - --quiet
out   "smooth":.*0\.3
out   "fwhm":.*2
out   "shift-window":.*8
run   cuxas-match "$DATA/spectra/CuO_PFY.csv" candidates --eels --json loss.json --quiet --no-plot; cat loss.json
out   "shift-center":.*-2\.9
run   cuxas-match --replay loss.json --quiet

case  only the normalisation that was used is listed, by one name
needs model
run   for how in "--normalise edge" "--scale edge-step"; do cuxas-match $how good/scan.csv candidates --simulate 0 --quiet --no-plot --json used.json --html used.html --markdown used.md --force >used.txt && grep -hoE '(normalise|scale)"?: *"[a-z-]+"|(normalise|scale) &quot;[a-z-]+|(normalise|scale) "[a-z-]+' used.json used.html used.md; done
no-out scale
no-out minmax
out   normalise.*edge
run   cuxas-match --normalise minmax --scale area good/scan.csv candidates
exit  2
err   --scale area is --normalise area: it cannot stand beside --normalise minmax

case  the normalisation is named, and changes no score
needs model
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --simulate 0 --normalise area --quiet --no-plot
out   ^Settings    both curves normalised to equal areas
run   for how in none area edge minmax; do cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --simulate 0 --normalise $how --quiet --no-plot --csv all-$how.csv && cut -d, -f 2,6,11 all-$how.csv >norm-$how.csv; done
same  norm-none.csv norm-area.csv
same  norm-none.csv norm-edge.csv
same  norm-none.csv norm-minmax.csv
