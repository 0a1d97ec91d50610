#!/usr/bin/env bash
# Registries that take images and nothing that belongs to them, and tags that move while they are read: what is there
# stays, what is lost is said, and everything is about the digest that was resolved first (hostile 243, 252).
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need openssl skopeo
flow_registry
digest_of() { skopeo inspect --raw --tls-verify=false "docker://$registry/$1" | sha256sum | cut -d' ' -f1; }

hello "$work/hello"
cd "$work/hello"
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$work/key.pem"
openssl ec -in "$work/key.pem" -pubout -out "$work/key.pub" 2>/dev/null

verifies() { whittle_exits 0 verify "$1" --key "$work/key.pub" --no-rebuild; }

digest=$(build -o "oci:$work/whole:1")
for answer in 400:MANIFEST_INVALID 405:UNSUPPORTED 415:UNKNOWN 413:SIZE_INVALID; do
  code=5
  [ ${answer%:*} != 413 ] || code=8
  t "${answer/:/ } for what refers to an image: the image is there, and what is lost is said, with another way (hostile 252)"
  faulty_registry refuse ${answer/:/ }
  repository=status-${answer%:*}/hello
  place=$faulty/$repository:1
  whittle_exits $code build -o "$place"
  out_is_empty
  err_has 'attaching the ' "${answer/:/ }" 'the image itself is there' '--no-provenance --sbom none'
  equal "sha256:$(digest_of "$repository:1")" "$digest"
  equal "$(build -o "$place" --no-provenance --sbom none)" "$digest"
  valid_image "$registry/$repository:1"

  whittle_exits 0 sbom "$place"
  whittle_exits 5 sbom "$place" --attached
  err_has 'without --attached'
  whittle_exits $code sign "$place" --key "$work/key.pem"
  out_is_empty
  err_has "signing $digest" "${answer/:/ }" 'the image itself is there, unchanged' '--form tag'
  whittle_exits 8 verify "$place" --key "$work/key.pub" --no-rebuild
  whittle_exits 0 sign "$place" --key "$work/key.pem" --form tag
  verifies "$place"
  equal "sha256:$(digest_of "$repository:1")" "$digest"
  whittle_exits $code copy --all "oci:$work/whole:1" "$faulty/$repository:2"
  [ $code = 8 ] || err_has 'without --all the image is copied alone'
done

t "a tag that moves between two requests: everything is about the digest that was resolved first (hostile 243)"
first=$(build -o "$registry/moving/hello:1" --sign "$work/key.pem")
echo 'key = later' >config/app.conf
second=$(build -o "$registry/moving/hello:2")
differ "$first" "$second"
# moved ARGUMENT…: with PLACE among them, whose tag moves; it did, and nothing but the first digest is spoken of.
moved() {
  faulty_registry move 1 2
  local place=$faulty/moving/hello:1
  whittle_exits 0 "${@/PLACE/$place}"
  equal "$(skopeo inspect --raw --tls-verify=false "docker://$place" | sha256sum | cut -d' ' -f1)" "${second#sha256:}" 'the tag'
  out_has "${first#sha256:}"
  ! grep -q "${second#sha256:}" "$out" "$err" || fail "the other digest: $(cat "$out" "$err")"
}
moved verify PLACE --key "$work/key.pub" --no-rebuild
moved sign PLACE --key "$work/key.pem" --form both
moved sbom PLACE
moved copy PLACE "oci:$work/moved:1"
valid_layout "$work/moved"
verifies "$registry/moving/hello@$first"
out_has '(bundle, tag)'
whittle_exits 8 verify "$registry/moving/hello:2" --key "$work/key.pub" --no-rebuild  # nobody signed that
