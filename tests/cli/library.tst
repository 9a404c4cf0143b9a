# Libraries of predictions and the cache: predicted once, the same report ever after; what is not whole is told.

case  a library gives the report of its folder, byte for byte
needs model candidates
run   cuxas-refdb library build candidates -o lib.cuxaslib
err   ^cuxas-refdb: 4 structures, 4 predictions$
run   cuxas-match --no-cache good/scan.csv candidates --csv folder.csv >folder.txt
run   cuxas-match --no-cache good/scan.csv lib.cuxaslib --csv lib.csv >lib.txt
lines 0
same  folder.txt lib.txt
same  folder.csv lib.csv

case  what a filter leaves out of a library is what it leaves out of the folder
needs model
run   cuxas-match --no-cache --elements Cu,O good/scan.csv candidates >some.txt
run   cuxas-match --no-cache --elements Cu,O good/scan.csv lib.cuxaslib >same.txt
same  some.txt same.txt

case  a library can be read without the structures' files, also when its best candidates are drawn
needs model
run   mkdir -p apart && cp lib.cuxaslib apart && cd apart && cuxas-match --no-cache ../good/scan.csv lib.cuxaslib --html page.html -q
file  apart/page.html

case  a build that is run again predicts nothing twice, and adds what is new
needs model
run   cp -R candidates more && cuxas-refdb library build more/Cu.cif -o grown.cuxaslib
err   1 structures, 1 predictions
run   cuxas-refdb library build more -o grown.cuxaslib
err   4 structures, 4 predictions
run   cuxas-refdb library check grown.cuxaslib
out   ^grown.cuxaslib: sound, 4 structures, 4 predictions

case  shares of GNU parallel, merged, are the library that one process makes; one that is missing is told
needs model parallel
run   seq 2 | parallel cuxas-refdb library build candidates -q -t 1 --shard {}/2 -o part-{}.cuxaslib; cuxas-refdb library merge part-1.cuxaslib -o none.cuxaslib
exit  1
err   share 2/2 is not among the libraries: nothing is merged
no-file none.cuxaslib
run   cuxas-refdb library merge part-1.cuxaslib part-2.cuxaslib -o all.cuxaslib
err   4 structures, 4 predictions
run   cuxas-match --no-cache good/scan.csv all.cuxaslib >all.txt
same  all.txt folder.txt

case  --quiet leaves no word on standard error of what is well
needs model
run   cuxas-refdb library build candidates -q -o mute.cuxaslib && cuxas-refdb library merge -q mute.cuxaslib -o merged.cuxaslib && cuxas-refdb library -q candidates -o mute.db
lines 0

case  a merged library that is one of its own parts, by whatever name, is refused, and the part stays what it was
needs model parallel
run   seq 3 | parallel cuxas-refdb library build candidates -q -t 1 --shard {}/3 -o own-{}.cuxaslib; cp own-2.cuxaslib was.cuxaslib; ln -s own-2.cuxaslib soft.cuxaslib; ln own-2.cuxaslib hard.cuxaslib
run   for name in own-2.cuxaslib ./own-2.cuxaslib soft.cuxaslib hard.cuxaslib; do cuxas-refdb library merge own-[123].cuxaslib -o $name && exit; done; false
exit  1
err   ^cuxas-refdb: hard.cuxaslib: is read, and would be overwritten: choose another name$
lines 4
same  own-2.cuxaslib was.cuxaslib

