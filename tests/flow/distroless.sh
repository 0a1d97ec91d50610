#!/usr/bin/env bash
# Bases of Debian packages: one lock gives one digest, here and elsewhere, with and without a network; and what is built
# on them runs.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo umoci openssl dpkg-query

mkdir -p "$work/probe" && cd "$work/probe"
printf 'module example.com/probe\n\ngo 1.26.0\n' >go.mod
cat >main.go <<'GO'
// Command probe says what its image gives it.
package main

import (
	"fmt"
	"mime"
	"net"
	"net/http"
	"os"
	"os/user"
	"time"
)

func main() {
	zone, err := time.LoadLocation("Asia/Kolkata")
	fmt.Println("zone", zone, err)
	me, err := user.Current()
	fmt.Println("user", me.Username, me.Uid, me.HomeDir, err)
	fmt.Println("tmp", os.WriteFile("/tmp/probe", []byte("x"), 0o600))
	port, err := net.LookupPort("tcp", "ldaps")
	fmt.Println("port", port, err)
	fmt.Println("type", mime.TypeByExtension(".epub"))
	answer, err := http.Get(os.Args[1])
	fmt.Println("tls", answer != nil && answer.StatusCode == 200, err)
}
GO
mkdir certs
cat >whittle.yaml <<YAML
version: 1
go: {version: $(pinned_go)}
images:
  probe:
    main: .
    files: [{from: certs/, to: /etc/ssl/certs/}]
    platforms: [linux/amd64, linux/arm64]
YAML
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out certs/probe.pem 2>"$err" || fail "openssl: $(cat "$err")"
ensure_shared

t "one lock gives one digest: another user's cache, folder, umask and clock settings"
digest=$(build -o "oci:$work/layout:probe")
valid_layout "$work/layout"
cp -R "$work/probe" "$work/elsewhere"
(
  cd "$work/elsewhere"
  umask 077
  export XDG_CACHE_HOME=$work/second HOME=$work/second-home TZ=Asia/Tokyo LC_ALL=C
  mkdir "$HOME"
  share_cache "$XDG_CACHE_HOME"
  rm "$XDG_CACHE_HOME/whittle/packages"
  equal "$(build --locked --jobs 1 -o "oci:$work/layout2:probe")" "$digest"
)

t "without a network, and --offline, the same digest"
if unshare -rn true 2>/dev/null || unshare -n true 2>/dev/null; then
  isolated=(unshare -n)
  "${isolated[@]}" true 2>/dev/null || isolated=(unshare -rn)
  "${isolated[@]}" "$whittle" build --offline --locked -o "oci:$work/layout3:probe" >"$out" 2>"$err" || fail "$(cat "$err")"
  equal "$(result_digest)" "$digest"
else
  echo "SKIPPED this section: no network namespaces here"
fi

t "the base is one layer that images share, and packages are one on it"
cat >"$work/two.yaml" <<YAML
version: 1
go: {version: $(pinned_go)}
images:
  one: {main: ., env: {A: b}}
  two: {main: ., packages: {names: [mailcap], dependencies: none}}
YAML
cp "$work/two.yaml" two.yaml
whittle_exits 0 build -f two.yaml -o "oci:$work/two"
layers() { skopeo inspect --raw "oci:$work/two:$1" | jq -r '.layers[].digest'; }
equal "$(layers one | head -n1)" "$(layers two | head -n1)"
equal "$(layers one | wc -l) $(layers two | wc -l)" "2 3"
[ -e two.lock ] || fail "the lock of two.yaml is not two.lock"

