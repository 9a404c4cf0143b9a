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

case  a validation that asks for a core-hole fraction fails at once when the model has one kind of networks
needs shared validation
run   cuxas-validate --model first.cuxas --hole fit
exit  1
err   --hole needs networks for both states
lines 1
no-out .
