#!/bin/bash -eu
# oss-fuzz.sh - build.sh of OSS-Fuzz for this project: fuzzers, dictionaries and seed corpora into $OUT
#
# Run at the top of the tree in an image that has PACKAGES of the Makefile. $CC, $CFLAGS, $LIB_FUZZING_ENGINE and $OUT are
# OSS-Fuzz's. Without them (as a test of this file) clang and build/oss-fuzz/out are taken.
export CC=${CC:-clang} CFLAGS=${CFLAGS:--O1 -g -fsanitize=fuzzer-no-link,address,undefined}
export LIB_FUZZING_ENGINE=${LIB_FUZZING_ENGINE:--fsanitize=fuzzer} OUT=${OUT:-$PWD/build/oss-fuzz/out}
export ASAN_OPTIONS=detect_leaks=0
build=build/oss-fuzz
mkdir -p "$OUT/lib"
# the linker's $ORIGIN: libraries go along with the fuzzers, since the machines that run them have none
make -s -j"$(nproc)" fuzz-programs BUILD=$build CC="$CC" CFLAGS="$CFLAGS" LDFLAGS='-Wl,-rpath,\$$ORIGIN/lib'
ldd $build/fuzz/fuzz | awk '$3 ~ /^\// { print $3 }' | grep -vE '/(libc|libm|libpthread|libdl|librt|ld-linux[^/]*)\.so' |
  xargs -I{} cp -L {} "$OUT/lib"
$build/fuzz/seeds $build/seeds
$build/fuzz/fuzz --list | while read -r target dictionary max_len; do
  cp $build/fuzz/fuzz "$OUT/fuzz-$target"
  cp "tests/fuzz/dictionary/$dictionary.dict" "$OUT/fuzz-$target.dict"
  printf '[libfuzzer]\nmax_len = %s\ntimeout = 20\n' "$max_len" >"$OUT/fuzz-$target.options"
  folders=
  for folder in "tests/fuzz/corpus/$target" "$build/seeds/$target"; do [ ! -d "$folder" ] || folders="$folders $folder"; done
  rm -f "$OUT/fuzz-${target}_seed_corpus.zip"
  zip -qrj "$OUT/fuzz-${target}_seed_corpus.zip" $folders
done
