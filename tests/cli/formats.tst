# Formats of measured files at the command line: the same numbers whatever the format; merging; XDI that others can open.

case  a file gives the same ranks as XDI, gzipped, and by another name
needs model
run   cuxas-match good/scan.csv candidates --csv text.csv --quiet
run   { printf '# XDI/1.0\n# Element.symbol: Cu\n# Element.edge: L3\n# Column.1: energy eV\n# Column.2: mu\n# ---\n'; tail -n +2 good/scan.csv | tr , ' '; } >scan.xdi
run   gzip -c scan.xdi >no-suffix
run   cuxas-match no-suffix candidates --csv xdi.csv --json xdi.json --quiet
same  text.csv xdi.csv
run   cat xdi.json
out   "format":.*"xdi"
out   "gzip":.*true
out   "element":.*"Cu"
out   "detection":.*null

case  the same from an EMSA/MAS file
needs model
run   cuxas-match good/scan.csv candidates --csv text.csv --quiet -f
run   { printf '#FORMAT : EMSA/MAS Spectral Data File\n#NPOINTS : 851\n#XUNITS : eV\n#DATATYPE : XY\n#SPECTRUM :\n'; tail -n +2 good/scan.csv; } >scan.msa
run   cuxas-match scan.msa candidates --csv msa.csv --quiet
same  text.csv msa.csv

case  an edge of another element is a warning
needs model
run   sed 's/symbol: Cu/symbol: Zn/' scan.xdi >zn.xdi
run   cuxas-match zn.xdi candidates --quiet
out   the file says its absorber is Zn, not Cu

case  a SPEC file wants to be told scan and signal, and is inspected then
run   { echo '#F x'; for n in 1 2 3; do printf '\n#S %d ascan energy\n#N 2\n#L Energy  TEY\n' $n; tail -n +2 good/scan.csv | tr , ' '; done; } >scans.spec
run   cuxas-match --inspect scans.spec
exit  1
err   3 scans, choose with --scan: 1 'ascan energy', 2 
lines 1

case  a signal of a SPEC file is not guessed
run   cuxas-match --inspect --scan 2 scans.spec
exit  1
err   say which label is the signal with --signal .*'Energy', 'TEY'
lines 1

case  several scans of one file are merged, and a replay finds the same
needs model
run   cuxas-match --scan 1 --scan 2 --scan 3 --signal TEY scans.spec candidates --json merged.json --csv merged.csv --quiet
run   cuxas-match --replay merged.json
out   every result is identical
run   grep -c '"deviation":' merged.json
out   ^3$

case  an outlier among merged files is told and left out
needs model
run   awk -F, 'NR == 1 || $1 < 935 { print; next } { print $1 "," $2 / 3 }' good/scan.csv >lost-beam.csv
run   cuxas-match --merge good/scan.csv --merge lost-beam.csv good/scan.csv candidates --quiet
out   lost-beam\.csv: left out of the merged curve
run   cuxas-match --inspect --merge good/scan.csv --merge lost-beam.csv good/scan.csv
out   ^merged 3 +lost-beam\.csv: 851 points, deviation .* left out
out   ^merged 1 .* weight 0\.500

case  a damaged HDF5 file is refused in one line
run   printf '\211HDF\r\n\032\n and nothing else' >bad.h5
run   cuxas-match --inspect bad.h5
exit  1
err   ^cuxas-match: bad\.h5: damaged HDF5 file
lines 1

case  predictions as XDI follow its grammar
needs model
run   cuxas-predict --xdi predicted/ candidates
run   ls candidates | wc -l | grep -qx "$(( $(ls predicted/*.xdi | wc -l) ))" || echo other
no-out other
run   awk 'NR == 1 { ok = /^# XDI\/1\.0 CuXAS\/[0-9.]+$/; next } stage == 0 && /^# \/\/\/$/ { stage = 1; next } stage == 0 { if (/^# [A-Za-z][A-Za-z0-9_-]*\.[A-Za-z0-9_-]+: ./) n[$2]++; else ok = 0; next } stage == 1 && /^# ---$/ { stage = 2; next } stage == 1 { if (!/^#/) ok = 0; next } stage == 2 { ok = ok && /^# energy mu sigma$/; stage = 3; next } { if (NF != 3 || $1 + 0 != $1) ok = 0; rows++ } END { print (ok && rows > 300 && n["Element.symbol:"] && n["Element.edge:"]) ? "grammatical" : "wrong" }' predicted/Cu.xdi
out   grammatical

case  what is predicted as XDI is read as a measurement, and finds its structure
needs model
run   cuxas-match predicted/Cu.xdi candidates --quiet
out   ^ *1 +Cu 

case  one file cannot take several structures
needs model
run   cuxas-predict --xdi all.xdi candidates
exit  1
err   one file for .* structures; give a folder
lines 1

case  Larch opens predictions
needs model larch
run   cuxas-predict --xdi Cu.xdi --csv Cu-as.csv candidates/Cu.cif
run   /usr/bin/python3 -W ignore -c 'from larch.io import read_ascii; g = read_ascii("Cu.xdi"); rows = [l.split(",") for l in open("Cu-as.csv")][1:]; print("agree" if g.array_labels == ["energy", "mu", "sigma"] and len(rows) == len(g.energy) and max(abs(float(r[2]) - m) for r, m in zip(rows, g.mu)) < 1e-5 and max(abs(float(r[1]) - e) for r, e in zip(rows, g.energy)) < 1e-3 else "differ")'
out   ^agree$

case  an Athena project that Larch wrote is read
needs larch
run   /usr/bin/python3 -W ignore -c 'from larch import Group; from larch.io import create_athena; import numpy as np; d = np.loadtxt("good/scan.csv", delimiter=",", skiprows=1); p = create_athena("made.prj"); p.add_group(Group(energy=d[:, 0], mu=d[:, 1], groupname="first", label="first")); p.save()' >larch.log 2>&1; cuxas-match --inspect made.prj
out   format +athena, compressed \(gzip\)
out   points +851

case  curves are written as NXxas, and each is read back
needs model
run   cuxas-match good/scan.csv candidates --nexus curves.h5 --spectra curves.csv --quiet
run   cuxas-match --inspect curves.h5
out   scan +/measured/data
out   spectrum +/predicted_1/data .*Cu L3, .*could be the one
run   cuxas-match --inspect --dataset /predicted_1/data curves.h5
out   energies +in eV \(from the header\)
run   cuxas-match good/scan.csv candidates --nexus curves.h5
exit  1
err   curves\.h5: exists already

case  a transmitted flux is no absorption
run   { echo '# energy i0 it'; tail -n +2 good/scan.csv | awk -F, '{ print $1, 1000, 1000 * exp(-$2) }'; } >transmitted.dat
run   cuxas-match --inspect transmitted.dat
out   absorption is formed as ln\(i0/it\)
run   { echo '# energy i0 i1'; tail -n +2 transmitted.dat; } >i1.dat
run   cuxas-match --inspect --signal i1 --i0 i0 --transmission i1.dat
out   signal +ln\(I0/signal\)
