#!/usr/bin/env bash
# The bases and packages of Debian trixie, from the mirror that apt uses here. It needs the network: only where
# WHITTLE_NETWORK_TESTS is set.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -n "${WHITTLE_NETWORK_TESTS:-}" ] || skip "WHITTLE_NETWORK_TESTS is not set"
need apt-get skopeo
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || skip "there is no $keyring"
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'ORIGIN: Debian' 'COMPONENT: main' | grep -v security | head -n1)
[ -n "$mirror" ] || skip "apt has no sources of Debian here"
hello "$work/hello"
cd "$work/hello"
rm "$XDG_CACHE_HOME/whittle/packages"  # not the one that all flows share
export WHITTLE_DEBIAN="deb [signed-by=$keyring] $mirror trixie main"
files_of() {  # PLACE: of all layers, one path a line
  local layer
  rm -rf "$work/read"
  skopeo copy -q "$1" "dir:$work/read"
  for layer in $(jq -r '.layers[].digest | ltrimstr("sha256:")' "$work/read/manifest.json"); do tar -tzf "$work/read/$layer"; done
}

t "static, with packages on it"
sed -i 's/base: scratch/base: static\n    packages: [ca-certificates, tzdata]/' whittle.yaml
whittle_exits 0 build -o "oci:$work/layout:static"
! grep -q '^warning: ' "$err" || fail "a warning: $(cat "$err")"
files_of "oci:$work/layout:static" >"$work/files"
for path in bin etc/ssl/certs/ca-certificates.crt etc/passwd usr/share/zoneinfo/Europe/Berlin var/lib/dpkg/status.d/tzdata; do
  grep -qx "$path" "$work/files" || fail "the image lacks $path"
done

t "debug, and libraries with libc"
sed -i 's/base: static/base: debug/; s/packages: .*/packages: [libstdc++6]/' whittle.yaml
whittle_exits 0 build -o "oci:$work/layout:debug"
files_of "oci:$work/layout:debug" >"$work/files"
valid_layout "$work/layout"
for path in busybox/sh var/lib/dpkg/status.d/libc6; do grep -qx "$path" "$work/files" || fail "the image lacks $path"; done
