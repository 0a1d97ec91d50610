#!/usr/bin/env bash
# What belongs to an image travels with it: through a registry that has the referrers API, one that has not, and
# layouts, seen by other clients; and several writers and several destinations at once.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry curl
ensure_crane || skip "crane cannot be installed"
ensure_referrers_registry || skip "a registry with the referrers API cannot be made"
flow_registry
plain=$registry
start_referrers_registry
modern=$referrers_registry

# The digests in an index of referrers, sorted.
digests() { jq -r '.manifests[].digest' | sort; }
by_tag() { crane manifest --insecure "$1:${2/:/-}" | digests; }
by_api() { curl -sS "http://$1/referrers/$2" | digests; }

t "an image, and notes that refer to it, to one of its platforms and to each other"
hello "$work/hello"
cd "$work/hello"
image=$(build -o "oci:$work/image:1" --platform linux/amd64,linux/arm64)
size=$(stat -c %s "$work/image/blobs/sha256/${image#sha256:}")
child=$(jq -r '.manifests[1].digest' "$work/image/blobs/sha256/${image#sha256:}")
first=$(artifact "$work/first" "$image" "$size" 'about the image')
second=$(artifact "$work/second" "$child" 1 'about a platform')
third=$(artifact "$work/third" "$first" 1 'about the first')
for repository in "$plain/shop/api" "$modern/shop/api"; do
  whittle_exits 0 copy "oci:$work/image:1" "$repository:1"
  for note in first second third; do whittle_exits 0 copy "oci:$work/$note:1" "$repository:$note"; done
done

t "a registry without the API lists them by tags, one with it by itself (hostile 157, 159)"
equal "$(by_tag "$plain/shop/api" "$image")" "$first"
equal "$(by_tag "$plain/shop/api" "$child")" "$second"
equal "$(by_tag "$plain/shop/api" "$first")" "$third"
crane manifest --insecure "$plain/shop/api:${image/:/-}" >"$work/list"
equal "$(jq -r '.manifests[0] | .artifactType + " " + .annotations.note' "$work/list")" \
  'application/vnd.example.note about the image'
equal "$(by_api "$modern/v2/shop/api" "$image")" "$first"
if crane manifest --insecure "$modern/shop/api:${image/:/-}" >/dev/null 2>&1; then
  # It does not confirm subjects (OCI-Subject), so the tag is right to be there; it must hold nothing else.
  equal "$(by_tag "$modern/shop/api" "$image")" "$first"
fi

t "copy leaves them, copy --all takes them along, both ways and through a layout (hostile 253)"
whittle_exits 0 copy "$plain/shop/api:1" "oci:$work/without:1"
equal "$(jq '.manifests | length' "$work/without/index.json")" 1
requests=$(wc -l <"$registry_log")
whittle_exits 0 copy "$plain/shop/api:1" "oci:$work/without2:1"
equal "$(tail -n +$((requests + 1)) "$registry_log" | grep -cE '/referrers/|manifests/sha256-' || true)" 0
whittle_exits 0 copy --all "$plain/shop/api:1" "oci:$work/with:1"
err_has 'with 3 manifests that belong to it'
equal "$(result_digest)" "$image"
equal "$(jq '.manifests | length' "$work/with/index.json")" 4
valid_layout "$work/with" --foreign "$first" --foreign "$second" --foreign "$third"
whittle_exits 0 copy --all "oci:$work/with" "$modern/mirror/api:1"
equal "$(by_api "$modern/v2/mirror/api" "$image")" "$first"
equal "$(by_api "$modern/v2/mirror/api" "$child")" "$second"
equal "$(by_api "$modern/v2/mirror/api" "$first")" "$third"
whittle_exits 0 copy --all "$modern/mirror/api:1" "$plain/mirror/api:1"
equal "$(by_tag "$plain/mirror/api" "$image")" "$first"
equal "$(by_tag "$plain/mirror/api" "$first")" "$third"
skopeo copy -q --all --src-tls-verify=false "docker://$plain/mirror/api:1" "oci:$work/skopeo:1"
skopeo copy -q --src-tls-verify=false "docker://$plain/mirror/api@$third" "oci:$work/skopeo:third"
skopeo inspect --raw "oci:$work/with:1" | cmp - "$work/image/blobs/sha256/${image#sha256:}"
equal "$(crane blob --insecure "$plain/mirror/api@sha256:$(printf 'about the first' | sha256sum | cut -c-64)")" \
  'about the first'

