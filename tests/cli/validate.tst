# cuxas-validate: the known compounds.

case  the bundled compounds give a table with means, and rows without data stay
needs model validation
run   cuxas-validate --quiet
out   ^CuO 
out   ^SrCuO2 .*no measured spectrum bundled
out   ^mean
out   11 measured compounds

case  the means are as good as promised
needs model validation python3
run   cuxas-validate --no-answer --json - --quiet | python3 -c 'import json, sys; m = json.load(sys.stdin)["means"]; print("good" if m["mae"] <= 0.15 and m["spearman"] >= 0.82 and m["n_measured"] == 11 else m)'
out   ^good$

case  folders of measured curves and structures are paired by name
needs model
run   cuxas-validate --no-answer --spectra "$DATA/spectra" --structures "$DATA/structures" --json v.json --quiet
out   11 measured compounds
file  v.json

case  a real measurement is matched against real structures
needs model
run   cuxas-match "$DATA/spectra/CuO.csv" "$DATA/structures" --quiet
out   15 compared

case  a folder without structures is a failure
needs model
run   cuxas-validate --spectra good --structures empty
exit  1
lines 1

case  one command gives model and FEFF10 beside each other and beside the published means
needs model validation
run   cuxas-validate --no-answer --quiet --figure curves.svg --json both.json
out   ^Spectra by FEFF10
out   ^model +11 +0\.[0-9]+ +0\.[0-9]+$
out   ^FEFF10, compared as published +11 +0\.[0-9]+ +0\.[0-9]+$
out   ^CuXASNet as published +14 +0\.125 +0\.891$
out   ^FEFF9 as published +14 +0\.131 +0\.898$
out   ^CuO +0\.[0-9]+ +0\.[0-9]+ +0\.[0-9]+ +(model|FEFF10)$
file  curves.svg
run   grep -c '"mae_model_simulated"' both.json
out   ^1[0-9]$
run   grep '"simulated_by"' both.json
out   FEFF10

case  the bundled FEFF10 spectra agree as the records do that they were made from
needs model shared
run   cuxas-validate --no-answer --quiet | sed -n 's/^FEFF10 //p' >bundled.txt; cuxas-validate --no-answer --quiet --simulated "$SHARED/feff10/literature.jsonl" | sed -n 's/^simulated //p' >records.txt; tr -s ' ' <bundled.txt >a.txt; tr -s ' ' <records.txt >b.txt; wc -l <a.txt
out   ^1$
same  a.txt b.txt

case  simulated spectra can be left out, and other folders have none unless they are named
needs model validation
run   cuxas-validate --no-answer --quiet --simulated none
no-out FEFF10
out   ^model +11
run   cuxas-validate --quiet --spectra "$DATA/spectra" --structures "$DATA/structures"
no-out FEFF10
run   cuxas-validate --quiet --spectra "$DATA/spectra" --structures "$DATA/structures" --simulated "$DATA/simulated"
out   ^Spectra by FEFF10
run   cuxas-validate --no-answer --quiet --simulated nowhere
exit  1
lines 1

case  simulated spectra of compounds are written as tables, which are read again
needs model
run   gzip -dc "$DATA/dataset/validation.jsonl.gz" >known.jsonl; cuxas-refdb simulated known.jsonl --code ours -o written; ls written | wc -l
out   ^[1-9][0-9]$
run   cuxas-refdb simulated known.jsonl -o written
exit  1
err   exists
run   cuxas-refdb simulated known.jsonl
exit  2
run   cuxas-validate --no-answer --quiet --spectra "$DATA/spectra" --structures "$DATA/structures" --simulated written
out   ^Spectra by ours

case  the bundled tables are those of the records
needs model shared
run   cuxas-refdb simulated "$SHARED/feff10/literature.jsonl" --code FEFF10 -o tables && sed '/^# source/d' "$DATA/simulated/CuO.csv" >bundled.csv
alike tables/CuO.csv bundled.csv

