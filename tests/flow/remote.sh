#!/usr/bin/env bash
# Remote execution: the same digests here, at a worker and from the action cache; and servers that do what they should
# not.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/flow/remote_lib.sh
. "$flow_dir/remote_lib.sh"
need docker-registry openssl

# away ARGUMENT…: a build by $remote with an empty cache, but for the toolchain. Prints the digest.
away() {
  rm -rf "$work/away"
  share_cache "$work/away"
  XDG_CACHE_HOME=$work/away whittle_exits "${wanted_exit:-0}" build --remote "${scheme:-grpc}://$remote${instance:-}" "$@"
  [ "${wanted_exit:-0}" != 0 ] || result_digest
}
not_here() { ! grep -q 'on this machine' "$err" || fail "it was compiled here: $(cat "$err")"; }
here_because() { err_has "on this machine, because remote execution failed: " "$@"; }

hello "$work/hello"
cd "$work/hello"
wanted=$(build -o "oci:$work/here:v")

if ensure_buildbox && start_buildbox; then
  t "buildbox executes, in a root without any program, and the digest is the same"
  equal "$(away -o "oci:$work/buildbox-layout:v")" "$wanted"
  not_here
  valid_layout "$work/buildbox-layout"
  t "its action cache has it"
  equal "$(away -v -o "oci:$work/buildbox-layout-2:v")" "$wanted"
  not_here
  err_has 'known there'
else
  echo "without buildbox, which cannot be had here: $(tail -n 3 "$work/buildbox.log" "$work/casd.log" 2>/dev/null)"
fi

t "a server of our own: what is sent, what is executed, what is known the next time"
start_remote
equal "$(away -o "oci:$work/own:v")" "$wanted"
not_here
valid_layout "$work/own"
equal "$(calls 'executing ')" 1
equal "$(away -o "oci:$work/own-2:v")" "$wanted"
equal "$(calls 'executing ')" 1 "an unchanged action was executed again"
writes=$(calls 'Write ')
cp -R "$work/hello" "$work/elsewhere"  # an action knows nothing of where its sources lie
(cd "$work/elsewhere" && equal "$(away -o "oci:$work/own-3:v")" "$wanted")
equal "$(calls 'executing ')" 1 "the same sources in another folder are another action"
equal "$(calls 'Write ')" "$writes" "files were sent again"
jq -e '.images[0].compiled == false' <(XDG_CACHE_HOME=$work/away "$whittle" build --remote "grpc://$remote" -o "oci:$work/own-4:v" \
  --result /dev/fd/3 3>&1 >"$out" 2>"$err" </dev/null) >/dev/null || fail "a known result counts as compiled: $(cat "$err")"

