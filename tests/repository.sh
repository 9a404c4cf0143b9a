#!/bin/sh
# repository.sh STAGE - what must hold for the repository as a whole: reference data complete, nothing foreign, no leaks
stage=$1
. tests/claims.sh
tracked() { git ls-files 2>/dev/null || find . -type f -not -path './build/*' -not -path './.git/*'; }

for folder in refdb refdb/structures refdb/candidates refdb/spectra refdb/simulated refdb/simulations refdb/dataset refdb/models; do
  check "$folder says where its data come from" test -s "$folder/ORIGIN.md"
done

tail -n +2 refdb/compounds.csv | while IFS=, read -r name formula structure spectrum rest; do
  [ -s "refdb/$structure" ] || echo "$name has no structure"
  grep -q "^data_$name\$" "refdb/$structure" || echo "$structure is not $name ($formula)"
  [ -z "$spectrum" ] || [ -s "refdb/$spectrum" ] || echo "$name has no spectrum"
done >"$stage/compounds.log"
check "all 14 validation compounds are complete" test "$(tail -n +2 refdb/compounds.csv | wc -l)" -eq 14
check "the files of compounds.csv exist" test ! -s "$stage/compounds.log"
for path in refdb/structures/*.cif; do
  name=$(basename "$path" .cif)
  grep -q '^# input sha256 [0-9a-f]\{64\}$' "refdb/simulated/$name.csv" || echo "$name has no simulated spectrum"
done >"$stage/simulated.log" 2>&1
check "every validation structure has a simulated spectrum" test ! -s "$stage/simulated.log"
check "the library holds at least 100 candidates" test "$(ls refdb/candidates/*.cif | wc -l)" -ge 100

tracked | grep -v 'tests/repository.sh$' | tr '\n' '\0' | xargs -0 grep -IlE '/(work|home|root)/' >"$stage/paths.log"
check "no file names a path of a machine" test ! -s "$stage/paths.log"
if [ -d "${CUXAS_SHARED:-../shared/data}" ]; then
  find "${CUXAS_SHARED:-../shared/data}" -type f -exec sha256sum {} + | cut -c1-64 | sort -u >"$stage/shared.sums"
  tracked | tr '\n' '\0' | xargs -0 sha256sum 2>/dev/null | cut -c1-64 | sort -u >"$stage/own.sums"
  check "no raw data file is part of the repository" test -z "$(comm -12 "$stage/shared.sums" "$stage/own.sums")"
else
  skip "no raw data file is part of the repository: the raw data are not here"
fi

check "no built file is part of the repository" test -z "$(tracked | grep -E '\.(o|d|a|so|inc)$')"

header_is_listed() { grep -qx "#include \"cuxas/$1\"" include/cuxas.h; }
stands_alone() { # header, compiler...: it needs no other before it
  printf '#include "%s"\n' "$1" >"$stage/alone.c"
  shift
  "$@" -Wall -Werror -Iinclude -fsyntax-only "$stage/alone.c"
}
for header in include/cuxas/*.h; do
  check "cuxas.h includes ${header##*/}" header_is_listed "${header##*/}"
  check "${header##*/} stands alone" stands_alone "cuxas/${header##*/}" ${CC:-cc} -std=c11
done
check "cuxas.h stands alone" stands_alone cuxas.h ${CC:-cc} -std=c11
if command -v c++ >/dev/null; then
  check "cuxas.h serves a C++ program" stands_alone cuxas.h c++ -x c++
else
  skip "cuxas.h serves a C++ program: no C++ compiler here"
fi

"$stage/bin/cuxas-match" examples/01-match/Cu2O.csv refdb/structures --csv - >"$stage/program.csv" 2>/dev/null
root=$PWD
example=$(cd "$stage/../examples" && pwd)/match
"$example" examples/01-match/Cu2O.csv refdb/structures >"$stage/example.csv"
check "the example program prints what cuxas-match --csv does" cmp "$stage/program.csv" "$stage/example.csv"
for n in 1 4; do
  (cd / && OPENBLAS_NUM_THREADS=$n "$example" "$root/examples/01-match/Cu2O.csv" "$root/refdb/structures") | sed "s|$root/||g" >"$stage/elsewhere.csv"
  check "the example prints the same from another folder with $n BLAS threads" cmp "$stage/example.csv" "$stage/elsewhere.csv"
done
# A caller that was linked once must run with every later library of the same soname (not one without a sanitizer's runtime, of a library that needs it).
make=${MAKE:-make} build=$(cd "$stage/.." && pwd)
case $build in
*/asan) skip "a caller of the shared library: a sanitizer's runtime would have to be loaded first" ;;
*)
  version=$(basename "$stage"/lib/libcuxas.so.*.*.*) version=${version#libcuxas.so.}
  later=${version%.*}.$((${version##*.} + 1))
  mkdir -p "$stage/later"
  check "a program is linked with the shared library" ${CC:-cc} -std=c11 -Iinclude examples/02-library/match.c \
    -L"$stage/lib" -lcuxas -o "$stage/later/match"
  check "the library is linked as the next patch release" "$make" -s BUILD="$build" VERSION="$later" -W Makefile "$build/libcuxas.so.$later"
  mv "$build/libcuxas.so.$later" "$stage/later/$(readlink "$stage/lib/libcuxas.so")"
  CUXAS_DATA=$root/refdb LD_LIBRARY_PATH=$stage/later "$stage/later/match" examples/01-match/Cu2O.csv refdb/structures >"$stage/later/example.csv"
  check "the program runs with the next patch release of the library" cmp "$stage/example.csv" "$stage/later/example.csv"
  ;;
esac
demo=$(sed -n '/^demo:/,/^$/s|.*/bin/\(cuxas-match .*\)|\1|p' Makefile)
check "examples/README.md has the command that make demo runs" grep -qF "\`${demo:?}\`" examples/README.md
check "the example program ranks all" test "$(wc -l <"$stage/example.csv")" -ge 8
# What the README shows is what the programs print: the lines under each "$ command" stand in its output.
shown() { # program and its options as the README has them
  awk -v command="    \$ $1" '$0 == command { on = 1; next } !/^    / && !/^$/ { on = 0 } on { sub(/^    /, ""); print }' README.md
}
for command in "cuxas-match --top 4 examples/01-match/Cu2O.csv refdb/structures" "cuxas-validate"; do
  shown "$command" >"$stage/readme.shown"
  "$stage"/bin/$command >"$stage/readme.printed" 2>/dev/null
  check "the README shows the output of: $command" test "$(wc -l <"$stage/readme.shown")" -ge 5
  check "the README is up to date: $command" sh -c "test -z \"\$(awk -f tests/same.awk '$stage/readme.printed' '$stage/readme.shown')\""
done

gzip -dc refdb/dataset/Cu-L3-L2.jsonl.gz | sed -n 's/.*"formula":"\([^"]*\)".*/\1/p' | sort -u >"$stage/learnt"
check "the data set was found" test "$(wc -l <"$stage/learnt")" -ge 300
check "no validation compound is in the part of the data set that blind models learn from" sh -c \
  "tail -n +2 refdb/models/exclude.csv | cut -d, -f1 | while read -r formula; do ! grep -qx \"\$formula\" '$stage/learnt' || exit 1; done"
check "the data set is small" test "$(cat refdb/dataset/*.gz | wc -c)" -le 20000000
check "the models' card has every block and figure that make card fills" sh -c 'for block in $(sed -n "s/^ *BLOCK\[\"\([a-z]*\)\"\].*/\1/p" refdb/models/card.py); do
  [ "$(grep -c "<!-- card.sh: $block -->" refdb/models/CARD.md)" = 1 ] || exit 1; done
  for figure in $(sed -n "s/^!\[.*\](\(.*\))/\1/p" refdb/models/CARD.md); do [ -s "refdb/models/$figure" ] || exit 1; done'
check "the data set says what it is" grep -q 'CC BY 4.0' refdb/dataset/DATA-CARD.md

cut -d, -f1 refdb/models/exclude.csv | sort >"$stage/excluded"
check "every validation compound is kept out of training" sh -c \
  "tail -n +2 refdb/compounds.csv | cut -d, -f2 | while read -r formula; do grep -qx \"\$formula\" '$stage/excluded' || exit 1; done"

counts
