#!/bin/sh
# make-input.sh - fills the current folder with spectra and structures, good and broken; nothing here is measured data
set -e
mkdir -p good bad empty candidates one-bad

# A curve like a Cu L2,3 edge: two rounded steps, two white lines, some structure behind. 915 to 1000 eV, step 0.1 eV.
awk 'function step(e, at) { return 0.5 + atan2(e - at, 0.6) / 3.14159265 }
     function peak(e, at, w) { return 1 / (1 + ((e - at) / w) ^ 2) }
     BEGIN { print "energy_eV,intensity"
       for (i = 0; i <= 850; i++) { e = 915 + 0.1 * i
         printf "%.1f,%.6f\n", e, 0.1 + step(e, 931) + 0.45 * step(e, 951) + 0.8 * peak(e, 931.8, 0.7) \
           + 0.35 * peak(e, 951.7, 0.9) + 0.2 * peak(e, 936, 1.5) + 0.1 * peak(e, 941, 2) } }' >good/scan.csv
awk -F, 'NR == 1 { print "energy_keV,intensity"; next } { printf "%.4f,%s\n", $1 / 1000, $2 }' good/scan.csv >good/keV.csv
{ head -n 1 good/scan.csv; sed 1d good/scan.csv | tac; } >good/reversed.csv
awk 'NR > 1 { print } { print }' good/scan.csv >good/duplicates.csv
awk -F, 'NR == 1 { print "E\tI0\tTEY"; next } { printf "%s\t%d\t%.6f\n", $1, 1000 + NR, (1000 + NR) * $2 }' \
  good/scan.csv >good/columns.tsv
tr ',' ' ' <good/scan.csv | sed 1d >good/blanks.dat
# The same curve as FEFF writes a simulation, 2.5 eV too high: what a match must find is a shift of -2.5 eV.
awk -F, 'BEGIN { print "# Cu                                FEFF 10.0.0\n#  omega    e    k    mu    mu0     chi     @#" }
         NR > 1 { printf "%17.10f %17.10f %17.10f %19.10E %19.10E %19.10E\n", $1 + 2.5, $1 - 940, 1, $2, $2, 0 }' \
  good/scan.csv >good/xmu.dat

: >bad/empty.csv
cut -d, -f1 good/scan.csv >bad/one-column.csv
sed '100s/,.*/,nan/' good/scan.csv >bad/nan.csv
sed '100s/,.*/,inf/' good/scan.csv >bad/inf.csv
sed '100s/,.*/,abc/' good/scan.csv >bad/word.csv
awk -F, 'NR == 1 || ($1 >= 930 && $1 <= 935)' good/scan.csv >bad/short.csv
awk -F, 'NR == 1 || $1 < 915.5' good/scan.csv >bad/few-points.csv
awk -F, 'NR == 1 { print; next } { printf "%.1f,%s\n", $1 - 200, $2 }' good/scan.csv >bad/other-edge.csv
awk -F, 'NR == 1 { print; next } { print $1 ",1.0" }' good/scan.csv >bad/flat.csv
printf 'energy,mu\n930,1\n\000\001\002\003\n' >bad/binary.csv
printf 'no numbers in here\nat all\n' >bad/text.csv

