#!/usr/bin/env bash
# whittle slim: layers whose files can be read one by one, by the libraries that runtimes read them with; the record of
# what an image was made from, and verify by it.
# shellcheck source=tests/flow/slim_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/slim_lib.sh"
# shellcheck source=tests/flow/by_file_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/by_file_lib.sh"
need skopeo docker-registry zstd
flow_registry
images=$work/images

mkdir -p "$work"/one/{usr/bin,data/deep/er,tmp} "$work/two/data"
cp /bin/true "$work/one/usr/bin/true"
printf 'one small file\n' >"$work/one/data/deep/er/small"
: >"$work/one/data/empty"
ln -s deep/er/small "$work/one/data/link"
ln "$work/one/usr/bin/true" "$work/one/usr/bin/also"
head -c 4194304 /dev/urandom >"$work/one/data/exact"
head -c 9000000 /dev/urandom >"$work/one/data/large"
echo old >"$work/one/data/changed" && echo new >"$work/two/data/changed"
echo x >"$work/one/tmp/x"
mkfifo "$work/one/data/pipe"
layer_time=@1600000000 layer one
layer_time=@1700000000 layer two
new_image "$images:v" "$work/one.tar" "$work/two.tar"
umoci config --image "$images:v" --config.entrypoint /usr/bin/true

blob() { printf '%s/blobs/%s' "$1" "${2/://}"; }
# manifest LAYOUT TAG: the file of that image's manifest.
manifest() {
  blob "$1" "$(jq -r --arg tag "$2" '.manifests[] | select(.annotations."org.opencontainers.image.ref.name" == $tag) | .digest' "$1/index.json")"
}

t "eStargz: the library verifies the index and each chunk, and lists what the tar has"
slim_twice "oci:$images:v" "$work/slim:estargz" --compression estargz
first=$(manifest "$work/slim" estargz)
estargz_layer=$(blob "$work/slim" "$(jq -r '.layers[0].digest' "$first")")
index=$(jq -r '.layers[0].annotations["containerd.io/snapshot/stargz/toc.digest"]' "$first")
ensure_reader estargz_reader eStargz
"$reader" "$estargz_layer" "$index" >"$work/listed" || fail "the library refuses $estargz_layer"
tar -tzf "$estargz_layer" | sed 's,^\./,,; s,/$,,' | grep -v '^stargz.index.json$' | grep . | sort >"$work/tar"
cut -d' ' -f2 "$work/listed" | grep . | sort | diff - "$work/tar" || fail "index and tar"
"$reader" "$estargz_layer" "$index" data/large 2>"$work/count" | cmp - "$work/one/data/large"
seen "$images:v" "$work/before"
seen "$work/slim:estargz" "$work/after"
sed -i '/^\(.no.prefetch.landmark\|stargz.index.json\)\t/d' "$work/after.list"
only_what_is_told "$work/before.list" "$work/after.list" "$report"

t "zstd:chunked: the library fetches by the index, and puts the same tar together"
slim_twice "oci:$images:v" "$work/slim:chunked" --compression zstd:chunked --level fast
second=$(manifest "$work/slim" chunked)
chunked_layer=$(blob "$work/slim" "$(jq -r '.layers[0].digest' "$second")")
listed() { tar -tv --numeric-owner --full-time | grep -vE ' (\.no\.prefetch\.landmark|stargz\.index\.json)$'; }
diff <(gzip -dc "$estargz_layer" | listed) <(zstd -dcq "$chunked_layer" | listed) || fail "the two forms hold other files"
if unshare --mount true 2>/dev/null && (ensure_reader chunked_reader zstd:chunked -tags 'exclude_graphdriver_btrfs exclude_graphdriver_devicemapper'); then
  unshare --mount "$tools/chunked_reader" "$work/store" "$chunked_layer" "$second" 0 >"$work/pulled" 2>"$work/fetched" ||
    fail "the library refuses the layer: $(cat "$work/fetched")"
  read -r put_together _ <"$work/pulled"
  equal "$put_together" "$(jq -r '.rootfs.diff_ids[0]' "$(blob "$work/slim" "$(jq -r .config.digest "$second")")")"
