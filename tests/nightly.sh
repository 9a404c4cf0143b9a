#!/bin/sh
# nightly.sh - everything that make check has no time for, one line each with its outcome; logs in build/nightly
#
# Both compilers, sanitizers, the border of ten million structures, other kernels of OpenBLAS, another byte order and word size
# (cross.sh: skipped where Debian's cross compilers are not), faults and kills, valgrind, OSS-Fuzz's build, ten minutes of fuzzing.
mkdir -p build/nightly
failed=0
step() { # name command...
  name=$1
  shift
  if "$@" >"build/nightly/$name.log" 2>&1; then outcome=ok; else outcome=FAILED failed=$((failed + 1)); fi
  printf '%-8s %-15s %s\n' "$outcome" "$name" "$(tail -n 1 "build/nightly/$name.log" | cut -c 1-100)"
}
step gcc make -s check CC=gcc
step clang make -s check CC=clang BUILD=build/clang
step asan make -s asan
step float-cast make -s run-tests CC=clang BUILD=build/float-cast CFLAGS="-O1 -g -fsanitize=float-cast-overflow,undefined -fno-sanitize-recover=all"
# The page of --serve under axe-core's rules for accessibility, where npm can bring it: it is no part of the tree.
if command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix build/nightly axe-core >/dev/null 2>&1; then
  step accessibility env CUXAS_AXE="$PWD/build/nightly/node_modules/axe-core/axe.min.js" sh tests/serve.sh build/stage
else
  echo "skipped  accessibility   no npm, or no axe-core there"
fi
step limits env CUXAS_TEST_LARGE=1 build/unit/test_limits_containers
for kernel in Nehalem Sandybridge Haswell Zen SkylakeX; do
  step "blas-$kernel" env OPENBLAS_CORETYPE=$kernel make -s check
done
for architecture in s390x i386; do step "cross-$architecture" sh tests/cross.sh $architecture; done
step tarball env CUXAS_TEST_DIST=1 sh tests/deb.sh build build/stage
step faults make -s faults
step valgrind sh tests/valgrind.sh build
step oss-fuzz bash tests/fuzz/oss-fuzz.sh
step fuzz make -s fuzz SECONDS=600
[ $failed -eq 0 ]
