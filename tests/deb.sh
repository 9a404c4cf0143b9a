#!/bin/sh
# deb.sh BUILD STAGE - the Debian package: what is in it, and that it runs from wherever it was unpacked
build=$(cd "${1:?usage: deb.sh BUILD STAGE}" && pwd) && stage=$(cd "${2:?usage: deb.sh BUILD STAGE}" && pwd) || exit 1
. "$(dirname "$0")/claims.sh"
for program in dpkg-deb dpkg-shlibdeps strip; do
  command -v $program >/dev/null || { skip "Debian package: no $program (apt-get install dpkg-dev)"; counts; exit; }
done
case $build in */asan) skip "Debian package: sanitizers are no part of it"; counts; exit ;; esac

rm -rf "$build/deb"
make -s deb BUILD="$build" >"$build/deb.log" 2>&1 || cat "$build/deb.log"
package=$(ls "$build"/deb/cuxas_*.deb 2>/dev/null)
others=$(ls "$build"/deb/cuxas-data_*.deb "$build"/deb/libcuxas[0-9]*.deb "$build"/deb/libcuxas-dev_*.deb "$build"/deb/python3-cuxas_*.deb 2>/dev/null)
check "make deb builds five packages" test -s "$package" -a "$(echo "$others" | wc -l)" -eq 4
[ -s "$package" ] || { counts; exit; }

contents=$(for one in "$package" $others; do dpkg-deb --contents "$one"; done)
doubles=$(echo "$contents" | grep -v '/$' | awk '{ print $6 }' | sort | uniq -d)
check "no file is in two packages ($doubles)" test -z "$doubles"
holds() { printf "%s\n" "$contents" | grep -qE -e " \./$1( -> .*)?\$"; }
for path in "$stage"/bin/*; do
  name=${path##*/}
  check "the package holds $name" holds "usr/bin/$name"
  check "the package holds the man page of $name" holds "usr/share/man/man1/$name\.1\.gz"
  [ ! -L "$path" ] || continue # the old name of a program: a link
  check "the package holds the completions of $name" holds "usr/share/bash-completion/completions/$name"
  check "the package holds the completions of $name for zsh" holds "usr/share/zsh/vendor-completions/_$name"
