#!/usr/bin/env bash
# The smallest memory limit under which an image holds, found by runs; what comes of it in a spec, in an image, and where
# containers are run and watched.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
need runc
memory_image shop

t "killed under 64 MiB as it is, it lives there with what is recommended"
"$whittle" tune "$image" --env BEHAVIOUR=index --memory 64MiB --ready $url/ready --load $url/ --stages 150/s:1s --grace 1s \
  --json >"$out" 2>"$err" || { grep -q 'no limit can be set here' "$err" && skip "control groups may not be made here"; fail "tune: $(cat "$err")"; }
equal "$(said '.runs[.asItIs] | "\(.limit) \(.env | length) \(.outcome)"')" "$((64 << 20)) 0 oom-killed"
equal "$(said '.runs[.recommended.run].outcome')" holds
[ "$(said .recommended.limit)" -le $((64 << 20)) ] || fail "limit: $(said .recommended)"
[ "$(said .smallestThatHeld)" -gt $((26 << 20)) ] || fail "less than what lives: $(said .)"
[ "$(said '.runs | length')" -le 18 ] || fail "runs: $(said '.runs | length')"
matches "$(said .recommended.env.GOMEMLIMIT)" '^[0-9]+MiB$'
matches "$(said '.notes[0]')" 'no version of Go takes its soft limit'

t "the table shows both runs; it is written to the spec; rules for those who watch"
sed -i 's/^images:/images: # of ours/' whittle.yaml
whittle_exits 0 tune "$image" --env BEHAVIOUR=index --memory 64MiB --ready $url/ready --load $url/ --stages 150/s:1s --grace 1s \
  --apply --emit prometheus --service shop
cp "$out" rules.yaml
err_has 'KILLED for lack of memory  ← the image as it is' '← recommended' 'use        limit' 'the image as it is does not hold under 64.0 MiB'
no_control_groups
grep -q '^images: # of ours$' whittle.yaml || fail "comments are gone"
limit=$(sed -nE 's/^ *memory: (\{limit: )?([0-9]+)MiB.*$/\2/p' whittle.yaml)
[ -n "$limit" ] || fail "no memory: $(cat whittle.yaml)"
grep -qF "container_memory_working_set_bytes{container=\\\"shop\\\"} > $(((limit << 20) / 100 * 85))" rules.yaml || fail "rules: $(cat rules.yaml)"

t "an image built from that spec lives"
cat >>whittle.yaml <<YAML
    limits: {memory: 64MiB}
    smoke: {ready: "$url/ready", load: "$url/", stages: "150/s:1s", env: {BEHAVIOUR: index}}
YAML
build memory -o "oci:$work/layout:set" --smoke --metrics build.prom >/dev/null
whittle_exits 0 inspect --json "oci:$work/layout:set"
config=$(jq -r .config.digest "$work/layout/blobs/sha256/$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "set") | .digest' "$work/layout/index.json" | cut -d: -f2)")
jq -e '.config.Env | map(select(startswith("GOMEMLIMIT="))) | length == 1' "$work/layout/blobs/sha256/${config#sha256:}" >/dev/null || fail "no GOMEMLIMIT"
grep -q '^whittle_build_phase_seconds{phase="examine"} ' build.prom || fail "metrics: $(cat build.prom)"
whittle_exits 0 copy "oci:$work/layout:set" "oci:$work/copy:set" --metrics copy.prom
grep -q '^whittle_copy_blobs{place="oci:.*",state="sent"} [1-9]' copy.prom || fail "metrics: $(cat copy.prom)"

t "what does not live under its limit is written nowhere"
sed -i 's/limits: {memory: 64MiB}/limits: {memory: 20MiB}/' whittle.yaml
whittle_exits 9 build memory -o "oci:$work/layout:never" --smoke
err_has 'does not pass its run' 'nothing was written'
! grep -q '"never"' "$work/layout/index.json" || fail "it was written"
sed -i 's/limits: {memory: 20MiB}/limits: {memory: 64MiB}/; s/BEHAVIOUR: index/BEHAVIOUR: die/' whittle.yaml
whittle_exits 10 build memory -o "oci:$work/layout:never" --smoke
sed -i 's|load: "http://localhost:8080/"|load: "http://example.com/"|' whittle.yaml
whittle_exits 3 build memory -o "oci:$work/layout:never" --smoke
err_has 'whittle.yaml:' 'is not in the container'

t "a program that sets its own limit keeps it"
mkdir own && cd own
cat >go.mod <<'GO'
module example.com/own

go 1.26
GO
cat >main.go <<'GO'
package main

import "runtime/debug"

func main() { debug.SetMemoryLimit(64 << 20) }
GO
printf 'version: 1\ngo: {version: 1.26.8}\nimages:\n  own:\n    main: .\n    base: scratch\n    memory: 128MiB\n' >whittle.yaml
build -o "oci:$work/own:1" >/dev/null
err_has 'GOMEMLIMIT is left to the program'
for blob in "$work"/own/blobs/sha256/*; do
  ! jq -e '.config.Env? // [] | any(startswith("GOMEMLIMIT="))' "$blob" >/dev/null 2>&1 || fail "GOMEMLIMIT is set"
done
cd ..

t "nothing holds, or nothing can be measured"
whittle_exits 9 tune "$image" --env BEHAVIOUR=index --memory 20MiB --load $url/ --stages 100/s:1s --grace 1s
out_has NONE 'does not hold under'
whittle_exits 10 tune "$image" --env BEHAVIOUR=die --load $url/ --stages 10/s:1s --grace 1s
out_has 'without a limit, too, it does not hold'
whittle_exits 2 tune "$image"
err_has 'without load nothing can be measured'
whittle_exits 2 tune "$image" --load $url/ --target fast
err_has '"fast" is no target'
