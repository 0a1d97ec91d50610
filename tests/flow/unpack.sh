#!/usr/bin/env bash
# Images as folders and bundles: equal to what umoci and tar make of them, confined in runc, and never half there.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need umoci skopeo runc tar python3
[ "$(id -u)" = 0 ] || skip "owners are compared, and only root can give files away"
layout=$work/layout

# listing DIR: every file with what the image says of it; sizes of folders are the file system's.
listing() {
  (cd "$1" && find . -mindepth 1 -printf '%P|%y|%m|%U:%G|%s|%l|%Ts|%n\n' |
    awk -F'|' -v OFS='|' '{ if ($2 == "d") { $5 = ""; $8 = "" } if ($2 == "l") $3 = ""; print }' | LC_ALL=C sort)
}
# same_files A B: names, kinds, modes, owners, links, times, contents.
same_files() {
  diff <(listing "$1") <(listing "$2") >"$work/difference" || fail "$1 and $2 differ: $(head -n 10 "$work/difference")"
  diff -r --no-dereference "$1" "$2" >"$work/difference" || fail "contents differ: $(head -n 10 "$work/difference")"
}

t "a base of Debian packages with a program, as umoci unpacks it"
fixture shop "$work/shop"
cd "$work/shop"
digest=$(build api --platform linux/amd64 -o "oci:$layout:shop")
whittle_exits 0 unpack "oci:$layout:shop" "$work/shop-root"
equal "$(cat "$out")" "oci:$layout:shop@$digest"
umoci unpack --image "$layout:shop" "$work/shop-umoci" 2>"$err"
same_files "$work/shop-root" "$work/shop-umoci/rootfs"
mkdir "$work/tar-root"
jq -r '.layers[].digest' "$layout/blobs/sha256/${digest#sha256:}" | while read -r layer; do
  tar -xpf "$layout/blobs/sha256/${layer#sha256:}" -C "$work/tar-root" --same-owner
done
same_files "$work/shop-root" "$work/tar-root"

