#!/usr/bin/env bash
# verify builds an image again from its own record, under other circumstances, and names the cause where it differs.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need git
flow_registry
ensure_shared

# A program that needs little of Go's library, so that compiling it with an empty cache takes seconds.
module() {
  mkdir -p "$1/cmd/app" "$1/internal/gen"
  cat >"$1/go.mod" <<'GO'
module example.com/app

go 1.26
GO
  cat >"$1/cmd/app/main.go" <<'GO'
package main

import "example.com/app/internal/gen"

var stamp string

func main() { println("app", stamp, gen.Table) }
GO
  printf 'package gen\n\nconst Table = "one"\n' >"$1/internal/gen/table.go"
  cat >"$1/whittle.yaml" <<YAML
version: 1
go: {version: $(pinned_go)}
images:
  app:
    main: ./cmd/app
    base: scratch
    platforms: [linux/amd64, linux/arm64]
YAML
}
module "$work/app"
place=$registry/app:1
whittle_exits 0 build -f "$work/app/whittle.yaml" app -o "$place"
digest=$(result_digest)

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

# planted CAUSE…: verify has to say so in the one line of its rebuild, and end with 8.
planted() {
  local text
  whittle_exits 8 verify "$place" --perturb cache,folder
  for text in "$@"; do
    grep -E '^ +rebuild +failed' "$out" | grep -qF -- "$text" || fail "the line lacks \"$text\": $(cat "$out")"
  done
}

t "a modified file is named"
printf 'package gen\n\nconst Table = "two"\n' >internal/gen/table.go
planted 'not reproducible: internal/gen/table.go was modified since'
t "a file with a time stamp that was generated again is named"
printf 'package gen\n\n// Generated %s.\nconst Table = "one %s"\n' "$(date +%s%N)" "$(date +%s%N)" >internal/gen/table.go
planted 'internal/gen/table.go was modified since'
printf 'package gen\n\nconst Table = "one"\n' >internal/gen/table.go
t "another compressor is named"
cp whittle.yaml "$work/spec"
sed -i 's,base: scratch,base: scratch\n    compression: zstd,' whittle.yaml
planted 'whittle.yaml was modified since' 'compressor zstd'
t "a build flag is named"
cp "$work/spec" whittle.yaml
sed -i 's,main: ./cmd/app,binaries: [{main: ./cmd/app\, path: /usr/bin/app\, ldflags: ["-X=main.stamp=two"]}],' whittle.yaml
planted 'whittle.yaml was modified since'
cp "$work/spec" whittle.yaml

t "the recorded commit, from a clone that has gone on since"
cp -R "$work/app" "$work/clone"
cd "$work/clone"
rm -f whittle.lock && cp "$work/app/whittle.lock" . 2>/dev/null || true
git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first
whittle_exits 0 build app -o "$registry/clone:1"
printf 'package gen\n\nconst Table = "later"\n' >internal/gen/table.go
git -c user.name=a -c user.email=a@example.com commit -qam second
whittle_exits 0 verify "$registry/clone:1" --revision --perturb cache
whittle_exits 8 verify "$registry/clone:1" --perturb cache
out_has 'internal/gen/table.go was modified since'
cd "$work/app"

t "each circumstance that a build depends on is named: a go command that lets it into the program"
own_toolchain
mv "$goroot/bin/go" "$goroot/bin/go.real"
# sensitive EXPRESSION: from now on what it prints is linked into the program.
sensitive() {
  cat >"$goroot/bin/go" <<SH
#!/bin/bash
parent() { tr '\\0' '\\n' </proc/\$PPID/environ | grep "^\$1=" || echo "\$1 is not set"; }
stamp=\$($1)
for argument in "\$@"; do
  [[ \$argument == -ldflags=* ]] && argument="\$argument -X=main.stamp=\$(echo "\$stamp" | sha256sum | cut -c1-16)"
  arguments+=("\$argument")
done
exec "$goroot/bin/go.real" "\${arguments[@]}"
SH
  chmod +x "$goroot/bin/go"
  rm -rf "$XDG_CACHE_HOME/whittle/"{binaries,index,dependencies,states}
  whittle_exits 0 build app -o "$place"
}
named() {  # NAME SENTENCE [NAMES]
  whittle_exits 8 verify "$place" --json --perturb "${3:-cache,folder,$1}"
  if jq -e --arg name "$1" '.rebuild.notChecked | has($name)' "$out" >/dev/null; then
    printf 'not checked here: %s\n' "$1"
  else
    equal "$(jq -r .rebuild.dependsOn "$out")" "$1" "what it depends on"
    equal "$(jq -r '.rebuild.causes[0]' "$out")" "it changes with $2"
  fi
}
sensitive umask; named umask 'the umask' all
sensitive pwd; named folder 'the folder of the sources' cache,folder
sensitive 'uname -n'; named host 'the name of the host'
sensitive 'id -u'; named user 'the user'
sensitive 'date +%F'; named clock 'the time of the build'
sensitive 'parent TZ'; named time-zone 'the time zone'
sensitive 'parent LC_ALL'; named locale 'the locale'
sensitive 'parent HOME'; named home HOME
sensitive 'stat -c %Y go.mod'; named file-times 'the times of the files'
sensitive 'printf "%s\\n" "$@" | grep -- ^-p='; named processors 'the number of processors'
touch "$GOCACHE/planted"
sensitive 'ls "$GOCACHE/planted" 2>/dev/null | wc -l'; named cache 'what is in the caches' cache,folder
rm "$GOCACHE/planted"

t "what is random is said to be"
sensitive 'cat /proc/sys/kernel/random/uuid'
whittle_exits 8 verify "$place" --perturb cache,folder
out_has 'builds under equal circumstances differ: something in it is random'

t "of an image without a provenance of whittle's, the programs are built again"
whittle_exits 0 build app --no-provenance -o "$registry/none:1"
whittle_exits 0 verify "$registry/none:1"
out_has 'provenance   not checked' 'rebuild      passed       2 of 2 programs of example.com/app rebuilt to the same bytes'
