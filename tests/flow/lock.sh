#!/usr/bin/env bash
# whittle.lock: made, checked, refused, renewed; and what a build does with it where things are gone, wrong or offline.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
hello "$work/hello"
cd "$work/hello"
lock=whittle.lock
good() { cp "$work/good.lock" $lock; }

t "a build without a lock makes one and says so"
rm $lock
first=$(build -o "oci:$work/layout:1")
err_has 'wrote ' "$lock" 'Go for linux/amd64' 'commit it'
cp $lock "$work/good.lock"
equal "$(build -o "oci:$work/layout:1")" "$first"
grep -q 'wrote ' "$err" && fail "the lock was written again"
whittle_exits 0 lock
out_is_empty
err_has 'up to date'
cmp $lock "$work/good.lock"

t "it is sorted, and has no time stamps"
equal "$(jq -S . $lock)" "$(jq . $lock)"
! grep -qE '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T' $lock || fail "a time stamp"

t "--check and --locked"
whittle_exits 0 lock --check
whittle_exits 0 build --locked -o "oci:$work/layout:1"
sed -i 's/base: scratch/base: static/' whittle.yaml
whittle_exits 3 lock --check
err_has 'packages static' 'whittle lock'
whittle_exits 3 lock --check --json
equal "$(jq -r '.lacking | length' "$out")" 1
whittle_exits 3 build --locked -o "oci:$work/layout:1"
err_has stale 'packages static'
CI=true whittle_exits 3 build -o "oci:$work/layout:1"
cmp $lock "$work/good.lock" || fail "--locked wrote the lock"
rm $lock
CI=1 whittle_exits 3 build -o "oci:$work/layout:1"
[ ! -e $lock ] || fail "--locked made a lock"
CI=1 whittle_exits 0 build --no-locked -o "oci:$work/layout:static"
whittle_exits 0 lock --check
cp $lock "$work/static.lock"
sed -i 's/base: static/base: scratch/' whittle.yaml
whittle_exits 3 lock --check
err_has 'no image has them'
whittle_exits 0 lock
out_has '- tzdata'
cmp $lock "$work/good.lock"

t "what is no lock is refused by entry (hostile 254)"
good && sed -i '1i <<<<<<< ours' $lock && whittle_exits 3 build -o "oci:$work/none:1"
err_has merge
good && sed -i 's/"version": 1$/"version": 9/' $lock && whittle_exits 3 build -o "oci:$work/none:1"
err_has 'version 9'
good && jq '.other = 1' $lock >x && mv x $lock && whittle_exits 3 build -o "oci:$work/none:1"
err_has 'unknown entry "other"'
good && jq 'del(.go.toolchains)' $lock >x && mv x $lock && whittle_exits 3 build -o "oci:$work/none:1"
err_has 'go' 'has no "toolchains"'
good && jq '.go.toolchains |= {"linux/s390x": "h1:AAAA"}' $lock >x && mv x $lock && whittle_exits 3 build --locked -o "oci:$work/none:1"
err_has 'no toolchain for linux/'
good && echo garbage >$lock && whittle_exits 3 lock --check
good && truncate -s 50M $lock && whittle_exits 3 lock --check
no_image "$work/none"

t "a toolchain with another hash is not used (hostile 263)"
good
jq '.go.toolchains |= map_values("h1:" + ("A" * 43) + "=")' $lock >x && mv x $lock
rm "$XDG_CACHE_HOME/whittle/toolchains"
PATH=/nowhere whittle_exits 8 build -o "oci:$work/none:1"
err_has h1:
equal "$(find "$XDG_CACHE_HOME/whittle/toolchains" -name sealed)" '' "a toolchain in the cache"
rm -r "$XDG_CACHE_HOME/whittle/toolchains"

t "a proxy that is down, or answers with a page"
good
scripted_server html
GOPROXY=http://127.0.0.1:1 GOMODCACHE=$work/nothing PATH=/nowhere whittle_exits 6 build -o "oci:$work/none:1"
err_has 127.0.0.1:1
GOPROXY=http://$server GOMODCACHE=$work/nothing PATH=/nowhere whittle_exits 6 build -o "oci:$work/none:1"
err_has "$server" 'web page'
GOPROXY=off GOMODCACHE=$work/nothing PATH=/nowhere whittle_exits '4|5|6' build -o "oci:$work/none:1"
equal "$(find "$XDG_CACHE_HOME/whittle/toolchains" -name sealed 2>/dev/null)" '' "a toolchain in the cache"
rm -rf "$XDG_CACHE_HOME/whittle/toolchains"

