# Wrong usage is exit code 2 and one line on stderr; help and version go to stdout.

case  --help teaches: usage, sections, defaults, examples
run   cuxas-match --help
out   ^Usage: cuxas-match
out   ^Comparison:
out   default 0\.2
out   ^Examples:
out   ^Exit codes:
lines 0

case  every line of --help fits in 100 columns
run   for program in cuxas-match cuxas-predict cuxas-validate; do $program --help; done
no-out ^.{101}

case  an option that counts once is refused when it is given twice with two values
run   cuxas-match --signal TEY --signal=TFY scan.csv
exit  2
err   ^cuxas-match: --signal is given twice, 'TEY' and 'TFY': only one can count
lines 1

case  --version names program and version
run   cuxas-match --version
out   ^cuxas-match \(CuXAS\) [0-9]+\.[0-9]+\.[0-9]+$

case  --list-options prints one name a line
run   cuxas-match --list-options
out   ^shift-window$
no-out [^a-z0-9-]

case  every command can be told to be quiet
run   for p in cuxas-refdb cuxas-model; do $p --help | sed -n 's/^  \([a-z][a-z0-9-]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' | while read -r c; do echo "$c"; $p $c --list-options | grep -qx quiet || echo "$p $c is not"; done; done
out   ^library check$
out   ^join$
no-out is not$

case  an unknown option is refused with the nearest one
run   cuxas-match --shift-windw 3 good/scan.csv
exit  2
err   no option '--shift-windw'; did you mean '--shift-window'\?
lines 1

case  an option that is near nothing is refused without a guess
run   cuxas-match --frobnicate good/scan.csv
exit  2
err   no option '--frobnicate' \(see
lines 1

case  a mistyped choice is refused with the nearest one
run   cuxas-match --scale minmix good/scan.csv
exit  2
err   --scale: 'minmix' is not one of minmax.*did you mean 'minmax'\?
lines 1

case  a number outside its range is refused
run   cuxas-match --fwhm 99 good/scan.csv
exit  2
err   --fwhm: '99' is not one of fit, model, 0:20
lines 1

case  a number that is none is refused
run   cuxas-match --smooth much good/scan.csv
exit  2
err   --smooth: 'much' is not a number

case  NaN is no number for an option
run   cuxas-match --smooth nan good/scan.csv
exit  2
err   --smooth: 'nan' is not a number

case  a fraction of a candidate cannot be shown
run   cuxas-match --top 2.5 good/scan.csv
exit  2
err   --top: '2.5' is not a whole number

case  a falling range is refused
run   cuxas-match --range 980:930 good/scan.csv
exit  2
err   --range: 980:930 is not a rising range

case  a value for a flag is refused
run   cuxas-match --invert=yes good/scan.csv
exit  2
err   --invert takes no value

case  a missing value is refused
run   cuxas-match good/scan.csv --json
exit  2
err   --json needs a value, FILE

case  no measured file is wrong usage
run   cuxas-match
exit  2
err   no measured file
lines 1

case  an unknown element symbol is wrong usage
needs model
run   cuxas-match --elements Cu,Xx good/scan.csv candidates
exit  2
err   --elements: .*Xx
lines 1

case  two outputs cannot both be standard output
needs model
run   cuxas-match --json - --csv - good/scan.csv candidates
exit  2
err   only one output can be standard output

case  --spectra and --structures of cuxas-validate go together
needs model
run   cuxas-validate --spectra good
exit  2
err   go together

case  -- ends the options
run   cuxas-match --inspect -- --no-such-option
exit  1
err   --no-such-option: cannot open

case  where address space is limited, a program says so in a line and ends, or works with fewer threads
needs model plain
run   (ulimit -v 150000 && timeout 1800 cuxas-match -q -t 2 "$DATA/spectra/CuO.csv" "$DATA/structures/CuO.cif")
exit  1
err   ^cuxas-match: address space is limited \(ulimit -v\): no memory$
lines 1
run   (ulimit -v 600000 && timeout 1800 cuxas-match -q -t 64 "$DATA/spectra/CuO.csv" "$DATA/structures/CuO.cif") >limited.txt; cuxas-match -q -t 1 "$DATA/spectra/CuO.csv" "$DATA/structures/CuO.cif" >free.txt
same  limited.txt free.txt

case  a file that may not grow is told like a full disk, and nothing is left of it
needs model plain
run   (ulimit -f 4; GCOV_PREFIX=$PWD/grown-gcov cuxas-match -q -t 1 --background none --no-standards --json grown.json "$DATA/spectra/CuO.csv" "$DATA/structures/CuO.cif"); code=$?; ls grown.* 2>/dev/null; exit $code
exit  1
err   grown.json: cannot write: File too large
no-out grown

case  help that cannot be written is an error
run   cuxas-match --help >/dev/full
exit  1
err   standard output: cannot write

case  no result replaces the file that it was made of, not even with --force
needs model
run   cp good/scan.csv measured.csv; cuxas-match --force --quiet --csv ./measured.csv measured.csv candidates
exit  1
err   measured.csv: is read, and would be overwritten: choose another name
same  measured.csv good/scan.csv
run   cp "$DATA/structures/CuO.cif" own.cif; cp own.cif kept.cif; cuxas-predict --force --quiet --csv own.cif own.cif
exit  1
err   own.cif: is read, and would be overwritten
same  own.cif kept.cif

case  no result replaces a structure of a folder that is read, nor what an option names, nor a model that it is made with
needs model
run   mkdir mine; cp kept.cif mine/CuO.cif; cuxas-match --force --quiet --json mine/CuO.cif good/scan.csv mine
exit  1
err   mine/CuO.cif: is read, and would be overwritten: choose another name
run   cuxas-predict --force --quiet --csv mine/CuO.cif mine
exit  1
err   mine/CuO.cif: is read
run   cuxas-refdb library --force -o mine/CuO.cif mine
exit  1
err   mine/CuO.cif: is read
same  mine/CuO.cif kept.cif
run   cp good/scan.csv further.csv; cuxas-match --force --quiet --csv further.csv --merge further.csv good/scan.csv mine
exit  1
err   further.csv: is read
same  further.csv good/scan.csv
run   cp "$DATA/models/cu-l23.cuxas" own.cuxas; cp own.cuxas kept.cuxas; cuxas-refdb background --force --model own.cuxas -o own.cuxas mine
exit  1
err   own.cuxas: is read
run   cuxas-model join --force -o own.cuxas own.cuxas
exit  1
err   own.cuxas: is read
same  own.cuxas kept.cuxas

case  a report beside the candidates of a folder is no candidate, and is replaced with --force
needs model
run   cuxas-match --quiet --no-standards --background none --json mine/report.json good/scan.csv mine && cuxas-match --force --quiet --no-standards --background none --json mine/report.json good/scan.csv mine
file  mine/report.json
run   cuxas-predict --quiet --csv mine/all.csv mine && cuxas-predict --force --quiet --csv mine/all.csv mine/CuO.cif
file  mine/all.csv
