#!/bin/sh
# deb.sh DEB VERSION - the Debian packages, from what is installed in DEB/tree: each path goes to the package that it belongs to
#
# Called by make deb. Needs dpkg-dev, no root. Same tree, same bytes: times are those of CHANGELOG.md.
deb=${1:?usage: deb.sh DEB VERSION} version=${2:?usage: deb.sh DEB VERSION}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$top/CHANGELOG.md")}
export SOURCE_DATE_EPOCH
cd "$deb" || exit 1
mkdir -p debian
cp "$here/debian/control" debian
printf 'cuxas (%s-1) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- The CuXAS authors <cuxas@example.org>  %s\n' \
  "$version" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" >debian/changelog
[ ! -d "$top/debian" ] || cp "$top/debian/changelog" debian
: >debian/files

# move PACKAGE PATH... - out of the tree into that package
move() {
  package=$1
  shift
  for path; do
    mkdir -p "$package/$(dirname "$path")"
    mv "tree/$path" "$package/$(dirname "$path")" || exit 1
  done
}
library=$(sed -n 's/^Package: \(libcuxas[0-9.]*\)$/\1/p' debian/control)
move "$library" $(cd tree && ls usr/lib/libcuxas.so.*)
move libcuxas-dev usr/include usr/lib/libcuxas.a usr/lib/libcuxas.so usr/lib/pkgconfig
move python3-cuxas usr/lib/python3
move cuxas-data usr/share/cuxas
rmdir tree/usr/lib || exit 1 # nothing is forgotten
mv tree cuxas
mkdir cuxas/usr/share/zsh/vendor-completions
mv cuxas/usr/share/zsh/site-functions/* cuxas/usr/share/zsh/vendor-completions
rmdir cuxas/usr/share/zsh/site-functions
gzip -9n cuxas/usr/share/man/man*/*
strip --strip-unneeded $(find cuxas/usr/bin -type f) "$library"/usr/lib/libcuxas.so.* python3-cuxas/usr/lib/python3/dist-packages/cuxas/_bridge.so
chmod 644 "$library"/usr/lib/libcuxas.so.*
chmod 755 cuxas-data/usr/share/cuxas/build.sh
strip --strip-debug libcuxas-dev/usr/lib/libcuxas.a

# What the library is called, for those that link with it.
mkdir -p "$library/DEBIAN"
soname=$(basename "$(find "$library/usr/lib" -type l)")
printf 'libcuxas %s %s (>= %s)\n' "${soname#libcuxas.so.}" "$library" "$version" >"$library/DEBIAN/shlibs"
printf 'activate-noawait ldconfig\n' >"$library/DEBIAN/triggers"
cp "$library/DEBIAN/shlibs" debian/shlibs.local

for package in cuxas cuxas-data "$library" libcuxas-dev python3-cuxas; do
  mkdir -p "$package/DEBIAN" "$package/usr/share/doc/$package"
  cp "$top/LICENSE" "$package/usr/share/doc/$package/copyright"
  gzip -9nc "$top/CHANGELOG.md" >"$package/usr/share/doc/$package/changelog.gz"
  gzip -9nc debian/changelog >"$package/usr/share/doc/$package/changelog.Debian.gz"
  : >debian/substvars
  objects=$(find "$package" -type f \( -path '*/bin/*' -o -name '*.so' -o -name '*.so.*' \))
  [ -z "$objects" ] || dpkg-shlibdeps -Ldebian/shlibs.local -Tdebian/substvars "-l$library/usr/lib" "-x$library" $objects 2>shlibdeps.log ||
    { cat shlibdeps.log >&2; exit 1; }
  dpkg-gencontrol -p"$package" -P"$package" -Tdebian/substvars -cdebian/control -ldebian/changelog -fdebian/files >/dev/null 2>&1 || exit 1
  (cd "$package" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2 >DEBIAN/md5sums)
  find "$package" -type d -exec chmod 755 {} +
  chmod -R u+rw,go+r,go-w "$package"
  dpkg-deb --root-owner-group --build "$package" . >/dev/null || exit 1
done
ls -1 ./*.deb
