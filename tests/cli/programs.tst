# Six programs; names of release 0.1 lead to the commands that have taken over.

case  a program with several commands lists them
run   cuxas-model --help
out   ^Usage: cuxas-model COMMAND
out   ^  train  +[A-Z]
out   ^  calibrate  +[A-Z]
lines 0

case  commands of two words are listed by their first one, too
run   cuxas-refdb feff --help
out   ^Usage: cuxas-refdb feff COMMAND
out   ^  write  +[A-Z]
no-out ^  (info|add|structure) 

case  a command's help names it as it is called
run   cuxas-model train --help
out   ^Usage: cuxas-model train \[options\]
out   ^Networks:

case  no command is wrong usage
run   cuxas-model
exit  2
err   ^cuxas-model: say which command
lines 1

case  half a command is wrong usage
run   cuxas-refdb feff
exit  2
err   ^cuxas-refdb feff: say which command
lines 1

case  a mistyped command is refused with the nearest one
run   cuxas-model tran
exit  2
err   no command 'tran'; did you mean 'train'
lines 1

case  a mistyped second word is refused with the nearest one
run   cuxas-refdb records inof
exit  2
err   ^cuxas-refdb records: no command 'inof'; did you mean 'info'
lines 1

case  the version tells the command that an old name leads to
run   cuxas-train --version
out   ^cuxas-model train \(CuXAS\)

case  an old name asks for the command that has its work, and says how that is called now
run   cuxas-train
exit  2
err   cuxas-model train: something is missing
lines 1

case  old names are links to one of the six programs
run   cd "$(dirname "$(command -v cuxas-match)")" && ls -l cuxas-train cuxas-pretrain cuxas-evaluate cuxas-calibrate cuxas-feff cuxas-records
out   cuxas-train -> cuxas-model
out   cuxas-pretrain -> cuxas-model
out   cuxas-evaluate -> cuxas-model
out   cuxas-calibrate -> cuxas-model
out   cuxas-feff -> cuxas-refdb
out   cuxas-records -> cuxas-refdb

case  an old name and its command print the same
needs model
run   cuxas-records info "$DATA/simulations/Cu-L3-L2.jsonl.gz" --json > old.json
run   cuxas-refdb records info "$DATA/simulations/Cu-L3-L2.jsonl.gz" --json > new.json
file  new.json
same  old.json new.json

case  what experts need stands last in --help
run   cuxas-match --help | sed -n '/^Expert:/,$p'
out   --seed
no-out ^  -j, --json
