#!/usr/bin/env bash
# whittle's own image, made by whittle: it works where there is nothing else, and finds the login that a CI service gives.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/root_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/root_lib.sh"
image_for_roots
[ -f "${whittle%/*}/libwhittle-remote.so" ] || skip "${whittle%/*} has no libwhittle-remote.so"

t "whittle makes it"
cp -R "$whittle_root/packaging" "$work/packaging"
sed -i 's/level: smallest/level: fast/' "$work/packaging/image/whittle.yaml"  # a minute of compressing shows nothing here
"$work/packaging/own-image" "$whittle" "oci:$work/own:v" >"$out" 2>"$err" || fail "$(tail -n 20 "$err")"
valid_layout "$work/own"
whittle_exits 0 unpack "oci:$work/own:v" "$work/root"
mkdir -p "$work/root/dev"
mknod -m 666 "$work/root/dev/null" c 1 3
mknod -m 666 "$work/root/dev/urandom" c 1 9
cp -L /etc/resolv.conf /etc/hosts "$work/root/etc/" 2>/dev/null || true

t "all of it is there: what is linked, what is loaded while it runs, manual pages"
works_in "$work/root" /usr/bin/whittle
[ -s "$work/root/usr/share/man/man1/whittle-build.1.gz" ] || fail "no manual page"
in_root "$work/root" /busybox/sh -c 'git --version && test -s /etc/ssl/certs/ca-certificates.crt'

t "its entry is whittle, a shell or a program by its path"
in_root "$work/root" /usr/bin/entry --version
equal "$(cat "$out")" "$("$whittle" --version)"
in_root "$work/root" PATH=/usr/bin:/bin:/busybox /usr/bin/entry sh -c 'echo "here $1"' sh there
equal "$(cat "$out")" 'here there'
in_root "$work/root" /usr/bin/entry /usr/bin/git --version
out_has 'git version'

t "the login that a service gives is used, and is in no environment afterwards"
REGISTRY_EXTRA="auth: {htpasswd: {realm: private, path: $flow_dir/htpasswd}}" start_registry "$work/private"
started+=("$registry_pid")
in_root "$work/root" REGISTRY="$registry" REGISTRY_USER=user REGISTRY_PASSWORD=secret \
  /usr/bin/entry copy oci:/images:1 "$registry/hello:1"
equal "$(result_digest)" "$digest"
in_root "$work/root" REGISTRY="$registry" REGISTRY_USER=user REGISTRY_PASSWORD=secret PATH=/busybox \
  /usr/bin/entry sh -c 'env; stat -c %a "$REGISTRY_AUTH_FILE"'
out_has 'REGISTRY_AUTH_FILE=' 600
! grep -q secret "$out" || fail "the password is in the environment: $(cat "$out")"
