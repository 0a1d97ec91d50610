#!/usr/bin/env bash
# What differs between two images, and why: planted causes in images of whittle, of umoci, and of tars put together by
# hand, from several kinds of places.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo umoci tar gzip zstd
hello "$work/hello"
cd "$work"
host=$(go env GOARCH)

causes() { whittle_exits 0 diff --json "$@" && jq -r '.causes[].text' "$out"; }
has_cause() {  # TEXT ARGUMENT…
  local text=$1
  shift
  causes "$@" >causes
  grep -qF -- "$text" causes || fail "no cause says \"$text\": $(cat causes)"
}
# image TAG TAR [MEDIA-TYPE-SUFFIX]: an image of one layer, in the layout `hand`; the tar is compressed as it comes.
image() {
  local layer config type=${3:-} diff_id
  layer=$(put_blob hand "$2")
  case $type in
    +gzip) diff_id=$(gzip -dc "$2" | sha256sum) ;;
    +zstd) diff_id=$(zstd -dcq "$2" | sha256sum) ;;
    *) diff_id=$(sha256sum "$2") ;;
  esac
  jq -cn --arg arch "$host" --arg id "sha256:${diff_id%% *}" \
    '{architecture: $arch, os: "linux", config: {}, rootfs: {type: "layers", diff_ids: [$id]}}' >config.json
  config=$(put_blob hand config.json)
  jq -cn --arg layer "$layer" --arg config "$config" --argjson size "$(stat -c %s "$2")" \
    --argjson config_size "$(stat -c %s config.json)" --arg type "application/vnd.oci.image.layer.v1.tar$type" '
    {schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
     config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
     layers: [{mediaType: $type, digest: $layer, size: $size}]}' >manifest.json
  local manifest
  manifest=$(put_blob hand manifest.json)
  [ -e hand/index.json ] || echo '{"schemaVersion":2,"manifests":[]}' >hand/index.json
  echo '{"imageLayoutVersion":"1.0.0"}' >hand/oci-layout
  jq -c --arg digest "$manifest" --argjson size "$(stat -c %s manifest.json)" --arg tag "$1" '.manifests += [{
    mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size,
    annotations: {"org.opencontainers.image.ref.name": $tag}}]' hand/index.json >index.new
  mv index.new hand/index.json
}
# root [COMMAND]: a folder with some files, fresh; COMMAND changes something in it.
root() {
  rm -rf root
  mkdir -p root/etc/app root/bin
  printf 'one\ntwo\nthree\n' >root/etc/app/list
  echo '{"port":8080,"built":"2026-08-01T10:00:00Z"}' >root/etc/app/config.json
  head -c 200000 /dev/zero >root/bin/blob
  (cd root && eval "${1:-:}")
  find root -exec touch -h -d @0 {} +
}
plain_tar() { tar --sort=name --owner=0 --group=0 --numeric-owner --format=ustar -C root "$@" etc bin; }

t "equal images are equal, whatever the place"
build -f hello/whittle.yaml --platform "linux/$host" -o oci:layout:one >/dev/null
whittle_exits 0 copy oci:layout:one oci-archive:one.tar
whittle_exits 0 diff --exit-code oci:layout:one oci-archive:one.tar
out_has equal

t "a file that was modified, between a layout and a Docker archive, by line"
echo 'key = other' >hello/config/app.conf
build -f hello/whittle.yaml --platform "linux/$host" -o oci:layout:two >/dev/null
has_cause 'file etc/hello/app.conf was modified: line 1: key = value instead of key = other' oci:layout:one oci:layout:two
whittle_exits 12 diff --exit-code oci:layout:one oci:layout:two
out_has 'why' 'etc/hello/app.conf'
skopeo copy -q oci:layout:two docker-archive:two.tar:shop/hello:2
has_cause 'file etc/hello/app.conf was modified' oci:layout:one docker-archive:two.tar

