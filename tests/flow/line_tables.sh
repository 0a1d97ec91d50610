#!/usr/bin/env bash
# Programs whose line tables are apart behave as others do, and symbolize gives their traces what the other programs
# print themselves: with the Go of the lock, with older ones, position-independent, and on arm64.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need git gzip tar
split_program=$(realpath "${WHITTLE_SPLIT_PROGRAM:-$whittle_root/build/dev/tests/flow/split_program}")
[ -x "$split_program" ] || skip "$split_program is not built"

# symbolize PLACE FILE [FLAG…]: prints it; what is said of it goes to $err.
symbolize() { "$whittle" symbolize "$1" "${@:3}" <"$2" 2>"$err" || fail "symbolize: $(cat "$err")"; }
# normalised: without what differs from run to run: arguments, addresses, numbers of goroutines and threads.
normalised() {
  sed -E 's/([^.])\([^()]+\)$/\1()/; s/0x[0-9a-f]{5,}/ADDRESS/g; s/goroutine [0-9]+/goroutine N/g; s/ m=[0-9]+/ m=N/g'
}
# places FILE: "FUNCTION OFFSET PLACE" of each frame of a trace.
places() {
  awk '/^\t/ { match($0, /\+0x[0-9a-f]+/); print name, substr($0, RSTART, RLENGTH), $1; next }
       { name = $0; sub(/\([^()]*\)$/, "", name); sub(/ in goroutine.*/, "", name); gsub(/ /, "_", name) }' "$1" | sort -u
}
# same_places A B: where both name a place of the same function, it is the same; and they have many.
same_places() {
  local twice
  places "$1" >"$work/a.places"
  places "$2" >"$work/b.places"
  twice=$(sort -u "$work/a.places" "$work/b.places" | awk '{ print $1, $2 }' | uniq -d)
  equal "$twice" '' "functions with two places"
  [ "$(comm -12 "$work/a.places" "$work/b.places" | wc -l)" -ge 4 ] || fail "few frames in common: $(cat "$work/b.places")"
}