case  identification counts the right one within sets of candidates
needs model
run   cuxas-validate --quiet --identify --candidates candidates
out   ^Identification +among
out   ^model +minmax +score +[0-9]+
out   ^model +least-squares +MAE +[0-9]+
out   ^FEFF10 +minmax +score +[0-9]+
out   ^model, fitted +0\.[0-9]+ +0\.[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[-+][0-9]
out   ^model, no core hole +0\.[0-9]+
run   cuxas-validate --quiet --identify --candidates candidates --hole 1 --simulated none
no-out no core hole

case  a measured curve is added to a compound that has none
needs model
run   cuxas-validate --no-answer --quiet --add CuBe=good/scan.csv
out   ^CuBe +[0-9]+ of 15
out   12 measured compounds
run   cuxas-validate --quiet --add Nowhere=good/scan.csv
exit  2
err   no compound of this name

case  one page shows everything, each failure with its reason, the same bytes whatever the number of threads
needs model
run   cuxas-validate --quiet --candidates candidates --html one.html --threads 1
out   ^Not first by score
run   cuxas-validate --quiet --candidates candidates --html two.html --threads 2
same  one.html two.html
run   grep -oE '[0-9a-f]{64}' one.html | sort -u | wc -l
out   ^34$
run   grep -oE '<h2 id="[a-z]+"|id="failure0"|It loses most here|as published' one.html | sort -u
out   answers
out   identification
out   failures
out   id="hole"
out   id="failure0"
out   It loses most here
out   as published
run   cuxas-validate --quiet --candidates candidates --html one.html
exit  1
err   exists
run   cuxas-validate --quiet --candidates candidates --html - >three.html
same  one.html three.html
run   cuxas-validate --quiet --html - --json -
exit  2
err   only one output

case  flattened curves keep their oxidation state, and are less surely told
needs model validation
run   for s in 0 0.5; do cuxas-validate --quiet --saturation $s --json - | python3 -c 'import json, sys; a = json.load(sys.stdin)["answers"]["curves"]; print(sum(c["said"]["elements"]["probability"] for c in a if c["reason"] is None))'; done >sure.txt; sort -gr sure.txt >sorted.txt; test $(sort -u sure.txt | wc -l) -eq 2 && echo differ
out   ^differ$
same  sure.txt sorted.txt
run   cuxas-validate --quiet --saturation 0.5
out   ^compound absent +1[123] +

case  every wrong answer is drawn, with its sentence, on the page and in the figure
needs model validation python3
run   cuxas-validate --quiet --html wrong.html --figure wrong.svg --json wrong.json && cuxas-validate --quiet --no-answer --figure right.svg
run   python3 -c 'import json; a = json.load(open("wrong.json"))["answers"]; print(sum(s["rank"] > 1 for c in a["curves"] if c["reason"] is None for s in c["said"].values()) + sum(t["n_claimed_without"] for t in a["totals"].values()))' >wanted.txt; grep -oE '<svg class="plot" id="wrong[0-9]+-[0-9]+"' wrong.html | wc -l >drawn.txt; test $(cat drawn.txt) -gt 0 && echo some
out   ^some$
same  wanted.txt drawn.txt
run   grep -oE '<figcaption id="wrong[^<]*' wrong.html
out   -text">CuS: .*Cu\(.*\. First: [A-Za-z0-9_]+, probability 0\.[0-9]+; right: CuS, 0\.[0-9]+, number [0-9]+ of [0-9]+\.
run   grep -oE '<bdi>[^<]*, (right|first|measured|simulated)</bdi>' wrong.html | sed 's/.*, //; s/<.*//' | sort -u | tr '\n' ' '
out   ^first measured right (simulated )?$
run   test $(wc -c <wrong.svg) -gt $((2 * $(wc -c <right.svg))) && echo larger
out   ^larger$

case  measured standards are candidates for degraded copies of themselves, and for second measurements
needs model validation
run   cuxas-validate --quiet --identify --candidates candidates --json st.json
out   ^degraded copies +standards +66 +11 +[4-6][0-9] +66 
out   ^degraded copies +model +66 +1[0-9] +[0-9]+
out   ^degraded copies +FEFF10 +66 +15 +[0-9]+
no-out ^second measurements +standards
run   grep -c '"questions"' st.json
out   ^4$
run   cp "$DATA/spectra/CuO.csv" same.csv; cuxas-validate --quiet --identify --candidates candidates --simulated none --add CuO=same.csv --add CuBe=good/scan.csv
no-out ^second measurements +standards
run   awk -F, '/^[0-9]/ { printf "%.1f,%s\n", $1 + 0.4, $2; next } { print }' "$DATA/spectra/CuO.csv" >again.csv; cuxas-validate --quiet --identify --candidates candidates --simulated none --add CuO=again.csv
out   ^second measurements +standards +1 +11 +1 +1 +1.000 
run   cp -r "$DATA" less; rm less/spectra/CuS.csv; cuxas-validate --quiet --data less --identify --candidates candidates --simulated none
exit  3
out   ^degraded copies +standards +60 +10 

case  the group holds the right compound, and the state of copper is right with the compound absent
needs model validation candidates python3
run   cuxas-validate --quiet --json answers.json
file  answers.json
run   cat answers.json | python3 -c 'import json, sys; a = json.load(sys.stdin)["answers"]; t = a["totals"]; print(len(a["curves"]), *[t[k]["n_in_group"] >= 12 for k in t], *[t[k]["mean_log_probability_gain"] > 0 for k in t], *[r["state"] >= 12 for r in a["n_right"].values()])'
out   ^13( True){12}$
run   cat answers.json | python3 -c 'import json, sys; a = json.load(sys.stdin)["answers"]; print(*sorted(c["name"] for c in a["curves"] if c["said"]["all"]["rank"] == 1 and c["compound"] == "CuO"))'
out   ^CuO CuO_PFY CuO_TEY$
run   cat answers.json | python3 -c 'import json, sys; t = json.load(sys.stdin)["answers"]["totals"].values(); print(max(k["largest_without"] for k in t) < 0.8, max(k["largest_wrong"] for k in t) < 0.8, min(k["mean_log_none_without"] for k in t) > -4)'
out   ^True True True$
run   cuxas-validate --quiet --no-answer
no-out ^Answer

case  a curve that cannot be read has the reason in its row, and other folders have answers of their own
needs model validation
run   mkdir few; cp "$DATA/spectra/Cu2O.csv" few; echo nothing >few/CuO.csv; cuxas-validate --quiet --simulated none --spectra few --structures "$DATA/structures"
exit  3
out   ^Cu2O +(compound|shortlist|surroundings) +[01]
out   ^of 1  curves, right compound

case  the best, the middle and the worst case have a figure of their own, and bad figures are refused before the work
needs model validation
run   cuxas-validate --no-answer --quiet --figure extremes.svg --panels extremes && cuxas-validate --no-answer --quiet --figure all.svg
file  extremes.svg
run   test $(wc -c <all.svg) -gt $(wc -c <extremes.svg) && echo larger
out   ^larger$
run   cuxas-validate --quiet --figure curves.gif
exit  1
lines 1

case  mixtures of every pair of measured curves are looked for, also with a component absent
needs model
run   mkdir pair; cp "$DATA/spectra/Cu2O.csv" "$DATA/spectra/CuO.csv" "$DATA/spectra/CuS.csv" pair
run   cuxas-validate --quiet --mixtures --smooth 0 --spectra pair --structures "$DATA/structures"
out   ^Mixtures of two measured curves
out   ^model +3 
out   ^model +one absent +6 
out   ^standards +3 +3 +0 +0 +3 +0 
out   ^standards +one absent +6 +0 
out   ^intervals of 90 % hold the true share in [0-9]+ of [0-9]+; 

case  the share of a compound whose standard is another measurement lies within its interval
needs model validation
run   mkdir modes; cp "$DATA/spectra/Cu2O.csv" "$DATA/spectra/CuO.csv" "$DATA/spectra/CuO_PFY.csv" "$DATA/spectra/CuO_TEY.csv" modes
run   cuxas-validate --quiet --no-answer --mixtures --smooth 0 --spectra modes --structures "$DATA/structures" | sed -n '/another measurement/,$p' >modes.txt; cat modes.txt
out   ^CuO_TEY +5 
run   awk '/^intervals of 90/ { if ($10 >= 0.8 * $12 && $12 + 0 > 3) print "held" }' modes.txt
out   ^held$

case  judged is the model that has not learnt from the compounds, unless another is asked for; its file is found wherever the data lie
needs model validation
run   cuxas-model info "$DATA/models/cu-l23-blind.cuxas" --json | grep -o -m 1 '[0-9a-f]\{64\}' > blind.sum; cuxas-validate --no-answer --quiet --json - | grep -c -F -f blind.sum
out   ^[1-9]
run   cuxas-validate --no-answer --quiet --json - | grep '"model"'
out   "refdb:models/cu-l23-blind\.cuxas"
run   cuxas-validate --no-answer --quiet --model refdb:models/cu-l23.cuxas
out   ^mean

case  the right compound is every candidate of its formula, also where it is there twice
needs model validation
run   mkdir -p twins && cp "$DATA/structures/CuO.cif" twins/twin.cif && cuxas-validate --quiet --simulated none --candidates twins | sed -n '/^Answer/,$p'
out   ^CuO  +[a-z]+ +0\.[0-9]+ +1 
