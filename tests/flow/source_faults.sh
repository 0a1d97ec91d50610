#!/usr/bin/env bash
# Go source and what surrounds it that goes wrong: times that are none, modules beside the module, a vendor folder that is
# behind, options smuggled to the linker, two programs of one name, source that changes under the build.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

hello "$work/hello"
cp -R "$work/hello" "$work/good"
cd "$work/hello"
target=oci:$work/images:v
whittle_exits 0 build -o "$target"
before=$(sha256sum <"$work/images/index.json")
fresh() { chmod -R u+w "$work/hello" && rm -rf "${work:?}/hello"/* && cp -R "$work/good"/. "$work/hello"; }
# refused CODE TEXT…: a build that fails so, and leaves what was there (hostile 271).
refused() {
  local code=$1
  shift
  whittle_exits "$code" build -o "$target"
  err_has "$@"
  out_is_empty
  equal "$(sha256sum <"$work/images/index.json")" "$before" "the layout is another one"
}

t "a time that is none (hostile 23)"
for epoch in '' -1 1e9 ' 5' '5 ' 0x10 253402300800 99999999999999999999; do
  SOURCE_DATE_EPOCH=$epoch refused 2 SOURCE_DATE_EPOCH
done
SOURCE_DATE_EPOCH=253402300799 whittle_exits 0 build -o "oci:$work/late:v"

t "a module beside the module: declared, or refused (hostile 32)"
mkdir "$work/beside" && printf 'module example.com/beside\n\ngo 1.21\n' >"$work/beside/go.mod"
printf 'package beside\n\nconst Word = "beside"\n' >"$work/beside/beside.go"
printf '\nrequire example.com/beside v0.0.0\n\nreplace example.com/beside => ../beside\n' >>go.mod
printf 'package main\n\nimport _ "example.com/beside"\n' >cmd/hello/beside.go
refused 10 example.com/beside ../beside
sed -i 's,^go:$,&\n  replace: [../beside],' whittle.yaml
whittle_exits 0 build -o "oci:$work/declared:v"
fresh

t "a vendor folder that is behind (hostile 33)"
mkdir vendor && printf '# example.com/gone v1.0.0\n## explicit\nexample.com/gone\n' >vendor/modules.txt
sums=$(sha256sum go.mod vendor/modules.txt)
refused 4 vendor
equal "$(sha256sum go.mod vendor/modules.txt)" "$sums" "the build has changed them"
fresh

t "options that are smuggled to the C compiler (hostile 35)"
printf 'package main\n\n// #cgo LDFLAGS: -Wl,-wrap,x -fplugin=evil.so\nimport "C"\n' >cmd/hello/smuggle.go
sed -i 's,^    main: .*,&\n    cgo: static,' whittle.yaml
whittle_exits '4|5|3' build -o "$target"
grep -vq evil.so "$err" || fail "nothing is said"
fresh

t "two programs with one name (hostile 42)"
mkdir -p other/hello && cp cmd/hello/*.go other/hello/
python3 - <<'P'
import re
text = open("whittle.yaml").read()
text = re.sub(r"    main: (\S+)\n", r"    binaries: [{main: \1}, {main: ./other/hello}]\n", text, count=1)
open("whittle.yaml", "w").write(text)
P
refused 3 /hello ./other/hello
fresh

t "source that changes under the build (hostile 48)"
own_toolchain
mv "$goroot/bin/go" "$goroot/bin/go.real"
# meddling COMMAND: from now on Go runs it after each build of its own.
meddling() {
  cat >"$goroot/bin/go" <<G
#!/bin/sh
"\${0%/*}/go.real" "\$@"
code=\$?
[ "\$1" != build ] || { $1; }
exit \$code
G
  chmod +x "$goroot/bin/go"
}
meddling "echo '// more' >>$work/hello/cmd/hello/main.go"
printf 'package main\n\nvar changed = 1\n' >cmd/hello/changed.go
refused 5 cmd/hello/main.go changed
fresh

t "a build that writes into the source, or into HOME (hostile 49)"
meddling "echo 'package main' >$work/hello/cmd/hello/generated.go"
printf 'package main\n\nvar changed = 2\n' >cmd/hello/changed.go
refused '5|10' cmd/hello
fresh
meddling 'echo written >"$HOME/written"'
printf 'package main\n\nvar changed = 3\n' >cmd/hello/changed.go
whittle_exits 0 build -o "oci:$work/apart:v"
[ ! -e "$HOME/written" ] || fail "the build has written into HOME"
fresh

t "modules that cannot be had (hostile 54)"
meddling :
fixture shop "$work/shop"
cd "$work/shop"
GOMODCACHE=$work/no-modules GOPROXY=http://127.0.0.1:1 whittle_exits 6 build api -o "$target"
err_has 127.0.0.1:1
grep -qE '[a-z]+\.[a-z]+/[a-z]+.*@v|go-chi' "$err" || fail "no module is named: $(cat "$err")"
GOMODCACHE=$work/no-modules GOPROXY=http://127.0.0.1:1 whittle_exits '4|6' build --offline api -o "$target"