# Their threads are where they are when it happens: only the places are compared.
by_chance=(overflow quit)
all=(inlined goroutine nil generic recover recursion deadlock map fine "${by_chance[@]}")
# behaves_alike KEPT SPLIT SYMBOLIZE…: every way to fail, of both programs. SYMBOLIZE prints the trace in the file that is
# its last argument. Programs of another machine are run by $runner.
runner=()
behaves_alike() {
  local kept=$1 split=$2 how status
  shift 2
  for how in "${all[@]}"; do
    status=0
    "${runner[@]}" "$kept" "$how" >"$work/kept.out" 2>"$work/kept.trace" || status=$?
    equal "$("${runner[@]}" "$split" "$how" >"$work/split.out" 2>"$work/split.raw" || echo $?)" "${status#0}" "$how: exit code"
    "$@" "$work/split.raw" >"$work/split.trace"
    if grep -E $'\t\\?:0' "$work/split.trace"; then fail "$how: frames without a place"; fi
    case " ${by_chance[*]} " in
      *" $how "*) same_places "$work/kept.trace" "$work/split.trace" ;;
      *)
        diff <(normalised <"$work/kept.trace") <(normalised <"$work/split.trace") || fail "$how: the traces differ"
        [ "$how" = fine ] || grep -qE $'\t\\?:0' "$work/split.raw" || fail "$how: the program has places"
        ;;
    esac
    diff <(sed -E 's/main.go:[0-9]+/?:0/; s/ true [0-9]+$/ true 0/' "$work/kept.out") <(sed -E 's/ true 0$/ true 0/' "$work/split.out") ||
      fail "$how: the output differs"
  done
  [ ${#runner[@]} -gt 0 ] || grep -aqF main.spin <(gzip -dc "$split.profile") || fail "a profile names no functions"
}
by_hand() { "$split_program" "$1" <"$2"; }
# program DIR LAYOUT NAME ARCHITECTURE: takes it out of the image.
program() {
  local manifest layer
  manifest=$2/blobs/sha256/$(jq -r --arg name "$3" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest' "$2/index.json" | cut -d: -f2)
  manifest=$2/blobs/sha256/$(jq -r --arg on "$4" '.manifests[] | select(.platform.architecture == $on).digest' "$manifest" | cut -d: -f2)
  mkdir -p "$1"
  for layer in $(jq -r '.layers[].digest' "$manifest"); do
    if tar -xzf "$2/blobs/sha256/${layer#sha256:}" -C "$1" "usr/bin/$3" 2>/dev/null; then return 0; fi
  done
  fail "no program $3 in $2"
}

dir=$work/crash layout=$work/layout
fixture_files crash "$dir"
ensure_shared
share_cache "$XDG_CACHE_HOME"
cp "$shared/hello.lock" "$dir/whittle.lock"
cat >"$dir/whittle.yaml" <<YAML
version: 1
go:
  version: $(pinned_go)
images:
  kept: {main: ., base: scratch, platforms: [linux/amd64, linux/arm64]}
  split: {main: ., base: scratch, platforms: [linux/amd64, linux/arm64], lines: split}
YAML
cd "$dir"

t "the image without line tables is smaller, and they refer to it"
build -o "oci:$layout" >/dev/null
valid_layout "$layout"
size_of() { jq -r --arg name "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest' "$layout/index.json"; }
differ "$(size_of kept)" "$(size_of split)"
for name in kept split; do
  for machine in amd64 arm64; do program "$work/$machine" "$layout" $name $machine; done
done
compressed() { cat "$1" | gzip | wc -c; }  # gzip itself does not like the time of the file
kept=$(compressed "$work/amd64/usr/bin/kept") split=$(compressed "$work/amd64/usr/bin/split")
[ $((split * 100)) -lt $((kept * 90)) ] || fail "$split bytes compressed instead of $kept"
equal "$(cat "$layout"/blobs/sha256/* | grep -aoF '"artifactType":"application/vnd.whittle.lines.v1"' | wc -l)" 2 "artifacts"

t "the program fails as the other one does, and its traces have the same places"
from_image() { symbolize "oci:$layout:split" "$2" --platform "linux/$1"; }
if [ "$(uname -m)" = x86_64 ]; then behaves_alike "$work/amd64/usr/bin/kept" "$work/amd64/usr/bin/split" from_image amd64; fi

t "so it does on arm64"
if command -v qemu-aarch64 >/dev/null; then
  runner=(qemu-aarch64)
  behaves_alike "$work/arm64/usr/bin/kept" "$work/arm64/usr/bin/split" from_image arm64
  runner=()
else
  echo "not run: qemu-aarch64 is not installed"
fi

t "nothing changed: nothing is compiled; without the tables in the cache it is, to the same bytes"
digest=$(build split -o "oci:$layout")
err_has 'nothing changed'
rm -r "$XDG_CACHE_HOME/whittle/index/lines"
equal "$(build split -o "oci:$layout")" "$digest"
err_has compiled
equal "$(oracle split)" "$digest"

t "profile smallest has them apart, unless the spec says otherwise"
sed -i 's/, lines: split//; s/kept: {main: ./kept: {main: ., lines: keep/; s/base: scratch/base: scratch, compression: {level: balanced}/' whittle.yaml
equal "$(build split --profile smallest -o oci:image)" "$digest"
"${runner[@]}" "$work/amd64/usr/bin/split" nil 2>trace >"$work/out" || true
symbolize oci:image trace >"$work/here"
cp "$work/here" "$out"
out_has 'example.com/crash/deep/deep.go:' 'example.com/crash/main.go:'
kept=$(build kept --profile small -o "oci:$work/small")
equal "$(build kept --profile smallest -o "oci:$work/small")" "$kept"
whittle_exits 5 symbolize "oci:$work/small"
err_has 'no line tables are attached' 'lines: keep'

t "the tables travel with the image"
flow_registry
whittle_exits 0 copy --all oci:image "$registry/crash:1"
symbolize "$registry/crash:1" trace >"$work/there"
cmp "$work/here" "$work/there" || fail "another trace"
whittle_exits 0 verify "$registry/crash:1" --perturb cache,folder
out_has 'rebuild      passed'
whittle_exits 0 build split --profile smallest -o "docker-archive:$work/archive.tar" --platform linux/amd64
err_has 'cannot keep the line tables'

t "what is not understood stays, and is counted"
printf 'hello\nmain.missing()\n\t?:0 +0x1\n\tno end' >"$work/strange"
symbolize oci:image "$work/strange" >"$work/there"
cmp "$work/strange" "$work/there" || fail "lines changed"
err_has '1 frame without a file and line'
whittle_exits 5 symbolize oci:image --binary /usr/bin/other
err_has '/usr/bin/split'
whittle_exits 2 symbolize -

t "a spec that asks for something else"
sed -i 's/lines: keep/lines: some/' whittle.yaml
whittle_exits 3 build -o "oci:$work/none"
err_has '`keep`, `split`'

for kind in go1.18.10 go1.20.14 go1.21.13 pie; do
  t "programs of $kind"
  old=$work/$kind flags=() with=$(go env GOVERSION)
  if [ $kind = pie ]; then flags=(-buildmode=pie); else with=$kind; fi
  mkdir "$old"
  if ! GOTOOLCHAIN=$with GOFLAGS=-modcacherw go build -trimpath "${flags[@]}" -ldflags='-s -w -buildid=' -o "$old/kept" . 2>"$err"; then
    grep -qE 'toolchain|download' "$err" || fail "go build: $(cat "$err")"
    echo "not run: $with cannot be had"
    continue
  fi
  "$split_program" "$old/kept" "$old/split"
  behaves_alike "$old/kept" "$old/split" by_hand "$old/split"
done
