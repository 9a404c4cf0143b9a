# Simulations from the command line; what the spectra are worth is the business of the library's tests.

case  a structure gives a spectrum of each edge, the same bytes with one thread and with two
run   cuxas-simulate "$DATA/structures/Cu.cif" --radius 3 --scf-radius 3 --step 2 --threads 1
out   ^name,site,edge,energy_eV,mu,mu0$
out   ^Cu,0,L3,9
out   ^Cu,0,L2,9
lines 0
run   cuxas-simulate "$DATA/structures/Cu.cif" --radius 3 --scf-radius 3 --step 2 --threads 1 --csv one.csv
run   cuxas-simulate "$DATA/structures/Cu.cif" --radius 3 --scf-radius 3 --step 2 --threads 2 --csv two.csv
same  one.csv two.csv

case  XDI files are read back as measured spectra
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 0.5 --out-dir spectra
file  spectra/Cu-site-0-L3.xdi
run   cuxas-match spectra/Cu-site-0-L3.xdi "$DATA/structures/Cu.cif"
out   Cu

case  a dataset is taken up where it stopped, and is what a single run makes
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset some.jsonl
err   1 spectra simulated, 0 were there already
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/CuBe.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset some.jsonl
err   1 spectra simulated, 1 were there already
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/CuBe.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset all.jsonl --quiet
lines 0
same  some.jsonl all.jsonl
run   grep -c '"code":"cuxas-simulate [0-9.]*, theory cuxas [0-9]*: ' all.jsonl
out   ^2$

case  records are compared with what is simulated for their sites
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset own.jsonl --quiet
run   cuxas-simulate --edge L3 --radius 3 --scf-radius 0 --step 2 --compare own.jsonl --figure own.svg
out   ^Cu +0 +L3 +0 +0\.0000
out   ^median +L3
out   ^worst +L3
file  own.svg

case  a figure of no known format is refused before anything is simulated
run   cuxas-simulate --edge L3 --compare nowhere.jsonl --figure own.gif
exit  1
err   own\.gif
no-err nowhere
lines 1

case  both states of the core level, each alone and together the same numbers
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --hole both --radius 3 --scf-radius 3 --step 2 --csv both.csv
run   grep -c "^Cu,0,L3,9" both.csv
out   ^[1-9]
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --hole screened --radius 3 --scf-radius 3 --step 2 --csv screened.csv --threads 1
run   sh -c 'grep -v "^Cu,0,L3," both.csv > half.csv'
same  half.csv screened.csv
run   sh -c 'grep "^Cu,0,L3," both.csv | sed "s/L3/L3_screened/" > other.csv; tail -n +2 half.csv | cmp -s - other.csv && echo alike || echo different'
out   ^different$
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --hole both --radius 3 --scf-radius 0 --step 2 --out-dir holes --dataset holes.jsonl --quiet
file  holes/Cu-site-0-L3_screened.xdi
run   grep -c "CuXAS.channel: screened-hole" holes/Cu-site-0-L3_screened.xdi
out   ^1$
run   grep -c '"L3":.*"L3_screened":.*statically screened core hole' holes.jsonl
out   ^1$
run   cuxas-simulate --edge L3 --hole screened --radius 3 --scf-radius 0 --step 2 --compare holes.jsonl
out   ^Cu +0 +L3_screened +0 +0\.0000
run   cuxas-simulate --edge L3 --hole both --radius 3 --scf-radius 0 --step 2 --compare holes.jsonl
out   ^median +L3 
out   ^median +L3_screened
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset bare.jsonl --quiet
run   cuxas-simulate --edge L3 --hole screened --compare bare.jsonl
exit  1
err   no record has L3, screened-hole
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --hole all --radius 3 --scf-radius 0 --step 2 --dataset three.jsonl --quiet
run   grep -c '"L3":.*"L3_screened":.*"L3_projected":.*projected on states above' three.jsonl
out   ^1$
run   cuxas-simulate --edge L3 --hole projected --radius 3 --scf-radius 0 --step 2 --compare three.jsonl
out   L3_projected

case  what cannot be simulated is skipped, or fatal with --strict
run   cuxas-simulate "$DATA/structures/Cu.cif" --site 7 --radius 3 --scf-radius 0
exit  1
err   site 7 is no Cu
run   cuxas-simulate "$DATA/structures/Cu.cif" --element Fe --radius 3 --scf-radius 0
exit  1
err   skipped: .*Fe

