#!/usr/bin/env bash
# An image in an OCI layout: what is in it, that skopeo and umoci read it, and that a runtime starts it.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo umoci runc curl
fixture shop "$work/shop"
shop=$work/shop/whittle.yaml
layout=$work/out

t "one result line, whose digest is that of the index"
digest=$(build -f "$shop" api -o "oci:$layout:demo")
equal "$(wc -l <"$out")" 1 "lines on stdout"
equal "$(cat "$out")" "oci:$layout:demo@$digest"
valid_layout "$layout"
skopeo inspect --raw "oci:$layout:demo" >"$work/index"
equal "sha256:$(sha256sum <"$work/index" | cut -d' ' -f1)" "$digest"
equal "$(jq -c '[.manifests[].platform | "\(.os)/\(.architecture)"] | sort' "$work/index")" '["linux/amd64","linux/arm64"]'

t "every platform's image: media types, time stamps, config"
for architecture in amd64 arm64; do
  skopeo copy -q --override-arch "$architecture" "oci:$layout:demo" "oci:$work/$architecture:demo"
  skopeo inspect --config --raw "oci:$work/$architecture:demo" >"$work/config"
  equal "$(jq -r .architecture "$work/config")" "$architecture"
  equal "$(jq -r '.created // "1970-01-01T00:00:00Z"' "$work/config")" 1970-01-01T00:00:00Z
  equal "$(jq -c '.config.Cmd' "$work/config")" '["--listen",":8080","--config","/etc/shop/shop.json"]'
  equal "$(jq -r '.config.ExposedPorts | keys[]' "$work/config")" 8080/tcp
  equal "$(jq -r '.config.Labels["org.opencontainers.image.title"]' "$work/config")" shop-api
  jq -e '.config.Env | index("TZ=UTC")' "$work/config" >/dev/null || fail "no TZ in $(jq -c .config.Env "$work/config")"
  matches "$(jq -r .config.User "$work/config")" '^(nonroot|65532)(:(nonroot|65532))?$'
  skopeo inspect --raw "oci:$work/$architecture:demo" >"$work/manifest"
  equal "$(jq -r '[.layers[].mediaType] | unique[]' "$work/manifest")" application/vnd.oci.image.layer.v1.tar+gzip
  equal "$(jq '.rootfs.diff_ids | length' "$work/config")" "$(jq '.layers | length' "$work/manifest")"
done

t "GNU tar reads every layer, and the entries are sorted"
for layer in $(jq -r '.layers[].digest' "$work/manifest"); do
  tar -tzf "$layout/blobs/sha256/${layer#sha256:}" | sed 's,/$,,' >"$work/listing"
  sort -c "$work/listing" || fail "not sorted: $(cat "$work/listing")"
  equal "$(sort -u "$work/listing" | wc -l)" "$(wc -l <"$work/listing")" "an entry occurs twice"
done

t "umoci unpacks it: files, modes, owners, what .dockerignore keeps out"
host=$(go env GOARCH)
rootless=()
[ "$(id -u)" = 0 ] || rootless=(--rootless)
umoci unpack "${rootless[@]}" --image "$work/$host:demo" "$work/bundle" 2>"$err" || fail "umoci: $(cat "$err")"
root=$work/bundle/rootfs
equal "$(cat "$root/etc/shop/shop.json")" "$(cat "$whittle_root/fixtures/shop/config/shop.json")"
equal "$(stat -c %a "$root/etc/shop/shop.json")" 644
[ "$(id -u)" != 0 ] || equal "$(stat -c %u:%g "$root/etc/shop/shop.json")" 65532:65532
[ ! -e "$root/etc/shop/README.md" ] || fail "README.md is in the image"
grep -q '^nonroot:.*:65532:65532:' "$root/etc/passwd" || fail "no nonroot in /etc/passwd"
grep -q '^nonroot:.*:65532:' "$root/etc/group" || fail "no nonroot in /etc/group"
entrypoint=$(jq -r '.process.args[0]' "$work/bundle/config.json")
equal "$(stat -c %a "$root$entrypoint")" 755
grep -q 'path.*example.com/shop/cmd/api' <(go version -m "$root$entrypoint") || fail "no build information in the binary"

t "a runtime starts it, it answers, and SIGTERM ends it in order"
port=$(free_port)
start_container "$work/$host:demo" "$work/run" "$port"
wait_for 20 answers "$port" || fail "the container does not answer: $(cat "$work/run/log")"
equal "$(curl -fsS "http://localhost:$port/healthz")" ok
equal "$(curl -fsS "http://localhost:$port/products/mug" | jq .priceCents)" 1200
curl -fsS "http://localhost:$port/hours" | jq -e .local >/dev/null || fail "no time zones"
stop_container || fail "the service ended with $?: $(cat "$work/run/log")"
container_pid=''

