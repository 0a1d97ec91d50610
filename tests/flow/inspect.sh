#!/usr/bin/env bash
# whittle inspect: where every byte of an image goes. Real programs of three Go releases and two architectures, stripped
# and not, position independent, with C code; in layers of every compression and of other makers. The parts of every
# report add up to the blobs to the byte, and the text of programs is attributed.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gzip zstd tar

# Whether each node is the sum of its children, the layers of a platform are its blobs and its tars, and no layer is
# larger than its blob.
cat >"$work/sums.jq" <<'EOF'
def whole: if .children then (.children | map(.size) | add) == .size and
  (.children | map(.compressedSize) | add) == .compressedSize and (.children | all(whole)) else true end;
.platforms | length > 0 and all(
  (.tree | all(whole)) and (.tree | map(.compressedSize) | add) == .size and (.tree | map(.size) | add) == .uncompressedSize and
  ([.tree[] | {name, compressedSize}] == [.layers[] | {name: .digest, compressedSize: .size}]))
EOF
sums() {  # PLACE [FLAG…]
  whittle_exits 0 inspect --json "$@"
  [ "$(jq -f "$work/sums.jq" "$out")" = true ] || fail "the parts of $* do not add up"
}
# layout TAG COMPRESSOR TAR…: an image in oci:$work/images, the first layer the lowest.
put() {  # FILE: into the layout; prints its descriptor without a type
  local digest
  digest=$(sha256sum "$1")
  cp "$1" "$work/images/blobs/sha256/${digest%% *}"
  jq -cn --arg digest "sha256:${digest%% *}" --argjson size "$(stat -c %s "$1")" '{digest: $digest, size: $size}'
}
layout() {
  local tag=$1 compressor=$2 tar suffix='' layers='[]' ids='[]' config manifest
  shift 2
  mkdir -p "$work/images/blobs/sha256"
  for tar; do
    case $compressor in
      gzip) gzip -6nc "$tar" >"$work/layer"; suffix=+gzip ;;
      zstd) zstd -qc "$tar" >"$work/layer"; suffix=+zstd ;;
      none) cp "$tar" "$work/layer" ;;
    esac
    layers=$(jq -c --arg type "application/vnd.oci.image.layer.v1.tar$suffix" --argjson blob "$(put "$work/layer")" \
      '. + [{mediaType: $type} + $blob]' <<<"$layers")
    ids=$(jq -c --arg id "sha256:$(sha256sum "$tar" | cut -d' ' -f1)" '. + [$id]' <<<"$ids")
  done
  jq -cn --argjson ids "$ids" --arg architecture "${architecture:-amd64}" '{architecture: $architecture, os: "linux", config: {}, rootfs: {type: "layers", diff_ids: $ids}}' >"$work/config"
  config=$(put "$work/config")
  jq -cn --argjson config "$config" --argjson layers "$layers" '{schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json", layers: $layers,
    config: ({mediaType: "application/vnd.oci.image.config.v1+json"} + $config)}' >"$work/manifest"
  manifest=$(put "$work/manifest")
  [ -e "$work/images/index.json" ] || echo '{"schemaVersion":2,"manifests":[]}' >"$work/images/index.json"
  jq -c --argjson m "$manifest" --arg tag "$tag" '.manifests += [{mediaType: "application/vnd.oci.image.manifest.v1+json",
    annotations: {"org.opencontainers.image.ref.name": $tag}} + $m]' "$work/images/index.json" >"$work/index"
  mv "$work/index" "$work/images/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$work/images/oci-layout"
}
pack() { tar --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/$1.tar" -C "$2" .; }

mkdir -p "$work/src/data"
cd "$work/src"
printf 'module example.com/prog\n\ngo 1.18\n' >go.mod
cat >main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	json.NewEncoder(os.Stdout).Encode(map[string]int{"a": len(os.Args)})
	fmt.Println(http.ListenAndServe(":0", nil))
}
EOF
# toolchain VERSION: an older Go, as its module proxy has it, runnable. Prints its go; nothing when it cannot be had.
toolchain() {
  local dir
  dir=$(GOFLAGS=-mod=mod go mod download -json "golang.org/toolchain@v0.0.1-go$1.linux-$(go env GOARCH)" 2>/dev/null | jq -r '.Dir // empty') || true
  [ -n "$dir" ] || return 0
  cp -r --no-preserve=mode "$dir" "$work/go$1"
  chmod -R u+x "$work/go$1/bin" "$work/go$1/pkg/tool"
  echo "$work/go$1/bin/go"
}
bin=$work/files/bin
mkdir -p "$bin"
program() {  # NAME GO [VARIABLE=VALUE…] -- FLAG…
  local name=$1 go=$2 environment=()
  shift 2
  while [ "$1" != -- ]; do environment+=("$1"); shift; done
  shift
  env GOTOOLCHAIN=local GOROOT= "${environment[@]}" "$go" build -trimpath -buildvcs=false -o "$bin/$name" "$@" . 2>"$err" ||
    fail "building $name: $(tail -n 5 "$err")"
}
t "ten real programs: every byte is told apart"
newest=$(command -v go)
program stripped "$newest" CGO_ENABLED=0 -- -ldflags '-s -w'
program whole "$newest" CGO_ENABLED=0 --
program pie "$newest" CGO_ENABLED=0 -- -buildmode=pie -ldflags '-s -w'
program arm "$newest" CGO_ENABLED=0 GOARCH=arm64 -- -ldflags '-s -w'
command -v gcc >/dev/null && program cgo "$newest" CGO_ENABLED=1 -- -ldflags -linkmode=external
releases=1
for version in 1.18.10 1.21.13; do
  go=$(toolchain "$version")
  [ -n "$go" ] || continue
  releases=$((releases + 1))
  program "whole-$version" "$go" CGO_ENABLED=0 --
  program "stripped-$version" "$go" CGO_ENABLED=0 -- -ldflags '-s -w'
  program "arm-pie-$version" "$go" CGO_ENABLED=0 GOARCH=arm64 -- -buildmode=pie -ldflags '-s -w'
