#!/usr/bin/env bash
# What an image is made from changes, in a different way each time; the verdict names the cause in its one line.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
flow_registry
ensure_shared
other_go=1.26.11
[ -n "$(find "$shared/whittle/toolchains" -maxdepth 1 -name "$other_go.*")" ] || (
  small_module "$work/later"
  sed -i "s,version: $(pinned_go),version: $other_go," "$work/later/whittle.yaml"
  export XDG_CACHE_HOME=$shared
  with_path=/nowhere whittle_exits 0 build -f "$work/later/whittle.yaml" -o "oci:$work/later/layout:1"
)

# planted CAUSE…: verify has to say so in the one line of its rebuild, and end with 8.
planted() {
  local text
  whittle_exits 8 verify "$place" --perturb none
  for text in "$@"; do
    grep -qF -- "$text" <(grep -E '^ +rebuild +failed' "$out") || fail "the line lacks \"$text\": $(cat "$out")"
  done
}
# original: the sources as the image was built from them.
original() {
  rm -rf "$work/app"
  cp -R "$work/original" "$work/app"
  cd "$work/app"
}
table() { printf 'package gen\n\n// %s\nconst Table = "%s"\n' "$1" "$1" >internal/gen/table.go; }

small_module "$work/original"
cd "$work/original"
(
  export GOFLAGS=-mod=mod
  go get github.com/pkg/errors@v0.9.0 2>"$work/get.log" || fail "$(cat "$work/get.log")"
)
sed -i 's,^import .*,import (\n\t"example.com/app/internal/gen"\n\t"github.com/pkg/errors"\n),; s,println("app",println(errors.New("app").Error(),' cmd/app/main.go
table one
cd "$work"
place=$registry/app:1
whittle_exits 0 build -f "$work/original/whittle.yaml" app -o "$place"
valid_image "$place"
original
whittle_exits 0 verify "$place" --perturb none

t "a modified file"
table two
planted 'not reproducible: internal/gen/table.go was modified since'

t "a file with a time stamp that was generated again"
original
table "Generated $(date +%s%N)"
planted 'internal/gen/table.go was modified since'

t "a generator that writes a map in its order"
original
mkdir -p "$work/generator"
cat >"$work/generator/main.go" <<'GO'
package main

import "fmt"

func main() {
	table := map[int]bool{}
	for i := 0; i < 64; i++ {
		table[i] = true
	}
	fmt.Print("package gen\n\nconst Table = \"")
	for key := range table {
		fmt.Print(key, " ")
	}
	fmt.Println("\"")
}
GO
go run "$work/generator/main.go" >internal/gen/table.go
go run "$work/generator/main.go" >"$work/again"
differ "$(cat "$work/again")" "$(cat internal/gen/table.go)" "two runs of the generator"
planted 'internal/gen/table.go was modified since'

t "another release of Go"
original
sed -i "s,version: $(pinned_go),version: $other_go," whittle.yaml
planted "$(pinned_go)" "$other_go"
whittle_exits 0 lock
planted "not reproducible: recorded as built with Go $(pinned_go), rebuilt with Go $other_go" 'whittle.yaml was modified since'

t "another version of a dependency"
original
GOFLAGS=-mod=mod go get github.com/pkg/errors@v0.9.1 2>"$work/get.log" || fail "$(cat "$work/get.log")"
planted 'go.mod' 'github.com/pkg/errors' v0.9.0 v0.9.1

t "a build flag"
original
sed -i 's,main: ./cmd/app,binaries: [{main: ./cmd/app\, path: /usr/bin/app\, ldflags: ["-X=main.stamp=two"]}],' whittle.yaml
planted 'whittle.yaml was modified since' 'main.stamp'

t "another compressor"
original
sed -i 's,base: scratch,base: scratch\n    compression: zstd,' whittle.yaml
planted 'whittle.yaml was modified since' 'zstd'

t "a base that is not pinned: its tag has moved, and the lock is another"
original
base=$registry/base:1
whittle_exits 0 build app --no-provenance -o "$base"
sed -i "s,base: scratch,base: $base," whittle.yaml
place=$registry/based:1
whittle_exits 0 build app -o "$place"
first=$(result_digest)
table other
cp whittle.yaml "$work/based.yaml"
sed -i "s,base: $base,base: scratch," whittle.yaml
whittle_exits 0 build app --no-provenance -o "$base"
cp "$work/based.yaml" whittle.yaml
table one
rm -f whittle.lock
whittle_exits 0 verify "$place" --perturb none  # the recorded lock pins it
whittle_exits 0 build app -o "$registry/based:2"
differ "$(result_digest)" "$first"
whittle_exits 0 verify "$place" --perturb none
err_has 'the lock has changed since' "$base"
whittle_exits 0 diff "$place" "$registry/based:2"
out_has "base image differs: sha256:"

t "a recorded lock with an edited entry: the base is another than that of the image"
whittle_exits 0 build app -o "oci:$work/now:1"
whittle_exits 0 copy "$place" "oci:$work/then:1" --all
place=oci:$work/then:1
forge "$work/then" ".predicate.buildDefinition.internalParameters.lock.images = $(jq -c .images whittle.lock)"
planted "not reproducible: the base image $base was sha256:"

