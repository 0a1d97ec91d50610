#!/usr/bin/env bash
# Signatures and attestations both ways with cosign, in both of its forms, in a registry without the referrers API and
# in one with it; and all that must not count.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry openssl skopeo
ensure_crane || skip "crane cannot be installed"
ensure_client cosign github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3 || skip "cosign cannot be installed"
ensure_referrers_registry || skip "a registry with the referrers API cannot be made"
flow_registry
plain=$registry
start_referrers_registry
modern=$referrers_registry

secret=canary-7c1d0e
cosign() { COSIGN_PASSWORD=$secret "$tools/cosign" "$@" >"$work/cosign.out" 2>"$work/cosign.err"; }
# cosign_signs REF [FLAG…], and cosign_verifies REF [FLAG…] with the key $public.
cosign_signs() { cosign sign --tlog-upload=false --use-signing-config=false --allow-http-registry --key "$work/cosign.key" -y "${@:2}" "$1"; }
public=$work/cosign.pub
cosign_verifies() {
  cosign verify --insecure-ignore-tlog=true --allow-http-registry --key "$public" "${@:2}" "$1" ||
    fail "cosign does not verify $1 ${*:2}: $(tail -n 5 "$work/cosign.err")"
}
cosign_refuses() {
  if cosign verify --insecure-ignore-tlog=true --allow-http-registry --key "$public" "${@:2}" "$1"; then
    fail "cosign verifies $1 ${*:2}"
  fi
}
older=--new-bundle-format=false
verifies() { whittle_exits 0 verify "$1" --key "${2:-$public}" --no-rebuild; }

t "an image, two keys, and none of their secrets in what is printed from here on"
hello "$work/hello"
cd "$work/hello"
image=$(build -o "oci:$work/image:1" --platform linux/amd64,linux/arm64)
child=$(jq -r '.manifests[0].digest' "$work/image/blobs/sha256/${image#sha256:}")
cd "$work"
cosign generate-key-pair
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.key 2>"$work/openssl.log"
openssl pkey -in plain.key -pubout -out plain.pub
openssl ec -in plain.key -out sec1.key 2>"$work/openssl.log"
export COSIGN_PASSWORD=$secret

for repository in "$plain/shop/api" "$modern/shop/api"; do
  place=$repository:1
  whittle_exits 0 copy "oci:$work/image:1" "$place"

  t "$repository: nothing is signed yet (hostile 241, 245)"
  whittle_exits 8 verify "$place" --key "$public" --no-rebuild
  err_has 'has no signature'
  whittle_exits 5 sign "$repository:absent" --key cosign.key

  t "$repository: whittle signs, cosign verifies, in each form"
  whittle_exits 0 sign "$place" --key cosign.key
  equal "$(cat "$out")" "$place@$image"
  cosign_verifies "$place"
  cosign_refuses "$place" $older
  whittle_exits 0 sign "$place" --key cosign.key --form both
  err_has 'signed sha256:' '(tag)'
  cosign_verifies "$repository@$image" $older
  whittle_exits 0 sign "$place" --key cosign.key --form both
  err_has 'by this key already'
  verifies "$place"
  out_has "verified  $place@$image" '2 of 2 signatures' '(bundle, tag)' 'that is the index'

  t "$repository: another digest is not covered, and it is said which one is (hostile 242)"
  whittle_exits 8 verify "$repository@$child" --key "$public" --no-rebuild
  err_has "$child has no signature"
  other=$(whittle_exits 0 sign "$repository@$child" --key plain.key --form tag && cat "$out")
  equal "$other" "$repository@$child"
  whittle_exits 8 verify "$place" --key plain.pub --no-rebuild
  err_has "$child is signed"

  t "$repository: cosign signs, whittle verifies, in each form"
  for form in bundle tag; do
    flag=
    [ $form = bundle ] || flag=$older
    whittle_exits 0 copy "oci:$work/image:1" "$repository/$form:1"
    cosign_signs "$repository/$form@$image" $flag
    verifies "$repository/$form:1"
    out_has "1 of 1 signature of $image verified ($form)"
    whittle_exits 8 verify "$repository/$form:1" --key plain.pub --no-rebuild
    err_has 'not one of this key'
  done

  t "$repository: both sign one tag, and neither is lost (hostile 244)"
  whittle_exits 0 sign "$repository/tag:1" --key plain.key --form tag
  verifies "$repository/tag:1"
  verifies "$repository/tag:1" plain.pub
  cosign_verifies "$repository/tag:1" $older

  t "$repository: with --recursive each manifest of the index"
  whittle_exits 0 copy "oci:$work/image:1" "$repository/all:1"
  whittle_exits 0 sign "$repository/all:1" --key cosign.key --recursive
  equal "$(wc -l <"$out")" 3
  cosign_verifies "$repository/all@$child"
