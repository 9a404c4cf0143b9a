# cuxas-feff: calculations written, collected, learnt from.

case  a folder for every distinct site and edge, with a manifest and run scripts
needs candidates
run   cuxas-feff write candidates/Cu.cif --preset fast --edges L3,L2 --channels both -o runs
run   cat runs/jobs.txt
out   ^Cu/site-0/L3$
out   ^Cu/site-0/L2_screened$
file  runs/Cu/site-0/L3/feff.inp
file  runs/manifest.jsonl
run   sh -n runs/run-parallel.sh && sh -n runs/run-slurm.sh

case  a manifest is not overwritten unless --force is given
needs candidates
run   cuxas-feff write candidates/Cu.cif -o runs
exit  1
err   manifest\.jsonl: .*exists
lines 1

case  a structure without copper is skipped, and the rest is written
needs candidates
run   printf 'data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nFe 0 0 0\n' > iron.cif
run   cuxas-feff write iron.cif candidates/Cu.cif -o iron-runs
exit  3
err   skipped: iron\.cif
file  iron-runs/Cu/site-0/L2/feff.inp

case  an edge that FEFF does not know is wrong usage
run   cuxas-feff write candidates/Cu.cif --edges L4 -o runs
exit  2
err   L4

case  what has not run yet is told, and nothing is written
needs candidates
run   cuxas-feff collect runs --dataset none.jsonl
exit  3
err   0 spectra added.*4 unfinished
no-file none.jsonl

case  real runs become records, unconverged ones do not, and a second collection changes nothing
needs shared
run   cuxas-feff write "$SHARED"/structures/literature/CuO.cif "$SHARED"/structures/literature/Cu.cif --preset fast --edges L3 -o real
run   cp "$SHARED"/feff10/debug/CuO_scf/*.dat real/CuO/site-0/L3/
run   cp "$SHARED"/feff10/debug/Cu_noscf/*.dat real/Cu/site-0/L3/
run   cuxas-feff collect real --dataset real.jsonl
exit  3
err   refused: real/Cu/site-0/L3/log1\.dat: the potentials did not converge
err   1 spectra added, .* 1 refused; 1 records
run   cp real.jsonl once.jsonl
run   cp "$SHARED"/feff10/debug/Cu_scf/*.dat real/Cu/site-0/L3/
run   cuxas-feff collect real --dataset real.jsonl --json
out   "unchanged":	1
out   "added":	1
run   head -n 1 real.jsonl | cmp - once.jsonl
run   cp real.jsonl twice.jsonl
run   cuxas-feff collect real --dataset real.jsonl
err   0 spectra added, 0 replaced, 2 unchanged
same  real.jsonl twice.jsonl

case  truncated and not finite spectra are refused with file and line, --strict then changes nothing
needs shared
run   head -n 60 "$SHARED"/feff10/debug/CuO_scf/xmu.dat > real/CuO/site-0/L3/xmu.dat
run   sed '60s/[^ ]*$/NaN/' "$SHARED"/feff10/debug/Cu_scf/xmu.dat > real/Cu/site-0/L3/xmu.dat
run   cuxas-feff collect real --dataset real.jsonl --strict
exit  1
err   CuO/site-0/L3/xmu\.dat: covers
err   Cu/site-0/L3/xmu\.dat:60: a number is not finite
err   stays as it was
same  real.jsonl twice.jsonl

case  the run script runs what is not finished
needs shared
run   command -v parallel > /dev/null || { printf '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" = --arg-file ] && list=$2; shift; done\nwhile read -r folder; do sh -c "$(echo "$1" | sed "s#{}#$folder#g")"; done < "$list"\n' > parallel; chmod +x parallel; }
run   rm real/*/site-0/L3/*.dat; PATH=$PWD:$PATH FEFF="cp $SHARED/feff10/debug/CuO_scf/log1.dat $SHARED/feff10/debug/CuO_scf/xmu.dat ." sh real/run-parallel.sh
run   cuxas-feff collect real --dataset parallel.jsonl
err   2 spectra added
