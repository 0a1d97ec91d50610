# shellcheck shell=bash
# What the flows of verify share: a small module, and a provenance that says something else.

# A program that needs little of Go's library, so that compiling it with an empty cache takes seconds.
small_module() {  # DIR [PLATFORMS]
  mkdir -p "$1/cmd/app" "$1/internal/gen"
  cat >"$1/go.mod" <<'GO'
module example.com/app

go 1.26
GO
  cat >"$1/cmd/app/main.go" <<'GO'
package main

import "example.com/app/internal/gen"

var stamp string

func main() { println("app", stamp, gen.Table) }
GO
  printf 'package gen\n\nconst Table = "one"\n' >"$1/internal/gen/table.go"
  cat >"$1/whittle.yaml" <<YAML
version: 1
go: {version: $(pinned_go)}
images:
  app:
    main: ./cmd/app
    base: scratch
    platforms: [${2:-linux/amd64}]
YAML
}

# forge LAYOUT FILTER: the provenance in it becomes what jq makes of it, with digests that agree.
forge() {
  local layout=$1 blob manifest old new
  for blob in "$layout"/blobs/sha256/*; do
    [ "$(jq -r '.predicateType? // empty' "$blob" 2>/dev/null)" = https://slsa.dev/provenance/v1 ] || continue
    old=sha256:${blob##*/}
    jq -c "$2" "$blob" >"$work/forged"
    new=$(put_blob "$layout" "$work/forged")
    for manifest in $(jq -r '.manifests[].digest' "$layout/index.json"); do
      jq -e --arg old "$old" 'any(.layers[]?; .digest == $old)' "$layout/blobs/sha256/${manifest#sha256:}" >/dev/null || continue
      jq -c --arg old "$old" --arg new "$new" --argjson size "$(stat -c %s "$work/forged")" \
        '(.layers[] | select(.digest == $old)) |= (.digest = $new | .size = $size)' \
        "$layout/blobs/sha256/${manifest#sha256:}" >"$work/forged.manifest"
      jq -c --arg old "$manifest" --arg new "$(put_blob "$layout" "$work/forged.manifest")" \
        --argjson size "$(stat -c %s "$work/forged.manifest")" \
        '(.manifests[] | select(.digest == $old)) |= (.digest = $new | .size = $size)' "$layout/index.json" >"$work/forged.index"
      cp "$work/forged.index" "$layout/index.json"
      return 0
    done
  done
  fail "no provenance in $layout"
}

# program NAME: takes /usr/bin/app of the image in the layout $layout to $work/programs/NAME.
program() {
  local manifest layer
  manifest=$(jq -r --arg name "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest' "$layout/index.json")
  layer=$(jq -r '.layers[-1].digest' "$layout/blobs/sha256/${manifest#sha256:}")
  mkdir -p "$work/programs"
  tar -xzOf "$layout/blobs/sha256/${layer#sha256:}" usr/bin/app >"$work/programs/$1"
  chmod +x "$work/programs/$1"
}
