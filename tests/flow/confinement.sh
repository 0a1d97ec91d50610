#!/usr/bin/env bash
# Who a program in a container is: root of nothing, and where the kernel allows it nobody on this machine, with files that
# belong to whom the image says.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
need runc
machine_for_runs
mkdir "$work/who" && cd "$work/who"
cat >go.mod <<'GO'
module example.com/who

go 1.26
GO
cat >main.go <<'GO'
// Command who says who it is, whose files it sees, and what it may do.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func owner(path string) string {
	var status syscall.Stat_t
	if err := syscall.Lstat(path, &status); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d:%d %o", status.Uid, status.Gid, status.Mode&0o7777)
}

func main() {
	groups, _ := os.Getgroups()
	fmt.Println("I am", os.Getuid(), os.Getgid(), groups)
	for _, path := range []string{"/", "/data", "/data/secret", "/data/open", "/who", "/tmp"} {
		fmt.Println(path, owner(path))
	}
	stream, err := os.OpenFile("/dev/stdout", os.O_WRONLY, 0)
	if err == nil {
		fmt.Fprintln(stream, "opened stdout by name")
	}
	_, err = os.ReadFile("/data/secret")
	fmt.Println("secret:", err)
	fmt.Println("root:", os.WriteFile("/x", nil, 0o600))
	fmt.Println("tmp:", os.WriteFile("/tmp/x", nil, 0o600))
	fmt.Println("chown:", os.Chown("/tmp/x", 7, 7))
	fmt.Println("mount:", syscall.Mount("none", "/tmp", "tmpfs", 0, ""))
	fmt.Println("namespace:", syscall.Unshare(syscall.CLONE_NEWUSER))
	for {
		syscall.Pause()
	}
}
GO
mkdir data && echo secret >data/secret && echo open >data/open
printf '%s\n' 'version: 1' "go: {version: $(pinned_go)}" images: '  who:' '    main: .' '    base: scratch' '    user: "1234:2345"' \
  '    files:' '      - {from: data/open, to: /data/open, mode: "0644", owner: "4321:5432"}' \
  '      - {from: data/secret, to: /data/secret, mode: "0600", owner: "0:0"}' >whittle.yaml
cp "$shared/hello.lock" whittle.lock 2>/dev/null || { ensure_shared && cp "$shared/hello.lock" whittle.lock; }
build -o "oci:$work/layout:who" >/dev/null
image=oci:$work/layout:who
# who [ARGUMENT…]: what it says, in $out.
who() {
  whittle_exits '0|10' smoke "$image" --json --for 300ms --grace 1s "$@"
  said .output.stdout >"$work/says"
}
says() { local line; for line; do grep -qxF -- "$line" "$work/says" || fail "not \"$line\": $(cat "$work/says")"; done; }
confined() {
  says 'opened stdout by name' 'secret: open /data/secret: permission denied' 'root: open /x: read-only file system' 'tmp: <nil>' \
    'chown: chown /tmp/x: operation not permitted' 'mount: operation not permitted' 'namespace: operation not permitted'
}
of_the_image() { says 'I am 1234 2345 []' '/data/open 4321:5432 644' '/data/secret 0:0 600' '/ 0:0 755'; }

for runtime in runc crun; do
  command -v $runtime >/dev/null || { printf 'NOT SHOWN: %s is not installed\n' $runtime; continue; }
  t "with $runtime the image's user is nobody here, and sees the image's owners"
  who --runtime $runtime
  if [ "$(said .users)" = own ]; then
    of_the_image
    confined
    running_smoke --runtime $runtime
    container=$(cat "$XDG_CACHE_HOME"/whittle/smoke/.tmp-*/pid)
    equal "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$container/status")" \
      "$((0x70000000 + 1234)) $((0x70000000 + 1234)) $((0x70000000 + 1234)) $((0x70000000 + 1234))" "its user on this machine"
    equal "$(awk '/^CapBnd:/ { print $2 }' "/proc/$container/status")" 0000000000000000
    differ "$(readlink "/proc/$container/ns/user")" "$(readlink /proc/self/ns/user)" "its user namespace"
    equal "$(find "$XDG_CACHE_HOME"/whittle/smoke/.tmp-*/bundle/rootfs -uid -1000000 | head -n 1)" '' "files of users of this machine"
    kill -INT $smoke_pid
    wait $smoke_pid || true
    equal "$(grep -c "$XDG_CACHE_HOME" /proc/self/mountinfo || true)" 0 "mounts that are left"
    nothing_left
  else
    printf 'NOT SHOWN: %s: %s\n' "$section" "$(cat "$err")"
  fi
done

t "where the kernel allows no user namespace it says so, and confines all else"
if unshare --mount true 2>/dev/null && [ -d /proc/sys/fs ]; then
  # A part of /proc that is hidden may not be shown anew by whoever is not root of the machine.
  with_hidden_proc="$work/hidden"
  printf '#!/bin/sh\nexec unshare --mount sh -c '\''mount -t tmpfs none /proc/sys/fs && exec "$0" "$@"'\'' "%s" "$@"\n' "$whittle" >"$with_hidden_proc"
  chmod +x "$with_hidden_proc"
  unhidden=$whittle whittle=$with_hidden_proc
  who
  whittle=$unhidden
  equal "$(said .users)" machine
  err_has 'the container has no user namespace'
  of_the_image
  confined
else
  printf 'NOT SHOWN: %s: nothing can be mounted here\n' "$section"
fi
nothing_left

t "without any right to confine it, it is not run"
# in_namespace COMMAND…: as root of a user namespace with the usual ids, in which there can be no other.
in_namespace() {
  local pid
  mkfifo "$work/go"
  unshare --user --keep-caps sh -c 'read -r _ <"$0" && echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' "$work/go" "$@" >"$out" 2>"$err" &
  pid=$!
  wait_for 5 another_namespace $pid || true
  echo '0 0 65536' >/proc/$pid/uid_map && echo '0 0 65536' >/proc/$pid/gid_map
  echo go >"$work/go"
  status=0
  wait $pid || status=$?
  rm "$work/go"
}
another_namespace() { [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]; }
if unshare --user true 2>/dev/null; then
  chmod 711 "$work" && chmod -R a+rX "$work/layout" && mkdir "$work/user" && chown 12345:12345 "$work/user" && cp "$whittle" "$work/user/whittle"
  in_namespace env HOME="$work/user" XDG_CACHE_HOME="$work/user/cache" setpriv --reuid 12345 --regid 12345 --clear-groups \
    "$work/user/whittle" smoke "$image" --for 100ms
  equal $status 5 "$(cat "$err")"
  err_has 'needs a user namespace' 'hint: run it as root'
  status=0
  unshare --user --map-root-user "$whittle" smoke "$image" --for 100ms >"$out" 2>"$err" || status=$?
  equal $status 11
  err_has 'which this user namespace does not have'
else
  printf 'NOT SHOWN: %s: no user namespaces here\n' "$section"
fi
nothing_left