case  L2,3 edges of open 3d shells other than copper's are told to lack multiplets, K edges and closed shells are not
run   cuxas-simulate "$DATA/structures/CuFeS2.cif" --element Fe --edge L3 --plan
err   L2,3 edges of Fe in compounds have multiplets
run   cuxas-simulate "$DATA/structures/CuFeS2.cif" --element Fe --edge K --plan
no-err multiplets
run   cuxas-simulate "$DATA/structures/CuFeS2.cif" --edge L3 --plan
no-err multiplets
run   cuxas-simulate "$DATA/candidates/CuZn_B2.cif" --element Zn --edge L23 --plan
no-err multiplets

case  records named in a table are left out of a comparison, those apart are listed
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/CuBe.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset two.jsonl --quiet
run   sh -c 'echo "id,site,why"; echo "CuBe,0,a test"' >out.csv
run   cuxas-simulate --edge L3 --radius 4 --scf-radius 0 --step 2 --compare two.jsonl --exclude out.csv --above 0.0001
err   1 records left out, 1 compared
out   ^above 0.0001:
no-out ^CuBe

case  two writers of one dataset lose nothing
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/CuO.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -d both.jsonl & cuxas-simulate "$DATA/structures/CuBe.cif" "$DATA/structures/CuS.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -d both.jsonl; wait
run   cuxas-refdb records info both.jsonl
out   ^records +5$

case  processes share sites out, their files are merged to what one process makes
run   for i in 1 2 3; do cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -q --shard $i/3 -d part$i.jsonl; done
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -q -d whole.jsonl
run   sh -c 'cat part?.jsonl | sort >parts.txt; sort whole.jsonl >whole.txt'
same  parts.txt whole.txt
run   SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=7 SLURM_ARRAY_TASK_COUNT=3 cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -q --shard auto --csv slurm.csv
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -q --shard 2/3 --csv second.csv
same  slurm.csv second.csv
run   cuxas-simulate "$DATA/structures/Cu.cif" --shard auto
exit  2
err   neither Slurm nor MPI
run   cuxas-simulate "$DATA/structures/Cu.cif" --shard 4/3
exit  2

case  a time limit and a signal end after a site, with an exit status of their own; the run is taken up again
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -d long.jsonl --time-limit 0
exit  4
err   stopped by the time limit: 0 of
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 3 --step 0.2 -q -t 1 -d long.jsonl & p=$!; await $p test -s long.jsonl; kill -TERM $p; wait $p
exit  4
err   stopped by a signal
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 3 --step 0.2 -d long.jsonl -q
run   cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 3 --step 0.2 -d once.jsonl -q -t 1
same  long.jsonl once.jsonl

case  a plan tells sites, time and memory, and what timings were taken scales it
run   cuxas-simulate "$DATA/structures/CuO.cif" --plan
out   ^CuO +0 +[0-9]+ +[0-9]+ +2 
out   1 sites, 2 spectra to simulate
out   core-hours
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -d plan.jsonl --timings took.csv
run   head -n 1 took.csv
out   ^name,site,atoms,orbits,spectra,seconds,planned_s$
run   cuxas-simulate "$DATA/structures/Cu.cif" "$DATA/structures/CuO.cif" --edge L3 --plan -d plan.jsonl --timings took.csv
out   1 sites, 1 spectra to simulate .1 spectra are there already

case  one word asks for quick clusters, as FEFF's theory does, and what is given beside it goes before
run   cuxas-simulate "$DATA/structures/Cu.cif" --plan
out   ^Cu +0 +249 
run   cuxas-simulate "$DATA/structures/Cu.cif" --plan --quick
out   ^Cu +0 +87 
run   cuxas-simulate "$DATA/structures/Cu.cif" --plan --quick --radius 5
out   ^Cu +0 +43 
run   cuxas-simulate "$DATA/structures/Cu.cif" --plan --theory feff
out   ^Cu +0 +87 
run   for how in "" --quick "--quick --residual 0.1" "--theory feff"; do cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 $how --radius 3 --scf-radius 3 --step 2 -q -d clusters.jsonl; grep -o '"code":"[^"]*' clusters.jsonl | sed 's/.*theory \([a-z]*\) [0-9]*: self-consistent 3 A up to 45,/\1/; s/no core hole, //; s/, mesh.*//'; rm clusters.jsonl; done
out   ^cuxas Fermi level of 6.5 A, level between spheres of the cell by 0.5, polarised Fermi level, cluster 3 A, up to 250 atoms, residual 0.03$
out   ^cuxas polarised Fermi level, cluster 3 A, up to 105 atoms$
out   ^cuxas polarised Fermi level, cluster 3 A, up to 105 atoms, residual 0.1$
out   ^feff cluster 3 A, up to 105 atoms$

