#!/usr/bin/env bash
# What is wrong with the input is said with its place, its cause and the documented exit code (docs/exit-codes.md).
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry

module=$work/module
hello "$module"
cd "$module"
cp whittle.yaml "$work/good.yaml"
target=oci:$work/layout:1
good() { cp "$work/good.yaml" whittle.yaml; }
# refused CODE TEXT…: the build fails like that, prints no result and leaves no image.
refused() {
  local code=$1
  shift
  whittle_exits "$code" build -o "$target"
  err_has 'error: ' "$@"
  out_is_empty
  no_image "$work/layout"
}

t "the spec: keys"
sed -i 's/base: scratch/bsae: scratch/' whittle.yaml
refused 3 whittle.yaml:7:5 bsae base
good && sed -i 's/base: scratch/base: scratch\n    base: scratch/' whittle.yaml
refused 3 whittle.yaml:8 base
good && sed -i 's/^version: 1/version: 1\nVersion: 1/' whittle.yaml
refused 3 whittle.yaml:2:1 Version

t "the spec: types and values"
good && sed -i 's,main: ./cmd/hello,main: [./cmd/hello],' whittle.yaml
refused 3 whittle.yaml:6 main
good && sed -i 's,base: scratch,base: scratch\n    env: [A],' whittle.yaml
refused 3 whittle.yaml:8 env
good && sed -i 's,version: 1$,version: 99,' whittle.yaml
refused 3 whittle.yaml:1 99
good && sed -i 's,base: scratch,base: scratch\n    platforms: [linux/quantum],' whittle.yaml
whittle_exits '3|5' build -o "$target"
err_has quantum

t "the spec: no document worth the name"
: >whittle.yaml
refused 3 whittle.yaml "describes no image"
printf '# nothing\n---\n' >whittle.yaml
refused 3 whittle.yaml "describes no image"
printf 'version: 1\nimages: {}\n' >whittle.yaml
refused 3 whittle.yaml
printf 'version: 1\n\timages:\n' >whittle.yaml
refused 3 whittle.yaml:2
good && printf -- '---\nversion: 1\n' >>whittle.yaml
refused 3 whittle.yaml

t "the spec: bombs"
{
  printf 'version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n'
  for n in 1 2 3 4 5 6 7 8 9; do
    printf 'a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n' $n $n $((n - 1)){,,,,,,,,}
  done
} >whittle.yaml
refused 3 whittle.yaml
{ printf 'version: 1\nimages: '; head -c 10000 /dev/zero | tr '\0' '['; } >whittle.yaml
refused 3 whittle.yaml
{ printf 'version: 1\nimages: '; printf '{a: %.0s' $(seq 10000); } >whittle.yaml
refused 3 whittle.yaml
for depth in $(seq 0 400); do printf '%*sa:\n' "$depth" ''; done >whittle.yaml
refused 3 whittle.yaml
head -c 2000000 /dev/zero | tr '\0' '#' >whittle.yaml
refused 3 whittle.yaml

t "the spec: not there, not a file"
rm whittle.yaml
whittle_exits '5|11' build -f whittle.yaml -o "$target"
err_has whittle.yaml
mkfifo whittle.yaml
whittle_exits 11 build -f whittle.yaml -o "$target"
rm whittle.yaml
good

t "limits: each says how it is raised"
good
whittle_exits 3 build --limit spec-file=64 -o "$target"
err_has 'whittle.yaml' 64 'hint: ' '`--limit spec-file=VALUE`'
whittle_exits 3 build --limit spec-depth=2 -o "$target"
err_has 'whittle.yaml:' 'limit of 2 levels' spec-depth
whittle_exits 0 build -o "oci:$work/limited:1"
whittle_exits 8 inspect --limit uncompressed-layer=1KiB "oci:$work/limited:1"
err_has 'sha256:' 'limit of 1024 bytes' '`--limit uncompressed-layer=VALUE`'
whittle_exits 0 inspect --limit uncompressed-layer=1GiB --limit zstd-window=512MiB "oci:$work/limited:1"
whittle_exits 0 copy "oci:$work/limited:1" "oci-archive:$work/limited.tar"
gzip -k "$work/limited.tar"
whittle_exits 8 inspect --limit archive-size=2KiB "oci-archive:$work/limited.tar.gz"
err_has limited.tar.gz 'limit of 2048 bytes' '`--limit archive-size=VALUE`'
whittle_exits 8 inspect --limit archive-entries=2 "oci-archive:$work/limited.tar"
err_has limited.tar 'limit of 2 entries' '`--limit archive-entries=VALUE`'
whittle_exits 2 inspect --limit archive-sizes=1 "oci:$work/limited:1"
err_has 'did you mean archive-size?'
whittle_exits 2 inspect --limit archive-size=-1 "oci:$work/limited:1"
err_has 'archive-size takes'

