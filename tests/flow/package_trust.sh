#!/usr/bin/env bash
# Whose word counts for packages: an archive on a plain web server, signed with gpg and read by apt as well. What is
# not signed as it should be, or is not what was signed, ends with its exit code and leaves lock and cache as they were.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gpg dpkg-deb apt-get nginx
hello "$work/hello"
cd "$work/hello"
lock=whittle.lock
architecture=$(dpkg --print-architecture)
archive=$work/archive
suite=$archive/dists/stable
index=main/binary-$architecture

# ---- Keys -----------------------------------------------------------------------------------------------------

export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit() { gpgconf --kill all 2>/dev/null; }
# new_key NAME VALIDITY [gpg option…]: an Ed25519 key that signs.
new_key() {
  local name=$1 validity=$2
  shift 2
  gpg --batch --quiet --passphrase '' "$@" --quick-gen-key "$name@example.com" ed25519 sign "$validity" 2>"$work/gpg.log" ||
    fail "gpg: $(cat "$work/gpg.log")"
}
export_keys() { gpg --armor --export "$@" >"$work/hello/keys.asc"; }
new_key archive never --faked-system-time 20200101T000000
new_key stranger never
new_key short 1y --faked-system-time 20200101T000000
new_key lost never
lost=$(gpg --list-keys --with-colons lost@example.com 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')

# ---- The archive ----------------------------------------------------------------------------------------------

mkdir -p "$suite/$index" "$archive/pool" "$work/demo/DEBIAN" "$work/demo/usr/share/demo"
printf 'Package: demo\nVersion: 1.0-1\nArchitecture: all\nMaintainer: Flow <flow@example.com>\nDescription: a file\n' >"$work/demo/DEBIAN/control"
echo hello >"$work/demo/usr/share/demo/hello"
dpkg-deb --root-owner-group -b "$work/demo" "$archive/pool/demo.deb" >/dev/null
cp "$archive/pool/demo.deb" "$work/demo.deb"
date_of() { date -u -d "$1" '+%a, %d %b %Y %H:%M:%S UTC'; }
entry() { printf ' %s %s %s\n' "$(sha256sum <"$suite/$1" | cut -d' ' -f1)" "$(stat -c %s "$suite/$1")" "$1"; }
# release DATE VALID-UNTIL: Packages and Release, of what is in the pool.
release() {
  {
    dpkg-deb -f "$work/demo.deb"
    printf 'Filename: pool/demo.deb\nSize: %s\nSHA256: %s\n' "$(stat -c %s "$work/demo.deb")" "$(sha256sum <"$work/demo.deb" | cut -d' ' -f1)"
  } >"$suite/$index/Packages"
  gzip -nkf "$suite/$index/Packages"
  printf 'Origin: Flow\nSuite: stable\nCodename: flow\nDate: %s\nValid-Until: %s\nArchitectures: %s\nComponents: main\nSHA256:\n%s\n%s\n' \
    "$(date_of "$1")" "$(date_of "$2")" "$architecture" "$(entry "$index/Packages")" "$(entry "$index/Packages.gz")" >"$suite/Release"
}
# sign KEY [gpg option…]
sign() {
  local key=$1
  shift
  gpg --batch --yes --quiet --passphrase '' "$@" -u "$key@example.com" --clearsign -o "$suite/InRelease" "$suite/Release" 2>"$work/gpg.log" ||
    fail "gpg: $(cat "$work/gpg.log")"
}
publish() {  # [DATE [VALID-UNTIL]]
  cp "$work/demo.deb" "$archive/pool/demo.deb"
  release "${1:-now - 1 hour}" "${2:-now + 7 days}"
  sign archive
}

port=$(free_port)
mkdir "$work/nginx"
cat >"$work/nginx/conf" <<CONF
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/errors;
events {}
http {
  access_log off;
  client_body_temp_path $work/nginx/1; proxy_temp_path $work/nginx/2; fastcgi_temp_path $work/nginx/3;
  uwsgi_temp_path $work/nginx/4; scgi_temp_path $work/nginx/5;
  server { listen 127.0.0.1:$port; root $archive; }
}
CONF
chmod 755 "$work"
nginx -e "$work/nginx/errors" -c "$work/nginx/conf" &
started+=($!)
wait_for 10 answers "$port" || fail "nginx does not start: $(cat "$work/nginx/errors")"

# ---- Who reads it ---------------------------------------------------------------------------------------------

sed -i 's/base: scratch/base: scratch\n    packages: [demo]/' whittle.yaml
cat >>whittle.yaml <<YAML
debian:
  archives:
    - {uris: [http://127.0.0.1:$port], suite: stable, signed-by: keys.asc}
YAML
cp $lock "$work/before.lock"
# A cache in which nothing is but Go.
new_cache() {
  rm -rf "$work/trust"
  mkdir -p "$work/trust/whittle"
  ln -s "$(realpath "$shared/whittle/toolchains")" "$work/trust/whittle/toolchains"
  export XDG_CACHE_HOME=$work/trust
}
cached() { find "$work/trust/whittle/packages" -type f ! -name '*.lock' 2>/dev/null || true; }

apt_update() {  # in a root of its own, with the same keys
  rm -rf "$work/apt"
  mkdir -p "$work"/apt/etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} "$work"/apt/var/lib/{dpkg,apt/lists/partial} \
    "$work/apt/var/cache/apt/archives/partial"
  : >"$work/apt/var/lib/dpkg/status"
  printf 'deb [signed-by=%s] http://127.0.0.1:%s stable main\n' "$PWD/keys.asc" "$port" >"$work/apt/etc/apt/sources.list"
  apt_get update >"$work/apt.log" 2>&1
}
apt_get() {
  apt-get -o Dir="$work/apt" -o Dir::State::status="$work/apt/var/lib/dpkg/status" -o APT::Sandbox::User="$(id -un)" \
    -o APT::Architecture="$architecture" -o APT::Update::Error-Mode=any -o Acquire::Check-Valid-Until=true \
    -o Acquire::Check-Date=true -o Acquire::Languages=none "$@"
}
# refused TEXT…: by whittle, with exit code 8 and without a trace, and by apt.
refused() {
  new_cache
  whittle_exits 8 lock
  err_has 'error: ' "$@"
  out_is_empty
  cmp $lock "$work/before.lock" || fail "the lock was written"
  equal "$(cached)" '' "something is kept in the cache"
  ! apt_update || fail "apt takes it: $(cat "$work/apt.log")"
}

t "apt takes the archive, and whittle does"
export_keys archive@example.com
publish
apt_update || fail "apt: $(cat "$work/apt.log")"
(cd "$work" && apt_get download demo >"$work/apt.log" 2>&1) || fail "apt: $(cat "$work/apt.log")"
cmp "$work/demo_1.0-1_all.deb" "$work/demo.deb"
new_cache
whittle_exits 0 lock
out_has '+ demo' 1.0-1
whittle_exits 0 build -o "oci:$work/layout:1"
valid_layout "$work/layout"
cp $lock "$work/good.lock"
cp "$work/before.lock" $lock

t "not signed, or not what was signed (hostile 257)"
cp "$suite/Release" "$suite/InRelease"
refused 'does not begin with a clear-signed text'
publish
sed -i 's/^Origin: Flow/Origin: Flaw/' "$suite/InRelease"
refused 'no good signature'
publish
sed -i '1i Suite: stable' "$suite/InRelease"
refused 'the release of the suite stable'
publish
echo 'Components: main' >>"$suite/InRelease"
refused 'the release of the suite stable'

t "signed by nobody who may (hostile 257)"
publish
sign stranger
refused 'no good signature' 'not among'
publish
sign short --faked-system-time 20200601T000000
export_keys archive@example.com short@example.com
refused 'no good signature' expired
export_keys archive@example.com
publish
sign archive --faked-system-time "$(date -u -d '3 days ago' +%Y%m%dT%H%M%S)" --default-sig-expire 1d
refused 'no good signature' expired
publish
sign lost
sed 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$lost.rev" | gpg --batch --quiet --import 2>/dev/null
export_keys archive@example.com lost@example.com
refused 'no good signature' revoked
export_keys archive@example.com

t "signed over something weak (hostile 257)"
publish
sign archive --digest-algo SHA1 --weak-digest MD5
refused 'no good signature' weak
publish
sed -i 's/^SHA256:/MD5Sum:/' "$suite/Release"
sign archive
refused 'SHA-256'

t "out of date, or of the future"
publish 'now - 9 days' 'now - 2 days'
refused 'it was valid until'
publish 'now + 2 days' 'now + 9 days'
refused 'from the future'

t "an index that the release does not name by its bytes"
publish
sed -i 's/a file/a fill/' "$suite/$index/Packages"
gzip -nkf "$suite/$index/Packages"
refused 'does not fit its signed release'
publish
head -c 100 "$suite/$index/Packages" >"$work/cut" && cp "$work/cut" "$suite/$index/Packages"
head -c 50 "$suite/$index/Packages.gz" >"$work/cut" && cp "$work/cut" "$suite/$index/Packages.gz"
refused 'package index'

t "an older release than that of the lock: a replay (hostile 257)"
cp "$work/good.lock" "$work/before.lock"
cp "$work/good.lock" $lock
publish 'now - 2 days'
new_cache
whittle_exits 8 lock --update packages
err_has 'older than the one of' 'replays an old state'
cmp $lock "$work/good.lock" || fail "the lock was written"
equal "$(cached)" '' "something is kept in the cache"

t "a package that is not the locked one"
publish
for bytes in "$(stat -c %s "$work/demo.deb")" 100; do
  new_cache
  head -c "$bytes" /dev/zero >"$archive/pool/demo.deb"
  whittle_exits 8 build -o "oci:$work/none:1"
  err_has demo
  no_image "$work/none"
  equal "$(cached)" '' "something is kept in the cache"
done

t "and the good archive again"
publish
whittle_exits 0 lock --update packages
whittle_exits 0 build --locked -o "oci:$work/layout:1"
