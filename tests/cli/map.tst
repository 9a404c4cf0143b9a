# Spectrum images: an answer for every pixel.

case  every pixel of an image has an answer of its own, and what has no edge is left undecided
needs model validation perl
run   for x in 0 1 2 3; do for y in 0 1; do case $x in 0|1) name=CuO ;; 2) name=Cu2O ;; 3) name= ;; esac; { echo "$x $y"; awk 'BEGIN { for (i = 0; i < 60; i++) print 1000 + i % 7 }'; if [ -n "$name" ]; then awk -F, '/^[0-9]/ { print 1000 + NR % 5 + 20000 * $2 }' "$DATA/spectra/$name.csv"; else awk 'BEGIN { for (i = 0; i < 374; i++) print 1000 + i % 7 }'; fi; } | tr '\n' ' '; echo; done; done | perl "$here/image.pl" 4 2 913 0.2 image.dm3; cuxas-match --inspect image.dm3
out   a spectrum image: the sum of its 8 pixels is used
run   cuxas-match --map map.csv --figure map.png image.dm3
out   ^Map +image\.dm3: 4 x 2 pixels$
out   ^  CuO +4$
out   ^  Cu2O +2$
out   ^  no answer +2  
out   ^  Cu\(II\) +4$
run   head -n 1 map.csv
out   ^x,y,counts,signal_to_noise,answer,compound,probability,state,state_probability,onset_eV,reason$
run   cut -d, -f 1,2,5,6,8 map.csv
out   ^0,1,compound,CuO,Cu\(II\)$
out   ^2,0,compound,Cu2O,Cu\(I\)$
out   ^3,1,nothing,,$
run   head -c 4 map.png | tr -dc A-Z
out   ^PNG$

case  the map does not depend on the number of threads
needs model validation perl
run   for n in 1 3; do cuxas-match --map map$n.csv --figure map$n.svg -t $n image.dm3 >/dev/null || exit 1; done
same  map1.csv map3.csv
same  map1.svg map3.svg

case  --bin sums neighbouring pixels, and one that does not fit is told
needs model validation perl
run   cuxas-match --map bin.csv --bin 2 image.dm3
out   ^Map +image\.dm3: 2 x 1 pixels of 2 x 2 in the file$
run   cut -d, -f 1,2,6 bin.csv
out   ^0,0,CuO$
out   ^2,0,Cu2O$
run   cuxas-match --map big.csv --bin 3 image.dm3
exit  1
err   image\.dm3: --bin 3 does not fit into 4 x 2 pixels
no-file big.csv

case  a map of what is no image, beside a report, or over a file that exists is refused before the work
needs model validation perl
run   cuxas-match --map none.csv good/scan.csv candidates
exit  1
err   good/scan\.csv: no spectrum image: \.dm3, \.dm4 and \.hspy are
lines 1
run   cuxas-match --map other.csv --json report.json image.dm3
exit  2
err   --map and --json do not go together: every pixel has an answer of its own
run   cuxas-match --map map.csv image.dm3 candidates
exit  1
err   map\.csv: exists already
