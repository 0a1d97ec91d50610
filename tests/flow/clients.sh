#!/usr/bin/env bash
# Other clients at the other end, in both directions: what one writes the other reads, byte by byte.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry
flow_registry
clients=()
for client in regctl=github.com/regclient/regclient/cmd/regctl@v0.11.7 oras=oras.land/oras/cmd/oras@v1.3.6 crane="$crane_module/cmd/crane@$crane_version"; do
  if ensure_client "${client%%=*}" "${client#*=}"; then clients+=("${client%%=*}"); else printf 'NOT TESTED: %s cannot be installed here\n' "${client%%=*}"; fi
done
[ ${#clients[@]} -gt 0 ] || skip "no other client can be installed"

regctl() { REGCTL_CONFIG=$work/regctl.json "$tools/regctl" --host "reg=$registry,tls=disabled" "$@" 2>"$work/client.log"; }
oras() { "$tools/oras" "$@" 2>"$work/client.log"; }
crane() { "$tools/crane" "$@" 2>"$work/client.log"; }
# pull_CLIENT PLACE DIR: into an OCI layout under the tag v. push_CLIENT DIR PLACE: the other way.
pull_regctl() { regctl image copy "$1" "ocidir://$2:v"; }
push_regctl() { regctl image copy "ocidir://$1:v" "$2"; }
pull_oras() { oras cp --recursive --from-plain-http --to-oci-layout "$1" "$2:v" >/dev/null; }
push_oras() { oras cp --recursive --from-oci-layout --to-plain-http "$1:v" "$2" >/dev/null; }
pull_crane() { crane pull --insecure --format=oci "$1" "$2"; }
push_crane() { crane push --insecure --index "$1" "$2" >/dev/null; }
digest_regctl() { regctl image digest "$1"; }
digest_oras() { oras resolve --plain-http "$1"; }
digest_crane() { crane digest --insecure "$1"; }

# same_blobs DIR DIR: every blob of the first is in the second.
same_blobs() {
  local blob
  for blob in "$1"/blobs/sha256/*; do cmp "$blob" "$2/blobs/sha256/${blob##*/}" || fail "a blob differs or is missing"; done
}
hello "$work/hello"
# Without what is attached to it: not every client takes that along.
index=$(build -f "$work/hello/whittle.yaml" --platform linux/amd64,linux/arm64 --sbom none --no-provenance -o "oci:$work/index:v")
build -f "$work/hello/whittle.yaml" --platform linux/amd64,linux/arm64 -o "$registry/ours/index:v" >/dev/null
"$flow_dir/../../bench/make-image" "$work/image" 4 300000
image=$(jq -r '.manifests[0].digest' "$work/image/index.json")
whittle_exits 0 copy "oci:$work/image:v" "$registry/ours/image:v"

for client in "${clients[@]}"; do
  t "$client reads what we wrote to a registry"
  equal "$("digest_$client" "$registry/ours/index:v")" "$index"
  "pull_$client" "$registry/ours/index:v" "$work/$client-index" || fail "$client: $(cat "$work/client.log")"
  same_blobs "$work/index" "$work/$client-index"
  "pull_$client" "$registry/ours/image:v" "$work/$client-image" || fail "$client: $(cat "$work/client.log")"
  same_blobs "$work/image" "$work/$client-image"

  t "we read the layout that $client wrote"
  tag=:v
  if [ "$client" = crane ]; then tag=''; fi  # it names nothing
  whittle_exits 0 copy "oci:$work/$client-image$tag" "oci:$work/$client-ours:v"
  equal "$(result_digest)" "$image"

  if [ "$client" = crane ]; then continue; fi  # it pushes no tagged layout as it is
  t "$client reads our layout, and we read what it wrote to a registry"
  "push_$client" "$work/index" "$registry/$client/index:v" || fail "$client: $(cat "$work/client.log")"
  whittle_exits 0 copy "$registry/$client/index:v" "oci:$work/$client-back:v"
  equal "$(result_digest)" "$index"
  valid_layout "$work/$client-back" --foreign all
done

if [ -x "$tools/oras" ] && [ -x "$tools/regctl" ]; then
  t "what oras attaches travels with the image, and regctl finds it"
  echo '{"sbom": true}' >"$work/sbom.json"
  (cd "$work" && oras attach --plain-http --artifact-type application/vnd.example.sbom "$registry/ours/image:v" sbom.json:application/json >/dev/null) ||
    fail "oras attach: $(cat "$work/client.log")"
  whittle_exits 0 copy --all "$registry/ours/image:v" "$registry/moved/image:v"
  equal "$(result_digest)" "$image"
  equal "$(regctl artifact list "$registry/moved/image:v" --format '{{range .Descriptors}}{{.ArtifactType}}{{end}}')" application/vnd.example.sbom

  t "what we carry in a layout, oras discovers"
  whittle_exits 0 copy --all "$registry/moved/image:v" "oci:$work/carried:v"
  oras discover --oci-layout "$work/carried:v" >"$work/discovered" || fail "oras discover: $(cat "$work/client.log")"
  grep -q application/vnd.example.sbom "$work/discovered" || fail "oras does not find it: $(cat "$work/discovered")"
fi
