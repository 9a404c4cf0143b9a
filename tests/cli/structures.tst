# Structures from JSON, gzip, CIFs of several blocks and databases: each is a candidate of its own, with its name.

case  every block of a CIF is a candidate
needs model
run   cuxas-match good/scan.csv many --json blocks.json
out   two#Cu 
out   two#Cu2O 
run   grep -c 'many/two\.cif#Cu2O"' blocks.json
out   ^2$

case  gzip, JSON and lists of documents are read; what is no structure is passed over
needs model
run   cuxas-match good/scan.csv mixed
exit  3
out   both#Cu2O 
out   Cu2O 
out   fcc 
out   mp-30 
out   mixed/mp\.json#mp-0:[0-9]+: .*occupancy 1\.5, more than 1
no-out report\.json
err   1 of 6 candidates skipped

case  a partly occupied site is settled into one arrangement, and told
needs model
run   cuxas-predict good/partial.cif --csv settled.csv
err   good/partial\.cif: .*partly occupied
lines 1
run   cuxas-predict --quiet good/partial.cif --csv again.csv
same  settled.csv again.csv

case  one structure of a file is named behind #
needs model
run   cuxas-predict mixed/both.cif.gz#Cu2O --csv member.csv
run   cuxas-predict candidates/Cu2O.cif --csv file.csv
run   sed 's/^both#//' member.csv | cmp - file.csv
lines 0

case  a name that is not in the file is told
needs model
run   cuxas-predict mixed/both.cif.gz#CuO
exit  1
err   mixed/both\.cif\.gz: no structure in it is called CuO
lines 1

case  a library is a candidate like its folder
needs model
run   cuxas-refdb library candidates -o library.db
err   4 structures
run   cuxas-match good/scan.csv candidates >folder.txt
run   cuxas-match good/scan.csv library.db >library.txt
run   cmp folder.txt library.txt
lines 0

case  the hash of a structure does not depend on where it is kept
needs model
run   cuxas-match good/scan.csv library.db --json library.json
run   grep -c "$(sha256sum <candidates/Cu2O.cif | cut -c1-64)" library.json
out   ^2$

case  equal folders give equal libraries, and a library is not overwritten unasked
run   cuxas-refdb library --recursive candidates -o first.db
run   cuxas-refdb library candidates -o second.db
same  first.db second.db
run   cuxas-refdb library candidates -o second.db
exit  1
err   second\.db
run   cuxas-refdb library candidates -o second.db --force
exit  0

case  a library leaves out what cannot be read
run   cuxas-refdb library one-bad -o partly.db
exit  3
err   skipped: one-bad/overfull\.cif.*occupancy
err   4 structures
file  partly.db

case  two structures of one name make no library
run   cuxas-refdb library candidates one-bad -o double.db
exit  1
err   another structure is called
no-file double.db

case  damaged files are told in one line each
needs model
run   head -c 5000 library.db >bad/cut.db
run   cuxas-match good/scan.csv candidates bad/cut.json bad/cut.cif.gz bad/cut.db
exit  3
out   bad/cut\.json:1: not valid JSON
out   bad/cut\.cif\.gz: gzip data that end too early
out   bad/cut\.db: database
lines 1

case  a search of a library is resumed, also with a structure in it that cannot be used
needs model
run   cuxas-match good/scan.csv --library mixed -o resumed
exit  3
run   cuxas-match good/scan.csv --library mixed -o resumed
exit  3
err   0 matched, 1 kept

case  what is doubtful in a structure is told with its prediction
needs model
run   cuxas-predict disordered.cif --csv disordered.csv
err   warning: disordered\.cif: disordered: 1 sites of the cell are partly occupied; 4 random arrangements in . x . x . cells are averaged \(seed 1\)
err   warning: disordered\.cif: 3 occupancies within 5 % of 0 or 1 taken for it

case  ... and in the report of a match
needs model
run   cuxas-match good/scan.csv disordered.cif candidates
out   disordered .*w$

case  ... and in its JSON
needs model
run   cuxas-match good/scan.csv disordered.cif --json disordered.json --quiet
run   grep -c '4 random arrangements in' disordered.json
out   ^1$

case  a bundled structure is known by its name
needs model
run   cuxas-predict refdb:CuO --csv named.csv
run   grep -c '^CuO,' named.csv
out   ^[1-9]

case  ... in every program, and called by its place in the bundled data
needs model
run   cuxas-match good/scan.csv refdb:CuO refdb:structures/Cu2O.cif --json named.json
run   grep -c '"path":.*"refdb:structures/CuO.cif"' named.json
out   ^2$

case  a name that nothing has is told
needs model
run   cuxas-predict refdb:Unobtainium --csv none.csv
exit  1
err   Unobtainium

