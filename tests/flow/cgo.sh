#!/usr/bin/env bash
# C in a Go program with one line of the spec: static, the same bytes wherever it is built, with a C compiler that the
# lock names and a word on what a C library would need at run time. Its real case is cgo_sqlite.sh.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
need git go tar readelf musl-gcc gcc
layout=$work/layout dir=$work/app

is_static() {
  readelf -ldW "$1" >"$work/headers"
  grep -q LOAD "$work/headers" || fail "no program headers of $1: $(cat "$work/headers")"
  ! grep -q INTERP "$work/headers" || fail "$1 asks for a loader"
  ! grep -q NEEDED "$work/headers" || fail "$1 needs libraries"
}
# compiler_that FLAG…: a musl-gcc of its own in $work/bin, which says of itself what the real one says.
compiler_that() {
  mkdir -p "$work/bin"
  printf '#!/bin/sh\nexec %s "$@" %s\n' "$(command -v musl-gcc)" "$*" >"$work/bin/musl-gcc"
  chmod +x "$work/bin/musl-gcc"
}

small_module "$dir"
ensure_shared
cp "$shared/hello.lock" "$dir/whittle.lock"
cat >"$dir/cmd/app/main.go" <<'GO'
package main

// #include "sum.h"
import "C"

import "example.com/app/internal/gen"

func main() { println("app", gen.Table, C.sum(3, 4)) }
GO
printf 'int sum(int a, int b);\n' >"$dir/cmd/app/sum.h"
printf '#include "sum.h"\n#include <stdio.h>\n#define TEXT(of) #of\n#define TEXT_OF(what) TEXT(what)\n#ifndef SAID\n#define SAID one\n#endif\nint sum(int a, int b) { puts(__FILE__ " " __DATE__ " " TEXT_OF(SAID)); fflush(stdout); return a + b; }\n' >"$dir/cmd/app/sum.c"
mkdir "$dir/cmd/pitfalls"
cat >"$dir/cmd/pitfalls/main.go" <<'GO'
package main

/*
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>
static int all(const char *name) {
  struct addrinfo *found;
  return (setlocale(LC_ALL, name) != NULL) + (iconv_open("UTF-8", name) != (iconv_t)-1) + (dlopen(name, RTLD_NOW) != NULL) +
         (getpwnam(name) != NULL) + getaddrinfo(name, "80", NULL, &found);
}
*/
import "C"

func main() { println(C.all(C.CString("x"))) }
GO
mkdir "$dir/cmd/library"
printf 'package main\n\n// #cgo LDFLAGS: -lz\n// const char *zlibVersion(void);\nimport "C"\n\nfunc main() { println(C.zlibVersion()) }\n' >"$dir/cmd/library/main.go"
cat >"$dir/whittle.yaml" <<YAML
version: 1
go: {version: $(pinned_go)}
images:
  app: {base: scratch, main: ./cmd/app, cgo: static, platforms: [linux/amd64]}
  glibc: {base: scratch, binaries: [{main: ./cmd/app, cgo: static-glibc}], platforms: [linux/amd64]}
  arm: {base: scratch, main: ./cmd/app, cgo: static, platforms: [linux/arm64]}
  musl-pitfalls: {base: scratch, main: ./cmd/pitfalls, cgo: static-musl, platforms: [linux/amd64]}
  glibc-pitfalls: {base: scratch, main: ./cmd/pitfalls, cgo: static-glibc, platforms: [linux/amd64]}
  library: {base: scratch, main: ./cmd/library, cgo: static-glibc, platforms: [linux/amd64]}
YAML
cd "$dir"
[ "$(go env GOARCH)" = amd64 ] || skip "this flow is for amd64"

t "without a C compiler the error names what to install"
with_path=/nowhere whittle_exits 4 build app
err_has 'there is no C compiler for linux/amd64, which `cgo: static` needs' 'hint: install `musl-tools`'
with_path=/nowhere whittle_exits 4 build arm
err_has 'hint: install `gcc-aarch64-linux-gnu`'

t "with one the program is static, and holds no path and no time of this machine"
build app -o "oci:$layout:app" >/dev/null
valid_layout "$layout"
program app
is_static "$work/programs/app"
equal "$("$work/programs/app" 2>&1)" "sum.c Jan  1 1970 one
app one 7"
grep -q 'CGO_ENABLED=1' <(go version -m "$work/programs/app") || fail "no cgo in the build information"
! grep -aqF "$work" "$work/programs/app" || fail "a path of this machine"
readelf -SW "$work/programs/app" >"$work/sections"
grep -qF .text "$work/sections" || fail "no sections: $(cat "$work/sections")"
! grep -qE '\.symtab|\.debug_|build-id' "$work/sections" || fail "something is left of it"