t "cosign's tags come along as well"
tag=${image/:/-}.sig
crane copy --insecure "$plain/shop/api@$second" "$plain/shop/api:$tag" 2>/dev/null
whittle_exits 0 copy --all "$plain/shop/api:1" "$modern/signed/api:1"
equal "$(crane digest --insecure "$modern/signed/api:$tag")" "$second"

t "sixteen at once add to one image: nothing is lost, or it is said (hostile 160)"
pids=() wanted=()
for i in {1..16}; do
  wanted+=("$(artifact "$work/many-$i" "$child" 1 "note $i")")
  "$whittle" copy "oci:$work/many-$i:1" "$plain/shop/api:many-$i" >"$work/many-$i.out" 2>"$work/many-$i.err" </dev/null &
  pids+=($!)
done
listed=0
for i in {1..16}; do
  status=0
  wait "${pids[i - 1]}" || status=$?
  if [ $status = 0 ]; then
    listed=$((listed + 1))
    grep -qx "${wanted[i - 1]}" <(by_tag "$plain/shop/api" "$child") || fail "note $i is lost, and nobody said so"
  else
    equal $status 6
    grep -q 'others change that list' "$work/many-$i.err" || fail "$(cat "$work/many-$i.err")"
    whittle_exits 0 copy "oci:$work/many-$i:1" "$plain/shop/api:many-$i"
  fi
done
printf '   %s of 16 at the first try\n' $listed
by_tag "$plain/shop/api" "$child" >"$work/listed"
printf '%s\n' "$second" "${wanted[@]}" | sort | cmp - "$work/listed" || fail "the list is not what was added"

t "several destinations: each blob is read once, and one that fails fails alone"
started_requests=$(wc -l <"$registry_log")
whittle_exits 0 copy "$plain/shop/api:1" "$modern/many/a:1" "$modern/many/b:2" "oci:$work/many:3"
equal "$(tail -n +$((started_requests + 1)) "$registry_log" | grep -oE '"GET /v2/shop/api/blobs/sha256:[0-9a-f]+' | sort | uniq -d)" ''
equal "$(wc -l <"$out")" 3
equal "$(crane digest --insecure "$modern/many/b:2")" "$image"
valid_layout "$work/many"
whittle_exits 6 copy "$plain/shop/api:1" "localhost:1/nobody/there:1" "$plain/other/api:1" "oci:$work/many2:1"
equal "$(wc -l <"$out")" 2
err_has localhost:1
equal "$(crane digest --insecure "$plain/other/api:1")" "$image"
valid_layout "$work/many2"
whittle_exits 2 copy "$plain/shop/api:1" "oci:$work/x:1" "oci:$work/x:1"

t "a copy that fails before anything is written leaves no layout"
whittle_exits 5 copy "$plain/shop/api:absent" "oci:$work/nothing:1"
[ ! -e "$work/nothing" ] || fail "$work/nothing was made"

t "the store keeps what belongs to its images when the cache is emptied"
whittle_exits 0 copy --all "$plain/mirror/api:1" local:kept:1
whittle_exits 0 cache gc --keep 0
whittle_exits 0 copy --all local:kept:1 "oci:$work/kept:1"
err_has 'with 3 manifests that belong to it'
valid_layout "$work/kept" --foreign "$first" --foreign "$second" --foreign "$third"
