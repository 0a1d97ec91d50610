#!/usr/bin/env bash
# A layout and the store as a registry that others pull from and push to: the specification's own conformance suite, other
# clients, and clients that behave badly.
. "$(dirname "$0")/lib.sh"
need curl skopeo python3
hello "$work/shop"
cd "$work/shop"
build --platform linux/amd64,linux/arm64 -o "oci:$work/images:1.4" >"$work/digest"
digest=$(cat "$work/digest")
whittle_exits 0 copy "oci:$work/images:1.4" "oci:$work/images:1.5"

# serving ARGUMENT…: starts the server. Sets serving (HOST:PORT) and serving_pid.
serving() {
  : >"$work/address"
  "$whittle" serve "$@" --listen 127.0.0.1:0 >"$work/address" 2>"$work/serve.err" &
  serving_pid=$!
  started+=($serving_pid)
  wait_for 10 test -s "$work/address" || fail "it does not start: $(cat "$work/serve.err")"
  serving=$(cat "$work/address")
}
stop_serving() { kill -TERM "$serving_pid"; wait "$serving_pid" || fail "it ended with $?: $(cat "$work/serve.err")"; }
status() { curl -s -o "$work/body" -D "$work/head" -w '%{http_code}' "$@"; }

t "the conformance suite of the specification, for what is to be read"
serving "$work/images"
if ensure_client conformance github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111; then
  manifests=$(jq -r '.manifests[].digest' "$work/images/blobs/sha256/${digest#*:}")
  first=$(head -n 1 <<<"$manifests")
  mapfile -t blobs < <(jq -r '.config.digest, .layers[].digest' "$work/images/blobs/sha256/${first#*:}")
  (
    cd "$work"
    export OCI_REGISTRY=$serving OCI_TLS=disabled OCI_REPO1=images OCI_API_PUSH=false OCI_API_BLOBS_DELETE=false
    export OCI_API_MANIFESTS_DELETE=false OCI_API_TAGS_DELETE=false OCI_API_BLOBS_DIGEST_HEADER=true
    export OCI_RO_DATA_TAGS='1.4 1.5' OCI_RO_DATA_BLOBS="${blobs[*]}"
    OCI_RO_DATA_MANIFESTS=$(xargs <<<"$digest $manifests") OCI_RO_DATA_REFERRERS=$first \
      "$tools/conformance" >"$work/conformance.log" 2>&1
  ) || true  # its exit code says nothing, and its writer of results.yaml crashes without a push: the summary counts
  # Ranges it asks for only of what it pushed. Of what it was not told to leave out, everything passed, and something did.
  ! grep -qE '^  (FAIL|Error)\.*: *[1-9]|(Tag listing|Blob get|Blob head|(get|head) by (digest|tag)|Referrers|Ping)\.*: *(FAIL|Error|Unknown)' \
    "$work/conformance.log" || fail "the conformance suite: $(cat "$work/conformance.log")"
  grep -qE '^  Pass\.*: *[1-9]' "$work/conformance.log" || fail "it tested nothing: $(cat "$work/conformance.log")"
else
  echo "without the conformance suite, which cannot be installed"
fi

t "skopeo, crane and whittle pull the same image"
skopeo copy -q --all --src-tls-verify=false "docker://$serving/images:1.4" "oci:$work/pulled:1"
equal "$(jq -r '.manifests[0].digest' "$work/pulled/index.json")" "$digest"
if ensure_crane; then
  equal "$(crane digest "$serving/images:1.5")" "$digest"
  crane validate --remote "$serving/images:1.5" >/dev/null
  equal "$(crane ls "$serving/images" | xargs)" "1.4 1.5"
  equal "$(crane catalog "$serving")" images
