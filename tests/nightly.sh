#!/bin/sh
# nightly.sh - everything that make check has no time for, one line each with its outcome; logs in build/nightly
#
# Both compilers, sanitizers, the border of ten million structures, other kernels of OpenBLAS, another byte order and word size
# (cross.sh: skipped where Debian's cross compilers are not), faults and kills, valgrind, OSS-Fuzz's build, ten minutes of fuzzing.
# What make deps does not install (clang, valgrind, zip) is skipped where it is not.
mkdir -p build/nightly
failed=0
step() { # name command...
  name=$1
  shift
  if "$@" >"build/nightly/$name.log" 2>&1; then outcome=ok; else outcome=FAILED failed=$((failed + 1)); fi
  printf '%-8s %-15s %s\n' "$outcome" "$name" "$(tail -n 1 "build/nightly/$name.log" | cut -c 1-100)"
}
with() { # "tool..." name command...
  for tool in $1; do
    command -v "$tool" >/dev/null || { printf 'skipped  %-15s no %s\n' "$2" "$tool"; return; }
  done
  shift
  step "$@"
}
step gcc make -s check CC=gcc
with clang clang make -s check CC=clang BUILD=build/clang
step asan make -s asan
with clang float-cast make -s run-tests CC=clang BUILD=build/float-cast CFLAGS="-O1 -g -fsanitize=float-cast-overflow,undefined -fno-sanitize-recover=all"
# The page of --serve under axe-core's rules for accessibility, where npm can bring it: it is no part of the tree.
if command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix build/nightly axe-core >/dev/null 2>&1; then
  step accessibility env CUXAS_AXE="$PWD/build/nightly/node_modules/axe-core/axe.min.js" sh tests/serve.sh build/stage
else
  echo "skipped  accessibility   no npm, or no axe-core there"
fi
step limits env CUXAS_TEST_LARGE=1 build/unit/test_limits_containers
for kernel in Nehalem:sse4_2 Sandybridge:avx Haswell:avx2 Zen:avx2 SkylakeX:avx512f; do # OpenBLAS takes the word for it
  if grep -qw "${kernel#*:}" /proc/cpuinfo; then
    step "blas-${kernel%:*}" env OPENBLAS_CORETYPE=${kernel%:*} make -s check
  else
    printf 'skipped  %-15s no %s\n' "blas-${kernel%:*}" "${kernel#*:}"
  fi
done
for architecture in s390x i386; do step "cross-$architecture" sh tests/cross.sh $architecture; done
step tarball env CUXAS_TEST_DIST=1 sh tests/deb.sh build build/stage
step faults make -s faults
with valgrind valgrind sh tests/valgrind.sh build
with 'clang zip' oss-fuzz bash tests/fuzz/oss-fuzz.sh
with clang fuzz make -s fuzz SECONDS=600
[ $failed -eq 0 ]
