#!/usr/bin/env bash
# The smallest memory limit under which an image holds, found by runs; what comes of it in a spec, in an image, and where
# containers are run and watched.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need runc
mountpoint -q / || skip "runc wants / to be a mount point"
[ "$(id -u)" = 0 ] || skip "limits are searched, and only root may set them everywhere"
image=oci:$work/layout:shop
url=http://localhost:8080
fixture memory "$work/memory"
cd "$work/memory"
sed -i '/memory-cgo/,$d' whittle.yaml
build -o "$image" >/dev/null
said() { jq -r "$1" "$out"; }

t "killed under 64 MiB as it is, it lives there with what is recommended"
"$whittle" tune "$image" --env BEHAVIOUR=index --memory 64MiB --ready $url/ready --load $url/ --stages 150/s:2s --grace 1s \
  --json >"$out" 2>"$err" || { grep -q 'no limit can be set here' "$err" && skip "control groups may not be made here"; fail "tune: $(cat "$err")"; }
equal "$(said '.runs[.asItIs] | "\(.limit) \(.env | length) \(.outcome)"')" "$((64 << 20)) 0 oom-killed"
equal "$(said '.runs[.recommended.run].outcome')" holds
[ "$(said .recommended.limit)" -le $((64 << 20)) ] || fail "limit: $(said .recommended)"
[ "$(said .smallestThatHeld)" -gt $((26 << 20)) ] || fail "less than what lives: $(said .)"
[ "$(said '.runs | length')" -le 14 ] || fail "runs: $(said '.runs | length')"
matches "$(said .recommended.env.GOMEMLIMIT)" '^[0-9]+MiB$'
matches "$(said '.notes[0]')" 'no version of Go takes its soft limit'
