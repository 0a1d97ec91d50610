#!/usr/bin/env bash
# The Debian package, and the archive that needs nothing of its system: what is in them, that the same program gives the
# same bytes, and that they work on a minimal Debian, in a root that has nothing at all, and in an older Debian.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/root_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/root_lib.sh"
need cpack dpkg-deb dpkg-shlibdeps docker-registry
build_folder=${whittle%/cli/whittle}
[ -x "$build_folder/packaging/whittle_launcher" ] || skip "$build_folder has no launcher"

# pack DIR: sets deb and archive.
pack() {
  "$whittle_root/scripts/package" --build "$build_folder" "$1" >"$out" 2>"$err" || fail "scripts/package: $(cat "$err")"
  deb=$(sed -n 1p "$out") archive=$(sed -n 2p "$out")
}

t "the same program gives the same bytes"
(umask 077 && TZ=Asia/Tokyo pack "$work/once")
sleep 1
pack "$work/again"
cmp "$work/once/${deb##*/}" "$deb"
cmp "$work/once/${archive##*/}" "$archive"
matches "${deb##*/}" '^whittle_[0-9.]+_[a-z0-9]+\.deb$'
matches "${archive##*/}" '^whittle-[0-9.]+-linux-[a-z0-9]+\.tar\.gz$'
mkdir "$work/deb" "$work/tree"
dpkg-deb -x "$deb" "$work/deb"
tar -xzf "$archive" -C "$work/tree" --strip-components=1

t "each library that is loaded while it runs is in both"
grep -rhoE '(LoadedLibrary library\(|dlopen\()"lib[^"]+"' --include='*.cpp' "$whittle_root"/[a-z]*/ |
  grep -oE 'lib[a-z0-9]+\.so\.[0-9]+' | sort -u >"$work/loaded"
cmp "$work/loaded" "$whittle_root/packaging/loaded-libraries" || fail "packaging/loaded-libraries are not what the sources load"
depends=$(dpkg-deb -f "$deb" Depends)
while read -r library; do
  [ -f "$work/tree/lib/whittle/$library" ] || fail "$library is not in the archive"
  package=$(dpkg-query -S "*/$library" | sed 's/[:,].*//;q')
  matches "$depends" "(^|, )$package( |,|$)"
done <"$work/loaded"
matches "$depends" 'libc6 \(>= '

t "nothing in either is anybody else's, or of the machine it was made on"
{ dpkg-deb -c "$deb" && tar -tvzf "$archive"; } >"$work/listing"
awk '$2 != "root/root" && $2 != "0/0"' "$work/listing" >"$work/foreign"
[ ! -s "$work/foreign" ] || fail "files that are not root's: $(head -n 3 "$work/foreign")"
equal "$(find "$work/tree" -type l)" '' "links in the archive"
! grep -rlF "$whittle_root" "$work/tree/bin" "$work/tree/share" "$work/deb/usr/share" || fail "a path of this machine"
while read -r package _; do
  [ -s "$work/tree/share/doc/whittle/libraries/$package.copyright" ] || fail "no copyright of $package"
done <"$work/tree/share/doc/whittle/libraries/packages"

t "a manual page for the program and for each command"
"$whittle" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z]*\) .*/\1/p' >"$work/commands"
[ "$(wc -l <"$work/commands")" -gt 15 ] || fail "few commands: $(cat "$work/commands")"
while read -r command; do
  page=$work/deb/usr/share/man/man1/whittle-$command.1.gz
  [ -s "$page" ] || fail "no manual page of $command"
  cmp "$page" "$work/tree/share/man/man1/${page##*/}"
done <"$work/commands"
if command -v man groff >/dev/null; then
  for page in "$work"/deb/usr/share/man/man1/*.gz; do
    man --warnings -E UTF-8 -l -Tutf8 "$page" >"$work/page" 2>"$work/warnings" || fail "$(cat "$work/warnings")"
    [ ! -s "$work/warnings" ] || fail "${page##*/}: $(cat "$work/warnings")"
  done
  zcat "$work/deb/usr/share/man/man1/whittle-build.1.gz" | man -E UTF-8 -l -Tutf8 - | col -b >"$work/page"
  grep -q -- '--sbom=spdx|cyclonedx|none' "$work/page" || fail "$(cat "$work/page")"
else
  echo "   man is not installed: the pages are not rendered"
fi

