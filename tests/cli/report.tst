# Reports: complete, reproducible, never half-written, never overwritten by accident.

case  the JSON report has every member of its schema
needs model
run   cuxas-match good/scan.csv candidates --json - --quiet
out   "schema":.*"cuxas-report/2"
out   "command":
out   "sha256":.*"[0-9a-f]{64}"
out   "range_eV":.*\[915, 1000\]
out   "n_training":
out   "settings":
out   "shift-window":
out   "kind":.*"structure"
out   "formula":.*"Cu2O"
out   "rank_spearman":
out   "delta_to_next":
out   "p_value":	0\.
out   "e_value":	[0-9]
out   "support":	[01]
out   "in_group":	true
out   "difference_eV":
out   "domain":
out   "skipped":.*\[\]
no-out ^rank  name

case  the JSON report is JSON
needs model python3
run   cuxas-match good/scan.csv one-bad --json - --quiet | python3 -c 'import json, sys; r = json.load(sys.stdin); print(len(r["candidates"]), len(r["skipped"]))'
out   ^4 1$

case  the same question gives the same bytes, whatever the number of threads
needs model
run   cuxas-match good/scan.csv candidates --json one.json --threads 1 --quiet
run   cuxas-match good/scan.csv candidates --json two.json --threads 2 --quiet
same  one.json two.json

case  the order of the arguments does not change the ranking
needs model
run   cuxas-match good/scan.csv candidates/Cu.cif candidates/Cu2O.cif candidates/CuZn.xyz --csv forward.csv --quiet
run   cuxas-match good/scan.csv candidates/CuZn.xyz candidates/Cu2O.cif candidates/Cu.cif --csv backward.csv --quiet
same  forward.csv backward.csv

case  a candidate's numbers do not depend on the other candidates
needs model
run   cuxas-match good/scan.csv candidates --csv - | grep Cu2O.cif | cut -d, -f 5,6,7,11,22,24 >among.txt
run   cuxas-match good/scan.csv candidates/Cu2O.cif --csv - | grep Cu2O.cif | cut -d, -f 5,6,7,11,22,24 >alone.txt
file  alone.txt
same  among.txt alone.txt

case  an existing report is not overwritten
needs model
run   echo mine >old.json; cp old.json old-copy.json; cuxas-match good/scan.csv candidates --json old.json
exit  1
err   old\.json: exists already
same  old.json old-copy.json
lines 1

case  --force overwrites
needs model
run   echo mine >forced.json; cuxas-match good/scan.csv candidates --json forced.json --force --quiet
run   grep -c cuxas-report forced.json
out   ^1$

case  a full disk is an error, not a short report
needs model
run   cuxas-match good/scan.csv candidates >/dev/full
exit  1
err   cannot write

case  a full disk is an error for --json too
needs model
run   cuxas-match good/scan.csv candidates --json /dev/full
exit  1
err   /dev/full: cannot write
run   test -c /dev/full

case  a folder that does not exist is an error and leaves nothing behind
needs model
run   cuxas-match good/scan.csv candidates --json nowhere/report.json
exit  1
err   nowhere/report\.json
no-file nowhere

case  --csv has a row for every candidate
needs model
run   cuxas-match good/scan.csv candidates --csv - | tee table.csv | wc -l
out   ^5$
run   head -n 1 table.csv
out   ^rank,name,formula,kind,mae,spearman,

case  --spectra has the measured curve, the best N predictions, standards and simulations, headed by compound and witness
needs model
run   cuxas-match good/scan.csv candidates --top 2 --no-standards --simulate 0 --spectra - | head -n 1
out   ^energy_eV,measured \(0 to 1\),[A-Za-z0-9_]+ prediction \(0 to 1\),[A-Za-z0-9_]+ prediction \(0 to 1\)$
run   cuxas-match "$DATA/spectra/CuO_PFY.csv" --elements Cu,O --top 2 --normalise edge --spectra all.csv --json all.json --quiet --no-plot >/dev/null; head -n 1 all.csv
out   measured \(edge step 1\),.* prediction \(edge step 1\),.*CuO_TEY standard \(edge step 1\),.* simulation \(edge step 1\)$
no-out      CuO_PFY standard
run   cuxas-match --replay all.json --spectra replayed.csv --quiet
same  all.csv replayed.csv

case  a replayed report is identical
needs model
run   cuxas-match good/scan.csv one-bad --fwhm 0.8 --scale least-squares --shift-window 5 --json replay.json --quiet
exit  3
run   cuxas-match --replay replay.json --json replayed.json --quiet
exit  0
out   every result is identical
same  replay.json replayed.json
run   cat replay.json | cuxas-match --replay /dev/stdin --quiet
exit  0
out   ^/dev/stdin: replayed, every result is identical$

