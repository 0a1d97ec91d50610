#!/usr/bin/env bash
# `limits` of the spec, and what is said of an image that grew: a planted import breaks limits, and is named with its
# size and the imports that brought it; nothing is pushed. For people, and as Markdown for a pull request.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
flow_registry

hello "$work/hello"
cd "$work/hello"
chi=github.com/go-chi/chi/v5
echo "require $chi $(awk -v chi=$chi '$1 == chi { print $2 }' "$whittle_root/fixtures/shop/go.mod")" >>go.mod
grep "^$chi " "$whittle_root/fixtures/shop/go.sum" >go.sum
cat >>whittle.yaml <<YAML
    push: $registry/hello
    tags: ["commit-\${git.commit}", stable]
    limits: {}
YAML
limits() { sed -i "s|^    limits: .*|    limits: {$1}|" whittle.yaml; }
# push CODE [FLAG…]: under a tag of its own and `stable`, as a pipeline does.
push() { whittle_exits "$1" build --push --tag "$RANDOM" --tag stable "${@:2}"; }
local_build() { whittle_exits "$1" build --tag 1 "${@:2}"; }  # there is no commit to expand the first tag of the spec
stable() { whittle_exits 0 inspect "$registry/hello:stable" && sed -n 2p "$out"; }
# refused [FLAG…]: a build that is above a limit, and leaves everything as it was.
refused() {
  local before sent
  before=$(stable)
  sent=$(sent_to_registry)
  push 9 "$@"
  out_is_empty
  equal "$(sent_to_registry)" "$sent" "something was sent to the registry"
  cp "$err" "$work/refusal"
  equal "$(stable)" "$before" "the tag moved"
  cp "$work/refusal" "$err"
}
# bytes KIND NAME: what inspect counts for the modules or packages of that name, as people read it.
bytes() {
  whittle_exits 0 inspect --json "$work_place"
  jq -r --arg kind "$1" --arg name "$2" '[.platforms[0].tree[] | .. | objects | select(.kind == $kind and
    ((.name | split(" ")[0]) == $name or ($name == "std" and .name == "standard library"))) | .compressedSize] | add' "$out" |
    awk '{ if ($1 < 999.95) print $1 " B"; else if ($1 < 999950) printf "%.1f kB\n", $1 / 1000; else printf "%.1f MB\n", $1 / 1000000 }'
}

t "nothing was pushed yet: a limit is broken all the same"
limits 'image: 1kB'
push 9
err_has 'the image hello is larger than `limits` allow; nothing was written' 'the image has ' 'above its limit of 1kB (whittle.yaml:12:' \
  "what grew is not known: nothing was pushed to $registry/hello:stable yet" 'hint: '

t "what is within its limits is pushed; what is not there is a warning"
limits "image: 1MiB, layer: 1MiB, layers: {binaries: 1 MB, files: 1kB}, modules: {std: 700 kB, $chi: 100}, packages: {fmt: 30 kB, net/http: 2.5kB}"
push 0
err_has "hello has no module $chi on linux/" 'hello has no package net/http on linux/' 'its limit has no effect'
digest=$(result_digest)