# Structures: lattice constants rounded, as in any textbook.
cat >candidates/Cu.cif <<'CIF'
data_Cu
_cell_length_a 3.61
_cell_length_b 3.61
_cell_length_c 3.61
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Cu1 Cu 0 0 0
Cu2 Cu 0 0.5 0.5
Cu3 Cu 0.5 0 0.5
Cu4 Cu 0.5 0.5 0
CIF
cat >candidates/Cu2O.cif <<'CIF'
data_Cu2O
_cell_length_a 4.27
_cell_length_b 4.27
_cell_length_c 4.27
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
O1 O 0 0 0
O2 O 0.5 0.5 0.5
Cu1 Cu 0.25 0.25 0.25
Cu2 Cu 0.75 0.75 0.25
Cu3 Cu 0.75 0.25 0.75
Cu4 Cu 0.25 0.75 0.75
CIF
cat >candidates/POSCAR_CuCl <<'POSCAR'
CuCl
1.0
0.0 2.705 2.705
2.705 0.0 2.705
2.705 2.705 0.0
Cu Cl
1 1
Direct
0 0 0
0.25 0.25 0.25
POSCAR
cat >candidates/CuZn.xyz <<'XYZ'
2
Lattice="2.95 0 0 0 2.95 0 0 0 2.95" Properties=species:S:1:pos:R:3 pbc="T T T"
Cu 0 0 0
Zn 1.475 1.475 1.475
XYZ
sed '/^Cu1 /s/$/ 0.5/; /^Cu[234] /s/$/ 1/; /_fract_z/a _atom_site_occupancy' candidates/Cu.cif >good/partial.cif
sed '/^Cu1 /s/$/ 1.5/; /^Cu[234] /s/$/ 1/; /_fract_z/a _atom_site_occupancy' candidates/Cu.cif >bad/overfull.cif
sed '/^Cu1 /s/$/ 0.75/; /^Cu[234] /s/$/ 0.98/; /_fract_z/a _atom_site_occupancy' candidates/Cu.cif >disordered.cif
sed 's/Cu/Al/g' candidates/Cu.cif >bad/no-copper.cif
sed '/_cell_length_a/d' candidates/Cu.cif >bad/no-cell.cif
sed 's/^Cu1 Cu 0 0 0/Cu1 Xx 0 0 0/' candidates/Cu.cif >bad/unknown-element.cif
sed 's/^Cu2 Cu 0 0.5 0.5/Cu2 Cu 0 0.01 0/' candidates/Cu.cif >bad/too-close.cif
printf 'data_broken\nloop_\n' >bad/broken.cif
cp candidates/* one-bad/
cp bad/overfull.cif one-bad/
# Far from anything a model can have seen: copper squeezed to a third of its volume.
mkdir -p far
sed 's/^\(_cell_length_[abc]\) .*/\1 2.5/' candidates/Cu.cif >far/squeezed.cif

# Structures kept together: JSON of pymatgen and of the Materials Project, gzip, a CIF of several blocks.
mkdir -p many mixed
cat candidates/Cu.cif candidates/Cu2O.cif >many/two.cif
gzip -9n <many/two.cif >mixed/both.cif.gz
gzip -9n <candidates/Cu2O.cif >mixed/Cu2O.cif.gz
json() { # occupancy: fcc copper
  printf '{"@class":"Structure","lattice":{"matrix":[[0,1.805,1.805],[1.805,0,1.805],[1.805,1.805,0]]},'
  printf '"sites":[{"species":[{"element":"Cu","occu":%s}],"abc":[0,0,0],"xyz":[0,0,0]}]}' "$1"
}
json 1 >mixed/fcc.json
printf '{"data":[{"material_id":"mp-30","structure":%s},{"material_id":"mp-0","structure":%s}]}\n' \
  "$(json 1)" "$(json 1.5)" >mixed/mp.json
printf '{"program":"some other"}\n' >mixed/report.json
json 1 | head -c 100 >bad/cut.json
head -c 100 mixed/Cu2O.cif.gz >bad/cut.cif.gz

# Records to learn from: CsCl structures of copper with twelve elements, edges that follow lattice constant and element by a rule.
awk 'function edge(name, start, step, width,   k, x) {
       printf ",\"%s\":{\"edge_step\":%g,\"core_hole_width\":%g,\"scf_converged\":true,\"energy\":[", name, step, width
       for (k = 0; k < 60; k++) printf "%s%.1f", k ? "," : "", start + 1.1 * k
       printf "],\"mu\":["
       for (k = 0; k < 60; k++) { x = 1.1 * k - 8 - 16 * (a - 2.8)
         printf "%s%.6f", k ? "," : "", 0.5 + atan2(2 * x, 1) / 3.14159265 + 2 * (a - 2.4) / (1 + x * x) }
       printf "]}" }
     BEGIN { n = split("F Cl Br I Se Te N P Zn Ga Al Ti", element, " ")
       for (i = 0; i < 36; i++) { a = 2.6 + 0.02 * int(i / n) + 0.04 * (i % n)
         printf "{\"id\":\"r%d\",\"site\":0,\"lattice\":[[%g,0,0],[0,%g,0],[0,0,%g]],\"species\":[\"Cu\",\"%s\"],", i, a, a, a, element[i % n + 1]
         printf "\"frac\":[[0,0,0],[0.5,0.5,0.5]]"
         edge("L3", 930, 0.006, 0.6); if (i % 3 == 0) edge("L2", 950, 0.003, 1.2); if (i % 2 == 0) edge("L3_screened", 929, 0.006, 0.6)
         print "}" } }' >good/records.jsonl
