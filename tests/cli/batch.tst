# Many scans against one library: the reports that each would get alone, an overview, failures passed over, work not done twice.

case  a batch gives every scan the reports that it would get alone, byte for byte
needs model
run   cuxas-match good/scan.csv good/columns.tsv --signal TEY --library one-bad -o out --quiet
exit  3
run   cuxas-match --signal TEY good/columns.tsv one-bad --json alone.json --csv alone.csv --html alone.html --quiet
exit  3
same  alone.json out/columns.json
same  alone.csv out/columns.csv
same  alone.html out/columns.html

case  so it does where energy losses are among the scans: each kind has its own values, and is kept when it is up to date
needs model
run   { printf '#FORMAT : EMSA/MAS Spectral Data File\n#NPOINTS : 851\n#XUNITS : eV\n#DATATYPE : XY\n#SIGNALTYPE : ELS\n#SPECTRUM :\n'; tail -n +2 good/scan.csv; } >loss.msa
run   cuxas-match loss.msa good/scan.csv good/keV.csv --library candidates -o kinds --quiet
run   for scan in loss.msa good/scan.csv good/keV.csv; do name=$(basename ${scan%.*}); cuxas-match $scan candidates --json $name-alone.json --csv $name-alone.csv --html $name-alone.html --quiet --no-plot || exit 1; done
same  loss-alone.json kinds/loss.json
same  loss-alone.csv kinds/loss.csv
same  loss-alone.html kinds/loss.html
same  scan-alone.json kinds/scan.json
same  keV-alone.json kinds/keV.json
run   grep -o '"smooth":.*' kinds/loss.json kinds/keV.json
out   loss.json:"smooth":.*0\.3,
out   keV.json:"smooth":.*0\.2,
run   grep -c 'shift-criterion' kinds/overview.html; grep -c 'smooth' kinds/overview.html; true
out   ^1$
out   ^0$
run   cuxas-match loss.msa good/scan.csv good/keV.csv --library candidates -o kinds
err   3 scans: 0 matched, 3 kept, 0 failed

case  what a configuration or a report says of smoothing stays for energy losses, too
needs model
run   echo '{"smooth": 0.1}' >smooth.json; cuxas-match loss.msa good/scan.csv --config smooth.json --library candidates -o smooth --quiet
run   cuxas-match --config smooth.json loss.msa candidates --json smooth-alone.json --quiet --no-plot
same  smooth-alone.json smooth/loss.json
run   grep -h '"smooth":' smooth/loss.json smooth/scan.json
no-out :.0\.[^1]
run   cuxas-match loss.msa candidates --smooth 0.1 --json given.json --quiet --no-plot && cuxas-match --replay given.json
out   every result is identical

case  so it does with one shift for all candidates and a measured standard among them
needs model
run   cuxas-match good/scan.csv good/keV.csv --shift common -l candidates -l good/reversed.csv -o common --quiet
run   cuxas-match --shift common good/keV.csv candidates good/reversed.csv --json common.json --quiet
same  common.json common/keV.json

case  a report of a batch can be replayed
needs model
run   cuxas-match --replay out/columns.json
out   every result is identical

case  the overview has a row for every scan, as CSV, page and text
needs model
run   cuxas-match good/scan.csv good/keV.csv --library candidates -o overview --quiet
out   ^scan +best +MAE
out   ^keV +
run   head -n 2 overview/overview.csv
out   ^scan,best,formula,mae,spearman,margin,next,shift_eV,verdict,
out   ^good/scan\.csv,[A-Za-z0-9_]+,[A-Za-z0-9]+,0\.[0-9]+,
run   grep -c 'href="keV.html"' overview/overview.html
out   ^1$
run   awk 'length > 100' overview/overview.csv | head -n 1

case  scans that fail are told and passed over
needs model
run   cuxas-match bad/nan.csv good/scan.csv nowhere.csv --library candidates -o partly
exit  3
err   bad/nan\.csv:100: 
err   nowhere\.csv: cannot open
err   3 scans: 1 matched, 0 kept, 2 failed; partly/overview\.html
lines 3
file  partly/scan.json
no-file partly/nan.json
run   cat partly/overview.csv
out   ^bad/nan\.csv,,,,,,,,,,,,,.*bad/nan\.csv:100

