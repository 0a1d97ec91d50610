# shellcheck shell=bash
# whittle in another root: sourced by flows after lib.sh.

# image_for_roots: sets digest, of hello as it is built here, which is in the registry. Skips who cannot change to another
# root.
image_for_roots() {
  [ "$(id -u)" = 0 ] || skip "only root can change to another root"
  need unshare docker-registry
  flow_registry
  hello "$work/hello"
  digest=$(build -f "$work/hello/whittle.yaml" -o "$registry/hello:1")
}

# in_root DIR [VARIABLE=VALUE…] COMMAND…: there, with the toolchains and compiled packages that all flows share,
# and no other variables.
in_root() {
  local root=$1
  shift
  local variables=()
  while [[ $1 == *=* ]]; do variables+=("$1"); shift; done
  mkdir -p "$root/cache/whittle/toolchains" "$root/go-cache" "$root/home"
  unshare --mount bash -euc '
    mount --bind "$2" "$1/cache/whittle/toolchains"
    mount --bind "$3" "$1/go-cache"
    exec env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/home XDG_CACHE_HOME=/cache GOCACHE=/go-cache LC_ALL=C.UTF-8 \
      "${@:5:$4}" "$0" "$1" "${@:5+$4}"' \
    "$(command -v chroot)" "$root" "$shared/whittle/toolchains" "$GOCACHE" "${#variables[@]}" "${variables[@]}" "$@" >"$out" 2>"$err" </dev/null || fail "$*: $(tail -n 20 "$err")"
}
# works_in ROOT PROGRAM: reads and writes images, and builds one with the digest that it has here.
works_in() {
  local root=$1 program=$2
  in_root "$root" "$program" version
  cmp "$out" <("$whittle" version)
  in_root "$root" "$program" copy "$registry/hello:1" oci:/images:1
  equal "$(result_digest)" "$digest"
  in_root "$root" "$program" inspect oci:/images:1
  out_has "$digest" etc/hello/app.conf
  cp -R "$work/hello" "$root/project"
  in_root "$root" "$program" build -f /project/whittle.yaml -o oci:/images:2
  equal "$(result_digest)" "$digest"
  valid_layout "$root/images"
  # Nobody listens there, which is found out by the module that speaks gRPC.
  printf 'package main\n\nvar changed = 1\n' >"$root/project/cmd/hello/changed.go"
  in_root "$root" "$program" build -f /project/whittle.yaml -o oci:/images:3 --remote grpc://127.0.0.1:1
  err_has 'on this machine, because remote execution failed: ' 127.0.0.1:1
}
