# The second stage of a match: candidates simulated from first principles.

case  known simulations decide at once, and a second run gives the same bytes
needs model
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --radius 3 --scf-radius 0 --step 2 --dataset known.jsonl --quiet
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --hole 1 --simulate 2 --simulations known.jsonl --quiet --no-plot --json one.json --csv one.csv --html one.html --markdown one.md
out   ^Simulated   Beside their predictions stand simulations from first principles of all 2 structures
out   ^Simulated from first principles \(2 compared, 0 could not be\)
out   ^   1  Cu2O
out   ^By prediction
out   90th percentile
out   cluster 3 A
lines 0
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --hole 1 --simulate 2 --simulations known.jsonl --quiet --no-plot --json two.json --csv two.csv --html two.html --threads 1
same  one.json two.json
same  one.csv two.csv
same  one.html two.html
run   grep -c simulated_rank one.csv; grep -c '"decides":	true' one.json; grep -c 'id="simulated"' one.html; grep -c '^## Simulated from first principles' one.md
out   ^1$
no-out ^0$

case  what was simulated is kept, found again and replayed to the same numbers
needs model
run   printf 'swollen copper, which no library has\n1.0\n0 1.83 1.83\n1.83 0 1.83\n1.83 1.83 0\nCu\n1\nDirect\n0 0 0\n' >swollen.vasp
run   cuxas-match "$DATA/spectra/Cu.csv" swollen.vasp "$DATA/structures/Cu2O.cif" --hole 1 --simulate 1 --simulations mine.jsonl --quiet --no-plot --json first.json
out   of 1 of the 2 structures
file  mine.jsonl
run   cp mine.jsonl before.jsonl; cuxas-match "$DATA/spectra/Cu.csv" swollen.vasp "$DATA/structures/Cu2O.cif" --hole 1 --simulate 1 --simulations mine.jsonl --verbose --no-plot --json again.json
err   0 sites computed now
same  mine.jsonl before.jsonl
same  first.json again.json
run   cuxas-match --replay first.json
out   every result is identical

case  a replay adds nothing to the file of simulations that a report names, and makes none
needs model
run   mv mine.jsonl kept.jsonl; cuxas-match --replay first.json
out   every result is identical
no-file mine.jsonl
run   mv kept.jsonl mine.jsonl

case  nor do shares that are joined
needs model
run   cp mine.jsonl kept.jsonl; for i in 1 2; do cuxas-match "$DATA/spectra/Cu.csv" swollen.vasp "$DATA/structures/Cu2O.cif" --hole 1 --simulate 1 --simulations mine.jsonl -q --no-plot --shard $i/2 --json s-$i.json >share.txt; done; rm mine.jsonl; cuxas-match -q --no-plot --join s-1.json s-2.json --json joined.json >joined.txt; grep '"simulations"' joined.json
out   "simulations":.*"mine\.jsonl"
no-file mine.jsonl
run   mv kept.jsonl mine.jsonl; cuxas-match -q --no-plot --join s-1.json s-2.json --json known.json >known.txt
same  joined.json known.json

case  a library of simulations is found among the bundled data, whatever the structures are called
needs model
run   cuxas-refdb simulations swollen.vasp --hole none --records mine.jsonl -o library.jsonl.gz
err   1 sites of 1 structures
same  mine.jsonl before.jsonl
run   cuxas-refdb simulations swollen.vasp --hole none --records mine.jsonl -o twice.jsonl.gz; cmp library.jsonl.gz twice.jsonl.gz
run   gzip -dc library.jsonl.gz
out   "structure_sha256":"[0-9a-f]{64}"
no-out mu0
run   cuxas-records info library.jsonl.gz
out   ^records +1$
run   cp -R "$DATA" data; mkdir -p data/simulations; cp library.jsonl.gz data/simulations/Cu-L3-L2.jsonl.gz; mv swollen.vasp metal.vasp
run   cuxas-match "$DATA/spectra/Cu.csv" metal.vasp --data data --hole 1 --simulate all --verbose --no-plot
out   ^   1  metal
err   0 sites computed now
run   cuxas-refdb simulations metal.vasp --records mine.jsonl -o library.jsonl.gz
exit  1
err   library\.jsonl\.gz: exists already

case  a candidate that cannot be simulated is told, and the others decide
needs model
run   printf 'far\n1.0\n90 0 0\n0 90 0\n0 0 90\nCu\n1\nDirect\n0 0 0\n' >far.vasp
run   cuxas-match "$DATA/spectra/Cu2O.csv" far.vasp "$DATA/structures/Cu2O.cif" --hole 1 --simulate all --simulations known.jsonl --no-plot --json far.json
exit  3
out   \(1 compared, 1 could not be\)
out   not simulated: far
err   1 of 2 candidates could not be simulated, the first: .*far
run   cuxas-match "$DATA/spectra/Cu2O.csv" far.vasp "$DATA/structures/Cu2O.cif" --hole 1 --simulate all --simulations known.jsonl --no-plot --quiet --strict
exit  1
run   cuxas-match "$DATA/spectra/Cu2O.csv" far.vasp --hole 1 --simulate 1 --simulations known.jsonl --no-plot --quiet
exit  3
out   Predictions speak alone: there is no simulation