t "usage: flags, image names, places"
whittle_exits 2 build --no-such-flag
whittle_exits 2 no-such-command
whittle_exits 2 build -o 'localhost/UPPER/case:tag'
whittle_exits 2 build -o 'localhost:1/a:b:c'
whittle_exits 2 copy one
whittle_exits 2 build nonesuch -o "$target"
err_has nonesuch

t "a main package that does not exist, or is none"
sed -i 's,main: ./cmd/hello,main: ./cmd/absent,' whittle.yaml
refused 4 ./cmd/absent hello
good && sed -i 's,main: ./cmd/hello,main: ./internal/text,' whittle.yaml
refused 4 ./internal/text

t "a compile error: Go's own lines, and the image they belong to (hostile 50)"
good
whittle_exits 4 build -f "$whittle_root/fixtures/broken/whittle.yaml" broken -o "$target"
err_has cmd/broken/main.go:5:2 'undefined: undefinedFunction' broken
grep -qF "$work" "$err" && fail "a temporary path in the message"
whittle_exits 0 build -f "$whittle_root/fixtures/broken/whittle.yaml" fine -o "oci:$work/fine:1"

t "Go that cannot be had, or is older than the module asks for"
sed -i 's/^  version: 1\..*/  version: 1.26.999/' whittle.yaml
refused 5 1.26.999 'there is no Go 1.26.999' 'newest'
sed -i 's/^  version: 1\..*/  version: 1.25.1/' whittle.yaml
refused 4 1.25.1 1.26.0
GOPROXY=http://127.0.0.1:1 refused '4|6' 1.25.1
sed -i 's/^  version: 1\..*/  version: 1.26.999/' whittle.yaml
GOPROXY=http://127.0.0.1:1 GOSUMDB="sum.example.com+00000000+AAAA" refused '2|6|8' sum.example.com

t "go.sum lacks a module"
fixture shop "$work/shop"
sed -i '/chi/d' "$work/shop/go.sum"
sum=$(sha256sum <"$work/shop/go.sum")
whittle_exits 4 build -f "$work/shop/whittle.yaml" api -o "$target"
err_has go.sum chi
equal "$(sha256sum <"$work/shop/go.sum")" "$sum" "go.sum was rewritten"

t "files of the image: missing, outside, loops"
good && sed -i 's,from: config/,from: missing/,' whittle.yaml
refused 3 whittle.yaml:9 missing
good && sed -i 's,from: config/,from: ../outside/,' whittle.yaml
refused 3 whittle.yaml:9 ..
good && sed -i 's,from: config/,from: /etc/,' whittle.yaml
refused 3 whittle.yaml:9 /etc
good && sed -i 's,to: /etc/hello/,to: /etc/../hello/,' whittle.yaml
refused 3 whittle.yaml:9 ..
good && sed -i 's,to: /etc/hello/,to: etc/hello/,' whittle.yaml
refused 3 whittle.yaml:9 etc/hello
good
ln -s /etc/passwd config/outside
refused 10 config/outside /etc/passwd
ln -sfn ../../../../etc/passwd config/outside
refused 10 config/outside
rm config/outside
ln -s loop2 config/loop1 && ln -s loop1 config/loop2
refused 10 config/loop
rm config/loop?
mkfifo config/pipe
refused 11 config/pipe
rm config/pipe
sed -i 's,to: /etc/hello/},to: /etc/hello/\, mode: "4755"},' whittle.yaml
refused 10 whittle.yaml:9
good