case  a cluster that memory cannot hold is told in a line before it is tried
needs plain
run   (ulimit -v 2000000; cuxas-simulate "$DATA/structures/Cu.cif" --radius 20 --max-atoms 2000 --csv huge.csv)
exit  1
err   its cluster needs about [0-9.]+ GB of memory
lines 2
no-file huge.csv

case  a molecule is simulated as the cluster it is; its atoms are equal only where that can be proved
run   printf '6\nCu2O2 core\nCu 1.397 0 0\nCu -1.397 0 0\nO 0 1.1435 0\nO 0 -1.1435 0\nN 2.826 1.38 0\nN -2.826 -1.38 0\n' >core.xyz
run   cuxas-simulate core.xyz --edge L3 --step 2 --csv core.csv
run   grep -c '^core,0,L3' core.csv
out   ^[1-9]
run   grep -c '^core,1,L3' core.csv
exit  1
run   sed 's/^N -2.826 -1.38 0/N -2.826 -1.38 0.4/' core.xyz >bent.xyz
run   cuxas-simulate bent.xyz --plan
out   ^bent +0 +6 
out   ^bent +1 +6 
run   printf '1\nalone\nCu 0 0 0\n' >alone.xyz
run   cuxas-simulate alone.xyz --edge L3
exit  1
err   1 of 1 copper atoms .* have no neighbour
lines 3

case  files of processes become one, the same bytes in whatever order and however often; what is missing is told
run   for i in 1 2 3; do cuxas-simulate "$DATA"/structures/Cu*.cif --edge L3 --radius 3 --scf-radius 0 --step 2 -q --shard $i/3 -d merge$i.jsonl; done
run   cuxas-refdb records merge merge1.jsonl merge2.jsonl merge3.jsonl -o merged.jsonl
err   0 missing; double spectra: 0 alike, 0 different
run   cuxas-refdb records merge merge3.jsonl merged.jsonl merge1.jsonl -o again.jsonl
err   double spectra: [1-9][0-9]* alike, 0 different
same  merged.jsonl again.jsonl
run   cuxas-refdb records merge merge1.jsonl merge2.jsonl --structures "$DATA/structures" -q -o part.jsonl
exit  3
out   ^missing,site$
run   cuxas-refdb records merge merge1.jsonl merge2.jsonl -q -o part.jsonl
exit  1
err   exists already

case  GNU parallel starts the processes, which share one dataset
needs parallel
run   seq 3 | parallel -j 2 cuxas-simulate "$DATA/structures" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -t 1 --shard {}/3 -d parallel.jsonl
run   cuxas-refdb records merge parallel.jsonl --structures "$DATA/structures" -o parallel-all.jsonl
err   0 missing; double spectra: 0 alike, 0 different

# Open MPI needs nothing started: mpirun runs them here. As root it wants --allow-run-as-root, on few cores --oversubscribe.
case  Open MPI starts the processes, which share one dataset
needs mpirun
run   mpirun --allow-run-as-root --oversubscribe -n 3 cuxas-simulate "$DATA/structures" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -t 1 --shard auto -d mpi.jsonl
run   cuxas-refdb records merge mpi.jsonl --structures "$DATA/structures" -o mpi-all.jsonl
err   0 missing; double spectra: 0 alike, 0 different

# Slurm on one node is started by tests/slurm.sh around all cases. Skipped where no controller answers.
case  Slurm starts the processes, which share one dataset
needs srun slurm
run   srun --ntasks=2 --overcommit cuxas-simulate "$DATA/structures" --edge L3 --radius 3 --scf-radius 0 --step 2 -q -t 1 --shard auto -d slurm.jsonl
run   cuxas-refdb records merge slurm.jsonl --structures "$DATA/structures" -o slurm-all.jsonl
err   0 missing; double spectra: 0 alike, 0 different

case  wrong usage is told at once
run   cuxas-simulate
exit  2
err   no structure
run   cuxas-simulate "$DATA/structures/Cu.cif" --compare x.jsonl
exit  2
err   takes its structures from the records
