#!/usr/bin/env bash
# whittle slim: what goes, why, and that nothing else does; compared by umoci. An image of ko's, a Debian with many layers,
# layers that stay, places, and what comes in its way.
# shellcheck source=tests/flow/slim_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/slim_lib.sh"
need skopeo docker-registry zstd
flow_registry
images=$work/images
size_ratio() { jq '.platforms[0] | .after.sizes.size / .before.sizes.size' "$report"; }
at_most() { jq -en "$1 <= $2" >/dev/null || fail "$1 is more than $2"; }

if ensure_client ko github.com/google/ko@v0.18.1; then
  t "an image that ko made with its defaults"
  fixture shop "$work/shop"
  mkdir -p "$work/base/etc"
  echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >"$work/base/etc/passwd"
  layer base
  new_image "$images:base" "$work/base.tar"
  skopeo copy -q --dest-tls-verify=false "oci:$images:base" "docker://$registry/base:1"
  (
    cd "$work/shop"
    KO_DEFAULTBASEIMAGE=$registry/base:1 KO_DOCKER_REPO=$registry/ko "$tools/ko" build --bare --sbom=none \
      --platform=linux/amd64 --tags=1 ./cmd/api >"$work/ko.log" 2>&1
  ) || fail "ko: $(tail -n 3 "$work/ko.log")"
  slim_twice "$registry/ko:1" "$work/slim:ko"
  at_most "$(size_ratio)" 0.52
  equal "$(jq -r '.platforms[0].layers | map(.stays) | @text' "$report")" '[true,true,false]' "the layers of the base and of kodata stay"
  seen "$work/slim:ko" "$work/ko-after"
  skopeo copy -q --src-tls-verify=false "docker://$registry/ko:1" "oci:$images:ko"
  seen "$images:ko" "$work/ko-before"
  only_what_is_told "$work/ko-before.list" "$work/ko-after.list" "$report"

  t "its program keeps what is loaded and its build information"
  before=$work/ko-before/rootfs/ko-app/api after=$work/ko-after/rootfs/ko-app/api
  equal "$(go version -m "$after" | tail -n +2)" "$(go version -m "$before" | tail -n +2)"
  equal "$(readelf -SW "$after" | grep -c -E '\.(symtab|strtab|debug_[a-z]+) ' || true)" 0
  loaded() {  # digests of what is loaded, but for the fields of the header that say where sections are
    local offset size
    cp "$1" "$work/masked" && chmod u+w "$work/masked"
    head -c 8 /dev/zero | dd of="$work/masked" bs=1 seek=40 conv=notrunc status=none
    head -c 4 /dev/zero | dd of="$work/masked" bs=1 seek=60 conv=notrunc status=none
    readelf -lW "$1" | awk '$1 == "LOAD" { print $2, $5 }' | while read -r offset size; do
      dd if="$work/masked" iflag=skip_bytes,count_bytes bs=1M skip=$((offset)) count=$((size)) status=none | sha256sum
    done
  }
  sections=$(loaded "$before")
  differ "$sections" ''
  equal "$(loaded "$after")" "$sections" "what is loaded"

  t "the same with zstd"
  slim_twice "$registry/ko:1" "$work/slim:ko-zstd" --compression zstd
  at_most "$(size_ratio)" 0.45
fi

t "a Debian with many layers: umoci sees what the report says, and nothing else"
need debootstrap
[ "$(id -u)" = 0 ] || skip "debootstrap needs root"
debian_root || skip "no Debian can be installed here"
mkdir -p "$work"/{one,two,three,four}
head -c 3000000 /dev/urandom >"$work/noise"
mkdir -p "$work/one/opt" "$work/one/usr/local/bin" && cp "$work/noise" "$work/one/opt/large" && cp "$work/noise" "$work/one/opt/gone"
printf '#!/bin/sh\necho hello\n' >"$work/one/usr/local/bin/hello" && chmod 4755 "$work/one/usr/local/bin/hello"
mkdir -p "$work/two/opt" "$work/two/var/log/app" && echo small >"$work/two/opt/large" && : >"$work/two/opt/.wh.gone"
echo log >"$work/two/var/log/app/app.log" && chown 7:7 "$work/two/var/log/app/app.log"
mkdir -p "$work/three/opt/a" "$work/three/tmp" && cp "$work/noise" "$work/three/opt/a/copy1" && cp "$work/noise" "$work/three/opt/a/copy2"
ln "$work/three/opt/a/copy1" "$work/three/opt/a/link" && chmod 1777 "$work/three/tmp" && echo x >"$work/three/tmp/x"
echo 'a name in latin-1' >"$work/three/opt/a/$(printf 'caf\351')"
mkdir -p "$work/four/opt/a" "$work/four/usr/bin" && cp "$work/noise" "$work/four/opt/a/copy3"
cp /bin/true "$work/four/usr/bin/capable" && setcap cap_net_raw+ep "$work/four/usr/bin/capable"
for name in one two three four; do layer_time="@10$((${#name}))" layer "$name"; done
new_image "$images:debian" "$debian_tar" "$work/one.tar" "$work/two.tar" "$work/three.tar" "$work/four.tar"
umoci config --image "$images:debian" --config.entrypoint /usr/local/bin/hello --config.env LANG=de_DE.UTF-8
slim_twice "oci:$images:debian" "$work/slim:debian"
at_most "$(size_ratio)" 0.75
seen "$images:debian" "$work/debian-before"
seen "$work/slim:debian" "$work/debian-after"
only_what_is_told "$work/debian-before.list" "$work/debian-after.list" "$report"
has() { jq -e --arg path "$1" --arg action "$2" --arg rule "$3" '.platforms[0].files[] | select(.path == $path and .action == $action and .rule == $rule)' "$report" >/dev/null || fail "$1 is not told: $2 $3"; }
has /opt/gone drop hidden
has /opt/large drop hidden
has /opt/a/copy2 link duplicates
has /tmp/x drop temporary
has /var/log/dpkg.log drop logs
root=$work/debian-after/rootfs
equal "$(stat -c %a "$root/usr/local/bin/hello")" 4755
equal "$(getcap "$root/usr/bin/capable" | sed 's/.* //')" cap_net_raw=ep
equal "$(stat -c %h "$root/opt/a/copy1")" 4 "names of one file"
[ -d "$root/usr/share/locale/de" ] || fail "translations into the image's language are gone"
[ ! -d "$root/usr/share/locale/fr" ] || fail "translations into other languages are there"
[ -s "$root/usr/share/doc/bash/copyright" ] || fail "a licence is gone"
rm -rf --one-file-system "$work/debian-before" "$work/debian-after"