done

t "keys: PKCS#8, SEC 1, a variable, a command; none of them with what belongs to another (hostile 237)"
place=$modern/keys/api:1
whittle_exits 0 copy "oci:$work/image:1" "$place"
printf '#!/bin/sh\ncase $1 in public-key) cat plain.pub ;; sign) openssl dgst -sha256 -sign plain.key | base64 ;; esac\n' >kms
chmod +x kms
n=0
for key in plain.key sec1.key env:RELEASE_KEY cmd:./kms; do
  n=$((n + 1))
  whittle_exits 0 copy "oci:$work/image:1" "$modern/keys/api$n:1"
  RELEASE_KEY=$(cat plain.key) whittle_exits 0 sign "$modern/keys/api$n:1" --key "$key" --form both
  public=$work/plain.pub cosign_verifies "$modern/keys/api$n:1"
  public=$work/plain.pub cosign_verifies "$modern/keys/api$n:1" $older
done
whittle_exits 0 verify "$modern/keys/api1:1" --key cmd:./kms --no-rebuild
COSIGN_PASSWORD=wrong whittle_exits 7 sign "$place" --key cosign.key
err_has 'the password of key cosign.key is wrong'
(unset COSIGN_PASSWORD; whittle_exits 7 sign "$place" --key cosign.key)
(unset COSIGN_PASSWORD; echo "$secret" >password; whittle_exits 0 sign "$place" --key cosign.key --key-password-file password)
(unset COSIGN_PASSWORD; WHITTLE_KEY_PASSWORD=$secret whittle_exits 0 sign "$place" --key cosign.key)
whittle_exits 7 sign "$place" --key cosign.pub
whittle_exits 7 verify "$place" --key cosign.key --no-rebuild
whittle_exits 7 verify "$place" --key absent.pub --no-rebuild
whittle_exits 2 sign "$place" --key "$(cat plain.key)"
if grep -qF "$(sed -n 2p plain.key)" "$out" "$err"; then fail "a key was repeated"; fi
whittle_exits 2 sign "oci-archive:$work/x.tar" --key plain.key

t "build --sign signs what it has just written, once (hostile 245)"
cd "$work/hello"
for to in "$plain/built/api:1" "$modern/built/api:1" "oci:$work/built:1" local:built; do
  digest=$(build -o "$to" --sign "$work/cosign.key")
  verifies "$to"
  out_has "$to@$digest" '1 of 1 signature'
  build -o "$to" --sign "$work/cosign.key" >"$work/again"
  verifies "$to"
  out_has '1 of 1 signature'
done
cosign_verifies "$plain/built/api:1"
cosign_verifies "$modern/built/api:1"
valid_layout "$work/built"
COSIGN_PASSWORD=wrong whittle_exits 7 build -o "oci:$work/unsigned:1" --sign "$work/cosign.key"
no_image "$work/unsigned"
whittle_exits 2 build -o "docker-archive:$work/x.tar" --sign "$work/cosign.key"
cd "$work"

t "signatures travel with copy --all, through a layout"
whittle_exits 0 copy --all "$modern/shop/api:1" "oci:$work/carried:1"
verifies "oci:$work/carried:1"
whittle_exits 0 copy --all "oci:$work/carried:1" "$plain/carried/api:1"
cosign_verifies "$plain/carried/api:1"
cosign_verifies "$plain/carried/api:1" $older

