#!/usr/bin/env bash
# compression: zstd:chunked: the library that podman pulls with fetches by the index alone, and puts the same tar
# together from what it got; everybody else sees a zstd layer with the diffID that it has without.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/by_file_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/by_file_lib.sh"
need tar zstd skopeo

ensure_reader chunked_reader zstd:chunked -tags 'exclude_graphdriver_btrfs exclude_graphdriver_devicemapper'

# blob DIR DIGEST: its file.
blob() { printf '%s/blobs/%s' "$1" "${2/://}"; }
# manifest DIR: the file of its one image's.
manifest() { blob "$1" "$(jq -r '.manifests[0].digest' "$1/index.json")"; }
# layer DIR N, diff_id DIR N
layer() { blob "$1" "$(jq -r ".layers[$2].digest" "$(manifest "$1")")"; }
diff_id() { jq -r ".rootfs.diff_ids[$2]" "$(blob "$1" "$(jq -r .config.digest "$(manifest "$1")")")"; }

chunky_hello
printf 'a name that takes an extended header\n' >"data/$(printf 'n%.0s' {1..200})"
spec zstd:chunked
whittle_exits 0 lock
digest=$(build -o "oci:$work/chunked")

t "the image is as whittle's have to be, and names its compressor in the lock"
valid_layout "$work/chunked"
matches "$(jq -c .compressors whittle.lock)" 'zstd:chunked balanced":"zstd:chunked 1, zstd '

t "the library fetches every layer by its index, and puts the same tar together"
# Its store mounts a folder of its own, which is to be gone with it.
pulls() { unshare --mount "$reader" "$@"; }
unshare --mount true 2>"$work/unshare" || skip "no mounts here, which the library's store wants: $(cat "$work/unshare")"
for n in 0 1; do
  pulls "$work/store-$n" "$(layer "$work/chunked" $n)" "$(manifest "$work/chunked")" $n >"$work/pulled" 2>"$work/fetched" ||
    fail "the library refuses layer $n: $(cat "$work/fetched")"
  read -r put_together files <"$work/pulled"
  equal "$put_together" "$(diff_id "$work/chunked" $n)"
  mkdir "$work/tar-$n"
  zstd -dcq "$(layer "$work/chunked" $n)" | tar -x -C "$work/tar-$n"
  diff -r --no-dereference "$files" "$work/tar-$n" || fail "the files of layer $n"
done

t "the library notices another index, and another chunk"
cp "$(layer "$work/chunked" 0)" "$work/damaged"
printf 'damaged' | dd of="$work/damaged" bs=1 seek=3000000 conv=notrunc status=none
! pulls "$work/store-d" "$work/damaged" "$(manifest "$work/chunked")" 0 >"$work/pulled" 2>&1 || fail "a damaged chunk"
sed 's/\(manifest-checksum":"sha256:\)......../\100000000/' "$(manifest "$work/chunked")" >"$work/lying"
! pulls "$work/store-l" "$(layer "$work/chunked" 0)" "$work/lying" 0 >"$work/pulled" 2>&1 || fail "another index"

t "neither threads nor a cache change a byte"
equal "$(XDG_CACHE_HOME=$work/other build --jobs 1 -o "oci:$work/again")" "$digest"
equal "$(build -o "oci:$work/third")" "$digest"

t "the tar is that of a zstd layer, and of every level"
for form in zstd '{format: "zstd:chunked", level: fast}' '{format: "zstd:chunked", level: smallest}'; do
  spec "$form"
  whittle_exits 0 lock
  rm -rf "$work/other-form"
  differ "$(build -o "oci:$work/other-form")" "$digest"
  valid_layout "$work/other-form"
  for n in 0 1; do equal "$(diff_id "$work/other-form" $n)" "$(diff_id "$work/chunked" $n)"; done
done

t "skopeo copies it, and whittle keeps its annotations"
skopeo copy -q "oci:$work/chunked:latest" "dir:$work/dir"
whittle_exits 0 copy "oci:$work/chunked" "oci-archive:$work/chunked.tar"
equal "$(result_digest)" "$digest"

t "inspect adds up"
whittle_exits 0 inspect --json "oci:$work/chunked"
equal "$(jq '[.platforms[] | (.tree | map(.compressedSize) | add) == .size] | all' "$out")" true

t "verify builds it again with the same bytes"
spec zstd:chunked
whittle_exits 0 lock
whittle_exits 0 verify --perturb processors "oci:$work/chunked"

t "diff tells it from a zstd layer of the same files"
spec zstd
whittle_exits 0 lock
build -o "oci:$work/zstd" >/dev/null
whittle_exits 0 diff "oci:$work/chunked" "oci:$work/zstd"
out_has 'only A is made for partial pulling (zstd:chunked)'
