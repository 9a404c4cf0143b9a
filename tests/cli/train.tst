# Training from the command line; accuracy is the business of the library's tests.

case  the default featurizer and settings make a model that predicts, with the same bytes each time
run   gzip -dc "$DATA/dataset/Cu-L3-L2.jsonl.gz" | head -n 60 >records.jsonl
run   cuxas-train records.jsonl -o first.cuxas --members 1 --epochs 1 --folds 0
err   60 sites of
run   cuxas-train records.jsonl -o second.cuxas --members 1 --epochs 1 --folds 0 --quiet
lines 0
same  first.cuxas second.cuxas
run   cuxas-predict --model first.cuxas "$DATA/structures/CuO.cif"
out   ^CuO,925,

case  a model that exists is refused before the work, not after it
run   cuxas-train records.jsonl -o first.cuxas --members 1 --epochs 1 --folds 0
exit  1
err   first\.cuxas: exists already
lines 1

case  a validation that asks for a core-hole fraction fails at once when the model has one kind of networks
needs validation
run   cuxas-validate --model first.cuxas --hole fit
exit  1
err   \(--hole\) needs networks for both states
lines 1
no-out .

case  a training that was killed goes on where it was, and ends as if nothing had happened
run   cuxas-train good/records.jsonl -o whole.cuxas --log whole.json --loss-curve whole.svg --members 4 --epochs 60 --folds 3 --width 32,32 --features 8 --threads 1 --quiet
file  whole.svg
run   cuxas-train good/records.jsonl -o resumed.cuxas --members 4 --epochs 60 --folds 3 --width 32,32 --features 8 --threads 1 --quiet --resume kept & until ls kept/*.net >/dev/null 2>&1; do :; done; kill -9 $! 2>/dev/null; wait $! 2>/dev/null; ls kept/*.net
out   ^kept/[0-9a-f]{64}\.net$
run   cuxas-train good/records.jsonl -o resumed.cuxas --log resumed.json --members 4 --epochs 60 --folds 3 --width 32,32 --features 8 --threads 1 --quiet --resume kept --force
same  whole.cuxas resumed.cuxas
same  whole.json resumed.json

case  the published recipe is a set of defaults, which an option overrules
run   cuxas-train good/records.jsonl -o published.cuxas --recipe published --epochs 2 --folds 0 --quiet --log published.json && cuxas-model info published.cuxas
out   64-120-240-480-312 softplus
out   method=network .*hidden-layers=separate .*epochs=2 batch=10 schedule=constant
no-out kernel of

case  a validation compound is refused, unless the model is not to be judged by it; kernel machines of both channels go through a file
run   gzip -dc "$DATA/simulations/Cu-L3-L2.jsonl.gz" | grep -E '^\{"id":"(Cu|Cu2O|CuO|CuS|CuCl_zb|CuF2|CuAu|CuSe)"' >some.jsonl; cuxas-model train some.jsonl -o none.cuxas --folds 0 --method kernel-ridge --quiet --data "$DATA"
exit  1
err   Cu
run   cuxas-model train some.jsonl -o all.cuxas --folds 0 --method kernel-ridge --channels both --quiet --exclude none && cuxas-predict --model all.cuxas "$DATA/structures/CuO.cif"
out   ^CuO,925,