t "SOURCE_DATE_EPOCH is the time of everything"
export SOURCE_DATE_EPOCH=1700000000
build -f "$shop" web -o "oci:$work/epoch:1" >/dev/null
unset SOURCE_DATE_EPOCH
equal "$(skopeo inspect --config --raw "oci:$work/epoch:1" | jq -r .created)" 2023-11-14T22:13:20Z
layer=$(skopeo inspect --raw "oci:$work/epoch:1" | jq -r '.layers[-1].digest')
TZ=UTC tar --full-time -tvzf "$work/epoch/blobs/sha256/${layer#sha256:}" | grep -v '2023-11-14 22:13:20' &&
  fail "an entry has another time"

t "with no place given, images go into whittle's own store, and copy takes them out unchanged"
for image in web worker; do
  digest=$(build -f "$shop" $image)
  place=$(cat "$out")
  matches "$place" "^local:$image(:[a-z0-9.]+)?@$digest\$"
  whittle_exits 0 copy "$place" "oci:$work/copied:$image"
  equal "$(cat "$out")" "oci:$work/copied:$image@$digest"
done
valid_layout "$work/copied"
equal "$(jq '.manifests | length' "$work/copied/index.json")" 2 "images in one layout"

t "several images at once: one line each, in the order of the spec"
whittle_exits 0 build -f "$shop" -o "oci:$work/all"
equal "$(wc -l <"$out")" 3

t "folders of a base keep the mode and owner they have there, whatever is put into them"
umoci init --layout "$work/base"
umoci new --image "$work/base:1"
umoci config --image "$work/base:1" --architecture "$host"
umoci unpack "${rootless[@]}" --image "$work/base:1" "$work/base-bundle" 2>"$err" || fail "umoci: $(cat "$err")"
mkdir -p "$work/base-bundle/rootfs"/{tmp,usr/bin,var/private}
chmod 1777 "$work/base-bundle/rootfs/tmp"
chmod 700 "$work/base-bundle/rootfs/var/private"
ln -s usr/bin "$work/base-bundle/rootfs/bin"
umoci repack --image "$work/base:1" "$work/base-bundle" 2>"$err" || fail "umoci: $(cat "$err")"
hello "$work/hello"
sed -i "s,base: scratch,base: \"oci:$work/base:1\"," "$work/hello/whittle.yaml"
cat >>"$work/hello/whittle.yaml" <<'YAML'
      - {from: config/app.conf, to: /tmp/x}
      - {from: config/, to: /var/private/, owner: nonroot}
YAML
digest=$(build -f "$work/hello/whittle.yaml" -o "oci:$work/derived:1")
equal "$(build -f "$work/hello/whittle.yaml" -o "oci:$work/derived:1")" "$digest" "the second build"
umoci unpack "${rootless[@]}" --image "$work/derived:1" "$work/derived-bundle" 2>"$err" || fail "umoci: $(cat "$err")"
root=$work/derived-bundle/rootfs
equal "$(stat -c %a "$root/tmp")" 1777
equal "$(stat -c %a "$root/var/private")" 700
[ "$(id -u)" != 0 ] || equal "$(stat -c %u "$root/var/private" "$root/var/private/app.conf" | xargs)" "0 65532"
equal "$(stat -c %a "$root/usr/bin/hello")" 755
equal "$(readlink "$root/bin")" usr/bin
# Each of our layers says so itself: an engine may unpack it where the base's are not.
skopeo inspect --raw "oci:$work/derived:1" >"$work/manifest"
layer=$(jq -r '.layers[-2].digest' "$work/manifest")
grep -qE '^drwxrwxrwt .* tmp/$' <(tar -tvzf "$work/derived/blobs/sha256/${layer#sha256:}") || fail "no /tmp of 1777 in the layer"

t "a folder in place of a base's symbolic link is refused: it would hide what the link leads to"
sed -i 's,to: /tmp/x,to: /bin/x,' "$work/hello/whittle.yaml"
whittle_exits 3 build -f "$work/hello/whittle.yaml" -o "oci:$work/hidden:1"
err_has '/bin' 'symbolic link to "usr/bin"'
no_image "$work/hidden"

t "a folder of \`files\` keeps its owner when the program lies in it, and what is missing is said before go runs"
hello "$work/own"
cat >"$work/own/whittle.yaml" <<'YAML'
version: 1
images:
  own:
    binaries: [{main: ./cmd/hello, path: /app/hello}]
    base: scratch
    files: [{from: config/, to: /app/, owner: nonroot}]
YAML
build -f "$work/own/whittle.yaml" -o "oci:$work/own-layout:1" >/dev/null
manifest=$(jq -r '.manifests[0].digest' "$work/own-layout/index.json")
layer=$(jq -r '.layers[-1].digest' "$work/own-layout/blobs/sha256/${manifest#sha256:}")
grep -qE '^drwxr-xr-x 65532/65532 .* app/$' <(tar -tvzf "$work/own-layout/blobs/sha256/${layer#sha256:}") || fail "/app changed its owner"
sed -i 's,from: config/,from: absent/,' "$work/own/whittle.yaml"
whittle_exits 3 build -f "$work/own/whittle.yaml" -o "oci:$work/own-layout:2"
err_has 'absent'
! grep -q compiling "$err" || fail "go ran"
