# cuxas-model: foreign weights in, model files described.

case  published weights become a featurizer that cuxas-predict uses
needs shared
run   cuxas-model import-m3gnet "$SHARED"/m3gnet/m3gnet_weights.bin "$SHARED"/m3gnet/m3gnet_weights.json -o m3gnet.cuxas
run   cuxas-model info m3gnet.cuxas
out   ^edges +none: a featurizer alone$
out   ^features +64 per site$
out   ^licence +BSD 3-Clause License$
run   cuxas-predict --model m3gnet.cuxas --features features.csv candidates/Cu.cif
file  features.csv

case  info --json has the whole licence and the hashes of the weights
needs shared
run   cuxas-model info --json m3gnet.cuxas
out   Materials Virtual Lab
out   8392afffbe52fd67aae50a8a2f25d9425630cbb3a9853ed640825a4ad3fa18fb

case  an existing file is kept unless --force is given
needs shared
run   cuxas-model import-m3gnet "$SHARED"/m3gnet/m3gnet_weights.* -o m3gnet.cuxas
exit  1
err   m3gnet\.cuxas: .*exists
lines 1

case  the bundled model is described with its edges and grids
needs model
run   cuxas-model info "$DATA"/models/cu-l23.cuxas
out   ^element +Cu$
out   ^edge +L3: 925 to 987\.2 eV, step 0\.2 eV, 312 points
out   ^network +L3

case  an import without output file is wrong usage
run   cuxas-model import-m3gnet weights.bin
exit  2
err   give --output FILE
lines 1

case  weights without hyper-parameters are refused, and nothing is written
run   printf '\0\0\200\077' >one.bin; echo '{"tensors": [], "hyperparameters": {}}' >one.json; cuxas-model import-m3gnet one.bin one.json -o one.cuxas
exit  1
err   ^cuxas-model: one\.json: 
no-file one.cuxas

case  a file that is no model is named
run   cuxas-model info good/scan.csv
exit  1
err   ^cuxas-model: good/scan\.csv: not a model file
lines 1
