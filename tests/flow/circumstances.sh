#!/usr/bin/env bash
# A suite that cannot fail shows nothing: for each circumstance by itself, an image gives the same digest under it, and
# one with a file that depends on exactly this circumstance does not, which the same comparison has to notice.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ensure_shared
names='cache clock file-order file-times folder home host locale processors time-zone umask user'

# The script, for a shell of its own under the circumstance: in the folder of its argument it makes config/app.conf with
# what $plant prints, and builds.
cat >"$work/step" <<'SH'
set -euo pipefail
cd "$1"
bash -c "$plant" >config/generated
mv config/generated config/app.conf
"$whittle" build -f "$PWD/whittle.yaml" hello -o "oci:$XDG_CACHE_HOME/layout:1" ${jobs:-} 2>"$work/step.err" </dev/null
SH
export whittle work plant jobs

fresh() {
  XDG_CACHE_HOME=$(mktemp -d "$work/cache.XXXXXX")
  share_cache "$XDG_CACHE_HOME"
}
# copied FOLDER [sort's flags]: the sources again, created one after the other.
copied() {
  rm -rf "$1"
  (
    cd "$work/sources"
    find . -type f | sort "${@:2}" | while read -r file; do
      mkdir -p "$1/$(dirname "$file")"
      cp "$file" "$1/$file"
      touch -d @1000000000 "$1/$file"
    done
  )
}
# under NAME: the digest with that one circumstance changed; fails with 99 where this machine does not allow it.
under() (
  local folder=$work/here run=(bash "$work/step")
  fresh
  copied "$folder"
  case $1 in
    none) ;;
    cache) GOCACHE=$(mktemp -d "$work/go-cache.XXXXXX"); export GOCACHE ;;
    clock) run=("$whittle" run-under-circumstances clock=100000 -- "$(command -v bash)" "$work/step") ;;
    file-order) copied "$folder" -r ;;
    file-times) find "$folder" -type f -exec touch -d @1234567890 {} + ;;
    folder) folder=$work/quite/another/place; copied "$folder" ;;
    home) export HOME=$work/other-home; mkdir -p "$HOME" ;;
    host) run=(unshare --uts bash -c 'hostname elsewhere && exec bash "$0" "$1"' "$work/step") ;;
    locale) export LC_ALL=tr_TR.UTF-8 ;;
    processors) run=(taskset -c 0 bash "$work/step"); jobs='--jobs 1' ;;
    time-zone) export TZ=XYZ-5:45 ;;
    umask) umask 077 ;;
    user) run=(unshare --user --map-user=4711 --map-group=4711 bash "$work/step") ;;
  esac
  case $1 in
    host) unshare --uts hostname elsewhere 2>/dev/null || exit 99 ;;
    user) unshare --user --map-user=4711 true 2>/dev/null || exit 99 ;;
    processors) [ "$(nproc)" -gt 1 ] || exit 99 ;;
  esac
  "${run[@]}" "$folder" 2>>"$work/step.err" | grep -oE 'sha256:[0-9a-f]{64}$' || fail "$1: $(cat "$work/step.err")"
)
# dependence NAME: what a generator prints that depends on exactly this circumstance.
dependence() {
  case $1 in
    cache) echo 'ls "$GOCACHE" | wc -l' ;;
    clock) echo 'echo $(($(date +%s) / 50000))' ;;
    file-order) echo "find . -name '*.go' -printf '%i %p\\n' | sort -n | cut -d' ' -f2" ;;
    file-times) echo 'stat -c %Y go.mod' ;;
    folder) echo pwd ;;
    home) echo 'echo "$HOME"' ;;
    host) echo 'uname -n' ;;
    locale) echo 'echo "$LC_ALL"' ;;
    processors) echo nproc ;;
    time-zone) echo 'date -d @0 +%H:%M' ;;
    umask) echo umask ;;
    user) echo 'id -u' ;;
  esac
}
# changes PLANT: the circumstances that change the digest of an image with it, each on its own, of those given.
changes() {
  local name base digest status
  plant=$1
  base=$(under none) || exit 1
  for name in "${@:2}"; do
    status=0
    digest=$(under "$name") || status=$?
    [ $status != 99 ] || { printf 'not allowed here: %s\n' "$name" >&2; continue; }
    [ $status = 0 ] || exit 1
    [ "$digest" = "$base" ] || echo "$name"
  done
}

hello "$work/sources"
t "the circumstances are those of verify"
whittle_exits 2 verify "oci:$work/none" --perturb nothing
for name in $names; do err_has "$name"; done

t "no circumstance changes an image whose sources do not depend on it"
# shellcheck disable=SC2086
found=$(changes 'echo constant' $names)
equal "$found" '' "what changes the digest"

for name in $names; do
  t "a file that depends on $name is noticed"
  found=$(changes "$(dependence "$name")" "$name" 2>"$work/not-allowed")
  if grep -q "not allowed here" "$work/not-allowed"; then
    cat "$work/not-allowed"
  else
    equal "$found" "$name" "what changes the digest"
  fi
done
