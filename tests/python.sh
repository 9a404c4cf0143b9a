#!/bin/sh
# python.sh BUILD STAGE - the Python module: as installed below STAGE, as a wheel in a clean environment, in its notebook
#
# Needs Debian's python3 and python3-numpy; with python3-ase its objects are taken, too. Skipped where they are not there, and
# under sanitizers, whose runtime Python would have to load first.
build=$(cd "${1:?usage: python.sh BUILD STAGE}" && pwd) stage=$(cd "${2:?usage: python.sh BUILD STAGE}" && pwd) || exit 1
. tests/claims.sh
python=/usr/bin/python3
case $build in *asan) skip "Python module: a sanitizer's runtime would have to be loaded first"; counts; exit ;; esac
$python -c 'import numpy' 2>/dev/null || { skip "Python module: no python3 with numpy (apt-get install python3-numpy)"; counts; exit; }
[ -s "$stage/share/cuxas/models/cu-l23.cuxas" ] || { skip "Python module: no model"; counts; exit; }
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-python.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
unset CUXAS_DATA
module=$(dirname "$(ls -d "$stage"/lib/python3*/dist-packages/cuxas)")

PYTHONPATH=$module PYTHONDONTWRITEBYTECODE=1 CUXAS_STAGE=$stage $python -m unittest -v tests/python/test_cuxas.py >"$work/tests.log" 2>&1
grep -E '^(ERROR|FAIL):|Error: |\.\.\. skipped' "$work/tests.log" | sort -u | head -n 20
n=$(grep -cE '\.\.\. ok$' "$work/tests.log")
passed=$((passed + n)) failed=$((failed + $(grep -cE '\.\.\. (FAIL|ERROR)$' "$work/tests.log")))
skipped=$((skipped + $(grep -c '\.\.\. skipped' "$work/tests.log")))
check "the tests of the module run ($(tail -n 1 "$work/tests.log"))" test "$n" -gt 0

# The notebook prints what its page promises, whatever the library holds.
PYTHONPATH=$module PYTHONDONTWRITEBYTECODE=1 $python examples/04-python/notebook.py >"$work/notebook.txt" 2>"$work/notebook.err"
check "the notebook runs to its end ($(tail -n 1 "$work/notebook.err"))" grep -q '^Cu L3: Fermi level at 9[0-9][0-9]\.[0-9] eV$' "$work/notebook.txt"
check "the notebook finds Cu2O where the elements are known" grep -q '^Cu(I).*Cu2O' "$work/notebook.txt"

# A wheel, in an environment that has nothing else but numpy; no index is asked.
if $python -c 'import venv, ensurepip' 2>/dev/null; then
  BUILD=$build CUXAS_WHEEL_LIBRARIES=yes $python src/python/backend.py "$work" >"$work/wheel.txt" 2>&1
  $python -m venv --system-site-packages "$work/clean" >/dev/null 2>&1
  "$work/clean/bin/pip" install --quiet --no-index --disable-pip-version-check "$work"/cuxas-*.whl >"$work/pip.log" 2>&1
  check "the wheel is installed offline ($(head -n 1 "$work/pip.log"))" test -d "$work"/clean/lib/python3*/site-packages/cuxas
  (cd "$work" && ./clean/bin/python -c 'import cuxas; print(cuxas.__file__, cuxas.predict("refdb:CuO").formula)') >"$work/wheel.out" 2>&1
  check "the wheel predicts with the data that it carries ($(tail -n 1 "$work/wheel.out"))" grep -q '/clean/.* CuO$' "$work/wheel.out"
  (cd "$work" && ldd clean/lib/python3*/site-packages/cuxas/_bridge.so) | awk '$2 == "=>" { print $3 }' | grep -vE "^$work/|/lib(c|m|dl|rt|util|resolv|pthread)\.so" >"$work/outside"
  check "it loads nothing from the system but the C library ($(head -n 1 "$work/outside"))" test ! -s "$work/outside"
else
  skip "the wheel: no python3-venv"
fi
counts