t "a Go that is older than go.mod wants is refused (hostile 30)"
share_cache "$XDG_CACHE_HOME"
good
sed -i 's/^go 1.26.0/go 1.99.0/' go.mod
whittle_exits '3|4' build -o "oci:$work/none:1"
err_has 1.99.0
sed -i 's/^go 1.99.0/go 1.26.0/' go.mod

t "offline, everything that is missing is named at once"
sed -i 's/base: scratch/base: static/' whittle.yaml
cp "$work/static.lock" $lock
XDG_CACHE_HOME=$work/empty PATH=/nowhere whittle_exits 5 build --offline -o "oci:$work/none:1"
err_has "Go $(pinned_go)" 'package tzdata' 'package ca-certificates' --offline
rm $lock
whittle_exits 5 build --offline -o "oci:$work/none:1"
err_has 'packages static'

t "a package that is gone is named, with what to do (hostile 255)"
jq '(.packages[] | select(.name == "netbase")) |= (.path = "pool/main/n/netbase/gone.deb" | .digest = "sha256:" + ("0" * 64))' \
  "$work/static.lock" >$lock
XDG_CACHE_HOME=$work/other whittle_exits 5 build -o "oci:$work/none:1"
err_has netbase 'whittle lock --update packages'

t "a store has what the archive has no more"
flow_registry
for store in "oci:$work/store" "$registry/shop/packages"; do
  cp "$work/static.lock" $lock
  whittle_exits 0 lock --store "$store"
  [ ! -d "$work/store" ] || valid_layout "$work/store"
  printf 'debian:\n  archives: [{uris: ["file:///nowhere"], suite: bookworm}]\n  stores: ["%s"]\n' "$store" >>whittle.yaml
  XDG_CACHE_HOME=$work/from-${store%%:*}
  share_cache "$XDG_CACHE_HOME"
  rm "$XDG_CACHE_HOME/whittle/packages"
  from_store=$(build -o "oci:$work/layout:store")
  sed -i '/^debian:/,$d' whittle.yaml
  XDG_CACHE_HOME=$work/cache
  equal "$from_store" "$(build -o "oci:$work/layout:store")"
done

t "what is new is told with what it weighs"
whittle_exits 0 copy "oci:$work/layout:static" "$registry/shop/base:1"
sed -i "s|base: static|base: $registry/shop/base:1|" whittle.yaml
rm $lock
whittle_exits 0 lock
grep -qE "^\+ Go for linux/amd64 $(pinned_go) \([0-9.]+ MB\)$" "$out" || fail "no size of Go: $(cat "$out")"
grep -qE "^\+ $registry/shop/base:1 sha256:[0-9a-f]{12}…, 1 platform \([0-9.]+ MB\)$" "$out" || fail "no size of the base: $(cat "$out")"
sed -i "s|base: $registry.*|base: static|" whittle.yaml

t "the environment may say where packages come from"
rm $lock
WHITTLE_DEBIAN='deb [signed-by=/nowhere/keys.gpg] http://127.0.0.1:1/debian bookworm main' whittle_exits '5|6|8|11' lock
err_has 127.0.0.1:1
WHITTLE_DEBIAN='nonsense' whittle_exits '3|5' lock
err_has WHITTLE_DEBIAN
[ ! -e $lock ] || fail "a lock was written"

t "a changed package is not used (hostile 257)"
jq '(.packages[] | select(.name == "netbase")).size += 1' "$work/static.lock" >$lock
XDG_CACHE_HOME=$work/other whittle_exits 8 build -o "oci:$work/none:1"
err_has netbase
jq '(.packages[] | select(.name == "netbase")).digest = "sha256:" + ("0" * 64)' "$work/static.lock" >$lock
XDG_CACHE_HOME=$work/other whittle_exits 8 build -o "oci:$work/none:1"
err_has netbase
no_image "$work/none"
