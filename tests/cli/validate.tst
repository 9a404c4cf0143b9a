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
run   cuxas-validate --json - --quiet | python3 -c 'import json, sys; m = json.load(sys.stdin)["means"]; print("good" if m["mae"] <= 0.15 and m["spearman"] >= 0.82 and m["n_measured"] == 11 else m)'
out   ^good$

case  folders of digitised curves and structures are paired by name
needs model shared
run   cuxas-validate --spectra "$SHARED/literature" --structures "$SHARED/structures/literature" --json v.json --quiet
out   11 measured compounds
file  v.json

case  a real measurement is matched against real structures
needs model shared
run   cuxas-match "$SHARED/literature/CuO.csv" "$SHARED/structures/literature" --quiet
out   15 compared

case  a folder without structures is a failure
needs model
run   cuxas-validate --spectra good --structures empty
exit  1
lines 1

case  simulated spectra have a table of their own, every measure is counted, and the curves are drawn
needs model shared
run   cuxas-validate --quiet --simulated "$SHARED/feff10/literature.jsonl" --figure curves.svg --json both.json
out   ^published FEFF9 +14 +0\.131 +0\.898
out   ^CuO +0\.[0-9]+ +0\.[0-9]+ +0\.[0-9]+$
file  curves.svg
run   grep -c '"mae_model_simulated"' both.json
out   ^1[0-9]$

case  identification counts the right one within sets of candidates
needs model
run   cuxas-validate --quiet --identify --candidates candidates
out   ^Identification +among
out   ^model +minmax +score +[0-9]+
out   ^model +least-squares +MAE +[0-9]+

case  a measured curve is added to a compound that has none
needs model
run   cuxas-validate --quiet --add CuBe=good/scan.csv
out   ^CuBe +[0-9]+ of 15
out   12 measured compounds
run   cuxas-validate --quiet --add Nowhere=good/scan.csv
exit  2
err   no compound of this name
