# shellcheck shell=bash
# What the flows share: a temporary folder and an environment of their own, running whittle, and assertions.
# A flow is a list of `t "what is shown"` sections; anything that fails ends it, naming the section and the line.
set -Eeuo pipefail
shopt -s inherit_errexit
flow_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
. "$flow_dir/../../scripts/lib.sh"

whittle=$(realpath "${WHITTLE:-$whittle_root/build/dev/cli/whittle}")
tools=${WHITTLE_TOOLS:-$whittle_root/build/tools}  # what the flows compile once and share
section=start
started=()

t() { section=$*; printf -- '-- %s\n' "$section"; }
fail() { printf 'FAILED in "%s": %s\n' "$section" "$*" >&2; exit 1; }
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}

work=$(mktemp -d)
container_pid=''
at_exit() { :; }  # a flow that has more to undo has one of its own: a trap would lose the exit code
cleanup() {
  local status=$? pid
  at_exit || true
  [ -z "$container_pid" ] || stop_container || true
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  chmod -R u+rwX "$work" 2>/dev/null || true
  rm -rf --one-file-system "$work"
  exit $status
}
trap cleanup EXIT
trap 'printf "FAILED in \"%s\": line %s: %s\n" "$section" "$LINENO" "$BASH_COMMAND" >&2' ERR

# An environment of its own; only where Go's modules and compiled packages are kept is shared, for speed.
ensure_go
need jq
GOMODCACHE=$(GOFLAGS='' go env GOMODCACHE)
GOCACHE=${WHITTLE_GOCACHE:-$(go env GOCACHE)}
export GOMODCACHE GOCACHE XDG_CACHE_HOME=$work/cache HOME=$work/home
mkdir "$HOME"
unset CI SOURCE_DATE_EPOCH DOCKER_CONFIG GOFLAGS GOOS GOARCH NO_COLOR
unset REGISTRY_AUTH_FILE CONTAINERS_REGISTRIES_CONF XDG_CONFIG_HOME XDG_RUNTIME_DIR
export LC_ALL=C.UTF-8

# ---- Running whittle ------------------------------------------------------------------------------------------

# whittle_exits CODE[|CODE] ARGUMENT…: stdout goes to $out, stderr to $err. with_path replaces PATH for whittle alone.
out=$work/.stdout err=$work/.stderr
whittle_exits() {
  local wanted=$1 status=0
  shift
  PATH=${with_path:-$PATH} "$whittle" "$@" >"$out" 2>"$err" </dev/null || status=$?
  [[ $status =~ ^($wanted)$ ]] || {
    printf 'stdout:\n%s\nstderr:\n%s\n' "$(tail -n 20 "$out")" "$(tail -n 40 "$err")" >&2
    fail "exit code $status instead of $wanted: whittle $*"
  }
}
# build ARGUMENT…: prints the digest of the last result line.
build() {
  whittle_exits 0 build "$@"
  result_digest
}
result_digest() { tail -n1 "$out" | grep -oE 'sha256:[0-9a-f]{64}$' || fail "no digest in: $(cat "$out")"; }
# The digest that a build with nothing remembered gives: what a remembered one has to equal.
oracle() {
  local cache
  cache=$(mktemp -d "$work/oracle.XXXXXX")
  share_cache "$cache"
  ln -sfn "$(realpath "$XDG_CACHE_HOME/whittle/toolchains")" "$cache/whittle/toolchains"
  XDG_CACHE_HOME=$cache "$whittle" build "$@" -o "oci:$cache/oracle-layout" 2>"$cache/err" </dev/null | tail -n1 | grep -oE 'sha256:[0-9a-f]{64}$' ||
    fail "the build with an empty cache failed: $(tail -n 20 "$cache/err")"
  rm -rf "$cache"
}

# ---- What comes from outside ----------------------------------------------------------------------------------

