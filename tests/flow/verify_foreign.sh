#!/usr/bin/env bash
# verify of images that whittle did not build: Go programs that plain `go build` made, put into layers by tar and
# umoci as a Dockerfile or ko would. They are built again by what they record; what stands in the way is named.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need git umoci tar docker-registry
ensure_shared
share_cache "$XDG_CACHE_HOME"
cd "$work"
export GOFLAGS='' CGO_ENABLED=0 GOTOOLCHAIN=local

module() {
  mkdir -p "$1/cmd/app" "$1/greeting" "$1/extra"
  printf 'module example.com/app\n\ngo 1.26\n' >"$1/go.mod"
  cat >"$1/cmd/app/main.go" <<'GO'
package main

import "example.com/app/greeting"

var version = "none"

func main() { println(greeting.Text, version, extra) }
GO
  printf '//go:build !extra\n\npackage main\n\nconst extra = ""\n' >"$1/cmd/app/plain.go"
  printf '//go:build extra\n\npackage main\n\nconst extra = "more"\n' >"$1/cmd/app/extra.go"
  printf 'package greeting\n\nconst Text = "hello"\n' >"$1/greeting/greeting.go"
}
module app

# image TAG FILE…: an image with the files in usr/bin, and one more, in the layout `images`.
image() {
  local tag=$1
  shift
  rm -rf root
  mkdir -p root/usr/bin root/etc
  cp "$@" root/usr/bin/
  echo data >root/etc/data
  [ -e images ] || umoci init --layout images
  umoci new --image "images:$tag" 2>umoci.log
  umoci config --image "images:$tag" --architecture "$(go env GOARCH)" --os linux 2>umoci.log
  umoci insert --rootless --image "images:$tag" root/etc /etc 2>umoci.log
  umoci insert --rootless --image "images:$tag" root/usr /usr 2>umoci.log
}
# go_image TAG FLAG…: the program, built in the module with these flags.
go_image() {
  local tag=$1
  shift
  (cd app && go build -o ../app.bin "$@" ./cmd/app)
  image "$tag" app.bin
}
verify() { whittle_exits "$1" verify "oci:$work/images:$2" --source app "${@:3}"; }
# part NAME: the line of that part.
part() { grep -E "^ +$1 " "$out"; }
part_has() {  # NAME TEXT…
  local name=$1 text
  shift
  for text in "$@"; do grep -qF -- "$text" <(part "$name") || fail "the line lacks \"$text\": $(cat "$out")"; done
}

t "what go built with -trimpath is built again, also where it was stripped, tagged, or has no build ID"
go_image plain -trimpath -buildvcs=false
verify 0 plain
part_has rebuild passed '1 of 1 programs of example.com/app rebuilt to the same bytes' "Go $(pinned_go)" 'not built again: 1 other files'
part_has gate passed '1 Go program passed it'
whittle_exits 0 verify "oci:$work/images:plain" --source app --json
jq -e '.verified and .programs.equal and .programs.programs[0].path == "usr/bin/app.bin" and (.programs.otherLayers | length == 1)' \
  "$out" >/dev/null || fail "$(cat "$out")"
go_image small -trimpath -buildvcs=false -ldflags='-s -w'
verify 0 small
go_image order -trimpath -buildvcs=false -ldflags='-w -s'
verify 0 order
go_image id -trimpath -buildvcs=false -ldflags='-s -w -buildid='
verify 0 id
go_image tags -trimpath -buildvcs=false -tags=extra
verify 0 tags
part_has rebuild -tags=extra
CGO_ENABLED=1 go_image with_cgo_on -trimpath -buildvcs=false
verify 0 with_cgo_on
part_has rebuild CGO_ENABLED=1
GOAMD64=v3 GOARM64=v8.1 go_image level -trimpath -buildvcs=false
verify 0 level

t "a value of -X that go does not record, a modified file: the difference is named"
go_image value -trimpath -buildvcs=false -ldflags='-X main.version=1.4'
verify 8 value
part_has rebuild failed '0 of 1 programs' 'differs'
go_image changed -trimpath -buildvcs=false
printf 'package greeting\n\nconst Text = "good day to you"\n' >app/greeting/greeting.go
verify 8 changed
part_has rebuild 'usr/bin/app.bin differs' 'package main: source changed'
printf 'package greeting\n\nconst Text = "hello"\n' >app/greeting/greeting.go

t "-trimpath off: the gate names the path; in the same folder it is built again"
go_image paths -buildvcs=false -ldflags='-X main.version=1.4'
verify 8 paths
part_has gate failed 'it holds a path of the build machine at offset' "$work/app/cmd/app/"
part_has rebuild passed 'without -trimpath' '-ldflags='
cp -R app elsewhere
whittle_exits 8 verify "oci:$work/images:paths" --source elsewhere
part_has rebuild failed "built without -trimpath with its sources in \"$work/app" "here is \"$work/elsewhere"