t "rules are switched off, and patterns keep"
whittle_exits 0 slim "oci:$images:debian" -o "oci:$work/slim:kept" --without documentation,locales,duplicates --keep /tmp --json
equal "$(jq -c '.platforms[0].rules | keys' "$out")" '["hidden","logs","package-caches"]'
whittle_exits 2 slim "oci:$images:debian" -o "oci:$work/slim:x" --without docs
err_has "docs" "is no rule of slim"
whittle_exits 2 slim "oci:$images:debian" -o "oci:$work/slim:x" --closure=loose
err_has '--closure=strict'
whittle_exits 2 slim "oci:$images:debian" -o "oci:$work/slim:x" --closure --recompress
err_has 'touches no content'
whittle_exits 2 slim "oci:$images:debian" -o "oci:$work/slim:x" --compression estargz --recompress
err_has 'estargz arranges them anew'

t "--closure: the script that is started, its shell, and what the shell needs; the report on stdout"
whittle_exits 0 slim "oci:$images:debian" -o "oci:$work/slim:closure" --closure --json
equal "$(jq -r '.platforms[0].files[] | select(.path == "/usr/local/bin/hello") | .reason' "$out")" 'what the image starts'
jq -e '[.platforms[0].files[] | select(.action == "keep") | .reason] | all' "$out" >/dev/null || fail "a file is kept without a reason"
jq -e '.platforms[0].rules.closure.files > 1000' "$out" >/dev/null || fail "little goes"
seen "$work/slim:closure" "$work/closure-after"
equal "$(chroot "$work/closure-after/rootfs" /usr/local/bin/hello)" hello
rm -rf --one-file-system "$work/closure-after"

t "--recompress touches no content"
whittle_exits 0 slim --recompress "oci:$images:debian" -o "oci:$work/slim:smaller"
config() { skopeo inspect --config --raw "oci:$1"; }
equal "$(config "$work/slim:smaller" | jq -cS .)" "$(config "$images:debian" | jq -cS .)"
digest=$(result_digest)
whittle_exits 0 slim --recompress "oci:$work/slim:smaller" -o "oci:$work/slim:again"
equal "$(result_digest)" "$digest"

t "layers stay layers, from a registry to a registry; one that did not change is mounted, not sent"
whittle_exits 0 copy "oci:$images:debian" "$registry/debian:1"
whittle_exits 0 slim "$registry/debian:1" -o "$registry/slim/debian:1" -o "oci:$work/slim:layers" --keep-layers all --report "$work/report.json"
equal "$(wc -l <"$out")" 2
valid_image --foreign all "$registry/slim/debian:1"
equal "$(jq -c '[.platforms[0].layers[] | .stays]' "$work/report.json")" '[false,false,false,false,true]'
mkdir -p "$work/plain/opt" && echo 1 >"$work/plain/opt/plain" && layer plain
new_image "$images:plain" "$work/plain.tar" "$work/three.tar"
whittle_exits 0 copy "oci:$images:plain" "$registry/plain:1"
whittle_exits 0 slim "$registry/plain:1" -o "$registry/slim/plain:1"
err_has mounted

t "killed at any moment: what the destination had is sound, and the image is the same afterwards"
whittle_exits 0 slim "oci:$images:plain" -o "oci:$work/killed:v"
wanted=$(result_digest)
for ((i = 0; i < ${ROUNDS:-6}; i++)); do
  rm -rf "$work/killed"
  killed "$whittle" slim "oci:$images:plain" -o "oci:$work/killed:v"
  sound_layout "$work/killed"
  whittle_exits 0 slim "oci:$images:plain" -o "oci:$work/killed:v"
  equal "$(result_digest)" "$wanted"
done

t "a full disk: nothing is written, and the message names where"
if [ "$(id -u)" = 0 ] && mkdir "$work/tiny" && mount -t tmpfs -o size=2m tmpfs "$work/tiny" 2>/dev/null; then
  at_exit() { umount -l "$work/tiny"; }
  XDG_CACHE_HOME=$work/tiny whittle_exits 11 slim "oci:$images:plain" -o "oci:$work/full:v"
  err_has "$work/tiny" 'o space left'
  out_is_empty
  no_image "$work/full"
fi