done
printf '   %s programs of %s releases\n' "$(find "$bin" -type f | wc -l)" "$releases"
pack programs "$work/files"
layout programs gzip "$work/programs.tar"
sums "oci:$work/images:programs"
# Of each program: of the text what modules have, C code as well; of the file what nothing is known of.
jq -r '.platforms[0].tree[].children[] | select(.name | startswith("bin/")) | . as $file |
  (.children[] | select(.name == ".text")) as $text |
  [.name, ([$text.children[] | select(.kind == "module") | .size] | add) / $text.size,
   ([$file.children[] | select(.kind == "unattributed") | .size] | add // 0) / .size,
   ([.. | objects | select(.kind == "function")] | length)] | @tsv' "$out" >"$work/shares"
[ "$(wc -l <"$work/shares")" = "$(find "$bin" -type f | wc -l)" ] || fail "programs are missing: $(cat "$work/shares")"
awk '$2 < 0.999 || $3 >= 0.001 || $4 < 300 { print; bad = 1 } END { exit bad }' "$work/shares" || fail "a program is not attributed"

t "what the tree says of functions is what go tool nm says"
mkdir "$work/single" && cp "$bin/whole" "$work/single/"
pack single "$work/single"
layout single none "$work/single.tar"
sums "oci:$work/images:single"
jq -r '[.platforms[0].tree[].children[] | select(.name == "whole") | .children[] | select(.name == ".text") | .children[].children[] |
  select(.name == "net/http") | .children[] | select(.kind == "function")] | map(.size) | add' "$out" >"$work/ours"
go tool nm -size "$bin/whole" | awk '$3 ~ /[tT]/ && $4 ~ /^net\/http\./ { sum += $2 } END { print sum }' >"$work/theirs"
# Ours have the padding behind each function as well: at most 31 bytes of each.
awk 'NR == 1 { ours = $1 } NR == 2 { exit !(ours >= $1 && ours < $1 * 1.15) }' "$work/ours" "$work/theirs" ||
  fail "net/http has $(cat "$work/ours") bytes, by go tool nm $(cat "$work/theirs")"

t "the same programs in every compression, and in two layers"
mkdir -p "$work/upper/bin" "$work/upper/etc"
cp "$bin/arm" "$work/upper/bin/arm" && chmod 700 "$work/upper/bin/arm"
cp "$bin/stripped" "$work/upper/bin/again"
touch "$work/upper/bin/.wh.pie"
pack upper "$work/upper"
for compressor in gzip zstd none; do
  layout "two-$compressor" "$compressor" "$work/programs.tar" "$work/upper.tar"
  sums "oci:$work/images:two-$compressor"
  jq -r '.platforms[0].waste.files[] | "\(.reason) \(.path) \(.layer)"' "$out" | sort >"$work/waste"
  printf 'copied bin/arm 0\ndeleted bin/pie 0\nduplicate bin/again 1\n' | cmp - "$work/waste" || fail "waste: $(cat "$work/waste")"
  jq -e '.platforms[0].waste | .compressedSize == ([.files[].compressedSize] | add) and
    .compressedSize == ([.reasons[].compressedSize] | add)' "$out" >"$work/.true"
done

t "for people: files, programs by module, package and section, waste"
whittle_exits 0 inspect "oci:$work/images:two-gzip"
out_has '/bin/stripped' 'by module' 'standard library' 'waste: ' 'layer 1: /bin/pie, deleted later' 'layer 2: /bin/again, the same as /bin/'
whittle_exits 0 inspect --by package --top 3 "oci:$work/images:single"
out_has '/whole by package' ' more'
whittle_exits 0 inspect --by section "oci:$work/images:single"
out_has '.gopclntab'
whittle_exits 0 inspect --by layer "oci:$work/images:single"
! grep -q ' by ' "$out" || fail "programs are shown"
whittle_exits 2 inspect --by size "oci:$work/images:single"

