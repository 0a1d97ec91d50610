#!/usr/bin/env bash
# whittle inspect --advise: what was planted in a module is named with the imports that lead to it and with what it
# costs, which is about what a program without it saves; --apply saves just what it says, and once.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
fixture advice "$work/m"
cd "$work/m"

# A dependency that is there in two versions, with a build tag that leaves a table out, and a file that is
# compressed already.
third() {  # FOLDER MODULE
  mkdir -p "$1"
  printf 'module %s\n\ngo 1.21\n' "$2" >"$1/go.mod"
  head -c 60000 /dev/urandom >"$1/picture.bin"
  printf '//go:build !lean\n\npackage third\n\nvar Table = `%s`\n' "$(head -c 40000 /dev/urandom | base64 -w0)" >"$1/table.go"
  printf '//go:build lean\n\npackage third\n\nvar Table = ""\n' >"$1/no_table.go"
  printf '//go:build !bare\n\npackage third\n\nconst needed = 1\n' >"$1/needed.go"
  printf 'package third\n\nimport _ "embed"\n\n//go:embed picture.bin\nvar Picture []byte\n\n%s\n' \
    'func Size(i int) byte { return Picture[i] + Table[i*needed] }' >"$1/third.go"
}
third third example.com/third
third third2 example.com/third/v2
cat >>go.mod <<'EOF'

require (
	example.com/third v1.0.0
	example.com/third/v2 v2.1.0
)

replace (
	example.com/third => ./third
	example.com/third/v2 => ./third2
)
EOF
cat >internal/plugins/third.go <<'EOF'
package plugins

import (
	"example.com/third"
	"example.com/third/v2"
)

// Third uses both versions.
func (s *Set) Third(i int) byte { return third.Size(i) + third2.Size(i) }

func init() { (&Set{}).Third(len("x")) }
EOF
sed -i 's|"example.com/third/v2"|third2 "example.com/third/v2"|' internal/plugins/third.go

# A table in a package of the module's own, which no count of functions shows.
mkdir internal/places
printf 'package places\n\nvar table = `%s`\n\n// At is a byte of it.\nfunc At(i int) byte { return table[i] }\n' \
  "$(head -c 60000 /dev/urandom | base64 -w0)" >internal/places/places.go
printf 'package plugins\n\nimport "example.com/advice/internal/places"\n\nfunc (s *Set) At(i int) byte { return places.At(i) }\n' \
  >internal/plugins/places.go

