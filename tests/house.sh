#!/bin/sh
# house.sh BUILD - what the tree promises of itself: which folder may include which, what is public, how long things are
build=${1:?usage: house.sh BUILD}
. tests/claims.sh
folders=$(sed -n 's/^FOLDERS := //p' Makefile)

# Each folder includes only from itself and from those before it; _priv.h stays inside its folder.
grep -n '^#include "' src/*/*.[ch] | awk -v order="$folders cmd python" '
  BEGIN { n = split(order, name, " "); for (i = 1; i <= n; i++) floor_of[name[i]] = i }
  { split($0, part, ":"); split(part[1], path, "/"); from = path[2]
    match($0, /"[^"]*"/); target = substr($0, RSTART + 1, RLENGTH - 2)
    split(target, to, "/")
    if (target ~ /^cuxas(\/|\.h)/) next
    if (!(to[1] in floor_of) || target !~ /\//) { print part[1] ": no folder in \"" target "\""; next }
    if (floor_of[to[1]] > floor_of[from]) print part[1] ": includes upwards, \"" target "\""
    if (target ~ /_priv\.h$/ && to[1] != from) print part[1] ": includes what is private to another folder, \"" target "\"" }' >"$build/house.includes"
check "folders include downwards only, private headers stay at home ($(head -n 1 "$build/house.includes"))" test ! -s "$build/house.includes"

# Sizes: a file is a place, a function fits a screen and a half.
for path in src/*/*.c; do
  lines=$(wc -l <"$path")
  [ "$lines" -ge 40 ] && [ "$lines" -le 700 ] || echo "$path: $lines lines"
done >"$build/house.sizes"
check "no source file is under 40 or over 700 lines ($(head -n 3 "$build/house.sizes" | tr '\n' ';'))" test ! -s "$build/house.sizes"
for path in src/*/*.c; do
  head -n 1 "$path" | grep '^/\*' | grep -qv '^/\* Contents' || echo "$path"
done >"$build/house.openings"
check "every source file says first what it is for ($(head -n 3 "$build/house.openings" | tr '\n' ';'))" test ! -s "$build/house.openings"
# The tree is formatted: a definition starts in column 1, its braces stand alone there. Commas inside parentheses of a
# parameter belong to it.
awk 'FNR == 1 { inside = 0; head = "" }
  /^[A-Za-z_].*\(/ && !/;$/ && !/^(typedef|#)/ { head = $0; start = FNR; next_head = 1; next }
  next_head && /^\{$/ { first = FNR; inside = 1; next_head = 0; parameters = count(head); next }
  next_head { head = head $0; if (/;$/) next_head = 0; next }
  inside && /^\}/ { inside = 0
    if (FNR - first - 1 > 80) print FILENAME ":" start ": " FNR - first - 1 " lines"
    if (parameters > 7 && head !~ /MHD_Connection/) print FILENAME ":" start ": " parameters " parameters" }
  function count(text,   i, c, depth, n) {
    sub(/^[^(]*\(/, "", text)
    for (i = 1; i <= length(text); i++) { c = substr(text, i, 1)
      if (c == "(") depth++
      if (c == ")" && depth-- == 0) break
      if (c == "," && depth == 0) n++ }
    return n + 1 }' src/*/*.c >"$build/house.functions"
many=$(grep -c ' parameters$' "$build/house.functions")
check "no function has over 80 lines ($(grep ' lines$' "$build/house.functions" | head -n 3 | tr '\n' ';'))" sh -c '! grep -q " lines$" "$1"' check "$build/house.functions"
# 7 parameters are enough, but for callbacks, whose form their library gives.
check "no function has over 7 parameters ($many: $(grep ' parameters$' "$build/house.functions" | head -n 3 | tr '\n' ';'))" test "$many" -eq 0
check "the library has no more than 170 files" test "$(ls src/*/*.c | wc -l)" -le 170

