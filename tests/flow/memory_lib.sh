# What the flows that run images under limits share: the image of fixtures/memory, built, in the place $image.
# shellcheck shell=bash

memory_image() {  # TAG
  mountpoint -q / || skip "runc wants / to be a mount point"
  [ "$(id -u)" = 0 ] || skip "only root may set limits everywhere"
  image=oci:$work/layout:$1
  url=http://localhost:8080
  fixture memory "$work/memory"
  cd "$work/memory"
  sed -i '/memory-cgo/,$d' whittle.yaml
  build -o "$image" >/dev/null
}
said() { jq -r "$1" "$out"; }  # of the last command's JSON