t "completions know commands, options and values"
# completed WORD…: what bash offers for the last of them.
completed() {
  bash -euc 'source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _whittle; printf "%s\n" "${COMPREPLY[@]}"' \
    bash "$work/deb/usr/share/bash-completion/completions/whittle" "$@" | sort | tr '\n' ' '
}
touch "$work/spare" "$work/spdx-file"
cd "$work"
equal "$(completed whittle sy)" 'symbolize '
equal "$(completed whittle build --sbo)" '--sbom '
equal "$(completed whittle build --sbom '')" 'cyclonedx none spdx '
equal "$(completed whittle build --sbom = s)" 'spdx '
equal "$(completed whittle --progress json cache g)" 'gc '
equal "$(completed whittle copy --progre)" '--progress '
equal "$(completed whittle build --file sp)" 'spare spdx-file '
equal "$(completed whittle copy spa)" 'spare '
equal "$(completed whittle completion '')" 'bash fish zsh '
if command -v fish >/dev/null; then
  offered() { fish --no-config -c "source '$work/deb/usr/share/fish/vendor_completions.d/whittle.fish'; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '; }
  equal "$(offered 'whittle sy')" 'symbolize '
  equal "$(offered 'whittle build --sbom ')" 'cyclonedx none spdx '
  equal "$(offered 'whittle cache g')" 'gc '
else
  echo "   fish is not installed: its completions are not tried"
fi
if command -v zsh >/dev/null; then
  zsh -n "$work/deb/usr/share/zsh/vendor-completions/_whittle"
else
  echo "   zsh is not installed: its completions are not tried"
fi
"$whittle" schema | cmp - "$work/deb/usr/share/whittle/whittle.schema.json"

t "lintian"
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning "$deb" >"$work/lintian" 2>&1 || fail "$(cat "$work/lintian")"
else
  echo "   lintian is not installed"
fi

need debootstrap
image_for_roots

t "the archive in a root that has nothing but a null device"
empty=$work/empty fresh=$work/fresh
cp -R "$work/tree" "$empty"
mkdir "$empty/dev"
mknod -m 666 "$empty/dev/null" c 1 3
cp -a "$empty" "$fresh"
works_in "$empty" /bin/whittle

t "it is found through links, started by any name, and says what it lacks"
ln -s whittle "$empty/bin/other"
mkdir "$empty/opt"
ln -s ../bin/other "$empty/opt/whittle"
in_root "$empty" /opt/whittle --version
equal "$(cat "$out")" "$("$whittle" --version)"
mv "$empty" "$work/moved"
equal "$(LD_PRELOAD=/absent.so LD_LIBRARY_PATH=/absent "$work/moved/opt/whittle" --version 2>&1)" "$("$whittle" --version)"
mv "$work/moved/lib/whittle/whittle" "$work/moved/lib/whittle/gone"
status=0
"$work/moved/bin/whittle" --version >"$out" 2>"$err" || status=$?
differ "$status" 0
mv "$work/moved/lib/whittle" "$work/moved/lib/elsewhere"
status=0
"$work/moved/bin/whittle" --version >"$out" 2>"$err" || status=$?
equal "$status" 11
err_has 'error: starting ' 'lib/whittle/ld-linux' 'hint: '

t "it builds an image again: it knows how to start itself"
PATH=$work/tree/bin:$PATH bash -c 'cd / && whittle verify "$1" --source "$2" --perturb home' bash "$registry/hello:1" "$work/hello" >"$out" 2>"$err" ||
  fail "$(cat "$out" "$err")"
out_has 'rebuild      passed'

t "the Debian package on a minimal Debian"
debian_root
root=$work/debian
mkdir -p "$root"
tar -xf "$debian_tar" -C "$root"
cp -L /etc/resolv.conf "$root/etc/" 2>/dev/null || true
cp -R /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp "$deb" "$root/whittle.deb"
for variable in http_proxy https_proxy no_proxy; do
  [ -z "${!variable:-}" ] || printf 'Acquire::%s::Proxy "%s";\n' "${variable%_proxy}" "${!variable}" >>"$root/etc/apt/apt.conf.d/90proxy"
done
in_root "$root" bash -euc '
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends /whittle.deb'
works_in "$root" /usr/bin/whittle
in_root "$root" man whittle-build
out_has 'whittle-build - Build the images'
in_root "$root" dpkg --remove whittle
equal "$(find "$root/usr" -name '*whittle*')" '' "what is left of it"

# The archive fetches, verifies and unpacks an older Debian itself, in the root that has nothing, and then runs there.
t "the archive in an older Debian"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'ORIGIN: Debian' 'COMPONENT: main' | grep -v security | head -n1)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if ! curl -fsSL -o "$work/InRelease" "${mirror%/}/dists/bullseye/InRelease"; then
  echo "   SKIPPED: ${mirror:-apt} has no bullseye"
  exit 0
fi
mknod -m 666 "$fresh/dev/urandom" c 1 9  # which librnp asks for numbers
mkdir -p "$fresh/etc" "$fresh${keyring%/*}" "$fresh/older"
cp -L /etc/resolv.conf /etc/hosts "$fresh/etc/" 2>/dev/null || true
cp "$keyring" "$fresh$keyring"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$fresh/etc/ssl/certs/ca-certificates.crt"
cp -R "$work/hello/." "$fresh/older"
sed -i 's/base: scratch/&\n    packages: [base-files, bash, coreutils]/' "$fresh/older/whittle.yaml"
in_root "$fresh" WHITTLE_DEBIAN="deb [signed-by=$keyring] $mirror bullseye main" \
  /bin/whittle build -f /older/whittle.yaml -o oci:/older-images:1
whittle_exits 0 unpack "oci:$fresh/older-images:1" "$work/bullseye"
mkdir -p "$work/bullseye/opt" "$work/bullseye/dev"
cp -R "$work/tree" "$work/bullseye/opt/whittle"
mknod -m 666 "$work/bullseye/dev/null" c 1 3
in_root "$work/bullseye" /bin/bash -c '. /etc/os-release && echo "$VERSION_ID" && ls --version && /opt/whittle/bin/whittle --version'
out_has 'coreutils) 8.32' "$("$whittle" --version)"
works_in "$work/bullseye" /opt/whittle/bin/whittle
