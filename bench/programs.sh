# shellcheck shell=bash disable=SC2154
# Real programs for the benches of size, and how large the layer with each becomes. Source it after bench/lib.sh.
# NAME MODULE@VERSION MAIN; the fixture first, which needs no download.
programs=(
  "shop-api fixture ./cmd/api"
  "node_exporter github.com/prometheus/node_exporter@v1.12.1 ."
  "crane github.com/google/go-containerregistry@v0.22.1 ./cmd/crane"
  "ko github.com/google/ko@v0.18.1 ."
)
# Others: BENCH_PROGRAMS="NAME MODULE@VERSION MAIN;…"
[ -z "${BENCH_PROGRAMS:-}" ] || IFS=';' read -ra programs <<<"$BENCH_PROGRAMS"

# Nothing here times a compiler: what it made for others is used.
export GOCACHE=$HOME/.cache/go-build

# source_of MODULE@VERSION DIR: its source, with the modules that it needs.
source_of() {
  local source=$whittle_root/fixtures/shop
  [ "$1" = fixture ] || source=$(cd / && GOFLAGS=-mod=mod go mod download -json "$1" | jq -r .Dir)
  cp -R "$source" "$2"
  chmod -R u+w "$2"
  rm -f "$2/whittle.yaml" "$2/.ko.yaml"  # it would name bases of the network
  cp "$whittle_root/fixtures/shop/whittle.lock" "$2/whittle.lock"
  (cd "$2" && go mod download)
}
# layer_size DIR IMAGE: bytes of the layer with the program, compressed; by whittle.yaml in DIR.
layer_size() {
  quietly "$whittle" build -f "$1/whittle.yaml" "$2" --platform linux/amd64 -o "oci:$work/sizes" --result "$work/result.json"
  jq '[.. | objects | select(.what? == "binaries").size] | add' "$work/result.json"
}
mb() { awk -v v="$1" 'BEGIN { printf "%.2f MB", v / 1e6 }'; }
of() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
# compiler_flags IMAGE: what whittle gave to the compiler for the image that layer_size() built last, one a line.
compiler_flags() {
  local blob
  for blob in $(grep -laF '"predicateType":"https://slsa.dev/provenance/v1"' "$work"/sizes/blobs/sha256/*); do
    jq -r --arg image "$1" 'select(.predicate.buildDefinition.externalParameters.image == $image)
      | [.. | objects | to_entries[] | select(.key | endswith(": -gcflags")).value] | first // empty' "$blob"
  done | tail -n1 | tr ' ' '\n'
}
