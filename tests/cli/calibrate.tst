# Calibration: what can be asked without minutes of training.

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
