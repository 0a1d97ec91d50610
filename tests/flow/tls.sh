#!/usr/bin/env bash
# Registries behind TLS: authorities, client certificates, logins, helpers and mirrors, checked with skopeo, too.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry openssl
hello "$work/hello"
spec=$work/hello/whittle.yaml

authority servers
authority clients
certificate servers localhost -addext subjectAltName=DNS:localhost
certificate clients me

# tls_registry DIR [EXTRA of tls]: docker-registry behind TLS with the login of tests/flow/htpasswd.
tls_registry() {
  local dir=$1 port
  port=$(free_port)
  mkdir -p "$dir/storage"
  cat >"$dir/config.yml" <<YAML
version: 0.1
log: {level: info, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: $dir/storage}
http:
  addr: "127.0.0.1:$port"
  tls: {certificate: $work/localhost.crt, key: $work/localhost.key${2:-}}
auth: {htpasswd: {realm: test, path: $flow_dir/htpasswd}}
YAML
  docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 &
  started+=($!)
  wait_for 10 answers "$port" || fail "docker-registry does not start: $(tail -n 5 "$dir/log")"
  registry=localhost:$port
}
certs=$HOME/.config/containers/certs.d
# login FILE HOST…: one and the same login for each.
login() {
  local file=$1 host entries=''
  shift
  for host in "$@"; do entries+="${entries:+, }\"$host\": {\"auth\": \"$(printf user:secret | base64)\"}"; done
  mkdir -p "${file%/*}"
  (umask 077 && printf '{"auths": {%s}}' "$entries" >"$file")
}
docker=$HOME/.docker/config.json
# What each run has said, for the last section.
kept() { cat "$out" "$err" >>"$work/said"; }

t "an authority that nobody believes is named, and nothing is sent"
tls_registry "$work/plain-tls"
mkdir -p "$certs/$registry"
login "$docker" "$registry"
certificate clients stranger
cp "$work/clients.crt" "$certs/$registry/other.crt"
whittle_exits 6 build -f "$spec" -o "$registry/shop/hello:1"
kept
err_has "checking the TLS certificate of $registry" "--ca"

t "with its authority in certs.d, an image is pushed and skopeo sees it"
cp "$work/servers.crt" "$certs/$registry/other.crt"
digest=$(build -f "$spec" -o "$registry/shop/hello:1")
equal "$(skopeo inspect --authfile "$docker" --cert-dir "$certs/$registry" "docker://$registry/shop/hello:1" | jq -r .Digest)" "$digest"

t "and with --ca instead"
rm -r "${certs:?}/$registry"
whittle_exits 0 copy "$registry/shop/hello:1" "oci:$work/copy:1" --ca "$work/servers.crt"
kept
equal "$(result_digest)" "$digest"
whittle_exits 0 copy "$registry/shop/hello:1" "oci:$work/copy2:1" --ca "$registry=$work/servers.crt" -v
kept
err_has "credentials for $registry come from $docker"

t "podman's file, and a helper before it"
rm "$docker"
whittle_exits 7 copy "$registry/shop/hello:1" "oci:$work/no:1" --ca "$work/servers.crt"
kept
login "$HOME/.config/containers/auth.json" "$registry"
whittle_exits 0 copy "$registry/shop/hello:1" "oci:$work/podman:1" --ca "$work/servers.crt"
kept
rm "$HOME/.config/containers/auth.json"
mkdir "$work/bin"
cat >"$work/bin/docker-credential-test" <<'SH'
#!/bin/sh
read -r server
env >"$HOME/helper-environment"
printf '{"ServerURL": "%s", "Username": "user", "Secret": "secret"}' "$server"
SH
chmod +x "$work/bin/docker-credential-test"
echo '{"credsStore": "test"}' >"$docker"
CANARY=canary with_path=$work/bin:$PATH whittle_exits 0 copy "$registry/shop/hello:1" "oci:$work/helper:1" --ca "$work/servers.crt" -v
kept
! grep -q canary "$HOME/helper-environment" || fail "a helper got more of the environment than it needs"
err_has "docker-credential-test"
printf '#!/bin/sh\necho "the vault is sealed" >&2\nexit 1\n' >"$work/bin/docker-credential-test"
with_path=$work/bin:$PATH whittle_exits 7 copy "$registry/shop/hello:1" "oci:$work/no:1" --ca "$work/servers.crt"
kept
err_has "the vault is sealed"

t "a registry that demands a client certificate says so, and gets it"
upstream=$registry
tls_registry "$work/mtls" ", clientcas: [$work/clients.crt]"
login "$docker" "$registry"
mkdir -p "$certs/$registry"
cp "$work/servers.crt" "$certs/$registry/ca.crt"
whittle_exits '6|7' build -f "$spec" -o "$registry/shop/hello:1"
kept
err_has "client certificate" "--cert and --key"
cp "$work/me.crt" "$certs/$registry/me.cert"
whittle_exits 7 build -f "$spec" -o "$registry/shop/hello:1"
kept
err_has "me.cert is there without its key"
cp "$work/stranger.key" "$certs/$registry/me.key"
whittle_exits 7 build -f "$spec" -o "$registry/shop/hello:1"
kept
err_has "me.key is not the key of"
cp "$work/me.key" "$certs/$registry/me.key"
equal "$(build -f "$spec" -o "$registry/shop/hello:1")" "$digest"
equal "$(skopeo inspect --authfile "$docker" --cert-dir "$certs/$registry" "docker://$registry/shop/hello:1" | jq -r .Digest)" "$digest"

t "a mirror gives what it has; without it the registry does; neither gets the other's login"
mirror=$registry
login "$docker" "$upstream" "$mirror"
mkdir -p "$certs/$upstream"
cp "$work/servers.crt" "$certs/$upstream/ca.crt"
printf '[[registry]]\nlocation = "%s"\n[[registry.mirror]]\nlocation = "localhost:1"\n[[registry.mirror]]\nlocation = "%s"\n' \
  "$upstream" "$mirror" >"$HOME/.config/containers/registries.conf"
blobs() { grep -c 'GET /v2/shop/hello/blobs' "$work/$1/log" || true; }
before=$(blobs plain-tls)
whittle_exits 0 copy "$upstream/shop/hello:1" "oci:$work/mirrored:1"
kept
equal "$(result_digest)" "$digest"
equal "$(blobs plain-tls)" "$before" "blobs that came from the registry in spite of its mirror"
err_has "the mirror localhost:1/shop/hello is passed over"
login "$docker" "$upstream"
whittle_exits 0 copy "$upstream/shop/hello:1" "oci:$work/unmirrored:1"
kept
equal "$(result_digest)" "$digest"
valid_layout "$work/unmirrored"
printf '[[registry]]\nlocation = "%s"\nblocked = true\n' "$upstream" >"$HOME/.config/containers/registries.conf"
whittle_exits 10 copy "$upstream/shop/hello:1" "oci:$work/blocked:1"
kept

t "no secret is anywhere"
! grep -rqE 'dXNlcjpzZWNyZXQ|user:secret' "$work/cache" "$work/said" || fail "a secret was written"
