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