else
  echo "NOT COMPARED: no mounts here, or the library cannot be fetched"
fi

t "what an index cannot hold is an error that says so"
mkdir -p "$work/odd" && echo x >"$work/odd/$(printf 'caf\351')" && layer odd
new_image "$images:odd" "$work/odd.tar"
whittle_exits 5 slim "oci:$images:odd" -o "oci:$work/slim:odd" --compression estargz
err_has 'not UTF-8' '--compression gzip'

t "a provenance says from what it was made; at each place that keeps one"
whittle_exits 0 copy "oci:$images:v" "$registry/shop/api:1"
old=$(result_digest)
whittle_exits 0 slim "$registry/shop/api:1" -o "$registry/shop/slim:1" -o "oci:$work/witness:v" -o "docker-archive:$work/witness.tar" --keep /data/exact --without logs,locales
new=$(result_digest)
statement() { whittle_exits 0 copy --all "$1" "oci:$work/taken"; }
statement "$registry/shop/slim:1"
provenance=$(grep -l '"buildType":"https://whittle.dev/slim/v1"' "$work/taken/blobs/sha256/"*)
jq -e --arg old "${old#sha256:}" --arg new "${new#sha256:}" '.predicateType == "https://slsa.dev/provenance/v1"
  and .subject[0].digest.sha256 == $new
  and .predicate.buildDefinition.resolvedDependencies[0].digest.sha256 == $old
  and .predicate.buildDefinition.externalParameters.options == {keep: ["/data/exact"], without: ["logs", "locales"]}' \
  "$provenance" >/dev/null || fail "$(jq . "$provenance")"
cmp "$provenance" "$(grep -l '"buildType":"https://whittle.dev/slim/v1"' "$work/witness/blobs/sha256/"*)"
if grep -q "$work" "$provenance"; then fail "a path of this machine is in it"; fi
whittle_exits 0 slim "$registry/shop/api:1" -o "oci:$work/untold:v" --no-provenance
equal "$(jq '.manifests | length' "$work/untold/index.json")" 1
whittle_exits 0 slim "$registry/shop/slim:1" -o "oci:$work/same:v" --keep /data/exact --without logs,locales
err_has "nothing to do"
equal "$(jq '.manifests | length' "$work/same/index.json")" 1 "what did not change has no new record"

t "verify does the same again"
whittle_exits 0 verify "$registry/shop/slim:1"
out_has 'made smaller from' "$old" '--keep=/data/exact' 'not checked' '--from PLACE'
whittle_exits 0 verify "$registry/shop/slim:1" --from "$registry/shop/api:1" --json
jq -e '.verified and (.parts[] | select(.name == "rebuild") | .outcome == "passed" and (.detail | test("to the same digest")))' "$out" >/dev/null || fail "$(cat "$out")"
whittle_exits 0 verify "oci:$work/witness:v" --from "oci:$images:v"
whittle_exits 8 verify "$registry/shop/slim:1" --from "oci:$images:odd"
out_has 'and it was made from' "$old"

t "a key signs the image and what it was made from, at each place"
openssl ecparam -name prime256v1 -genkey -noout 2>"$work/openssl.log" | openssl pkcs8 -topk8 -nocrypt -out "$work/plain.key"
openssl pkey -in "$work/plain.key" -pubout -out "$work/plain.pub"
whittle_exits 0 slim "$registry/shop/api:1" -o "$registry/shop/signed:1" -o "oci:$work/signed:v" --sign "$work/plain.key"
for place in "$registry/shop/signed:1" "oci:$work/signed:v"; do
  whittle_exits 0 verify "$place" --key "$work/plain.pub" --from "$registry/shop/api:1" --json
  jq -e '.verified and all(.parts[] | select(.name == "signature" or .name == "provenance" or .name == "rebuild"); .outcome == "passed")' \
    "$out" >/dev/null || fail "$(cat "$out")"
done
whittle_exits 2 slim "$registry/shop/api:1" -o "docker-archive:$work/signed.tar" --sign "$work/plain.key"
err_has 'cannot hold signatures'
[ ! -e "$work/signed.tar" ] || fail "it was written"
