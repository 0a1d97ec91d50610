#!/usr/bin/env bash
# What the memory of a program does is named with its evidence, three times of three: fixtures/memory with C in it, and
# services that were not written to be named, of the Go that the fixtures pin and of 1.22, whose runtime is another.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/slim_lib.sh
. "$flow_dir/slim_lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
# Eight programs at once, for minutes: on a busy machine a collector that gets no processor blurs every course. The
# courses of fixtures/memory are in smoke.sh.
[ -n "${WHITTLE_LONG_TESTS:-}" ] || skip "WHITTLE_LONG_TESTS is not set"
need runc umoci tar
machine_for_runs
url=http://localhost:8080
head -c 131072 /dev/urandom >"$work/body"
printf 'POST %s/ body\n' $url >"$work/uploads"

# course NAME SHAPE IMAGE LOAD [ARGUMENT…]: to be run with the others of a round.
course() {
  "$whittle" smoke "oci:$work/layout:$3" --json --memory 512MiB --load "$4" --pprof $url/debug/pprof/ --stages 100/s:10s --grace 10s \
    "${@:5}" >"$work/round/$1.json" 2>"$work/round/$1.err" &
  pids+=($!)
  shapes[$1]=$2
}
# round FUNCTION NUMBER: all courses of the function at once, each of which has to be named; on a busy machine answers may
# be missing.
round() {
  local pid name
  declare -gA shapes=()
  pids=()
  rm -rf "$work/round" && mkdir "$work/round"
  "$1"
  for pid in "${pids[@]}"; do wait "$pid" || true; done
  for name in "${!shapes[@]}"; do
    jq -e '.problems | all(.kind == "errors")' "$work/round/$name.json" >/dev/null ||
      fail "$name failed: $(tail -n 3 "$work/round/$name.err") $(jq -c .problems "$work/round/$name.json")"
    equal "$(jq -r .course.shape "$work/round/$name.json")" "${shapes[$name]}" \
      "$name, time $2 of 3 ($(jq -r .course.evidence "$work/round/$name.json"))"
  done
}
grew_in() { equal "$(jq -r '.heap.growth[0].function' "$work/round/$1.json")" "$2" "what grew in $1"; }

behaviours() {
  local behaviour
  declare -A of=([healthy]=sawtooth [leak]=linear [cache]=stairs [buffers]=bursts [cgo]=outside)
  for behaviour in "${!of[@]}"; do course "$behaviour" "${of[$behaviour]}" "memory$go" $url/ --env "BEHAVIOUR=$behaviour"; done
}
services() {
  course subscriptions linear "subscriptions$go" $url/
  course pages stairs "pages$go" $url/
  course uploads sawtooth "uploads$go" "$work/uploads"
}
three_times() {
  local time
  for time in 1 2 3; do
    round behaviours $time
    grew_in leak main.waitForReader
    grew_in cache main.growCache
    round services $time
    grew_in subscriptions 'main.(*hub).subscribe'
    grew_in pages main.render
  done
}
# image_of NAME PROGRAM: an image of a program that another Go compiled.
image_of() {
  mkdir -p "$work/$1"
  cp "$2" "$work/$1/program"
  layer "$1"
  new_image "$work/layout:$1" "$work/$1.tar"
  umoci config --image "$work/layout:$1" --config.entrypoint /program
}

t "of the Go that is pinned, with C in the program"
go=''
fixture memory "$work/memory"
fixture services "$work/services"
cd "$work/memory"
if command -v musl-gcc >/dev/null || command -v gcc >/dev/null; then
  of_memory=memory-cgo
else
  printf 'NOT SHOWN: C in the program: there is no C compiler\n'
  of_memory=memory
  sed -i '/memory-cgo:/,$d' whittle.yaml
fi
whittle_exits 0 lock
build $of_memory -o "oci:$work/layout:memory" >/dev/null
cd "$work/services"
for name in subscriptions pages uploads; do build $name -o "oci:$work/layout:$name" >/dev/null; done
three_times

t "of Go 1.22"
go=-1.22 release=go1.22.12
if ! (cd / && GOTOOLCHAIN=$release GOFLAGS='' go version >"$work/go.log" 2>&1); then
  printf 'NOT SHOWN: %s: it cannot be had: %s\n' "$section" "$(tail -n 1 "$work/go.log")"
  exit 0
fi
compile() { CGO_ENABLED=0 GOFLAGS='' GOTOOLCHAIN=$release go build -trimpath -o "$@"; }
cd "$work/memory"
sed -i 's/^go 1\.26.*/go 1.22/; /^toolchain/d' go.mod
compile "$work/memory.bin" .
image_of memory$go "$work/memory.bin"
cd "$work/services"
for name in subscriptions pages uploads; do
  compile "$work/$name.bin" ./$name
  image_of $name$go "$work/$name.bin"
done
three_times
