#!/usr/bin/env bash
# verify builds an image again from its own record, under other circumstances, and names the cause where it differs.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
need git
flow_registry
ensure_shared

small_module "$work/app" 'linux/amd64, linux/arm64'
place=$registry/app:1
whittle_exits 0 build -f "$work/app/whittle.yaml" app -o "$place"
digest=$(result_digest)
valid_image "$place"

t "a pushed image of two platforms is reproducible, under every circumstance that this machine allows"
cd "$work/app"
whittle_exits 0 verify "$place"
out_has verified "$digest" 'provenance   passed' 'rebuild      passed' 'reproducible: the same digest under'
whittle_exits 0 verify "$place" --json
jq -e '.verified and .rebuild.equal and .rebuild.digest == .digest' "$out" >/dev/null || fail "$(cat "$out")"
jq -r '(.rebuild.circumstances + (.rebuild.notChecked | keys)) | sort | join(" ")' "$out" >"$work/names"
equal "$(cat "$work/names")" 'cache clock file-order file-times folder home host locale processors time-zone umask user'

t "from elsewhere: the sources are named, or the spec; one platform alone; no circumstance at all"
cd "$work"
whittle_exits 0 verify "$place" --source app --perturb none --platform linux/arm64
whittle_exits 0 verify "$place" -f app/whittle.yaml --perturb cache,folder
out_has 'under 2 other circumstances (cache, folder)'
whittle_exits 5 verify "$place" --source / --perturb none
err_has 'is not in the sources of the image'
whittle_exits 2 verify "$place" --source app --perturb unmask
err_has 'did you mean umask?'
cd "$work/app"

t "in a fresh root: empty caches and HOME, the sources of the recorded commit, the registry"
git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first
whittle_exits 0 build app -o "$registry/clone:1"
git clone -q "$work/app" "$work/clone"
cd "$work/clone"
printf 'package gen\n\nconst Table = "later"\n' >internal/gen/table.go
git -c user.name=a -c user.email=a@example.com commit -qam second
(
  export HOME=$work/fresh/home XDG_CACHE_HOME=$work/fresh/cache GOCACHE=$work/fresh/go-build GOMODCACHE=$work/fresh/modules
  mkdir -p "$HOME"
  share_cache "$XDG_CACHE_HOME"  # what is verified by the recorded lock need not come over the network
  whittle_exits 0 verify "$registry/clone:1" --revision --perturb cache,home
  out_has 'rebuild      passed'
)

t "the files at hand have gone on since, or the commit is nowhere"
whittle_exits 8 verify "$registry/clone:1" --perturb none
out_has 'not reproducible: internal/gen/table.go was modified since'
err_has '--revision builds the recorded commit'

t "HEAD has gone on, and the files of the image are what they were: its own commit is built"
cd "$work/app"
echo notes >NOTES && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm later
whittle_exits 0 verify "$registry/clone:1" --perturb none
out_has 'rebuild      passed'
err_has "HEAD is $(git rev-parse HEAD)"
git clone -q --depth 1 "file://$work/app" "$work/shallow"
cd "$work/shallow"
whittle_exits 8 verify "$registry/clone:1" --perturb none
out_has 'built from another revision of the source'
err_has 'the recorded commit cannot be built'
small_module "$work/other"
cd "$work/other"
git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm another
whittle_exits 5 verify "$registry/clone:1" --revision --perturb none
whittle_exits 5 verify "$registry/clone:1" --revision --perturb none --source "$work"
err_has 'is in no git checkout'

t "a module of others, as the Go module proxy has it, without a spec"
source=$(cd / && GOFLAGS=-mod=mod go mod download -json rsc.io/2fa@v1.2.0 | jq -r .Dir) || skip "no module proxy"
cp -R "$source" "$work/others" && chmod -R u+w "$work/others"
cd "$work/others"
whittle_exits 0 build . -o "$registry/others:1"
whittle_exits 0 verify "$registry/others:1" --perturb cache,folder,umask
out_has 'rebuild      passed'

t "the signature, and a provenance that is signed; by another key neither"
cd "$work/app"
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$work/key.pem"
openssl ec -in "$work/key.pem" -pubout -out "$work/key.pub" 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out "$work/other.pub" 2>/dev/null
whittle_exits 0 build app --sign "$work/key.pem" -o "$registry/signed:1"
whittle_exits 0 verify "$registry/signed:1" --key "$work/key.pub" --perturb none
out_has 'signature    passed' 'provenance   passed       signed'
whittle_exits 8 verify "$registry/signed:1" --key "$work/other.pub" --no-rebuild
out_has 'signature    failed'

t "an image without a provenance of whittle's: its programs are built again, and the rest is not spoken for (hostile 246)"
whittle_exits 0 build app --no-provenance -o "$registry/none:1"
whittle_exits 0 verify "$registry/none:1"
out_has 'provenance   not checked' 'programs of example.com/app rebuilt to the same bytes' 'not built again'

t "a forged provenance steers nothing: it is unverified before anything runs (hostile 247)"
whittle_exits 0 build app -o "oci:$work/honest:1"
forged() {  # FILTER TEXT: with the go command out of reach, so that running anything would fail otherwise
  rm -rf "$work/forged.layout"
  cp -R "$work/honest" "$work/forged.layout"
  forge "$work/forged.layout" "$1"
  whittle_exits 8 verify "oci:$work/forged.layout:1" --perturb none
  out_has "$2"
  ! grep -q 'building again' "$err" || fail "something was built: $(cat "$err")"
}
external=.predicate.buildDefinition.externalParameters
forged "$external.image = \"web\"" 'which whittle.yaml does not have'
forged "$external.spec.path = \"../../etc/whittle.yaml\"" 'spec'
forged "$external.folder = \"/etc\"" 'folder'
forged "$external.profile = \"-toolexec=evil\"" "profile is"
forged "del($external.spec) | $external.main = \"-toolexec=evil\"" "main is"
forged ".subject |= map(.digest.sha256 = (\"0\" * 64))" 'provenance   failed'

t "a lock in the provenance that names a base which is gone is said (hostile 246)"
sed -i "s,base: scratch,base: $registry/base:1," whittle.yaml
small_module "$work/base"
whittle_exits 0 build -f "$work/base/whittle.yaml" app --platform linux/amd64,linux/arm64 -o "$registry/base:1"
whittle_exits 0 build app -o "oci:$work/based:1"
forge "$work/based" "(.predicate.buildDefinition.internalParameters.lock.images | .. | strings | select(startswith(\"sha256:\"))) = \"sha256:$(printf '0%.0s' {1..64})\""
whittle_exits 5 verify "oci:$work/based:1" --perturb none
err_has "$registry/base"
