# cuxas-records: spectra of any program as training records; another edge without another program.

case  one spectrum of another code, in Hartree, shifted and broadened, becomes a record
needs candidates
run   awk 'BEGIN { print "# energy/Ha  spectrum"; for (i = -50; i < 300; i++) printf "%.6f %.6f 0\n", i * 0.01, 0.02 * (0.5 + atan2(i, 3) / 3.14159265) }' > absspct_Cu.0001_2p_01
run   cuxas-records add absspct_Cu.0001_2p_01 --structure candidates/Cu.cif --unit Ha --shift 933 --gaussian 0.3 --lorentzian 0.5 --code OCEAN -d mine.jsonl
err   1 spectra added
run   cuxas-records info mine.jsonl
out   ^records +1$
out   ^L3 +1 +0 .*OCEAN$
run   cp mine.jsonl once.jsonl
run   cuxas-records add absspct_Cu.0001_2p_01 --structure candidates/Cu.cif --unit Ha --shift 933 --gaussian 0.3 --lorentzian 0.5 --code OCEAN -d mine.jsonl
err   0 spectra added, 0 replaced, 1 unchanged
same  mine.jsonl once.jsonl

case  a table of spectra: what is bad in it is told by line and left out
needs candidates
run   { echo "spectrum,structure,site,shift_eV"; echo "absspct_Cu.0001_2p_01,candidates/Cu.cif,0,933"; echo "absspct_Cu.0001_2p_01,candidates/Cu.cif,7,933"; echo "none,candidates/Cu.cif,0,933"; echo "absspct_Cu.0001_2p_01,candidates/Cu.cif,0,much"; } > sites.csv
run   cuxas-records add --list sites.csv --unit Ha -d table.jsonl
exit  3
err   skipped: .*site 7 is not Cu
err   skipped: .*none: cannot open
err   skipped: sites\.csv:5: "much" is no shift
err   1 spectra added, .* 3 skipped; 1 records

case  whose spectra they are must be said
run   cuxas-records add absspct_Cu.0001_2p_01 -d mine.jsonl
exit  2
err   --structure

case  malformed records are named by line
run   printf '{"id":"a","site":0}\n[]\n' > bad.jsonl
run   cuxas-records info bad.jsonl
exit  1
err   bad\.jsonl:2: not a JSON object
lines 1
run   head -n 1 bad.jsonl >worse.jsonl
run   cuxas-records info worse.jsonl
exit  1
err   worse\.jsonl: a, site 0: .*formula
lines 1

case  a copper K-edge model is trained, evaluated and used to match without other programs
needs shared
run   head -n 400 "$SHARED"/feff9_k/sites.jsonl > sites.jsonl
run   cuxas-records add sites.jsonl --structures "$SHARED"/structures/mp --edge K --normalize none --exclude "$DATA"/models/exclude.csv -q -d k-edge.jsonl
run   cuxas-train k-edge.jsonl --edges K=8985:0.5:250 --name cu-k --members 1 --folds 2 --epochs 4 --width 64 --shift 0 -q -o cu-k.cuxas
run   cuxas-evaluate k-edge.jsonl --model cu-k.cuxas --edges K=8985:0.5:250 --folds 2 --members 1 --epochs 4 --width 64
out   ^K +no-hole +all +model
run   grep '"mp-1064456"' "$SHARED"/feff9_k/sites.jsonl | head -n 1 | tr -d '[]{}' | sed 's/"energy"://; s/"mu":/\n/; s/^.*"site":[0-9]*,//' | awk -F, '{ for (i = 1; i <= NF; i++) if ($i != "") v[NR, i] = $i; n = NF } END { print "energy_eV,mu"; for (i = 1; (2, i) in v; i++) print v[1, i] "," v[2, i] }' > CuO-K.csv
run   cuxas-match CuO-K.csv "$SHARED"/structures/literature --model cu-k.cuxas
out   ^Model +cu-k \(Cu K;
out   ^ +[0-9]+ +CuO 
