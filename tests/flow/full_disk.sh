#!/usr/bin/env bash
# A full disk: exit code 11, a message that names the path, and nothing spoilt.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ "$(id -u)" = 0 ] || skip "mounting a small file system takes root"
small=$work/small
mkdir "$small"
mount -t tmpfs -o size=1m tmpfs "$small" 2>/dev/null || skip "no tmpfs can be mounted here"
at_exit() { umount -l "$small"; }
hello "$work/hello"
cd "$work/hello"
expected=$(oracle)

t "no room for the cache"
export XDG_CACHE_HOME=$small
whittle_exits 11 build -o "oci:$work/layout:1"
err_has "$small" 'o space left'
out_is_empty
no_image "$work/layout"

t "with room, the same cache gives the right image"
mount -o remount,size=200m "$small"
digest=$(build -o "oci:$work/layout:1")
equal "$digest" "$expected"
valid_layout "$work/layout"

t "no room for the image"
export XDG_CACHE_HOME=$work/cache
rm -rf "${small:?}"/*
mount -o remount,size=400k "$small"
whittle_exits 11 build -o "oci:$small/layout:1"
err_has "$small" 'No space left'
no_image "$small/layout"
mount -o remount,size=200m "$small"
digest=$(build -o "oci:$small/layout:1")
equal "$digest" "$expected"
valid_layout "$small/layout"

t "the disk is full at any point of a copy: what the layout had is still there, and the copy can be repeated"
"$flow_dir/../../bench/make-image" "$work/first" 1 20000
"$flow_dir/../../bench/make-image" "$work/second" 3 100000
steps=${ROUNDS:-20}
refused=0
for ((i = 0; i <= steps; i++)); do
  rm -rf "${small:?}"/*
  mount -o remount,size=60k "$small"
  whittle_exits 0 copy "oci:$work/first:v" "oci:$small/layout:first"
  before=$(cat "$small/layout/index.json")
  mount -o "remount,size=$((60 + 400 * i / steps))k" "$small"
  whittle_exits '0|11' copy "oci:$work/second:v" "oci:$small/layout:second"
  if [ ! -s "$out" ]; then
    refused=$((refused + 1))
    err_has 'No space left'
    equal "$(cat "$small/layout/index.json")" "$before"
    mount -o remount,size=2m "$small"
    whittle_exits 0 copy "oci:$work/second:v" "oci:$small/layout:second"
  fi
  valid_layout "$small/layout" --foreign all
  whittle_exits 0 copy "oci:$small/layout:first" "oci:$work/check:first"
done
[ $refused -gt $((steps / 3)) ] || fail "the disk was full $refused times of $steps only"
