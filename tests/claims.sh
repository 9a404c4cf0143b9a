# claims.sh - for test scripts: check what must hold, skip what cannot be tried here, await what takes its time, and count; sourced, not run
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
# What takes its time on a busy machine is waited for, no moment is guessed: for half an hour, or until what must bring it has ended.
# After something has not come, what follows gets half a minute.
patience=1800
await() { # process, then a command: until it succeeds
  awaited=$1
  shift
  began=$(date +%s)
  until "$@" >/dev/null 2>&1; do
    kill -0 "$awaited" 2>/dev/null || { "$@" >/dev/null 2>&1; return; }
    [ $(($(date +%s) - began)) -lt $patience ] || { patience=30; return 1; }
    sleep 0.2
  done
}
counts() { # last line of a script; its exit code is the script's
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}
