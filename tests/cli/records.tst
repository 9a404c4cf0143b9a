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

case  a data set is merged without the validation compounds, or of them alone, small, and without what is no spectrum
run   gzip -dc "$DATA/simulations/Cu-L3-L2.jsonl.gz" | grep -E '^\{"id":"(Cu|CuO|CuF2|CuSe2_py|CuAu)"' | sed 's/,"checksum":"[0-9a-f]*"}$/}/' > five.jsonl
run   sed 's/"scf_converged":true/"scf_converged":false/' five.jsonl | grep '"id":"CuF2"' > one.jsonl; grep -v '"id":"CuF2"' five.jsonl >> one.jsonl
run   cuxas-refdb records merge one.jsonl --exclude "$DATA/models/exclude.csv" --screen --small -o rest.jsonl.gz
exit  3
err   left out: CuF2, site [0-9]+, L3: potentials did not converge
err   left out: 2 by compound, 1 implausible
run   gzip -dc rest.jsonl.gz | grep -c -e '"mu0"' -e '"scf":' -e '\.[0-9]{5}.*"mu":'
exit  1
out   ^0$
run   cuxas-refdb records merge one.jsonl --only "$DATA/models/exclude.csv" -q -o known.jsonl; cut -c1-12 known.jsonl
out   "id":"Cu"
out   "id":"CuO
run   cuxas-refdb records info rest.jsonl.gz --sites --against five.jsonl
out   ^records +2$
out   ^0 +1$
out   ^metal +1$
out   Cu 2, Se 1, Au 1
out   ^L3 +no-hole +2 +0\.000[01] +0\.000[01] +0\.000[01] +-?0\.00$

case  lines with structures, as Chen et al. published theirs: what is negative or has one edge alone is left out, edges find each other
run   awk 'function line(id, atom, edge, start, low,   i, e, m) { for (i = 0; i < 100; i++) { e = e (i ? "," : "") start + 0.6 * i; m = m (i ? "," : "") low + 0.5 + atan2(i - 10, 2) / 3.1416 } printf "{\"absorbing_atom\":%d,\"edge\":\"%s\",\"mp-id\":\"%s\",\"name\":\"CuCl\",\"spectrum\":[[%s],[%s]],\"structure\":{\"@class\":\"Structure\",\"lattice\":{\"matrix\":[[0,2.7,2.7],[2.7,0,2.7],[2.7,2.7,0]]},\"sites\":[{\"species\":[{\"element\":\"Cu\",\"occu\":1}],\"abc\":[0,0,0]},{\"species\":[{\"element\":\"Cl\",\"occu\":1}],\"abc\":[0.25,0.25,0.25]}]}}\n", atom, edge, id, e, m } BEGIN { line("mp-1", 0, "L3", 930, 0); line("mp-2", 0, "L3", 930, -0.5); line("mp-2", 0, "L2", 950, 0); line("mp-3", 1, "L3", 930, 0) }' > l3.json; sed -n '1s/L3/L2/p' l3.json | sed 's/\[930,/[929.9,/' > l2.json
run   cuxas-refdb records add l3.json l2.json --layout chen -d chen.jsonl
exit  3
err   mp-3, site 1 is not Cu
err   2 spectra added, .* 1 skipped; 1 records
err   left out: 1 spectra that are negative somewhere, 1 without one of the other edge
run   cuxas-refdb records info chen.jsonl
out   ^L3 +1 
out   ^L2 +1 
run   cut -c1-40 chen.jsonl
out   "id":"mp-1","formula":"CuCl","site":0

