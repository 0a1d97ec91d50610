#!/usr/bin/env bash
# What slim leaves of images of others runs: each service is started from the image as it was and from the slimmed one,
# by runc, and gives the same answer to a real request.
# shellcheck source=tests/flow/slim_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/slim_lib.sh"
need runc curl gcc musl-gcc
debian_root
images=$work/images

# answers_of IMAGE PORT COMMAND…: starts it, waits for the port, prints what the command does.
answers_of() {
  local image=$1 port=$2 dir
  shift 2
  dir=$(mktemp -d "$work/run.XXXXXX")
  start_service "$image" "$dir"
  wait_for 20 answers "$port" || fail "$image does not answer: $(tail -n 5 "$dir/log")"
  "$@" || fail "no answer of $image: $(tail -n 5 "$dir/log")"
  stop_container || true
  container_pid=''
  rm -rf --one-file-system "$dir"
}
# same_service NAME PORT COMMAND…: before and after.
same_service() {
  local name=$1 before after
  shift
  slim_twice "oci:$images:$name" "$work/slim:$name"
  before=$(answers_of "$images:$name" "$@")
  after=$(answers_of "$work/slim:$name" "$@")
  differ "$before" '' "no answer of $name"
  equal "$after" "$before" "the answers of $name"
}
# service NAME CONFIG-FLAG…: an image on Debian's, with the folder $work/NAME on top if there is one.
service() {
  local name=$1
  shift
  umoci tag --image "$images:debian" "$name"
  if [ -d "$work/$name" ]; then
    layer "$name"
    umoci raw add-layer --image "$images:$name" "$work/$name.tar"
  fi
  umoci config --image "$images:$name" "$@"
}
words() { local word; for word in "${@:2}"; do printf -- '--config.%s=%s\n' "$1" "$word"; done; }
new_image "$images:debian" "$debian_tar"

t "nginx"
port=$(free_port)
mkdir -p "$work/nginx/etc/nginx/conf.d" "$work/nginx/var/www/site"
echo "of nginx, and long enough to be told apart" >"$work/nginx/var/www/site/index.html"
printf 'server { listen 127.0.0.1:%s; root /var/www/site; gzip_static on; }\n' "$port" >"$work/nginx/etc/nginx/conf.d/site.conf"
mapfile -t flags < <(words entrypoint nginx -g 'daemon off;')
service nginx "${flags[@]}"
same_service nginx "$port" curl -fsS "http://127.0.0.1:$port/"
[ "$(jq '.platforms[0] | .after.sizes.size / .before.sizes.size < 0.75' "$report")" = true ] || fail "not small enough"

t "Redis"
port=$(free_port)
redis() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'SET a 7\r\nINCR a\r\nPING\r\nQUIT\r\n' >&3
  tr -d '\r' <&3
}
mapfile -t flags < <(words entrypoint redis-server --port "$port" --save '')
service redis "${flags[@]}"
same_service redis "$port" redis

t "Python, with a small web application"
port=$(free_port)
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
http.server.HTTPServer(("127.0.0.1", $port), Handler).serve_forever()
PY
echo 'def page(path): return "page of " + path' >"$work/python/app/pages/__init__.py"
mapfile -t flags < <(words entrypoint python3 /app/main.py)
service python "${flags[@]}" --config.workingdir=/app
same_service python "$port" curl -fsS "http://127.0.0.1:$port/x"

t "a Go service on Debian, as go builds it"
port=$(free_port)
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
mapfile -t flags < <(words entrypoint /usr/local/bin/service "127.0.0.1:$port")
service go "${flags[@]}"
same_service go "$port" curl -fsS "http://127.0.0.1:$port/y"
equal "$(jq -r '.platforms[0].files[] | select(.path == "/usr/local/bin/service") | .action' "$report")" strip

t "a Go service with C, linked against musl"
port=$(free_port)
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
umoci config --image "$images:musl" --config.entrypoint=/bin/service --config.entrypoint="127.0.0.1:$port"
same_service musl "$port" curl -fsS "http://127.0.0.1:$port/z"
equal "$(jq -r '.platforms[0].files[] | select(.path == "/bin/service") | .action' "$report")" strip

t "a shell pipeline"
mapfile -t flags < <(words entrypoint /bin/sh -c "find /usr/share/common-licenses -type f | sort | xargs sha256sum | awk '{ print \$2 }' | sed s,.*/,, | gzip | gzip -d | tr a-z A-Z")
service shell "${flags[@]}"
slim_twice "oci:$images:shell" "$work/slim:shell"
said() {
  local dir
  dir=$(mktemp -d "$work/run.XXXXXX")
  start_service "$1" "$dir"
  wait "$container_pid" || fail "$1: $(cat "$dir/log")"
  clean_container
  container_pid=''
  cat "$dir/log"
  rm -rf --one-file-system "$dir"
}
before=$(said "$images:shell")
grep -q APACHE <<<"$before" || fail "the pipeline says: $before"
equal "$(said "$work/slim:shell")" "$before"