case  a damaged file of simulations is refused before anything is simulated
needs model
run   echo nonsense >bad.jsonl; cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu2O.cif" --simulate 1 --simulations bad.jsonl --quiet
exit  1
err   bad\.jsonl:1: not JSON
lines 1
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu2O.cif" --simulate some
exit  2

case  without simulations nothing is said of them
needs model
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu2O.cif" --simulate 0 --quiet --no-plot --json plain.json
no-out imulat
run   grep -c '"simulated":	null' plain.json
out   ^1$

case  what is bundled speaks without being asked for, and what is not is simulated where it takes seconds
needs model
run   cp -R "$DATA" bundle; mkdir -p bundle/simulations; cp known.jsonl bundle/simulations/Cu-L3-L2.jsonl; gzip -f bundle/simulations/Cu-L3-L2.jsonl; cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" --data bundle --hole 1 --quiet --no-plot --json auto.json
out   ^Simulated from first principles \(2 compared, 0 could not be\)
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" metal.vasp far.vasp --data bundle --hole 1 --verbose --no-plot --json more.json
exit  3
out   ^Simulated from first principles \(3 compared, 1 could not be\)
err   [01] sites computed now
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" metal.vasp far.vasp --data bundle --hole 1 --verbose --no-plot --json cached.json
exit  3
err   0 sites computed now
same  more.json cached.json
run   cuxas-match --replay auto.json --data bundle
out   every result is identical

case  many scans share what was simulated
needs model
run   cuxas-match "$DATA/spectra/Cu2O.csv" "$DATA/spectra/Cu.csv" --library "$DATA/structures/Cu.cif" --library "$DATA/structures/Cu2O.cif" --hole 1 --simulate 2 --simulations known.jsonl -o many --quiet
run   grep -c '"decides":	true' many/Cu2O.json many/Cu.json
out   Cu2O.json:1
out   Cu.json:1

case  validation counts what simulation adds, of all candidates or of the best by prediction
needs model
run   mkdir two measured; cp "$DATA/structures/Cu.cif" "$DATA/structures/Cu2O.cif" two; cp "$DATA/spectra/Cu.csv" "$DATA/spectra/Cu2O.csv" measured
run   cat known.jsonl mine.jsonl >all.jsonl; cuxas-validate --structures two --spectra measured --candidates metal.vasp --hole 1 --identify --simulate 1 --simulations all.jsonl --quiet
out   ^best 1     minmax         score
run   cuxas-validate --structures two --spectra measured --hole 1 --simulate all --simulations known.jsonl --quiet
out   ^Spectra by simulated in place of the model's
run   cuxas-validate --simulate all --simulated known.jsonl --quiet
exit  2
err   makes its own spectra

case  of a disordered structure several arrangements are simulated, told, and averaged
needs model
run   { printf 'data_x\n_cell_length_a 3.61\n_cell_length_b 3.61\n_cell_length_c 3.61\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n'; printf "_symmetry_space_group_name_H-M 'F m -3 m'\nloop_\n_atom_site_label\n_atom_site_occupancy\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nCu1 0.5 0 0 0\nNi1 0.5 0 0 0\n"; } >half.cif; cuxas-simulate half.cif --radius 3 --scf-radius 0 --step 2 --dataset half.jsonl --csv half.csv
err   half\.cif: 4 arrangements are simulated, half~1of4 to ~4of4; the compound is their mean
run   cut -d, -f1 half.csv | sort -u | tr '\n' ' '
out   ^half~1of4 half~2of4 half~3of4 half~4of4 name 
run   cuxas-simulate half.cif --radius 3 --scf-radius 0 --step 2 --arrangements 2 --plan
out   ^half~2of2
out   ^2 sites, 4 spectra
run   cuxas-simulate half.cif --site 0 --plan
out   ^1 sites, 2 spectra
err   half\.cif: of its arrangements the first is simulated
run   cuxas-match "$DATA/spectra/Cu.csv" half.cif "$DATA/structures/Cu.cif" --hole 1 --simulate 2 --simulations half.jsonl --no-plot --json half.json
run   grep -c 'disordered: 4 of its 6 arrangements are simulated and averaged' half.json
out   ^1$

case  what theory gives for a bundled mineral is called by its name among all of its elements
needs model
run   gzip -dc "$DATA/simulations/Cu-L3-L2.jsonl.gz" | grep '^{"id":"azurite"' >azurite.jsonl; cuxas-refdb simulated azurite.jsonl --code cuxas --source own -o made
run   awk -F, '/^[0-9]/ {n++; printf "%s,%.5f\n", $1, ($3 + $4) / 2 + 0.02 * sin(7 * n)}' made/azurite.csv >mineral.csv
run   cuxas-match mineral.csv --elements Cu,C,O,H --quiet --no-plot | sed -n '/^Simulated from/,/^By prediction/p'
out   ^ +1 +azurite +Cu3H2C2O8

case  of a disordered structure all arrangements that a match asks for are in a library of simulations
needs model candidates
run   cuxas-match "$DATA/spectra/Cu2S.csv" "$DATA/candidates/chalcocite_model.cif" --verbose --no-plot
err   1 structures simulated; 0 sites computed now