t "attestations both ways, in both forms; they are no signatures"
attest=$(realpath "${WHITTLE_ATTEST:-$whittle_root/build/dev/tests/flow/attest}")
echo '{"text": "x"}' >predicate.json
spdx=https://spdx.dev/Document provenance=https://slsa.dev/provenance/v1
statement() {  # TYPE PREDICATE
  jq -cn --arg digest "${image#sha256:}" --arg type "$1" --argjson predicate "$2" '{_type: "https://in-toto.io/Statement/v1",
    subject: [{name: "x", digest: {sha256: $digest}}], predicateType: $type, predicate: $predicate}'
}
statement $spdx '{"spdxVersion":"SPDX-2.3"}' >spdx.json
statement $provenance '{"buildDefinition":{},"runDetails":{}}' >provenance.json
for repository in "$plain/attested" "$modern/attested"; do
  for form in bundle tag; do
    flag=
    [ $form = bundle ] || flag=$older
    place=$repository/$form:1
    whittle_exits 0 copy "oci:$work/image:1" "$place"
    "$attest" attach "$place" plain.key $spdx spdx.json $form
    "$attest" attach "$place" plain.key $provenance provenance.json $form
    "$attest" attach "$place" plain.key $provenance provenance.json $form
    for type in spdxjson slsaprovenance1; do
      # shellcheck disable=SC2086
      cosign verify-attestation --insecure-ignore-tlog=true --allow-http-registry --key plain.pub --type $type $flag "$place" ||
        fail "cosign does not verify the attestation: $(tail -n 5 "$work/cosign.err")"
      # shellcheck disable=SC2086
      if cosign verify-attestation --insecure-ignore-tlog=true --allow-http-registry --key cosign.pub --type $type $flag "$place"; then
        fail "cosign verifies an attestation with another key"
      fi
    done
    equal "$("$attest" verify "$place" plain.pub $provenance)" "$(cat provenance.json)"
    # shellcheck disable=SC2086
    cosign attest --tlog-upload=false --use-signing-config=false --allow-http-registry --key cosign.key -y \
      --predicate predicate.json --type spdxjson $flag "$repository/$form@$image" || fail "$(cat "$work/cosign.err")"
    equal "$("$attest" verify "$place" cosign.pub $spdx | jq -r '.predicateType')" $spdx
    if "$attest" verify "$place" cosign.pub $provenance 2>/dev/null; then fail "an attestation of another type counts"; fi
    whittle_exits 8 verify "$place" --key "$public" --no-rebuild
    err_has 'has no signature'
  done
done

t "bytes that were changed are no signature, whatever is around them (hostile 233, 241)"
cp -R "$work/carried" "$work/spoilt"
grep -rlE '^[{"]*(critical|dsseEnvelope)"' "$work/spoilt/blobs" >signed_blobs
equal "$(wc -l <signed_blobs)" 3
while read -r blob; do printf ' ' >>"$blob"; done <signed_blobs
whittle_exits 8 verify "oci:$work/spoilt:1" --key "$public" --no-rebuild
err_has signature

t "a registry that is gone is an outage, and not an answer (hostile 241)"
whittle_exits 6 verify localhost:1/shop/api:1 --key "$public" --no-rebuild

t "the verdict as JSON"
whittle_exits 0 verify "$modern/shop/api:1" --key "$public" --no-rebuild --json
equal "$(jq -c '[.schemaVersion, .verified, .digest, [.parts[] | .name + " " + .outcome]]' "$out")" \
  "[1,true,\"$image\",[\"content passed\",\"signature passed\",\"provenance not checked\",\"rebuild not checked\",\"gate passed\"]]"
whittle_exits 0 verify "$modern/shop/api:1" --no-rebuild --json
equal "$(jq -r '.parts[1].outcome' "$out")" 'not checked'

t "no secret was printed or left behind"
if grep -rqF -e "$secret" --exclude=password "$out" "$err" "$registry_log" "$work/cache/whittle"; then fail "the password is in there"; fi
