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
check "make deb builds a package" test -s "$package"
[ -s "$package" ] || { counts; exit; }

contents=$(dpkg-deb --contents "$package")
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
check "the package holds the bundled library" holds "usr/share/cuxas/candidates/Cu3N\.cif"
check "all files belong to root and only root may write" sh -c \
  '! printf "%s\n" "$1" | grep -vE "^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root "' check "$contents"
check "nothing lies outside /usr" sh -c '! printf "%s\n" "$1" | grep -vE " \./(usr/.*)?$"' check "$contents"
check "the package is one of this machine's architecture" test \
  "$(dpkg-deb --field "$package" Architecture)" = "$(dpkg --print-architecture)"
check "the package names the version of the programs" test \
  "cuxas-match (CuXAS) $(dpkg-deb --field "$package" Version)" = "$("$stage/bin/cuxas-match" --version | head -n 1)"

# Every library that a program loads belongs to a package that is depended on, directly or through another that is.
depends=$(dpkg-deb --field "$package" Depends)
for name in libc6 libcjson1 libgsl; do
  check "the package depends on $name" sh -c 'case $1 in *$2*) ;; *) false ;; esac' check "$depends" "$name"
done

root=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-deb.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
dpkg-deb --extract "$package" "$root"
bin=$root/usr/bin
check "an unpacked program runs" "$bin/cuxas-match" --version
"$bin/cuxas-match" --top 3 examples/01-match/Cu2O.csv refdb:structures >"$root/unpacked.txt" 2>&1
"$stage/bin/cuxas-match" --top 3 examples/01-match/Cu2O.csv refdb:structures >"$root/installed.txt" 2>&1
if [ -s "$stage/share/cuxas/models/cu-l23.cuxas" ]; then
  check "an unpacked program finds model and library, and ranks" grep -qE '^ +1  Cu2O ' "$root/unpacked.txt"
fi
check "an unpacked program prints what an installed one prints" cmp "$root/unpacked.txt" "$root/installed.txt"
( cd "$root" && md5sum --quiet -c - ) <"$build/deb/tree/DEBIAN/md5sums"
check "the checksums are right" test $? -eq 0
counts