case  of a disordered structure all arrangements that its cell allows are predicted and averaged
needs model
run   for part in '1 0.5' '1 1'; do set -- $part; { printf 'data_x\n_cell_length_a 3.61\n_cell_length_b 3.61\n_cell_length_c 3.61\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n'; if [ $2 = 1 ]; then printf "_symmetry_space_group_name_H-M 'P 1'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nCu1 0 0 0\nCu2 .5 .5 0\nNi1 .5 0 .5\nNi2 0 .5 .5\n"; else printf "_symmetry_space_group_name_H-M 'F m -3 m'\nloop_\n_atom_site_label\n_atom_site_occupancy\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nCu1 0.5 0 0 0\nNi1 0.5 0 0 0\n"; fi; } >half-$2.cif; done; cuxas-predict half-0.5.cif --csv half.csv && cuxas-predict half-1.cif --csv ordered.csv --quiet && cut -d, -f2,3 half.csv >half.txt && cut -d, -f2,3 ordered.csv >ordered.txt
err   half-0\.5\.cif: disordered: 8 sites of the cell are partly occupied; all 6 ordered arrangements of the cell are averaged
alike half.txt ordered.txt

case  drawn arrangements follow their seed, and more of them can be asked for
needs model
run   for seed in 1 1 2; do cuxas-predict disordered.cif --disorder-seed $seed --csv - --quiet | cksum; done | uniq | wc -l
out   ^ *2$
run   cuxas-predict disordered.cif --arrangements 7 --disorder-seed 5 --csv -
err   7 random arrangements in . x . x . cells are averaged \(seed 5\)

case  ... by the programs that simulate and validate too
needs model
run   cuxas-simulate refdb:CuO --plan; cuxas-simulate refdb:structures/Cu2O --plan
out   ^CuO  
out   ^Cu2O  
run   cuxas-simulate refdb:Unobtainium --plan
exit  1
err   Unobtainium
run   mkdir one; cp "$DATA/structures/Cu.cif" one; cuxas-validate --structures one --spectra refdb:spectra --candidates refdb:Cu2O --quiet --json named-too.json --force
run   grep -c 'refdb:' named-too.json
out   ^[1-9]

case  what is wrong with a cell is told with its line, and with nm where it is in nm
run   sed 's/4\.2[0-9]*/0.42/' candidates/Cu2O.cif | sed 's/^\(_cell_length_. *\).*/\10.4270/' >nm.cif; cuxas-predict nm.cif
exit  1
err   skipped: nm\.cif:[0-9]+: the cell has no volume \(0\.0779 A\^3\); are its lengths in nm\?
no-out name,energy_eV
run   printf '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\nCu 0 0 0\nO 0.1 0.1 0.1\n' >close.xyz; cuxas-predict close.xyz
exit  1
err   skipped: close\.xyz:4: atoms 1 \(Cu\) and 2 \(O\) are only 0\.173 A apart
run   printf '2\n\nCu 0 0 0\nO 0.19 0 0\n' >mol.xyz; cuxas-predict mol.xyz
exit  1
err   skipped: mol\.xyz:4: .* apart; are these nm\?

case  structures of other programs are called by their names
run   printf 'lattice_vector 4 0 0\nlattice_vector 0 4 0\nlattice_vector 0 0 4\natom_frac 0 0 0 Cu\n' >geometry.in; cuxas-predict geometry.in
exit  1
err   geometry\.in: not a structure format that is read \(FHI-aims\)
run   printf -- '- of UlmASE-Trajectory' >a.traj; cuxas-predict a.traj
exit  1
err   a\.traj: a trajectory of ASE

case  a bundled model is named by its name alone, in every option and argument
needs model
run   cuxas-model info refdb:cu-l23 && cuxas-model info refdb:models/cu-l23
out   ^name +cu-l23$
run   cuxas-predict -m refdb:cu-l23 refdb:CuO
out   ^CuO,
run   cuxas-model info refdb:nothing
exit  1
err   refdb:nothing: no file, structure, spectrum, model or library of the bundled data is called so

case  a database in write-ahead mode is read without a trace, from a folder that cannot be written, too
needs model sqlite3
run   mkdir -p 'ahead %3f' && cuxas-refdb library candidates -o 'ahead %3f/a.db' && sqlite3 'ahead %3f/a.db' 'PRAGMA journal_mode=WAL; UPDATE structures SET format = NULL' >/dev/null && ls -A 'ahead %3f' | wc -l
out   ^1$
run   cuxas-match good/scan.csv 'ahead %3f/a.db' && ls -A 'ahead %3f' | wc -l
out   Cu2O
out   ^1$

case  who is quiet still says why nothing could be done
needs model
run   printf '2\n\nCu 0 0 nan\nO 0 0 0\n' >nowhere.xyz; for p in cuxas-predict cuxas-simulate; do $p -q nowhere.xyz >/dev/null; done
exit  1
err   ^cuxas-predict: none of the structures could be used, the first: nowhere\.xyz:3: a coordinate is not finite
err   ^cuxas-simulate: .*nowhere\.xyz:3: a coordinate is not finite