case  shares of different builds are no whole; of shares from before they said what they are shares of, it is taken for granted
needs model parallel sqlite3
run   mkdir -p others && cp candidates/*.cif others && cp "$DATA/structures/CuO.cif" "$DATA/structures/Cu2O.cif" others && cuxas-refdb library build others -q --shard 2/3 -o other.cuxaslib; cuxas-refdb library merge own-1.cuxaslib other.cuxaslib own-3.cuxaslib -o none.cuxaslib
exit  1
err   ^cuxas-refdb: own-1.cuxaslib, other.cuxaslib: shares of different lists of structures: nothing is merged$
lines 1
no-file none.cuxaslib
run   cp -R candidates elsewhere && cuxas-refdb library build elsewhere -q --shard 2/3 -o second.cuxaslib; sqlite3 own-3.cuxaslib "DELETE FROM about WHERE key = 'shard of'"; cuxas-refdb library merge own-1.cuxaslib second.cuxaslib own-3.cuxaslib -o three.cuxaslib
err   4 structures, 4 predictions

case  what cannot be read as a structure is left out of a library and told
needs model
run   cuxas-refdb library build one-bad -o partly.cuxaslib
exit  3
err   skipped: one-bad/overfull\.cif.*occupancy

case  a damaged structure or spectrum is found by the check
needs model sqlite3
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE predictions SET spectra = zeroblob(8) WHERE formula = 'Cu'"; cuxas-refdb library check hurt.cuxaslib
exit  1
err   the prediction of [0-9a-f]+ has spectra of 8 bytes, not [0-9]+$
lines 1
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE predictions SET n_absorber = 0 WHERE formula = 'Cu'"; cuxas-refdb library check hurt.cuxaslib
exit  1
err   hurt.cuxaslib: damaged: 0 absorbers of 1 kinds
run   cuxas-match -q --no-cache good/scan.csv hurt.cuxaslib
exit  1
err   damaged: 0 absorbers of 1 kinds: cuxas-refdb library check says more
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE predictions SET n_absorber = 7 * n_absorber WHERE formula = 'Cu'"; cuxas-refdb library check hurt.cuxaslib
exit  1
err   hurt.cuxaslib#Cu: predicted anew, its sites are others
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE structures SET content = 'data_x' WHERE name = 'Cu'"; cuxas-refdb library check hurt.cuxaslib
exit  1
err   structure Cu is not what its checksum says
lines 1

case  one byte of one spectrum that is another is found without predicting it anew; libraries without checksums say that they have none
needs model candidates sqlite3
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE predictions SET spectra = CAST(substr(spectra, 1, 200) || x'01' || substr(spectra, 202) AS BLOB) WHERE formula = 'Cu'"; cuxas-refdb library check hurt.cuxaslib --sample 0
exit  1
err   ^cuxas-refdb: hurt.cuxaslib: the spectra of the prediction of [0-9a-f]{12} are not what their checksum says$
lines 1
run   cuxas-refdb library merge hurt.cuxaslib -o none.cuxaslib
exit  1
no-file none.cuxaslib
run   cp lib.cuxaslib older.cuxaslib; sqlite3 older.cuxaslib 'DROP TABLE checksums'; cuxas-refdb library check older.cuxaslib
out   ^older.cuxaslib: sound, 4 structures, 4 predictions of model [^;]*; 4 spectra have no checksum$
run   cuxas-refdb library build more/Cu.cif "$DATA/structures/CuO.cif" -q -o older.cuxaslib && cuxas-refdb library check older.cuxaslib && cuxas-refdb library check lib.cuxaslib
out   ^older.cuxaslib: sound, 5 structures, 5 predictions of model [^;]*; 4 spectra have no checksum$
out   ^lib.cuxaslib: sound, 4 structures, 4 predictions of model [^;]*$

case  simulations in a library are those of the records they came from, and need neither records nor time
needs model candidates
run   cp "$DATA/structures/CuO.cif" "$DATA/structures/Cu2O.cif" "$DATA/candidates/CuCl_zb.cif" more; cuxas-refdb library build more --simulations "$DATA/simulations/Cu-L3-L2.jsonl.gz" -o with.cuxaslib
err   ^cuxas-refdb: 6 structures, 6 predictions, 3 simulations$
run   cuxas-match -q --no-cache --simulate 1 good/scan.csv with.cuxaslib --csv with.csv >with.txt; cuxas-match -q --no-cache --simulate 1 good/scan.csv more --csv without.csv >without.txt
same  with.csv without.csv
run   cuxas-match -q --cache fresh --simulations none good/scan.csv with.cuxaslib --elements Cu,O --json alone.json >alone.txt; sed -n '/"simulation":/p' alone.json; ls fresh
out   "simulation":
no-out simulations
run   cuxas-refdb library check with.cuxaslib
out   sound, 6 structures, 6 predictions, 3 simulations of model
run   cuxas-refdb library build more -o bare.cuxaslib -q; cuxas-refdb library build more --simulations "$DATA/simulations/Cu-L3-L2.jsonl.gz" -o bare.cuxaslib -q; for lib in with bare; do sqlite3 $lib.cuxaslib "select sha256, hex(spectra) from simulations order by sha256" >$lib.dump; done
same  with.dump bare.dump

case  simulations merge with their libraries, again and again the same; a damaged one is found, and a match that needs it says so
needs model candidates parallel sqlite3
run   seq 2 | parallel cuxas-refdb library build more -q -t 1 --simulations "$DATA/simulations/Cu-L3-L2.jsonl.gz" --shard {}/2 -o sim-{}.cuxaslib; for i in 1 2; do cuxas-refdb library merge sim-1.cuxaslib sim-2.cuxaslib -o sim.cuxaslib; sqlite3 sim.cuxaslib "select sha256, hex(spectra) from simulations order by sha256" >merged-$i.dump; done
same  merged-1.dump with.dump
same  merged-2.dump with.dump
run   cp with.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE simulations SET spectra = CAST(x'01' || substr(spectra, 2) AS BLOB)"; cuxas-refdb library check hurt.cuxaslib --sample 0
exit  1
err   the spectra of the simulation of [0-9a-f]{12} are not what their checksum says$
lines 1
run   sqlite3 hurt.cuxaslib "UPDATE simulations SET spectra = zeroblob(8)"; cuxas-refdb library check hurt.cuxaslib
exit  1
err   the simulation of [0-9a-f]+ has spectra of 8 bytes, not 4944$
lines 1
run   cuxas-match -q --no-cache good/scan.csv hurt.cuxaslib --csv hurt.csv
exit  1
err   ^cuxas-match: hurt\.cuxaslib: spectra of another size than their model.s: cuxas-refdb library check says more, build it anew$
lines 1
no-file hurt.csv

case  nothing of a damaged library gets into a merged one
needs model sqlite3
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE structures SET content = 'data_x' WHERE name = 'Cu'"; cuxas-refdb library merge lib.cuxaslib hurt.cuxaslib -o whole.cuxaslib
exit  1
err   hurt.cuxaslib: structure Cu is not what its checksum says
lines 1
run   cp lib.cuxaslib hurt.cuxaslib; sqlite3 hurt.cuxaslib "UPDATE predictions SET spectra = zeroblob(8) WHERE formula = 'Cu'"; cuxas-refdb library merge hurt.cuxaslib -o whole.cuxaslib
exit  1
err   hurt.cuxaslib: .* spectra of 8 bytes
run   head -c 9000 lib.cuxaslib >cut.cuxaslib; cuxas-refdb library merge lib.cuxaslib cut.cuxaslib -o whole.cuxaslib
exit  1
err   cut.cuxaslib: damaged
no-file whole.cuxaslib
run   cuxas-refdb library build "$DATA/structures/CuO.cif" -q -o whole.cuxaslib; sqlite3 whole.cuxaslib .dump >before.dump; cuxas-refdb library merge lib.cuxaslib cut.cuxaslib -o whole.cuxaslib; sqlite3 whole.cuxaslib .dump >after.dump
same  before.dump after.dump
run   rm whole.cuxaslib; { cat candidates/Cu.cif; echo '# another'; } >Cu.cif; cuxas-refdb library build Cu.cif -q -o Cu.cuxaslib; cuxas-refdb library merge lib.cuxaslib Cu.cuxaslib -o whole.cuxaslib
exit  1
err   Cu.cuxaslib: another structure is called Cu, too
no-file whole.cuxaslib
run   cuxas-refdb library build "$DATA/structures/CuO.cif" -q -o whole.cuxaslib; cuxas-refdb library merge lib.cuxaslib Cu.cuxaslib -o whole.cuxaslib
exit  1
run   cuxas-match -q --no-cache --csv - good/scan.csv whole.cuxaslib
out   CuO
run   rm whole.cuxaslib; cuxas-refdb library merge lib.cuxaslib -o whole.cuxaslib; cuxas-match --no-cache good/scan.csv whole.cuxaslib >whole.txt
same  whole.txt folder.txt

case  an unfinished library is refused in one line, and the same build finishes it
needs model sqlite3
run   cp lib.cuxaslib half.cuxaslib; sqlite3 half.cuxaslib "UPDATE about SET value = 'unfinished' WHERE key = 'state'; DELETE FROM predictions WHERE formula = 'Cu'"; cuxas-match good/scan.csv half.cuxaslib
exit  1
err   half.cuxaslib: unfinished, 3 predictions are in it
lines 1
run   cuxas-refdb library build candidates -o half.cuxaslib -q; cuxas-match --no-cache good/scan.csv half.cuxaslib >half.txt
same  half.txt folder.txt

case  a library of another model, or of other energies, is refused in one line
needs model sqlite3
run   cp lib.cuxaslib other.cuxaslib; sqlite3 other.cuxaslib "UPDATE models SET sha256 = 'f00d'"; cuxas-match good/scan.csv other.cuxaslib
exit  1
err   other.cuxaslib: predicted by another model .sha256 f00d, not
lines 1
run   cp lib.cuxaslib other.cuxaslib; sqlite3 other.cuxaslib "UPDATE models SET n_energy = 7"; cuxas-match good/scan.csv other.cuxaslib
exit  1
err   other.cuxaslib: its energies or channels are not those of its model
lines 1

case  a file cut short is refused
needs model
run   head -c 20000 lib.cuxaslib >cut.cuxaslib; cuxas-match good/scan.csv cut.cuxaslib
exit  1
err   cut.cuxaslib.*malformed

case  a library that may only be read is as good
needs model
run   mkdir -p locked && cp lib.cuxaslib locked && chmod a-w locked/lib.cuxaslib locked; cuxas-match --no-cache good/scan.csv locked/lib.cuxaslib >locked.txt; chmod u+w locked
same  locked.txt folder.txt

case  a library on a disk that cannot be written is refused in one line
needs model
run   cuxas-refdb library build candidates -o /proc/lib.cuxaslib
exit  1
err   ^cuxas-refdb: /proc/lib.cuxaslib: (cannot create: )?[A-Z]
no-err unable to open database file
lines 1
run   mkdir -p sealed && chmod 500 sealed; as=; setpriv --bounding-set=-dac_override true 2>no && as="setpriv --bounding-set=-dac_override"; $as cuxas-refdb library build candidates -o sealed/lib.cuxaslib; $as cuxas-refdb library merge lib.cuxaslib -o sealed/lib.cuxaslib
exit  1
err   ^cuxas-refdb: sealed/lib.cuxaslib: cannot create: Permission denied$
lines 2

case  the cache changes nothing but the time; a named one that cannot be written is an error
needs model
run   cuxas-match --cache kept good/scan.csv candidates >cold.txt; ls kept/predictions-*.cuxaslib
run   cuxas-match --cache kept good/scan.csv candidates >warm.txt
same  cold.txt warm.txt
run   cuxas-match --no-cache good/scan.csv candidates >without.txt
same  cold.txt without.txt
run   cuxas-match --cache good/scan.csv/x good/scan.csv candidates
exit  1
lines 1

case  another of BLAS's kernels, as on another node with the same home, neither takes nor leaves what this one's cache has
needs model
run   for kernel in SANDYBRIDGE PRESCOTT; do export OPENBLAS_CORETYPE=$kernel; cuxas-match -q --no-cache --csv $kernel.csv good/scan.csv candidates && cuxas-match -q --cache kept --csv $kernel-cache.csv good/scan.csv candidates && cmp $kernel.csv $kernel-cache.csv || exit; done
run   cuxas-match --cache kept good/scan.csv candidates >back.txt
same  back.txt without.txt

case  programs that run at a time share a cache
needs model
run   for i in 1 2 3 4; do cuxas-match -q --cache together good/scan.csv candidates >t$i.txt & done; wait; cmp t1.txt t2.txt && cmp t1.txt t3.txt && cmp t1.txt t4.txt && cmp t1.txt without.txt

case  a damaged cache that nobody asked for is not used
needs model
run   mkdir -p broken/cuxas && for name in $(cd kept && ls); do echo nothing >broken/cuxas/$name; done && XDG_CACHE_HOME=$PWD/broken cuxas-match good/scan.csv candidates >broken.txt
same  broken.txt without.txt

case  a damaged cache that was asked for ends no match: what is no database is not used, a database begins anew
needs model
run   cuxas-match --cache broken/cuxas good/scan.csv candidates >broken.txt
err   ^cuxas-match: broken/cuxas/predictions-.*: no library of predictions: no cache is used, remove this file$
lines 1
same  broken.txt without.txt
run   cat broken/cuxas/predictions-*
out   ^nothing$
run   cp -R together cut; for f in cut/predictions-*.cuxaslib; do head -c 6000 $f >part && mv part $f; done; cuxas-match --cache cut good/scan.csv candidates >cut.txt
err   ^cuxas-match: cut/predictions-.*: this cache begins anew$
lines 1
same  cut.txt without.txt
run   cuxas-match --cache cut good/scan.csv candidates >cut.txt
lines 0
same  cut.txt without.txt

case  so does one that is damaged behind its first pages, without a word
needs model
run   cp -R together holed; f=$(ls holed/predictions-*.cuxaslib); n=$(($(stat -c %s $f) / 4096)); yes damaged | dd of=$f bs=4096 seek=$((n / 2)) count=$((n - n / 2)) iflag=fullblock conv=notrunc status=none; for i in 1 2 3; do cuxas-match --cache holed good/scan.csv candidates >holed.txt; cmp holed.txt without.txt || exit; done; sqlite3 $f 'pragma quick_check'
out   ^ok$

case  shares that GNU parallel has searched, joined, give the report of one run, byte for byte
needs model parallel
run   cuxas-match -q good/scan.csv candidates --json whole.json >whole.txt
run   seq 3 | parallel cuxas-match -q -t 1 good/scan.csv candidates --shard {}/3 --json share-{}.json >shares.txt; ls share-1.json share-2.json share-3.json
run   cuxas-match -q --join share-3.json share-1.json share-2.json --json joined.json >joined.txt
same  whole.json joined.json
same  whole.txt joined.txt

case  shares that MPI numbers are the same
needs model
run   cuxas-match -q -f good/scan.csv candidates --json whole.json >whole.txt; for i in 1 2 3; do cuxas-match -q -f -t 1 good/scan.csv candidates --shard $i/3 --json share-$i.json; done >shares.txt
run   OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3 cuxas-match -q good/scan.csv candidates --shard auto --json auto.json && sed '/"command":/d' auto.json >a.txt && sed '/"command":/d' share-2.json >b.txt
same  a.txt b.txt

case  where more are searched than compared in full, shares joined are still the run of all, and a replay finds the same
needs model parallel
run   cuxas-refdb library build "$DATA/candidates" -q -o many.cuxaslib; cuxas-match -q --no-cache --simulate 0 --full 12 good/scan.csv many.cuxaslib --json many.json >many.txt; cuxas-match -q --no-cache --simulate 0 --full 999 good/scan.csv many.cuxaslib >every.txt; grep -c foreseen.:true many.json
out   ^2[0-9][0-9]$
run   seq 3 | parallel cuxas-match -q -t 1 --no-cache --simulate 0 --full 12 good/scan.csv many.cuxaslib --shard {}/3 --json m-{}.json >shares.txt; cuxas-match -q --no-cache --join m-1.json m-2.json m-3.json --json all.json >all.txt
same  many.json all.json
same  many.txt all.txt
run   cuxas-match --replay many.json
out   every result is identical
run   seq 2 | parallel cuxas-match -q -t 1 --no-cache '$DATA/spectra/CuFeS2.csv' many.cuxaslib --shard {}/2 --json b-{}.json >shares.txt; cuxas-match -q --no-cache --join b-1.json b-2.json --json joint.json >joint.txt; cuxas-match -q --no-cache "$DATA/spectra/CuFeS2.csv" many.cuxaslib --json both.json >both.txt; grep n_wanted both.json
out   n_wanted.*2[0-9][0-9]
same  both.json joint.json
same  both.txt joint.txt
run   sed 's/"exact":\(.*\)"[^ "]* /"exact":\1"inf /' b-2.json >bad.json; cuxas-match -q --no-cache --join b-1.json bad.json
exit  1
err   bad\.json: candidate 25: an exact number is not finite
lines 1
run   sed 's/"exact":\(.*\)"[^ "]* /"exact":\1"0x1p+9 /' b-2.json >bad.json; cuxas-match -q --no-cache --join b-1.json bad.json
exit  1
err   bad\.json: candidate 25: its exact numbers are not those of its row
lines 1
run   sed '/"exact":/s/"\(,*\)$/ 0x1p+0"\1/' b-2.json >bad.json; cuxas-match -q --no-cache --join b-1.json bad.json
exit  1
err   bad\.json: candidate 25: there is more behind its exact numbers
lines 1
run   sed 's/"version":\(.*\)"[^"]*"/"version":\1"0.0.1"/' b-2.json >old.json; cuxas-match -q --no-cache --join b-1.json old.json >old.txt
err   old\.json: note: the report was made by version 0\.0\.1, this is
lines 1
same  both.txt old.txt

# Open MPI needs nothing started: mpirun runs them here. As root it wants --allow-run-as-root, on few cores --oversubscribe.
case  Open MPI starts the shares of a search
needs model mpirun
run   cuxas-match -q --no-cache good/scan.csv lib.cuxaslib >one.txt
run   mpirun --allow-run-as-root --oversubscribe -n 3 sh -c 'cuxas-match -q -t 1 --no-cache good/scan.csv lib.cuxaslib --shard auto --json mpi-$OMPI_COMM_WORLD_RANK.json' >shares.txt; cuxas-match -q --no-cache --join mpi-0.json mpi-1.json mpi-2.json >joined.txt
same  one.txt joined.txt

# Slurm on one node is started by tests/slurm.sh around all cases. Skipped where no controller answers.
case  Slurm starts the shares of a search
needs model srun slurm
run   srun --ntasks=3 --overcommit sh -c 'cuxas-match -q -t 1 --no-cache good/scan.csv lib.cuxaslib --shard auto --json slurm-$SLURM_PROCID.json' >shares.txt; cuxas-match -q --no-cache --join slurm-0.json slurm-1.json slurm-2.json >joined.txt
same  one.txt joined.txt

case  what is no set of shares is refused in one line
needs model
run   cuxas-match --join share-1.json share-2.json
exit  1
err   share 3/3 is not among the reports
lines 1
run   cuxas-match --join share-1.json share-1.json share-2.json
exit  1
err   share 1/3 is there twice
lines 1
run   cuxas-match --join whole.json
exit  1
err   the report of a whole
lines 1
run   cuxas-match -q --fwhm 0.7 good/scan.csv candidates --shard 3/3 --json strange.json && cuxas-match --join share-1.json share-2.json strange.json
exit  1
err   made with other settings
lines 1
run   sed 's/"shard":\(.*\)"2.3"/"shard":\1"2x\/3"/' share-2.json >strange.json; cuxas-match --join share-1.json strange.json share-3.json
exit  1
err   strange\.json: its share is 2x/3, which is no I/N
lines 1
run   cuxas-match good/scan.csv candidates --shard 1/9
exit  1
err   9 shares of 4 candidates
lines 1
run   cuxas-match good/scan.csv candidates --shard 1/2 --shift common
exit  2
lines 1

case  structures of training records become a library, one of each id, called by formula and id
needs model
run   gzip -dc "$DATA/dataset/validation.jsonl.gz" >records.jsonl; cuxas-refdb library --records records.jsonl --only mp- --source 'The Project, CC BY 4.0' -o mp.db
run   sqlite3 mp.db 'select name from structures'
out   ^[A-Z][A-Za-z0-9]*_mp-[0-9]+$
no-out ^(Cu2O|CuO)$
run   cuxas-refdb library --records records.jsonl --only nothing -o none.db
exit  1
err   no structure that could be read

case  the bundled library of the Materials Project was predicted by the bundled model, and simulations in it speak without being computed
needs model
run   cuxas-match --simulate 0 good/scan.csv refdb:mp --no-plot --csv mp.csv >mp.txt; wc -l <mp.csv
out   ^[0-9]{3}
run   cuxas-match -q --cache cache-of-mp "$DATA/spectra/CuO_TEY.csv" refdb:mp --json mp.json >mp.txt; grep -A 20 '"compounds"' mp.json; find cache-of-mp -name '*.jsonl'
out   "name":.*"CuO_mp-
out   "simulation":
no-out jsonl
run   cuxas-match good/scan.csv refdb:mo --no-plot
exit  1
err   refdb:mo: no file, structure, spectrum, model or library of the bundled data is called so
