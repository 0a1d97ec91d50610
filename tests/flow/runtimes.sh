#!/usr/bin/env bash
# The other runtime and the other control groups: crun, also where it takes no machine with both versions of control
# groups, and both runtimes under version 2, on a Linux of its own (user-mode-linux) that has no other.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
need runc crun
memory_image memory

t "crun limits, measures and confines as runc does"
if mountpoint -q /sys/fs/cgroup/unified; then
  printf '   this machine has both versions of control groups, which crun refuses: whittle shows it the first alone\n'
fi
smoke '0|9' hog --runtime crun --memory 48MiB --load $url/ --stages 40/s:2s
matches "$(said .runtime)" '^crun 1\.'
if limited; then
  equal "$(said '.problems[0].kind')" oom-killed
  smoke '0|10' fork --runtime crun --processes 30 --memory 256MiB --load $url/ --stages 2/s:1s
  [ "$(said .memory.processLimitHits)" -gt 0 ] || fail "$(said .memory)"
  smoke '0|10' healthy --runtime crun --memory 64MiB --cpus 0.02 --load $url/ --stages 50/s:2s
  equal "$(said '"\(.memory.by) \(.memoryLimit)"')" "control-group $((64 << 20))"
  [ "$(said .cpu.throttled)" -gt 0 ] || fail "not throttled: $(said .cpu)"
fi
nothing_left
killed_run --runtime crun
whittle_exits 0 smoke "$image" --for 100ms
err_has 'what a killed run left'
nothing_left

t "a runtime that is too old, unknown or broken is told apart from an image that cannot run"
fake_runtime() { printf '#!/bin/sh\n%s\n' "$1" >"$work/runtime" && chmod +x "$work/runtime"; }
fake_runtime 'echo "runc version 0.1.1"'
whittle_exits 5 smoke "$image" --runtime "$work/runtime"
err_has 'is runc "0.1.1", which is too old' 'runc 1.0 or later'
fake_runtime 'echo "Docker version 20"'
whittle_exits 5 smoke "$image" --runtime "$work/runtime"
err_has 'is no OCI runtime that is known here'
fake_runtime 'case "$*" in --version) echo "runc version 1.1.5" ;; *) exit 1 ;; esac'
whittle_exits 5 smoke "$image" --runtime "$work/runtime"
err_has 'could not make the container'
nothing_left

t "version 2 of control groups, with both runtimes"
debian_files user-mode-linux ./usr/bin/linux.uml || { printf 'NOT SHOWN: %s: user-mode-linux cannot be had\n' "$section"; exit 0; }
# What runs there is root of the machine's files, and writes to $work alone: all else that it needs is in its memory.
cat >"$work/guest" <<SH
#!/bin/bash
export PATH=$PATH HOME=/run XDG_CACHE_HOME=/run/cache LC_ALL=C.UTF-8
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && mkdir /dev/shm /dev/pts
mount -t cgroup2 cgroup2 /sys/fs/cgroup && echo '+cpu +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control
cd "$work"
smoke() { "$whittle" smoke "$image" --json --grace 1s --env BEHAVIOUR=\$2 "\${@:3}" >v2/\$1.json 2>v2/\$1.err; echo \$? >v2/\$1.code; }
for runtime in runc crun; do
  smoke \$runtime-hog hog --runtime \$runtime --memory 48MiB --load $url/ --stages 40/s:2s
  smoke \$runtime-fork fork --runtime \$runtime --processes 30 --memory 256MiB --load $url/ --stages 2/s:1s
  smoke \$runtime-healthy healthy --runtime \$runtime --memory 64MiB --cpus 0.1 --ready $url/ready --load $url/ --stages 10/s:2s
  "$whittle" smoke "$image" --runtime \$runtime --for 60s &
  killed=\$!
  for try in \$(seq 60); do
    find /sys/fs/cgroup -name 'whittle-smoke-*' >v2/\$runtime-killed
    [ ! -s v2/\$runtime-killed ] || break
    sleep 0.5
  done
  kill -KILL \$killed
  wait \$killed
  smoke \$runtime-next healthy --runtime \$runtime --for 100ms
  find /sys/fs/cgroup -name 'whittle-smoke-*' >v2/\$runtime-left
done
echo done >v2/done
sync
echo o >/proc/sysrq-trigger
sleep 10
SH
chmod +x "$work/guest" && mkdir "$work/v2"
timeout 150 "$debian_dir/usr/bin/linux.uml" mem=1024M quiet rootfstype=hostfs rw "init=$work/guest" cgroup_no_v1=all \
  con=null con0=fd:0,fd:1 </dev/null >"$work/guest.log" 2>&1 || true
if ! [ -e "$work/v2/done" ] && ! [ -e "$work/v2/runc-hog.code" ]; then
  printf 'NOT SHOWN: %s: user-mode-linux does not run here: %s\n' "$section" "$(tail -n 1 "$work/guest.log")"
  exit 0
fi
[ -e "$work/v2/done" ] || fail "it did not come to its end: $(tail -n 5 "$work/guest.log")"
for runtime in runc crun; do
  for run in hog fork healthy next; do
    equal "$(jq -r '"\(.limited) \(.memory.by) \(.memory.peakIsCounted) \(.users)"' "$work/v2/$runtime-$run.json")" \
      'true control-group true own' "$runtime, $run: $(cat "$work/v2/$runtime-$run.err")"
  done
  equal "$(cat "$work/v2/$runtime-hog.code") $(jq -r '.problems[0].kind' "$work/v2/$runtime-hog.json")" '9 oom-killed' "$runtime"
  equal "$(cat "$work/v2/$runtime-healthy.code")" 0 "$runtime"
  # What is being killed is let over the limit, to come to its end.
  jq -e '.memory.oomKills >= 1 and .memory.peak > 40 * 1048576 and .memory.peak < 50 * 1048576' \
    "$work/v2/$runtime-hog.json" >/dev/null || fail "$runtime: kills and peak: $(jq -c .memory "$work/v2/$runtime-hog.json")"
  jq -e '.memory.processLimitHits > 0' "$work/v2/$runtime-fork.json" >/dev/null || fail "$runtime: no limit of processes"
  jq -e '.cpu.throttled > 0 and .cpu.seconds > 0' "$work/v2/$runtime-healthy.json" >/dev/null || fail "$runtime: not throttled"
  jq -e '.memory.steady | .anonymous > 1048576 and .kernel > 0' "$work/v2/$runtime-healthy.json" >/dev/null || fail "$runtime: kinds of memory"
  differ "$(cat "$work/v2/$runtime-killed")" '' "$runtime: control groups of a killed run"
  equal "$(cat "$work/v2/$runtime-left")" '' "$runtime: control groups"
  grep -q 'what a killed run left' "$work/v2/$runtime-next.err" || fail "$runtime: $(cat "$work/v2/$runtime-next.err")"
done
