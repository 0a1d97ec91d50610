#!/usr/bin/env bash
# Images run under limits and load: each behaviour of fixtures/memory is named with its evidence, whatever it does stays
# inside, and nothing is left, whoever is killed.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
need runc curl
memory_image memory

t "behaviours are named, at once and side by side"
declare -A shape=([healthy]=sawtooth [leak]=linear [cache]=stairs [buffers]=bursts [cgo]=outside)
for behaviour in "${!shape[@]}"; do
  "$whittle" smoke "$image" --json --env "BEHAVIOUR=$behaviour" --memory 512MiB --ready $url/ready --load $url/ \
    --pprof $url/debug/pprof/ --stages 100/s:10s >"$work/$behaviour.json" 2>"$work/$behaviour.err" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a run failed: $(tail -n 3 "$work"/*.err)"; done
for behaviour in "${!shape[@]}"; do
  equal "$(jq -r .course.shape "$work/$behaviour.json")" "${shape[$behaviour]}" \
    "$behaviour ($(jq -r .course.evidence "$work/$behaviour.json"))"
done
cp "$work/leak.json" "$out"
equal "$(said '.heap.growth[0].function')" main.waitForReader
[ "$(said '.heap.moments[-1].goroutines')" -gt 500 ] || fail "goroutines: $(said '.heap.moments')"
[ "$(said .course.bytesPerHour)" -gt 0 ] && [ "$(said .course.secondsUntilLimit)" -gt 0 ] || fail "no slope: $(said .course)"
cp "$work/cache.json" "$out"
equal "$(said '.heap.growth[0].function')" main.growCache
cp "$work/healthy.json" "$out"
equal "$(said '.course.bytesPerHour')" null
equal "$(said '.load.stages[0] | "\(.planned) \(.answered) \(.status5xx)"')" '1000 1000 0'
[ "$(said .collections.count)" -gt 20 ] || fail "collections: $(said .collections.count)"
[ "$(said .memory.peak)" -gt 4000000 ] || fail "peak: $(said .memory.peak)"
equal "$(said .end.exitCode)" 0
nothing_left

t "one that is too large for its limit is killed by the kernel, and lives under a larger one"
smoke '0|9' hog --memory 48MiB --load $url/ --stages 40/s:3s
if limited; then
  equal "$(said '.problems[0].kind')" oom-killed
  [ "$(said .memory.oomKills)" -ge 1 ] || fail "$(said .memory.oomKills)"
  smoke 0 hog --memory 400MiB --load $url/ --stages 40/s:3s
  [ "$(said .memory.peak)" -gt $((100 << 20)) ] || fail "peak: $(said .memory.peak)"
fi

t "one that does not stop, dies, or does not get ready"
smoke 10 slow --for 1s
equal "$(said '.problems[0].kind')" slow-stop
equal "$(said .end.stopSignal)" 15
smoke 10 die --load $url/ --stages 10/s:2s
equal "$(said '.problems[0].kind')" ended
equal "$(said .end.exitCode)" 3
smoke 10 unheard-of --for 2s
equal "$(said '.problems[0].kind')" ended
matches "$(said .output.stderr)" 'no behaviour "unheard-of"'
whittle_exits 10 smoke "$image" --env BEHAVIOUR=unheard-of
out_has 'FAILED' 'stderr | ' 'no behaviour "unheard-of"'
whittle_exits 10 smoke "$image" --json --env START_DELAY=1h --ready $url/ready --ready-timeout 1s --grace 1s
equal "$(said '.problems[0].kind')" not-ready
nothing_left

t "fork bombs, a full disk and endless output stay inside (hostile 266)"
smoke '0|9|10' fork --processes 40 --memory 512MiB --load $url/ --stages 2/s:2s
limited && { [ "$(said .memory.processLimitHits)" -gt 0 ] || fail "$(said .memory)"; }
smoke 0 fill --disk 8MiB --load $url/ --stages 2/s:2s
[ "$(said .memory.highest.tmpfs)" -le $((9 << 20)) ] || fail "$(said .memory.highest)"
smoke 0 noise --load $url/ --stages 2/s:2s
[ "$(said .output.bytes)" -gt $((200 << 20)) ] || fail "bytes: $(said .output.bytes)"
[ "$(stat -c %s "$out")" -lt 400000 ] || fail "the report has $(stat -c %s "$out") bytes"
nothing_left

t "the report for people"
whittle_exits 0 smoke "$image" --memory 256MiB --ready $url/ready --load $url/ --stages 20/s:1s,40/s:1s --html page.html --metrics smoke.prom
out_has 'memory limit 256.0 MiB' '20/s for 1 s' '40/s for 1 s' 'collections' 'SIGTERM: ended after' 'passed'
grep -q $'\033' "$out" && fail "escape codes without a terminal"
grep -q "connect-src\|default-src 'none'" page.html || fail "the page may ask a network"
[ "$(grep -c '<script' page.html)" = 1 ] || fail "the page has other scripts"
grep -qF "whittle_smoke_passed{image=\"$image\"} 1" smoke.prom || fail "metrics: $(head -n 5 smoke.prom)"
grep -q '^whittle_smoke_latency_seconds{.*stage="2",rate="40",quantile="0.99"} [0-9.e-]*$' smoke.prom || fail "no latency"

t "a file of requests"
printf '# two kinds\nGET %s/ready\nPOST %s/ body.json\nHEAD %s/metrics\n' $url $url $url >requests
printf '{"a": 1}' >body.json
whittle_exits 0 smoke "$image" --json --load requests --stages 30/s:1s
equal "$(said '.load.stages[0].answered')" 30

t "only what is in the container is sent anything"
whittle_exits 2 smoke "$image" --ready http://example.com/
err_has '"http://example.com/" is not in the container'
printf 'GET http://10.0.0.1/\n' >elsewhere
whittle_exits 2 smoke "$image" --load elsewhere
err_has 'elsewhere:1' 'is not in the container'
port=$(free_port)
(cd "$work" && exec python3 -m http.server --bind 127.0.0.1 "$port") >"$work/host.log" 2>&1 &
started+=($!)
wait_for 10 answers "$port" || fail "no server on the host"
whittle_exits 10 smoke "$image" --json --ready "http://127.0.0.1:$port/" --ready-timeout 1s
equal "$(said '.problems[0].kind')" not-ready
equal "$(grep -c GET "$work/host.log" || true)" 0 "requests that reached the host"

t "images that cannot be run say why"
whittle_exits 2 smoke "$image" --stages 5/s:1s
whittle_exits 5 smoke "$image" --runtime /nowhere/runc
with_path=/nowhere whittle_exits 5 smoke "$image"
err_has 'no OCI runtime is installed'
build --platform linux/arm64 -o "oci:$work/layout:arm" >/dev/null
whittle_exits 5 smoke "oci:$work/layout:arm"
err_has 'the image is for linux/arm64'
# changed TAG FLAG…: the image with another config.
changed() { umoci config --image "${image#oci:}" --tag "$1" "${@:2}" 2>"$work/umoci.log" || fail "umoci: $(cat "$work/umoci.log")"; }
if command -v umoci >/dev/null; then
  changed nothing --clear config.entrypoint --clear config.cmd
  whittle_exits 5 smoke "oci:$work/layout:nothing"
  err_has 'neither an entrypoint nor a command'
  changed missing --config.entrypoint /no/such/program
  whittle_exits 5 smoke "oci:$work/layout:missing"
  err_has '/no/such/program'
  changed stranger --config.user stranger
  whittle_exits 5 smoke "oci:$work/layout:stranger"
  err_has 'the image'"'"'s user "stranger" is not in its /etc/passwd'
else
  printf 'NOT SHOWN: %s: umoci is not installed\n' "$section"
fi
nothing_left

t "a stop cleans up"
running_smoke
kill -INT $smoke_pid
status=0
wait $smoke_pid || status=$?
equal $status 130
nothing_left

t "what a killed run leaves is removed by the next"
killed_run
whittle_exits 0 smoke "$image" --for 100ms
err_has 'what a killed run left'
nothing_left

t "an ordinary user measures, confined, and is told that nothing was limited"
if setpriv --reuid 12345 --regid 12345 --clear-groups unshare -Ur true 2>/dev/null; then
  chmod 711 "$work" && chmod -R a+rX "$work/layout" && mkdir "$work/user" && chown 12345:12345 "$work/user" && cp "$whittle" "$work/user/whittle"
  (cd "$work/user" && HOME=$work/user XDG_CACHE_HOME=$work/user/cache setpriv --reuid 12345 --regid 12345 --clear-groups \
    ./whittle smoke "$image" --json --memory 64MiB --ready $url/ready --load $url/ --stages 50/s:2s) >"$out" 2>"$err" ||
    fail "smoke: $(cat "$err")"
  err_has 'nothing was limited'
  equal "$(said '"\(.limited) \(.memoryLimit) \(.memory.by)"')" 'false null processes'
  equal "$(said '.load.stages[0].answered')" 100
  [ "$(said .memory.peak)" -gt 4000000 ] || fail "peak: $(said .memory)"
else
  printf 'NOT SHOWN: an ordinary user: no user namespaces here\n'
fi