t "flags that a record may not ask for stand in the way and are named; nothing of them runs"
printf '#!/bin/sh\ntouch "%s/ran"\nexec "$@"\n' "$work" >tool && chmod +x tool
go_image flags -trimpath -buildvcs=false -gcflags=-N
verify 8 flags
part_has rebuild 'in the way: built with -gcflags=-N'
[ ! -e ran ] || fail "a tool of a record ran"

t "-buildvcs on: built again from the recorded commit, whatever the files are now"
(cd app && git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first)
go_image vcs -trimpath -buildvcs=true
commit=$(git -C app rev-parse HEAD)
printf '#!/bin/sh\ntouch "%s/ran"\n' "$work" >hook && chmod +x hook
git -C app config core.fsmonitor "$work/hook"
printf 'package greeting\n\nconst Text = "later"\n' >app/greeting/greeting.go
rm -f ran
verify 0 vcs
part_has rebuild passed "-buildvcs=true at ${commit:0:12}"
[ ! -e ran ] || fail "a program that the repository names ran"
git -C app config --unset core.fsmonitor
go_image modified -trimpath -buildvcs=true
verify 8 modified
part_has rebuild 'vcs.modified=true' 'does not have all of its sources'
git -C app checkout -q -- .
rm -rf app/.git
verify 8 vcs
part_has rebuild 'is in no git repository' 'only A was built with -buildvcs'

t "several programs: how many, which not, and those of other modules"
go_image one -trimpath -buildvcs=false
cp app.bin good
(cd app && go build -trimpath -buildvcs=false -gcflags=-N -o ../bad ./cmd/app)
mkdir -p other && printf 'module example.com/other\n\ngo 1.26\n' >other/go.mod
printf 'package main\n\nfunc main() { println("other") }\n' >other/main.go
(cd other && go build -trimpath -buildvcs=false -o ../foreign .)
image several good bad foreign
verify 8 several
part_has rebuild '1 of 2 programs of example.com/app' 'usr/bin/bad differs' 'usr/bin/foreign (example.com/other)'

t "what cannot be built again is not called verified, unless that is left out"
echo data >data
image none data
verify 8 none
part_has rebuild failed 'no program in the image is of the module example.com/app'
whittle_exits 8 verify "oci:$work/images:plain" --source /
part_has rebuild 'is in no Go module'
whittle_exits 0 verify "oci:$work/images:plain" --no-rebuild
part_has gate passed

t "another release of Go is taken as recorded, and named; without it nothing is proven"
(cd app && GOTOOLCHAIN=go1.26.11 go build -trimpath -buildvcs=false -o ../app.bin ./cmd/app)
image newer app.bin
XDG_CACHE_HOME=$work/empty GOMODCACHE=$work/empty GOPROXY=off GOSUMDB=off verify 8 newer --offline
part_has rebuild failed 'could not be built again' 'Go 1.26.11'
verify 0 newer
part_has rebuild passed 'Go 1.26.11'

t "another version of a dependency is named"
sed -i 's,greeting.Text\, version,greeting.Text\, version\, xxhash.Sum64String(version),; s,^import .*,import (\n"example.com/app/greeting"\n"github.com/cespare/xxhash/v2"\n),' app/cmd/app/main.go
(cd app && go get github.com/cespare/xxhash/v2@v2.2.0 2>/dev/null && go mod tidy 2>/dev/null)
go_image dependency -trimpath -buildvcs=false
verify 0 dependency
(cd app && go get github.com/cespare/xxhash/v2@v2.3.0 2>/dev/null && go mod tidy 2>/dev/null)
verify 8 dependency
part_has rebuild failed github.com/cespare/xxhash/v2 v2.2.0 v2.3.0

t "a program that needs cgo stands in the way"
if command -v gcc >/dev/null; then
  mkdir -p app/cmd/c
  printf 'package main\n\n// static int one(void) { return 1; }\nimport "C"\n\nfunc main() { println(C.one()) }\n' >app/cmd/c/main.go
  (cd app && CGO_ENABLED=1 go build -trimpath -buildvcs=false -o ../c ./cmd/c)
  image cgo c
  verify 8 cgo
  part_has rebuild 'could not be built again' 'built with cgo'
fi

t "an image that ko built and pushed, with the commit in it"
if ensure_client ko github.com/google/ko@v0.18.1; then
  flow_registry
  printf 'base\n' >base
  image base base
  whittle_exits 0 copy "oci:$work/images:base" "$registry/base:1"
  rm -rf app
  module app
  (cd app && git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first &&
    KO_DEFAULTBASEIMAGE=$registry/base:1 KO_DOCKER_REPO=$registry/ko "$tools/ko" build --bare --sbom=none \
      --platform="linux/$(go env GOARCH)" ./cmd/app >../ko.image 2>../ko.err) || fail "ko: $(cat ko.err)"
  whittle_exits 0 verify "$(cat ko.image)" --source app
  part_has rebuild passed '1 of 1 programs of example.com/app' -buildvcs=true 'all of '
else
  printf 'ko cannot be installed here: %s\n' "$(tail -n1 "$work/ko.log")"
fi