# The toolchain and the packages are fetched and verified once, and shared by all flows; so are the locks.
shared=$tools/flow-cache
ensure_shared() {
  mkdir -p "$shared"
  (
    flock 9
    [ ! "$shared/ready" -nt "$whittle_root/fixtures/shop/whittle.yaml" ] || exit 0
    rm -rf "$work/first"
    plain_hello "$work/first/hello"
    fixture_files shop "$work/first/shop"
    export XDG_CACHE_HOME=$shared
    for module in hello shop; do
      "$whittle" lock -f "$work/first/$module/whittle.yaml" >"$work/first/log" 2>&1 || fail "whittle lock: $(cat "$work/first/log")"
      cp "$work/first/$module/whittle.lock" "$shared/$module.lock"
    done
    # Without a go in PATH, so that the one of the lock is unpacked.
    PATH=/nowhere "$whittle" build -f "$work/first/hello/whittle.yaml" -o "oci:$work/first/layout:1" >"$work/first/log" 2>&1 ||
      fail "whittle build: $(cat "$work/first/log")"
    "$whittle" build -f "$work/first/shop/whittle.yaml" api -o "oci:$work/first/layout:2" >"$work/first/log" 2>&1 ||
      fail "whittle build: $(cat "$work/first/log")"
    touch "$shared/ready"
  ) 9>"$tools/flow-cache.lock"
}
# share_cache FOLDER: a cache that has them.
share_cache() {
  mkdir -p "$1/whittle"
  ln -sfn "$shared/whittle/toolchains" "$1/whittle/toolchains"
  ln -sfn "$shared/whittle/packages" "$1/whittle/packages"
}
# own_toolchain: from now on the toolchain in the cache is this flow's own, and can be changed. Sets goroot.
own_toolchain() {
  local folder=$XDG_CACHE_HOME/whittle/toolchains
  ensure_shared
  rm "$folder"
  cp -a "$shared/whittle/toolchains" "$folder"
  find "$folder" -type d -exec chmod u+w {} +
  goroot=$(echo "$folder/$(pinned_go)".*/go)
}
# recording_go: from now on the go command of the cache writes down in $go_log that it was run.
recording_go() {
  own_toolchain
  go_log=$work/recording.log
  mv "$goroot/bin/go" "$goroot/bin/go.real"
  printf '#!/bin/sh\necho "$*" >>"%s"\nexec "%s" "$@"\n' "$go_log" "$goroot/bin/go.real" >"$goroot/bin/go"
  chmod +x "$goroot/bin/go"
  : >"$go_log"
}

# ---- Assertions -----------------------------------------------------------------------------------------------

equal() { [ "$1" = "$2" ] || fail "${3:-values differ}: \"$1\" is not \"$2\""; }
differ() { [ "$1" != "$2" ] || fail "${3:-values do not differ}: \"$1\""; }
matches() { [[ $1 =~ $2 ]] || fail "\"$1\" does not match $2"; }
err_has() {
  local text
  for text in "$@"; do grep -qF -- "$text" "$err" || fail "stderr lacks \"$text\": $(tail -n 20 "$err")"; done
}
out_has() {
  local text
  for text in "$@"; do grep -qF -- "$text" "$out" || fail "stdout lacks \"$text\": $(tail -n 20 "$out")"; done
}
out_is_empty() { [ ! -s "$out" ] || fail "stdout is not empty: $(cat "$out")"; }

# no_image DIR: no layout there, or one that names nothing: what a failed build or copy leaves.
no_image() {
  [ ! -e "$1/index.json" ] || equal "$(jq '.manifests | length' "$1/index.json")" 0 "images after a failure in $1"
}