case  a report with a line that is cut off, or with more behind its end, is refused in one line before anything is matched
needs model
run   cuxas-match -q good/scan.csv candidates --json whole.json >/dev/null; n=$(grep -n '"pearson"' whole.json | head -n 1 | cut -d: -f1); head -n "$n" whole.json | head -c -20 >cut.json; cuxas-match --replay cut.json
exit  1
err   ^cuxas-match: cut\.json:[0-9]+: it ends in the middle$
lines 1
run   (cat whole.json; echo '{"rank": 1}') >more.json; cuxas-match --replay more.json
exit  1
err   ^cuxas-match: more\.json:[0-9]+: more behind the report's end$
lines 1

case  a line of another candidate is named when the report is replayed
needs model
run   cuxas-match -q good/scan.csv candidates --json whole.json >/dev/null; sed 's|"path":.*"candidates/Cu2O.cif"|"path": "candidates/CuO.cif"|' whole.json >twice.json; cuxas-match -q --replay twice.json
exit  1
out   ^new among the candidates: candidates/Cu2O\.cif$
out   NOT identical

case  a report of the schema before, without an answer, is replayed
needs model
run   cuxas-match good/scan.csv candidates --json now.json --quiet
run   sed 's|cuxas-report/2|cuxas-report/1|; s/"answer"/"not_there_yet"/; s/"picture"/"nor_this"/; s/\("version":.*"\)[0-9.]*"/\10.1.0"/' now.json >before.json; cuxas-match --replay before.json --json again.json
exit  0
out   every result is identical
same  now.json again.json
run   sed 's|cuxas-report/2|cuxas-report/1|; s/"answer"/"not_there_yet"/' now.json >before.json; cuxas-match --replay before.json
exit  1
out   ^note: its schema is cuxas-report/1, but it is a report of cuxas-report/2$
out   ^different: answer$

case  replay names a candidate that changed
needs model
run   cp -R candidates changing; cuxas-match good/scan.csv changing --json changed.json --quiet
run   sed -i 's/3\.61/3.70/' changing/Cu.cif; cuxas-match --replay changed.json --quiet
exit  1
out   changed file: changing/Cu\.cif
out   NOT identical

case  replay names a candidate that is gone and one that is new
needs model
run   cp -R candidates moving; cuxas-match good/scan.csv moving --json moved.json --quiet
run   mv moving/Cu.cif moving/copper.cif; cuxas-match --replay moved.json --quiet
exit  1
out   no longer among the candidates: moving/Cu\.cif
out   new among the candidates: moving/copper\.cif

case  replay names a measured file that changed
needs model
run   cp good/scan.csv mine.csv; cuxas-match mine.csv candidates --json mine.json --quiet
run   sed -i '300s/,.*/,1.0/' mine.csv; cuxas-match --replay mine.json --quiet
exit  1
out   changed file: mine\.csv

case  a report from standard input cannot be replayed, and says so
needs model
run   cuxas-match - candidates --json piped.json --quiet <good/scan.csv
run   cuxas-match --replay piped.json
exit  1
err   standard input

case  a report by a criterion that is no more is refused in one line
needs model
run   cuxas-match good/scan.csv candidates --json gone.json --quiet; sed -i 's/"shift-criterion":[[:space:]]*"score"/"shift-criterion": "correlation"/' gone.json; cuxas-match --replay gone.json
exit  1
err   ^cuxas-match: gone\.json: made with --shift-criterion correlation, which is no more$
lines 1