t "nothing changed: no program is read, and the registry is asked no more than without limits"
requests() { grep -c ' /v2/' "$registry_log" || true; }
asked() {  # COMMAND…: how many requests it makes
  local before
  before=$(requests)
  "$@"
  echo $(($(requests) - before))
}
with=$(asked push 0)
equal "$(result_digest)" "$digest"
! grep -q 'sizes in' "$err" || fail "sizes were counted again"
sed 's/^    limits: .*//' whittle.yaml >without.yaml
without=$(asked push 0 -f without.yaml)
equal "$with" "$without" "requests to the registry"
rm without.yaml
sed -i 's/700 kB/701 kB/' whittle.yaml
push 0
! grep -q 'sizes in' "$err" || fail "another limit made whittle count again"
for entry in "$XDG_CACHE_HOME"/whittle/index/sizes/*; do echo damaged >>"$entry"; done
push 0
grep -q 'sizes in' "$err" || fail "a damaged entry of the cache was believed"

t "a planted import: every limit that it breaks, what grew, and which import brought it"
cat >internal/text/planted.go <<GO
package text

import "$chi"

func init() { Greeting += chi.NewRouter().Routes()[0].Pattern }
GO
refused
work_place=oci:$work/large:1
local_build 0 --ignore-limits -o "$work_place"
chain="./cmd/hello → ./internal/text → $chi"
for part in "module $chi" 'module std' 'package net/http'; do
  read -r kind name <<<"$part"
  size=$(bytes "$kind" "$name")
  cp "$work/refusal" "$err"
  err_has "    $part has $size, "
done
err_has 'the image has ' 'layer binaries has ' "  imported by $chain" "  imported by $chain → net/http" \
  "    since $registry/hello:stable: +" 'new in the program, by import' ' packages)' "$chi, new: $chain" 'net/http' '/usr/bin/hello'
grep -qE "\+[0-9.]+ kB  $chain \([0-9]+ packages\)" <(grep -A1 'new in the program' "$err") || fail "the import is not named first: $(cat "$err")"
! grep -q 'layer files has' "$err" || fail "a limit that holds is named"
refused
[ "$(grep -c 'sizes in hello' "$err")" = 1 ] || fail "the same image was counted twice: $(cat "$err")"

t "the same as Markdown for a pull request"
refused --report "$work/report.md"
report_has() { local text; for text in "$@"; do grep -qF -- "$text" "$work/report.md" || fail "the report lacks \"$text\": $(cat "$work/report.md")"; done; }
report_has '### Size of the image `hello`' "against \`$registry/hello:stable\`" '| **image** | ' '| layer binaries | ' \
  "| module \`$chi\` | 100 | " ' above** |' '| layer `files` | 1kB | ' ' | holds |' "| \`$chain\` | " "| \`$chi v" '<details><summary>1 file, ' '</details>'
local_build 0 --ignore-limits --report "$work/report.md" -o "$work_place"
report_has '| **image** | ' ' above** |'
local_build 11 --report "$work/nowhere/report.md" --ignore-limits -o "$work_place"
err_has "$work/nowhere/report.md"

t "against another image, which may be anywhere"
refused --against "$work_place"
err_has "since $work_place: unchanged, compressed"
local_build 0 --ignore-limits --report "$work/report.md" --against "$work_place" -o "oci:$work/again:1"
report_has 'No file, module or package changed by 1.0 kB or more.'
! grep -q details "$work/report.md" || fail "the report is long"
refused --against "oci:$work/nothing:1"
err_has "what grew is not known: there is no image layout in $work/nothing"
push 2 --against "oci:"
sed "s/^    limits: .*//" whittle.yaml >without.yaml
whittle_exits 2 build -f without.yaml --tag 1 --against "$work_place"
err_has "nothing asks for sizes"
rm without.yaml

t "a registry that cannot be read, and --offline, are said and harm nothing"
closed=$(free_port)
refused --against "localhost:$closed/hello:1" --report "$work/report.md"
err_has 'what grew is not known: ' "localhost:$closed"
report_has 'Nothing to compare with: '
local_build 9 --offline -o "oci:$work/never:1"
err_has "what grew is not known: $registry/hello:stable is not asked for: --offline"
no_image "$work/never"
push 9 --offline --against "$work_place"
err_has "since $work_place: "

t "limits hold for each platform, which is named"
refused --platform linux/amd64,linux/arm64
err_has "linux/amd64: module $chi has " "linux/arm64: module $chi has " 'linux/arm64: the image has ' \
  "    $registry/hello:stable is not there for linux/" ": since $registry/hello:stable: +"
rm internal/text/planted.go
push 0 --platform linux/amd64,linux/arm64 --report "$work/report.md"
report_has '#### linux/amd64' '#### linux/arm64'

t "of several images none is written when one is above its limits"
cp whittle.yaml one.yaml
printf '  other:\n    main: ./cmd/hello\n    base: scratch\n    limits: {layers: {base: 1kB, binaries: 1kB}}\n' >>whittle.yaml
local_build 9 -o "oci:$work/several"
err_has 'the image other is larger' 'layer binaries has '
no_image "$work/several"
local_build 2 --against "$work_place" -o "oci:$work/several"
local_build 0 --ignore-limits -o "oci:$work/several"
mv one.yaml whittle.yaml

t "what is no limit is refused with its place"
for limit in 'image: 0' 'image: -1' 'image: 20 apples' 'layers: {application: 1MB}' 'modules: {./text: 1MB}' 'size: 1MB' ''; do
  limits "$limit"
  local_build 3
  err_has 'whittle.yaml:12:'
done

t "an image above its limits is still what its source says"
sed -i '/^    tags: /d' whittle.yaml
limits 'image: 1kB, packages: {fmt: 1kB}'
local_build 0 --ignore-limits -o "$work_place"
whittle_exits 0 verify --perturb none --source . "$work_place"
