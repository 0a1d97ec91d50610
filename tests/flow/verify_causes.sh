#!/usr/bin/env bash
# What an image is made from changes, in a different way each time; the verdict names the cause in its one line.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
flow_registry
ensure_shared
other_go=1.26.11
[ -n "$(find "$shared/whittle/toolchains" -maxdepth 1 -name "$other_go.*")" ] || (
  small_module "$work/later"
  sed -i "s,version: $(pinned_go),version: $other_go," "$work/later/whittle.yaml"
  export XDG_CACHE_HOME=$shared
  with_path=/nowhere whittle_exits 0 build -f "$work/later/whittle.yaml" -o "oci:$work/later/layout:1"
)

# planted CAUSE…: verify has to say so in the one line of its rebuild, and end with 8.
planted() {
  local text
  whittle_exits 8 verify "$place" --perturb none
  for text in "$@"; do
    grep -E '^ +rebuild +failed' "$out" | grep -qF -- "$text" || fail "the line lacks \"$text\": $(cat "$out")"
  done
  grep -E '^ +rebuild' "$out"
}
# original: the sources as the image was built from them.
original() {
  rm -rf "$work/app"
  cp -R "$work/original" "$work/app"
  cd "$work/app"
}
table() { printf 'package gen\n\n// %s\nconst Table = "%s"\n' "$1" "$1" >internal/gen/table.go; }

small_module "$work/original"
cd "$work/original"
(
  export GOFLAGS=-mod=mod
  go get github.com/pkg/errors@v0.9.0 2>"$work/get.log" || fail "$(cat "$work/get.log")"
)
sed -i 's,^import .*,import (\n\t"example.com/app/internal/gen"\n\t"github.com/pkg/errors"\n),; s,println("app",println(errors.New("app").Error(),' cmd/app/main.go
table one
cd "$work"
place=$registry/app:1
whittle_exits 0 build -f "$work/original/whittle.yaml" app -o "$place"
original
whittle_exits 0 verify "$place" --perturb none

t "a modified file"
table two
planted 'not reproducible: internal/gen/table.go was modified since'

t "a file with a time stamp that was generated again"
original
table "Generated $(date +%s%N)"
planted 'internal/gen/table.go was modified since'

t "a generator that writes a map in its order"
original
mkdir -p "$work/generator"
cat >"$work/generator/main.go" <<'GO'
package main

import "fmt"

func main() {
	table := map[int]bool{}
	for i := 0; i < 64; i++ {
		table[i] = true
	}
	fmt.Print("package gen\n\nconst Table = \"")
	for key := range table {
		fmt.Print(key, " ")
	}
	fmt.Println("\"")
}
GO
go run "$work/generator/main.go" >internal/gen/table.go
go run "$work/generator/main.go" >"$work/again"
differ "$(cat "$work/again")" "$(cat internal/gen/table.go)" "two runs of the generator"
planted 'internal/gen/table.go was modified since'

t "another release of Go"
original
sed -i "s,version: $(pinned_go),version: $other_go," whittle.yaml
planted "$(pinned_go)" "$other_go"

t "another version of a dependency"
original
GOFLAGS=-mod=mod go get github.com/pkg/errors@v0.9.1 2>"$work/get.log" || fail "$(cat "$work/get.log")"
planted 'go.mod' 'github.com/pkg/errors' v0.9.0 v0.9.1

t "a build flag"
original
sed -i 's,main: ./cmd/app,binaries: [{main: ./cmd/app\, path: /usr/bin/app\, ldflags: ["-X=main.stamp=two"]}],' whittle.yaml
planted 'whittle.yaml was modified since' 'main.stamp'

t "another compressor"
original
sed -i 's,base: scratch,base: scratch\n    compression: zstd,' whittle.yaml
planted 'whittle.yaml was modified since' 'zstd'

t "a base that is not pinned: its tag has moved, and the lock is another"
original
base=$registry/base:1
whittle_exits 0 build app --no-provenance -o "$base"
sed -i "s,base: scratch,base: $base," whittle.yaml
place=$registry/based:1
whittle_exits 0 build app -o "$place"
first=$(result_digest)
table other
cp whittle.yaml "$work/based.yaml"
sed -i "s,base: $base,base: scratch," whittle.yaml
whittle_exits 0 build app --no-provenance -o "$base"
cp "$work/based.yaml" whittle.yaml
table one
rm -f whittle.lock
whittle_exits 0 verify "$place" --perturb none  # the recorded lock pins it
whittle_exits 0 build app -o "$registry/based:2"
differ "$(result_digest)" "$first"
whittle_exits 0 verify "$place" --perturb none
err_has 'the lock has changed since' "$base"
whittle_exits '0|8' diff "$place" "$registry/based:2"
cat "$out"
