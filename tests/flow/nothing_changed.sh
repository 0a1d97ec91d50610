#!/usr/bin/env bash
# "Nothing changed" is decided from what is remembered. A wrong one is the worst defect there is, so each way it
# could arise is tried here: after every change a build with memory must give what a build with none gives.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module=$work/module
spec=$module/whittle.yaml
hello "$module"
last=

now() { build -f "$spec" -o "oci:$work/layout:1" "$@"; }
# changed WHAT / unchanged WHAT: builds with memory and without, and compares both with the last digest.
settle() {
  local digest expected
  digest=$(now)
  expected=$(oracle -f "$spec")
  equal "$digest" "$expected" "after \"$1\" the remembered build differs from one without memory"
  echo "$digest"
}
changed() {
  local digest
  printf '   changed: %s\n' "$1"
  digest=$(settle "$1")
  differ "$digest" "$last" "$1 went unnoticed"
  last=$digest
}
unchanged() {
  local digest
  printf '   unchanged: %s\n' "$1"
  digest=$(settle "$1")
  equal "$digest" "$last" "$1 changed the image"
}

t "nothing changed: no go command runs"
recording_go
last=$(now)
grep -q '^build' "$go_log" || fail "a first build did not run the go of the lock"
: >"$go_log"
digest=$(now)
equal "$digest" "$last"
equal "$(cat "$go_log")" '' "go was run although nothing changed"

t "files of packages"
cd "$module"
echo 'package text; func init() { Greeting += "!" }' >internal/text/added.go
changed "a file added to a package"
rm internal/text/added.go
changed "a file deleted from a package"
sed -i 's/"hello"/"salve"/' internal/text/text.go
changed "a file edited"
printf '//go:build special\n\npackage text\n\nfunc init() { Greeting += "?" }\n' >internal/text/special.go
unchanged "a file added that a build tag excludes"
sed -i 's/^    main: .*/    binaries: [{main: .\/cmd\/hello, tags: [special]}]/' whittle.yaml
changed "a build tag in the spec"
sed -i 's/go:build special/go:build !special/' internal/text/special.go
changed "a build constraint in a file"
echo 'package text; func init() { Greeting += "@" }' >internal/text/only_arm64.go
mv internal/text/only_arm64.go internal/text/only_linux.go
changed "a file that its name includes for this system"
echo 'package text' >internal/text/text_test.go
unchanged "a test file added"
mkdir internal/other && echo 'package other; var X = "other"' >internal/other/other.go
unchanged "a package that nothing imports"
printf 'package main\n\nimport "example.com/hello/internal/other"\n\nfunc init() { println(other.X) }\n' >cmd/hello/more.go
changed "an import of it"
sed -i 's/"other"/"another"/' internal/other/other.go
changed "a file of the newly imported package"

t "embedded files"
echo two >internal/text/texts/two.txt
changed "a file added to an embed pattern"
echo TWO >internal/text/texts/two.txt
changed "an embedded file edited"
mv internal/text/texts/two.txt internal/text/texts/three.txt
changed "an embedded file renamed"
rm internal/text/texts/three.txt
changed "an embedded file deleted"
echo x >internal/text/texts/not-matched.md
unchanged "a file beside the pattern"

t "clocks and time stamps"
text=internal/text/texts/one.txt
printf 'aaaa' >$text
touch -d '2020-01-01' $text
changed "a file with an old time stamp"
last=$(now)
printf 'bbbb' >$text
touch -d '2020-01-01' $text
changed "same size and same modification time, other content"
cp -p $text "$work/keep"
printf 'cccc' >$text
touch -r "$work/keep" $text
changed "the time stamp copied back"
printf 'dddd' >"$work/replacement"
touch -r "$work/keep" "$work/replacement"
mv "$work/replacement" $text
changed "replaced by rename with the same size and time"
printf 'eeee' >$text
touch -d '2099-01-01' $text
changed "a time stamp in the future"
for round in 1 2 3 4 5; do  # within one tick of the clock of the file system
  printf '%04d' "$round" >$text
  digest=$(now)
  printf '%04d' "$((round + 5000))" >$text
  again=$(now)
  differ "$again" "$digest" "a change right after a build went unnoticed"
done
last=$again
unchanged "nothing, after changes within one tick"
touch internal/text/text.go cmd/hello/main.go $text
unchanged "touched files"

t "go.mod"
sed -i 's/^go 1.26.0/go 1.25.0/' go.mod
changed "the language version"  # the build information holds it
mkdir -p "$work/dep" && printf 'module example.com/dep\n\ngo 1.25.0\n' >"$work/dep/go.mod"
mkdir -p dep && cp "$work/dep/go.mod" dep/ && echo 'package dep; const Name = "first"' >dep/dep.go
printf '\nrequire example.com/dep v0.0.0\n\nreplace example.com/dep => ./dep\n' >>go.mod
printf 'package main\n\nimport "example.com/dep"\n\nfunc init() { println(dep.Name) }\n' >cmd/hello/dep.go
changed "a replaced module"
sed -i 's/first/second/' dep/dep.go
changed "a file of the replaced module"
cp -R dep dep2 && sed -i 's/second/third/' dep2/dep.go
sed -i 's,=> ./dep,=> ./dep2,' go.mod
changed "the folder that replaces it"

