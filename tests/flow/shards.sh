#!/usr/bin/env bash
# The images of a spec in parts: each is built once, wherever; what died or was run twice is no harm; the last one joins.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry git skopeo openssl
flow_registry
cache=$registry/fleet/cache
src=$work/src
hello "$src"
{
  printf 'version: 1\ngo: {version: %s}\nimages:\n' "$(pinned_go)"
  for i in 1 2 3 4 5 6 7; do printf '  s%s: {main: ./cmd/hello, base: scratch, env: {N: "%s"}, push: %s/fleet/s%s}\n' $i $i "$registry" $i; done
} >"$src/whittle.yaml"
whittle_exits 0 lock -f "$src/whittle.yaml"
git -C "$src" init -q -b main
git -C "$src" add -A && git -C "$src" -c user.name=a -c user.email=a@example.com commit -qm one
shard() { whittle_exits "${wanted:-0}" build -f "$src/whittle.yaml" --push --cache "$cache" --cache-write "$@"; }

t "all images are built once, about as many by each"
shard --shard 1/3
cut -d@ -f1 "$out" >"$work/built"
equal "$(wc -l <"$out")" 3
shard --shard 2/3
cut -d@ -f1 "$out" >>"$work/built"

t "join names the shard that has not finished, and writes nothing"
wanted=5 shard --join=3 --index "$registry/fleet/all:1"
err_has "of 3 shards, 3 has not finished"
out_is_empty
shard --shard 2/3 --join
err_has "of 3 shards, 3 has not finished; whoever is last joins"

t "whoever is last joins: all images, and one index over them"
shard --shard 3/3 --join --index "$registry/fleet/all:1" --result "$work/result"
equal "$(wc -l <"$out")" 8
for i in 1 2 3 4 5 6 7; do out_has "$registry/fleet/s$i@sha256:"; done
equal "$(sort "$work/built" | uniq -d)" ""
equal "$(jq '.joined.images | length' "$work/result")" 7
index=$(grep "^$registry/fleet/all" "$out")
skopeo inspect --raw --tls-verify=false "docker://$registry/fleet/all@${index##*@}" >"$work/index"
equal "$(jq -r '[.manifests[].annotations["dev.whittle.image"]] | join(" ")' "$work/index")" "s1 s2 s3 s4 s5 s6 s7"
for i in 1 5; do
  digest=$(jq -r --arg i "s$i" '.manifests[] | select(.annotations["dev.whittle.image"] == $i) | .digest' "$work/index")
  skopeo inspect --tls-verify=false "docker://$registry/fleet/all@$digest" >/dev/null || fail "s$i is not whole beside the index"
done

t "joined again, and after a shard was run again, it is the same"
shard --join=3 --index "$registry/fleet/all:2"
equal "$(grep "^$registry/fleet/all" "$out" | sed 's/.*@//')" "${index##*@}"
shard --shard 1/3 --affected
err_has "images are as they were"
shard --join=3 --index "$registry/fleet/all:3"
equal "$(grep "^$registry/fleet/all" "$out" | sed 's/.*@//')" "${index##*@}"

t "another commit is another run"
reports() { skopeo list-tags --tls-verify=false "docker://$cache" | jq -r '.Tags[]' | grep '^whittle-shard-'; }
reports >"$work/reports"
printf '// Changed.\n' >>"$src/cmd/hello/main.go"
git -C "$src" -c user.name=a -c user.email=a@example.com commit -qam two
wanted=5 shard --join=3
err_has "of 3 shards, 1, 2, 3 have not finished"

t "a shard that is killed is one that has not finished; run again, nothing is lost"
for n in 1 2 3; do
  killed "$whittle" build -f "$src/whittle.yaml" --push --cache "$cache" --cache-write --shard $n/3
  shard --shard $n/3
done
shard --join=3
equal "$(wc -l <"$out")" 7

t "a report that lies is named and does not count"
tag=$(reports | grep -vxF -f "$work/reports" | grep -e '-1$')
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem" 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
wanted=5 shard --join=3 --cache-trust "$work/key.pub" --sign "$work/key.pem"
err_has "the report of shard 1 in $cache is not used: it is not signed"
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$cache:$tag" "docker://$cache:${tag%-1}-2"
wanted=5 shard --join=3
err_has "the report of shard 2 is not used: it is of another build, and was put there"

t "flags that do not go together are refused"
whittle_exits 2 build -f "$src/whittle.yaml" --shard 4/3
whittle_exits 2 build -f "$src/whittle.yaml" --join=3
err_has "there is nowhere that shards could tell one another"
whittle_exits 2 build -f "$src/whittle.yaml" --join --cache "$cache"
err_has "nothing says how many shards"