t "a file mode that the umask gave, in an image that tar and a shell made"
hand_made() {  # UMASK
  local dir=$work/hand-$1 layer config
  mkdir -p "$dir/root/etc"
  (umask "$1" && echo setting >"$dir/root/etc/app.conf")
  tar -C "$dir/root" --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer" etc/app.conf
  layer=$(put_blob "$dir" "$work/layer")
  jq -cn --arg layer "$layer" '{architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$layer]}}' >"$work/config"
  config=$(put_blob "$dir" "$work/config")
  jq -cn --arg layer "$layer" --arg config "$config" --argjson layer_size "$(stat -c %s "$work/layer")" \
    --argjson config_size "$(stat -c %s "$work/config")" '{schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
      layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $layer, size: $layer_size}]}' >"$work/manifest"
  jq -cn --arg digest "$(put_blob "$dir" "$work/manifest")" --argjson size "$(stat -c %s "$work/manifest")" '{schemaVersion: 2,
    manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size,
      annotations: {"org.opencontainers.image.ref.name": "1"}}]}' >"$dir/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
}
hand_made 022
hand_made 077
whittle_exits 0 diff "oci:$work/hand-022:1" "oci:$work/hand-077:1"
out_has 'modes differ as by another umask (022, 077): 0644 instead of 0600 of etc/app.conf'

t "a package update: the recorded lock reproduces, and the remark has both versions; the images differ by it"
need gpg dpkg-deb nginx
original
architecture=$(dpkg --print-architecture)
archive=$work/archive
index=main/binary-$architecture
mkdir -p "$archive/dists/stable/$index" "$archive/pool" "$work/demo/DEBIAN" "$work/demo/usr/share/demo"
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit() { gpgconf --kill all 2>/dev/null; }
gpg --batch --quiet --passphrase '' --quick-gen-key archive@example.com ed25519 sign never 2>"$work/gpg.log" ||
  fail "gpg: $(cat "$work/gpg.log")"
# publish VERSION MINUTES-AGO: a signed archive with that version of the package and no other.
publish() {
  local suite=$archive/dists/stable file
  printf 'Package: demo\nVersion: %s\nArchitecture: all\nMaintainer: Flow <flow@example.com>\nDescription: a file\n' \
    "$1" >"$work/demo/DEBIAN/control"
  echo "$1" >"$work/demo/usr/share/demo/version"
  rm -f "$archive/pool/"*
  dpkg-deb --root-owner-group -b "$work/demo" "$archive/pool/demo_$1.deb" >/dev/null
  {
    dpkg-deb -f "$archive/pool/demo_$1.deb"
    printf 'Filename: pool/demo_%s.deb\nSize: %s\nSHA256: %s\n' "$1" "$(stat -c %s "$archive/pool/demo_$1.deb")" \
      "$(sha256sum <"$archive/pool/demo_$1.deb" | cut -d' ' -f1)"
  } >"$suite/$index/Packages"
  file=$suite/$index/Packages
  printf 'Origin: Flow\nSuite: stable\nCodename: flow\nDate: %s\nValid-Until: %s\nArchitectures: %s\nComponents: main\nSHA256:\n %s %s %s\n' \
    "$(date -u -d "$2 minutes ago" '+%a, %d %b %Y %H:%M:%S UTC')" "$(date -u -d '7 days' '+%a, %d %b %Y %H:%M:%S UTC')" \
    "$architecture" "$(sha256sum <"$file" | cut -d' ' -f1)" "$(stat -c %s "$file")" "$index/Packages" >"$suite/Release"
  gpg --batch --yes --quiet --passphrase '' -u archive@example.com --clearsign -o "$suite/InRelease" "$suite/Release"
}
port=$(free_port)
mkdir "$work/nginx"
cat >"$work/nginx/conf" <<CONF
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/errors;
events {}
http {
  access_log off;
  client_body_temp_path $work/nginx/1; proxy_temp_path $work/nginx/2; fastcgi_temp_path $work/nginx/3;
  uwsgi_temp_path $work/nginx/4; scgi_temp_path $work/nginx/5;
  server { listen 127.0.0.1:$port; root $archive; }
}
CONF
chmod 755 "$work"
nginx -e "$work/nginx/errors" -c "$work/nginx/conf" &
started+=($!)
wait_for 10 answers "$port" || fail "nginx does not start: $(cat "$work/nginx/errors")"
# The packages of other flows are not this one's business.
packages=$(mktemp -d "$work/packages.XXXXXX")
ln -sfn "$packages" "$XDG_CACHE_HOME/whittle/packages"
gpg --armor --export archive@example.com >keys.asc
sed -i 's/base: scratch/base: scratch\n    packages: [demo]/' whittle.yaml
cat >>whittle.yaml <<YAML
debian:
  archives:
    - {uris: [http://127.0.0.1:$port], suite: stable, signed-by: keys.asc}
YAML
publish 1.0-1 60
place=oci:$work/packaged:1
whittle_exits 0 build app -o "$place"
publish 1.1-1 30
whittle_exits 0 lock --update
whittle_exits 0 verify "$place" --perturb none
grep -qF 1.1-1 <(grep 'the lock has changed since' "$err" | grep -F demo | grep -F 1.0-1) || fail "no remark: $(cat "$err")"
whittle_exits 0 build app -o "oci:$work/packaged:2"
whittle_exits 0 diff "$place" "oci:$work/packaged:2"
out_has 'package demo 1.0-1 instead of 1.1-1'
