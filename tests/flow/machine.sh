#!/usr/bin/env bash
# A machine that lacks something: streams, descriptors, stack, locks, /proc, room for a large file, a usual file
# system. What cannot be had here is said (hostile 205, 211 to 213, 217, 218, 220, 222, 223, 226, 229 to 232).
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$flow_dir/../../bench/make-image" "$work/from" 3 300000
wanted=$(jq -r '.manifests[0].digest' "$work/from/index.json")
not_tested() { printf 'NOT TESTED: %s\n' "$*"; }
number=0
# copies CODE [COMMAND…]: a copy into a new layout, run by that command (a shell's `exec`-like prefix).
copies() {
  local wanted_code=$1 status=0
  shift
  number=$((number + 1))
  to=$work/to-$number
  "$@" "$whittle" copy "oci:$work/from:v" "oci:$to:v" >"$out" 2>"$err" </dev/null || status=$?
  [[ $status =~ ^($wanted_code)$ ]] || fail "exit code $status instead of $wanted_code: $* ($(tail -n 5 "$err"))"
  code=$status
}
complete() {
  equal "$(jq -r '.manifests[0].digest' "$to/index.json")" "$wanted"
  valid_layout "$to" --foreign all
}
# A failure leaves no name without its image.
nothing_half() { if [ -e "$to/index.json" ]; then no_image "$to"; fi; }

t "hostile 230: streams that are closed or full"
for stream in 0 1 2; do
  number=$((number + 1)) to=$work/to-$number status=0
  eval "\"\$whittle\" copy \"oci:\$work/from:v\" \"oci:\$to:v\" >\"\$out\" 2>\"\$err\" $stream>&-" || status=$?
  complete  # nothing was printed into a file of the layout
  equal "$status" "$([ $stream = 1 ] && echo 11 || echo 0)" "the exit code with stream $stream closed"
done
for stream in 1 2; do
  number=$((number + 1)) to=$work/to-$number status=0
  eval "\"\$whittle\" copy \"oci:\$work/from:v\" \"oci:\$to:v\" >\"\$out\" 2>\"\$err\" $stream>/dev/full" || status=$?
  complete
  equal "$status" "$([ $stream = 1 ] && echo 11 || echo 0)" "the exit code with stream $stream full"
done
"$whittle" copy "oci:$work/from:v" oci-archive:- >&- 2>"$err" </dev/null && fail "an archive went to a closed stdout"
"$whittle" copy "oci:$work/from:v" oci-archive:- >/dev/full 2>"$err" </dev/null && fail "an archive went to a full stdout"
err_has 'o space left'

t "hostile 226: a reader that goes away, a hang-up, a stop and a continue, a terminal that changes its size"
set +o pipefail
{ "$whittle" inspect --json "oci:$work/from:v" 2>"$err" && echo 0 >"$work/status" || echo $? >"$work/status"; } | true
set -o pipefail
wait_for 5 test -s "$work/status"
matches "$(cat "$work/status")" '^(0|11)$'
"$flow_dir/../../bench/make-image" "$work/large" 4 20000000
"$whittle" copy "oci:$work/large:v" "oci:$work/stopped:v" >"$out" 2>"$err" </dev/null &
job=$!
for _ in 1 2 3 4 5; do
  kill -STOP $job 2>/dev/null || true
  sleep 0.05
  kill -CONT $job 2>/dev/null || true
  kill -WINCH $job 2>/dev/null || true
  sleep 0.01
done
wait $job || fail "stopping and continuing: $(cat "$err")"
valid_layout "$work/stopped" --foreign all
scripted_server hang
"$whittle" copy "oci:$work/from:v" "$server/x/y:v" >"$out" 2>"$err" </dev/null &
job=$!
sleep 1
kill -HUP $job
status=0
wait $job || status=$?
equal "$status" 129 "the exit code after SIGHUP"

t "hostile 222 and 229: small limits of the process"
copies '0|11' bash -c 'ulimit -f 100; exec "$@"' -
if [ "$code" = 0 ]; then fail "a file of 300 kB was written with a limit of 100 kB"; fi
err_has 'ile too large'
nothing_half
copies '0' bash -c 'ulimit -s 256; exec "$@"' -
complete
for files in 8 12 16 24 64; do
  copies '0|11' bash -c "ulimit -n $files; exec \"\$@\"" -
  if [ "$code" = 0 ]; then complete; else nothing_half; fi
done
equal "$code" 0 "the exit code with 64 descriptors"

t "hostile 231: TMPDIR is nowhere"
copies 0 env TMPDIR=/nonexistent
complete

