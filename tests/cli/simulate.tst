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
run   grep -c '"code":"cuxas-simulate [0-9.]*: ' all.jsonl
out   ^2$

case  records are compared with what is simulated for their sites
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset own.jsonl --quiet
run   cuxas-simulate --edge L3 --radius 3 --scf-radius 0 --step 2 --compare own.jsonl --figure own.svg
out   ^Cu +0 +0 +0\.0000
out   ^median
file  own.svg

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
out   ^Cu +0 +0 +0\.0000
out   L3 screened
run   cuxas-simulate "$DATA/structures/Cu.cif" --edge L3 --radius 3 --scf-radius 0 --step 2 --dataset bare.jsonl --quiet
run   cuxas-simulate --edge L3 --hole screened --compare bare.jsonl
exit  1
err   no record has L3, screened-hole

case  what cannot be simulated is skipped, or fatal with --strict
run   cuxas-simulate "$DATA/structures/Cu.cif" --site 7 --radius 3 --scf-radius 0
exit  1
err   site 7 is no Cu
run   cuxas-simulate "$DATA/structures/Cu.cif" --element Fe --radius 3 --scf-radius 0
exit  1
err   skipped: .*Fe

case  wrong usage is told at once
run   cuxas-simulate
exit  2
err   no structure
run   cuxas-simulate "$DATA/structures/Cu.cif" --compare x.jsonl
exit  2
err   takes its structures from the records
