#!/usr/bin/env bash
# slim --closure of images of real Debian packages: what it keeps starts and answers, alone in a folder of its own; and
# what the program does not need is gone. slim_services.sh has more, with a real runtime.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need unshare chroot dpkg-deb apt-get musl-gcc gcc curl

# ---- A system to begin with -----------------------------------------------------------------------------------

# Raise the number when what is in it changes.
system=$tools/closure-system-1.tar
debs=$tools/closure-debs
wanted=(base-files base-passwd bash busybox coreutils dash dpkg findutils gcc git grep gzip libc-bin login mawk netbase perl sed
  ca-certificates musl nginx-light python3-flask redis-server tzdata)

# Unpacks packages as dpkg does, with its lists; runs none of their scripts. All of them with their dependencies, fetched
# once through the apt sources of this machine.
make_system() {
  local root=$work/system deb name status=$work/no-status link
  mkdir -p "$debs/partial" "$root"/usr/{bin,sbin,lib,lib64} "$root"/var/lib/dpkg/info
  : >"$status"
  apt-get install -y --no-install-recommends --download-only -o Debug::NoLocking=1 -o Dir::State::status="$status" \
    -o Dir::Cache::archives="$debs" "${wanted[@]}" >"$work/apt.log" 2>&1 || skip "no Debian packages: $(tail -n 3 "$work/apt.log")"
  for link in bin sbin lib lib64; do ln -s usr/$link "$root/$link"; done
  for deb in "$debs"/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's,^\.,,; s,/$,,; s,^$,/.,' >"$root/var/lib/dpkg/info/$name.list"
    { dpkg-deb -f "$deb" Package Source Version Architecture Maintainer && printf 'Status: install ok installed\n\n'; } \
      >>"$root/var/lib/dpkg/status"
  done
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  ln -s /usr/bin/mawk "$root/etc/alternatives/awk" && ln -s /etc/alternatives/awk "$root/usr/bin/awk"
  find "$root/usr/share/ca-certificates" -name '*.crt' -exec cat {} + >"$root/etc/ssl/certs/ca-certificates.crt"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  printf 'passwd: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
  tar --owner=0 --group=0 --numeric-owner -C "$root" -cf "$work/system.tar" .
  mv "$work/system.tar" "$system"
}
(
  flock 9
  [ -s "$system" ] || make_system
) 9>"$tools/closure-system.lock"

# ---- Images and what is kept of them --------------------------------------------------------------------------

layout=$work/images
# put FILE: takes it into the layout, and prints its descriptor.
put() {
  local digest
  digest=$(sha256sum "$1" | cut -d' ' -f1)
  cp "$1" "$layout/blobs/sha256/$digest"
  jq -cn --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$1")" --arg type "application/vnd.oci.image.$2" \
    '{mediaType: $type, digest: $digest, size: $size}'
}
mkdir -p "$layout/blobs/sha256"
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
system_layer=$(put "$system" layer.v1.tar)

# new_image NAME CONFIG: an image of the system, as it is, and the files in $work/NAME.own.
new_image() {
  local name=$1 layers=$system_layer config manifest
  if [ -d "$work/$name.own" ]; then
    tar --owner=0 --group=0 -C "$work/$name.own" -cf "$work/$name.tar" .
    layers+=$(put "$work/$name.tar" layer.v1.tar)
  fi
  jq -s --argjson config "$2" '{architecture: "amd64", os: "linux", config: $config,
    rootfs: {type: "layers", diff_ids: map(.digest)}}' <<<"$layers" >"$work/config.json"
  config=$(put "$work/config.json" config.v1+json)
  jq -s --argjson config "$config" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: $config, layers: .}' <<<"$layers" >"$work/manifest.json"
  manifest=$(put "$work/manifest.json" manifest.v1+json)
  jq -n --argjson manifest "$manifest" --arg name "$name" '{schemaVersion: 2, manifests: [$manifest + {annotations:
    {"org.opencontainers.image.ref.name": $name}}]}' >"$layout/index.json"
}
# image NAME CONFIG [KIND]: what is left of the image goes to $work/NAME; the report is $report. Slimming it again changes
# nothing.
image() {
  local name=$1 closure=--closure${3:+=$3} digest
  new_image "$name" "$2"
  report=$work/$name.report left=$work/$name
  whittle_exits 0 slim "oci:$layout:$name" -o "oci:$work/slim:$name" "$closure" --keep-layers 0 --level fast --report "$report"
  digest=$(result_digest)
  cp "$err" "$work/warnings"
  whittle_exits 0 slim "oci:$work/slim:$name" -o "oci:$work/again:v" "$closure" --keep-layers 0 --level fast
  equal "$(result_digest)" "$digest" "slimming what is slim"
  cp "$work/warnings" "$err"
  mkdir "$left"
  tar -C "$left" --no-same-owner -xzf "$work/slim/blobs/sha256/$(jq -r '.platforms[0].layers[0].layer.digest[7:]' "$report")"
}
own() { mkdir -p "$(dirname "$work/$1.own/$2")" && cat >"$work/$1.own/$2"; }
# inside NAME COMMAND…: with the kept files as the root, and nothing of this machine but its network and devices.
inside() {
  local root=$work/$1
  shift
  mkdir -p "$root/dev" "$root/proc"
  # shellcheck disable=SC2016
  exec unshare --user --map-root-user --mount -- bash -c 'root=$1; shift
    mount --rbind /dev "$root/dev"
    cd "$root" && exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot . "$@"' bash "$root" "$@"
}
begin() { inside "$@" >"$work/$1.log" 2>&1 & started+=($!); }
# asks NAME URL TEXT: the service answers with the text in it.
asks() {
  wait_for 10 curl -fsS -o "$out" "$2" 2>"$err" || fail "$1 does not answer: $(tail -n 5 "$work/$1.log" "$err")"
  out_has "$3"
}
is_left() { [ -e "$left/$1" ] || [ -L "$left/$1" ]; }
keeps() { local path; for path in "$@"; do is_left "$path" || fail "$path is not kept"; done; }
drops() { local path; for path in "$@"; do ! is_left "$path" || fail "$path is kept"; done; }
# The sum of the sizes of kept files in $work/NAME that do not match the pattern.
rest() { (cd "$work/$1" && find . -type f -printf '%s %P\n' | grep -vE "^[0-9]+ ($2)" | awk '{sum += $1} END {print sum + 0}'); }
others=(usr/bin/perl usr/bin/git usr/bin/dpkg usr/bin/bash)

