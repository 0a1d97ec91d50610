#!/usr/bin/env bash
# Inlining as a choice per package: what the program does stays the same, and whatever chooses its bytes is part of the
# key, the provenance and the rebuild. Profile `smallest` makes the layer smaller.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
need git go tar
layout=$work/layout dir=$work/shop

# layer_size IMAGE [FLAG…]: bytes of the layer with the program, compressed.
layer_size() {
  whittle_exits 0 build "$1" "${@:2}" -o "oci:$work/sizes" --result "$work/result.json"
  jq '[.. | objects | select(.what? == "binaries").size] | add' "$work/result.json"
}
# flags IMAGE: the -gcflags in the provenance of one of the images.
flags() {
  local blob
  for blob in $(grep -laF '"predicateType":"https://slsa.dev/provenance/v1"' "$layout"/blobs/sha256/*); do
    jq -r --arg image "$1" 'select(.predicateType? == "https://slsa.dev/provenance/v1").predicate.buildDefinition
      | select(.externalParameters.image == $image) | .. | objects | .["/usr/bin/app: -gcflags"]? // empty' "$blob" || true
  done 2>/dev/null | sort -u
}

small_module "$dir"
ensure_shared
cp "$shared/hello.lock" "$dir/whittle.lock"
mkdir "$dir/internal/work"
cat >"$dir/internal/work/work.go" <<'GO'
// Package work has calls that are inlined, and panics below them.
package work

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(item T) { s.items = append(s.items, item) }
func (s *Stack[T]) Top() T      { return s.items[len(s.items)-1] }

func half(n int) int { return n / 2 }

// Sum adds what halving n gives.
func Sum(n int) (sum int) {
	var all Stack[int]
	for ; n > 0; n = half(n) {
		all.Push(n)
		sum += all.Top()
	}
	return sum
}

// Fails panics in a call that may be inlined.
func Fails() (text string) {
	defer func() { text = recover().(error).Error() }()
	var none Stack[string]
	return none.Top()
}
GO
cat >"$dir/cmd/app/main.go" <<'GO'
package main

import (
	"fmt"
	"os"
	"runtime/pprof"

	"example.com/app/internal/gen"
	"example.com/app/internal/work"
)

func main() {
	if len(os.Args) > 1 {
		profile, _ := os.Create(os.Args[1])
		pprof.StartCPUProfile(profile)
		for i, sum := 0, 0; i < 40_000_000 && sum >= 0; i++ {
			sum = work.Sum(i)
		}
		pprof.StopCPUProfile()
		profile.Close()
	}
	fmt.Println(gen.Table, work.Sum(100), work.Fails())
}
GO
spec() {  # NAME SETTINGS…
  printf 'version: 1\ngo: {version: %s}\nimages:\n' "$(pinned_go)"
  while [ $# -gt 0 ]; do
    printf '  %s:\n    base: scratch\n    binaries: [{main: ./cmd/app, path: /usr/bin/app%s}]\n' "$1" "${2:+, $2}"
    shift 2
  done
}
spec all '' hot 'inlining: hot' none 'inlining: none' named 'inlining: {rule: none, keep: [example.com/app/internal/work]}' \
  profiled 'inlining: {profile: cpu.pprof}' >"$dir/whittle.yaml"
cd "$dir"

t "a profile that is not there is missing, and one of something else is refused"
whittle_exits 5 build profiled
err_has 'there is no profile "cpu.pprof"' 'hint: take one'
echo 'goroutine 1 [running]:' >cpu.pprof
whittle_exits 8 build profiled
err_has 'cpu.pprof is cut or broken'

t "the program runs and says the same, whatever is inlined"
build all -o "oci:$layout:all" >/dev/null
program all
"$work/programs/all" cpu.pprof >"$work/expected"
git init -q . && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm one
build -o "oci:$layout" >/dev/null
valid_layout "$layout"
for name in all hot none named profiled; do
  program $name
  "$work/programs/$name" >"$work/said" || fail "$name does not run"
  cmp "$work/expected" "$work/said" || fail "$name says something else"
done

t "fewer packages inline, and the program is smaller"
packed() { gzip -9 <"$work/programs/$1" | wc -c; }
[ "$(packed none)" -lt "$(packed all)" ] || fail "none is no smaller than all"
[ "$(packed profiled)" -lt "$(packed all)" ] || fail "profiled is no smaller than all"
differ "$(sha256sum <"$work/programs/none")" "$(sha256sum <"$work/programs/named")"
differ "$(sha256sum <"$work/programs/none")" "$(sha256sum <"$work/programs/profiled")"

t "the build information has the last flag, the provenance all of them"
grep -qF -- '-gcflags=all=-l' <(go version -m "$work/programs/none") || fail "no flag in the build information"
if go version -m "$work/programs/all" | grep -F -- -gcflags; then fail "a flag that was not given"; fi
equal "$(flags all)" ''
equal "$(flags none)" 'all=-l'
equal "$(flags named)" 'all=-l example.com/app/internal/work='
matches "$(flags hot)" '^all=-l .*example.com/app/\.\.\.=.* std='
matches "$(flags profiled)" '^all=-l .*example.com/app/internal/work=.* runtime/\.\.\.='

t "nothing changed: nothing is compiled; another profile is another program"
profiled=$(build profiled -o "oci:$layout")
err_has 'nothing changed'
equal "$(oracle profiled)" "$profiled"
sed -i 's/profile: cpu.pprof/profile: cpu.pprof, rule: hot/' whittle.yaml
differ "$(build profiled -o "oci:$work/other")" "$profiled"
git checkout -q whittle.yaml

t "verify builds them again, with their flags"
whittle_exits 0 verify "oci:$layout:profiled" --perturb cache,folder
out_has 'rebuild      passed'
whittle_exits 0 build all --profile smallest --locked -o "oci:$layout:smallest"
whittle_exits 0 verify "oci:$layout:smallest" --perturb cache,folder
out_has 'rebuild      passed'

t "profile smallest is smaller by more than a twentieth, in gzip and zstd"
sed -i 's/^    base: scratch/&\n    compression: FORMAT/' whittle.yaml
for format in gzip zstd; do
  sed -i -E "s/compression: (FORMAT|gzip)/compression: $format/" whittle.yaml
  small=$(layer_size all --profile small) smallest=$(layer_size all --profile smallest)
  [ $((smallest * 100)) -lt $((small * 95)) ] || fail "$format: $smallest bytes instead of $small"
done
git checkout -q whittle.yaml

t "what is not understood is refused with what there is"
refused() {  # SETTINGS TEXT…
  spec all "$1" >whittle.yaml
  whittle_exits 3 build all
  err_has "${@:2}"
}
refused 'inlining: off' '`inlining`: "off" is none of `all`, `hot`, `none`'
refused 'inlining: {keep: [./internal/work]}' 'is no pattern of import paths' 'hint: write a package'
refused 'inlining: {hot: [a]}' '`hot`'
