# claims.sh - for test scripts: check what must hold, skip what cannot be tried here, and count; sourced, not run
passed=0 failed=0 skipped=0
check() { # claim, then a command that must succeed
  claim=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1))
  else
    echo "  FAILED  $claim"
    failed=$((failed + 1))
  fi
}
skip() {
  echo "  skipped $1"
  skipped=$((skipped + 1))
}
counts() { # last line of a script; its exit code is the script's
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}
