#!/usr/bin/env bash
# `whittle build ./cmd/x` with no spec, in a module that knows nothing of whittle.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo
hello "$work/hello"
rm "$work/hello/whittle.yaml"
cd "$work/hello"

t "a package of the module"
digest=$(build ./cmd/hello -o "oci:$work/layout:1")
valid_layout "$work/layout"
skopeo inspect --config --raw "oci:$work/layout:1" >"$work/config"
equal "$(jq -r .architecture "$work/config")" "$(go env GOARCH)"
matches "$(jq -r .config.User "$work/config")" '^(nonroot|65532)(:(nonroot|65532))?$'
matches "$(jq -r '.config.Entrypoint[0]' "$work/config")" '/hello$'

t "into the local store, named for the command"
again=$(build ./cmd/hello)
equal "$again" "$digest"
matches "$(cat "$out")" '^local:hello(:[a-z0-9.]+)?@sha256:'

t "from the command's own folder, and by import path"
(cd cmd/hello && equal "$(build . -o "oci:$work/dot:1")" "$digest")
by_path=$(build example.com/hello/cmd/hello -o "oci:$work/path:1")
equal "$by_path" "$digest"

t "for another platform, and for two"
build ./cmd/hello --platform linux/arm64 -o "oci:$work/arm:1" >/dev/null
equal "$(skopeo inspect --config --raw --override-arch arm64 "oci:$work/arm:1" | jq -r .architecture)" arm64
build ./cmd/hello --platform linux/amd64,linux/arm64 -o "oci:$work/two:1" >/dev/null
equal "$(skopeo inspect --raw "oci:$work/two:1" | jq '.manifests | length')" 2

t "the first build on a machine, which fetches the modules"
fixture shop "$work/shop"
(
  cd "$work/shop"
  kept=$(build ./cmd/web -o "oci:$work/kept:1")
  export GOPROXY=file://$GOMODCACHE/cache/download GOSUMDB=off GOMODCACHE=$work/modules
  fetched=$(build ./cmd/web -o "oci:$work/fetched:1")
  equal "$fetched" "$kept"
  [ -d "$work/modules/github.com" ] || fail "nothing was fetched"
)

t "modules with vendor and with go.work"
(cd "$whittle_root/fixtures/vendored" && build . -o "oci:$work/vendored:1" >/dev/null)
(cd "$whittle_root/fixtures/workspace/hello" && build . -o "oci:$work/workspace:1" >/dev/null)
whittle_exits 0 build -f "$whittle_root/fixtures/vendored/whittle.yaml" -o "oci:$work/vendored:2"
whittle_exits 0 build -f "$whittle_root/fixtures/workspace/whittle.yaml" -o "oci:$work/workspace:2"

t "what is no command is refused, with what was asked for"
whittle_exits 4 build ./internal/text -o "oci:$work/none:1"
err_has internal/text
whittle_exits 4 build ./cmd/absent -o "oci:$work/none:1"
err_has cmd/absent
no_image "$work/none"

t "outside any module"
mkdir "$work/empty" && cd "$work/empty"
status=0
"$whittle" build ./cmd/x >"$out" 2>"$err" || status=$?
matches "$status" '^(3|4|5)$'
out_is_empty
