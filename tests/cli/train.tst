# Training from the command line; accuracy is the business of the library's tests.

case  the default featurizer and settings make a model that predicts, with the same bytes each time
needs shared
run   head -n 60 "$SHARED/feff10/train.jsonl" >records.jsonl
run   cuxas-train records.jsonl -o first.cuxas --members 1 --epochs 1 --folds 0
err   60 sites of
run   cuxas-train records.jsonl -o second.cuxas --members 1 --epochs 1 --folds 0 --quiet
lines 0
same  first.cuxas second.cuxas
run   cuxas-predict --model first.cuxas "$DATA/structures/CuO.cif"
out   ^CuO,925,

case  a model that exists is refused before the work, not after it
needs shared
run   cuxas-train records.jsonl -o first.cuxas --members 1 --epochs 1 --folds 0
exit  1
err   first\.cuxas: exists already
lines 1
