# Training a featurizer from the command line; what it learns is the business of the library's tests.

case  a featurizer is made from spectra, with the same bytes each time, and a model on it
run   gzip -dc "$DATA/dataset/Cu-L3-L2.jsonl.gz" | head -n 40 >records.jsonl
run   cuxas-pretrain L3=925:0.5:120@records.jsonl L3_screened=925:0.5:120:0.5@records.jsonl -o first.cuxas --epochs 2 --width 16 --channels 16 --hidden 16 --log log.json
out   ^40 structures with|structures with
out   ^ +2 +0\.
file  log.json
run   cuxas-pretrain L3=925:0.5:120@records.jsonl L3_screened=925:0.5:120:0.5@records.jsonl -o second.cuxas --epochs 2 --width 16 --channels 16 --hidden 16 --threads 1 --quiet
lines 0
no-out .
same  first.cuxas second.cuxas
run   cuxas-model info first.cuxas
out   graphnet
run   cuxas-train records.jsonl --from-model first.cuxas -o model.cuxas --features 16 --members 1 --epochs 1 --folds 0
run   cuxas-predict --model model.cuxas "$DATA/structures/CuO.cif"
out   ^CuO,925,

case  an interrupted training goes on from its checkpoint
run   cuxas-pretrain L3=925:0.5:120@records.jsonl -o whole.cuxas --epochs 2 --width 8 --channels 8 --hidden 8 --checkpoint state.cuxas -q
run   cuxas-pretrain L3=925:0.5:120@records.jsonl -o again.cuxas --epochs 2 --width 8 --channels 8 --hidden 8 --checkpoint state.cuxas -q
same  whole.cuxas again.cuxas
run   cuxas-pretrain L3=925:0.5:120@records.jsonl -o other.cuxas --epochs 3 --width 8 --channels 8 --hidden 8 --checkpoint state.cuxas -q
exit  1
err   state\.cuxas: a checkpoint of another training
lines 1

case  a featurizer that exists is refused before the work, not after it
run   cuxas-pretrain L3=925:0.5:120@records.jsonl -o first.cuxas
exit  1
err   first\.cuxas: exists already
lines 1

case  a task that is no task is wrong usage
run   cuxas-pretrain K=8980:0.5@sites.jsonl -o new.cuxas
exit  2
err   K=8980:0\.5@sites\.jsonl: expected CURVE=START_EV:STEP_EV:POINTS
lines 1

case  a part of nothing is wrong usage
run   cuxas-pretrain K=8980:0.5:10@sites.jsonl -o new.cuxas --fold 1:5
exit  2
err   --fold asks for --hold-out
lines 1

case  a file of records that is not there is named
run   cuxas-pretrain K=8980:0.5:10@nowhere.jsonl -o new.cuxas
exit  1
err   nowhere\.jsonl
lines 1
no-file new.cuxas

case  networks are joined with one another and with a description
run   cuxas-pretrain L3=925:0.5:120@records.jsonl -o other.cuxas --epochs 1 --width 8 --channels 8 --hidden 8 --seed 2 -q
run   cuxas-model join first.cuxas other.cuxas first.cuxas -o joined.cuxas
run   cuxas-predict --model joined.cuxas --features features.csv "$DATA/structures/CuO.cif"
run   head -n 1 features.csv
out   ,f39$
run   cuxas-model join joined.cuxas other.cuxas --keep 2,3 -o kept.cuxas
run   cuxas-predict --model kept.cuxas --features kept.csv "$DATA/structures/CuO.cif"
run   head -n 1 kept.csv
out   ,f23$
run   cuxas-model join joined.cuxas --keep 2,4 -o new.cuxas
exit  1
err   there are 3 parts, fewer than are to be kept
no-file new.cuxas
run   cuxas-model join joined.cuxas --keep 2, -o new.cuxas
exit  2
err   --keep 2,: expected numbers from 1 to 64, as 1,4
run   cuxas-model join first.cuxas nowhere.cuxas -o new.cuxas
exit  1
err   nowhere\.cuxas
lines 1
no-file new.cuxas

case  tasks relative to a curve learn logarithms and where it begins, and a model is judged with features that do not know its parts
run   cuxas-pretrain L3=-2:0.5:60@records.jsonl origin=930:2:2:0.1@records.jsonl -o l3.cuxas --relative-to L3 --epochs 1 --width 8 --channels 8 --hidden 8
out   L3: .* origin:
run   cuxas-pretrain L3=-2:0.5:60@records.jsonl -o new.cuxas
exit  2
err   below 0 asks for --relative-to
run   cuxas-evaluate records.jsonl --from-model l3.cuxas --fold-features l3.cuxas --fold-features l3.cuxas --folds 2 --method kernel-ridge --choose-by 4 --quiet
out   ^L3 +no-hole +all +model
run   cuxas-evaluate records.jsonl --from-model l3.cuxas --fold-features l3.cuxas --folds 2 --method kernel-ridge
exit  2
err   1 given, one for each of the 2 parts is needed
run   cuxas-evaluate records.jsonl --from-model l3.cuxas --folds 2 --method kernel-ridge --choose-by 4 --quiet
err   features that have learnt from these records make errors too small without --fold-features
run   cuxas-evaluate records.jsonl --from-model l3.cuxas --fold-features l3.cuxas --fold-features l3.cuxas --folds 2 --learning-curve 1
exit  2
err   the parts of --learning-curve and --active are others
run   cuxas-evaluate records.jsonl --from-model l3.cuxas --fold-features l3.cuxas --fold-features first.cuxas --folds 2 --method kernel-ridge
exit  1
err   first.cuxas: its featurizer is not made as the one
lines 1

case  a training begins with any of the networks that are joined, and families are held out whole
run   cuxas-refdb split records.jsonl --folds 3 -o split.csv
run   cuxas-pretrain L3=925:0.5:60@records.jsonl -o third.cuxas --start joined.cuxas --start-network 2 --epochs 1 --hold-out records.jsonl --split split.csv --fold 2:3
out   ^epoch +loss +L3: [0-9]+, [1-9]
run   cuxas-predict --model third.cuxas --features third.csv "$DATA/structures/CuO.cif"
run   head -n 1 third.csv
out   ,f7$
run   cuxas-pretrain L3=925:0.5:60@records.jsonl -o new.cuxas --start joined.cuxas --start-network 4 --epochs 1
exit  1
err   has no graph network 4
lines 1