case  edges of two sites of one crystal are no pair, edges of another shell are none, and the order of lines does not matter
run   printf '%s\n' 'function line(id, other, atom, edge, start, low,   i, e, m) { e = m = ""; for (i = 0; i < 100; i++) { e = e (i ? "," : "") start + 0.6 * i; m = m (i ? "," : "") low + 0.5 + atan2(i - 10, 2) / 3.1416 } printf "{\"absorbing_atom\":%d,\"edge\":\"%s\",\"mp-id\":\"%s\",\"name\":\"x\",\"spectrum\":[[%s],[%s]],\"structure\":{\"@class\":\"Structure\",\"lattice\":{\"matrix\":[[0,5.4,5.4],[2.7,0,2.7],[2.7,2.7,0]]},\"sites\":[{\"species\":[{\"element\":\"Cu\",\"occu\":1}],\"abc\":[0,0,0]},{\"species\":[{\"element\":\"Cu\",\"occu\":1}],\"abc\":[0.5,0.5,0.5]},{\"species\":[{\"element\":\"%s\",\"occu\":1}],\"abc\":[0.25,0.25,0.25]},{\"species\":[{\"element\":\"%s\",\"occu\":1}],\"abc\":[0.75,0.75,0.75]}]}}\n", atom, edge, id, e, m, other, other }' >chen.awk
run   { cat chen.awk; printf '%s\n' 'BEGIN { line("mp-5", "Cl", 1, "L2", 950, 0); line("mp-4", "Cl", 0, "L3", 930, 0); line("mp-4", "Cl", 1, "L2", 950, 0); line("mp-6", "Cl", 0, "L3", 930, 0); line("mp-6", "Cl", 0, "K", 8980, 0); line("mp-5", "Cl", 1, "L3", 930, 0) }'; } >lines.awk; awk -f lines.awk >mixed.json; cuxas-refdb records add mixed.json --layout chen -d mixed.jsonl
err   2 spectra added, .* 0 skipped; 1 records
err   left out: 0 spectra that are negative somewhere, 4 without one of the other edge
run   cut -c1-40 mixed.jsonl; grep -o '"L[23]":{"energy":.9[0-9]*' mixed.jsonl
out   "id":"mp-5","formula":"CuCl","site":1
out   ^"L2":\{"energy":\[950
out   ^"L3":\{"energy":\[930
run   tail -r mixed.json 2>/dev/null >back.json || tac mixed.json >back.json; cuxas-refdb records add back.json --layout chen -d back.jsonl -q; cmp mixed.jsonl back.jsonl && echo the same
out   the same

case  a model learns from imported records beside the data set, the blind one not from validation compounds among them
needs model plain
run   { cat chen.awk; printf '%s\n' 'BEGIN { line("mp-7", "Cl", 0, "L3", 930, 0); line("mp-7", "Cl", 0, "L2", 950, 0); line("mp-8", "O", 0, "L3", 930, 0); line("mp-8", "O", 0, "L2", 950, 0) }'; } >two.awk; awk -f two.awk >two.json; cuxas-refdb records add two.json --layout chen -d two.jsonl -q
run   ln -s "$DATA" refdb; mkdir small; gzip -dc refdb/dataset/Cu-L3-L2.jsonl.gz | awk 'NR <= 24 || /^{"id":"mp-/ && n++ < 1' | gzip >small/Cu-L3-L2.jsonl.gz; cp refdb/dataset/validation.jsonl.gz small; EXTRA=two.jsonl sh refdb/dataset/train.sh small "$(dirname "$(command -v cuxas-model)")" trained >train.txt 2>&1; cat train.txt
run   for name in cu-l23-blind cu-l23; do cuxas-model info trained/$name.cuxas | grep -o 'edge=L2 n_records=[0-9]*'; done; cut -d, -f1,3 trained/split.csv
out   n_records=26$
out   n_records=62$
out   ^mp-7,CuCl
no-out ^mp-8

case  folders of FEFF, as Gleason et al. published theirs: the cell is in the title, the site is found by what surrounds it
run   mkdir -p set/CuCl/site_0 set/lost; { printf '* This feff.inp file generated by pymatgen\nTITLE Reduced formula:  CuCl\nTITLE abc:  5.400000   5.400000   5.400000\nTITLE angles: 90.000000  90.000000 90.000000\nTITLE sites: 8\n'; printf '* %d %s %s\n' 1 Cl '0.25 0.25 0.25' 2 Cl '0.75 0.75 0.25' 3 Cl '0.75 0.25 0.75' 4 Cl '0.25 0.75 0.75' 5 Cu '0 0 0' 6 Cu '0.5 0.5 0' 7 Cu '0.5 0 0.5' 8 Cu '0 0.5 0.5'; printf 'EDGE L3\nCOREHOLE RPA\nPOTENTIALS\n0 29 Cu\n1 29 Cu\n2 17 Cl\nATOMS\n'; awk 'BEGIN { for (x = -2; x < 3; x++) for (y = -2; y < 3; y++) for (z = -2; z < 3; z++) { if ((x + y + z) % 2 == 0) print 2.7 * x, 2.7 * y, 2.7 * z, x || y || z ? 1 : 0; if ((x + y + z) % 2 == 0) print 2.7 * x + 1.35, 2.7 * y + 1.35, 2.7 * z + 1.35, 2 } }'; echo END; } > set/CuCl/site_0/feff.inp
run   awk 'BEGIN { print "# omega e k mu mu0 chi"; for (i = 0; i < 200; i++) print 925 + 0.3 * i, 0.3 * i - 7, 0, 0.5 + atan2(i - 25, 3) / 3.1416, 1, 0 }' > set/CuCl/site_0/xmu.dat; cp set/CuCl/site_0/xmu.dat set/lost; echo 'TITLE nothing' > set/lost/feff.inp
run   cuxas-refdb records add set --layout feff -d feff.jsonl
exit  3
err   set/lost/feff\.inp: its title does not tell the cell
err   1 spectra added
run   grep -o -e '"id":"[^"]*"' -e '"site":[0-9]*' -e '"L3_screened"' feff.jsonl
out   "id":"CuCl_site_0"
out   "site":4
out   "L3_screened"

case  a calculation of FEFF that has not ended is not read, and one of another absorber, of other neighbours or of a cluster that is no site's is told
run   mkdir -p trap/unended trap/other trap/far trap/foreign trap/right; for name in unended other far foreign right; do cp set/CuCl/site_0/feff.inp trap/$name; done; for name in other far foreign right; do cp set/CuCl/site_0/xmu.dat trap/$name; done; sed -i 's/^0 29 Cu$/0 17 Cl/' trap/other/feff.inp; sed -i 's/^2 17 Cl$/2 35 Br/' trap/foreign/feff.inp; awk '/^ATOMS/ { on = 1 } { print on && NF == 4 ? 1.1 * $1 " " 1.1 * $2 " " 1.1 * $3 " " $4 : $0 }' set/CuCl/site_0/feff.inp >trap/far/feff.inp
run   cuxas-refdb records add trap --layout feff -d trap.jsonl
exit  3
err   trap/far/feff\.inp: no site of Cu
err   trap/foreign/feff\.inp: no site of Cu
err   trap/other/feff\.inp: its absorber, potential 0, is not Cu
err   1 spectra added, .* 3 skipped; 1 records
no-err unended
