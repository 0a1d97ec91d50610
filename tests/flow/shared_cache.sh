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

t "by its system calls it talks to the registry alone"
if command -v strace >/dev/null; then
  strace -f -qq -e trace=connect -o "$work/trace" env -i HOME="$work/traced" XDG_CACHE_HOME="$work/traced" PATH="$work/bare" \
    "$whittle" build -f "$work/runner$runners/src/whittle.yaml" api -o "$registry/fleet/api:1" --cache "$shared_place" >"$out" 2>"$err" </dev/null
  equal "$(result_digest)" "$digest"
  equal "$(grep -oE 'sin6?_port=htons\([0-9]+\)' "$work/trace" | grep -v 'htons(53)' | sort -u | grep -cv "(${registry##*:})" || true)" 0 "other places it connected to"
else
  printf '   not shown: strace is not installed\n'
fi

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

t "a comment in a shared package builds anew exactly what imports it, and nothing is pushed that is the same"
cp -R "$work/a" "$work/c"
plainly() { whittle_exits 0 build -f "$work/c/whittle.yaml" --push --no-provenance --sbom none --platform linux/amd64 --cache "$shared_place" "$@"; }
export WHITTLE_PUSH=$registry/fleet
plainly --cache-write
cp "$out" "$work/before"
printf '\n// Another line.\n' >>"$work/c/internal/pages/pages.go"
mkdir -p "$work/third"
share_cache "$work/third"
writes=$(sent_to_registry)
XDG_CACHE_HOME=$work/third plainly --result "$work/third.json"
equal "$(jq -r '.images[] | "\(.name) \(.compiled) \(.shared)"' "$work/third.json" | paste -sd,)" "api false true,web true false,worker false true"
cmp "$out" "$work/before" || fail "a comment changed an image"
equal "$(sent_to_registry)" "$writes" "requests that wrote something"

t "verify builds again, and takes nothing from there"
sed -i "s|^images:|cache: $shared_place\nimages:|" "$work/c/whittle.yaml"
whittle_exits 0 build -f "$work/c/whittle.yaml" web -o "$registry/fleet/web:verified"
place=$(tail -n1 "$out")
asked() { grep -c '/v2/fleet/cache/manifests/whittle-cache-' "$registry_log" || true; }
before=$(asked)
whittle_exits 0 verify --perturb none --source "$work/c" "$place"
equal "$(asked)" "$before" "questions to the shared cache while an image was verified"

t "a machine that is killed while it writes leaves a cache that others can use"
for _ in 1 2 3; do
  share_cache "$work/killed"
  XDG_CACHE_HOME=$work/killed killed "$whittle" build -f "$work/c/whittle.yaml" web -o "$registry/fleet/web:k" --cache "$registry/fleet/killed" --cache-write
done
whittle_exits 0 build -f "$work/c/whittle.yaml" web -o "$registry/fleet/web:k" --cache "$registry/fleet/killed" --cache-write
digest_c=$(result_digest)
checkout=$work/c on_runner web -o "$registry/fleet/web:k" --cache "$registry/fleet/killed"
equal "$(result_digest)" "$digest_c"
err_has "taken from the shared cache"

t "a place that is down costs a notice"
share_cache "$work/down-cache"
XDG_CACHE_HOME=$work/down-cache whittle_exits 0 build -f "$work/a/whittle.yaml" api -o "oci:$work/down:1" --cache localhost:9/nothing/there
equal "$(result_digest)" "$digest"
err_has "the shared cache localhost:9/nothing/there is not used any more"

t "one that never answers is not waited for"
faulty_registry mute
XDG_CACHE_HOME=$work/down-cache whittle_exits 0 build -f "$work/a/whittle.yaml" web -o "oci:$work/mute-layout:1" --cache "$faulty/nothing/there"
err_has "it answered nothing for 15 seconds"

t "one that may only be read is read, and says so once"
faulty_registry readonly
XDG_CACHE_HOME=$work/cache whittle_exits 0 build -f "$work/b/whittle.yaml" web -o "oci:$work/readonly:1" --cache "$faulty/fleet/other" --cache-write
err_has "the shared cache $faulty/fleet/other is not used any more: keeping what web was made from"

t "a record that lies is named and not used"
shared_place=$registry/fleet/lies  # with the records of this tree alone
build -f "$work/b/whittle.yaml" api -o "$registry/fleet/api:b" --cache "$shared_place" --cache-write >/dev/null
tag=$(skopeo list-tags --tls-verify=false "docker://$shared_place" | jq -r '.Tags[]' | grep '^whittle-cache-' | head -n1)
lie() {  # FILTER: puts a changed newest record under its tag, all older ones left out
  skopeo inspect --raw --tls-verify=false "docker://$shared_place:$tag" |
    jq -c '.annotations["dev.whittle.cache.text"] as $text | del(.annotations["dev.whittle.cache.older"])
           | .annotations["dev.whittle.cache.text"] = ($text | fromjson | '"$1"' | tojson)' >"$work/lie"
  curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/lie" \
    "http://${shared_place%%/*}/v2/fleet/lies/manifests/$tag" >/dev/null
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
    "http://${shared_place%%/*}/v2/fleet/lies/manifests/$tag" >/dev/null
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

lie '.layers[0].descriptor.digest = "sha256:" + ("0" * 64)'
refused "that it names is not there" "a layer that nobody has"
restore
lie '.programs[0].packages[0].inputs[0] = "f absent /etc/passwd"'
refused "is no input" "a record that would have a file of the machine read"
restore
lie_about() {  # TEXT: puts that in place of the record
  jq -c --arg text "$1" '.annotations["dev.whittle.cache.text"] = $text | del(.annotations["dev.whittle.cache.older"])' "$work/honest" >"$work/lie"
  curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/lie" \
    "http://${shared_place%%/*}/v2/fleet/lies/manifests/$tag" >/dev/null
}
lie_about "$(jq -r '.annotations["dev.whittle.cache.text"][0:500]' "$work/honest")"
refused "the record" "a record that is cut off"
lie_about "no JSON at all"
refused "the record" "what is no JSON"
restore

t "ten thousand candidates are not looked at"
older=$(for i in $(seq 10000); do printf 'sha256:%064d 100 ' "$i"; done)
jq -c --rawfile older <(printf %s "$older" | head -c 700000) \
  '.annotations["dev.whittle.cache.text"] = "{}" | .annotations["dev.whittle.cache.older"] = $older' "$work/honest" >"$work/lie"
curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/lie" \
  "http://${shared_place%%/*}/v2/fleet/lies/manifests/$tag" >/dev/null
reads=$(grep -cE '"GET /v2/fleet/lies/manifests/(whittle-cache|sha256)' "$registry_log")
refused "of the shared cache is not used" "ten thousand candidates"
[ $(($(grep -cE '"GET /v2/fleet/lies/manifests/(whittle-cache|sha256)' "$registry_log") - reads)) -le 9 ] || fail "more than eight candidates were asked for"
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
