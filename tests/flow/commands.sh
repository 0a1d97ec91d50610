#!/usr/bin/env bash
# Every command that reports, and the commands that the documentation shows.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/remote_lib.sh
. "$flow_dir/remote_lib.sh"
need skopeo docker-registry
hello "$work/hello"
cd "$work/hello"

t "version, help, completion"
whittle_exits 0 version
matches "$(cat "$out")" '[0-9]+\.[0-9]+\.[0-9]+'
line=$(head -1 "$out")
whittle_exits 0 --version
equal "$(cat "$out")" "$line"
whittle_exits 0 --help
out_has build copy inspect cache schema
for command in build copy inspect slim cache schema version completion; do
  whittle_exits 0 $command --help
  [ -s "$out" ] || fail "no help for $command"
done
for shell in bash zsh fish; do
  whittle_exits 0 completion $shell
  out_has whittle build
done
whittle_exits 0 completion bash
bash -n "$out"

t "a misspelt command or flag is named, with the one that was meant"
whittle_exits 2 biuld
err_has 'unknown command "biuld"; did you mean build?'
whittle_exits 2 build --platfrom linux/arm64
err_has 'unknown flag "--platfrom"; did you mean --platform?' '`whittle build --help`'
whittle_exits 2 cache gcc
err_has 'did you mean gc?'
whittle_exits 2 inspect a b
err_has 'unknown argument "b"'

t "schema is JSON and the one that is checked in"
whittle_exits 0 schema
jq -e '.["$schema"] and .properties.images' "$out" >/dev/null || fail "no JSON Schema"
checked_in=$(find "$whittle_root/schema" -name '*.json' 2>/dev/null | head -n1)
if [ -n "$checked_in" ]; then cmp "$out" "$checked_in" || fail "$checked_in is not what \`whittle schema\` prints"; fi

t "inspect shows every part with its cost"
digest=$(build -o "oci:$work/layout:1" --platform linux/amd64,linux/arm64)
whittle_exits 0 inspect "oci:$work/layout:1"
out_has "$digest" linux/amd64 linux/arm64
whittle_exits 0 inspect --json "oci:$work/layout:1"
jq . "$out" >/dev/null || fail "not JSON"
grep -q "$digest" "$out" || fail "no digest"
for blob in $(skopeo inspect --raw "oci:$work/layout:1" | jq -r '.manifests[].digest'); do
  jq -r '.layers[].digest' "$work/layout/blobs/sha256/${blob#sha256:}" | while read -r layer; do out_has "$layer"; done
done
whittle_exits 5 inspect "oci:$work/absent:1"

t "stdout of build is results alone, with every kind of progress"
for progress in plain json none; do
  again=$(build -o "oci:$work/layout:1" --platform linux/amd64,linux/arm64 --progress $progress)
  equal "$again" "$digest"
  equal "$(wc -l <"$out")" 1
done
build -o "oci:$work/fresh:1" --progress none >/dev/null
[ ! -s "$err" ] || fail "--progress none prints: $(cat "$err")"
whittle_exits 0 build -o "oci:$work/fresh2:1" --progress json
jq -c . "$err" >/dev/null || fail "--progress json prints no JSON: $(head -n3 "$err")"
grep -q $'\033' "$err" && fail "escape codes without a terminal"

t "names that are not UTF-8 are escaped in JSON (hostile 273)"
odd=$work/odd$'\xff'
whittle_exits 0 build -o "oci:$odd:1" --result "$work/result.json"
jq -e '.images[0].places[0] | contains("odd\\xff:1@sha256:")' "$work/result.json" >/dev/null || fail "$(cat "$work/result.json")"
whittle_exits 0 inspect --json "oci:$odd:1"
jq -e '.place | endswith("odd\\xff:1")' "$out" >/dev/null || fail "$(cat "$out")"
XDG_CACHE_HOME=$odd whittle_exits 0 cache status --json
jq -e '.folder | endswith("odd\\xff/whittle")' "$out" >/dev/null || fail "$(cat "$out")"

t "cache status and gc"
own_toolchain
rm "$XDG_CACHE_HOME/whittle/packages"
build >/dev/null
whittle_exits 0 cache status
out_has binaries store
whittle_exits 0 cache status --json
jq . "$out" >/dev/null || fail "not JSON"
whittle_exits 0 cache gc
again=$(build -o "oci:$work/after-gc:1" --platform linux/amd64,linux/arm64)
equal "$again" "$digest"
valid_layout "$work/after-gc"

t "what README.md and docs/ show runs"
flow_registry
start_remote
fixture shop "$work/shop"
cd "$work/shop"
export WHITTLE_PUSH=$registry/shop
mkdir "$work/bin" && ln -s "$whittle" "$work/bin/whittle"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out cosign.key 2>/dev/null
openssl pkey -in cosign.key -pubout -out cosign.pub
(cd "$whittle_root/fixtures/advisories" && python3 -m zipfile -c "$work/shop/vulndb.zip" ID)
printf 'goroutine 1 [running]:\nmain.main()\n\t?:0 +0x1d\n' >trace
if ! docker info >/dev/null 2>&1; then
  echo "   no Docker daemon runs here: skopeo reads what goes to \`docker load\` (flow archives shows it with a daemon)"
  printf '#!/bin/sh\ncat >"%s/loaded.tar" && skopeo inspect "docker-archive:%s/loaded.tar"\n' "$work" "$work" >"$work/bin/docker"
  chmod +x "$work/bin/docker"
fi
shown=0
for page in "$whittle_root/README.md" "$whittle_root"/docs/*.md; do
  while IFS= read -r line; do
    line=${line//registry.example.com/$registry}
    line=${line//grpcs:\/\/build.example.com\/team/grpc://$remote}
    printf '   %s: %s\n' "${page##*/}" "$line"
    PATH=$work/bin:$PATH bash -euo pipefail -c "$line" >"$out" 2>"$err" </dev/null ||
      fail "$line: $(tail -n 5 "$err")"
    shown=$((shown + 1))
  done < <(sed -n '/^```sh$/,/^```$/p' "$page" | grep '^whittle ' || true)
done
[ $shown -gt 0 ] || fail "the documentation shows no command"