case  the folder may have folders above it that are not there yet, and a slash at its end
needs model
run   cuxas-match good/scan.csv --library candidates -o "$PWD/deep/er/"
err   1 scan: 1 matched, 0 kept, 0 failed; /.*/deep/er/overview\.html
file  deep/er/scan.json

case  a damaged report does not block its scan: it is told and written anew, a foreign file is not
needs model
run   cuxas-match good/scan.csv --library candidates -o damaged --quiet && cp damaged/scan.json whole.json
run   head -c 3000 whole.json >damaged/scan.json; cuxas-match good/scan.csv --library candidates -o damaged
err   damaged/scan\.json: damaged, written anew
same  damaged/scan.json whole.json
run   : >damaged/scan.json; cuxas-match good/scan.csv --library candidates -o damaged --quiet
same  damaged/scan.json whole.json
run   echo '{"mine": 1' >damaged/scan.json; cuxas-match good/scan.csv --library candidates -o damaged --quiet
exit  1
err   exists already, and is no report
run   cat damaged/scan.json
out   ^[{]"mine": 1$

case  when every scan fails, so does the batch
needs model
run   cuxas-match bad/nan.csv bad/empty.csv --library candidates -o none --quiet
exit  1
no-file none/overview.csv

case  a batch that is run again keeps what is up to date, and its overview
needs model
run   cuxas-match good/scan.csv good/keV.csv --library one-bad -o again --quiet
exit  3
run   cp again/overview.csv first.csv; cp again/overview.html first.html; touch -d '2001-01-01' again/*.json
run   touch -d '2000-01-01' one-bad/*; cuxas-match good/scan.csv good/keV.csv --library one-bad -o again
exit  3
err   2 scans: 0 matched, 2 kept, 0 failed
same  first.csv again/overview.csv
same  first.html again/overview.html
run   find again -name '*.json' -newermt 2002-01-01 | wc -l
out   ^0$

case  what misses is done, also when a run was stopped in the middle of a scan
needs model
run   cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped --quiet; cp stopped/keV.html before.html
run   rm stopped/keV.html; cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped
err   2 scans: 1 matched, 1 kept, 0 failed
same  stopped/keV.html before.html

case  a report that was edited is not taken for one of a match, nor overwritten
needs model
run   cp stopped/keV.json whole.json; sed -i -E 's/("mae":[[:space:]]*)[0-9.]+/\10.0001/' stopped/keV.json; cp stopped/keV.json edited.json; cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped
exit  3
err   2 scans: 0 matched, 1 kept, 1 failed
err   ^cuxas-match: good/keV\.csv: stopped/keV\.json: exists already, and was changed since it was written \(--force overwrites\)$
same  stopped/keV.json edited.json
run   cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped --force --quiet; cd stopped; sha256sum -c overview.sha256 && wc -l <overview.sha256
out   ^2$
same  stopped/keV.json whole.json

case  a report that nobody has a checksum of is written anew, and said so; a foreign list is no list
needs model
run   sed -i /keV/d stopped/overview.sha256; cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped
err   ^cuxas-match: stopped/keV\.json: without a checksum in overview\.sha256, written anew$
err   2 scans: 1 matched, 1 kept, 0 failed
same  stopped/keV.json whole.json
run   printf 0123abc >stopped/overview.sha256; cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped
err   2 scans: 2 matched, 0 kept, 0 failed
same  stopped/keV.json whole.json
run   cd stopped && sha256sum -c --strict overview.sha256
run   echo notes >stopped/overview.sha256; cuxas-match good/scan.csv good/keV.csv --library candidates -o stopped
exit  1
err   stopped/overview\.sha256: exists already and is no list of checksums
lines 1

case  a report of other settings is not overwritten
needs model
run   cuxas-match good/scan.csv --library candidates -o other --quiet; cp other/scan.json mine.json
run   cuxas-match good/scan.csv --library candidates -o other --fwhm 0.5
exit  1
err   other/scan\.json: exists already, and was made with other settings
same  other/scan.json mine.json

case  a scan that changed is not taken for done
needs model
run   cp good/scan.csv mine.csv; cuxas-match mine.csv --library candidates -o changed --quiet
run   sed -i '300s/,.*/,1.0/' mine.csv; cuxas-match mine.csv --library candidates -o changed
exit  1
err   was made before the measured file changed

case  a library that changed is noticed, also when what it skipped was repaired
needs model
run   cp -R one-bad mending; cuxas-match good/scan.csv --library mending -o mended --quiet
exit  3
run   sleep 0.05; cp candidates/Cu2O.cif mending/overfull.cif; cuxas-match good/scan.csv --library mending -o mended
exit  1
err   was made before the candidates changed

case  --force does all of it anew
needs model
run   cuxas-match mine.csv --library candidates -o changed --force
err   1 scan: 1 matched, 0 kept, 0 failed

case  a measured file is never overwritten, not even with --force
needs model
run   mkdir here; cp good/scan.csv here; cd here; cuxas-match scan.csv --library ../candidates -o . --force
exit  1
err   scan\.csv: its report would overwrite it
same  here/scan.csv good/scan.csv

case  a foreign overview is not overwritten
needs model
run   mkdir mine; echo notes >mine/overview.csv; cuxas-match good/scan.csv --library candidates -o mine
exit  1
err   mine/overview\.csv: exists already and is no overview
lines 1

case  scans of one name in several folders get names of their own
needs model
run   mkdir -p day1 day2; cp good/scan.csv day1; cp good/keV.csv day2/scan.csv
run   cuxas-match day1/scan.csv day2/scan.csv --library candidates -o days --quiet
file  days/day1-scan.csv.json
file  days/day2-scan.csv.json
no-file days/scan.json

case  without --library a batch searches the bundled library
needs model candidates
run   cuxas-match --elements Cu,O good/scan.csv -o bundled --quiet
run   grep '"path"' bundled/scan.json
out   refdb:candidates/CuGeO3\.cif|refdb:candidates/Cu4O3\.cif|refdb:structures/Cu2O\.cif
no-out "/

case  --library with one scan and no folder is a match like any other
needs model
run   cuxas-match good/scan.csv --library candidates --json library.json
out   ^How far to trust this
run   cuxas-match good/scan.csv candidates --json argument.json
same  library.json argument.json

case  several scans need a folder for their reports
run   cuxas-match good/scan.csv good/keV.csv --library candidates
exit  2
err   2 measured files need --out-dir DIR
lines 1

case  several scans can be inspected
run   cuxas-match --inspect good/scan.csv good/keV.csv --library candidates
out   ^file +good/scan\.csv
out   ^file +good/keV\.csv

case  a batch names its files itself
run   cuxas-match good/scan.csv --library candidates -o out --json mine.json
exit  2
err   --json and --out-dir do not go together

case  standard input cannot be one of many
needs model
run   cuxas-match - --library candidates -o stdin
exit  1
err   standard input has no name for its reports

case  a folder that cannot be made is an error
needs model
run   cuxas-match good/scan.csv --library candidates -o good/scan.csv/out
exit  1
err   good/scan\.csv: |good/scan\.csv/out: 
lines 1

# Bundled candidates have the same paths on every machine.

case  reports name bundled candidates by their place in the data folder
needs model candidates
run   cuxas-match --elements Cu,O good/scan.csv --json one.json --csv one.csv --html one.html --quiet
run   cp -R "$DATA" moved; cuxas-match --data moved --elements Cu,O good/scan.csv --json two.json --csv two.csv --html two.html --quiet
same  one.json two.json
same  one.csv two.csv
same  one.html two.html
run   grep -c 'refdb:structures/Cu2O.cif' one.json
out   ^2$

case  a report on the bundled library can be replayed where the data lie elsewhere
needs model candidates
run   rm -rf moved; cp -R "$DATA" moved; CUXAS_DATA=moved cuxas-match --replay one.json
out   every result is identical

case  skipped bundled candidates do not tell where the data lie
needs model candidates
run   cp bad/overfull.cif moved/structures; cuxas-match --data moved good/scan.csv refdb:structures --json skipped.json --quiet
exit  3
run   grep -A1 'refdb:structures/overfull.cif' skipped.json
out   "path":.*"refdb:structures/overfull\.cif"
out   "reason":.*"refdb:structures/overfull\.cif:
no-out moved

case  a part of the bundled data can be named
needs model candidates
run   cuxas-match good/scan.csv refdb:structures/CuO.cif candidates/Cu.cif --csv - --quiet
out   ,refdb:structures/CuO\.cif,
out   ,candidates/Cu\.cif,

case  a part that is not there is an error
run   cuxas-match good/scan.csv refdb:nowhere
exit  1
err   nowhere
lines 1
