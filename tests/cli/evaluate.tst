# What a model is good for: the records are made by a rule, so what is looked at is the form of the answers, not the chemistry.

case  there is one standard output
run   cuxas-evaluate nowhere.jsonl --json - --html -
exit  2
err   only one output can be standard output

case  page, figures and JSON are written, with the same bytes for any number of threads
needs model
run   cuxas-evaluate good/records.jsonl --channels both --members 2 --epochs 3 --folds 3 --width 16 --features 8 --html one.html --json one.json --figures one --learning-curve 1 --threads 1
out   ^L3 +no-hole +all +model +36
out   ^L3 +screened-hole +all +nearest neighbour +18
out   ^L2 +no-hole +simulated +mean spectrum +12
run   cuxas-evaluate good/records.jsonl --channels both --members 2 --epochs 3 --folds 3 --width 16 --features 8 --html two.html --json two.json --figures two --learning-curve 1 --threads 2 --quiet
lines 0
same  one.json two.json
same  one.html two.html
same  one/worst-L3-no-hole.png two/worst-L3-no-hole.png
same  one/error-histogram-screened-hole.svg two/error-histogram-screened-hole.svg
file  one/calibration-no-hole.svg
file  one/components-L2-screened-hole.png
file  one/learning-curve-no-hole.svg
run   ls one/*.tmp
exit  2
run   tr ',{' '\n\n' <one.json
out   "by_oxidation_state":
out   "coordination_number":	8
out   "nearest_element":	"Se"
out   "nominal":	0\.9
out   "exponent":
run   tr '<' '\n' <one.html
out   ^p class="kind">CuXAS evaluation
out   ^h3>Principal components of the simulated spectra
no-out (src|href)="?https?:

case  which sites next is replayed, rule by rule
needs model
run   cuxas-evaluate good/records.jsonl --method kernel-ridge --features 8 --folds 9 --active 1 --quiet --json active.json
run   cuxas-evaluate good/records.jsonl --method kernel-ridge --features 8 --folds 9 --active 1 --quiet
out   ^which sites next\? .* mean of 1 seed$
out   ^ learnt  random +distance +sigma +disagreement +verdict
out   ^median error against random
run   grep -c '"rule"' active.json
out   ^5$

case  a model as it is, judged on other records
needs model
run   head -n 12 good/records.jsonl >new.jsonl; sed 1,12d good/records.jsonl >old.jsonl
run   cuxas-train old.jsonl -o made.cuxas --members 2 --epochs 3 --folds 0 --width 16 --features 8 --quiet
run   cuxas-evaluate old.jsonl --model made.cuxas --test new.jsonl --html test.html
err   12 of 12 test records are of compounds that were learnt from
out   ^L3 +no-hole +all +model +12
run   tr '<' '\n' <test.html
out   ^bdi>made$
out   The model as it is

case  what exists is kept unless --force is given, and refused before the work
needs model
run   echo mine >mine.html; cuxas-evaluate good/records.jsonl --html mine.html
exit  1
err   mine\.html: exists already
lines 1
run   cat mine.html
out   ^mine$
run   cuxas-evaluate good/records.jsonl --figures mine.html
exit  1
err   mine\.html: cannot make the folder
lines 1

run   mkdir used; echo mine >used/notes.txt; cuxas-evaluate good/records.jsonl --figures used
exit  1
err   used: exists already and is not empty
lines 1

case  a learning curve does not go with a model judged as it is
run   cuxas-evaluate good/records.jsonl --model x.cuxas --test good/records.jsonl --learning-curve 5
exit  2
err   --learning-curve trains anew
lines 1

case  malformed records are named with their line, and nothing is written
needs model
run   { head -n 3 good/records.jsonl; echo '{"id": "broken", "site": 0'; } >broken.jsonl; cuxas-evaluate broken.jsonl --html broken.html
exit  1
err   broken\.jsonl:4: 
lines 1
no-file broken.html
run   sed 's/"site":0/"site":7/' good/records.jsonl >site.jsonl; cuxas-evaluate site.jsonl --html broken.html
exit  1
err   site\.jsonl:1: 
lines 1
no-file broken.html
run   head -n 1 good/records.jsonl >single.jsonl; cuxas-evaluate single.jsonl --html broken.html
exit  1
lines 1
no-file broken.html