fi
whittle_exits 0 copy --all "$serving/images:1.4" "oci:$work/copied:1"
equal "$(result_digest)" "$digest"
referrers=$(curl -sf "http://$serving/v2/images/referrers/$first")
[ "$(jq '.manifests | length' <<<"$referrers")" -ge 1 ] || fail "the SBOM is not listed: $referrers"
type=$(jq -r '.manifests[0].artifactType' <<<"$referrers")
curl -sfD "$work/head" "http://$serving/v2/images/referrers/$first?artifactType=$type" >"$work/body"
grep -qi '^oci-filters-applied: artifactType' "$work/head" || fail "the filter is not told"
equal "$(jq -r '[.manifests[].artifactType] | unique | join(" ")' "$work/body")" "$type"

t "ranges, conditions and pages"
blob=$(jq -r '.layers[-1].digest' "$work/images/blobs/sha256/${first#*:}")
file=$work/images/blobs/sha256/${blob#*:} url=http://$serving/v2/images/blobs/$blob size=$(stat -c %s "$work/images/blobs/sha256/${blob#*:}")
equal "$(status -r 100-199 "$url")" 206
cmp "$work/body" <(head -c 200 "$file" | tail -c 100)
grep -qi "^content-range: bytes 100-199/$size" "$work/head" || fail "$(cat "$work/head")"
equal "$(status -r -10 "$url")" 206
cmp "$work/body" <(tail -c 10 "$file")
equal "$(status -r "$size-" "$url")" 416
equal "$(status -H "If-None-Match: \"$blob\"" "$url")" 304
equal "$(status -I "$url")" 200
grep -qi "^content-length: $size" "$work/head" || fail "HEAD"
equal "$(status "http://$serving/v2/images/tags/list?n=1")" 200
equal "$(jq -r '.tags[]' "$work/body")" 1.4
grep -qi '^link: </v2/images/tags/list?n=1&last=1.4>; rel="next"' "$work/head" || fail "$(cat "$work/head")"

t "what is not there, what is no name, and what writes"
code() { jq -r '.errors[0].code' "$work/body"; }
none=sha256:$(printf '%064d' 0)
equal "$(status "http://$serving/v2/images/manifests/9")$(code)" 404MANIFEST_UNKNOWN
equal "$(status "http://$serving/v2/images/blobs/$none")$(code)" 404BLOB_UNKNOWN
equal "$(status "http://$serving/v2/other/tags/list")$(code)" 404NAME_UNKNOWN
equal "$(status "http://$serving/v2/images/blobs/sha256:xyz")$(code)" 400DIGEST_INVALID
equal "$(status "http://$serving/v2/IMAGES/tags/list")$(code)" 400NAME_INVALID
equal "$(status -X POST "http://$serving/v2/images/blobs/uploads/")$(code)" 405UNSUPPORTED
equal "$(status -X PUT -d x "http://$serving/v2/images/manifests/1")$(code)" 405UNSUPPORTED
equal "$(status -X DELETE "http://$serving/v2/images/manifests/1.4")$(code)" 405UNSUPPORTED
for path in /v2/images/blobs/../../index.json /v2/images/manifests/..%2f..%2findex.json '/v2/%2e%2e/blobs/x' \
  /v2/images/blobs/sha256:..%2f..%2f..%2foci-layout //etc/passwd; do
  case $(status --path-as-is "http://$serving$path") in 400 | 404) ;; *) fail "$path is answered: $(head -n 1 "$work/head")" ;; esac
  ! grep -q imageLayoutVersion "$work/body" || fail "$path gives what is no blob"
done

t "a link in place of a blob is not followed, and a damaged one not given away"
secret=$(printf secret | sha256sum | cut -d' ' -f1)
printf secret >"$work/secret"
ln -s "$work/secret" "$work/images/blobs/sha256/$secret"
matches "$(status "http://$serving/v2/images/blobs/sha256:$secret")" '^[45]'
! grep -q secret "$work/body" || fail "the link was followed"
rm "$work/images/blobs/sha256/$secret"
printf damaged >"$work/images/blobs/sha256/$secret"
equal "$(status "http://$serving/v2/images/blobs/sha256:$secret")" 500
! grep -q damaged "$work/body" || fail "it gives away what contradicts its digest"
grep -q "$secret" "$work/serve.err" || fail "it is not told"
rm "$work/images/blobs/sha256/$secret"