# valid_image [--foreign DIGEST|all]… PLACE…: images as whittle's have to be, but for what others made of them.
valid_image() {
  "$(realpath "${WHITTLE_VALID_IMAGE:-$whittle_root/build/dev/tests/flow/valid_image}")" "$@" >"$work/.violations" ||
    fail "no valid image: $(head -n 20 "$work/.violations")"
}
# valid_layout DIR [--foreign DIGEST|all]…: an OCI layout of valid images, in which each blob is what its name says, and
# nothing else lies about.
valid_layout() {
  local dir=$1 blob name stray places
  equal "$(jq -r .imageLayoutVersion "$dir/oci-layout")" 1.0.0
  jq -e '.schemaVersion == 2 and (.manifests | length > 0)' "$dir/index.json" >/dev/null || fail "index.json of $dir"
  for blob in "$dir"/blobs/sha256/*; do
    name=$(sha256sum "$blob")
    equal "${name%% *}" "${blob##*/}" "a blob of $dir contradicts its name"
  done
  stray=$(cd "$dir" && find . -type f ! -path './blobs/sha256/*' ! -name oci-layout ! -name index.json ! -name '*.lock')
  equal "$stray" '' "a stray file in $dir"
  mapfile -t places < <(jq -r --arg dir "$dir" '.manifests[] | "oci:\($dir)@\(.digest)"' "$dir/index.json")
  valid_image "${@:2}" "${places[@]}"
}

# ---- Processes that die ---------------------------------------------------------------------------------------

# killed COMMAND…: runs it and kills it after a random part of the time that it takes.
killed() {
  local pid
  "$@" >/dev/null 2>&1 &
  pid=$!
  sleep "0.0$((RANDOM % 5))$((RANDOM % 10))"
  kill -KILL $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
}
# What a killed process leaves is removed by a later one when it is a minute old.
a_minute_passes() { find "$1" -name '.tmp-*' -exec touch -h -d '2 minutes ago' {} + 2>/dev/null || true; }
# Every blob of a layout is what its name says, whatever temporary files lie about.
sound_layout() {
  local blob
  [ -e "$1/index.json" ] || return 0
  jq -e . "$1/index.json" >/dev/null || fail "index.json of $1 is cut"
  for blob in "$1"/blobs/sha256/*; do
    [ -e "$blob" ] || continue
    case ${blob##*/} in .*) continue ;; esac
    [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${blob##*/}" ] || fail "$blob is not what its name says"
  done
}
# complete PLACE: the image with the digest $wanted is there, all of it.
complete() {
  whittle_exits 0 copy "$1" "oci:$work/check:v"
  equal "$(result_digest)" "$wanted"
  rm -rf "$work/check"
}

# ---- Things to build ------------------------------------------------------------------------------------------

fixture_files() { cp -R "$whittle_root/fixtures/$1" "$2"; }
# fixture NAME DIR: a module of fixtures/, with its lock.
fixture() {
  fixture_files "$1" "$2"
  ensure_shared
  if [ -e "$shared/$1.lock" ]; then cp "$shared/$1.lock" "$2/whittle.lock"; else cp "$shared/hello.lock" "$2/whittle.lock"; fi
}

# hello DIR: a module that compiles in an instant: one command, a package with an embed, a file for the image; and its
# lock.
hello() {
  plain_hello "$1"
  ensure_shared
  cp "$shared/hello.lock" "$1/whittle.lock"
}
plain_hello() {
  local dir=$1
  mkdir -p "$dir/cmd/hello" "$dir/internal/text/texts" "$dir/config"
  printf 'module example.com/hello\n\ngo 1.26.0\n' >"$dir/go.mod"
  cat >"$dir/cmd/hello/main.go" <<'GO'
// Command hello prints what package text has.
package main

import (
	"fmt"

	"example.com/hello/internal/text"
)

func main() { fmt.Println(text.Greeting, text.All()) }
GO
  cat >"$dir/internal/text/text.go" <<'GO'
// Package text holds texts.
package text

import "embed"

// Greeting is said first.
var Greeting = "hello"

//go:embed texts/*.txt
var texts embed.FS

// All returns every text.
func All() []string {
	entries, _ := texts.ReadDir("texts")
	var all []string
	for _, entry := range entries {
		content, _ := texts.ReadFile("texts/" + entry.Name())
		all = append(all, string(content))
	}
	return all
}
GO
  echo one >"$dir/internal/text/texts/one.txt"
  echo 'key = value' >"$dir/config/app.conf"
  cat >"$dir/whittle.yaml" <<YAML
version: 1
go:
  version: $(pinned_go)
images:
  hello:
    main: ./cmd/hello
    base: scratch
    files:
      - {from: config/, to: /etc/hello/}
YAML
}

# put_blob DIR FILE: stores FILE as a blob of the layout DIR and prints its digest.
put_blob() {
  local digest
  digest=$(sha256sum "$2")
  mkdir -p "$1/blobs/sha256"
  cp "$2" "$1/blobs/sha256/${digest%% *}"
  echo "sha256:${digest%% *}"
}
# artifact DIR SUBJECT-DIGEST SUBJECT-SIZE TEXT [TAG]: a hand-made layout that holds one manifest with a subject and a
# layer of TEXT. Prints the manifest's digest.
artifact() {
  local dir=$1 digest layer empty
  mkdir -p "$dir"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
  printf '{}' >"$work/empty" && printf '%s' "$4" >"$work/text"
  empty=$(put_blob "$dir" "$work/empty") layer=$(put_blob "$dir" "$work/text")
  jq -cn --arg empty "$empty" --arg layer "$layer" --arg subject "$2" --argjson size "$3" --arg text "$4" '
    "application/vnd.oci.image.manifest.v1+json" as $type |
    {schemaVersion: 2, mediaType: $type, artifactType: "application/vnd.example.note",
     config: {mediaType: "application/vnd.oci.empty.v1+json", digest: $empty, size: 2},
     layers: [{mediaType: "text/plain", digest: $layer, size: ($text | length)}],
     subject: {mediaType: $type, digest: $subject, size: $size}, annotations: {note: $text}}' >"$work/manifest"
  digest=$(put_blob "$dir" "$work/manifest")
  jq -cn --arg digest "$digest" --argjson size "$(stat -c %s "$work/manifest")" --arg tag "${5:-1}" '
    {schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest,
      size: $size, annotations: {"org.opencontainers.image.ref.name": $tag}}]}' >"$dir/index.json"
  echo "$digest"
}