t "dpkg reads which packages there are"
host=$(go env GOARCH)
skopeo copy -q --override-arch "$host" "oci:$work/layout:probe" "oci:$work/here:probe"
umoci raw unpack --rootless --image "$work/here:probe" "$work/root" 2>"$err" || fail "umoci: $(cat "$err")"
mkdir -p "$work/dpkg/info" "$work/dpkg/updates"
for file in "$work"/root/var/lib/dpkg/status.d/*; do
  case $file in *.md5sums) ;; *) cat "$file" && echo ;; esac
done >"$work/dpkg/status"
dpkg-query --admindir="$work/dpkg" -W -f '${Package} ${Version} ${db:Status-Status}\n' | sort >"$work/listed"
jq -r '.packages[] | "\(.name) \(.version)"' whittle.lock | sort -u | sed 's/$/ installed/' >"$work/locked"
diff "$work/locked" "$work/listed" || fail "dpkg lists other packages than the lock"
(cd "$work/root" && md5sum --quiet -c var/lib/dpkg/status.d/netbase.md5sums) || fail "files of netbase"

t "every file of it is what dpkg would have unpacked"
for name in tzdata netbase media-types; do
  deb=$XDG_CACHE_HOME/whittle/packages/debs/$(jq -r --arg name $name '.packages[] | select(.name == $name) | .digest' whittle.lock | cut -d: -f2)
  dpkg-deb -x "$deb" "$work/deb-$name"
  (cd "$work/deb-$name" && find . -type f ! -path './usr/share/doc/*' ! -path './usr/share/man/*' ! -path './usr/share/locale/*' ! -path './usr/share/lintian/*' ! -path './usr/share/bug/*' -print) |
    while read -r file; do
      [ -e "$work/root/$file" ] || { echo "$file" >>"$work/left-out"; continue; }
      cmp "$work/deb-$name/$file" "$work/root/$file" || fail "$file differs"
    done
done
# Of these three only the other forms of time zones, and leap seconds, are left out besides.
! grep -vE '^\./usr/share/zoneinfo/(posix|right)/|leap' "$work/left-out" || fail "files are missing"
[ -s "$work/root/usr/share/zoneinfo/Europe/Berlin" ] || fail "no time zone"
[ -s "$work/root/usr/share/doc/tzdata/copyright" ] || fail "no copyright"
equal "$(stat -c %a "$work/root/tmp")" 1777

t "what is built on it runs: certificates, time zones, user, /tmp, services, types"
need runc
port=$(free_port)
(cd "$work" && exec openssl s_server -accept "$port" -cert "$work/probe/certs/probe.pem" -key "$work/key.pem" -www) >"$work/tls.log" 2>&1 &
started+=($!)
wait_for 10 answers "$port" || fail "openssl s_server does not start"
rootless=()
[ "$(id -u)" = 0 ] || rootless=(--rootless)
umoci unpack "${rootless[@]}" --image "$work/here:probe" "$work/bundle" 2>"$err" || fail "umoci: $(cat "$err")"
jq --arg url https://127.0.0.1:$port/ '.process.terminal = false | .process.args += [$url]
  | .linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))
  | .mounts |= map(select(.type != "cgroup")) | del(.linux.resources)' "$work/bundle/config.json" >"$work/config.json"
mv "$work/config.json" "$work/bundle/config.json"
prepare_container
(run_container "$work/bundle" "whittle-$$" "$work/runc") </dev/null >"$out" 2>"$err" || { clean_container; fail "runc: $(cat "$err")"; }
clean_container
out_has 'zone Asia/Kolkata <nil>' 'tmp <nil>' 'port 636 <nil>' 'type application/epub+zip' 'tls true <nil>'
[ "$(id -u)" != 0 ] || out_has 'user nonroot 65532 /home/nonroot <nil>'

t "a debug base has a shell"
sed 's/^    main: .*/    main: .\n    base: debug/; s/linux\/amd64, linux\/arm64/linux\/'"$host"'/' whittle.yaml >debug.yaml
whittle_exits 0 build -f debug.yaml -o "oci:$work/debug:1"
umoci raw unpack --rootless --image "$work/debug:1" "$work/debugroot" 2>"$err" || fail "umoci: $(cat "$err")"
equal "$("$work/debugroot/busybox/sh" -c 'echo $((6 * 7))')" 42
