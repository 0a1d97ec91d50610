#!/usr/bin/env bash
# What differs between two images, and why: planted causes in images of whittle, of umoci, and of tars put together by
# hand, from several kinds of places.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo umoci tar gzip pigz zstd zip
flow_registry
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
# image TAG FILE…: an image in the layout `hand` of these layers: NAME.tar, NAME.gz or NAME.zst, as they are.
image() {
  local file config suffix diff_id manifest
  : >layers.json
  for file in "${@:2}"; do
    case $file in
      *.gz) suffix=+gzip diff_id=$(gzip -dc "$file" | sha256sum) ;;
      *.zst) suffix=+zstd diff_id=$(zstd -dcq "$file" | sha256sum) ;;
      *) suffix='' diff_id=$(sha256sum "$file") ;;
    esac
    jq -cn --arg digest "$(put_blob hand "$file")" --argjson size "$(stat -c %s "$file")" --arg diff_id "sha256:${diff_id%% *}" \
      --arg type "application/vnd.oci.image.layer.v1.tar$suffix" \
      '{layer: {mediaType: $type, digest: $digest, size: $size}, diff_id: $diff_id}' >>layers.json
  done
  jq -cs --arg arch "$host" \
    '{architecture: $arch, os: "linux", config: {}, rootfs: {type: "layers", diff_ids: map(.diff_id)}}' layers.json >config.json
  config=$(put_blob hand config.json)
  jq -cs --arg config "$config" --argjson config_size "$(stat -c %s config.json)" '
    {schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
     config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
     layers: map(.layer)}' layers.json >manifest.json
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
pigz -n <plain >pigz.gz
cp plain plain.tar
image plain plain.tar && image gzip plain.gz && image zstd plain.zst && image pigz pigz.gz
has_cause 'compressed by another compressor, contents equal: gzip or another program on zlib instead of' oci:hand:gzip oci:hand:zstd
has_cause 'compressed by another compressor, contents equal: none instead of gzip' oci:hand:plain oci:hand:gzip
has_cause 'compressed by another compressor, contents equal: gzip or another program on zlib instead of pigz' oci:hand:gzip oci:hand:pigz

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

t "an extended attribute"
# As long as a comment, which GNU tar writes wherever the folder lies.
root && plain_tar --format=posix --pax-option=comment:=xxxxxxxxxxxxxxxxx -cf comments.tar
for value in hi ho; do
  sed "s/comment=xxxxxxxxxxxxxxxxx/SCHILY.xattr.user.note=$value/" comments.tar >attribute-$value.tar
  variant attribute-$value
done
has_cause 'the xattr user.note of etc is hi instead of ho, and 5 others differ too' oci:hand:attribute-hi oci:hand:attribute-ho

t "a file with holes, in each form that GNU tar has for it: its content is the same"
root 'truncate -s 300000 bin/holes; printf x >>bin/holes; printf y | dd of=bin/holes conv=notrunc seek=100000 bs=1 status=none'
for form in gnu posix; do plain_tar --format=$form -cf whole-$form.tar && variant whole-$form; done
holes() { plain_tar --sparse --hole-detection=raw "${@:2}" -cf "$1.tar" && variant "$1"; }
holes gnu --format=gnu
for version in 0.0 0.1 1.0; do holes pax-$version --format=posix --sparse-version=$version; done
for pair in gnu:gnu posix:pax-0.0 posix:pax-0.1 posix:pax-1.0; do
  [ "$(stat -c %s "${pair#*:}.tar")" -lt 300000 ] || fail "${pair#*:}.tar is not sparse"
  has_cause 'files are stored without their holes (as sparse): no instead of yes' "oci:hand:whole-${pair%:*}" "oci:hand:${pair#*:}"
  ! grep -q 'was modified' causes || fail "$pair: $(cat causes)"
done
sed -i s/y/z/ root/bin/holes && find root -exec touch -h -d @0 {} +
holes changed --format=posix --sparse-version=1.0
has_cause 'file bin/holes was modified' oci:hand:pax-0.1 oci:hand:changed

t "a member of a jar in a tar in a layer"
jar() {  # NAME TEXT
  root 'mkdir lib'
  printf '%s\n' "$2" >root/lib/in.txt
  touch -d @1000000000 root/lib/in.txt
  (cd root/lib && zip -qX app.jar in.txt && tar --mtime=@0 --owner=0 --group=0 -cf all.tar app.jar && rm app.jar in.txt)
  find root -exec touch -h -d @0 {} +
  plain_tar -cf "$1.tar" lib && variant "$1"
}
jar jar-one one && jar jar-two two
has_cause 'file lib/all.tar was modified: line 1: one instead of two' oci:hand:jar-one oci:hand:jar-two
whittle_exits 0 diff oci:hand:jar-one oci:hand:jar-two
out_has all.tar app.jar in.txt

t "the same layers in another order"
image order-1 plain.tar jar-one.tar && image order-2 jar-one.tar plain.tar
causes oci:hand:order-1 oci:hand:order-2 >causes
equal "$(cat causes)" 'the layers are in another order: layer 1 of A is layer 2 of B'

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

t "an index against a manifest alone, and both in a registry"
build -f hello/whittle.yaml --platform linux/amd64,linux/arm64 -o oci:layout:index >/dev/null
alone='one is an index of several platforms, the other a single image'
has_cause "platform linux/$([ "$host" = arm64 ] && echo amd64 || echo arm64) is only in A" oci:layout:index oci:layout:two
has_cause "$alone" oci:layout:index oci:layout:two
for tag in index two; do whittle_exits 0 copy oci:layout:$tag "$registry/hello:$tag"; done
has_cause "$alone" "$registry/hello:index" oci-archive:one.tar
has_cause 'file etc/hello/app.conf was modified' oci:layout:one "$registry/hello:two"
valid_image "$registry/hello:index"

t "a page that needs nothing and obeys nobody"
root "echo x >'etc/<script>alert(1)<&script>'" && plain_tar -cf page.tar && variant page
whittle_exits 0 diff --html page.html oci:hand:plain oci:hand:page
grep -q '<script' page.html && fail "the page has a script"
grep -qE 'src=|href=|url\(' page.html && fail "the page refers to something"
grep -q '&lt;script&gt;' page.html || fail "the page lacks the file"

t "a layer that is cut"
head -c 300 plain.gz >cut.gz
image cut plain.gz
cp cut.gz "hand/blobs/sha256/$(sha256sum plain.gz | cut -d' ' -f1)"
whittle_exits 8 diff oci:hand:plain oci:hand:cut
out_is_empty
