#!/usr/bin/env bash
# Compressed bytes do not depend on the vector extensions of the processor: the unit tests that pin them pass on several,
# from one that has next to none to this machine's own. The libraries choose their code by what the processor says.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need qemu-x86_64
[ "$(uname -m)" = x86_64 ] || skip "only processors of x86-64 are emulated"
tests=${WHITTLE_LAYERS_TEST:-$whittle_root/build/dev/tests/unit/layers/layers_test}
[ -x "$tests" ] || skip "$tests is not built"
export WHITTLE_SOURCE_DIR=$whittle_root

# on PROCESSOR FILTER: runs tests there; "this" is the machine's own. Prints nothing; their output is in $out.
on() {
  local run=(qemu-x86_64 -cpu "$1")
  [ "$1" != this ] || run=()
  "${run[@]}" "$tests" --gtest_also_run_disabled_tests --gtest_filter="$2" >"$out" 2>&1
}
extensions_of() {
  on "$1" GoldenBytes.DISABLED_SaysWhatTheProcessorHas || fail "$(cat "$out")"
  sed -n 's/^extensions: *//p' "$out"
}

t "the processors differ in what the libraries ask for"
equal "$(extensions_of qemu64)" ''
equal "$(extensions_of Nehalem)" 'sse4.2'
equal "$(extensions_of Haswell)" 'sse4.2 pclmul avx2 bmi2'

t "a compressor that depends on the processor is noticed"
planted=GoldenBytes.DISABLED_OfACompressorThatDependsOnTheProcessor
on Haswell "$planted" || fail "it gives other bytes where they were pinned: $(cat "$out")"
! on Nehalem "$planted" || fail "it is not noticed"
out_has "$planted"

for processor in this qemu64 Haswell; do
  t "every level gives the pinned bytes on $processor"
  on "$processor" 'GoldenBytes.*-*DISABLED*' || fail "$(grep -A4 Failure "$out")"
  out_has '[  PASSED  ] 7 tests.'
done
