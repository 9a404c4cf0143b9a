# A folder that scans come into: merged by sample, the answer told when it changes, and when more scans change nothing.

case  scans of one sample are merged, and each sample has its answer
needs model
run   mkdir coming && for i in 1 2; do cp good/scan.csv coming/copper_00$i.csv; done && cp good/keV.csv coming/other.csv
run   cuxas-match --watch coming --once candidates --no-standards --quiet
out   ^copper: 2 scans: .*Cu
out   ^other: 1 scan: .*Cu

case  three scans that agree say that more will not change the answer
needs model
run   cp good/scan.csv coming/copper_003.csv
run   cuxas-match --watch coming --once candidates --no-standards --quiet
out   ^copper: 3 scans: .*Cu
out   ^copper: more scans like these will not change it\.$
out   ^  next: .*elements

case  reports of samples can be replayed
needs model
run   cuxas-match --watch coming --once --library candidates --no-standards -o watched --quiet >/dev/null && ls watched | tr '\n' ' '
out   copper\.csv copper\.html copper\.json other\.csv
run   cuxas-match --replay watched/copper.json
out   every result is identical

case  reports never take the place of scans, nor of other files unless that is asked for
needs model
run   cp coming/other.csv kept.csv && cuxas-match --watch coming --once candidates --no-standards -o ./coming --quiet
exit  1
err   coming: is the folder that is watched, reports would overwrite its scans: choose another --out-dir
same  coming/other.csv kept.csv
run   mkdir foreign && echo mine >foreign/other.csv && cuxas-match --watch coming --once candidates --no-standards -o foreign --quiet
err   foreign/other.csv: exists already \(--force overwrites\)
run   cat foreign/other.csv; echo '{}' >foreign/copper.json; cuxas-match --watch coming --once candidates --no-standards -o foreign --quiet
err   foreign/copper.json: exists already, and is no report
out   ^mine$
run   cuxas-match --watch coming --once candidates --no-standards -o foreign --quiet --force >/dev/null && cuxas-match --watch coming --once candidates --no-standards -o foreign --quiet
out   ^copper: 3 scans

case  energy losses among the scans get their own values, and those that come after them theirs
needs model
run   mkdir losses && { printf '#FORMAT : EMSA/MAS Spectral Data File\n#NPOINTS : 851\n#XUNITS : eV\n#DATATYPE : XY\n#SIGNALTYPE : ELS\n#SPECTRUM :\n'; tail -n +2 good/scan.csv; } >losses/a.msa && cp good/keV.csv losses/b.csv
run   cuxas-match --watch losses --once --library candidates --no-standards -o kinds --quiet >/dev/null
run   for scan in a.msa b.csv; do cuxas-match --no-standards losses/$scan candidates --quiet --no-plot --json ${scan%.*}.json || exit 1; done
same  a.json kinds/a.json
same  b.json kinds/b.json

case  while it watches it is quiet until something changes
needs model
run   cuxas-match --watch coming candidates --no-standards --quiet >watch.log 2>watch.err & p=$!; await $p grep -q '^other' watch.log; cp coming/copper_003.csv coming/copper_004.csv; cp good/reversed.csv coming/zinc.csv; await $p grep -q '^zinc' watch.log; kill $p; cat watch.log
out   ^copper: 3 scans: .*Cu
out   ^zinc: 1 scan: .*Cu
no-out ^copper: 4

case  a file that is no scan is told and left out
needs model
run   echo hello >coming/log.txt
run   cuxas-match --watch coming --once candidates --no-standards --quiet
err   coming/log\.txt: no table of numbers
out   ^copper: 4 scans: .*Cu

case  what makes no sense is said before the work
run   cuxas-match --watch coming --once --html x.html candidates
exit  2
err   --html and --watch do not go together
run   cuxas-match --watch nowhere --once candidates
exit  1
err   nowhere: cannot be looked into

case  a scan that grows, one that goes, and a folder that is away for a while
needs model
run   mkdir slow && cuxas-match --watch slow candidates --no-standards --quiet >slow.log 2>slow.err & p=$!; for n in 40 90 140; do head -n $n good/scan.csv >slow/x_1.csv; sleep 1.3; done; cp good/scan.csv slow/x_1.csv; await $p grep -q '^x: 1 scan: .*Cu' slow.log; mv slow away; await $p grep -q 'cannot be looked into' slow.err; mv away slow; cp good/scan.csv slow/y.csv; await $p grep -q '^y' slow.log; rm slow/x_1.csv; await $p grep -q 'no scan any more' slow.log; kill $p; cat slow.log slow.err
out   ^x: 1 scan: .*Cu
out   ^y: 1 scan: .*Cu
out   ^x: no scan any more
out   slow: cannot be looked into
no-out ^y: no scan
