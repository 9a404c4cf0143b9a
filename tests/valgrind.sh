#!/bin/sh
# valgrind.sh BUILD - one run of each program under memcheck: no invalid access, no value that was never set, nothing lost
build=$(cd "${1:?usage: valgrind.sh BUILD}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
export CUXAS_DATA=$here/../refdb OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell # valgrind has no AVX-512
. "$here/claims.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-valgrind.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" && sh "$here/cli/make-input.sh" || exit 1
mkdir one known && cp "$CUXAS_DATA/spectra/CuO.csv" one && cp "$CUXAS_DATA/structures/Cu.cif" "$CUXAS_DATA/structures/CuO.cif" known || exit 1
# as in lsan.supp: what fontconfig, below cairo, keeps until the process ends
printf '{\n  fontconfig\n  Memcheck:Leak\n  ...\n  obj:*/libfontconfig.so*\n}\n' >suppressions
clean() {
  program=$1
  shift
  valgrind -q --suppressions=suppressions --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    "$build/bin/$program" "$@" </dev/null
}
check "cuxas-match" clean cuxas-match -q -t 1 good/scan.csv "$CUXAS_DATA/structures/CuO.cif" --json match.json
check "cuxas-match --inspect" clean cuxas-match --inspect good/columns.tsv --signal TEY
check "cuxas-predict" clean cuxas-predict -q -t 1 "$CUXAS_DATA/structures/CuO.cif" --csv predict.csv
check "cuxas-simulate" clean cuxas-simulate -q -t 1 --edge L3 --radius 2.2 --max-atoms 5 --scf-radius 0 "$CUXAS_DATA/structures/Cu.cif" --csv simulate.csv
check "cuxas-refdb library" clean cuxas-refdb library -o structures.db "$CUXAS_DATA/structures/CuO.cif"
check "cuxas-refdb library build" clean cuxas-refdb library build -q -t 1 -o library.cuxaslib "$CUXAS_DATA/structures/CuO.cif"
check "cuxas-match of a library" clean cuxas-match -q -t 1 good/scan.csv library.cuxaslib --no-standards --background none --html match.html
check "cuxas-model train" clean cuxas-model train good/records.jsonl -q -o model.cuxas --members 1 --epochs 1 --folds 0 --width 4 --features 4 --threads 1
check "cuxas-model info" clean cuxas-model info model.cuxas
check "cuxas-validate" clean cuxas-validate --no-answer -q --spectra one --structures known
counts