t "hostile 212: a lock that another holds, and one whose holder is stopped and then killed"
cp -R "$work/from" "$work/locked"
( exec 9<"$work/locked/oci-layout"; flock 9; sleep 1 ) &
whittle_exits 0 copy "oci:$work/from:v" "oci:$work/locked:other"
flock "$work/locked/oci-layout" sleep 60 &
holder=$!
sleep 0.2
kill -STOP $holder
"$whittle" copy "oci:$work/from:v" "oci:$work/locked:third" >"$out" 2>"$err" </dev/null &
job=$!
sleep 1
kill -0 $job || fail "it did not wait for the lock: $(cat "$err")"
pkill -KILL -P $holder || true
kill -KILL $holder
wait $holder 2>/dev/null || true
wait $job || fail "after the holder's death: $(cat "$err")"
equal "$(jq '.manifests | length' "$work/locked/index.json")" 3

if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
  t "hostile 232: no /proc, and no /dev/urandom"
  copies 0 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' -
  complete
  copies 0 unshare -m sh -c 'mount --bind /dev/null /dev/urandom && exec "$@"' -
  complete

  t "hostile 213 and 222: a disk that can only be read"
  mkdir "$work/read-only"
  cp -R "$work/from" "$work/read-only/layout"
  to=$work/read-only/layout
  status=0
  unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' "$work/read-only" \
    "$whittle" copy "oci:$work/large:v" "oci:$to:large" >"$out" 2>"$err" </dev/null || status=$?
  equal "$status" 11 "the exit code on a disk that can only be read"
  err_has 'ead-only file system'
  unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' "$work/read-only" \
    "$whittle" copy "oci:$to:v" "oci:$work/from-read-only:v" >"$out" 2>"$err" </dev/null || fail "reading a layout there: $(cat "$err")"
  equal "$(jq '.manifests | length' "$to/index.json")" 1
else
  not_tested "hostile 232 and 213: mount namespaces take root"
fi

t "hostile 205: other file systems"
# on NAME OPTIONS…: mounts one at $disk and copies into it and out of it.
copy_on() {
  local to=$disk/layout
  whittle_exits 0 copy "oci:$work/from:v" "oci:$to:v"
  valid_layout "$to" --foreign all
  whittle_exits 0 copy "oci:$to:v" "oci-archive:$disk/image.tar"
  whittle_exits 0 copy "oci-archive:$disk/image.tar:v" "oci:$work/back-from-$1:v"
  equal "$(result_digest)" "$wanted"
}
disk=$work/disk
mkdir "$disk" "$work/lower" "$work/upper"
mkdir "$work/upper/data" "$work/upper/work"
at_exit() { umount -l "$disk" 2>/dev/null; }
for kind in tmpfs overlay vfat; do
  case $kind in
    tmpfs) command=(mount -t tmpfs tmpfs "$disk") ;;
    overlay)
      mount -t tmpfs tmpfs "$work/upper" 2>/dev/null && mkdir "$work/upper/data" "$work/upper/work"
      command=(mount -t overlay overlay -o "lowerdir=$work/lower,upperdir=$work/upper/data,workdir=$work/upper/work" "$disk")
      ;;
    vfat)
      command=(false)
      if command -v mkfs.vfat >/dev/null; then
        truncate -s 40M "$work/fat" && mkfs.vfat "$work/fat" >/dev/null && command=(mount -o loop "$work/fat" "$disk")
      fi
      ;;
  esac
  if "${command[@]}" 2>/dev/null; then
    copy_on $kind
    umount "$disk"
  else
    not_tested "hostile 205: $kind cannot be mounted here"
  fi
done
umount -l "$work/upper" 2>/dev/null || true
not_tested "hostile 205: a network file system takes a server and a kernel with its client"

t "hostile 211 and 220: the cache is emptied while others use it"
hello "$work/hello"
cd "$work/hello"
expected=$(oracle)
(for _ in 1 2 3 4 5 6 7 8 9 10; do "$whittle" cache gc --keep 0 >/dev/null 2>&1 </dev/null || true; done) &
gc=$!
for round in 1 2 3 4 5; do
  equal "$(build -o "oci:$work/collected-$round:v")" "$expected"
  valid_layout "$work/collected-$round"
done
wait $gc

t "hostile 213: a cache behind a link, and one of another user"
mkdir "$work/elsewhere" "$work/linked"
ln -s "$work/elsewhere" "$work/linked/whittle"
XDG_CACHE_HOME=$work/linked whittle_exits '0|11' build -o "oci:$work/behind-a-link:v"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$work/others/whittle"
  chown 12345 "$work/others/whittle"
  XDG_CACHE_HOME=$work/others whittle_exits '0|11' build -o "oci:$work/of-another:v"
fi

not_tested "hostile 217: there is no cache that machines share"
not_tested "hostile 218: there is one version of the cache so far"
not_tested "hostile 223: a disk whose fsync fails takes a device mapper"
