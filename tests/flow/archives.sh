#!/usr/bin/env bash
# Images in archives and in a Docker daemon, both ways, against skopeo, GNU tar and a real dockerd: what keeps the
# digest keeps every byte.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo tar cmp
hello "$work/hello"
cd "$work"
host=$(go env GOARCH)
index=$(build -f hello/whittle.yaml --platform linux/amd64,linux/arm64 -o oci:layout:both)
image=$(build -f hello/whittle.yaml --platform "linux/$host" -o oci:layout:one)
skopeo_digest() { skopeo inspect --raw "$1" | sha256sum | sed 's/^\(\S*\).*/sha256:\1/'; }

t "a layout, an OCI archive, a Docker archive and a layout again: one digest, and the same blobs"
whittle_exits 0 copy oci:layout:one oci-archive:image.tar
equal "$(cat "$out")" "oci-archive:image.tar@$image"
whittle_exits 0 copy oci-archive:image.tar:one docker-archive:docker.tar:shop/hello:1.4
equal "$(result_digest)" "$image"
whittle_exits 0 copy docker-archive:docker.tar:shop/hello:1.4 oci:back:one
equal "$(result_digest)" "$image"
valid_layout back
for blob in back/blobs/sha256/*; do cmp "$blob" "layout/blobs/sha256/${blob##*/}"; done

t "GNU tar lists them, sorted and without a time or an owner of this machine"
for archive in image.tar docker.tar; do
  TZ=UTC tar --full-time -tvf $archive >listing
  grep -v '^[-d]\S* 0/0 .*1970-01-01 00:00:00 ' listing && fail "an entry has a time or an owner"
  tar -tf $archive | LC_ALL=C sort -c || fail "$archive is not sorted"
done
equal "$(tar -xOf docker.tar manifest.json | jq -r '.[0].RepoTags[]')" shop/hello:1.4

t "the same image gives the same archive"
whittle_exits 0 copy oci:layout:one oci-archive:again.tar
cmp image.tar again.tar
whittle_exits 0 build -f hello/whittle.yaml --platform "linux/$host" --tag one -o oci-archive:built.tar
cmp image.tar built.tar

t "an index of two platforms: whole in an OCI archive, chosen for a Docker archive"
whittle_exits 0 copy oci:layout:both oci-archive:both.tar
equal "$(result_digest)" "$index"
whittle_exits 2 copy oci:layout:both docker-archive:both-docker.tar
err_has "one platform" "linux/amd64, linux/arm64" --platform
[ ! -e both-docker.tar ] || fail "an archive after a failure"
whittle_exits 0 copy --platform "linux/$host" oci:layout:both docker-archive:both-docker.tar:hello:2

t "skopeo reads what we wrote"
equal "$(skopeo_digest oci-archive:image.tar:one)" "$image"
equal "$(skopeo_digest oci-archive:both.tar:both)" "$index"
skopeo copy -q oci-archive:image.tar:one oci:skopeo:one
equal "$(skopeo_digest oci:skopeo:one)" "$image"
diff_ids=$(skopeo inspect --config --raw oci:layout:one | jq -c .rootfs.diff_ids)
for archive in docker.tar:shop/hello:1.4 both-docker.tar:hello:2; do
  skopeo copy -q docker-archive:$archive oci:skopeo:docker
  equal "$(skopeo inspect --config --raw oci:skopeo:docker | jq -c .rootfs.diff_ids)" "$diff_ids"
done

t "we read what skopeo wrote: an OCI archive with its digest, a Docker archive of the old form with a manifest of ours"
skopeo copy -q oci:layout:one oci-archive:theirs.tar:one
whittle_exits 0 copy oci-archive:theirs.tar:one oci:ours:one
equal "$(result_digest)" "$image"
skopeo copy -q oci:layout:one docker-archive:old.tar:shop/hello:1.4
tar -tf old.tar >listed
grep -q '/VERSION$' listed || fail "skopeo does not write the old form any more"
whittle_exits 0 copy docker-archive:old.tar:shop/hello:1.4 oci:ours:old
err_has "holds no manifest"
old=$(result_digest)
equal "$(skopeo inspect --config --raw oci:ours:old | jq -c .rootfs.diff_ids)" "$diff_ids"
whittle_exits 0 copy docker-archive:old.tar oci-archive:old-again.tar
equal "$(result_digest)" "$old"
valid_layout ours --foreign all  # the tars are; the JSON of theirs is not canonical

t "through pipes: standard output carries the archive alone, and standard input may be compressed"
"$whittle" copy oci:layout:one oci-archive:- 2>"$err" >piped.tar </dev/null
cmp image.tar piped.tar
err_has "oci-archive:-@$image"
"$whittle" copy oci:layout:one docker-archive:-:shop/hello:1.4 2>"$err" |
  gzip | "$whittle" copy docker-archive:- oci:piped:one >"$out" 2>"$err"
equal "$(result_digest)" "$image"
whittle_exits 0 inspect oci-archive:<(cat image.tar)
out_has "$image"

