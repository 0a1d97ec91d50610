# What the flows that run images under limits share: the image of fixtures/memory, built, in the place $image.
# shellcheck shell=bash

machine_for_runs() {
  mountpoint -q / || skip "runc wants / to be a mount point"
  [ "$(id -u)" = 0 ] || skip "only root may set limits everywhere"
}
memory_image() {  # TAG
  machine_for_runs
  image=oci:$work/layout:$1
  url=http://localhost:8080
  fixture memory "$work/memory"
  cd "$work/memory"
  sed -i '/memory-cgo/,$d' whittle.yaml
  build -o "$image" >/dev/null
}
# smoke CODE BEHAVIOUR [ARGUMENT…]: with JSON in $out.
smoke() { whittle_exits "$1" smoke "$image" --json --env "BEHAVIOUR=$2" --grace 1s "${@:3}"; }
# nothing_left: no process, control group or folder of a run.
nothing_left() {
  equal "$(find "$XDG_CACHE_HOME/whittle/smoke" -mindepth 1 2>/dev/null)" '' "folders"
  no_control_groups
}
# no_control_groups: none but those of other flows, whose runs have folders yet.
no_control_groups() {
  local group
  while IFS= read -r group; do
    compgen -G "$(dirname "$work")/*/cache/whittle/smoke/.tmp-${group##*/whittle-smoke-tmp-}" >/dev/null || [ ! -d "$group" ] ||
      fail "a control group is left: $group"
  done < <(find /sys/fs/cgroup -maxdepth 6 -name 'whittle-smoke-*' 2>/dev/null)
}
limited() { [ "$(said .limited)" = true ] || { printf 'NOT SHOWN: %s: control groups may not be made here\n' "$section"; return 1; }; }
# running_smoke [ARGUMENT…]: starts one that runs for a minute. Sets smoke_pid.
running_smoke() {
  "$whittle" smoke "$image" --for 60s "$@" >"$out" 2>"$err" &
  smoke_pid=$!
  wait_for 10 smoke_is_running || fail "it does not start: $(cat "$err")"
}
smoke_is_running() {
  find "$XDG_CACHE_HOME/whittle/smoke" -name pid -size +0 2>/dev/null | grep -q . && grep -q 'wait until it is ready: ready' "$err"
}
# killed_run [ARGUMENT…]: one that is killed; its container ends with it, and its folder stays.
killed_run() {
  running_smoke "$@"
  container=$(cat "$XDG_CACHE_HOME"/whittle/smoke/.tmp-*/pid)
  kill -0 "$container" || fail "no container"
  kill -KILL $smoke_pid
  wait $smoke_pid 2>/dev/null || true
  wait_for 10 container_has_ended || fail "the container outlives a killed run"
  differ "$(find "$XDG_CACHE_HOME/whittle/smoke" -mindepth 1 -maxdepth 1)" '' "folders of the killed run"
}
container_has_ended() { [ ! -d "/proc/$container" ] || grep -q '^State:.*Z' "/proc/$container/status"; }
said() { jq -r "$1" "$out"; }  # of the last command's JSON