done
check "the package says under what licence" holds "usr/share/doc/cuxas/copyright"
abi=$(readlink "$stage/lib/libcuxas.so") abi=${abi#libcuxas.so.}
check "the shared library is called by the numbers of the version that callers break with" test "$abi" = \
  "$(sed -n 's/^VERSION := //p' Makefile | awk -F. '{ print ($1 == 0) ? $1 "." $2 : $1 }')"
check "a package holds the bundled library" holds "usr/share/cuxas/candidates/Cu3N\.cif"
check "a package holds the headers" holds "usr/include/cuxas/match\.h"
check "a package holds the shared library by the name that others load" holds "usr/lib/libcuxas\.so\.$abi"
check "a package holds the Python module" holds "usr/lib/python3/dist-packages/cuxas/_bridge\.so"
check "the library says what is built with it" sh -c 'dpkg-deb --info "$1" shlibs | grep -qx "libcuxas $2 libcuxas$2 (>= .*)"' check "$(ls "$build"/deb/libcuxas[0-9]*.deb)" "$abi"
check "all files belong to root and only root may write" sh -c \
  '! printf "%s\n" "$1" | grep -vE "^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root "' check "$contents"
check "nothing lies outside /usr" sh -c '! printf "%s\n" "$1" | grep -vE " \./(usr/.*)?$"' check "$contents"
check "the package is one of this machine's architecture" test \
  "$(dpkg-deb --field "$package" Architecture)" = "$(dpkg --print-architecture)"
check "the package names the version of the programs" test \
  "cuxas-match (CuXAS) $(dpkg-deb --field "$package" Version | sed 's/-1$//')" = "$("$stage/bin/cuxas-match" --version | head -n 1)"

# Every library that a program loads belongs to a package that is depended on, directly or through another that is.
depends=$(dpkg-deb --field "$package" Depends)
for name in libc6 libcjson1 libgsl libmicrohttpd "cuxas-data (="; do
  check "the package depends on $name" sh -c 'case $1 in *$2*) ;; *) false ;; esac' check "$depends" "$name"
done

root=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-deb.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
for one in "$package" $others; do dpkg-deb --extract "$one" "$root"; done
bin=$root/usr/bin
check "an unpacked program runs" "$bin/cuxas-match" --version
"$bin/cuxas-match" --top 3 examples/01-match/Cu2O.csv refdb:structures >"$root/unpacked.txt" 2>&1
"$stage/bin/cuxas-match" --top 3 examples/01-match/Cu2O.csv refdb:structures >"$root/installed.txt" 2>&1
if [ -s "$stage/share/cuxas/models/cu-l23.cuxas" ]; then
  check "an unpacked program finds model and library, and ranks" grep -qE '^ +1  Cu2O ' "$root/unpacked.txt"
fi
check "an unpacked program prints what an installed one prints" cmp "$root/unpacked.txt" "$root/installed.txt"
for one in "$package" $others; do dpkg-deb --info "$one" md5sums; done >"$root/md5sums"
( cd "$root" && md5sum --quiet -c md5sums )
check "the checksums are right" test $? -eq 0
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  PYTHONPATH=$root/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c 'import cuxas; print(cuxas.predict("refdb:CuO").formula)' \
    >"$root/python.txt" 2>&1
  check "the unpacked Python module predicts ($(tail -n 1 "$root/python.txt"))" grep -qx CuO "$root/python.txt"
fi
printf '#include <cuxas.h>\nint main(void) { return puts(cuxas_version()) < 0; }\n' >"$root/main.c"
check "a program builds with the unpacked library" ${CC:-cc} "$root/main.c" -I"$root/usr/include" -L"$root/usr/lib" -lcuxas -o "$root/main"

# What is packed elsewhere says the same version; what is machine-readable can be read.
version=$(sed -n 's/^VERSION := //p' Makefile)
for file in CITATION.cff codemeta.json .zenodo.json src/packaging/meta.yaml; do
  check "$file names the version" grep -qE "version\"?(:| =) *\"?$version\"?" "$file"
done
for field in 'package:' '  name: cuxas' 'source:' 'build:' 'requirements:' 'test:' '  license: BSD-3-Clause' '  license_file: LICENSE' '    - python' '    - numpy'; do
  check "the conda recipe has the field '$field'" grep -qxF -e "$field" src/packaging/meta.yaml
done
for library in $(sed -n 's/^PKGS := //p' Makefile); do
  name=$(echo "$library" | sed 's/^lib\(cjson\|pcre2\)/\1/; s/-serial$//; s/-8$//; s/^sqlite3/sqlite/')
  check "the conda recipe builds with $library" grep -qxE "    - $name" src/packaging/meta.yaml
done
for package in $(sed -n '/^Build-Depends/,/^[A-Z][a-z-]*:/p' src/packaging/debian/control | grep -oE '[a-z0-9+.-]*-dev'); do
  check "make deps and the container install $package, too" sh -c 'grep -q "$1" Makefile && grep -q "$1" src/packaging/Dockerfile' check "$package"
done
if [ -x /usr/bin/python3 ]; then
  check "what is said of the software is the same in CITATION.cff, codemeta.json, .zenodo.json and the module" /usr/bin/python3 -c '
import json, re
codemeta, zenodo = (json.load(open(name)) for name in ("codemeta.json", ".zenodo.json"))
cff = open("CITATION.cff").read()
of_cff = lambda name: re.search(r"^%s: \"?([^\"\n]*)\"?$" % name, cff, re.M).group(1)
assert zenodo["version"] == codemeta["version"] == of_cff("version")
assert zenodo["title"] == of_cff("title") and zenodo["title"].startswith(codemeta["name"] + ":")
assert zenodo["description"] == codemeta["description"]
assert zenodo["license"] == of_cff("license") and codemeta["license"].endswith("/" + zenodo["license"])
assert zenodo["keywords"] == codemeta["keywords"] == re.findall(r"^  - (.*)$", cff.split("keywords:")[1].split("references:")[0], re.M)
assert [one["name"] for one in zenodo["creators"]] == [one["name"] for one in codemeta["author"]] and zenodo["creators"][0]["name"] in cff
for one in codemeta["referencePublication"]:
    assert one["name"] in cff and any(one["identifier"].endswith(other["identifier"]) for other in zenodo["related_identifiers"]), one
assert "name = \"%s\"" % codemeta["name"].lower() in open("src/python/pyproject.toml").read()
'
fi
# The conda recipe cannot be built here, but its steps install into a prefix of its own, where the module finds library and data.
sed -n '/^  script:/,/^$/s/^    - //p' src/packaging/meta.yaml >"$root/recipe.sh"
check "the conda recipe's steps run" env BUILD="$build" PREFIX="$root/conda" SP_DIR="$root/conda/lib/python3/site-packages" CC="${CC:-cc}" CPU_COUNT=1 sh -e "$root/recipe.sh"
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  PYTHONPATH=$root/conda/lib/python3/site-packages PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c 'import cuxas; print(cuxas.predict("refdb:CuO").formula, cuxas.data_folder())' >"$root/python.txt" 2>&1
  check "and give a module that finds its library and data ($(tail -n 1 "$root/python.txt"))" grep -qx "CuO $root/conda/share/cuxas" "$root/python.txt"
fi
# What the container recipes copy and install is what make deb makes; their steps are those of a shell.
for name in cuxas cuxas-data "libcuxas$abi" python3-cuxas; do
  check "both container recipes install $name" sh -c 'grep -q "/tmp/$1_\*.deb" src/packaging/Dockerfile && grep -q "/opt/$1_\*.deb" src/packaging/apptainer.def' check "$name"
done
for section in post runscript test; do
  sed -n "/^%$section/,/^%/{/^%/d;p}" src/packaging/apptainer.def >"$root/section"
  check "apptainer.def's %$section is shell" sh -c 'test -s "$1" && sh -n "$1"' check "$root/section"
done
if command -v mandoc >/dev/null; then
  sh src/packaging/html.sh "$stage" "$root/html" >"$root/html.log" 2>&1
  check "the manual is made as pages ($(head -n 1 "$root/html.log"))" test -s "$root/html/index.html"
  check "every link of it leads somewhere" test -z "$(cd "$root/html" && grep -ohE 'href="[^"#]+' ./*.html | sed 's/href="//' | grep -v '^http' | sort -u | while read -r link; do [ -e "$link" ] || echo "$link"; done)"
  check "its pages lead to one another, and say where their sections are" sh -c 'grep -q "href=\"cuxas.7.html\"><b>cuxas</b>(7)" "$1/cuxas-match.1.html" && grep -q "href=\"#EXAMPLES\"" "$1/cuxas-match.1.html"' check "$root/html"
  check "every section that a link names is there" test -z "$(cd "$root/html" && for page in ./*.html; do grep -oE 'href="#[^":]+"' "$page" | sed 's/href="#//; s/"//' | sort -u | while read -r id; do grep -qF "id=\"$id\"" "$page" || echo "$page#$id"; done; done)"
  check "pictures stand where answers are explained" sh -c 'test "$(grep -l "<img src=\"match.svg\"" "$1"/*.html | wc -l)" -eq 3 && test -s "$1/match.svg"' check "$root/html"
  check "its search knows the options" grep -q '^\["cuxas-match.1", "-' "$root/html/search.js"
else
  skip "the manual as pages: no mandoc"
fi
if git rev-parse HEAD >/dev/null 2>&1; then
  make -s dist BUILD="$root" && cp "$root/cuxas-$version.tar.gz" "$root/first" && make -s dist BUILD="$root"
  if [ -n "$CUXAS_TEST_DIST" ]; then # minutes: make nightly
    mkdir "$root/unpacked" && tar -xf "$root/first" -C "$root/unpacked"
    (cd "$root/unpacked/cuxas-$version" && make -s check) >"$root/dist.log" 2>&1
    check "what it packs builds and passes its tests ($(tail -n 1 "$root/dist.log"))" sh -c 'tail -n 1 "$1" | grep -q ", 0 failed,"' check "$root/dist.log"
  fi
  check "make dist packs the tree, twice the same" cmp "$root/first" "$root/cuxas-$version.tar.gz"
fi
counts