advice() { jq -e --arg change "$1" '.images[0].advice[] | select(.change | contains($change))' "$work/advice.json"; }
own_bytes() {  # compressed bytes of the layers that whittle makes, as the spec is now
  whittle_exits 0 build -o "oci:$work/layout:1" --result "$work/result.json"
  jq '[.images[0].platforms[0].layers[].size] | add' "$work/result.json"
}
# about REAL MEASURED: they differ by less than a fifth.
about() {
  local difference=$(($1 - $2))
  [ $((${difference#-} * 5)) -lt "$1" ] || fail "$2 bytes were measured where $1 are saved"
}

t "everything that was planted is named, with its imports and what it costs"
before=$(own_bytes)
sed -i 's/profile: debug/profile: small/' whittle.yaml
small=$(own_bytes)
whittle_exits 0 inspect --advise --json
cp "$out" "$work/advice.json"
equal "$(jq '.images[0].own.compressedSize' "$work/advice.json")" "$small"
advice "no call of reflect" >"$work/dead"
equal "$(jq -c '[.kind, .causes[0].name, .causes[0].chain]' "$work/dead")" \
  '["dead-code","example.com/advice/internal/dispatch.Call",["example.com/advice/cmd/server","example.com/advice/internal/plugins","example.com/advice/internal/dispatch"]]'
advice "without go/format" >"$work/fat"
equal "$(jq -c '[.kind, .measure, .causes[0].chain]' "$work/fat")" \
  '["import","tried",["example.com/advice/cmd/server","example.com/advice/internal/export","go/format"]]'
advice "without example.com/advice/internal/places" >"$work/table"
[ "$(jq .saved.compressedSize "$work/table")" -gt 55000 ] || fail "a table of 60,000 bytes would go: $(cat "$work/table")"
equal "$(jq -c '.causes[0].chain[1:]' "$work/table")" '["example.com/advice/internal/plugins","example.com/advice/internal/places"]'
advice "build tag lean" >"$work/tag"
equal "$(jq -c '[.kind, .applied]' "$work/tag")" '["build-tag",false]'
[ "$(jq .saved.compressedSize "$work/tag")" -gt 60000 ] || fail "two tables of 40,000 bytes are left out: $(cat "$work/tag")"
advice "one version of example.com/third instead of 2" >"$work/versions"
equal "$(jq -c '[.causes[].name] | sort' "$work/versions")" '["example.com/third","example.com/third/v2"]'
advice "1 file embedded in example.com/third" >"$work/embedded"
equal "$(jq -s -c 'map(.causes[0].name) | unique' "$work/embedded")" '["picture.bin"]'
equal "$(jq -c '.images[0].failed | map(test("^build tag bare: .*undefined: needed"))' "$work/advice.json")" '[true]'

t "the fat import saves about what was measured once it is gone"
cp -R . "$work/changed"
cd "$work/changed"
printf 'package export\n\n// Source is as it was.\nfunc Source(text string) string { return text }\n' >internal/export/export.go
about $((small - $(own_bytes))) "$(jq .saved.compressedSize "$work/fat")"

t "so does the call that keeps dead code"
cp "$work/m/internal/export/export.go" internal/export/export.go
cat >internal/dispatch/dispatch.go <<'EOF'
package dispatch

import "reflect"

// Call calls the only method there is.
func Call(target any, name string) string {
	if name != "Upper" {
		return ""
	}
	return reflect.ValueOf(target).MethodByName("Upper").Call(nil)[0].String()
}
EOF
about $((small - $(own_bytes))) "$(jq .saved.compressedSize "$work/dead")"
whittle_exits 0 inspect --advise
grep -q "no call of reflect" "$out" && fail "nothing keeps dead code any more"

t "the build tag saves what it said, to the byte"
cd "$work/m"
sed 's|main: .*|&\n    build-tags: [lean]|' whittle.yaml >tagged.yaml
cp whittle.lock tagged.lock
whittle_exits 0 build -f tagged.yaml -o "oci:$work/layout:2" --result "$work/result.json"
equal $((small - $(jq '[.images[0].platforms[0].layers[].size] | add' "$work/result.json"))) "$(jq .saved.compressedSize "$work/tag")"
rm tagged.*

t "--apply saves what it says, to the byte, and keeps the rest of the spec"
sed -i 's/profile: small/profile: debug/' whittle.yaml
cp whittle.yaml "$work/before.yaml"
whittle_exits 0 inspect --advise --apply --json
err_has 'wrote whittle.yaml' 'server: profile: small' 'wrote whittle.lock'
equal "$(jq -c '[.images[0].advice[] | select(.applied).change]' "$out")" '["profile: small","compression: {format: gzip, level: smallest}"]'
together=$(jq '.images[0].together.compressedSize' "$out")
equal "$(diff "$work/before.yaml" whittle.yaml | sed -n '/^[<>]/p' || true)" "$(cat <<'EOF'
>     compression: {format: gzip, level: smallest}
<     profile: debug
>     profile: small
EOF
)"
equal $((before - $(own_bytes))) "$together"
whittle_exits 0 build --locked -o "oci:$work/layout:3"

t "a second --apply changes nothing"
cp whittle.yaml "$work/before.yaml"
cp whittle.lock "$work/before.lock"
whittle_exits 0 inspect --advise --apply
err_has 'there is nothing to write to the spec'
cmp whittle.yaml "$work/before.yaml"
cmp whittle.lock "$work/before.lock"
out_has 'without go/format, about' './cmd/server → ./internal/export → go/format' './cmd/server → ./internal/plugins → ./internal/dispatch'

t "nothing was stored under a name, and nothing is left behind"
whittle_exits 5 inspect local:server
[ -z "$(ls "$XDG_CACHE_HOME/whittle/tmp")" ] || fail "left behind: $(ls "$XDG_CACHE_HOME/whittle/tmp")"

t "wrong use, no spec, and sources that do not compile"
whittle_exits 2 inspect --advise no-such-image
whittle_exits 2 inspect --apply local:server
whittle_exits 2 inspect --offline local:server
whittle_exits 2 inspect --advise --html page.html
whittle_exits 2 inspect
(cd "$work" && whittle_exits 2 inspect --advise)
rm whittle.yaml
whittle_exits 2 inspect --advise --apply ./cmd/server
err_has 'there is none here'
cp "$work/before.yaml" whittle.yaml
echo 'func broken() int { return "" }' >>internal/export/export.go
whittle_exits 4 inspect --advise --apply
err_has internal/export/export.go 'finding out what makes server smaller'
out_is_empty
cmp whittle.yaml "$work/before.yaml"
rm -r cmd/server
whittle_exits 4 inspect --advise
err_has './cmd/server'
