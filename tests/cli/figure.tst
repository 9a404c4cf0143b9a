# Pictures and pages: by suffix, deterministic, safe with any file name, never half-written.

case  --figure writes SVG, PDF and PNG, told by the suffix
needs model
run   for kind in svg pdf PNG; do cuxas-match good/scan.csv candidates --figure "figure.$kind" --quiet >table.txt || exit 1; head -c 5 figure.$kind | tr -dc 'a-zA-Z<?%'; echo; done
out   ^<\?xml$
out   ^%PDF$
out   ^PNG$

case  --figure - is refused: standard output has no suffix
needs model
run   cuxas-match good/scan.csv candidates --figure -
exit  1
err   must end in \.svg, \.pdf or \.png
lines 1

case  a figure of an unknown kind is refused before any work, and nothing is written
needs model
run   cuxas-match good/scan.csv candidates --figure figure.gif --csv table.csv
exit  1
err   ^cuxas-match: figure\.gif: a figure's name must end in \.svg, \.pdf or \.png$
lines 1
no-file figure.gif
no-file table.csv

case  an existing figure is not overwritten
needs model
run   echo mine > taken.svg; cuxas-match good/scan.csv candidates --figure taken.svg --quiet; cat taken.svg
out   ^mine$
err   taken\.svg

case  the same question gives the same figure and page, whatever the number of threads
needs model
run   for n in 1 2; do cuxas-match good/scan.csv candidates --threads $n --figure t$n.svg --html t$n.html --markdown t$n.md --quiet >table.txt || exit 1; cuxas-match good/scan.csv candidates --threads $n --figure t$n.pdf --quiet >table.txt || exit 1; done
same  t1.svg t2.svg
same  t1.pdf t2.pdf
same  t1.html t2.html
same  t1.md t2.md

case  a page loads nothing and lets only its own script run
needs model
run   cuxas-match good/scan.csv candidates --html - --quiet
out   Content-Security-Policy.*default-src 'none'.*script-src 'sha256-[A-Za-z0-9+/]{43}='
no-out (src|href)="?(https?:)?//
no-out @import|url\(["']?http
out   ^<h2 id="trust">How far to trust this</h2>$
out   <td class="name"><bdi>Cu2O</bdi></td>
out   sha256 [0-9a-f]{64}
out   <code>cuxas-match good/scan.csv candidates</code>

case  file names stay text in the page and in Markdown
needs model
run   mkdir -p hostile; cp candidates/Cu.cif 'hostile/<script>alert(1)<:script>.cif'; cp candidates/Cu2O.cif "hostile/\"'>&|[a](b)\`c\`.cif"; cuxas-match good/scan.csv hostile --html - --quiet
out   &lt;script&gt;alert\(1\)&lt;:script&gt;
out   &quot;&#39;&gt;&amp;|\[a\]\(b\)`c`
no-out <script>alert
run   cuxas-match good/scan.csv hostile --markdown - --quiet
out   &lt;script\\>alert\(1\)
out   \| "'\\>&amp;\\\|\\\[a\\\]\(b\)\\`c\\` \|
no-out <script>

case  Markdown holds doubts, table and provenance
needs model
run   cuxas-match good/scan.csv one-bad --markdown - --quiet
exit  3
out   ^# Match of a measured spectrum$
out   ^## How far to trust this$
out   ^\| 1 \| 
out   ^## Skipped candidates \(1\)$
out   ^- command: cuxas-match good/scan\.csv one-bad$
out   ^- SHA-256 of the model: `[0-9a-f]{64}`$

case  --top 1 draws one candidate
needs model
run   cuxas-match good/scan.csv candidates --top 1 --html - --quiet
out   data-curve="0"
no-out data-curve="1"

case  spectra alone have no sites, and a page all the same
needs model
run   mkdir -p spectra; cp good/blanks.dat good/keV.csv spectra; cuxas-match good/scan.csv spectra --html - --quiet
out   they have no sites

case  --cite says what to cite, in words and for BibTeX, and needs no files
run   cuxas-match --cite
out   arXiv:2412\.02916
out   ^@misc\{cuxasnet2024,$
out   ^@software\{cuxas,$
out   doi +=
no-out [^ -~]
lines 0

case  a figure says, as the page does, that of the compound named there is no simulation: its cell is too large for one
needs model
run   awk 'BEGIN { n = split("0 0 0 .5 .5 .5 .25 .25 .25 .75 .75 .25 .75 .25 .75 .25 .75 .75", x, " "); print "large\n1\n12.81 0 0\n0 12.81 0\n0 0 12.81\nO Cu\n54 108\nDirect"; for (s = 1; s < n; s += 3) for (i = 0; i < 3; i++) for (j = 0; j < 3; j++) for (k = 0; k < 3; k++) printf "%.5f %.5f %.5f\n", (x[s] + i) / 3 + 0.002 * sin(++m), (x[s+1] + j) / 3 + 0.002 * sin(7 * m), (x[s+2] + k) / 3 + 0.002 * sin(9 * m) }' >large.vasp; cuxas-match $DATA/spectra/Cu2O.csv large.vasp $DATA/structures/CuO.cif $DATA/structures/LaCuOS.cif --no-standards --figure none.svg --html none.html -q --force >/dev/null; grep -o 'No simulation is drawn: there is none of <bdi>large' none.html; echo $(($(grep -c '<use.* y="48"' none.svg) > 30))
out   ^No simulation is drawn: there is none of <bdi>large$
out   ^1$
