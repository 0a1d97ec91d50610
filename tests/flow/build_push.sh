#!/usr/bin/env bash
# Images in a real registry: pushed by digest, read by other tools, and not sent twice.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry
flow_registry
fixture shop "$work/shop"
shop=$work/shop/whittle.yaml

t "what is pushed is what the registry has under the tag"
digest=$(build -f "$shop" api -o "$registry/shop/api:1.0")
equal "$(cat "$out")" "$registry/shop/api:1.0@$digest"
valid_image "$registry/shop/api:1.0"
skopeo inspect --raw --tls-verify=false "docker://$registry/shop/api:1.0" >"$work/raw"
equal "sha256:$(sha256sum <"$work/raw" | cut -d' ' -f1)" "$digest"
equal "$(skopeo inspect --tls-verify=false "docker://$registry/shop/api:1.0" | jq -r '.RepoTags[]' | grep -v '^sha256-')" 1.0 "tags, but for those of what is attached"

t "crane validates every byte of it"
if ensure_crane; then
  crane validate --remote "$registry/shop/api@$digest" || fail "crane validate"
  equal "$(crane digest "$registry/shop/api:1.0")" "$digest"
else
  printf 'crane could not be installed; skopeo reads every byte instead\n'
  skopeo copy -q --all --src-tls-verify=false "docker://$registry/shop/api@$digest" "oci:$work/validated:1"
fi

t "a second build sends nothing"
before=$(sent_to_registry)
again=$(build -f "$shop" api -o "$registry/shop/api:1.0")
equal "$again" "$digest"
equal "$(sent_to_registry)" "$before" "requests that send"

t "another tag sends only manifests"
before=$(grep -cE '"(POST|PATCH) /v2/shop/api/blobs' "$registry_log")
build -f "$shop" api -o "$registry/shop/api:1.1" >/dev/null
equal "$(grep -cE '"(POST|PATCH) /v2/shop/api/blobs' "$registry_log")" "$before" "uploads of blobs"
equal "$(skopeo inspect --raw --tls-verify=false "docker://$registry/shop/api:1.1" | sha256sum)" "$(sha256sum <"$work/raw")"

t "a changed file sends its layer, not the binary's"
du_before=$(du -sb "$work/registry/storage" | cut -f1)
echo '{"timeZone": "Asia/Tokyo"}' >"$work/shop/config/shop.json"
changed=$(build -f "$shop" api -o "$registry/shop/api:1.0")
differ "$changed" "$digest"
grown=$(($(du -sb "$work/registry/storage" | cut -f1) - du_before))  # folders count: the binary has millions
[ $grown -lt 1000000 ] || fail "$grown bytes were sent for one small file"

t "the old digest is still there, and a place with a digest accepts nothing else"
whittle_exits 0 copy "$registry/shop/api@$digest" "oci:$work/old:1"
equal "$(result_digest)" "$digest"
whittle_exits 0 copy "oci:$work/old:1@$digest" "oci:$work/old2:1"
whittle_exits 5 copy "oci:$work/old:1@$changed" "oci:$work/wrong:1"

t "several places at once, and the spec's own with --push"
sed -i "s,^  web:,  web:\n    push: [$registry/shop/web]\n    tags: [stable\, \"2\"]," "$shop"
digest=$(build -f "$shop" web -o "$registry/other/web:1" -o "oci:$work/both:1")
equal "$(sort "$out")" "$(printf '%s\n' "$registry/other/web:1@$digest" "oci:$work/both:1@$digest" | sort)"
pushed=$(build -f "$shop" web --push)
equal "$pushed" "$digest"
equal "$(cat "$out")" "$registry/shop/web@$digest" "one line for a repository, whatever its tags"
for tag in 2 stable; do
  equal "$(skopeo inspect --tls-verify=false "docker://$registry/shop/web:$tag" | jq -r .Digest)" "$digest"
done

t "--result writes the same as JSON"
build -f "$shop" web -o "$registry/shop/web:3" --result "$work/result.json" >/dev/null
grep -q "$digest" "$work/result.json" || fail "no digest in $(cat "$work/result.json")"
jq . "$work/result.json" >/dev/null || fail "not JSON"

t "copy between registries' repositories and layouts sends what is missing and nothing else"
whittle_exits 0 copy "$registry/shop/web:3" "$registry/mirror/web:3"
equal "$(result_digest)" "$digest"
before=$(sent_to_registry)
whittle_exits 0 copy "$registry/shop/web:3" "$registry/mirror/web:3"
equal "$(sent_to_registry)" "$before" "requests that send"
whittle_exits 0 copy "$registry/mirror/web:3" "oci:$work/mirror:3"
valid_layout "$work/mirror"
equal "$(skopeo inspect "oci:$work/mirror:3" | jq -r .Digest)" "$digest"

t "an image of the registry is a base: its layers and config are carried over"
hello "$work/hello"
sed -i "s,base: scratch,base: \"$registry/mirror/web@$digest\"," "$work/hello/whittle.yaml"
build -f "$work/hello/whittle.yaml" -o "$registry/shop/hello:1" >/dev/null
skopeo inspect --raw --tls-verify=false "docker://$registry/shop/hello:1" >"$work/derived"
skopeo inspect --raw --tls-verify=false "docker://$registry/mirror/web:3" >"$work/base"
equal "$(jq -c --argjson n "$(jq '.layers | length' "$work/base")" '[.layers[:$n][].digest]' "$work/derived")" \
  "$(jq -c '[.layers[].digest]' "$work/base")" "the base's layers"
equal "$(jq -r '.annotations["org.opencontainers.image.base.digest"]' "$work/derived")" "$digest"

t "where a login is needed: basic authentication of Docker's config file"
kill "$registry_pid"
REGISTRY_EXTRA="auth: {htpasswd: {realm: test, path: $flow_dir/htpasswd}}" start_registry "$work/guarded"
started+=("$registry_pid")
mkdir "$work/docker"
printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf 'user:secret' | base64)" >"$work/docker/config.json"
whittle_exits 7 build -f "$shop" worker -o "$registry/shop/worker:1"
DOCKER_CONFIG=$work/docker whittle_exits 0 build -f "$shop" worker -o "$registry/shop/worker:1"
mkdir -p "$HOME/.docker"
mv "$work/docker/config.json" "$HOME/.docker/config.json"
whittle_exits 0 copy "$registry/shop/worker:1" "oci:$work/guarded-copy:1"