t "a page, and what changed against another image"
whittle_exits 0 inspect --html "$work/page.html" --against "oci:$work/images:programs" "oci:$work/images:single"
out_has "against oci:$work/images:programs: -" 'files that changed' '  /bin/' '-' 'gone'
whittle_exits 0 inspect --json --against "oci:$work/images:programs" "oci:$work/images:single"
jq -e 'def change: .compressedSize - .before.compressedSize;
  def whole: if .children then (.children | map(change) | add) == change and (.children | all(whole)) else true end;
  (.against.place | endswith(":programs")) and (.against.digest | startswith("sha256:")) and
  (.platforms[0] | (.changes | length) == 1 and (.changes | all(whole)) and
    .changes[0].compressedSize == .size and any(.changes[0].children[]; .name == "bin/whole" and .compressedSize == 0))' \
  "$out" >"$work/.true" || fail "what changed does not add up: $(jq -c '.platforms[0].changes[0] | del(.children)' "$out")"
whittle_exits 0 inspect --json --against "oci:$work/images:single" "oci:$work/images:single"
equal "$(jq -c '.platforms[0].changes' "$out")" '[]'
whittle_exits 11 inspect --html "$work/nowhere/page.html" "oci:$work/images:single"
err_has "writing \"$work/nowhere/page.html\""
grep -q "default-src 'none'" "$work/page.html" || fail "the page may load what it wants"
! grep -qE '(src|href)=|https?:|url\(' "$work/page.html" || fail "the page refers to something outside"
if command -v chromium >/dev/null; then
  chromium --headless --no-sandbox --disable-gpu --dump-dom "file://$work/page.html" >"$work/dom" 2>"$err" || fail "chromium: $(tail -n 5 "$err")"
  grep -q 'compressed, .* unpacked' "$work/dom" && grep -q '<td>sha256:' "$work/dom" || fail "the page's script did not run"
  chromium --headless --no-sandbox --disable-gpu --dump-dom "file://$work/page.html#packages" >"$work/dom" 2>"$err"
  grep -q '<td>standard library</td>' "$work/dom" || fail "the page shows no packages"
fi

t "two runs say the same"
whittle_exits 0 inspect --json --jobs 1 "oci:$work/images:two-gzip"
cp "$out" "$work/first"
whittle_exits 0 inspect --json --jobs 4 "oci:$work/images:two-gzip"
cmp "$out" "$work/first"

t "an index: all its platforms, one of them, a page to choose from"
mkdir "$work/other" && cp "$bin/arm" "$work/other/"
pack other "$work/other"
architecture=arm64 layout other gzip "$work/other.tar"
jq -c '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [.manifests[] |
  .annotations["org.opencontainers.image.ref.name"] as $tag | select($tag == "single" or $tag == "other") |
  {mediaType, digest, size, platform: {os: "linux", architecture: (if $tag == "other" then "arm64" else "amd64" end)}}]}' \
  "$work/images/index.json" >"$work/both"
jq -c --argjson m "$(put "$work/both")" '.manifests += [{mediaType: "application/vnd.oci.image.index.v1+json",
  annotations: {"org.opencontainers.image.ref.name": "both"}} + $m]' "$work/images/index.json" >"$work/index"
mv "$work/index" "$work/images/index.json"
sums "oci:$work/images:both"
equal "$(jq -c '[.platforms[].platform]' "$out")" '["linux/amd64","linux/arm64"]'
layer=$(jq -r '.platforms[1].layers[0].digest' "$out")
sums "oci:$work/images:both" --platform linux/arm64
equal "$(jq -c '[.platforms[].platform]' "$out")" '["linux/arm64"]'
whittle_exits 5 inspect --platform linux/riscv64 "oci:$work/images:both"
whittle_exits 0 inspect --html "$work/page.html" "oci:$work/images:both"
if command -v chromium >/dev/null; then
  for first in '' '#linux/arm64'; do
    chromium --headless --no-sandbox --disable-gpu --dump-dom "file://$work/page.html$first" >"$work/dom" 2>"$err" || fail "chromium: $(tail -n 5 "$err")"
    grep -q '<option value="1">linux/arm64</option>' "$work/dom" || fail "the page does not let one choose"
    shows=$(grep -c "<td>$layer</td>" "$work/dom" || true)
    equal "$shows" "$([ -z "$first" ] && echo 0 || echo 1)"
  done
fi

t "a tar that lies is unattributed behind the lie; a stream that lies is refused"
cp "$work/single.tar" "$work/lying.tar"
printf 'xxxxxxxx' | dd of="$work/lying.tar" bs=1 seek=148 conv=notrunc status=none
layout lying gzip "$work/lying.tar"
sums "oci:$work/images:lying"
jq -e '.platforms[0].tree[0].children | length == 1 and .[0].kind == "unattributed"' "$out" >"$work/.true"
grep -q 'is not known further' "$err" || fail "nothing was said of the tar"
head -c 3000000 "$bin/whole" >"$work/single/whole"
pack cut "$work/single"
layout cut zstd "$work/cut.tar"
sums "oci:$work/images:cut"
