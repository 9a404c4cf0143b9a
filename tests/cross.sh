#!/bin/sh
# cross.sh ARCHITECTURE [TEST...] - unit tests for another kind of processor: s390x (64 bits, big-endian) or i386 (32 bits)
#
# Debian's cross compiler, the libraries of that architecture unpacked into build-cross/ARCHITECTURE (mmdebstrap), and qemu
# (i386 runs by itself). Needs Debian's mmdebstrap and gcc-s390x-linux-gnu with qemu-user-static, or gcc-i686-linux-gnu; none of
# it is installed here. TESTs: default, those of files, numbers and predictions; what simulates takes hours under qemu.
# Ends with the counts of all of them; skipped where the tools are not there.
architecture=${1:?usage: cross.sh s390x|i386 [TEST...]}
shift
[ $# -gt 0 ] || set -- base text gzip limits formats measured beamlines xdi msa spec athena gatan curve elements crystal crystal_cif \
  crystal_formats crystal_write members catalog symmetry neighbor oxidation composition model predict symfun dense kernel import \
  record_file feff external compare score shift hits match report simulated_file
packages=libc6-dev,libopenblas-dev,libgsl-dev,libcjson-dev,libpcre2-dev,libsymspg-dev,nettle-dev,zlib1g-dev,libsqlite3-dev,libhdf5-dev,libzip-dev,libcairo2-dev,libgomp1
case $architecture in
  s390x) triplet=s390x-linux-gnu compiler=s390x-linux-gnu-gcc run=qemu-s390x-static flags= ;;
  i386) triplet=i386-linux-gnu compiler=i686-linux-gnu-gcc run= flags='-msse2 -mfpmath=sse' ;;
  *) echo "cross.sh: no architecture $architecture" >&2; exit 2 ;;
esac
for tool in mmdebstrap $compiler $run; do
  command -v $tool >/dev/null || { echo "no $tool"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
done
build=build/cross/$architecture
root=$PWD/build-cross/$architecture
mkdir -p "$build" build-cross
if [ ! -d "$root/usr/lib/$triplet/pkgconfig" ]; then
  source=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | head -n 1)
  rm -rf "$root"
  mmdebstrap --quiet --variant=extract --architectures=$architecture --include=$packages "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" \
    "deb ${source:-http://deb.debian.org/debian} $(. /etc/os-release && echo "$VERSION_CODENAME") main" || { echo "no libraries for $architecture"; exit 1; }
  find "$root" -type l -lname '/*' | while read -r link; do ln -sfn "$root$(readlink "$link")" "$link"; done # not the host's files
fi
# alternatives are links that a package manager makes when it installs; what is only unpacked has none
openblas=$(ls -d "$root/usr/lib/$triplet/openblas-pthread")
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$openblas/pkgconfig:$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig
programs=$(for test; do echo "$build/unit/test_$test"; done)
make -s -k BUILD="$build" CC="${CCACHE:-} $compiler --sysroot=$root" AR="${compiler%gcc}gcc-ar" \
  CPPFLAGS="-I$root/usr/include/$triplet/openblas-pthread" CFLAGS="-O2 -g $flags" LDFLAGS="-L$openblas -Wl,-rpath-link,$root/usr/lib/$triplet:$openblas:$root/lib/$triplet" $programs >"$build/make.log" 2>&1
passed=0 failed=0 skipped=0
for test; do
  program=$build/unit/test_$test
  [ -x "$program" ] || { echo "FAILED  $test: not built"; failed=$((failed + 1)); continue; }
  if [ -n "$run" ]; then
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 timeout 1200 $run -L "$root" -E LD_LIBRARY_PATH="$openblas" "$program" >"$program.log" 2>&1
  else
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 timeout 1200 "$root/lib/ld-linux.so.2" --library-path "$root/usr/lib/$triplet:$root/lib/$triplet:$openblas" "$program" >"$program.log" 2>&1
  fi
  code=$?
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$program.log" | tail -n 1)
  set_counts() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }
  if [ -z "$counts" ]; then
    echo "FAILED  $test: ended with code $code and no count: $(tail -n 1 "$program.log" | cut -c 1-150)"
    failed=$((failed + 1))
  else
    set_counts $counts
    [ $code -eq 0 ] || { echo "FAILED  $test: $counts"; grep -v '^  ok ' "$program.log" | head -n 12 | sed 's/^/    /'; }
  fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
