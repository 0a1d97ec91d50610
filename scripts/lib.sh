# shellcheck shell=bash
# What scripts/, tests/flow/ and bench/ share. Source it after `set -euo pipefail`; it changes nothing by itself.

whittle_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# One line for each thing that is done, on stderr so that results can be piped.
step() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
if [ -n "${NO_COLOR:-}" ] || [ "${TERM:-dumb}" = dumb ] || [ ! -t 2 ]; then
  step() { printf '==> %s\n' "$*" >&2; }
fi
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo -- "$@"
  else die "this needs root, and there is no sudo: $*"
  fi
}

# ---- Debian packages ------------------------------------------------------------------------------------------

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# Installs what is missing; a machine that has everything needs no network and hears nothing.
ensure_packages() {
  local missing
  command -v dpkg-query >/dev/null || die "these scripts install Debian packages; elsewhere, install these yourself: $*"
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  step "installing Debian packages: ${missing[*]}"
  apt_install "${missing[@]}"
}

apt_updated=
apt_install() {
  local log policy=/usr/sbin/policy-rc.d status=0
  log=$(mktemp)
  # docker-registry's package would start a service of its own on port 5000; nobody asked for that.
  if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"; fi
  {
    { [ -n "$apt_updated" ] || as_root apt-get update; } &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  } </dev/null >"$log" 2>&1 || status=$?
  apt_updated=yes
  [ -z "$policy" ] || as_root rm -f "$policy"
  [ $status = 0 ] || tail -n 20 "$log" >&2
  rm -f "$log"
  [ $status = 0 ] || die "apt-get could not install: $*"
}

# ---- Go -------------------------------------------------------------------------------------------------------

pinned_go() { sed -n 's/^  version: *\([0-9][0-9.]*\) *$/\1/p' "$whittle_root/fixtures/shop/whittle.yaml"; }

# True for a go command that can fetch another release of itself (Go 1.21 and later).
go_fetches_toolchains() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 21 ]
}

# Puts the Go release that the fixtures pin first in PATH. In this order: the go in PATH; the release fetched by
# whatever newer go there is (kept in Go's module cache); Debian's, from backports where its own is too old.
ensure_go() {
  local wanted go
  wanted=go$(pinned_go)
  if [ "$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)" = "$wanted" ]; then return 0; fi
  go=$(command -v go || true)
  if [ -z "$go" ] || ! go_fetches_toolchains "$go"; then
    go=/usr/bin/go
    go_fetches_toolchains $go || install_debian_go
    go_fetches_toolchains $go || die "Debian's golang-go is too old to fetch $wanted; put that release in PATH"
  fi
  local goroot
  goroot=$(GOTOOLCHAIN=$wanted GOFLAGS='' GOWORK=off "$go" env GOROOT 2>/dev/null) || {
    step "fetching $wanted through GOTOOLCHAIN"
    goroot=$(cd / && GOTOOLCHAIN=$wanted GOFLAGS='' "$go" env GOROOT) || die "could not fetch $wanted"
  }
  PATH=$goroot/bin:$PATH
  export PATH
  [ "$(GOTOOLCHAIN=local go env GOVERSION)" = "$wanted" ] || die "$goroot is not $wanted"
}

# whittle asks a Go, however old, where modules come from and whose checksums count; it compiles with its own.
ensure_some_go() { command -v go >/dev/null || ensure_packages golang-go; }

install_debian_go() {
  # shellcheck source=/dev/null
  local codename uri list=/etc/apt/sources.list.d/whittle-backports.list
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  if grep -qE 'Candidate: 2:1\.(2[1-9]|[3-9])' <(apt-cache policy golang-go 2>/dev/null); then
    ensure_packages golang-go
    return
  fi
  # The mirror that this host uses for Debian itself serves the backports too.
  if ! grep -qx "$codename-backports" <(apt-get indextargets --format '$(RELEASE)' 'Created-By: Packages'); then
    uri=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
      sed -n "s/^$codename main Debian //p" | head -n1)
    [ -n "$uri" ] || die "no Debian mirror in this host's apt sources; put Go $(pinned_go) in PATH"
    step "adding $codename-backports of this host's Debian mirror to the apt sources ($list)"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $codename-backports main" |
      as_root install -m 644 /dev/stdin $list
    apt_updated=
  fi
  step "installing golang-go of $codename-backports"
  apt_install -t "$codename-backports" golang-go
}

# ---- Services on loopback -------------------------------------------------------------------------------------

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    answers $port || { echo $port; return; }
  done
}

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  local tries=$(($1 * 20))
  shift
  while ! "$@"; do
    [ $((tries -= 1)) -gt 0 ] || return 1
    sleep 0.05
  done
}

