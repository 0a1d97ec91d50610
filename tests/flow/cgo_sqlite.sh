#!/usr/bin/env bash
# A service on SQLite in an image of nothing else: with musl, with glibc, for another processor; it reads and writes its
# database in a container, and is built again to the same digest.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need go umoci runc musl-gcc gcc
[ "$(go env GOARCH)" = amd64 ] || skip "this flow is for amd64"
layout=$work/layout dir=$work/sqlite
fixture sqlite "$dir"
cd "$dir"
sed -i "s/^version: 1/&\ngo: {version: $(pinned_go)}/" whittle.yaml

# notes IMAGE TEXT…: runs it in a container whose /data is $work/data.
notes() {
  local image=$1
  shift
  rm -rf "$work/bundle"
  rootless=()
  [ "$(id -u)" = 0 ] || rootless=(--rootless)
  umoci unpack "${rootless[@]}" --image "$image" "$work/bundle" 2>"$err" || fail "umoci: $(cat "$err")"
  jq --arg data "$work/data" '.process.terminal = false | .process.args += $ARGS.positional
    | .linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))
    | .mounts |= map(select(.type != "cgroup")) | del(.linux.resources)
    | .mounts += [{destination: "/data", type: "bind", source: $data, options: ["bind", "rw"]}]' --args "$@" \
    <"$work/bundle/config.json" >"$work/config.json"
  mv "$work/config.json" "$work/bundle/config.json"
  prepare_container
  (run_container "$work/bundle" "whittle-$$" "$work/runc") </dev/null >"$out" 2>"$err" || { clean_container; fail "runc: $(cat "$err")"; }
  clean_container
}
mkdir -m 777 "$work/data"

t "with musl it is one static file that keeps its notes"
musl=$(build -o "oci:$layout:musl")
! grep -q '^warning: .*its C ' "$err" || fail "a warning: $(cat "$err")"
notes "$layout:musl" first "second one"
equal "$(cat "$out")" $'1 first\n2 second one'
notes "$layout:musl"
equal "$(cat "$out")" $'1 first\n2 second one'

t "verify builds it again, elsewhere and with nothing remembered"
whittle_exits 0 verify "oci:$layout:musl"
out_has 'rebuild      passed'
equal "$(build -o "oci:$layout:musl")" "$musl"

t "with glibc it reads the same database"
sed -i 's/cgo: static/cgo: static-glibc/' whittle.yaml
build -o "oci:$layout:glibc" >/dev/null
notes "$layout:glibc" third
equal "$(tail -n 1 "$out")" '3 third'

t "for arm64 with a cross compiler"
sed -i 's/cgo: static-glibc/cgo: static/' whittle.yaml
if command -v aarch64-linux-gnu-gcc >/dev/null; then
  build --platform linux/arm64 -o "oci:$layout:arm" >/dev/null
  if command -v qemu-aarch64 >/dev/null; then
    layer=$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "arm").digest' "$layout/index.json")
    layer=$(jq -r '.layers[-1].digest' "$layout/blobs/sha256/${layer#sha256:}")
    tar -xzOf "$layout/blobs/sha256/${layer#sha256:}" usr/bin/notes >"$work/notes"
    chmod +x "$work/notes"
    equal "$(qemu-aarch64 "$work/notes" -file "$work/arm.db" here)" '1 here'
  fi
else
  echo "SKIPPED: aarch64-linux-gnu-gcc is not installed"
fi
