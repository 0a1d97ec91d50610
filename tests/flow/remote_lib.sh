# shellcheck shell=bash
# What the flow and the bench of remote execution share: servers of the API.

# start_remote [FAULT[=TIMES]|--FLAG VALUE…]…: a server of our own. Sets remote (URL without scheme: localhost:PORT),
# remote_pid, and remote_log, which has a line for each call.
start_remote() {
  local dir
  dir=$(mktemp -d "$work/remote.XXXXXX")
  remote_log=$dir/log
  : >"$remote_log"
  mkdir "$dir/folder"
  "$(realpath "${WHITTLE_REMOTE_SERVER:-$whittle_root/build/dev/tests/flow/remote_server}")" "$dir/port" "$dir/folder" "$remote_log" --memory "$work/remote-memory" "$@" \
    >"$dir/err" 2>&1 &
  remote_pid=$!
  started+=($remote_pid)
  wait_for 10 test -s "$dir/port" || fail "the server does not start: $(cat "$dir/err")"
  # shellcheck disable=SC2034
  remote=localhost:$(cat "$dir/port")
}
stop_remote() {
  kill "$remote_pid"
  wait "$remote_pid" 2>/dev/null || true
}
calls() { grep -c "^$1" "$remote_log" || true; }

# buildbox: a server of others, from Debian's newest suite, unpacked once into $tools and run in there. False where it
# cannot be had. Nothing of it is installed on this machine: its libraries are of another Debian.
ensure_buildbox() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  command -v apt-get dpkg-deb >/dev/null && [ -r "$keyring" ] && [ "$(id -u)" = 0 ] || return 1
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'ORIGIN: Debian' 'COMPONENT: main' | grep -v security | head -n1)
  [ -n "$mirror" ] || return 1
  mkdir -p "$tools"
  (
    flock 9
    [ ! -e "$tools/buildbox/ready" ] || exit 0
    apt=$work/buildbox-apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status"
    echo "deb [signed-by=$keyring] $mirror sid main" >"$apt/sources.list"
    options=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$apt/lists"
      -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives"
      -o Acquire::Languages=none -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update || exit 1
    apt-get "${options[@]}" -y -d --no-install-recommends install buildbox || exit 1
    rm -rf "$tools/buildbox"
    mkdir -p "$tools/buildbox/root"
    for deb in "$apt/archives"/*.deb; do dpkg-deb -x "$deb" "$tools/buildbox/root" || exit 1; done
    for link in bin sbin lib lib64; do [ -e "$tools/buildbox/root/$link" ] || ln -s "usr/$link" "$tools/buildbox/root/$link"; done
    mkdir -p "$tools/buildbox/root"/{proc,dev,tmp}
    touch "$tools/buildbox/ready"
  ) 9>"$tools/buildbox.lock" >"$work/buildbox.log" 2>&1
}
# start_buildbox: buildbox-casd, which executes by buildbox-run-hosttools in a root that has nothing but its own
# libraries. Sets remote. False where it does not start.
start_buildbox() {
  local port root=$work/buildbox
  mkdir -p "$root/cache"
  cp -a "$tools/buildbox/root/." "$root"
  chmod 1777 "$root/tmp"
  port=$(free_port)
  # shellcheck disable=SC2016
  unshare --mount sh -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
    exec chroot "$0" /usr/bin/buildbox-casd --bind "127.0.0.1:$1" --buildbox-run=/usr/bin/buildbox-run-hosttools --jobs 2 /cache' \
    "$root" "$port" >"$work/casd.log" 2>&1 &
  started+=($!)
  # shellcheck disable=SC2034
  remote=localhost:$port
  wait_for 20 answers "$port"
}
