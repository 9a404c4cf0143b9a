#!/bin/sh
# html.sh STAGE FOLDER - the manual as pages for a browser: every man page, pictures, a search that needs no network
#
# Called by make html. Needs mandoc; the pictures are what the installed programs draw of the example.
stage=$(cd "${1:?usage: html.sh STAGE FOLDER}" && pwd) || exit 1
folder=${2:?usage: html.sh STAGE FOLDER}
top=$(cd "$(dirname "$0")/../.." && pwd)
command -v mandoc >/dev/null || { echo 'make html: no mandoc (apt-get install mandoc)' >&2; exit 1; }
rm -rf "$folder" && mkdir -p "$folder" || exit 1
cp "$top/src/packaging/manual.css" "$top/src/packaging/manual.js" "$folder"
pages=$(cd "$top/man" && ls *.1 *.5 *.7 | while read -r page; do [ "$(wc -l <"$top/man/$page")" -gt 2 ] && echo "$page"; done)

"$stage/bin/cuxas-match" --quiet --elements Cu,O --figure "$folder/match.svg" --html "$folder/report.html" "$top/examples/01-match/Cu2O.csv" >/dev/null || exit 1

head_of() { # title
  printf '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>%s</title>\n<link rel="stylesheet" href="manual.css">\n</head>\n<body>\n<nav><a href="index.html">CuXAS manual</a></nav>\n<main>\n' "$1"
}
put_before() { # pattern, which line that it fits, what, page
  awk -v pattern="$1" -v which="$2" -v what="$3" '$0 ~ pattern && ++n == which { while ((getline line < what) > 0) print line } { print }' "$4"
}
for page in $pages; do
  { head_of "$page"
    mandoc -Thtml -Ofragment,man=%N.%S.html "$top/man/$page" | sed "s/<pre>/<pre tabindex=\"0\">/" # the keyboard scrolls it
    printf '</main>\n</body>\n</html>\n'
  } >"$folder/page" || exit 1
  { printf '<ul class="contents">\n'
    sed -nE 's|.*<h[12] class="S[hs]"( id="([^"]*)")?><a class="permalink" href="#([^"]*)">([^<]*)</a>.*|<li><a href="#\3">\4</a></li>|p' "$folder/page"
    printf '</ul>\n'
  } >"$folder/contents"
  put_before '<section class="Sh">' 1 "$folder/contents" "$folder/page" >"$folder/$page.html"
  rm "$folder/page" "$folder/contents"
done
# cuxas(7) leads there; a picture follows what a page says of itself.
for page in $pages; do
  name=${page%.*} section=${page##*.}
  sed -i "s|<b>$name</b>($section)|<a href=\"$page.html\"><b>$name</b>($section)</a>|g" "$folder"/*.html
done
figure() { # what the picture shows, the command that draws it
  printf '<figure><img src="match.svg" alt="%s">\n<figcaption><code>%s</code>; <a href="report.html">its report</a></figcaption></figure>\n' "$1" "$2"
}
shown='Measured Cu2O and the predicted spectra of the best candidates, their difference, and the ranking'
command='cuxas-match --elements Cu,O --figure match.svg --html report.html Cu2O.csv'
figure "$shown" "$command" >"$folder/figure"
for page in cuxas-match.1 cuxas-tutorial.7; do
  put_before '<h1[^>]*id="' 3 "$folder/figure" "$folder/$page.html" >"$folder/page" && mv "$folder/page" "$folder/$page.html" || exit 1
done
# References to pages of others are text.
for link in $(grep -ohE 'class="Xr" href="[^"]*"' "$folder"/*.html | sed 's/.*href="//; s/"//' | sort -u); do
  [ -e "$folder/$link" ] || sed -i "s|<a class=\"Xr\" href=\"$link\">|<a class=\"Xr\">|g" "$folder"/*.html
done

# The index of the search: a line for every section and option, [page, id, title, text].
{ printf 'const PAGES = [\n'
  for page in $pages; do
    mandoc -Tascii -Owidth=1000 "$top/man/$page" 2>/dev/null | sed "s/.$(printf '\b')//g" | awk -v page="$page" '
      function put() { if (title != "") { gsub(/[\\"]/, "\\\\&", text); gsub(/[\t ]+/, " ", text); gsub(/[\\"]/, "\\\\&", title)
        printf "[\"%s\", \"%s\", \"%s\"],\n", page, title, substr(text, 1, 1500) } text = "" }
      /^[A-Z][A-Z0-9 ,-]+$/ { put(); title = $0; next }
      /^       -/ || /^     *--?[a-z]/ { put(); title = $0; sub(/^ +/, "", title); title = substr(title, 1, 60); next }
      { text = text " " $0 }
      END { put() }'
  done
  printf '];\n'
} >"$folder/search.js"

{ head_of "CuXAS manual"
  printf '<h1>CuXAS manual</h1>\n<p>Which copper compound was measured? <a href="cuxas-tutorial.7.html">Start with the tutorial</a>.</p>\n'
  printf '<p role="search"><label>Search <input type="search" id="search" autocomplete="off"></label> <span id="found" role="status"></span></p>\n<ol id="results"></ol>\n'
  printf '<h2>Pages</h2>\n<ul>\n'
  for page in $pages; do
    sed -n '/^\.SH NAME/{n;p;}' "$top/man/$page" | sed 's/\\-/-/g; s/&/\&amp;/g; s/</\&lt;/g' |
      awk -v page="$page" '{ dash = index($0, " - "); printf "<li><a href=\"%s.html\">%s</a> %s</li>\n", page, page, substr($0, dash + 3) }'
  done
  printf '</ul>\n<h2>What an answer looks like</h2>\n'
  cat "$folder/figure"
  printf '</main>\n<script src="search.js"></script>\n<script src="manual.js"></script>\n</body>\n</html>\n'
} >"$folder/index.html"
rm "$folder/figure"
echo "$folder/index.html"
