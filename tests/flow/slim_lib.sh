# shellcheck shell=bash
# What the flows of slim share: images of others, made with umoci of what Debian's own tools install, and a look at what
# a container sees of an image.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need umoci tar

# new_image LAYOUT:TAG [TAR…]: an image of the layers, the lowest first.
new_image() {
  local image=$1 tar
  shift
  [ -e "${image%:*}" ] || umoci init --layout "${image%:*}"
  umoci new --image "$image"
  for tar; do umoci raw add-layer --image "$image" "$tar"; done
}
# layer NAME: packs the folder $work/NAME as $work/NAME.tar.
layer() { tar --sort=name --mtime="${layer_time:-@0}" --xattrs --one-file-system -cf "$work/$1.tar" -C "$work/$1" .; }

# seen LAYOUT:TAG FOLDER: unpacks the image with umoci and lists in FOLDER.list what a container sees.
seen() {
  umoci unpack --image "$1" "$2" 2>"$work/umoci.log" || fail "umoci: $(cat "$work/umoci.log")"
  (
    cd "$2/rootfs"
    find . -mindepth 1 -printf '%P\t%y %m %U:%G %T@ %l\n' | sort >"$work/entries"
    find . -type f -print0 | sort -z | xargs -0 sha256sum | sed 's,^\\\?\([0-9a-f]*\)  \./\(.*\),\2\tcontent \1,' | sort >"$work/sums"
    LC_ALL=C sort "$work/entries" "$work/sums" >"$2.list"
  )
}
# only_what_is_told BEFORE.list AFTER.list REPORT: what differs is in the report, and what it says is there is there.
only_what_is_told() {
  local path
  comm -3 <(LC_ALL=C sort "$1") <(LC_ALL=C sort "$2") | sed 's/^\t//' | cut -f1 | LC_ALL=C sort -u >"$work/differ"
  jq -r '.platforms[].files[] | select(.action != "keep" and .rule != "hidden") | .path[1:]' "$3" | LC_ALL=C sort -u >"$work/told"
  path=$(comm -23 "$work/differ" "$work/told" | head -n 5)
  # A folder from which something went may have lost its time to whoever unpacked it.
  [ -z "$path" ] || fail "not told of: $path"
  jq -r '.platforms[].files[] | select(.action == "keep") | .path[1:]' "$3" |
    grep -vF '\x' | LC_ALL=C sort -u >"$work/kept"  # JSON has names that are no UTF-8 escaped
  path=$(comm -23 "$work/kept" <(cut -f1 "$2" | LC_ALL=C sort -u) | head -n 5)
  [ -z "$path" ] || fail "told to be kept, and gone: $path"
}
# slim_twice PLACE LAYOUT:TAG [FLAG…]: slims it with a report in $report; what is slim is told to be, and stays so.
slim_twice() {
  local first
  report=$work/report.json
  whittle_exits 0 slim "$1" -o "oci:$2" --report "$report" "${@:3}"
  first=$(result_digest)
  valid_image --foreign all "oci:$2"
  whittle_exits 0 slim "oci:$2" -o "oci:$work/again:v" "${@:3}"
  equal "$(result_digest)" "$first" "slimming what is slim"
  err_has "nothing to do"
}

# bundle_of LAYOUT:TAG DIR: unpacks the image to a bundle that starts as its config says, in the network of the host,
# with what Docker lets root do.
bundle_of() {
  umoci unpack --image "$1" "$2" 2>"$work/umoci.log" || fail "umoci: $(cat "$work/umoci.log")"
  jq '.process.terminal = false
    | .linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))
    | .mounts |= map(select(.type != "cgroup"))
    | .root.readonly = false
    | .process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID"] | unique)
    | del(.linux.resources)' "$2/config.json" >"$2/config.new"
  mv "$2/config.new" "$2/config.json"
}
# start_bundle DIR: runs the bundle. Sets container_pid; what it says is in $container_log.
start_bundle() {
  container_id=whittle-$$-$RANDOM
  container_state=$1/runc
  container_log=$1/log
  prepare_container
  run_container "$1" "$container_id" "$container_state" </dev/null >"$container_log" 2>&1 &
  container_pid=$!
}
