#!/usr/bin/env bash
# Only what changed is built, and the plan says why: against what was built last, what others recorded, and a commit.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry git
flow_registry
cache=$registry/fleet/cache
src=$work/src
fixture shop "$src"
sed -i 's/^    base: .*/    base: scratch/; /^    platforms:/d' "$src/whittle.yaml"
whittle_exits 0 lock -f "$src/whittle.yaml"
commit() { git -C "$src" add -A && git -C "$src" -c user.name=a -c user.email=a@example.com commit -qm "$1"; }
git -C "$src" init -q -b main
commit one
first=$(git -C "$src" rev-parse HEAD)

# plan ARGUMENT…; then affected: the names, and reason NAME: its reasons as WHAT PATH.
plan() { whittle_exits 0 build -f "$src/whittle.yaml" --plan "$@"; }
affected() { jq -r '[.images[] | select(.affected) | .name] | join(" ")' "$out"; }
reason() { jq -r --arg name "$1" '.images[] | select(.name == $name) | .reasons[] | "\(.what) \(.path)"' "$out"; }
chain() { jq -r --arg name "$1" '.images[] | select(.name == $name) | .reasons[0].chain | join(" ")' "$out"; }
build_all() { whittle_exits 0 build -f "$src/whittle.yaml" -o "oci:$work/layout" "$@"; }

t "what was never built is affected"
plan
equal "$(affected)" "api web worker"
equal "$(reason web)" "unrecorded "

t "what was just built is not, and nothing is built"
build_all
plan
equal "$(affected)" ""
build_all --affected --result "$work/result"
out_is_empty
err_has "3 of 3 images are as they were"
equal "$(jq -c .unaffected "$work/result")" '["api","web","worker"]'

t "a comment in a package affects what imports it, and the chain says how"
printf '\n// Another line.\n' >>"$src/internal/pages/pages.go"
plan
equal "$(affected)" "web"
equal "$(reason web)" "sources internal/pages/pages.go"
equal "$(chain web)" "example.com/shop/cmd/web example.com/shop/internal/pages"
err_has "web: internal/pages/pages.go changed (example.com/shop/cmd/web → example.com/shop/internal/pages)"
build_all --affected
equal "$(wc -l <"$out")" 1
plan
equal "$(affected)" ""

t "a new file in a folder affects its package; one that go does not build affects nothing"
printf 'package pages\n' >"$src/internal/pages/more.go"
plan
equal "$(reason web)" "sources internal/pages/"
rm "$src/internal/pages/more.go"

t "files and settings count, each for its image"
echo '{}' >"$src/config/more.json"
sed -i 's/:8082/:8083/' "$src/whittle.yaml"
plan
equal "$(affected)" "api worker"
equal "$(reason api)" "files "
equal "$(reason worker)" "args "
git -C "$src" checkout -q whittle.yaml internal
rm "$src/config/more.json"

t "against a commit, without touching the tree"
build_all
printf '\n// Another line.\n' >>"$src/internal/pages/pages.go"
echo '{}' >"$src/config/more.json"
commit two
before=$(cd "$src" && git status --porcelain && find . -path ./.git -prune -o -type f -newer "$src/.git/HEAD" -print | sort)
plan "--affected=$first"
equal "$(affected)" "api web"
equal "$(reason web)" "sources internal/pages/pages.go"
equal "$(reason api)" "files config/more.json"
equal "$(jq -r .since "$out")" "$first"
plan --affected=HEAD~1
equal "$(affected)" "api web"
plan --affected=HEAD
equal "$(affected)" ""
plan --affected=main
equal "$(affected)" ""
equal "$(cd "$src" && git status --porcelain && find . -path ./.git -prune -o -type f -newer "$src/.git/HEAD" -print | sort)" "$before"

t "what is not committed counts as well"
printf '\n// A third.\n' >>"$src/internal/rates/rates.go"
plan --affected=HEAD
matches "$(affected)" "worker"
git -C "$src" checkout -q internal

t "a machine that knows nothing has go list the packages"
mkdir -p "$work/bare"
share_cache "$work/bare"
XDG_CACHE_HOME=$work/bare plan "--affected=$first"
equal "$(affected)" "api web"
equal "$(chain web)" "example.com/shop/cmd/web example.com/shop/internal/pages"

t "an image that the commit did not have is affected; a commit that is not here is an error"
printf '  extra:\n    main: ./cmd/web\n    base: scratch\n' >>"$src/whittle.yaml"
plan --affected=HEAD
equal "$(affected)" "extra"
equal "$(reason extra)" "absent "
git -C "$src" checkout -q whittle.yaml
whittle_exits 5 build -f "$src/whittle.yaml" --plan --affected=nowhere
err_has '"nowhere" names no commit that is in this clone'

t "records of the shared cache say it to a machine that has nothing"
whittle_exits 0 build -f "$src/whittle.yaml" -o "oci:$work/layout" --cache "$cache" --cache-write
mkdir -p "$work/other"
share_cache "$work/other"
export XDG_CACHE_HOME=$work/other
plan --cache "$cache"
equal "$(affected)" ""
printf '\n// A fourth.\n' >>"$src/internal/rates/rates.go"
plan --cache "$cache"
matches "$(affected)" "worker"
equal "$(reason worker)" "sources internal/rates/rates.go"
equal "$(chain worker)" "example.com/shop/cmd/worker example.com/shop/internal/rates"
