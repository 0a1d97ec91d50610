#!/usr/bin/env bash
# SIGKILL at any moment of a copy or a build, and many processes on one layout and one cache (hostile 199, 207, 208, 224).
# ROUNDS=1000 for a long run.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry
rounds=${ROUNDS:-12}
"$flow_dir/../../bench/make-image" "$work/from" 3 300000
hello "$work/hello"
start_registry "$work/registry"
started+=("$registry_pid")
wanted=$(jq -r '.manifests[0].digest' "$work/from/index.json")

t "killed while writing a layout"
for ((i = 0; i < rounds; i++)); do
  killed "$whittle" copy "oci:$work/from:v" "oci:$work/to:v"
  sound_layout "$work/to"
  if [ -e "$work/to/index.json" ] && jq -e '.manifests[]? | select(.digest == "'"$wanted"'")' "$work/to/index.json" >/dev/null; then complete "oci:$work/to:v"; fi
  a_minute_passes "$work/to"
  whittle_exits 0 copy "oci:$work/from:v" "oci:$work/to:v"
  valid_layout "$work/to" --foreign all
  complete "oci:$work/to:v"
  [ $((i % 2)) = 0 ] || rm -rf "$work/to"
done

t "killed while pushing"
for ((i = 0; i < rounds; i++)); do
  place=$registry/kills/push-$((i / 2)):v
  killed "$whittle" copy "oci:$work/from:v" "$place"
  if skopeo inspect --raw --tls-verify=false "docker://$place" >/dev/null 2>&1; then complete "$place"; fi
  whittle_exits 0 copy "oci:$work/from:v" "$place"
  complete "$place"
done

t "killed while pulling"
place=$registry/kills/push-0:v
for ((i = 0; i < rounds; i++)); do
  killed "$whittle" copy "$place" "oci:$work/pulled:v"
  sound_layout "$work/pulled"
  a_minute_passes "$work/pulled"
  whittle_exits 0 copy "$place" "oci:$work/pulled:v"
  valid_layout "$work/pulled" --foreign all
  complete "oci:$work/pulled:v"
  rm -rf "$work/pulled"
done

t "killed while building"
cd "$work/hello"
expected=$(oracle)
for ((i = 0; i < rounds; i++)); do
  printf 'package main\n\nvar killed%d = %d\n' "$i" "$i" >"$work/hello/killed.go"
  killed "$whittle" build -o "oci:$work/built:v"
  sound_layout "$work/built"
  rm "$work/hello/killed.go"
  equal "$(build -o "oci:$work/built:v")" "$expected"
done

t "sixteen processes on one layout"
for ((i = 0; i < (rounds + 3) / 4; i++)); do
  rm -rf "$work/shared"
  pids=()
  for ((n = 0; n < 16; n++)); do
    "$whittle" copy "oci:$work/from:v" "oci:$work/shared:v$n" >/dev/null 2>"$work/err-$n" &
    pids+=($!)
  done
  for n in "${!pids[@]}"; do wait "${pids[n]}" || fail "process $n: $(cat "$work/err-$n")"; done
  equal "$(jq '[.manifests[].annotations["org.opencontainers.image.ref.name"]] | unique | length' "$work/shared/index.json")" 16
  valid_layout "$work/shared" --foreign all
done

t "sixteen builds on one cache"
pids=()
rm -rf "$XDG_CACHE_HOME"
for ((n = 0; n < 16; n++)); do
  "$whittle" build -o "oci:$work/cached-$n:v" >"$work/out-$n" 2>"$work/err-$n" &
  pids+=($!)
done
for n in "${!pids[@]}"; do
  wait "${pids[n]}" || fail "process $n: $(cat "$work/err-$n")"
  equal "$(grep -oE 'sha256:[0-9a-f]{64}$' "$work/out-$n")" "$expected"
done