t "requests that are none, in pieces, without an end, and clients that go away"
python3 - "$serving" "$blob" <<'PY' || fail "clients that behave badly"
import socket, sys, time
host, port = sys.argv[1].rsplit(':', 1)
def ask(data, pieces=False):
    with socket.create_connection((host, int(port)), 10) as s:
        if pieces:
            for i in range(len(data)):
                s.sendall(data[i:i+1]); time.sleep(0.001)
        else:
            s.sendall(data)
        answer = b''
        while True:
            more = s.recv(65536)
            if not more: return answer
            answer += more
assert ask(b'nonsense\r\n\r\n').startswith(b'HTTP/1.1 400 ')
assert ask(b'GET /v2/ HTTP/1.1\r\nA B: c\r\n\r\n').startswith(b'HTTP/1.1 400 ')
assert ask(b'GET /v2/ HTTP/1.1\r\n' + b'A: ' + b'x' * 30000).startswith(b'HTTP/1.1 431 ')
assert ask(b'GET /v2/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n').startswith(b'HTTP/1.1 400 ')
smuggled = ask(b'GET /v2/ HTTP/1.1\r\nContent-Length: 40\r\n\r\nGET /v2/_catalog HTTP/1.1\r\nA: b\r\n\r\n')
assert smuggled.count(b'HTTP/1.1') == 1, smuggled
assert ask(b'GET /v2/ HTTP/1.0\r\n\r\n', pieces=True).startswith(b'HTTP/1.1 200 ')
two = ask(b'GET /v2/ HTTP/1.1\r\n\r\nGET /v2/_catalog HTTP/1.1\r\nConnection: close\r\n\r\n')
assert two.count(b'HTTP/1.1 200') == 2, two
# More that are idle than there are connections: those who ask are served all the same.
idle = []
for _ in range(300):
    s = socket.create_connection((host, int(port)), 10)
    idle.append(s)
assert ask(b'GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n').startswith(b'HTTP/1.1 200 ')
for s in idle: s.close()
# Gone in the middle of a blob.
for _ in range(20):
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(b'GET /v2/images/blobs/' + sys.argv[2].encode() + b' HTTP/1.1\r\n\r\n'); s.recv(10)
assert ask(b'GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n').startswith(b'HTTP/1.1 200 ')
PY

t "a new image is there at once, and a request that has begun is answered when it ends"
whittle_exits 0 copy "oci:$work/images:1.4" "oci:$work/images:2.0"
equal "$(status "http://$serving/v2/images/manifests/2.0")" 200
curl -s --limit-rate 400k -o "$work/slow" "$url" &
slow=$!
sleep 0.3
stop_serving
wait $slow || fail "the answer was cut"
cmp "$work/slow" "$file"
! curl -s "http://$serving/v2/" || fail "it still listens"

t "whittle's own store, with its names"
build >"$work/digest"
serving local:
equal "$(status "http://$serving/v2/hello/manifests/latest")" 200
skopeo copy -q --src-tls-verify=false "docker://$serving/hello:latest" "oci:$work/stored:1"
equal "$(jq -r '.manifests[0].digest' "$work/stored/index.json")" "$(cat "$work/digest")"
stop_serving

t "pushing: the conformance suite of the specification"
serving "$work/conformance" --writable
if [ -x "$tools/conformance" ]; then
  (
    cd "$work"
    export OCI_REGISTRY=$serving OCI_TLS=disabled OCI_REPO1=conformance/one OCI_REPO2=conformance/two OCI_API_BLOBS_DELETE=false
    export OCI_API_MANIFESTS_DELETE=false OCI_API_TAGS_DELETE=false
    "$tools/conformance" >"$work/pushing.log" 2>&1
  ) || true
  ! grep -qE '^  (FAIL|Error)\.*: *[1-9]' "$work/pushing.log" || fail "the conformance suite: $(cat "$work/pushing.log")"
  grep -qE '^  Pass\.*: *[1-9][0-9]' "$work/pushing.log" || fail "it tested nothing: $(cat "$work/pushing.log")"