t "layers go from the server to the registry, and only those that it lacks"
start_registry "$work/registry"
started+=($registry_pid)
away -o "$registry/hello:1" >/dev/null
equal "$(result_digest)" "$wanted"
layer=$(jq -r '.layers[-1].digest' "$work/own/blobs/sha256/${wanted#*:}")
reads=$(calls "Read blobs/${layer#*:}")
[ "$reads" -ge 1 ] || fail "the layer did not come from the server"
away -o "$registry/hello:2" >/dev/null
equal "$(calls "Read blobs/${layer#*:}")" "$reads" "a layer was fetched that the registry has"
valid_image "$registry/hello:2"

t "several programs in one image, and line tables apart"
cp -R "$work/hello" "$work/two"
cp -R "$work/two/cmd/hello" "$work/two/cmd/second"
sed 's/^    main: .*/    binaries: [{main: .\/cmd\/hello}, {main: .\/cmd\/second, profile: smallest}]/' whittle.yaml >"$work/two/whittle.yaml"
(
  cd "$work/two"
  two=$(build -o "oci:$work/two-here:v")
  equal "$(away -o "oci:$work/two-away:v")" "$two"
  not_here
  diff <(cd "$work/two-here/blobs/sha256" && ls) <(cd "$work/two-away/blobs/sha256" && ls) || fail "other SBOMs, provenance or line tables"
)

t "what does not compile fails as it does here, and is not kept"
cp -R "$work/hello" "$work/broken"
echo 'func f() { undefined() }' >>"$work/broken/cmd/hello/main.go"
(cd "$work/broken" && wanted_exit=4 away -o "oci:$work/broken-layout:v")
err_has 'undefined: undefined' cmd/hello/main.go

t "a worker that dies, a server that is gone, one that only keeps files: compiled here, with the reason"
stop_remote
equal "$(away -o "oci:$work/gone:v")" "$wanted"
here_because UNAVAILABLE
start_remote worker-dies
equal "$(away -o "oci:$work/dies:v")" "$wanted"
here_because 'ended with 137' Killed
stop_remote
start_remote no-execution
equal "$(away -o "oci:$work/keeps:v")" "$wanted"
here_because 'executes nothing'
stop_remote

t "faults that pass"
for faults in 'slow=3' 'exhausted=2' 'half=2' 'forgets=1' 'cut=1' 'cut=1 forgets-operation=1' 'zstd' 'zstd half=2'; do
  # shellcheck disable=SC2086
  start_remote $faults
  equal "$(away -o "oci:$work/passes:v")" "$wanted" "with $faults"
  not_here
  stop_remote
done

t "a result whose files are lost is made again"
start_remote loses-outputs=1
equal "$(away -o "oci:$work/lost:v")" "$wanted"
not_here
equal "$(away -o "oci:$work/lost-2:v")" "$wanted"
equal "$(calls 'executing ')" 2
stop_remote

t "results that contradict themselves, or a report of other bytes: compiled here"
for fault in other-output other-size broken-report other-bytes; do
  start_remote "$fault"
  equal "$(away -o "oci:$work/lies:v")" "$wanted" "with $fault"
  here_because
  stop_remote
done

t "a layer that unpacks to something else than was said: refused, and nothing is written"
for fault in other-diff-id; do
  start_remote "$fault"
  wanted_exit=8 away -o "oci:$work/refused-$fault:v"
  no_image "$work/refused-$fault"
  stop_remote
done

t "a quota that is used up: compiled here"
start_remote exhausted
equal "$(away -o "oci:$work/quota:v")" "$wanted"
here_because RESOURCE_EXHAUSTED
stop_remote

t "instance, headers, TLS and certificates of clients"
authority ca
certificate ca localhost -addext subjectAltName=DNS:localhost
certificate ca client
start_remote --instance team/main --header "x-token=s3cr3t" --tls "$work/localhost.crt" "$work/localhost.key" --clients "$work/ca.crt"
export TOKEN=s3cr3t
secure=(--remote-ca "$work/ca.crt" --remote-certificate "$work/client.crt" --remote-key "$work/client.key" --remote-header 'X-Token=$TOKEN')
scheme=grpcs instance=/team/main
equal "$(away -v "${secure[@]}" -o "oci:$work/tls:v")" "$wanted"
not_here
! grep -q s3cr3t "$err" || fail "the secret was shown"
TOKEN=wrong away -v "${secure[@]}" -o "oci:$work/tls-2:v" >/dev/null
here_because UNAUTHENTICATED
! grep -q wrong "$err" || fail "the secret was shown"
away -o "oci:$work/tls-3:v" >/dev/null
here_because UNAVAILABLE
scheme=grpc instance=
stop_remote

t "what cannot be meant"
whittle_exits 2 build --remote http://localhost -o "oci:$work/no:v"
whittle_exits 2 build --remote grpc://me:s3cr3t@localhost -o "oci:$work/no:v"
! grep -q s3cr3t "$err" || fail "the secret was shown"
whittle_exits 2 build --remote grpcs://localhost --remote-header 'a=$NOT_SET' -o "oci:$work/no:v"
whittle_exits 2 build --remote grpc://localhost --remote-ca "$work/ca.crt" -o "oci:$work/no:v"
