#!/usr/bin/env bash
# The same source gives the same digest, whatever the circumstances. Each section varies one; the first all at once, and
# it alone unpacks the toolchain and compiles everything again.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fixture shop "$work/one"
mkdir -p "$work/a/quite/different/place"
base=$(build -f "$work/one/whittle.yaml" api -o "oci:$work/layout:1")
valid_layout "$work/layout"

empty() {
  XDG_CACHE_HOME=$(mktemp -d "$work/cache.XXXXXX")
  export XDG_CACHE_HOME
}
# With a toolchain, and what Go has compiled (GOCACHE).
fresh() {
  empty
  share_cache "$XDG_CACHE_HOME"
}
same() {  # SPEC ARGUMENT…
  local spec=$1 digest
  shift
  digest=$(build -f "$spec" api -o "oci:$XDG_CACHE_HOME/layout:1" "$@")
  equal "$digest" "$base" "the digest under other circumstances"
}

t "another folder, HOME, umask, time zone, locale, file times, order of creation, --jobs and a clean Go cache, all at once (hostile 56)"
two=$work/a/quite/different/place/shop
(
  cd "$work/one"
  umask 077
  find . -type f | sort -r | while read -r file; do
    mkdir -p "$two/$(dirname "$file")"
    cp "$file" "$two/$file"
    touch -d "@$((RANDOM * 10000))" "$two/$file"
  done
)
(
  empty
  export HOME=$work/other-home TZ=Asia/Kathmandu LANG=tr_TR.UTF-8 LC_ALL=C GOCACHE=$work/clean-go-cache
  mkdir "$HOME"
  umask 027
  cd /
  same "$two/whittle.yaml" --jobs 1
)

t "from inside the module's folder, with a relative name for the spec, and with more jobs"
(fresh; cd "$work/one/cmd"; same ../whittle.yaml --jobs 7)

t "through a symbolic link to the folder"
ln -s one "$work/link"
(fresh; same "$work/link/whittle.yaml")

t "Go's and the host's variables do not reach the compiler"
(
  fresh
  export GOFLAGS=-tags=other GOAMD64=v3 CGO_ENABLED=1 CGO_CFLAGS=-O0 GOEXPERIMENT=none GODEBUG=x=1 GOOS=plan9 GOARCH=mips
  mkdir -p "$HOME/.config/go"
  echo GOFLAGS=-race >"$HOME/.config/go/env"
  same "$work/one/whittle.yaml"
  rm -r "$HOME/.config"
)

t "few open files, and a working directory that cannot be written (hostile 56)"
(fresh; mkdir -m 555 "$work/closed"; cd "$work/closed"; ulimit -Sn 64; same "$work/one/whittle.yaml")

t "building one image gives the same as building all"
(
  fresh
  whittle_exits 0 build -f "$work/one/whittle.yaml" -o "oci:$work/all"
  grep -q "$base" "$out" || fail "api is another when built with the others: $(cat "$out")"
)

t "a platform alone is the same as within the index"
(
  fresh
  alone=$(build -f "$work/one/whittle.yaml" api --platform linux/arm64 -o "oci:$work/alone:1")
  grep -rq "$alone" "$work/layout/blobs/sha256/${base#sha256:}" || fail "$alone is not in the index"
)

t "a git checkout with local settings gives what a plain one gives"
if command -v git >/dev/null; then
  for n in 1 2; do
    cp -R "$work/one" "$work/git$n"
    (
      cd "$work/git$n"
      export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
      git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first
    )
  done
  git -C "$work/git2" gc -q
  git -C "$work/git2" config core.fsmonitor "touch $work/ran-fsmonitor"
  first=$(fresh; build -f "$work/git1/whittle.yaml" api -o "oci:$work/g1:1")
  second=$(fresh; build -f "$work/git2/whittle.yaml" api -o "oci:$work/g2:1")
  equal "$second" "$first"
  [ ! -e "$work/ran-fsmonitor" ] || fail "a program that the repository names was run"
else
  printf 'git is not installed; skipped\n'
fi

t "a program of somebody else's: crane's own source, from the Go module proxy"
if crane_source "$work/other"; then
  first=$(cd "$work/other" && fresh && build ./cmd/crane -o "oci:$work/crane:1")
  mkdir "$work/elsewhere" && cp -R "$work/other" "$work/elsewhere/x"
  second=$(cd "$work/elsewhere/x" && empty && build ./cmd/crane -o "oci:$work/crane2:1")
  equal "$second" "$first"
else
  printf 'crane could not be fetched; skipped\n'
fi