# ---- Services -------------------------------------------------------------------------------------------------

flow_registry() {
  need docker-registry
  start_registry "$work/registry"
  started+=("$registry_pid")
  registry_log=$work/registry/log
}
# The number of requests so far that send something: what a build with nothing new must not make.
sent_to_registry() { grep -cE '"(POST|PUT|PATCH) /v2/' "$registry_log" || true; }

# scripted_server MODE: tests/flow/server.go, which misbehaves as told. Sets server (HOST:PORT).
scripted_server() {
  mkdir -p "$tools"
  go_tool server "$flow_dir/server.go"
  local port
  port=$(free_port)
  "$tools/server" "127.0.0.1:$port" "$1" >"$work/server-$1.log" 2>&1 &
  started+=($!)
  wait_for 10 answers "$port" || fail "the scripted server does not start"
  # shellcheck disable=SC2034
  server=localhost:$port
}
# faulty_registry FAULT…: tests/flow/faulty_proxy.go before $registry. Sets faulty (HOST:PORT).
faulty_registry() {
  mkdir -p "$tools"
  go_tool faulty_proxy "$flow_dir/faulty_proxy.go"
  local port
  port=$(free_port)
  "$tools/faulty_proxy" "127.0.0.1:$port" "$registry" "$@" >"$work/proxy-$port.log" 2>&1 &
  started+=($!)
  wait_for 10 answers "$port" || fail "the proxy does not start"
  # shellcheck disable=SC2034
  faulty=localhost:$port
}
go_tool() {  # NAME SOURCE: compiled once; renamed into place so that flows in parallel do not meet
  [ "$tools/$1" -nt "$2" ] && return 0
  CGO_ENABLED=0 GOFLAGS='' GOWORK=off go build -trimpath -o "$tools/$1.$$" "$2"
  mv "$tools/$1.$$" "$tools/$1"
}