# start_registry DIR: Debian's docker-registry with its storage below DIR. Sets registry (HOST:PORT) and
# registry_pid; the caller ends that process. REGISTRY_EXTRA is appended to its configuration.
start_registry() {
  local dir=$1 port
  mkdir -p "$dir/storage"
  for _ in 1 2 3; do
    port=$(free_port)
    cat >"$dir/config.yml" <<YAML
version: 0.1
log: {level: info, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: $dir/storage}
  delete: {enabled: true}
http: {addr: "127.0.0.1:$port"}
${REGISTRY_EXTRA:-}
YAML
    docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 &
    registry_pid=$!
    # shellcheck disable=SC2034
    registry=localhost:$port
    # Another process may have taken the port since it was free; then try the next one.
    if wait_for 10 registry_is_up "$port" && kill -0 $registry_pid 2>/dev/null; then return 0; fi
    kill $registry_pid 2>/dev/null || true
  done
  tail -n 5 "$dir/log" >&2
  die "docker-registry does not start"
}
registry_is_up() { kill -0 "$registry_pid" 2>/dev/null || return 0; answers "$1"; }

# ---- A container ----------------------------------------------------------------------------------------------

# run_container BUNDLE ID STATE: becomes runc on an unpacked bundle, with its state in the folder STATE.
# runc makes the root mount of its mount namespace private, which fails with EINVAL where / is not a mount point:
# inside a chroot, as in a build daemon. There it runs in a mount namespace of its own whose / is bound to a mount
# point first; --no-pivot alone does not help, and crun refuses kernels that mount cgroups in hybrid form.
# The bind may show outside that namespace on a host with shared mounts, so it is undone by clean_container.
container_root=
run_container() {
  local bundle=$1 id=$2 state=$3
  if mountpoint -q / || [ "$(id -u)" != 0 ]; then
    exec runc --root "$state" run --bundle "$bundle" "$id"
  fi
  exec unshare --mount --propagation unchanged bash -euc '
    mount --rbind / "$1"
    exec chroot "$1" runc --root "$4" run --bundle "$2" "$3"' bash "$container_root" "$bundle" "$id" "$state"
}
prepare_container() { container_root=$(mktemp -d); }
clean_container() {  # rmdir, never rm -r: if the bind cannot be undone, nothing behind it may be deleted
  [ -n "$container_root" ] || return 0
  if mountpoint -q "$container_root"; then umount -R -l "$container_root" || true; fi
  rmdir "$container_root" || true
  container_root=
}

# start_container LAYOUT:TAG DIR PORT: unpacks an image of a layout below DIR with umoci and starts it in the
# network of the host, with the port after --listen replaced. Sets container_pid and container_id.
# DIR is absolute; the log of the program is DIR/log.
start_container() {
  local image=$1 dir=$2 port=$3 rootless=() user=.
  if [ "$(id -u)" != 0 ]; then
    # A user may map one user into a container without further helpers: itself, as the container's root.
    rootless=(--rootless)
    user='.process.user = {"uid": 0, "gid": 0}'
    step "not root: in the container, the program runs as your own user instead of the image's"
  fi
  mkdir -p "$dir"
  umoci unpack "${rootless[@]}" --image "$image" "$dir/bundle" 2>"$dir/umoci.log" || {
    cat "$dir/umoci.log" >&2
    return 1
  }
  jq --arg listen "127.0.0.1:$port" "$user"'
    | .process.terminal = false
    | (.process.args | index("--listen")) as $at
    | (if $at then .process.args[$at + 1] = $listen else .process.args += ["--listen", $listen] end)
    | .linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))
    | .mounts |= map(select(.type != "cgroup"))
    | del(.linux.resources)' "$dir/bundle/config.json" >"$dir/config.json"
  mv "$dir/config.json" "$dir/bundle/config.json"
  container_id=whittle-$$-$port
  container_state=$dir/runc
  prepare_container
  run_container "$dir/bundle" "$container_id" "$container_state" </dev/null >"$dir/log" 2>&1 &
  container_pid=$!
}

# stop_container: SIGTERM to the program (runc passes it on), SIGKILL after ten seconds. Its exit status.
stop_container() {
  local status=0
  kill -TERM "$container_pid" 2>/dev/null || true
  wait_for 10 container_is_gone || runc --root "$container_state" delete --force "$container_id" || true
  wait "$container_pid" 2>/dev/null || status=$?
  clean_container
  return $status
}
container_is_gone() { ! kill -0 "$container_pid" 2>/dev/null; }

# debian_root: a system as debootstrap installs it, with nginx, Redis and Python; made once, by root, in the folder
# $tools. Works in $work. Sets debian_tar.
debian_root() {
  debian_tar=$tools/debian-services.tar
  (
    flock 9
    [ ! -e "$debian_tar" ] || exit 0
    local mirror suite
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    step "debootstrap $suite, once"
    debootstrap --variant=minbase --include=redis-server,nginx-light,python3-minimal,libpython3-stdlib,man-db,less \
      "$suite" "$work/debian" "$mirror" >"$work/debootstrap.log" 2>&1 || die "debootstrap: $(tail "$work/debootstrap.log")"
    tar --sort=name --xattrs --one-file-system -cf "$debian_tar.new" -C "$work/debian" .
    mv "$debian_tar.new" "$debian_tar"
    rm -rf --one-file-system "$work/debian"
  ) 9>"$tools/debian-services.lock"
}
