#!/usr/bin/env bash
# What one machine compiled another takes from a registry, to compile what imports it.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry skopeo openssl curl zstd tar
flow_registry
shared_place=$registry/fleet/cache
# Little more than the runtime, which takes seconds to compile: many machines do so here.
hello "$work/a"
printf '// Package text holds texts.\npackage text\n\n// Greeting is said first.\nvar Greeting = "hello"\n' >"$work/a/internal/text/text.go"
printf '// Command hello prints what package text has.\npackage main\n\nimport "example.com/hello/internal/text"\n\nfunc main() { println(text.Greeting) }\n' >"$work/a/cmd/hello/main.go"

# on_empty PLACE ARGUMENT…: a build of $checkout by a machine that has Go and its modules, and has compiled nothing.
machines=0
on_empty() {
  machines=$((machines + 1))
  machine=$work/machine$machines
  share_cache "$machine"
  XDG_CACHE_HOME=$machine GOCACHE=$machine/gocache whittle_exits 0 build -f "$checkout/whittle.yaml" -o "oci:$machine/layout:1" --cache "$@"
  digest=$(result_digest)
}
changed() { # DIR NUMBER: the module of $work/a with a main that is another one
  cp -R "$work/a" "$1"
  printf '\n// Greets for the %s. time.\nfunc init() { text.Greeting += "%s" }\n' "$2" "$2" >>"$1/cmd/hello/main.go"
}
objects() { find "$machine/gocache" -name '*-d' -size +64k | wc -l; }
changed "$work/b" 2
checkout=$work/b

t "what nobody shares is compiled"
on_empty none
wanted=$digest
all_objects=$(objects)
[ "$all_objects" -gt 3 ] || fail "only $all_objects objects"

t "a machine keeps what it has compiled, and says so"
XDG_CACHE_HOME=$work/cache whittle_exits 0 build -f "$work/a/whittle.yaml" -o "oci:$work/layout:1" --cache "$shared_place" --cache-write
err_has "keeping compiled packages of example.com/hello for linux/"
tag=$(skopeo list-tags --tls-verify=false "docker://$shared_place" | jq -r '.Tags[]' | grep '^whittle-packages-')
skopeo inspect --raw --tls-verify=false "docker://$shared_place:$tag" >"$work/honest"

t "only what the program consists of, whatever else go has compiled"
index=$(jq -r '.layers[0].digest' "$work/honest")
curl -fsS "http://$registry/v2/fleet/cache/blobs/$index" >"$work/index"
kept=$(jq '.entries | length' "$work/index")
[ "$kept" -lt 150 ] || fail "$kept packages of a program that has fewer"
in_tar=$(curl -fsS "http://$registry/v2/fleet/cache/blobs/$(jq -r '.layers[1].digest' "$work/honest")" | zstd -d | tar -t | LC_ALL=C sort)
equal "$in_tar" "$(jq -r '.entries[][1]' "$work/index" | LC_ALL=C sort -u)" "the objects, and what the index says of them"

t "another one takes them, compiles what is new, and has the same image"
on_empty "$shared_place"
equal "$digest" "$wanted"
err_has "fetching compiled packages of example.com/hello" "of objects that need not be compiled"
fetched=$(find "$machine/gocache" -name '*-a' | wc -l)
[ "$(objects)" -le "$all_objects" ] || fail "more objects than go makes"
grep -rhaoE '^v1 [0-9a-f]{64}' "$machine/gocache" --include='*-a' | cut -d' ' -f2 | sort >"$work/have"
jq -r '.entries[][0]' "$work/index" | sort >"$work/shared"
equal "$(comm -13 "$work/have" "$work/shared" | wc -l)" 0 "packages that were shared and are not here"
[ "$fetched" -gt "$kept" ] || fail "go has compiled nothing itself"

t "go finds them: it compiles nothing of its own library"
mkdir "$work/go"
go_says() { (cd "$checkout" && GOCACHE=$machine/gocache GOFLAGS='' CGO_ENABLED=0 GOAMD64=v1 go build -v -trimpath -buildvcs=false -o "$work/go/" ./cmd/hello 2>&1); }
equal "$(go_says)" '' "what go compiles after the build"

t "a machine that has them asks for the index alone"
reads() { grep -cE '"GET /v2/fleet/cache/blobs/' "$registry_log" || true; }
before=$(reads)
changed "$work/c" 3
share_cache "$machine"
XDG_CACHE_HOME=$machine GOCACHE=$machine/gocache whittle_exits 0 build -f "$work/c/whittle.yaml" -o "oci:$machine/layout:2" --cache "$shared_place" -v
equal "$(($(reads) - before))" 1 "blobs that were read"
err_has "in the shared cache are here already"

