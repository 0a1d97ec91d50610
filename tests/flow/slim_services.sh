#!/usr/bin/env bash
# What slim leaves of images of others runs, with and without --closure: each service is started by runc from the image
# as it was and from the slimmed ones, and gives the same answer to a real request.
# shellcheck source=tests/flow/slim_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/slim_lib.sh"
need runc curl gcc musl-gcc
need debootstrap
[ "$(id -u)" = 0 ] || skip "debootstrap needs root"
debian_root || skip "no Debian can be installed here"
images=$work/images

# The images that share Debian's layer: NAME is of it and the folder $work/NAME. To be unpacked once, and slimmed once by
# rules alone, there is one of all folders together, $images:all.
# service NAME CONFIG-FLAG…
service() {
  local name=$1
  shift
  umoci tag --image "$images:debian" "$name"
  if [ -d "$work/$name" ]; then
    layer "$name"
    umoci raw add-layer --image "$images:$name" "$work/$name.tar"
    umoci raw add-layer --image "$images:all" "$work/$name.tar"
  fi
  umoci config --image "$images:$name" "$@"
  services+=("$name")
}
words() { local word; for word in "${@:2}"; do printf -- '--config.%s=%s\n' "$1" "$word"; done; }

# answer_of NAME ROOT: what the service answers when it is started with the folder as its root.
answer_of() {
  local name=$1 bundle=$work/bundles/$1
  mkdir -p "$work/starts/$name"
  jq --arg root "$2" '.root.path = $root' "$bundle/config.json" >"$work/starts/$name/config.json"
  start_bundle "$work/starts/$name"
  "ask_$name" || fail "no answer of $name in $2: $(tail -n 5 "$container_log")"
  stop_container || true
  container_pid=''
}
on_port() { wait_for 20 answers "$port" && "$@"; }
# same_service NAME BEFORE AFTER: what --closure leaves of it is small, and it answers as before.
same_service() {
  local name=$1 before
  slim_twice "oci:$images:$name" "$work/slim:$name-closure" --closure --level fast
  bundle_of "$work/slim:$name-closure" "$work/bundles/$name"
  before=$(answer_of "$name" "$2")
  differ "$before" '' "no answer of $name"
  equal "$(answer_of "$name" "$3")" "$before" "the answer of $name, slimmed"
  equal "$(answer_of "$name" "$work/bundles/$name/rootfs")" "$before" "the answer of $name with what it needs alone"
}
left() { jq '.platforms[0] | .after.sizes.size / .before.sizes.size' "$report"; }
at_most() { jq -en "$1 <= $2" >/dev/null || fail "$1 is more than $2"; }
new_image "$images:debian" "$debian_tar"
umoci tag --image "$images:debian" all
services=()

port=$(free_port) nginx_port=$port
mkdir -p "$work/nginx/etc/nginx/conf.d" "$work/nginx/var/www/site"
echo "of nginx, and long enough to be told apart" >"$work/nginx/var/www/site/index.html"
printf 'server { listen 127.0.0.1:%s; root /var/www/site; gzip_static on; }\n' "$port" >"$work/nginx/etc/nginx/conf.d/site.conf"
mapfile -t flags < <(words entrypoint nginx -g 'daemon off;')
service nginx "${flags[@]}"
ask_nginx() { port=$nginx_port on_port curl -fsS "http://127.0.0.1:$nginx_port/"; }

redis_port=$(free_port)
mapfile -t flags < <(words entrypoint redis-server --port "$redis_port" --save '')
service redis "${flags[@]}"
talk_redis() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'SET a 7\r\nINCR a\r\nPING\r\nQUIT\r\n' >&3
  tr -d '\r' <&3
}
ask_redis() { port=$redis_port on_port talk_redis; }

