# cuxas-predict: spectra and site features.

case  a spectrum per structure as CSV on standard output
needs model
run   cuxas-predict candidates/Cu.cif
out   ^name,energy_eV,mu,sigma$
out   ^Cu,925,
lines 0

case  what cuxas-predict writes cuxas-match reads as a candidate
needs model
run   cuxas-predict candidates/Cu.cif --csv Cu-predicted.csv
run   cuxas-match good/scan.csv candidates Cu-predicted.csv --quiet
out   Cu-predicted

case  the JSON document has every member of its schema
needs model
run   cuxas-predict candidates --json -
out   "schema":.*"cuxas-prediction/1"
out   "sha256":
out   "structures":
out   "site_index":
out   "equivalent_sites":\[
out   "multiplicity":4
out   "L3":
out   "domain":
out   "skipped":.*\[\]

case  the JSON document is JSON with as many values as energies
needs model python3
run   cuxas-predict one-bad --json p.json --quiet
exit  3
run   python3 -c 'import json; p = json.load(open("p.json")); print([len(s["mu"]) == len(s["energy_eV"]) for s in p["structures"]], len(p["skipped"]))'
out   ^\[True, True, True, True\] 1$

case  symmetry-equivalent sites are found and counted in file order
needs model python3
run   cuxas-predict candidates/Cu2O.cif --json - | python3 -c 'import json, sys; s = json.load(sys.stdin)["structures"][0]["sites"]; print([(x["site_index"], x["equivalent_sites"]) for x in s])'
out   ^\[\(2, \[2, 3, 4, 5\]\)\]$

case  the same bytes whatever the number of threads
needs model
run   cuxas-predict candidates --json t1.json --threads 1
run   cuxas-predict candidates --json t2.json --threads 2
same  t1.json t2.json

case  features of every atom as CSV
needs model
run   cuxas-predict candidates/Cu2O.cif --features - | cut -d, -f 1-3
out   ^name,site_index,element$
out   ^Cu2O,0,O$
out   ^Cu2O,5,Cu$

case  features as a NumPy array
needs model
run   cuxas-predict candidates --features f.npy && od -A n -c -N 8 f.npy && dd if=f.npy bs=1 skip=10 count=70 2>/dev/null
out   N +U +M +P +Y +001
out   'shape': \(14, [0-9]+\)

case  a bad structure is skipped and told
needs model
run   cuxas-predict one-bad
exit  3
err   skipped: one-bad/overfull\.cif
lines 1

case  --strict makes it fatal and leaves nothing behind
needs model
run   cuxas-predict --strict one-bad --json strict.json
exit  1
err   overfull\.cif
no-file strict.json
lines 1

case  no usable structure at all is a failure
needs model
run   cuxas-predict bad/overfull.cif --json none.json
exit  1
no-file none.json

case  existing files are not overwritten
needs model
run   echo mine >p.csv; cuxas-predict candidates --csv p.csv
exit  1
err   p\.csv: exists already
lines 1

case  a full disk is an error
needs model
run   cuxas-predict candidates >/dev/full
exit  1
err   cannot write

case  nothing to predict is wrong usage
run   cuxas-predict
exit  2
lines 1

case  a featurizer alone gives features, and says that it has no spectra
needs model
run   gzip -dc "$DATA/dataset/Cu-L3-L2.jsonl.gz" | head -n 20 >sites.jsonl; cuxas-model pretrain L3=925:0.5:120@sites.jsonl -o featurizer.cuxas --epochs 1 --width 8 --channels 8 --hidden 8 -q
run   cuxas-predict --model featurizer.cuxas --features - candidates/Cu.cif
out   ^Cu,3,Cu,[-0-9.e]+,
run   cuxas-predict --model featurizer.cuxas candidates/Cu.cif
exit  1
err   featurizer alone
lines 1
