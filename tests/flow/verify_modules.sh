#!/usr/bin/env bash
# Modules of others, as the Go module proxy has them, for two platforms: each is built, pushed, and verified to be
# reproducible; one of them by a machine that has only just been made.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need git docker-registry
flow_registry
ensure_shared

# module NAME VERSIONED MAIN [LINE…]: its sources in $work/NAME, with a spec whose image has those lines more.
module() {
  local name=$1 source dir=$work/$1
  source=$(cd / && GOFLAGS=-mod=mod go mod download -json "$2" | jq -r .Dir) || skip "no module proxy for $2"
  cp -R "$source" "$dir" && chmod -R u+w "$dir"
  cp "$shared/hello.lock" "$dir/whittle.lock"
  printf '%s\n' 'version: 1' "go: {version: $(pinned_go)}" 'images:' "  $name:" "    main: $3" '    base: scratch' \
    '    platforms: [linux/amd64, linux/arm64]' "${@:4}" >"$dir/whittle.yaml"
}
reproducible() {  # NAME PERTURBATIONS
  local place=$registry/$1:1
  whittle_exits 0 build -f "$work/$1/whittle.yaml" -o "$place"
  valid_image "$place"
  whittle_exits 0 verify "$place" --source "$work/$1" --perturb "$2" --json
  jq -e '.verified and .rebuild.equal and .rebuild.digest == .digest' "$out" >/dev/null || fail "$(cat "$out")"
  equal "$(jq -r '.mediaType' "$out")" application/vnd.oci.image.index.v1+json
}
# Not the empty cache, which costs a compilation of Go's library for each platform: the first one has it.
warm=clock,file-order,file-times,folder,home,host,locale,processors,time-zone,umask,user

t "one dependency, and an empty compile cache as well"
module twofa rsc.io/2fa@v1.2.0 .
reproducible twofa all

t "files for tests, a language of Go 1.13"
module addlicense github.com/google/addlicense@v1.1.1 .
reproducible addlicense $warm

t "a module of a second major version, a language of Go 1.12"
module md2man github.com/cpuguy83/go-md2man/v2@v2.0.7 .
reproducible md2man $warm

t "several packages, generated files, a value of -X"
module shfmt mvdan.cc/sh/v3@v3.12.0 ./cmd/shfmt "    ldflags: ['-X=main.version=\"1 2\"']"
reproducible shfmt $warm

t "files that are embedded, and much of Go's library"
module pprof github.com/google/pprof@v0.0.0-20250820193118-f64d9cf942d6 .
reproducible pprof $warm

# put FILE…: programs and libraries into the fresh root, with the libraries that each is linked with.
put() {
  local file to
  for file in "$@"; do
    to=/usr/bin
    [[ $file != *.so.* ]] || to=/usr/lib
    install -D "$file" "$root$to/${file##*/}"
    ldd "$file" | grep -oE '/[^ ]+' | xargs -I{} cp -nL --parents {} "$root"
  done
}
# in_fresh_root COMMAND…: there, with nothing of this environment but where things are fetched from.
in_fresh_root() {
  local name keep=()
  for name in GOPROXY GONOSUMDB GONOSUMCHECK GOSUMDB HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy; do
    [ -z "${!name:-}" ] || keep+=("$name=${!name}")
  done
  "${isolated[@]}" bash -euc '
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    exec chroot "${@:1:1}" /usr/bin/env -i HOME=/root PATH=/usr/bin "${@:2}"' bash "$root" "${keep[@]}" "$@"
}

isolated=(unshare --mount --pid --fork)
"${isolated[@]}" true 2>/dev/null || isolated+=(--map-root-user)
"${isolated[@]}" true 2>/dev/null || { echo "NOT TESTED: a fresh root takes a mount namespace"; exit 0; }

t "from a clone, in a root that has whittle, git and certificates alone: no Go, no cache, no compiler"
cd "$work/twofa"
git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first
whittle_exits 0 build twofa -o "$registry/twofa:clone"
digest=$(result_digest)
root=$work/root
mkdir -p "$root"/{proc,dev,tmp,root,etc/ssl/certs}
put "$whittle" "$(command -v git)" "$(command -v env)"
for library in libcurl.so.4 libpsl.so.5; do  # whittle opens these when it needs them
  put "$(ldconfig -p | sed -n "s/^\t$library .* => //p" | head -n1)"
done
cp -L "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/certs/ca-certificates.crt"
cp -L /etc/hosts /etc/resolv.conf "$root/etc/"
git clone -q --no-hardlinks "$work/twofa" "$root/src"
export GOPROXY
GOPROXY=$(go env GOPROXY)
in_fresh_root "${whittle##*/}" verify "$registry/twofa:clone" --source /src --revision --json >"$out" 2>"$err" ||
  fail "in the fresh root: $(cat "$out" "$err")"
jq -e --arg digest "$digest" '.verified and .rebuild.equal and .rebuild.digest == $digest' "$out" >/dev/null || fail "$(cat "$out")"
[ -n "$(find "$root/root/.cache/whittle/toolchains" -path '*/bin/go')" ] || fail "the fresh root fetched no Go"