case  infinite numbers, an answer that is gone and escapes in a name are told when a report is replayed
needs model
run   cuxas-match -q good/scan.csv candidates --json sound.json --no-plot >/dev/null; sed -E 's/("mae":[[:space:]]*)[0-9.]+/\11e999/' sound.json >endless.json; cuxas-match --replay endless.json
exit  1
out   mae inf -> 0\.
out   NOT identical
run   sed 's/"answer":/"no_answer":/' sound.json >mute.json; cuxas-match --replay mute.json
exit  1
out   ^different: answer$
run   sed -E 's/("name":[[:space:]]*")Cu2O"/\1\\u001b[31mCu2O"/' sound.json >red.json; cuxas-match --replay red.json | tee red.txt; grep -c "$(printf '\033')" red.txt
exit  1
out   ^different: \?\[31mCu2O: name$
out   ^0$

case  a replay obeys the settings of a report and no other option that stands among them
needs model
run   cuxas-match -q good/scan.csv candidates --json own.json --no-plot; echo kept >victim.txt
run   for n in json csv html spectra figure markdown nexus overview cache out-dir map; do sed "s|\"settings\":[[:space:]]*{|&\"$n\": \"victim.txt\", \"force\": true,|" own.json >foreign.json; cuxas-match --replay foreign.json 2>&1; echo "$?"; done | grep -c '^cuxas-match: foreign\.json: settings: "[a-z-]*" is no setting of a report$'
out   ^11$
run   cat victim.txt; for n in join inspect force serve no-such; do sed "s|\"settings\":[[:space:]]*{|&\"$n\": true,|" own.json >foreign.json; cuxas-match --replay foreign.json 2>&1; done
exit  1
out   ^kept$
out   ^cuxas-match: foreign\.json: settings: "join" is no setting of a report$
out   ^cuxas-match: foreign\.json: settings: "inspect" is no setting of a report$
out   ^cuxas-match: foreign\.json: settings: "force" is no setting of a report$
out   ^cuxas-match: foreign\.json: settings: "serve" is no setting of a report$
out   ^cuxas-match: foreign\.json: settings: "no-such" is no setting of a report$

case  no more does a report that serves as a configuration
needs model
run   for n in json csv html spectra figure markdown nexus overview cache out-dir map library; do sed "s|\"settings\":[[:space:]]*{|&\"$n\": \"victim.txt\", \"force\": true,|" own.json >foreign.json; cuxas-match --config foreign.json good/scan.csv candidates 2>&1; echo "$?"; done | grep -c '^cuxas-match: foreign\.json: settings: "[a-z-]*" is no setting of a report$'
out   ^12$
run   cat victim.txt; sed 's|"simulations":[[:space:]]*null|"simulations": "new.jsonl"|' own.json >foreign.json; cuxas-match -q --config foreign.json good/scan.csv candidates --simulate 1 --json configured.json >configured.txt; grep '"simulations"' configured.json
out   ^kept$
out   "simulations":.*"new\.jsonl"
no-file new.jsonl

case  a file that is no report cannot be replayed
run   cuxas-match --replay good/scan.csv
exit  1
err   ^cuxas-match: good/scan\.csv: no JSON
lines 1

case  another kind of JSON cannot be replayed
run   echo '{"schema": "other/1"}' >other.json; cuxas-match --replay other.json
exit  1
err   other\.json: no report of schema cuxas-report/2
lines 1

case  a fixed shift is the one that is used
needs model
run   cuxas-match --shift -1.5 good/scan.csv candidates --csv - | cut -d, -f 11 | sort -u
out   ^-1\.5$
no-out ^-?[02-9]

case  a common shift is the same for all
needs model
run   cuxas-match --shift common good/scan.csv candidates --csv - | sed 1d | cut -d, -f 11 | sort -u | wc -l
out   ^ *1$

case  whatever bytes come in, reports are UTF-8
needs model python3
run   sed '1s/.*/Energie [eV],Intensit\xe4t/' good/scan.csv > latin1.csv; mkdir -p strange; cp candidates/Cu2O.cif "strange/$(printf 'a\344\233')=.cif"; cuxas-match latin1.csv strange --json strange.json --csv strange.csv --html strange.html --markdown strange.md --quiet --force > strange.txt && python3 -c 'import json; json.load(open("strange.json", encoding="utf-8")); [open("strange." + s, encoding="utf-8").read() for s in ("csv", "html", "md", "txt")]; print("all read")'
out   ^all read$

case  no cell of a CSV report is a formula
needs model
run   mkdir -p formulas; cp candidates/Cu2O.cif 'formulas/=HYPERLINK("http:x","y").cif'; cp candidates/Cu2O.cif 'formulas/@SUM(1).cif'; cuxas-match good/scan.csv formulas --csv - --quiet
out   ,'@SUM\(1\),
out   ,"'=HYPERLINK
no-out ,"?[=@]

case  no message steers the terminal
needs model
run   printf 'energy,mu\n930,1\n931,\033]0;pwn\007x\n932,2\n' > escape.csv; cuxas-match escape.csv candidates 2>&1 | tr '\033\007' '##'
exit  0
out   \?\]0;pwn\?x
no-out #

case  a report that cannot be written is told before the work
needs model
run   cuxas-match good/scan.csv no-such-folder-of-candidates --json none/report.json
exit  1
err   none/report.json: cannot create: No such file or directory

case  every report tells the settings that were used, in the same words
needs model
run   cuxas-match good/scan.csv candidates --html told.html --markdown told.md --quiet --force > told.txt; tr '\n' ' ' < told.txt | tr -s ' ' > told.line; for f in told.html told.md told.line; do grep -c 'shift within .* eV by score' $f; grep -c 'prediction broadened by about .* eV, fitted' $f; done | sort -u; cat told.html told.md
out   ^1$
no-out correlation of values|Gaussian of|in a bootstrap|drawn anew

case  another criterion, width and core hole are told too
needs model
run   cuxas-match good/scan.csv candidates --shift-criterion mae --fwhm 0.7 --hole 1 --html told.html --markdown - --quiet --force; grep '<dt>Shift' told.html
out   ^- Shift: each candidate's own shift within .* by MAE$
out   ^- Broadening: prediction broadened by 0\.7 eV$
out   ^- Core hole: core-hole fraction 1$
out   <dt>Shift</dt><dd>.* by MAE
