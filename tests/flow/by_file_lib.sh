# What the flows of layers whose files can be read alone share: a program, and files of every size that matters to chunks.
# shellcheck shell=bash

# ensure_reader NAME WHAT FLAG…: compiles the reader in tests/flow/NAME, once, and sets reader. Skips where the library
# that reads WHAT cannot be fetched.
ensure_reader() {
  local name=$1 what=$2
  reader=$tools/$name
  shift 2
  mkdir -p "$tools"
  (
    flock 9
    [ "$reader" -nt "$flow_dir/$name/main.go" ] ||
      (cd "$flow_dir/$name" &&
        CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off go build -trimpath -o "$reader" "$@" . 2>"$work/reader.log")
  ) 9>"$tools/$name.lock" || skip "the library that reads $what cannot be fetched: $(tail -n1 "$work/reader.log")"
}
spec() {  # COMPRESSION
  cat >whittle.yaml <<EOF
version: 1
images:
  hello:
    main: ./cmd/hello
    base: scratch
    compression: $1
    files:
      - {from: data/, to: /data/}
EOF
}
# Goes to a module with that spec and its files.
chunky_hello() {
  hello "$work/src"
  cd "$work/src"
  mkdir -p data/deep/er
  printf 'one small file\n' >data/deep/er/small
  : >data/empty
  ln -s deep/er/small data/link
  head -c 4194304 /dev/urandom >data/exact
  head -c 9000000 /dev/urandom >data/large
}