# Memory is asked for in one way, which checks the size and words the failure.
grep -nE '[^_a-z](malloc|calloc|realloc|strdup)\(|CUXAS_ENOMEM, "[^%]' src/*/*.c | grep -v -e '^src/base/status.c' -e '^src/python/' -e '^src/learn/pickle.c' -e 'too large' -e '/\*' >"$build/house.memory"
check "memory is asked for through base/memory.h alone ($(head -n 1 "$build/house.memory"))" test ! -s "$build/house.memory"

# JSON is printed in one way, which is UTF-8 whatever came in (the Python module has the public functions alone).
grep -nE 'cJSON_Print' src/*/*.c | grep -v -e '^src/base/json.c' -e '^src/python/' >"$build/house.json"
check "JSON is printed through base/json.h alone ($(head -n 1 "$build/house.json"))" test ! -s "$build/house.json"

# The walks through the house name functions that are there.
sed -n '/^## Two walks/,/^## House rules/p' CONTRIBUTING.md | grep -oE '`[a-z_]+`' | tr -d '`' | sort -u | while read -r name; do
  grep -qE "^[a-z].*[ *]$name\\(" src/*/*.c || echo "$name"
done >"$build/house.walks"
check "the walks of CONTRIBUTING.md name functions that are there ($(head -n 1 "$build/house.walks"))" test ! -s "$build/house.walks"

# The public surface: few headers; what they declare is what the shared library exports, all of it prefixed.
check "no more than 15 public headers ($(ls include/*.h include/cuxas/*.h | wc -l))" test "$(ls include/*.h include/cuxas/*.h | wc -l)" -le 15
case $build in
  *asan) skip "what is exported and prefixed: a sanitizer adds symbols of its own"; symbols= ;;
  *) symbols=yes ;;
esac
if [ -n "$symbols" ]; then
  shared=$(ls "$build"/libcuxas.so.*.*)
  nm -D --defined-only "$shared" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort >"$build/house.exported"
  check "no more than 110 public functions ($(wc -l <"$build/house.exported"))" test "$(wc -l <"$build/house.exported")" -le 110
  check "every exported symbol is prefixed" sh -c '! nm -D --defined-only "$1" | grep -vE " (cuxas_|CUXAS_|A )"' check "$shared"
  grep -ohE '\bcuxas_[A-Za-z0-9_]+\(' include/cuxas.h include/cuxas/*.h | tr -d '(' | sort -u >"$build/house.declared"
  check "what is exported is declared" test -z "$(comm -23 "$build/house.exported" "$build/house.declared")"
  grep -hE '^[A-Za-z].*[ *]cuxas_[A-Za-z0-9_]+\(' include/cuxas/*.h | grep -v '^typedef' | sed -E 's/^[^(]*[ *](cuxas_[A-Za-z0-9_]+)\(.*/\1/' | sort -u >"$build/house.promised"
  check "what is declared is exported ($(comm -13 "$build/house.exported" "$build/house.promised" | head -n 1))" test -z "$(comm -13 "$build/house.exported" "$build/house.promised")"
  # clang's own for cloned functions and OpenMP's sums have dots, as no name in C has
  nm --defined-only "$build/libcuxas.a" 2>/dev/null | awk '$2 ~ /[TDBRC]/ && $3 !~ /^(cuxas_|CUXAS_|\.gomp_critical_user_cuxas_)|\.resolver$|\.reduction\.var$/ { print $3 }' >"$build/house.unprefixed"
  check "every symbol of the archive is prefixed ($(head -n 3 "$build/house.unprefixed" | tr '\n' ' '))" test ! -s "$build/house.unprefixed"
  objdump -t "$build/libcuxas.a" 2>/dev/null | awk '/ O \.(data|bss)(\.local)?\t/ || / \*COM\*/ && !/gomp_critical/ { print $NF }' >"$build/house.state"
  check "the library keeps no mutable state ($(head -n 3 "$build/house.state" | tr '\n' ' '))" test ! -s "$build/house.state"
fi

if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
  git ls-files '*.c' '*.h' 2>/dev/null | xargs clang-format --dry-run --Werror >"$build/house.format" 2>&1
  check "all sources are formatted (make format)" test ! -s "$build/house.format"
else
  skip "all sources are formatted: no clang-format 14 here"
fi
counts