t "a reader that goes away, a full disk, a terminal: an error"
status=0
{ "$whittle" copy oci:layout:one oci-archive:- 2>"$err" || status=$?; echo $status >status; } | head -c 1000 >/dev/null
equal "$(cat status)" 11
err_has "Broken pipe"
status=0
"$whittle" copy oci:layout:one oci-archive:- 2>"$err" >/dev/full || status=$?
equal "$status" 11
status=0
"$whittle" copy oci:layout:one oci-archive:- 2>"$err" >&- || status=$?
equal "$status" 11
if command -v script >/dev/null; then
  status=0
  script -qec "'$whittle' copy oci:layout:one oci-archive:-" /dev/null >terminal </dev/null || status=$?
  equal "$status" 2
  grep -q "is a terminal" terminal || fail "it wrote to a terminal: $(head -c 200 terminal)"
fi

t "an archive that lies is refused with exit code 8, and nothing is left"
mkdir lie
tar -xf image.tar -C lie
blob=$(find lie/blobs -type f -size +2k | head -n1)
printf X | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
tar -cf lie.tar -C lie .
whittle_exits 8 copy oci-archive:lie.tar oci-archive:out-of-lie.tar
[ ! -e out-of-lie.tar ] || fail "an archive after a failure"
equal "$(find . -maxdepth 1 -name '.tmp-*')" '' "temporary files"

t "a registry and back"
if command -v docker-registry >/dev/null; then
  flow_registry
  whittle_exits 0 copy docker-archive:docker.tar "$registry/shop/hello:1.4"
  equal "$(result_digest)" "$image"
  whittle_exits 0 copy "$registry/shop/hello:1.4" oci-archive:from-registry.tar:one
  cmp image.tar from-registry.tar
else
  printf 'NOT SHOWN: docker-registry is not installed\n'
fi

t "podman loads what we wrote, and we read what it saves"
if command -v podman >/dev/null; then
  podman_here() { podman --root "$work/podman" --runroot "$work/podman-run" --storage-driver vfs "$@" 2>"$work/podman.log"; }
  if podman_here load -i docker.tar >loaded; then
    grep -q shop/hello:1.4 loaded || fail "podman load: $(cat loaded)"
    podman_here save -o podman.tar shop/hello:1.4 >/dev/null || fail "podman save: $(cat podman.log)"
    whittle_exits 0 copy docker-archive:podman.tar oci:podman-saved:one
    equal "$(skopeo inspect --config --raw oci:podman-saved:one | jq -c .rootfs.diff_ids)" "$diff_ids"
  else
    podman_here images >/dev/null && fail "podman load: $(cat podman.log)"
    printf 'NOT SHOWN: podman does not run here: %s\n' "$(tail -n1 podman.log)"
  fi
else
  printf 'NOT SHOWN: podman is not installed\n'
fi

t "no Docker daemon: a network error that says what to do"
DOCKER_HOST=unix://$work/none.sock whittle_exits 6 copy oci:layout:one docker-daemon:shop/hello:1.4
err_has none.sock DOCKER_HOST
DOCKER_HOST=tcp://localhost:1 whittle_exits 5 copy docker-daemon:shop/hello:1.4 oci:daemon:one

t "a real Docker daemon loads our archives, and we read what it saves"
# Where it may not run (no root, no cgroups) this section is not shown, and says so.
if ! command -v dockerd >/dev/null; then printf 'NOT SHOWN: dockerd is not installed\n'; exit 0; fi
socket=$work/docker.sock
dockerd --bridge=none --iptables=false --storage-driver=vfs --data-root "$work/docker" --exec-root "$work/docker-run" \
  --pidfile "$work/docker.pid" -H "unix://$socket" >"$work/dockerd.log" 2>&1 &
dockerd=$!
started+=("$dockerd")
docker_is_up() { ! kill -0 $dockerd 2>/dev/null || curl -fs --unix-socket "$socket" http://localhost/_ping >/dev/null; }
wait_for 30 docker_is_up || true
if ! kill -0 $dockerd 2>/dev/null || ! curl -fs --unix-socket "$socket" http://localhost/_ping >/dev/null; then
  printf 'NOT SHOWN: dockerd does not start here: %s\n' "$(tail -n1 "$work/dockerd.log")"
  exit 0
fi
export DOCKER_HOST=unix://$socket
whittle_exits 0 copy docker-archive:docker.tar docker-daemon:shop/hello:1.5
equal "$(result_digest)" "$image"
config=$(skopeo inspect --raw oci:layout:one | jq -r .config.digest)
tags() { curl -fs --unix-socket "$socket" http://localhost/images/json | jq -c "[.[] | select(.Id == \"$config\") | .RepoTags[]] | sort"; }
equal "$(tags)" '["shop/hello:1.5"]'
curl -fs --unix-socket "$socket" -T docker.tar -X POST http://localhost/images/load >"$work/loaded"
grep -q 'Loaded image' "$work/loaded" || fail "docker load: $(cat "$work/loaded")"
equal "$(tags)" '["shop/hello:1.4","shop/hello:1.5"]'
whittle_exits 0 build -f hello/whittle.yaml --platform "linux/$host" -o docker-daemon:hello:built
equal "$(tags)" '["hello:built","shop/hello:1.4","shop/hello:1.5"]'
whittle_exits 0 copy docker-daemon:shop/hello:1.5 oci:daemon:one
equal "$(skopeo inspect --raw oci:daemon:one | jq -r .config.digest)" "$config"
valid_layout daemon --foreign all
whittle_exits 5 copy docker-daemon:shop/none:1 oci:daemon:none
err_has "has no image"
kill $dockerd
wait $dockerd 2>/dev/null || true