t "and keeps nothing that is there"
writes=$(sent_to_registry)
changed "$work/d" 4
XDG_CACHE_HOME=$machine GOCACHE=$machine/gocache whittle_exits 0 build -f "$work/d/whittle.yaml" -o "oci:$machine/layout:3" --cache "$shared_place" --cache-write -v
err_has "what the shared cache has will do"
equal "$(grep -cE "\"PUT /v2/fleet/cache/manifests/$tag" "$registry_log")" 1 "times that they were kept"
[ "$(sent_to_registry)" -gt "$writes" ] || fail "the record was not kept"

t "a slow way is left when compiling is quicker"
faulty_registry slow 100000
on_empty "$faulty/fleet/cache"
equal "$digest" "$wanted"
err_has "compiling the rest is quicker"

t "one that stalls is left after fifteen seconds"
faulty_registry stall 300000
on_empty "$faulty/fleet/cache"
equal "$digest" "$wanted"
err_has "it answered nothing for 15 seconds"

t "packages that lie are named and not used"
put() { # FILE: under the tag
  curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$1" "http://$registry/v2/fleet/cache/manifests/$tag" >/dev/null
}
put_blob_of() { # FILE: prints its descriptor
  local sum url
  sum=$(sha256sum <"$1") sum=sha256:${sum%% *}
  url=$(curl -fsS -X POST -o /dev/null -w '%{redirect_url}' -D "$work/headers" "http://$registry/v2/fleet/cache/blobs/uploads/")
  url=$(sed -n 's/^[Ll]ocation: *\(.*[^\r]\)\r*$/\1/p' "$work/headers")
  curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$url&digest=$sum" >/dev/null
  jq -cn --arg digest "$sum" --argjson size "$(stat -c %s "$1")" '{digest: $digest, size: $size}'
}
refused() { # WHAT MESSAGE
  printf '   %s\n' "$1"
  put "$work/lie"
  on_empty "$shared_place"
  equal "$digest" "$wanted"
  err_has "what the shared cache has is not used" "$2"
}
with_index() { # FILE: the manifest with that index, of which it says so
  local index
  index=$(put_blob_of "$1")
  jq -c --argjson index "$index" '.layers[0] += $index
    | .annotations["dev.whittle.cache.text"] |= (fromjson | .index = $index | tojson)' "$work/honest" >"$work/lie"
}
jq -c '.annotations["dev.whittle.cache.text"] |= (fromjson | .index.digest = "sha256:" + ("0" * 64) | tojson)' "$work/honest" >"$work/lie"
refused "an index that nobody has" "compiled packages"
jq -c '.annotations["dev.whittle.cache.text"] |= (fromjson | .key = "sha256:" + ("0" * 64) | tojson)' "$work/honest" >"$work/lie"
refused "those of another module" "made for something else"
jq -c '.annotations["dev.whittle.cache.text"] |= (fromjson | .version = 2 | tojson)' "$work/honest" >"$work/lie"
refused "those of a later version" "of another version of whittle"
jq -c '.entries |= map([.[0], (.[0]), .[2]])' "$work/index" >"$work/lying-index"
with_index "$work/lying-index"
refused "an index that names other objects" "objects of the index are not among them"
jq -c '.entries |= map([.[0], .[1], .[2] - 1])' "$work/index" >"$work/lying-index"
with_index "$work/lying-index"
refused "an index with other sizes" "is longer than"
head -c 2000000 /dev/urandom | zstd -q >"$work/noise"
noise=$(put_blob_of "$work/noise")
jq -c --argjson noise "$noise" '.layers[1] += $noise' "$work/honest" >"$work/lie"
refused "objects that are none" "the objects"
put "$work/honest"

t "what nobody signed does not count where a signature is asked for"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem" 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
on_empty "$shared_place" --cache-trust "$work/key.pub"
equal "$digest" "$wanted"
err_has "compiled packages of example.com/hello" "it is not signed"

t "what is signed counts, with the index that was signed"
XDG_CACHE_HOME=$machine GOCACHE=$machine/gocache whittle_exits 0 build -f "$work/c/whittle.yaml" -o "oci:$machine/layout:4" \
  --cache "$registry/fleet/signed" --cache-trust "$work/key.pub" --cache-write --sign "$work/key.pem"
on_empty "$registry/fleet/signed" --cache-trust "$work/key.pub"
equal "$digest" "$wanted"
err_has "of objects that need not be compiled"

t "a machine that is killed while it fetches has a cache that go can use"
share_cache "$work/killed"
for _ in 1 2 3 4; do
  XDG_CACHE_HOME=$work/killed GOCACHE=$work/killed/gocache killed "$whittle" build -f "$checkout/whittle.yaml" -o "oci:$work/killed/layout:1" --cache "$shared_place"
done
XDG_CACHE_HOME=$work/killed GOCACHE=$work/killed/gocache whittle_exits 0 build -f "$checkout/whittle.yaml" -o "oci:$work/killed/layout:1" --cache "$shared_place"
equal "$(result_digest)" "$wanted"
for object in "$work"/killed/gocache/*/*-d; do
  name=${object##*/}
  equal "$(sha256sum <"$object" | cut -d' ' -f1)-d" "$name" "an object that is not what its name says"
done