t "an image of others: whiteouts, opaque folders, hard links, attributes, odd modes, devices"
umoci init --layout "$work/other"
umoci new --image "$work/other:1"
umoci unpack --image "$work/other:1" "$work/bundle" 2>"$err"
root=$work/bundle/rootfs
mkdir -p "$root/etc/conf.d" "$root/opaque/deep" "$root/bin" "$root/dev"
echo one >"$root/etc/one" && echo two >"$root/etc/conf.d/two" && echo gone >"$root/opaque/deep/gone"
echo linked >"$root/bin/a" && ln "$root/bin/a" "$root/bin/b" && ln "$root/bin/a" "$root/bin/c"
ln -s ../../../../etc/passwd "$root/escape" && ln -s /nowhere "$root/dangling" && ln -s etc "$root/conf"
chmod 4755 "$root/bin/a" && mkdir -m 1777 "$root/tmp" && mkdir -m 0 "$root/closed" && chown 123:456 "$root/etc/one"
echo x >"$root/name with \\ and"$'\n'"newline"
attribute() { python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.note").decode())' "$1"; }
python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.note", b"a value")' "$root/etc/one" 2>/dev/null && attributes=1 || attributes=0
truncate -s 40M "$root/sparse" && printf end >>"$root/sparse"
umoci repack --image "$work/other:2" "$work/bundle" 2>"$err"
umoci unpack --image "$work/other:2" "$work/bundle2" 2>"$err"
root=$work/bundle2/rootfs
rm -r "$root/opaque" "$root/etc/conf.d" "$root/bin/a" && mkdir "$root/opaque" && echo new >"$root/opaque/new"
echo "a file now" >"$root/etc/conf.d" && rm "$root/conf" && mkdir "$root/conf" && echo in >"$root/conf/in"
umoci repack --image "$work/other:3" "$work/bundle2" 2>"$err"
whittle_exits 0 unpack "oci:$work/other:3" "$work/ours"
umoci unpack --image "$work/other:3" "$work/bundle3" 2>"$err"
same_files "$work/ours" "$work/bundle3/rootfs"
equal "$(stat -c %h "$work/ours/bin/b")" 2 "names of the linked file"
[ $attributes = 0 ] || equal "$(attribute "$work/ours/etc/one")" 'a value'
[ $attributes = 1 ] || printf 'NOT SHOWN: extended attributes: this file system has none\n'

t "devices are not made, and told of"
python3 - "$work/devices.tar" <<'PY'
import sys, tarfile
with tarfile.open(sys.argv[1], "w") as tar:
    for name, kind in (("dev/kmsg", tarfile.CHRTYPE), ("dev/sda", tarfile.BLKTYPE), ("pipe", tarfile.FIFOTYPE)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.devmajor, entry.devminor = kind, 1, 3
        tar.addfile(entry)
    tar.addfile(tarfile.TarInfo("file"))
PY
umoci new --image "$work/other:devices"
umoci raw add-layer --image "$work/other:devices" "$work/devices.tar" 2>"$err"
whittle_exits 0 unpack "oci:$work/other:devices" "$work/no-devices"
err_has 'not created' '"/dev/kmsg" (character device 1:3)' '"/pipe" (FIFO)'
equal "$(cd "$work/no-devices" && find . -mindepth 1 | sort | tr '\n' ' ')" './file '

t "what leads outside stays inside or is refused"
mkdir "$work/victim"
hostile() {  # NAME PYTHON: an image with a layer of those entries
  python3 - "$work/$1.tar" "$work/victim" <<PY
import io, sys, tarfile
tar = tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT)
victim = sys.argv[2]
def link(name, target, kind=tarfile.SYMTYPE):
    entry = tarfile.TarInfo(name); entry.type, entry.linkname = kind, target; tar.addfile(entry)
def file(name, text=b"planted"):
    entry = tarfile.TarInfo(name); entry.size = len(text); tar.addfile(entry, io.BytesIO(text))
$2
tar.close()
PY
  umoci new --image "$work/other:$1"
  umoci raw add-layer --image "$work/other:$1" "$work/$1.tar" 2>"$err"
}
hostile through $'link("out", victim)\nfile("out/planted")\nlink("up", "../../../../../..")\nfile("up" + victim + "/planted")'
whittle_exits 0 unpack "oci:$work/other:through" "$work/through"
equal "$(find "$work/victim" -mindepth 1)" '' "files outside"
hostile upward $'file("../victim/planted")'
whittle_exits 8 unpack "oci:$work/other:upward" "$work/upward"
hostile hard $'link("passwd", "../../../../etc/passwd", tarfile.LNKTYPE)'
whittle_exits 8 unpack "oci:$work/other:hard" "$work/hard"
equal "$(find "$work/victim" -mindepth 1)" '' "files outside"

t "a failure leaves nothing, and what is there is never touched"
[ ! -e "$work/upward" ] && [ ! -e "$work/hard" ] || fail "something half is left"
equal "$(find "$work" -maxdepth 1 -name '.tmp-*')" '' "temporary folders"
mkdir "$work/full" && touch "$work/full/mine"
whittle_exits 2 unpack "oci:$work/other:3" "$work/full"
err_has 'is there already and is no empty folder'
equal "$(ls "$work/full")" mine
whittle_exits 5 unpack "oci:$work/other:3" "$work/absent/dir"
mkdir "$work/empty"
whittle_exits 0 unpack "oci:$work/other:3" "$work/empty/"
[ -e "$work/empty/bin/b" ] || fail "an empty folder was not filled"
whittle_exits 5 unpack "oci:$work/other:none" "$work/none"
[ ! -e "$work/none" ] || fail "a folder for an image that is not there"

t "a bundle runs, confined"
mountpoint -q / || skip "runc wants / to be a mount point"
printf 'version: 1\ngo: {version: %s}\nimages:\n  sh:\n    main: ./cmd/hello\n    base: debug\n    entrypoint: [/busybox/sh, -c, "id -u; cat /proc/self/status; ls /sys/class/net; touch /etc/x || echo read-only; touch /tmp/x && echo tmp; echo done"]\n' "$(pinned_go)" >"$work/sh.yaml"
hello "$work/hello"
cp "$work/sh.yaml" "$work/hello/whittle.yaml"
cd "$work/hello"
whittle_exits 0 lock
build -o "oci:$layout:sh" >/dev/null
whittle_exits 0 unpack --bundle "oci:$layout:sh" "$work/sh"
runc --root "$work/runc" run --bundle "$work/sh" "whittle-unpack-$$" </dev/null >"$out" 2>"$err" || fail "runc: $(cat "$err")"
equal "$(head -n1 "$out")" 65532
out_has 'CapEff:	0000000000000000' 'CapBnd:	0000000000000000' 'NoNewPrivs:	1' 'Seccomp:	2' read-only tmp done
equal "$(grep -c '^\(lo\|e.*\)$' "$out")" 1 "network devices"

t "an ordinary user unpacks and runs as well"
if setpriv --reuid 12345 --regid 12345 --clear-groups unshare -Ur true 2>/dev/null; then
  chmod 711 "$work" && mkdir "$work/user" && chown 12345:12345 "$work/user" && chmod -R a+rX "$layout" && cp "$whittle" "$work/user/whittle"
  (cd "$work/user" && HOME=$work/user XDG_CACHE_HOME=$work/user/cache setpriv --reuid 12345 --regid 12345 --clear-groups \
    ./whittle unpack --bundle "oci:$layout:sh" sh) >"$out" 2>"$err" || fail "unpack: $(cat "$err")"
  err_has 'all of it belongs to you'
  equal "$(find "$work/user/sh" ! -user 12345 | head -n1)" '' "files of others"
  setpriv --reuid 12345 --regid 12345 --clear-groups runc --root "$work/user/runc" run --bundle "$work/user/sh" \
    "whittle-unpack-$$" </dev/null >"$out" 2>"$err" || fail "runc: $(cat "$err")"
  equal "$(head -n1 "$out")" 0 "root of its own namespace"
  out_has 'CapEff:	0000000000000000' read-only done
else
  printf 'NOT SHOWN: an ordinary user: no user namespaces here\n'
fi