# ---- Programs -------------------------------------------------------------------------------------------------

mkdir "$work/service" && cd "$work/service"
printf 'module example.com/service\n\ngo 1.26.0\n' >go.mod
cat >main.go <<'GO'
// Command service answers with what its image gives it.
package main

import (
	"crypto/x509"
	"fmt"
	"mime"
	"net"
	"net/http"
	"os"
	"os/user"
	"time"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		zone, err := time.LoadLocation("Asia/Kolkata")
		fmt.Fprintln(w, "zone", zone, err)
		me, err := user.Current()
		fmt.Fprintln(w, "user", me.Username, err)
		addresses, err := net.LookupHost("localhost")
		fmt.Fprintln(w, "host", addresses, err)
		pool, err := x509.SystemCertPool()
		fmt.Fprintln(w, "certificates", pool != nil && !pool.Equal(x509.NewCertPool()), err)
		fmt.Fprintln(w, "type", mime.TypeByExtension(".epub"))
	})
	fmt.Println(http.ListenAndServe(os.Args[1], nil))
}
GO
answer_of_go() {
  asks "$1" "http://127.0.0.1:$2/" 'zone Asia/Kolkata <nil>'
  out_has 'user root <nil>' 'host [127.0.0.1' 'certificates true <nil>' 'type application/epub+zip'
}

t "a static Go service: its program, its data, and next to nothing else"
mkdir -p "$work/go-static.own/usr/local/bin"
CGO_ENABLED=0 go build -o "$work/go-static.own/usr/local/bin/service" .
port=$(free_port)
image go-static '{"Entrypoint": ["service"], "Cmd": ["127.0.0.1:'"$port"'"]}'
begin go-static service "127.0.0.1:$port"
answer_of_go go-static "$port"
drops "${others[@]}" usr/bin/dash usr/lib/x86_64-linux-gnu/libc.so.6
all=$(rest go-static nothing)
needless=$(rest go-static 'usr/local/bin/service|etc/ssl/certs/ca-certificates.crt|usr/share/zoneinfo/|etc/(mime.types|passwd|group|nsswitch.conf|hosts|protocols|services)')
[ $((needless * 20)) -lt "$all" ] || fail "$needless of $all bytes are not needed"

t "the same with C and glibc: its loader, libraries and modules for names"
mkdir -p "$work/go-glibc.own/usr/local/bin"
CGO_ENABLED=1 go build -o "$work/go-glibc.own/usr/local/bin/service" .
port=$(free_port)
image go-glibc '{"Entrypoint": ["/usr/local/bin/service"], "Env": ["GODEBUG=netdns=cgo"]}'
begin go-glibc service "127.0.0.1:$port"
answer_of_go go-glibc "$port"
keeps usr/lib/x86_64-linux-gnu/libc.so.6 lib64 usr/lib64/ld-linux-x86-64.so.2
drops "${others[@]}" usr/lib/x86_64-linux-gnu/libssl.so.3

t "a service with C and musl"
cat >look.go <<'GO'
package main

// #include <netdb.h>
// static int look(void) { struct addrinfo *found; return getaddrinfo("localhost", "80", 0, &found); }
import "C"

import "fmt"

