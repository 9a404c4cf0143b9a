# How much scores are worth: backgrounds, p-values, groups.

case  the bundled background belongs to the bundled model
needs model candidates
run   cuxas-match good/scan.csv candidates --background "$DATA/models/cu-l23.background" --csv named.csv --quiet
run   cuxas-match good/scan.csv candidates --csv found.csv --quiet
same  named.csv found.csv

case  a background that is made anew gives the same numbers, but for the digits that processors do not share
needs model candidates
run   cuxas-refdb background "$DATA/candidates" -o made.background
err   230 spectra of 230 candidates
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

case  --eels sets what is not given
needs model
run   cuxas-match good/scan.csv candidates --eels --fwhm 2 --json - --quiet
out   "smooth":.*0\.3
out   "fwhm":.*2
out   "shift-window":.*8