python_port=$(free_port)
mkdir -p "$work/python/app/pages"
cat >"$work/python/app/main.py" <<PY
import hashlib, http.server, json, pages, sqlite3, zlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"page": pages.page(self.path), "digest": hashlib.sha256(b"x").hexdigest(),
                           "rows": sqlite3.connect(":memory:").execute("select 1+1").fetchall(),
                           "zlib": zlib.crc32(b"x")}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", $python_port), Handler).serve_forever()
PY
echo 'def page(path): return "page of " + path' >"$work/python/app/pages/__init__.py"
mapfile -t flags < <(words entrypoint python3 /app/main.py)
service python "${flags[@]}" --config.workingdir=/app
ask_python() { port=$python_port on_port curl -fsS "http://127.0.0.1:$python_port/x"; }

go_port=$(free_port)
mkdir -p "$work/go/usr/local/bin" "$work/source"
cd "$work/source"
printf 'module example.com/service\n\ngo 1.21\n' >go.mod
cat >main.go <<'GO'
// Command service answers, and says how it fails.
package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			buffer := make([]byte, 1<<16)
			trace := string(buffer[:runtime.Stack(buffer, false)])
			fmt.Fprintln(w, recover(), strings.Contains(trace, "main.main.func1"), strings.Contains(trace, "main.go:"))
		}()
		panic("of " + r.URL.Path)
	})
	fmt.Println(http.ListenAndServe(os.Args[1], nil))
}
GO
CGO_ENABLED=0 go build -o "$work/go/usr/local/bin/service" .
mapfile -t flags < <(words entrypoint /usr/local/bin/service "127.0.0.1:$go_port")
service go "${flags[@]}"
ask_go() { port=$go_port on_port curl -fsS "http://127.0.0.1:$go_port/y"; }

mapfile -t flags < <(words entrypoint /bin/sh -c "find /usr/share/common-licenses -type f | sort | xargs sha256sum | awk '{ print \$2 }' | sed s,.*/,, | gzip | gzip -d | tr a-z A-Z")
service shell "${flags[@]}"
ask_shell() { wait "$container_pid" && grep APACHE "$container_log"; }

t "a Debian with all of it, by rules alone"
umoci config --image "$images:all" --config.entrypoint=/usr/local/bin/service
slim_twice "oci:$images:all" "$work/slim:all" --level fast
at_most "$(left)" 0.75
equal "$(jq -r '.platforms[0].files[] | select(.path == "/usr/local/bin/service") | .action' "$report")" strip
bundle_of "$images:all" "$work/before"
bundle_of "$work/slim:all" "$work/after"

for name in "${services[@]}"; do
  t "$name"
  same_service "$name" "$work/before/rootfs" "$work/after/rootfs"
  at_most "$(left)" 0.3
done

t "a Go service with C, linked against musl"
musl_port=$(free_port)
mkdir -p "$work/musl/bin" "$work/musl/lib" "$work/musl/etc"
cat >cgo.go <<'GO'
package main

// #include <stdlib.h>
// static int twice(int n) { return 2 * abs(n); }
import "C"

func init() { println(C.twice(-21)) }
GO
CC=musl-gcc CGO_ENABLED=1 go build -ldflags=-linkmode=external -o "$work/musl/bin/service" .
loader=$(readelf -p .interp "$work/musl/bin/service" | grep -o '/lib/ld-musl[^ ]*') || fail "not linked against musl"
cp -L "$loader" "$work/musl$loader"
layer musl
new_image "$images:musl" "$work/musl.tar"
umoci config --image "$images:musl" --config.entrypoint=/bin/service --config.entrypoint="127.0.0.1:$musl_port"
ask_musl() { port=$musl_port on_port curl -fsS "http://127.0.0.1:$musl_port/z"; }
slim_twice "oci:$images:musl" "$work/slim:musl"
equal "$(jq -r '.platforms[0].files[] | select(.path == "/bin/service") | .action' "$report")" strip
bundle_of "$images:musl" "$work/musl-before"
bundle_of "$work/slim:musl" "$work/musl-after"
same_service musl "$work/musl-before/rootfs" "$work/musl-after/rootfs"