t "registries: down, captive portal, denying, refusing"
down=localhost:$(free_port)
fails_to_push() {  # CODE HOST TEXT…
  local code=$1 host=$2
  shift 2
  whittle_exits "$code" build -o "$host/shop/hello:1"
  err_has "$host" "$@"
  out_is_empty
}
fails_to_push 6 "$down"
scripted_server html
fails_to_push 6 "$server"
scripted_server deny
fails_to_push 7 "$server" denied
scripted_server broken
fails_to_push 6 "$server" read-only
whittle_exits 6 copy "$server/shop/hello:1" "$target"
flow_registry
whittle_exits '5|6' copy "$registry/shop/absent:1" "$target"
err_has "$registry"

t "registries: no credentials, wrong credentials, and none of them shown"
REGISTRY_EXTRA="auth: {htpasswd: {realm: test, path: $flow_dir/htpasswd}}" start_registry "$work/guarded"
started+=("$registry_pid")
fails_to_push 7 "$registry" hint:
mkdir -p "$HOME/.docker"
printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf 'user:wrong-canary' | base64)" >"$HOME/.docker/config.json"
fails_to_push 7 "$registry"
grep -q 'wrong-canary\|dXNlcjp3cm9uZy1jYW5hcnk' "$err" && fail "the password is in the message"
rm "$HOME/.docker/config.json"
whittle_exits 2 build -o "user:canary@$registry/shop/hello:1"
grep -q canary "$err" && fail "the password is in the message"

t "a base without the wanted platform: says which there are"
whittle_exits 0 build --platform linux/arm64 -o "oci:$work/base:arm"
sed -i "s,base: scratch,base: \"oci:$work/base:arm\"," whittle.yaml
whittle_exits 5 build --platform linux/amd64 -o "$target"
err_has linux/amd64 linux/arm64
good
sed -i "s,base: scratch,base: \"oci:$work/nowhere:1\"," whittle.yaml
refused 5 nowhere
good

t "a base of ours that is misspelt is asked for nowhere"
for name in statc sttaic scratchy; do
  sed -i "s,base: scratch,base: $name," whittle.yaml
  refused 3 "\"$name\"" 'did you mean `base: s' "docker.io/library/$name"
  good
done

t "a layer whose media type is wrong is read by its bytes, with a warning (hostile 99)"
sed -i 's,base: scratch,base: scratch\n    compression: zstd,' whittle.yaml
whittle_exits 0 build -o "oci:$work/zstd:1"
good
manifest=$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' "$work/zstd/index.json")
sed 's/tar+zstd/tar+gzip/g' "$work/zstd/blobs/sha256/$manifest" >"$work/relabelled"
digest=$(sha256sum <"$work/relabelled" | cut -d' ' -f1)
layers=$(jq '.layers | length' "$work/relabelled")
cp "$work/relabelled" "$work/zstd/blobs/sha256/$digest"
jq --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$work/relabelled")" \
  '.manifests[0] |= (.digest = $digest | .size = $size)' "$work/zstd/index.json" >x && mv x "$work/zstd/index.json"
whittle_exits 0 inspect "oci:$work/zstd:1"
equal "$(grep -c '^warning: .*is gzip by its media type, but its bytes are zstd' "$err")" "$layers"
sed -i "s,base: scratch,base: \"oci:$work/zstd:1\"," whittle.yaml
whittle_exits 0 build -o "oci:$work/on-zstd:1"
err_has 'of the base' 'is gzip by its media type, but its bytes are zstd'
good

t "a damaged layout is not read"
whittle_exits 0 build -o "oci:$work/damaged:1"
blob=$(find "$work/damaged/blobs" -type f -size +100k | head -n1)
chmod u+w "$blob"
printf x | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
whittle_exits 8 copy "oci:$work/damaged:1" "oci:$work/copy:1"
err_has "${blob##*/}"
no_image "$work/copy"

t "the good spec still builds"
whittle_exits 0 build -o "$target"