func init() { fmt.Println("look", C.look()) }
GO
mkdir -p "$work/musl.own/opt"
CC=musl-gcc CGO_ENABLED=1 go build -ldflags=-linkmode=external -o "$work/musl.own/opt/service" .
port=$(free_port)
image musl '{"Entrypoint": ["/opt/service"], "User": "root"}'
begin musl /opt/service "127.0.0.1:$port"
answer_of_go musl "$port"
grep -qx 'look 0' "$work/musl.log" || fail "getaddrinfo of musl: $(cat "$work/musl.log")"
keeps usr/lib/x86_64-linux-musl/libc.so
drops "${others[@]}" usr/lib/x86_64-linux-gnu/libc.so.6

t "nginx: configuration with includes, modules, pages"
port=$(free_port)
own nginx etc/nginx/nginx.conf <<'CONF'
user root root;
include /etc/nginx/modules-enabled/*.conf;
events {}
http { include mime.types; access_log /var/log/nginx/access.log; include conf.d/*.conf; }
CONF
own nginx etc/nginx/conf.d/shop.conf <<CONF
server { listen 127.0.0.1:$port; root /srv/shop; index index.html; }
CONF
echo 'the shop is open' | own nginx srv/shop/index.html
image nginx '{"Cmd": ["nginx", "-g", "daemon off;"]}'
begin nginx nginx -g 'daemon off;'
asks nginx "http://127.0.0.1:$port/" 'the shop is open'
keeps etc/nginx/mime.types var/log/nginx usr/share/nginx/html/index.html
drops "${others[@]}" usr/bin/redis-server

t "Python with a small web application"
port=$(free_port)
own python app/main.py <<'PY'
import sys
import flask
import helper
app = flask.Flask("shop")
@app.route("/")
def root():
    return helper.text()
app.run(host="127.0.0.1", port=int(sys.argv[1]))
PY
printf 'import sqlite3, ssl, zlib\ndef text():\n    return "sqlite " + sqlite3.sqlite_version + " " + ssl.OPENSSL_VERSION\n' | own python app/helper.py
image python '{"Entrypoint": ["python3"], "Cmd": ["main.py"], "WorkingDir": "/app"}' strict
begin python python3 /app/main.py "$port"
asks python "http://127.0.0.1:$port/" 'sqlite 3'
out_has OpenSSL
keeps app/helper.py
drops "${others[@]}" usr/bin/redis-server

t "Redis"
port=$(free_port)
mkdir -p "$work/redis.own"/var/{lib,log}/redis  # as the scripts of the package do
image redis '{"Entrypoint": ["redis-server"], "Cmd": ["/etc/redis/redis.conf"]}'
begin redis redis-server /etc/redis/redis.conf --daemonize no --port "$port" --supervised no --dir /tmp
wait_for 10 answers "$port" || fail "redis: $(tail -n 5 "$work/redis.log")"
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'SET shop open\r\nGET shop\r\nQUIT\r\n' >&3
matches "$(tr -d '\r' <&3 | tr '\n' ' ')" '\+OK \$4 open \+OK'
exec 3>&-
drops "${others[@]}" usr/sbin/nginx

t "a pipeline of the shell, in a script that the image starts"
own shell usr/local/bin/report.sh <<'SH'
#!/bin/sh
set -e
for user in $(cut -d: -f1 /etc/passwd | sort -r | head -n 3); do
  printf '%s\n' "$user"
done | awk '{print NR, $1}' | { sed 's/^/user /'; exec "$@"; }
SH
chmod 755 "$work/shell.own/usr/local/bin/report.sh"
image shell '{"Entrypoint": ["report.sh"], "Cmd": ["id", "-u"]}' strict
(inside shell report.sh id -u) >"$out" 2>"$err" || fail "the script: $(cat "$err")"
out_has 'user 1 ' 'user 3 ' '0'
drops "${others[@]}" usr/bin/find

t "applets of busybox"
mkdir -p "$work/busybox.own/opt/bin"
for applet in sh cat wc; do ln -s ../../bin/busybox "$work/busybox.own/opt/bin/$applet"; done
image busybox '{"Cmd": ["sh", "-c", "cat /etc/group | wc -l"], "Env": ["PATH=/opt/bin"]}' strict
(inside busybox /opt/bin/sh -c '/opt/bin/cat /etc/group | /opt/bin/wc -l') >"$out" 2>"$err" || fail "busybox: $(cat "$err")"
keeps opt/bin/cat opt/bin/wc
drops "${others[@]}" usr/bin/wc

t "what is missing is said, and an image that starts nothing is refused"
printf '#!/usr/bin/ruby\n' | own missing entry
chmod 755 "$work/missing.own/entry"
image missing '{"Entrypoint": ["/entry"]}'
err_has 'the script /entry wants "/usr/bin/ruby", which is not in the image'
new_image none '{}'
whittle_exits 5 slim "oci:$layout:none" -o "oci:$work/slim:none" --closure
err_has 'neither an entrypoint nor a command'
