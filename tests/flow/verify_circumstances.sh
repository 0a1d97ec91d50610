#!/usr/bin/env bash
# verify names the one circumstance that the bytes of an image depend on.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/verify_lib.sh
. "$flow_dir/verify_lib.sh"
ensure_shared
small_module "$work/app"
cd "$work/app"
place=oci:$work/layout:1

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
# What Go compiles of its library is none of what is asked here, and takes long.
GOCACHE=$work/compiled exec "$goroot/bin/go.real" "\${arguments[@]}"
SH
  chmod +x "$goroot/bin/go"
  rm -rf "$XDG_CACHE_HOME/whittle/"{binaries,index,dependencies,states}
  whittle_exits 0 build app -o "$place"
  valid_image "$place"
}
named() {  # NAME SENTENCE [NAMES]
  whittle_exits 8 verify "$place" --json --perturb "${3:-cache,$1}"
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