t "the lock has the compiler"
equal "$(jq -r '.cc["linux/amd64 static"].libc' whittle.lock)" musl
whittle_exits 0 lock --check app
git init -q . && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm one

t "nothing changed: no compiler is asked; neither does the environment steer it"
first=$(build app -o "oci:$layout:app")
err_has 'nothing changed'
equal "$(CC=/nowhere/cc CGO_CFLAGS=-DX CGO_LDFLAGS=-lnothing PKG_CONFIG=/nowhere GOCACHE=$work/own oracle app)" "$first"

t "a change of C is a change"
sed -i 's/a + b/a * b/' cmd/app/sum.c
differ "$(build app -o "oci:$work/other")" "$first"
git checkout -q cmd/app/sum.c
equal "$(build app -o "oci:$work/other")" "$first"

t "verify builds it again under all circumstances"
whittle_exits 0 verify "oci:$layout:app"
out_has 'rebuild      passed'
provenance=$(grep -laF '"predicateType":"https://slsa.dev/provenance/v1"' "$layout"/blobs/sha256/*)
for text in '"/usr/bin/app: cgo":"static"' '"/usr/bin/app: CC":' '"/usr/bin/app: CGO_CFLAGS":"-Os' 'C compiler for linux/amd64: '; do
  grep -qF "$text" $provenance || fail "the provenance lacks $text"
done

t "another compiler makes the lock stale"
compiler_that
with_path=$work/bin:$PATH whittle_exits 3 lock --check app
err_has 'C compiler for linux/amd64 static: another C compiler: '
with_path=$work/bin:$PATH whittle_exits 3 build app --locked
err_has 'another C compiler: '

t "and verify says what came of it"
with_path=$work/bin:$PATH whittle_exits 0 verify "oci:$layout:app" --perturb folder
err_has 'another C compiler: ' ', without effect'
compiler_that -DSAID=other
with_path=$work/bin:$PATH whittle_exits 8 verify "oci:$layout:app" --perturb folder
out_has 'not reproducible: another C compiler: '

t "lock --update cc takes it"
with_path=$work/bin:$PATH whittle_exits 0 lock app --update cc
out_has '~ C compiler for linux/amd64 static '
git checkout -q whittle.lock

t "glibc: static as well, with another entry in the lock"
build glibc -o "oci:$layout:glibc" >/dev/null
program glibc
is_static "$work/programs/glibc"
matches "$("$work/programs/glibc" 2>&1)" 'app one 7$'
equal "$(jq -r '.cc["linux/amd64 static-glibc"].libc' whittle.lock)" glibc
[ "$(stat -c %s "$work/programs/app")" -lt "$(stat -c %s "$work/programs/glibc")" ] || fail "musl is no smaller"

t "what needs files or a loader at run time is named, once each"
whittle_exits 0 build glibc-pitfalls -o "oci:$work/pitfalls"
for text in 'resolves host names' 'looks users or groups up' 'loads libraries at run time' 'converts character sets' 'sets a locale'; do
  equal "$(grep -c "^warning: .*$text" "$err")" 1 "warnings of \"$text\""
done
whittle_exits 0 build musl-pitfalls -o "oci:$work/pitfalls"
equal "$(grep -c '^warning: .*its C ' "$err")" 1 "warnings with musl"
err_has 'a static program of musl cannot'
whittle_exits 0 build app glibc -o "oci:$work/both"
! grep -q '^warning: .*its C ' "$err" || fail "a warning of nothing"

t "a library of this machine is refused: no lock names it"
if [ -e "$(gcc -print-file-name=libz.a)" ]; then
  whittle_exits 10 build library
  err_has 'is linked with ' 'libz.a' 'which no lock names'
else
  echo "no libz.a here: not shown"
fi

t "what does not compile is told in the compiler's words alone"
sed -i 's/a + b/a + c/' cmd/app/sum.c
whittle_exits 4 build app
err_has 'sum.c' "'c' undeclared"
sed -i 's/a + c/missing(a)/' cmd/app/sum.c
whittle_exits 4 build app
err_has 'missing'
! grep -qE 'libc\.a$' "$err" || fail "the linker's list is in the message: $(cat "$err")"
git checkout -q cmd/app/sum.c

t "for arm64 with a cross compiler"
if command -v aarch64-linux-gnu-gcc >/dev/null; then
  build arm -o "oci:$layout:arm" >/dev/null
  program arm
  is_static "$work/programs/arm"
  equal "$(jq -r '.cc["linux/arm64 static"].libc' whittle.lock)" glibc
  if command -v qemu-aarch64 >/dev/null; then matches "$(qemu-aarch64 "$work/programs/arm" 2>&1)" 'app one 7$'; fi
else
  echo "SKIPPED: aarch64-linux-gnu-gcc is not installed"
fi
