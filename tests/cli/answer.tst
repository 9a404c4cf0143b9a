# The answer: what a measured curve decides, said first, in every kind of report.

case  cuprite is Cu(I), two-fold in oxygen, and named where the elements are known
run   cuxas-match --elements Cu,O $DATA/spectra/Cu2O.csv refdb:structures refdb:candidates
out   ^Answer +Cu\(I\), two-fold in oxygen: Cu2O \([0-9]+ %

case  tenorite is Cu(II), four-fold in oxygen, and its own file is no witness
run   cuxas-match --elements Cu,O $DATA/spectra/CuO.csv refdb:structures refdb:candidates --csv - --quiet >/dev/null; cuxas-match --elements Cu,O $DATA/spectra/CuO.csv refdb:structures refdb:candidates
out   ^Answer +Cu\(II\), four-fold in oxygen: CuO \([0-9]+ %; a measured standard agrees
out   its measured standard CuO_(PFY|TEY)

case  the metal is Cu(0), among metal atoms, whole library or not
run   cuxas-match $DATA/spectra/Cu.csv refdb:structures refdb:candidates
out   ^Answer +(Probably )?Cu\(0\).*among metal atoms

case  a standard in another detection mode identifies tenorite in the whole library
needs shared
run   cuxas-match $SHARED/literature/CuO.csv refdb:structures refdb:candidates
out   ^Answer +Cu\(II\), four-fold in oxygen: CuO \([0-9]+ %; a measured standard agrees
no-out      Nothing fits well

case  one candidate alone agrees, or does not, and neither makes it the compound
run   cuxas-match --elements Cu,Dy --require Dy $DATA/spectra/CuO.csv refdb:candidates --no-standards
out   ^Answer +Cu\(II\): CuDy[A-Za-z0-9_]*, the only candidate, does not agree
run   cuxas-match --no-standards $DATA/spectra/Cu2O.csv refdb:structures/Cu2O.cif --json alone.json
out   Cu2O, the only candidate, agrees \(prediction with MAE 0\.[0-9]+\);
out   Only [0-9] % of unrelated compounds agree as well
out   Beside the prediction of the one structure stands its simulation
no-out      all 1 structures
run   cat alone.json
out   "kind":.*"candidate"
out   "agreement":.*"agrees"

case  with the best of four wrong candidates stands how likely none of them is right
run   cuxas-match --no-standards $DATA/spectra/Cu2O.csv refdb:structures/CuO.cif refdb:structures/CuS.cif refdb:structures/Cu.cif refdb:structures/Cu2S.cif | tr -s '\n ' ' '
out   (or none of the 4|probably none of the) candidates
run   cuxas-match --no-standards $DATA/spectra/ZrCuSiAs.csv refdb:structures/CuO.cif refdb:structures/CuS.cif refdb:structures/Cu.cif refdb:structures/SrCuO2.cif | tr -s '\n ' ' '
out   CuS \([0-9]+ %\), or none of the 4 candidates \([2-9][0-9] %\)\.
run   cuxas-match --no-standards --elements Zr,Cu,Si,As $DATA/spectra/ZrCuSiAs.csv refdb:candidates | tr -s '\n ' ' '
out   probably none of the candidates \([5-9][0-9] %\)\. - For many combinations of the elements allowed there is no candidate\.
out   Next More candidates: for many combinations of the elements allowed there is none\.
run   cuxas-match --no-standards $DATA/spectra/Cu.csv refdb:structures/CuO.cif refdb:structures/CuS.cif refdb:structures/Cu2O.cif refdb:structures/Cu2S.cif --json few.json --quiet >/dev/null; cat few.json
no-out      "1": +0\.9

case  what a white line hides stands beside the compound that is named
run   cuxas-match $DATA/spectra/CuO_PFY.csv refdb:structures refdb:candidates | tr -s '\n ' ' '
out   CuO \([0-9]+ %; a measured standard agrees, MAE [0-9.]+\); nearly [0-9]+ % of [A-Za-z0-9_]+ or [A-Za-z0-9_]+ beside it would not be seen\.

case  a compound that only a standard knows is named, not what is left of the candidates
run   cuxas-match --elements Cu,S $DATA/spectra/CuO_PFY.csv refdb:structures refdb:candidates --json standard.json
out   ^Answer +If it holds other elements than those allowed: Cu\(II\), in oxygen: CuO, or a compound
no-out      None of these candidates
run   cat standard.json
out   "kind":.*"standard"
run   cuxas-match $DATA/spectra/CuO_PFY.csv refdb:candidates/AgCuS.cif refdb:candidates/CaCuP.cif
out   ^Answer +Cu\(II\), in oxygen: CuO, which is not among the candidates

run   cuxas-match --elements Cu,O $DATA/spectra/CuO.csv refdb:candidates | tr -s '\n ' ' '
out   ^Answer Cu\(II\), in oxygen: CuO, which is not among the candidates
out   its compound is not among the candidates\.
out   Next The structure of that compound
no-out      ruled out|other elements|elements leave
run   cuxas-match --require Cu,S $DATA/spectra/CuO_PFY.csv refdb:candidates/AgCuS.cif refdb:candidates/CaCuP.cif | tr -s '\n ' ' '
out   ^Answer If it does not hold all elements required: Cu\(II\), in oxygen: CuO, or a compound
out   Next Whether the sample holds all elements that are required\.

case  without standards nothing is said of them
run   cuxas-match --no-standards --elements Cu,O $DATA/spectra/CuO.csv refdb:structures refdb:candidates
out   ^Answer +Cu\(II\)
no-out      measured standard

case  where the compound is open the answer says what would decide
run   cuxas-match $DATA/spectra/LaCuOS.csv refdb:structures refdb:candidates
out   ^Answer +Cu\(I\), four-fold next to S, Se or Te
out   ^Next +Which elements the sample can hold

case  the JSON report holds the answer, its surroundings and the edge with errors
run   cuxas-match --quiet --json - --elements Cu,O $DATA/spectra/Cu2O.csv refdb:structures refdb:candidates
out   "answer":
out   "kind":.*"compound"
out   "oxidation_state":
out   "height_over_step":
out   "decide_next":

case  the page and the lab book begin with the same sentence
run   cuxas-match --quiet --html page.html --markdown page.md --elements Cu,O $DATA/spectra/Cu2O.csv refdb:structures refdb:candidates; grep -c 'Cu(I), two-fold in oxygen: Cu2O' page.html; grep -c '^\*\*Cu(I), two-fold in oxygen: Cu2O' page.md
out   ^1$

case  --overview has answer, surroundings and numbers of both edges with errors, in the row that a batch has
run   cuxas-match --quiet --overview row.csv --elements Cu,O $DATA/spectra/Cu2O.csv refdb:structures refdb:candidates; cat row.csv
out   ^scan,best,.*,answer,surroundings,state_0,.*,peak_eV,peak_sd_eV,.*,area_ratio,area_ratio_sd,peak_2_eV,peak_2_sd_eV,report,reason$
out   Cu\(I\), two-fold in oxygen: Cu2O .*,95[34][.][0-9]+,[0-9.]+,,$

case  several candidates of one formula are one compound, whose probability is told; polymorphs behind it where copper's place differs
run   mkdir several; cp $DATA/structures/CuO.cif several/CuO_mp-1692.cif; cp $DATA/structures/CuO.cif $DATA/structures/Cu2O.cif several; cuxas-match $DATA/spectra/CuO_TEY.csv several --json several.json | tr -s '\n ' ' '
out   ^Answer Cu\(II\), four-fold in oxygen: CuO \(9[0-9] %; a measured standard agrees
no-out mp-1692 [0-9]+ %
run   tr -d '\n\t ' <several.json
out   "compounds":\[\{"name":"CuO","formula":"CuO","probability":0\.4[0-9]+,"compound_probability":0\.9[0-9]+,"witnesses":\{[^}]*\}\},\{"name":"CuO_mp-1692","formula":"CuO","probability":0\.4[0-9]+,"compound_probability":0\.9
run   sed 's/0\.58160000 0\.41840000 0\.25/0.00000000 0.50000000 0.00/;s/2\.900484/2.95/;s/5\.128800/4.17/;s/82\.309881/90/;s/72\.314715/90/' $DATA/structures/CuO.cif >several/CuO_hypothetical.cif; cuxas-match $DATA/spectra/CuO_TEY.csv several | tr -s '\n ' ' '
out   CuO \(9[0-9] %: CuO_?[a-z0-9-]* [0-9]+ %, CuO_?[a-z0-9-]* [0-9]+ %, CuO_?[a-z0-9-]* [0-9]+ %; a measured standard agrees

case  a weak white line may be a flattened one: no wrong compound is claimed with 0.7 and more
needs model validation python3
run   for s in 0.2 0.5 1; do cuxas-validate --quiet --saturation $s --json - | python3 -c 'import json, sys; t = json.load(sys.stdin)["answers"]["totals"]; print("wrong: claimed" if max(max(x["largest_wrong"], x["largest_without"]) for x in t.values()) >= 0.7 else "fair")'; done | sort -u
out   ^fair$
no-out wrong
run   cuxas-match $DATA/spectra/LaCuOS.csv refdb:structures/Cu2S.cif refdb:structures/CuO.cif refdb:structures/Cu.cif | tr -s '\n ' ' '
out   white lines as weak as this one, 1\.[0-9] times the step behind it, are also what saturation
out   The same sample where nothing saturates
run   cuxas-match --detection IPFY $DATA/spectra/LaCuOS.csv refdb:structures/Cu2S.cif refdb:structures/CuO.cif refdb:structures/Cu.cif
no-out nothing saturates

case  the very spectrum of a compound, flattened, is recognised by it, and its simulation is drawn wherever it ranks
needs model python3
run   python3 -c 'import sys; r = [l.split(",") for l in open(sys.argv[1]) if l[0].isdigit()]; e = [float(a) for a, b in r]; m = [float(b) for a, b in r]; low = sum(m[:5]) / 5; end = [y for x, y in zip(e, m) if 961 <= x <= 966]; step = sum(end) / len(end) - low; z = [max((y - low) / step, 0) for y in m]; print("energy_eV,mu"); [print("%.2f,%.6f" % (x, 1.5 * y / (1 + 0.5 * y))) for x, y in zip(e, z)]' $DATA/spectra/LaCuOS.csv >flat.csv
run   cuxas-match flat.csv --html flat.html --force | tr -s '\n ' ' '
out   ^Answer Cu\(I\), four-fold next to S, Se or Te: LaCuOS \((8|9)[0-9] %; a measured standard agrees
out   LaCuOS is number [3-9][0-9] by prediction and number (2[5-9]|[3-9][0-9]) by simulation
out   white line is flattened \(s = 0\.[45]
no-out nothing saturates
run   cat flat.html
out   Dark: <bdi>LaCuOS</bdi> simulated from first principles
run   cuxas-match flat.csv refdb:structures/Cu2S.cif refdb:structures/CuO.cif refdb:structures/Cu.cif --html three.html --force
out   ^Answer +Cu\(I\): LaCuOS, which is not among the candidates
run   cat three.html
no-out simulated from first principles \(MAE

case  what looks like a sum of two compounds of one state is told not to be told from one compound
run   cuxas-match $DATA/spectra/LaCuOS.csv | tr -s '\n ' ' '
out   ; a mixture, as of [A-Za-z]+ \([0-9]+ %\) and [A-Za-z]+ \([0-9]+ %\), cannot be told from one compound\.
out   A mixture is possible: .* does not tell a mixture from a compound that is not among the measured spectra

case  a scan that begins on a rising background says that it cannot be told, and others do not
needs python3
run   awk -F, '/^[0-9]/ { if (!n++) e = $1; print $1 "," $2 + 0.01 * ($1 - e) }' $DATA/spectra/CuO_TEY.csv >rising.csv; cuxas-match rising.csv | tr -s '\n ' ' '
out   The scan begins 5\.[0-9] eV before its edge and rises there: too little to tell a background
run   cuxas-match $DATA/spectra/CuO_TEY.csv
no-out The scan begins

case  an error larger than its number is no number
run   cuxas-match $DATA/spectra/Cu2S.csv | tr -s '\n ' ' '
out   peaks apart by [0-9.]+( \+- [0-9.]+)? eV; how their areas compare this scan does not tell
no-out areas as

case  of a folder of measured spectra the answer is one compound with its state, and structures of it are the same compound
needs model python3
run   mkdir own; cp $DATA/spectra/CuFeS2.csv $DATA/spectra/Cu2O.csv $DATA/spectra/CuO*.csv $DATA/spectra/Cu.csv own; python3 -c 'import random, sys; random.seed(1); print("energy_eV,mu"); [print("%s,%.6f" % (l.split(",")[0], float(l.split(",")[1]) + random.gauss(0, 0.01))) for l in open(sys.argv[1]) if l[0].isdigit()]' $DATA/spectra/Cu2O.csv >noisy.csv
run   cuxas-match noisy.csv own | tr -s '\n ' ' '
out   ^Answer Cu\(I\), in oxygen: Cu2O \([89][0-9] %
run   cuxas-match noisy.csv own --no-standards | tr -s '\n ' ' '
out   ^Answer Cu\(I\), in oxygen: (probably )?Cu2O
run   cuxas-match noisy.csv own $DATA/structures | tr -s '\n ' ' '
out   ^Answer Cu\(I\), [a-z -]*in oxygen: Cu2O \([89][0-9] %
no-out one of Cu2O

case  a white line whose area is no more than the step has none, instead of a negative area
needs model
run   cuxas-match $DATA/spectra/CuFeS2.csv --elements Cu,Fe,S --json area.json | tr -s '\n ' ' '
out   no white line above the step by its area
no-out area -[0-9]
run   tr -d '\n\t ' <area.json
out   "white_line_area_eV":(null|\{"value":null)

case  where noise hides the onset no state is stated plainly
needs model python3
run   python3 -c 'import random, sys; random.seed(4); print("energy_eV,mu"); [print("%s,%.6f" % (l.split(",")[0], float(l.split(",")[1]) + random.gauss(0, 0.1))) for l in open(sys.argv[1]) if l[0].isdigit()]' $DATA/spectra/Cu2S.csv >hidden.csv
run   cuxas-match hidden.csv $DATA/structures/CuO.cif $DATA/structures/CuFeS2.cif | tr -s '\n ' ' '
out   ^Answer (Probably )?Cu\((0|I|II)\) \([0-9]+ %\)

case  one measured spectrum alone is told once, and not asked for again
needs model
run   cp $DATA/spectra/CuO_TEY.csv CuO_own.csv; cuxas-match $DATA/spectra/CuO_PFY.csv CuO_own.csv | tr -s '\n ' ' '
out   CuO_own, the only candidate, agrees \(measured spectrum with MAE 0\.[0-9]+\);
no-out A measured spectrum of CuO_own from the same session

case  a noisy measured spectrum that agrees better than theory does is not said not to agree
needs model python3
run   python3 -c 'import random, sys; random.seed(7); print("energy_eV,mu"); [print("%s,%.6f" % (l.split(",")[0], float(l.split(",")[1]) + random.gauss(0, 0.05))) for l in open(sys.argv[1]) if l[0].isdigit()]' $DATA/spectra/Cu.csv >hidden2.csv
run   cuxas-match hidden2.csv $DATA/structures/Cu.cif | tr -s '\n ' ' '
out   Cu, the only candidate, (agrees|is neither confirmed nor ruled out)
