# Calibration: what must be refused, and few queries with the method that needs no networks.

case  records that are not there are told
needs model
run   cuxas-calibrate records.jsonl --quiet
err   records\.jsonl
exit  1
lines 1

case  an output that exists is refused before any work
needs model
run   echo mine >there.json; cuxas-calibrate records.jsonl --json there.json
exit  1
err   there\.json: exists already

case  records are needed
run   cuxas-calibrate
exit  2

case  a few queries are answered by predictions and by the simulated spectra, the same whatever the threads
needs model
run   gzip -dc "$DATA/dataset/Cu-L3-L2.jsonl.gz" | head -n 200 >sites.jsonl; gzip -dc "$DATA/dataset/validation.jsonl.gz" >others.jsonl
run   cuxas-calibrate sites.jsonl --queries 3 --threads 1 --quiet --json one.json
run   cuxas-calibrate sites.jsonl --queries 3 --threads 2 --quiet --json two.json --figure few.svg
out   ^Predictions that did not learn from the compound
out   ^The simulated spectra themselves
out   right compound +first [0-3] of 3
out   groups +hold a right compound for [0-3] of 3
same  one.json two.json
file  few.svg

case  which records are asked for is drawn, by default always the same
needs model
run   for seed in 1 2 0; do cuxas-calibrate sites.jsonl --queries 3 --quiet --query-seed $seed >drawn$seed.txt; done; cuxas-calibrate sites.jsonl --queries 3 --quiet >drawn.txt
same  drawn.txt drawn1.txt
run   if cmp -s drawn1.txt drawn2.txt || cmp -s drawn1.txt drawn0.txt; then echo no other records; fi
no-out no other records

case  whole structures are asked for as one, and compounds counted among all and among those of the same elements
needs model
run   cuxas-calibrate sites.jsonl --structures --queries 3 --quiet --json whole.json; grep -c '"n_first10"' whole.json
out   right compound +first [0-3] of 3 .* ten [0-3] \(
out   with its elements +first [0-3] of 3
out   ^4$
run   cuxas-calibrate sites.jsonl --structures --candidates others.jsonl
exit  2

case  candidates by another program must share sites with the records
needs model
run   cuxas-calibrate others.jsonl --candidates sites.jsonl --quiet
exit  1
err   no id and site of the records
lines 1

case  simulations asked among themselves are found, without any training
needs model
run   cuxas-calibrate sites.jsonl --candidates sites.jsonl --queries 3 --query-seed 0 --quiet
out   ^Simulations of the same structures by another program
out   right compound +first 3 of 3
no-out most likely density

case  the default method is told
run   cuxas-calibrate --help | tr -s " \n" " "
out   default kernel-ridge
