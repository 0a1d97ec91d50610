#!/usr/bin/env bash
# A go command that misbehaves (hostile 51 to 53): the documented exit code and a message that may be shown, nothing
# stored, nothing left behind, no process that lives on.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
hello "$work/hello"
cd "$work/hello"
own_toolchain
real_go=$goroot/bin/go.real

# The go command of the cache first does what $fake/build or $fake/list says, and then what the real one would.
fake=$work/fake
mkdir "$fake"
mv "$goroot/bin/go" "$real_go"
cat >"$goroot/bin/go" <<SH
#!/bin/bash
[ ! -e "$fake/\$1" ] || . "$fake/\$1"
exec "$real_go" "\$@"
SH
chmod +x "$goroot/bin/go"

# behave COMMAND SCRIPT: what `go COMMAND` does instead. \$output is the folder for executables.
behave() {
  rm -f "$fake/build" "$fake/list"
  # shellcheck disable=SC2016
  printf 'for argument; do case $argument in -o=*) output=${argument#-o=} ;; esac; done\n%s\n' "$2" >"$fake/$1"
}
# fails CODE TEXT…: the build does, in words that may be shown, and leaves nothing.
fails() {
  local code=$1
  shift
  whittle_exits "$code" build -o "oci:$work/layout:1"
  err_has 'error: ' "$@"
  leaves_nothing
}
files_in() { [ ! -d "$1" ] || find "$1" -mindepth 1 -type f; }
leaves_nothing() {
  out_is_empty
  no_image "$work/layout"
  ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err" || fail "control characters in the message: $(cat -v "$err")"
  [ "$(stat -c %s "$err")" -lt 100000 ] || fail "a message of $(stat -c %s "$err") bytes"
  equal "$(files_in "$XDG_CACHE_HOME/whittle/tmp")" '' "temporary files"
  equal "$(files_in "$XDG_CACHE_HOME/whittle/index/binary")" '' "a binary that is remembered"
  ! pgrep -f "^sleep $naps\$" >/dev/null || wait_for 5 nobody_naps || fail "a child lives on"
}
naps=7$$  # seconds that no other sleep lasts
gone() { ! kill -0 "$job" 2>/dev/null; }
nobody_naps() { ! pgrep -f "^sleep $naps\$" >/dev/null; }

t "it is killed (hostile 51)"
behave build 'kill -9 $$'
fails 4 'go was ended by signal 9' hint:
behave build 'kill -SEGV $$'
fails 4 'go was ended by signal 11'
behave list 'kill -9 $$'
fails 4 'go was ended by signal 9'

t "it ends well without the executable, or with half of one (hostile 51)"
behave build 'exit 0'
fails 4 'made no executable' ./cmd/hello
behave build "\"$real_go\" \"\${@/#-o=*/-o=\$HOME/}\"; truncate -s -5000 \"\$HOME/hello\"; mv \"\$HOME/hello\" \"\$output\"; exit 0"
fails '4|10' 'checking the binary of ./cmd/hello'
behave build ": >\"\$output/hello\"; exit 0"
fails '4|10' 'checking the binary of ./cmd/hello'

t "it makes something else (hostile 37, 38)"
behave build 'printf "#!/bin/sh\necho \033[2J\n" >"$output/hello"; exit 0'
fails 10 'not an ELF file' '#!/bin/sh'
behave build "GOARCH=\$([ \$GOARCH = arm64 ] && echo amd64 || echo arm64) exec \"$real_go\" \"\$@\""
fails 10 'ELF machine'
behave build 'cp /bin/sh "$output/hello"; exit 0'
fails 10 'checking the binary'
behave build 'mkdir "$output/hello"; exit 0'
fails '4|10|11' hello
behave build 'ln -s /etc/passwd "$output/hello"; exit 0'
fails '4|10|11' hello
behave build 'mkfifo "$output/hello"; exit 0'
fails '4|10|11' hello

t "it says too much (hostile 53)"
behave build 'head -c 200000000 /dev/zero >&2; printf "\033[31mthe end\n" >&2; exit 1'
fails 4 'the end'
behave build 'yes >&2 & exit 1'
fails 4 'exit code 1'
behave build 'cat /dev/zero'
fails '4|8' 'bin/go wrote more than the limit'
behave build 'exec >&- 2>&-; exit 3'
fails 4 'exit code 3'

t "it answers with nonsense"
behave list 'echo nonsense; exit 0'
fails 4 '`go list`'
behave list 'printf "{\n\"ImportPath\": 5\n}\n"; exit 0'
fails 4 '`go list`'
behave list 'exit 0'
fails 4 '`go list` does not name'
behave list 'printf "{\n\"a\": "; head -c 100000 /dev/zero | tr "\0" "["; printf "\n}\n"; exit 0'
fails '4|8' '`go list`'

t "it is no whole installation (hostile 52)"
rm -f "$fake/list"
mv "$goroot/pkg" "$work/pkg"
fails 4 compile
mv "$work/pkg" "$goroot/pkg"
mv "$goroot/bin/go" "$work/go"
fails '4|5' bin/go
mv "$work/go" "$goroot/bin/go"

t "it hangs: Ctrl-C ends it and its children"
for script in "sleep $naps & sleep $naps" "trap '' TERM INT; sleep $naps & sleep $naps; sleep $naps"; do
  for command in build list; do
    behave $command "$script"
    set -m
    "$whittle" build -o "oci:$work/layout:1" >"$out" 2>"$err" </dev/null &
    job=$!
    set +m
    wait_for 30 pgrep -f "^sleep $naps\$" >/dev/null || fail "go never started: $(cat "$err")"
    kill -INT "$job"
    status=0
    wait_for 5 gone || fail "still running after five seconds"
    wait "$job" 2>/dev/null || status=$?
    equal "$status" 130 "the exit code"
    leaves_nothing
  done
done

t "it leaves a child behind that holds its pipes"
behave build "sleep $naps &"
whittle_exits 0 build -o "oci:$work/layout:1"
nobody_naps || wait_for 5 nobody_naps || fail "the child lives on"
valid_layout "$work/layout"

t "after all that, a good one builds the right image"
rm "$fake/build"
digest=$(build -o "oci:$work/layout:2")
digest_of_real=$(oracle)
equal "$digest" "$digest_of_real"
valid_layout "$work/layout"
