#!/usr/bin/env bash
# compression: estargz: the library that runtimes use verifies the index and every chunk, and reads one file without
# the rest; everybody else sees a gzip layer.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/by_file_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/by_file_lib.sh"
need tar gzip skopeo

toc=containerd.io/snapshot/stargz/toc.digest
ensure_reader estargz_reader eStargz

# layers DIR: file and digest of the index of each layer of its one image.
layers() {
  local manifest
  manifest=$1/blobs/$(jq -r '.manifests[0].digest | sub(":"; "/")' "$1/index.json")
  jq -r --arg dir "$1/blobs/" --arg toc "$toc" \
    '.layers[] | "\($dir)\(.digest | sub(":"; "/")) \(.annotations[$toc] // "none")"' "$manifest"
}

chunky_hello
spec estargz
whittle_exits 0 lock
digest=$(build -o "oci:$work/lazy")

t "the image is as whittle's have to be, and names its compressor in the lock"
valid_layout "$work/lazy"
matches "$(jq -c .compressors whittle.lock)" 'estargz balanced":"estargz 1, libdeflate'

t "the library verifies the index and each chunk of every layer, and lists what the tar has"
while read -r layer index; do
  "$reader" "$layer" "$index" >"$work/listed" || fail "the library refuses $layer"
  grep -q '^reg .no.prefetch.landmark 644 0:0 1 ' "$work/listed" || fail "no landmark in $layer"
  tar -tzf "$layer" | sed 's,/$,,' | grep -v '^stargz.index.json$' | sort >"$work/tar"
  cut -d' ' -f2 "$work/listed" | sort | diff - "$work/tar" || fail "index and tar of $layer"
  equal "$(tar -tzf "$layer" | tail -n1)" stargz.index.json
  equal "sha256:$(tar -xOzf "$layer" stargz.index.json | sha256sum | cut -d' ' -f1)" "$index"
  gzip -t "$layer"
done < <(layers "$work/lazy")

t "one file is read by its offsets alone"
read -r layer index < <(layers "$work/lazy")
"$reader" "$layer" "$index" data/deep/er/small >"$work/small" 2>"$work/count"
cmp "$work/small" data/deep/er/small
[ "$(cat "$work/count")" -lt 8192 ] || fail "$(cat "$work/count") bytes were read for a small file"
"$reader" "$layer" "$index" data/large 2>"$work/count" | cmp - data/large
"$reader" "$layer" "$index" data/exact 2>"$work/count" | cmp - data/exact

t "the library notices another index, and another chunk"
! "$reader" "$layer" "sha256:$(printf '%064d' 0)" >"$work/listed" 2>"$work/refused" || fail "another digest of the index"
cp "$layer" "$work/damaged"
printf 'damaged' | dd of="$work/damaged" bs=1 seek=3000000 conv=notrunc status=none
! "$reader" "$work/damaged" "$index" >"$work/listed" 2>"$work/refused" || fail "a damaged chunk"

t "neither threads nor a cache change a byte"
equal "$(XDG_CACHE_HOME=$work/other build --jobs 1 -o "oci:$work/again")" "$digest"
equal "$(build -o "oci:$work/third")" "$digest"

t "every level is valid"
for level in fast smallest; do
  spec "{format: estargz, level: $level}"
  whittle_exits 0 lock
  differ "$(build -o "oci:$work/$level")" "$digest"
  valid_layout "$work/$level"
  while read -r layer index; do
    "$reader" "$layer" "$index" >"$work/listed" || fail "the library refuses $layer"
  done < <(layers "$work/$level")
done

t "skopeo copies it, and whittle keeps its annotations"
skopeo copy -q "oci:$work/lazy:latest" "dir:$work/dir"
whittle_exits 0 copy "oci:$work/lazy" "oci-archive:$work/lazy.tar"
equal "$(result_digest)" "$digest"
whittle_exits 0 copy "oci-archive:$work/lazy.tar" "oci:$work/back"
equal "$(layers "$work/back" | cut -d' ' -f2)" "$(layers "$work/lazy" | cut -d' ' -f2)"

t "inspect adds up"
whittle_exits 0 inspect --json "oci:$work/lazy"
equal "$(jq '[.platforms[] | (.tree | map(.compressedSize) | add) == .size] | all' "$out")" true

t "verify builds it again with the same bytes"
spec estargz
whittle_exits 0 lock
whittle_exits 0 verify --perturb processors "oci:$work/lazy"

t "diff sees another level in the index and the compression, and no other content"
whittle_exits 0 diff --json "oci:$work/lazy" "oci:$work/fast"
equal "$(jq -r '[.findings[] | select(.aspect == "content") | .where[-1]] | unique | join(" ")' "$out")" stargz.index.json

t "diff tells it from a gzip layer of the same files"
spec gzip
whittle_exits 0 lock
build -o "oci:$work/gzip" >/dev/null
whittle_exits 0 diff "oci:$work/lazy" "oci:$work/gzip"
out_has 'only A is made for lazy pulling (eStargz)'
whittle_exits 0 diff --json "oci:$work/lazy" "oci:$work/gzip"
equal "$(jq -r '[.findings[] | select(.aspect == "content")] | length' "$out")" 0
equal "$(jq -r '[.findings[] | select(.aspect == "entry") | .where[-1]] | unique | join(" ")' "$out")" '.no.prefetch.landmark stargz.index.json'

t "what eStargz has for itself is refused as a file"
mkdir -p "$work/src/data/own"
: >"$work/src/data/own/stargz.index.json"
spec estargz
sed -i 's,from: data/.*,from: data/own/stargz.index.json\, to: /stargz.index.json},' whittle.yaml
whittle_exits 0 lock
whittle_exits 3 build -o "oci:$work/none"
err_has 'is a name that eStargz has for itself'
no_image "$work/none"
