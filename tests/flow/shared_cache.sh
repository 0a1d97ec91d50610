#!/usr/bin/env bash
# What one machine built another takes from a registry: without a common disk, without Go, and without reading a layer.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry skopeo openssl curl
flow_registry
shared_place=$registry/fleet/cache
fixture shop "$work/a"

# on_runner NAME ARGUMENT…: a build by a machine of its own, with a copy of the checkout, an empty cache and no Go.
runners=0
on_runner() {
  runners=$((runners + 1))
  local root=$work/runner$runners
  mkdir -p "$root/cache" "$root/home"
  rm -rf "$root/src"
  cp -R "$checkout" "$root/src"
  mkdir -p "$work/bare"
  for program in git sh env; do ln -sf "$(command -v $program)" "$work/bare/$program"; done
  XDG_CACHE_HOME=$root/cache HOME=$root/home GOCACHE='' GOMODCACHE=$root/mod GOPROXY=http://127.0.0.1:9 with_path=$work/bare \
    whittle_exits "${wanted:-0}" build -f "$root/src/whittle.yaml" "$@"
}
blob_reads() { grep -cE '"GET /v2/[^"]*/blobs/' "$registry_log" || true; }
blob_uploads() { grep -cE '"(PUT|PATCH) /v2/[^"]*/blobs/' "$registry_log" || true; }

sed -i 's/^    base: .*/    base: scratch/' "$work/a/whittle.yaml"
checkout=$work/a

t "one machine builds and keeps, and says so"
digest=$(build -f "$work/a/whittle.yaml" api -o "$registry/fleet/api:1" --cache "$shared_place" --cache-write)

t "another one has nothing but the checkout, and ends with the same image"
reads=$(blob_reads) uploads=$(blob_uploads)
on_runner api -o "$registry/fleet/api:1" --cache "$shared_place"
equal "$(result_digest)" "$digest"
err_has "taken from the shared cache"
equal "$(blob_reads)" "$reads" "blobs that were read"
equal "$(blob_uploads)" "$uploads" "blobs that were sent"
[ ! -e "$work/runner$runners/cache/whittle/toolchains" ] || fail "Go was fetched"
valid_image "$registry/fleet/api:1"

t "into another repository the layers are mounted"
reads=$(blob_reads)
on_runner api -o "$registry/elsewhere/api:2" --cache "$shared_place"
equal "$(result_digest)" "$digest"
equal "$(blob_reads)" "$reads" "blobs that were read"
valid_image "$registry/elsewhere/api:2"

t "another tree is not taken for the one that was built"
cp -R "$work/a" "$work/b"
file=$(find "$work/b/internal" -name '*.go' ! -name '*_test.go' | sort | head -n1)
printf '\n// Another line.\n' >>"$file"
XDG_CACHE_HOME=$work/cache changed=$(build -f "$work/b/whittle.yaml" api -o "oci:$work/b-layout:1" --cache "$shared_place")
matches "$changed" '^sha256:'
err_has compiled

t "both trees have a record, whoever kept the last one"
build -f "$work/b/whittle.yaml" api -o "$registry/fleet/api:b" --cache "$shared_place" --cache-write >/dev/null
on_runner api -o "$registry/fleet/api:1" --cache "$shared_place"
equal "$(result_digest)" "$digest"
err_has "taken from the shared cache"

t "a place that is down costs a notice"
share_cache "$work/down-cache"
XDG_CACHE_HOME=$work/down-cache whittle_exits 0 build -f "$work/a/whittle.yaml" api -o "oci:$work/down:1" --cache localhost:9/nothing/there
equal "$(result_digest)" "$digest"
err_has "the shared cache localhost:9/nothing/there is not used any more"

t "a record that lies is named and not used"
tag=$(skopeo list-tags --tls-verify=false "docker://$shared_place" | jq -r '.Tags[]' | grep '^whittle-cache-' | head -n1)
lie() {  # FILTER: puts a changed newest record under its tag, all older ones left out
  skopeo inspect --raw --tls-verify=false "docker://$shared_place:$tag" |
    jq -c '.annotations["dev.whittle.cache.text"] as $text | del(.annotations["dev.whittle.cache.older"])
           | .annotations["dev.whittle.cache.text"] = ($text | fromjson | '"$1"' | tojson)' >"$work/lie"
  curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/lie" \
    "http://${shared_place%%/*}/v2/fleet/cache/manifests/$tag" >/dev/null
}
# Of the last tree that was kept; this machine has it, but is asked with an empty cache.
checkout=$work/b
refused() {
  mkdir -p "$work/refusing"
  share_cache "$work/refusing"
  printf '   %s\n' "$2"
  XDG_CACHE_HOME=$work/refusing whittle_exits 0 build -f "$work/b/whittle.yaml" api -o "oci:$work/refused:1" --cache "$shared_place"
  equal "$(result_digest)" "$changed"
  err_has "of the shared cache is not used" "$1"
  rm -rf "$work/refusing"
}
skopeo inspect --raw --tls-verify=false "docker://$shared_place:$tag" >"$work/honest"
restore() {
  curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/honest" \
    "http://${shared_place%%/*}/v2/fleet/cache/manifests/$tag" >/dev/null
}
lie '.layers[0].descriptor.size += 1'
refused "that it names is not there" "a layer of another size"
restore
lie '.version = 2'
refused "this whittle knows 1" "a record of a later version"
restore
lie '.key = "sha256:" + ("0" * 64)'
refused "made for something else" "a record of another key"
restore
lie 'del(.programs)'
refused "lacks a field" "half a record"
restore

t "what nobody signed does not count where a signature is asked for"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem" 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
wanted=0
mkdir -p "$work/signed"
share_cache "$work/signed"
XDG_CACHE_HOME=$work/signed whittle_exits 0 build -f "$work/b/whittle.yaml" api -o "$registry/fleet/api:b" --cache "$shared_place" \
  --cache-trust "$work/key.pub" --cache-write --sign "$work/key.pem"
err_has "it is not signed"
on_runner api -o "$registry/fleet/api:b" --cache "$shared_place" --cache-trust "$work/key.pub"
equal "$(result_digest)" "$changed"
err_has "taken from the shared cache"