t "vendor"
fixture vendored "$work/vendored"
spec=$work/vendored/whittle.yaml
last=$(now)
sed -i 's/unexpected/surprising/; s/EOF found/END found/' "$work/vendored/vendor/github.com/google/shlex/shlex.go"
changed "a vendored file"
mkdir "$work/vendored/vendor/github.com/google/unused"
unchanged "an empty folder in vendor"

t "go.work"
fixture workspace "$work/workspace"
spec=$work/workspace/whittle.yaml
last=$(now)
sed -i 's/hello, /good day, /' "$work/workspace/greeting/greeting.go"
changed "a file of the workspace's other module"
cp -R "$work/workspace/greeting" "$work/workspace/greeting2"
sed -i 's/good day/good night/' "$work/workspace/greeting2/greeting.go"
sed -i 's,./greeting$,./greeting2,' "$work/workspace/go.work"
changed "go.work uses another folder"
printf '\ngodebug panicnil=1\n' >>"$work/workspace/go.work"
changed "a setting in go.work"

t "what comes from the spec and the environment (hostile 216)"
spec=$module/whittle.yaml
last=$(now)
sed -i 's/^go:/go:\n  profile: debug/' "$spec"
changed "the profile"
sed -i 's/^    base: scratch/    base: scratch\n    env: {A: b}/' "$spec"
changed "a variable of the image"
sed -i 's/A: b/A: c/' "$spec"
changed "its value"
echo more >>config/app.conf
changed "a file of the image"
echo new >config/new.conf
changed "a file added to a folder of the image"
echo 'config/new.conf' >.dockerignore
changed "a rule of .dockerignore"
chmod +x config/app.conf
changed "a mode"
ln -s app.conf config/link.conf
changed "a symbolic link among the files"
SOURCE_DATE_EPOCH=1700000000 changed "SOURCE_DATE_EPOCH"
rm config/link.conf
changed "a file of the image deleted, and no SOURCE_DATE_EPOCH"
GOFLAGS=-tags=special GOAMD64=v3 unchanged "variables that do not reach the compiler"

t "another toolchain"
mkdir -p "$work/path"
printf '#!/bin/sh\nexit 3\n' >"$work/path/go"
chmod +x "$work/path/go"
PATH=$work/path:$PATH unchanged "another go in PATH"
# One of the same version and another hash, as if it had been verified: with a changed standard library.
kept=${goroot%/go}
hash=$(head -n1 "$kept/sealed")
other=h1:AAAA${hash:7}
folder=${kept%-*}-$(printf %s "${other:3}" | base64 -d | od -An -tx1 | tr -d ' \n' | head -c 16)
cp -al "$kept" "$folder"
rm "$folder/go/src/errors/errors.go" "$folder/sealed"
sed 's/unsupported operation/not a supported operation/' "$goroot/src/errors/errors.go" >"$folder/go/src/errors/errors.go"
sed "1s,.*,$other," "$kept/sealed" >"$folder/sealed"
sed -i "s,$hash,$other," whittle.lock
changed "another toolchain in the lock, with a changed standard library"
sed -i "s,$other,$hash," whittle.lock
changed "the way back to the first toolchain"

t "what is kept was damaged or is gone"
find "$XDG_CACHE_HOME/whittle" -type f -size +100k ! -path '*/go-build/*' ! -path '*/toolchains/*' | while read -r file; do
  chmod u+w "$file"
  printf 'garbage' | dd of="$file" bs=1 seek=5000 conv=notrunc status=none
done
rm -rf "$work/layout"
unchanged "damaged binaries and layers in the cache"
valid_layout "$work/layout"
find "$XDG_CACHE_HOME/whittle" -type f ! -path '*/go-build/*' ! -path '*/toolchains/*' ! -path '*/store/*.json' ! -name oci-layout -size +0 | while read -r file; do
  chmod u+w "$file"
  truncate -s "$(($(stat -c %s "$file") / 2))" "$file"
done
rm -rf "$work/layout"
unchanged "every file of the cache cut in half, except the two that make the store a layout"
valid_layout "$work/layout"
rm -rf "$work/layout/blobs"
unchanged "the layout's blobs deleted"
valid_layout "$work/layout"
rm -rf "$work/layout"
unchanged "the layout deleted"
rm -rf "$XDG_CACHE_HOME"
unchanged "the cache deleted"
