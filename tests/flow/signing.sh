#!/usr/bin/env bash
# Signatures and attestations both ways with cosign, in both of its forms, in a registry without the referrers API and
# in one with it; and all that must not count.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry git openssl skopeo
ensure_crane || skip "crane cannot be installed"
ensure_client cosign github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3 || skip "cosign cannot be installed"
ensure_referrers_registry || skip "a registry with the referrers API cannot be made"
flow_registry
plain=$registry
start_referrers_registry
modern=$referrers_registry

secret='canary/7c+1d=0e'
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

# Every run from here on keeps what it said, at its most talkative, and which programs it started with what.
children=$work/children said=$work/said
mkdir "$children" "$said"
tracer=()
if strace -f -o /dev/null true 2>/dev/null; then
  tracer=(strace -f --seccomp-bpf -qq -v -s 100000 -e 'trace=execve,execveat' -e signal=none -o)
else
  echo 'NOT TESTED: without strace, what the programs that whittle starts are given'
fi
cat >"$work/recorded" <<SH
#!/usr/bin/env bash
run=\$\$-\$(date +%N) status=0 tracer=(${tracer[*]@Q})
[ -z "\${tracer[*]}" ] || tracer+=("$children/\$run")
"\${tracer[@]}" "$whittle" "\$@" -v >"$said/\$run.out" 2>"$said/\$run.err" || status=\$?
cat "$said/\$run.out"
cat "$said/\$run.err" >&2
exit \$status
SH
chmod +x "$work/recorded"
whittle=$work/recorded

t "an image, and keys whose secrets are looked for at the end"
hello "$work/hello"
cd "$work/hello"
git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first
image=$(build -o "oci:$work/image:1" --platform linux/amd64,linux/arm64)
child=$(jq -r '.manifests[0].digest' "$work/image/blobs/sha256/${image#sha256:}")
cd "$work"
openssl ecparam -name prime256v1 -genkey -noout >inside.key
cosign import-key-pair --key inside.key --output-key-prefix cosign || fail "$(cat cosign.err)"
openssl pkcs8 -topk8 -nocrypt -in inside.key -out inside8.key
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
  variable=
  if [ $key = env:RELEASE_KEY ]; then variable=$(cat plain.key); fi  # a command has all variables but the passwords
  RELEASE_KEY=$variable whittle_exits 0 sign "$modern/keys/api$n:1" --key "$key" --form both
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
RELEASE_KEY=$(cat "$work/plain.key") build -o "oci:$work/built:2" --sign env:RELEASE_KEY >"$work/again"
verifies "oci:$work/built:2" "$work/plain.pub"
valid_layout "$work/built"
valid_image "$plain/built/api:1" "$modern/built/api:1"
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

t "no secret was printed or left behind, and none reached a program that whittle started (hostile 237)"
# forms TEXT: as it is, and as it would stand in a URL, in hexadecimal, and within base64, wherever it begins there.
forms() {
  local at base64
  printf '%s\n' "$1"
  jq -rn --arg text "$1" '$text | @uri'
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/.*/&\n\U&/'
  for at in 0 1 2; do
    base64=$(printf '%.*s%s' $at xx "$1" | base64 -w0)
    base64=${base64:$((at * 4 / 3 + (at > 0))):-4}
    printf '%s\n' "$base64" "$(tr +/ -_ <<<"$base64")"
  done
}
secrets() {
  local key line
  forms "$secret"
  for key in plain.key sec1.key inside.key inside8.key; do
    # These two lines have the private number; behind it is the public key, which may be told.
    sed -n 2,3p "$key" | while read -r line; do forms "$line"; done
    forms "$(openssl pkey -in "$key" -outform DER | od -An -v -tx1 | tr -d ' \n' | grep -oE '0420[0-9a-f]{64}' | cut -c5-)"
  done
}
secrets | sort -u >forms
# spilt FOLDER: the files below it, but for those that a secret was put into, that have one.
spilt() { grep -rlaiF -f forms --exclude={forms,password} --exclude={plain,sec1,inside,inside8}.key "$1" || true; }
mkdir planted
printf 'x%s' "$secret" | base64 >planted/in-base64
printf '{"password":"%s"}' "$(jq -rn --arg text "$secret" '$text | @uri')" >planted/in-a-url
sed -n 3p plain.key >planted/of-a-key
openssl pkey -in inside.key -text -noout | tr -d ' \n:' >planted/in-hexadecimal
equal "$(spilt planted | wc -l)" 4 "the planted files that are found"
rm -r planted
for image in shop/api:1 built/api:1 keys/api3:1; do  # what the registry that has no storage keeps
  whittle_exits 0 copy --all "$modern/$image" "oci:$work/kept:${image%%/*}"
done
if [ ${#tracer[@]} -gt 0 ]; then
  sed -i 1d "$children"/*  # whittle itself, which was given the password
  for program in go git kms; do
    grep -qE "execve\(\"[^\"]*/?$program\"" "$children"/* || fail "no $program was seen: nothing is proved"
  done
fi
equal "$(spilt "$work")" '' 'files with a secret'