# authority NAME: a certificate authority in $work/NAME.{crt,key}.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -keyout "$work/$1.key" -out "$work/$1.crt" 2>"$work/openssl.log"
}
# certificate AUTHORITY NAME EXTENSION…: signed by it, in $work/NAME.{crt,key}.
certificate() {
  openssl req -x509 -CA "$work/$1.crt" -CAkey "$work/$1.key" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj "/CN=$2" -addext basicConstraints=critical,CA:FALSE "${@:3}" \
    -keyout "$work/$2.key" -out "$work/$2.crt" 2>"$work/openssl.log"
}

# ---- Somebody else's program ----------------------------------------------------------------------------------

crane_version=v0.22.1  # of github.com/google/go-containerregistry
crane_module=github.com/google/go-containerregistry

# Puts `crane`, a second reader and validator of images, in PATH. False when it cannot be installed.
ensure_crane() {
  mkdir -p "$tools"
  (
    flock 9
    [ -x "$tools/crane" ] ||
      GOBIN=$tools GOFLAGS=-trimpath CGO_ENABLED=0 go install "$crane_module/cmd/crane@$crane_version" 2>"$work/crane.log"
  ) 9>"$tools/crane.lock" || return 1
  PATH=$PATH:$tools
}
# ensure_client PROGRAM MODULE@VERSION: puts another client into $tools. False when it cannot be installed.
ensure_client() {
  mkdir -p "$tools"
  (
    flock 9
    [ -x "$tools/$1" ] || GOBIN=$tools GOFLAGS=-trimpath GOWORK=off CGO_ENABLED=0 go install "$2" 2>"$work/$1.log"
  ) 9>"$tools/$1.lock"
}
# debian_files PACKAGE FILE…: files of a Debian package that need not be installed, fetched once. Sets debian_dir, below
# which they are. False when they cannot be had.
debian_files() {
  debian_dir=$tools/debian/$1
  mkdir -p "$tools/debian"
  (
    flock 9
    [ ! -e "$debian_dir" ] || exit 0
    mkdir "$work/deb"
    cd "$work/deb"
    apt-get download "$1" && dpkg-deb --fsys-tarfile "$1"_*.deb | tar -x --one-top-level=files "${@:2}" || exit 1
    mv files "$debian_dir.$$" && mv "$debian_dir.$$" "$debian_dir"
  ) 9>"$tools/debian.lock" >"$work/debian.log" 2>&1 || return 1
  rm -rf "$work/deb"
}
# Makes the registry of the same module, with the referrers API. False when its source cannot be fetched.
ensure_referrers_registry() {
  local source=$work/crane-source main=$flow_dir/referrers_registry.go
  (
    flock 9
    [ ! "$tools/referrers_registry" -nt "$main" ] || exit 0
    crane_source "$source" || exit 1
    mkdir "$source/cmd/referrers_registry"
    cp "$main" "$source/cmd/referrers_registry/main.go"
    cd "$source"
    CGO_ENABLED=0 GOFLAGS=-mod=mod GOWORK=off go build -trimpath -o "$tools/referrers_registry" ./cmd/referrers_registry
  ) 9>"$tools/crane.lock" 2>"$work/referrers_registry.log" || return 1
}
# Starts that registry. Sets referrers_registry (HOST:PORT).
start_referrers_registry() {
  local port
  port=$(free_port)
  "$tools/referrers_registry" "127.0.0.1:$port" >"$work/referrers-registry.log" 2>&1 &
  started+=($!)
  wait_for 10 answers "$port" || fail "the registry with the referrers API does not start"
  # shellcheck disable=SC2034
  referrers_registry=localhost:$port
}
# crane_source DIR: its source, as a module that knows nothing of whittle. False when it cannot be fetched.
crane_source() {
  local source
  source=$(cd / && GOFLAGS=-mod=mod go mod download -json "$crane_module@$crane_version" | jq -r .Dir) || return 1
  cp -R "$source" "$1"
  chmod -R u+w "$1"
}

share_cache "$XDG_CACHE_HOME"