t "the same tar by other compressors"
root
plain_tar -cf plain
gzip -n <plain >plain.gz
zstd -q --check plain -o plain.zst
image plain plain && image gzip plain.gz +gzip && image zstd plain.zst +zstd
has_cause 'compressed by another compressor, contents equal: gzip or another program on zlib instead of' oci:hand:gzip oci:hand:zstd
has_cause 'compressed by another compressor, contents equal: none instead of gzip' oci:hand:plain oci:hand:gzip

t "modes, times, owners, order, attributes, a time stamp and another order inside"
variant() { image "$1" "$1.tar"; }
root 'chmod -R g+w etc bin' && plain_tar -cf umask.tar && variant umask
has_cause 'modes differ as by another umask (022, 002)' oci:hand:plain oci:hand:umask
root && plain_tar --mtime=@1785578400 -cf times.tar && variant times
has_cause "time stamps: every entry's mtime differs; A uses 1970-01-01T00:00:00Z, B uses 2026-08-01T10:00:00Z" oci:hand:plain oci:hand:times
root && tar --sort=name --owner=app:0 --group=app:0 --format=ustar -C root -cf owner.tar etc bin && variant owner
has_cause 'owner names are written in B only (app)' oci:hand:plain oci:hand:owner
root && tar --sort=name --owner=0 --group=0 --numeric-owner --format=ustar -C root -cf order.tar bin etc && variant order
has_cause 'entries are in another order in layer 1' oci:hand:plain oci:hand:order
root && plain_tar --pax-option=exthdr.name=x --format=posix -cf format.tar && variant format
has_cause 'the tar is written in another format: ustar instead of pax' oci:hand:plain oci:hand:format
root "sed -i s/10:00/11:30/ etc/app/config.json" && plain_tar -cf stamp.tar && variant stamp
has_cause 'a time stamp in etc/app/config.json: 2026-08-01T10:00:00Z instead of 2026-08-01T11:30:00Z' oci:hand:plain oci:hand:stamp
root "printf 'three\none\ntwo\n' >etc/app/list" && plain_tar -cf lines.tar && variant lines
has_cause 'generated text: the same lines in another order in etc/app/list' oci:hand:plain oci:hand:lines
root 'rm etc/app/list; echo new >etc/app/new' && plain_tar -cf files.tar && variant files
has_cause 'etc/app/list is only in A' oci:hand:plain oci:hand:files
has_cause 'etc/app/new is only in B' oci:hand:plain oci:hand:files

t "a package that was updated"
root 'mkdir -p var/lib/dpkg/status.d; printf "Package: tzdata\nVersion: 2024a-0\n" >var/lib/dpkg/status.d/tzdata'
plain_tar -cf old.tar var && variant old
root 'mkdir -p var/lib/dpkg/status.d; printf "Package: tzdata\nVersion: 2024b-0\n" >var/lib/dpkg/status.d/tzdata'
plain_tar -cf new.tar var && variant new
equal "$(causes oci:hand:old oci:hand:new | head -n1)" 'package tzdata 2024a-0 instead of 2024b-0'

t "an image that umoci changed: configuration, and a layer more"
cp -R layout umoci
umoci config --image umoci:one --tag three --config.env TZ=CET --config.user 7
has_cause 'environment variable TZ: CET, only in B' oci:layout:one oci:umoci:three
whittle_exits 0 diff --json oci:layout:one oci:umoci:three
equal "$(jq -r '[.layers[].state] | unique | join(",")' "$out")" equal

t "a page that needs nothing and obeys nobody"
root "echo x >'etc/<script>alert(1)<&script>'" && plain_tar -cf page.tar && variant page
whittle_exits 0 diff --html page.html oci:hand:plain oci:hand:page
grep -q '<script' page.html && fail "the page has a script"
grep -qE 'src=|href=|url\(' page.html && fail "the page refers to something"
grep -q '&lt;script&gt;' page.html || fail "the page lacks the file"

t "a layer that is cut"
head -c 300 plain.gz >cut.gz
image cut plain.gz +gzip
cp cut.gz "hand/blobs/sha256/$(sha256sum plain.gz | cut -d' ' -f1)"
whittle_exits 8 diff oci:hand:plain oci:hand:cut
out_is_empty