else
  echo "without the conformance suite, which cannot be installed"
fi

stop_serving

t "whittle, skopeo and crane push what others pull, byte for byte"
serving "$work/writable" --writable
whittle_exits 0 copy --all "oci:$work/images:1.4" "$serving/whittle/shop:1.4"
equal "$(result_digest)" "$digest"
skopeo copy -q --all --dest-tls-verify=false "oci:$work/images:1.5" "docker://$serving/skopeo/shop:1.5"
skopeo copy -q --all --src-tls-verify=false "docker://$serving/whittle/shop:1.4" "oci:$work/again:1"
equal "$(jq -r '.manifests[0].digest' "$work/again/index.json")" "$digest"
if ensure_crane; then
  crane copy "$serving/skopeo/shop:1.5" "$serving/crane/shop:1" >/dev/null 2>&1
  equal "$(crane digest "$serving/crane/shop:1")" "$digest"
  equal "$(crane digest "$serving/skopeo/shop:1.5")" "$digest"
  crane validate --remote "$serving/crane/shop:1" >/dev/null
fi
[ "$(curl -sf "http://$serving/v2/whittle/shop/referrers/$first" | jq '.manifests | length')" -ge 1 ] || fail "the SBOM was not pushed"
valid_layout "$work/writable" --foreign all
WHITTLE_PUSH=$serving/built whittle_exits 0 build --push
equal "$(result_digest)" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$serving/built/hello:latest")"

t "a tag of the layout's own repository is one of the layout"
whittle_exits 0 copy "oci:$work/images:1.4" "$serving/writable:own"
equal "$(result_digest)" "$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "own") | .digest' "$work/writable/index.json")"

t "an upload in pieces, one that is cut, and what does not fit"
head -c 300000 /dev/urandom >"$work/blob"
pushed=sha256:$(sha256sum <"$work/blob" | cut -d' ' -f1)
begin_upload() { curl -si -X POST "http://$serving/v2/pieces/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p'; }
upload=http://$serving$(begin_upload)
equal "$(head -c 100000 "$work/blob" | status -X PATCH -H 'Content-Range: 0-99999' --data-binary @- "$upload")" 202
grep -qi '^range: 0-99999' "$work/head" || fail "$(cat "$work/head")"
equal "$(status -X PATCH -H 'Content-Range: 5-10' --data-binary abcdef "$upload")$(code)" 416BLOB_UPLOAD_INVALID
equal "$(status "$upload")" 204
grep -qi '^range: 0-99999' "$work/head" || fail "$(cat "$work/head")"
equal "$(tail -c +100001 "$work/blob" | status -X PATCH -H 'Transfer-Encoding: chunked' --data-binary @- "$upload")" 202
equal "$(status -X PUT "$upload?digest=$pushed")" 201
curl -sf "http://$serving/v2/pieces/blobs/$pushed" | cmp - "$work/blob"
equal "$(status -X PUT "$upload?digest=$pushed")$(code)" 404BLOB_UPLOAD_UNKNOWN
upload=http://$serving$(begin_upload)
equal "$(status -X PUT --data-binary @"$work/blob" "$upload?digest=$none")$(code)" 400DIGEST_INVALID
upload=http://$serving$(begin_upload)
equal "$(status -X DELETE "$upload")" 204
equal "$(status "$upload")" 404
equal "$(status -X POST "http://$serving/v2/other/blobs/uploads/?mount=$pushed&from=pieces")" 201
equal "$(status -X POST "http://$serving/v2/other/blobs/uploads/?mount=$none&from=pieces")" 202
python3 - "$serving" "$(begin_upload)" <<'PY' || fail "an upload that is cut"
import socket, sys
host, port = sys.argv[1].rsplit(':', 1)
with socket.create_connection((host, int(port)), 10) as s:
    s.sendall(f'PATCH {sys.argv[2]} HTTP/1.1\r\nContent-Length: 1000\r\n\r\n'.encode() + b'x' * 10)
with socket.create_connection((host, int(port)), 10) as s:
    s.sendall(f'PATCH {sys.argv[2]} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n'.encode())
    answer = b''
    while more := s.recv(1000): answer += more
    assert answer.startswith(b'HTTP/1.1 400') and b'BLOB_UPLOAD_INVALID' in answer, answer
with socket.create_connection((host, int(port)), 10) as s:
    s.sendall(f'PATCH {sys.argv[2]} HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'.encode())
    assert s.recv(100).startswith(b'HTTP/1.1 400'), 'a length and chunks'
PY

t "manifests that cannot be, pages of other sites, and what deletes"
manifest=application/vnd.oci.image.manifest.v1+json
put_manifest() { status -X PUT -H "Content-Type: ${as:-$manifest}" --data-binary "$2" "http://$serving/v2/pieces/manifests/$1"; }
lacking='{"schemaVersion":2,"mediaType":"'$manifest'","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"'$none'","size":2},"layers":[]}'
equal "$(put_manifest 1 "$lacking")$(code)" 404MANIFEST_BLOB_UNKNOWN
equal "$(put_manifest 1 nonsense)$(code)" 400MANIFEST_INVALID
equal "$(as=application/json put_manifest 1 '{}')$(code)" 400MANIFEST_INVALID
equal "$(put_manifest "$none" "$lacking")$(code)" 400DIGEST_INVALID
equal "$(put_manifest .a "$lacking")$(code)" 400TAG_INVALID
equal "$(put_manifest 1 "@$work/blob")$(code)" 400MANIFEST_INVALID
head -c 5000000 /dev/zero >"$work/large"
equal "$(put_manifest 1 "@$work/large")$(code)" 413SIZE_INVALID
equal "$(status "http://$serving/v2/pieces/manifests/1")" 404
equal "$(status -X POST -H 'Origin: http://page.example' "http://$serving/v2/pieces/blobs/uploads/")$(code)" 403DENIED
equal "$(status -X DELETE "http://$serving/v2/pieces/blobs/$pushed")$(code)" 405UNSUPPORTED

t "many who push at once, and a server that is killed"
pushers=()
for n in 1 2 3 4 5 6 7 8; do
  "$whittle" copy --all "oci:$work/images:1.4" "$serving/at-once-$n:1" >/dev/null 2>"$work/pusher-$n" &
  pushers+=($!)
done
for pid in "${pushers[@]}"; do wait "$pid" || fail "$(cat "$work"/pusher-*)"; done
"$whittle" copy --all "oci:$work/images:1.4" "$serving/killed:1" >/dev/null 2>&1 &
pusher=$!
sleep "0.0$((RANDOM % 10))"
kill -KILL "$serving_pid"
kill -KILL "$pusher" 2>/dev/null || true  # it would try again for minutes
wait "$serving_pid" "$pusher" || true
sound_layout "$work/writable"
a_minute_passes "$work/writable"
serving "$work/writable" --writable
whittle_exits 0 copy --all "oci:$work/images:1.4" "$serving/killed:1"
equal "$(result_digest)" "$digest"
valid_layout "$work/writable" --foreign all
stop_serving

t "addresses and places that cannot be"
whittle_exits 2 serve "$work/images" --listen 0.0.0.0:0
err_has --expose 'could read'
whittle_exits 2 serve "$work/images" --listen 0.0.0.0:0 --writable
err_has 'read and replace'
whittle_exits 2 serve "$work/images" --listen example.com:80
whittle_exits 2 serve "oci:$work/images:1.4"
whittle_exits 2 serve localhost:5000/images
whittle_exits 5 serve "$work/absent"
err_has 'there is no image layout' '--writable makes one'
whittle_exits 2 --writable serve "$work/images"
err_has 'stands before the command `serve`, and belongs behind it'
