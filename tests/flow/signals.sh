#!/usr/bin/env bash
# Ctrl-C, SIGTERM and SIGKILL at any moment: the right exit code, no process left, and nothing half-written is used.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
hello "$work/hello"
cd "$work/hello"
expected=$(oracle)

# start ARGUMENT…: whittle in a process group of its own, as a terminal's job, with signals at their defaults.
start() {
  set -m
  "$whittle" "$@" >"$out" 2>"$err" </dev/null &
  job=$!
  set +m
}
# ends CODE: the job ends with it within five seconds, and nothing of its group lives on.
ends() {
  local status=0
  wait_for 5 gone || fail "still running after five seconds"
  wait "$job" 2>/dev/null || status=$?
  equal "$status" "$1" "the exit code"
  ! kill -0 -- -"$job" 2>/dev/null || wait_for 2 group_is_gone || fail "a child lives on: $(ps -o pid,args -g "$job" 2>/dev/null || true)"
  out_is_empty
}
gone() { ! kill -0 "$job" 2>/dev/null; }
group_is_gone() { ! kill -0 -- -"$job" 2>/dev/null; }
compiling() { ls "$GOCACHE"/[0-9a-f]*/* >/dev/null 2>&1; }

for signal in INT TERM; do
  code=$([ $signal = INT ] && echo 130 || echo 143)
  t "SIG$signal while Go compiles; nothing is printed, nothing is there (hostile 271, 274)"
  export GOCACHE=$work/go-cache-$signal XDG_CACHE_HOME=$work/cache-$signal
  start build -o "oci:$work/layout:1"
  wait_for 30 compiling || fail "go never started: $(cat "$err")"
  kill -$signal -- -"$job"
  ends "$code"
  no_image "$work/layout"

  t "SIG$signal while a registry does not answer"
  scripted_server hang
  start build -o "$server/shop/hello:1"
  sleep 2
  kill -$signal "$job"
  ends "$code"
done

t "a second Ctrl-C is not needed, and the next build is right"
digest=$(build -o "oci:$work/layout:1")
equal "$digest" "$expected"
valid_layout "$work/layout"

t "SIGKILL at many moments: what is left is never trusted"
for delay in 0.005 0.01 0.02 0.04 0.08 0.15 0.3 0.6; do
  export XDG_CACHE_HOME=$work/killed-cache
  printf 'text %s' $delay >internal/text/texts/one.txt
  start build -o "oci:$work/killed:1"
  sleep $delay
  kill -KILL -- -"$job" 2>/dev/null || true
  wait "$job" 2>/dev/null || true
  rm -f "$work"/killed/.tmp-*  # a killed process may leave these; nothing reads them
  if [ -e "$work/killed/index.json" ]; then valid_layout "$work/killed"; fi
  digest=$(build -o "oci:$work/killed:1")
  equal "$digest" "$(oracle)" "after SIGKILL"
  valid_layout "$work/killed"
done
equal "$(find "$XDG_CACHE_HOME/whittle/tmp" -type f 2>/dev/null | wc -l)" 0 "temporary files of killed processes"
