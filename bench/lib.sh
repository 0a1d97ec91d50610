# shellcheck shell=bash disable=SC2034
# What the benches share: whole processes, timed in pairs that alternate, in one run, so that a slow machine or a
# busy neighbour meets both. Source it after `set -euo pipefail`.
bench_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
. "$bench_dir/../scripts/lib.sh"

# The bench that is run alone sets up what bench/run sets up once for all.
if [ -z "${BENCH_READY:-}" ]; then
  "$whittle_root/scripts/install-dependencies" bench
  [ -n "${WHITTLE:-}" ] || "$whittle_root/scripts/build" release
fi
ensure_go
whittle=$(realpath "${WHITTLE:-$whittle_root/build/release/cli/whittle}")

work=$(mktemp -d)
started=()
cleanup() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  chmod -R u+w "$work" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
GOMODCACHE=$(GOFLAGS='' go env GOMODCACHE)
export GOMODCACHE CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off XDG_CACHE_HOME=$work/cache
unset CI SOURCE_DATE_EPOCH GOCACHE
(cd "$whittle_root/fixtures/shop" && go mod download)

# What whittle tells the compiler, for the peer: the same work.
go_build() { go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' "$@"; }
quietly() { "$@" >"$work/stdout" 2>"$work/stderr" || { tail -n 20 "$work/stderr" >&2; die "failed: $*"; }; }

microseconds() {  # COMMAND…
  local start=${EPOCHREALTIME/./}
  quietly "$@"
  echo $((${EPOCHREALTIME/./} - start))
}
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ms() { awk -v v="$1" 'BEGIN { printf v < 10000 ? "%.1f ms" : v < 1000000 ? "%.0f ms" : "%.2f s", v < 1000000 ? v / 1000 : v / 1000000 }'; }

# pair ROUNDS SUBJECT PEER: functions that are called with the number of the round; each may define what it prepares
# outside the time as prepare_NAME. The one that goes first alternates. Sets subject and peer (medians in
# microseconds) and ratio (the median of the rounds' ratios).
pair() {
  local rounds=$1 a=$2 b=$3 round name
  : >"$work/$a.times"
  : >"$work/$b.times"
  for ((round = 1; round <= rounds; round++)); do
    for name in $([ $((round % 2)) = 1 ] && echo "$a $b" || echo "$b $a"); do
      if declare -F "prepare_$name" >/dev/null; then "prepare_$name" "$round"; fi
      microseconds "$name" "$round" >>"$work/$name.times"
    done
  done
  subject=$(median <"$work/$a.times")
  peer=$(median <"$work/$b.times")
  ratio=$(paste "$work/$a.times" "$work/$b.times" | awk '{ printf "%.6f\n", $1 / $2 }' | median)
}

header() { printf '| %-58s | %9s | %-34s | %7s | %-18s |\n' "Measured" whittle "Floor or peer, same run" ratio wanted; printf '|---|---:|---|---:|---|\n'; }
if [ -n "${BENCH_READY:-}" ]; then header() { :; }; fi
# row WHAT PEER-NAME WANTED MET?
row() { printf '| %-58s | %9s | %-34s | %7s | %-18s |\n' "$@"; }
verdict() {  # VALUE LIMIT TEXT [at-least]: "TEXT: met" or "TEXT: MISSED"
  awk -v v="$1" -v l="$2" -v least="${4:-}" -v text="$3" 'BEGIN { print text ": " ((least ? v >= l : v <= l) ? "met" : "MISSED") }'
}
